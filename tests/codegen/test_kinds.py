"""The run-time support of the batching kinds, where its corners are."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
import torch

from oplift.errors import FallbackWarning, MissingRule
from oplift.rule import operator
from oplift.rules import kinds

DTYPES = [torch.bool, torch.int64, torch.float16, torch.float32, torch.float64, torch.complex64]
RANKS = [0, 1, 2]


def operand(dtype: torch.dtype, rank: int, batched: bool) -> torch.Tensor:
    shape = (3,) * batched + (2,) * rank
    return torch.ones(shape).to(dtype)


@pytest.mark.filterwarnings("ignore:ComplexHalf")
@pytest.mark.parametrize(("first", "second"), list(product(DTYPES, repeat=2)), ids=lambda d: str(d).partition(".")[2])
def test_two_operands_promote_as_their_examples_do(first: torch.dtype, second: torch.dtype) -> None:
    for r, s, flags in product(RANKS, RANKS, [(True, True), (True, False), (False, True)]):
        a, b = operand(first, r, flags[0]), operand(second, s, flags[1])
        want = (a[0] if flags[0] else a) + (b[0] if flags[1] else b)
        x, y = kinds.align2(flags, a, b)
        assert (x + y).dtype is want.dtype, (r, s, flags)
        assert (x + y)[0].shape == want.shape
        x, y = kinds.align(flags, a, b)
        assert (x + y).dtype is want.dtype


@pytest.mark.parametrize("number", [True, 2, 2.5, 2j])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_number_promotes_weakly(dtype: torch.dtype, number: complex) -> None:
    for rank in RANKS:
        a = operand(dtype, rank, True)
        x, y = kinds.align2((True, False), a, number)
        assert (x * y).dtype is (a[0] * number).dtype


def test_three_operands() -> None:
    for flags in product([False, True], repeat=3):
        for ranks in product(RANKS, repeat=3):
            if any(flags):
                compare_where(flags, ranks)


def compare_where(flags: Sequence[bool], ranks: Sequence[int]) -> None:
    dtypes = (torch.bool, torch.float64, torch.float32)
    args = [operand(d, r, f) for d, r, f in zip(dtypes, ranks, flags, strict=True)]
    want = torch.where(*[a[0] if f else a for a, f in zip(args, flags, strict=True)])
    got = torch.where(*kinds.align(flags, *args))
    assert got.dtype is want.dtype
    assert got[0].shape == want.shape


def test_what_is_not_there_stays_away() -> None:
    a = torch.ones(3, 2)
    x, low, high = kinds.align((True, False, False), a, None, torch.ones(4, 2))
    assert low is None
    assert x.shape == (3, 1, 2)
    assert high.shape == (4, 2)


def test_the_common_case_returns_the_operands_themselves() -> None:
    a, b, c = torch.ones(3, 2), torch.ones(3, 2), torch.ones(2)
    assert kinds.align2((True, True), a, b) == (a, b) or all(
        x is y for x, y in zip(kinds.align2((True, True), a, b), (a, b), strict=True)
    )
    assert kinds.align2((True, False), a, c)[1] is c
    assert kinds.align((True, True), a, b)[0] is a


# ---------------------------------------------------------------- dims and shape
@pytest.mark.parametrize("dim", [-3, 2])
def test_a_dimension_out_of_range_is_the_examples_error(dim: int) -> None:
    with pytest.raises(IndexError) as want:
        torch.ones(2, 3).cumsum(dim)
    with pytest.raises(IndexError) as got:
        kinds.shift_dim(dim, 2)
    assert str(got.value) == str(want.value)


def test_dimensions() -> None:
    assert [kinds.shift_dim(d, 2) for d in (0, 1, -1, -2)] == [1, 2, 2, 1]
    assert kinds.shift_dims([0, -1], 3) == [1, 3]
    assert kinds.shift_dims(1, 3) == [2]
    assert kinds.shift_dims(None, 2, none="all") == [1, 2]
    assert kinds.shift_dims([], 2, empty="all") == [1, 2]
    assert kinds.shift_dims((), 2) == []
    with pytest.raises(TypeError):
        kinds.shift_dims(None, 2)


def test_sizes_of_an_empty_batch() -> None:
    assert kinds.prepend(0, [2, -1], torch.ones(0, 3, 4)) == [0, 2, 6]
    assert kinds.prepend(5, [2, -1], torch.ones(5, 3, 4)) == [5, 2, -1]


def test_a_flattened_operand_gets_its_rank_back() -> None:
    assert kinds.unflatten_like(torch.ones(3), (3, 2, 2)).shape == (3,)
    assert kinds.unflatten_like(torch.ones(3, 1), (3, 2, 2)).shape == (3, 1, 1)
    assert kinds.unflatten_like(torch.ones(3, 4), (3, 2, 2)).shape == (3, 2, 2)


# ---------------------------------------------------------------- leading and fold
def test_leading_dimensions_broadcast_behind_the_batch() -> None:
    a, b = kinds.align_leading((True, True), (2, 1), torch.ones(5, 3, 3), torch.ones(5, 4, 2))
    assert a.shape == (5, 1, 3, 3)
    assert b.shape == (5, 4, 2)
    a, b = kinds.align_leading((False, True), (1, 1), torch.ones(7, 4, 2), torch.ones(5, 2))
    assert a.shape == (7, 4, 2)
    assert b.shape == (5, 1, 1, 2)


@pytest.mark.parametrize("at", [0, 1])
def test_folding_is_undone(at: int) -> None:
    x = torch.rand(5, 2, 3, 4)
    folded, count = kinds.fold(5, True, x, at, 2)
    assert folded.shape == ((10, 3, 4) if at == 0 else (2, 15, 4))
    torch.testing.assert_close(kinds.unfold(folded, 5, count, at), x)


def test_folding_without_a_batch_of_its_own() -> None:
    x = torch.rand(5, 3, 4)
    folded, count = kinds.fold(5, True, x, 1, 2)
    assert (folded.shape, count) == ((3, 5, 4), None)
    torch.testing.assert_close(kinds.unfold([folded, folded], 5, count, 1)[1], x)


def test_folding_spreads_what_is_not_batched() -> None:
    assert kinds.fold(5, False, torch.rand(2, 3, 4), 0, 2)[0].shape == (10, 3, 4)
    assert kinds.fold(5, False, None, 0, 2) == (None, None)


# ---------------------------------------------------------------- otherwise
def test_by_example_warns_and_names_the_operator() -> None:
    op, x = operator("aten::cumsum"), torch.rand(3, 2)
    with pytest.warns(FallbackWarning, match="aten::cumsum has no batching rule for these operands"):
        got = kinds.by_example(op, 3, [True], [x, 0])
    torch.testing.assert_close(got, x.cumsum(1))
    with pytest.raises(MissingRule, match="0 examples"):
        kinds.by_example(op, 0, [True], [x[:0], 0])


def test_redispatch_is_a_vmap() -> None:
    def decompose(a: torch.Tensor, b: list[torch.Tensor]) -> tuple[Any, int]:
        return [a.sin() * b[0], b[1].sum()], a.ndim

    class Pair:
        tensors = (0, 1)

    a, b = torch.rand(3, 2), [torch.rand(2), torch.rand(3, 4)]
    outs, rank = kinds.redispatch(Pair(), decompose, 3, [True, (False, True)], (a, b))  # type: ignore[arg-type]
    assert rank == 1
    torch.testing.assert_close(outs, [a.sin() * b[0], b[1].sum(1)])


def test_a_deferred_operator_makes_room_for_the_operator() -> None:
    module: dict[str, Any] = {}
    module["sin_op"] = kinds.Deferred(module, "sin_op", "aten::sin")
    torch.testing.assert_close(module["sin_op"](torch.ones(1)), torch.ones(1).sin())
    assert module["sin_op"] is operator("aten::sin")
