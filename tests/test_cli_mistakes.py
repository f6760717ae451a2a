"""The command line with bad input: one message that says what to do, and never a traceback."""

from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from oplift.cli import app

LIBRARY = torch.library.Library("climistakes", "DEF")
LIBRARY.define("cube(Tensor x) -> Tensor")
LIBRARY.define("add_to(Tensor(a!) x, Tensor y) -> ()")
LIBRARY.impl("cube", lambda x: x**3, "CompositeExplicitAutograd")
LIBRARY.impl("add_to", lambda x, y: x.add_(y) and None, "CompositeExplicitAutograd")
SPEC = """- op: climistakes::cube
  schema: (Tensor x) -> Tensor
  batch: pointwise
  partials: {x: 3 * x * x}
  test: {samples: ['randn(3), 2']}
"""


def said(*args: str) -> tuple[int, str]:
    """Exit status and all that was printed, in one line without the frame of a usage error."""
    result = CliRunner().invoke(app, args, env={"COLUMNS": "400"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (
            ["check", "spec.yaml"],
            "spec.yaml:1 climistakes::cube: test.samples: 'randn(3), 2': climistakes::cube refuses it",
        ),
        (["check", "spec.yaml", "-i", "../x"], "'../x' is no module's name; write package.module, or the path of a"),
        (["coverage", "sin", "-i", "nowhere"], "no module named 'nowhere'"),
        (["coverage", "boom.py"], "boom.py is a file; name a function in it, boom.py:function"),
        (["coverage", "boom.py:f"], "boom.py cannot be run: RuntimeError: boom ("),
        (["coverage", "inputs.py:f"], "example_inputs() of inputs.py:f: ZeroDivisionError: division by zero ("),
        (["coverage", "sin", "--html", "spec.yaml/page.html"], "page.html cannot be written: "),
    ],
)
def test_a_mistake_is_said(args: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text(SPEC)
    Path("boom.py").write_text("raise RuntimeError('boom')\n")
    Path("inputs.py").write_text("def f(x): return x\ndef example_inputs(): return 1 / 0\n")
    code, output = said(*args)
    assert code != 0
    assert says in output


@pytest.mark.parametrize(
    ("op", "says"),
    [
        ("climistakes::cube", "what it registered with PyTorch serves: a loop over the examples; no derivative"),
        ("climistakes::add_to", "it writes to its arguments: vmap runs it once for each example, on copies"),
        ("aten::add_.Tensor", "it writes to its arguments, which those of aten::add.Tensor serve"),
    ],
)
def test_show_says_what_serves_an_operator_without_rules(op: str, says: str) -> None:
    code, output = said("show", op, "--no-cost")
    assert code == 0
    assert says in output


def test_nothing_is_cut_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    output = CliRunner().invoke(app, ["show", "aten::mv", "--no-cost"]).output
    assert "multilinear: {self: 'outer(grad, adj(vec))', vec: 'matmul(grad, adj(self)" in output
