"""How near the machine's own limits large problems come: the bandwidth of its memory, and its matrix products.

Both ceilings are measured in the same run: a copy, and one large product.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor

from benchmarks.peers import EAGER, TRANSFORMS, finished

# elements of a vector and rows of a matrix: large enough that launching a kernel costs nothing
ELEMENTS = {"cpu": 1 << 24, "cuda": 1 << 28}
ROWS = {"cpu": 1024, "cuda": 8192}
EXAMPLES = 16


class Load(NamedTuple):
    """A call, and what it cannot do without: bytes read and written, floating-point operations."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    bytes: int = 0
    flops: int = 0


def copy(t: Any, device: str) -> Load:
    x = torch.randn(ELEMENTS[device])
    return Load(torch.clone, (x,), bytes=2 * x.nbytes)


def product(t: Any, device: str) -> Load:
    n = ROWS[device]
    return Load(torch.mm, (torch.randn(n, n), torch.randn(n, n)), flops=2 * n**3)


def mapped_pointwise(t: Any, device: str) -> Load:
    x = torch.randn(EXAMPLES, ELEMENTS[device] // EXAMPLES)
    return Load(t.vmap(torch.neg), (x,), bytes=2 * x.nbytes)


def gradient_of_pointwise(t: Any, device: str) -> Load:
    """Reads the primal and writes it, its derivative and the product with the cotangent."""
    x = torch.randn(ELEMENTS[device])
    return Load(t.grad(lambda x: torch.exp(x).sum()), (x,), bytes=4 * x.nbytes)


def mapped_product(t: Any, device: str) -> Load:
    n = ROWS[device]
    rows = torch.randn(EXAMPLES, n // EXAMPLES, n)
    return Load(t.vmap(torch.mm, (0, None)), (rows, torch.randn(n, n)), flops=2 * n**3)


def gradients_of_products(t: Any, device: str) -> Load:
    """The product itself, and one for each of its operands."""
    n = ROWS[device]

    def loss(w: Tensor, x: Tensor) -> Tensor:
        return (x @ w).sum()

    return Load(t.grad(loss, (0, 1)), (torch.randn(n, n), torch.randn(n, n)), flops=6 * n**3)


LOADS = [copy, product, mapped_pointwise, gradient_of_pointwise, mapped_product, gradients_of_products]


@pytest.mark.parametrize("library", EAGER)
@pytest.mark.parametrize("load", LOADS, ids=lambda load: load.__name__)
def test_ceilings(benchmark: BenchmarkFixture, load: Callable[[Any, str], Load], library: str, device: str) -> None:
    if not benchmark.enabled:
        pytest.skip("says something about a machine only")
    torch.manual_seed(0)
    with torch.device(device):
        function, args, bytes_, flops = load(TRANSFORMS[library], device)
    benchmark.group = f"ceiling: {load.__name__}"
    info = {"page": "ceilings", "library": library, "device": device, "load": load.__name__}
    benchmark.extra_info.update(info, bytes=bytes_, flops=flops)
    benchmark(finished(function, args, device))
