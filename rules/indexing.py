"""Helpers of indexing.yaml: reading and writing by index tensors, batched.

Where a result of advanced indexing goes depends on where the index tensors stand: side by side, their dimensions take
the place of the first; with a gap between them, they come first. A batch index in front can open such a gap, so each
rule works out the layout of what PyTorch returns and moves the dimensions to where the example would have them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from oplift.rules.kinds import Deferred
from oplift.rules.views import plain, shifted, spread
from oplift.stack import KINDS

Tensor = torch.Tensor
Indices = Sequence[Tensor | None]


_ALL = slice(None)
_MASKS = (torch.bool, torch.uint8)
_index = Deferred(globals(), "_index", "aten::index.Tensor")
_index_put = Deferred(globals(), "_index_put", "aten::index_put")


class Plan(NamedTuple):
    """An indexing of batched values.

    Attributes:
        indices: what to index the value with.
        rank: number of dimensions of an example's result.
        source, destination: dimensions of PyTorch's result, and where they are of the batched result.
    """

    indices: list[Tensor | None]
    rank: int
    source: tuple[int, ...] = ()
    destination: tuple[int, ...] = ()

    def result(self, x: Tensor) -> Tensor:
        """What indexing gave, with the batch in front of the example's dimensions."""
        return x.movedim(self.source, self.destination) if self.source != self.destination else x

    def values(self, x: Tensor, batched: bool) -> Tensor:
        """Values to write, laid out as PyTorch's result is."""
        if not batched and self.source == self.destination:
            return x
        lead = x.shape[: int(batched)] or (1,)
        example = x.shape[int(batched) :]
        x = x.reshape(*lead, *(1,) * (self.rank - len(example)), *example)
        return x.movedim(self.destination, self.source) if self.source != self.destination else x


def index_batch(size: int, batched: Any, self: Tensor, indices: Indices) -> Tensor:
    """By hand: see the head of this module."""
    of_self, flags = batched
    if len(indices) == 1 and indices[0].dtype not in _MASKS:  # type: ignore[union-attr]
        return _index_first(size, of_self, flags[0], self, indices[0])  # type: ignore[arg-type]
    indices, flags = without_masks(indices, flags)
    plan = _plan(size, of_self, self.ndim - of_self, indices, flags)
    return plan.result(_index(self, plan.indices))


def _index_first(size: int, of_self: bool, of_index: bool, self: Tensor, index: Tensor) -> Tensor:
    """The commonest case, x[index], without a plan."""
    if of_self and of_index:
        return _read(self, [_examples(size, index.ndim - 1, index), index])
    return _read(self, [None, index] if of_self else [index])


def _read(self: Tensor, indices: list[Tensor | None]) -> Tensor:
    """self[indices], by the shorter way where no tracer is among the operands."""
    if type(self) is Tensor and type(indices[-1]) is Tensor:
        return self[tuple([_ALL if i is None else i for i in indices])]
    return _index(self, indices)  # type: ignore[no-any-return]


def _examples(size: int, rank: int, like: Tensor) -> Tensor:
    """The numbers of the examples, with `rank` dimensions behind."""
    numbers = torch.arange(size, device=like.device)
    return numbers.unsqueeze(1) if rank == 1 else numbers.reshape((size,) + (1,) * rank)


def index_put_batch(
    size: int, batched: Any, self: Tensor, indices: Indices, values: Tensor, accumulate: bool = False
) -> Tensor:
    """By hand: see the head of this module."""
    of_self, flags, of_values = batched
    if flags:
        whole = _put_by_mask(batched, self, indices, values, accumulate)
        if whole is not None:
            return whole
    indices, flags = without_masks(indices, flags)
    plan = _plan(size, True, self.ndim - of_self, indices, flags)
    target = spread(self, of_self, size)
    return _index_put(target, plan.indices, plan.values(values, of_values), accumulate)  # type: ignore[no-any-return]


def _lone_mask(indices: Indices) -> int | None:
    """Where a boolean mask stands that is the only index, or None."""
    used = [i for i, x in enumerate(indices) if x is not None]
    return used[0] if len(used) == 1 and indices[used[0]].dtype in _MASKS else None  # type: ignore[union-attr]


def _put_by_mask(batched: Any, self: Tensor, indices: Indices, values: Tensor, accumulate: bool) -> Tensor | None:
    """index_put by a mask with the same value for all selected elements, which need not agree in number; else None."""
    of_self, flags, of_values = batched
    at = _lone_mask(indices)
    if at is None or not (flags[at] or type(indices[at]) in KINDS):  # by a level further down, or by this one
        return None
    mask: Tensor = indices[at] if flags[at] else indices[at].unsqueeze(0)  # type: ignore[assignment, union-attr]
    rank = self.ndim - of_self
    rest = rank - at - (mask.ndim - 1)
    example = values.shape[of_values:]
    if not _same_for_all(example, rest):
        return None
    example = (*example[: -rest - 1], *(1,) * (mask.ndim - 1), *example[len(example) - rest :])
    lead = values.shape[:of_values]
    new = values.reshape(*lead, *(1,) * (rank - len(example) if lead else 0), *example)
    mask = mask.reshape(mask.shape[0], *(1,) * at, *mask.shape[1:], *(1,) * rest).bool()
    return torch.where(mask, self + new if accumulate else new, self)


def _same_for_all(shape: Sequence[int], rest: int) -> bool:
    """Whether values of this shape, for elements of `rest` dimensions, are one value for all that a mask selects."""
    return len(shape) <= rest or shape[-rest - 1] == 1


def index_put_values(grad: Tensor, indices: Indices, shape: Sequence[int]) -> Tensor:
    """The cotangent of the values (of this shape) that were written."""
    at = _lone_mask(indices)
    if at is not None:
        mask: Tensor = indices[at]  # type: ignore[assignment]
        rest = grad.ndim - at - mask.ndim
        if _same_for_all(shape, rest):
            kept = torch.where(mask.reshape(*mask.shape, *(1,) * rest).bool(), grad, 0)
            return kept.reshape(*kept.shape[:at], -1, *kept.shape[at + mask.ndim :]).sum(at, True)
    return _index(grad, indices)  # type: ignore[no-any-return]


def _plan(size: int, of_self: bool, rank: int, indices: Indices, flags: Sequence[bool]) -> Plan:
    """How to index a value whose examples have `rank` dimensions, batched or not, by long tensors."""
    used = [i for i, x in enumerate(indices) if x is not None]
    wide = max(indices[i].ndim - flags[i] for i in used)  # type: ignore[union-attr]
    before, adjacent = used[0], used[-1] - used[0] + 1 == len(used)
    out = rank - len(used) + wide
    if not any(flags):
        full: list[Tensor | None] = [None, *indices]
        return Plan(full, out) if adjacent else Plan(full, out, (wide,), (0,))
    aligned = [x if x is None or not f else _aligned(x, wide) for x, f in zip(indices, flags, strict=True)]
    if not of_self:
        return Plan(aligned, out, (before,), (0,)) if adjacent else Plan(aligned, out)
    full = [_examples(size, wide, aligned[used[0]]), *aligned]  # type: ignore[arg-type]
    if not adjacent:
        return Plan(full, out)
    return Plan(full, out, tuple(range(1 + wide, 1 + wide + before)), tuple(range(1, 1 + before)))


def _aligned(index: Tensor, rank: int) -> Tensor:
    """A batched index whose examples have `rank` dimensions."""
    missing = rank + 1 - index.ndim
    return index.reshape(index.shape[0], *(1,) * missing, *index.shape[1:]) if missing else index


# ---- transposes
#
# Plain zeros of one's own may be written in place, which saves a pass over a table; tracers are never.


def index_transpose(grad: Tensor, shape: Sequence[int], indices: Indices) -> Tensor:
    """The cotangent of what was indexed."""
    zeros = grad.new_zeros(shape)
    if _all_plain(grad, *indices):
        return torch.ops.aten.index_put_(zeros, indices, grad, True)  # type: ignore[no-any-return]
    return _index_put(zeros, indices, grad, True)  # type: ignore[no-any-return]


def gather_transpose(grad: Tensor, shape: Sequence[int], dim: int, index: Tensor) -> Tensor:
    """The cotangent of what was gathered from."""
    zeros = grad.new_zeros(shape)
    return (zeros.scatter_add_ if _all_plain(grad, index) else zeros.scatter_add)(dim, index, grad)


def index_select_transpose(grad: Tensor, shape: Sequence[int], dim: int, index: Tensor) -> Tensor:
    """The cotangent of what was selected from."""
    zeros = grad.new_zeros(shape)
    return (zeros.index_add_ if _all_plain(grad, index) else zeros.index_add)(dim, index, grad)


def sort_transpose(grad: Tensor, shape: Sequence[int], dim: int, index: Tensor) -> Tensor:
    """The cotangent of what was sorted: no place occurs twice."""
    zeros = grad.new_zeros(shape)
    return (zeros.scatter_ if _all_plain(grad, index) else zeros.scatter)(dim, index, grad)


def _all_plain(*operands: Tensor | None) -> bool:
    return all(x is None or type(x) is Tensor for x in operands)


# ---- masks


def without_masks(indices: Indices, flags: Sequence[bool]) -> tuple[list[Tensor | None], list[bool]]:
    """Indices with each boolean mask replaced by the positions that it selects, and which of them are batched."""
    if all(x is None or x.dtype not in _MASKS for x in indices):
        return list(indices), list(flags)
    out: list[Tensor | None] = []
    out_flags: list[bool] = []
    for x, flag in zip(indices, flags, strict=True):
        if x is None or x.dtype not in _MASKS:
            found: Sequence[Tensor | None] = [x]
        else:
            found = (positions(x, "indexing by a boolean mask") if flag else x.nonzero()).unbind(-1)
        out.extend(found)
        out_flags.extend([flag] * len(found))
    return out, out_flags


def positions(mask: Tensor, what: str) -> Tensor:
    """Where each example of a batched mask is nonzero, ([b, *shape]) -> [b, count, len(shape)].

    Raises:
        RuntimeError: the examples select different numbers of elements.
    """
    size = mask.shape[0]
    need_agreement(mask.reshape(size, mask.shape[1:].numel()).count_nonzero(1), what)
    found = mask.nonzero()
    return found.reshape(size, found.shape[0] // size if size else 0, mask.ndim)[..., 1:]


def need_agreement(counts: Tensor, what: str) -> int:
    """The number that all examples have in common.

    Args:
        counts: number of elements of each example's result.
        what: for the error.
    """
    numbers = plain(counts).reshape(-1).tolist()
    for b, n in enumerate(numbers):
        if n != numbers[0]:
            raise RuntimeError(
                f"vmap: {what} selects {numbers[0]} elements in example 0 and {n} in example {b}: a result whose shape "
                "depends on the data. We do not support batching operators that can output dynamic shape, unless it is the "
                "same for all examples. Keep all elements, with torch.where(mask, x, 0) or another value that has no effect, "
                "fix the number with torch.nonzero_static, or select outside of vmap"
            )
    return int(numbers[0]) if numbers else 0


def nonzero_batch(size: int, batched: Any, self: Tensor) -> Tensor:
    """By hand because all examples must agree in how many elements are nonzero."""
    return positions(self, "nonzero")


def nonzero_static_batch(size: int, batched: Any, self: Tensor, count: int, fill_value: int = -1) -> Tensor:
    """By hand: a stable sort puts what is nonzero first, in order."""
    flat = self.reshape(size, self.shape[1:].numel()) != 0
    if flat.shape[1] < count:
        flat = torch.constant_pad_nd(flat, [0, count - flat.shape[1]])
    order = (~flat).to(torch.uint8).sort(dim=1, stable=True)[1][:, :count]
    found = torch.arange(count, device=self.device) < flat.count_nonzero(1).unsqueeze(1)
    columns = []
    for n in reversed(self.shape[1:]):
        columns.append(order % max(n, 1))
        order = order // max(n, 1)
    index = torch.stack(columns[::-1], -1) if columns else order.unsqueeze(-1)[..., :0]
    return torch.where(found.unsqueeze(-1), index, fill_value)


def masked_select(self: Tensor, mask: Tensor) -> Tensor:
    """masked_select as indexing by a mask."""
    self, mask = torch.broadcast_tensors(self, mask)
    return self.reshape(-1)[mask.reshape(-1)]


def masked_rank(mask: Tensor) -> Tensor:
    """For each element of the flattened mask: how many were selected before it."""
    flat = mask.reshape(-1)
    return flat.cumsum(0) - flat.to(torch.int64)


def masked_scatter(self: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """masked_scatter as a gather: the k-th selected element takes the k-th of source."""
    self, mask = torch.broadcast_tensors(self, mask)
    if not source.numel():
        return self.clone()
    rank = torch.where(mask.reshape(-1), masked_rank(mask), 0)
    return torch.where(mask, source.reshape(-1)[rank].reshape(self.shape), self)


def masked_scatter_backward(grad: Tensor, mask: Tensor, sizes: Sequence[int]) -> Tensor:
    """The transpose of masked_scatter in its source."""
    mask = mask.expand(grad.shape)
    zeros = grad.new_zeros(sizes).reshape(-1)
    if not zeros.numel():
        return zeros.reshape(sizes)
    rank = torch.where(mask.reshape(-1), masked_rank(mask), 0)
    return zeros.index_put((rank,), torch.where(mask, grad, 0).reshape(-1), True).reshape(sizes)


def masked_index(self: Tensor, mask: Tensor, indices: Indices, fill: float) -> Tensor:
    """_unsafe_masked_index: fill where the mask is false, whatever the index is there."""
    if not self.numel():
        self = self.new_full((1,) * self.ndim, fill)
    picked: Tensor = _index(self, _clamped(indices, self.shape))
    return picked.masked_fill(~mask, fill)


def masked_index_put(self: Tensor, mask: Tensor, indices: Indices, values: Tensor) -> Tensor:
    """_unsafe_masked_index_put_accumulate: adds the values where the mask is true."""
    if not self.numel():
        return self.clone()
    kept = values.masked_fill(~mask, 0)
    return _index_put(self, _clamped(indices, self.shape), kept, True)  # type: ignore[no-any-return]


def _clamped(indices: Indices, shape: Sequence[int]) -> list[Tensor | None]:
    return [i if i is None else i.clamp(-n, n - 1) for i, n in zip(indices, shape, strict=False)]


# ---- one index tensor along one dimension


def index_select_batch(size: int, batched: Any, self: Tensor, dim: int, index: Tensor) -> Tensor:
    """By hand because a batched index is another operator."""
    of_self, of_index = batched
    if not of_index and self.ndim > 1:
        return self.index_select(shifted(dim), index)
    if self.ndim == of_self:
        return spread(self, of_self, size)
    gaps, index = _gaps(dim, self.ndim - of_self), _row(index, of_index)
    return index_batch(size, (of_self, (*(False,) * len(gaps), of_index)), self, [*gaps, index])


def _gaps(dim: int, rank: int) -> list[None]:
    """The Nones in front of an index tensor that stands at `dim`."""
    return [None] * (dim % rank)


def _row(index: Tensor, batched: bool) -> Tensor:
    """An index as a vector; one number is a vector of one."""
    return index if index.ndim > batched else index.unsqueeze(-1)


def index_add_batch(
    size: int, batched: Any, self: Tensor, dim: int, index: Tensor, source: Tensor, alpha: float = 1
) -> Tensor:
    """By hand because a batched index is another operator."""
    of_self, of_index, of_source = batched
    if not of_index and self.ndim - of_self:
        target, values = spread(self, of_self, size), spread(source, of_source, size)
        return target.index_add(shifted(dim), index, values, alpha=alpha)
    scaled = source if alpha == 1 else source * alpha
    return _write(size, batched, self, dim, index, scaled, True)


def index_copy_batch(size: int, batched: Any, self: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """By hand because a batched index is another operator."""
    of_self, of_index, of_source = batched
    if not of_index and self.ndim - of_self and source.ndim - of_source:
        return spread(self, of_self, size).index_copy(shifted(dim), index, spread(source, of_source, size))
    return _write(size, batched, self, dim, index, source, False)


def _write(size: int, batched: Any, self: Tensor, dim: int, index: Tensor, source: Tensor, accumulate: bool) -> Tensor:
    """index_add or index_copy as index_put."""
    of_self, of_index, of_source = batched
    index = _row(index, of_index)
    if self.ndim == of_self:
        row, source = self.unsqueeze(-1), _row(source, of_source)
        flags = (of_self, (of_index,), of_source)
        return index_put_batch(size, flags, row, [index], source, accumulate).squeeze(-1)
    gaps = _gaps(dim, self.ndim - of_self)
    flags = (of_self, (*(False,) * len(gaps), of_index), of_source)
    return index_put_batch(size, flags, self, [*gaps, index], source, accumulate)


def index_fill_batch(size: int, batched: Any, self: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """By hand because a batched index or value is another operator."""
    of_self, of_index = batched[:2]
    rank = self.ndim - of_self
    if rank and not any(batched[1:]):
        return self.index_fill(shifted(dim), index, value)
    if rank == 0:
        filled = value.to(self.dtype) if isinstance(value, Tensor) else self.new_full((), value)
        return filled.expand(size)
    hit = fill_mask(self.shape[int(of_self) :], dim, index, of_index)
    if isinstance(value, Tensor):
        value = value.to(self.dtype).reshape(*value.shape, *(1,) * rank)
    return torch.where(hit, value, self)


def fill_mask(shape: Sequence[int], dim: int, index: Tensor, batched: bool = False) -> Tensor:
    """Which positions along `dim` an index names, ready to broadcast against `shape` (behind the batch)."""
    if not shape:
        return torch.ones((), dtype=torch.bool, device=index.device)
    dim %= len(shape)
    true = torch.ones((), dtype=torch.bool, device=index.device)
    zeros = true.new_zeros(shape[dim])
    index = _row(index, batched)
    flags = (False, (batched,), False)
    hit = index_put_batch(len(index), flags, zeros, [index], true) if batched else zeros.index_put((index,), true)
    lead, after = hit.shape[:-1], len(shape) - 1 - dim
    return hit.reshape(*lead, *(1,) * (dim if batched else 0), shape[dim], *(1,) * after)


def filled(grad: Tensor, dim: int, index: Tensor) -> Tensor:
    """The sum of a cotangent over the positions that index_fill wrote."""
    return torch.where(fill_mask(grad.shape, dim, index), grad, 0).sum()


def index_rows(grad: Tensor, dim: int, index: Tensor, shape: Sequence[int]) -> Tensor:
    """The cotangent of the source of index_add and index_copy."""
    rows = grad.index_select(dim, index)
    return rows if rows.shape == shape else rows.reshape(shape)


def index_reduce(
    self: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, include_self: bool = True
) -> Tensor:
    """index_reduce as scatter_reduce."""
    if self.ndim and source.ndim:
        dim %= self.ndim
        index = index.reshape(-1, *(1,) * (source.ndim - 1 - dim)).expand(source.shape)
    else:
        index = index.reshape(source.shape)
    return self.scatter_reduce(dim, index, source, reduce, include_self=include_self)
