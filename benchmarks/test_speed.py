"""Time each workload under both libraries, after comparing what they compute."""

from types import ModuleType
from typing import Any

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch.utils._pytree import tree_leaves

import oplift
from benchmarks.workloads import WORKLOADS

# What torch.func says of itself: its forward mode is still scripted, and it loops over attention.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:There is a performance drop because:UserWarning"),
]
LIBRARIES = {"oplift": oplift, "torch.func": torch.func}


def build(name: str, library: ModuleType) -> tuple[Any, Any]:
    """The call of a workload; both libraries get the same numbers."""
    torch.manual_seed(0)
    return WORKLOADS[name](library)


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", WORKLOADS)
def test_speed(benchmark: BenchmarkFixture, name: str, library: str) -> None:
    function, args = build(name, LIBRARIES[library])
    peer, peer_args = build(name, torch.func)
    for got, want in zip(tree_leaves(function(*args)), tree_leaves(peer(*peer_args)), strict=True):
        torch.testing.assert_close(got, want, rtol=1e-3, atol=1e-4)
    benchmark.group = name
    benchmark.extra_info["library"] = library
    benchmark(function, *args)
