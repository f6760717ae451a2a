"""The tables of `oplift coverage`, drawn with rich. Imported when one is shown, not before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from .handling import HOW
from .observe import Place, Reached
from .operators import DERIVATIVES, KINDS, Entry
from .reach import Reach
from .record import GROUPS, Accuracy

__all__ = ["error_text", "number", "operators_table", "reach_table"]

_STYLE = {
    "rule": "green",
    "torch": "green",
    "constant": "dim",
    "decomposition": "cyan",
    "loop": "yellow",
    "error": "bold red",
}
_POOR = {"refused", "loop", "none", "missing"}
_TITLES = {"vmap": "vmap", "forward": "forward mode", "reverse": "reverse mode"}


# ---------------------------------------------------------------- every operator


def operators_table(entries: Sequence[Entry]) -> RenderableType:
    """A row for each operator, and how many there are of each sort."""
    if not entries:
        return Text("no operator with rules has such a name; `oplift coverage` lists all")
    table = Table(caption=_LEGEND, caption_justify="left")
    table.add_column("operator", overflow="fold", style="bold")
    for title in ("family", "batches by", "differentiates by", "checked on"):
        table.add_column(title)
    for title in ("batch", "jvp", "vjp", "nested", "second"):
        table.add_column(title, justify="right")
    for entry in entries:
        table.add_row(
            Text(entry.name), Text(entry.family), _word(entry.kind), _word(entry.derivative), *_checked(entry)
        )
    return Group(table, _summary(entries))


_LEGEND = (
    "batch, jvp, vjp: the largest relative error that the checker found, against a loop over the examples, finite differences, "
    "and the jvp; nested: derivatives under vmap; second: derivatives of the vjp. Over all dtypes: --json and --html tell them "
    "apart."
)


def _word(word: str) -> Text:
    return Text(word, style="yellow" if word in _POOR else "")


def _checked(entry: Entry) -> list[RenderableType]:
    if entry.accuracy is None or entry.unchecked:
        return [Text("nowhere", style="yellow"), *[""] * len(GROUPS)]
    devices = Text(", ".join(entry.devices))
    if entry.accuracy.deviates:
        devices.append(" *", style="yellow")
    return [devices, *(error_text(entry.accuracy, group) for group in GROUPS)]


def error_text(accuracy: Accuracy | None, group: str) -> str:
    """The largest error of a group of checks, "" where nothing was measured."""
    found = accuracy.worst(group) if accuracy is not None else None
    return "" if found is None else number(found[0])


def number(error: float) -> str:
    """An error to one digit.

    >>> number(3e-16), number(0.0)
    ('3e-16', '0')
    """
    return f"{error:.0e}" if error else "0"


def _summary(entries: Sequence[Entry]) -> RenderableType:
    unchecked = [entry for entry in entries if entry.unchecked]
    deviating = sum(bool(entry.accuracy and entry.accuracy.deviates) for entry in entries)
    lines = [
        f"{_operators(len(entries))}, {len(entries) - len(unchecked)} checked",
        "batches by: " + _counted((entry.kind for entry in entries), KINDS),
        "differentiates by: " + _counted((entry.derivative for entry in entries), DERIVATIVES),
    ]
    if deviating:
        lines.append(f"* {deviating} with a check that differs for a known reason")
    if len(entries) <= _FEW:
        lines += [f"{entry.name}: {remark}" for entry in entries for remark in _details(entry)]
    return Text("\n".join(lines))


_FEW = 12


def _details(entry: Entry) -> list[str]:
    deviates = entry.accuracy.deviates if entry.accuracy is not None else {}
    found = [entry.unchecked, *entry.remarks, *(f"check '{check}' differs: {why}" for check, why in deviates.items())]
    return [remark for remark in found if remark]


def _counted(words: Iterable[str], order: Iterable[str]) -> str:
    counts = Counter(words)
    return ", ".join(f"{counts[word]} {word}" for word in order if counts[word])


# ---------------------------------------------------------------- a function of the user's


def reach_table(found: Reach, everything: bool = False) -> RenderableType:
    """What a function reaches under transforms.

    Args:
        found: the result of `oplift.coverage.reach`.
        everything: whether to show also what only formulas of rules reach, and needs no attention.
    """
    shown = [row for row in found.rows if everything or not row.by or _notable(row)]
    parts: list[RenderableType] = [_headline(found)]
    if shown:
        parts.append(_rows(shown, found))
    hidden = len({row.op for row in found.rows if row not in shown})
    if hidden:
        formulas = f"and {_operators(hidden)} in the formulas of these, handled as well (--all shows them)"
        parts.append(Text(formulas, style="dim"))
    parts += [Text(f"note: {note}", style="yellow") for note in found.notes]
    if found.stopped:
        where = f" at {_line(found.place, '')}" if found.place is not None else ""
        parts.append(Text(f"the run ended{where}\n{found.stopped}", style="bold red"))
    return Group(*parts)


def _operators(count: int) -> str:
    return f"{count} operator{'' if count == 1 else 's'}"


def _notable(row: Reached) -> bool:
    return row.rank >= list(HOW).index("loop")


def _headline(found: Reach) -> Text:
    under = f" under {found.under}" if found.under else ", as it is"
    direct = [row for row in found.rows if not row.by]
    counts = [_operators(len({row.op for row in direct})), *_counts(found)]
    style = "green" if found.ok and not found.loops else "yellow" if found.ok else "bold red"
    return Text(f"{found.function}{under}: {', '.join(counts)}", style=style)


def _counts(found: Reach) -> list[str]:
    loops, errors = {row.op for row in found.loops}, {row.op for row in found.errors}
    if not loops and not errors and not found.stopped:
        return ["all of them handled"]
    said = [f"{len(loops)} in a loop over the examples"] if loops else []
    said += [f"{len(errors)} would raise"] if errors else []
    return said + (["did not run to its end"] if found.stopped else [])


def _rows(rows: Sequence[Reached], found: Reach) -> Table:
    table = Table()
    table.add_column("operator", overflow="fold", style="bold")
    table.add_column("times", justify="right")
    transforms = [name for name in _order(found) if any(name in row.handling for row in rows)]
    for name in transforms:
        table.add_column(_TITLES.get(name, name), overflow="fold")
    table.add_column("reached from", overflow="fold", ratio=1)
    main = next((row.place.file for row in rows if row.place is not None), "")
    for row in rows:
        cells = [_handling(row, name) for name in transforms]
        origin = _line(row.place, main) + (f"\n({row.by})" if row.by else "")
        table.add_row(Text(row.op), str(row.count), *cells, Text(origin))  # no markup: code holds brackets
    return table


def _order(found: Reach) -> list[str]:
    """The transforms that were met, those that see an operator first at the left."""
    return list(dict.fromkeys(name for row in found.rows for name in row.handling))


def _handling(row: Reached, transform: str) -> Text:
    handling = row.handling.get(transform)
    if handling is None:
        return Text("")
    words = {
        "rule": "",
        "torch": "PyTorch: ",
        "constant": "",
        "decomposition": "decomposed, ",
        "loop": "LOOP: ",
        "error": "ERROR: ",
    }
    text = Text(words[handling.how] + handling.text, style=_STYLE[handling.how])
    if handling.origin:
        text.append(f"\n{handling.origin}", style="dim")
    return text


def _line(place: Place | None, main: str) -> str:
    if place is None:
        return ""
    file = "" if place.file == main else f"{Path(place.file).name}:"
    return f"{file}{place.line}: {place.code}"
