"""jvp's level: forward mode. A dual carries a primal and its tangent; an absent tangent is a symbolic zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from .batching import decomposition
from .op import Op
from .reverse import ReverseLevel, missing_derivative
from .stack import Level
from .tracer import Tracer, freeze, strides_of, wrap


class Dual(Tracer):
    """A primal (`value`) and its `tangent`, never None: what has no tangent is a plain value of the level below."""

    __slots__ = ()
    extra = "tangent"


class ForwardLevel(Level):
    """A running jvp."""

    def dual(self, primal: torch.Tensor, tangent: torch.Tensor) -> Dual:
        dual: Dual = wrap(Dual, self, primal, primal, primal.shape, strides_of(primal))
        dual.tangent = tangent
        return dual

    def lift(self, primal: torch.Tensor, tangent: torch.Tensor) -> Dual:
        """The tracer of an input."""
        dual = self.dual(freeze(primal), freeze(tangent))
        self.remember(dual, primal, lambda t: self.lower(t)[0])
        return dual

    def lower(self, out: Any) -> tuple[Any, torch.Tensor | None]:
        """Primal and tangent of an output, one level down; tangent None if it does not depend on the inputs."""
        return (out.value, out.tangent) if self.owns(out) else (freeze(out), None)

    def owns(self, x: Any) -> bool:
        return type(x) is Dual and x.level is self

    def process(self, op: Op, args: Sequence[Any]) -> Any:
        if op.jvp is None:
            return self._without_rule(op, args)
        if op.unary:
            x = args[0]
            return self.join(op, *op.jvp((x.tangent,), x.value, *args[1:]))
        primals, tangents = self.split(op, args)
        return self.join(op, *op.jvp(tangents, *primals))

    def split(self, op: Op, args: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Args one level down, and the tangents of the tensor arguments."""
        primals, tangents = list(args), []
        for i in op.tensors:
            a = args[i]
            kind = type(a)
            if kind is Dual and a.level is self:
                primals[i] = a.value
                tangents.append(a.tangent)
            elif kind is list or kind is tuple:
                pairs = [(x.value, x.tangent) if self.owns(x) else (x, None) for x in a]
                primals[i] = [primal for primal, _ in pairs]
                ts = [t for _, t in pairs]
                tangents.append(ts if any(t is not None for t in ts) else None)
            else:
                tangents.append(None)
        return primals, tangents

    def join(self, op: Op, out: Any, tangent: Any) -> Any:
        """Primal outputs and their tangents, one level up."""
        if isinstance(out, (tuple, list)):
            ts = [None] * len(out) if tangent is None else tangent
            return type(out)([self.join(op, o, t) for o, t in zip(out, ts, strict=True)])
        if tangent is None or not (out.dtype.is_floating_point or out.dtype.is_complex):
            return out
        return self.dual(out, _shaped_like(out, tangent))

    def _without_rule(self, op: Op, args: Sequence[Any]) -> Any:
        if op.derivative in ("zero", "none"):
            return op(*self.split(op, args)[0])
        if op.derivative is not None:
            raise missing_derivative(op, "jvp", op.derivative)
        if op.vjp is not None:
            primals, tangents = self.split(op, args)
            return self.join(op, *transposed_vjp(op, primals, tangents))
        decompose = decomposition(op)
        if decompose is not None:
            return decompose(*args)
        if op.overload is not None and all(not _differentiable(r) for r in op.schema.returns):
            return op(*self.split(op, args)[0])
        raise missing_derivative(op, "jvp")


def _differentiable(ret: Any) -> bool:
    return "Tensor" in str(ret.type)


def _shaped_like(primal: torch.Tensor, tangent: torch.Tensor) -> torch.Tensor:
    """The tangent with the primal's shape and dtype: a rule may leave broadcasting and casts to this one place."""
    if tangent.shape != primal.shape:
        tangent = tangent.expand(primal.shape)
    if tangent.dtype is not primal.dtype:
        tangent = tangent.real if tangent.is_complex() and not primal.is_complex() else tangent
        tangent = tangent.to(primal.dtype)
    return tangent


def transposed_vjp(op: Op, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The jvp of an operator that declares a vjp only: the pullback is linear in its cotangent, and its transpose is
    the jvp (the double-vjp trick)."""
    needs = [tuple(x is not None for x in t) if isinstance(t, list) else t is not None for t in tangents]
    out, pullback = op.vjp(needs, *primals)
    outs = list(out) if isinstance(out, (tuple, list)) else [out]
    with ReverseLevel() as level, Level.rules():
        duals = [_probe(level, op, i, o) for i, o in enumerate(outs)]
        grads = pullback(tuple(duals) if isinstance(out, (tuple, list)) else duals[0])
        flat, ts = _flat_pairs(grads, tangents)
        transpose = level.pullback(flat, [d for d in duals if d is not None])
    results = iter(transpose(ts))
    ts_out = [None if d is None else next(results) for d in duals]
    return out, (tuple(ts_out) if isinstance(out, (tuple, list)) else ts_out[0])


def _probe(level: ReverseLevel, op: Op, i: int, out: torch.Tensor) -> Any:
    """A cotangent to differentiate by; its value does not matter."""
    smooth = out.dtype.is_floating_point or out.dtype.is_complex
    return level.taped(torch.zeros_like(out)) if smooth and i not in op.nondiff_outputs else None


def _flat_pairs(grads: Sequence[Any], tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The cotangents that the pullback gave, each with its tangent."""
    flat, ts = [], []
    for g, t in zip(grads, tangents, strict=True):
        for x, y in zip(g, t, strict=True) if isinstance(t, list) and g is not None else [(g, t)]:
            if x is not None and y is not None:
                flat.append(x)
                ts.append(y)
    return flat, ts
