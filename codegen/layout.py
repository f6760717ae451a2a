"""Breaking long lines of generated code, so that a person can read it."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from itertools import pairwise

WIDTH = 110
_OPEN, _CLOSE = "([{", ")]}"


def wrapped(source: str) -> str:
    """Source with every statement that is too wide broken at its brackets."""
    lines = []
    for line in source.splitlines():
        plain = line.lstrip().startswith(("#", '"""')) or line.count('"""') == 1
        lines += [line] if len(line) <= WIDTH or plain else _broken(line)
    return "\n".join(lines) + "\n"


def _broken(line: str) -> list[str]:
    """One line as several: the widest outermost bracket is opened."""
    text = line.lstrip()
    indent = line[: len(line) - len(text)]
    group = _group(text)
    if group is None:
        return [line]
    start, end, commas, clauses = group
    parts = _parts(text, start, end, clauses or commas)
    inner = indent + "    "
    one = inner + (" " if clauses else ", ").join(parts)
    if len(one) <= WIDTH and len(parts) > 1:
        body = [one]
    else:
        comma = "," if commas and not clauses else ""
        body = [piece for part in parts for piece in _fitted(inner + part + comma)]
    return [indent + text[: start + 1], *body, *_fitted(indent + text[end:])]


def _fitted(line: str) -> list[str]:
    return [line] if len(line) <= WIDTH else _broken(line)


def _parts(text: str, start: int, end: int, cuts: list[int]) -> list[str]:
    cuts = [start, *cuts, end]
    found = [text[a + (text[a] != " ") : b].strip() for a, b in pairwise(cuts)]
    return [part for part in found if part]


def _group(text: str) -> tuple[int, int, list[int], list[int]] | None:
    """Start and end of the widest bracket that is in no other; its outermost commas, and the blanks before each `for`
    of a comprehension."""
    best: tuple[int, int, list[int], list[int]] | None = None
    depth, start, commas, clauses = 0, 0, list[int](), list[int]()
    for position, sign in _signs(text):
        if sign in _OPEN:
            depth += 1
            if depth == 1:
                start, commas, clauses = position, [], []
        elif sign in _CLOSE:
            depth -= 1
            if depth == 0 and position > start + 1 and (best is None or position - start > best[1] - best[0]):
                best = start, position, commas, clauses
        elif depth == 1:
            (commas if sign == "," else clauses).append(position - (sign == "for"))
    return best


def _signs(text: str) -> Iterator[tuple[int, str]]:
    """Brackets, commas and `for` outside of strings, with their columns."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.string in ("for", *"()[]{},") and token.type in (tokenize.OP, tokenize.NAME):
                yield token.start[1], token.string
    except (tokenize.TokenError, IndentationError):
        return
