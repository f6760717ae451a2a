"""Calls that bring rules of their own: of an autograd.Function, a custom_vjp function, an operator of torch.library.

A `Custom` says what such a thing does. A `Call` is one call of it as an operator, so that every level treats it as any
other one. Under vmap a custom that has no rule of its own runs on tracers of a vmap, its forward, its backward and its
tangents each by itself: the batch of a custom is a custom again, and nests to any depth.

Arguments are flat: containers of tensors are taken apart before, so that every tensor is an operand of its own.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import torch
from torch.autograd import forward_ad

from .batching import Batched, BatchLevel
from .errors import FallbackWarning, OpliftError
from .fallback import one_by_one
from .functions import as_rule, user_code
from .refusals import misfit
from .reverse import sum_to
from .rule import Unbatched
from .stack import KINDS, STACK, operands
from .tracer import freeze
from .transpose import transposed_jvp, transposed_vjp
from .trees import flatten, map_leaves, unflatten

_Function = torch.autograd.Function
_apply = _Function.__dict__["apply"].__func__
#: A copy of torch's own `Function.apply`, whose code oplift.custom_function replaces.
plain_apply = FunctionType(_apply.__code__, _apply.__globals__, "apply", _apply.__defaults__, _apply.__closure__)


class Custom:
    """What a thing with rules of its own does. All methods are called as rules; they let user code run `as_user`.

    Attributes:
        name: for messages.
        reverse: whether `forward` and `backward` are there.
        forwards: whether `tangent` is there.
        batching: "own" (the method `batch`), "trace" (run on tracers of a vmap), or "loop" (once for each example).
        random: whether it draws random numbers.
        missing: for the error where a derivative is asked for and there is none: what to add.
        body: the same in other operators, for transforms without a rule, or None.
        advice: how to avoid the loop.
    """

    name: str
    reverse = forwards = random = False
    batching = "trace"
    missing = "it declares no derivative"
    advice = ""
    body: Callable[..., Any] | None = None

    def run(self, args: Sequence[Any]) -> Any:
        """The outputs, a tensor or a tuple; on plain tensors, or on tracers of a vmap."""
        raise NotImplementedError

    def plain(self, call: Call, args: Sequence[Any]) -> Any:
        """The outputs on plain tensors, recorded by PyTorch's own autograd where that is on."""
        return recorded(call, args) if tracked(args) else self.run(args)

    def forward(self, call: Call, needs: Sequence[bool], args: Sequence[Any]) -> tuple[Any, Any]:
        """The outputs, and what the backward needs: a pytree."""
        raise NotImplementedError

    def backward(self, call: Call, residuals: Any, needs: Sequence[bool], cotangents: Sequence[Any]) -> list[Any]:
        """A cotangent for each tensor argument, None for zeros; None in `cotangents` stands for zeros as well."""
        raise NotImplementedError

    def tangent(self, call: Call, tangents: Sequence[Any], args: Sequence[Any]) -> tuple[Any, Any]:
        """The outputs and their tangents."""
        raise NotImplementedError

    def batch(self, call: Call, size: int, batched: Sequence[bool], args: Sequence[Any], randomness: str) -> Any:
        """The outputs for operands with the batch at dimension 0."""
        raise NotImplementedError


class Call:
    """One call of a custom as an operator: has the attributes of an Op that levels use."""

    written: tuple[int, ...] = ()
    view = unary = binary = quick = pointwise = composite = batch_loop = makes = False
    inverse = batch_unsupported = overload = returns = None

    def __init__(self, custom: Custom, args: Sequence[Any]) -> None:
        self.custom, self.name, self.arity = custom, custom.name, len(args)
        self.tensors = tuple(i for i, a in enumerate(args) if isinstance(a, torch.Tensor))
        self.nondiff_outputs: tuple[int, ...] = ()
        self.special = self.random = custom.random
        known = custom.reverse or custom.forwards or custom.body is not None
        self.derivative = None if known else custom.missing
        self.decompose = None if custom.reverse or custom.forwards else custom.body
        self.depth = 0

    def __call__(self, *args: Any) -> Any:
        level = operands(self, args)[0]
        if level is None:
            return self.fn(*args)
        before, self.depth = self.depth, level.depth
        try:
            return level.process(self, args)
        finally:
            self.depth = before

    def fn(self, *args: Any) -> Any:
        """On plain tensors."""
        return frozen(self.custom.plain(self, args))

    def draws(self, args: Sequence[Any]) -> bool:
        return self.random

    # properties, since a bound method that is an attribute would be a cycle of references
    @property
    def vjp(self) -> Callable[..., Any] | None:
        return self._vjp if self.custom.reverse else None

    @property
    def jvp(self) -> Callable[..., Any] | None:
        return self._jvp if self.custom.forwards else None

    @property
    def level(self) -> Any:
        """The level that interprets this call."""
        return STACK.levels[self.depth - 1]

    def _vjp(self, needs: Sequence[bool], *args: Any) -> tuple[Any, Callable[..., Any]]:
        outs, residuals = self.custom.forward(self, needs, args)
        outs, shapes = frozen(outs), [args[i].shape for i in self.tensors]
        leaves, spec = flatten(frozen(residuals))
        self._refuse_captured([outs, leaves], args)
        several = isinstance(outs, (tuple, list))
        nothing = [None] * len(self.tensors)

        def custom_pullback(grads: Any) -> list[Any]:
            if not several and self.nondiff_outputs:
                return nothing
            found = self.custom.backward(self, unflatten(spec, leaves), needs, grads if several else (grads,))
            for i, (g, shape) in enumerate(zip(found, shapes, strict=True)):
                refuse_shape(self.name, i, g, shape)
            return found

        custom_pullback.__name__ = f"{self.name}_pullback"
        return outs, custom_pullback

    def _jvp(self, tangents: Sequence[Any], *args: Any) -> tuple[Any, Any]:
        outs, ts = self.custom.tangent(self, tangents, args)
        outs, ts = frozen(outs), frozen(ts)
        self._refuse_captured([outs, ts], [*args, *tangents])
        if isinstance(outs, (tuple, list)):
            ts = tuple(None if i in self.nondiff_outputs else t for i, t in enumerate(ts))
        elif self.nondiff_outputs:
            ts = None
        return outs, ts

    def batch(self, size: int, batched: Sequence[bool], *args: Any) -> Any:
        how = self.custom.batching
        if how != "loop":
            randomness = self.level.randomness
            with drawn_below(self.level):
                if how == "own":
                    return frozen(self.custom.batch(self, size, batched, args, randomness))
                outs = Call(OverBatch(self, size, batched, args, randomness), args)(*args)
            self._refuse_captured(outs, args)
            return outs
        warnings.warn(
            f"There is a performance drop: {self.name} does not have vmap support and runs once for each of {size} "
            f"examples; {self.custom.advice}",
            FallbackWarning,
            stacklevel=2,
        )
        return one_by_one(self, self.level.size, args, batched)

    def _refuse_captured(self, outs: Any, given: Sequence[Any]) -> None:
        """Raise where a result depends on a tensor of the running level that is no argument: the rule knows nothing of
        it, and its derivative or its batch would be lost. Tangents may belong to a tape that transposes them."""
        if not self.depth:
            return
        allowed = [x.level for x in given if type(x) in KINDS]
        if any(type(x) in KINDS and x.level.depth >= self.depth and x.level not in allowed for x in flatten(outs)[0]):
            raise OpliftError(
                f"{self.name}: its result depends on a tensor of a running transform that is captured from an outer "
                "function, of which its rules know nothing; pass it as an argument"
            )


def refuse_shape(name: str, place: int, cotangent: Any, shape: Sequence[int]) -> None:
    """Raise where an author's cotangent is not of its argument's shape, nor of one that this is broadcast to."""
    if cotangent is None or cotangent.shape == shape:
        return
    got, extra = tuple(cotangent.shape), cotangent.ndim - len(shape)
    if extra < 0 or any(n not in (1, m) for n, m in zip(shape, got[extra:], strict=True)):
        raise OpliftError(
            f"{name}: returned an invalid gradient at index {place} - got {list(got)} but expected shape compatible with "
            f"{list(shape)}: the cotangent of its tensor argument {place} has shape {got}, but the argument has "
            f"{tuple(shape)}; return one of the argument's shape"
        )


def batch_first(name: str, out: torch.Tensor, dim: Any, size: int) -> Any:
    """An output of an author's batching rule as levels have it: the batch at dimension 0, or the same for every example."""
    if dim is None:
        return Unbatched(out)
    if not isinstance(dim, int) or not -out.ndim <= dim < out.ndim or out.shape[dim] != size:
        raise OpliftError(
            f"{name} returned an output of shape {tuple(out.shape)} and out_dim {dim!r}, where a batch of {size} examples "
            "should be; None stands for what is the same for every example"
        )
    return out.movedim(dim, 0)


class OverBatch(Custom):
    """A custom over a batch: what it does runs on tracers of a vmap."""

    def __init__(self, call: Call, size: int, batched: Sequence[bool], args: Sequence[Any], randomness: str) -> None:
        self.inner, self.size, self.batched = call.custom, size, tuple(batched)
        self.level, self.randomness = call.level, randomness
        self.tensors, self.name = call.tensors, call.name
        self.reverse, self.forwards, self.missing = self.inner.reverse, self.inner.forwards, self.inner.missing
        pairs = list(zip((args[i] for i in call.tensors), batched, strict=True))
        self.shapes = [a.shape[1:] if b else a.shape for a, b in pairs]

    @contextmanager
    def _vmap(self) -> Iterator[BatchLevel]:
        with drawn_below(self.level), BatchLevel(self.size, self.randomness) as level, as_rule():
            yield level

    def _lifted(self, level: BatchLevel, args: Sequence[Any]) -> list[Any]:
        lifted = list(args)
        for i, b in zip(self.tensors, self.batched, strict=True):
            lifted[i] = level.batched(args[i]) if b else args[i]
        return lifted

    def run(self, args: Sequence[Any]) -> Any:
        with self._vmap() as level, as_user():
            return _lowered(level, self.inner.run(self._lifted(level, args)))

    def forward(self, call: Call, needs: Sequence[bool], args: Sequence[Any]) -> tuple[Any, Any]:
        with self._vmap() as level:
            lifted = self._lifted(level, args)
            inner = Call(self.inner, lifted)
            outs, residuals = self.inner.forward(inner, needs, lifted)
            call.nondiff_outputs = inner.nondiff_outputs
            leaves, spec = flatten(frozen(residuals))
            flags = [type(x) is Batched and x.level is level for x in leaves]
            values = [x.value if flag else x for x, flag in zip(leaves, flags, strict=True)]
            return _lowered(level, outs), (values, _Layout(spec, flags))

    def backward(self, call: Call, residuals: Any, needs: Sequence[bool], cotangents: Sequence[Any]) -> list[Any]:
        values, layout = residuals
        with self._vmap() as level:
            given = [level.batched(x) if flag else x for x, flag in zip(values, layout.flags, strict=True)]
            up = [None if g is None else level.batched(g) for g in cotangents]
            grads = self.inner.backward(call, unflatten(layout.spec, given), needs, up)
            for i, (g, shape) in enumerate(zip(grads, self.shapes, strict=True)):
                refuse_shape(self.name, i, g, shape)
            shaped = [g if g is None else _summed(g, s) for g, s in zip(grads, self.shapes, strict=True)]
            lowered = [None if g is None else level.lower(freeze(g)) for g in shaped]
        return [g if b or g is None else g.sum(0) for g, b in zip(lowered, self.batched, strict=True)]

    def tangent(self, call: Call, tangents: Sequence[Any], args: Sequence[Any]) -> tuple[Any, Any]:
        with self._vmap() as level:
            lifted = self._lifted(level, args)
            inner = Call(self.inner, lifted)
            pairs = zip(tangents, self.batched, strict=True)
            up = [level.batched(t) if b and t is not None else t for t, b in pairs]
            outs, ts = self.inner.tangent(inner, up, lifted)
            call.nondiff_outputs = inner.nondiff_outputs
            if isinstance(outs, (tuple, list)):
                ts = [_expanded(t, o) for t, o in zip(ts, outs, strict=True)]
            else:
                ts = _expanded(ts, outs)
            return _lowered(level, outs), _lowered(level, ts)


@contextmanager
def drawn_below(level: BatchLevel) -> Iterator[None]:
    """While a custom runs whose batch a level has taken over already: random operators are not that level's."""
    before, level.randomness = level.randomness, "same"
    try:
        yield
    finally:
        level.randomness = before


class _Layout:
    """How residuals of a vmap are put together: no pytree, so that it is one leaf."""

    __slots__ = ("spec", "flags")

    def __init__(self, spec: Any, flags: Sequence[bool]) -> None:
        self.spec, self.flags = spec, flags


def _summed(grad: Any, shape: Sequence[int]) -> Any:
    """A broadcast undone for each example: a backward may return more than its argument's shape."""
    return grad if grad.shape == shape else sum_to(grad, shape)


def _expanded(tangent: Any, out: Any) -> Any:
    if tangent is None or not isinstance(out, torch.Tensor) or tangent.shape == out.shape:
        return tangent
    return tangent.expand(out.shape)


def _lowered(level: BatchLevel, outs: Any) -> Any:
    return map_leaves(lambda o: level.lower(freeze(o)) if isinstance(o, torch.Tensor) else o, outs)


def frozen(tree: Any) -> Any:
    """The tensors of `tree` as they are now: user code may have handed boxes over."""
    if isinstance(tree, torch.Tensor):
        return freeze(tree)
    return map_leaves(lambda x: freeze(x) if isinstance(x, torch.Tensor) else x, tree)


@contextmanager
def as_user() -> Iterator[None]:
    """Let a block run as the user's code, where a transform runs."""
    if STACK.levels and not STACK.user:
        with user_code():
            yield
    else:
        yield


def tracked(args: Sequence[Any]) -> bool:
    """Whether PyTorch's own autograd, reverse or forward, records what is done to these plain tensors."""
    if forward_ad._current_level >= 0 and torch._C._is_fwd_grad_enabled() and any(map(_is_dual, args)):
        return True
    return torch.is_grad_enabled() and any(isinstance(a, torch.Tensor) and a.requires_grad for a in args)


def _is_dual(x: Any) -> bool:
    return isinstance(x, torch.Tensor) and type(x) not in KINDS and forward_ad.unpack_dual(x).tangent is not None


def spliced(args: Sequence[Any], places: Sequence[int], tensors: Sequence[Any]) -> list[Any]:
    """Args with `tensors` at `places`."""
    given = list(args)
    for i, t in zip(places, tensors, strict=True):
        given[i] = t
    return given


def recorded(call: Call, args: Sequence[Any]) -> Any:
    """A call on plain tensors as one node of PyTorch's own graph, with the call's derivatives."""
    if call.vjp is call.jvp is None and call.custom.body is not None:
        return call.custom.run(args)
    static = [None if i in call.tensors else a for i, a in enumerate(args)]
    function = Refusing if call.vjp is None and call.jvp is None else Recorded
    return plain_apply(function, call, static, *[args[i] for i in call.tensors])


class Recorded(_Function):
    """One call on plain tensors: `forward(call, arguments without the tensors, *tensors)`."""

    @staticmethod
    def forward(ctx: Any, call: Call, static: Sequence[Any], *tensors: Any) -> Any:
        ctx.call, ctx.given = call, static
        ctx.set_materialize_grads(False)
        ctx.save_for_forward(*tensors)
        given, leaves = spliced(static, call.tensors, tensors), list[Any]()
        if call.vjp is None:
            outs = frozen(call.custom.run(given))
        else:
            outs, residuals = frozen(call.custom.forward(call, ctx.needs_input_grad[2:], given))
            leaves, ctx.spec = flatten(residuals)
        ctx.save_for_backward(*tensors, *(x for x in leaves if isinstance(x, torch.Tensor)))
        ctx.leaves = [_KEPT if isinstance(x, torch.Tensor) else x for x in leaves]
        flat = outs if isinstance(outs, tuple) else (outs,)
        ctx.mark_non_differentiable(*[o for i, o in enumerate(flat) if i in call.nondiff_outputs])
        return outs

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        call, needs = ctx.call, ctx.needs_input_grad[2:]
        count, saved = len(call.tensors), ctx.saved_tensors
        with as_rule():
            if call.vjp is None or torch.is_grad_enabled():  # the residuals would have no graph of their own
                vjp = call.vjp or transposed_jvp(call)
                outs, pull = vjp(needs, *spliced(ctx.given, call.tensors, saved[:count]))
                return None, None, *pull(grads if isinstance(outs, tuple) else grads[0])
            kept = iter(saved[count:])
            residuals = unflatten(ctx.spec, [next(kept) if x is _KEPT else x for x in ctx.leaves])
            return None, None, *call.custom.backward(call, residuals, needs, grads)

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        call = ctx.call
        given = spliced(ctx.given, call.tensors, ctx.saved_tensors[: len(call.tensors)])
        with as_rule():
            if call.jvp is not None:
                return call.jvp(tangents[2:], *given)[1]
            return transposed_vjp(call, given, tangents[2:])[1]


_KEPT = object()


class Refusing(_Function):
    """A call that has no derivative: says so where one is asked for, and not before."""

    @staticmethod
    def forward(ctx: Any, call: Call, static: Sequence[Any], *tensors: Any) -> Any:
        ctx.call = call
        return call.custom.run(spliced(static, call.tensors, tensors))

    @staticmethod
    def refuse(ctx: Any, *grads: Any) -> Any:
        raise OpliftError(f"{ctx.call.name} cannot be differentiated: {ctx.call.custom.missing}")

    backward = jvp = refuse


def unpack_batched(who: str, result: Any) -> tuple[Any, Any]:
    """The pair that a vmap rule of the user's returns."""
    if not isinstance(result, tuple) or len(result) != 2:
        what = f"{len(result)} values" if isinstance(result, tuple) else f"a {type(result).__name__}"
        raise RuntimeError(
            f"{who}: expected a tuple of two elements, (outputs, out_dims): a vmap staticmethod has to have two returns, but "
            f"it returned {what}"
        )
    outs, dims = result
    if isinstance(dims, (tuple, list)) and len(dims) != (len(outs) if isinstance(outs, (tuple, list)) else -1):
        raise misfit(who, outs, dims)
    return outs, dims


def to_front(name: str, outs: Any, dims: Any, size: int) -> Any:
    """Outputs with their batch moved to dimension 0; None among `dims`: the same for every example."""
    if isinstance(outs, (tuple, list)):
        dims = dims if isinstance(dims, (tuple, list)) else [dims] * len(outs)
        return type(outs)([to_front(name, o, d, size) for o, d in zip(outs, dims, strict=True)])
    return batch_first(name, freeze(outs), dims, size) if isinstance(outs, torch.Tensor) else outs
