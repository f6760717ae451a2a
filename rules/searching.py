"""Helpers of indexing.yaml: searching, sorting out duplicates, counting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from oplift.errors import MissingRule
from oplift.rule import Unbatched, operator
from oplift.rules.indexing import need_agreement, positions
from oplift.rules.views import spread

Tensor = torch.Tensor

# ---- searching


def searchsorted_batch(
    size: int,
    batched: Any,
    sequence: Tensor,
    self: Tensor,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """By hand because one sorted sequence serves values of any shape, sequences that differ serve a row each."""
    of_sequence, of_self, of_sorter = batched
    search = operator("aten::searchsorted.Tensor")
    rank = sequence.ndim - of_sequence
    if rank == 1 and not of_sequence and not of_sorter:
        return search(sequence, self.contiguous(), out_int32, right, side, sorter)  # type: ignore[no-any-return]
    sequence = spread(sequence, of_sequence, size).contiguous()
    self = spread(self, of_self, size)
    sorter = sorter if sorter is None else spread(sorter, of_sorter, size).contiguous()
    if rank > 1:
        return search(sequence, self.contiguous(), out_int32, right, side, sorter)  # type: ignore[no-any-return]
    found = search(sequence, _rows(self).contiguous(), out_int32, right, side, sorter)
    return found.reshape(self.shape)  # type: ignore[no-any-return]


def _rows(x: Tensor) -> Tensor:
    """Each example flattened, ([b, *shape]) -> [b, n]."""
    return x.reshape(x.shape[0], x.shape[1:].numel())


def searchsorted_scalar(
    sequence: Tensor,
    self: float,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """searchsorted of a number."""
    value = torch.full((), self, dtype=_kind_of(self, sequence), device=sequence.device)
    return operator("aten::searchsorted.Tensor")(sequence, value, out_int32, right, side, sorter)  # type: ignore[no-any-return]


def _kind_of(number: float, like: Tensor) -> torch.dtype:
    """The dtype in which a number is compared with a tensor."""
    return torch.result_type(torch.empty((), dtype=like.dtype), number)


def bucketize(self: Tensor, boundaries: Tensor, out_int32: bool = False, right: bool = False) -> Tensor:
    """bucketize as searchsorted."""
    return operator("aten::searchsorted.Tensor")(boundaries, self, out_int32, right, None, None)  # type: ignore[no-any-return]


def bucketize_scalar(self: float, boundaries: Tensor, out_int32: bool = False, right: bool = False) -> Tensor:
    """bucketize of a number."""
    return searchsorted_scalar(boundaries, self, out_int32, right)


def isin_batch(
    size: int, batched: Any, elements: Tensor, test: Tensor, assume_unique: bool = False, invert: bool = False
) -> Tensor:
    """By hand: a search in each example's own sorted elements."""
    of_elements, of_test = batched
    if not of_test:
        return torch.isin(elements, test, invert=invert)
    common = torch.promote_types(elements.dtype, test.dtype)
    values, tests = spread(elements, of_elements, size).to(common), _rows(test).to(common)
    if not tests.shape[1]:
        return torch.full(values.shape, invert, device=values.device)
    rows = _rows(values)
    tests = tests.sort(1)[0]
    place = torch.searchsorted(tests, rows.contiguous()).clamp(max=tests.shape[1] - 1)
    found = tests.gather(1, place) == rows
    return (~found if invert else found).reshape(values.shape)


def isin_scalar(elements: Tensor, test: float, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """isin of one number as a comparison."""
    return elements != test if invert else elements == test


def isin_element(element: float, test: Tensor, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether one number is among the elements."""
    found = (test == element).any()
    return ~found if invert else found


# ---- duplicates


def _runs(rows: Tensor, what: str) -> tuple[Tensor, Tensor, Tensor]:
    """Runs of equal neighbours in each row, ([b, n]) -> first positions [b, runs], lengths, run of each element."""
    new = torch.ones_like(rows[:, :1], dtype=torch.bool)
    first = torch.cat([new, rows[:, 1:] != rows[:, :-1]], 1)
    starts = positions(first, what)[..., 0]
    ends = torch.cat([starts[:, 1:], torch.full_like(starts[:, :1], rows.shape[1])], 1)
    return starts, ends - starts, first.cumsum(1) - 1


def unique_batch(
    size: int,
    batched: Any,
    self: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
) -> Any:
    """By hand because all examples must agree in how many distinct elements they have."""
    values, order = _rows(self).sort(1)
    starts, counts, run = _runs(values, "unique")
    inverse = torch.zeros_like(run).scatter(1, order, run).reshape(self.shape)
    return _unique_parts(self, values.gather(1, starts), inverse, counts, return_inverse, return_counts)


def _unique_parts(
    self: Tensor, values: Tensor, inverse: Tensor, counts: Tensor, with_inverse: bool, with_counts: bool
) -> Any:
    """Outputs; those that were not asked for are empty."""
    none = Unbatched(torch.zeros(0, dtype=torch.int64, device=self.device))
    return values, inverse if with_inverse else none, counts if with_counts else none


def unique_consecutive_batch(
    size: int,
    batched: Any,
    self: Tensor,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """By hand because all examples must agree in how many runs they have."""
    if dim is None:
        rows = _rows(self)
        starts, counts, run = _runs(rows, "unique_consecutive")
        values = rows.gather(1, starts)
        return _unique_parts(self, values, run.reshape(self.shape), counts, return_inverse, return_counts)
    return unique_dim_consecutive_batch(size, batched, self, dim, return_inverse, return_counts)


def unique_dim_consecutive_batch(
    size: int, batched: Any, self: Tensor, dim: int, return_inverse: bool = False, return_counts: bool = False
) -> Any:
    """By hand: slices along dim are compared as a whole. All outputs are made, asked for or not, as in PyTorch."""
    slices = self.movedim(dim % (self.ndim - 1) + 1, 1)
    flat = slices.reshape(*slices.shape[:2], math.prod(slices.shape[2:]))
    starts, counts, run = _slice_runs(flat, "unique_consecutive")
    values = _take_rows(slices, starts).movedim(1, dim % (self.ndim - 1) + 1)
    return values, run, counts


def _slice_runs(slices: Tensor, what: str) -> tuple[Tensor, Tensor, Tensor]:
    """As _runs, for [b, n, m], whose elements are rows of m."""
    differs = (slices[:, 1:] != slices[:, :-1]).any(2)
    numbers = torch.constant_pad_nd(differs.cumsum(1), [1, 0])
    return _runs(numbers[:, : slices.shape[1]], what)


def _take_rows(x: Tensor, index: Tensor) -> Tensor:
    """([b, n, *shape], [b, k]) -> [b, k, *shape]."""
    examples = torch.arange(x.shape[0], device=x.device).unsqueeze(1)
    return x[examples, index]


def unique_dim_batch(
    size: int,
    batched: Any,
    self: Tensor,
    dim: int,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
) -> Any:
    """By hand: slices along dim are put in lexicographic order by stable sorts, the last element first."""
    slices = self.movedim(dim % (self.ndim - 1) + 1, 1)
    flat = slices.reshape(*slices.shape[:2], math.prod(slices.shape[2:]))
    order = torch.arange(flat.shape[1], device=self.device).expand(flat.shape[:2])
    for i in range(flat.shape[2] - 1, -1, -1):
        key = flat[..., i].gather(1, order)
        order = order.gather(1, key.sort(dim=1, stable=True)[1])
    starts, counts, run = _slice_runs(_take_rows(flat, order), "unique")
    values = _take_rows(slices, order.gather(1, starts)).movedim(1, dim % (self.ndim - 1) + 1)
    inverse = torch.zeros_like(run).scatter(1, order, run)
    return values, inverse, counts


_NO_DERIVATIVE = (
    "unique: what it returns has no derivative, as in PyTorch; find the places of the distinct elements with unique of "
    "x.detach() and take them with x[index]"
)


def unique_jvp(tangents: Any, result: Any, *args: Any) -> Any:
    """Refuses."""
    raise MissingRule(_NO_DERIVATIVE)


def unique_vjp(needs: Any, grads: Any, result: Any, *args: Any) -> Any:
    """Refuses, as soon as a cotangent arrives; a result that is only compared or counted is fine."""
    raise MissingRule(_NO_DERIVATIVE)


def repeat_interleave_batch(size: int, batched: Any, repeats: Tensor, output_size: int | None = None) -> Tensor:
    """By hand because all examples must agree in the total; positions are counted in each example anew."""
    length = need_agreement(repeats.sum(1), "repeat_interleave") if size else output_size or 0
    place = torch.repeat_interleave(repeats.reshape(-1), output_size=size * length)
    place = place.reshape(size, length)
    offsets = torch.arange(size, device=repeats.device).unsqueeze(1) * repeats.shape[1]
    return (place - offsets).to(repeats.dtype)


# ---- counting


def _edges_of(low: Tensor, high: Tensor, bins: int) -> Tensor:
    """Edges of `bins` equal bins for each example, ([b], [b]) -> [b, bins + 1]; an empty range is widened."""
    flat = low == high
    low, high = torch.where(flat, low - 0.5, low), torch.where(flat, high + 0.5, high)
    return _linspace(low, high, bins + 1)


def _linspace(low: Tensor, high: Tensor, n: int) -> Tensor:
    """torch.linspace for each example, symmetric about the middle as PyTorch's."""
    steps = torch.arange(n, device=low.device, dtype=low.dtype)
    step = ((high - low) / max(n - 1, 1)).unsqueeze(1)
    from_low, from_high = low.unsqueeze(1) + step * steps, high.unsqueeze(1) - step * (n - 1 - steps)
    return torch.where(steps < n // 2, from_low, from_high)


def _range_edges(values: Tensor, bins: int, low_high: Sequence[float] | None) -> Tensor:
    """Edges over a given range, or over that of the values, ([b, n]) -> [b, bins + 1]."""
    size = values.shape[0]
    if low_high is not None:
        low, high = (values.new_full((size,), x) for x in low_high)
    elif values.shape[1]:
        low, high = values.amin(1), values.amax(1)
    else:
        low, high = values.new_zeros(size), values.new_ones(size)
    return _edges_of(low, high, bins)


def _place(values: Tensor, edges: Tensor) -> tuple[Tensor, Tensor]:
    """(bin of each value, whether it is in any), ([b, n], [b, bins + 1]) -> [b, n]; the last bin holds its end."""
    bins = edges.shape[1] - 1
    place = torch.searchsorted(edges.contiguous(), values.contiguous(), right=True) - 1
    place = torch.where(values == edges[:, -1:], bins - 1, place)
    inside = (values >= edges[:, :1]) & (values <= edges[:, -1:])
    return torch.where(inside, place, 0), inside


def _counted(place: Tensor, inside: Tensor, weight: Tensor, bins: int) -> Tensor:
    """The sum of weights in each bin, ([b, n]) -> [b, bins]."""
    zeros = weight.new_zeros(place.shape[0], bins)
    return zeros.scatter_add(1, place, torch.where(inside, weight, 0))


def _density(hist: Tensor, widths: Tensor) -> Tensor:
    rest = hist.sum(list(range(1, hist.ndim)), True)
    return hist / rest / widths


def _weight_rows(weight: Tensor | None, batched: bool, values: Tensor) -> Tensor:
    if weight is None:
        return torch.ones_like(values)
    return _rows(spread(weight, batched, values.shape[0])).to(values.dtype)


def histogram_bins_batch(
    size: int, batched: Any, self: Tensor, bins: Tensor, weight: Tensor | None = None, density: bool = False
) -> Any:
    """By hand: a search in each example's edges, then a sum by bin."""
    of_self, of_bins, of_weight = batched
    values, edges = _rows(spread(self, of_self, size)), spread(bins, of_bins, size)
    hist = _counted(*_place(values, edges), _weight_rows(weight, of_weight, values), edges.shape[1] - 1)
    return _density(hist, edges.diff(dim=1)) if density else hist, edges


def histogram_count_batch(
    size: int,
    batched: Any,
    self: Tensor,
    bins: int = 100,
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> Any:
    """By hand: as histogram_bins_batch, over each example's range."""
    of_self, of_weight = batched
    values = _rows(spread(self, of_self, size))
    edges = _range_edges(values, bins, range)
    return histogram_bins_batch(size, (True, True, of_weight), values, edges, weight, density)


def histogramdd_edges_batch(
    size: int,
    batched: Any,
    self: Tensor,
    bins: Sequence[int],
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> list[Tensor]:
    """By hand: the edges of each dimension, over each example's range."""
    points = spread(self, batched[0], size)
    points = points.reshape(size, math.prod(points.shape[1:-1]), points.shape[-1])
    pairs = [None if range is None else range[2 * d : 2 * d + 2] for d, _ in enumerate(bins)]
    return [_range_edges(points[..., d], n, pairs[d]) for d, n in enumerate(bins)]


def histogramdd_bins_batch(
    size: int,
    batched: Any,
    self: Tensor,
    bins: Sequence[Tensor],
    weight: Tensor | None = None,
    density: bool = False,
) -> Tensor:
    """By hand: a search in each dimension's edges, then a sum by cell."""
    of_self, of_bins, of_weight = batched
    points = spread(self, of_self, size)
    points = points.reshape(size, math.prod(points.shape[1:-1]), points.shape[-1])
    cell, inside = (
        torch.zeros_like(points[..., 0], dtype=torch.int64),
        torch.ones_like(points[..., 0], dtype=torch.bool),
    )
    shape: list[int] = []
    widths = points.new_ones(size)
    for d, (edges, flag) in enumerate(zip(bins, of_bins, strict=True)):
        edges = spread(edges, flag, size)
        place, within = _place(points[..., d], edges)
        cell, inside = cell * (edges.shape[1] - 1) + place, inside & within
        shape.append(edges.shape[1] - 1)
        widths = widths.unsqueeze(-1) * edges.diff(dim=1).reshape(size, *(1,) * d, edges.shape[1] - 1)
    counts = _counted(cell, inside, _weight_rows(weight, of_weight, points[..., 0]), math.prod(shape))
    hist = counts.reshape(size, *shape)
    return _density(hist, widths) if density else hist
