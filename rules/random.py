"""Helpers of the formulas in random.yaml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from oplift.rule import operator
from oplift.rules.views import spread

__all__ = ["drop", "normal_like", "uniform_like"]

Tensor = torch.Tensor


def drop(x: Tensor, mask: Tensor, p: float, train: bool | None) -> Tensor:
    """What dropout does to its operand, once the mask is drawn; it is its own transpose."""
    if train is False:
        return x
    scale = 0.0 if p == 1 else 1 / (1 - p)
    return operator("aten::native_dropout_backward")(x, mask, scale)  # type: ignore[no-any-return]


def dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """torch.dropout: by the fused operator where it is one kernel, else as PyTorch does, with a mask drawn from sizes."""
    if not train or p == 0:
        return input
    if input.device.type == "cuda":
        return operator("aten::native_dropout")(input, p, True)[0]  # type: ignore[no-any-return]
    mask = _in_order_of_memory(input, lambda sizes, **like: torch.empty(sizes, **like).bernoulli_(1 - p))
    return input * (mask / (1 - p)) if p < 1 else input * mask


def _in_order_of_memory(x: torch.Tensor, draw: Callable[..., torch.Tensor]) -> torch.Tensor:
    """Numbers of the shape of `x`, drawn as PyTorch does: in the order of memory, which a transpose changes."""
    order = sorted(range(x.ndim), key=x.stride, reverse=True)
    drawn = draw([x.shape[d] for d in order], dtype=x.dtype, device=x.device)
    return drawn if order == [*range(x.ndim)] else drawn.permute([order.index(d) for d in range(x.ndim)])


def uniform_like(x: Tensor, generator: Any = None, dtype: torch.dtype | None = None) -> Tensor:
    """Numbers between 0 and 1, one for each element of an example of `x`, fine enough to be compared with `dtype`."""
    dtype = dtype or x.dtype
    dtype = dtype if dtype in (torch.float32, torch.float64) else torch.get_default_dtype()
    return torch.rand(x.shape, generator=generator, dtype=dtype, device=x.device)


def randint_like_batch(size: int, batched: Any, self: Tensor, high: Tensor, dtype: Any = None, *rest: Any) -> Tensor:
    """By hand because the kernel takes one bound for all elements: of bounds that differ, random words are reduced."""
    like = spread(self, batched[0], size)
    if not batched[1]:
        return operator("aten::randint_like.Tensor")(like, high, dtype, *rest)  # type: ignore[no-any-return]
    return _reduced_words(like, high, None, dtype)


def randint_like_generator_batch(
    size: int, batched: Any, self: Tensor, high: Tensor, generator: Any, dtype: Any = None, *rest: Any
) -> Tensor:
    """As randint_like_batch."""
    like = spread(self, batched[0], size)
    if not batched[1]:
        name = "aten::randint_like.Tensor_generator"
        return operator(name)(like, high, generator, dtype, *rest)  # type: ignore[no-any-return]
    return _reduced_words(like, high, generator, dtype)


def _reduced_words(like: Tensor, high: Tensor, generator: Any, dtype: Any) -> Tensor:
    """Whole numbers from 0 up to each example's own bound."""
    words = operator("aten::random.to")(like.to(torch.int64), 2**62, generator)
    bounds = high.to(like.device, torch.int64).reshape(high.shape[0], *(1,) * (like.ndim - 1))
    return (words % bounds).to(dtype or like.dtype)  # type: ignore[no-any-return]


def normal_like(x: Tensor, generator: Any = None) -> Tensor:
    """Numbers of the standard normal distribution, one for each element of an example of `x`."""
    return torch.randn(x.shape, generator=generator, dtype=x.dtype, device=x.device)


def multinomial(self: Tensor, num_samples: int, replacement: bool = False, generator: Any = None) -> Tensor:
    """torch.multinomial, by PyTorch's own two ways."""
    if replacement and num_samples > 1:
        return _with_replacement(self.detach(), num_samples, generator)
    race = torch.empty(self.shape, dtype=self.dtype, device=self.device).exponential_(generator=generator)
    winners = self.detach() / race
    return winners.argmax(-1, True) if num_samples == 1 else winners.topk(num_samples).indices


def _with_replacement(weights: Tensor, num_samples: int, generator: Any) -> Tensor:
    steps = weights.cumsum(-1)
    steps = (steps / steps[..., -1:]).to(torch.float64)
    sizes = [*weights.shape[:-1], num_samples]
    return torch.searchsorted(steps, torch.rand(sizes, generator=generator, dtype=torch.float64, device=weights.device))


def rrelu(
    self: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, generator: Any = None
) -> Tensor:
    """torch.rrelu: a leaky relu whose slope is drawn for each negative element, or is the mean slope."""
    return rrelu_with_noise(self, None, lower, upper, training, generator)[0]


def rrelu_with_noise(
    self: torch.Tensor,
    noise: torch.Tensor | None,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    generator: Any = None,
) -> tuple[torch.Tensor, Any]:
    """rrelu with the slopes that it drew, which take the place of `noise`; without training nothing does."""
    if not training:
        return torch.nn.functional.leaky_relu(self, (lower + upper) / 2), noise
    drawn = torch.rand(self.numel(), generator=generator, dtype=torch.float64, device=self.device)
    negative = self <= 0
    # PyTorch draws for the negative elements alone, so the k-th of them takes the k-th number.
    turn = (negative.reshape(-1).cumsum(0) - 1).clamp_min(0)
    slopes = (drawn * (upper - lower) + lower).to(self.dtype).gather(0, turn).reshape(self.shape)
    slopes = torch.where(negative, slopes, 1)
    return self * slopes, slopes
