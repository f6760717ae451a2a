"""Helpers of the formulas in pointwise.yaml, and the rules there that no kind covers."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from typing import Any

import torch

from oplift.rule import Unbatched, operator
from oplift.rules.kinds import align, align2

Bound = float | torch.Tensor

__all__ = [
    "along",
    "angle_gradient",
    "at_max",
    "at_min",
    "cast",
    "dense_pairs",
    "elu_bend",
    "exponent_slope",
    "gelu_bend",
    "logit_slope",
    "mish_bend",
    "move",
    "multi_digamma",
    "nonzero_or_one",
    "power_slope",
    "sgn_tangent",
    "shared",
    "silu_bend",
    "sinc_slope",
    "softplus_bend",
    "times",
    "unless_zero",
    "wide",
    "within",
]


def times(x: Any, factor: Any) -> Any:
    """`x * factor` without a kernel where the factor is the number 1, as `alpha` and `value` mostly are."""
    return x if not isinstance(factor, torch.Tensor) and factor == 1 else x * factor


def along(tangent: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """The directional derivative of a real function with this gradient: real(conj(gradient) * tangent)."""
    return (tangent * gradient.conj()).real if gradient.is_complex() else tangent * gradient


# ---------------------------------------------------------------- powers
def power_slope(base: torch.Tensor, exponent: complex) -> Any:
    """d(base ** exponent) / d base for a number as exponent."""
    if exponent == 0:
        return torch.zeros_like(base)
    if exponent == 1:
        return 1
    return base * 2 if exponent == 2 else base ** (exponent - 1) * exponent


def exponent_slope(base: Any, exponent: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
    """d(base ** exponent) / d exponent = result * log(base), and 0 where the base is 0 and the power stays finite."""
    if not isinstance(base, torch.Tensor):
        return _number_slope(base, exponent, result)
    slope = result * base.to(result.dtype).log()
    return torch.where((base == 0) & _not_negative(exponent), 0, slope)


def _number_slope(base: complex, exponent: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
    if base == 0:
        return torch.where(_not_negative(exponent), 0, result * -math.inf)
    if isinstance(base, complex) or exponent.is_complex():
        return result * cmath.log(base)
    return result * (math.log(base) if base > 0 else math.nan)


def _not_negative(exponent: torch.Tensor) -> torch.Tensor:
    return (exponent.imag == 0) & (exponent.real >= 0) if exponent.is_complex() else exponent >= 0


def wide(x: torch.Tensor, other: complex | None = None) -> torch.Tensor:
    """`x` in double precision, complex where `x` or the number beside it is: what float_power computes in."""
    is_complex = x.is_complex() or isinstance(other, complex)
    return x.to(torch.complex128 if is_complex else torch.float64)


# ---------------------------------------------------------------- signs and bounds
def sgn_tangent(t: torch.Tensor, x: torch.Tensor, result: torch.Tensor) -> torch.Tensor | None:
    """The part of `t` across the direction of `x`, over |x|; a real sign does not move. It is its own adjoint."""
    if not x.is_complex():
        return torch.zeros_like(t)
    across = t - (t * result.conj()).real * result
    return torch.where(x == 0, 0, across / x.abs())


def angle_gradient(x: torch.Tensor) -> torch.Tensor:
    """The gradient of the argument of a complex number: i x / |x|^2."""
    if not x.is_complex():
        return torch.zeros_like(x)
    square = x.real * x.real + x.imag * x.imag
    return torch.where(square == 0, 0, x * 1j / square)


def shared(x: torch.Tensor, tie: torch.Tensor, loses: torch.Tensor) -> torch.Tensor:
    """The part of `x` that goes to one of two competing operands: half of it at a tie, none where it loses."""
    return torch.where(tie, x / 2, x).masked_fill(loses, 0)


def within(x: torch.Tensor, low: Bound | None, high: Bound | None) -> torch.Tensor:
    """Where low <= x <= high; the bounds belong to it, so a clamped operand still learns at them."""
    if low is None or high is None:
        return x >= low if low is not None else x <= high  # type: ignore[operator]
    return (x >= low) & (x <= high)


def at_min(x: torch.Tensor, low: torch.Tensor, high: torch.Tensor | None) -> torch.Tensor:
    """Where clamp gives its lower bound; where both bounds are one, PyTorch gives the lower one no gradient."""
    return x < low if high is None else (x < low) & (low < high)


def at_max(x: torch.Tensor, low: torch.Tensor | None, high: torch.Tensor) -> torch.Tensor:
    """Where clamp gives its upper bound, which wins over a lower bound above it."""
    return x > high if low is None else (x > high) | (low > high)


def nonzero_or_one(x: torch.Tensor) -> torch.Tensor:
    """A divisor that is safe at 0; beside `unless_zero`, which replaces what comes of it there."""
    return x.masked_fill(_tiny(x), 1)


def unless_zero(x: torch.Tensor, value: torch.Tensor, limit: float) -> torch.Tensor:
    """`value`, and its limit where `x` is too near 0 to compute it."""
    return value.masked_fill(_tiny(x), limit)


def _tiny(x: torch.Tensor) -> torch.Tensor:
    return x.abs() <= (torch.finfo(x.dtype).eps if x.dtype.is_floating_point else 0)


# ---------------------------------------------------------------- second derivatives of activations
def softplus_bend(x: torch.Tensor, beta: float, threshold: float) -> torch.Tensor:
    """The second derivative of softplus; at the threshold it is that of the linear side, as in PyTorch."""
    s = (x * beta).sigmoid()
    return (s * (1 - s) * beta).masked_fill(x * beta >= threshold, 0)


def gelu_bend(x: torch.Tensor, approximate: str = "none") -> torch.Tensor:
    """The second derivative of gelu."""
    if approximate == "none":
        return (2 - x * x) * (x * x * -0.5).exp() * (1 / math.sqrt(2 * math.pi))
    k, c = math.sqrt(2 / math.pi), 0.044715
    square = x * x
    t = (x * (square * (k * c) + k)).tanh()
    slope, bend = square * (3 * k * c) + k, x * (6 * k * c)
    # gelu = x (1 + tanh u) / 2, with u' = slope and u'' = bend
    return (1 - t * t) * (slope + x * (bend / 2 - slope * slope * t))


def silu_bend(x: torch.Tensor) -> torch.Tensor:
    """The second derivative of silu."""
    s = x.sigmoid()
    return s * (1 - s) * (x * (1 - s * 2) + 2)


def mish_bend(x: torch.Tensor) -> torch.Tensor:
    """The second derivative of mish, x tanh(softplus(x))."""
    s, t = x.sigmoid(), torch.nn.functional.softplus(x).tanh()
    slope = (1 - t * t) * s
    return slope * (x * (1 - s - t * s * 2) + 2)


def elu_bend(x: torch.Tensor, alpha: float, scale: float, input_scale: float, is_result: bool) -> torch.Tensor:
    """The derivative of elu's first derivative in its operand, which is elu's operand or its result."""
    if is_result:
        return (x < 0).to(x.dtype) * input_scale
    factor = alpha * scale * input_scale * input_scale
    return torch.where(x < 0, (x * input_scale).exp() * factor, 0)


def logit_slope(x: torch.Tensor, eps: float | None = None) -> torch.Tensor:
    """The derivative of logit: nan outside of [0, 1], and 0 where `eps` clamps."""
    low, outside = (0.0, math.nan) if eps is None else (eps, 0.0)
    return torch.where((x >= low) & (x <= 1 - low), (x * (1 - x)).reciprocal(), outside)


def multi_digamma(x: torch.Tensor, p: int) -> torch.Tensor:
    """The derivative of the multivariate log-gamma function."""
    total = x.digamma()
    for i in range(1, p):
        total = total + (x - i / 2).digamma()
    return total


def sinc_slope(x: torch.Tensor, sinc: torch.Tensor) -> torch.Tensor:
    """The derivative of sinc; at 0 by its series, so that the higher derivatives (to the sixth) are right there too."""
    origin = x == 0
    square = x * x
    series = x * ((square * (-(math.pi**6) / 840) + math.pi**4 / 30) * square - math.pi**2 / 3)
    return torch.where(origin, series, ((x * math.pi).cos() - sinc) / torch.where(origin, 1, x))


# ---------------------------------------------------------------- casts
def cast(x: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """`x` in another dtype, itself if it has it."""
    return x if x.dtype is dtype else x.to(dtype)


def move(x: torch.Tensor, dtype: torch.dtype | None, device: torch.device | None) -> torch.Tensor:
    """`x` in another dtype on another device; None keeps what it has."""
    same = (dtype is None or x.dtype is dtype) and (device is None or x.device == torch.device(device))
    return x if same else x.to(device=device, dtype=dtype)


def _to(x: Any, dtype: Any, device: Any, non_blocking: bool, copy: bool, memory_format: Any) -> Any:
    same = (dtype is None or x.dtype is dtype) and (device is None or x.device == torch.device(device))
    if same and not copy and memory_format in (None, torch.preserve_format):
        return x
    return operator("aten::_to_copy")(x, dtype, None, device, None, non_blocking, memory_format)


def to_dtype(self: Any, dtype: Any, non_blocking: bool = False, copy: bool = False, memory_format: Any = None) -> Any:
    """x.to(dtype)"""
    return _to(self, dtype, None, non_blocking, copy, memory_format)


def to_device(
    self: Any, device: Any, dtype: Any, non_blocking: bool = False, copy: bool = False, memory_format: Any = None
) -> Any:
    """x.to(device, dtype)"""
    return _to(self, dtype, device, non_blocking, copy, memory_format)


def to_other(self: Any, other: Any, non_blocking: bool = False, copy: bool = False, memory_format: Any = None) -> Any:
    """x.to(other): the dtype and the device of another tensor."""
    return _to(self, other.dtype, other.device, non_blocking, copy, memory_format)


def to_dtype_layout(
    self: Any,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Any = None,
) -> Any:
    """x.to(dtype=..., device=...)"""
    return _to(self, dtype, device, non_blocking, copy, memory_format)


# ---------------------------------------------------------------- rules that no kind covers
def isclose(
    self: torch.Tensor, other: torch.Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> torch.Tensor:
    """torch.isclose without PyTorch's in-place steps."""
    close = self == other
    if equal_nan and (self.is_floating_point() or self.is_complex()):
        close = close | (self.isnan() & other.isnan())
    if rtol == 0 and atol == 0:
        return close
    if not (self.is_floating_point() or self.is_complex()):
        self, other = self.to(torch.get_default_dtype()), other.to(torch.get_default_dtype())
    error = (self - other).abs()
    return close | (error.isfinite() & (error <= (other * rtol).abs() + atol))


def dense_pairs(x: torch.Tensor) -> torch.Tensor:
    """`x` with stride 1 in its last dimension, which moving the batch to the front may have undone."""
    if x.ndim < 2:
        raise RuntimeError(
            "view_as_complex: Input tensor must have one or more dimensions, the last of size 2; each example has none"
        )
    return x if x.stride()[-1] == 1 else x.clone(memory_format=torch.contiguous_format)


def log_sigmoid_forward_batch(size: int, batched: Sequence[Any], self: torch.Tensor) -> tuple[Any, Any]:
    """By hand: on CUDA the second output is an empty tensor, the same for every example."""
    out, buffer = operator("aten::log_sigmoid_forward")(self)
    return out, buffer if buffer.numel() == out.numel() else Unbatched(buffer)


def log_sigmoid_backward_batch(
    size: int, batched: Sequence[bool], grad_output: torch.Tensor, self: torch.Tensor, buffer: torch.Tensor
) -> torch.Tensor:
    """By hand: on CUDA the buffer is empty; elsewhere it holds exp(-|x|)."""
    grad_output, self, buffer = align(batched, grad_output, self, buffer)
    z = buffer if buffer.numel() or not self.numel() else (-self.abs()).exp()
    return grad_output * torch.where(self < 0, 1, z) / (z + 1)


def gelu_backward_batch(
    size: int, batched: Sequence[bool], grad_output: torch.Tensor, self: torch.Tensor, approximate: str = "none"
) -> torch.Tensor:
    """gelu_backward; by hand because oneDNN's kernel takes operands of one shape and layout only.

    Where all examples share the input, as the rows of a Jacobian do, the slope is computed once.
    """
    kernel = operator("aten::gelu_backward")
    if not batched[1] and grad_output.ndim > self.ndim:
        return grad_output * kernel(torch.ones_like(self), self, approximate)
    grad_output, self = torch.broadcast_tensors(*align2(batched, grad_output, self))
    return kernel(grad_output.contiguous(), self.contiguous(), approximate)  # type: ignore[no-any-return]
