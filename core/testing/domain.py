"""Where an operator may be evaluated, and what of its result is determined."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

Projection = Callable[[Tensor], Tensor]


def hermitian(matrix: Tensor) -> Tensor:
    """The nearest Hermitian (symmetric) matrix."""
    return (matrix + matrix.mH) / 2


def lower(matrix: Tensor) -> Tensor:
    """The lower triangle."""
    return matrix.tril()


def upper(matrix: Tensor) -> Tensor:
    """The upper triangle."""
    return matrix.triu()


def posdef(matrix: Tensor) -> Tensor:
    """A well conditioned Hermitian positive definite matrix made of any matrix."""
    eye = torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    return matrix @ matrix.mH + eye


def interval(low: float, high: float) -> Projection:
    """Maps the real line smoothly onto ]low, high[."""

    def squeeze(tensor: Tensor) -> Tensor:
        return low + (high - low) * torch.sigmoid(tensor)

    return squeeze


#: Names that `test: {domain: {operand: NAME}}` of a spec may use: what values are made with, what directions with.
SHAPES: Mapping[str, tuple[Projection, Projection | None]] = {
    "positive": (lambda x: x.abs() + 0.1, None),
    "nonzero": (lambda x: x + torch.sgn(x) * 0.1, None),
    "probability": (interval(0.05, 0.95), None),
    "hermitian": (hermitian, hermitian),
    "symmetric": (lambda x: (x + x.mT) / 2, lambda x: (x + x.mT) / 2),
    "posdef": (posdef, hermitian),
    "lower": (lower, lower),
    "upper": (upper, upper),
}


@dataclass(frozen=True)
class Domain:
    """What a sample cannot say by itself.

    Args:
        values: for an operand, how a valid value is made of normal random numbers.
        directions: for an operand, the projection of a direction on those in which it may move.
        outputs: maps the outputs to what of them is determined (an eigenvector is, up to its phase).
        coupled: (operands, sample) -> the operands that are functions of others (a saved mean, of the input);
            such an operand does not move by itself.
        coupled_names: the operands that `coupled` computes.
        fixed: operands that have no derivative although their dtype could.
        constant: operands whose value is not varied between the examples of a batch.
        shared: operands that must be the same for all examples (their values are read by Python).
        real: whether complex operands mean nothing to it, even where the kernel lets some pass.
        data_shape: whether the result's shape depends on the operands' values.
        dense: whether the plain kernel reads its operands as if they were dense, so that it is no truth for others.
        undetermined: positions of outputs whose values mean nothing to a caller (workspaces, seeds).
        accepts: whether the operator has derivatives that agree with each other with a sample's arguments.
        adapt: the domain for one sample, where its other arguments decide (`upper=True`).
    """

    values: Mapping[str, Projection] = field(default_factory=dict)
    directions: Mapping[str, Projection] = field(default_factory=dict)
    outputs: Callable[[Sequence[Tensor]], Sequence[Tensor]] | None = None
    coupled: Callable[[dict[str, Tensor], Any], dict[str, Tensor]] | None = None
    coupled_names: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    constant: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    real: bool = False
    data_shape: bool = False
    dense: bool = False
    undetermined: frozenset[int] = frozenset()
    accepts: Callable[[Any], bool] | None = None
    adapt: Callable[[Any], Domain] | None = None

    def at(self, sample: Any) -> Domain:
        """The domain for one sample."""
        return self.adapt(sample) if self.adapt is not None else self

    def with_description(self, description: Mapping[str, object]) -> Domain:
        """This domain with what a spec says in addition, see `domain_of`."""
        more = domain_of(description)
        values, directions = {**self.values, **more.values}, {**self.directions, **more.directions}
        return replace(self, values=values, directions=directions)

    def project(self, operand: str, direction: Tensor) -> Tensor:
        """The direction, made one in which the operand may move."""
        projection = self.directions.get(operand)
        return projection(direction) if projection is not None else direction


def domain_of(description: Mapping[str, object]) -> Domain:
    """The domain written in a spec: an interval `[low, high]` or a name of SHAPES for each operand.

    Raises:
        ValueError: an entry is neither.
    """
    values: dict[str, Projection] = {}
    directions: dict[str, Projection] = {}
    for operand, shape in description.items():
        value, direction = _entry(operand, shape)
        values[operand] = value
        if direction is not None:
            directions[operand] = direction
    return Domain(values=values, directions=directions)


def _entry(operand: str, shape: object) -> tuple[Projection, Projection | None]:
    if isinstance(shape, str) and shape in SHAPES:
        return SHAPES[shape]
    if isinstance(shape, list | tuple) and len(shape) == 2:
        return interval(float(shape[0]), float(shape[1])), None
    raise ValueError(f"test.domain.{operand}: want [low, high] or one of {', '.join(SHAPES)}; got {shape!r}")
