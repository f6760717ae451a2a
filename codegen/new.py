"""`oplift new`: the first spec of an operator, and a test of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oplift.cli.options import SHARED_LIBRARIES

from .generate import _render
from .guess import Guess, guess


@dataclass(frozen=True)
class Draft:
    """Two files that are not written yet.

    Attributes:
        spec, test: where they go.
        spec_text, test_text: what they hold.
        guess: what was guessed.
        check: the command that checks the spec.
    """

    spec: Path
    test: Path
    spec_text: str
    test_text: str
    guess: Guess
    check: str


def draft(op: str, output: Path | None, imports: Sequence[str]) -> Draft:
    """Write a spec and a test for an operator, in memory.

    Args:
        op: the overload, ``"mylib::fused_gelu"``.
        output: where the spec goes, ``fused_gelu.yaml`` by default; the test goes beside it.
        imports: what defines the operator, as `--import` says it.

    Raises:
        ValueError: torch knows no such operator, or it writes to its arguments.
    """
    guessed = guess(op)
    if guessed.signature.is_mutable:
        raise ValueError(
            f"{op}{guessed.signature.text} writes to its arguments; declare the operator that returns its results instead, "
            "from which oplift derives the other one"
        )
    ident = re.sub(r"\W", "_", op.partition("::")[2])
    spec = output or Path(f"{ident}.yaml")
    check = " ".join(["oplift check", spec.name, *(f"--import {name}" for name in imports)])
    values = {"op": op, "ident": ident, "spec": spec.name}
    return Draft(
        spec,
        spec.with_name(f"test_{ident}.py"),
        _render("new_spec.yaml.j2", **values, **_described(guessed), check=check),
        _render("new_test.py.j2", **values, **_loading(imports)),
        guessed,
        check,
    )


def _described(guessed: Guess) -> dict[str, object]:
    """What the template of the spec says of the operator."""
    signature = guessed.signature
    results = [output.name for output in signature.outputs]
    text = signature.text.strip()
    return {
        "schema": f"'{text}'" if ": " in text or " #" in text else text,
        "names": ", ".join([*(a.name for a in signature.args), *results]),
        "result": ", ".join(results),
        "batch": guessed.batch,
        "checks": guessed.checks,
        "form": guessed.form,
        "active": guessed.active,
        "nondiff": guessed.nondiff,
        "outputs": guessed.outputs,
    }


def _loading(imports: Sequence[str]) -> dict[str, object]:
    libraries = [name for name in imports if name.endswith(SHARED_LIBRARIES)]
    return {"modules": [n for n in imports if n not in libraries], "libraries": libraries}
