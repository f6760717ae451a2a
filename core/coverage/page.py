"""The page of all operators: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import files

import jinja2
import torch

from .operators import DERIVATIVES, KINDS, Entry
from .record import GROUPS, Accuracy
from .table import error_text, number

__all__ = ["page"]

_GROUPS = {
    "batch": "vmap against a loop over the examples",
    "jvp": "the jvp against finite differences",
    "vjp": "the vjp against the jvp, by the transpose identity",
    "nested": "the jvp and the vjp under vmap, against a loop",
    "second": "the derivatives of the vjp, against finite differences and each other",
}


def page(entries: Sequence[Entry]) -> str:
    """The HTML of a table of operators, with search, filters and columns to sort by.

    Example:
        >>> from oplift.coverage import entries
        >>> "aten::cosh" in page(entries("aten::cosh"))
        True
    """
    template = files(__package__).joinpath("templates", "coverage.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters |= {"error": error_text, "measured": _measured}
    return environment.from_string(template).render(
        entries=entries,
        groups={group: _GROUPS[group] for group in GROUPS},
        kinds=_used(KINDS, (entry.kind for entry in entries)),
        derivatives=_used(DERIVATIVES, (entry.derivative for entry in entries)),
        families=sorted({entry.family for entry in entries}),
        devices=sorted({device for entry in entries for device in entry.devices}),
        checked=sum(not entry.unchecked for entry in entries),
        torch=torch.__version__.partition("+")[0],
    )


def _used(meanings: dict[str, str], words: Iterable[str]) -> dict[str, str]:
    present = set(words)
    return {word: meaning for word, meaning in meanings.items() if word in present}


def _measured(accuracy: Accuracy | None, group: str) -> str:
    """The largest error for each device and dtype."""
    if accuracy is None:
        return ""
    found = [
        f"{device} {dtype}: {number(values[group])}"
        for device, dtypes in accuracy.errors.items()
        for dtype, values in sorted(dtypes.items())
        if group in values
    ]
    return "\n".join(found)
