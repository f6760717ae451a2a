"""Helpers of losses.yaml: connectionist temporal classification."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from oplift.rule import operator
from oplift.rules.conv import expanded
from oplift.rules.kinds import none_of, one_example
from oplift.rules.nested import pull

Batch = Callable[..., Any]
#: Of the sequences: a tensor, or a list of numbers.
Lengths = Any


def _repeated(lengths: Lengths, flag: bool, size: int) -> Lengths:
    """The lengths of the sequences of all examples: of a tensor or of numbers."""
    if isinstance(lengths, Tensor):
        return lengths.flatten() if flag else lengths.repeat(size)
    return list(lengths) * size


def _ctc_operands(size: int, flags: Sequence[bool], tensors: Sequence[Any]) -> list[Any]:
    """The sequences of all examples side by side: log_probs, targets and the lengths of both."""
    log_probs, targets, *lengths = tensors
    probs = expanded(log_probs, flags[0], size)
    each = expanded(targets, flags[1], size)
    flags = [*flags[2:], False, False]
    return [
        probs.transpose(0, 1).flatten(1, 2),
        each.flatten(0, 1),
        *(_repeated(n, flag, size) for n, flag in zip(lengths, flags, strict=False)),
    ]


def _some_examples(rule: Batch) -> Batch:
    """A batching rule whose kernel refuses a batch of nothing: it is run for one example of zeros instead."""

    @functools.wraps(rule)
    def batch(size: int, batched: Sequence[bool], *args: Any) -> Any:
        if size:
            return rule(size, batched, *args)
        flags = iter(batched)
        ones = [one_example(next(flags), x) if isinstance(x, Tensor) else x for x in args]
        return none_of(rule(1, batched, *ones))

    return batch


def ctc_loss_batch(name: str) -> Batch:
    """The batching rule of both overloads of _ctc_loss."""

    @_some_examples
    def batch(
        size: int, batched: Sequence[bool], log_probs: Tensor, targets: Tensor, input_lengths: Lengths,
        target_lengths: Lengths, blank: int = 0, zero_infinity: bool = False,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        operands = _ctc_operands(size, batched, (log_probs, targets, input_lengths, target_lengths))
        losses, log_alpha = operator(name)(*operands, blank, zero_infinity)
        n = log_probs.shape[1 + batched[0]]
        return losses.reshape(size, n), log_alpha.reshape(size, n, *log_alpha.shape[1:])

    return batch


def ctc_loss_backward_batch(name: str) -> Batch:
    """The batching rule of both overloads of _ctc_loss_backward."""

    @_some_examples
    def batch(
        size: int, batched: Sequence[bool], grad: Tensor, log_probs: Tensor, targets: Tensor, input_lengths: Lengths,
        target_lengths: Lengths, losses: Tensor, log_alpha: Tensor, blank: int, zero_infinity: bool = False,
    ) -> Tensor:  # fmt: skip
        *of_lengths, of_losses, of_alpha = batched[3:]
        flags = [batched[1], batched[2], *of_lengths]
        operands = _ctc_operands(size, flags, (log_probs, targets, input_lengths, target_lengths))
        rows = [
            expanded(t, flag, size).flatten(0, 1)
            for t, flag in ((grad, batched[0]), (losses, of_losses), (log_alpha, of_alpha))
        ]
        found = operator(name)(rows[0], *operands, *rows[1:], blank, zero_infinity)
        return found.reshape(found.shape[0], size, log_probs.shape[1 + batched[1]], found.shape[2]).movedim(1, 0)  # type: ignore[no-any-return]

    return batch


ctc_loss_numbers_batch = ctc_loss_batch("aten::_ctc_loss")
ctc_loss_tensors_batch = ctc_loss_batch("aten::_ctc_loss.Tensor")
ctc_gradient_numbers_batch = ctc_loss_backward_batch("aten::_ctc_loss_backward")
ctc_gradient_tensors_batch = ctc_loss_backward_batch("aten::_ctc_loss_backward.Tensor")


def ctc_tangent(slopes: Tensor, log_probs_t: Tensor) -> Tensor:
    """The tangent of the losses, from the gradient of their sum: the sequences do not mix."""
    return (slopes * log_probs_t).sum([0, 2])


def ctc_gradient(
    grad: Tensor, log_probs: Tensor, targets: Tensor, input_lengths: Lengths, target_lengths: Lengths, losses: Tensor,
    log_alpha: Tensor, blank: int, zero_infinity: bool = False,
) -> Tensor:  # fmt: skip
    """_ctc_loss_backward, as a function that can be differentiated again.

    PyTorch's gradient is that by the logits of which log_probs is the log-softmax: exp(log_probs) is added to the
    gradient by log_probs themselves.
    """
    steps = torch.as_tensor(input_lengths, device=log_probs.device)
    labels, lengths = _padded_labels(targets, target_lengths, log_alpha.shape[2] // 2)

    def forward(probs: Tensor) -> list[Tensor]:
        return [_ctc_forward(probs, labels, steps, lengths, blank)]

    if zero_infinity:
        grad = torch.where(losses == torch.inf, 0, grad)
    (pulled,) = pull(forward, [log_probs], [grad], [True])
    time = torch.arange(log_probs.shape[0], device=log_probs.device)[:, None]
    inside = (time < steps[None, :])[:, :, None]
    by_logits = torch.where(inside, log_probs.exp(), 0) * grad[:, None]
    return by_logits if pulled is None else pulled + by_logits


def _padded_labels(targets: Tensor, target_lengths: Lengths, longest: int) -> tuple[Tensor, Tensor]:
    """The labels of each sequence as rows, and how many there are."""
    lengths = torch.as_tensor(target_lengths, device=targets.device)
    column = torch.arange(longest, device=targets.device)
    if targets.ndim == 2:
        return targets[:, :longest], lengths
    starts = lengths.cumsum(0) - lengths
    index = (starts[:, None] + column).clamp(max=max(targets.shape[0] - 1, 0))
    found = targets.index_select(0, index.reshape(-1)).reshape(index.shape) if targets.shape[0] else index * 0
    return found, lengths


def _ctc_forward(log_probs: Tensor, labels: Tensor, steps: Tensor, lengths: Tensor, blank: int) -> Tensor:
    """The loss of each sequence by the forward recursion over labels with blanks between them."""
    n, longest = labels.shape
    states = torch.stack([torch.full_like(labels, blank), labels], 2).reshape(n, 2 * longest)
    states = torch.cat([states, torch.full_like(states[:, :1], blank)], 1)
    skip = (states != blank) & (states != states.roll(2, 1))
    skip = skip & (torch.arange(2 * longest + 1, device=labels.device) > 1)
    lowest = torch.finfo(log_probs.dtype).min / 4  # for log(0): the derivatives of infinities are not numbers
    emitted = [row.gather(1, states) for row in log_probs.unbind(0)]
    start = torch.arange(2 * longest + 1, device=labels.device) < 2
    alpha = torch.where(start, emitted[0], lowest)
    ends = 2 * lengths[:, None] - torch.tensor([0, 1], device=labels.device)
    for t, row in enumerate(emitted[1:], 1):
        moves = [alpha, _moved(alpha, 1, lowest), torch.where(skip, _moved(alpha, 2, lowest), lowest)]
        alpha = torch.where((t < steps)[:, None], torch.stack(moves).logsumexp(0) + row, alpha)
    last = torch.where(ends >= 0, alpha.gather(1, ends.clamp(min=0)), lowest)
    return -last.logsumexp(1)


def _moved(alpha: Tensor, by: int, fill: float) -> Tensor:
    """`alpha` moved to later states."""
    return torch.constant_pad_nd(alpha, [by, -by], fill)
