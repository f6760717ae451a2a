"""vmap's level: operators on a batch of examples at once.

The batch is always dimension 0 of the value. What is not batched stays unbatched: no constant is ever expanded, and a
result of unbatched operands is a plain value of the level below.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch._decomp

from .errors import FallbackWarning, MissingRule
from .op import Op, positional
from .rule import Unbatched
from .stack import KINDS, STACK, Level
from .tracer import Tracer, freeze, in_cpp, strides_of, wrap

_Tensor = torch.Tensor
_strided = torch.strided
_make = torch.Tensor._make_wrapper_subclass
_ONLY = (True,)


class Aligned(tuple[bool, bool]):
    """Which of two operands are batched, where a pointwise rule has nothing to arrange."""

    __slots__ = ()


_ALIGNED = {flags: Aligned(flags) for flags in ((True, True), (True, False))}
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
        raise _concrete("tolist()", self)

    def __bool__(self) -> bool:
        return bool(_agreed(self, "bool()"))

    def __int__(self) -> int:
        return int(_agreed(self, "int()"))

    def __float__(self) -> float:
        return float(_agreed(self, "float()"))

    def __complex__(self) -> complex:
        raise _concrete("complex()", self)

    def __index__(self) -> int:
        raise _concrete("use as a Python index", self)


def _nested(flat: torch.Tensor, levels: tuple[Any, ...]) -> Batched:
    """The tracer of several nested vmaps around a value with a leading dimension for each."""
    k, level = len(levels), levels[-1]
    if k == 1:
        return level.batched(flat)  # type: ignore[no-any-return]
    dtype, device, shape, strides = flat.dtype, flat.device, flat.shape[k:], strides_of(flat)[k:]
    t: Any = _make(Batched, shape, strides, 0, None, dtype, _strided, device)
    t.flat, t.levels, t.level, t.shape, t.strides, t.dtype, t.device = (
        flat,
        levels,
        level,
        shape,
        strides,
        dtype,
        device,
    )
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
    raise _concrete(what, tracer)


def _concrete(what: str, tracer: Batched) -> RuntimeError:
    return RuntimeError(
        f"vmap: {what} of a tensor of shape {tuple(tracer.shape)} that differs from example to example: it looks like "
        f"you're calling .item() on, or branching on, a batched tensor (batch size {tracer.level.size}). Python sees "
        "one value for all examples: use torch.where, torch.gather or masking for data-dependent control flow, or "
        "compute the value outside of vmap"
    )


def _aligned(first: bool, second: bool, x: Any, y: Any) -> bool:
    """Whether operands broadcast and promote with the batch dimensions of the `first` and the `second` as without."""
    if second:
        return first and len(x.shape) == len(y.shape)
    return len(x.shape) > 0 and (not isinstance(y, _Tensor) or y.ndim == 0)


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
        return wrap(Batched, self, value, value, value.shape[1:], strides_of(value)[1:])  # type: ignore[no-any-return]

    def lift(self, tensor: torch.Tensor, dim: int) -> Batched:
        """The tracer of an input that is batched along `dim`."""
        frozen = freeze(tensor)
        tracer = self.batched(frozen if dim == 0 else frozen.movedim(dim, 0))
        self.remember(tracer, tensor, lambda t: self.lower(t, dim))
        return tracer

    def lower(self, out: Any, dim: int = 0) -> torch.Tensor:
        """One level down, with the batch at `dim`; an unbatched value is repeated for each example."""
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
        values: Sequence[Any]
        batched: Sequence[Any]
        if op.unary:
            values, batched = (args[0].value, *args[1:]), _ONLY
        elif op.binary:  # `split`, written out
            x, y = args[0], args[1]
            first, second = type(x) is Batched and x.level is self, type(y) is Batched and y.level is self
            values = (x.value if first else x, y.value if second else y, *args[2:])
            batched = (first, second)
            if op.pointwise and _aligned(first, second, x, y):
                batched = _ALIGNED[batched]
        else:
            values, batched = self.split(op, args)
        if op.special and self.randomness == "same" and self.size > 0 and op.draws(args):
            return self._same_draw(op, values, batched)
        out = rule(self.size, batched, *values)
        if type(out) is not _Tensor:
            return self.join(out)
        dtype, device, strides = out.dtype, out.device, out.stride()[1:]
        shape = args[0].shape if op.unary and op.pointwise and not op.view else out.shape[1:]
        t: Any = _make(Batched, shape, strides, 0, None, dtype, _strided, device)  # `wrap`, written out
        t.value, t.level, t.shape, t.strides, t.dtype, t.device = out, self, shape, strides, dtype, device
        return t

    def _at_once(self, op: Op, args: Sequence[Any]) -> Batched | None:
        """A pointwise operator on a nest of vmaps in one step, where all batched operands have the same nest and rank."""
        if op.unary:
            x = args[0]
            levels = x.levels
            return None if len(levels) == 1 else _nested(op.batch(self.size, _ONLY, x.flat, *args[1:]), levels)
        first, values, batched = None, list(args), []
        for i in op.tensors:
            a = args[i]
            if type(a) is Batched and a.level is self:
                if first is None:
                    first, levels, rank = a, a.levels, len(a.shape)
                if a.levels != levels or len(a.shape) != rank:
                    return None
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
        return _nested(op.batch(self.size, batched, *values), levels)

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
        if not op.batch_loop:
            warnings.warn(
                f"There is a performance drop: {op.name} has no batching rule and runs once for each of {self.size} "
                "examples; declare one in a YAML spec (docs/spec-language.md)",
                FallbackWarning,
                stacklevel=2,
            )
        return self.join(self._loop(op, *self.split(op, args)))

    def _loop(self, op: Op, values: Sequence[Any], batched: Sequence[Any]) -> Any:
        if self.size == 0:
            raise MissingRule(f"vmap: {op.name} has no batching rule, and a loop over 0 examples tells no shape")
        return stack_outputs(op, [op(*self._example(op, values, batched, b)) for b in range(self.size)])

    def _example(self, op: Op, values: Sequence[Any], batched: Sequence[Any], b: int) -> list[Any]:
        """The arguments of one example."""
        args = list(values)
        for i, flag in zip(op.tensors, batched, strict=True):
            if flag is True:
                args[i] = values[i].select(0, b)
            elif isinstance(flag, tuple):
                args[i] = [x.select(0, b) if f else x for x, f in zip(values[i], flag, strict=True)]
        return args

    def _same_draw(self, op: Op, values: Sequence[Any], batched: Sequence[Any]) -> Any:
        """Each example by itself, all from the same state of the generator."""
        device = next(values[i].device for i in op.tensors if isinstance(values[i], torch.Tensor))
        state, outs = _generator_state(device), []
        for b in range(self.size):
            _set_generator_state(device, state)
            outs.append(op(*self._example(op, values, batched, b)))
        return self.join(stack_outputs(op, outs))


def _generator_state(device: torch.device) -> torch.Tensor:
    return torch.cuda.get_rng_state(device) if device.type == "cuda" else torch.get_rng_state()


def _set_generator_state(device: torch.device, state: torch.Tensor) -> None:
    if device.type == "cuda":
        torch.cuda.set_rng_state(state, device)
    else:
        torch.set_rng_state(state)


def stack_outputs(op: Op, outs: Sequence[Any]) -> Any:
    """The outputs of all examples, stacked along dimension 0."""
    first = outs[0]
    if isinstance(first, torch.Tensor):
        for b, out in enumerate(outs):
            if out.shape != first.shape:
                raise RuntimeError(
                    f"vmap: {op.name} gives shape {tuple(first.shape)} for example 0 and {tuple(out.shape)} for example "
                    f"{b}: a result whose shape depends on the data cannot be batched. Use a fixed-size form, such as "
                    "torch.where or a mask, or call the operator outside of vmap"
                )
        return torch.stack(list(outs))
    if isinstance(first, (tuple, list)):
        return type(first)([stack_outputs(op, list(column)) for column in zip(*outs, strict=True)])
    if any(out != first for out in outs):
        raise RuntimeError(f"vmap: {op.name} gives another Python value for each example; it cannot be batched")
    return first


def decomposition(op: Op) -> Callable[..., Any] | None:
    """A function of the same meaning in other operators: the declared one, else PyTorch's own."""
    if op.decompose is not None:
        return op.decompose  # type: ignore[no-any-return]
    if op.overload is None:
        return None
    if torch._C._dispatch_has_kernel_for_dispatch_key(op.overload.name(), "CompositeImplicitAutograd"):
        # with the function protocol off: on, the call would come back as the operator that it decomposes
        return positional(lambda *args, **kwargs: in_cpp(op.overload.decompose, args, kwargs), op.parameters)
    known = torch._decomp.decomposition_table.get(op.overload)
    return positional(known, op.parameters) if known is not None else by_registration(op)


def by_registration(op: Op) -> Callable[..., Any] | None:
    """The operator by what it registered with torch.library."""
    return REGISTERED[0](op) if REGISTERED and not op.name.startswith("aten::") else None


#: Filled by oplift.registered.
REGISTERED: list[Callable[[Op], Callable[..., Any] | None]] = []
