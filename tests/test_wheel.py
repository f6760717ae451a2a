"""A wheel holds everything, and works where there is no checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOMES = {
    "core": "oplift",
    "codegen": "oplift/codegen",
    "examples/digits": "oplift/demo",
    "plugins": "oplift/plugins",
    "rules": "oplift/rules",
}
PROGRAM = """
import torch, oplift
assert "site" in oplift.__file__
x = torch.randn(4, 3)
torch.testing.assert_close(oplift.vmap(oplift.grad(lambda x: x.sin().sum()))(x), x.cos())
import oplift.demo.operator  # loads a spec, so that the generator and its templates must be there
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of the sources, unpacked."""
    scratch = tmp_path_factory.mktemp("wheel")
    source, site = scratch / "source", scratch / "site"
    for folder in HOMES:
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE", "pytest_oplift.py"):
        shutil.copy(ROOT / file, source)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(scratch), str(source)], check=True, capture_output=True)
    zipfile.ZipFile(next(scratch.glob("*.whl"))).extractall(site)
    return site


def test_the_wheel_holds_every_file(site: Path) -> None:
    kinds = {".py", ".yaml", ".json", ".j2"}
    wanted = {
        Path(package, file.relative_to(ROOT / folder))
        for folder, package in HOMES.items()
        for file in (ROOT / folder).rglob("*")
        if file.suffix in kinds
    }
    found = {file.relative_to(site) for file in site.rglob("*") if file.suffix in kinds}
    assert wanted - found == set()
    assert (site / "pytest_oplift.py").is_file()


def test_the_wheel_works_without_a_checkout(site: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(site)}
    subprocess.run([sys.executable, "-W", "error", "-c", PROGRAM], cwd=tmp_path, env=environment, check=True)
