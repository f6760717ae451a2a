"""Plugins: what they bring works, can be listed, blocked, replaced and taken out again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import oplift
import oplift.codegen
from oplift import plugin
from oplift.hooks import PROJECT
from oplift.op import declared, find_overload, operator
from oplift.plugin import PluginError, Rules
from oplift.registry import Entry, rules_of
from oplift.rule_registry import validated

from .plugin_cases import made

LIBRARY = torch.library.Library("goodplugins", "FRAGMENT")
LIBRARY.define("cube(Tensor x, float scale=1.0) -> Tensor")
LIBRARY.impl("cube", lambda x, scale=1.0: scale * x**3, "CPU")
LIBRARY.define("plain(Tensor x) -> Tensor")
LIBRARY.impl("plain", lambda x: 2 * x, "CPU")
CUBE = """
- op: goodplugins::cube
  schema: (Tensor x, float scale=1.0) -> Tensor
  batch: pointwise
  partials: {x: 3 * scale * x * x}
"""


@pytest.fixture(autouse=True)
def taken_out() -> Iterator[None]:
    """What a test registers is gone after it."""
    before = {info.name for info in plugin.plugins()}
    yield
    for info in plugin.plugins():
        if info.name not in before and info.status == "loaded":
            plugin.unregister(info.name)


def cube(x: torch.Tensor) -> torch.Tensor:
    return torch.ops.goodplugins.cube(x, 2.0)  # type: ignore[no-any-return]


def check_cube() -> None:
    """Put the operator against calculus, under nested transforms of both directions."""
    x = torch.randn(3, 4)
    torch.testing.assert_close(oplift.vmap(oplift.hessian(lambda x: cube(x).sum()))(x), torch.diag_embed(12 * x))
    torch.testing.assert_close(oplift.jvp(cube, (x,), (x,)), (2 * x**3, 6 * x**3))


def specs(*files: Any) -> Any:
    return made(oplift_op_specs=lambda: list(files))


def write(folder: Path, text: str, name: str = "ops.yaml") -> Path:
    (folder / name).write_text(text)
    return folder / name


# ---------------------------------------------------------------- operators


def test_operators_from_yaml(tmp_path: Path) -> None:
    info = plugin.register(specs(write(tmp_path, CUBE)), "cubes")
    assert (info.operators, info.status, info.cause) == (("goodplugins::cube",), "loaded", None)
    check_cube()


def test_operators_from_a_module_that_was_generated_ahead(tmp_path: Path) -> None:
    source = oplift.codegen.generate_file(write(tmp_path, CUBE))
    plugin.register(specs(write(tmp_path, source, "ops.py")), "cubes")
    check_cube()


@pytest.mark.parametrize("ahead", [False, True])
def test_operators_from_a_resource_in_an_archive(ahead: bool, tmp_path: Path) -> None:
    text = oplift.codegen.generate_file(write(tmp_path, CUBE)) if ahead else CUBE
    name = "ops.py" if ahead else "ops.yaml"
    with zipfile.ZipFile(tmp_path / "lib.zip", "w") as archive:
        archive.writestr(f"lib/{name}", text)
    plugin.register(specs(zipfile.Path(tmp_path / "lib.zip", f"lib/{name}")), "cubes")
    check_cube()


def test_rules_in_python() -> None:
    class Cubes:
        @plugin.hookimpl
        def oplift_rules(self, registry: plugin.RuleRegistry) -> None:
            @registry.batch("goodplugins::cube", pointwise=True)
            def cube_batch(size: int, batched: Any, x: torch.Tensor, scale: float = 1.0) -> torch.Tensor:
                return operator("goodplugins::cube")(x, scale)

            @registry.vjp("goodplugins::cube")
            def cube_vjp(needs: Any, x: torch.Tensor, scale: float = 1.0) -> Any:
                return operator("goodplugins::cube")(x, scale), lambda grad: (3 * scale * x * x * grad,)

    plugin.register(Cubes(), "cubes")
    assert operator("goodplugins::cube").pointwise
    check_cube()


def test_a_decomposition_and_a_pseudo_operator() -> None:
    def oplift_rules(registry: plugin.RuleRegistry) -> None:
        registry.decompose("goodplugins::plain")(lambda x: operator("goodplugins::double")(x))
        registry.declare("goodplugins::double", schema="(Tensor x) -> Tensor", fn=lambda x: x + x)
        registry.jvp("goodplugins::double")(lambda tangents, x: (x + x, 2 * tangents[0]))

    plugin.register(made(oplift_rules=oplift_rules), "doubles")
    x = torch.randn(3)
    torch.testing.assert_close(oplift.jvp(torch.ops.goodplugins.plain, (x,), (x,)), (2 * x, 2 * x))
    plugin.unregister("doubles")
    with pytest.raises(oplift.MissingRule, match="goodplugins::double"):
        operator("goodplugins::double")


def test_a_traceback_names_the_entry_and_shows_the_line(tmp_path: Path) -> None:
    path = write(tmp_path, CUBE)
    plugin.register(specs(path), "cubes")
    vjp = operator("goodplugins::cube").vjp
    with pytest.raises(TypeError) as error:
        vjp([True], torch.ones(1), 2.0)[1]("no cotangent")
    text = "".join(traceback.format_exception(error.value))
    assert f'File "<oplift rules of {path}:2>"' in text
    assert "in cube_pullback" in text
    assert "3 * scale * x * x" in text


REACHED = [
    "torch.linalg.vector_norm(x) + x",
    "torch.nn.functional.softplus(x)",
    "torch.special.expit(x)",
    "x * torch.finfo(x.dtype).eps",
    "math.sqrt(2) * x.to(torch.float32)",
    "zeros(x) if x.dtype.is_complex else x.sum() * x",
    "sum([a * x for a in range(3)])",
    "x.size(0) * x.real",
    "inf * x - torch.inf + pi",
]


@pytest.mark.parametrize("formula", REACHED)
def test_what_a_formula_may_reach(formula: str, tmp_path: Path) -> None:
    text = CUBE.replace("{x: 3 * scale * x * x}", f"{{x: '{formula}'}}")
    plugin.register(specs(write(tmp_path, text)), "cubes")
    assert oplift.grad(lambda x: cube(x).sum())(torch.ones(3)).shape == (3,)


# ---------------------------------------------------------------- who wins


def sine(sign: float, **options: Any) -> Any:
    def oplift_rules(registry: plugin.RuleRegistry) -> None:
        registry.jvp("aten::sin", **options)(lambda tangents, x: (x.sin(), sign * tangents[0]))

    return made(oplift_rules=oplift_rules)


def tangent_of_sine() -> float:
    return float(oplift.jvp(torch.sin, (torch.zeros(()),), (torch.ones(()),))[1])


def test_replacing_a_shipped_rule_and_taking_it_back() -> None:
    before = operator("aten::sin").rules
    assert tangent_of_sine() == 1
    plugin.register(sine(-5.0, replace=True), "sine")
    assert tangent_of_sine() == -5
    plugin.unregister("sine")
    assert tangent_of_sine() == 1
    assert operator("aten::sin").rules is before


def test_replacing_a_shipped_rule_by_yaml(tmp_path: Path) -> None:
    text = "- op: aten::sin\n  batch: pointwise\n  partials: {self: 7 * cos(self)}\n  replace: true\n"
    for path in (write(tmp_path, text), tmp_path / "ops.py"):
        if path.suffix == ".py":
            path.write_text(oplift.codegen.generate_file(tmp_path / "ops.yaml"))
        plugin.register(specs(path), "sine")
        assert tangent_of_sine() == 7
        plugin.unregister("sine")
        assert tangent_of_sine() == 1


def test_two_plugins_on_one_operator(tmp_path: Path) -> None:
    first, second = (write(tmp_path, CUBE, f"{name}.yaml") for name in ("first", "second"))
    plugin.register(specs(first), "first")
    with pytest.raises(PluginError) as error:
        plugin.register(specs(second), "second")
    assert str(error.value) == (
        f"{second}:2: goodplugins::cube is declared in {first}:2 (first) already; say `replace: true` where its rules shall "
        "take their place"
    )
    assert [info.name for info in plugin.plugins() if info.name in ("first", "second")] == ["first"]


@pytest.mark.parametrize("order", [["plain", "replacing"], ["replacing", "plain"]])
def test_the_one_that_says_replace_wins_in_any_order(order: list[str], tmp_path: Path) -> None:
    factors = {"plain": CUBE, "replacing": CUBE.replace("3 *", "30 *") + "  replace: true\n"}
    slope = lambda: float(oplift.grad(cube)(torch.ones(())))
    for name in order:
        plugin.register(specs(write(tmp_path, factors[name], f"{name}.yaml")), name)
    assert slope() == 60
    plugin.unregister("replacing")
    assert slope() == 6
    other = write(tmp_path, factors["replacing"], "another.yaml")
    plugin.register(specs(write(tmp_path, factors["replacing"], "replacing.yaml")), "replacing")
    with pytest.raises(PluginError, match="both say that they replace other rules"):
        plugin.register(specs(other), "another")


def test_a_file_that_is_loaded_again_takes_its_own_place(tmp_path: Path) -> None:
    path = write(tmp_path, CUBE)
    try:
        assert oplift.load_specs(path) == ["goodplugins::cube"]
        check_cube()
        write(tmp_path, CUBE.replace("3 *", "30 *"))
        oplift.load_specs(path)
        assert float(oplift.grad(cube)(torch.ones(()))) == 60
        with pytest.raises(PluginError, match=r"other\.yaml:2: goodplugins::cube is declared in .*ops\.yaml:2"):
            oplift.load_specs(write(tmp_path, CUBE, "other.yaml"))
    finally:
        oplift.op.uninstall(str(path))


# ---------------------------------------------------------------- transforms, backends, lists


def test_transforms_and_backends() -> None:
    bad = made(oplift_transforms=lambda: {"twice": twice}, oplift_compile_backends=lambda: {"eager": eager})
    info = plugin.register(bad, "both")
    assert (info.transforms, info.compile_backends) == (("twice",), ("eager",))
    assert oplift.transforms.twice(torch.sin)(torch.ones(())) == torch.ones(()).sin().sin()
    assert "twice" in dir(oplift.transforms)
    assert plugin.compile_backends()["eager"] is eager
    plugin.unregister("both")
    with pytest.raises(AttributeError, match="no plugin brings a transform 'twice'; there are: .*sparsity"):
        oplift.transforms.twice  # noqa: B018
    assert "eager" not in plugin.compile_backends()


def twice(func: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x: func(func(x))


def eager(graph: Any, example_inputs: Any) -> Any:
    return graph


def test_every_hook_says_what_it_is() -> None:
    hooks = vars(oplift.hooks)
    assert {name for name in hooks if name.startswith("oplift_")} == {
        "oplift_op_specs", "oplift_rules", "oplift_functionalize_module", "oplift_transforms", "oplift_compile_backends",
    }  # fmt: skip
    assert all(hook.__doc__ and "\n" in hook.__doc__ for name, hook in hooks.items() if name.startswith("oplift_"))


def test_a_plugin_that_is_not_there() -> None:
    with pytest.raises(PluginError, match="no plugin 'nobody' is loaded; there are: .*oplift-modules"):
        plugin.unregister("nobody")


def test_the_same_plugin_twice() -> None:
    once = made(oplift_transforms=lambda: {"twice": twice})
    plugin.register(once, "once")
    with pytest.raises(PluginError, match="a plugin called 'once' is there already: once"):
        plugin.register(made(oplift_transforms=lambda: {"other": twice}), "once")
    with pytest.raises(PluginError, match="'again' is the same object as plugin 'once'"):
        plugin.register(once, "again")


@pytest.mark.parametrize("name", ["oplift", "two words", "a,b", "1\n2"])
def test_a_name_that_cannot_be(name: str) -> None:
    with pytest.raises(PluginError, match="a plugin cannot be called"):
        plugin.register(made(oplift_transforms=lambda: {"twice": twice}), name)


def test_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "_INFOS", dict(plugin._INFOS))
    monkeypatch.setenv("OPLIFT_BLOCK_PLUGINS", "one, blocked")
    info = plugin.register(made(oplift_transforms=lambda: {"twice": twice}), "blocked")
    assert (info.status, info.cause) == ("blocked", "OPLIFT_BLOCK_PLUGINS names it")
    assert "twice" not in plugin.transforms()
    assert info in plugin.plugins()


def test_rules_as_the_core_hands_them_out() -> None:
    assert isinstance(operator("aten::sin").rules, Rules)
    assert PROJECT == "oplift"


def test_the_readme_of_plugins() -> None:
    text = (Path(__file__).parent.parent / "plugins" / "README.md").read_text()
    for block in text.split("```python\n")[1:]:
        exec(compile(block.partition("```")[0], "plugins/README.md", "exec"), {"__name__": "readme"})


# ---------------------------------------------------------------- installed, for real


PACKAGE = """
import torch
from oplift.plugin import hookimpl

KIND = type(torch.zeros(2))  # a plain tensor, whatever runs when the plugin is imported
LIBRARY = torch.library.Library("thirdlib", "FRAGMENT")
LIBRARY.define("f(Tensor x) -> Tensor")
LIBRARY.impl("f", lambda x: x * x, "CPU")


@hookimpl
def oplift_rules(registry):
    @registry.jvp("thirdlib::f")
    def f_jvp(tangents, x):
        return x * x, 2 * x * tangents[0]
"""
PROGRAM = """
import json, sys, warnings
import torch, oplift
lazy = "pluggy" not in sys.modules
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    oplift.vmap(torch.sin)(torch.ones(2))  # the first operator that is looked up, inside of a transform
found = [(i.name, i.version, i.distribution, i.status) for i in oplift.plugin.plugins() if not i.name.startswith("oplift-")]
kind = sys.modules["thirdlib.plugin"].KIND.__name__ if "thirdlib.plugin" in sys.modules else None
net = torch.nn.Linear(1, 1)
call = oplift.functional_call(net, dict(net.named_parameters()), torch.ones(1)).shape
print(json.dumps([lazy, found, [str(w.message) for w in caught], kind, call]))
"""


def run(folder: Path, **environment: str) -> Any:
    """What PROGRAM prints in a process in which the packages under `folder` are installed."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("OPLIFT_")}
    env = {**inherited, **environment, "PYTHONPATH": os.pathsep.join([str(folder), inherited.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def install(folder: Path, package: str, version: str, text: str) -> None:
    (folder / package).mkdir()
    (folder / package / "__init__.py").write_text("")
    (folder / package / "plugin.py").write_text(text)
    info = folder / f"{package}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[oplift]\n{package}-ops = {package}.plugin\n")


def test_installed_plugins(tmp_path: Path) -> None:
    install(tmp_path, "thirdlib", "2.5", PACKAGE)
    install(tmp_path, "brokenlib", "0.3", "import torch\n\nraise RuntimeError('no luck')\n")
    lazy, found, warned, kind, call = run(tmp_path)
    assert lazy
    assert found == [["brokenlib-ops", "0.3", "brokenlib", "broken"], ["thirdlib-ops", "2.5", "thirdlib", "loaded"]]
    place = tmp_path / "brokenlib" / "plugin.py"
    assert warned == [
        f"plugin brokenlib-ops (brokenlib 0.3) is left out: {place}:3: importing brokenlib.plugin raised RuntimeError: no luck"
    ]
    assert (kind, call) == ("Tensor", [1])

    _, found, warned, kind, _ = run(tmp_path, OPLIFT_BLOCK_PLUGINS="brokenlib-ops,thirdlib-ops")
    assert [status for *_, status in found] == ["blocked", "blocked"]
    assert (warned, kind) == ([], None)

    _, found, warned, kind, call = run(tmp_path, OPLIFT_DISABLE_PLUGIN_AUTOLOAD="1")
    assert (found, warned, kind, call) == ([], [], None, [1])


# ---------------------------------------------------------------- the measure that plugins are put to


def test_oplifts_own_rules_meet_what_is_asked_of_a_plugins() -> None:
    entries = {
        name: Entry(rules, name)
        for name in declared()
        if (rules := rules_of(name)) is not None and (find_overload(name) is not None or rules.fn is not None)
    }
    assert len(entries) > 500
    assert validated(entries) == entries
