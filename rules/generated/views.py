"""Rules from rules/views.yaml; do not edit, run `make gen`.

source sha256: a5e748590563110cd11ae2e52971224b8b776f89dce7608a8893ff00c6f822ee
torch: 2.13
"""

from __future__ import annotations

import torch

import oplift.rules.views as oplift_rules_views
from oplift.rule import Rules, operator
from oplift.rules.formulas import sum_to
from oplift.rules.kinds import (
    Deferred,
    low_rank,
    pad_rank,
    prepend,
    redispatch,
    shift_dim,
    shift_dims,
    squeeze_last,
)
from oplift.rules.views import (
    agreed,
    as_strided,
    as_strided_scatter,
    chunk_sizes,
    flat_shape,
    inverse_permutation,
    joined,
    moved_dims,
    narrow_places,
    narrow_start,
    no_matrices,
    piece_sizes,
    reversed_dims,
    section_sizes,
    slice_end,
    split_at,
    split_shape,
    stacked,
)

diagonal_backward_op = Deferred(globals(), "diagonal_backward_op", "aten::diagonal_backward")
mT_op = Deferred(globals(), "mT_op", "aten::mT")
select_backward_op = Deferred(globals(), "select_backward_op", "aten::select_backward")
slice_backward_op = Deferred(globals(), "slice_backward_op", "aten::slice_backward")
slice_Tensor_op = Deferred(globals(), "slice_Tensor_op", "aten::slice.Tensor")
split_sizes_op = Deferred(globals(), "split_sizes_op", "aten::split.sizes")
split_Tensor_op = Deferred(globals(), "split_Tensor_op", "aten::split.Tensor")
unfold_backward_op = Deferred(globals(), "unfold_backward_op", "aten::unfold_backward")


# rules/views.yaml:5 aten::view
def view_batch(batch_size, batched, self, size):
    size = prepend(batch_size, size, self)
    return self.reshape(size)


def view_jvp(tangents, self, size):
    self_t = tangents[0]
    result = self.reshape(size)
    tangent = self_t.reshape(size)
    return result, tangent


def view_vjp(needs, self, size):
    result = self.reshape(size)
    self_shape = self.shape

    def view_pullback(grad):
        return (grad.reshape(self_shape),)

    return result, view_pullback


def view_inverse(new, base, size):
    return new.reshape(base.shape)


# rules/views.yaml:9 aten::reshape
def reshape_batch(batch_size, batched, self, shape):
    shape = prepend(batch_size, shape, self)
    return self.reshape(shape)


def reshape_jvp(tangents, self, shape):
    self_t = tangents[0]
    result = self.reshape(shape)
    tangent = self_t.reshape(shape)
    return result, tangent


def reshape_vjp(needs, self, shape):
    result = self.reshape(shape)
    self_shape = self.shape

    def reshape_pullback(grad):
        return (grad.reshape(self_shape),)

    return result, reshape_pullback


def reshape_inverse(new, base, shape):
    return new.reshape(base.shape)


# rules/views.yaml:13 aten::_unsafe_view
def _unsafe_view_batch(batch_size, batched, self, size):
    size = prepend(batch_size, size, self)
    return self.reshape(size)


def _unsafe_view_jvp(tangents, self, size):
    self_t = tangents[0]
    result = self.reshape(size)
    tangent = self_t.reshape(size)
    return result, tangent


def _unsafe_view_vjp(needs, self, size):
    result = self.reshape(size)
    self_shape = self.shape

    def _unsafe_view_pullback(grad):
        return (grad.reshape(self_shape),)

    return result, _unsafe_view_pullback


# rules/views.yaml:16 aten::_reshape_alias
def _reshape_alias_decompose(self, size, stride):
    return self.reshape(size)


def _reshape_alias_inverse(new, base, size, stride):
    return new.reshape(base.shape)


# rules/views.yaml:21 aten::view_as
def view_as_decompose(self, other):
    return self.reshape(other.shape)


def view_as_inverse(new, base, other):
    return new.reshape(base.shape)


# rules/views.yaml:22 aten::reshape_as
def reshape_as_decompose(self, other):
    return self.reshape(other.shape)


def reshape_as_inverse(new, base, other):
    return new.reshape(base.shape)


# rules/views.yaml:23 aten::ravel
def ravel_decompose(self):
    return self.reshape([-1])


def ravel_inverse(new, base):
    return new.reshape(base.shape)


# rules/views.yaml:24 aten::flatten.using_ints
def flatten_using_ints_decompose(self, start_dim=0, end_dim=-1):
    return self.reshape(flat_shape(self.shape, start_dim, end_dim))


def flatten_using_ints_inverse(new, base, start_dim=0, end_dim=-1):
    return new.reshape(base.shape)


# rules/views.yaml:28 aten::unflatten.int
def unflatten_int_decompose(self, dim, sizes):
    return self.reshape(split_shape(self.shape, dim, sizes))


def unflatten_int_inverse(new, base, dim, sizes):
    return new.reshape(base.shape)


# rules/views.yaml:33 aten::view.dtype
def view_dtype_inverse(new, base, dtype):
    return new.view(base.dtype)


# rules/views.yaml:38 aten::unsqueeze
def unsqueeze_batch(batch_size, batched, self, dim):
    dim = shift_dim(dim, self.ndim)
    return self.unsqueeze(dim)


def unsqueeze_jvp(tangents, self, dim):
    self_t = tangents[0]
    result = self.unsqueeze(dim)
    tangent = self_t.unsqueeze(dim)
    return result, tangent


def unsqueeze_vjp(needs, self, dim):
    result = self.unsqueeze(dim)

    def unsqueeze_pullback(grad):
        return (grad.squeeze(dim),)

    return result, unsqueeze_pullback


def unsqueeze_inverse(new, base, dim):
    return new.squeeze(dim)


# rules/views.yaml:42 aten::squeeze
def squeeze_batch(batch_size, batched, self):
    return self.squeeze([i for i, n in enumerate(self.shape) if i and n == 1])


def squeeze_jvp(tangents, self):
    self_t = tangents[0]
    result = self.squeeze()
    tangent = self_t.squeeze()
    return result, tangent


def squeeze_vjp(needs, self):
    result = self.squeeze()
    self_shape = self.shape

    def squeeze_pullback(grad):
        return (grad.reshape(self_shape),)

    return result, squeeze_pullback


def squeeze_inverse(new, base):
    return new.reshape(base.shape)


# rules/views.yaml:46 aten::squeeze.dim
def squeeze_dim_batch(batch_size, batched, self, dim):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.squeeze(dim)
    return squeeze_last(result) if scalar else result


def squeeze_dim_jvp(tangents, self, dim):
    self_t = tangents[0]
    result = self.squeeze(dim)
    tangent = self_t.squeeze(dim)
    return result, tangent


def squeeze_dim_vjp(needs, self, dim):
    result = self.squeeze(dim)
    self_shape = self.shape

    def squeeze_dim_pullback(grad):
        return (grad.reshape(self_shape),)

    return result, squeeze_dim_pullback


def squeeze_dim_inverse(new, base, dim):
    return new.reshape(base.shape)


# rules/views.yaml:50 aten::squeeze.dims
def squeeze_dims_batch(batch_size, batched, self, dim):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1)
    result = self.squeeze(dim)
    return squeeze_last(result) if scalar else result


def squeeze_dims_jvp(tangents, self, dim):
    self_t = tangents[0]
    result = self.squeeze(dim)
    tangent = self_t.squeeze(dim)
    return result, tangent


def squeeze_dims_vjp(needs, self, dim):
    result = self.squeeze(dim)
    self_shape = self.shape

    def squeeze_dims_pullback(grad):
        return (grad.reshape(self_shape),)

    return result, squeeze_dims_pullback


def squeeze_dims_inverse(new, base, dim):
    return new.reshape(base.shape)


# rules/views.yaml:56 aten::expand
def expand_batch(batch_size, batched, self, size, implicit=False):
    self = pad_rank(self, len(size))
    size = [batch_size, *size]
    return self.expand(size, implicit=implicit)


def expand_jvp(tangents, self, size, implicit=False):
    self_t = tangents[0]
    result = self.expand(size, implicit=implicit)
    tangent = self_t.expand(size, implicit=implicit)
    return result, tangent


def expand_vjp(needs, self, size, implicit=False):
    result = self.expand(size, implicit=implicit)
    self_shape = self.shape

    def expand_pullback(grad):
        return (sum_to(grad, self_shape),)

    return result, expand_pullback


# rules/views.yaml:60 aten::expand_as
def expand_as_decompose(self, other):
    return self.expand(other.shape)


# rules/views.yaml:64 aten::broadcast_to
def broadcast_to_decompose(self, size):
    return self.expand(size)


# rules/views.yaml:70 aten::transpose.int
def transpose_int_batch(batch_size, batched, self, dim0, dim1):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim0 = shift_dim(dim0, self.ndim - 1)
    dim1 = shift_dim(dim1, self.ndim - 1)
    result = self.transpose(dim0, dim1)
    return squeeze_last(result) if scalar else result


def transpose_int_jvp(tangents, self, dim0, dim1):
    self_t = tangents[0]
    result = self.transpose(dim0, dim1)
    tangent = self_t.transpose(dim0, dim1)
    return result, tangent


def transpose_int_vjp(needs, self, dim0, dim1):
    result = self.transpose(dim0, dim1)

    def transpose_int_pullback(grad):
        return (grad.transpose(dim0, dim1),)

    return result, transpose_int_pullback


def transpose_int_inverse(new, base, dim0, dim1):
    return new.transpose(dim0, dim1)


# rules/views.yaml:74 aten::swapaxes
def swapaxes_decompose(self, axis0, axis1):
    return self.transpose(axis0, axis1)


def swapaxes_inverse(new, base, axis0, axis1):
    return new.transpose(axis0, axis1)


# rules/views.yaml:75 aten::swapdims
def swapdims_decompose(self, dim0, dim1):
    return self.transpose(dim0, dim1)


def swapdims_inverse(new, base, dim0, dim1):
    return new.transpose(dim0, dim1)


# rules/views.yaml:76 aten::t
def t_batch(batch_size, batched, self):
    return self.transpose(1, 2) if self.ndim == 3 else no_matrices(self)


def t_jvp(tangents, self):
    self_t = tangents[0]
    result = self.t()
    tangent = self_t.t()
    return result, tangent


def t_vjp(needs, self):
    result = self.t()

    def t_pullback(grad):
        return (grad.t(),)

    return result, t_pullback


def t_inverse(new, base):
    return new.t()


# rules/views.yaml:80 aten::mT
def mT_batch(batch_size, batched, self):
    if self.ndim <= 2:
        low_rank("aten::mT", "self", self, 2)
    return mT_op(self)


def mT_jvp(tangents, self):
    self_t = tangents[0]
    result = mT_op(self)
    tangent = mT_op(self_t)
    return result, tangent


def mT_vjp(needs, self):
    result = mT_op(self)

    def mT_pullback(grad):
        return (grad.transpose(-2, -1),)

    return result, mT_pullback


def mT_inverse(new, base):
    return new.transpose(-2, -1)


# rules/views.yaml:84 aten::numpy_T
def numpy_T_decompose(self):
    return self.permute(reversed_dims(self.ndim))


def numpy_T_inverse(new, base):
    return new.permute(reversed_dims(base.ndim))


# rules/views.yaml:88 aten::permute
def permute_batch(batch_size, batched, self, dims):
    dims = [0, *shift_dims(dims, self.ndim - 1)]
    return self.permute(dims)


def permute_jvp(tangents, self, dims):
    self_t = tangents[0]
    result = self.permute(dims)
    tangent = self_t.permute(dims)
    return result, tangent


def permute_vjp(needs, self, dims):
    result = self.permute(dims)

    def permute_pullback(grad):
        return (grad.permute(inverse_permutation(dims)),)

    return result, permute_pullback


def permute_inverse(new, base, dims):
    return new.permute(inverse_permutation(dims))


# rules/views.yaml:92 aten::movedim.int
def movedim_int_decompose(self, source, destination):
    return self.permute(moved_dims(self.ndim, source, destination))


def movedim_int_inverse(new, base, source, destination):
    return new.permute(moved_dims(base.ndim, destination, source))


# rules/views.yaml:96 aten::movedim.intlist
def movedim_intlist_decompose(self, source, destination):
    return self.permute(moved_dims(self.ndim, source, destination))


def movedim_intlist_inverse(new, base, source, destination):
    return new.permute(moved_dims(base.ndim, destination, source))


# rules/views.yaml:100 aten::moveaxis.int
def moveaxis_int_decompose(self, source, destination):
    return self.permute(moved_dims(self.ndim, source, destination))


def moveaxis_int_inverse(new, base, source, destination):
    return new.permute(moved_dims(base.ndim, destination, source))


# rules/views.yaml:104 aten::moveaxis.intlist
def moveaxis_intlist_decompose(self, source, destination):
    return self.permute(moved_dims(self.ndim, source, destination))


def moveaxis_intlist_inverse(new, base, source, destination):
    return new.permute(moved_dims(base.ndim, destination, source))


# rules/views.yaml:111 aten::select.int
def select_int_batch(batch_size, batched, self, dim, index):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.select(dim, index)
    return squeeze_last(result) if scalar else result


def select_int_jvp(tangents, self, dim, index):
    self_t = tangents[0]
    result = self.select(dim, index)
    tangent = self_t.select(dim, index)
    return result, tangent


def select_int_vjp(needs, self, dim, index):
    result = self.select(dim, index)
    self_shape = self.shape

    def select_int_pullback(grad):
        return (select_backward_op(grad, self_shape, dim, index),)

    return result, select_int_pullback


def select_int_inverse(new, base, dim, index):
    return base.select_scatter(new, dim, index)


# rules/views.yaml:115 aten::slice.Tensor
def slice_Tensor_batch(batch_size, batched, self, dim=0, start=None, end=None, step=1):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = slice_Tensor_op(self, dim, start, end, step)
    return squeeze_last(result) if scalar else result


def slice_Tensor_jvp(tangents, self, dim=0, start=None, end=None, step=1):
    self_t = tangents[0]
    result = slice_Tensor_op(self, dim, start, end, step)
    tangent = slice_Tensor_op(self_t, dim, start, end, step)
    return result, tangent


def slice_Tensor_vjp(needs, self, dim=0, start=None, end=None, step=1):
    result = slice_Tensor_op(self, dim, start, end, step)
    self_shape = self.shape

    def slice_Tensor_pullback(grad):
        return (slice_backward_op(grad, self_shape, dim, start or 0, slice_end(end), step),)

    return result, slice_Tensor_pullback


def slice_Tensor_inverse(new, base, dim=0, start=None, end=None, step=1):
    return base.slice_scatter(new, dim, start, end, step)


# rules/views.yaml:119 aten::narrow
def narrow_batch(batch_size, batched, self, dim, start, length):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.narrow(dim, start, length)
    return squeeze_last(result) if scalar else result


def narrow_jvp(tangents, self, dim, start, length):
    self_t = tangents[0]
    result = self.narrow(dim, start, length)
    tangent = self_t.narrow(dim, start, length)
    return result, tangent


def narrow_vjp(needs, self, dim, start, length):
    result = self.narrow(dim, start, length)
    self_shape = self.shape

    def narrow_pullback(grad):
        first = narrow_start(start, self_shape[dim])
        return (slice_backward_op(grad, self_shape, dim, first, first + length, 1),)

    return result, narrow_pullback


def narrow_inverse(new, base, dim, start, length):
    return base.slice_scatter(
        new, dim, narrow_start(start, base.shape[dim]), narrow_start(start, base.shape[dim]) + length
    )


# rules/views.yaml:124 aten::narrow.Tensor
def narrow_Tensor_batch(batch_size, batched, self, dim, start, length):
    if batched[1] or not batched[0]:
        return redispatch(
            operator("aten::narrow.Tensor"),
            narrow_Tensor_decompose,
            batch_size,
            batched,
            (self, dim, start, length,),
        )
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.narrow(dim, start, length)
    return squeeze_last(result) if scalar else result


def narrow_Tensor_decompose(self, dim, start, length):
    return self.index_select(dim, narrow_places(start, self.shape[dim], length))


def narrow_Tensor_inverse(new, base, dim, start, length):
    return base.index_copy(dim, narrow_places(start, base.shape[dim], length), new)


# rules/views.yaml:128 aten::diagonal
def diagonal_batch(batch_size, batched, self, offset=0, dim1=0, dim2=1):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim1 = shift_dim(dim1, self.ndim - 1)
    dim2 = shift_dim(dim2, self.ndim - 1)
    result = self.diagonal(offset, dim1, dim2)
    return squeeze_last(result) if scalar else result


def diagonal_jvp(tangents, self, offset=0, dim1=0, dim2=1):
    self_t = tangents[0]
    result = self.diagonal(offset, dim1, dim2)
    tangent = self_t.diagonal(offset, dim1, dim2)
    return result, tangent


def diagonal_vjp(needs, self, offset=0, dim1=0, dim2=1):
    result = self.diagonal(offset, dim1, dim2)
    self_shape = self.shape

    def diagonal_pullback(grad):
        return (diagonal_backward_op(grad, self_shape, offset, dim1, dim2),)

    return result, diagonal_pullback


def diagonal_inverse(new, base, offset=0, dim1=0, dim2=1):
    return base.diagonal_scatter(new, offset, dim1, dim2)


# rules/views.yaml:132 aten::linalg_diagonal
def linalg_diagonal_decompose(A, offset=0, dim1=-2, dim2=-1):
    return A.diagonal(offset, dim1, dim2)


def linalg_diagonal_inverse(new, base, offset=0, dim1=-2, dim2=-1):
    return base.diagonal_scatter(new, offset, dim1, dim2)


# rules/views.yaml:136 aten::unfold
def unfold_batch(batch_size, batched, self, dimension, size, step):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dimension = shift_dim(dimension, self.ndim - 1)
    result = self.unfold(dimension, size, step)
    return squeeze_last(result) if scalar else result


def unfold_jvp(tangents, self, dimension, size, step):
    self_t = tangents[0]
    result = self.unfold(dimension, size, step)
    tangent = self_t.unfold(dimension, size, step)
    return result, tangent


def unfold_vjp(needs, self, dimension, size, step):
    result = self.unfold(dimension, size, step)
    self_shape = self.shape

    def unfold_pullback(grad):
        return (unfold_backward_op(grad, self_shape, dimension, size, step),)

    return result, unfold_pullback


# rules/views.yaml:153 aten::split.Tensor
def split_Tensor_batch(batch_size, batched, self, split_size, dim=0):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = split_Tensor_op(self, split_size, dim)
    return squeeze_last(result) if scalar else result


def split_Tensor_jvp(tangents, self, split_size, dim=0):
    self_t = tangents[0]
    result = split_Tensor_op(self, split_size, dim)
    tangent = split_Tensor_op(self_t, split_size, dim)
    return result, tangent


def split_Tensor_vjp(needs, self, split_size, dim=0):
    result = split_Tensor_op(self, split_size, dim)
    self_shape = self.shape

    def split_Tensor_pullback(grad):
        return (joined(grad, self_shape, piece_sizes(self_shape[dim], split_size), dim),)

    return result, split_Tensor_pullback


def split_Tensor_inverse(new, base, split_size, dim=0):
    return torch.cat(new, dim)


# rules/views.yaml:158 aten::split.sizes
def split_sizes_batch(batch_size, batched, self, split_size, dim=0):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = split_sizes_op(self, split_size, dim)
    return squeeze_last(result) if scalar else result


def split_sizes_jvp(tangents, self, split_size, dim=0):
    self_t = tangents[0]
    result = split_sizes_op(self, split_size, dim)
    tangent = split_sizes_op(self_t, split_size, dim)
    return result, tangent


def split_sizes_vjp(needs, self, split_size, dim=0):
    result = split_sizes_op(self, split_size, dim)
    self_shape = self.shape

    def split_sizes_pullback(grad):
        return (joined(grad, self_shape, split_size, dim),)

    return result, split_sizes_pullback


def split_sizes_inverse(new, base, split_size, dim=0):
    return torch.cat(new, dim)


# rules/views.yaml:162 aten::split_with_sizes
def split_with_sizes_batch(batch_size, batched, self, split_sizes, dim=0):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.split_with_sizes(split_sizes, dim)
    return squeeze_last(result) if scalar else result


def split_with_sizes_jvp(tangents, self, split_sizes, dim=0):
    self_t = tangents[0]
    result = self.split_with_sizes(split_sizes, dim)
    tangent = self_t.split_with_sizes(split_sizes, dim)
    return result, tangent


def split_with_sizes_vjp(needs, self, split_sizes, dim=0):
    result = self.split_with_sizes(split_sizes, dim)
    self_shape = self.shape

    def split_with_sizes_pullback(grad):
        return (joined(grad, self_shape, split_sizes, dim),)

    return result, split_with_sizes_pullback


def split_with_sizes_inverse(new, base, split_sizes, dim=0):
    return torch.cat(new, dim)


# rules/views.yaml:166 aten::unsafe_split.Tensor
def unsafe_split_Tensor_batch(batch_size, batched, self, split_size, dim=0):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.unsafe_split(split_size, dim)
    return squeeze_last(result) if scalar else result


def unsafe_split_Tensor_jvp(tangents, self, split_size, dim=0):
    self_t = tangents[0]
    result = self.unsafe_split(split_size, dim)
    tangent = self_t.unsafe_split(split_size, dim)
    return result, tangent


def unsafe_split_Tensor_vjp(needs, self, split_size, dim=0):
    result = self.unsafe_split(split_size, dim)
    self_shape = self.shape

    def unsafe_split_Tensor_pullback(grad):
        return (joined(grad, self_shape, piece_sizes(self_shape[dim], split_size), dim),)

    return result, unsafe_split_Tensor_pullback


# rules/views.yaml:169 aten::unsafe_split_with_sizes
def unsafe_split_with_sizes_batch(batch_size, batched, self, split_sizes, dim=0):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.unsafe_split_with_sizes(split_sizes, dim)
    return squeeze_last(result) if scalar else result


def unsafe_split_with_sizes_jvp(tangents, self, split_sizes, dim=0):
    self_t = tangents[0]
    result = self.unsafe_split_with_sizes(split_sizes, dim)
    tangent = self_t.unsafe_split_with_sizes(split_sizes, dim)
    return result, tangent


def unsafe_split_with_sizes_vjp(needs, self, split_sizes, dim=0):
    result = self.unsafe_split_with_sizes(split_sizes, dim)
    self_shape = self.shape

    def unsafe_split_with_sizes_pullback(grad):
        return (joined(grad, self_shape, split_sizes, dim),)

    return result, unsafe_split_with_sizes_pullback


# rules/views.yaml:172 aten::chunk
def chunk_batch(batch_size, batched, self, chunks, dim=0):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.chunk(chunks, dim)
    return squeeze_last(result) if scalar else result


def chunk_jvp(tangents, self, chunks, dim=0):
    self_t = tangents[0]
    result = self.chunk(chunks, dim)
    tangent = self_t.chunk(chunks, dim)
    return result, tangent


def chunk_vjp(needs, self, chunks, dim=0):
    result = self.chunk(chunks, dim)
    self_shape = self.shape

    def chunk_pullback(grad):
        return (joined(grad, self_shape, chunk_sizes(self_shape[dim], chunks), dim),)

    return result, chunk_pullback


def chunk_inverse(new, base, chunks, dim=0):
    return torch.cat(new, dim)


# rules/views.yaml:176 aten::unsafe_chunk
def unsafe_chunk_batch(batch_size, batched, self, chunks, dim=0):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.unsafe_chunk(chunks, dim)
    return squeeze_last(result) if scalar else result


def unsafe_chunk_jvp(tangents, self, chunks, dim=0):
    self_t = tangents[0]
    result = self.unsafe_chunk(chunks, dim)
    tangent = self_t.unsafe_chunk(chunks, dim)
    return result, tangent


def unsafe_chunk_vjp(needs, self, chunks, dim=0):
    result = self.unsafe_chunk(chunks, dim)
    self_shape = self.shape

    def unsafe_chunk_pullback(grad):
        return (joined(grad, self_shape, chunk_sizes(self_shape[dim], chunks), dim),)

    return result, unsafe_chunk_pullback


# rules/views.yaml:179 aten::tensor_split.sections
def tensor_split_sections_decompose(self, sections, dim=0):
    return self.split_with_sizes(section_sizes(self.shape[dim], sections), dim)


def tensor_split_sections_inverse(new, base, sections, dim=0):
    return torch.cat(new, dim)


# rules/views.yaml:186 aten::tensor_split.tensor_indices_or_sections
def tensor_split_tensor_indices_or_sections_decompose(self, tensor_indices_or_sections, dim=0):
    return self.tensor_split(agreed(tensor_indices_or_sections, 'tensor_split'), dim)


# rules/views.yaml:189 aten::unbind.int
def unbind_int_batch(batch_size, batched, self, dim=0):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.unbind(dim)
    return squeeze_last(result) if scalar else result


def unbind_int_jvp(tangents, self, dim=0):
    self_t = tangents[0]
    result = self.unbind(dim)
    tangent = self_t.unbind(dim)
    return result, tangent


def unbind_int_vjp(needs, self, dim=0):
    result = self.unbind(dim)

    def unbind_int_pullback(grad):
        return (stacked(grad, dim),)

    return result, unbind_int_pullback


def unbind_int_inverse(new, base, dim=0):
    return torch.stack(new, dim)


# rules/views.yaml:195 aten::slice_backward
def slice_backward_batch(batch_size, batched, grad_output, input_sizes, dim, start, end, step):
    dim = shift_dim(dim, grad_output.ndim - 1)
    input_sizes = prepend(batch_size, input_sizes, grad_output)
    return slice_backward_op(grad_output, input_sizes, dim, start, end, step)


def slice_backward_jvp(tangents, grad_output, input_sizes, dim, start, end, step):
    grad_output_t = tangents[0]
    result = slice_backward_op(grad_output, input_sizes, dim, start, end, step)
    tangent = slice_backward_op(grad_output_t, input_sizes, dim, start, end, step)
    return result, tangent


def slice_backward_vjp(needs, grad_output, input_sizes, dim, start, end, step):
    result = slice_backward_op(grad_output, input_sizes, dim, start, end, step)

    def slice_backward_pullback(grad):
        return (slice_Tensor_op(grad, dim, start, end, step),)

    return result, slice_backward_pullback


# rules/views.yaml:198 aten::select_backward
def select_backward_batch(batch_size, batched, grad_output, input_sizes, dim, index):
    dim = shift_dim(dim, grad_output.ndim)
    input_sizes = prepend(batch_size, input_sizes, grad_output)
    return select_backward_op(grad_output, input_sizes, dim, index)


def select_backward_jvp(tangents, grad_output, input_sizes, dim, index):
    grad_output_t = tangents[0]
    result = select_backward_op(grad_output, input_sizes, dim, index)
    tangent = select_backward_op(grad_output_t, input_sizes, dim, index)
    return result, tangent


def select_backward_vjp(needs, grad_output, input_sizes, dim, index):
    result = select_backward_op(grad_output, input_sizes, dim, index)

    def select_backward_pullback(grad):
        return (grad.select(dim, index),)

    return result, select_backward_pullback


# rules/views.yaml:201 aten::diagonal_backward
def diagonal_backward_batch(batch_size, batched, grad_output, input_sizes, offset, dim1, dim2):
    dim1 = shift_dim(dim1, grad_output.ndim)
    dim2 = shift_dim(dim2, grad_output.ndim)
    input_sizes = prepend(batch_size, input_sizes, grad_output)
    return diagonal_backward_op(grad_output, input_sizes, offset, dim1, dim2)


def diagonal_backward_jvp(tangents, grad_output, input_sizes, offset, dim1, dim2):
    grad_output_t = tangents[0]
    result = diagonal_backward_op(grad_output, input_sizes, offset, dim1, dim2)
    tangent = diagonal_backward_op(grad_output_t, input_sizes, offset, dim1, dim2)
    return result, tangent


def diagonal_backward_vjp(needs, grad_output, input_sizes, offset, dim1, dim2):
    result = diagonal_backward_op(grad_output, input_sizes, offset, dim1, dim2)

    def diagonal_backward_pullback(grad):
        return (grad.diagonal(offset, dim1, dim2),)

    return result, diagonal_backward_pullback


# rules/views.yaml:207 aten::unfold_backward
def unfold_backward_jvp(tangents, grad_in, input_sizes, dim, size, step):
    grad_in_t = tangents[0]
    result = unfold_backward_op(grad_in, input_sizes, dim, size, step)
    tangent = unfold_backward_op(grad_in_t, input_sizes, dim, size, step)
    return result, tangent


def unfold_backward_vjp(needs, grad_in, input_sizes, dim, size, step):
    result = unfold_backward_op(grad_in, input_sizes, dim, size, step)

    def unfold_backward_pullback(grad):
        return (grad.unfold(dim, size, step),)

    return result, unfold_backward_pullback


# rules/views.yaml:212 aten::view_copy
def view_copy_decompose(self, size):
    return self.reshape(size).clone()


# rules/views.yaml:213 aten::_reshape_copy
def _reshape_copy_decompose(self, size):
    return self.reshape(size).clone()


# rules/views.yaml:217 aten::_reshape_alias_copy
def _reshape_alias_copy_decompose(self, size, stride):
    return self.reshape(size).clone()


# rules/views.yaml:221 aten::unsqueeze_copy
def unsqueeze_copy_decompose(self, dim):
    return self.unsqueeze(dim).clone()


# rules/views.yaml:222 aten::squeeze_copy
def squeeze_copy_decompose(self):
    return self.squeeze().clone()


# rules/views.yaml:223 aten::squeeze_copy.dim
def squeeze_copy_dim_decompose(self, dim):
    return self.squeeze(dim).clone()


# rules/views.yaml:224 aten::squeeze_copy.dims
def squeeze_copy_dims_decompose(self, dim):
    return self.squeeze(dim).clone()


# rules/views.yaml:228 aten::expand_copy
def expand_copy_decompose(self, size, implicit=False):
    return self.expand(size).clone()


# rules/views.yaml:229 aten::transpose_copy.int
def transpose_copy_int_decompose(self, dim0, dim1):
    return self.transpose(dim0, dim1).clone()


# rules/views.yaml:230 aten::t_copy
def t_copy_decompose(self):
    return self.t().clone()


# rules/views.yaml:231 aten::permute_copy
def permute_copy_decompose(self, dims):
    return self.permute(dims).clone()


# rules/views.yaml:232 aten::select_copy.int
def select_copy_int_decompose(self, dim, index):
    return self.select(dim, index).clone()


# rules/views.yaml:233 aten::slice_copy.Tensor
def slice_copy_Tensor_decompose(self, dim=0, start=None, end=None, step=1):
    return slice_Tensor_op(self, dim, start, end, step).clone()


# rules/views.yaml:234 aten::diagonal_copy
def diagonal_copy_decompose(self, offset=0, dim1=0, dim2=1):
    return self.diagonal(offset, dim1, dim2).clone()


# rules/views.yaml:235 aten::unfold_copy
def unfold_copy_decompose(self, dimension, size, step):
    return self.unfold(dimension, size, step).clone()


# rules/views.yaml:236 aten::as_strided_copy
def as_strided_copy_decompose(self, size, stride, storage_offset=None):
    return as_strided(self, size, stride, storage_offset).clone()


# rules/views.yaml:240 aten::narrow_copy
def narrow_copy_decompose(self, dim, start, length):
    return self.narrow(dim, start, length).clone()


# rules/views.yaml:241 aten::view_copy.dtype
def view_copy_dtype_decompose(self, dtype):
    return self.view(dtype).clone()


# rules/views.yaml:242 aten::split_copy.Tensor
def split_copy_Tensor_decompose(self, split_size, dim=0):
    return [part.clone() for part in self.split(split_size, dim)]


# rules/views.yaml:243 aten::split_with_sizes_copy
def split_with_sizes_copy_decompose(self, split_sizes, dim=0):
    return [part.clone() for part in self.split_with_sizes(split_sizes, dim)]


# rules/views.yaml:244 aten::unbind_copy.int
def unbind_copy_int_decompose(self, dim=0):
    return [part.clone() for part in self.unbind(dim)]


RULES = {
    "aten::view": Rules(
        batch=view_batch,
        jvp=view_jvp,
        vjp=view_vjp,
        inverse=view_inverse,
        kind='shape',
        form='linear',
        origin='rules/views.yaml:5',
    ),
    "aten::reshape": Rules(
        batch=reshape_batch,
        jvp=reshape_jvp,
        vjp=reshape_vjp,
        inverse=reshape_inverse,
        kind='shape',
        form='linear',
        origin='rules/views.yaml:9',
    ),
    "aten::_unsafe_view": Rules(
        batch=_unsafe_view_batch,
        jvp=_unsafe_view_jvp,
        vjp=_unsafe_view_vjp,
        kind='shape',
        form='linear',
        origin='rules/views.yaml:13',
    ),
    "aten::_reshape_alias": Rules(
        decompose=_reshape_alias_decompose,
        inverse=_reshape_alias_inverse,
        kind='decompose',
        origin='rules/views.yaml:16',
    ),
    "aten::view_as": Rules(
        decompose=view_as_decompose, inverse=view_as_inverse, kind='decompose', origin='rules/views.yaml:21'
    ),
    "aten::reshape_as": Rules(
        decompose=reshape_as_decompose,
        inverse=reshape_as_inverse,
        kind='decompose',
        origin='rules/views.yaml:22',
    ),
    "aten::ravel": Rules(
        decompose=ravel_decompose, inverse=ravel_inverse, kind='decompose', origin='rules/views.yaml:23'
    ),
    "aten::flatten.using_ints": Rules(
        decompose=flatten_using_ints_decompose,
        inverse=flatten_using_ints_inverse,
        kind='decompose',
        origin='rules/views.yaml:24',
    ),
    "aten::unflatten.int": Rules(
        decompose=unflatten_int_decompose,
        inverse=unflatten_int_inverse,
        kind='decompose',
        origin='rules/views.yaml:28',
    ),
    "aten::view.dtype": Rules(
        batch=oplift_rules_views.view_dtype_batch,
        inverse=view_dtype_inverse,
        derivative='none',
        kind='python',
        origin='rules/views.yaml:33',
    ),
    "aten::unsqueeze": Rules(
        batch=unsqueeze_batch,
        jvp=unsqueeze_jvp,
        vjp=unsqueeze_vjp,
        inverse=unsqueeze_inverse,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:38',
    ),
    "aten::squeeze": Rules(
        batch=squeeze_batch,
        jvp=squeeze_jvp,
        vjp=squeeze_vjp,
        inverse=squeeze_inverse,
        kind='cases',
        form='linear',
        origin='rules/views.yaml:42',
    ),
    "aten::squeeze.dim": Rules(
        batch=squeeze_dim_batch,
        jvp=squeeze_dim_jvp,
        vjp=squeeze_dim_vjp,
        inverse=squeeze_dim_inverse,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:46',
    ),
    "aten::squeeze.dims": Rules(
        batch=squeeze_dims_batch,
        jvp=squeeze_dims_jvp,
        vjp=squeeze_dims_vjp,
        inverse=squeeze_dims_inverse,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:50',
    ),
    "aten::expand": Rules(
        batch=expand_batch,
        jvp=expand_jvp,
        vjp=expand_vjp,
        inverse=oplift_rules_views.expand_inverse,
        kind='shape',
        form='linear',
        origin='rules/views.yaml:56',
    ),
    "aten::expand_as": Rules(
        decompose=expand_as_decompose,
        inverse=oplift_rules_views.expand_inverse,
        kind='decompose',
        origin='rules/views.yaml:60',
    ),
    "aten::broadcast_to": Rules(
        decompose=broadcast_to_decompose,
        inverse=oplift_rules_views.expand_inverse,
        kind='decompose',
        origin='rules/views.yaml:64',
    ),
    "aten::transpose.int": Rules(
        batch=transpose_int_batch,
        jvp=transpose_int_jvp,
        vjp=transpose_int_vjp,
        inverse=transpose_int_inverse,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:70',
    ),
    "aten::swapaxes": Rules(
        decompose=swapaxes_decompose, inverse=swapaxes_inverse, kind='decompose', origin='rules/views.yaml:74'
    ),
    "aten::swapdims": Rules(
        decompose=swapdims_decompose, inverse=swapdims_inverse, kind='decompose', origin='rules/views.yaml:75'
    ),
    "aten::t": Rules(
        batch=t_batch,
        jvp=t_jvp,
        vjp=t_vjp,
        inverse=t_inverse,
        kind='cases',
        form='linear',
        origin='rules/views.yaml:76',
    ),
    "aten::mT": Rules(
        batch=mT_batch,
        jvp=mT_jvp,
        vjp=mT_vjp,
        inverse=mT_inverse,
        kind='leading',
        form='linear',
        origin='rules/views.yaml:80',
    ),
    "aten::numpy_T": Rules(
        decompose=numpy_T_decompose, inverse=numpy_T_inverse, kind='decompose', origin='rules/views.yaml:84'
    ),
    "aten::permute": Rules(
        batch=permute_batch,
        jvp=permute_jvp,
        vjp=permute_vjp,
        inverse=permute_inverse,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:88',
    ),
    "aten::movedim.int": Rules(
        decompose=movedim_int_decompose,
        inverse=movedim_int_inverse,
        kind='decompose',
        origin='rules/views.yaml:92',
    ),
    "aten::movedim.intlist": Rules(
        decompose=movedim_intlist_decompose,
        inverse=movedim_intlist_inverse,
        kind='decompose',
        origin='rules/views.yaml:96',
    ),
    "aten::moveaxis.int": Rules(
        decompose=moveaxis_int_decompose,
        inverse=moveaxis_int_inverse,
        kind='decompose',
        origin='rules/views.yaml:100',
    ),
    "aten::moveaxis.intlist": Rules(
        decompose=moveaxis_intlist_decompose,
        inverse=moveaxis_intlist_inverse,
        kind='decompose',
        origin='rules/views.yaml:104',
    ),
    "aten::select.int": Rules(
        batch=select_int_batch,
        jvp=select_int_jvp,
        vjp=select_int_vjp,
        inverse=select_int_inverse,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:111',
    ),
    "aten::slice.Tensor": Rules(
        batch=slice_Tensor_batch,
        jvp=slice_Tensor_jvp,
        vjp=slice_Tensor_vjp,
        inverse=slice_Tensor_inverse,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:115',
    ),
    "aten::narrow": Rules(
        batch=narrow_batch,
        jvp=narrow_jvp,
        vjp=narrow_vjp,
        inverse=narrow_inverse,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:119',
    ),
    "aten::narrow.Tensor": Rules(
        batch=narrow_Tensor_batch,
        decompose=narrow_Tensor_decompose,
        inverse=narrow_Tensor_inverse,
        kind='dims',
        origin='rules/views.yaml:124',
    ),
    "aten::diagonal": Rules(
        batch=diagonal_batch,
        jvp=diagonal_jvp,
        vjp=diagonal_vjp,
        inverse=diagonal_inverse,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:128',
    ),
    "aten::linalg_diagonal": Rules(
        decompose=linalg_diagonal_decompose,
        inverse=linalg_diagonal_inverse,
        kind='decompose',
        origin='rules/views.yaml:132',
    ),
    "aten::unfold": Rules(
        batch=unfold_batch,
        jvp=unfold_jvp,
        vjp=unfold_vjp,
        inverse=oplift_rules_views.unfold_inverse,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:136',
    ),
    "aten::as_strided": Rules(
        batch=oplift_rules_views.as_strided_batch,
        decompose=as_strided,
        inverse=oplift_rules_views.as_strided_inverse,
        kind='python',
        origin='rules/views.yaml:142',
    ),
    "aten::as_strided_scatter": Rules(
        decompose=as_strided_scatter, kind='decompose', origin='rules/views.yaml:147'
    ),
    "aten::split.Tensor": Rules(
        batch=split_Tensor_batch,
        jvp=split_Tensor_jvp,
        vjp=split_Tensor_vjp,
        inverse=split_Tensor_inverse,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:153',
    ),
    "aten::split.sizes": Rules(
        batch=split_sizes_batch,
        jvp=split_sizes_jvp,
        vjp=split_sizes_vjp,
        inverse=split_sizes_inverse,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:158',
    ),
    "aten::split_with_sizes": Rules(
        batch=split_with_sizes_batch,
        jvp=split_with_sizes_jvp,
        vjp=split_with_sizes_vjp,
        inverse=split_with_sizes_inverse,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:162',
    ),
    "aten::unsafe_split.Tensor": Rules(
        batch=unsafe_split_Tensor_batch,
        jvp=unsafe_split_Tensor_jvp,
        vjp=unsafe_split_Tensor_vjp,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:166',
    ),
    "aten::unsafe_split_with_sizes": Rules(
        batch=unsafe_split_with_sizes_batch,
        jvp=unsafe_split_with_sizes_jvp,
        vjp=unsafe_split_with_sizes_vjp,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:169',
    ),
    "aten::chunk": Rules(
        batch=chunk_batch,
        jvp=chunk_jvp,
        vjp=chunk_vjp,
        inverse=chunk_inverse,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:172',
    ),
    "aten::unsafe_chunk": Rules(
        batch=unsafe_chunk_batch,
        jvp=unsafe_chunk_jvp,
        vjp=unsafe_chunk_vjp,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:176',
    ),
    "aten::tensor_split.sections": Rules(
        decompose=tensor_split_sections_decompose,
        inverse=tensor_split_sections_inverse,
        kind='decompose',
        origin='rules/views.yaml:179',
    ),
    "aten::tensor_split.indices": Rules(decompose=split_at, kind='decompose', origin='rules/views.yaml:183'),
    "aten::tensor_split.tensor_indices_or_sections": Rules(
        decompose=tensor_split_tensor_indices_or_sections_decompose,
        kind='decompose',
        origin='rules/views.yaml:186',
    ),
    "aten::unbind.int": Rules(
        batch=unbind_int_batch,
        jvp=unbind_int_jvp,
        vjp=unbind_int_vjp,
        inverse=unbind_int_inverse,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:189',
    ),
    "aten::slice_backward": Rules(
        batch=slice_backward_batch,
        jvp=slice_backward_jvp,
        vjp=slice_backward_vjp,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:195',
    ),
    "aten::select_backward": Rules(
        batch=select_backward_batch,
        jvp=select_backward_jvp,
        vjp=select_backward_vjp,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:198',
    ),
    "aten::diagonal_backward": Rules(
        batch=diagonal_backward_batch,
        jvp=diagonal_backward_jvp,
        vjp=diagonal_backward_vjp,
        kind='dims',
        form='linear',
        origin='rules/views.yaml:201',
    ),
    "aten::unfold_backward": Rules(
        batch=oplift_rules_views.unfold_backward_batch,
        jvp=unfold_backward_jvp,
        vjp=unfold_backward_vjp,
        kind='python',
        form='linear',
        origin='rules/views.yaml:207',
    ),
    "aten::view_copy": Rules(decompose=view_copy_decompose, kind='decompose', origin='rules/views.yaml:212'),
    "aten::_reshape_copy": Rules(
        decompose=_reshape_copy_decompose, kind='decompose', origin='rules/views.yaml:213'
    ),
    "aten::_reshape_alias_copy": Rules(
        decompose=_reshape_alias_copy_decompose, kind='decompose', origin='rules/views.yaml:217'
    ),
    "aten::unsqueeze_copy": Rules(
        decompose=unsqueeze_copy_decompose, kind='decompose', origin='rules/views.yaml:221'
    ),
    "aten::squeeze_copy": Rules(
        decompose=squeeze_copy_decompose, kind='decompose', origin='rules/views.yaml:222'
    ),
    "aten::squeeze_copy.dim": Rules(
        decompose=squeeze_copy_dim_decompose, kind='decompose', origin='rules/views.yaml:223'
    ),
    "aten::squeeze_copy.dims": Rules(
        decompose=squeeze_copy_dims_decompose, kind='decompose', origin='rules/views.yaml:224'
    ),
    "aten::expand_copy": Rules(
        decompose=expand_copy_decompose, kind='decompose', origin='rules/views.yaml:228'
    ),
    "aten::transpose_copy.int": Rules(
        decompose=transpose_copy_int_decompose, kind='decompose', origin='rules/views.yaml:229'
    ),
    "aten::t_copy": Rules(decompose=t_copy_decompose, kind='decompose', origin='rules/views.yaml:230'),
    "aten::permute_copy": Rules(
        decompose=permute_copy_decompose, kind='decompose', origin='rules/views.yaml:231'
    ),
    "aten::select_copy.int": Rules(
        decompose=select_copy_int_decompose, kind='decompose', origin='rules/views.yaml:232'
    ),
    "aten::slice_copy.Tensor": Rules(
        decompose=slice_copy_Tensor_decompose, kind='decompose', origin='rules/views.yaml:233'
    ),
    "aten::diagonal_copy": Rules(
        decompose=diagonal_copy_decompose, kind='decompose', origin='rules/views.yaml:234'
    ),
    "aten::unfold_copy": Rules(
        decompose=unfold_copy_decompose, kind='decompose', origin='rules/views.yaml:235'
    ),
    "aten::as_strided_copy": Rules(
        decompose=as_strided_copy_decompose, kind='decompose', origin='rules/views.yaml:236'
    ),
    "aten::narrow_copy": Rules(
        decompose=narrow_copy_decompose, kind='decompose', origin='rules/views.yaml:240'
    ),
    "aten::view_copy.dtype": Rules(
        decompose=view_copy_dtype_decompose, kind='decompose', origin='rules/views.yaml:241'
    ),
    "aten::split_copy.Tensor": Rules(
        decompose=split_copy_Tensor_decompose, kind='decompose', origin='rules/views.yaml:242'
    ),
    "aten::split_with_sizes_copy": Rules(
        decompose=split_with_sizes_copy_decompose, kind='decompose', origin='rules/views.yaml:243'
    ),
    "aten::unbind_copy.int": Rules(
        decompose=unbind_copy_int_decompose, kind='decompose', origin='rules/views.yaml:244'
    ),
    "aten::_make_dual": Rules(
        derivative='torch.autograd.forward_ad knows nothing of this transform; use oplift.jvp inside transformed functions',
        batch_unsupported='torch.autograd.forward_ad knows nothing of vmap; use oplift.jvp inside transformed functions',
        kind='unsupported',
        origin='rules/views.yaml:247',
    ),
}
