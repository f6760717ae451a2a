"""How a running transform is about to handle an operator: the same choice that the levels make, put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from oplift.batching import BatchLevel
from oplift.custom_call import Call
from oplift.fallback import decomposition
from oplift.forward import ForwardLevel
from oplift.reverse import ReverseLevel
from oplift.stack import Level

__all__ = ["HOW", "Handling", "handling_of", "transform_of"]

#: What can happen to an operator, the best first.
HOW = {
    "rule": "by a rule",
    "torch": "by what it registered with PyTorch",
    "constant": "without a derivative: its outputs leave the graph, or have derivative zero",
    "decomposition": "as the operators that it is made of",
    "loop": "once for each example",
    "error": "an error",
}


@dataclass(frozen=True)
class Handling:
    """What a transform does with an operator.

    Args:
        how: a key of HOW.
        text: the kind of the rule, which decomposition, or what is wrong.
        origin: file and line of the rule's declaration, where there is one.
    """

    how: str
    text: str
    origin: str = ""

    @property
    def rank(self) -> int:
        """How bad it is: the place in HOW."""
        return list(HOW).index(self.how)


def transform_of(level: Level) -> str:
    """What a level is called in a report: vmap, forward, reverse, or the name of a plugin's transform."""
    names = {BatchLevel: "vmap", ForwardLevel: "forward", ReverseLevel: "reverse"}
    return names.get(type(level), type(level).__name__.removesuffix("Level").lower())


def handling_of(level: Level, op: Any) -> Handling:
    """What `level` does with an operator that reached it.

    Args:
        level: a running transform.
        op: an `oplift.rule.Op`, or the operator that a torch.autograd.Function is inside of transforms.
    """
    if isinstance(op, Call):
        return _of_call(level, op)
    if isinstance(level, BatchLevel):
        return _batch(op)
    if isinstance(level, ForwardLevel):
        return _derivative(op, ("jvp", "vjp"))
    if isinstance(level, ReverseLevel):
        if not torch.is_grad_enabled():
            return Handling("constant", "under torch.no_grad()")
        return _derivative(op, ("vjp", "jvp"))
    return Handling("rule", "")


def _rule(op: Any, text: str) -> Handling:
    how = "torch" if text == "torch" else "rule"
    return Handling(how, text or "a rule in Python", getattr(op.rules, "origin", None) or "")


def _batch(op: Any) -> Handling:
    if op.batch is not None:
        return _rule(op, getattr(op.rules, "kind", None) or "")
    if op.batch_unsupported:
        return Handling("error", f"cannot be batched: {op.batch_unsupported}")
    if decomposition(op) is not None:
        return _decomposed(op)
    return Handling("loop", "by declaration" if op.batch_loop else "it has no batching rule")


def _derivative(op: Any, directions: Sequence[str]) -> Handling:
    wanted, other = directions
    if getattr(op, wanted) is not None:
        return _rule(op, getattr(op.rules, "form", None) or "")
    if op.derivative in ("zero", "none"):
        return Handling("constant", "derivative zero" if op.derivative == "zero" else "no derivative", _origin(op))
    if op.derivative is not None:
        return Handling("error", op.derivative, _origin(op))
    if getattr(op, other) is not None:
        return Handling("rule", f"the {other}, transposed", _origin(op))
    if decomposition(op) is not None:
        return _decomposed(op)
    if not any("Tensor" in str(r.type) for r in op.schema.returns):
        return Handling("constant", "returns no tensor")
    return Handling("error", f"has no rule for its {wanted}, and no decomposition")


def _origin(op: Any) -> str:
    return getattr(op.rules, "origin", None) or ""


def _decomposed(op: Any) -> Handling:
    return Handling("decomposition", "as declared" if op.decompose is not None else "PyTorch's", _origin(op))


def _of_call(level: Level, op: Call) -> Handling:
    """A torch.autograd.Function, an operator of torch.library or another custom call: what it brings itself."""
    custom = op.custom
    if isinstance(level, BatchLevel):
        said = {"own": "its own batching rule", "trace": "run on the whole batch"}.get(custom.batching)
        return Handling("torch", said) if said else Handling("loop", "it has no batching rule")
    own, other = (
        (custom.forwards, custom.reverse) if isinstance(level, ForwardLevel) else (custom.reverse, custom.forwards)
    )
    if own:
        return Handling("torch", "its jvp" if isinstance(level, ForwardLevel) else "its backward")
    if other:
        return Handling(
            "torch", "its backward, transposed" if isinstance(level, ForwardLevel) else "its jvp, transposed"
        )
    return Handling("decomposition", "its body") if custom.body is not None else Handling("error", custom.missing)
