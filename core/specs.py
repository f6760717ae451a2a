"""Loading declared rules while a program runs."""

from __future__ import annotations

import importlib
import os

from .op import discover, install
from .rule_registry import validated


def load_specs(path: str | os.PathLike[str]) -> list[str]:
    """Make the operators of a YAML file of specs work under every transform.

    The file goes through the generator that makes oplift's own rules, and takes the place of what the same file declared
    before; nothing changes if any entry is refused.

    Args:
        path: the YAML file (docs/spec-language.md). The operators must exist, so import what defines them first.

    Returns:
        The names of the operators, ``["mylib::fused_gelu"]``.

    Raises:
        oplift.codegen.SpecError: the file is refused; the message says file, line, operator, what is wrong, and the
            nearest right thing.
        PluginError: oplift, a plugin or another file declares an operator already, and neither or both say `replace: true`.
    """
    entries = importlib.import_module("oplift.codegen").load_entries(path)
    discover()
    install(os.path.abspath(path), validated(entries))
    return sorted(entries)
