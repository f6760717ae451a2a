"""Systems of equations, inverses and determinants.

The formulas are those of PyTorch's FunctionsManual. A hermitian operand is read from one triangle; its cotangent is
hermitian, and of a tangent the hermitian part counts, so that each pullback is the transpose of its jvp.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor
from torch.linalg import lu_solve, solve_triangular

from oplift.rule import Unbatched, operator

from .formulas import mH
from .kinds import fold_columns, low_rank, unfold_columns
from .matmul import like, mT


def herm(x: Tensor) -> Tensor:
    """The hermitian part."""
    return (x + mH(x)) * 0.5


def triangle(x: Tensor, upper: bool, strict: bool = False) -> Tensor:
    """One triangle, with or without the diagonal."""
    return x.triu(int(strict)) if upper else x.tril(-int(strict))


# ---------------------------------------------------------------------------------- batching


def align(size: int, batched: Sequence[bool], xs: Sequence[Tensor], core: Sequence[int]) -> list[Tensor]:
    """The operands with leading dimensions of one rank, the batch first; what is shared stays of size 1."""
    lead = max(x.ndim - b - c for x, b, c in zip(xs, batched, core, strict=True))
    return [_with_lead(x, b, lead + c) for x, b, c in zip(xs, batched, core, strict=True)]


def _with_lead(x: Tensor, batched: bool, rank: int) -> Tensor:
    batch = x.shape[:1] if batched else (1,)
    shape = x.shape[batched:]
    return x.reshape(*batch, *(1,) * (rank - len(shape)), *shape)


def lu_solve_flat(LU: Tensor, pivots: Tensor, B: Tensor, left: bool, adjoint: bool) -> Tensor:
    """lu_solve with all leading dimensions in one.

    torch's kernel takes the distance of the matrices from the stride of the last leading dimension, which may be
    anything where that has size 1.
    """
    lead = torch.broadcast_shapes(LU.shape[:-2], B.shape[:-2])
    if len(lead) < 2:
        return lu_solve(LU, pivots, B, left=left, adjoint=adjoint)
    cores = (LU.shape[-2:], pivots.shape[-1:], B.shape[-2:])
    flat = [x.expand(*lead, *core).reshape(prod(lead), *core) for x, core in zip((LU, pivots, B), cores, strict=True)]
    return lu_solve(*flat, left=left, adjoint=adjoint).reshape(*lead, *B.shape[-2:])


def is_vector(a: Sequence[int], b: Sequence[int]) -> bool:
    """Whether a solve with a matrix of shape `a` takes a B of shape `b` as vectors, as torch decides it."""
    return len(b) == 1 or (len(a) - 1 == len(b) and b == a[:-1])


def solve_ex_batch(
    size: int, batched: Sequence[bool], A: Tensor, B: Tensor, left: bool = True, check_errors: bool = False
) -> tuple[Any, ...]:
    """_linalg_solve_ex; a shared matrix is factored once, and vectors are told from matrices without the batch."""
    _need_matrix(batched, A)
    found: list[Tensor] = []

    def solve(A: Tensor, B: Tensor, left: bool) -> Tensor:
        X, *factors = torch._linalg_solve_ex(A, B, left=left, check_errors=check_errors)
        found.extend(factors)
        return X

    X = _fold_solve(solve, size, batched, A, B, left)
    if not batched[0]:
        return X, *map(Unbatched, found)
    shapes = (A.shape, A.shape[:-1], A.shape[:-2])
    return X, *[x if x.shape == shape else x.reshape(shape) for x, shape in zip(found, shapes, strict=True)]


def _fold_solve(
    solve: Callable[..., Tensor], size: int, batched: Sequence[bool], A: Tensor, B: Tensor, left: bool
) -> Tensor:
    vector = is_vector(A.shape[batched[0] :], B.shape[batched[1] :])
    if vector:
        B = B.unsqueeze(-1)
    if batched[0]:
        return _squeeze(solve(*align(size, batched, (A, B), (2, 2)), left=left), vector)
    rhs = fold_columns(B, left)
    rhs = rhs.reshape(*(1,) * (A.ndim - rhs.ndim), *rhs.shape)  # never as vectors
    return _squeeze(unfold_columns(solve(A, rhs, left=left), B, left), vector)


def solve_batch(size: int, batched: Sequence[bool], A: Tensor, B: Tensor, left: bool = True) -> Tensor:
    """linalg_solve; as _linalg_solve_ex, but its kernel checks for errors."""
    _need_matrix(batched, A)
    return _fold_solve(torch.linalg.solve, size, batched, A, B, left)


def _need_matrix(batched: Sequence[bool], A: Tensor) -> None:
    if batched[0] and A.ndim < 3:
        low_rank("linalg_solve", "A", A, 2)


def _squeeze(x: Tensor, yes: bool) -> Tensor:
    return x.squeeze(-1) if yes else x


# ---------------------------------------------------------------------------------- solves


def factored_solve(
    A: Tensor, LU: Tensor, pivots: Tensor, B: Tensor, left: bool = True, adjoint: bool = False
) -> Tensor:
    """The solution of AX = B (XA = B, A^H X = B, X A^H = B) by factors of A that exist already.

    An operator of its own, differentiable in A and B alone: its derivatives are solves with the same factors, so a
    matrix is factored once for derivatives of all orders.
    """
    return operator("oplift::factored_solve")(A, LU, pivots, B, left, adjoint)  # type: ignore[no-any-return]


def _factored_solve(
    A: Tensor, LU: Tensor, pivots: Tensor, B: Tensor, left: bool = True, adjoint: bool = False
) -> Tensor:
    """On plain tensors; where autograd records, in operators that it knows the derivatives of."""
    if torch.is_grad_enabled() and A.requires_grad:
        return torch.linalg.solve_ex(A.mH if adjoint else A, B, left=left)[0]
    return lu_solve_flat(LU, pivots, B, left, adjoint)


def residual(A_t: Tensor | None, X: Tensor, B_t: Tensor | None, left: bool) -> Tensor:
    """dB - dA X, or dB - X dA: what the tangent of a solution X solves for; absent tangents are zero."""
    if A_t is None:
        return B_t  # type: ignore[return-value]  # a jvp is called with some tangent
    moved = A_t @ X if left else X @ A_t
    return -moved if B_t is None else B_t - moved


def factored_solve_tangent(
    A_t: Tensor | None, B_t: Tensor | None, A: Tensor, LU: Tensor, pivots: Tensor, X: Tensor, left: bool, adjoint: bool
) -> Tensor:
    """dX = A^-1 (dB - dA X)."""
    if adjoint and A_t is not None:
        A_t = mH(A_t)
    return factored_solve(A, LU, pivots, residual(A_t, X, B_t, left), left, adjoint)


def factored_solve_vjp(
    grad: Tensor, A: Tensor, LU: Tensor, pivots: Tensor, X: Tensor | None, left: bool, adjoint: bool
) -> tuple[Tensor | None, Tensor]:
    """The cotangents of A, unless X is missing, and of B: gB = A^-H gX, gA = -gB X^H."""
    B_ct = factored_solve(A, LU, pivots, grad, left, not adjoint)
    return (None if X is None else matrix_of_solve_vjp(B_ct, X, left, adjoint)), B_ct


def matrix_of_solve_vjp(B_ct: Tensor, X: Tensor, left: bool, adjoint_: bool = False) -> Tensor:
    """The cotangent of the matrix A of a solve from that of its right-hand side."""
    matrix = -(B_ct @ mH(X)) if left else -(mH(X) @ B_ct)
    return mH(matrix) if adjoint_ else matrix


def solve_ex_tangent(
    A_t: Tensor | None, B_t: Tensor | None, A: Tensor, X: Tensor, LU: Tensor, pivots: Tensor, vector: bool, left: bool
) -> Tensor:
    """The tangent of a solution, by the factors that found it."""
    B_t = None if B_t is None else column(B_t, vector)
    X_t = factored_solve(A, LU, pivots, residual(A_t, column(X, vector), B_t, left), left)
    return _squeeze(X_t, vector)


def column(x: Tensor, vector: bool) -> Tensor:
    """Vectors as matrices of one column."""
    return x.unsqueeze(-1) if vector else x


def solve_ex_vjp(
    grad: Tensor, A: Tensor, X: Tensor | None, LU: Tensor, pivots: Tensor, vector: bool, left: bool
) -> tuple[Tensor | None, Tensor]:
    """The cotangents of A, unless X is missing, and of B, by the factors that found the solution."""
    args = A, LU, pivots, None if X is None else column(X, vector)
    A_ct, B_ct = factored_solve_vjp(column(grad, vector), *args, left, False)
    return A_ct, _squeeze(B_ct, vector)


def solve_triangular_tangent(
    A_t: Tensor | None, B_t: Tensor | None, A: Tensor, X: Tensor, upper: bool, left: bool, unitriangular: bool
) -> Tensor:
    """dX = A^-1 (dB - dA X), where only the triangle that is read moves."""
    if A_t is not None:
        A_t = triangle(A_t, upper, unitriangular)
    return solve_triangular(A, residual(A_t, X, B_t, left), upper=upper, left=left, unitriangular=unitriangular)


def solve_triangular_vjp(
    grad: Tensor, A: Tensor, X: Tensor | None, upper: bool, left: bool, unitriangular: bool
) -> tuple[Tensor | None, Tensor]:
    """The cotangents of A, unless X is missing, and of B."""
    B_ct = solve_triangular(mH(A), grad, upper=not upper, left=left, unitriangular=unitriangular)
    if X is None:
        return None, B_ct
    return triangle(matrix_of_solve_vjp(B_ct, X, left), upper, unitriangular), B_ct


def triangular_solve(
    self: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> tuple[Tensor, Tensor]:
    """The deprecated operator in terms of its successor."""
    matrix = mT(A) if transpose else A
    X = solve_triangular(matrix, self, upper=upper is not transpose, unitriangular=unitriangular)
    return X, A.clone()


def solve(A: Tensor, B: Tensor, left: bool = True) -> Tensor:
    """linalg.solve, which is an error where the matrix is singular."""
    X, _, _, info = torch._linalg_solve_ex(A, B, left=left)
    operator("aten::_linalg_check_errors")(info, "torch.linalg.solve", info.ndim == 0)
    return X


# ---------------------------------------------------------------------------------- determinants


def factors(A: Tensor) -> Sequence[Tensor]:
    """LU and pivots of A, for `factored_solve`: an operator of its own, whose results are constants.

    The factors that a determinant gives are no good for that: of a contiguous A they are those of its transpose.
    """
    return operator("oplift::factors")(A)  # type: ignore[no-any-return]


def _factors(A: Tensor) -> tuple[Tensor, Tensor]:
    """On plain tensors."""
    LU, pivots, _ = torch.linalg.lu_factor_ex(A.detach())
    return LU, pivots


def _nonsingular(det: Tensor, A: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Determinant and factors of the matrix, or of a nearby regular one where it is singular.

    The derivative of a determinant is the adjugate, which is det(A) A^-1 wherever that exists, and continuous: so a
    zero pivot is replaced by a tiny one.
    """
    LU, pivots = factors(A)
    diagonal = LU.diagonal(0, -2, -1)
    tiny = torch.where(diagonal == 0, torch.finfo(LU.dtype).eps, 0).to(LU.dtype)
    steps = torch.arange(1, pivots.shape[-1] + 1, device=pivots.device)
    sign = 1 - 2 * ((pivots != steps).sum(-1) % 2)
    det = torch.where(det == 0, sign * (diagonal + tiny).prod(-1), det)
    return det, LU + torch.diag_embed(tiny), pivots


def det_tangent(A_t: Tensor, A: Tensor, det: Tensor) -> Tensor:
    """det(A) tr(A^-1 dA)."""
    det, LU, pivots = _nonsingular(det, A)
    return det * factored_solve(A, LU, pivots, A_t).diagonal(0, -2, -1).sum(-1)


def det_vjp(grad: Tensor, A: Tensor, det: Tensor) -> Tensor:
    """The adjugate's adjoint, conj(det(A)) g A^-H."""
    det, LU, pivots = _nonsingular(det, A)
    return inverse_adjoint(grad * det.conj(), A, LU, pivots)


def inverse_adjoint(factor: Tensor, A: Tensor, LU: Tensor, pivots: Tensor) -> Tensor:
    """A^-H times a number for each matrix."""
    rhs = torch.diag_embed(like(factor, A).unsqueeze(-1).expand(A.shape[:-1]))
    return factored_solve(A, LU, pivots, rhs, True, True)


def slogdet_tangents(A_t: Tensor, A: Tensor, sign: Tensor) -> tuple[Tensor | None, Tensor]:
    """d log|det| = Re t and d sign = i sign Im t, with t = tr(A^-1 dA)."""
    trace = factored_solve(A, *factors(A), A_t).diagonal(0, -2, -1).sum(-1)
    if not A.dtype.is_complex:
        return None, trace
    return sign * torch.complex(torch.zeros_like(trace.imag), trace.imag), trace.real


def slogdet_vjp(grads: Sequence[Tensor | None], sign: Tensor, A: Tensor) -> Tensor | None:
    """The transpose of `slogdet_tangents`."""
    sign_ct, log_ct, *_ = grads
    if not A.dtype.is_complex:
        return None if log_ct is None else inverse_adjoint(log_ct, A, *factors(A))
    real = torch.zeros_like(sign.real) if log_ct is None else log_ct
    imag = torch.zeros_like(real) if sign_ct is None else (sign_ct * sign.conj()).imag
    return inverse_adjoint(torch.complex(real, imag), A, *factors(A))


_LIBRARY = torch.library.Library("oplift", "FRAGMENT")
_LIBRARY.define("factors(Tensor A) -> (Tensor LU, Tensor pivots)")
_LIBRARY.define(
    "factored_solve(Tensor A, Tensor LU, Tensor pivots, Tensor B, bool left=True, bool adjoint=False) -> Tensor"
)
# Composite: ordinary autograd, and torch.compile, see the operators that they are made of.
_LIBRARY.impl("factors", _factors, "CompositeImplicitAutograd")
_LIBRARY.impl("factored_solve", _factored_solve, "CompositeImplicitAutograd")
