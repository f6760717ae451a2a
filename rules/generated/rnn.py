"""Rules from rules/rnn.yaml; do not edit, run `make gen`.

source sha256: 668b82966c490c4affdfea89a2a70cab2c6e573956448603b9bdc20d13a35c90
torch: 2.13
"""

from __future__ import annotations

import torch

from oplift.batching import Aligned
from oplift.rule import Rules
from oplift.rules.kinds import Deferred, align, align2, expand_all
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
def _prelu_kernel_batch(batch_size, batched, self, weight):
    if type(batched) is not Aligned:
        self, weight = align2(batched, self, weight)
    self, weight = expand_all((0,), self, weight)
    return torch._prelu_kernel(self, weight)


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
def _prelu_kernel_backward_batch(batch_size, batched, grad_output, self, weight):
    grad_output, self, weight = align(batched, grad_output, self, weight)
    grad_output, self, weight = expand_all((0, 1), grad_output, self, weight)
    return _prelu_kernel_backward_op(grad_output, self, weight)


def _prelu_kernel_backward_decompose(grad_output, self, weight):
    return prelu_gradients(grad_output, self, weight)


RULES = {
    "aten::lstm.input": Rules(decompose=lstm, kind='decompose', origin='rules/rnn.yaml:5'),
    "aten::lstm.data": Rules(decompose=lstm_packed, kind='decompose', origin='rules/rnn.yaml:8'),
    "aten::lstm_cell": Rules(decompose=lstm_cell, kind='decompose', origin='rules/rnn.yaml:11'),
    "aten::gru.input": Rules(decompose=gru, kind='decompose', origin='rules/rnn.yaml:15'),
    "aten::gru.data": Rules(decompose=gru_packed, kind='decompose', origin='rules/rnn.yaml:18'),
    "aten::gru_cell": Rules(decompose=gru_cell, kind='decompose', origin='rules/rnn.yaml:21'),
    "aten::rnn_tanh.input": Rules(decompose=rnn_tanh, kind='decompose', origin='rules/rnn.yaml:25'),
    "aten::rnn_tanh.data": Rules(decompose=rnn_tanh_packed, kind='decompose', origin='rules/rnn.yaml:28'),
    "aten::rnn_tanh_cell": Rules(decompose=rnn_tanh_cell, kind='decompose', origin='rules/rnn.yaml:31'),
    "aten::rnn_relu.input": Rules(decompose=rnn_relu, kind='decompose', origin='rules/rnn.yaml:35'),
    "aten::rnn_relu.data": Rules(decompose=rnn_relu_packed, kind='decompose', origin='rules/rnn.yaml:38'),
    "aten::rnn_relu_cell": Rules(decompose=rnn_relu_cell, kind='decompose', origin='rules/rnn.yaml:41'),
    "aten::_pack_padded_sequence": Rules(decompose=pack_padded, kind='decompose', origin='rules/rnn.yaml:45'),
    "aten::_pad_packed_sequence": Rules(decompose=pad_packed, kind='decompose', origin='rules/rnn.yaml:48'),
    "aten::_thnn_fused_lstm_cell": Rules(
        decompose=fused_lstm_cell, kind='decompose', origin='rules/rnn.yaml:54'
    ),
    "aten::_thnn_fused_gru_cell": Rules(
        decompose=fused_gru_cell, kind='decompose', origin='rules/rnn.yaml:57'
    ),
    "aten::_cudnn_rnn": Rules(decompose=cudnn_rnn, kind='decompose', origin='rules/rnn.yaml:60'),
    "aten::mkldnn_rnn_layer": Rules(decompose=mkldnn_rnn_layer, kind='decompose', origin='rules/rnn.yaml:63'),
    "aten::prelu": Rules(decompose=prelu, kind='decompose', origin='rules/rnn.yaml:69'),
    "aten::_prelu_kernel": Rules(
        batch=_prelu_kernel_batch,
        jvp=_prelu_kernel_jvp,
        vjp=_prelu_kernel_vjp,
        kind='pointwise',
        form='formulas',
        origin='rules/rnn.yaml:72',
    ),
    "aten::_prelu_kernel_backward": Rules(
        batch=_prelu_kernel_backward_batch,
        decompose=_prelu_kernel_backward_decompose,
        kind='pointwise',
        origin='rules/rnn.yaml:76',
    ),
}
