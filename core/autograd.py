"""torch.autograd.grad called inside a transformed function."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import torch
from torch.utils._pytree import tree_map

from .functions import OVERRIDES
from .refusals import refuse_backward, refuse_requires_grad
from .reverse import Taped
from .stack import KINDS, STACK
from .tracer import freeze, in_cpp


def _grad(args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """PyTorch's own engine on plain tensors with a graph; the cotangents may be tracers."""
    args, kwargs = tree_map(lambda x: freeze(x) if isinstance(x, torch.Tensor) else x, (tuple(args), kwargs))
    for role, what in zip(("outputs", "inputs"), args, strict=False):
        _refuse_tracers(role, what)
    for role in ("outputs", "inputs"):
        _refuse_tracers(role, kwargs.get(role))
    before, STACK.user_in_cpp = (
        STACK.user_in_cpp,
        True,
    )  # the engine writes into tensors that it makes, as user code may
    try:
        return torch.autograd.grad(*args, **kwargs)
    finally:
        STACK.user_in_cpp = before


#: What PyTorch's engine says of them.
_SAYS = {
    "outputs": "element {} of tensors does not require grad and does not have a grad_fn",
    "inputs": "One of the differentiated Tensors does not require grad (input {})",
}


def _refuse_tracers(role: str, what: Any) -> None:
    for i, tensor in enumerate(what if isinstance(what, (list, tuple)) else (what,)):
        if type(tensor) in KINDS:
            _refuse(tensor, _SAYS[role].format(i))


def _refuse(tensor: Any, says: str) -> None:
    kind = (
        "differentiated by an outer transform" if type(tensor) is Taped else "batched or differentiated by a transform"
    )
    raise RuntimeError(
        f"torch.autograd.grad: {says}, for PyTorch's engine: the tensor of shape {tuple(tensor.shape)} is {kind} and has no "
        "graph of its own. Use oplift.grad or oplift.vjp inside transformed functions; only grad_outputs may be tensors of "
        "a transform"
    )


def _requires_grad_(args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """On a plain tensor, which torch.autograd.functional detaches from what it was given: its results would be constants
    for the running transforms."""
    caller: Any = sys._getframe(1)
    while str(caller.f_globals.get("__name__")).startswith("oplift."):
        caller = caller.f_back
    if caller.f_globals.get("__name__") == "torch.autograd.functional":
        refuse_requires_grad(args[0])
    return in_cpp(torch.Tensor.requires_grad_, args, kwargs)


OVERRIDES[torch.autograd.grad] = _grad
OVERRIDES[torch.Tensor.requires_grad_] = _requires_grad_
OVERRIDES[torch.Tensor.backward] = refuse_backward
