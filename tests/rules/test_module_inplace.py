"""Modules that write in place: random slopes, renormed tables, power iterations; and what they draw."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations
from torch.testing import assert_close

import oplift

LOWER, UPPER = 0.1, 0.5


def rrelu_in_place(x):
    return F.rrelu(x * 1, LOWER, UPPER, training=True, inplace=True)


# ---------------------------------------------------------------- random slopes


@pytest.mark.parametrize("shape", [(4, 3), (1, 3), (0, 3), (3,)])
def test_rrelu_in_place_under_grad_draws_as_pytorch(shape):
    x = torch.randn(shape)
    torch.manual_seed(0)
    found = oplift.grad(lambda x: rrelu_in_place(x).sum())(x)
    leaf = x.clone().requires_grad_()
    torch.manual_seed(0)
    (wanted,) = torch.autograd.grad(rrelu_in_place(leaf).sum(), leaf)
    assert_close(found, wanted)


def test_rrelu_in_place_under_vmap():
    x = torch.randn(5, 4)
    torch.manual_seed(0)
    same = oplift.vmap(rrelu_in_place, randomness="same")(x)
    rows = []
    for row in x:
        torch.manual_seed(0)
        rows.append(rrelu_in_place(row))
    assert_close(same, torch.stack(rows))
    slopes = oplift.vmap(rrelu_in_place, randomness="different")(-torch.ones(5, 4))
    assert slopes.unique().numel() == 20
    assert slopes.min() >= -UPPER and slopes.max() <= -LOWER
    with pytest.raises(RuntimeError, match="randomness error mode"):
        oplift.vmap(rrelu_in_place)(x)


def test_rrelu_on_what_is_not_batched():
    x = -torch.ones(3)
    b = torch.zeros(4)
    assert (
        oplift.vmap(lambda b: F.rrelu(x + 0 * b, LOWER, UPPER, True), randomness="different")(b).unique().numel() == 12
    )
    assert oplift.vmap(lambda _: torch.rrelu(x, LOWER, UPPER, True), randomness="different")(b).unique().numel() == 12


def test_rrelu_in_evaluation_is_a_leaky_relu():
    x = torch.randn(3, 4)
    found = oplift.vmap(lambda x: F.rrelu(x * 1, LOWER, UPPER, False, True))(x)
    assert_close(found, F.leaky_relu(x, (LOWER + UPPER) / 2))


@pytest.mark.parametrize("dims", [(0, 1, 2), (2, 0, 1), (1, 0, 2)])
def test_dropout_draws_in_the_order_of_memory(dims):
    x = torch.randn(3, 4, 5).permute(dims)
    torch.manual_seed(0)
    found, tangent = oplift.jvp(lambda x: F.dropout(x, 0.4), (x,), (x,))
    torch.manual_seed(0)
    assert_close(found, F.dropout(x, 0.4))
    assert_close(tangent, found)


# ---------------------------------------------------------------- tables that are renormed


@pytest.mark.parametrize("lookup", [F.embedding, F.embedding_bag])
def test_max_norm_with_indices_that_are_an_argument(lookup):
    table, indices = torch.randn(5, 3) * 2, torch.tensor([[0, 1, 3]])
    loss = lambda table, indices: lookup(indices, table, max_norm=1.0).pow(3).sum()
    written = table.clone()
    found = oplift.grad(loss)(written, indices)
    leaf = table.clone().requires_grad_()
    (wanted,) = torch.autograd.grad(loss(leaf, indices), leaf)
    assert_close(found, wanted)
    assert_close(written, leaf.detach())
    forward = oplift.jvp(lambda t: oplift.grad(loss)(t, indices), (table.clone(),), (torch.ones(5, 3),))[0]
    assert_close(forward, wanted)


# ---------------------------------------------------------------- views that C++ takes under no_grad


@pytest.mark.parametrize("view", [lambda w: w.T, lambda w: w.H, lambda w: w.adjoint(), lambda w: torch.hsplit(w, 3)[0]])
def test_views_under_no_grad(view):
    w = torch.randn(3, 3)

    def loss(w):
        with torch.no_grad():
            constant = view(w).sum()
        return (w * constant).sum()

    assert_close(oplift.grad(loss)(w), torch.full((3, 3), float(view(w).sum())))
    assert_close(oplift.grad(lambda w: oplift.grad(loss)(w).sum())(w), torch.zeros(3, 3))


def test_a_write_through_such_a_view_reaches_its_base():
    w = torch.randn(2, 3)

    def loss(w):
        with torch.no_grad():
            w.T.mul_(2)
        return (w**3).sum()

    written = w.clone()
    assert_close(oplift.grad(loss)(written), 3 * (2 * w) ** 2)
    assert_close(written, 2 * w)
    assert_close(oplift.vmap(oplift.grad(loss))(w[None].clone())[0], 3 * (2 * w) ** 2)
    assert_close(oplift.grad(lambda w: oplift.grad(loss)(w).sum())(w.clone()), 6 * (2 * w))


def test_spectral_norm_iterates_while_it_trains():
    model, x = parametrizations.spectral_norm(nn.Linear(3, 2)), torch.randn(4, 3)
    names, values = zip(*model.named_parameters(), strict=True)
    buffers = {name: b.clone() for name, b in model.named_buffers()}
    state = {name: p.detach().clone() for name, p in zip(names, values, strict=True)}

    def loss(state, buffers):
        full = {**state, **buffers}
        return oplift.functional_call(model, full, x).square().sum(), {name: full[name] for name in buffers}

    found, kept = oplift.grad(loss, has_aux=True)(state, buffers)
    twin = copy.deepcopy(model)
    wanted = torch.autograd.grad(twin(x).square().sum(), list(twin.parameters()))
    assert_close(list(found.values()), list(wanted))
    assert_close(kept, dict(twin.named_buffers()))
