"""Every operator of the registry, put against independent truth by the checker that authors use."""

from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from oplift.codegen import read_specs
from oplift.rules.generated.index import INDEX
from oplift.testing import check_op
from oplift.testing.check import claims_of
from oplift.testing.operators import resolve

from .registry_exceptions import DEVIATIONS, NO_SAMPLE, SAMPLES

RULES = Path(__file__).parent.parent / "rules"
LIMIT = 5
#: Large families are split, so that the processes of a run share them.
CHUNK = 30


def chunks() -> list[tuple[str, int]]:
    sizes: dict[str, int] = defaultdict(int)
    for family in INDEX.values():
        sizes[family] += 1
    return [(family, start) for family, size in sorted(sizes.items()) for start in range(0, size, CHUNK)]


@cache
def claims(family: str) -> dict[str, dict[str, Any]]:
    """Operator -> what its spec tells the checker."""
    specs = read_specs(RULES / f"{family}.yaml")
    return {spec.op: {"written": SAMPLES.get(spec.op, ()), **_given(claims_of(spec))} for spec in specs}


def _given(claimed: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in claimed.items() if value}


@pytest.mark.parametrize(("family", "start"), chunks(), ids=lambda value: str(value))
def test_every_declared_operator(family: str, start: int) -> None:
    names = sorted(op for op, home in INDEX.items() if home == family)[start : start + CHUNK]
    problems = [problem for name in names for problem in _problems(name, claims(family).get(name, {}))]
    assert not problems, "\n".join(problems)


def _problems(name: str, spec: dict[str, Any]) -> list[str]:
    """What the checker found that is not listed as a deviation, and what is listed but was not found."""
    if not exists(name):
        return []
    report = check_op(name, **{**spec, "limit": LIMIT, "devices": ["cpu"]})
    if name in NO_SAMPLE:
        return [f"{name}: listed in NO_SAMPLE, but a sample was drawn"] if report.rows else []
    if not report.rows:
        return [f"{name}: no sample; write `test: {{samples: ...}}` in its spec, or list it in NO_SAMPLE"]
    listed = DEVIATIONS.get(name, {})
    found = {row.check for row in report.failures}
    stale = [f"{name}: {check!r} is listed in DEVIATIONS, but passes" for check in listed if check not in found]
    return stale + [f"{name}: {row}" for row in report.failures if row.check not in listed][:4]


def exists(name: str) -> bool:
    """Whether this version of torch has the operator; specs cover several versions."""
    try:
        resolve(name)
    except ValueError:
        return False
    return True


def test_nearly_all_declared_operators_exist_in_this_torch() -> None:
    missing = [name for name in INDEX if not exists(name)]
    assert len(missing) < 0.05 * len(INDEX), missing


def test_the_lists_of_exceptions_name_declared_operators_with_a_reason() -> None:
    assert set(NO_SAMPLE) <= set(INDEX)
    assert set(DEVIATIONS) <= set(INDEX)
    assert not set(NO_SAMPLE) & set(DEVIATIONS)
    assert all(reason for checks in DEVIATIONS.values() for reason in checks.values())
    assert all(NO_SAMPLE.values())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize(("family", "start"), chunks(), ids=lambda value: str(value))
def test_every_declared_operator_on_cuda(family: str, start: int) -> None:
    names = sorted(op for op, home in INDEX.items() if home == family)[start : start + CHUNK]
    problems = []
    for name in names:
        spec = {**claims(family).get(name, {}), "limit": 2, "devices": ["cuda"]}
        listed = DEVIATIONS.get(name, {})
        problems += [f"{name}: {row}" for row in check_op(name, **spec).failures if row.check not in listed][:2]
    assert not problems, "\n".join(problems)
