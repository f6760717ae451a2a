"""Numbers beside tensors: a Python number counts as torch counts it, whatever the operator makes of it inside."""

import itertools
import math
import operator
from typing import Any

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx

import oplift

OPERATORS = {
    "x + n": operator.add,
    "x - n": operator.sub,
    "x * n": operator.mul,
    "x / n": operator.truediv,
    "n + x": lambda x, n: n + x,
    "n - x": lambda x, n: n - x,
    "n * x": lambda x, n: n * x,
    "n / x": lambda x, n: n / x,
}
NUMBERS = [2, 1, 0, -3, 2**24 + 1, 1.5, 0.1, 0.0, -0.0, 1e300, math.inf, -math.inf, math.nan, True, 2 - 1j]
DTYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int32, torch.bool, torch.complex64]


def outcome(run: Any) -> Any:
    """The result, or what kind of error there is."""
    try:
        return run()
    except RuntimeError:
        return RuntimeError


@pytest.mark.filterwarnings("ignore:ComplexHalf support is experimental:UserWarning")
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", OPERATORS)
def test_a_number_gives_what_torch_gives(name: str, dtype: torch.dtype) -> None:
    function = OPERATORS[name]
    for shape in ((2,), (2, 3)):
        x = (torch.arange(math.prod(shape)).reshape(shape) - 1).to(dtype)
        for number in NUMBERS:
            want = outcome(lambda x=x, number=number: torch.stack([function(example, number) for example in x]))
            got = outcome(lambda x=x, number=number: oplift.vmap(lambda y: function(y, number))(x))
            if want is RuntimeError:
                assert got is RuntimeError, number
            else:
                torch.testing.assert_close(got, want, rtol=0, atol=0, equal_nan=True)
                assert torch.equal(torch.signbit(got.real), torch.signbit(want.real)) or got.isnan().any()


@pytest.mark.parametrize("name", OPERATORS)
def test_derivatives_with_numbers(name: str) -> None:
    function, x = OPERATORS[name], torch.rand(3, dtype=torch.float64) + 1
    for number in (2, 0.1, 1):
        f = lambda x, number=number: function(function(x, number), number).sum()
        leaf = x.clone().requires_grad_()
        (want,) = torch.autograd.grad(f(leaf), leaf)
        torch.testing.assert_close(oplift.grad(f)(x), want)
        torch.testing.assert_close(oplift.jvp(f, (x,), (torch.ones_like(x),))[1], want.sum())


def test_a_tensor_subclass_and_a_mode_see_the_number() -> None:
    with FakeTensorMode():
        fake = torch.ones(3, 2)
    assert type(oplift.vmap(lambda x: 1 - x * 1.1)(fake)) is FakeTensor
    graph = make_fx(oplift.vmap(lambda x: x * 1.1))(torch.ones(3, 2)).graph
    assert any(1.1 in node.args for node in graph.nodes)


def test_the_default_device_and_inference_mode_leave_no_trace() -> None:
    def scaled(x: Tensor) -> Tensor:
        return x * 3.25

    with torch.inference_mode():
        oplift.vmap(scaled)(torch.ones(2))
    x = torch.ones(2, requires_grad=True)
    (found,) = torch.autograd.grad(oplift.vmap(scaled)(x).sum(), x)
    torch.testing.assert_close(found, torch.full((2,), 3.25))


BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow]


@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.__name__)
@pytest.mark.parametrize(
    "dtypes", list(itertools.product([torch.int64, torch.float16, torch.float64], repeat=2)), ids=str
)
def test_a_plain_tensor_on_the_left_of_a_batched_one(op: Any, dtypes: tuple[torch.dtype, torch.dtype]) -> None:
    """Python asks the class on the right first; what it answers must be what torch computes, in value and dtype."""
    left, right = torch.tensor([7, 9, 4]).to(dtypes[0]), torch.tensor([[3, 7, 2], [5, 6, 11]]).to(dtypes[1])
    want = torch.stack([op(left, example) for example in right])
    torch.testing.assert_close(oplift.vmap(lambda x: op(left, x))(right), want, rtol=0, atol=0)


LISTS = {
    "numbers": lambda x: torch.tensor([x[0], 2, True]),
    "rows": lambda x: torch.tensor([[x[0], 1.0], [x[1], x[2]]], dtype=torch.float32),
    "as_tensor": lambda x: torch.as_tensor([x[0], x[1] > 0]),
    "new_tensor": lambda x: x.new_tensor((x[0], 1.0)),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_tensor_made_of_elements(name: str) -> None:
    f, xs = LISTS[name], torch.randn(3, 4, dtype=torch.float64)
    want = torch.stack([f(x) for x in xs])
    torch.testing.assert_close(oplift.vmap(f)(xs), want, rtol=0, atol=0)
    out, pullback = oplift.vjp(f, xs[0])
    torch.testing.assert_close(out, want[0], rtol=0, atol=0)
    assert not pullback(torch.ones_like(out))[0].any()  # as of torch.tensor outside of transforms


def test_a_batched_tensor_in_the_place_of_a_number() -> None:
    xs = torch.arange(3.0)
    with pytest.raises(RuntimeError, match=r"as torch\.full or torch\.arange for a number"):
        oplift.vmap(lambda x: torch.full((2,), x))(xs)
    assert torch.equal(oplift.vmap(lambda x: torch.full((2,), x))(torch.ones(3)), torch.ones(3, 2))
