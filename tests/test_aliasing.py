"""In-place operators, views and boxes under every transform."""

import pytest
import torch

import oplift
from oplift import grad, jvp, vjp, vmap


def looped(f, *xs):
    return torch.stack([f(*(x[b].clone() for x in xs)) for b in range(len(xs[0]))])


def fill_row(x):
    y = torch.zeros(3, 4)
    y[1] = x
    return y


def accumulate(x):
    total = x.new_zeros(())
    for v in x:
        total += v * v
    return total.expand(2)


def through_view(x):
    y = x.clone()
    first = y[:2]
    first.mul_(3)
    y[3].add_(1)
    return y


def view_of_view(x):
    y = torch.zeros(2, 4)
    y.t()[1:3].copy_(x[:2, None].expand(2, 2))
    return y


def sees_siblings(x):
    y = x.clone()
    whole, part = y.view(2, 2), y[2:]
    part.zero_()
    return whole * 2 + part.sum()


def masked(x):
    y = x.clone()
    y[torch.tensor([True, False, True, False])] = x.sum()
    return y


def fancy(x):
    y = torch.zeros(2, 4)
    y[:, torch.tensor([0, 2])] = x[:2]
    return y


def out_argument(x):
    y = torch.empty(4)
    torch.mul(x, 2, out=y)
    return y


def reshaping(x):
    y = x.clone()
    y.unsqueeze_(0)
    return y * torch.ones(2, 1)


def operators(x):
    y = x.clone()
    y += x
    y *= 2
    y /= 3
    y -= 1
    return y


PROGRAMS = [
    fill_row, accumulate, through_view, view_of_view, sees_siblings, masked, fancy, out_argument, reshaping, operators,
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS)
def test_under_vmap(f):
    xs = torch.randn(5, 4)
    torch.testing.assert_close(vmap(f)(xs), looped(f, xs))


@pytest.mark.parametrize("f", PROGRAMS)
def test_under_nested_vmap(f):
    xs = torch.randn(2, 3, 4)
    want = torch.stack([looped(f, x) for x in xs])
    torch.testing.assert_close(vmap(vmap(f))(xs), want)


@pytest.mark.parametrize("f", PROGRAMS)
def test_derivatives(f):
    if f is out_argument:
        pytest.xfail("PyTorch itself does not differentiate out=, so there is no truth to compare with")
    x = torch.randn(4, dtype=torch.float64)

    def double(x):
        return f(x.double()) if f(x).dtype is not torch.float64 else f(x)

    torch.set_default_dtype(torch.float64)
    try:
        leaf = x.clone().requires_grad_()
        out = f(leaf)
        v = torch.randn_like(out)
        (want,) = torch.autograd.grad(out, leaf, v)
        _, pull = vjp(f, x)
        torch.testing.assert_close(pull(v)[0], want)
        t = torch.randn_like(x)
        _, out_t = jvp(f, (x,), (t,))
        torch.testing.assert_close((out_t * v).sum(), (want * t).sum())
        per_sample = vmap(grad(lambda x: (f(x) * v).sum()))(torch.stack([x, x]))
        torch.testing.assert_close(per_sample, torch.stack([want, want]))
    finally:
        torch.set_default_dtype(torch.float32)


def test_a_written_input_is_written_back():
    xs = torch.arange(6.0).reshape(3, 2)
    before = xs.clone()

    def f(x):
        x.mul_(2)
        return x.sum()

    assert torch.equal(vmap(f)(xs), (before * 2).sum(1))
    assert torch.equal(xs, before * 2)


def test_a_written_input_is_written_back_along_its_batch_dimension():
    xs = torch.arange(6.0).reshape(2, 3)
    before = xs.clone()

    def f(x):
        x[0] = 7.0
        return x * 1

    vmap(f, in_dims=1, out_dims=1)(xs)
    before[0] = 7.0
    assert torch.equal(xs, before)


def test_writing_a_tracer_into_a_captured_tensor_is_an_error():
    captured = torch.zeros(3)
    with pytest.raises(RuntimeError, match="made outside of the transformed function"):
        vmap(lambda x: captured.add_(x))(torch.ones(2, 3))
    with pytest.raises(RuntimeError, match="made outside of the transformed function"):
        vmap(lambda x: captured.__setitem__(0, x))(torch.ones(2))
    assert torch.equal(captured, torch.zeros(3))


def test_a_value_that_was_saved_is_not_changed_by_a_later_write():
    x = torch.randn(3)

    def f(w, x):
        y = w * x
        x = x.clone()
        z = w * x
        x.zero_()
        return (y + z).sum()

    torch.testing.assert_close(grad(f)(torch.ones(3), x), 2 * x)
    outer = vmap(lambda x: grad(lambda w: (w * x.add_(0) + w * x.mul_(2)).sum())(torch.ones(3)))
    torch.testing.assert_close(outer(x[None].clone()), 3 * x[None])


def test_changing_a_captured_tensor_that_a_tape_holds_is_an_error():
    captured = torch.ones(3)

    def f(x):
        y = x * captured
        captured.add_(1)
        return y.sum()

    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        grad(f)(torch.ones(3))


def test_a_tensor_that_escapes_says_so():
    kept = []
    vmap(lambda x: kept.append(x) or x)(torch.ones(2))
    with pytest.raises(oplift.EscapedTracer, match="has returned"):
        kept[0] + 1


def test_boxes_are_plain_tensors_outside():
    out = vmap(lambda x: (x, torch.zeros(2)))(torch.ones(3))[1]
    assert type(out) is torch.Tensor and out.shape == (3, 2)
    value = grad(lambda x: x.sum())(torch.ones(2))
    assert type(value) is torch.Tensor
