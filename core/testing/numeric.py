"""Independent truth in numbers: comparison, inner products, central finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from oplift.testing.trees import is_differentiable


@dataclass(frozen=True)
class Steps:
    """How finite differences are taken: the step, and by how much rounding changes a value of size 1."""

    step: float
    rounding: float


DOUBLE = Steps(1e-4, 1e-11)
#: For kernels that know single precision alone.
SINGLE = Steps(2e-2, 1e-6)
_PRECISION = {torch.float64: 1e-8, torch.complex128: 1e-8, torch.float32: 2e-4, torch.complex64: 2e-4}


@dataclass(frozen=True)
class Tolerance:
    """Accepted: |got - want| <= relative * |want| + absolute * (1 + max |want|)."""

    relative: float
    absolute: float

    def of(self, want: Tensor) -> Tensor:
        """The difference accepted for each element of `want`."""
        size = magnitude(want)
        finite = size[torch.isfinite(size)]
        scale = 1.0 + (float(finite.max()) if finite.numel() else 0.0)
        return self.relative * size + self.absolute * scale


def tolerance_for(tensors: Sequence[Tensor], factor: float = 1.0) -> Tolerance:
    """What rounding alone may change, for the least precise of the tensors."""
    precisions = [_PRECISION.get(t.dtype, 5e-2) for t in tensors if is_differentiable(t)]
    worst = max(precisions, default=1e-8) * factor
    return Tolerance(worst, worst / 10)


def wide(tensor: Tensor) -> Tensor:
    """The tensor in float64 (or complex128), without its autograd history."""
    tensor = tensor.detach().resolve_conj().resolve_neg()
    return tensor.to(torch.complex128 if tensor.is_complex() else torch.float64)


def magnitude(tensor: Tensor) -> Tensor:
    """|x| in float64, with nan counted as 0."""
    return torch.nan_to_num(wide(tensor).abs(), nan=0.0, posinf=float("inf"))


def difference(got: Tensor, want: Tensor) -> Tensor:
    """|got - want| for each element: 0 where both are nan or the same infinity, inf where only one is."""
    g, w = wide(got), wide(want)
    same = (g == w) | (g.isnan() & w.isnan())
    gap = torch.where(same, 0.0, (g - w).abs())
    return torch.nan_to_num(gap, nan=float("inf"), posinf=float("inf"))


def random_like(tensor: Tensor, generator: torch.Generator) -> Tensor:
    """A standard normal tensor of the same shape and dtype, drawn on the CPU."""
    wide_dtype = torch.complex128 if tensor.is_complex() else torch.float64
    drawn = torch.randn(tensor.shape, generator=generator, dtype=wide_dtype)
    return drawn.to(device=tensor.device, dtype=tensor.dtype)


def inner(left: Sequence[Tensor], right: Sequence[Tensor]) -> float:
    """The real inner product: sum of Re(x conj(y))."""
    return float(sum(_products(x, y).sum() for x, y in zip(left, right, strict=True)))


def inner_scale(left: Sequence[Tensor], right: Sequence[Tensor]) -> float:
    """How large the terms of an inner product are, before they cancel."""
    return float(sum(_products(x, y).abs().sum() for x, y in zip(left, right, strict=True)))


def _products(x: Tensor, y: Tensor) -> Tensor:
    product = wide(x) * wide(y).conj()
    return product.real if product.is_complex() else product


@dataclass(frozen=True)
class Slope:
    """A directional derivative by finite differences: its value, its own uncertainty, where it can be trusted."""

    value: Tensor
    slack: Tensor
    reliable: Tensor


Outputs = Sequence[Tensor]


def slopes(
    function: Callable[..., Outputs], primals: Sequence[Tensor], tangents: Sequence[Tensor], single: bool = False
) -> list[Slope]:
    """d/dh function(primals + h * tangents) at h = 0, by Richardson-extrapolated central differences.

    With `single` the function is known to single precision alone, so the step is wider, and less is promised. An element is
    unreliable where the function has a kink or a jump within two steps, or is not finite.
    """

    steps = SINGLE if single else DOUBLE

    def at(h: float) -> Outputs:
        moved = [(wide(x) + h * wide(t)).to(x.dtype) for x, t in zip(primals, tangents, strict=True)]
        return [wide(out) for out in function(*moved)]

    points = [at(n * steps.step) for n in (-2, -1, 0, 1, 2)]
    return [_slope(a, b, c, d, e, steps) for a, b, c, d, e in zip(*points, strict=True)]


def _slope(back2: Tensor, back: Tensor, here: Tensor, ahead: Tensor, ahead2: Tensor, steps: Steps) -> Slope:
    step = steps.step
    near, far = (ahead - back) / (2 * step), (ahead2 - back2) / (4 * step)
    value = (4 * near - far) / 3
    slack = (near - far).abs()
    bend, bend2 = (ahead - 2 * here + back).abs() / step, (ahead2 - 2 * here + back2).abs() / (2 * step)
    noise = steps.rounding * (1 + here.abs()) / step
    # a smooth function bends twice as much over twice the step, a kink or a jump does not
    kink = (bend > 1e-3 * value.abs() + noise) & (bend2 < 1.7 * bend)
    rough = slack > 2e-3 * (value.abs() + 1e-2) + noise
    finite = torch.isfinite(value.abs()) & torch.isfinite(bend) & torch.isfinite(bend2)
    reliable = finite & ~kink & ~rough
    return Slope(value, torch.where(reliable, slack + noise, 0.0), reliable)
