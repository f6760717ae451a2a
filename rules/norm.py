"""Helpers of norm.yaml: layer, group and root-mean-square normalisation; batch normalisation is in batch_norm.py.

With `xhat = (x - mean) * rstd` over some dimensions, the derivative of xhat is its own adjoint:
`d xhat = rstd * (dx - mean(dx) - xhat * mean(xhat * dx))`. So the tangent of a normalisation is its fused backward
kernel, applied to the tangent. The derivatives of these kernels count the statistics as functions of the input; the
statistics that a kernel is given are taken as numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor

from oplift.rule import Unbatched, operator
from oplift.rules.conv import expanded

# ---- what they share


def scaled(x: Tensor, weight: Tensor | None) -> Tensor:
    """`x * weight`, where there is a weight."""
    return x if weight is None else x * weight


def affine(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    """`x * weight + bias`, where they are given."""
    x = scaled(x, weight)
    return x if bias is None else x + bias


def per_channel(x: Tensor | None, rank: int, batched: bool = False) -> Tensor | None:
    """One number for each channel, for tensors whose examples have `rank` dimensions, channels second."""
    if x is None:
        return None
    ones = (1,) * (rank - 2)
    return x.reshape(x.shape[0], 1, *x.shape[1:], *ones) if batched else x.reshape(*x.shape, *ones)


def input_gradient(grad: Tensor, xhat: Tensor, rstd: Tensor, dims: list[int]) -> Tensor:
    """The adjoint of `x -> xhat`, for a normalisation over `dims`."""
    return rstd * (grad - grad.mean(dims, True) - xhat * (grad * xhat).mean(dims, True))


def standardised(x: Tensor, rstd: Tensor, dims: list[int]) -> tuple[Tensor, Tensor]:
    """xhat and rstd as functions of `x`, with the value of `rstd` that a kernel has saved.

    A backward kernel is given rstd and not the epsilon in it; epsilon is what rstd has besides the variance.
    """
    x = x.to(rstd.dtype)
    centred = x - x.mean(dims, True)
    variance = (centred * centred).mean(dims, True)
    epsilon = (rstd.detach() ** -2 - variance.detach()).detach()
    rstd = (variance + epsilon).rsqrt()
    return centred * rstd, rstd


def masked(mask: Sequence[bool], *gradients: Any) -> tuple[Any, ...]:
    """The gradients that were asked for; each is given as a function without arguments."""
    return tuple([g() if wanted else None for g, wanted in zip(gradients, mask, strict=True)])


def total(x: Tensor, dims: list[int]) -> Tensor:
    """The sum over `dims`, all of which may be missing."""
    return x.sum(dims) if dims else x


# ---- layer normalisation


def layer_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-5, cudnn_enable: bool = True,
) -> Tensor:  # fmt: skip
    """torch.layer_norm, without the statistics."""
    return torch.native_layer_norm(input, normalized_shape, weight, bias, eps)[0]


def layer_norm_affine_apart(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """native_layer_norm with weight and bias of their own for each example, which the kernel does not know."""
    out, mean, rstd = torch.native_layer_norm(input, normalized_shape, None, None, eps)
    return affine(out, weight, bias).to(out.dtype), mean, rstd


def layer_norm_pushed(
    input_t: Tensor, input: Tensor, normalized_shape: Sequence[int], mean: Tensor, rstd: Tensor, weight: Tensor | None
) -> Tensor:
    """The tangent of a layer normalisation along its input."""
    backward = operator("aten::native_layer_norm_backward")
    found = backward(input_t, input, normalized_shape, mean, rstd, None, None, [True, False, False])[0]
    return scaled(found, weight)


def layer_norm_backward(
    grad_out: Tensor, input: Tensor, normalized_shape: Sequence[int], mean: Tensor, rstd: Tensor,
    weight: Tensor | None, bias: Tensor | None, output_mask: Sequence[bool],
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The gradients of a layer normalisation, as functions that can be differentiated again."""
    dims = list(range(-len(normalized_shape), 0))
    outer = list(range(input.ndim - len(normalized_shape)))
    xhat, rstd = standardised(input, rstd, dims)
    own, shift = (input.dtype if t is None else t.dtype for t in (weight, bias))
    return masked(
        output_mask,
        lambda: input_gradient(scaled(grad_out, weight), xhat, rstd, dims).to(input.dtype),
        lambda: total(grad_out * xhat, outer).to(own),
        lambda: total(grad_out, outer).to(shift),
    )


def layer_norm_backward_batch(
    size: int, batched: Sequence[bool], grad_out: Tensor, input: Tensor, normalized_shape: Sequence[int], mean: Tensor,
    rstd: Tensor, weight: Tensor | None, bias: Tensor | None, output_mask: Sequence[bool],
) -> tuple[Any, ...]:  # fmt: skip
    """By hand because the kernel sums the gradients of weight and bias over all examples."""
    _, of_input, _, _, of_weight, _ = batched
    rank = input.ndim - of_input
    outer = list(range(1, 1 + rank - len(normalized_shape)))
    grad, x, mu, r = (
        expanded(t, flag, size) for t, flag in zip((grad_out, input, mean, rstd), batched[:4], strict=True)
    )

    def of_x() -> Tensor:
        scale = None if of_weight else weight
        g = grad * weight.reshape(size, *(1,) * len(outer), *normalized_shape) if of_weight else grad  # type: ignore[union-attr]
        backward = operator("aten::native_layer_norm_backward")
        # the kernel reads the statistics as they lie in memory
        statistics = mu.contiguous(), r.contiguous()
        return backward(g, x, normalized_shape, *statistics, scale, None, [True, False, False])[0]  # type: ignore[no-any-return]

    own, shift = (input.dtype if t is None else t.dtype for t in (weight, bias))
    return masked(
        output_mask,
        of_x,
        lambda: total((x - mu) * r * grad, outer).to(own),
        lambda: total(grad, outer).to(shift),
    )


# ---- group normalisation


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Tensor:  # fmt: skip
    """torch.group_norm, without the statistics."""
    n, channels, *image = input.shape
    if channels % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    sizes = (n, channels, prod(image), num_groups)
    return torch.native_group_norm(input.contiguous(), _dense(weight), _dense(bias), *sizes, eps)[0]


def _dense(x: Tensor | None) -> Tensor | None:
    """For a kernel that reads memory as it lies."""
    return None if x is None else x.contiguous()


def group_norm_batch(
    size: int, batched: Sequence[bool], input: Tensor, weight: Tensor | None, bias: Tensor | None, N: int, C: int,
    HxW: int, group: int, eps: float,
) -> tuple[Any, ...]:  # fmt: skip
    """By hand because an argument counts the examples, and the kernel reads memory as it lies."""
    of_input, of_weight, of_bias = batched
    shared = (None, None) if of_weight or of_bias else (_dense(weight), _dense(bias))
    x = (input.flatten(0, 1) if of_input else input).contiguous()
    out, mean, rstd = torch.native_group_norm(x, *shared, size * N if of_input else N, C, HxW, group, eps)
    if of_input:
        out, mean, rstd = (t.reshape(size, N, *t.shape[1:]) for t in (out, mean, rstd))
    if not (of_weight or of_bias):
        return out, mean, rstd
    scale, shift = per_channel(weight, x.ndim, of_weight), per_channel(bias, x.ndim, of_bias)
    out = affine(out, scale, shift)
    return (out, mean, rstd) if of_input else (out, Unbatched(mean), Unbatched(rstd))


def group_norm_jvp(
    tangents: Sequence[Tensor | None], results: Sequence[Tensor], input: Tensor, weight: Tensor | None,
    bias: Tensor | None, N: int, C: int, HxW: int, group: int, eps: float,
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:  # fmt: skip
    """The tangents of a group normalisation and of its statistics, which are differentiable too."""
    input_t, weight_t, bias_t = tangents
    out_t = per_channel(bias_t, input.ndim)
    mean_t = rstd_t = None
    if weight_t is not None:
        xhat = torch.native_group_norm(input.contiguous(), None, None, N, C, HxW, group, eps)[0]
        out_t = affine(xhat, per_channel(weight_t, input.ndim), out_t)
    if input_t is not None:
        _, mean, rstd = results
        backward = operator("aten::native_group_norm_backward")
        sizes, mask = (N, C, HxW, group), [True, False, False]
        moved = backward(input_t.contiguous(), input.contiguous(), mean, rstd, None, *sizes, mask)[0]
        out_t = affine(moved, per_channel(weight, input.ndim), out_t)
        grouped = (N, group, C // group * HxW)
        mean_t, rstd_t = _statistics_pushed(input_t.reshape(grouped), input.reshape(grouped), mean, rstd)
    return out_t, mean_t, rstd_t


def _statistics_pushed(t: Tensor, x: Tensor, mean: Tensor, rstd: Tensor) -> tuple[Tensor, Tensor]:
    """The tangents of the mean and of rstd of each group."""
    return t.mean(-1), -(rstd**3) * ((x - mean.unsqueeze(-1)) * t).mean(-1)


def group_norm_vjp(
    needs: Sequence[bool], grads: Sequence[Tensor | None], results: Sequence[Tensor], input: Tensor,
    weight: Tensor | None, bias: Tensor | None, N: int, C: int, HxW: int, group: int, eps: float,
) -> list[Tensor | None]:  # fmt: skip
    """The cotangents of a group normalisation, whose statistics are differentiable outputs."""
    grad, of_mean, of_rstd = grads
    _, mean, rstd = results
    found: list[Tensor | None] = [None, None, None]
    if grad is not None:
        backward = operator("aten::native_group_norm_backward")
        sizes = (N, C, HxW, group)
        found = list(backward(grad.contiguous(), input.contiguous(), mean, rstd, _dense(weight), *sizes, list(needs)))
    if needs[0] and not (of_mean is None and of_rstd is None):
        grouped = input.reshape(N, group, C // group * HxW)
        more = _statistics_pulled(of_mean, of_rstd, grouped, mean, rstd).reshape(input.shape)
        found[0] = more if found[0] is None else found[0] + more
    return found


def _statistics_pulled(of_mean: Tensor | None, of_rstd: Tensor | None, x: Tensor, mean: Tensor, rstd: Tensor) -> Tensor:
    """The transpose of _statistics_pushed."""
    count = max(x.shape[-1], 1)
    found = torch.zeros_like(x) if of_mean is None else (of_mean / count).unsqueeze(-1).expand(x.shape)
    if of_rstd is None:
        return found
    return found - (of_rstd * rstd**3 / count).unsqueeze(-1) * (x - mean.unsqueeze(-1))


def group_norm_backward(
    grad_out: Tensor, input: Tensor, mean: Tensor, rstd: Tensor, weight: Tensor | None, N: int, C: int, HxW: int,
    group: int, output_mask: Sequence[bool],
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The gradients of a group normalisation, as functions that can be differentiated again."""
    grouped = (N, group, C // group, HxW)
    scale = None if weight is None else weight.reshape(1, group, C // group, 1)
    g, dims = grad_out.reshape(grouped), [2, 3]
    xhat, rstd = standardised(input.reshape(grouped), rstd.reshape(N, group, 1, 1), dims)
    return masked(
        output_mask,
        lambda: input_gradient(scaled(g, scale), xhat, rstd, dims).reshape(input.shape).to(input.dtype),
        lambda: (g * xhat).sum([0, 3]).reshape(C),
        lambda: g.sum([0, 3]).reshape(C),
    )


def group_norm_backward_batch(
    size: int, batched: Sequence[bool], grad_out: Tensor, input: Tensor, mean: Tensor, rstd: Tensor,
    weight: Tensor | None, N: int, C: int, HxW: int, group: int, output_mask: Sequence[bool],
) -> tuple[Any, ...]:  # fmt: skip
    """By hand because the kernel sums the gradients of weight and bias over all examples."""
    of_weight = batched[4]
    grad, x, mu, r = (
        expanded(t, flag, size) for t, flag in zip((grad_out, input, mean, rstd), batched[:4], strict=True)
    )
    rank = x.ndim - 1

    def of_x() -> Tensor:
        g = grad * per_channel(weight, rank, True) if of_weight else grad  # type: ignore[operator]
        tensors = [t.flatten(0, 1).contiguous() for t in (g, x, mu, r)]
        backward = operator("aten::native_group_norm_backward")
        mask = [True, False, False]
        found = backward(*tensors, None if of_weight else _dense(weight), size * N, C, HxW, group, mask)[0]
        return found.reshape(x.shape)  # type: ignore[no-any-return]

    def of_scale() -> Tensor:
        pixels = (size, N, group, C // group, HxW)
        xhat = (x.reshape(pixels) - mu[..., None, None]) * r[..., None, None]
        return (grad.reshape(pixels) * xhat).sum([1, 4]).reshape(size, C).to(grad.dtype)

    return masked(output_mask, of_x, of_scale, lambda: grad.reshape(size, N, C, HxW).sum([1, 3]))


# ---- root-mean-square normalisation


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """torch.rms_norm as operators."""
    return fused_rms_norm(input, normalized_shape, weight, eps)[0]


def fused_rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None, eps: float | None
) -> tuple[Tensor, Tensor]:
    """_fused_rms_norm as operators; half precision is normalised in single."""
    shape = tuple(normalized_shape)
    if tuple(input.shape[input.ndim - len(shape) :]) != shape:
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*, {', '.join(map(str, shape))}], but got "
            f"input of size {list(input.shape)}"
        )
    dims = list(range(-len(shape), 0))
    wide = input.float() if input.dtype in (torch.float16, torch.bfloat16) else input
    eps = torch.finfo(wide.dtype).eps if eps is None else eps
    rstd = (wide.square().mean(dims, True) + eps).rsqrt()
    return scaled(wide * rstd, weight).to(input.dtype), rstd
