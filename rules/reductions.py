"""Helpers of the formulas in reductions.yaml, and the rules there that no kind covers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from oplift.rule import Unbatched, operator
from oplift.rules.formulas import unreduce
from oplift.rules.pointwise import along, cast, isclose
from oplift.rules.views import plain

__all__ = [
    "behind_batch",
    "cast",
    "cast_if",
    "cumprod_jvp",
    "cumprod_vjp",
    "flip_dim",
    "glu_tangent",
    "log_softmax_jvp",
    "logcumsumexp_jvp",
    "logcumsumexp_vjp",
    "norm_jvp",
    "norm_vjp",
    "per_root",
    "product_of_others",
    "quantile",
    "read_ties",
    "scalar_sums",
    "share_ties",
    "softmax_bend",
    "softmax_bend_transpose",
    "spread_mean",
    "var_jvp",
    "var_vjp",
]

Dims = int | list[int] | tuple[int, ...] | None


def cast_if(x: torch.Tensor, dtype: torch.dtype | None) -> torch.Tensor:
    """`x` in another dtype if one is asked for."""
    return x if dtype is None else cast(x, dtype)


def count(shape: Sequence[int], dim: Dims) -> int:
    """How many elements a reduction over these dimensions takes together."""
    if not shape or dim is None or dim == [] or dim == ():
        return math.prod(shape)
    return math.prod(shape[d] for d in ([dim] if isinstance(dim, int) else dim))


# ---------------------------------------------------------------- over all elements
def behind_batch(x: torch.Tensor) -> list[int]:
    """All dimensions of the examples of a batched tensor."""
    return list(range(1, x.ndim))


def scalar_sums(x: torch.Tensor, dtype: torch.dtype | None) -> torch.Tensor:
    """The sums over 0-dimensional examples."""
    return x if dtype is None and x.is_floating_point() else x.unsqueeze(1).sum(1, dtype=dtype)


def spread_mean(grad: torch.Tensor, shape: Sequence[int], dim: Dims = None, keepdim: bool = False) -> torch.Tensor:
    """The transpose of the mean."""
    n = count(shape, dim)
    return unreduce(grad / n if n else grad, shape, dim, keepdim)


# ---------------------------------------------------------------- extrema
def _ties(x: torch.Tensor, result: torch.Tensor, dim: Dims, keepdim: bool) -> torch.Tensor:
    return x == unreduce(result, x.shape, dim, keepdim)


def _total(x: torch.Tensor, dim: Dims, keepdim: bool) -> torch.Tensor:
    return x.sum([] if dim is None else dim, keepdim)


def read_ties(t: torch.Tensor, x: torch.Tensor, result: torch.Tensor, dim: Dims, keepdim: bool) -> torch.Tensor:
    """The mean of `t` over the places where `x` reaches its extremum."""
    ties = _ties(x, result, dim, keepdim)
    return _total(t * ties, dim, keepdim) / _total(ties, dim, keepdim)


def share_ties(grad: torch.Tensor, x: torch.Tensor, result: torch.Tensor, dim: Dims, keepdim: bool) -> torch.Tensor:
    """The transpose of `read_ties`: the cotangent, shared evenly among the places of the extremum."""
    ties = _ties(x, result, dim, keepdim)
    return unreduce(grad / _total(ties, dim, keepdim), x.shape, dim, keepdim) * ties


# ---------------------------------------------------------------- variance and norms
def _var_slope(x: torch.Tensor, dim: Dims, correction: float | None) -> tuple[torch.Tensor, float]:
    """The gradient of the variance, 2 (x - mean) / (n - correction), as a tensor and a factor.

    Without a degree of freedom it is nan at the mean and infinite elsewhere.
    """
    mean = x.mean([] if dim is None else dim, True)
    freedom = count(x.shape, dim) - (1 if correction is None else correction)
    if freedom > 0:
        return x - mean, 2 / freedom
    return torch.where(x == mean, math.nan, math.inf).to(x.dtype), 1.0


def var_jvp(t: torch.Tensor, x: torch.Tensor, dim: Dims, correction: float | None, keepdim: bool) -> torch.Tensor:
    """The tangent of the variance."""
    slope, factor = _var_slope(x, dim, correction)
    return _total(along(t, slope), dim, keepdim) * factor


def var_vjp(grad: torch.Tensor, x: torch.Tensor, dim: Dims, correction: float | None, keepdim: bool) -> torch.Tensor:
    """The transpose of `var_jvp`."""
    slope, factor = _var_slope(x, dim, correction)
    return unreduce(grad * factor, x.shape, dim, keepdim) * slope


def per_root(x: torch.Tensor, root: torch.Tensor) -> torch.Tensor:
    """From the derivative of a square to that of its root: x / (2 root), and 0 at root 0."""
    return x / (root * 2).masked_fill(root == 0, math.inf)


def _norm_parts(x: torch.Tensor, order: float, norm: torch.Tensor, dim: Dims) -> tuple[torch.Tensor, Any]:
    """The gradient of a vector norm as (a tensor of the shape of x, a factor for each norm; None for 1)."""
    if order == 1:
        return x.sgn(), None
    if order == 2:
        return x, norm.masked_fill(norm == 0, math.inf).reciprocal()
    size = x.abs()
    if math.isinf(order):
        ties = (size == norm) | size.isnan()
        return x.sgn() * ties, _total(ties, dim, True).to(norm.dtype).reciprocal()
    if order < 1:
        return x.sgn() * (size ** (order - 1)).masked_fill(x == 0, 0), norm ** (1 - order)
    scale = norm.masked_fill(norm == 0, math.inf) ** (1 - order)
    return (x.sgn() * size ** (order - 1) if order < 2 else x * size ** (order - 2)), scale


def _kept(norm: torch.Tensor, ndim: int, dim: Dims, keepdim: bool) -> torch.Tensor:
    """A result of a reduction as it would be with keepdim."""
    if keepdim or not ndim:
        return norm
    if dim is None or dim == [] or dim == ():
        return norm.reshape([1] * ndim)
    for d in sorted(d % ndim for d in ([dim] if isinstance(dim, int) else dim)):
        norm = norm.unsqueeze(d)
    return norm


def norm_jvp(
    t: torch.Tensor, x: torch.Tensor, order: float, norm: torch.Tensor, dim: Dims, keepdim: bool
) -> torch.Tensor:
    """The tangent of a vector norm."""
    if order == 0:
        return torch.zeros_like(norm)
    x, t = _like_norm(x, norm), _like_norm(t, norm)
    direction, scale = _norm_parts(x, order, _kept(norm, x.ndim, dim, keepdim), dim)
    slope = _total(along(t, direction), dim, True)
    slope = slope if scale is None else slope * scale
    return slope if keepdim else slope.reshape(norm.shape)


def norm_vjp(
    grad: torch.Tensor, x: torch.Tensor, order: float, norm: torch.Tensor, dim: Dims, keepdim: bool
) -> torch.Tensor | None:
    """The transpose of `norm_jvp`."""
    if order == 0:
        return None
    x = _like_norm(x, norm)
    direction, scale = _norm_parts(x, order, _kept(norm, x.ndim, dim, keepdim), dim)
    grad = _kept(grad, x.ndim, dim, keepdim)
    return direction * (grad if scale is None else grad * scale)


def _like_norm(x: torch.Tensor, norm: torch.Tensor) -> torch.Tensor:
    """`x` in the precision of its norm, which `dtype=` may have raised."""
    return cast(x, norm.dtype.to_complex() if x.is_complex() else norm.dtype)


def renorm(self: torch.Tensor, p: float, dim: int, maxnorm: float) -> torch.Tensor:
    """torch.renorm: slices along `dim` scaled down to the norm `maxnorm`."""
    dim = dim % self.ndim
    rest = [d for d in range(self.ndim) if d != dim]
    norm = operator("aten::linalg_vector_norm")(self, p, rest, True)
    return self * torch.where(norm > maxnorm, maxnorm / (norm + 1e-7), 1)


# ---------------------------------------------------------------- quantiles
def quantile(self: torch.Tensor, q: Any, dim: int | None, keepdim: bool, how: str, ignore_nan: bool) -> torch.Tensor:
    """torch.quantile and torch.nanquantile: sort, read around the ranks q (n - 1), interpolate."""
    rank = self.ndim
    q = q if isinstance(q, torch.Tensor) else torch.tensor(q, dtype=self.dtype, device=self.device)
    x = self.reshape(-1) if dim is None else self.unsqueeze(-1) if not rank else self.movedim(dim, -1)
    values = _interpolated(x.sort(-1).values, _ranks(x, q, ignore_nan), how)
    if keepdim and rank:
        values = values.reshape(*[1] * rank, -1) if dim is None else values.unsqueeze(dim if dim >= 0 else dim - 1)
    return values.movedim(-1, 0) if q.ndim else values.squeeze(-1)


def _ranks(x: torch.Tensor, q: torch.Tensor, ignore_nan: bool) -> torch.Tensor:
    """Places in the sorted rows to read at; a nan stands last, and is the answer unless it is ignored."""
    n, nans = x.shape[-1], x.isnan()
    if ignore_nan:
        return (q.reshape(-1) * ((~nans).sum(-1, True) - 1).to(x.dtype)).clamp_min(0)
    return (q.reshape(-1) * (n - 1)).expand(*x.shape[:-1], -1).masked_fill(nans.any(-1, True), n - 1)


def _interpolated(x: torch.Tensor, ranks: torch.Tensor, how: str) -> torch.Tensor:
    """Values of sorted rows at fractional places."""
    ranks = {"lower": torch.floor, "higher": torch.ceil, "nearest": torch.round}.get(how, lambda r: r)(ranks)
    below = ranks.detach().floor()
    low = x.gather(-1, below.to(torch.int64))
    if how not in ("linear", "midpoint"):
        return low
    high = x.gather(-1, ranks.detach().ceil().to(torch.int64))
    return torch.lerp(low, high, ranks - below if how == "linear" else torch.full_like(ranks, 0.5))


# ---------------------------------------------------------------- scans
def flip_dim(x: torch.Tensor, dim: int) -> torch.Tensor:
    """`x` backwards along one dimension; a scalar as it is."""
    return x.flip([dim]) if x.ndim else x


def _shift(x: torch.Tensor, dim: int, fill: float) -> torch.Tensor:
    """`x` one place later along `dim`, with `fill` at the start."""
    first = torch.full_like(x.narrow(dim, 0, 1), fill)
    return torch.cat([first, x.narrow(dim, 0, x.shape[dim] - 1)], dim)


def linear_scan(a: torch.Tensor, b: torch.Tensor, dim: int) -> torch.Tensor:
    """The recurrence s[k] = a[k] * s[k - 1] + b[k] along `dim`, in log2(n) steps of recursive doubling.

    No division: zeros in `a` are no exception, and every derivative of it is exact.
    """
    n, step = b.shape[dim], 1
    while step < n:
        rest, later = n - step, a.narrow(dim, step, n - step)
        moved = b.narrow(dim, step, rest) + later * b.narrow(dim, 0, rest)
        b = torch.cat([b.narrow(dim, 0, step), moved], dim)
        a = torch.cat([a.narrow(dim, 0, step), later * a.narrow(dim, 0, rest)], dim)
        step *= 2
    return b


def _reverse_scan(a: torch.Tensor, b: torch.Tensor, dim: int) -> torch.Tensor:
    """The recurrence s[k] = a[k + 1] * s[k + 1] + b[k], which is the transpose of `linear_scan`."""
    return linear_scan(_shift(a.flip([dim]), dim, 0), b.flip([dim]), dim).flip([dim])


def product_of_others(x: torch.Tensor, dim: int | None = None) -> torch.Tensor:
    """For each element, the product of the other ones along `dim` (None: of all), without dividing.

    It is nan at a nan, as PyTorch's result / x is.
    """
    if not x.ndim:
        return torch.ones_like(x)
    if dim is None:
        return product_of_others(x.reshape(-1), 0).reshape(x.shape)
    if x.shape[dim] == 0:
        return x
    before = _shift(x, dim, 1).cumprod(dim)
    after = _shift(x.flip([dim]), dim, 1).cumprod(dim).flip([dim])
    return (before * after).masked_fill(x != x, math.nan)


def cumprod_jvp(t: torch.Tensor, x: torch.Tensor, result: torch.Tensor, dim: int) -> torch.Tensor:
    """The tangent of y = cumprod(x): the recurrence dy[k] = x[k] dy[k - 1] + y[k - 1] dx[k]."""
    if not x.ndim or not x.shape[dim]:
        return t
    x, t = cast(x, result.dtype), cast(t, result.dtype)
    return linear_scan(x, t * _shift(result, dim, 1), dim)


def cumprod_vjp(grad: torch.Tensor, x: torch.Tensor, result: torch.Tensor, dim: int) -> torch.Tensor:
    """The transpose of `cumprod_jvp`."""
    if not x.ndim or not x.shape[dim]:
        return grad
    return _reverse_scan(cast(x, result.dtype).conj(), grad, dim) * _shift(result, dim, 1).conj()


def _log_scan_parts(x: torch.Tensor, result: torch.Tensor, dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    """What an element and what the sum before it weigh in logcumsumexp: exp(x - y[k]) and exp(y[k - 1] - y[k])."""
    return (x - result).exp(), (_shift(result, dim, -math.inf) - result).exp()


def logcumsumexp_jvp(t: torch.Tensor, x: torch.Tensor, result: torch.Tensor, dim: int) -> torch.Tensor:
    """The tangent of logcumsumexp, as a recurrence whose factors never exceed 1."""
    if not x.ndim or not x.shape[dim]:
        return t
    own, before = _log_scan_parts(x, result, dim)
    return linear_scan(before, t * own, dim)


def logcumsumexp_vjp(grad: torch.Tensor, x: torch.Tensor, result: torch.Tensor, dim: int) -> torch.Tensor:
    """The transpose of `logcumsumexp_jvp`."""
    if not x.ndim or not x.shape[dim]:
        return grad
    own, before = _log_scan_parts(x, result, dim)
    return _reverse_scan(before.conj(), grad, dim) * own.conj()


# ---------------------------------------------------------------- softmax and its relations
def softmax_bend(t: torch.Tensor, grad: torch.Tensor, out: torch.Tensor, dim: int) -> torch.Tensor:
    """The tangent of y * (g - sum(g * y)) in y."""
    return t * (grad - (grad * out).sum(dim, True)) - out * (grad * t).sum(dim, True)


def softmax_bend_transpose(ct: torch.Tensor, grad: torch.Tensor, out: torch.Tensor, dim: int) -> torch.Tensor:
    """The transpose of `softmax_bend`."""
    return ct * (grad - (grad * out).sum(dim, True)) - grad * (ct * out).sum(dim, True)


def log_softmax_jvp(t: torch.Tensor, result: torch.Tensor, dim: int) -> torch.Tensor:
    """The tangent of log_softmax."""
    return t - (t * result.exp()).sum(dim, True)


def glu_tangent(t: torch.Tensor, x: torch.Tensor, dim: int) -> torch.Tensor:
    """The tangent of a * sigmoid(b), where a and b are the halves of x."""
    (a, b), (a_t, b_t) = x.chunk(2, dim), t.chunk(2, dim)
    s = b.sigmoid()
    return (a_t + b_t * a * (1 - s)) * s


def glu_backward(grad_output: torch.Tensor, self: torch.Tensor, dim: int) -> torch.Tensor:
    """The gradient of glu, for its own derivatives."""
    a, b = self.chunk(2, dim)
    s = b.sigmoid()
    first = grad_output * s
    return torch.cat([first, first * a * (1 - s)], dim)


# ---------------------------------------------------------------- rules that no kind covers
def _one_answer(name: str, equal: torch.Tensor) -> bool:
    """The Python bool that all examples agree on. ``[B, ...] -> bool``

    torch.equal asks for it, since the values may themselves be batched by another vmap.
    """
    answers = _rest(equal).all(1)
    if torch.equal(answers, torch.ones_like(answers)):
        return True
    if torch.equal(answers, torch.zeros_like(answers)):
        return False
    raise RuntimeError(
        f"vmap: torch.{name} returns one Python bool, but the answer differs from example to example; compare with == or "
        "torch.isclose and reduce with .all() to keep a tensor"
    )


def _rest(x: torch.Tensor) -> torch.Tensor:
    """All dimensions but the batch as one."""
    return x.flatten(1) if x.ndim > 1 else x.unsqueeze(1)


def _rows(size: int, x: torch.Tensor, batched: bool) -> torch.Tensor:
    return x if batched else x.expand(size, *x.shape)


def is_all_true_batch(size: int, batched: Any, self: torch.Tensor) -> Unbatched:
    """By hand: whether every element of every example is true, as in PyTorch."""
    return Unbatched(operator("aten::_is_all_true")(self))


def is_any_true_batch(size: int, batched: Any, self: torch.Tensor) -> Unbatched:
    """By hand: whether some element of some example is true, as in PyTorch."""
    return Unbatched(operator("aten::_is_any_true")(self))


def equal_batch(size: int, batched: Sequence[Any], self: torch.Tensor, other: torch.Tensor) -> bool:
    """By hand: a Python bool is right only if it is the same for every example."""
    a, b = _rows(size, self, batched[0]), _rows(size, other, batched[1])
    if a.shape != b.shape:
        return False
    return _one_answer("equal", a == b)


def allclose_batch(
    size: int,
    batched: Sequence[Any],
    self: torch.Tensor,
    other: torch.Tensor,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> bool:
    """By hand, as `equal_batch`."""
    rank = max(self.ndim - batched[0], other.ndim - batched[1])
    a, b = (_rows(size, x, flag) for x, flag in ((self, batched[0]), (other, batched[1])))
    a, b = (x.reshape(size, *[1] * (rank + 1 - x.ndim), *x.shape[1:]) for x in (a, b))
    return _one_answer("allclose", isclose(a, b, rtol, atol, equal_nan))


def histc_batch(
    size: int, batched: Sequence[Any], self: torch.Tensor, bins: int = 100, min: float = 0, max: float = 0
) -> torch.Tensor:
    """By hand: every example counts into bins of its own, between bounds that its data may set."""
    x = _rest(self)
    low, high = _bounds(x, min, max)
    place = ((x - low) * bins / (high - low)).floor().clamp(0, bins - 1).nan_to_num()
    inside = ((x >= low) & (x <= high)).to(x.dtype)
    return x.new_zeros(size, bins).scatter_add(1, place.to(torch.int64), inside)


def _bounds(x: torch.Tensor, low: float, high: float) -> tuple[Any, Any]:
    """The range of a histogram: the given one, else that of the data, and never an empty one."""
    if low != high:
        return low, high
    if not x.shape[1]:
        return low - 1, high + 1
    least, most = x.amin(1, True), x.amax(1, True)
    flat = (least == most).to(x.dtype)
    return least - flat, most + flat


def bincount_batch(
    size: int, batched: Sequence[Any], self: torch.Tensor, weights: Any = None, minlength: int = 0
) -> torch.Tensor:
    """By hand: one count for all examples, each in a range of its own."""
    x = _rows(size, self, batched[0])
    lengths = plain((x.amax(1) + 1).clamp_min(minlength)).reshape(-1).tolist() if x.shape[1] else [minlength]
    if len(set(lengths)) > 1:
        raise RuntimeError(
            f"vmap: torch.bincount gives results of different lengths for the examples ({sorted(set(lengths))}); pass a "
            "minlength above the largest value"
        )
    n = lengths[0] if lengths else minlength
    shifted = x + torch.arange(size, device=x.device, dtype=x.dtype)[:, None] * n
    w = None if weights is None else _rows(size, weights, batched[1]).reshape(-1)
    return torch.bincount(shifted.reshape(-1), w, size * n).reshape(size, n)
