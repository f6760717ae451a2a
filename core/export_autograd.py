"""What export_to_torch gives PyTorch's autograd: one node for a call, in both modes, whose derivatives are the rules'."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import _C
from torch._functorch.utils import enable_single_level_autograd_function
from torch.autograd import forward_ad
from torch.autograd.function import _SingleLevelFunction

from .errors import MissingRule
from .forward import shaped_like
from .op import Op
from .refusals import missing_derivative
from .reverse import sum_to
from .rule import Rules
from .trees import Spec, flatten, unflatten


def rules_of(op: Op) -> Rules:
    if op.rules is None:
        raise MissingRule(f"{op.name}: its rules were exported to PyTorch, and have been taken away since")
    return op.rules


def decomposed(op: Op, *args: Any, **kwargs: Any) -> Any:
    decompose: Any = rules_of(op).decompose
    return decompose(*op.positional(args, kwargs))


class _Call:
    """What one call of the kernel hands to its Function beside the tensors."""

    def __init__(self, op: Op, keyset: Any, args: Sequence[Any], spec: Spec) -> None:
        self.op, self.keyset, self.spec = op, keyset, spec
        self.static = [None if isinstance(x, torch.Tensor) else x for x in args]
        self.places = [i for i, x in enumerate(args) if isinstance(x, torch.Tensor)]
        self.out_spec: Spec = None
        self.count = 0
        self.rest: list[Any] = []

    def arguments(self, tensors: Sequence[Any]) -> list[Any]:
        leaves = list(self.static)
        for i, t in zip(self.places, tensors, strict=True):
            leaves[i] = t
        return unflatten(self.spec, leaves)  # type: ignore[no-any-return]

    def per_operand(self, values: Sequence[Any], several: Callable[[Any], Any]) -> list[Any]:
        """Values of the flat tensors, as the rules have them: one for each operand, a sequence for a list."""
        structured = self.arguments(values)
        given = [structured[i] if i < len(structured) else None for i in self.op.tensors]
        return [several(x) if isinstance(x, (list, tuple)) else x for x in given]

    def flat(self, values: Sequence[Any], tensors: Sequence[Any]) -> list[Any]:
        """Values for each operand, by flat tensor."""
        like = self.per_operand(range(len(tensors)), list)
        found: dict[int, Any] = {}
        for place, value in zip(like, values, strict=True):
            if isinstance(place, list):
                found.update(zip(place, [None] * len(place) if value is None else value, strict=True))
            elif place is not None:
                found[place] = value
        return [found.get(i) for i in range(len(tensors))]


def exported_kernel(op: Op) -> Callable[..., Any]:
    """The kernel for autograd, in both modes: one node, whose derivatives are the rules'."""
    function = _function(op)
    overload = op.overload

    def exported_autograd(keyset: Any, *args: Any, **kwargs: Any) -> Any:
        leaves, spec = flatten(list(op.positional(args, kwargs)))
        known = _known_outputs(op, leaves)
        if known is not None:
            return known
        tensors = [x for x in leaves if isinstance(x, torch.Tensor)]
        forward_mode = forward_ad._current_level >= 0
        if not forward_mode and not (torch.is_grad_enabled() and _C._any_requires_grad(*tensors)):
            with _C._AutoDispatchBelowAutograd():
                return overload.redispatch(keyset & _C._after_autograd_keyset, *args, **kwargs)
        rules = rules_of(op)
        if rules.vjp is rules.jvp is None and rules.derivative is None and rules.decompose is not None:
            return decomposed(op, *args, **kwargs)
        call = _Call(op, keyset, leaves, spec)
        with enable_single_level_autograd_function():
            outs = function.apply(call, *tensors)  # type: ignore[attr-defined]
        return unflatten(call.out_spec, outs)

    return exported_autograd


class _Known(threading.local):
    """Calls whose rules are running in this thread, with their outputs."""

    def __init__(self) -> None:
        self.calls: list[tuple[_Call, Sequence[Any], Any]] = []


_KNOWN = _Known()
_SAVED = object()


@contextmanager
def _knowing(ctx: Any, primal: Callable[[Any], Any] = lambda x: x) -> Iterator[Sequence[Any]]:
    """Run a rule at the saved inputs, which it is given: where it runs the operator on them, the saved outputs are the
    answer, and the kernel does not run again."""
    call = ctx.call
    saved = [primal(x) for x in ctx.saved_tensors]
    tensors, kept = saved[: len(call.places)], iter(saved[len(call.places) :])
    outs = [next(kept) if o is _SAVED else o for o in call.rest]
    _KNOWN.calls.append((call, tensors, unflatten(call.out_spec, outs)))
    try:
        yield tensors
    finally:
        _KNOWN.calls.pop()


def _known_outputs(op: Op, leaves: Sequence[Any]) -> Any:
    for call, tensors, outs in reversed(_KNOWN.calls):
        if call.op is op and len(leaves) == len(call.static):
            at = dict(zip(call.places, tensors, strict=True))
            if all(x is at[i] if i in at else _same(x, call.static[i]) for i, x in enumerate(leaves)):
                return outs
    return None


def _same(x: Any, y: Any) -> bool:
    return x is y or (type(x) is type(y) and not isinstance(x, torch.Tensor) and bool(x == y))


def _function(op: Op) -> type[_SingleLevelFunction]:
    class Exported(_SingleLevelFunction):
        @staticmethod
        def forward(call: _Call, *tensors: Any) -> Any:
            args = call.arguments(tensors)
            names = [p.name for p in op.parameters[: len(args)]]
            split = next((i for i, p in enumerate(op.parameters[: len(args)]) if p.kwarg_only), len(args))
            keywords = dict(zip(names[split:], args[split:], strict=True))
            with _levels_below(), _C._AutoDispatchBelowAutograd():
                outs = op.overload.redispatch(call.keyset & _C._after_autograd_keyset, *args[:split], **keywords)
            leaves, call.out_spec = flatten(outs)
            call.count = len(leaves)
            return tuple(leaves)

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.call = inputs[0]
            kept = [*inputs[1:], *(o for o in output if isinstance(o, torch.Tensor))]
            ctx.call.rest = [_SAVED if isinstance(o, torch.Tensor) else o for o in output]
            ctx.save_for_backward(*kept)
            ctx.save_for_forward(*kept)
            ctx.set_materialize_grads(False)
            ctx.mark_non_differentiable(*[o for i, o in enumerate(output) if i in _constant(op, output)])

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            with _knowing(ctx) as tensors:
                return None, *_cotangents(ctx.call, ctx.needs_input_grad[1:], tensors, grads)

        @staticmethod
        def jvp(ctx: Any, _: Any, *tangents: Any) -> Any:
            # of nested jvps this one's tangents are off, and those of the outer ones go through what the rule computes
            with _levels_below(), _knowing(ctx, lambda x: forward_ad.unpack_dual(x).primal) as tensors:
                return _tangents(ctx.call, tensors, tangents)

    Exported.__name__ = f"Exported_{op.name.replace('::', '_').replace('.', '_')}"
    return Exported


def _constant(op: Op, outs: Sequence[Any]) -> Sequence[int]:
    """Positions of the outputs that have no derivative."""
    rules = rules_of(op)
    if rules.derivative in ("zero", "none"):
        return range(len(outs))
    smooth = [isinstance(o, torch.Tensor) and (o.is_floating_point() or o.is_complex()) for o in outs]
    return [
        i for i, s in enumerate(smooth) if isinstance(outs[i], torch.Tensor) and (not s or i in rules.nondiff_outputs)
    ]


def _cotangents(call: _Call, needs: Sequence[bool], tensors: Sequence[Any], grads: Sequence[Any]) -> list[Any]:
    args = call.arguments(tensors)
    if all(g is None for g in grads):
        return [None] * len(tensors)
    pullback = _pullback(call.op, call.per_operand(needs, tuple), args)
    found = pullback(unflatten(call.out_spec, grads))
    flat = call.flat(found, tensors)
    return [None if g is None else _projected(g, x) for g, x in zip(flat, tensors, strict=True)]


def _projected(cotangent: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """A cotangent in the shape and dtype of its primal, which formulas leave to others."""
    if cotangent.shape != x.shape:
        cotangent = sum_to(cotangent, x.shape)
    if cotangent.is_complex() and not x.is_complex():
        cotangent = cotangent.real
    return cotangent.to(x.dtype)


def _pullback(op: Op, needs: Sequence[Any], args: Sequence[Any]) -> Callable[[Any], Sequence[Any]]:
    """The pullback at `args`, of whatever rule there is."""
    rules = rules_of(op)
    args = op.pad(args)
    if rules.derivative not in (None, "zero", "none"):
        raise missing_derivative(op, "vjp", str(rules.derivative))
    if rules.vjp is not None:
        return rules.vjp(needs, *args)[1]  # type: ignore[no-any-return]
    if rules.jvp is None:
        raise missing_derivative(op, "vjp")
    return lambda grads: _transposed(op, needs, args, grads)


@contextmanager
def _levels_below() -> Iterator[None]:
    """Let the levels of torch.func below this one differentiate, which a node of autograd switches off."""
    if not _C._are_functorch_transforms_active():
        yield
        return
    with torch.enable_grad(), forward_ad._set_fwd_grad_enabled(True):
        yield


@contextmanager
def _recording() -> Iterator[None]:
    """Let autograd record, on tensors that are made inside as well."""
    before = _C._functorch.get_inplace_requires_grad_allowed()
    _C._functorch.set_inplace_requires_grad_allowed(True)
    try:
        with torch.enable_grad():
            yield
    finally:
        _C._functorch.set_inplace_requires_grad_allowed(before)


def _transpose(linear: Callable[..., Any], like: Sequence[Any], given: Callable[[Any], Sequence[Any]]) -> list[Any]:
    """The transpose of a linear function of tensors like these, at what `given` makes of its outputs.

    By PyTorch's engine: a transform of torch.func must not be started within the kernel of another one.
    """
    again = torch.is_grad_enabled()
    with _recording():
        probes = [torch.zeros_like(x).requires_grad_() for x in like]
        outs = linear(*probes)
        pairs = [(o, g) for o, g in zip(outs, given(outs), strict=True) if g is not None and o.requires_grad]
        if not pairs:
            return [None] * len(probes)
        ys, gs = [o for o, _ in pairs], [g for _, g in pairs]
        return list(torch.autograd.grad(ys, probes, gs, create_graph=again, allow_unused=True))


def _transpose_below_vmap(
    linear: Callable[..., Any], like: Sequence[Any], given: Callable[[Any], Sequence[Any]]
) -> list[Any]:
    """The same where the levels of torch.func run, of which a vmap may have come after the recording: the engine does
    not see what happens below it. A backward is no kernel, so that another transform may be started."""
    pulled: Any = torch.func.vjp(lambda *probes: tuple(linear(*probes)), *[torch.zeros_like(x) for x in like])
    outs, pull = pulled
    cotangents = [torch.zeros_like(o) if g is None else g for o, g in zip(outs, given(outs), strict=True)]
    return list(pull(tuple(cotangents)))


def _transposed(op: Op, needs: Sequence[Any], args: Sequence[Any], grads: Any) -> list[Any]:
    """Cotangents of an operator that declares a jvp only."""
    leaves, spec = flatten([args[i] for i in op.tensors])
    flags = flatten([list(n) if isinstance(n, tuple) else n for n in needs])[0]
    places: list[int] = []

    def tangents_of(*values: Any) -> list[Any]:
        probes = iter(values)
        operands = unflatten(spec, [next(probes) if flag else None for flag in flags])
        outs = _by_jvp(op, [_some(x) if isinstance(x, (list, tuple)) else x for x in operands], args)
        places[:] = [i for i, o in enumerate(outs) if o is not None]
        return [outs[i] for i in places]

    active = [x for x, flag in zip(leaves, flags, strict=True) if flag]
    transpose = _transpose_below_vmap if _C._are_functorch_transforms_active() else _transpose
    found = iter(transpose(tangents_of, active, lambda _: [_listed(grads)[i] for i in places]))
    return unflatten(spec, [next(found) if flag else None for flag in flags])  # type: ignore[no-any-return]


def _by_jvp(op: Op, tangents: Sequence[Any], args: Sequence[Any]) -> list[Any]:
    """The tangent of each flat output, by the declared jvp."""
    rule: Any = rules_of(op).jvp
    outs, ts = rule(tangents, *args)
    flat = flatten(outs)[0]
    found = [None] * len(flat) if ts is None else _listed(ts)
    return [_tangent(op, i, o, t) for i, (o, t) in enumerate(zip(flat, found, strict=True))]


def _listed(x: Any) -> list[Any]:
    return list(x) if isinstance(x, (tuple, list)) else [x]


def _tangents(call: _Call, tensors: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, ...]:
    op, args = call.op, call.op.pad(call.arguments(tensors))
    rules = rules_of(op)
    if rules.derivative in ("zero", "none"):
        return (None,) * call.count
    if rules.derivative is not None:
        raise missing_derivative(op, "jvp", rules.derivative)
    if rules.jvp is not None:
        return tuple(_by_jvp(op, call.per_operand(tangents, _some), args))
    return _twice_transposed(call, args, tensors, tangents)


def _some(values: Any) -> list[Any] | None:
    """Tangents of a list, None where it has none at all."""
    values = list(values)
    return values if any(t is not None for t in values) else None


def _tangent(op: Op, index: int, out: Any, tangent: Any) -> Any:
    if tangent is None or index in rules_of(op).nondiff_outputs:
        return None
    return shaped_like(out, tangent)


def _twice_transposed(
    call: _Call, args: Sequence[Any], tensors: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, ...]:
    """The jvp of an operator that declares a vjp only: the pullback is linear, and is transposed."""
    outs = flatten(call.op.fn(*args))[0]
    constant = _constant(call.op, outs)
    smooth = [i for i, o in enumerate(outs) if isinstance(o, torch.Tensor) and i not in constant]
    needs = [t is not None for t in tangents]
    places: list[int] = []

    def cotangents(*values: Any) -> list[Any]:
        probes = dict(zip(smooth, values, strict=True))
        found = _cotangents(call, needs, tensors, [probes.get(i) for i in range(len(outs))])
        places[:] = [i for i, (g, need) in enumerate(zip(found, needs, strict=True)) if need and g is not None]
        return [found[i] for i in places]

    ts = _transpose(cotangents, [outs[i] for i in smooth], lambda _: [tangents[i] for i in places])
    found = dict(zip(smooth, ts, strict=True))
    return tuple(found.get(i) for i in range(len(outs)))
