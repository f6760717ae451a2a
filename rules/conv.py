"""Helpers of conv.yaml: how a batch goes into convolutions, and their double derivatives.

A convolution is linear in its input and in its weight, and so are its two adjoints; the three of them are closed under
differentiation, to any order. A batch goes into the examples (shared weight), into the output channels (shared input)
or into the groups (neither shared).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from itertools import repeat
from math import prod
from typing import Any

import torch
from torch import Tensor

from oplift.rule import Unbatched, operator

from .conv_table import fastest

Batch = Callable[..., Any]


class Geometry:
    """The arguments of a convolution that are no tensors."""

    __slots__ = ("stride", "padding", "dilation", "transposed", "output_padding", "groups")

    def __init__(
        self, stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int], transposed: bool,
        output_padding: Sequence[int], groups: int,
    ) -> None:  # fmt: skip
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.transposed, self.output_padding, self.groups = transposed, output_padding, groups

    def args(self, groups: int) -> tuple[Any, ...]:
        """As the operators take them, with another number of groups."""
        return self.stride, self.padding, self.dilation, self.transposed, self.output_padding, groups

    def channels(self, weight: Tensor) -> int:
        """Output channels of each group, of a weight for one example."""
        return weight.shape[1] if self.transposed else weight.shape[0] // self.groups

    def plain(self) -> bool:
        """Whether its windows are slices of the padded input."""
        return not self.transposed and all(d == 1 for d in self.dilation)


# ---- what a user calls


def conv(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0, dilation: int | Sequence[int] = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """conv1d, conv2d and conv3d as convolution, padded by numbers or by "valid" or "same"."""
    dims = weight.ndim - 2
    stride, dilation = _each(stride, dims), _each(dilation, dims)
    if isinstance(padding, str):
        input, padding = _padded(input, weight.shape[2:], padding, stride, dilation)
    return _examples(input, weight, bias, stride, _each(padding, dims), dilation, False, [0] * dims, groups)


def conv_transpose(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0, output_padding: int | Sequence[int] = 0, groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:  # fmt: skip
    """conv_transpose1d, conv_transpose2d and conv_transpose3d as convolution."""
    dims = weight.ndim - 2
    each = [_each(x, dims) for x in (stride, padding, dilation, output_padding)]
    return _examples(input, weight, bias, *each[:3], True, each[3], groups)


def conv_tbc(self: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """conv_tbc, of ([time, N, in], [kernel, in, out]), as a convolution along time."""
    out = conv(self.permute(1, 2, 0), weight.permute(2, 1, 0), bias, 1, pad)
    return out.permute(2, 0, 1)


def _each(x: int | Sequence[int], dims: int) -> list[int]:
    """One number for each dimension of the image."""
    if isinstance(x, int):
        return [x] * dims
    return list(x) * dims if len(x) == 1 else list(x)


def _examples(input: Tensor, weight: Tensor, bias: Tensor | None, *geometry: Any) -> Tensor:
    """A convolution of one example, or of several; of complex numbers, for which there is no kernel, too."""
    if input.ndim < weight.ndim:
        return _examples(input.unsqueeze(0), weight, bias, *geometry).squeeze(0)
    if not input.dtype.is_complex:
        return torch.convolution(input, weight, bias, *geometry)
    real, imag = input.real, input.imag
    both = torch.convolution(real + imag, weight.real + weight.imag, None, *geometry)
    real = torch.convolution(real, weight.real, None, *geometry)
    imag = torch.convolution(imag, weight.imag, None, *geometry)
    out = torch.complex(real - imag, both - real - imag)
    return out if bias is None else out + bias_like(bias, out.ndim)


def _padded(
    input: Tensor, kernel: Sequence[int], padding: str, stride: Sequence[int], dilation: Sequence[int]
) -> tuple[Tensor, list[int]]:
    """The input, padded where the two sides of an image need it unequally, and the padding that is left to do."""
    if padding == "valid":
        return input, [0] * len(kernel)
    if padding != "same":
        raise ValueError(f"conv: padding must be 'valid' or 'same', not {padding!r}")
    if any(s != 1 for s in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    totals = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    if any(t % 2 for t in totals):
        after = [n for t in reversed(totals) for n in (0, t % 2)]
        input = torch.constant_pad_nd(input, after)
    return input, [t // 2 for t in totals]


# ---- examples into channels, and back


def to_channels(x: Tensor, groups: int = 1) -> Tensor:
    """[B, N, g * c, ...] -> [N, g * B * c, ...]; with one group [N, B * c, ...]."""
    b, n, channels = x.shape[:3]
    x = x.reshape(b, n, groups, channels // groups, *x.shape[3:])
    return x.permute(1, 2, 0, *range(3, x.ndim)).reshape(n, b * channels, *x.shape[4:])


def from_channels(x: Tensor, size: int, groups: int = 1) -> Tensor:
    """The inverse of `to_channels`."""
    n, channels = x.shape[:2]
    each = channels // (size * groups) if size else 0
    x = x.reshape(n, groups, size, each, *x.shape[2:]).permute(2, 0, 1, *range(3, x.ndim + 2))
    return x.reshape(size, n, groups * each, *x.shape[4:])


def expanded(x: Tensor, flag: bool, size: int) -> Tensor:
    """`x` with the batch at dimension 0, whether it had it or not."""
    return x if flag else x.expand(size, *x.shape)


def bias_like(bias: Tensor, rank: int) -> Tensor:
    """A bias `[..., channels]` for an output whose examples have `rank` dimensions after the batch."""
    return bias.reshape(*bias.shape, *(1,) * (rank - 2))


# ---- batching


def for_some_examples(tensors: int) -> Callable[[Batch], Batch]:
    """A batching rule whose kernels cannot have no groups or channels: it is run for one example of zeros instead.

    Args:
        tensors: how many leading arguments may be batched.
    """

    def decorate(rule: Batch) -> Batch:
        @functools.wraps(rule)
        def batch(size: int, batched: Sequence[bool], *args: Any) -> Any:
            if size:
                return rule(size, batched, *args)
            ones = [x.new_zeros(1, *x.shape[1:]) if flag else x for x, flag in zip(args, batched, strict=False)]
            out = rule(1, batched, *ones, *args[tensors:])
            return tuple([_none_of(x) for x in out]) if isinstance(out, tuple) else _none_of(out)

        return batch

    return decorate


def _none_of(out: Any) -> Any:
    return out[:0] if isinstance(out, Tensor) else out


@for_some_examples(3)
def convolution_batch(
    size: int, batched: Sequence[bool], input: Tensor, weight: Tensor, bias: Tensor | None, *geometry: Any
) -> Tensor:
    """By hand because the place that the batch takes depends on what is shared."""
    g = Geometry(*geometry)
    of_input, of_weight, of_bias = batched
    shared_bias = None if of_bias else bias
    if of_input and of_weight:
        out = _neither_shared(size, input, weight, g)
    elif of_weight:
        out = _shared_input(size, input, weight, g)
    elif of_input:
        out = torch.convolution(input.flatten(0, 1), weight, shared_bias, *geometry)
        out, shared_bias = out.reshape(size, input.shape[1], *out.shape[1:]), None
    else:
        out = torch.convolution(input, weight, None, *geometry)
    if of_bias:
        return out + bias_like(bias.unsqueeze(1), out.ndim - (of_input or of_weight))  # type: ignore[union-attr]
    return out if shared_bias is None else out + bias_like(shared_bias, out.ndim - 1)


def _shared_input(size: int, input: Tensor, weight: Tensor, g: Geometry) -> Tensor:
    """One convolution with the output channels of all examples, those of each group side by side."""
    if g.transposed:  # the weight is [in, out / groups, ...]
        wide = weight.movedim(0, 1).flatten(1, 2)
    else:
        each = (g.groups, weight.shape[1] // g.groups)
        wide = weight.reshape(size, *each, *weight.shape[2:]).movedim(0, 1).flatten(0, 2)
    return from_channels(torch.convolution(input, wide, None, *g.args(g.groups)), size, g.groups)


def _neither_shared(size: int, input: Tensor, weight: Tensor, g: Geometry) -> Tensor:
    """A convolution with a weight for each example, by the method that measured fastest on such shapes."""
    sizes = zip(input.shape[3:], weight.shape[3:], g.stride, g.padding, strict=True)
    out = [(image + 2 * padding - kernel) // stride + 1 for image, kernel, stride, padding in sizes]
    return FORWARD[_method("forward", input, weight.shape[1:], out, g)](size, input, weight, g)


def _method(which: str, input: Tensor, weight: Sequence[int], out: Sequence[int], g: Geometry) -> str:
    """What is fastest for a batch of convolutions `[B, N, in, *image]` with weights of this shape."""
    if g.groups != 1 or not g.plain():  # its windows are no slices of the input
        return "groups"
    size, n, columns = input.shape[:3]
    return fastest(which, input.device.type, (size, n, columns, weight[0], prod(out), prod(weight[2:])))


def forward_by_windows(size: int, input: Tensor, weight: Tensor, g: Geometry) -> Tensor:
    """A product of the weights with the windows of the input."""
    columns, out_shape = windows(input, weight.shape[3:], g)
    out = weight.flatten(2).bmm(columns)
    return out.reshape(size, weight.shape[1], input.shape[1], *out_shape).transpose(1, 2)


def forward_by_groups(size: int, input: Tensor, weight: Tensor, g: Geometry) -> Tensor:
    """One convolution, with a group for each example."""
    out = torch.convolution(to_channels(input), weight.flatten(0, 1), None, *g.args(size * g.groups))
    return from_channels(out, size)


def forward_by_loop(size: int, input: Tensor, weight: Tensor, g: Geometry) -> Tensor:
    """One convolution after the other."""
    args = g.args(g.groups)
    return torch.stack([torch.convolution(x, w, None, *args) for x, w in zip(input, weight, strict=True)])


FORWARD = {"windows": forward_by_windows, "groups": forward_by_groups, "loop": forward_by_loop}


def windows(x: Tensor, kernel: Sequence[int], g: Geometry) -> tuple[Tensor, list[int]]:
    """The windows of a batched input under the kernel as columns, and the shape of the output's images.

    [B, N, C, *image] -> [B, C * prod(kernel), N * prod(out)]
    """
    dims = len(kernel)
    if any(g.padding):
        x = torch.constant_pad_nd(x, [p for p in reversed(g.padding) for p in repeat(p, 2)])
    for i in range(dims):
        x = x.unfold(3 + i, kernel[i], g.stride[i])
    out_shape = list(x.shape[3 : 3 + dims])
    x = x.permute(0, 2, *range(3 + dims, 3 + 2 * dims), 1, *range(3, 3 + dims))
    return x.reshape(x.shape[0], x.shape[1] * prod(kernel), x.shape[2 + dims] * prod(out_shape)), out_shape


@for_some_examples(3)
def convolution_backward_batch(
    size: int, batched: Sequence[bool], grad_output: Tensor, input: Tensor, weight: Tensor,
    bias_sizes: Sequence[int] | None, stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int],
    transposed: bool, output_padding: Sequence[int], groups: int, output_mask: Sequence[bool],
) -> tuple[Any, Any, Any]:  # fmt: skip
    """By hand: the gradients of input, weight and bias go each their own way into larger convolutions."""
    g = Geometry(stride, padding, dilation, transposed, output_padding, groups)
    of_grad, of_input, of_weight = batched
    inputs = weights = biases = None
    if output_mask[0]:
        inputs = _input_gradient(size, of_grad, of_weight, grad_output, input, of_input, weight, g)
    if output_mask[1]:
        weights = _weight_gradient(size, of_grad, of_input, grad_output, input, weight, of_weight, g)
    if output_mask[2]:
        biases = _bias_gradient(grad_output, of_grad)
    return inputs, weights, biases


def _bias_gradient(grad_output: Tensor, batched: bool) -> Any:
    first = 1 if batched else 0
    total = grad_output.sum([first, *range(first + 2, grad_output.ndim)])
    return total if batched else Unbatched(total)


def _shape_only(like: Tensor, shape: Sequence[int]) -> Tensor:
    """Stands for a tensor of which the kernel reads shape and layout alone."""
    return like.new_empty(shape)


def _adjoint(which: int, grad: Tensor, input: Tensor, weight: Tensor, args: Sequence[Any]) -> Tensor:
    """The gradient of input (0) or weight (1) on their own; the other operand of that position gives its shape alone."""
    mask = [which == 0, which == 1, False]
    found = operator("aten::convolution_backward")(grad, input, weight, None, *args, mask)
    return found[which]  # type: ignore[no-any-return]


def _input_gradient(
    size: int, of_grad: bool, of_weight: bool, grad: Tensor, input: Tensor, of_input: bool, weight: Tensor, g: Geometry
) -> Any:
    shape = input.shape[1:] if of_input else input.shape
    n, channels, image = shape[0], shape[1], shape[2:]
    if not of_weight:
        if not of_grad:
            return Unbatched(_adjoint(0, grad, _shape_only(grad, shape), weight, g.args(g.groups)))
        like = _shape_only(grad, (size * n, *shape[1:]))
        out = _adjoint(0, grad.flatten(0, 1), like, weight, g.args(g.groups))
        return out.reshape(size, *shape)
    wide = to_channels(expanded(grad, of_grad, size))
    like = _shape_only(grad, (n, size * channels, *image))
    return from_channels(_adjoint(0, wide, like, weight.flatten(0, 1), g.args(size * g.groups)), size)


def _weight_gradient(
    size: int, of_grad: bool, of_input: bool, grad: Tensor, input: Tensor, weight: Tensor, of_weight: bool, g: Geometry
) -> Any:
    shape = weight.shape[1:] if of_weight else weight.shape
    if of_grad and of_input:
        return _per_example_weights(size, grad, input, shape, g)
    if not of_grad and not of_input:
        return Unbatched(_adjoint(1, grad, input, _shape_only(grad, shape), g.args(g.groups)))
    return _wide_weights(size, of_grad, grad, input, shape, g)


def _wide_weights(size: int, of_grad: bool, grad: Tensor, input: Tensor, shape: Sequence[int], g: Geometry) -> Tensor:
    """Gradients of weights that share their input (or their output) as one wide weight: the channels of all examples
    side by side, in each group."""
    if of_grad:
        grad = to_channels(grad, g.groups)
    else:
        input = to_channels(input, g.groups)
    rows, columns = shape[:2]
    if of_grad != g.transposed:  # the weight's first dimension counts the channels of all groups
        out = _adjoint(1, grad, input, _shape_only(grad, (size * rows, *shape[1:])), g.args(g.groups))
        return out.reshape(g.groups, size, rows // g.groups, *shape[1:]).movedim(1, 0).reshape(size, *shape)
    out = _adjoint(1, grad, input, _shape_only(grad, (rows, size * columns, *shape[2:])), g.args(g.groups))
    return out.reshape(rows, size, *shape[1:]).movedim(1, 0)


def _per_example_weights(size: int, grad: Tensor, input: Tensor, shape: Sequence[int], g: Geometry) -> Tensor:
    """Per-example weight gradients, by the method that measured fastest on such shapes."""
    return WEIGHTS[_method("weights", input, shape, grad.shape[3:], g)](size, grad, input, shape, g)


def weights_by_windows(size: int, grad: Tensor, input: Tensor, shape: Sequence[int], g: Geometry) -> Tensor:
    """A product of the cotangent with the windows of the input."""
    columns, out_shape = windows(input, shape[2:], g)
    rows = grad.transpose(1, 2).reshape(size, shape[0], grad.shape[1] * prod(out_shape))
    return columns.bmm(rows.mT).mT.reshape(size, *shape)


def weights_by_groups(size: int, grad: Tensor, input: Tensor, shape: Sequence[int], g: Geometry) -> Tensor:
    """The weight gradient of one convolution, with a group for each example."""
    like = _shape_only(grad, (size * shape[0], *shape[1:]))
    return _adjoint(1, to_channels(grad), to_channels(input), like, g.args(size * g.groups)).reshape(size, *shape)


def weights_by_loop(size: int, grad: Tensor, input: Tensor, shape: Sequence[int], g: Geometry) -> Tensor:
    """One weight gradient after the other."""
    like, args = _shape_only(grad, shape), g.args(g.groups)
    return torch.stack([_adjoint(1, ct, x, like, args) for ct, x in zip(grad, input, strict=True)])


WEIGHTS = {"windows": weights_by_windows, "groups": weights_by_groups, "loop": weights_by_loop}


# ---- derivatives


def _total(terms: Sequence[Tensor | None]) -> Tensor | None:
    """The sum of what is there."""
    found = [t for t in terms if t is not None]
    return sum(found[1:], found[0]) if found else None


def convolution_backward_jvp(
    tangents: Sequence[Tensor | None], results: Any, grad_output: Tensor, input: Tensor, weight: Tensor,
    bias_sizes: Any, *rest: Any,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The two adjoints are linear in each of their operands."""
    grad_t, input_t, weight_t = tangents
    *args, mask = rest
    inputs = weights = biases = None
    if mask[0]:
        inputs = _total([
            None if grad_t is None else _adjoint(0, grad_t, input, weight, args),
            None if weight_t is None else _adjoint(0, grad_output, input, weight_t, args),
        ])  # fmt: skip
    if mask[1]:
        weights = _total([
            None if grad_t is None else _adjoint(1, grad_t, input, weight, args),
            None if input_t is None else _adjoint(1, grad_output, input_t, weight, args),
        ])  # fmt: skip
    if mask[2] and grad_t is not None:
        biases = grad_t.sum([0, *range(2, grad_t.ndim)])
    return inputs, weights, biases


def convolution_backward_vjp(
    needs: Sequence[bool], grads: Sequence[Tensor | None], results: Any, grad_output: Tensor, input: Tensor,
    weight: Tensor, bias_sizes: Any, *rest: Any,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The transpose of convolution_backward_jvp: <ct, adjoint(grad)> = <convolution(ct), grad>."""
    inputs, weights, biases = grads
    args = rest[:-1]
    of_grad = of_input = of_weight = None
    if needs[0]:
        of_grad = _total([
            None if inputs is None else torch.convolution(inputs, weight, None, *args),
            None if weights is None else torch.convolution(input, weights, None, *args),
            None if biases is None else bias_like(biases, grad_output.ndim).expand(grad_output.shape),
        ])  # fmt: skip
    if needs[1] and weights is not None:
        of_input = _adjoint(0, grad_output, input, weights, args)
    if needs[2] and inputs is not None:
        of_weight = _adjoint(1, grad_output, inputs, weight, args)
    return of_grad, of_input, of_weight
