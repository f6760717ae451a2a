"""Rules from rules/shape.yaml; do not edit, run `make gen`.

source sha256: 0b1cbf70354cd1b36e306248bf50586462f57a0192efc9a808da69ceb446c66c
torch: 2.13
"""

from __future__ import annotations

import torch

import oplift.rules.shape as oplift_rules_shape
from oplift.rule import Rules
from oplift.rules.formulas import tangent_or_zeros, tangents_or_zeros
from oplift.rules.kinds import (
    Deferred,
    fold,
    low_rank,
    pad_rank,
    shift_dim,
    shift_dims,
    spread,
    spread_all,
    squeeze_last,
    unflatten_like,
    unfold,
)
from oplift.rules.searching import repeat_interleave_batch
from oplift.rules.shape import (
    block_diag,
    cat_pieces,
    chunk_cat,
    meshgrid,
    negated,
    pad,
    pad_circular,
    pad_sequence,
    repeat_backward,
    repeat_interleave,
    repeat_interleave_each,
    resize,
    unshuffled,
    vander,
)

reflection_pad1d_backward_op = Deferred(
    globals(), "reflection_pad1d_backward_op", "aten::reflection_pad1d_backward"
)
reflection_pad2d_backward_op = Deferred(
    globals(), "reflection_pad2d_backward_op", "aten::reflection_pad2d_backward"
)
reflection_pad3d_backward_op = Deferred(
    globals(), "reflection_pad3d_backward_op", "aten::reflection_pad3d_backward"
)
replication_pad1d_backward_op = Deferred(
    globals(), "replication_pad1d_backward_op", "aten::replication_pad1d_backward"
)
replication_pad2d_backward_op = Deferred(
    globals(), "replication_pad2d_backward_op", "aten::replication_pad2d_backward"
)
replication_pad3d_backward_op = Deferred(
    globals(), "replication_pad3d_backward_op", "aten::replication_pad3d_backward"
)
slice_Tensor_op = Deferred(globals(), "slice_Tensor_op", "aten::slice.Tensor")


# rules/shape.yaml:5 aten::cat
def cat_jvp(tangents, tensors, dim=0):
    tensors_t = tangents[0]
    result = torch.cat(tensors, dim)
    tensors_t = tangents_or_zeros(tensors_t, tensors)
    tangent = torch.cat(tensors_t, dim)
    return result, tangent


def cat_vjp(needs, tensors, dim=0):
    result = torch.cat(tensors, dim)
    tensors_saved = [t.shape for t in tensors]

    def cat_pullback(grad):
        return (cat_pieces(grad, tensors_saved, dim),)

    return result, cat_pullback


# rules/shape.yaml:8 aten::concat
def concat_decompose(tensors, dim=0):
    return torch.cat(tensors, dim)


# rules/shape.yaml:9 aten::concatenate
def concatenate_decompose(tensors, dim=0):
    return torch.cat(tensors, dim)


# rules/shape.yaml:10 aten::stack
def stack_batch(batch_size, batched, tensors, dim=0):
    tensors = spread_all(batch_size, batched[0], tensors)
    dim = shift_dim(dim, tensors[0].ndim)
    return torch.stack(tensors, dim)


def stack_jvp(tangents, tensors, dim=0):
    tensors_t = tangents[0]
    result = torch.stack(tensors, dim)
    tensors_t = tangents_or_zeros(tensors_t, tensors)
    tangent = torch.stack(tensors_t, dim)
    return result, tangent


def stack_vjp(needs, tensors, dim=0):
    result = torch.stack(tensors, dim)

    def stack_pullback(grad):
        return (grad.unbind(dim),)

    return result, stack_pullback


# rules/shape.yaml:13 aten::_stack
def _stack_batch(batch_size, batched, tensors, dim=0):
    tensors = spread_all(batch_size, batched[0], tensors)
    dim = shift_dim(dim, tensors[0].ndim)
    return torch._stack(tensors, dim)


def _stack_jvp(tangents, tensors, dim=0):
    tensors_t = tangents[0]
    result = torch._stack(tensors, dim)
    tensors_t = tangents_or_zeros(tensors_t, tensors)
    tangent = torch._stack(tensors_t, dim)
    return result, tangent


def _stack_vjp(needs, tensors, dim=0):
    result = torch._stack(tensors, dim)

    def _stack_pullback(grad):
        return (grad.unbind(dim),)

    return result, _stack_pullback


# rules/shape.yaml:18 aten::meshgrid
def meshgrid_decompose(tensors):
    return meshgrid(tensors)


# rules/shape.yaml:21 aten::meshgrid.indexing
def meshgrid_indexing_decompose(tensors, indexing):
    return meshgrid(tensors, indexing)


# rules/shape.yaml:32 aten::repeat
def repeat_batch(batch_size, batched, self, repeats):
    self = pad_rank(self, len(repeats))
    repeats = [1, *repeats]
    return self.repeat(repeats)


def repeat_jvp(tangents, self, repeats):
    self_t = tangents[0]
    result = self.repeat(repeats)
    tangent = self_t.repeat(repeats)
    return result, tangent


def repeat_vjp(needs, self, repeats):
    result = self.repeat(repeats)
    self_shape = self.shape

    def repeat_pullback(grad):
        return (repeat_backward(grad, self_shape, repeats),)

    return result, repeat_pullback


# rules/shape.yaml:35 aten::tile
def tile_decompose(self, dims):
    return self.repeat([1] * (self.ndim - len(dims)) + list(dims))


# rules/shape.yaml:47 aten::flip
def flip_batch(batch_size, batched, self, dims):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dims = shift_dims(dims, self.ndim - 1)
    result = self.flip(dims)
    return squeeze_last(result) if scalar else result


def flip_jvp(tangents, self, dims):
    self_t = tangents[0]
    result = self.flip(dims)
    tangent = self_t.flip(dims)
    return result, tangent


def flip_vjp(needs, self, dims):
    result = self.flip(dims)

    def flip_pullback(grad):
        return (grad.flip(dims),)

    return result, flip_pullback


# rules/shape.yaml:50 aten::roll
def roll_batch(batch_size, batched, self, shifts, dims=[]):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    flat = not dims
    if flat:
        shape = self.shape
        self, dims = self.flatten(1), [0]
    dims = shift_dims(dims, self.ndim - 1)
    result = self.roll(shifts, dims)
    if flat:
        result = unflatten_like(result, shape)
    return squeeze_last(result) if scalar else result


def roll_jvp(tangents, self, shifts, dims=[]):
    self_t = tangents[0]
    result = self.roll(shifts, dims)
    tangent = self_t.roll(shifts, dims)
    return result, tangent


def roll_vjp(needs, self, shifts, dims=[]):
    result = self.roll(shifts, dims)

    def roll_pullback(grad):
        return (grad.roll(negated(shifts), dims),)

    return result, roll_pullback


# rules/shape.yaml:53 aten::rot90
def rot90_batch(batch_size, batched, self, k=1, dims=[0, 1]):
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dims = shift_dims(dims, self.ndim - 1)
    result = self.rot90(k, dims)
    return squeeze_last(result) if scalar else result


def rot90_jvp(tangents, self, k=1, dims=[0, 1]):
    self_t = tangents[0]
    result = self.rot90(k, dims)
    tangent = self_t.rot90(k, dims)
    return result, tangent


def rot90_vjp(needs, self, k=1, dims=[0, 1]):
    result = self.rot90(k, dims)

    def rot90_pullback(grad):
        return (grad.rot90(-k, dims),)

    return result, rot90_pullback


# rules/shape.yaml:56 aten::tril
def tril_batch(batch_size, batched, self, diagonal=0):
    if self.ndim <= 2:
        low_rank("aten::tril", "self", self, 2)
    return self.tril(diagonal)


def tril_jvp(tangents, self, diagonal=0):
    self_t = tangents[0]
    result = self.tril(diagonal)
    tangent = self_t.tril(diagonal)
    return result, tangent


def tril_vjp(needs, self, diagonal=0):
    result = self.tril(diagonal)

    def tril_pullback(grad):
        return (grad.tril(diagonal),)

    return result, tril_pullback


# rules/shape.yaml:59 aten::triu
def triu_batch(batch_size, batched, self, diagonal=0):
    if self.ndim <= 2:
        low_rank("aten::triu", "self", self, 2)
    return self.triu(diagonal)


def triu_jvp(tangents, self, diagonal=0):
    self_t = tangents[0]
    result = self.triu(diagonal)
    tangent = self_t.triu(diagonal)
    return result, tangent


def triu_vjp(needs, self, diagonal=0):
    result = self.triu(diagonal)

    def triu_pullback(grad):
        return (grad.triu(diagonal),)

    return result, triu_pullback


# rules/shape.yaml:62 aten::diag_embed
def diag_embed_batch(batch_size, batched, self, offset=0, dim1=-2, dim2=-1):
    dim1 = shift_dim(dim1, self.ndim)
    dim2 = shift_dim(dim2, self.ndim)
    return self.diag_embed(offset, dim1, dim2)


def diag_embed_jvp(tangents, self, offset=0, dim1=-2, dim2=-1):
    self_t = tangents[0]
    result = self.diag_embed(offset, dim1, dim2)
    tangent = self_t.diag_embed(offset, dim1, dim2)
    return result, tangent


def diag_embed_vjp(needs, self, offset=0, dim1=-2, dim2=-1):
    result = self.diag_embed(offset, dim1, dim2)

    def diag_embed_pullback(grad):
        return (grad.diagonal(offset, dim1, dim2),)

    return result, diag_embed_pullback


# rules/shape.yaml:65 aten::pixel_shuffle
def pixel_shuffle_batch(batch_size, batched, self, upscale_factor):
    if self.ndim <= 3:
        low_rank("aten::pixel_shuffle", "self", self, 3)
    return torch.pixel_shuffle(self, upscale_factor)


def pixel_shuffle_jvp(tangents, self, upscale_factor):
    self_t = tangents[0]
    result = torch.pixel_shuffle(self, upscale_factor)
    tangent = torch.pixel_shuffle(self_t, upscale_factor)
    return result, tangent


def pixel_shuffle_vjp(needs, self, upscale_factor):
    result = torch.pixel_shuffle(self, upscale_factor)

    def pixel_shuffle_pullback(grad):
        return (torch.pixel_unshuffle(grad, upscale_factor),)

    return result, pixel_shuffle_pullback


# rules/shape.yaml:68 aten::pixel_unshuffle
def pixel_unshuffle_batch(batch_size, batched, self, downscale_factor):
    if self.ndim <= 3:
        low_rank("aten::pixel_unshuffle", "self", self, 3)
    return unshuffled(self, downscale_factor)


def pixel_unshuffle_jvp(tangents, self, downscale_factor):
    self_t = tangents[0]
    result = torch.pixel_unshuffle(self, downscale_factor)
    tangent = torch.pixel_unshuffle(self_t, downscale_factor)
    return result, tangent


def pixel_unshuffle_vjp(needs, self, downscale_factor):
    result = torch.pixel_unshuffle(self, downscale_factor)

    def pixel_unshuffle_pullback(grad):
        return (torch.pixel_shuffle(grad, downscale_factor),)

    return result, pixel_unshuffle_pullback


# rules/shape.yaml:71 aten::channel_shuffle
def channel_shuffle_batch(batch_size, batched, self, groups):
    self, count = fold(batch_size, batched[0], self, 0, None)
    return unfold(torch.channel_shuffle(self, groups), batch_size, count, 0)


def channel_shuffle_jvp(tangents, self, groups):
    self_t = tangents[0]
    result = torch.channel_shuffle(self, groups)
    tangent = torch.channel_shuffle(self_t, groups)
    return result, tangent


def channel_shuffle_vjp(needs, self, groups):
    result = torch.channel_shuffle(self, groups)
    self_shape = self.shape

    def channel_shuffle_pullback(grad):
        return (torch.channel_shuffle(grad, self_shape[1] // groups),)

    return result, channel_shuffle_pullback


# rules/shape.yaml:74 aten::native_channel_shuffle
def native_channel_shuffle_decompose(self, groups):
    return torch.channel_shuffle(self, groups)


# rules/shape.yaml:77 aten::im2col
def im2col_batch(batch_size, batched, self, kernel_size, dilation, padding, stride):
    self, count = fold(batch_size, batched[0], self, 0, 3)
    return unfold(torch._C._nn.im2col(self, kernel_size, dilation, padding, stride), batch_size, count, 0)


def im2col_jvp(tangents, self, kernel_size, dilation, padding, stride):
    self_t = tangents[0]
    result = torch._C._nn.im2col(self, kernel_size, dilation, padding, stride)
    tangent = torch._C._nn.im2col(self_t, kernel_size, dilation, padding, stride)
    return result, tangent


def im2col_vjp(needs, self, kernel_size, dilation, padding, stride):
    result = torch._C._nn.im2col(self, kernel_size, dilation, padding, stride)
    self_shape = self.shape

    def im2col_pullback(grad):
        return (torch._C._nn.col2im(grad, self_shape[-2:], kernel_size, dilation, padding, stride),)

    return result, im2col_pullback


# rules/shape.yaml:80 aten::col2im
def col2im_batch(batch_size, batched, self, output_size, kernel_size, dilation, padding, stride):
    self, count = fold(batch_size, batched[0], self, 0, 2)
    return unfold(
        torch._C._nn.col2im(self, output_size, kernel_size, dilation, padding, stride), batch_size, count, 0
    )


def col2im_jvp(tangents, self, output_size, kernel_size, dilation, padding, stride):
    self_t = tangents[0]
    result = torch._C._nn.col2im(self, output_size, kernel_size, dilation, padding, stride)
    tangent = torch._C._nn.col2im(self_t, output_size, kernel_size, dilation, padding, stride)
    return result, tangent


def col2im_vjp(needs, self, output_size, kernel_size, dilation, padding, stride):
    result = torch._C._nn.col2im(self, output_size, kernel_size, dilation, padding, stride)

    def col2im_pullback(grad):
        return (torch._C._nn.im2col(grad, kernel_size, dilation, padding, stride),)

    return result, col2im_pullback


# rules/shape.yaml:87 aten::resize_as
def resize_as_decompose(self, the_template, memory_format=None):
    return resize(self, the_template.shape)


# rules/shape.yaml:93 aten::slice_scatter
def slice_scatter_batch(batch_size, batched, self, src, dim=0, start=None, end=None, step=1):
    self = spread(batch_size, batched[0], self)
    src = spread(batch_size, batched[1], src)
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    if src.ndim == 1:
        src = src.unsqueeze(-1)
    dim = shift_dim(dim, self.ndim - 1)
    result = self.slice_scatter(src, dim, start, end, step)
    return squeeze_last(result) if scalar else result


def slice_scatter_jvp(tangents, self, src, dim=0, start=None, end=None, step=1):
    self_t, src_t = tangents
    result = self.slice_scatter(src, dim, start, end, step)
    if self_t is None and src_t is None:
        tangent = None
    else:
        self_t = tangent_or_zeros(self_t, self)
        src_t = tangent_or_zeros(src_t, src)
        tangent = self_t.slice_scatter(src_t, dim, start, end, step)
    return result, tangent


def slice_scatter_vjp(needs, self, src, dim=0, start=None, end=None, step=1):
    needs_self, needs_src = needs
    result = self.slice_scatter(src, dim, start, end, step)
    src_shape = src.shape

    def slice_scatter_pullback(grad):
        self_ct = grad.slice_scatter(grad.new_zeros(src_shape), dim, start, end, step) if needs_self else None
        src_ct = slice_Tensor_op(grad, dim, start, end, step) if needs_src else None
        return (self_ct, src_ct)

    return result, slice_scatter_pullback


# rules/shape.yaml:98 aten::select_scatter
def select_scatter_batch(batch_size, batched, self, src, dim, index):
    self = spread(batch_size, batched[0], self)
    src = spread(batch_size, batched[1], src)
    dim = shift_dim(dim, src.ndim)
    return self.select_scatter(src, dim, index)


def select_scatter_jvp(tangents, self, src, dim, index):
    self_t, src_t = tangents
    result = self.select_scatter(src, dim, index)
    if self_t is None and src_t is None:
        tangent = None
    else:
        self_t = tangent_or_zeros(self_t, self)
        src_t = tangent_or_zeros(src_t, src)
        tangent = self_t.select_scatter(src_t, dim, index)
    return result, tangent


def select_scatter_vjp(needs, self, src, dim, index):
    needs_self, needs_src = needs
    result = self.select_scatter(src, dim, index)
    src_shape = src.shape

    def select_scatter_pullback(grad):
        self_ct = grad.select_scatter(grad.new_zeros(src_shape), dim, index) if needs_self else None
        src_ct = grad.select(dim, index) if needs_src else None
        return (self_ct, src_ct)

    return result, select_scatter_pullback


# rules/shape.yaml:103 aten::diagonal_scatter
def diagonal_scatter_batch(batch_size, batched, self, src, offset=0, dim1=0, dim2=1):
    self = spread(batch_size, batched[0], self)
    src = spread(batch_size, batched[1], src)
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    if src.ndim == 1:
        src = src.unsqueeze(-1)
    dim1 = shift_dim(dim1, self.ndim - 1)
    dim2 = shift_dim(dim2, self.ndim - 1)
    result = self.diagonal_scatter(src, offset, dim1, dim2)
    return squeeze_last(result) if scalar else result


def diagonal_scatter_jvp(tangents, self, src, offset=0, dim1=0, dim2=1):
    self_t, src_t = tangents
    result = self.diagonal_scatter(src, offset, dim1, dim2)
    if self_t is None and src_t is None:
        tangent = None
    else:
        self_t = tangent_or_zeros(self_t, self)
        src_t = tangent_or_zeros(src_t, src)
        tangent = self_t.diagonal_scatter(src_t, offset, dim1, dim2)
    return result, tangent


def diagonal_scatter_vjp(needs, self, src, offset=0, dim1=0, dim2=1):
    needs_self, needs_src = needs
    result = self.diagonal_scatter(src, offset, dim1, dim2)
    src_shape = src.shape

    def diagonal_scatter_pullback(grad):
        self_ct = grad.diagonal_scatter(grad.new_zeros(src_shape), offset, dim1, dim2) if needs_self else None
        src_ct = grad.diagonal(offset, dim1, dim2) if needs_src else None
        return (self_ct, src_ct)

    return result, diagonal_scatter_pullback


# rules/shape.yaml:118 aten::constant_pad_nd
def constant_pad_nd_batch(batch_size, batched, self, pad, value=0):
    if self.ndim <= len(pad) // 2:
        low_rank("aten::constant_pad_nd", "self", self, len(pad) // 2)
    return torch.constant_pad_nd(self, pad, value)


def constant_pad_nd_jvp(tangents, self, pad, value=0):
    self_t = tangents[0]
    result = torch.constant_pad_nd(self, pad, value)
    tangent = torch.constant_pad_nd(self_t, pad, 0)
    return result, tangent


def constant_pad_nd_vjp(needs, self, pad, value=0):
    result = torch.constant_pad_nd(self, pad, value)

    def constant_pad_nd_pullback(grad):
        return (torch.constant_pad_nd(grad, negated(pad), 0),)

    return result, constant_pad_nd_pullback


# rules/shape.yaml:122 aten::reflection_pad1d
def reflection_pad1d_batch(batch_size, batched, self, padding):
    self, count = fold(batch_size, batched[0], self, 0, 2)
    return unfold(torch._C._nn.reflection_pad1d(self, padding), batch_size, count, 0)


def reflection_pad1d_jvp(tangents, self, padding):
    self_t = tangents[0]
    result = torch._C._nn.reflection_pad1d(self, padding)
    tangent = torch._C._nn.reflection_pad1d(self_t, padding)
    return result, tangent


def reflection_pad1d_vjp(needs, self, padding):
    result = torch._C._nn.reflection_pad1d(self, padding)

    def reflection_pad1d_pullback(grad):
        return (reflection_pad1d_backward_op(grad, self, padding),)

    return result, reflection_pad1d_pullback


# rules/shape.yaml:125 aten::reflection_pad2d
def reflection_pad2d_batch(batch_size, batched, self, padding):
    self, count = fold(batch_size, batched[0], self, 0, 3)
    return unfold(torch._C._nn.reflection_pad2d(self, padding), batch_size, count, 0)


def reflection_pad2d_jvp(tangents, self, padding):
    self_t = tangents[0]
    result = torch._C._nn.reflection_pad2d(self, padding)
    tangent = torch._C._nn.reflection_pad2d(self_t, padding)
    return result, tangent


def reflection_pad2d_vjp(needs, self, padding):
    result = torch._C._nn.reflection_pad2d(self, padding)

    def reflection_pad2d_pullback(grad):
        return (reflection_pad2d_backward_op(grad, self, padding),)

    return result, reflection_pad2d_pullback


# rules/shape.yaml:128 aten::reflection_pad3d
def reflection_pad3d_batch(batch_size, batched, self, padding):
    self, count = fold(batch_size, batched[0], self, 0, 4)
    return unfold(torch._C._nn.reflection_pad3d(self, padding), batch_size, count, 0)


def reflection_pad3d_jvp(tangents, self, padding):
    self_t = tangents[0]
    result = torch._C._nn.reflection_pad3d(self, padding)
    tangent = torch._C._nn.reflection_pad3d(self_t, padding)
    return result, tangent


def reflection_pad3d_vjp(needs, self, padding):
    result = torch._C._nn.reflection_pad3d(self, padding)

    def reflection_pad3d_pullback(grad):
        return (reflection_pad3d_backward_op(grad, self, padding),)

    return result, reflection_pad3d_pullback


# rules/shape.yaml:131 aten::replication_pad1d
def replication_pad1d_batch(batch_size, batched, self, padding):
    self, count = fold(batch_size, batched[0], self, 0, 2)
    return unfold(torch._C._nn.replication_pad1d(self, padding), batch_size, count, 0)


def replication_pad1d_jvp(tangents, self, padding):
    self_t = tangents[0]
    result = torch._C._nn.replication_pad1d(self, padding)
    tangent = torch._C._nn.replication_pad1d(self_t, padding)
    return result, tangent


def replication_pad1d_vjp(needs, self, padding):
    result = torch._C._nn.replication_pad1d(self, padding)

    def replication_pad1d_pullback(grad):
        return (replication_pad1d_backward_op(grad, self, padding),)

    return result, replication_pad1d_pullback


# rules/shape.yaml:134 aten::replication_pad2d
def replication_pad2d_batch(batch_size, batched, self, padding):
    self, count = fold(batch_size, batched[0], self, 0, 3)
    return unfold(torch._C._nn.replication_pad2d(self, padding), batch_size, count, 0)


def replication_pad2d_jvp(tangents, self, padding):
    self_t = tangents[0]
    result = torch._C._nn.replication_pad2d(self, padding)
    tangent = torch._C._nn.replication_pad2d(self_t, padding)
    return result, tangent


def replication_pad2d_vjp(needs, self, padding):
    result = torch._C._nn.replication_pad2d(self, padding)

    def replication_pad2d_pullback(grad):
        return (replication_pad2d_backward_op(grad, self, padding),)

    return result, replication_pad2d_pullback


# rules/shape.yaml:137 aten::replication_pad3d
def replication_pad3d_batch(batch_size, batched, self, padding):
    self, count = fold(batch_size, batched[0], self, 0, 4)
    return unfold(torch._C._nn.replication_pad3d(self, padding), batch_size, count, 0)


def replication_pad3d_jvp(tangents, self, padding):
    self_t = tangents[0]
    result = torch._C._nn.replication_pad3d(self, padding)
    tangent = torch._C._nn.replication_pad3d(self_t, padding)
    return result, tangent


def replication_pad3d_vjp(needs, self, padding):
    result = torch._C._nn.replication_pad3d(self, padding)

    def replication_pad3d_pullback(grad):
        return (replication_pad3d_backward_op(grad, self, padding),)

    return result, replication_pad3d_pullback


# rules/shape.yaml:140 aten::reflection_pad1d_backward
def reflection_pad1d_backward_batch(batch_size, batched, grad_output, self, padding):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 2)
    self, _ = fold(batch_size, batched[1], self, 0, 2)
    return unfold(reflection_pad1d_backward_op(grad_output, self, padding), batch_size, count, 0)


def reflection_pad1d_backward_jvp(tangents, grad_output, self, padding):
    grad_output_t = tangents[0]
    result = reflection_pad1d_backward_op(grad_output, self, padding)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = reflection_pad1d_backward_op(grad_output_t, self, padding)
    return result, tangent


def reflection_pad1d_backward_vjp(needs, grad_output, self, padding):
    needs_grad_output = needs[0]
    result = reflection_pad1d_backward_op(grad_output, self, padding)

    def reflection_pad1d_backward_pullback(grad):
        grad_output_ct = torch._C._nn.reflection_pad1d(grad, padding) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, reflection_pad1d_backward_pullback


# rules/shape.yaml:144 aten::reflection_pad2d_backward
def reflection_pad2d_backward_batch(batch_size, batched, grad_output, self, padding):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 3)
    self, _ = fold(batch_size, batched[1], self, 0, 3)
    return unfold(reflection_pad2d_backward_op(grad_output, self, padding), batch_size, count, 0)


def reflection_pad2d_backward_jvp(tangents, grad_output, self, padding):
    grad_output_t = tangents[0]
    result = reflection_pad2d_backward_op(grad_output, self, padding)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = reflection_pad2d_backward_op(grad_output_t, self, padding)
    return result, tangent


def reflection_pad2d_backward_vjp(needs, grad_output, self, padding):
    needs_grad_output = needs[0]
    result = reflection_pad2d_backward_op(grad_output, self, padding)

    def reflection_pad2d_backward_pullback(grad):
        grad_output_ct = torch._C._nn.reflection_pad2d(grad, padding) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, reflection_pad2d_backward_pullback


# rules/shape.yaml:148 aten::reflection_pad3d_backward
def reflection_pad3d_backward_batch(batch_size, batched, grad_output, self, padding):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 4)
    self, _ = fold(batch_size, batched[1], self, 0, 4)
    return unfold(reflection_pad3d_backward_op(grad_output, self, padding), batch_size, count, 0)


def reflection_pad3d_backward_jvp(tangents, grad_output, self, padding):
    grad_output_t = tangents[0]
    result = reflection_pad3d_backward_op(grad_output, self, padding)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = reflection_pad3d_backward_op(grad_output_t, self, padding)
    return result, tangent


def reflection_pad3d_backward_vjp(needs, grad_output, self, padding):
    needs_grad_output = needs[0]
    result = reflection_pad3d_backward_op(grad_output, self, padding)

    def reflection_pad3d_backward_pullback(grad):
        grad_output_ct = torch._C._nn.reflection_pad3d(grad, padding) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, reflection_pad3d_backward_pullback


# rules/shape.yaml:152 aten::replication_pad1d_backward
def replication_pad1d_backward_batch(batch_size, batched, grad_output, self, padding):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 2)
    self, _ = fold(batch_size, batched[1], self, 0, 2)
    return unfold(replication_pad1d_backward_op(grad_output, self, padding), batch_size, count, 0)


def replication_pad1d_backward_jvp(tangents, grad_output, self, padding):
    grad_output_t = tangents[0]
    result = replication_pad1d_backward_op(grad_output, self, padding)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = replication_pad1d_backward_op(grad_output_t, self, padding)
    return result, tangent


def replication_pad1d_backward_vjp(needs, grad_output, self, padding):
    needs_grad_output = needs[0]
    result = replication_pad1d_backward_op(grad_output, self, padding)

    def replication_pad1d_backward_pullback(grad):
        grad_output_ct = torch._C._nn.replication_pad1d(grad, padding) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, replication_pad1d_backward_pullback


# rules/shape.yaml:156 aten::replication_pad2d_backward
def replication_pad2d_backward_batch(batch_size, batched, grad_output, self, padding):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 3)
    self, _ = fold(batch_size, batched[1], self, 0, 3)
    return unfold(replication_pad2d_backward_op(grad_output, self, padding), batch_size, count, 0)


def replication_pad2d_backward_jvp(tangents, grad_output, self, padding):
    grad_output_t = tangents[0]
    result = replication_pad2d_backward_op(grad_output, self, padding)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = replication_pad2d_backward_op(grad_output_t, self, padding)
    return result, tangent


def replication_pad2d_backward_vjp(needs, grad_output, self, padding):
    needs_grad_output = needs[0]
    result = replication_pad2d_backward_op(grad_output, self, padding)

    def replication_pad2d_backward_pullback(grad):
        grad_output_ct = torch._C._nn.replication_pad2d(grad, padding) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, replication_pad2d_backward_pullback


# rules/shape.yaml:160 aten::replication_pad3d_backward
def replication_pad3d_backward_batch(batch_size, batched, grad_output, self, padding):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 4)
    self, _ = fold(batch_size, batched[1], self, 0, 4)
    return unfold(replication_pad3d_backward_op(grad_output, self, padding), batch_size, count, 0)


def replication_pad3d_backward_jvp(tangents, grad_output, self, padding):
    grad_output_t = tangents[0]
    result = replication_pad3d_backward_op(grad_output, self, padding)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = replication_pad3d_backward_op(grad_output_t, self, padding)
    return result, tangent


def replication_pad3d_backward_vjp(needs, grad_output, self, padding):
    needs_grad_output = needs[0]
    result = replication_pad3d_backward_op(grad_output, self, padding)

    def replication_pad3d_backward_pullback(grad):
        grad_output_ct = torch._C._nn.replication_pad3d(grad, padding) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, replication_pad3d_backward_pullback


RULES = {
    "aten::cat": Rules(
        batch=oplift_rules_shape.cat_batch,
        jvp=cat_jvp,
        vjp=cat_vjp,
        kind='python',
        form='linear',
        origin='rules/shape.yaml:5',
    ),
    "aten::concat": Rules(decompose=concat_decompose, kind='decompose', origin='rules/shape.yaml:8'),
    "aten::concatenate": Rules(
        decompose=concatenate_decompose, kind='decompose', origin='rules/shape.yaml:9'
    ),
    "aten::stack": Rules(
        batch=stack_batch,
        jvp=stack_jvp,
        vjp=stack_vjp,
        kind='dims',
        form='linear',
        origin='rules/shape.yaml:10',
    ),
    "aten::_stack": Rules(
        batch=_stack_batch,
        jvp=_stack_jvp,
        vjp=_stack_vjp,
        kind='dims',
        form='linear',
        origin='rules/shape.yaml:13',
    ),
    "aten::_chunk_cat": Rules(decompose=chunk_cat, kind='decompose', origin='rules/shape.yaml:17'),
    "aten::meshgrid": Rules(decompose=meshgrid_decompose, kind='decompose', origin='rules/shape.yaml:18'),
    "aten::meshgrid.indexing": Rules(
        decompose=meshgrid_indexing_decompose, kind='decompose', origin='rules/shape.yaml:21'
    ),
    "aten::block_diag": Rules(decompose=block_diag, kind='decompose', origin='rules/shape.yaml:25'),
    "aten::pad_sequence": Rules(decompose=pad_sequence, kind='decompose', origin='rules/shape.yaml:26'),
    "aten::repeat": Rules(
        batch=repeat_batch,
        jvp=repeat_jvp,
        vjp=repeat_vjp,
        kind='shape',
        form='linear',
        origin='rules/shape.yaml:32',
    ),
    "aten::tile": Rules(decompose=tile_decompose, kind='decompose', origin='rules/shape.yaml:35'),
    "aten::repeat_interleave.self_int": Rules(
        decompose=repeat_interleave, kind='decompose', origin='rules/shape.yaml:36'
    ),
    "aten::repeat_interleave.self_Tensor": Rules(
        decompose=repeat_interleave_each, kind='decompose', origin='rules/shape.yaml:37'
    ),
    "aten::vander": Rules(decompose=vander, kind='decompose', origin='rules/shape.yaml:41'),
    "aten::repeat_interleave.Tensor": Rules(
        batch=repeat_interleave_batch, derivative='none', kind='python', origin='rules/shape.yaml:42'
    ),
    "aten::flip": Rules(
        batch=flip_batch, jvp=flip_jvp, vjp=flip_vjp, kind='dims', form='linear', origin='rules/shape.yaml:47'
    ),
    "aten::roll": Rules(
        batch=roll_batch, jvp=roll_jvp, vjp=roll_vjp, kind='dims', form='linear', origin='rules/shape.yaml:50'
    ),
    "aten::rot90": Rules(
        batch=rot90_batch,
        jvp=rot90_jvp,
        vjp=rot90_vjp,
        kind='dims',
        form='linear',
        origin='rules/shape.yaml:53',
    ),
    "aten::tril": Rules(
        batch=tril_batch,
        jvp=tril_jvp,
        vjp=tril_vjp,
        kind='leading',
        form='linear',
        origin='rules/shape.yaml:56',
    ),
    "aten::triu": Rules(
        batch=triu_batch,
        jvp=triu_jvp,
        vjp=triu_vjp,
        kind='leading',
        form='linear',
        origin='rules/shape.yaml:59',
    ),
    "aten::diag_embed": Rules(
        batch=diag_embed_batch,
        jvp=diag_embed_jvp,
        vjp=diag_embed_vjp,
        kind='dims',
        form='linear',
        origin='rules/shape.yaml:62',
    ),
    "aten::pixel_shuffle": Rules(
        batch=pixel_shuffle_batch,
        jvp=pixel_shuffle_jvp,
        vjp=pixel_shuffle_vjp,
        kind='leading',
        form='linear',
        origin='rules/shape.yaml:65',
    ),
    "aten::pixel_unshuffle": Rules(
        batch=pixel_unshuffle_batch,
        jvp=pixel_unshuffle_jvp,
        vjp=pixel_unshuffle_vjp,
        kind='leading',
        form='linear',
        origin='rules/shape.yaml:68',
    ),
    "aten::channel_shuffle": Rules(
        batch=channel_shuffle_batch,
        jvp=channel_shuffle_jvp,
        vjp=channel_shuffle_vjp,
        kind='fold',
        form='linear',
        origin='rules/shape.yaml:71',
    ),
    "aten::native_channel_shuffle": Rules(
        decompose=native_channel_shuffle_decompose, kind='decompose', origin='rules/shape.yaml:74'
    ),
    "aten::im2col": Rules(
        batch=im2col_batch,
        jvp=im2col_jvp,
        vjp=im2col_vjp,
        kind='fold',
        form='linear',
        origin='rules/shape.yaml:77',
    ),
    "aten::col2im": Rules(
        batch=col2im_batch,
        jvp=col2im_jvp,
        vjp=col2im_vjp,
        kind='fold',
        form='linear',
        origin='rules/shape.yaml:80',
    ),
    "aten::resize": Rules(decompose=resize, kind='decompose', origin='rules/shape.yaml:83'),
    "aten::resize_as": Rules(decompose=resize_as_decompose, kind='decompose', origin='rules/shape.yaml:87'),
    "aten::slice_scatter": Rules(
        batch=slice_scatter_batch,
        jvp=slice_scatter_jvp,
        vjp=slice_scatter_vjp,
        kind='dims',
        form='linear',
        origin='rules/shape.yaml:93',
    ),
    "aten::select_scatter": Rules(
        batch=select_scatter_batch,
        jvp=select_scatter_jvp,
        vjp=select_scatter_vjp,
        kind='dims',
        form='linear',
        origin='rules/shape.yaml:98',
    ),
    "aten::diagonal_scatter": Rules(
        batch=diagonal_scatter_batch,
        jvp=diagonal_scatter_jvp,
        vjp=diagonal_scatter_vjp,
        kind='dims',
        form='linear',
        origin='rules/shape.yaml:103',
    ),
    "aten::pad": Rules(decompose=pad, kind='decompose', origin='rules/shape.yaml:110'),
    "aten::_pad_circular": Rules(decompose=pad_circular, kind='decompose', origin='rules/shape.yaml:114'),
    "aten::constant_pad_nd": Rules(
        batch=constant_pad_nd_batch,
        jvp=constant_pad_nd_jvp,
        vjp=constant_pad_nd_vjp,
        kind='leading',
        form='formulas',
        origin='rules/shape.yaml:118',
    ),
    "aten::reflection_pad1d": Rules(
        batch=reflection_pad1d_batch,
        jvp=reflection_pad1d_jvp,
        vjp=reflection_pad1d_vjp,
        kind='fold',
        form='linear',
        origin='rules/shape.yaml:122',
    ),
    "aten::reflection_pad2d": Rules(
        batch=reflection_pad2d_batch,
        jvp=reflection_pad2d_jvp,
        vjp=reflection_pad2d_vjp,
        kind='fold',
        form='linear',
        origin='rules/shape.yaml:125',
    ),
    "aten::reflection_pad3d": Rules(
        batch=reflection_pad3d_batch,
        jvp=reflection_pad3d_jvp,
        vjp=reflection_pad3d_vjp,
        kind='fold',
        form='linear',
        origin='rules/shape.yaml:128',
    ),
    "aten::replication_pad1d": Rules(
        batch=replication_pad1d_batch,
        jvp=replication_pad1d_jvp,
        vjp=replication_pad1d_vjp,
        kind='fold',
        form='linear',
        origin='rules/shape.yaml:131',
    ),
    "aten::replication_pad2d": Rules(
        batch=replication_pad2d_batch,
        jvp=replication_pad2d_jvp,
        vjp=replication_pad2d_vjp,
        kind='fold',
        form='linear',
        origin='rules/shape.yaml:134',
    ),
    "aten::replication_pad3d": Rules(
        batch=replication_pad3d_batch,
        jvp=replication_pad3d_jvp,
        vjp=replication_pad3d_vjp,
        kind='fold',
        form='linear',
        origin='rules/shape.yaml:137',
    ),
    "aten::reflection_pad1d_backward": Rules(
        batch=reflection_pad1d_backward_batch,
        jvp=reflection_pad1d_backward_jvp,
        vjp=reflection_pad1d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/shape.yaml:140',
    ),
    "aten::reflection_pad2d_backward": Rules(
        batch=reflection_pad2d_backward_batch,
        jvp=reflection_pad2d_backward_jvp,
        vjp=reflection_pad2d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/shape.yaml:144',
    ),
    "aten::reflection_pad3d_backward": Rules(
        batch=reflection_pad3d_backward_batch,
        jvp=reflection_pad3d_backward_jvp,
        vjp=reflection_pad3d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/shape.yaml:148',
    ),
    "aten::replication_pad1d_backward": Rules(
        batch=replication_pad1d_backward_batch,
        jvp=replication_pad1d_backward_jvp,
        vjp=replication_pad1d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/shape.yaml:152',
    ),
    "aten::replication_pad2d_backward": Rules(
        batch=replication_pad2d_backward_batch,
        jvp=replication_pad2d_backward_jvp,
        vjp=replication_pad2d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/shape.yaml:156',
    ),
    "aten::replication_pad3d_backward": Rules(
        batch=replication_pad3d_backward_batch,
        jvp=replication_pad3d_backward_jvp,
        vjp=replication_pad3d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/shape.yaml:160',
    ),
}
