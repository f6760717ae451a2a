"""Factors of a matrix: LU, Cholesky, QR and the products of Householder reflections.

The formulas are those of PyTorch's FunctionsManual.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.linalg import lu_solve, solve_triangular

from .formulas import mH
from .linalg import herm, matrix_of_solve_vjp, residual, triangle
from .matmul import mT


def pad_to(x: Tensor, m: int, n: int) -> Tensor:
    """The matrices with zeros added below and on the right until they are [m, n]."""
    right, below = n - x.shape[-1], m - x.shape[-2]
    return torch.nn.functional.pad(x, (0, right, 0, below)) if right or below else x


# ---------------------------------------------------------------------------------- LU


def lu_factor_tangent(A_t: Tensor, LU: Tensor, pivots: Tensor, pivot: bool) -> Tensor:
    """The tangents of L and U in one matrix, as the factors are."""
    P, L, U = torch.lu_unpack(LU, pivots, unpack_pivots=pivot)
    L_t, U_t = lu_tangents(A_t, P, L, U, pivot)
    m, n = LU.shape[-2:]
    return pad_to(L_t, m, n) + pad_to(U_t, m, n)


def lu_factor_vjp(grad: Tensor, LU: Tensor, pivots: Tensor, pivot: bool) -> Tensor:
    """The cotangent of A from that of both factors in one matrix."""
    P, L, U = torch.lu_unpack(LU, pivots, unpack_pivots=pivot)
    k = L.shape[-1]
    return _lu_vjp(grad[..., :k], grad[..., :k, :], P if pivot else None, L, U)


def lu_vjp(L_ct: Tensor, U_ct: Tensor, P: Tensor, L: Tensor, U: Tensor, pivot: bool) -> Tensor:
    """The cotangent of A from those of L and U."""
    return _lu_vjp(L_ct, U_ct, P if pivot else None, L, U)


def lu_tangents(A_t: Tensor, P: Tensor, L: Tensor, U: Tensor, pivot: bool) -> tuple[Tensor, Tensor]:
    """dL = L tril(X, -1), dU = triu(X) U with X = L^-1 P^T dA U^-1; what sticks out of the square is linear."""
    k = L.shape[-1]
    A_t = mT(P) @ A_t if pivot else A_t
    L1, U1 = L[..., :k, :], U[..., :k]
    X = solve_triangular(L1, A_t[..., :k, :k], upper=False, unitriangular=True)
    X = solve_triangular(U1, X, upper=True, left=False)
    L_t, U_t = L1 @ X.tril(-1), X.triu() @ U1
    if U.shape[-1] > k:
        rest = A_t[..., k:] - L_t @ U[..., k:]
        U_t = torch.cat([U_t, solve_triangular(L, rest, upper=False, unitriangular=True)], -1)
    elif L.shape[-2] > k:
        rest = A_t[..., k:, :] - L[..., k:, :] @ U_t
        L_t = torch.cat([L_t, solve_triangular(U, rest, upper=True, left=False)], -2)
    return L_t, U_t


def _lu_vjp(L_ct: Tensor, U_ct: Tensor, P: Tensor | None, L: Tensor, U: Tensor) -> Tensor:
    """The transpose of `lu_tangents`."""
    k, wide, tall = L.shape[-1], U.shape[-1] > L.shape[-1], L.shape[-2] > L.shape[-1]
    L1, U1 = L[..., :k, :], U[..., :k]
    low = mH(L1) @ L_ct[..., :k, :]
    up = U_ct[..., :k] @ mH(U1)
    if wide:
        low = low - U_ct[..., k:] @ mH(U[..., k:])
    elif tall:
        up = up - mH(L[..., k:, :]) @ L_ct[..., k:, :]
    inner = solve_triangular(mH(U1), low.tril(-1) + up.triu(), upper=False, left=False)
    A_ct = torch.cat([inner, U_ct[..., k:]], -1) if wide else inner
    A_ct = solve_triangular(mH(L1), A_ct, upper=True, unitriangular=True)
    if tall:
        below = solve_triangular(mH(U1), L_ct[..., k:, :], upper=False, left=False)
        A_ct = torch.cat([A_ct, below], -2)
    return A_ct if P is None else P @ A_ct


def lu_unpack_tangents(LU_t: Tensor, unpack_data: bool) -> tuple[Tensor | None, Tensor | None]:
    """The triangles of the tangent."""
    if not unpack_data:
        return None, None
    k = min(LU_t.shape[-2:])
    return LU_t[..., :k].tril(-1), LU_t[..., :k, :].triu()


def lu_unpack_vjp(L_ct: Tensor, U_ct: Tensor, shape: Sequence[int]) -> Tensor:
    """The triangles put back into one matrix."""
    m, n = shape[-2:]
    return pad_to(L_ct.tril(-1), m, n) + pad_to(U_ct.triu(), m, n)


def lu_solve_tangent(
    LU_t: Tensor | None, B_t: Tensor | None, LU: Tensor, pivots: Tensor, X: Tensor, left: bool, adjoint: bool
) -> Tensor:
    """dX = A^-1 (dB - dA X) with dA = P (dL U + L dU)."""
    A_t = None
    if LU_t is not None:
        P, L, U = torch.lu_unpack(LU, pivots)
        A_t = P @ (LU_t.tril(-1) @ U + L @ LU_t.triu())
        A_t = mH(A_t) if adjoint else A_t
    return lu_solve(LU, pivots, residual(A_t, X, B_t, left), left=left, adjoint=adjoint)


def lu_solve_vjp(
    grad: Tensor, LU: Tensor, pivots: Tensor, X: Tensor | None, left: bool, adjoint_: bool
) -> tuple[Tensor | None, Tensor]:
    """The cotangents of LU, unless X is missing, and of B: gL = tril(P^T gA U^H, -1), gU = triu(L^H P^T gA)."""
    B_ct = lu_solve(LU, pivots, grad, left=left, adjoint=not adjoint_)
    if X is None:
        return None, B_ct
    P, L, U = torch.lu_unpack(LU, pivots)
    A_ct = mT(P) @ matrix_of_solve_vjp(B_ct, X, left, adjoint_)
    return (A_ct @ mH(U)).tril(-1) + (mH(L) @ A_ct).triu(), B_ct


# ---------------------------------------------------------------------------------- Cholesky


def half_tril(x: Tensor) -> Tensor:
    """The lower triangle, with half of the diagonal."""
    return (x.tril() + x.tril(-1)) * 0.5


def cholesky_tangent(A_t: Tensor, L: Tensor, upper: bool) -> Tensor:
    """dL = L half_tril(L^-1 dA L^-H)."""
    L = mH(L) if upper else L
    X = solve_triangular(L, herm(A_t), upper=False)
    X = solve_triangular(mH(L), X, upper=True, left=False)
    L_t = L @ half_tril(X)
    return mH(L_t) if upper else L_t


def cholesky_vjp(grad: Tensor, L: Tensor, upper: bool) -> Tensor:
    """gA = L^-H herm(half_tril(L^H gL)) L^-1."""
    L, grad = (mH(L), mH(grad)) if upper else (L, grad)
    X = (mH(L) @ grad).tril()
    X = (X + mH(X.tril(-1))) * 0.5
    X = herm(X) if X.dtype.is_complex else X  # the diagonal of L is real
    X = solve_triangular(L, X, upper=False, left=False)
    return solve_triangular(mH(L), X, upper=True)


def gram_tangent(L_t: Tensor, L: Tensor, upper: bool) -> Tensor:
    """The tangent of L L^H, of U^H U if upper; the other triangle, whatever it holds, is not read."""
    L_t, L = triangle(L_t, upper), triangle(L, upper)
    X = mH(L_t) @ L if upper else L_t @ mH(L)
    return X + mH(X)


def gram_vjp(grad: Tensor, L: Tensor, upper: bool) -> Tensor:
    """The cotangent of L from that of L L^H, or U^H U."""
    grad, L = grad + mH(grad), triangle(L, upper)
    return triangle(L @ grad if upper else grad @ L, upper)


def cholesky_solve_tangent(B_t: Tensor | None, L_t: Tensor | None, X: Tensor, L: Tensor, upper: bool) -> Tensor:
    """dX = A^-1 (dB - dA X) with A = L L^H."""
    A_t = None if L_t is None else gram_tangent(L_t, L, upper)
    return torch.cholesky_solve(residual(A_t, X, B_t, True), L, upper)


def cholesky_solve_vjp(grad: Tensor, X: Tensor | None, L: Tensor, upper: bool) -> tuple[Tensor, Tensor | None]:
    """The cotangents of B and, unless X is missing, of L."""
    B_ct = torch.cholesky_solve(grad, L, upper)
    return B_ct, None if X is None else gram_vjp(matrix_of_solve_vjp(B_ct, X, True), L, upper)


# ---------------------------------------------------------------------------------- QR


def _check_qr(A_shape: Sequence[int], mode: str) -> None:
    if mode == "r":
        raise RuntimeError(
            "linalg_qr: the derivative depends on Q, which mode='r' does not compute; use mode='reduced'"
        )
    if mode == "complete" and A_shape[-2] > A_shape[-1]:
        raise RuntimeError(
            "linalg_qr: of a matrix with more rows than columns, the Q of mode='complete' has no derivative; "
            "use mode='reduced'"
        )


def qr_tangents(A_t: Tensor, Q: Tensor, R: Tensor, shape: Sequence[int], mode: str) -> tuple[Tensor, Tensor]:
    """With Y = dA R^-1 and the upper triangular H, H + H^H = Q^H Y + (Q^H Y)^H: dQ = Y - Q H and dR = H R.

    Of a matrix with more columns than rows this is the part of R that is square; the rest of R is Q^H A.
    """
    _check_qr(shape, mode)
    k = R.shape[-2]
    Y = solve_triangular(R[..., :k], A_t[..., :k], upper=True, left=False)
    H = mH(half_tril(2 * herm(mH(Q) @ Y)))
    Q_t = Y - Q @ H
    if R.shape[-1] == k:
        return Q_t, H @ R
    return Q_t, mH(Q) @ A_t - mH(Q) @ Q_t @ R


def qr_vjp(grads: Sequence[Tensor | None], Q: Tensor, R: Tensor, shape: Sequence[int], mode: str) -> Tensor | None:
    """The transpose of `qr_tangents`."""
    _check_qr(shape, mode)
    Q_ct, R_ct = grads
    k = R.shape[-2]
    R1, R1_ct = R[..., :k], None if R_ct is None else R_ct[..., :k]
    wide = R.shape[-1] > k
    if wide and R_ct is not None:  # A2 = Q R2, so R2 = Q^H A2
        rest = R[..., k:] @ mH(R_ct[..., k:])
        Q_ct = Q @ rest if Q_ct is None else Q_ct + Q @ rest
    inner = R1_ct @ mH(R1) if R1_ct is not None else None
    if Q_ct is not None:
        drift = mH(Q) @ Q_ct
        inner = -drift if inner is None else inner - drift
    A_ct = Q @ (2 * herm(half_tril(mH(inner))))
    A_ct = solve_triangular(mH(R1), A_ct if Q_ct is None else A_ct + Q_ct, upper=False, left=False)
    if not wide:
        return A_ct
    return torch.cat([A_ct, torch.zeros_like(R[..., k:]) if R_ct is None else Q @ R_ct[..., k:]], -1)


# ---------------------------------------------------------------------------------- Householder reflections


def reflectors(input: Tensor, tau: Tensor) -> tuple[Tensor, Tensor]:
    """V and T such that the product of the reflections 1 - tau_i v_i v_i^H is 1 - V T V^H.

    The compact WY form, with T = (1 + D S)^-1 D for D = diag(tau) and S the strict upper triangle of V^H V: nothing
    is divided by tau, which may be 0.
    """
    m, k = input.shape[-2], tau.shape[-1]
    V = input[..., :k].tril(-1) + torch.eye(m, k, dtype=input.dtype, device=input.device)
    overlap = tau.unsqueeze(-1) * (mH(V) @ V)
    return V, solve_triangular(overlap, torch.diag_embed(tau), upper=True, unitriangular=True)


def householder_product(input: Tensor, tau: Tensor) -> Tensor:
    """The first columns of the product of reflections."""
    V, T = reflectors(input, tau)
    m, n = input.shape[-2:]
    return torch.eye(m, n, dtype=input.dtype, device=input.device) - V @ (T @ mH(V[..., :n, :]))


def ormqr(self: Tensor, input2: Tensor, input3: Tensor, left: bool = True, transpose: bool = False) -> Tensor:
    """The product of reflections, or its adjoint, times a matrix."""
    V, T = reflectors(self, input2)
    T = mH(T) if transpose else T
    if left:
        return input3 - V @ (T @ (mH(V) @ input3))
    return input3 - input3 @ V @ T @ mH(V)
