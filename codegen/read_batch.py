"""The `batch:` of an entry."""

from __future__ import annotations

from collections.abc import Callable

from .errors import Problems, listed, nearest
from .load import Listing, Mapping, Node, Scalar
from .model import Batch, DimArgument, Formula, SizeArgument
from .schema import Signature

#: Kind -> the options that it takes besides `otherwise`.
KINDS: dict[str, tuple[str, ...]] = {
    "pointwise": (),
    "dims": ("dims", "sizes", "expand", "like"),
    "shape": ("sizes", "dims", "expand", "like"),
    "leading": ("core", "via", "expand"),
    "fold": ("at", "feature_rank", "out", "shared"),
    "decompose": ("to",),
    "random": ("like", "size"),
    "factory": ("like", "size"),
    "python": ("rule",),
    "loop": (),
    "unsupported": ("why",),
}
DEVICES = ("cpu", "cuda", "mps", "xpu", "default")
_REASONS = {
    "dynamic_shape": "the shape of its result depends on the data, so examples would differ in shape",
    "data_dependent": "it turns data into a Python value, which would differ from example to example",
    "alias": "its result may share memory with its operand in a way that a batch cannot",
}
_NONE = ("all", "flatten", "error")
_EMPTY = ("all", "flatten", "none")


class BatchReader:
    """Reads a batching kind, and reports what is wrong with it."""

    def __init__(self, problems: Problems, signature: Signature) -> None:
        self.problems, self.signature = problems, signature
        self.names = [a.name for a in signature.args]
        self.tensors = [a.name for a in signature.tensors]

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
        known = ("kind", "otherwise", *KINDS[kind])
        for key in value.items:
            if key not in known:
                text = f"kind '{kind}' has no option '{key}'{nearest(key, known)}; it has {listed(known[1:])}"
                self._wrong(value.lines[key], "S031", place, text)

    def _of_kind(self, value: Mapping, kind: str, place: str) -> Batch:
        read: Callable[[Mapping, str], Batch] = getattr(self, f"_{kind}", self._bare)
        batch = read(value, place)
        other = value.items.get("otherwise")
        otherwise = self._batch(other, f"{place}.otherwise") if other is not None else None
        return Batch(**{**batch.__dict__, "kind": kind, "line": value.line, "otherwise": otherwise})

    def _bare(self, value: Mapping, place: str) -> Batch:
        return Batch("", value.line)

    # ---- kinds
    def _pointwise(self, value: Mapping, place: str) -> Batch:
        for arg in self.signature.tensors:
            if arg.is_list:
                self._wrong(
                    value.line, "S035", place, f"'{arg.name}' is a list of tensors, which no pointwise operator takes"
                )
        return Batch("", value.line)

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
        return Batch("", value.line, dims=dims, sizes=sizes, expand=self._list(value, "expand", place), like=like)

    _shape = _dims

    def _dim(self, name: str, item: Node, place: str) -> DimArgument:
        place = f"{place}.{name}"
        of, options = self._of(item, ("of", "none", "empty", "extra", "permutation"), place)
        none = self._choice(options, "none", _NONE, place)
        empty = self._choice(options, "empty", _EMPTY, place)
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
        return SizeArgument(name, of, self._text(options, "fill"), self._flag(options, "pad"))

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
        via = value.items.get("via")
        formula = Formula(via.text, via.line, f"{place}.via") if isinstance(via, Scalar) else None
        return Batch("", value.line, core=core, via=formula, expand=self._list(value, "expand", place))

    def _fold(self, value: Mapping, place: str) -> Batch:
        at = {}
        for name, item in self._items(value, "at", place, self.tensors):
            number = item.value if isinstance(item, Scalar) else None
            if not isinstance(number, int) or number < 0:
                self._wrong(item.line, "S034", f"{place}.at.{name}", "must be the number of a dimension, 0 or more")
                number = 0
            at[name] = number
        if not at:
            self._wrong(value.line, "S034", place, "says no 'at': which dimension of each operand is its batch?")
        outputs = [o.name for o in self.signature.outputs]
        out = {
            name: self._word(item, f"{place}.out.{name}") for name, item in self._items(value, "out", place, outputs)
        }
        shared = self._list(value, "shared", place)
        for arg in self.signature.tensors:
            if arg.name not in at and arg.name not in shared:
                text = f"Tensor argument '{arg.name}' is neither folded ('at') nor 'shared'"
                self._wrong(value.line, "S035", place, text)
        return Batch("", value.line, at=at, out=out, feature_rank=self._text(value, "feature_rank"), shared=shared)

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
                value.line, "S034", place, f"the key 'why' is missing: {listed(_REASONS)}, or a text for the user"
            )
        return Batch("", value.line, why=_REASONS.get(why, why))

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
        item = value.items.get(key)
        if item is None:
            return ()
        if not isinstance(item, Listing) or not all(isinstance(i, Scalar) for i in item.items):
            self._wrong(item.line, "S034", f"{place}.{key}", "must be a list of arguments: [self]")
            return ()
        for word in item.items:
            self._check_name(word.text, self.tensors, word.line, f"{place}.{key}")
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
        text = f"the operator has no argument '{name}'{nearest(name, known)}; it has {listed(known) or 'none'}"
        if name in self.names:
            text = f"argument '{name}' is no tensor"
        self._wrong(line, "S032", place, text)
        return False
