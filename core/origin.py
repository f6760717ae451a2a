"""Where a rule comes from: its entry in a file of specs, and the generated or hand-written Python."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .op import Op

if TYPE_CHECKING:
    from rich.console import Group

SLOTS = ("batch", "jvp", "vjp", "inverse", "decompose")
_HEADER = re.compile(r"Rules from (.*?);")


@dataclass(frozen=True)
class Entry:
    """The text of one operator in a file of specs, as rich shows it."""

    path: Path
    line: int
    text: str

    def __rich__(self) -> Group:
        from rich.console import Group
        from rich.syntax import Syntax
        from rich.text import Text

        source = Syntax(self.text, "yaml", line_numbers=True, start_line=self.line, background_color="default")
        return Group(Text(f"{self.path}:{self.line}", style="bold"), source)


def spec_entry(path: Path, op: str) -> Entry | None:
    """The entry of `op` in a file of specs, None where the file has none (any more)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    key = re.compile(rf"(^|[\s{{,-])op:\s*['\"]?{re.escape(op)}(\.default)?['\"]?\s*([,}}#]|$)")
    named = next((n for n, line in enumerate(lines) if key.search(line) and not line.lstrip().startswith("#")), None)
    if named is None:
        return None
    start = next((n for n in range(named, -1, -1) if lines[n].lstrip().startswith("-")), named)
    indent = lines[start][: len(lines[start]) - len(lines[start].lstrip())]
    end = start + 1
    while end < len(lines) and not re.match(rf"{indent}(-|#|\S)", lines[end]):
        end += 1
    return Entry(path, start + 1, "\n".join(lines[start:end]).rstrip())


def entry_of(op: Op) -> Entry | None:
    """The spec that the operator's rules were generated from, None where they were not, or its file is gone."""
    module = _module_of(op)
    said = _HEADER.search((module and module.__doc__) or "")
    if module is None or said is None:
        return None
    shown = Path(said[1])
    # shipped rules name rules/x.yaml from the folder above; those that were generated ahead, a path of that day
    homes = [parent / shown.name for parent in Path(module.__file__).parents[:2]] if module.__file__ else []
    path = next((path for path in [*homes, shown] if path.is_file()), None)
    return spec_entry(path, op.name) if path is not None else None


def _module_of(op: Op) -> Any:
    """The generated module that holds the operator's rules."""
    for slot in SLOTS:
        scope = getattr(getattr(op, slot), "__globals__", {})
        if op.name in scope.get("RULES", ()):
            module = ModuleType(scope["__name__"], scope.get("__doc__"))
            module.__file__ = scope.get("__file__")
            return module
    # one whose rules are all by hand leaves no function in the generated module
    stem = import_module("oplift.rules.generated.index").INDEX.get(op.name)
    return import_module(f"oplift.rules.generated.{stem}") if stem else None


def place_of(rule: Any) -> str:
    """``folder/file.py:12 function``, as short as it is clear."""
    code = getattr(rule, "__code__", None)
    name = getattr(rule, "__qualname__", repr(rule))
    if code is None:
        return str(name)
    path = Path(code.co_filename)
    shown = "/".join(path.parts[-2:]) if path.is_absolute() else code.co_filename
    return f"{shown}:{code.co_firstlineno} {name}"


def text_of(rule: Any) -> str:
    """The Python of a rule."""
    try:
        return inspect.getsource(rule)
    except (OSError, TypeError):  # made while the program ran, or a builtin
        return f"# {rule!r}"
