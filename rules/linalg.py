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
from .matmul import like, mT


def herm(x: Tensor) -> Tensor:
    """The hermitian part."""
    return (x + mH(x)) * 0.5


def triangle(x: Tensor, upper: bool, strict: bool = False) -> Tensor:
    """One triangle, with or without the diagonal."""
    return x.triu(int(strict)) if upper else x.tril(-int(strict))


# ---------------------------------------------------------------------------------- batching


def fold_columns(x: Tensor, left: bool = True) -> Tensor:
    """Batched right-hand sides as one: the batch becomes columns (rows where the matrix is on the right)."""
    if left:
        x = x.movedim(0, -1)
        return x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1])
    x = x.movedim(0, -3)
    return x.reshape(*x.shape[:-3], x.shape[-3] * x.shape[-2], x.shape[-1])


def unfold_columns(x: Tensor, folded: Tensor, left: bool = True) -> Tensor:
    """The inverse of `fold_columns`, whose argument `folded` was."""
    size = folded.shape[0]
    if left:
        return x.reshape(*x.shape[:-1], folded.shape[-1], size).movedim(-1, 0)
    return x.reshape(*x.shape[:-2], size, folded.shape[-2], x.shape[-1]).movedim(-3, 0)


def align(size: int, batched: Sequence[bool], xs: Sequence[Tensor], core: Sequence[int]) -> list[Tensor]:
    """The operands with leading dimensions of one rank, the batch first; what is shared stays of size 1."""
    lead = max(x.ndim - b - c for x, b, c in zip(xs, batched, core, strict=True))
    return [_with_lead(x, b, lead + c) for x, b, c in zip(xs, batched, core, strict=True)]


def spread_leading(size: int, batched: Sequence[bool], xs: Sequence[Tensor], core: Sequence[int]) -> list[Tensor]:
    """The operands with the same leading dimensions, for kernels that do not broadcast."""
    xs = align(size, batched, xs, core)
    lead = torch.broadcast_shapes(*[x.shape[: x.ndim - c] for x, c in zip(xs, core, strict=True)])
    return [x.expand(*lead, *x.shape[x.ndim - c :]) for x, c in zip(xs, core, strict=True)]


def _with_lead(x: Tensor, batched: bool, rank: int) -> Tensor:
    batch = x.shape[:1] if batched else (1,)
    shape = x.shape[batched:]
    return x.reshape(*batch, *(1,) * (rank - len(shape)), *shape)


def _solve(
    solve: Callable[..., Tensor],
    size: int,
    batched: Sequence[bool],
    operands: Sequence[Tensor],
    core: Sequence[int],
    left: bool = True,
) -> Tensor:
    """A solve whose last operand is the right-hand side; factors that all examples share are used once."""
    *factors, rhs = operands
    if not any(batched[:-1]):
        return unfold_columns(solve(*factors, fold_columns(rhs, left)), rhs, left)
    *factors, rhs = align(size, batched, operands, core)
    return solve(*[x.expand(size, *x.shape[1:]) for x in factors], rhs)


def _lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, left: bool, adjoint: bool) -> Tensor:
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


def lu_solve_batch(
    size: int, batched: Sequence[bool], LU: Tensor, pivots: Tensor, B: Tensor, left: bool = True, adjoint: bool = False
) -> Tensor:
    """linalg_lu_solve; with shared factors the batch folds into columns, which no kind knows about."""
    solve = lambda LU, pivots, B: _lu_solve(LU, pivots, B, left, adjoint)
    return _solve(solve, size, batched, (LU, pivots, B), (2, 1, 2), left)


def solve_triangular_batch(
    size: int,
    batched: Sequence[bool],
    self: Tensor,
    B: Tensor,
    upper: bool,
    left: bool = True,
    unitriangular: bool = False,
) -> Tensor:
    """linalg_solve_triangular; as linalg_lu_solve."""
    solve = lambda A, B: solve_triangular(A, B, upper=upper, left=left, unitriangular=unitriangular)
    return _solve(solve, size, batched, (self, B), (2, 2), left)


def ldl_solve_batch(
    size: int, batched: Sequence[bool], LD: Tensor, pivots: Tensor, B: Tensor, hermitian: bool = False
) -> Tensor:
    """linalg_ldl_solve, whose kernel reads past the end of factors that have to broadcast."""
    operands = spread_leading(size, batched, (LD, pivots, B), (2, 1, 2))
    return torch.linalg.ldl_solve(*operands, hermitian=hermitian)


def cholesky_solve_batch(
    size: int, batched: Sequence[bool], self: Tensor, input2: Tensor, upper: bool = False
) -> Tensor:
    """cholesky_solve; as linalg_lu_solve."""
    solve = lambda L, B: torch.cholesky_solve(B, L, upper)
    return _solve(solve, size, batched[::-1], (input2, self), (2, 2))


def factored_solve_batch(
    size: int,
    batched: Sequence[bool],
    A: Tensor,
    LU: Tensor,
    pivots: Tensor,
    B: Tensor,
    left: bool = True,
    adjoint: bool = False,
) -> Tensor:
    """factored_solve; as linalg_lu_solve."""
    solve = lambda A, LU, pivots, B: factored_solve(A, LU, pivots, B, left, adjoint)
    return _solve(solve, size, batched, (A, LU, pivots, B), (2, 2, 1, 2), left)


def is_vector(a: Sequence[int], b: Sequence[int]) -> bool:
    """Whether a solve with a matrix of shape `a` takes a B of shape `b` as vectors, as torch decides it."""
    return len(b) == 1 or (len(a) - 1 == len(b) and b == a[:-1])


def solve_ex_batch(
    size: int, batched: Sequence[bool], A: Tensor, B: Tensor, left: bool = True, check_errors: bool = False
) -> tuple[Any, ...]:
    """_linalg_solve_ex; a shared matrix is factored once, and vectors are told from matrices without the batch."""
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
    return _fold_solve(torch.linalg.solve, size, batched, A, B, left)


def _squeeze(x: Tensor, yes: bool) -> Tensor:
    return x.squeeze(-1) if yes else x


def check_errors_batch(size: int, batched: Sequence[bool], info: Tensor, api_name: str, is_matrix: bool) -> None:
    """_linalg_check_errors, of all examples."""
    operator("aten::_linalg_check_errors")(info, api_name, False)


def mark_unbatched(outs: Any, batched: Sequence[bool]) -> Any:
    """Several outputs, some of them the same for all examples, with the names that torch gives them."""
    return type(outs)([x if flag else Unbatched(x) for x, flag in zip(outs, batched, strict=True)])


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
    return _lu_solve(LU, pivots, B, left, adjoint)


def residual(A_t: Tensor | None, X: Tensor, B_t: Tensor | None, left: bool) -> Tensor:
    """dB - dA X, or dB - X dA: what the tangent of a solution X solves for; absent tangents are zero."""
    if A_t is None:
        return B_t  # type: ignore[return-value]  # a jvp is called with some tangent
    moved = A_t @ X if left else X @ A_t
    return -moved if B_t is None else B_t - moved


def factored_solve_jvp(
    tangents: Sequence[Tensor | None],
    result: Tensor,
    A: Tensor,
    LU: Tensor,
    pivots: Tensor,
    B: Tensor,
    left: bool = True,
    adjoint: bool = False,
) -> Tensor | None:
    """dX = A^-1 (dB - dA X)."""
    A_t, *_, B_t = tangents
    if A_t is None and B_t is None:
        return None
    if adjoint and A_t is not None:
        A_t = mH(A_t)
    return factored_solve(A, LU, pivots, residual(A_t, result, B_t, left), left, adjoint)


def factored_solve_vjp(
    grad: Tensor, A: Tensor, LU: Tensor, pivots: Tensor, X: Tensor, left: bool, adjoint: bool, needs: Sequence[bool]
) -> tuple[Tensor | None, Tensor]:
    """The cotangents of A and B: gB = A^-H gX, gA = -gB X^H."""
    B_ct = factored_solve(A, LU, pivots, grad, left, not adjoint)
    return (matrix_of_solve_vjp(B_ct, X, left, adjoint) if needs[0] else None), B_ct


def matrix_of_solve_vjp(B_ct: Tensor, X: Tensor, left: bool, adjoint_: bool = False) -> Tensor:
    """The cotangent of the matrix A of a solve from that of its right-hand side."""
    matrix = -(B_ct @ mH(X)) if left else -(mH(X) @ B_ct)
    return mH(matrix) if adjoint_ else matrix


def solve_ex_jvp(
    tangents: Sequence[Tensor | None],
    results: Sequence[Tensor],
    A: Tensor,
    B: Tensor,
    left: bool = True,
    check_errors: bool = False,
) -> tuple[Tensor, None, None, None]:
    """The tangent of a solution, by the factors that found it."""
    X, LU, pivots, _ = results
    vector = is_vector(A.shape, B.shape)
    A_t, B_t = (t if t is None else column(t, vector and i == 1) for i, t in enumerate(tangents))
    X_t = factored_solve(A, LU, pivots, residual(A_t, column(X, vector), B_t, left), left)
    return _squeeze(X_t, vector), None, None, None


def column(x: Tensor, vector: bool) -> Tensor:
    """Vectors as matrices of one column."""
    return x.unsqueeze(-1) if vector else x


def solve_ex_vjp(
    grad: Tensor, A: Tensor, X: Tensor, LU: Tensor, pivots: Tensor, vector: bool, left: bool, needs: Sequence[bool]
) -> tuple[Tensor | None, Tensor]:
    """The cotangents of A and B, by the factors that found the solution."""
    args = A, LU, pivots, column(X, vector)
    A_ct, B_ct = factored_solve_vjp(column(grad, vector), *args, left, False, needs)
    return A_ct, _squeeze(B_ct, vector)


def solve_triangular_jvp(
    tangents: Sequence[Tensor | None],
    result: Tensor,
    self: Tensor,
    B: Tensor,
    upper: bool,
    left: bool = True,
    unitriangular: bool = False,
) -> Tensor:
    """dX = A^-1 (dB - dA X), where only the triangle that is read moves."""
    A_t, B_t = tangents
    if A_t is not None:
        A_t = triangle(A_t, upper, unitriangular)
    rhs = residual(A_t, result, B_t, left)
    return solve_triangular(self, rhs, upper=upper, left=left, unitriangular=unitriangular)


def solve_triangular_vjp(
    grad: Tensor, A: Tensor, X: Tensor, upper: bool, left: bool, unitriangular: bool, needs: Sequence[bool]
) -> tuple[Tensor | None, Tensor]:
    """The cotangents of A and B."""
    B_ct = solve_triangular(mH(A), grad, upper=not upper, left=left, unitriangular=unitriangular)
    if not needs[0]:
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


def slogdet_jvp(tangents: Sequence[Tensor], results: Sequence[Tensor], A: Tensor) -> tuple[Tensor | None, ...]:
    """d log|det| = Re t and d sign = i sign Im t, with t = tr(A^-1 dA). The factors, where they are results, stay."""
    trace = factored_solve(A, *factors(A), tangents[0]).diagonal(0, -2, -1).sum(-1)
    rest = (None,) * (len(results) - 2)
    if not A.dtype.is_complex:
        return None, trace, *rest
    return results[0] * torch.complex(torch.zeros_like(trace.imag), trace.imag), trace.real, *rest


def slogdet_vjp(grads: Sequence[Tensor | None], sign: Tensor, A: Tensor) -> Tensor | None:
    """The transpose of `slogdet_jvp`."""
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
