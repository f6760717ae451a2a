"""Transforms beside what else PyTorch has: autograd, grad modes, autocast, make_fx, FakeTensor, torch.compile, modules."""

import pytest
import torch
import torch.nn.functional as F
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx

import oplift
from oplift import grad, hessian, jacfwd, jacrev, jvp, vjp, vmap


def loss(w, x):
    return torch.tanh(x @ w).pow(2).sum()


def test_results_are_differentiable_by_autograd():
    w = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    xs = torch.randn(5, 3, dtype=torch.float64)
    out = vmap(grad(loss), in_dims=(None, 0))(w, xs)
    (got,) = torch.autograd.grad(out.sin().sum(), w)
    rows = [torch.autograd.grad(loss(w, x), w, create_graph=True)[0] for x in xs]
    (want,) = torch.autograd.grad(torch.stack(rows).sin().sum(), w)
    torch.testing.assert_close(got, want)


@pytest.mark.parametrize("transform", [jacrev, jacfwd, hessian, grad])
def test_every_transform_is_differentiable_outside(transform):
    x = torch.randn(3, dtype=torch.float64, requires_grad=True)
    f = (lambda x: x.sin().prod()) if transform in (grad, hessian) else (lambda x: x.sin() * x.sum())
    assert torch.autograd.gradcheck(transform(f), (x,))


def test_no_grad():
    x = torch.randn(3)

    def f(x):
        with torch.no_grad():
            c = x * 2
        return (x * c).sum()

    torch.testing.assert_close(grad(f)(x), 2 * x)
    with torch.no_grad():
        torch.testing.assert_close(grad(lambda x: (x * x).sum())(x), 2 * x)
    y = x.clone().requires_grad_()
    with torch.no_grad():
        assert not grad(lambda x: (x * x).sum())(y).requires_grad
    inner = grad(lambda x: grad(lambda y: (y * x.detach() * x).sum())(x).sum())
    torch.testing.assert_close(inner(x), x)


def test_no_grad_of_an_inner_function_stops_the_outer_tape_too():
    def inner(y, x):
        with torch.no_grad():
            z = x * x
        return (y * z).sum()

    def f(x):
        return grad(inner)(torch.ones(3), x).sum()

    x = torch.randn(3)
    want = torch.func.grad(lambda x: torch.func.grad(inner)(torch.ones(3), x).sum())(x)
    torch.testing.assert_close(grad(f)(x), want)


def test_grad_mode_is_restored():
    with torch.no_grad():
        grad(lambda x: x.sum())(torch.ones(2))
        assert not torch.is_grad_enabled()
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: x.sum() / 0 if 1 // 0 else x)(torch.ones(2))
    assert torch.is_grad_enabled()


def test_detach():
    x = torch.randn(3)
    torch.testing.assert_close(grad(lambda x: (x * x.detach()).sum())(x), x)
    torch.testing.assert_close(jvp(lambda x: x * x.detach(), (x,), (torch.ones(3),))[1], x)


def test_torch_autograd_grad_inside_vmap():
    x = torch.randn(3, requires_grad=True)
    y = x.sin() * x.sum()
    rows = vmap(lambda v: torch.autograd.grad(y, x, v, retain_graph=True)[0])(torch.eye(3))
    torch.testing.assert_close(rows, torch.autograd.functional.jacobian(lambda x: x.sin() * x.sum(), x))
    with pytest.raises(RuntimeError, match="use oplift.grad|Use oplift.grad"):
        grad(lambda x: torch.autograd.grad(x.sum(), x)[0].sum())(torch.ones(3))


def test_autocast():
    w, xs = torch.randn(8, 8), torch.randn(4, 8)

    def f(x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return x @ w

    out = vmap(f)(xs)
    assert out.dtype is torch.bfloat16
    torch.testing.assert_close(out, torch.stack([f(x) for x in xs]), rtol=1e-2, atol=1e-2)
    g = vmap(grad(lambda x: f(x).float().sum()))(xs)
    assert g.dtype is torch.float32
    torch.testing.assert_close(g, w.sum(1).expand(4, 8), rtol=3e-2, atol=3e-2)


def test_make_fx():
    w, xs = torch.randn(3, 2), torch.randn(5, 3)
    f = vmap(grad(loss), in_dims=(None, 0))
    traced = make_fx(f)(w, xs)
    ys = torch.randn(5, 3)
    torch.testing.assert_close(traced(w, ys), f(w, ys))
    assert "tanh" in traced.code


def test_fake_tensors():
    with FakeTensorMode() as mode:
        xs = mode.from_tensor(torch.randn(5, 3))
        out = vmap(hessian(lambda x: x.sin().prod()))(xs)
    assert out.shape == (5, 3, 3)


def test_torch_compile_is_correct():
    xs = torch.randn(5, 3)
    f = lambda x: vmap(grad(lambda x: x.sin().sum()))(x) + 1
    torch.testing.assert_close(torch.compile(f, backend="eager")(xs), xs.cos() + 1)


def test_default_device_and_dtype_inside():
    with torch.device("meta"):
        out = vmap(lambda x: x + torch.zeros(3))(torch.ones(2, 3, device="meta"))
    assert out.device.type == "meta"
    with torch.device("cpu"):
        assert vmap(lambda x: x * torch.ones(3))(torch.ones(2, 3)).shape == (2, 3)


def test_a_mode_of_the_user_inside_and_outside():
    class Log(torch.overrides.TorchFunctionMode):
        def __init__(self):
            self.names = []

        def __torch_function__(self, func, types, args=(), kwargs=None):
            self.names.append(getattr(func, "__name__", ""))
            return func(*args, **(kwargs or {}))

    inside = Log()

    def f(x):
        with inside:
            return torch.sin(x)

    xs = torch.randn(3)
    torch.testing.assert_close(vmap(f)(xs), xs.sin())
    assert "sin" in inside.names
    with Log():
        torch.testing.assert_close(vmap(grad(torch.sin))(xs), xs.cos())


def test_pytorch_modules_under_per_sample_gradients():
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    params = {k: p.detach() for k, p in model.named_parameters()}
    xs, ys = torch.randn(6, 4), torch.randint(3, (6,))

    def f(params, x, y):
        return F.cross_entropy(oplift.functional_call(model, params, (x[None],)), y[None])

    got = vmap(grad(f), in_dims=(None, 0, 0))(params, xs, ys)
    for b in range(6):
        want = torch.autograd.grad(F.cross_entropy(model(xs[b][None]), ys[b][None]), list(model.parameters()))
        for g, w in zip(got.values(), want, strict=True):
            torch.testing.assert_close(g[b], w)


def test_einops():
    einops = pytest.importorskip("einops")
    xs = torch.randn(4, 6, 5)
    f = lambda x: einops.rearrange(einops.repeat(x, "(a b) c -> a b c r", a=2, r=3), "a b c r -> (r c) (a b)")
    torch.testing.assert_close(vmap(f)(xs), torch.stack([f(x) for x in xs]))


def test_vjp_pullback_can_be_called_many_times_and_under_vmap():
    x = torch.randn(3)
    _, pull = vjp(lambda x: x.sin() * x.sum(), x)
    v = torch.randn(3)
    torch.testing.assert_close(pull(v)[0], pull(v)[0])
    torch.testing.assert_close(vmap(lambda v: pull(v)[0])(torch.eye(3)), jacrev(lambda x: x.sin() * x.sum())(x))
