"""The record of what the checker found: how far each operator is from the truth, by device and dtype.

A package of rules keeps it beside the rules as `accuracy.json`; `make coverage-write` measures it. Nothing in it is typed by
hand, and an operator that no sample reaches is there with the reason.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from oplift.registry import RULE_PACKAGES
from oplift.testing.report import Report, Row

__all__ = ["GROUPS", "Accuracy", "measured", "read_record", "rounded_up", "text_of"]

FILE = "accuracy.json"
#: What is told apart, and the checks that belong to it, by the start of their names.
GROUPS = {
    "batch": ("batch",),
    "jvp": ("jvp",),
    "vjp": ("vjp",),
    "nested": ("vmap of jvp", "vmap of vjp"),
    "second": ("jvp of vjp", "vjp of vjp"),
}
_GROUP_OF = {"vmap of": "nested", "jvp of": "second", "vjp of": "second"}

Errors = dict[str, dict[str, dict[str, float]]]


@dataclass(frozen=True)
class Accuracy:
    """What was found of one operator.

    Args:
        errors: device -> dtype -> group of checks (a key of GROUPS) -> the largest relative error among those that passed.
        deviates: check that failed -> why that is no mistake of the rule.
        unchecked: why there was nothing to check; "" where there was.
    """

    errors: Errors = field(default_factory=dict)
    deviates: Mapping[str, str] = field(default_factory=dict)
    unchecked: str = ""

    @property
    def devices(self) -> list[str]:
        """Where it was checked."""
        return sorted(self.errors)

    def worst(self, group: str, device: str = "") -> tuple[float, str] | None:
        """The largest error of a group and the dtype that it was found with; None where nothing was measured."""
        found = [
            (values[group], dtype)
            for where, dtypes in self.errors.items()
            for dtype, values in dtypes.items()
            if group in values and device in ("", where)
        ]
        return max(found, default=None)

    @property
    def order(self) -> int:
        """How often it was differentiated in a check: 0, 1 or 2 times."""
        groups = {group for dtypes in self.errors.values() for values in dtypes.values() for group in values}
        return 2 if "second" in groups else 1 if groups & {"jvp", "vjp"} else 0

    def as_data(self) -> dict[str, Any]:
        """As it is written, without what is empty."""
        return {key: value for key, value in vars(self).items() if value}


def measured(report: Report, deviates: Mapping[str, str] | None = None, unchecked: str = "") -> Accuracy:
    """What a report of the checker comes to.

    Args:
        report: of `oplift.testing.check_op`.
        deviates: the checks that may fail, each with a reason.
        unchecked: why no sample can be drawn, where none was.

    Example:
        >>> import torch
        >>> from oplift.testing import Sample, check_op
        >>> found = measured(check_op("aten::neg", Sample((torch.ones(3, dtype=torch.float64),)), devices=["cpu"]))
        >>> found.errors["cpu"]["float64"]["batch"]
        0.0
    """
    errors: Errors = {}
    for row in report.rows:
        group = _group(row)
        if group is not None and row.outcome == "pass" and row.error is not None:
            values = errors.setdefault(row.device, {}).setdefault(row.dtype, {})
            values[group] = max(values.get(group, 0.0), rounded_up(row.relative or 0.0))
    failed = {row.check for row in report.failures}
    found = {check: why for check, why in (deviates or {}).items() if check in failed}
    return Accuracy(errors, found, "" if report.rows else unchecked)


def _group(row: Row) -> str | None:
    words = row.check.replace(":", "").split()
    found = _GROUP_OF.get(" ".join(words[:2]), words[0])
    return found if found in GROUPS else None


def rounded_up(error: float) -> float:
    """An error to one digit, upwards: what is written does not change with every processor.

    >>> rounded_up(2.31e-16)
    3e-16
    """
    if error == 0:
        return 0.0
    exponent = math.floor(math.log10(error))
    return float(f"{math.ceil(error / 10.0**exponent - 1e-9)}e{exponent}")


def text_of(accuracy: Mapping[str, Accuracy], facts: Mapping[str, Any]) -> str:
    """The file of a record: `facts` of how it was made, and a line for each operator."""
    lines = [
        f"  {json.dumps(op)}: {json.dumps(found.as_data(), sort_keys=True)}" for op, found in sorted(accuracy.items())
    ]
    return "".join(
        ["{\n", f' "made": {json.dumps(facts, sort_keys=True)},\n', ' "operators": {\n', ",\n".join(lines), "\n }\n}\n"]
    )


def read_record(packages: Iterable[str] = RULE_PACKAGES) -> dict[str, Accuracy]:
    """What the packages of rules have on record, by operator; empty where none has a record."""
    found: dict[str, Accuracy] = {}
    for package in packages:
        file = files(package).joinpath(FILE)
        if file.is_file():
            data = json.loads(file.read_text(encoding="utf-8"))["operators"]
            found.update({op: Accuracy(**entry) for op, entry in data.items()})
    return found
