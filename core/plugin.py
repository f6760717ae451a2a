"""Plugins: everything that the author of one imports, and what finds, validates and lists them.

A plugin is a module (or any object) with functions that are marked `hookimpl`. It is found by an entry point of the group
``oplift`` in the `pyproject.toml` of its package, or registered by `register`:

    [project.entry-points.oplift]
    mylib = "mylib.oplift_plugin"

Installed plugins are looked for once: when the first operator is looked up, a module becomes a function, or they are
listed. What one brings is validated as a whole before anything changes. One that is broken is left out with a
`PluginWarning` that names it, its version and the cause; the rest goes on.

Two environment variables are read at that time: ``OPLIFT_BLOCK_PLUGINS``, names of plugins to leave out, separated by
commas; and ``OPLIFT_DISABLE_PLUGIN_AUTOLOAD``, which if not empty leaves out all that other packages have installed.
"""

from __future__ import annotations

import os
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import _disable_current_modes

from .api_common import transformed
from .box import boxed
from .errors import PluginError, PluginWarning
from .fallback import decomposition
from .hooks import PROJECT, hookimpl, hookspec
from .op import discover, install, uninstall
from .plugin_contents import Contents, collect, new_manager, place_of_error, said_by
from .registry import place_of
from .rule import Op, Rules, Unbatched, bind, operator
from .rule_registry import RuleRegistry
from .stack import Level
from .strategy import MISSING, ModuleStrategy, Unserved, forget_answers
from .tracer import Tracer, freeze, strides_of, wrap
from .trees import flatten, unflatten

__all__ = [
    "MISSING",
    "Level",
    "ModuleStrategy",
    "Op",
    "PluginError",
    "PluginInfo",
    "PluginWarning",
    "RuleRegistry",
    "Rules",
    "Tracer",
    "Unbatched",
    "Unserved",
    "bind",
    "boxed",
    "compile_backends",
    "decomposition",
    "flatten",
    "freeze",
    "hookimpl",
    "hookspec",
    "operator",
    "plugins",
    "register",
    "strides_of",
    "transformed",
    "transforms",
    "unflatten",
    "unregister",
    "wrap",
]

BLOCK = "OPLIFT_BLOCK_PLUGINS"
NO_AUTOLOAD = "OPLIFT_DISABLE_PLUGIN_AUTOLOAD"


@dataclass(frozen=True)
class PluginInfo:
    """What is known of a plugin.

    Attributes:
        name: of the entry point, or as registered.
        version: of its distribution, or what its `__version__` says; None if neither is there.
        distribution: the package that was installed, None for what was registered by hand.
        status: "loaded", "blocked" (by the environment), or "broken".
        cause: why it is not loaded.
        operators, transforms, compile_backends: the names of what it brings, sorted.
        strategies: whether it answers for modules.
    """

    name: str
    version: str | None = None
    distribution: str | None = None
    status: str = "loaded"
    cause: str | None = None
    operators: tuple[str, ...] = ()
    transforms: tuple[str, ...] = ()
    compile_backends: tuple[str, ...] = ()
    strategies: bool = False

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version})" if self.distribution else self.name


_LOCK = threading.RLock()
_MANAGER = new_manager()
_INFOS: dict[str, PluginInfo] = {}
_CONTENTS: dict[str, Contents] = {}


def register(plugin: Any, name: str | None = None) -> PluginInfo:
    """Take a plugin in, after validating everything that it brings.

    Args:
        plugin: a module, or an object with methods, marked `hookimpl`.
        name: how to call it; by default the name of the module, or of the object's class.

    Returns:
        What it brings. Its status is "blocked" where `OPLIFT_BLOCK_PLUGINS` names it; nothing else has happened then.

    Raises:
        PluginError: the plugin is refused, with every cause; nothing has changed.

    Example:
        >>> import torch, oplift
        >>> from oplift import plugin
        >>> class Doubled:
        ...     @plugin.hookimpl
        ...     def oplift_transforms(self):
        ...         return {"doubled": lambda func: lambda *args: 2 * func(*args)}
        >>> info = plugin.register(Doubled(), "doubled")
        >>> oplift.transforms.doubled(torch.sum)(torch.ones(3))
        tensor(6.)
        >>> plugin.unregister("doubled")
    """
    discover()
    called = name or getattr(plugin, "__name__", None) or type(plugin).__name__
    version = getattr(plugin, "__version__", None)
    return _register(plugin, PluginInfo(called, None if version is None else str(version)))


def _register(plugin: Any, info: PluginInfo) -> PluginInfo:
    with _LOCK:
        _check_name(plugin, info)
        if info.name in _blocked():
            info = _INFOS[info.name] = replace(info, status="blocked", cause=f"{BLOCK} names it")
            return info
        contents = collect(plugin, info.name)
        _check_names("transform", contents.transforms, {name: c.transforms for name, c in _CONTENTS.items()})
        _check_names("compile backend", contents.backends, {name: c.backends for name, c in _CONTENTS.items()})
        install(info.name, contents.entries)  # the last thing that can refuse
        _MANAGER.register(plugin, info.name)
        _CONTENTS[info.name] = contents
        info = _INFOS[info.name] = replace(
            info,
            operators=tuple(sorted(contents.entries)),
            transforms=tuple(sorted(contents.transforms)),
            compile_backends=tuple(sorted(contents.backends)),
            strategies=contents.strategies,
        )
        forget_answers()
        return info


def _check_name(plugin: Any, info: PluginInfo) -> None:
    if isinstance(plugin, type):
        raise PluginError(f"plugin '{info.name}' is a class; register an object of it, {plugin.__name__}()")
    if info.name == PROJECT or not re.fullmatch(r"[\w.:-]+", info.name):
        raise PluginError(
            f"a plugin cannot be called {info.name!r}: a name is letters, digits, '_', '.', ':' and '-', and not 'oplift'"
        )
    known = _INFOS.get(info.name)
    if known is not None and known.status == "loaded":
        raise PluginError(
            f"a plugin called '{info.name}' is there already: {known}; unregister it first, or rename one"
        )
    other = _MANAGER.get_name(plugin)
    if other is not None:
        raise PluginError(f"plugin '{info.name}' is the same object as plugin '{other}', which is registered")


def _check_names(what: str, names: Mapping[str, Any], taken: Mapping[str, Mapping[str, Any]]) -> None:
    for plugin, known in taken.items():
        for name in sorted(names.keys() & known.keys()):
            here, there = (place_of(function) or repr(function) for function in (names[name], known[name]))
            raise PluginError(
                f"{here}: the {what} '{name}' is brought by plugin '{plugin}' already, in {there}; rename one of them, or "
                f"block one plugin by {BLOCK}"
            )


def unregister(name: str) -> None:
    """Take a plugin out; what it had replaced is in force again.

    Args:
        name: as `plugins()` lists it.

    Raises:
        PluginError: no plugin of this name is loaded.
    """
    discover()
    with _LOCK:
        if name not in _CONTENTS:
            raise PluginError(f"no plugin '{name}' is loaded; there are: {', '.join(sorted(_CONTENTS)) or 'none'}")
        uninstall(name)
        _MANAGER.unregister(name=name)
        del _CONTENTS[name], _INFOS[name]
        forget_answers()


def plugins() -> list[PluginInfo]:
    """All plugins that were found or registered, whether they are loaded or not.

    Example:
        >>> from oplift import plugin
        >>> [info.status for info in plugin.plugins() if info.name == "oplift-modules"]
        ['loaded']
    """
    discover()
    return list(_INFOS.values())


def transforms() -> dict[str, Callable[..., Any]]:
    """The transforms of all plugins, by name; `oplift.transforms` has them as attributes.

    Example:
        >>> from oplift import plugin
        >>> "sparsity" in plugin.transforms()
        True
    """
    discover()
    return {name: function for contents in _CONTENTS.values() for name, function in contents.transforms.items()}


def compile_backends() -> dict[str, Callable[..., Any]]:
    """The compile backends of all plugins, by name: what `oplift_compile_backends` says of each.

    Example:
        >>> from oplift import plugin
        >>> all(callable(backend) for backend in plugin.compile_backends().values())
        True
    """
    discover()
    return {name: function for contents in _CONTENTS.values() for name, function in contents.backends.items()}


def ask(module: nn.Module) -> ModuleStrategy | None:
    """The first strategy that a plugin has for `module`."""
    discover()
    return _MANAGER.hook.oplift_functionalize_module(module=module)  # type: ignore[no-any-return]


# ---------------------------------------------------------------- what is installed


def _blocked() -> set[str]:
    return {name.strip() for name in os.environ.get(BLOCK, "").split(",")} - {""}


def discover_installed() -> None:
    """Load what is installed; `oplift.op.discover` calls this, once."""
    with _outside():
        warned = [text for point in _points() if (text := _load(point)) is not None]
    for text in warned:  # after the fact: a filter may make errors of them
        warnings.warn(text, PluginWarning, stacklevel=3)


def _points() -> list[EntryPoint]:
    """The entry points, oplift's own first."""
    found = sorted(entry_points(group=PROJECT), key=lambda point: (not _is_ours(point), point.name))
    return [point for point in found if _is_ours(point) or not os.environ.get(NO_AUTOLOAD)]


def _is_ours(point: EntryPoint) -> bool:
    return point.dist is not None and point.dist.name == PROJECT


def _load(point: EntryPoint) -> str | None:
    """Load one plugin; returns what to warn of."""
    dist = point.dist
    info = PluginInfo(point.name, dist.version if dist else None, dist.name if dist else None)
    if point.name in _blocked():
        _INFOS[point.name] = replace(info, status="blocked", cause=f"{BLOCK} names it")
        return None
    try:
        _register(_imported(point), info)
    except PluginError as error:
        key = info.name if info.name not in _INFOS else str(info)  # two packages may take one name
        _INFOS[key] = replace(info, status="broken", cause=str(error))
        return f"plugin {info} is left out: {error}"
    return None


def _imported(point: EntryPoint) -> Any:
    try:
        return point.load()
    except (Exception, SystemExit) as error:  # whatever the author's code raises is what they need to see
        raise PluginError(f"{place_of_error(error)}: importing {point.value} raised {said_by(error)}") from error


@contextmanager
def _outside() -> Iterator[None]:
    """Let plugins be imported as if no transform and no mode ran, wherever the first lookup happens to be."""
    with Level.rules(), torch.inference_mode(False), _disable_current_modes():
        yield
