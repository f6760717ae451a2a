"""The operator under check, as plain torch runs it."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from oplift.rule import Rules, operator


@dataclass(frozen=True)
class Operator:
    """A callable with the names of its arguments; `schema` is None for a Python function."""

    name: str
    call: Callable[..., Any]
    schema: Any = None

    @property
    def argument_names(self) -> list[str]:
        """The names of the arguments in the order of the schema."""
        return [argument.name for argument in self.schema.arguments] if self.schema is not None else []

    @property
    def written(self) -> frozenset[str]:
        """The arguments that it writes to."""
        arguments = self.schema.arguments if self.schema is not None else ()
        return frozenset(a.name for a in arguments if a.alias_info is not None and a.alias_info.is_write)

    @property
    def has_data_shape(self) -> bool:
        """Whether the shape of the result depends on the values of the operands."""
        return torch.Tag.dynamic_output_shape in getattr(self.call, "tags", ())

    @property
    def is_view(self) -> bool:
        """Whether the result shares memory with the first argument."""
        if self.schema is None or len(self.schema.returns) != 1:
            return False
        alias = self.schema.returns[0].alias_info
        return alias is not None and not alias.is_write


def resolve(op: str | Callable[..., Any]) -> Operator:
    """The operator that `op` names: "aten::mul.Tensor", "mylib::fused_gelu", a torch overload, or a function.

    Raises:
        ValueError: nothing of that name is registered with torch; says what was probably meant.
    """
    if isinstance(op, str):
        return _named(op)
    if isinstance(op, torch._ops.OpOverload):
        return Operator(op.name(), op, op._schema)
    return Operator(getattr(op, "__name__", repr(op)), op)


def _named(name: str) -> Operator:
    namespace, _, rest = name.partition("::")
    base, _, overload = rest.partition(".")
    packet = getattr(getattr(torch.ops, namespace), base, None) if rest.isprintable() and base else None
    if packet is None:
        return _of_oplift(name)
    found = getattr(packet, overload or "default", None)
    if found is None:
        raise ValueError(f"{name}: the operator has no such overload; it has {', '.join(packet.overloads())}")
    return Operator(name, found, found._schema)


def _of_oplift(name: str) -> Operator:
    """An operator that only oplift knows, whose rules bring their own schema and implementation."""
    try:
        op = operator(name)
    except (RuntimeError, AttributeError, KeyError, ValueError) as problem:
        known = sorted({schema.name for schema in torch._C._jit_get_all_schemas()})
        close = difflib.get_close_matches(name.partition(".")[0], known, n=1)
        meant = f"; did you mean '{close[0]}'?" if close else ""
        raise ValueError(f"no operator '{name}'{meant} (is the library that defines it imported?)") from problem
    return Operator(name, op, op.schema)


def declared(name: str) -> Rules:
    """What oplift's registry says about the operator; empty for a function or an unknown operator."""
    try:
        return operator(name).rules or Rules()
    except (RuntimeError, AttributeError, KeyError, ValueError):
        return Rules()
