"""In-place operators, views and boxes under every transform."""

import pytest
import torch

import oplift
from oplift import grad, jvp, vjp, vmap
from oplift.op import operator
from oplift.rules.generated.index import FUNCTIONS
from oplift.stack import STACK


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


def _methods_that_write():
    """The in-place methods of one tensor that have a way of their own to their functional twin."""
    for path, base, names in FUNCTIONS:
        tensor_arguments = operator(names[0]).tensors if base.endswith("_") else ()
        if tensor_arguments == (0,) and sum(p.required for p in operator(names[0]).parameters) == 1:
            yield path.rpartition(".")[2]


@pytest.mark.parametrize("name", sorted(set(_methods_that_write())))
def test_an_in_place_method_is_its_twin_and_a_write(name):
    xs = torch.rand(3, 4, 4, dtype=torch.float64) * 0.8 + 0.1
    if name == "acosh_":
        xs = xs + 1
    if "bitwise" in name or name.startswith("logical"):
        xs = xs > 0.5
    twin, write = getattr(torch.Tensor, name.removesuffix("_")), getattr(torch.Tensor, name)

    def written(x):
        y = x.clone()
        view = y[1:]
        assert write(y) is y
        return y, view

    whole, view = vmap(written)(xs)
    torch.testing.assert_close(whole, torch.stack([twin(x) for x in xs]), equal_nan=True)
    torch.testing.assert_close(view, whole[:, 1:], equal_nan=True)
    if xs.dtype is torch.float64:
        g = vmap(grad(lambda x: written(x)[0].sum()))(xs)
        torch.testing.assert_close(g, vmap(grad(lambda x: twin(x).sum()))(xs), equal_nan=True)


@pytest.mark.parametrize("other", [2, 2.5, torch.tensor(3.0), torch.ones(4, dtype=torch.float64)])
@pytest.mark.parametrize("sign", ["+", "-", "*", "/"])
def test_augmented_assignment(sign, other):
    def f(x):
        y = x.clone()
        before = y
        scope = {"y": y, "other": other}
        exec(f"y {sign}= other", scope)
        assert scope["y"] is before
        return y

    xs = torch.randn(3, 4)
    torch.testing.assert_close(vmap(f)(xs), looped(f, xs))
    torch.testing.assert_close(
        grad(lambda x: f(x).sin().sum())(xs[0]),
        torch.autograd.functional.jacobian(lambda x: f(x).sin().sum(), xs[0]),
    )


def test_a_write_that_does_not_fit_leaves_the_tensor_as_it_was():
    def shape(x):
        x.add_(torch.ones(2, 3))

    def dtype(x):
        x.long().add_(x)

    with pytest.raises(RuntimeError, match="broadcast shape"):
        vmap(shape)(torch.ones(5, 3))
    with pytest.raises(RuntimeError, match="can't be cast"):
        vmap(dtype)(torch.ones(5, 3))


def test_rules_may_write_to_what_they_made():
    def decomposed(x):
        total = x.clone()
        total.mul_(2).add_(x)
        return total

    @oplift.custom_vjp
    def f(x):
        return decomposed(x)

    f.defvjp(lambda x: (decomposed(x), x), lambda x, g: (decomposed(g) + 0 * x,))
    xs = torch.randn(3, 4)
    torch.testing.assert_close(vmap(grad(lambda x: f(x).sum()))(xs), torch.full((3, 4), 3.0))


def test_a_mode_of_the_user_leaves_the_usual_way_as_it_was():
    class Nothing(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            return func(*args, **(kwargs or {}))

    def f(x):
        assert STACK.user
        with Nothing():
            y = x.clone()
            y += x.sin()
            y[0] = 1
            assert STACK.user
        assert STACK.user and not STACK.kept
        return y.t() * 2

    for context in (Nothing, torch.no_grad):
        with context():
            xs = torch.randn(3, 2, 2)
            torch.testing.assert_close(
                vmap(f)(xs), torch.stack([(x + x.sin()).index_fill(0, torch.tensor([0]), 1).t() * 2 for x in xs])
            )
            assert not STACK.user and not STACK.kept


def turned_base(x):
    y = x.clone()
    flat, row = y.view(-1), y[1]
    y.unsqueeze_(0)
    y.mul_(2)
    row.add_(1)
    flat[0] = 5.0
    y.squeeze_(0)
    y.t_()
    y[0].zero_()
    row.sin_()
    return torch.cat([y.flatten(), flat, row])


def turned_view(x):
    y = x.clone()
    part = y[1:]
    part.t_()
    row = part[0]
    part[1].mul_(2)
    row.exp_()
    y[2].add_(1)
    return torch.cat([y.flatten(), part.flatten(), row])


def turned_chunk(x):
    y = x.clone()
    first, second = y.chunk(2)
    second.unsqueeze_(0)
    second.mul_(first)
    y.transpose_(0, 1)
    y[0] = 0
    return torch.cat([y.flatten(), first.flatten(), second.flatten()])


@pytest.mark.parametrize("f", [turned_base, turned_view, turned_chunk])
def test_a_view_that_is_turned_in_place_stays_a_view(f):
    xs = torch.randn(3, 4, 4, dtype=torch.float64)
    torch.testing.assert_close(vmap(f)(xs), looped(f, xs))
    torch.testing.assert_close(vjp(f, xs[0])[0], f(xs[0]))
    jacobian = torch.autograd.functional.jacobian(turned_base, xs[0])
    torch.testing.assert_close(oplift.jacfwd(turned_base)(xs[0]), jacobian)
    torch.testing.assert_close(oplift.jacrev(turned_base)(xs[0]), jacobian)


WRITES = {
    "mul_": lambda y, x: y.mul_(x),
    "sin_": lambda y, x: y.sin_(),
    "copy_": lambda y, x: y.copy_(x),
    "fill_": lambda y, x: y.fill_(3.0),
    "to a view": lambda y, x: y.view(1)[0].mul_(x),
}


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # of torch.func.jvp
@pytest.mark.parametrize("name", WRITES)
def test_a_write_under_no_grad_keeps_the_history_at_every_level(name):
    """In nestings of both modes, against torch.func."""

    def f(x):
        y = x * x
        with torch.no_grad():
            WRITES[name](y, x)
        return y * y * x

    def nested(library):
        pushed = lambda f: lambda x: library.jvp(f, (x,), (torch.ones_like(x),))[1]
        g = library.grad
        return [
            g(pushed(f)),
            pushed(g(f)),
            g(g(f)),
            pushed(pushed(f)),
            g(pushed(g(f))),
            g(g(pushed(f))),
            g(pushed(pushed(f))),
        ]

    x = torch.tensor(2.0, dtype=torch.float64)
    for ours, theirs in zip(nested(oplift), nested(torch.func), strict=True):
        torch.testing.assert_close(ours(x), theirs(x))
