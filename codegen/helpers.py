"""The functions that formulas may call: oplift.rules.formulas, and the modules that a file lists."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from typing import Any

from . import allowed

GENERAL = "oplift.rules.formulas"


@dataclass(frozen=True)
class Helper:
    """A Python function.

    Attributes:
        gives: the kind of what it returns, from its annotation.
        metadata: it reads only shapes and dtypes of its operands, so they need not be kept for it.
    """

    module: str
    name: str
    gives: str
    metadata: bool
    signature: inspect.Signature | None


def collect(modules: tuple[str, ...]) -> dict[str, Helper]:
    """Name -> helper; what a file lists comes before what is general."""
    found: dict[str, Helper] = {}
    for name in (GENERAL, *modules):
        module = importlib.import_module(name)
        for key in public_names(module):
            value = getattr(module, key)
            if inspect.isfunction(value):
                found[key] = describe(name, key, value)
    return found


def public_names(module: Any) -> list[str]:
    """What a module offers: its `__all__`, else the public functions that it defines."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        key
        for key, value in vars(module).items()
        if not key.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]


def describe(module: str, name: str, value: Any) -> Helper:
    return Helper(module, name, _gives(value), getattr(value, "metadata", False), _signature(value))


def _gives(value: Any) -> str:
    text = str(getattr(value, "__annotations__", {}).get("return", "")).replace("torch.", "")
    if text in ("Tensor", "<class 'Tensor'>"):
        return "tensor"
    if text.startswith(("list[Tensor", "Sequence[Tensor", "tuple[Tensor")):
        return "tensors"
    return {"int": "number", "float": "number", "bool": "number"}.get(text, "other")


def _signature(value: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(value)
    except (TypeError, ValueError):
        return None


def resolve(reference: str) -> Any:
    """The function that ``package.module:function`` names.

    Raises:
        ImportError: it may not be named, there is no such module, or importing it fails.
        AttributeError: the module has no such function.
    """
    reason = allowed.reason_against(reference)
    if reason is not None:  # nothing of it is imported
        raise ImportError(reason)
    module, _, name = reference.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        raise
    except Exception as error:  # whatever the author's module raises is what they need to see
        raise ImportError(f"importing {module} failed: {type(error).__name__}: {error}") from error
