"""Every workload under every library, after comparing what they compute."""

from typing import Any

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor
from torch.utils._pytree import tree_leaves

from benchmarks.peers import EAGER, PEERS
from benchmarks.workloads import WORKLOADS


def same(got: Any, want: Any) -> None:
    """Compare results, of which JAX's are arrays of its own."""
    for a, b in zip(tree_leaves(got), tree_leaves(want), strict=True):
        torch.testing.assert_close(
            a if isinstance(a, Tensor) else torch.tensor(a.tolist()), b.cpu(), rtol=2e-3, atol=1e-3
        )


def on_cpu(result: Any) -> list[Any]:
    return [x.cpu() if isinstance(x, Tensor) else x for x in tree_leaves(result)]


@pytest.mark.parametrize("library", PEERS)
@pytest.mark.parametrize("name", WORKLOADS)
def test_speed(benchmark: BenchmarkFixture, name: str, library: str, device: str) -> None:
    if library not in EAGER and not benchmark.enabled:
        pytest.skip("compilers are asked where something is measured")
    run = PEERS[library](name, device)
    same(on_cpu(run()), on_cpu(PEERS["torch.func"](name, device)()))
    benchmark.group = name
    benchmark.extra_info.update(page="speed", library=library, device=device)
    benchmark(run)
