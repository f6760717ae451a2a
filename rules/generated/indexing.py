"""Rules from rules/indexing.yaml; do not edit, run `make gen`.

source sha256: ccbd6d7c0329dfe1959980b7def10790d459f83434fdf5450e1d1b9369fe0b20
torch: 2.13
"""

from __future__ import annotations

import torch

import oplift.rules.embedding as oplift_rules_embedding
import oplift.rules.indexing as oplift_rules_indexing
import oplift.rules.scatter as oplift_rules_scatter
import oplift.rules.searching as oplift_rules_searching
from oplift.rule import Rules
from oplift.rules.embedding import (
    embedding_bag,
    embedding_bag_backward,
    embedding_bag_batch,
    embedding_bag_dense_backward,
    embedding_bag_jvp,
    embedding_bag_samples_backward,
    embedding_bag_vjp,
    embedding_double_backward,
    embedding_renorm,
    once_scaled,
)
from oplift.rules.formulas import adj, tangent_or_zeros
from oplift.rules.indexing import (
    filled,
    gather_transpose,
    index_batch,
    index_fill_batch,
    index_put_values,
    index_reduce,
    index_rows,
    index_select_transpose,
    index_transpose,
    masked_index,
    masked_index_put,
    masked_scatter,
    masked_scatter_backward,
    masked_select,
    sort_transpose,
)
from oplift.rules.kinds import Deferred, shift_dim, spread, squeeze_last
from oplift.rules.scatter import gathered, scatter_reduce_tangent, scatter_reduced, segment_reduce_backward
from oplift.rules.searching import (
    bucketize,
    bucketize_scalar,
    histogram_bins_batch,
    histogram_count_batch,
    histogramdd_bins_batch,
    histogramdd_edges_batch,
    isin_batch,
    isin_element,
    isin_scalar,
    searchsorted_batch,
    searchsorted_scalar,
    unique_batch,
    unique_jvp,
    unique_vjp,
)
from oplift.rules.shape import one_hot

_unsafe_index_put_op = Deferred(globals(), "_unsafe_index_put_op", "aten::_unsafe_index_put")
_unsafe_index_Tensor_op = Deferred(globals(), "_unsafe_index_Tensor_op", "aten::_unsafe_index.Tensor")
embedding_dense_backward_op = Deferred(
    globals(), "embedding_dense_backward_op", "aten::embedding_dense_backward"
)
index_put_op = Deferred(globals(), "index_put_op", "aten::index_put")
index_Tensor_op = Deferred(globals(), "index_Tensor_op", "aten::index.Tensor")
sort_stable_op = Deferred(globals(), "sort_stable_op", "aten::sort.stable")
unique_consecutive_op = Deferred(globals(), "unique_consecutive_op", "aten::unique_consecutive")
unique_dim_consecutive_op = Deferred(globals(), "unique_dim_consecutive_op", "aten::unique_dim_consecutive")
unique_dim_op = Deferred(globals(), "unique_dim_op", "aten::unique_dim")


# rules/indexing.yaml:5 aten::index.Tensor
def index_Tensor_jvp(tangents, self, indices):
    self_t = tangents[0]
    result = index_Tensor_op(self, indices)
    if self_t is None:
        tangent = None
    else:
        tangent = index_Tensor_op(self_t, indices)
    return result, tangent


def index_Tensor_vjp(needs, self, indices):
    needs_self = needs[0]
    result = index_Tensor_op(self, indices)
    self_shape = self.shape

    def index_Tensor_pullback(grad):
        self_ct = index_transpose(grad, self_shape, indices) if needs_self else None
        return (self_ct, None)

    return result, index_Tensor_pullback


# rules/indexing.yaml:9 aten::_unsafe_index.Tensor
def _unsafe_index_Tensor_jvp(tangents, self, indices):
    self_t = tangents[0]
    result = _unsafe_index_Tensor_op(self, indices)
    if self_t is None:
        tangent = None
    else:
        tangent = _unsafe_index_Tensor_op(self_t, indices)
    return result, tangent


def _unsafe_index_Tensor_vjp(needs, self, indices):
    needs_self = needs[0]
    result = _unsafe_index_Tensor_op(self, indices)
    self_shape = self.shape

    def _unsafe_index_Tensor_pullback(grad):
        self_ct = index_transpose(grad, self_shape, indices) if needs_self else None
        return (self_ct, None)

    return result, _unsafe_index_Tensor_pullback


# rules/indexing.yaml:14 aten::index_put
def index_put_jvp(tangents, self, indices, values, accumulate=False):
    self_t = tangents[0]
    values_t = tangents[2]
    result = index_put_op(self, indices, values, accumulate)
    if self_t is None and values_t is None:
        tangent = None
    else:
        self_t = tangent_or_zeros(self_t, self)
        values_t = tangent_or_zeros(values_t, values)
        tangent = index_put_op(self_t, indices, values_t, accumulate)
    return result, tangent


def index_put_vjp(needs, self, indices, values, accumulate=False):
    needs_self = needs[0]
    needs_values = needs[2]
    result = index_put_op(self, indices, values, accumulate)
    values_shape = values.shape

    def index_put_pullback(grad):
        self_ct = (
            grad if accumulate else index_put_op(grad, indices, grad.new_zeros([]))
        ) if needs_self else None
        values_ct = index_put_values(grad, indices, values_shape) if needs_values else None
        return (self_ct, None, values_ct)

    return result, index_put_pullback


# rules/indexing.yaml:20 aten::_unsafe_index_put
def _unsafe_index_put_jvp(tangents, self, indices, values, accumulate=False):
    self_t = tangents[0]
    values_t = tangents[2]
    result = _unsafe_index_put_op(self, indices, values, accumulate)
    if self_t is None and values_t is None:
        tangent = None
    else:
        self_t = tangent_or_zeros(self_t, self)
        values_t = tangent_or_zeros(values_t, values)
        tangent = _unsafe_index_put_op(self_t, indices, values_t, accumulate)
    return result, tangent


def _unsafe_index_put_vjp(needs, self, indices, values, accumulate=False):
    needs_self = needs[0]
    needs_values = needs[2]
    result = _unsafe_index_put_op(self, indices, values, accumulate)
    values_shape = values.shape

    def _unsafe_index_put_pullback(grad):
        self_ct = (
            grad if accumulate else index_put_op(grad, indices, grad.new_zeros([]))
        ) if needs_self else None
        values_ct = index_put_values(grad, indices, values_shape) if needs_values else None
        return (self_ct, None, values_ct)

    return result, _unsafe_index_put_pullback


# rules/indexing.yaml:31 aten::take
def take_decompose(self, index):
    return index_Tensor_op(self.reshape([-1]), [index])


# rules/indexing.yaml:32 aten::put
def put_jvp(tangents, self, index, source, accumulate=False):
    self_t = tangents[0]
    source_t = tangents[2]
    result = self.put(index, source, accumulate)
    if self_t is None and source_t is None:
        tangent = None
    else:
        self_t = tangent_or_zeros(self_t, self)
        source_t = tangent_or_zeros(source_t, source)
        tangent = self_t.put(index, source_t, accumulate)
    return result, tangent


def put_vjp(needs, self, index, source, accumulate=False):
    needs_self = needs[0]
    needs_source = needs[2]
    result = self.put(index, source, accumulate)
    index_shape = index.shape
    source_shape = source.shape

    def put_pullback(grad):
        self_ct = (
            grad if accumulate else grad.put(index, grad.new_zeros(index_shape))
        ) if needs_self else None
        source_ct = grad.take(index).reshape(source_shape) if needs_source else None
        return (self_ct, None, source_ct)

    return result, put_pullback


def put_decompose(self, index, source, accumulate=False):
    return index_put_op(
        self.reshape([-1]), [index], source.reshape(index.shape), accumulate
    ).reshape(self.shape)


# rules/indexing.yaml:42 aten::index_select
def index_select_jvp(tangents, self, dim, index):
    self_t = tangents[0]
    result = self.index_select(dim, index)
    if self_t is None:
        tangent = None
    else:
        tangent = self_t.index_select(dim, index)
    return result, tangent


def index_select_vjp(needs, self, dim, index):
    needs_self = needs[0]
    result = self.index_select(dim, index)
    self_shape = self.shape

    def index_select_pullback(grad):
        self_ct = index_select_transpose(grad, self_shape, dim, index) if needs_self else None
        return (self_ct, None)

    return result, index_select_pullback


# rules/indexing.yaml:46 aten::index_add
def index_add_jvp(tangents, self, dim, index, source, alpha=1):
    self_t = tangents[0]
    source_t = tangents[2]
    result = self.index_add(dim, index, source, alpha=alpha)
    if self_t is None and source_t is None:
        tangent = None
    else:
        self_t = tangent_or_zeros(self_t, self)
        source_t = tangent_or_zeros(source_t, source)
        tangent = self_t.index_add(dim, index, source_t, alpha=alpha)
    return result, tangent


def index_add_vjp(needs, self, dim, index, source, alpha=1):
    needs_self = needs[0]
    needs_source = needs[2]
    result = self.index_add(dim, index, source, alpha=alpha)
    source_shape = source.shape
    if not needs_source:
        index = None

    def index_add_pullback(grad):
        self_ct = grad if needs_self else None
        source_ct = index_rows(grad, dim, index, source_shape) * adj(alpha) if needs_source else None
        return (self_ct, None, source_ct)

    return result, index_add_pullback


# rules/indexing.yaml:50 aten::index_copy
def index_copy_jvp(tangents, self, dim, index, source):
    self_t = tangents[0]
    source_t = tangents[2]
    result = self.index_copy(dim, index, source)
    if self_t is None and source_t is None:
        tangent = None
    else:
        self_t = tangent_or_zeros(self_t, self)
        source_t = tangent_or_zeros(source_t, source)
        tangent = self_t.index_copy(dim, index, source_t)
    return result, tangent


def index_copy_vjp(needs, self, dim, index, source):
    needs_self = needs[0]
    needs_source = needs[2]
    result = self.index_copy(dim, index, source)
    source_shape = source.shape

    def index_copy_pullback(grad):
        self_ct = grad.index_fill(dim, index, 0) if needs_self else None
        source_ct = index_rows(grad, dim, index, source_shape) if needs_source else None
        return (self_ct, None, source_ct)

    return result, index_copy_pullback


# rules/indexing.yaml:54 aten::index_fill.int_Scalar
def index_fill_int_Scalar_jvp(tangents, self, dim, index, value):
    self_t = tangents[0]
    result = self.index_fill(dim, index, value)
    tangent = None
    if self_t is not None:
        tangent = self_t.index_fill(dim, index, 0)
    return result, tangent


def index_fill_int_Scalar_vjp(needs, self, dim, index, value):
    needs_self = needs[0]
    result = self.index_fill(dim, index, value)

    def index_fill_int_Scalar_pullback(grad):
        self_ct = grad.index_fill(dim, index, 0) if needs_self else None
        return (self_ct, None)

    return result, index_fill_int_Scalar_pullback


# rules/indexing.yaml:59 aten::index_fill.int_Tensor
def index_fill_int_Tensor_jvp(tangents, self, dim, index, value):
    self_t = tangents[0]
    value_t = tangents[2]
    result = self.index_fill(dim, index, value)
    if self_t is None and value_t is None:
        tangent = None
    else:
        self_t = tangent_or_zeros(self_t, self)
        value_t = tangent_or_zeros(value_t, value)
        tangent = self_t.index_fill(dim, index, value_t)
    return result, tangent


def index_fill_int_Tensor_vjp(needs, self, dim, index, value):
    needs_self = needs[0]
    needs_value = needs[2]
    result = self.index_fill(dim, index, value)

    def index_fill_int_Tensor_pullback(grad):
        self_ct = grad.index_fill(dim, index, 0) if needs_self else None
        value_ct = filled(grad, dim, index) if needs_value else None
        return (self_ct, None, value_ct)

    return result, index_fill_int_Tensor_pullback


# rules/indexing.yaml:66 aten::gather
def gather_batch(batch_size, batched, self, dim, index, sparse_grad=False):
    self = spread(batch_size, batched[0], self)
    index = spread(batch_size, batched[1], index)
    scalar = index.ndim == 1
    if self.ndim == 1:
        self = self.unsqueeze(-1)
    if scalar:
        index = index.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.gather(dim, index, sparse_grad=sparse_grad)
    return squeeze_last(result) if scalar else result


def gather_jvp(tangents, self, dim, index, sparse_grad=False):
    self_t = tangents[0]
    result = self.gather(dim, index, sparse_grad=sparse_grad)
    if self_t is None:
        tangent = None
    else:
        tangent = self_t.gather(dim, index, sparse_grad=sparse_grad)
    return result, tangent


def gather_vjp(needs, self, dim, index, sparse_grad=False):
    needs_self = needs[0]
    result = self.gather(dim, index, sparse_grad=sparse_grad)
    self_shape = self.shape

    def gather_pullback(grad):
        self_ct = gather_transpose(grad, self_shape, dim, index) if needs_self else None
        return (self_ct, None)

    return result, gather_pullback


# rules/indexing.yaml:70 aten::scatter.src
def scatter_src_batch(batch_size, batched, self, dim, index, src):
    self = spread(batch_size, batched[0], self)
    index = spread(batch_size, batched[1], index)
    src = spread(batch_size, batched[2], src)
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    if index.ndim == 1:
        index = index.unsqueeze(-1)
    if src.ndim == 1:
        src = src.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.scatter(dim, index, src)
    return squeeze_last(result) if scalar else result


def scatter_src_jvp(tangents, self, dim, index, src):
    self_t = tangents[0]
    src_t = tangents[2]
    result = self.scatter(dim, index, src)
    if self_t is None and src_t is None:
        tangent = None
    else:
        self_t = tangent_or_zeros(self_t, self)
        src_t = tangent_or_zeros(src_t, src)
        tangent = self_t.scatter(dim, index, src_t)
    return result, tangent


def scatter_src_vjp(needs, self, dim, index, src):
    needs_self = needs[0]
    needs_src = needs[2]
    result = self.scatter(dim, index, src)
    src_shape = src.shape

    def scatter_src_pullback(grad):
        self_ct = grad.scatter(dim, index, 0) if needs_self else None
        src_ct = gathered(grad, dim, index, src_shape) if needs_src else None
        return (self_ct, None, src_ct)

    return result, scatter_src_pullback


# rules/indexing.yaml:74 aten::scatter.value
def scatter_value_batch(batch_size, batched, self, dim, index, value):
    self = spread(batch_size, batched[0], self)
    index = spread(batch_size, batched[1], index)
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    if index.ndim == 1:
        index = index.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.scatter(dim, index, value)
    return squeeze_last(result) if scalar else result


def scatter_value_jvp(tangents, self, dim, index, value):
    self_t = tangents[0]
    result = self.scatter(dim, index, value)
    tangent = None
    if self_t is not None:
        tangent = self_t.scatter(dim, index, 0)
    return result, tangent


def scatter_value_vjp(needs, self, dim, index, value):
    needs_self = needs[0]
    result = self.scatter(dim, index, value)

    def scatter_value_pullback(grad):
        self_ct = grad.scatter(dim, index, 0) if needs_self else None
        return (self_ct, None)

    return result, scatter_value_pullback


# rules/indexing.yaml:79 aten::scatter.reduce
def scatter_reduce_decompose(self, dim, index, src, reduce):
    return scatter_reduced(self, dim, index, src, reduce)


# rules/indexing.yaml:80 aten::scatter.value_reduce
def scatter_value_reduce_decompose(self, dim, index, value, reduce):
    return scatter_reduced(self, dim, index, value, reduce)


# rules/indexing.yaml:84 aten::scatter_add
def scatter_add_batch(batch_size, batched, self, dim, index, src):
    self = spread(batch_size, batched[0], self)
    index = spread(batch_size, batched[1], index)
    src = spread(batch_size, batched[2], src)
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    if index.ndim == 1:
        index = index.unsqueeze(-1)
    if src.ndim == 1:
        src = src.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.scatter_add(dim, index, src)
    return squeeze_last(result) if scalar else result


def scatter_add_jvp(tangents, self, dim, index, src):
    self_t = tangents[0]
    src_t = tangents[2]
    result = self.scatter_add(dim, index, src)
    if self_t is None and src_t is None:
        tangent = None
    else:
        self_t = tangent_or_zeros(self_t, self)
        src_t = tangent_or_zeros(src_t, src)
        tangent = self_t.scatter_add(dim, index, src_t)
    return result, tangent


def scatter_add_vjp(needs, self, dim, index, src):
    needs_self = needs[0]
    needs_src = needs[2]
    result = self.scatter_add(dim, index, src)
    src_shape = src.shape
    if not needs_src:
        index = None

    def scatter_add_pullback(grad):
        self_ct = grad if needs_self else None
        src_ct = gathered(grad, dim, index, src_shape) if needs_src else None
        return (self_ct, None, src_ct)

    return result, scatter_add_pullback


# rules/indexing.yaml:88 aten::scatter_reduce.two
def scatter_reduce_two_batch(batch_size, batched, self, dim, index, src, reduce, include_self=True):
    self = spread(batch_size, batched[0], self)
    index = spread(batch_size, batched[1], index)
    src = spread(batch_size, batched[2], src)
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    if index.ndim == 1:
        index = index.unsqueeze(-1)
    if src.ndim == 1:
        src = src.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.scatter_reduce(dim, index, src, reduce, include_self=include_self)
    return squeeze_last(result) if scalar else result


def scatter_reduce_two_jvp(tangents, self, dim, index, src, reduce, include_self=True):
    self_t = tangents[0]
    src_t = tangents[2]
    result = self.scatter_reduce(dim, index, src, reduce, include_self=include_self)
    tangent = None
    if self_t is not None or src_t is not None:
        tangent = scatter_reduce_tangent(self_t, src_t, self, dim, index, src, reduce, include_self, result)
    return result, tangent


def scatter_reduce_two_vjp(needs, self, dim, index, src, reduce, include_self=True):
    needs_self = needs[0]
    needs_src = needs[2]
    result = self.scatter_reduce(dim, index, src, reduce, include_self=include_self)

    def scatter_reduce_two_pullback(grad):
        self_ct = src_ct = None
        if needs_self or needs_src:
            self_ct, src_ct = oplift_rules_scatter.scatter_reduce_vjp(
                [needs_self, needs_src], grad, result, self, dim, index, src, reduce, include_self
            )
        return (self_ct, None, src_ct)

    return result, scatter_reduce_two_pullback


# rules/indexing.yaml:93 aten::segment_reduce
def segment_reduce_jvp(
    tangents, data, reduce, lengths=None, indices=None, offsets=None, axis=0, unsafe=False, initial=None
):
    result = torch.segment_reduce(
        data,
        reduce,
        lengths=lengths,
        indices=indices,
        offsets=offsets,
        axis=axis,
        unsafe=unsafe,
        initial=initial,
    )
    tangent = oplift_rules_scatter.segment_reduce_jvp(
        tangents, result, data, reduce, lengths, indices, offsets, axis, unsafe, initial
    )
    return result, tangent


def segment_reduce_vjp(
    needs, data, reduce, lengths=None, indices=None, offsets=None, axis=0, unsafe=False, initial=None
):
    result = torch.segment_reduce(
        data,
        reduce,
        lengths=lengths,
        indices=indices,
        offsets=offsets,
        axis=axis,
        unsafe=unsafe,
        initial=initial,
    )

    def segment_reduce_pullback(grad):
        return oplift_rules_scatter.segment_reduce_vjp(
            needs, grad, result, data, reduce, lengths, indices, offsets, axis, unsafe, initial
        )

    return result, segment_reduce_pullback


# rules/indexing.yaml:121 aten::embedding
def embedding_jvp(tangents, weight, indices, padding_idx=-1, scale_grad_by_freq=False, sparse=False):
    weight_t = tangents[0]
    result = torch.embedding(weight, indices, padding_idx, scale_grad_by_freq, sparse)
    if weight_t is None:
        tangent = None
    else:
        tangent = torch.embedding(weight_t, indices, padding_idx, scale_grad_by_freq, sparse)
    return result, tangent


def embedding_vjp(needs, weight, indices, padding_idx=-1, scale_grad_by_freq=False, sparse=False):
    needs_weight = needs[0]
    result = torch.embedding(weight, indices, padding_idx, scale_grad_by_freq, sparse)
    weight_shape = weight.shape

    def embedding_pullback(grad):
        weight_ct = embedding_dense_backward_op(
            grad, indices, weight_shape[0], padding_idx, scale_grad_by_freq
        ) if needs_weight else None
        return (weight_ct, None)

    return result, embedding_pullback


# rules/indexing.yaml:125 aten::embedding_dense_backward
def embedding_dense_backward_jvp(
    tangents, grad_output, indices, num_weights, padding_idx, scale_grad_by_freq
):
    grad_output_t = tangents[0]
    result = embedding_dense_backward_op(grad_output, indices, num_weights, padding_idx, scale_grad_by_freq)
    tangent = None
    if grad_output_t is not None:
        tangent = embedding_dense_backward_op(
            grad_output_t, indices, num_weights, padding_idx, once_scaled(scale_grad_by_freq)
        )
    return result, tangent


def embedding_dense_backward_vjp(needs, grad_output, indices, num_weights, padding_idx, scale_grad_by_freq):
    needs_grad_output = needs[0]
    result = embedding_dense_backward_op(grad_output, indices, num_weights, padding_idx, scale_grad_by_freq)

    def embedding_dense_backward_pullback(grad):
        grad_output_ct = embedding_double_backward(grad, indices, padding_idx) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, embedding_dense_backward_pullback


# rules/indexing.yaml:138 aten::_embedding_bag
def _embedding_bag_jvp(
    tangents,
    weight,
    indices,
    offsets,
    scale_grad_by_freq=False,
    mode=0,
    sparse=False,
    per_sample_weights=None,
    include_last_offset=False,
    padding_idx=-1,
):
    outputs = torch._embedding_bag(
        weight,
        indices,
        offsets,
        scale_grad_by_freq,
        mode,
        sparse,
        per_sample_weights,
        include_last_offset,
        padding_idx,
    )
    result0, result1, result2, result3 = outputs
    tangent = embedding_bag_jvp(
        tangents,
        outputs,
        weight,
        indices,
        offsets,
        scale_grad_by_freq,
        mode,
        sparse,
        per_sample_weights,
        include_last_offset,
        padding_idx,
    )
    return outputs, tangent


def _embedding_bag_vjp(
    needs,
    weight,
    indices,
    offsets,
    scale_grad_by_freq=False,
    mode=0,
    sparse=False,
    per_sample_weights=None,
    include_last_offset=False,
    padding_idx=-1,
):
    outputs = torch._embedding_bag(
        weight,
        indices,
        offsets,
        scale_grad_by_freq,
        mode,
        sparse,
        per_sample_weights,
        include_last_offset,
        padding_idx,
    )
    result0, result1, result2, result3 = outputs

    def _embedding_bag_pullback(grads):
        grad = grads[0]
        return embedding_bag_vjp(
            needs,
            grads,
            outputs,
            weight,
            indices,
            offsets,
            scale_grad_by_freq,
            mode,
            sparse,
            per_sample_weights,
            include_last_offset,
            padding_idx,
        )

    return outputs, _embedding_bag_pullback


# rules/indexing.yaml:165 aten::sort
def sort_batch(batch_size, batched, self, dim=-1, descending=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.sort(dim, descending)
    return squeeze_last(result) if scalar else result


def sort_jvp(tangents, self, dim=-1, descending=False):
    self_t = tangents[0]
    outputs = self.sort(dim, descending)
    values, indices = outputs
    values_t = self_t.gather(dim, indices)
    return outputs, (values_t, None)


def sort_vjp(needs, self, dim=-1, descending=False):
    outputs = self.sort(dim, descending)
    values, indices = outputs
    self_shape = self.shape

    def sort_pullback(grads):
        grad = grads[0]
        return (sort_transpose(grad, self_shape, dim, indices),)

    return outputs, sort_pullback


# rules/indexing.yaml:170 aten::sort.stable
def sort_stable_batch(batch_size, batched, self, stable, dim=-1, descending=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = sort_stable_op(self, stable, dim, descending)
    return squeeze_last(result) if scalar else result


def sort_stable_jvp(tangents, self, stable, dim=-1, descending=False):
    self_t = tangents[0]
    outputs = sort_stable_op(self, stable, dim, descending)
    values, indices = outputs
    values_t = self_t.gather(dim, indices)
    return outputs, (values_t, None)


def sort_stable_vjp(needs, self, stable, dim=-1, descending=False):
    outputs = sort_stable_op(self, stable, dim, descending)
    values, indices = outputs
    self_shape = self.shape

    def sort_stable_pullback(grads):
        grad = grads[0]
        return (sort_transpose(grad, self_shape, dim, indices),)

    return outputs, sort_stable_pullback


# rules/indexing.yaml:175 aten::topk
def topk_batch(batch_size, batched, self, k, dim=-1, largest=True, sorted=True):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.topk(k, dim, largest, sorted)
    return squeeze_last(result) if scalar else result


def topk_jvp(tangents, self, k, dim=-1, largest=True, sorted=True):
    self_t = tangents[0]
    outputs = self.topk(k, dim, largest, sorted)
    values, indices = outputs
    values_t = self_t.gather(dim, indices)
    return outputs, (values_t, None)


def topk_vjp(needs, self, k, dim=-1, largest=True, sorted=True):
    outputs = self.topk(k, dim, largest, sorted)
    values, indices = outputs
    self_shape = self.shape

    def topk_pullback(grads):
        grad = grads[0]
        return (sort_transpose(grad, self_shape, dim, indices),)

    return outputs, topk_pullback


# rules/indexing.yaml:180 aten::msort
def msort_decompose(self):
    return self.sort(0)[0]


# rules/indexing.yaml:181 aten::argsort
def argsort_batch(batch_size, batched, self, dim=-1, descending=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.argsort(dim, descending)
    return squeeze_last(result) if scalar else result


# rules/indexing.yaml:184 aten::argsort.stable
def argsort_stable_batch(batch_size, batched, self, stable, dim=-1, descending=False):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.argsort(stable=stable, dim=dim, descending=descending)
    return squeeze_last(result) if scalar else result


# rules/indexing.yaml:212 aten::_unique
def _unique_decompose(self, sorted=True, return_inverse=False):
    return torch._unique2(self, sorted, return_inverse)[:2]


# rules/indexing.yaml:216 aten::_unique2
def _unique2_jvp(tangents, self, sorted=True, return_inverse=False, return_counts=False):
    outputs = torch._unique2(self, sorted, return_inverse, return_counts)
    result0, result1, result2 = outputs
    tangent = unique_jvp(tangents, outputs, self, sorted, return_inverse, return_counts)
    return outputs, tangent


def _unique2_vjp(needs, self, sorted=True, return_inverse=False, return_counts=False):
    outputs = torch._unique2(self, sorted, return_inverse, return_counts)
    result0, result1, result2 = outputs

    def _unique2_pullback(grads):
        grad = grads[0]
        return unique_vjp(needs, grads, outputs, self, sorted, return_inverse, return_counts)

    return outputs, _unique2_pullback


# rules/indexing.yaml:222 aten::unique_consecutive
def unique_consecutive_jvp(tangents, self, return_inverse=False, return_counts=False, dim=None):
    outputs = unique_consecutive_op(self, return_inverse, return_counts, dim)
    result0, result1, result2 = outputs
    tangent = unique_jvp(tangents, outputs, self, return_inverse, return_counts, dim)
    return outputs, tangent


def unique_consecutive_vjp(needs, self, return_inverse=False, return_counts=False, dim=None):
    outputs = unique_consecutive_op(self, return_inverse, return_counts, dim)
    result0, result1, result2 = outputs

    def unique_consecutive_pullback(grads):
        grad = grads[0]
        return unique_vjp(needs, grads, outputs, self, return_inverse, return_counts, dim)

    return outputs, unique_consecutive_pullback


# rules/indexing.yaml:228 aten::unique_dim
def unique_dim_jvp(tangents, self, dim, sorted=True, return_inverse=False, return_counts=False):
    outputs = unique_dim_op(self, dim, sorted, return_inverse, return_counts)
    result0, result1, result2 = outputs
    tangent = unique_jvp(tangents, outputs, self, dim, sorted, return_inverse, return_counts)
    return outputs, tangent


def unique_dim_vjp(needs, self, dim, sorted=True, return_inverse=False, return_counts=False):
    outputs = unique_dim_op(self, dim, sorted, return_inverse, return_counts)
    result0, result1, result2 = outputs

    def unique_dim_pullback(grads):
        grad = grads[0]
        return unique_vjp(needs, grads, outputs, self, dim, sorted, return_inverse, return_counts)

    return outputs, unique_dim_pullback


# rules/indexing.yaml:234 aten::unique_dim_consecutive
def unique_dim_consecutive_jvp(tangents, self, dim, return_inverse=False, return_counts=False):
    outputs = unique_dim_consecutive_op(self, dim, return_inverse, return_counts)
    result0, result1, result2 = outputs
    tangent = unique_jvp(tangents, outputs, self, dim, return_inverse, return_counts)
    return outputs, tangent


def unique_dim_consecutive_vjp(needs, self, dim, return_inverse=False, return_counts=False):
    outputs = unique_dim_consecutive_op(self, dim, return_inverse, return_counts)
    result0, result1, result2 = outputs

    def unique_dim_consecutive_pullback(grads):
        grad = grads[0]
        return unique_vjp(needs, grads, outputs, self, dim, return_inverse, return_counts)

    return outputs, unique_dim_consecutive_pullback


# rules/indexing.yaml:251 aten::_histogramdd_from_bin_cts
def _histogramdd_from_bin_cts_decompose(self, bins, range=None, weight=None, density=False):
    return torch._histogramdd_from_bin_tensors(
        self, torch._histogramdd_bin_edges(self, bins, range=range), weight=weight, density=density
    )


RULES = {
    "aten::index.Tensor": Rules(
        batch=index_batch,
        jvp=index_Tensor_jvp,
        vjp=index_Tensor_vjp,
        kind='python',
        form='linear',
        origin='rules/indexing.yaml:5',
    ),
    "aten::_unsafe_index.Tensor": Rules(
        batch=index_batch,
        jvp=_unsafe_index_Tensor_jvp,
        vjp=_unsafe_index_Tensor_vjp,
        kind='python',
        form='linear',
        origin='rules/indexing.yaml:9',
    ),
    "aten::index_put": Rules(
        batch=oplift_rules_indexing.index_put_batch,
        jvp=index_put_jvp,
        vjp=index_put_vjp,
        kind='python',
        form='linear',
        origin='rules/indexing.yaml:14',
    ),
    "aten::_unsafe_index_put": Rules(
        batch=oplift_rules_indexing.index_put_batch,
        jvp=_unsafe_index_put_jvp,
        vjp=_unsafe_index_put_vjp,
        kind='python',
        form='linear',
        origin='rules/indexing.yaml:20',
    ),
    "aten::_unsafe_masked_index": Rules(
        decompose=masked_index, kind='decompose', origin='rules/indexing.yaml:27'
    ),
    "aten::_unsafe_masked_index_put_accumulate": Rules(
        decompose=masked_index_put, kind='decompose', origin='rules/indexing.yaml:28'
    ),
    "aten::take": Rules(decompose=take_decompose, kind='decompose', origin='rules/indexing.yaml:31'),
    "aten::put": Rules(
        jvp=put_jvp,
        vjp=put_vjp,
        decompose=put_decompose,
        kind='decompose',
        form='linear',
        origin='rules/indexing.yaml:32',
    ),
    "aten::index_select": Rules(
        batch=oplift_rules_indexing.index_select_batch,
        jvp=index_select_jvp,
        vjp=index_select_vjp,
        kind='python',
        form='linear',
        origin='rules/indexing.yaml:42',
    ),
    "aten::index_add": Rules(
        batch=oplift_rules_indexing.index_add_batch,
        jvp=index_add_jvp,
        vjp=index_add_vjp,
        kind='python',
        form='linear',
        origin='rules/indexing.yaml:46',
    ),
    "aten::index_copy": Rules(
        batch=oplift_rules_indexing.index_copy_batch,
        jvp=index_copy_jvp,
        vjp=index_copy_vjp,
        kind='python',
        form='linear',
        origin='rules/indexing.yaml:50',
    ),
    "aten::index_fill.int_Scalar": Rules(
        batch=index_fill_batch,
        jvp=index_fill_int_Scalar_jvp,
        vjp=index_fill_int_Scalar_vjp,
        kind='python',
        form='formulas',
        origin='rules/indexing.yaml:54',
    ),
    "aten::index_fill.int_Tensor": Rules(
        batch=index_fill_batch,
        jvp=index_fill_int_Tensor_jvp,
        vjp=index_fill_int_Tensor_vjp,
        kind='python',
        form='linear',
        origin='rules/indexing.yaml:59',
    ),
    "aten::index_reduce": Rules(decompose=index_reduce, kind='decompose', origin='rules/indexing.yaml:63'),
    "aten::gather": Rules(
        batch=gather_batch,
        jvp=gather_jvp,
        vjp=gather_vjp,
        kind='dims',
        form='linear',
        origin='rules/indexing.yaml:66',
    ),
    "aten::scatter.src": Rules(
        batch=scatter_src_batch,
        jvp=scatter_src_jvp,
        vjp=scatter_src_vjp,
        kind='dims',
        form='linear',
        origin='rules/indexing.yaml:70',
    ),
    "aten::scatter.value": Rules(
        batch=scatter_value_batch,
        jvp=scatter_value_jvp,
        vjp=scatter_value_vjp,
        kind='dims',
        form='formulas',
        origin='rules/indexing.yaml:74',
    ),
    "aten::scatter.reduce": Rules(
        decompose=scatter_reduce_decompose, kind='decompose', origin='rules/indexing.yaml:79'
    ),
    "aten::scatter.value_reduce": Rules(
        decompose=scatter_value_reduce_decompose, kind='decompose', origin='rules/indexing.yaml:80'
    ),
    "aten::scatter_add": Rules(
        batch=scatter_add_batch,
        jvp=scatter_add_jvp,
        vjp=scatter_add_vjp,
        kind='dims',
        form='linear',
        origin='rules/indexing.yaml:84',
    ),
    "aten::scatter_reduce.two": Rules(
        batch=scatter_reduce_two_batch,
        jvp=scatter_reduce_two_jvp,
        vjp=scatter_reduce_two_vjp,
        kind='dims',
        form='formulas',
        origin='rules/indexing.yaml:88',
    ),
    "aten::segment_reduce": Rules(
        batch=oplift_rules_scatter.segment_reduce_batch,
        jvp=segment_reduce_jvp,
        vjp=segment_reduce_vjp,
        kind='python',
        form='python',
        origin='rules/indexing.yaml:93',
    ),
    "aten::_segment_reduce_backward": Rules(
        decompose=segment_reduce_backward, kind='decompose', origin='rules/indexing.yaml:98'
    ),
    "aten::masked_select": Rules(decompose=masked_select, kind='decompose', origin='rules/indexing.yaml:101'),
    "aten::masked_scatter": Rules(
        decompose=masked_scatter, kind='decompose', origin='rules/indexing.yaml:105'
    ),
    "aten::masked_scatter_backward": Rules(
        decompose=masked_scatter_backward, kind='decompose', origin='rules/indexing.yaml:106'
    ),
    "aten::nonzero": Rules(
        batch=oplift_rules_indexing.nonzero_batch,
        derivative='none',
        kind='python',
        origin='rules/indexing.yaml:107',
    ),
    "aten::nonzero_static": Rules(
        batch=oplift_rules_indexing.nonzero_static_batch,
        derivative='none',
        kind='python',
        origin='rules/indexing.yaml:111',
    ),
    "aten::one_hot": Rules(decompose=one_hot, kind='decompose', origin='rules/indexing.yaml:115'),
    "aten::embedding": Rules(
        batch=oplift_rules_embedding.embedding_batch,
        jvp=embedding_jvp,
        vjp=embedding_vjp,
        kind='python',
        form='linear',
        origin='rules/indexing.yaml:121',
    ),
    "aten::embedding_dense_backward": Rules(
        batch=oplift_rules_embedding.embedding_dense_backward_batch,
        jvp=embedding_dense_backward_jvp,
        vjp=embedding_dense_backward_vjp,
        kind='python',
        form='formulas',
        origin='rules/indexing.yaml:125',
    ),
    "aten::embedding_renorm": Rules(
        decompose=embedding_renorm,
        derivative='embedding_renorm rescales a table in place between steps; it is not part of what is differentiated',
        kind='decompose',
        origin='rules/indexing.yaml:134',
    ),
    "aten::_embedding_bag": Rules(
        batch=embedding_bag_batch,
        jvp=_embedding_bag_jvp,
        vjp=_embedding_bag_vjp,
        nondiff_outputs=(1, 2, 3),
        kind='python',
        form='python',
        origin='rules/indexing.yaml:138',
    ),
    "aten::_embedding_bag_forward_only": Rules(
        decompose=embedding_bag, kind='decompose', origin='rules/indexing.yaml:144'
    ),
    "aten::_embedding_bag_backward": Rules(
        decompose=embedding_bag_backward, kind='decompose', origin='rules/indexing.yaml:149'
    ),
    "aten::_embedding_bag_dense_backward": Rules(
        decompose=embedding_bag_dense_backward, kind='decompose', origin='rules/indexing.yaml:156'
    ),
    "aten::_embedding_bag_per_sample_weights_backward": Rules(
        decompose=embedding_bag_samples_backward, kind='decompose', origin='rules/indexing.yaml:160'
    ),
    "aten::sort": Rules(
        batch=sort_batch,
        jvp=sort_jvp,
        vjp=sort_vjp,
        nondiff_outputs=(1,),
        kind='dims',
        form='formulas',
        origin='rules/indexing.yaml:165',
    ),
    "aten::sort.stable": Rules(
        batch=sort_stable_batch,
        jvp=sort_stable_jvp,
        vjp=sort_stable_vjp,
        nondiff_outputs=(1,),
        kind='dims',
        form='formulas',
        origin='rules/indexing.yaml:170',
    ),
    "aten::topk": Rules(
        batch=topk_batch,
        jvp=topk_jvp,
        vjp=topk_vjp,
        nondiff_outputs=(1,),
        kind='dims',
        form='formulas',
        origin='rules/indexing.yaml:175',
    ),
    "aten::msort": Rules(decompose=msort_decompose, kind='decompose', origin='rules/indexing.yaml:180'),
    "aten::argsort": Rules(
        batch=argsort_batch, derivative='none', kind='dims', origin='rules/indexing.yaml:181'
    ),
    "aten::argsort.stable": Rules(
        batch=argsort_stable_batch, derivative='none', kind='dims', origin='rules/indexing.yaml:184'
    ),
    "aten::searchsorted.Tensor": Rules(
        batch=searchsorted_batch, derivative='none', kind='python', origin='rules/indexing.yaml:189'
    ),
    "aten::searchsorted.Scalar": Rules(
        decompose=searchsorted_scalar, derivative='none', kind='decompose', origin='rules/indexing.yaml:192'
    ),
    "aten::bucketize.Tensor": Rules(
        decompose=bucketize, derivative='none', kind='decompose', origin='rules/indexing.yaml:195'
    ),
    "aten::bucketize.Scalar": Rules(
        decompose=bucketize_scalar, derivative='none', kind='decompose', origin='rules/indexing.yaml:198'
    ),
    "aten::isin.Tensor_Tensor": Rules(
        batch=isin_batch, derivative='none', kind='python', origin='rules/indexing.yaml:201'
    ),
    "aten::isin.Tensor_Scalar": Rules(
        decompose=isin_scalar, derivative='none', kind='decompose', origin='rules/indexing.yaml:204'
    ),
    "aten::isin.Scalar_Tensor": Rules(
        decompose=isin_element, derivative='none', kind='decompose', origin='rules/indexing.yaml:207'
    ),
    "aten::_unique": Rules(decompose=_unique_decompose, kind='decompose', origin='rules/indexing.yaml:212'),
    "aten::_unique2": Rules(
        batch=unique_batch,
        jvp=_unique2_jvp,
        vjp=_unique2_vjp,
        nondiff_outputs=(1, 2),
        kind='python',
        form='python',
        origin='rules/indexing.yaml:216',
    ),
    "aten::unique_consecutive": Rules(
        batch=oplift_rules_searching.unique_consecutive_batch,
        jvp=unique_consecutive_jvp,
        vjp=unique_consecutive_vjp,
        nondiff_outputs=(1, 2),
        kind='python',
        form='python',
        origin='rules/indexing.yaml:222',
    ),
    "aten::unique_dim": Rules(
        batch=oplift_rules_searching.unique_dim_batch,
        jvp=unique_dim_jvp,
        vjp=unique_dim_vjp,
        nondiff_outputs=(1, 2),
        kind='python',
        form='python',
        origin='rules/indexing.yaml:228',
    ),
    "aten::unique_dim_consecutive": Rules(
        batch=oplift_rules_searching.unique_dim_consecutive_batch,
        jvp=unique_dim_consecutive_jvp,
        vjp=unique_dim_consecutive_vjp,
        nondiff_outputs=(1, 2),
        kind='python',
        form='python',
        origin='rules/indexing.yaml:234',
    ),
    "aten::histogram.bins_tensor": Rules(
        batch=histogram_bins_batch, derivative='none', kind='python', origin='rules/indexing.yaml:242'
    ),
    "aten::histogram.bin_ct": Rules(
        batch=histogram_count_batch, derivative='none', kind='python', origin='rules/indexing.yaml:245'
    ),
    "aten::_histogramdd_bin_edges": Rules(
        batch=histogramdd_edges_batch, derivative='none', kind='python', origin='rules/indexing.yaml:248'
    ),
    "aten::_histogramdd_from_bin_cts": Rules(
        decompose=_histogramdd_from_bin_cts_decompose,
        derivative='none',
        kind='decompose',
        origin='rules/indexing.yaml:251',
    ),
    "aten::_histogramdd_from_bin_tensors": Rules(
        batch=histogramdd_bins_batch, derivative='none', kind='python', origin='rules/indexing.yaml:256'
    ),
}
