"""The operator: its rules by oplift's pytest plugin, and its use under nested transforms against plain PyTorch."""

import pytest
import torch
from rbfkit import gaussian
from torch import Tensor
from torch.testing import assert_close

import oplift

GAMMA = 0.7


@pytest.mark.oplift_op("rbfkit::gaussian")
def test_rules(oplift_check):
    oplift_check()


def plain(x: Tensor, y: Tensor) -> Tensor:
    """The same in PyTorch's own operators: the truth to compare with."""
    return torch.exp(-GAMMA * ((x[..., :, None, :] - y[..., None, :, :]) ** 2).sum(-1))


def fused(x: Tensor, y: Tensor) -> Tensor:
    return gaussian(x, y, GAMMA)


def energy(kernel):
    """A number that bends in both operands."""
    return lambda x, y: kernel(x, y).square().sum()


@pytest.fixture
def points() -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    return torch.randn(6, 4, 3, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)


def test_vmap(points):
    xs, y = points
    assert_close(oplift.vmap(fused, in_dims=(0, None))(xs, y), plain(xs, y.expand(6, 5, 3)))


def test_grad(points):
    xs, y = points
    for argnum in (0, 1):
        got, want = oplift.grad(energy(fused), argnum)(xs[0], y), torch.func.grad(energy(plain), argnum)(xs[0], y)
        assert_close(got, want)


def test_jvp(points):
    xs, y = points
    primals, tangents = (xs[0], y), (xs[1], torch.ones_like(y))
    assert_close(oplift.jvp(fused, primals, tangents), torch.func.jvp(plain, primals, tangents))


def test_hessian(points):
    xs, y = points
    assert_close(oplift.hessian(energy(fused))(xs[0], y), torch.func.hessian(energy(plain))(xs[0], y))


def test_vmap_of_hessian(points):
    xs, y = points
    got = oplift.vmap(oplift.hessian(energy(fused)), in_dims=(0, None))(xs, y)
    want = torch.stack([torch.func.hessian(energy(plain))(x, y) for x in xs])
    assert_close(got, want)
