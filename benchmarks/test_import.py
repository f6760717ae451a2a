"""How long `import oplift` takes, beside `import torch` which it contains."""

import subprocess
import sys

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

MODULES = ["torch", "oplift"]


@pytest.mark.parametrize("module", MODULES)
def test_import(benchmark: BenchmarkFixture, module: str) -> None:
    if not benchmark.enabled:
        pytest.skip("tests/test_house.py keeps the import light")
    benchmark.group = "import"
    benchmark.extra_info.update(page="import", library=module, device="cpu")
    benchmark.pedantic(subprocess.run, ([sys.executable, "-c", f"import {module}"],), {"check": True}, rounds=5)
