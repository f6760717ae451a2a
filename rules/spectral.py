"""Eigenvalues, singular values and what is made of them: pseudo-inverses, least squares, the matrix exponential.

The formulas are those of PyTorch's FunctionsManual. Eigenvectors and singular vectors are fixed up to a phase: a
loss must not depend on it, and of equal eigenvalues only their sum has a derivative; the formulas then give nan or
inf, as PyTorch's do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from oplift.rule import Unbatched

from .factors import pad_to
from .formulas import mH
from .kinds import fold_columns, unfold_columns
from .linalg import align, column, herm, is_vector
from .matmul import like

Outputs = tuple[Tensor | None, ...]


def inverse_gaps(x: Tensor) -> Tensor:
    """[..., n] -> [..., n, n]: 1 / (x_j - x_i), and 0 on the diagonal."""
    eye = torch.eye(x.shape[-1], dtype=x.dtype, device=x.device)
    return (x.unsqueeze(-2) - x.unsqueeze(-1) + eye).reciprocal() - eye


def diagonal(x: Tensor) -> Tensor:
    """The diagonals of the matrices."""
    return x.diagonal(0, -2, -1)


def skew(x: Tensor) -> Tensor:
    """x - x^H."""
    return x - mH(x)


def imaginary(x: Tensor) -> Tensor:
    """i Im(x), for a complex x."""
    return (x - x.conj()) * 0.5


# ---------------------------------------------------------------------------------- batching


def lstsq_batch(
    size: int,
    batched: Sequence[bool],
    self: Tensor,
    b: Tensor,
    rcond: float | None = None,
    driver: str | None = None,
) -> Any:
    """linalg_lstsq; a shared matrix is decomposed once, with the batch in the columns of the right-hand side."""
    vector = is_vector(self.shape[batched[0] :], b.shape[batched[1] :])
    b = b.unsqueeze(-1) if vector else b
    if batched[0]:
        outs = torch.linalg.lstsq(*align(size, batched, (self, b), (2, 2)), rcond, driver=driver)
        X, *rest = outs
        # What the driver does not compute is an empty vector, without batch.
        ranked = driver != "gels" if driver is not None else self.device.type == "cpu"
        computed = [rest[0].ndim > 1, ranked, rest[2].ndim > 1]
        rest = [x if yes else Unbatched(x) for x, yes in zip(rest, computed, strict=True)]
    else:
        outs = torch.linalg.lstsq(self, fold_columns(b), rcond, driver=driver)
        X, residuals, *rest = outs
        if residuals.shape[-1] == X.shape[-1]:
            residuals = unfold_columns(residuals.unsqueeze(-2), b).squeeze(-2)
        else:
            residuals = Unbatched(residuals)
        X, rest = unfold_columns(X, b), [residuals, *map(Unbatched, rest)]
    return type(outs)([X.squeeze(-1) if vector else X, *rest])


# ---------------------------------------------------------------------------------- eigenvalues


def eigh_tangents(A_t: Tensor, L: Tensor, V: Tensor, A: Tensor, UPLO: str, compute_v: bool) -> Outputs:
    """With X = V^H dA V: dL = Re diag(X) and dV = V (X / (L_j - L_i))."""
    L, V = (L, V) if compute_v else torch.linalg.eigh(A, UPLO)
    X = mH(V) @ herm(A_t) @ V
    L_t = diagonal(X).real if X.dtype.is_complex else diagonal(X)
    return L_t, (V @ (X * inverse_gaps(L)) if compute_v else None)


def eigh_vjp(grads: Sequence[Tensor | None], L: Tensor, V: Tensor, A: Tensor, UPLO: str, compute_v: bool) -> Tensor:
    """The transpose of `eigh_tangents`."""
    L_ct, V_ct = grads
    if not compute_v:
        L, V = torch.linalg.eigh(A, UPLO)
    if V_ct is None:
        return (V * L_ct.unsqueeze(-2)) @ mH(V)
    inner = skew(mH(V) @ V_ct) * (inverse_gaps(L) * 0.5)
    if L_ct is not None:
        inner = inner + torch.diag_embed(L_ct)
    return V @ inner @ mH(V)


def eig_tangents(A_t: Tensor, L: Tensor, V: Tensor) -> tuple[Tensor, Tensor]:
    """With X = V^-1 dA V: dL = diag(X), and dV = V (X / (L_j - L_i)) less what changes the length of a column."""
    X = torch.linalg.solve(V, like(A_t, V) @ V)
    V_t = V @ (X * inverse_gaps(L))
    return diagonal(X), V_t - V * (V.conj() * V_t).sum(-2, keepdim=True).real


def eig_vjp(grads: Sequence[Tensor | None], L: Tensor, V: Tensor) -> Tensor:
    """The transpose of `eig_tangents`."""
    L_ct, V_ct = grads
    inner = None if L_ct is None else torch.diag_embed(L_ct)
    if V_ct is not None:
        V_ct = V_ct - V * (V.conj() * V_ct).sum(-2, keepdim=True).real
        turned = (mH(V) @ V_ct) * inverse_gaps(L).conj()
        inner = turned if inner is None else inner + turned
    return torch.linalg.solve(mH(V), inner @ mH(V))


# ---------------------------------------------------------------------------------- singular values


def _thin(U: Tensor, S: Tensor, Vh: Tensor, A: Tensor, compute_uv: bool) -> tuple[Tensor, Tensor, Tensor]:
    """The singular vectors that belong to singular values; computed where the operator left them out."""
    if not compute_uv:
        U, S, Vh = torch.linalg.svd(A, full_matrices=False)
    k = S.shape[-1]
    return (U if U.shape[-1] == k else U[..., :k]), S, (Vh if Vh.shape[-2] == k else Vh[..., :k, :])


def svd_tangents(A_t: Tensor, U: Tensor, S: Tensor, Vh: Tensor, A: Tensor, compute_uv: bool) -> Outputs:
    """With X = U^H dA V: dS = Re diag(X), and the rotations of U and V, up to a phase, by the gaps of S^2.

    Columns of full matrices beyond the rank span what is left over, in no particular basis: their tangent is 0.
    """
    shapes = U.shape[-2:], Vh.shape[-2:]
    U, S, Vh = _thin(U, S, Vh, A, compute_uv)
    X = mH(U) @ A_t @ mH(Vh)
    S_t = diagonal(X).real if X.dtype.is_complex else diagonal(X)
    if not compute_uv:
        return None, S_t, None
    gaps, XS, SX = inverse_gaps(S * S), X * S.unsqueeze(-2), S.unsqueeze(-1) * X
    turn_u, turn_v = (XS + mH(XS)) * gaps, (SX + mH(SX)) * gaps
    if X.dtype.is_complex:
        phase = torch.diag_embed(imaginary(diagonal(X)) / (2 * S))
        turn_u, turn_v = turn_u + phase, turn_v - phase
    U_t, V_t = U @ turn_u, mH(Vh) @ turn_v
    if U.shape[-2] > S.shape[-1]:
        U_t = U_t + _leftover(A_t @ mH(Vh), U) / S.unsqueeze(-2)
    if Vh.shape[-1] > S.shape[-1]:
        V_t = V_t + _leftover(mH(A_t) @ U, mH(Vh)) / S.unsqueeze(-2)
    return pad_to(U_t, *shapes[0]), S_t, pad_to(mH(V_t), *shapes[1])


def _leftover(x: Tensor, U: Tensor) -> Tensor:
    """(1 - U U^H) x."""
    return x - U @ (mH(U) @ x)


def svd_vjp(grads: Sequence[Tensor | None], U: Tensor, S: Tensor, Vh: Tensor, A: Tensor, compute_uv: bool) -> Tensor:
    """The transpose of `svd_tangents`."""
    U_ct, S_ct, Vh_ct = grads
    k = S.shape[-1]
    U, S, Vh = _thin(U, S, Vh, A, compute_uv)
    if U_ct is None and Vh_ct is None:
        return (U * S_ct.unsqueeze(-2)) @ Vh
    left = None if U_ct is None else U_ct[..., :k]
    right = None if Vh_ct is None else mH(Vh_ct[..., :k, :])
    inner = _svd_inner_vjp(left, S_ct, right, U, S, Vh)
    out = U @ inner @ Vh
    if left is not None and U.shape[-2] > k:
        out = out + _leftover(left / S.unsqueeze(-2), U) @ Vh
    if right is not None and Vh.shape[-1] > k:
        out = out + U @ mH(_leftover(right / S.unsqueeze(-2), mH(Vh)))
    return out


def _svd_inner_vjp(
    U_ct: Tensor | None, S_ct: Tensor | None, V_ct: Tensor | None, U: Tensor, S: Tensor, Vh: Tensor
) -> Tensor:
    """The cotangent of U^H dA V."""
    gaps = inverse_gaps(S * S)
    phase = torch.zeros_like(S) if S_ct is None else S_ct
    inner = torch.zeros_like(gaps)
    if U_ct is not None:
        turn = mH(U) @ U_ct
        inner = inner + skew(turn) * gaps * S.unsqueeze(-2)
        phase = phase + imaginary(diagonal(turn)) / (2 * S) if turn.dtype.is_complex else phase
    if V_ct is not None:
        turn = Vh @ V_ct
        inner = inner + S.unsqueeze(-1) * (skew(turn) * gaps)
        phase = phase - imaginary(diagonal(turn)) / (2 * S) if turn.dtype.is_complex else phase
    return inner + torch.diag_embed(phase)


# ---------------------------------------------------------------------------------- pseudo-inverses


def pinv_tangent(A_t: Tensor, A: Tensor, P: Tensor) -> Tensor:
    """-P dA P + P P^H dA^H (1 - A P) + (1 - P A) dA^H P^H P, for the pseudo-inverse P (Golub and Pereyra)."""
    left = P @ mH(A_t @ P)
    right = mH(P @ A_t) @ P
    return left - (left @ A) @ P + right - P @ (A @ right) - P @ A_t @ P


def pinv_vjp(grad: Tensor, A: Tensor, P: Tensor) -> Tensor:
    """The transpose of `pinv_tangent`."""
    Ph, grad_h = mH(P), mH(grad)
    left = (grad_h @ P) @ Ph
    right = Ph @ (P @ grad_h)
    return left - A @ (P @ left) + right - (right @ P) @ A - Ph @ grad @ Ph


def lstsq_tangents(
    A_t: Tensor | None, b_t: Tensor | None, X: Tensor, residuals: Tensor, A: Tensor, b: Tensor
) -> tuple[Tensor, Tensor | None]:
    """The tangent of the solution P b, and that of the squared residuals, to which the solution's adds nothing."""
    vector = is_vector(A.shape, b.shape)
    b_t = None if b_t is None else column(b_t, vector)
    X, b, P = column(X, vector), column(b, vector), torch.linalg.pinv(A)
    X_t = None if A_t is None else pinv_tangent(A_t, A, P) @ b
    drift = None if A_t is None else A_t @ X
    if b_t is not None:
        X_t = P @ b_t if X_t is None else X_t + P @ b_t
        drift = -b_t if drift is None else drift - b_t
    residuals_t = None
    if residuals.numel():
        residuals_t = 2 * ((A @ X - b).conj() * drift).sum(-2)
    return (X_t.squeeze(-1) if vector else X_t), residuals_t


def lstsq_vjp(grads: Sequence[Tensor | None], X: Tensor, A: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The cotangents of the matrix and of the right-hand side."""
    vector = is_vector(A.shape, b.shape)
    X_ct, residuals_ct, *_ = grads
    X, b = column(X, vector), column(b, vector)
    A_ct, b_ct = torch.zeros_like(A), torch.zeros_like(b)
    if X_ct is not None:
        P, X_ct = torch.linalg.pinv(A), column(X_ct, vector)
        A_ct, b_ct = pinv_vjp(X_ct @ mH(b), A, P), mH(P) @ X_ct
    if residuals_ct is not None and residuals_ct.numel():
        drift = 2 * residuals_ct.unsqueeze(-2) * (A @ X - b)
        A_ct, b_ct = A_ct + drift @ mH(X), b_ct - drift
    return A_ct, (b_ct.squeeze(-1) if vector else b_ct)


# ---------------------------------------------------------------------------------- functions


def matrix_exp_tangent(A_t: Tensor, A: Tensor) -> Tensor:
    """The Frechet derivative: the upper right block of exp([[A, dA], [0, A]])."""
    n = A.shape[-1]
    upper = torch.cat([A, A_t], -1)
    lower = torch.cat([torch.zeros_like(A), A], -1)
    return torch.linalg.matrix_exp(torch.cat([upper, lower], -2))[..., :n, n:]
