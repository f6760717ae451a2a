"""The samples of a check once more: in other memory, precision and number field, and at values that are met seldom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor

from oplift.testing.batching import draws, strided
from oplift.testing.domain import Domain
from oplift.testing.operators import Operator
from oplift.testing.samples import runs
from oplift.testing.subject import Sample, Subject, operand_names
from oplift.testing.trees import is_differentiable, leaves, replace

Change = Callable[[Sample], Sample | None]
_FAR = 1e6


def derived(operator: Operator, samples: Sequence[Sample], domain: Domain) -> list[Sample]:
    """One sample for each change, made of the first that the operator still takes when it is changed so."""
    random = any(draws(Subject(operator, sample, domain)) for sample in samples)
    return [
        found
        for change in _changes(operator, domain, random)
        if (found := _first(change, operator, samples, domain)) is not None
    ]


def _changes(operator: Operator, domain: Domain, random: bool) -> Iterator[Change]:
    # how random numbers fall on a tensor depends on its layout and dtype
    yield _single
    if not random:
        yield _mixed
    if not domain.real:
        yield lambda sample: _projected(operator, _complex(sample), domain)
    if not (domain.dense or random):
        yield _strided
    if operator.name.startswith("aten::"):
        return  # PyTorch's database has samples at such values, where they mean something
    yield _integral
    yield partial(_elsewhere, operator, domain, _zeroed)
    yield partial(_elsewhere, operator, domain, lambda t: 25 * t)


def _first(change: Change, operator: Operator, samples: Sequence[Sample], domain: Domain) -> Sample | None:
    for sample in samples:
        other = change(sample)
        if other is not None and runs(operator, domain, other):
            return other
    return None


def _projected(operator: Operator, sample: Sample | None, domain: Domain) -> Sample | None:
    """The sample with its structured operands (Hermitian, triangular) made so again."""
    if sample is None:
        return None
    where = domain.at(sample)
    names = operand_names(operator, sample)
    values = (
        where.project(name, value) for name, value in zip(names, leaves((sample.args, sample.kwargs)), strict=True)
    )
    args, kwargs = replace((sample.args, sample.kwargs), values)
    return Sample(args, kwargs, sample.note)


def _double_tensors(sample: Sample) -> list[Tensor]:
    return [t for t in leaves((sample.args, sample.kwargs)) if t.dtype == torch.float64 and t.numel()]


def _strided(sample: Sample) -> Sample | None:
    if not any(t.dim() for t in _double_tensors(sample)):
        return None
    # some kernels read indices as if they were dense, so plain torch would be no truth
    return sample.map(lambda t: strided(t) if is_differentiable(t) else t)


def _single(sample: Sample) -> Sample | None:
    if not _double_tensors(sample):
        return None
    return sample.map(lambda t: t.float() if t.dtype == torch.float64 else t)


def _mixed(sample: Sample) -> Sample | None:
    """The first tensor in single precision, the others in double."""
    tensors = _double_tensors(sample)
    if len(tensors) < 2:
        return None
    return sample.map(lambda t: t.float() if t is tensors[0] else t)


def _integral(sample: Sample) -> Sample | None:
    """The last tensor in integers, the others in double."""
    tensors = _double_tensors(sample)
    if len(tensors) < 2:
        return None
    return sample.map(lambda t: (3 * t).abs().ceil().long() if t is tensors[-1] else t)


def _complex(sample: Sample) -> Sample | None:
    tensors = _double_tensors(sample)
    # a kernel may let a single complex number pass that it has no meaning for
    if not any(t.numel() > 1 for t in tensors) or any(t.is_complex() for t in leaves((sample.args, sample.kwargs))):
        return None

    def turned(tensor: Tensor) -> Tensor:
        if not is_differentiable(tensor):
            return tensor
        phase = torch.linspace(0.3, 1.2, tensor.numel(), dtype=torch.float64).reshape(tensor.shape)
        return torch.polar(tensor.abs().double(), phase + (tensor < 0) * torch.pi)

    return sample.map(turned)


# ---------------------------------------------------------------- values that are met seldom
def _zeroed(tensor: Tensor) -> Tensor:
    """Every third element 0, where a formula that divides by its operand is not finite."""
    return tensor * (torch.arange(tensor.numel()).reshape(tensor.shape) % 3 != 0)


def _elsewhere(operator: Operator, domain: Domain, change: Callable[[Tensor], Tensor], sample: Sample) -> Sample | None:
    """The sample with the values of all operands changed, or else of one, so that the results are still finite.

    An operand whose domain the spec gives stays in it.
    """
    where, names = domain.at(sample), operand_names(operator, sample)
    tensors = leaves((sample.args, sample.kwargs))
    free = [
        i
        for i, (name, t) in enumerate(zip(names, tensors, strict=True))
        if t.dtype == torch.float64 and t.numel() and name.partition("[")[0] not in {*where.values, *where.directions}
    ]
    for chosen in [free, *([i] for i in free)] if free else ():
        changed = [change(t) if i in chosen else t for i, t in enumerate(tensors)]
        args, kwargs = replace((sample.args, sample.kwargs), changed)
        other = Sample(args, kwargs, sample.note)
        if runs(operator, domain, other) and _moderate(Subject(operator, other, domain).outputs):
            return other
    return None


def _moderate(outputs: Sequence[Tensor]) -> bool:
    """Whether finite differences can tell something: no overflow, and nothing near it."""
    return all(bool((out.abs() < _FAR).all()) for out in outputs if is_differentiable(out))
