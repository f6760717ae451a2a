"""einsum and what is one: a letter more is its batching rule, and its derivatives are einsums of the same letters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from string import ascii_letters

import torch
from torch import Tensor

from .formulas import adj


@lru_cache(maxsize=1024)
def parse(equation: str, ranks: tuple[int, ...]) -> tuple[tuple[str, ...], str]:
    """The letters of each operand and of the result, with a letter for each dimension that an ellipsis stands for."""
    left, arrow, result = equation.replace(" ", "").partition("->")
    operands = left.split(",")
    spare = [c for c in ascii_letters if c not in equation]
    hidden = [n - len(o) + 3 for n, o in zip(ranks, operands, strict=True) if "..." in o]
    dots = "".join(spare[: max(hidden, default=0)])
    if not arrow:
        named = left.replace("...", "").replace(",", "")
        result = ("..." if hidden else "") + "".join(sorted(c for c in set(named) if named.count(c) == 1))
    expanded = [o.replace("...", dots[len(dots) - (n - len(o) + 3) :]) for n, o in zip(ranks, operands, strict=True)]
    return tuple(expanded), result.replace("...", dots)


def _letters(equation: str, tensors: Sequence[Tensor]) -> tuple[tuple[str, ...], str]:
    return parse(equation, tuple([t.ndim for t in tensors]))


def einsum_batch(
    size: int, batched: Sequence[Sequence[bool]], equation: str, tensors: Sequence[Tensor], path: object = None
) -> Tensor:
    """einsum with a letter for the batch; torch folds it into rows where one operand only has it."""
    ranks = tuple([t.ndim - flag for t, flag in zip(tensors, batched[0], strict=True)])
    operands, result = parse(equation, ranks)
    batch = next(c for c in ascii_letters if c not in result and not any(c in o for o in operands))
    named = [batch + o if flag else o for o, flag in zip(operands, batched[0], strict=True)]
    return torch.einsum(f"{','.join(named)}->{batch}{result}", *tensors)


def einsum_jvp(
    tangents: Sequence[Sequence[Tensor | None]],
    result: Tensor,
    equation: str,
    tensors: Sequence[Tensor],
    path: object = None,
) -> Tensor:
    """The sum of einsums with one operand replaced by its tangent."""
    terms = [
        torch.einsum(equation, *tensors[:i], t, *tensors[i + 1 :]) for i, t in enumerate(tangents[0]) if t is not None
    ]
    return sum(terms[1:], terms[0])


def einsum_vjp(
    needs: Sequence[Sequence[bool]],
    grad: Tensor,
    result: Tensor,
    equation: str,
    tensors: Sequence[Tensor],
    path: object = None,
) -> tuple[list[Tensor | None]]:
    """The einsum of the cotangent with all other operands, for each operand."""
    operands, out = _letters(equation, tensors)
    return ([_operand_vjp(grad, tensors, operands, out, i) if need else None for i, need in enumerate(needs[0])],)


def _operand_vjp(grad: Tensor, tensors: Sequence[Tensor], operands: Sequence[str], out: str, i: int) -> Tensor:
    terms, factors = [out], [grad]
    for j, other in enumerate(tensors):
        if j != i:
            terms.append(operands[j])
            factors.append(adj(other))
    target = ""
    spare = iter(c for c in ascii_letters if c not in out and not any(c in o for o in operands))
    for letter, n in zip(operands[i], tensors[i].shape, strict=True):
        if letter in target:  # a diagonal was taken: what is off it has no part in the result
            twin = next(spare)
            terms.append(letter + twin)
            factors.append(torch.eye(n, dtype=grad.dtype, device=grad.device))
            target += twin
        else:
            target += letter
            if not any(letter in term for term in terms):  # summed over alone
                terms.append(letter)
                factors.append(torch.ones(n, dtype=grad.dtype, device=grad.device))
    # a product of vectors takes operands of several dtypes, and its result has the widest; a product of matrices takes one
    factors = [f if f.dtype is grad.dtype else f.to(grad.dtype) for f in factors]
    return torch.einsum(f"{','.join(terms)}->{target}", *factors)


def tensordot(self: Tensor, other: Tensor, dims_self: Sequence[int], dims_other: Sequence[int]) -> Tensor:
    """tensordot is an einsum."""
    if len(dims_self) != len(dims_other):
        raise RuntimeError(
            f"tensordot: dims_self and dims_other must name as many dimensions, got {dims_self} and {dims_other}"
        )
    return torch.einsum(_contraction(self.ndim, other.ndim, tuple(dims_self), tuple(dims_other)), self, other)


@lru_cache(maxsize=256)
def _contraction(rank: int, other_rank: int, dims: tuple[int, ...], other_dims: tuple[int, ...]) -> str:
    """The equation of a tensordot."""
    left, right = ascii_letters[:rank], list(ascii_letters[rank : rank + other_rank])
    for i, j in zip(dims, other_dims, strict=True):
        right[j] = left[i]
    summed = {left[i] for i in dims}
    free = [c for c in (*left, *right) if c not in summed]
    return f"{left},{''.join(right)}->{''.join(free)}"


def kron(self: Tensor, other: Tensor) -> Tensor:
    """All products, as blocks of multiples of `other`."""
    rank = max(self.ndim, other.ndim)
    a, b = ((1,) * (rank - x.ndim) + tuple(x.shape) for x in (self, other))
    blocks = self.reshape([n for i in a for n in (i, 1)]) * other.reshape([n for i in b for n in (1, i)])
    return blocks.reshape([i * j for i, j in zip(a, b, strict=True)])
