"""What the pytest plugin does: tests of an operator's rules in authors' own suites."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from oplift.errors import MissingRule
from oplift.op import operator
from oplift.origin import entry_of
from oplift.testing.check import check_op, claims_of, in_force, read_specs
from oplift.testing.operators import resolve
from oplift.testing.parts import DTYPES, PARTS, parts_in
from oplift.testing.report import Report
from oplift.testing.subject import Sample

MARKER = "oplift_op"
FIXTURE = "oplift_check"
_OPTIONS = ("domain", "linear", "multilinear", "written", "tolerance", "limit", "devices", "skip")


def parametrize(metafunc: pytest.Metafunc) -> None:
    """Make a test for each transform and dtype of one that is marked `oplift_op`."""
    place = f"{metafunc.definition.nodeid}: "
    if FIXTURE not in metafunc.fixturenames:
        raise pytest.UsageError(f"{place}marked {MARKER}, so it must take the fixture {FIXTURE}, and call it")
    wanted = [_Wanted.of(mark, place) for mark in metafunc.definition.iter_markers(MARKER)]
    cases = [pytest.param((one, part, dtype), id=one.label(part, dtype)) for one in wanted for part, dtype in one.cases]
    metafunc.parametrize(FIXTURE, cases, indirect=True)


class _Wanted:
    """What one marker asks for."""

    def __init__(self, op: str, spec: str | None, cases: Sequence[tuple[str, str]], options: dict[str, Any]) -> None:
        self.op, self.spec, self.cases, self.options = op, spec, cases, options

    @staticmethod
    def of(mark: pytest.Mark, place: str) -> _Wanted:
        if len(mark.args) != 1 or not isinstance(mark.args[0], str):
            raise pytest.UsageError(f'{place}{MARKER} takes the name of one operator: {MARKER}("mylib::fused_gelu")')
        options = dict(mark.kwargs)
        spec = options.pop("spec", None)
        parts = _chosen(options, "parts", tuple(PARTS), place)
        dtypes = _chosen(options, "dtypes", DTYPES, place)
        unknown = [name for name in options if name not in _OPTIONS]
        if unknown:
            known = ", ".join(("spec", "parts", "dtypes", *_OPTIONS))
            raise pytest.UsageError(f"{place}{MARKER} has no option '{unknown[0]}'; it has {known}")
        cases = [(part, dtype) for part in parts for dtype in dtypes if part in parts_in(dtype)]
        return _Wanted(mark.args[0], spec, cases, options)

    def label(self, part: str, dtype: str) -> str:
        return f"{self.op}-{part}-{dtype}"


def _chosen(options: dict[str, Any], key: str, known: Sequence[str], place: str) -> tuple[str, ...]:
    given = options.pop(key, known)
    for name in given:
        if isinstance(given, str) or name not in known:
            raise pytest.UsageError(
                f"{place}{MARKER}: {key} must be a list of some of {', '.join(known)}; got {given!r}"
            )
    return tuple(given)


class Check:
    """The fixture `oplift_check`. Call it to check an operator's rules; the test fails, with a table, if one is wrong.

    In a test that is marked `oplift_op` it checks one transform in one class of dtypes, so that a failure says which; in any
    other, all of them. Samples and a domain that the spec of the operator gives (`test:`) are used.
    """

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self._part: str
        self._dtype: str
        self._wanted: _Wanted | None
        self._wanted, self._part, self._dtype = getattr(request, "param", None) or (None, "", "")

    def __call__(self, *samples: Sample, op: str | None = None, **options: Any) -> Report:
        """Check the rules of an operator.

        Args:
            samples: arguments to check it at; by default those of the spec, else made up from the schema.
            op: the overload, where no marker names it.
            options: further ones of `oplift.testing.check_op`; and `spec`, a YAML file whose rules are to be checked instead
                of those in force, relative to the folder of the test.

        Returns:
            The report, in which nothing is wrong.
        """
        __tracebackhide__ = True
        spec = options.pop("spec", None)
        if self._wanted is not None:
            op, spec = op or self._wanted.op, spec or self._wanted.spec
            options = {**self._wanted.options, "parts": (self._part,), "dtypes": (self._dtype,), **options}
        if op is None:
            raise pytest.UsageError(f'{FIXTURE}(op="mylib::name") names the operator where no {MARKER} marker does')
        return self._verdict(self._report(op, spec, samples, options))

    def _report(self, op: str, spec: str | None, samples: Sequence[Sample], options: dict[str, Any]) -> Report:
        __tracebackhide__ = True
        with ExitStack() as stack:
            try:
                claims = self._claims(op, spec, stack)
                return check_op(op, *samples, **{**claims, **options})
            except (ValueError, MissingRule, OSError) as error:  # no such operator, or its spec is refused
                refused = str(error)
        pytest.fail(refused, pytrace=False)

    def _claims(self, op: str, spec: str | None, stack: ExitStack) -> dict[str, Any]:
        """What the operator's spec says to the checker; the rules of `spec` are in force until the stack closes."""
        name = op.removesuffix(".default")
        if spec is not None:
            path = Path(self._request.path.parent, spec)
            entries = stack.enter_context(in_force(path))
        else:
            resolve(op)  # an error for an unknown operator that says what was meant
            declared = entry_of(operator(op))
            if declared is None:
                return {}
            path, entries = declared.path, read_specs(declared.path)
        entry = next((entry for entry in entries if entry.op == name), None)
        if entry is None:
            raise ValueError(f"{path} declares no {name}; it declares {', '.join(entry.op for entry in entries)}")
        return claims_of(entry)

    def _verdict(self, report: Report) -> Report:
        __tracebackhide__ = True
        if report.failures:
            pytest.fail(str(report), pytrace=False)
        if not report.samples:
            text = "plain torch accepts none of the samples that were made up from its schema; give some, in the spec or here"
            pytest.fail(f"{report.op}: {text}", pytrace=False)
        if not report.ok:
            reasons = dict.fromkeys(row.message for row in report.rows) or [
                "plain torch takes no such operands, or no such rule is declared"
            ]
            where = f" under {self._part} in {self._dtype}" if self._part else ""
            pytest.skip(f"{report.op}: nothing to check{where}: {'; '.join(reasons)}")
        return report
