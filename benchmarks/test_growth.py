"""How time grows with the size of the problem."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor

from benchmarks.peers import EAGER, TRANSFORMS, finished
from benchmarks.workloads import layers, mlp

Call = tuple[Callable[..., Any], tuple[Any, ...]]


def per_sample_gradients(t: Any, size: int) -> Call:
    """Of a small perceptron, for `size` examples."""
    p = layers(16, 32, 1)
    return t.vmap(t.grad(lambda p, x: mlp(p, x).sum()), (None, 0)), (p, torch.randn(size, 16))


def nested_maps(t: Any, size: int) -> Call:
    """vmap in vmap, `size` times."""
    function: Any = lambda x: torch.sin(x) * 1.1 + 0.1
    for _ in range(size):
        function = t.vmap(function)
    return function, (torch.randn((2,) * size + (3,)),)


def jacobian(t: Any, size: int) -> Call:
    """Of a function of `size` numbers, by reverse mode; it has that many rows and columns."""
    w = torch.randn(size, 8) / 8

    def function(x: Tensor) -> Tensor:
        return w @ torch.tanh(w.T @ x)

    return t.jacrev(function), (torch.randn(size),)


#: name -> (what is timed, its sizes)
FAMILIES: dict[str, tuple[Callable[[Any, int], Call], list[int]]] = {
    "examples of vmap(grad)": (per_sample_gradients, [1, 8, 64, 512, 4096]),
    "depth of nested vmaps": (nested_maps, [1, 2, 3, 4, 6, 8]),
    "columns of jacrev": (jacobian, [8, 64, 512, 4096]),
}
CASES = [(family, size) for family, (_, sizes) in FAMILIES.items() for size in sizes]


@pytest.mark.parametrize("library", EAGER)
@pytest.mark.parametrize(("family", "size"), CASES)
def test_growth(benchmark: BenchmarkFixture, family: str, size: int, library: str, device: str) -> None:
    if size > 64 and not benchmark.enabled:
        pytest.skip("small sizes show that it works")
    torch.manual_seed(0)
    with torch.device(device):
        function, args = FAMILIES[family][0](TRANSFORMS[library], size)
    benchmark.group = f"{family}: {size}"
    benchmark.extra_info.update(page="growth", library=library, device=device, family=family, size=size)
    benchmark(finished(function, args, device))
