"""The `test:` section of an entry: what the checker is told, which must be as right as the rest."""

from __future__ import annotations

from typing import Any

import torch

from oplift.testing.domain import SHAPES
from oplift.testing.parts import is_check

from .allowed import sample_scope
from .errors import Problems, listed, nearest
from .load import Listing, Mapping, Node, Scalar, plain
from .schema import Signature

KEYS = ("domain", "dtypes", "samples", "tolerance", "skip")


class TestReader:
    """Reads the `test:` section of one entry, and reports what is wrong with it."""

    __test__ = False  # no class of tests for pytest

    def __init__(self, problems: Problems, signature: Signature) -> None:
        self.problems, self.signature = problems, signature

    def read(self, test: Node | None) -> dict[str, Any]:
        """The section as plain data, empty where there is none."""
        if test is None:
            return {}
        if not isinstance(test, Mapping):
            self._wrong(test, "", f"must be a mapping: {', '.join(KEYS)}")
            return {}
        for key, value in test.items.items():
            if key not in KEYS:
                self.problems.add(test.lines[key], "S003", "test", f"unknown key '{key}'{nearest(key, KEYS)}")
            else:
                getattr(self, f"_{key}")(value)
        return plain(test)  # type: ignore[no-any-return]

    def _wrong(self, node: Node, place: str, text: str, code: str = "S020") -> None:
        self.problems.add(node.line, code, f"test.{place}" if place else "test", text)

    def _texts(self, node: Node, place: str, what: str) -> list[Scalar]:
        items = node.items if isinstance(node, Listing) else [None]
        texts = [item for item in items if isinstance(item, Scalar) and isinstance(item.value, str)]
        if len(texts) != len(items):
            self._wrong(node, place, f"must be a list of {what}")
            return []
        return texts

    def _domain(self, node: Node) -> None:
        if not isinstance(node, Mapping):
            self._wrong(node, "domain", "must be a mapping {argument: [low, high] or a name}")
            return
        names = [a.name for a in self.signature.tensors]
        for name, value in node.items.items():
            if name not in names:
                text = f"no tensor argument '{name}'{nearest(name, names)}; it has {listed(names) or 'none'}"
                self.problems.add(node.lines[name], "S032", "test.domain", text)
            elif not (isinstance(value, Scalar) and value.value in SHAPES) and not _is_interval(value):
                near = nearest(value.text, SHAPES) if isinstance(value, Scalar) else ""
                text = f"must be [low, high], two numbers, the lower first, or one of {', '.join(SHAPES)}{near}"
                self._wrong(value, f"domain.{name}", text)

    def _dtypes(self, node: Node) -> None:
        for item in self._texts(node, "dtypes", "dtypes: [float64, complex128]"):
            if not isinstance(getattr(torch, item.text, None), torch.dtype):
                self._wrong(item, "dtypes", f"torch has no dtype '{item.text}'")

    def _samples(self, node: Node) -> None:
        for item in self._texts(node, "samples", "calls as text: ['randn(3, 2), 1']"):
            try:
                sample_scope(item.text)
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                self._wrong(item, "samples", f"{item.text!r}: {getattr(error, 'msg', error)}", "S050")

    def _tolerance(self, node: Node) -> None:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
            self._wrong(node, "tolerance", "must be a number above 0, which multiplies what is accepted")

    def _skip(self, node: Node) -> None:
        for item in self._texts(node, "skip", "checks, by the start of their names: ['batch: size 0']"):
            if not is_check(item.text):
                self._wrong(item, "skip", f"no check is called '{item.text}'; `oplift check -v` lists them")


def _is_interval(node: Node) -> bool:
    if not isinstance(node, Listing) or len(node.items) != 2:
        return False
    low, high = (item.value if isinstance(item, Scalar) else None for item in node.items)
    numbers = all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in (low, high))
    return numbers and float("-inf") < low < high < float("inf")  # type: ignore[operator]
