"""Pytrees: the nested tuples, lists and dicts that the transforms take and return.

`torch.utils._pytree` decides what a node is, so that types which are registered there work here. What is not borrowed
from it is the walk: a transform flattens its arguments at each call, and for the usual shapes (tensors, tuples, lists
and dicts of them) this one costs a third of `tree_flatten`.

A spec is `None` for a leaf, else `(kind, context, children)`, so that two specs compare with `==`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from torch import Tensor
from torch.utils import _pytree as pytree

__all__ = ["Spec", "align", "broadcast", "describe", "flatten", "leaves_of", "map_leaves", "paths", "unflatten"]

Spec = tuple[Any, Any, tuple[Any, ...]] | None

# Leaves that need no look into the registry of node types.
_PLAIN = frozenset({int, float, bool, complex, str, bytes, type(None)})


class _Other:
    """The kind of every node that is no tuple, list or dict; its context is PyTorch's own spec of that one node."""


def flatten(tree: Any) -> tuple[list[Any], Spec]:
    """Return the leaves of `tree`, left to right, and the spec that `unflatten` needs.

    >>> flatten({"a": 1, "b": (2, 3)})[0]
    [1, 2, 3]
    """
    leaves: list[Any] = []
    return leaves, _collect(tree, leaves)


def _collect(tree: Any, leaves: list[Any]) -> Spec:
    if isinstance(tree, Tensor):
        leaves.append(tree)
        return None
    kind = type(tree)
    if kind is tuple or kind is list:
        return kind, None, tuple([_collect(child, leaves) for child in tree])
    if kind is dict:
        return kind, tuple(tree), tuple([_collect(child, leaves) for child in tree.values()])
    if kind in _PLAIN or pytree.tree_is_leaf(tree):
        leaves.append(tree)
        return None
    children, context = pytree.tree_flatten(tree, is_leaf=lambda node: node is not tree)
    return _Other, context, tuple([_collect(child, leaves) for child in children])


def leaves_of(tree: Any) -> list[Any]:
    """Return the leaves of `tree`, left to right."""
    return flatten(tree)[0]


def unflatten(spec: Spec, leaves: Sequence[Any]) -> Any:
    """Build the tree of `spec` from its leaves.

    >>> unflatten(flatten({"a": 0, "b": (0, 0)})[1], "xyz")
    {'a': 'x', 'b': ('y', 'z')}
    """
    return leaves[0] if spec is None else _build(spec, iter(leaves))


def _build(spec: Spec, leaves: Iterator[Any]) -> Any:
    if spec is None:
        return next(leaves)
    kind, context, children = spec
    values = [next(leaves) if child is None else _build(child, leaves) for child in children]
    if kind is list:
        return values
    if kind is tuple:
        return tuple(values)
    if kind is dict:
        return dict(zip(context, values, strict=True))
    return pytree.tree_unflatten(values, context)


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """Return `tree` with `function` applied to each leaf."""
    leaves, spec = flatten(tree)
    return unflatten(spec, [function(leaf) for leaf in leaves])


def broadcast(prefix: Any, spec: Spec) -> list[Any] | None:
    """Return one leaf of `prefix` for each leaf of `spec`, or None where `prefix` is no prefix of it.

    >>> broadcast((0, None), flatten(("a", {"x": "b", "y": "c"}))[1])
    [0, None, None]
    """
    return _spread(prefix, spec, whole=False)


def align(tree: Any, spec: Spec) -> list[Any] | None:
    """Return the leaves of `tree` in the order of `spec`, or None where its structure is another.

    The keys of a dict may come in any order.

    >>> align({"b": 2, "a": 1}, flatten({"a": 0, "b": 0})[1])
    [1, 2]
    """
    return _spread(tree, spec, whole=True)


def _spread(prefix: Any, spec: Spec, *, whole: bool) -> list[Any] | None:
    leaves, own = flatten(prefix)
    if own is None and not whole:
        return leaves * _count(spec)
    if own == spec:
        return leaves
    found: list[Any] = []
    return found if _match(own, spec, iter(leaves), found, whole) else None


def _match(prefix: Spec, spec: Spec, leaves: Iterator[Any], found: list[Any], whole: bool) -> bool:
    if prefix is None:
        found.extend([next(leaves)] * _count(spec))
        return spec is None or not whole
    if spec is None or prefix[0] is not spec[0] or len(prefix[2]) != len(spec[2]):
        return False
    if prefix[0] is dict and prefix[1] != spec[1]:
        return _match_dict(prefix, spec, leaves, found, whole)
    if prefix[1] != spec[1]:
        return False
    pairs = zip(prefix[2], spec[2], strict=True)
    return all(_match(own, child, leaves, found, whole) for own, child in pairs)


def _match_dict(prefix: Any, spec: Any, leaves: Iterator[Any], found: list[Any], whole: bool) -> bool:
    """Match two dicts with the same keys in another order."""
    if set(prefix[1]) != set(spec[1]):
        return False
    children = dict(zip(spec[1], spec[2], strict=True))
    parts: dict[Any, list[Any]] = {key: [] for key in spec[1]}
    for key, child in zip(prefix[1], prefix[2], strict=True):
        if not _match(child, children[key], leaves, parts[key], whole):
            return False
    found.extend(leaf for part in parts.values() for leaf in part)
    return True


def _count(spec: Spec) -> int:
    return 1 if spec is None else sum([1 if child is None else _count(child) for child in spec[2]])


def describe(spec: Spec) -> str:
    """Return the structure in a form for messages.

    >>> describe(flatten((1, {"w": 2}))[1])
    "(*, {'w': *})"
    """
    return repr(unflatten(spec, [_Star()] * _count(spec)))


class _Star:
    def __repr__(self) -> str:
        return "*"


def paths(spec: Spec) -> list[str]:
    """Return how each leaf of `spec` is reached from the root, for messages.

    >>> paths(flatten((1, {"w": 2}))[1])
    ['[0]', "[1]['w']"]
    """
    tree = unflatten(spec, [0] * _count(spec))
    return [pytree.keystr(path) for path, _ in pytree.tree_flatten_with_path(tree)[0]]
