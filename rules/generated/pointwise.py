"""Rules from rules/pointwise.yaml; do not edit, run `make gen`.

source sha256: 3e6f51c9e537bfed4e2b038ab813e29514f97f2b52ad7691634ee1e3e59cdba9
torch: 2.13
"""

from __future__ import annotations

import torch

import oplift.rules.pointwise as oplift_rules_pointwise
from oplift.batching import Aligned
from oplift.rule import Rules, operator
from oplift.rules.formulas import adj, not_implemented, plus_product, shape, sum_to, tangent_or_zeros
from oplift.rules.kinds import Deferred, align, align2, any_rank, by_example, shift_dim, squeeze_last
from oplift.rules.pointwise import (
    along,
    angle_gradient,
    at_max,
    at_min,
    cast,
    dense_pairs,
    elu_bend,
    exponent_slope,
    gelu_bend,
    isclose,
    logit_slope,
    mish_bend,
    move,
    multi_digamma,
    nonzero_or_one,
    power_slope,
    sgn_tangent,
    shared,
    silu_bend,
    sinc_slope,
    softplus_bend,
    times,
    to_device,
    to_dtype,
    to_dtype_layout,
    to_other,
    unless_zero,
    wide,
    within,
)

_to_copy_op = Deferred(globals(), "_to_copy_op", "aten::_to_copy")
alias_op = Deferred(globals(), "alias_op", "aten::alias")
elu_backward_op = Deferred(globals(), "elu_backward_op", "aten::elu_backward")
fake_quantize_per_channel_affine_cachemask_op = Deferred(
    globals(),
    "fake_quantize_per_channel_affine_cachemask_op",
    "aten::fake_quantize_per_channel_affine_cachemask",
)
fake_quantize_per_tensor_affine_cachemask_op = Deferred(
    globals(),
    "fake_quantize_per_tensor_affine_cachemask_op",
    "aten::fake_quantize_per_tensor_affine_cachemask",
)
gelu_backward_op = Deferred(globals(), "gelu_backward_op", "aten::gelu_backward")
hardshrink_backward_op = Deferred(globals(), "hardshrink_backward_op", "aten::hardshrink_backward")
hardsigmoid_backward_op = Deferred(globals(), "hardsigmoid_backward_op", "aten::hardsigmoid_backward")
hardswish_backward_op = Deferred(globals(), "hardswish_backward_op", "aten::hardswish_backward")
hardtanh_backward_op = Deferred(globals(), "hardtanh_backward_op", "aten::hardtanh_backward")
leaky_relu_backward_op = Deferred(globals(), "leaky_relu_backward_op", "aten::leaky_relu_backward")
lift_fresh_copy_op = Deferred(globals(), "lift_fresh_copy_op", "aten::lift_fresh_copy")
lift_fresh_op = Deferred(globals(), "lift_fresh_op", "aten::lift_fresh")
lift_op = Deferred(globals(), "lift_op", "aten::lift")
log_sigmoid_backward_op = Deferred(globals(), "log_sigmoid_backward_op", "aten::log_sigmoid_backward")
log_sigmoid_forward_op = Deferred(globals(), "log_sigmoid_forward_op", "aten::log_sigmoid_forward")
logit_backward_op = Deferred(globals(), "logit_backward_op", "aten::logit_backward")
mish_backward_op = Deferred(globals(), "mish_backward_op", "aten::mish_backward")
native_dropout_backward_op = Deferred(
    globals(), "native_dropout_backward_op", "aten::native_dropout_backward"
)
sigmoid_backward_op = Deferred(globals(), "sigmoid_backward_op", "aten::sigmoid_backward")
silu_backward_op = Deferred(globals(), "silu_backward_op", "aten::silu_backward")
softplus_backward_op = Deferred(globals(), "softplus_backward_op", "aten::softplus_backward")
softshrink_backward_op = Deferred(globals(), "softshrink_backward_op", "aten::softshrink_backward")
tanh_backward_op = Deferred(globals(), "tanh_backward_op", "aten::tanh_backward")
threshold_backward_op = Deferred(globals(), "threshold_backward_op", "aten::threshold_backward")


# rules/pointwise.yaml:8 aten::add.Tensor
def add_Tensor_batch(batch_size, batched, self, other, alpha=1):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self + other if alpha == 1 else self.add(other, alpha=alpha)


def add_Tensor_jvp(tangents, self, other, alpha=1):
    self_t, other_t = tangents
    result = self + other if alpha == 1 else self.add(other, alpha=alpha)
    tangent = None
    if self_t is not None:
        tangent = self_t
    if other_t is not None:
        term = times(other_t, alpha)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def add_Tensor_vjp(needs, self, other, alpha=1):
    needs_self, needs_other = needs
    result = self + other if alpha == 1 else self.add(other, alpha=alpha)

    def add_Tensor_pullback(grad):
        self_ct = grad if needs_self else None
        other_ct = times(grad, adj(alpha)) if needs_other else None
        return (self_ct, other_ct)

    return result, add_Tensor_pullback


# rules/pointwise.yaml:12 aten::add.Scalar
def add_Scalar_decompose(self, other, alpha=1):
    return self.add(other, alpha=alpha)


# rules/pointwise.yaml:13 aten::sub.Tensor
def sub_Tensor_batch(batch_size, batched, self, other, alpha=1):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self - other if alpha == 1 else self.sub(other, alpha=alpha)


def sub_Tensor_jvp(tangents, self, other, alpha=1):
    self_t, other_t = tangents
    result = self - other if alpha == 1 else self.sub(other, alpha=alpha)
    tangent = None
    if self_t is not None:
        tangent = self_t
    if other_t is not None:
        term = times(-other_t, alpha)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def sub_Tensor_vjp(needs, self, other, alpha=1):
    needs_self, needs_other = needs
    result = self - other if alpha == 1 else self.sub(other, alpha=alpha)
    other_shape = shape(other)

    def sub_Tensor_pullback(grad):
        self_ct = grad if needs_self else None
        other_ct = times(-sum_to(grad, other_shape), adj(alpha)) if needs_other else None
        return (self_ct, other_ct)

    return result, sub_Tensor_pullback


# rules/pointwise.yaml:17 aten::sub.Scalar
def sub_Scalar_decompose(self, other, alpha=1):
    return self.sub(other, alpha=alpha)


# rules/pointwise.yaml:18 aten::rsub.Tensor
def rsub_Tensor_batch(batch_size, batched, self, other, alpha=1):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return torch.rsub(self, other, alpha=alpha)


def rsub_Tensor_jvp(tangents, self, other, alpha=1):
    self_t, other_t = tangents
    result = torch.rsub(self, other, alpha=alpha)
    tangent = None
    if self_t is not None:
        tangent = times(-self_t, alpha)
    if other_t is not None:
        term = other_t
        tangent = term if tangent is None else tangent + term
    return result, tangent


def rsub_Tensor_vjp(needs, self, other, alpha=1):
    needs_self, needs_other = needs
    result = torch.rsub(self, other, alpha=alpha)

    def rsub_Tensor_pullback(grad):
        self_ct = times(-grad, adj(alpha)) if needs_self else None
        other_ct = grad if needs_other else None
        return (self_ct, other_ct)

    return result, rsub_Tensor_pullback


# rules/pointwise.yaml:22 aten::rsub.Scalar
def rsub_Scalar_batch(batch_size, batched, self, other, alpha=1):
    return torch.rsub(self, other, alpha)


def rsub_Scalar_jvp(tangents, self, other, alpha=1):
    self_t = tangents[0]
    result = torch.rsub(self, other, alpha)
    tangent = times(-self_t, alpha)
    return result, tangent


def rsub_Scalar_vjp(needs, self, other, alpha=1):
    result = torch.rsub(self, other, alpha)

    def rsub_Scalar_pullback(grad):
        return (times(-grad, adj(alpha)),)

    return result, rsub_Scalar_pullback


# rules/pointwise.yaml:26 aten::mul.Tensor
def mul_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self * other


def mul_Tensor_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self * other
    tangent = None
    if self_t is not None:
        tangent = self_t * other
    if other_t is not None:
        if tangent is None:
            tangent = other_t * self
        else:
            tangent = plus_product(tangent, other_t, self)
    return result, tangent


def mul_Tensor_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self * other
    other_is_self = needs_self and other is self
    if not needs_other:
        self = None
    if not needs_self:
        other = None

    def mul_Tensor_pullback(grad):
        self_ct = grad * adj(other) if needs_self else None
        other_ct = (self_ct if other_is_self else grad * adj(self)) if needs_other else None
        return (self_ct, other_ct)

    return result, mul_Tensor_pullback


# rules/pointwise.yaml:29 aten::mul.Scalar
def mul_Scalar_batch(batch_size, batched, self, other):
    return self.mul(other)


def mul_Scalar_jvp(tangents, self, other):
    self_t = tangents[0]
    result = self.mul(other)
    tangent = self_t * other
    return result, tangent


def mul_Scalar_vjp(needs, self, other):
    result = self.mul(other)

    def mul_Scalar_pullback(grad):
        return (grad * adj(other),)

    return result, mul_Scalar_pullback


# rules/pointwise.yaml:32 aten::div.Tensor
def div_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self / other


def div_Tensor_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self / other
    tangent = None
    if self_t is not None:
        tangent = self_t / other
    if other_t is not None:
        if tangent is None:
            tangent = other_t * (-result / other)
        else:
            tangent = plus_product(tangent, other_t, -result / other)
    return result, tangent


def div_Tensor_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self / other
    if not needs_other:
        self = None

    def div_Tensor_pullback(grad):
        share = grad / adj(other)
        self_ct = share if needs_self else None
        other_ct = share * adj(self / -other) if needs_other else None
        return (self_ct, other_ct)

    return result, div_Tensor_pullback


# rules/pointwise.yaml:37 aten::div.Scalar
def div_Scalar_batch(batch_size, batched, self, other):
    return self.div(other)


def div_Scalar_jvp(tangents, self, other):
    self_t = tangents[0]
    result = self.div(other)
    tangent = self_t / other
    return result, tangent


def div_Scalar_vjp(needs, self, other):
    result = self.div(other)

    def div_Scalar_pullback(grad):
        return (grad / adj(other),)

    return result, div_Scalar_pullback


# rules/pointwise.yaml:41 aten::div.Tensor_mode
def div_Tensor_mode_batch(batch_size, batched, self, other, rounding_mode):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.div(other, rounding_mode=rounding_mode)


def div_Tensor_mode_jvp(tangents, self, other, rounding_mode):
    self_t, other_t = tangents
    result = self.div(other, rounding_mode=rounding_mode)
    tangent = None
    if self_t is not None:
        tangent = self_t / other if rounding_mode is None else torch.zeros_like(self_t)
    if other_t is not None:
        term = other_t * (-result / other) if rounding_mode is None else torch.zeros_like(other_t)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def div_Tensor_mode_vjp(needs, self, other, rounding_mode):
    needs_self, needs_other = needs
    result = self.div(other, rounding_mode=rounding_mode)
    if not needs_other:
        self = None

    def div_Tensor_mode_pullback(grad):
        share = grad / adj(other) if rounding_mode is None else None
        self_ct = share if needs_self else None
        other_ct = (share * adj(self / -other) if rounding_mode is None else None) if needs_other else None
        return (self_ct, other_ct)

    return result, div_Tensor_mode_pullback


# rules/pointwise.yaml:51 aten::div.Scalar_mode
def div_Scalar_mode_batch(batch_size, batched, self, other, rounding_mode):
    return self.div(other, rounding_mode=rounding_mode)


def div_Scalar_mode_jvp(tangents, self, other, rounding_mode):
    self_t = tangents[0]
    result = self.div(other, rounding_mode=rounding_mode)
    tangent = self_t / other if rounding_mode is None else torch.zeros_like(self_t)
    return result, tangent


def div_Scalar_mode_vjp(needs, self, other, rounding_mode):
    result = self.div(other, rounding_mode=rounding_mode)

    def div_Scalar_mode_pullback(grad):
        return (grad / adj(other) if rounding_mode is None else None,)

    return result, div_Scalar_mode_pullback


# rules/pointwise.yaml:55 aten::floor_divide
def floor_divide_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.floor_divide(other)


# rules/pointwise.yaml:56 aten::floor_divide.Scalar
def floor_divide_Scalar_batch(batch_size, batched, self, other):
    return self.floor_divide(other)


# rules/pointwise.yaml:57 aten::neg
def neg_batch(batch_size, batched, self):
    return self.neg()


def neg_jvp(tangents, self):
    self_t = tangents[0]
    result = self.neg()
    tangent = self_t.neg()
    return result, tangent


def neg_vjp(needs, self):
    result = self.neg()

    def neg_pullback(grad):
        return (-grad,)

    return result, neg_pullback


# rules/pointwise.yaml:60 aten::reciprocal
def reciprocal_batch(batch_size, batched, self):
    return self.reciprocal()


def reciprocal_jvp(tangents, self):
    self_t = tangents[0]
    result = self.reciprocal()
    tangent = self_t * -(result * result)
    return result, tangent


def reciprocal_vjp(needs, self):
    result = self.reciprocal()

    def reciprocal_pullback(grad):
        return (grad * adj(-(result * result)),)

    return result, reciprocal_pullback


# rules/pointwise.yaml:63 aten::square
def square_batch(batch_size, batched, self):
    return self.square()


def square_jvp(tangents, self):
    self_t = tangents[0]
    result = self.square()
    tangent = self_t * (self * 2)
    return result, tangent


def square_vjp(needs, self):
    result = self.square()

    def square_pullback(grad):
        return (grad * adj(self * 2),)

    return result, square_pullback


# rules/pointwise.yaml:66 aten::pow.Tensor_Scalar
def pow_Tensor_Scalar_batch(batch_size, batched, self, exponent):
    return self.pow(exponent)


def pow_Tensor_Scalar_jvp(tangents, self, exponent):
    self_t = tangents[0]
    result = self.pow(exponent)
    tangent = self_t * power_slope(self, exponent)
    return result, tangent


def pow_Tensor_Scalar_vjp(needs, self, exponent):
    result = self.pow(exponent)

    def pow_Tensor_Scalar_pullback(grad):
        return (grad * adj(power_slope(self, exponent)),)

    return result, pow_Tensor_Scalar_pullback


# rules/pointwise.yaml:69 aten::pow.Tensor_Tensor
def pow_Tensor_Tensor_batch(batch_size, batched, self, exponent):
    if type(batched) is not Aligned:
        self, exponent = align2(batched, self, exponent)
    return self.pow(exponent)


def pow_Tensor_Tensor_jvp(tangents, self, exponent):
    self_t, exponent_t = tangents
    result = self.pow(exponent)
    tangent = None
    if self_t is not None:
        tangent = self_t * torch.where(exponent == 0, 0, exponent * self ** (exponent - 1))
    if exponent_t is not None:
        if tangent is None:
            tangent = exponent_t * exponent_slope(self, exponent, result)
        else:
            tangent = plus_product(tangent, exponent_t, exponent_slope(self, exponent, result))
    return result, tangent


def pow_Tensor_Tensor_vjp(needs, self, exponent):
    needs_self, needs_exponent = needs
    result = self.pow(exponent)
    kept_result = result if needs_exponent else None

    def pow_Tensor_Tensor_pullback(grad):
        self_ct = grad * adj(
            torch.where(exponent == 0, 0, exponent * self ** (exponent - 1))
        ) if needs_self else None
        exponent_ct = grad * adj(exponent_slope(self, exponent, kept_result)) if needs_exponent else None
        return (self_ct, exponent_ct)

    return result, pow_Tensor_Tensor_pullback


# rules/pointwise.yaml:74 aten::pow.Scalar
def pow_Scalar_batch(batch_size, batched, self, exponent):
    return torch.pow(self, exponent)


def pow_Scalar_jvp(tangents, self, exponent):
    exponent_t = tangents[0]
    result = torch.pow(self, exponent)
    tangent = exponent_t * exponent_slope(self, exponent, result)
    return result, tangent


def pow_Scalar_vjp(needs, self, exponent):
    result = torch.pow(self, exponent)

    def pow_Scalar_pullback(grad):
        return (grad * adj(exponent_slope(self, exponent, result)),)

    return result, pow_Scalar_pullback


# rules/pointwise.yaml:77 aten::float_power.Tensor_Tensor
def float_power_Tensor_Tensor_decompose(self, exponent):
    return wide(self).pow(wide(exponent))


# rules/pointwise.yaml:78 aten::float_power.Tensor_Scalar
def float_power_Tensor_Scalar_decompose(self, exponent):
    return wide(self, exponent).pow(exponent)


# rules/pointwise.yaml:79 aten::float_power.Scalar
def float_power_Scalar_decompose(self, exponent):
    return pow(self, wide(exponent, self))


# rules/pointwise.yaml:80 aten::remainder.Tensor
def remainder_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.remainder(other)


def remainder_Tensor_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self.remainder(other)
    tangent = None
    if self_t is not None:
        tangent = self_t
    if other_t is not None:
        if tangent is None:
            tangent = other_t * -self.div(other, rounding_mode='floor')
        else:
            tangent = plus_product(tangent, other_t, -self.div(other, rounding_mode='floor'))
    return result, tangent


def remainder_Tensor_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self.remainder(other)
    if not needs_other:
        self = None
    if not needs_other:
        other = None

    def remainder_Tensor_pullback(grad):
        self_ct = grad if needs_self else None
        other_ct = grad * -self.div(other, rounding_mode='floor') if needs_other else None
        return (self_ct, other_ct)

    return result, remainder_Tensor_pullback


# rules/pointwise.yaml:84 aten::remainder.Scalar
def remainder_Scalar_batch(batch_size, batched, self, other):
    return self.remainder(other)


def remainder_Scalar_jvp(tangents, self, other):
    self_t = tangents[0]
    result = self.remainder(other)
    tangent = self_t
    return result, tangent


def remainder_Scalar_vjp(needs, self, other):
    result = self.remainder(other)

    def remainder_Scalar_pullback(grad):
        return (grad,)

    return result, remainder_Scalar_pullback


# rules/pointwise.yaml:88 aten::remainder.Scalar_Tensor
def remainder_Scalar_Tensor_batch(batch_size, batched, self, other):
    return torch.remainder(self, other)


def remainder_Scalar_Tensor_jvp(tangents, self, other):
    other_t = tangents[0]
    result = torch.remainder(self, other)
    tangent = other_t * -(self / other).floor()
    return result, tangent


def remainder_Scalar_Tensor_vjp(needs, self, other):
    result = torch.remainder(self, other)

    def remainder_Scalar_Tensor_pullback(grad):
        return (grad * adj(-(self / other).floor()),)

    return result, remainder_Scalar_Tensor_pullback


# rules/pointwise.yaml:91 aten::fmod.Tensor
def fmod_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.fmod(other)


def fmod_Tensor_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self.fmod(other)
    tangent = None
    if self_t is not None:
        tangent = self_t
    if other_t is not None:
        if tangent is None:
            tangent = other_t * -self.div(other, rounding_mode='trunc')
        else:
            tangent = plus_product(tangent, other_t, -self.div(other, rounding_mode='trunc'))
    return result, tangent


def fmod_Tensor_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self.fmod(other)
    if not needs_other:
        self = None
    if not needs_other:
        other = None

    def fmod_Tensor_pullback(grad):
        self_ct = grad if needs_self else None
        other_ct = grad * -self.div(other, rounding_mode='trunc') if needs_other else None
        return (self_ct, other_ct)

    return result, fmod_Tensor_pullback


# rules/pointwise.yaml:95 aten::fmod.Scalar
def fmod_Scalar_batch(batch_size, batched, self, other):
    return self.fmod(other)


def fmod_Scalar_jvp(tangents, self, other):
    self_t = tangents[0]
    result = self.fmod(other)
    tangent = self_t
    return result, tangent


def fmod_Scalar_vjp(needs, self, other):
    result = self.fmod(other)

    def fmod_Scalar_pullback(grad):
        return (grad,)

    return result, fmod_Scalar_pullback


# rules/pointwise.yaml:99 aten::addcmul
def addcmul_batch(batch_size, batched, self, tensor1, tensor2, value=1):
    self, tensor1, tensor2 = align(batched, self, tensor1, tensor2)
    return self.addcmul(tensor1, tensor2, value=value)


def addcmul_jvp(tangents, self, tensor1, tensor2, value=1):
    self_t, tensor1_t, tensor2_t = tangents
    result = self.addcmul(tensor1, tensor2, value=value)
    tangent = None
    if self_t is not None:
        tangent = self_t
    if tensor1_t is not None:
        if tangent is None:
            tangent = tensor1_t * times(tensor2, value)
        else:
            tangent = plus_product(tangent, tensor1_t, times(tensor2, value))
    if tensor2_t is not None:
        if tangent is None:
            tangent = tensor2_t * times(tensor1, value)
        else:
            tangent = plus_product(tangent, tensor2_t, times(tensor1, value))
    return result, tangent


def addcmul_vjp(needs, self, tensor1, tensor2, value=1):
    needs_self, needs_tensor1, needs_tensor2 = needs
    result = self.addcmul(tensor1, tensor2, value=value)
    if not needs_tensor2:
        tensor1 = None
    if not needs_tensor1:
        tensor2 = None

    def addcmul_pullback(grad):
        self_ct = grad if needs_self else None
        tensor1_ct = grad * adj(times(tensor2, value)) if needs_tensor1 else None
        tensor2_ct = grad * adj(times(tensor1, value)) if needs_tensor2 else None
        return (self_ct, tensor1_ct, tensor2_ct)

    return result, addcmul_pullback


# rules/pointwise.yaml:110 aten::addcdiv
def addcdiv_batch(batch_size, batched, self, tensor1, tensor2, value=1):
    self, tensor1, tensor2 = align(batched, self, tensor1, tensor2)
    return self.addcdiv(tensor1, tensor2, value=value)


def addcdiv_jvp(tangents, self, tensor1, tensor2, value=1):
    self_t, tensor1_t, tensor2_t = tangents
    result = self.addcdiv(tensor1, tensor2, value=value)
    tangent = None
    if self_t is not None:
        tangent = self_t
    if tensor1_t is not None:
        term = times(tensor1_t, value) / tensor2
        tangent = term if tangent is None else tangent + term
    if tensor2_t is not None:
        if tangent is None:
            tangent = tensor2_t * (times(tensor1, -value) / (tensor2 * tensor2))
        else:
            tangent = plus_product(tangent, tensor2_t, times(tensor1, -value) / (tensor2 * tensor2))
    return result, tangent


def addcdiv_vjp(needs, self, tensor1, tensor2, value=1):
    needs_self, needs_tensor1, needs_tensor2 = needs
    result = self.addcdiv(tensor1, tensor2, value=value)
    if not needs_tensor2:
        tensor1 = None
    if not (needs_tensor1 or needs_tensor2):
        tensor2 = None

    def addcdiv_pullback(grad):
        self_ct = grad if needs_self else None
        tensor1_ct = times(grad, adj(value)) / adj(tensor2) if needs_tensor1 else None
        tensor2_ct = grad * adj(times(tensor1, -value) / (tensor2 * tensor2)) if needs_tensor2 else None
        return (self_ct, tensor1_ct, tensor2_ct)

    return result, addcdiv_pullback


# rules/pointwise.yaml:121 aten::lerp.Scalar
def lerp_Scalar_batch(batch_size, batched, self, end, weight):
    if type(batched) is not Aligned:
        self, end = align2(batched, self, end)
    return self.lerp(end, weight)


def lerp_Scalar_jvp(tangents, self, end, weight):
    self_t, end_t = tangents
    result = self.lerp(end, weight)
    tangent = None
    if self_t is not None:
        tangent = self_t * (1 - weight)
    if end_t is not None:
        if tangent is None:
            tangent = end_t * weight
        else:
            tangent = plus_product(tangent, end_t, weight)
    return result, tangent


def lerp_Scalar_vjp(needs, self, end, weight):
    needs_self, needs_end = needs
    result = self.lerp(end, weight)

    def lerp_Scalar_pullback(grad):
        self_ct = grad * adj(1 - weight) if needs_self else None
        end_ct = grad * adj(weight) if needs_end else None
        return (self_ct, end_ct)

    return result, lerp_Scalar_pullback


# rules/pointwise.yaml:124 aten::lerp.Tensor
def lerp_Tensor_batch(batch_size, batched, self, end, weight):
    self, end, weight = align(batched, self, end, weight)
    return self.lerp(end, weight)


def lerp_Tensor_jvp(tangents, self, end, weight):
    self_t, end_t, weight_t = tangents
    result = self.lerp(end, weight)
    tangent = None
    if self_t is not None:
        tangent = self_t * (1 - weight)
    if end_t is not None:
        if tangent is None:
            tangent = end_t * weight
        else:
            tangent = plus_product(tangent, end_t, weight)
    if weight_t is not None:
        if tangent is None:
            tangent = weight_t * (end - self)
        else:
            tangent = plus_product(tangent, weight_t, end - self)
    return result, tangent


def lerp_Tensor_vjp(needs, self, end, weight):
    needs_self, needs_end, needs_weight = needs
    result = self.lerp(end, weight)
    if not needs_weight:
        self = None
    if not needs_weight:
        end = None
    if not (needs_self or needs_end):
        weight = None

    def lerp_Tensor_pullback(grad):
        self_ct = grad * adj(1 - weight) if needs_self else None
        end_ct = grad * adj(weight) if needs_end else None
        weight_ct = grad * adj(end - self) if needs_weight else None
        return (self_ct, end_ct, weight_ct)

    return result, lerp_Tensor_pullback


# rules/pointwise.yaml:127 aten::hypot
def hypot_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.hypot(other)


def hypot_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self.hypot(other)
    tangent = None
    if self_t is not None:
        tangent = self_t * (self / result)
    if other_t is not None:
        if tangent is None:
            tangent = other_t * (other / result)
        else:
            tangent = plus_product(tangent, other_t, other / result)
    return result, tangent


def hypot_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self.hypot(other)
    other_is_self = needs_self and other is self
    if not needs_self:
        self = None
    if not needs_other:
        other = None

    def hypot_pullback(grad):
        self_ct = grad * adj(self / result) if needs_self else None
        other_ct = (self_ct if other_is_self else grad * adj(other / result)) if needs_other else None
        return (self_ct, other_ct)

    return result, hypot_pullback


# rules/pointwise.yaml:130 aten::ldexp.Tensor
def ldexp_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.ldexp(other)


def ldexp_Tensor_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self.ldexp(other)
    tangent = None
    if self_t is not None:
        tangent = self_t * 2.0 ** other
    if other_t is not None:
        if tangent is None:
            tangent = other_t * (result * 0.6931471805599453)
        else:
            tangent = plus_product(tangent, other_t, result, 0.6931471805599453)
    return result, tangent


def ldexp_Tensor_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self.ldexp(other)
    kept_result = result if needs_other else None
    if not needs_self:
        other = None

    def ldexp_Tensor_pullback(grad):
        self_ct = grad * adj(2.0 ** other) if needs_self else None
        other_ct = grad * adj(kept_result * 0.6931471805599453) if needs_other else None
        return (self_ct, other_ct)

    return result, ldexp_Tensor_pullback


# rules/pointwise.yaml:133 aten::frexp.Tensor
def frexp_Tensor_batch(batch_size, batched, self):
    return self.frexp()


def frexp_Tensor_jvp(tangents, self):
    self_t = tangents[0]
    outputs = self.frexp()
    mantissa, exponent = outputs
    mantissa_t = self_t / exponent.exp2()
    return outputs, (mantissa_t, None)


def frexp_Tensor_vjp(needs, self):
    outputs = self.frexp()
    mantissa, exponent = outputs

    def frexp_Tensor_pullback(grads):
        grad = grads[0]
        return (grad / exponent.exp2(),)

    return outputs, frexp_Tensor_pullback


# rules/pointwise.yaml:138 aten::gcd
def gcd_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.gcd(other)


# rules/pointwise.yaml:139 aten::lcm
def lcm_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.lcm(other)


# rules/pointwise.yaml:142 aten::sqrt
def sqrt_batch(batch_size, batched, self):
    return self.sqrt()


def sqrt_jvp(tangents, self):
    self_t = tangents[0]
    result = self.sqrt()
    tangent = self_t / (result * 2)
    return result, tangent


def sqrt_vjp(needs, self):
    result = self.sqrt()

    def sqrt_pullback(grad):
        return (grad / adj(result * 2),)

    return result, sqrt_pullback


# rules/pointwise.yaml:146 aten::rsqrt
def rsqrt_batch(batch_size, batched, self):
    return self.rsqrt()


def rsqrt_jvp(tangents, self):
    self_t = tangents[0]
    result = self.rsqrt()
    tangent = self_t * (result ** 3 * -0.5)
    return result, tangent


def rsqrt_vjp(needs, self):
    result = self.rsqrt()

    def rsqrt_pullback(grad):
        return (grad * adj(result ** 3 * -0.5),)

    return result, rsqrt_pullback


# rules/pointwise.yaml:149 aten::exp
def exp_batch(batch_size, batched, self):
    return self.exp()


def exp_jvp(tangents, self):
    self_t = tangents[0]
    result = self.exp()
    tangent = self_t * result
    return result, tangent


def exp_vjp(needs, self):
    result = self.exp()

    def exp_pullback(grad):
        return (grad * adj(result),)

    return result, exp_pullback


# rules/pointwise.yaml:152 aten::exp2
def exp2_batch(batch_size, batched, self):
    return self.exp2()


def exp2_jvp(tangents, self):
    self_t = tangents[0]
    result = self.exp2()
    tangent = self_t * (result * 0.6931471805599453)
    return result, tangent


def exp2_vjp(needs, self):
    result = self.exp2()

    def exp2_pullback(grad):
        return (grad * adj(result * 0.6931471805599453),)

    return result, exp2_pullback


# rules/pointwise.yaml:155 aten::expm1
def expm1_batch(batch_size, batched, self):
    return self.expm1()


def expm1_jvp(tangents, self):
    self_t = tangents[0]
    result = self.expm1()
    tangent = self_t * (result + 1)
    return result, tangent


def expm1_vjp(needs, self):
    result = self.expm1()

    def expm1_pullback(grad):
        return (grad * adj(result + 1),)

    return result, expm1_pullback


# rules/pointwise.yaml:158 aten::log
def log_batch(batch_size, batched, self):
    return self.log()


def log_jvp(tangents, self):
    self_t = tangents[0]
    result = self.log()
    tangent = self_t / self
    return result, tangent


def log_vjp(needs, self):
    result = self.log()

    def log_pullback(grad):
        return (grad / adj(self),)

    return result, log_pullback


# rules/pointwise.yaml:162 aten::log10
def log10_batch(batch_size, batched, self):
    return self.log10()


def log10_jvp(tangents, self):
    self_t = tangents[0]
    result = self.log10()
    tangent = self_t / (self * 2.302585092994046)
    return result, tangent


def log10_vjp(needs, self):
    result = self.log10()

    def log10_pullback(grad):
        return (grad / adj(self * 2.302585092994046),)

    return result, log10_pullback


# rules/pointwise.yaml:166 aten::log2
def log2_batch(batch_size, batched, self):
    return self.log2()


def log2_jvp(tangents, self):
    self_t = tangents[0]
    result = self.log2()
    tangent = self_t / (self * 0.6931471805599453)
    return result, tangent


def log2_vjp(needs, self):
    result = self.log2()

    def log2_pullback(grad):
        return (grad / adj(self * 0.6931471805599453),)

    return result, log2_pullback


# rules/pointwise.yaml:170 aten::log1p
def log1p_batch(batch_size, batched, self):
    return self.log1p()


def log1p_jvp(tangents, self):
    self_t = tangents[0]
    result = self.log1p()
    tangent = self_t / (self + 1)
    return result, tangent


def log1p_vjp(needs, self):
    result = self.log1p()

    def log1p_pullback(grad):
        return (grad / adj(self + 1),)

    return result, log1p_pullback


# rules/pointwise.yaml:174 aten::logaddexp
def logaddexp_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.logaddexp(other)


def logaddexp_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self.logaddexp(other)
    tangent = None
    if self_t is not None:
        tangent = self_t * (self - other).sigmoid()
    if other_t is not None:
        if tangent is None:
            tangent = other_t * (other - self).sigmoid()
        else:
            tangent = plus_product(tangent, other_t, (other - self).sigmoid())
    return result, tangent


def logaddexp_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self.logaddexp(other)
    other_is_self = needs_self and other is self

    def logaddexp_pullback(grad):
        self_ct = grad * adj((self - other).sigmoid()) if needs_self else None
        other_ct = (
            self_ct if other_is_self else grad * adj((other - self).sigmoid())
        ) if needs_other else None
        return (self_ct, other_ct)

    return result, logaddexp_pullback


# rules/pointwise.yaml:177 aten::logaddexp2
def logaddexp2_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.logaddexp2(other)


def logaddexp2_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self.logaddexp2(other)
    tangent = None
    if self_t is not None:
        tangent = self_t * (1 + (other - self).exp2()).reciprocal()
    if other_t is not None:
        if tangent is None:
            tangent = other_t * (1 + (self - other).exp2()).reciprocal()
        else:
            tangent = plus_product(tangent, other_t, (1 + (self - other).exp2()).reciprocal())
    return result, tangent


def logaddexp2_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self.logaddexp2(other)
    other_is_self = needs_self and other is self

    def logaddexp2_pullback(grad):
        self_ct = grad * adj((1 + (other - self).exp2()).reciprocal()) if needs_self else None
        other_ct = (
            self_ct if other_is_self else grad * adj((1 + (self - other).exp2()).reciprocal())
        ) if needs_other else None
        return (self_ct, other_ct)

    return result, logaddexp2_pullback


# rules/pointwise.yaml:180 aten::xlogy.Tensor
def xlogy_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.xlogy(other)


def xlogy_Tensor_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self.xlogy(other)
    if self_t is not None:
        undefined = (self == 0) & (other <= 0)
    tangent = None
    if self_t is not None:
        tangent = self_t.xlogy(other).masked_fill(undefined, 0)
    if other_t is not None:
        if tangent is None:
            tangent = other_t * (self / other)
        else:
            tangent = plus_product(tangent, other_t, self / other)
    return result, tangent


def xlogy_Tensor_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self.xlogy(other)

    def xlogy_Tensor_pullback(grad):
        if needs_self:
            undefined = (self == 0) & (other <= 0)
        self_ct = grad.xlogy(other).masked_fill(undefined, 0) if needs_self else None
        other_ct = grad * (self / other) if needs_other else None
        return (self_ct, other_ct)

    return result, xlogy_Tensor_pullback


# rules/pointwise.yaml:185 aten::xlogy.Scalar_Other
def xlogy_Scalar_Other_batch(batch_size, batched, self, other):
    return self.xlogy(other)


def xlogy_Scalar_Other_jvp(tangents, self, other):
    self_t = tangents[0]
    result = self.xlogy(other)
    undefined = (self == 0) & (other <= 0)
    tangent = self_t.xlogy(other).masked_fill(undefined, 0)
    return result, tangent


def xlogy_Scalar_Other_vjp(needs, self, other):
    result = self.xlogy(other)

    def xlogy_Scalar_Other_pullback(grad):
        undefined = (self == 0) & (other <= 0)
        return (grad.xlogy(other).masked_fill(undefined, 0),)

    return result, xlogy_Scalar_Other_pullback


# rules/pointwise.yaml:190 aten::xlogy.Scalar_Self
def xlogy_Scalar_Self_batch(batch_size, batched, self, other):
    return torch.xlogy(self, other)


def xlogy_Scalar_Self_jvp(tangents, self, other):
    other_t = tangents[0]
    result = torch.xlogy(self, other)
    tangent = times(other_t, self) / other
    return result, tangent


def xlogy_Scalar_Self_vjp(needs, self, other):
    result = torch.xlogy(self, other)

    def xlogy_Scalar_Self_pullback(grad):
        return (times(grad, self) / other,)

    return result, xlogy_Scalar_Self_pullback


# rules/pointwise.yaml:194 aten::special_xlog1py
def special_xlog1py_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return torch._C._special.special_xlog1py(self, other)


def special_xlog1py_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = torch._C._special.special_xlog1py(self, other)
    if self_t is not None:
        undefined = (self == 0) & (other <= -1)
    tangent = None
    if self_t is not None:
        tangent = torch._C._special.special_xlog1py(self_t, other).masked_fill(undefined, 0)
    if other_t is not None:
        if tangent is None:
            tangent = other_t * (self / (other + 1))
        else:
            tangent = plus_product(tangent, other_t, self / (other + 1))
    return result, tangent


def special_xlog1py_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = torch._C._special.special_xlog1py(self, other)

    def special_xlog1py_pullback(grad):
        if needs_self:
            undefined = (self == 0) & (other <= -1)
        self_ct = torch._C._special.special_xlog1py(grad, other).masked_fill(
            undefined, 0
        ) if needs_self else None
        other_ct = grad * (self / (other + 1)) if needs_other else None
        return (self_ct, other_ct)

    return result, special_xlog1py_pullback


# rules/pointwise.yaml:202 aten::special_xlog1py.other_scalar
def special_xlog1py_other_scalar_batch(batch_size, batched, self, other):
    return torch._C._special.special_xlog1py(self, other)


def special_xlog1py_other_scalar_jvp(tangents, self, other):
    self_t = tangents[0]
    result = torch._C._special.special_xlog1py(self, other)
    undefined = (self == 0) & (other <= -1)
    tangent = torch._C._special.special_xlog1py(self_t, other).masked_fill(undefined, 0)
    return result, tangent


def special_xlog1py_other_scalar_vjp(needs, self, other):
    result = torch._C._special.special_xlog1py(self, other)

    def special_xlog1py_other_scalar_pullback(grad):
        undefined = (self == 0) & (other <= -1)
        return (torch._C._special.special_xlog1py(grad, other).masked_fill(undefined, 0),)

    return result, special_xlog1py_other_scalar_pullback


# rules/pointwise.yaml:207 aten::special_xlog1py.self_scalar
def special_xlog1py_self_scalar_batch(batch_size, batched, self, other):
    return torch._C._special.special_xlog1py(self, other)


def special_xlog1py_self_scalar_jvp(tangents, self, other):
    other_t = tangents[0]
    result = torch._C._special.special_xlog1py(self, other)
    tangent = times(other_t, self) / (other + 1)
    return result, tangent


def special_xlog1py_self_scalar_vjp(needs, self, other):
    result = torch._C._special.special_xlog1py(self, other)

    def special_xlog1py_self_scalar_pullback(grad):
        return (times(grad, self) / (other + 1),)

    return result, special_xlog1py_self_scalar_pullback


# rules/pointwise.yaml:211 aten::special_entr
def special_entr_batch(batch_size, batched, self):
    return torch._C._special.special_entr(self)


def special_entr_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._special.special_entr(self)
    tangent = self_t * (-1 - self.log())
    return result, tangent


def special_entr_vjp(needs, self):
    result = torch._C._special.special_entr(self)

    def special_entr_pullback(grad):
        return (grad * adj(-1 - self.log()),)

    return result, special_entr_pullback


# rules/pointwise.yaml:216 aten::sin
def sin_batch(batch_size, batched, self):
    return self.sin()


def sin_jvp(tangents, self):
    self_t = tangents[0]
    result = self.sin()
    tangent = self_t * self.cos()
    return result, tangent


def sin_vjp(needs, self):
    result = self.sin()

    def sin_pullback(grad):
        return (grad * adj(self.cos()),)

    return result, sin_pullback


# rules/pointwise.yaml:219 aten::cos
def cos_batch(batch_size, batched, self):
    return self.cos()


def cos_jvp(tangents, self):
    self_t = tangents[0]
    result = self.cos()
    tangent = self_t * -self.sin()
    return result, tangent


def cos_vjp(needs, self):
    result = self.cos()

    def cos_pullback(grad):
        return (grad * adj(-self.sin()),)

    return result, cos_pullback


# rules/pointwise.yaml:222 aten::tan
def tan_batch(batch_size, batched, self):
    return self.tan()


def tan_jvp(tangents, self):
    self_t = tangents[0]
    result = self.tan()
    tangent = self_t * (result * result + 1)
    return result, tangent


def tan_vjp(needs, self):
    result = self.tan()

    def tan_pullback(grad):
        return (grad * adj(result * result + 1),)

    return result, tan_pullback


# rules/pointwise.yaml:225 aten::asin
def asin_batch(batch_size, batched, self):
    return self.asin()


def asin_jvp(tangents, self):
    self_t = tangents[0]
    result = self.asin()
    tangent = self_t * (1 - self * self).rsqrt()
    return result, tangent


def asin_vjp(needs, self):
    result = self.asin()

    def asin_pullback(grad):
        return (grad * adj((1 - self * self).rsqrt()),)

    return result, asin_pullback


# rules/pointwise.yaml:228 aten::acos
def acos_batch(batch_size, batched, self):
    return self.acos()


def acos_jvp(tangents, self):
    self_t = tangents[0]
    result = self.acos()
    tangent = self_t * -(1 - self * self).rsqrt()
    return result, tangent


def acos_vjp(needs, self):
    result = self.acos()

    def acos_pullback(grad):
        return (grad * adj(-(1 - self * self).rsqrt()),)

    return result, acos_pullback


# rules/pointwise.yaml:231 aten::atan
def atan_batch(batch_size, batched, self):
    return self.atan()


def atan_jvp(tangents, self):
    self_t = tangents[0]
    result = self.atan()
    tangent = self_t * (self * self + 1).reciprocal()
    return result, tangent


def atan_vjp(needs, self):
    result = self.atan()

    def atan_pullback(grad):
        return (grad * adj((self * self + 1).reciprocal()),)

    return result, atan_pullback


# rules/pointwise.yaml:234 aten::atan2
def atan2_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.atan2(other)


def atan2_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self.atan2(other)
    square = self * self + other * other
    divisor = torch.where(square == 0, 1, square)
    tangent = None
    if self_t is not None:
        tangent = self_t * (other / divisor)
    if other_t is not None:
        if tangent is None:
            tangent = other_t * (-self / divisor)
        else:
            tangent = plus_product(tangent, other_t, -self / divisor)
    return result, tangent


def atan2_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self.atan2(other)

    def atan2_pullback(grad):
        square = self * self + other * other
        divisor = torch.where(square == 0, 1, square)
        self_ct = grad * adj(other / divisor) if needs_self else None
        other_ct = grad * adj(-self / divisor) if needs_other else None
        return (self_ct, other_ct)

    return result, atan2_pullback


# rules/pointwise.yaml:240 aten::sinh
def sinh_batch(batch_size, batched, self):
    return self.sinh()


def sinh_jvp(tangents, self):
    self_t = tangents[0]
    result = self.sinh()
    tangent = self_t * self.cosh()
    return result, tangent


def sinh_vjp(needs, self):
    result = self.sinh()

    def sinh_pullback(grad):
        return (grad * adj(self.cosh()),)

    return result, sinh_pullback


# rules/pointwise.yaml:243 aten::cosh
def cosh_batch(batch_size, batched, self):
    return self.cosh()


def cosh_jvp(tangents, self):
    self_t = tangents[0]
    result = self.cosh()
    tangent = self_t * self.sinh()
    return result, tangent


def cosh_vjp(needs, self):
    result = self.cosh()

    def cosh_pullback(grad):
        return (grad * adj(self.sinh()),)

    return result, cosh_pullback


# rules/pointwise.yaml:246 aten::tanh
def tanh_batch(batch_size, batched, self):
    return self.tanh()


def tanh_jvp(tangents, self):
    self_t = tangents[0]
    result = self.tanh()
    tangent = adj(tanh_backward_op(adj(self_t), result))
    return result, tangent


def tanh_vjp(needs, self):
    result = self.tanh()

    def tanh_pullback(grad):
        return (tanh_backward_op(grad, result),)

    return result, tanh_pullback


# rules/pointwise.yaml:250 aten::tanh_backward
def tanh_backward_batch(batch_size, batched, grad_output, output):
    if type(batched) is not Aligned:
        grad_output, output = align2(batched, grad_output, output)
    return tanh_backward_op(grad_output, output)


def tanh_backward_jvp(tangents, grad_output, output):
    grad_output_t, output_t = tangents
    result = tanh_backward_op(grad_output, output)
    tangent = None
    if grad_output_t is not None:
        tangent = tanh_backward_op(grad_output_t, output)
    if output_t is not None:
        if tangent is None:
            tangent = adj(output_t) * (grad_output * adj(output) * -2)
        else:
            tangent = plus_product(tangent, adj(output_t), grad_output * adj(output), -2)
    return result, tangent


def tanh_backward_vjp(needs, grad_output, output):
    needs_grad_output, needs_output = needs
    result = tanh_backward_op(grad_output, output)
    if not needs_output:
        grad_output = None

    def tanh_backward_pullback(grad):
        grad_output_ct = adj(tanh_backward_op(adj(grad), output)) if needs_grad_output else None
        output_ct = adj(grad) * (grad_output * adj(output) * -2) if needs_output else None
        return (grad_output_ct, output_ct)

    return result, tanh_backward_pullback


# rules/pointwise.yaml:259 aten::asinh
def asinh_batch(batch_size, batched, self):
    return self.asinh()


def asinh_jvp(tangents, self):
    self_t = tangents[0]
    result = self.asinh()
    tangent = self_t * (self * self + 1).rsqrt()
    return result, tangent


def asinh_vjp(needs, self):
    result = self.asinh()

    def asinh_pullback(grad):
        return (grad * adj((self * self + 1).rsqrt()),)

    return result, asinh_pullback


# rules/pointwise.yaml:262 aten::acosh
def acosh_batch(batch_size, batched, self):
    return self.acosh()


def acosh_jvp(tangents, self):
    self_t = tangents[0]
    result = self.acosh()
    tangent = self_t * (
        (self + 1).rsqrt() * (self - 1).rsqrt() if self.dtype.is_complex else (self * self - 1).rsqrt()
    )
    return result, tangent


def acosh_vjp(needs, self):
    result = self.acosh()
    self_dtype = self.dtype

    def acosh_pullback(grad):
        return (
            grad * adj(
                (self + 1).rsqrt() * (self - 1).rsqrt() if self_dtype.is_complex else (
                    self * self - 1
                ).rsqrt()
            ),
        )

    return result, acosh_pullback


# rules/pointwise.yaml:265 aten::atanh
def atanh_batch(batch_size, batched, self):
    return self.atanh()


def atanh_jvp(tangents, self):
    self_t = tangents[0]
    result = self.atanh()
    tangent = self_t * (1 - self * self).reciprocal()
    return result, tangent


def atanh_vjp(needs, self):
    result = self.atanh()

    def atanh_pullback(grad):
        return (grad * adj((1 - self * self).reciprocal()),)

    return result, atanh_pullback


# rules/pointwise.yaml:268 aten::sinc
def sinc_batch(batch_size, batched, self):
    return self.sinc()


def sinc_jvp(tangents, self):
    self_t = tangents[0]
    result = self.sinc()
    tangent = self_t * sinc_slope(self, result)
    return result, tangent


def sinc_vjp(needs, self):
    result = self.sinc()

    def sinc_pullback(grad):
        return (grad * adj(sinc_slope(self, result)),)

    return result, sinc_pullback


# rules/pointwise.yaml:271 aten::deg2rad
def deg2rad_batch(batch_size, batched, self):
    return self.deg2rad()


def deg2rad_jvp(tangents, self):
    self_t = tangents[0]
    result = self.deg2rad()
    tangent = self_t.deg2rad()
    return result, tangent


def deg2rad_vjp(needs, self):
    result = self.deg2rad()

    def deg2rad_pullback(grad):
        return (grad.deg2rad(),)

    return result, deg2rad_pullback


# rules/pointwise.yaml:274 aten::rad2deg
def rad2deg_batch(batch_size, batched, self):
    return self.rad2deg()


def rad2deg_jvp(tangents, self):
    self_t = tangents[0]
    result = self.rad2deg()
    tangent = self_t.rad2deg()
    return result, tangent


def rad2deg_vjp(needs, self):
    result = self.rad2deg()

    def rad2deg_pullback(grad):
        return (grad.rad2deg(),)

    return result, rad2deg_pullback


# rules/pointwise.yaml:279 aten::ceil
def ceil_batch(batch_size, batched, self):
    return self.ceil()


# rules/pointwise.yaml:280 aten::floor
def floor_batch(batch_size, batched, self):
    return self.floor()


# rules/pointwise.yaml:281 aten::round
def round_batch(batch_size, batched, self):
    return self.round()


# rules/pointwise.yaml:282 aten::round.decimals
def round_decimals_batch(batch_size, batched, self, decimals):
    return self.round(decimals=decimals)


# rules/pointwise.yaml:283 aten::trunc
def trunc_batch(batch_size, batched, self):
    return self.trunc()


# rules/pointwise.yaml:284 aten::sign
def sign_batch(batch_size, batched, self):
    return self.sign()


# rules/pointwise.yaml:285 aten::signbit
def signbit_batch(batch_size, batched, self):
    return self.signbit()


# rules/pointwise.yaml:286 aten::frac
def frac_batch(batch_size, batched, self):
    return self.frac()


def frac_jvp(tangents, self):
    self_t = tangents[0]
    result = self.frac()
    tangent = self_t
    return result, tangent


def frac_vjp(needs, self):
    result = self.frac()

    def frac_pullback(grad):
        return (grad,)

    return result, frac_pullback


# rules/pointwise.yaml:290 aten::abs
def abs_batch(batch_size, batched, self):
    return self.abs()


def abs_jvp(tangents, self):
    self_t = tangents[0]
    result = self.abs()
    tangent = along(self_t, self.sgn())
    return result, tangent


def abs_vjp(needs, self):
    result = self.abs()

    def abs_pullback(grad):
        return (grad * self.sgn(),)

    return result, abs_pullback


# rules/pointwise.yaml:294 aten::sgn
def sgn_batch(batch_size, batched, self):
    return self.sgn()


def sgn_jvp(tangents, self):
    self_t = tangents[0]
    result = self.sgn()
    tangent = sgn_tangent(self_t, self, result)
    return result, tangent


def sgn_vjp(needs, self):
    result = self.sgn()

    def sgn_pullback(grad):
        return (sgn_tangent(grad, self, result),)

    return result, sgn_pullback


# rules/pointwise.yaml:298 aten::angle
def angle_batch(batch_size, batched, self):
    return self.angle()


def angle_jvp(tangents, self):
    self_t = tangents[0]
    result = self.angle()
    tangent = along(self_t, angle_gradient(self))
    return result, tangent


def angle_vjp(needs, self):
    result = self.angle()

    def angle_pullback(grad):
        return (grad * angle_gradient(self),)

    return result, angle_pullback


# rules/pointwise.yaml:302 aten::copysign.Tensor
def copysign_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.copysign(other)


def copysign_Tensor_jvp(tangents, self, other):
    self_t = tangents[0]
    result = self.copysign(other)
    tangent = None
    if self_t is not None:
        tangent = self_t * (self.sgn() * result.sgn())
    return result, tangent


def copysign_Tensor_vjp(needs, self, other):
    needs_self = needs[0]
    result = self.copysign(other)

    def copysign_Tensor_pullback(grad):
        self_ct = grad * adj(self.sgn() * result.sgn()) if needs_self else None
        return (self_ct, None)

    return result, copysign_Tensor_pullback


# rules/pointwise.yaml:306 aten::copysign.Scalar
def copysign_Scalar_batch(batch_size, batched, self, other):
    return self.copysign(other)


def copysign_Scalar_jvp(tangents, self, other):
    self_t = tangents[0]
    result = self.copysign(other)
    tangent = self_t * (self.sgn() * result.sgn())
    return result, tangent


def copysign_Scalar_vjp(needs, self, other):
    result = self.copysign(other)

    def copysign_Scalar_pullback(grad):
        return (grad * adj(self.sgn() * result.sgn()),)

    return result, copysign_Scalar_pullback


# rules/pointwise.yaml:309 aten::heaviside
def heaviside_batch(batch_size, batched, self, values):
    if type(batched) is not Aligned:
        self, values = align2(batched, self, values)
    return self.heaviside(values)


def heaviside_jvp(tangents, self, values):
    values_t = tangents[1]
    result = self.heaviside(values)
    tangent = None
    if values_t is not None:
        tangent = values_t * (self == 0)
    return result, tangent


def heaviside_vjp(needs, self, values):
    needs_values = needs[1]
    result = self.heaviside(values)

    def heaviside_pullback(grad):
        values_ct = grad * adj(self == 0) if needs_values else None
        return (None, values_ct)

    return result, heaviside_pullback


# rules/pointwise.yaml:313 aten::nextafter
def nextafter_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.nextafter(other)


def nextafter_jvp(tangents, self, other):
    self_t = tangents[0]
    result = self.nextafter(other)
    tangent = None
    if self_t is not None:
        tangent = self_t * (self != other)
    return result, tangent


def nextafter_vjp(needs, self, other):
    needs_self = needs[0]
    result = self.nextafter(other)

    def nextafter_pullback(grad):
        self_ct = grad * adj(self != other) if needs_self else None
        return (self_ct, None)

    return result, nextafter_pullback


# rules/pointwise.yaml:317 aten::nan_to_num
def nan_to_num_batch(batch_size, batched, self, nan=None, posinf=None, neginf=None):
    return self.nan_to_num(nan, posinf, neginf)


def nan_to_num_jvp(tangents, self, nan=None, posinf=None, neginf=None):
    self_t = tangents[0]
    result = self.nan_to_num(nan, posinf, neginf)
    tangent = self_t * self.isfinite()
    return result, tangent


def nan_to_num_vjp(needs, self, nan=None, posinf=None, neginf=None):
    result = self.nan_to_num(nan, posinf, neginf)

    def nan_to_num_pullback(grad):
        return (grad * adj(self.isfinite()),)

    return result, nan_to_num_pullback


# rules/pointwise.yaml:322 aten::maximum
def maximum_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.maximum(other)


def maximum_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self.maximum(other)
    tangent = None
    if self_t is not None:
        tangent = shared(self_t, self == other, self < other)
    if other_t is not None:
        term = shared(other_t, self == other, self > other)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def maximum_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self.maximum(other)

    def maximum_pullback(grad):
        self_ct = shared(grad, self == other, self < other) if needs_self else None
        other_ct = shared(grad, self == other, self > other) if needs_other else None
        return (self_ct, other_ct)

    return result, maximum_pullback


# rules/pointwise.yaml:329 aten::minimum
def minimum_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.minimum(other)


def minimum_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self.minimum(other)
    tangent = None
    if self_t is not None:
        tangent = shared(self_t, self == other, self > other)
    if other_t is not None:
        term = shared(other_t, self == other, self < other)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def minimum_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self.minimum(other)

    def minimum_pullback(grad):
        self_ct = shared(grad, self == other, self > other) if needs_self else None
        other_ct = shared(grad, self == other, self < other) if needs_other else None
        return (self_ct, other_ct)

    return result, minimum_pullback


# rules/pointwise.yaml:336 aten::max.other
def max_other_decompose(self, other):
    return self.maximum(other)


# rules/pointwise.yaml:337 aten::min.other
def min_other_decompose(self, other):
    return self.minimum(other)


# rules/pointwise.yaml:338 aten::fmax
def fmax_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.fmax(other)


def fmax_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self.fmax(other)
    first = (self >= other) | other.isnan()
    tangent = None
    if self_t is not None:
        tangent = torch.where(first, self_t, 0)
    if other_t is not None:
        term = torch.where(first, 0, other_t)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def fmax_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self.fmax(other)

    def fmax_pullback(grad):
        first = (self >= other) | other.isnan()
        self_ct = torch.where(first, grad, 0) if needs_self else None
        other_ct = torch.where(first, 0, grad) if needs_other else None
        return (self_ct, other_ct)

    return result, fmax_pullback


# rules/pointwise.yaml:343 aten::fmin
def fmin_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.fmin(other)


def fmin_jvp(tangents, self, other):
    self_t, other_t = tangents
    result = self.fmin(other)
    first = (self <= other) | other.isnan()
    tangent = None
    if self_t is not None:
        tangent = torch.where(first, self_t, 0)
    if other_t is not None:
        term = torch.where(first, 0, other_t)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def fmin_vjp(needs, self, other):
    needs_self, needs_other = needs
    result = self.fmin(other)

    def fmin_pullback(grad):
        first = (self <= other) | other.isnan()
        self_ct = torch.where(first, grad, 0) if needs_self else None
        other_ct = torch.where(first, 0, grad) if needs_other else None
        return (self_ct, other_ct)

    return result, fmin_pullback


# rules/pointwise.yaml:348 aten::clamp
def clamp_batch(batch_size, batched, self, min=None, max=None):
    return self.clamp(min, max)


def clamp_jvp(tangents, self, min=None, max=None):
    self_t = tangents[0]
    result = self.clamp(min, max)
    tangent = torch.where(within(self, min, max), self_t, 0)
    return result, tangent


def clamp_vjp(needs, self, min=None, max=None):
    result = self.clamp(min, max)

    def clamp_pullback(grad):
        return (torch.where(within(self, min, max), grad, 0),)

    return result, clamp_pullback


# rules/pointwise.yaml:352 aten::clamp.Tensor
def clamp_Tensor_batch(batch_size, batched, self, min=None, max=None):
    self, min, max = align(batched, self, min, max)
    return self.clamp(min, max)


def clamp_Tensor_jvp(tangents, self, min=None, max=None):
    self_t, min_t, max_t = tangents
    result = self.clamp(min, max)
    tangent = None
    if self_t is not None:
        tangent = torch.where(within(self, min, max), self_t, 0)
    if min_t is not None:
        term = torch.where(at_min(self, min, max), min_t, 0)
        tangent = term if tangent is None else tangent + term
    if max_t is not None:
        term = torch.where(at_max(self, min, max), max_t, 0)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def clamp_Tensor_vjp(needs, self, min=None, max=None):
    needs_self, needs_min, needs_max = needs
    result = self.clamp(min, max)

    def clamp_Tensor_pullback(grad):
        self_ct = torch.where(within(self, min, max), grad, 0) if needs_self else None
        min_ct = torch.where(at_min(self, min, max), grad, 0) if needs_min else None
        max_ct = torch.where(at_max(self, min, max), grad, 0) if needs_max else None
        return (self_ct, min_ct, max_ct)

    return result, clamp_Tensor_pullback


# rules/pointwise.yaml:363 aten::clamp_min
def clamp_min_batch(batch_size, batched, self, min):
    return self.clamp_min(min)


def clamp_min_jvp(tangents, self, min):
    self_t = tangents[0]
    result = self.clamp_min(min)
    tangent = torch.where(self >= min, self_t, 0)
    return result, tangent


def clamp_min_vjp(needs, self, min):
    result = self.clamp_min(min)

    def clamp_min_pullback(grad):
        return (torch.where(self >= min, grad, 0),)

    return result, clamp_min_pullback


# rules/pointwise.yaml:367 aten::clamp_min.Tensor
def clamp_min_Tensor_batch(batch_size, batched, self, min):
    if type(batched) is not Aligned:
        self, min = align2(batched, self, min)
    return self.clamp_min(min)


def clamp_min_Tensor_jvp(tangents, self, min):
    self_t, min_t = tangents
    result = self.clamp_min(min)
    tangent = None
    if self_t is not None:
        tangent = torch.where(self >= min, self_t, 0)
    if min_t is not None:
        term = torch.where(self < min, min_t, 0)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def clamp_min_Tensor_vjp(needs, self, min):
    needs_self, needs_min = needs
    result = self.clamp_min(min)

    def clamp_min_Tensor_pullback(grad):
        self_ct = torch.where(self >= min, grad, 0) if needs_self else None
        min_ct = torch.where(self < min, grad, 0) if needs_min else None
        return (self_ct, min_ct)

    return result, clamp_min_Tensor_pullback


# rules/pointwise.yaml:371 aten::clamp_max
def clamp_max_batch(batch_size, batched, self, max):
    return self.clamp_max(max)


def clamp_max_jvp(tangents, self, max):
    self_t = tangents[0]
    result = self.clamp_max(max)
    tangent = torch.where(self <= max, self_t, 0)
    return result, tangent


def clamp_max_vjp(needs, self, max):
    result = self.clamp_max(max)

    def clamp_max_pullback(grad):
        return (torch.where(self <= max, grad, 0),)

    return result, clamp_max_pullback


# rules/pointwise.yaml:375 aten::clamp_max.Tensor
def clamp_max_Tensor_batch(batch_size, batched, self, max):
    if type(batched) is not Aligned:
        self, max = align2(batched, self, max)
    return self.clamp_max(max)


def clamp_max_Tensor_jvp(tangents, self, max):
    self_t, max_t = tangents
    result = self.clamp_max(max)
    tangent = None
    if self_t is not None:
        tangent = torch.where(self <= max, self_t, 0)
    if max_t is not None:
        term = torch.where(self > max, max_t, 0)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def clamp_max_Tensor_vjp(needs, self, max):
    needs_self, needs_max = needs
    result = self.clamp_max(max)

    def clamp_max_Tensor_pullback(grad):
        self_ct = torch.where(self <= max, grad, 0) if needs_self else None
        max_ct = torch.where(self > max, grad, 0) if needs_max else None
        return (self_ct, max_ct)

    return result, clamp_max_Tensor_pullback


# rules/pointwise.yaml:379 aten::clip
def clip_decompose(self, min=None, max=None):
    return self.clamp(min, max)


# rules/pointwise.yaml:383 aten::clip.Tensor
def clip_Tensor_decompose(self, min=None, max=None):
    return self.clamp(min, max)


# rules/pointwise.yaml:389 aten::eq.Tensor
def eq_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.eq(other)


# rules/pointwise.yaml:390 aten::eq.Scalar
def eq_Scalar_batch(batch_size, batched, self, other):
    return self.eq(other)


# rules/pointwise.yaml:391 aten::ne.Tensor
def ne_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.ne(other)


# rules/pointwise.yaml:392 aten::ne.Scalar
def ne_Scalar_batch(batch_size, batched, self, other):
    return self.ne(other)


# rules/pointwise.yaml:393 aten::lt.Tensor
def lt_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self < other


# rules/pointwise.yaml:394 aten::lt.Scalar
def lt_Scalar_batch(batch_size, batched, self, other):
    return self.lt(other)


# rules/pointwise.yaml:395 aten::le.Tensor
def le_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self <= other


# rules/pointwise.yaml:396 aten::le.Scalar
def le_Scalar_batch(batch_size, batched, self, other):
    return self.le(other)


# rules/pointwise.yaml:397 aten::gt.Tensor
def gt_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self > other


# rules/pointwise.yaml:398 aten::gt.Scalar
def gt_Scalar_batch(batch_size, batched, self, other):
    return self.gt(other)


# rules/pointwise.yaml:399 aten::ge.Tensor
def ge_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self >= other


# rules/pointwise.yaml:400 aten::ge.Scalar
def ge_Scalar_batch(batch_size, batched, self, other):
    return self.ge(other)


# rules/pointwise.yaml:402 aten::isfinite
def isfinite_batch(batch_size, batched, self):
    return self.isfinite()


# rules/pointwise.yaml:403 aten::isinf
def isinf_batch(batch_size, batched, self):
    return self.isinf()


# rules/pointwise.yaml:404 aten::isnan
def isnan_batch(batch_size, batched, self):
    return self.isnan()


# rules/pointwise.yaml:405 aten::isneginf
def isneginf_batch(batch_size, batched, self):
    return self.isneginf()


# rules/pointwise.yaml:406 aten::isposinf
def isposinf_batch(batch_size, batched, self):
    return self.isposinf()


# rules/pointwise.yaml:407 aten::isreal
def isreal_batch(batch_size, batched, self):
    return self.isreal()


# rules/pointwise.yaml:408 aten::logical_and
def logical_and_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.logical_and(other)


# rules/pointwise.yaml:409 aten::logical_not
def logical_not_batch(batch_size, batched, self):
    return self.logical_not()


# rules/pointwise.yaml:410 aten::logical_or
def logical_or_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.logical_or(other)


# rules/pointwise.yaml:411 aten::logical_xor
def logical_xor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.logical_xor(other)


# rules/pointwise.yaml:412 aten::bitwise_not
def bitwise_not_batch(batch_size, batched, self):
    return self.bitwise_not()


# rules/pointwise.yaml:413 aten::bitwise_and.Tensor
def bitwise_and_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self & other


# rules/pointwise.yaml:414 aten::bitwise_and.Scalar
def bitwise_and_Scalar_batch(batch_size, batched, self, other):
    return self.bitwise_and(other)


# rules/pointwise.yaml:415 aten::bitwise_and.Scalar_Tensor
def bitwise_and_Scalar_Tensor_batch(batch_size, batched, self, other):
    return torch.bitwise_and(self, other)


# rules/pointwise.yaml:416 aten::bitwise_or.Tensor
def bitwise_or_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self | other


# rules/pointwise.yaml:417 aten::bitwise_or.Scalar
def bitwise_or_Scalar_batch(batch_size, batched, self, other):
    return self.bitwise_or(other)


# rules/pointwise.yaml:418 aten::bitwise_or.Scalar_Tensor
def bitwise_or_Scalar_Tensor_batch(batch_size, batched, self, other):
    return torch.bitwise_or(self, other)


# rules/pointwise.yaml:419 aten::bitwise_xor.Tensor
def bitwise_xor_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self ^ other


# rules/pointwise.yaml:420 aten::bitwise_xor.Scalar
def bitwise_xor_Scalar_batch(batch_size, batched, self, other):
    return self.bitwise_xor(other)


# rules/pointwise.yaml:421 aten::bitwise_xor.Scalar_Tensor
def bitwise_xor_Scalar_Tensor_batch(batch_size, batched, self, other):
    return torch.bitwise_xor(self, other)


# rules/pointwise.yaml:422 aten::bitwise_left_shift.Tensor
def bitwise_left_shift_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.bitwise_left_shift(other)


# rules/pointwise.yaml:423 aten::bitwise_left_shift.Tensor_Scalar
def bitwise_left_shift_Tensor_Scalar_batch(batch_size, batched, self, other):
    return self.bitwise_left_shift(other)


# rules/pointwise.yaml:424 aten::bitwise_left_shift.Scalar_Tensor
def bitwise_left_shift_Scalar_Tensor_batch(batch_size, batched, self, other):
    return torch.bitwise_left_shift(self, other)


# rules/pointwise.yaml:425 aten::bitwise_right_shift.Tensor
def bitwise_right_shift_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.bitwise_right_shift(other)


# rules/pointwise.yaml:426 aten::bitwise_right_shift.Tensor_Scalar
def bitwise_right_shift_Tensor_Scalar_batch(batch_size, batched, self, other):
    return self.bitwise_right_shift(other)


# rules/pointwise.yaml:427 aten::bitwise_right_shift.Scalar_Tensor
def bitwise_right_shift_Scalar_Tensor_batch(batch_size, batched, self, other):
    return torch.bitwise_right_shift(self, other)


# rules/pointwise.yaml:428 aten::__and__.Tensor
def __and___Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self & other


# rules/pointwise.yaml:432 aten::__and__.Scalar
def __and___Scalar_batch(batch_size, batched, self, other):
    return self.__and__(other)


# rules/pointwise.yaml:436 aten::__or__.Tensor
def __or___Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self | other


# rules/pointwise.yaml:440 aten::__or__.Scalar
def __or___Scalar_batch(batch_size, batched, self, other):
    return self.__or__(other)


# rules/pointwise.yaml:444 aten::__xor__.Tensor
def __xor___Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self ^ other


# rules/pointwise.yaml:445 aten::__xor__.Scalar
def __xor___Scalar_batch(batch_size, batched, self, other):
    return self.__xor__(other)


# rules/pointwise.yaml:446 aten::__lshift__.Tensor
def __lshift___Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.__lshift__(other)


# rules/pointwise.yaml:447 aten::__lshift__.Scalar
def __lshift___Scalar_batch(batch_size, batched, self, other):
    return self.__lshift__(other)


# rules/pointwise.yaml:448 aten::__rshift__.Tensor
def __rshift___Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.__rshift__(other)


# rules/pointwise.yaml:449 aten::__rshift__.Scalar
def __rshift___Scalar_batch(batch_size, batched, self, other):
    return self.__rshift__(other)


# rules/pointwise.yaml:452 aten::where.self
def where_self_batch(batch_size, batched, condition, self, other):
    condition, self, other = align(batched, condition, self, other)
    return torch.where(condition, self, other)


def where_self_jvp(tangents, condition, self, other):
    self_t = tangents[1]
    other_t = tangents[2]
    result = torch.where(condition, self, other)
    tangent = None
    if self_t is not None or other_t is not None:
        tangent = torch.where(condition, 0 if self_t is None else self_t, 0 if other_t is None else other_t)
    return result, tangent


def where_self_vjp(needs, condition, self, other):
    needs_self = needs[1]
    needs_other = needs[2]
    result = torch.where(condition, self, other)

    def where_self_pullback(grad):
        self_ct = torch.where(condition, grad, 0) if needs_self else None
        other_ct = torch.where(condition, 0, grad) if needs_other else None
        return (None, self_ct, other_ct)

    return result, where_self_pullback


# rules/pointwise.yaml:457 aten::where.ScalarOther
def where_ScalarOther_batch(batch_size, batched, condition, self, other):
    if type(batched) is not Aligned:
        condition, self = align2(batched, condition, self)
    return torch.where(condition, self, other)


def where_ScalarOther_jvp(tangents, condition, self, other):
    self_t = tangents[1]
    result = torch.where(condition, self, other)
    tangent = None
    if self_t is not None:
        tangent = torch.where(condition, self_t, 0)
    return result, tangent


def where_ScalarOther_vjp(needs, condition, self, other):
    needs_self = needs[1]
    result = torch.where(condition, self, other)

    def where_ScalarOther_pullback(grad):
        self_ct = torch.where(condition, grad, 0) if needs_self else None
        return (None, self_ct)

    return result, where_ScalarOther_pullback


# rules/pointwise.yaml:463 aten::where.ScalarSelf
def where_ScalarSelf_batch(batch_size, batched, condition, self, other):
    if type(batched) is not Aligned:
        condition, other = align2(batched, condition, other)
    return torch.where(condition, self, other)


def where_ScalarSelf_jvp(tangents, condition, self, other):
    other_t = tangents[1]
    result = torch.where(condition, self, other)
    tangent = None
    if other_t is not None:
        tangent = torch.where(condition, 0, other_t)
    return result, tangent


def where_ScalarSelf_vjp(needs, condition, self, other):
    needs_other = needs[1]
    result = torch.where(condition, self, other)

    def where_ScalarSelf_pullback(grad):
        other_ct = torch.where(condition, 0, grad) if needs_other else None
        return (None, other_ct)

    return result, where_ScalarSelf_pullback


# rules/pointwise.yaml:469 aten::where.Scalar
def where_Scalar_batch(batch_size, batched, condition, self, other):
    return torch.where(condition, self, other)


# rules/pointwise.yaml:473 aten::masked_fill.Scalar
def masked_fill_Scalar_batch(batch_size, batched, self, mask, value):
    if type(batched) is not Aligned:
        self, mask = align2(batched, self, mask)
    return self.masked_fill(mask, value)


def masked_fill_Scalar_jvp(tangents, self, mask, value):
    self_t = tangents[0]
    result = self.masked_fill(mask, value)
    tangent = None
    if self_t is not None:
        tangent = self_t.masked_fill(mask, 0)
    return result, tangent


def masked_fill_Scalar_vjp(needs, self, mask, value):
    needs_self = needs[0]
    result = self.masked_fill(mask, value)

    def masked_fill_Scalar_pullback(grad):
        self_ct = grad.masked_fill(mask, 0) if needs_self else None
        return (self_ct, None)

    return result, masked_fill_Scalar_pullback


# rules/pointwise.yaml:478 aten::masked_fill.Tensor
def masked_fill_Tensor_jvp(tangents, self, mask, value):
    self_t = tangents[0]
    value_t = tangents[2]
    result = self.masked_fill(mask, value)
    tangent = None
    if self_t is not None:
        tangent = self_t.masked_fill(mask, 0)
    if value_t is not None:
        term = torch.where(mask, value_t, 0)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def masked_fill_Tensor_vjp(needs, self, mask, value):
    needs_self = needs[0]
    needs_value = needs[2]
    result = self.masked_fill(mask, value)

    def masked_fill_Tensor_pullback(grad):
        self_ct = grad.masked_fill(mask, 0) if needs_self else None
        value_ct = torch.where(mask, grad, 0) if needs_value else None
        return (self_ct, None, value_ct)

    return result, masked_fill_Tensor_pullback


def masked_fill_Tensor_decompose(self, mask, value):
    return torch.where(mask, cast(value, self.dtype), self)


# rules/pointwise.yaml:483 aten::fill.Scalar
def fill_Scalar_decompose(self, value):
    return torch.full_like(self, value)


# rules/pointwise.yaml:484 aten::fill.Tensor
def fill_Tensor_decompose(self, value):
    return cast(value, self.dtype).expand(self.shape).clone()


# rules/pointwise.yaml:485 aten::zero
def zero_decompose(self):
    return torch.zeros_like(self)


# rules/pointwise.yaml:488 aten::relu
def relu_batch(batch_size, batched, self):
    return self.relu()


def relu_jvp(tangents, self):
    self_t = tangents[0]
    result = self.relu()
    tangent = threshold_backward_op(self_t, result, 0)
    return result, tangent


def relu_vjp(needs, self):
    result = self.relu()

    def relu_pullback(grad):
        return (threshold_backward_op(grad, result, 0),)

    return result, relu_pullback


# rules/pointwise.yaml:492 aten::relu6
def relu6_decompose(self):
    return torch._C._nn.hardtanh(self, 0, 6)


# rules/pointwise.yaml:493 aten::threshold
def threshold_batch(batch_size, batched, self, threshold, value):
    return torch.threshold(self, threshold, value)


def threshold_jvp(tangents, self, threshold, value):
    self_t = tangents[0]
    result = torch.threshold(self, threshold, value)
    tangent = threshold_backward_op(self_t, self, threshold)
    return result, tangent


def threshold_vjp(needs, self, threshold, value):
    result = torch.threshold(self, threshold, value)

    def threshold_pullback(grad):
        return (threshold_backward_op(grad, self, threshold),)

    return result, threshold_pullback


# rules/pointwise.yaml:497 aten::threshold_backward
def threshold_backward_batch(batch_size, batched, grad_output, self, threshold):
    if type(batched) is not Aligned:
        grad_output, self = align2(batched, grad_output, self)
    return threshold_backward_op(grad_output, self, threshold)


def threshold_backward_jvp(tangents, grad_output, self, threshold):
    grad_output_t = tangents[0]
    result = threshold_backward_op(grad_output, self, threshold)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = threshold_backward_op(grad_output_t, self, threshold)
    return result, tangent


def threshold_backward_vjp(needs, grad_output, self, threshold):
    needs_grad_output = needs[0]
    result = threshold_backward_op(grad_output, self, threshold)

    def threshold_backward_pullback(grad):
        grad_output_ct = threshold_backward_op(grad, self, threshold) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, threshold_backward_pullback


# rules/pointwise.yaml:501 aten::sigmoid
def sigmoid_batch(batch_size, batched, self):
    return self.sigmoid()


def sigmoid_jvp(tangents, self):
    self_t = tangents[0]
    result = self.sigmoid()
    tangent = adj(sigmoid_backward_op(adj(self_t), result))
    return result, tangent


def sigmoid_vjp(needs, self):
    result = self.sigmoid()

    def sigmoid_pullback(grad):
        return (sigmoid_backward_op(grad, result),)

    return result, sigmoid_pullback


# rules/pointwise.yaml:505 aten::sigmoid_backward
def sigmoid_backward_batch(batch_size, batched, grad_output, output):
    if type(batched) is not Aligned:
        grad_output, output = align2(batched, grad_output, output)
    return sigmoid_backward_op(grad_output, output)


def sigmoid_backward_jvp(tangents, grad_output, output):
    grad_output_t, output_t = tangents
    result = sigmoid_backward_op(grad_output, output)
    tangent = None
    if grad_output_t is not None:
        tangent = sigmoid_backward_op(grad_output_t, output)
    if output_t is not None:
        if tangent is None:
            tangent = adj(output_t) * (grad_output * adj(1 - output * 2))
        else:
            tangent = plus_product(tangent, adj(output_t), grad_output * adj(1 - output * 2))
    return result, tangent


def sigmoid_backward_vjp(needs, grad_output, output):
    needs_grad_output, needs_output = needs
    result = sigmoid_backward_op(grad_output, output)
    if not needs_output:
        grad_output = None

    def sigmoid_backward_pullback(grad):
        grad_output_ct = adj(sigmoid_backward_op(adj(grad), output)) if needs_grad_output else None
        output_ct = adj(grad) * (grad_output * adj(1 - output * 2)) if needs_output else None
        return (grad_output_ct, output_ct)

    return result, sigmoid_backward_pullback


# rules/pointwise.yaml:514 aten::log_sigmoid
def log_sigmoid_batch(batch_size, batched, self):
    return torch._C._nn.log_sigmoid(self)


def log_sigmoid_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._nn.log_sigmoid(self)
    tangent = self_t * (-self).sigmoid()
    return result, tangent


def log_sigmoid_vjp(needs, self):
    result = torch._C._nn.log_sigmoid(self)

    def log_sigmoid_pullback(grad):
        return (grad * adj((-self).sigmoid()),)

    return result, log_sigmoid_pullback


# rules/pointwise.yaml:517 aten::log_sigmoid_forward
def log_sigmoid_forward_jvp(tangents, self):
    self_t = tangents[0]
    outputs = log_sigmoid_forward_op(self)
    output, buffer = outputs
    output_t = self_t * (-self).sigmoid()
    return outputs, (output_t, None)


def log_sigmoid_forward_vjp(needs, self):
    outputs = log_sigmoid_forward_op(self)
    output, buffer = outputs

    def log_sigmoid_forward_pullback(grads):
        grad = grads[0]
        return (grad * (-self).sigmoid(),)

    return outputs, log_sigmoid_forward_pullback


# rules/pointwise.yaml:522 aten::log_sigmoid_backward
def log_sigmoid_backward_jvp(tangents, grad_output, self, buffer):
    grad_output_t = tangents[0]
    self_t = tangents[1]
    result = log_sigmoid_backward_op(grad_output, self, buffer)
    s = (-self).sigmoid()
    tangent = None
    if grad_output_t is not None:
        tangent = grad_output_t * s
    if self_t is not None:
        if tangent is None:
            tangent = self_t * (grad_output * s * (s - 1))
        else:
            tangent = plus_product(tangent, self_t, grad_output * s * (s - 1))
    return result, tangent


def log_sigmoid_backward_vjp(needs, grad_output, self, buffer):
    needs_grad_output = needs[0]
    needs_self = needs[1]
    result = log_sigmoid_backward_op(grad_output, self, buffer)
    if not needs_self:
        grad_output = None

    def log_sigmoid_backward_pullback(grad):
        s = (-self).sigmoid()
        grad_output_ct = grad * s if needs_grad_output else None
        self_ct = grad * (grad_output * s * (s - 1)) if needs_self else None
        return (grad_output_ct, self_ct, None)

    return result, log_sigmoid_backward_pullback


# rules/pointwise.yaml:529 aten::softplus
def softplus_batch(batch_size, batched, self, beta=1, threshold=20):
    return torch._C._nn.softplus(self, beta, threshold)


def softplus_jvp(tangents, self, beta=1, threshold=20):
    self_t = tangents[0]
    result = torch._C._nn.softplus(self, beta, threshold)
    tangent = softplus_backward_op(self_t, self, beta, threshold)
    return result, tangent


def softplus_vjp(needs, self, beta=1, threshold=20):
    result = torch._C._nn.softplus(self, beta, threshold)

    def softplus_pullback(grad):
        return (softplus_backward_op(grad, self, beta, threshold),)

    return result, softplus_pullback


# rules/pointwise.yaml:533 aten::softplus_backward
def softplus_backward_batch(batch_size, batched, grad_output, self, beta, threshold):
    if type(batched) is not Aligned:
        grad_output, self = align2(batched, grad_output, self)
    return softplus_backward_op(grad_output, self, beta, threshold)


def softplus_backward_jvp(tangents, grad_output, self, beta, threshold):
    grad_output_t, self_t = tangents
    result = softplus_backward_op(grad_output, self, beta, threshold)
    if self_t is not None:
        bend = softplus_bend(self, beta, threshold)
    tangent = None
    if grad_output_t is not None:
        tangent = softplus_backward_op(grad_output_t, self, beta, threshold)
    if self_t is not None:
        if tangent is None:
            tangent = self_t * (grad_output * bend)
        else:
            tangent = plus_product(tangent, self_t, grad_output * bend)
    return result, tangent


def softplus_backward_vjp(needs, grad_output, self, beta, threshold):
    needs_grad_output, needs_self = needs
    result = softplus_backward_op(grad_output, self, beta, threshold)
    if not needs_self:
        grad_output = None

    def softplus_backward_pullback(grad):
        if needs_self:
            bend = softplus_bend(self, beta, threshold)
        grad_output_ct = softplus_backward_op(grad, self, beta, threshold) if needs_grad_output else None
        self_ct = grad * (grad_output * bend) if needs_self else None
        return (grad_output_ct, self_ct)

    return result, softplus_backward_pullback


# rules/pointwise.yaml:541 aten::gelu
def gelu_batch(batch_size, batched, self, approximate='none'):
    return torch._C._nn.gelu(self) if approximate == 'none' else torch._C._nn.gelu(
        self, approximate=approximate
    )


def gelu_jvp(tangents, self, approximate='none'):
    self_t = tangents[0]
    result = torch._C._nn.gelu(self) if approximate == 'none' else torch._C._nn.gelu(
        self, approximate=approximate
    )
    tangent = gelu_backward_op(self_t, self, approximate)
    return result, tangent


def gelu_vjp(needs, self, approximate='none'):
    result = torch._C._nn.gelu(self) if approximate == 'none' else torch._C._nn.gelu(
        self, approximate=approximate
    )

    def gelu_pullback(grad):
        return (gelu_backward_op(grad, self, approximate),)

    return result, gelu_pullback


# rules/pointwise.yaml:545 aten::gelu_backward
def gelu_backward_jvp(tangents, grad_output, self, approximate='none'):
    grad_output_t, self_t = tangents
    result = gelu_backward_op(grad_output, self, approximate)
    if self_t is not None:
        bend = gelu_bend(self, approximate)
    tangent = None
    if grad_output_t is not None:
        tangent = gelu_backward_op(grad_output_t, self, approximate)
    if self_t is not None:
        if tangent is None:
            tangent = self_t * (grad_output * bend)
        else:
            tangent = plus_product(tangent, self_t, grad_output * bend)
    return result, tangent


def gelu_backward_vjp(needs, grad_output, self, approximate='none'):
    needs_grad_output, needs_self = needs
    result = gelu_backward_op(grad_output, self, approximate)
    if not needs_self:
        grad_output = None

    def gelu_backward_pullback(grad):
        if needs_self:
            bend = gelu_bend(self, approximate)
        grad_output_ct = gelu_backward_op(grad, self, approximate) if needs_grad_output else None
        self_ct = grad * (grad_output * bend) if needs_self else None
        return (grad_output_ct, self_ct)

    return result, gelu_backward_pullback


# rules/pointwise.yaml:553 aten::silu
def silu_batch(batch_size, batched, self):
    return torch._C._nn.silu(self)


def silu_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._nn.silu(self)
    tangent = silu_backward_op(self_t, self)
    return result, tangent


def silu_vjp(needs, self):
    result = torch._C._nn.silu(self)

    def silu_pullback(grad):
        return (adj(silu_backward_op(adj(grad), self)),)

    return result, silu_pullback


# rules/pointwise.yaml:557 aten::silu_backward
def silu_backward_batch(batch_size, batched, grad_output, self):
    if type(batched) is not Aligned:
        grad_output, self = align2(batched, grad_output, self)
    return silu_backward_op(grad_output, self)


def silu_backward_jvp(tangents, grad_output, self):
    grad_output_t, self_t = tangents
    result = silu_backward_op(grad_output, self)
    tangent = None
    if grad_output_t is not None:
        tangent = silu_backward_op(grad_output_t, self)
    if self_t is not None:
        if tangent is None:
            tangent = self_t * (grad_output * silu_bend(self))
        else:
            tangent = plus_product(tangent, self_t, grad_output * silu_bend(self))
    return result, tangent


def silu_backward_vjp(needs, grad_output, self):
    needs_grad_output, needs_self = needs
    result = silu_backward_op(grad_output, self)
    if not needs_self:
        grad_output = None

    def silu_backward_pullback(grad):
        grad_output_ct = adj(silu_backward_op(adj(grad), self)) if needs_grad_output else None
        self_ct = grad * adj(grad_output * silu_bend(self)) if needs_self else None
        return (grad_output_ct, self_ct)

    return result, silu_backward_pullback


# rules/pointwise.yaml:562 aten::mish
def mish_batch(batch_size, batched, self):
    return torch._C._nn.mish(self)


def mish_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._nn.mish(self)
    tangent = mish_backward_op(self_t, self)
    return result, tangent


def mish_vjp(needs, self):
    result = torch._C._nn.mish(self)

    def mish_pullback(grad):
        return (mish_backward_op(grad, self),)

    return result, mish_pullback


# rules/pointwise.yaml:566 aten::mish_backward
def mish_backward_batch(batch_size, batched, grad_output, self):
    if type(batched) is not Aligned:
        grad_output, self = align2(batched, grad_output, self)
    return mish_backward_op(grad_output, self)


def mish_backward_jvp(tangents, grad_output, self):
    grad_output_t, self_t = tangents
    result = mish_backward_op(grad_output, self)
    tangent = None
    if grad_output_t is not None:
        tangent = mish_backward_op(grad_output_t, self)
    if self_t is not None:
        if tangent is None:
            tangent = self_t * (grad_output * mish_bend(self))
        else:
            tangent = plus_product(tangent, self_t, grad_output * mish_bend(self))
    return result, tangent


def mish_backward_vjp(needs, grad_output, self):
    needs_grad_output, needs_self = needs
    result = mish_backward_op(grad_output, self)
    if not needs_self:
        grad_output = None

    def mish_backward_pullback(grad):
        grad_output_ct = mish_backward_op(grad, self) if needs_grad_output else None
        self_ct = grad * (grad_output * mish_bend(self)) if needs_self else None
        return (grad_output_ct, self_ct)

    return result, mish_backward_pullback


# rules/pointwise.yaml:570 aten::elu
def elu_batch(batch_size, batched, self, alpha=1, scale=1, input_scale=1):
    return torch._C._nn.elu(self, alpha, scale, input_scale)


def elu_jvp(tangents, self, alpha=1, scale=1, input_scale=1):
    self_t = tangents[0]
    result = torch._C._nn.elu(self, alpha, scale, input_scale)
    tangent = elu_backward_op(self_t, alpha, scale, input_scale, False, self)
    return result, tangent


def elu_vjp(needs, self, alpha=1, scale=1, input_scale=1):
    result = torch._C._nn.elu(self, alpha, scale, input_scale)

    def elu_pullback(grad):
        return (elu_backward_op(grad, alpha, scale, input_scale, False, self),)

    return result, elu_pullback


# rules/pointwise.yaml:574 aten::celu
def celu_batch(batch_size, batched, self, alpha=1.0):
    return torch.celu(self, alpha)


def celu_jvp(tangents, self, alpha=1.0):
    self_t = tangents[0]
    result = torch.celu(self, alpha)
    tangent = elu_backward_op(self_t, alpha, 1, 1 / alpha, False, self)
    return result, tangent


def celu_vjp(needs, self, alpha=1.0):
    result = torch.celu(self, alpha)

    def celu_pullback(grad):
        return (elu_backward_op(grad, alpha, 1, 1 / alpha, False, self),)

    return result, celu_pullback


# rules/pointwise.yaml:578 aten::selu
def selu_decompose(self):
    return torch._C._nn.elu(self, 1.6732632423543772, 1.0507009873554805, 1)


# rules/pointwise.yaml:579 aten::elu_backward
def elu_backward_batch(
    batch_size, batched, grad_output, alpha, scale, input_scale, is_result, self_or_result
):
    if type(batched) is not Aligned:
        grad_output, self_or_result = align2(batched, grad_output, self_or_result)
    return elu_backward_op(grad_output, alpha, scale, input_scale, is_result, self_or_result)


def elu_backward_jvp(tangents, grad_output, alpha, scale, input_scale, is_result, self_or_result):
    grad_output_t, self_or_result_t = tangents
    result = elu_backward_op(grad_output, alpha, scale, input_scale, is_result, self_or_result)
    if self_or_result_t is not None:
        bend = elu_bend(self_or_result, alpha, scale, input_scale, is_result)
    tangent = None
    if grad_output_t is not None:
        tangent = elu_backward_op(grad_output_t, alpha, scale, input_scale, is_result, self_or_result)
    if self_or_result_t is not None:
        if tangent is None:
            tangent = self_or_result_t * (grad_output * bend)
        else:
            tangent = plus_product(tangent, self_or_result_t, grad_output * bend)
    return result, tangent


def elu_backward_vjp(needs, grad_output, alpha, scale, input_scale, is_result, self_or_result):
    needs_grad_output, needs_self_or_result = needs
    result = elu_backward_op(grad_output, alpha, scale, input_scale, is_result, self_or_result)
    if not needs_self_or_result:
        grad_output = None

    def elu_backward_pullback(grad):
        if needs_self_or_result:
            bend = elu_bend(self_or_result, alpha, scale, input_scale, is_result)
        grad_output_ct = elu_backward_op(
            grad, alpha, scale, input_scale, is_result, self_or_result
        ) if needs_grad_output else None
        self_or_result_ct = grad * (grad_output * bend) if needs_self_or_result else None
        return (grad_output_ct, self_or_result_ct)

    return result, elu_backward_pullback


# rules/pointwise.yaml:589 aten::hardtanh
def hardtanh_batch(batch_size, batched, self, min_val=-1, max_val=1):
    return torch._C._nn.hardtanh(self, min_val, max_val)


def hardtanh_jvp(tangents, self, min_val=-1, max_val=1):
    self_t = tangents[0]
    result = torch._C._nn.hardtanh(self, min_val, max_val)
    tangent = hardtanh_backward_op(self_t, self, min_val, max_val)
    return result, tangent


def hardtanh_vjp(needs, self, min_val=-1, max_val=1):
    result = torch._C._nn.hardtanh(self, min_val, max_val)

    def hardtanh_pullback(grad):
        return (hardtanh_backward_op(grad, self, min_val, max_val),)

    return result, hardtanh_pullback


# rules/pointwise.yaml:593 aten::hardtanh_backward
def hardtanh_backward_batch(batch_size, batched, grad_output, self, min_val, max_val):
    if type(batched) is not Aligned:
        grad_output, self = align2(batched, grad_output, self)
    return hardtanh_backward_op(grad_output, self, min_val, max_val)


def hardtanh_backward_jvp(tangents, grad_output, self, min_val, max_val):
    grad_output_t = tangents[0]
    result = hardtanh_backward_op(grad_output, self, min_val, max_val)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = hardtanh_backward_op(grad_output_t, self, min_val, max_val)
    return result, tangent


def hardtanh_backward_vjp(needs, grad_output, self, min_val, max_val):
    needs_grad_output = needs[0]
    result = hardtanh_backward_op(grad_output, self, min_val, max_val)

    def hardtanh_backward_pullback(grad):
        grad_output_ct = hardtanh_backward_op(grad, self, min_val, max_val) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, hardtanh_backward_pullback


# rules/pointwise.yaml:597 aten::hardsigmoid
def hardsigmoid_batch(batch_size, batched, self):
    return torch._C._nn.hardsigmoid(self)


def hardsigmoid_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._nn.hardsigmoid(self)
    tangent = hardsigmoid_backward_op(self_t, self)
    return result, tangent


def hardsigmoid_vjp(needs, self):
    result = torch._C._nn.hardsigmoid(self)

    def hardsigmoid_pullback(grad):
        return (hardsigmoid_backward_op(grad, self),)

    return result, hardsigmoid_pullback


# rules/pointwise.yaml:601 aten::hardsigmoid_backward
def hardsigmoid_backward_batch(batch_size, batched, grad_output, self):
    if type(batched) is not Aligned:
        grad_output, self = align2(batched, grad_output, self)
    return hardsigmoid_backward_op(grad_output, self)


def hardsigmoid_backward_jvp(tangents, grad_output, self):
    grad_output_t = tangents[0]
    result = hardsigmoid_backward_op(grad_output, self)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = hardsigmoid_backward_op(grad_output_t, self)
    return result, tangent


def hardsigmoid_backward_vjp(needs, grad_output, self):
    needs_grad_output = needs[0]
    result = hardsigmoid_backward_op(grad_output, self)

    def hardsigmoid_backward_pullback(grad):
        grad_output_ct = hardsigmoid_backward_op(grad, self) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, hardsigmoid_backward_pullback


# rules/pointwise.yaml:605 aten::hardswish
def hardswish_batch(batch_size, batched, self):
    return torch._C._nn.hardswish(self)


def hardswish_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._nn.hardswish(self)
    tangent = hardswish_backward_op(self_t, self)
    return result, tangent


def hardswish_vjp(needs, self):
    result = torch._C._nn.hardswish(self)

    def hardswish_pullback(grad):
        return (hardswish_backward_op(grad, self),)

    return result, hardswish_pullback


# rules/pointwise.yaml:609 aten::hardswish_backward
def hardswish_backward_batch(batch_size, batched, grad_output, self):
    if type(batched) is not Aligned:
        grad_output, self = align2(batched, grad_output, self)
    return hardswish_backward_op(grad_output, self)


def hardswish_backward_jvp(tangents, grad_output, self):
    grad_output_t, self_t = tangents
    result = hardswish_backward_op(grad_output, self)
    tangent = None
    if grad_output_t is not None:
        tangent = hardswish_backward_op(grad_output_t, self)
    if self_t is not None:
        term = torch.where((self > -3) & (self < 3), self_t * grad_output / 3, 0)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def hardswish_backward_vjp(needs, grad_output, self):
    needs_grad_output, needs_self = needs
    result = hardswish_backward_op(grad_output, self)
    if not needs_self:
        grad_output = None

    def hardswish_backward_pullback(grad):
        grad_output_ct = hardswish_backward_op(grad, self) if needs_grad_output else None
        self_ct = torch.where((self > -3) & (self < 3), grad * grad_output / 3, 0) if needs_self else None
        return (grad_output_ct, self_ct)

    return result, hardswish_backward_pullback


# rules/pointwise.yaml:618 aten::leaky_relu
def leaky_relu_batch(batch_size, batched, self, negative_slope=0.01):
    return torch._C._nn.leaky_relu(self, negative_slope)


def leaky_relu_jvp(tangents, self, negative_slope=0.01):
    self_t = tangents[0]
    result = torch._C._nn.leaky_relu(self, negative_slope)
    tangent = leaky_relu_backward_op(self_t, self, negative_slope, False)
    return result, tangent


def leaky_relu_vjp(needs, self, negative_slope=0.01):
    result = torch._C._nn.leaky_relu(self, negative_slope)

    def leaky_relu_pullback(grad):
        return (leaky_relu_backward_op(grad, self, negative_slope, False),)

    return result, leaky_relu_pullback


# rules/pointwise.yaml:622 aten::leaky_relu_backward
def leaky_relu_backward_batch(batch_size, batched, grad_output, self, negative_slope, self_is_result):
    if type(batched) is not Aligned:
        grad_output, self = align2(batched, grad_output, self)
    return leaky_relu_backward_op(grad_output, self, negative_slope, self_is_result)


def leaky_relu_backward_jvp(tangents, grad_output, self, negative_slope, self_is_result):
    grad_output_t = tangents[0]
    result = leaky_relu_backward_op(grad_output, self, negative_slope, self_is_result)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = leaky_relu_backward_op(grad_output_t, self, negative_slope, self_is_result)
    return result, tangent


def leaky_relu_backward_vjp(needs, grad_output, self, negative_slope, self_is_result):
    needs_grad_output = needs[0]
    result = leaky_relu_backward_op(grad_output, self, negative_slope, self_is_result)

    def leaky_relu_backward_pullback(grad):
        grad_output_ct = leaky_relu_backward_op(
            grad, self, negative_slope, self_is_result
        ) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, leaky_relu_backward_pullback


# rules/pointwise.yaml:626 aten::hardshrink
def hardshrink_batch(batch_size, batched, self, lambd=0.5):
    return self.hardshrink(lambd)


def hardshrink_jvp(tangents, self, lambd=0.5):
    self_t = tangents[0]
    result = self.hardshrink(lambd)
    tangent = hardshrink_backward_op(self_t, self, lambd)
    return result, tangent


def hardshrink_vjp(needs, self, lambd=0.5):
    result = self.hardshrink(lambd)

    def hardshrink_pullback(grad):
        return (hardshrink_backward_op(grad, self, lambd),)

    return result, hardshrink_pullback


# rules/pointwise.yaml:630 aten::hardshrink_backward
def hardshrink_backward_batch(batch_size, batched, grad_out, self, lambd):
    if type(batched) is not Aligned:
        grad_out, self = align2(batched, grad_out, self)
    return hardshrink_backward_op(grad_out, self, lambd)


def hardshrink_backward_jvp(tangents, grad_out, self, lambd):
    grad_out_t = tangents[0]
    result = hardshrink_backward_op(grad_out, self, lambd)
    if grad_out_t is None:
        tangent = None
    else:
        tangent = hardshrink_backward_op(grad_out_t, self, lambd)
    return result, tangent


def hardshrink_backward_vjp(needs, grad_out, self, lambd):
    needs_grad_out = needs[0]
    result = hardshrink_backward_op(grad_out, self, lambd)

    def hardshrink_backward_pullback(grad):
        grad_out_ct = hardshrink_backward_op(grad, self, lambd) if needs_grad_out else None
        return (grad_out_ct, None)

    return result, hardshrink_backward_pullback


# rules/pointwise.yaml:634 aten::softshrink
def softshrink_batch(batch_size, batched, self, lambd=0.5):
    return torch._C._nn.softshrink(self, lambd)


def softshrink_jvp(tangents, self, lambd=0.5):
    self_t = tangents[0]
    result = torch._C._nn.softshrink(self, lambd)
    tangent = softshrink_backward_op(self_t, self, lambd)
    return result, tangent


def softshrink_vjp(needs, self, lambd=0.5):
    result = torch._C._nn.softshrink(self, lambd)

    def softshrink_pullback(grad):
        return (softshrink_backward_op(grad, self, lambd),)

    return result, softshrink_pullback


# rules/pointwise.yaml:638 aten::softshrink_backward
def softshrink_backward_batch(batch_size, batched, grad_output, self, lambd):
    if type(batched) is not Aligned:
        grad_output, self = align2(batched, grad_output, self)
    return softshrink_backward_op(grad_output, self, lambd)


def softshrink_backward_jvp(tangents, grad_output, self, lambd):
    grad_output_t = tangents[0]
    result = softshrink_backward_op(grad_output, self, lambd)
    if grad_output_t is None:
        tangent = None
    else:
        tangent = softshrink_backward_op(grad_output_t, self, lambd)
    return result, tangent


def softshrink_backward_vjp(needs, grad_output, self, lambd):
    needs_grad_output = needs[0]
    result = softshrink_backward_op(grad_output, self, lambd)

    def softshrink_backward_pullback(grad):
        grad_output_ct = softshrink_backward_op(grad, self, lambd) if needs_grad_output else None
        return (grad_output_ct, None)

    return result, softshrink_backward_pullback


# rules/pointwise.yaml:642 aten::native_dropout_backward
def native_dropout_backward_batch(batch_size, batched, grad_output, mask, scale):
    if type(batched) is not Aligned:
        grad_output, mask = align2(batched, grad_output, mask)
    return native_dropout_backward_op(grad_output, mask, scale)


def native_dropout_backward_jvp(tangents, grad_output, mask, scale):
    grad_output_t, mask_t = tangents
    result = native_dropout_backward_op(grad_output, mask, scale)
    tangent = None
    if grad_output_t is not None:
        tangent = native_dropout_backward_op(grad_output_t, mask, scale)
    if mask_t is not None:
        term = native_dropout_backward_op(grad_output, mask_t, scale)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def native_dropout_backward_vjp(needs, grad_output, mask, scale):
    needs_grad_output, needs_mask = needs
    result = native_dropout_backward_op(grad_output, mask, scale)
    if not needs_mask:
        grad_output = None
    if not needs_grad_output:
        mask = None

    def native_dropout_backward_pullback(grad):
        grad_output_ct = grad * mask * scale if needs_grad_output else None
        mask_ct = grad * grad_output * scale if needs_mask else None
        return (grad_output_ct, mask_ct)

    return result, native_dropout_backward_pullback


# rules/pointwise.yaml:647 aten::erf
def erf_batch(batch_size, batched, self):
    return self.erf()


def erf_jvp(tangents, self):
    self_t = tangents[0]
    result = self.erf()
    tangent = self_t * ((-(self * self)).exp() * 1.1283791670955126)
    return result, tangent


def erf_vjp(needs, self):
    result = self.erf()

    def erf_pullback(grad):
        return (grad * adj((-(self * self)).exp() * 1.1283791670955126),)

    return result, erf_pullback


# rules/pointwise.yaml:650 aten::erfc
def erfc_batch(batch_size, batched, self):
    return self.erfc()


def erfc_jvp(tangents, self):
    self_t = tangents[0]
    result = self.erfc()
    tangent = self_t * ((-(self * self)).exp() * -1.1283791670955126)
    return result, tangent


def erfc_vjp(needs, self):
    result = self.erfc()

    def erfc_pullback(grad):
        return (grad * adj((-(self * self)).exp() * -1.1283791670955126),)

    return result, erfc_pullback


# rules/pointwise.yaml:653 aten::erfinv
def erfinv_batch(batch_size, batched, self):
    return self.erfinv()


def erfinv_jvp(tangents, self):
    self_t = tangents[0]
    result = self.erfinv()
    tangent = self_t * ((result * result).exp() * 0.886226925452758)
    return result, tangent


def erfinv_vjp(needs, self):
    result = self.erfinv()

    def erfinv_pullback(grad):
        return (grad * adj((result * result).exp() * 0.886226925452758),)

    return result, erfinv_pullback


# rules/pointwise.yaml:656 aten::special_erfcx
def special_erfcx_batch(batch_size, batched, self):
    return torch._C._special.special_erfcx(self)


def special_erfcx_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._special.special_erfcx(self)
    tangent = self_t * (self * result * 2 - 1.1283791670955126)
    return result, tangent


def special_erfcx_vjp(needs, self):
    result = torch._C._special.special_erfcx(self)

    def special_erfcx_pullback(grad):
        return (grad * adj(self * result * 2 - 1.1283791670955126),)

    return result, special_erfcx_pullback


# rules/pointwise.yaml:659 aten::special_ndtri
def special_ndtri_batch(batch_size, batched, self):
    return torch._C._special.special_ndtri(self)


def special_ndtri_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._special.special_ndtri(self)
    tangent = self_t * ((result * result / 2).exp() * 2.5066282746310002)
    return result, tangent


def special_ndtri_vjp(needs, self):
    result = torch._C._special.special_ndtri(self)

    def special_ndtri_pullback(grad):
        return (grad * adj((result * result / 2).exp() * 2.5066282746310002),)

    return result, special_ndtri_pullback


# rules/pointwise.yaml:662 aten::special_log_ndtr
def special_log_ndtr_batch(batch_size, batched, self):
    return torch._C._special.special_log_ndtr(self)


def special_log_ndtr_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._special.special_log_ndtr(self)
    tangent = self_t * ((-(result + self * self / 2)).exp() * 0.3989422804014327)
    return result, tangent


def special_log_ndtr_vjp(needs, self):
    result = torch._C._special.special_log_ndtr(self)

    def special_log_ndtr_pullback(grad):
        return (grad * adj((-(result + self * self / 2)).exp() * 0.3989422804014327),)

    return result, special_log_ndtr_pullback


# rules/pointwise.yaml:665 aten::logit
def logit_batch(batch_size, batched, self, eps=None):
    return self.logit(eps)


def logit_jvp(tangents, self, eps=None):
    self_t = tangents[0]
    result = self.logit(eps)
    tangent = self_t * logit_slope(self, eps)
    return result, tangent


def logit_vjp(needs, self, eps=None):
    result = self.logit(eps)

    def logit_pullback(grad):
        return (grad * adj(logit_slope(self, eps)),)

    return result, logit_pullback


# rules/pointwise.yaml:668 aten::logit_backward
def logit_backward_batch(batch_size, batched, grad_output, self, eps=None):
    if type(batched) is not Aligned:
        grad_output, self = align2(batched, grad_output, self)
    return logit_backward_op(grad_output, self, eps)


def logit_backward_decompose(grad_output, self, eps=None):
    return grad_output * logit_slope(self, eps)


# rules/pointwise.yaml:671 aten::lgamma
def lgamma_batch(batch_size, batched, self):
    return self.lgamma()


def lgamma_jvp(tangents, self):
    self_t = tangents[0]
    result = self.lgamma()
    tangent = self_t * self.digamma()
    return result, tangent


def lgamma_vjp(needs, self):
    result = self.lgamma()

    def lgamma_pullback(grad):
        return (grad * adj(self.digamma()),)

    return result, lgamma_pullback


# rules/pointwise.yaml:674 aten::digamma
def digamma_batch(batch_size, batched, self):
    return self.digamma()


def digamma_jvp(tangents, self):
    self_t = tangents[0]
    result = self.digamma()
    tangent = self_t * torch.polygamma(1, self)
    return result, tangent


def digamma_vjp(needs, self):
    result = self.digamma()

    def digamma_pullback(grad):
        return (grad * adj(torch.polygamma(1, self)),)

    return result, digamma_pullback


# rules/pointwise.yaml:677 aten::polygamma
def polygamma_batch(batch_size, batched, n, self):
    return torch.polygamma(n, self)


def polygamma_jvp(tangents, n, self):
    self_t = tangents[0]
    result = torch.polygamma(n, self)
    tangent = self_t * torch.polygamma(n + 1, self)
    return result, tangent


def polygamma_vjp(needs, n, self):
    result = torch.polygamma(n, self)

    def polygamma_pullback(grad):
        return (grad * adj(torch.polygamma(n + 1, self)),)

    return result, polygamma_pullback


# rules/pointwise.yaml:680 aten::mvlgamma
def mvlgamma_batch(batch_size, batched, self, p):
    return self.mvlgamma(p)


def mvlgamma_jvp(tangents, self, p):
    self_t = tangents[0]
    result = self.mvlgamma(p)
    tangent = self_t * multi_digamma(self, p)
    return result, tangent


def mvlgamma_vjp(needs, self, p):
    result = self.mvlgamma(p)

    def mvlgamma_pullback(grad):
        return (grad * adj(multi_digamma(self, p)),)

    return result, mvlgamma_pullback


# rules/pointwise.yaml:683 aten::igamma
def igamma_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.igamma(other)


def igamma_jvp(tangents, self, other):
    self_t, other_t = tangents
    if self_t is not None:
        raise not_implemented("aten::igamma", "self")
    result = self.igamma(other)
    tangent = None
    if other_t is not None:
        tangent = other_t * ((self - 1) * other.log() - other - self.lgamma()).exp()
    return result, tangent


def igamma_vjp(needs, self, other):
    needs_self, needs_other = needs
    if needs_self:
        raise not_implemented("aten::igamma", "self")
    result = self.igamma(other)

    def igamma_pullback(grad):
        other_ct = grad * adj(
            ((self - 1) * other.log() - other - self.lgamma()).exp()
        ) if needs_other else None
        return (None, other_ct)

    return result, igamma_pullback


# rules/pointwise.yaml:686 aten::igammac
def igammac_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.igammac(other)


def igammac_jvp(tangents, self, other):
    self_t, other_t = tangents
    if self_t is not None:
        raise not_implemented("aten::igammac", "self")
    result = self.igammac(other)
    tangent = None
    if other_t is not None:
        tangent = other_t * -((self - 1) * other.log() - other - self.lgamma()).exp()
    return result, tangent


def igammac_vjp(needs, self, other):
    needs_self, needs_other = needs
    if needs_self:
        raise not_implemented("aten::igammac", "self")
    result = self.igammac(other)

    def igammac_pullback(grad):
        other_ct = grad * adj(
            -((self - 1) * other.log() - other - self.lgamma()).exp()
        ) if needs_other else None
        return (None, other_ct)

    return result, igammac_pullback


# rules/pointwise.yaml:689 aten::special_zeta
def special_zeta_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return torch._C._special.special_zeta(self, other)


def special_zeta_jvp(tangents, self, other):
    self_t, other_t = tangents
    if self_t is not None:
        raise not_implemented("aten::special_zeta", "self")
    result = torch._C._special.special_zeta(self, other)
    tangent = None
    if other_t is not None:
        tangent = other_t * (-self * torch._C._special.special_zeta(self + 1, other))
    return result, tangent


def special_zeta_vjp(needs, self, other):
    needs_self, needs_other = needs
    if needs_self:
        raise not_implemented("aten::special_zeta", "self")
    result = torch._C._special.special_zeta(self, other)

    def special_zeta_pullback(grad):
        other_ct = grad * adj(
            -self * torch._C._special.special_zeta(self + 1, other)
        ) if needs_other else None
        return (None, other_ct)

    return result, special_zeta_pullback


# rules/pointwise.yaml:692 aten::special_zeta.self_scalar
def special_zeta_self_scalar_batch(batch_size, batched, self, other):
    return torch._C._special.special_zeta(self, other)


def special_zeta_self_scalar_jvp(tangents, self, other):
    other_t = tangents[0]
    result = torch._C._special.special_zeta(self, other)
    tangent = other_t * (torch._C._special.special_zeta(self + 1, other) * -self)
    return result, tangent


def special_zeta_self_scalar_vjp(needs, self, other):
    result = torch._C._special.special_zeta(self, other)

    def special_zeta_self_scalar_pullback(grad):
        return (grad * adj(torch._C._special.special_zeta(self + 1, other) * -self),)

    return result, special_zeta_self_scalar_pullback


# rules/pointwise.yaml:695 aten::special_zeta.other_scalar
def special_zeta_other_scalar_batch(batch_size, batched, self, other):
    return torch._C._special.special_zeta(self, other)


# rules/pointwise.yaml:698 aten::i0
def i0_batch(batch_size, batched, self):
    return self.i0()


def i0_jvp(tangents, self):
    self_t = tangents[0]
    result = self.i0()
    tangent = self_t * torch._C._special.special_i1(self)
    return result, tangent


def i0_vjp(needs, self):
    result = self.i0()

    def i0_pullback(grad):
        return (grad * adj(torch._C._special.special_i1(self)),)

    return result, i0_pullback


# rules/pointwise.yaml:701 aten::special_i0e
def special_i0e_batch(batch_size, batched, self):
    return torch._C._special.special_i0e(self)


def special_i0e_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._special.special_i0e(self)
    tangent = self_t * (torch._C._special.special_i1e(self) - self.sgn() * result)
    return result, tangent


def special_i0e_vjp(needs, self):
    result = torch._C._special.special_i0e(self)

    def special_i0e_pullback(grad):
        return (grad * adj(torch._C._special.special_i1e(self) - self.sgn() * result),)

    return result, special_i0e_pullback


# rules/pointwise.yaml:704 aten::special_i1
def special_i1_batch(batch_size, batched, self):
    return torch._C._special.special_i1(self)


def special_i1_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._special.special_i1(self)
    tangent = self_t * unless_zero(self, self.i0() - result / nonzero_or_one(self), 0.5)
    return result, tangent


def special_i1_vjp(needs, self):
    result = torch._C._special.special_i1(self)

    def special_i1_pullback(grad):
        return (grad * adj(unless_zero(self, self.i0() - result / nonzero_or_one(self), 0.5)),)

    return result, special_i1_pullback


# rules/pointwise.yaml:707 aten::special_i1e
def special_i1e_batch(batch_size, batched, self):
    return torch._C._special.special_i1e(self)


def special_i1e_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._special.special_i1e(self)
    tangent = self_t * unless_zero(
        self, torch._C._special.special_i0e(self) - result * (self.sgn() + 1 / nonzero_or_one(self)), 0.5
    )
    return result, tangent


def special_i1e_vjp(needs, self):
    result = torch._C._special.special_i1e(self)

    def special_i1e_pullback(grad):
        return (
            grad * adj(
                unless_zero(
                    self,
                    torch._C._special.special_i0e(self) - result * (self.sgn() + 1 / nonzero_or_one(self)),
                    0.5,
                )
            ),
        )

    return result, special_i1e_pullback


# rules/pointwise.yaml:711 aten::special_bessel_j0
def special_bessel_j0_batch(batch_size, batched, self):
    return torch._C._special.special_bessel_j0(self)


def special_bessel_j0_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._special.special_bessel_j0(self)
    tangent = self_t * -torch._C._special.special_bessel_j1(self)
    return result, tangent


def special_bessel_j0_vjp(needs, self):
    result = torch._C._special.special_bessel_j0(self)

    def special_bessel_j0_pullback(grad):
        return (grad * adj(-torch._C._special.special_bessel_j1(self)),)

    return result, special_bessel_j0_pullback


# rules/pointwise.yaml:715 aten::special_bessel_j1
def special_bessel_j1_batch(batch_size, batched, self):
    return torch._C._special.special_bessel_j1(self)


def special_bessel_j1_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._special.special_bessel_j1(self)
    tangent = self_t * unless_zero(
        self, torch._C._special.special_bessel_j0(self) - result / nonzero_or_one(self), 0.5
    )
    return result, tangent


def special_bessel_j1_vjp(needs, self):
    result = torch._C._special.special_bessel_j1(self)

    def special_bessel_j1_pullback(grad):
        return (
            grad * adj(
                unless_zero(
                    self, torch._C._special.special_bessel_j0(self) - result / nonzero_or_one(self), 0.5
                )
            ),
        )

    return result, special_bessel_j1_pullback


# rules/pointwise.yaml:719 aten::special_bessel_y0
def special_bessel_y0_batch(batch_size, batched, self):
    return torch._C._special.special_bessel_y0(self)


def special_bessel_y0_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._special.special_bessel_y0(self)
    tangent = self_t * -torch._C._special.special_bessel_y1(self)
    return result, tangent


def special_bessel_y0_vjp(needs, self):
    result = torch._C._special.special_bessel_y0(self)

    def special_bessel_y0_pullback(grad):
        return (grad * adj(-torch._C._special.special_bessel_y1(self)),)

    return result, special_bessel_y0_pullback


# rules/pointwise.yaml:723 aten::special_bessel_y1
def special_bessel_y1_batch(batch_size, batched, self):
    return torch._C._special.special_bessel_y1(self)


def special_bessel_y1_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._special.special_bessel_y1(self)
    tangent = self_t * (torch._C._special.special_bessel_y0(self) - result / self)
    return result, tangent


def special_bessel_y1_vjp(needs, self):
    result = torch._C._special.special_bessel_y1(self)

    def special_bessel_y1_pullback(grad):
        return (grad * adj(torch._C._special.special_bessel_y0(self) - result / self),)

    return result, special_bessel_y1_pullback


# rules/pointwise.yaml:727 aten::special_modified_bessel_i0
def special_modified_bessel_i0_batch(batch_size, batched, self):
    return torch._C._special.special_modified_bessel_i0(self)


def special_modified_bessel_i0_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._special.special_modified_bessel_i0(self)
    tangent = self_t * torch._C._special.special_modified_bessel_i1(self)
    return result, tangent


def special_modified_bessel_i0_vjp(needs, self):
    result = torch._C._special.special_modified_bessel_i0(self)

    def special_modified_bessel_i0_pullback(grad):
        return (grad * adj(torch._C._special.special_modified_bessel_i1(self)),)

    return result, special_modified_bessel_i0_pullback


# rules/pointwise.yaml:730 aten::special_modified_bessel_i1
def special_modified_bessel_i1_batch(batch_size, batched, self):
    return torch._C._special.special_modified_bessel_i1(self)


def special_modified_bessel_i1_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._special.special_modified_bessel_i1(self)
    tangent = self_t * unless_zero(
        self, torch._C._special.special_modified_bessel_i0(self) - result / nonzero_or_one(self), 0.5
    )
    return result, tangent


def special_modified_bessel_i1_vjp(needs, self):
    result = torch._C._special.special_modified_bessel_i1(self)

    def special_modified_bessel_i1_pullback(grad):
        return (
            grad * adj(
                unless_zero(
                    self,
                    torch._C._special.special_modified_bessel_i0(self) - result / nonzero_or_one(self),
                    0.5,
                )
            ),
        )

    return result, special_modified_bessel_i1_pullback


# rules/pointwise.yaml:733 aten::special_modified_bessel_k0
def special_modified_bessel_k0_batch(batch_size, batched, self):
    return torch._C._special.special_modified_bessel_k0(self)


def special_modified_bessel_k0_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._special.special_modified_bessel_k0(self)
    tangent = self_t * -torch._C._special.special_modified_bessel_k1(self)
    return result, tangent


def special_modified_bessel_k0_vjp(needs, self):
    result = torch._C._special.special_modified_bessel_k0(self)

    def special_modified_bessel_k0_pullback(grad):
        return (grad * adj(-torch._C._special.special_modified_bessel_k1(self)),)

    return result, special_modified_bessel_k0_pullback


# rules/pointwise.yaml:736 aten::special_modified_bessel_k1
def special_modified_bessel_k1_batch(batch_size, batched, self):
    return torch._C._special.special_modified_bessel_k1(self)


def special_modified_bessel_k1_jvp(tangents, self):
    self_t = tangents[0]
    result = torch._C._special.special_modified_bessel_k1(self)
    tangent = self_t * (-torch._C._special.special_modified_bessel_k0(self) - result / self)
    return result, tangent


def special_modified_bessel_k1_vjp(needs, self):
    result = torch._C._special.special_modified_bessel_k1(self)

    def special_modified_bessel_k1_pullback(grad):
        return (grad * adj(-torch._C._special.special_modified_bessel_k0(self) - result / self),)

    return result, special_modified_bessel_k1_pullback


# rules/pointwise.yaml:739 aten::special_scaled_modified_bessel_k0
def special_scaled_modified_bessel_k0_batch(batch_size, batched, x):
    return torch._C._special.special_scaled_modified_bessel_k0(x)


def special_scaled_modified_bessel_k0_jvp(tangents, x):
    x_t = tangents[0]
    result = torch._C._special.special_scaled_modified_bessel_k0(x)
    tangent = x_t * (result - torch._C._special.special_scaled_modified_bessel_k1(x))
    return result, tangent


def special_scaled_modified_bessel_k0_vjp(needs, x):
    result = torch._C._special.special_scaled_modified_bessel_k0(x)

    def special_scaled_modified_bessel_k0_pullback(grad):
        return (grad * adj(result - torch._C._special.special_scaled_modified_bessel_k1(x)),)

    return result, special_scaled_modified_bessel_k0_pullback


# rules/pointwise.yaml:742 aten::special_scaled_modified_bessel_k1
def special_scaled_modified_bessel_k1_batch(batch_size, batched, x):
    return torch._C._special.special_scaled_modified_bessel_k1(x)


def special_scaled_modified_bessel_k1_jvp(tangents, x):
    x_t = tangents[0]
    result = torch._C._special.special_scaled_modified_bessel_k1(x)
    tangent = x_t * (result - torch._C._special.special_scaled_modified_bessel_k0(x) - result / x)
    return result, tangent


def special_scaled_modified_bessel_k1_vjp(needs, x):
    result = torch._C._special.special_scaled_modified_bessel_k1(x)

    def special_scaled_modified_bessel_k1_pullback(grad):
        return (grad * adj(result - torch._C._special.special_scaled_modified_bessel_k0(x) - result / x),)

    return result, special_scaled_modified_bessel_k1_pullback


# rules/pointwise.yaml:745 aten::special_spherical_bessel_j0
def special_spherical_bessel_j0_batch(batch_size, batched, x):
    return torch._C._special.special_spherical_bessel_j0(x)


def special_spherical_bessel_j0_jvp(tangents, x):
    x_t = tangents[0]
    result = torch._C._special.special_spherical_bessel_j0(x)
    tangent = x_t * unless_zero(x, (x.cos() - result) / nonzero_or_one(x), 0.0)
    return result, tangent


def special_spherical_bessel_j0_vjp(needs, x):
    result = torch._C._special.special_spherical_bessel_j0(x)

    def special_spherical_bessel_j0_pullback(grad):
        return (grad * adj(unless_zero(x, (x.cos() - result) / nonzero_or_one(x), 0.0)),)

    return result, special_spherical_bessel_j0_pullback


# rules/pointwise.yaml:748 aten::special_airy_ai
def special_airy_ai_batch(batch_size, batched, x):
    return torch._C._special.special_airy_ai(x)


# rules/pointwise.yaml:753 aten::special_chebyshev_polynomial_t
def special_chebyshev_polynomial_t_batch(batch_size, batched, x, n):
    if type(batched) is not Aligned:
        x, n = align2(batched, x, n)
    return torch._C._special.special_chebyshev_polynomial_t(x, n)


def special_chebyshev_polynomial_t_jvp(tangents, x, n):
    x_t = tangents[0]
    result = torch._C._special.special_chebyshev_polynomial_t(x, n)
    tangent = None
    if x_t is not None:
        tangent = x_t * (n.trunc() * torch._C._special.special_chebyshev_polynomial_u(x, n.trunc() - 1))
    return result, tangent


def special_chebyshev_polynomial_t_vjp(needs, x, n):
    needs_x = needs[0]
    result = torch._C._special.special_chebyshev_polynomial_t(x, n)

    def special_chebyshev_polynomial_t_pullback(grad):
        x_ct = grad * adj(
            n.trunc() * torch._C._special.special_chebyshev_polynomial_u(x, n.trunc() - 1)
        ) if needs_x else None
        return (x_ct, None)

    return result, special_chebyshev_polynomial_t_pullback


# rules/pointwise.yaml:757 aten::special_chebyshev_polynomial_t.n_scalar
def special_chebyshev_polynomial_t_n_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_chebyshev_polynomial_t(x, n)


def special_chebyshev_polynomial_t_n_scalar_jvp(tangents, x, n):
    x_t = tangents[0]
    result = torch._C._special.special_chebyshev_polynomial_t(x, n)
    tangent = x_t * (torch._C._special.special_chebyshev_polynomial_u(x, int(n) - 1) * int(n))
    return result, tangent


def special_chebyshev_polynomial_t_n_scalar_vjp(needs, x, n):
    result = torch._C._special.special_chebyshev_polynomial_t(x, n)

    def special_chebyshev_polynomial_t_n_scalar_pullback(grad):
        return (grad * adj(torch._C._special.special_chebyshev_polynomial_u(x, int(n) - 1) * int(n)),)

    return result, special_chebyshev_polynomial_t_n_scalar_pullback


# rules/pointwise.yaml:760 aten::special_chebyshev_polynomial_t.x_scalar
def special_chebyshev_polynomial_t_x_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_chebyshev_polynomial_t(x, n)


# rules/pointwise.yaml:761 aten::special_chebyshev_polynomial_u
def special_chebyshev_polynomial_u_batch(batch_size, batched, x, n):
    if type(batched) is not Aligned:
        x, n = align2(batched, x, n)
    return torch._C._special.special_chebyshev_polynomial_u(x, n)


# rules/pointwise.yaml:764 aten::special_chebyshev_polynomial_u.n_scalar
def special_chebyshev_polynomial_u_n_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_chebyshev_polynomial_u(x, n)


# rules/pointwise.yaml:765 aten::special_chebyshev_polynomial_u.x_scalar
def special_chebyshev_polynomial_u_x_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_chebyshev_polynomial_u(x, n)


# rules/pointwise.yaml:766 aten::special_chebyshev_polynomial_v
def special_chebyshev_polynomial_v_batch(batch_size, batched, x, n):
    if type(batched) is not Aligned:
        x, n = align2(batched, x, n)
    return torch._C._special.special_chebyshev_polynomial_v(x, n)


# rules/pointwise.yaml:767 aten::special_chebyshev_polynomial_v.n_scalar
def special_chebyshev_polynomial_v_n_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_chebyshev_polynomial_v(x, n)


# rules/pointwise.yaml:768 aten::special_chebyshev_polynomial_v.x_scalar
def special_chebyshev_polynomial_v_x_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_chebyshev_polynomial_v(x, n)


# rules/pointwise.yaml:769 aten::special_chebyshev_polynomial_w
def special_chebyshev_polynomial_w_batch(batch_size, batched, x, n):
    if type(batched) is not Aligned:
        x, n = align2(batched, x, n)
    return torch._C._special.special_chebyshev_polynomial_w(x, n)


# rules/pointwise.yaml:770 aten::special_chebyshev_polynomial_w.n_scalar
def special_chebyshev_polynomial_w_n_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_chebyshev_polynomial_w(x, n)


# rules/pointwise.yaml:771 aten::special_chebyshev_polynomial_w.x_scalar
def special_chebyshev_polynomial_w_x_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_chebyshev_polynomial_w(x, n)


# rules/pointwise.yaml:772 aten::special_shifted_chebyshev_polynomial_t
def special_shifted_chebyshev_polynomial_t_batch(batch_size, batched, x, n):
    if type(batched) is not Aligned:
        x, n = align2(batched, x, n)
    return torch._C._special.special_shifted_chebyshev_polynomial_t(x, n)


def special_shifted_chebyshev_polynomial_t_jvp(tangents, x, n):
    x_t = tangents[0]
    result = torch._C._special.special_shifted_chebyshev_polynomial_t(x, n)
    tangent = None
    if x_t is not None:
        tangent = x_t * (
            n.trunc() * torch._C._special.special_shifted_chebyshev_polynomial_u(x, n.trunc() - 1) * 2
        )
    return result, tangent


def special_shifted_chebyshev_polynomial_t_vjp(needs, x, n):
    needs_x = needs[0]
    result = torch._C._special.special_shifted_chebyshev_polynomial_t(x, n)

    def special_shifted_chebyshev_polynomial_t_pullback(grad):
        x_ct = grad * adj(
            n.trunc() * torch._C._special.special_shifted_chebyshev_polynomial_u(x, n.trunc() - 1) * 2
        ) if needs_x else None
        return (x_ct, None)

    return result, special_shifted_chebyshev_polynomial_t_pullback


# rules/pointwise.yaml:776 aten::special_shifted_chebyshev_polynomial_t.n_scalar
def special_shifted_chebyshev_polynomial_t_n_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_shifted_chebyshev_polynomial_t(x, n)


def special_shifted_chebyshev_polynomial_t_n_scalar_jvp(tangents, x, n):
    x_t = tangents[0]
    result = torch._C._special.special_shifted_chebyshev_polynomial_t(x, n)
    tangent = x_t * (torch._C._special.special_shifted_chebyshev_polynomial_u(x, int(n) - 1) * (2 * int(n)))
    return result, tangent


def special_shifted_chebyshev_polynomial_t_n_scalar_vjp(needs, x, n):
    result = torch._C._special.special_shifted_chebyshev_polynomial_t(x, n)

    def special_shifted_chebyshev_polynomial_t_n_scalar_pullback(grad):
        return (
            grad * adj(
                torch._C._special.special_shifted_chebyshev_polynomial_u(x, int(n) - 1) * (2 * int(n))
            ),
        )

    return result, special_shifted_chebyshev_polynomial_t_n_scalar_pullback


# rules/pointwise.yaml:779 aten::special_shifted_chebyshev_polynomial_t.x_scalar
def special_shifted_chebyshev_polynomial_t_x_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_shifted_chebyshev_polynomial_t(x, n)


# rules/pointwise.yaml:780 aten::special_shifted_chebyshev_polynomial_u
def special_shifted_chebyshev_polynomial_u_batch(batch_size, batched, x, n):
    if type(batched) is not Aligned:
        x, n = align2(batched, x, n)
    return torch._C._special.special_shifted_chebyshev_polynomial_u(x, n)


# rules/pointwise.yaml:781 aten::special_shifted_chebyshev_polynomial_u.n_scalar
def special_shifted_chebyshev_polynomial_u_n_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_shifted_chebyshev_polynomial_u(x, n)


# rules/pointwise.yaml:782 aten::special_shifted_chebyshev_polynomial_u.x_scalar
def special_shifted_chebyshev_polynomial_u_x_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_shifted_chebyshev_polynomial_u(x, n)


# rules/pointwise.yaml:783 aten::special_shifted_chebyshev_polynomial_v
def special_shifted_chebyshev_polynomial_v_batch(batch_size, batched, x, n):
    if type(batched) is not Aligned:
        x, n = align2(batched, x, n)
    return torch._C._special.special_shifted_chebyshev_polynomial_v(x, n)


# rules/pointwise.yaml:784 aten::special_shifted_chebyshev_polynomial_v.n_scalar
def special_shifted_chebyshev_polynomial_v_n_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_shifted_chebyshev_polynomial_v(x, n)


# rules/pointwise.yaml:785 aten::special_shifted_chebyshev_polynomial_v.x_scalar
def special_shifted_chebyshev_polynomial_v_x_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_shifted_chebyshev_polynomial_v(x, n)


# rules/pointwise.yaml:786 aten::special_shifted_chebyshev_polynomial_w
def special_shifted_chebyshev_polynomial_w_batch(batch_size, batched, x, n):
    if type(batched) is not Aligned:
        x, n = align2(batched, x, n)
    return torch._C._special.special_shifted_chebyshev_polynomial_w(x, n)


# rules/pointwise.yaml:787 aten::special_shifted_chebyshev_polynomial_w.n_scalar
def special_shifted_chebyshev_polynomial_w_n_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_shifted_chebyshev_polynomial_w(x, n)


# rules/pointwise.yaml:788 aten::special_shifted_chebyshev_polynomial_w.x_scalar
def special_shifted_chebyshev_polynomial_w_x_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_shifted_chebyshev_polynomial_w(x, n)


# rules/pointwise.yaml:789 aten::special_hermite_polynomial_h
def special_hermite_polynomial_h_batch(batch_size, batched, x, n):
    if type(batched) is not Aligned:
        x, n = align2(batched, x, n)
    return torch._C._special.special_hermite_polynomial_h(x, n)


def special_hermite_polynomial_h_jvp(tangents, x, n):
    x_t = tangents[0]
    result = torch._C._special.special_hermite_polynomial_h(x, n)
    tangent = None
    if x_t is not None:
        tangent = x_t * (n.trunc() * torch._C._special.special_hermite_polynomial_h(x, n.trunc() - 1) * 2)
    return result, tangent


def special_hermite_polynomial_h_vjp(needs, x, n):
    needs_x = needs[0]
    result = torch._C._special.special_hermite_polynomial_h(x, n)

    def special_hermite_polynomial_h_pullback(grad):
        x_ct = grad * adj(
            n.trunc() * torch._C._special.special_hermite_polynomial_h(x, n.trunc() - 1) * 2
        ) if needs_x else None
        return (x_ct, None)

    return result, special_hermite_polynomial_h_pullback


# rules/pointwise.yaml:793 aten::special_hermite_polynomial_h.n_scalar
def special_hermite_polynomial_h_n_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_hermite_polynomial_h(x, n)


def special_hermite_polynomial_h_n_scalar_jvp(tangents, x, n):
    x_t = tangents[0]
    result = torch._C._special.special_hermite_polynomial_h(x, n)
    tangent = x_t * (torch._C._special.special_hermite_polynomial_h(x, int(n) - 1) * (2 * int(n)))
    return result, tangent


def special_hermite_polynomial_h_n_scalar_vjp(needs, x, n):
    result = torch._C._special.special_hermite_polynomial_h(x, n)

    def special_hermite_polynomial_h_n_scalar_pullback(grad):
        return (grad * adj(torch._C._special.special_hermite_polynomial_h(x, int(n) - 1) * (2 * int(n))),)

    return result, special_hermite_polynomial_h_n_scalar_pullback


# rules/pointwise.yaml:796 aten::special_hermite_polynomial_h.x_scalar
def special_hermite_polynomial_h_x_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_hermite_polynomial_h(x, n)


# rules/pointwise.yaml:797 aten::special_hermite_polynomial_he
def special_hermite_polynomial_he_batch(batch_size, batched, x, n):
    if type(batched) is not Aligned:
        x, n = align2(batched, x, n)
    return torch._C._special.special_hermite_polynomial_he(x, n)


def special_hermite_polynomial_he_jvp(tangents, x, n):
    x_t = tangents[0]
    result = torch._C._special.special_hermite_polynomial_he(x, n)
    tangent = None
    if x_t is not None:
        tangent = x_t * (n.trunc() * torch._C._special.special_hermite_polynomial_he(x, n.trunc() - 1))
    return result, tangent


def special_hermite_polynomial_he_vjp(needs, x, n):
    needs_x = needs[0]
    result = torch._C._special.special_hermite_polynomial_he(x, n)

    def special_hermite_polynomial_he_pullback(grad):
        x_ct = grad * adj(
            n.trunc() * torch._C._special.special_hermite_polynomial_he(x, n.trunc() - 1)
        ) if needs_x else None
        return (x_ct, None)

    return result, special_hermite_polynomial_he_pullback


# rules/pointwise.yaml:801 aten::special_hermite_polynomial_he.n_scalar
def special_hermite_polynomial_he_n_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_hermite_polynomial_he(x, n)


def special_hermite_polynomial_he_n_scalar_jvp(tangents, x, n):
    x_t = tangents[0]
    result = torch._C._special.special_hermite_polynomial_he(x, n)
    tangent = x_t * (torch._C._special.special_hermite_polynomial_he(x, int(n) - 1) * int(n))
    return result, tangent


def special_hermite_polynomial_he_n_scalar_vjp(needs, x, n):
    result = torch._C._special.special_hermite_polynomial_he(x, n)

    def special_hermite_polynomial_he_n_scalar_pullback(grad):
        return (grad * adj(torch._C._special.special_hermite_polynomial_he(x, int(n) - 1) * int(n)),)

    return result, special_hermite_polynomial_he_n_scalar_pullback


# rules/pointwise.yaml:804 aten::special_hermite_polynomial_he.x_scalar
def special_hermite_polynomial_he_x_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_hermite_polynomial_he(x, n)


# rules/pointwise.yaml:805 aten::special_laguerre_polynomial_l
def special_laguerre_polynomial_l_batch(batch_size, batched, x, n):
    if type(batched) is not Aligned:
        x, n = align2(batched, x, n)
    return torch._C._special.special_laguerre_polynomial_l(x, n)


# rules/pointwise.yaml:806 aten::special_laguerre_polynomial_l.n_scalar
def special_laguerre_polynomial_l_n_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_laguerre_polynomial_l(x, n)


# rules/pointwise.yaml:807 aten::special_laguerre_polynomial_l.x_scalar
def special_laguerre_polynomial_l_x_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_laguerre_polynomial_l(x, n)


# rules/pointwise.yaml:808 aten::special_legendre_polynomial_p
def special_legendre_polynomial_p_batch(batch_size, batched, x, n):
    if type(batched) is not Aligned:
        x, n = align2(batched, x, n)
    return torch._C._special.special_legendre_polynomial_p(x, n)


# rules/pointwise.yaml:809 aten::special_legendre_polynomial_p.n_scalar
def special_legendre_polynomial_p_n_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_legendre_polynomial_p(x, n)


# rules/pointwise.yaml:810 aten::special_legendre_polynomial_p.x_scalar
def special_legendre_polynomial_p_x_scalar_batch(batch_size, batched, x, n):
    return torch._C._special.special_legendre_polynomial_p(x, n)


# rules/pointwise.yaml:813 aten::complex
def complex_batch(batch_size, batched, real, imag):
    if type(batched) is not Aligned:
        real, imag = align2(batched, real, imag)
    return torch.complex(real, imag)


def complex_jvp(tangents, real, imag):
    real_t, imag_t = tangents
    result = torch.complex(real, imag)
    if real_t is None and imag_t is None:
        tangent = None
    else:
        real_t = tangent_or_zeros(real_t, real)
        imag_t = tangent_or_zeros(imag_t, imag)
        tangent = torch.complex(real_t, imag_t)
    return result, tangent


def complex_vjp(needs, real, imag):
    needs_real, needs_imag = needs
    result = torch.complex(real, imag)

    def complex_pullback(grad):
        real_ct = grad.real if needs_real else None
        imag_ct = grad.imag if needs_imag else None
        return (real_ct, imag_ct)

    return result, complex_pullback


# rules/pointwise.yaml:816 aten::polar
def polar_batch(batch_size, batched, abs, angle):
    if type(batched) is not Aligned:
        abs, angle = align2(batched, abs, angle)
    return torch.polar(abs, angle)


def polar_jvp(tangents, abs, angle):
    abs_t, angle_t = tangents
    result = torch.polar(abs, angle)
    if abs_t is not None:
        unit = torch.polar(torch.ones_like(abs), angle)
    tangent = None
    if abs_t is not None:
        tangent = abs_t * unit
    if angle_t is not None:
        if tangent is None:
            tangent = angle_t * (result * 1j)
        else:
            tangent = plus_product(tangent, angle_t, result * 1j)
    return result, tangent


def polar_vjp(needs, abs, angle):
    needs_abs, needs_angle = needs
    result = torch.polar(abs, angle)
    kept_result = result if needs_angle else None
    if not needs_abs:
        abs = None
    if not needs_abs:
        angle = None

    def polar_pullback(grad):
        if needs_abs:
            unit = torch.polar(torch.ones_like(abs), angle)
        abs_ct = grad * adj(unit) if needs_abs else None
        angle_ct = grad * adj(kept_result * 1j) if needs_angle else None
        return (abs_ct, angle_ct)

    return result, polar_pullback


# rules/pointwise.yaml:821 aten::real
def real_batch(batch_size, batched, self):
    return torch.real(self)


def real_jvp(tangents, self):
    self_t = tangents[0]
    result = torch.real(self)
    tangent = torch.real(self_t)
    return result, tangent


def real_vjp(needs, self):
    result = torch.real(self)

    def real_pullback(grad):
        return (grad,)

    return result, real_pullback


def real_inverse(new, base):
    return new + base.imag * 1j if base.dtype.is_complex else new


# rules/pointwise.yaml:826 aten::imag
def imag_batch(batch_size, batched, self):
    return torch.imag(self)


def imag_jvp(tangents, self):
    self_t = tangents[0]
    result = torch.imag(self)
    tangent = torch.imag(self_t)
    return result, tangent


def imag_vjp(needs, self):
    result = torch.imag(self)

    def imag_pullback(grad):
        return (grad * 1j,)

    return result, imag_pullback


def imag_inverse(new, base):
    return base.real + new * 1j


# rules/pointwise.yaml:831 aten::view_as_real
def view_as_real_batch(batch_size, batched, self):
    return torch.view_as_real(self)


def view_as_real_jvp(tangents, self):
    self_t = tangents[0]
    result = torch.view_as_real(self)
    tangent = torch.view_as_real(self_t.resolve_conj())
    return result, tangent


def view_as_real_vjp(needs, self):
    result = torch.view_as_real(self)

    def view_as_real_pullback(grad):
        return (torch.view_as_complex(grad.contiguous()),)

    return result, view_as_real_pullback


def view_as_real_inverse(new, base):
    return torch.view_as_complex(new.contiguous())


# rules/pointwise.yaml:836 aten::view_as_complex
def view_as_complex_batch(batch_size, batched, self):
    return torch.view_as_complex(dense_pairs(self))


def view_as_complex_jvp(tangents, self):
    self_t = tangents[0]
    result = torch.view_as_complex(self)
    tangent = torch.view_as_complex(self_t.contiguous())
    return result, tangent


def view_as_complex_vjp(needs, self):
    result = torch.view_as_complex(self)

    def view_as_complex_pullback(grad):
        return (torch.view_as_real(grad.resolve_conj()),)

    return result, view_as_complex_pullback


def view_as_complex_inverse(new, base):
    return torch.view_as_real(new.resolve_conj())


# rules/pointwise.yaml:841 aten::_conj
def _conj_batch(batch_size, batched, self):
    return self._conj()


def _conj_jvp(tangents, self):
    self_t = tangents[0]
    result = self._conj()
    tangent = self_t._conj()
    return result, tangent


def _conj_vjp(needs, self):
    result = self._conj()

    def _conj_pullback(grad):
        return (grad._conj(),)

    return result, _conj_pullback


def _conj_inverse(new, base):
    return new._conj()


# rules/pointwise.yaml:845 aten::conj
def conj_batch(batch_size, batched, self):
    return self.conj()


def conj_jvp(tangents, self):
    self_t = tangents[0]
    result = self.conj()
    tangent = self_t.conj()
    return result, tangent


def conj_vjp(needs, self):
    result = self.conj()

    def conj_pullback(grad):
        return (grad.conj(),)

    return result, conj_pullback


def conj_inverse(new, base):
    return new.conj()


# rules/pointwise.yaml:849 aten::_conj_physical
def _conj_physical_batch(batch_size, batched, self):
    return self._conj_physical()


def _conj_physical_jvp(tangents, self):
    self_t = tangents[0]
    result = self._conj_physical()
    tangent = self_t._conj_physical()
    return result, tangent


def _conj_physical_vjp(needs, self):
    result = self._conj_physical()

    def _conj_physical_pullback(grad):
        return (grad.conj(),)

    return result, _conj_physical_pullback


# rules/pointwise.yaml:852 aten::conj_physical
def conj_physical_batch(batch_size, batched, self):
    return self.conj_physical()


def conj_physical_jvp(tangents, self):
    self_t = tangents[0]
    result = self.conj_physical()
    tangent = self_t.conj_physical()
    return result, tangent


def conj_physical_vjp(needs, self):
    result = self.conj_physical()

    def conj_physical_pullback(grad):
        return (grad.conj(),)

    return result, conj_physical_pullback


# rules/pointwise.yaml:855 aten::resolve_conj
def resolve_conj_batch(batch_size, batched, self):
    return self.resolve_conj()


def resolve_conj_jvp(tangents, self):
    self_t = tangents[0]
    result = self.resolve_conj()
    tangent = self_t.resolve_conj()
    return result, tangent


def resolve_conj_vjp(needs, self):
    result = self.resolve_conj()

    def resolve_conj_pullback(grad):
        return (grad,)

    return result, resolve_conj_pullback


def resolve_conj_inverse(new, base):
    return new


# rules/pointwise.yaml:859 aten::_neg_view
def _neg_view_batch(batch_size, batched, self):
    return self._neg_view()


def _neg_view_jvp(tangents, self):
    self_t = tangents[0]
    result = self._neg_view()
    tangent = self_t._neg_view()
    return result, tangent


def _neg_view_vjp(needs, self):
    result = self._neg_view()

    def _neg_view_pullback(grad):
        return (-grad,)

    return result, _neg_view_pullback


def _neg_view_inverse(new, base):
    return -new


# rules/pointwise.yaml:864 aten::resolve_neg
def resolve_neg_batch(batch_size, batched, self):
    return self.resolve_neg()


def resolve_neg_jvp(tangents, self):
    self_t = tangents[0]
    result = self.resolve_neg()
    tangent = self_t.resolve_neg()
    return result, tangent


def resolve_neg_vjp(needs, self):
    result = self.resolve_neg()

    def resolve_neg_pullback(grad):
        return (grad,)

    return result, resolve_neg_pullback


def resolve_neg_inverse(new, base):
    return new


# rules/pointwise.yaml:868 aten::_conj_copy
def _conj_copy_decompose(self):
    return self.conj_physical()


# rules/pointwise.yaml:872 aten::_neg_view_copy
def _neg_view_copy_decompose(self):
    return -self


# rules/pointwise.yaml:876 aten::view_as_real_copy
def view_as_real_copy_decompose(self):
    return torch.view_as_real(self).clone()


# rules/pointwise.yaml:880 aten::view_as_complex_copy
def view_as_complex_copy_decompose(self):
    return torch.view_as_complex(self).clone()


# rules/pointwise.yaml:886 aten::clone
def clone_batch(batch_size, batched, self, memory_format=None):
    memory_format = any_rank(memory_format)
    return self.clone() if memory_format is None else self.clone(memory_format=memory_format)


def clone_jvp(tangents, self, memory_format=None):
    self_t = tangents[0]
    result = self.clone() if memory_format is None else self.clone(memory_format=memory_format)
    tangent = self_t
    return result, tangent


def clone_vjp(needs, self, memory_format=None):
    result = self.clone() if memory_format is None else self.clone(memory_format=memory_format)

    def clone_pullback(grad):
        return (grad,)

    return result, clone_pullback


# rules/pointwise.yaml:890 aten::_lazy_clone
def _lazy_clone_batch(batch_size, batched, self):
    return self._lazy_clone()


def _lazy_clone_jvp(tangents, self):
    self_t = tangents[0]
    result = self._lazy_clone()
    tangent = self_t
    return result, tangent


def _lazy_clone_vjp(needs, self):
    result = self._lazy_clone()

    def _lazy_clone_pullback(grad):
        return (grad,)

    return result, _lazy_clone_pullback


# rules/pointwise.yaml:895 aten::_to_copy
def _to_copy_batch(
    batch_size,
    batched,
    self,
    dtype=None,
    layout=None,
    device=None,
    pin_memory=None,
    non_blocking=False,
    memory_format=None,
):
    memory_format = any_rank(memory_format)
    return _to_copy_op(self, dtype, layout, device, pin_memory, non_blocking, memory_format)


def _to_copy_jvp(
    tangents,
    self,
    dtype=None,
    layout=None,
    device=None,
    pin_memory=None,
    non_blocking=False,
    memory_format=None,
):
    self_t = tangents[0]
    result = _to_copy_op(self, dtype, layout, device, pin_memory, non_blocking, memory_format)
    tangent = move(self_t, None, device)
    return result, tangent


def _to_copy_vjp(
    needs, self, dtype=None, layout=None, device=None, pin_memory=None, non_blocking=False, memory_format=None
):
    result = _to_copy_op(self, dtype, layout, device, pin_memory, non_blocking, memory_format)
    self_device = self.device

    def _to_copy_pullback(grad):
        return (move(grad, None, self_device),)

    return result, _to_copy_pullback


# rules/pointwise.yaml:904 aten::copy
def copy_decompose(self, src, non_blocking=False):
    return move(src, self.dtype, self.device).expand(self.shape).clone()


# rules/pointwise.yaml:907 aten::alias
def alias_batch(batch_size, batched, self):
    return alias_op(self)


def alias_jvp(tangents, self):
    self_t = tangents[0]
    result = alias_op(self)
    tangent = alias_op(self_t)
    return result, tangent


def alias_vjp(needs, self):
    result = alias_op(self)

    def alias_pullback(grad):
        return (grad,)

    return result, alias_pullback


def alias_inverse(new, base):
    return new


# rules/pointwise.yaml:911 aten::alias_copy
def alias_copy_batch(batch_size, batched, self):
    return torch.alias_copy(self)


def alias_copy_jvp(tangents, self):
    self_t = tangents[0]
    result = torch.alias_copy(self)
    tangent = torch.alias_copy(self_t)
    return result, tangent


def alias_copy_vjp(needs, self):
    result = torch.alias_copy(self)

    def alias_copy_pullback(grad):
        return (grad,)

    return result, alias_copy_pullback


# rules/pointwise.yaml:914 aten::positive
def positive_batch(batch_size, batched, self):
    return self.positive()


def positive_jvp(tangents, self):
    self_t = tangents[0]
    result = self.positive()
    tangent = self_t.positive()
    return result, tangent


def positive_vjp(needs, self):
    result = self.positive()

    def positive_pullback(grad):
        return (grad,)

    return result, positive_pullback


def positive_inverse(new, base):
    return new


# rules/pointwise.yaml:918 aten::lift
def lift_batch(batch_size, batched, self):
    return lift_op(self)


def lift_jvp(tangents, self):
    self_t = tangents[0]
    result = lift_op(self)
    tangent = lift_op(self_t)
    return result, tangent


def lift_vjp(needs, self):
    result = lift_op(self)

    def lift_pullback(grad):
        return (grad,)

    return result, lift_pullback


# rules/pointwise.yaml:921 aten::lift_fresh
def lift_fresh_batch(batch_size, batched, self):
    return lift_fresh_op(self)


def lift_fresh_jvp(tangents, self):
    self_t = tangents[0]
    result = lift_fresh_op(self)
    tangent = lift_fresh_op(self_t)
    return result, tangent


def lift_fresh_vjp(needs, self):
    result = lift_fresh_op(self)

    def lift_fresh_pullback(grad):
        return (grad,)

    return result, lift_fresh_pullback


def lift_fresh_inverse(new, base):
    return new


# rules/pointwise.yaml:925 aten::lift_fresh_copy
def lift_fresh_copy_batch(batch_size, batched, self):
    return lift_fresh_copy_op(self)


def lift_fresh_copy_jvp(tangents, self):
    self_t = tangents[0]
    result = lift_fresh_copy_op(self)
    tangent = lift_fresh_copy_op(self_t)
    return result, tangent


def lift_fresh_copy_vjp(needs, self):
    result = lift_fresh_copy_op(self)

    def lift_fresh_copy_pullback(grad):
        return (grad,)

    return result, lift_fresh_copy_pullback


# rules/pointwise.yaml:928 aten::detach
def detach_batch(batch_size, batched, self):
    return self.detach()


def detach_inverse(new, base):
    return new


# rules/pointwise.yaml:932 aten::detach_copy
def detach_copy_batch(batch_size, batched, self):
    return torch.detach_copy(self)


# rules/pointwise.yaml:935 aten::absolute
def absolute_decompose(self):
    return self.abs()


# rules/pointwise.yaml:936 aten::negative
def negative_decompose(self):
    return -self


# rules/pointwise.yaml:937 aten::fix
def fix_decompose(self):
    return self.trunc()


# rules/pointwise.yaml:938 aten::subtract.Tensor
def subtract_Tensor_decompose(self, other, alpha=1):
    return self.sub(other, alpha=alpha)


# rules/pointwise.yaml:939 aten::subtract.Scalar
def subtract_Scalar_decompose(self, other, alpha=1):
    return self.sub(other, alpha=alpha)


# rules/pointwise.yaml:940 aten::multiply.Tensor
def multiply_Tensor_decompose(self, other):
    return self * other


# rules/pointwise.yaml:941 aten::multiply.Scalar
def multiply_Scalar_decompose(self, other):
    return self * other


# rules/pointwise.yaml:942 aten::divide.Tensor
def divide_Tensor_decompose(self, other):
    return self / other


# rules/pointwise.yaml:943 aten::divide.Scalar
def divide_Scalar_decompose(self, other):
    return self / other


# rules/pointwise.yaml:944 aten::divide.Tensor_mode
def divide_Tensor_mode_decompose(self, other, rounding_mode):
    return self.div(other, rounding_mode=rounding_mode)


# rules/pointwise.yaml:945 aten::divide.Scalar_mode
def divide_Scalar_mode_decompose(self, other, rounding_mode):
    return self.div(other, rounding_mode=rounding_mode)


# rules/pointwise.yaml:946 aten::true_divide.Tensor
def true_divide_Tensor_decompose(self, other):
    return self / other


# rules/pointwise.yaml:947 aten::true_divide.Scalar
def true_divide_Scalar_decompose(self, other):
    return self / other


# rules/pointwise.yaml:948 aten::greater.Tensor
def greater_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.greater(other)


# rules/pointwise.yaml:949 aten::greater.Scalar
def greater_Scalar_batch(batch_size, batched, self, other):
    return self.greater(other)


# rules/pointwise.yaml:950 aten::greater_equal.Tensor
def greater_equal_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.greater_equal(other)


# rules/pointwise.yaml:951 aten::greater_equal.Scalar
def greater_equal_Scalar_batch(batch_size, batched, self, other):
    return self.greater_equal(other)


# rules/pointwise.yaml:952 aten::less.Tensor
def less_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.less(other)


# rules/pointwise.yaml:953 aten::less.Scalar
def less_Scalar_batch(batch_size, batched, self, other):
    return self.less(other)


# rules/pointwise.yaml:954 aten::less_equal.Tensor
def less_equal_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.less_equal(other)


# rules/pointwise.yaml:955 aten::less_equal.Scalar
def less_equal_Scalar_batch(batch_size, batched, self, other):
    return self.less_equal(other)


# rules/pointwise.yaml:956 aten::not_equal.Tensor
def not_equal_Tensor_batch(batch_size, batched, self, other):
    if type(batched) is not Aligned:
        self, other = align2(batched, self, other)
    return self.not_equal(other)


# rules/pointwise.yaml:957 aten::not_equal.Scalar
def not_equal_Scalar_batch(batch_size, batched, self, other):
    return self.not_equal(other)


# rules/pointwise.yaml:958 aten::special_expit
def special_expit_decompose(self):
    return self.sigmoid()


# rules/pointwise.yaml:961 aten::fake_quantize_per_tensor_affine_cachemask
def fake_quantize_per_tensor_affine_cachemask_batch(
    batch_size, batched, self, scale, zero_point, quant_min, quant_max
):
    return fake_quantize_per_tensor_affine_cachemask_op(self, scale, zero_point, quant_min, quant_max)


def fake_quantize_per_tensor_affine_cachemask_jvp(tangents, self, scale, zero_point, quant_min, quant_max):
    self_t = tangents[0]
    outputs = fake_quantize_per_tensor_affine_cachemask_op(self, scale, zero_point, quant_min, quant_max)
    output, mask = outputs
    output_t = self_t * mask
    return outputs, (output_t, None)


def fake_quantize_per_tensor_affine_cachemask_vjp(needs, self, scale, zero_point, quant_min, quant_max):
    outputs = fake_quantize_per_tensor_affine_cachemask_op(self, scale, zero_point, quant_min, quant_max)
    output, mask = outputs

    def fake_quantize_per_tensor_affine_cachemask_pullback(grads):
        grad = grads[0]
        return (grad * mask,)

    return outputs, fake_quantize_per_tensor_affine_cachemask_pullback


# rules/pointwise.yaml:967 aten::_fake_quantize_per_tensor_affine_cachemask_tensor_qparams
def _fake_quantize_per_tensor_affine_cachemask_tensor_qparams_batch(
    batch_size, batched, self, scale, zero_point, fake_quant_enabled, quant_min, quant_max
):
    if batched[1] or batched[2] or batched[3]:
        return by_example(
            operator("aten::_fake_quantize_per_tensor_affine_cachemask_tensor_qparams"),
            batch_size,
            batched,
            (self, scale, zero_point, fake_quant_enabled, quant_min, quant_max,),
        )
    return torch._fake_quantize_per_tensor_affine_cachemask_tensor_qparams(
        self, scale, zero_point, fake_quant_enabled, quant_min, quant_max
    )


def _fake_quantize_per_tensor_affine_cachemask_tensor_qparams_jvp(
    tangents, self, scale, zero_point, fake_quant_enabled, quant_min, quant_max
):
    self_t = tangents[0]
    outputs = torch._fake_quantize_per_tensor_affine_cachemask_tensor_qparams(
        self, scale, zero_point, fake_quant_enabled, quant_min, quant_max
    )
    output, mask = outputs
    output_t = None
    if self_t is not None:
        output_t = self_t * mask
    return outputs, (output_t, None)


def _fake_quantize_per_tensor_affine_cachemask_tensor_qparams_vjp(
    needs, self, scale, zero_point, fake_quant_enabled, quant_min, quant_max
):
    needs_self = needs[0]
    outputs = torch._fake_quantize_per_tensor_affine_cachemask_tensor_qparams(
        self, scale, zero_point, fake_quant_enabled, quant_min, quant_max
    )
    output, mask = outputs

    def _fake_quantize_per_tensor_affine_cachemask_tensor_qparams_pullback(grads):
        grad = grads[0]
        self_ct = grad * mask if needs_self else None
        return (self_ct, None, None, None)

    return outputs, _fake_quantize_per_tensor_affine_cachemask_tensor_qparams_pullback


# rules/pointwise.yaml:973 aten::fake_quantize_per_channel_affine_cachemask
def fake_quantize_per_channel_affine_cachemask_batch(
    batch_size, batched, self, scale, zero_point, axis, quant_min, quant_max
):
    if batched[1] or batched[2] or not batched[0]:
        return by_example(
            operator("aten::fake_quantize_per_channel_affine_cachemask"),
            batch_size,
            batched,
            (self, scale, zero_point, axis, quant_min, quant_max,),
        )
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    axis = shift_dim(axis, self.ndim - 1)
    result = fake_quantize_per_channel_affine_cachemask_op(
        self, scale, zero_point, axis, quant_min, quant_max
    )
    return squeeze_last(result) if scalar else result


def fake_quantize_per_channel_affine_cachemask_jvp(
    tangents, self, scale, zero_point, axis, quant_min, quant_max
):
    self_t = tangents[0]
    outputs = fake_quantize_per_channel_affine_cachemask_op(
        self, scale, zero_point, axis, quant_min, quant_max
    )
    output, mask = outputs
    output_t = None
    if self_t is not None:
        output_t = self_t * mask
    return outputs, (output_t, None)


def fake_quantize_per_channel_affine_cachemask_vjp(
    needs, self, scale, zero_point, axis, quant_min, quant_max
):
    needs_self = needs[0]
    outputs = fake_quantize_per_channel_affine_cachemask_op(
        self, scale, zero_point, axis, quant_min, quant_max
    )
    output, mask = outputs

    def fake_quantize_per_channel_affine_cachemask_pullback(grads):
        grad = grads[0]
        self_ct = grad * mask if needs_self else None
        return (self_ct, None, None)

    return outputs, fake_quantize_per_channel_affine_cachemask_pullback


RULES = {
    "aten::add.Tensor": Rules(
        batch=add_Tensor_batch,
        jvp=add_Tensor_jvp,
        vjp=add_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:8',
    ),
    "aten::add.Scalar": Rules(
        decompose=add_Scalar_decompose, kind='decompose', origin='rules/pointwise.yaml:12'
    ),
    "aten::sub.Tensor": Rules(
        batch=sub_Tensor_batch,
        jvp=sub_Tensor_jvp,
        vjp=sub_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:13',
    ),
    "aten::sub.Scalar": Rules(
        decompose=sub_Scalar_decompose, kind='decompose', origin='rules/pointwise.yaml:17'
    ),
    "aten::rsub.Tensor": Rules(
        batch=rsub_Tensor_batch,
        jvp=rsub_Tensor_jvp,
        vjp=rsub_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:18',
    ),
    "aten::rsub.Scalar": Rules(
        batch=rsub_Scalar_batch,
        jvp=rsub_Scalar_jvp,
        vjp=rsub_Scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:22',
    ),
    "aten::mul.Tensor": Rules(
        batch=mul_Tensor_batch,
        jvp=mul_Tensor_jvp,
        vjp=mul_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:26',
    ),
    "aten::mul.Scalar": Rules(
        batch=mul_Scalar_batch,
        jvp=mul_Scalar_jvp,
        vjp=mul_Scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:29',
    ),
    "aten::div.Tensor": Rules(
        batch=div_Tensor_batch,
        jvp=div_Tensor_jvp,
        vjp=div_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:32',
    ),
    "aten::div.Scalar": Rules(
        batch=div_Scalar_batch,
        jvp=div_Scalar_jvp,
        vjp=div_Scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:37',
    ),
    "aten::div.Tensor_mode": Rules(
        batch=div_Tensor_mode_batch,
        jvp=div_Tensor_mode_jvp,
        vjp=div_Tensor_mode_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:41',
    ),
    "aten::div.Scalar_mode": Rules(
        batch=div_Scalar_mode_batch,
        jvp=div_Scalar_mode_jvp,
        vjp=div_Scalar_mode_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:51',
    ),
    "aten::floor_divide": Rules(
        batch=floor_divide_batch,
        derivative='zero',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:55',
    ),
    "aten::floor_divide.Scalar": Rules(
        batch=floor_divide_Scalar_batch,
        derivative='zero',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:56',
    ),
    "aten::neg": Rules(
        batch=neg_batch,
        jvp=neg_jvp,
        vjp=neg_vjp,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:57',
    ),
    "aten::reciprocal": Rules(
        batch=reciprocal_batch,
        jvp=reciprocal_jvp,
        vjp=reciprocal_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:60',
    ),
    "aten::square": Rules(
        batch=square_batch,
        jvp=square_jvp,
        vjp=square_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:63',
    ),
    "aten::pow.Tensor_Scalar": Rules(
        batch=pow_Tensor_Scalar_batch,
        jvp=pow_Tensor_Scalar_jvp,
        vjp=pow_Tensor_Scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:66',
    ),
    "aten::pow.Tensor_Tensor": Rules(
        batch=pow_Tensor_Tensor_batch,
        jvp=pow_Tensor_Tensor_jvp,
        vjp=pow_Tensor_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:69',
    ),
    "aten::pow.Scalar": Rules(
        batch=pow_Scalar_batch,
        jvp=pow_Scalar_jvp,
        vjp=pow_Scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:74',
    ),
    "aten::float_power.Tensor_Tensor": Rules(
        decompose=float_power_Tensor_Tensor_decompose, kind='decompose', origin='rules/pointwise.yaml:77'
    ),
    "aten::float_power.Tensor_Scalar": Rules(
        decompose=float_power_Tensor_Scalar_decompose, kind='decompose', origin='rules/pointwise.yaml:78'
    ),
    "aten::float_power.Scalar": Rules(
        decompose=float_power_Scalar_decompose, kind='decompose', origin='rules/pointwise.yaml:79'
    ),
    "aten::remainder.Tensor": Rules(
        batch=remainder_Tensor_batch,
        jvp=remainder_Tensor_jvp,
        vjp=remainder_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:80',
    ),
    "aten::remainder.Scalar": Rules(
        batch=remainder_Scalar_batch,
        jvp=remainder_Scalar_jvp,
        vjp=remainder_Scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:84',
    ),
    "aten::remainder.Scalar_Tensor": Rules(
        batch=remainder_Scalar_Tensor_batch,
        jvp=remainder_Scalar_Tensor_jvp,
        vjp=remainder_Scalar_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:88',
    ),
    "aten::fmod.Tensor": Rules(
        batch=fmod_Tensor_batch,
        jvp=fmod_Tensor_jvp,
        vjp=fmod_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:91',
    ),
    "aten::fmod.Scalar": Rules(
        batch=fmod_Scalar_batch,
        jvp=fmod_Scalar_jvp,
        vjp=fmod_Scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:95',
    ),
    "aten::addcmul": Rules(
        batch=addcmul_batch,
        jvp=addcmul_jvp,
        vjp=addcmul_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:99',
    ),
    "aten::addcdiv": Rules(
        batch=addcdiv_batch,
        jvp=addcdiv_jvp,
        vjp=addcdiv_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:110',
    ),
    "aten::lerp.Scalar": Rules(
        batch=lerp_Scalar_batch,
        jvp=lerp_Scalar_jvp,
        vjp=lerp_Scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:121',
    ),
    "aten::lerp.Tensor": Rules(
        batch=lerp_Tensor_batch,
        jvp=lerp_Tensor_jvp,
        vjp=lerp_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:124',
    ),
    "aten::hypot": Rules(
        batch=hypot_batch,
        jvp=hypot_jvp,
        vjp=hypot_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:127',
    ),
    "aten::ldexp.Tensor": Rules(
        batch=ldexp_Tensor_batch,
        jvp=ldexp_Tensor_jvp,
        vjp=ldexp_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:130',
    ),
    "aten::frexp.Tensor": Rules(
        batch=frexp_Tensor_batch,
        jvp=frexp_Tensor_jvp,
        vjp=frexp_Tensor_vjp,
        nondiff_outputs=(1,),
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:133',
    ),
    "aten::gcd": Rules(
        batch=gcd_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:138',
    ),
    "aten::lcm": Rules(
        batch=lcm_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:139',
    ),
    "aten::sqrt": Rules(
        batch=sqrt_batch,
        jvp=sqrt_jvp,
        vjp=sqrt_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:142',
    ),
    "aten::rsqrt": Rules(
        batch=rsqrt_batch,
        jvp=rsqrt_jvp,
        vjp=rsqrt_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:146',
    ),
    "aten::exp": Rules(
        batch=exp_batch,
        jvp=exp_jvp,
        vjp=exp_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:149',
    ),
    "aten::exp2": Rules(
        batch=exp2_batch,
        jvp=exp2_jvp,
        vjp=exp2_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:152',
    ),
    "aten::expm1": Rules(
        batch=expm1_batch,
        jvp=expm1_jvp,
        vjp=expm1_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:155',
    ),
    "aten::log": Rules(
        batch=log_batch,
        jvp=log_jvp,
        vjp=log_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:158',
    ),
    "aten::log10": Rules(
        batch=log10_batch,
        jvp=log10_jvp,
        vjp=log10_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:162',
    ),
    "aten::log2": Rules(
        batch=log2_batch,
        jvp=log2_jvp,
        vjp=log2_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:166',
    ),
    "aten::log1p": Rules(
        batch=log1p_batch,
        jvp=log1p_jvp,
        vjp=log1p_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:170',
    ),
    "aten::logaddexp": Rules(
        batch=logaddexp_batch,
        jvp=logaddexp_jvp,
        vjp=logaddexp_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:174',
    ),
    "aten::logaddexp2": Rules(
        batch=logaddexp2_batch,
        jvp=logaddexp2_jvp,
        vjp=logaddexp2_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:177',
    ),
    "aten::xlogy.Tensor": Rules(
        batch=xlogy_Tensor_batch,
        jvp=xlogy_Tensor_jvp,
        vjp=xlogy_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:180',
    ),
    "aten::xlogy.Scalar_Other": Rules(
        batch=xlogy_Scalar_Other_batch,
        jvp=xlogy_Scalar_Other_jvp,
        vjp=xlogy_Scalar_Other_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:185',
    ),
    "aten::xlogy.Scalar_Self": Rules(
        batch=xlogy_Scalar_Self_batch,
        jvp=xlogy_Scalar_Self_jvp,
        vjp=xlogy_Scalar_Self_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:190',
    ),
    "aten::special_xlog1py": Rules(
        batch=special_xlog1py_batch,
        jvp=special_xlog1py_jvp,
        vjp=special_xlog1py_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:194',
    ),
    "aten::special_xlog1py.other_scalar": Rules(
        batch=special_xlog1py_other_scalar_batch,
        jvp=special_xlog1py_other_scalar_jvp,
        vjp=special_xlog1py_other_scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:202',
    ),
    "aten::special_xlog1py.self_scalar": Rules(
        batch=special_xlog1py_self_scalar_batch,
        jvp=special_xlog1py_self_scalar_jvp,
        vjp=special_xlog1py_self_scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:207',
    ),
    "aten::special_entr": Rules(
        batch=special_entr_batch,
        jvp=special_entr_jvp,
        vjp=special_entr_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:211',
    ),
    "aten::sin": Rules(
        batch=sin_batch,
        jvp=sin_jvp,
        vjp=sin_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:216',
    ),
    "aten::cos": Rules(
        batch=cos_batch,
        jvp=cos_jvp,
        vjp=cos_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:219',
    ),
    "aten::tan": Rules(
        batch=tan_batch,
        jvp=tan_jvp,
        vjp=tan_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:222',
    ),
    "aten::asin": Rules(
        batch=asin_batch,
        jvp=asin_jvp,
        vjp=asin_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:225',
    ),
    "aten::acos": Rules(
        batch=acos_batch,
        jvp=acos_jvp,
        vjp=acos_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:228',
    ),
    "aten::atan": Rules(
        batch=atan_batch,
        jvp=atan_jvp,
        vjp=atan_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:231',
    ),
    "aten::atan2": Rules(
        batch=atan2_batch,
        jvp=atan2_jvp,
        vjp=atan2_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:234',
    ),
    "aten::sinh": Rules(
        batch=sinh_batch,
        jvp=sinh_jvp,
        vjp=sinh_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:240',
    ),
    "aten::cosh": Rules(
        batch=cosh_batch,
        jvp=cosh_jvp,
        vjp=cosh_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:243',
    ),
    "aten::tanh": Rules(
        batch=tanh_batch,
        jvp=tanh_jvp,
        vjp=tanh_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:246',
    ),
    "aten::tanh_backward": Rules(
        batch=tanh_backward_batch,
        jvp=tanh_backward_jvp,
        vjp=tanh_backward_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:250',
    ),
    "aten::asinh": Rules(
        batch=asinh_batch,
        jvp=asinh_jvp,
        vjp=asinh_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:259',
    ),
    "aten::acosh": Rules(
        batch=acosh_batch,
        jvp=acosh_jvp,
        vjp=acosh_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:262',
    ),
    "aten::atanh": Rules(
        batch=atanh_batch,
        jvp=atanh_jvp,
        vjp=atanh_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:265',
    ),
    "aten::sinc": Rules(
        batch=sinc_batch,
        jvp=sinc_jvp,
        vjp=sinc_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:268',
    ),
    "aten::deg2rad": Rules(
        batch=deg2rad_batch,
        jvp=deg2rad_jvp,
        vjp=deg2rad_vjp,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:271',
    ),
    "aten::rad2deg": Rules(
        batch=rad2deg_batch,
        jvp=rad2deg_jvp,
        vjp=rad2deg_vjp,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:274',
    ),
    "aten::ceil": Rules(
        batch=ceil_batch,
        derivative='zero',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:279',
    ),
    "aten::floor": Rules(
        batch=floor_batch,
        derivative='zero',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:280',
    ),
    "aten::round": Rules(
        batch=round_batch,
        derivative='zero',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:281',
    ),
    "aten::round.decimals": Rules(
        batch=round_decimals_batch,
        derivative='zero',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:282',
    ),
    "aten::trunc": Rules(
        batch=trunc_batch,
        derivative='zero',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:283',
    ),
    "aten::sign": Rules(
        batch=sign_batch,
        derivative='zero',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:284',
    ),
    "aten::signbit": Rules(
        batch=signbit_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:285',
    ),
    "aten::frac": Rules(
        batch=frac_batch,
        jvp=frac_jvp,
        vjp=frac_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:286',
    ),
    "aten::abs": Rules(
        batch=abs_batch,
        jvp=abs_jvp,
        vjp=abs_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:290',
    ),
    "aten::sgn": Rules(
        batch=sgn_batch,
        jvp=sgn_jvp,
        vjp=sgn_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:294',
    ),
    "aten::angle": Rules(
        batch=angle_batch,
        jvp=angle_jvp,
        vjp=angle_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:298',
    ),
    "aten::copysign.Tensor": Rules(
        batch=copysign_Tensor_batch,
        jvp=copysign_Tensor_jvp,
        vjp=copysign_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:302',
    ),
    "aten::copysign.Scalar": Rules(
        batch=copysign_Scalar_batch,
        jvp=copysign_Scalar_jvp,
        vjp=copysign_Scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:306',
    ),
    "aten::heaviside": Rules(
        batch=heaviside_batch,
        jvp=heaviside_jvp,
        vjp=heaviside_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:309',
    ),
    "aten::nextafter": Rules(
        batch=nextafter_batch,
        jvp=nextafter_jvp,
        vjp=nextafter_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:313',
    ),
    "aten::nan_to_num": Rules(
        batch=nan_to_num_batch,
        jvp=nan_to_num_jvp,
        vjp=nan_to_num_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:317',
    ),
    "aten::maximum": Rules(
        batch=maximum_batch,
        jvp=maximum_jvp,
        vjp=maximum_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:322',
    ),
    "aten::minimum": Rules(
        batch=minimum_batch,
        jvp=minimum_jvp,
        vjp=minimum_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:329',
    ),
    "aten::max.other": Rules(
        decompose=max_other_decompose, kind='decompose', origin='rules/pointwise.yaml:336'
    ),
    "aten::min.other": Rules(
        decompose=min_other_decompose, kind='decompose', origin='rules/pointwise.yaml:337'
    ),
    "aten::fmax": Rules(
        batch=fmax_batch,
        jvp=fmax_jvp,
        vjp=fmax_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:338',
    ),
    "aten::fmin": Rules(
        batch=fmin_batch,
        jvp=fmin_jvp,
        vjp=fmin_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:343',
    ),
    "aten::clamp": Rules(
        batch=clamp_batch,
        jvp=clamp_jvp,
        vjp=clamp_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:348',
    ),
    "aten::clamp.Tensor": Rules(
        batch=clamp_Tensor_batch,
        jvp=clamp_Tensor_jvp,
        vjp=clamp_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:352',
    ),
    "aten::clamp_min": Rules(
        batch=clamp_min_batch,
        jvp=clamp_min_jvp,
        vjp=clamp_min_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:363',
    ),
    "aten::clamp_min.Tensor": Rules(
        batch=clamp_min_Tensor_batch,
        jvp=clamp_min_Tensor_jvp,
        vjp=clamp_min_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:367',
    ),
    "aten::clamp_max": Rules(
        batch=clamp_max_batch,
        jvp=clamp_max_jvp,
        vjp=clamp_max_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:371',
    ),
    "aten::clamp_max.Tensor": Rules(
        batch=clamp_max_Tensor_batch,
        jvp=clamp_max_Tensor_jvp,
        vjp=clamp_max_Tensor_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:375',
    ),
    "aten::clip": Rules(decompose=clip_decompose, kind='decompose', origin='rules/pointwise.yaml:379'),
    "aten::clip.Tensor": Rules(
        decompose=clip_Tensor_decompose, kind='decompose', origin='rules/pointwise.yaml:383'
    ),
    "aten::eq.Tensor": Rules(
        batch=eq_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:389',
    ),
    "aten::eq.Scalar": Rules(
        batch=eq_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:390',
    ),
    "aten::ne.Tensor": Rules(
        batch=ne_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:391',
    ),
    "aten::ne.Scalar": Rules(
        batch=ne_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:392',
    ),
    "aten::lt.Tensor": Rules(
        batch=lt_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:393',
    ),
    "aten::lt.Scalar": Rules(
        batch=lt_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:394',
    ),
    "aten::le.Tensor": Rules(
        batch=le_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:395',
    ),
    "aten::le.Scalar": Rules(
        batch=le_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:396',
    ),
    "aten::gt.Tensor": Rules(
        batch=gt_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:397',
    ),
    "aten::gt.Scalar": Rules(
        batch=gt_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:398',
    ),
    "aten::ge.Tensor": Rules(
        batch=ge_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:399',
    ),
    "aten::ge.Scalar": Rules(
        batch=ge_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:400',
    ),
    "aten::isclose": Rules(decompose=isclose, kind='decompose', origin='rules/pointwise.yaml:401'),
    "aten::isfinite": Rules(
        batch=isfinite_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:402',
    ),
    "aten::isinf": Rules(
        batch=isinf_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:403',
    ),
    "aten::isnan": Rules(
        batch=isnan_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:404',
    ),
    "aten::isneginf": Rules(
        batch=isneginf_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:405',
    ),
    "aten::isposinf": Rules(
        batch=isposinf_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:406',
    ),
    "aten::isreal": Rules(
        batch=isreal_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:407',
    ),
    "aten::logical_and": Rules(
        batch=logical_and_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:408',
    ),
    "aten::logical_not": Rules(
        batch=logical_not_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:409',
    ),
    "aten::logical_or": Rules(
        batch=logical_or_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:410',
    ),
    "aten::logical_xor": Rules(
        batch=logical_xor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:411',
    ),
    "aten::bitwise_not": Rules(
        batch=bitwise_not_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:412',
    ),
    "aten::bitwise_and.Tensor": Rules(
        batch=bitwise_and_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:413',
    ),
    "aten::bitwise_and.Scalar": Rules(
        batch=bitwise_and_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:414',
    ),
    "aten::bitwise_and.Scalar_Tensor": Rules(
        batch=bitwise_and_Scalar_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:415',
    ),
    "aten::bitwise_or.Tensor": Rules(
        batch=bitwise_or_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:416',
    ),
    "aten::bitwise_or.Scalar": Rules(
        batch=bitwise_or_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:417',
    ),
    "aten::bitwise_or.Scalar_Tensor": Rules(
        batch=bitwise_or_Scalar_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:418',
    ),
    "aten::bitwise_xor.Tensor": Rules(
        batch=bitwise_xor_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:419',
    ),
    "aten::bitwise_xor.Scalar": Rules(
        batch=bitwise_xor_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:420',
    ),
    "aten::bitwise_xor.Scalar_Tensor": Rules(
        batch=bitwise_xor_Scalar_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:421',
    ),
    "aten::bitwise_left_shift.Tensor": Rules(
        batch=bitwise_left_shift_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:422',
    ),
    "aten::bitwise_left_shift.Tensor_Scalar": Rules(
        batch=bitwise_left_shift_Tensor_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:423',
    ),
    "aten::bitwise_left_shift.Scalar_Tensor": Rules(
        batch=bitwise_left_shift_Scalar_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:424',
    ),
    "aten::bitwise_right_shift.Tensor": Rules(
        batch=bitwise_right_shift_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:425',
    ),
    "aten::bitwise_right_shift.Tensor_Scalar": Rules(
        batch=bitwise_right_shift_Tensor_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:426',
    ),
    "aten::bitwise_right_shift.Scalar_Tensor": Rules(
        batch=bitwise_right_shift_Scalar_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:427',
    ),
    "aten::__and__.Tensor": Rules(
        batch=__and___Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:428',
    ),
    "aten::__and__.Scalar": Rules(
        batch=__and___Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:432',
    ),
    "aten::__or__.Tensor": Rules(
        batch=__or___Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:436',
    ),
    "aten::__or__.Scalar": Rules(
        batch=__or___Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:440',
    ),
    "aten::__xor__.Tensor": Rules(
        batch=__xor___Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:444',
    ),
    "aten::__xor__.Scalar": Rules(
        batch=__xor___Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:445',
    ),
    "aten::__lshift__.Tensor": Rules(
        batch=__lshift___Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:446',
    ),
    "aten::__lshift__.Scalar": Rules(
        batch=__lshift___Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:447',
    ),
    "aten::__rshift__.Tensor": Rules(
        batch=__rshift___Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:448',
    ),
    "aten::__rshift__.Scalar": Rules(
        batch=__rshift___Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:449',
    ),
    "aten::where.self": Rules(
        batch=where_self_batch,
        jvp=where_self_jvp,
        vjp=where_self_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:452',
    ),
    "aten::where.ScalarOther": Rules(
        batch=where_ScalarOther_batch,
        jvp=where_ScalarOther_jvp,
        vjp=where_ScalarOther_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:457',
    ),
    "aten::where.ScalarSelf": Rules(
        batch=where_ScalarSelf_batch,
        jvp=where_ScalarSelf_jvp,
        vjp=where_ScalarSelf_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:463',
    ),
    "aten::where.Scalar": Rules(
        batch=where_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:469',
    ),
    "aten::masked_fill.Scalar": Rules(
        batch=masked_fill_Scalar_batch,
        jvp=masked_fill_Scalar_jvp,
        vjp=masked_fill_Scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:473',
    ),
    "aten::masked_fill.Tensor": Rules(
        jvp=masked_fill_Tensor_jvp,
        vjp=masked_fill_Tensor_vjp,
        decompose=masked_fill_Tensor_decompose,
        kind='decompose',
        form='formulas',
        origin='rules/pointwise.yaml:478',
    ),
    "aten::fill.Scalar": Rules(
        decompose=fill_Scalar_decompose, kind='decompose', origin='rules/pointwise.yaml:483'
    ),
    "aten::fill.Tensor": Rules(
        decompose=fill_Tensor_decompose, kind='decompose', origin='rules/pointwise.yaml:484'
    ),
    "aten::zero": Rules(decompose=zero_decompose, kind='decompose', origin='rules/pointwise.yaml:485'),
    "aten::relu": Rules(
        batch=relu_batch,
        jvp=relu_jvp,
        vjp=relu_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:488',
    ),
    "aten::relu6": Rules(decompose=relu6_decompose, kind='decompose', origin='rules/pointwise.yaml:492'),
    "aten::threshold": Rules(
        batch=threshold_batch,
        jvp=threshold_jvp,
        vjp=threshold_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:493',
    ),
    "aten::threshold_backward": Rules(
        batch=threshold_backward_batch,
        jvp=threshold_backward_jvp,
        vjp=threshold_backward_vjp,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:497',
    ),
    "aten::sigmoid": Rules(
        batch=sigmoid_batch,
        jvp=sigmoid_jvp,
        vjp=sigmoid_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:501',
    ),
    "aten::sigmoid_backward": Rules(
        batch=sigmoid_backward_batch,
        jvp=sigmoid_backward_jvp,
        vjp=sigmoid_backward_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:505',
    ),
    "aten::log_sigmoid": Rules(
        batch=log_sigmoid_batch,
        jvp=log_sigmoid_jvp,
        vjp=log_sigmoid_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:514',
    ),
    "aten::log_sigmoid_forward": Rules(
        batch=oplift_rules_pointwise.log_sigmoid_forward_batch,
        jvp=log_sigmoid_forward_jvp,
        vjp=log_sigmoid_forward_vjp,
        nondiff_outputs=(1,),
        kind='python',
        form='formulas',
        origin='rules/pointwise.yaml:517',
    ),
    "aten::log_sigmoid_backward": Rules(
        batch=oplift_rules_pointwise.log_sigmoid_backward_batch,
        jvp=log_sigmoid_backward_jvp,
        vjp=log_sigmoid_backward_vjp,
        kind='python',
        form='formulas',
        origin='rules/pointwise.yaml:522',
    ),
    "aten::softplus": Rules(
        batch=softplus_batch,
        jvp=softplus_jvp,
        vjp=softplus_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:529',
    ),
    "aten::softplus_backward": Rules(
        batch=softplus_backward_batch,
        jvp=softplus_backward_jvp,
        vjp=softplus_backward_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:533',
    ),
    "aten::gelu": Rules(
        batch=gelu_batch,
        jvp=gelu_jvp,
        vjp=gelu_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:541',
    ),
    "aten::gelu_backward": Rules(
        batch=oplift_rules_pointwise.gelu_backward_batch,
        jvp=gelu_backward_jvp,
        vjp=gelu_backward_vjp,
        kind='python',
        form='formulas',
        origin='rules/pointwise.yaml:545',
    ),
    "aten::silu": Rules(
        batch=silu_batch,
        jvp=silu_jvp,
        vjp=silu_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:553',
    ),
    "aten::silu_backward": Rules(
        batch=silu_backward_batch,
        jvp=silu_backward_jvp,
        vjp=silu_backward_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:557',
    ),
    "aten::mish": Rules(
        batch=mish_batch,
        jvp=mish_jvp,
        vjp=mish_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:562',
    ),
    "aten::mish_backward": Rules(
        batch=mish_backward_batch,
        jvp=mish_backward_jvp,
        vjp=mish_backward_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:566',
    ),
    "aten::elu": Rules(
        batch=elu_batch,
        jvp=elu_jvp,
        vjp=elu_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:570',
    ),
    "aten::celu": Rules(
        batch=celu_batch,
        jvp=celu_jvp,
        vjp=celu_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:574',
    ),
    "aten::selu": Rules(decompose=selu_decompose, kind='decompose', origin='rules/pointwise.yaml:578'),
    "aten::elu_backward": Rules(
        batch=elu_backward_batch,
        jvp=elu_backward_jvp,
        vjp=elu_backward_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:579',
    ),
    "aten::hardtanh": Rules(
        batch=hardtanh_batch,
        jvp=hardtanh_jvp,
        vjp=hardtanh_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:589',
    ),
    "aten::hardtanh_backward": Rules(
        batch=hardtanh_backward_batch,
        jvp=hardtanh_backward_jvp,
        vjp=hardtanh_backward_vjp,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:593',
    ),
    "aten::hardsigmoid": Rules(
        batch=hardsigmoid_batch,
        jvp=hardsigmoid_jvp,
        vjp=hardsigmoid_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:597',
    ),
    "aten::hardsigmoid_backward": Rules(
        batch=hardsigmoid_backward_batch,
        jvp=hardsigmoid_backward_jvp,
        vjp=hardsigmoid_backward_vjp,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:601',
    ),
    "aten::hardswish": Rules(
        batch=hardswish_batch,
        jvp=hardswish_jvp,
        vjp=hardswish_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:605',
    ),
    "aten::hardswish_backward": Rules(
        batch=hardswish_backward_batch,
        jvp=hardswish_backward_jvp,
        vjp=hardswish_backward_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:609',
    ),
    "aten::leaky_relu": Rules(
        batch=leaky_relu_batch,
        jvp=leaky_relu_jvp,
        vjp=leaky_relu_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:618',
    ),
    "aten::leaky_relu_backward": Rules(
        batch=leaky_relu_backward_batch,
        jvp=leaky_relu_backward_jvp,
        vjp=leaky_relu_backward_vjp,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:622',
    ),
    "aten::hardshrink": Rules(
        batch=hardshrink_batch,
        jvp=hardshrink_jvp,
        vjp=hardshrink_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:626',
    ),
    "aten::hardshrink_backward": Rules(
        batch=hardshrink_backward_batch,
        jvp=hardshrink_backward_jvp,
        vjp=hardshrink_backward_vjp,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:630',
    ),
    "aten::softshrink": Rules(
        batch=softshrink_batch,
        jvp=softshrink_jvp,
        vjp=softshrink_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:634',
    ),
    "aten::softshrink_backward": Rules(
        batch=softshrink_backward_batch,
        jvp=softshrink_backward_jvp,
        vjp=softshrink_backward_vjp,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:638',
    ),
    "aten::native_dropout_backward": Rules(
        batch=native_dropout_backward_batch,
        jvp=native_dropout_backward_jvp,
        vjp=native_dropout_backward_vjp,
        pointwise=True,
        kind='pointwise',
        form='multilinear',
        origin='rules/pointwise.yaml:642',
    ),
    "aten::erf": Rules(
        batch=erf_batch,
        jvp=erf_jvp,
        vjp=erf_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:647',
    ),
    "aten::erfc": Rules(
        batch=erfc_batch,
        jvp=erfc_jvp,
        vjp=erfc_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:650',
    ),
    "aten::erfinv": Rules(
        batch=erfinv_batch,
        jvp=erfinv_jvp,
        vjp=erfinv_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:653',
    ),
    "aten::special_erfcx": Rules(
        batch=special_erfcx_batch,
        jvp=special_erfcx_jvp,
        vjp=special_erfcx_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:656',
    ),
    "aten::special_ndtri": Rules(
        batch=special_ndtri_batch,
        jvp=special_ndtri_jvp,
        vjp=special_ndtri_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:659',
    ),
    "aten::special_log_ndtr": Rules(
        batch=special_log_ndtr_batch,
        jvp=special_log_ndtr_jvp,
        vjp=special_log_ndtr_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:662',
    ),
    "aten::logit": Rules(
        batch=logit_batch,
        jvp=logit_jvp,
        vjp=logit_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:665',
    ),
    "aten::logit_backward": Rules(
        batch=logit_backward_batch,
        decompose=logit_backward_decompose,
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:668',
    ),
    "aten::lgamma": Rules(
        batch=lgamma_batch,
        jvp=lgamma_jvp,
        vjp=lgamma_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:671',
    ),
    "aten::digamma": Rules(
        batch=digamma_batch,
        jvp=digamma_jvp,
        vjp=digamma_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:674',
    ),
    "aten::polygamma": Rules(
        batch=polygamma_batch,
        jvp=polygamma_jvp,
        vjp=polygamma_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:677',
    ),
    "aten::mvlgamma": Rules(
        batch=mvlgamma_batch,
        jvp=mvlgamma_jvp,
        vjp=mvlgamma_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:680',
    ),
    "aten::igamma": Rules(
        batch=igamma_batch,
        jvp=igamma_jvp,
        vjp=igamma_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:683',
    ),
    "aten::igammac": Rules(
        batch=igammac_batch,
        jvp=igammac_jvp,
        vjp=igammac_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:686',
    ),
    "aten::special_zeta": Rules(
        batch=special_zeta_batch,
        jvp=special_zeta_jvp,
        vjp=special_zeta_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:689',
    ),
    "aten::special_zeta.self_scalar": Rules(
        batch=special_zeta_self_scalar_batch,
        jvp=special_zeta_self_scalar_jvp,
        vjp=special_zeta_self_scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:692',
    ),
    "aten::special_zeta.other_scalar": Rules(
        batch=special_zeta_other_scalar_batch,
        derivative='the derivative of zeta in its first argument is not known in closed form',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:695',
    ),
    "aten::i0": Rules(
        batch=i0_batch,
        jvp=i0_jvp,
        vjp=i0_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:698',
    ),
    "aten::special_i0e": Rules(
        batch=special_i0e_batch,
        jvp=special_i0e_jvp,
        vjp=special_i0e_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:701',
    ),
    "aten::special_i1": Rules(
        batch=special_i1_batch,
        jvp=special_i1_jvp,
        vjp=special_i1_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:704',
    ),
    "aten::special_i1e": Rules(
        batch=special_i1e_batch,
        jvp=special_i1e_jvp,
        vjp=special_i1e_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:707',
    ),
    "aten::special_bessel_j0": Rules(
        batch=special_bessel_j0_batch,
        jvp=special_bessel_j0_jvp,
        vjp=special_bessel_j0_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:711',
    ),
    "aten::special_bessel_j1": Rules(
        batch=special_bessel_j1_batch,
        jvp=special_bessel_j1_jvp,
        vjp=special_bessel_j1_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:715',
    ),
    "aten::special_bessel_y0": Rules(
        batch=special_bessel_y0_batch,
        jvp=special_bessel_y0_jvp,
        vjp=special_bessel_y0_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:719',
    ),
    "aten::special_bessel_y1": Rules(
        batch=special_bessel_y1_batch,
        jvp=special_bessel_y1_jvp,
        vjp=special_bessel_y1_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:723',
    ),
    "aten::special_modified_bessel_i0": Rules(
        batch=special_modified_bessel_i0_batch,
        jvp=special_modified_bessel_i0_jvp,
        vjp=special_modified_bessel_i0_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:727',
    ),
    "aten::special_modified_bessel_i1": Rules(
        batch=special_modified_bessel_i1_batch,
        jvp=special_modified_bessel_i1_jvp,
        vjp=special_modified_bessel_i1_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:730',
    ),
    "aten::special_modified_bessel_k0": Rules(
        batch=special_modified_bessel_k0_batch,
        jvp=special_modified_bessel_k0_jvp,
        vjp=special_modified_bessel_k0_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:733',
    ),
    "aten::special_modified_bessel_k1": Rules(
        batch=special_modified_bessel_k1_batch,
        jvp=special_modified_bessel_k1_jvp,
        vjp=special_modified_bessel_k1_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:736',
    ),
    "aten::special_scaled_modified_bessel_k0": Rules(
        batch=special_scaled_modified_bessel_k0_batch,
        jvp=special_scaled_modified_bessel_k0_jvp,
        vjp=special_scaled_modified_bessel_k0_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:739',
    ),
    "aten::special_scaled_modified_bessel_k1": Rules(
        batch=special_scaled_modified_bessel_k1_batch,
        jvp=special_scaled_modified_bessel_k1_jvp,
        vjp=special_scaled_modified_bessel_k1_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:742',
    ),
    "aten::special_spherical_bessel_j0": Rules(
        batch=special_spherical_bessel_j0_batch,
        jvp=special_spherical_bessel_j0_jvp,
        vjp=special_spherical_bessel_j0_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:745',
    ),
    "aten::special_airy_ai": Rules(
        batch=special_airy_ai_batch,
        derivative='torch has no operator for the derivative of the Airy function',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:748',
    ),
    "aten::special_chebyshev_polynomial_t": Rules(
        batch=special_chebyshev_polynomial_t_batch,
        jvp=special_chebyshev_polynomial_t_jvp,
        vjp=special_chebyshev_polynomial_t_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:753',
    ),
    "aten::special_chebyshev_polynomial_t.n_scalar": Rules(
        batch=special_chebyshev_polynomial_t_n_scalar_batch,
        jvp=special_chebyshev_polynomial_t_n_scalar_jvp,
        vjp=special_chebyshev_polynomial_t_n_scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:757',
    ),
    "aten::special_chebyshev_polynomial_t.x_scalar": Rules(
        batch=special_chebyshev_polynomial_t_x_scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:760',
    ),
    "aten::special_chebyshev_polynomial_u": Rules(
        batch=special_chebyshev_polynomial_u_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:761',
    ),
    "aten::special_chebyshev_polynomial_u.n_scalar": Rules(
        batch=special_chebyshev_polynomial_u_n_scalar_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:764',
    ),
    "aten::special_chebyshev_polynomial_u.x_scalar": Rules(
        batch=special_chebyshev_polynomial_u_x_scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:765',
    ),
    "aten::special_chebyshev_polynomial_v": Rules(
        batch=special_chebyshev_polynomial_v_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:766',
    ),
    "aten::special_chebyshev_polynomial_v.n_scalar": Rules(
        batch=special_chebyshev_polynomial_v_n_scalar_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:767',
    ),
    "aten::special_chebyshev_polynomial_v.x_scalar": Rules(
        batch=special_chebyshev_polynomial_v_x_scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:768',
    ),
    "aten::special_chebyshev_polynomial_w": Rules(
        batch=special_chebyshev_polynomial_w_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:769',
    ),
    "aten::special_chebyshev_polynomial_w.n_scalar": Rules(
        batch=special_chebyshev_polynomial_w_n_scalar_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:770',
    ),
    "aten::special_chebyshev_polynomial_w.x_scalar": Rules(
        batch=special_chebyshev_polynomial_w_x_scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:771',
    ),
    "aten::special_shifted_chebyshev_polynomial_t": Rules(
        batch=special_shifted_chebyshev_polynomial_t_batch,
        jvp=special_shifted_chebyshev_polynomial_t_jvp,
        vjp=special_shifted_chebyshev_polynomial_t_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:772',
    ),
    "aten::special_shifted_chebyshev_polynomial_t.n_scalar": Rules(
        batch=special_shifted_chebyshev_polynomial_t_n_scalar_batch,
        jvp=special_shifted_chebyshev_polynomial_t_n_scalar_jvp,
        vjp=special_shifted_chebyshev_polynomial_t_n_scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:776',
    ),
    "aten::special_shifted_chebyshev_polynomial_t.x_scalar": Rules(
        batch=special_shifted_chebyshev_polynomial_t_x_scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:779',
    ),
    "aten::special_shifted_chebyshev_polynomial_u": Rules(
        batch=special_shifted_chebyshev_polynomial_u_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:780',
    ),
    "aten::special_shifted_chebyshev_polynomial_u.n_scalar": Rules(
        batch=special_shifted_chebyshev_polynomial_u_n_scalar_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:781',
    ),
    "aten::special_shifted_chebyshev_polynomial_u.x_scalar": Rules(
        batch=special_shifted_chebyshev_polynomial_u_x_scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:782',
    ),
    "aten::special_shifted_chebyshev_polynomial_v": Rules(
        batch=special_shifted_chebyshev_polynomial_v_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:783',
    ),
    "aten::special_shifted_chebyshev_polynomial_v.n_scalar": Rules(
        batch=special_shifted_chebyshev_polynomial_v_n_scalar_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:784',
    ),
    "aten::special_shifted_chebyshev_polynomial_v.x_scalar": Rules(
        batch=special_shifted_chebyshev_polynomial_v_x_scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:785',
    ),
    "aten::special_shifted_chebyshev_polynomial_w": Rules(
        batch=special_shifted_chebyshev_polynomial_w_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:786',
    ),
    "aten::special_shifted_chebyshev_polynomial_w.n_scalar": Rules(
        batch=special_shifted_chebyshev_polynomial_w_n_scalar_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:787',
    ),
    "aten::special_shifted_chebyshev_polynomial_w.x_scalar": Rules(
        batch=special_shifted_chebyshev_polynomial_w_x_scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:788',
    ),
    "aten::special_hermite_polynomial_h": Rules(
        batch=special_hermite_polynomial_h_batch,
        jvp=special_hermite_polynomial_h_jvp,
        vjp=special_hermite_polynomial_h_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:789',
    ),
    "aten::special_hermite_polynomial_h.n_scalar": Rules(
        batch=special_hermite_polynomial_h_n_scalar_batch,
        jvp=special_hermite_polynomial_h_n_scalar_jvp,
        vjp=special_hermite_polynomial_h_n_scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:793',
    ),
    "aten::special_hermite_polynomial_h.x_scalar": Rules(
        batch=special_hermite_polynomial_h_x_scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:796',
    ),
    "aten::special_hermite_polynomial_he": Rules(
        batch=special_hermite_polynomial_he_batch,
        jvp=special_hermite_polynomial_he_jvp,
        vjp=special_hermite_polynomial_he_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:797',
    ),
    "aten::special_hermite_polynomial_he.n_scalar": Rules(
        batch=special_hermite_polynomial_he_n_scalar_batch,
        jvp=special_hermite_polynomial_he_n_scalar_jvp,
        vjp=special_hermite_polynomial_he_n_scalar_vjp,
        pointwise=True,
        kind='pointwise',
        form='partials',
        origin='rules/pointwise.yaml:801',
    ),
    "aten::special_hermite_polynomial_he.x_scalar": Rules(
        batch=special_hermite_polynomial_he_x_scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:804',
    ),
    "aten::special_laguerre_polynomial_l": Rules(
        batch=special_laguerre_polynomial_l_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:805',
    ),
    "aten::special_laguerre_polynomial_l.n_scalar": Rules(
        batch=special_laguerre_polynomial_l_n_scalar_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:806',
    ),
    "aten::special_laguerre_polynomial_l.x_scalar": Rules(
        batch=special_laguerre_polynomial_l_x_scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:807',
    ),
    "aten::special_legendre_polynomial_p": Rules(
        batch=special_legendre_polynomial_p_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:808',
    ),
    "aten::special_legendre_polynomial_p.n_scalar": Rules(
        batch=special_legendre_polynomial_p_n_scalar_batch,
        derivative='the derivative of this polynomial is not declared',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:809',
    ),
    "aten::special_legendre_polynomial_p.x_scalar": Rules(
        batch=special_legendre_polynomial_p_x_scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:810',
    ),
    "aten::complex": Rules(
        batch=complex_batch,
        jvp=complex_jvp,
        vjp=complex_vjp,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:813',
    ),
    "aten::polar": Rules(
        batch=polar_batch,
        jvp=polar_jvp,
        vjp=polar_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:816',
    ),
    "aten::real": Rules(
        batch=real_batch,
        jvp=real_jvp,
        vjp=real_vjp,
        inverse=real_inverse,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:821',
    ),
    "aten::imag": Rules(
        batch=imag_batch,
        jvp=imag_jvp,
        vjp=imag_vjp,
        inverse=imag_inverse,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:826',
    ),
    "aten::view_as_real": Rules(
        batch=view_as_real_batch,
        jvp=view_as_real_jvp,
        vjp=view_as_real_vjp,
        inverse=view_as_real_inverse,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:831',
    ),
    "aten::view_as_complex": Rules(
        batch=view_as_complex_batch,
        jvp=view_as_complex_jvp,
        vjp=view_as_complex_vjp,
        inverse=view_as_complex_inverse,
        kind='cases',
        form='formulas',
        origin='rules/pointwise.yaml:836',
    ),
    "aten::_conj": Rules(
        batch=_conj_batch,
        jvp=_conj_jvp,
        vjp=_conj_vjp,
        inverse=_conj_inverse,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:841',
    ),
    "aten::conj": Rules(
        batch=conj_batch,
        jvp=conj_jvp,
        vjp=conj_vjp,
        inverse=conj_inverse,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:845',
    ),
    "aten::_conj_physical": Rules(
        batch=_conj_physical_batch,
        jvp=_conj_physical_jvp,
        vjp=_conj_physical_vjp,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:849',
    ),
    "aten::conj_physical": Rules(
        batch=conj_physical_batch,
        jvp=conj_physical_jvp,
        vjp=conj_physical_vjp,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:852',
    ),
    "aten::resolve_conj": Rules(
        batch=resolve_conj_batch,
        jvp=resolve_conj_jvp,
        vjp=resolve_conj_vjp,
        inverse=resolve_conj_inverse,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:855',
    ),
    "aten::_neg_view": Rules(
        batch=_neg_view_batch,
        jvp=_neg_view_jvp,
        vjp=_neg_view_vjp,
        inverse=_neg_view_inverse,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:859',
    ),
    "aten::resolve_neg": Rules(
        batch=resolve_neg_batch,
        jvp=resolve_neg_jvp,
        vjp=resolve_neg_vjp,
        inverse=resolve_neg_inverse,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:864',
    ),
    "aten::_conj_copy": Rules(
        decompose=_conj_copy_decompose, kind='decompose', origin='rules/pointwise.yaml:868'
    ),
    "aten::_neg_view_copy": Rules(
        decompose=_neg_view_copy_decompose, kind='decompose', origin='rules/pointwise.yaml:872'
    ),
    "aten::view_as_real_copy": Rules(
        decompose=view_as_real_copy_decompose, kind='decompose', origin='rules/pointwise.yaml:876'
    ),
    "aten::view_as_complex_copy": Rules(
        decompose=view_as_complex_copy_decompose, kind='decompose', origin='rules/pointwise.yaml:880'
    ),
    "aten::clone": Rules(
        batch=clone_batch,
        jvp=clone_jvp,
        vjp=clone_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:886',
    ),
    "aten::_lazy_clone": Rules(
        batch=_lazy_clone_batch,
        jvp=_lazy_clone_jvp,
        vjp=_lazy_clone_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:890',
    ),
    "aten::_to_copy": Rules(
        batch=_to_copy_batch,
        jvp=_to_copy_jvp,
        vjp=_to_copy_vjp,
        pointwise=True,
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:895',
    ),
    "aten::to.dtype": Rules(decompose=to_dtype, kind='decompose', origin='rules/pointwise.yaml:899'),
    "aten::to.device": Rules(decompose=to_device, kind='decompose', origin='rules/pointwise.yaml:900'),
    "aten::to.other": Rules(decompose=to_other, kind='decompose', origin='rules/pointwise.yaml:901'),
    "aten::to.dtype_layout": Rules(
        decompose=to_dtype_layout, kind='decompose', origin='rules/pointwise.yaml:902'
    ),
    "aten::type_as": Rules(decompose=to_other, kind='decompose', origin='rules/pointwise.yaml:903'),
    "aten::copy": Rules(decompose=copy_decompose, kind='decompose', origin='rules/pointwise.yaml:904'),
    "aten::alias": Rules(
        batch=alias_batch,
        jvp=alias_jvp,
        vjp=alias_vjp,
        inverse=alias_inverse,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:907',
    ),
    "aten::alias_copy": Rules(
        batch=alias_copy_batch,
        jvp=alias_copy_jvp,
        vjp=alias_copy_vjp,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:911',
    ),
    "aten::positive": Rules(
        batch=positive_batch,
        jvp=positive_jvp,
        vjp=positive_vjp,
        inverse=positive_inverse,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:914',
    ),
    "aten::lift": Rules(
        batch=lift_batch,
        jvp=lift_jvp,
        vjp=lift_vjp,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:918',
    ),
    "aten::lift_fresh": Rules(
        batch=lift_fresh_batch,
        jvp=lift_fresh_jvp,
        vjp=lift_fresh_vjp,
        inverse=lift_fresh_inverse,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:921',
    ),
    "aten::lift_fresh_copy": Rules(
        batch=lift_fresh_copy_batch,
        jvp=lift_fresh_copy_jvp,
        vjp=lift_fresh_copy_vjp,
        pointwise=True,
        kind='pointwise',
        form='linear',
        origin='rules/pointwise.yaml:925',
    ),
    "aten::detach": Rules(
        batch=detach_batch,
        inverse=detach_inverse,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:928',
    ),
    "aten::detach_copy": Rules(
        batch=detach_copy_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:932',
    ),
    "aten::absolute": Rules(
        decompose=absolute_decompose, kind='decompose', origin='rules/pointwise.yaml:935'
    ),
    "aten::negative": Rules(
        decompose=negative_decompose, kind='decompose', origin='rules/pointwise.yaml:936'
    ),
    "aten::fix": Rules(decompose=fix_decompose, kind='decompose', origin='rules/pointwise.yaml:937'),
    "aten::subtract.Tensor": Rules(
        decompose=subtract_Tensor_decompose, kind='decompose', origin='rules/pointwise.yaml:938'
    ),
    "aten::subtract.Scalar": Rules(
        decompose=subtract_Scalar_decompose, kind='decompose', origin='rules/pointwise.yaml:939'
    ),
    "aten::multiply.Tensor": Rules(
        decompose=multiply_Tensor_decompose, kind='decompose', origin='rules/pointwise.yaml:940'
    ),
    "aten::multiply.Scalar": Rules(
        decompose=multiply_Scalar_decompose, kind='decompose', origin='rules/pointwise.yaml:941'
    ),
    "aten::divide.Tensor": Rules(
        decompose=divide_Tensor_decompose, kind='decompose', origin='rules/pointwise.yaml:942'
    ),
    "aten::divide.Scalar": Rules(
        decompose=divide_Scalar_decompose, kind='decompose', origin='rules/pointwise.yaml:943'
    ),
    "aten::divide.Tensor_mode": Rules(
        decompose=divide_Tensor_mode_decompose, kind='decompose', origin='rules/pointwise.yaml:944'
    ),
    "aten::divide.Scalar_mode": Rules(
        decompose=divide_Scalar_mode_decompose, kind='decompose', origin='rules/pointwise.yaml:945'
    ),
    "aten::true_divide.Tensor": Rules(
        decompose=true_divide_Tensor_decompose, kind='decompose', origin='rules/pointwise.yaml:946'
    ),
    "aten::true_divide.Scalar": Rules(
        decompose=true_divide_Scalar_decompose, kind='decompose', origin='rules/pointwise.yaml:947'
    ),
    "aten::greater.Tensor": Rules(
        batch=greater_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:948',
    ),
    "aten::greater.Scalar": Rules(
        batch=greater_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:949',
    ),
    "aten::greater_equal.Tensor": Rules(
        batch=greater_equal_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:950',
    ),
    "aten::greater_equal.Scalar": Rules(
        batch=greater_equal_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:951',
    ),
    "aten::less.Tensor": Rules(
        batch=less_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:952',
    ),
    "aten::less.Scalar": Rules(
        batch=less_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:953',
    ),
    "aten::less_equal.Tensor": Rules(
        batch=less_equal_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:954',
    ),
    "aten::less_equal.Scalar": Rules(
        batch=less_equal_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:955',
    ),
    "aten::not_equal.Tensor": Rules(
        batch=not_equal_Tensor_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:956',
    ),
    "aten::not_equal.Scalar": Rules(
        batch=not_equal_Scalar_batch,
        derivative='none',
        pointwise=True,
        kind='pointwise',
        origin='rules/pointwise.yaml:957',
    ),
    "aten::special_expit": Rules(
        decompose=special_expit_decompose, kind='decompose', origin='rules/pointwise.yaml:958'
    ),
    "aten::fake_quantize_per_tensor_affine_cachemask": Rules(
        batch=fake_quantize_per_tensor_affine_cachemask_batch,
        jvp=fake_quantize_per_tensor_affine_cachemask_jvp,
        vjp=fake_quantize_per_tensor_affine_cachemask_vjp,
        nondiff_outputs=(1,),
        kind='pointwise',
        form='formulas',
        origin='rules/pointwise.yaml:961',
    ),
    "aten::_fake_quantize_per_tensor_affine_cachemask_tensor_qparams": Rules(
        batch=_fake_quantize_per_tensor_affine_cachemask_tensor_qparams_batch,
        jvp=_fake_quantize_per_tensor_affine_cachemask_tensor_qparams_jvp,
        vjp=_fake_quantize_per_tensor_affine_cachemask_tensor_qparams_vjp,
        nondiff_outputs=(1,),
        kind='leading',
        form='formulas',
        origin='rules/pointwise.yaml:967',
    ),
    "aten::fake_quantize_per_channel_affine_cachemask": Rules(
        batch=fake_quantize_per_channel_affine_cachemask_batch,
        jvp=fake_quantize_per_channel_affine_cachemask_jvp,
        vjp=fake_quantize_per_channel_affine_cachemask_vjp,
        nondiff_outputs=(1,),
        kind='dims',
        form='formulas',
        origin='rules/pointwise.yaml:973',
    ),
}
