"""Helpers of the formulas in random.yaml."""

from __future__ import annotations

from typing import Any

import torch

from oplift.rule import operator

__all__ = ["drop", "normal_like", "uniform_like"]


def drop(x: torch.Tensor, mask: torch.Tensor, p: float, train: bool | None) -> torch.Tensor:
    """What dropout does to its operand, once the mask is drawn; it is its own transpose."""
    if train is False:
        return x
    scale = 0.0 if p == 1 else 1 / (1 - p)
    return operator("aten::native_dropout_backward")(x, mask, scale)  # type: ignore[no-any-return]


def dropout(input: torch.Tensor, p: float, train: bool) -> torch.Tensor:
    """torch.dropout: by the fused operator where it is one kernel, else as PyTorch does, with a mask drawn from sizes."""
    if not train or p == 0:
        return input
    if input.device.type == "cuda":
        return operator("aten::native_dropout")(input, p, True)[0]  # type: ignore[no-any-return]
    mask = torch.empty(input.shape, dtype=input.dtype, device=input.device).bernoulli_(1 - p)
    return input * (mask / (1 - p)) if p < 1 else input * mask


def uniform_like(x: torch.Tensor, generator: Any = None) -> torch.Tensor:
    """Numbers between 0 and 1, one for each element of an example of `x`, fine enough to be compared with it."""
    dtype = x.dtype if x.dtype in (torch.float32, torch.float64) else torch.get_default_dtype()
    return torch.rand(x.shape, generator=generator, dtype=dtype, device=x.device)


def normal_like(x: torch.Tensor, generator: Any = None) -> torch.Tensor:
    """Numbers of the standard normal distribution, one for each element of an example of `x`."""
    return torch.randn(x.shape, generator=generator, dtype=x.dtype, device=x.device)


def multinomial(self: torch.Tensor, num_samples: int, replacement: bool = False, generator: Any = None) -> torch.Tensor:
    """torch.multinomial, by PyTorch's own two ways."""
    if replacement and num_samples > 1:
        return _with_replacement(self.detach(), num_samples, generator)
    race = torch.empty(self.shape, dtype=self.dtype, device=self.device).exponential_(generator=generator)
    winners = self.detach() / race
    return winners.argmax(-1, True) if num_samples == 1 else winners.topk(num_samples).indices


def _with_replacement(weights: torch.Tensor, num_samples: int, generator: Any) -> torch.Tensor:
    steps = weights.cumsum(-1)
    steps = (steps / steps[..., -1:]).to(torch.float64)
    sizes = [*weights.shape[:-1], num_samples]
    return torch.searchsorted(steps, torch.rand(sizes, generator=generator, dtype=torch.float64, device=weights.device))


def rrelu(
    self: torch.Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, generator: Any = None
) -> torch.Tensor:
    """torch.rrelu: a leaky relu whose slope is drawn for each negative element, or is the mean slope."""
    if not training:
        return torch.nn.functional.leaky_relu(self, (lower + upper) / 2)
    drawn = torch.rand(self.numel(), generator=generator, dtype=torch.float64, device=self.device)
    negative = self <= 0
    # PyTorch draws for the negative elements alone, so the k-th of them takes the k-th number.
    turn = (negative.reshape(-1).cumsum(0) - 1).clamp_min(0)
    slopes = (drawn * (upper - lower) + lower).to(self.dtype).gather(0, turn).reshape(self.shape)
    return torch.where(negative, self * slopes, self)
