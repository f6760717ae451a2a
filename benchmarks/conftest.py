"""Where benchmarks run, and the table that `make bench` ends with."""

import math
from collections import defaultdict
from typing import Any

import pytest
import torch

_NEEDS_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What peers say of themselves is no failure of ours."""
    for item in items:
        if item.path.parent.name == "benchmarks":
            for text in ("ignore:`torch.jit:DeprecationWarning", "ignore:There is a performance drop:UserWarning"):
                item.add_marker(pytest.mark.filterwarnings(text))
            if "torch.compile" in item.name or "jax" in item.name:
                item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=_NEEDS_GPU)])
def device(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Ratios on one core say the same on every machine."""
    torch.set_num_threads(1)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print oplift's median time over torch.func's, workload by workload."""
    medians: dict[str, dict[str, float]] = defaultdict(dict)
    for bench in config._benchmarksession.benchmarks:  # type: ignore[attr-defined]
        if bench.extra_info.get("page") == "speed" and bench.extra_info["device"] == "cpu":
            medians[bench.group][bench.extra_info["library"]] = bench.stats.median
    ratios = {name: t["oplift"] / t["torch.func"] for name, t in medians.items() if {"oplift", "torch.func"} <= set(t)}
    if not ratios:
        return
    terminalreporter.section("oplift / torch.func (under 1: oplift is faster)")
    for name, ratio in ratios.items():
        oplift, peer = (1e6 * medians[name][library] for library in ("oplift", "torch.func"))
        terminalreporter.write_line(f"{name:32}{oplift:12.0f} us{peer:12.0f} us{ratio:9.2f}")
    for kind in ("overhead", "real"):
        of_kind = [math.log(ratio) for name, ratio in ratios.items() if name.startswith(kind)]
        if of_kind:
            terminalreporter.write_line(f"{kind + ': geometric mean':62}{math.exp(sum(of_kind) / len(of_kind)):9.2f}")
