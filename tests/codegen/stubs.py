"""Functions that the examples name where oplift has a rule written by hand."""

from typing import Any

import torch

from oplift.rules.formulas import metadata


def rule(size: int, batched: Any, *args: Any) -> Any:
    raise NotImplementedError


def vjp(needs: Any, grads: Any, results: Any, *args: Any) -> Any:
    raise NotImplementedError


def jvp(tangents: Any, results: Any, *args: Any) -> Any:
    raise NotImplementedError


def decompose(*args: Any) -> Any:
    raise NotImplementedError


def frugal_vjp(needs: Any, grad: Any, _result: Any, x: torch.Tensor, _y: torch.Tensor) -> tuple[Any, Any]:
    """Reads one of its operands only."""
    return grad * x, None


@metadata
def count(x: torch.Tensor) -> int:
    """How many elements; reads no values."""
    return x.numel()


def double(x: torch.Tensor) -> torch.Tensor:
    return x * 2
