"""Products of groups of rows, each with a matrix of its own: what mixtures of experts are made of.

`_grouped_mm(a, b, offs)` has four forms, told apart by rank; the groups of the ragged dimension end at `offs`. Each form's
adjoints are the product again, in another form: ragged rows [t, k] x [g, k, n], ragged columns [g, m, k] x [k, t], a
ragged sum [m, t] x [t, n] -> [g, m, n], and, without `offs`, bmm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .matmul import mT

#: The kernel reads rows (or columns) that begin at multiples of so many bytes.
_ALIGNMENT = 16


def aligned(x: Tensor) -> Tensor:
    """`x`, copied if the kernel would refuse its strides."""
    unit = _ALIGNMENT // x.dtype.itemsize
    last, row = x.stride(-1), x.stride(-2)
    if (last == 1 and row >= max(1, x.shape[-1]) and row % unit == 0) or (
        row == 1 and last >= max(1, x.shape[-2]) and last % unit == 0
    ):
        return x
    n = x.shape[-1]
    return torch.nn.functional.pad(x, (0, -n % unit)).narrow(-1, 0, n)


def grouped(a: Tensor, b: Tensor, offs: Tensor | None) -> Tensor:
    """The product of groups, for any strides."""
    return torch._grouped_mm(aligned(a), aligned(b), offs=offs)


def grouped_mm_batch(
    size: int,
    batched: Sequence[bool],
    self: Tensor,
    mat2: Tensor,
    offs: Tensor | None = None,
    bias: Tensor | None = None,
    out_dtype: torch.dtype | None = None,
) -> Any:
    """The batch joins the groups. By hand: which rows belong together must be worked out again."""
    of_self, of_mat2, of_offs = batched[:3]
    ranks = self.ndim - of_self, mat2.ndim - of_mat2
    if offs is None:
        return self.matmul(mat2)
    if ranks == (3, 2):
        return mT(grouped_mm_batch(size, (of_mat2, of_self, of_offs), mT(mat2), mT(self), offs))
    self = self if of_self else self.expand(size, *self.shape)
    ends = offs if of_offs else offs.expand(size, *offs.shape)
    if ranks == (2, 2):
        mat2 = mat2 if of_mat2 else mat2.expand(size, *mat2.shape)
        return _ragged_sum(size, self, mat2, ends)
    if of_mat2:  # rows in no group of an example, of which nothing is said, go to the next example's first
        return grouped(self.flatten(0, 1), mat2.flatten(0, 1), _in_a_row(ends, self.shape[1])).view(
            size, self.shape[1], -1
        )
    return _ragged_rows(size, self, mat2, ends)


def _in_a_row(ends: Tensor, length: int) -> Tensor:
    """The ends of each example's groups, [b, g] -> [b * g], when examples of this length lie one after the other."""
    first = length * torch.arange(ends.shape[0], dtype=ends.dtype, device=ends.device).unsqueeze(-1)
    return (ends + first).flatten()


def _ragged_rows(size: int, rows: Tensor, mats: Tensor, ends: Tensor) -> Tensor:
    """([b, t, k], [g, k, n], [b, g]) -> [b, t, n]: all rows of a matrix, of whichever example, are one group."""
    length, groups = rows.shape[1], ends.shape[-1]
    places = torch.arange(length, dtype=ends.dtype, device=ends.device).expand(size, length)
    which = torch.searchsorted(ends.contiguous(), places.contiguous(), right=True)  # [b, t]; `groups`: in none
    which, order = which.flatten().sort(stable=True)
    numbers = torch.arange(groups, dtype=which.dtype, device=which.device)
    offs = torch.searchsorted(which, numbers, right=True).to(ends.dtype)
    out = grouped(rows.flatten(0, 1).index_select(0, order), mats, offs)
    return out.index_select(0, order.argsort()).unflatten(0, (size, length))


def _ragged_sum(size: int, a: Tensor, b: Tensor, ends: Tensor) -> Tensor:
    """([b, m, t], [b, t, n], [b, g]) -> [b, g, m, n]; what is in no group of an example is one more, left out after."""
    length, groups = a.shape[-1], ends.shape[-1]
    offs = _in_a_row(torch.nn.functional.pad(ends, (0, 1), value=length), length)
    out = grouped(mT(mT(a).flatten(0, 1)), b.flatten(0, 1), offs)
    return out.unflatten(0, (size, groups + 1)).narrow(1, 0, groups)
