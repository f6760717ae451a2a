"""JVP against finite differences, VJP against JVP by the transpose identity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from oplift.testing.diagnose import Finding, compare, compare_slopes, guess, worse
from oplift.testing.numeric import Slope, Tolerance, inner, inner_scale, random_like, slopes, tolerance_for
from oplift.testing.subject import Subject
from oplift.testing.trees import leaves
from oplift.testing.trial import Bench, Skip, Trial, generator_for, label, pick, run_seeded, subsets

Function = Callable[..., Sequence[Tensor]]
NO_TRUTH = "not smooth, or not finite, around this sample"
_IDENTITY = 1e-6
_BASIS_LIMIT = 64


def is_double(subject: Subject) -> bool:
    """Whether operands and outputs that could have a tangent are in double precision."""
    tensors = pick(subject.values, subject.active) + pick(subject.outputs, subject.differentiable_outputs)
    return all(t.dtype in (torch.float64, torch.complex128) for t in tensors)


def directions(subject: Subject, operands: Sequence[int], seed: int) -> list[Tensor]:
    """A random direction for each operand, inside the operator's domain."""
    drawn = generator_for(subject.operator.name, tuple(operands), seed)
    return [subject.domain.project(subject.names[i], random_like(subject.values[i], drawn)) for i in operands]


def cotangents(outputs: Sequence[Tensor], seed: int) -> tuple[Tensor, ...]:
    """A random cotangent for each output."""
    drawn = generator_for("cotangents", seed)
    return tuple(random_like(out.detach(), drawn) for out in outputs)


def derivative_trials(subject: Subject, bench: Bench) -> Iterator[Trial]:
    """JVP and VJP for every combination of active operands."""
    outs = _outputs(subject, bench)
    if not outs or not subject.active:
        return
    for operands in subsets(subject.active, bench.brief):
        name = label(subject, operands)
        yield Trial("jvp", name, partial(check_jvp, subject, bench, operands, outs), 1)
        yield Trial("vjp", name, partial(check_vjp, subject, bench, operands, outs), 1)
    everything = tuple(subject.active)
    for out in outs if len(outs) > 1 else ():
        alone = partial(check_vjp, subject, bench, everything, [out])
        yield Trial(f"vjp: output {out} alone", label(subject, everything), alone, 1)
    yield Trial(
        "vjp: additive", label(subject, everything), partial(check_additive, subject, bench, everything, outs), 1
    )


def _outputs(subject: Subject, bench: Bench) -> list[int]:
    return [i for i in subject.differentiable_outputs if i not in bench.rules.nondiff_outputs]


def _truth(subject: Subject, operands: Sequence[int], outs: Sequence[int], tangents: Sequence[Tensor]) -> list[Slope]:
    """Finite differences of the plain operator, in double precision whatever the sample's, if it runs there."""
    widest = subject if is_double(subject) else _widest(subject)
    function = widest.function(operands, outs)
    plain: Function = lambda *xs: run_seeded(lambda: function(*xs))
    return slopes(plain, pick(widest.values, operands), tangents, single=not is_double(widest))


def _widest(subject: Subject) -> Subject:
    """The subject in double precision; a custom kernel in single precision may be all that there is."""
    double = {torch.float32: torch.float64, torch.complex64: torch.complex128}
    sample = subject.sample.map(lambda t: t.to(double.get(t.dtype, t.dtype)))
    try:
        wider = Subject(subject.operator, sample, subject.domain)
    except Exception as problem:  # a kernel of anybody's may refuse a dtype in any way
        tensors = pick(subject.values, subject.active) + pick(subject.outputs, subject.differentiable_outputs)
        custom = not subject.operator.name.startswith("aten::")
        if custom and all(t.dtype in double for t in tensors):
            return subject
        raise Skip("the operator does not run in double precision") from problem
    if not is_double(wider):
        raise Skip("no finite differences in low precision")
    return wider


def check_jvp(subject: Subject, bench: Bench, operands: Sequence[int], outs: Sequence[int]) -> Finding:
    """The output and tangent of jvp against the plain operator and its finite differences."""
    function, primals = subject.function(operands, outs), pick(subject.values, operands)
    tangents = directions(subject, operands, 1)
    want = run_seeded(lambda: function(*primals))
    got, moved = run_seeded(lambda: bench.impl.jvp(function, tuple(primals), tuple(tangents)))
    wrong = _wrong_output(got, want, primals, bench) or _wrong_form(leaves(moved), want, "tangent")
    if wrong is not None:
        return wrong
    truth = _truth(subject, operands, outs, tangents)
    low = tolerance_for(want, bench.factor)
    allowed = Tolerance(max(1e-5 * bench.factor, 3 * low.relative), max(1e-7 * bench.factor, low.absolute))
    found = compare_slopes(leaves(moved), truth, allowed)
    if found is None:
        if any(out.numel() for out in want):
            raise Skip(NO_TRUTH)
        return Finding(0.0, 0.0)
    if found.message and bench.rules.derivative == "zero" and subject.is_constant_for_pytorch:
        raise Skip("declared zero, as in PyTorch, although the function moves")
    return found


def _wrong_output(got: Any, want: Sequence[Tensor], primals: Sequence[Tensor], bench: Bench) -> Finding | None:
    found = compare(leaves(got), want, tolerance_for([*want, *primals], bench.factor))
    return Finding(found.error, found.tolerance, f"output: {found.message}", found.hint) if found.message else None


def _wrong_form(got: Sequence[Tensor], primals: Sequence[Tensor], what: str) -> Finding | None:
    """Shapes and dtypes: those of the primals."""
    if len(got) != len(primals):
        return Finding(message=f"{len(got)} {what}s, want {len(primals)}")
    for g, x in zip(got, primals, strict=True):
        if g.shape != x.shape:
            return Finding(message=f"{what} of shape {tuple(g.shape)}, want {tuple(x.shape)}")
        if g.dtype != x.dtype:
            return Finding(
                message=f"{what} of dtype {g.dtype}, want {x.dtype}", hint="a tangent has its primal's dtype"
            )
    return None


def check_vjp(subject: Subject, bench: Bench, operands: Sequence[int], outs: Sequence[int]) -> Finding:
    """<u, Jv> = <J^T u, v> for each operand by itself."""
    function, primals = subject.function(operands, outs), pick(subject.values, operands)
    want = run_seeded(lambda: function(*primals))
    got, pullback = run_seeded(lambda: bench.impl.vjp(function, *primals))
    us = cotangents(want, 2)
    gradients = leaves(pullback(us))
    wrong = _wrong_output(got, want, primals, bench) or _wrong_form(gradients, primals, "cotangent")
    if wrong is not None:
        return wrong
    worst = Finding(0.0, 0.0)
    for position, operand in enumerate(operands):
        found = _identity(subject, bench, operand, outs, us, gradients[position])
        if found.message:
            return found
        worst = worse(worst, found)
    return worst


def _identity(
    subject: Subject, bench: Bench, operand: int, outs: Sequence[int], us: Sequence[Tensor], gradient: Tensor
) -> Finding:
    worst = Finding(0.0, 0.0)
    for seed in (3, 4):
        tangent = directions(subject, [operand], seed)
        moved, slack = _push(subject, bench, operand, outs, tangent)
        found = transpose_identity(us, moved, [gradient], tangent, slack * bench.factor)
        if found is None:
            return _not_finite(subject.names[operand], moved)
        if found.message:
            return _explain(subject, bench, operand, outs, us, gradient, found)
        worst = worse(worst, found)
    return worst


def _not_finite(name: str, moved: Sequence[Tensor]) -> Finding:
    if not all(bool(torch.isfinite(t).all()) for t in moved):
        raise Skip(NO_TRUTH)
    message = f"cotangent of {name} is not finite, although J v is"
    return Finding(message=message, hint="guard the formula with where(...)?")


def _push(
    subject: Subject, bench: Bench, operand: int, outs: Sequence[int], tangent: list[Tensor]
) -> tuple[list[Tensor], float]:
    """J v by the JVP; where there is none, by finite differences, with a wider tolerance."""
    function, primal = subject.function([operand], outs), subject.values[operand]
    rounding = tolerance_for([*subject.values, *subject.outputs]).relative
    try:
        _, moved = run_seeded(lambda: bench.impl.jvp(function, (primal,), tuple(tangent)))
        return leaves(moved), max(_IDENTITY, rounding / 2)
    except NotImplementedError:
        truth = _truth(subject, [operand], outs, tangent)
        if not all(bool(slope.reliable.all()) for slope in truth):
            raise Skip(NO_TRUTH) from None
        return [slope.value for slope in truth], max(1e-4, rounding)


def transpose_identity(
    us: Sequence[Tensor], moved: Sequence[Tensor], gradients: Sequence[Tensor], tangents: Sequence[Tensor], slack: float
) -> Finding | None:
    """<u, Jv> = <J^T u, v>; None where a side is not finite."""
    left, right = inner(us, moved), inner(gradients, tangents)
    scale = inner_scale(us, moved) + inner_scale(gradients, tangents)
    if not torch.isfinite(torch.tensor([left, right])).all():
        return None
    gap, allowed = abs(left - right), slack * (scale + 1e-3)
    message = f"<J^T u, v> = {right:.6g}, but <u, J v> = {left:.6g}" if gap > allowed else ""
    return Finding(gap, allowed, message, relative=gap / (scale + 1e-3))


def _explain(
    subject: Subject, bench: Bench, operand: int, outs: Sequence[int], us: Sequence[Tensor], got: Tensor, found: Finding
) -> Finding:
    """Name the operand, and compare with the whole gradient, which the JVP gives column by column."""
    name, value = subject.names[operand], subject.values[operand]
    hint = ""
    if 0 < value.numel() <= _BASIS_LIMIT and name not in subject.domain.directions:
        want = _gradient_by_columns(subject, bench, operand, outs, us)
        hint = guess(got, want, None)
    return Finding(found.error, found.tolerance, f"cotangent of {name}: {found.message}", hint)


def _gradient_by_columns(
    subject: Subject, bench: Bench, operand: int, outs: Sequence[int], us: Sequence[Tensor]
) -> Tensor:
    value = subject.values[operand]
    units = [torch.ones((), dtype=value.dtype)] + ([torch.tensor(1j)] if value.is_complex() else [])
    columns = torch.zeros(value.numel(), dtype=value.dtype, device=value.device)
    for index in range(value.numel()):
        for unit in units:
            basis = torch.zeros_like(columns)
            basis[index] = unit
            moved, _ = _push(subject, bench, operand, outs, [basis.reshape(value.shape)])
            columns[index] += unit * inner(us, moved)
    return columns.reshape(value.shape)


def check_additive(subject: Subject, bench: Bench, operands: Sequence[int], outs: Sequence[int]) -> Finding:
    """pullback(u + 2w) = pullback(u) + 2 pullback(w), called three times on one pullback.

    Where one of them is infinite, as that of sqrt at 0, the sum says nothing.
    """
    function, primals = subject.function(operands, outs), pick(subject.values, operands)
    got, pullback = run_seeded(lambda: bench.impl.vjp(function, *primals))
    u, w = cotangents(leaves(got), 5), cotangents(leaves(got), 6)
    first, second = (leaves(pullback(each)) for each in (u, w))
    both = leaves(pullback(tuple(a + 2 * b for a, b in zip(u, w, strict=True))))
    finite = [a.isfinite() & b.isfinite() for a, b in zip(first, second, strict=True)]
    both = [x.where(flag, torch.zeros_like(x)) for x, flag in zip(both, finite, strict=True)]
    want = [(a + 2 * b).where(flag, torch.zeros_like(a)) for a, b, flag in zip(first, second, finite, strict=True)]
    found = compare(both, want, tolerance_for(primals, 10 * bench.factor))
    hint = "the pullback is not linear, or changed by being called"
    return Finding(found.error, found.tolerance, found.message, hint if found.message else "")
