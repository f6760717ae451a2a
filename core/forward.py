"""jvp's level: forward mode. A dual carries a primal and its tangent; an absent tangent is a symbolic zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.autograd.forward_ad import _set_fwd_grad_enabled

from .fallback import decomposition
from .op import Op
from .refusals import missing_derivative
from .stack import KINDS, Level, settled
from .tracer import Tracer, freeze, layout_of, wrap
from .transpose import transposed_vjp

_Tensor = torch.Tensor
_strided = torch.strided
_make = torch.Tensor._make_wrapper_subclass
_enabled = torch._C._is_fwd_grad_enabled


class Dual(Tracer):
    """A primal (`value`) and its `tangent`, never None: what has no tangent is a plain value of the level below."""

    __slots__ = ()
    extra = "tangent"


class ForwardLevel(Level):
    """A running jvp."""

    outlived = True

    def __enter__(self) -> ForwardLevel:
        self.was_enabled = _enabled()
        torch._C._set_fwd_grad_enabled(True)
        super().__enter__()
        return self

    def __exit__(self, *exc: Any) -> None:
        try:
            super().__exit__(*exc)
        finally:
            torch._C._set_fwd_grad_enabled(self.was_enabled)

    def dual(self, primal: torch.Tensor, tangent: torch.Tensor) -> Dual:
        t: Dual = wrap(Dual, self, primal, primal, primal.shape, layout_of(primal))
        t.tangent = tangent
        return t

    def lift(self, primal: torch.Tensor, tangent: torch.Tensor) -> Dual:
        """The tracer of an input."""
        dual = self.dual(freeze(primal), freeze(tangent))
        self.remember(dual, primal, lambda t: self.lower(t)[0])
        return dual

    def lower(self, out: Any) -> tuple[Any, torch.Tensor | None]:
        """Primal and tangent of an output, one level down; tangent None if it does not depend on the inputs."""
        out = settled(out)
        return (out.value, out.tangent) if self.owns(out) else (freeze(out), None)

    def owns(self, x: Any) -> bool:
        return type(x) is Dual and x.level is self

    def process(self, op: Op, args: Sequence[Any]) -> Any:
        if not _enabled():  # switched off by the user, inside this level's function
            return op(*self.split(op, args)[0])
        if op.jvp is None:
            return self._without_rule(op, args)
        jvp = op.jvp if self.was_enabled else _switched_off(op.jvp)
        if op.unary:
            x = args[0]
            out, tangent = jvp((x.tangent,), x.value, *args[1:])
        elif op.binary:  # `split`, written out
            x, y = args[0], args[1]
            first, second = type(x) is Dual and x.level is self, type(y) is Dual and y.level is self
            tangents = (x.tangent if first else None, y.tangent if second else None)
            out, tangent = jvp(tangents, x.value if first else x, y.value if second else y, *args[2:])
        else:
            primals, given = self.split(op, args)
            out, tangent = jvp(given, *primals)
        return self.join(op, out, tangent)

    def split(self, op: Op, args: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        """Args one level down, and the tangents of the tensor arguments."""
        values: list[Any] = list(args)
        tangents: list[Any] = []
        for i in op.tensors:
            a = args[i]
            kind = type(a)
            if kind is Dual and a.level is self:
                values[i] = a.value
                tangents.append(a.tangent)
            elif kind is list or kind is tuple:
                pairs = [(x.value, x.tangent) if self.owns(x) else (x, None) for x in a]
                values[i] = [primal for primal, _ in pairs]
                ts = [t for _, t in pairs]
                tangents.append(ts if any(t is not None for t in ts) else None)
            else:
                tangents.append(None)
        return values, tangents

    def join(self, op: Op, out: Any, tangent: Any) -> Any:
        """Primal outputs and their tangents, one level up."""
        if isinstance(out, (tuple, list)):
            ts = [None] * len(out) if tangent is None else tangent
            return type(out)([self.join(op, o, t) for o, t in zip(out, ts, strict=True)])
        if tangent is None:
            return out
        dtype = out.dtype
        if not (dtype.is_floating_point or dtype.is_complex):
            return out
        if tangent.shape != out.shape or tangent.dtype is not dtype:
            tangent = shaped_like(out, tangent)
        device, shape = out.device, out.shape
        strides = out.strides if type(out) in KINDS else None if out.is_contiguous() else out.stride()
        t: Any = _make(Dual, shape, strides, None, None, dtype, _strided, device)  # `dual`, written out
        t.value, t.level, t.shape, t.strides, t.dtype, t.device = out, self, shape, strides, dtype, device
        t.tangent = tangent
        return t

    def _without_rule(self, op: Op, args: Sequence[Any]) -> Any:
        if op.derivative in ("zero", "none"):
            return op(*self.split(op, args)[0])
        if op.derivative is not None:
            raise missing_derivative(op, "jvp", op.derivative)
        if op.vjp is not None:
            primals, tangents = self.split(op, args)
            transposed = transposed_vjp if self.was_enabled else _switched_off(transposed_vjp)
            return self.join(op, *transposed(op, primals, tangents))
        decompose = decomposition(op)
        if decompose is not None:
            return decompose(*args)
        if op.overload is not None and all(not _differentiable(r) for r in op.schema.returns):
            return op(*self.split(op, args)[0])
        raise missing_derivative(op, "jvp")


def _switched_off(rule: Callable[..., Any]) -> Callable[..., Any]:
    """`rule` with forward mode off for the levels below, as it was when this level began."""

    def run(*args: Any) -> Any:
        with _set_fwd_grad_enabled(False):
            return rule(*args)

    return run


def _differentiable(ret: Any) -> bool:
    return "Tensor" in str(ret.type)


def shaped_like(primal: torch.Tensor, tangent: torch.Tensor) -> torch.Tensor:
    """The tangent with the primal's shape and dtype: a rule may leave broadcasting and casts to this one place."""
    if tangent.shape != primal.shape:
        tangent = tangent.expand(primal.shape)
    if tangent.dtype is not primal.dtype:
        tangent = tangent.real if tangent.is_complex() and not primal.is_complex() else tangent
        tangent = tangent.to(primal.dtype)
    return tangent
