"""Linear algebra against loops over plain PyTorch and PyTorch's own autograd; factors are found once."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import oplift

Tensor = torch.Tensor
B, N = 3, 4


def rand(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(shape, dtype=dtype)


def positive(*lead: int, dtype: torch.dtype = torch.float64) -> Tensor:
    x = rand(*lead, N, N, dtype=dtype)
    return x @ x.mH + torch.eye(N, dtype=dtype)


def hermitian(x: Tensor) -> Tensor:
    return (x + x.mH) / 2


def outputs(out: Any) -> tuple[Tensor, ...]:
    return (out,) if isinstance(out, Tensor) else tuple(out)


#: name -> (function whose outputs are the same whatever phases LAPACK chooses, how to draw its operands).
CASES: dict[str, tuple[Callable[..., Any], Callable[[torch.dtype], list[Tensor]]]] = {
    "solve": (torch.linalg.solve, lambda d: [rand(N, N, dtype=d), rand(N, 2, dtype=d)]),
    "solve a vector": (torch.linalg.solve, lambda d: [rand(N, N, dtype=d), rand(N, dtype=d)]),
    "solve from the right": (
        lambda a, b: torch.linalg.solve(a, b, left=False),
        lambda d: [rand(N, N, dtype=d), rand(2, N, dtype=d)],
    ),
    "solve many": (torch.linalg.solve, lambda d: [rand(2, N, N, dtype=d), rand(N, 2, dtype=d)]),
    "solve_triangular": (
        lambda a, b: torch.linalg.solve_triangular(a, b, upper=True),
        lambda d: [rand(N, N, dtype=d) + 3 * torch.eye(N), rand(N, 2, dtype=d)],
    ),
    "lu_solve": (
        lambda a, b: torch.linalg.lu_solve(*torch.linalg.lu_factor(a), b, adjoint=True),
        lambda d: [rand(N, N, dtype=d), rand(N, 2, dtype=d)],
    ),
    "inv": (torch.linalg.inv, lambda d: [rand(N, N, dtype=d)]),
    "det": (torch.linalg.det, lambda d: [rand(N, N, dtype=d)]),
    "slogdet": (lambda a: torch.linalg.slogdet(a)[1], lambda d: [rand(N, N, dtype=d)]),
    "lu": (lambda a: torch.linalg.lu(a)[1:], lambda d: [rand(N, 3, dtype=d)]),
    "cholesky": (lambda a: torch.linalg.cholesky(hermitian(a)), lambda d: [positive(dtype=d)]),
    "cholesky_solve": (
        lambda b, a: torch.cholesky_solve(b, torch.linalg.cholesky(hermitian(a))),
        lambda d: [rand(N, 2, dtype=d), positive(dtype=d)],
    ),
    "cholesky_inverse": (
        lambda a: torch.cholesky_inverse(torch.linalg.cholesky(hermitian(a))),
        lambda d: [positive(dtype=d)],
    ),
    "qr": (torch.linalg.qr, lambda d: [rand(N, 3, dtype=d)]),
    "qr, wide": (torch.linalg.qr, lambda d: [rand(3, N, dtype=d)]),
    "eigvalsh": (lambda a: torch.linalg.eigvalsh(hermitian(a)), lambda d: [rand(N, N, dtype=d)]),
    "eigh": (lambda a: _squares(*torch.linalg.eigh(hermitian(a))), lambda d: [rand(N, N, dtype=d)]),
    "eig": (lambda a: _squares(*torch.linalg.eig(a)), lambda d: [rand(N, N, dtype=d)]),
    "eigvals": (torch.linalg.eigvals, lambda d: [rand(N, N, dtype=d)]),
    "svdvals": (torch.linalg.svdvals, lambda d: [rand(N, 3, dtype=d)]),
    "svd": (lambda a: _svd(a), lambda d: [rand(N, 3, dtype=d)]),
    "svd, wide": (lambda a: _svd(a), lambda d: [rand(3, N, dtype=d)]),
    "matrix norm": (lambda a: torch.linalg.matrix_norm(a, 2), lambda d: [rand(N, 3, dtype=d)]),
    "pinv": (torch.linalg.pinv, lambda d: [rand(N, 3, dtype=d)]),
    "lstsq": (lambda a, b: torch.linalg.lstsq(a, b)[0], lambda d: [rand(N, 3, dtype=d), rand(N, 2, dtype=d)]),
    "householder": (
        torch.linalg.householder_product,
        lambda d: [rand(N, 3, dtype=d), torch.tensor([0.0, 0.5, 0.7], dtype=d)],
    ),
    "matrix_exp": (torch.linalg.matrix_exp, lambda d: [rand(N, N, dtype=d)]),
    "rfft": (lambda x: torch.fft.rfft2(x.real, dim=(0, 1)), lambda d: [rand(5, 4, dtype=d)]),
    "irfft": (lambda x: torch.fft.irfft(x, 5), lambda d: [rand(2, 3, dtype=d)]),
    "fft": (lambda x: torch.fft.fftn(x, norm="ortho"), lambda d: [rand(2, 3, dtype=d)]),
}


def _squares(values: Tensor, vectors: Tensor) -> tuple[Tensor, Tensor]:
    return values, vectors.abs() ** 2


def _svd(a: Tensor) -> tuple[Tensor, Tensor]:
    u, s, vh = torch.linalg.svd(a, full_matrices=False)
    return s, (u * s.exp().unsqueeze(-2)) @ vh


@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128], ids=str)
@pytest.mark.parametrize("case", CASES)
def test_against_a_loop_and_autograd(case: str, dtype: torch.dtype) -> None:
    function, draw = CASES[case]
    f = lambda *xs: outputs(function(*xs))
    examples = [draw(dtype) for _ in range(B)]
    stacked = tuple(torch.stack(column) for column in zip(*examples, strict=True))
    got = oplift.vmap(f)(*stacked)
    cotangents = tuple(torch.randn_like(out) for out in got)
    tangents = tuple(torch.randn_like(x) for x in stacked)
    pulled = oplift.vmap(lambda xs, cts: oplift.vjp(f, *xs)[1](cts))(stacked, cotangents)
    pushed = oplift.vmap(lambda xs, ts: oplift.jvp(f, xs, ts)[1])(stacked, tangents)
    for i, example in enumerate(examples):
        leaves = [x.clone().requires_grad_() for x in example]
        out = f(*leaves)
        torch.testing.assert_close([g[i] for g in got], list(out))
        want = torch.autograd.grad(out, leaves, [c[i] for c in cotangents])
        torch.testing.assert_close([g[i] for g in pulled], list(want))
        ours = sum((c[i].conj() * t[i]).sum().real for c, t in zip(cotangents, pushed, strict=True))
        theirs = sum((g.conj() * t[i]).sum().real for g, t in zip(want, tangents, strict=True))
        torch.testing.assert_close(ours, theirs)


class Count(TorchDispatchMode):
    """Counts the operators of some names."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names, self.calls = names, list[tuple[int, ...]]()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.overloadpacket.__name__ in self.names:
            self.calls.append(tuple(args[0].shape))
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("lead", [(), (2,)], ids=str)
def test_a_shared_matrix_is_factored_once(lead: tuple[int, ...], left: bool) -> None:
    a, b = rand(*lead, N, N), rand(B, *lead, N, N)
    solve = oplift.vmap(lambda b: torch.linalg.solve(a, b, left=left))
    with Count("_linalg_solve_ex", "linalg_lu_factor_ex") as count:
        got = solve(b)
    assert count.calls == [a.shape]
    torch.testing.assert_close(got, torch.stack([torch.linalg.solve(a, x, left=left) for x in b]))


def test_derivatives_of_all_orders_keep_the_factors() -> None:
    a, b = rand(N, N), rand(N)
    hessian = oplift.hessian(lambda a: torch.linalg.solve(a, b).square().sum())
    with Count("_linalg_solve_ex", "linalg_lu_factor_ex") as count:
        got = hessian(a)
    assert len(count.calls) == 1
    torch.testing.assert_close(
        got, torch.autograd.functional.hessian(lambda a: torch.linalg.solve(a, b).square().sum(), a)
    )


@pytest.mark.parametrize("rank", [N - 1, N - 2])
def test_the_determinant_of_a_singular_matrix_has_its_adjugate_as_gradient(rank: int) -> None:
    a = torch.diag_embed((torch.arange(N) < rank).double())
    want = torch.zeros(N, N, dtype=torch.float64)
    want[-1, -1] = float(rank == N - 1)
    torch.testing.assert_close(oplift.grad(torch.linalg.det)(a), want)
    _, pushed = oplift.jvp(torch.linalg.det, (a,), (torch.ones_like(a),))
    torch.testing.assert_close(pushed, want.sum())


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (3, 0)])
def test_empty_matrices(n: int, m: int) -> None:
    a, b = rand(B, n, n), rand(B, n, m)
    f = lambda a, b: torch.linalg.solve(a, b).sum() + torch.linalg.det(a) + torch.linalg.svdvals(b).sum()
    got = oplift.vmap(oplift.grad(f, (0, 1)))(a, b)
    assert [g.shape for g in got] == [a.shape, b.shape]


@pytest.mark.parametrize("function", [torch.linalg.inv, torch.linalg.det, torch.linalg.svdvals, torch.linalg.eigh])
def test_no_examples_at_all(function: Callable[[Tensor], Any]) -> None:
    out = outputs(oplift.vmap(lambda a: outputs(function(a)))(rand(0, N, N)))
    assert [o.shape[0] for o in out] == [0] * len(out)


def test_one_singular_example_is_reported() -> None:
    a = torch.stack([torch.eye(N), torch.zeros(N, N)])
    with pytest.raises(torch.linalg.LinAlgError, match="singular"):
        oplift.vmap(torch.linalg.inv)(a)


def test_what_was_not_computed_is_not_batched() -> None:
    a = rand(B, N, 3)
    q, r = oplift.vmap(lambda a: torch.linalg.qr(a, mode="r"))(a)
    assert (q.shape, r.shape) == ((B, 0), (B, 3, 3))


@pytest.mark.parametrize("mode", ["r", "complete"])
def test_a_qr_without_derivative_says_which_has_one(mode: str) -> None:
    with pytest.raises(RuntimeError, match="reduced"):
        oplift.jvp(lambda a: torch.linalg.qr(a, mode=mode)[1], (rand(N, 3),), (rand(N, 3),))


def test_orders_mix_across_transforms() -> None:
    """The derivative of x -> det(A(x)) of every order and nesting, where it is known."""
    f = lambda x: torch.linalg.det(torch.stack([torch.stack([x, x * 0 + 1]), torch.stack([x * 0 + 2, x**2])]))
    x = torch.tensor(1.5, dtype=torch.float64)  # det = x^3 - 2
    for outer, inner in product((oplift.grad, oplift.jacfwd), repeat=2):
        torch.testing.assert_close(outer(inner(f))(x), 6 * x)


@pytest.mark.parametrize("tolerance", ["tol", "atol", "rtol"])
def test_the_rank_of_one_matrix_by_batched_tolerances(tolerance: str) -> None:
    a = torch.randn(4, 4, dtype=torch.float64)
    rank = lambda t: torch.linalg.matrix_rank(a, **{tolerance: t})
    tolerances = torch.tensor([1e-6, 0.5, 10.0], dtype=torch.float64)
    assert torch.equal(oplift.vmap(rank)(tolerances), torch.stack([rank(t) for t in tolerances]))
