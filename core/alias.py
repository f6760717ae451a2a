"""Boxes, views and in-place operators.

Values are pure; a tracer that user code holds is a mutable box. An in-place operator computes the pure result and
re-points the box, its level too: a tensor made inside a function can take batched or differentiated values. A view
remembers its base and how to reach it; writing to a view writes to the base, which brings its other views up to date.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import torch

from .batching import Batched
from .box import boxed
from .errors import OpliftError
from .forward import Dual
from .op import Op, Parameter, operator
from .randomness import spread
from .reverse import Taped
from .stack import KINDS, STACK, Level, bind, operands, start_user_code, stop_user_code
from .tracer import Tracer, copy_extra, forget_flat, freeze, in_cpp


class Alias:
    """Where a tracer stands among views: what it looks at, and which live views look at it."""

    __slots__ = ("parent", "op", "args", "index", "children")

    def __init__(self, parent: Any = None, op: Any = None, args: Sequence[Any] = (), index: int | None = None) -> None:
        self.parent, self.op, self.args, self.index = parent, op, args, index
        self.children: list[weakref.ref[Any]] = []

    def replay(self) -> Any:
        """The view of the base as it is now."""
        out = bind(self.op, (freeze(self.parent), *self.args))
        return out if self.index is None else out[self.index]

    def written(self, new: Any) -> Any:
        """The parent's new value after `new` was written to the view."""
        if self.op.inverse is None:
            raise OpliftError(
                f"{self.op.name}: its result is a view that cannot be written to in place; use clone() first"
            )
        parent = freeze(self.parent)
        if self.op.name == "aten::detach":
            return _with_history(parent, new, detached=True)
        if self.index is not None:
            outs = list(bind(self.op, (parent, *self.args)))
            outs[self.index] = new
            new = outs
        return self.op.inverse(new, parent, *self.args)


def call_op(op: Op, args: Sequence[Any]) -> Any:
    """`bind` for what user code holds: boxes are read, views tracked, in-place operators re-point."""
    if op.quick and type(args[0]) in KINDS:
        level = args[0].level
        if op.unary or type(args[1]) not in KINDS or args[1].level is level:
            return level.process(op, args)
    if len(args) < op.arity:
        args = op.pad(args)
    if op.special:
        if op.written and not op.composite:
            return mutate(op, args)
        if op.composite:  # what it is made of is the user's too: it may draw random numbers, or take views
            return _as_user(op.decompose, args)
        if STACK.levels and op.draws(args):
            args = spread(op, args)
    level, mixed = operands(op, args)
    if level is None:
        return op.fn(*args)
    if mixed:
        args = _frozen_below(op, level, args)
    out = level.process(op, args)
    if op.view:
        _track(out, op, args)
    return boxed(out) if op.makes else out


def call_dispatched(op: Op, args: Sequence[Any]) -> Any:
    """An operator that arrived from C++, where user code or a rule had called a function without a rule of its own."""
    if not STACK.user_in_cpp:
        return mutate(op, args, bind) if op.written else bind(op, args)
    STACK.user_in_cpp = False
    try:
        out = call_op(op, args)
        if op.view:  # C++ goes on to make a view of it, which it cannot of a plain tensor that is one already
            out = boxed(out)
            _track(out, op, args)
        return out
    finally:
        STACK.user_in_cpp = True


def user_in_cpp(func: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Run a torch function in C++ that user code called; its operators then are the user's too."""
    before, STACK.user_in_cpp = STACK.user_in_cpp, True
    try:
        return in_cpp(func, args, kwargs)
    finally:
        STACK.user_in_cpp = before


def _as_user(func: Callable[..., Any], args: Sequence[Any]) -> Any:
    """Run a function of the rules as if user code had called what it calls."""
    start_user_code()
    try:
        return func(*args)
    finally:
        stop_user_code()


def _frozen_below(op: Op, level: Level, args: Sequence[Any]) -> Sequence[Any]:
    """Args with all tracers of lower levels frozen, since the rules of `level` may keep them."""
    for i in op.tensors:
        a = args[i]
        kind = type(a)
        if kind in KINDS:
            if a.level is not level:
                args = [*args[:i], freeze(a), *args[i + 1 :]]
        elif kind is list or kind is tuple:
            below = [x if type(x) not in KINDS or x.level is level else freeze(x) for x in a]
            args = [*args[:i], below, *args[i + 1 :]]
    return args


def _track(out: Any, op: Op, args: Sequence[Any]) -> None:
    """Remember that `out` is a view of the first argument."""
    base = args[0]
    if type(base) not in KINDS or out is base or (op.may_copy and not _share(base, out)):
        return
    base.alias = parent = base.alias or Alias()
    several = isinstance(out, (list, tuple))
    for index, view in enumerate(out if several else [out]):
        if type(view) in KINDS and view.alias is None:
            view.alias = Alias(base, op, tuple(args[1:]), index if several else None)
            parent.children.append(weakref.ref(view))
    if len(parent.children) % 64 == 0:
        parent.children = [r for r in parent.children if r() is not None]


def _share(base: Any, out: Any) -> bool:
    """Whether two tracers look at the same memory."""
    while type(base) in KINDS:
        base = base.value
    while type(out) in KINDS:
        out = out.value
    return base.untyped_storage()._cdata == out.untyped_storage()._cdata  # type: ignore[no-any-return]


def write(target: torch.Tensor, new: torch.Tensor) -> None:
    """Make `target` hold `new`, of the same shape and dtype, and let its base and the views of that see it."""
    if type(target) not in KINDS:
        new = freeze(new)  # a box holds a plain tensor
        if type(new) in KINDS:
            raise OpliftError(_captured(target, new))
        target.copy_(new)
        return
    alias = target.alias  # type: ignore[attr-defined]
    if alias is not None and alias.parent is not None:
        write(alias.parent, alias.written(freeze(new)))
    else:
        repoint(target, new)
        _refresh(target)


def _captured(target: torch.Tensor, new: Any) -> str:
    kind = type(new).__name__.lower()
    return (
        f"vmap: inplace arithmetic(self, *extra_args) is not possible on a plain tensor of shape {tuple(target.shape)} that "
        "was made outside of the transformed function, or of such tensors alone, because the other operand is "
        f"{kind} (it has more elements, or "
        "carries derivatives, than the plain tensor can hold). Use the out-of-place operator, pass the tensor to the "
        "function as an argument, or make it inside"
    )


def _refresh(base: Any) -> None:
    for r in base.alias.children if base.alias is not None else ():
        view = r()
        if view is not None:
            repoint(view, view.alias.replay())
            _refresh(view)


def repoint(target: Any, new: Any) -> None:
    """Give the box `target` the value, the level and the kind of `new`."""
    if type(new) not in KINDS:
        new = boxed(new)
    if not torch.is_grad_enabled():
        new = _with_history(freeze(target), new)
    if new.shape != target.shape or new.dtype is not target.dtype:
        _reshape(target, new)
    target.__class__ = type(new)
    target.value, target.level = new.value, new.level
    forget_flat(target)
    copy_extra(new, target)
    target.frozen = None


def _with_history(old: Any, new: Any, detached: bool = False) -> Any:
    """`new` with the history of `old`: what a write makes that changes the data alone.

    Args:
        detached: whether it went through `old.detach()`, which leaves the tangent alone; no_grad does not.
    """
    if type(old) is Taped:
        return old.level.taped(_with_history(old.value, old.level.lower(new), detached), old.node)
    if type(old) is Dual and detached:
        return old.level.dual(_with_history(old.value, old.level.lower(new)[0], detached), old.tangent)
    if type(old) is Batched and type(new) is Batched and new.level is old.level:
        return old.level.batched(_with_history(old.value, new.value, detached))
    if type(old) not in KINDS and type(new) not in KINDS and old.requires_grad:
        with torch.enable_grad():
            history = old.clone()
        with torch.no_grad():
            return history.copy_(new)
    return new


def _reshape(target: Any, new: Any) -> None:
    """Re-point to another shape or dtype, which C++ holds too."""
    fresh = freeze(new) if type(freeze(new)) in KINDS else new
    torch._C.TensorBase.data.__set__(target, fresh)  # type: ignore[attr-defined]
    target.shape, target.strides, target.dtype, target.device = new.shape, new.strides, new.dtype, new.device


def mutate(op: Op, args: Sequence[Any], run: Callable[..., Any] = call_op) -> Any:
    """An in-place or out= operator: its functional twin, and a write.

    A twin returns what the operator returns, and after that the new values of the arguments that it writes.
    """
    twin = functional_twin(op)
    filled = (*args, *(p.default for p in op.parameters[len(args) :]))
    given = [a for i, a in enumerate(filled) if not (op.out_form and i in op.written)]
    out = run(twin, given)
    results = sum(r.alias_info is None for r in op.schema.returns)
    targets = [t for i in op.written for t in (filled[i] if isinstance(filled[i], (list, tuple)) else [filled[i]])]
    values = out if isinstance(out, (list, tuple)) else (out,)
    for target, value in zip(targets, values[results:], strict=True):
        if target is not None:
            _store(op, twin, target, value)
    if results:
        return values[0] if results == 1 else tuple(values[:results])
    return targets[0] if len(op.schema.returns) == 1 else tuple(targets) if op.schema.returns else None


def _store(op: Op, twin: Op, target: torch.Tensor, new: torch.Tensor) -> None:
    if twin.view or "resize" in op.name:
        repoint(target, new)
        return
    if new.shape != target.shape:
        if not op.out_form:
            raise RuntimeError(
                f"{op.name}: output with shape {list(target.shape)} doesn't match the broadcast shape {list(new.shape)}"
            )
        repoint(target, new)
        return
    if new.dtype is not target.dtype:
        if not torch.can_cast(new.dtype, target.dtype):
            raise RuntimeError(f"{op.name}: result type {new.dtype} can't be cast to the output's type {target.dtype}")
        new = new.to(target.dtype)
    write(target, new)


#: In-place operators whose functional twin has a name of its own.
_TWINS = {"normal_": "normal_functional", "__ior__": "__or__", "__iand__": "__and__", "__ixor__": "__xor__",
          "__ilshift__": "__lshift__", "__irshift__": "__rshift__"}  # fmt: skip


#: Further ways to a functional twin; filled by oplift.registered.
OTHER_TWINS: list[Callable[[Op], Op | None]] = []


def functional_twin(op: Op) -> Op:
    """The operator that computes what `op` writes."""
    found = getattr(op, "twin", None)
    if found is None:
        found = op.twin = _find_twin(op)  # type: ignore[attr-defined]
    return found


def _find_twin(op: Op) -> Op:
    namespace, _, rest = op.name.partition("::")
    base = rest.partition(".")[0]
    want = [p for i, p in enumerate(op.parameters) if not (op.out_form and i in op.written)]
    name = base if op.out_form else _TWINS.get(base, base.removesuffix("_"))
    for twin in [name, f"{name}_functional"]:
        packet = getattr(getattr(torch.ops, namespace), twin, None)
        for overload in packet.overloads() if packet is not None else ():
            schema = getattr(packet, overload)._schema
            same = [(p.name, p.type) for p in map(Parameter, schema.arguments)] == [(p.name, p.type) for p in want]
            if same and not schema.is_mutable:
                return operator(f"{namespace}::{twin}.{overload}".removesuffix(".default"))
    for make in OTHER_TWINS:
        found = make(op)
        if found is not None:
            return found
    raise OpliftError(
        f"{op.name}: an in-place operator without a functional form cannot run inside a transformed function; use an "
        "out-of-place form, or declare the operator as functional"
    )


def _call_by_user(op: Op, args: Sequence[Any]) -> Any:
    stop_user_code()
    try:
        return call_op(op, args)
    finally:
        start_user_code()


Op.call_by_user = staticmethod(_call_by_user)
Tracer.call_dispatched = staticmethod(call_dispatched)
Level.user_in_cpp = staticmethod(user_in_cpp)
Level.write = staticmethod(write)
