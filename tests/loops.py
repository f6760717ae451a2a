"""The transforms as one would write them without any: loops, and PyTorch's own autograd on plain tensors. An oracle."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Function = Callable[..., Any]


def vmap(function: Function, in_dims: Any = 0, out_dims: int = 0) -> Function:
    """A loop over the examples. Positional tensors only."""

    def mapped(*args: Tensor) -> Tensor:
        dims = in_dims if isinstance(in_dims, tuple) else (in_dims,) * len(args)
        size = next(a.shape[d] for a, d in zip(args, dims, strict=True) if d is not None)
        rows = [
            function(*(a if d is None else a.select(d, i) for a, d in zip(args, dims, strict=True)))
            for i in range(size)
        ]
        return torch.stack(rows, out_dims)

    return mapped


def _pull(function: Function, x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    leaf = x if x.requires_grad else x.detach().requires_grad_()
    # a new node, so that the gradient with respect to it is this function's alone
    leaf = leaf.view_as(leaf)
    out = function(leaf)

    def pullback(cotangent: Tensor) -> Tensor:
        if not out.requires_grad:
            return torch.zeros_like(x)
        (gradient,) = torch.autograd.grad(out, leaf, cotangent, create_graph=True, allow_unused=True)
        return torch.zeros_like(x) if gradient is None else gradient

    return out, pullback


def grad(function: Function) -> Function:
    """The gradient of a function with one 0-dim result."""

    def gradient(x: Tensor) -> Tensor:
        out, pullback = _pull(function, x)
        return pullback(torch.ones_like(out))

    return gradient


def vjp(function: Function, x: Tensor) -> tuple[Tensor, Callable[[Tensor], tuple[Tensor]]]:
    """The result and the pullback."""
    out, pullback = _pull(function, x)
    return out, lambda cotangent: (pullback(cotangent),)


def jvp(function: Function, primals: tuple[Tensor], tangents: tuple[Tensor]) -> tuple[Tensor, Tensor]:
    """J v, as the derivative of u -> <J^T u, v>."""
    out, pullback = _pull(function, primals[0])
    dummy = torch.zeros_like(out).requires_grad_()
    pushed = pullback(dummy)
    if not pushed.requires_grad:
        return out, torch.zeros_like(out)
    (moved,) = torch.autograd.grad(pushed, dummy, tangents[0], create_graph=True, allow_unused=True)
    return out, torch.zeros_like(out) if moved is None else moved


def jacrev(function: Function) -> Function:
    """One row after the other."""

    def jacobian(x: Tensor) -> Tensor:
        out, pullback = _pull(function, x)
        rows = [pullback(unit.reshape(out.shape)) for unit in torch.eye(out.numel(), dtype=out.dtype)]
        return torch.stack(rows).reshape(*out.shape, *x.shape)

    return jacobian


jacfwd = jacrev
