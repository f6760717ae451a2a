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
from torch._C import _get_function_stack_at as _mode_at
from torch._C import _len_torch_function_stack as _depth
from torch._C import _pop_torch_function_stack as _pop
from torch._C import _push_on_torch_function_stack as _push

from .refusals import escaped

_PLAIN = (torch.Tensor, torch.nn.Parameter)
#: The classes of tracers: what `bind` looks for among operands. One entry for each kind of level.
KINDS: set[type] = set()


class Stack(threading.local):
    """The running transforms of one thread.

    Attributes:
        levels: lowest (outermost) first.
        devices: modes of the default device that are put aside, the topmost first.
        user_in_cpp: whether C++ runs a function that user code called.
        kept: how often the mode had to stay on below another mode (see oplift.mode).
    """

    def __init__(self) -> None:
        self.levels: list[Level] = []
        self.user_in_cpp = False
        self.kept = 0
        self.devices: list[Any] = []

    @property
    def user(self) -> bool:
        """Whether user code is running, as against a rule: then, and only then, the function mode is on."""
        at = _depth()
        while at:
            at -= 1
            if _mode_at(at) is MODE[0]:  # the topmost, nearly always
                return not (UNUSUAL and self.kept)
        return False


STACK = Stack()


#: Filled when some thread had to keep the mode on: until then nobody need look at `STACK.kept`.
UNUSUAL: list[bool] = []
#: Filled when some transform was given a tensor of a class that is not torch's own.
FOREIGN: list[bool] = []
#: The function mode that is on while user code runs; oplift.mode puts it here.
MODE: list[Any] = []


def start_user_code() -> None:
    """Switch the mode on."""
    if UNUSUAL and STACK.kept:
        STACK.kept -= 1
    else:
        _push(MODE[0])


def stop_user_code() -> None:
    """Switch the mode off. Below a mode that user code left on it has to stay, where it does no harm."""
    top = _pop()
    if top is not MODE[0]:
        _push(top)
        STACK.kept += 1
        UNUSUAL[:] = [True]


class Level:
    """An entry of the interpreter stack; a context manager that is always popped, whatever happens.

    Attributes:
        depth: 1 for the outermost transform.
        foreign: of the outermost one: whether some transform was given a tensor of a class that is not torch's own.
    """

    depth = 0
    foreign = False
    #: Whether the transform has returned.
    over = False
    #: Whether its tracers still have a meaning then: those of a derivative are as good as their values.
    outlived = False
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
            self.inputs, self.over = [], True
            self.process = self.escaped  # type: ignore[method-assign]

    def remember(self, tracer: Any, original: Any, lower: Callable[[Any], Any]) -> None:
        """Note an input, so that in-place writes to its tracer reach the original when the transform returns."""
        if type(original) not in _PLAIN and type(original) not in KINDS:
            STACK.levels[0].foreign = True
            FOREIGN[:] = [True]
        self.inputs.append((tracer, (original, tracer.value), lower))

    def wrote(self) -> bool:
        """Whether some input was written to."""
        return any([tracer.value is not given[1] for tracer, given, _ in self.inputs])

    def write_back(self) -> None:
        """Write mutated inputs back to the tensors that they were made from."""
        for tracer, (original, value), lower in self.inputs:
            if tracer.value is not value:
                self.write(original, lower(tracer))

    #: Set by oplift.alias (writes a value to a tensor of the level below) and oplift.calls (runs a user's function in C++).
    write: Callable[[Any, Any], None]
    user_in_cpp: Callable[..., Any]

    def process(self, op: Any, args: Sequence[Any]) -> Any:
        """Interpret `op`, whose highest operands are tracers of this level."""
        raise NotImplementedError(f"{type(self).__name__}.process")

    def escaped(self, op: Any, args: Sequence[Any]) -> Any:
        """Stands in for `process` when the transform is over."""
        if self.outlived:
            return bind(op, [[settled(x) for x in a] if type(a) in (list, tuple) else settled(a) for a in args])
        raise escaped(f"{op.name}: an operand", self)


def settled(x: Any) -> Any:
    """What a tracer stands for that was kept when its transform returned: below a derivative that is over, its value."""
    while type(x) in KINDS and x.level.over:
        if not x.level.outlived:
            raise escaped("a result", x.level)
        x = x.value
    return x


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
