"""vmap's arguments, against torch.func.vmap and against a loop; its errors; chunks; randomness."""

from __future__ import annotations

import functools
from collections import OrderedDict, namedtuple

import pytest
import torch
from torch.fx.experimental.proxy_tensor import make_fx
from torch.testing import assert_close

import oplift
from oplift.stack import STACK

Pair = namedtuple("Pair", "left right")


def both(transform, *args, **kwargs):
    """Assert that a computation gives the same with oplift as with torch.func."""
    found = transform(oplift)(*args, **kwargs)
    assert_close(found, transform(torch.func)(*args, **kwargs))
    assert not STACK.levels
    return found


def f2(x, y):
    return x.sin() * y


# ---------------------------------------------------------------- in_dims and out_dims


@pytest.mark.parametrize("out_dim", [0, 1, 2, -1, -3])
@pytest.mark.parametrize("in_dim", [0, 1, 2, -1, -3])
def test_one_tensor(in_dim, out_dim):
    x = torch.randn(4, 4, 4)
    found = both(lambda m: m.vmap(lambda t: t.cumsum(0) * 2, in_dim, out_dim), x)
    rows = [t.cumsum(0) * 2 for t in x.unbind(in_dim)]
    assert_close(found, torch.stack(rows, out_dim))


@pytest.mark.parametrize(
    ("in_dims", "shapes"),
    [
        (0, [(3, 2), (3, 2)]),
        ((0, None), [(3, 2), (2,)]),
        ((None, 0), [(2,), (3, 2)]),
        ((1, 0), [(2, 3), (3, 2)]),
        ((-1, -2), [(2, 3), (3, 2)]),
        ((0, 0), [(3,), (3, 2)]),
        ((None, -1), [(), (2, 3)]),
    ],
)
def test_two_tensors(in_dims, shapes):
    args = [torch.randn(shape) for shape in shapes]
    both(lambda m: m.vmap(f2, in_dims), *args)


def test_in_dims_are_a_prefix_of_nested_inputs():
    params = {"w": torch.randn(3, 2), "nested": [torch.randn(2), (torch.randn(2, 3),)]}

    def f(p, x):
        return p["w"] * x + p["nested"][0] * p["nested"][1][0]

    for in_dims in [
        ({"w": 0, "nested": [None, (1,)]}, 0),
        ({"w": 0, "nested": [None, (-1,)]}, None),
    ]:
        x = torch.randn(3, 2) if in_dims[1] == 0 else torch.randn(2)
        both(lambda m, dims=in_dims: m.vmap(f, dims), params, x)
    whole = {"w": torch.randn(3, 2), "nested": [torch.randn(3, 2), (torch.randn(3, 2),)]}
    both(lambda m: m.vmap(f, in_dims=(0, None)), whole, torch.randn(2))


def test_the_order_of_keys_does_not_matter():
    x = {"a": torch.randn(3, 2), "b": torch.randn(2)}
    found = oplift.vmap(lambda d: d["a"] * d["b"], in_dims=({"b": None, "a": 0},))(x)
    assert_close(found, x["a"] * x["b"])


@pytest.mark.parametrize(
    "kind", [tuple, list, lambda xs: Pair(*xs), lambda xs: OrderedDict(zip("ab", xs, strict=True))]
)
def test_registered_containers(kind):
    xs = kind([torch.randn(3), torch.randn(3)])
    leaves = lambda t: list(t.values()) if isinstance(t, dict) else list(t)
    found = both(lambda m: m.vmap(lambda t: kind([2 * leaf for leaf in leaves(t)])), xs)
    assert type(found) is type(xs)


def test_what_is_not_mapped_may_be_any_object():
    x = torch.randn(3, 2)
    both(
        lambda m: m.vmap(lambda t, n, s, none: t * n if s == "go" and none is None else t, (0, None, None, None)),
        x,
        3,
        "go",
        None,
    )
    both(lambda m: m.vmap(torch.sum, (0, None)), x, 0)


@pytest.mark.parametrize("out_dims", [0, 1, (0, 1), (1, None), (0, None), -1])
def test_several_outputs(out_dims):
    x, y = torch.randn(3, 2), torch.randn(2)
    found = oplift.vmap(lambda t: (t.sin(), y), out_dims=out_dims)(x)
    rows = [x.sin(), y.expand(3, 2)]
    dims = out_dims if isinstance(out_dims, tuple) else (out_dims, out_dims)
    assert_close(found, tuple(y if dim is None else row.movedim(0, dim) for row, dim in zip(rows, dims, strict=True)))


def test_nested_out_dims():
    x = torch.randn(3, 2)
    f = lambda t: ({"a": t, "b": [t.cos(), t.sum()]}, t)
    both(lambda m: m.vmap(f, out_dims=({"a": 1, "b": [0, 0]}, -1)), x)
    both(lambda m: m.vmap(f, out_dims=({"a": 1, "b": 0}, 0)), x)


def test_a_lone_tensor_takes_a_tuple_of_one_out_dim():
    x = torch.randn(3, 2)
    both(lambda m: m.vmap(torch.sin, out_dims=(1,)), x)
    both(lambda m: m.vmap(lambda t: (t,), out_dims=1), x)
    both(lambda m: m.vmap(lambda t: (t,), out_dims=(1,)), x)


def test_out_dim_none_returns_what_does_not_depend_on_the_example():
    x, y = torch.randn(3), torch.randn(2)
    found = oplift.vmap(lambda t: (t, y * 2, "text", 3), out_dims=(0, None, None, None))(x)
    assert_close(found[:2], (x, y * 2))
    assert found[2:] == ("text", 3)


def test_an_output_that_is_not_mapped_is_repeated():
    # torch.func fails at the first of these
    assert_close(oplift.vmap(lambda t: torch.ones(2), out_dims=1)(torch.randn(3)), torch.ones(2, 3))
    both(lambda m: m.vmap(lambda t: torch.arange(3)), torch.randn(4))
    assert oplift.vmap(lambda t: torch.arange(3))(torch.randn(0)).shape == (0, 3)


def test_keyword_arguments_are_passed_on_whole():
    x = torch.randn(2, 5)
    f = lambda t, scale=4.0: t * scale
    both(lambda m: m.vmap(f), x)
    found = both(lambda m: m.vmap(f), x, scale=x)
    assert found.shape == (2, 2, 5)


@pytest.mark.parametrize("shape", [(0, 3), (0,), (2, 0)])
def test_size_zero(shape):
    dim = shape.index(0)
    rest = (*shape[:dim], *shape[dim + 1 :])
    y, z = oplift.vmap(lambda t: (t.sin() * 2, t.sum()), in_dims=dim)(torch.randn(shape))
    assert y.shape == (0, *rest)
    assert z.shape == (0,)


def test_inputs_that_require_grad():
    x = torch.randn(3, 2, requires_grad=True)
    y = oplift.vmap(lambda t: (t * t).sum())(x)
    y.sum().backward()
    assert_close(x.grad, 2 * x.detach())


# ---------------------------------------------------------------- nesting


def test_nested_vmaps_over_other_dimensions():
    x, y = torch.randn(2, 3), torch.randn(4)
    outer = both(lambda m: m.vmap(m.vmap(m.vmap(torch.mul, (None, 0)), (0, None)), (0, None)), x, y)
    assert_close(outer, x[:, :, None] * y)


@pytest.mark.parametrize("dims", [(0, 0, 0, 0), (1, 0, 2, 1), (-1, 1, -2, 0)])
def test_nested_dims(dims):
    outer_in, inner_in, outer_out, inner_out = dims
    x = torch.randn(2, 3, 4)
    both(lambda m: m.vmap(m.vmap(torch.cos, inner_in, inner_out), outer_in, outer_out), x)


def test_an_inner_vmap_of_constants_inside_of_an_outer_one():
    w = torch.randn(4, 2)
    both(lambda m: m.vmap(lambda x: m.vmap(lambda row: row * 2)(w) * x), torch.randn(3))


def test_the_result_of_an_inner_transform_can_be_written_to():
    w = torch.randn(2)

    def f(x):
        y = oplift.vmap(lambda t: t * 2)(w)
        y.add_(x)
        return y

    x = torch.randn(3)
    assert_close(oplift.vmap(f)(x), w * 2 + x[:, None])


def test_names_are_kept():
    assert oplift.vmap(f2).__name__ == "f2"
    assert oplift.vmap(f2).__wrapped__ is f2
    assert oplift.vmap(functools.partial(f2, y=1))(torch.ones(2)).shape == (2,)
    assert oplift.vmap(torch.nn.Linear(2, 3))(torch.ones(4, 2)).shape == (4, 3)


# ---------------------------------------------------------------- chunks


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 7, 8, 100])
def test_chunk_size(chunk_size):
    x, y = torch.randn(5, 7), torch.randn(2)
    f = lambda t, c: ({"a": t.sin(), "b": (c * t.sum(), c)}, t)
    kwargs = {"in_dims": (1, None), "out_dims": ({"a": 1, "b": 0}, -1)}
    both(lambda m: m.vmap(f, **kwargs, chunk_size=chunk_size), x, y)
    assert_close(oplift.vmap(f, **kwargs, chunk_size=chunk_size)(x, y), oplift.vmap(f, **kwargs)(x, y))


@pytest.mark.parametrize("chunks", [1, 2, 3, 7, 9])
def test_chunk_vmap(chunks):
    x = torch.randn(7, 5)
    found = oplift.experimental.chunk_vmap(torch.cumsum, (0, None), 1, chunks=chunks)(x, 0)
    assert_close(found, x.cumsum(1).T)


def test_chunks_keep_what_is_not_mapped():
    x = torch.randn(4)
    found = oplift.vmap(lambda t: (t, 7), out_dims=(0, None), chunk_size=3)(x)
    assert_close(found[0], x)
    assert found[1] == 7


def test_chunks_of_nothing():
    assert oplift.vmap(torch.sin, chunk_size=2)(torch.zeros(0, 3)).shape == (0, 3)
    assert oplift.experimental.chunk_vmap(torch.sin)(torch.zeros(0, 3)).shape == (0, 3)


def test_no_more_examples_at_once_than_the_chunk_size():
    seen = []
    oplift.vmap(lambda t: seen.append(oplift.func.debug_unwrap(t).shape[0]) or t, chunk_size=3)(torch.ones(7))
    assert seen == [3, 3, 1]


# ---------------------------------------------------------------- randomness


def test_randomness():
    x = torch.zeros(50)
    draw = lambda t: t + torch.rand(())
    with pytest.raises(RuntimeError, match="called random operation"):
        oplift.vmap(draw)(x)
    assert len(oplift.vmap(draw, randomness="different")(x).unique()) > 40
    assert len(oplift.vmap(draw, randomness="same")(x).unique()) == 1


def test_chunks_draw_the_same_or_other_numbers():
    x = torch.zeros(6)
    draw = lambda t: t + torch.rand(())
    assert len(oplift.vmap(draw, randomness="same", chunk_size=2)(x).unique()) == 1
    assert len(oplift.vmap(draw, randomness="different", chunk_size=2)(x).unique()) > 3
    assert len(oplift.experimental.chunk_vmap(draw, randomness="same")(x).unique()) == 1


# ---------------------------------------------------------------- errors


def misuse(error, *phrases):
    """A context that demands an error with all the phrases, each of them functorch's own."""
    return pytest.raises(error, match="".join(f"(?=[\\s\\S]*{phrase})" for phrase in phrases))


X = torch.ones(3)
MISUSES = [
    (lambda: oplift.vmap(f2, in_dims="x")(X, X), ValueError, ["expected `in_dims` to be int or a .potentially nested. tuple"]),
    (lambda: oplift.vmap(f2, in_dims=[0, 0])(X, X), ValueError, ["expected `in_dims` to be int", "list"]),
    (lambda: oplift.vmap(f2)(), ValueError, ["f2", "got no inputs"]),
    (lambda: oplift.vmap(f2, in_dims=(0,))(X, X), ValueError, ["in_dims is not compatible with the structure of `inputs`"]),
    (lambda: oplift.vmap(f2, in_dims=(0, [0]))(X, X), ValueError, ["in_dims is not compatible"]),
    (lambda: oplift.vmap(f2, in_dims=({"a": 0}, 0))({"b": X}, X), ValueError, ["in_dims is not compatible", "'a'", "'b'"]),
    (lambda: oplift.vmap(f2, in_dims=(0, 1.5))(X, X), ValueError, ["Got in_dim=1.5", "either an integer dimension or None", "'y'"]),
    (lambda: oplift.vmap(f2)(X, 3), ValueError, ["Got in_dim=0 for an input but the input is of type <class 'int'>", "'y'", "None"]),
    (lambda: oplift.vmap(torch.sum)(X, 0), ValueError, ["Got in_dim=0 for an input but the input is of type"]),
    (lambda: oplift.vmap(f2, (0, 1))(X, X), ValueError, ["Got in_dim=1 for some input, but that input is a Tensor of dimensionality 1", "argument 'y'", "3,"]),
    (lambda: oplift.vmap(f2, (0, -2))(X, X), ValueError, ["Got in_dim=-2 for some input, but that input is a Tensor of dimensionality 1"]),
    (lambda: oplift.vmap(f2)(torch.tensor(1.0), X), ValueError, ["Got in_dim=0 for some input", "dimensionality 0"]),
    (lambda: oplift.vmap(f2)(X, torch.ones(4)), ValueError, ["Expected all tensors to have the same size in the mapped dimension", "'x' has 3", "'y' has 4"]),
    (lambda: oplift.vmap(f2, (None, None))(X, X), ValueError, ["at least one Tensor"]),
    (lambda: oplift.vmap(lambda x: 3.5)(X), ValueError, ["must only return Tensors, got type <class 'float'>", "out_dims= to None"]),
    (lambda: oplift.vmap(lambda x: (x, None))(X), ValueError, ["must only return Tensors, got type <class 'NoneType'>"]),
    (lambda: oplift.vmap(torch.sin, out_dims=None)(X), ValueError, ["can not return a BatchedTensor when out_dim is None"]),
    (lambda: oplift.vmap(torch.sin, out_dims="0")(X), ValueError, ["must be an int, None or a python collection of ints"]),
    (lambda: oplift.vmap(torch.sin, out_dims=(0, 0))(X), ValueError, ["out_dims is not compatible with the structure of `outputs`"]),
    (lambda: oplift.vmap(lambda x: (x, x), out_dims=(0,))(X), ValueError, ["out_dims is not compatible with the structure"]),
    (lambda: oplift.vmap(torch.sin, out_dims=1)(X), IndexError, ["Dimension out of range", "-1, 0", "got 1"]),
    (lambda: oplift.vmap(torch.sin, out_dims=-2)(X), IndexError, ["Dimension out of range"]),
    (lambda: oplift.vmap(torch.sin, randomness="some"), RuntimeError, ["Only allowed values for randomness are 'error', 'different', or 'same'. Got some"]),
    (lambda: oplift.vmap(torch.sin, chunk_size=0), ValueError, ["vmap: chunk_size should be None or greater than 0. .got 0"]),
    (lambda: oplift.experimental.chunk_vmap(torch.sin, chunks=0), ValueError, ["chunks should be greater than 0"]),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(MISUSES)))
def test_misuse(case):
    call, error, phrases = MISUSES[case]
    with misuse(error, *phrases):
        call()
    assert not STACK.levels


class Mine(Exception):
    pass


@pytest.mark.parametrize(
    "transform",
    [lambda f: oplift.vmap(f), lambda f: oplift.vmap(oplift.vmap(f)), lambda f: oplift.vmap(f, chunk_size=1)],
)
def test_an_exception_leaves_nothing_behind(transform):
    def f(x):
        raise Mine

    with pytest.raises(Mine):
        transform(f)(torch.ones(2, 2))
    assert not STACK.levels
    assert torch._C._len_torch_function_stack() == 0


# ---------------------------------------------------------------- under make_fx and torch.compile


def test_make_fx():
    x = torch.randn(3, 2)
    graph = make_fx(oplift.vmap(lambda t: t.sin().sum()))(x)
    y = torch.randn(3, 2)
    assert_close(graph(y), y.sin().sum(1))


def test_torch_compile_falls_back_to_eager():
    f = oplift.vmap(lambda t: t.sin() * 2)

    @torch.compile(backend="eager")
    def program(x):
        return f(x + 1) + oplift.vmap(torch.cos)(x)

    x = torch.randn(3)
    for _ in range(2):
        assert_close(program(x), (x + 1).sin() * 2 + x.cos())
    assert_close(torch.compile(f, backend="eager")(x), x.sin() * 2)
