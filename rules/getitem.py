"""Python's basic indexing as operators: `x[index]` with integers, slices, None and Ellipsis alone.

One operator, however long the index is, is what makes `x[:, None, 0]` cost as much as one view. They are written by
hand because an index is no type of PyTorch's schemas.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from oplift.rule import Rules, operator

Tensor = torch.Tensor
Index = tuple[Any, ...]
_ALL = (slice(None),)


def getitem(self: Tensor, index: Index) -> Tensor:
    """x[index], ([*shape]) -> a view of it."""
    return self[index]


def getitem_backward(grad: Tensor, shape: Sequence[int], index: Index) -> Tensor:
    """Zeros of `shape` with `grad` at `index`: the transpose of getitem."""
    if grad.numel() == math.prod(shape):
        return grad.reshape(shape)
    return _written(grad.new_zeros(shape), index, grad)


def setitem(self: Tensor, index: Index, value: Tensor) -> Tensor:
    """A copy of x with `value`, broadcast and cast, at `index`."""
    return _written(self if torch._C._len_torch_dispatch_stack() else self.clone(), index, value)


def _written(own: Tensor, index: Index, value: Tensor) -> Tensor:
    """A tensor that nobody else holds with `value` at `index`."""
    if torch._C._len_torch_dispatch_stack():  # a mode that records operators should see no in-place one
        return _setitem_by_scatters(own, index, value)
    own[index] = value
    return own


def _setitem_by_scatters(self: Tensor, index: Index, value: Tensor) -> Tensor:
    """setitem by pure operators: the view step by step, and its inverse back."""
    bases, steps, dim, view = [], [], 0, self
    given = sum(item is not None and item is not Ellipsis for item in index)
    for item in index:
        if item is Ellipsis:
            dim += self.ndim - given
            continue
        if item != slice(None):
            bases.append(view)
            steps.append((dim, item))
            view = view[(slice(None),) * dim + (item,)]
        dim += not isinstance(item, int)
    value = value.to(self.dtype)
    new = value.reshape(value.shape[max(value.ndim - view.ndim, 0) :]).expand(view.shape)
    for base, (at, item) in zip(reversed(bases), reversed(steps), strict=True):
        if item is None:
            new = new.squeeze(at)
        elif isinstance(item, slice):
            new = torch.slice_scatter(base, new, at, item.start, item.stop, 1 if item.step is None else item.step)
        else:
            new = torch.select_scatter(base, new, at, item)
    return new


def _getitem_batch(size: int, batched: Any, self: Tensor, index: Index) -> Tensor:
    return self[_ALL + index]


def _getitem_jvp(tangents: Any, self: Tensor, index: Index) -> Any:
    tangent = tangents[0]
    return self[index], None if tangent is None else tangent[index]


def _getitem_vjp(needs: Any, self: Tensor, index: Index) -> Any:
    shape = self.shape

    def pullback(grad: Tensor) -> Any:
        return (operator("oplift::getitem_backward")(grad, shape, index),)

    return self[index], pullback


def _getitem_inverse(new: Tensor, base: Tensor, index: Index) -> Tensor:
    return operator("oplift::setitem")(base, index, new)  # type: ignore[no-any-return]


def _getitem_backward_batch(size: int, batched: Any, grad: Tensor, shape: Sequence[int], index: Index) -> Tensor:
    return operator("oplift::getitem_backward")(grad, (size, *shape), _ALL + index)  # type: ignore[no-any-return]


def _getitem_backward_jvp(tangents: Any, grad: Tensor, shape: Sequence[int], index: Index) -> Any:
    transpose, tangent = operator("oplift::getitem_backward"), tangents[0]
    return transpose(grad, shape, index), None if tangent is None else transpose(tangent, shape, index)


def _getitem_backward_vjp(needs: Any, grad: Tensor, shape: Sequence[int], index: Index) -> Any:
    def pullback(cotangent: Tensor) -> Any:
        return (cotangent[index],)

    return operator("oplift::getitem_backward")(grad, shape, index), pullback


def _setitem_batch(size: int, batched: Any, self: Tensor, index: Index, value: Tensor) -> Tensor:
    of_self, of_value = batched
    if not of_self:
        self = self.expand(size, *self.shape)
    if of_value:
        value = _padded(value, self[_ALL + index].ndim)
    return operator("oplift::setitem")(self, _ALL + index, value)  # type: ignore[no-any-return]


def _padded(value: Tensor, rank: int) -> Tensor:
    """A batched value with ones behind the batch up to `rank`; dimensions of one in excess go, as in PyTorch."""
    shape = value.shape[1:]
    while len(shape) >= rank and len(shape) and shape[0] == 1:
        shape = shape[1:]
    return value.reshape(value.shape[0], *(1,) * (rank - 1 - len(shape)), *shape)


def _setitem_jvp(tangents: Any, self: Tensor, index: Index, value: Tensor) -> Any:
    write = operator("oplift::setitem")
    self_t, value_t = tangents
    out = write(self, index, value)
    if self_t is None:
        self_t = self.new_zeros(self.shape)
    return out, write(self_t, index, self_t.new_zeros(()) if value_t is None else value_t)


def _setitem_vjp(needs: Any, self: Tensor, index: Index, value: Tensor) -> Any:
    def pullback(grad: Tensor) -> Any:
        of_self = operator("oplift::setitem")(grad, index, grad.new_zeros(())) if needs[0] else None
        return of_self, grad[index] if needs[1] else None

    return operator("oplift::setitem")(self, index, value), pullback


_BY_HAND: Any = {"kind": "python", "form": "python", "origin": "rules/getitem.py"}
RULES = {
    "oplift::getitem": Rules(
        schema="(Tensor(a) self, Any index) -> Tensor(a)",
        fn=getitem,
        batch=_getitem_batch,
        jvp=_getitem_jvp,
        vjp=_getitem_vjp,
        inverse=_getitem_inverse,
        **_BY_HAND,
    ),
    "oplift::getitem_backward": Rules(
        schema="(Tensor grad, Any shape, Any index) -> Tensor",
        fn=getitem_backward,
        batch=_getitem_backward_batch,
        jvp=_getitem_backward_jvp,
        vjp=_getitem_backward_vjp,
        **_BY_HAND,
    ),
    "oplift::setitem": Rules(
        schema="(Tensor self, Any index, Tensor value) -> Tensor",
        fn=setitem,
        batch=_setitem_batch,
        jvp=_setitem_jvp,
        vjp=_setitem_vjp,
        **_BY_HAND,
    ),
}
