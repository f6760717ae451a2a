"""docs/spec-language.md: its examples are accepted, and it leaves nothing out."""

import re
from pathlib import Path

import pytest

from oplift.codegen.read_batch import COMMON, KINDS
from oplift.codegen.validate import KEYS
from oplift.rules import formulas

from .writing import messages

PAGE = (Path(__file__).parents[2] / "docs" / "spec-language.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("\n")[0])
def test_example(example: str, tmp_path: Path) -> None:
    assert messages(tmp_path, example) == []


@pytest.mark.parametrize(
    "word", sorted({*KEYS, *COMMON, *(option for options in KINDS.values() for option in options)})
)
def test_keys_and_options_are_explained(word: str) -> None:
    assert f"`{word}" in PAGE


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_are_explained(kind: str) -> None:
    assert f"\n**{kind}** — " in PAGE


@pytest.mark.parametrize("helper", formulas.__all__)
def test_helpers_are_explained(helper: str) -> None:
    assert f"`{helper}(" in PAGE


def test_every_code_is_in_the_table() -> None:
    folder = Path(__file__).parents[2] / "codegen"
    used = {code for path in folder.glob("*.py") for code in re.findall(r'"(S0\d\d)"', path.read_text())}
    ranges = [(first, last or first) for first, last in re.findall(r"^\| (S0\d\d)(?: to (S0\d\d))? \|", PAGE, re.M)]
    assert {code for code in used if not any(a <= code <= b for a, b in ranges)} == set()
