"""Helpers of upsample.yaml: resized images, and images sampled at points of a grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from typing import Any

import torch
from torch import Tensor

from oplift.rule import operator
from oplift.rules.conv import expanded, from_channels, to_channels
from oplift.rules.nested import pull, push

BILINEAR, NEAREST, BICUBIC = 0, 1, 2
ZEROS, BORDER, REFLECTION = 0, 1, 2

# ---- resized images


def resized_backward_batch(name: str) -> Callable[..., Tensor]:
    """The batching rule of an upsample backward: one of its arguments counts the examples."""

    def batch(
        size: int, batched: Any, grad_output: Tensor, output_size: Sequence[int], input_size: Sequence[int], *rest: Any
    ) -> Tensor:
        n, *image = input_size
        found = operator(name)(grad_output.flatten(0, 1), output_size, [size * n, *image], *rest)
        return found.reshape(size, n, *image)  # type: ignore[no-any-return]

    return batch


linear1d_backward_batch = resized_backward_batch("aten::upsample_linear1d_backward")
bilinear2d_backward_batch = resized_backward_batch("aten::upsample_bilinear2d_backward")
bilinear2d_aa_backward_batch = resized_backward_batch("aten::_upsample_bilinear2d_aa_backward")
bicubic2d_backward_batch = resized_backward_batch("aten::upsample_bicubic2d_backward")
bicubic2d_aa_backward_batch = resized_backward_batch("aten::_upsample_bicubic2d_aa_backward")
lanczos2d_aa_backward_batch = resized_backward_batch("aten::_upsample_lanczos2d_aa_backward")
trilinear3d_backward_batch = resized_backward_batch("aten::upsample_trilinear3d_backward")
nearest1d_backward_batch = resized_backward_batch("aten::upsample_nearest1d_backward")
nearest2d_backward_batch = resized_backward_batch("aten::upsample_nearest2d_backward")
nearest3d_backward_batch = resized_backward_batch("aten::upsample_nearest3d_backward")
nearest_exact1d_backward_batch = resized_backward_batch("aten::_upsample_nearest_exact1d_backward")
nearest_exact2d_backward_batch = resized_backward_batch("aten::_upsample_nearest_exact2d_backward")
nearest_exact3d_backward_batch = resized_backward_batch("aten::_upsample_nearest_exact3d_backward")

# ---- images sampled at points


def grid_sampler_batch(name: str) -> Callable[..., Tensor]:
    """The batching rule of a grid sampler: a shared grid takes the examples as channels, a shared image as rows."""

    def batch(size: int, batched: Sequence[bool], input: Tensor, grid: Tensor, *modes: Any) -> Tensor:
        sample = operator(name)
        if batched[0] and batched[1]:
            out = sample(input.flatten(0, 1), grid.flatten(0, 1), *modes)
            return out.reshape(size, input.shape[1], *out.shape[1:])  # type: ignore[no-any-return]
        if batched[0]:
            return from_channels(sample(to_channels(input), grid, *modes), size)
        out = sample(input, grid.movedim(0, 1).flatten(1, 2), *modes)
        n, channels, _, *others = out.shape
        return out.reshape(n, channels, size, grid.shape[2], *others).movedim(2, 0)  # type: ignore[no-any-return]

    return batch


def grid_sampler_backward_batch(name: str) -> Callable[..., Any]:
    """The batching rule of a grid sampler's backward, with the batch among the examples."""

    def batch(size: int, batched: Sequence[bool], grad: Tensor, input: Tensor, grid: Tensor, *rest: Any) -> Any:
        tensors = [expanded(t, flag, size) for t, flag in zip((grad, input, grid), batched, strict=True)]
        found = operator(name)(*(t.flatten(0, 1) for t in tensors), *rest)
        return tuple([
            None if g is None else g.reshape(t.shape) for g, t in zip(found, tensors[1:], strict=True)
        ])  # fmt: skip

    return batch


grid_sampler_2d_batch = grid_sampler_batch("aten::grid_sampler_2d")
grid_sampler_3d_batch = grid_sampler_batch("aten::grid_sampler_3d")
grid_sampler_2d_backward_batch = grid_sampler_backward_batch("aten::grid_sampler_2d_backward")
grid_sampler_3d_backward_batch = grid_sampler_backward_batch("aten::grid_sampler_3d_backward")


def grid_tangent(
    grid_t: Tensor, input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """The tangent of a grid sampler along its grid, for which there is no kernel; that of the nearest pixel is zero."""

    def sample(points: Tensor) -> Tensor:
        return sampled(input, points, interpolation_mode, padding_mode, align_corners)

    found = push(sample, [grid], [grid_t])
    shape = (*input.shape[:2], *grid.shape[1:-1])
    return torch.zeros(shape, dtype=input.dtype, device=input.device) if found is None else found


def grid_gradient(
    grad_output: Tensor, input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool,
    output_mask: Sequence[bool],
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The backward of a grid sampler, as a function that can be differentiated again."""

    def sample(images: Tensor, points: Tensor) -> list[Tensor]:
        return [sampled(images, points, interpolation_mode, padding_mode, align_corners)]

    found = pull(sample, [input, grid], [grad_output], output_mask)
    pairs = zip(found, (input, grid), output_mask, strict=True)
    return tuple([torch.zeros_like(x) if wanted and g is None else g for g, x, wanted in pairs])


def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """grid_sampler as that of two or three dimensions."""
    if input.ndim == 5 and interpolation_mode == BICUBIC:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    name = "aten::grid_sampler_3d" if input.ndim == 5 else "aten::grid_sampler_2d"
    return operator(name)(input, grid, interpolation_mode, padding_mode, align_corners)  # type: ignore[no-any-return]


def cudnn_grid_sampler(self: Tensor, grid: Tensor) -> Tensor:
    """cudnn_grid_sampler: bilinear, zeros outside, corners aligned."""
    return torch.grid_sampler_2d(self, grid, BILINEAR, ZEROS, True)


def sampled(input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Tensor:
    """What a grid sampler computes, in operators that can be differentiated.

    ([N, C, *image], [N, *out, dims]) -> [N, C, *out]. The last coordinate of a point is that of the first image
    dimension.
    """
    image = input.shape[2:]
    points = grid.reshape(grid.shape[0], -1, len(image)).unbind(2)[::-1]
    places = [_pixels(p, n, align_corners) for p, n in zip(points, image, strict=True)]
    padded = _Padded(input, padding_mode, align_corners)
    if interpolation_mode == BICUBIC:
        out = _bicubic(padded, places)
    else:
        places = [padded.inside(p, n) for p, n in zip(places, image, strict=True)]
        out = _nearest(padded, places) if interpolation_mode == NEAREST else _bilinear(padded, places)
    return out.reshape(*input.shape[:2], *grid.shape[1:-1])


def _pixels(coordinate: Tensor, n: int, align_corners: bool) -> Tensor:
    """From -1 ... 1 to pixels."""
    return (coordinate + 1) / 2 * (n - 1) if align_corners else ((coordinate + 1) * n - 1) / 2


class _Padded:
    """Images with something outside."""

    def __init__(self, images: Tensor, mode: int, align_corners: bool) -> None:
        self.flat, self.image = images.flatten(2), images.shape[2:]
        self.mode, self.align_corners = mode, align_corners

    def inside(self, place: Tensor, n: int) -> Tensor:
        """A place outside of the image brought back to it; clipped places have no derivative, as in PyTorch."""
        if self.mode == ZEROS:
            return place
        if self.mode == REFLECTION:
            place = self._reflected(place, n)
        return torch.where((place > 0) & (place < n - 1), place, place.detach().clamp(0, n - 1))

    def _reflected(self, place: Tensor, n: int) -> Tensor:
        low, span = (0.0, n - 1.0) if self.align_corners else (-0.5, float(n))
        if not span:
            return place * 0
        distance = (place - low).abs()
        flips = (distance / span).floor().detach()
        rest = distance - flips * span
        return torch.where(flips.remainder(2) == 0, rest + low, span - rest + low)

    def at(self, places: Sequence[Tensor]) -> Tensor:
        """The pixels at whole places, zero outside: [N, P] for each dimension -> [N, C, P]."""
        index: Any = 0
        there: Any = True
        for place, n in zip(places, self.image, strict=True):
            place = place.detach()
            there = (place >= 0) & (place <= n - 1) & there
            index = index * n + place.clamp(0, n - 1).to(torch.int64)
        n, channels = self.flat.shape[:2]
        found = self.flat.gather(2, index[:, None].expand(n, channels, index.shape[1]))
        return found * there[:, None]  # type: ignore[no-any-return]


def _nearest(images: _Padded, places: Sequence[Tensor]) -> Tensor:
    return images.at([p.detach().round() for p in places])


def _bilinear(images: _Padded, places: Sequence[Tensor]) -> Tensor:
    """The corners around each place, weighted by how near they are."""
    floors = [p.detach().floor() for p in places]
    rests = [p - f for p, f in zip(places, floors, strict=True)]
    total = None
    for corner in product((0, 1), repeat=len(places)):
        weight = prod((r if up else 1 - r for r, up in zip(rests, corner, strict=True)), start=1)
        value = images.at([f + up for f, up in zip(floors, corner, strict=True)]) * weight[:, None]  # type: ignore[index]
        total = value if total is None else total + value
    return total  # type: ignore[return-value]


def _bicubic(images: _Padded, places: Sequence[Tensor]) -> Tensor:
    """Four by four pixels around each place, with the cubic convolution of A = -0.75."""
    floors = [p.detach().floor() for p in places]
    weights = [_cubic_weights(p - f) for p, f in zip(places, floors, strict=True)]
    total = None
    for i, j in product(range(4), repeat=2):
        rows, columns = (images.inside(f + (k - 1), n) for f, k, n in zip(floors, (i, j), images.image, strict=True))
        value = images.at([rows.round(), columns.round()]) * (weights[0][i] * weights[1][j])[:, None]
        total = value if total is None else total + value
    return total  # type: ignore[return-value]


def _cubic_weights(t: Tensor) -> list[Tensor]:
    a = -0.75

    def near(x: Tensor) -> Tensor:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Tensor) -> Tensor:
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool) -> Tensor:
    """affine_grid_generator: the points of a grid, mapped by one matrix for each image.

    ([N, dims, dims + 1], [N, C, *image]) -> [N, *image, dims]
    """
    n, _, *image = size
    axes = [_axis(theta, count, align_corners) for count in image]
    mesh = torch.meshgrid(*axes, indexing="ij")[::-1]
    points = torch.stack([*mesh, torch.ones_like(mesh[0])], -1).reshape(prod(image), len(image) + 1)
    return (points @ theta.mT).reshape(n, *image, len(image))


def _axis(theta: Tensor, count: int, align_corners: bool) -> Tensor:
    if count <= 1:
        return torch.zeros(count, dtype=theta.dtype, device=theta.device)
    ends = 1.0 if align_corners else (count - 1) / count
    return torch.linspace(-ends, ends, count, dtype=theta.dtype, device=theta.device)
