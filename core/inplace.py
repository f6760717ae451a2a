"""In-place and out= operators: a functional twin computes what they write, and the boxes that they name take it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from .alias import repoint, turn, write
from .errors import OpliftError
from .op import Op, Parameter, operator
from .stack import KINDS


def mutate(op: Op, args: Sequence[Any], run: Callable[..., Any]) -> Any:
    """An in-place or out= operator: its functional twin, and a write.

    A twin returns what the operator returns, and after that the new values of the arguments that it writes.

    Args:
        run: how the twin is called: `call_op` for user code, `bind` for a rule.
    """
    twin = functional_twin(op)
    filled = args
    if len(args) < len(op.parameters):  # the twin may have other defaults
        filled = (*args, *[p.default for p in op.parameters[len(args) :]])
    if op.outputs == 1 and op.written == (0,) and not op.fresh:  # x.add_(y)
        _write(op, twin, args[0], filled, run(twin, filled))
        return args[0]
    given = [a for i, a in enumerate(filled) if not (op.out_form and i in op.written)]
    out = run(twin, given)
    results = op.fresh
    targets = [t for i in op.written for t in (filled[i] if isinstance(filled[i], (list, tuple)) else [filled[i]])]
    values = out if isinstance(out, (list, tuple)) else (out,)
    for target, value in zip(targets, values[results:], strict=True):
        if target is not None:
            _write(op, twin, target, given, value)
    if results:
        return values[0] if results == 1 else tuple(values[:results])
    return targets[0] if op.outputs == 1 else tuple(targets) if op.outputs else None


def _write(op: Op, twin: Op, target: torch.Tensor, args: Sequence[Any], new: torch.Tensor) -> None:
    if twin.view and type(target) in KINDS:
        turn(target, twin, args, new)
    else:
        _store(op, target, new)


def _store(op: Op, target: torch.Tensor, new: torch.Tensor) -> None:
    if "resize" in op.name:
        repoint(target, new)
        return
    if new.shape != target.shape:
        if not op.out_form:
            raise RuntimeError(
                f"{op.name}: output with shape {list(target.shape)} doesn't match the broadcast shape {list(new.shape)}"
            )
        repoint(target, new)
        return
    if new.dtype is not target.dtype:
        if not torch.can_cast(new.dtype, target.dtype):
            raise RuntimeError(f"{op.name}: result type {new.dtype} can't be cast to the output's type {target.dtype}")
        new = new.to(target.dtype)
    write(target, new)


#: In-place operators whose functional twin has a name of its own.
_TWINS = {"normal_": "normal_functional", "__ior__": "__or__", "__iand__": "__and__", "__ixor__": "__xor__",
          "__ilshift__": "__lshift__", "__irshift__": "__rshift__"}  # fmt: skip


#: Further ways to a functional twin; filled by oplift.registered.
OTHER_TWINS: list[Callable[[Op], Op | None]] = []


def functional_twin(op: Op) -> Op:
    """The operator that computes what `op` writes."""
    found = getattr(op, "twin", None)
    if found is None:
        found = op.twin = _find_twin(op)  # type: ignore[attr-defined]
    return found


def _find_twin(op: Op) -> Op:
    namespace, _, rest = op.name.partition("::")
    base = rest.partition(".")[0]
    want = [p for i, p in enumerate(op.parameters) if not (op.out_form and i in op.written)]
    name = base if op.out_form else _TWINS.get(base, base.removesuffix("_"))
    for twin in [name, f"{name}_functional"]:
        packet = getattr(getattr(torch.ops, namespace), twin, None)
        for overload in packet.overloads() if packet is not None else ():
            schema = getattr(packet, overload)._schema
            same = [(p.name, p.type) for p in map(Parameter, schema.arguments)] == [(p.name, p.type) for p in want]
            if same and not schema.is_mutable:
                return operator(f"{namespace}::{twin}.{overload}".removesuffix(".default"))
    for make in OTHER_TWINS:
        found = make(op)
        if found is not None:
            return found
    raise OpliftError(
        f"{op.name}: an in-place operator without a functional form cannot run inside a transformed function; use an "
        "out-of-place form, or declare the operator as functional"
    )
