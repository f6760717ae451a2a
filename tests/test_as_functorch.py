"""What programs for torch.func rely on beyond values: the words of its errors, hooks, in-place results, escaped tensors."""

from __future__ import annotations

import copy
import warnings

import pytest
import torch
from torch.autograd import forward_ad
from torch.nn.functional import linear
from torch.testing import assert_close

import oplift
from oplift import functional_call, grad, hessian, jacfwd, jacrev, jvp, vjp, vmap

# ---------------------------------------------------------------- messages

CAPTURED = torch.ones(3)


def _second_call():
    _, pullback = vjp(torch.sin, torch.ones(2))
    pullback(torch.ones(2), retain_graph=False)
    pullback(torch.ones(2))


class WrongShape(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * 2

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def backward(ctx, g):
        return torch.ones(7)

    @staticmethod
    def vmap(info, in_dims, x):
        return x * 2, (0, 0)


class OneReturn(WrongShape):
    @staticmethod
    def vmap(info, in_dims, x):
        return x * 2


def _hooked_module():
    module = torch.nn.Linear(3, 3)
    module.register_full_backward_hook(lambda m, given, out: None)
    return module


MESSAGES = {
    "random": (
        lambda: vmap(lambda x: torch.randn(2))(torch.ones(3)),
        "called random operation while in randomness error mode",
    ),
    "item": (
        lambda: vmap(lambda x: x.item())(torch.arange(3.0)),
        r"It looks like you're calling .item\(\) on a Tensor",
    ),
    "an operator with a Python result": (lambda: vmap(torch.is_nonzero)(torch.arange(3.0)), r".item\(\) on a Tensor"),
    "control flow": (lambda: vmap(lambda x: x if x else -x)(torch.arange(3.0)), "data-dependent control flow"),
    "dynamic shapes": (lambda: vmap(torch.nonzero)(torch.eye(3).cumsum(0)), "that can output dynamic shape"),
    "an empty loop": (
        lambda: vmap(torch._test_functorch_fallback)(torch.ones(0, 3), torch.ones(0, 3)),
        "The fallback path does not support vmap over dims of size 0",
    ),
    "a write to what is captured, under vmap": (
        lambda: vmap(lambda x: CAPTURED.add_(x))(torch.ones(2, 3)),
        r"inplace arithmetic\(self, \*extra_args\) is not possible",
    ),
    "a write to what is captured, under grad": (
        lambda: grad(lambda x: CAPTURED.copy_(x).sum())(torch.ones(3)),
        "mutate a captured Tensor",
    ),
    "a write to what is captured, under jvp": (
        lambda: jvp(lambda x: CAPTURED.copy_(x), (torch.ones(3),), (torch.ones(3),)),
        "mutate a captured Tensor",
    ),
    "requires_grad_": (lambda: grad(lambda x: x.requires_grad_().sum())(torch.ones(3)), "Tensor.requires_grad_()"),
    "autograd.functional": (
        lambda: grad(lambda x: torch.autograd.functional.jacobian(torch.sin, x))(torch.tensor(1.0)),
        "torch.autograd.functional",
    ),
    "autograd.functional under vmap": (
        lambda: vmap(lambda x: torch.autograd.functional.vjp(torch.sin, x, x)[1])(torch.ones(3)),
        "torch.autograd.functional",
    ),
    "autograd.grad": (
        lambda: grad(lambda x: torch.autograd.grad(x.sin(), x)[0])(torch.tensor(1.0)),
        "element 0 of tensors does not require grad and does not have a grad_fn",
    ),
    "backward": (
        lambda: vmap(lambda x: x.sum().backward())(torch.ones(3)),
        r"backward\(\) called inside a functorch transform",
    ),
    "backward of something else": (
        lambda: vmap(lambda x: torch.ones(2, requires_grad=True).sum().backward())(torch.ones(3)),
        r"backward\(\) called inside a functorch transform",
    ),
    "retain_grad": (lambda: grad(lambda x: x.sin().retain_grad())(torch.tensor(1.0)), r"Tensor.retain_grad\(\) inside"),
    "a pullback that was released": (_second_call, "Trying to backward through the graph a second time"),
    "a gradient of another shape": (
        lambda: grad(lambda x: WrongShape.apply(x).sum())(torch.ones(3)),
        r"returned an invalid gradient at index 0 - got \[7\] but expected shape compatible with \[3\]",
    ),
    "out_dims of a vmap staticmethod": (lambda: vmap(WrongShape.apply)(torch.ones(3)), "returned an incompatible"),
    "one return of a vmap staticmethod": (lambda: vmap(OneReturn.apply)(torch.ones(3)), "to have two returns"),
    "a full backward hook": (
        lambda: grad(lambda x: _hooked_module()(x).sum())(torch.ones(3)),
        "register_full_backward_hook.*register_forward_hook",
    ),
    "a hook without a gradient": (
        lambda: vmap(lambda x: x.register_hook(lambda g: g))(torch.ones(3)),
        "cannot register a hook on a tensor that doesn't require gradient",
    ),
    "other data": (lambda: vmap(lambda x: setattr(x, "data", x))(torch.ones(3)), "mutating directly with `.data`"),
    "as_strided": (lambda: vmap(lambda x: x.as_strided([1], [1], 5))(torch.ones(2, 3)), "out of bounds"),
    "view_as_complex": (lambda: vmap(torch.view_as_complex)(torch.ones(2)), "must have one or more dimensions"),
    "TORCH_CHECK_TENSOR_ALL": (
        lambda: vmap(torch._test_check_tensor)(torch.tensor([[True, True], [True, False]])),
        "Test message for TORCH_CHECK_TENSOR_ALL",
    ),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_messages(case: str) -> None:
    call, message = MESSAGES[case]
    with pytest.raises(RuntimeError, match=message):
        call()
    assert_close(CAPTURED, torch.ones(3))


@pytest.mark.parametrize("name", ["apply_", "data_ptr", "map_", "share_memory_", "__dlpack__", "numpy"])
@pytest.mark.parametrize("transform", [vmap, grad])
def test_a_tracer_has_no_memory_that_c_could_reach(transform, name):
    arguments = {"apply_": [abs], "map_": [torch.ones(3), max]}.get(name, [])
    with pytest.raises(RuntimeError, match="Cannot access data pointer of Tensor that doesn't have storage"):
        transform(lambda x: getattr(x, name)(*arguments))(torch.ones(2, 3))


def test_a_tensor_made_inside_has_memory():
    def f(x):
        y = torch.full((3,), 2.0)
        y.apply_(lambda v: v + 1)
        y.map_(torch.ones(3), lambda a, b: a * b + 1)
        assert y.data_ptr() and torch.from_dlpack(y.share_memory_()).tolist() == [4, 4, 4]
        return x * y

    assert_close(vmap(f)(torch.ones(2)), torch.full((2, 3), 4.0))


# ---------------------------------------------------------------- operators whose examples have too few dimensions

TOO_LOW = {
    "svdvals": (torch.linalg.svdvals, 1),
    "qr": (torch.linalg.qr, 1),
    "pinv": (torch.linalg.pinv, 1),
    "det": (torch.linalg.det, 1),
    "lu": (torch.linalg.lu, 1),
    "householder_product": (torch.linalg.householder_product, 2),
    "cdist": (torch.cdist, 2),
    "solve": (lambda x: torch.linalg.solve(x, torch.ones(3)), 1),
    "mT": (lambda x: x.mT, 1),
    "pixel_shuffle": (lambda x: torch.pixel_shuffle(x, 1), 1),
}


@pytest.mark.parametrize("name", TOO_LOW)
def test_the_batch_is_never_taken_for_a_dimension_of_the_operator(name):
    op, count = TOO_LOW[name]
    examples = [torch.eye(3)] * count
    with pytest.raises((RuntimeError, IndexError)):
        op(*[x[0] for x in examples])
    with pytest.raises((RuntimeError, IndexError)):
        vmap(op)(*examples)


def test_products_of_what_is_no_vector():
    x = torch.ones(3)
    for op in (torch.dot, torch.vdot):
        with pytest.raises(RuntimeError, match="1D tensors expected"):
            vmap(op)(x, x)
    for f in (lambda y: y @ x, lambda y: x @ y, lambda y: y @ y, lambda y: linear(y, torch.eye(3))):
        with pytest.raises(RuntimeError, match="must have at least 1 dimensions in each example, but it has 0"):
            vmap(f)(x)


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_nested_tensors_are_refused_by_name(layout):
    nested = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=layout)
    with pytest.raises(ValueError, match="argument 'x' is a nested tensor.*to_padded_tensor"):
        vmap(lambda x: x.sin())(nested)


# ---------------------------------------------------------------- hooks and anomaly mode


@pytest.mark.parametrize("returned", [True, False])
def test_a_hook_sees_the_whole_cotangent_and_may_change_it(returned):
    def f(x, hook):
        y = x.sin()
        early = y * 2
        y.register_hook(hook)
        return (early + y**2).sum()

    x, seen = torch.randn(3), []

    def hook(g):
        seen.append(g)
        return g * 10 if returned else None

    leaf = x.clone().requires_grad_()
    f(leaf, hook).backward()
    found = grad(f)(x, hook)
    assert_close(found, leaf.grad)
    assert_close(torch.as_tensor(seen[1]), seen[0])


def test_hooks_on_inputs_on_one_of_several_outputs_and_taken_away():
    def f(x):
        x.register_hook(lambda g: g + 1)
        values, _ = x.sort()
        first = values.register_hook(lambda g: g * 3)
        values.register_hook(lambda g: g * 5)
        first.remove()
        return (values * torch.arange(3.0)).sum()

    x = torch.randn(3)
    leaf = x.clone().requires_grad_()
    f(leaf).backward()
    assert_close(grad(f)(x), leaf.grad)
    assert_close(vmap(grad(f))(x.expand(2, 3)), leaf.grad.expand(2, 3))
    assert_close(jacrev(lambda x: torch.stack([f(x), f(x)]))(x).shape, torch.Size([2, 3]))


def test_a_hook_may_write_to_what_it_is_given():
    def f(x):
        y = x * 1
        y.register_hook(lambda g: g.mul_(2))
        return y.sum() + x.sum()

    assert_close(grad(f)(torch.ones(3)), torch.full((3,), 3.0))


def test_a_hook_that_would_be_forgotten_is_refused():
    def f(x):
        return vmap(lambda y: y.register_hook(lambda g: 2 * g) and y)(x).sum()

    with pytest.raises(RuntimeError, match="gradient a transform further out takes"):
        grad(f)(torch.ones(3))


def test_anomaly_mode_names_the_operator_whose_pullback_gave_a_nan():
    with warnings.catch_warnings(), torch.autograd.set_detect_anomaly(True):
        assert_close(vmap(grad(torch.sqrt))(torch.ones(3)), torch.full((3,), 0.5))
        for transform in (grad, lambda f: vmap(grad(f))):
            with pytest.raises(RuntimeError, match="Function 'SqrtBackward0' returned nan values in its 0th output"):
                transform(lambda x: (x.sqrt() * 0).sum())(torch.zeros(3) - 1)


# ---------------------------------------------------------------- tensors that outlive their transform


def _leaking(inner):
    """A function that returns what it kept of the function that `inner` transformed."""

    def f(x):
        kept = []

        def g(y):
            kept.append(y.sin())
            return y * 1

        inner(g, x)
        return kept[0]

    return f


INNER = {
    "grad": lambda g, x: grad(g)(x),
    "jvp": lambda g, x: jvp(g, (x,), (torch.ones_like(x),)),
    "grad of grad": lambda g, x: grad(grad(g))(x),
}


@pytest.mark.parametrize("inner", INNER)
def test_what_a_derivative_leaves_behind_is_as_good_as_its_value(inner):
    f, x = _leaking(INNER[inner]), torch.tensor(0.5)
    assert_close(f(x) + 0, x.sin())
    for again in (f, lambda x: f(x) * 1):
        assert_close(grad(again)(x), x.cos())
        assert_close(jacrev(again)(x), x.cos())
        assert_close(jacfwd(again)(x), x.cos())
        assert_close(jvp(again, (x,), (x,)), (x.sin(), x * x.cos()))
        assert_close(vjp(again, x)[1](x)[0], x * x.cos())
        assert_close(vmap(again)(x.expand(2)), x.sin().expand(2))
        assert_close(vmap(grad(again))(x.expand(2)), x.cos().expand(2))
        assert_close(grad(lambda x, f=again: (x * x, f(x)), has_aux=True)(x), (2 * x, x.sin()))


def test_a_tensor_of_the_outer_function_can_be_written_in_an_inner_derivative():
    def f(x):
        y = x * 2

        def g(z):
            y.copy_(z)
            return z**2

        return grad(g)(x.sin()) + y

    x = torch.tensor(0.5)
    assert_close(grad(f)(x), 3 * x.cos())


def test_what_a_vmap_leaves_behind_is_refused_as_a_result_too():
    def f(x):
        kept = []
        vmap(lambda y: kept.append(y) or y)(x)
        return kept[0]

    for transform in (lambda: vjp(f, torch.ones(3)), lambda: vmap(f)(torch.ones(2, 3)), lambda: f(torch.ones(3)).sin()):
        with pytest.raises(
            oplift.EscapedTracer, match="your tensor may have escaped from inside a function being vmapped"
        ):
            transform()


# ---------------------------------------------------------------- in-place results, and tensors made of tracers


def test_an_input_that_was_written_is_returned_itself():
    x = torch.rand(2, 3)
    expected = x.acos()
    assert vmap(torch.Tensor.acos_)(x) is x
    assert_close(x, expected)
    y = torch.rand(2, 3)
    turned = vmap(torch.Tensor.acos_, 0, 1)(y)
    assert turned._base is y and turned.shape == (3, 2)
    z = torch.rand(2, 3, 4)
    assert vmap(vmap(torch.Tensor.acos_))(z).data_ptr() == z.data_ptr()
    w = torch.rand(3, 2)
    columns = vmap(lambda t: (t.mul_(2), t + 1), 1, (1, 0))(w)
    assert columns[0] is w
    assert_close(columns[1], w.T + 1)


@pytest.mark.parametrize("like", [torch.tensor, torch.as_tensor, lambda data: torch.ones(2).new_tensor(data)])
def test_tensors_of_the_numbers_of_tracers(like):
    def f(x):
        return (x * like([[x, 2.0], [2 * x, x.sin()]])).sum()

    x = torch.tensor([0.5, 2.0])
    leaf = x.clone().requires_grad_()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's, that what requires grad becomes a number
        torch.stack([f(t) for t in leaf]).sum().backward()
    assert_close(vmap(f)(x), torch.stack([f(t) for t in x]))
    assert_close(vmap(grad(f))(x), leaf.grad)  # as in PyTorch, a tensor of numbers has no history
    assert vmap(lambda x: like([x, torch.ones(())]))(x.double()).dtype is like([x.double()[0]]).dtype


def test_what_a_tensor_says_of_itself():
    x = torch.tensor(1 + 1j)
    assert grad(lambda z: (z.conj().is_conj() and not z.is_conj()) * z.abs())(x) == torch.sgn(x)
    assert_close(grad(lambda z: z.conj().resolve_conj().abs())(x), torch.sgn(x))
    assert_close(vmap(lambda z: copy.deepcopy(z.imag))(x.expand(2)), x.imag.expand(2))


# ---------------------------------------------------------------- switching forward mode off


def test_forward_mode_can_be_switched_off_inside_and_not_outside():
    def f(x):
        with forward_ad._set_fwd_grad_enabled(False):
            shift = x**2
        return x**2 - shift

    x, one = torch.tensor(0.7), torch.tensor(1.0)
    assert_close(jvp(f, (x,), (one,))[1], 2 * x)
    with forward_ad._set_fwd_grad_enabled(False):
        assert_close(jvp(torch.sin, (x,), (one,))[1], x.cos())
        assert not forward_ad._is_fwd_grad_enabled()
    assert forward_ad._is_fwd_grad_enabled()


def test_switched_off_forward_mode_holds_below_an_inner_transform():
    def f(x):
        with forward_ad._set_fwd_grad_enabled(False):
            _, shift = jvp(lambda x: 0.25 * x**4, (x,), (torch.ones_like(x),))
        return x**3 - shift

    x = torch.tensor(0.7)
    assert_close(jvp(f, (x,), (torch.tensor(1.0),))[1], 3 * x**2)


# ---------------------------------------------------------------- PyTorch's own graph inside of vmap


def test_a_graph_with_writes_to_views_can_be_pulled_back_in_a_batch():
    leaf = torch.randn(4, 5, requires_grad=True)
    base = leaf * leaf
    base.transpose(0, 1)[1][::2].cos_()
    out = base * 1

    def pull(v):
        return torch.autograd.grad(out, leaf, v, retain_graph=True)[0]

    vs = torch.randn(3, 4, 5)
    assert_close(vmap(pull)(vs), torch.stack([pull(v) for v in vs]))


def test_per_sample_gradients_of_a_captured_module_reach_its_parameters():
    module = torch.nn.Linear(3, 2)
    vmap(lambda x: grad(lambda x: module(x).sin().sum())(x))(torch.randn(5, 3)).sum().backward()
    assert module.weight.grad is not None
    assert_close(hessian(lambda x: functional_call(module, {}, x).sum())(torch.ones(3)), torch.zeros(3, 3))
    assert_close(vmap(lambda x: linear(x, module.weight))(torch.ones(2, 3)), module.weight.sum(1).expand(2, 2))
