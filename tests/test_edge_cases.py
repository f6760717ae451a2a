"""Where functions end or bend: empty and 0-dimensional tensors, complex views, kinks, promotion, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import oplift
from oplift import grad, hessian, jacfwd, jacrev, jvp, vjp, vmap

from .truth import BATCH, Row, assert_same, compare, complexes, integers, loop, masks, real, row

T = torch.tensor


def _rows(make: Callable[[], Tensor], functions: dict[str, Callable[..., Any]]) -> dict[str, Row]:
    return {name: row(f, make) for name, f in functions.items()}


# ---------------------------------------------------------------- nothing, and single numbers

EMPTY = _rows(lambda: torch.zeros(BATCH, 0, dtype=torch.float64), {
    "sum": lambda x: x.sum(),
    "prod": lambda x: x.prod(),
    "cat": lambda x: torch.cat([x, torch.ones(2, dtype=x.dtype)]),
    "scans": lambda x: (x.cumsum(0), x.cumprod(0), x.logcumsumexp(0)),
    "sort": lambda x: x.sort().values,
    "top-k": lambda x: x.topk(0).values,
    "product": lambda x: x[None] @ x[:, None],
    "softmax": lambda x: x.softmax(0),
    "norm": lambda x: torch.linalg.vector_norm(x),
    "rearranged": lambda x: (x.flip(0), x.roll(1), x.reshape(0, 3), torch.stack([x, x]), x.diag()),
    "padded": lambda x: F.pad(x, (1, 2)),
    "index": lambda x: x[torch.zeros(0, dtype=torch.long)],
    "einsum": lambda x: torch.einsum("i,i->", x, x),
    "outer": lambda x: torch.outer(x, torch.ones(2, dtype=x.dtype)),
    "linear": lambda x: F.linear(x, torch.ones(2, 0, dtype=x.dtype)),
    "embedding": lambda x: F.embedding(torch.zeros(0, dtype=torch.long), x.reshape(2, 0)),
})  # fmt: skip

NUMBERS = _rows(real(), {
    "reductions": lambda x: (x.sum(0), x.mean(), x.max(0).values, x.amax(0), x.logsumexp(0), x.norm(), x.median()),
    "scans": lambda x: (x.cumsum(0), x.cumprod(0), x.cummax(0).values, x.logcumsumexp(0)),
    "sorted": lambda x: (x.sort().values, x.topk(1).values, x.kthvalue(1).values, x.softmax(0)),
    "rearranged": lambda x: (x.flip(0), x.roll(1), x.flatten(), x.reshape(1, 1), x.expand(3), x.view(()), x.repeat(2)),
    "views": lambda x: (x.squeeze(), x.unsqueeze(-1), x.transpose(0, -1), x.movedim(0, 0), x.permute(()), x[...], x[None]),
    "gather": lambda x: (x.gather(0, T(0)), x.take(T([0, 0])), x.index_select(0, T([0]))),
    "scatter": lambda x: (x.scatter(0, T(0), x * 2), x.index_add(0, T(0), x * 3), x.index_fill(0, T([0]), 2.0)),
    "masked": lambda x: (x.masked_fill(T(True), 1.0), torch.where(x > 0, x, -x)),
    "losses": lambda x: (F.mse_loss(x, T(1.0).to(x)), F.binary_cross_entropy_with_logits(x, T(1.0).to(x))),
    "index of itself": lambda x: x * x.argmax(),
})  # fmt: skip


@pytest.mark.parametrize("name", EMPTY)
def test_tensors_without_elements(name: str) -> None:
    compare(EMPTY[name])


@pytest.mark.parametrize("name", NUMBERS)
def test_tensors_without_dimensions(name: str) -> None:
    compare(NUMBERS[name])


NO_EXAMPLES = {
    "product": lambda x: x @ x.mT,
    "softmax": lambda x: x.softmax(-1),
    "convolution": lambda x: F.conv1d(x, torch.ones(2, 2, 2)),
    "inverse": lambda x: torch.linalg.inv(x[:, :2]),
    "sort": lambda x: x.sort().values,
    "index": lambda x: x[T([0, 1])],
    "pooling": lambda x: F.max_pool1d(x, 2),
    "layer norm": lambda x: F.layer_norm(x, (3,)),
    "attention": lambda x: F.scaled_dot_product_attention(x, x, x),
    "fourier": lambda x: torch.fft.fft(x).real,
    "einsum": lambda x: torch.einsum("ij,kj->ik", x, x),
    "ctc": lambda x: F.ctc_loss(x[:, None].log_softmax(-1), T([[1]]), T([2]), T([1])),
    "ctc of numbers": lambda x: F.ctc_loss(x[:, None].log_softmax(-1), T([[1]]), [2], [1], reduction="sum"),
}


@pytest.mark.parametrize("name", NO_EXAMPLES)
def test_batches_without_examples(name: str) -> None:
    f, x = NO_EXAMPLES[name], torch.zeros(0, 2, 3)
    assert vmap(f)(x).shape == (0, *f(torch.eye(2, 3)).shape)
    assert vmap(grad(lambda x: f(x).sum()))(x).shape == x.shape


# ---------------------------------------------------------------- complex numbers

COMPLEX = _rows(complexes(4), {
    "parts": lambda x: (x.real, x.imag * 2, x.conj().real, x.conj().imag, x.angle()),
    "views": lambda x: torch.view_as_complex(torch.view_as_real(x) * 2),
    "conjugate products": lambda x: (x * x.conj(), torch.vdot(x, x), torch.dot(x, x.conj()).real),
    "matrices": lambda x: (x.reshape(2, 2).conj() @ x.reshape(2, 2).mH, torch.einsum("i,j->ij", x, x.conj())),
    "complex numbers": lambda x: (2j * x + (1 + 1j) - x / 2j, 1j - x, 1j / (x + 3), torch.add(x, x, alpha=2j)),
    "powers": lambda x: ((2 + 1j) ** x, (x + 2) ** (1 + 2j), x**2, x.cumprod(0)),
    "real out": lambda x: (torch.fft.fft(x).abs(), torch.fft.irfft(x), x.abs() ** 2),
    "where": lambda x: torch.where(x.real > 0, x, x * 2j),
})  # fmt: skip
REAL_IN = _rows(real(4), {
    "made of two": lambda x: torch.complex(x, x * 2),
    "polar": lambda x: torch.polar(x.exp(), x * 2),
    "times i": lambda x: (x * 1j, 1j - x, x / 2j, x + 1j),
    "cast": lambda x: x.to(torch.complex128) * (2 + 1j),
    "fourier": lambda x: torch.fft.rfft(x),
})  # fmt: skip


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_in(name: str) -> None:
    compare(COMPLEX[name])


@pytest.mark.parametrize("name", REAL_IN)
def test_real_in_complex_out(name: str) -> None:
    compare(REAL_IN[name])


# ---------------------------------------------------------------- kinks

POINTS = T([[0.0, 0.0, 1.0, 1.0], [1.0, -1.0, 0.0, 1.0], [2.0, 2.0, 2.0, 2.0]], dtype=torch.float64)
KINKS: dict[str, Row] = _rows(lambda: POINTS.clone(), {
    "extrema": lambda x: (x.max(), x.amin(), x.min(0).values, *torch.aminmax(x), x.cummax(0).values),
    "ranks": lambda x: (x.sort(descending=True).values, x.median(), x.mode().values, x.topk(2).values),
    "norms": lambda x: (x.norm(1), x.norm(float("inf")), x.norm(0), torch.linalg.vector_norm(x, -float("inf"))),
    "products": lambda x: (x.prod(), x.reshape(2, 2).prod(0), x.cumprod(0)),
    "powers": lambda x: (x**0, x**1, x**2, x.abs() ** T(2.0)),
    "bounds": lambda x: (x.clamp(0, 1), x.clamp(T(0.0), T(1.0)), F.hardtanh(x), F.threshold(x, 0.0, 2.0)),
    "activations": lambda x: (F.relu(x), F.relu6(x), F.leaky_relu(x), F.elu(x), F.hardswish(x), F.softshrink(x, 1.0)),
    "pairs": lambda x: (torch.maximum(x, x.flip(0)), torch.fmin(x, x * 1), torch.atan2(x + 3, x.flip(0))),
    "losses": lambda x: (F.l1_loss(x, x.detach()), F.hinge_embedding_loss(x, T([1.0, -1, 1, -1]))),
    "huber": lambda x: (F.huber_loss(x, x.detach() + 1), F.huber_loss(x, x.detach() - 0.5, reduction="none")),
    "smooth l1": lambda x: (F.smooth_l1_loss(x, x.detach() - 1), F.smooth_l1_loss(x, x.flip(0), beta=0.5)),
    "pooling": lambda x: (F.max_pool1d(x[None], 2), F.adaptive_max_pool1d(x[None], 2)),
    "steps": lambda x: (x.round(), x.frac(), x.fmod(2), x.remainder(2.0), torch.div(x, 2, rounding_mode="floor")),
    "no nan of the other branch": lambda x: torch.where(x > 0, x, x.detach().sqrt()),
})  # fmt: skip
FIRST_ORDER = _rows(lambda: POINTS.clone(), {
    "norm at 0": lambda x: ((x - x.detach()).norm(), torch.dist(x, x.detach()), x.abs(), x.sgn()),
    "distances": lambda x: (torch.cdist(x.reshape(2, 2), x.detach().reshape(2, 2)), F.pdist(x.reshape(2, 2))),
    "spread": lambda x: (x - x.detach() + torch.ones_like(x)).std(),
    "angle at the origin": lambda x: torch.atan2(x, x * 2),
    "x log x": lambda x: (torch.xlogy(x.abs(), x.abs() + 1), torch.special.entr(x.abs() + 1)),
})  # fmt: skip


@pytest.mark.parametrize("name", KINKS)
def test_kinks(name: str) -> None:
    compare(KINKS[name])


@pytest.mark.parametrize("name", FIRST_ORDER)
def test_kinks_of_first_order(name: str) -> None:
    compare(FIRST_ORDER[name]._replace(order=1))


# ---------------------------------------------------------------- dtypes

PROMOTIONS = {
    "a number beside a tensor": lambda x, s: (x.float() * s, x.int() * s, torch.add(s, 1), s + T(1), s // 2),
    "numbers alone": lambda x, s: (s.float() + s, s.half() + s, s * True, s.int() / s),
    "casts": lambda x, s: (x.half().double(), x.to(torch.bfloat16).to(x), x.type(torch.float32), x.int(), x.bool()),
    "joined": lambda x, s: (torch.cat([x, x.float()]), torch.stack([s.float(), s]), torch.where(x > 1, x.float(), s)),
    "integers": lambda x, s: (x.int() // 2, x.int() % 3, x.int() & 1, x.int() << 1, ~x.int(), x.int().float().lerp(x.float(), 0.5)),
    "factories": lambda x, s: (
        x.new_ones(2), x.new_full((2,), 3), torch.ones_like(x, dtype=torch.float32), torch.arange(3) * s,
        torch.scalar_tensor(2.0) * x, x.new(3).fill_(1.0), x.new([1.0, 2.0]), torch.empty_like(x).copy_(x),
    ),
    "powers": lambda x, s: (x.int().abs() ** 2, 2 ** x.int().abs(), x.float() ** s.abs()),
}  # fmt: skip


@pytest.mark.parametrize("name", PROMOTIONS)
def test_dtypes_are_those_of_the_examples(name: str) -> None:
    inputs = [real(4)(), real()()]
    assert_same(vmap(PROMOTIONS[name])(*inputs), loop(PROMOTIONS[name], inputs), name)


def test_complex_views_take_expanded_and_conjugate_derivatives() -> None:
    z, x = torch.randn(3, dtype=torch.complex64), torch.randn(3, 2)
    assert torch.equal(vjp(torch.view_as_real, z)[1](torch.ones(1, 1).expand(3, 2))[0], torch.full((3,), 1 + 1j))
    assert torch.equal(jvp(torch.view_as_real, (z,), (z.conj(),))[1], torch.view_as_real(z.conj().resolve_conj()))
    ones = torch.ones(1, 1).expand(3, 2)
    assert torch.equal(jvp(torch.view_as_complex, (x,), (ones,))[1], torch.full((3,), 1 + 1j))


@pytest.mark.filterwarnings("error")
def test_a_cotangent_of_a_cast_is_real_without_a_warning() -> None:
    x, u = torch.randn(3), torch.randn(3, dtype=torch.complex64)
    (pulled,) = vjp(lambda x: x.to(torch.complex64), x)[1](u)
    assert torch.equal(pulled, u.real)


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool])
def test_factors_of_products_are_cut_to_the_dtype_as_in_the_kernels(dtype: torch.dtype) -> None:
    c, u, v = (
        torch.randint(-2, 3, (5, 4)).to(dtype),
        torch.randint(-2, 3, (BATCH, 5)).to(dtype),
        torch.arange(4).to(dtype),
    )
    for factors in ({"beta": 3, "alpha": 2}, {"beta": 0, "alpha": 1}):
        got = vmap(lambda u, factors=factors: torch.addr(c, u, v, **factors))(u)
        assert_same(got, torch.stack([torch.addr(c, x, v, **factors) for x in u]), str(factors))
    c, a, v = torch.arange(5), torch.randint(-5, 5, (BATCH, 5, 4)), torch.arange(4)
    for factors in ({"beta": 0.2, "alpha": 0.6}, {"beta": 1.7, "alpha": 2.9}):
        got = vmap(lambda a, factors=factors: torch.addmv(c, a, v, **factors))(a)
        assert_same(got, torch.stack([torch.addmv(c, x, v, **factors) for x in a]), str(factors))


# ---------------------------------------------------------------- what is refused, and how

X = torch.arange(12.0).reshape(3, 4)
WIDE = T([[True, False, False, True], [False, True, True, True], [False] * 4])
REFUSED: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "item": (lambda: vmap(lambda x: x.sum().item())(X), ["item()", "torch.where"]),
    "item below grad": (lambda: vmap(grad(lambda x: x.sum() * x.sum().item()))(X), ["item()"]),
    "bool": (lambda: vmap(lambda x: x if x.sum() > 0 else -x)(X), ["bool()", "torch.where"]),
    "float": (lambda: vmap(lambda x: float(x.sum()))(X), ["float()"]),
    "range": (lambda: vmap(lambda i: list(range(i)))(T([1, 2])), ["index"]),
    "numpy": (lambda: vmap(lambda x: x.numpy())(X), ["numpy()", "outside"]),
    "tolist": (lambda: vmap(lambda x: x.tolist())(X), ["tolist()"]),
    "iteration over a number": (lambda: vmap(lambda x: list(x))(X[0]), ["0-d"]),
    "mask": (lambda: vmap(lambda x, m: x[m])(X, WIDE), ["2 elements in example 0 and 3 in example 1", "torch.where"]),
    "values for a mask": (lambda: vmap(lambda x, m: x.index_put((m,), torch.ones(2)))(X, WIDE), ["example 1"]),
    "nonzero": (lambda: vmap(torch.nonzero)(WIDE), ["example 1", "nonzero_static"]),
    "unique": (lambda: vmap(torch.unique)(T([[1, 1], [1, 2]])), ["example 1"]),
    "repeats": (lambda: vmap(lambda x, n: x.repeat_interleave(n))(X[:2, :2], T([[1, 2], [2, 2]])), ["example 1"]),
    "bincount": (lambda: vmap(torch.bincount)(T([[1, 2], [2, 3]])), ["minlength"]),
    "overlapping windows": (lambda: vmap(lambda x: (x * 1).unfold(0, 3, 1)[0].mul_(2))(X), ["overlap", "clone()"]),
    "rounds": (lambda: vmap(lambda x: F.pad(x[None], (5, 0), mode="circular"))(X), ["wrap around twice"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_say_what_to_do(name: str) -> None:
    call, words = REFUSED[name]
    with pytest.raises((RuntimeError, TypeError)) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == []


def test_windows_that_overlap_in_as_many_elements_as_there_are() -> None:
    """Two windows of three, overlapping in one element, of six elements: a write to one must not be undone by the other."""
    with pytest.raises(RuntimeError, match="overlap"):
        vmap(lambda x: (x * 1).unfold(0, 3, 2)[0].mul_(3))(torch.ones(2, 6))


def test_printing_and_facts_inside_of_transforms() -> None:
    def look(x: Tensor) -> Tensor:
        text = f"{x} {x!r} {x.sum()} {x.stride()} {x.type()} {x.device} {x.layout} {x.is_contiguous()} {x.nbytes}"
        assert "shape" in text
        assert (x.element_size(), x.storage_offset(), x.is_cuda) == (4, 0, False)
        return (x * 1).sum()

    x = torch.ones(3)
    vmap(look)(x.expand(2, 3))
    grad(look)(x)
    jvp(look, (x,), (x,))
    vmap(grad(look))(x.expand(2, 3))
    hessian(look)(x)


def test_values_that_do_not_depend_on_the_input() -> None:
    x = torch.randn(3)
    assert torch.equal(jacrev(lambda x: torch.ones(2))(x), torch.zeros(2, 3))
    assert torch.equal(jacfwd(lambda x: torch.ones(2))(x), torch.zeros(2, 3))
    assert torch.equal(hessian(lambda x: torch.ones(()))(x), torch.zeros(3, 3))
    assert oplift.vmap(grad(lambda x: torch.ones(())))(x).shape == (3,)


def test_rows_of_the_tables_draw_masks_that_differ() -> None:
    drawn = masks(4)()
    assert not drawn[-1].any() and drawn[0].any()
    assert int(integers(5, 2)().max()) < 5
