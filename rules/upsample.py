"""Helpers of upsample.yaml: images sampled at points of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import floor, prod
from typing import Any

import torch
from torch import Tensor

from oplift.rule import operator
from oplift.rules.nested import pull, push

BILINEAR, NEAREST, BICUBIC = 0, 1, 2
ZEROS, BORDER, REFLECTION = 0, 1, 2

# ---- resizing


def resized(
    name: str, x: Tensor, sizes: Sequence[int] | None, factors: Sequence[float] | None, *options: bool
) -> Tensor:
    """An image of [N, C, ...] resized by the operator of that name, to these sizes or by these factors."""
    if sizes is None:
        sizes = [floor(n * factor) for n, factor in zip(x.shape[2:], factors or (), strict=True)]
    return operator(f"aten::{name}")(x, list(sizes), *options, *(factors or ()))  # type: ignore[no-any-return]


# ---- images sampled at points


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

    def blend(self, corners: Sequence[Sequence[Tensor]], weights: Sequence[Tensor]) -> Tensor:
        """The sum of pixels at whole places, zero outside, each times its weight.

        All are read at once, so that the cotangent of the images is written in one pass over them.

        Args:
            corners: K of them, each with a place [N, P] for each dimension.
            weights: K tensors [N, P].

        Returns:
            [N, C, P].
        """
        index: Any = 0
        there: Any = True
        for dim, n in enumerate(self.image):
            place = torch.stack([corner[dim].detach() for corner in corners], 1)
            there = (place >= 0) & (place <= n - 1) & there
            index = index * n + place.clamp(0, n - 1).to(torch.int64)
        count, channels = self.flat.shape[:2]
        index = index.flatten(1)
        found = self.flat.gather(2, index[:, None].expand(count, channels, index.shape[1]))
        weight = torch.where(there, torch.stack(list(weights), 1), 0)[:, None]
        return (found.unflatten(2, there.shape[1:]) * weight).sum(2)


def _nearest(images: _Padded, places: Sequence[Tensor]) -> Tensor:
    return images.blend([[p.detach().round() for p in places]], [torch.ones_like(places[0]).detach()])


def _bilinear(images: _Padded, places: Sequence[Tensor]) -> Tensor:
    """The corners around each place, weighted by how near they are."""
    floors = [p.detach().floor() for p in places]
    rests = [p - f for p, f in zip(places, floors, strict=True)]
    corners, weights = [], []
    for corner in product((0, 1), repeat=len(places)):
        corners.append([f + up for f, up in zip(floors, corner, strict=True)])
        weights.append(prod((r if up else 1 - r for r, up in zip(rests, corner, strict=True)), start=1))
    return images.blend(corners, weights)  # type: ignore[arg-type]


def _bicubic(images: _Padded, places: Sequence[Tensor]) -> Tensor:
    """Four by four pixels around each place, with the cubic convolution of A = -0.75."""
    floors = [p.detach().floor() for p in places]
    across = [_cubic_weights(p - f) for p, f in zip(places, floors, strict=True)]
    corners, weights = [], []
    for i, j in product(range(4), repeat=2):
        inside = (images.inside(f + (k - 1), n) for f, k, n in zip(floors, (i, j), images.image, strict=True))
        corners.append([place.round() for place in inside])
        weights.append(across[0][i] * across[1][j])
    return images.blend(corners, weights)


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
