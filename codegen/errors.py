"""What is wrong with a spec, said so that its author can act on it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One message: ``FILE:LINE CODE op: place: text``."""

    path: str
    line: int
    code: str
    op: str
    place: str
    text: str

    def __str__(self) -> str:
        head = ": ".join(part for part in (self.op, self.place) if part)
        return f"{self.path}:{self.line} {self.code} {head + ': ' if head else ''}{self.text}"


class SpecError(ValueError):
    """A file of specs is refused.

    Attributes:
        problems: everything that is wrong with it, in the order of lines.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


class SpecWarning(UserWarning):
    """A spec is right, but something else keeps its rules from being used."""


class Problems:
    """Collects the messages of one file; `inside` narrows the place for what is checked next."""

    def __init__(self, path: str) -> None:
        self.path, self.found = path, list[Problem]()
        self.op = ""

    def add(self, line: int, code: str, place: str, text: str) -> None:
        problem = Problem(self.path, line, code, self.op, place, text)
        if problem not in self.found:
            self.found.append(problem)

    def stop_if_any(self) -> None:
        if self.found:
            raise SpecError(self.found)


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'other'?`, or nothing where no known word is near."""
    match = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{match[0]}'?" if match else ""


def listed(words: Iterable[str]) -> str:
    """``a, b or c`` for a message."""
    words = list(words)
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1] if words else ""]))
