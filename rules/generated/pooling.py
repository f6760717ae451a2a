"""Rules from rules/pooling.yaml; do not edit, run `make gen`.

source sha256: 40125d78e0fd9f096dcbcaf38087634304132f40f61f7e1c78ccd0266ef201b3
torch: 2.13
"""

from __future__ import annotations

import torch

from oplift.rule import Rules
from oplift.rules.formulas import take_flat
from oplift.rules.kinds import Deferred, fold, spread, unfold
from oplift.rules.pooling import (
    adaptive_avg_pool,
    adaptive_avg_pool1d,
    adaptive_max_pool1d,
    avg_pool1d,
    fractional_pool,
    max_pool1d,
    max_pool1d_with_indices,
    of_shape,
)

_adaptive_avg_pool2d_backward_op = Deferred(
    globals(), "_adaptive_avg_pool2d_backward_op", "aten::_adaptive_avg_pool2d_backward"
)
_adaptive_avg_pool3d_backward_op = Deferred(
    globals(), "_adaptive_avg_pool3d_backward_op", "aten::_adaptive_avg_pool3d_backward"
)
adaptive_max_pool2d_backward_op = Deferred(
    globals(), "adaptive_max_pool2d_backward_op", "aten::adaptive_max_pool2d_backward"
)
adaptive_max_pool3d_backward_op = Deferred(
    globals(), "adaptive_max_pool3d_backward_op", "aten::adaptive_max_pool3d_backward"
)
avg_pool2d_backward_op = Deferred(globals(), "avg_pool2d_backward_op", "aten::avg_pool2d_backward")
avg_pool3d_backward_op = Deferred(globals(), "avg_pool3d_backward_op", "aten::avg_pool3d_backward")
fractional_max_pool2d_backward_op = Deferred(
    globals(), "fractional_max_pool2d_backward_op", "aten::fractional_max_pool2d_backward"
)
fractional_max_pool3d_backward_op = Deferred(
    globals(), "fractional_max_pool3d_backward_op", "aten::fractional_max_pool3d_backward"
)
max_pool2d_with_indices_backward_op = Deferred(
    globals(), "max_pool2d_with_indices_backward_op", "aten::max_pool2d_with_indices_backward"
)
max_pool3d_with_indices_backward_op = Deferred(
    globals(), "max_pool3d_with_indices_backward_op", "aten::max_pool3d_with_indices_backward"
)


# rules/pooling.yaml:7 aten::max_pool2d_with_indices
def max_pool2d_with_indices_batch(
    batch_size, batched, self, kernel_size, stride=[], padding=[0, 0], dilation=[1, 1], ceil_mode=False
):
    self, count = fold(batch_size, batched[0], self, 0, 3)
    return unfold(
        torch._C._nn.max_pool2d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode),
        batch_size,
        count,
        0,
    )


def max_pool2d_with_indices_jvp(
    tangents, self, kernel_size, stride=[], padding=[0, 0], dilation=[1, 1], ceil_mode=False
):
    self_t = tangents[0]
    outputs = torch._C._nn.max_pool2d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode)
    result0, result1 = outputs
    result0_t = take_flat(self_t, result1, 2)
    return outputs, (result0_t, None)


def max_pool2d_with_indices_vjp(
    needs, self, kernel_size, stride=[], padding=[0, 0], dilation=[1, 1], ceil_mode=False
):
    outputs = torch._C._nn.max_pool2d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode)
    result0, result1 = outputs
    self_shape = self.shape

    def max_pool2d_with_indices_pullback(grads):
        grad = grads[0]
        return (
            max_pool2d_with_indices_backward_op(
                grad, of_shape(grad, self_shape), kernel_size, stride, padding, dilation, ceil_mode, result1
            ),
        )

    return outputs, max_pool2d_with_indices_pullback


# rules/pooling.yaml:15 aten::max_pool2d_with_indices_backward
def max_pool2d_with_indices_backward_batch(
    batch_size, batched, grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 3)
    self, _ = fold(batch_size, batched[1], self, 0, 3)
    indices, _ = fold(batch_size, batched[2], indices, 0, 3)
    return unfold(
        max_pool2d_with_indices_backward_op(
            grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices
        ),
        batch_size,
        count,
        0,
    )


def max_pool2d_with_indices_backward_jvp(
    tangents, grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices
):
    grad_output_t = tangents[0]
    result = max_pool2d_with_indices_backward_op(
        grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices
    )
    if grad_output_t is None:
        tangent = None
    else:
        tangent = max_pool2d_with_indices_backward_op(
            grad_output_t, self, kernel_size, stride, padding, dilation, ceil_mode, indices
        )
    return result, tangent


def max_pool2d_with_indices_backward_vjp(
    needs, grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices
):
    needs_grad_output = needs[0]
    result = max_pool2d_with_indices_backward_op(
        grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices
    )

    def max_pool2d_with_indices_backward_pullback(grad):
        grad_output_ct = take_flat(grad, indices, 2) if needs_grad_output else None
        return (grad_output_ct, None, None)

    return result, max_pool2d_with_indices_backward_pullback


# rules/pooling.yaml:19 aten::max_pool2d
def max_pool2d_decompose(self, kernel_size, stride=[], padding=[0, 0], dilation=[1, 1], ceil_mode=False):
    return torch._C._nn.max_pool2d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode)[0]


# rules/pooling.yaml:23 aten::adaptive_max_pool2d
def adaptive_max_pool2d_batch(batch_size, batched, self, output_size):
    self, count = fold(batch_size, batched[0], self, 0, 3)
    return unfold(torch._C._nn.adaptive_max_pool2d(self, output_size), batch_size, count, 0)


def adaptive_max_pool2d_jvp(tangents, self, output_size):
    self_t = tangents[0]
    outputs = torch._C._nn.adaptive_max_pool2d(self, output_size)
    result0, result1 = outputs
    result0_t = take_flat(self_t, result1, 2)
    return outputs, (result0_t, None)


def adaptive_max_pool2d_vjp(needs, self, output_size):
    outputs = torch._C._nn.adaptive_max_pool2d(self, output_size)
    result0, result1 = outputs
    self_shape = self.shape

    def adaptive_max_pool2d_pullback(grads):
        grad = grads[0]
        return (adaptive_max_pool2d_backward_op(grad, of_shape(grad, self_shape), result1),)

    return outputs, adaptive_max_pool2d_pullback


# rules/pooling.yaml:28 aten::adaptive_max_pool2d_backward
def adaptive_max_pool2d_backward_batch(batch_size, batched, grad_output, self, indices):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 3)
    self, _ = fold(batch_size, batched[1], self, 0, 3)
    indices, _ = fold(batch_size, batched[2], indices, 0, 3)
    return unfold(adaptive_max_pool2d_backward_op(grad_output, self, indices), batch_size, count, 0)


def adaptive_max_pool2d_backward_jvp(tangents, grad_output, self, indices):
    grad_output_t = tangents[0]
    result = adaptive_max_pool2d_backward_op(grad_output, self, indices)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = adaptive_max_pool2d_backward_op(grad_output_t, self, indices)
    return result, tangent


def adaptive_max_pool2d_backward_vjp(needs, grad_output, self, indices):
    needs_grad_output = needs[0]
    result = adaptive_max_pool2d_backward_op(grad_output, self, indices)

    def adaptive_max_pool2d_backward_pullback(grad):
        grad_output_ct = take_flat(grad, indices, 2) if needs_grad_output else None
        return (grad_output_ct, None, None)

    return result, adaptive_max_pool2d_backward_pullback


# rules/pooling.yaml:32 aten::fractional_max_pool2d
def fractional_max_pool2d_batch(batch_size, batched, self, kernel_size, output_size, random_samples):
    self = spread(batch_size, batched[0], self)
    random_samples = spread(batch_size, batched[1], random_samples)
    return fractional_pool(self, kernel_size, output_size, random_samples)


def fractional_max_pool2d_jvp(tangents, self, kernel_size, output_size, random_samples):
    self_t = tangents[0]
    outputs = torch._C._nn.fractional_max_pool2d(self, kernel_size, output_size, random_samples)
    result0, result1 = outputs
    result0_t = None
    if self_t is not None:
        result0_t = take_flat(self_t, result1, 2)
    return outputs, (result0_t, None)


def fractional_max_pool2d_vjp(needs, self, kernel_size, output_size, random_samples):
    needs_self = needs[0]
    outputs = torch._C._nn.fractional_max_pool2d(self, kernel_size, output_size, random_samples)
    result0, result1 = outputs
    self_shape = self.shape

    def fractional_max_pool2d_pullback(grads):
        grad = grads[0]
        self_ct = fractional_max_pool2d_backward_op(
            grad, of_shape(grad, self_shape), kernel_size, output_size, result1
        ) if needs_self else None
        return (self_ct, None)

    return outputs, fractional_max_pool2d_pullback


# rules/pooling.yaml:41 aten::fractional_max_pool2d_backward
def fractional_max_pool2d_backward_batch(
    batch_size, batched, grad_output, self, kernel_size, output_size, indices
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 3)
    self, _ = fold(batch_size, batched[1], self, 0, 3)
    indices, _ = fold(batch_size, batched[2], indices, 0, 3)
    return unfold(
        fractional_max_pool2d_backward_op(grad_output, self, kernel_size, output_size, indices),
        batch_size,
        count,
        0,
    )


def fractional_max_pool2d_backward_jvp(tangents, grad_output, self, kernel_size, output_size, indices):
    grad_output_t = tangents[0]
    result = fractional_max_pool2d_backward_op(grad_output, self, kernel_size, output_size, indices)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = fractional_max_pool2d_backward_op(grad_output_t, self, kernel_size, output_size, indices)
    return result, tangent


def fractional_max_pool2d_backward_vjp(needs, grad_output, self, kernel_size, output_size, indices):
    needs_grad_output = needs[0]
    result = fractional_max_pool2d_backward_op(grad_output, self, kernel_size, output_size, indices)

    def fractional_max_pool2d_backward_pullback(grad):
        grad_output_ct = take_flat(grad, indices, 2) if needs_grad_output else None
        return (grad_output_ct, None, None)

    return result, fractional_max_pool2d_backward_pullback


# rules/pooling.yaml:45 aten::max_unpool2d
def max_unpool2d_batch(batch_size, batched, self, indices, output_size):
    self, count = fold(batch_size, batched[0], self, 0, 3)
    indices, _ = fold(batch_size, batched[1], indices, 0, 3)
    return unfold(torch._C._nn.max_unpool2d(self, indices, output_size), batch_size, count, 0)


def max_unpool2d_jvp(tangents, self, indices, output_size):
    self_t = tangents[0]
    result = torch._C._nn.max_unpool2d(self, indices, output_size)
    if self_t is None:
        tangent = None
    else:
        tangent = torch._C._nn.max_unpool2d(self_t, indices, output_size)
    return result, tangent


def max_unpool2d_vjp(needs, self, indices, output_size):
    needs_self = needs[0]
    result = torch._C._nn.max_unpool2d(self, indices, output_size)

    def max_unpool2d_pullback(grad):
        self_ct = take_flat(grad, indices, 2) if needs_self else None
        return (self_ct, None)

    return result, max_unpool2d_pullback


# rules/pooling.yaml:50 aten::max_pool3d_with_indices
def max_pool3d_with_indices_batch(
    batch_size, batched, self, kernel_size, stride=[], padding=[0, 0, 0], dilation=[1, 1, 1], ceil_mode=False
):
    self, count = fold(batch_size, batched[0], self, 0, 4)
    return unfold(
        torch._C._nn.max_pool3d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode),
        batch_size,
        count,
        0,
    )


def max_pool3d_with_indices_jvp(
    tangents, self, kernel_size, stride=[], padding=[0, 0, 0], dilation=[1, 1, 1], ceil_mode=False
):
    self_t = tangents[0]
    outputs = torch._C._nn.max_pool3d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode)
    result0, result1 = outputs
    result0_t = take_flat(self_t, result1, 3)
    return outputs, (result0_t, None)


def max_pool3d_with_indices_vjp(
    needs, self, kernel_size, stride=[], padding=[0, 0, 0], dilation=[1, 1, 1], ceil_mode=False
):
    outputs = torch._C._nn.max_pool3d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode)
    result0, result1 = outputs
    self_shape = self.shape

    def max_pool3d_with_indices_pullback(grads):
        grad = grads[0]
        return (
            max_pool3d_with_indices_backward_op(
                grad, of_shape(grad, self_shape), kernel_size, stride, padding, dilation, ceil_mode, result1
            ),
        )

    return outputs, max_pool3d_with_indices_pullback


# rules/pooling.yaml:58 aten::max_pool3d_with_indices_backward
def max_pool3d_with_indices_backward_batch(
    batch_size, batched, grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 4)
    self, _ = fold(batch_size, batched[1], self, 0, 4)
    indices, _ = fold(batch_size, batched[2], indices, 0, 4)
    return unfold(
        max_pool3d_with_indices_backward_op(
            grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices
        ),
        batch_size,
        count,
        0,
    )


def max_pool3d_with_indices_backward_jvp(
    tangents, grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices
):
    grad_output_t = tangents[0]
    result = max_pool3d_with_indices_backward_op(
        grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices
    )
    if grad_output_t is None:
        tangent = None
    else:
        tangent = max_pool3d_with_indices_backward_op(
            grad_output_t, self, kernel_size, stride, padding, dilation, ceil_mode, indices
        )
    return result, tangent


def max_pool3d_with_indices_backward_vjp(
    needs, grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices
):
    needs_grad_output = needs[0]
    result = max_pool3d_with_indices_backward_op(
        grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices
    )

    def max_pool3d_with_indices_backward_pullback(grad):
        grad_output_ct = take_flat(grad, indices, 3) if needs_grad_output else None
        return (grad_output_ct, None, None)

    return result, max_pool3d_with_indices_backward_pullback


# rules/pooling.yaml:62 aten::max_pool3d
def max_pool3d_decompose(
    self, kernel_size, stride=[], padding=[0, 0, 0], dilation=[1, 1, 1], ceil_mode=False
):
    return torch._C._nn.max_pool3d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode)[0]


# rules/pooling.yaml:66 aten::adaptive_max_pool3d
def adaptive_max_pool3d_batch(batch_size, batched, self, output_size):
    self, count = fold(batch_size, batched[0], self, 0, 4)
    return unfold(torch._C._nn.adaptive_max_pool3d(self, output_size), batch_size, count, 0)


def adaptive_max_pool3d_jvp(tangents, self, output_size):
    self_t = tangents[0]
    outputs = torch._C._nn.adaptive_max_pool3d(self, output_size)
    result0, result1 = outputs
    result0_t = take_flat(self_t, result1, 3)
    return outputs, (result0_t, None)


def adaptive_max_pool3d_vjp(needs, self, output_size):
    outputs = torch._C._nn.adaptive_max_pool3d(self, output_size)
    result0, result1 = outputs
    self_shape = self.shape

    def adaptive_max_pool3d_pullback(grads):
        grad = grads[0]
        return (adaptive_max_pool3d_backward_op(grad, of_shape(grad, self_shape), result1),)

    return outputs, adaptive_max_pool3d_pullback


# rules/pooling.yaml:71 aten::adaptive_max_pool3d_backward
def adaptive_max_pool3d_backward_batch(batch_size, batched, grad_output, self, indices):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 4)
    self, _ = fold(batch_size, batched[1], self, 0, 4)
    indices, _ = fold(batch_size, batched[2], indices, 0, 4)
    return unfold(adaptive_max_pool3d_backward_op(grad_output, self, indices), batch_size, count, 0)


def adaptive_max_pool3d_backward_jvp(tangents, grad_output, self, indices):
    grad_output_t = tangents[0]
    result = adaptive_max_pool3d_backward_op(grad_output, self, indices)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = adaptive_max_pool3d_backward_op(grad_output_t, self, indices)
    return result, tangent


def adaptive_max_pool3d_backward_vjp(needs, grad_output, self, indices):
    needs_grad_output = needs[0]
    result = adaptive_max_pool3d_backward_op(grad_output, self, indices)

    def adaptive_max_pool3d_backward_pullback(grad):
        grad_output_ct = take_flat(grad, indices, 3) if needs_grad_output else None
        return (grad_output_ct, None, None)

    return result, adaptive_max_pool3d_backward_pullback


# rules/pooling.yaml:75 aten::fractional_max_pool3d
def fractional_max_pool3d_batch(batch_size, batched, self, kernel_size, output_size, random_samples):
    self = spread(batch_size, batched[0], self)
    random_samples = spread(batch_size, batched[1], random_samples)
    return fractional_pool(self, kernel_size, output_size, random_samples)


def fractional_max_pool3d_jvp(tangents, self, kernel_size, output_size, random_samples):
    self_t = tangents[0]
    outputs = torch._C._nn.fractional_max_pool3d(self, kernel_size, output_size, random_samples)
    result0, result1 = outputs
    result0_t = None
    if self_t is not None:
        result0_t = take_flat(self_t, result1, 3)
    return outputs, (result0_t, None)


def fractional_max_pool3d_vjp(needs, self, kernel_size, output_size, random_samples):
    needs_self = needs[0]
    outputs = torch._C._nn.fractional_max_pool3d(self, kernel_size, output_size, random_samples)
    result0, result1 = outputs
    self_shape = self.shape

    def fractional_max_pool3d_pullback(grads):
        grad = grads[0]
        self_ct = fractional_max_pool3d_backward_op(
            grad, of_shape(grad, self_shape), kernel_size, output_size, result1
        ) if needs_self else None
        return (self_ct, None)

    return outputs, fractional_max_pool3d_pullback


# rules/pooling.yaml:84 aten::fractional_max_pool3d_backward
def fractional_max_pool3d_backward_batch(
    batch_size, batched, grad_output, self, kernel_size, output_size, indices
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 4)
    self, _ = fold(batch_size, batched[1], self, 0, 4)
    indices, _ = fold(batch_size, batched[2], indices, 0, 4)
    return unfold(
        fractional_max_pool3d_backward_op(grad_output, self, kernel_size, output_size, indices),
        batch_size,
        count,
        0,
    )


def fractional_max_pool3d_backward_jvp(tangents, grad_output, self, kernel_size, output_size, indices):
    grad_output_t = tangents[0]
    result = fractional_max_pool3d_backward_op(grad_output, self, kernel_size, output_size, indices)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = fractional_max_pool3d_backward_op(grad_output_t, self, kernel_size, output_size, indices)
    return result, tangent


def fractional_max_pool3d_backward_vjp(needs, grad_output, self, kernel_size, output_size, indices):
    needs_grad_output = needs[0]
    result = fractional_max_pool3d_backward_op(grad_output, self, kernel_size, output_size, indices)

    def fractional_max_pool3d_backward_pullback(grad):
        grad_output_ct = take_flat(grad, indices, 3) if needs_grad_output else None
        return (grad_output_ct, None, None)

    return result, fractional_max_pool3d_backward_pullback


# rules/pooling.yaml:88 aten::max_unpool3d
def max_unpool3d_batch(batch_size, batched, self, indices, output_size, stride, padding):
    self, count = fold(batch_size, batched[0], self, 0, 4)
    indices, _ = fold(batch_size, batched[1], indices, 0, 4)
    return unfold(
        torch._C._nn.max_unpool3d(self, indices, output_size, stride, padding), batch_size, count, 0
    )


def max_unpool3d_jvp(tangents, self, indices, output_size, stride, padding):
    self_t = tangents[0]
    result = torch._C._nn.max_unpool3d(self, indices, output_size, stride, padding)
    if self_t is None:
        tangent = None
    else:
        tangent = torch._C._nn.max_unpool3d(self_t, indices, output_size, stride, padding)
    return result, tangent


def max_unpool3d_vjp(needs, self, indices, output_size, stride, padding):
    needs_self = needs[0]
    result = torch._C._nn.max_unpool3d(self, indices, output_size, stride, padding)

    def max_unpool3d_pullback(grad):
        self_ct = take_flat(grad, indices, 3) if needs_self else None
        return (self_ct, None)

    return result, max_unpool3d_pullback


# rules/pooling.yaml:105 aten::avg_pool2d
def avg_pool2d_batch(
    batch_size,
    batched,
    self,
    kernel_size,
    stride=[],
    padding=[0, 0],
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    self, count = fold(batch_size, batched[0], self, 0, 3)
    return unfold(
        torch._C._nn.avg_pool2d(
            self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        ),
        batch_size,
        count,
        0,
    )


def avg_pool2d_jvp(
    tangents,
    self,
    kernel_size,
    stride=[],
    padding=[0, 0],
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    self_t = tangents[0]
    result = torch._C._nn.avg_pool2d(
        self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    tangent = torch._C._nn.avg_pool2d(
        self_t, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    return result, tangent


def avg_pool2d_vjp(
    needs,
    self,
    kernel_size,
    stride=[],
    padding=[0, 0],
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    result = torch._C._nn.avg_pool2d(
        self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    self_shape = self.shape

    def avg_pool2d_pullback(grad):
        return (
            avg_pool2d_backward_op(
                grad,
                of_shape(grad, self_shape),
                kernel_size,
                stride,
                padding,
                ceil_mode,
                count_include_pad,
                divisor_override,
            ),
        )

    return result, avg_pool2d_pullback


# rules/pooling.yaml:111 aten::avg_pool2d_backward
def avg_pool2d_backward_batch(
    batch_size,
    batched,
    grad_output,
    self,
    kernel_size,
    stride,
    padding,
    ceil_mode,
    count_include_pad,
    divisor_override,
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 3)
    self, _ = fold(batch_size, batched[1], self, 0, 3)
    return unfold(
        avg_pool2d_backward_op(
            grad_output, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        ),
        batch_size,
        count,
        0,
    )


def avg_pool2d_backward_jvp(
    tangents, grad_output, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
):
    grad_output_t = tangents[0]
    result = avg_pool2d_backward_op(
        grad_output, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    if grad_output_t is None:
        tangent = None
    else:
        tangent = avg_pool2d_backward_op(
            grad_output_t, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        )
    return result, tangent


def avg_pool2d_backward_vjp(
    needs, grad_output, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
):
    needs_grad_output = needs[0]
    result = avg_pool2d_backward_op(
        grad_output, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )

    def avg_pool2d_backward_pullback(grad):
        grad_output_ct = torch._C._nn.avg_pool2d(
            grad, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        ) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, avg_pool2d_backward_pullback


# rules/pooling.yaml:116 aten::_adaptive_avg_pool2d
def _adaptive_avg_pool2d_batch(batch_size, batched, self, output_size):
    self, count = fold(batch_size, batched[0], self, 0, 3)
    return unfold(torch._adaptive_avg_pool2d(self, output_size), batch_size, count, 0)


def _adaptive_avg_pool2d_jvp(tangents, self, output_size):
    self_t = tangents[0]
    result = torch._adaptive_avg_pool2d(self, output_size)
    tangent = torch._adaptive_avg_pool2d(self_t, output_size)
    return result, tangent


def _adaptive_avg_pool2d_vjp(needs, self, output_size):
    result = torch._adaptive_avg_pool2d(self, output_size)
    self_shape = self.shape

    def _adaptive_avg_pool2d_pullback(grad):
        return (_adaptive_avg_pool2d_backward_op(grad, of_shape(grad, self_shape)),)

    return result, _adaptive_avg_pool2d_pullback


# rules/pooling.yaml:119 aten::_adaptive_avg_pool2d_backward
def _adaptive_avg_pool2d_backward_batch(batch_size, batched, grad_output, self):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 3)
    self, _ = fold(batch_size, batched[1], self, 0, 3)
    return unfold(_adaptive_avg_pool2d_backward_op(grad_output, self), batch_size, count, 0)


def _adaptive_avg_pool2d_backward_jvp(tangents, grad_output, self):
    grad_output_t = tangents[0]
    result = _adaptive_avg_pool2d_backward_op(grad_output, self)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = _adaptive_avg_pool2d_backward_op(grad_output_t, self)
    return result, tangent


def _adaptive_avg_pool2d_backward_vjp(needs, grad_output, self):
    needs_grad_output = needs[0]
    result = _adaptive_avg_pool2d_backward_op(grad_output, self)
    grad_output_shape = grad_output.shape

    def _adaptive_avg_pool2d_backward_pullback(grad):
        grad_output_ct = torch._adaptive_avg_pool2d(
            grad, grad_output_shape[-2:]
        ) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, _adaptive_avg_pool2d_backward_pullback


# rules/pooling.yaml:127 aten::avg_pool3d
def avg_pool3d_batch(
    batch_size,
    batched,
    self,
    kernel_size,
    stride=[],
    padding=[0, 0, 0],
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    self, count = fold(batch_size, batched[0], self, 0, 4)
    return unfold(
        torch._C._nn.avg_pool3d(
            self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        ),
        batch_size,
        count,
        0,
    )


def avg_pool3d_jvp(
    tangents,
    self,
    kernel_size,
    stride=[],
    padding=[0, 0, 0],
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    self_t = tangents[0]
    result = torch._C._nn.avg_pool3d(
        self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    tangent = torch._C._nn.avg_pool3d(
        self_t, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    return result, tangent


def avg_pool3d_vjp(
    needs,
    self,
    kernel_size,
    stride=[],
    padding=[0, 0, 0],
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    result = torch._C._nn.avg_pool3d(
        self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    self_shape = self.shape

    def avg_pool3d_pullback(grad):
        return (
            avg_pool3d_backward_op(
                grad,
                of_shape(grad, self_shape),
                kernel_size,
                stride,
                padding,
                ceil_mode,
                count_include_pad,
                divisor_override,
            ),
        )

    return result, avg_pool3d_pullback


# rules/pooling.yaml:133 aten::avg_pool3d_backward
def avg_pool3d_backward_batch(
    batch_size,
    batched,
    grad_output,
    self,
    kernel_size,
    stride,
    padding,
    ceil_mode,
    count_include_pad,
    divisor_override,
):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 4)
    self, _ = fold(batch_size, batched[1], self, 0, 4)
    return unfold(
        avg_pool3d_backward_op(
            grad_output, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        ),
        batch_size,
        count,
        0,
    )


def avg_pool3d_backward_jvp(
    tangents, grad_output, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
):
    grad_output_t = tangents[0]
    result = avg_pool3d_backward_op(
        grad_output, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    if grad_output_t is None:
        tangent = None
    else:
        tangent = avg_pool3d_backward_op(
            grad_output_t, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        )
    return result, tangent


def avg_pool3d_backward_vjp(
    needs, grad_output, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
):
    needs_grad_output = needs[0]
    result = avg_pool3d_backward_op(
        grad_output, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )

    def avg_pool3d_backward_pullback(grad):
        grad_output_ct = torch._C._nn.avg_pool3d(
            grad, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        ) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, avg_pool3d_backward_pullback


# rules/pooling.yaml:138 aten::_adaptive_avg_pool3d
def _adaptive_avg_pool3d_batch(batch_size, batched, self, output_size):
    self, count = fold(batch_size, batched[0], self, 0, 4)
    return unfold(torch._adaptive_avg_pool3d(self, output_size), batch_size, count, 0)


def _adaptive_avg_pool3d_jvp(tangents, self, output_size):
    self_t = tangents[0]
    result = torch._adaptive_avg_pool3d(self, output_size)
    tangent = torch._adaptive_avg_pool3d(self_t, output_size)
    return result, tangent


def _adaptive_avg_pool3d_vjp(needs, self, output_size):
    result = torch._adaptive_avg_pool3d(self, output_size)
    self_shape = self.shape

    def _adaptive_avg_pool3d_pullback(grad):
        return (_adaptive_avg_pool3d_backward_op(grad, of_shape(grad, self_shape)),)

    return result, _adaptive_avg_pool3d_pullback


# rules/pooling.yaml:141 aten::_adaptive_avg_pool3d_backward
def _adaptive_avg_pool3d_backward_batch(batch_size, batched, grad_output, self):
    grad_output, count = fold(batch_size, batched[0], grad_output, 0, 4)
    self, _ = fold(batch_size, batched[1], self, 0, 4)
    return unfold(_adaptive_avg_pool3d_backward_op(grad_output, self), batch_size, count, 0)


def _adaptive_avg_pool3d_backward_jvp(tangents, grad_output, self):
    grad_output_t = tangents[0]
    result = _adaptive_avg_pool3d_backward_op(grad_output, self)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = _adaptive_avg_pool3d_backward_op(grad_output_t, self)
    return result, tangent


def _adaptive_avg_pool3d_backward_vjp(needs, grad_output, self):
    needs_grad_output = needs[0]
    result = _adaptive_avg_pool3d_backward_op(grad_output, self)
    grad_output_shape = grad_output.shape

    def _adaptive_avg_pool3d_backward_pullback(grad):
        grad_output_ct = torch._adaptive_avg_pool3d(
            grad, grad_output_shape[-3:]
        ) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, _adaptive_avg_pool3d_backward_pullback


RULES = {
    "aten::max_pool2d_with_indices": Rules(
        batch=max_pool2d_with_indices_batch,
        jvp=max_pool2d_with_indices_jvp,
        vjp=max_pool2d_with_indices_vjp,
        nondiff_outputs=(1,),
        kind='fold',
        form='formulas',
        origin='rules/pooling.yaml:7',
    ),
    "aten::max_pool2d_with_indices_backward": Rules(
        batch=max_pool2d_with_indices_backward_batch,
        jvp=max_pool2d_with_indices_backward_jvp,
        vjp=max_pool2d_with_indices_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:15',
    ),
    "aten::max_pool2d": Rules(
        decompose=max_pool2d_decompose, kind='decompose', origin='rules/pooling.yaml:19'
    ),
    "aten::adaptive_max_pool2d": Rules(
        batch=adaptive_max_pool2d_batch,
        jvp=adaptive_max_pool2d_jvp,
        vjp=adaptive_max_pool2d_vjp,
        nondiff_outputs=(1,),
        kind='fold',
        form='formulas',
        origin='rules/pooling.yaml:23',
    ),
    "aten::adaptive_max_pool2d_backward": Rules(
        batch=adaptive_max_pool2d_backward_batch,
        jvp=adaptive_max_pool2d_backward_jvp,
        vjp=adaptive_max_pool2d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:28',
    ),
    "aten::fractional_max_pool2d": Rules(
        batch=fractional_max_pool2d_batch,
        jvp=fractional_max_pool2d_jvp,
        vjp=fractional_max_pool2d_vjp,
        nondiff_outputs=(1,),
        kind='cases',
        form='formulas',
        origin='rules/pooling.yaml:32',
    ),
    "aten::fractional_max_pool2d_backward": Rules(
        batch=fractional_max_pool2d_backward_batch,
        jvp=fractional_max_pool2d_backward_jvp,
        vjp=fractional_max_pool2d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:41',
    ),
    "aten::max_unpool2d": Rules(
        batch=max_unpool2d_batch,
        jvp=max_unpool2d_jvp,
        vjp=max_unpool2d_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:45',
    ),
    "aten::max_pool3d_with_indices": Rules(
        batch=max_pool3d_with_indices_batch,
        jvp=max_pool3d_with_indices_jvp,
        vjp=max_pool3d_with_indices_vjp,
        nondiff_outputs=(1,),
        kind='fold',
        form='formulas',
        origin='rules/pooling.yaml:50',
    ),
    "aten::max_pool3d_with_indices_backward": Rules(
        batch=max_pool3d_with_indices_backward_batch,
        jvp=max_pool3d_with_indices_backward_jvp,
        vjp=max_pool3d_with_indices_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:58',
    ),
    "aten::max_pool3d": Rules(
        decompose=max_pool3d_decompose, kind='decompose', origin='rules/pooling.yaml:62'
    ),
    "aten::adaptive_max_pool3d": Rules(
        batch=adaptive_max_pool3d_batch,
        jvp=adaptive_max_pool3d_jvp,
        vjp=adaptive_max_pool3d_vjp,
        nondiff_outputs=(1,),
        kind='fold',
        form='formulas',
        origin='rules/pooling.yaml:66',
    ),
    "aten::adaptive_max_pool3d_backward": Rules(
        batch=adaptive_max_pool3d_backward_batch,
        jvp=adaptive_max_pool3d_backward_jvp,
        vjp=adaptive_max_pool3d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:71',
    ),
    "aten::fractional_max_pool3d": Rules(
        batch=fractional_max_pool3d_batch,
        jvp=fractional_max_pool3d_jvp,
        vjp=fractional_max_pool3d_vjp,
        nondiff_outputs=(1,),
        kind='cases',
        form='formulas',
        origin='rules/pooling.yaml:75',
    ),
    "aten::fractional_max_pool3d_backward": Rules(
        batch=fractional_max_pool3d_backward_batch,
        jvp=fractional_max_pool3d_backward_jvp,
        vjp=fractional_max_pool3d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:84',
    ),
    "aten::max_unpool3d": Rules(
        batch=max_unpool3d_batch,
        jvp=max_unpool3d_jvp,
        vjp=max_unpool3d_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:88',
    ),
    "aten::max_pool1d": Rules(decompose=max_pool1d, kind='decompose', origin='rules/pooling.yaml:93'),
    "aten::max_pool1d_with_indices": Rules(
        decompose=max_pool1d_with_indices, kind='decompose', origin='rules/pooling.yaml:96'
    ),
    "aten::adaptive_max_pool1d": Rules(
        decompose=adaptive_max_pool1d, kind='decompose', origin='rules/pooling.yaml:99'
    ),
    "aten::avg_pool2d": Rules(
        batch=avg_pool2d_batch,
        jvp=avg_pool2d_jvp,
        vjp=avg_pool2d_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:105',
    ),
    "aten::avg_pool2d_backward": Rules(
        batch=avg_pool2d_backward_batch,
        jvp=avg_pool2d_backward_jvp,
        vjp=avg_pool2d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:111',
    ),
    "aten::_adaptive_avg_pool2d": Rules(
        batch=_adaptive_avg_pool2d_batch,
        jvp=_adaptive_avg_pool2d_jvp,
        vjp=_adaptive_avg_pool2d_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:116',
    ),
    "aten::_adaptive_avg_pool2d_backward": Rules(
        batch=_adaptive_avg_pool2d_backward_batch,
        jvp=_adaptive_avg_pool2d_backward_jvp,
        vjp=_adaptive_avg_pool2d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:119',
    ),
    "aten::adaptive_avg_pool2d": Rules(
        decompose=adaptive_avg_pool, kind='decompose', origin='rules/pooling.yaml:123'
    ),
    "aten::avg_pool3d": Rules(
        batch=avg_pool3d_batch,
        jvp=avg_pool3d_jvp,
        vjp=avg_pool3d_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:127',
    ),
    "aten::avg_pool3d_backward": Rules(
        batch=avg_pool3d_backward_batch,
        jvp=avg_pool3d_backward_jvp,
        vjp=avg_pool3d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:133',
    ),
    "aten::_adaptive_avg_pool3d": Rules(
        batch=_adaptive_avg_pool3d_batch,
        jvp=_adaptive_avg_pool3d_jvp,
        vjp=_adaptive_avg_pool3d_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:138',
    ),
    "aten::_adaptive_avg_pool3d_backward": Rules(
        batch=_adaptive_avg_pool3d_backward_batch,
        jvp=_adaptive_avg_pool3d_backward_jvp,
        vjp=_adaptive_avg_pool3d_backward_vjp,
        kind='fold',
        form='linear',
        origin='rules/pooling.yaml:141',
    ),
    "aten::adaptive_avg_pool3d": Rules(
        decompose=adaptive_avg_pool, kind='decompose', origin='rules/pooling.yaml:145'
    ),
    "aten::avg_pool1d": Rules(decompose=avg_pool1d, kind='decompose', origin='rules/pooling.yaml:149'),
    "aten::adaptive_avg_pool1d": Rules(
        decompose=adaptive_avg_pool1d, kind='decompose', origin='rules/pooling.yaml:152'
    ),
}
