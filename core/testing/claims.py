"""What a spec claims besides its formulas: linearity, outputs without a derivative, writable views."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from oplift.testing.derivatives import directions
from oplift.testing.diagnose import Finding, compare
from oplift.testing.numeric import tolerance_for
from oplift.testing.subject import Subject
from oplift.testing.trees import leaves, replace
from oplift.testing.trial import Bench, Skip, Trial, label, pick


def claim_trials(subject: Subject, bench: Bench) -> Iterator[Trial]:
    """One trial for each claim."""
    active = {subject.names[i]: i for i in subject.active}
    joint = [i for name, i in active.items() if _base(name) in bench.linear]
    if joint:
        yield Trial("linear", label(subject, joint), partial(check_linear, subject, joint))
    for name, i in active.items():
        if _base(name) in bench.multilinear:
            yield Trial("multilinear", name, partial(check_linear, subject, [i]))
    for out in _claimed_without_derivative(subject, bench):
        yield Trial("nondiff", f"output {out}", partial(check_no_derivative, subject, out))
    if subject.operator.is_view and bench.rules.inverse is not None and subject.sample.args:
        yield Trial("write to the view", "", partial(check_write, subject, bench))


def _base(name: str) -> str:
    """`tensors` of `tensors[1]`."""
    return name.partition("[")[0]


def check_linear(subject: Subject, operands: Sequence[int]) -> Finding:
    """f(2 x - 3 y) = 2 f(x) - 3 f(y) for the plain operator, jointly in the operands."""
    outs = subject.differentiable_outputs
    function = subject.function(operands, outs)
    x, y = pick(subject.values, operands), directions(subject, operands, 12)
    mixed = [(2 * a - 3 * b).to(a.dtype) for a, b in zip(x, y, strict=True)]
    want = [2 * a - 3 * b for a, b in zip(function(*x), function(*y), strict=True)]
    found = compare(function(*mixed), want, tolerance_for(want, 10))
    hint = "the operator is not linear here: an affine operator needs jvp and vjp" if found.message else ""
    return Finding(found.error, found.tolerance, found.message, hint)


def _claimed_without_derivative(subject: Subject, bench: Bench) -> list[int]:
    if bench.rules.derivative == "none":
        return list(subject.differentiable_outputs)
    return [i for i in subject.differentiable_outputs if i in bench.rules.nondiff_outputs]


def check_no_derivative(subject: Subject, out: int) -> Finding:
    """An output declared without a derivative has none in PyTorch either, or it is zero."""
    function = subject.function(subject.active, [out])
    leaf = [x.detach().clone().requires_grad_() for x in pick(subject.values, subject.active)]
    try:
        result = function(*leaf)[0]
        if not result.requires_grad:
            return Finding()
        gradients = torch.autograd.grad(result, leaf, torch.ones_like(result), allow_unused=True)
    except (RuntimeError, NotImplementedError) as problem:
        raise Skip("PyTorch has no derivative to compare with") from problem
    if all(g is None or not bool(g.any()) for g in gradients):
        return Finding()
    return Finding(message=f"output {out} is declared without a derivative, but PyTorch differentiates it")


def check_write(subject: Subject, bench: Bench) -> Finding:
    """`v = op(x); v.mul_(2)` inside vmap changes x as it does in plain torch."""
    base = next(iter(leaves(subject.sample.args[:1])), None)
    if base is None or base.numel() == 0:
        raise Skip("nothing to write to")
    write = _writer(subject)
    batched = torch.stack([subject.example(0, k) for k in range(3)])
    try:
        want = torch.stack([write(subject.example(0, k)) for k in range(3)])
    except RuntimeError as problem:
        raise Skip("plain torch refuses to write to this view") from problem
    return compare([bench.impl.vmap(write)(batched)], [want], tolerance_for([want]), 3)


def _writer(subject: Subject) -> Callable[[Tensor], Tensor]:
    call: Callable[..., Any] = subject.operator.call
    template = (subject.sample.args, subject.sample.kwargs)

    def write(x: Tensor) -> Tensor:
        base = x.clone()
        args, kwargs = replace(template, [base, *subject.values[1:]])
        leaves(call(*args, **kwargs))[0].mul_(2)
        return base

    return write
