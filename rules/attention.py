"""Helpers of attention.yaml: scaled dot-product attention, by fused kernels and by its definition.

The kernels serve values and first gradients. Tangents, and derivatives of the kernels' backwards, come from the
definition, which holds one [L, S] matrix for each head.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from oplift.rule import Unbatched, operator
from oplift.rules.conv import expanded
from oplift.rules.nested import pull

_HALF = (torch.float16, torch.bfloat16)
_ON_CPU = (torch.float64, torch.float32, *_HALF)
#: Heads wider than this have no flash kernel on CUDA.
_WIDEST_FLASH_HEAD = 256

# ---- what a user calls


def attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """scaled_dot_product_attention by the fastest kernel that takes these operands."""
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: explicit attn_mask should not be set when is_causal=True")
    key, value = _for_each_query_head(query, key, value) if enable_gqa else (key, value)
    bias = additive(attn_mask, query)
    kernel = None if dropout_p else _kernel(query, key, value, bias)
    if kernel is None:
        return by_definition(query, key, value, bias, dropout_p, is_causal, scale)[0]
    q, k, v, bias = _as_images(by_rows(query), by_rows(key), by_rows(value), bias)
    return kernel(q, k, v, bias, is_causal, scale).reshape(*query.shape[:-1], value.shape[-1])


def by_rows(x: Tensor) -> Tensor:
    """`x` with rows that lie together in memory, as the kernels read them without asking."""
    return x if x.stride(-1) == 1 else x.contiguous()


def _for_each_query_head(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    heads = query.shape[-3]
    return tuple(x.repeat_interleave(heads // x.shape[-3], -3) for x in (key, value))  # type: ignore[return-value]


def additive(mask: Tensor | None, query: Tensor) -> Tensor | None:
    """A mask as what is added to the scores."""
    if mask is None or mask.dtype is not torch.bool:
        return mask
    return torch.zeros(mask.shape, dtype=query.dtype, device=query.device).masked_fill(~mask, -math.inf)


def by_definition(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The result and the attention weights, in operators."""
    weights = _weights(query, key, additive(attn_mask, query), is_causal, scale)
    if dropout_p:
        weights = torch.nn.functional.dropout(weights, dropout_p)
    return weights.matmul(value), weights


def _weights(query: Tensor, key: Tensor, mask: Tensor | None, is_causal: bool, scale: float | None) -> Tensor:
    """softmax(query key^T * scale + mask); a query that may look at nothing has weights of zero."""
    scores = (query * _scale(query, scale)).matmul(key.mT)
    if is_causal:
        past = torch.ones(scores.shape[-2:], dtype=torch.bool, device=query.device).tril()
        scores = scores.masked_fill(~past, -math.inf)
    if mask is None:
        return scores.softmax(-1)
    scores = scores + mask
    blind = (scores == -math.inf).all(-1, True)
    return scores.masked_fill(blind, 0).softmax(-1).masked_fill(blind, 0)


def _scale(query: Tensor, scale: float | None) -> float:
    return 1 / math.sqrt(query.shape[-1]) if scale is None else scale


def math_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, dropout_mask: Tensor | None = None, scale: float | None = None, enable_gqa: bool = False,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """_scaled_dot_product_attention_math."""
    key, value = _for_each_query_head(query, key, value) if enable_gqa else (key, value)
    if dropout_mask is None:
        return by_definition(query, key, value, attn_mask, dropout_p, is_causal, scale)
    weights = _weights(query, key, additive(attn_mask, query), is_causal, scale)
    kept = weights.masked_fill(~dropout_mask, 0) / (1 - dropout_p)
    return kept.matmul(value), weights


# ---- the choice of a kernel

Kernel = Callable[[Tensor, Tensor, Tensor, Tensor | None, bool, float | None], Tensor]


def _kernel(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None) -> Kernel | None:
    """A kernel for these operands, or None."""
    lead, width = query.shape[:-2], query.shape[-1]
    alike = key.shape[:-2] == lead == value.shape[:-2] and key.shape[-1] == width == value.shape[-1]
    if not alike or query.ndim < 2 or not (query.numel() and key.numel()):
        return None
    if not query.dtype == key.dtype == value.dtype or not _fits(query, bias):
        return None
    if query.device.type == "cpu":
        return _on_cpu if query.dtype in _ON_CPU else None
    if query.device.type == "cuda":
        return _on_cuda(query.dtype, width, bias)
    return None


def _fits(query: Tensor, bias: Tensor | None) -> bool:
    """Whether a bias has a shape that the kernels take."""
    if bias is None:
        return True
    return bias.dtype == query.dtype and (bias.ndim == 2 or bias.ndim == query.ndim <= 4)


def _as_images(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None) -> tuple[Any, ...]:
    """Operands of any rank as the kernels take them, [N, heads, length, width]."""
    rank = query.ndim
    if rank == 4:
        return query, key, value, bias
    if rank > 4:
        return *(x.flatten(0, rank - 4) for x in (query, key, value)), bias
    ones = (1,) * (4 - rank)
    pad = bias is not None and bias.ndim == rank > 2
    return *(x.reshape(*ones, *x.shape) for x in (query, key, value)), bias.reshape(*ones, *bias.shape) if pad else bias  # type: ignore[union-attr]


def _on_cpu(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, is_causal: bool, scale: float | None) -> Tensor:
    op = operator("aten::_scaled_dot_product_flash_attention_for_cpu")
    return op(q, k, v, 0.0, is_causal, bias, scale)[0]  # type: ignore[no-any-return]


def _on_cuda(dtype: torch.dtype, width: int, bias: Tensor | None) -> Kernel | None:
    if bias is None and dtype in _HALF and width % 8 == 0 and width <= _WIDEST_FLASH_HEAD:
        return _flash
    aligned = width % (16 // dtype.itemsize) == 0
    return _efficient if bias is None and aligned and dtype in (torch.float32, *_HALF) else None


def _flash(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, is_causal: bool, scale: float | None) -> Tensor:
    op = operator("aten::_scaled_dot_product_flash_attention")
    return op(q, k, v, 0.0, is_causal, False, scale)[0]  # type: ignore[no-any-return]


def _efficient(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, is_causal: bool, scale: float | None) -> Tensor:
    op = operator("aten::_scaled_dot_product_efficient_attention")
    return op(q, k, v, bias, True, 0.0, is_causal, scale)[0]  # type: ignore[no-any-return]


# ---- batching: examples join the first dimension


def _folded(x: Tensor | None, flag: bool, size: int) -> Tensor | None:
    """[B, N, ...] -> [B * N, ...]"""
    return x if x is None else expanded(x, flag, size).flatten(0, 1)


def _folded_all(tensors: Sequence[Tensor], flags: Sequence[bool], size: int) -> tuple[list[Tensor | None], int]:
    """Folded operands, and how many first indices each example has."""
    n = tensors[0].shape[1 if flags[0] else 0]
    return [_folded(x, flag, size) for x, flag in zip(tensors, flags, strict=False)], n


def _folded_mask(mask: Tensor | None, flag: bool, size: int, n: int) -> Tensor | None:
    """A mask for folded operands; one that all examples share stays as it is where it broadcasts."""
    if mask is None or (not flag and (mask.ndim == 2 or mask.shape[0] == 1)):
        return mask
    mask = expanded(mask, flag, size)
    mask = mask[:, None, None] if mask.ndim == 3 else mask
    return mask.expand(size, n, *mask.shape[2:]).flatten(0, 1)


def _unfolded(out: Any, size: int, n: int) -> Any:
    return out.reshape(size, n, *out.shape[1:]) if isinstance(out, Tensor) else out


def cpu_batch(
    size: int, batched: Sequence[bool], query: Tensor, key: Tensor, value: Tensor, dropout_p: float = 0.0,
    is_causal: bool = False, attn_mask: Tensor | None = None, scale: float | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """By hand: queries that look at the same keys are rows of one attention, the rest joins the first dimension."""
    op = operator("aten::_scaled_dot_product_flash_attention_for_cpu")
    if not any(batched[1:]) and attn_mask is None and not is_causal:
        rows = query.permute(1, 2, 0, 3, 4)
        out, lse = op(rows.flatten(2, 3), key, value, dropout_p, is_causal, None, scale)
        n, heads, _, length, _ = rows.shape
        out = out.reshape(n, heads, size, length, out.shape[-1]).permute(2, 0, 1, 3, 4)
        return out, lse.reshape(n, heads, size, length).permute(2, 0, 1, 3)
    operands, n = _folded_all((query, key, value), batched, size)
    out, lse = op(*operands, dropout_p, is_causal, _folded_mask(attn_mask, batched[3], size, n), scale)
    return _unfolded(out, size, n), _unfolded(lse, size, n)


def cpu_backward_batch(
    size: int, batched: Sequence[bool], grad_out: Tensor, query: Tensor, key: Tensor, value: Tensor, out: Tensor,
    logsumexp: Tensor, dropout_p: float, is_causal: bool, attn_mask: Tensor | None = None, scale: float | None = None,
) -> tuple[Tensor, ...]:  # fmt: skip
    """By hand because a mask folds in its own way."""
    op = operator("aten::_scaled_dot_product_flash_attention_for_cpu_backward")
    tensors = (grad_out, query, key, value, out, logsumexp)
    folded, n = _folded_all(tensors, batched, size)
    found = op(*folded, dropout_p, is_causal, _folded_mask(attn_mask, batched[6], size, n), scale)
    return tuple([_unfolded(x, size, n) for x in found])


def flash_batch(size: int, batched: Sequence[bool], query: Tensor, key: Tensor, value: Tensor, *rest: Any) -> Any:
    """By hand: of the many outputs the first two belong to examples."""
    operands, n = _folded_all((query, key, value), batched, size)
    out, lse, *others = operator("aten::_scaled_dot_product_flash_attention")(*operands, *rest)
    return _unfolded(out, size, n), _unfolded(lse, size, n), *(_shared(x) for x in others)


def cudnn_batch(
    size: int, batched: Sequence[bool], query: Tensor, key: Tensor, value: Tensor, attn_bias: Tensor | None, *rest: Any
) -> Any:
    """By hand, as flash_batch."""
    operands, n = _folded_all((query, key, value), batched, size)
    bias = _folded_mask(attn_bias, batched[3], size, n)
    out, lse, *others = operator("aten::_scaled_dot_product_cudnn_attention")(*operands, bias, *rest)
    return _unfolded(out, size, n), _unfolded(lse, size, n), *(_shared(x) for x in others)


def efficient_batch(
    size: int, batched: Sequence[bool], query: Tensor, key: Tensor, value: Tensor, attn_bias: Tensor | None, *rest: Any
) -> Any:
    """By hand, as flash_batch."""
    operands, n = _folded_all((query, key, value), batched, size)
    bias = _folded_mask(attn_bias, batched[3], size, n)
    out, lse, *others = operator("aten::_scaled_dot_product_efficient_attention")(*operands, bias, *rest)
    lse = _unfolded(lse, size, n) if lse.numel() else Unbatched(lse)
    return _unfolded(out, size, n), lse, *(_shared(x) for x in others)


def _shared(x: Any) -> Any:
    return Unbatched(x) if isinstance(x, Tensor) else x


def fused_backward_batch(name: str, folded: int, mask: int | None = None) -> Callable[..., Any]:
    """The batching rule of a CUDA kernel's backward: its first `folded` tensors have examples, and a mask may have."""

    def batch(size: int, batched: Sequence[bool], *args: Any) -> Any:
        op = operator(name)
        flags = dict(zip(op.tensors, batched, strict=True))
        values, n = list(args), args[0].shape[1 if flags[0] else 0]
        for i in op.tensors:
            if i == mask:
                values[i] = _folded_mask(args[i], flags[i], size, n)
            elif i < folded:
                values[i] = _folded(args[i], flags[i], size)
        return tuple([_unfolded(x, size, n) for x in op(*values)])

    return batch


flash_backward_batch = fused_backward_batch("aten::_scaled_dot_product_flash_attention_backward", 6)
cudnn_backward_batch = fused_backward_batch("aten::_scaled_dot_product_cudnn_attention_backward", 6, mask=8)
efficient_backward_batch = fused_backward_batch("aten::_scaled_dot_product_efficient_attention_backward", 7, mask=4)


# ---- derivatives


def tangent(
    tangents: Sequence[Tensor | None], out: Tensor, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None,
    dropout_p: float, is_causal: bool, scale: float | None,
) -> Tensor | None:  # fmt: skip
    """The tangent of an attention along query, key, value and mask."""
    if dropout_p:
        raise RuntimeError("attention: the dropout of a fused kernel cannot be repeated for a tangent; use dropout_p=0")
    query_t, key_t, value_t, mask_t = tangents
    weights, factor = _weights(query, key, mask, is_causal, scale), _scale(query, scale)
    scores_t: Any = 0 if mask_t is None else mask_t
    if query_t is not None:
        scores_t = scores_t + (query_t * factor).matmul(key.mT)
    if key_t is not None:
        scores_t = scores_t + (query * factor).matmul(key_t.mT)
    found = None if value_t is None else weights.matmul(value_t)
    if not isinstance(scores_t, Tensor):
        return found
    moved = weights * scores_t
    moved = moved.matmul(value) - moved.sum(-1, True) * out
    return moved if found is None else found + moved


def gradients(
    grad: Tensor, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, is_causal: bool,
    scale: float | None, needs: Sequence[bool],
) -> list[Tensor | None]:  # fmt: skip
    """The cotangents of query, key, value and mask by the definition; they can be differentiated again."""

    def forward(q: Tensor, k: Tensor, v: Tensor, m: Tensor | None) -> list[Tensor]:
        return [by_definition(q, k, v, m, 0.0, is_causal, scale)[0]]

    return pull(forward, [query, key, value, mask], [grad], needs)


def cpu_jvp(
    tangents: Sequence[Tensor | None], results: Any, query: Tensor, key: Tensor, value: Tensor, dropout_p: float = 0.0,
    is_causal: bool = False, attn_mask: Tensor | None = None, scale: float | None = None,
) -> tuple[Tensor | None, None]:  # fmt: skip
    """The tangents of the CPU kernel's outputs."""
    return tangent(tangents, results[0], query, key, value, attn_mask, dropout_p, is_causal, scale), None


def cpu_vjp(
    needs: Sequence[bool], grads: Any, results: Any, query: Tensor, key: Tensor, value: Tensor, dropout_p: float = 0.0,
    is_causal: bool = False, attn_mask: Tensor | None = None, scale: float | None = None,
) -> Sequence[Tensor | None]:  # fmt: skip
    """The cotangents of the CPU kernel's operands; a mask's are not among what its backward computes."""
    if grads[0] is None:
        return None, None, None, None
    if needs[3]:
        return gradients(grads[0], query, key, value, attn_mask, is_causal, scale, needs)
    op = operator("aten::_scaled_dot_product_flash_attention_for_cpu_backward")
    return *op(by_rows(grads[0]), query, key, value, *results, dropout_p, is_causal, attn_mask, scale), None


def cpu_gradients(
    grad_out: Tensor, query: Tensor, key: Tensor, value: Tensor, out: Tensor, logsumexp: Tensor, dropout_p: float,
    is_causal: bool, attn_mask: Tensor | None = None, scale: float | None = None,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The CPU kernel's backward by the definition."""
    return tuple(gradients(grad_out, query, key, value, attn_mask, is_causal, scale, (True, True, True, False))[:3])


def flash_jvp(
    tangents: Sequence[Tensor | None], results: Any, query: Tensor, key: Tensor, value: Tensor, dropout_p: float = 0.0,
    is_causal: bool = False, return_debug_mask: bool = False, scale: float | None = None,
) -> tuple[Any, ...]:  # fmt: skip
    """The tangents of the flash kernel's outputs."""
    found = tangent((*tangents, None), results[0], query, key, value, None, dropout_p, is_causal, scale)
    return found, *[None] * (len(results) - 1)


def flash_vjp(
    needs: Sequence[bool], grads: Any, results: Any, query: Tensor, key: Tensor, value: Tensor, dropout_p: float = 0.0,
    is_causal: bool = False, return_debug_mask: bool = False, scale: float | None = None,
) -> Sequence[Tensor | None]:  # fmt: skip
    """The cotangents of the flash kernel's operands."""
    if grads[0] is None:
        return None, None, None
    op = operator("aten::_scaled_dot_product_flash_attention_backward")
    out, lse, cum_q, cum_k, _, _, seed, offset, _ = results
    saved = (out, lse, cum_q, cum_k, query.shape[2], key.shape[2])
    return op(by_rows(grads[0]), query, key, value, *saved, dropout_p, is_causal, seed, offset, scale)  # type: ignore[no-any-return]


def flash_gradients(
    grad_out: Tensor, query: Tensor, key: Tensor, value: Tensor, out: Tensor, logsumexp: Tensor, cum_seq_q: Any,
    cum_seq_k: Any, max_q: int, max_k: int, dropout_p: float, is_causal: bool, philox_seed: Any, philox_offset: Any,
    scale: float | None = None,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The flash kernel's backward by the definition."""
    _no_dropout(dropout_p)
    return tuple(gradients(grad_out, query, key, value, None, is_causal, scale, (True, True, True, False))[:3])


def _no_dropout(dropout_p: float) -> None:
    if dropout_p:
        raise RuntimeError(
            "attention: the dropout of a fused kernel cannot be repeated for a second derivative; use dropout_p=0"
        )


def efficient_jvp(
    tangents: Sequence[Tensor | None], results: Any, query: Tensor, key: Tensor, value: Tensor,
    attn_bias: Tensor | None, compute_log_sumexp: bool, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None,
) -> tuple[Any, ...]:  # fmt: skip
    """The tangents of the memory-efficient kernel's outputs."""
    found = tangent(tangents, results[0], query, key, value, attn_bias, dropout_p, is_causal, scale)
    return found, *[None] * (len(results) - 1)


def efficient_vjp(
    needs: Sequence[bool], grads: Any, results: Any, query: Tensor, key: Tensor, value: Tensor,
    attn_bias: Tensor | None, compute_log_sumexp: bool, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None,
) -> Sequence[Tensor | None]:  # fmt: skip
    """The cotangents of the memory-efficient kernel's operands; without its log-sum-exp, from the definition."""
    if grads[0] is None:
        return None, None, None, None
    if needs[3] or not compute_log_sumexp:
        _no_dropout(dropout_p)
        return gradients(grads[0], query, key, value, attn_bias, is_causal, scale, needs)
    op = operator("aten::_scaled_dot_product_efficient_attention_backward")
    mask = [*needs[:3], False]
    return op(by_rows(grads[0]), query, key, value, attn_bias, *results, dropout_p, mask, is_causal, scale)  # type: ignore[no-any-return]


def efficient_gradients(
    grad_out_: Tensor, query: Tensor, key: Tensor, value: Tensor, attn_bias: Tensor | None, out: Tensor,
    logsumexp: Tensor, philox_seed: Any, philox_offset: Any, dropout_p: float, grad_input_mask: Sequence[bool],
    is_causal: bool = False, scale: float | None = None,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The memory-efficient kernel's backward by the definition."""
    _no_dropout(dropout_p)
    return tuple(gradients(grad_out_, query, key, value, attn_bias, is_causal, scale, grad_input_mask))


def cudnn_jvp(
    tangents: Sequence[Tensor | None], results: Any, query: Tensor, key: Tensor, value: Tensor,
    attn_bias: Tensor | None, compute_log_sumexp: bool, dropout_p: float = 0.0, is_causal: bool = False,
    return_debug_mask: bool = False, scale: float | None = None,
) -> tuple[Any, ...]:  # fmt: skip
    """The tangents of the cuDNN kernel's outputs."""
    found = tangent(tangents, results[0], query, key, value, attn_bias, dropout_p, is_causal, scale)
    return found, *[None] * (len(results) - 1)


def cudnn_vjp(
    needs: Sequence[bool], grads: Any, results: Any, query: Tensor, key: Tensor, value: Tensor,
    attn_bias: Tensor | None, compute_log_sumexp: bool, dropout_p: float = 0.0, is_causal: bool = False,
    return_debug_mask: bool = False, scale: float | None = None,
) -> Sequence[Tensor | None]:  # fmt: skip
    """The cotangents of the cuDNN kernel's operands; without its log-sum-exp, from the definition."""
    if grads[0] is None:
        return None, None, None, None
    if needs[3] or not compute_log_sumexp:
        _no_dropout(dropout_p)
        return gradients(grads[0], query, key, value, attn_bias, is_causal, scale, needs)
    op = operator("aten::_scaled_dot_product_cudnn_attention_backward")
    out, lse, cum_q, cum_k, _, _, seed, offset, _ = results
    operands = (by_rows(grads[0]), query, key, value, out, lse, seed, offset, attn_bias, cum_q, cum_k)
    return *op(*operands, query.shape[2], key.shape[2], dropout_p, is_causal, scale), None


def cudnn_gradients(
    grad_out: Tensor, query: Tensor, key: Tensor, value: Tensor, out: Tensor, logsumexp: Tensor, philox_seed: Any,
    philox_offset: Any, attn_bias: Tensor | None, cum_seq_q: Any, cum_seq_k: Any, max_q: int, max_k: int,
    dropout_p: float, is_causal: bool, scale: float | None = None,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The cuDNN kernel's backward by the definition."""
    _no_dropout(dropout_p)
    return tuple(gradients(grad_out, query, key, value, attn_bias, is_causal, scale, (True, True, True, False))[:3])
