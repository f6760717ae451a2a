"""Rules from rules/upsample.yaml; do not edit, run `make gen`.

source sha256: 6f1af0b5a857a1abdacdd889ffc3d17ecfc336830540b345745b9526bc645ca4
torch: 2.13
"""

from __future__ import annotations

import torch

from oplift.rule import Rules
from oplift.rules.kinds import Deferred, count_all, fold, unfold
from oplift.rules.upsample import (
    affine_grid,
    cudnn_grid_sampler,
    grid_gradient,
    grid_sampler,
    grid_tangent,
    resized,
)

_upsample_bicubic2d_aa_backward_op = Deferred(
    globals(), "_upsample_bicubic2d_aa_backward_op", "aten::_upsample_bicubic2d_aa_backward"
)
_upsample_bilinear2d_aa_backward_op = Deferred(
    globals(), "_upsample_bilinear2d_aa_backward_op", "aten::_upsample_bilinear2d_aa_backward"
)
_upsample_lanczos2d_aa_backward_op = Deferred(
    globals(), "_upsample_lanczos2d_aa_backward_op", "aten::_upsample_lanczos2d_aa_backward"
)
_upsample_nearest_exact1d_backward_op = Deferred(
    globals(), "_upsample_nearest_exact1d_backward_op", "aten::_upsample_nearest_exact1d_backward"
)
_upsample_nearest_exact2d_backward_op = Deferred(
    globals(), "_upsample_nearest_exact2d_backward_op", "aten::_upsample_nearest_exact2d_backward"
)
_upsample_nearest_exact3d_backward_op = Deferred(
    globals(), "_upsample_nearest_exact3d_backward_op", "aten::_upsample_nearest_exact3d_backward"
)
grid_sampler_2d_backward_op = Deferred(
    globals(), "grid_sampler_2d_backward_op", "aten::grid_sampler_2d_backward"
)
grid_sampler_3d_backward_op = Deferred(
    globals(), "grid_sampler_3d_backward_op", "aten::grid_sampler_3d_backward"
)
upsample_bicubic2d_backward_op = Deferred(
    globals(), "upsample_bicubic2d_backward_op", "aten::upsample_bicubic2d_backward"
)
upsample_bilinear2d_backward_op = Deferred(
    globals(), "upsample_bilinear2d_backward_op", "aten::upsample_bilinear2d_backward"
)
upsample_linear1d_backward_op = Deferred(
    globals(), "upsample_linear1d_backward_op", "aten::upsample_linear1d_backward"
)
upsample_nearest1d_backward_op = Deferred(
    globals(), "upsample_nearest1d_backward_op", "aten::upsample_nearest1d_backward"
)
upsample_nearest2d_backward_op = Deferred(
    globals(), "upsample_nearest2d_backward_op", "aten::upsample_nearest2d_backward"
)
upsample_nearest3d_backward_op = Deferred(
    globals(), "upsample_nearest3d_backward_op", "aten::upsample_nearest3d_backward"
)
upsample_trilinear3d_backward_op = Deferred(
    globals(), "upsample_trilinear3d_backward_op", "aten::upsample_trilinear3d_backward"
)


# rules/upsample.yaml:5 aten::upsample_linear1d
def upsample_linear1d_batch(batch_size, batched, self, output_size, align_corners, scales=None):
    self, count = fold(batch_size, batched[0], self, 0, None)
    return unfold(
        torch._C._nn.upsample_linear1d(self, output_size, align_corners, scales), batch_size, count, 0
    )


def upsample_linear1d_jvp(tangents, self, output_size, align_corners, scales=None):
    self_t = tangents[0]
    result = torch._C._nn.upsample_linear1d(self, output_size, align_corners, scales)
    tangent = torch._C._nn.upsample_linear1d(self_t, output_size, align_corners, scales)
    return result, tangent


def upsample_linear1d_vjp(needs, self, output_size, align_corners, scales=None):
    result = torch._C._nn.upsample_linear1d(self, output_size, align_corners, scales)
    self_shape = self.shape

    def upsample_linear1d_pullback(grad):
        return (upsample_linear1d_backward_op(grad, output_size, self_shape, align_corners, scales),)

    return result, upsample_linear1d_pullback


# rules/upsample.yaml:8 aten::upsample_linear1d_backward
def upsample_linear1d_backward_batch(
    batch_size, batched, grad_output, output_size, input_size, align_corners, scales=None
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, None)
    input_size = count_all(batch_size, input_size)
    return unfold(
        upsample_linear1d_backward_op(grad_output, output_size, input_size, align_corners, scales),
        batch_size,
        count,
        0,
    )


def upsample_linear1d_backward_jvp(
    tangents, grad_output, output_size, input_size, align_corners, scales=None
):
    grad_output_t = tangents[0]
    result = upsample_linear1d_backward_op(grad_output, output_size, input_size, align_corners, scales)
    tangent = upsample_linear1d_backward_op(grad_output_t, output_size, input_size, align_corners, scales)
    return result, tangent


def upsample_linear1d_backward_vjp(needs, grad_output, output_size, input_size, align_corners, scales=None):
    result = upsample_linear1d_backward_op(grad_output, output_size, input_size, align_corners, scales)

    def upsample_linear1d_backward_pullback(grad):
        return (torch._C._nn.upsample_linear1d(grad, output_size, align_corners, scales),)

    return result, upsample_linear1d_backward_pullback


# rules/upsample.yaml:12 aten::upsample_bilinear2d
def upsample_bilinear2d_batch(
    batch_size, batched, self, output_size, align_corners, scales_h=None, scales_w=None
):
    self, count = fold(batch_size, batched[0], self, 0, None)
    return unfold(
        torch._C._nn.upsample_bilinear2d(self, output_size, align_corners, scales_h, scales_w),
        batch_size,
        count,
        0,
    )


def upsample_bilinear2d_jvp(tangents, self, output_size, align_corners, scales_h=None, scales_w=None):
    self_t = tangents[0]
    result = torch._C._nn.upsample_bilinear2d(self, output_size, align_corners, scales_h, scales_w)
    tangent = torch._C._nn.upsample_bilinear2d(self_t, output_size, align_corners, scales_h, scales_w)
    return result, tangent


def upsample_bilinear2d_vjp(needs, self, output_size, align_corners, scales_h=None, scales_w=None):
    result = torch._C._nn.upsample_bilinear2d(self, output_size, align_corners, scales_h, scales_w)
    self_shape = self.shape

    def upsample_bilinear2d_pullback(grad):
        return (
            upsample_bilinear2d_backward_op(grad, output_size, self_shape, align_corners, scales_h, scales_w),
        )

    return result, upsample_bilinear2d_pullback


# rules/upsample.yaml:15 aten::upsample_bilinear2d_backward
def upsample_bilinear2d_backward_batch(
    batch_size, batched, grad_output, output_size, input_size, align_corners, scales_h=None, scales_w=None
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, None)
    input_size = count_all(batch_size, input_size)
    return unfold(
        upsample_bilinear2d_backward_op(
            grad_output, output_size, input_size, align_corners, scales_h, scales_w
        ),
        batch_size,
        count,
        0,
    )


def upsample_bilinear2d_backward_jvp(
    tangents, grad_output, output_size, input_size, align_corners, scales_h=None, scales_w=None
):
    grad_output_t = tangents[0]
    result = upsample_bilinear2d_backward_op(
        grad_output, output_size, input_size, align_corners, scales_h, scales_w
    )
    tangent = upsample_bilinear2d_backward_op(
        grad_output_t, output_size, input_size, align_corners, scales_h, scales_w
    )
    return result, tangent


def upsample_bilinear2d_backward_vjp(
    needs, grad_output, output_size, input_size, align_corners, scales_h=None, scales_w=None
):
    result = upsample_bilinear2d_backward_op(
        grad_output, output_size, input_size, align_corners, scales_h, scales_w
    )

    def upsample_bilinear2d_backward_pullback(grad):
        return (torch._C._nn.upsample_bilinear2d(grad, output_size, align_corners, scales_h, scales_w),)

    return result, upsample_bilinear2d_backward_pullback


# rules/upsample.yaml:19 aten::_upsample_bilinear2d_aa
def _upsample_bilinear2d_aa_batch(
    batch_size, batched, self, output_size, align_corners, scales_h=None, scales_w=None
):
    self, count = fold(batch_size, batched[0], self, 0, None)
    return unfold(
        torch._C._nn._upsample_bilinear2d_aa(self, output_size, align_corners, scales_h, scales_w),
        batch_size,
        count,
        0,
    )


def _upsample_bilinear2d_aa_jvp(tangents, self, output_size, align_corners, scales_h=None, scales_w=None):
    self_t = tangents[0]
    result = torch._C._nn._upsample_bilinear2d_aa(self, output_size, align_corners, scales_h, scales_w)
    tangent = torch._C._nn._upsample_bilinear2d_aa(self_t, output_size, align_corners, scales_h, scales_w)
    return result, tangent


def _upsample_bilinear2d_aa_vjp(needs, self, output_size, align_corners, scales_h=None, scales_w=None):
    result = torch._C._nn._upsample_bilinear2d_aa(self, output_size, align_corners, scales_h, scales_w)
    self_shape = self.shape

    def _upsample_bilinear2d_aa_pullback(grad):
        return (
            _upsample_bilinear2d_aa_backward_op(
                grad, output_size, self_shape, align_corners, scales_h, scales_w
            ),
        )

    return result, _upsample_bilinear2d_aa_pullback


# rules/upsample.yaml:23 aten::_upsample_bilinear2d_aa_backward
def _upsample_bilinear2d_aa_backward_batch(
    batch_size, batched, grad_output, output_size, input_size, align_corners, scales_h=None, scales_w=None
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, None)
    input_size = count_all(batch_size, input_size)
    return unfold(
        _upsample_bilinear2d_aa_backward_op(
            grad_output, output_size, input_size, align_corners, scales_h, scales_w
        ),
        batch_size,
        count,
        0,
    )


def _upsample_bilinear2d_aa_backward_jvp(
    tangents, grad_output, output_size, input_size, align_corners, scales_h=None, scales_w=None
):
    grad_output_t = tangents[0]
    result = _upsample_bilinear2d_aa_backward_op(
        grad_output, output_size, input_size, align_corners, scales_h, scales_w
    )
    tangent = _upsample_bilinear2d_aa_backward_op(
        grad_output_t, output_size, input_size, align_corners, scales_h, scales_w
    )
    return result, tangent


def _upsample_bilinear2d_aa_backward_vjp(
    needs, grad_output, output_size, input_size, align_corners, scales_h=None, scales_w=None
):
    result = _upsample_bilinear2d_aa_backward_op(
        grad_output, output_size, input_size, align_corners, scales_h, scales_w
    )

    def _upsample_bilinear2d_aa_backward_pullback(grad):
        return (torch._C._nn._upsample_bilinear2d_aa(grad, output_size, align_corners, scales_h, scales_w),)

    return result, _upsample_bilinear2d_aa_backward_pullback


# rules/upsample.yaml:27 aten::upsample_bicubic2d
def upsample_bicubic2d_batch(
    batch_size, batched, self, output_size, align_corners, scales_h=None, scales_w=None
):
    self, count = fold(batch_size, batched[0], self, 0, None)
    return unfold(
        torch._C._nn.upsample_bicubic2d(self, output_size, align_corners, scales_h, scales_w),
        batch_size,
        count,
        0,
    )


def upsample_bicubic2d_jvp(tangents, self, output_size, align_corners, scales_h=None, scales_w=None):
    self_t = tangents[0]
    result = torch._C._nn.upsample_bicubic2d(self, output_size, align_corners, scales_h, scales_w)
    tangent = torch._C._nn.upsample_bicubic2d(self_t, output_size, align_corners, scales_h, scales_w)
    return result, tangent


def upsample_bicubic2d_vjp(needs, self, output_size, align_corners, scales_h=None, scales_w=None):
    result = torch._C._nn.upsample_bicubic2d(self, output_size, align_corners, scales_h, scales_w)
    self_shape = self.shape

    def upsample_bicubic2d_pullback(grad):
        return (
            upsample_bicubic2d_backward_op(grad, output_size, self_shape, align_corners, scales_h, scales_w),
        )

    return result, upsample_bicubic2d_pullback


# rules/upsample.yaml:30 aten::upsample_bicubic2d_backward
def upsample_bicubic2d_backward_batch(
    batch_size, batched, grad_output, output_size, input_size, align_corners, scales_h=None, scales_w=None
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, None)
    input_size = count_all(batch_size, input_size)
    return unfold(
        upsample_bicubic2d_backward_op(
            grad_output, output_size, input_size, align_corners, scales_h, scales_w
        ),
        batch_size,
        count,
        0,
    )


def upsample_bicubic2d_backward_jvp(
    tangents, grad_output, output_size, input_size, align_corners, scales_h=None, scales_w=None
):
    grad_output_t = tangents[0]
    result = upsample_bicubic2d_backward_op(
        grad_output, output_size, input_size, align_corners, scales_h, scales_w
    )
    tangent = upsample_bicubic2d_backward_op(
        grad_output_t, output_size, input_size, align_corners, scales_h, scales_w
    )
    return result, tangent


def upsample_bicubic2d_backward_vjp(
    needs, grad_output, output_size, input_size, align_corners, scales_h=None, scales_w=None
):
    result = upsample_bicubic2d_backward_op(
        grad_output, output_size, input_size, align_corners, scales_h, scales_w
    )

    def upsample_bicubic2d_backward_pullback(grad):
        return (torch._C._nn.upsample_bicubic2d(grad, output_size, align_corners, scales_h, scales_w),)

    return result, upsample_bicubic2d_backward_pullback


# rules/upsample.yaml:34 aten::_upsample_bicubic2d_aa
def _upsample_bicubic2d_aa_batch(
    batch_size, batched, self, output_size, align_corners, scales_h=None, scales_w=None
):
    self, count = fold(batch_size, batched[0], self, 0, None)
    return unfold(
        torch._C._nn._upsample_bicubic2d_aa(self, output_size, align_corners, scales_h, scales_w),
        batch_size,
        count,
        0,
    )


def _upsample_bicubic2d_aa_jvp(tangents, self, output_size, align_corners, scales_h=None, scales_w=None):
    self_t = tangents[0]
    result = torch._C._nn._upsample_bicubic2d_aa(self, output_size, align_corners, scales_h, scales_w)
    tangent = torch._C._nn._upsample_bicubic2d_aa(self_t, output_size, align_corners, scales_h, scales_w)
    return result, tangent


def _upsample_bicubic2d_aa_vjp(needs, self, output_size, align_corners, scales_h=None, scales_w=None):
    result = torch._C._nn._upsample_bicubic2d_aa(self, output_size, align_corners, scales_h, scales_w)
    self_shape = self.shape

    def _upsample_bicubic2d_aa_pullback(grad):
        return (
            _upsample_bicubic2d_aa_backward_op(
                grad, output_size, self_shape, align_corners, scales_h, scales_w
            ),
        )

    return result, _upsample_bicubic2d_aa_pullback


# rules/upsample.yaml:37 aten::_upsample_bicubic2d_aa_backward
def _upsample_bicubic2d_aa_backward_batch(
    batch_size, batched, grad_output, output_size, input_size, align_corners, scales_h=None, scales_w=None
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, None)
    input_size = count_all(batch_size, input_size)
    return unfold(
        _upsample_bicubic2d_aa_backward_op(
            grad_output, output_size, input_size, align_corners, scales_h, scales_w
        ),
        batch_size,
        count,
        0,
    )


def _upsample_bicubic2d_aa_backward_jvp(
    tangents, grad_output, output_size, input_size, align_corners, scales_h=None, scales_w=None
):
    grad_output_t = tangents[0]
    result = _upsample_bicubic2d_aa_backward_op(
        grad_output, output_size, input_size, align_corners, scales_h, scales_w
    )
    tangent = _upsample_bicubic2d_aa_backward_op(
        grad_output_t, output_size, input_size, align_corners, scales_h, scales_w
    )
    return result, tangent


def _upsample_bicubic2d_aa_backward_vjp(
    needs, grad_output, output_size, input_size, align_corners, scales_h=None, scales_w=None
):
    result = _upsample_bicubic2d_aa_backward_op(
        grad_output, output_size, input_size, align_corners, scales_h, scales_w
    )

    def _upsample_bicubic2d_aa_backward_pullback(grad):
        return (torch._C._nn._upsample_bicubic2d_aa(grad, output_size, align_corners, scales_h, scales_w),)

    return result, _upsample_bicubic2d_aa_backward_pullback


# rules/upsample.yaml:41 aten::_upsample_lanczos2d_aa
def _upsample_lanczos2d_aa_batch(
    batch_size, batched, self, output_size, align_corners, scales_h=None, scales_w=None
):
    self, count = fold(batch_size, batched[0], self, 0, None)
    return unfold(
        torch._C._nn._upsample_lanczos2d_aa(self, output_size, align_corners, scales_h, scales_w),
        batch_size,
        count,
        0,
    )


def _upsample_lanczos2d_aa_jvp(tangents, self, output_size, align_corners, scales_h=None, scales_w=None):
    self_t = tangents[0]
    result = torch._C._nn._upsample_lanczos2d_aa(self, output_size, align_corners, scales_h, scales_w)
    tangent = torch._C._nn._upsample_lanczos2d_aa(self_t, output_size, align_corners, scales_h, scales_w)
    return result, tangent


def _upsample_lanczos2d_aa_vjp(needs, self, output_size, align_corners, scales_h=None, scales_w=None):
    result = torch._C._nn._upsample_lanczos2d_aa(self, output_size, align_corners, scales_h, scales_w)
    self_shape = self.shape

    def _upsample_lanczos2d_aa_pullback(grad):
        return (
            _upsample_lanczos2d_aa_backward_op(
                grad, output_size, self_shape, align_corners, scales_h, scales_w
            ),
        )

    return result, _upsample_lanczos2d_aa_pullback


# rules/upsample.yaml:45 aten::_upsample_lanczos2d_aa_backward
def _upsample_lanczos2d_aa_backward_batch(
    batch_size, batched, grad_output, output_size, input_size, align_corners, scales_h=None, scales_w=None
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, None)
    input_size = count_all(batch_size, input_size)
    return unfold(
        _upsample_lanczos2d_aa_backward_op(
            grad_output, output_size, input_size, align_corners, scales_h, scales_w
        ),
        batch_size,
        count,
        0,
    )


def _upsample_lanczos2d_aa_backward_jvp(
    tangents, grad_output, output_size, input_size, align_corners, scales_h=None, scales_w=None
):
    grad_output_t = tangents[0]
    result = _upsample_lanczos2d_aa_backward_op(
        grad_output, output_size, input_size, align_corners, scales_h, scales_w
    )
    tangent = _upsample_lanczos2d_aa_backward_op(
        grad_output_t, output_size, input_size, align_corners, scales_h, scales_w
    )
    return result, tangent


def _upsample_lanczos2d_aa_backward_vjp(
    needs, grad_output, output_size, input_size, align_corners, scales_h=None, scales_w=None
):
    result = _upsample_lanczos2d_aa_backward_op(
        grad_output, output_size, input_size, align_corners, scales_h, scales_w
    )

    def _upsample_lanczos2d_aa_backward_pullback(grad):
        return (torch._C._nn._upsample_lanczos2d_aa(grad, output_size, align_corners, scales_h, scales_w),)

    return result, _upsample_lanczos2d_aa_backward_pullback


# rules/upsample.yaml:50 aten::upsample_trilinear3d
def upsample_trilinear3d_batch(
    batch_size, batched, self, output_size, align_corners, scales_d=None, scales_h=None, scales_w=None
):
    self, count = fold(batch_size, batched[0], self, 0, None)
    return unfold(
        torch._C._nn.upsample_trilinear3d(self, output_size, align_corners, scales_d, scales_h, scales_w),
        batch_size,
        count,
        0,
    )


def upsample_trilinear3d_jvp(
    tangents, self, output_size, align_corners, scales_d=None, scales_h=None, scales_w=None
):
    self_t = tangents[0]
    result = torch._C._nn.upsample_trilinear3d(self, output_size, align_corners, scales_d, scales_h, scales_w)
    tangent = torch._C._nn.upsample_trilinear3d(
        self_t, output_size, align_corners, scales_d, scales_h, scales_w
    )
    return result, tangent


def upsample_trilinear3d_vjp(
    needs, self, output_size, align_corners, scales_d=None, scales_h=None, scales_w=None
):
    result = torch._C._nn.upsample_trilinear3d(self, output_size, align_corners, scales_d, scales_h, scales_w)
    self_shape = self.shape

    def upsample_trilinear3d_pullback(grad):
        return (
            upsample_trilinear3d_backward_op(
                grad, output_size, self_shape, align_corners, scales_d, scales_h, scales_w
            ),
        )

    return result, upsample_trilinear3d_pullback


# rules/upsample.yaml:54 aten::upsample_trilinear3d_backward
def upsample_trilinear3d_backward_batch(
    batch_size,
    batched,
    grad_output,
    output_size,
    input_size,
    align_corners,
    scales_d=None,
    scales_h=None,
    scales_w=None,
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, None)
    input_size = count_all(batch_size, input_size)
    return unfold(
        upsample_trilinear3d_backward_op(
            grad_output, output_size, input_size, align_corners, scales_d, scales_h, scales_w
        ),
        batch_size,
        count,
        0,
    )


def upsample_trilinear3d_backward_jvp(
    tangents, grad_output, output_size, input_size, align_corners, scales_d=None, scales_h=None, scales_w=None
):
    grad_output_t = tangents[0]
    result = upsample_trilinear3d_backward_op(
        grad_output, output_size, input_size, align_corners, scales_d, scales_h, scales_w
    )
    tangent = upsample_trilinear3d_backward_op(
        grad_output_t, output_size, input_size, align_corners, scales_d, scales_h, scales_w
    )
    return result, tangent


def upsample_trilinear3d_backward_vjp(
    needs, grad_output, output_size, input_size, align_corners, scales_d=None, scales_h=None, scales_w=None
):
    result = upsample_trilinear3d_backward_op(
        grad_output, output_size, input_size, align_corners, scales_d, scales_h, scales_w
    )

    def upsample_trilinear3d_backward_pullback(grad):
        return (
            torch._C._nn.upsample_trilinear3d(grad, output_size, align_corners, scales_d, scales_h, scales_w),
        )

    return result, upsample_trilinear3d_backward_pullback


# rules/upsample.yaml:58 aten::upsample_nearest1d
def upsample_nearest1d_batch(batch_size, batched, self, output_size, scales=None):
    self, count = fold(batch_size, batched[0], self, 0, None)
    return unfold(torch._C._nn.upsample_nearest1d(self, output_size, scales), batch_size, count, 0)


def upsample_nearest1d_jvp(tangents, self, output_size, scales=None):
    self_t = tangents[0]
    result = torch._C._nn.upsample_nearest1d(self, output_size, scales)
    tangent = torch._C._nn.upsample_nearest1d(self_t, output_size, scales)
    return result, tangent


def upsample_nearest1d_vjp(needs, self, output_size, scales=None):
    result = torch._C._nn.upsample_nearest1d(self, output_size, scales)
    self_shape = self.shape

    def upsample_nearest1d_pullback(grad):
        return (upsample_nearest1d_backward_op(grad, output_size, self_shape, scales),)

    return result, upsample_nearest1d_pullback


# rules/upsample.yaml:61 aten::upsample_nearest1d_backward
def upsample_nearest1d_backward_batch(batch_size, batched, grad_output, output_size, input_size, scales=None):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, None)
    input_size = count_all(batch_size, input_size)
    return unfold(
        upsample_nearest1d_backward_op(grad_output, output_size, input_size, scales), batch_size, count, 0
    )


def upsample_nearest1d_backward_jvp(tangents, grad_output, output_size, input_size, scales=None):
    grad_output_t = tangents[0]
    result = upsample_nearest1d_backward_op(grad_output, output_size, input_size, scales)
    tangent = upsample_nearest1d_backward_op(grad_output_t, output_size, input_size, scales)
    return result, tangent


def upsample_nearest1d_backward_vjp(needs, grad_output, output_size, input_size, scales=None):
    result = upsample_nearest1d_backward_op(grad_output, output_size, input_size, scales)

    def upsample_nearest1d_backward_pullback(grad):
        return (torch._C._nn.upsample_nearest1d(grad, output_size, scales),)

    return result, upsample_nearest1d_backward_pullback


# rules/upsample.yaml:65 aten::_upsample_nearest_exact1d
def _upsample_nearest_exact1d_batch(batch_size, batched, self, output_size, scales=None):
    self, count = fold(batch_size, batched[0], self, 0, None)
    return unfold(torch._C._nn._upsample_nearest_exact1d(self, output_size, scales), batch_size, count, 0)


def _upsample_nearest_exact1d_jvp(tangents, self, output_size, scales=None):
    self_t = tangents[0]
    result = torch._C._nn._upsample_nearest_exact1d(self, output_size, scales)
    tangent = torch._C._nn._upsample_nearest_exact1d(self_t, output_size, scales)
    return result, tangent


def _upsample_nearest_exact1d_vjp(needs, self, output_size, scales=None):
    result = torch._C._nn._upsample_nearest_exact1d(self, output_size, scales)
    self_shape = self.shape

    def _upsample_nearest_exact1d_pullback(grad):
        return (_upsample_nearest_exact1d_backward_op(grad, output_size, self_shape, scales),)

    return result, _upsample_nearest_exact1d_pullback


# rules/upsample.yaml:68 aten::_upsample_nearest_exact1d_backward
def _upsample_nearest_exact1d_backward_batch(
    batch_size, batched, grad_output, output_size, input_size, scales=None
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, None)
    input_size = count_all(batch_size, input_size)
    return unfold(
        _upsample_nearest_exact1d_backward_op(grad_output, output_size, input_size, scales),
        batch_size,
        count,
        0,
    )


def _upsample_nearest_exact1d_backward_jvp(tangents, grad_output, output_size, input_size, scales=None):
    grad_output_t = tangents[0]
    result = _upsample_nearest_exact1d_backward_op(grad_output, output_size, input_size, scales)
    tangent = _upsample_nearest_exact1d_backward_op(grad_output_t, output_size, input_size, scales)
    return result, tangent


def _upsample_nearest_exact1d_backward_vjp(needs, grad_output, output_size, input_size, scales=None):
    result = _upsample_nearest_exact1d_backward_op(grad_output, output_size, input_size, scales)

    def _upsample_nearest_exact1d_backward_pullback(grad):
        return (torch._C._nn._upsample_nearest_exact1d(grad, output_size, scales),)

    return result, _upsample_nearest_exact1d_backward_pullback


# rules/upsample.yaml:72 aten::upsample_nearest2d
def upsample_nearest2d_batch(batch_size, batched, self, output_size, scales_h=None, scales_w=None):
    self, count = fold(batch_size, batched[0], self, 0, None)
    return unfold(
        torch._C._nn.upsample_nearest2d(self, output_size, scales_h, scales_w), batch_size, count, 0
    )


def upsample_nearest2d_jvp(tangents, self, output_size, scales_h=None, scales_w=None):
    self_t = tangents[0]
    result = torch._C._nn.upsample_nearest2d(self, output_size, scales_h, scales_w)
    tangent = torch._C._nn.upsample_nearest2d(self_t, output_size, scales_h, scales_w)
    return result, tangent


def upsample_nearest2d_vjp(needs, self, output_size, scales_h=None, scales_w=None):
    result = torch._C._nn.upsample_nearest2d(self, output_size, scales_h, scales_w)
    self_shape = self.shape

    def upsample_nearest2d_pullback(grad):
        return (upsample_nearest2d_backward_op(grad, output_size, self_shape, scales_h, scales_w),)

    return result, upsample_nearest2d_pullback


# rules/upsample.yaml:75 aten::upsample_nearest2d_backward
def upsample_nearest2d_backward_batch(
    batch_size, batched, grad_output, output_size, input_size, scales_h=None, scales_w=None
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, None)
    input_size = count_all(batch_size, input_size)
    return unfold(
        upsample_nearest2d_backward_op(grad_output, output_size, input_size, scales_h, scales_w),
        batch_size,
        count,
        0,
    )


def upsample_nearest2d_backward_jvp(
    tangents, grad_output, output_size, input_size, scales_h=None, scales_w=None
):
    grad_output_t = tangents[0]
    result = upsample_nearest2d_backward_op(grad_output, output_size, input_size, scales_h, scales_w)
    tangent = upsample_nearest2d_backward_op(grad_output_t, output_size, input_size, scales_h, scales_w)
    return result, tangent


def upsample_nearest2d_backward_vjp(
    needs, grad_output, output_size, input_size, scales_h=None, scales_w=None
):
    result = upsample_nearest2d_backward_op(grad_output, output_size, input_size, scales_h, scales_w)

    def upsample_nearest2d_backward_pullback(grad):
        return (torch._C._nn.upsample_nearest2d(grad, output_size, scales_h, scales_w),)

    return result, upsample_nearest2d_backward_pullback


# rules/upsample.yaml:79 aten::_upsample_nearest_exact2d
def _upsample_nearest_exact2d_batch(batch_size, batched, self, output_size, scales_h=None, scales_w=None):
    self, count = fold(batch_size, batched[0], self, 0, None)
    return unfold(
        torch._C._nn._upsample_nearest_exact2d(self, output_size, scales_h, scales_w), batch_size, count, 0
    )


def _upsample_nearest_exact2d_jvp(tangents, self, output_size, scales_h=None, scales_w=None):
    self_t = tangents[0]
    result = torch._C._nn._upsample_nearest_exact2d(self, output_size, scales_h, scales_w)
    tangent = torch._C._nn._upsample_nearest_exact2d(self_t, output_size, scales_h, scales_w)
    return result, tangent


def _upsample_nearest_exact2d_vjp(needs, self, output_size, scales_h=None, scales_w=None):
    result = torch._C._nn._upsample_nearest_exact2d(self, output_size, scales_h, scales_w)
    self_shape = self.shape

    def _upsample_nearest_exact2d_pullback(grad):
        return (_upsample_nearest_exact2d_backward_op(grad, output_size, self_shape, scales_h, scales_w),)

    return result, _upsample_nearest_exact2d_pullback


# rules/upsample.yaml:82 aten::_upsample_nearest_exact2d_backward
def _upsample_nearest_exact2d_backward_batch(
    batch_size, batched, grad_output, output_size, input_size, scales_h=None, scales_w=None
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, None)
    input_size = count_all(batch_size, input_size)
    return unfold(
        _upsample_nearest_exact2d_backward_op(grad_output, output_size, input_size, scales_h, scales_w),
        batch_size,
        count,
        0,
    )


def _upsample_nearest_exact2d_backward_jvp(
    tangents, grad_output, output_size, input_size, scales_h=None, scales_w=None
):
    grad_output_t = tangents[0]
    result = _upsample_nearest_exact2d_backward_op(grad_output, output_size, input_size, scales_h, scales_w)
    tangent = _upsample_nearest_exact2d_backward_op(
        grad_output_t, output_size, input_size, scales_h, scales_w
    )
    return result, tangent


def _upsample_nearest_exact2d_backward_vjp(
    needs, grad_output, output_size, input_size, scales_h=None, scales_w=None
):
    result = _upsample_nearest_exact2d_backward_op(grad_output, output_size, input_size, scales_h, scales_w)

    def _upsample_nearest_exact2d_backward_pullback(grad):
        return (torch._C._nn._upsample_nearest_exact2d(grad, output_size, scales_h, scales_w),)

    return result, _upsample_nearest_exact2d_backward_pullback


# rules/upsample.yaml:86 aten::upsample_nearest3d
def upsample_nearest3d_batch(
    batch_size, batched, self, output_size, scales_d=None, scales_h=None, scales_w=None
):
    self, count = fold(batch_size, batched[0], self, 0, None)
    return unfold(
        torch._C._nn.upsample_nearest3d(self, output_size, scales_d, scales_h, scales_w), batch_size, count, 0
    )


def upsample_nearest3d_jvp(tangents, self, output_size, scales_d=None, scales_h=None, scales_w=None):
    self_t = tangents[0]
    result = torch._C._nn.upsample_nearest3d(self, output_size, scales_d, scales_h, scales_w)
    tangent = torch._C._nn.upsample_nearest3d(self_t, output_size, scales_d, scales_h, scales_w)
    return result, tangent


def upsample_nearest3d_vjp(needs, self, output_size, scales_d=None, scales_h=None, scales_w=None):
    result = torch._C._nn.upsample_nearest3d(self, output_size, scales_d, scales_h, scales_w)
    self_shape = self.shape

    def upsample_nearest3d_pullback(grad):
        return (upsample_nearest3d_backward_op(grad, output_size, self_shape, scales_d, scales_h, scales_w),)

    return result, upsample_nearest3d_pullback


# rules/upsample.yaml:89 aten::upsample_nearest3d_backward
def upsample_nearest3d_backward_batch(
    batch_size, batched, grad_output, output_size, input_size, scales_d=None, scales_h=None, scales_w=None
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, None)
    input_size = count_all(batch_size, input_size)
    return unfold(
        upsample_nearest3d_backward_op(grad_output, output_size, input_size, scales_d, scales_h, scales_w),
        batch_size,
        count,
        0,
    )


def upsample_nearest3d_backward_jvp(
    tangents, grad_output, output_size, input_size, scales_d=None, scales_h=None, scales_w=None
):
    grad_output_t = tangents[0]
    result = upsample_nearest3d_backward_op(
        grad_output, output_size, input_size, scales_d, scales_h, scales_w
    )
    tangent = upsample_nearest3d_backward_op(
        grad_output_t, output_size, input_size, scales_d, scales_h, scales_w
    )
    return result, tangent


def upsample_nearest3d_backward_vjp(
    needs, grad_output, output_size, input_size, scales_d=None, scales_h=None, scales_w=None
):
    result = upsample_nearest3d_backward_op(
        grad_output, output_size, input_size, scales_d, scales_h, scales_w
    )

    def upsample_nearest3d_backward_pullback(grad):
        return (torch._C._nn.upsample_nearest3d(grad, output_size, scales_d, scales_h, scales_w),)

    return result, upsample_nearest3d_backward_pullback


# rules/upsample.yaml:93 aten::_upsample_nearest_exact3d
def _upsample_nearest_exact3d_batch(
    batch_size, batched, self, output_size, scales_d=None, scales_h=None, scales_w=None
):
    self, count = fold(batch_size, batched[0], self, 0, None)
    return unfold(
        torch._C._nn._upsample_nearest_exact3d(self, output_size, scales_d, scales_h, scales_w),
        batch_size,
        count,
        0,
    )


def _upsample_nearest_exact3d_jvp(tangents, self, output_size, scales_d=None, scales_h=None, scales_w=None):
    self_t = tangents[0]
    result = torch._C._nn._upsample_nearest_exact3d(self, output_size, scales_d, scales_h, scales_w)
    tangent = torch._C._nn._upsample_nearest_exact3d(self_t, output_size, scales_d, scales_h, scales_w)
    return result, tangent


def _upsample_nearest_exact3d_vjp(needs, self, output_size, scales_d=None, scales_h=None, scales_w=None):
    result = torch._C._nn._upsample_nearest_exact3d(self, output_size, scales_d, scales_h, scales_w)
    self_shape = self.shape

    def _upsample_nearest_exact3d_pullback(grad):
        return (
            _upsample_nearest_exact3d_backward_op(
                grad, output_size, self_shape, scales_d, scales_h, scales_w
            ),
        )

    return result, _upsample_nearest_exact3d_pullback


# rules/upsample.yaml:96 aten::_upsample_nearest_exact3d_backward
def _upsample_nearest_exact3d_backward_batch(
    batch_size, batched, grad_output, output_size, input_size, scales_d=None, scales_h=None, scales_w=None
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, None)
    input_size = count_all(batch_size, input_size)
    return unfold(
        _upsample_nearest_exact3d_backward_op(
            grad_output, output_size, input_size, scales_d, scales_h, scales_w
        ),
        batch_size,
        count,
        0,
    )


def _upsample_nearest_exact3d_backward_jvp(
    tangents, grad_output, output_size, input_size, scales_d=None, scales_h=None, scales_w=None
):
    grad_output_t = tangents[0]
    result = _upsample_nearest_exact3d_backward_op(
        grad_output, output_size, input_size, scales_d, scales_h, scales_w
    )
    tangent = _upsample_nearest_exact3d_backward_op(
        grad_output_t, output_size, input_size, scales_d, scales_h, scales_w
    )
    return result, tangent


def _upsample_nearest_exact3d_backward_vjp(
    needs, grad_output, output_size, input_size, scales_d=None, scales_h=None, scales_w=None
):
    result = _upsample_nearest_exact3d_backward_op(
        grad_output, output_size, input_size, scales_d, scales_h, scales_w
    )

    def _upsample_nearest_exact3d_backward_pullback(grad):
        return (torch._C._nn._upsample_nearest_exact3d(grad, output_size, scales_d, scales_h, scales_w),)

    return result, _upsample_nearest_exact3d_backward_pullback


# rules/upsample.yaml:102 aten::upsample_linear1d.vec
def upsample_linear1d_vec_decompose(input, output_size, align_corners, scale_factors):
    return resized('upsample_linear1d', input, output_size, scale_factors, align_corners)


# rules/upsample.yaml:106 aten::upsample_bilinear2d.vec
def upsample_bilinear2d_vec_decompose(input, output_size, align_corners, scale_factors):
    return resized('upsample_bilinear2d', input, output_size, scale_factors, align_corners)


# rules/upsample.yaml:110 aten::upsample_bicubic2d.vec
def upsample_bicubic2d_vec_decompose(input, output_size, align_corners, scale_factors):
    return resized('upsample_bicubic2d', input, output_size, scale_factors, align_corners)


# rules/upsample.yaml:114 aten::upsample_trilinear3d.vec
def upsample_trilinear3d_vec_decompose(input, output_size, align_corners, scale_factors):
    return resized('upsample_trilinear3d', input, output_size, scale_factors, align_corners)


# rules/upsample.yaml:118 aten::_upsample_bilinear2d_aa.vec
def _upsample_bilinear2d_aa_vec_decompose(input, output_size, align_corners, scale_factors):
    return resized('_upsample_bilinear2d_aa', input, output_size, scale_factors, align_corners)


# rules/upsample.yaml:122 aten::_upsample_bicubic2d_aa.vec
def _upsample_bicubic2d_aa_vec_decompose(input, output_size, align_corners, scale_factors):
    return resized('_upsample_bicubic2d_aa', input, output_size, scale_factors, align_corners)


# rules/upsample.yaml:126 aten::_upsample_lanczos2d_aa.vec
def _upsample_lanczos2d_aa_vec_decompose(input, output_size, align_corners, scale_factors):
    return resized('_upsample_lanczos2d_aa', input, output_size, scale_factors, align_corners)


# rules/upsample.yaml:131 aten::upsample_nearest1d.vec
def upsample_nearest1d_vec_decompose(input, output_size, scale_factors):
    return resized('upsample_nearest1d', input, output_size, scale_factors)


# rules/upsample.yaml:135 aten::upsample_nearest2d.vec
def upsample_nearest2d_vec_decompose(input, output_size, scale_factors):
    return resized('upsample_nearest2d', input, output_size, scale_factors)


# rules/upsample.yaml:139 aten::upsample_nearest3d.vec
def upsample_nearest3d_vec_decompose(input, output_size, scale_factors):
    return resized('upsample_nearest3d', input, output_size, scale_factors)


# rules/upsample.yaml:143 aten::_upsample_nearest_exact1d.vec
def _upsample_nearest_exact1d_vec_decompose(input, output_size, scale_factors):
    return resized('_upsample_nearest_exact1d', input, output_size, scale_factors)


# rules/upsample.yaml:147 aten::_upsample_nearest_exact2d.vec
def _upsample_nearest_exact2d_vec_decompose(input, output_size, scale_factors):
    return resized('_upsample_nearest_exact2d', input, output_size, scale_factors)


# rules/upsample.yaml:151 aten::_upsample_nearest_exact3d.vec
def _upsample_nearest_exact3d_vec_decompose(input, output_size, scale_factors):
    return resized('_upsample_nearest_exact3d', input, output_size, scale_factors)


# rules/upsample.yaml:158 aten::grid_sampler_2d
def grid_sampler_2d_batch_otherwise_otherwise(
    batch_size, batched, input, grid, interpolation_mode, padding_mode, align_corners
):
    input, count = fold(batch_size, batched[0], input, 0, None)
    grid, _ = fold(batch_size, batched[1], grid, 0, None)
    return unfold(
        torch.grid_sampler_2d(input, grid, interpolation_mode, padding_mode, align_corners),
        batch_size,
        count,
        0,
    )


def grid_sampler_2d_batch_otherwise(
    batch_size, batched, input, grid, interpolation_mode, padding_mode, align_corners
):
    if batched[0]:
        return grid_sampler_2d_batch_otherwise_otherwise(
            batch_size, batched, input, grid, interpolation_mode, padding_mode, align_corners
        )
    grid, count = fold(batch_size, batched[1], grid, 1, None)
    return unfold(
        torch.grid_sampler_2d(input, grid, interpolation_mode, padding_mode, align_corners),
        batch_size,
        count,
        2,
    )


def grid_sampler_2d_batch(batch_size, batched, input, grid, interpolation_mode, padding_mode, align_corners):
    if batched[1]:
        return grid_sampler_2d_batch_otherwise(
            batch_size, batched, input, grid, interpolation_mode, padding_mode, align_corners
        )
    input, count = fold(batch_size, batched[0], input, 1, None)
    return unfold(
        torch.grid_sampler_2d(input, grid, interpolation_mode, padding_mode, align_corners),
        batch_size,
        count,
        1,
    )


def grid_sampler_2d_jvp(tangents, input, grid, interpolation_mode, padding_mode, align_corners):
    input_t, grid_t = tangents
    result = torch.grid_sampler_2d(input, grid, interpolation_mode, padding_mode, align_corners)
    tangent = None
    if input_t is not None:
        tangent = torch.grid_sampler_2d(input_t, grid, interpolation_mode, padding_mode, align_corners)
    if grid_t is not None:
        term = grid_tangent(grid_t, input, grid, interpolation_mode, padding_mode, align_corners)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def grid_sampler_2d_vjp(needs, input, grid, interpolation_mode, padding_mode, align_corners):
    needs_input, needs_grid = needs
    result = torch.grid_sampler_2d(input, grid, interpolation_mode, padding_mode, align_corners)

    def grid_sampler_2d_pullback(grad):
        input_ct, grid_ct = grid_sampler_2d_backward_op(
            grad, input, grid, interpolation_mode, padding_mode, align_corners, [needs_input, needs_grid]
        )
        return (input_ct, grid_ct)

    return result, grid_sampler_2d_pullback


# rules/upsample.yaml:175 aten::grid_sampler_2d_backward
def grid_sampler_2d_backward_batch(
    batch_size,
    batched,
    grad_output,
    input,
    grid,
    interpolation_mode,
    padding_mode,
    align_corners,
    output_mask,
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, None)
    input, _ = fold(batch_size, batched[1], input, 0, None)
    grid, _ = fold(batch_size, batched[2], grid, 0, None)
    return unfold(
        grid_sampler_2d_backward_op(
            grad_output, input, grid, interpolation_mode, padding_mode, align_corners, output_mask
        ),
        batch_size,
        count,
        0,
    )


# rules/upsample.yaml:179 aten::grid_sampler_3d
def grid_sampler_3d_batch_otherwise_otherwise(
    batch_size, batched, input, grid, interpolation_mode, padding_mode, align_corners
):
    input, count = fold(batch_size, batched[0], input, 0, None)
    grid, _ = fold(batch_size, batched[1], grid, 0, None)
    return unfold(
        torch.grid_sampler_3d(input, grid, interpolation_mode, padding_mode, align_corners),
        batch_size,
        count,
        0,
    )


def grid_sampler_3d_batch_otherwise(
    batch_size, batched, input, grid, interpolation_mode, padding_mode, align_corners
):
    if batched[0]:
        return grid_sampler_3d_batch_otherwise_otherwise(
            batch_size, batched, input, grid, interpolation_mode, padding_mode, align_corners
        )
    grid, count = fold(batch_size, batched[1], grid, 1, None)
    return unfold(
        torch.grid_sampler_3d(input, grid, interpolation_mode, padding_mode, align_corners),
        batch_size,
        count,
        2,
    )


def grid_sampler_3d_batch(batch_size, batched, input, grid, interpolation_mode, padding_mode, align_corners):
    if batched[1]:
        return grid_sampler_3d_batch_otherwise(
            batch_size, batched, input, grid, interpolation_mode, padding_mode, align_corners
        )
    input, count = fold(batch_size, batched[0], input, 1, None)
    return unfold(
        torch.grid_sampler_3d(input, grid, interpolation_mode, padding_mode, align_corners),
        batch_size,
        count,
        1,
    )


def grid_sampler_3d_jvp(tangents, input, grid, interpolation_mode, padding_mode, align_corners):
    input_t, grid_t = tangents
    result = torch.grid_sampler_3d(input, grid, interpolation_mode, padding_mode, align_corners)
    tangent = None
    if input_t is not None:
        tangent = torch.grid_sampler_3d(input_t, grid, interpolation_mode, padding_mode, align_corners)
    if grid_t is not None:
        term = grid_tangent(grid_t, input, grid, interpolation_mode, padding_mode, align_corners)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def grid_sampler_3d_vjp(needs, input, grid, interpolation_mode, padding_mode, align_corners):
    needs_input, needs_grid = needs
    result = torch.grid_sampler_3d(input, grid, interpolation_mode, padding_mode, align_corners)

    def grid_sampler_3d_pullback(grad):
        input_ct, grid_ct = grid_sampler_3d_backward_op(
            grad, input, grid, interpolation_mode, padding_mode, align_corners, [needs_input, needs_grid]
        )
        return (input_ct, grid_ct)

    return result, grid_sampler_3d_pullback


# rules/upsample.yaml:196 aten::grid_sampler_3d_backward
def grid_sampler_3d_backward_batch(
    batch_size,
    batched,
    grad_output,
    input,
    grid,
    interpolation_mode,
    padding_mode,
    align_corners,
    output_mask,
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, None)
    input, _ = fold(batch_size, batched[1], input, 0, None)
    grid, _ = fold(batch_size, batched[2], grid, 0, None)
    return unfold(
        grid_sampler_3d_backward_op(
            grad_output, input, grid, interpolation_mode, padding_mode, align_corners, output_mask
        ),
        batch_size,
        count,
        0,
    )


RULES = {
    "aten::upsample_linear1d": Rules(
        batch=upsample_linear1d_batch,
        jvp=upsample_linear1d_jvp,
        vjp=upsample_linear1d_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:5',
    ),
    "aten::upsample_linear1d_backward": Rules(
        batch=upsample_linear1d_backward_batch,
        jvp=upsample_linear1d_backward_jvp,
        vjp=upsample_linear1d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:8',
    ),
    "aten::upsample_bilinear2d": Rules(
        batch=upsample_bilinear2d_batch,
        jvp=upsample_bilinear2d_jvp,
        vjp=upsample_bilinear2d_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:12',
    ),
    "aten::upsample_bilinear2d_backward": Rules(
        batch=upsample_bilinear2d_backward_batch,
        jvp=upsample_bilinear2d_backward_jvp,
        vjp=upsample_bilinear2d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:15',
    ),
    "aten::_upsample_bilinear2d_aa": Rules(
        batch=_upsample_bilinear2d_aa_batch,
        jvp=_upsample_bilinear2d_aa_jvp,
        vjp=_upsample_bilinear2d_aa_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:19',
    ),
    "aten::_upsample_bilinear2d_aa_backward": Rules(
        batch=_upsample_bilinear2d_aa_backward_batch,
        jvp=_upsample_bilinear2d_aa_backward_jvp,
        vjp=_upsample_bilinear2d_aa_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:23',
    ),
    "aten::upsample_bicubic2d": Rules(
        batch=upsample_bicubic2d_batch,
        jvp=upsample_bicubic2d_jvp,
        vjp=upsample_bicubic2d_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:27',
    ),
    "aten::upsample_bicubic2d_backward": Rules(
        batch=upsample_bicubic2d_backward_batch,
        jvp=upsample_bicubic2d_backward_jvp,
        vjp=upsample_bicubic2d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:30',
    ),
    "aten::_upsample_bicubic2d_aa": Rules(
        batch=_upsample_bicubic2d_aa_batch,
        jvp=_upsample_bicubic2d_aa_jvp,
        vjp=_upsample_bicubic2d_aa_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:34',
    ),
    "aten::_upsample_bicubic2d_aa_backward": Rules(
        batch=_upsample_bicubic2d_aa_backward_batch,
        jvp=_upsample_bicubic2d_aa_backward_jvp,
        vjp=_upsample_bicubic2d_aa_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:37',
    ),
    "aten::_upsample_lanczos2d_aa": Rules(
        batch=_upsample_lanczos2d_aa_batch,
        jvp=_upsample_lanczos2d_aa_jvp,
        vjp=_upsample_lanczos2d_aa_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:41',
    ),
    "aten::_upsample_lanczos2d_aa_backward": Rules(
        batch=_upsample_lanczos2d_aa_backward_batch,
        jvp=_upsample_lanczos2d_aa_backward_jvp,
        vjp=_upsample_lanczos2d_aa_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:45',
    ),
    "aten::upsample_trilinear3d": Rules(
        batch=upsample_trilinear3d_batch,
        jvp=upsample_trilinear3d_jvp,
        vjp=upsample_trilinear3d_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:50',
    ),
    "aten::upsample_trilinear3d_backward": Rules(
        batch=upsample_trilinear3d_backward_batch,
        jvp=upsample_trilinear3d_backward_jvp,
        vjp=upsample_trilinear3d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:54',
    ),
    "aten::upsample_nearest1d": Rules(
        batch=upsample_nearest1d_batch,
        jvp=upsample_nearest1d_jvp,
        vjp=upsample_nearest1d_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:58',
    ),
    "aten::upsample_nearest1d_backward": Rules(
        batch=upsample_nearest1d_backward_batch,
        jvp=upsample_nearest1d_backward_jvp,
        vjp=upsample_nearest1d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:61',
    ),
    "aten::_upsample_nearest_exact1d": Rules(
        batch=_upsample_nearest_exact1d_batch,
        jvp=_upsample_nearest_exact1d_jvp,
        vjp=_upsample_nearest_exact1d_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:65',
    ),
    "aten::_upsample_nearest_exact1d_backward": Rules(
        batch=_upsample_nearest_exact1d_backward_batch,
        jvp=_upsample_nearest_exact1d_backward_jvp,
        vjp=_upsample_nearest_exact1d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:68',
    ),
    "aten::upsample_nearest2d": Rules(
        batch=upsample_nearest2d_batch,
        jvp=upsample_nearest2d_jvp,
        vjp=upsample_nearest2d_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:72',
    ),
    "aten::upsample_nearest2d_backward": Rules(
        batch=upsample_nearest2d_backward_batch,
        jvp=upsample_nearest2d_backward_jvp,
        vjp=upsample_nearest2d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:75',
    ),
    "aten::_upsample_nearest_exact2d": Rules(
        batch=_upsample_nearest_exact2d_batch,
        jvp=_upsample_nearest_exact2d_jvp,
        vjp=_upsample_nearest_exact2d_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:79',
    ),
    "aten::_upsample_nearest_exact2d_backward": Rules(
        batch=_upsample_nearest_exact2d_backward_batch,
        jvp=_upsample_nearest_exact2d_backward_jvp,
        vjp=_upsample_nearest_exact2d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:82',
    ),
    "aten::upsample_nearest3d": Rules(
        batch=upsample_nearest3d_batch,
        jvp=upsample_nearest3d_jvp,
        vjp=upsample_nearest3d_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:86',
    ),
    "aten::upsample_nearest3d_backward": Rules(
        batch=upsample_nearest3d_backward_batch,
        jvp=upsample_nearest3d_backward_jvp,
        vjp=upsample_nearest3d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:89',
    ),
    "aten::_upsample_nearest_exact3d": Rules(
        batch=_upsample_nearest_exact3d_batch,
        jvp=_upsample_nearest_exact3d_jvp,
        vjp=_upsample_nearest_exact3d_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:93',
    ),
    "aten::_upsample_nearest_exact3d_backward": Rules(
        batch=_upsample_nearest_exact3d_backward_batch,
        jvp=_upsample_nearest_exact3d_backward_jvp,
        vjp=_upsample_nearest_exact3d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/upsample.yaml:96',
    ),
    "aten::upsample_linear1d.vec": Rules(
        decompose=upsample_linear1d_vec_decompose, kind='decompose', origin='rules/upsample.yaml:102'
    ),
    "aten::upsample_bilinear2d.vec": Rules(
        decompose=upsample_bilinear2d_vec_decompose, kind='decompose', origin='rules/upsample.yaml:106'
    ),
    "aten::upsample_bicubic2d.vec": Rules(
        decompose=upsample_bicubic2d_vec_decompose, kind='decompose', origin='rules/upsample.yaml:110'
    ),
    "aten::upsample_trilinear3d.vec": Rules(
        decompose=upsample_trilinear3d_vec_decompose, kind='decompose', origin='rules/upsample.yaml:114'
    ),
    "aten::_upsample_bilinear2d_aa.vec": Rules(
        decompose=_upsample_bilinear2d_aa_vec_decompose, kind='decompose', origin='rules/upsample.yaml:118'
    ),
    "aten::_upsample_bicubic2d_aa.vec": Rules(
        decompose=_upsample_bicubic2d_aa_vec_decompose, kind='decompose', origin='rules/upsample.yaml:122'
    ),
    "aten::_upsample_lanczos2d_aa.vec": Rules(
        decompose=_upsample_lanczos2d_aa_vec_decompose, kind='decompose', origin='rules/upsample.yaml:126'
    ),
    "aten::upsample_nearest1d.vec": Rules(
        decompose=upsample_nearest1d_vec_decompose, kind='decompose', origin='rules/upsample.yaml:131'
    ),
    "aten::upsample_nearest2d.vec": Rules(
        decompose=upsample_nearest2d_vec_decompose, kind='decompose', origin='rules/upsample.yaml:135'
    ),
    "aten::upsample_nearest3d.vec": Rules(
        decompose=upsample_nearest3d_vec_decompose, kind='decompose', origin='rules/upsample.yaml:139'
    ),
    "aten::_upsample_nearest_exact1d.vec": Rules(
        decompose=_upsample_nearest_exact1d_vec_decompose, kind='decompose', origin='rules/upsample.yaml:143'
    ),
    "aten::_upsample_nearest_exact2d.vec": Rules(
        decompose=_upsample_nearest_exact2d_vec_decompose, kind='decompose', origin='rules/upsample.yaml:147'
    ),
    "aten::_upsample_nearest_exact3d.vec": Rules(
        decompose=_upsample_nearest_exact3d_vec_decompose, kind='decompose', origin='rules/upsample.yaml:151'
    ),
    "aten::grid_sampler_2d": Rules(
        batch=grid_sampler_2d_batch,
        jvp=grid_sampler_2d_jvp,
        vjp=grid_sampler_2d_vjp,
        kind='fold',
        form='formulas',
        origin='rules/upsample.yaml:158',
    ),
    "aten::grid_sampler_2d_backward": Rules(
        batch=grid_sampler_2d_backward_batch,
        decompose=grid_gradient,
        kind='fold',
        origin='rules/upsample.yaml:175',
    ),
    "aten::grid_sampler_3d": Rules(
        batch=grid_sampler_3d_batch,
        jvp=grid_sampler_3d_jvp,
        vjp=grid_sampler_3d_vjp,
        kind='fold',
        form='formulas',
        origin='rules/upsample.yaml:179',
    ),
    "aten::grid_sampler_3d_backward": Rules(
        batch=grid_sampler_3d_backward_batch,
        decompose=grid_gradient,
        kind='fold',
        origin='rules/upsample.yaml:196',
    ),
    "aten::grid_sampler": Rules(decompose=grid_sampler, kind='decompose', origin='rules/upsample.yaml:200'),
    "aten::cudnn_grid_sampler": Rules(
        decompose=cudnn_grid_sampler, kind='decompose', origin='rules/upsample.yaml:203'
    ),
    "aten::affine_grid_generator": Rules(
        decompose=affine_grid, kind='decompose', origin='rules/upsample.yaml:206'
    ),
}
