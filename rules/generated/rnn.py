"""Rules from rules/rnn.yaml; do not edit, run `make gen`.

source sha256: f300510f2aa295c0a0f30f553a5dc0ffb19a5160b92a3f01bc35a91e40dcfef5
torch: 2.13
"""

from __future__ import annotations

import torch

import oplift.rules.rnn as oplift_rules_rnn
from oplift.rule import Rules
from oplift.rules.kinds import Deferred
from oplift.rules.rnn import (
    cudnn_rnn,
    fused_gru_cell,
    fused_lstm_cell,
    gru,
    gru_cell,
    gru_packed,
    lstm,
    lstm_cell,
    lstm_packed,
    mkldnn_rnn_layer,
    pack_padded,
    pad_packed,
    prelu,
    prelu_backward_batch,
    prelu_gradients,
    rnn_relu,
    rnn_relu_cell,
    rnn_relu_packed,
    rnn_tanh,
    rnn_tanh_cell,
    rnn_tanh_packed,
)

_prelu_kernel_backward_op = Deferred(globals(), "_prelu_kernel_backward_op", "aten::_prelu_kernel_backward")


# rules/rnn.yaml:72 aten::_prelu_kernel
def _prelu_kernel_jvp(tangents, self, weight):
    self_t, weight_t = tangents
    result = torch._prelu_kernel(self, weight)
    tangent = None
    if self_t is not None:
        tangent = torch.where(self > 0, self_t, weight * self_t)
    if weight_t is not None:
        term = torch.where(self > 0, 0, weight_t * self)
        tangent = term if tangent is None else tangent + term
    return result, tangent


def _prelu_kernel_vjp(needs, self, weight):
    result = torch._prelu_kernel(self, weight)

    def _prelu_kernel_pullback(grad):
        self_ct, weight_ct = _prelu_kernel_backward_op(grad, self, weight)
        return (self_ct, weight_ct)

    return result, _prelu_kernel_pullback


# rules/rnn.yaml:76 aten::_prelu_kernel_backward
def _prelu_kernel_backward_decompose(grad_output, self, weight):
    return prelu_gradients(grad_output, self, weight)


RULES = {
    "aten::lstm.input": Rules(decompose=lstm),
    "aten::lstm.data": Rules(decompose=lstm_packed),
    "aten::lstm_cell": Rules(decompose=lstm_cell),
    "aten::gru.input": Rules(decompose=gru),
    "aten::gru.data": Rules(decompose=gru_packed),
    "aten::gru_cell": Rules(decompose=gru_cell),
    "aten::rnn_tanh.input": Rules(decompose=rnn_tanh),
    "aten::rnn_tanh.data": Rules(decompose=rnn_tanh_packed),
    "aten::rnn_tanh_cell": Rules(decompose=rnn_tanh_cell),
    "aten::rnn_relu.input": Rules(decompose=rnn_relu),
    "aten::rnn_relu.data": Rules(decompose=rnn_relu_packed),
    "aten::rnn_relu_cell": Rules(decompose=rnn_relu_cell),
    "aten::_pack_padded_sequence": Rules(decompose=pack_padded),
    "aten::_pad_packed_sequence": Rules(decompose=pad_packed),
    "aten::_thnn_fused_lstm_cell": Rules(decompose=fused_lstm_cell),
    "aten::_thnn_fused_gru_cell": Rules(decompose=fused_gru_cell),
    "aten::_cudnn_rnn": Rules(decompose=cudnn_rnn),
    "aten::mkldnn_rnn_layer": Rules(decompose=mkldnn_rnn_layer),
    "aten::prelu": Rules(decompose=prelu),
    "aten::_prelu_kernel": Rules(
        batch=oplift_rules_rnn.prelu_batch, jvp=_prelu_kernel_jvp, vjp=_prelu_kernel_vjp
    ),
    "aten::_prelu_kernel_backward": Rules(
        batch=prelu_backward_batch, decompose=_prelu_kernel_backward_decompose
    ),
}
