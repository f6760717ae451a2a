"""Nested tuples, lists and dicts of tensors: the arguments and results of an operator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

Path = tuple[int | str, ...]


def walk(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Tensor]]:
    """Every tensor of `tree` with the keys that lead to it, in order."""
    if isinstance(tree, Tensor):
        yield path, tree
    elif isinstance(tree, tuple | list):
        for index, item in enumerate(tree):
            yield from walk(item, (*path, index))
    elif isinstance(tree, dict):
        for key, item in tree.items():
            yield from walk(item, (*path, key))


def leaves(tree: Any) -> list[Tensor]:
    """The tensors of `tree`, in order."""
    return [tensor for _, tensor in walk(tree)]


def map_tensors(function: Callable[[Tensor], Any], tree: Any) -> Any:
    """`tree` with `function` applied to each tensor; named tuples keep their type."""
    if isinstance(tree, Tensor):
        return function(tree)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(map_tensors(function, item) for item in tree))
    if isinstance(tree, tuple | list):
        return type(tree)(map_tensors(function, item) for item in tree)
    if isinstance(tree, dict):
        return {key: map_tensors(function, item) for key, item in tree.items()}
    return tree


def replace(tree: Any, tensors: Iterable[Tensor]) -> Any:
    """`tree` with its tensors replaced, in order, by `tensors`."""
    supply = iter(tensors)
    return map_tensors(lambda _: next(supply), tree)


def is_differentiable(tensor: Tensor) -> bool:
    """Whether the tensor's dtype can carry a tangent."""
    return tensor.is_floating_point() or tensor.is_complex()


def short(value: Any) -> str:
    """A value as one writes it in a report: `f64[2, 3]`, `dim=1`, ..."""
    if isinstance(value, Tensor):
        layout = "" if value.is_contiguous() else "~"
        return f"{_short_dtype(value.dtype)}{list(value.shape)}{layout}"
    if isinstance(value, tuple | list):
        inner = ", ".join(short(item) for item in value)
        return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    return str(value) if isinstance(value, torch.dtype) else repr(value)


def _short_dtype(dtype: torch.dtype) -> str:
    name = str(dtype).removeprefix("torch.")
    for long, brief in (("bfloat", "bf"), ("float", "f"), ("complex", "c"), ("uint", "u"), ("int", "i")):
        if name.startswith(long) and name[len(long) :].isdigit():
            return brief + name[len(long) :]
    return name
