"""What an entry of a spec file says, checked as far as that goes without reading its formulas."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from .schema import Signature

_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
#: Said instead of a formula.
NOT_IMPLEMENTED = "not_implemented"


@dataclass(frozen=True)
class Formula:
    """An expression, or ``package.module:function``, with the place where it stands."""

    text: str
    line: int
    place: str

    @property
    def is_function(self) -> bool:
        return _FUNCTION.fullmatch(self.text) is not None

    @property
    def is_missing(self) -> bool:
        return self.text == NOT_IMPLEMENTED


@dataclass(frozen=True)
class DimArgument:
    """An argument that names dimensions of the operand `of`.

    Attributes:
        none: what None means: "all" dimensions, the "flatten"ed operand, or an "error".
        empty: what an empty list means: "all", "flatten", or "none" of them.
        extra: how many dimensions more than the operand the numbering has.
        permutation: the list names every dimension of the operand.
    """

    name: str
    of: str
    none: str = "error"
    empty: str = "none"
    extra: str = "0"
    permutation: bool = False


@dataclass(frozen=True)
class SizeArgument:
    """An argument that holds sizes; `pad`: of more dimensions than the operand `of` may have."""

    name: str
    of: str
    fill: str = ""
    pad: bool = False


@dataclass(frozen=True)
class Case:
    """A formula for operands of which just `batched` carry the batch, and possibly `either`."""

    batched: frozenset[str]
    either: frozenset[str]
    formula: Formula

    def holds(self, batched: frozenset[str]) -> bool:
        """Whether it is meant for these batched operands."""
        return self.batched <= batched <= self.batched | self.either


@dataclass(frozen=True)
class Batch:
    """A batching kind with what it needs; fields of other kinds are empty.

    Attributes:
        count: of fold: arguments that say how many examples of their own the operands have.
        columns: of leading: operand -> formula that says whether its columns take the batch, else its rows.
        unbatched: output -> formula that says when it is the same for all examples.
        nonempty: the kernel refuses a batch of no examples.
        reduction: of loss: the argument that says how losses are reduced.
        share: of loss: the operand that is the cotangent of a reduced loss.
    """

    kind: str
    line: int
    dims: tuple[DimArgument, ...] = ()
    sizes: tuple[SizeArgument, ...] = ()
    expand: tuple[str, ...] = ()
    broadcast: tuple[str, ...] = ()
    like: str = ""
    core: dict[str, str] = field(default_factory=dict)
    via: Formula | None = None
    at: dict[str, int] = field(default_factory=dict)
    out: dict[str, str] = field(default_factory=dict)
    feature_rank: dict[str, str] = field(default_factory=dict)
    shared: tuple[str, ...] = ()
    count: tuple[str, ...] = ()
    columns: dict[str, Formula] = field(default_factory=dict)
    unbatched: dict[str, Formula] = field(default_factory=dict)
    nonempty: bool = False
    rank: dict[str, str] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()
    reduction: str = ""
    share: str = ""
    function: Formula | None = None
    why: str = ""
    otherwise: Batch | None = None
    devices: dict[str, Batch] = field(default_factory=dict)


@dataclass(frozen=True)
class Spec:
    """One entry.

    Attributes:
        op: ``aten::mul.Tensor``.
        form: "partials", "linear", "multilinear", "rules" (jvp and vjp), "derivative", or "" where it decomposes.
        formulas: of partials, linear and multilinear: argument -> formula, or a pair of them.
        jvp: output, or several with commas -> joint formula, or {arguments -> term}; under "" a function for all outputs.
        vjp: arguments -> formula; under () a function for all arguments.
        test: what the checker should know.
    """

    op: str
    path: str
    line: int
    signature: Signature
    batch: Batch | None
    form: str
    formulas: dict[str, Formula | tuple[Formula, Formula]]
    jvp: dict[str, Formula | dict[tuple[str, ...], Formula]]
    vjp: dict[tuple[str, ...], Formula]
    derivative: str
    let: dict[str, Formula]
    save: tuple[str, ...]
    nondiff: tuple[str, ...]
    nondiff_outputs: tuple[str, ...]
    decompose: Formula | None
    inverse: Formula | None
    mutates: tuple[str, ...]
    functions: tuple[str, ...]
    random: bool
    replace: bool
    since: str
    test: dict[str, Any]

    @property
    def linear(self) -> tuple[str, ...]:
        """Arguments in which the operator is jointly linear."""
        return tuple(self.formulas) if self.form == "linear" else ()

    @property
    def multilinear(self) -> tuple[str, ...]:
        """Arguments in each of which the operator is linear."""
        return tuple(self.formulas) if self.form == "multilinear" else ()

    @property
    def ident(self) -> str:
        """``mul_Tensor``: how its functions are named."""
        return re.sub(r"\W", "_", self.op.partition("::")[2])

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs that have a derivative."""
        return tuple(o.name for o in self.signature.outputs if o.is_tensor and o.name not in self.nondiff_outputs)


@dataclass(frozen=True)
class SpecFile:
    """A file of entries.

    Attributes:
        helpers: modules whose functions its formulas may call, besides the general ones.
        text: the source, for its hash.
    """

    path: str
    helpers: tuple[str, ...]
    specs: tuple[Spec, ...]
    text: str
