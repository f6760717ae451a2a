"""Norms: running statistics under vmap, which are an example's own where it makes them, and parameters with gaps."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import oplift

XS = torch.randn(2, 3, 4, 2, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
Norm = tuple[Tensor, Tensor, Tensor]


def fresh() -> tuple[Tensor, Tensor]:
    return torch.zeros(2, dtype=torch.float64), torch.ones(2, dtype=torch.float64)


def own(x: Tensor) -> Norm:
    """Two training steps with statistics that are made inside."""
    mean, var = fresh()
    for _ in range(2):
        y = F.batch_norm(x, mean, var, training=True, momentum=0.3)
    return y, mean, var


def copied(x: Tensor, mean: Tensor, var: Tensor) -> Norm:
    mean, var = mean.clone(), var.clone()
    return F.instance_norm(x, mean, var, use_input_stats=True, momentum=0.3), mean, var


def looped(xs: Tensor) -> Norm:
    return tuple(torch.stack(column) for column in zip(*map(own, xs), strict=True))  # type: ignore[return-value]


def same(got: Norm, want: Norm) -> None:
    for g, w in zip(got, want, strict=True):
        torch.testing.assert_close(g, w)


def test_each_example_has_the_statistics_that_it_makes() -> None:
    same(oplift.vmap(own)(XS[0]), looped(XS[0]))
    same(oplift.vmap(lambda x: oplift.vjp(own, x)[0])(XS[0]), looped(XS[0]))
    nested = oplift.vmap(oplift.vmap(own))(XS)
    same(nested, tuple(torch.stack(column) for column in zip(*map(looped, XS), strict=True)))  # type: ignore[arg-type]


@pytest.mark.parametrize("dims", [(0, None), (None, 0), (None, None)], ids=str)
def test_a_copy_is_as_batched_as_the_input(dims: tuple[int | None, int | None]) -> None:
    mean, var = (s if d is None else torch.stack([s, s + 1, s + 2]) for s, d in zip(fresh(), dims, strict=True))
    pick = lambda s, d, b: s if d is None else s[b]
    rows = [copied(XS[0, b], pick(mean, dims[0], b), pick(var, dims[1], b)) for b in range(3)]
    same(oplift.vmap(copied, in_dims=(0, *dims))(XS[0], mean, var), tuple(map(torch.stack, zip(*rows, strict=True))))  # type: ignore[arg-type]


def test_shared_statistics_see_all_examples() -> None:
    (mean, var), (want_mean, want_var) = fresh(), fresh()
    oplift.vmap(oplift.vmap(lambda x: F.batch_norm(x, mean, var, training=True, momentum=0.3)))(XS)
    for x in XS.flatten(0, 1):
        F.batch_norm(x, want_mean, want_var, training=True, momentum=0.3)
    torch.testing.assert_close((mean, var), (want_mean, want_var))


def test_statistics_of_an_outer_function_are_shared_by_the_inner_one() -> None:
    def outer(xs: Tensor) -> tuple[Tensor, Tensor]:
        mean, var = fresh()
        oplift.vmap(lambda x: F.batch_norm(x, mean, var, training=True, momentum=0.3))(xs)
        return mean, var

    def by_hand(xs: Tensor) -> tuple[Tensor, Tensor]:
        mean, var = fresh()
        for x in xs:
            F.batch_norm(x, mean, var, training=True, momentum=0.3)
        return mean, var

    want = tuple(map(torch.stack, zip(*map(by_hand, XS), strict=True)))
    torch.testing.assert_close(oplift.vmap(outer)(XS), want)


@pytest.mark.parametrize("norm", ["group", "layer", "instance", "batch"])
def test_parameters_need_not_be_contiguous(norm: str) -> None:
    """PyTorch's kernel of the group norm reads them as if they were."""
    x, weight, bias = (torch.randn(*shape, 2, dtype=torch.float64)[..., 0] for shape in ((3, 2, 4, 4), (4,), (4,)))
    f = {
        "group": lambda x, w, b: F.group_norm(x, 2, w, b),
        "layer": lambda x, w, b: F.layer_norm(x, (4,), w, b),
        "instance": lambda x, w, b: F.instance_norm(x, weight=w, bias=b),
        "batch": lambda x, w, b: F.batch_norm(x, None, None, w, b, True),
    }[norm]
    want = torch.stack([f(e, weight, bias) for e in x])
    torch.testing.assert_close(oplift.vmap(f, in_dims=(0, None, None))(x, weight, bias), want)
    operands = (x[0], weight, bias)
    out, pullback = oplift.vjp(f, *operands)
    torch.testing.assert_close(out, want[0])
    leaves = [t.clone().requires_grad_() for t in operands]
    gradients = torch.autograd.grad(f(*leaves), leaves, torch.ones_like(out).cumsum(0))
    torch.testing.assert_close(pullback(torch.ones_like(out).cumsum(0)), gradients)
    tangent = oplift.jvp(f, operands, operands)[1]
    torch.testing.assert_close(
        (tangent * torch.ones_like(out).cumsum(0)).sum(),
        sum((g * t).sum() for g, t in zip(gradients, operands, strict=True)),
    )
