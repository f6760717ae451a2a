"""The command `oplift`.

What the core can do is here. The sub-commands of the generator, of the demo and of any other package are entry points
of the group `oplift.commands`.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.syntax import Syntax

from .errors import MissingRule
from .op import Op, operator

__all__ = ["app"]

SLOTS = ("batch", "jvp", "vjp", "inverse", "decompose")


def show(op: Annotated[str, typer.Argument(help="An overload, such as aten::sin or aten::mul.Tensor.")]) -> None:
    """Show the rules of an operator, as they run."""
    try:
        found = operator(op)
    except MissingRule as error:
        raise typer.BadParameter(str(error)) from None
    console = Console()
    console.print(f"[bold]{found.schema}[/bold]", highlight=False)
    for name, rule in ((slot, getattr(found, slot)) for slot in SLOTS):
        if rule is not None:
            console.rule(f"{name}: {rule.__module__}.{rule.__qualname__}", align="left")
            console.print(Syntax(_source(rule), "python", background_color="default"))
    for line in _remarks(found):
        console.print(line)


def _source(rule: Any) -> str:
    try:
        return inspect.getsource(rule)
    except (OSError, TypeError):  # made while the program ran, or a builtin
        return f"# {rule!r}"


def _remarks(op: Op) -> list[str]:
    """What is known of an operator beside its functions."""
    remarks = {
        f"derivative: {op.derivative}": op.derivative is not None,
        f"batching is refused: {op.batch_unsupported}": op.batch_unsupported is not None,
        "batching is a loop over the examples": op.batch_loop,
        "draws random numbers": op.random,
        "an alias of its first argument": op.view,
        "no rules are declared; PyTorch's decomposition serves, where there is one": op.rules is None,
    }
    return [remark for remark, holds in remarks.items() if holds]


def check(
    spec: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A YAML file of specs.")],
    imports: Annotated[
        list[str], typer.Option("--import", "-i", metavar="MODULE", help="What defines the operators.")
    ] = [],  # noqa: B006  (typer's way to say: any number, none by default)
) -> None:
    """Check every rule that a file of specs declares, against loops and finite differences."""
    for module in imports:
        import_module(module)
    try:
        reports = import_module("oplift.testing").check_file(spec)  # when asked for: the checker imports a lot
    except ValueError as error:  # a refused spec; its message says file, line and what is wrong
        raise typer.TyperException(str(error)) from None
    for report in reports:
        typer.echo(report)
    if not all(report.ok for report in reports):
        raise typer.Exit(1)


def _application() -> typer.Typer:
    """Build the command from what is installed; a sub-command's module imports the heavy things when it runs."""
    application = typer.Typer(
        name="oplift",
        help="Composable function transforms for PyTorch, with operator rules declared in YAML.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for command in (check, show):
        application.command()(command)
    for entry in sorted(entry_points(group="oplift.commands"), key=lambda entry: entry.name):
        application.command(entry.name)(entry.load())
    return application


app = _application()

if __name__ == "__main__":
    app()
