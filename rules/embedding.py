"""Helpers of indexing.yaml: embeddings and bags of them."""

from __future__ import annotations

from typing import Any

import torch

from oplift.errors import MissingRule
from oplift.rule import Unbatched, operator
from oplift.rules.views import spread

Tensor = torch.Tensor
_SUM, _MEAN, _MAX = range(3)


def once_scaled(scale_grad_by_freq: bool) -> bool:
    """Refuse forward mode over a gradient that is scaled by frequency."""
    if scale_grad_by_freq:
        raise MissingRule(
            "aten::embedding_dense_backward: forward mode over a gradient with scale_grad_by_freq=True is refused: PyTorch's "
            "own second derivatives leave the scale out, and would contradict it. Use reverse over reverse (vjp of grad), or "
            "scale the gradient outside"
        )
    return False


def embedding_batch(
    size: int, batched: Any, weight: Tensor, indices: Tensor, padding_idx: int = -1, by_freq: bool = False, *_: Any
) -> Tensor:
    """By hand because tables that differ are laid end to end, and each example's indices are offset into its own."""
    of_weight, of_indices = batched
    if not of_weight:
        return torch.embedding(weight, indices, padding_idx, by_freq)
    if not of_indices:
        rows = weight.index_select(1, indices.reshape(-1))
        return rows.reshape(size, *indices.shape, *weight.shape[2:])
    offset = _offsets(size, weight.shape[1], indices.ndim - 1, indices)
    return torch.embedding(weight.flatten(0, 1), indices + offset)


def _offsets(size: int, step: int, rank: int, like: Tensor) -> Tensor:
    """0, step, 2 step, ... for the examples of a batch, with `rank` dimensions behind."""
    offsets = torch.arange(0, size * step, step, device=like.device) if step else like.new_zeros(size)
    return offsets.reshape(size, *(1,) * rank)


def embedding_dense_backward_batch(
    size: int, batched: Any, grad: Tensor, indices: Tensor, num_weights: int, padding_idx: int, by_freq: bool
) -> Tensor:
    """By hand: with common indices the batch becomes features, else one table of the rows of all examples."""
    of_grad, of_indices = batched
    backward = operator("aten::embedding_dense_backward")
    if not of_indices:
        wide = grad.movedim(0, -2)
        out = backward(wide.flatten(-2), indices, num_weights, padding_idx, by_freq)
        return out.reshape(num_weights, *wide.shape[-2:]).movedim(1, 0)  # type: ignore[no-any-return]
    grad = spread(grad, of_grad, size)
    rows = size * num_weights
    index = indices + _offsets(size, num_weights, indices.ndim - 1, indices)
    if padding_idx < 0:
        out = backward(grad, index, rows, -1, by_freq)
    else:
        index = torch.where(indices == padding_idx, rows, index)
        out = backward(grad, index, rows + 1, rows, by_freq)[:rows]
    return out.reshape(size, num_weights, *out.shape[1:])  # type: ignore[no-any-return]


def embedding_double_backward(grad: Tensor, indices: Tensor, padding_idx: int) -> Tensor:
    """The transpose of embedding_dense_backward, as PyTorch has it: scale_grad_by_freq acts once."""
    rows = torch.embedding(grad, indices)
    return rows if padding_idx < 0 else rows.masked_fill((indices == padding_idx).unsqueeze(-1), 0)


def embedding_renorm(self: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> Tensor:
    """embedding_renorm: rows that are named and longer than max_norm are scaled to that length."""
    norm = torch.linalg.vector_norm(self, norm_type, -1, True)
    named = torch.zeros(self.shape[0], dtype=torch.bool, device=self.device)
    named = named.index_put((indices.reshape(-1),), torch.ones((), dtype=torch.bool, device=self.device))
    return torch.where(named.unsqueeze(-1) & (norm > max_norm), self * (max_norm / (norm + 1e-7)), self)


# ---- bags


def embedding_bag(
    weight: Tensor,
    indices: Tensor,
    offsets: Tensor,
    by_freq: bool = False,
    mode: int = 0,
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int = -1,
) -> Any:
    """_embedding_bag_forward_only as _embedding_bag; they differ in what they leave undone."""
    return operator("aten::_embedding_bag")(
        weight, indices, offsets, by_freq, mode, sparse, per_sample_weights, include_last_offset, padding_idx
    )


def embedding_bag_batch(
    size: int,
    batched: Any,
    weight: Tensor,
    indices: Tensor,
    offsets: Tensor,
    by_freq: bool = False,
    mode: int = 0,
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int = -1,
) -> Any:
    """By hand: tables and bags are laid end to end, and every position counts from there."""
    of_weight, of_indices, of_offsets, of_samples = batched
    table = weight.flatten(0, 1) if of_weight else weight
    rows = weight.shape[1] if of_weight else 0
    index = spread(indices, of_indices, size)
    starts = spread(offsets, of_offsets, size)
    starts = starts[:, :-1] if include_last_offset else starts
    n, bags = index.shape[1], starts.shape[1]
    folded = _folded_rows(index, rows, padding_idx)
    starts = (starts + _offsets(size, n, 1, starts)).reshape(-1)
    samples = None if per_sample_weights is None else spread(per_sample_weights, of_samples, size).reshape(-1)
    out, bag_of, bag_size, largest = operator("aten::_embedding_bag")(
        table, folded.to(starts.dtype), starts, by_freq, mode, sparse, samples, False, padding_idx
    )
    if mode == _MAX and rows:
        largest = (largest.reshape(size, bags, -1) - _offsets(size, rows, 2, index)).flatten(0, 1).clamp(min=0)
    if bag_of.numel():
        bag_of = (bag_of.reshape(size, n) - _offsets(size, bags, 1, index)).reshape(-1)
    parts = ((out, bags), (bag_of, n), (bag_size, bags), (largest, bags))
    return tuple(_per_example(part, size, count) for part, count in parts)


def _folded_rows(index: Tensor, rows: int, padding_idx: int) -> Tensor:
    """Each example's indices in the table of all examples; padding keeps its index, which is the same for all."""
    size = index.shape[0]
    folded = index + _offsets(size, rows, 1, index) if rows else index
    if padding_idx >= 0 and rows:
        folded = torch.where(index == padding_idx, padding_idx, folded)
    return folded.reshape(-1)


def _per_example(x: Tensor, size: int, count: int) -> Any:
    """An output over all bags or indices, cut into examples; one that PyTorch left empty stays so."""
    return x.reshape(size, count, *x.shape[1:]) if len(x) == size * count else Unbatched(x)


def bag_numbers(indices: Tensor, offsets: Tensor, include_last_offset: bool) -> Tensor:
    """The bag that each index belongs to; PyTorch's own output is empty where its kernel needs none."""
    starts = offsets[:-1] if include_last_offset else offsets
    places = torch.arange(indices.shape[0], device=indices.device, dtype=starts.dtype)
    return torch.searchsorted(starts, places, right=True) - 1


def _shares(
    like: Tensor, indices: Tensor, bag: Tensor, bag_size: Tensor, mode: int, samples: Tensor | None, padding_idx: int
) -> Tensor:
    """How much of each index's row goes into its bag, of the dtype of `like`, ([n]) -> [n, 1]."""
    counted = torch.ones(indices.shape, dtype=like.dtype, device=like.device)
    if padding_idx >= 0:
        counted = torch.where(indices == padding_idx, 0, counted)
    if mode == _MEAN:
        counted = counted / bag_size.clamp(min=1)[bag]
    return (counted if samples is None else counted * samples).unsqueeze(-1)


def embedding_bag_jvp(
    tangents: Any,
    result: Any,
    weight: Tensor,
    indices: Tensor,
    offsets: Tensor,
    by_freq: bool = False,
    mode: int = 0,
    sparse: bool = False,
    samples: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int = -1,
) -> Any:
    """Sum and mean are linear in the rows and in the weights of the samples; max passes its winners on."""
    weight_t, _, _, samples_t = tangents
    out = result[0]
    if mode == _MAX:
        return _winners(weight_t, result[2], result[3]), None, None, None
    bag = bag_numbers(indices, offsets, include_last_offset)
    terms = []
    if weight_t is not None:
        terms.append(_shares(out, indices, bag, result[2], mode, samples, padding_idx) * weight_t[indices])
    if samples_t is not None:
        terms.append(_shares(out, indices, bag, result[2], mode, samples_t, padding_idx) * weight[indices])
    tangent = out.new_zeros(out.shape).index_add(0, bag, sum(terms[1:], terms[0]))
    return tangent, None, None, None


def _winners(table: Tensor, bag_size: Tensor, largest: Tensor) -> Tensor:
    """The elements of a table that won their bags; 0 for an empty bag."""
    return torch.where((bag_size > 0).unsqueeze(-1), table.gather(0, largest), 0)


def embedding_bag_vjp(
    needs: Any,
    grads: Any,
    result: Any,
    weight: Tensor,
    indices: Tensor,
    offsets: Tensor,
    by_freq: bool = False,
    mode: int = 0,
    sparse: bool = False,
    samples: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int = -1,
) -> Any:
    """The transposes of the terms of embedding_bag_jvp."""
    grad = grads[0] if isinstance(grads, (tuple, list)) else grads
    bag = bag_numbers(indices, offsets, include_last_offset)
    of_weight = of_samples = None
    if needs[0]:
        rows = weight.shape[0]
        of_weight = embedding_bag_dense_backward(
            grad, indices, bag, result[2], result[3], rows, by_freq, mode, samples, padding_idx
        )
    if needs[3]:
        of_samples = embedding_bag_samples_backward(grad, weight, indices, offsets, bag, mode, padding_idx)
    return of_weight, None, None, of_samples


def embedding_bag_backward(
    grad: Tensor,
    indices: Tensor,
    offsets: Tensor,
    bag: Tensor,
    bag_size: Tensor,
    largest: Tensor,
    num_weights: int,
    by_freq: bool,
    mode: int,
    sparse: bool,
    samples: Tensor | None,
    padding_idx: int = -1,
) -> Tensor:
    """_embedding_bag_backward; the gradient is always dense."""
    bag = bag if bag.numel() else bag_numbers(indices, offsets, False)
    args = (bag_size, largest, num_weights, by_freq, mode, samples, padding_idx)
    return embedding_bag_dense_backward(grad, indices, bag, *args)


def embedding_bag_dense_backward(
    grad: Tensor,
    indices: Tensor,
    bag: Tensor,
    bag_size: Tensor,
    largest: Tensor,
    num_weights: int,
    by_freq: bool,
    mode: int,
    samples: Tensor | None,
    padding_idx: int = -1,
) -> Tensor:
    """The cotangent of the table: each row gets its share of the cotangents of its bags."""
    if mode == _MAX:
        kept = torch.where((bag_size > 0).unsqueeze(-1), grad, 0)
        return grad.new_zeros(num_weights, grad.shape[1]).scatter_add(0, largest, kept)
    rows = _shares(grad, indices, bag, bag_size, mode, samples, padding_idx) * grad[bag]
    backward = operator("aten::embedding_dense_backward")
    return backward(rows, indices, num_weights, padding_idx, by_freq)  # type: ignore[no-any-return]


def embedding_bag_samples_backward(
    grad: Tensor, weight: Tensor, indices: Tensor, offsets: Tensor, bag: Tensor, mode: int, padding_idx: int = -1
) -> Tensor:
    """The cotangent of the weights of the samples, which only sums have."""
    bag = bag if bag.numel() else bag_numbers(indices, offsets, False)
    found = (grad[bag] * weight[indices]).sum(-1)
    return found if padding_idx < 0 else torch.where(indices == padding_idx, 0, found)
