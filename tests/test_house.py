"""The promises of the house that a program can check: who imports whom, sizes, packaging, what `import` costs."""

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ["core", "rules", "plugins", "codegen", "tests", "benchmarks", "docs", "examples"]
HAND_WRITTEN = [
    path
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "generated" not in path.relative_to(ROOT).parts
]
CORE = [path for path in HAND_WRITTEN if path.is_relative_to(ROOT / "core")]
#: The interpreter core, which a reader should be able to hold in the head.
INTERPRETER = ["stack", "tracer", "batching", "forward", "reverse", "alias"]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[str]:
    """The modules that a file of oplift imports, wherever the statement stands, by absolute name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "oplift." if node.level else ""
            yield from (f"{base}{node.module or ''}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", CORE, ids=name)
def test_core_imports_no_rule_plugin_or_generator(path: Path) -> None:
    outer = ("oplift.rules", "oplift.plugins", "oplift.codegen", "oplift.demo", "rules", "plugins", "codegen")
    found = [module for module in imports(path) if module.startswith(tuple(f"{m}." for m in outer)) or module in outer]
    assert not found, f"{name(path)} imports {found}; dependence runs the other way"


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function, its docstring not counted: those of the API say a lot."""
    doc = function.body[0] if ast.get_docstring(function) else None
    documented = doc.end_lineno - doc.lineno + 1 if doc and doc.end_lineno else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - documented


@pytest.mark.parametrize("path", HAND_WRITTEN, ids=name)
def test_functions_and_files_are_small(path: Path) -> None:
    text = path.read_text()
    functions = [f for f in ast.walk(ast.parse(text)) if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {f.name: length(f) for f in functions if length(f) > 60}
    assert not long, f"{name(path)}: {long}"
    assert text.count("\n") <= 500, f"{name(path)} has more than 500 lines"


def test_the_interpreter_core_can_be_read_in_an_afternoon() -> None:
    lines = {module: (ROOT / "core" / f"{module}.py").read_text().count("\n") for module in INTERPRETER}
    assert sum(lines.values()) <= 1500, lines


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_says_why_it_exists(folder: str) -> None:
    assert (ROOT / folder / "README.md").is_file()


def test_every_package_is_in_the_wheel() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    homes = {"core": "oplift", "examples/digits": "oplift.demo"}
    homes |= {folder: f"oplift.{folder}" for folder in ("codegen", "plugins", "rules")}
    found = {
        ".".join([package, *init.parent.relative_to(ROOT / folder).parts])
        for folder, package in homes.items()
        for init in (ROOT / folder).rglob("__init__.py")
    }
    assert found == set(settings["packages"])


MEASURE_IMPORT = """
import sys, time, torch
before = set(sys.modules)
start = time.process_time()  # what a busy machine does beside it does not count
import oplift
print(time.process_time() - start, *sorted(set(sys.modules) - before))
"""


def test_import_is_cheap_and_reads_no_yaml(tmp_path: Path) -> None:
    cached = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path)}  # as a user's is
    runs = [
        subprocess.run(
            [sys.executable, "-c", MEASURE_IMPORT], check=True, capture_output=True, text=True, env=cached
        ).stdout.split()
        for _ in range(4)
    ]
    assert min(float(seconds) for seconds, *_ in runs) <= 0.150
    loaded = {module.partition(".")[0] for _, *modules in runs for module in modules}
    assert not loaded & {"yaml", "jinja2", "typer", "rich", "matplotlib", "sklearn"}
    generated = [module for _, *modules in runs for module in modules if module.startswith("oplift.rules.generated.")]
    assert set(generated) <= {"oplift.rules.generated.index"}, "families of rules load at first use"
