"""grad, grad_and_value, vjp and jacrev, against torch.func and against torch.autograd; their errors."""

from __future__ import annotations

import functools
import gc
import weakref

import pytest
import torch
from torch.testing import assert_close

import oplift
from oplift.stack import STACK

W = torch.linspace(-1, 1, 9).reshape(3, 3)


def both(transform, *args, **kwargs):
    """Assert that a computation gives the same with oplift as with torch.func."""
    found = transform(oplift)(*args, **kwargs)
    assert_close(found, transform(torch.func)(*args, **kwargs))
    assert not STACK.levels
    return found


def scalar(x, y=None):
    return (torch.tanh(W @ x) * (x if y is None else y)).sum()


def vector(x, y=None):
    return torch.tanh(W @ x) * (x if y is None else y)


def params():
    return {"w": torch.randn(3, 2), "more": [torch.randn(2), (torch.randn(()),)]}


def loss(p, x):
    y = torch.sin(x @ p["w"]) * p["more"][0]
    return (y * p["more"][1][0]).sum()


# ---------------------------------------------------------------- grad


@pytest.mark.parametrize("argnums", [0, 1, -1, -2, (0,), (1, 0), (0, -1)])
def test_argnums(argnums):
    x, y = torch.randn(3), torch.randn(3)
    both(lambda m: m.grad(scalar, argnums), x, y)
    both(lambda m: m.grad_and_value(scalar, argnums), x, y)


def test_pytrees_of_parameters():
    p, x = params(), torch.randn(4, 3)
    both(lambda m: m.grad(loss), p, x)
    both(lambda m: m.grad(loss, argnums=(1, 0)), p, x)
    both(lambda m: m.grad_and_value(lambda q: loss(q[0], q[1]["x"])), (p, {"x": x}))


def test_has_aux():
    p, x = params(), torch.randn(4, 3)
    f = lambda p, x: (loss(p, x), {"x": x * 2, "w": [p["w"].cos()]})
    both(lambda m: m.grad(f, has_aux=True), p, x)
    both(lambda m: m.grad_and_value(f, has_aux=True), p, x)
    both(lambda m: m.vmap(m.grad(f, has_aux=True), (None, 0)), p, x)
    both(
        lambda m: m.grad(lambda x: m.grad(lambda y: (y.sin().sum(), y.cos()), has_aux=True)(x)[1].sum()), torch.randn(3)
    )


def test_aux_can_be_written_to_in_an_outer_transform():
    def f(x, w):
        _, aux = oplift.grad(lambda y: (y.sum(), w * 2), has_aux=True)(x)
        aux.add_(x)
        return aux

    x, w = torch.randn(3, 2), torch.randn(2)
    assert_close(oplift.vmap(f, (0, None))(x, w), w * 2 + x)


def test_keyword_arguments():
    x, y = torch.randn(3), torch.randn(3)
    both(lambda m: m.grad(scalar), x, y=y)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_higher_order(depth):
    def nth(m):
        f = torch.sin
        for _ in range(depth):
            f = m.grad(f)
        return f

    both(nth, torch.tensor(0.7))


def test_inside_and_outside_of_vmap():
    x = torch.randn(4, 3)
    both(lambda m: m.vmap(m.grad(scalar)), x)
    both(lambda m: m.grad(lambda x: m.vmap(m.grad(scalar))(x).square().sum()), x)
    both(lambda m: m.vmap(m.vmap(m.grad(scalar), (None, 0)), (0, None)), x, x)


def test_independent_inputs_have_a_gradient_of_zero():
    x, y = torch.randn(3), torch.randn(2)
    both(lambda m: m.grad(lambda x, y: x.sum(), (0, 1)), x, y)
    both(lambda m: m.grad(lambda x: torch.tensor(1.0)), x)
    both(lambda m: m.grad(lambda x: x.sum().long()), x)
    both(lambda m: m.vmap(m.grad(lambda x: W.sum())), torch.randn(2, 3))
    found = both(lambda m: m.vmap(m.grad(lambda x: W.sum()), randomness="same"), torch.randn(2, 3))
    assert found.shape == (2, 3)


def test_the_identity():
    both(lambda m: m.grad(lambda x: x), torch.tensor(2.0))
    both(lambda m: m.vmap(m.grad(lambda x: x)), torch.randn(3))


def test_results_are_differentiable_by_autograd():
    x = torch.randn(3, requires_grad=True)
    oplift.grad(lambda x: (x**3).sum())(x).sum().backward()
    assert_close(x.grad, 6 * x.detach())
    value = oplift.grad_and_value(lambda x: (x**3).sum())(x)[1]
    assert_close(torch.autograd.grad(value, x)[0], 3 * x.detach() ** 2)


def test_no_grad_inside_counts_and_outside_does_not():
    x = torch.tensor(3.0, requires_grad=True)

    def f(x):
        with torch.no_grad():
            c = x**2
        return x - c

    both(lambda m: m.grad(f), x)
    with torch.no_grad():
        found = oplift.grad(lambda x: x**2)(x)
    assert_close(found, torch.tensor(6.0))
    assert not found.requires_grad
    assert torch.is_grad_enabled()


def test_inputs_that_the_function_writes():
    def f(x, y):
        square = (x * x).sum()
        x.add_(1)
        y.mul_(x)
        return square + y.sum()

    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    found = oplift.grad(f, argnums=0)(x, y)
    assert_close(found, torch.tensor([2.0 + 3.0, 4.0 + 4.0]))
    assert_close(x, torch.tensor([2.0, 3.0]))
    assert_close(y, torch.tensor([6.0, 12.0]))


def test_keyword_arguments_can_be_written_to():
    def f(x, *, seen):
        seen.add_(x.detach())
        return (x * seen).sum()

    seen = torch.zeros(2)
    assert_close(oplift.grad(f)(torch.ones(2), seen=seen), torch.ones(2))
    assert_close(seen, torch.ones(2))


def test_complex_inputs():
    z = torch.randn(3, dtype=torch.complex64)
    both(lambda m: m.grad(lambda z: (z * z.conj()).real.sum()), z)
    both(lambda m: m.grad(lambda z: z.abs().sum()), z)


def test_names_are_kept():
    assert oplift.grad(loss).__name__ == "loss"
    assert oplift.grad(functools.partial(scalar, y=1))(torch.zeros(3)).shape == (3,)
    assert oplift.jacrev(vector).__wrapped__ is vector


# ---------------------------------------------------------------- vjp


def test_vjp_of_pytrees():
    p, x = params(), torch.randn(4, 3)
    f = lambda p, x: {"y": x @ p["w"], "z": [p["more"][0].exp(), (p["more"][1][0] * x).sum()]}

    def run(m):
        output, pullback = m.vjp(f, p, x)
        return output, pullback({"y": torch.ones(4, 2), "z": [torch.ones(2), torch.tensor(2.0)]})

    both(lambda m: run, oplift)
    assert_close(run(oplift), run(torch.func))


def test_the_pullback_can_be_called_many_times_and_under_vmap():
    x = torch.randn(3)

    def run(m):
        _, pullback = m.vjp(vector, x)
        rows = m.vmap(pullback)(torch.eye(3))
        nested = m.vmap(m.vmap(pullback))(torch.eye(3).expand(2, 3, 3))
        return pullback(x), pullback(x + 1), rows, nested

    assert_close(run(oplift), run(torch.func))


def test_the_pullback_is_differentiable():
    x, v = torch.randn(3), torch.randn(3)
    both(lambda m: m.grad(lambda v: m.vjp(vector, x)[1](v)[0].square().sum()), v)
    both(lambda m: m.grad(lambda x: m.vjp(vector, x)[1](v)[0].square().sum()), x)
    pullback = oplift.vjp(vector, x)[1]
    w = v.clone().requires_grad_()
    pullback(w)[0].sum().backward()
    assert_close(w.grad, oplift.jvp(vector, (x,), (torch.ones(3),))[1])


def test_vjp_with_aux():
    x = torch.randn(3)

    def run(m):
        output, pullback, aux = m.vjp(lambda x: (vector(x), {"a": x.sin()}), x, has_aux=True)
        return output, pullback(x), aux

    assert_close(run(oplift), run(torch.func))


def test_independent_outputs_and_inputs():
    x, y = torch.randn(3), torch.randn(2)

    def run(m):
        output, pullback = m.vjp(lambda x, y: (x.sin(), W.sum()), x, y)
        return output, pullback((x, torch.tensor(1.0)))

    assert_close(run(oplift), run(torch.func))


def test_cotangents_are_cast_and_their_keys_may_come_in_any_order():
    x = torch.randn(3)
    _, pullback = oplift.vjp(lambda x: {"a": x.sin(), "b": x.cos()}, x)
    a, b = torch.randn(3), torch.randn(3)
    assert_close(pullback({"b": b, "a": a})[0], a * x.cos() - b * x.sin())
    found = pullback({"a": a.double(), "b": b})[0]
    assert found.dtype is torch.float32


def test_memory_is_released_with_the_pullback():
    x = torch.randn(3)
    alive = []

    def f(x):
        y = x.exp()
        alive.append(weakref.ref(oplift.func.debug_unwrap(y)))
        return y.sin()

    _, pullback = oplift.vjp(f, x)
    gc.collect()
    assert alive[0]() is not None
    del pullback, _
    gc.collect()
    assert alive[0]() is None


@pytest.mark.parametrize("victim", ["input", "output", "captured"])
def test_a_pullback_whose_tensors_have_changed_is_refused(victim):
    x, w = torch.randn(3), torch.randn(3)
    output, pullback = oplift.vjp(lambda x: (x * w).exp() * x, x)
    assert_close(pullback(x), torch.func.vjp(lambda x: (x * w).exp() * x, x)[1](x))
    output, pullback = oplift.vjp(lambda x: (x * w).exp(), x)
    {"input": w, "output": output, "captured": w}[victim].mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        pullback(x)


def test_a_write_that_does_not_matter_to_the_pullback_is_none():
    x = torch.randn(3)
    output, pullback = oplift.vjp(lambda x: x * 2 + 1, x)
    output.mul_(2)
    x.mul_(2)
    assert_close(pullback(torch.ones(3))[0], torch.full((3,), 2.0))


def test_a_result_of_an_inner_vjp_can_be_written_to():
    def f(x):
        y, pullback = oplift.vjp(torch.exp, x)
        y.mul_(2)
        return y, pullback(torch.ones(2))[0]

    x = torch.randn(3, 2)
    assert_close(oplift.vmap(f)(x), (2 * x.exp(), x.exp()))


# ---------------------------------------------------------------- jacrev


@pytest.mark.parametrize("chunk_size", [None, 1, 2, 3, 100])
@pytest.mark.parametrize("argnums", [0, 1, (0, 1), (1,), -1])
def test_jacrev(argnums, chunk_size):
    x, y = torch.randn(3), torch.randn(3)
    f = lambda x, y: {"v": vector(x, y), "s": [scalar(x, y), (y.cos()[:, None] * y)]}
    both(lambda m: m.jacrev(f, argnums, chunk_size=chunk_size), x, y)


def test_jacrev_of_pytrees():
    p, x = params(), torch.randn(4, 3)
    both(lambda m: m.jacrev(lambda p, x: x @ p["w"] * p["more"][0], (0, 1)), p, x)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (2, 3), (0,), (1, 0)])
@pytest.mark.parametrize("f", [torch.sin, torch.sum, lambda x: x.sum()[None], lambda x: (x.sum(), x.cos())])
def test_jacrev_of_any_shape(f, shape):
    both(lambda m: m.jacrev(f), torch.randn(shape))


def test_jacrev_has_aux():
    x = torch.randn(3)
    both(lambda m: m.jacrev(lambda x: (vector(x), {"y": x.exp()}), has_aux=True), x)
    both(lambda m: m.jacrev(lambda x: (vector(x), (x, x.sum())), has_aux=True, chunk_size=2), x)


def test_jacrev_of_what_does_not_depend_on_the_input():
    x = torch.randn(3)
    both(lambda m: m.jacrev(lambda x: (W * 1.0, x)), x)
    both(lambda m: m.jacrev(lambda x, y: y.sin(), (0, 1)), x, x)
    both(lambda m: m.jacrev(lambda x: (W[0] * 1.0, x.sin()), chunk_size=2), x)


def test_jacrev_nested():
    x = torch.randn(3)
    both(lambda m: m.jacrev(m.jacrev(vector)), x)
    both(lambda m: m.vmap(m.jacrev(vector)), torch.randn(4, 3))
    both(lambda m: m.jacrev(lambda x: m.vmap(m.grad(scalar))(x)), torch.randn(2, 3))
    both(lambda m: m.grad(lambda x: m.jacrev(vector)(x).square().sum()), x)


def test_jacrev_of_inputs_that_require_grad():
    x = torch.randn(3, requires_grad=True)
    oplift.jacrev(lambda x: x**3)(x).sum().backward()
    assert_close(x.grad, 6 * x.detach())


def test_half_and_double():
    for dtype in (torch.float64, torch.bfloat16):
        x = torch.randn(3, dtype=dtype)
        assert oplift.jacrev(torch.sin)(x).dtype is dtype
        both(lambda m, x=x: m.jacrev(lambda x: (x.sin(), x.float())), x)


# ---------------------------------------------------------------- errors


X = torch.ones(3)
I = torch.ones(3, dtype=torch.long)
Z = torch.ones(3, dtype=torch.complex64)
AUX = r"output of function f should be a tuple: \(output, aux\)"
MISUSES = [
    (lambda: oplift.grad(vector)(X), RuntimeError, r"Expected f\(\*args\) to return a scalar Tensor, got tensor with 1 dims.*vector.*must be a scalar.*vjp or jacrev"),
    (lambda: oplift.grad(lambda x: 1.0)(X), RuntimeError, r"Expected f\(\*args\) to return a Tensor, got <class 'float'>"),
    (lambda: oplift.grad(lambda x: (x.sum(), x))(X), RuntimeError, r"Expected f\(\*args\) to return a Tensor, got <class 'tuple'>.*has_aux"),
    (lambda: oplift.grad(lambda x: x.sum() * 1j)(X), RuntimeError, "grad can be implicitly created only for real scalar outputs but got torch.complex64"),
    (lambda: oplift.grad(torch.sum)(I), RuntimeError, "only Tensors of floating point dtype can require gradients.*torch.int64"),
    (lambda: oplift.grad(lambda p: p["x"].sum())({"x": X, "n": 3}), ValueError, "Thing passed to transform API must be Tensor, got <class 'int'>"),
    (lambda: oplift.grad(torch.sum, 1)(X), RuntimeError, "Got argnum=1, but only 1 positional inputs"),
    (lambda: oplift.grad(torch.sum, -2)(X), RuntimeError, "Got argnum=-2, but only 1 positional inputs"),
    (lambda: oplift.grad(torch.sum)(), RuntimeError, "Got argnum=0, but only 0 positional inputs"),
    (lambda: oplift.grad(torch.sum, ())(X), RuntimeError, "argnums must be non-empty"),
    (lambda: oplift.grad(scalar, (0, 0))(X, X), RuntimeError, "argnums elements must be unique"),
    (lambda: oplift.grad(scalar, (0, -2))(X, X), RuntimeError, "argnums elements must be unique"),
    (lambda: oplift.grad(scalar, (0, 1.0))(X, X), RuntimeError, "argnum must be int, got: <class 'float'>"),
    (lambda: oplift.grad(scalar, [0])(X, X), RuntimeError, r"argnums must be int or Tuple\[int, ...\], got: <class 'list'>"),
    (lambda: oplift.grad(scalar, has_aux=True)(X), RuntimeError, rf"grad_and_value\(f\)\(\*args\): {AUX}"),
    (lambda: oplift.grad(lambda x: (x.sum(), "text"), has_aux=True)(X), RuntimeError, "Expected tensors, got unsupported type <class 'str'>"),
    (lambda: oplift.vjp(vector, X, has_aux=True), RuntimeError, rf"vjp\(f, \*primals\): {AUX}"),
    (lambda: oplift.vjp(lambda x: [x, x], X, has_aux=True), RuntimeError, AUX),
    (lambda: oplift.vjp(lambda x: (x, 1), X, has_aux=True), RuntimeError, "Expected tensors, got unsupported type <class 'int'>"),
    (lambda: oplift.vjp(lambda x: None, X), RuntimeError, "Expected f to be a function that has non-empty output"),
    (lambda: oplift.vjp(lambda x: (), X), RuntimeError, "Expected f to be a function that has non-empty output"),
    (lambda: oplift.vjp(lambda x: (x, 1), X), RuntimeError, r"expected f\(\*primals\) to return only tensors, got unsupported type <class 'int'>"),
    (lambda: oplift.vjp(lambda x: x.long(), X), RuntimeError, "All outputs of f must be floating-point or complex Tensors, got Tensor with dtype torch.int64"),
    (lambda: oplift.vjp(torch.sin, I), RuntimeError, "only Tensors of floating point dtype"),
    (lambda: oplift.vjp(torch.sin, 1.0), ValueError, "must be Tensor, got <class 'float'>"),
    (lambda: oplift.vjp(lambda x: (x, x), X)[1](X), RuntimeError, "Expected pytree structure of cotangents to be the same as pytree structure of outputs"),
    (lambda: oplift.vjp(lambda x: (x, x), X)[1]([X, X]), RuntimeError, "Expected pytree structure of cotangents"),
    (lambda: oplift.vjp(torch.sin, X)[1](torch.ones(2)), RuntimeError, r"Mismatch in shape: grad_output\[0\] has a shape of torch.Size\(\[2\]\)"),
    (lambda: oplift.vjp(torch.sin, X)[1](Z), RuntimeError, "Mismatch in dtype"),
    (lambda: oplift.vjp(torch.sin, X)[1](1.0), RuntimeError, "must be a Tensor, got <class 'float'>"),
    (lambda: oplift.jacrev(torch.sin, chunk_size=0), ValueError, "jacrev: `chunk_size` should be greater than 0."),
    (lambda: oplift.jacrev(torch.sin)(Z), RuntimeError, "jacrev: Expected all inputs to be real but received complex tensor at flattened input idx: 0"),
    (lambda: oplift.jacrev(lambda x: (x, x * 1j))(X), RuntimeError, "jacrev: Expected all outputs to be real but received complex tensor at flattened input idx: 1"),
    (lambda: oplift.jacrev(lambda x: x.long())(X), RuntimeError, "All outputs of f must be floating-point"),
    (lambda: oplift.jacrev(torch.sin)(I), RuntimeError, "only Tensors of floating point dtype"),
    (lambda: oplift.jacrev(vector, has_aux=True)(X), RuntimeError, AUX),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(MISUSES)))
def test_misuse(case):
    call, error, message = MISUSES[case]
    with pytest.raises(error, match=message):
        call()
    assert not STACK.levels


class Mine(Exception):
    pass


@pytest.mark.parametrize(
    "transform", [oplift.grad, oplift.jacrev, oplift.grad_and_value, lambda f: lambda x: oplift.vjp(f, x)]
)
@pytest.mark.parametrize("outer", [lambda f: f, oplift.grad, oplift.jacrev])
def test_an_exception_leaves_nothing_behind(transform, outer):
    def f(x):
        x.sin()
        raise Mine

    with pytest.raises(Mine):
        outer(transform(f))(torch.ones(3))
    assert not STACK.levels
    assert torch.is_grad_enabled()
    assert torch._C._len_torch_function_stack() == 0
