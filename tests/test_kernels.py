"""The kernels chosen: how many run, on how many elements, with how many products. Counted, never timed."""

import itertools
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

import oplift
from benchmarks import conv_table as measured
from oplift.rules import conv
from oplift.rules.conv_costs import COSTS
from oplift.rules.conv_table import NOT_MEASURED, fastest, place_of
from oplift.rules.formulas import plus_product

from . import loops

COPIES = ("clone", "copy_", "_to_copy", "repeat", "cat", "stack")


class Kernels(TorchDispatchMode):
    """Records each kernel that is no view, as (name, elements written)."""

    def __init__(self) -> None:
        super().__init__()
        self.ran: list[tuple[str, int]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        given = {x.untyped_storage()._cdata for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)}
        made = [x for x in tree_leaves(out) if isinstance(x, Tensor) and x.untyped_storage()._cdata not in given]
        if made or func._schema.is_mutable:
            self.ran.append((func.overloadpacket.__name__, sum(x.numel() for x in made)))
        return out

    def written(self, *names: str) -> list[int]:
        """Elements that each run of these kernels wrote."""
        return [count for name, count in self.ran if name in names]


def kernels(function: Callable[..., Any], *args: Any) -> Kernels:
    with Kernels() as seen:
        function(*args)
    return seen


def products(function: Callable[..., Any], *args: Any) -> int:
    """Multiplications of matrix products and convolutions."""
    with FlopCounterMode(display=False) as counter:
        function(*args)
    return counter.get_total_flops() // 2


def rand(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


B, N, M = 7, 5, 3


# ---------------------------------------------------------------- unbatched stays unbatched


def _of_constants(x: Tensor, w: Tensor) -> Tensor:
    return (x * torch.exp(torch.sin(w)).softmax(0)).sum()


ONLY_X: dict[str, Callable[[Tensor, Tensor], Any]] = {
    "vmap": lambda x, w: oplift.vmap(_of_constants, (0, None))(x, w),
    "vmap of grad": lambda x, w: oplift.vmap(oplift.grad(_of_constants), (0, None))(x, w),
    "vmap of jvp": lambda x, w: oplift.vmap(lambda x: oplift.jvp(lambda x: _of_constants(x, w), (x,), (x,)))(x),
    "vmap of hessian": lambda x, w: oplift.vmap(oplift.hessian(_of_constants), (0, None))(x, w),
    "nested vmap": lambda x, w: oplift.vmap(oplift.vmap(_of_constants, (0, None)), (0, None))(x[None], w),
}


@pytest.mark.parametrize("transform", ONLY_X)
def test_what_no_example_changes_is_computed_once(transform: str) -> None:
    seen = kernels(ONLY_X[transform], rand(B, N), rand(N))
    for name in ("sin", "exp", "_softmax"):
        assert seen.written(name) == [N], f"{name} ran on more than the shared operand"


def test_a_derivative_by_shared_weights_keeps_their_terms_unbatched() -> None:
    def loss(w: Tensor, x: Tensor) -> Tensor:
        return (torch.sin(w) * x).sum()

    seen = kernels(oplift.vmap(oplift.grad(loss), (None, 0)), rand(N), rand(B, N))
    assert seen.written("sin") == seen.written("cos") == [N]


# ---------------------------------------------------------------- one unbatched operand folds rows


def _layer(x: Tensor, w: Tensor) -> Tensor:
    return F.linear(x, w).pow(2).sum()


FOLDED: dict[str, tuple[Callable[[Tensor, Tensor], Any], int]] = {
    "vmap": (lambda x, w: oplift.vmap(F.linear, (0, None))(x, w), 1),
    "vmap of grad": (lambda x, w: oplift.vmap(oplift.grad(_layer), (0, None))(x, w), 2),
    "vmap of jvp": (lambda x, w: oplift.vmap(lambda x: oplift.jvp(lambda x: F.linear(x, w), (x,), (x,)))(x), 2),
    "nested vmap": (lambda x, w: oplift.vmap(oplift.vmap(F.linear, (0, None)), (0, None))(x.reshape(B, 2, 2, N), w), 1),
}


@pytest.mark.parametrize("transform", FOLDED)
def test_a_shared_matrix_meets_all_examples_in_one_product(transform: str) -> None:
    function, count = FOLDED[transform]
    seen = kernels(function, rand(B, 4, N), rand(M, N))
    assert [name for name, _ in seen.ran if name.endswith("mm")] == ["mm"] * count
    assert not seen.written(*COPIES)


# ---------------------------------------------------------------- no copy, nothing computed twice


def _mlp(x: Tensor, w: Tensor, v: Tensor) -> Tensor:
    return torch.tanh(F.linear(torch.tanh(F.linear(x, w)), v))


def _loss(w: Tensor, v: Tensor, x: Tensor) -> Tensor:
    return _mlp(x, w, v).pow(2).sum()


NO_COPY: dict[str, Callable[[Tensor, Tensor, Tensor], Any]] = {
    "per-sample gradients": lambda x, w, v: oplift.vmap(oplift.grad(_loss, (0, 1)), (None, None, 0))(w, v, x),
    "ensemble": lambda x, w, v: oplift.vmap(_mlp, (None, 0, 0))(
        x, w.expand(B, *w.shape) * 1, v.expand(B, *v.shape) * 1
    ),
    "vmap of vjp": lambda x, w, v: oplift.vmap(lambda x: oplift.vjp(lambda x: _mlp(x, w, v), x)[1](x.new_ones(M))[0])(
        x
    ),
    "vmap of jvp": lambda x, w, v: oplift.vmap(lambda x: oplift.jvp(lambda x: _mlp(x, w, v), (x,), (x,))[1])(x),
    "hvp": lambda x, w, v: oplift.jvp(oplift.grad(lambda w: _loss(w, v, x)), (w,), (w,)),
}


@pytest.mark.parametrize("case", NO_COPY)
def test_a_view_serves(case: str) -> None:
    seen = kernels(NO_COPY[case], rand(B, N), rand(N, N), rand(M, N))
    assert not seen.written(*COPIES)


def test_the_slope_of_gelu_is_computed_once_for_all_rows_of_a_jacobian() -> None:
    x, w = rand(B, N), rand(N, N)
    seen = kernels(oplift.vmap(oplift.jacrev(lambda x: w @ F.gelu(x))), x)
    assert seen.written("gelu_backward") == [B * N]
    want = loops.vmap(lambda x: torch.autograd.functional.jacobian(lambda x: w @ F.gelu(x), x))(x)
    torch.testing.assert_close(oplift.vmap(oplift.jacrev(lambda x: w @ F.gelu(x)))(x), want)


# ---------------------------------------------------------------- sums and squares


def test_a_tangent_of_several_terms_is_summed_by_the_last_product() -> None:
    x, y = rand(N), rand(N)
    seen = kernels(lambda: oplift.jvp(torch.mul, (x, y), (y, x)))
    assert [name for name, _ in seen.ran] == ["mul", "mul", "addcmul"]
    seen = kernels(lambda: oplift.vmap(lambda x, y: oplift.jvp(torch.mul, (x, y), (y, x)))(x[None], y[None]))
    assert [name for name, _ in seen.ran] == ["mul", "mul", "addcmul"]


FACTORS: dict[str, Callable[[], tuple[Any, Any, Any]]] = {
    "tensors": lambda: (rand(N), rand(N), rand(N)),
    "broadcast": lambda: (rand(N), rand(M, 1), rand(M, N)),
    "smaller total": lambda: (rand(1), rand(M, N), rand(N)),
    "a number": lambda: (rand(N), rand(N), 3.5),
    "no dimensions": lambda: (rand(N), rand(N), torch.tensor(2.0)),
    "total without dimensions": lambda: (torch.tensor(1.0), rand(N), rand(N)),
    "nothing but scalars": lambda: (torch.tensor(1.0), torch.tensor(2.0), torch.tensor(3.0)),
    "complex": lambda: (rand(N) + 1j * rand(N), rand(N) - 1j, rand(N) * 1j),
    "complex and real": lambda: (rand(N), rand(N), rand(N) * 1j),
    "single and double": lambda: (rand(N).float(), rand(N), rand(N).float()),
    "half": lambda: (rand(N).half(), rand(N).half(), rand(N).half()),
    "a mask": lambda: (rand(N), rand(N), rand(N) > 0),
    "nothing": lambda: (rand(0), rand(0), rand(0)),
}


@pytest.mark.parametrize("scale", [1, -2, 0.5])
@pytest.mark.parametrize("case", FACTORS)
def test_a_sum_with_a_product(case: str, scale: float) -> None:
    total, left, right = FACTORS[case]()
    want = total + left * right * scale
    close = partial(torch.testing.assert_close, **({"rtol": 1e-2, "atol": 1e-2} if want.dtype is torch.half else {}))
    close(plus_product(total, left, right, scale), want)
    given = [x.expand(B, *x.shape) if isinstance(x, Tensor) else x for x in (total, left, right)]
    for batched in itertools.product(*[[True, False] if isinstance(x, Tensor) else [False] for x in given]):
        if any(batched):
            args = [x if flag else y for flag, x, y in zip(batched, given, (total, left, right), strict=True)]
            dims = tuple([0 if flag else None for flag in batched])
            found = oplift.vmap(lambda a, b, c: plus_product(a, b, c, scale), dims)(*args)
            close(found, want.expand(B, *want.shape))


def test_a_sum_with_a_product_of_sparse_tensors() -> None:
    x, y = torch.eye(N).to_sparse(), rand(N, N).float()
    for primals in ((x, x), (x, y), (y, x)):
        found = oplift.jvp(torch.mul, primals, primals)[1]
        assert found.layout is torch.sparse_coo
        torch.testing.assert_close(found.to_dense(), 2 * primals[0].to_dense() * primals[1].to_dense())


@pytest.mark.parametrize("power", [2, 3])
def test_higher_derivatives_of_a_sum_with_a_product(power: int) -> None:
    def function(x: Tensor) -> Tensor:
        return (torch.tanh(x) * x * torch.tanh(x[0]) * x).pow(power).sum()

    def third(x: Tensor) -> Tensor:
        return torch.func.jacrev(torch.func.jacrev(torch.func.jacrev(function)))(x)

    x = rand(N)
    torch.testing.assert_close(oplift.jacfwd(oplift.jacfwd(oplift.jacfwd(function)))(x), third(x))
    torch.testing.assert_close(oplift.jacrev(oplift.jacfwd(oplift.hessian(function)))(x), torch.func.jacrev(third)(x))


SQUARES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mul": lambda x, y: x * x,
    "one of them detached": lambda x, y: x * x.detach() + x.detach() * x,
    "written between": lambda x, y: (x * y.copy_(x)) * x,
    "both": lambda x, y: (x * x) * (y * y) + x * y,
    "hypot": lambda x, y: torch.hypot(x, x),
    "logaddexp": lambda x, y: torch.logaddexp(x, x) + torch.logaddexp2(y, y),
}


@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128])
@pytest.mark.parametrize("case", SQUARES)
def test_two_operands_that_are_one(case: str, dtype: torch.dtype) -> None:
    if dtype.is_complex and case in ("hypot", "logaddexp"):
        pytest.skip("of real numbers alone")
    function, x, y = SQUARES[case], torch.randn(N, dtype=dtype), torch.randn(N, dtype=dtype)
    leaves = [v.clone().requires_grad_() for v in (x, y)]
    copies = [v * 1 for v in leaves]
    want = torch.autograd.grad(function(*copies).abs().sum(), leaves, allow_unused=True, materialize_grads=True)
    found = oplift.grad(lambda x, y: function(x * 1, y * 1).abs().sum(), (0, 1))(x, y)
    torch.testing.assert_close(found, want)
    both = oplift.vmap(oplift.grad(lambda x, y: function(x * 1, y * 1).abs().sum(), (0, 1)))(x[None], y[None])
    torch.testing.assert_close([v[0] for v in both], list(want))


def test_the_captured_operand_may_be_the_input_itself() -> None:
    x = rand(N)
    for function in (lambda v: (x * v).sum(), lambda v: (v * x).sum()):
        torch.testing.assert_close(oplift.grad(function)(x), x)
    seen = kernels(lambda: oplift.vjp(lambda x: x * x, x)[1](x))
    assert [name for name, _ in seen.ran] == ["mul", "mul", "add"]


# ---------------------------------------------------------------- convolutions with a weight for each example


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 1), (2, 0), (2, 1)])
def test_all_ways_to_convolve_agree(dims: int, stride: int, padding: int) -> None:
    g = conv.Geometry([stride] * dims, [padding] * dims, [1] * dims, False, [0] * dims, 1)
    x, weight = rand(B, 2, 3, *[6] * dims), rand(B, 4, 3, *[3] * dims)
    want = torch.stack([torch.convolution(a, b, None, *g.args(1)) for a, b in zip(x, weight, strict=True)])
    for function in conv.FORWARD.values():
        torch.testing.assert_close(function(B, x, weight, g), want)
    grad = torch.randn_like(want)
    gradients = [function(B, grad, x, weight.shape[1:], g) for function in conv.WEIGHTS.values()]
    for found in gradients:
        torch.testing.assert_close(found, gradients[0])
    leaf = weight.clone().requires_grad_()
    out = torch.stack([torch.convolution(a, b, None, *g.args(1)) for a, b in zip(x, leaf, strict=True)])
    torch.testing.assert_close(gradients[0], torch.autograd.grad(out, leaf, grad)[0])


@pytest.mark.parametrize("method", conv.WEIGHTS)
def test_every_way_works_at_every_order_and_nested(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conv, "fastest", lambda *_: method)
    w, x = rand(4, 3, 3, 3), rand(2, B, 1, 3, 6, 6)

    def loss(w: Tensor, x: Tensor) -> Tensor:
        return F.conv2d(x, w, padding=1).pow(2).sum()

    found = oplift.vmap(oplift.vmap(oplift.grad(loss), (None, 0)), (None, 0))(w, x)
    for i, j in itertools.product(range(2), range(B)):
        leaf = w.clone().requires_grad_()
        torch.testing.assert_close(found[i, j], torch.autograd.grad(loss(leaf, x[i, j]), leaf)[0])
    pushed = oplift.vmap(lambda x: oplift.jvp(lambda w: oplift.grad(loss)(w, x), (w,), (w,))[1])(x[0])
    torch.testing.assert_close(pushed, found[0])  # the gradient is linear in w


def test_the_choice_is_the_fit_to_the_measured_times() -> None:
    for key, table in measured.read().items():
        fitted = measured.fit(table).T.tolist()
        for method, law in zip(measured.METHODS, fitted, strict=True):
            assert COSTS[key][method] == pytest.approx(law, abs=0.006), (
                "run `python -m benchmarks.conv_table --fit-only`"
            )


@pytest.mark.parametrize("key", sorted(COSTS))
def test_the_choice_loses_little_against_the_best_measured_method(key: tuple[str, str]) -> None:
    lost = [
        found[measured.METHODS.index(fastest(*key, shape))] / min(found)
        for shape, found in measured.read()[key].items()
    ]
    assert math.exp(sum(map(math.log, lost)) / len(lost)) < 1.15


def test_the_choice_follows_shape_and_device() -> None:
    shapes = measured.read()["weights", "cpu"]
    assert {fastest("weights", "cpu", shape) for shape in shapes} == set(conv.WEIGHTS)
    assert fastest("weights", "another", (8, 1, 64, 64, 784, 9)) == NOT_MEASURED
    assert place_of((8, 0, 1, 2, 4, 16)) == (1.0, 3.0, 0.0, 0.0, 1.0, 2.0, 4.0)
