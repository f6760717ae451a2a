"""Derivatives inside of rules: of a function that is written in torch operators, at the level where the rule runs.

The adjoint of an operator with a kernel of its own (an attention, a sampler) has second derivatives too. It needs no
formula for them: it is the pullback of the operator's definition, which is differentiable in everything, to any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from oplift.forward import ForwardLevel
from oplift.reverse import ReverseLevel
from oplift.stack import Level


def pull(
    function: Callable[..., Sequence[Any]], primals: Sequence[Any], cotangents: Sequence[Any], needs: Sequence[bool]
) -> list[Tensor | None]:
    """The cotangents of `primals`, where needed, from those of the outputs of `function(*primals)`; None is zero."""
    with ReverseLevel() as level, Level.rules():
        tracers = [level.taped(p) if need else p for p, need in zip(primals, needs, strict=True)]
        pullback = level.pullback(function(*tracers), tracers)
    return pullback(cotangents)


def push(function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Tensor | None]) -> Tensor | None:
    """The tangent of `function(*primals)`, a single output; None is zero, both ways."""
    with ForwardLevel() as level, Level.rules():
        duals = [p if t is None else level.dual(p, t) for p, t in zip(primals, tangents, strict=True)]
        return level.lower(function(*duals))[1]
