"""functionalize, against torch.func.functionalize: results, what is written back, and the traced graph."""

from __future__ import annotations

import pytest
import torch
from torch.fx.experimental.proxy_tensor import make_fx
from torch.testing import assert_close

import oplift
from oplift.stack import STACK

REMOVE = ["mutations", "mutations_and_views"]


def intermediate(a):
    b = a + 1
    c = b.view(-1)
    c.add_(1)
    return b


def writes_its_input(a):
    b = a.view(-1)
    b.add_(1)
    return a


def writes_rows(a):
    out = torch.zeros(2, 3)
    out[0] = a[0] * 2
    out[1].copy_(a[1])
    out.t()[0] = 7
    return out, out.sum()


def writes_a_slice(a):
    b = a * 2
    b[:, 1:].mul_(3)
    return b.transpose(0, 1)


def in_place_chain(a):
    return a.clone().sin_().mul_(2).clamp_(min=0)


def out_form(a):
    out = torch.empty(2, 3)
    torch.add(a, 1, out=out)
    return out


FUNCTIONS = [intermediate, writes_its_input, writes_rows, writes_a_slice, in_place_chain, out_form]


@pytest.mark.parametrize("remove", REMOVE)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_same_results_and_same_writes(function, remove):
    x = torch.randn(2, 3)
    mine, theirs, plain = x.clone(), x.clone(), x.clone()
    found = oplift.functionalize(function, remove=remove)(mine)
    assert_close(found, torch.func.functionalize(function, remove=remove)(theirs))
    assert_close(found, function(plain))
    assert_close(mine, plain)
    assert not STACK.levels


def operators(graph):
    return [node.target for node in graph.graph.nodes if node.op == "call_function"]


@pytest.mark.parametrize("remove", REMOVE)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_graph_has_no_mutations(function, remove):
    x = torch.randn(2, 3)
    graph = make_fx(oplift.functionalize(function, remove=remove))(x.clone())
    *body, last = operators(graph)
    assert all(not target._schema.is_mutable for target in body), graph.code
    assert not last._schema.is_mutable or last is torch.ops.aten.copy_.default
    assert_close(graph(x.clone()), function(x.clone()))
    if remove == "mutations_and_views":
        aliases = [t for t in body if any(r.alias_info is not None for r in t._schema.returns)]
        assert not aliases, graph.code


@pytest.mark.parametrize("remove", REMOVE)
def test_the_graph_is_that_of_torch(remove):
    x = torch.randn(2)
    mine = make_fx(oplift.functionalize(intermediate, remove=remove))(x)
    theirs = make_fx(torch.func.functionalize(intermediate, remove=remove))(x)
    assert operators(mine) == operators(theirs)


def test_keyword_arguments_are_written_to():
    def f(x, *, state):
        state["count"].add_(1)
        return x * state["count"]

    state = {"count": torch.zeros(())}
    assert_close(oplift.functionalize(f)(torch.ones(2), state=state), torch.ones(2))
    assert_close(state["count"], torch.tensor(1.0))


@pytest.mark.parametrize("remove", REMOVE)
@pytest.mark.parametrize("function", [intermediate, writes_a_slice, in_place_chain])
def test_composition(function, remove):
    x = torch.randn(4, 2, 3)
    pure = oplift.functionalize(function, remove=remove)
    expected = torch.stack([function(row) for row in x])
    assert_close(oplift.vmap(pure)(x), expected)
    assert_close(oplift.functionalize(oplift.vmap(function), remove=remove)(x), expected)
    loss = lambda f: lambda a: f(a).square().sum()
    gradient = oplift.grad(loss(function))(x[0])
    assert_close(oplift.grad(loss(pure))(x[0]), gradient)
    assert_close(oplift.functionalize(oplift.grad(loss(function)), remove=remove)(x[0]), gradient)


@pytest.mark.parametrize("remove", REMOVE)
@pytest.mark.parametrize("function", [intermediate, writes_a_slice, in_place_chain])
@pytest.mark.parametrize("transform", [oplift.grad, oplift.jacfwd, lambda f: oplift.vmap(oplift.grad(f))])
def test_a_graph_of_a_derivative(transform, function, remove):
    x, y = torch.randn(2, 4, 2, 3) if transform not in (oplift.grad, oplift.jacfwd) else torch.randn(2, 2, 3)
    derivative = transform(lambda a: function(a).square().sum())
    graph = make_fx(oplift.functionalize(derivative, remove=remove))(x)
    assert all(not target._schema.is_mutable for target in operators(graph)), graph.code
    assert_close(graph(y), derivative(y))


def test_other_objects_pass_through():
    assert oplift.functionalize(lambda x, n: (x, n, None))(torch.ones(1), "n")[1:] == ("n", None)


def test_misuse():
    with pytest.raises(RuntimeError, match=r"received invalid argument for remove=views[\s\S]*mutations_and_views"):
        oplift.functionalize(intermediate, remove="views")


def test_an_exception_leaves_nothing_behind():
    def f(x):
        x.add_(1)
        raise ValueError("mine")

    x = torch.zeros(2)
    for remove in REMOVE:
        with pytest.raises(ValueError, match="mine"):
            oplift.functionalize(f, remove=remove)(x)
    assert not STACK.levels
    assert_close(x, torch.zeros(2))
