"""Products of matrices and vectors: how a batch folds into them, and the adjoints that depend on rank.

What is batched carries the batch at dimension 0. A product with one operand that all examples share is one
large product, with the batch folded into rows; the shared operand is never copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor
from torch.nn.functional import linear

from oplift.api_basis import IN_USE, first_row

from .formulas import adj, mH
from .kinds import low_rank, pad_rank

#: With this many columns in each example, a product that reads the shared operand once for each example (by
#: stride 0) costs less than copying the batch into rows. Measured on a CPU core for sizes 8 to 256: at 1
#: column folding is 10 times faster, at 8 they break even, at 32 the copy costs up to twice the product.
_COLUMNS_WORTH_A_KERNEL = 8


def mT(x: Tensor) -> Tensor:
    """The transpose of the last two dimensions."""
    return x.transpose(-2, -1)


def like(x: Tensor, other: Tensor) -> Tensor:
    """`x` in the dtype of `other`: products take one dtype, where the operator itself promotes."""
    return x if x.dtype is other.dtype else x.to(other.dtype)


def scaled(x: Tensor, factor: complex) -> Tensor:
    """`x * factor`, for nothing where the factor is 1."""
    return x if factor == 1 else x * factor


def scaled_adjoint(x: Tensor, factor: complex) -> Tensor:
    """The adjoint of `scaled`."""
    return x if factor == 1 else x * factor.conjugate()


def basis_times(x: Tensor, matrix: Tensor) -> Tensor | None:
    """``x @ matrix`` of a batch of standard basis vectors, [B, k] or [B, 1, k]: rows of the matrix; None of any other x."""
    start = first_row(x)
    if start is None or matrix.ndim != 2 or matrix.dtype is not x.dtype or prod(x.shape[1:-1]) != 1:
        return None
    count, k = x.shape[0], x.shape[-1]
    begin, end = max(-start, 0), min(count - start, k)
    found = matrix if end - begin == k else matrix[begin:end]
    if end - begin < count:  # vectors of zeros, for the other inputs or outputs
        found = torch.nn.functional.pad(found, (0, 0, max(start, 0), count - start - end))
    else:  # a copy, since what it is made of may be the user's own
        found = found.clone(memory_format=torch.contiguous_format)
    return found if x.ndim == 2 else found.reshape(*x.shape[:-1], matrix.shape[1])


def linear_of(input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """linear with an input for each example."""
    if input.ndim == 1:
        low_rank("linear", "input", input, 1)
    if IN_USE and bias is None and weight.ndim == 2 and first_row(input) is not None:
        return left_times(input, mT(weight))
    return linear(input, weight, bias)


def shared_times(shared: Tensor, y: Tensor) -> Tensor:
    """([m, k] for all examples, [B, ..., k, n]) -> [B, ..., m, n], with the batch folded into rows."""
    *lead, k, n = y.shape
    # A y that is stored by columns folds without a copy, whatever n is.
    if n >= _COLUMNS_WORTH_A_KERNEL and y.stride(-2) != 1:
        return shared.matmul(y)
    folded = mT(y).reshape(prod(lead) * n, k).mm(mT(shared))
    return mT(folded.reshape(*lead, n, shared.shape[0]))


def batch_times(x: Tensor, y: Tensor) -> Tensor:
    """bmm; outer products, as of per-example gradients, are up to four times faster as what they are."""
    return x * y if x.shape[-1] == 1 else x.bmm(y)


def dots(x: Tensor, y: Tensor) -> Tensor:
    """([B, n], [B, n]) -> [B]."""
    if x.ndim != 2 or y.ndim != 2:
        raise RuntimeError(
            f"vmap: dot: 1D tensors expected in each example, but got {x.ndim - 1}D and {y.ndim - 1}D tensors"
        )
    return (x * y).sum(-1, dtype=x.dtype)


def rows_times(x: Tensor, shared: Tensor) -> Tensor:
    """([B, N, n, k], [N, k, m] for all examples) -> [B, N, n, m]."""
    b, lead, n, k = x.shape
    folded = x.transpose(0, 1).reshape(lead, b * n, k).bmm(shared)
    return folded.reshape(lead, b, n, shared.shape[-1]).transpose(0, 1)


def right_times(shared: Tensor, y: Tensor) -> Tensor:
    """matmul with a batched right operand only; the ranks of the examples decide, not those of the batch."""
    if y.ndim == 1:
        low_rank("matmul", "other", y, 1)
    if shared.ndim == 1:
        return y.matmul(shared) if y.ndim == 2 else shared.matmul(y)
    if y.ndim == 2:
        return _vectors_by(shared, y)
    return shared_times(shared, y) if shared.ndim == 2 else mT(left_times(mT(y), mT(shared)))


def _vectors_by(shared: Tensor, vectors: Tensor) -> Tensor:
    """([..., n, k] for all examples, [B, k]) -> [B, ..., n], as one product."""
    if shared.ndim == 2:
        return left_times(vectors, mT(shared))
    rows = shared.reshape(prod(shared.shape[:-1]), shared.shape[-1])
    return vectors.mm(mT(rows)).reshape(vectors.shape[0], *shared.shape[:-1])


def left_times(x: Tensor, shared: Tensor) -> Tensor:
    """matmul with a batched left operand only."""
    if x.ndim == 1:
        low_rank("matmul", "self", x, 1)
    if shared.ndim <= 2:
        found = basis_times(x, shared) if IN_USE else None
        return x.matmul(shared) if found is None else found
    if x.ndim == 2:
        return x.matmul(shared).movedim(-2, 0)
    x = x.movedim(0, -3)
    *lead, b, n, k = x.shape
    folded = x.reshape(*lead, b * n, k).matmul(shared)
    return folded.reshape(*folded.shape[:-2], b, n, folded.shape[-1]).movedim(-3, 0)


def both_times(x: Tensor, y: Tensor) -> Tensor:
    """matmul with two batched operands."""
    if x.ndim == 2:
        if y.ndim == 2:
            return (x * y).sum(-1, dtype=x.dtype)
        return both_times(x.unsqueeze(-2), y).squeeze(-2)
    if y.ndim == 2:
        return both_times(x, y.unsqueeze(-1)).squeeze(-1)
    if x.ndim == y.ndim == 3:
        return batch_times(x, y)
    if x.ndim == y.ndim:
        if x.ndim == 1:
            low_rank("matmul", "self", x, 1)
        return x * y if x.shape[-1] == 1 else x.matmul(y)
    if y.ndim == 3:  # torch would repeat y for each of the leading dimensions of x
        out = x.reshape(x.shape[0], prod(x.shape[1:-1]), x.shape[-1]).bmm(y)
        return out.reshape(*x.shape[:-1], y.shape[-1])
    if x.ndim == 3:
        return mT(both_times(mT(y), mT(x)))
    rank = max(x.ndim, y.ndim) - 1
    return pad_rank(x, rank).matmul(pad_rank(y, rank))


def matmul_self_vjp(grad: Tensor, other: Tensor, rank: int) -> Tensor:
    """The cotangent of matmul's first operand of that rank, up to the sum over broadcast dimensions."""
    if other.ndim == 1:
        return grad.unsqueeze(-1) * adj(other)
    if rank == 1 and other.ndim > 2:
        return grad.unsqueeze(-2).matmul(mH(other)).squeeze(-2)
    return grad.matmul(mH(other))


def matmul_other_vjp(grad: Tensor, self: Tensor, rank: int) -> Tensor:
    """The cotangent of matmul's second operand of that rank, up to the sum over broadcast dimensions."""
    if self.ndim == 1:
        return adj(self) * grad if rank == 1 else adj(self).unsqueeze(-1) * grad.unsqueeze(-2)
    if rank == 1:
        return _flat(grad, 0).matmul(_flat(adj(self), 1))
    return sum_outer(adj(self), grad) if rank == 2 else mH(self).matmul(grad)


def sum_outer(left: Tensor, right: Tensor) -> Tensor:
    """([..., n, m], [..., n, k]) -> [m, k]: the sum of the outer products of rows; of two vectors, theirs."""
    if left.ndim == 1:
        return left.unsqueeze(-1) * right
    return mT(_flat(left, 1)).mm(_flat(right, 1))


def _flat(x: Tensor, rank: int) -> Tensor:
    """`x` with all dimensions but the last `rank` in one."""
    keep = x.ndim - rank
    return x if keep == 1 else x.reshape(prod(x.shape[:keep]), *x.shape[keep:])


def add_scaled(self: Tensor, product: Tensor, beta: complex, alpha: complex) -> Tensor:
    """``beta * self + alpha * product``, of operands that broadcast."""
    if not (product.dtype.is_floating_point or product.dtype.is_complex):  # kernels cast these to the operands' dtype
        cut = bool if product.dtype is torch.bool else int
        beta, alpha = cut(beta), cut(alpha)  # type: ignore[call-overload]
    product = scaled(product, alpha)
    if beta == 0:  # what self holds, nan included, has no say then
        return product.expand(torch.broadcast_shapes(self.shape, product.shape))
    return product.add(self, alpha=beta)


def addmm_rows(self: Tensor, mat1: Tensor, mat2: Tensor, beta: complex, alpha: complex) -> Tensor:
    """addmm of a batched mat1, as one kernel with the batch in its rows where the shared summand allows it."""
    if self.ndim > 1 and self.shape[0] != 1:
        return add_scaled(self, mat1.matmul(mat2), beta, alpha)
    b, n, k = mat1.shape
    out = torch.addmm(self, mat1.reshape(b * n, k), mat2, beta=beta, alpha=alpha)
    return out.reshape(b, n, mat2.shape[1])


def side_by_side(x: Tensor) -> Tensor:
    """[N, n, k] -> [n, N * k]: the matrices in a row."""
    return x.transpose(0, 1).reshape(x.shape[1], x.shape[0] * x.shape[2])


def stacked_up(x: Tensor) -> Tensor:
    """[N, k, m] -> [N * k, m]: the matrices one below the other."""
    return x.reshape(x.shape[0] * x.shape[1], x.shape[2])


def plus_bias(out: Tensor, bias: Tensor, batched: bool) -> Tensor:
    """The outputs of a layer, batched or not, with a bias for each example."""
    return out + pad_rank(bias, out.ndim - batched)


def linear_each(input: Tensor, weight: Tensor, bias: Tensor | None, batched: bool) -> Tensor:
    """linear with an input and a weight for each example, `batched` says whether a bias too."""
    if weight.ndim == 2:  # of rank 1: one output, without dimension
        return _one_output(both_times(input, weight), bias, batched)
    b, *lead, k = input.shape
    rows, weight = input.reshape(b, prod(lead), k), mT(weight)
    summand = pad_rank(bias, 2) if batched and bias is not None else bias
    out = rows.bmm(weight) if summand is None else torch.baddbmm(summand, rows, weight)
    return out.reshape(b, *lead, out.shape[-1])


def _one_output(out: Tensor, bias: Tensor | None, batched: bool) -> Tensor:
    if bias is None:
        return out
    return plus_bias(out, bias, True) if batched else out + bias


def linear_ensemble(input: Tensor, weight: Tensor, bias: Tensor | None, batched: bool) -> Tensor:
    """(input [..., k] for all, weight [B, m, k]) -> [B, ..., m]: the outputs of all examples as one layer."""
    if weight.ndim == 2:  # of rank 1: one output, without dimension
        return _one_output(right_times(input, weight), bias, batched)
    b, m, k = weight.shape
    if bias is not None:
        bias = (pad_rank(bias, 1) if batched else bias).expand(b, m).reshape(b * m)
    out = linear(input, weight.reshape(b * m, k), bias)
    return out.reshape(*out.shape[:-1], b, m).movedim(-2, 0)


def linear_tangent(
    input_t: Tensor | None, weight_t: Tensor | None, bias_t: Tensor | None, input: Tensor, weight: Tensor
) -> Tensor | None:
    """The tangent of linear, with the bias' tangent added by a kernel that runs anyway."""
    if input_t is None:
        return bias_t if weight_t is None else linear(input, weight_t, bias_t)
    out = linear(input_t, weight, bias_t)
    return out if weight_t is None else out + linear(input, weight_t)


def linear_input_vjp(grad: Tensor, weight: Tensor) -> Tensor:
    """The cotangent of linear's input."""
    weight = adj(weight)
    return grad.unsqueeze(-1) * weight if weight.ndim == 1 else grad.matmul(weight)


def linear_weight_vjp(grad: Tensor, input: Tensor, rank: int) -> Tensor:
    """The cotangent of linear's weight of that rank."""
    return sum_outer(grad, adj(input)) if rank == 2 else matmul_other_vjp(grad, input, 1)


def trilinear(
    i1: Tensor,
    i2: Tensor,
    i3: Tensor,
    expand1: Sequence[int],
    expand2: Sequence[int],
    expand3: Sequence[int],
    sumdim: Sequence[int],
    unroll_dim: int = 1,
) -> Tensor:
    """The sum over `sumdim` of the product of three tensors, each with ones put where `expand` says."""
    factors = []
    for x, dims in ((i1, expand1), (i2, expand2), (i3, expand3)):
        for dim in sorted(dims):
            x = x.unsqueeze(dim)
        factors.append(x)
    out = like(factors[0] * factors[1] * factors[2], i1)
    return out.sum(list(sumdim)) if len(sumdim) else out


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """([..., n], [..., m], [a, n, m]) -> [..., a] as two products, the first one large."""
    a, n, m = weight.shape
    left = input1.matmul(weight.transpose(0, 1).reshape(n, a * m))
    out = left.reshape(*left.shape[:-1], a, m).matmul(input2.unsqueeze(-1)).squeeze(-1)
    return out if bias is None else out + bias


def cdist_slope(diff: Tensor, dist: Tensor, p: float) -> Tensor:
    """d|diff|_p / d diff, where `dist` is |diff|_p; 0 at distance 0, as PyTorch chooses."""
    if p == 0:
        return torch.zeros_like(diff)
    if p == 1:
        return diff.sgn()
    if p == float("inf"):
        return diff.sgn() * (diff.abs() == dist)
    safe = torch.where(dist == 0, 1, dist)
    if p == 2:
        return torch.where(dist == 0, 0, diff / safe)
    size = diff.abs() / safe
    if p < 2:  # a power below 1, whose own slope at 0 is infinite
        size = torch.where(diff == 0, 1, size)
    return torch.where((dist == 0) | (diff == 0), 0, diff.sgn() * size ** (p - 1))


def cdist_tangent(x1_t: Tensor | None, x2_t: Tensor | None, x1: Tensor, x2: Tensor, result: Tensor, p: float) -> Tensor:
    """The tangent of all distances, from the differences of all pairs of points."""
    slope = cdist_slope(x1.unsqueeze(-2) - x2.unsqueeze(-3), result.unsqueeze(-1), p)
    if x2_t is None:
        moved = x1_t.unsqueeze(-2)
    elif x1_t is None:
        moved = -x2_t.unsqueeze(-3)
    else:
        moved = x1_t.unsqueeze(-2) - x2_t.unsqueeze(-3)
    return (slope * moved).sum(-1)


def cdist_backward(grad: Tensor, x1: Tensor, x2: Tensor, p: float, cdist: Tensor) -> Tensor:
    """The cotangent of x1, in operators that have derivatives themselves."""
    slope = cdist_slope(x1.unsqueeze(-2) - x2.unsqueeze(-3), cdist.unsqueeze(-1), p)
    return (grad.unsqueeze(-1) * slope).sum(-2)


def _pairs(x: Tensor) -> tuple[Tensor, Tensor]:
    """The row numbers i < j of all pairs of points."""
    n = x.shape[-2]
    i, j = torch.triu_indices(n, n, 1, device=x.device)
    return i, j


def pdist(self: Tensor, p: float = 2.0) -> Tensor:
    """The distances of all pairs of points."""
    i, j = _pairs(self)
    return like(torch.linalg.vector_norm(self.index_select(-2, i) - self.index_select(-2, j), p, -1), self)


def pdist_backward(grad: Tensor, self: Tensor, p: float, pdist: Tensor) -> Tensor:
    """The cotangent of the points, in operators that have derivatives themselves."""
    i, j = _pairs(self)
    diff = self.index_select(-2, i) - self.index_select(-2, j)
    moved = grad.unsqueeze(-1) * cdist_slope(diff, pdist.unsqueeze(-1), p)
    return torch.zeros_like(self).index_add(-2, i, moved).index_add(-2, j, -moved)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The products of the directions, summed. As in PyTorch, a norm raised to `eps` keeps its derivative."""
    if x1.shape != x2.shape:
        x1, x2 = torch.broadcast_tensors(x1, x2)
    if x1.dtype is not x2.dtype:
        dtype = torch.promote_types(x1.dtype, x2.dtype)
        x1, x2 = x1.to(dtype), x2.to(dtype)
    x1, x2 = (x / _raised(torch.linalg.vector_norm(x, 2, dim, True), eps) for x in (x1, x2))
    return (x1 * x2).sum(dim)


def _raised(norm: Tensor, eps: float) -> Tensor:
    return norm + (norm.clamp_min(eps) - norm).detach()
