"""Rules from rules/conv.yaml; do not edit, run `make gen`.

source sha256: f3ea559d487f06b8b4ade1993143f59e38ddb68e3f471cb465c53ac2e8580dde
torch: 2.13
"""

from __future__ import annotations

import torch

import oplift.rules.conv as oplift_rules_conv
from oplift.rule import Rules
from oplift.rules.conv import bias_like, conv, conv_tbc, conv_transpose
from oplift.rules.formulas import sizes_or_none
from oplift.rules.kinds import Deferred

convolution_backward_op = Deferred(globals(), "convolution_backward_op", "aten::convolution_backward")


# rules/conv.yaml:5 aten::convolution
def convolution_jvp(
    tangents, input, weight, bias, stride, padding, dilation, transposed, output_padding, groups
):
    input_t, weight_t, bias_t = tangents
    result = torch.convolution(
        input, weight, bias, stride, padding, dilation, transposed, output_padding, groups
    )
    tangent = None
    if input_t is not None:
        tangent = torch.convolution(
            input_t, weight, None, stride, padding, dilation, transposed, output_padding, groups
        )
    if weight_t is not None:
        term = torch.convolution(
            input, weight_t, None, stride, padding, dilation, transposed, output_padding, groups
        )
        tangent = term if tangent is None else tangent + term
    if bias_t is not None:
        term = bias_like(bias_t, result.ndim)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def convolution_vjp(
    needs, input, weight, bias, stride, padding, dilation, transposed, output_padding, groups
):
    needs_input, needs_weight, needs_bias = needs
    result = torch.convolution(
        input, weight, bias, stride, padding, dilation, transposed, output_padding, groups
    )
    bias_sizes_or_none = sizes_or_none(bias)

    def convolution_pullback(grad):
        input_ct, weight_ct, bias_ct = convolution_backward_op(
            grad,
            input,
            weight,
            bias_sizes_or_none,
            stride,
            padding,
            dilation,
            transposed,
            output_padding,
            groups,
            [needs_input, needs_weight, needs_bias],
        )
        return (input_ct, weight_ct, bias_ct)

    return result, convolution_pullback


# rules/conv.yaml:17 aten::convolution_backward
def convolution_backward_jvp(
    tangents,
    grad_output,
    input,
    weight,
    bias_sizes,
    stride,
    padding,
    dilation,
    transposed,
    output_padding,
    groups,
    output_mask,
):
    outputs = convolution_backward_op(
        grad_output,
        input,
        weight,
        bias_sizes,
        stride,
        padding,
        dilation,
        transposed,
        output_padding,
        groups,
        output_mask,
    )
    result0, result1, result2 = outputs
    tangent = oplift_rules_conv.convolution_backward_jvp(
        tangents,
        outputs,
        grad_output,
        input,
        weight,
        bias_sizes,
        stride,
        padding,
        dilation,
        transposed,
        output_padding,
        groups,
        output_mask,
    )
    return outputs, tangent


def convolution_backward_vjp(
    needs,
    grad_output,
    input,
    weight,
    bias_sizes,
    stride,
    padding,
    dilation,
    transposed,
    output_padding,
    groups,
    output_mask,
):
    outputs = convolution_backward_op(
        grad_output,
        input,
        weight,
        bias_sizes,
        stride,
        padding,
        dilation,
        transposed,
        output_padding,
        groups,
        output_mask,
    )
    result0, result1, result2 = outputs

    def convolution_backward_pullback(grads):
        return oplift_rules_conv.convolution_backward_vjp(
            needs,
            grads,
            outputs,
            grad_output,
            input,
            weight,
            bias_sizes,
            stride,
            padding,
            dilation,
            transposed,
            output_padding,
            groups,
            output_mask,
        )

    return outputs, convolution_backward_pullback


# rules/conv.yaml:58 aten::_convolution
def _convolution_decompose(
    input,
    weight,
    bias,
    stride,
    padding,
    dilation,
    transposed,
    output_padding,
    groups,
    benchmark,
    deterministic,
    cudnn_enabled,
    allow_tf32,
):
    return torch.convolution(
        input, weight, bias, stride, padding, dilation, transposed, output_padding, groups
    )


RULES = {
    "aten::convolution": Rules(
        batch=oplift_rules_conv.convolution_batch,
        jvp=convolution_jvp,
        vjp=convolution_vjp,
        kind='python',
        form='formulas',
        origin='rules/conv.yaml:5',
    ),
    "aten::convolution_backward": Rules(
        batch=oplift_rules_conv.convolution_backward_batch,
        jvp=convolution_backward_jvp,
        vjp=convolution_backward_vjp,
        kind='python',
        form='python',
        origin='rules/conv.yaml:17',
    ),
    "aten::conv1d": Rules(decompose=conv, kind='decompose', origin='rules/conv.yaml:24'),
    "aten::conv1d.padding": Rules(decompose=conv, kind='decompose', origin='rules/conv.yaml:27'),
    "aten::conv_transpose1d": Rules(decompose=conv_transpose, kind='decompose', origin='rules/conv.yaml:30'),
    "aten::conv2d": Rules(decompose=conv, kind='decompose', origin='rules/conv.yaml:34'),
    "aten::conv2d.padding": Rules(decompose=conv, kind='decompose', origin='rules/conv.yaml:37'),
    "aten::conv_transpose2d.input": Rules(
        decompose=conv_transpose, kind='decompose', origin='rules/conv.yaml:40'
    ),
    "aten::conv3d": Rules(decompose=conv, kind='decompose', origin='rules/conv.yaml:44'),
    "aten::conv3d.padding": Rules(decompose=conv, kind='decompose', origin='rules/conv.yaml:47'),
    "aten::conv_transpose3d.input": Rules(
        decompose=conv_transpose, kind='decompose', origin='rules/conv.yaml:50'
    ),
    "aten::conv_tbc": Rules(decompose=conv_tbc, kind='decompose', origin='rules/conv.yaml:54'),
    "aten::_convolution": Rules(
        decompose=_convolution_decompose, kind='decompose', origin='rules/conv.yaml:58'
    ),
}
