"""Reading YAML with the line of every value, and nothing in it that can do harm.

Tags are refused (they make Python objects), and so are anchors on collections (a few lines of nested aliases expand to
gigabytes). A repeated key is an error, not a silent replacement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from .errors import Problems

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 30
_LARGEST = 1 << 20  # bytes: ten times the largest of oplift's own
_ALIASES = 1000
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


def read_text(path: Traversable, problems: Problems) -> str | None:
    """The text of a file of specs."""
    try:
        if not path.is_file():
            there = path.is_dir() or (isinstance(path, Path) and path.exists())
            text = "it is no regular file" if there else "No such file"
            problems.add(1, "S010", "", f"cannot be read: {text}")
            return None
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        problems.add(1, "S010", "", f"cannot be read: {error.strerror or error}")
        return None
    if len(content) > _LARGEST:
        problems.add(1, "S010", "", f"larger than {_LARGEST >> 20} MiB; split it, a file for each family of operators")
        return None
    try:
        return content.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problems.add(line, "S011", "", "the file is not UTF-8 text; save it in that encoding")
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
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problems.add(line, "S012", "", f"not YAML: {error.reason}")
        return None
    except (yaml.YAMLError, RecursionError) as error:
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
    depth, aliases, before = 0, 0, len(problems.found)
    for event in yaml.parse(text, _LOADER):
        line = event.start_mark.line + 1  # type: ignore[union-attr]
        starts = isinstance(event, yaml.CollectionStartEvent)
        depth += starts - isinstance(event, yaml.CollectionEndEvent)
        anchor = getattr(event, "anchor", None)
        if starts and anchor:
            problems.add(line, "S013", "", f"anchor '&{anchor}' on a collection; only single values may be shared")
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag:
            problems.add(line, "S013", "", f"tag '{event.tag}' is not allowed; specs are plain YAML")
        aliases += isinstance(event, yaml.AliasEvent)
        if aliases > _ALIASES:
            problems.add(line, "S013", "", f"more than {_ALIASES} aliases; write the values out")
            return False
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
