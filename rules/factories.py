"""Helpers of the formulas in factories.yaml."""

from __future__ import annotations

from typing import Any

import torch

__all__ = ["linspace_values", "logspace_values"]


def _ramp(start: torch.Tensor, end: torch.Tensor, steps: int) -> torch.Tensor:
    """`steps` evenly spaced values, from both ends to the middle as PyTorch does, so that both ends are exact."""
    k = torch.arange(steps, device=start.device, dtype=start.dtype.to_real())
    step = (end - start) / max(steps - 1, 1)
    rising = k < steps // 2 if steps > 1 else k == 0
    return torch.where(rising, start + step * k, end - step * (steps - 1 - k))


def _precision(dtype: torch.dtype | None, *ends: Any) -> tuple[torch.dtype, torch.dtype]:
    """The dtype of the result, and the one to compute in."""
    is_complex = any(x.is_complex() if isinstance(x, torch.Tensor) else isinstance(x, complex) for x in ends)
    default = torch.get_default_dtype()
    out = dtype or (default.to_complex() if is_complex else default)
    if out.is_floating_point or out.is_complex:
        return out, out
    return out, torch.float64 if out.itemsize > 2 else torch.float32


def _ends(start: Any, end: Any, dtype: torch.dtype | None, device: Any) -> tuple[list[torch.Tensor], torch.dtype]:
    """Both ends, rounded to the dtype of the result as PyTorch does, in the one to compute in; and that of the result."""
    out, work = _precision(dtype, start, end)
    device = device or next(x.device for x in (start, end) if isinstance(x, torch.Tensor))
    ends = [x if isinstance(x, torch.Tensor) else torch.tensor(x, device=device) for x in (start, end)]
    return [x.to(device, out).to(work) for x in ends], out


def linspace_values(start: Any, end: Any, steps: int, dtype: torch.dtype | None, device: Any) -> torch.Tensor:
    """torch.linspace with tensors for ends."""
    (first, last), out = _ends(start, end, dtype, device)
    return _ramp(first, last, steps).to(out)


def logspace_values(
    start: Any, end: Any, steps: int, base: float, dtype: torch.dtype | None, device: Any
) -> torch.Tensor:
    """torch.logspace with tensors for ends."""
    (first, last), out = _ends(start, end, dtype, device)
    return torch.pow(base, _ramp(first, last, steps)).to(out)
