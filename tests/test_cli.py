"""The command `oplift`."""

from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from oplift.cli import app

ROOT = Path(__file__).parent.parent


def oplift(*args: str) -> Result:
    return CliRunner().invoke(app, list(args), catch_exceptions=False)


def test_help_names_every_command() -> None:
    result = oplift("--help")
    assert result.exit_code == 0
    for command in ("check", "demo", "generate", "show"):
        assert command in result.output


def test_show_prints_the_rules_as_they_run() -> None:
    result = oplift("show", "aten::sin")
    assert result.exit_code == 0
    for text in ("aten::sin(Tensor self) -> Tensor", "def sin_batch", "def sin_jvp", "def sin_vjp"):
        assert text in result.output


def test_show_refuses_what_is_no_operator() -> None:
    result = oplift("show", "aten::sinn")
    assert result.exit_code == 2
    assert "aten::sinn" in result.output


@torch.library.custom_op("test_cli::cube", mutates_args=())
def cube(x: torch.Tensor) -> torch.Tensor:
    return x**3


@pytest.mark.parametrize(("partial", "code"), [("3 * x * x", 0), ("3.003 * x * x", 1)])
def test_check_tells_right_from_wrong(tmp_path: Path, partial: str, code: int) -> None:
    spec = tmp_path / "cube.yaml"
    schema = "schema: (Tensor x) -> Tensor"
    spec.write_text(f"- op: test_cli::cube\n  {schema}\n  batch: pointwise\n  partials: {{x: {partial}}}\n")
    result = oplift("check", str(spec))
    assert result.exit_code == code, result.output
    assert "test_cli::cube" in result.output
