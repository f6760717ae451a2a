"""The `batch:` of an entry."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import chain, combinations

from .errors import Problems, listed, nearest
from .load import Listing, Mapping, Node, Scalar
from .model import Batch, Case, DimArgument, Formula, SizeArgument
from .schema import Signature

#: Kind -> the options that it takes besides those of every kind.
KINDS: dict[str, tuple[str, ...]] = {
    "pointwise": ("expand",),
    "dims": ("dims", "sizes", "expand", "like", "broadcast"),
    "shape": ("sizes", "dims", "expand", "like", "broadcast"),
    "leading": ("core", "via", "expand", "columns", "unbatched"),
    "fold": ("at", "feature_rank", "out", "shared", "count"),
    "loss": ("reduction", "share", "expand"),
    "cases": ("when", "rank", "expand"),
    "decompose": ("to",),
    "random": ("like", "size"),
    "factory": ("like", "size"),
    "python": ("rule",),
    "loop": (),
    "unsupported": ("why",),
}
#: Options of every kind.
COMMON = ("otherwise", "nonempty")
DEVICES = ("cpu", "cuda", "mps", "xpu", "default")
REASONS = {
    "dynamic_shape": "the shape of its result depends on the data, so examples would differ in shape",
    "data_dependent": "it turns data into a Python value, which would differ from example to example",
    "alias": "its result may share memory with its operand in a way that a batch cannot",
}
NONE = ("all", "flatten", "error")
EMPTY = ("all", "flatten", "none")


class BatchReader:
    """Reads a batching kind, and reports what is wrong with it."""

    def __init__(self, problems: Problems, signature: Signature) -> None:
        self.problems, self.signature = problems, signature
        self.names = [a.name for a in signature.args]
        self.tensors = [a.name for a in signature.tensors]
        self.outputs = [o.name for o in signature.outputs]

    def read(self, value: Node | None, entry: Mapping) -> Batch | None:
        if value is not None:
            return self._batch(value, "batch")
        line = entry.items["op"].line
        if "decompose" in entry.items:
            return Batch("decompose", line)
        self._wrong(line, "S034", "batch", f"missing; say one of {listed(KINDS)}")
        return None

    def _wrong(self, line: int, code: str, place: str, text: str) -> None:
        self.problems.add(line, code, place, text)

    def _batch(self, value: Node, place: str) -> Batch | None:
        if isinstance(value, Scalar):
            value = Mapping({"kind": value}, {"kind": value.line}, value.line)
        if not isinstance(value, Mapping):
            self._wrong(value.line, "S030", place, "must be a kind, or a mapping with the key 'kind'")
            return None
        if value.items and all(key in DEVICES for key in value.items):
            found = {key: self._batch(item, f"{place}.{key}") for key, item in value.items.items()}
            return Batch("device", value.line, devices={key: b for key, b in found.items() if b is not None})
        kind = self._text(value, "kind")
        if kind not in KINDS:
            said = f"unknown kind '{kind}'{nearest(kind, KINDS)}" if kind else "the key 'kind' is missing"
            self._wrong(value.line, "S030", place, f"{said}; kinds are {listed(KINDS)}")
            return None
        self._check_options(value, kind, place)
        return self._of_kind(value, kind, place)

    def _check_options(self, value: Mapping, kind: str, place: str) -> None:
        known = ("kind", *COMMON, *KINDS[kind])
        for key in value.items:
            if key not in known:
                text = f"kind '{kind}' has no option '{key}'{nearest(key, known)}; it has {listed(known[1:])}"
                self._wrong(value.lines[key], "S031", place, text)

    def _of_kind(self, value: Mapping, kind: str, place: str) -> Batch:
        read: Callable[[Mapping, str], Batch] = getattr(self, f"_{kind}", self._bare)
        batch = read(value, place)
        other = value.items.get("otherwise")
        otherwise = self._batch(other, f"{place}.otherwise") if other is not None else None
        nonempty = self._flag(value, "nonempty")
        return replace(batch, kind=kind, line=value.line, otherwise=otherwise, nonempty=nonempty)

    def _bare(self, value: Mapping, place: str) -> Batch:
        return Batch("", value.line)

    # ---- kinds
    def _pointwise(self, value: Mapping, place: str) -> Batch:
        for arg in self.signature.tensors:
            if arg.is_list:
                self._wrong(
                    value.line, "S035", place, f"'{arg.name}' is a list of tensors, which no pointwise operator takes"
                )
        return Batch("", value.line, expand=self._list(value, "expand", place))

    def _loss(self, value: Mapping, place: str) -> Batch:
        batch = self._pointwise(value, place)
        reduction = self._text(value, "reduction") or "reduction"
        if reduction not in self.names:
            known = listed(self.names)
            text = f"the operator has no argument '{reduction}'{nearest(reduction, self.names)}; it has {known}"
            self._wrong(value.line, "S034", f"{place}.reduction", text)
        share = self._text(value, "share")
        if share:
            self._check_name(share, self.tensors, value.line, f"{place}.share")
        return replace(batch, reduction=reduction, share=share)

    def _cases(self, value: Mapping, place: str) -> Batch:
        when = value.items.get("when")
        if not isinstance(when, Mapping) or not when.items:
            text = "says no 'when': a formula for each set of batched operands, {self: ..., 'self, other': ...}"
            self._wrong(value.line, "S034", place, text)
            return Batch("", value.line)
        cases = tuple(self._case(key, item, when.lines[key], f"{place}.when") for key, item in when.items.items())
        self._check_cases(value, cases, place)
        rank = self._items(value, "rank", place, self.tensors)
        ranks = {name: self._word(item, f"{place}.rank.{name}") for name, item in rank}
        return Batch("", value.line, cases=cases, rank=ranks, expand=self._list(value, "expand", place))

    def _case(self, key: str, item: Node, line: int, place: str) -> Case:
        words = [word.strip() for word in key.split(",")]
        for word in words:
            self._check_name(word.removesuffix("?"), self.tensors, line, place)
        formula = Formula(self._word(item, f"{place}.{key}"), item.line, f"{place}.{key}")
        either = frozenset(word.removesuffix("?") for word in words if word.endswith("?"))
        return Case(frozenset(words) - {f"{name}?" for name in either}, either, formula)

    def _check_cases(self, value: Mapping, cases: tuple[Case, ...], place: str) -> None:
        """Every set of batched operands must have a formula, and every formula a set."""
        sets = [frozenset(names) for names in subsets(self.tensors)]
        unused = [case for case in cases if case.batched | case.either <= set(self.tensors)]
        for names in sets:
            case = next((case for case in cases if case.holds(names)), None)
            if case is None and "otherwise" not in value.items:
                text = (
                    f"no formula for batched {listed(sorted(names, key=self.tensors.index)).replace(' or ', ' and ')}"
                )
                self._wrong(value.line, "S035", f"{place}.when", f"{text}; add one, or 'otherwise'")
                return
            unused = [other for other in unused if other is not case]
        for case in unused:
            self._wrong(
                case.formula.line, "S035", case.formula.place, "a case before this one takes all of its operands"
            )

    def _dims(self, value: Mapping, place: str) -> Batch:
        dims = tuple(
            self._dim(name, item, f"{place}.dims") for name, item in self._items(value, "dims", place, self.names)
        )
        sizes = tuple(
            self._size(name, item, f"{place}.sizes") for name, item in self._items(value, "sizes", place, self.names)
        )
        if not dims and not sizes:
            self._wrong(
                value.line, "S034", place, "says neither 'dims' nor 'sizes': which arguments name dimensions or sizes?"
            )
        like = self._text(value, "like")
        if like:
            self._check_name(like, self.tensors, value.line, f"{place}.like")
        expand, broadcast = self._list(value, "expand", place), self._list(value, "broadcast", place)
        return Batch("", value.line, dims=dims, sizes=sizes, expand=expand, like=like, broadcast=broadcast)

    _shape = _dims

    def _dim(self, name: str, item: Node, place: str) -> DimArgument:
        place = f"{place}.{name}"
        of, options = self._of(item, ("of", "none", "empty", "extra", "permutation"), place)
        none = self._choice(options, "none", NONE, place)
        empty = self._choice(options, "empty", EMPTY, place)
        self._check_dim_type(name, item.line, none, empty, place)
        return DimArgument(
            name,
            of,
            none or "error",
            empty or "none",
            self._text(options, "extra") or "0",
            self._flag(options, "permutation"),
        )

    def _check_dim_type(self, name: str, line: int, none: str, empty: str, place: str) -> None:
        arg = self.signature.arg(name)
        if arg is None:
            return
        base = arg.type.removesuffix("?").removeprefix("Sym")
        if base not in ("int", "int[]"):
            self._wrong(line, "S033", place, f"has type {arg.type}; only int and int[] name dimensions")
        elif arg.optional and not none:
            self._wrong(line, "S033", place, "schema allows None, say none: all | flatten | error")
        elif base == "int" and (none == "all" or empty):
            self._wrong(
                line, "S033", place, "is a single integer: 'none: all' and 'empty' are for lists; say none: flatten"
            )

    def _size(self, name: str, item: Node, place: str) -> SizeArgument:
        place = f"{place}.{name}"
        of, options = self._of(item, ("of", "fill", "pad"), place)
        arg = self.signature.arg(name)
        if arg is not None and not arg.type.removesuffix("?").endswith("int[]") and "SymInt[]" not in arg.type:
            self._wrong(item.line, "S033", place, f"has type {arg.type}; only int[] holds sizes")
        fill = self._text(options, "fill")
        if fill and not re.fullmatch(r"\d+", fill):
            self._wrong(item.line, "S034", f"{place}.fill", f"must be a number, 0 or more, not '{fill}'")
        return SizeArgument(name, of, fill, self._flag(options, "pad"))

    def _of(self, item: Node, known: tuple[str, ...], place: str) -> tuple[str, Mapping]:
        """The operand that an argument speaks of, and the other options."""
        if isinstance(item, Scalar):
            item = Mapping({"of": item}, {"of": item.line}, item.line)
        if not isinstance(item, Mapping):
            self._wrong(item.line, "S034", place, "must be a mapping {of: operand}")
            return self.tensors[0] if self.tensors else "", Mapping({}, {}, item.line)
        for key in item.items:
            if key not in known:
                self._wrong(item.lines[key], "S031", place, f"unknown option '{key}'{nearest(key, known)}")
        of = self._text(item, "of")
        if not of:
            self._wrong(item.line, "S034", place, "the key 'of' is missing: the operand whose dimensions are meant")
        elif not re.fullmatch(r"\w+(\[\d+\])?", of):
            self._wrong(item.line, "S034", f"{place}.of", f"'{of}' is no argument, nor an element such as tensors[0]")
        else:
            self._check_name(of.partition("[")[0], self.names, item.line, f"{place}.of")
        return of, item

    def _leading(self, value: Mapping, place: str) -> Batch:
        core = {
            name: self._word(item, f"{place}.core.{name}")
            for name, item in self._items(value, "core", place, self.tensors)
        }
        for name in self.tensors:
            if core and name not in core:
                text = f"Tensor argument '{name}' has no rank: give the number of dimensions to keep, or 'shared'"
                self._wrong(value.line, "S035", f"{place}.core", text)
        if not core:
            self._wrong(
                value.line, "S034", place, "says no 'core': how many trailing dimensions belong to each operand?"
            )
        return Batch(
            "",
            value.line,
            core=core,
            via=self._formula(value, "via", place),
            expand=self._list(value, "expand", place),
            columns=self._formulas(value, "columns", place, self.tensors),
            unbatched=self._formulas(value, "unbatched", place, self.outputs),
        )

    def _formulas(self, value: Mapping, key: str, place: str, known: list[str]) -> dict[str, Formula]:
        found = self._items(value, key, place, known)
        return {
            n: Formula(self._word(item, f"{place}.{key}.{n}"), item.line, f"{place}.{key}.{n}") for n, item in found
        }

    def _fold(self, value: Mapping, place: str) -> Batch:
        at = {
            name: self._number(item, f"{place}.at.{name}")
            for name, item in self._items(value, "at", place, self.tensors)
        }
        if not at:
            self._wrong(value.line, "S034", place, "says no 'at': which dimension of each operand is its batch?")
        out = {
            name: self._word(item, f"{place}.out.{name}")
            for name, item in self._items(value, "out", place, self.outputs)
        }
        for name, number in out.items():
            if not re.fullmatch(r"\d+", number):
                self._wrong(value.line, "S034", f"{place}.out.{name}", "must be the number of a dimension, 0 or more")
        shared = self._list(value, "shared", place)
        for arg in self.signature.tensors:
            if arg.name not in at and arg.name not in shared:
                text = f"Tensor argument '{arg.name}' is neither folded ('at') nor 'shared'"
                self._wrong(value.line, "S035", place, text)
        return Batch(
            "",
            value.line,
            at=at,
            out=out,
            feature_rank=self._feature_rank(value, place, at),
            shared=shared,
            count=self._count(value, place),
        )

    def _number(self, item: Node, place: str) -> int:
        number = item.value if isinstance(item, Scalar) else None
        if isinstance(number, int) and number >= 0:
            return number
        self._wrong(item.line, "S034", place, "must be the number of a dimension, 0 or more")
        return 0

    def _feature_rank(self, value: Mapping, place: str, at: dict[str, int]) -> dict[str, str]:
        """One rank for all folded operands, or one for some of them."""
        if isinstance(value.items.get("feature_rank"), Scalar):
            return dict.fromkeys(at, self._text(value, "feature_rank"))
        items = self._items(value, "feature_rank", place, list(at))
        return {name: self._word(item, f"{place}.feature_rank.{name}") for name, item in items}

    def _count(self, value: Mapping, place: str) -> tuple[str, ...]:
        """The arguments that count examples: an int, or an int[] whose first number does."""
        names = self._names(value, "count", place, self.names)
        for name in names:
            arg = self.signature.arg(name)
            if arg is not None and arg.kind not in ("number", "ints"):
                line, text = value.lines["count"], f"'{name}' has type {arg.type}; only int and int[] count examples"
                self._wrong(line, "S033", f"{place}.count", text)
        return names

    def _decompose(self, value: Mapping, place: str) -> Batch:
        return Batch("", value.line, function=self._formula(value, "to", place))

    def _python(self, value: Mapping, place: str) -> Batch:
        rule = self._formula(value, "rule", place)
        if rule is None or not rule.is_function:
            self._wrong(value.line, "S034", place, "the key 'rule' must be 'package.module:function'")
            return Batch("", value.line)
        return Batch("", value.line, function=rule)

    def _random(self, value: Mapping, place: str) -> Batch:
        like = self._text(value, "like")
        if like:
            self._check_name(like, self.tensors, value.line, f"{place}.like")
        elif self._text(value, "size"):
            self._check_name(self._text(value, "size"), self.names, value.line, f"{place}.size")
        elif self.tensors:
            like = self.tensors[0]
        return Batch("", value.line, like=like)

    _factory = _random

    def _unsupported(self, value: Mapping, place: str) -> Batch:
        why = self._text(value, "why")
        if not why:
            self._wrong(
                value.line, "S034", place, f"the key 'why' is missing: {listed(REASONS)}, or a text for the user"
            )
        return Batch("", value.line, why=REASONS.get(why, why))

    # ---- values
    def _formula(self, value: Mapping, key: str, place: str) -> Formula | None:
        item = value.items.get(key)
        return Formula(item.text, item.line, f"{place}.{key}") if isinstance(item, Scalar) else None

    def _text(self, value: Mapping, key: str) -> str:
        item = value.items.get(key)
        return item.text if isinstance(item, Scalar) else ""

    def _flag(self, value: Mapping, key: str) -> bool:
        item = value.items.get(key)
        return isinstance(item, Scalar) and item.value is True

    def _word(self, item: Node, place: str) -> str:
        if isinstance(item, Scalar):
            return item.text
        self._wrong(item.line, "S034", place, "must be a number, an expression, or a word")
        return "0"

    def _choice(self, options: Mapping, key: str, known: tuple[str, ...], place: str) -> str:
        word = self._text(options, key)
        if word and word not in known:
            self._wrong(
                options.lines[key], "S033", place, f"{key}: '{word}' is none of {listed(known)}{nearest(word, known)}"
            )
            return ""
        return word

    def _list(self, value: Mapping, key: str, place: str) -> tuple[str, ...]:
        """The names of tensor arguments."""
        return self._names(value, key, place, self.tensors)

    def _names(self, value: Mapping, key: str, place: str, known: list[str]) -> tuple[str, ...]:
        item = value.items.get(key)
        if item is None:
            return ()
        if not isinstance(item, Listing) or not all(isinstance(i, Scalar) for i in item.items):
            self._wrong(item.line, "S034", f"{place}.{key}", "must be a list of arguments: [self]")
            return ()
        for word in item.items:
            self._check_name(word.text, known, word.line, f"{place}.{key}")
        return tuple(word.text for word in item.items)

    def _items(self, value: Mapping, key: str, place: str, known: list[str]) -> list[tuple[str, Node]]:
        """The pairs of a mapping of arguments, those with a known name."""
        item = value.items.get(key)
        if item is None:
            return []
        if not isinstance(item, Mapping):
            self._wrong(item.line, "S034", f"{place}.{key}", "must be a mapping {argument: ...}")
            return []
        return [
            (name, node)
            for name, node in item.items.items()
            if self._check_name(name, known, item.lines[name], f"{place}.{key}")
        ]

    def _check_name(self, name: str, known: list[str], line: int, place: str) -> bool:
        if name in known:
            return True
        what = "output" if known is self.outputs else "argument"
        text = f"the operator has no {what} '{name}'{nearest(name, known)}; it has {listed(known) or 'none'}"
        if name in self.names and what == "argument":
            text = f"argument '{name}' is no tensor"
        self._wrong(line, "S032", place, text)
        return False


def subsets(names: list[str]) -> list[tuple[str, ...]]:
    """Every choice of at least one of the names."""
    return list(chain.from_iterable(combinations(names, n + 1) for n in range(len(names))))
