"""torch.autograd.Function inside transforms: forward, setup_context, backward, jvp, vmap and generate_vmap_rule.

A call becomes an operator of its own, whose rules are the class's static methods; every level then treats it as any
other operator, and one that is nested in it as well.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import CodeType
from typing import Any

import torch
from torch._functorch.autograd_function import VmapInfo
from torch.autograd.function import once_differentiable
from torch.utils._pytree import tree_map

from .api_basis import bottom
from .api_common import fresh
from .context import Context, Likeness
from .custom_call import Call, Custom, as_user, frozen, plain_apply, recorded, to_front, tracked, unpack_batched
from .errors import MissingRule, OpliftError
from .forward import Dual, ForwardLevel
from .functions import as_rule
from .refusals import module_hooks
from .reverse import ReverseLevel, Taped
from .stack import KINDS, STACK, Level
from .tracer import freeze
from .trees import flatten, unflatten

_Function = torch.autograd.Function
_ONCE = once_differentiable(lambda ctx: None).__code__


class NewStyle(Custom):
    """A Function with forward(*args) and setup_context(ctx, inputs, output).

    Args:
        cls: the Function.
        parts: for each argument its pytree spec, and the number of its leaves among the flat arguments.
        active: for each argument whether it is differentiated, by whatever transform.
    """

    advice = "give the Function a vmap staticmethod, or set generate_vmap_rule = True"

    def __init__(self, cls: Any, parts: Sequence[tuple[Any, int]], active: Sequence[bool]) -> None:
        self.cls, self.name, self.parts, self.active = cls, cls.__name__, parts, tuple(active)
        self.reverse, self.forwards = defines(cls, "backward") or defines(cls, "vjp"), defines(cls, "jvp")
        self.missing = "the Function defines no backward and no jvp; give it one"
        self.mutates = _mentions(cls, "mark_dirty")
        self.dirty: dict[int, int] = {}
        self.batching = self._batching()

    def _batching(self) -> str:
        generate = getattr(self.cls, "generate_vmap_rule", False)
        if generate and defines(self.cls, "vmap"):
            raise RuntimeError(
                f"{self.name}: generate_vmap_rule=True and a vmap staticmethod were both given; keep one of them"
            )
        return "trace" if generate else "own" if defines(self.cls, "vmap") else "loop"

    def arguments(self, leaves: Sequence[Any]) -> tuple[Any, ...]:
        """One value for each argument of forward, from one for each flat argument."""
        given, at = [], 0
        for spec, count in self.parts:
            given.append(unflatten(spec, leaves[at : at + count]))
            at += count
        return tuple(given)

    def per_argument(self, call: Call, values: Sequence[Any], fill: Any) -> tuple[Any, ...]:
        """One value for each argument, from one for each tensor; containers get `fill`."""
        found, at, given = dict(zip(call.tensors, values, strict=True)), 0, []
        for spec, count in self.parts:
            given.append(found.get(at, fill) if spec is None else fill)
            at += count
        return tuple(given)

    def run(self, args: Sequence[Any]) -> Any:
        outs = self.cls.forward(*self.arguments(args))
        self._find_dirty(args, outs)
        return outs

    def plain(self, call: Call, args: Sequence[Any]) -> Any:
        if not self.mutates:
            return plain_apply(self.cls, *self.arguments(args))
        args = owned(args)
        outs = plain_apply(self.cls, *self.arguments(args))
        self._find_dirty(args, outs)
        return outs

    def _find_dirty(self, args: Sequence[Any], outs: Any) -> None:
        """Learn which arguments were written, and which outputs they are."""
        if self.mutates:
            ctx = Context(self.active)
            with torch.no_grad():
                self.cls.setup_context(ctx, self.arguments(args), outs)
            self.dirty = _same(args, ctx.dirty, listed(outs))

    def refuse_late_dirt(self, ctx: Context) -> None:
        if ctx.dirty and not self.mutates:
            raise OpliftError(
                f"{self.name}: mark_dirty is called by a function that setup_context calls, so that its arguments were "
                "overwritten before anybody could know. Call ctx.mark_dirty in the body of setup_context (of forward, "
                "if that takes ctx)"
            )

    def forward(self, call: Call, needs: Sequence[bool], args: Sequence[Any]) -> tuple[Any, Any]:
        outs = call(*args)
        flat = listed(outs)
        written = [flat[self.dirty[i]] if i in self.dirty else a for i, a in enumerate(args)]
        ctx = Context(self.per_argument(call, needs, False))
        with as_user():
            self.cls.setup_context(ctx, self.arguments(written), outs)
        self.refuse_late_dirt(ctx)
        call.nondiff_outputs = positions(ctx.non_differentiable, flat)
        return outs, (ctx.state(), Likeness(flat))

    def backward(self, call: Call, residuals: Any, needs: Sequence[bool], cotangents: Sequence[Any]) -> list[Any]:
        state, like = residuals
        ctx = Context.of(state, self.per_argument(call, needs, False))
        cts = like.materialized(cotangents) if ctx.materialize_grads else list(cotangents)
        method = self.cls.backward if defines(self.cls, "backward") else self.cls.vjp
        if _once(method):
            self._refuse_twice([*flatten(state)[0], *cts])
        with as_user():
            grads = method(ctx, *(owned(cts) if self.mutates else cts))
        grads = grads if isinstance(grads, tuple) else (grads,)
        if len(grads) < len(self.parts):
            raise RuntimeError(
                f"function {self.name}Backward returned an incorrect number of gradients (expected {len(self.parts)}, "
                f"got {len(grads)}): return one for each argument of forward, None where there is none"
            )
        return self._per_tensor(call, grads)

    def _per_tensor(self, call: Call, grads: Sequence[Any]) -> list[Any]:
        """Gradients of the tensors, from those of the arguments; tensors in containers have none, as in PyTorch."""
        flat: list[Any] = []
        for (spec, count), grad in zip(self.parts, grads, strict=False):
            flat.extend([freeze(grad)] if spec is None else [None] * count)
        return [flat[i] for i in call.tensors]

    def _refuse_twice(self, tensors: Sequence[Any]) -> None:
        if torch.is_grad_enabled() and any(differentiated(t) for t in tensors):
            raise MissingRule(
                f"{self.name}: trying to differentiate twice a function that was marked with @once_differentiable. "
                "Write its backward in torch operators (or in Functions that have a backward), and take the mark away"
            )

    def tangent(self, call: Call, tangents: Sequence[Any], args: Sequence[Any]) -> tuple[Any, Any]:
        outs, (state, _) = self.forward(call, [t is not None for t in tangents], args)
        return outs, self._tangents(call, state, tangents, args, outs)

    def _tangents(self, call: Call, state: Any, tangents: Sequence[Any], args: Sequence[Any], outs: Any) -> Any:
        ctx = Context.of(state, self.per_argument(call, [t is not None for t in tangents], False), jvp=True)
        if ctx.materialize_grads:
            pairs = zip(call.tensors, tangents, strict=True)
            tangents = [_zero_tangent(args[i]) if t is None else t for i, t in pairs]
        tangents = owned(tangents) if self.mutates else tangents
        with as_user():
            ts = self.cls.jvp(ctx, *self.per_argument(call, tangents, None))
        if isinstance(outs, tuple):
            ts = ts if isinstance(ts, tuple) else (ts,)
            if len(ts) != len(outs):
                raise RuntimeError(
                    f"{self.name}.jvp returned {len(ts)} tangents for {len(outs)} outputs: return one for each, None "
                    "where there is none"
                )
            return ts
        return ts[0] if isinstance(ts, tuple) else ts

    def batch(self, call: Call, size: int, batched: Sequence[bool], args: Sequence[Any], randomness: str) -> Any:
        dims: list[Any] = [None] * len(args)
        for i, flag in zip(call.tensors, batched, strict=True):
            dims[i] = 0 if flag else None
        dims = [tree_map(lambda _: None, a) if d is None else d for a, d in zip(args, dims, strict=True)]
        given = owned(args) if self.mutates else args
        info = VmapInfo(batch_size=size, randomness=randomness)
        with as_user():
            result = self.cls.vmap(info, self.arguments(dims), *self.arguments(given))
        outs, dims = unpack_batched(f"{self.name}.vmap", result)
        if self.mutates:
            self.dirty = _same(given, [x for x in given if isinstance(x, torch.Tensor)], listed(outs))
        return to_front(f"{self.name}.vmap", outs, dims, size)


class OldStyle(NewStyle):
    """A Function with forward(ctx, *args): as an operator it returns what it saves as well.

    What ctx holds is made by one run of forward, the one that makes the outputs: random numbers are the same, and
    Python code that torch cannot see runs on real tensors. Saved tensors that are no input and no output come back as
    further outputs.
    """

    count = 0
    several = False
    record: Record | None = None

    def run(self, args: Sequence[Any]) -> Any:
        ctx = Context(self.active)
        outs = self.cls.forward(ctx, *self.arguments(args))
        self.refuse_late_dirt(ctx)
        flat, self.several = listed(outs), isinstance(outs, tuple)
        self.count = len(flat)
        self.dirty = _same(args, ctx.dirty, flat)
        record = Record(ctx, args, flat)
        if self.batching == "loop" and self.record is not None:
            record.refuse_other(self.record, self.name)
        extras, record.extras = record.extras, []
        self.record = record
        return (*flat, *extras)

    def plain(self, call: Call, args: Sequence[Any]) -> Any:
        args = owned(args) if self.mutates else args
        return recorded(call, args) if tracked(args) else self.run(args)

    def forward(self, call: Call, needs: Sequence[bool], args: Sequence[Any]) -> tuple[Any, Any]:
        outs = call(*args)
        record: Any = self.record
        call.nondiff_outputs = record.nondiff
        extras = outs[self.count :]
        inputs = list(args) if extras else None  # to run forward once more, see backward
        return outs, (record.state(args, outs), Likeness(outs[: self.count]), inputs, list(extras))

    def backward(self, call: Call, residuals: Any, needs: Sequence[bool], cotangents: Sequence[Any]) -> list[Any]:
        state, like, inputs, extras = residuals
        count = len(like.of)
        saved = cotangents[count:]
        found: list[Any] = [None] * len(call.tensors)
        if any(g is not None for g in cotangents[:count]) or not any(g is not None for g in saved):
            found = super().backward(call, (state, like), needs, cotangents[:count])
        if any(g is not None for g in saved):
            return _added(found, self._through_saved(call, inputs, extras, saved))
        return found

    def _through_saved(
        self, call: Call, inputs: Sequence[Any], extras: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Any]:
        """Cotangents that reach the arguments through what was saved: of a second derivative, and found by running
        forward on tracers. `backward` cannot know them, and PyTorch leaves them out."""
        with _taped(call, inputs) as (level, lifted, tapes):
            return level.pullback(self._extras(lifted, extras), tapes)(cotangents)  # type: ignore[no-any-return]

    def _extras(self, args: Sequence[Any], before: Sequence[Any]) -> list[Any]:
        """What forward saves beside arguments and outputs, by another run, which must save the same."""
        ctx = Context(self.active)
        with as_user():
            outs = self.cls.forward(ctx, *self.arguments(args))
        again: list[Any] = frozen(Record(ctx, args, listed(outs)).extras)
        if len(again) != len(before) or not all(map(_alike, again, before)):
            raise MissingRule(
                f"{self.name}: a second derivative needs what its forward saves for backward, and a second run of forward "
                "saved other values: it draws random numbers, or depends on a state. Return what is saved as an output, "
                "and write the Function with setup_context"
            )
        return again

    def tangent(self, call: Call, tangents: Sequence[Any], args: Sequence[Any]) -> tuple[Any, Any]:
        outs, (state, _, _, extras) = self.forward(call, [t is not None for t in tangents], args)
        ts = self._tangents(call, state, tangents, args, outs[: self.count])
        return outs, (*ts, *self._extra_tangents(call, tangents, args, extras))

    def _extra_tangents(
        self, call: Call, tangents: Sequence[Any], args: Sequence[Any], extras: Sequence[Any]
    ) -> list[Any]:
        """The tangents of what was saved beside arguments and outputs: forward runs once more, on duals."""
        if not extras:
            return []
        with ForwardLevel() as level, as_rule():
            lifted = list(args)
            for i, t in zip(call.tensors, tangents, strict=True):
                if t is not None:
                    lifted[i] = level.dual(freeze(args[i]), freeze(t))
            return [level.lower(x)[1] for x in self._extras(lifted, extras)]


class Record:
    """What one run of an old-style forward stored in ctx, its tensors by where they come from."""

    def __init__(self, ctx: Context, args: Sequence[Any], outs: Sequence[Any]) -> None:
        self.leaves, self.spec = flatten(ctx.state())
        self.nondiff = positions(ctx.non_differentiable, outs)
        self.extras: list[Any] = []
        self.places: list[Any] = [self._place(x, args, outs) for x in self.leaves]
        self.leaves = [None if isinstance(x, torch.Tensor) else x for x in self.leaves]
        self.first = len(outs)

    def _place(self, x: Any, args: Sequence[Any], outs: Sequence[Any]) -> Any:
        if not isinstance(x, torch.Tensor):
            return None
        for kind, tensors in (("out", outs), ("in", args)):  # a dirty argument is an output
            for i, t in enumerate(tensors):
                if t is x:
                    return kind, i
        self.extras.append(x)
        return "extra", len(self.extras) - 1

    def state(self, args: Sequence[Any], outs: Sequence[Any]) -> Any:
        """The state of ctx with the tensors of one level."""
        tensors = {"in": args, "out": outs, "extra": outs[self.first :]}
        pairs = zip(self.leaves, self.places, strict=True)
        return unflatten(self.spec, [x if p is None else tensors[p[0]][p[1]] for x, p in pairs])

    def refuse_other(self, other: Record, name: str) -> None:
        """Raise where two examples stored different things."""
        same = self.spec == other.spec and self.places == other.places
        if not same or any(a is not b and not _equal(a, b) for a, b in zip(self.leaves, other.leaves, strict=True)):
            raise MissingRule(
                f"vmap: {name} stores other Python values in ctx for each example, which cannot be batched; give the "
                "Function a setup_context and a vmap staticmethod, or set generate_vmap_rule = True"
            )


def _alike(a: Any, b: Any) -> bool:
    """Whether two tensors hold the same, but for rounding."""
    a, b = bottom(a).detach(), bottom(b).detach()
    return a.shape != b.shape or torch.allclose(a, b.to(a.dtype), rtol=1e-2, atol=1e-4, equal_nan=True)


def _equal(a: Any, b: Any) -> bool:
    return type(a) is type(b) and isinstance(a, (int, float, complex, str, tuple, torch.dtype, torch.device)) and a == b


@contextmanager
def _taped(call: Call, inputs: Sequence[Any]) -> Iterator[tuple[Any, list[Any], list[Any]]]:
    with ReverseLevel() as level, as_rule():
        lifted = list(inputs)
        for i in call.tensors:
            if inputs[i].is_floating_point() or inputs[i].is_complex():
                lifted[i] = level.taped(freeze(inputs[i]))
        yield level, lifted, [lifted[i] for i in call.tensors]


def _added(some: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    return [b if a is None else a if b is None else a + b for a, b in zip(some, others, strict=True)]


def defines(cls: Any, name: str) -> bool:
    """Whether a Function has its own static method of that name."""
    return getattr(cls, name) is not getattr(_Function, name)


def _once(method: Any) -> bool:
    """Whether a backward is marked as differentiable once, below other decorators maybe."""
    while method is not None:
        if getattr(method, "__code__", None) is _ONCE:
            return True
        method = getattr(method, "__wrapped__", None)
    return False


def _mentions(cls: Any, name: str) -> bool:
    methods = [getattr(cls, m, None) for m in ("forward", "setup_context")]
    codes = [getattr(inspect.unwrap(m), "__code__", None) for m in methods if callable(m)]
    return any(c is not None and _names(c, name) for c in codes)


def _names(code: CodeType, name: str) -> bool:
    return name in code.co_names or any(_names(c, name) for c in code.co_consts if isinstance(c, CodeType))


def differentiated(x: Any) -> bool:
    """Whether a derivative with respect to this tensor is wanted, by a transform or by PyTorch's autograd."""
    while type(x) in KINDS:
        if type(x) is Taped or type(x) is Dual:
            return True
        x = x.value
    return isinstance(x, torch.Tensor) and x.requires_grad


def owned(values: Sequence[Any]) -> list[Any]:
    """Copies that may be written to."""
    return [x if not isinstance(x, torch.Tensor) else fresh(x) if type(x) in KINDS else x.clone() for x in values]


def _same(args: Sequence[Any], dirty: Sequence[Any], outs: Sequence[Any]) -> dict[int, int]:
    """Position of each dirty argument -> the output that it is."""
    found = {}
    for j, out in enumerate(outs):
        if any(out is d for d in dirty):
            found.update({i: j for i, a in enumerate(args) if a is out})
    return found


def positions(marked: Sequence[Any], outs: Sequence[Any]) -> tuple[int, ...]:
    """Which outputs are among the marked ones."""
    return tuple(i for i, o in enumerate(outs) if any(o is m for m in marked))


def listed(outs: Any) -> Sequence[Any]:
    """The outputs as a tuple."""
    return outs if isinstance(outs, tuple) else (outs,)


def _zero_tangent(x: Any) -> Any:
    smooth = x.is_floating_point() or x.is_complex()
    return torch.zeros_like(x) if smooth else None


def _parts(args: Sequence[Any]) -> tuple[list[Any], list[tuple[Any, int]]]:
    """The flat arguments, and how they make up the arguments. Only containers with tracers are taken apart: others
    go to forward as the very objects that they are."""
    leaves: list[Any] = []
    parts: list[tuple[Any, int]] = []
    for a in args:
        inner, spec = ([a], None) if isinstance(a, torch.Tensor) else flatten(a)
        if spec is not None and not any(type(x) in KINDS for x in inner):
            inner, spec = [a], None
        leaves += inner
        parts.append((spec, len(inner)))
    return leaves, parts


def _with_defaults(cls: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Sequence[Any]:
    bound = inspect.signature(cls.forward).bind(*args, **kwargs)
    bound.apply_defaults()
    if bound.kwargs:
        raise TypeError(f"{cls.__name__}.apply: forward has keyword-only arguments ({', '.join(bound.kwargs)})")
    return bound.args


def apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
    """`Function.apply`, inside transforms and outside."""
    if not STACK.levels:
        return plain_apply(cls, *args, **kwargs)
    if cls.__module__ == "torch.utils.checkpoint" and cls.__name__ == "CheckpointFunction":
        return args[0](*args[2:])  # a transform has no use for a backward that calls autograd's engine
    if cls.__module__ == "torch.nn.modules._functions" and any(type(a) in KINDS for a in args):
        raise module_hooks()
    new = defines(cls, "setup_context")
    if new:
        args = tuple(_with_defaults(cls, args, kwargs))
    leaves, parts = _parts(args)
    if not any(type(a) in KINDS for a in leaves):
        with as_rule():  # no mode of ours may see what forward does
            return plain_apply(cls, *args, **({} if new else kwargs))
    if cls.__module__ == "torch._library.autograd":
        return cls.forward(Context(()), *args)  # of a torch.library operator, which will arrive at dispatch
    with as_rule():
        return _run(cls, new, args, leaves, parts)


def _run(cls: Any, new: bool, args: Sequence[Any], leaves: Sequence[Any], parts: Sequence[Any]) -> Any:
    active = [isinstance(a, torch.Tensor) and differentiated(a) for a in args]
    custom: Any = (NewStyle if new else OldStyle)(cls, parts, active)
    values = [freeze(a) for a in leaves]
    outs = Call(custom, values)(*values)
    if not new:
        outs = tuple(outs[: custom.count]) if custom.several else outs[0]
    if not custom.dirty:
        return outs
    flat = list(listed(outs))
    for i, j in custom.dirty.items():
        Level.write(leaves[i], flat[j])
        flat[j] = leaves[i]
    return tuple(flat) if isinstance(outs, tuple) else flat[0]


def _install() -> None:
    """Put `apply` in the place of torch's.

    Programs keep `square = Square.apply` from before oplift was imported, and such a bound method holds torch's very
    function: its code is what can be replaced.
    """
    function = _Function.__dict__["apply"].__func__

    def trampoline(__class__: Any) -> Any:
        def through_oplift(cls: Any, *args: Any, **kwargs: Any) -> Any:
            return __class__ and oplift_apply(cls, *args, **kwargs)  # type: ignore[name-defined]  # noqa: F821

        return through_oplift

    function.__globals__["oplift_apply"] = apply
    function.__code__ = trampoline(None).__code__


_install()
