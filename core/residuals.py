"""What a pullback keeps, and whether anybody wrote to it in the meantime."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import FunctionType
from typing import Any

import torch

from .refusals import overwritten
from .stack import KINDS

__all__ = ["Residuals", "check_unchanged", "held"]

# What a pullback keeps beside tensors.
_FACTS = frozenset({type(None), bool, int, float, complex, str, torch.Size, torch.dtype, torch.device})


class Residuals:
    """The plain tensors below a pullback that is handed out, each with its version.

    While a transform runs nobody can change a value; user code that keeps a pullback can, by an in-place operator on
    an input, an output or a captured tensor. What the pullback computed from it would be wrong.
    """

    def __init__(self, pull: Callable[..., Any]) -> None:
        plain = {id(tensor): tensor for tensor in held(pull)}
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


def check_unchanged(order: Sequence[Any], mutated: Mapping[int, int]) -> None:
    """Raise where a pullback holds a plain tensor that was written after the pullback was recorded.

    Args:
        mutated: storage of a tensor -> length of the tape when it was last written.
    """
    for node in order:
        found = held(node.pullback) if node.pullback is not None else ()
        storages = {t.untyped_storage()._cdata for t in found if t.layout is torch.strided}
        if any(node.index <= mutated.get(storage, 0) for storage in storages):
            raise overwritten(node.pullback.__name__)


def held(root: Any) -> list[Any]:
    """Find all plain tensors that a closure holds, those below tracers included."""
    found: list[Any] = []
    functions: set[int] = set()
    todo: list[Any] = [root]
    while todo:
        holder = todo.pop()
        kind = type(holder)
        if kind in _FACTS:
            continue
        if kind is FunctionType:
            if id(holder) not in functions and holder.__closure__:
                functions.add(id(holder))
                todo.extend([cell.cell_contents for cell in holder.__closure__])
        elif hasattr(kind, "pullback"):  # a node of the tape
            todo.append(holder.pullback)
        elif kind is list or kind is tuple:
            todo.extend(holder)
        elif kind in KINDS:
            todo.append(holder.value)
        elif isinstance(holder, torch.Tensor):
            found.append(holder)
        elif kind is dict:
            todo.extend(holder.values())
        elif kind is partial:
            todo.extend((holder.func, *holder.args, *holder.keywords.values()))
    return found
