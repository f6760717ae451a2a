"""What libraries over torch.func do in their functions, beyond arithmetic."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.distributions import Gamma, StudentT, Wishart
from torch.nn.utils.rnn import pad_sequence

from oplift import MissingRule, grad, hessian, jvp, vmap


def _own_engine(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """PyTorch's gradient of the same function, with the same random numbers."""
    torch.manual_seed(0)
    leaf = x.clone().requires_grad_()
    return torch.autograd.grad(f(leaf), leaf)[0]


# ---- writes to plain tensors, which no transform watches


def _flag_switched_off(x: Tensor) -> Tensor:
    big, y = (x > 1.5).any(), x * x
    y[big] = x[None] * 7
    big[big.clone()] = torch.tensor(False)
    return y.sum()


def _index_moved(x: Tensor) -> Tensor:
    at, y = torch.tensor([0, 2]), x * x
    y[at] = x[at] * 3
    at.fill_(1)
    return y.sum()


@pytest.mark.parametrize("f", [_flag_switched_off, _index_moved])
def test_an_index_is_read_when_it_is_used(f):
    x = torch.tensor([1.0, 2.0, 3.0])
    expected = torch.tensor([7.0, 7.0, 7.0]) if f is _flag_switched_off else torch.tensor([3.0, 4.0, 3.0])
    torch.testing.assert_close(grad(f)(x), expected)


def _set_item(kept: Tensor) -> None:
    kept[1] = 0


def _set_by_overload(kept: Tensor) -> None:
    torch.ops.aten.fill_.Scalar(kept, 0)


def _set_in_list(kept: Tensor) -> None:
    torch._foreach_zero_([kept])


@pytest.mark.parametrize("write", [_set_item, _set_by_overload, _set_in_list])
@pytest.mark.parametrize("keep", [lambda x: x > 1.5, lambda x: x.detach()])
def test_a_write_to_what_a_pullback_keeps_is_refused(write, keep):
    def f(x: Tensor) -> Tensor:
        kept = keep(x)
        y = x * x * kept
        write(kept)
        return y.sum()

    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        grad(f)(torch.tensor([1.0, 2.0, 3.0]))


def test_a_write_before_use_is_no_mistake():
    def f(x: Tensor) -> Tensor:
        kept = x > 1.5
        kept[1] = False
        return (x * x * kept).sum()

    torch.testing.assert_close(grad(f)(torch.tensor([1.0, 2.0, 3.0])), torch.tensor([0.0, 0.0, 6.0]))


def _gamma(x: Tensor) -> Tensor:
    return Gamma(x, x + 1).rsample().log().sum()


def _student(x: Tensor) -> Tensor:
    return StudentT(x, x, x + 1).rsample().sum()


@pytest.mark.filterwarnings("ignore:Singular sample")
def _wishart(x: Tensor) -> Tensor:
    return Wishart(x[0] + 4, scale_tril=torch.diag(x)).rsample().sum()


@pytest.mark.filterwarnings("ignore:Singular sample")
@pytest.mark.parametrize("f", [_gamma, _student, _wishart])
def test_samples_that_are_corrected_in_place(f):
    x = torch.tensor([0.7, 1.2, 2.1], dtype=torch.float64)
    expected = _own_engine(f, x)
    torch.manual_seed(0)
    torch.testing.assert_close(grad(f)(x), expected)


# ---- others


@pytest.mark.filterwarnings("ignore:`torch.jit.script`:DeprecationWarning")  # torch's decompositions, when first used
def test_forward_ad_inside_is_refused_by_name():
    def f(x: Tensor) -> Any:
        with forward_ad.dual_level():
            return forward_ad.unpack_dual(forward_ad.make_dual(x, torch.ones_like(x)).sin()).tangent

    for call in (lambda: grad(f)(torch.tensor(1.0)), lambda: vmap(f)(torch.ones(3))):
        with pytest.raises(MissingRule, match=r"use oplift\.jvp"):
            call()


@pytest.mark.parametrize("training", [False, True])
def test_batch_norm_of_one_image_with_a_transposed_cotangent(training):
    """PyTorch's own kernel is wrong there (2.13), so finite differences are the oracle."""
    torch.manual_seed(0)
    x, z = torch.randn(1, 4, 3, 3, dtype=torch.float64), torch.randn(1, 9, 4, dtype=torch.float64)
    weight, bias, mean, var = (torch.rand(4, dtype=torch.float64) for _ in range(4))

    def f(x: Tensor) -> Tensor:
        out = torch.nn.functional.batch_norm(x, mean.clone(), var.clone(), weight, bias, training)
        return (out.flatten(2).transpose(1, 2) * z).sum()

    v = torch.randn_like(x)
    slope = (f(x + 1e-6 * v) - f(x - 1e-6 * v)) / 2e-6
    torch.testing.assert_close((grad(f)(x) * v).sum(), slope, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(vmap(grad(f))(torch.stack([x, x]))[1], grad(f)(x))


def _experts(x: Tensor, weights: Tensor, ends: Tensor) -> Tensor:
    return torch._grouped_mm(x, weights, offs=ends).tanh()


@pytest.mark.parametrize("in_dims", [(0, None, None), (0, None, 0), (None, 0, 0), (None, None, 0), (0, 0, 0)])
def test_grouped_mm_batches_every_operand(in_dims):
    torch.manual_seed(0)
    ends = torch.tensor([[2, 2, 7], [0, 4, 7], [1, 3, 7]], dtype=torch.int32)
    given = torch.randn(3, 7, 4), torch.randn(3, 3, 4, 8), ends
    args = [a if d == 0 else a[0] for a, d in zip(given, in_dims, strict=True)]

    def loss(x: Tensor, weights: Tensor, ends: Tensor) -> Tensor:
        return _experts(x, weights, ends).sum()

    for f in (_experts, grad(loss, argnums=(0, 1))):
        rows = [f(*(a[i] if d == 0 else a for a, d in zip(args, in_dims, strict=True))) for i in range(3)]
        expected = torch.stack(rows) if f is _experts else tuple(map(torch.stack, zip(*rows, strict=True)))
        torch.testing.assert_close(vmap(f, in_dims)(*args), expected)


#: Shapes of the two factors, and where the groups of the ragged dimension end.
_FORMS = {
    "rows": ((7, 4), (3, 4, 8), [2, 2, 7]),
    "columns": ((3, 8, 4), (4, 8), [2, 2, 8]),
    "sum": ((4, 8), (8, 4), [2, 2, 8]),
    "no groups": ((3, 4, 8), (3, 8, 4), None),
}


@pytest.mark.parametrize("form", _FORMS)
def test_grouped_mm_has_derivatives_of_every_form_and_order(form):
    *shapes, ends = _FORMS[form]
    torch.manual_seed(0)
    a, b = (torch.randn(shape) for shape in shapes)
    offs = None if ends is None else torch.tensor(ends, dtype=torch.int32)

    def by_hand(a: Tensor, b: Tensor) -> Tensor:
        if ends is None:
            return a @ b
        pieces = [slice(i, j) for i, j in zip([0, *ends], ends, strict=False)]
        if form == "rows":
            return torch.cat([a[p] @ b[g] for g, p in enumerate(pieces)])
        if form == "columns":
            return torch.cat([a[g] @ b[:, p] for g, p in enumerate(pieces)], 1)
        return torch.stack([a[:, p] @ b[p] for p in pieces])

    def kernel(a: Tensor, b: Tensor) -> Tensor:
        return torch._grouped_mm(a, b, offs=offs)

    found, expected = (jvp(f, (a, b), (a * 2, b + 1)) for f in (kernel, by_hand))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    found, expected = (_second_order(f, a, b) for f in (kernel, by_hand))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def _second_order(f: Callable[[Tensor, Tensor], Tensor], a: Tensor, b: Tensor) -> Any:
    def slopes(a: Tensor, b: Tensor) -> Tensor:
        return sum(g.square().sum() for g in grad(lambda a, b: f(a, b).sin().sum(), argnums=(0, 1))(a, b))

    return grad(slopes, argnums=(0, 1))(a, b)


# ---- operands that are no tensors of a transform


@pytest.mark.parametrize("layout", [torch.sparse_coo, torch.sparse_csr])
@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support")
def test_a_sparse_matrix_times_what_is_transformed(layout):
    dense = torch.tensor([[1.0, 0, 2], [0, 3, 0], [0, 0, 4], [5, 0, 0]], dtype=torch.float64)
    sparse, x, start = dense.to_sparse(layout=layout), torch.randn(5, 3, 2).double(), torch.ones(4, 2).double()
    pairs = [
        (lambda y: torch.sparse.mm(sparse, y), lambda y: dense @ y),
        (lambda y: torch.sparse.addmm(start, sparse, y, beta=2.0, alpha=3.0), lambda y: 2 * start + 3 * dense @ y),
    ]
    for f, expected in pairs:
        for transformed in (
            lambda f: vmap(f)(x),
            lambda f: vmap(grad(lambda y: f(y).sin().sum()))(x),
            lambda f: jvp(f, (x[0],), (x[1],)),
            lambda f: hessian(lambda y: f(y).sin().sum())(x[0]),
        ):
            torch.testing.assert_close(transformed(f), transformed(expected))


@pytest.mark.parametrize("number", [np.float32(1.5), np.float64(1.5), np.int64(2)], ids=lambda n: type(n).__name__)
def test_numbers_of_numpy(number):
    x = torch.tensor([[1.0, 2.0, 3.0]])
    for f in (
        lambda x, n: x * n, lambda x, n: n * x, lambda x, n: x - n, lambda x, n: n - x, lambda x, n: x / n,
        lambda x, n: n / x, lambda x, n: x**n, lambda x, n: n**x, lambda x, n: x + n, lambda x, n: n + x,
    ):  # fmt: skip
        torch.testing.assert_close(vmap(lambda x, f=f: f(x, number))(x), f(x, number.item()))
        torch.testing.assert_close(
            grad(lambda x, f=f: f(x, number).sum())(x), grad(lambda x, f=f: f(x, number.item()).sum())(x)
        )


def test_sequences_are_padded():
    x = torch.randn(4, 3)
    for side in ("left", "right"):

        def padded(v: Tensor, side: str = side) -> Tensor:
            return pad_sequence([v, v[:2], v[:0]], padding_value=2.0, padding_side=side)

        torch.testing.assert_close(vmap(padded)(x), torch.stack([padded(v) for v in x]))
        torch.testing.assert_close(
            grad(lambda v: padded(v).square().sum())(x[0]), _own_engine(lambda v: padded(v).square().sum(), x[0])
        )


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "area", "bilinear", "bicubic"])
@pytest.mark.parametrize("size", [{"size": (3, 9)}, {"scale_factor": 2}, {"scale_factor": (1.7, 0.6)}], ids=str)
def test_images_are_resized_by_sizes_and_by_factors(mode, size):
    x = torch.randn(3, 2, 2, 5, 6, dtype=torch.float64)

    def f(v: Tensor) -> Tensor:
        return torch.nn.functional.interpolate(v, mode=mode, **size)

    torch.testing.assert_close(vmap(f)(x), torch.stack([f(v) for v in x]))
    torch.testing.assert_close(
        vmap(grad(lambda v: f(v).square().sum()))(x)[1], _own_engine(lambda v: f(v).square().sum(), x[1])
    )
