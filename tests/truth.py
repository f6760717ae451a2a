"""A function under every transform against plain PyTorch: loops for batches, torch.autograd for derivatives.

The tables of idioms and edge cases are run through `compare`. Nothing of oplift is its own oracle: a tangent is compared
by the transpose identity, <u, Jv> = <J^T u, v>, with PyTorch's own gradient on the other side.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

import oplift

Function = Callable[..., Any]
BATCH = 3


class Row(NamedTuple):
    """A function, what makes its examples, and how far it is differentiated.

    Args:
        function: of tensors; may return anything that holds tensors.
        inputs: makers of batches, see `real` and the others.
        order: 0, 1 or 2: derivatives to be compared.
    """

    function: Function
    inputs: tuple[Callable[[], Tensor], ...]
    order: int = 2


def row(function: Function, *inputs: Callable[[], Tensor], order: int = 2) -> Row:
    return Row(function, inputs, order)


def real(*shape: int) -> Callable[[], Tensor]:
    return lambda: torch.randn(BATCH, *shape, dtype=torch.float64)


def positive(*shape: int) -> Callable[[], Tensor]:
    return lambda: torch.rand(BATCH, *shape, dtype=torch.float64) + 0.5


def complexes(*shape: int) -> Callable[[], Tensor]:
    return lambda: torch.randn(BATCH, *shape, dtype=torch.complex128)


def integers(high: int, *shape: int) -> Callable[[], Tensor]:
    return lambda: torch.randint(0, high, (BATCH, *shape))


def masks(*shape: int) -> Callable[[], Tensor]:
    """Boolean masks that select different numbers of elements in each example, none in the last."""

    def make() -> Tensor:
        drawn = torch.rand(BATCH, *shape) < torch.linspace(0.7, 0.4, BATCH).reshape(BATCH, *(1,) * len(shape))
        drawn[-1] = False
        drawn[0].reshape(-1)[0] = True
        return drawn

    return make


def fixed(values: Any) -> Callable[[], Tensor]:
    """These values, an entry for each example; numbers are doubles."""

    def make() -> Tensor:
        tensor = torch.as_tensor(values).clone()
        return tensor.double() if tensor.dtype is torch.float32 else tensor

    return make


# ---------------------------------------------------------------- comparing


def compare(row: Row) -> None:
    """Every check that applies to a row."""
    inputs = [make() for make in row.inputs]
    _compare_batches(row.function, inputs)
    if row.order:
        _compare_derivatives(row.function, inputs, row.order)


def tensors(tree: Any) -> list[Tensor]:
    return [x for x in tree_leaves(tree) if isinstance(x, Tensor)]


def loop(function: Function, inputs: Sequence[Tensor]) -> list[Tensor]:
    """The outputs of all examples, one after the other."""
    outs = [tensors(function(*[x[b].clone() for x in inputs])) for b in range(len(inputs[0]))]
    return [torch.stack(column) for column in zip(*outs, strict=True)]


def assert_same(got: Any, want: Any, what: str) -> None:
    pairs = list(zip(tensors(got), tensors(want), strict=True))
    assert pairs, f"{what}: no tensors"
    for g, w in pairs:
        torch.testing.assert_close(
            g.detach().resolve_conj(), w.detach().resolve_conj(), rtol=1e-6, atol=1e-8, equal_nan=True, msg=_named(what)
        )


def _named(what: str) -> Callable[[str], str]:
    return lambda said: f"{what}: {said}"


def _compare_batches(function: Function, inputs: Sequence[Tensor]) -> None:
    want = loop(function, inputs)
    assert_same(oplift.vmap(function)(*[x.clone() for x in inputs]), want, "vmap")
    last = [x.movedim(0, -1).clone() for x in inputs]
    assert_same(oplift.vmap(function, in_dims=-1)(*last), want, "vmap over the last dimensions")


def _smooth(x: Tensor) -> bool:
    return x.is_floating_point() or x.is_complex()


def _partial(function: Function, inputs: Sequence[Tensor]) -> tuple[Function, list[Tensor]]:
    """The function of its differentiable arguments with its differentiable outputs, and those arguments."""
    active = [i for i, x in enumerate(inputs) if _smooth(x)]

    def partial(*values: Tensor) -> tuple[Tensor, ...]:
        full = list(inputs)
        for i, x in zip(active, values, strict=True):
            full[i] = x
        return tuple(x for x in tensors(function(*full)) if _smooth(x))

    return partial, [inputs[i] for i in active]


def directions(like: Sequence[Tensor], seed: int) -> tuple[Tensor, ...]:
    drawn = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(x.shape, generator=drawn, dtype=x.dtype) for x in like)


def _pull(function: Function, primals: Sequence[Tensor], cotangents: Sequence[Tensor]) -> tuple[Any, Any]:
    """PyTorch's gradients, and the leaves that they are of."""
    leaves = [x.detach().clone().requires_grad_() for x in primals]
    outs = [(y, u) for y, u in zip(function(*leaves), cotangents, strict=True) if y.requires_grad]
    return _grads(outs, leaves), leaves


def _grads(pairs: Sequence[tuple[Tensor, Tensor]], leaves: Sequence[Tensor]) -> Sequence[Tensor]:
    if not pairs:
        return [torch.zeros_like(x) for x in leaves]
    ys, us = zip(*pairs, strict=True)
    return torch.autograd.grad(ys, leaves, us, create_graph=True, allow_unused=True, materialize_grads=True)


def _inner(xs: Sequence[Tensor], ys: Sequence[Tensor]) -> Tensor:
    return torch.stack([(x.detach().conj() * y.detach()).real.sum() for x, y in zip(xs, ys, strict=True)]).sum()


def _compare_derivatives(function: Function, inputs: Sequence[Tensor], order: int) -> None:
    f, xs = _partial(function, [x[0] for x in inputs])
    us = directions(f(*[x.clone() for x in xs]), 3)
    if not us:
        return
    ts, ws = directions(xs, 5), directions(xs, 7)
    want, leaves = _pull(f, xs, us)
    assert_same(oplift.vjp(f, *[x.clone() for x in xs])[1](us), want, "vjp")
    tangents = oplift.jvp(f, tuple(x.clone() for x in xs), ts)[1]
    torch.testing.assert_close(_inner(us, tensors(tangents)), _inner(want, ts), rtol=1e-6, atol=1e-8, msg=_named("jvp"))
    _compare_batched_gradients(function, inputs, us)
    if order < 2:
        return

    def gradient(*values: Tensor) -> tuple[Tensor, ...]:
        return tuple(oplift.vjp(f, *values)[1](us))

    second = _grads([(g, w) for g, w in zip(want, ws, strict=True) if g.requires_grad], leaves)
    assert_same(oplift.vjp(gradient, *xs)[1](ws), second, "vjp of vjp")
    pushed = _inner(ws, tensors(oplift.jvp(gradient, tuple(xs), ts)[1]))
    torch.testing.assert_close(pushed, _inner(second, ts), rtol=1e-6, atol=1e-8, msg=_named("jvp of vjp"))


def _compare_batched_gradients(function: Function, inputs: Sequence[Tensor], us: Sequence[Tensor]) -> None:
    def ours(*example: Tensor) -> Any:
        f, xs = _partial(function, example)
        return oplift.vjp(f, *xs)[1](tuple(us))

    def truth(*example: Tensor) -> Any:
        f, xs = _partial(function, example)
        return _pull(f, xs, us)[0]

    assert_same(oplift.vmap(ours)(*inputs), loop(truth, inputs), "vmap of vjp")
