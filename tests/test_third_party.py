"""examples/third_party is built into a fresh environment, as its users would, and its own tests run there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from oplift.testing.parts import PARTS

SOURCE = Path(__file__).parent.parent / "examples" / "third_party"
#: How the fresh environment sees what is installed here, editable installs too; nothing is fetched.
SEES = "import site; site.addsitedir({!r})\n"


def run(command: list[str | Path], folder: Path, **environment: str) -> str:
    """The output of a command; what it printed is shown where it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1", "NO_COLOR": "1", "COLUMNS": "200"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


def fresh_environment(folder: Path) -> Path:
    """A virtual environment of its own; returns its folder of scripts."""
    run([sys.executable, "-m", "venv", "--without-pip", folder], folder.parent)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    own = run([scripts / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder).strip()
    here = [path for path in sys.path if path.endswith("site-packages")]
    Path(own, "here.pth").write_text("".join(map(SEES.format, here)))
    return scripts


@pytest.mark.timeout(1500)  # a compiler and six processes, on a machine that may be busy
@pytest.mark.skipif(shutil.which("c++") is None and os.name != "nt", reason="needs a C++ compiler")
def test_a_third_party(tmp_path: Path) -> None:
    """One test, so that the kernel is compiled once, however many processes the tests run in."""
    package = shutil.copytree(
        SOURCE, tmp_path / "rbfkit", ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    )
    scripts = fresh_environment(tmp_path / "environment")
    python = scripts / "python"
    install = ["install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", package]
    run([sys.executable, "-m", "pip", "--python", python, *install], tmp_path)

    tested = run([python, "-m", "pytest", "-v", "-p", "no:cacheprovider"], package)
    for part in PARTS:
        assert f"[rbfkit::gaussian-{part}-float64] PASSED" in tested
    for name in ("vmap", "grad", "jvp", "hessian", "vmap_of_hessian"):
        assert f"::test_{name} PASSED" in tested

    assert_the_command_knows_it(python, tmp_path)


def assert_the_command_knows_it(python: Path, folder: Path) -> None:
    oplift = [python, "-m", "oplift.cli"]
    listed = run([*oplift, "plugins"], folder)
    assert "rbfkit" in listed and "rbfkit::gaussian" in listed and "module strategies" in listed
    shown = run([*oplift, "show", "rbfkit::gaussian"], folder)
    for text in ("gaussian.yaml:", "def gaussian_jvp", "microseconds a call"):
        assert text in shown
    spec = run([python, "-c", "import rbfkit, pathlib; print(pathlib.Path(rbfkit.__file__).parent)"], folder).strip()
    assert "1 operator right" in run([*oplift, "check", Path(spec, "gaussian.yaml")], folder)
