"""The pytest plugin: what its marker collects, and that a wrong rule fails the author's test."""

import pytest
import torch

# What an inner run imports first is forgotten after it, and some C extensions cannot be imported twice.
import oplift.testing.suite  # noqa: F401
from oplift.codegen import load_rules
from oplift.rule import override

pytest_plugins = ["pytester"]


@torch.library.custom_op("test_plugin::cube", mutates_args=())
def cube(x: torch.Tensor) -> torch.Tensor:
    return x**3


@torch.library.custom_op("test_plugin::never", mutates_args=())
def never(x: torch.Tensor) -> torch.Tensor:
    raise ValueError("no argument will do")


SPEC = """
- op: test_plugin::cube
  schema: (Tensor x) -> Tensor
  batch: pointwise
  partials: {{x: '{partial}'}}
  test: {{samples: ['randn(3, 2)', 'randn(4)']}}
- {{op: test_plugin::never, schema: (Tensor x) -> Tensor, batch: pointwise, derivative: zero}}
"""
MARKED = """
import pytest

@pytest.mark.oplift_op("test_plugin::cube", spec="cube.yaml"{options})
def test_cube(oplift_check):
    oplift_check()
"""


def run(pytester: pytest.Pytester, test: str, partial: str = "3 * x * x", *args: str) -> pytest.RunResult:
    pytester.path.joinpath("cube.yaml").write_text(SPEC.format(partial=partial))
    pytester.makepyfile(test)
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:randomly", *args)


def output(result: pytest.RunResult) -> str:
    return result.stdout.str() + result.stderr.str()


# ---------------------------------------------------------------- the marker
def test_a_marked_test_is_one_for_each_transform_and_dtype(pytester: pytest.Pytester) -> None:
    result = run(pytester, MARKED.format(options=""), "3 * x * x", "-v")
    result.assert_outcomes(passed=19)
    for label in ("vmap-float64", "jvp-float32", "vjp-complex128", "vmap of vjp-float64", "jvp of vjp-complex128"):
        assert f"test_cube[test_plugin::cube-{label}]" in output(result)


@pytest.mark.parametrize(
    "options", [", parts=['jvp', 'vjp'], dtypes=['float64']", ", skip=['batch', 'v', 'jvp of'], dtypes=['float64']"]
)
def test_parts_and_dtypes_can_be_chosen_and_checks_left_out(pytester: pytest.Pytester, options: str) -> None:
    result = run(pytester, MARKED.format(options=options))
    passed = 2 if "parts" in options else 1
    result.assert_outcomes(passed=passed, skipped=0 if "parts" in options else 6)


def test_a_wrong_rule_fails_where_it_is_wrong_and_says_how(pytester: pytest.Pytester) -> None:
    result = run(pytester, MARKED.format(options=""), "3.003 * x * x")
    result.assert_outcomes(passed=16, failed=3)
    assert "looks off by a constant factor 1.001" in output(result)
    assert "FAILED" in output(result) and "[test_plugin::cube-jvp-float64]" in output(result)
    assert "f64[4]" in output(result), "the samples of the spec are used"
    assert "Traceback" not in output(result)


def test_a_rule_that_raises_fails(pytester: pytest.Pytester) -> None:
    result = run(pytester, MARKED.format(options=", parts=['vjp'], dtypes=['float64']"), "select(x, 99, 0)")
    result.assert_outcomes(failed=1)
    assert "raised in cube_" in output(result)


def test_what_the_spec_leaves_out_is_skipped_with_a_reason(pytester: pytest.Pytester) -> None:
    result = run(pytester, MARKED.format(options=", dtypes=['float64']"), "not_implemented", "-rs")
    result.assert_outcomes(passed=1, skipped=6)
    assert "the spec says not_implemented" in output(result)


def test_a_refused_spec_fails_with_file_and_line(pytester: pytest.Pytester) -> None:
    result = run(pytester, MARKED.format(options=", parts=['vmap'], dtypes=['float64']"), "coss(x)")
    result.assert_outcomes(failed=1)
    assert "cube.yaml:5 S051" in output(result) and "During handling" not in output(result)


@pytest.mark.parametrize(("partial", "outcome"), [("3 * x * x", "passed"), ("3.1 * x * x", "failed")])
def test_the_rules_in_force_are_checked_without_a_spec(pytester: pytest.Pytester, partial: str, outcome: str) -> None:
    pytester.path.joinpath("theirs.yaml").write_text(SPEC.format(partial=partial))
    test = MARKED.format(options=", parts=['jvp'], dtypes=['float64']").replace(', spec="cube.yaml"', "")
    with override("test_plugin::cube", load_rules(pytester.path / "theirs.yaml")["test_plugin::cube"]):
        result = run(pytester, test, "0 * x")
    result.assert_outcomes(**{outcome: 1})
    assert outcome == "passed" or "f64[4]" in output(result), "the samples of the spec are used"


@pytest.mark.parametrize(
    ("marker", "says"),
    [
        ('"test_plugin::cube", part=["jvp"]', "has no option 'part'"),
        ('"test_plugin::cube", parts=["jpv"]', "parts must be a list of some of vmap, jvp"),
        ('"test_plugin::cube", dtypes="float64"', "dtypes must be a list"),
        ("", "takes the name of one operator"),
        ('"a::b", "c::d"', "takes the name of one operator"),
    ],
)
def test_a_mistake_in_the_marker_is_said_when_tests_are_collected(
    pytester: pytest.Pytester, marker: str, says: str
) -> None:
    result = run(pytester, f"import pytest\n@pytest.mark.oplift_op({marker})\ndef test_x(oplift_check): ...\n")
    assert result.ret != 0 and says in output(result)


def test_a_marked_test_must_take_the_fixture(pytester: pytest.Pytester) -> None:
    result = run(pytester, 'import pytest\n@pytest.mark.oplift_op("test_plugin::cube")\ndef test_x(): ...\n')
    assert result.ret != 0 and "must take the fixture oplift_check" in output(result)


def test_the_marker_is_listed(pytester: pytest.Pytester) -> None:
    assert "@pytest.mark.oplift_op(op, *, spec=None" in output(pytester.runpytest_inprocess("--markers"))


# ---------------------------------------------------------------- the fixture
def test_the_fixture_alone_checks_everything_at_given_samples(pytester: pytest.Pytester) -> None:
    test = """
import torch
from oplift.testing import Sample

def test_cube(oplift_check):
    report = oplift_check(Sample((torch.randn(2, 3).double(),)), op="test_plugin::cube", spec="cube.yaml")
    assert report.ok and {"batch", "jvp", "vjp", "vjp of vjp"} <= {row.check for row in report.rows}
"""
    run(pytester, test).assert_outcomes(passed=1)
    run(pytester, test, "3.1 * x * x").assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ('op="test_plugin::cub"', "did you mean 'test_plugin::cube'?"),
        ('op="aten::sin", spec="cube.yaml"', "declares no aten::sin; it declares test_plugin::cube"),
        ('op="test_plugin::cube", spec="nowhere.yaml"', "nowhere.yaml"),
        ('op="test_plugin::never", spec="cube.yaml"', "accepts none of the samples"),
        ("", 'oplift_check(op="mylib::name") names the operator'),
    ],
)
def test_the_fixture_fails_for_what_it_cannot_check(pytester: pytest.Pytester, call: str, says: str) -> None:
    result = run(pytester, f"def test_x(oplift_check):\n    oplift_check({call})\n")
    result.assert_outcomes(failed=1)
    assert says in output(result)


# ---------------------------------------------------------------- a project that uses neither
def test_pytest_starts_without_torch(pytester: pytest.Pytester) -> None:
    test = 'import sys\n\ndef test_x():\n    assert not {"torch", "oplift", "rich", "typer"} & set(sys.modules)\n'
    pytester.makepyfile(test)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    assert "oplift" in output(result), "the plugin is there"
