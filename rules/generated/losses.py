"""Rules from rules/losses.yaml; do not edit, run `make gen`.

source sha256: 3e5ffbde458c3527c1f3ba43cbd012aed684b60446884f497f42766e6cd2476f
torch: 2.13
"""

from __future__ import annotations

import torch

import oplift.rules.losses as oplift_rules_losses
from oplift.batching import Aligned
from oplift.rule import Rules
from oplift.rules.ctc import (
    ctc_gradient,
    ctc_gradient_numbers_batch,
    ctc_gradient_tensors_batch,
    ctc_loss_numbers_batch,
    ctc_loss_tensors_batch,
    ctc_tangent,
)
from oplift.rules.formulas import not_implemented, reduced, shared_cotangent
from oplift.rules.kinds import Deferred, align, align2, each_reduced, expand_all
from oplift.rules.losses import (
    bce_gradient,
    bce_target_slope,
    cross_entropy_loss,
    linear_cross_entropy,
    linear_cross_entropy_each,
    linear_cross_entropy_jvp,
    linear_cross_entropy_vjp,
    logits_pos_weight_slope,
    logits_slope,
    logits_target_slope,
    multi_margin_loss_gradient,
    multilabel_margin_loss_batch,
    multilabel_margin_loss_gradient,
    nll_loss,
    nll_loss2d_gradient_batch,
    nll_loss_gradient_batch,
    ramp,
    row_ones,
    row_tangent,
)

_ctc_loss_backward_op = Deferred(globals(), "_ctc_loss_backward_op", "aten::_ctc_loss_backward")
_ctc_loss_backward_Tensor_op = Deferred(
    globals(), "_ctc_loss_backward_Tensor_op", "aten::_ctc_loss_backward.Tensor"
)
_linear_cross_entropy_batch_chunked_op = Deferred(
    globals(), "_linear_cross_entropy_batch_chunked_op", "torch_nn::_linear_cross_entropy_batch_chunked"
)
binary_cross_entropy_backward_op = Deferred(
    globals(), "binary_cross_entropy_backward_op", "aten::binary_cross_entropy_backward"
)
huber_loss_backward_op = Deferred(globals(), "huber_loss_backward_op", "aten::huber_loss_backward")
mse_loss_backward_op = Deferred(globals(), "mse_loss_backward_op", "aten::mse_loss_backward")
multi_margin_loss_backward_op = Deferred(
    globals(), "multi_margin_loss_backward_op", "aten::multi_margin_loss_backward"
)
multilabel_margin_loss_backward_op = Deferred(
    globals(), "multilabel_margin_loss_backward_op", "aten::multilabel_margin_loss_backward"
)
multilabel_margin_loss_forward_op = Deferred(
    globals(), "multilabel_margin_loss_forward_op", "aten::multilabel_margin_loss_forward"
)
nll_loss2d_backward_op = Deferred(globals(), "nll_loss2d_backward_op", "aten::nll_loss2d_backward")
nll_loss2d_forward_op = Deferred(globals(), "nll_loss2d_forward_op", "aten::nll_loss2d_forward")
nll_loss_backward_op = Deferred(globals(), "nll_loss_backward_op", "aten::nll_loss_backward")
nll_loss_forward_op = Deferred(globals(), "nll_loss_forward_op", "aten::nll_loss_forward")
smooth_l1_loss_backward_op = Deferred(
    globals(), "smooth_l1_loss_backward_op", "aten::smooth_l1_loss_backward"
)
soft_margin_loss_backward_op = Deferred(
    globals(), "soft_margin_loss_backward_op", "aten::soft_margin_loss_backward"
)


# rules/losses.yaml:7 aten::mse_loss
def mse_loss_batch(batch_size, batched, self, target, reduction=1):
    self, target = align2(batched, self, target)
    self, target = expand_all((0, 1), self, target)
    return each_reduced(torch._C._nn.mse_loss(self, target, 0), reduction)


def mse_loss_jvp(tangents, self, target, reduction=1):
    self_t, target_t = tangents
    result = torch._C._nn.mse_loss(self, target, reduction)
    tangent = None
    if self_t is not None:
        tangent = reduced(mse_loss_backward_op(self_t, self, target, 0), reduction)
    if target_t is not None:
        term = reduced(mse_loss_backward_op(target_t, target, self, 0), reduction)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def mse_loss_vjp(needs, self, target, reduction=1):
    needs_self, needs_target = needs
    result = torch._C._nn.mse_loss(self, target, reduction)

    def mse_loss_pullback(grad):
        self_ct = mse_loss_backward_op(grad, self, target, reduction) if needs_self else None
        target_ct = mse_loss_backward_op(grad, target, self, reduction) if needs_target else None
        return (self_ct, target_ct)

    return result, mse_loss_pullback


# rules/losses.yaml:16 aten::mse_loss_backward
def mse_loss_backward_batch(batch_size, batched, grad_output, self, target, reduction):
    grad_output, self, target = align(batched, grad_output, self, target)
    grad_output, self, target = expand_all((0, 1, 2), grad_output, self, target)
    grad_output = shared_cotangent(grad_output, reduction, self.shape[1:])
    return mse_loss_backward_op(grad_output, self, target, 0)


def mse_loss_backward_decompose(grad_output, self, target, reduction):
    return shared_cotangent(grad_output, reduction, self.shape) * 2 * (self - target)


# rules/losses.yaml:20 aten::smooth_l1_loss
def smooth_l1_loss_batch(batch_size, batched, self, target, reduction=1, beta=1.0):
    self, target = align2(batched, self, target)
    self, target = expand_all((0, 1), self, target)
    return each_reduced(torch._C._nn.smooth_l1_loss(self, target, 0, beta), reduction)


def smooth_l1_loss_jvp(tangents, self, target, reduction=1, beta=1.0):
    self_t, target_t = tangents
    result = torch._C._nn.smooth_l1_loss(self, target, reduction, beta)
    tangent = None
    if self_t is not None:
        tangent = reduced(smooth_l1_loss_backward_op(self_t, self, target, 0, beta), reduction)
    if target_t is not None:
        term = reduced(smooth_l1_loss_backward_op(target_t, target, self, 0, beta), reduction)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def smooth_l1_loss_vjp(needs, self, target, reduction=1, beta=1.0):
    needs_self, needs_target = needs
    result = torch._C._nn.smooth_l1_loss(self, target, reduction, beta)

    def smooth_l1_loss_pullback(grad):
        self_ct = smooth_l1_loss_backward_op(grad, self, target, reduction, beta) if needs_self else None
        target_ct = smooth_l1_loss_backward_op(grad, target, self, reduction, beta) if needs_target else None
        return (self_ct, target_ct)

    return result, smooth_l1_loss_pullback


# rules/losses.yaml:29 aten::smooth_l1_loss_backward
def smooth_l1_loss_backward_batch(batch_size, batched, grad_output, self, target, reduction, beta):
    grad_output, self, target = align(batched, grad_output, self, target)
    grad_output, self, target = expand_all((0, 1, 2), grad_output, self, target)
    grad_output = shared_cotangent(grad_output, reduction, self.shape[1:])
    return smooth_l1_loss_backward_op(grad_output, self, target, 0, beta)


def smooth_l1_loss_backward_decompose(grad_output, self, target, reduction, beta):
    return shared_cotangent(grad_output, reduction, self.shape) * (
        ramp((self - target) / beta, 1) if beta else (self - target).sign()
    )


# rules/losses.yaml:34 aten::huber_loss
def huber_loss_batch(batch_size, batched, self, target, reduction=1, delta=1.0):
    self, target = align2(batched, self, target)
    self, target = expand_all((0, 1), self, target)
    return each_reduced(torch._C._nn.huber_loss(self, target, 0, delta), reduction)


def huber_loss_jvp(tangents, self, target, reduction=1, delta=1.0):
    self_t, target_t = tangents
    result = torch._C._nn.huber_loss(self, target, reduction, delta)
    tangent = None
    if self_t is not None:
        tangent = reduced(huber_loss_backward_op(self_t, self, target, 0, delta), reduction)
    if target_t is not None:
        term = reduced(huber_loss_backward_op(target_t, target, self, 0, delta), reduction)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def huber_loss_vjp(needs, self, target, reduction=1, delta=1.0):
    needs_self, needs_target = needs
    result = torch._C._nn.huber_loss(self, target, reduction, delta)

    def huber_loss_pullback(grad):
        self_ct = huber_loss_backward_op(grad, self, target, reduction, delta) if needs_self else None
        target_ct = huber_loss_backward_op(grad, target, self, reduction, delta) if needs_target else None
        return (self_ct, target_ct)

    return result, huber_loss_pullback


# rules/losses.yaml:43 aten::huber_loss_backward
def huber_loss_backward_batch(batch_size, batched, grad_output, self, target, reduction, delta):
    grad_output, self, target = align(batched, grad_output, self, target)
    grad_output, self, target = expand_all((0, 1, 2), grad_output, self, target)
    grad_output = shared_cotangent(grad_output, reduction, self.shape[1:])
    return huber_loss_backward_op(grad_output, self, target, 0, delta)


def huber_loss_backward_decompose(grad_output, self, target, reduction, delta):
    return shared_cotangent(grad_output, reduction, self.shape) * ramp(self - target, delta)


# rules/losses.yaml:47 aten::soft_margin_loss
def soft_margin_loss_batch(batch_size, batched, self, target, reduction=1):
    self, target = align2(batched, self, target)
    self, target = expand_all((0, 1), self, target)
    return each_reduced(torch._C._nn.soft_margin_loss(self, target, 0), reduction)


def soft_margin_loss_jvp(tangents, self, target, reduction=1):
    self_t, target_t = tangents
    result = torch._C._nn.soft_margin_loss(self, target, reduction)
    tangent = None
    if self_t is not None:
        tangent = reduced(soft_margin_loss_backward_op(self_t, self, target, 0), reduction)
    if target_t is not None:
        term = reduced(soft_margin_loss_backward_op(target_t, target, self, 0), reduction)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def soft_margin_loss_vjp(needs, self, target, reduction=1):
    needs_self, needs_target = needs
    result = torch._C._nn.soft_margin_loss(self, target, reduction)

    def soft_margin_loss_pullback(grad):
        self_ct = soft_margin_loss_backward_op(grad, self, target, reduction) if needs_self else None
        target_ct = soft_margin_loss_backward_op(grad, target, self, reduction) if needs_target else None
        return (self_ct, target_ct)

    return result, soft_margin_loss_pullback


# rules/losses.yaml:56 aten::soft_margin_loss_backward
def soft_margin_loss_backward_batch(batch_size, batched, grad_output, self, target, reduction):
    grad_output, self, target = align(batched, grad_output, self, target)
    grad_output, self, target = expand_all((0, 1, 2), grad_output, self, target)
    grad_output = shared_cotangent(grad_output, reduction, self.shape[1:])
    return soft_margin_loss_backward_op(grad_output, self, target, 0)


def soft_margin_loss_backward_decompose(grad_output, self, target, reduction):
    return shared_cotangent(grad_output, reduction, self.shape) * -target * (-target * self).sigmoid()


# rules/losses.yaml:60 aten::binary_cross_entropy
def binary_cross_entropy_batch(batch_size, batched, self, target, weight=None, reduction=1):
    self, target, weight = align(batched, self, target, weight)
    self, target, weight = expand_all((0, 1), self, target, weight)
    return each_reduced(torch._C._nn.binary_cross_entropy(self, target, weight, 0), reduction)


def binary_cross_entropy_jvp(tangents, self, target, weight=None, reduction=1):
    self_t, target_t, weight_t = tangents
    result = torch._C._nn.binary_cross_entropy(self, target, weight, reduction)
    tangent = None
    if self_t is not None:
        tangent = reduced(binary_cross_entropy_backward_op(self_t, self, target, weight, 0), reduction)
    if target_t is not None:
        term = reduced(target_t * bce_target_slope(self, weight), reduction)
        tangent = term if tangent is None else tangent + term
    if weight_t is not None:
        term = reduced(weight_t * torch._C._nn.binary_cross_entropy(self, target, None, 0), reduction)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def binary_cross_entropy_vjp(needs, self, target, weight=None, reduction=1):
    needs_self, needs_target, needs_weight = needs
    result = torch._C._nn.binary_cross_entropy(self, target, weight, reduction)
    self_shape = self.shape
    if not (needs_self or needs_weight):
        target = None
    if not (needs_self or needs_target):
        weight = None

    def binary_cross_entropy_pullback(grad):
        self_ct = binary_cross_entropy_backward_op(
            grad, self, target, weight, reduction
        ) if needs_self else None
        target_ct = shared_cotangent(
            grad, reduction, self_shape
        ) * bce_target_slope(self, weight) if needs_target else None
        weight_ct = shared_cotangent(
            grad, reduction, self_shape
        ) * torch._C._nn.binary_cross_entropy(self, target, None, 0) if needs_weight else None
        return (self_ct, target_ct, weight_ct)

    return result, binary_cross_entropy_pullback


# rules/losses.yaml:71 aten::binary_cross_entropy_backward
def binary_cross_entropy_backward_batch(
    batch_size, batched, grad_output, self, target, weight=None, reduction=1
):
    grad_output, self, target, weight = align(batched, grad_output, self, target, weight)
    grad_output, self, target, weight = expand_all((0, 1, 2), grad_output, self, target, weight)
    grad_output = shared_cotangent(grad_output, reduction, self.shape[1:])
    return binary_cross_entropy_backward_op(grad_output, self, target, weight, 0)


def binary_cross_entropy_backward_decompose(grad_output, self, target, weight=None, reduction=1):
    return bce_gradient(grad_output, self, target, weight, reduction)


# rules/losses.yaml:75 aten::binary_cross_entropy_with_logits
def binary_cross_entropy_with_logits_batch(
    batch_size, batched, self, target, weight=None, pos_weight=None, reduction=1
):
    self, target, weight, pos_weight = align(batched, self, target, weight, pos_weight)
    self, target, weight, pos_weight = expand_all((0, 1), self, target, weight, pos_weight)
    return each_reduced(
        torch.binary_cross_entropy_with_logits(self, target, weight, pos_weight, 0), reduction
    )


def binary_cross_entropy_with_logits_jvp(tangents, self, target, weight=None, pos_weight=None, reduction=1):
    self_t, target_t, weight_t, pos_weight_t = tangents
    result = torch.binary_cross_entropy_with_logits(self, target, weight, pos_weight, reduction)
    tangent = None
    if self_t is not None:
        tangent = reduced(self_t * logits_slope(self, target, weight, pos_weight), reduction)
    if target_t is not None:
        term = reduced(target_t * logits_target_slope(self, weight, pos_weight), reduction)
        tangent = term if tangent is None else tangent + term
    if weight_t is not None:
        term = reduced(
            weight_t * torch.binary_cross_entropy_with_logits(self, target, None, pos_weight, 0), reduction
        )
        tangent = term if tangent is None else tangent + term
    if pos_weight_t is not None:
        term = reduced(pos_weight_t * logits_pos_weight_slope(self, target, weight), reduction)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def binary_cross_entropy_with_logits_vjp(needs, self, target, weight=None, pos_weight=None, reduction=1):
    needs_self, needs_target, needs_weight, needs_pos_weight = needs
    result = torch.binary_cross_entropy_with_logits(self, target, weight, pos_weight, reduction)
    self_shape = self.shape
    if not (needs_self or needs_weight or needs_pos_weight):
        target = None
    if not (needs_self or needs_target or needs_pos_weight):
        weight = None
    if not (needs_self or needs_target or needs_weight):
        pos_weight = None

    def binary_cross_entropy_with_logits_pullback(grad):
        self_ct = shared_cotangent(grad, reduction, self_shape) * logits_slope(
            self, target, weight, pos_weight
        ) if needs_self else None
        target_ct = shared_cotangent(
            grad, reduction, self_shape
        ) * logits_target_slope(self, weight, pos_weight) if needs_target else None
        weight_ct = shared_cotangent(grad, reduction, self_shape) * torch.binary_cross_entropy_with_logits(
            self, target, None, pos_weight, 0
        ) if needs_weight else None
        pos_weight_ct = shared_cotangent(
            grad, reduction, self_shape
        ) * logits_pos_weight_slope(self, target, weight) if needs_pos_weight else None
        return (self_ct, target_ct, weight_ct, pos_weight_ct)

    return result, binary_cross_entropy_with_logits_pullback


# rules/losses.yaml:92 aten::nll_loss_forward
def nll_loss_forward_jvp(tangents, self, target, weight, reduction, ignore_index):
    self_t = tangents[0]
    weight_t = tangents[2]
    if weight_t is not None:
        raise not_implemented("aten::nll_loss_forward", "weight")
    outputs = nll_loss_forward_op(self, target, weight, reduction, ignore_index)
    output, total_weight = outputs
    output_t = None
    if self_t is not None:
        output_t = nll_loss_forward_op(self_t, target, weight, reduction, ignore_index)[0]
    return outputs, (output_t, None)


def nll_loss_forward_vjp(needs, self, target, weight, reduction, ignore_index):
    needs_self = needs[0]
    needs_weight = needs[2]
    if needs_weight:
        raise not_implemented("aten::nll_loss_forward", "weight")
    outputs = nll_loss_forward_op(self, target, weight, reduction, ignore_index)
    output, total_weight = outputs

    def nll_loss_forward_pullback(grads):
        grad = grads[0]
        self_ct = nll_loss_backward_op(
            grad, self, target, weight, reduction, ignore_index, total_weight
        ) if needs_self else None
        return (self_ct, None, None)

    return outputs, nll_loss_forward_pullback


# rules/losses.yaml:100 aten::nll_loss_backward
def nll_loss_backward_jvp(tangents, grad_output, self, target, weight, reduction, ignore_index, total_weight):
    grad_output_t = tangents[0]
    result = nll_loss_backward_op(grad_output, self, target, weight, reduction, ignore_index, total_weight)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = nll_loss_backward_op(
            grad_output_t, self, target, weight, reduction, ignore_index, total_weight
        )
    return result, tangent


def nll_loss_backward_vjp(needs, grad_output, self, target, weight, reduction, ignore_index, total_weight):
    needs_grad_output = needs[0]
    result = nll_loss_backward_op(grad_output, self, target, weight, reduction, ignore_index, total_weight)

    def nll_loss_backward_pullback(grad):
        grad_output_ct = nll_loss_forward_op(
            grad, target, weight, reduction, ignore_index
        )[0] if needs_grad_output else None
        return (grad_output_ct, None, None, None, None)

    return result, nll_loss_backward_pullback


# rules/losses.yaml:105 aten::nll_loss2d_forward
def nll_loss2d_forward_jvp(tangents, self, target, weight, reduction, ignore_index):
    self_t = tangents[0]
    weight_t = tangents[2]
    if weight_t is not None:
        raise not_implemented("aten::nll_loss2d_forward", "weight")
    outputs = nll_loss2d_forward_op(self, target, weight, reduction, ignore_index)
    output, total_weight = outputs
    output_t = None
    if self_t is not None:
        output_t = nll_loss2d_forward_op(self_t, target, weight, reduction, ignore_index)[0]
    return outputs, (output_t, None)


def nll_loss2d_forward_vjp(needs, self, target, weight, reduction, ignore_index):
    needs_self = needs[0]
    needs_weight = needs[2]
    if needs_weight:
        raise not_implemented("aten::nll_loss2d_forward", "weight")
    outputs = nll_loss2d_forward_op(self, target, weight, reduction, ignore_index)
    output, total_weight = outputs

    def nll_loss2d_forward_pullback(grads):
        grad = grads[0]
        self_ct = nll_loss2d_backward_op(
            grad, self, target, weight, reduction, ignore_index, total_weight
        ) if needs_self else None
        return (self_ct, None, None)

    return outputs, nll_loss2d_forward_pullback


# rules/losses.yaml:113 aten::nll_loss2d_backward
def nll_loss2d_backward_jvp(
    tangents, grad_output, self, target, weight, reduction, ignore_index, total_weight
):
    grad_output_t = tangents[0]
    result = nll_loss2d_backward_op(grad_output, self, target, weight, reduction, ignore_index, total_weight)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = nll_loss2d_backward_op(
            grad_output_t, self, target, weight, reduction, ignore_index, total_weight
        )
    return result, tangent


def nll_loss2d_backward_vjp(needs, grad_output, self, target, weight, reduction, ignore_index, total_weight):
    needs_grad_output = needs[0]
    result = nll_loss2d_backward_op(grad_output, self, target, weight, reduction, ignore_index, total_weight)

    def nll_loss2d_backward_pullback(grad):
        grad_output_ct = nll_loss2d_forward_op(
            grad, target, weight, reduction, ignore_index
        )[0] if needs_grad_output else None
        return (grad_output_ct, None, None, None, None)

    return result, nll_loss2d_backward_pullback


# rules/losses.yaml:130 torch_nn::_linear_cross_entropy_batch_chunked
def _linear_cross_entropy_batch_chunked_jvp(
    tangents,
    input,
    linear_weight,
    target,
    linear_bias,
    weight,
    reduction,
    ignore_index,
    label_smoothing,
    batch_chunk_size,
    acc_policy,
    acc_dtype,
    allow_retain_graph,
    compute_input_grad,
    compute_linear_weight_grad,
    compute_linear_bias_grad,
):
    outputs = _linear_cross_entropy_batch_chunked_op(
        input,
        linear_weight,
        target,
        linear_bias,
        weight,
        reduction,
        ignore_index,
        label_smoothing,
        batch_chunk_size,
        acc_policy,
        acc_dtype,
        allow_retain_graph,
        compute_input_grad,
        compute_linear_weight_grad,
        compute_linear_bias_grad,
    )
    result0, result1, result2, result3 = outputs
    tangent = linear_cross_entropy_jvp(
        tangents,
        outputs,
        input,
        linear_weight,
        target,
        linear_bias,
        weight,
        reduction,
        ignore_index,
        label_smoothing,
        batch_chunk_size,
        acc_policy,
        acc_dtype,
        allow_retain_graph,
        compute_input_grad,
        compute_linear_weight_grad,
        compute_linear_bias_grad,
    )
    return outputs, tangent


def _linear_cross_entropy_batch_chunked_vjp(
    needs,
    input,
    linear_weight,
    target,
    linear_bias,
    weight,
    reduction,
    ignore_index,
    label_smoothing,
    batch_chunk_size,
    acc_policy,
    acc_dtype,
    allow_retain_graph,
    compute_input_grad,
    compute_linear_weight_grad,
    compute_linear_bias_grad,
):
    outputs = _linear_cross_entropy_batch_chunked_op(
        input,
        linear_weight,
        target,
        linear_bias,
        weight,
        reduction,
        ignore_index,
        label_smoothing,
        batch_chunk_size,
        acc_policy,
        acc_dtype,
        allow_retain_graph,
        compute_input_grad,
        compute_linear_weight_grad,
        compute_linear_bias_grad,
    )
    result0, result1, result2, result3 = outputs

    def _linear_cross_entropy_batch_chunked_pullback(grads):
        grad = grads[0]
        return linear_cross_entropy_vjp(
            needs,
            grads,
            outputs,
            input,
            linear_weight,
            target,
            linear_bias,
            weight,
            reduction,
            ignore_index,
            label_smoothing,
            batch_chunk_size,
            acc_policy,
            acc_dtype,
            allow_retain_graph,
            compute_input_grad,
            compute_linear_weight_grad,
            compute_linear_bias_grad,
        )

    return outputs, _linear_cross_entropy_batch_chunked_pullback


# rules/losses.yaml:152 aten::multi_margin_loss
def multi_margin_loss_jvp(tangents, self, target, p=1, margin=1, weight=None, reduction=1):
    self_t = tangents[0]
    weight_t = tangents[2]
    if weight_t is not None:
        raise not_implemented("aten::multi_margin_loss", "weight")
    result = torch._C._nn.multi_margin_loss(self, target, p, margin, weight, reduction)
    tangent = None
    if self_t is not None:
        tangent = row_tangent(
            multi_margin_loss_backward_op(row_ones(self, target.shape), self, target, p, margin, weight, 0),
            self_t,
            target.shape,
            reduction,
        )
    return result, tangent


def multi_margin_loss_vjp(needs, self, target, p=1, margin=1, weight=None, reduction=1):
    needs_self = needs[0]
    needs_weight = needs[2]
    if needs_weight:
        raise not_implemented("aten::multi_margin_loss", "weight")
    result = torch._C._nn.multi_margin_loss(self, target, p, margin, weight, reduction)

    def multi_margin_loss_pullback(grad):
        self_ct = multi_margin_loss_backward_op(
            grad, self, target, p, margin, weight, reduction
        ) if needs_self else None
        return (self_ct, None, None)

    return result, multi_margin_loss_pullback


# rules/losses.yaml:164 aten::multi_margin_loss_backward
def multi_margin_loss_backward_decompose(grad_output, self, target, p, margin, weight=None, reduction=1):
    return multi_margin_loss_gradient(grad_output, self, target, p, margin, weight, reduction)


# rules/losses.yaml:168 aten::multilabel_margin_loss_forward
def multilabel_margin_loss_forward_jvp(tangents, self, target, reduction):
    self_t = tangents[0]
    outputs = multilabel_margin_loss_forward_op(self, target, reduction)
    output, is_target = outputs
    output_t = None
    if self_t is not None:
        output_t = row_tangent(
            multilabel_margin_loss_backward_op(row_ones(self, self.shape[:-1]), self, target, 0, is_target),
            self_t,
            self.shape[:-1],
            reduction,
        )
    return outputs, (output_t, None)


def multilabel_margin_loss_forward_vjp(needs, self, target, reduction):
    needs_self = needs[0]
    outputs = multilabel_margin_loss_forward_op(self, target, reduction)
    output, is_target = outputs

    def multilabel_margin_loss_forward_pullback(grads):
        grad = grads[0]
        self_ct = multilabel_margin_loss_backward_op(
            grad, self, target, reduction, is_target
        ) if needs_self else None
        return (self_ct, None)

    return outputs, multilabel_margin_loss_forward_pullback


# rules/losses.yaml:178 aten::multilabel_margin_loss_backward
def multilabel_margin_loss_backward_decompose(grad_output, self, target, reduction, is_target):
    return multilabel_margin_loss_gradient(grad_output, self, target, reduction, is_target)


# rules/losses.yaml:184 aten::_ctc_loss
def _ctc_loss_jvp(tangents, log_probs, targets, input_lengths, target_lengths, blank=0, zero_infinity=False):
    log_probs_t = tangents[0]
    outputs = torch._ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, zero_infinity)
    result0, result1 = outputs
    result0_t = None
    if log_probs_t is not None:
        result0_t = ctc_tangent(
            _ctc_loss_backward_op(
                torch.ones_like(result0),
                log_probs,
                targets,
                input_lengths,
                target_lengths,
                result0,
                result1,
                blank,
                zero_infinity,
            ),
            log_probs_t,
        )
    return outputs, (result0_t, None)


def _ctc_loss_vjp(needs, log_probs, targets, input_lengths, target_lengths, blank=0, zero_infinity=False):
    needs_log_probs = needs[0]
    outputs = torch._ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, zero_infinity)
    result0, result1 = outputs

    def _ctc_loss_pullback(grads):
        grad = grads[0]
        log_probs_ct = _ctc_loss_backward_op(
            grad, log_probs, targets, input_lengths, target_lengths, result0, result1, blank, zero_infinity
        ) if needs_log_probs else None
        return (log_probs_ct, None)

    return outputs, _ctc_loss_pullback


# rules/losses.yaml:199 aten::_ctc_loss.Tensor
def _ctc_loss_Tensor_jvp(
    tangents, log_probs, targets, input_lengths, target_lengths, blank=0, zero_infinity=False
):
    log_probs_t = tangents[0]
    outputs = torch._ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, zero_infinity)
    result0, result1 = outputs
    result0_t = None
    if log_probs_t is not None:
        result0_t = ctc_tangent(
            _ctc_loss_backward_Tensor_op(
                torch.ones_like(result0),
                log_probs,
                targets,
                input_lengths,
                target_lengths,
                result0,
                result1,
                blank,
                zero_infinity,
            ),
            log_probs_t,
        )
    return outputs, (result0_t, None)


def _ctc_loss_Tensor_vjp(
    needs, log_probs, targets, input_lengths, target_lengths, blank=0, zero_infinity=False
):
    needs_log_probs = needs[0]
    outputs = torch._ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, zero_infinity)
    result0, result1 = outputs

    def _ctc_loss_Tensor_pullback(grads):
        grad = grads[0]
        log_probs_ct = _ctc_loss_backward_Tensor_op(
            grad, log_probs, targets, input_lengths, target_lengths, result0, result1, blank, zero_infinity
        ) if needs_log_probs else None
        return (log_probs_ct, None, None, None)

    return outputs, _ctc_loss_Tensor_pullback


RULES = {
    "aten::mse_loss": Rules(
        batch=mse_loss_batch,
        jvp=mse_loss_jvp,
        vjp=mse_loss_vjp,
        kind='loss',
        form='formulas',
        origin='rules/losses.yaml:7',
    ),
    "aten::mse_loss_backward": Rules(
        batch=mse_loss_backward_batch,
        decompose=mse_loss_backward_decompose,
        kind='loss',
        origin='rules/losses.yaml:16',
    ),
    "aten::smooth_l1_loss": Rules(
        batch=smooth_l1_loss_batch,
        jvp=smooth_l1_loss_jvp,
        vjp=smooth_l1_loss_vjp,
        kind='loss',
        form='formulas',
        origin='rules/losses.yaml:20',
    ),
    "aten::smooth_l1_loss_backward": Rules(
        batch=smooth_l1_loss_backward_batch,
        decompose=smooth_l1_loss_backward_decompose,
        kind='loss',
        origin='rules/losses.yaml:29',
    ),
    "aten::huber_loss": Rules(
        batch=huber_loss_batch,
        jvp=huber_loss_jvp,
        vjp=huber_loss_vjp,
        kind='loss',
        form='formulas',
        origin='rules/losses.yaml:34',
    ),
    "aten::huber_loss_backward": Rules(
        batch=huber_loss_backward_batch,
        decompose=huber_loss_backward_decompose,
        kind='loss',
        origin='rules/losses.yaml:43',
    ),
    "aten::soft_margin_loss": Rules(
        batch=soft_margin_loss_batch,
        jvp=soft_margin_loss_jvp,
        vjp=soft_margin_loss_vjp,
        kind='loss',
        form='formulas',
        origin='rules/losses.yaml:47',
    ),
    "aten::soft_margin_loss_backward": Rules(
        batch=soft_margin_loss_backward_batch,
        decompose=soft_margin_loss_backward_decompose,
        kind='loss',
        origin='rules/losses.yaml:56',
    ),
    "aten::binary_cross_entropy": Rules(
        batch=binary_cross_entropy_batch,
        jvp=binary_cross_entropy_jvp,
        vjp=binary_cross_entropy_vjp,
        kind='loss',
        form='formulas',
        origin='rules/losses.yaml:60',
    ),
    "aten::binary_cross_entropy_backward": Rules(
        batch=binary_cross_entropy_backward_batch,
        decompose=binary_cross_entropy_backward_decompose,
        kind='loss',
        origin='rules/losses.yaml:71',
    ),
    "aten::binary_cross_entropy_with_logits": Rules(
        batch=binary_cross_entropy_with_logits_batch,
        jvp=binary_cross_entropy_with_logits_jvp,
        vjp=binary_cross_entropy_with_logits_vjp,
        kind='loss',
        form='formulas',
        origin='rules/losses.yaml:75',
    ),
    "aten::nll_loss_forward": Rules(
        batch=oplift_rules_losses.nll_loss_forward_batch,
        jvp=nll_loss_forward_jvp,
        vjp=nll_loss_forward_vjp,
        nondiff_outputs=(1,),
        kind='python',
        form='formulas',
        origin='rules/losses.yaml:92',
    ),
    "aten::nll_loss_backward": Rules(
        batch=nll_loss_gradient_batch,
        jvp=nll_loss_backward_jvp,
        vjp=nll_loss_backward_vjp,
        kind='python',
        form='linear',
        origin='rules/losses.yaml:100',
    ),
    "aten::nll_loss2d_forward": Rules(
        batch=oplift_rules_losses.nll_loss2d_forward_batch,
        jvp=nll_loss2d_forward_jvp,
        vjp=nll_loss2d_forward_vjp,
        nondiff_outputs=(1,),
        kind='python',
        form='formulas',
        origin='rules/losses.yaml:105',
    ),
    "aten::nll_loss2d_backward": Rules(
        batch=nll_loss2d_gradient_batch,
        jvp=nll_loss2d_backward_jvp,
        vjp=nll_loss2d_backward_vjp,
        kind='python',
        form='linear',
        origin='rules/losses.yaml:113',
    ),
    "aten::nll_loss_nd": Rules(decompose=nll_loss, kind='decompose', origin='rules/losses.yaml:118'),
    "aten::nll_loss": Rules(decompose=nll_loss, kind='decompose', origin='rules/losses.yaml:121'),
    "aten::nll_loss2d": Rules(decompose=nll_loss, kind='decompose', origin='rules/losses.yaml:124'),
    "aten::cross_entropy_loss": Rules(
        decompose=cross_entropy_loss, kind='decompose', origin='rules/losses.yaml:127'
    ),
    "torch_nn::_linear_cross_entropy_batch_chunked": Rules(
        jvp=_linear_cross_entropy_batch_chunked_jvp,
        vjp=_linear_cross_entropy_batch_chunked_vjp,
        decompose=linear_cross_entropy,
        nondiff_outputs=(1, 2, 3),
        kind='decompose',
        form='python',
        origin='rules/losses.yaml:130',
    ),
    "torch_nn::_linear_cross_entropy_batch_chunked_no_reduction": Rules(
        decompose=linear_cross_entropy_each, kind='decompose', origin='rules/losses.yaml:142'
    ),
    "aten::multi_margin_loss": Rules(
        batch=oplift_rules_losses.multi_margin_loss_batch,
        jvp=multi_margin_loss_jvp,
        vjp=multi_margin_loss_vjp,
        kind='python',
        form='formulas',
        origin='rules/losses.yaml:152',
    ),
    "aten::multi_margin_loss_backward": Rules(
        batch=oplift_rules_losses.multi_margin_loss_backward_batch,
        decompose=multi_margin_loss_backward_decompose,
        kind='python',
        origin='rules/losses.yaml:164',
    ),
    "aten::multilabel_margin_loss_forward": Rules(
        batch=multilabel_margin_loss_batch,
        jvp=multilabel_margin_loss_forward_jvp,
        vjp=multilabel_margin_loss_forward_vjp,
        nondiff_outputs=(1,),
        kind='python',
        form='formulas',
        origin='rules/losses.yaml:168',
    ),
    "aten::multilabel_margin_loss_backward": Rules(
        batch=oplift_rules_losses.multilabel_margin_loss_backward_batch,
        decompose=multilabel_margin_loss_backward_decompose,
        kind='python',
        origin='rules/losses.yaml:178',
    ),
    "aten::_ctc_loss": Rules(
        batch=ctc_loss_numbers_batch,
        jvp=_ctc_loss_jvp,
        vjp=_ctc_loss_vjp,
        nondiff_outputs=(1,),
        kind='python',
        form='formulas',
        origin='rules/losses.yaml:184',
    ),
    "aten::_ctc_loss.Tensor": Rules(
        batch=ctc_loss_tensors_batch,
        jvp=_ctc_loss_Tensor_jvp,
        vjp=_ctc_loss_Tensor_vjp,
        nondiff_outputs=(1,),
        kind='python',
        form='formulas',
        origin='rules/losses.yaml:199',
    ),
    "aten::_ctc_loss_backward": Rules(
        batch=ctc_gradient_numbers_batch,
        decompose=ctc_gradient,
        kind='python',
        origin='rules/losses.yaml:215',
    ),
    "aten::_ctc_loss_backward.Tensor": Rules(
        batch=ctc_gradient_tensors_batch,
        decompose=ctc_gradient,
        kind='python',
        origin='rules/losses.yaml:222',
    ),
}
