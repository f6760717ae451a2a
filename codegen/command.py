"""The sub-command `oplift generate`."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated

import typer

from .errors import SpecError
from .generate import generate_file

__all__ = ["generate"]


def generate(
    spec: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A YAML file of specs.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where the module goes, else printed.")] = None,
    imports: Annotated[
        list[str], typer.Option("--import", "-i", metavar="MODULE", help="What defines the operators.")
    ] = [],  # noqa: B006  (typer's way to say: any number, none by default)
) -> None:
    """Turn a file of specs into a Python module of rules."""
    for module in imports:
        importlib.import_module(module)
    try:
        source = generate_file(spec)
    except SpecError as error:
        raise typer.TyperException(str(error)) from None
    if output is None:
        typer.echo(source, nl=False)
    else:
        output.write_text(source)
