"""Rules from rules/reductions.yaml; do not edit, run `make gen`.

source sha256: 071456235a95baf15eb22c0fab48c2056de86eed1a605fe84333f7fe8cc76633
torch: 2.13
"""

from __future__ import annotations

import torch

import oplift.rules.reductions as oplift_rules_reductions
from oplift.rule import Rules
from oplift.rules.formulas import adj, plus_product, put_dim, take_dim, total, unreduce
from oplift.rules.kinds import Deferred, shift_dim, shift_dims, spread, squeeze_last, unflatten_like
from oplift.rules.reductions import (
    behind_batch,
    cast,
    cast_if,
    flip_dim,
    glu_backward,
    glu_tangent,
    is_all_true_batch,
    is_any_true_batch,
    log_softmax_jvp,
    norm_jvp,
    norm_vjp,
    per_root,
    product_of_others,
    quantile,
    read_ties,
    renorm,
    scalar_sums,
    share_ties,
    softmax_bend,
    softmax_bend_transpose,
    spread_mean,
)

glu_backward_op = Deferred(globals(), "glu_backward_op", "aten::glu_backward")


# rules/reductions.yaml:8 aten::sum
def sum_batch(batch_size, batched, self, dtype=None):
    return scalar_sums(self, dtype) if self.ndim == 1 else self.sum(behind_batch(self)) if dtype is None else self.sum(
        behind_batch(self), dtype=dtype
    )


def sum_jvp(tangents, self, dtype=None):
    self_t = tangents[0]
    result = self.sum() if dtype is None else self.sum(dtype=dtype)
    tangent = self_t.sum() if dtype is None else self_t.sum(dtype=dtype)
    return result, tangent


def sum_vjp(needs, self, dtype=None):
    result = self.sum() if dtype is None else self.sum(dtype=dtype)
    self_shape = self.shape

    def sum_pullback(grad):
        return (grad.expand(self_shape),)

    return result, sum_pullback


# rules/reductions.yaml:16 aten::sum.dim_IntList
def sum_dim_IntList_batch(batch_size, batched, self, dim, keepdim=False, dtype=None):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1, none="all", empty="all")
    result = self.sum(dim, keepdim) if dtype is None else self.sum(dim, keepdim, dtype=dtype)
    return squeeze_last(result) if scalar else result


def sum_dim_IntList_jvp(tangents, self, dim, keepdim=False, dtype=None):
    self_t = tangents[0]
    result = self.sum(dim, keepdim) if dtype is None else self.sum(dim, keepdim, dtype=dtype)
    tangent = self_t.sum(dim, keepdim) if dtype is None else self_t.sum(dim, keepdim, dtype=dtype)
    return result, tangent


def sum_dim_IntList_vjp(needs, self, dim, keepdim=False, dtype=None):
    result = self.sum(dim, keepdim) if dtype is None else self.sum(dim, keepdim, dtype=dtype)
    self_shape = self.shape

    def sum_dim_IntList_pullback(grad):
        return (unreduce(grad, self_shape, dim, keepdim),)

    return result, sum_dim_IntList_pullback


# rules/reductions.yaml:19 aten::mean
def mean_batch(batch_size, batched, self, dtype=None):
    return (self.unsqueeze(1) if self.ndim == 1 else self).mean(behind_batch(self) or 1, dtype=dtype)


def mean_jvp(tangents, self, dtype=None):
    self_t = tangents[0]
    result = self.mean() if dtype is None else self.mean(dtype=dtype)
    tangent = self_t.mean() if dtype is None else self_t.mean(dtype=dtype)
    return result, tangent


def mean_vjp(needs, self, dtype=None):
    result = self.mean() if dtype is None else self.mean(dtype=dtype)
    self_shape = self.shape

    def mean_pullback(grad):
        return (spread_mean(grad, self_shape),)

    return result, mean_pullback


# rules/reductions.yaml:24 aten::mean.dim
def mean_dim_batch(batch_size, batched, self, dim, keepdim=False, dtype=None):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1, none="all", empty="all")
    result = self.mean(dim, keepdim) if dtype is None else self.mean(dim, keepdim, dtype=dtype)
    return squeeze_last(result) if scalar else result


def mean_dim_jvp(tangents, self, dim, keepdim=False, dtype=None):
    self_t = tangents[0]
    result = self.mean(dim, keepdim) if dtype is None else self.mean(dim, keepdim, dtype=dtype)
    tangent = self_t.mean(dim, keepdim) if dtype is None else self_t.mean(dim, keepdim, dtype=dtype)
    return result, tangent


def mean_dim_vjp(needs, self, dim, keepdim=False, dtype=None):
    result = self.mean(dim, keepdim) if dtype is None else self.mean(dim, keepdim, dtype=dtype)
    self_shape = self.shape

    def mean_dim_pullback(grad):
        return (spread_mean(grad, self_shape, dim, keepdim),)

    return result, mean_dim_pullback


# rules/reductions.yaml:27 aten::nansum
def nansum_batch(batch_size, batched, self, dim=None, keepdim=False, dtype=None):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1, none="all", empty="all")
    result = self.nansum(dim, keepdim) if dtype is None else self.nansum(dim, keepdim, dtype=dtype)
    return squeeze_last(result) if scalar else result


def nansum_jvp(tangents, self, dim=None, keepdim=False, dtype=None):
    self_t = tangents[0]
    result = self.nansum(dim, keepdim) if dtype is None else self.nansum(dim, keepdim, dtype=dtype)
    tangent = self_t.masked_fill(self.isnan(), 0).sum(dim, keepdim, dtype=dtype)
    return result, tangent


def nansum_vjp(needs, self, dim=None, keepdim=False, dtype=None):
    result = self.nansum(dim, keepdim) if dtype is None else self.nansum(dim, keepdim, dtype=dtype)
    self_shape = self.shape

    def nansum_pullback(grad):
        return (unreduce(grad, self_shape, dim, keepdim).masked_fill(self.isnan(), 0),)

    return result, nansum_pullback


# rules/reductions.yaml:31 aten::trace
def trace_decompose(self):
    return self.diagonal().sum()


# rules/reductions.yaml:32 aten::count_nonzero
def count_nonzero_batch(batch_size, batched, self, dim=None):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    flat = dim is None
    if flat:
        shape = self.shape
        self, dim = self.flatten(1), 0
    dim = shift_dim(dim, self.ndim - 1)
    result = self.count_nonzero(dim)
    if flat:
        result = unflatten_like(result, shape)
    return squeeze_last(result) if scalar else result


# rules/reductions.yaml:33 aten::count_nonzero.dim_IntList
def count_nonzero_dim_IntList_batch(batch_size, batched, self, dim):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1, empty="all")
    result = self.count_nonzero(dim)
    return squeeze_last(result) if scalar else result


# rules/reductions.yaml:36 aten::prod
def prod_jvp(tangents, self, dtype=None):
    self_t = tangents[0]
    result = self.prod() if dtype is None else self.prod(dtype=dtype)
    others = product_of_others(cast(self, result.dtype))
    tangent = (self_t * others).sum()
    return result, tangent


def prod_vjp(needs, self, dtype=None):
    result = self.prod() if dtype is None else self.prod(dtype=dtype)
    result_dtype = result.dtype

    def prod_pullback(grad):
        others = product_of_others(cast(self, result_dtype))
        return (grad * adj(others),)

    return result, prod_pullback


def prod_decompose(self, dtype=None):
    return self.flatten().prod(0, dtype=dtype)


# rules/reductions.yaml:41 aten::prod.dim_int
def prod_dim_int_batch(batch_size, batched, self, dim, keepdim=False, dtype=None):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.prod(dim, keepdim) if dtype is None else self.prod(dim, keepdim, dtype=dtype)
    return squeeze_last(result) if scalar else result


def prod_dim_int_jvp(tangents, self, dim, keepdim=False, dtype=None):
    self_t = tangents[0]
    result = self.prod(dim, keepdim) if dtype is None else self.prod(dim, keepdim, dtype=dtype)
    others = product_of_others(cast(self, result.dtype), dim)
    tangent = (self_t * others).sum(dim, keepdim)
    return result, tangent


def prod_dim_int_vjp(needs, self, dim, keepdim=False, dtype=None):
    result = self.prod(dim, keepdim) if dtype is None else self.prod(dim, keepdim, dtype=dtype)
    result_dtype = result.dtype
    self_shape = self.shape

    def prod_dim_int_pullback(grad):
        others = product_of_others(cast(self, result_dtype), dim)
        return (unreduce(grad, self_shape, dim, keepdim) * adj(others),)

    return result, prod_dim_int_pullback


# rules/reductions.yaml:48 aten::max
def max_jvp(tangents, self):
    self_t = tangents[0]
    result = self.max()
    chosen = (self == result) | (self != self)
    tangent = (self_t * chosen).sum() / chosen.sum()
    return result, tangent


def max_vjp(needs, self):
    result = self.max()

    def max_pullback(grad):
        chosen = (self == result) | (self != self)
        return (grad / chosen.sum() * chosen,)

    return result, max_pullback


def max_decompose(self):
    return self.amax()


# rules/reductions.yaml:53 aten::min
def min_jvp(tangents, self):
    self_t = tangents[0]
    result = self.min()
    chosen = (self == result) | (self != self)
    tangent = (self_t * chosen).sum() / chosen.sum()
    return result, tangent


def min_vjp(needs, self):
    result = self.min()

    def min_pullback(grad):
        chosen = (self == result) | (self != self)
        return (grad / chosen.sum() * chosen,)

    return result, min_pullback


def min_decompose(self):
    return self.amin()


# rules/reductions.yaml:58 aten::median
def median_jvp(tangents, self):
    self_t = tangents[0]
    result = self.median()
    chosen = (self == result) | (self != self)
    tangent = (self_t * chosen).sum() / chosen.sum()
    return result, tangent


def median_vjp(needs, self):
    result = self.median()

    def median_pullback(grad):
        chosen = (self == result) | (self != self)
        return (grad / chosen.sum() * chosen,)

    return result, median_pullback


def median_decompose(self):
    return self.flatten().median(0)[0]


# rules/reductions.yaml:63 aten::nanmedian
def nanmedian_jvp(tangents, self):
    self_t = tangents[0]
    result = self.nanmedian()
    chosen = (self == result) | self.isnan() & result.isnan()
    tangent = (self_t * chosen).sum() / chosen.sum()
    return result, tangent


def nanmedian_vjp(needs, self):
    result = self.nanmedian()

    def nanmedian_pullback(grad):
        chosen = (self == result) | self.isnan() & result.isnan()
        return (grad / chosen.sum() * chosen,)

    return result, nanmedian_pullback


def nanmedian_decompose(self):
    return self.flatten().nanmedian(0)[0]


# rules/reductions.yaml:68 aten::amax
def amax_batch(batch_size, batched, self, dim=[], keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1, empty="all")
    result = self.amax(dim, keepdim)
    return squeeze_last(result) if scalar else result


def amax_jvp(tangents, self, dim=[], keepdim=False):
    self_t = tangents[0]
    result = self.amax(dim, keepdim)
    tangent = read_ties(self_t, self, result, dim, keepdim)
    return result, tangent


def amax_vjp(needs, self, dim=[], keepdim=False):
    result = self.amax(dim, keepdim)

    def amax_pullback(grad):
        return (share_ties(grad, self, result, dim, keepdim),)

    return result, amax_pullback


# rules/reductions.yaml:72 aten::amin
def amin_batch(batch_size, batched, self, dim=[], keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1, empty="all")
    result = self.amin(dim, keepdim)
    return squeeze_last(result) if scalar else result


def amin_jvp(tangents, self, dim=[], keepdim=False):
    self_t = tangents[0]
    result = self.amin(dim, keepdim)
    tangent = read_ties(self_t, self, result, dim, keepdim)
    return result, tangent


def amin_vjp(needs, self, dim=[], keepdim=False):
    result = self.amin(dim, keepdim)

    def amin_pullback(grad):
        return (share_ties(grad, self, result, dim, keepdim),)

    return result, amin_pullback


# rules/reductions.yaml:76 aten::aminmax
def aminmax_batch(batch_size, batched, self, dim=None, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    flat = dim is None
    if flat:
        shape = self.shape
        self, dim = self.flatten(1), 0
    dim = shift_dim(dim, self.ndim - 1)
    result = self.aminmax(dim=dim, keepdim=keepdim)
    if flat:
        result = unflatten_like(result, shape)
    return squeeze_last(result) if scalar else result


def aminmax_jvp(tangents, self, dim=None, keepdim=False):
    self_t = tangents[0]
    outputs = self.aminmax(dim=dim, keepdim=keepdim)
    min, max = outputs
    min_t = read_ties(self_t, self, min, dim, keepdim)
    max_t = read_ties(self_t, self, max, dim, keepdim)
    return outputs, (min_t, max_t)


def aminmax_vjp(needs, self, dim=None, keepdim=False):
    outputs = self.aminmax(dim=dim, keepdim=keepdim)
    min, max = outputs

    def aminmax_pullback(grads):
        grad_min = grads[0]
        grad_max = grads[1]
        return (
            total(
                share_ties(grad_min, self, min, dim, keepdim) if grad_min is not None else None,
                share_ties(grad_max, self, max, dim, keepdim) if grad_max is not None else None,
            ),
        )

    return outputs, aminmax_pullback


# rules/reductions.yaml:83 aten::max.dim
def max_dim_batch(batch_size, batched, self, dim, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.max(dim, keepdim)
    return squeeze_last(result) if scalar else result


def max_dim_jvp(tangents, self, dim, keepdim=False):
    self_t = tangents[0]
    outputs = self.max(dim, keepdim)
    values, indices = outputs
    values_t = take_dim(self_t, dim, indices, keepdim)
    return outputs, (values_t, None)


def max_dim_vjp(needs, self, dim, keepdim=False):
    outputs = self.max(dim, keepdim)
    values, indices = outputs
    self_shape = self.shape

    def max_dim_pullback(grads):
        grad = grads[0]
        return (put_dim(grad, self_shape, dim, indices, keepdim),)

    return outputs, max_dim_pullback


# rules/reductions.yaml:88 aten::min.dim
def min_dim_batch(batch_size, batched, self, dim, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.min(dim, keepdim)
    return squeeze_last(result) if scalar else result


def min_dim_jvp(tangents, self, dim, keepdim=False):
    self_t = tangents[0]
    outputs = self.min(dim, keepdim)
    values, indices = outputs
    values_t = take_dim(self_t, dim, indices, keepdim)
    return outputs, (values_t, None)


def min_dim_vjp(needs, self, dim, keepdim=False):
    outputs = self.min(dim, keepdim)
    values, indices = outputs
    self_shape = self.shape

    def min_dim_pullback(grads):
        grad = grads[0]
        return (put_dim(grad, self_shape, dim, indices, keepdim),)

    return outputs, min_dim_pullback


# rules/reductions.yaml:93 aten::median.dim
def median_dim_batch(batch_size, batched, self, dim, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.median(dim, keepdim)
    return squeeze_last(result) if scalar else result


def median_dim_jvp(tangents, self, dim, keepdim=False):
    self_t = tangents[0]
    outputs = self.median(dim, keepdim)
    values, indices = outputs
    values_t = take_dim(self_t, dim, indices, keepdim)
    return outputs, (values_t, None)


def median_dim_vjp(needs, self, dim, keepdim=False):
    outputs = self.median(dim, keepdim)
    values, indices = outputs
    self_shape = self.shape

    def median_dim_pullback(grads):
        grad = grads[0]
        return (put_dim(grad, self_shape, dim, indices, keepdim),)

    return outputs, median_dim_pullback


# rules/reductions.yaml:98 aten::nanmedian.dim
def nanmedian_dim_batch(batch_size, batched, self, dim, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.nanmedian(dim, keepdim)
    return squeeze_last(result) if scalar else result


def nanmedian_dim_jvp(tangents, self, dim, keepdim=False):
    self_t = tangents[0]
    outputs = self.nanmedian(dim, keepdim)
    values, indices = outputs
    values_t = take_dim(self_t, dim, indices, keepdim)
    return outputs, (values_t, None)


def nanmedian_dim_vjp(needs, self, dim, keepdim=False):
    outputs = self.nanmedian(dim, keepdim)
    values, indices = outputs
    self_shape = self.shape

    def nanmedian_dim_pullback(grads):
        grad = grads[0]
        return (put_dim(grad, self_shape, dim, indices, keepdim),)

    return outputs, nanmedian_dim_pullback


# rules/reductions.yaml:103 aten::mode
def mode_batch(batch_size, batched, self, dim=-1, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.mode(dim, keepdim)
    return squeeze_last(result) if scalar else result


def mode_jvp(tangents, self, dim=-1, keepdim=False):
    self_t = tangents[0]
    outputs = self.mode(dim, keepdim)
    values, indices = outputs
    values_t = take_dim(self_t, dim, indices, keepdim)
    return outputs, (values_t, None)


def mode_vjp(needs, self, dim=-1, keepdim=False):
    outputs = self.mode(dim, keepdim)
    values, indices = outputs
    self_shape = self.shape

    def mode_pullback(grads):
        grad = grads[0]
        return (put_dim(grad, self_shape, dim, indices, keepdim),)

    return outputs, mode_pullback


# rules/reductions.yaml:109 aten::kthvalue
def kthvalue_batch(batch_size, batched, self, k, dim=-1, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.kthvalue(k, dim, keepdim)
    return squeeze_last(result) if scalar else result


def kthvalue_jvp(tangents, self, k, dim=-1, keepdim=False):
    self_t = tangents[0]
    outputs = self.kthvalue(k, dim, keepdim)
    values, indices = outputs
    values_t = take_dim(self_t, dim, indices, keepdim)
    return outputs, (values_t, None)


def kthvalue_vjp(needs, self, k, dim=-1, keepdim=False):
    outputs = self.kthvalue(k, dim, keepdim)
    values, indices = outputs
    self_shape = self.shape

    def kthvalue_pullback(grads):
        grad = grads[0]
        return (put_dim(grad, self_shape, dim, indices, keepdim),)

    return outputs, kthvalue_pullback


# rules/reductions.yaml:115 aten::quantile
def quantile_decompose(self, q, dim=None, keepdim=False, interpolation='linear'):
    return quantile(self, q, dim, keepdim, interpolation, False)


# rules/reductions.yaml:116 aten::quantile.scalar
def quantile_scalar_decompose(self, q, dim=None, keepdim=False, interpolation='linear'):
    return quantile(self, q, dim, keepdim, interpolation, False)


# rules/reductions.yaml:117 aten::nanquantile
def nanquantile_decompose(self, q, dim=None, keepdim=False, interpolation='linear'):
    return quantile(self, q, dim, keepdim, interpolation, True)


# rules/reductions.yaml:118 aten::nanquantile.scalar
def nanquantile_scalar_decompose(self, q, dim=None, keepdim=False, interpolation='linear'):
    return quantile(self, q, dim, keepdim, interpolation, True)


# rules/reductions.yaml:119 aten::argmax
def argmax_batch(batch_size, batched, self, dim=None, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    flat = dim is None
    if flat:
        shape = self.shape
        self, dim = self.flatten(1), 0
    dim = shift_dim(dim, self.ndim - 1)
    result = self.argmax(dim, keepdim)
    if flat:
        result = unflatten_like(result, shape)
    return squeeze_last(result) if scalar else result


# rules/reductions.yaml:120 aten::argmin
def argmin_batch(batch_size, batched, self, dim=None, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    flat = dim is None
    if flat:
        shape = self.shape
        self, dim = self.flatten(1), 0
    dim = shift_dim(dim, self.ndim - 1)
    result = self.argmin(dim, keepdim)
    if flat:
        result = unflatten_like(result, shape)
    return squeeze_last(result) if scalar else result


# rules/reductions.yaml:123 aten::all
def all_decompose(self):
    return self.flatten().all(0)


# rules/reductions.yaml:124 aten::all.dim
def all_dim_batch(batch_size, batched, self, dim, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.all(dim, keepdim)
    return squeeze_last(result) if scalar else result


# rules/reductions.yaml:125 aten::all.dims
def all_dims_batch(batch_size, batched, self, dim=None, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1, none="all")
    result = self.all(dim, keepdim)
    return squeeze_last(result) if scalar else result


# rules/reductions.yaml:126 aten::any
def any_decompose(self):
    return self.flatten().any(0)


# rules/reductions.yaml:127 aten::any.dim
def any_dim_batch(batch_size, batched, self, dim, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.any(dim, keepdim)
    return squeeze_last(result) if scalar else result


# rules/reductions.yaml:128 aten::any.dims
def any_dims_batch(batch_size, batched, self, dim=None, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1, none="all")
    result = self.any(dim, keepdim)
    return squeeze_last(result) if scalar else result


# rules/reductions.yaml:145 aten::hash_tensor
def hash_tensor_batch(batch_size, batched, self, dim=[], keepdim=False, mode=0):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1, empty="all")
    result = self.hash_tensor(dim, keepdim=keepdim, mode=mode)
    return squeeze_last(result) if scalar else result


# rules/reductions.yaml:153 aten::var.correction
def var_correction_batch(batch_size, batched, self, dim=None, correction=None, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1, none="all", empty="all")
    result = self.var(dim, correction=correction, keepdim=keepdim)
    return squeeze_last(result) if scalar else result


def var_correction_jvp(tangents, self, dim=None, correction=None, keepdim=False):
    self_t = tangents[0]
    result = self.var(dim, correction=correction, keepdim=keepdim)
    tangent = oplift_rules_reductions.var_jvp(self_t, self, dim, correction, keepdim)
    return result, tangent


def var_correction_vjp(needs, self, dim=None, correction=None, keepdim=False):
    result = self.var(dim, correction=correction, keepdim=keepdim)

    def var_correction_pullback(grad):
        return (oplift_rules_reductions.var_vjp(grad, self, dim, correction, keepdim),)

    return result, var_correction_pullback


# rules/reductions.yaml:157 aten::std.correction
def std_correction_batch(batch_size, batched, self, dim=None, correction=None, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1, none="all", empty="all")
    result = self.std(dim, correction=correction, keepdim=keepdim)
    return squeeze_last(result) if scalar else result


def std_correction_jvp(tangents, self, dim=None, correction=None, keepdim=False):
    self_t = tangents[0]
    result = self.std(dim, correction=correction, keepdim=keepdim)
    tangent = per_root(oplift_rules_reductions.var_jvp(self_t, self, dim, correction, keepdim), result)
    return result, tangent


def std_correction_vjp(needs, self, dim=None, correction=None, keepdim=False):
    result = self.std(dim, correction=correction, keepdim=keepdim)

    def std_correction_pullback(grad):
        return (oplift_rules_reductions.var_vjp(per_root(grad, result), self, dim, correction, keepdim),)

    return result, std_correction_pullback


# rules/reductions.yaml:161 aten::var_mean.correction
def var_mean_correction_batch(batch_size, batched, self, dim=None, correction=None, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1, none="all", empty="all")
    result = torch.var_mean(self, dim, correction=correction, keepdim=keepdim)
    return squeeze_last(result) if scalar else result


def var_mean_correction_jvp(tangents, self, dim=None, correction=None, keepdim=False):
    self_t = tangents[0]
    outputs = torch.var_mean(self, dim, correction=correction, keepdim=keepdim)
    result0, result1 = outputs
    result0_t = oplift_rules_reductions.var_jvp(self_t, self, dim, correction, keepdim)
    result1_t = self_t.mean(dim, keepdim)
    return outputs, (result0_t, result1_t)


def var_mean_correction_vjp(needs, self, dim=None, correction=None, keepdim=False):
    outputs = torch.var_mean(self, dim, correction=correction, keepdim=keepdim)
    result0, result1 = outputs
    self_shape = self.shape

    def var_mean_correction_pullback(grads):
        grad_result0 = grads[0]
        grad_result1 = grads[1]
        return (
            total(
                oplift_rules_reductions.var_vjp(
                    grad_result0, self, dim, correction, keepdim
                ) if grad_result0 is not None else None,
                spread_mean(grad_result1, self_shape, dim, keepdim) if grad_result1 is not None else None,
            ),
        )

    return outputs, var_mean_correction_pullback


# rules/reductions.yaml:168 aten::std_mean.correction
def std_mean_correction_batch(batch_size, batched, self, dim=None, correction=None, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1, none="all", empty="all")
    result = torch.std_mean(self, dim, correction=correction, keepdim=keepdim)
    return squeeze_last(result) if scalar else result


def std_mean_correction_jvp(tangents, self, dim=None, correction=None, keepdim=False):
    self_t = tangents[0]
    outputs = torch.std_mean(self, dim, correction=correction, keepdim=keepdim)
    result0, result1 = outputs
    result0_t = per_root(oplift_rules_reductions.var_jvp(self_t, self, dim, correction, keepdim), result0)
    result1_t = self_t.mean(dim, keepdim)
    return outputs, (result0_t, result1_t)


def std_mean_correction_vjp(needs, self, dim=None, correction=None, keepdim=False):
    outputs = torch.std_mean(self, dim, correction=correction, keepdim=keepdim)
    result0, result1 = outputs
    self_shape = self.shape

    def std_mean_correction_pullback(grads):
        grad_result0 = grads[0]
        grad_result1 = grads[1]
        return (
            total(
                oplift_rules_reductions.var_vjp(
                    per_root(grad_result0, result0), self, dim, correction, keepdim
                ) if grad_result0 is not None else None,
                spread_mean(grad_result1, self_shape, dim, keepdim) if grad_result1 is not None else None,
            ),
        )

    return outputs, std_mean_correction_pullback


# rules/reductions.yaml:177 aten::var
def var_decompose(self, unbiased=True):
    return self.var(None, correction=int(unbiased))


# rules/reductions.yaml:178 aten::var.dim
def var_dim_decompose(self, dim, unbiased=True, keepdim=False):
    return self.var(dim, correction=int(unbiased), keepdim=keepdim)


# rules/reductions.yaml:179 aten::std
def std_decompose(self, unbiased=True):
    return self.std(None, correction=int(unbiased))


# rules/reductions.yaml:180 aten::std.dim
def std_dim_decompose(self, dim, unbiased=True, keepdim=False):
    return self.std(dim, correction=int(unbiased), keepdim=keepdim)


# rules/reductions.yaml:181 aten::var_mean
def var_mean_decompose(self, unbiased=True):
    return torch.var_mean(self, None, correction=int(unbiased))


# rules/reductions.yaml:182 aten::var_mean.dim
def var_mean_dim_decompose(self, dim, unbiased=True, keepdim=False):
    return torch.var_mean(self, dim, correction=int(unbiased), keepdim=keepdim)


# rules/reductions.yaml:185 aten::std_mean
def std_mean_decompose(self, unbiased=True):
    return torch.std_mean(self, None, correction=int(unbiased))


# rules/reductions.yaml:186 aten::std_mean.dim
def std_mean_dim_decompose(self, dim, unbiased=True, keepdim=False):
    return torch.std_mean(self, dim, correction=int(unbiased), keepdim=keepdim)


# rules/reductions.yaml:189 aten::linalg_vector_norm
def linalg_vector_norm_batch(batch_size, batched, self, ord=2, dim=None, keepdim=False, dtype=None):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1, none="all", empty="all")
    result = torch._C._linalg.linalg_vector_norm(self, ord, dim, keepdim, dtype=dtype)
    return squeeze_last(result) if scalar else result


def linalg_vector_norm_jvp(tangents, self, ord=2, dim=None, keepdim=False, dtype=None):
    self_t = tangents[0]
    result = torch._C._linalg.linalg_vector_norm(self, ord, dim, keepdim, dtype=dtype)
    tangent = norm_jvp(self_t, self, ord, result, dim, keepdim)
    return result, tangent


def linalg_vector_norm_vjp(needs, self, ord=2, dim=None, keepdim=False, dtype=None):
    result = torch._C._linalg.linalg_vector_norm(self, ord, dim, keepdim, dtype=dtype)

    def linalg_vector_norm_pullback(grad):
        return (norm_vjp(grad, self, ord, result, dim, keepdim),)

    return result, linalg_vector_norm_pullback


# rules/reductions.yaml:193 aten::norm.Scalar
def norm_Scalar_decompose(self, p=2):
    return torch._C._linalg.linalg_vector_norm(self, p)


# rules/reductions.yaml:194 aten::norm.ScalarOpt_dtype
def norm_ScalarOpt_dtype_decompose(self, p, dtype):
    return torch._C._linalg.linalg_vector_norm(self, 2 if p is None else p, dtype=dtype)


# rules/reductions.yaml:198 aten::norm.ScalarOpt_dim
def norm_ScalarOpt_dim_decompose(self, p, dim, keepdim=False):
    return torch._C._linalg.linalg_vector_norm(self, 2 if p is None else p, dim, keepdim)


# rules/reductions.yaml:201 aten::norm.ScalarOpt_dim_dtype
def norm_ScalarOpt_dim_dtype_decompose(self, p, dim, keepdim, dtype):
    return torch._C._linalg.linalg_vector_norm(self, 2 if p is None else p, dim, keepdim, dtype=dtype)


# rules/reductions.yaml:205 aten::dist
def dist_decompose(self, other, p=2):
    return torch._C._linalg.linalg_vector_norm(self - other, p)


# rules/reductions.yaml:209 aten::cumsum
def cumsum_batch(batch_size, batched, self, dim, dtype=None):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.cumsum(dim) if dtype is None else self.cumsum(dim, dtype=dtype)
    return squeeze_last(result) if scalar else result


def cumsum_jvp(tangents, self, dim, dtype=None):
    self_t = tangents[0]
    result = self.cumsum(dim) if dtype is None else self.cumsum(dim, dtype=dtype)
    tangent = self_t.cumsum(dim) if dtype is None else self_t.cumsum(dim, dtype=dtype)
    return result, tangent


def cumsum_vjp(needs, self, dim, dtype=None):
    result = self.cumsum(dim) if dtype is None else self.cumsum(dim, dtype=dtype)

    def cumsum_pullback(grad):
        return (flip_dim(flip_dim(grad, dim).cumsum(dim), dim),)

    return result, cumsum_pullback


# rules/reductions.yaml:212 aten::cumprod
def cumprod_batch(batch_size, batched, self, dim, dtype=None):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.cumprod(dim) if dtype is None else self.cumprod(dim, dtype=dtype)
    return squeeze_last(result) if scalar else result


def cumprod_jvp(tangents, self, dim, dtype=None):
    self_t = tangents[0]
    result = self.cumprod(dim) if dtype is None else self.cumprod(dim, dtype=dtype)
    tangent = oplift_rules_reductions.cumprod_jvp(self_t, self, result, dim)
    return result, tangent


def cumprod_vjp(needs, self, dim, dtype=None):
    result = self.cumprod(dim) if dtype is None else self.cumprod(dim, dtype=dtype)

    def cumprod_pullback(grad):
        return (oplift_rules_reductions.cumprod_vjp(grad, self, result, dim),)

    return result, cumprod_pullback


# rules/reductions.yaml:216 aten::cummax
def cummax_batch(batch_size, batched, self, dim):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.cummax(dim)
    return squeeze_last(result) if scalar else result


def cummax_jvp(tangents, self, dim):
    self_t = tangents[0]
    outputs = self.cummax(dim)
    values, indices = outputs
    values_t = self_t.gather(dim, indices)
    return outputs, (values_t, None)


def cummax_vjp(needs, self, dim):
    outputs = self.cummax(dim)
    values, indices = outputs
    self_shape = self.shape

    def cummax_pullback(grads):
        grad = grads[0]
        return (grad.new_zeros(self_shape).scatter_add(dim, indices, grad),)

    return outputs, cummax_pullback


# rules/reductions.yaml:222 aten::cummin
def cummin_batch(batch_size, batched, self, dim):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.cummin(dim)
    return squeeze_last(result) if scalar else result


def cummin_jvp(tangents, self, dim):
    self_t = tangents[0]
    outputs = self.cummin(dim)
    values, indices = outputs
    values_t = self_t.gather(dim, indices)
    return outputs, (values_t, None)


def cummin_vjp(needs, self, dim):
    outputs = self.cummin(dim)
    values, indices = outputs
    self_shape = self.shape

    def cummin_pullback(grads):
        grad = grads[0]
        return (grad.new_zeros(self_shape).scatter_add(dim, indices, grad),)

    return outputs, cummin_pullback


# rules/reductions.yaml:228 aten::logcumsumexp
def logcumsumexp_batch(batch_size, batched, self, dim):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.logcumsumexp(dim)
    return squeeze_last(result) if scalar else result


def logcumsumexp_jvp(tangents, self, dim):
    self_t = tangents[0]
    result = self.logcumsumexp(dim)
    tangent = oplift_rules_reductions.logcumsumexp_jvp(self_t, self, result, dim)
    return result, tangent


def logcumsumexp_vjp(needs, self, dim):
    result = self.logcumsumexp(dim)

    def logcumsumexp_pullback(grad):
        return (oplift_rules_reductions.logcumsumexp_vjp(grad, self, result, dim),)

    return result, logcumsumexp_pullback


# rules/reductions.yaml:234 aten::logsumexp
def logsumexp_batch(batch_size, batched, self, dim, keepdim=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1, empty="all")
    result = self.logsumexp(dim, keepdim)
    return squeeze_last(result) if scalar else result


def logsumexp_jvp(tangents, self, dim, keepdim=False):
    self_t = tangents[0]
    result = self.logsumexp(dim, keepdim)
    weights = (self - unreduce(result, self.shape, dim, keepdim)).exp()
    tangent = (self_t * weights).sum(dim, keepdim)
    return result, tangent


def logsumexp_vjp(needs, self, dim, keepdim=False):
    result = self.logsumexp(dim, keepdim)
    self_shape = self.shape

    def logsumexp_pullback(grad):
        weights = (self - unreduce(result, self_shape, dim, keepdim)).exp()
        return (unreduce(grad, self_shape, dim, keepdim) * adj(weights),)

    return result, logsumexp_pullback


# rules/reductions.yaml:239 aten::_softmax
def _softmax_batch(batch_size, batched, self, dim, half_to_float):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = torch._softmax(self, dim, half_to_float)
    return squeeze_last(result) if scalar else result


def _softmax_jvp(tangents, self, dim, half_to_float):
    self_t = tangents[0]
    result = torch._softmax(self, dim, half_to_float)
    tangent = torch._softmax_backward_data(cast(self_t, result.dtype), result, dim, result.dtype)
    return result, tangent


def _softmax_vjp(needs, self, dim, half_to_float):
    result = torch._softmax(self, dim, half_to_float)
    self_dtype = self.dtype

    def _softmax_pullback(grad):
        return (torch._softmax_backward_data(grad, result, dim, self_dtype),)

    return result, _softmax_pullback


# rules/reductions.yaml:243 aten::_safe_softmax
def _safe_softmax_batch(batch_size, batched, self, dim, dtype=None):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = torch._safe_softmax(self, dim, dtype)
    return squeeze_last(result) if scalar else result


def _safe_softmax_jvp(tangents, self, dim, dtype=None):
    self_t = tangents[0]
    result = torch._safe_softmax(self, dim, dtype)
    tangent = torch._softmax_backward_data(cast(self_t, result.dtype), result, dim, result.dtype)
    return result, tangent


def _safe_softmax_vjp(needs, self, dim, dtype=None):
    result = torch._safe_softmax(self, dim, dtype)
    result_dtype = result.dtype

    def _safe_softmax_pullback(grad):
        return (torch._softmax_backward_data(grad, result, dim, result_dtype),)

    return result, _safe_softmax_pullback


# rules/reductions.yaml:247 aten::_softmax_backward_data
def _softmax_backward_data_batch(batch_size, batched, grad_output, output, dim, input_dtype):
    grad_output = spread(batch_size, batched[0], grad_output)
    output = spread(batch_size, batched[1], output)
    scalar = grad_output.ndim == 1
    if scalar:
        grad_output = grad_output.unsqueeze(-1)
    if output.ndim == 1:
        output = output.unsqueeze(-1)
    dim = shift_dim(dim, grad_output.ndim - 1)
    result = torch._softmax_backward_data(grad_output, output, dim, input_dtype)
    return squeeze_last(result) if scalar else result


def _softmax_backward_data_jvp(tangents, grad_output, output, dim, input_dtype):
    grad_output_t, output_t = tangents
    result = torch._softmax_backward_data(grad_output, output, dim, input_dtype)
    tangent = None
    if grad_output_t is not None:
        tangent = torch._softmax_backward_data(grad_output_t, output, dim, input_dtype)
    if output_t is not None:
        term = softmax_bend(output_t, grad_output, output, dim)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def _softmax_backward_data_vjp(needs, grad_output, output, dim, input_dtype):
    needs_grad_output, needs_output = needs
    result = torch._softmax_backward_data(grad_output, output, dim, input_dtype)
    output_dtype = output.dtype
    if not needs_output:
        grad_output = None

    def _softmax_backward_data_pullback(grad):
        grad_output_ct = torch._softmax_backward_data(
            cast(grad, output_dtype), output, dim, output_dtype
        ) if needs_grad_output else None
        output_ct = softmax_bend_transpose(
            cast(grad, output_dtype), grad_output, output, dim
        ) if needs_output else None
        return (grad_output_ct, output_ct)

    return result, _softmax_backward_data_pullback


# rules/reductions.yaml:256 aten::_log_softmax
def _log_softmax_batch(batch_size, batched, self, dim, half_to_float):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = torch._log_softmax(self, dim, half_to_float)
    return squeeze_last(result) if scalar else result


def _log_softmax_jvp(tangents, self, dim, half_to_float):
    self_t = tangents[0]
    result = torch._log_softmax(self, dim, half_to_float)
    tangent = log_softmax_jvp(cast(self_t, result.dtype), result, dim)
    return result, tangent


def _log_softmax_vjp(needs, self, dim, half_to_float):
    result = torch._log_softmax(self, dim, half_to_float)
    self_dtype = self.dtype

    def _log_softmax_pullback(grad):
        return (torch._log_softmax_backward_data(grad, result, dim, self_dtype),)

    return result, _log_softmax_pullback


# rules/reductions.yaml:260 aten::_log_softmax_backward_data
def _log_softmax_backward_data_batch(batch_size, batched, grad_output, output, dim, input_dtype):
    grad_output = spread(batch_size, batched[0], grad_output)
    output = spread(batch_size, batched[1], output)
    scalar = grad_output.ndim == 1
    if scalar:
        grad_output = grad_output.unsqueeze(-1)
    if output.ndim == 1:
        output = output.unsqueeze(-1)
    dim = shift_dim(dim, grad_output.ndim - 1)
    result = torch._log_softmax_backward_data(grad_output, output, dim, input_dtype)
    return squeeze_last(result) if scalar else result


def _log_softmax_backward_data_jvp(tangents, grad_output, output, dim, input_dtype):
    grad_output_t, output_t = tangents
    result = torch._log_softmax_backward_data(grad_output, output, dim, input_dtype)
    tangent = None
    if grad_output_t is not None:
        tangent = torch._log_softmax_backward_data(grad_output_t, output, dim, input_dtype)
    if output_t is not None:
        if tangent is None:
            tangent = output_t * (-output.exp() * grad_output.sum(dim, True))
        else:
            tangent = plus_product(tangent, output_t, -output.exp() * grad_output.sum(dim, True))
    return result, tangent


def _log_softmax_backward_data_vjp(needs, grad_output, output, dim, input_dtype):
    needs_grad_output, needs_output = needs
    result = torch._log_softmax_backward_data(grad_output, output, dim, input_dtype)
    output_dtype = output.dtype
    if not needs_output:
        grad_output = None

    def _log_softmax_backward_data_pullback(grad):
        grad_output_ct = log_softmax_jvp(cast(grad, output_dtype), output, dim) if needs_grad_output else None
        output_ct = grad * (-output.exp() * grad_output.sum(dim, True)) if needs_output else None
        return (grad_output_ct, output_ct)

    return result, _log_softmax_backward_data_pullback


# rules/reductions.yaml:269 aten::softmax.int
def softmax_int_decompose(self, dim, dtype=None):
    return torch._softmax(cast_if(self, dtype), dim, False)


# rules/reductions.yaml:270 aten::log_softmax.int
def log_softmax_int_decompose(self, dim, dtype=None):
    return torch._log_softmax(cast_if(self, dtype), dim, False)


# rules/reductions.yaml:271 aten::special_softmax
def special_softmax_decompose(self, dim, dtype=None):
    return torch._softmax(cast_if(self, dtype), dim, False)


# rules/reductions.yaml:272 aten::special_log_softmax
def special_log_softmax_decompose(self, dim, dtype=None):
    return torch._log_softmax(cast_if(self, dtype), dim, False)


# rules/reductions.yaml:273 aten::special_logsumexp
def special_logsumexp_decompose(self, dim, keepdim=False):
    return self.logsumexp(dim, keepdim)


# rules/reductions.yaml:277 aten::glu
def glu_batch(batch_size, batched, self, dim=-1):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = torch._C._nn.glu(self, dim)
    return squeeze_last(result) if scalar else result


def glu_jvp(tangents, self, dim=-1):
    self_t = tangents[0]
    result = torch._C._nn.glu(self, dim)
    tangent = glu_tangent(self_t, self, dim)
    return result, tangent


def glu_vjp(needs, self, dim=-1):
    result = torch._C._nn.glu(self, dim)

    def glu_pullback(grad):
        return (glu_backward_op(grad, self, dim),)

    return result, glu_pullback


# rules/reductions.yaml:281 aten::glu_backward
def glu_backward_batch(batch_size, batched, grad_output, self, dim):
    grad_output = spread(batch_size, batched[0], grad_output)
    self = spread(batch_size, batched[1], self)
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    if grad_output.ndim == 1:
        grad_output = grad_output.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = glu_backward_op(grad_output, self, dim)
    return squeeze_last(result) if scalar else result


RULES = {
    "aten::sum": Rules(
        batch=sum_batch,
        jvp=sum_jvp,
        vjp=sum_vjp,
        kind='cases',
        form='linear',
        origin='rules/reductions.yaml:8',
    ),
    "aten::sum.dim_IntList": Rules(
        batch=sum_dim_IntList_batch,
        jvp=sum_dim_IntList_jvp,
        vjp=sum_dim_IntList_vjp,
        kind='dims',
        form='linear',
        origin='rules/reductions.yaml:16',
    ),
    "aten::mean": Rules(
        batch=mean_batch,
        jvp=mean_jvp,
        vjp=mean_vjp,
        kind='cases',
        form='linear',
        origin='rules/reductions.yaml:19',
    ),
    "aten::mean.dim": Rules(
        batch=mean_dim_batch,
        jvp=mean_dim_jvp,
        vjp=mean_dim_vjp,
        kind='dims',
        form='linear',
        origin='rules/reductions.yaml:24',
    ),
    "aten::nansum": Rules(
        batch=nansum_batch,
        jvp=nansum_jvp,
        vjp=nansum_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:27',
    ),
    "aten::trace": Rules(decompose=trace_decompose, kind='decompose', origin='rules/reductions.yaml:31'),
    "aten::count_nonzero": Rules(
        batch=count_nonzero_batch, derivative='none', kind='dims', origin='rules/reductions.yaml:32'
    ),
    "aten::count_nonzero.dim_IntList": Rules(
        batch=count_nonzero_dim_IntList_batch,
        derivative='none',
        kind='dims',
        origin='rules/reductions.yaml:33',
    ),
    "aten::prod": Rules(
        jvp=prod_jvp,
        vjp=prod_vjp,
        decompose=prod_decompose,
        kind='decompose',
        form='formulas',
        origin='rules/reductions.yaml:36',
    ),
    "aten::prod.dim_int": Rules(
        batch=prod_dim_int_batch,
        jvp=prod_dim_int_jvp,
        vjp=prod_dim_int_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:41',
    ),
    "aten::max": Rules(
        jvp=max_jvp,
        vjp=max_vjp,
        decompose=max_decompose,
        kind='decompose',
        form='formulas',
        origin='rules/reductions.yaml:48',
    ),
    "aten::min": Rules(
        jvp=min_jvp,
        vjp=min_vjp,
        decompose=min_decompose,
        kind='decompose',
        form='formulas',
        origin='rules/reductions.yaml:53',
    ),
    "aten::median": Rules(
        jvp=median_jvp,
        vjp=median_vjp,
        decompose=median_decompose,
        kind='decompose',
        form='formulas',
        origin='rules/reductions.yaml:58',
    ),
    "aten::nanmedian": Rules(
        jvp=nanmedian_jvp,
        vjp=nanmedian_vjp,
        decompose=nanmedian_decompose,
        kind='decompose',
        form='formulas',
        origin='rules/reductions.yaml:63',
    ),
    "aten::amax": Rules(
        batch=amax_batch,
        jvp=amax_jvp,
        vjp=amax_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:68',
    ),
    "aten::amin": Rules(
        batch=amin_batch,
        jvp=amin_jvp,
        vjp=amin_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:72',
    ),
    "aten::aminmax": Rules(
        batch=aminmax_batch,
        jvp=aminmax_jvp,
        vjp=aminmax_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:76',
    ),
    "aten::max.dim": Rules(
        batch=max_dim_batch,
        jvp=max_dim_jvp,
        vjp=max_dim_vjp,
        nondiff_outputs=(1,),
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:83',
    ),
    "aten::min.dim": Rules(
        batch=min_dim_batch,
        jvp=min_dim_jvp,
        vjp=min_dim_vjp,
        nondiff_outputs=(1,),
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:88',
    ),
    "aten::median.dim": Rules(
        batch=median_dim_batch,
        jvp=median_dim_jvp,
        vjp=median_dim_vjp,
        nondiff_outputs=(1,),
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:93',
    ),
    "aten::nanmedian.dim": Rules(
        batch=nanmedian_dim_batch,
        jvp=nanmedian_dim_jvp,
        vjp=nanmedian_dim_vjp,
        nondiff_outputs=(1,),
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:98',
    ),
    "aten::mode": Rules(
        batch=mode_batch,
        jvp=mode_jvp,
        vjp=mode_vjp,
        nondiff_outputs=(1,),
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:103',
    ),
    "aten::kthvalue": Rules(
        batch=kthvalue_batch,
        jvp=kthvalue_jvp,
        vjp=kthvalue_vjp,
        nondiff_outputs=(1,),
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:109',
    ),
    "aten::quantile": Rules(
        decompose=quantile_decompose, kind='decompose', origin='rules/reductions.yaml:115'
    ),
    "aten::quantile.scalar": Rules(
        decompose=quantile_scalar_decompose, kind='decompose', origin='rules/reductions.yaml:116'
    ),
    "aten::nanquantile": Rules(
        decompose=nanquantile_decompose, kind='decompose', origin='rules/reductions.yaml:117'
    ),
    "aten::nanquantile.scalar": Rules(
        decompose=nanquantile_scalar_decompose, kind='decompose', origin='rules/reductions.yaml:118'
    ),
    "aten::argmax": Rules(
        batch=argmax_batch, derivative='none', kind='dims', origin='rules/reductions.yaml:119'
    ),
    "aten::argmin": Rules(
        batch=argmin_batch, derivative='none', kind='dims', origin='rules/reductions.yaml:120'
    ),
    "aten::all": Rules(
        decompose=all_decompose, derivative='none', kind='decompose', origin='rules/reductions.yaml:123'
    ),
    "aten::all.dim": Rules(
        batch=all_dim_batch, derivative='none', kind='dims', origin='rules/reductions.yaml:124'
    ),
    "aten::all.dims": Rules(
        batch=all_dims_batch, derivative='none', kind='dims', origin='rules/reductions.yaml:125'
    ),
    "aten::any": Rules(
        decompose=any_decompose, derivative='none', kind='decompose', origin='rules/reductions.yaml:126'
    ),
    "aten::any.dim": Rules(
        batch=any_dim_batch, derivative='none', kind='dims', origin='rules/reductions.yaml:127'
    ),
    "aten::any.dims": Rules(
        batch=any_dims_batch, derivative='none', kind='dims', origin='rules/reductions.yaml:128'
    ),
    "aten::_is_all_true": Rules(
        batch=is_all_true_batch, derivative='none', kind='python', origin='rules/reductions.yaml:129'
    ),
    "aten::_is_any_true": Rules(
        batch=is_any_true_batch, derivative='none', kind='python', origin='rules/reductions.yaml:133'
    ),
    "aten::equal": Rules(
        batch=oplift_rules_reductions.equal_batch,
        derivative='none',
        kind='python',
        origin='rules/reductions.yaml:137',
    ),
    "aten::allclose": Rules(
        batch=oplift_rules_reductions.allclose_batch,
        derivative='none',
        kind='python',
        origin='rules/reductions.yaml:141',
    ),
    "aten::hash_tensor": Rules(
        batch=hash_tensor_batch, derivative='none', kind='dims', origin='rules/reductions.yaml:145'
    ),
    "aten::histc": Rules(
        batch=oplift_rules_reductions.histc_batch,
        derivative='none',
        kind='python',
        origin='rules/reductions.yaml:146',
    ),
    "aten::bincount": Rules(
        batch=oplift_rules_reductions.bincount_batch,
        derivative='none',
        kind='python',
        origin='rules/reductions.yaml:147',
    ),
    "aten::var.correction": Rules(
        batch=var_correction_batch,
        jvp=var_correction_jvp,
        vjp=var_correction_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:153',
    ),
    "aten::std.correction": Rules(
        batch=std_correction_batch,
        jvp=std_correction_jvp,
        vjp=std_correction_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:157',
    ),
    "aten::var_mean.correction": Rules(
        batch=var_mean_correction_batch,
        jvp=var_mean_correction_jvp,
        vjp=var_mean_correction_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:161',
    ),
    "aten::std_mean.correction": Rules(
        batch=std_mean_correction_batch,
        jvp=std_mean_correction_jvp,
        vjp=std_mean_correction_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:168',
    ),
    "aten::var": Rules(decompose=var_decompose, kind='decompose', origin='rules/reductions.yaml:177'),
    "aten::var.dim": Rules(decompose=var_dim_decompose, kind='decompose', origin='rules/reductions.yaml:178'),
    "aten::std": Rules(decompose=std_decompose, kind='decompose', origin='rules/reductions.yaml:179'),
    "aten::std.dim": Rules(decompose=std_dim_decompose, kind='decompose', origin='rules/reductions.yaml:180'),
    "aten::var_mean": Rules(
        decompose=var_mean_decompose, kind='decompose', origin='rules/reductions.yaml:181'
    ),
    "aten::var_mean.dim": Rules(
        decompose=var_mean_dim_decompose, kind='decompose', origin='rules/reductions.yaml:182'
    ),
    "aten::std_mean": Rules(
        decompose=std_mean_decompose, kind='decompose', origin='rules/reductions.yaml:185'
    ),
    "aten::std_mean.dim": Rules(
        decompose=std_mean_dim_decompose, kind='decompose', origin='rules/reductions.yaml:186'
    ),
    "aten::linalg_vector_norm": Rules(
        batch=linalg_vector_norm_batch,
        jvp=linalg_vector_norm_jvp,
        vjp=linalg_vector_norm_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:189',
    ),
    "aten::norm.Scalar": Rules(
        decompose=norm_Scalar_decompose, kind='decompose', origin='rules/reductions.yaml:193'
    ),
    "aten::norm.ScalarOpt_dtype": Rules(
        decompose=norm_ScalarOpt_dtype_decompose, kind='decompose', origin='rules/reductions.yaml:194'
    ),
    "aten::norm.ScalarOpt_dim": Rules(
        decompose=norm_ScalarOpt_dim_decompose, kind='decompose', origin='rules/reductions.yaml:198'
    ),
    "aten::norm.ScalarOpt_dim_dtype": Rules(
        decompose=norm_ScalarOpt_dim_dtype_decompose, kind='decompose', origin='rules/reductions.yaml:201'
    ),
    "aten::dist": Rules(decompose=dist_decompose, kind='decompose', origin='rules/reductions.yaml:205'),
    "aten::renorm": Rules(decompose=renorm, kind='decompose', origin='rules/reductions.yaml:206'),
    "aten::cumsum": Rules(
        batch=cumsum_batch,
        jvp=cumsum_jvp,
        vjp=cumsum_vjp,
        kind='dims',
        form='linear',
        origin='rules/reductions.yaml:209',
    ),
    "aten::cumprod": Rules(
        batch=cumprod_batch,
        jvp=cumprod_jvp,
        vjp=cumprod_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:212',
    ),
    "aten::cummax": Rules(
        batch=cummax_batch,
        jvp=cummax_jvp,
        vjp=cummax_vjp,
        nondiff_outputs=(1,),
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:216',
    ),
    "aten::cummin": Rules(
        batch=cummin_batch,
        jvp=cummin_jvp,
        vjp=cummin_vjp,
        nondiff_outputs=(1,),
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:222',
    ),
    "aten::logcumsumexp": Rules(
        batch=logcumsumexp_batch,
        jvp=logcumsumexp_jvp,
        vjp=logcumsumexp_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:228',
    ),
    "aten::logsumexp": Rules(
        batch=logsumexp_batch,
        jvp=logsumexp_jvp,
        vjp=logsumexp_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:234',
    ),
    "aten::_softmax": Rules(
        batch=_softmax_batch,
        jvp=_softmax_jvp,
        vjp=_softmax_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:239',
    ),
    "aten::_safe_softmax": Rules(
        batch=_safe_softmax_batch,
        jvp=_safe_softmax_jvp,
        vjp=_safe_softmax_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:243',
    ),
    "aten::_softmax_backward_data": Rules(
        batch=_softmax_backward_data_batch,
        jvp=_softmax_backward_data_jvp,
        vjp=_softmax_backward_data_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:247',
    ),
    "aten::_log_softmax": Rules(
        batch=_log_softmax_batch,
        jvp=_log_softmax_jvp,
        vjp=_log_softmax_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:256',
    ),
    "aten::_log_softmax_backward_data": Rules(
        batch=_log_softmax_backward_data_batch,
        jvp=_log_softmax_backward_data_jvp,
        vjp=_log_softmax_backward_data_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:260',
    ),
    "aten::softmax.int": Rules(
        decompose=softmax_int_decompose, kind='decompose', origin='rules/reductions.yaml:269'
    ),
    "aten::log_softmax.int": Rules(
        decompose=log_softmax_int_decompose, kind='decompose', origin='rules/reductions.yaml:270'
    ),
    "aten::special_softmax": Rules(
        decompose=special_softmax_decompose, kind='decompose', origin='rules/reductions.yaml:271'
    ),
    "aten::special_log_softmax": Rules(
        decompose=special_log_softmax_decompose, kind='decompose', origin='rules/reductions.yaml:272'
    ),
    "aten::special_logsumexp": Rules(
        decompose=special_logsumexp_decompose, kind='decompose', origin='rules/reductions.yaml:273'
    ),
    "aten::glu": Rules(
        batch=glu_batch,
        jvp=glu_jvp,
        vjp=glu_vjp,
        kind='dims',
        form='formulas',
        origin='rules/reductions.yaml:277',
    ),
    "aten::glu_backward": Rules(
        batch=glu_backward_batch, decompose=glu_backward, kind='dims', origin='rules/reductions.yaml:281'
    ),
}
