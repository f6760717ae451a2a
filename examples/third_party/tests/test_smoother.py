"""The module: oplift sees the centres, because the plugin says so."""

import pytest
import torch
from rbfkit import Smoother
from torch import Tensor
from torch.testing import assert_close

import oplift


@pytest.fixture
def smoother() -> Smoother:
    torch.manual_seed(0)
    return Smoother(torch.randn(5, 3), gamma=0.5)


def moved(smoother: Smoother, by: Tensor, x: Tensor) -> Tensor:
    """The result with other centres, by a module made of them."""
    return Smoother(smoother.centres + by, smoother.gamma)(x)


def test_the_centres_are_state(smoother):
    _, params, buffers = oplift.make_functional_with_buffers(smoother)
    assert [tuple(p.shape) for p in params] == [(5,)]
    assert [tuple(b.shape) for b in buffers] == [(5, 3)]


def test_a_batch_of_centres(smoother):
    x, shifts = torch.randn(4, 3), torch.randn(6, 5, 3)
    run = lambda centres: oplift.functional_call(smoother, {"centres": centres}, (x,))
    got = oplift.vmap(run)(smoother.centres + shifts)
    assert_close(got, torch.stack([moved(smoother, shift, x) for shift in shifts]))


def test_the_derivative_in_a_direction_of_the_centres(smoother):
    x, direction = torch.randn(4, 3).double(), torch.randn(5, 3).double()
    smoother.centres, smoother.weights.data = smoother.centres.double(), smoother.weights.data.double()
    run = lambda centres: oplift.functional_call(smoother, {"centres": centres}, (x,))
    _, tangent = oplift.jvp(run, (smoother.centres,), (direction,))
    step = 1e-6
    want = (moved(smoother, step * direction, x) - moved(smoother, -step * direction, x)) / (2 * step)
    assert_close(tangent.detach(), want.detach(), rtol=1e-6, atol=1e-8)


def test_an_ensemble(smoother):
    other = Smoother(torch.randn(5, 3), gamma=0.5)
    x = torch.randn(4, 3)
    params, buffers = oplift.stack_module_state([smoother, other])
    run = lambda params, buffers: oplift.functional_call(smoother, (params, buffers), (x,))
    assert_close(oplift.vmap(run)(params, buffers), torch.stack([smoother(x), other(x)]))


def test_the_module_is_as_it_was(smoother):
    before = smoother.centres
    with pytest.raises(RuntimeError):
        oplift.functional_call(smoother, {"centres": before[:, :2]}, (torch.randn(4, 3),))
    assert smoother.centres is before
