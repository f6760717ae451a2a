"""rearrange: transpose, reshape, stack and concatenate in einops' notation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import prod

import torch
from torch import Tensor

__all__ = ["rearrange"]

_DOTS = "..."
_ALONE = [_DOTS, "a dimension each"]  # an ellipsis that no brackets make one dimension
Groups = list[list[str]]


def rearrange(tensor: Tensor | Sequence[Tensor], pattern: str, **axes_lengths: int) -> Tensor:
    """Reorder the dimensions of a tensor as `pattern` says, in the notation of einops (https://einops.rocks).

    Args:
        tensor: a tensor, or a list of them, which are stacked first.
        pattern: names for the dimensions before and after, such as "b c h w -> b (c h w)". Names in brackets are one
            dimension, made of several; "1" is a dimension of size 1; "..." stands for any dimensions.
        axes_lengths: the sizes of names that the tensor does not tell.

    Returns:
        A view where there is one, else a copy.

    Raises:
        ValueError: the pattern is malformed, or does not fit the tensor.
        TypeError: a length is no int.

    Example:
        >>> import torch, oplift
        >>> images = torch.zeros(32, 30, 40, 3)
        >>> oplift.func.rearrange(images, "b (h1 h) (w1 w) c -> (b h1 w1) h w c", h1=2, w1=2).shape
        torch.Size([128, 15, 20, 3])
    """
    if not isinstance(tensor, Tensor):
        tensor = torch.stack(list(tensor))
    for name, length in axes_lengths.items():
        if type(length) is not int:
            raise TypeError(f"rearrange axis lengths must be integers, got: {type(length)} for {name!r}")
    left, right = _parse(pattern)
    _check_names(pattern, left, right, axes_lengths)
    left, right = _without_dots(left, right, pattern, tensor.ndim)
    sizes = _sizes(left, tensor.shape, axes_lengths, pattern)
    names = [name for group in left for name in group]
    order = [names.index(name) for group in right for name in group]
    split = tensor.reshape([sizes[name] for name in names])
    moved = split if order == sorted(order) else split.permute(order)
    return moved.reshape([prod([sizes[name] for name in group]) for group in right])


@lru_cache(256)
def _parse(pattern: str) -> tuple[Groups, Groups]:
    """Return the names on both sides, one list for each dimension."""
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError(f"rearrange: Pattern must contain a single '->' separator, got {pattern!r}")
    return _groups(sides[0], pattern), _groups(sides[1], pattern)


def _groups(side: str, pattern: str) -> Groups:
    groups: Groups = []
    inside = False
    for token in side.replace("(", " ( ").replace(")", " ) ").replace(_DOTS, f" {_DOTS} ").split():
        if token in "()":
            if inside == (token == "("):
                raise ValueError(f"rearrange: Brackets are not balanced, or nested, in {pattern!r}")
            inside = not inside
            groups += [[]] if inside else []
        elif token == "1":
            groups += [] if inside else [[]]
        else:
            _check_name(token, pattern)
            if inside:
                groups[-1].append(token)
            else:
                groups.append(_ALONE if token == _DOTS else [token])
    if inside:
        raise ValueError(f"rearrange: Imbalanced parentheses in expression: {pattern!r}")
    return groups


def _check_name(token: str, pattern: str) -> None:
    if token == _DOTS:
        return
    if token.isdecimal():
        raise ValueError(f"rearrange only supports unnamed axes of size 1, got {token} in {pattern!r}")
    if not token.isidentifier() or token.startswith("_") or token.endswith("_"):
        raise ValueError(
            f"rearrange: Invalid axis identifier: {token!r} in {pattern!r}; a name is letters, digits and inner "
            "underscores, and dots are only allowed as ellipsis (...)"
        )


def _check_names(pattern: str, left: Groups, right: Groups, lengths: Mapping[str, int]) -> None:
    sides = [[name for group in side for name in (group[:1] if group is _ALONE else group)] for side in (left, right)]
    for names in sides:
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"rearrange: Indexing expression contains duplicate dimension {repeated} in {pattern!r}")
    once = sorted({*sides[0]} ^ {*sides[1]})
    if once:
        raise ValueError(f"rearrange: Identifiers only on one side of rearrange expression (should be on both): {once}")
    unknown = sorted({*lengths} - {*sides[0]})
    if unknown:
        raise ValueError(f"rearrange: Identifiers not found in rearrange expression: {unknown} (in {pattern!r})")
    if any(_DOTS in group and group is not _ALONE for group in left):
        raise ValueError(f"rearrange: Ellipsis is parenthesis in the left side is not allowed: {pattern!r}")


def _without_dots(left: Groups, right: Groups, pattern: str, rank: int) -> tuple[Groups, Groups]:
    """Replace the ellipsis by as many names as the tensor has dimensions left."""
    has_dots = _ALONE in left
    room = rank - len(left) + has_dots
    if room < 0 or (room and not has_dots):
        raise ValueError(
            f"rearrange: Number of dimensions in pattern ({len(left) - has_dots}) must be "
            f"{'less than or equal' if has_dots else 'equal'} to the number of dimensions in the tensor ({rank}): "
            f"{pattern!r}"
        )
    rest = [f"...{i}" for i in range(room)]
    wide = [[name] for name in rest]
    left = [new for group in left for new in (wide if group is _ALONE else [group])]
    right = [new for group in right for new in (wide if group is _ALONE else [group])]
    return left, [[new for name in group for new in (rest if name == _DOTS else [name])] for group in right]


def _sizes(left: Groups, shape: Sequence[int], lengths: Mapping[str, int], pattern: str) -> dict[str, int]:
    """Return the size of each name."""
    sizes = dict(lengths)
    for group, size in zip(left, shape, strict=True):
        unknown = [name for name in group if name not in sizes]
        known = prod([sizes[name] for name in group if name in sizes])
        fits = size == known if not unknown else known and size % known == 0
        if len(unknown) > 1 or not fits:
            raise ValueError(
                f"rearrange: a dimension of size {size} cannot be ({' '.join(group)}) with the given lengths "
                f"{dict(lengths)}, in {pattern!r} on shape {tuple(shape)}"
            )
        sizes.update(dict.fromkeys(unknown, size // (known or 1)))
    return sizes
