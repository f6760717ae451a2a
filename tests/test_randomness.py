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
    "rrelu": lambda x: F.rrelu(x - 1, training=True),
    "rrelu_": lambda x: F.rrelu_(x - 1, training=True),
    "randint_like": lambda x: torch.randint_like(x, 1000),
    "randint_like below a tensor": lambda x: torch.randint_like(x, torch.tensor(1000)),
    "dirichlet": lambda x: torch._sample_dirichlet(x + 1),
    "gamma": lambda x: torch.distributions.Gamma(x + 1, x + 1).rsample(),
    "exponential of distributions": lambda x: torch.distributions.Exponential(x + 1).rsample(),
    "laplace of distributions": lambda x: torch.distributions.Laplace(x, x + 1).rsample(),
    "multinomial of distributions": lambda x: torch.distributions.Multinomial(60, x + 1).sample(),
    "attention with dropout": lambda x: F.scaled_dot_product_attention(*[x.expand(1, 9, 3) + 1] * 3, dropout_p=0.5)[0],
    "a module made inside": lambda x: torch.nn.Linear(3, 3)(x + 1),
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


@pytest.mark.parametrize("name", DRAWS)
def test_same_numbers_are_those_of_one_example(name):
    torch.manual_seed(0)
    out = vmap(DRAWS[name], randomness="same")(torch.zeros(3, 3))
    torch.manual_seed(0)
    torch.testing.assert_close(out[1], DRAWS[name](torch.zeros(3)))


#: Draws of many numbers whose parameters differ between the examples, and the means to expect.
MEANS = {
    "bernoulli": (lambda p: torch.bernoulli(p.expand(4000)), [0.1, 0.5, 0.9], [0.1, 0.5, 0.9]),
    "bernoulli_": (lambda p: torch.empty(4000).bernoulli_(p), [0.1, 0.5, 0.9], [0.1, 0.5, 0.9]),
    "normal": (lambda m: torch.normal(m.expand(4000), 1.0), [0.0, 5.0, -3.0], [0.0, 5.0, -3.0]),
    "poisson": (lambda m: torch.poisson(m.expand(4000)), [1.0, 5.0, 20.0], [1.0, 5.0, 20.0]),
    "binomial": (lambda p: torch.binomial(torch.full((4000,), 10.0), p.expand(4000)), [0.1, 0.5, 0.9], [1.0, 5.0, 9.0]),
    "gamma": (lambda a: torch._standard_gamma(a.expand(4000)), [1.0, 5.0, 20.0], [1.0, 5.0, 20.0]),
    "randint_like": (lambda h: torch.randint_like(torch.zeros(4000), h), [3.0, 11.0, 101.0], [1.0, 5.0, 50.0]),
}


@pytest.mark.parametrize("name", MEANS)
def test_parameters_that_differ_between_examples(name):
    draw, parameters, means = MEANS[name]
    drawn = vmap(draw, randomness="different")(torch.tensor(parameters))
    torch.testing.assert_close(drawn.mean(1), torch.tensor(means), rtol=0.08, atol=0.08)


def test_a_generator_of_ones_own():
    x = torch.full((5, 3), 0.5)
    generator = torch.Generator().manual_seed(3)
    out = vmap(
        lambda x: torch.randn(3, generator=generator) + torch.bernoulli(x, generator=generator), randomness="different"
    )(x)
    assert not (out == out[0]).all()


def test_a_raw_sample_of_the_dirichlet_distribution_has_no_derivative():
    with pytest.raises(RuntimeError, match="rsample"):
        grad(lambda a: torch._sample_dirichlet(a)[0])(torch.ones(3))
