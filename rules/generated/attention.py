"""Rules from rules/attention.yaml; do not edit, run `make gen`.

source sha256: 0b3bab22c5989db1d45edba7e9ff7fe0912c34bea1a54af0d0fd78740b672527
torch: 2.13
"""

from __future__ import annotations

import torch

from oplift.rule import Rules
from oplift.rules.attention import attention, math_attention
from oplift.rules.attention_kernels import (
    cpu_backward_batch,
    cpu_batch,
    cpu_gradients,
    cpu_jvp,
    cpu_vjp,
    cudnn_backward_batch,
    cudnn_batch,
    cudnn_gradients,
    cudnn_jvp,
    cudnn_vjp,
    efficient_backward_batch,
    efficient_batch,
    efficient_gradients,
    efficient_jvp,
    efficient_vjp,
    flash_backward_batch,
    flash_batch,
    flash_gradients,
    flash_jvp,
    flash_vjp,
)
from oplift.rules.kinds import Deferred

_scaled_dot_product_cudnn_attention_op = Deferred(
    globals(), "_scaled_dot_product_cudnn_attention_op", "aten::_scaled_dot_product_cudnn_attention"
)
_scaled_dot_product_flash_attention_op = Deferred(
    globals(), "_scaled_dot_product_flash_attention_op", "aten::_scaled_dot_product_flash_attention"
)


# rules/attention.yaml:12 aten::_scaled_dot_product_flash_attention_for_cpu
def _scaled_dot_product_flash_attention_for_cpu_jvp(
    tangents, query, key, value, dropout_p=0.0, is_causal=False, attn_mask=None, scale=None
):
    outputs = torch._scaled_dot_product_flash_attention_for_cpu(
        query, key, value, dropout_p, is_causal, attn_mask=attn_mask, scale=scale
    )
    output, logsumexp = outputs
    tangent = cpu_jvp(tangents, outputs, query, key, value, dropout_p, is_causal, attn_mask, scale)
    return outputs, tangent


def _scaled_dot_product_flash_attention_for_cpu_vjp(
    needs, query, key, value, dropout_p=0.0, is_causal=False, attn_mask=None, scale=None
):
    outputs = torch._scaled_dot_product_flash_attention_for_cpu(
        query, key, value, dropout_p, is_causal, attn_mask=attn_mask, scale=scale
    )
    output, logsumexp = outputs

    def _scaled_dot_product_flash_attention_for_cpu_pullback(grads):
        grad = grads[0]
        return cpu_vjp(needs, grads, outputs, query, key, value, dropout_p, is_causal, attn_mask, scale)

    return outputs, _scaled_dot_product_flash_attention_for_cpu_pullback


# rules/attention.yaml:21 aten::_scaled_dot_product_flash_attention
def _scaled_dot_product_flash_attention_jvp(
    tangents, query, key, value, dropout_p=0.0, is_causal=False, return_debug_mask=False, scale=None
):
    outputs = _scaled_dot_product_flash_attention_op(
        query, key, value, dropout_p, is_causal, return_debug_mask, scale
    )
    output, logsumexp, cum_seq_q, cum_seq_k, max_q, max_k, rng_state, unused, debug_attn_mask = outputs
    tangent = flash_jvp(tangents, outputs, query, key, value, dropout_p, is_causal, return_debug_mask, scale)
    return outputs, tangent


def _scaled_dot_product_flash_attention_vjp(
    needs, query, key, value, dropout_p=0.0, is_causal=False, return_debug_mask=False, scale=None
):
    outputs = _scaled_dot_product_flash_attention_op(
        query, key, value, dropout_p, is_causal, return_debug_mask, scale
    )
    output, logsumexp, cum_seq_q, cum_seq_k, max_q, max_k, rng_state, unused, debug_attn_mask = outputs

    def _scaled_dot_product_flash_attention_pullback(grads):
        grad = grads[0]
        return flash_vjp(
            needs, grads, outputs, query, key, value, dropout_p, is_causal, return_debug_mask, scale
        )

    return outputs, _scaled_dot_product_flash_attention_pullback


# rules/attention.yaml:36 aten::_scaled_dot_product_efficient_attention
def _scaled_dot_product_efficient_attention_jvp(
    tangents, query, key, value, attn_bias, compute_log_sumexp, dropout_p=0.0, is_causal=False, scale=None
):
    outputs = torch._scaled_dot_product_efficient_attention(
        query, key, value, attn_bias, compute_log_sumexp, dropout_p, is_causal, scale=scale
    )
    output, log_sumexp, philox_seed, philox_offset = outputs
    tangent = efficient_jvp(
        tangents, outputs, query, key, value, attn_bias, compute_log_sumexp, dropout_p, is_causal, scale
    )
    return outputs, tangent


def _scaled_dot_product_efficient_attention_vjp(
    needs, query, key, value, attn_bias, compute_log_sumexp, dropout_p=0.0, is_causal=False, scale=None
):
    outputs = torch._scaled_dot_product_efficient_attention(
        query, key, value, attn_bias, compute_log_sumexp, dropout_p, is_causal, scale=scale
    )
    output, log_sumexp, philox_seed, philox_offset = outputs

    def _scaled_dot_product_efficient_attention_pullback(grads):
        grad = grads[0]
        return efficient_vjp(
            needs,
            grads,
            outputs,
            query,
            key,
            value,
            attn_bias,
            compute_log_sumexp,
            dropout_p,
            is_causal,
            scale,
        )

    return outputs, _scaled_dot_product_efficient_attention_pullback


# rules/attention.yaml:45 aten::_scaled_dot_product_cudnn_attention
def _scaled_dot_product_cudnn_attention_jvp(
    tangents,
    query,
    key,
    value,
    attn_bias,
    compute_log_sumexp,
    dropout_p=0.0,
    is_causal=False,
    return_debug_mask=False,
    scale=None,
):
    outputs = _scaled_dot_product_cudnn_attention_op(
        query, key, value, attn_bias, compute_log_sumexp, dropout_p, is_causal, return_debug_mask, scale
    )
    output, logsumexp, cum_seq_q, cum_seq_k, max_q, max_k, philox_seed, philox_offset, debug_attn_mask = outputs
    tangent = cudnn_jvp(
        tangents,
        outputs,
        query,
        key,
        value,
        attn_bias,
        compute_log_sumexp,
        dropout_p,
        is_causal,
        return_debug_mask,
        scale,
    )
    return outputs, tangent


def _scaled_dot_product_cudnn_attention_vjp(
    needs,
    query,
    key,
    value,
    attn_bias,
    compute_log_sumexp,
    dropout_p=0.0,
    is_causal=False,
    return_debug_mask=False,
    scale=None,
):
    outputs = _scaled_dot_product_cudnn_attention_op(
        query, key, value, attn_bias, compute_log_sumexp, dropout_p, is_causal, return_debug_mask, scale
    )
    output, logsumexp, cum_seq_q, cum_seq_k, max_q, max_k, philox_seed, philox_offset, debug_attn_mask = outputs

    def _scaled_dot_product_cudnn_attention_pullback(grads):
        grad = grads[0]
        return cudnn_vjp(
            needs,
            grads,
            outputs,
            query,
            key,
            value,
            attn_bias,
            compute_log_sumexp,
            dropout_p,
            is_causal,
            return_debug_mask,
            scale,
        )

    return outputs, _scaled_dot_product_cudnn_attention_pullback


RULES = {
    "aten::scaled_dot_product_attention": Rules(
        decompose=attention, kind='decompose', origin='rules/attention.yaml:3'
    ),
    "aten::_scaled_dot_product_attention_math": Rules(
        decompose=math_attention, kind='decompose', origin='rules/attention.yaml:6'
    ),
    "aten::_scaled_dot_product_flash_attention_for_cpu": Rules(
        batch=cpu_batch,
        jvp=_scaled_dot_product_flash_attention_for_cpu_jvp,
        vjp=_scaled_dot_product_flash_attention_for_cpu_vjp,
        nondiff_outputs=(1,),
        random=True,
        kind='python',
        form='python',
        origin='rules/attention.yaml:12',
    ),
    "aten::_scaled_dot_product_flash_attention_for_cpu_backward": Rules(
        batch=cpu_backward_batch, decompose=cpu_gradients, kind='python', origin='rules/attention.yaml:17'
    ),
    "aten::_scaled_dot_product_flash_attention": Rules(
        batch=flash_batch,
        jvp=_scaled_dot_product_flash_attention_jvp,
        vjp=_scaled_dot_product_flash_attention_vjp,
        nondiff_outputs=(1, 2, 3, 6, 7, 8),
        random=True,
        kind='python',
        form='python',
        origin='rules/attention.yaml:21',
    ),
    "aten::_scaled_dot_product_flash_attention_backward": Rules(
        batch=flash_backward_batch, decompose=flash_gradients, kind='python', origin='rules/attention.yaml:32'
    ),
    "aten::_scaled_dot_product_efficient_attention": Rules(
        batch=efficient_batch,
        jvp=_scaled_dot_product_efficient_attention_jvp,
        vjp=_scaled_dot_product_efficient_attention_vjp,
        nondiff_outputs=(1, 2, 3),
        random=True,
        kind='python',
        form='python',
        origin='rules/attention.yaml:36',
    ),
    "aten::_scaled_dot_product_efficient_attention_backward": Rules(
        batch=efficient_backward_batch,
        decompose=efficient_gradients,
        random=True,
        kind='python',
        origin='rules/attention.yaml:41',
    ),
    "aten::_scaled_dot_product_cudnn_attention": Rules(
        batch=cudnn_batch,
        jvp=_scaled_dot_product_cudnn_attention_jvp,
        vjp=_scaled_dot_product_cudnn_attention_vjp,
        nondiff_outputs=(1, 2, 3, 6, 7, 8),
        random=True,
        kind='python',
        form='python',
        origin='rules/attention.yaml:45',
    ),
    "aten::_scaled_dot_product_cudnn_attention_backward": Rules(
        batch=cudnn_backward_batch,
        decompose=cudnn_gradients,
        random=True,
        kind='python',
        origin='rules/attention.yaml:56',
    ),
}
