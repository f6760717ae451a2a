"""What a check found, and how it is shown to the author of a rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Outcome = Literal["pass", "fail", "error", "skip"]


class RuleError(AssertionError):
    """A declared rule disagrees with independent truth."""


@dataclass(frozen=True)
class Row:
    """One check of one sample.

    `error` is the maximal difference between what the rule gave and the truth, `tolerance` the difference that
    would have been accepted; both are None where the check is not about numbers. `relative` is the difference as a
    part of the size of the truth, `dtype` the least precise one of the operands.
    """

    check: str
    operand: str
    sample: str
    outcome: Outcome
    error: float | None = None
    tolerance: float | None = None
    message: str = ""
    hint: str = ""
    device: str = "cpu"
    relative: float | None = None
    dtype: str = ""

    @property
    def failed(self) -> bool:
        """Whether the rule is wrong, or could not be run, here."""
        return self.outcome in ("fail", "error")

    def __str__(self) -> str:
        head = f"{self.outcome}: {self.check} of {self.operand or 'the operator'} on {self.sample}"
        hint = f"; {self.hint}" if self.hint else ""
        return f"{head}: {self.message}{self._numbers()}{hint}"

    def _numbers(self) -> str:
        if self.error is None or self.tolerance is None:
            return ""
        return f" (off by {self.error:.3g}, allowed {self.tolerance:.3g})"


@dataclass
class Report:
    """All rows of one operator. `print(report)` shows a table; `report.ok` is the verdict.

    `samples` is the number of samples that were given or drawn.
    """

    op: str
    rows: list[Row] = field(default_factory=list)
    samples: int = 0

    @property
    def ok(self) -> bool:
        """True when something was checked and nothing was found wrong."""
        return any(row.outcome == "pass" for row in self.rows) and not self.failures

    @property
    def failures(self) -> list[Row]:
        """The rows that found the rule wrong."""
        return [row for row in self.rows if row.failed]

    def count(self, outcome: Outcome) -> int:
        """How many rows have that outcome."""
        return sum(row.outcome == outcome for row in self.rows)

    def raise_if_failed(self) -> Report:
        """Raise RuleError with the table when a check failed; else return the report itself."""
        if not self.ok:
            raise RuleError(f"{self.op}: {self.summary()}\n{self}")
        return self

    def summary(self) -> str:
        """One line: `37 checks passed, 2 failed (vjp of other)`."""
        if not self.rows:
            return "nothing was checked: no sample"
        places = Counter(f"{row.check} of {row.operand}" if row.operand else row.check for row in self.failures)
        where = f" ({', '.join(list(places)[:4])})" if places else ""
        skipped = f", {self.count('skip')} skipped" if self.count("skip") else ""
        return f"{self.count('pass')} checks passed, {len(self.failures)} failed{where}{skipped}"

    def __rich__(self) -> RenderableType:
        from oplift.testing.table import report_table

        return report_table(self)

    def render(self, console: Console | None = None) -> None:
        """Print the table to `console` (default: the terminal)."""
        from rich.console import Console as Terminal

        (console or Terminal()).print(self)

    def __str__(self) -> str:
        from oplift.testing.table import plain_text

        return plain_text(self)
