"""The function mode that is on while user code runs inside a transform.

It sees the calls that hold no tracer but matter: random operators, factories, functions that are overridden. It is off
while a rule runs, since it would cost a Python call for each torch call of the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import FunctionType
from typing import Any

import torch
from torch._C import _len_torch_function_stack as _depth
from torch._C import _pop_torch_function_stack as _pop
from torch._C import _push_on_torch_function_stack as _push
from torch._ops import OpOverload
from torch.overrides import TorchFunctionMode
from torch.utils._device import DeviceContext, _device_constructors

from .box import boxed
from .functions import OVERRIDES, call_function, call_user_function, checks, unchecked, user_code
from .op import operator_of
from .randomness import RANDOM, draw_plain
from .reverse import note_mutation
from .stack import KINDS, MODE, STACK, UNUSUAL, Level
from .tracer import in_cpp


class TransformMode(TorchFunctionMode):
    """Routes what user code calls inside a transform."""

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        # C++ takes a mode off the stack while it answers, so from here on a rule runs
        plain = KINDS.isdisjoint(types)
        if UNUSUAL and STACK.kept:  # another mode above kept this one on while a rule runs
            kwargs = kwargs or {}
            return func(*args, **kwargs) if plain else call_function(func, args, kwargs)
        return call_plain(func, args, kwargs or {}) if plain else call_user_function(func, args, kwargs)


MODE.append(TransformMode())


@cache
def _makers() -> frozenset[Any]:
    """Functions whose results are fresh tensors, which user code may go on to write into."""
    makers = {*_device_constructors(), torch.Tensor.clone, torch.clone, torch.Tensor.new_tensor}
    for name in ("empty", "zeros", "ones", "full"):
        makers |= {getattr(torch, f"{name}_like"), getattr(torch.Tensor, f"new_{name}")}
    return frozenset(makers)


#: Methods that write to their first argument although their name has no underscore at its end.
_WRITERS = {
    "__setitem__",
    *(f"__i{name}__" for name in ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor"]),
}


def _note_writes(args: Sequence[Any], kwargs: dict[str, Any]) -> None:
    for x in (*args[:1], kwargs.get("out")):
        for tensor in x if isinstance(x, (list, tuple)) else (x,):  # a list: torch._foreach_add_, or several outputs
            if isinstance(tensor, torch.Tensor) and tensor.layout is torch.strided:
                note_mutation(tensor)


def _writes(func: Any, kwargs: dict[str, Any]) -> bool:
    """Whether a torch function writes to its first argument, or to what it is given as `out`."""
    name = getattr(func, "__name__", "").partition(".")[0]  # of an overload, `add_.Tensor`
    return name in _WRITERS or (name.endswith("_") and not name.endswith("__")) or "out" in kwargs


def call_plain(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """A torch function that user code called on plain tensors, or on none."""
    if STACK.devices and func in _device_constructors() and kwargs.get("device") is None:
        kwargs = {**kwargs, "device": STACK.devices[0].device}
    if func in OVERRIDES:
        return OVERRIDES[func](args, kwargs)
    if _writes(func, kwargs):
        _note_writes(args, kwargs)
    if getattr(func, "__name__", "") in RANDOM or (type(func) is OpOverload and operator_of(func).seeded):
        return draw_plain(func, args, kwargs)
    if func in _makers():
        return boxed(func(*args, **kwargs))
    # a method that calls its base (`Tensor.unflatten`) would come back here by the same name, for ever
    if type(func) is FunctionType and checks(func) and "super" not in func.__code__.co_names:
        with user_code():
            return unchecked(func)(*args, **kwargs)
    return func(*args, **kwargs)


def _new(args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """`x.new(...)`, the oldest of the factories: what it makes does not depend on what `x` holds."""
    like, *rest = args
    if any(isinstance(a, torch.Tensor) for a in (*rest, *kwargs.values())):
        return in_cpp(torch.Tensor.new, args, kwargs)
    if type(like) in KINDS:
        like = torch.empty(0, dtype=like.dtype, device=like.device)
    return boxed(like.new(*rest, **kwargs))


OVERRIDES[torch.Tensor.new] = _new


def hold_devices() -> None:
    """Take over from the default device's mode, which would cost a Python call for each torch call of a rule."""
    while _depth():
        top = _pop()
        if type(top) is not DeviceContext:
            _push(top)
            return
        STACK.devices.append(top)


def release_devices() -> None:
    while STACK.devices:
        _push(STACK.devices.pop())


Level.hold_devices = staticmethod(hold_devices)
Level.release_devices = staticmethod(release_devices)
