"""The `ctx` of an autograd.Function: what its static methods store, and how that is taken apart and put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

__all__ = ["Context", "Likeness", "zeros_for"]


class Context:
    """The `ctx` that static methods see; holds what they store.

    Args:
        needs_input_grad: whether the gradient of each argument of forward is wanted.
    """

    def __init__(self, needs_input_grad: Any) -> None:
        self.needs_input_grad = needs_input_grad
        self.materialize_grads = True
        self.non_differentiable: tuple[Any, ...] = ()
        self.dirty: tuple[Any, ...] = ()
        self._backward: tuple[Any, ...] = ()
        self._forward: tuple[Any, ...] | None = None
        self._in_jvp = False

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        return self._forward if self._in_jvp and self._forward is not None else self._backward

    def save_for_backward(self, *tensors: Any) -> None:
        self._backward = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        self._forward = tensors

    def mark_non_differentiable(self, *outputs: Any) -> None:
        self.non_differentiable = outputs

    def mark_dirty(self, *inputs: Any) -> None:
        self.dirty = inputs

    def set_materialize_grads(self, value: bool) -> None:
        self.materialize_grads = value

    def state(self) -> dict[str, Any]:
        """All that a backward may read, as a pytree."""
        return {k: v for k, v in vars(self).items() if k not in ("non_differentiable", "dirty", "needs_input_grad")}

    @classmethod
    def of(cls, state: dict[str, Any], needs_input_grad: Any, jvp: bool = False) -> Context:
        """The context that had this state."""
        ctx = cls(needs_input_grad)
        vars(ctx).update(state)
        ctx._in_jvp = jvp
        return ctx


class Likeness:
    """Shape, dtype and device of outputs, kept in the place of the tensors."""

    def __init__(self, outs: Sequence[Any]) -> None:
        self.of = [(o.shape, o.dtype, o.device) if isinstance(o, torch.Tensor) else None for o in outs]

    def materialized(self, cotangents: Sequence[Any]) -> list[Any]:
        """Cotangents with zeros in the place of None."""
        pairs = zip(cotangents, self.of, strict=True)
        return [zeros_for(meta) if ct is None and meta is not None else ct for ct, meta in pairs]


def zeros_for(meta: tuple[Any, Any, Any]) -> torch.Tensor:
    """Zeros of a shape, dtype and device."""
    return torch.zeros(meta[0], dtype=meta[1], device=meta[2])
