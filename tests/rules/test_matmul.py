"""Products against loops over plain PyTorch, and how many kernels they run: a shared operand is never repeated."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

import oplift

Tensor = torch.Tensor
B = 3


def rand(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(shape, dtype=dtype)


def placements(n: int) -> Iterator[tuple[int | None, ...]]:
    """in_dims with each operand batched or not, at least one of them."""
    yield from (dims for dims in product((0, None), repeat=n) if any(d == 0 for d in dims))


def against_loop(f: Callable[..., Tensor], shapes: Sequence[tuple[int, ...]], dtype: torch.dtype) -> None:
    """vmap(f) must equal a loop over the examples, for every placement of the batch."""
    for dims in placements(len(shapes)):
        operands = [rand(*(B,) * (d == 0), *s, dtype=dtype) for d, s in zip(dims, shapes, strict=True)]
        rows = [[x[i] if d == 0 else x for x, d in zip(operands, dims, strict=True)] for i in range(B)]
        got = oplift.vmap(f, in_dims=dims)(*operands)
        want = torch.stack([f(*row) for row in rows])
        torch.testing.assert_close(got, want, msg=lambda text, dims=dims: f"in_dims = {dims}: {text}")


def derivatives_agree(f: Callable[..., Tensor], shapes: Sequence[tuple[int, ...]], dtype: torch.dtype) -> None:
    """vjp and jvp of f, and their batches, must equal PyTorch's autograd."""
    operands = [rand(B, *s, dtype=dtype) for s in shapes]
    tangents = [torch.randn_like(x) for x in operands]
    ct = torch.stack([torch.randn_like(f(*[x[i] for x in operands])) for i in range(B)])
    pulled = oplift.vmap(lambda xs, ct: oplift.vjp(f, *xs)[1](ct))(tuple(operands), ct)
    pushed = oplift.vmap(lambda xs, ts: oplift.jvp(f, xs, ts)[1])(tuple(operands), tuple(tangents))
    for i in range(B):
        leaves = [x[i].clone().requires_grad_() for x in operands]
        want = torch.autograd.grad(f(*leaves), leaves, ct[i])
        torch.testing.assert_close([g[i] for g in pulled], list(want))
        ours, theirs = (
            (ct[i].conj() * pushed[i]).sum(),
            sum((w.conj() * t[i]).sum() for w, t in zip(want, tangents, strict=True)),
        )
        torch.testing.assert_close(ours.real, theirs.real)


DTYPES = pytest.mark.parametrize("dtype", [torch.float64, torch.complex128], ids=str)
LEADING = [(), (2,), (1,), (4, 2), (1, 2)]


@st.composite
def products(draw: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two shapes that matmul takes, of ranks 1 to 4, with empty and broadcast dimensions among them."""
    n, k, m = (draw(st.sampled_from([0, 1, 2, 9])) for _ in range(3))
    lead = [draw(st.sampled_from(LEADING)) for _ in range(2)]
    left = (k,) if draw(st.booleans()) and draw(st.booleans()) else (*lead[0], n, k)
    right = (k,) if draw(st.booleans()) and draw(st.booleans()) else (*lead[1], k, m)
    return left, right


@DTYPES
@settings(max_examples=40, deadline=None)
@given(shapes=products())
def test_matmul_of_all_ranks(dtype: torch.dtype, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    against_loop(torch.matmul, shapes, dtype)
    derivatives_agree(torch.matmul, shapes, dtype)


def scaled(f: Callable[..., Tensor], beta: complex, alpha: complex) -> Callable[..., Tensor]:
    return lambda *operands: f(*operands, beta=beta, alpha=alpha)


CASES: dict[str, tuple[Callable[..., Tensor], list[tuple[int, ...]]]] = {
    "mm": (torch.mm, [(2, 3), (3, 4)]),
    "mm, many columns": (torch.mm, [(2, 3), (3, 9)]),
    "mm of a transposed": (lambda x, y: torch.mm(x.mT, y.mT), [(3, 2), (9, 3)]),
    "mm, empty": (torch.mm, [(2, 0), (0, 4)]),
    "bmm": (torch.bmm, [(2, 3, 4), (2, 4, 5)]),
    "mv": (torch.mv, [(2, 3), (3,)]),
    "dot": (torch.dot, [(3,), (3,)]),
    "vdot": (torch.vdot, [(3,), (3,)]),
    "outer": (torch.outer, [(2,), (3,)]),
    "addmm": (torch.addmm, [(2, 4), (2, 3), (3, 4)]),
    "addmm, row": (scaled(torch.addmm, 0.5, 2), [(4,), (2, 3), (3, 4)]),
    "addmm, column": (scaled(torch.addmm, 0.5, 2), [(2, 1), (2, 3), (3, 4)]),
    "addmv": (scaled(torch.addmv, 2, 0.5), [(2,), (2, 3), (3,)]),
    "addr": (scaled(torch.addr, 2, 0.5), [(2, 3), (2,), (3,)]),
    "baddbmm": (scaled(torch.baddbmm, 2, 0.5), [(2, 1, 5), (2, 3, 4), (2, 4, 5)]),
    "addbmm": (scaled(torch.addbmm, 2, 0.5), [(3, 5), (2, 3, 4), (2, 4, 5)]),
    "linear": (F.linear, [(3,), (4, 3), (4,)]),
    "linear, leading dimensions": (F.linear, [(2, 5, 3), (4, 3), (4,)]),
    "linear, no bias": (F.linear, [(5, 3), (4, 3)]),
    "linear, one output": (F.linear, [(2, 5, 3), (3,)]),
    "bilinear": (F.bilinear, [(2, 3), (2, 4), (5, 3, 4), (5,)]),
    "cross": (torch.linalg.cross, [(2, 3), (1, 3)]),
    "cdist": (torch.cdist, [(4, 3), (5, 3)]),
    "tensordot": (lambda x, y: torch.tensordot(x, y, ([0, 2], [1, 0])), [(2, 3, 4), (4, 2, 5)]),
    "inner": (torch.inner, [(2, 3), (4, 5, 3)]),
    "kron": (torch.kron, [(2, 3), (2, 2, 2)]),
    "cosine_similarity": (lambda x, y: torch.cosine_similarity(x, y, -1, 1e-8), [(2, 3), (3,)]),
    "einsum": (lambda *xs: torch.einsum("ij,jk->ki", *xs), [(2, 3), (3, 4)]),
    "einsum, ellipsis": (lambda *xs: torch.einsum("...i,...ij->...j", *xs), [(5, 3), (2, 5, 3, 4)]),
    "einsum, diagonal": (lambda *xs: torch.einsum("iij,k->jk", *xs), [(3, 3, 2), (4,)]),
    "einsum of three": (lambda *xs: torch.einsum("ij,jk,kl->il", *xs), [(2, 3), (3, 4), (4, 5)]),
}
REAL_ONLY = {"cdist", "bilinear", "cosine_similarity"}  # as in PyTorch


@DTYPES
@pytest.mark.parametrize("case", CASES)
def test_products_against_a_loop(case: str, dtype: torch.dtype) -> None:
    if dtype.is_complex and case in REAL_ONLY:
        dtype = torch.float64
    function, shapes = CASES[case]
    against_loop(function, shapes, dtype)
    derivatives_agree(function, shapes, dtype)


def test_a_zero_beta_drops_what_the_summand_holds() -> None:
    summand, x, y = torch.full((B, 2), torch.nan), rand(2, 3), rand(3)
    got = oplift.vmap(lambda s: torch.addmv(s.double(), x, y, beta=0))(summand)
    torch.testing.assert_close(got, (x @ y).expand(B, 2))


def test_integers_keep_their_dtype() -> None:
    x, y = torch.arange(6, dtype=torch.int32).reshape(2, 3), torch.arange(6, dtype=torch.int32).reshape(2, 3)
    got = oplift.vmap(torch.dot)(x, y)
    assert got.dtype is torch.int32
    assert got.tolist() == [5, 50]


# ---------------------------------------------------------------- folding


class Kernels(TorchDispatchMode):
    """Counts the products that reach PyTorch, and remembers their operands."""

    PRODUCTS = ("mm", "bmm", "addmm", "baddbmm", "mv", "dot")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[Tensor]]] = []
        self.copies = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        if name in self.PRODUCTS:
            self.found.append((name, [a for a in args if isinstance(a, Tensor)]))
        self.copies += name in ("clone", "copy_", "_to_copy")
        return func(*args, **(kwargs or {}))


def kernels(f: Callable[..., Any], *args: Any) -> Kernels:
    with Kernels() as seen:
        f(*args)
    return seen


SIZE, W, X = 16, (6, 5), (4, 5)
FOLDS: dict[str, tuple[Callable[..., Tensor], Any, list[tuple[int, ...]], str]] = {
    "x @ W": (torch.matmul, (0, None), [(SIZE, *X), W[::-1]], "mm"),
    "mm(x, W)": (torch.mm, (0, None), [(SIZE, *X), W[::-1]], "mm"),
    "vector @ W": (torch.matmul, (0, None), [(SIZE, 5), W[::-1]], "mm"),
    "mv(W, vector)": (torch.mv, (None, 0), [W, (SIZE, 5)], "mm"),
    "W @ vector": (torch.matmul, (None, 0), [W, (SIZE, 5)], "mm"),
    "W @ one column": (torch.matmul, (None, 0), [W, (SIZE, 5, 1)], "mm"),
    "W @ few columns": (torch.matmul, (None, 0), [W, (SIZE, 5, 4)], "mm"),
    "x @ vector": (torch.matmul, (0, None), [(SIZE, *X), (5,)], "mv"),
    "linear": (F.linear, (0, None), [(SIZE, 2, *X), W], "mm"),
    "ensemble": (F.linear, (None, 0), [X, (SIZE, *W)], "mm"),
    "stack of W @ vector": (torch.matmul, (None, 0), [(3, *W), (SIZE, 5)], "mm"),
    "bmm": (torch.bmm, (0, None), [(SIZE, 3, *X), (3, *W[::-1])], "bmm"),
    "both batched": (torch.matmul, (0, 0), [(SIZE, 3, *X), (SIZE, *W[::-1])], "bmm"),
}


@pytest.mark.parametrize("case", FOLDS)
def test_one_product_and_no_repeated_operand(case: str) -> None:
    function, dims, shapes, kernel = FOLDS[case]
    operands = [rand(*shape) for shape in shapes]
    seen = kernels(oplift.vmap(function, in_dims=dims), *operands)
    assert [name for name, _ in seen.found] == [kernel]
    largest = max(x.numel() for x in operands)
    assert all(x.numel() <= largest for _, xs in seen.found for x in xs)
    assert seen.copies <= 1, "at most the batched operand is copied, into rows"


@pytest.mark.parametrize("columns", [8, 32])
def test_many_columns_read_the_shared_operand_in_place(columns: int) -> None:
    seen = kernels(oplift.vmap(torch.mm, in_dims=(None, 0)), rand(*W), rand(SIZE, 5, columns))
    ((name, operands),) = seen.found
    assert (name, seen.copies) == ("bmm", 0)
    assert operands[0].stride(0) == 0


def test_what_is_stored_by_columns_folds_whatever_its_size() -> None:
    x = rand(SIZE, 32, 5).mT
    seen = kernels(oplift.vmap(torch.mm, in_dims=(None, 0)), rand(*W), x)
    assert [name for name, _ in seen.found] == ["mm"]
    assert seen.copies == 0


def test_the_jacobian_of_a_layer_is_one_product() -> None:
    w, x = rand(*W), rand(5)
    seen = kernels(oplift.jacrev(lambda x: torch.tanh(w @ x)), x)
    assert [name for name, _ in seen.found] == ["mv", "mm"]


def test_per_example_gradients_of_a_layer_are_one_product() -> None:
    w, b, x = rand(*W), rand(6), rand(SIZE, 5)
    per_example = oplift.vmap(oplift.grad(lambda w, b, x: F.linear(x, w, b).sum(), (0, 1)), (None, None, 0))
    seen = kernels(per_example, w, b, x)
    assert len(seen.found) <= 1, [name for name, _ in seen.found]


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta")
@pytest.mark.parametrize("layout", ["coo", "csr"])
def test_products_with_a_sparse_matrix(layout: str) -> None:
    dense = torch.tensor([[0.0, 1.0, 0.0], [2.0, 0.0, 3.0]], dtype=torch.float64)
    sparse = dense.to_sparse() if layout == "coo" else dense.to_sparse_csr()
    xs, weights = torch.randn(4, 3, 2, dtype=torch.float64), torch.randn(2, 5, dtype=torch.float64)

    def loss(matrix: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return (torch.sparse.mm(matrix, x @ weights).tanh() ** 3).sum()

    ours, plain = (lambda x: loss(sparse, x)), (lambda x: loss(dense, x))
    torch.testing.assert_close(oplift.vmap(ours)(xs), torch.stack([plain(x) for x in xs]))
    want = torch.stack([torch.autograd.functional.jacobian(plain, x) for x in xs])
    torch.testing.assert_close(oplift.vmap(oplift.grad(ours))(xs), want)
    torch.testing.assert_close(oplift.jvp(ours, (xs[0],), (xs[1],))[1], (want[0] * xs[1]).sum())
    second = torch.autograd.functional.hvp(plain, xs[0], xs[1])[1]
    torch.testing.assert_close(oplift.jvp(oplift.grad(ours), (xs[0],), (xs[1],))[1], second)
