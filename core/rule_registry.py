"""Rules in Python: the registry that a plugin's `oplift_rules` fills, and the check of what any plugin declares."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

import torch

from .errors import MissingRule, PluginError
from .op import Op, find_overload
from .registry import Entry, place_of
from .rule import Rules

__all__ = ["RuleRegistry", "validated"]

F = TypeVar("F", bound=Callable[..., Any])
_NAME = re.compile(r"[A-Za-z_]\w*::[A-Za-z_]\w*(\.[A-Za-z_]\w*)?")
_SLOTS = {field.name for field in fields(Rules)}
#: The slots that hold functions -> how many arguments each takes before those of the operator.
_FUNCTIONS = {"batch": 2, "jvp": 1, "vjp": 1, "decompose": 0, "inverse": 1, "fn": 0}
_TYPES: dict[str, tuple[type, ...]] = {
    "derivative": (str,),
    "batch_unsupported": (str,),
    "schema": (str,),
    "nondiff_outputs": (tuple,),
    "mutates": (tuple,),
    "pointwise": (bool,),
    "random": (bool,),
    "batch_loop": (bool,),
}


class RuleRegistry:
    """What `oplift_rules` gets: collects rules, and hands them on when all of them are there.

    Every decorator takes the operator's name, and as keywords any slot of `oplift.plugin.Rules` that is no function, and
    `replace=True` where the rules shall take the place of those of oplift or of another plugin.

    Example:
        >>> from oplift.plugin import RuleRegistry
        >>> registry = RuleRegistry()
        >>> @registry.batch("aten::sin", pointwise=True, replace=True)
        ... def sin_batch(size, batched, x):
        ...     return x.sin()
        >>> @registry.jvp("aten::sin")
        ... def sin_jvp(tangents, x):
        ...     return x.sin(), tangents[0] * x.cos()
        >>> sorted(registry.entries())
        ['aten::sin']
    """

    def __init__(self) -> None:
        self._slots: dict[str, dict[str, Any]] = {}
        self._origins: dict[str, dict[str, str]] = {}
        self._replaced: set[str] = set()

    def batch(self, op: str, *, replace: bool = False, **slots: Any) -> Callable[[F], F]:
        """Declare ``(size, batched, *args) -> outputs``."""
        return self._decorator("batch", op, replace, slots)

    def jvp(self, op: str, *, replace: bool = False, **slots: Any) -> Callable[[F], F]:
        """Declare ``(tangents, *args) -> (outputs, output tangents)``."""
        return self._decorator("jvp", op, replace, slots)

    def vjp(self, op: str, *, replace: bool = False, **slots: Any) -> Callable[[F], F]:
        """Declare ``(needs, *args) -> (outputs, pullback)``."""
        return self._decorator("vjp", op, replace, slots)

    def decompose(self, op: str, *, replace: bool = False, **slots: Any) -> Callable[[F], F]:
        """Declare ``(*args) -> outputs``, written in other operators."""
        return self._decorator("decompose", op, replace, slots)

    def inverse(self, op: str, *, replace: bool = False, **slots: Any) -> Callable[[F], F]:
        """Declare ``(new, base, *args) -> base`` of a view."""
        return self._decorator("inverse", op, replace, slots)

    def declare(self, op: str, *, replace: bool = False, **slots: Any) -> None:
        """Declare what is no function: ``derivative="none"``, ``batch_unsupported="..."``, or `fn` and `schema`."""
        caller = inspect.currentframe()
        frame = caller.f_back if caller is not None else None
        origin = f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else "an unknown place"
        self._add(op, slots, origin, replace)

    def entries(self) -> dict[str, Entry]:
        """What was declared, by operator."""
        found = {}
        for op, slots in self._slots.items():
            origin = min(self._origins[op].values(), key=_by_line)
            said = {"origin": origin} if "origin" in _SLOTS else {}
            found[op] = Entry(Rules(**{**said, **slots}), origin, op in self._replaced)
        return found

    def _decorator(self, slot: str, op: str, replace: bool, slots: Mapping[str, Any]) -> Callable[[F], F]:
        def take(function: F) -> F:
            origin = place_of(function) or "an unknown place"
            self._add(op, {slot: function, **slots}, origin, replace)
            return function

        return take

    def _add(self, op: str, slots: Mapping[str, Any], origin: str, replace: bool) -> None:
        if not isinstance(op, str) or not _NAME.fullmatch(op):
            raise PluginError(f"{origin}: {op!r} is no operator; one is written 'namespace::name' or with '.overload'")
        op = op.removesuffix(".default")
        known, origins = self._slots.setdefault(op, {}), self._origins.setdefault(op, {})
        for slot, value in slots.items():
            if slot not in _SLOTS:
                raise PluginError(f"{origin}: {op}: Rules has no slot '{slot}'; it has {', '.join(sorted(_SLOTS))}")
            if slot in known:
                raise PluginError(f"{origin}: {op}: '{slot}' is declared twice, first in {origins[slot]}")
            known[slot], origins[slot] = value, origin
        if replace:
            self._replaced.add(op)


def _by_line(origin: str) -> tuple[str, int]:
    path, _, line = origin.rpartition(":")
    return path, int(line) if line.isdigit() else 0


# ---------------------------------------------------------------- validation


def validated(entries: Mapping[str, Entry]) -> Mapping[str, Entry]:
    """`entries`, if each says what an operator can do.

    Raises:
        PluginError: names everything that is wrong, one line each with the place.
    """
    problems = [f"{entry.origin}: {name}: {text}" for name, entry in entries.items() for text in _problems(name, entry)]
    if problems:
        raise PluginError("\n".join(problems))
    return entries


def _problems(name: str, entry: Entry) -> list[str]:
    if not isinstance(entry.rules, Rules):
        return [f"must be oplift.plugin.Rules, is {type(entry.rules).__name__}"]
    wrong = _wrong_types(entry.rules)
    if wrong:
        return wrong
    try:
        op = _operator(name, entry.rules)
    except (MissingRule, RuntimeError) as error:
        return [str(error).strip().splitlines()[0]]
    return [*_wrong_functions(op, entry.rules), *_wrong_places(op, entry.rules)]


def _wrong_types(rules: Rules) -> list[str]:
    given = {field.name: getattr(rules, field.name) for field in fields(rules)}
    not_callable = [
        f"'{slot}' must be a function, is {type(given[slot]).__name__}"
        for slot in _FUNCTIONS
        if given[slot] is not None and not callable(given[slot])
    ]
    return not_callable + [
        f"'{slot}' must be {types[0].__name__}, is {type(given[slot]).__name__}"
        for slot, types in _TYPES.items()
        if given[slot] is not None and not isinstance(given[slot], types)
    ]


def _operator(name: str, rules: Rules) -> Op:
    """The operator as it would be, nothing of it registered."""
    overload = find_overload(name)
    if overload is not None:
        return Op(name, overload._schema, overload, overload)
    if rules.fn is None or rules.schema is None:
        raise MissingRule("torch.ops has no such operator; is the library that defines it imported?")
    return Op(name, torch._C.parse_schema(name + rules.schema), rules.fn)


def _wrong_functions(op: Op, rules: Rules) -> list[str]:
    return [
        text
        for slot, leading in _FUNCTIONS.items()
        if (function := getattr(rules, slot)) is not None
        and (text := _wrong_arity(op, slot, leading, function)) is not None
    ]


def _wrong_arity(op: Op, slot: str, leading: int, function: Any) -> str | None:
    """What is wrong with the parameters of a rule: it gets the operator's arguments, as many as there are, in order."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a builtin, whose parameters nobody knows
        return None
    least = max([op.arity, *(i + 1 for i, p in enumerate(op.parameters) if p.required)])
    for count in sorted({leading + least, leading + len(op.parameters)}):
        try:
            signature.bind(*[None] * count)
        except TypeError as error:
            name = getattr(function, "__name__", slot)
            return (
                f"'{slot}' is called with {count} positional arguments for {op.schema}, but {name}{signature}: {error}"
            )
    return None


def _wrong_places(op: Op, rules: Rules) -> list[str]:
    outputs, names = len(op.schema.returns), [p.name for p in op.parameters]
    texts = [
        f"'nondiff_outputs' names output {i}; it has {outputs}"
        for i in rules.nondiff_outputs
        if i not in range(outputs)
    ]
    return texts + [
        f"'mutates' names '{name}'; the arguments are {names}" for name in rules.mutates if name not in names
    ]
