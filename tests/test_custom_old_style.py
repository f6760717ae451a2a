"""torch.autograd.Function in the old style, forward(ctx, ...), which torch.func refuses."""

import pytest
import torch

import oplift
from oplift import grad, hessian, jacfwd, jvp, vjp, vmap


def data(*shape):
    return torch.randn(*shape, dtype=torch.float64)


class Norm(torch.autograd.Function):
    """Old style; saves an intermediate result, and a number that is no tensor. sum(x^2) * scale."""

    runs = 0

    @staticmethod
    def forward(ctx, x, scale=1.0):
        Norm.runs += 1
        doubled = 2 * x
        ctx.save_for_backward(doubled)
        ctx.scale = scale
        return (x.detach() ** 2).sum() * scale

    @staticmethod
    def backward(ctx, g):
        (doubled,) = ctx.saved_tensors
        return g * doubled * ctx.scale, None


class Dropout(torch.autograd.Function):
    """Old style, random: the mask that backward sees must be the one that forward drew."""

    @staticmethod
    def forward(ctx, x):
        ctx.mask = (torch.rand(x.shape) < 0.5).to(x.dtype)
        return x * ctx.mask

    @staticmethod
    def backward(ctx, g):
        return g * ctx.mask


class NumpySquare(torch.autograd.Function):
    """Old style, whose forward torch cannot look into."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.from_numpy(x.detach().numpy() ** 2)

    @staticmethod
    def backward(ctx, g):
        return NumpySquare.scaled(g, ctx.saved_tensors[0])

    @staticmethod
    def scaled(g, x):
        return 2 * g * x


loops = pytest.mark.filterwarnings("ignore::oplift.FallbackWarning")


@loops
@pytest.mark.parametrize(
    ("f", "truth"),
    [(Norm.apply, lambda x: (x**2).sum()), (lambda x: NumpySquare.apply(x).sum(), lambda x: (x**2).sum())],
)
def test_old_style_under_every_nesting(f, truth):
    x, t = data(4, 3), data(4, 3)
    for transform in (
        lambda f: f(x[0]),
        lambda f: vmap(f)(x),
        lambda f: vmap(vmap(f))(data(2, 4, 3) * 0 + x),
        lambda f: grad(f)(x[0]),
        lambda f: vmap(grad(f))(x),
        lambda f: grad(lambda x: vmap(f)(x).sin().sum())(x),
        lambda f: jvp(f, (x[0],), (t[0],)),
        lambda f: vmap(lambda x, t: jvp(f, (x,), (t,)))(x, t),
        lambda f: grad(lambda x: grad(lambda x: f(x).sin())(x).cos().sum())(x[0]),
        lambda f: hessian(lambda x: f(x).sin())(x[0]),
        lambda f: vmap(hessian(lambda x: f(x).sin()))(x),
        lambda f: vmap(vmap(grad(f)))(data(2, 4, 3) * 0 + x),
    ):
        torch.testing.assert_close(transform(f), transform(truth))


def test_old_style_with_a_jvp():
    class Square(Norm):
        @staticmethod
        def jvp(ctx, t, _):
            (doubled,) = ctx.saved_tensors
            return (t * doubled).sum() * ctx.scale

    f, truth = lambda x: Square.apply(x, 2.0).sin(), lambda x: (2 * (x**2).sum()).sin()
    x, t = data(3), data(3)
    torch.testing.assert_close(jvp(f, (x,), (t,)), jvp(truth, (x,), (t,)))
    torch.testing.assert_close(hessian(f)(x), hessian(truth)(x))
    torch.testing.assert_close(jacfwd(jacfwd(f))(x), hessian(truth)(x))


def test_old_style_runs_forward_once():
    Norm.runs = 0
    grad(lambda x: Norm.apply(x, 3.0))(data(3))
    assert Norm.runs == 1


def test_old_style_random_numbers_are_drawn_once():
    x = data(100)
    out, pull = vjp(Dropout.apply, x)
    torch.testing.assert_close(pull(torch.ones_like(x))[0], (out != 0).double())


def test_a_function_of_plain_tensors_sees_no_mode():
    class Filled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            out = torch.zeros(3, dtype=x.dtype)
            assert type(out) is torch.Tensor
            out[0] = x.sum()
            return out

        @staticmethod
        def backward(ctx, g):
            return g[:1].expand(3)

    x = data(3).requires_grad_()
    out = vmap(lambda y: Filled.apply(x) * y)(torch.ones(2).double())
    torch.testing.assert_close(torch.autograd.grad(out.sum(), x)[0], torch.full((3,), 2.0).double())


def test_a_second_derivative_through_random_numbers_is_refused():
    class Noisy(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            noise = torch.rand(3, dtype=torch.float64)
            ctx.save_for_backward(x * noise)
            return x * x * noise / 2

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0]

    x = data(3)
    grad(lambda x: Noisy.apply(x).sum())(x)
    with pytest.raises(oplift.MissingRule, match="Noisy: a second derivative needs.*draws random numbers"):
        grad(lambda x: grad(lambda x: Noisy.apply(x).sum())(x).sum())(x)


def test_old_style_records_for_plain_autograd():
    x = data(3).requires_grad_()
    (g,) = torch.autograd.grad(vmap(lambda y: Dropout.apply(x) * y)(torch.ones(2).double()).sum(), x)
    assert set(g.tolist()) <= {0.0, 2.0}
    (g,) = torch.autograd.grad(grad(lambda y: Norm.apply(y * x))(torch.ones(3).double()).sum(), x)
    torch.testing.assert_close(g, 4 * x.detach())


@loops
def test_old_style_that_stores_other_values_for_each_example():
    class Branch(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.positive = bool(x > 0)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2 if ctx.positive else g

    with pytest.raises(oplift.MissingRule, match="Branch stores other Python values in ctx for each example"):
        vmap(grad(Branch.apply))(torch.tensor([1.0, -1.0]))
