"""What a function of the user's reaches under given transforms, found without running it for real."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any

import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException

from oplift.op import operator
from oplift.trees import map_leaves

from .observe import Observer, Place, Reached, is_users
from .transforms import apply, parse
from .values import real_values, shapes_only

__all__ = ["Reach", "reach"]


@dataclass
class Reach:
    """What was found.

    Args:
        function: its name.
        under: the transforms, as they were written.
        rows: the operators, in the order in which they are reached.
        stopped: the error that ended the run, "" where it came to its end.
        place: the user's line where it ended.
        notes: what the reader has to know about the run.
    """

    function: str
    under: str
    rows: list[Reached] = field(default_factory=list)
    stopped: str = ""
    place: Place | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def errors(self) -> list[Reached]:
        """The operators that would raise."""
        return [row for row in self.rows if _has(row, "error")]

    @property
    def loops(self) -> list[Reached]:
        """The operators that would run once for each example."""
        return [row for row in self.rows if _has(row, "loop")]

    @property
    def ok(self) -> bool:
        """Whether the run came to its end, and no operator would raise."""
        return not self.stopped and not self.errors

    def as_data(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        found = {**vars(self), "ok": self.ok, "place": _at(self.place)}
        return {**found, "rows": [{**asdict(row), "place": _at(row.place)} for row in self.rows]}


def _at(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else {**asdict(place), "code": place.code}


def _has(row: Reached, how: str) -> bool:
    return any(handling.how == how for handling in row.handling.values())


def reach(
    function: Callable[..., Any],
    args: Sequence[Any],
    under: str = "",
    *,
    kwargs: Mapping[str, Any] | None = None,
    real: bool = False,
    size: int = 2,
    name: str = "",
) -> Reach:
    """Find the operators that a function reaches under transforms, and how each is handled.

    Args:
        function: the user's.
        args: its positional arguments, of one example: every vmap gives a batch dimension to their tensors.
        under: the transforms, ``"vmap(grad)"``, ``"vmap(jacrev, in_dims=(None, 0))"``; "" for none.
        kwargs: keyword arguments; never batched.
        real: whether to compute values, on copies; else only shapes are computed.
        size: how many examples the innermost vmap gets.
        name: what the function is called in the result.

    Returns:
        What was found. Errors of the function are found too, and not raised.

    Raises:
        ValueError: `under` cannot be read.

    Example:
        >>> import torch
        >>> found = reach(lambda x: torch.sin(x).sum(), (torch.ones(3),), "vmap(grad)")
        >>> [(row.op, row.count) for row in found.rows[:2]]
        [('aten::sin', 1), ('aten::sum', 1)]
        >>> {transform: handling.text for transform, handling in found.rows[0].handling.items()}
        {'reverse': 'partials', 'vmap': 'pointwise'}
    """
    called = name or str(getattr(function, "__name__", type(function).__name__))
    question = _Question(function, args, kwargs or {}, called, under, size)
    found, why = question.answer(real)
    if why and not real:
        found, _ = question.answer(True)
        found.notes.append(
            f"{why}, so this ran on copies of the inputs, or on random ones where only shapes were given"
        )
    return found


_FAKE = "{op} has no fake implementation (torch.library.register_fake): its kernel ran on zeros to learn the shape"
_SHAPE = "the shape of a result of {op} depends on values (under vmap, all examples must have the same)"
_HINT = "This run computes shapes, not values; with --real it computes on copies of the inputs"
#: Modules between a line of the user's that reads a value and the error of a tensor that has none.
_BETWEEN = tuple(
    f"torch.{name}"
    for name in ("_subclasses.", "_ops", "_tensor", "utils.", "overrides", "_library.", "_compile", "_dynamo.")
)
_NO_VALUES = (DataDependentOutputException, DynamicOutputShapeException)


@dataclass(frozen=True)
class _Question:
    """What is asked about a function."""

    function: Callable[..., Any]
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    name: str
    under: str
    size: int

    def answer(self, real: bool) -> tuple[Reach, str]:
        """What was found, and why values are wanted where torch's code or a rule asked for them and there were none."""
        steps = parse(self.under, self.name.rpartition(":")[2])
        package = str(getattr(self.function, "__module__", "") or "").partition(".")[0]
        observer = Observer("" if package in ("torch", "oplift") else package)
        found, why = Reach(self.name, self.under), ""
        with (real_values if real else shapes_only)() as (convert, without):
            try:
                transformed, inputs = apply(steps, *self._given(convert), self.size)
                with observer.watching():
                    transformed(*inputs)
            except Exception as error:  # of the user's function: a finding
                found.stopped, found.place = _explained(error), _place(error.__traceback__, observer.package)
                why = _why(error, observer) if isinstance(error, _NO_VALUES) else ""
        found.rows = list(observer.found.values())
        found.notes = [_FAKE.format(op=op) for op in sorted(without)]
        return found, why

    def _given(self, convert: Callable[[Any], Any]) -> tuple[Callable[..., Any], list[Any]]:
        """The function of its positional arguments alone, and these."""
        keywords = {key: map_leaves(convert, value) for key, value in self.kwargs.items()}
        function, given = self.function, [map_leaves(convert, arg) for arg in self.args]

        def called(*xs: Any) -> Any:
            return function(*xs, **keywords)

        called.__name__ = self.name.rpartition(":")[2]
        return called, given


def _explained(error: Exception) -> str:
    if isinstance(error, DataDependentOutputException):
        return f"here the value of a tensor decides (item(), bool(), an index). {_HINT}"
    if isinstance(error, DynamicOutputShapeException):
        return f"the shape of a result depends on values: {error.func}. {_HINT}"
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _why(error: Exception, observer: Observer) -> str:
    """Why values are wanted, "" where it is the user's line that reads them."""
    reader = _reader(error, observer.package)
    if not reader:
        return ""
    last = next(reversed(observer.found.values()), None)
    overload = getattr(operator(last.op), "overload", None) if last is not None and "::" in last.op else None
    if last is not None and torch.Tag.dynamic_output_shape in getattr(overload, "tags", ()):
        return _SHAPE.format(op=last.op)
    return f"{reader} reads values"


def _reader(error: Exception, package: str) -> str:
    """The function of torch's, or of a rule, that asked for a value below the user's line; "" if the user's line did."""
    found = ""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        module, name = str(frame.f_globals.get("__name__", "")), frame.f_code.co_name
        if is_users(frame, package):
            found = ""
        elif module.startswith(("torch.", "oplift.rules.")) and not module.startswith(_BETWEEN):
            found = found or f"{module}.{name}"
    return found


def _place(trace: TracebackType | None, package: str) -> Place | None:
    """The innermost line of the user's that an error came from."""
    found = None
    for frame, line in traceback.walk_tb(trace):
        if is_users(frame, package):
            found = Place(frame.f_code.co_filename, line)
    return found
