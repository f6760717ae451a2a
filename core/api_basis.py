"""The standard basis, in blocks, that the Jacobian transforms push forward or pull back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .stack import KINDS

__all__ = ["basis", "bottom", "dense", "starts", "zeros"]


def bottom(tensor: Any) -> Any:
    """Return the tensor below all tracers; only its kind, dtype and device mean anything."""
    while type(tensor) in KINDS:
        tensor = tensor.value
    return tensor


def zeros(like: Tensor, shape: Sequence[int]) -> Tensor:
    """Return zeros that are the same for every example of every level."""
    found: Tensor = bottom(like).new_zeros(shape)
    return found


def dense(found: Sequence[Tensor | None], like: Sequence[Tensor]) -> list[Tensor]:
    """Turn symbolic zeros into tensors."""
    return [zeros(x, x.shape) if value is None else value for value, x in zip(found, like, strict=True)]


def starts(tensors: Sequence[Tensor]) -> list[int]:
    """Return the row at which each tensor's block begins, and the number of all rows at the end.

    >>> starts([torch.ones(3), torch.ones(2, 2)])
    [0, 3, 7]
    """
    offsets = [0]
    for tensor in tensors:
        offsets.append(offsets[-1] + tensor.numel())
    return offsets


def basis(tensors: Sequence[Tensor], first: int, last: int) -> list[Tensor | None]:
    """Return rows `first` to `last` of the identity over all elements of `tensors`.

    The rows are cut into one block `(last - first, *tensor.shape)` for each tensor; None stands for a block of zeros,
    of a tensor that has no element among the rows.

    >>> basis([torch.ones(2), torch.ones(1), torch.ones(1)], 1, 3)
    [tensor([[0., 1.],
            [0., 0.]]), tensor([[0.],
            [1.]]), None]
    """
    blocks: list[Tensor | None] = []
    for tensor, start in zip(tensors, starts(tensors), strict=False):
        stop = start + tensor.numel()
        inside = (start < last and stop > first) or start == stop
        blocks.append(_block(tensor, last - first, start - first) if inside else None)
    return blocks


def _block(tensor: Tensor, rows: int, start: int) -> Tensor:
    """Return the block of a tensor whose first element belongs to row `start`."""
    columns = tensor.numel()
    like = bottom(tensor)
    if (type(like) is not Tensor and type(like) is not torch.nn.Parameter) or torch._C._len_torch_dispatch_stack():
        block = _block_by_operators(like, rows, columns, start)
    elif start == 0:
        block = torch.eye(rows, columns, dtype=tensor.dtype, device=tensor.device)
    else:
        block = torch.zeros(rows, columns, dtype=tensor.dtype, device=tensor.device)
        block.diagonal(-start).fill_(1)
    return block if tensor.ndim == 1 else block.reshape(rows, *tensor.shape)


def _block_by_operators(like: Tensor, rows: int, columns: int, start: int) -> Tensor:
    """Build the block from pure operators that every subclass has.

    A plain tensor may not meet a DTensor, and a mode that records operators should see no in-place one.
    """
    row = like.new_ones(rows, dtype=torch.int64).cumsum(0)
    column = like.new_ones(columns, dtype=torch.int64).cumsum(0) + start
    return (row[:, None] == column[None]).to(like.dtype)
