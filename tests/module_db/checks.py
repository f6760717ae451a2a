"""What is asked of a module, and the truth it is compared with.

Truth is the module itself, called as anyone would, once for each example, with its parameters loaded; its gradients are
PyTorch's own autograd on plain tensors. The transforms under test are a module with `vmap`, `grad`, `jvp` and
`functional_call`: oplift, or torch.func.
"""

import copy
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy
import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten

import oplift
from tests.module_db.samples import DIFFERENTIABLE, Entry, Sample

BATCH = 3
#: So many that examples with random numbers of their own are not alike by chance.
MANY = 32
STEP = 1e-5
CHECKS = ["inputs", "params", "grads", "jvp", "hvp"]
Tensors = tuple[Tensor, ...]
Outcome = tuple[str, str]


class NotAsked(Exception):
    """The check means nothing for this sample."""


class Wrong(Exception):
    """The value differs from the truth."""


# ---------------------------------------------------------------- samples


@dataclass
class Row:
    """All that one call of a module reads: parameters, floating inputs, other inputs, buffers."""

    params: Tensors
    floats: Tensors
    rest: Tensors
    buffers: Tensors

    @property
    def smooth(self) -> Tensors:
        return self.params + self.floats

    def parts(self) -> tuple[Tensors, ...]:
        """Copies, since a module may write to what it is given."""
        return tuple(tuple(x.clone() for x in part) for part in (self.params, self.floats, self.rest, self.buffers))


def stacked(rows: Sequence[Row], dims: Sequence[int | None]) -> tuple[Tensors, ...]:
    """The arguments of a call under vmap: those parts stacked that have a dimension."""
    columns = zip(*[row.parts() for row in rows], strict=True)
    return tuple(
        column[0] if d is None else tuple(torch.stack(x, d) for x in zip(*column, strict=True))
        for column, d in zip(columns, dims, strict=True)
    )


@dataclass
class Case:
    """A module in one mode, with BATCH different values of everything that it reads."""

    module: nn.Module
    spec: Any
    leaves: list[Any]
    active: list[int]
    rows: list[Row]
    desc: str = ""

    @cached_property
    def names(self) -> tuple[list[str], list[str]]:
        return [n for n, _ in self.module.named_parameters()], [n for n, _ in self.module.named_buffers()]

    def arguments(self, floats: Tensors, rest: Tensors) -> tuple[tuple, dict[str, Any]]:
        left, other = iter(floats), iter(rest)
        leaves = [
            next(left if i in self.active else other) if isinstance(x, Tensor) else x for i, x in enumerate(self.leaves)
        ]
        return tree_unflatten(leaves, self.spec)

    @cached_property
    def weights(self) -> Tensors:
        """What `loss` weighs the floating results with."""
        return like(1, floating(Plain(self, self.rows[0]).out))

    @cached_property
    def draws(self) -> bool:
        """Whether the module draws random numbers."""
        seed(1)
        before = torch.get_rng_state()
        Plain(self, self.rows[0])
        return not torch.equal(before, torch.get_rng_state())

    @cached_property
    def writes(self) -> bool:
        """Whether the module writes to its buffers."""
        return Plain(self, self.rows[0]).wrote


def seed(number: int) -> None:
    torch.manual_seed(number)
    random.seed(number)
    numpy.random.seed(number)


def cases(entry: Entry, limit: int) -> list[Case]:
    """Up to `limit` samples in each mode: the first, and others from the whole list; fewer are always among more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(drawn(entry, limit))


def drawn(entry: Entry, limit: int) -> Iterator[Case]:
    for training in entry.modes:
        draws = []
        for k in range(BATCH):
            seed(k)
            draws.append(entry.samples(training))
        chosen = list(zip(*draws, strict=True))
        order = [0, *random.Random(0).sample(range(1, len(chosen)), len(chosen) - 1)][:limit]
        yield from (make_case(entry.cls, chosen[i], training) for i in order)


def make_case(cls: type[nn.Module], samples: Sequence[Sample], training: bool) -> Case:
    seed(7)
    module = samples[0].build(cls).to(torch.float64).train(training)
    module(*samples[0].call.args, **samples[0].call.kwargs)  # a lazy module takes its shapes from this
    flat = [tree_flatten((s.call.args, s.call.kwargs)) for s in samples]
    shapes = [[(x.shape, x.dtype) for x in leaves if isinstance(x, Tensor)] for leaves, _ in flat]
    alike = [leaves if shape == shapes[0] else flat[0][0] for (leaves, _), shape in zip(flat, shapes, strict=True)]
    floats = [i for i, x in enumerate(flat[0][0]) if isinstance(x, Tensor) and x.is_floating_point()]
    active = floats[: DIFFERENTIABLE.get(cls, len(floats))]
    mode = "train" if training else "eval"
    desc = f"{mode}: {samples[0].desc or samples[0].make.kwargs}"
    return Case(module, flat[0][1], flat[0][0], active, [make_row(module, leaves, active) for leaves in alike], desc)


def make_row(module: nn.Module, leaves: list[Any], active: list[int]) -> Row:
    """One call's values; parameters and buffers near those of the module, so that they stay in their domain."""
    rest = [x.detach() for i, x in enumerate(leaves) if isinstance(x, Tensor) and i not in active]
    return Row(
        tuple(p.detach() + 0.1 * torch.randn_like(p) for p in module.parameters()),
        tuple(leaves[i].detach() for i in active),
        tuple(rest),
        tuple(b + 0.1 * torch.rand_like(b) if b.is_floating_point() else b.clone() for b in module.buffers()),
    )


def tensors(out: Any) -> Tensors:
    return tuple(x for x in tree_leaves(out) if isinstance(x, Tensor))


def floating(out: Sequence[Tensor]) -> Tensors:
    return tuple(x for x in out if x.is_floating_point())


# ---------------------------------------------------------------- truth


class Plain:
    """One call of the module as it is."""

    def __init__(self, case: Case, row: Row) -> None:
        self.case, module = case, copy.deepcopy(case.module)
        params, floats, rest, buffers = row.parts()
        with torch.no_grad():
            for old, new in zip((*module.parameters(), *module.buffers()), params + buffers, strict=True):
                old.copy_(new)
        self.xs = (*module.parameters(), *(x.requires_grad_() for x in floats))
        args, kwargs = case.arguments(floats, rest)
        before = [(b, b._version) for b in module.buffers()]
        self.out = tensors(module(*args, **kwargs))
        self.kept = tuple(b.detach() for b in module.buffers())
        after = zip(before, module.buffers(), strict=True)
        self.wrote = any(b is not old or b._version != version for (old, version), b in after)

    def pull(self, cotangents: Sequence[Tensor], create_graph: bool = False) -> Tensors:
        """The gradients with respect to parameters and inputs."""
        live = [(y, u) for y, u in zip(floating(self.out), cotangents, strict=True) if y.requires_grad]
        if not live or not self.xs:
            raise NotAsked("nothing to differentiate")
        ys, us = zip(*live, strict=True)
        grads = torch.autograd.grad(
            ys, self.xs, us, allow_unused=True, materialize_grads=True, create_graph=create_graph
        )
        return tuple(g.to_dense() for g in grads)

    def gradient(self, create_graph: bool = False) -> Tensors:
        """The gradients of `loss`, whose cotangent is written out here."""
        pairs = zip(self.case.weights, floating(self.out), strict=True)
        return self.pull([w * (1 + y) for w, y in pairs], create_graph)


def loss(weights: Tensors, out: Sequence[Tensor]) -> Tensor:
    """A number with curvature, from all that a module returns."""
    return sum((w * (y + y * y / 2)).sum() for w, y in zip(weights, floating(out), strict=True))


def like(number: int, xs: Sequence[Tensor]) -> Tensors:
    source = torch.Generator().manual_seed(number)
    return tuple(torch.randn(x.shape, generator=source, dtype=x.dtype) for x in xs)


def inner(xs: Sequence[Tensor], ys: Sequence[Tensor]) -> Tensor:
    return sum((x * y).sum() for x, y in zip(xs, ys, strict=True))


def moved(row: Row, step: float) -> Row:
    """The row with parameters and inputs moved along the tangents."""
    xs = tuple(x + step * t for x, t in zip(row.smooth, like(2, row.smooth), strict=True))
    return replace(row, params=xs[: len(row.params)], floats=xs[len(row.params) :])


def curvature(case: Case, row: Row) -> Tensors:
    """Reverse over reverse; central differences of the gradient where PyTorch has no second derivative."""
    seed(1)
    with sdpa_kernel(SDPBackend.MATH):  # the fused kernels have no second derivative
        plain = Plain(case, row)
    try:
        grads = plain.gradient(create_graph=True)
        live = [(g, t) for g, t in zip(grads, like(2, grads), strict=True) if g.requires_grad]
        if not live:
            return tuple(torch.zeros_like(x) for x in plain.xs)
        gs, ts = zip(*live, strict=True)
        return torch.autograd.grad(gs, plain.xs, ts, allow_unused=True, materialize_grads=True)
    except RuntimeError:  # PyTorch has no derivative of this gradient
        return differences(lambda row: Plain(case, row).gradient(), row)


def differences(function: Callable[[Row], Sequence[Tensor]], row: Row) -> Tensors:
    """Central differences along the tangents, of a function that draws the same random numbers each time."""
    ends = []
    for step in (STEP, -STEP):
        seed(1)
        ends.append(function(moved(row, step)))
    return tuple((a - b) / (2 * STEP) for a, b in zip(*ends, strict=True))


def looped(function: Callable[[Row], Sequence[Tensor]], rows: Sequence[Row]) -> Tensors:
    """The function of each row, stacked; each row draws the same random numbers."""
    outs = []
    for row in rows:
        seed(1)
        outs.append(function(row))
    if len({tuple(y.shape for y in out) for out in outs}) > 1:
        raise NotAsked("the output's shape depends on the data")
    return tuple(torch.stack(ys) for ys in zip(*outs, strict=True))


def mixed(case: Case, dims: Sequence[int | None]) -> list[Row]:
    """The rows as vmap sees them: what is not batched is that of the first."""
    first = case.rows[0].parts()
    return [
        Row(*(f if d is None else part for f, part, d in zip(first, row.parts(), dims, strict=True)))
        for row in case.rows
    ]


# ---------------------------------------------------------------- what the transforms make of it


def functional(t: Any, case: Case) -> Callable[..., tuple[Tensors, Tensors]]:
    """The module as a function of its parameters, floating inputs, other inputs and buffers."""

    def call(params: Tensors, floats: Tensors, rest: Tensors, buffers: Tensors) -> tuple[Tensors, Tensors]:
        names, kept = case.names
        state = dict(zip(names + kept, params + buffers, strict=True))
        args, kwargs = case.arguments(floats, rest)
        out = t.functional_call(case.module, state, args, kwargs)
        return tensors(out), tuple(state[name] for name in kept)

    return call


def objective(t: Any, case: Case) -> Callable[..., Tensor]:
    call, weights = functional(t, case), case.weights
    return lambda *parts: loss(weights, call(*parts)[0])


def placements(case: Case, check: str) -> list[tuple[int | None, ...]]:
    """Which parts of a row are batched: parameters, floating inputs, other inputs, buffers."""
    row, kept = case.rows[0], 0 if case.writes else None
    floats, rest = 0 if row.floats else None, 0 if row.rest else None
    last = -1 if floats == 0 else None
    wanted = {
        "inputs": [(None, floats, None, kept), (None, last, rest, kept)],
        "params": [(0, None, None, 0), (0, floats, None, 0)],
        "grads": [(None, floats, rest, kept)],
    }[check]
    if check == "params" and not row.params and not row.buffers:
        raise NotAsked("neither parameters nor buffers")
    filled = [
        tuple(None if not part else d for d, part in zip(dims, row.parts(), strict=True))
        for dims in dict.fromkeys(wanted)
    ]
    return [dims for dims in dict.fromkeys(filled) if any(d is not None for d in dims)]


def mapped(t: Any, case: Case, check: str, dims: Any, randomness: str = "same") -> Callable[..., Any]:
    """The function under vmap that a check calls."""
    function = t.grad(objective(t, case), argnums=(0, 1)) if check == "grads" else functional(t, case)
    return t.vmap(function, in_dims=dims, randomness=randomness)


# ---------------------------------------------------------------- the checks


def run(t: Any, case: Case, check: str) -> str:
    """Run one check on one sample; "pass" or "slow", or an exception that says what happened."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        slow = VERDICTS[check](t, case, check)
    fell_back = any(w.category is oplift.FallbackWarning or "performance drop" in str(w.message) for w in seen)
    return "slow" if slow or fell_back else "pass"


def judge(t: Any, found: Sequence[Case], check: str) -> Outcome:
    """The worst outcome over the samples, and what was wrong."""
    verdict: Outcome = ("n/a", "")
    for case in found:
        try:
            outcome = run(t, case, check)
            verdict = verdict if verdict[0] == "slow" else (outcome, "")
        except NotAsked:
            continue
        except Wrong as e:
            return "wrong", f"{case.desc}: {e}"
        except Exception as e:  # whatever a transform raises is its outcome
            return "error", f"{type(e).__name__}: {e}".partition("\n")[0]
    return verdict


def batching(t: Any, case: Case, check: str) -> bool:
    """The value and the buffers after it, or the gradients, of each example, against a loop; whether it loops."""
    slow = False
    for dims in placements(case, check):
        want = looped(once(case, check, dims), mixed(case, dims))
        if check == "grads" and not finite(want):
            raise NotAsked("the derivative is not finite")
        function = mapped(t, case, check, dims)
        seed(1)
        compare(tensors(function(*stacked(case.rows, dims)))[: len(want)], want)
        slow |= loops(function, case.rows, dims)
        if case.draws:
            apart(t, case, check, dims)
    return slow


def once(case: Case, check: str, dims: Any) -> Callable[[Row], Tensors]:
    """What one example must give; with its buffers, if it has its own."""

    def value(row: Row) -> Tensors:
        plain = Plain(case, row)
        return plain.out + (plain.kept if dims[3] == 0 else ())

    return (lambda row: Plain(case, row).gradient()) if check == "grads" else value


def apart(t: Any, case: Case, check: str, dims: Any) -> None:
    """Under randomness="different", equal examples differ, and gradients are those of what was drawn."""
    if check != "grads":
        outs = mapped(t, case, check, dims, "different")(*stacked(case.rows[:1] * MANY, dims))[0]
        if all(torch.equal(y, y[:1].expand_as(y)) for y in outs):
            raise Wrong("randomness='different' draws the same for every example")
        return
    rows, size = mixed(case, dims), len(case.rows)
    seed(1)
    grads = tensors(mapped(t, case, check, dims, "different")(*stacked(rows, dims)))
    found = sum((g * x).reshape(size, -1).sum(1) for g, x in zip(grads, like(2, rows[0].smooth), strict=True))
    ends = []
    for step in (STEP, -STEP):
        seed(1)
        args = stacked([moved(row, step) for row in rows], dims)
        ends.append(t.vmap(objective(t, case), in_dims=dims, randomness="different")(*args))
    compare([found], [(ends[0] - ends[1]) / (2 * STEP)])


def pushed(t: Any, case: Case, check: str) -> bool:
    """The tangent by its inner product with a cotangent, against the pullback of that cotangent."""
    row = case.rows[0]
    seed(1)
    plain = Plain(case, row)
    us = like(3, floating(plain.out))
    grads = plain.pull(us)
    if not finite(grads + plain.out):
        raise NotAsked("the derivative is not finite")
    want = inner(grads, like(2, row.smooth))
    if isinstance(case.module, nn.Embedding):  # padding_idx, scale_grad_by_freq: its gradient is none by design
        want = inner(differences(lambda row: Plain(case, row).out, row), us)
    call, (params, floats, rest, buffers) = functional(t, case), row.parts()
    seed(1)
    primals, tangents = t.jvp(lambda *xs: floating(call(*xs, rest, own(buffers))[0]), (params, floats), directions(row))
    compare((*primals, inner(tangents, us)), (*floating(plain.out), want))
    return False


def own(buffers: Tensors) -> Tensors:
    """Copies made inside the function, since a module may write to them."""
    return tuple(b.clone() for b in buffers)


def directions(row: Row) -> tuple[Tensors, Tensors]:
    ts = like(2, row.smooth)
    return ts[: len(row.params)], ts[len(row.params) :]


def hessian_vector(t: Any, case: Case, check: str) -> bool:
    """Forward over reverse, against reverse over reverse."""
    row = case.rows[0]
    want = curvature(case, row)
    if not finite(want):
        raise NotAsked("the derivative is not finite")
    gradient, (params, floats, rest, buffers) = t.grad(objective(t, case), argnums=(0, 1)), row.parts()
    seed(1)
    found = t.jvp(lambda *xs: gradient(*xs, rest, own(buffers)), (params, floats), directions(row))[1]
    compare(tensors(found), want)
    return False


VERDICTS = {"inputs": batching, "params": batching, "grads": batching, "jvp": pushed, "hvp": hessian_vector}


# ---------------------------------------------------------------- comparing


class Count(TorchDispatchMode):
    """Counts the operators that reach the bottom."""

    count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += 1
        return func(*args, **(kwargs or {}))


def loops(function: Callable[..., Any], rows: list[Row], dims: Any) -> bool:
    """Whether twice the examples take more operators."""
    counts = []
    for batch in (rows, rows * 2):
        args = stacked(batch, dims)
        with Count() as mode:
            function(*args)
        counts.append(mode.count)
    return counts[1] > counts[0]


def finite(xs: Sequence[Tensor]) -> bool:
    return all(torch.isfinite(x).all() for x in xs)


def compare(got: Sequence[Tensor], want: Sequence[Tensor]) -> None:
    got, want = ([x.detach().to_dense() for x in xs] for xs in (got, want))
    if [(x.shape, x.dtype) for x in got] != [(x.shape, x.dtype) for x in want]:
        raise Wrong(f"{[(tuple(x.shape), x.dtype) for x in got]}, want {[(tuple(x.shape), x.dtype) for x in want]}")
    for g, w in zip(got, want, strict=True):
        try:
            scale = max(1.0, float(w.nan_to_num(0, 0, 0).abs().max())) if w.numel() else 1.0
            torch.testing.assert_close(g, w, rtol=1e-5, atol=1e-7 * scale, equal_nan=True)
        except AssertionError as e:
            raise Wrong(" ".join(str(e).split())[:200]) from None
