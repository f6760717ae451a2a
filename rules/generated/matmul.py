"""Rules from rules/matmul.yaml; do not edit, run `make gen`.

source sha256: 7b9ec374881e044433ca756df341b1bf46145cc7cbbf4fae0ca7b48b675b41ba
torch: 2.13
"""

from __future__ import annotations

import torch

import oplift.rules.einsum as oplift_rules_einsum
from oplift.rule import Rules, operator
from oplift.rules.einsum import kron, tensordot
from oplift.rules.formulas import adj, mH, not_implemented
from oplift.rules.grouped import grouped, grouped_mm_batch
from oplift.rules.kinds import (
    Deferred,
    align_leading,
    align_ranks,
    expand_leading,
    low_rank,
    pad_rank,
    redispatch,
    shift_dim,
    spread,
    squeeze_last,
)
from oplift.rules.matmul import (
    add_scaled,
    addmm_rows,
    batch_times,
    bilinear,
    both_times,
    cdist_backward,
    cdist_tangent,
    cosine_similarity,
    dots,
    left_times,
    like,
    linear_each,
    linear_ensemble,
    linear_input_vjp,
    linear_of,
    linear_tangent,
    linear_weight_vjp,
    mT,
    matmul_other_vjp,
    matmul_self_vjp,
    pdist,
    pdist_backward,
    plus_bias,
    right_times,
    rows_times,
    scaled,
    scaled_adjoint,
    shared_times,
    side_by_side,
    stacked_up,
    trilinear,
)

_cdist_backward_op = Deferred(globals(), "_cdist_backward_op", "aten::_cdist_backward")
_cdist_forward_op = Deferred(globals(), "_cdist_forward_op", "aten::_cdist_forward")
_pdist_backward_op = Deferred(globals(), "_pdist_backward_op", "aten::_pdist_backward")
_pdist_forward_op = Deferred(globals(), "_pdist_forward_op", "aten::_pdist_forward")
cdist_op = Deferred(globals(), "cdist_op", "aten::cdist")
einsum_op = Deferred(globals(), "einsum_op", "aten::einsum")


# rules/matmul.yaml:8 aten::mm
def mm_batch(batch_size, batched, self, mat2):
    if not batched[1]:
        return left_times(self, mat2)
    if not batched[0]:
        return shared_times(self, mat2)
    return batch_times(self, mat2)


def mm_jvp(tangents, self, mat2):
    self_t, mat2_t = tangents
    result = self.mm(mat2)
    tangent = None
    if self_t is not None:
        tangent = self_t.mm(mat2)
    if mat2_t is not None:
        term = self.mm(mat2_t)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def mm_vjp(needs, self, mat2):
    needs_self, needs_mat2 = needs
    result = self.mm(mat2)
    if not needs_mat2:
        self = None
    if not needs_self:
        mat2 = None

    def mm_pullback(grad):
        self_ct = grad.mm(mH(mat2)) if needs_self else None
        mat2_ct = mH(self).mm(grad) if needs_mat2 else None
        return (self_ct, mat2_ct)

    return result, mm_pullback


# rules/matmul.yaml:16 aten::mm.dtype
def mm_dtype_decompose(self, mat2, out_dtype):
    return self.to(out_dtype).mm(mat2.to(out_dtype))


# rules/matmul.yaml:19 aten::bmm
def bmm_batch(batch_size, batched, self, mat2):
    if not batched[1]:
        return rows_times(self, mat2)
    if not batched[0]:
        return mT(rows_times(mT(mat2), mT(self)))
    return self.matmul(mat2)


def bmm_jvp(tangents, self, mat2):
    self_t, mat2_t = tangents
    result = self.bmm(mat2)
    tangent = None
    if self_t is not None:
        tangent = self_t.bmm(mat2)
    if mat2_t is not None:
        term = self.bmm(mat2_t)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def bmm_vjp(needs, self, mat2):
    needs_self, needs_mat2 = needs
    result = self.bmm(mat2)
    if not needs_mat2:
        self = None
    if not needs_self:
        mat2 = None

    def bmm_pullback(grad):
        self_ct = grad.bmm(mH(mat2)) if needs_self else None
        mat2_ct = mH(self).bmm(grad) if needs_mat2 else None
        return (self_ct, mat2_ct)

    return result, bmm_pullback


# rules/matmul.yaml:27 aten::bmm.dtype
def bmm_dtype_decompose(self, mat2, out_dtype):
    return self.to(out_dtype).bmm(mat2.to(out_dtype))


# rules/matmul.yaml:30 aten::_sparse_addmm
def _sparse_addmm_decompose(self, mat1, mat2, beta=1, alpha=1):
    return add_scaled(self, mat1.mm(mat2), beta, alpha)


# rules/matmul.yaml:33 aten::_grouped_mm
def _grouped_mm_jvp(tangents, self, mat2, offs=None, bias=None, out_dtype=None):
    self_t = tangents[0]
    mat2_t = tangents[1]
    bias_t = tangents[3]
    if bias_t is not None:
        raise not_implemented("aten::_grouped_mm", "bias")
    result = torch._grouped_mm(self, mat2, offs, bias, out_dtype)
    tangent = None
    if self_t is not None:
        tangent = grouped(self_t, mat2, offs)
    if mat2_t is not None:
        term = grouped(self, mat2_t, offs)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def _grouped_mm_vjp(needs, self, mat2, offs=None, bias=None, out_dtype=None):
    needs_self = needs[0]
    needs_mat2 = needs[1]
    needs_bias = needs[3]
    if needs_bias:
        raise not_implemented("aten::_grouped_mm", "bias")
    result = torch._grouped_mm(self, mat2, offs, bias, out_dtype)
    if not needs_mat2:
        self = None
    if not needs_self:
        mat2 = None

    def _grouped_mm_pullback(grad):
        self_ct = grouped(grad, mT(mat2), offs) if needs_self else None
        mat2_ct = grouped(mT(self), grad, offs) if needs_mat2 else None
        return (self_ct, mat2_ct, None, None)

    return result, _grouped_mm_pullback


# rules/matmul.yaml:39 aten::mv
def mv_batch(batch_size, batched, self, vec):
    if not batched[1]:
        return self.matmul(vec)
    if not batched[0]:
        return left_times(vec, mT(self))
    return self.bmm(vec.unsqueeze(-1)).squeeze(-1)


def mv_jvp(tangents, self, vec):
    self_t, vec_t = tangents
    result = self.mv(vec)
    tangent = None
    if self_t is not None:
        tangent = self_t.mv(vec)
    if vec_t is not None:
        term = self.mv(vec_t)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def mv_vjp(needs, self, vec):
    needs_self, needs_vec = needs
    result = self.mv(vec)
    if not needs_vec:
        self = None
    if not needs_self:
        vec = None

    def mv_pullback(grad):
        self_ct = grad.outer(adj(vec)) if needs_self else None
        vec_ct = grad.matmul(adj(self)) if needs_vec else None
        return (self_ct, vec_ct)

    return result, mv_pullback


# rules/matmul.yaml:47 aten::dot
def dot_batch(batch_size, batched, self, tensor):
    if not batched[1]:
        return self.mv(tensor)
    if not batched[0]:
        return tensor.mv(self)
    return dots(self, tensor)


def dot_jvp(tangents, self, tensor):
    self_t, tensor_t = tangents
    result = self.dot(tensor)
    tangent = None
    if self_t is not None:
        tangent = self_t.dot(tensor)
    if tensor_t is not None:
        term = self.dot(tensor_t)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def dot_vjp(needs, self, tensor):
    needs_self, needs_tensor = needs
    result = self.dot(tensor)
    if not needs_tensor:
        self = None
    if not needs_self:
        tensor = None

    def dot_pullback(grad):
        self_ct = grad * adj(tensor) if needs_self else None
        tensor_ct = grad * adj(self) if needs_tensor else None
        return (self_ct, tensor_ct)

    return result, dot_pullback


# rules/matmul.yaml:55 aten::vdot
def vdot_batch(batch_size, batched, self, other):
    if not batched[1]:
        return torch.mv(adj(self), other)
    if not batched[0]:
        return other.mv(adj(self))
    return dots(adj(self), other)


def vdot_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self.vdot(other)
    tangent = None
    if self_t is not None:
        tangent = self_t.vdot(other)
    if other_t is not None:
        term = self.vdot(other_t)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def vdot_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self.vdot(other)
    if not needs_other:
        self = None
    if not needs_self:
        other = None

    def vdot_pullback(grad):
        self_ct = adj(grad) * other if needs_self else None
        other_ct = grad * self if needs_other else None
        return (self_ct, other_ct)

    return result, vdot_pullback


# rules/matmul.yaml:64 aten::linalg_vecdot
def linalg_vecdot_decompose(x, y, dim=-1):
    return x.vdot(y) if x.ndim == y.ndim == 1 else (adj(x) * y).sum(dim)


# rules/matmul.yaml:67 aten::matmul
def matmul_batch(batch_size, batched, self, other):
    if not batched[1]:
        return left_times(self, other)
    if not batched[0]:
        return right_times(self, other)
    return both_times(self, other)


def matmul_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self @ other
    tangent = None
    if self_t is not None:
        tangent = self_t @ other
    if other_t is not None:
        term = self @ other_t
        tangent = term if tangent is None else tangent + term
    return result, tangent


def matmul_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self @ other
    self_ndim = self.ndim
    other_ndim = other.ndim
    if not needs_other:
        self = None
    if not needs_self:
        other = None

    def matmul_pullback(grad):
        self_ct = matmul_self_vjp(grad, other, self_ndim) if needs_self else None
        other_ct = matmul_other_vjp(grad, self, other_ndim) if needs_other else None
        return (self_ct, other_ct)

    return result, matmul_pullback


# rules/matmul.yaml:75 aten::outer
def outer_batch(batch_size, batched, self, vec2):
    return self.unsqueeze(-1) * vec2.unsqueeze(-2)


def outer_jvp(tangents, self, vec2):
    self_t, vec2_t = tangents
    result = self.outer(vec2)
    tangent = None
    if self_t is not None:
        tangent = self_t.outer(vec2)
    if vec2_t is not None:
        term = self.outer(vec2_t)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def outer_vjp(needs, self, vec2):
    needs_self, needs_vec2 = needs
    result = self.outer(vec2)
    if not needs_vec2:
        self = None
    if not needs_self:
        vec2 = None

    def outer_pullback(grad):
        self_ct = grad.mv(like(adj(vec2), grad)) if needs_self else None
        vec2_ct = mT(grad).mv(like(adj(self), grad)) if needs_vec2 else None
        return (self_ct, vec2_ct)

    return result, outer_pullback


# rules/matmul.yaml:81 aten::ger
def ger_decompose(self, vec2):
    return self.outer(vec2)


# rules/matmul.yaml:87 aten::addmm
def addmm_batch(batch_size, batched, self, mat1, mat2, beta=1, alpha=1):
    if batched[0]:
        self = pad_rank(self, 2)
    if not batched[0] and not batched[2]:
        return addmm_rows(self, mat1, mat2, beta, alpha)
    if batched[1] and not batched[2]:
        return add_scaled(self, mat1.matmul(mat2), beta, alpha)
    if not batched[1] and batched[2]:
        return add_scaled(self, shared_times(mat1, mat2), beta, alpha)
    if batched[2]:
        return self.baddbmm(mat1, mat2, beta=beta, alpha=alpha)
    return add_scaled(self, mat1.mm(mat2), beta, alpha)


def addmm_jvp(tangents, self, mat1, mat2, beta=1, alpha=1):
    self_t, mat1_t, mat2_t = tangents
    result = self.addmm(mat1, mat2, beta=beta, alpha=alpha)
    tangent = None
    if self_t is not None:
        tangent = scaled(self_t, beta)
    if mat1_t is not None:
        term = scaled(mat1_t.mm(mat2), alpha)
        tangent = term if tangent is None else tangent + term
    if mat2_t is not None:
        term = scaled(mat1.mm(mat2_t), alpha)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def addmm_vjp(needs, self, mat1, mat2, beta=1, alpha=1):
    needs_self, needs_mat1, needs_mat2 = needs
    result = self.addmm(mat1, mat2, beta=beta, alpha=alpha)
    if not needs_mat2:
        mat1 = None
    if not needs_mat1:
        mat2 = None

    def addmm_pullback(grad):
        self_ct = scaled_adjoint(grad, beta) if needs_self else None
        mat1_ct = scaled_adjoint(grad.mm(mH(mat2)), alpha) if needs_mat1 else None
        mat2_ct = scaled_adjoint(mH(mat1).mm(grad), alpha) if needs_mat2 else None
        return (self_ct, mat1_ct, mat2_ct)

    return result, addmm_pullback


# rules/matmul.yaml:106 aten::addmm.dtype
def addmm_dtype_decompose(self, mat1, mat2, out_dtype, beta=1, alpha=1):
    return self.to(out_dtype).addmm(mat1.to(out_dtype), mat2.to(out_dtype), beta=beta, alpha=alpha)


# rules/matmul.yaml:109 aten::addmv
def addmv_batch(batch_size, batched, self, mat, vec, beta=1, alpha=1):
    if batched[0]:
        self = pad_rank(self, 1)
    if not batched[1] and batched[2]:
        return self.addmm(vec, mT(mat), beta=beta, alpha=alpha)
    if batched[1] and not batched[2]:
        return add_scaled(self, mat.matmul(vec), beta, alpha)
    if batched[2]:
        return add_scaled(self, mat.bmm(vec.unsqueeze(-1)).squeeze(-1), beta, alpha)
    return add_scaled(self, mat.mv(vec), beta, alpha)


def addmv_jvp(tangents, self, mat, vec, beta=1, alpha=1):
    self_t, mat_t, vec_t = tangents
    result = self.addmv(mat, vec, beta=beta, alpha=alpha)
    tangent = None
    if self_t is not None:
        tangent = scaled(self_t, beta)
    if mat_t is not None:
        term = scaled(mat_t.mv(vec), alpha)
        tangent = term if tangent is None else tangent + term
    if vec_t is not None:
        term = scaled(mat.mv(vec_t), alpha)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def addmv_vjp(needs, self, mat, vec, beta=1, alpha=1):
    needs_self, needs_mat, needs_vec = needs
    result = self.addmv(mat, vec, beta=beta, alpha=alpha)
    if not needs_vec:
        mat = None
    if not needs_mat:
        vec = None

    def addmv_pullback(grad):
        self_ct = scaled_adjoint(grad, beta) if needs_self else None
        mat_ct = scaled_adjoint(grad.outer(adj(vec)), alpha) if needs_mat else None
        vec_ct = scaled_adjoint(grad.matmul(adj(mat)), alpha) if needs_vec else None
        return (self_ct, mat_ct, vec_ct)

    return result, addmv_pullback


# rules/matmul.yaml:127 aten::addr
def addr_batch(batch_size, batched, self, vec1, vec2, beta=1, alpha=1):
    if batched[0]:
        self = pad_rank(self, 2)
    return add_scaled(self, vec1.unsqueeze(-1) * vec2.unsqueeze(-2), beta, alpha)


def addr_jvp(tangents, self, vec1, vec2, beta=1, alpha=1):
    self_t, vec1_t, vec2_t = tangents
    result = self.addr(vec1, vec2, beta=beta, alpha=alpha)
    tangent = None
    if self_t is not None:
        tangent = scaled(self_t, beta)
    if vec1_t is not None:
        term = scaled(vec1_t.outer(vec2), alpha)
        tangent = term if tangent is None else tangent + term
    if vec2_t is not None:
        term = scaled(vec1.outer(vec2_t), alpha)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def addr_vjp(needs, self, vec1, vec2, beta=1, alpha=1):
    needs_self, needs_vec1, needs_vec2 = needs
    result = self.addr(vec1, vec2, beta=beta, alpha=alpha)
    if not needs_vec2:
        vec1 = None
    if not needs_vec1:
        vec2 = None

    def addr_pullback(grad):
        self_ct = scaled_adjoint(grad, beta) if needs_self else None
        vec1_ct = scaled_adjoint(grad.mv(like(adj(vec2), grad)), alpha) if needs_vec1 else None
        vec2_ct = scaled_adjoint(mT(grad).mv(like(adj(vec1), grad)), alpha) if needs_vec2 else None
        return (self_ct, vec1_ct, vec2_ct)

    return result, addr_pullback


# rules/matmul.yaml:142 aten::baddbmm
def baddbmm_batch(batch_size, batched, self, batch1, batch2, beta=1, alpha=1):
    if batched[0]:
        self = pad_rank(self, 3)
    if batched[1] and not batched[2]:
        return add_scaled(self, rows_times(batch1, batch2), beta, alpha)
    if not batched[1] and batched[2]:
        return add_scaled(self, mT(rows_times(mT(batch2), mT(batch1))), beta, alpha)
    if batched[2]:
        return add_scaled(self, batch1.matmul(batch2), beta, alpha)
    return add_scaled(self, batch1.bmm(batch2), beta, alpha)


def baddbmm_jvp(tangents, self, batch1, batch2, beta=1, alpha=1):
    self_t, batch1_t, batch2_t = tangents
    result = self.baddbmm(batch1, batch2, beta=beta, alpha=alpha)
    tangent = None
    if self_t is not None:
        tangent = scaled(self_t, beta)
    if batch1_t is not None:
        term = scaled(batch1_t.bmm(batch2), alpha)
        tangent = term if tangent is None else tangent + term
    if batch2_t is not None:
        term = scaled(batch1.bmm(batch2_t), alpha)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def baddbmm_vjp(needs, self, batch1, batch2, beta=1, alpha=1):
    needs_self, needs_batch1, needs_batch2 = needs
    result = self.baddbmm(batch1, batch2, beta=beta, alpha=alpha)
    if not needs_batch2:
        batch1 = None
    if not needs_batch1:
        batch2 = None

    def baddbmm_pullback(grad):
        self_ct = scaled_adjoint(grad, beta) if needs_self else None
        batch1_ct = scaled_adjoint(grad.bmm(mH(batch2)), alpha) if needs_batch1 else None
        batch2_ct = scaled_adjoint(mH(batch1).bmm(grad), alpha) if needs_batch2 else None
        return (self_ct, batch1_ct, batch2_ct)

    return result, baddbmm_pullback


# rules/matmul.yaml:160 aten::baddbmm.dtype
def baddbmm_dtype_decompose(self, batch1, batch2, out_dtype, beta=1, alpha=1):
    return self.to(out_dtype).baddbmm(batch1.to(out_dtype), batch2.to(out_dtype), beta=beta, alpha=alpha)


# rules/matmul.yaml:163 aten::addbmm
def addbmm_jvp(tangents, self, batch1, batch2, beta=1, alpha=1):
    self_t, batch1_t, batch2_t = tangents
    result = self.addbmm(batch1, batch2, beta=beta, alpha=alpha)
    tangent = None
    if self_t is not None:
        tangent = scaled(self_t, beta)
    if batch1_t is not None:
        term = scaled(batch1_t.bmm(batch2).sum([0]), alpha)
        tangent = term if tangent is None else tangent + term
    if batch2_t is not None:
        term = scaled(batch1.bmm(batch2_t).sum([0]), alpha)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def addbmm_vjp(needs, self, batch1, batch2, beta=1, alpha=1):
    needs_self, needs_batch1, needs_batch2 = needs
    result = self.addbmm(batch1, batch2, beta=beta, alpha=alpha)
    if not needs_batch2:
        batch1 = None
    if not needs_batch1:
        batch2 = None

    def addbmm_pullback(grad):
        self_ct = scaled_adjoint(grad, beta) if needs_self else None
        batch1_ct = scaled_adjoint(grad.matmul(mH(batch2)), alpha) if needs_batch1 else None
        batch2_ct = scaled_adjoint(mH(batch1).matmul(grad), alpha) if needs_batch2 else None
        return (self_ct, batch1_ct, batch2_ct)

    return result, addbmm_pullback


def addbmm_decompose(self, batch1, batch2, beta=1, alpha=1):
    return self.addmm(side_by_side(batch1), stacked_up(batch2), beta=beta, alpha=alpha)


# rules/matmul.yaml:176 aten::linear
def linear_batch(batch_size, batched, input, weight, bias=None):
    if not batched[1] and not batched[2]:
        return linear_of(input, weight, bias)
    if batched[0] and not batched[1]:
        return plus_bias(linear_of(input, weight, None), bias, True)
    if not batched[1]:
        return plus_bias(torch._C._nn.linear(input, weight), bias, False)
    if batched[0] and not batched[2]:
        return linear_each(input, weight, bias, False)
    if batched[0]:
        return linear_each(input, weight, bias, True)
    if not batched[2]:
        return linear_ensemble(input, weight, bias, False)
    return linear_ensemble(input, weight, bias, True)


def linear_jvp(tangents, input, weight, bias=None):
    input_t, weight_t, bias_t = tangents
    result = torch._C._nn.linear(input, weight, bias)
    tangent = None
    if input_t is not None or weight_t is not None or bias_t is not None:
        tangent = linear_tangent(input_t, weight_t, bias_t, input, weight)
    return result, tangent


def linear_vjp(needs, input, weight, bias=None):
    needs_input, needs_weight, needs_bias = needs
    result = torch._C._nn.linear(input, weight, bias)
    weight_ndim = weight.ndim
    if not needs_weight:
        input = None
    if not needs_input:
        weight = None

    def linear_pullback(grad):
        input_ct = linear_input_vjp(grad, weight) if needs_input else None
        weight_ct = linear_weight_vjp(grad, input, weight_ndim) if needs_weight else None
        bias_ct = grad if needs_bias else None
        return (input_ct, weight_ct, bias_ct)

    return result, linear_pullback


# rules/matmul.yaml:196 aten::linalg_cross
def linalg_cross_batch(batch_size, batched, self, other, dim=-1):
    self = spread(batch_size, batched[0], self)
    other = spread(batch_size, batched[1], other)
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    if other.ndim == 1:
        other = other.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = torch._C._linalg.linalg_cross(self, other, dim=dim)
    return squeeze_last(result) if scalar else result


def linalg_cross_jvp(tangents, self, other, dim=-1):
    self_t, other_t = tangents
    result = torch._C._linalg.linalg_cross(self, other, dim=dim)
    tangent = None
    if self_t is not None:
        tangent = torch._C._linalg.linalg_cross(self_t, other, dim=dim)
    if other_t is not None:
        term = torch._C._linalg.linalg_cross(self, other_t, dim=dim)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def linalg_cross_vjp(needs, self, other, dim=-1):
    needs_self, needs_other = needs
    result = torch._C._linalg.linalg_cross(self, other, dim=dim)
    if not needs_other:
        self = None
    if not needs_self:
        other = None

    def linalg_cross_pullback(grad):
        self_ct = torch._C._linalg.linalg_cross(adj(other), grad, dim=dim) if needs_self else None
        other_ct = torch._C._linalg.linalg_cross(grad, adj(self), dim=dim) if needs_other else None
        return (self_ct, other_ct)

    return result, linalg_cross_pullback


# rules/matmul.yaml:203 aten::cdist
def cdist_batch(batch_size, batched, x1, x2, p=2.0, compute_mode=None):
    if batched[0] and x1.ndim <= 2:
        low_rank("aten::cdist", "x1", x1, 2)
    if batched[1] and x2.ndim <= 2:
        low_rank("aten::cdist", "x2", x2, 2)
    x1, x2 = align_leading((batched[0], batched[1]), (2, 2), x1, x2)
    return cdist_op(x1, x2, p, compute_mode)


def cdist_decompose(x1, x2, p=2.0, compute_mode=None):
    return _cdist_forward_op(x1, x2, p, compute_mode)


# rules/matmul.yaml:207 aten::_cdist_forward
def _cdist_forward_batch(batch_size, batched, x1, x2, p, compute_mode):
    if batched[0] and x1.ndim <= 2:
        low_rank("aten::_cdist_forward", "x1", x1, 2)
    if batched[1] and x2.ndim <= 2:
        low_rank("aten::_cdist_forward", "x2", x2, 2)
    x1, x2 = align_leading((batched[0], batched[1]), (2, 2), x1, x2)
    return _cdist_forward_op(x1, x2, p, compute_mode)


def _cdist_forward_jvp(tangents, x1, x2, p, compute_mode):
    x1_t, x2_t = tangents
    result = _cdist_forward_op(x1, x2, p, compute_mode)
    tangent = None
    if x1_t is not None or x2_t is not None:
        tangent = cdist_tangent(x1_t, x2_t, x1, x2, result, p)
    return result, tangent


def _cdist_forward_vjp(needs, x1, x2, p, compute_mode):
    needs_x1, needs_x2 = needs
    result = _cdist_forward_op(x1, x2, p, compute_mode)

    def _cdist_forward_pullback(grad):
        x1_ct = _cdist_backward_op(grad, x1, x2, p, result) if needs_x1 else None
        x2_ct = _cdist_backward_op(
            mT(grad).contiguous(), x2, x1, p, mT(result).contiguous()
        ) if needs_x2 else None
        return (x1_ct, x2_ct)

    return result, _cdist_forward_pullback


# rules/matmul.yaml:213 aten::_cdist_backward
def _cdist_backward_batch(batch_size, batched, grad, x1, x2, p, cdist):
    if batched[0] and grad.ndim <= 2:
        low_rank("aten::_cdist_backward", "grad", grad, 2)
    if batched[1] and x1.ndim <= 2:
        low_rank("aten::_cdist_backward", "x1", x1, 2)
    if batched[2] and x2.ndim <= 2:
        low_rank("aten::_cdist_backward", "x2", x2, 2)
    if batched[3] and cdist.ndim <= 2:
        low_rank("aten::_cdist_backward", "cdist", cdist, 2)
    grad, x1, x2, cdist = align_leading(
        (batched[0], batched[1], batched[2], batched[3]), (2, 2, 2, 2), grad, x1, x2, cdist
    )
    grad, x1, x2, cdist = expand_leading((2, 2, 2, 2), grad, x1, x2, cdist)
    return _cdist_backward_op(grad, x1, x2, p, cdist)


# rules/matmul.yaml:216 aten::_euclidean_dist
def _euclidean_dist_batch(batch_size, batched, x1, x2):
    if batched[0] and x1.ndim <= 2:
        low_rank("aten::_euclidean_dist", "x1", x1, 2)
    if batched[1] and x2.ndim <= 2:
        low_rank("aten::_euclidean_dist", "x2", x2, 2)
    x1, x2 = align_leading((batched[0], batched[1]), (2, 2), x1, x2)
    return torch._euclidean_dist(x1, x2)


def _euclidean_dist_jvp(tangents, x1, x2):
    x1_t, x2_t = tangents
    result = torch._euclidean_dist(x1, x2)
    tangent = None
    if x1_t is not None or x2_t is not None:
        tangent = cdist_tangent(x1_t, x2_t, x1, x2, result, 2.0)
    return result, tangent


def _euclidean_dist_vjp(needs, x1, x2):
    needs_x1, needs_x2 = needs
    result = torch._euclidean_dist(x1, x2)

    def _euclidean_dist_pullback(grad):
        x1_ct = _cdist_backward_op(grad, x1, x2, 2.0, result) if needs_x1 else None
        x2_ct = _cdist_backward_op(
            mT(grad).contiguous(), x2, x1, 2.0, mT(result).contiguous()
        ) if needs_x2 else None
        return (x1_ct, x2_ct)

    return result, _euclidean_dist_pullback


# rules/matmul.yaml:223 aten::_pdist_forward
def _pdist_forward_vjp(needs, self, p=2.0):
    result = _pdist_forward_op(self, p)

    def _pdist_forward_pullback(grad):
        return (_pdist_backward_op(grad, self, p, result),)

    return result, _pdist_forward_pullback


# rules/matmul.yaml:228 aten::cosine_similarity
def cosine_similarity_batch(batch_size, batched, x1, x2, dim=1, eps=1e-08):
    x1, x2, rank = align_ranks((batched[0], batched[1]), x1, x2)
    dim = shift_dim(dim, rank)
    return torch.cosine_similarity(x1, x2, dim, eps)


# rules/matmul.yaml:233 aten::einsum
def einsum_jvp(tangents, equation, tensors, path=None):
    result = einsum_op(equation, tensors, path)
    tangent = oplift_rules_einsum.einsum_jvp(tangents, result, equation, tensors, path)
    return result, tangent


def einsum_vjp(needs, equation, tensors, path=None):
    result = einsum_op(equation, tensors, path)

    def einsum_pullback(grad):
        return oplift_rules_einsum.einsum_vjp(needs, grad, result, equation, tensors, path)

    return result, einsum_pullback


# rules/matmul.yaml:245 aten::tensordot
def tensordot_batch(batch_size, batched, self, other, dims_self, dims_other):
    if not batched[1]:
        return torch.tensordot(self, other, ([d % (self.ndim - 1) + 1 for d in dims_self], dims_other))
    return redispatch(
        operator("aten::tensordot"), tensordot, batch_size, batched, (self, other, dims_self, dims_other,)
    )


# rules/matmul.yaml:252 aten::inner
def inner_decompose(self, other):
    return self.mul(other) if self.ndim == 0 or other.ndim == 0 else tensordot(self, other, [-1], [-1])


RULES = {
    "aten::mm": Rules(
        batch=mm_batch, jvp=mm_jvp, vjp=mm_vjp, kind='cases', form='multilinear', origin='rules/matmul.yaml:8'
    ),
    "aten::mm.dtype": Rules(decompose=mm_dtype_decompose, kind='decompose', origin='rules/matmul.yaml:16'),
    "aten::bmm": Rules(
        batch=bmm_batch,
        jvp=bmm_jvp,
        vjp=bmm_vjp,
        kind='cases',
        form='multilinear',
        origin='rules/matmul.yaml:19',
    ),
    "aten::bmm.dtype": Rules(decompose=bmm_dtype_decompose, kind='decompose', origin='rules/matmul.yaml:27'),
    "aten::_sparse_addmm": Rules(
        decompose=_sparse_addmm_decompose, kind='decompose', origin='rules/matmul.yaml:30'
    ),
    "aten::_grouped_mm": Rules(
        batch=grouped_mm_batch,
        jvp=_grouped_mm_jvp,
        vjp=_grouped_mm_vjp,
        kind='python',
        form='formulas',
        origin='rules/matmul.yaml:33',
    ),
    "aten::mv": Rules(
        batch=mv_batch,
        jvp=mv_jvp,
        vjp=mv_vjp,
        kind='cases',
        form='multilinear',
        origin='rules/matmul.yaml:39',
    ),
    "aten::dot": Rules(
        batch=dot_batch,
        jvp=dot_jvp,
        vjp=dot_vjp,
        kind='cases',
        form='multilinear',
        origin='rules/matmul.yaml:47',
    ),
    "aten::vdot": Rules(
        batch=vdot_batch,
        jvp=vdot_jvp,
        vjp=vdot_vjp,
        kind='cases',
        form='formulas',
        origin='rules/matmul.yaml:55',
    ),
    "aten::linalg_vecdot": Rules(
        decompose=linalg_vecdot_decompose, kind='decompose', origin='rules/matmul.yaml:64'
    ),
    "aten::matmul": Rules(
        batch=matmul_batch,
        jvp=matmul_jvp,
        vjp=matmul_vjp,
        kind='cases',
        form='multilinear',
        origin='rules/matmul.yaml:67',
    ),
    "aten::outer": Rules(
        batch=outer_batch,
        jvp=outer_jvp,
        vjp=outer_vjp,
        kind='cases',
        form='multilinear',
        origin='rules/matmul.yaml:75',
    ),
    "aten::ger": Rules(decompose=ger_decompose, kind='decompose', origin='rules/matmul.yaml:81'),
    "aten::addmm": Rules(
        batch=addmm_batch,
        jvp=addmm_jvp,
        vjp=addmm_vjp,
        kind='cases',
        form='formulas',
        origin='rules/matmul.yaml:87',
    ),
    "aten::addmm.dtype": Rules(
        decompose=addmm_dtype_decompose, kind='decompose', origin='rules/matmul.yaml:106'
    ),
    "aten::addmv": Rules(
        batch=addmv_batch,
        jvp=addmv_jvp,
        vjp=addmv_vjp,
        kind='cases',
        form='formulas',
        origin='rules/matmul.yaml:109',
    ),
    "aten::addr": Rules(
        batch=addr_batch,
        jvp=addr_jvp,
        vjp=addr_vjp,
        kind='cases',
        form='formulas',
        origin='rules/matmul.yaml:127',
    ),
    "aten::baddbmm": Rules(
        batch=baddbmm_batch,
        jvp=baddbmm_jvp,
        vjp=baddbmm_vjp,
        kind='cases',
        form='formulas',
        origin='rules/matmul.yaml:142',
    ),
    "aten::baddbmm.dtype": Rules(
        decompose=baddbmm_dtype_decompose, kind='decompose', origin='rules/matmul.yaml:160'
    ),
    "aten::addbmm": Rules(
        jvp=addbmm_jvp,
        vjp=addbmm_vjp,
        decompose=addbmm_decompose,
        kind='decompose',
        form='formulas',
        origin='rules/matmul.yaml:163',
    ),
    "aten::linear": Rules(
        batch=linear_batch,
        jvp=linear_jvp,
        vjp=linear_vjp,
        kind='cases',
        form='formulas',
        origin='rules/matmul.yaml:176',
    ),
    "aten::bilinear": Rules(decompose=bilinear, kind='decompose', origin='rules/matmul.yaml:192'),
    "aten::_trilinear": Rules(decompose=trilinear, kind='decompose', origin='rules/matmul.yaml:193'),
    "aten::linalg_cross": Rules(
        batch=linalg_cross_batch,
        jvp=linalg_cross_jvp,
        vjp=linalg_cross_vjp,
        kind='dims',
        form='multilinear',
        origin='rules/matmul.yaml:196',
    ),
    "aten::cdist": Rules(
        batch=cdist_batch, decompose=cdist_decompose, kind='leading', origin='rules/matmul.yaml:203'
    ),
    "aten::_cdist_forward": Rules(
        batch=_cdist_forward_batch,
        jvp=_cdist_forward_jvp,
        vjp=_cdist_forward_vjp,
        kind='leading',
        form='formulas',
        origin='rules/matmul.yaml:207',
    ),
    "aten::_cdist_backward": Rules(
        batch=_cdist_backward_batch, decompose=cdist_backward, kind='leading', origin='rules/matmul.yaml:213'
    ),
    "aten::_euclidean_dist": Rules(
        batch=_euclidean_dist_batch,
        jvp=_euclidean_dist_jvp,
        vjp=_euclidean_dist_vjp,
        kind='leading',
        form='formulas',
        origin='rules/matmul.yaml:216',
    ),
    "aten::_pdist_forward": Rules(
        vjp=_pdist_forward_vjp,
        decompose=pdist,
        kind='decompose',
        form='formulas',
        origin='rules/matmul.yaml:223',
    ),
    "aten::_pdist_backward": Rules(
        decompose=pdist_backward, kind='decompose', origin='rules/matmul.yaml:227'
    ),
    "aten::cosine_similarity": Rules(
        batch=cosine_similarity_batch,
        decompose=cosine_similarity,
        kind='dims',
        origin='rules/matmul.yaml:228',
    ),
    "aten::einsum": Rules(
        batch=oplift_rules_einsum.einsum_batch,
        jvp=einsum_jvp,
        vjp=einsum_vjp,
        kind='python',
        form='python',
        origin='rules/matmul.yaml:233',
    ),
    "aten::tensordot": Rules(
        batch=tensordot_batch, decompose=tensordot, kind='cases', origin='rules/matmul.yaml:245'
    ),
    "aten::inner": Rules(decompose=inner_decompose, kind='decompose', origin='rules/matmul.yaml:252'),
    "aten::kron": Rules(decompose=kron, kind='decompose', origin='rules/matmul.yaml:255'),
}
