"""Operator schemas as the generator sees them."""

from __future__ import annotations

import keyword
import math
from dataclasses import dataclass
from typing import Any

import torch

_NUMBERS = {"int", "SymInt", "float", "number", "bool", "Scalar"}
#: Base names of the operators whose `other` may be a Python number although the schema says Tensor.
NUMBERS_AS_TENSORS = {
    "add", "sub", "subtract", "rsub", "mul", "multiply", "div", "divide", "true_divide", "floor_divide", "where",
}  # fmt: skip

#: What generated rules call by these names, so that no argument and no `let` term may have them.
RESERVED = {"torch", "math", "builtins", "needs", "tangents", "batched", "batch_size", "outputs", "operator", "Rules"}


@dataclass(frozen=True)
class Argument:
    """One argument of an operator.

    Attributes:
        name: as the schema writes it; `from` becomes `from_`, which formulas can say.
        type: ``Tensor``, ``Tensor?``, ``Tensor[]``, ``int[]?``, ...
        default: source text of the default, None where there is none.
        maybe_number: a tensor argument that can arrive as a Python number.
    """

    name: str
    type: str
    kwarg_only: bool
    default: str | None
    maybe_number: bool = False
    schema_name: str = ""

    @property
    def is_tensor(self) -> bool:
        return self.type.startswith("Tensor")

    @property
    def is_list(self) -> bool:
        return self.is_tensor and "[]" in self.type

    @property
    def optional(self) -> bool:
        return self.type.endswith("?")

    @property
    def kind(self) -> str:
        """The type of its name in a formula."""
        if self.is_list:
            return "tensors"
        if self.type == "Tensor":
            return "operand" if self.maybe_number else "tensor"
        if self.type == "Tensor?":
            return "tensor?"
        if self.type in _NUMBERS:
            return "number"
        return "ints" if self.type.startswith(("int[]", "SymInt[]")) else "other"


@dataclass(frozen=True)
class Output:
    name: str
    type: str

    @property
    def is_tensor(self) -> bool:
        return self.type.startswith("Tensor")

    @property
    def is_list(self) -> bool:
        return self.is_tensor and "[]" in self.type


@dataclass(frozen=True)
class Signature:
    """Arguments and outputs of one overload."""

    name: str
    args: tuple[Argument, ...]
    outputs: tuple[Output, ...]
    text: str
    is_view: bool
    is_mutable: bool

    @property
    def tensors(self) -> tuple[Argument, ...]:
        return tuple(a for a in self.args if a.is_tensor)

    def agrees(self, other: Signature) -> bool:
        """Whether both can be called alike and return the same; outputs may have other names."""
        ours, theirs = ([(a.name, a.type, a.kwarg_only, a.default) for a in s.args] for s in (self, other))
        return ours == theirs and [o.type for o in self.outputs] == [o.type for o in other.outputs]

    def arg(self, name: str) -> Argument | None:
        return next((a for a in self.args if a.name == name), None)


def of_operator(name: str) -> Signature | None:
    """The signature of a registered overload, None where torch has no such operator."""
    namespace, _, rest = name.partition("::")
    base, _, overload = rest.partition(".")
    try:
        packet = getattr(getattr(torch.ops, namespace), base)
        return convert(getattr(packet, overload or "default")._schema)
    except (AttributeError, RuntimeError):
        return None


def of_text(name: str, text: str) -> Signature:
    """The signature that a spec's `schema:` writes; RuntimeError where it does not parse."""
    if not (name + text).isascii():  # torch's message about it would cut a character in two
        raise RuntimeError("a schema is written in ASCII")
    return convert(torch._C.parse_schema(name + text))


def convert(schema: Any) -> Signature:
    base = schema.name.partition("::")[2]
    args = tuple(_argument(a, base, i) for i, a in enumerate(schema.arguments))
    taken = {a.name for a in args}
    outputs = tuple(_output(r, i, len(schema.returns), taken) for i, r in enumerate(schema.returns))
    name = schema.name + (f".{schema.overload_name}" if schema.overload_name else "")
    writes = any(a.alias_info is not None and a.alias_info.is_write for a in schema.arguments)
    view = not writes and any(r.alias_info is not None for r in schema.returns)
    return Signature(name, args, outputs, str(schema).removeprefix(name), view, writes)


def _argument(argument: Any, base: str, position: int) -> Argument:
    name = argument.name + "_" if keyword.iskeyword(argument.name) else argument.name
    number = base in NUMBERS_AS_TENSORS and position > 0 and argument.name == "other"
    default = _default(argument) if argument.has_default_value() else None
    return Argument(name, type_name(argument), argument.kwarg_only, default, number, argument.name)


def type_name(argument: Any) -> str:
    """``Tensor?[]``, ``int[]?`` for ``List[Optional[Tensor]]``, ``Optional[List[int]]``."""
    text = str(getattr(argument, "real_type", argument.type))
    return _short(text)


def _short(text: str) -> str:
    for prefix, suffix in (("Optional[", "?"), ("List[", "[]")):
        if text.startswith(prefix):
            return _short(text[len(prefix) : -1]) + suffix
    return text


def _default(argument: Any) -> str:
    value = argument.default_value
    if type_name(argument) == "MemoryFormat":
        return "torch.contiguous_format"
    return f'float("{value}")' if isinstance(value, float) and not math.isfinite(value) else repr(value)


def _output(ret: Any, i: int, n: int, taken: set[str]) -> Output:
    name = ret.name or ("result" if n == 1 else f"result{i}")
    if keyword.iskeyword(name) or name in taken:
        name = "result" if n == 1 else f"result{i}"
    while name in taken:
        name += "_"
    return Output(name, _short(str(ret.type)))
