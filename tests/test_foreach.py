"""torch._foreach_*: what PyTorch's optimizers are written with, under the transforms."""

import warnings

import pytest
import torch
from torch import Tensor
from torch.optim.adam import adam

import oplift

ONE, TWO = 2.0, [0.5, 3.0]
FORMS = {
    "a number": lambda f, x, y: f([x, y], ONE),
    "a list": lambda f, x, y: f([x, y], [y, x]),
    "numbers": lambda f, x, y: f([x, y], TWO),
    "alpha": lambda f, x, y: f([x, y], [y, x], alpha=3),
}
CALLS = {
    **{
        f"{name} by {form}": lambda x, y, n=name, g=call: g(getattr(torch, f"_foreach_{n}"), x, y)
        for form, call in FORMS.items()
        for name in ("add", "sub", "mul", "div", "clamp_max", "minimum", "maximum", "pow")
        if form != "alpha" or name == "add"
    },
    **{
        name: lambda x, y, n=name: getattr(torch, f"_foreach_{n}")([x, y])
        for name in ("exp", "sqrt", "neg", "sigmoid", "norm", "max", "clone", "reciprocal", "lgamma")
    },
    "number to the powers": lambda x, y: torch._foreach_pow(2.0, [x, y]),
    "norm 1": lambda x, y: torch._foreach_norm([x, y], 1),
    "lerp by a number": lambda x, y: torch._foreach_lerp([x], [y], 0.3),
    "lerp by a list": lambda x, y: torch._foreach_lerp([x], [y], [x * y]),
    "addcdiv by a number": lambda x, y: torch._foreach_addcdiv([x], [y], [x + 1], 0.5),
    "addcmul by numbers": lambda x, y: torch._foreach_addcmul([x, y], [y, x], [x, y], TWO),
    "in place": lambda x, y: in_place(x.clone(), y.clone()),
}


def in_place(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    torch._foreach_mul_([x, y], 3.0)
    torch._foreach_add_([x, y], [y.clone(), x.clone()])
    torch._foreach_sqrt_([x])
    return x, y


def total(outs: tuple[Tensor, ...], x: Tensor) -> Tensor:
    return torch.stack([(out**2).sum() for out in outs]).sum() * x.sum()


@pytest.mark.parametrize("name", CALLS)
def test_as_one_after_another(name: str) -> None:
    f = CALLS[name]
    x, y = torch.rand(2, 3, 4, dtype=torch.float64) + 0.5
    with warnings.catch_warnings():
        warnings.simplefilter("error", oplift.FallbackWarning)
        got = oplift.vmap(f)(x, y)
    for out, column in zip(got, zip(*map(f, x, y), strict=True), strict=True):
        torch.testing.assert_close(out, torch.stack(column))

    def loss(x: Tensor, y: Tensor) -> Tensor:
        return total(f(x, y), x)

    leaves = [x[0].clone().requires_grad_(), y[0].clone().requires_grad_()]
    want = torch.autograd.grad(loss(*leaves), leaves, allow_unused=True, materialize_grads=True)
    torch.testing.assert_close(oplift.grad(loss, (0, 1))(x[0], y[0]), want)
    tangent = oplift.jvp(loss, (x[0], y[0]), (y[0], x[0]))[1]
    torch.testing.assert_close(tangent, (want[0] * y[0]).sum() + (want[1] * x[0]).sum())


@pytest.mark.parametrize("foreach", [False, True])
def test_steps_of_adam_for_a_batch_of_models(foreach: bool) -> None:
    def step(p: Tensor, gradient: Tensor) -> Tensor:
        p = p.clone()
        state = ([torch.zeros_like(p)], [torch.zeros_like(p)], [], [torch.tensor(0.0)])
        adam([p], [gradient], *state, amsgrad=False, beta1=0.9, beta2=0.999, lr=0.1, weight_decay=0.1, eps=1e-8,
             maximize=False, foreach=foreach)  # fmt: skip
        return p

    ps, gradients = torch.randn(2, 3, 4, dtype=torch.float64)
    want = torch.stack([step(p, g) for p, g in zip(ps, gradients, strict=True)])
    torch.testing.assert_close(oplift.vmap(step)(ps, gradients), want)
