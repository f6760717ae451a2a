"""The direction that is not declared: a jvp is linear in the tangents, a pullback in the cotangents, and either is the
transpose of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from .op import Op
from .reverse import ReverseLevel
from .stack import Level


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
    smooth = isinstance(out, torch.Tensor) and (out.dtype.is_floating_point or out.dtype.is_complex)
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


def transposed_jvp(op: Op) -> Callable[..., Any]:
    """The vjp of an operator that declares a jvp only: the jvp is linear in the tangents, and is transposed."""

    def vjp(needs: Sequence[Any], *values: Any) -> tuple[Any, Callable[..., Any]]:
        with ReverseLevel() as level, Level.rules():
            tangents: list[Any] = []
            for i, need in zip(op.tensors, needs, strict=True):
                if isinstance(need, tuple):
                    tangents.append([_tangent(level, v) if n else None for v, n in zip(values[i], need, strict=True)])
                else:
                    tangents.append(_tangent(level, values[i]) if need else None)
            out, out_t = op.jvp(tangents, *values)
            several = isinstance(out, (tuple, list))
            flat = [t for x in tangents for t in (x if isinstance(x, list) else [x]) if t is not None]
            transpose = level.pullback(list(out_t) if several else [out_t], flat)

        def pullback(grads: Any) -> list[Any]:
            found = iter(transpose(list(grads) if several else [grads]))
            return [
                [None if t is None else next(found) for t in x]
                if isinstance(x, list)
                else None
                if x is None
                else next(found)
                for x in tangents
            ]

        return out, pullback

    return vjp


def _tangent(level: ReverseLevel, value: torch.Tensor) -> Any:
    """A tangent to differentiate by; its value does not matter, the jvp is linear in it."""
    return level.taped(torch.zeros_like(value))


ReverseLevel.transposed_jvp = staticmethod(transposed_jvp)
