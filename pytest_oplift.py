"""oplift's plugin for pytest: the marker `oplift_op` and the fixture `oplift_check`.

    @pytest.mark.oplift_op("mylib::fused_gelu")
    def test_fused_gelu(oplift_check):
        oplift_check()

It is a module of its own, outside of the package, so that pytest does not import torch in a project that uses neither: what
it does is in `oplift.testing.parts` and `oplift.testing.suite`, which are imported for the first marked test.
"""

from __future__ import annotations

from importlib import import_module

import pytest

MARKER = (
    "oplift_op(op, *, spec=None, parts=..., dtypes=..., **options): check the rules of an operator by the fixture "
    "oplift_check, a test for each transform and dtype; spec: a YAML file beside the test, whose rules are checked instead of "
    "those in force; options: those of oplift.testing.check_op"
)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test for each transform and dtype of a marked one."""
    if metafunc.definition.get_closest_marker("oplift_op") is not None:
        import_module("oplift.testing.suite").parametrize(metafunc)


@pytest.fixture
def oplift_check(request: pytest.FixtureRequest) -> object:
    """Check the rules of an operator; see `oplift.testing.suite.Check`."""
    return import_module("oplift.testing.suite").Check(request)
