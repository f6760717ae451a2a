"""The interpreter stack: which transforms run, and who interprets an operator.

A *level* is one running transform. Binding an operator hands it to the highest level among its operands; that level's
rule works on values one level down, by calling ordinary torch functions, so composition is recursion.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Self

import torch
from torch._C import _pop_torch_function_stack as _pop
from torch._C import _push_on_torch_function_stack as _push

from .errors import EscapedTracer

_PLAIN = (torch.Tensor, torch.nn.Parameter)
#: The classes of tracers: what `bind` looks for among operands. One entry for each kind of level.
KINDS: set[type] = set()


class Stack(threading.local):
    """The running transforms of one thread.

    Attributes:
        levels: lowest (outermost) first.
        user: whether user code is running, as against a rule; then the function mode is on.
        devices: modes of the default device that are put aside, the topmost first.
        user_in_cpp: whether C++ runs a function that user code called.
        kept: how often the mode had to stay on below another mode (see oplift.mode).
    """

    def __init__(self) -> None:
        self.levels: list[Level] = []
        self.user = False
        self.user_in_cpp = False
        self.kept = 0
        self.devices: list[Any] = []


STACK = Stack()


#: Filled when some thread had to keep the mode on: until then nobody need look.
_KEPT: list[bool] = []
#: The function mode that is on while user code runs; oplift.mode puts it here.
MODE: list[Any] = []


def start_user_code() -> None:
    """Switch the mode on."""
    if _KEPT and STACK.kept:
        STACK.kept -= 1
    else:
        _push(MODE[0])
    STACK.user = True


def stop_user_code() -> None:
    """Switch the mode off. Below a mode that user code left on it has to stay, where it does no harm."""
    STACK.user = False
    top = _pop()
    if top is not MODE[0]:
        _push(top)
        STACK.kept += 1
        _KEPT[:] = [True]


class Level:
    """An entry of the interpreter stack; a context manager that is always popped, whatever happens.

    Attributes:
        depth: 1 for the outermost transform.
        foreign: of the outermost one: whether some transform was given a tensor of a class that is not torch's own.
    """

    depth = 0
    foreign = False
    #: Set by oplift.functions: a context in which rules run, whoever calls.
    rules: Callable[[], Any]
    #: Set by oplift.mode: put the modes of the default device aside, and put them back.
    hold_devices: Callable[[], None]
    release_devices: Callable[[], None]

    def __enter__(self) -> Self:
        STACK.levels.append(self)
        self.depth = len(STACK.levels)
        self.inputs: list[tuple[Any, Any, Callable[[Any], Any]]] = []
        self._nested = STACK.user
        if self.depth == 1:
            Level.hold_devices()
        if not self._nested:
            start_user_code()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if not self._nested:
                stop_user_code()
            if kind is None:
                self.write_back()
        finally:
            del STACK.levels[self.depth - 1 :]
            if self.depth == 1:
                Level.release_devices()
            self.inputs = []
            self.process = self.escaped  # type: ignore[method-assign]

    def remember(self, tracer: Any, original: Any, lower: Callable[[Any], Any]) -> None:
        """Note an input, so that in-place writes to its tracer reach the original when the transform returns."""
        if type(original) not in _PLAIN and type(original) not in KINDS:
            STACK.levels[0].foreign = True
        self.inputs.append((tracer, (original, tracer.value), lower))

    def write_back(self) -> None:
        """Write mutated inputs back to the tensors that they were made from."""
        for tracer, (original, value), lower in self.inputs:
            if tracer.value is not value:
                self.write(original, lower(tracer))

    #: Set by oplift.alias: writes a value to a tensor of the level below; runs a function of the user's in C++.
    write: Callable[[Any, Any], None]
    user_in_cpp: Callable[..., Any]

    def process(self, op: Any, args: Sequence[Any]) -> Any:
        """Interpret `op`, whose highest operands are tracers of this level."""
        raise NotImplementedError(f"{type(self).__name__}.process")

    def escaped(self, op: Any, args: Sequence[Any]) -> Any:
        """Stands in for `process` when the transform is over."""
        raise EscapedTracer(
            f"{op.name}: an operand belongs to a {type(self).__name__.removesuffix('Level').lower()} transform that has "
            "returned. A tensor made inside a transformed function was kept (in a global, a closure or a module) or "
            "written into a tensor of the outer function; return it from the function instead."
        )


def operands(op: Any, args: Sequence[Any]) -> tuple[Level | None, bool]:
    """The highest level among the operands, and whether there may be tracers of others beside it."""
    found, mixed = None, False
    for i in op.tensors:
        a = args[i]
        kind = type(a)
        if kind in KINDS:
            level = a.level
            if found is None:
                found = level
            elif level is not found:
                mixed = True
                if level.depth > found.depth:
                    found = level
        elif kind is list or kind is tuple:
            found, mixed = _highest(a, found), True
    return found, mixed


def _highest(tensors: Iterable[Any], found: Level | None) -> Level | None:
    for a in tensors:
        if type(a) in KINDS and (found is None or a.level.depth > found.depth):
            found = a.level
    return found


def bind(op: Any, args: Sequence[Any]) -> Any:
    """Run `op`: by the highest level among the operands, or by torch where there is none."""
    if len(args) < op.arity:
        args = op.pad(args)
    if op.unary or op.binary:  # `operands`, written out
        a = args[0]
        level = a.level if type(a) in KINDS else None
        if op.binary:
            b = args[1]
            if type(b) in KINDS and (level is None or b.level.depth > level.depth):
                level = b.level
    else:
        level = operands(op, args)[0]
    return op.fn(*args) if level is None else level.process(op, args)
