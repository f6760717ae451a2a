"""A study of handwritten digits: what `oplift demo` runs.

Training, per-sample gradients, an ensemble, Jacobians and Hessians, and outliers, with a custom operator inside the
network whose rule is declared in squareplus.yaml.
"""

import importlib.util
import time
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["main"]


def main(
    out: Annotated[Path, typer.Option(help="Where the picture of the outliers goes.")] = Path("digits-outliers.png"),
    seed: Annotated[int, typer.Option(help="Seed of all random numbers.")] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of the work.")] = False,
) -> None:
    """Train, differentiate and inspect a network on handwritten digits; needs scikit-learn and matplotlib."""
    missing = [name for name in ("sklearn", "matplotlib") if importlib.util.find_spec(name) is None]
    if missing:
        typer.echo(f"error: not installed: {', '.join(missing)}; try: pip install 'oplift[demo]'", err=True)
        raise typer.Exit(1)
    from rich.console import Console  # here, so that `oplift --help` waits for neither torch nor matplotlib

    from oplift.demo import report, run

    start = time.perf_counter()
    study = run.study(seed=seed, quick=quick)
    report.draw(out, study.digits, study.norms, run.predictions(study))
    console = Console()
    console.print(report.table(study.findings, time.perf_counter() - start))
    console.print(f"picture of the outliers: {out}")
    if any(finding.failed for finding in study.findings):
        raise typer.Exit(1)
