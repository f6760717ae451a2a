"""What every formula in a spec may call, and what generated jvp and vjp rules need besides.

Tensors here are one level down: plain ones or tracers. Nothing is changed in place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, TypeVar

import torch

from oplift.errors import UndeclaredDerivative
from oplift.reverse import sum_to
from oplift.rule import operator
from oplift.stack import KINDS

__all__ = [
    "adj",
    "channels",
    "device",
    "dtype",
    "mH",
    "ndim",
    "put_dim",
    "put_flat",
    "reduced",
    "shape",
    "shared_cotangent",
    "sizes_or_none",
    "split_sizes",
    "sum_to",
    "take_dim",
    "take_flat",
    "unreduce",
    "zeros",
]

Tensor = torch.Tensor
Dims = int | Sequence[int] | None
_Function = TypeVar("_Function", bound=Callable[..., Any])


def metadata(function: _Function) -> _Function:
    """Mark a helper that reads only shapes and dtypes: what it returns is saved for the pullback, not its operands."""
    function.metadata = True  # type: ignore[attr-defined]
    return function


# ---------------------------------------------------------------- facts
@metadata
def shape(x: Any) -> Any:
    """The shape of a tensor, ``()`` of a number, None of None."""
    return x.shape if isinstance(x, torch.Tensor) else None if x is None else torch.Size(())


@metadata
def ndim(x: Any) -> int:
    """The number of dimensions of a tensor, 0 of a number and of None."""
    return x.ndim if isinstance(x, torch.Tensor) else 0


@metadata
def dtype(x: Any) -> Any:
    """The dtype of a tensor, None of anything else."""
    return x.dtype if isinstance(x, torch.Tensor) else None


@metadata
def device(x: Any) -> Any:
    """The device of a tensor, None of anything else."""
    return x.device if isinstance(x, torch.Tensor) else None


@metadata
def sizes_or_none(x: Tensor | None) -> list[int] | None:
    """The shape as a list, None for an operand that is not there (the `bias_sizes` of convolution_backward)."""
    return None if x is None else list(x.shape)


# ---------------------------------------------------------------- adjoints
def adj(x: Any) -> Any:
    """The conjugate of a complex tensor or number; anything else as it is."""
    if isinstance(x, torch.Tensor):
        return x.conj() if x.dtype.is_complex else x
    return x.conjugate() if x.__class__ is complex else x


def mH(x: Tensor) -> Tensor:
    """The conjugate transpose of matrices. ``[..., m, n] -> [..., n, m]``"""
    x = x.transpose(-2, -1)
    return x.conj() if x.dtype.is_complex else x


def zeros(x: Any) -> Any:
    """Zeros like a tensor; the number 0 for a number."""
    return torch.zeros_like(x) if isinstance(x, torch.Tensor) else 0


# ---------------------------------------------------------------- dimensions
def unreduce(x: Tensor, shape: Sequence[int], dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Undo the shape of a reduction: `x` repeated along the dimensions that were reduced.

    Args:
        x: a result of the reduction.
        shape: of what was reduced.
        dim: along which dimensions; None or an empty list stands for all.
        keepdim: whether `x` still has them.
    """
    rank = len(shape)
    if not keepdim and rank:
        if isinstance(dim, int):
            x = x.unsqueeze(dim)
        elif dim:
            reduced = {d % rank for d in dim}
            x = x.reshape([1 if d in reduced else n for d, n in enumerate(shape)])
    return x.expand(shape)


def take_dim(x: Tensor, dim: int, index: Tensor, keepdim: bool = True) -> Tensor:
    """The elements at the places that a reduction along `dim` chose."""
    if not x.ndim:
        return x
    if keepdim:
        return x.gather(dim, index)
    return x.gather(dim, index.unsqueeze(dim)).squeeze(dim)


def put_dim(x: Tensor, shape: Sequence[int], dim: int, index: Tensor, keepdim: bool = True) -> Tensor:
    """The transpose of `take_dim`: a tensor of `shape`, zero but at the chosen places."""
    if not shape:
        return x
    if not keepdim:
        x, index = x.unsqueeze(dim), index.unsqueeze(dim)
    return x.new_zeros(shape).scatter_add(dim, index, x)


def take_flat(x: Tensor, index: Tensor, rank: int) -> Tensor:
    """Elements at indices into the last `rank` dimensions taken as one; the result has the shape of `index`."""
    return x.flatten(-rank).gather(-1, index.flatten(-rank)).reshape(index.shape)


def put_flat(x: Tensor, shape: Sequence[int], index: Tensor, rank: int) -> Tensor:
    """The transpose of `take_flat`: a tensor of `shape` to which `x` is added at the indices."""
    flat = x.new_zeros(shape).flatten(-rank)
    return flat.scatter_add(-1, index.flatten(-rank), x.flatten(-rank)).reshape(shape)


def channels(x: Tensor, ndim: int) -> Tensor:
    """One number for each channel, to be broadcast over ``[N, C, ...]`` of `ndim` dimensions."""
    return x.reshape((-1,) + (1,) * (ndim - 2))


def split_sizes(x: Tensor, sizes: Sequence[int], dim: int = 0) -> list[Tensor]:
    """Consecutive pieces of these sizes."""
    return list(x.split_with_sizes(list(sizes), dim))


# ---------------------------------------------------------------- for generated rules
def tangent_or_zeros(tangent: Tensor | None, primal: Any) -> Any:
    """A tangent that a rule needs although it may be a symbolic zero."""
    return zeros(primal) if tangent is None and primal is not None else tangent


def tangents_or_zeros(tangents: Sequence[Tensor | None] | None, primals: Sequence[Any]) -> list[Any]:
    """As `tangent_or_zeros`, for a list."""
    if tangents is None:
        return [zeros(x) for x in primals]
    return [tangent_or_zeros(t, x) for t, x in zip(tangents, primals, strict=True)]


def likeness(x: Tensor) -> tuple[Any, ...]:
    """What it takes to make zeros like `x` when it is gone."""
    return x.shape, x.dtype, x.device


def cotangent_or_zeros(cotangent: Tensor | None, like: tuple[Any, ...]) -> Tensor:
    """A cotangent that a pullback needs although it is a symbolic zero."""
    if cotangent is not None:
        return cotangent
    return torch.zeros(like[0], dtype=like[1], device=like[2])


def total(*terms: Tensor | None) -> Tensor | None:
    """The sum of the terms that are there."""
    found = None
    for term in terms:
        if term is not None:
            found = term if found is None else found + term
    return found


def plus_product(total: Tensor, left: Any, right: Any, scale: float = 1) -> Tensor:
    """``total + left * right * scale``, as one kernel for tensors with dimensions.

    One without dimensions may live on another device, where it is a factor of a product and not of addcmul.
    """
    traced = False
    for x in (total, left, right):
        if not isinstance(x, Tensor) or not x.ndim:
            return _plus_product(total, left, right, scale)
        traced = traced or type(x) in KINDS
    try:
        if traced:
            return operator("aten::addcmul")(total, left, right, scale)  # type: ignore[no-any-return]
        return total.addcmul(left, right, value=scale)
    except NotImplementedError:  # sparse tensors have products and sums, but not this one
        return _plus_product(total, left, right, scale)


def _plus_product(total: Tensor, left: Any, right: Any, scale: float) -> Tensor:
    return total + left * (right if scale == 1 else right * scale)


def not_implemented(op: str, argument: str) -> UndeclaredDerivative:
    """The error for an argument whose derivative the spec of `op` does not give."""
    return UndeclaredDerivative(
        f"{op} cannot be differentiated with respect to '{argument}': its spec says not_implemented. Detach that "
        "operand if its derivative is not needed"
    )


# ---------------------------------------------------------------- losses
#: What the argument `reduction` of a loss says, besides 0 for none.
MEAN, SUM = 1, 2


def reduced(losses: Tensor, reduction: int) -> Tensor:
    """The losses of one example, reduced."""
    if reduction == MEAN:
        return losses.mean()
    return losses.sum() if reduction == SUM else losses


def shared_cotangent(grad: Tensor, reduction: int, shape: Sequence[int]) -> Tensor:
    """The cotangent of each of the losses of a `shape`, from that of the reduced loss."""
    return grad / max(prod(shape), 1) if reduction == MEAN else grad
