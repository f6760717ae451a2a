"""Subgradients and other corners of the pointwise and reducing operators, against torch.autograd.

Each row is a function and points at which its derivative is a matter of convention: ties, bounds, zeros, nan in the
branch that was not taken. The convention is PyTorch's, and plain torch.autograd is the oracle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import torch

import oplift

inf, nan = float("inf"), float("nan")
REALS = [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]


class Corner(NamedTuple):
    """A function, and the points of its arguments."""

    name: str
    function: Callable[..., torch.Tensor]
    points: tuple[Any, ...]


def of(name: str, function: Callable[..., torch.Tensor], *points: Any) -> Corner:
    return Corner(name, function, points)


CORNERS = [
    # ties
    of("amax ties", lambda x: x.amax(0), [3.0, 1.0, 3.0, 3.0]),
    of("amin ties in rows", lambda x: x.amin(1), [[1.0, 1.0, 2.0], [0.0, 3.0, 0.0]]),
    of("amax over all", lambda x: x.amax(), [[2.0, 2.0], [1.0, 2.0]]),
    of("aminmax ties", lambda x: sum(torch.aminmax(x)), [3.0, 1.0, 3.0, 1.0, 1.0]),
    of("max of all", lambda x: x.max(), [1.0, 4.0, 4.0, 0.0]),
    of("min of all", lambda x: x.min(), [0.0, 4.0, 4.0, 0.0]),
    of("max with nan", lambda x: x.max(), [1.0, nan, 4.0, nan]),
    of("max.dim takes one", lambda x: x.max(0).values, [1.0, 4.0, 4.0, 0.0]),
    of("median of all", lambda x: x.median(), [2.0, 1.0, 2.0, 3.0, 2.0]),
    of("median.dim", lambda x: x.median(1).values, [[2.0, 1.0, 2.0], [0.0, 0.0, 5.0]]),
    of("nanmedian", lambda x: x.nanmedian(), [2.0, nan, 2.0, 3.0, 1.0]),
    of("mode", lambda x: x.mode(0).values, [2.0, 1.0, 2.0, 3.0]),
    of("cummax ties", lambda x: x.cummax(0).values, [1.0, 3.0, 3.0, 2.0, 3.0]),
    of("maximum ties", torch.maximum, REALS, [0.0] * 7),
    of("minimum ties", torch.minimum, REALS, [0.5] * 7),
    of("fmax ties and nan", torch.fmax, [1.0, nan, 2.0, 0.0], [1.0, 3.0, nan, 5.0]),
    of("fmin ties and nan", torch.fmin, [1.0, nan, 2.0, 0.0], [1.0, 3.0, nan, 5.0]),
    # bounds
    of("clamp at its bounds", lambda x: x.clamp(-1, 1), REALS),
    of("clamp between tensors", lambda x, a, b: x.clamp(a, b), REALS, [-1.0] * 7, [1.0] * 7),
    of("clamp with crossed bounds", lambda x, a, b: x.clamp(a, b), REALS, [1.0] * 7, [-1.0] * 7),
    of("clamp between equal bounds", lambda x, a, b: x.clamp(a, b), REALS, [0.5] * 7, [0.5] * 7),
    of("clamp_min at the bound", lambda x: x.clamp_min(0.5), REALS),
    of("clamp_max at the bound", lambda x, m: x.clamp_max(m), REALS, [0.5] * 7),
    of("relu at 0", torch.relu, REALS),
    of("threshold at it", lambda x: torch.threshold(x, 0.5, 3.0), REALS),
    of("leaky_relu at 0", torch.nn.functional.leaky_relu, REALS),
    of("elu at 0", torch.nn.functional.elu, REALS),
    of("hardtanh at its bounds", torch.nn.functional.hardtanh, REALS),
    of("hardshrink at its bounds", torch.nn.functional.hardshrink, REALS),
    of("softshrink at its bounds", torch.nn.functional.softshrink, REALS),
    of("hardswish at its bounds", torch.nn.functional.hardswish, [-3.0, -1.0, 0.0, 2.0, 3.0]),
    of("hardsigmoid at its bounds", torch.nn.functional.hardsigmoid, [-3.0, -1.0, 0.0, 2.0, 3.0]),
    of("prelu at 0", torch.nn.functional.prelu, REALS, [0.3]),
    of("logit with eps", lambda x: torch.logit(x, 0.1), [0.0, 0.1, 0.5, 0.9, 1.0]),
    # zeros
    of("abs", torch.abs, REALS),
    of("sign", torch.sign, REALS),
    of("copysign", torch.copysign, REALS, [-1.0, 1.0, -1.0, -1.0, 1.0, -1.0, 1.0]),
    of("sinc", torch.sinc, [-1.0, -0.5, 0.5, 2.0]),
    of("norm at 0", lambda x: x.norm(), [0.0, 0.0, 0.0]),
    *[of(f"{p}-norm", lambda x, p=p: torch.linalg.vector_norm(x, p), [1.0, -2.0, 2.0]) for p in (0, 1, 3, inf, -inf)],
    of("1-norm with zeros", lambda x: torch.linalg.vector_norm(x, 1), [0.0, -2.0, 0.0]),
    of("rows of zeros in a norm", lambda x: torch.linalg.vector_norm(x, dim=1), [[0.0, 0.0], [3.0, 4.0]]),
    of("std of equals", lambda x: x.std(), [2.0, 2.0, 2.0]),
    of("var", lambda x: x.var(1, unbiased=False), [[2.0, 2.0, 2.0], [1.0, 2.0, 4.0]]),
    of("prod without zero", lambda x: x.prod(), [1.0, 2.0, 3.0]),
    of("prod with a zero", lambda x: x.prod(), [1.0, 0.0, 3.0]),
    of("prod with two zeros", lambda x: x.prod(), [0.0, 2.0, 0.0, 3.0]),
    of("prod in rows", lambda x: x.prod(1), [[1.0, 0.0, 3.0], [0.0, 0.0, 2.0], [1.0, 2.0, 3.0]]),
    of("cumprod with zeros", lambda x: x.cumprod(0), [2.0, 0.0, 3.0, 0.0, 4.0]),
    of("pow 0 of 0", lambda x: x**0, REALS),
    of("pow 1", lambda x: x**1, REALS),
    of("pow 2", lambda x: x**2, REALS),
    of("pow 3", lambda x: x**3, REALS),
    of("0 to a tensor", lambda x: torch.pow(0.0, x), [0.0, 0.5, 2.0]),
    of("pow at zeros", torch.pow, [0.0, 0.0, 2.0, 3.0], [0.0, 2.0, 0.0, 2.0]),
    of("xlogy at 0", torch.xlogy, [0.0, 0.0, 1.0, 2.0], [1.0, 2.0, 3.0, 0.5]),
    of("xlog1py at 0", torch.special.xlog1py, [0.0, 0.0, 1.0, 2.0], [1.0, 2.0, 3.0, 0.5]),
    of("i1 at 0", torch.special.i1, [-1.0, 1.0, 2.0]),
    # the branch that was not taken
    of("where beside nan", lambda x: torch.where(x > 0, x * 2, x * 0), [-1.0, 1.0]),
    of("masked_fill", lambda x: x.masked_fill(x < 0, 3.0), REALS),
    of("nan_to_num", lambda x: x.nan_to_num(1.0), [1.0, nan, inf, -inf]),
    of("nansum", lambda x: x.nansum(), [1.0, nan, 2.0]),
    of("logsumexp", lambda x: x.logsumexp(0), [1.0, 1.0, -inf]),
    of("softmax with -inf", lambda x: x.softmax(0), [1.0, 2.0, -inf]),
]


def tensors(corner: Corner, dtype: torch.dtype = torch.float64) -> list[torch.Tensor]:
    return [torch.tensor(p, dtype=dtype) for p in corner.points]


def autograd(function: Callable[..., torch.Tensor], xs: list[torch.Tensor], ct: torch.Tensor) -> list[torch.Tensor]:
    """The gradients by PyTorch's own engine."""
    leaves = [x.clone().requires_grad_() for x in xs]
    out = function(*leaves)
    if not out.requires_grad:
        return [torch.zeros_like(x) for x in xs]
    found = torch.autograd.grad(out, leaves, ct, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for x, g in zip(xs, found, strict=True)]


def same(got: Any, want: Any) -> None:
    torch.testing.assert_close(got, want, equal_nan=True)


@pytest.mark.parametrize("corner", CORNERS, ids=lambda c: c.name)
def test_gradient_is_pytorch_s(corner: Corner) -> None:
    xs = tensors(corner)
    out, pullback = oplift.vjp(corner.function, *xs)
    same(out, corner.function(*xs))
    ct = torch.randn_like(out)
    same(list(pullback(ct)), autograd(corner.function, xs, ct))


@pytest.mark.parametrize("corner", CORNERS, ids=lambda c: c.name)
def test_tangent_is_the_transpose(corner: Corner) -> None:
    xs = tensors(corner)
    ts = [torch.randn_like(x) for x in xs]
    out, tangent = oplift.jvp(corner.function, tuple(xs), tuple(ts))
    ct = torch.randn_like(out)
    grads = autograd(corner.function, xs, ct)
    want = sum((t * g).sum() for t, g in zip(ts, grads, strict=True))
    same((tangent * ct).sum(), want)


@pytest.mark.parametrize("corner", CORNERS, ids=lambda c: c.name)
def test_batch_of_gradients_is_a_loop_of_them(corner: Corner) -> None:
    batch = [torch.stack([x, x.flip(0), x]) if x.ndim else x.expand(3) for x in tensors(corner)]
    cts = torch.randn_like(torch.stack([corner.function(*row) for row in zip(*batch, strict=True)]))

    def gradient(ct: torch.Tensor, *xs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return oplift.vjp(corner.function, *xs)[1](ct)

    want = [autograd(corner.function, list(row), ct) for ct, *row in zip(cts, *batch, strict=True)]
    for got, column in zip(oplift.vmap(gradient)(cts, *batch), zip(*want, strict=True), strict=True):
        same(got, torch.stack(column))


@pytest.mark.parametrize("point", [[1.0, 0.0, 3.0], [0.0, 2.0, 0.0, 3.0], [1.0, 2.0, 3.0]], ids=str)
@pytest.mark.parametrize("name", ["prod", "cumprod"])
def test_second_order_of_products_with_zeros(name: str, point: list[float]) -> None:
    def product(x: torch.Tensor) -> torch.Tensor:
        return x.prod() if name == "prod" else (x.cumprod(0) * weights).sum()

    x = torch.tensor(point, dtype=torch.float64)
    weights = torch.randn_like(x)
    want = torch.autograd.functional.hessian(product, x)
    same(oplift.hessian(product)(x), want)
    same(oplift.jacrev(oplift.grad(product))(x), want)


def test_second_order_of_softplus_at_its_threshold() -> None:
    softplus = lambda x: torch.nn.functional.softplus(x, 2.0, 3.0).sum()
    x = torch.tensor([0.0, 1.0, 1.5, 2.0], dtype=torch.float64)  # the third is at the threshold
    same(oplift.hessian(softplus)(x), torch.autograd.functional.hessian(softplus, x))


def test_where_hides_nan_of_the_branch_not_taken() -> None:
    def safe_sqrt(x: torch.Tensor) -> torch.Tensor:
        positive = x > 0
        return torch.where(positive, torch.where(positive, x, 1.0).sqrt(), 0.0).sum()

    x = torch.tensor([-1.0, 0.0, 4.0], dtype=torch.float64)
    same(oplift.grad(safe_sqrt)(x), torch.tensor([0.0, 0.0, 0.25], dtype=torch.float64))


COMPLEX = [
    torch.abs, torch.sgn, torch.angle, torch.sqrt, torch.exp, torch.log, torch.sin, torch.cos, torch.tanh, torch.sigmoid,
    torch.reciprocal, torch.rsqrt, torch.square, torch.real, torch.imag, torch.conj, torch.view_as_real,
    lambda z: z**3, lambda z: z ** (0.5 + 1j), lambda z: z * z.conj(), lambda z: (2 + 1j) / z,
    lambda z: z.abs() ** 2 + z.real, lambda z: torch.linalg.vector_norm(z, 3), lambda z: z.norm(), lambda z: z.var(),
    lambda z: z.prod(), lambda z: z.cumprod(0), lambda z: z.std(), lambda z: torch.polar(z.abs(), z.angle()),
]  # fmt: skip


@pytest.mark.parametrize("function", COMPLEX)
def test_complex_gradients_are_conjugate_wirtinger_ones(function: Callable[[torch.Tensor], torch.Tensor]) -> None:
    z = torch.randn(5, dtype=torch.complex128)
    out, pullback = oplift.vjp(function, z)
    ct = torch.randn_like(out)
    want = autograd(function, [z], ct)[0]
    same(pullback(ct)[0], want)
    t = torch.randn_like(z)
    tangent = oplift.jvp(function, (z,), (t,))[1]
    same((tangent * ct.conj()).real.sum(), (t * want.conj()).real.sum())


@pytest.mark.parametrize(
    "function", [torch.add, torch.sub, torch.mul, torch.div, torch.pow, torch.atan2, torch.maximum]
)
def test_batched_scalars_promote_as_scalars(function: Callable[..., torch.Tensor]) -> None:
    vector, scalars = torch.rand(3, dtype=torch.float32) + 1, torch.rand(4, dtype=torch.float64) + 1
    got = oplift.vmap(function, in_dims=(None, 0))(vector, scalars)
    same(got, torch.stack([function(vector, s) for s in scalars]))
    integers = torch.arange(1, 4, dtype=torch.int32)
    same(oplift.vmap(torch.add, in_dims=(None, 0))(integers, scalars), torch.stack([integers + s for s in scalars]))


def test_alpha_and_numbers() -> None:
    x, y = torch.randn(3, dtype=torch.float64), torch.randn(4, 3, dtype=torch.float64)

    def f(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.sub(torch.add(x, y, alpha=3), 2.0 * y, alpha=0.5) + (1.0 - x) / 4 + 2 / y

    ct = torch.randn(4, 3, dtype=torch.float64)
    same(list(oplift.vjp(f, x, y)[1](ct)), autograd(f, [x, y], ct))


def test_equal_answers_only_when_all_examples_agree() -> None:
    x = torch.arange(6.0).reshape(3, 2)
    oplift.vmap(lambda row: row * torch.equal(row, row + 1))(x)
    with pytest.raises(RuntimeError, match="differs from example to example"):
        oplift.vmap(lambda row: row * torch.equal(row, x[0]))(x)


def test_bincount_needs_one_length() -> None:
    rows = torch.tensor([[0, 1, 1], [3, 3, 0]])
    same(
        oplift.vmap(lambda r: torch.bincount(r, minlength=5))(rows),
        torch.stack([r.bincount(minlength=5) for r in rows]),
    )
    same(oplift.vmap(oplift.vmap(lambda r: torch.bincount(r, minlength=5)))(rows[None]).sum(), torch.tensor(6))
    with pytest.raises(RuntimeError, match="different lengths"):
        oplift.vmap(torch.bincount)(rows)


@pytest.mark.parametrize("name", ["chebyshev_polynomial_t", "hermite_polynomial_h", "hermite_polynomial_he"])
def test_the_degree_of_a_polynomial_is_its_integer_part(name: str) -> None:
    polynomial, x = getattr(torch.special, name), torch.tensor([-0.7, 0.2, 0.6], dtype=torch.float64)
    for degree in (-0.5, 0, 0.7, 1.9, 2, 3.5):
        want = oplift.vjp(lambda x, n=int(degree): polynomial(x, n), x)[1](torch.ones(3, dtype=torch.float64))
        slope = (polynomial(x + 1e-6, degree) - polynomial(x - 1e-6, degree)) / 2e-6
        torch.testing.assert_close(want[0], slope, rtol=1e-6, atol=1e-6)
        for n in (degree, torch.tensor(degree, dtype=torch.float64)):
            same(oplift.grad(lambda x, n=n: polynomial(x, n).sum())(x), want[0])


def test_sinc_has_the_derivatives_of_its_series_at_0() -> None:
    """sinc(x) = sum of (-1)^k (pi x)^(2k) / (2k + 1)!, so its derivative of order 2k at 0 is (-1)^k pi^(2k) / (2k + 1)."""
    found, f = [], torch.sinc
    for _ in range(6):
        f = oplift.grad(f)
        found.append(f(torch.tensor(0.0, dtype=torch.float64)).item())
    want = [0.0 if n % 2 else (-1) ** (n // 2) * torch.pi**n / (n + 1) for n in range(1, 7)]
    assert found == pytest.approx(want)
