"""Peak memory: the most bytes that results of operators held at one time."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

from benchmarks.peers import TRANSFORMS
from benchmarks.workloads import layers, mlp
from tests.memory import peak

WIDTH = 256


def loss(p: list[Tensor], x: Tensor) -> Tensor:
    return (mlp(p, x) ** 2).sum()


def gradient(t: Any) -> Callable[..., Any]:
    return t.grad(loss)


def per_sample_gradients(t: Any) -> Callable[..., Any]:
    return t.vmap(t.grad(loss), (None, 0))


def jacobians(t: Any) -> Callable[..., Any]:
    return t.vmap(t.jacrev(mlp, 1), (None, 0))


def hessian_products(t: Any) -> Callable[..., Any]:
    return lambda p, x: t.jvp(t.grad(loss), (p, x), (p, x))[1]


def by_autograd(p: list[Tensor], x: Tensor) -> Any:
    leaves = tree_map(lambda w: w.detach().requires_grad_(), p)
    return torch.autograd.grad(loss(leaves, x), tree_leaves(leaves))


USES = {use.__name__: use for use in (gradient, per_sample_gradients, jacobians, hessian_products)}


@pytest.mark.parametrize("library", [*TRANSFORMS, "torch.autograd"])
@pytest.mark.parametrize("use", USES)
def test_memory(benchmark: BenchmarkFixture, use: str, library: str) -> None:
    if library == "torch.autograd" and use != "gradient":
        pytest.skip("torch.autograd has gradients alone")
    function = by_autograd if library == "torch.autograd" else USES[use](TRANSFORMS[library])
    torch.manual_seed(0)
    args = layers(WIDTH, WIDTH, WIDTH, WIDTH, 8), torch.randn(64, WIDTH)
    benchmark.group = f"memory of {use}"
    benchmark.extra_info.update(
        page="memory", library=library, device="cpu", use=use, bytes=peak(lambda: function(*args))
    )
    benchmark.pedantic(function, args, rounds=1)
