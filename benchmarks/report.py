"""From the figures of a run to a page with plots: ``python -m benchmarks.report bench.json docs/benchmarks.md``."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import jinja2

LIBRARIES = ["oplift", "torch.func", "torch.compile", "jax.jit", "torch.autograd"]
_COLORS = dict(zip(LIBRARIES, ["C3", "C0", "C1", "C2", "C4"], strict=True))


class Figures:
    """The benchmarks of one run.

    Args:
        data: what pytest-benchmark wrote.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        cpu = data["machine_info"]["cpu"]
        self.machine = f"{cpu.get('brand_raw', 'unknown processor')}, Python {data['machine_info']['python_version']}"
        self.rows = [{**b["extra_info"], "group": b["group"], "time": b["stats"]["median"]} for b in data["benchmarks"]]

    def of(self, page: str, device: str = "cpu") -> list[dict[str, Any]]:
        """The rows of one page."""
        return [row for row in self.rows if row["page"] == page and row["device"] == device]

    def devices(self) -> list[str]:
        return sorted({row["device"] for row in self.rows})


def table(rows: Sequence[dict[str, Any]], key: str, value: str = "time") -> dict[Any, dict[str, float]]:
    """A value by `key` and library, in the order of the rows."""
    found: dict[Any, dict[str, float]] = {}
    for row in rows:
        found.setdefault(row[key], {})[row["library"]] = row[value]
    return found


def exponent(sizes: Sequence[float], times: Sequence[float]) -> float:
    """The power of the size that fits the times best, by least squares of the logarithms.

    >>> exponent([1, 2, 4], [3.0, 12.0, 48.0])
    2.0
    """
    x, y = [math.log(s) for s in sizes], [math.log(t) for t in times]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    slope = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum((a - mx) ** 2 for a in x)
    return round(slope, 2)


def geometric_mean(values: Iterable[float]) -> float:
    logs = [math.log(v) for v in values]
    return math.exp(sum(logs) / len(logs))


def microseconds(seconds: float | None) -> str:
    """A time for a table; a dash where there is none.

    >>> microseconds(0.0012345), microseconds(4.2e-6), microseconds(None)
    ('1,234', '4.2', '-')
    """
    if seconds is None:
        return "-"
    us = seconds * 1e6
    return f"{us:,.0f}" if us >= 10 else f"{us:.1f}"


# ---------------------------------------------------------------- what the page shows


def speed(figures: Figures, device: str) -> dict[str, Any]:
    """Times of all workloads, and the geometric means of oplift's over torch.func's."""
    times = table(figures.of("speed", device), "group")
    means = {}
    for kind in ("overhead", "real"):
        pairs = [t for name, t in times.items() if name.startswith(kind) and {"oplift", "torch.func"} <= set(t)]
        if pairs:
            means[kind] = geometric_mean(t["oplift"] / t["torch.func"] for t in pairs)
    return {"times": times, "means": means}


def depth(figures: Figures, device: str) -> list[dict[str, Any]]:
    """Microseconds for one operator."""
    rows = figures.of("depth", device)
    per_operator = [{**row, "time": row["time"] / row["operators"]} for row in rows]
    return [
        {"transform": transform, "depths": table([r for r in per_operator if r["transform"] == transform], "size")}
        for transform in dict.fromkeys(row["transform"] for row in rows)
    ]


def growth(figures: Figures, device: str) -> list[dict[str, Any]]:
    """Times by size, and the exponent of the upper half of the sizes, where the problem and not the start counts."""
    rows = figures.of("growth", device)
    families = []
    for family in dict.fromkeys(row["family"] for row in rows):
        sizes = table([row for row in rows if row["family"] == family], "size")
        upper = list(sizes)[len(sizes) // 2 - 1 :]
        fits = {lib: exponent(upper, [sizes[s][lib] for s in upper]) for lib in sizes[upper[0]]}
        families.append({"family": family, "sizes": sizes, "exponents": fits})
    return families


def ceilings(figures: Figures, device: str) -> list[dict[str, Any]]:
    """Times, and what fraction of the measured bandwidth or of the measured matrix product they come to."""
    rows = figures.of("ceilings", device)
    rates = [{**r, "rate": (r["bytes"] or r["flops"]) / r["time"]} for r in rows]
    best = {
        kind: max((r["rate"] for r in rates if r["load"] == load), default=math.nan)
        for kind, load in (("bytes", "copy"), ("flops", "product"))
    }
    return [
        {
            **r,
            "fraction": r["rate"] / best["bytes" if r["bytes"] else "flops"],
            "unit": "GB/s" if r["bytes"] else "GFLOP/s",
        }
        for r in rates
    ]


# ---------------------------------------------------------------- plots


def plots(figures: Figures, folder: Path) -> None:
    """Write the plots of the CPU figures."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "oplift"  # the same figures give the same file
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "speed.svg", (9, 5), lambda plt: _speed_plot(plt, speed(figures, "cpu")["times"]))
    for index, family in enumerate(growth(figures, "cpu")):
        _write(folder / f"growth{index}.svg", (5, 3.5), lambda plt, family=family: _growth_plot(plt, family))


def _write(path: Path, size: tuple[float, float], draw: Callable[[Any], None]) -> None:
    from matplotlib import pyplot as plt

    plt.figure(figsize=size, layout="constrained")
    draw(plt)
    plt.savefig(path, metadata={"Date": None})
    plt.close()


def _speed_plot(plt: Any, times: dict[str, dict[str, float]]) -> None:
    names = [name for name, t in times.items() if "torch.func" in t]
    for shift, library in enumerate(["oplift", "torch.compile", "jax.jit"]):
        points = [(i, times[n][library] / times[n]["torch.func"]) for i, n in enumerate(names) if library in times[n]]
        if points:
            x, y = zip(*points, strict=True)
            plt.bar([i + 0.25 * shift for i in x], y, 0.25, label=library, color=_COLORS[library])
    plt.axhline(1, color="C0", label="torch.func")
    plt.yscale("log")
    plt.xticks(range(len(names)), [n.replace("_", " ") for n in names], rotation=60, ha="right")
    plt.ylabel("time / time of torch.func")
    plt.legend()


def _growth_plot(plt: Any, family: dict[str, Any]) -> None:
    for library, fit in family["exponents"].items():
        times = [t[library] * 1e6 for t in family["sizes"].values()]
        plt.plot(list(family["sizes"]), times, "o-", label=f"{library}: n^{fit}", color=_COLORS[library])
    plt.xscale("log", base=2)
    plt.yscale("log")
    plt.xlabel(family["family"])
    plt.ylabel("us")
    plt.legend()


def main(source: str, target: str) -> None:
    """Write the page and its plots."""
    figures = Figures(json.loads(Path(source).read_text(encoding="utf-8")))
    page = Path(target)
    folder = Path(__file__).parent
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["us"] = microseconds
    sections = {"speed": speed, "depth": depth, "growth": growth, "ceilings": ceilings}
    found = {device: {name: make(figures, device) for name, make in sections.items()} for device in figures.devices()}
    memory = table(figures.of("memory"), "use", "bytes")
    imports = {row["library"]: row["time"] for row in figures.of("import")}
    import torch

    text = environment.get_template("report.md.j2").render(
        machine=figures.machine, torch=torch.__version__, devices=found, memory=memory, imports=imports,
        libraries=LIBRARIES, folder=page.stem,
    )  # fmt: skip
    page.write_text(text, encoding="utf-8")
    plots(figures, page.parent / page.stem)


if __name__ == "__main__":
    main(*sys.argv[1:])
