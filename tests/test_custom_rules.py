"""custom_vjp, custom_jvp and custom_batch."""

import gc
import weakref

import pytest
import torch

import oplift
from oplift import grad, hessian, jacfwd, jacrev, jvp, vjp, vmap

FACTOR = 3.0  # rules are off by it, so that a test sees whether a rule was used


def by_vjp():
    @oplift.custom_vjp
    def f(x, y):
        return {"product": x.sin() * y["y"], "sum": x + y["y"]}

    def fwd(x, y):
        return f(x, y), (x, y["y"])

    def bwd(residuals, ct):
        x, y = residuals
        gx = FACTOR * ct["product"] * x.cos() * y + ct["sum"]
        return gx, {"y": FACTOR * ct["product"] * x.sin() + ct["sum"]}

    f.defvjp(fwd, bwd)
    return f


def by_jvp():
    @oplift.custom_jvp
    def f(x, y):
        return {"product": x.sin() * y["y"], "sum": x + y["y"]}

    @f.defjvp
    def f_jvp(primals, tangents):
        x, y = primals
        x_t, y_t = tangents
        ts = {
            "product": FACTOR * (x.cos() * y["y"] * x_t + x.sin() * y_t["y"]),
            "sum": x_t + y_t["y"],
        }
        return f(x, y), ts

    return f


class Truth(torch.autograd.Function):
    """sin(x) * y whose derivative is FACTOR times too large."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x, y):
        return x.sin() * y

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return FACTOR * g * x.cos() * y, FACTOR * g * x.sin()

    @staticmethod
    def jvp(ctx, x_t, y_t):
        x, y = ctx.saved_tensors
        return FACTOR * (x.cos() * y * x_t + x.sin() * y_t)


def truth(x, y):
    return {"product": Truth.apply(x, y["y"]), "sum": x + y["y"]}


def data(*shape):
    return torch.randn(*shape, dtype=torch.float64)


@pytest.fixture(params=[by_vjp, by_jvp], ids=["vjp", "jvp"])
def f(request):
    return request.param()


def scalar(f):
    return lambda x, y: sum(o.sin().sum() for o in f(x, {"y": y}).values())


def test_every_nesting(f):
    x, y, t = data(4, 3), data(3), data(4, 3)
    flat = lambda f: lambda x, y: f(x, {"y": y})
    both = lambda f: vmap(f, (0, None))
    for transform in (
        lambda f: flat(f)(x, y),
        lambda f: grad(scalar(f), (0, 1))(x[0], y),
        lambda f: jvp(flat(f), (x[0], y), (t[0], y)),
        lambda f: jvp(lambda x: flat(f)(x, y), (x[0],), (t[0],)),
        lambda f: both(flat(f))(x, y),
        lambda f: both(grad(scalar(f), (0, 1)))(x, y),
        lambda f: grad(lambda x, y: both(scalar(f))(x, y).sum(), (0, 1))(x, y),
        lambda f: jvp(both(flat(f)), (x, y), (t, y)),
        lambda f: both(lambda x, y: jvp(flat(f), (x, y), (y, x)))(x, y),
        lambda f: jacrev(flat(f), (0, 1))(x[0], y),
        lambda f: jacfwd(flat(f), (0, 1))(x[0], y),
    ):
        torch.testing.assert_close(transform(f), transform(truth))


def test_second_order(f):
    x, y = data(4, 3), data(3)
    for transform in (
        lambda f: hessian(scalar(f), (0, 1))(x[0], y),
        lambda f: jacrev(jacrev(scalar(f)))(x[0], y),
        lambda f: vmap(hessian(scalar(f)), (0, None))(x, y),
        lambda f: vmap(vmap(grad(scalar(f))), (0, None))(data(5, 4, 3) * 0 + x, x),
    ):
        torch.testing.assert_close(transform(f), transform(truth))


def test_plain_autograd_uses_the_rule(f):
    x, y = data(3).requires_grad_(), data(3).requires_grad_()
    out = scalar(f)(x, y)
    expected = scalar(truth)(x, y)
    for a, b in zip(
        torch.autograd.grad(out, (x, y), create_graph=True),
        torch.autograd.grad(expected, (x, y), create_graph=True),
        strict=True,
    ):
        torch.testing.assert_close(a, b)
        seconds = [torch.autograd.grad(g.cos().sum(), (x, y), retain_graph=True) for g in (a, b)]
        torch.testing.assert_close(*seconds)
    (g,) = torch.autograd.grad(vmap(scalar(f), (0, None))(x.expand(2, 3), y).sum(), x)
    (e,) = torch.autograd.grad(2 * scalar(truth)(x, y), x)
    torch.testing.assert_close(g, e)


def test_both_rules_are_used_each_for_its_direction():
    @oplift.custom_vjp
    def f(x):
        return x * 1

    f.defvjp(lambda x: (f(x), None), lambda _, g: (g * 2,))
    f.defjvp(lambda primals, tangents: (f(*primals), tangents[0] * 5))
    x = data(3)
    torch.testing.assert_close(vjp(f, x)[1](x)[0], 2 * x)
    torch.testing.assert_close(jvp(f, (x,), (x,))[1], 5 * x)
    torch.testing.assert_close(vmap(lambda x: jvp(f, (x,), (x,))[1])(x), 5 * x)


def test_nondiff_arguments_and_keywords():
    @oplift.custom_vjp(nondiff_argnums=(0, 2))
    def powered(op, x, power=2):
        return op(x) ** power

    with pytest.raises(oplift.OpliftError, match=r"no rule is given yet; call powered.defvjp\(fwd, bwd\)"):
        powered(torch.sin, data(2))
    seen = []

    def bwd(op, power, x, g):
        seen.append((op, power))
        return (g * x,)

    powered.defvjp(lambda op, x, power: (powered(op, x, power), x), bwd)
    x = data(3)
    torch.testing.assert_close(grad(lambda x: powered(torch.sin, x, power=3).sum())(x), x)
    assert seen == [(torch.sin, 3)]
    torch.testing.assert_close(vmap(grad(lambda x: powered(torch.sin, x)))(x), x)
    weight = data(3)
    scaled = vmap(lambda x, p: powered(torch.exp, x, p))(x, weight)
    torch.testing.assert_close(scaled, x.exp() ** weight)
    per_example = vmap(grad(lambda x, p: powered(torch.exp, x, p)))(x, weight)
    torch.testing.assert_close(per_example, x)
    with pytest.raises(oplift.OpliftError, match="argument 2 is among nondiff_argnums"):
        grad(lambda p: powered(torch.exp, x, p).sum())(weight)
    with pytest.raises(ValueError, match="tuple of non-negative positions"):
        oplift.custom_vjp(lambda x: x, nondiff_argnums=0)


def test_batching_rule():
    calls = []

    @oplift.custom_batch
    def f(x, y):
        return x.sum() * y, x.sum()

    @f.defbatch
    def rule(size, in_dims, x, y):
        calls.append((size, in_dims))
        x = x if in_dims[0] == 0 else x.expand(size, *x.shape)
        total = x.sum(1)
        y = y if in_dims[1] == 0 else y[None]
        return ((total[:, None] * y).mT, total), (1, 0)

    x, y = data(4, 3), data(2)
    expected = (x.sum(1)[:, None] * y, x.sum(1))
    torch.testing.assert_close(vmap(f, (0, None))(x, y), expected)
    assert calls == [(4, (0, None))]
    twice = vmap(vmap(f, (0, None)), (None, 0))(x, data(5, 2) * 0 + y)
    torch.testing.assert_close(twice[0], expected[0].expand(5, 4, 2))
    g = grad(lambda x: vmap(f, (0, None))(x, y)[0].sum())(x)
    torch.testing.assert_close(g, y.sum().expand(4, 3))
    g = vmap(grad(lambda x, y: f(x, y)[0].sum()), (0, None))(x, y)
    torch.testing.assert_close(g, y.sum().expand(4, 3))
    tangent = jvp(lambda x: vmap(f, (0, None))(x, y)[0], (x,), (x,))[1]
    torch.testing.assert_close(tangent, expected[0])
    leaf = x.clone().requires_grad_()
    torch.testing.assert_close(torch.autograd.grad(f(leaf[0], y)[1], leaf)[0][0], torch.ones(3, dtype=torch.float64))

    @oplift.custom_batch
    def same(x):
        return x * 0

    same.defbatch(lambda size, in_dims, x: (torch.zeros(3, dtype=x.dtype), None))
    assert vmap(same, out_dims=None)(x).shape == (3,)
    wrong = oplift.custom_batch(lambda x: x)
    wrong.defbatch(lambda size, in_dims, x: x)
    with pytest.raises(oplift.OpliftError, match="must return a pair"):
        vmap(wrong)(x)


def test_a_captured_tensor_is_refused():
    @oplift.custom_vjp
    def f(x):
        return x * 2

    x, w = data(3), data(3)

    def loss(w):
        g = oplift.custom_vjp(lambda x: x * w)
        g.defvjp(lambda x: (x * w, None), lambda _, ct: (ct,))
        return g(x * w).sum()

    with pytest.raises(oplift.OpliftError, match="captured from an outer function.*pass it as an argument"):
        grad(loss)(w)

    def fine(x, w):  # captured of an outer transform: the rule runs inside of it
        g = oplift.custom_vjp(lambda x: x * w)
        g.defvjp(lambda x: (x * w, w), lambda w, ct: (ct * w,))
        return g(x).sum()

    torch.testing.assert_close(vmap(grad(fine))(torch.stack([x, x]), torch.stack([w, 2 * w])), torch.stack([w, 2 * w]))


def test_random_numbers():
    @oplift.custom_vjp
    def drop(x):
        return x * (torch.rand(x.shape) < 0.5)

    def fwd(x):
        mask = (torch.rand(x.shape) < 0.5).to(x.dtype)
        return x * mask, mask

    drop.defvjp(fwd, lambda mask, g: (g * mask,))
    gradient, ones = grad(lambda x: drop(x).sum()), torch.ones(4, 3, 20)
    for f in (drop, gradient):
        with pytest.raises(RuntimeError, match="randomness error mode"):
            vmap(f)(ones[0])
        other = vmap(f, randomness="different")(ones[0])
        assert len(other.unique(dim=0)) == 3
        same = vmap(f, randomness="same")(ones[0])
        assert len(same.unique(dim=0)) == 1
        nested = vmap(vmap(f, randomness="same"), randomness="different")(ones)
        assert nested.unique(dim=1).shape == (4, 1, 20)
        assert len(nested.unique(dim=0)) == 4
        outer = vmap(lambda w, f=f: w * vmap(f, randomness="different")(ones[0]), randomness="different")(torch.ones(2))
        assert not torch.equal(*outer)


def test_symbolic_zeros_integers_and_unused_outputs():
    @oplift.custom_vjp
    def f(x, n):
        return x * 2, x * 3, n + 1

    def bwd(shape, cts):
        assert all(ct is None or isinstance(ct, torch.Tensor) for ct in cts)
        return cts[0] * 2 + cts[1] * 3, None

    f.defvjp(lambda x, n: ((x * 2, x * 3, n + 1), None), bwd)
    x, n = data(3), torch.arange(3)
    torch.testing.assert_close(grad(lambda x: f(x, n)[0].sum())(x), torch.full_like(x, 2))
    torch.testing.assert_close(jvp(lambda x: f(x, n)[1], (x,), (x,))[1], 3 * x)
    leaf = x.clone().requires_grad_()
    torch.testing.assert_close(torch.autograd.grad(f(leaf, n)[1].sum(), leaf)[0], torch.full_like(x, 3))


def test_wrong_rules_say_what_is_wrong():
    x = data(3)
    f = oplift.custom_vjp(lambda x, y: x)
    f.defvjp(lambda x, y: (x, None), lambda _, g: g)
    with pytest.raises(oplift.OpliftError, match="bwd must return a tuple of 2 cotangents.*got a "):
        grad(lambda x: f(x, x).sum())(x)
    f.defvjp(lambda x, y: (x, None), lambda _, g: ((g, g), None))
    with pytest.raises(oplift.OpliftError, match=r"bwd returned \(\*, \*\) for argument 0"):
        grad(lambda x: f(x, x).sum())(x)
    f.defvjp(lambda x, y: x, lambda _, g: (g, g))
    with pytest.raises(oplift.OpliftError, match="fwd must return a pair"):
        grad(lambda x: f(x, x).sum())(x)
    f = oplift.custom_jvp(lambda x: (x, x))
    f.defjvp(lambda primals, tangents: ((primals[0], primals[0]), tangents[0]))
    with pytest.raises(oplift.OpliftError, match="tangents of structure"):
        jvp(f, (x,), (x,))


def test_in_place_code_and_methods():
    class Layer:
        @oplift.custom_jvp
        def __call__(self, x):
            y = torch.zeros(3, dtype=x.dtype)
            y += x
            y[0] = x.sum()
            return y

    @Layer.__call__.defjvp
    def rule(primals, tangents):
        layer, x = primals
        t = tangents[1].clone()
        t[0] = tangents[1].sum()
        return layer(x), t

    layer, x = Layer(), data(4, 3)
    expected = torch.cat([x.sum(1, keepdim=True), x[:, 1:]], 1)
    torch.testing.assert_close(vmap(layer)(x), expected)
    torch.testing.assert_close(vmap(lambda x: jvp(layer, (x,), (x,))[1])(x), expected)
    torch.testing.assert_close(grad(lambda x: layer(x).sum())(x[0]), torch.tensor([1.0, 2.0, 2.0]).double())


def test_nothing_is_held():
    f, old = by_vjp(), torch.randn(3).double()
    refs = []

    def loss(x):
        y = x * 2
        refs.append(weakref.ref(y.value))
        return scalar(f)(y, old)

    grad(loss)(data(3))
    vmap(grad(loss))(data(4, 3))
    of_plain = scalar(f)(data(3).requires_grad_() * 2, old)
    refs.append(weakref.ref(of_plain))
    del of_plain
    gc.collect()
    assert [r() for r in refs] == [None] * 3


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")  # of torch, at a graph break
def test_under_torch_compile():
    f = by_vjp()
    compiled = torch.compile(scalar(f), backend="eager")
    x, y = data(3).requires_grad_(), data(3)
    torch.testing.assert_close(torch.autograd.grad(compiled(x, y), x), torch.autograd.grad(scalar(truth)(x, y), x))
