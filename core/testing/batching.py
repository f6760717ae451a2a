"""A batching rule against a Python loop over the plain operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from oplift.testing.diagnose import Finding, compare
from oplift.testing.numeric import Tolerance, difference, tolerance_for
from oplift.testing.subject import Outputs, Subject
from oplift.testing.trees import leaves
from oplift.testing.trial import Bench, Skip, Trial, run_seeded, subsets

Dims = tuple[int | None, ...]
Function = Callable[..., Sequence[Tensor]]


@dataclass(frozen=True)
class Level:
    """One vmap: its batch size and the in_dims of the operands."""

    size: int
    dims: Dims


@dataclass(frozen=True)
class Plan:
    """Nested vmaps, the outermost first, and the name of what they show."""

    check: str
    levels: tuple[Level, ...]
    strided: bool = False


class Values:
    """Where a plan finds the k-th value of an operand."""

    def __init__(self, example: Callable[[int, int], Tensor], count: int) -> None:
        self.example, self.count = example, count

    def stacked(self, plan: Plan) -> list[Tensor]:
        """The operands with their batch dimensions, as they are given to the outermost vmap."""
        tensors = [self._stack(i, plan.levels, 0) for i in range(self.count)]
        return [strided(t) for t in tensors] if plan.strided else tensors

    def _stack(self, operand: int, levels: tuple[Level, ...], index: int) -> Tensor:
        if not levels:
            return self.example(operand, index)
        level, rest = levels[0], levels[1:]
        dim = level.dims[operand]
        if dim is None:
            return self._stack(operand, rest, index)
        rows = [self._stack(operand, rest, index * level.size + j) for j in range(max(level.size, 1))]
        return torch.stack(rows, dim).narrow(dim, 0, level.size)

    def loop(self, function: Function, levels: tuple[Level, ...], indices: Sequence[int]) -> list[Tensor]:
        """The truth: `function` called on one example after the other, its results stacked."""
        if not levels:
            call = partial(function, *(self.example(i, k) for i, k in enumerate(indices)))
            return leaves(run_seeded(call))
        level, rest = levels[0], levels[1:]
        rows = [
            self.loop(function, rest, [_next(k, j, level, i) for i, k in enumerate(indices)])
            for j in range(max(level.size, 1))
        ]
        if any([t.shape for t in row] != [t.shape for t in rows[0]] for row in rows):
            raise Skip("the result's shape depends on the data")
        return [torch.stack(outs)[: level.size] for outs in zip(*rows, strict=True)]


def _next(index: int, row: int, level: Level, operand: int) -> int:
    return index if level.dims[operand] is None else index * level.size + row


def strided(tensor: Tensor) -> Tensor:
    """The same values in memory that is not contiguous."""
    if tensor.dim() >= 2:
        return tensor.transpose(0, -1).contiguous().transpose(0, -1)
    if tensor.dim() == 1:
        return torch.stack([tensor, tensor], 1).select(1, 0)
    return tensor


def run_plan(
    impl: Any,
    function: Function,
    values: Values,
    plan: Plan,
    allowed: Tolerance | None = None,
    shape_depends_on_data: bool = False,
) -> Finding:
    """Nested vmap of `function` against the loop."""
    if plan.levels[0].size == 0 and shape_depends_on_data:
        raise Skip("no example tells the shape of the result")
    try:
        want = values.loop(function, plan.levels, [0] * values.count)
    except (RuntimeError, IndexError, ValueError) as problem:
        raise Skip(f"plain torch raises {type(problem).__name__}") from problem
    mapped: Callable[..., Any] = function
    for level in reversed(plan.levels):
        mapped = impl.vmap(mapped, in_dims=level.dims, randomness="same")
    inputs = values.stacked(plan)
    kept = [t.clone() for t in inputs]
    got = leaves(run_seeded(lambda: mapped(*inputs)))
    if any(bool(difference(a, b).any()) for a, b in zip(inputs, kept, strict=True)):
        return Finding(message="the rule changed the values of an operand", hint="an in-place operator in the rule?")
    return compare(got, want, allowed or tolerance_for(want), plan.levels[0].size)


def batch_trials(subject: Subject, bench: Bench) -> Iterator[Trial]:
    """Every combination of batched operands, positions of the batch dim, sizes and nestings."""
    if bench.rules.batch_unsupported is not None:
        yield Trial("batch: refused", "", partial(_refuses, subject, bench))
        return
    values = Values(subject.example, len(subject.values))

    def function(*tensors: Tensor) -> Outputs:
        results = subject(*tensors)
        # of an undetermined output only the shape and the dtype are compared
        left_out = subject.domain.undetermined
        return tuple(torch.zeros_like(r) if i in left_out else r for i, r in enumerate(results))

    allowed = tolerance_for([*subject.outputs, *subject.values], bench.factor)
    random, dynamic = draws(subject), subject.domain.data_shape or subject.operator.has_data_shape
    for whole in plans(len(subject.values), bench.brief):
        plan = _without_shared(subject, whole)
        if plan is None or (random and plan.strided):
            continue
        if bench.rules.batch_loop and any(level.size == 0 for level in plan.levels):
            continue  # a loop over no examples tells no shape, and says so
        operand = _batched_names(subject, plan)
        yield Trial(plan.check, operand, partial(run_plan, bench.impl, function, values, plan, allowed, dynamic))


def _without_shared(subject: Subject, plan: Plan) -> Plan | None:
    """The plan with the operands that cannot be batched left unbatched; None where nothing else is batched."""
    shared = subject.domain.shared
    if not shared:
        return plan
    levels = tuple(
        Level(level.size, tuple(None if n in shared else d for n, d in zip(subject.names, level.dims, strict=True)))
        for level in plan.levels
    )
    useless = any(all(d is None for d in level.dims) for level in levels)
    return None if useless else Plan(plan.check, levels, plan.strided)


def _refuses(subject: Subject, bench: Bench) -> Finding:
    dims = (0,) * len(subject.values)
    inputs = Values(subject.example, len(subject.values)).stacked(Plan("", (Level(2, dims),)))
    try:
        bench.impl.vmap(subject, in_dims=dims)(*inputs)
    except RuntimeError as problem:
        name = subject.operator.name.partition("::")[2].partition(".")[0]
        said = name in str(problem)
        return Finding(message="" if said else f"the error does not name the operator: {problem}")
    return Finding(message="declared as unsupported under vmap, yet it ran")


def plans(count: int, brief: bool) -> Iterator[Plan]:
    """The plans for an operator of `count` tensors."""
    everything = tuple(range(count))
    for chosen in subsets(everything, brief, whole_up_to=4):
        yield Plan("batch", (Level(3, _dims(count, chosen, 0)),))
        yield Plan("batch: in_dims=-1", (Level(2, _dims(count, chosen, -1)),))
    yield Plan("batch: strided", (Level(3, _dims(count, everything, 0)),), strided=True)
    yield Plan("batch: size 1", (Level(1, _dims(count, everything, 0)),))
    if brief:
        return
    yield Plan("batch: size 0", (Level(0, _dims(count, everything, 0)),))
    if count > 1:
        yield Plan("batch: in_dims differ", (Level(2, tuple(-(i % 2) for i in range(count))),))
    yield from _nested(count)


def _nested(count: int) -> Iterator[Plan]:
    everything = tuple(range(count))
    whole, last = _dims(count, everything, 0), _dims(count, everything, -1)
    yield Plan("batch: nested", (Level(3, whole), Level(2, last)))
    for i in everything if 1 < count <= 4 else ():
        others = tuple(j for j in everything if j != i)
        yield Plan("batch: nested", (Level(2, _dims(count, (i,), 0)), Level(3, _dims(count, others, 0))))
        yield Plan("batch: nested", (Level(2, last), Level(3, _dims(count, (i,), 0))))


def _dims(count: int, chosen: Sequence[int], dim: int) -> Dims:
    return tuple(dim if i in chosen else None for i in range(count))


def _batched_names(subject: Subject, plan: Plan) -> str:
    def of(level: Level) -> str:
        names = [n for n, d in zip(subject.names, level.dims, strict=True) if d is not None]
        return "all" if len(names) == len(subject.names) > 3 else ", ".join(names)

    return " / ".join(of(level) for level in plan.levels)


def random_trials(subject: Subject, bench: Bench) -> Iterator[Trial]:
    """What `randomness=` promises of an operator that draws random numbers."""
    if not draws(subject):
        return
    yield Trial("random: error", "", partial(_random_refused, subject, bench))
    yield Trial("random: different", "", partial(_random_differs, subject, bench))


def draws(subject: Subject) -> bool:
    """Whether the operator moves the global random generator."""
    before = _random_state()
    subject(*subject.values)
    return not all(map(torch.equal, before, _random_state()))


def _random_state() -> list[Tensor]:
    on_cuda = [torch.cuda.get_rng_state()] if torch.cuda.is_initialized() else []
    return [torch.get_rng_state(), *on_cuda]


def _mapped_over_nothing(subject: Subject, bench: Bench, randomness: str) -> list[Tensor]:
    """The operator on the same values for each of 4 examples, which only random numbers can tell apart."""

    def function(_: Tensor, *tensors: Tensor) -> Outputs:
        return subject(*tensors)

    dims = (0,) + (None,) * len(subject.values)
    mapped = bench.impl.vmap(function, in_dims=dims, randomness=randomness)
    return leaves(mapped(torch.zeros(4), *subject.values))


def _random_refused(subject: Subject, bench: Bench) -> Finding:
    try:
        _mapped_over_nothing(subject, bench, "error")
    except RuntimeError as problem:
        said = "random" in str(problem)
        return Finding(message="" if said else f"the error does not speak of randomness: {problem}")
    return Finding(message="randomness='error' did not refuse it")


def _random_differs(subject: Subject, bench: Bench) -> Finding:
    outs = _mapped_over_nothing(subject, bench, "different")
    want = [(4, *out.shape) for out in subject.outputs]
    if [tuple(out.shape) for out in outs] != want:
        return Finding(message=f"shapes {[tuple(o.shape) for o in outs]}, want {want}")
    entropic = [out for out in outs if out[0].numel() >= 8 and out.is_floating_point()]
    if entropic and all(torch.equal(out[0], out[i]) for out in entropic for i in range(1, 4)):
        return Finding(message="randomness='different' gave every example the same numbers")
    return Finding()
