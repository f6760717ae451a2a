"""A pullback keeps alive what it reads, and nothing else."""

from pathlib import Path

import torch

from .writing import captured, captured_tensors, rules_of

MUL = "- op: aten::mul.Tensor\n  batch: pointwise\n  partials: {self: other, other: self}"


def test_an_inactive_operand_costs_nothing(tmp_path: Path) -> None:
    vjp = rules_of(tmp_path, MUL)["aten::mul.Tensor"].vjp
    a, b = torch.rand(3), torch.rand(3)
    assert vjp is not None
    assert captured_tensors(vjp([True, False], a, b)[1]) == {"other"}
    assert captured_tensors(vjp([False, True], a, b)[1]) == {"self"}
    assert captured_tensors(vjp([True, True], a, b)[1]) == {"self", "other"}


def test_a_shape_is_kept_in_place_of_a_tensor(tmp_path: Path) -> None:
    text = (
        (
            "- op: aten::sum.dim_IntList\n  batch: {kind: dims, dims: {dim: {of: self, none: all, empty: all}}}\n"
            "  linear: {self: 'cast(unreduce(grad, shape(self), dim, keepdim), self.dtype)'}"
        )
        .replace("cast(", "masked_fill(")
        .replace("self.dtype", "ndim(self) > 9, 0")
    )
    vjp = rules_of(tmp_path, text)["aten::sum.dim_IntList"].vjp
    assert vjp is not None
    pullback = vjp([True], torch.rand(2, 3), [1], True)[1]
    assert captured_tensors(pullback) == set()
    assert captured(pullback)["self_shape"] == (2, 3)
    assert captured(pullback)["self_ndim"] == 2


def test_a_list_comprehension_of_shapes(tmp_path: Path) -> None:
    text = (
        "- op: aten::cat\n  batch: {kind: dims, dims: {dim: {of: 'tensors[0]'}}, expand: [tensors]}\n"
        "  linear: {tensors: 'split_sizes(grad, [shape(t)[dim] for t in tensors], dim)'}"
    )
    vjp = rules_of(tmp_path, text)["aten::cat"].vjp
    assert vjp is not None
    assert captured(vjp([(True, True)], [torch.rand(2), torch.rand(1)], 0)[1]) == {"tensors_saved": [2, 1], "dim": 0}


def test_the_output_is_kept_only_for_the_operand_that_needs_it(tmp_path: Path) -> None:
    text = "- op: aten::atan2\n  batch: pointwise\n  partials: {self: result * other, other: self}"
    vjp = rules_of(tmp_path, text)["aten::atan2"].vjp
    a, b = torch.rand(3), torch.rand(3)
    assert vjp is not None
    assert captured_tensors(vjp([True, False], a, b)[1]) == {"other", "kept_result"}
    assert captured_tensors(vjp([False, True], a, b)[1]) == {"self"}


def test_a_shared_term_is_computed_where_it_is_read(tmp_path: Path) -> None:
    text = "- op: aten::atan2\n  batch: pointwise\n  let: {d: self * self}\n  partials: {self: d, other: d + 1}"
    vjp = rules_of(tmp_path, text)["aten::atan2"].vjp
    a, b = torch.rand(3), torch.rand(3)
    assert vjp is not None
    pullback = vjp([True, True], a, b)[1]
    assert captured_tensors(pullback) == {"self"}
    torch.testing.assert_close(pullback(torch.ones(3)), (a * a, a * a + 1))


def test_a_term_can_be_saved(tmp_path: Path) -> None:
    text = (
        "- op: aten::atan2\n  batch: pointwise\n  let: {d: self * self}\n  save: [d]\n"
        "  partials: {self: d, other: other}"
    )
    vjp = rules_of(tmp_path, text)["aten::atan2"].vjp
    a, b = torch.rand(3), torch.rand(3)
    assert vjp is not None
    assert captured_tensors(vjp([True, False], a, b)[1]) == {"d"}
    assert captured_tensors(vjp([False, True], a, b)[1]) == {"other"}
    torch.testing.assert_close(vjp([True, True], a, b)[1](torch.ones(3)), (a * a, b))


def test_a_function_says_by_an_underscore_what_it_does_not_read(tmp_path: Path) -> None:
    text = "- op: aten::atan2\n  batch: pointwise\n  vjp: 'tests.codegen.stubs:frugal_vjp'"
    vjp = rules_of(tmp_path, text)["aten::atan2"].vjp
    a = torch.rand(3)
    assert vjp is not None
    pullback = vjp([True, False], a, torch.rand(3))[1]
    assert captured_tensors(pullback) == {"self"}
    torch.testing.assert_close(pullback(torch.ones(3))[0], a)


def test_a_helper_that_reads_metadata_is_called_before(tmp_path: Path) -> None:
    text = (
        "- helpers: [tests.codegen.stubs]\n"
        "- op: aten::sin\n  batch: pointwise\n  vjp: {self: 'double(grad) * count(self)'}"
    )
    vjp = rules_of(tmp_path, text)["aten::sin"].vjp
    assert vjp is not None
    assert captured(vjp([True], torch.rand(3))[1]) == {"self_count": 3}
