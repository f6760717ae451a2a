"""Specs of a third party, loaded while a program runs, and the command that makes oplift's own rules."""

import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
import torch

import oplift
from oplift.codegen import SpecWarning, load_rules
from oplift.codegen.__main__ import main
from oplift.codegen.shipped import check, generate
from oplift.rule import override

from .writing import write

SPEC = """
- op: thirdparty::softclip
  schema: (Tensor x, float limit) -> Tensor
  batch: pointwise
  let: {t: tanh(x / limit)}
  partials: {x: 1 - t * t}
"""


LIBRARY = torch.library.Library("thirdparty", "FRAGMENT")
LIBRARY.define("softclip(Tensor x, float limit) -> Tensor")
LIBRARY.impl("softclip", lambda x, limit: limit * torch.tanh(x / limit), "CPU")


def softclip(x: torch.Tensor) -> torch.Tensor:
    return torch.ops.thirdparty.softclip(x, 2.0)  # type: ignore[no-any-return]


def test_a_third_partys_operator_under_nested_transforms(tmp_path: Path) -> None:
    rules = load_rules(write(tmp_path, SPEC))
    x = torch.rand(3, dtype=torch.float64)
    with override("thirdparty::softclip", rules["thirdparty::softclip"]):
        got = oplift.vmap(oplift.grad(oplift.grad(softclip)))(x)
    want = torch.func.vmap(torch.func.grad(torch.func.grad(lambda a: 2 * torch.tanh(a / 2))))(x)
    torch.testing.assert_close(got, want)


def test_a_traceback_shows_the_generated_line(tmp_path: Path) -> None:
    path = write(tmp_path, SPEC)
    vjp = load_rules(path)["thirdparty::softclip"].vjp
    assert vjp is not None
    with pytest.raises(TypeError) as error:
        vjp([True], torch.ones(1), 2.0)[1]("no cotangent")
    text = "".join(traceback.format_exception(error.value))
    assert f"<oplift rules of {path}:2>" in text
    assert "softclip_pullback" in text
    assert "return (grad * adj(1 - t * t),)" in text


def test_an_operator_that_is_not_pytorchs_needs_a_schema(tmp_path: Path) -> None:
    text = SPEC.replace("  schema: (Tensor x, float limit) -> Tensor\n", "")
    with pytest.raises(ValueError, match=r"S005 thirdparty::softclip: an operator that is not PyTorch's needs a pin"):
        load_rules(write(tmp_path, text))


# ---------------------------------------------------------------- the command
SIN = "- {op: aten::sin, batch: pointwise, partials: {self: cos(self)}}\n"


def test_generate_and_check(tmp_path: Path) -> None:
    write(tmp_path, SIN, "good.yaml")
    assert check(folder=tmp_path) == ["good.py is missing; run `make gen`", "index.py is missing; run `make gen`"]
    assert generate(folder=tmp_path) == []
    assert check(folder=tmp_path) == []
    write(tmp_path, SIN.replace("cos", "sinh"), "good.yaml")
    assert check(folder=tmp_path)[0] == "rules/generated/good.py is stale; run `make gen`"


def test_a_broken_file_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path, SIN, "good.yaml")
    write(tmp_path, SIN.replace("sin", "sinn"), "bad.yaml")
    assert ["S002" in message for message in generate(folder=tmp_path)] == [True]
    assert (tmp_path / "generated" / "good.py").exists()
    assert generate(["good.yaml"], folder=tmp_path) == []
    assert check(["good.yaml"], folder=tmp_path) == []
    assert len(check(folder=tmp_path)) == 1


def test_a_file_that_breaks_keeps_its_place_in_the_index(tmp_path: Path) -> None:
    write(tmp_path, SIN, "a.yaml")
    write(tmp_path, SIN.replace("sin", "cos"), "b.yaml")
    generate(folder=tmp_path)
    before = (tmp_path / "generated" / "index.py").read_text()
    write(tmp_path, SIN + "- nonsense", "a.yaml")
    generate(folder=tmp_path)
    after = (tmp_path / "generated" / "index.py").read_text()
    assert [line for line in after.splitlines() if line.startswith("    ")] == [
        line for line in before.splitlines() if line.startswith("    ")
    ]


def test_one_operator_in_two_files(tmp_path: Path) -> None:
    write(tmp_path, SIN, "a.yaml")
    write(tmp_path, SIN, "b.yaml")
    assert generate(folder=tmp_path) == [
        "rules/b.yaml:1 S004 aten::sin: is declared twice, first in rules/a.yaml:1; remove one of them"
    ]


def test_a_module_without_specs_is_removed(tmp_path: Path) -> None:
    path = write(tmp_path, SIN, "a.yaml")
    generate(folder=tmp_path)
    path.rename(tmp_path / "b.yaml")
    generate(folder=tmp_path)
    assert sorted(p.name for p in (tmp_path / "generated").iterdir()) == ["b.py", "index.py"]


def test_another_torch_compares_sources_only(tmp_path: Path) -> None:
    write(tmp_path, SIN, "a.yaml")
    generate(folder=tmp_path)
    for path in (tmp_path / "generated").iterdir():
        text = path.read_text()
        path.write_text(text.replace("\ntorch: ", "\ntorch: 1") + "# as another torch would have it\n")
    assert check(folder=tmp_path) == []


def test_the_shipped_rules_are_fresh() -> None:
    assert main(["check"]) == 0, "run `make gen`"


def test_what_is_generated_does_not_depend_on_the_hash_seed() -> None:
    code = "import oplift.codegen as c, sys; sys.stdout.write(c.generate_file(sys.argv[1]))"
    path = str(Path(__file__).parents[2] / "rules" / "norm.yaml")
    found = {
        subprocess.run(
            [sys.executable, "-c", code, path],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


def test_an_operator_that_pytorch_decomposes_is_warned_of(tmp_path: Path) -> None:
    library = torch.library.Library("test_running", "FRAGMENT")
    library.define("twice(Tensor x) -> Tensor")
    library.impl("twice", lambda x: x * 2, "CompositeImplicitAutograd")
    text = "- op: test_running::twice\n  schema: (Tensor x) -> Tensor\n  batch: pointwise\n  partials: {x: 2}"
    with pytest.warns(
        SpecWarning, match=r"specs.yaml:1 test_running::twice: is registered as CompositeImplicitAutograd"
    ):
        load_rules(write(tmp_path, text))
