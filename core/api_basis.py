"""The standard basis, in blocks, that the Jacobian transforms push forward or pull back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .stack import KINDS

__all__ = ["IN_USE", "Basis", "basis", "bottom", "dense", "first_row", "starts", "zeros"]

#: The large blocks of the bases that are in use: by identity, the block, where its identity matrix begins, and its version.
IN_USE: dict[int, tuple[Tensor, int, int]] = {}
#: Below this number of elements a product with a block costs no more than what copying rows in its place does. Measured on
#: a CPU core: at 64 x 64 they break even, at 128 x 128 copying is 2 times faster, at 512 x 512 14 times.
WORTH_KNOWING = 10_000


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


class Basis:
    """`basis`, as a context: until it is left, rules can tell its large blocks from other tensors by `first_row`.

    Args:
        tensors, first, last: as of `basis`.
    """

    def __init__(self, tensors: Sequence[Tensor], first: int, last: int) -> None:
        self.blocks = basis(tensors, first, last)
        self.tensors, self.first = tensors, first
        self.large = any([x is not None and x.numel() >= WORTH_KNOWING for x in self.blocks])

    def __enter__(self) -> list[Tensor | None]:
        if self.large:
            for block, start in zip(self.blocks, starts(self.tensors), strict=False):
                if type(block) is Tensor and not block.is_inference():
                    IN_USE[id(block)] = (block, start - self.first, block._version)
        return self.blocks

    def __exit__(self, *exc: Any) -> None:
        if self.large:
            for block in self.blocks:
                IN_USE.pop(id(block), None)


def first_row(x: Any) -> int | None:
    """Return at which row the identity begins in a block of a basis that is in use; None for any other tensor.

    Row r of the block is zero but for a 1 at element r - first_row, so that a product with it can be read off. It is
    negative where rows are cut off. A block that was written to is no basis any more.

    >>> with Basis([torch.ones(2), torch.ones(300)], 0, 302) as blocks:
    ...     first_row(blocks[1])
    2
    >>> first_row(blocks[1]) is first_row(torch.eye(300)) is None
    True
    """
    found = IN_USE.get(id(x))
    return found[1] if found is not None and found[0]._version == found[2] else None


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
