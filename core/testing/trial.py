"""One question about a rule, and how its answer becomes a row of the report."""

from __future__ import annotations

import traceback
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Protocol

import torch
from torch import Tensor

from oplift.errors import UndeclaredDerivative
from oplift.rule import Rules
from oplift.testing.diagnose import Finding
from oplift.testing.domain import Domain
from oplift.testing.report import Outcome, Row
from oplift.testing.subject import Subject

#: Why a check of a derivative was skipped that a spec leaves out.
NO_DERIVATIVE = "the spec says not_implemented"


class Transforms(Protocol):
    """What is used of an implementation; `oplift` and `torch.func` are two."""

    vmap: Callable[..., Any]
    vjp: Callable[..., Any]
    jvp: Callable[..., Any]


class Skip(Exception):
    """There is no independent truth for this trial; the text says why."""


@dataclass(frozen=True)
class Bench:
    """What all trials of an operator share.

    Args:
        impl: the transforms.
        rules: what the registry declares of the operator (its claims; never its formulas).
        domain: where it may be evaluated.
        linear: operands in which it is claimed to be jointly linear.
        multilinear: operands in each of which it is claimed to be linear.
        factor: multiplies every tolerance.
        brief: only the widest trial of each sort.
    """

    impl: Transforms
    rules: Rules = Rules()
    domain: Domain = Domain()
    linear: tuple[str, ...] = ()
    multilinear: tuple[str, ...] = ()
    factor: float = 1.0
    brief: bool = False


@dataclass(frozen=True)
class Trial:
    """A question: `run` returns a Finding, raises Skip, or raises what the rule raised.

    `order` is how often the operator is differentiated; where PyTorch cannot do that to its own, an error is no finding.
    """

    check: str
    operand: str
    run: Callable[[], Finding]
    order: int = 0


def judge(trial: Trial, subject: Subject, device: str) -> Row:
    """Run the trial and write down what it found."""
    finding = Finding()
    outcome: Outcome
    try:
        finding = trial.run()
        outcome = "fail" if finding.message else "pass"
    except Skip as reason:
        outcome, finding = "skip", Finding(message=str(reason))
    except Exception as problem:  # whatever a rule raises is a finding about the rule
        outcome, finding = "error", Finding(message=_describe(problem), hint=_place(problem))
        excuse = _excuse(problem, trial, subject)
        if excuse:
            outcome, finding = "skip", Finding(message=excuse)
    return Row(
        trial.check,
        trial.operand,
        str(subject.sample),
        outcome,
        finding.error,
        finding.tolerance,
        finding.message,
        finding.hint,
        device,
        finding.relative,
        subject.dtype,
    )


def _excuse(problem: Exception, trial: Trial, subject: Subject) -> str:
    """Why an error is no finding; empty where it is one."""
    if isinstance(problem, UndeclaredDerivative):
        return NO_DERIVATIVE
    # of a custom operator PyTorch's autograd knows nothing, which says nothing about its rules
    if subject.operator.name.startswith("aten::") and trial.order > subject.pytorch_orders:
        return "PyTorch does not differentiate it here either"
    return ""


def _describe(problem: Exception) -> str:
    lines = [line for line in str(problem).splitlines() if line.strip()]
    return f"{type(problem).__name__}: {lines[0] if lines else ''}"[:300]


def _place(problem: Exception) -> str:
    frames = traceback.extract_tb(problem.__traceback__)
    if not frames:
        return ""
    last = frames[-1]
    rule = next((f for f in reversed(frames) if f.name.endswith(("_batch", "_jvp", "_vjp", "_pullback"))), last)
    return f"raised in {rule.name}, {'/'.join(rule.filename.split('/')[-2:])}:{rule.lineno}"


def generator_for(*labels: object) -> torch.Generator:
    """A generator seeded from what it is used for, so that a trial repeats alone."""
    return torch.Generator().manual_seed(zlib.crc32(repr(labels).encode()))


def subsets(items: Sequence[int], brief: bool, whole_up_to: int = 3) -> Iterator[tuple[int, ...]]:
    """Non-empty subsets, the whole first: all of few items; of many the singletons and all but one."""
    whole = tuple(items)
    if not whole:
        return
    yield whole
    if brief or len(whole) == 1:
        return
    if len(whole) <= whole_up_to:
        sizes: Sequence[int] = range(len(whole) - 1, 0, -1)
    else:
        sizes = (len(whole) - 1, 1)
    for size in sizes:
        yield from combinations(whole, size)


def run_seeded(call: Callable[[], Any]) -> Any:
    """Call with the global generator at a fixed state, as the loop and the transform must both find it."""
    # torch.manual_seed asks every kind of accelerator, which takes longer than most operators
    torch.default_generator.manual_seed(20)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed(20)
    return call()


def pick(tensors: Sequence[Tensor], positions: Sequence[int]) -> list[Tensor]:
    """The tensors at those positions."""
    return [tensors[i] for i in positions]


def label(subject: Subject, operands: Sequence[int]) -> str:
    """The operands' names for a report."""
    return ", ".join(subject.names[i] for i in operands)
