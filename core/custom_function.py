"""torch.autograd.Function inside transforms: forward, setup_context, backward, jvp, vmap and generate_vmap_rule.

A call becomes an operator of its own, whose rules are the class's static methods; every level then treats it as any
other operator, and one that is nested in it as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch._functorch.autograd_function import VmapInfo
from torch.utils._pytree import tree_map

from .batching import Batched, BatchLevel
from .errors import MissingRule
from .functions import as_rule, user_code
from .reverse import sum_to
from .stack import KINDS, STACK, bind
from .tracer import freeze

_Function = torch.autograd.Function
_plain_apply = _Function.__dict__["apply"].__func__


class Context:
    """The `ctx` that a Function's static methods see; holds what they store."""

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self.saved_tensors: tuple[Any, ...] = ()
        self.materialize_grads = True
        self.non_differentiable: tuple[Any, ...] = ()
        self.dirty: tuple[Any, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        self.saved_tensors = tensors

    save_for_forward = save_for_backward

    def mark_non_differentiable(self, *outputs: Any) -> None:
        self.non_differentiable = outputs

    def mark_dirty(self, *inputs: Any) -> None:
        self.dirty = inputs

    def set_materialize_grads(self, value: bool) -> None:
        self.materialize_grads = value

    def mapped(self, f: Callable[[Any], Any]) -> Context:
        """A copy with `f` applied to every tensor that is stored."""
        copy = Context(self.needs_input_grad)
        copy.__dict__.update(tree_map(lambda x: f(x) if isinstance(x, torch.Tensor) else x, self.__dict__))
        return copy


class FunctionOp:
    """One call of a Function as an operator: has the attributes of an Op that levels use."""

    written: tuple[int, ...] = ()
    nondiff_outputs: tuple[int, ...] = ()
    special = view = random = unary = pointwise = False
    decompose = inverse = derivative = batch_unsupported = overload = None
    batch_loop = False

    def __init__(self, cls: Any, args: Sequence[Any]) -> None:
        self.cls, self.name = cls, cls.__name__
        self.tensors = tuple(i for i, a in enumerate(args) if isinstance(a, torch.Tensor))
        self.arity = len(args)
        self.jvp = self._jvp if _defines(cls, "jvp") else None
        self.vjp = self._vjp if _defines(cls, "backward") or _defines(cls, "vjp") else None

    def __call__(self, *args: Any) -> Any:
        return bind(self, args)

    def fn(self, *args: Any) -> Any:
        """On plain tensors: torch's own apply, so that ordinary autograd records it."""
        return _plain_apply(self.cls, *args)

    def forward(self, needs: Sequence[bool], args: Sequence[Any]) -> tuple[Any, Context]:
        """The outputs, by the levels below, and a context of this level."""
        ctx = Context(self._per_argument(needs, False, len(args)))
        if _defines(self.cls, "setup_context"):
            outs = self(*args)
            with user_code():
                self.cls.setup_context(ctx, tuple(args), outs)
        else:  # old style: a run of its own fills the context
            outs = self(*args)
            with user_code(), torch.no_grad():
                again = self.cls.forward(ctx, *args)
            ctx.non_differentiable = _matching(ctx.non_differentiable, again, outs)
        several = isinstance(outs, tuple)
        marked = [i for i, o in enumerate(outs if several else (outs,)) if any(o is m for m in ctx.non_differentiable)]
        self.nondiff_outputs = tuple(marked)
        return outs, ctx

    def _per_argument(self, values: Sequence[Any], fill: Any, count: int) -> tuple[Any, ...]:
        """Values of the tensor arguments, spread to all arguments."""
        found = dict(zip(self.tensors, values, strict=True))
        return tuple(found.get(i, fill) for i in range(count))

    def _vjp(self, needs: Sequence[bool], *args: Any) -> tuple[Any, Callable[..., Any]]:
        outs, ctx = self.forward(needs, args)
        several = isinstance(outs, tuple)
        like = [
            (o.shape, o.dtype, o.device) if isinstance(o, torch.Tensor) else None
            for o in (outs if several else (outs,))
        ]

        def function_pullback(grads: Any) -> list[Any]:
            cts = grads if several else (grads,)
            if ctx.materialize_grads:
                cts = [_zeros(meta) if g is None else g for g, meta in zip(cts, like, strict=True)]
            return self._backward(ctx, cts)

        return outs, function_pullback

    def _backward(self, ctx: Context, cts: Sequence[Any]) -> list[Any]:
        method = self.cls.backward if _defines(self.cls, "backward") else self.cls.vjp
        with user_code():
            grads = method(ctx, *cts)
        grads = grads if isinstance(grads, tuple) else (grads,)
        if len(grads) < self.arity:
            raise RuntimeError(
                f"function {self.name}Backward returned an incorrect number of gradients (expected {self.arity}, "
                f"got {len(grads)}): return one for each argument of forward, None where there is none"
            )
        return [freeze(grads[i]) for i in self.tensors]

    def _jvp(self, tangents: Sequence[Any], *args: Any) -> tuple[Any, Any]:
        outs, ctx = self.forward([t is not None for t in tangents], args)
        if ctx.materialize_grads:
            tangents = [
                torch.zeros_like(args[i]) if t is None else t for i, t in zip(self.tensors, tangents, strict=True)
            ]
        with user_code():
            ts = self.cls.jvp(ctx, *self._per_argument(tangents, None, len(args)))
        several = isinstance(outs, tuple)
        return outs, tuple(freeze(t) for t in ts) if several else freeze(ts[0] if isinstance(ts, tuple) else ts)

    def batch(self, size: int, batched: Sequence[bool], *args: Any) -> Any:
        if getattr(self.cls, "generate_vmap_rule", False):
            if _defines(self.cls, "vmap"):
                raise RuntimeError(
                    f"{self.name}: generate_vmap_rule=True and a vmap staticmethod were both given; keep one of them"
                )
            return VmappedOp(self, size, batched, args)(*args)
        if not _defines(self.cls, "vmap"):
            raise MissingRule(
                f"vmap: You tried to vmap over {self.name}, but it does not have vmap support. Give the Function a vmap "
                "staticmethod, or set generate_vmap_rule = True"
            )
        in_dims = self._per_argument([0 if b else None for b in batched], None, len(args))
        info = VmapInfo(batch_size=size, randomness=_randomness())
        with user_code():
            outs, dims = self.cls.vmap(info, in_dims, *args)
        return _to_front(size, outs, dims)


class VmappedOp(FunctionOp):
    """A Function with generate_vmap_rule, over a batch: its static methods run on tracers of a vmap of their own."""

    def __init__(self, inner: FunctionOp, size: int, batched: Sequence[bool], args: Sequence[Any]) -> None:
        self.inner, self.size, self.batched = inner, size, tuple(batched)
        self.cls, self.name, self.tensors, self.arity = inner.cls, inner.name, inner.tensors, inner.arity
        self.jvp = self._jvp if inner.jvp is not None else None
        self.vjp = self._vjp if inner.vjp is not None else None
        self.shapes = [args[i].shape for i in self.tensors]

    def _level(self) -> BatchLevel:
        return BatchLevel(self.size, _randomness())

    def _lifted(self, level: BatchLevel, args: Sequence[Any]) -> list[Any]:
        lifted = list(args)
        for i, b in zip(self.tensors, self.batched, strict=True):
            lifted[i] = level.batched(args[i]) if b else args[i]
        return lifted

    def fn(self, *args: Any) -> Any:
        """On plain tensors: the inner forward under a vmap, as one Function, so that ordinary autograd records it."""
        return _plain_apply(_as_function(self), *args)

    def run(self, args: Sequence[Any]) -> Any:
        with self._level() as level:
            lifted = self._lifted(level, args)
            if _defines(self.cls, "setup_context"):
                outs = self.cls.forward(*lifted)
            else:
                outs = self.cls.forward(Context((False,) * self.arity), *lifted)
            return _lowered(level, outs)

    def forward(self, needs: Sequence[bool], args: Sequence[Any]) -> tuple[Any, Context]:
        outs = self(*args)
        ctx = Context(self._per_argument(needs, False, len(args)))
        with self._level() as level:
            lifted = self._lifted(level, args)
            ups = tree_map(lambda o: level.batched(o) if isinstance(o, torch.Tensor) else o, outs)
            if _defines(self.cls, "setup_context"):
                self.cls.setup_context(ctx, tuple(lifted), ups)
            else:
                self.cls.forward(ctx, *lifted)
            return outs, ctx.mapped(lambda t: _Saved(level, t))

    def _backward(self, ctx: Context, cts: Sequence[Any]) -> list[Any]:
        with self._level() as level:
            up = [None if g is None else level.batched(g) for g in cts]
            grads = self.inner._backward(_restored(ctx, level), up)
            lowered = [None if g is None else level.lower(g) for g in grads]
        return [
            g if b or g is None else sum_to(g.sum(0), shape)
            for g, b, shape in zip(lowered, self.batched, self.shapes, strict=True)
        ]

    def _jvp(self, tangents: Sequence[Any], *args: Any) -> tuple[Any, Any]:
        outs, ctx = self.forward([t is not None for t in tangents], args)
        with self._level() as level:
            up = [
                None if t is None else level.batched(t) if b else t for t, b in zip(tangents, self.batched, strict=True)
            ]
            if ctx.materialize_grads:
                up = [
                    torch.zeros_like(a) if t is None else t for t, a in zip(up, self._tensors(level, args), strict=True)
                ]
            ts = self.cls.jvp(_restored(ctx, level), *self._per_argument(up, None, len(args)))
            ts = _lowered(level, ts)
        several = isinstance(outs, tuple)
        return outs, ts if several or not isinstance(ts, tuple) else ts[0]

    def _tensors(self, level: BatchLevel, args: Sequence[Any]) -> list[Any]:
        lifted = self._lifted(level, args)
        return [lifted[i] for i in self.tensors]

    def batch(self, size: int, batched: Sequence[bool], *args: Any) -> Any:
        return VmappedTwice(self, size, batched, args)(*args)


class VmappedTwice(VmappedOp):
    """A batch over a batched Function: the inner one once more on tracers."""

    def __init__(self, inner: VmappedOp, size: int, batched: Sequence[bool], args: Sequence[Any]) -> None:
        super().__init__(inner, size, batched, args)
        self.shapes = [
            a.shape[1:] if b else a.shape for a, b in zip((args[i] for i in self.tensors), batched, strict=True)
        ]

    def run(self, args: Sequence[Any]) -> Any:
        with self._level() as level:
            return _lowered(level, self.inner.run(self._lifted(level, args)))  # type: ignore[attr-defined]


class _Saved:
    """A stored tensor of a vmap that has returned: its value, and whether it was batched."""

    def __init__(self, level: BatchLevel, tensor: Any) -> None:
        tensor = freeze(tensor)
        self.batched = type(tensor) is Batched and tensor.level is level
        self.value = tensor.value if self.batched else tensor


def _restored(ctx: Context, level: BatchLevel) -> Context:
    copy = Context(ctx.needs_input_grad)
    back = lambda s: (level.batched(s.value) if s.batched else s.value) if isinstance(s, _Saved) else s
    copy.__dict__.update(tree_map(back, ctx.__dict__))
    return copy


def _as_function(op: VmappedOp) -> Any:
    """A torch.autograd.Function that runs `op`, for plain tensors that may require grad."""

    class Vmapped(_Function):
        @staticmethod
        def forward(ctx: Any, *args: Any) -> Any:
            ctx.args = args
            with as_rule():
                return op.run(args)

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            with as_rule():
                _, context = op.forward([True] * len(op.tensors), ctx.args)
                return op._per_argument(op._backward(context, grads), None, op.arity)

    return Vmapped


def _defines(cls: Any, name: str) -> bool:
    return getattr(cls, name) is not getattr(_Function, name)


def _matching(marked: Sequence[Any], again: Any, outs: Any) -> tuple[Any, ...]:
    pairs = zip(again, outs, strict=True) if isinstance(outs, tuple) else [(again, outs)]
    return tuple(o for a, o in pairs if any(a is m for m in marked))


def _zeros(meta: Any) -> torch.Tensor | None:
    return None if meta is None else torch.zeros(meta[0], dtype=meta[1], device=meta[2])


def _randomness() -> str:
    return next((lv.randomness for lv in reversed(STACK.levels) if isinstance(lv, BatchLevel)), "error")


def _lowered(level: BatchLevel, outs: Any) -> Any:
    return tree_map(lambda o: level.lower(o) if isinstance(o, torch.Tensor) else o, outs)


def _to_front(size: int, outs: Any, dims: Any) -> Any:
    if isinstance(outs, (tuple, list)):
        dims = dims if isinstance(dims, (tuple, list)) else [dims] * len(outs)
        return tuple(_to_front(size, o, d) for o, d in zip(outs, dims, strict=True))
    if not isinstance(outs, torch.Tensor):
        return outs
    outs = freeze(outs)
    return outs.expand(size, *outs.shape) if dims is None else outs.movedim(dims, 0)


def apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
    """`Function.apply`, inside transforms and outside."""
    if not STACK.levels or not any(type(a) in KINDS for a in args):
        return _plain_apply(cls, *args, **kwargs)
    with as_rule():
        op = FunctionOp(cls, args)
        return op(*[freeze(a) for a in args])


_Function.apply = classmethod(apply)  # type: ignore[method-assign,assignment]
