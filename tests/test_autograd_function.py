"""torch.autograd.Function inside transforms."""

import pytest
import torch

import oplift
from oplift import grad, hessian, jvp, vjp, vmap


class Cube(torch.autograd.Function):
    """Its derivative is off by a factor on purpose: 3.5 x^2, so a test sees whether backward was called."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return x**3

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3.5 * x**2

    @staticmethod
    def jvp(ctx, t):
        (x,) = ctx.saved_tensors
        return t * 3.5 * x**2


class WithVmap(torch.autograd.Function):
    calls = 0

    @staticmethod
    def forward(x, y):
        return x * y, x + y

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, gp, gs):
        x, y = ctx.saved_tensors
        return gp * y + gs, gp * x + gs

    @staticmethod
    def vmap(info, in_dims, x, y):
        WithVmap.calls += 1
        assert info.batch_size == 4
        x = x.movedim(in_dims[0], 0) if in_dims[0] is not None else x
        y = y.movedim(in_dims[1], 0) if in_dims[1] is not None else y
        return WithVmap.apply(x, y), (0, 0)


class OldStyle(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(ctx, x, scale):
        y = x.exp()
        ctx.save_for_backward(y)
        ctx.scale = scale
        return y * scale

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y * ctx.scale * 2, None


def test_backward_is_honoured():
    x = torch.randn(3, dtype=torch.float64)
    torch.testing.assert_close(grad(lambda x: Cube.apply(x).sum())(x), 3.5 * x**2)
    torch.testing.assert_close(jvp(Cube.apply, (x,), (torch.ones_like(x),))[1], 3.5 * x**2)


def test_under_vmap_and_nestings():
    xs = torch.randn(4, 3, dtype=torch.float64)
    f = lambda x: Cube.apply(x).sum()
    torch.testing.assert_close(vmap(Cube.apply)(xs), xs**3)
    torch.testing.assert_close(vmap(grad(f))(xs), 3.5 * xs**2)
    torch.testing.assert_close(grad(lambda xs: vmap(Cube.apply)(xs).sum())(xs), 3.5 * xs**2)
    torch.testing.assert_close(vmap(vmap(Cube.apply))(xs), xs**3)
    torch.testing.assert_close(hessian(f)(xs[0]), torch.diag(7 * xs[0]))
    torch.testing.assert_close(vmap(hessian(f))(xs), torch.stack([torch.diag(7 * x) for x in xs]))


def test_vmap_staticmethod():
    x, y = torch.randn(4, 3), torch.randn(3)
    product, total = vmap(WithVmap.apply, in_dims=(0, None))(x, y)
    assert WithVmap.calls == 1
    torch.testing.assert_close(product, x * y)
    torch.testing.assert_close(total, x + y)
    g = vmap(grad(lambda x, y: WithVmap.apply(x, y)[0].sum(), argnums=(0, 1)), in_dims=(0, None))(x, y)
    torch.testing.assert_close(g, (y.expand(4, 3), x))


def test_without_vmap_support_it_loops_with_a_warning():
    class Bare(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x * 2

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def backward(ctx, g):
            return g * 2

    with pytest.warns(oplift.FallbackWarning, match="Bare does not have vmap support.*vmap staticmethod"):
        out = vmap(Bare.apply)(torch.arange(2.0))
    torch.testing.assert_close(out, torch.tensor([0.0, 2.0]))


def test_old_style():
    x = torch.randn(3, dtype=torch.float64)
    torch.testing.assert_close(grad(lambda x: OldStyle.apply(x, 3.0).sum())(x), 6 * x.exp())
    xs = torch.randn(4, 3, dtype=torch.float64)
    torch.testing.assert_close(vmap(grad(lambda x: OldStyle.apply(x, 3.0).sum()))(xs), 6 * xs.exp())


def test_ordinary_autograd_outside():
    xs = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    (g,) = torch.autograd.grad(vmap(Cube.apply)(xs).sum(), xs)
    torch.testing.assert_close(g, 3.5 * xs.detach() ** 2)
    _, pull = vjp(Cube.apply, xs)
    (g,) = torch.autograd.grad(pull(torch.ones_like(xs))[0].sum(), xs)
    torch.testing.assert_close(g, 7 * xs.detach())


def test_outside_of_transforms_nothing_changes():
    x = torch.ones(2, requires_grad=True)
    Cube.apply(x).sum().backward()
    assert torch.equal(x.grad, torch.full((2,), 3.5))
