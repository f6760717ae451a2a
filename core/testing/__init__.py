"""Checking the rules of operators: `check_op`, `check_file`, and what they take and return."""

from oplift.testing.check import check_file, check_op
from oplift.testing.domain import Domain
from oplift.testing.report import Report, Row, RuleError
from oplift.testing.subject import Sample

__all__ = ["Domain", "Report", "Row", "RuleError", "Sample", "check_file", "check_op"]
