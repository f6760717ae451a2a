"""Helpers of norm.yaml: batch normalisation.

Operators without side effects do the work. The others are written with them, and write to the running statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from oplift.batching import Batched
from oplift.op import register
from oplift.rule import Rules, Unbatched, operator
from oplift.rules.conv import expanded, for_some_examples, from_channels, to_channels
from oplift.rules.norm import affine, input_gradient, masked, per_channel, scaled
from oplift.stack import KINDS

BatchNormResult = tuple[Tensor, Tensor, Tensor]


def batch_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None,
    running_var: Tensor | None, training: bool, momentum: float, eps: float, cudnn_enabled: bool = True,
) -> Tensor:  # fmt: skip
    """torch.batch_norm, without the statistics."""
    if not input.numel():
        return affine(input, per_channel(weight, input.ndim), per_channel(bias, input.ndim))
    return native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)[0]


def native_batch_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None,
    running_var: Tensor | None, training: bool, momentum: float, eps: float,
) -> BatchNormResult:  # fmt: skip
    """native_batch_norm as an operator without side effects, and a write to the running statistics."""
    if not training:
        frozen = operator("aten::_native_batch_norm_legit_no_training")
        return frozen(input, weight, bias, running_mean, running_var, momentum, eps)  # type: ignore[no-any-return]
    if running_mean is None or running_var is None:
        stateless = operator("aten::_native_batch_norm_legit.no_stats")
        return stateless(input, weight, bias, True, momentum, eps)  # type: ignore[no-any-return]
    update = operator("aten::_native_batch_norm_legit_functional")
    *found, mean, var = update(input, weight, bias, running_mean, running_var, True, momentum, eps)
    for running, new in ((running_mean, mean), (running_var, var)):
        running.copy_(operator(_SETTLED)(running, new, momentum, _sharing(running, new)))
    return tuple(found)


def _sharing(running: Tensor, new: Tensor) -> int:
    """How many of the batches in `new` share `running`, being younger; what a function makes itself is not shared."""
    levels, born = 0, getattr(running, "born", -1)
    while type(new) in KINDS:
        levels += type(new) is Batched and new.level.depth > born
        new = new.value  # type: ignore[attr-defined]
    return levels


def batch_norm_with_update(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor, running_var: Tensor,
    momentum: float, eps: float,
) -> tuple[Tensor, ...]:  # fmt: skip
    """_batch_norm_with_update_functional; its reserve is for the kernels of PyTorch's own backward."""
    update = operator("aten::_native_batch_norm_legit_functional")
    out, mean, rstd, *running = update(input, weight, bias, running_mean, running_var, True, momentum, eps)
    return out, mean, rstd, _no_reserve(input), *running


def batch_norm_with_update_in_place(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor, running_var: Tensor,
    momentum: float, eps: float,
) -> tuple[Tensor, ...]:  # fmt: skip
    """_batch_norm_with_update: training, and a write to the running statistics."""
    found = native_batch_norm(input, weight, bias, running_mean, running_var, True, momentum, eps)
    return *found, _no_reserve(input)


def batch_norm_no_update(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None,
    running_var: Tensor | None, momentum: float, eps: float,
) -> tuple[Tensor, ...]:  # fmt: skip
    """_batch_norm_no_update: the running statistics are read, not written."""
    found = native_batch_norm(input, weight, bias, running_mean, running_var, False, momentum, eps)
    return *found, _no_reserve(input)


def cudnn_batch_norm(
    input: Tensor, weight: Tensor, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    training: bool, exponential_average_factor: float, epsilon: float,
) -> tuple[Tensor, ...]:  # fmt: skip
    """cudnn_batch_norm by PyTorch's own kernels, whose saved statistics mean the same to every backward."""
    statistics = (running_mean, running_var, training, exponential_average_factor, epsilon)
    return *native_batch_norm(input, weight, bias, *statistics), _no_reserve(input)


def _no_reserve(input: Tensor) -> Tensor:
    return torch.empty(0, dtype=torch.uint8, device=input.device)


def _tiled(x: Tensor | None, batched: bool, size: int) -> Tensor | None:
    """One number for each channel of each example."""
    if x is None:
        return None
    return x.flatten() if batched else x.repeat(size)


def _stateless(op: str, size: int, batched: Sequence[bool], tensors: Sequence[Any], rest: Sequence[Any]) -> list[Any]:
    """A training operator with the examples of the batch side by side as channels; all outputs carry the batch."""
    input, *others = tensors
    folded = [_tiled(t, flag, size) for t, flag in zip(others, batched[1:], strict=True)]
    out, *statistics = operator(op)(to_channels(expanded(input, batched[0], size)), *folded, *rest)
    return [from_channels(out, size), *(s.reshape(size, s.numel() // size) for s in statistics)]


@for_some_examples(3)
def batch_norm_training_batch(
    size: int, batched: Sequence[bool], input: Tensor, weight: Tensor | None, bias: Tensor | None, training: bool,
    momentum: float, eps: float,
) -> tuple[Any, ...]:  # fmt: skip
    """By hand because the batch goes into the channels; a shared input is normalised once."""
    op = "aten::_native_batch_norm_legit.no_stats"
    if batched[0]:
        return tuple(_stateless(op, size, batched, (input, weight, bias), (training, momentum, eps)))
    out, mean, rstd = operator(op)(input, None, None, training, momentum, eps)
    scale, shift = (per_channel(t, input.ndim, f) for t, f in zip((weight, bias), batched[1:], strict=True))
    return affine(out, scale, shift), Unbatched(mean), Unbatched(rstd)


@for_some_examples(5)
def batch_norm_update_batch(
    size: int, batched: Sequence[bool], input: Tensor, weight: Tensor | None, bias: Tensor | None,
    running_mean: Tensor, running_var: Tensor, training: bool, momentum: float, eps: float,
) -> tuple[Any, ...]:  # fmt: skip
    """By hand because the batch goes into the channels."""
    tensors = (input, weight, bias, running_mean, running_var)
    op = "aten::_native_batch_norm_legit_functional"
    return tuple(_stateless(op, size, batched, tensors, (training, momentum, eps)))


#: Of shared running statistics, what a loop over the examples would leave.
_SETTLED = "oplift::settled_running_average"


def _settled_batch(size: int, batched: Sequence[bool], old: Tensor, new: Tensor, momentum: float, sharing: int) -> Any:
    """`new` is what each example by itself makes of the average; a shared average sees them one after the other."""
    if not sharing or batched[0] or not batched[1]:
        return new if batched[1] else Unbatched(new)
    keep = 1 - momentum
    decay = torch.tensor([keep ** (size - 1 - i) for i in range(size)], dtype=new.dtype, device=new.device)
    after = keep**size * old + decay @ (new - keep * old)
    return Unbatched(operator(_SETTLED)(old, after, 1 - keep**size, sharing - 1))


register({
    _SETTLED: Rules(
        schema="(Tensor old, Tensor new, float momentum, int sharing) -> Tensor",
        fn=lambda old, new, momentum, sharing: new,
        batch=_settled_batch,
        derivative="none",
    )
})  # fmt: skip


def batch_norm_eval_batch(
    size: int, batched: Sequence[bool], input: Tensor, weight: Tensor | None, bias: Tensor | None,
    running_mean: Tensor, running_var: Tensor, momentum: float, eps: float,
) -> tuple[Any, ...]:  # fmt: skip
    """By hand: with the statistics given, examples are independent, and channels are scaled and shifted."""
    op = operator("aten::_native_batch_norm_legit_no_training")
    if not any(batched[1:]):
        out, mean, rstd = op(input.flatten(0, 1), weight, bias, running_mean, running_var, momentum, eps)
        return out.reshape(size, input.shape[1], *out.shape[1:]), Unbatched(mean), Unbatched(rstd)
    rank = input.ndim - batched[0]
    scale, shift, mean, var = (
        per_channel(t, rank, flag)
        for t, flag in zip((weight, bias, running_mean, running_var), batched[1:], strict=True)
    )
    out = affine((input - mean) * scaled((var + eps).rsqrt(), scale), None, shift).to(input.dtype)  # type: ignore[operator,union-attr]
    none = Unbatched(running_mean.new_empty(0))
    return out, none, none


def batch_norm_pushed(
    input_t: Tensor, input: Tensor, weight: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    mean: Tensor, rstd: Tensor, training: bool, eps: float,
) -> Tensor:  # fmt: skip
    """The tangent of a batch normalisation along its input."""
    backward = operator("aten::native_batch_norm_backward")
    mask = [True, False, False]
    return backward(input_t, input, weight, running_mean, running_var, mean, rstd, training, eps, mask)[0]  # type: ignore[no-any-return]


def frozen_slopes(
    input: Tensor, weight: Tensor | None, running_mean: Tensor, running_var: Tensor, eps: float, training: bool = False
) -> tuple[Tensor, Tensor]:
    """The derivatives of a batch normalisation by the statistics that it is given, for each element."""
    if training:
        return torch.zeros_like(input), torch.zeros_like(input)
    rank = input.ndim
    rstd = (per_channel(running_var, rank) + eps).rsqrt()  # type: ignore[operator,union-attr]
    slope = -scaled(rstd, per_channel(weight, rank))
    return slope, slope * (input - per_channel(running_mean, rank)) * rstd * rstd / 2  # type: ignore[operator]


def over_channels(x: Tensor) -> Tensor:
    """The sum of each channel."""
    return x.sum([0, *range(2, x.ndim)])


def normalised(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, training: bool, eps: float
) -> Tensor:
    """A batch normalisation without weight and bias, and without side effects."""
    if training:
        return operator("aten::_native_batch_norm_legit.no_stats")(input, None, None, True, 0.0, eps)[0]  # type: ignore[no-any-return]
    frozen = operator("aten::_native_batch_norm_legit_no_training")
    return frozen(input, None, None, running_mean, running_var, 0.0, eps)[0]  # type: ignore[no-any-return]


def batch_norm_backward(
    grad_out: Tensor, input: Tensor, weight: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    save_mean: Tensor | None, save_invstd: Tensor | None, train: bool, eps: float, output_mask: Sequence[bool],
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The gradients of a batch normalisation, as functions that can be differentiated again."""
    rank, dims = input.ndim, [0, *range(2, input.ndim)]
    g = scaled(grad_out, per_channel(weight, rank))
    if train:
        centred = input - input.mean(dims, True)
        rstd = ((centred * centred).mean(dims, True) + eps).rsqrt()
    else:
        centred = input - per_channel(running_mean, rank)  # type: ignore[operator]
        rstd = (per_channel(running_var, rank) + eps).rsqrt()  # type: ignore[operator,union-attr]
    xhat = centred * rstd
    return masked(
        output_mask,
        lambda: (input_gradient(g, xhat, rstd, dims) if train else g * rstd).to(input.dtype),
        lambda: (grad_out * xhat).sum(dims),
        lambda: grad_out.sum(dims),
    )


def batch_norm_backward_with_reserve(
    grad_out: Tensor, input: Tensor, weight: Tensor, running_mean: Tensor | None, running_var: Tensor | None,
    save_mean: Tensor | None, save_var: Tensor | None, update: bool, eps: float, output_mask: Sequence[bool],
    reserve: Tensor,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """batch_norm_backward; save_var holds the same as save_invstd elsewhere."""
    backward = operator("aten::native_batch_norm_backward")
    saved = (running_mean, running_var, save_mean, save_var)
    return backward(grad_out, input, weight, *saved, update, eps, output_mask)  # type: ignore[no-any-return]


def lone_contiguous(grad: Tensor) -> Tensor:
    """`grad` as PyTorch's CPU kernel must have it: of a single image it takes channels-last strides for others (2.13)."""
    return grad.contiguous() if grad.shape[0] == 1 else grad


@for_some_examples(7)
def batch_norm_backward_batch(
    size: int, batched: Sequence[bool], grad_out: Tensor, input: Tensor, weight: Tensor | None,
    running_mean: Tensor | None, running_var: Tensor | None, save_mean: Tensor | None, save_invstd: Tensor | None,
    train: bool, eps: float, output_mask: Sequence[bool],
) -> tuple[Any, ...]:  # fmt: skip
    """By hand because the batch goes into the channels."""
    grad, x = (to_channels(expanded(t, f, size)) for t, f in zip((grad_out, input), batched[:2], strict=True))
    per = (weight, running_mean, running_var, save_mean, save_invstd)
    folded = [_tiled(t, flag, size) for t, flag in zip(per, batched[2:], strict=True)]
    found = operator("aten::native_batch_norm_backward")(lone_contiguous(grad), x, *folded, train, eps, output_mask)
    inputs, *others = found
    return (
        None if inputs is None else from_channels(inputs, size),
        *(None if t is None else t.reshape(size, -1) for t in others),
    )
