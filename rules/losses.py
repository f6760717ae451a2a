"""Helpers of losses.yaml. A loss has a reduction: 0 none, 1 mean, 2 sum; of a batch, each example is reduced by itself.

In a batch, an operator is run with reduction 0 for all examples, and its result is reduced for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor

from oplift.op import register
from oplift.rule import Rules, Unbatched, operator
from oplift.rules.conv import expanded
from oplift.rules.formulas import MEAN, SUM, reduced, shared_cotangent
from oplift.rules.kinds import each_reduced
from oplift.rules.nested import pull, push

Batch = Callable[..., Any]


def ramp(x: Tensor, bound: float) -> Tensor:
    """`x` between -bound and bound, the bound beyond; unlike clamp, and as in PyTorch, with slope 0 at the bounds."""
    return torch.where(x >= bound, bound, torch.where(x <= -bound, -bound, x))


# ---- losses of elements


def bce_gradient(grad: Tensor, self: Tensor, target: Tensor, weight: Tensor | None, reduction: int = MEAN) -> Tensor:
    """The gradient of a binary cross-entropy, with PyTorch's guard against probabilities of 0 and 1."""
    slope = (self - target) / ((1 - self) * self).clamp(min=1e-12)
    return _weighed(slope, weight) * shared_cotangent(grad, reduction, slope.shape)


def bce_target_slope(self: Tensor, weight: Tensor | None) -> Tensor:
    """The derivative of the losses of a binary cross-entropy by their targets."""
    return _weighed((-self).log1p() - self.log(), weight)


def _weighed(x: Tensor, weight: Tensor | None) -> Tensor:
    return x if weight is None else x * weight


def logits_slope(self: Tensor, target: Tensor, weight: Tensor | None, pos_weight: Tensor | None) -> Tensor:
    """The derivative of binary_cross_entropy_with_logits by the logits."""
    if pos_weight is None:
        return _weighed(self.sigmoid() - target, weight)
    positive = pos_weight * target
    return _weighed((1 - target + positive) * self.sigmoid() - positive, weight)


def logits_target_slope(self: Tensor, weight: Tensor | None, pos_weight: Tensor | None) -> Tensor:
    """The derivative of binary_cross_entropy_with_logits by the targets."""
    logsigmoid = torch.nn.functional.logsigmoid
    slope = -self if pos_weight is None else logsigmoid(-self) - pos_weight * logsigmoid(self)
    return _weighed(slope, weight)


def logits_pos_weight_slope(self: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
    """The derivative of binary_cross_entropy_with_logits by pos_weight."""
    return _weighed(-target * torch.nn.functional.logsigmoid(self), weight)


# ---- losses of classes: one loss for each row


def _rows(x: Tensor, flag: bool, size: int, single: bool) -> Tensor:
    """The rows of all examples; a `single` example is itself a row."""
    x = expanded(x, flag, size)
    return x if single else x.flatten(0, 1)


def _sums(x: Tensor) -> Tensor:
    """[B, ...] -> [B]"""
    return x.sum(list(range(1, x.ndim))) if x.ndim > 1 else x


def _row_weights(size: int, target: Tensor, weight: Tensor | None, of_weight: bool, kept: Tensor) -> Tensor:
    """The weight of each target, zero for the ignored ones."""
    if weight is None:
        return kept
    classes = torch.where(kept, target, 0)
    if of_weight:
        found = weight.gather(1, classes.reshape(size, prod(classes.shape[1:])))
    else:
        found = weight.index_select(0, classes.reshape(-1))
    return found.reshape(classes.shape) * kept


def nll_loss_batch(name: str) -> Batch:
    """The batching rule of nll_loss_forward and nll_loss2d_forward."""

    def batch(
        size: int, batched: Sequence[bool], self: Tensor, target: Tensor, weight: Tensor | None, reduction: int,
        ignore_index: int,
    ) -> tuple[Any, Any]:  # fmt: skip
        of_self, of_target, of_weight = batched
        single = self.ndim - of_self == 1
        rows, targets = _rows(self, of_self, size, single), _rows(target, of_target, size, single)
        losses = operator(name)(rows, targets, None if of_weight else weight, 0, ignore_index)[0]
        shape = (size, *target.shape[of_target:])
        losses, targets = losses.reshape(shape), targets.reshape(shape)
        if not reduction and not of_weight:
            return losses, Unbatched(losses.new_zeros(()))
        weights = _row_weights(size, targets, weight, of_weight, targets != ignore_index)
        losses = losses * weights if of_weight else losses
        if not reduction:
            return losses, Unbatched(losses.new_zeros(()))
        totals = _sums(weights).to(losses.dtype)
        return _sums(losses) / totals if reduction == MEAN else _sums(losses), totals

    return batch


def nll_loss_backward_batch(name: str) -> Batch:
    """The batching rule of nll_loss_backward and nll_loss2d_backward."""

    def batch(
        size: int, batched: Sequence[bool], grad: Tensor, self: Tensor, target: Tensor, weight: Tensor | None,
        reduction: int, ignore_index: int, total_weight: Tensor,
    ) -> Tensor:  # fmt: skip
        of_self, of_target, of_weight = batched[1:4]
        single = self.ndim - of_self == 1
        rows, targets = _rows(self, of_self, size, single), _rows(target, of_target, size, single)
        shape = (size, *target.shape[of_target:])
        grads = expanded(grad, batched[0], size)
        if reduction:
            grads = grads / total_weight if reduction == MEAN else grads
            grads = grads.reshape(size, *(1,) * (len(shape) - 1)).expand(shape)
        if of_weight:
            columns = targets.reshape(shape)
            grads = grads * _row_weights(size, columns, weight, True, columns != ignore_index)
        shared, one = None if of_weight else weight, grads.new_ones(())
        found = operator(name)(grads.reshape(targets.shape), rows, targets, shared, 0, ignore_index, one)
        return found.reshape(size, *self.shape[of_self:])  # type: ignore[no-any-return]

    return batch


nll_loss_forward_batch = nll_loss_batch("aten::nll_loss_forward")
nll_loss2d_forward_batch = nll_loss_batch("aten::nll_loss2d_forward")
nll_loss_gradient_batch = nll_loss_backward_batch("aten::nll_loss_backward")
nll_loss2d_gradient_batch = nll_loss_backward_batch("aten::nll_loss2d_backward")


def nll_loss(
    self: Tensor, target: Tensor, weight: Tensor | None = None, reduction: int = MEAN, ignore_index: int = -100
) -> Tensor:
    """nll_loss, nll_loss2d and nll_loss_nd: classes along dimension 1, or 0 of a single row."""
    if self.ndim < 1:
        raise ValueError(f"Expected 1 or more dimensions (got {self.ndim})")
    if self.ndim <= 2:
        return operator("aten::nll_loss_forward")(self, target, weight, reduction, ignore_index)[0]  # type: ignore[no-any-return]
    n, classes, *image = self.shape
    if list(target.shape) != [n, *image]:
        raise RuntimeError(f"Expected target size {[n, *image]}, got {list(target.shape)}")
    if len(image) != 2:
        self, target = self.reshape(n, classes, 1, prod(image)), target.reshape(n, 1, prod(image))
    out = operator("aten::nll_loss2d_forward")(self, target, weight, reduction, ignore_index)[0]
    return out if reduction or len(image) == 2 else out.reshape(n, *image)  # type: ignore[no-any-return]


def cross_entropy_loss(
    self: Tensor, target: Tensor, weight: Tensor | None = None, reduction: int = MEAN, ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """torch.nn.functional.cross_entropy of classes, or of the probabilities of classes."""
    dim = 0 if self.ndim == 1 else 1
    log_probs = self.log_softmax(dim)
    if target.shape == self.shape:
        return _probabilities_loss(log_probs, target, weight, reduction, label_smoothing, dim)
    loss = nll_loss(log_probs, target, weight, reduction, ignore_index)
    if not label_smoothing:
        return loss
    smooth = _smooth_loss(log_probs, target, weight, reduction, ignore_index, dim)
    return (1 - label_smoothing) * loss + smooth * (label_smoothing / self.shape[dim])


def _probabilities_loss(
    log_probs: Tensor, target: Tensor, weight: Tensor | None, reduction: int, label_smoothing: float, dim: int
) -> Tensor:
    classes = log_probs.shape[dim]
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    losses = -(log_probs * _weighed(target, _class_weights(weight, log_probs))).sum(dim)
    if reduction == MEAN:
        return losses.sum() / max(log_probs.numel() // classes, 1) if log_probs.numel() else losses.mean()
    return reduced(losses, reduction)


def _class_weights(weight: Tensor | None, like: Tensor) -> Tensor | None:
    """Weights of the classes that broadcast with `like`."""
    return None if weight is None else weight.reshape(-1, *(1,) * max(like.ndim - 2, 0))


def _smooth_loss(
    log_probs: Tensor, target: Tensor, weight: Tensor | None, reduction: int, ignore_index: int, dim: int
) -> Tensor:
    """The cross-entropy with uniform targets, times the number of classes."""
    kept = target != ignore_index
    losses = -_weighed(log_probs, _class_weights(weight, log_probs)).sum(dim) * kept
    if reduction != MEAN:
        return reduced(losses, reduction)
    if weight is None:
        return losses.sum() / kept.sum()
    weights = weight.index_select(0, torch.where(kept, target, 0).reshape(-1)).reshape(kept.shape) * kept
    return losses.sum() / weights.sum()


def linear_cross_entropy(
    input: Tensor, linear_weight: Tensor, target: Tensor, linear_bias: Tensor | None, weight: Tensor | None,
    reduction: str, ignore_index: int, label_smoothing: float, *chunking: Any,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """torch_nn::_linear_cross_entropy_batch_chunked; the gradients that it computes ahead are for PyTorch's backward, to
    which `weight` is a constant."""
    logits = torch.nn.functional.linear(input, linear_weight, linear_bias)
    weight = None if weight is None else weight.detach()
    loss = cross_entropy_loss(
        logits, target, weight, MEAN if reduction == "mean" else SUM, ignore_index, label_smoothing
    )
    none = torch.empty((0, 0), dtype=input.dtype, device=input.device)
    return loss, none, none, none[0:0].reshape(0)


_FIRST_ORDER = "oplift::first_order_only"
register({
    _FIRST_ORDER: Rules(
        schema="(Tensor grad, Tensor[] operands) -> Tensor",
        fn=lambda grad, operands: grad,
        batch=lambda size, batched, grad, operands: grad if batched[0] else Unbatched(grad),
        derivative="PyTorch defines no second derivative of linear_cross_entropy's chunked strategies: it keeps the gradients "
        "of the forward pass as constants. Use a strategy that does not chunk the batch",
    )
})  # fmt: skip


def linear_cross_entropy_vjp(needs: Sequence[bool], grads: Sequence[Tensor], outs: Any, *args: Any) -> list[Any]:
    """The pullback of the chunked loss; by hand because it must refuse to be differentiated again."""
    found = pull(lambda *tensors: linear_cross_entropy(*tensors, *args[5:])[:1], args[:5], grads[:1], needs)
    operands = [x for x in (grads[0], *args[:5]) if x is not None]
    return [None if g is None else operator(_FIRST_ORDER)(g, operands) for g in found]


def linear_cross_entropy_jvp(tangents: Sequence[Tensor | None], outs: Any, *args: Any) -> tuple[Any, ...]:
    """The tangent of the chunked loss, on the same terms."""
    found = push(lambda *tensors: linear_cross_entropy(*tensors, *args[5:])[0], args[:5], tangents)
    operands = [x for x in (*tangents, *args[:5]) if x is not None]
    return None if found is None else operator(_FIRST_ORDER)(found, operands), None, None, None


def linear_cross_entropy_each(
    input: Tensor, linear_weight: Tensor, target: Tensor, linear_bias: Tensor | None, weight: Tensor | None,
    ignore_index: int, *chunking: Any,
) -> Tensor:  # fmt: skip
    """torch_nn::_linear_cross_entropy_batch_chunked_no_reduction; to its backward too, `weight` is a constant."""
    logits = torch.nn.functional.linear(input, linear_weight, linear_bias)
    weight = None if weight is None else weight.detach()
    return cross_entropy_loss(logits, target, weight, 0, ignore_index)


# ---- margins


def row_tangent(slopes: Tensor, tangent: Tensor, shape: Sequence[int], reduction: int) -> Tensor:
    """The tangent of a loss of rows, from the gradients of its losses (of this shape) by their rows."""
    products = slopes * tangent
    return reduced((products.sum(-1) if products.ndim else products).reshape(shape), reduction)


def row_ones(self: Tensor, shape: Sequence[int]) -> Tensor:
    """A cotangent of ones for the losses of rows."""
    return torch.ones(shape, dtype=self.dtype, device=self.device)


def _margin_rows(size: int, flags: Sequence[bool], tensors: Sequence[Tensor]) -> tuple[list[Tensor], bool]:
    """The rows of scores and what goes with them, and whether each example is a single row."""
    rank = tensors[0].ndim - flags[0]
    whole = [expanded(t, flag, size) for t, flag in zip(tensors, flags, strict=True)]
    classes = whole[0].shape[-1] if rank else 1
    return [t.reshape(t.numel() // classes, classes) for t in whole], rank < 2


def multi_margin_loss_batch(
    size: int, batched: Sequence[bool], self: Tensor, target: Tensor, p: float = 1, margin: float = 1,
    weight: Tensor | None = None, reduction: int = MEAN,
) -> Tensor:  # fmt: skip
    """By hand because the operator reduces all rows, with the same weights for all."""
    of_self, of_target, of_weight = batched
    (rows,), _ = _margin_rows(size, [of_self], [self])
    targets = expanded(target, of_target, size)
    shared = None if of_weight else weight
    losses = operator("aten::multi_margin_loss")(rows, targets.reshape(-1), p, margin, shared, 0).reshape(targets.shape)
    if of_weight:
        losses = losses * _row_weights(size, targets, weight, True, targets >= 0)
    return each_reduced(losses, reduction)


def multi_margin_loss_backward_batch(
    size: int, batched: Sequence[bool], grad: Tensor, self: Tensor, target: Tensor, p: float, margin: float,
    weight: Tensor | None = None, reduction: int = MEAN,
) -> Tensor:  # fmt: skip
    """By hand, as multi_margin_loss."""
    of_grad, of_self, of_target, of_weight = batched
    (rows,), _ = _margin_rows(size, [of_self], [self])
    targets = expanded(target, of_target, size)
    grads = _row_grads(expanded(grad, of_grad, size), targets.shape, reduction)
    if of_weight:
        grads = grads * _row_weights(size, targets, weight, True, targets >= 0)
    shared = None if of_weight else weight
    backward = operator("aten::multi_margin_loss_backward")
    found = backward(grads.reshape(-1), rows, targets.reshape(-1), p, margin, shared, 0)
    return found.reshape(size, *self.shape[of_self:])  # type: ignore[no-any-return]


def _row_grads(grads: Tensor, shape: Sequence[int], reduction: int) -> Tensor:
    """The cotangent of each row's loss, from those of the reduced losses of all examples."""
    if not reduction:
        return grads
    return shared_cotangent(grads, reduction, shape[1:]).reshape(-1, *(1,) * (len(shape) - 1)).expand(shape)


def multi_margin_loss_gradient(
    grad: Tensor, self: Tensor, target: Tensor, p: float, margin: float, weight: Tensor | None = None,
    reduction: int = MEAN,
) -> Tensor:  # fmt: skip
    """The gradient of a multi-margin loss, as a function that can be differentiated again."""
    rows = self.reshape(target.numel(), -1)
    targets = target.reshape(-1, 1)
    excess = (margin - rows.gather(1, targets) + rows).clamp(min=0).scatter(1, targets, 0)
    slopes = (excess > 0).to(rows.dtype) if p == 1 else 2 * excess
    slopes = slopes if weight is None else slopes * weight.index_select(0, targets[:, 0])[:, None]
    slopes = slopes.scatter(1, targets, -slopes.sum(1, True)) / rows.shape[1]
    return (shared_cotangent(grad, reduction, target.shape).reshape(-1, 1) * slopes).reshape(self.shape)


def multilabel_margin_loss_batch(
    size: int, batched: Sequence[bool], self: Tensor, target: Tensor, reduction: int
) -> tuple[Tensor, Tensor]:
    """By hand because the operator reduces all rows."""
    (rows, targets), single = _margin_rows(size, batched, [self, target])
    losses, is_target = operator("aten::multilabel_margin_loss_forward")(rows, targets, 0)
    shape = self.shape[batched[0] :]
    losses = losses if single else losses.reshape(size, *shape[:-1])
    return each_reduced(losses, reduction), is_target.reshape(size, *shape)


def multilabel_margin_loss_backward_batch(
    size: int, batched: Sequence[bool], grad: Tensor, self: Tensor, target: Tensor, reduction: int, is_target: Tensor
) -> Tensor:
    """By hand, as multilabel_margin_loss."""
    (rows, targets, marks), single = _margin_rows(size, batched[1:], [self, target, is_target])
    shape = (size,) if single else (size, *self.shape[batched[1] : -1])
    grads = _row_grads(expanded(grad, batched[0], size), shape, reduction).reshape(-1)
    found = operator("aten::multilabel_margin_loss_backward")(grads, rows, targets, 0, marks)
    return found.reshape(size, *self.shape[batched[1] :])  # type: ignore[no-any-return]


def multilabel_margin_loss_gradient(
    grad: Tensor, self: Tensor, target: Tensor, reduction: int, is_target: Tensor
) -> Tensor:
    """The gradient of a multilabel margin loss: pairs of a label and a class that is none, with a margin of 1.

    It does not depend on the scores, but through the pairs that are too near.
    """
    classes = self.shape[-1] if self.ndim else 1
    rows, targets, marks = (t.reshape(-1, classes) for t in (self.detach(), target, is_target))
    listed = (targets >= 0).to(torch.int64).cumprod(1).bool()
    labels = torch.where(listed, targets, 0)
    near = (
        (1 - rows.gather(1, labels)[:, :, None] + rows[:, None, :] > 0) & listed[:, :, None] & (marks == 0)[:, None, :]
    )
    pairs = near.to(rows.dtype) / classes
    slopes = pairs.sum(1).scatter_add(1, labels, -pairs.sum(2))
    return (shared_cotangent(grad, reduction, self.shape[:-1]).reshape(-1, 1) * slopes).reshape(self.shape)
