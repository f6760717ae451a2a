"""oplift.opaque: functions that torch cannot look into."""

import numpy as np
import pytest
import torch

import oplift
from oplift import grad, hessian, jvp, vjp, vmap

CALLS: list[list[tuple[int, ...]]] = []


def sin_array(x, y):
    """sin(x) * y, of arrays: what NumPy gets must be arrays with memory."""
    for t in (x, y):
        assert type(t) is torch.Tensor
        assert t.is_contiguous()
        assert not t.requires_grad
    CALLS.append([tuple(x.shape), tuple(y.shape)])
    return np.sin(x.numpy()) * y.numpy()


def cos_array(x, y):
    return np.cos(x.numpy()) * y.numpy()


def make(method):
    like = lambda x, y: torch.empty(torch.broadcast_shapes(x.shape, y.shape), dtype=x.dtype)
    cosine = oplift.opaque(
        cos_array, out=like, vmap=method, vjp=lambda g, out, x, y: (-g * sine(x, y), g * cosine(x, torch.ones_like(y)))
    )
    sine = oplift.opaque(
        sin_array, out=like, vmap=method, vjp=lambda g, out, x, y: (g * cosine(x, y), g * sine(x, torch.ones_like(y)))
    )
    return sine


def truth(x, y):
    return torch.sin(x) * y


@pytest.fixture(params=["loop", "expand", "fold"])
def sine(request):
    CALLS.clear()
    return make(request.param)


def data(*shape):
    return torch.randn(*shape, dtype=torch.float64)


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is:DeprecationWarning")  # torch's forward mode uses it
def test_outside_of_transforms(sine):
    x, y = data(3), data(3)
    torch.testing.assert_close(sine(x, y), truth(x, y))
    leaf = x.clone().requires_grad_()
    torch.testing.assert_close(torch.autograd.grad(sine(leaf, y).sum(), leaf)[0], torch.cos(x) * y)
    assert torch.autograd.gradcheck(sine, (leaf, y.requires_grad_()), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(sine, (leaf, y))


def test_every_nesting(sine):
    x, y, t = data(4, 3), data(3), data(4, 3)
    total = lambda f: lambda x, y: f(x, y).sum()
    both = lambda f: vmap(f, (0, None))
    for transform in (
        lambda f: both(f)(x, y),
        lambda f: both(grad(total(f), (0, 1)))(x, y),
        lambda f: grad(lambda x, y: both(f)(x, y).sin().sum(), (0, 1))(x, y),
        lambda f: jvp(both(f), (x, y), (t, y)),
        lambda f: both(lambda x, y: jvp(f, (x, y), (x, y)))(x, y),
        lambda f: both(hessian(total(f), (0, 1)))(x, y),
        lambda f: vjp(vmap(vmap(f)), data(2, 4, 3) * 0 + x, t.expand(2, 4, 3))[1](x.expand(2, 4, 3)),
    ):
        torch.testing.assert_close(transform(sine), transform(truth))


def test_how_a_batch_is_handed_over():
    x, y = data(4, 3), data(3)
    for method, shapes in (("loop", [[(3,), (3,)]] * 4), ("expand", [[(4, 3), (4, 3)]]), ("fold", [[(12,), (12,)]])):
        CALLS.clear()
        vmap(make(method), (0, None))(x, y)
        assert shapes == CALLS
    CALLS.clear()
    vmap(vmap(make("expand"), (0, None)), (None, 0))(x, data(2, 3))
    assert CALLS == [[(2, 4, 3), (2, 4, 3)]]
    CALLS.clear()
    vmap(vmap(make("fold"), (0, None)), (None, 0))(x, data(2, 3))
    assert CALLS == [[(24,), (24,)]]


def test_an_empty_batch(sine):
    assert vmap(sine)(data(0, 3), data(0, 3)).shape == (0, 3)
    assert vmap(grad(lambda x, y: sine(x, y).sum()))(data(0, 3), data(0, 3)).shape == (0, 3)


def test_pytrees_numbers_and_dtypes():
    stats = oplift.opaque(
        lambda xs, scale: {"mean": np.mean(xs[0].numpy()) * scale, "sum": xs[0].numpy().sum() + xs[1].numpy().sum()},
        out=lambda xs, scale: {"mean": xs[0].new_empty(()), "sum": xs[0].new_empty((), dtype=torch.float64)},
    )
    found = vmap(lambda a: stats((a, torch.ones(2)), 2.0))(torch.ones(3, 2))
    assert found["mean"].dtype is torch.float32
    torch.testing.assert_close(found["mean"], torch.full((3,), 2.0))
    torch.testing.assert_close(found["sum"], torch.full((3,), 4.0, dtype=torch.float64))


def test_what_is_wrong_is_said():
    x = data(3)
    with pytest.raises(ValueError, match="'loop', 'expand' or 'fold', got 'map'"):
        oplift.opaque(np.sin, out=x, vmap="map")
    bad = oplift.opaque(lambda x: x[:2], out=lambda x: x)
    with pytest.raises(oplift.OpliftError, match=r"output 0 has shape \(2,\), but `out` says \(3,\)"):
        bad(x)
    tree = oplift.opaque(lambda x: (x, x), out=lambda x: x)
    with pytest.raises(oplift.OpliftError, match="another structure than `out` says"):
        tree(x)
    smooth = oplift.opaque(sin_array, out=lambda x, y: x)
    with pytest.raises(oplift.MissingRule, match="sin_array cannot be differentiated: oplift.opaque was given no vjp"):
        grad(lambda x: smooth(x, x).sum())(x)
    with pytest.raises(oplift.OpliftError, match="oplift.opaque was given no vjp"):
        smooth(x.requires_grad_(), x).sum().backward()
    folded = oplift.opaque(lambda x: x.numpy(), out=lambda x: x, vmap="fold")
    with pytest.raises(oplift.OpliftError, match="one has no dimension; use 'expand' or 'loop'"):
        vmap(folded)(torch.ones(3))
    few = oplift.opaque(sin_array, out=lambda x, y: x, vjp=lambda g, out, x, y: (g,))
    with pytest.raises(oplift.OpliftError, match="must return a tuple of 2 cotangents"):
        grad(lambda x: few(x, x).sum())(torch.ones(3))
