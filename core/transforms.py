"""The transforms that plugins bring: ``oplift.transforms.<name>``."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any


def __getattr__(name: str) -> Callable[..., Any]:
    if name.startswith("_"):  # Python's own questions about a module
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    known: dict[str, Callable[..., Any]] = importlib.import_module("oplift.plugin").transforms()
    if name not in known:
        brought = ", ".join(sorted(known)) or "none"
        raise AttributeError(
            f"no plugin brings a transform '{name}'; there are: {brought} (see oplift.plugin.plugins())"
        )
    return known[name]


def __dir__() -> list[str]:
    return sorted(importlib.import_module("oplift.plugin").transforms())
