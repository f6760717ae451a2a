"""Operators of torch.library that oplift has no rule for, by what they registered with PyTorch.

`register_vmap` gives the batching rule, `register_autograd` the derivative, an autograd kernel (of C++, or of
`torch.library.impl(..., "Autograd")`) a derivative that PyTorch's own engine computes, `register_fake` the shapes of an
empty batch. What is missing among an operator's declared rules is found here, so a YAML spec need not say what is
registered already. All is looked up when it is needed: a registration may come after the first call.
"""

from __future__ import annotations

import gc
import re
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from types import FunctionType
from typing import Any

import torch
from torch._functorch.autograd_function import VmapInfo
from torch._library.custom_ops import OPDEFS

from .context import Context, Likeness
from .custom_call import Call, Custom, as_user, frozen, spliced, to_front, unpack_batched
from .custom_function import positions
from .errors import FallbackWarning, MissingRule
from .fallback import REGISTERED, stack_outputs
from .functions import as_rule
from .inplace import OTHER_TWINS
from .op import Op, _schema_type
from .refusals import missing_derivative
from .stack import STACK
from .tracer import freeze
from .trees import Spec, flatten, unflatten

_has_kernel = torch._C._dispatch_has_kernel_for_dispatch_key
_AUTOGRAD_KEYS = ("Autograd", "AutogradCPU", "AutogradCUDA")


def vmap_function(op: Op) -> Callable[..., Any] | None:
    """What `torch.library.register_vmap` registered for an operator, or None."""
    definition = OPDEFS.get(op.name)
    if definition is not None and definition._vmap_fn is not None:
        return definition._vmap_fn  # type: ignore[no-any-return]
    if not _has_kernel(op.overload.name(), "FuncTorchBatched"):
        return None
    found = _captured("register_vmap.<locals>.register.<locals>.wrapped_func", op.overload)
    return None if found is None else found["func"]


def autograd_functions(op: Op) -> tuple[Callable[..., Any], Callable[..., Any] | None] | None:
    """The backward and the setup_context of `torch.library.register_autograd`, or None."""
    info: Any = OPDEFS.get(op.name)
    if info is None and _has_kernel(op.overload.name(), "Autograd"):
        found = _captured("make_autograd_impl.<locals>.backward", op.overload)
        info = None if found is None else found["info"]
    if info is None or info._backward_fn is None:
        return None
    return info._backward_fn, info._setup_context_fn


def autograd_kernel(op: Op) -> bool:
    """Whether an operator has a derivative of its own making for PyTorch's engine."""
    return op.name not in OPDEFS and any(_has_kernel(op.overload.name(), key) for key in _AUTOGRAD_KEYS)


#: (name of the kernel, what the dispatcher says of the operator) -> what the kernel closes over.
_CAPTURED: dict[tuple[str, str], dict[str, Any] | None] = {}


def _captured(qualname: str, overload: Any) -> dict[str, Any] | None:
    """What the kernel of that name closes over: for an operator of torch.library.define PyTorch keeps the functions
    of the user nowhere else, and the dispatcher gives no Python kernel back."""
    key = (qualname, torch._C._dispatch_dump(overload.name()))
    if key not in _CAPTURED:
        found = (_latest(qualname, overload, generation) for generation in range(3))  # the youngest objects first
        _CAPTURED[key] = next((cells for cells in found if cells is not None), None)
    return _CAPTURED[key]


def _latest(qualname: str, overload: Any, generation: int) -> dict[str, Any] | None:
    for function in reversed(gc.get_objects(generation)):
        if type(function) is FunctionType and function.__qualname__ == qualname and function.__closure__:
            names = function.__code__.co_freevars
            cells = {name: _contents(c) for name, c in zip(names, function.__closure__, strict=True)}
            if any(cells.get(name) is overload for name in ("op", "op_overload")):
                return cells
    return None


def _contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet
        return None


class Registered(Custom):
    """An operator by its registrations.

    Args:
        op: the operator.
        spec: how the flat arguments make up the operator's.
    """

    reverse = True
    batching = "own"

    def __init__(self, op: Op, spec: Spec) -> None:
        self.op, self.name, self.spec = op, op.name, spec
        self.random = op.seeded
        self.out_spec: Spec = None

    def _flat(self, outs: Any) -> tuple[Any, ...]:
        leaves, self.out_spec = flatten(outs)
        return tuple(leaves)

    def run(self, args: Sequence[Any]) -> Any:
        return self._flat(self.op.fn(*unflatten(self.spec, args)))

    def plain(self, call: Call, args: Sequence[Any]) -> Any:
        return self.run(args)  # PyTorch's own autograd knows the operator

    def _below(self, args: Sequence[Any]) -> tuple[Any, ...]:
        """By the levels below, which may have a declared rule for the operator."""
        return self._flat(self.op(*unflatten(self.spec, args)))

    def _filled(self, args: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """All arguments, defaults too, as positional ones and keyword-only ones."""
        given = list(unflatten(self.spec, args))
        given += [p.default for p in self.op.parameters[len(given) :]]
        pairs = list(zip(self.op.parameters, given, strict=True))
        return tuple(v for p, v in pairs if not p.kwarg_only), {p.name: v for p, v in pairs if p.kwarg_only}

    # ------------------------------------------------------------ derivatives

    def forward(self, call: Call, needs: Sequence[bool], args: Sequence[Any]) -> tuple[Any, Any]:
        outs = self._below(args)
        functions = autograd_functions(self.op)
        if functions is None:
            if not autograd_kernel(self.op):
                self._refuse_derivative(outs)
                return outs, None
            return outs, list(args)
        ctx = Context(self._needed(call, needs, args))
        inputs, keywords = self._filled(args)
        if functions[1] is not None:
            more = {"keyword_only_inputs": keywords} if keywords else {}
            with as_user():
                functions[1](ctx=ctx, inputs=inputs, output=unflatten(self.out_spec, outs), **more)
        call.nondiff_outputs = positions(ctx.non_differentiable, outs)
        return outs, (ctx.state(), Likeness(outs), _Structure(self.out_spec))

    def _refuse_derivative(self, outs: Sequence[Any]) -> None:
        if any(isinstance(o, torch.Tensor) and (o.is_floating_point() or o.is_complex()) for o in outs):
            raise missing_derivative(
                self.op,
                "vjp",
                "no rule is declared, and the operator registered no derivative with PyTorch. Declare `partials`, "
                "`linear` or `vjp` for it in a YAML spec (docs/spec-language.md; aten operators: rules/*.yaml), or "
                "register one with torch.library.register_autograd",
            )

    def _needed(self, call: Call, needs: Sequence[bool], args: Sequence[Any]) -> tuple[Any, ...]:
        flags = spliced([False] * len(args), call.tensors, needs)
        return tuple(unflatten(self.spec, flags))

    def backward(self, call: Call, residuals: Any, needs: Sequence[bool], cotangents: Sequence[Any]) -> list[Any]:
        if residuals is None:
            return [None] * len(call.tensors)
        if isinstance(residuals, list):
            return pulled(self.name, self.run, residuals, call.tensors, needs, cotangents)
        state, like, structure = residuals
        ctx = Context.of(state, self._needed(call, needs, [None] * call.arity))
        cts = like.materialized(cotangents) if ctx.materialize_grads else cotangents
        grads = unflatten(structure.spec, cts)
        functions: Any = autograd_functions(self.op)
        with as_user():
            found = functions[0](ctx, *(grads if isinstance(grads, tuple) else (grads,)))
        return self._per_tensor(call, found if isinstance(found, tuple) else (found,))

    def _per_tensor(self, call: Call, grads: Sequence[Any]) -> list[Any]:
        """The gradients of the flat tensors, from those of the arguments."""
        shapes: Any = unflatten(self.spec, list(range(call.arity)))
        found: dict[int, Any] = {}
        for place, grad in zip(shapes, grads, strict=False):
            several = isinstance(place, (list, tuple))
            if several and grad is not None and len(place) != len(grad):
                raise RuntimeError(
                    f"{self.name}: the registered backward returned {len(grad)} gradients for a list of {len(place)} tensors"
                )
            found.update(zip(place, grad or [None] * len(place), strict=True) if several else [(place, grad)])
        if any(i not in found for i in call.tensors):
            raise RuntimeError(
                f"{self.name}: the registered backward returned {len(grads)} gradients; return one for each argument of "
                "the operator, None where there is none"
            )
        return [freeze(found[i]) for i in call.tensors]

    # ------------------------------------------------------------ batches

    def batch(self, call: Call, size: int, batched: Sequence[bool], args: Sequence[Any], randomness: str) -> Any:
        rule = vmap_function(self.op)
        if rule is not None:
            return self._by_rule(rule, call, size, batched, args, randomness)
        warnings.warn(
            f"There is a performance drop: {self.name} has no batching rule and runs once for each of {size} examples; "
            "declare one in a YAML spec (docs/spec-language.md), or register one with torch.library.register_vmap",
            FallbackWarning,
            stacklevel=2,
        )
        if size == 0:
            return self._empty(call, batched, args)
        flags = dict(zip(call.tensors, batched, strict=True))
        rows = [[a.select(0, b) if flags.get(i) else a for i, a in enumerate(args)] for b in range(size)]
        return stack_outputs(self.op, [self._below(row) for row in rows])

    def _by_rule(
        self,
        rule: Callable[..., Any],
        call: Call,
        size: int,
        batched: Sequence[bool],
        args: Sequence[Any],
        randomness: str,
    ) -> Any:
        flags = spliced([None] * len(args), call.tensors, [0 if b else None for b in batched])
        inputs, keywords = self._as_dispatched(args)
        dims = tuple(unflatten(self.spec, flags))[: len(inputs)]
        info = VmapInfo(batch_size=size, randomness=randomness)
        with as_user():
            try:
                result = rule(info, dims, *inputs, **keywords)
            except Exception as error:
                error.add_note(f"raised by the function that torch.library.register_vmap registered for {self.name}")
                raise
        name = f"{self.name}: the function of register_vmap"
        outs, out_dims = unpack_batched(name, result)
        return self._flat(to_front(name, frozen(outs), out_dims, info.batch_size))

    def _as_dispatched(self, args: Sequence[Any]) -> tuple[Sequence[Any], dict[str, Any]]:
        """The arguments as PyTorch's dispatcher hands them to Python: without trailing ones that equal their default."""
        inputs, keywords = self._filled(args)
        same = [not p.required and _equal(p.default, v) for p, v in zip(self.op.parameters, inputs, strict=False)]
        count = len(inputs)
        while count and same[count - 1]:
            count -= 1
        parameters = {p.name: p for p in self.op.parameters}
        differ = {k: v for k, v in keywords.items() if parameters[k].required or not _equal(parameters[k].default, v)}
        return inputs[:count], differ

    def _empty(self, call: Call, batched: Sequence[bool], args: Sequence[Any]) -> Any:
        """A batch of size 0: one example without data tells the shapes."""
        flags = dict(zip(call.tensors, batched, strict=True))
        metas = [_meta(a, bool(flags.get(i))) if isinstance(a, torch.Tensor) else a for i, a in enumerate(args)]
        try:
            outs = self.run(metas)
        except RuntimeError as error:
            raise MissingRule(
                f"vmap: {self.name} has no batching rule, and a loop over 0 examples tells no shape; register one with "
                "torch.library.register_fake, or declare a rule"
            ) from error
        device = next(args[i].device for i in call.tensors)
        return tuple(torch.empty((0, *o.shape), dtype=o.dtype, device=device) for o in outs)


class _Structure:
    """How outputs are put together: no pytree, so that it is one leaf."""

    __slots__ = ("spec",)

    def __init__(self, spec: Spec) -> None:
        self.spec = spec


def _equal(default: Any, value: Any) -> bool:
    return not isinstance(value, torch.Tensor) and type(default) is type(value) and bool(default == value)


def _meta(x: torch.Tensor, batched: bool) -> torch.Tensor:
    return torch.empty(x.shape[1:] if batched else x.shape, dtype=x.dtype, device="meta")


# ---------------------------------------------------------------- derivatives by PyTorch's engine


class Engine(Custom):
    """A function of plain tensors that PyTorch's autograd can differentiate, as often as it can.

    Its pullback is again such a function, so it nests; a batch of it is a loop.
    """

    reverse = True
    batching = "loop"
    advice = "declare a batching rule and a derivative in a YAML spec (docs/spec-language.md)"

    def __init__(self, name: str, function: Callable[[Sequence[Any]], Any]) -> None:
        self.name, self.function = name, function

    def run(self, args: Sequence[Any]) -> Any:
        return self.function(args)

    def plain(self, call: Call, args: Sequence[Any]) -> Any:
        return self.function(args)

    def forward(self, call: Call, needs: Sequence[bool], args: Sequence[Any]) -> tuple[Any, Any]:
        return call(*args), list(args)

    def backward(self, call: Call, residuals: Any, needs: Sequence[bool], cotangents: Sequence[Any]) -> list[Any]:
        return pulled(self.name, self.function, residuals, call.tensors, needs, cotangents)


def pulled(
    name: str,
    function: Callable[[Sequence[Any]], Any],
    args: Sequence[Any],
    places: Sequence[int],
    needs: Sequence[bool],
    cotangents: Sequence[Any],
) -> list[Any]:
    """The cotangents of the tensors at `places`, by PyTorch's engine when all is plain below."""
    smooth = [
        i for i, n in zip(places, needs, strict=True) if n and (args[i].is_floating_point() or args[i].is_complex())
    ]
    have = [j for j, ct in enumerate(cotangents) if ct is not None]
    flat = [*args, *(cotangents[j] for j in have)]
    engine = Engine(name, partial(_pull, name, function, smooth, have, len(args)))
    grads = dict(zip(smooth, Call(engine, flat)(*flat), strict=True))
    return [grads.get(i) for i in places]


def _pull(
    name: str, function: Callable[..., Any], wanted: Sequence[int], have: Sequence[int], count: int, flat: Sequence[Any]
) -> tuple[Any, ...]:
    args, cotangents = flat[:count], flat[count:]
    again = torch.is_grad_enabled() and any(isinstance(x, torch.Tensor) and x.requires_grad for x in flat)
    with torch.enable_grad():
        inputs = [_input(args[i]) for i in wanted]
        outs = function(spliced(args, wanted, inputs))
        pairs = [(outs[j], ct) for j, ct in zip(have, cotangents, strict=True) if outs[j].requires_grad]
        if not pairs:
            raise MissingRule(
                f"{name} cannot be differentiated{' so often' if count > len(wanted) else ''}: its autograd kernel records "
                "no derivative. Declare one in a YAML spec (docs/spec-language.md)"
            )
        grads = torch.autograd.grad(
            [o for o, _ in pairs], inputs, [ct for _, ct in pairs], create_graph=again, allow_unused=True
        )
    return tuple(torch.zeros_like(x) if g is None else g for g, x in zip(grads, inputs, strict=True))


def _input(x: torch.Tensor) -> torch.Tensor:
    """An input for the engine, with the history that it has."""
    return x.view_as(x) if x.requires_grad else x.detach().requires_grad_()


# ---------------------------------------------------------------- operators that write to their arguments


def written_twin(op: Op) -> Op | None:
    """A functional operator for one that writes to its arguments: it works on copies, and returns them as well."""
    if op.overload is None or op.name.startswith("aten::") or op.out_form:
        return None
    written = [op.parameters[i] for i in op.written]
    if any(p.type.endswith("[]") for p in written):
        return None
    results = [_schema_type(str(r.type)) for r in op.schema.returns if r.alias_info is None]
    arguments = re.sub(r"\([a-z]\w*!?\)", "", str(op.schema)).partition("(")[2].rpartition(") ->")[0]
    schema = f"{op.name}_copied({arguments}) -> ({', '.join([*results, *(p.type for p in written)])})"

    def on_copies(*args: Any) -> tuple[Any, ...]:
        given = [x.clone() if i in op.written and x is not None else x for i, x in enumerate(args)]
        outs = op.fn(*given)
        listed = outs if isinstance(outs, tuple) else (outs,)
        return (*listed[: len(results)], *(given[i] for i in op.written))

    twin = Op(op.name, torch._C.parse_schema(schema), on_copies)
    twin.random = twin.special = op.seeded
    return twin


# ---------------------------------------------------------------- where the levels find it


def _call(op: Op, *args: Any) -> Any:
    leaves, spec = flatten(list(args))
    custom = Registered(op, spec)
    with as_rule():
        outs = Call(custom, leaves)(*[freeze(x) for x in leaves])
    return unflatten(custom.out_spec, outs)


def by_registration(op: Op) -> Callable[..., Any] | None:
    """The operator as a call that its registrations serve."""
    return partial(_call, op) if op.overload is not None and STACK.levels else None


REGISTERED.append(by_registration)
OTHER_TWINS.append(written_twin)
