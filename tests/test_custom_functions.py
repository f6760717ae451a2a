"""The corners of torch.autograd.Function: ctx, containers, arguments that are written, views, and what is refused."""

import subprocess
import sys
from typing import ClassVar

import pytest
import torch
from torch.autograd.function import once_differentiable
from torch.utils.checkpoint import checkpoint

import oplift
from oplift import grad, hessian, jacfwd, jvp, vjp, vmap


def data(*shape):
    return torch.randn(*shape, dtype=torch.float64)


loops = pytest.mark.filterwarnings("ignore::oplift.FallbackWarning")


class Scale(torch.autograd.Function):
    """New style with everything that ctx offers."""

    seen: ClassVar[list] = []

    @staticmethod
    def forward(x, y, options, exponent=2):
        return x * y, (x > 0).to(x.dtype), options["shift"] + exponent

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, y, _, exponent = inputs
        ctx.save_for_backward(x, None, y)
        ctx.save_for_forward(y, x)
        ctx.mark_non_differentiable(output[1])
        ctx.set_materialize_grads(False)
        ctx.exponent = exponent

    @staticmethod
    def backward(ctx, g, g_mask, g_number):
        Scale.seen.append((ctx.needs_input_grad, g_mask, g_number, ctx.exponent))
        x, nothing, y = ctx.saved_tensors
        assert nothing is None
        return g * y if ctx.needs_input_grad[0] else None, g * x if ctx.needs_input_grad[1] else None, None, None

    @staticmethod
    def jvp(ctx, x_t, y_t, *rest):
        assert rest == (None, None)
        y, x = ctx.saved_tensors
        return (0 if x_t is None else x_t * y) + (0 if y_t is None else y_t * x), None, None

    @staticmethod
    def vmap(info, in_dims, x, y, options, exponent):
        assert in_dims[2:] == ({"shift": None}, None)  # in the structure of the arguments, as in PyTorch
        x, y = (a if d is None else a.movedim(d, 0) for a, d in zip((x, y), in_dims[:2], strict=True))
        product, mask, number = Scale.apply(x, y, options, exponent)
        return (product, mask, number), (0, None if in_dims[0] is None else 0, None)


def test_everything_that_ctx_offers():
    Scale.seen.clear()
    x, y = data(4, 3), data(3)
    f = lambda x, y: Scale.apply(x, y, {"shift": 1})
    product, mask, number = vmap(f, (0, None), (0, 0, None))(x, y)
    torch.testing.assert_close((product, mask), (x * y, (x > 0).double()))
    assert number == 3
    torch.testing.assert_close(grad(lambda x: sum(f(x, y)[:2]).sum())(x), y.expand(4, 3))
    assert Scale.seen == [((True, False, False, False), None, None, 2)]
    torch.testing.assert_close(jvp(lambda x: f(x, y)[:2], (x,), (x,))[1], (x * y, torch.zeros(4, 3).double()))
    found = vmap(grad(lambda x, y: Scale.apply(x, y, exponent=5, options={"shift": 1})[0].sum(), 1), (0, None))(x, y)
    torch.testing.assert_close(found, x)
    assert Scale.seen[-1][3] == 5
    with pytest.raises(TypeError, match="missing a required argument: 'options'"):
        grad(lambda x: Scale.apply(x, y)[0].sum())(x)


def test_tensors_in_containers_are_batched_and_have_no_gradient():
    class Total(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(xs, y):
            return xs[0] * xs[1]["a"] * y

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0][0])

        @staticmethod
        def backward(ctx, g):
            return None, g * ctx.saved_tensors[0]

    a, b, y = data(4, 3), data(4, 3), data(3)
    f = lambda a, b, y: Total.apply([a, {"a": b}], y)
    torch.testing.assert_close(vmap(f, (0, 0, None))(a, b, y), a * b * y)
    assert not grad(lambda a: f(a, b, y).sum())(a).any()
    torch.testing.assert_close(vmap(grad(lambda a, b, y: f(a, b, y).sum(), 2), (0, 0, None))(a, b, y), a)


class Exp_(torch.autograd.Function):
    """Writes its argument."""

    @staticmethod
    def forward(x, y):
        x.exp_()
        x.mul_(y)
        return x, y + 1

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.mark_dirty(inputs[0])
        ctx.save_for_backward(inputs[0], inputs[1])

    @staticmethod
    def backward(ctx, g, g_y):
        x, y = ctx.saved_tensors
        return g * x, g * x / y + g_y


class OldExp_(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        x.exp_().mul_(y)
        ctx.mark_dirty(x)
        ctx.save_for_backward(x, y)
        return x, y + 1

    backward = Exp_.backward


@loops
@pytest.mark.parametrize("function", [Exp_, OldExp_])
def test_mark_dirty(function):
    def f(x, y):
        z = x * 1
        before = z.sin()  # its derivative reads z as it was
        view = z[:1]
        out, other = function.apply(z, y)
        assert out is z
        return (z * before).sum() + view.sum() + other.sum()

    def truth(x, y):
        z = x.exp() * y
        return (z * x.sin()).sum() + z[:1].sum() + (y + 1).sum()

    x, y = data(4, 3), data(3)
    for transform in (
        lambda f: grad(f, (0, 1))(x[0], y),
        lambda f: vmap(f, (0, None))(x, y),
        lambda f: vmap(grad(f, (0, 1)), (0, None))(x, y),
        lambda f: jvp(f, (x[0], y), (y, y)),
        lambda f: vmap(hessian(f), (0, None))(x, y),
    ):
        kept = x.clone()
        torch.testing.assert_close(transform(f), transform(truth))
        torch.testing.assert_close(x, kept)


def test_an_argument_of_a_transform_that_is_written():
    x, y = data(4, 3), data(3)
    given = x.clone()
    out = vmap(lambda x, y: OldExp_.apply(x, y)[0] * 1, (0, None))
    with pytest.warns(oplift.FallbackWarning):
        found = out(given, y)
    torch.testing.assert_close(found, x.exp() * y)
    torch.testing.assert_close(given, x.exp() * y)  # as an in-place operator would


def test_mark_dirty_out_of_sight_is_refused():
    def hidden(ctx, x):
        getattr(ctx, "mark_" + "dirty")(x)

    class Hidden(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x.exp_()

        @staticmethod
        def setup_context(ctx, inputs, output):
            hidden(ctx, inputs[0])

        @staticmethod
        def backward(ctx, g):
            return g

    with pytest.raises(oplift.OpliftError, match="Call ctx.mark_dirty in the body of setup_context"):
        grad(lambda x: Hidden.apply(x * 1).sum())(data(3))


def test_views_and_inputs_that_are_returned():
    class Parts(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x, y):
            return x, x[:2], y

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.n = inputs[0].shape[0]

        @staticmethod
        def backward(ctx, g, g_part, g_y):
            return g + torch.nn.functional.pad(g_part, (0, ctx.n - 2)), g_y

    def f(x, y):
        a, b, c = Parts.apply(x, y)
        assert a is not x
        return (a * 2).sum() + (b * 3).sum() + (c * 5).sum()

    x, y = data(4, 3), data(3)
    expected = torch.tensor([5.0, 5.0, 2.0], dtype=torch.float64)
    torch.testing.assert_close(grad(f)(x[0], y), expected)
    torch.testing.assert_close(vmap(grad(f), (0, None))(x, y), expected.expand(4, 3))
    torch.testing.assert_close(jacfwd(f)(x[0], y), expected)


def test_once_differentiable():
    class Once(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x):
            return x**3

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0])

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            return 3 * g * ctx.saved_tensors[0] ** 2

    x = data(4, 3)
    torch.testing.assert_close(vmap(grad(lambda x: Once.apply(x).sum()))(x), 3 * x**2)
    torch.testing.assert_close(grad(lambda x: vmap(Once.apply)(x).sum())(x), 3 * x**2)
    for transform in (
        lambda: grad(lambda x: grad(lambda x: Once.apply(x).sum())(x).sum())(x[0]),
        lambda: vmap(hessian(lambda x: Once.apply(x).sum()))(x),
        lambda: jvp(Once.apply, (x,), (x,)),
    ):
        with pytest.raises(oplift.MissingRule, match="Once: trying to differentiate twice.*@once_differentiable"):
            transform()


def test_the_decorators_of_amp():
    class Cast(torch.autograd.Function):
        @staticmethod
        @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.float() ** 2

        @staticmethod
        @torch.amp.custom_bwd(device_type="cpu")
        @once_differentiable
        def backward(ctx, g):
            return 2 * g * ctx.saved_tensors[0]

    x = torch.randn(3)
    torch.testing.assert_close(grad(lambda x: Cast.apply(x).sum())(x), 2 * x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out, pull = vjp(lambda x: Cast.apply(x.bfloat16()), x)
        assert out.dtype is torch.float32
        assert pull(torch.ones(3))[0].dtype is torch.float32
    with pytest.raises(oplift.MissingRule, match="once_differentiable"):
        hessian(lambda x: Cast.apply(x).sum())(x)


def test_a_wrong_number_of_derivatives():
    class Few(torch.autograd.Function):
        @staticmethod
        def forward(x, y):
            return x * 2, y * 2

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def backward(ctx, g, h):
            return g

        @staticmethod
        def jvp(ctx, x_t, y_t):
            return x_t

    x = data(3)
    with pytest.raises(RuntimeError, match="FewBackward returned an incorrect number of gradients.*expected 2, got 1"):
        grad(lambda x: Few.apply(x, x)[0].sum())(x)
    with pytest.raises(RuntimeError, match="Few.jvp returned 1 tangents for 2 outputs"):
        jvp(lambda x: Few.apply(x, x), (x,), (x,))


def test_a_function_without_derivative():
    class Nothing(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x):
            return x * 2

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

    torch.testing.assert_close(vmap(Nothing.apply)(torch.ones(2)), torch.full((2,), 2.0))
    with pytest.raises(oplift.MissingRule, match="Nothing cannot be differentiated: the Function defines no backward"):
        grad(lambda x: Nothing.apply(x).sum())(torch.ones(2))


def test_both_vmap_and_generate_vmap_rule_are_refused():
    class Both(Scale):
        generate_vmap_rule = True

    with pytest.raises(RuntimeError, match="Both: generate_vmap_rule=True and a vmap staticmethod"):
        vmap(lambda x: Both.apply(x, x, {"shift": 1}))(torch.ones(2))


@pytest.mark.parametrize("reentrant", [True, False])
def test_checkpoint(reentrant):
    w = data(3)
    f = lambda x: checkpoint(lambda z: (z * x.sum() * w).sin(), x, use_reentrant=reentrant).sum()
    truth = lambda x: (x * x.sum() * w).sin().sum()
    x = data(4, 3)
    for transform in (
        lambda f: grad(f)(x[0]),
        lambda f: vmap(grad(f))(x),
        lambda f: jvp(f, (x[0],), (x[1],)),
        lambda f: vmap(hessian(f))(x),
    ):
        torch.testing.assert_close(transform(f), transform(truth))


BOUND_BEFORE = """
import torch

class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.detach() ** 2

    @staticmethod
    def backward(ctx, g):
        return 6 * g * ctx.saved_tensors[0]

square = Square.apply
import oplift
assert oplift.grad(square)(torch.tensor(2.0)) == 12
x = torch.tensor(2.0, requires_grad=True)
assert torch.autograd.grad(square(x), x)[0] == 12
"""


def test_a_bound_apply_from_before_the_import():
    subprocess.run([sys.executable, "-W", "error", "-c", BOUND_BEFORE], check=True)
