"""Helpers of views.yaml: view operators, their transposes, and what a write to a view does to its base."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from oplift.rule import operator

Tensor = torch.Tensor


def shifted(dim: int) -> int:
    """A logical dimension of an operand as a physical one, behind the batch dimension."""
    return dim + 1 if dim >= 0 else dim


def shifted_all(dims: int | Sequence[int]) -> list[int]:
    """Logical dimensions, one or several, as physical ones."""
    return [shifted(dims)] if isinstance(dims, int) else [shifted(d) for d in dims]


def spread(x: Tensor, batched: bool, size: int) -> Tensor:
    """x with the batch at dimension 0; it is expanded, never copied, if it has none."""
    return x if batched else x.expand(size, *x.shape)


# ---- sizes


def resolved(shape: Sequence[int], sizes: Sequence[int]) -> list[int]:
    """Sizes of a reshape of `shape`, with -1 worked out."""
    if -1 not in sizes:
        return list(sizes)
    known = math.prod(n for n in sizes if n != -1)
    rest = math.prod(shape) // known if known else 0
    return [rest if n == -1 else n for n in sizes]


def view_dtype_batch(size: int, batched: Any, self: Tensor, dtype: torch.dtype) -> Tensor:
    """By hand because the last dimension changes its size, and must not be the batch."""
    if dtype.itemsize == self.dtype.itemsize:
        return self.view(dtype)
    if self.ndim == 1:
        raise RuntimeError(f"view: a 0-d tensor of {self.dtype} cannot be viewed as {dtype}, of another element size")
    return self.contiguous().view(dtype)


def flat_shape(shape: Sequence[int], start_dim: int, end_dim: int) -> list[int]:
    """The shape that flatten gives."""
    if not shape:
        return [1]
    start, end = _wrapped(start_dim, len(shape)), _wrapped(end_dim, len(shape))
    if start > end:
        raise RuntimeError(f"flatten: start_dim = {start_dim} comes after end_dim = {end_dim} in shape {tuple(shape)}")
    return [*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]]


def split_shape(shape: Sequence[int], dim: int, sizes: Sequence[int]) -> list[int]:
    """The shape that unflatten gives."""
    dim = _wrapped(dim, len(shape))
    parts = resolved(shape[dim : dim + 1], sizes)
    if math.prod(parts) != shape[dim]:
        raise RuntimeError(
            f"unflatten: sizes {list(sizes)} do not multiply to {shape[dim]}, the size of dimension {dim}"
        )
    return [*shape[:dim], *parts, *shape[dim + 1 :]]


def _wrapped(dim: int, rank: int) -> int:
    if not -rank <= dim < max(rank, 1):
        raise IndexError(f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {dim})")
    return dim % rank if rank else 0


def expand_inverse(new: Tensor, base: Tensor, *args: Any) -> Tensor:
    """The base of an expanded view, which may be written to only where no element is seen twice."""
    if new.numel() != base.numel():
        raise RuntimeError(
            f"in-place write to a tensor of shape {tuple(new.shape)} that was expanded from {tuple(base.shape)}: more "
            "than one of its elements refers to one memory location; clone() it first"
        )
    return new.reshape(base.shape)


# ---- dimensions


def no_matrices(x: Tensor) -> Tensor:
    """A batch of vectors or numbers, which `t` leaves as they are."""
    if x.ndim > 3:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {x.ndim - 1}D")
    return x


def inverse_permutation(dims: Sequence[int]) -> list[int]:
    """The permutation that undoes `dims`."""
    inverse = [0] * len(dims)
    for i, d in enumerate(dims):
        inverse[d % len(dims)] = i
    return inverse


def reversed_dims(rank: int) -> list[int]:
    """All dimensions, last first."""
    return list(range(rank - 1, -1, -1))


def moved_dims(rank: int, source: int | Sequence[int], destination: int | Sequence[int]) -> list[int]:
    """The permutation that movedim does."""
    sources = [_wrapped(d, rank) for d in ([source] if isinstance(source, int) else source)]
    targets = [_wrapped(d, rank) for d in ([destination] if isinstance(destination, int) else destination)]
    if len(sources) != len(targets) or len(set(sources)) != len(sources) or len(set(targets)) != len(targets):
        raise RuntimeError(
            f"movedim: source = {source} and destination = {destination} must name as many distinct dims"
        )
    rest = iter(d for d in range(rank) if d not in sources)
    placed = dict(zip(targets, sources, strict=True))
    return [placed[i] if i in placed else next(rest) for i in range(rank)]


# ---- parts


def unfold_backward_batch(
    size: int, batched: Any, grad: Tensor, sizes: Sequence[int], dim: int, length: int, step: int
) -> Tensor:
    """By hand because a 0-d tensor can be unfolded."""
    unfold_backward = operator("aten::unfold_backward")
    if sizes:
        return unfold_backward(grad, [size, *sizes], shifted(dim), length, step)  # type: ignore[no-any-return]
    return grad.reshape(size)


def slice_end(end: int | None) -> int:
    """The end of a slice as a number."""
    return torch.iinfo(torch.int64).max if end is None else end


def narrow_start(start: int, length: int) -> int:
    """The first position of narrow(dim, start, length) on a dimension of this length."""
    return start + length if start < 0 else start


def narrow_places(start: Tensor, size: int, length: int) -> Tensor:
    """The positions that narrow(dim, start, length) sees on a dimension of this size."""
    return torch.where(start < 0, start + size, start).unsqueeze(-1) + torch.arange(length, device=start.device)


def section_sizes(length: int, sections: int) -> list[int]:
    """The sizes of the pieces that tensor_split gives: the first ones are longer by one where it does not divide."""
    return [length // sections + (i < length % sections) for i in range(sections)]


def split_at(self: Tensor, indices: Sequence[int], dim: int = 0) -> list[Tensor]:
    """tensor_split at positions, which need not ascend."""
    part = operator("aten::slice.Tensor")
    ends = [*indices, self.shape[dim]]
    return [part(self, dim, start, end) for start, end in zip([0, *indices], ends, strict=True)]


def agreed(x: Tensor, what: str) -> Any:
    """The numbers of a tensor that decide about shapes, as Python numbers.

    Raises:
        RuntimeError: they are not the same for all examples of a vmap.
    """
    rows = plain(x).reshape(-1, x.numel()).tolist() if x.numel() else [[]]
    if not rows:
        raise RuntimeError(f"vmap: {what} decides about shapes by its data, and there are no examples")
    for b, row in enumerate(rows):
        if row != rows[0]:
            raise RuntimeError(
                f"vmap: {what} would give example 0 another shape ({rows[0]}) than example {b} ({row}); use the same "
                "numbers for all examples, as a Python list"
            )
    return rows[0] if x.ndim else rows[0][0]


def plain(x: Tensor) -> Tensor:
    """The tensor that holds the numbers of x, for all examples of all levels."""
    while hasattr(x, "level"):
        x = x.value  # type: ignore[attr-defined]
    return x


def chunk_sizes(length: int, chunks: int) -> list[int]:
    """The sizes of the pieces that chunk gives."""
    step = -(-length // chunks)
    return piece_sizes(length, step) if step else [0] * chunks


def piece_sizes(length: int, step: int) -> list[int]:
    """The sizes of the pieces that split gives."""
    return [min(step, length - i) for i in range(0, length, step)] if length and step else [length]


def joined(grads: Sequence[Tensor | None], shape: Sequence[int], sizes: Sequence[int], dim: int) -> Tensor:
    """The cotangents of the pieces of a split, one after the other; None is zero."""
    some = next(g for g in grads if g is not None)
    shapes = [[*shape[: dim % len(shape)], n, *shape[dim % len(shape) + 1 :]] for n in sizes]
    return torch.cat([some.new_zeros(s) if g is None else g for g, s in zip(grads, shapes, strict=True)], dim)


def stacked(grads: Sequence[Tensor | None], dim: int) -> Tensor:
    """The cotangents of the slices of an unbind; None is zero."""
    zero = next(g for g in grads if g is not None).new_zeros
    shape = next(g.shape for g in grads if g is not None)
    return torch.stack([zero(shape) if g is None else g for g in grads], dim)


def unfold_inverse(new: Tensor, base: Tensor, dim: int, length: int, step: int) -> Tensor:
    """The base of an unfolded view, which may be written to only where windows do not overlap."""
    if not base.ndim:
        return new.reshape(())
    dim %= base.ndim
    if step < length and new.shape[dim] > 1:
        raise RuntimeError(f"in-place write to unfold({dim}, {length}, {step}): its windows overlap; clone() it first")
    seen = torch.arange(base.shape[dim], device=base.device).unfold(0, length, step).reshape(-1)
    return base.index_copy(dim, seen, new.movedim(-1, dim + 1).flatten(dim, dim + 1))


# ---- as_strided


def _memory_order(shape: Sequence[int], strides: Sequence[int]) -> list[int]:
    """The dimensions, the one with the largest steps in memory first."""
    return sorted(range(len(shape)), key=lambda d: (-strides[d], -shape[d]))


def in_memory_order(x: Tensor) -> Tensor:
    """All elements, in the order in which PyTorch would have laid them out."""
    return x.permute(_memory_order(x.shape, x.stride())).reshape(-1)


def _dense(shape: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether elements in this order lie side by side."""
    expected = 1
    for n, s in zip(reversed(shape), reversed(strides), strict=True):
        if n != 1 and s != expected:
            return False
        expected *= n
    return True


def _need_dense(shape: Sequence[int], strides: Sequence[int], order: Sequence[int]) -> None:
    if 0 not in shape and not _dense([shape[d] for d in order], [strides[d] for d in order]):
        raise RuntimeError(
            f"as_strided of a tensor of shape {tuple(shape)} and strides {tuple(strides)}, which does not own the memory "
            "between its elements, has no meaning inside a transform; use indexing, or contiguous()"
        )


def storage_index(like: Tensor, count: int, size: Sequence[int], stride: Sequence[int], offset: int | None) -> Tensor:
    """The positions that as_strided reads, among the `count` elements in the order of memory."""
    last = (offset or 0) + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    if 0 not in size and last >= count:
        raise RuntimeError(
            f"as_strided: size {list(size)}, stride {list(stride)} and storage_offset {offset or 0} are out of bounds: they "
            f"reach element {last} of a tensor with {count} elements (of one example, under vmap)"
        )
    index = torch.full((), offset or 0, device=like.device)
    for n, s in zip(size, stride, strict=True):
        index = index.unsqueeze(-1) + torch.arange(n, device=like.device) * s
    return index


def as_strided(self: Tensor, size: Sequence[int], stride: Sequence[int], offset: int | None = None) -> Tensor:
    """as_strided as indexing. A tracer has no memory, but strides that say how PyTorch would have laid it out."""
    strides = self.stride()
    order = _memory_order(self.shape, strides)
    _need_dense(self.shape, strides, order)
    return in_memory_order(self)[storage_index(self, self.numel(), size, stride, offset)]


def as_strided_batch(
    size: int, batched: Any, self: Tensor, sizes: Sequence[int], stride: Sequence[int], offset: int | None = None
) -> Tensor:
    """By hand: as_strided of each example, by the strides that it has in the batch."""
    shape, strides = self.shape[1:], self.stride()[1:]
    order = _memory_order(shape, strides)
    _need_dense(shape, strides, order)
    memory = self.permute(0, *shifted_all(order)).reshape(size, shape.numel())
    return memory[:, storage_index(self, shape.numel(), sizes, stride, offset)]


def as_strided_scatter(
    self: Tensor, src: Tensor, size: Sequence[int], stride: Sequence[int], offset: int | None = None
) -> Tensor:
    """as_strided_scatter as indexing."""
    strides = self.stride()
    order = _memory_order(self.shape, strides)
    _need_dense(self.shape, strides, order)
    memory = self.permute(order)
    index = storage_index(self, self.numel(), size, stride, offset)
    written = memory.reshape(-1).index_put((index,), src.to(self.dtype).expand(index.shape))
    return written.reshape(memory.shape).permute(inverse_permutation(order))


def as_strided_inverse(new: Tensor, base: Tensor, *args: Any) -> Tensor:
    """The base of an as_strided view."""
    return as_strided_scatter(base, new, *args)
