"""Functions of rows, a block of rows at a time: what keeps the memory of attention and of its derivatives linear.

A row of an attention looks at all keys, and at no other row. So the attention, its tangent, its cotangents, and every
derivative of those is a function of a block of rows: what belongs to rows is sliced and concatenated, what all rows
share is passed whole, and its cotangents are added up. `oplift::rowwise` is that statement as an operator. Its
derivatives and its batching are such functions again, so no transform, to no order, holds more than one block of the
[rows, keys] matrices; a pullback computes a block anew instead of keeping it.

It is written by hand because a function is no type of PyTorch's schemas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad
from torch.utils.checkpoint import checkpoint

from oplift.batching import BatchLevel
from oplift.forward import ForwardLevel
from oplift.rule import Rules, Unbatched, operator
from oplift.rules.nested import pull
from oplift.stack import Level

Tensors = Sequence[Tensor | None]

#: How many bytes of a [rows, keys] matrix a block should have: so many lie in a core's cache, or keep a GPU busy.
BLOCK_BYTES = {"cpu": 2 << 20}
BLOCK_BYTES_ELSEWHERE = 64 << 20
#: Fewer rows would make the matrix products slow. So many cost no more memory than keys that are as wide.
FEWEST_ROWS = 64


@dataclass(frozen=True)
class Axes:
    """Where an operand or an output has rows and keys; negative, so that a batch dimension in front moves nothing.

    Args:
        rows: the dimension along which it is sliced or concatenated; None: all blocks share it.
        keys: the dimension that counts keys, or None.
    """

    rows: int | None = None
    keys: int | None = None


@dataclass(frozen=True)
class Rowwise:
    """A function of a block of rows.

    Args:
        fn: ``(start, *operands) -> outputs``, pure; `start` is the number of the block's first row, and None stands
            for an operand or an output that is not there.
        operands, outputs: their axes. An output without rows is summed over the blocks.
        width: how many numbers a row has in the largest matrix that `fn` makes.
        diagonal: row i has no use for keys after i + diagonal, and a block is given none after its last row's; None: it
            has for all.
    """

    fn: Callable[..., Tensors]
    operands: tuple[Axes, ...]
    outputs: tuple[Axes, ...]
    width: int
    diagonal: int | None = None

    def __call__(self, *operands: Tensor | None) -> list[Any]:
        """The outputs for all rows."""
        return operator("oplift::rowwise")(list(operands), self)  # type: ignore[no-any-return]


def rowwise(operands: Tensors, function: Rowwise) -> list[Tensor | None]:
    """The implementation of `oplift::rowwise` on plain tensors: one block after the other."""
    length = _extent(operands, [axes.rows for axes in function.operands])
    keys = _extent(operands, [axes.keys for axes in function.operands])
    rows = _rows(function, length, operands)
    if rows >= length:
        return list(function.fn(0, *operands))
    parts: list[list[Any]] = [[] for _ in function.outputs]
    for start in range(0, length, rows):
        stop = min(start + rows, length)
        seen = keys if function.diagonal is None else min(max(stop + function.diagonal, 1), keys)
        block = [_sliced(x, axes, start, stop, seen) for x, axes in zip(operands, function.operands, strict=True)]
        for part, out, axes in zip(parts, _outputs(function.fn, start, block), function.outputs, strict=True):
            if out is not None:
                _collect(part, _all_keys(out, axes, keys), axes)
    return [_joined(part, axes) for part, axes in zip(parts, function.outputs, strict=True)]


def _extent(operands: Tensors, dims: Iterable[int | None]) -> int:
    """The size of the first operand that has such a dimension."""
    found = (x.shape[dim] for x, dim in zip(operands, dims, strict=True) if x is not None and dim is not None)
    return next(found, 1)


def _rows(function: Rowwise, length: int, operands: Tensors) -> int:
    """The number of rows in a block, such that all blocks have about as many."""
    first = next(x for x in operands if x is not None)
    budget = BLOCK_BYTES.get(first.device.type, BLOCK_BYTES_ELSEWHERE)
    most = max(FEWEST_ROWS, budget // max(1, function.width * first.dtype.itemsize))
    return -(-length // max(1, -(-length // most)))


def _sliced(x: Tensor | None, axes: Axes, start: int, stop: int, keys: int) -> Tensor | None:
    if x is None:
        return None
    x = x if axes.rows is None else x.narrow(axes.rows, start, stop - start)
    return x if axes.keys is None or x.shape[axes.keys] == keys else x.narrow(axes.keys, 0, keys)


def _outputs(fn: Callable[..., Tensors], start: int, block: Tensors) -> Tensors:
    """A block's outputs; where PyTorch's own autograd records, it too shall compute the block anew."""
    if torch.is_grad_enabled() and any(x is not None and x.requires_grad for x in block):
        return checkpoint(fn, start, *block, use_reentrant=False, preserve_rng_state=False)  # type: ignore[no-any-return]
    return fn(start, *block)


def _all_keys(out: Tensor, axes: Axes, keys: int) -> Tensor:
    """An output for the first keys with zeros for the others."""
    if axes.keys is None or out.shape[axes.keys] == keys:
        return out
    return pad(out, [0, 0] * (-1 - axes.keys) + [0, keys - out.shape[axes.keys]])


def _collect(part: list[Tensor], out: Tensor, axes: Axes) -> None:
    if part and axes.rows is None:
        part[0] = part[0] + out
    else:
        part.append(out)


def _joined(part: list[Tensor], axes: Axes) -> Tensor | None:
    if not part:
        return None
    return part[0] if axes.rows is None else torch.cat(part, axes.rows)


# ---- the derivatives and the batching of a function of rows are functions of rows


def _pushed(function: Rowwise) -> Rowwise:
    """(primals, tangents) -> (outputs, their tangents)"""

    def push(start: int, *both: Tensor | None) -> Tensors:
        half = len(both) // 2
        with ForwardLevel() as level, Level.rules():
            duals = [x if t is None else level.dual(x, t) for x, t in zip(both[:half], both[half:], strict=True)]  # type: ignore[arg-type]
            pairs = [(None, None) if y is None else level.lower(y) for y in function.fn(start, *duals)]
        return [y for y, _ in pairs] + [t for _, t in pairs]

    return replace(function, fn=push, operands=function.operands * 2, outputs=function.outputs * 2)


def _pulled(function: Rowwise, needs: Sequence[bool]) -> Rowwise:
    """(primals, cotangents of the outputs) -> cotangents of the primals, None where not needed"""
    count = len(function.operands)

    def pull_block(start: int, *both: Tensor | None) -> Tensors:
        return pull(lambda *primals: function.fn(start, *primals), both[:count], both[count:], needs)

    operands = (*function.operands, *function.outputs)
    return replace(function, fn=pull_block, operands=operands, outputs=function.operands)


def _for_examples(function: Rowwise, size: int, batched: Sequence[bool]) -> tuple[Rowwise, list[bool]]:
    """A function of all examples at once, and which of its outputs are batched: known as soon as it ran."""
    seen: list[bool] = []

    def examples(start: int, *values: Tensor | None) -> Tensors:
        with BatchLevel(size) as level, Level.rules():
            flags = zip(values, batched, strict=True)
            outs = function.fn(start, *[level.batched(x) if flag else x for x, flag in flags])  # type: ignore[arg-type]
            seen[:] = [getattr(y, "level", None) is level for y in outs]
        return [y.value if flag else y for y, flag in zip(outs, seen, strict=True)]  # type: ignore[union-attr]

    return replace(function, fn=examples, width=function.width * max(size, 1)), seen


def _batch(size: int, batched: Any, operands: Tensors, function: Rowwise) -> list[Any]:
    for_examples, seen = _for_examples(function, size, batched[0])
    outs = for_examples(*operands)
    return [y if flag or y is None else Unbatched(y) for y, flag in zip(outs, seen, strict=True)]


def _jvp(tangents: Any, operands: Tensors, function: Rowwise) -> tuple[list[Any], list[Any]]:
    both = _pushed(function)(*operands, *tangents[0])
    half = len(function.outputs)
    return both[:half], both[half:]


def _vjp(needs: Any, operands: Tensors, function: Rowwise) -> tuple[list[Any], Callable[..., Any]]:
    pulled = _pulled(function, needs[0])

    def rowwise_pullback(grads: Tensors) -> tuple[list[Any]]:
        return (pulled(*operands, *grads),)

    return function(*operands), rowwise_pullback


RULES = {
    "oplift::rowwise": Rules(
        schema="(Tensor?[] operands, Any function) -> Tensor?[]",
        fn=rowwise,
        batch=_batch,
        jvp=_jvp,
        vjp=_vjp,
        origin="rules/rowwise.py",
        kind="python",
        form="python",
    ),
}
