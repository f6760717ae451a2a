"""What a person sees: the table at the end, and the picture."""

from pathlib import Path

import matplotlib as mpl
from rich.table import Table
from torch import Tensor

from oplift.demo.data import Digits
from oplift.demo.steps import Finding

mpl.use("Agg")
from matplotlib import pyplot as plt

ROWS, COLUMNS = 4, 8


def table(findings: list[Finding], seconds: float) -> Table:
    """The findings, each with how far it is from the truth and how far it may be."""
    shown = Table(title=f"oplift on 1,797 handwritten digits, {seconds:.0f} s in all", title_justify="left")
    for heading in ("what", "result", "error", "at most", ""):
        shown.add_column(heading, justify="right" if heading in ("error", "at most") else "left")
    for f in findings:
        off, limit = ("" if x is None else f"{x:.2g}" for x in (f.error, f.limit))
        verdict = "[red]FAILED[/red]" if f.failed else "[green]ok[/green]"
        shown.add_row(f.what, f.result, off, limit, verdict if f.limit is not None else "")
    return shown


def draw(path: Path, digits: Digits, norms: Tensor, predicted: Tensor) -> None:
    """Write a picture of the digits with the largest gradients, largest first."""
    figure, axes = plt.subplots(ROWS, COLUMNS, figsize=(COLUMNS * 1.25, ROWS * 1.65 + 0.7))
    for axis, i in zip(axes.flat, norms.argsort(descending=True).tolist(), strict=False):
        label, guess = int(digits.labels[i]), int(predicted[i])
        axis.imshow(digits.images[i, 0].numpy(), cmap="gray_r", interpolation="nearest")
        axis.set_title(f"{label} seen as {guess}", fontsize=9, color="crimson" if guess != label else "black")
        axis.set_xlabel(f"|g| = {norms[i]:.3g}", fontsize=8)
        axis.set(xticks=[], yticks=[])
    figure.suptitle(f"The {ROWS * COLUMNS} of {len(norms)} digits whose own gradient is largest")
    figure.tight_layout()
    figure.savefig(path, dpi=150)
    plt.close(figure)
