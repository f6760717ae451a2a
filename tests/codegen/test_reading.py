"""Reading YAML: nothing in a file can do harm, and what is odd about it is said."""

from pathlib import Path

import pytest

from oplift.codegen import SpecError, read_specs

from .writing import messages, write

BOMB = "\n".join(["- &a0 [x, x]", *(f"- &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40))])

CASES = {
    "tag": ("- !!python/object/apply:os.system ['true']", "S013 tag"),
    "tag of a value": ("- op: !!str aten::sin", "S013 tag"),
    "bomb": (BOMB, "S013 anchor '&a0' on a collection; only single values may be shared"),
    "deep": ("- " + "[" * 200 + "]" * 200, "S013 nested more than 30 levels deep"),
    "repeated key": (
        "- op: aten::sin\n  batch: pointwise\n  batch: loop",
        "3 S014 key 'batch' is given twice, first on line 2",
    ),
    "comma between braces": (
        "- op: aten::sin\n  partials: {self: where(self: 1, 0)}",
        "quote formulas that stand between braces",
    ),
    "comma in a formula": (
        "- op: aten::sin\n  batch: pointwise\n  partials: {self: where(self, 0)}",
        "3 S014 '0)' stands between braces without a value; quote a formula that holds a comma",
    ),
    "not YAML": ("- op: [", "S012 not YAML"),
    "two documents": ("- op: aten::sin\n---\n- op: aten::cos", "S012 not YAML"),
    "empty": ("# nothing yet\n", "1 S020 the file holds no specs"),
    "a mapping": ("op: aten::sin", "1 S020 a file of specs is a YAML list"),
    "a word": ("- sin", "S001 an entry is a mapping"),
}


@pytest.mark.parametrize("case", CASES)
def test_refused(case: str, tmp_path: Path) -> None:
    text, expected = CASES[case]
    found = messages(tmp_path, text)
    assert any(expected in message for message in found), found


def test_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("- op: aten::sin\n  # caf\xe9\n".encode("latin-1"))
    with pytest.raises(SpecError, match=r"latin.yaml:2 S011 the file is not UTF-8 text; save it in that encoding"):
        read_specs(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="S010 cannot be read: No such file"):
        read_specs(tmp_path / "nothing.yaml")


def test_a_value_may_be_shared(tmp_path: Path) -> None:
    text = (
        "- {op: aten::lgamma, batch: pointwise, derivative: &text no closed form}\n"
        "- {op: aten::digamma, batch: pointwise, derivative: *text}\n"
    )
    assert [spec.derivative for spec in read_specs(write(tmp_path, text))] == ["no closed form"] * 2


def test_what_yaml_takes_for_numbers_is_a_formula(tmp_path: Path) -> None:
    text = "- op: aten::lerp.Scalar\n  batch: pointwise\n  partials: {self: 1, end: 0.5}"
    spec = read_specs(write(tmp_path, text))[0]
    assert [formula.text for formula in spec.formulas.values()] == ["1", "0.5"]  # type: ignore[union-attr]
