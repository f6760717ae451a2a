"""The checks of an operator in parts: one for each transform, and each class of dtypes."""

from __future__ import annotations

from functools import reduce

import torch

from oplift.testing.subject import Sample
from oplift.testing.trees import is_differentiable, leaves

#: Part -> the beginnings of the names of its checks.
PARTS: dict[str, tuple[str, ...]] = {
    "vmap": ("batch", "random"),
    "jvp": ("jvp", "linear", "multilinear", "nondiff", "write to the view"),  # and the claims that it rests on
    "vjp": ("vjp",),
    "vmap of jvp": ("vmap of jvp",),
    "vmap of vjp": ("vmap of vjp",),
    "jvp of vjp": ("jvp of vjp",),
    "vjp of vjp": ("vjp of vjp",),
}
#: Classes of dtypes; what is neither of the others, integers too, counts as the first.
DTYPES = ("float64", "float32", "complex128")


def part_of(check: str) -> str:
    """The part that a check, as a row of a report names it, belongs to.

    Example:
        >>> from oplift.testing.parts import part_of
        >>> part_of("batch: nested"), part_of("vjp: additive"), part_of("vjp of vjp")
        ('vmap', 'vjp', 'vjp of vjp')
    """
    found = [part for part, starts in PARTS.items() if check.startswith(starts)]
    return max(found, key=len)  # "vjp" begins "vjp of vjp" too


def is_check(name: str) -> bool:
    """Whether the names of some checks may begin so.

    Example:
        >>> from oplift.testing.parts import is_check
        >>> is_check("batch: size 0"), is_check("jvp of"), is_check("gradient")
        (True, True, False)
    """
    known = [start for starts in PARTS.values() for start in starts]
    return any(name and (start.startswith(name) or name.startswith(start)) for start in known)


def parts_in(dtype: str) -> tuple[str, ...]:
    """The parts that are checked in a class of dtypes: finite differences of derivatives need double precision."""
    return tuple(part for part in PARTS if dtype != "float32" or part not in ("jvp of vjp", "vjp of vjp"))


def dtype_of(sample: Sample) -> str:
    """The class of dtypes of a sample, by what its numbers promote to."""
    dtypes = [t.dtype for t in leaves((sample.args, sample.kwargs)) if is_differentiable(t)]
    if not dtypes:
        return DTYPES[0]
    promoted = reduce(torch.promote_types, dtypes)
    if promoted.is_complex:
        return "complex128"
    return "float32" if promoted == torch.float32 else DTYPES[0]
