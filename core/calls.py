"""The operators that user code calls: boxes are read, views tracked, in-place operators re-point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch._C import _len_torch_function_stack as _depth
from torch._C import _pop_torch_function_stack as _pop
from torch._C import _push_on_torch_function_stack as _push

from .alias import track
from .box import boxed
from .inplace import mutate
from .op import Op
from .randomness import spread
from .stack import KINDS, MODE, STACK, UNUSUAL, Level, bind, operands, start_user_code, stop_user_code
from .tracer import Tracer, freeze, in_cpp


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
            return mutate(op, args, call_op)
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
        track(out, op, args)
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
            track(out, op, args)
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


def call_by_anyone(op: Op, args: Sequence[Any]) -> Any:
    """`call_op` where user code runs, with the function mode off meanwhile, and `bind` where a rule runs."""
    if not _depth():  # `STACK.user`, `stop_user_code` and `start_user_code`, written out
        return mutate(op, args, bind) if op.written else bind(op, args)
    mode = _pop()
    if mode is not MODE[0] or (UNUSUAL and STACK.kept):
        _push(mode)
        return _with_care(op, args)
    try:
        if op.quick and type(args[0]) in KINDS:  # `call_op`, its first lines
            level = args[0].level
            if op.unary or type(args[1]) not in KINDS or args[1].level is level:
                return level.process(op, args)
        return call_op(op, args)
    finally:
        _push(mode)


def _with_care(op: Op, args: Sequence[Any]) -> Any:
    """The same where there are other modes."""
    if not STACK.user:
        return mutate(op, args, bind) if op.written else bind(op, args)
    stop_user_code()
    try:
        return call_op(op, args)
    finally:
        start_user_code()


Op.call_by_anyone = staticmethod(call_by_anyone)
Tracer.call_dispatched = staticmethod(call_dispatched)
Level.user_in_cpp = staticmethod(user_in_cpp)
