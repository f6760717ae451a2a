"""The command `oplift`.

What the core can do is here, a file for each sub-command. Those of the generator, of the demo and of any other package
are entry points of the group `oplift.commands`.

Exit status, of every sub-command: 0 when all is well, 1 when a rule or a spec is wrong, 2 when the command was.
"""

from __future__ import annotations

import platform
from importlib.metadata import EntryPoint, entry_points, version
from typing import Annotated, Any

import torch
import typer

from oplift.cli.check import check
from oplift.cli.options import refuse
from oplift.cli.plugins import plugins
from oplift.cli.show import show

__all__ = ["app"]


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"oplift {version('oplift')} (torch {torch.__version__}, Python {platform.python_version()})")
        raise typer.Exit


def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the versions and exit.")
    ] = False,
) -> None:
    """Composable function transforms for PyTorch, with operator rules declared in YAML.

    A custom operator, from nothing: `oplift new` asks PyTorch for its signature and writes a spec, in which you fill in
    the derivative; `oplift check` puts every rule that the spec declares against loops and finite differences.
    """


def _application() -> typer.Typer:
    """Build the command from what is installed; a sub-command's module imports the heavy things when it runs."""
    application = typer.Typer(
        name="oplift",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    application.callback()(main)
    commands: dict[str, Any] = {entry.name: _loaded(entry) for entry in entry_points(group="oplift.commands")}
    commands |= {"check": check, "plugins": plugins, "show": show}
    for name in sorted(commands):
        application.command(name)(commands[name])
    return application


def _loaded(entry: EntryPoint) -> Any:
    """The sub-command of another package; one that cannot be loaded says so when it is called, and breaks no other."""
    try:
        return entry.load()
    except Exception as error:  # whatever the other package raises at import
        package = entry.dist.name if entry.dist else entry.module
        reason = f"{type(error).__name__}: {error}"

    def broken() -> None:
        refuse(f"'oplift {entry.name}' of {package} cannot be loaded ({entry.value}): {reason}")

    broken.__doc__ = f"Cannot be loaded from {package}: {reason}"
    return broken


app = _application()
