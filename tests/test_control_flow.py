"""torch.cond, while_loop, scan and their like inside of transforms, against Python's own control flow for each example."""

from __future__ import annotations

import pytest
import torch
from torch._higher_order_ops import associative_scan, scan, while_loop
from torch._higher_order_ops import map as map_over
from torch.testing import assert_close

from oplift import functionalize, grad, jacfwd, jvp, vmap


def conditional(x):
    return torch.cond(x.sum() > 0, lambda x: x.sin(), lambda x: 3 * x, (x,))


def conditional_in_python(x):
    return x.sin() if x.sum() > 0 else 3 * x


def loop(x):
    return while_loop(lambda x, n: x.sum() < 10, lambda x, n: (x * x + 1, n + 1), (x, torch.tensor(0)))[0]


def loop_in_python(x):
    while x.sum() < 10:
        x = x * x + 1
    return x


def scanned(x):
    return scan(lambda c, y: (c * y, {"sum": c + y}), x[0], x)[1]["sum"]


def scanned_in_python(x):
    carry, outs = x[0], []
    for y in x:
        carry, out = carry * y, carry + y
        outs.append(out)
    return torch.stack(outs)


PAIRS = {
    "cond": (conditional, conditional_in_python),
    "while_loop": (loop, loop_in_python),
    "scan": (scanned, scanned_in_python),
    "scan, reversed": (
        lambda x: scan(lambda c, y: (c * y, c + y), x[0], x, reverse=True)[1],
        lambda x: scanned_in_python_reversed(x),
    ),
    "associative_scan": (
        lambda x: associative_scan(lambda a, b: a * b, x, 0, combine_mode="generic"),
        lambda x: x.cumprod(0),
    ),
    "map": (lambda x: map_over(lambda y, z: y.sin() * z, x, x[1]), lambda x: x.sin() * x[1]),
}


def scanned_in_python_reversed(x):
    carry, outs = x[0], []
    for y in x.flip(0):
        carry, out = carry * y, carry + y
        outs.append(out)
    return torch.stack(outs[::-1])


@pytest.mark.parametrize("name", PAIRS)
def test_each_example_goes_its_own_way(name):
    f, in_python = PAIRS[name]
    xs = torch.tensor([[0.5, 1.0, -0.25], [-2.0, 0.5, 0.75], [3.0, 4.0, 5.0]])
    x, t = xs[0], torch.tensor([1.0, -2.0, 0.5])
    assert_close(vmap(f)(xs), torch.stack([in_python(x) for x in xs]))
    assert_close(vmap(f, in_dims=1)(xs.T), vmap(f)(xs))
    leaf = x.clone().requires_grad_()
    (in_python(leaf) * t).sum().backward()
    assert_close(grad(lambda x: (f(x) * t).sum())(x), leaf.grad)
    assert_close(jvp(f, (x,), (t,)), jvp(in_python, (x,), (t,)))
    assert_close(vmap(jacfwd(f))(xs), torch.stack([jacfwd(in_python)(x) for x in xs]))
    assert_close(vmap(grad(lambda x: f(x).sum()))(xs), torch.stack([grad(lambda x: in_python(x).sum())(x) for x in xs]))
    assert_close(functionalize(f)(x), in_python(x))


def test_nested_batches_and_a_predicate_that_is_the_same_for_all():
    def inner(x):
        return torch.cond(x > 0, lambda x: x + 100, lambda x: -x, (x,))

    xs = torch.tensor([[1.0, -2.0], [-3.0, 4.0]])
    assert_close(vmap(vmap(inner))(xs), torch.where(xs > 0, xs + 100, -xs))
    ran = []
    chosen = vmap(lambda x: torch.cond(torch.tensor([True]), lambda x: x + 100, lambda x: ran.append(x) or x, (x,)))(xs)
    assert_close(chosen, xs + 100)
    assert not ran


def test_branches_with_other_structures_are_refused():
    with pytest.raises(RuntimeError, match=r"torch.cond: a predicate that differs .* return the same structure"):
        vmap(lambda x: torch.cond(x > 0, lambda x: (x,), lambda x: x, (x,)))(torch.ones(2))


def test_outside_of_transforms_nothing_is_changed():
    x = torch.tensor([1.0, 2.0])
    assert_close(torch.compile(conditional, backend="eager", fullgraph=True)(x), x.sin())
    assert_close(conditional(-x), -3 * x)
