"""The sub-command `oplift coverage`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from oplift.cli.options import Imports, bring_in, refuse, stdout

__all__ = ["coverage"]

_FUNCTION = re.compile(r"[^:]+:[^:]+")
_DEFAULT = ("vmap", "vjp", "jvp")


def coverage(
    target: Annotated[
        str,
        typer.Argument(
            metavar="[OPERATORS | FILE.py:FUNCTION]",
            help="A part of a name or a glob (aten::fft_*), or a function of yours, in a file or an importable module.",
            show_default=False,
        ),
    ] = "",
    *,
    imports: Imports,
    family: Annotated[str, typer.Option(help="Operators of this family alone: pointwise, linalg, ...")] = "",
    html: Annotated[Path | None, typer.Option(help="Write a page with search and filters to this file.")] = None,
    under: Annotated[
        list[str],
        typer.Option(metavar="TRANSFORMS", help="What the function runs under: 'vmap(grad)', hessian, ... Repeatable."),
    ] = [],  # noqa: B006  (typer's way to say: any number, none by default)
    args: Annotated[
        str | None,
        typer.Option(
            metavar="ARGUMENTS",
            help="What the function is called with, for one example: 'f32[3,4], i64[], 0.5'; else example_inputs() of "
            "its module says so.",
        ),
    ] = None,
    size: Annotated[int, typer.Option(min=1, help="How many examples the innermost vmap gets.")] = 2,
    real: Annotated[
        bool, typer.Option("--real", help="Compute values, on copies; else only shapes are computed.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show what only formulas of rules reach, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show how operators are handled: all, or those that a function reaches.

    Of an operator: how it batches and differentiates, on which devices and how
    accurately it was checked. Of a function: the operators that it reaches under
    transforms, the lines that reach them, and what is done with each: a rule, a
    decomposition, a loop over the examples, what it registered with PyTorch, or
    an error. The function runs on tensors without values, so nothing of yours is
    changed. The exit status is 1 if anything would raise.
    """
    bring_in(imports)
    if target.endswith(".py"):
        raise typer.BadParameter(f"{target} is a file; name a function in it, {target}:function")
    is_function = _FUNCTION.fullmatch(target) is not None
    misplaced = {"--family": family, "--html": html} if is_function else {"--under": under, "--args": args}
    for option, value in misplaced.items():
        if value:
            wanted = "a part of an operator's name" if is_function else "a function, FILE.py:FUNCTION"
            raise typer.BadParameter(f"{option} needs {wanted}; {target!r} is none")
    if is_function:
        _of_function(target, args, under or list(_DEFAULT), size, real, everything, as_json)
    else:
        _of_operators(target, family, html, as_json)


def _of_operators(pattern: str, family: str, html: Path | None, as_json: bool) -> None:
    from .operators import entries

    found = entries(pattern, family)
    if html is not None:
        from .page import page

        try:
            html.parent.mkdir(parents=True, exist_ok=True)
            html.write_text(page(found), encoding="utf-8")
        except OSError as error:
            refuse(f"{html} cannot be written: {error.strerror}")
        typer.echo(f"{html}: {len(found)} operators")
    elif as_json:
        typer.echo(json.dumps([entry.as_data() for entry in found], indent=1))
    else:
        from .table import operators_table

        _print(operators_table(found))
    if not found:
        raise typer.Exit(1)


def _of_function(
    target: str, args: str | None, under: list[str], size: int, real: bool, everything: bool, as_json: bool
) -> None:
    from .reach import reach
    from .target import arguments, load_target

    try:
        loaded = load_target(target)
        given, kwargs = arguments(loaded, args)
        options: dict[str, Any] = {"kwargs": kwargs, "size": size, "real": real, "name": target}
        found = [reach(loaded.function, given, transforms, **options) for transforms in under]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if as_json:
        typer.echo(json.dumps([one.as_data() for one in found], indent=1))
    else:
        from .table import reach_table

        for one in found:
            _print(reach_table(one, everything), "")
    if not all(one.ok for one in found):
        raise typer.Exit(1)


def _print(*parts: Any) -> None:
    console = stdout()
    for part in parts:
        for piece in getattr(part, "renderables", [part]):
            console.print(piece, soft_wrap=type(piece).__name__ == "Text")  # a path is not folded
