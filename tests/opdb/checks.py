"""What is asked of one entry of the database, and the truth it is compared with.

A check is a program over an interface of three functions: `vmap`, `vjp` and `pair`, where pair(f, xs, ts, us) is the
inner product <us, J ts>. Each program runs twice: with the transforms of oplift, where `pair` is forward mode, and with
`Truth`, where `vmap` is a Python loop, `vjp` is PyTorch's autograd on plain tensors and `pair` is the transposed
<J^T us, ts>. So no formula under test is its own oracle, and nesting needs no oracle of its own.
"""

import random
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy
import torch
from torch import Tensor
from torch.testing._internal.common_methods_invocations import op_db
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten

import oplift

BATCH = 3
Tensors = tuple[Tensor, ...]
Function = Callable[..., Tensors]
ENTRIES = {op.name + ("." + op.variant_test_name if op.variant_test_name else ""): op for op in op_db}
#: A loop or a transposed product is no truth for these: uninitialised memory, raw strides, sparse layouts.
NO_TRUTH = ("empty", "new_empty", "as_strided", "resize_", "to_sparse", "sparse.")
#: Reverse mode drops by definition what forward mode does not (padding_idx, overlapping windows).
NO_TRANSPOSE = ("nn.functional.embedding", "nn.functional.max_unpool")


class NotAsked(Exception):
    """The check means nothing for this sample."""


class Wrong(Exception):
    """The value differs from the truth."""


# ---------------------------------------------------------------- the interface, twice


class Oplift:
    """The transforms under test."""

    vjp = staticmethod(oplift.vjp)

    @staticmethod
    def vmap(f: Function, in_dims: Any = 0) -> Function:
        return oplift.vmap(f, in_dims=in_dims, randomness="same")

    @staticmethod
    def pair(f: Function, xs: Tensors, ts: Tensors, us: Tensors) -> Tensors:
        tangents = oplift.jvp(f, xs, ts)[1]
        return (inner(tangents, us),)


class Truth:
    """The same by a loop, by autograd and by transposition."""

    @staticmethod
    def vmap(f: Function, in_dims: Any = 0) -> Function:
        def looped(*args: Tensor) -> Tensors:
            dims = in_dims if isinstance(in_dims, tuple) else (in_dims,) * len(args)
            picked = [
                [a if d is None else a.select(d, b) for a, d in zip(args, dims, strict=True)] for b in range(BATCH)
            ]
            outs = [f(*[x.clone() for x in row]) for row in picked]
            if len({tuple(o.shape for o in out) for out in outs}) > 1:
                raise NotAsked("the output's shape depends on the data")
            return tuple(torch.stack(parts) for parts in zip(*outs, strict=True))

        return looped

    @staticmethod
    def vjp(f: Function, *xs: Tensor) -> tuple[Tensors, Function]:
        xs = tuple(x if x.requires_grad else x.detach().clone().requires_grad_() for x in xs)
        ys = f(*xs)
        if not any(y.requires_grad for y in ys):
            raise NotAsked("not differentiable")

        def pull(us: Tensors) -> Tensors:
            live = [(y, u) for y, u in zip(ys, us, strict=True) if y.requires_grad]
            # A result that does not depend on an input has no graph: its derivative is then zero.
            grads = torch.autograd.grad(
                [y for y, _ in live],
                xs,
                [u for _, u in live],
                allow_unused=True,
                materialize_grads=True,
                create_graph=True,
            )
            if any(g.layout is not torch.strided for g in grads):
                raise NotAsked("sparse gradient")
            return grads

        return ys, pull

    @staticmethod
    def pair(f: Function, xs: Tensors, ts: Tensors, us: Tensors) -> Tensors:
        return (inner(Truth.vjp(f, *xs)[1](us), ts),)


def inner(a: Sequence[Tensor], b: Sequence[Tensor]) -> Tensor:
    """The real inner product."""
    return torch.stack([(x * y.conj()).real.sum().double() for x, y in zip(a, b, strict=True)]).sum()


# ---------------------------------------------------------------- samples


@dataclass
class Case:
    """One sample as a function of its tensors, at BATCH different values of them."""

    op: Any
    spec: Any
    constants: list[Any]
    rows: list[Tensors]
    post: Callable[[Any], Any]

    @property
    def diff(self) -> list[int]:
        return [i for i, t in enumerate(self.rows[0]) if t.is_floating_point() or t.is_complex()]

    @cached_property
    def tolerance(self) -> dict[str, float]:
        tensors = self.rows[0] + self(*[t.clone() for t in self.rows[0]])
        low = any(t.dtype in (torch.float16, torch.bfloat16, torch.complex32) for t in tensors)
        return {"rtol": 3e-2, "atol": 3e-2} if low else {"rtol": 1e-4, "atol": 1e-5}

    def __call__(self, *tensors: Tensor) -> Tensors:
        left = iter(tensors)
        leaves = [next(left) if isinstance(c, Tensor) else c for c in self.constants]
        given, args, kwargs = tree_unflatten(leaves, self.spec)
        # The wrapper keeps an input in the operator's domain (symmetric, triangular, ...) wherever a tangent moves it.
        out = self.post(self.op.gradcheck_wrapper(self.op.op, given, *args, **kwargs))
        return tuple(o for o in tree_leaves(out) if isinstance(o, Tensor))

    def smooth(self, *xs: Tensor) -> Tensors:
        """As a function of the differentiable inputs, with the differentiable outputs."""
        full = list(self.rows[0])
        for i, x in zip(self.diff, xs, strict=True):
            full[i] = x
        out = tuple(o for o in self(*full) if o.is_floating_point() or o.is_complex())
        if not out or not xs:
            raise NotAsked("nothing to differentiate")
        return out


def seed(number: int) -> None:
    torch.manual_seed(number)
    random.seed(number)
    numpy.random.seed(number)


def cases(op: Any, limit: int) -> list[Case]:
    """Samples spread over the entry's list, those alike in all draws first; in float64 where the operator has it."""
    wanted = (torch.float64, torch.float32, torch.int64, torch.bool)
    dtype = next((d for d in wanted if d in op.dtypes), None) or min(op.dtypes, key=str, default=None)
    if dtype is None:  # no dtype on the CPU
        return []
    draws = []
    for k in range(BATCH):
        seed(k)
        draws.append([s for s, _ in zip(op.sample_inputs("cpu", dtype), range(40), strict=False)])
    found = [case for samples in zip(*draws, strict=False) if (case := make_case(op, samples)) is not None]
    return found[:: max(1, len(found) // limit)][:limit]


def make_case(op: Any, samples: Sequence[Any]) -> Case | None:
    flat = [tree_flatten((s.input, s.args, s.kwargs)) for s in samples]
    rows = [tuple(x.detach() for x in leaves if isinstance(x, Tensor)) for leaves, _ in flat]
    alike = [row for row in rows if [(t.shape, t.dtype) for t in row] == [(t.shape, t.dtype) for t in rows[0]]]
    if not rows[0] or any(t.layout is not torch.strided for t in rows[0]):
        return None
    while len(alike) < BATCH:
        alike.append(alike[0])
    return Case(op, flat[0][1], flat[0][0], alike, samples[0].output_process_fn_grad)


def usable(case: Case) -> bool:
    """Whether PyTorch runs the sample, and draws no random numbers for it."""
    seed(1)
    before = torch.get_rng_state()
    try:
        case(*[t.clone() for t in case.rows[0]])
    except Exception:  # whatever it is: where PyTorch itself raises there is no truth
        return False
    return torch.equal(before, torch.get_rng_state())


# ---------------------------------------------------------------- the programs


def vjp_of(t: Any, f: Function, n: int) -> Function:
    """The pullback as a function of n primals and then the cotangents."""
    return lambda *a: tuple(t.vjp(f, *a[:n])[1](a[n:]))


def like(seed: int, tensors: Sequence[Tensor]) -> Tensors:
    source = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(t.shape, generator=source, dtype=t.dtype) for t in tensors)


def batched_by(t: Any, case: Case, program: Function) -> tuple[Function, Tensors]:
    """The program under vmap, and its batched arguments: the primals of each row."""
    rows = [[row[i] for i in case.diff] for row in case.rows]
    if not rows[0]:
        raise NotAsked("nothing to differentiate")
    return t.vmap(program), tuple(torch.stack(column) for column in zip(*rows, strict=True))


def programs(t: Any, case: Case, ys: Tensors) -> dict[str, Function]:
    """Each derivative as a function of the primals alone; the directions are fixed by their seeds."""
    n, f, us = len(case.diff), case.smooth, like(1, ys)
    xs = tuple(case.rows[0][i] for i in case.diff)
    ts, ws = like(2, xs), like(3, xs)
    pullback = vjp_of(t, f, n)
    both = ts + like(4, us)
    return {
        "vjp": lambda *x: pullback(*x, *us),
        "jvp": lambda *x: t.pair(f, x, ts, us),
        "vjp_vjp": lambda *x: tuple(t.vjp(pullback, *x, *us)[1](ws)),
        "jvp_vjp": lambda *x: t.pair(pullback, x + us, both, ws),
    }


CHECKS = ["vmap", "vjp", "jvp", "vmap_vjp", "vmap_jvp", "vjp_vjp", "jvp_vjp", "vmap_jvp_vjp"]


def evaluate(t: Any, case: Case, check: str) -> list[tuple[Function, Tensors]]:
    """The calls that a check makes with the interface `t`: functions and their arguments."""
    if check == "vmap":
        return vmap_calls(t, case)
    kind = check.removeprefix("vmap_")
    with torch.no_grad():
        ys = case.smooth(*[case.rows[0][i].clone() for i in case.diff])
    if not all(torch.isfinite(y).all() for y in ys):
        raise NotAsked("the value is not finite")
    program = programs(t, case, ys)[kind]
    if kind != check:
        return [batched_by(t, case, program)]
    return [(program, tuple(case.rows[0][i].clone() for i in case.diff))]


def vmap_calls(t: Any, case: Case) -> list[tuple[Function, Tensors]]:
    """Every tensor batched at its first dimension, every one at its last, and the first tensor alone."""
    n, stacked = len(case.rows[0]), tuple(torch.stack(column) for column in zip(*case.rows, strict=True))
    last = tuple(s.movedim(0, -1).contiguous() for s in stacked)
    alone = (stacked[0], *[x.clone() for x in case.rows[0][1:]])
    calls = [(t.vmap(case), stacked), (t.vmap(case, in_dims=(-1,) * n), last)]
    return calls + ([(t.vmap(case, in_dims=(0, *[None] * (n - 1))), alone)] if n > 1 else [])


# ---------------------------------------------------------------- the verdict


class Count(TorchDispatchMode):
    """Counts the operators that reach the bottom."""

    count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += 1
        return func(*args, **(kwargs or {}))


def loops(f: Function, args: Tensors) -> bool:
    """Whether twice the examples take more operators."""
    counts = []
    for batch in (args, tuple(torch.cat([a, a]) for a in args)):
        with Count() as mode:
            f(*batch)
        counts.append(mode.count)
    return counts[1] > counts[0]


def compare(got: Tensors, want: Tensors, tolerance: dict[str, float]) -> None:
    got, want = ([x.detach().resolve_conj().resolve_neg() for x in xs] for xs in (tree_leaves(got), want))
    if [(x.shape, x.dtype) for x in got] != [(x.shape, x.dtype) for x in want]:
        raise Wrong(
            f"{[(tuple(x.shape), x.dtype) for x in got]}, want {[(tuple(x.shape), x.dtype) for x in want]}"[:200]
        )
    for g, w in zip(got, want, strict=True):
        if g.dtype.is_floating_point and g.dtype.itemsize == 1:
            g, w = g.float(), w.float()  # eight bits cannot be compared as they are
        try:
            torch.testing.assert_close(g, w, equal_nan=True, **tolerance)
        except AssertionError as e:
            raise Wrong(" ".join(str(e).split())[:200]) from None


def truth(case: Case, check: str) -> list[Tensors]:
    """What the check must give."""
    try:
        wanted = [f(*args) for f, args in evaluate(Truth, case, check)]
    except NotAsked:
        raise
    except Exception as e:
        raise NotAsked(f"PyTorch itself raises {type(e).__name__}") from e
    if check != "vmap" and not all(torch.isfinite(w).all() for want in wanted for w in want):
        raise NotAsked("the derivative is not finite")
    if not any(wanted):
        raise NotAsked("no tensor output")
    return wanted


def run(case: Case, check: str) -> str:
    """Run one check on one sample; "pass" or "slow", or an exception that says what happened."""
    wanted = truth(case, check)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        mine = evaluate(Oplift, case, check)
        for (f, args), want in zip(mine, wanted, strict=True):
            compare(f(*args), want, case.tolerance)
    fell_back = any(issubclass(w.category, oplift.FallbackWarning) for w in seen)
    return "slow" if fell_back or ("vmap" in check and loops(*mine[0])) else "pass"
