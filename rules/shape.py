"""Helpers of shape.yaml: joining, repeating, padding and rearranging."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import torch

from oplift.rules.views import agreed, in_memory_order, shifted, spread

Tensor = torch.Tensor

# ---- joining


def cat_batch(size: int, batched: Any, tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """By hand because cat accepts tensors of shape [0] among others of any rank."""
    operands = [spread(t, flag, size) for t, flag in zip(tensors, batched[0], strict=True)]
    largest = max(operands, key=_rank)
    if any(t.ndim != largest.ndim for t in operands):
        shape = list(largest.shape)
        shape[shifted(dim)] = 0
        operands = [t.new_zeros(shape) if t.shape[1:] == (0,) else t for t in operands]
    return torch.cat(operands, shifted(dim))


def _rank(t: Tensor) -> int:
    return t.ndim


def cat_pieces(grad: Tensor, shapes: Sequence[Sequence[int]], dim: int) -> list[Tensor]:
    """The cotangents of the operands of cat."""
    sizes = [0 if len(s) != grad.ndim else s[dim] for s in shapes]
    pieces = grad.split(sizes, dim)
    return [p if p.shape == s else p.reshape(s) for p, s in zip(pieces, shapes, strict=True)]


def chunk_cat(tensors: Sequence[Tensor], dim: int, num_chunks: int) -> Tensor:
    """_chunk_cat: each tensor cut into `num_chunks` rows along `dim`, the rows of all tensors joined."""
    return torch.cat([_rows(t, dim % t.ndim, num_chunks) for t in tensors], dim + 1 if dim >= 0 else -1)


def _rows(t: Tensor, dim: int, num_chunks: int) -> Tensor:
    """t padded and reshaped to (*leading, num_chunks, rest)."""
    each = -(-t.shape[dim] // num_chunks)
    missing = each * num_chunks - t.shape[dim]
    if missing:
        t = torch.constant_pad_nd(t, [0, 0] * (t.ndim - 1 - dim) + [0, missing])
    rest = each * math.prod(t.shape[dim + 1 :])
    return t.reshape(*t.shape[:dim], num_chunks, rest)


def meshgrid(tensors: Sequence[Tensor], indexing: str = "ij") -> list[Tensor]:
    """meshgrid as expanded views."""
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f"meshgrid: indexing must be one of 'xy' or 'ij', but received: {indexing}")
    shape = [t.numel() for t in tensors]
    grids = [t.reshape(*(1,) * i, -1, *(1,) * (len(tensors) - 1 - i)).expand(shape) for i, t in enumerate(tensors)]
    return [g.transpose(0, 1) for g in grids] if indexing == "xy" and len(grids) > 1 else grids


def one_hot(self: Tensor, num_classes: int = -1) -> Tensor:
    """one_hot as a scatter, which checks that every class is in range."""
    if num_classes < 0:
        if not self.numel():
            raise RuntimeError("one_hot: cannot infer the number of classes from an empty tensor; give num_classes")
        num_classes = agreed(self.max(), "one_hot without num_classes") + 1
    if self.dtype is not torch.int64:
        raise RuntimeError(f"one_hot is only applicable to index tensors of type LongTensor, not {self.dtype}")
    zeros = torch.zeros((*self.shape, num_classes), dtype=torch.int64, device=self.device)
    return zeros.scatter(-1, self.unsqueeze(-1), 1) if self.numel() else zeros


def pad_sequence(
    sequences: Sequence[Tensor], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Sequences side by side, as long as the longest; C++ writes them into a tensor of its own, which no level sees."""
    if padding_side not in ("left", "right"):
        raise ValueError(f"pad_sequence: padding_side must be 'left' or 'right', got {padding_side!r}")
    longest = max(x.shape[0] for x in sequences)
    padded = []
    for x in sequences:
        gap = longest - x.shape[0]
        ends = [0, gap] if padding_side == "right" else [gap, 0]
        x = x if x.dtype is sequences[0].dtype else x.to(sequences[0].dtype)
        padded.append(torch.nn.functional.pad(x, [0, 0] * (x.ndim - 1) + ends, value=padding_value))
    return torch.stack(padded, 0 if batch_first else 1)


def block_diag(tensors: Sequence[Tensor]) -> Tensor:
    """block_diag as padded rows of blocks."""
    blocks = [t if t.ndim == 2 else t.reshape(1, -1) for t in tensors]
    ends = list(accumulate(b.shape[1] for b in blocks))
    return torch.cat(
        [torch.constant_pad_nd(b, [end - b.shape[1], ends[-1] - end]) for b, end in zip(blocks, ends, strict=True)]
    )


# ---- repeating


def repeat_backward(grad: Tensor, shape: Sequence[int], repeats: Sequence[int]) -> Tensor:
    """The sum of all copies that `repeat` made of a tensor of this shape."""
    padded = [1] * (len(repeats) - len(shape)) + list(shape)
    split: list[int] = []
    copies = []
    for r, n in zip(repeats, padded, strict=True):
        if r != 1:
            copies.append(len(split))
            split.append(r)
        split.append(n)
    grad = grad.reshape(split).sum(copies) if copies else grad
    return grad.reshape(shape)


def repeat_interleave(self: Tensor, repeats: int, dim: int | None = None, output_size: int | None = None) -> Tensor:
    """repeat_interleave by a number, as expand and reshape."""
    if dim is None:
        self, dim = self.reshape(-1), 0
    if not self.ndim:
        return self.expand(repeats)
    dim %= self.ndim
    shape = [*self.shape[: dim + 1], repeats, *self.shape[dim + 1 :]]
    return self.unsqueeze(dim + 1).expand(shape).flatten(dim, dim + 1)


def repeat_interleave_each(
    self: Tensor, repeats: Tensor, dim: int | None = None, output_size: int | None = None
) -> Tensor:
    """repeat_interleave with a number for each position, as index_select."""
    if dim is None:
        self, dim = self.reshape(-1), 0
    if repeats.numel() == 1:
        repeats = repeats.reshape(1).expand(self.shape[dim] if self.ndim else 1)
    return self.index_select(dim, torch.repeat_interleave(repeats, output_size=output_size))


# ---- rearranging


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """torch.vander, whose body in C++ writes into a tensor that it made itself."""
    count = x.shape[0] if N is None else N
    if x.ndim != 1 or count < 0:
        raise RuntimeError(
            f"vander: needs a tensor of one dimension and N >= 0, got {x.ndim} dimensions and N = {count}"
        )
    column = (x if x.dtype.is_floating_point or x.dtype.is_complex else x.to(torch.int64)).unsqueeze(1)
    powers = column.expand(-1, max(count - 1, 0)).cumprod(1)
    columns = torch.cat([torch.ones_like(column), powers], 1)[:, :count]
    return columns if increasing else columns.flip(1)


def negated(shifts: int | Sequence[int]) -> list[int]:
    """The shifts, or paddings, that undo `shifts`."""
    return [-shifts] if isinstance(shifts, int) else [-s for s in shifts]


def unshuffled(self: Tensor, factor: int) -> Tensor:
    """pixel_unshuffle; PyTorch leaves a tensor without elements in its old shape."""
    if self.numel():
        return torch.pixel_unshuffle(self, factor)
    *lead, c, h, w = self.shape
    return self.new_zeros(*lead, c * factor * factor, h // factor, w // factor)


def resize(self: Tensor, size: Sequence[int], memory_format: Any = None) -> Tensor:
    """resize as the first elements in the order of memory; there is none behind the last one."""
    if self.shape == tuple(size):
        return self
    if math.prod(size) > self.numel():
        raise RuntimeError(
            f"resize of a tensor of shape {tuple(self.shape)} to {tuple(size)} would show uninitialised memory, which "
            "has no meaning inside a transform; make a tensor of that size with new_zeros and copy into it"
        )
    return in_memory_order(self)[: math.prod(size)].reshape(size)


# ---- padding

_REFLECT = {1: "reflection_pad1d", 2: "reflection_pad2d", 3: "reflection_pad3d"}
_REPLICATE = {1: "replication_pad1d", 2: "replication_pad2d", 3: "replication_pad3d"}


def pad(self: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """torch.nn.functional.pad as the operator of its mode."""
    if mode == "constant":
        return torch.constant_pad_nd(self, pad, 0 if value is None else value)
    if value is not None and value != 0:
        raise ValueError(f'Padding mode "{mode}" doesn\'t take in value argument')
    dims = len(pad) // 2
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if dims not in _REFLECT or self.ndim not in (dims + 1, dims + 2):
        raise NotImplementedError(
            f"padding mode {mode!r} with {len(pad)} numbers pads the last {dims} dimensions of a tensor of "
            f"{dims + 1} or {dims + 2} dimensions, not of {self.ndim}; only 2, 4 or 6 numbers are possible"
        )
    if mode == "circular":
        return pad_circular(self, pad)
    names = _REFLECT if mode == "reflect" else _REPLICATE
    return getattr(torch._C._nn, names[dims])(self, pad)  # type: ignore[no-any-return]


def pad_circular(self: Tensor, pad: Sequence[int]) -> Tensor:
    """Each of the last dimensions continued by itself, or cropped where a number is negative."""
    for i in range(len(pad) // 2):
        self = _wrap_around(self, self.ndim - 1 - i, pad[2 * i], pad[2 * i + 1])
    return self


def _wrap_around(x: Tensor, dim: int, before: int, after: int) -> Tensor:
    n = x.shape[dim] + min(before, 0) + min(after, 0)
    if max(before, after) > n or n < 0:
        raise RuntimeError(
            f"circular padding ({before}, {after}) of a dimension of size {x.shape[dim]} would wrap around twice"
        )
    middle = x.narrow(dim, max(-before, 0), n)
    left = [middle.narrow(dim, n - before, before)] if before > 0 else []
    right = [middle.narrow(dim, 0, after)] if after > 0 else []
    return torch.cat([*left, middle, *right], dim) if left or right else middle
