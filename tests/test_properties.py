"""Random nestings of the transforms over random small programs, against loops and plain autograd."""

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, reject, settings
from torch import Tensor

import oplift

from . import loops

N = 3
W = torch.tensor([[0.4, -0.7, 0.2], [0.1, 0.5, -0.3], [-0.6, 0.3, 0.8]], dtype=torch.float64)
Vector = Callable[[Tensor], Tensor]


def in_place(x: Tensor, y: Tensor) -> Tensor:
    out = torch.zeros(N, dtype=torch.float64)
    out[1:] += x[:-1]
    out[0] = y.sum()
    return out.mul_(x)


def write_to_a_view(x: Tensor, y: Tensor) -> Tensor:
    out = x.clone()
    tail = out[1:]
    tail.copy_(y[:-1])
    out.add_(y)
    return out + tail.sum()


def write_by_mask(x: Tensor, y: Tensor) -> Tensor:
    out = x * 1.0
    out.masked_fill_(y > 0.3, 0.5)
    return out.index_add_(0, torch.tensor([0, 2]), y[1:])


def take_apart(x: Tensor, y: Tensor) -> Tensor:
    a, b, c = torch.stack([x, y], 1).unbind(0)
    return torch.stack([a.sum(), b.prod(), (c * c).mean()])


#: Programs R^3 x R^3 -> R^3; all are bounded enough to be differentiated four times.
STEPS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "sin": lambda x, y: torch.sin(x),
    "tanh": lambda x, y: x.tanh(),
    "sigmoid": lambda x, y: torch.sigmoid(x) - 0.2,
    "gauss": lambda x, y: torch.exp(-x * x),
    "softplus": lambda x, y: F.softplus(x),
    "gelu": lambda x, y: F.gelu(x),
    "root": lambda x, y: (1 + x**2).sqrt(),
    "affine": lambda x, y: 0.7 * x - 0.1,
    "add": lambda x, y: x + y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / (1 + y * y),
    "atan2": lambda x, y: torch.atan2(x, y * y + 1),
    "where": lambda x, y: torch.where(x > y, x, y * y),
    "maximum": lambda x, y: torch.maximum(x, y),
    "centre": lambda x, y: x - x.mean(),
    "softmax": lambda x, y: F.softmax(x, 0) * y,
    "logsumexp": lambda x, y: torch.logsumexp(x, 0) + y,
    "cumsum": lambda x, y: x.cumsum(0) * 0.3,
    "normalise": lambda x, y: x / (1 + torch.linalg.vector_norm(y + 2)),
    "largest": lambda x, y: x * y.max(),
    "variance": lambda x, y: y + x.var(),
    "matvec": lambda x, y: W @ x,
    "outer": lambda x, y: torch.outer(x, y) @ torch.ones(N, dtype=x.dtype) / 3,
    "dot": lambda x, y: x.dot(y) * y,
    "einsum": lambda x, y: torch.einsum("i,ij,j->i", x, W, y),
    "linear": lambda x, y: F.linear(x[None], W, y)[0],
    "permute": lambda x, y: x[[2, 0, 1]],
    "flip": lambda x, y: x.flip(0) + y,
    "cat": lambda x, y: torch.cat([x[1:], y[:1]]),
    "expand": lambda x, y: x[None].expand(2, -1).sum(0) - y,
    "gather": lambda x, y: x.gather(0, torch.tensor([0, 0, 2])),
    "pad": lambda x, y: F.pad(x[:2], (1, 0)) + y,
    "in_place": in_place,
    "write_to_a_view": write_to_a_view,
    "write_by_mask": write_by_mask,
    "take_apart": take_apart,
}

#: Each makes a function R^3 -> R^3 of one, by means of the transforms in `t`.
TRANSFORMS: dict[str, Callable[[Any, Vector], Vector]] = {
    "vmap": lambda t, f: lambda x: t.vmap(f)(torch.stack([x, x * 0.5, x - 0.3])).mean(0),
    "vmap_last": lambda t, f: lambda x: t.vmap(f, in_dims=1, out_dims=1)(torch.outer(x, W[0])).sum(1),
    "vmap_partly": lambda t, f: lambda x: t.vmap(lambda a, s: f(a * s), (None, 0))(x, W[0]).sum(0),
    "vmap_captures": lambda t, f: lambda x: t.vmap(lambda s: f(x + s))(W[1]).mean(0),
    "grad": lambda t, f: lambda x: t.grad(lambda y: (f(y) * W[2]).sum())(x),
    "grad_captures": lambda t, f: lambda x: t.grad(lambda y: f(y * x).sum())(x.cos()),
    "vjp": lambda t, f: lambda x: t.vjp(f, x)[1](x.sin())[0],
    "jvp": lambda t, f: lambda x: t.jvp(f, (x,), (W[1],))[1],
    "jvp_captures": lambda t, f: lambda x: t.jvp(lambda y: f(y) * x, (x,), (x.sin(),))[1],
    "jacrev": lambda t, f: lambda x: t.jacrev(f)(x) @ W[0],
    "jacfwd": lambda t, f: lambda x: W[1] @ t.jacfwd(f)(x),
}

programs = st.lists(
    st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=4
)
nestings = st.lists(st.sampled_from(sorted(TRANSFORMS)), min_size=1, max_size=4)
points = st.lists(st.integers(-120, 120).map(lambda k: k / 100 + 0.003), min_size=N, max_size=N, unique=True)


def program(steps: list[tuple[str, int, int]]) -> Vector:
    """Each step works on two of the values so far; the last value is the result."""

    def run(x: Tensor) -> Tensor:
        values = [x, x * 0.6 + 0.25]
        for name, i, j in steps:
            values.append(STEPS[name](values[-1 - i % len(values)], values[-1 - j % len(values)]))
        return values[-1] + 0.1 * values[len(values) // 2]

    return run


def nest(transforms: Any, names: list[str], function: Vector) -> Vector:
    """The transforms around the function, the first name innermost."""
    for name in names:
        function = TRANSFORMS[name](transforms, function)
    return function


def assert_same(got: Tensor, want: Tensor) -> None:
    want = want.detach()
    scale = 1 + float(want.abs().max())
    torch.testing.assert_close(got / scale, want / scale, rtol=1e-8, atol=1e-9)


@settings(max_examples=400, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(programs, nestings, points)
def test_nestings_agree_with_loops(steps: list[tuple[str, int, int]], names: list[str], at: list[float]) -> None:
    x, function = torch.tensor(at, dtype=torch.float64), program(steps)
    assert_same(nest(oplift, names, function)(x), nest(loops, names, function)(x))


@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
@settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(programs, nestings, points)
def test_nestings_agree_with_torch_func(steps: list[tuple[str, int, int]], names: list[str], at: list[float]) -> None:
    pure = [step for step in steps if step[0] not in ("in_place", "write_by_mask")] or [("sin", 0, 0)]
    x, function = torch.tensor(at, dtype=torch.float64), program(pure)
    try:
        want = nest(torch.func, names, function)(x)
    except RuntimeError:  # "modified by an inplace operation", inside PyTorch's own double backward
        reject()
    assert_same(nest(oplift, names, function)(x), want)


@settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(programs, nestings.filter(lambda names: len(names) < 4), points)
def test_results_are_differentiable_by_autograd(
    steps: list[tuple[str, int, int]], names: list[str], at: list[float]
) -> None:
    def gradient(transforms: Any) -> Tensor:
        x = torch.tensor(at, dtype=torch.float64, requires_grad=True)
        out = nest(transforms, names, program(steps))(x)
        if not out.requires_grad:
            return torch.zeros(N, dtype=torch.float64)
        (found,) = torch.autograd.grad(out.sum(), x, allow_unused=True)
        return torch.zeros_like(x) if found is None else found

    assert_same(gradient(oplift), gradient(loops))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_step_under_every_transform(step: str, name: str) -> None:
    x, function = torch.tensor([0.3, -0.8, 1.1], dtype=torch.float64), program([(step, 0, 1)])
    assert_same(nest(oplift, [name], function)(x), nest(loops, [name], function)(x))
    assert_same(nest(oplift, [name, "vmap"], function)(x), nest(loops, [name, "vmap"], function)(x))


@pytest.mark.parametrize("step", STEPS)
def test_every_step_four_deep(step: str) -> None:
    x, function = torch.tensor([0.3, -0.8, 1.1], dtype=torch.float64), program([(step, 0, 1), ("sin", 0, 0)])
    for names in (["grad", "jvp", "vmap", "jacrev"], ["jacfwd", "vmap_captures", "grad_captures", "jvp_captures"]):
        assert_same(nest(oplift, names, function)(x), nest(loops, names, function)(x))
