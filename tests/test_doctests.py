"""Every example in a docstring runs, and every page of docs/ that is a program."""

import doctest
import importlib
import pkgutil
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
# pytest's own collection would import core/x.py under the name core.x: a second copy of every module.
PACKAGES = ["oplift", "oplift.codegen", "oplift.demo", "oplift.plugins", "oplift.rules"]


def modules() -> list[str]:
    found = {
        info.name
        for package in PACKAGES
        for info in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
    }
    return sorted(name for name in found.union(PACKAGES) if not name.endswith(".__main__"))


def examples() -> list[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for module in modules() for test in finder.find(importlib.import_module(module), module)]
    return [test for test in found if test.examples]


@pytest.mark.parametrize("example", examples(), ids=lambda test: test.name)
def test_docstring(example: doctest.DocTest) -> None:
    report: list[str] = []
    failed = doctest.DocTestRunner(optionflags=FLAGS).run(example, out=report.append).failed
    assert not failed, "".join(report)


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.py")), ids=lambda path: path.name)
def test_page_that_is_a_program(page: Path) -> None:
    runpy.run_path(str(page), run_name="__main__")


def test_readme() -> None:
    """The README's Python blocks run in order, as one program; a process of its own, for the operator it defines."""
    text = (ROOT / "README.md").read_text()
    program = "\n".join(block.partition("```")[0] for block in text.split("```python\n")[1:])
    subprocess.run([sys.executable, "-W", "error", "-c", program], cwd=ROOT, check=True)
