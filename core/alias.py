"""Boxes and views, and what a write to one of them changes.

Values are pure; a tracer that user code holds is a mutable box. An in-place operator computes the pure result and
re-points the box, its level too: a tensor made inside a function can take batched or differentiated values. A view
remembers its base and how to reach it; writing to a view writes to the base, which brings its other views up to date.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import torch

from .batching import Batched
from .box import boxed
from .errors import OpliftError
from .forward import Dual
from .op import Op
from .refusals import captured
from .reverse import Taped
from .stack import KINDS, Level, bind
from .tracer import copy_extra, forget_flat, freeze, wrap


class Alias:
    """Where a tracer stands among views: what it looks at, and which live views look at it."""

    __slots__ = ("parent", "op", "args", "index", "children")

    parent: Any
    op: Any
    args: Sequence[Any]
    index: int | None
    children: list[weakref.ref[Any]]

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


def track(out: Any, op: Op, args: Sequence[Any]) -> None:
    """Remember that `out` is a view of the first argument."""
    base = args[0]
    if type(base) not in KINDS or out is base or (op.may_copy and not _share(base, out)):
        return
    parent = base.alias
    if parent is None:
        base.alias = parent = _alias(None, None, (), None)
    children = parent.children
    if type(out) in KINDS:
        if out.alias is None:
            out.alias = _alias(base, op, args[1:], None)
            children.append(weakref.ref(out))
    elif isinstance(out, (list, tuple)):
        for index, view in enumerate(out):
            if type(view) in KINDS and view.alias is None:
                view.alias = _alias(base, op, args[1:], index)
                children.append(weakref.ref(view))
    if len(children) % 64 == 0:
        parent.children = [r for r in children if r() is not None]


def _alias(parent: Any, op: Any, args: Sequence[Any], index: int | None) -> Alias:
    alias = Alias()  # without a constructor, see oplift.reverse.Node
    alias.parent, alias.op, alias.args, alias.index, alias.children = parent, op, args, index, []
    return alias


def _share(base: Any, out: Any) -> bool:
    """Whether two tracers look at the same memory."""
    while type(base) in KINDS:
        base = base.value
    while type(out) in KINDS:
        out = out.value
    return torch._C._is_alias_of(base, out)  # type: ignore[attr-defined, no-any-return]


def write(target: torch.Tensor, new: torch.Tensor) -> None:
    """Make `target` hold `new`, of the same shape and dtype, and let its base and the views of that see it."""
    if type(target) not in KINDS:
        new = freeze(new)  # a box holds a plain tensor
        if type(new) in KINDS:
            raise captured(target, new, type(new) is Batched)
        target.copy_(new)
        return
    alias = target.alias  # type: ignore[attr-defined]
    if alias is not None and alias.parent is not None:
        write(alias.parent, alias.written(freeze(new)))
    else:
        repoint(target, new)
        _refresh(target)


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
    if type(new) is Batched and new.level.nests:
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
    if type(old) is Dual:
        value, tangent = old.level.lower(new)
        if not detached and old.tangent is not None:  # what was written to the tangent is data, too
            tangent = _with_history(old.tangent, torch.zeros_like(value) if tangent is None else tangent)
        return old.level.dual(_with_history(old.value, value, detached), old.tangent if detached else tangent)
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


def turn(target: Any, op: Op, args: Sequence[Any], new: torch.Tensor) -> None:
    """Let `target` look at its memory in another way, as after `x.t_()`: where views matter, as a view of what it was."""
    alias = target.alias if op.name != "aten::detach" else None
    if alias is None:
        repoint(target, new)
        return
    was = wrap(type(target), target.level, target.value, target, target.shape, target.strides)
    copy_extra(target, was)
    was.alias, target.alias = alias, _alias(was, op, args[1:], None)
    for view in [v for v in (r() for r in alias.children) if v is not None]:
        view.alias.parent = was
    if alias.parent is not None:
        siblings = alias.parent.alias.children
        siblings[:] = [weakref.ref(was) if r() is target else r for r in siblings]
    alias.children.append(weakref.ref(target))
    repoint(target, new)


Level.write = staticmethod(write)
