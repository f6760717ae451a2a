"""The price of one operator, by the transform and by how deep it is nested."""

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor

from benchmarks.peers import EAGER, TRANSFORMS, finished

OPERATORS = 60
DEPTHS = range(4)


def chain(x: Tensor) -> Tensor:
    """`OPERATORS` of them."""
    for _ in range(OPERATORS // 3):
        x = torch.sin(x) * 1.1 + 0.1
    return x


def nested(library: str, transform: str, depth: int, device: str):
    """The chain under `depth` transforms of a kind, and its arguments."""
    t, function = TRANSFORMS[library], chain
    for _ in range(depth):
        if transform == "vmap":
            function = t.vmap(function)
        elif transform == "grad":
            function = t.grad(lambda x, f=function: f(x).sum())
        else:
            function = lambda x, f=function: t.jvp(f, (x,), (torch.ones_like(x),))[1]
    shape = (2,) * depth + (3,) if transform == "vmap" else (3,)
    return function, (torch.linspace(0.1, 1, 3, device=device).expand(shape).contiguous(),)


@pytest.mark.parametrize("library", EAGER)
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("transform", ["vmap", "grad", "jvp"])
def test_depth(benchmark: BenchmarkFixture, transform: str, depth: int, library: str, device: str) -> None:
    function, args = nested(library, transform, depth, device)
    peer, _ = nested("torch.func", transform, depth, device)
    torch.testing.assert_close(function(*args), peer(*args), rtol=1e-3, atol=1e-4)
    benchmark.group = f"{transform}, depth {depth}"
    benchmark.extra_info.update(
        page="depth", library=library, device=device, transform=transform, size=depth, operators=OPERATORS
    )
    benchmark(finished(function, args, device))
