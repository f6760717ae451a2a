"""Helpers of indexing.yaml: scatters and segments that reduce.

Every reduction is, at a given point, linear: each element has a weight with which it enters its slot. Forward mode
scatters weighted tangents, reverse mode gathers cotangents and weighs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from oplift.rule import operator
from oplift.rules.views import spread

Tensor = torch.Tensor


def cropped(src: Tensor, shape: Sequence[int]) -> Tensor:
    """The part of src that an index of this shape reads."""
    return src if src.shape == shape else src[tuple(slice(n) for n in shape)]


def gathered(grad: Tensor, dim: int, index: Tensor, shape: Sequence[int]) -> Tensor:
    """The cotangent of the source, of this shape, of a scatter."""
    return padded(grad.gather(dim, index), shape)


def padded(x: Tensor, shape: Sequence[int]) -> Tensor:
    """x with zeros where an index does not reach."""
    if x.shape == shape:
        return x
    return torch.constant_pad_nd(x, [p for n, m in zip(shape[::-1], x.shape[::-1], strict=True) for p in (0, n - m)])


def scatter_reduced(self: Tensor, dim: int, index: Tensor, src: Any, reduce: str) -> Tensor:
    """scatter with reduce= as the operators that have derivatives."""
    if not isinstance(src, torch.Tensor):
        src = self.new_full(index.shape, src)
    if reduce == "add":
        return self.scatter_add(dim, index, src)
    if reduce == "multiply":
        return self.scatter_reduce(dim, index, src, "prod")
    raise RuntimeError(f"scatter: reduce = {reduce!r} must be 'add' or 'multiply'")


def _weights(
    self: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, include_self: bool, result: Tensor
) -> tuple[Tensor, Tensor]:
    """How much each element of self and of src counts in the result of scatter_reduce."""
    kept = torch.ones_like(self)
    if not include_self:
        kept = kept.scatter(dim, index, 0)
    ones = torch.ones_like(src)
    if reduce == "sum":
        return kept, ones
    if reduce == "mean":
        share = kept.scatter_add(dim, index, ones).reciprocal()
        return kept * share, share.gather(dim, index)
    if reduce == "prod":
        others = torch.ones_like(self).scatter_reduce(dim, index, src, "prod")
        start = torch.where(kept == 0, 1, self).gather(dim, index)
        return kept * others, start * product_of_others(src, dim, index)
    first = kept * (self == result)
    hit = (src == result.gather(dim, index)).to(src.dtype)
    share = first.scatter_add(dim, index, hit).reciprocal()
    return first * share, hit * share.gather(dim, index)


def product_of_others(src: Tensor, dim: int, index: Tensor) -> Tensor:
    """For each element of src: the product of the others that go to its slot.

    By prefix and suffix products, without division: right where elements are zero, in derivatives of any order too.
    """
    if not src.ndim or not src.shape[dim]:
        return torch.ones_like(src)
    slot, order = index.sort(dim=dim, stable=True)
    values = src.gather(dim, order)
    before = _products_before(values, slot, dim)
    after = _products_before(values.flip([dim]), slot.flip([dim]), dim).flip([dim])
    return torch.zeros_like(src).scatter(dim, order, before * after)


def _products_before(values: Tensor, slot: Tensor, dim: int) -> Tensor:
    """For each element: the product of those before it in its slot, by doubling."""
    n = values.shape[dim]
    product = _moved_on(values, slot, dim, 1)
    step = 1
    while step < n:
        product = product * _moved_on(product, slot, dim, step)
        step *= 2
    return product


def _moved_on(values: Tensor, slot: Tensor, dim: int, step: int) -> Tensor:
    """Values moved on by `step` within their slots; 1 comes in."""
    n = values.shape[dim]
    same = slot.narrow(dim, step, n - step) == slot.narrow(dim, 0, n - step)
    ones = torch.ones_like(values.narrow(dim, 0, step))
    return torch.cat([ones, torch.where(same, values.narrow(dim, 0, n - step), 1)], dim)


def _adjoint(w: Tensor) -> Tensor:
    return w.conj() if w.is_complex() else w


def scatter_reduce_tangent(
    self_t: Tensor | None,
    src_t: Tensor | None,
    self: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor,
    reduce: str,
    include_self: bool,
    result: Tensor,
) -> Tensor:
    """Source of the weights: scatter_reduce_jvp of PyTorch's FunctionsManual; products as product_of_others."""
    w_self, w_src = _weights(self, dim, index, cropped(src, index.shape), reduce, include_self, result)
    tangent = result.new_zeros(result.shape) if self_t is None else self_t * w_self
    return tangent if src_t is None else tangent.scatter_add(dim, index, cropped(src_t, index.shape) * w_src)


def scatter_reduce_vjp(
    needs: Sequence[bool],
    grad: Tensor,
    result: Tensor,
    self: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor,
    reduce: str,
    include_self: bool,
) -> tuple[Tensor | None, Tensor | None]:
    """The transpose of scatter_reduce_tangent, for those of self and src that `needs` says."""
    w_self, w_src = _weights(self, dim, index, cropped(src, index.shape), reduce, include_self, result)
    of_self = grad * _adjoint(w_self) if needs[0] else None
    of_src = padded(grad.gather(dim, index) * _adjoint(w_src), src.shape) if needs[1] else None
    return of_self, of_src


# ---- segments


def segment_reduce_batch(
    size: int,
    batched: Any,
    data: Tensor,
    reduce: str,
    lengths: Tensor | None = None,
    indices: Tensor | None = None,
    offsets: Tensor | None = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: float | None = None,
) -> Tensor:
    """By hand because lengths must have all dimensions that data has in front of the axis."""
    of_data, of_lengths, _, of_offsets = batched
    axis = axis % (data.ndim - of_data) + 1
    data = spread(data, of_data, size)
    if not size:
        segments = lengths.shape[-1] if lengths is not None else offsets.shape[-1] - 1  # type: ignore[union-attr]
        return data.new_zeros(*data.shape[:axis], segments, *data.shape[axis + 1 :])
    lengths = lengths if lengths is None else spread(lengths, of_lengths, size).contiguous()
    offsets = offsets if offsets is None else spread(offsets, of_offsets, size).contiguous()
    return operator("aten::segment_reduce")(data, reduce, lengths, indices, offsets, axis, unsafe, initial)  # type: ignore[no-any-return]


def _segments(shape: Sequence[int], lengths: Tensor | None, offsets: Tensor | None, axis: int) -> Tensor:
    """The segment of each element of data, ([*lead, segments]) -> [*shape]; behind the last one: a number more."""
    ends: Tensor = lengths.cumsum(-1) if lengths is not None else offsets[..., 1:]  # type: ignore[index]
    places = torch.arange(shape[axis], device=ends.device, dtype=ends.dtype)
    places = places.expand(*ends.shape[:-1], shape[axis])
    number = torch.searchsorted(ends.contiguous(), places.contiguous(), right=True)
    return number.reshape(*number.shape, *(1,) * (len(shape) - 1 - axis)).expand(shape)


class _SegmentTerms:
    """What segment_reduce is at a point: each element enters its segment with a weight.

    Attributes:
        axis: of the data, not negative.
        segment: the segment of each element.
        weight: how much each element counts; 0 for those behind the last segment.
    """

    def __init__(
        self,
        result: Tensor,
        data: Tensor,
        reduce: str,
        lengths: Tensor | None,
        indices: Tensor | None,
        offsets: Tensor | None,
        axis: int = 0,
        unsafe: bool = False,
        initial: float | None = None,
    ) -> None:
        self.axis = axis % data.ndim
        segment = _segments(data.shape, lengths, offsets, self.axis)
        last = result.shape[self.axis] - 1
        self.segment = segment.clamp(max=last)
        self.weight = (segment <= last).to(data.dtype)
        if reduce == "prod":
            others = product_of_others(data, self.axis, segment)
            self.weight = self.weight * (others if initial is None else others * initial)
        elif reduce != "sum":
            self._share(result, data, reduce)

    def _share(self, result: Tensor, data: Tensor, reduce: str) -> None:
        """Divide among those that count: all of them for a mean, else those that reach the extreme (or are nan)."""
        if reduce != "mean":
            hit = (data == result.gather(self.axis, self.segment)) | data.isnan()
            self.weight = self.weight * hit
        self.weight = self.weight / self.add_up(result, self.weight).clamp(min=1).gather(self.axis, self.segment)

    def add_up(self, result: Tensor, x: Tensor) -> Tensor:
        """The sum of x over each segment."""
        return result.new_zeros(result.shape).scatter_add(self.axis, self.segment, x)


def segment_reduce_jvp(tangents: Any, result: Tensor, *args: Any) -> Tensor:
    """Weighted tangents, added up by segment."""
    terms = _SegmentTerms(result, *args)
    return terms.add_up(result, tangents[0] * terms.weight)


def segment_reduce_vjp(needs: Any, grad: Tensor, result: Tensor, *args: Any) -> Any:
    """Each element gets the cotangent of its segment, weighted."""
    terms = _SegmentTerms(result, *args)
    return grad.gather(terms.axis, terms.segment) * terms.weight, None, None, None


def segment_reduce_backward(
    grad: Tensor,
    output: Tensor,
    data: Tensor,
    reduce: str,
    lengths: Tensor | None = None,
    offsets: Tensor | None = None,
    axis: int = 0,
    initial: float | None = None,
) -> Tensor:
    """_segment_reduce_backward in terms that have derivatives."""
    args = (data, reduce, lengths, None, offsets, axis, False, initial)
    return segment_reduce_vjp((True,), grad, output, *args)[0]  # type: ignore[no-any-return]
