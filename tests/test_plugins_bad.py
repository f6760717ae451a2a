"""Bad plugins: one clear message with file and line, and nothing changes."""

from __future__ import annotations

import linecache
import os
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

import oplift
import oplift.codegen
from oplift import op, plugin, registry
from oplift.functions import TABLE
from oplift.plugin import PluginError, PluginWarning
from oplift.tracer import Tracer

from .plugin_cases import FILES, PLUGINS, SPECS, files, made, raising

oplift.plugin.plugins()  # what is installed is found before the first comparison


def state() -> dict[str, Any]:
    """Everything that a plugin could change."""
    return {
        "sources": registry.snapshot(),
        "operators": {name: found.rules for name, found in op._OPS.items() if found.rules is not None},
        "plugins": oplift.plugin.plugins(),
        "transforms": oplift.plugin.transforms(),
        "backends": oplift.plugin.compile_backends(),
        "hooks": set(oplift.plugin._MANAGER.get_plugins()),
        "functions": (len(TABLE), sorted(vars(Tracer))),
        "modules": {name for name in sys.modules if not name.startswith(("oplift.rules", "torch"))},
        "lines": {name for name in linecache.cache if name.startswith("<")},
        "process": (
            {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"},
            os.getcwd(),
            list(sys.path),
            list(warnings.filters),
            threading.active_count(),
        ),
        "torch": (torch.get_default_dtype(), torch.get_default_device(), torch.is_grad_enabled()),
    }


@pytest.fixture
def unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory of its own; afterwards everything is as before, and no file was made."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    before = state()
    yield tmp_path
    if any(info.name == "bad" for info in plugin.plugins()):
        plugin.unregister("bad")  # one mistake fails one test
    after = state()
    for key, value in before.items():
        assert after[key] == value, key
    assert not (tmp_path / "canary").exists()


def test_there_are_enough_cases() -> None:
    assert len(SPECS) + len(PLUGINS) > 100


@pytest.mark.parametrize("case", SPECS)
def test_spec(case: str, unchanged: Path) -> None:
    text, line, says = SPECS[case]
    path = unchanged / "ops.yaml"
    path.write_text(text)
    with pytest.raises(PluginError) as refused:
        oplift.plugin.register(files("ops.yaml")(unchanged), "bad")
    message = str(refused.value)
    assert re.match(rf"{re.escape(str(path))}:{line}\b.*{says}", message), message
    assert "\n" not in message
    with pytest.raises((oplift.codegen.SpecError, PluginError), match=re.escape(message)):
        oplift.load_specs(path)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_another_encoding(encoding: str, unchanged: Path) -> None:
    path = unchanged / "ops.yaml"
    path.write_bytes("- op: aten::sin\n  # caf\xe9\n".encode(encoding))
    line = 1 if encoding == "utf-16" else 2
    with pytest.raises(PluginError, match=rf"ops\.yaml:{line} S011 the file is not UTF-8 text"):
        oplift.plugin.register(files("ops.yaml")(unchanged), "bad")


def test_a_bomb_is_refused_before_it_goes_off(unchanged: Path) -> None:
    lines = ["- &a0 [x, x]", *(f"- &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40))]
    (unchanged / "ops.yaml").write_text("\n".join(lines))
    with pytest.raises(PluginError, match=r"ops\.yaml:1 S013 anchor '&a0' on a collection"):
        oplift.plugin.register(files("ops.yaml")(unchanged), "bad")


def test_a_file_that_is_none(unchanged: Path) -> None:
    (unchanged / "ops.yaml").mkdir()
    with pytest.raises(PluginError, match=r"ops\.yaml:1 S010 cannot be read: it is no regular file"):
        oplift.plugin.register(files("ops.yaml")(unchanged), "bad")
    (unchanged / "ops.yaml").rmdir()
    os.mkfifo(unchanged / "ops.yaml")  # whoever reads it waits for ever
    with pytest.raises(PluginError, match=r"ops\.yaml:1 S010 cannot be read: it is no regular file"):
        oplift.load_specs(unchanged / "ops.yaml") if False else oplift.plugin.register(
            files("ops.yaml")(unchanged), "bad"
        )


def test_a_path_that_would_be_code(unchanged: Path) -> None:
    name = 'x""";print(1);"""y.yaml'
    (unchanged / name).write_text(FILES["good.yaml"])
    with pytest.raises(PluginError, match="a path with quotes or signs that do not print"):
        oplift.plugin.register(files(name)(unchanged), "bad")


@pytest.mark.parametrize("case", PLUGINS)
def test_plugin(case: str, unchanged: Path) -> None:
    bad, says = PLUGINS[case]
    given = bad(unchanged) if callable(bad) and not isinstance(bad, type) else bad  # a function of the folder
    with pytest.raises(PluginError) as refused:
        oplift.plugin.register(given, "bad")
    message = str(refused.value)
    assert re.search(says, message), message
    assert "\n" not in message


def test_good_parts_of_a_bad_plugin_are_not_taken_in(unchanged: Path) -> None:
    bad = made(
        oplift_op_specs=lambda: [unchanged / "good.yaml"],
        oplift_transforms=lambda: {"good": raising},
        oplift_compile_backends=lambda: {"bad": 1},
    )
    with pytest.raises(PluginError, match="'bad' must be a function"):
        oplift.plugin.register(bad, "bad")


# ---------------------------------------------------------------- installed plugins


def installed(monkeypatch: pytest.MonkeyPatch, **points: str) -> None:
    """Let these entry points be the ones that are found: name -> value."""
    dist = SimpleNamespace(name="badlib", version="1.2.3")
    found = [EntryPoint(name, value, "oplift")._for(dist) for name, value in points.items()]  # type: ignore[attr-defined]
    monkeypatch.setattr(plugin, "entry_points", lambda group: found)


@pytest.fixture
def infos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "_INFOS", dict(plugin._INFOS))


IMPORTS = {
    "raises": ("raise ValueError('at import')", r"raises\.py:1: importing raises raised ValueError: at import"),
    "exits": ("import sys\nsys.exit(3)", r"exits\.py:2: importing exits raised SystemExit: 3"),
    "syntax": ("x = 1\ny = (", r"syntax\.py:2: importing syntax raised SyntaxError"),
    "needs": ("import no_such_library", r"needs\.py:1: importing needs raised ModuleNotFoundError"),
    "nothing": ("x = 1", r"nothing\.py:1: no function is marked"),
}


@pytest.mark.parametrize("case", IMPORTS)
@pytest.mark.usefixtures("infos")
def test_a_broken_plugin_is_reported_and_the_rest_goes_on(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, says = IMPORTS[case]
    (tmp_path / f"{case}.py").write_text(text)
    (tmp_path / "fine_plugin.py").write_text(
        "from oplift.plugin import hookimpl\n\n@hookimpl\ndef oplift_transforms():\n    return {'fine': print}\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(sys.modules, "fine_plugin", ModuleType("unset"))
    del sys.modules["fine_plugin"]
    installed(monkeypatch, **{case: case, "z-fine": "fine_plugin"})
    with pytest.warns(PluginWarning, match=rf"plugin {case} \(badlib 1\.2\.3\) is left out: .*{says}") as caught:
        plugin.discover_installed()
    assert len(caught) == 1
    found = {info.name: info for info in oplift.plugin.plugins()}
    assert (found[case].status, found[case].distribution, found[case].version) == ("broken", "badlib", "1.2.3")
    assert re.search(says, found[case].cause or "")
    assert (found["z-fine"].status, found["z-fine"].transforms) == ("loaded", ("fine",))
    assert oplift.transforms.fine is print
    oplift.plugin.unregister("z-fine")
    sys.modules.pop(case, None)


@pytest.mark.usefixtures("infos")
def test_two_installed_plugins_of_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, **{"oplift-sparsity": "oplift.plugins.sparsity"})
    with pytest.warns(PluginWarning, match="a plugin called 'oplift-sparsity' is there already"):
        plugin.discover_installed()
    found = [(info.name, info.distribution, info.status) for info in plugin.plugins() if info.name == "oplift-sparsity"]
    assert found == [("oplift-sparsity", "oplift", "loaded"), ("oplift-sparsity", "badlib", "broken")]


# ---------------------------------------------------------------- strategies


class Odd(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (3, oplift.plugin.Unserved, "submodule '1' \\(Odd\\) .*: a plugin answered with int"),
        (ValueError("no"), ValueError, "^no$"),
    ],
)
def test_a_bad_answer_for_a_module(answer: Any, error: type[Exception], says: str) -> None:
    def oplift_functionalize_module(module: nn.Module) -> Any:
        if isinstance(module, Odd):
            if isinstance(answer, Exception):
                raise answer
            return answer
        return None

    oplift.plugin.register(made(oplift_functionalize_module=oplift_functionalize_module), "odd")
    try:
        net = nn.Sequential(nn.Linear(2, 2), Odd())
        with pytest.raises(error, match=says):
            oplift.make_functional(net)
        assert all(isinstance(p, nn.Parameter) for p in net.parameters())
    finally:
        oplift.plugin.unregister("odd")
