"""The fused kernels of attention: how they are batched, and their derivatives.

The kernels serve values and first gradients. Tangents, and derivatives of the kernels' backwards, go by blocks of rows
(`oplift.rules.attention_rows`), in memory that is linear in the lengths as the kernels' own is; so do gradients that
PyTorch's own autograd is to differentiate once more, which has no derivative of the backwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from oplift.fallback import stack_outputs
from oplift.rule import Op, Unbatched, operator
from oplift.rules.attention_rows import by_rows, gradients, lower_right, recorded, tangent, upper_left
from oplift.rules.conv import expanded

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
    if size > 0 and not any(batched[1:]) and attn_mask is None and not is_causal:  # it cannot do without any rows
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
    return _unfolded(out, size, n), _logsumexp(lse, size, n), *(_shared(x) for x in others)


def efficient_batch(
    size: int, batched: Sequence[bool], query: Tensor, key: Tensor, value: Tensor, attn_bias: Tensor | None, *rest: Any
) -> Any:
    """By hand, as flash_batch."""
    operands, n = _folded_all((query, key, value), batched, size)
    bias = _folded_mask(attn_bias, batched[3], size, n)
    out, lse, *others = operator("aten::_scaled_dot_product_efficient_attention")(*operands, bias, *rest)
    return _unfolded(out, size, n), _logsumexp(lse, size, n), *(_shared(x) for x in others)


def _logsumexp(lse: Tensor, size: int, n: int) -> Any:
    """A kernel that was not asked for it gives an empty tensor."""
    return _unfolded(lse, size, n) if lse.numel() else Unbatched(lse)


def _shared(x: Any) -> Any:
    return Unbatched(x) if isinstance(x, Tensor) else x


def fused_backward_batch(name: str, folded: int, mask: int | None = None) -> Callable[..., Any]:
    """The batching rule of a CUDA kernel's backward: its first `folded` tensors have examples, and a mask may have."""

    def batch(size: int, batched: Sequence[bool], *args: Any) -> Any:
        op = operator(name)
        flags = dict(zip(op.tensors, batched, strict=True))
        if size > 0 and not _one_call(op, flags, args, folded, mask):
            return stack_outputs(op, [op(*_example(args, flags, b)) for b in range(size)])
        values, n = list(args), args[0].shape[1 if flags[0] else 0]
        for i in op.tensors:
            if i == mask:
                values[i] = _folded_mask(args[i], flags[i], size, n)
            elif i < folded:
                values[i] = _folded(args[i], flags[i], size)
        return tuple([_unfolded(x, size, n) for x in op(*values)])

    return batch


def _one_call(op: Op, flags: dict[int, bool], args: Sequence[Any], folded: int, mask: int | None) -> bool:
    """Whether one call can serve all examples: it repeats the dropout that one call drew, and adds up no bias's cotangents."""
    named = dict(zip([p.name for p in op.parameters], args, strict=False))
    if named.get("grad_input_mask", [False])[-1]:
        return False
    state = any(flag for i, flag in flags.items() if i >= folded and i != mask)
    out = next(i for i in op.tensors if op.parameters[i].name == "out")
    return not named["dropout_p"] or (flags[out] and not state)


def _example(args: Sequence[Any], flags: dict[int, bool], b: int) -> list[Any]:
    return [x.select(0, b) if flags.get(i) else x for i, x in enumerate(args)]


flash_backward_batch = fused_backward_batch("aten::_scaled_dot_product_flash_attention_backward", 6)
cudnn_backward_batch = fused_backward_batch("aten::_scaled_dot_product_cudnn_attention_backward", 6, mask=8)
efficient_backward_batch = fused_backward_batch("aten::_scaled_dot_product_efficient_attention_backward", 7, mask=4)


# ---- derivatives


def cpu_jvp(
    tangents: Sequence[Tensor | None], results: Any, query: Tensor, key: Tensor, value: Tensor, dropout_p: float = 0.0,
    is_causal: bool = False, attn_mask: Tensor | None = None, scale: float | None = None,
) -> tuple[Tensor | None, None]:  # fmt: skip
    """The tangents of the CPU kernel's outputs."""
    return tangent(tangents, query, key, value, attn_mask, dropout_p, upper_left(is_causal), scale), None


def cpu_vjp(
    needs: Sequence[bool], grads: Any, results: Any, query: Tensor, key: Tensor, value: Tensor, dropout_p: float = 0.0,
    is_causal: bool = False, attn_mask: Tensor | None = None, scale: float | None = None,
) -> Sequence[Tensor | None]:  # fmt: skip
    """The cotangents of the CPU kernel's operands; a mask's are not among what its backward computes."""
    if grads[0] is None:
        return None, None, None, None
    if needs[3] or recorded(grads[0], query, key, value):
        return gradients(grads[0], query, key, value, attn_mask, upper_left(is_causal), scale, needs)
    op = operator("aten::_scaled_dot_product_flash_attention_for_cpu_backward")
    return *op(by_rows(grads[0]), query, key, value, *results, dropout_p, is_causal, attn_mask, scale), None


def cpu_gradients(
    grad_out: Tensor, query: Tensor, key: Tensor, value: Tensor, out: Tensor, logsumexp: Tensor, dropout_p: float,
    is_causal: bool, attn_mask: Tensor | None = None, scale: float | None = None,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The CPU kernel's backward by blocks of rows."""
    return tuple(
        gradients(grad_out, query, key, value, attn_mask, upper_left(is_causal), scale, (True, True, True, False))[:3]
    )


def flash_jvp(
    tangents: Sequence[Tensor | None], results: Any, query: Tensor, key: Tensor, value: Tensor, dropout_p: float = 0.0,
    is_causal: bool = False, return_debug_mask: bool = False, scale: float | None = None,
) -> tuple[Any, ...]:  # fmt: skip
    """The tangents of the flash kernel's outputs."""
    found = tangent((*tangents, None), query, key, value, None, dropout_p, lower_right(is_causal, query, key), scale)
    return found, *[None] * (len(results) - 1)


def flash_vjp(
    needs: Sequence[bool], grads: Any, results: Any, query: Tensor, key: Tensor, value: Tensor, dropout_p: float = 0.0,
    is_causal: bool = False, return_debug_mask: bool = False, scale: float | None = None,
) -> Sequence[Tensor | None]:  # fmt: skip
    """The cotangents of the flash kernel's operands."""
    if grads[0] is None:
        return None, None, None
    if not dropout_p and recorded(grads[0], query, key, value):
        return gradients(grads[0], query, key, value, None, lower_right(is_causal, query, key), scale, (*needs, False))[
            :3
        ]
    op = operator("aten::_scaled_dot_product_flash_attention_backward")
    out, lse, cum_q, cum_k, _, _, seed, offset, _ = results
    saved = (out, lse, cum_q, cum_k, query.shape[2], key.shape[2])
    return op(by_rows(grads[0]), query, key, value, *saved, dropout_p, is_causal, seed, offset, scale)  # type: ignore[no-any-return]


def flash_gradients(
    grad_out: Tensor, query: Tensor, key: Tensor, value: Tensor, out: Tensor, logsumexp: Tensor, cum_seq_q: Any,
    cum_seq_k: Any, max_q: int, max_k: int, dropout_p: float, is_causal: bool, philox_seed: Any, philox_offset: Any,
    scale: float | None = None,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The flash kernel's backward by blocks of rows."""
    _no_dropout(dropout_p)
    return tuple(
        gradients(
            grad_out, query, key, value, None, lower_right(is_causal, query, key), scale, (True, True, True, False)
        )[:3]
    )


def _no_dropout(dropout_p: float) -> None:
    if dropout_p:
        raise RuntimeError(
            "the dropout of a fused attention kernel cannot be repeated for a second derivative; call "
            "scaled_dot_product_attention, which takes it apart, or use dropout_p=0"
        )


def efficient_jvp(
    tangents: Sequence[Tensor | None], results: Any, query: Tensor, key: Tensor, value: Tensor,
    attn_bias: Tensor | None, compute_log_sumexp: bool, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None,
) -> tuple[Any, ...]:  # fmt: skip
    """The tangents of the memory-efficient kernel's outputs."""
    found = tangent(tangents, query, key, value, attn_bias, dropout_p, upper_left(is_causal), scale)
    return found, *[None] * (len(results) - 1)


def efficient_vjp(
    needs: Sequence[bool], grads: Any, results: Any, query: Tensor, key: Tensor, value: Tensor,
    attn_bias: Tensor | None, compute_log_sumexp: bool, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None,
) -> Sequence[Tensor | None]:  # fmt: skip
    """The cotangents of the memory-efficient kernel's operands; without its log-sum-exp, by blocks of rows."""
    if grads[0] is None:
        return None, None, None, None
    if needs[3] or not compute_log_sumexp or (not dropout_p and recorded(grads[0], query, key, value)):
        _no_dropout(dropout_p)
        return gradients(grads[0], query, key, value, attn_bias, upper_left(is_causal), scale, needs)
    op = operator("aten::_scaled_dot_product_efficient_attention_backward")
    mask = [*needs[:3], False]
    return op(by_rows(grads[0]), query, key, value, attn_bias, *results, dropout_p, mask, is_causal, scale)  # type: ignore[no-any-return]


def efficient_gradients(
    grad_out_: Tensor, query: Tensor, key: Tensor, value: Tensor, attn_bias: Tensor | None, out: Tensor,
    logsumexp: Tensor, philox_seed: Any, philox_offset: Any, dropout_p: float, grad_input_mask: Sequence[bool],
    is_causal: bool = False, scale: float | None = None,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The memory-efficient kernel's backward by blocks of rows."""
    _no_dropout(dropout_p)
    return tuple(gradients(grad_out_, query, key, value, attn_bias, upper_left(is_causal), scale, grad_input_mask))


def cudnn_jvp(
    tangents: Sequence[Tensor | None], results: Any, query: Tensor, key: Tensor, value: Tensor,
    attn_bias: Tensor | None, compute_log_sumexp: bool, dropout_p: float = 0.0, is_causal: bool = False,
    return_debug_mask: bool = False, scale: float | None = None,
) -> tuple[Any, ...]:  # fmt: skip
    """The tangents of the cuDNN kernel's outputs."""
    found = tangent(tangents, query, key, value, attn_bias, dropout_p, upper_left(is_causal), scale)
    return found, *[None] * (len(results) - 1)


def cudnn_vjp(
    needs: Sequence[bool], grads: Any, results: Any, query: Tensor, key: Tensor, value: Tensor,
    attn_bias: Tensor | None, compute_log_sumexp: bool, dropout_p: float = 0.0, is_causal: bool = False,
    return_debug_mask: bool = False, scale: float | None = None,
) -> Sequence[Tensor | None]:  # fmt: skip
    """The cotangents of the cuDNN kernel's operands; without its log-sum-exp, by blocks of rows."""
    if grads[0] is None:
        return None, None, None, None
    if needs[3] or not compute_log_sumexp or (not dropout_p and recorded(grads[0], query, key, value)):
        _no_dropout(dropout_p)
        return gradients(grads[0], query, key, value, attn_bias, upper_left(is_causal), scale, needs)
    op = operator("aten::_scaled_dot_product_cudnn_attention_backward")
    out, lse, cum_q, cum_k, _, _, seed, offset, _ = results
    operands = (by_rows(grads[0]), query, key, value, out, lse, seed, offset, attn_bias, cum_q, cum_k)
    return *op(*operands, query.shape[2], key.shape[2], dropout_p, is_causal, scale), None


def cudnn_gradients(
    grad_out: Tensor, query: Tensor, key: Tensor, value: Tensor, out: Tensor, logsumexp: Tensor, philox_seed: Any,
    philox_offset: Any, attn_bias: Tensor | None, cum_seq_q: Any, cum_seq_k: Any, max_q: int, max_k: int,
    dropout_p: float, is_causal: bool, scale: float | None = None,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The cuDNN kernel's backward by blocks of rows."""
    _no_dropout(dropout_p)
    return tuple(
        gradients(grad_out, query, key, value, attn_bias, upper_left(is_causal), scale, (True, True, True, False))[:3]
    )
