"""What several sub-commands take, and how they say what is wrong."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, NoReturn

import torch
import typer
from rich.console import Console
from rich.text import Text

__all__ = ["SHARED_LIBRARIES", "Imports", "SpecPath", "bring_in", "refuse", "stdout"]

SpecPath = Annotated[
    Path, typer.Argument(metavar="SPEC", exists=True, dir_okay=False, help="A YAML file of specs.", show_default=False)
]
Imports = Annotated[
    list[str],
    typer.Option(
        "--import",
        "-i",
        metavar="MODULE",
        default_factory=list,
        show_default=False,
        help="What defines the operators: a module, of the current folder too, or a shared library (`ops.so`). "
        "May be given several times.",
    ),
]
SHARED_LIBRARIES = (".so", ".dylib", ".dll", ".pyd")


def stdout() -> Console:
    """Where a sub-command prints. A pipe or a file has no width: rich would take 80 and cut what is longer."""
    console = Console()
    return console if console.is_terminal or "COLUMNS" in os.environ else Console(width=160)


def refuse(reason: str) -> NoReturn:
    """End the command with status 1, and say why: a line for each thing, unwrapped, as editors and CI read them."""
    console = Console(stderr=True)
    console.print(Text("error: ", style="bold red").append(reason, style="not bold default"), soft_wrap=True)
    raise typer.Exit(1)


def bring_in(imports: Sequence[str]) -> None:
    """Import what defines the operators.

    Args:
        imports: names of modules, looked for in the current folder first, and paths of shared libraries.

    Raises:
        typer.BadParameter: there is no such module or library.
        typer.Exit: it raised while it was imported; that was said.
    """
    here = os.getcwd()
    if imports and here not in sys.path:
        sys.path.insert(0, here)  # a script's own folder is first there, not the user's
    for name in imports:
        try:
            _import(name)
        except typer.BadParameter:
            raise
        except Exception as error:  # a module of the author's: whatever it raises is what they need to see
            refuse(f"--import {name}: {_described(error)}")


def _import(name: str) -> None:
    if name.endswith(SHARED_LIBRARIES):
        if not Path(name).is_file():
            raise typer.BadParameter(f"no shared library {name}", param_hint="--import")
        torch.ops.load_library(os.path.abspath(name))
        return
    if not all(part.isidentifier() for part in name.removesuffix(".py").split(".")):
        text = f"'{name}' is no module's name; write package.module, or the path of a shared library"
        raise typer.BadParameter(text, param_hint="--import")
    try:
        import_module(name)
    except ModuleNotFoundError as error:
        if not f"{name}.".startswith(f"{error.name}."):  # neither the module nor a package that it is in
            raise
        hint = f"; it is the name of a module, without '.py': {name[:-3]}" if name.endswith(".py") else ""
        raise typer.BadParameter(f"no module named '{name}', here or installed{hint}", param_hint="--import") from None


def _described(error: Exception) -> str:
    """What was raised, and where in the author's own code."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith("<frozen")]
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames and frames[-1].filename != __file__ else ""
    return f"{type(error).__name__}: {error}{place}"
