"""The table that `make bench` ends with: the ratio of each workload, and the geometric means."""

import math
from collections import defaultdict
from typing import Any

import pytest


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print oplift's median time over torch.func's, workload by workload."""
    medians: dict[str, dict[str, float]] = defaultdict(dict)
    for bench in config._benchmarksession.benchmarks:  # type: ignore[attr-defined]
        medians[bench.group][bench.extra_info["library"]] = bench.stats.median
    ratios = {name: t["oplift"] / t["torch.func"] for name, t in medians.items() if len(t) == 2}
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
