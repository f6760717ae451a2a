"""Watching the levels of a thread while they run: which operators reach them, from which line, and what they do."""

from __future__ import annotations

import linecache
import sys
import sysconfig
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from oplift.batching import BatchLevel
from oplift.box import BaseLevel
from oplift.errors import FallbackWarning
from oplift.fallback import one_by_one
from oplift.reverse import ReverseLevel, Taped
from oplift.stack import Level

from .handling import Handling, handling_of, transform_of

__all__ = ["Observer", "Place", "Reached", "is_users", "place_of"]

_ANALYSIS = f"{__package__}.reach"
_LIBRARIES = [sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")]
_LIBRARIES.append(str(Path(torch.__file__).parent))
#: Files of code that no person wrote: of imports, of dataclasses, of rules that were compiled in memory.
_MADE = ("<frozen", "<string>", "<rules of")


@dataclass(frozen=True)
class Place:
    """A line of the user's."""

    file: str
    line: int

    @property
    def code(self) -> str:
        """What stands there."""
        return linecache.getline(self.file, self.line).strip()


@dataclass
class Reached:
    """An operator at one place of the user's function.

    Args:
        op: the overload, or the name of a torch.autograd.Function.
        place: the line; None where no line of the user's is on the way to it.
        by: "" where the user's code calls it, itself or through what it decomposes to; else the rule that does:
            ``"rule of aten::sin"``, ``"pullback of aten::sin"``.
        count: how often.
        handling: transform -> what that does with it.
    """

    op: str
    place: Place | None
    by: str = ""
    count: int = 0
    handling: dict[str, Handling] = field(default_factory=dict)

    @property
    def rank(self) -> int:
        """The worst of what is done with it."""
        return max((handling.rank for handling in self.handling.values()), default=0)

    def note(self, transform: str, handling: Handling) -> None:
        before = self.handling.get(transform)
        if before is None or before.rank < handling.rank:
            self.handling[transform] = handling


@dataclass(frozen=True)
class _Running:
    """An operator whose rule runs now, or a pullback."""

    op: str
    place: Place | None
    by: str
    inside: str
    pullback: bool = False


def place_of(frame: FrameType | None, package: str = "") -> Place | None:
    """The innermost line on the way to `frame` that is the user's: not of a library, unless of their own `package`.

    What called this analysis is not the function's.
    """
    while frame is not None and frame.f_globals.get("__name__") != _ANALYSIS:
        if is_users(frame, package):
            return Place(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return None


def is_users(frame: FrameType, package: str) -> bool:
    """Whether a frame runs a line of the user's."""
    module, file = str(frame.f_globals.get("__name__", "")), frame.f_code.co_filename
    top = module.partition(".")[0]
    if package and top == package:
        return True
    if top in ("oplift", "torch") and not module.startswith("oplift.demo"):
        return False
    return not file.startswith((*_LIBRARIES, *_MADE))


class Observer:
    """Collects what reaches the levels while `watching`.

    An operator that a level cannot handle does not end the run: what is wrong is noted, and a stand-in of the right shape
    takes its place, so that one run finds everything.

    Args:
        package: the package of the user's function.
    """

    def __init__(self, package: str = "") -> None:
        self.package, self.thread, self.quiet = package, threading.get_ident(), False
        self.found: dict[tuple[str, Place | None, str], Reached] = {}
        self.running: list[_Running] = []
        self.warned: list[warnings.WarningMessage] = []

    @contextmanager
    def watching(self) -> Iterator[Observer]:
        """While it lasts, this thread's levels are observed; warnings of loops are held back."""
        changed = [(kind, kind.process) for kind in _kinds(Level) if "process" in vars(kind)]
        with warnings.catch_warnings(record=True) as self.warned:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", FallbackWarning)
            try:
                for kind, original in changed:
                    kind.process = self._wrapped(original)  # type: ignore[method-assign]
                yield self
            finally:
                for kind, original in changed:
                    kind.process = original  # type: ignore[method-assign]

    def _wrapped(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def process(level: Level, op: Any, args: Sequence[Any]) -> Any:
            if self.quiet or type(level) is BaseLevel or threading.get_ident() != self.thread:
                return original(level, op, args)
            return self._process(original, level, op, args)

        return process

    def _process(self, original: Callable[..., Any], level: Level, op: Any, args: Sequence[Any]) -> Any:
        row, transform, handling = self._row(op.name), transform_of(level), handling_of(level, op)
        row.note(transform, handling)
        inside = "" if handling.how == "decomposition" else f"rule of {op.name}"
        self.running.append(_Running(op.name, row.place, row.by, inside))
        warned = len(self.warned)
        try:
            out = original(level, op, args)
        except Exception as error:  # whatever a rule raises is what the user would see
            if not told(error):
                raise
            row.note(transform, Handling("error", told(error), handling.origin))
            out = self._stand_in(level, op, args, error)
        finally:
            self.running.pop()
        if any(f"{op.name} has no batching rule" in str(seen.message) for seen in self.warned[warned:]):
            row.note(transform, Handling("loop", "it has no batching rule for these operands", handling.origin))
        if isinstance(level, ReverseLevel):
            self._follow(level, out, row)
        return out

    def _row(self, name: str) -> Reached:
        """The entry of an operator that is reached now."""
        top = self.running[-1] if self.running else None
        if top is None:
            place, counts = place_of(sys._getframe(), self.package), True
            by = "" if place is not None else "the transforms themselves"
        else:
            # a rule that calls its own operator one level down is not reached anew
            same = top.op == name and not top.pullback
            place, by, counts = top.place, top.by if same else top.by or top.inside, not same
        row = self.found.setdefault((name, place, by), Reached(name, place, by))
        row.count += counts
        return row

    def _stand_in(self, level: Level, op: Any, args: Sequence[Any], error: Exception) -> Any:
        """What the operator might have returned: by a loop under vmap, without a derivative elsewhere."""
        try:
            if isinstance(level, BatchLevel):
                self.quiet = True
                return level.join(one_by_one(op, level.size, *level.split(op, args)))
            return op(*level.split(op, args)[0])  # type: ignore[attr-defined]
        except Exception:  # then the first error is the one to tell
            raise error from None
        finally:
            self.quiet = False

    def _follow(self, level: ReverseLevel, out: Any, row: Reached) -> None:
        """Let the pullbacks of what was recorded say whose they are."""
        for x in out if isinstance(out, (tuple, list)) else (out,):
            if type(x) is Taped and x.level is level:
                node = x.node if x.node.slot is None else x.node.parents[0]
                if node.pullback is not None and not hasattr(node.pullback, "observed"):
                    node.pullback = self._pullback(node.pullback, row)

    def _pullback(self, original: Callable[..., Any], row: Reached) -> Callable[..., Any]:
        def observed_pullback(*cotangents: Any) -> Any:
            by = row.by or f"pullback of {row.op}"
            self.running.append(_Running(row.op, row.place, by, by, pullback=True))
            try:
                return original(*cotangents)
            finally:
                self.running.pop()

        observed_pullback.observed = True  # type: ignore[attr-defined]
        return observed_pullback


def told(error: Exception) -> str:
    """What an error of an operator says, on one line; "" where it is not about the operator but about this analysis."""
    if type(error).__module__.startswith("torch._subclasses"):
        return ""
    return " ".join(str(error).split()) or type(error).__name__


def _kinds(kind: type[Level]) -> Iterator[type[Level]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _kinds(child)
