"""The checker finds every rule that is wrong on purpose, says where, and accepts the right ones."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import oplift
from oplift.rule import Rules, operator, override
from oplift.testing import Report, Row, RuleError, Sample, check_file, check_op
from oplift.testing.domain import domain_of
from oplift.testing.numeric import slopes
from oplift.testing.parts import DTYPES, PARTS
from oplift.testing.samples import parse
from oplift.testing.trees import short

from .wrong_rules import FAULTS, PAIR, VECTOR, Fault

RIGHT = {fault.op: fault for fault in FAULTS}


def test_enough_faults_are_seeded() -> None:
    assert len(FAULTS) >= 30
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("op", RIGHT)
def test_the_right_rules_pass_on_the_same_samples(op: str) -> None:
    for fault in FAULTS:
        if fault.op == op:
            check_op(op, *fault.samples, devices=["cpu"]).raise_if_failed()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_wrong_rule_is_found(fault: Fault) -> None:
    with override(fault.op, fault.rules):
        report = check_op(fault.op, *fault.samples, devices=["cpu"], **dict(fault.claims))
    found = [row for row in report.failures if row.check.startswith(fault.check)]
    assert found, f"not found by {fault.check!r}:\n{report}"
    assert any(fault.says in f"{row.operand} {row.message} {row.hint}" for row in found), str(report)
    assert not report.ok


def test_a_wrong_second_order_is_found_by_the_reverse_mode_too() -> None:
    """sin's pullback uses cos; where only the VJP of cos is wrong, the VJP of sin's VJP is."""

    def vjp(needs: object, x: torch.Tensor) -> object:
        return x.cos(), lambda grad: (grad * x.sin() * -1.001,)

    with override("aten::cos", replace(operator("aten::cos").rules, vjp=vjp)):
        report = check_op("aten::sin", VECTOR, devices=["cpu"])
    assert {row.check for row in report.failures} == {"vjp of vjp"}, str(report)


def test_torch_func_passes_the_same_checks() -> None:
    report = check_op("aten::atan2", PAIR, impl=torch.func)
    assert report.ok, str(report)
    assert {"batch", "jvp", "vjp", "jvp of vjp", "vjp of vjp"} <= {row.check for row in report.rows}


def test_a_python_function_can_be_checked() -> None:
    def kinetic(mass: torch.Tensor, speed: torch.Tensor) -> torch.Tensor:
        return mass * speed**2 / 2

    report = check_op(kinetic, Sample((torch.ones(3, dtype=torch.float64), torch.rand(3, dtype=torch.float64))))
    assert report.ok, str(report)
    assert report.op == "kinetic"


def test_a_wrong_autograd_function_is_found() -> None:
    class Square(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x: torch.Tensor) -> torch.Tensor:
            return x * x

        @staticmethod
        def setup_context(ctx: object, inputs: tuple[torch.Tensor], output: torch.Tensor) -> None:
            ctx.save_for_backward(*inputs)  # type: ignore[attr-defined]
            ctx.save_for_forward(*inputs)  # type: ignore[attr-defined]

        @staticmethod
        def backward(ctx: object, grad: torch.Tensor) -> torch.Tensor:
            return 2.002 * ctx.saved_tensors[0] * grad  # type: ignore[attr-defined]

        @staticmethod
        def jvp(ctx: object, tangent: torch.Tensor) -> torch.Tensor:
            return 2 * ctx.saved_tensors[0] * tangent  # type: ignore[attr-defined]

    report = check_op(Square.apply, VECTOR, impl=torch.func)
    assert {row.check for row in report.failures} <= {"vjp", "vjp of vjp", "jvp of vjp", "vmap of vjp"}
    assert "1.001" in report.failures[0].hint


def test_samples_are_drawn_from_the_database_and_the_schema() -> None:
    report = check_op("aten::mul.Tensor", limit=6, devices=["cpu"])
    samples = {row.sample for row in report.rows}
    assert report.ok, str(report)
    assert any("[]" in sample for sample in samples), "a 0-dim tensor"
    assert any("c128" in sample for sample in samples), "a complex tensor"
    assert any("f32" in sample for sample in samples), "single precision"
    assert any("~" in sample for sample in samples), "memory that is not contiguous"


def test_an_unknown_operator_is_named_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'aten::mul'"):
        check_op("aten::mull.Tensor")
    with pytest.raises(ValueError, match="no such overload"):
        check_op("aten::mul.Tenser")


def test_raise_if_failed_shows_the_table() -> None:
    with override("aten::sin", Rules(decompose=lambda x: 1.001 * torch.cos(x - torch.pi / 2))):
        report = check_op("aten::sin", VECTOR, devices=["cpu"])
    with pytest.raises(RuleError, match=r"(?s)aten::sin.*what is wrong.*constant factor 1\.001"):
        report.raise_if_failed()


def test_an_empty_report_is_not_ok() -> None:
    assert not Report("aten::sin").ok
    assert "nothing was checked" in Report("aten::sin").summary()


def test_a_row_reads_as_a_sentence() -> None:
    row = Row("vjp", "self", "(f64[3])", "fail", 0.5, 0.001, "got 1, want 2", "the sign is wrong")
    assert str(row) == "fail: vjp of self on (f64[3]): got 1, want 2 (off by 0.5, allowed 0.001); the sign is wrong"


def test_checks_can_be_left_out_and_tolerances_widened() -> None:
    report = check_op("aten::sin", VECTOR, skip=["jvp of vjp", "batch"], devices=["cpu"])
    assert not any(row.check.startswith(("jvp of vjp", "batch")) for row in report.rows)
    nearly = Rules(decompose=lambda x: (1 + 1e-6) * torch.cos(x - torch.pi / 2))
    with override("aten::sin", nearly):
        assert not check_op("aten::sin", VECTOR, devices=["cpu"]).ok
        assert check_op("aten::sin", VECTOR, devices=["cpu"], tolerance=1e4).ok


def test_kinks_and_jumps_are_not_trusted() -> None:
    x = torch.tensor([0.0, 1.0, -0.5], dtype=torch.float64)
    absolute, rounded = slopes(lambda x: (x.abs(), (x + 0.5).floor()), [x], [torch.ones_like(x)])
    assert absolute.reliable.tolist() == [False, True, True]
    assert absolute.value[1:].tolist() == pytest.approx([1.0, -1.0])
    assert rounded.reliable.tolist() == [True, True, False]


def test_a_domain_moves_operands_only_inside_it() -> None:
    symmetric = domain_of({"self": "hermitian"})
    matrix = torch.tensor([[2.0, 0.5], [0.5, -1.0]], dtype=torch.float64)
    report = check_op("aten::linalg_eigvalsh", Sample((matrix,)), impl=torch.func, domain=symmetric)
    assert not [row for row in report.failures if row.check in ("jvp", "vjp")], str(report)


def test_samples_can_be_written_as_text() -> None:
    sample = parse("randn(3, 2), 1, keepdim=True")
    assert str(sample) == "(f64[3, 2], 1, keepdim=True)"
    with pytest.raises(ValueError, match="test.samples"):
        parse("__import__('os')")


def test_values_are_written_briefly() -> None:
    assert short([torch.zeros(2, dtype=torch.int64), None, 1.5]) == "[i64[2], None, 1.5]"
    assert short(torch.zeros(2, 3, dtype=torch.bfloat16).mT) == "bf16[3, 2]~"


def test_checking_changes_no_random_state() -> None:
    before = torch.get_rng_state()
    check_op("aten::sin", VECTOR, devices=["cpu"])
    assert torch.equal(before, torch.get_rng_state())
    assert oplift.vmap is not None


SPECS = """
- op: checkerlib::bend
  schema: (Tensor x, Tensor bias) -> Tensor
  batch: pointwise
  let: {u: x + bias}
  partials: {x: FACTOR * cos(u), bias: cos(u)}
  test: {samples: ['randn(3), randn(2, 3)'], domain: {x: [-1, 1]}, skip: ['batch: nested']}
- op: checkerlib::twice
  schema: (Tensor x) -> Tensor
  batch: pointwise
  linear: {x: 2 * grad}
"""


@pytest.fixture
def operators_of_a_library() -> Iterator[None]:
    library = torch.library.Library("checkerlib", "DEF")
    library.define("bend(Tensor x, Tensor bias) -> Tensor")
    library.define("twice(Tensor x) -> Tensor")
    library.impl("bend", lambda x, bias: torch.sin(x + bias), "CompositeExplicitAutograd")
    library.impl("twice", lambda x: 2 * x, "CompositeExplicitAutograd")
    yield
    library._destroy()


@pytest.mark.usefixtures("operators_of_a_library")
def test_a_file_of_specs_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(SPECS.replace("FACTOR", "1.001"))
    bend, twice = check_file(path, devices=["cpu"])
    assert [bend.op, twice.op] == ["checkerlib::bend", "checkerlib::twice"]
    assert twice.ok, str(twice)
    assert "linear" in {row.check for row in twice.rows}
    assert not bend.ok
    assert any("1.001" in row.hint and row.operand == "x" for row in bend.failures), str(bend)
    assert not any(row.check == "batch: nested" for row in bend.rows)


# ---------------------------------------------------------------- operators of anybody's
@torch.library.custom_op("test_checker::cube32", mutates_args=())
def cube32(x: torch.Tensor) -> torch.Tensor:
    """A kernel that knows single precision alone, and says so as it likes."""
    assert x.dtype == torch.float32, "single precision, please"
    return x**3


@torch.library.custom_op("test_checker::cube64", mutates_args=())
def cube64(x: torch.Tensor) -> torch.Tensor:
    return x**3


def rules_of(folder: Path, partial: str, op: str = "test_checker::cube32", batch: str = "pointwise") -> Path:
    path = folder / "specs.yaml"
    path.write_text(f"- {{op: '{op}', schema: (Tensor x) -> Tensor, batch: {batch}, partials: {{x: '{partial}'}}}}\n")
    return path


@pytest.mark.parametrize(("partial", "ok"), [("3 * x * x", True), ("3.05 * x * x", False), ("3 * x", False)])
def test_a_kernel_of_single_precision_alone_is_checked_in_it(tmp_path: Path, partial: str, ok: bool) -> None:
    (report,) = check_file(rules_of(tmp_path, partial), devices=["cpu"])
    assert report.ok is ok, str(report)
    assert ok or "jvp" in {row.check for row in report.failures}
    assert not [
        row for row in report.rows if row.check == "jvp" and row.outcome == "skip" and "precision" in row.message
    ]


def test_a_rule_of_a_custom_operator_that_raises_is_wrong(tmp_path: Path) -> None:
    """PyTorch cannot differentiate the operator either; that excuses nothing."""
    (report,) = check_file(rules_of(tmp_path, "select(x, 99, 0)", "test_checker::cube64"), devices=["cpu"])
    assert {"jvp", "vjp"} <= {row.check for row in report.failures}, str(report)


def test_what_a_spec_leaves_out_is_no_mistake(tmp_path: Path) -> None:
    (report,) = check_file(rules_of(tmp_path, "not_implemented", "test_checker::cube64"), devices=["cpu"])
    assert report.ok, str(report)
    assert {row.message for row in report.rows if row.check == "jvp"} == {"the spec says not_implemented"}


def test_a_declared_loop_is_not_asked_for_the_shape_of_no_examples(tmp_path: Path) -> None:
    (report,) = check_file(rules_of(tmp_path, "3 * x * x", "test_checker::cube64", "loop"), devices=["cpu"])
    assert report.ok and "batch: size 0" not in {row.check for row in report.rows}, str(report)


def test_the_parts_of_a_check_are_the_whole(tmp_path: Path) -> None:
    whole = {str(row) for row in check_op("aten::atan2", PAIR, devices=["cpu"]).rows}
    parts = [
        {str(row) for row in check_op("aten::atan2", PAIR, devices=["cpu"], parts=[part], dtypes=[dtype]).rows}
        for dtype in DTYPES
        for part in PARTS
    ]
    assert set.union(*parts) == whole
    assert sum(map(len, parts)) == len(whole)


@pytest.mark.parametrize("options", [{"parts": ["jpv"]}, {"dtypes": ["float16"]}])
def test_an_unknown_part_is_refused(options: dict[str, list[str]]) -> None:
    with pytest.raises(ValueError, match=r"(parts: 'jpv'|dtypes: 'float16') is none of "):
        check_op("aten::atan2", PAIR, **options)


def test_the_table_has_one_line_for_each_check_and_operand(tmp_path: Path) -> None:
    (report,) = check_file(rules_of(tmp_path, "3.003 * x * x", "test_checker::cube64"), devices=["cpu"])
    wrong = str(report).partition("what is wrong")[2]
    assert wrong.count("jvp") == 1 and "more" in wrong
    assert "off by" in wrong and "hint: looks off by a constant factor 1.001" in wrong
