"""Where the rules of operators come from: the packages that ship, plugins, and files that a program loads.

Each of them is a *source*. An operator has the rules of one source: the one that says `replace`, else the only one.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import linecache
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from .errors import PluginError

if TYPE_CHECKING:
    from .rule import Rules

#: Packages whose module `index` maps operators to the module with their rules.
RULE_PACKAGES = ["oplift.rules.generated", "oplift.rules"]


@dataclass(frozen=True)
class Entry:
    """The rules that one source has for one operator.

    Attributes:
        rules: what is declared.
        origin: where, ``"path/to/spec.yaml:12"``.
        replace: whether they take the place of what another source declares.
    """

    rules: Rules
    origin: str
    replace: bool = False


#: Name of a source -> its operators. The order is that in which they were added.
_SOURCES: dict[str, dict[str, Entry]] = {}
_INDEX: dict[str, str] = {}


def shipped() -> dict[str, str]:
    """Operator -> the module with its rules, over all packages of rules."""
    if not _INDEX:
        for package in RULE_PACKAGES:
            index = importlib.import_module(package + ".index").INDEX
            _INDEX.update({name: f"{package}.{module}" for name, module in index.items()})
    return _INDEX


def declared() -> set[str]:
    """The names of all operators with declared rules."""
    return {*shipped(), *(name for entries in _SOURCES.values() for name in entries)}


def rules_of(name: str) -> Rules | None:
    """The rules in force for an operator."""
    found = [entries[name] for entries in _SOURCES.values() if name in entries]
    if found:
        return max(found, key=lambda entry: entry.replace).rules
    module = shipped().get(name)
    return importlib.import_module(module).RULES.get(name) if module else None


def origin_of(rules: Rules) -> str:
    """Where rules were written, ``path:line``: what they say themselves, else where their first function stands."""
    said = getattr(rules, "origin", None)
    if said:
        return str(said)
    slots = (getattr(rules, field.name) for field in fields(rules))
    return next(filter(None, map(place_of, slots)), "an unknown place")


def place_of(function: Any) -> str | None:
    """``path:line`` of a Python function, None for anything else."""
    if not callable(function):
        return None
    while isinstance(function, functools.partial):
        function = function.func
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else None


def check(source: str, entries: Mapping[str, Entry]) -> None:
    """Refuse entries for operators that another source declares, unless just one of the two says `replace`."""
    conflicts = [text for name, entry in entries.items() for text in _conflicts(source, name, entry)]
    if conflicts:
        raise PluginError("\n".join(conflicts))


def _conflicts(source: str, name: str, entry: Entry) -> list[str]:
    others = [(other, found[name]) for other, found in _SOURCES.items() if other != source and name in found]
    texts = [
        _conflict(name, entry.origin, f"{found.origin} ({other})", entry.replace)
        for other, found in others
        if found.replace == entry.replace
    ]
    if not others and not entry.replace and name in shipped():
        rules = rules_of(name)
        texts.append(_conflict(name, entry.origin, f"{origin_of(rules) if rules else ''} (oplift)", False))
    return texts


def _conflict(name: str, here: str, there: str, both_replace: bool) -> str:
    if both_replace:
        return (
            f"{here}: {name} is declared in {there} too, and both say that they replace other rules; take `replace` out "
            "of one of them, or block one plugin by OPLIFT_BLOCK_PLUGINS"
        )
    return f"{here}: {name} is declared in {there} already; say `replace: true` where its rules shall take their place"


def add(source: str, entries: Mapping[str, Entry]) -> set[str]:
    """Take a source in, in place of what it brought before; returns the operators whose rules may differ now."""
    affected = {*_SOURCES.get(source, ()), *entries}
    _SOURCES[source] = dict(entries)
    return affected


def extend(source: str, entries: Mapping[str, Entry]) -> None:
    """Add to what a source brought."""
    _SOURCES.setdefault(source, {}).update(entries)


def remove(source: str) -> set[str]:
    """Drop a source; returns the operators whose rules may differ now."""
    return set(_SOURCES.pop(source, ()))


def keep_sources(entries: Mapping[str, Entry]) -> None:
    """Tell Python the source of rules that were generated in memory, so that tracebacks show the line."""
    for function in [getattr(e.rules, field.name) for e in entries.values() for field in fields(e.rules)]:
        source = getattr(function, "__globals__", {}).get("__source__")
        if source is not None:
            name = function.__code__.co_filename
            linecache.cache[name] = (len(source), None, source.splitlines(True), name)


def snapshot() -> dict[str, dict[str, Entry]]:
    """All sources as they are, for comparison."""
    return {source: dict(entries) for source, entries in _SOURCES.items()}
