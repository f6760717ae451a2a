"""randomness= of vmap."""

import pytest
import torch
import torch.nn.functional as F

from oplift import grad, vmap

DRAWS = {
    "randn": lambda x: x + torch.randn(3),
    "rand_like": lambda x: torch.rand_like(x),
    "dropout": lambda x: F.dropout(torch.ones(3) + 0 * x, 0.5),
    "dropout of a constant": lambda x: x * 0 + F.dropout(torch.ones(3), 0.5),
    "bernoulli": lambda x: torch.bernoulli(torch.full((3,), 0.5)) + 0 * x,
    "bernoulli_": lambda x: torch.empty(3).bernoulli_(0.5) + 0 * x,
    "normal_": lambda x: torch.empty(3).normal_() + 0 * x,
    "randint": lambda x: torch.randint(1000, (3,)) + 0 * x,
    "randperm": lambda x: torch.randperm(3) + 0 * x,
    "uniform_ of the input": lambda x: x.clone().uniform_(),
}


@pytest.mark.parametrize("name", DRAWS)
def test_error(name):
    with pytest.raises(RuntimeError, match="randomness error mode"):
        vmap(DRAWS[name])(torch.zeros(5, 3))


@pytest.mark.parametrize("name", DRAWS)
def test_same(name):
    out = vmap(DRAWS[name], randomness="same")(torch.zeros(64, 3))
    assert (out == out[0]).all()


@pytest.mark.parametrize("name", DRAWS)
def test_different(name):
    out = vmap(DRAWS[name], randomness="different")(torch.zeros(64, 3))
    assert not (out == out[0]).all()


@pytest.mark.parametrize("outer", ["same", "different"])
@pytest.mark.parametrize("inner", ["same", "different"])
@pytest.mark.parametrize("name", DRAWS)
def test_nested(name, outer, inner):
    out = vmap(vmap(DRAWS[name], randomness=inner), randomness=outer)(torch.zeros(16, 16, 3))
    assert (out == out[:1]).all() == (outer == "same")
    assert (out == out[:, :1]).all() == (inner == "same")


def test_dropout_under_grad():
    x = torch.ones(50, 8)
    out = vmap(grad(lambda x: F.dropout(x, 0.5).sum()), randomness="different")(x)
    assert set(out.unique().tolist()) == {0.0, 2.0}
    assert not (out == out[0]).all()


def test_the_mean_of_many_draws():
    out = vmap(lambda p: torch.bernoulli(p), randomness="different")(torch.full((4000,), 0.3))
    assert abs(out.mean() - 0.3) < 0.05
