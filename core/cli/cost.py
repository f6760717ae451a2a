"""What an operator costs under the transforms: microseconds a call, beside plain torch and torch.func."""

from __future__ import annotations

import importlib
import timeit
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from torch import Tensor

from oplift.testing.domain import Domain
from oplift.testing.known import KNOWN_DOMAINS
from oplift.testing.operators import resolve
from oplift.testing.samples import draw_one
from oplift.testing.subject import Subject

EXAMPLES = 8
_ROUNDS, _ROUND = 5, 0.004  # rounds, and seconds that one lasts

Thunk = Callable[[], Any]


def cost_table(op: str) -> RenderableType:
    """Measure an operator on a small sample that the checker draws.

    Args:
        op: an overload, ``"aten::mul.Tensor"``.

    Returns:
        A table of microseconds a call, for rich; a sentence where no sample can be drawn.
    """
    operator = resolve(op)
    domain = KNOWN_DOMAINS.get(operator.name, Domain())
    with warnings.catch_warnings(), torch.random.fork_rng(), _one_thread(), _quiet():
        warnings.simplefilter("ignore")
        sample = draw_one(operator, domain)
        if sample is None:
            return Text("not measured: no sample could be drawn on which plain torch runs")
        return _measured(Subject(operator, sample, domain))


@contextmanager
def _one_thread() -> Iterator[None]:
    """On tensors this small a second thread gains nothing, and on a busy machine waiting for it costs a lot."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _quiet() -> Iterator[None]:
    """torch.func's warning of a loop comes from C++, past Python's filters."""
    torch._C._functorch._set_vmap_fallback_warning_enabled(False)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        torch._C._functorch._set_vmap_fallback_warning_enabled(True)  # type: ignore[attr-defined]


def _measured(subject: Subject) -> Table:
    calls = {name: _calls(subject, importlib.import_module(name)) for name in ("oplift", "torch.func")}
    table = Table(box=None, pad_edge=False, title=f"microseconds a call, at {subject.sample}", title_justify="left")
    for title in ("", "oplift", "torch.func"):
        table.add_column(title, justify="right" if title else "left")
    plain = _micros(lambda: subject(*subject.values))
    table.add_row("plain torch, no transform", plain, plain)
    for transform in calls["oplift"]:
        table.add_row(transform, *(_micros(calls[name][transform]) for name in calls))
    return table


def _calls(subject: Subject, impl: Any) -> dict[str, Thunk]:
    """Each transform of the operator as a call without arguments."""
    every = list(range(len(subject.values)))
    found: dict[str, Thunk] = {f"vmap over {EXAMPLES} examples": _vmapped(subject, subject.values, subject, impl)}
    active, outs = subject.active, subject.differentiable_outputs
    if not active or not outs:
        return found
    function = subject.function(active, outs)
    primals = [subject.values[i] for i in active]
    tangents = [torch.ones_like(p) for p in primals]
    cotangents = tuple(torch.ones_like(out) for out in subject.results(outs))

    def pull(*xs: Tensor) -> Any:
        return impl.vjp(function, *xs)[1](cotangents)

    found["vjp, pulled back once"] = lambda: pull(*primals)
    found["jvp"] = lambda: impl.jvp(function, tuple(primals), tuple(tangents))
    found[f"vmap of vjp, {EXAMPLES} examples"] = _vmapped(subject, primals, pull, impl)
    assert every
    return found


def _vmapped(subject: Subject, values: Sequence[Tensor], function: Callable[..., Any], impl: Any) -> Thunk:
    mapped = impl.vmap(function, randomness="different")
    stacked = [value.expand(EXAMPLES, *value.shape).contiguous() for value in values]
    return lambda: mapped(*stacked)


def _micros(call: Thunk) -> str:
    """The fastest of several rounds, so that what else runs on the machine counts little."""
    try:
        call()
        timer = timeit.Timer(call)
        count = max(1, int(_ROUND / max(timer.timeit(3) / 3, 1e-7)))
        return f"{min(timer.repeat(_ROUNDS, count)) / count * 1e6:.1f}"
    except Exception as error:  # torch.func has no rule for many an operator, and says so in many ways
        return f"refused ({type(error).__name__})"
