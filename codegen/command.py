"""The sub-commands `oplift new`, `oplift generate` and `oplift schema`.

What they need beyond the options is imported when one runs, so that `oplift --help` stays quick.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.syntax import Syntax

from oplift.cli.options import Imports, SpecPath, bring_in, refuse, stdout

__all__ = ["generate", "new", "schema"]


def new(
    op: Annotated[
        str,
        typer.Argument(metavar="OPERATOR", help="The overload, such as mylib::fused_gelu; PyTorch must know it."),
    ],
    imports: Imports,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", dir_okay=False, help="Where the spec goes.  [default: NAME.yaml]"
        ),
    ] = None,
) -> None:
    """Write a first spec of a custom operator, and a test of it.

    The signature is PyTorch's. How the operator batches is guessed: by running it on a few samples with each kind, the
    first with which vmap agrees with a loop is taken. The derivative is yours to fill in; then run `oplift check`.

    Nothing is overwritten: exit status 1 where one of the files is there.
    """
    bring_in(imports)
    try:
        with Console(stderr=True).status(f"looking at {op}"):
            draft = importlib.import_module("oplift.codegen.new").draft(op, output, imports)
    except ValueError as error:
        hint = "" if imports else "; name it by --import"
        raise typer.BadParameter(f"{error}{hint}", param_hint="OPERATOR") from None
    for path in (draft.spec, draft.test):
        if path.exists():
            refuse(
                f"{path} is there already, and nothing is overwritten; remove it, or choose another place by --output"
            )
    _write_new(draft.spec, draft.spec_text)
    try:
        _write_new(draft.test, draft.test_text)
    except BaseException:
        draft.spec.unlink()
        raise
    _say(draft)


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        refuse(f"{path} cannot be written: {error.strerror}")


def _say(draft: Any) -> None:
    console, found = stdout(), draft.guess
    console.print(f"{draft.guess.signature.name}{found.signature.text}", style="bold", markup=False, highlight=False)
    console.print(Syntax(draft.spec_text, "yaml", background_color="default", word_wrap=True))
    tried = f"which passed {found.checks} checks" if found.checks else "not tried"
    console.print(f"{draft.spec}  the spec; its kind is a guess, {tried}", markup=False, highlight=False)
    console.print(f"{draft.test}  its test, for pytest", markup=False, highlight=False)
    todo = "Fill in the formulas, then" if found.active and found.form != "derivative" else "Next:"
    console.print(f"{todo} {draft.check}", markup=False, highlight=False)


def generate(
    spec: SpecPath,
    imports: Imports,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where the module goes, else printed.")
    ] = None,
) -> None:
    """Turn a file of specs into a Python module of rules, ahead of time.

    The module is what oplift makes of the file when it is loaded; written ahead, neither YAML nor templates are needed
    when the program runs. Exit status 1: the spec is refused.
    """
    bring_in(imports)
    codegen = importlib.import_module("oplift.codegen")
    try:
        source = codegen.generate_file(spec)
    except codegen.SpecError as error:  # its message says file, line and what is wrong
        refuse(f"the spec is refused\n{error}")
    _emit(source, output)


def schema(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where the schema goes, else printed.")
    ] = None,
) -> None:
    """Print the JSON schema of files of specs, with which editors complete and check them.

    For editors with yaml-language-server (VS Code, Neovim, Emacs, ...): `oplift schema -o oplift.schema.json`, and as the
    first line of the spec `# yaml-language-server: $schema=oplift.schema.json`.
    """
    _emit(importlib.import_module("oplift.codegen.json_schema").text(), output)


def _emit(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        refuse(f"{output} cannot be written: {error.strerror}")
