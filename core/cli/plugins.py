"""`oplift plugins`: what is installed, and whether it works."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from oplift.cli.options import stdout

_STYLE = {"loaded": "green", "blocked": "yellow", "broken": "bold red"}


def plugins(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name the operators that each brings.")] = False,
) -> None:
    """List the plugins that are installed, what each brings, and why one is left out.

    A plugin is found by an entry point of the group `oplift`. The environment variable OPLIFT_BLOCK_PLUGINS names those to
    leave out, separated by commas. Exit status 1: one is broken.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they warn of is in the table
        found = import_module("oplift.plugin").plugins()
    console = stdout()
    if not found:
        console.print("no plugins are installed")
    else:
        console.print(_table(found, verbose))
    broken = [info for info in found if info.status == "broken"]
    for info in broken:
        console.print(
            Text(f"{info.name}: ", style="bold red").append(str(info.cause), style="not bold default"), soft_wrap=True
        )
    if broken:
        raise typer.Exit(1)


def _table(found: list[Any], verbose: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("plugin", "package", "version", "status", "brings"):
        table.add_column(title, overflow="fold")
    for info in found:
        status = Text(info.status, style=_STYLE.get(info.status, ""))
        if info.status == "blocked":
            status.append(f": {info.cause}", style="dim")
        table.add_row(info.name, info.distribution or "", info.version or "", status, _brings(info, verbose))
    return table


def _brings(info: Any, verbose: bool) -> str:
    operators = list(info.operators)
    count = f"{len(operators)} operator{'s' if len(operators) != 1 else ''}" if operators else ""
    parts = [
        f"{count}: {', '.join(operators)}" if count and (verbose or len(operators) <= 3) else count,
        "module strategies" if info.strategies else "",
        _named("transforms", info.transforms),
        _named("compile backends", info.compile_backends),
    ]
    return "; ".join(filter(None, parts))


def _named(what: str, names: tuple[str, ...]) -> str:
    return f"{what} {', '.join(names)}" if names else ""
