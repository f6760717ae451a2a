"""The direction that is not declared: a jvp is linear in the tangents, a pullback in the cotangents, and either is the
transpose of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from .api_basis import bottom
from .errors import OpliftError
from .op import Op
from .reverse import ReverseLevel, Taped
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
    found = transpose(ts)
    refuse_nonlinear(op, "backward", flat, ts, [d for d in duals if d is not None], found)
    results = iter(found)
    ts_out = [None if d is None else next(results) for d in duals]
    return out, (tuple(ts_out) if isinstance(out, (tuple, list)) else ts_out[0])


def _probe(level: ReverseLevel, op: Op, i: int, out: torch.Tensor) -> Any:
    """A cotangent to differentiate by."""
    smooth = isinstance(out, torch.Tensor) and (out.dtype.is_floating_point or out.dtype.is_complex)
    return level.taped(_anywhere(op, out)) if smooth and i not in op.nondiff_outputs else None


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
                    tangents.append(
                        [_tangent(level, op, v) if n else None for v, n in zip(values[i], need, strict=True)]
                    )
                else:
                    tangents.append(_tangent(level, op, values[i]) if need else None)
            out, out_t = op.jvp(tangents, *values)
            several = isinstance(out, (tuple, list))
            flat = [t for x in tangents for t in (x if isinstance(x, list) else [x]) if t is not None]
            transpose = level.pullback(list(out_t) if several else [out_t], flat)

        def pullback(grads: Any) -> list[Any]:
            given = list(grads) if several else [grads]
            results = transpose(given)
            refuse_nonlinear(op, "jvp", list(out_t) if several else [out_t], given, flat, results)
            found = iter(results)
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


def _tangent(level: ReverseLevel, op: Op, value: torch.Tensor) -> Any:
    """A tangent to differentiate by."""
    return level.taped(_anywhere(op, value))


# ---------------------------------------------------------------- what is no derivative, for it is not linear
_ACCEPTED = {torch.float64: 1e-6, torch.complex128: 1e-6, torch.float32: 1e-3, torch.complex64: 1e-3}


def _is_authors(op: Any, like: Any) -> bool:
    """Whether a rule was written by hand for this call, and its numbers are there to be looked at."""
    return not isinstance(op, Op) and type(bottom(like)) in (torch.Tensor, torch.nn.Parameter)


def _anywhere(op: Op, like: torch.Tensor) -> torch.Tensor:
    """Where a linear function is differentiated, which does not matter; what is not linear shows where it is not 0."""
    if not _is_authors(op, like):
        return torch.zeros_like(like)
    plain = bottom(like)
    values = torch.arange(like.numel(), device=plain.device).remainder(7) * 0.6 - 1.7
    return (values * (1 + 0.5j) if plain.is_complex() else values).to(plain.dtype).reshape(like.shape)


def refuse_nonlinear(
    op: Op, rule: str, at: Sequence[Any], cotangents: Sequence[Any], probes: Sequence[Any], found: Sequence[Any]
) -> None:
    """Raise where a rule is not linear, so that its transpose is no derivative: <u, f(p)> is not <f^T u, p>.

    Args:
        at: f(p), as tracers of the tape.
        cotangents: u, for each of those; None for zeros.
        probes: p.
        found: f^T u, for each of those.
    """
    if not probes or not _is_authors(op, probes[0]):
        return
    left = _products([_untaped(x) for x in at], cotangents)
    right = _products(found, [_untaped(p) for p in probes])
    gap: Any = sum(x.sum() for x in left) - sum(x.sum() for x in right)
    scale: Any = sum(x.abs().sum() for x in (*left, *right))
    if not isinstance(gap, torch.Tensor):
        return
    accepted = max(_ACCEPTED.get(bottom(p).dtype, 5e-2) for p in probes)
    gap, scale = bottom(gap), bottom(scale)
    if bool((gap.abs() > accepted * scale).any()):
        other = "jvp" if rule == "backward" else "backward"
        raise OpliftError(
            f"{op.name}: its {rule} is not linear in what it is given, so that no {other} follows from it; give it one "
            "(defvjp, defjvp, a staticmethod of the Function, or a spec)"
        )


def _untaped(x: Any) -> Any:
    return x.value if type(x) is Taped else x


def _products(xs: Sequence[Any], ys: Sequence[Any]) -> list[Any]:
    """The terms of the real inner product."""
    pairs = [(x, y) for x, y in zip(xs, ys, strict=True) if x is not None and y is not None]
    products = [x * (y.conj() if y.is_complex() else y) for x, y in pairs]
    return [p.real if p.is_complex() else p for p in products]


ReverseLevel.transposed_jvp = staticmethod(transposed_jvp)
