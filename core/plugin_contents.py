"""What a plugin brings, asked for and validated before anything changes."""

from __future__ import annotations

import difflib
import importlib
import inspect
import keyword
import os
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from . import hooks
from .errors import PluginError
from .hooks import PROJECT
from .registry import Entry, origin_of, place_of
from .rule_registry import RuleRegistry, validated

__all__ = ["Contents", "collect", "new_manager", "place_of_error", "said_by"]

Functions = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True)
class Contents:
    """What a plugin brings.

    Attributes:
        entries: operator -> its rules.
        transforms, backends: by name.
        strategies: whether it answers for modules.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    transforms: Functions = field(default_factory=dict)
    backends: Functions = field(default_factory=dict)
    strategies: bool = False


def new_manager() -> pluggy.PluginManager:
    """A plugin manager that knows our hooks."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hooks)
    return manager


def collect(plugin: Any, name: str) -> Contents:
    """Ask a plugin for everything that it brings, and validate it.

    Raises:
        PluginError: something is wrong; the message says where and what.
    """
    manager = new_manager()  # of its own, so that nothing is left of a plugin that is refused
    try:
        manager.register(plugin, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(f"{_home(plugin)}: {_explained(error, plugin)}") from error
    asked = _Asked(plugin, {caller.name: caller for caller in manager.get_hookcallers(plugin) or ()})
    asked.refuse_unmarked()
    entries = validated(_entries(asked))
    transforms, backends = asked.functions("oplift_transforms"), asked.functions("oplift_compile_backends")
    return Contents(entries, transforms, backends, "oplift_functionalize_module" in asked.hooks)


def _home(plugin: Any) -> str:
    """The file of a plugin, with the line of its class where it is an instance."""
    if isinstance(plugin, ModuleType):
        return f"{getattr(plugin, '__file__', None) or plugin.__name__}:1"
    try:
        return f"{inspect.getsourcefile(type(plugin))}:{inspect.getsourcelines(type(plugin))[1]}"
    except (OSError, TypeError):  # made while the program ran
        return repr(plugin)


def _hooks() -> list[str]:
    return sorted(name for name in vars(hooks) if name.startswith("oplift_"))


def _explained(error: pluggy.PluginValidationError, plugin: Any) -> str:
    """pluggy's message, for people."""
    for name in sorted(set(dir(plugin)) - set(_hooks())):
        if name.startswith("oplift_") and repr(name) in str(error):
            near = difflib.get_close_matches(name, _hooks(), n=1)
            return f"there is no hook '{name}'" + (f"; did you mean '{near[0]}'?" if near else "")
    return " ".join(str(error).split())


class _Asked:
    """The hooks that one plugin implements."""

    def __init__(self, plugin: Any, callers: Mapping[str, Any]) -> None:
        self.plugin, self.hooks = plugin, callers

    def refuse_unmarked(self) -> None:
        for name in _hooks():
            if name not in self.hooks and callable(getattr(self.plugin, name, None)):
                raise PluginError(f"{self.place(name)}: {name} is not marked; write @oplift.plugin.hookimpl above it")
        if not self.hooks:
            raise PluginError(
                f"{_home(self.plugin)}: no function is marked @oplift.plugin.hookimpl, so it brings nothing"
            )

    def place(self, hook: str) -> str:
        return place_of(getattr(self.plugin, hook, None)) or _home(self.plugin)

    def call(self, hook: str, **kwargs: Any) -> Any:
        """What the plugin answers, None where it does not implement the hook."""
        if hook not in self.hooks:
            return None
        try:
            results = self.hooks[hook](**kwargs)
            if results and inspect.isgenerator(results[0]) and hook == "oplift_op_specs":
                return list(results[0])
        except PluginError:
            raise
        except (Exception, SystemExit) as error:  # whatever the author's code raises is what they need to see
            raise PluginError(f"{place_of_error(error)}: {hook} raised {said_by(error)}") from error
        return results[0] if results else None

    def functions(self, hook: str) -> Functions:
        """The functions by name that a hook returns."""
        found = self.call(hook)
        if hook not in self.hooks:
            return {}
        if not isinstance(found, Mapping):
            raise PluginError(f"{self.place(hook)}: {hook} must return a dict of functions, not {type(found).__name__}")
        for name, function in found.items():
            if not isinstance(name, str) or not _is_public(name):
                raise PluginError(f"{self.place(hook)}: {hook}: {name!r} is no public Python name")
            if not callable(function):
                raise PluginError(
                    f"{self.place(hook)}: {hook}: '{name}' must be a function, is {type(function).__name__}"
                )
        return dict(found)


def _is_public(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")


def place_of_error(error: BaseException) -> str:
    """``path:line`` of what raised; of a syntax error, where it is."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"


def said_by(error: BaseException) -> str:
    """``ValueError: the text``."""
    return f"{type(error).__name__}: {error}".removesuffix(": ")


# ---------------------------------------------------------------- rules


def _entries(asked: _Asked) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    registry = RuleRegistry()
    returned = asked.call("oplift_rules", registry=registry)
    if returned is not None:
        place, kind = asked.place("oplift_rules"), type(returned).__name__
        raise PluginError(f"{place}: oplift_rules declares by its argument and must return nothing, not {kind}")
    for entries in [*map(_load, _files(asked)), registry.entries()]:
        for name, entry in entries.items():
            if name in found:
                raise PluginError(f"{entry.origin}: {name} is declared twice, first in {found[name].origin}")
            found[name] = entry
    return found


def _files(asked: _Asked) -> list[Traversable]:
    hook = "oplift_op_specs"
    given = asked.call(hook)
    if hook not in asked.hooks:
        return []
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise PluginError(f"{asked.place(hook)}: {hook} must return a list of paths, not {type(given).__name__}")
    return [_file(asked.place(hook), item) for item in given]


def _file(place: str, item: Any) -> Traversable:
    if not isinstance(item, (str, os.PathLike, Traversable)):
        raise PluginError(f"{place}: oplift_op_specs: {item!r} is no path and no resource of a package")
    file = Path(item) if isinstance(item, (str, os.PathLike)) else item
    if isinstance(file, Path) and not file.is_absolute():
        raise PluginError(
            f"{place}: oplift_op_specs: '{item}' depends on the working directory; write Path(__file__).parent / '{item}'"
        )
    if not str(file).endswith((".yaml", ".yml", ".py")):
        raise PluginError(
            f"{place}: oplift_op_specs: '{item}' must be a .yaml file, or a .py made by `oplift generate`"
        )
    return file


def _load(file: Traversable) -> Mapping[str, Entry]:
    if str(file).endswith(".py"):
        return _generated(file)
    codegen = importlib.import_module("oplift.codegen")  # by name, and when asked for: it reads YAML and jinja2
    try:
        return codegen.load_entries(file)  # type: ignore[no-any-return]
    except codegen.SpecError as error:
        raise PluginError(str(error)) from error


def _generated(file: Traversable) -> Mapping[str, Entry]:
    """The entries of a module that `oplift generate` wrote."""
    module = ModuleType(f"oplift rules of {file}")
    try:
        exec(compile(file.read_bytes(), str(file), "exec"), vars(module))
    except (Exception, SystemExit) as error:  # as above
        place = place_of_error(error) if not isinstance(error, OSError) else f"{file}:1"
        raise PluginError(f"{place}: the module of rules raised {said_by(error)}") from error
    rules = vars(module).get("RULES")
    if not isinstance(rules, Mapping):
        raise PluginError(f"{file}:1: has no dict RULES; was it written by `oplift generate`?")
    replaces = vars(module).get("REPLACES", ())
    return {name: Entry(given, _origin(given, file), name in replaces) for name, given in rules.items()}


def _origin(rules: Any, file: Traversable) -> str:
    return origin_of(rules) if type(rules).__name__ == "Rules" else f"{file}:1"
