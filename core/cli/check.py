"""`oplift check`: a file of specs against independent truth, and a table that its author can act on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from oplift.cli.options import Imports, SpecPath, bring_in, refuse, stdout
from oplift.errors import MissingRule
from oplift.origin import spec_entry


@dataclass(frozen=True)
class Checked:
    """One operator of the file: its entry, what was found, and how long that took in seconds."""

    entry: Any
    report: Any
    seconds: float


def check(
    spec: SpecPath,
    imports: Imports,
    ops: Annotated[
        list[str],
        typer.Option(
            "--op",
            metavar="NAME",
            default_factory=list,
            show_default=False,
            help="Check only this operator of the file.",
        ),
    ],
    samples: Annotated[
        int, typer.Option("--samples", "-n", min=1, help="How many samples to draw for an operator.")
    ] = 8,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="The checks of every operator, not only the wrong.")
    ] = False,
) -> None:
    """Check every rule that a file of specs declares, against independent truth.

    Batching is compared with a loop, for every combination of batched operands; the JVP with finite differences; the
    VJP with the JVP, by the transpose identity; second order likewise; in double, single and complex precision, for
    empty, strided and broadcast operands, on the CPU and, where there is one, on CUDA.

    Exit status 1: a rule is wrong, or the spec is refused.
    """
    bring_in(imports)
    console = stdout()
    found = list(_run(spec, ops, samples, console))
    console.print(_summary(found))
    for checked in found:
        if verbose or not checked.report.ok:
            console.print(*_details(checked, spec), sep="\n")
    wrong = sum(not checked.report.ok for checked in found)
    console.print(_verdict(len(found), wrong))
    if wrong:
        raise typer.Exit(1)


def _run(spec: Path, ops: Sequence[str], samples: int, console: Console) -> Iterator[Checked]:
    testing = import_module("oplift.testing.check")  # when asked for: it imports a lot
    with _said_well(), testing.in_force(spec) as entries, console.status("") as status:
        for entry in _chosen(entries, ops, spec):
            status.update(f"checking {entry.op}")
            start = time.perf_counter()
            yield Checked(entry, _report(testing, entry, samples), time.perf_counter() - start)


@contextmanager
def _said_well() -> Iterator[None]:
    try:
        yield
    except ValueError as error:  # a refused spec, whose message says file, line and what is wrong
        refuse(f"the spec is refused\n{error}")
    except MissingRule as error:
        refuse(f"{error} Name it by --import.")


def _chosen(entries: Sequence[Any], ops: Sequence[str], spec: Path) -> list[Any]:
    names = [entry.op for entry in entries]
    for op in ops:
        if op not in names:
            raise typer.BadParameter(f"{spec} declares no {op}; it declares {', '.join(names)}", param_hint="--op")
    return [entry for entry in entries if not ops or entry.op in ops]


def _report(testing: Any, entry: Any, samples: int) -> Any:
    try:
        return testing.check_op(entry.op, limit=samples, **testing.claims_of(entry))
    except ValueError as error:  # of the section `test:`, which runs only now
        raise ValueError(f"{entry.path}:{entry.line} {entry.op}: {error}") from None


def _summary(found: Sequence[Checked]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("operator", "declared in"):
        table.add_column(title, overflow="fold")
    for title in ("passed", "failed", "skipped", "seconds"):
        table.add_column(title, justify="right")
    table.add_column("verdict")
    for checked in found:
        entry, report = checked.entry, checked.report
        numbers = report.count("pass"), len(report.failures), report.count("skip")
        place = f"{Path(entry.path).name}:{entry.line}"
        table.add_row(
            entry.op, place, *(str(n or "") for n in numbers), f"{checked.seconds:.1f}", _short_verdict(report)
        )
    return table


def _short_verdict(report: Any) -> Text:
    left_out = _left_out(report)
    if report.ok and left_out:
        return Text(f"right but for what is not_implemented: {left_out}", style="yellow")
    if report.ok:
        return Text("right", style="green")
    if not report.rows:
        return Text("not checked: no sample", style="bold yellow")
    return Text("wrong" if report.failures else "nothing could be compared", style="bold red")


def _left_out(report: Any) -> str:
    """The operands that the spec gives no derivative for."""
    undeclared = import_module("oplift.testing.trial").NO_DERIVATIVE
    alone = [row.operand for row in report.rows if row.message == undeclared and "," not in row.operand]
    return ", ".join(dict.fromkeys(alone))


def _details(checked: Checked, spec: Path) -> Iterator[RenderableType]:
    """What the spec says, and what was found."""
    yield Text()
    entry = spec_entry(spec, checked.entry.op)
    if entry is not None:
        yield entry
    if checked.report.rows:
        yield checked.report
    else:
        yield Text(
            f"{checked.entry.op}: plain torch accepts none of the samples that were made up from its schema.\n"
            "Write some into the spec:  test: {samples: ['randn(3, 2), randn(2), 0.5']}"
        )


def _verdict(count: int, wrong: int) -> RenderableType:
    operators = f"{count} operator{'s' if count != 1 else ''}"
    if wrong:
        return Group(Text(), Text(f"{wrong} of {operators} not right", style="bold red"))
    return Text(f"{operators} right", style="green")
