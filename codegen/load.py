"""Reading YAML with the line of every value, and nothing in it that can do harm.

Tags are refused (they make Python objects), and so are anchors on collections (a few lines of nested aliases expand to
gigabytes). A repeated key is an error, not a silent replacement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .errors import Problems

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 30
_CONVERT = {"int", "float", "bool", "null"}


@dataclass(frozen=True)
class Scalar:
    """A leaf: `text` as written, `value` as YAML understands it."""

    text: str
    value: Any
    line: int


@dataclass(frozen=True)
class Listing:
    items: list[Any]
    line: int


@dataclass(frozen=True)
class Mapping:
    """Key -> value, with the line of each key."""

    items: dict[str, Any]
    lines: dict[str, int]
    line: int


Node = Scalar | Listing | Mapping


def read_text(path: Path, problems: Problems) -> str | None:
    """The text of a file of specs."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        problems.add(line, "S011", "", "the file is not UTF-8 text; save it in that encoding")
    except OSError as error:
        problems.add(1, "S010", "", f"cannot be read: {error.strerror}")
    return None


def parse(text: str, problems: Problems) -> Node | None:
    """The tree of a YAML document, None if there is none or it is refused."""
    try:
        if not _is_harmless(text, problems):
            return None
        root = yaml.compose(text, _LOADER)
    except yaml.MarkedYAMLError as error:
        problems.add(_line(error), "S012", "", _explain(error))
        return None
    except yaml.YAMLError as error:
        problems.add(1, "S012", "", f"not YAML: {error}")
        return None
    return None if root is None else _convert(root, problems)


def _line(error: yaml.MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 1


def _explain(error: yaml.MarkedYAMLError) -> str:
    hint = ""
    if "flow" in str(error.context or "") or "expected ',' or '}'" in str(error.problem):
        hint = "; quote formulas that stand between braces and hold a comma, a colon or a quote"
    return f"not YAML: {error.problem or error.context}{hint}"


def _is_harmless(text: str, problems: Problems) -> bool:
    depth, before = 0, len(problems.found)
    for event in yaml.parse(text, _LOADER):
        line = event.start_mark.line + 1  # type: ignore[union-attr]
        starts = isinstance(event, yaml.CollectionStartEvent)
        depth += starts - isinstance(event, yaml.CollectionEndEvent)
        anchor = getattr(event, "anchor", None)
        if starts and anchor:
            problems.add(line, "S013", "", f"anchor '&{anchor}' on a collection; only single values may be shared")
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag:
            problems.add(line, "S013", "", f"tag '{event.tag}' is not allowed; specs are plain YAML")
        if depth > _DEEPEST:
            problems.add(line, "S013", "", f"nested more than {_DEEPEST} levels deep")
            return False
    return len(problems.found) == before


def _convert(node: yaml.Node, problems: Problems) -> Node:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return Scalar(node.value, _value(node), line)
    if isinstance(node, yaml.SequenceNode):
        return Listing([_convert(item, problems) for item in node.value], line)
    assert isinstance(node, yaml.MappingNode)
    items: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key, value in _pairs(node, problems):
        items[key.value] = _convert(value, problems)
        lines[key.value] = key.start_mark.line + 1
    return Mapping(items, lines, line)


def _pairs(node: yaml.CollectionNode, problems: Problems) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            problems.add(line, "S014", "", "a key must be a single word, not a collection")
        elif key.value in seen:
            problems.add(line, "S014", "", f"key '{key.value}' is given twice, first on line {seen[key.value]}")
        elif node.flow_style and isinstance(value, yaml.ScalarNode) and value.value == "" and not value.style:
            text = f"'{key.value}' stands between braces without a value; quote a formula that holds a comma"
            problems.add(line, "S014", "", text)
        else:
            seen[key.value] = line
            yield key, value


def _value(node: yaml.ScalarNode) -> Any:
    kind = node.tag.rpartition(":")[2]
    if kind not in _CONVERT:
        return node.value
    try:
        return yaml.safe_load(node.value)
    except (ValueError, yaml.YAMLError):
        return node.value


def plain(node: Node) -> Any:
    """The tree as ordinary Python values."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Listing):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.items.items()}
