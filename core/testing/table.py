"""The table of a report, drawn with rich. Imported when a report is shown, not before."""

from __future__ import annotations

import io
from collections import defaultdict

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from oplift.testing.report import Report, Row

_STYLE = {"pass": "green", "fail": "bold red", "error": "bold magenta", "skip": "dim"}
_SHOWN_FAILURES = 12


def report_table(report: Report) -> RenderableType:
    """A summary by check, then the failures, each with what to do about it."""
    style = "green" if report.ok else "bold red"
    parts: list[RenderableType] = [Text(f"{report.op}: {report.summary()}", style=style), _summary(report)]
    if report.failures:
        parts.append(_failures(report.failures))
    return Group(*parts)


def plain_text(report: Report, width: int = 150) -> str:
    """The same table as text without colour."""
    buffer = io.StringIO()
    Console(file=buffer, width=width, color_system=None).print(report_table(report))
    return buffer.getvalue()


def _summary(report: Report) -> Table:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in report.rows:
        groups[row.check].append(row)
    table = Table(box=None, pad_edge=False)
    for title in ("check", "passed", "failed", "skipped", "worst / allowed", "why skipped"):
        table.add_column(title)
    for check, rows in groups.items():
        table.add_row(check, *_counts(rows), _worst(rows), _reasons(rows))
    return table


def _counts(rows: list[Row]) -> list[Text]:
    passed, skipped = (sum(row.outcome == outcome for row in rows) for outcome in ("pass", "skip"))
    failed = len(rows) - passed - skipped
    shown = ((passed, "green"), (failed, "bold red"), (skipped, "dim"))
    return [Text(str(count) if count else "", style=style) for count, style in shown]


def _worst(rows: list[Row]) -> str:
    measured = [(row.error, row.tolerance) for row in rows if row.error is not None and row.tolerance is not None]
    if not measured:
        return ""
    error, tolerance = max(measured, key=lambda pair: pair[0] / max(pair[1], 1e-300))
    return f"{error:.1e} / {tolerance:.1e}"


def _reasons(rows: list[Row]) -> str:
    reasons = dict.fromkeys(row.message for row in rows if row.outcome == "skip" and row.message)
    return "; ".join(list(reasons)[:2])


def _failures(rows: list[Row]) -> Table:
    """One line for each check and operand: the sample that says most, and how many others failed alike."""
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.check, row.operand, row.device].append(row)
    table = Table(title="what is wrong", title_justify="left", show_lines=True)
    for title in ("check", "of"):
        table.add_column(title, overflow="fold")
    table.add_column("got and want, at which of the samples that fail", overflow="fold", ratio=1)
    # what is wrong of one operand alone explains what is wrong of several
    ordered = sorted(groups.values(), key=lambda group: group[0].operand.count(","))
    for group in ordered[:_SHOWN_FAILURES]:
        table.add_row(*_failure(_clearest(group), len(group)))
    if len(ordered) > _SHOWN_FAILURES:
        table.caption = f"and {len(ordered) - _SHOWN_FAILURES} more"
    return table


def _clearest(group: list[Row]) -> Row:
    return max(group, key=lambda row: (row.outcome == "error", bool(row.hint), -len(row.sample)))


def _failure(row: Row, count: int) -> list[RenderableType]:
    check = Text(row.check + ("" if row.device == "cpu" else f" ({row.device})"), style=_STYLE[row.outcome])
    text = Text(row.message)
    if row.error is not None and row.tolerance is not None:
        text.append(f" (off by {row.error:.1e}, allowed {row.tolerance:.1e})")
    text.append(f"\nat {row.sample}" + (f", and {count - 1} more" if count > 1 else ""), style="dim")
    if row.hint:
        text.append(f"\nhint: {row.hint}", style="yellow")
    return [check, row.operand, text]
