"""Products with the standard basis of a Jacobian are rows of the other matrix, whatever a function does with them."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

import oplift
from oplift import api_basis
from oplift.api_basis import Basis, first_row

N, M = 5, 3


def rand(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


@pytest.fixture(autouse=True)
def _blocks_of_every_size_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_basis, "WORTH_KNOWING", 1)


def two_outputs(x: Tensor, w: Tensor, v: Tensor) -> Any:
    return x @ w, {"scaled": (2 * x) @ w, "none": x.detach() @ w}


def overwritten(x: Tensor, w: Tensor, v: Tensor) -> Tensor:
    y = x @ w
    y[0] = 0
    y.mul_(2)
    return y


#: name -> function of x [N], w [N, M], v [M, N]
FUNCTIONS: dict[str, Callable[[Tensor, Tensor, Tensor], Any]] = {
    "x @ w": lambda x, w, v: x @ w,
    "v @ x": lambda x, w, v: v @ x,
    "mv": lambda x, w, v: v.mv(x),
    "linear": lambda x, w, v: F.linear(x, v),
    "linear with bias": lambda x, w, v: F.linear(x, v, v[:, 0]),
    "linear to one output": lambda x, w, v: F.linear(x, v[0]),
    "batch of one": lambda x, w, v: F.linear(x.unsqueeze(0), v).squeeze(0),
    "batch of one returned": lambda x, w, v: F.linear(x.unsqueeze(0), v, v[:, 1]),
    "mm of one row": lambda x, w, v: x[None].mm(w),
    "addmm": lambda x, w, v: torch.addmm(v[:, 0], x[None], w)[0],
    "layers": lambda x, w, v: torch.tanh(torch.tanh(x @ w) @ v) @ w,
    "three dimensions": lambda x, w, v: x @ w.expand(2, N, M),
    "dot": lambda x, w, v: x.dot(v[0]),
    "the input itself": lambda x, w, v: x,
    "twice": lambda x, w, v: (x @ w) * (x @ w) + x[:M] @ torch.eye(M, dtype=x.dtype),
    "several outputs": two_outputs,
    "written to": overwritten,
}


@pytest.mark.parametrize("transform", ["jacrev", "jacfwd", "hessian"])
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("chunk", [None, 1, 2, 3])
def test_jacobians(name: str, transform: str, chunk: int | None) -> None:
    args, function = (rand(N), rand(N, M), rand(M, N)), FUNCTIONS[name]
    want = torch.func.jacrev(function, (0, 1))
    if transform == "hessian":
        want = torch.func.jacrev(want, (0, 1))
    found = getattr(oplift, transform)(function, (0, 1), chunk_size=chunk)(*args)
    torch.testing.assert_close(found, want(*args))


#: name -> transform of a function of x [N] in oplift and in torch.func, which is applied to x [2, N]
NESTINGS: dict[str, Callable[[Any, Any], Any]] = {
    "vmap of jacrev": lambda t, f: t.vmap(t.jacrev(f)),
    "vmap of jacfwd": lambda t, f: t.vmap(t.jacfwd(f) if t is oplift else t.jacrev(f)),
    "vmap of hessian": lambda t, f: t.vmap(t.hessian(f) if t is oplift else t.jacrev(t.jacrev(f))),
    "jacrev of vmap": lambda t, f: t.jacrev(t.vmap(f)),
    "grad of jacrev": lambda t, f: t.grad(lambda x: t.vmap(t.jacrev(f))(x).sin().sum()),
    "jvp of jacrev": lambda t, f: lambda x: t.jvp(t.vmap(t.jacrev(f)), (x,), (x.cos(),))[1],
    "jacrev of jacrev of jacrev": lambda t, f: t.vmap(t.jacrev(t.jacrev(t.jacrev(f)))),
}


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # what torch.func.jvp calls
@pytest.mark.parametrize("nesting", NESTINGS)
def test_nestings(nesting: str) -> None:
    x, w, v = rand(2, N), rand(N, M), rand(M, N)

    def function(x: Tensor) -> Tensor:
        return torch.tanh(torch.tanh(x @ w) @ (v * x.sum())) @ w

    found = NESTINGS[nesting](oplift, function)(x)
    torch.testing.assert_close(found, NESTINGS[nesting](torch.func, function)(x))


def test_by_the_weights_of_an_ensemble() -> None:
    x, w = rand(N), rand(2, N, M)
    found = oplift.vmap(lambda w: oplift.jacrev(lambda w: oplift.jacrev(lambda x: (x @ w).sin())(x))(w))(w)
    want = torch.func.vmap(lambda w: torch.func.jacrev(lambda w: torch.func.jacrev(lambda x: (x @ w).sin())(x))(w))(w)
    torch.testing.assert_close(found, want)


def test_weights_that_autograd_watches() -> None:
    x, w = rand(N), rand(N, M).requires_grad_()
    (found,) = torch.autograd.grad((oplift.jacrev(lambda x: x @ w)(x) ** 2).sum(), w)
    torch.testing.assert_close(found, 2 * w.detach())


@pytest.mark.parametrize("transform", [oplift.jacrev, oplift.jacfwd])
def test_a_jacobian_shares_no_memory_with_the_weights(transform: Any) -> None:
    x, w, square = rand(N), rand(N, M), rand(N, N)
    before, square_before = w.clone(), square.clone()
    transform(lambda x: x @ w)(x).zero_()
    transform(lambda x: F.linear(x, square))(x).zero_()
    transform(lambda x: x @ square)(x).zero_()
    torch.testing.assert_close((w, square), (before, square_before), rtol=0, atol=0)


def test_what_is_no_product_is_not_computed() -> None:
    w = rand(N, M)
    for transform in (oplift.jacrev, oplift.jacfwd):
        for function in (lambda x: x @ w, lambda x: w.mT @ x, lambda x: F.linear(x, w.mT)):
            with FlopCounterMode(display=False) as counter:
                transform(function)(rand(N))
            assert counter.get_total_flops() <= 2 * N * M, "more than the function itself"


def test_a_row_of_the_weights_that_is_not_finite_stays_in_its_row() -> None:
    w = rand(N, M)
    w[0, 0] = torch.inf
    torch.testing.assert_close(oplift.jacrev(lambda x: x @ w)(rand(N)), w.mT)


def test_a_block_is_known_only_while_it_is_in_use() -> None:
    tensors = [torch.ones(2), torch.ones(3)]
    with Basis(tensors, 0, 5) as blocks:
        assert [first_row(x) for x in blocks] == [0, 2]
        assert first_row(blocks[0].clone()) is None  # type: ignore[union-attr]
    assert [first_row(x) for x in blocks] == [None, None]
    assert not api_basis.IN_USE


def test_a_block_that_was_written_to_is_known_no_more() -> None:
    with Basis([torch.ones(3)], 0, 3) as (block,):
        assert block is not None
        view = block[0]
        assert first_row(block) == 0
        view.mul_(2)
        assert first_row(block) is None


def test_an_error_leaves_no_block_behind() -> None:
    def fails(x: Tensor) -> Tensor:
        raise KeyError("mine")

    class Fails(torch.autograd.Function):
        @staticmethod
        def forward(x: Tensor) -> Tensor:
            return x * 1

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            pass

        @staticmethod
        def backward(ctx: Any, *grads: Tensor) -> Tensor:
            raise KeyError("mine")

    for transform, function in ((oplift.jacfwd, fails), (oplift.jacrev, Fails.apply)):
        with pytest.raises(KeyError, match="mine"):
            transform(function)(rand(N))
        assert not api_basis.IN_USE


def test_inference_mode_has_no_versions() -> None:
    with torch.inference_mode():
        x, w = rand(N), rand(N, M)
        torch.testing.assert_close(oplift.jacrev(lambda x: x @ w)(x), w.mT)
