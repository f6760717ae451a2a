"""Rules from rules/norm.yaml; do not edit, run `make gen`.

source sha256: 9ebd4de8ef4d81cb65f03deaa319a6dd525c4641874204f69cf7492cb2bfadda
torch: 2.13
"""

from __future__ import annotations

import torch

import oplift.rules.batch_norm as oplift_rules_batch_norm
import oplift.rules.norm as oplift_rules_norm
from oplift.rule import Rules, operator
from oplift.rules.batch_norm import (
    batch_norm,
    batch_norm_backward,
    batch_norm_backward_with_reserve,
    batch_norm_eval_batch,
    batch_norm_no_update,
    batch_norm_pushed,
    batch_norm_training_batch,
    batch_norm_update_batch,
    batch_norm_with_update,
    batch_norm_with_update_in_place,
    cudnn_batch_norm,
    frozen_slopes,
    lone_contiguous,
    native_batch_norm,
    normalised,
    over_channels,
)
from oplift.rules.formulas import plus_product
from oplift.rules.kinds import Deferred, low_rank, redispatch
from oplift.rules.norm import (
    fused_rms_norm,
    group_norm,
    group_norm_backward,
    group_norm_backward_batch,
    layer_norm,
    layer_norm_affine_apart,
    layer_norm_backward,
    layer_norm_backward_batch,
    layer_norm_pushed,
    per_channel,
    rms_norm,
)

_native_batch_norm_legit_functional_op = Deferred(
    globals(), "_native_batch_norm_legit_functional_op", "aten::_native_batch_norm_legit_functional"
)
native_batch_norm_backward_op = Deferred(
    globals(), "native_batch_norm_backward_op", "aten::native_batch_norm_backward"
)
native_layer_norm_backward_op = Deferred(
    globals(), "native_layer_norm_backward_op", "aten::native_layer_norm_backward"
)


# rules/norm.yaml:11 aten::native_layer_norm
def native_layer_norm_batch(batch_size, batched, input, normalized_shape, weight, bias, eps):
    if batched[1] or batched[2]:
        return redispatch(
            operator("aten::native_layer_norm"),
            layer_norm_affine_apart,
            batch_size,
            batched,
            (input, normalized_shape, weight, bias, eps,),
        )
    if batched[0] and input.ndim <= len(normalized_shape):
        low_rank("aten::native_layer_norm", "input", input, len(normalized_shape))
    return torch.native_layer_norm(input, normalized_shape, weight, bias, eps)


def native_layer_norm_jvp(tangents, input, normalized_shape, weight, bias, eps):
    input_t, weight_t, bias_t = tangents
    outputs = torch.native_layer_norm(input, normalized_shape, weight, bias, eps)
    result0, result1, result2 = outputs
    result0_t = None
    if input_t is not None:
        result0_t = layer_norm_pushed(input_t, input, normalized_shape, result1, result2, weight)
    if weight_t is not None:
        if result0_t is None:
            result0_t = torch.native_layer_norm(input, normalized_shape, None, None, eps)[0] * weight_t
        else:
            result0_t = plus_product(
                result0_t, torch.native_layer_norm(input, normalized_shape, None, None, eps)[0], weight_t
            )
    if bias_t is not None:
        term = bias_t
        result0_t = term if result0_t is None else result0_t + term
    return outputs, (result0_t, None, None)


def native_layer_norm_vjp(needs, input, normalized_shape, weight, bias, eps):
    needs_input, needs_weight, needs_bias = needs
    outputs = torch.native_layer_norm(input, normalized_shape, weight, bias, eps)
    result0, result1, result2 = outputs

    def native_layer_norm_pullback(grads):
        grad = grads[0]
        input_ct, weight_ct, bias_ct = native_layer_norm_backward_op(
            grad,
            input,
            normalized_shape,
            result1,
            result2,
            weight,
            bias,
            [needs_input, needs_weight, needs_bias],
        )
        return (input_ct, weight_ct, bias_ct)

    return outputs, native_layer_norm_pullback


# rules/norm.yaml:33 aten::native_group_norm
def native_group_norm_jvp(tangents, input, weight, bias, N, C, HxW, group, eps):
    outputs = torch.native_group_norm(input, weight, bias, N, C, HxW, group, eps)
    result0, result1, result2 = outputs
    tangent = oplift_rules_norm.group_norm_jvp(tangents, outputs, input, weight, bias, N, C, HxW, group, eps)
    return outputs, tangent


def native_group_norm_vjp(needs, input, weight, bias, N, C, HxW, group, eps):
    outputs = torch.native_group_norm(input, weight, bias, N, C, HxW, group, eps)
    result0, result1, result2 = outputs

    def native_group_norm_pullback(grads):
        return oplift_rules_norm.group_norm_vjp(
            needs, grads, outputs, input, weight, bias, N, C, HxW, group, eps
        )

    return outputs, native_group_norm_pullback


# rules/norm.yaml:43 aten::_native_batch_norm_legit.no_stats
def _native_batch_norm_legit_no_stats_jvp(tangents, input, weight, bias, training, momentum, eps):
    input_t, weight_t, bias_t = tangents
    outputs = torch._native_batch_norm_legit(input, weight, bias, training, momentum, eps)
    result0, result1, result2 = outputs
    result0_t = None
    if input_t is not None:
        result0_t = batch_norm_pushed(input_t, input, weight, None, None, result1, result2, training, eps)
    if weight_t is not None:
        if result0_t is None:
            result0_t = normalised(input, None, None, training, eps) * per_channel(weight_t, input.ndim)
        else:
            result0_t = plus_product(
                result0_t, normalised(input, None, None, training, eps), per_channel(weight_t, input.ndim)
            )
    if bias_t is not None:
        term = per_channel(bias_t, input.ndim)
        result0_t = term if result0_t is None else result0_t + term
    return outputs, (result0_t, None, None)


def _native_batch_norm_legit_no_stats_vjp(needs, input, weight, bias, training, momentum, eps):
    needs_input, needs_weight, needs_bias = needs
    outputs = torch._native_batch_norm_legit(input, weight, bias, training, momentum, eps)
    result0, result1, result2 = outputs

    def _native_batch_norm_legit_no_stats_pullback(grads):
        grad = grads[0]
        input_ct, weight_ct, bias_ct = native_batch_norm_backward_op(
            lone_contiguous(grad),
            input,
            weight,
            None,
            None,
            result1,
            result2,
            training,
            eps,
            [needs_input, needs_weight, needs_bias],
        )
        return (input_ct, weight_ct, bias_ct)

    return outputs, _native_batch_norm_legit_no_stats_pullback


# rules/norm.yaml:55 aten::_native_batch_norm_legit_functional
def _native_batch_norm_legit_functional_jvp(
    tangents, input, weight, bias, running_mean, running_var, training, momentum, eps
):
    input_t, weight_t, bias_t, running_mean_t, running_var_t = tangents
    outputs = _native_batch_norm_legit_functional_op(
        input, weight, bias, running_mean, running_var, training, momentum, eps
    )
    result0, result1, result2, running_mean_out, running_var_out = outputs
    if input_t is not None or weight_t is not None or running_mean_t is not None or running_var_t is not None:
        given_mean = None if training else running_mean
    if input_t is not None or weight_t is not None or running_mean_t is not None or running_var_t is not None:
        given_var = None if training else running_var
    result0_t = None
    if input_t is not None:
        result0_t = batch_norm_pushed(
            input_t, input, weight, given_mean, given_var, result1, result2, training, eps
        )
    if weight_t is not None:
        if result0_t is None:
            result0_t = normalised(
                input, given_mean, given_var, training, eps
            ) * per_channel(weight_t, input.ndim)
        else:
            result0_t = plus_product(
                result0_t,
                normalised(input, given_mean, given_var, training, eps),
                per_channel(weight_t, input.ndim),
            )
    if bias_t is not None:
        term = per_channel(bias_t, input.ndim)
        result0_t = term if result0_t is None else result0_t + term
    if running_mean_t is not None:
        if result0_t is None:
            result0_t = frozen_slopes(
                input, weight, given_mean, given_var, eps, training
            )[0] * per_channel(running_mean_t, input.ndim)
        else:
            result0_t = plus_product(
                result0_t,
                frozen_slopes(input, weight, given_mean, given_var, eps, training)[0],
                per_channel(running_mean_t, input.ndim),
            )
    if running_var_t is not None:
        if result0_t is None:
            result0_t = frozen_slopes(
                input, weight, given_mean, given_var, eps, training
            )[1] * per_channel(running_var_t, input.ndim)
        else:
            result0_t = plus_product(
                result0_t,
                frozen_slopes(input, weight, given_mean, given_var, eps, training)[1],
                per_channel(running_var_t, input.ndim),
            )
    return outputs, (result0_t, None, None, None, None)


def _native_batch_norm_legit_functional_vjp(
    needs, input, weight, bias, running_mean, running_var, training, momentum, eps
):
    needs_input, needs_weight, needs_bias, needs_running_mean, needs_running_var = needs
    outputs = _native_batch_norm_legit_functional_op(
        input, weight, bias, running_mean, running_var, training, momentum, eps
    )
    result0, result1, result2, running_mean_out, running_var_out = outputs
    given_mean = None if training else running_mean
    given_var = None if training else running_var
    kept_result1 = result1 if needs_input or needs_weight or needs_bias else None
    kept_result2 = result2 if needs_input or needs_weight or needs_bias else None

    def _native_batch_norm_legit_functional_pullback(grads):
        grad = grads[0]
        input_ct = weight_ct = bias_ct = None
        if needs_input or needs_weight or needs_bias:
            input_ct, weight_ct, bias_ct = native_batch_norm_backward_op(
                lone_contiguous(grad),
                input,
                weight,
                given_mean,
                given_var,
                kept_result1,
                kept_result2,
                training,
                eps,
                [needs_input, needs_weight, needs_bias],
            )
        running_mean_ct = over_channels(
            grad * frozen_slopes(input, weight, given_mean, given_var, eps, training)[0]
        ) if needs_running_mean else None
        running_var_ct = over_channels(
            grad * frozen_slopes(input, weight, given_mean, given_var, eps, training)[1]
        ) if needs_running_var else None
        return (input_ct, weight_ct, bias_ct, running_mean_ct, running_var_ct)

    return outputs, _native_batch_norm_legit_functional_pullback


# rules/norm.yaml:79 aten::_native_batch_norm_legit_no_training
def _native_batch_norm_legit_no_training_jvp(
    tangents, input, weight, bias, running_mean, running_var, momentum, eps
):
    input_t, weight_t, bias_t, running_mean_t, running_var_t = tangents
    outputs = torch._native_batch_norm_legit_no_training(
        input, weight, bias, running_mean, running_var, momentum, eps
    )
    result0, result1, result2 = outputs
    result0_t = None
    if input_t is not None:
        result0_t = batch_norm_pushed(
            input_t, input, weight, running_mean, running_var, result1, result2, False, eps
        )
    if weight_t is not None:
        if result0_t is None:
            result0_t = normalised(
                input, running_mean, running_var, False, eps
            ) * per_channel(weight_t, input.ndim)
        else:
            result0_t = plus_product(
                result0_t,
                normalised(input, running_mean, running_var, False, eps),
                per_channel(weight_t, input.ndim),
            )
    if bias_t is not None:
        term = per_channel(bias_t, input.ndim)
        result0_t = term if result0_t is None else result0_t + term
    if running_mean_t is not None:
        if result0_t is None:
            result0_t = frozen_slopes(
                input, weight, running_mean, running_var, eps
            )[0] * per_channel(running_mean_t, input.ndim)
        else:
            result0_t = plus_product(
                result0_t,
                frozen_slopes(input, weight, running_mean, running_var, eps)[0],
                per_channel(running_mean_t, input.ndim),
            )
    if running_var_t is not None:
        if result0_t is None:
            result0_t = frozen_slopes(
                input, weight, running_mean, running_var, eps
            )[1] * per_channel(running_var_t, input.ndim)
        else:
            result0_t = plus_product(
                result0_t,
                frozen_slopes(input, weight, running_mean, running_var, eps)[1],
                per_channel(running_var_t, input.ndim),
            )
    return outputs, (result0_t, None, None)


def _native_batch_norm_legit_no_training_vjp(
    needs, input, weight, bias, running_mean, running_var, momentum, eps
):
    needs_input, needs_weight, needs_bias, needs_running_mean, needs_running_var = needs
    outputs = torch._native_batch_norm_legit_no_training(
        input, weight, bias, running_mean, running_var, momentum, eps
    )
    result0, result1, result2 = outputs
    kept_result1 = result1 if needs_input or needs_weight or needs_bias else None
    kept_result2 = result2 if needs_input or needs_weight or needs_bias else None

    def _native_batch_norm_legit_no_training_pullback(grads):
        grad = grads[0]
        input_ct = weight_ct = bias_ct = None
        if needs_input or needs_weight or needs_bias:
            input_ct, weight_ct, bias_ct = native_batch_norm_backward_op(
                lone_contiguous(grad),
                input,
                weight,
                running_mean,
                running_var,
                kept_result1,
                kept_result2,
                False,
                eps,
                [needs_input, needs_weight, needs_bias],
            )
        running_mean_ct = over_channels(
            grad * frozen_slopes(input, weight, running_mean, running_var, eps)[0]
        ) if needs_running_mean else None
        running_var_ct = over_channels(
            grad * frozen_slopes(input, weight, running_mean, running_var, eps)[1]
        ) if needs_running_var else None
        return (input_ct, weight_ct, bias_ct, running_mean_ct, running_var_ct)

    return outputs, _native_batch_norm_legit_no_training_pullback


RULES = {
    "aten::layer_norm": Rules(decompose=layer_norm, kind='decompose', origin='rules/norm.yaml:8'),
    "aten::native_layer_norm": Rules(
        batch=native_layer_norm_batch,
        jvp=native_layer_norm_jvp,
        vjp=native_layer_norm_vjp,
        nondiff_outputs=(1, 2),
        kind='leading',
        form='formulas',
        origin='rules/norm.yaml:11',
    ),
    "aten::native_layer_norm_backward": Rules(
        batch=layer_norm_backward_batch,
        decompose=layer_norm_backward,
        kind='python',
        origin='rules/norm.yaml:24',
    ),
    "aten::group_norm": Rules(decompose=group_norm, kind='decompose', origin='rules/norm.yaml:30'),
    "aten::native_group_norm": Rules(
        batch=oplift_rules_norm.group_norm_batch,
        jvp=native_group_norm_jvp,
        vjp=native_group_norm_vjp,
        kind='python',
        form='python',
        origin='rules/norm.yaml:33',
    ),
    "aten::native_group_norm_backward": Rules(
        batch=group_norm_backward_batch,
        decompose=group_norm_backward,
        kind='python',
        origin='rules/norm.yaml:37',
    ),
    "aten::_native_batch_norm_legit.no_stats": Rules(
        batch=batch_norm_training_batch,
        jvp=_native_batch_norm_legit_no_stats_jvp,
        vjp=_native_batch_norm_legit_no_stats_vjp,
        nondiff_outputs=(1, 2),
        kind='python',
        form='formulas',
        origin='rules/norm.yaml:43',
    ),
    "aten::_native_batch_norm_legit_functional": Rules(
        batch=batch_norm_update_batch,
        jvp=_native_batch_norm_legit_functional_jvp,
        vjp=_native_batch_norm_legit_functional_vjp,
        nondiff_outputs=(1, 2, 3, 4),
        kind='python',
        form='formulas',
        origin='rules/norm.yaml:55',
    ),
    "aten::_native_batch_norm_legit_no_training": Rules(
        batch=batch_norm_eval_batch,
        jvp=_native_batch_norm_legit_no_training_jvp,
        vjp=_native_batch_norm_legit_no_training_vjp,
        nondiff_outputs=(1, 2),
        kind='python',
        form='formulas',
        origin='rules/norm.yaml:79',
    ),
    "aten::native_batch_norm_backward": Rules(
        batch=oplift_rules_batch_norm.batch_norm_backward_batch,
        decompose=batch_norm_backward,
        kind='python',
        origin='rules/norm.yaml:97',
    ),
    "aten::batch_norm": Rules(
        decompose=batch_norm,
        mutates=('running_mean', 'running_var'),
        kind='decompose',
        origin='rules/norm.yaml:100',
    ),
    "aten::native_batch_norm": Rules(
        decompose=native_batch_norm,
        nondiff_outputs=(1, 2),
        mutates=('running_mean', 'running_var'),
        kind='decompose',
        origin='rules/norm.yaml:104',
    ),
    "aten::_native_batch_norm_legit": Rules(
        decompose=native_batch_norm, nondiff_outputs=(1, 2), kind='decompose', origin='rules/norm.yaml:109'
    ),
    "aten::_batch_norm_with_update": Rules(
        decompose=batch_norm_with_update_in_place,
        nondiff_outputs=(1, 2),
        kind='decompose',
        origin='rules/norm.yaml:113',
    ),
    "aten::cudnn_batch_norm": Rules(
        decompose=cudnn_batch_norm,
        nondiff_outputs=(1, 2),
        mutates=('running_mean', 'running_var'),
        kind='decompose',
        origin='rules/norm.yaml:117',
    ),
    "aten::_batch_norm_with_update_functional": Rules(
        decompose=batch_norm_with_update,
        nondiff_outputs=(1, 2, 4, 5),
        kind='decompose',
        origin='rules/norm.yaml:122',
    ),
    "aten::_batch_norm_no_update": Rules(
        decompose=batch_norm_no_update, nondiff_outputs=(1, 2), kind='decompose', origin='rules/norm.yaml:126'
    ),
    "aten::batch_norm_backward": Rules(
        decompose=batch_norm_backward_with_reserve, kind='decompose', origin='rules/norm.yaml:130'
    ),
    "aten::rms_norm": Rules(decompose=rms_norm, kind='decompose', origin='rules/norm.yaml:136'),
    "aten::_fused_rms_norm": Rules(decompose=fused_rms_norm, kind='decompose', origin='rules/norm.yaml:139'),
}
