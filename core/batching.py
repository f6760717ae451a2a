"""vmap's level: operators on a batch of examples at once.

The batch is always dimension 0 of the value. What is not batched stays unbatched: no constant is ever expanded, and a
result of unbatched operands is a plain value of the level below.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any

import torch

from .errors import FallbackWarning, MissingRule
from .fallback import decomposition, one_by_one, same_draw
from .op import Op
from .refusals import concrete, slow
from .rule import Unbatched
from .stack import KINDS, STACK, Level, settled
from .tracer import Tracer, freeze, layout_of, wrap

_Tensor = torch.Tensor
_strided = torch.strided
_make = torch.Tensor._make_wrapper_subclass
_ONLY = (True,)


class Aligned(tuple[bool, bool]):
    """Which of two operands are batched, where a pointwise rule has nothing to arrange."""

    __slots__ = ()


_BOTH, _FIRST = Aligned((True, True)), Aligned((True, False))
_RANDOMNESS = ("error", "different", "same")


class Batched(Tracer):
    """One example, as user code sees it; `value` holds all of them along dimension 0.

    Where vmaps are nested, an operator that treats all elements alike need not know of their borders: `flat` is the
    value below all the `levels` of the nest (the lowest first), with a leading dimension for each. Of `value` and
    `flat` the one that is missing is made when it is asked for.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name == "value":
            found: Any = _nested(self.flat, self.levels[:-1])
        elif name == "levels":
            below = self.value
            found = (*below.levels, self.level) if type(below) is Batched else (self.level,)
        elif name == "flat":
            below = self.value
            found = below.flat if type(below) is Batched else below
        else:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        setattr(self, name, found)
        return found

    def item(self) -> Any:
        return _agreed(self, "item()").item()

    def tolist(self) -> Any:
        raise concrete("tolist()", self)

    def __bool__(self) -> bool:
        return bool(_agreed(self, "bool()"))

    def __int__(self) -> int:
        return int(_agreed(self, "int()"))

    def __float__(self) -> float:
        return float(_agreed(self, "float()"))

    def __complex__(self) -> complex:
        raise concrete("complex()", self)

    def __index__(self) -> int:
        raise concrete("use as a Python index", self)


def _nested(flat: torch.Tensor, levels: tuple[Any, ...], shape: torch.Size | None = None) -> Batched:
    """The tracer of several nested vmaps around a value with a leading dimension for each, and of `shape` beyond."""
    k, level = len(levels), levels[-1]
    if k == 1:
        return level.batched(flat)  # type: ignore[no-any-return]
    dtype, device = flat.dtype, flat.device
    shape = flat.shape[k:] if shape is None else shape
    strides = layout_of(flat)
    strides = strides if strides is None else strides[k:]
    t: Any = _make(Batched, shape, strides, None, None, dtype, _strided, device)
    t.flat, t.levels, t.level, t.shape, t.strides, t.dtype = flat, levels, level, shape, strides, dtype
    t.device = device
    return t  # type: ignore[no-any-return]


def _agreed(tracer: Batched, what: str) -> Any:
    """The value that all examples share, where PyTorch's own code asks for it, and an error elsewhere.

    PyTorch checks its arguments (`if (var < 0).any(): raise`) and reads its counters (`float(num_batches_tracked)`):
    what is the same for all examples is the answer.
    """
    asked_by = str(sys._getframe(2).f_globals.get("__name__"))
    if asked_by.startswith(("torch.", "oplift.")) and tracer.value.numel() > 0:
        first = tracer.value[0]
        if bool((tracer.value == first).all()):
            return first
    raise concrete(what, tracer)


class BatchLevel(Level):
    """A running vmap.

    Args:
        size: number of examples.
        randomness: what a random operator does: "error", "different" or "same" numbers for each example.

    Attributes:
        nests: whether another vmap runs below, so that there may be nested batches.
    """

    def __init__(self, size: int, randomness: str = "error") -> None:
        if randomness not in _RANDOMNESS:
            raise RuntimeError(
                f"vmap: Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}"
            )
        self.size, self.randomness, self.nests = size, randomness, False

    def __enter__(self) -> BatchLevel:
        super().__enter__()
        self.nests = any([type(level) is BatchLevel for level in STACK.levels[:-1]])
        return self

    def batched(self, value: torch.Tensor) -> Batched:
        """A tracer around a value whose dimension 0 is the batch."""
        strides = layout_of(value)
        return wrap(Batched, self, value, value, value.shape[1:], strides if strides is None else strides[1:])  # type: ignore[no-any-return]

    def lift(self, tensor: torch.Tensor, dim: int) -> Batched:
        """The tracer of an input that is batched along `dim`."""
        frozen = freeze(tensor)
        tracer = self.batched(frozen if dim == 0 else frozen.movedim(dim, 0))
        self.remember(tracer, tensor, lambda t: self.lower(t, dim))
        return tracer

    def lower(self, out: Any, dim: int = 0) -> torch.Tensor:
        """One level down, with the batch at `dim`; an unbatched value is repeated for each example."""
        out = settled(out)
        if type(out) is Batched and out.level is self:
            value: torch.Tensor = out.value
        else:
            out = freeze(out)
            value = out.expand(self.size, *out.shape)
        return value if dim == 0 else value.movedim(0, dim)

    def process(self, op: Op, args: Sequence[Any]) -> Any:
        rule = op.batch
        if rule is None:
            return self._without_rule(op, args)
        if op.pointwise and self.nests:
            out = self._at_once(op, args)
            if out is not None:
                return out
        if op.special and self.randomness == "same" and self.size > 0 and op.draws(args):
            return self.join(same_draw(op, self.size, *self.split(op, args)))
        shape = None
        if op.unary:
            x = args[0]
            out = rule(self.size, _ONLY, x.value, *args[1:])
            if op.alike:
                shape = x.shape
        elif op.binary:  # `split`, written out
            x, y = args[0], args[1]
            first, second = type(x) is Batched and x.level is self, type(y) is Batched and y.level is self
            batched = (first, second)
            if op.pointwise and first:  # do they broadcast and promote with the batch as without?
                if second:
                    if len(x.shape) == len(y.shape):
                        batched = _BOTH
                        if op.alike and x.shape == y.shape:
                            shape = x.shape
                elif x.shape and (not isinstance(y, _Tensor) or not y.ndim):
                    batched = _FIRST
                    if op.alike:
                        shape = x.shape
            out = rule(self.size, batched, x.value if first else x, y.value if second else y, *args[2:])
        else:
            values, flags = self.split(op, args)
            out = rule(self.size, flags, *values)
        if type(out) is not _Tensor:
            return self.join(out)
        dtype, device = out.dtype, out.device
        if shape is None:  # slicing a torch.Size is slow
            shape = out.shape[1:]
        strides = None if out.is_contiguous() else out.stride()[1:]
        t: Any = _make(Batched, shape, strides, None, None, dtype, _strided, device)  # `wrap`, written out
        t.value, t.level, t.shape, t.strides, t.dtype, t.device = out, self, shape, strides, dtype, device
        return t

    def _at_once(self, op: Op, args: Sequence[Any]) -> Batched | None:
        """A pointwise operator on a nest of vmaps in one step, where all batched operands have the same nest and rank."""
        if op.unary:
            x = args[0]
            levels = x.levels
            if len(levels) == 1:
                return None
            return _nested(op.batch(self.size, _ONLY, x.flat, *args[1:]), levels, x.shape if op.alike else None)
        first, values, batched, shape = None, list(args), [], None
        for i in op.tensors:
            a = args[i]
            if type(a) is Batched and a.level is self:
                if first is None:
                    first, levels, rank = a, a.levels, len(a.shape)
                    shape = a.shape if op.alike else None
                elif a.levels != levels or len(a.shape) != rank:
                    return None
                elif a.shape != shape:
                    shape = None
                values[i] = a.flat
                batched.append(True)
            else:
                batched.append(False)
        if first is None or len(levels) == 1:
            return None
        for i, flag in zip(op.tensors, batched, strict=True):
            x = args[i]
            if not flag and isinstance(x, torch.Tensor):
                # beside a dimensionless example its dtype counts as much, beside a batch of them it would not
                weak = rank == 0 and x.dtype is not first.dtype
                if weak or x.ndim > rank or type(x) in KINDS:
                    return None
                if x.ndim:
                    shape = None
        return _nested(op.batch(self.size, batched, *values), levels, shape)

    def split(self, op: Op, args: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        """Args one level down, and which of the tensor arguments are batched."""
        values = list(args)
        batched: list[Any] = []
        for i in op.tensors:
            a = args[i]
            kind = type(a)
            if kind is Batched and a.level is self:
                values[i] = a.value
                batched.append(True)
            elif kind is list or kind is tuple:
                flags = [type(x) is Batched and x.level is self for x in a]
                values[i] = [x.value if flag else x for x, flag in zip(a, flags, strict=True)]
                batched.append(tuple(flags))
            else:
                batched.append(False)
        return values, batched

    def join(self, out: Any) -> Any:
        """What a rule returned, one level up."""
        if isinstance(out, _Tensor):
            return self.batched(out)
        if isinstance(out, (tuple, list)):
            return type(out)([self.join(x) for x in out])
        return out.value if type(out) is Unbatched else out

    def _without_rule(self, op: Op, args: Sequence[Any]) -> Any:
        if op.batch_unsupported:
            raise MissingRule(f"vmap: {op.name} cannot be batched: {op.batch_unsupported}")
        decompose = decomposition(op)
        if decompose is not None:
            return decompose(*args)
        if not op.batch_loop and self.size:
            warnings.warn(slow(op.name, self.size), FallbackWarning, stacklevel=2)
        return self.join(one_by_one(op, self.size, *self.split(op, args)))
