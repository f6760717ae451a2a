"""What the derivative forms compile to, where the examples do not show it."""

from pathlib import Path

import pytest
import torch

from oplift.codegen import generate_file
from oplift.errors import MissingRule

from .writing import rules_of, write


def ones(*shape: int) -> torch.Tensor:
    return torch.ones(shape)


def test_missing_tangents_of_a_jointly_linear_operator_are_zeros(tmp_path: Path) -> None:
    text = (
        "- op: aten::where.self\n  batch: pointwise\n  nondiff: [condition]\n"
        "  linear: {self: 'where(condition, grad, 0)', other: 'where(condition, 0, grad)'}"
    )
    jvp = rules_of(tmp_path, text)["aten::where.self"].jvp
    condition = torch.tensor([True, False])
    assert jvp is not None
    assert jvp([None, ones(2), None], condition, ones(2), ones(2))[1].tolist() == [1, 0]
    assert jvp([None, None, None], condition, ones(2), ones(2))[1] is None


def test_several_outputs_skip_what_is_a_symbolic_zero(tmp_path: Path) -> None:
    text = (
        "- op: aten::aminmax\n  batch: {kind: dims, dims: {dim: {of: self, none: flatten}}}\n"
        "  jvp: {min: {self: amin(self_t)}, max: {self: amax(self_t)}}\n"
        "  vjp: {self: grad_min * self + grad_max}"
    )
    vjp = rules_of(tmp_path, text)["aten::aminmax"].vjp
    x = torch.tensor([1.0, 2.0])
    assert vjp is not None
    outputs, pullback = vjp([True], x)
    assert outputs.min.item() == 1
    assert pullback((ones(), None))[0].tolist() == [1, 2]
    assert pullback((None, ones(1)))[0].tolist() == [1]
    assert pullback((ones(), ones(1)))[0].tolist() == [2, 3]


def test_a_formula_that_needs_all_cotangents_gets_zeros(tmp_path: Path) -> None:
    text = (
        "- op: aten::aminmax\n  batch: {kind: dims, dims: {dim: {of: self, none: flatten}}}\n"
        "  vjp: {self: self * (grad_min * grad_max)}"
    )
    vjp = rules_of(tmp_path, text)["aten::aminmax"].vjp
    assert vjp is not None
    assert vjp([True], ones(2))[1]((ones(), None))[0].tolist() == [0, 0]


def test_a_joint_formula_gets_needs(tmp_path: Path) -> None:
    text = "- op: aten::atan2\n  batch: pointwise\n  vjp:\n    self, other: '(grad if needs[0] else None, grad * 2 if needs[1] else None)'"
    vjp = rules_of(tmp_path, text)["aten::atan2"].vjp
    assert vjp is not None
    assert vjp([False, True], ones(1), ones(1))[1](ones(1)) == (None, torch.tensor([2.0]))


def test_not_implemented_says_which_operand(tmp_path: Path) -> None:
    text = "- op: aten::igamma\n  batch: pointwise\n  partials: {self: not_implemented, other: exp(-other)}"
    rules = rules_of(tmp_path, text)["aten::igamma"]
    assert rules.vjp is not None
    assert rules.jvp is not None
    assert rules.vjp([False, True], ones(1), ones(1))[1](ones(1))[0] is None
    with pytest.raises(MissingRule, match="aten::igamma cannot be differentiated with respect to 'self'"):
        rules.vjp([True, True], ones(1), ones(1))
    with pytest.raises(MissingRule, match="'self'"):
        rules.jvp([ones(1), None], ones(1), ones(1))


def test_a_number_takes_the_place_of_a_tensor(tmp_path: Path) -> None:
    text = "- op: aten::mul.Tensor\n  batch: pointwise\n  partials: {self: other, other: self}"
    rules = rules_of(tmp_path, text)["aten::mul.Tensor"]
    assert rules.jvp is not None
    assert rules.vjp is not None
    assert rules.jvp([ones(2), None], ones(2), 3)[1].tolist() == [3, 3]
    assert rules.vjp([True, False], ones(2), 3)[1](ones(2))[0].tolist() == [3, 3]


def test_an_argument_called_grad_is_not_the_cotangent(tmp_path: Path) -> None:
    text = (
        "- op: aten::value_selecting_reduction_backward\n  batch: loop\n  nondiff: [indices]\n"
        "  vjp: {grad: 'take_dim(grad_result, dim, indices, keepdim) + 0 * grad'}"
    )
    vjp = rules_of(tmp_path, text)["aten::value_selecting_reduction_backward"].vjp
    assert vjp is not None
    out, pullback = vjp([True, False], ones(2), 1, torch.zeros(2, dtype=torch.long), [2, 3], False)
    assert pullback(out * 5)[0].tolist() == [5, 5]


def test_a_keyword_of_python_as_an_argument(tmp_path: Path) -> None:
    text = "- op: aten::random.from\n  batch: {kind: random, like: self}\n  derivative: zero"
    assert "from_" in generate_file(write(tmp_path, text))


def test_local_names_do_not_hide_functions(tmp_path: Path) -> None:
    text = (
        "- op: aten::aminmax\n  batch: {kind: dims, dims: {dim: {of: self, none: flatten}}}\n"
        "  let: {total: 'self * 0 + max(1, 2)'}\n"
        "  jvp: {min: {self: amin(self_t)}, max: {self: amax(self_t)}}\n"
        "  vjp: {self: grad_min * total + grad_max}"
    )
    vjp = rules_of(tmp_path, text)["aten::aminmax"].vjp
    assert vjp is not None
    assert vjp([True], ones(2))[1]((ones(), ones()))[0].tolist() == [3, 3]
    assert "builtins.max(1, 2)" in generate_file(write(tmp_path, text))


def test_a_device_has_its_own_path(tmp_path: Path) -> None:
    text = (
        "- op: aten::sin\n  batch: {cpu: pointwise, cuda: {kind: python, rule: 'tests.codegen.stubs:rule'}}\n"
        "  vjp: {self: {cpu: grad * 2, cuda: grad * 3}}"
    )
    rules = rules_of(tmp_path, text)["aten::sin"]
    assert rules.batch is not None
    assert rules.vjp is not None
    assert rules.batch(2, [True], ones(2)).shape == (2,)
    assert rules.vjp([True], ones(1))[1](ones(1))[0].item() == 2


def test_decompositions(tmp_path: Path) -> None:
    text = (
        "- {op: aten::sin, batch: decompose, decompose: cos(self - pi / 2)}\n"
        "- {op: aten::cos, batch: {kind: decompose, to: 'tests.codegen.stubs:double'}, partials: {self: -sin(self)}}\n"
    )
    rules = rules_of(tmp_path, text)
    sin, cos = rules["aten::sin"], rules["aten::cos"]
    assert sin.decompose is not None
    assert cos.decompose is not None
    torch.testing.assert_close(sin.decompose(ones(1)), ones(1).sin())
    assert sin.batch is None
    assert sin.jvp is None
    assert cos.decompose(ones(1)).item() == 2
    assert cos.jvp is not None
