"""What happens to an operator without rules: decomposition, loop with a warning, derived forms, an error."""

import pytest
import torch

import oplift
from oplift import grad, jvp, vmap
from oplift.rule import Rules, operator, override

LIBRARY = torch.library.Library("oplift_test_fallback", "DEF")


def define(name, schema, implementation):
    LIBRARY.define(name + schema)
    LIBRARY.impl(name, implementation, "CompositeExplicitAutograd")
    return getattr(torch.ops.oplift_test_fallback, name)


bare = define("bare", "(Tensor x, Tensor y) -> Tensor", lambda x, y: x.detach() * y.detach() + 1)
ragged = define("ragged", "(Tensor x) -> Tensor", lambda x: x[x > 0].clone())


def test_a_loop_with_a_warning_that_names_the_operator():
    xs, y = torch.randn(4, 3), torch.randn(3)
    with pytest.warns(oplift.FallbackWarning, match="oplift_test_fallback::bare has no batching rule"):
        out = vmap(bare, in_dims=(0, None))(xs, y)
    torch.testing.assert_close(out, xs * y + 1)


def test_examples_that_differ_in_shape_are_an_error():
    with (
        pytest.warns(oplift.FallbackWarning),
        pytest.raises(RuntimeError, match=r"shape \(2,\) for example 0 and \(1,\) for example 1"),
    ):
        vmap(ragged)(torch.tensor([[1.0, 2.0], [1.0, -1.0]]))


@pytest.mark.parametrize("transform", [grad, lambda f: lambda x: jvp(f, (x,), (x,))])
def test_no_derivative_is_guessed(transform):
    with pytest.raises(oplift.MissingRule, match=r"oplift_test_fallback::bare cannot be differentiated.*rules/\*.yaml"):
        transform(lambda x: bare(x, x).sum())(torch.ones(3))


def test_the_missing_direction_is_derived():
    x, t = torch.randn(3, dtype=torch.float64), torch.randn(3, dtype=torch.float64)
    y = torch.randn(3, dtype=torch.float64)

    def vjp(needs, x, y):
        return bare(x, y), lambda g: (g * y if needs[0] else None, g * x if needs[1] else None)

    def tangent(tangents, x, y):
        x_t, y_t = tangents
        return bare(x, y), (0 if x_t is None else x_t * y) + (0 if y_t is None else y_t * x)

    with override("oplift_test_fallback::bare", Rules(vjp=vjp)):
        torch.testing.assert_close(jvp(lambda x: bare(x, y), (x,), (t,))[1], t * y)
        torch.testing.assert_close(jvp(lambda x: bare(x, x), (x,), (t,))[1], 2 * t * x)
    with override("oplift_test_fallback::bare", Rules(jvp=tangent)):
        torch.testing.assert_close(grad(lambda x: bare(x, y).sum())(x), y)
        torch.testing.assert_close(grad(lambda x: bare(x, x).sum())(x), 2 * x)
    assert operator("oplift_test_fallback::bare").rules is None


def test_a_decomposition_serves_every_transform():
    xs = torch.randn(4, 3, dtype=torch.float64)
    with override("oplift_test_fallback::bare", Rules(decompose=lambda x, y: x * y + 1)):
        torch.testing.assert_close(vmap(bare)(xs, xs), xs * xs + 1)
        torch.testing.assert_close(vmap(grad(lambda x: bare(x, x).sum()))(xs), 2 * xs)


def test_an_operator_that_cannot_be_batched_says_why():
    with (
        override("oplift_test_fallback::bare", Rules(batch_unsupported="its kernel counts examples")),
        pytest.raises(oplift.MissingRule, match="its kernel counts examples"),
    ):
        vmap(bare)(torch.ones(2), torch.ones(2))


def test_an_unknown_operator():
    with pytest.raises(oplift.MissingRule, match="aten::no_such_operator"):
        operator("aten::no_such_operator")
