"""`oplift coverage FILE.py:function`: what a function of the user's reaches under transforms."""

import json
import re
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

import oplift
from oplift.cli import app
from oplift.coverage import Reach, entry_of, reach
from oplift.coverage.target import Described, arguments, load_target
from oplift.coverage.transforms import TRANSFORMS, parse
from oplift.rule import Rules, operator, override

from . import coverage_examples as examples


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["coverage", *args], catch_exceptions=False, env={"COLUMNS": "160"})


# ---------------------------------------------------------------- a function of the user's


def table(found: Reach) -> dict:
    """(operator, code of the line) -> {transform: how}, of what the user's code reaches itself."""
    return {
        (row.op, row.place.code): {transform: handling.how for transform, handling in row.handling.items()}
        for row in found.rows
        if not row.by
    }


def test_operators_lines_counts_and_rules():
    found = reach(examples.loss, examples.example_inputs(), "vmap(grad, in_dims=(None, 0))")
    both = {"reverse": "rule", "vmap": "rule"}
    assert table(found) == {
        ("aten::matmul", "h = torch.tanh(x @ w)"): both,
        ("aten::tanh", "h = torch.tanh(x @ w)"): both,
        ("aten::mul.Tensor", "return (h * h).sum()"): both,
        ("aten::sum", "return (h * h).sum()"): both,
    }
    assert all(row.count == 1 for row in found.rows if not row.by)
    handling = found.rows[0].handling["reverse"]
    assert handling.text == "multilinear" and handling.origin == operator("aten::matmul").rules.origin
    assert found.ok and not found.loops and not found.notes


def test_what_formulas_reach_is_told_apart_and_has_the_line_of_its_operator():
    found = reach(examples.loss, examples.example_inputs(), "vmap(grad, in_dims=(None, 0))")
    (row,) = [row for row in found.rows if row.op == "aten::tanh_backward"]
    assert row.by == "pullback of aten::tanh" and row.place.code == "h = torch.tanh(x @ w)"
    assert row.handling["vmap"].text == "pointwise"


@pytest.mark.parametrize(
    ("under", "transforms"),
    [
        ("vmap", {"vmap"}),
        ("vmap(vmap)", {"vmap"}),
        ("jvp", {"forward"}),
        ("vjp", {"reverse"}),
        ("hessian", {"reverse", "forward", "vmap"}),
        ("vmap(hessian(argnums=1), in_dims=(None, 0))", {"reverse", "forward", "vmap"}),
        ("jacrev(jacfwd)", {"reverse", "forward", "vmap"}),
        ("vmap(jvp(grad))", {"reverse", "forward", "vmap"}),
        ("grad_and_value", {"reverse"}),
    ],
)
def test_nested_transforms(under, transforms):
    found = reach(examples.loss, examples.example_inputs(), under)
    assert found.ok, found.stopped
    tanh = next(row for row in found.rows if row.op == "aten::tanh" and not row.by)
    assert {name for row in found.rows for name in row.handling} == transforms
    assert tanh.count == 1 and set(tanh.handling) <= transforms


def test_without_transforms_nothing_is_handled():
    found = reach(examples.loss, examples.example_inputs())
    assert found.ok and found.rows == []


def test_a_loop_is_told_and_no_failure():
    found = reach(examples.with_bare, (torch.ones(3),), "vmap")
    assert found.ok and [row.op for row in found.loops] == ["coverage_examples::bare"]
    assert found.loops[0].place.code == "y = torch.ops.coverage_examples.bare(x)"
    assert found.loops[0].handling["vmap"].text.startswith("it has no batching rule")
    assert any("coverage_examples::bare has no fake implementation" in note for note in found.notes)


def test_an_operator_that_a_rule_cannot_batch_for_these_operands_is_a_loop():
    indices = torch.zeros(2, dtype=torch.int64)
    with override("aten::sin", Rules(batch=_by_example)):
        found = reach(lambda x, i: x.sin() + i, (torch.ones(2), indices), "vmap")
    assert found.loops and found.loops[0].handling["vmap"].text == "it has no batching rule for these operands"


def _by_example(size, batched, x):
    from oplift.rules.kinds import by_example

    return by_example(operator("aten::sin"), size, batched, (x,))


def test_a_custom_operator_without_a_derivative_would_raise():
    found = reach(examples.with_declared, (torch.ones(3),), "vmap(grad)")
    (row,) = found.errors
    assert row.op == "coverage_examples::declared" and row.place.code == "return declared(x).sum()"
    assert row.handling["reverse"].how == "error" and row.handling["vmap"].how == "loop"
    assert not found.ok and not found.stopped and not found.notes


def test_a_custom_operator_with_rules_is_handled_by_them():
    spec = Rules(
        batch=lambda size, batched, x: examples.declared(x),
        vjp=lambda needs, x: (examples.declared(x), lambda grad: (3 * x * x * grad,)),
        kind="pointwise",
        form="formulas",
        origin="mine.yaml:4",
    )
    with override("coverage_examples::declared", spec):
        found = reach(examples.with_declared, (torch.ones(3),), "vmap(grad)")
        forward = reach(examples.with_declared, (torch.ones(3),), "jvp")
    assert found.ok and {h.origin for h in found.rows[0].handling.values()} == {"mine.yaml:4"}
    assert forward.rows[0].handling["forward"].text == "the vjp, transposed"


def test_what_an_operator_registered_with_pytorch_is_told_apart():
    registered = Rules(batch=lambda size, batched, x: examples.declared(x), kind="torch", form="torch")
    with override("coverage_examples::declared", registered):
        found = reach(examples.with_declared, (torch.ones(3),), "vmap")
        assert entry_of("coverage_examples::declared").kind == "torch"
    assert found.rows[0].handling["vmap"].how == "torch"


def test_the_analysis_goes_on_after_an_operator_that_would_raise():
    found = reach(examples.refused, (torch.ones(3),), "vmap(grad)")
    (row,) = found.errors
    assert row.op == "aten::linalg_ldl_factor_ex" and "has no derivative" in row.handling["reverse"].text
    assert row.place.code == "factors = torch.linalg.ldl_factor(h.outer(h))[0]"
    assert ("aten::cos", "return factors.sum() + h.cos().sum()") in table(found), "what comes after it is there too"


def test_what_cannot_be_batched_would_raise():
    with override("aten::sin", Rules(batch_unsupported="it is said so")):
        found = reach(lambda x: x.sin().cos(), (torch.ones(3),), "vmap")
    assert [row.op for row in found.errors] == ["aten::sin"] and "it is said so" in found.errors[0].handling[
        "vmap"
    ].text
    assert found.rows[-1].op == "aten::cos"


def test_autograd_functions():
    found = reach(examples.functions, (torch.ones(3),), "vmap(grad)")
    assert found.ok and found.rows[0].op == "Cube"
    assert {h.how for h in found.rows[0].handling.values()} == {"torch"}
    derived = reach(examples.functions, (torch.ones(3),), "jvp")
    assert derived.ok and [h.text for h in derived.rows[0].handling.values()] == ["its backward, transposed"]
    assert [row.op for row in reach(examples.unmapped, (torch.ones(3),), "vmap").loops] == ["Unmapped"]


def test_a_value_that_decides_is_a_clear_error_with_its_line():
    found = reach(examples.branching, (torch.ones(3),), "grad")
    assert not found.ok and "--real" in found.stopped and found.place.code == "if x.sum() > 0:"
    real = reach(examples.branching, (torch.ones(3),), "grad", real=True)
    assert real.ok and any(row.op == "aten::sin" for row in real.rows)
    batched = reach(examples.branching, (torch.ones(3),), "vmap")
    assert "data-dependent control flow" in batched.stopped and batched.place.code == "if x.sum() > 0:"


def test_argument_checks_of_torch_run_on_values():
    found = reach(examples.guarded, (torch.ones(3),), "vmap(grad)")
    assert found.ok and any("gaussian_nll_loss reads values" in note for note in found.notes)


@pytest.mark.parametrize("under", ["vmap", "grad", "vmap(grad)"])
def test_a_shape_that_depends_on_values_is_told(under):
    found = reach(examples.masked, (torch.ones(3),), under)
    assert found.ok and any("result of aten::index.Tensor depends on values" in note for note in found.notes)


@pytest.mark.parametrize("real", [False, True])
def test_nothing_of_the_users_is_changed(real):
    x = torch.ones(4, 3)
    before = [t.clone() for t in (examples.written, examples.norm.running_mean, x)]
    state = torch.get_rng_state()
    found = reach(lambda x: examples.writing(x.mul_(2)), (x,), "vjp", real=real)
    assert found.ok, found.stopped
    for now, then in zip((examples.written, examples.norm.running_mean, x), before, strict=True):
        assert type(now) is torch.Tensor and torch.equal(now, then)
    assert int(examples.norm.num_batches_tracked) == 0 and torch.equal(torch.get_rng_state(), state)


def test_random_numbers_under_vmap():
    found = reach(examples.noisy, (torch.ones(3),), "vmap")
    assert "randomness error mode" in found.stopped and found.place.code == "return F.dropout(x).sum()"
    assert reach(examples.noisy, (torch.ones(3),), "vmap(randomness='different')").ok


def test_an_error_of_the_function_itself():
    found = reach(examples.loss, (torch.ones(5, 3), torch.ones(4)), "grad")
    assert not found.ok and found.place.code == "h = torch.tanh(x @ w)"


def test_lists_numbers_and_keywords():
    found = reach(examples.twice, ([torch.ones(2), torch.ones(3)], 2.0), "vmap(vjp)", kwargs={"flag": True})
    assert found.ok, found.stopped
    assert next(row.count for row in found.rows if row.op == "aten::exp" and not row.by) == 2


def test_the_levels_are_as_before():
    from oplift.batching import BatchLevel

    process = BatchLevel.process
    reach(examples.branching, (torch.ones(3),), "vmap")
    assert BatchLevel.process is process


# ---------------------------------------------------------------- names of transforms, functions and inputs


def test_transforms_are_parsed():
    steps = parse("vmap(grad(loss, argnums=(0, 1)), in_dims=(None, 0))", "loss")
    assert [(step.name, step.options) for step in steps] == [
        ("vmap", {"in_dims": (None, 0)}),
        ("grad", {"argnums": (0, 1)}),
    ]
    assert all(parse(name)[0].name == name for name in TRANSFORMS)
    assert all(hasattr(oplift, name) for name in TRANSFORMS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("vmap(grid)", "'grid' is no transform; did you mean 'grad'"),
        ("vmap(", "is no expression"),
        ("vmap(grad, vjp)", "takes one function"),
        ("vmap(in_dim=0)", "vmap has no option 'in_dim'; it has in_dims"),
        ("vmap(in_dims=x)", "must be a plain value"),
        ("vjp(argnums=0)", "vjp has no option 'argnums'; it has none"),
        ("1 + 2", "is no transform"),
    ],
)
def test_transforms_that_are_refused(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse(text)


def test_inputs_are_described():
    target = load_target("tests.coverage_examples:loss")
    args, kwargs = arguments(target, "f32[5,3], i64[], [bool[2], c128[3]], 0.5, written, flag=bool(1)")
    assert args[:2] == (Described((5, 3), torch.float32), Described((), torch.int64))
    assert args[2] == [Described((2,), torch.bool), Described((3,), torch.complex128)]
    assert args[3] == 0.5 and args[4] is examples.written and kwargs == {"flag": True}
    assert arguments(target, None)[0][0].shape == (5, 3)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("nowhere.py:f", "", "nowhere.py: there is no such file"),
        ("tests.coverage_examples:lose", "", "has no 'lose'; it has"),
        ("no_such_module:f", "", "there is no module 'no_such_module'"),
        ("tests.coverage_examples:written", "", "cannot be called"),
        ("tests.coverage_examples:loss", "f32[3", "--args 'f32[3': SyntaxError"),
        ("tests.coverage_examples:loss", "f32[-1]", "is no shape"),
        ("tests.coverage_examples:loss", "g32[1]", "NameError: name 'g32' is not defined"),
        ("math:sin", None, "nothing says what math:sin is called with"),
    ],
)
def test_functions_and_inputs_that_are_refused(name, text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        arguments(load_target(name), text)


# ---------------------------------------------------------------- the command on a function

USER = """
import torch
def loss(w, x):
    return (x @ w).sin().sum()
def picky(x):
    return x.item()
def example_inputs():
    return torch.ones(5, 3), torch.ones(5)
"""


@pytest.fixture
def user(tmp_path) -> Path:
    file = tmp_path / "study_of_coverage.py"
    file.write_text(USER)
    return file


def test_the_command_on_a_file(user):
    result = run(f"{user}:loss", "--under", "vmap(grad, in_dims=(None, 0))", "--under", "hessian")
    assert result.exit_code == 0, result.output
    assert result.output.count(", all of them handled\n") == 2
    for text in ("reverse mode", "multilinear", "4: return (x @ w).sin().sum()", "rules/pointwise.yaml:"):
        assert text in result.output
    everything = run(f"{user}:loss", "--under", "vmap(grad)", "--all").output
    assert "(pullback of aten::sin)" in everything and "(--all shows them)" not in everything


def test_the_status_of_the_command_says_whether_something_raises(user):
    assert run(f"{user}:loss", "--args", "f32[5,3], f32[5]").exit_code == 0
    refused = run(f"{user}:picky", "--args", "f32[]", "--under", "vmap")
    assert refused.exit_code == 1 and "6: return x.item()" in refused.output and "item() of a tensor" in refused.output
    loops = run("tests.coverage_examples:with_bare", "--args", "f32[3]", "--under", "vmap")
    assert loops.exit_code == 0 and "LOOP: it has no batching rule" in loops.output
    raises = run("tests.coverage_examples:with_bare", "--args", "f32[3]", "--under", "grad")
    assert raises.exit_code == 1 and "1 would raise" in raises.output and "ERROR: " in raises.output


def test_brackets_of_code_are_no_markup():
    result = run("tests.coverage_examples:masked", "--args", "f32[3]", "--under", "vmap")
    assert "return x[x > 0].sum()" in result.output


def test_the_json_of_a_function(user):
    (found,) = json.loads(run(f"{user}:loss", "--under", "vmap(in_dims=(None, 0))", "--json").stdout)
    assert found["ok"] and found["rows"][0]["op"] == "aten::matmul"
    assert found["rows"][0]["place"]["code"] == "return (x @ w).sin().sum()"
    assert found["rows"][0]["handling"]["vmap"]["how"] == "rule"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("aten::sin", "--under", "grad"), "--under needs a function"),
        (("study.py:f", "--html", "x.html"), "--html needs a part of an operator's name"),
        (("study.py:f",), "there is no such file"),
        (("tests.coverage_examples:loss", "--under", "gard"), "did you mean 'grad'"),
    ],
)
def test_misuse_of_the_command(args, message):
    result = run(*args)
    assert result.exit_code == 2
    assert message in " ".join(result.output.replace("│", " ").split())
