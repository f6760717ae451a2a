"""Losses: what PyTorch takes for a constant, and where a second derivative bends."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import oplift


@pytest.mark.skipif(not hasattr(F, "linear_cross_entropy"), reason="needs torch 2.13")
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_the_weights_of_classes_are_constants_of_the_chunked_loss(reduction: str) -> None:
    """Their gradient is zero, as that of PyTorch's own backward, not an error."""
    x, w, target = torch.randn(6, 4), torch.randn(3, 4), torch.randint(0, 3, (6,))
    options = (
        F.LinearCrossEntropyOptions(chunking_strategy="batch") if hasattr(F, "LinearCrossEntropyOptions") else None
    )
    given = {} if options is None else {"options": options}

    def loss(x: Tensor, w: Tensor, weight: Tensor) -> Tensor:
        return F.linear_cross_entropy(x, w, target, weight=weight, reduction=reduction, **given).sum()

    weight = torch.rand(3)
    leaves = [t.clone().requires_grad_() for t in (x, w)]
    want = torch.autograd.grad(loss(*leaves, weight), leaves)
    got = oplift.grad(loss, argnums=(0, 1))(x, w, weight)
    torch.testing.assert_close(got, tuple(want))


@pytest.mark.parametrize("loss", [F.huber_loss, F.smooth_l1_loss])
def test_the_second_derivative_at_the_bend_is_zero_as_in_pytorch(loss: object) -> None:
    x, target = torch.tensor([0.0, 1.0, 0.25, -1.0]), torch.zeros(4)
    leaf = x.clone().requires_grad_()
    (first,) = torch.autograd.grad(loss(leaf, target, reduction="sum"), leaf, create_graph=True)  # type: ignore[operator]
    (second,) = torch.autograd.grad(first.sum(), leaf)
    got = oplift.hessian(lambda x: loss(x, target, reduction="sum"))(x)  # type: ignore[operator]
    torch.testing.assert_close(got, torch.diag(second))


@pytest.mark.parametrize("loss", [F.huber_loss, F.smooth_l1_loss])
def test_nan_stays_nan(loss: object) -> None:
    x = torch.tensor([float("nan"), 1.0])
    first, _ = oplift.jvp(oplift.grad(lambda x: loss(x, torch.zeros(2))), (x,), (torch.ones(2),))  # type: ignore[operator]
    assert first.isnan().tolist() == [True, False]
