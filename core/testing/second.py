"""Second order, and derivatives under vmap: the pullback is itself a function, checked as such."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from torch import Tensor

from oplift.testing.batching import Level, Plan, Values, run_plan
from oplift.testing.derivatives import (
    NO_TRUTH,
    cotangents,
    directions,
    is_double,
    transpose_identity,
)
from oplift.testing.diagnose import Finding, compare_slopes, worse
from oplift.testing.numeric import Tolerance, slopes, tolerance_for
from oplift.testing.subject import Subject
from oplift.testing.trees import leaves
from oplift.testing.trial import Bench, Skip, Trial, label, pick, run_seeded, subsets

Function = Callable[..., Sequence[Tensor]]


def second_trials(subject: Subject, bench: Bench) -> Iterator[Trial]:
    """JVP and VJP of the pullback, and both derivatives under vmap."""
    outs = [i for i in subject.differentiable_outputs if i not in bench.rules.nondiff_outputs]
    operands = subject.active
    if not outs or not operands:
        return
    name = label(subject, operands)
    yield Trial("vmap of vjp", name, partial(check_vmap_vjp, subject, bench, outs), 1)
    yield Trial("vmap of jvp", name, partial(check_vmap_jvp, subject, bench, outs), 1)
    if not is_double(subject):
        return
    for chosen in subsets(operands, bench.brief or len(operands) > 3):
        name = label(subject, chosen)
        yield Trial("jvp of vjp", name, partial(check_jvp_of_vjp, subject, bench, chosen, outs), 2)
        yield Trial("vjp of vjp", name, partial(check_vjp_of_vjp, subject, bench, chosen, outs), 2)


def pulled(subject: Subject, bench: Bench, operands: Sequence[int], outs: Sequence[int]) -> Function:
    """(primals, cotangents) -> cotangents of the primals, all flat."""
    function, count = subject.function(operands, outs), len(operands)

    def pull(*xs: Tensor) -> list[Tensor]:
        _, pullback = bench.impl.vjp(function, *xs[:count])
        return leaves(pullback(tuple(xs[count:])))

    return pull


def pushed(subject: Subject, bench: Bench, operands: Sequence[int], outs: Sequence[int]) -> Function:
    """(primals, tangents) -> tangents of the outputs, all flat."""
    function, count = subject.function(operands, outs), len(operands)

    def push(*xs: Tensor) -> list[Tensor]:
        return leaves(bench.impl.jvp(function, tuple(xs[:count]), tuple(xs[count:]))[1])

    return push


def _points(subject: Subject, operands: Sequence[int], outs: Sequence[int]) -> tuple[list[Tensor], list[Tensor]]:
    """Where the pullback is differentiated: (primals, cotangents), and a direction for each."""
    primals, us = pick(subject.values, operands), cotangents(subject.results(outs), 7)
    return [*primals, *us], [*directions(subject, operands, 8), *cotangents(us, 9)]


def check_jvp_of_vjp(subject: Subject, bench: Bench, operands: Sequence[int], outs: Sequence[int]) -> Finding:
    """Forward over reverse against finite differences of the pullback."""
    pull = pulled(subject, bench, operands, outs)
    points, tangents = _points(subject, operands, outs)
    moved = run_seeded(lambda: bench.impl.jvp(pull, tuple(points), tuple(tangents)))[1]
    truth = slopes(lambda *xs: run_seeded(lambda: pull(*xs)), points, tangents)
    found = compare_slopes(leaves(moved), truth, Tolerance(1e-5 * bench.factor, 1e-6 * bench.factor))
    if found is None:
        if any(slope.value.numel() for slope in truth):
            raise Skip(NO_TRUTH)
        return Finding(0.0, 0.0)
    if not found.message:
        return found
    hint = "if the first order is right: does the formula hide something from the transforms (detach, .data)?"
    return Finding(found.error, found.tolerance, found.message, "; ".join(filter(None, (found.hint, hint))))


def check_vjp_of_vjp(subject: Subject, bench: Bench, operands: Sequence[int], outs: Sequence[int]) -> Finding:
    """Reverse over reverse against forward over reverse, by the transpose identity."""
    pull = pulled(subject, bench, operands, outs)
    points, tangents = _points(subject, operands, outs)
    gradients, pullback = run_seeded(lambda: bench.impl.vjp(pull, *points))
    ws = cotangents(leaves(gradients), 10)
    back = leaves(pullback(type(gradients)(ws)))
    moved = run_seeded(lambda: bench.impl.jvp(pull, tuple(points), tuple(tangents)))[1]
    found = transpose_identity(ws, leaves(moved), back, tangents, 1e-6 * bench.factor)
    if found is None:
        raise Skip(NO_TRUTH)
    return replace(found, hint="the pullback's own VJP disagrees with its JVP" if found.message else "")


def check_vmap_vjp(subject: Subject, bench: Bench, outs: Sequence[int]) -> Finding:
    """Per-sample gradients, and rows of a Jacobian (cotangents batched, primals not)."""
    operands = subject.active
    points, _ = _points(subject, operands, outs)
    return _mapped(subject, bench, pulled(subject, bench, operands, outs), points)


def check_vmap_jvp(subject: Subject, bench: Bench, outs: Sequence[int]) -> Finding:
    """Tangents of each example, and columns of a Jacobian (tangents batched, primals not)."""
    operands = subject.active
    points = [*pick(subject.values, operands), *directions(subject, operands, 8)]
    return _mapped(subject, bench, pushed(subject, bench, operands, outs), points)


def _mapped(subject: Subject, bench: Bench, function: Function, points: Sequence[Tensor]) -> Finding:
    count = len(subject.active)

    def example(position: int, index: int) -> Tensor:
        if position < count:
            return subject.example(subject.active[position], index)
        return points[position] * (1 - 0.3 * index)

    values, rest = Values(example, len(points)), len(points) - count
    allowed, worst = tolerance_for(points, 10 * bench.factor), Finding(0.0, 0.0)
    for dims in ((0,) * len(points), (None,) * count + (0,) * rest, (0,) * count + (None,) * rest):
        found = run_plan(bench.impl, function, values, Plan("", (Level(2, dims),)), allowed)
        if found.message:
            return found
        worst = worse(worst, found)
        if bench.brief:
            break
    return worst
