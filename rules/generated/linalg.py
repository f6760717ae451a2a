"""Rules from rules/linalg.yaml; do not edit, run `make gen`.

source sha256: 3f04d72385eb5bdb054b246b9bac4f3e24344c30518a37415c4afb694040b109
torch: 2.13
"""

from __future__ import annotations

import torch

import oplift.rules.factors as oplift_rules_factors
import oplift.rules.linalg as oplift_rules_linalg
from oplift.rule import Rules
from oplift.rules.factors import (
    cholesky_solve_tangent,
    cholesky_tangent,
    gram_tangent,
    gram_vjp,
    householder_product,
    lu_factor_tangent,
    lu_factor_vjp,
    lu_solve_tangent,
    lu_solve_vjp,
    lu_tangents,
    lu_unpack_tangents,
    lu_vjp,
    ormqr,
    qr_tangents,
    qr_vjp,
)
from oplift.rules.formulas import cotangent_or_zeros, likeness, mH
from oplift.rules.kinds import (
    Deferred,
    align_leading,
    expand_leading,
    fold_columns,
    low_rank,
    mark_unbatched,
    unfold_columns,
)
from oplift.rules.linalg import (
    det_tangent,
    factored_solve_tangent,
    is_vector,
    lu_solve_flat,
    slogdet_tangents,
    solve,
    solve_batch,
    solve_ex_batch,
    solve_ex_tangent,
    solve_ex_vjp,
    solve_triangular_tangent,
    solve_triangular_vjp,
    triangular_solve,
)
from oplift.rules.spectral import (
    eig_tangents,
    eig_vjp,
    eigh_tangents,
    eigh_vjp,
    lstsq_batch,
    lstsq_tangents,
    lstsq_vjp,
    matrix_exp_tangent,
    pinv_tangent,
    pinv_vjp,
    svd_tangents,
    svd_vjp,
)

factored_solve_op = Deferred(globals(), "factored_solve_op", "oplift::factored_solve")
factors_op = Deferred(globals(), "factors_op", "oplift::factors")


# rules/linalg.yaml:9 oplift::factors
def factors_batch(batch_size, batched, A):
    if A.ndim <= 2:
        low_rank("oplift::factors", "A", A, 2)
    return factors_op(A)


# rules/linalg.yaml:14 oplift::factored_solve
def factored_solve_batch(batch_size, batched, A, LU, pivots, B, left=True, adjoint=False):
    if batched[0] and A.ndim <= 2:
        low_rank("oplift::factored_solve", "A", A, 2)
    if batched[1] and LU.ndim <= 2:
        low_rank("oplift::factored_solve", "LU", LU, 2)
    if batched[2] and pivots.ndim <= 1:
        low_rank("oplift::factored_solve", "pivots", pivots, 1)
    if batched[3] and B.ndim <= 2:
        low_rank("oplift::factored_solve", "B", B, 2)
    if not batched[0] and not batched[1] and not batched[2]:
        folded = B
        B = fold_columns(folded, left)
        return unfold_columns(factored_solve_op(A, LU, pivots, B, left, adjoint), folded, left)
    A, LU, pivots, B = align_leading(
        (batched[0], batched[1], batched[2], batched[3]), (2, 2, 1, 2), A, LU, pivots, B
    )
    A, LU, pivots = expand_leading((2, 2, 1), A, LU, pivots)
    return factored_solve_op(A, LU, pivots, B, left, adjoint)


def factored_solve_jvp(tangents, A, LU, pivots, B, left=True, adjoint=False):
    A_t = tangents[0]
    B_t = tangents[3]
    result = factored_solve_op(A, LU, pivots, B, left, adjoint)
    tangent = None
    if A_t is not None or B_t is not None:
        tangent = factored_solve_tangent(A_t, B_t, A, LU, pivots, result, left, adjoint)
    return result, tangent


def factored_solve_vjp(needs, A, LU, pivots, B, left=True, adjoint=False):
    needs_A = needs[0]
    needs_B = needs[3]
    result = factored_solve_op(A, LU, pivots, B, left, adjoint)
    kept_result = result if needs_A else None

    def factored_solve_pullback(grad):
        A_ct = B_ct = None
        if needs_A or needs_B:
            A_ct, B_ct = oplift_rules_linalg.factored_solve_vjp(
                grad, A, LU, pivots, kept_result if needs_A else None, left, adjoint
            )
        return (A_ct, None, None, B_ct)

    return result, factored_solve_pullback


# rules/linalg.yaml:26 aten::_linalg_solve_ex
def _linalg_solve_ex_jvp(tangents, A, B, left=True, check_errors=False):
    A_t, B_t = tangents
    outputs = torch._linalg_solve_ex(A, B, left=left, check_errors=check_errors)
    result, LU, pivots, info = outputs
    result_t = None
    if A_t is not None or B_t is not None:
        result_t = solve_ex_tangent(A_t, B_t, A, result, LU, pivots, is_vector(A.shape, B.shape), left)
    return outputs, (result_t, None, None, None)


def _linalg_solve_ex_vjp(needs, A, B, left=True, check_errors=False):
    needs_A, needs_B = needs
    outputs = torch._linalg_solve_ex(A, B, left=left, check_errors=check_errors)
    result, LU, pivots, info = outputs
    A_shape = A.shape
    B_shape = B.shape
    kept_result = result if needs_A else None

    def _linalg_solve_ex_pullback(grads):
        grad = grads[0]
        A_ct, B_ct = solve_ex_vjp(
            grad, A, kept_result if needs_A else None, LU, pivots, is_vector(A_shape, B_shape), left
        )
        return (A_ct, B_ct)

    return outputs, _linalg_solve_ex_pullback


# rules/linalg.yaml:32 aten::linalg_solve_triangular
def linalg_solve_triangular_batch(batch_size, batched, self, B, upper, left=True, unitriangular=False):
    if batched[0] and self.ndim <= 2:
        low_rank("aten::linalg_solve_triangular", "self", self, 2)
    if batched[1] and B.ndim <= 2:
        low_rank("aten::linalg_solve_triangular", "B", B, 2)
    if not batched[0]:
        folded = B
        B = fold_columns(folded, left)
        return unfold_columns(
            torch._C._linalg.linalg_solve_triangular(
                self, B, upper=upper, left=left, unitriangular=unitriangular
            ),
            folded,
            left,
        )
    self, B = align_leading((batched[0], batched[1]), (2, 2), self, B)
    return torch._C._linalg.linalg_solve_triangular(
        self, B, upper=upper, left=left, unitriangular=unitriangular
    )


def linalg_solve_triangular_jvp(tangents, self, B, upper, left=True, unitriangular=False):
    self_t, B_t = tangents
    result = torch._C._linalg.linalg_solve_triangular(
        self, B, upper=upper, left=left, unitriangular=unitriangular
    )
    tangent = None
    if self_t is not None or B_t is not None:
        tangent = solve_triangular_tangent(self_t, B_t, self, result, upper, left, unitriangular)
    return result, tangent


def linalg_solve_triangular_vjp(needs, self, B, upper, left=True, unitriangular=False):
    needs_self, needs_B = needs
    result = torch._C._linalg.linalg_solve_triangular(
        self, B, upper=upper, left=left, unitriangular=unitriangular
    )
    kept_result = result if needs_self else None

    def linalg_solve_triangular_pullback(grad):
        self_ct, B_ct = solve_triangular_vjp(
            grad, self, kept_result if needs_self else None, upper, left, unitriangular
        )
        return (self_ct, B_ct)

    return result, linalg_solve_triangular_pullback


# rules/linalg.yaml:38 aten::linalg_inv_ex
def linalg_inv_ex_batch(batch_size, batched, A, check_errors=False):
    if A.ndim <= 2:
        low_rank("aten::linalg_inv_ex", "A", A, 2)
    return torch._C._linalg.linalg_inv_ex(A, check_errors=check_errors)


def linalg_inv_ex_jvp(tangents, A, check_errors=False):
    A_t = tangents[0]
    outputs = torch._C._linalg.linalg_inv_ex(A, check_errors=check_errors)
    inverse, info = outputs
    inverse_t = -(inverse @ A_t @ inverse)
    return outputs, (inverse_t, None)


def linalg_inv_ex_vjp(needs, A, check_errors=False):
    outputs = torch._C._linalg.linalg_inv_ex(A, check_errors=check_errors)
    inverse, info = outputs

    def linalg_inv_ex_pullback(grads):
        grad = grads[0]
        return (-(mH(inverse) @ grad @ mH(inverse)),)

    return outputs, linalg_inv_ex_pullback


# rules/linalg.yaml:43 aten::_linalg_det
def _linalg_det_batch(batch_size, batched, A):
    if A.ndim <= 2:
        low_rank("aten::_linalg_det", "A", A, 2)
    return torch._linalg_det(A)


def _linalg_det_jvp(tangents, A):
    A_t = tangents[0]
    outputs = torch._linalg_det(A)
    result, LU, pivots = outputs
    result_t = det_tangent(A_t, A, result)
    return outputs, (result_t, None, None)


def _linalg_det_vjp(needs, A):
    outputs = torch._linalg_det(A)
    result, LU, pivots = outputs

    def _linalg_det_pullback(grads):
        grad = grads[0]
        return (oplift_rules_linalg.det_vjp(grad, A, result),)

    return outputs, _linalg_det_pullback


# rules/linalg.yaml:48 aten::_linalg_slogdet
def _linalg_slogdet_batch(batch_size, batched, A):
    if A.ndim <= 2:
        low_rank("aten::_linalg_slogdet", "A", A, 2)
    return torch._linalg_slogdet(A)


def _linalg_slogdet_jvp(tangents, A):
    A_t = tangents[0]
    outputs = torch._linalg_slogdet(A)
    sign, logabsdet, LU, pivots = outputs
    sign_t, logabsdet_t = slogdet_tangents(A_t, A, sign)
    return outputs, (sign_t, logabsdet_t, None, None)


def _linalg_slogdet_vjp(needs, A):
    outputs = torch._linalg_slogdet(A)
    sign, logabsdet, LU, pivots = outputs

    def _linalg_slogdet_pullback(grads):
        return (oplift_rules_linalg.slogdet_vjp(grads, sign, A),)

    return outputs, _linalg_slogdet_pullback


# rules/linalg.yaml:53 aten::_linalg_check_errors
def _linalg_check_errors_batch(batch_size, batched, info, api_name, is_matrix):
    return torch._linalg_check_errors(info, api_name, is_matrix=False)


# rules/linalg.yaml:61 aten::linalg_inv
def linalg_inv_batch(batch_size, batched, A):
    if A.ndim <= 2:
        low_rank("aten::linalg_inv", "A", A, 2)
    return torch._C._linalg.linalg_inv(A)


def linalg_inv_jvp(tangents, A):
    A_t = tangents[0]
    result = torch._C._linalg.linalg_inv(A)
    tangent = -(result @ A_t @ result)
    return result, tangent


def linalg_inv_vjp(needs, A):
    result = torch._C._linalg.linalg_inv(A)

    def linalg_inv_pullback(grad):
        return (-(mH(result) @ grad @ mH(result)),)

    return result, linalg_inv_pullback


# rules/linalg.yaml:65 aten::inverse
def inverse_batch(batch_size, batched, self):
    if self.ndim <= 2:
        low_rank("aten::inverse", "self", self, 2)
    return self.inverse()


def inverse_decompose(self):
    return torch._C._linalg.linalg_inv(self)


# rules/linalg.yaml:68 aten::linalg_det
def linalg_det_batch(batch_size, batched, A):
    if A.ndim <= 2:
        low_rank("aten::linalg_det", "A", A, 2)
    return torch._C._linalg.linalg_det(A)


def linalg_det_jvp(tangents, A):
    A_t = tangents[0]
    result = torch._C._linalg.linalg_det(A)
    tangent = det_tangent(A_t, A, result)
    return result, tangent


def linalg_det_vjp(needs, A):
    result = torch._C._linalg.linalg_det(A)

    def linalg_det_pullback(grad):
        return (oplift_rules_linalg.det_vjp(grad, A, result),)

    return result, linalg_det_pullback


# rules/linalg.yaml:72 aten::det
def det_batch(batch_size, batched, self):
    if self.ndim <= 2:
        low_rank("aten::det", "self", self, 2)
    return self.det()


def det_decompose(self):
    return torch._C._linalg.linalg_det(self)


# rules/linalg.yaml:75 aten::linalg_slogdet
def linalg_slogdet_batch(batch_size, batched, A):
    if A.ndim <= 2:
        low_rank("aten::linalg_slogdet", "A", A, 2)
    return torch._C._linalg.linalg_slogdet(A)


def linalg_slogdet_jvp(tangents, A):
    A_t = tangents[0]
    outputs = torch._C._linalg.linalg_slogdet(A)
    sign, logabsdet = outputs
    sign_t, logabsdet_t = slogdet_tangents(A_t, A, sign)
    return outputs, (sign_t, logabsdet_t)


def linalg_slogdet_vjp(needs, A):
    outputs = torch._C._linalg.linalg_slogdet(A)
    sign, logabsdet = outputs

    def linalg_slogdet_pullback(grads):
        return (oplift_rules_linalg.slogdet_vjp(grads, sign, A),)

    return outputs, linalg_slogdet_pullback


# rules/linalg.yaml:79 aten::slogdet
def slogdet_batch(batch_size, batched, self):
    if self.ndim <= 2:
        low_rank("aten::slogdet", "self", self, 2)
    return self.slogdet()


def slogdet_jvp(tangents, self):
    self_t = tangents[0]
    outputs = self.slogdet()
    sign, logabsdet = outputs
    sign_t, logabsdet_t = slogdet_tangents(self_t, self, sign)
    return outputs, (sign_t, logabsdet_t)


def slogdet_vjp(needs, self):
    outputs = self.slogdet()
    sign, logabsdet = outputs

    def slogdet_pullback(grads):
        return (oplift_rules_linalg.slogdet_vjp(grads, sign, self),)

    return outputs, slogdet_pullback


# rules/linalg.yaml:85 aten::linalg_lu_factor_ex
def linalg_lu_factor_ex_batch(batch_size, batched, A, pivot=True, check_errors=False):
    if A.ndim <= 2:
        low_rank("aten::linalg_lu_factor_ex", "A", A, 2)
    return torch._C._linalg.linalg_lu_factor_ex(A, pivot=pivot, check_errors=check_errors)


def linalg_lu_factor_ex_jvp(tangents, A, pivot=True, check_errors=False):
    A_t = tangents[0]
    outputs = torch._C._linalg.linalg_lu_factor_ex(A, pivot=pivot, check_errors=check_errors)
    LU, pivots, info = outputs
    LU_t = lu_factor_tangent(A_t, LU, pivots, pivot)
    return outputs, (LU_t, None, None)


def linalg_lu_factor_ex_vjp(needs, A, pivot=True, check_errors=False):
    outputs = torch._C._linalg.linalg_lu_factor_ex(A, pivot=pivot, check_errors=check_errors)
    LU, pivots, info = outputs

    def linalg_lu_factor_ex_pullback(grads):
        grad = grads[0]
        return (lu_factor_vjp(grad, LU, pivots, pivot),)

    return outputs, linalg_lu_factor_ex_pullback


# rules/linalg.yaml:90 aten::linalg_lu
def linalg_lu_batch(batch_size, batched, A, pivot=True):
    if A.ndim <= 2:
        low_rank("aten::linalg_lu", "A", A, 2)
    return mark_unbatched(torch._C._linalg.linalg_lu(A, pivot=pivot), (not pivot, False, False))


def linalg_lu_jvp(tangents, A, pivot=True):
    A_t = tangents[0]
    outputs = torch._C._linalg.linalg_lu(A, pivot=pivot)
    P, L, U = outputs
    L_t, U_t = lu_tangents(A_t, P, L, U, pivot)
    return outputs, (None, L_t, U_t)


def linalg_lu_vjp(needs, A, pivot=True):
    outputs = torch._C._linalg.linalg_lu(A, pivot=pivot)
    P, L, U = outputs
    L_like = likeness(L)
    U_like = likeness(U)

    def linalg_lu_pullback(grads):
        grad_L = cotangent_or_zeros(grads[1], L_like)
        grad_U = cotangent_or_zeros(grads[2], U_like)
        return (lu_vjp(grad_L, grad_U, P, L, U, pivot),)

    return outputs, linalg_lu_pullback


# rules/linalg.yaml:95 aten::lu_unpack
def lu_unpack_batch(batch_size, batched, LU_data, LU_pivots, unpack_data=True, unpack_pivots=True):
    if batched[0] and LU_data.ndim <= 2:
        low_rank("aten::lu_unpack", "LU_data", LU_data, 2)
    if batched[1] and LU_pivots.ndim <= 1:
        low_rank("aten::lu_unpack", "LU_pivots", LU_pivots, 1)
    LU_data, LU_pivots = align_leading((batched[0], batched[1]), (2, 1), LU_data, LU_pivots)
    LU_data, LU_pivots = expand_leading((2, 1), LU_data, LU_pivots)
    return mark_unbatched(
        torch.lu_unpack(LU_data, LU_pivots, unpack_data, unpack_pivots),
        (not unpack_pivots, not unpack_data, not unpack_data),
    )


def lu_unpack_jvp(tangents, LU_data, LU_pivots, unpack_data=True, unpack_pivots=True):
    LU_data_t = tangents[0]
    outputs = torch.lu_unpack(LU_data, LU_pivots, unpack_data, unpack_pivots)
    P, L, U = outputs
    if LU_data_t is None:
        L_t = U_t = None
    else:
        L_t, U_t = lu_unpack_tangents(LU_data_t, unpack_data)
    return outputs, (None, L_t, U_t)


def lu_unpack_vjp(needs, LU_data, LU_pivots, unpack_data=True, unpack_pivots=True):
    needs_LU_data = needs[0]
    outputs = torch.lu_unpack(LU_data, LU_pivots, unpack_data, unpack_pivots)
    P, L, U = outputs
    LU_data_shape = LU_data.shape
    L_like = likeness(L)
    U_like = likeness(U)

    def lu_unpack_pullback(grads):
        grad_L = cotangent_or_zeros(grads[1], L_like)
        grad_U = cotangent_or_zeros(grads[2], U_like)
        LU_data_ct = oplift_rules_factors.lu_unpack_vjp(
            grad_L, grad_U, LU_data_shape
        ) if needs_LU_data else None
        return (LU_data_ct, None)

    return outputs, lu_unpack_pullback


# rules/linalg.yaml:105 aten::linalg_lu_solve
def linalg_lu_solve_batch(batch_size, batched, LU, pivots, B, left=True, adjoint=False):
    if batched[0] and LU.ndim <= 2:
        low_rank("aten::linalg_lu_solve", "LU", LU, 2)
    if batched[1] and pivots.ndim <= 1:
        low_rank("aten::linalg_lu_solve", "pivots", pivots, 1)
    if batched[2] and B.ndim <= 2:
        low_rank("aten::linalg_lu_solve", "B", B, 2)
    if not batched[0] and not batched[1]:
        folded = B
        B = fold_columns(folded, left)
        return unfold_columns(lu_solve_flat(LU, pivots, B, left, adjoint), folded, left)
    LU, pivots, B = align_leading((batched[0], batched[1], batched[2]), (2, 1, 2), LU, pivots, B)
    LU, pivots = expand_leading((2, 1), LU, pivots)
    return lu_solve_flat(LU, pivots, B, left, adjoint)


def linalg_lu_solve_jvp(tangents, LU, pivots, B, left=True, adjoint=False):
    LU_t = tangents[0]
    B_t = tangents[2]
    result = torch._C._linalg.linalg_lu_solve(LU, pivots, B, left=left, adjoint=adjoint)
    tangent = None
    if LU_t is not None or B_t is not None:
        tangent = lu_solve_tangent(LU_t, B_t, LU, pivots, result, left, adjoint)
    return result, tangent


def linalg_lu_solve_vjp(needs, LU, pivots, B, left=True, adjoint=False):
    needs_LU = needs[0]
    needs_B = needs[2]
    result = torch._C._linalg.linalg_lu_solve(LU, pivots, B, left=left, adjoint=adjoint)
    kept_result = result if needs_LU else None

    def linalg_lu_solve_pullback(grad):
        LU_ct = B_ct = None
        if needs_LU or needs_B:
            LU_ct, B_ct = lu_solve_vjp(grad, LU, pivots, kept_result if needs_LU else None, left, adjoint)
        return (LU_ct, None, B_ct)

    return result, linalg_lu_solve_pullback


# rules/linalg.yaml:118 aten::linalg_cholesky_ex
def linalg_cholesky_ex_batch(batch_size, batched, self, upper=False, check_errors=False):
    if self.ndim <= 2:
        low_rank("aten::linalg_cholesky_ex", "self", self, 2)
    return torch._C._linalg.linalg_cholesky_ex(self, upper=upper, check_errors=check_errors)


def linalg_cholesky_ex_jvp(tangents, self, upper=False, check_errors=False):
    self_t = tangents[0]
    outputs = torch._C._linalg.linalg_cholesky_ex(self, upper=upper, check_errors=check_errors)
    L, info = outputs
    L_t = cholesky_tangent(self_t, L, upper)
    return outputs, (L_t, None)


def linalg_cholesky_ex_vjp(needs, self, upper=False, check_errors=False):
    outputs = torch._C._linalg.linalg_cholesky_ex(self, upper=upper, check_errors=check_errors)
    L, info = outputs

    def linalg_cholesky_ex_pullback(grads):
        grad = grads[0]
        return (oplift_rules_factors.cholesky_vjp(grad, L, upper),)

    return outputs, linalg_cholesky_ex_pullback


# rules/linalg.yaml:123 aten::linalg_cholesky
def linalg_cholesky_batch(batch_size, batched, self, upper=False):
    if self.ndim <= 2:
        low_rank("aten::linalg_cholesky", "self", self, 2)
    return torch._C._linalg.linalg_cholesky(self, upper=upper)


def linalg_cholesky_jvp(tangents, self, upper=False):
    self_t = tangents[0]
    result = torch._C._linalg.linalg_cholesky(self, upper=upper)
    tangent = cholesky_tangent(self_t, result, upper)
    return result, tangent


def linalg_cholesky_vjp(needs, self, upper=False):
    result = torch._C._linalg.linalg_cholesky(self, upper=upper)

    def linalg_cholesky_pullback(grad):
        return (oplift_rules_factors.cholesky_vjp(grad, result, upper),)

    return result, linalg_cholesky_pullback


# rules/linalg.yaml:128 aten::cholesky
def cholesky_batch(batch_size, batched, self, upper=False):
    if self.ndim <= 2:
        low_rank("aten::cholesky", "self", self, 2)
    return self.cholesky(upper)


def cholesky_jvp(tangents, self, upper=False):
    self_t = tangents[0]
    result = self.cholesky(upper)
    tangent = cholesky_tangent(self_t, result, upper)
    return result, tangent


def cholesky_vjp(needs, self, upper=False):
    result = self.cholesky(upper)

    def cholesky_pullback(grad):
        return (oplift_rules_factors.cholesky_vjp(grad, result, upper),)

    return result, cholesky_pullback


# rules/linalg.yaml:132 aten::cholesky_inverse
def cholesky_inverse_batch(batch_size, batched, self, upper=False):
    if self.ndim <= 2:
        low_rank("aten::cholesky_inverse", "self", self, 2)
    return self.cholesky_inverse(upper)


def cholesky_inverse_jvp(tangents, self, upper=False):
    self_t = tangents[0]
    result = self.cholesky_inverse(upper)
    tangent = -(result @ gram_tangent(self_t, self, upper) @ result)
    return result, tangent


def cholesky_inverse_vjp(needs, self, upper=False):
    result = self.cholesky_inverse(upper)

    def cholesky_inverse_pullback(grad):
        return (-gram_vjp(mH(result) @ grad @ mH(result), self, upper),)

    return result, cholesky_inverse_pullback


# rules/linalg.yaml:136 aten::cholesky_solve
def cholesky_solve_batch(batch_size, batched, self, input2, upper=False):
    if batched[0] and self.ndim <= 2:
        low_rank("aten::cholesky_solve", "self", self, 2)
    if batched[1] and input2.ndim <= 2:
        low_rank("aten::cholesky_solve", "input2", input2, 2)
    if not batched[1]:
        folded = self
        self = fold_columns(folded, True)
        return unfold_columns(self.cholesky_solve(input2, upper), folded, True)
    self, input2 = align_leading((batched[0], batched[1]), (2, 2), self, input2)
    return self.cholesky_solve(input2, upper)


def cholesky_solve_jvp(tangents, self, input2, upper=False):
    self_t, input2_t = tangents
    result = self.cholesky_solve(input2, upper)
    tangent = None
    if self_t is not None or input2_t is not None:
        tangent = cholesky_solve_tangent(self_t, input2_t, result, input2, upper)
    return result, tangent


def cholesky_solve_vjp(needs, self, input2, upper=False):
    needs_self, needs_input2 = needs
    result = self.cholesky_solve(input2, upper)
    kept_result = result if needs_input2 else None

    def cholesky_solve_pullback(grad):
        self_ct, input2_ct = oplift_rules_factors.cholesky_solve_vjp(
            grad, kept_result if needs_input2 else None, input2, upper
        )
        return (self_ct, input2_ct)

    return result, cholesky_solve_pullback


# rules/linalg.yaml:141 aten::linalg_ldl_factor_ex
def linalg_ldl_factor_ex_batch(batch_size, batched, self, hermitian=False, check_errors=False):
    if self.ndim <= 2:
        low_rank("aten::linalg_ldl_factor_ex", "self", self, 2)
    return torch._C._linalg.linalg_ldl_factor_ex(self, hermitian=hermitian, check_errors=check_errors)


# rules/linalg.yaml:144 aten::linalg_ldl_solve
def linalg_ldl_solve_batch(batch_size, batched, LD, pivots, B, hermitian=False):
    if batched[0] and LD.ndim <= 2:
        low_rank("aten::linalg_ldl_solve", "LD", LD, 2)
    if batched[1] and pivots.ndim <= 1:
        low_rank("aten::linalg_ldl_solve", "pivots", pivots, 1)
    if batched[2] and B.ndim <= 2:
        low_rank("aten::linalg_ldl_solve", "B", B, 2)
    LD, pivots, B = align_leading((batched[0], batched[1], batched[2]), (2, 1, 2), LD, pivots, B)
    LD, pivots, B = expand_leading((2, 1, 2), LD, pivots, B)
    return torch._C._linalg.linalg_ldl_solve(LD, pivots, B, hermitian=hermitian)


# rules/linalg.yaml:150 aten::linalg_qr
def linalg_qr_batch(batch_size, batched, A, mode='reduced'):
    if A.ndim <= 2:
        low_rank("aten::linalg_qr", "A", A, 2)
    return mark_unbatched(torch._C._linalg.linalg_qr(A, mode), (mode == 'r', False))


def linalg_qr_jvp(tangents, A, mode='reduced'):
    A_t = tangents[0]
    outputs = torch._C._linalg.linalg_qr(A, mode)
    Q, R = outputs
    Q_t, R_t = qr_tangents(A_t, Q, R, A.shape, mode)
    return outputs, (Q_t, R_t)


def linalg_qr_vjp(needs, A, mode='reduced'):
    outputs = torch._C._linalg.linalg_qr(A, mode)
    Q, R = outputs
    A_shape = A.shape

    def linalg_qr_pullback(grads):
        return (qr_vjp(grads, Q, R, A_shape, mode),)

    return outputs, linalg_qr_pullback


# rules/linalg.yaml:154 aten::geqrf
def geqrf_batch(batch_size, batched, self):
    if self.ndim <= 2:
        low_rank("aten::geqrf", "self", self, 2)
    return self.geqrf()


# rules/linalg.yaml:157 aten::linalg_householder_product
def linalg_householder_product_batch(batch_size, batched, input, tau):
    if batched[0] and input.ndim <= 2:
        low_rank("aten::linalg_householder_product", "input", input, 2)
    if batched[1] and tau.ndim <= 1:
        low_rank("aten::linalg_householder_product", "tau", tau, 1)
    input, tau = align_leading((batched[0], batched[1]), (2, 1), input, tau)
    input, tau = expand_leading((2, 1), input, tau)
    return torch._C._linalg.linalg_householder_product(input, tau)


# rules/linalg.yaml:160 aten::ormqr
def ormqr_batch(batch_size, batched, self, input2, input3, left=True, transpose=False):
    if batched[0] and self.ndim <= 2:
        low_rank("aten::ormqr", "self", self, 2)
    if batched[1] and input2.ndim <= 1:
        low_rank("aten::ormqr", "input2", input2, 1)
    if batched[2] and input3.ndim <= 2:
        low_rank("aten::ormqr", "input3", input3, 2)
    self, input2, input3 = align_leading(
        (batched[0], batched[1], batched[2]), (2, 1, 2), self, input2, input3
    )
    self, input2, input3 = expand_leading((2, 1, 2), self, input2, input3)
    return self.ormqr(input2, input3, left, transpose)


# rules/linalg.yaml:165 aten::_linalg_eigh
def _linalg_eigh_batch(batch_size, batched, A, UPLO='L', compute_v=True):
    if A.ndim <= 2:
        low_rank("aten::_linalg_eigh", "A", A, 2)
    return mark_unbatched(torch._linalg_eigh(A, UPLO, compute_v), (False, not compute_v))


def _linalg_eigh_jvp(tangents, A, UPLO='L', compute_v=True):
    A_t = tangents[0]
    outputs = torch._linalg_eigh(A, UPLO, compute_v)
    eigenvalues, eigenvectors = outputs
    eigenvalues_t, eigenvectors_t = eigh_tangents(A_t, eigenvalues, eigenvectors, A, UPLO, compute_v)
    return outputs, (eigenvalues_t, eigenvectors_t)


def _linalg_eigh_vjp(needs, A, UPLO='L', compute_v=True):
    outputs = torch._linalg_eigh(A, UPLO, compute_v)
    eigenvalues, eigenvectors = outputs

    def _linalg_eigh_pullback(grads):
        return (eigh_vjp(grads, eigenvalues, eigenvectors, A, UPLO, compute_v),)

    return outputs, _linalg_eigh_pullback


# rules/linalg.yaml:169 aten::linalg_eigh
def linalg_eigh_batch(batch_size, batched, self, UPLO='L'):
    if self.ndim <= 2:
        low_rank("aten::linalg_eigh", "self", self, 2)
    return torch._C._linalg.linalg_eigh(self, UPLO)


def linalg_eigh_jvp(tangents, self, UPLO='L'):
    self_t = tangents[0]
    outputs = torch._C._linalg.linalg_eigh(self, UPLO)
    eigenvalues, eigenvectors = outputs
    eigenvalues_t, eigenvectors_t = eigh_tangents(self_t, eigenvalues, eigenvectors, self, UPLO, True)
    return outputs, (eigenvalues_t, eigenvectors_t)


def linalg_eigh_vjp(needs, self, UPLO='L'):
    outputs = torch._C._linalg.linalg_eigh(self, UPLO)
    eigenvalues, eigenvectors = outputs

    def linalg_eigh_pullback(grads):
        return (eigh_vjp(grads, eigenvalues, eigenvectors, self, UPLO, True),)

    return outputs, linalg_eigh_pullback


# rules/linalg.yaml:174 aten::linalg_eigvalsh
def linalg_eigvalsh_batch(batch_size, batched, self, UPLO='L'):
    if self.ndim <= 2:
        low_rank("aten::linalg_eigvalsh", "self", self, 2)
    return torch._C._linalg.linalg_eigvalsh(self, UPLO)


def linalg_eigvalsh_decompose(self, UPLO='L'):
    return torch._linalg_eigh(self, UPLO, True)[0]


# rules/linalg.yaml:177 aten::linalg_eig
def linalg_eig_batch(batch_size, batched, self):
    if self.ndim <= 2:
        low_rank("aten::linalg_eig", "self", self, 2)
    return torch._C._linalg.linalg_eig(self)


def linalg_eig_jvp(tangents, self):
    self_t = tangents[0]
    outputs = torch._C._linalg.linalg_eig(self)
    eigenvalues, eigenvectors = outputs
    eigenvalues_t, eigenvectors_t = eig_tangents(self_t, eigenvalues, eigenvectors)
    return outputs, (eigenvalues_t, eigenvectors_t)


def linalg_eig_vjp(needs, self):
    outputs = torch._C._linalg.linalg_eig(self)
    eigenvalues, eigenvectors = outputs

    def linalg_eig_pullback(grads):
        return (eig_vjp(grads, eigenvalues, eigenvectors),)

    return outputs, linalg_eig_pullback


# rules/linalg.yaml:181 aten::_linalg_eigvals
def _linalg_eigvals_batch(batch_size, batched, self):
    if self.ndim <= 2:
        low_rank("aten::_linalg_eigvals", "self", self, 2)
    return torch._C._linalg._linalg_eigvals(self)


def _linalg_eigvals_decompose(self):
    return torch._C._linalg.linalg_eig(self)[0]


# rules/linalg.yaml:182 aten::_linalg_svd
def _linalg_svd_batch(batch_size, batched, A, full_matrices=False, compute_uv=True, driver=None):
    if A.ndim <= 2:
        low_rank("aten::_linalg_svd", "A", A, 2)
    return mark_unbatched(
        torch._linalg_svd(A, full_matrices, compute_uv, driver=driver),
        (not compute_uv, False, not compute_uv),
    )


def _linalg_svd_jvp(tangents, A, full_matrices=False, compute_uv=True, driver=None):
    A_t = tangents[0]
    outputs = torch._linalg_svd(A, full_matrices, compute_uv, driver=driver)
    U, S, Vh = outputs
    U_t, S_t, Vh_t = svd_tangents(A_t, U, S, Vh, A, compute_uv)
    return outputs, (U_t, S_t, Vh_t)


def _linalg_svd_vjp(needs, A, full_matrices=False, compute_uv=True, driver=None):
    outputs = torch._linalg_svd(A, full_matrices, compute_uv, driver=driver)
    U, S, Vh = outputs

    def _linalg_svd_pullback(grads):
        return (svd_vjp(grads, U, S, Vh, A, compute_uv),)

    return outputs, _linalg_svd_pullback


# rules/linalg.yaml:186 aten::linalg_svd
def linalg_svd_batch(batch_size, batched, A, full_matrices=True, driver=None):
    if A.ndim <= 2:
        low_rank("aten::linalg_svd", "A", A, 2)
    return torch._C._linalg.linalg_svd(A, full_matrices, driver=driver)


def linalg_svd_jvp(tangents, A, full_matrices=True, driver=None):
    A_t = tangents[0]
    outputs = torch._C._linalg.linalg_svd(A, full_matrices, driver=driver)
    U, S, Vh = outputs
    U_t, S_t, Vh_t = svd_tangents(A_t, U, S, Vh, A, True)
    return outputs, (U_t, S_t, Vh_t)


def linalg_svd_vjp(needs, A, full_matrices=True, driver=None):
    outputs = torch._C._linalg.linalg_svd(A, full_matrices, driver=driver)
    U, S, Vh = outputs

    def linalg_svd_pullback(grads):
        return (svd_vjp(grads, U, S, Vh, A, True),)

    return outputs, linalg_svd_pullback


# rules/linalg.yaml:191 aten::linalg_svdvals
def linalg_svdvals_batch(batch_size, batched, A, driver=None):
    if A.ndim <= 2:
        low_rank("aten::linalg_svdvals", "A", A, 2)
    return torch._C._linalg.linalg_svdvals(A, driver=driver)


def linalg_svdvals_decompose(A, driver=None):
    return torch._linalg_svd(A, False, True, driver=driver)[1]


# rules/linalg.yaml:196 aten::linalg_pinv.atol_rtol_tensor
def linalg_pinv_atol_rtol_tensor_batch(batch_size, batched, self, atol=None, rtol=None, hermitian=False):
    if batched[0] and self.ndim <= 2:
        low_rank("aten::linalg_pinv.atol_rtol_tensor", "self", self, 2)
    self, atol, rtol = align_leading((batched[0], batched[1], batched[2]), (2, 0, 0), self, atol, rtol)
    self, atol, rtol = expand_leading((2, 0, 0), self, atol, rtol)
    return torch._C._linalg.linalg_pinv(self, atol=atol, rtol=rtol, hermitian=hermitian)


def linalg_pinv_atol_rtol_tensor_jvp(tangents, self, atol=None, rtol=None, hermitian=False):
    self_t = tangents[0]
    result = torch._C._linalg.linalg_pinv(self, atol=atol, rtol=rtol, hermitian=hermitian)
    tangent = None
    if self_t is not None:
        tangent = pinv_tangent(self_t, self, result)
    return result, tangent


def linalg_pinv_atol_rtol_tensor_vjp(needs, self, atol=None, rtol=None, hermitian=False):
    needs_self = needs[0]
    result = torch._C._linalg.linalg_pinv(self, atol=atol, rtol=rtol, hermitian=hermitian)

    def linalg_pinv_atol_rtol_tensor_pullback(grad):
        self_ct = pinv_vjp(grad, self, result) if needs_self else None
        return (self_ct, None, None)

    return result, linalg_pinv_atol_rtol_tensor_pullback


# rules/linalg.yaml:201 aten::linalg_matrix_rank.atol_rtol_tensor
def linalg_matrix_rank_atol_rtol_tensor_batch(
    batch_size, batched, input, atol=None, rtol=None, hermitian=False
):
    if batched[0] and input.ndim <= 2:
        low_rank("aten::linalg_matrix_rank.atol_rtol_tensor", "input", input, 2)
    input, atol, rtol = align_leading((batched[0], batched[1], batched[2]), (2, 0, 0), input, atol, rtol)
    input, atol, rtol = expand_leading((2, 0, 0), input, atol, rtol)
    return torch._C._linalg.linalg_matrix_rank(input, atol=atol, rtol=rtol, hermitian=hermitian)


# rules/linalg.yaml:205 aten::linalg_matrix_rank.tol_tensor
def linalg_matrix_rank_tol_tensor_batch(batch_size, batched, input, tol, hermitian=False):
    if batched[0] and input.ndim <= 2:
        low_rank("aten::linalg_matrix_rank.tol_tensor", "input", input, 2)
    input, tol = align_leading((batched[0], batched[1]), (2, 0), input, tol)
    input, tol = expand_leading((2, 0), input, tol)
    return torch._C._linalg.linalg_matrix_rank(input, tol, hermitian)


# rules/linalg.yaml:209 aten::linalg_lstsq
def linalg_lstsq_jvp(tangents, self, b, rcond=None, driver=None):
    self_t, b_t = tangents
    outputs = torch._C._linalg.linalg_lstsq(self, b, rcond, driver=driver)
    solution, residuals, rank, singular_values = outputs
    solution_t = residuals_t = None
    if self_t is not None or b_t is not None:
        solution_t, residuals_t = lstsq_tangents(self_t, b_t, solution, residuals, self, b)
    return outputs, (solution_t, residuals_t, None, None)


def linalg_lstsq_vjp(needs, self, b, rcond=None, driver=None):
    outputs = torch._C._linalg.linalg_lstsq(self, b, rcond, driver=driver)
    solution, residuals, rank, singular_values = outputs

    def linalg_lstsq_pullback(grads):
        self_ct, b_ct = lstsq_vjp(grads, solution, self, b)
        return (self_ct, b_ct)

    return outputs, linalg_lstsq_pullback


# rules/linalg.yaml:215 aten::linalg_matrix_exp
def linalg_matrix_exp_batch(batch_size, batched, self):
    if self.ndim <= 2:
        low_rank("aten::linalg_matrix_exp", "self", self, 2)
    return torch._C._linalg.linalg_matrix_exp(self.contiguous())


def linalg_matrix_exp_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._linalg.linalg_matrix_exp(self)
    tangent = matrix_exp_tangent(self_t, self)
    return result, tangent


def linalg_matrix_exp_vjp(needs, self):
    result = torch._C._linalg.linalg_matrix_exp(self)

    def linalg_matrix_exp_pullback(grad):
        return (matrix_exp_tangent(grad, mH(self)),)

    return result, linalg_matrix_exp_pullback


RULES = {
    "oplift::factors": Rules(
        batch=factors_batch, derivative='none', kind='leading', origin='rules/linalg.yaml:9'
    ),
    "oplift::factored_solve": Rules(
        batch=factored_solve_batch,
        jvp=factored_solve_jvp,
        vjp=factored_solve_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:14',
    ),
    "aten::_linalg_solve_ex": Rules(
        batch=solve_ex_batch,
        jvp=_linalg_solve_ex_jvp,
        vjp=_linalg_solve_ex_vjp,
        nondiff_outputs=(1, 2, 3),
        kind='python',
        form='formulas',
        origin='rules/linalg.yaml:26',
    ),
    "aten::linalg_solve_triangular": Rules(
        batch=linalg_solve_triangular_batch,
        jvp=linalg_solve_triangular_jvp,
        vjp=linalg_solve_triangular_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:32',
    ),
    "aten::triangular_solve": Rules(
        decompose=triangular_solve, kind='decompose', origin='rules/linalg.yaml:37'
    ),
    "aten::linalg_inv_ex": Rules(
        batch=linalg_inv_ex_batch,
        jvp=linalg_inv_ex_jvp,
        vjp=linalg_inv_ex_vjp,
        nondiff_outputs=(1,),
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:38',
    ),
    "aten::_linalg_det": Rules(
        batch=_linalg_det_batch,
        jvp=_linalg_det_jvp,
        vjp=_linalg_det_vjp,
        nondiff_outputs=(1, 2),
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:43',
    ),
    "aten::_linalg_slogdet": Rules(
        batch=_linalg_slogdet_batch,
        jvp=_linalg_slogdet_jvp,
        vjp=_linalg_slogdet_vjp,
        nondiff_outputs=(2, 3),
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:48',
    ),
    "aten::_linalg_check_errors": Rules(
        batch=_linalg_check_errors_batch, derivative='none', kind='leading', origin='rules/linalg.yaml:53'
    ),
    "aten::linalg_solve": Rules(
        batch=solve_batch, decompose=solve, kind='python', origin='rules/linalg.yaml:58'
    ),
    "aten::linalg_inv": Rules(
        batch=linalg_inv_batch,
        jvp=linalg_inv_jvp,
        vjp=linalg_inv_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:61',
    ),
    "aten::inverse": Rules(
        batch=inverse_batch, decompose=inverse_decompose, kind='leading', origin='rules/linalg.yaml:65'
    ),
    "aten::linalg_det": Rules(
        batch=linalg_det_batch,
        jvp=linalg_det_jvp,
        vjp=linalg_det_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:68',
    ),
    "aten::det": Rules(
        batch=det_batch, decompose=det_decompose, kind='leading', origin='rules/linalg.yaml:72'
    ),
    "aten::linalg_slogdet": Rules(
        batch=linalg_slogdet_batch,
        jvp=linalg_slogdet_jvp,
        vjp=linalg_slogdet_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:75',
    ),
    "aten::slogdet": Rules(
        batch=slogdet_batch,
        jvp=slogdet_jvp,
        vjp=slogdet_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:79',
    ),
    "aten::linalg_lu_factor_ex": Rules(
        batch=linalg_lu_factor_ex_batch,
        jvp=linalg_lu_factor_ex_jvp,
        vjp=linalg_lu_factor_ex_vjp,
        nondiff_outputs=(1, 2),
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:85',
    ),
    "aten::linalg_lu": Rules(
        batch=linalg_lu_batch,
        jvp=linalg_lu_jvp,
        vjp=linalg_lu_vjp,
        nondiff_outputs=(0,),
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:90',
    ),
    "aten::lu_unpack": Rules(
        batch=lu_unpack_batch,
        jvp=lu_unpack_jvp,
        vjp=lu_unpack_vjp,
        nondiff_outputs=(0,),
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:95',
    ),
    "aten::linalg_lu_solve": Rules(
        batch=linalg_lu_solve_batch,
        jvp=linalg_lu_solve_jvp,
        vjp=linalg_lu_solve_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:105',
    ),
    "aten::linalg_cholesky_ex": Rules(
        batch=linalg_cholesky_ex_batch,
        jvp=linalg_cholesky_ex_jvp,
        vjp=linalg_cholesky_ex_vjp,
        nondiff_outputs=(1,),
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:118',
    ),
    "aten::linalg_cholesky": Rules(
        batch=linalg_cholesky_batch,
        jvp=linalg_cholesky_jvp,
        vjp=linalg_cholesky_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:123',
    ),
    "aten::cholesky": Rules(
        batch=cholesky_batch,
        jvp=cholesky_jvp,
        vjp=cholesky_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:128',
    ),
    "aten::cholesky_inverse": Rules(
        batch=cholesky_inverse_batch,
        jvp=cholesky_inverse_jvp,
        vjp=cholesky_inverse_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:132',
    ),
    "aten::cholesky_solve": Rules(
        batch=cholesky_solve_batch,
        jvp=cholesky_solve_jvp,
        vjp=cholesky_solve_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:136',
    ),
    "aten::linalg_ldl_factor_ex": Rules(
        batch=linalg_ldl_factor_ex_batch,
        derivative='as in PyTorch, linalg.ldl_factor has no derivative; linalg.cholesky or linalg.lu_factor have one',
        kind='leading',
        origin='rules/linalg.yaml:141',
    ),
    "aten::linalg_ldl_solve": Rules(
        batch=linalg_ldl_solve_batch,
        derivative='as in PyTorch, linalg.ldl_solve has no derivative; use linalg.solve',
        kind='leading',
        origin='rules/linalg.yaml:144',
    ),
    "aten::linalg_qr": Rules(
        batch=linalg_qr_batch,
        jvp=linalg_qr_jvp,
        vjp=linalg_qr_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:150',
    ),
    "aten::geqrf": Rules(
        batch=geqrf_batch,
        derivative='as in PyTorch, geqrf has no derivative; use linalg.qr',
        kind='leading',
        origin='rules/linalg.yaml:154',
    ),
    "aten::linalg_householder_product": Rules(
        batch=linalg_householder_product_batch,
        decompose=householder_product,
        kind='leading',
        origin='rules/linalg.yaml:157',
    ),
    "aten::ormqr": Rules(batch=ormqr_batch, decompose=ormqr, kind='leading', origin='rules/linalg.yaml:160'),
    "aten::_linalg_eigh": Rules(
        batch=_linalg_eigh_batch,
        jvp=_linalg_eigh_jvp,
        vjp=_linalg_eigh_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:165',
    ),
    "aten::linalg_eigh": Rules(
        batch=linalg_eigh_batch,
        jvp=linalg_eigh_jvp,
        vjp=linalg_eigh_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:169',
    ),
    "aten::linalg_eigvalsh": Rules(
        batch=linalg_eigvalsh_batch,
        decompose=linalg_eigvalsh_decompose,
        kind='leading',
        origin='rules/linalg.yaml:174',
    ),
    "aten::linalg_eig": Rules(
        batch=linalg_eig_batch,
        jvp=linalg_eig_jvp,
        vjp=linalg_eig_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:177',
    ),
    "aten::_linalg_eigvals": Rules(
        batch=_linalg_eigvals_batch,
        decompose=_linalg_eigvals_decompose,
        kind='leading',
        origin='rules/linalg.yaml:181',
    ),
    "aten::_linalg_svd": Rules(
        batch=_linalg_svd_batch,
        jvp=_linalg_svd_jvp,
        vjp=_linalg_svd_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:182',
    ),
    "aten::linalg_svd": Rules(
        batch=linalg_svd_batch,
        jvp=linalg_svd_jvp,
        vjp=linalg_svd_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:186',
    ),
    "aten::linalg_svdvals": Rules(
        batch=linalg_svdvals_batch,
        decompose=linalg_svdvals_decompose,
        kind='leading',
        origin='rules/linalg.yaml:191',
    ),
    "aten::linalg_pinv.atol_rtol_tensor": Rules(
        batch=linalg_pinv_atol_rtol_tensor_batch,
        jvp=linalg_pinv_atol_rtol_tensor_jvp,
        vjp=linalg_pinv_atol_rtol_tensor_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:196',
    ),
    "aten::linalg_matrix_rank.atol_rtol_tensor": Rules(
        batch=linalg_matrix_rank_atol_rtol_tensor_batch,
        derivative='none',
        kind='leading',
        origin='rules/linalg.yaml:201',
    ),
    "aten::linalg_matrix_rank.tol_tensor": Rules(
        batch=linalg_matrix_rank_tol_tensor_batch,
        derivative='none',
        kind='leading',
        origin='rules/linalg.yaml:205',
    ),
    "aten::linalg_lstsq": Rules(
        batch=lstsq_batch,
        jvp=linalg_lstsq_jvp,
        vjp=linalg_lstsq_vjp,
        nondiff_outputs=(2, 3),
        kind='python',
        form='formulas',
        origin='rules/linalg.yaml:209',
    ),
    "aten::linalg_matrix_exp": Rules(
        batch=linalg_matrix_exp_batch,
        jvp=linalg_matrix_exp_jvp,
        vjp=linalg_matrix_exp_vjp,
        kind='leading',
        form='formulas',
        origin='rules/linalg.yaml:215',
    ),
}
