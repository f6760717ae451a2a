"""Rules of authors that cannot be right: an error that names the function, never a number."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import oplift
from oplift.errors import OpliftError

X = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)


def double(x: Tensor) -> Tensor:
    return 2 * x


def with_bwd(bwd: Callable[..., Any]) -> Any:
    made = oplift.custom_vjp(double)
    made.defvjp(lambda x: (2 * x, x), bwd)
    return made


def with_jvp(tangent: Callable[..., Any]) -> Any:
    made = oplift.custom_jvp(double)
    made.defjvp(lambda primals, tangents: (2 * primals[0], tangent(tangents[0])))
    return made


def with_batch(rule: Callable[..., Any]) -> Any:
    made = oplift.custom_batch(double)
    made.defbatch(lambda size, in_dims, x: rule(x))
    return made


NONLINEAR: dict[str, Callable[[Tensor], Tensor]] = {
    "clipped": lambda g: g.clamp(-1, 1),
    "of length one": lambda g: g / g.norm(),
    "sign": torch.sign,
    "square": lambda g: g * g,
    "constant": torch.ones_like,
}


@pytest.mark.parametrize("what", NONLINEAR)
def test_what_is_not_linear_has_no_transpose(what: str) -> None:
    function = NONLINEAR[what]
    backward = with_bwd(lambda x, g: (function(g),))
    torch.testing.assert_close(oplift.grad(lambda x: (X * backward(x)).sum())(X), function(X))
    with pytest.raises(OpliftError, match="double: its backward is not linear"):
        oplift.jvp(backward, (X,), (X,))
    with pytest.raises(OpliftError, match="double: its backward is not linear"):
        oplift.vmap(lambda x, t: oplift.jvp(backward, (x,), (t,))[1])(torch.stack([X, X]), torch.stack([X, 2 * X]))
    with pytest.raises(OpliftError, match="double: its jvp is not linear"):
        oplift.grad(lambda x: with_jvp(function)(x).sum())(X)


def test_what_is_linear_is_transposed() -> None:
    mixed = with_bwd(lambda x, g: ((g * x).cumsum(0) - 3 * g.flip(0),))
    jacobian = oplift.jacrev(mixed)(X)
    torch.testing.assert_close(oplift.jacfwd(mixed)(X), jacobian)
    torch.testing.assert_close(oplift.vmap(oplift.jacfwd(mixed))(torch.stack([X, X]))[1], jacobian)


@pytest.mark.parametrize(
    "cotangent", [lambda g: g[:1], lambda g: g.sum(), lambda g: g[:2]], ids=["one", "none", "some"]
)
def test_a_cotangent_has_the_shape_of_its_argument(cotangent: Callable[[Tensor], Tensor]) -> None:
    function = with_bwd(lambda x, g: (cotangent(g),))
    with pytest.raises(OpliftError, match=r"double: .*the cotangent of its tensor argument 0 has shape \(\d?,?\)"):
        oplift.grad(lambda x: function(x).sum())(X)
    with pytest.raises(OpliftError, match="double: .*the cotangent of its tensor argument 0"):
        oplift.vmap(oplift.grad(lambda x: function(x).sum()))(torch.stack([X, X]))


def test_a_function_s_gradient_has_the_shape_of_its_argument() -> None:
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return 2 * x

        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> Tensor:  # type: ignore[override]
            return grad[:1]

    with pytest.raises(OpliftError, match="Double: .*the cotangent of its tensor argument 0 has shape"):
        oplift.grad(lambda x: Double.apply(x).sum())(X)


@pytest.mark.parametrize(
    "rule",
    [lambda x: (2 * x, 5), lambda x: (2 * x[:1], 0), lambda x: (2 * x, 1), lambda x: (2 * x, "0")],
    ids=["no dimension", "another size", "another dimension", "no number"],
)
def test_a_batching_rule_returns_the_batch_where_it_says(rule: Callable[[Tensor], Any]) -> None:
    with pytest.raises(OpliftError, match="double: the batching rule returned an output of shape"):
        oplift.vmap(with_batch(rule))(torch.stack([X, X]))
