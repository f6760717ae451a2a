"""What a rule is: the one module that the authors of rules import from the core.

An operator's arguments reach every rule positionally, in the order of its schema. `batched`, `tangents`, `needs` and
the tuple that a pullback returns are aligned with the operator's *tensor arguments*: those of type Tensor, Tensor?,
Tensor[] and Tensor?[], in the order of the schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .op import Op, operator
from .stack import bind

__all__ = ["Op", "Rules", "Unbatched", "bind", "operator", "override"]


@dataclass(frozen=True)
class Rules:
    """How one operator behaves under each transform; every slot is optional.

    Args:
        batch: ``(size, batched, *args) -> outputs``; batched operands and outputs carry the batch at dimension 0.
        jvp: ``(tangents, *args) -> (outputs, output tangents)``; None stands for a symbolic zero.
        vjp: ``(needs, *args) -> (outputs, pullback)``; the pullback maps a cotangent (of several outputs: a tuple
            with None for symbolic zeros) to the cotangents of the tensor arguments, None where not needed.
        decompose: ``(*args) -> outputs``, written in other operators; serves every transform without a rule.
        inverse: ``(new, base, *args) -> base`` of a view: the base after `new` was written to the view.
        derivative: "zero" or "none" where the outputs leave the graph, else the text of the error to raise.
        nondiff_outputs: positions of outputs that have no derivative although their dtype could.
        pointwise: broadcasts its tensor arguments and treats their elements alike, so nested batches are as one.
        random: the operator draws random numbers.
        batch_unsupported: why there can be no batching rule; raised as an error.
        batch_loop: the operator runs once for each example by nature, without a warning.
        mutates: names of the arguments that the operator changes although its schema may not say so.
        schema: the signature of an operator that torch does not know, ``(Tensor(a) self, Any index) -> Tensor(a)``.
        fn: its implementation on plain tensors.
        kind: the batching kind that was declared, ``"pointwise"``; nothing is decided by it, it is for people.
        form: likewise how the derivative was declared: "partials", "linear", "multilinear", "formulas" (of a jvp, a vjp
            or both) or "python" (functions written by hand); None where there is no rule of its own. Both are "torch"
            where the rule is what the operator registered with PyTorch.
        origin: the file and the line of the declaration, ``"rules/pointwise.yaml:12"``.
    """

    batch: Callable[..., Any] | None = None
    jvp: Callable[..., Any] | None = None
    vjp: Callable[..., Any] | None = None
    decompose: Callable[..., Any] | None = None
    inverse: Callable[..., Any] | None = None
    derivative: str | None = None
    nondiff_outputs: tuple[int, ...] = ()
    pointwise: bool = False
    random: bool = False
    batch_unsupported: str | None = None
    batch_loop: bool = False
    mutates: tuple[str, ...] = ()
    schema: str | None = None
    fn: Callable[..., Any] | None = None
    kind: str | None = None
    form: str | None = None
    origin: str | None = None


class Unbatched:
    """Marks an output of a batching rule that is the same for every example."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


@contextmanager
def override(name: str, rules: Rules | None) -> Iterator[Op]:
    """Replace the rules of one operator while the context lasts; for checking rules, and for trying them.

    Args:
        name: the overload, ``"aten::sin"`` or ``"aten::mul.Tensor"``.
        rules: what to use instead of *all* of the operator's rules.
    """
    op = operator(name)
    before = op.rules
    op.adopt(rules)
    try:
        yield op
    finally:
        op.adopt(before)
