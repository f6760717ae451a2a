"""What is declared of every operator: how it batches, how it differentiates, and what the checker found of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import Any

from oplift.errors import MissingRule
from oplift.fallback import decomposition
from oplift.op import Op, declared, operator
from oplift.registry import rules_of
from oplift.rule import Rules

from .record import Accuracy, read_record

__all__ = ["DERIVATIVES", "KINDS", "Entry", "entries", "entry_of", "family_of"]

#: How an operator batches, and what the word means.
KINDS = {
    "pointwise": "the operands broadcast, the batch included",
    "dims": "arguments that name dimensions are moved past the batch",
    "shape": "the batch is put before the arguments that hold sizes",
    "leading": "the kernel takes any number of leading dimensions",
    "fold": "the batch is merged with a dimension that the kernel treats as one",
    "decompose": "runs as the operators that it is made of",
    "random": "every element draws for itself",
    "factory": "the same for every example; stays unbatched",
    "device": "another kind on each device",
    "python": "a rule written by hand",
    "torch": "what it registered with PyTorch",
    "loop": "once for each example: there is no faster way",
    "refused": "an error that says why",
    "none": "no rule: once for each example, with a warning",
}
#: How an operator differentiates, and what the word means.
DERIVATIVES = {
    "partials": "its partials; jvp and vjp are generated from them",
    "linear": "linear in its operands together: the jvp is the operator itself",
    "multilinear": "linear in each operand",
    "formulas": "formulas for the jvp, the vjp or both",
    "python": "rules written by hand",
    "torch": "what it registered with PyTorch",
    "decompose": "as the operators that it is made of",
    "zero": "zero everywhere, as in PyTorch",
    "none": "its outputs leave the graph",
    "refused": "an error that says why",
    "missing": "nothing is declared: an error",
}


@dataclass(frozen=True)
class Entry:
    """One operator.

    Args:
        name: the overload, ``"aten::mul.Tensor"``.
        schema: its signature; "" where this torch does not have it.
        family: the file that declares it, ``"pointwise"``.
        kind: how it batches, a key of KINDS.
        derivative: how it differentiates, a key of DERIVATIVES.
        directions: which rules there are: "jvp and vjp", or one of them, the other by transposing it.
        remarks: what else is to be known: why it is refused, that it is random, a view.
        origin: file and line of the declaration.
        accuracy: what the checker found; None where it was never asked.
    """

    name: str
    schema: str = ""
    family: str = ""
    kind: str = "none"
    derivative: str = "missing"
    directions: str = ""
    remarks: list[str] = field(default_factory=list)
    origin: str = ""
    accuracy: Accuracy | None = None

    @property
    def devices(self) -> list[str]:
        """Where it was checked."""
        return self.accuracy.devices if self.accuracy is not None else []

    @property
    def unchecked(self) -> str:
        """Why nothing was measured; "" where something was."""
        if self.accuracy is None:
            return "not checked: it is not on record"
        return f"not checked: {self.accuracy.unchecked}" if self.accuracy.unchecked else ""

    def as_data(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {**asdict(self), "accuracy": self.accuracy.as_data() if self.accuracy is not None else None}


def entries(pattern: str = "", family: str = "", record: Mapping[str, Accuracy] | None = None) -> list[Entry]:
    """Every operator that has rules, sorted by name.

    Args:
        pattern: a glob (``"aten::fft_*"``), or a part of the name; "" for all.
        family: only those of that family.
        record: what the checker found; by default what is on record beside the rules.

    Example:
        >>> [entry.name for entry in entries("aten::cos*", "pointwise")]
        ['aten::cos', 'aten::cosh']
        >>> entries("aten::mul.Tensor")[0].derivative
        'partials'
    """
    known = read_record() if record is None else record
    glob = pattern if any(c in pattern for c in "*?[") else f"*{pattern}*"
    if pattern in declared():
        glob = pattern
    found = [entry_of(name, known.get(name)) for name in declared() if fnmatchcase(name, glob)]
    return [entry for entry in found if not family or entry.family == family]


def entry_of(name: str, accuracy: Accuracy | None = None) -> Entry:
    """What is declared of one operator, whether or not this torch has it.

    Args:
        name: the overload.
        accuracy: what the checker found of it.

    Example:
        >>> entry_of("aten::transpose.int").kind
        'dims'
    """
    try:
        op: Op | None = operator(name)
    except MissingRule:
        op = None
    declaration = (op.rules if op is not None else rules_of(name)) or Rules()
    origin = declaration.origin or ""
    return Entry(
        name,
        str(op.schema) if op is not None else "",
        family_of(origin),
        _kind(op or declaration),
        _derivative(op or declaration),
        _directions(op or declaration),
        _remarks(op) if op is not None else ["this torch has not registered it"],
        origin,
        accuracy,
    )


def family_of(origin: str) -> str:
    """The family that an origin names.

    >>> family_of("rules/pointwise.yaml:12")
    'pointwise'
    """
    return PurePath(origin.rpartition(":")[0] or origin).stem


def _decomposes(op: Op | Rules) -> bool:
    return op.decompose is not None or (isinstance(op, Op) and decomposition(op) is not None)


def _kind(op: Op | Rules) -> str:
    if op.batch_unsupported:
        return "refused"
    declared_kind = (op.rules or Rules()).kind if isinstance(op, Op) else op.kind
    if declared_kind in KINDS:
        return str(declared_kind)
    if op.batch is not None:
        return "python"
    if _decomposes(op):
        return "decompose"
    return "loop" if op.batch_loop else "none"


def _derivative(op: Op | Rules) -> str:
    if op.derivative is not None:
        return op.derivative if op.derivative in ("zero", "none") else "refused"
    if op.jvp is not None or op.vjp is not None:
        form = (op.rules or Rules()).form if isinstance(op, Op) else op.form
        return form or "python"
    if _decomposes(op):
        return "decompose"
    returns = op.schema.returns if isinstance(op, Op) else ()
    return "none" if returns and not any("Tensor" in str(r.type) for r in returns) else "missing"


def _directions(op: Op | Rules) -> str:
    if op.jvp is not None and op.vjp is not None:
        return "jvp and vjp"
    if op.jvp is not None:
        return "jvp, vjp by transposing it"
    return "vjp, jvp by transposing it" if op.vjp is not None else ""


def _remarks(op: Op) -> list[str]:
    refused = op.derivative is not None and op.derivative not in ("zero", "none")
    remarks = {
        f"batching is refused: {op.batch_unsupported}": op.batch_unsupported is not None,
        f"derivative is refused: {op.derivative}": refused,
        "draws random numbers": op.random,
        "a view": op.view,
    }
    return [remark for remark, holds in remarks.items() if holds]
