"""jvp, jacfwd, hessian and linearize, against torch.func; their errors."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

import oplift
from oplift.stack import STACK

# What torch.func does at its first jvp.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")

W = torch.linspace(-1, 1, 9).reshape(3, 3)


def both(transform, *args, **kwargs):
    """Assert that a computation gives the same with oplift as with torch.func."""
    found = transform(oplift)(*args, **kwargs)
    assert_close(found, transform(torch.func)(*args, **kwargs))
    assert not STACK.levels
    return found


def vector(x, y=None):
    return torch.tanh(W @ x) * (x if y is None else y)


def scalar(x, y=None):
    return vector(x, y).square().sum()


def tree():
    return {"w": torch.randn(3, 2), "more": [torch.randn(2), (torch.randn(()),)]}


def model(p, x):
    return {"y": torch.sin(x @ p["w"]) * p["more"][0], "z": [p["more"][1][0].exp(), x.sum()]}


# ---------------------------------------------------------------- jvp


def test_jvp():
    x, y, v = torch.randn(3), torch.randn(3), torch.randn(3)
    both(lambda m: lambda: m.jvp(vector, (x,), (v,)))
    both(lambda m: lambda: m.jvp(vector, (x, y), (v, x)))
    both(lambda m: lambda: m.jvp(lambda x: (x, x.sum(), W), (x,), (v,)))


def test_jvp_of_pytrees():
    p, q = (tree(), torch.randn(4, 3)), (tree(), torch.randn(4, 3))
    both(lambda m: lambda: m.jvp(model, p, q))
    both(lambda m: lambda: m.jvp(lambda p, x: (model(p, x), {"x": x * 2}), p, q, has_aux=True))


def test_jvp_nested():
    x, v = torch.randn(3), torch.randn(3)
    push = lambda m, f: lambda x: m.jvp(f, (x,), (v,))[1]
    both(lambda m: push(m, push(m, vector)), x)
    both(lambda m: push(m, m.grad(scalar)), x)
    both(lambda m: m.grad(lambda x: push(m, vector)(x).sum()), x)
    both(lambda m: m.grad(lambda v: m.jvp(vector, (x,), (v,))[1].square().sum()), v)
    both(lambda m: m.vmap(lambda x, v: m.jvp(vector, (x,), (v,))), torch.randn(4, 3), torch.randn(4, 3))
    both(lambda m: m.vmap(lambda v: m.jvp(vector, (x,), (v,))), torch.randn(4, 3))


def test_no_grad_says_nothing_to_forward_mode():
    x = torch.randn(3)

    def f(x):
        with torch.no_grad():
            return x.sin()

    both(lambda m: lambda: m.jvp(f, (x,), (x,)))


def test_strict():
    x = torch.randn(3)
    both(lambda m: lambda: m.jvp(torch.sin, (x,), (x,), strict=True))
    with pytest.raises(RuntimeError, match="The output of f is independent of the inputs.*strict=True"):
        oplift.jvp(lambda x: (x, W), (x,), (x,), strict=True)


def test_results_are_differentiable_by_autograd():
    x, v = torch.randn(3, requires_grad=True), torch.randn(3, requires_grad=True)
    oplift.jvp(lambda x: x**3, (x,), (v,))[1].sum().backward()
    assert_close(x.grad, (6 * x * v).detach())
    assert_close(v.grad, (3 * x**2).detach())


def test_complex_tangents():
    z, v = torch.randn(3, dtype=torch.complex64), torch.randn(3, dtype=torch.complex64)
    both(lambda m: lambda: m.jvp(lambda z: (z * z, z.abs()), (z,), (v,)))


def test_inputs_that_the_function_writes():
    def f(x):
        y = x * x
        x.add_(1)
        return y

    x = torch.tensor([1.0, 2.0])
    assert_close(oplift.jvp(f, (x,), (torch.ones(2),)), (torch.tensor([1.0, 4.0]), torch.tensor([2.0, 4.0])))
    assert_close(x, torch.tensor([2.0, 3.0]))


# ---------------------------------------------------------------- jacfwd and hessian


@pytest.mark.parametrize("argnums", [0, 1, (0, 1), (1,), (1, 0), None])
def test_jacfwd(argnums):
    x, y = torch.randn(3), torch.randn(3)
    f = lambda x, y: {"v": vector(x, y), "s": [scalar(x, y), y.cos()[:, None] * y]}
    both(lambda m: m.jacfwd(f, argnums), x, y)


def test_negative_argnums():
    x, y = torch.randn(3), torch.randn(3)
    expected = torch.func.jacrev(vector, -1)(x, y)  # torch.func.jacfwd returns zeros
    assert_close(oplift.jacfwd(vector, -1)(x, y), expected)
    assert_close(oplift.jacfwd(vector, (-1, 0))(x, y), (expected, torch.func.jacfwd(vector)(x, y)))


def test_jacfwd_of_pytrees():
    p, x = tree(), torch.randn(4, 3)
    both(lambda m: m.jacfwd(model, (0, 1)), p, x)
    both(lambda m: m.jacfwd(model), p, x)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (2, 3), (0,), (1, 0)])
@pytest.mark.parametrize("f", [torch.sin, torch.sum, lambda x: x.sum()[None], lambda x: (x.sum(), x.cos())])
def test_jacfwd_of_any_shape(f, shape):
    both(lambda m: m.jacfwd(f), torch.randn(shape))


def test_an_argument_without_elements():
    both(lambda m: m.jacfwd(lambda x, y: x.sin() + y.sum(), (0, 1)), torch.randn(3), torch.randn(0))
    both(lambda m: m.jacfwd(lambda y, x: x.sin() + y.sum(), (0, 1)), torch.randn(0), torch.randn(3))


def test_jacfwd_has_aux():
    x = torch.randn(3)
    both(lambda m: m.jacfwd(lambda x: (vector(x), {"y": x.exp(), "w": W}), has_aux=True), x)
    both(lambda m: m.vmap(m.jacfwd(lambda x: (vector(x), x), has_aux=True)), torch.randn(2, 3))


def test_outputs_that_do_not_depend_on_the_input():
    x = torch.randn(3)
    both(lambda m: m.jacfwd(lambda x: (W * 1.0, x, x.long())), x)
    both(lambda m: m.jacfwd(lambda x, y: y.sin(), (0, 1)), x, x)


def test_jacfwd_nested():
    x = torch.randn(3)
    both(lambda m: m.jacfwd(m.jacfwd(vector)), x)
    both(lambda m: m.jacrev(m.jacfwd(vector)), x)
    both(lambda m: m.vmap(m.jacfwd(vector)), torch.randn(4, 3))
    both(lambda m: m.grad(lambda x: m.jacfwd(vector)(x).square().sum()), x)


def test_randomness():
    x = torch.randn(3)
    f = lambda x: x * torch.rand(3)
    with pytest.raises(RuntimeError, match="called random operation"):
        oplift.jacfwd(f)(x)
    same = oplift.jacfwd(f, randomness="same")(x)
    assert_close(same, same.diag().diag())
    different = oplift.jacfwd(f, randomness="different")(x)
    assert_close(different, different.diag().diag())
    with pytest.raises(RuntimeError, match="Only allowed values for randomness"):
        oplift.jacfwd(f, randomness="none")


@pytest.mark.parametrize("argnums", [0, 1, (0, 1), (1, 0)])
def test_hessian(argnums):
    x, y = torch.randn(3), torch.randn(3)
    both(lambda m: m.hessian(scalar, argnums), x, y)
    both(lambda m: m.hessian(vector, argnums), x, y)


def test_hessian_nested():
    both(lambda m: m.vmap(m.hessian(scalar)), torch.randn(4, 3))
    both(lambda m: m.grad(lambda x: m.hessian(scalar)(x).diagonal().sum()), torch.randn(3))
    p, x = tree(), torch.randn(4, 3)
    both(lambda m: m.hessian(lambda p, x: model(p, x)["y"].sum()), p, x)


def test_keyword_arguments():
    x, y = torch.randn(3), torch.randn(3)
    expected = torch.func.jacfwd(vector)(x, y)
    assert_close(oplift.jacfwd(vector)(x, y=y), expected)
    assert_close(oplift.jacrev(vector)(x, y=y), expected)
    assert_close(oplift.hessian(scalar)(x, y=y), torch.func.hessian(scalar)(x, y))


def test_names_are_kept():
    assert oplift.jacfwd(vector).__name__ == "vector"
    assert oplift.hessian(vector).__name__ == "vector"


# ---------------------------------------------------------------- linearize


def test_linearize():
    x, y = torch.randn(3), torch.randn(3)
    output, push = oplift.linearize(vector, x, y)
    assert_close(output, vector(x, y))
    for _ in range(2):
        v, w = torch.randn(3), torch.randn(3)
        assert_close(push(v, w), oplift.jvp(vector, (x, y), (v, w))[1])


def test_linearize_of_pytrees():
    p, q = (tree(), torch.randn(4, 3)), (tree(), torch.randn(4, 3))
    output, push = oplift.linearize(model, *p)
    assert_close((output, push(*q)), torch.func.jvp(model, p, q))


def test_linearize_runs_the_function_once():
    calls = []

    def f(x):
        calls.append(x)
        return x.sin()

    _, push = oplift.linearize(f, torch.randn(3))
    push(torch.ones(3))
    push(torch.ones(3))
    assert len(calls) == 1


def test_linearize_nested():
    x = torch.randn(3)
    push = lambda x, v: oplift.linearize(vector, x)[1](v)
    jacobian = torch.func.jacfwd(vector)(x)
    assert_close(oplift.vmap(oplift.linearize(vector, x)[1])(torch.eye(3)), jacobian.T)
    assert_close(oplift.vmap(push)(x.expand(3, 3), torch.eye(3)), jacobian.T)
    v = torch.randn(3)
    both_ways = torch.func.grad(lambda x: torch.func.jvp(vector, (x,), (v,))[1].sum())
    assert_close(oplift.grad(lambda x: push(x, v).sum())(x), both_ways(x))
    assert_close(oplift.jvp(lambda v: push(x, v), (v,), (v,))[1], jacobian @ v)


def test_linearize_of_what_does_not_depend_on_the_inputs():
    _, push = oplift.linearize(lambda x, y: (x.sin(), W * 1.0), torch.randn(3), torch.randn(2))
    assert_close(push(torch.ones(3), torch.ones(2))[1], torch.zeros(3, 3))


def test_linearize_of_complex_functions():
    z, v = torch.randn(3, dtype=torch.complex64), torch.randn(3, dtype=torch.complex64)
    f = lambda z: (z * z * (1 + 2j), z.abs(), z.conj())
    _, push = oplift.linearize(f, z)
    assert_close(push(v), torch.func.jvp(f, (z,), (v,))[1])


# ---------------------------------------------------------------- errors


X = torch.ones(3)
I = torch.ones(3, dtype=torch.long)
Z = torch.ones(3, dtype=torch.complex64)
JVP = r"jvp\(f, primals, tangents\): "
MISUSES = [
    (lambda: oplift.jvp(torch.sin, X, (X,)), RuntimeError, f"{JVP}Expected primals to be a tuple"),
    (lambda: oplift.jvp(torch.sin, (X,), X), RuntimeError, f"{JVP}Expected primals and tangents to have the same python structure"),
    (lambda: oplift.jvp(torch.sin, (X,), (X, X)), RuntimeError, "same python structure"),
    (lambda: oplift.jvp(torch.sin, (), ()), RuntimeError, "Expected primals to contain at least one Tensor"),
    (lambda: oplift.jvp(torch.sin, (1.0,), (X,)), RuntimeError, "Expected primals to only contain Tensors, got <class 'float'>"),
    (lambda: oplift.jvp(torch.sin, (X,), (1.0,)), RuntimeError, "Expected tangents to only contain Tensors, got <class 'float'>"),
    (lambda: oplift.jvp(torch.sin, (I,), (X,)), ValueError, "Expected primal to be floating point or complex, but got: torch.int64"),
    (lambda: oplift.jvp(torch.sin, (X,), (I,)), ValueError, "Expected tangent to be floating point or complex, but got: torch.int64"),
    (lambda: oplift.jvp(torch.sin, (X,), (torch.ones(2),)), RuntimeError, "Trying to set a forward gradient that has a different size than that of the original Tensor"),
    (lambda: oplift.jvp(torch.sin, (X,), (Z,)), RuntimeError, "complex64.*a real primal has real tangents"),
    (lambda: oplift.jvp(lambda x: None, (X,), (X,)), RuntimeError, "Expected f to be a function that has non-empty output"),
    (lambda: oplift.jvp(lambda x: (x, 1), (X,), (X,)), RuntimeError, r"expected f\(\*primals\) to return only tensors, got unsupported type <class 'int'>"),
    (lambda: oplift.jvp(torch.sin, (X,), (X,), has_aux=True), RuntimeError, rf"{JVP}output of function f should be a tuple: \(output, aux\)"),
    (lambda: oplift.jvp(lambda x: (x, 1), (X,), (X,), has_aux=True), RuntimeError, "Expected tensors, got unsupported type <class 'int'>"),
    (lambda: oplift.jacfwd(torch.sin)(Z), RuntimeError, "jacfwd: Expected all inputs to be real but received complex tensor at flattened input idx: 0"),
    (lambda: oplift.jacfwd(lambda x: x * 1j)(X), RuntimeError, "jacfwd: Expected all outputs to be real but received complex tensor"),
    (lambda: oplift.jacfwd(torch.sin)(I), ValueError, "floating point or complex, but got: torch.int64"),
    (lambda: oplift.jacfwd(torch.sin, 1)(X), RuntimeError, "Got argnum=1, but only 1 positional inputs"),
    (lambda: oplift.hessian(torch.sin, (0, 0))(X), RuntimeError, "argnums elements must be unique"),
    (lambda: oplift.linearize(torch.sin, X)[1](X, X), RuntimeError, "to have the same argspec as the primals"),
    (lambda: oplift.linearize(torch.sin, X)[1](torch.ones(2)), RuntimeError, "tangent:0 with shape .* in flattened pytree doesn't match the shape"),
    (lambda: oplift.linearize(torch.sin, X)[1](X.double()), RuntimeError, "tangent:0 with dtype torch.float64 in flattened pytree doesn't match the dtype"),
    (lambda: oplift.linearize(torch.sin, X)[1](X.to("meta")), RuntimeError, "tangent:0 with device meta in flattened pytree doesn't match the device"),
    (lambda: oplift.linearize(torch.sin, X)[1](1.0), RuntimeError, "Expected tangents to only contain Tensors"),
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
    "transform",
    [
        oplift.jacfwd,
        oplift.hessian,
        lambda f: lambda x: oplift.jvp(f, (x,), (x,)),
        lambda f: lambda x: oplift.linearize(f, x),
    ],
)
def test_an_exception_leaves_nothing_behind(transform):
    def f(x):
        x.sin()
        raise Mine

    for g in (transform(f), oplift.vmap(transform(f)), oplift.jacfwd(transform(f))):
        with pytest.raises(Mine):
            g(torch.ones(3))
        assert not STACK.levels
