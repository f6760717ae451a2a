"""The mathematics of attention: its definition, its tangent and its cotangents, as functions of blocks of query rows.

With P = softmax(scale Q K^T + M) and O = P V, row by row (Vaswani et al. 2017):

    tangent      S' = scale (Q' K^T + Q K'^T) + M',    O' = P (S' - rowsum(P S')) V + P V'
    cotangents   dP = G V^T,    dS = P (dP - rowsum(P dP)),
                 dQ = scale dS K,    dK = scale dS^T Q,    dV = P^T G,    dM = dS

where products of [rows, keys] matrices are elementwise. P is made anew for each block (`oplift.rules.rowwise`).
Everything is differentiable again, to any order. Half-precision operands are computed with in single precision, as
the fused kernels do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from oplift.api_basis import bottom
from oplift.rule import operator
from oplift.rules.formulas import sum_to
from oplift.rules.rowwise import Axes, Rowwise

HALF = (torch.float16, torch.bfloat16)
_QUERIES, _KEYS = Axes(rows=-2), Axes(keys=-2)


def additive(mask: Tensor | None, query: Tensor) -> Tensor | None:
    """A mask as what is added to the scores."""
    if mask is None or mask.dtype is not torch.bool:
        return mask
    return torch.zeros(mask.shape, dtype=query.dtype, device=query.device).masked_fill(~mask, -math.inf)


def recorded(*tensors: Tensor | None) -> bool:
    """Whether PyTorch's own autograd records what is computed from these, below all transforms."""
    return torch.is_grad_enabled() and any(x is not None and bottom(x).requires_grad for x in tensors)


def by_rows(x: Tensor) -> Tensor:
    """`x` with rows that lie together in memory, as the kernels read them without asking."""
    return x if x.stride(-1) == 1 else x.contiguous()


def for_each_query_head(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Keys and values, [..., heads, length, width], repeated where several heads of queries share one of theirs."""
    heads = query.shape[-3]
    key, value = (x if x.shape[-3] == heads else x.repeat_interleave(heads // x.shape[-3], -3) for x in (key, value))
    return key, value


def by_definition(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The result and the attention weights, in operators that hold [queries, keys] matrices."""
    found = weights(wide(query), wide(key), wide(additive(attn_mask, query)), upper_left(is_causal), scale)
    kept = torch.nn.functional.dropout(found, dropout_p) if dropout_p else found
    return kept.matmul(wide(value)).to(query.dtype), kept.to(query.dtype)


def by_blocks(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, is_causal: bool = False,
    scale: float | None = None,
) -> Tensor:  # fmt: skip
    """The same result in the memory of a block."""
    diagonal = upper_left(is_causal)

    def rows(start: int, q: Tensor, k: Tensor, v: Tensor, m: Tensor | None) -> list[Tensor]:
        return [weights(q, k, m, diagonal, scale, start).matmul(v)]

    axes = (_QUERIES, _KEYS, _KEYS, _axes_of_mask(attn_mask))
    function = Rowwise(rows, axes, (_QUERIES,), _width(query, key), diagonal)
    return function(*[wide(x) for x in (query, key, value, attn_mask)])[0].to(query.dtype)  # type: ignore[no-any-return]


def upper_left(is_causal: bool) -> int | None:
    """The diagonal of a mask that lets query i look at keys up to the i-th."""
    return 0 if is_causal else None


def lower_right(is_causal: bool, query: Tensor, key: Tensor) -> int | None:
    """The diagonal of a mask that lets the last query look at all keys, the one before at all but one, and so on."""
    return key.shape[-2] - query.shape[-2] if is_causal else None


def weights(
    query: Tensor, key: Tensor, mask: Tensor | None, diagonal: int | None, scale: float | None, start: int = 0
) -> Tensor:
    """softmax(query key^T * scale + mask); who may look at nothing has weights of zero.

    Args:
        diagonal: query i looks at keys up to i + diagonal; None: at all.
        start: the number of the first query.
    """
    scores = (query * scale_of(query, scale)).matmul(key.mT)
    if diagonal is not None:
        past = torch.ones(scores.shape[-2:], dtype=torch.bool, device=query.device).tril(start + diagonal)
        scores = scores.masked_fill(~past, -math.inf)
    if mask is None and (diagonal is None or diagonal >= 0):
        return scores.softmax(-1)
    return torch._safe_softmax(scores if mask is None else scores + mask, -1)


def scale_of(query: Tensor, scale: float | None) -> float:
    """What the scores are multiplied by: one over the root of the width if nothing else was said."""
    return 1 / math.sqrt(max(query.shape[-1], 1)) if scale is None else scale


def wide(x: Any) -> Any:
    """`x` in a precision to compute with."""
    return x.float() if x is not None and x.dtype in HALF else x


def _width(query: Tensor, key: Tensor) -> int:
    """How many scores the queries of one position have, over all heads."""
    return max(math.prod(query.shape[:-2]), math.prod(key.shape[:-2])) * key.shape[-2]


def _axes_of_mask(mask: Tensor | None) -> Axes:
    """Where a mask has rows and keys; a dimension of one is broadcast."""
    rows, keys = (1, 1) if mask is None else [1, 1, *mask.shape][-2:]
    return Axes(-2 if rows > 1 else None, -1 if keys > 1 else None)


# ---- derivatives of the fused kernels, on [N, heads, length, width]


def tangent(
    tangents: Sequence[Tensor | None], query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None,
    dropout_p: float, diagonal: int | None, scale: float | None,
) -> Tensor | None:  # fmt: skip
    """The tangent of an attention along query, key, value and mask."""
    if dropout_p:
        raise RuntimeError(
            "jvp: the dropout of a fused attention kernel cannot be repeated for a tangent; call "
            "scaled_dot_product_attention, which takes it apart, or use dropout_p=0"
        )
    if all(t is None for t in tangents):
        return None
    factor = scale_of(query, scale)

    def rows(start: int, q: Tensor, k: Tensor, v: Tensor, m: Any, q_t: Any, k_t: Any, v_t: Any, m_t: Any) -> list[Any]:
        p = weights(q, k, m, diagonal, scale, start)
        terms = [] if q_t is None else [(q_t * factor).matmul(k.mT)]
        terms += [] if k_t is None else [(q * factor).matmul(k_t.mT)]
        terms += [] if m_t is None else [m_t.expand(p.shape)]
        moved = [] if v_t is None else [p.matmul(v_t)]
        moved += [_through_softmax(sum(terms[1:], terms[0]), p).matmul(v)] if terms else []
        return [sum(moved[1:], moved[0])]

    primals = [wide(x) for x in (query, *for_each_query_head(query, key, value), mask)]
    ts = [wide(t) for t in tangents]
    if key.shape[1] != query.shape[1]:
        ts[1:3] = [None if t is None else for_each_query_head(query, t, t)[0] for t in ts[1:3]]
    axes = (_QUERIES, _KEYS, _KEYS, _axes_of_mask(mask))
    return Rowwise(rows, axes * 2, (_QUERIES,), _width(query, primals[1]), diagonal)(*primals, *ts)[0]  # type: ignore[no-any-return]


def gradients(
    grad: Tensor, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, diagonal: int | None,
    scale: float | None, needs: Sequence[bool],
) -> list[Tensor | None]:  # fmt: skip
    """The cotangents of query, key, value and mask, None where not needed."""
    factor = scale_of(query, scale)

    def rows(start: int, g: Tensor, q: Tensor, k: Tensor, v: Tensor, m: Any) -> list[Any]:
        p = weights(q, k, m, diagonal, scale, start)
        dv = p.mT.matmul(g) if needs[2] else None
        if not (needs[0] or needs[1] or needs[3]):
            return [None, None, dv, None]
        ds = _through_softmax(g.matmul(v.mT), p)
        dq = ds.matmul(k) * factor if needs[0] else None
        dk = ds.mT.matmul(q * factor) if needs[1] else None
        return [dq, dk, dv, sum_to(ds, m.shape) if needs[3] else None]

    operands = [wide(x) for x in (grad, query, *for_each_query_head(query, key, value), mask)]
    axes = (_QUERIES, _KEYS, _KEYS, _axes_of_mask(mask))
    found = Rowwise(rows, (_QUERIES, *axes), axes, _width(query, operands[2]), diagonal)(*operands)
    shaped = zip(found, (query, key, value, mask), strict=True)
    return [None if x is None else _of_own_heads(x, like).to(like.dtype) for x, like in shaped]  # type: ignore[union-attr, arg-type]


def _through_softmax(x: Tensor, p: Tensor) -> Tensor:
    """p * (x - rowsum(p * x)): the derivative of a softmax, which is symmetric."""
    return operator("aten::_softmax_backward_data")(x, p, -1, p.dtype)  # type: ignore[no-any-return]


def _of_own_heads(x: Tensor, like: Tensor) -> Tensor:
    """The cotangent of a head that several heads of queries shared."""
    if x.ndim < 3 or x.shape[-3] == like.shape[-3]:
        return x
    return x.unflatten(-3, (like.shape[-3], -1)).sum(-3)  # type: ignore[no-any-return]
