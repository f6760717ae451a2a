"""Hooks on tensors inside of transforms: `x.register_hook(hook)` may change the cotangent of `x`, as in PyTorch."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NoReturn

import torch
from torch.utils.hooks import RemovableHandle

from .api_common import fresh
from .box import Box
from .custom_call import as_user
from .reverse import ReverseLevel, Taped
from .stack import KINDS
from .tracer import Tracer, freeze

Hook = Callable[[torch.Tensor], torch.Tensor | None]


def register_hook(self: Tracer, hook: Hook) -> RemovableHandle:
    """Run `hook` on the cotangent of a differentiated tensor, and take what it returns, if anything, in its place."""
    if type(self) is Box:
        return self.value.register_hook(hook)  # type: ignore[no-any-return]
    if type(self) is not Taped:
        _refuse(self)
    hooks: OrderedDict[int, Hook] = self.level.hooks.setdefault(self.node, OrderedDict())
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


def _refuse(tracer: Tracer) -> NoReturn:
    kind, below = type(tracer).__name__.lower(), tracer.value
    while type(below) in KINDS and type(below) is not Taped:
        below = below.value
    if type(below) is Taped:
        raise RuntimeError(
            f"register_hook(): on a {kind} tensor of shape {tuple(tracer.shape)} whose gradient a transform further out takes: "
            "the hook would see the cotangents of all examples. Call vmap outside and grad inside, or hook the tensor before "
            f"it is {kind}"
        )
    raise RuntimeError(
        f"register_hook(): cannot register a hook on a tensor that doesn't require gradient: a {kind} tensor of shape "
        f"{tuple(tracer.shape)} that no grad or vjp differentiates. Call it inside of a function that one of them transforms"
    )


def _hooked(hooks: OrderedDict[int, Hook], cotangent: torch.Tensor) -> torch.Tensor:
    """What the hooks of a tensor make of its cotangent, one after another."""
    with as_user():
        for hook in list(hooks.values()):
            found = hook(fresh(cotangent))
            if found is not None:
                cotangent = freeze(found)
    return cotangent


def _unsupported(name: str) -> Callable[..., NoReturn]:
    def refuse(self: Tracer, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            f"You are attempting to call Tensor.{name}() inside of a function being transformed, on a "
            f"{type(self).__name__.lower()} tensor of shape {tuple(self.shape)}: it has no .grad. Use oplift.grad or "
            "oplift.vjp, which return gradients, or call it outside of the transform"
        )

    refuse.__name__ = name
    return refuse


Tracer.register_hook = register_hook  # type: ignore[assignment]
for _name in ("retain_grad", "register_post_accumulate_grad_hook"):
    setattr(Tracer, _name, _unsupported(_name))
ReverseLevel.hooked = staticmethod(_hooked)
