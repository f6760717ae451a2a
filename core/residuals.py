"""What a pullback keeps, and whether anybody wrote to it in the meantime."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import Any

import torch
from torch import Tensor

from .api_basis import bottom
from .reverse import Node

__all__ = ["Residuals"]

# What residuals are beside tensors.
_PLAIN = frozenset({type(None), bool, int, float, complex, str, torch.Size, torch.dtype, torch.device})


class Residuals:
    """The plain tensors below a pullback that is handed out, each with its version.

    While a transform runs nobody can change a value; user code that keeps a pullback can, by an in-place operator on
    an input, an output or a captured tensor. What the pullback computed from it would be wrong.
    """

    def __init__(self, pull: Callable[..., Any]) -> None:
        plain = {id(tensor): tensor for tensor in map(bottom, _tensors(pull))}
        self.versions = [(tensor, tensor._version) for tensor in plain.values() if not tensor.is_inference()]

    def check(self) -> None:
        """Refuse to go on where a tensor has changed."""
        for tensor, version in self.versions:
            if tensor._version != version:
                raise RuntimeError(
                    "one of the variables needed for gradient computation has been modified by an inplace operation: "
                    f"a tensor of shape {tuple(tensor.shape)} is at version {tensor._version}; expected version "
                    f"{version} instead. Use an out-of-place operator, write to a clone, or call the pullback first"
                )


def _tensors(root: Callable[..., Any]) -> list[Any]:
    """Find all tensors that a closure holds."""
    found: list[Any] = []
    functions: set[int] = set()
    todo: list[Any] = [root]
    while todo:
        holder = todo.pop()
        kind = type(holder)
        if kind in _PLAIN:
            continue
        if kind is FunctionType:
            if id(holder) not in functions and holder.__closure__:
                functions.add(id(holder))
                todo.extend([cell.cell_contents for cell in holder.__closure__])
        elif kind is Node:
            todo.append(holder.pullback)
        elif kind is list or kind is tuple:
            todo.extend(holder)
        elif isinstance(holder, Tensor):
            found.append(holder)
        elif kind is dict:
            todo.extend(holder.values())
        elif kind is partial:
            todo.extend((holder.func, *holder.args, *holder.keywords.values()))
    return found
