"""The demo works, and says so only when it does."""

import importlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from oplift.cli import app
from oplift.demo.steps import Finding

ROOT = Path(__file__).parent.parent


def test_demo_finds_no_difference_and_draws_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "outliers.png"
    result = CliRunner().invoke(app, ["demo", "--quick", "--out", str(picture)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert picture.read_bytes().startswith(b"\x89PNG")
    for step in ("training", "per-sample gradients", "ensemble", "Jacobians", "Hessians", "outliers"):
        assert step in result.output
    assert "FAILED" not in result.output


@pytest.mark.parametrize(("error", "failed"), [(1e-6, False), (1e-4, True), (float("nan"), True)])
def test_an_error_above_its_limit_fails(error: float, failed: bool) -> None:
    assert Finding("x", "y", error, 1e-5).failed is failed


def test_the_rule_of_the_operator_is_eight_lines_and_shown_in_the_readme() -> None:
    importlib.import_module("oplift.demo.operator")
    spec = (ROOT / "examples" / "digits" / "squareplus.yaml").read_text()
    assert spec.count("\n") == 8
    assert spec in (ROOT / "README.md").read_text()
