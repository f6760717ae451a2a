"""Helpers of attention.yaml: which kernel serves a scaled dot-product attention, and what serves where none does.

The derivatives and the batching of the kernels are in `oplift.rules.attention_kernels`, the mathematics that all of them
share in `oplift.rules.attention_rows`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.backends.cuda import flash_sdp_enabled, mem_efficient_sdp_enabled

from oplift.rule import operator
from oplift.rules.attention_rows import (
    HALF,
    additive,
    by_blocks,
    by_definition,
    by_rows,
    for_each_query_head,
    recorded,
    upper_left,
    weights,
    wide,
)

_ON_CPU = (torch.float64, torch.float32, *HALF)
#: Heads wider than this have no flash kernel on CUDA.
_WIDEST_FLASH_HEAD = 256
#: Up to so many scores of one example, blocks gain nothing.
_FEW_SCORES = 128 * 128

# ---- what a user calls


def attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """scaled_dot_product_attention by the fastest kernel that takes these operands, else by blocks of rows.

    Dropout takes the definition, which keeps what it drew: it is right under every transform, in the memory of the
    whole [queries, keys] matrix.
    """
    if _is_causal_bias(attn_mask) and not is_causal:
        attn_mask, is_causal = _of_causal_bias(attn_mask, query.device)
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: explicit attn_mask should not be set when is_causal=True")
    key, value = _with_all_heads(query, key, value) if enable_gqa else (key, value)
    bias = additive(attn_mask, query)
    kernel = None if dropout_p else _kernel(query, key, value, bias, is_causal)
    if kernel is not None:
        q, k, v, bias = _as_images(by_rows(query), by_rows(key), by_rows(value), bias)
        return kernel(q, k, v, bias, is_causal, scale).reshape(*query.shape[:-1], value.shape[-1])
    if dropout_p or query.shape[-2] * key.shape[-2] <= _FEW_SCORES:
        return by_definition(query, key, value, bias, dropout_p, is_causal, scale)[0]
    return by_blocks(query, key, value, bias, is_causal, scale)


def _is_causal_bias(mask: Any) -> bool:
    """Whether this is PyTorch's description of a triangular mask, a tensor without contents."""
    kinds = sys.modules.get("torch.nn.attention.bias")  # importing it takes seconds; who has such a mask did so
    return kinds is not None and isinstance(mask, kinds.CausalBias)


def _of_causal_bias(bias: Any, device: torch.device) -> tuple[Tensor | None, bool]:
    """The mask, or the flag `is_causal`, that a description of a triangular mask stands for."""
    if bias.variant.name == "UPPER_LEFT" or bias.seq_len_q == bias.seq_len_kv:
        return None, True
    return bias._materialize(device), False


def _with_all_heads(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    if query.ndim < 3 or query.shape[-3] % key.shape[-3] or query.shape[-3] % value.shape[-3]:
        raise RuntimeError(
            "scaled_dot_product_attention: enable_gqa=True needs a number of heads of the query (dimension -3) that "
            f"those of key and value divide; the shapes are {tuple(query.shape)}, {tuple(key.shape)} and "
            f"{tuple(value.shape)}"
        )
    return for_each_query_head(query, key, value)


def math_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, dropout_mask: Tensor | None = None, scale: float | None = None, enable_gqa: bool = False,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """_scaled_dot_product_attention_math: its second result is the whole matrix of weights."""
    key, value = _with_all_heads(query, key, value) if enable_gqa else (key, value)
    if dropout_mask is None:
        return by_definition(query, key, value, attn_mask, dropout_p, is_causal, scale)
    found = weights(wide(query), wide(key), wide(additive(attn_mask, query)), upper_left(is_causal), scale)
    kept = found.masked_fill(~dropout_mask, 0) / (1 - dropout_p)
    return kept.matmul(wide(value)).to(query.dtype), found.to(query.dtype)


# ---- the choice of a kernel

Kernel = Callable[[Tensor, Tensor, Tensor, Tensor | None, bool, float | None], Tensor]


def _kernel(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, is_causal: bool) -> Kernel | None:
    """A kernel for these operands, or None."""
    lead, width = query.shape[:-2], query.shape[-1]
    alike = key.shape[:-2] == lead == value.shape[:-2] and key.shape[-1] == width == value.shape[-1]
    if not alike or query.ndim < 2 or not (query.numel() and key.numel()):
        return None
    if not query.dtype == key.dtype == value.dtype or not _fits(query, key, bias):
        return None
    if query.device.type == "cpu":
        return _on_cpu if query.dtype in _ON_CPU and flash_sdp_enabled() else None
    if query.device.type == "cuda":
        # where the lengths differ, the flash kernel's `is_causal` is another: it lets the last query look at all keys
        return _on_cuda(query.dtype, width, bias, not is_causal or query.shape[-2] == key.shape[-2])
    return None


def _fits(query: Tensor, key: Tensor, bias: Tensor | None) -> bool:
    """Whether a bias is one that the kernels take."""
    if bias is None:
        return True
    if recorded(bias):  # PyTorch has no gradient of a kernel's bias
        return False
    full = (*query.shape[:-1], key.shape[-2])
    known = bias.ndim == 2 or bias.ndim == query.ndim <= 4
    sizes = zip(reversed(bias.shape), reversed(full), strict=False)
    return known and bias.dtype == query.dtype and all(n in (1, size) for n, size in sizes)


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


def _on_cuda(dtype: torch.dtype, width: int, bias: Tensor | None, flash: bool) -> Kernel | None:
    if bias is not None:  # the kernels ask for an alignment of its rows
        return None
    if flash and dtype in HALF and width % 8 == 0 and width <= _WIDEST_FLASH_HEAD and flash_sdp_enabled():
        return _flash
    aligned = width % (16 // dtype.itemsize) == 0 and dtype in (torch.float32, *HALF)
    return _efficient if aligned and mem_efficient_sdp_enabled() else None


def _flash(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, is_causal: bool, scale: float | None) -> Tensor:
    op = operator("aten::_scaled_dot_product_flash_attention")
    return op(q, k, v, 0.0, is_causal, False, scale)[0]  # type: ignore[no-any-return]


def _efficient(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, is_causal: bool, scale: float | None) -> Tensor:
    op = operator("aten::_scaled_dot_product_efficient_attention")
    return op(q, k, v, bias, True, 0.0, is_causal, scale)[0]  # type: ignore[no-any-return]
