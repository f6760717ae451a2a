"""Indexing and views against a loop over plain PyTorch: every placement of the batch among the operands."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import oplift

SIZE = 3
SHAPE = (4, 5, 3)
Tensor = torch.Tensor


def integers(high: int, *shape: int, negative: bool = True) -> Tensor:
    return torch.randint(-high if negative else 0, high, shape)


def mask(count: int, *shape: int) -> Tensor:
    """A mask with `count` true elements, at random places."""
    flat = torch.zeros(torch.Size(shape).numel(), dtype=torch.bool)
    flat[torch.randperm(flat.numel())[:count]] = True
    return flat.reshape(shape)


def placements(n: int) -> Iterator[tuple[int | None, ...]]:
    """in_dims with each operand batched or not, at least one of them."""
    yield from (dims for dims in product((0, None), repeat=n) if any(d == 0 for d in dims))


def against_loop(f: Callable[..., Tensor], examples: Sequence[Sequence[Tensor]], **kwargs: Any) -> None:
    """vmap(f) must equal a loop over the examples, for every placement of the batch."""
    first = examples[0]
    for dims in placements(len(first)):
        rows = [[x if d == 0 else y for x, y, d in zip(e, first, dims, strict=True)] for e in examples]
        want = torch.stack([f(*row) for row in rows])
        operands = [torch.stack(xs) if d == 0 else xs[0] for xs, d in zip(zip(*rows, strict=True), dims, strict=True)]
        got = oplift.vmap(f, in_dims=dims)(*operands)
        torch.testing.assert_close(got, want, msg=lambda text, dims=dims: f"in_dims = {dims}: {text}", **kwargs)


def examples(make: Callable[[], Sequence[Tensor]]) -> list[Sequence[Tensor]]:
    return [make() for _ in range(SIZE)]


#: Where index tensors stand and what shapes they have; None: a dimension that is left alone.
INDICES: dict[str, Sequence[tuple[int, ...] | None]] = {
    "first": [(2,)],
    "second": [None, (2, 3)],
    "last": [None, None, (2,)],
    "number": [None, ()],
    "adjacent": [(2, 1), (3,)],
    "adjacent, not first": [None, (2, 1), (3,)],
    "apart": [(2, 1), None, (3,)],
    "apart numbers": [(), None, ()],
    "all": [(2,), (2,), ()],
}


def index_tensors(shapes: Sequence[tuple[int, ...] | None]) -> list[Tensor]:
    return [integers(n, *s) for n, s in zip(SHAPE, shapes, strict=False) if s is not None]


def indexer(shapes: Sequence[tuple[int, ...] | None], tensors: Sequence[Tensor]) -> tuple[Any, ...]:
    given_ones = iter(tensors)
    return tuple(slice(None) if s is None else next(given_ones) for s in shapes)


@pytest.mark.parametrize("where", INDICES)
def test_index(where: str) -> None:
    shapes = INDICES[where]
    against_loop(lambda x, *t: x[indexer(shapes, t)], examples(lambda: [torch.randn(SHAPE), *index_tensors(shapes)]))


@pytest.mark.parametrize("accumulate", [True, False])
@pytest.mark.parametrize("where", INDICES)
@pytest.mark.parametrize("trim", [0, 1, 9])
def test_index_put(where: str, trim: int, accumulate: bool) -> None:
    """Values of the full shape, without the first dimension, and a single number."""
    shapes = INDICES[where]
    full = torch.zeros(SHAPE)[indexer(shapes, index_tensors(shapes))].shape[trim:]

    def put(x: Tensor, v: Tensor, *t: Tensor) -> Tensor:
        indices = [None if s is None else next(it) for it in [iter(t)] for s in shapes]
        return torch.ops.aten.index_put(x, indices, v, accumulate)

    def make() -> list[Tensor]:
        # where an index occurs twice, which value wins is undefined: all of an example's values are the same then
        values = torch.randn(full) if accumulate else torch.randn(()).expand(full).clone()
        return [torch.randn(SHAPE), values, *index_tensors(shapes)]

    against_loop(put, examples(make))


@pytest.mark.parametrize("where", INDICES)
def test_index_derivatives(where: str) -> None:
    """The gradient of a batched index, against PyTorch's own for each example."""
    shapes = INDICES[where]

    def f(x: Tensor, *t: Tensor) -> Tensor:
        return (x[indexer(shapes, t)] ** 3).sum()

    def truth(x: Tensor, *t: Tensor) -> Tensor:
        x = x.clone().requires_grad_()
        return torch.autograd.grad(f(x, *t), x)[0]

    rows = examples(lambda: [torch.randn(SHAPE), *index_tensors(shapes)])
    got = oplift.vmap(oplift.grad(f))(*[torch.stack(xs) for xs in zip(*rows, strict=True)])
    torch.testing.assert_close(got, torch.stack([truth(*row) for row in rows]))


@pytest.mark.parametrize("index", ["mask", "mask first", "mask last", "mask and index"])
def test_masks_that_agree_in_count(index: str) -> None:
    picks: dict[str, tuple[Callable[[], list[Tensor]], Callable[..., Tensor]]] = {
        "mask": (lambda: [mask(17, *SHAPE)], lambda x, m: x[m]),
        "mask first": (lambda: [mask(7, 4, 5)], lambda x, m: x[m]),
        "mask last": (lambda: [mask(7, 5, 3)], lambda x, m: x[:, m]),
        "mask and index": (lambda: [mask(2, 4), integers(3, 2)], lambda x, m, i: x[m, :, i]),
    }
    make, f = picks[index]
    against_loop(f, examples(lambda: [torch.randn(SHAPE), *make()]))


def test_masks_that_differ_in_count_name_the_example() -> None:
    x = torch.randn(3, 4)
    wide = torch.tensor([[True, False, False, True], [False, True, True, False], [True, True, True, False]])
    with pytest.raises(RuntimeError, match=r"2 elements in example 0 and 3 in example 2.*torch\.where"):
        oplift.vmap(lambda x, m: x[m])(x, wide)
    with pytest.raises(RuntimeError, match="example 2"):
        oplift.vmap(torch.nonzero)(wide)


def test_masks_under_two_levels() -> None:
    x, m = torch.randn(2, 3, 6), torch.stack([torch.stack([mask(2, 6) for _ in range(3)]) for _ in range(2)])
    got = oplift.vmap(oplift.vmap(lambda x, m: x[m]))(x, m)
    want = torch.stack([torch.stack([x[i, j][m[i, j]] for j in range(3)]) for i in range(2)])
    torch.testing.assert_close(got, want)


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_one_index_along_one_dimension(dim: int) -> None:
    part = list(SHAPE)
    part[dim] = 2

    def make() -> list[Tensor]:
        return [torch.randn(SHAPE), torch.randperm(SHAPE[dim])[:2], torch.randn(part)]

    against_loop(lambda x, i, s: x.index_select(dim, i), examples(make))
    against_loop(lambda x, i, s: x.index_add(dim, i, s, alpha=2), examples(make))
    against_loop(lambda x, i, s: x.index_copy(dim, i, s), examples(make))
    against_loop(lambda x, i, s: x.index_fill(dim, i, 5), examples(make))
    against_loop(lambda x, i, s: x.index_fill(dim, i, s.sum()), examples(make))


def test_one_index_into_a_number() -> None:
    def make() -> list[Tensor]:
        return [torch.randn(()), torch.zeros(1, dtype=torch.int64), torch.randn(())]

    against_loop(lambda x, i, s: x.index_select(0, i), examples(make))
    against_loop(lambda x, i, s: x.index_add(0, i, s), examples(make))
    against_loop(lambda x, i, s: x.index_copy(0, i, s), examples(make))
    against_loop(lambda x, i, s: x.index_fill(0, i, s), examples(make))
    against_loop(lambda x, i, s: x.gather(0, i), examples(make))


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("shape", [SHAPE, (2, 3, 2)])
def test_an_index_for_each_element(dim: int, shape: tuple[int, ...]) -> None:
    def make() -> list[Tensor]:
        # no position occurs twice along dim, so that a plain scatter is defined
        order = torch.rand(SHAPE).argsort(dim)[tuple(slice(n) for n in shape)]
        return [torch.randn(SHAPE), order, torch.randn(shape)]

    against_loop(lambda x, i, s: x.gather(dim, i), examples(make))
    against_loop(lambda x, i, s: x.scatter(dim, i, s), examples(make))
    against_loop(lambda x, i, s: x.scatter(dim, i, 2.0), examples(make))
    against_loop(lambda x, i, s: x.scatter_add(dim, i, s), examples(make))
    for reduce in ("sum", "prod", "mean", "amax", "amin"):
        for include in (True, False):
            against_loop(
                lambda x, i, s, r=reduce, n=include: x.scatter_reduce(dim, i, s, r, include_self=n), examples(make)
            )


@pytest.mark.parametrize("zeros", [0, 1, 2, 3])
def test_products_have_derivatives_where_factors_are_zero(zeros: int) -> None:
    """Products of four factors in one slot: second derivatives in closed form, by leaving two of them out."""
    x = torch.tensor([2.0, 3.0, 5.0, 7.0], dtype=torch.float64)
    x[:zeros] = 0
    index = torch.zeros(4, dtype=torch.int64)

    def f(x: Tensor) -> Tensor:
        return torch.ones(1, dtype=x.dtype).scatter_reduce(0, index, x, "prod").sum()

    want = torch.zeros(4, 4, dtype=torch.float64)
    for i, j in product(range(4), repeat=2):
        want[i, j] = 0 if i == j else torch.stack([x[k] for k in range(4) if k not in (i, j)]).prod()
    torch.testing.assert_close(oplift.hessian(f)(x), want)


@pytest.mark.parametrize("padding_idx", [None, 1])
def test_embedding(padding_idx: int | None) -> None:
    against_loop(
        lambda w, i: torch.nn.functional.embedding(i, w, padding_idx=padding_idx),
        examples(lambda: [torch.randn(5, 2), integers(5, 2, 3, negative=False)]),
    )

    def loss(w: Tensor, i: Tensor) -> Tensor:
        return (torch.nn.functional.embedding(i, w, padding_idx=padding_idx) ** 2).sum()

    def truth(w: Tensor, i: Tensor) -> Tensor:
        w = w.clone().requires_grad_()
        return torch.autograd.grad(loss(w, i), w)[0]

    w, i = torch.randn(SIZE, 5, 2), integers(5, SIZE, 4, negative=False)
    got = oplift.vmap(oplift.grad(loss))(w, i)
    torch.testing.assert_close(got, torch.stack([truth(*row) for row in zip(w, i, strict=True)]))


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_embedding_bag(mode: str) -> None:
    def f(w: Tensor, i: Tensor) -> Tensor:
        offsets = torch.tensor([0, 2, 2, 5])
        return torch.nn.functional.embedding_bag(i, w, offsets, mode=mode, padding_idx=1)

    against_loop(f, examples(lambda: [torch.randn(5, 2), integers(5, 6, negative=False)]))


def test_scale_grad_by_freq_acts_on_the_first_derivative_alone() -> None:
    """As in PyTorch: its double backward is that of the plain gradient; forward over reverse would contradict it."""
    index = torch.tensor([1, 1, 3, 1, 0])

    def gradient(impl: Any, w: Tensor, v: Tensor) -> Tensor:
        return impl.vjp(lambda w: torch.nn.functional.embedding(index, w, scale_grad_by_freq=True), w)[1](v)[0]

    w, v, other = torch.randn(4, 2), torch.randn(5, 2, requires_grad=True), torch.randn(4, 2)
    leaf = w.clone().requires_grad_()
    out = torch.nn.functional.embedding(index, leaf, scale_grad_by_freq=True)
    (first,) = torch.autograd.grad(out, leaf, v, create_graph=True)
    (second,) = torch.autograd.grad(first, v, other)
    torch.testing.assert_close(gradient(oplift, w, v.detach()), first.detach())
    torch.testing.assert_close(oplift.vjp(lambda v: gradient(oplift, w, v), v.detach())[1](other)[0], second)
    with pytest.raises(oplift.MissingRule, match="scale_grad_by_freq=True is refused"):
        oplift.jvp(lambda v: gradient(oplift, w, v), (v.detach(),), (torch.ones(5, 2),))


def test_scale_grad_by_freq_of_bags_divides_by_the_count_of_each_index() -> None:
    """As documented; PyTorch's CPU kernel divides the k-th distinct index by the count of the k-th smallest entry."""
    index, offsets = torch.tensor([1, 1, 1, 2, 3, 3]), torch.tensor([0, 2])

    def total(w: Tensor) -> Tensor:
        return torch.nn.functional.embedding_bag(index, w, offsets, mode="sum", scale_grad_by_freq=True).sum()

    w = torch.randn(5, 2)
    want = torch.tensor([0.0, 1.0, 1.0, 1.0, 0.0])[:, None].expand(5, 2)
    torch.testing.assert_close(oplift.grad(total)(w), want)
    torch.testing.assert_close(oplift.vmap(oplift.grad(total))(torch.stack([w, 2 * w])), want.expand(2, 5, 2))
    leaf = w.clone().requires_grad_()
    kernel = torch.autograd.grad(total(leaf), leaf)[0][:, 0].tolist()
    assert kernel == pytest.approx([0, 1, 1 / 3, 2 / 3, 0]), "PyTorch's kernel was mended: drop this and the deviations"


# ---- basic indexing

ENTRIES = st.one_of(
    st.integers(-3, 2),
    st.none(),
    st.builds(slice, st.none() | st.integers(-4, 4), st.none() | st.integers(-4, 4), st.none() | st.integers(1, 3)),
)


@st.composite
def basic_indices(draw: st.DrawFn) -> tuple[Any, ...]:
    """An index of at most three dimensions of size 3 or more, perhaps with an Ellipsis."""
    entries = draw(st.lists(ENTRIES, max_size=5).filter(lambda es: sum(e is not None for e in es) <= 3))
    if draw(st.booleans()):
        entries.insert(draw(st.integers(0, len(entries))), Ellipsis)
    return tuple(entries)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(index=basic_indices())
def test_basic_index(index: tuple[Any, ...]) -> None:
    x, shape = torch.arange(3 * 60.0).reshape(3, 4, 5, 3), (4, 5, 3)
    torch.testing.assert_close(oplift.vmap(lambda x: x[index])(x), torch.stack([e[index] for e in x]))
    weight = torch.arange(torch.zeros(shape)[index].numel(), dtype=torch.float32).reshape(
        torch.zeros(shape)[index].shape
    )
    y = x[0].clone().requires_grad_()
    (want,) = torch.autograd.grad((y[index] ** 2 * weight).sum(), y)
    torch.testing.assert_close(oplift.grad(lambda x: (x[index] ** 2 * weight).sum())(x[0]), want)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(index=basic_indices(), trim=st.integers(0, 4))
def test_basic_index_assignment(index: tuple[Any, ...], trim: int) -> None:
    value = torch.zeros(4, 5, 3)[index].shape[trim:]

    def assign(x: Tensor, v: Tensor) -> Tensor:
        x = x.clone()
        x[index] = v
        return x

    against_loop(assign, examples(lambda: [torch.randn(4, 5, 3), torch.randn(value)]))


# ---- views and what a write to them does

VIEWS: dict[str, Callable[[Tensor], Tensor]] = {
    "view": lambda x: x.view(20, 3),
    "view -1": lambda x: x.view(-1),
    "flatten": lambda x: x.flatten(1),
    "unflatten": lambda x: x.unflatten(0, (2, 2)),
    "unsqueeze": lambda x: x.unsqueeze(-1),
    "squeeze": lambda x: x[:1].squeeze(),
    "squeeze dim": lambda x: x[:, :1].squeeze(1),
    "squeeze dims": lambda x: x[:1, :1].squeeze((0, 1)),
    "transpose": lambda x: x.transpose(0, -1),
    "t": lambda x: x[0].t(),
    "T": lambda x: x[0].T,
    "mT": lambda x: x.mT,
    "permute": lambda x: x.permute(2, 0, 1),
    "movedim": lambda x: x.movedim(0, -1),
    "movedim two": lambda x: x.movedim((0, 1), (2, 0)),
    "swapaxes": lambda x: x.swapaxes(0, 2),
    "select": lambda x: x.select(1, -2),
    "slice": lambda x: x[1:, ::2],
    "narrow": lambda x: x.narrow(1, -3, 2),
    "diagonal": lambda x: x.diagonal(1, 0, 1),
    "unfold": lambda x: x.unfold(1, 2, 3),
    "as_strided": lambda x: x.as_strided((2, 4), (20, 3), 5),
    "split": lambda x: x.split(2)[1],
    "split sizes": lambda x: x.split([1, 3, 1], 1)[1],
    "chunk": lambda x: x.chunk(2, 1)[0],
    "unbind": lambda x: x.unbind(2)[1],
    "getitem": lambda x: x[..., None, 1],
    "view of a view": lambda x: x.transpose(0, 1)[2].unsqueeze(0),
}


def written(view: Callable[[Tensor], Tensor], x: Tensor, v: Tensor) -> Tensor:
    x = x * 1
    view(x).copy_(v)
    return x


def written_by_index(view: Callable[[Tensor], Tensor], x: Tensor, v: Tensor) -> Tensor:
    """The truth of `written`: the places that the view sees, from the view of the numbers of all places."""
    places = view(torch.arange(x.numel()).reshape(x.shape))
    return x.reshape(-1).index_put((places,), v).reshape(x.shape)


@pytest.mark.parametrize("name", VIEWS)
def test_view(name: str) -> None:
    view = VIEWS[name]
    against_loop(view, examples(lambda: [torch.randn(SHAPE)]))


@pytest.mark.parametrize("name", VIEWS)
def test_a_write_to_a_view_reaches_its_base(name: str) -> None:
    view = VIEWS[name]
    x, v = torch.randn(SIZE, *SHAPE), torch.randn(SIZE, *view(torch.zeros(SHAPE)).shape)
    got = oplift.vmap(lambda x, v: written(view, x, v))(x, v)
    torch.testing.assert_close(got, torch.stack([written_by_index(view, *row) for row in zip(x, v, strict=True)]))
    got = oplift.vmap(lambda x, v: written(view, x, v), in_dims=(-1, None))(x.movedim(0, -1), v[0])
    torch.testing.assert_close(got, torch.stack([written_by_index(view, row, v[0]) for row in x]))


@pytest.mark.parametrize("name", VIEWS)
def test_a_write_to_a_view_is_differentiated(name: str) -> None:
    view = VIEWS[name]
    x, v = torch.randn(SHAPE), torch.randn(view(torch.zeros(SHAPE)).shape)
    weight = torch.randn(SHAPE)
    plain = [x.clone().requires_grad_(), v.clone().requires_grad_()]
    want = torch.autograd.grad((written_by_index(view, *plain) ** 2 * weight).sum(), plain)
    got = oplift.grad(lambda x, v: (written(view, x, v) ** 2 * weight).sum(), argnums=(0, 1))(x, v)
    torch.testing.assert_close(got, want)


def test_a_write_to_what_is_seen_twice_is_refused() -> None:
    def f(x: Tensor) -> Tensor:
        x = x * 1
        x.expand(4, 3).mul_(2)
        return x

    with pytest.raises(RuntimeError, match="more than one"):
        oplift.vmap(f)(torch.randn(2, 3))


def test_a_mask_of_an_outer_batch_selects_different_numbers() -> None:
    """Where the same value goes to all selected elements, they need not agree, whichever vmap the mask belongs to."""

    def written(x: Tensor, where: Tensor, value: Tensor) -> Tensor:
        y = x.clone()
        y[where] = value
        return y.index_put((where,), x.sum(), accumulate=True)

    xs, values = torch.randn(2, 4, 4), torch.randn(2)
    wheres = torch.stack([mask(count, 4, 4) for count in (6, 0, 16)])
    want = torch.stack([torch.stack([written(x, w, v) for x, v in zip(xs, values, strict=True)]) for w in wheres])
    inner = oplift.vmap(written, in_dims=(0, None, 0))
    torch.testing.assert_close(oplift.vmap(inner, in_dims=(None, 0, None))(xs, wheres, values), want)
