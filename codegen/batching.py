"""Batching rules: from a kind and its options to what the templates lay out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import emit
from .expr import Compiler, Scope
from .model import Batch, Case, DimArgument, Formula, SizeArgument, Spec
from .read_batch import subsets
from .schema import Argument

#: Kinds that become a function of their own.
_WRITTEN = {"pointwise", "dims", "shape", "leading", "fold", "loss", "cases", "random", "factory", "device"}


@dataclass(frozen=True)
class BatchContext:
    """What a template of a batching kind needs.

    Attributes:
        template: file under templates/.
        name: of the function.
        call: the operator on its arguments.
        guard: when the kind does not apply, and `fallback`, what is returned or raised then.
        empty: what is returned for a batch of no examples, where the operator refuses one.
        values: what just this kind's template needs.
    """

    template: str
    name: str
    params: str
    call: str
    guard: str
    fallback: str
    empty: str
    memory_format: str
    values: dict[str, Any]


class BatchEmitter:
    """Emits the batching functions of one operator."""

    def __init__(self, spec: Spec, compiler: Compiler, scope: Scope) -> None:
        self.spec, self.compiler, self.scope = spec, compiler, scope
        self.uses = compiler.uses
        self.args = spec.signature.args
        self.tensors = spec.signature.tensors
        self.place = {a.name: i for i, a in enumerate(self.tensors)}
        self.contexts: list[BatchContext] = []
        self.decompositions: list[tuple[str, str]] = []

    def rule(self) -> str | None:
        """The source of what `Rules.batch` becomes; None where there is none."""
        batch = self.spec.batch
        assert batch is not None
        if batch.kind == "python":
            return self._imported(batch.function)
        if batch.kind not in _WRITTEN or not self.tensors:
            return None
        if batch.kind in ("random", "factory") and not batch.like:
            return None
        return self._function(batch, f"{self.spec.ident}_batch")

    def _imported(self, formula: Formula | None) -> str:
        assert formula is not None
        return self.compiler.imported(formula)

    def _function(self, batch: Batch, name: str) -> str:
        make = getattr(self, f"_{batch.kind}")
        guard, values = make(batch, name)
        fallback = self._fallback(batch.otherwise, f"{name}_otherwise") if guard else ""
        call = values.pop("call", None) or emit.own_call(self.spec, self.uses)
        formats = [a.name for a in self.args if a.type.startswith("MemoryFormat")]
        if formats:
            self._helper("any_rank")
        template = {"shape": "dims"}.get(batch.kind, batch.kind)
        params, memory_format = emit.parameters(self.args), formats[0] if formats else ""
        template = f"batch_{template}.py.j2"
        empty = self._empty(name) if batch.nonempty else ""
        self.contexts.append(BatchContext(template, name, params, call, guard, fallback, empty, memory_format, values))
        return name

    def _empty(self, name: str) -> str:
        """No examples at all: the rule on one example of zeros, of which nothing is kept."""
        one = self._helper("one_example")
        args = [f"{one}({self._flag(a.name)}, {a.name})" if a.is_tensor else a.name for a in self.args]
        return f"return {self._helper('none_of')}({name}(1, batched, {', '.join(args)}))"

    def _helper(self, name: str) -> str:
        self.uses.helper("oplift.rules.kinds", name)
        return name

    def _flag(self, name: str) -> str:
        return f"batched[{self.place[name]}]"

    # ---- otherwise
    def _fallback(self, other: Batch | None, name: str) -> str:
        """The statement that leaves a function for another kind; None: none was given."""
        args = emit.names(self.args)
        if other is None or other.kind == "loop":
            warn = ", warn=False" if other is not None else ""
            return f"return {self._helper('by_example')}({self._operator()}, batch_size, batched, ({args},){warn})"
        if other.kind == "unsupported":
            return f'raise {self._helper("unbatchable")}("{self.spec.op}", {other.why!r})'
        if other.kind == "python":
            return f"return {self._imported(other.function)}(batch_size, batched, {args})"
        if other.kind == "decompose":
            function = self._decomposition(other, name)
            return (
                f"return {self._helper('redispatch')}({self._operator()}, {function}, batch_size, batched, ({args},))"
            )
        return f"return {self._function(other, name)}(batch_size, batched, {args})"

    def _operator(self) -> str:
        return f'{self.uses.helper("oplift.rule", "operator")}("{self.spec.op}")'

    def _decomposition(self, batch: Batch, name: str) -> str:
        formula = batch.function
        if formula is None:
            whole = self.spec.decompose
            return self._imported(whole) if whole and whole.is_function else f"{self.spec.ident}_decompose"
        if formula.is_function:
            return self._imported(formula)
        function = name.replace("_batch", "_decompose")
        self.decompositions.append((function, self.compiler.compile(formula, self.scope).text))
        return function

    # ---- kinds
    def _pointwise(self, batch: Batch, name: str) -> tuple[str, dict[str, Any]]:
        operands = [a for a in self.tensors if not a.is_list]
        align = ""
        if len(operands) == 2 and not any(a.optional for a in operands):
            self.uses.helper("oplift.batching", "Aligned")
            align = self._helper("align2")
        elif len(operands) > 1:
            align = self._helper("align")
        names = [a.name for a in operands]
        expand = tuple(names.index(n) for n in batch.expand)
        if expand:
            self._helper("expand_all")
        return "", {"operands": names, "align": align, "expand": expand}

    def _loss(self, batch: Batch, name: str) -> tuple[str, dict[str, Any]]:
        values = self._pointwise(batch, name)[1]
        call = emit.own_call(self.spec, self.uses, {batch.reduction: "0"})
        if batch.share:
            self.uses.helper("oplift.rules.formulas", "shared_cotangent")
        else:
            self._helper("each_reduced")
        like = next((n for n in batch.expand if n != batch.share), values["operands"][0])
        return "", {**values, "call": call, "reduction": batch.reduction, "share": batch.share, "like": like}

    def _cases(self, batch: Batch, name: str) -> tuple[str, dict[str, Any]]:
        scope = self.scope.with_values({"batch_size": "number"})
        left = [frozenset(names) for names in subsets([a.name for a in self.tensors])]
        cases = []
        for case in batch.cases:
            condition = self._condition(case, left)
            left = [names for names in left if not case.holds(names)]
            cases.append((condition, self.compiler.compile(case.formula, scope).text))
        if batch.rank:
            self._helper("pad_rank")
        ranks = [
            (n, self._flag(n), self.compiler.compile(self._inner(r), self.scope).text) for n, r in batch.rank.items()
        ]
        return "", {
            "expand": [(n, self._flag(n), self._spread(n)) for n in batch.expand],
            "ranks": ranks,
            "cases": cases,
            "last": self._fallback(batch.otherwise, f"{name}_otherwise") if left else "",
            "call": "None",
        }

    def _condition(self, case: Case, left: list[frozenset[str]]) -> str:
        """The shortest test that tells a case from all that are left; empty where nothing else is."""
        meant = {names for names in left if case.holds(names)}
        literals = [(a.name, a.name in case.batched) for a in self.tensors if a.name not in case.either]
        for literal in list(literals):
            rest = [other for other in literals if other != literal]
            if {names for names in left if all((n in names) is yes for n, yes in rest)} == meant:
                literals = rest
        return " and ".join(self._is_batched(n) if yes else f"not {self._is_batched(n)}" for n, yes in literals)

    def _is_batched(self, name: str) -> str:
        return f"{self._helper('any_of')}({self._flag(name)})" if self._is_list(name) else self._flag(name)

    def _random(self, batch: Batch, name: str) -> tuple[str, dict[str, Any]]:
        values = self._pointwise(batch, name)[1]
        if not values["align"]:
            return "", {**values, "like": ""}
        self._helper("spread")
        flags = ["True" if n == batch.like else self._flag(n) for n in values["operands"]]
        return "", {**values, "like": batch.like, "flag": self._flag(batch.like), "flags": flags}

    def _factory(self, batch: Batch, name: str) -> tuple[str, dict[str, Any]]:
        self._helper("example")
        self.uses.helper("oplift.rule", "Unbatched")
        return "", {"like": batch.like}

    def _device(self, batch: Batch, name: str) -> tuple[str, dict[str, Any]]:
        self._helper("device_type")
        return "", {
            "branches": {
                d: self._fallback(inner, f"{name}_{d}") for d, inner in batch.devices.items() if d != "default"
            },
            "default": self._fallback(batch.devices.get("default"), f"{name}_default"),
            "tensors": emit.names(self.tensors),
            "call": "None",
        }

    def _dims(self, batch: Batch, name: str) -> tuple[str, dict[str, Any]]:
        named: list[DimArgument | SizeArgument] = [*batch.dims, *batch.sizes]
        operands = [_operand(x.of) for x in named]
        moved = [n for n in dict.fromkeys((*operands, *batch.expand, *batch.broadcast)) if n in self.place]
        if batch.broadcast:
            self._helper("align_ranks")
        expand = [
            (n, self._flag(n), self._spread(n)) for n in batch.expand if len(self.tensors) > 1 or self._is_list(n)
        ]
        scalars = self._scalar_operands(batch, moved)
        if scalars:
            self._helper("squeeze_last")
        flat = [d for d in batch.dims if "flatten" in (d.none, d.empty)]
        if flat:
            self._helper("unflatten_like")
        return self._guard(batch, moved), {
            "expand": expand,
            "broadcast": batch.broadcast,
            "flags": [self._flag(n) for n in batch.broadcast],
            "scalars": scalars,
            "like": batch.like or (scalars[0] if scalars else ""),
            "flat": self._flat(flat[0]) if flat else None,
            "statements": [s for d in batch.dims for s in self._shift(d, batch.broadcast)]
            + [s for z in batch.sizes for s in self._sizes(z)],
        }

    _shape = _dims

    def _is_list(self, name: str) -> bool:
        return self._arg(name).is_list

    def _arg(self, name: str) -> Argument:
        found = self.spec.signature.arg(name)
        assert found is not None
        return found

    def _spread(self, name: str) -> str:
        return self._helper("spread_all" if self._is_list(name) else "spread")

    def _scalar_operands(self, batch: Batch, moved: list[str]) -> list[str]:
        """Operands that may be 0-dimensional although dimensions of them are named."""
        if not batch.dims or batch.sizes or batch.broadcast or any(d.extra != "0" or d.permutation for d in batch.dims):
            return []
        return [n for n in moved if not self._is_list(n) and self._arg(n).type == "Tensor"]

    def _guard(self, batch: Batch, moved: list[str]) -> str:
        """Operands that must be batched, or must not be."""
        if len(self.tensors) == 1:
            return ""
        must_not = [
            f"any_of({self._flag(n)})" if self._is_list(n) else self._flag(n) for n in self.place if n not in moved
        ]
        must = [f"not {self._flag(n)}" for n in moved if n not in (*batch.expand, *batch.broadcast)]
        if any("any_of" in m for m in must_not):
            self._helper("any_of")
        return " or ".join(must_not + must)

    def _flat(self, dim: DimArgument) -> dict[str, str]:
        both = dim.none == "flatten" and dim.empty == "flatten"
        test = f"not {dim.name}" if both or dim.empty == "flatten" else f"{dim.name} is None"
        first = "[0]" if "[]" in self._arg(dim.name).type else "0"
        return {"test": test, "of": dim.of, "dim": dim.name, "first": first}

    def _shift(self, dim: DimArgument, broadcast: tuple[str, ...]) -> list[str]:
        rank = self._rank(dim, broadcast)
        if "[]" not in self._arg(dim.name).type:
            return [f"{dim.name} = {self._helper('shift_dim')}({dim.name}, {rank})"]
        options = [f'none="{dim.none}"'] if dim.none == "all" else []
        options += [f'empty="{dim.empty}"'] if dim.empty == "all" else []
        call = f"{self._helper('shift_dims')}({', '.join([dim.name, rank, *options])})"
        return [f"{dim.name} = [0, *{call}]" if dim.permutation else f"{dim.name} = {call}"]

    def _rank(self, dim: DimArgument, broadcast: tuple[str, ...]) -> str:
        source = _operand(dim.of)
        if source in broadcast:
            return "rank"
        if source not in self.place:
            physical, offset = f"len({dim.of})", 0
        else:
            physical, offset = f"{dim.of}.ndim", -1
        try:
            offset += int(dim.extra)
        except ValueError:
            return f"{physical} - 1 + ({self.compiler.compile(self._inner(dim.extra), self.scope).text})"
        return physical if not offset else f"{physical} {'+' if offset > 0 else '-'} {abs(offset)}"

    def _inner(self, text: str) -> Formula:
        assert self.spec.batch is not None
        return Formula(text, self.spec.batch.line, "batch")

    def _sizes(self, size: SizeArgument) -> list[str]:
        if size.pad or size.fill:  # -1 keeps a size here
            found = [f"{size.of} = {self._helper('pad_rank')}({size.of}, len({size.name}))"] if size.pad else []
            return [*found, f"{size.name} = [{size.fill or 'batch_size'}, *{size.name}]"]
        return [f"{size.name} = {self._helper('prepend')}(batch_size, {size.name}, {size.of})"]

    def _leading(self, batch: Batch, name: str) -> tuple[str, dict[str, Any]]:
        shared = [n for n, rank in batch.core.items() if rank == "shared"]
        moved = [n for n in self.place if n not in shared]
        guard = " or ".join(self._flag(n) for n in shared)
        values: dict[str, Any] = {"moved": moved, "align": "", "expand": [], "columns": self._columns(batch)}
        values["needed"], values["op"] = self._needed(batch, moved), self.spec.op
        call = self._via(batch.via) if batch.via is not None else emit.own_call(self.spec, self.uses)
        if len(moved) > 1 and (batch.via is None or batch.expand or batch.columns):
            values["align"] = self._helper("align_leading")
            values["flags"] = [self._flag(n) for n in moved]
            values["ranks"] = [self._compiled_rank(batch.core[n]) for n in moved]
        if batch.expand:
            self._helper("expand_leading")
            values["expand"] = batch.expand
            values["cores"] = [self._compiled_rank(batch.core[n]) for n in batch.expand]
        return guard, {**values, "call": self._marked(call, batch)}

    def _needed(self, batch: Batch, moved: list[str]) -> list[tuple[str, str, str]]:
        """Operands of which each example must have some dimensions: name, test, and how many."""
        names = [n for n in moved if batch.core[n] != "0"]
        if names:
            self._helper("low_rank")
        ranks = {n: self._compiled_rank(batch.core[n]) for n in names}
        only = len(self.tensors) == 1
        return [
            (n, f"{n}.ndim <= {r}" if only else f"{self._flag(n)} and {n}.ndim <= {r}", r) for n, r in ranks.items()
        ]

    def _compiled_rank(self, text: str) -> str:
        return self.compiler.compile(self._inner(text), self.scope).text

    def _columns(self, batch: Batch) -> dict[str, str] | None:
        """The right-hand side that takes the batch as columns where nothing else has it."""
        for name, formula in batch.columns.items():
            self._helper("fold_columns")
            self._helper("unfold_columns")
            others = [f"not {self._flag(n)}" for n in self.place if n != name]
            left = self.compiler.compile(formula, self.scope).text
            return {"name": name, "condition": " and ".join(others), "left": left}
        return None

    def _marked(self, call: str, batch: Batch) -> str:
        """A call some of whose outputs may be the same for all examples."""
        if not batch.unbatched:
            return call
        flags = []
        for output in self.spec.signature.outputs:
            formula = batch.unbatched.get(output.name)
            flags.append("False" if formula is None else self.compiler.compile(formula, self.scope).text)
        return f"{self._helper('mark_unbatched')}({call}, ({', '.join(flags)}))"

    def _via(self, via: Formula) -> str:
        if via.text.isidentifier():
            given = ", ".join(a.name for a in self.args if not a.kwarg_only)
            via = Formula(f"{via.text}({given})", via.line, via.place)
        return self.compiler.compile(via, self.scope).text

    def _fold(self, batch: Batch, name: str) -> tuple[str, dict[str, Any]]:
        self._helper("fold")
        self._helper("unfold")
        if batch.count:
            self._helper("count_all")
        ranks = {n: self._compiled_rank(text) for n, text in batch.feature_rank.items()}
        first = next(iter(batch.at.values()), 0)
        outs = [int(batch.out.get(o.name, first)) for o in self.spec.signature.outputs]
        return " or ".join(self._flag(n) for n in batch.shared), {
            "folded": [(n, self._flag(n), at, ranks.get(n, "None")) for n, at in batch.at.items()],
            "counts": batch.count,
            "outs": outs[0] if len(set(outs)) == 1 else tuple(outs),
        }


def _operand(of: str) -> str:
    """``tensors`` of ``tensors[0]``."""
    return of.partition("[")[0]
