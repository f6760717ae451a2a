"""Helpers of pooling.yaml."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

Sizes = int | Sequence[int]


def of_shape(grad: Tensor, shape: Sequence[int]) -> Tensor:
    """Stands for an operand of which a gradient kernel reads the shape alone: one element, read over and over."""
    return grad.new_zeros(()).expand(shape)


# ---- fractional pools
def fractional_pool(images: Tensor, kernel_size: Sizes, output_size: Sequence[int], random_samples: Tensor) -> Any:
    """fractional_max_pool2d and 3d of a batch of images, or of a batch of their batches.

    The samples of an example are those of several images; it takes the first as far as it has images.
    """
    pool = getattr(torch._C._nn, f"fractional_max_pool{len(output_size)}d")
    if images.ndim == len(output_size) + 2:
        return pool(images, kernel_size, output_size, random_samples.select(1, 0))
    size, count = images.shape[:2]
    outs = pool(images.flatten(0, 1), kernel_size, output_size, random_samples[:, :count].flatten(0, 1))
    return tuple([x.reshape(size, count, *x.shape[1:]) for x in outs])


# ---- one dimension as two


def _one(x: Sizes, default: int) -> int:
    """The only number of an int[1] argument; empty stands for the default."""
    if isinstance(x, int):
        return x
    return x[0] if len(x) else default


def max_pool1d_with_indices(
    self: Tensor, kernel_size: Sizes, stride: Sizes = (), padding: Sizes = 0, dilation: Sizes = 1,
    ceil_mode: bool = False,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """max_pool1d_with_indices as max_pool2d_with_indices of images with one row."""
    size = _one(kernel_size, 1)
    step, pad, gap = _one(stride, size), _one(padding, 0), _one(dilation, 1)
    out, indices = torch._C._nn.max_pool2d_with_indices(
        self.unsqueeze(-2), [1, size], [1, step], [0, pad], [1, gap], ceil_mode
    )
    return out.squeeze(-2), indices.squeeze(-2)


def max_pool1d(
    self: Tensor, kernel_size: Sizes, stride: Sizes = (), padding: Sizes = 0, dilation: Sizes = 1,
    ceil_mode: bool = False,
) -> Tensor:  # fmt: skip
    """max_pool1d, without the indices."""
    return max_pool1d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode)[0]


def avg_pool1d(
    self: Tensor, kernel_size: Sizes, stride: Sizes = (), padding: Sizes = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """avg_pool1d as avg_pool2d of images with one row."""
    size = _one(kernel_size, 1)
    window = [1, size], [1, _one(stride, size)], [0, _one(padding, 0)]
    return torch._C._nn.avg_pool2d(self.unsqueeze(-2), *window, ceil_mode, count_include_pad).squeeze(-2)


def adaptive_avg_pool1d(self: Tensor, output_size: Sizes) -> Tensor:
    """adaptive_avg_pool1d as _adaptive_avg_pool2d of images with one row."""
    return torch._adaptive_avg_pool2d(self.unsqueeze(-2), [1, _one(output_size, 1)]).squeeze(-2)


def adaptive_max_pool1d(self: Tensor, output_size: Sizes) -> tuple[Tensor, Tensor]:
    """adaptive_max_pool1d as adaptive_max_pool2d of images with one row."""
    out, indices = torch._C._nn.adaptive_max_pool2d(self.unsqueeze(-2), [1, _one(output_size, 1)])
    return out.squeeze(-2), indices.squeeze(-2)


# ---- more dimensions


def adaptive_avg_pool(self: Tensor, output_size: Sequence[int]) -> Tensor:
    """adaptive_avg_pool2d and adaptive_avg_pool3d; to a single pixel it is a mean."""
    dims = len(output_size)
    if all(n == 1 for n in output_size):
        return self.mean(list(range(-dims, 0)), True)
    return (torch._adaptive_avg_pool2d if dims == 2 else torch._adaptive_avg_pool3d)(self, output_size)
