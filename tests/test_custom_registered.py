"""Operators of torch.library by what they registered with PyTorch."""

import warnings

import pytest
import torch

import oplift
from oplift import grad, hessian, jvp, vjp, vmap
from oplift.rule import Rules, override

LIBRARY = torch.library.Library("oplift_test_registered", "DEF")
OPS = torch.ops.oplift_test_registered
loops = pytest.mark.filterwarnings("ignore::oplift.FallbackWarning")


def data(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def kernel(x, y):
    """x^2 y, on memory: what it gets must be a plain tensor, and no mode may see what it does."""
    for t in (x, y):
        assert type(t) is torch.Tensor
        assert torch._C._len_torch_function_stack() == 0
    return torch.from_numpy(x.detach().numpy() ** 2 * y.detach().numpy())


def define(schema, implementation, key="CPU"):
    LIBRARY.define(schema)
    name = schema.partition("(")[0]
    LIBRARY.impl(name, implementation, key)
    return getattr(OPS, name)


def truth(x, y):
    return x * x * y


TRANSFORMS = {
    "grad": lambda f, x, y: grad(lambda x, y: f(x, y).sin().sum(), (0, 1))(x[0], y),
    "jvp": lambda f, x, y: jvp(f, (x[0], y), (y, x[0])),
    "jvp of one": lambda f, x, y: jvp(lambda x: f(x, y), (x[0],), (y,)),
    "vmap": lambda f, x, y: vmap(f, (0, None))(x, y),
    "vmap, other dim": lambda f, x, y: vmap(f, (1, None), 1)(x.mT, y),
    "vmap of vmap": lambda f, x, y: vmap(vmap(f, (None, 0)), (0, None))(x, x),
    "vmap of grad": lambda f, x, y: vmap(grad(lambda x, y: f(x, y).sin().sum(), (0, 1)), (0, None))(x, y),
    "grad of vmap": lambda f, x, y: grad(lambda x, y: vmap(f, (0, None))(x, y).sin().sum(), (0, 1))(x, y),
    "hessian": lambda f, x, y: hessian(lambda x, y: f(x, y).sin().sum(), (0, 1))(x[0], y),
    "vmap of hessian": lambda f, x, y: vmap(hessian(lambda x: f(x, y).sin().sum()))(x),
    "third order": lambda f, x, y: grad(lambda x: hessian(lambda x: f(x, y).sin().sum())(x).cos().sum())(x[0]),
}


def check(f, only=TRANSFORMS):
    x, y = data(4, 3), data(3)
    for name in only:
        found, expected = TRANSFORMS[name](f, x, y), TRANSFORMS[name](truth, x, y)
        torch.testing.assert_close(found, expected, msg=lambda m, name=name: f"{name}: {m}")


def test_define_impl_and_the_register_functions():
    op = define("defined(Tensor x, Tensor y) -> Tensor", kernel)

    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return 2 * g * x * y, g * x * x

    def batch(info, in_dims, x, y):
        x, y = (a.expand(info.batch_size, *a.shape) if d is None else a for a, d in zip((x, y), in_dims, strict=True))
        return op(x, y), 0

    torch.library.register_autograd(op.default.name(), backward, setup_context=setup_context, lib=LIBRARY)
    torch.library.register_vmap(op.default.name(), batch, lib=LIBRARY)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(op)
        check(op.default)


def test_a_triton_op():
    """Here without a kernel of Triton's, which needs a GPU: what matters is how the operator is registered."""

    @torch.library.triton_op("oplift_test_registered::tritonic", mutates_args={})
    def tritonic(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return x * x * y

    tritonic.register_vmap(lambda info, in_dims, x, y: (x * x * y, 0))
    tritonic.register_autograd(
        lambda ctx, g: (2 * g * ctx.saved_tensors[0] * ctx.saved_tensors[1], g * ctx.saved_tensors[0] ** 2),
        setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs),
    )
    check(tritonic, ["grad", "jvp", "vmap of grad", "vmap of hessian"])


@loops
@pytest.mark.filterwarnings("ignore:Warning only once for all operators:UserWarning")
def test_registrations_that_come_later():
    op = define("late(Tensor x, Tensor y) -> Tensor", kernel)
    with pytest.raises(oplift.MissingRule, match=r"registered no derivative.*torch.library.register_autograd"):
        grad(lambda x: op(x, x).sum())(data(3))
    check(op, ["vmap", "vmap of vmap"])
    torch.library.register_autograd(
        op.default.name(),
        lambda ctx, g: (2 * g * ctx.x * ctx.y, g * ctx.x**2),
        setup_context=lambda ctx, inputs, output: vars(ctx).update(x=inputs[0], y=inputs[1]),
        lib=LIBRARY,
    )
    check(op)
    torch.library.register_autograd(op.default.name(), lambda ctx, g: (7 * g, None), lib=LIBRARY)
    torch.testing.assert_close(grad(lambda x: op(x, x).sum())(data(3)), torch.full((3,), 7.0).double())


class Squared(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        with torch._C._AutoDispatchBelowAutograd():
            return OPS.raw(x, y)

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return 2 * g * x * y, g * x * x


@loops
def test_an_autograd_kernel():
    op = define("raw(Tensor x, Tensor y) -> Tensor", kernel)
    LIBRARY.impl("raw", Squared.apply, "Autograd")
    check(op)
    check(op.default, ["vmap of grad", "hessian"])
    x = data(3).requires_grad_()
    (g,) = torch.autograd.grad(grad(lambda x: op(x, x).sum())(x).sum(), x)
    torch.testing.assert_close(g, 6 * x.detach())


@loops
def test_an_autograd_kernel_that_records_nothing():
    op = define("silent(Tensor x, Tensor y) -> Tensor", kernel)
    LIBRARY.impl("silent", lambda x, y: kernel(x.detach(), y.detach()), "Autograd")
    with pytest.raises(oplift.MissingRule, match="its autograd kernel records no derivative"):
        grad(lambda x: op(x, x).sum())(data(3))


class Composite(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * x * y

    backward = Squared.backward


@loops
def test_composite_operators():
    define("composite(Tensor x, Tensor y) -> Tensor", lambda x, y: x * x * y, "CompositeImplicitAutograd")
    define("function(Tensor x, Tensor y) -> Tensor", Composite.apply, "CompositeImplicitAutograd")
    check(OPS.composite)
    check(OPS.function)


def test_a_declared_rule_comes_first():
    @torch.library.custom_op("oplift_test_registered::mixed", mutates_args=())
    def mixed(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return kernel(x, y)

    mixed.register_vmap(lambda info, in_dims, x, y: (_ for _ in ()).throw(AssertionError("not this one")))
    mixed.register_autograd(
        lambda ctx, g: (2 * g * ctx.saved_tensors[0] * ctx.saved_tensors[1], g * ctx.saved_tensors[0] ** 2),
        setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs),
    )
    rules = Rules(batch=lambda size, batched, x, y: mixed(x, y), pointwise=True)
    with override("oplift_test_registered::mixed", rules), warnings.catch_warnings():
        warnings.simplefilter("error")
        check(mixed, ["grad", "jvp", "hessian"])
        x = data(4, 3)
        torch.testing.assert_close(vmap(mixed)(x, x), x**3)
        torch.testing.assert_close(vmap(grad(lambda x: mixed(x, x).sum()))(x), 3 * x**2)
    vjp_rule = lambda needs, x, y: (mixed(x, y), lambda g: (7 * g, None))
    mixed.register_vmap(lambda info, in_dims, x, y: (mixed(x, y), 0))
    with override("oplift_test_registered::mixed", Rules(vjp=vjp_rule)):
        torch.testing.assert_close(
            vmap(grad(lambda x: mixed(x, x).sum()))(data(4, 3)), torch.full((4, 3), 7.0).double()
        )


def test_lists_nested_outputs_keywords_and_defaults():
    @torch.library.custom_op("oplift_test_registered::parts", mutates_args=())
    def parts(
        xs: list[torch.Tensor], n: int = 2, *, scale: float = 1.0
    ) -> tuple[list[torch.Tensor], torch.Tensor, int]:
        return [x * scale for x in xs], torch.stack(list(xs)).argmax(0), n

    def setup_context(ctx, inputs, keyword_only_inputs, output):
        assert isinstance(inputs[0], (list, tuple))
        assert inputs[1] == 2
        ctx.scale = keyword_only_inputs["scale"]
        ctx.mark_non_differentiable(output[1])

    def backward(ctx, grads, g_index, g_n):
        assert len(ctx.needs_input_grad[0]) == 2
        return [g * ctx.scale for g in grads], None

    def batch(info, in_dims, xs, **keywords):
        assert keywords in ({}, {"scale": 3.0})
        xs = [x.expand(info.batch_size, *x.shape) if d is None else x for x, d in zip(xs, in_dims[0], strict=True)]
        outs, _, n = parts(xs, **keywords)
        return (outs, torch.stack(xs).argmax(0), n), ([0] * len(outs), 0, None)

    parts.register_autograd(backward, setup_context=setup_context)
    parts.register_vmap(batch)
    x, y = data(4, 3), data(3)
    f = lambda x, y: parts([x, y], scale=3.0)[0][0] * parts([x, y])[0][1]
    product = lambda x, y: 3 * x * y
    for transform in (
        lambda f: vmap(f, (0, None))(x, y),
        lambda f: vmap(grad(lambda x, y: f(x, y).sum(), (0, 1)), (0, None))(x, y),
        lambda f: grad(lambda x: vmap(f, (0, None))(x, y).sin().sum())(x),
        lambda f: jvp(f, (x[0], y), (y, y)),
    ):
        torch.testing.assert_close(transform(f), transform(product))
    assert vmap(lambda x: parts([x, y])[1])(x).dtype is torch.int64


@loops
def test_outputs_of_integers_need_no_derivative():
    @torch.library.custom_op("oplift_test_registered::order", mutates_args=())
    def order(x: torch.Tensor) -> torch.Tensor:
        return torch.argsort(x)

    x = data(4, 3)
    f = lambda x: (x[order(x)] * torch.arange(3)).sum()
    expected = torch.argsort(torch.argsort(x, 1), 1).double()
    torch.testing.assert_close(vmap(grad(f))(x), expected)
    torch.testing.assert_close(jvp(f, (x[0],), (x[0],))[1], (expected[0] * x[0]).sum())


@loops
def test_autocast():
    @torch.library.custom_op("oplift_test_registered::product", mutates_args=())
    def product(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        assert x.dtype is y.dtype is torch.bfloat16
        return x @ y

    product.register_autocast("cpu", torch.bfloat16)
    product.register_autograd(
        lambda ctx, g: (g @ ctx.saved_tensors[1].mT, ctx.saved_tensors[0].mT @ g),
        setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs),
    )
    x, y = torch.ones(2, 3), torch.ones(3, 2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert vmap(product, (0, None))(x.expand(4, 2, 3), y).dtype is torch.bfloat16
        g = grad(lambda x: product(x, y).float().sum())(x)
    torch.testing.assert_close(g, torch.full((2, 3), 2.0))


def test_an_empty_batch():
    @torch.library.custom_op("oplift_test_registered::pair", mutates_args=())
    def pair(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x.sum(0), (x > 0).any()

    with pytest.warns(oplift.FallbackWarning), pytest.raises(oplift.MissingRule, match="register_fake"):
        vmap(pair)(torch.ones(0, 3, 2))
    pair.register_fake(lambda x: (x.new_empty(x.shape[1:]), x.new_empty((), dtype=torch.bool)))
    with pytest.warns(oplift.FallbackWarning):
        total, found = vmap(pair)(torch.ones(0, 3, 2))
    assert (total.shape, found.shape, found.dtype) == ((0, 2), (0,), torch.bool)


@loops
def test_operators_that_write_to_their_arguments():
    @torch.library.custom_op("oplift_test_registered::push", mutates_args={"total"})
    def push(total: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        total.add_(x)
        return x * 2

    def f(x):
        total = torch.zeros(3, dtype=x.dtype)
        twice = push(total, x)
        return total + twice

    x = data(4, 3)
    torch.testing.assert_close(vmap(f)(x), 3 * x)
    torch.testing.assert_close(vmap(vmap(f))(x.expand(2, 4, 3)), 3 * x.expand(2, 4, 3))
    total = torch.zeros(4, 3, dtype=torch.float64)
    vmap(push)(total, x)
    torch.testing.assert_close(total, x)
    with pytest.raises(oplift.MissingRule, match="push cannot be differentiated"):
        grad(lambda x: f(x).sum())(x[0])


@loops
def test_random_operators():
    @torch.library.custom_op("oplift_test_registered::noise", mutates_args=(), tags=torch.Tag.nondeterministic_seeded)
    def noise(x: torch.Tensor) -> torch.Tensor:
        return x + torch.randn(x.shape)

    x = torch.zeros(4, 3)
    with pytest.raises(RuntimeError, match="randomness error mode"):
        vmap(noise)(x)
    same = vmap(noise, randomness="same")(x)
    torch.testing.assert_close(same, same[:1].expand(4, 3))
    assert not torch.equal(*vmap(noise, randomness="different")(x)[:2])
    assert not torch.equal(*vmap(lambda _: noise(x[0]), randomness="different")(x)[:2])


def test_a_rule_that_raises_names_the_operator():
    @torch.library.custom_op("oplift_test_registered::broken", mutates_args=())
    def broken(x: torch.Tensor) -> torch.Tensor:
        return x * 2

    broken.register_vmap(lambda info, in_dims, x: broken(x))
    with pytest.raises(RuntimeError, match="oplift_test_registered::broken.*expected a tuple of two elements"):
        vmap(broken)(torch.ones(2))
    broken.register_vmap(lambda info, in_dims: None)
    with pytest.raises(TypeError) as error:
        vmap(broken)(torch.ones(2))
    assert "registered for oplift_test_registered::broken" in error.value.__notes__[0]
    broken.register_autograd(lambda ctx, g: ())
    with pytest.raises(RuntimeError, match="the registered backward returned 0 gradients"):
        vjp(broken, torch.ones(2))[1](torch.ones(2))


def test_a_plain_tensor_that_requires_grad_beside_a_tracer():
    @torch.library.custom_op("oplift_test_registered::scaled", mutates_args=())
    def scaled(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        return x * w

    scaled.register_vmap(lambda info, in_dims, x, w: (x * w, 0))
    scaled.register_autograd(
        lambda ctx, g: (g * ctx.saved_tensors[1], g * ctx.saved_tensors[0]),
        setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs),
    )
    x, w = data(4, 3), data(3).requires_grad_()
    for f in (scaled, OPS.scaled, OPS.scaled.default):
        (g,) = torch.autograd.grad(vmap(f, (0, None))(x, w).sum(), w)
        torch.testing.assert_close(g, x.sum(0))
        (g,) = torch.autograd.grad(grad(lambda x, f=f: f(x, w).sin().sum())(x).sum(), w)
        y = w.detach().clone().requires_grad_()
        expected = torch.autograd.grad((torch.cos(x * y) * y).sum(), y)[0]
        torch.testing.assert_close(g, expected)
