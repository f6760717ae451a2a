"""The command `oplift`."""

import importlib.util
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

import oplift as ol
from oplift import cli
from oplift.cli import app
from oplift.origin import entry_of, spec_entry
from oplift.rule import operator

ROOT = Path(__file__).parent.parent
COMMANDS = ("check", "demo", "generate", "new", "plugins", "schema", "show")


def oplift(*args: object) -> Result:
    return CliRunner().invoke(
        app, [str(arg) for arg in args], catch_exceptions=False, env={"COLUMNS": "200", "NO_COLOR": "1"}
    )


@torch.library.custom_op("test_cli::cube", mutates_args=())
def cube(x: torch.Tensor) -> torch.Tensor:
    return x**3


@torch.library.custom_op("test_cli::rows", mutates_args=())
def rows(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    if min(x.dim(), y.dim()) < 2:
        raise ValueError("matrices, or batches of them")
    return x @ y.mT


@torch.library.custom_op("test_cli::along", mutates_args=())
def along(x: torch.Tensor, index: torch.Tensor, dim: int) -> torch.Tensor:
    return x.softmax(dim) + 0 * index.sum()


@torch.library.custom_op("test_cli::whole", mutates_args=())
def whole(x: torch.Tensor) -> torch.Tensor:
    if x.dim() != 2:
        raise ValueError("a matrix, nothing else")
    return x.sum().clone()


@torch.library.custom_op("test_cli::bump_", mutates_args=("x",))
def bump_(x: torch.Tensor) -> None:
    x += 1


# ---------------------------------------------------------------- the command itself
def test_help_names_every_command() -> None:
    result = oplift("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert command in result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_that_says_more_than_its_name(command: str) -> None:
    result = oplift(command, "--help")
    assert result.exit_code == 0
    assert len(result.output.split()) > 20


def test_version() -> None:
    result = oplift("--version")
    assert result.exit_code == 0
    assert re.fullmatch(
        rf"oplift {re.escape(ol.__version__)} \(torch {re.escape(torch.__version__)}, Python [\d.]+\)\n", result.output
    )


def test_a_command_of_another_package_that_breaks_says_so_and_breaks_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("broken", "no_such_package.module:main", "oplift.commands")
    monkeypatch.setattr(cli, "entry_points", lambda group: [broken])
    application = cli._application()
    result = CliRunner().invoke(application, ["broken"])
    assert result.exit_code == 1
    assert "oplift broken" in result.output and "No module named 'no_such_package'" in result.output
    assert CliRunner().invoke(application, ["--help"]).exit_code == 0


@pytest.mark.parametrize("args", [["show", "aten::sin", "--no-cost"], ["schema"]], ids=" ".join)
def test_a_process_of_its_own(args: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "oplift.cli", *args], capture_output=True, text=True, check=True)
    assert done.stdout and not done.stderr


# ---------------------------------------------------------------- show
def test_show_prints_the_spec_and_the_rules_as_they_run() -> None:
    result = oplift("show", "aten::sin", "--no-cost")
    assert result.exit_code == 0
    texts = ["aten::sin(Tensor self) -> Tensor", "pointwise.yaml:", "partials: {self: cos(self)}"]
    texts += ["def sin_batch", "def sin_jvp", "def sin_vjp", "generated/pointwise.py:", "grad, vjp, jacrev"]
    for text in texts:
        assert text in result.output


def test_show_measures_what_it_costs() -> None:
    result = oplift("show", "aten::sin")
    assert result.exit_code == 0
    measured = result.output.partition("microseconds a call")[2]
    for row in ("plain torch", "vmap over 8 examples", "vjp", "jvp", "vmap of vjp"):
        (line,) = [
            line for line in measured.splitlines() if line.startswith(row) and "of vjp" not in line.removeprefix(row)
        ]
        ours, theirs = map(float, line.split()[-2:])
        assert 0 < ours < 1e6 and 0 < theirs < 1e6


def test_show_says_of_rules_by_hand_where_they_are() -> None:
    result = oplift("show", "aten::nonzero", "--no-cost")
    assert "indexing.yaml:" in result.output and "by hand: rules/indexing.py:" in result.output
    assert "derivative: none" in result.output


def test_show_an_operator_that_nothing_declares() -> None:
    result = oplift("show", "test_cli::whole", "--no-cost")
    assert result.exit_code == 0
    assert "no file of specs declares it" in result.output


def test_show_the_rules_of_a_file(tmp_path: Path) -> None:
    spec = tmp_path / "rows.yaml"
    spec.write_text(
        "# rows\n- op: test_cli::rows\n  schema: (Tensor x, Tensor y) -> Tensor\n"
        "  batch: {kind: leading, core: {x: 2, y: 2}}\n  multilinear: {x: grad @ y, y: grad.mT @ x}\n"
    )
    result = oplift("show", "test_cli::rows", "--spec", spec, "--no-cost")
    assert f"{spec}:2" in result.output.replace("\n", "") and "def rows_vjp" in result.output


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("aten::sinn", "did you mean 'aten::sin'?"),
        ("sin", "PyTorch's own operators are written aten::sin"),
        ("nolib::op", "--import"),
        ("aten::mul.Tensr", "no such overload"),
    ],
)
def test_show_refuses_what_is_no_operator(name: str, says: str) -> None:
    result = oplift("show", name)
    assert result.exit_code == 2
    assert name in result.output and says in re.sub(r"[│\s]+", " ", result.output)


ENTRIES = """\
# op: aten::sin is in a comment
- helpers: [math]
- {op: aten::sin, batch: pointwise,
   partials: {self: cos(self)}}
- op: aten::sin.out  # another overload
  batch: pointwise

# about cos
- batch: pointwise
  op: "aten::cos.default"
  derivative: zero
"""


@pytest.mark.parametrize(
    ("op", "line", "first", "last"),
    [
        ("aten::sin", 3, "- {op: aten::sin,", "partials: {self: cos(self)}}"),
        ("aten::sin.out", 5, "- op: aten::sin.out", "batch: pointwise"),
        ("aten::cos", 9, "- batch: pointwise", "derivative: zero"),
    ],
)
def test_an_entry_is_found_with_its_line(tmp_path: Path, op: str, line: int, first: str, last: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(ENTRIES)
    entry = spec_entry(path, op)
    assert entry is not None and entry.line == line
    assert entry.text.startswith(first) and entry.text.endswith(last)


def test_an_entry_that_is_not_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(ENTRIES)
    assert spec_entry(path, "aten::si") is None


@pytest.mark.parametrize(
    "name", ["aten::sin", "aten::mul.Tensor", "aten::nonzero", "aten::ceil", "aten::max_pool2d_with_indices"]
)
def test_shipped_operators_have_an_entry(name: str) -> None:
    entry = entry_of(operator(name))
    assert entry is not None and name in entry.text.splitlines()[0] and entry.path.parent == ROOT / "rules"


# ---------------------------------------------------------------- check
def spec_of_cube(folder: Path, partial: str, more: str = "") -> Path:
    spec = folder / "cube.yaml"
    schema = "schema: (Tensor x) -> Tensor"
    spec.write_text(f"- op: test_cli::cube\n  {schema}\n  batch: pointwise\n  partials: {{x: {partial}}}\n{more}")
    return spec


@pytest.mark.parametrize(
    ("partial", "code", "says"),
    [
        ("3 * x * x", 0, "1 operator right"),
        ("3.003 * x * x", 1, "looks off by a constant factor 1.001"),
        ("no_such(x)", 1, "cube.yaml:4 S051"),
        ("not_implemented", 0, "right but for what is not_implemented: x"),
        ("select(x, 99, 0)", 1, "raised in cube_jvp"),
    ],
)
def test_check_tells_right_from_wrong(tmp_path: Path, partial: str, code: int, says: str) -> None:
    result = oplift("check", spec_of_cube(tmp_path, f"'{partial}'"))
    assert result.exit_code == code, result.output
    assert says in result.output


def test_check_leaves_no_rules_behind(tmp_path: Path) -> None:
    before = operator("test_cli::cube").rules
    assert oplift("check", spec_of_cube(tmp_path, "3 * x * x"), "-n", 1).exit_code == 0
    assert operator("test_cli::cube").rules is before


def test_check_shows_the_entry_that_is_wrong_and_all_with_verbose(tmp_path: Path) -> None:
    wrong = oplift("check", spec_of_cube(tmp_path, "x"), "-n", 2)
    assert "partials: {x: x}" in wrong.output and "1 of 1 operator not right" in wrong.output
    assert "partials" not in oplift("check", spec_of_cube(tmp_path, "3 * x * x"), "-n", 2).output
    assert "partials" in oplift("check", spec_of_cube(tmp_path, "3 * x * x"), "-n", 2, "-v").output


def test_check_one_operator_of_a_file(tmp_path: Path) -> None:
    more = (
        "- op: test_cli::whole\n  schema: (Tensor x) -> Tensor\n  batch: loop\n  linear: {x: 'grad.expand(shape(x))'}\n"
    )
    spec = spec_of_cube(tmp_path, "x", more)
    assert oplift("check", spec, "--op", "test_cli::whole", "-n", 2).exit_code == 0
    refused = oplift("check", spec, "--op", "test_cli::hole")
    assert refused.exit_code == 2 and "test_cli::cube" in refused.output


def test_check_an_operator_without_a_sample_says_what_to_write(tmp_path: Path) -> None:
    @torch.library.custom_op("test_cli::picky", mutates_args=())
    def picky(x: torch.Tensor) -> torch.Tensor:
        raise ValueError("never")

    spec = tmp_path / "picky.yaml"
    spec.write_text("- op: test_cli::picky\n  schema: (Tensor x) -> Tensor\n  batch: pointwise\n  derivative: zero\n")
    result = oplift("check", spec)
    assert result.exit_code == 1
    assert "test: {samples:" in result.output


@pytest.mark.parametrize(
    ("imports", "code", "says"),
    [
        ("no_such_module", 2, "no module named 'no_such_module'"),
        ("module.py", 2, "without '.py': module"),
        ("kernels.so", 2, "no shared library kernels.so"),
        ("breaks", 1, "ZeroDivisionError: division by zero"),
    ],
)
def test_what_cannot_be_imported_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, imports: str, code: int, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "breaks.py").write_text("1 / 0\n")
    result = oplift("check", spec_of_cube(tmp_path, "x"), "--import", imports)
    assert result.exit_code == code
    assert says in re.sub(r"[│\s]+", " ", result.output)


def test_an_operator_that_is_not_imported_is_said(tmp_path: Path) -> None:
    spec = tmp_path / "x.yaml"
    spec.write_text("- op: nolib::op\n  schema: (Tensor x) -> Tensor\n  batch: pointwise\n  derivative: zero\n")
    result = oplift("check", spec)
    assert result.exit_code == 1 and "nolib::op" in result.output and "--import" in result.output


# ---------------------------------------------------------------- generate
def test_generate_writes_a_module(tmp_path: Path) -> None:
    spec, module = spec_of_cube(tmp_path, "3 * x * x"), tmp_path / "rules.py"
    assert oplift("generate", spec, "-o", module).exit_code == 0
    assert oplift("generate", spec).output == module.read_text()
    scope: dict[str, object] = {}
    exec(module.read_text(), scope)
    assert "test_cli::cube" in scope["RULES"]


def test_generate_refuses_with_file_and_line(tmp_path: Path) -> None:
    result = oplift("generate", spec_of_cube(tmp_path, "y"))
    assert result.exit_code == 1 and "cube.yaml:4 S051" in result.output


def test_generate_says_where_it_cannot_write(tmp_path: Path) -> None:
    result = oplift("generate", spec_of_cube(tmp_path, "x"), "-o", tmp_path / "nowhere" / "rules.py")
    assert result.exit_code == 1 and "cannot be written" in result.output


# ---------------------------------------------------------------- new
def new(folder: Path, op: str) -> tuple[str, str]:
    spec = folder / f"{op.partition('::')[2]}.yaml"
    result = oplift("new", op, "-o", spec)
    assert result.exit_code == 0, result.output
    return spec.read_text(), (folder / f"test_{spec.stem}.py").read_text()


@pytest.mark.parametrize(
    ("op", "batch", "form"),
    [
        ("test_cli::cube", "pointwise", "partials"),
        ("test_cli::rows", "{kind: leading, core: {x: 2, y: 2}}", "multilinear"),
        ("test_cli::whole", "loop", "linear"),
    ],
)
def test_new_guesses_what_a_loop_confirms(tmp_path: Path, op: str, batch: str, form: str) -> None:
    spec, test = new(tmp_path, op)
    assert f"\n  batch: {batch}\n" in spec and f"\n  {form}:\n    x: not_implemented\n" in spec
    assert "GUESSED" in spec
    assert f'oplift_op("{op}", spec="' in test


@torch.library.custom_op("test_cli::glue", mutates_args=())
def glue(xs: Sequence[torch.Tensor], scale: float) -> torch.Tensor:
    return torch.stack(list(xs)).sum(0) * scale


@torch.library.custom_op("test_cli::best", mutates_args=())
def best(x: torch.Tensor, index: torch.Tensor, mode: str = "plain: x") -> tuple[torch.Tensor, torch.Tensor]:
    if not x.dim() or index.is_floating_point():
        raise KeyError("not what I take")
    return x.sort(-1).values, x.argmax(-1)


@torch.library.custom_op("test_cli::draw", mutates_args=(), tags=(torch.Tag.nondeterministic_seeded,))
def draw(x: torch.Tensor) -> torch.Tensor:
    return torch.rand_like(x)


@torch.library.custom_op("test_cli::elsewhere", mutates_args=(), device_types="cuda")
def elsewhere(xs: Sequence[torch.Tensor]) -> torch.Tensor:
    return xs[0].clone()


@torch.library.custom_op("test_cli::positive", mutates_args=())
def positive(x: torch.Tensor) -> torch.Tensor:
    return x > 0


@pytest.mark.parametrize(
    ("op", "lines"),
    [
        ("glue", ["batch: loop", "linear:"]),
        ("best", ["outputs: {result1: nondiff}", "vjp:", "schema: '(Tensor x, Tensor index, str mode=\"plain: x\") -> (Tensor, Tensor)'"]),
        ("draw", ["batch: random"]),
        ("elsewhere", ["batch: loop", "vjp:", "# GUESSED from the signature alone"]),
        ("positive", ["batch: pointwise", "derivative: none"]),
    ],
)  # fmt: skip
def test_new_writes_a_spec_that_is_accepted_for_operators_of_any_sort(
    tmp_path: Path, op: str, lines: list[str]
) -> None:
    spec, _ = new(tmp_path, f"test_cli::{op}")
    for line in lines:
        assert f"\n  {line}" in spec, spec
    result = oplift("check", tmp_path / f"{op}.yaml", "-n", 3)
    assert "refused" not in result.output and result.exit_code == (op == "elsewhere"), result.output


def test_new_finds_dimensions_by_their_name(tmp_path: Path) -> None:
    spec, _ = new(tmp_path, "test_cli::along")
    assert "kind: dims, dims: {dim: {of: x" in spec


def test_what_new_writes_passes_as_it_is(tmp_path: Path) -> None:
    new(tmp_path, "test_cli::rows")
    result = oplift("check", tmp_path / "rows.yaml", "-n", 3)
    assert result.exit_code == 0 and "right but for what is not_implemented: x, y" in result.output


@pytest.mark.parametrize("there", ["cube.yaml", "test_cube.py"])
def test_new_overwrites_nothing(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    result = oplift("new", "test_cli::cube", "-o", tmp_path / "cube.yaml")
    assert result.exit_code == 1 and "nothing is overwritten" in result.output
    assert [path.name for path in tmp_path.iterdir()] == [there] and (tmp_path / there).read_text() == "mine"


@pytest.mark.parametrize(
    ("op", "says"),
    [("test_cli::cub", "did you mean 'test_cli::cube'?"), ("test_cli::bump_", "writes to its arguments")],
)
def test_new_refuses(tmp_path: Path, op: str, says: str) -> None:
    result = oplift("new", op, "-o", tmp_path / "x.yaml")
    assert result.exit_code == 2 and says in re.sub(r"[│\s]+", " ", result.output)
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------- plugins
def test_plugins_lists_what_is_installed() -> None:
    result = oplift("plugins")
    assert result.exit_code == 0
    assert "oplift-modules" in result.output and "loaded" in result.output


def test_a_broken_plugin_is_listed_with_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    from oplift import plugin

    broken = plugin.PluginInfo(
        "theirs", "1.2", "their-package", "broken", "ops.yaml:3 S002 their::op: no such operator"
    )
    blocked = plugin.PluginInfo("other", status="blocked", cause="OPLIFT_BLOCK_PLUGINS names it")
    monkeypatch.setattr(plugin, "plugins", lambda: [broken, blocked])
    result = oplift("plugins")
    assert result.exit_code == 1
    for text in ("theirs", "their-package", "1.2", "ops.yaml:3 S002 their::op", "OPLIFT_BLOCK_PLUGINS names it"):
        assert text in result.output


# ---------------------------------------------------------------- from nothing
LIBRARY = """
import torch


@torch.library.custom_op("fromnothing::soft", mutates_args=())
def soft(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(__import__("numpy").log1p(__import__("numpy").exp(x.numpy() / t.numpy())) * t.numpy())
"""
FORMULAS = {"x": "sigmoid(x / t)", "t": "(result - x * sigmoid(x / t)) / t"}
PROGRAM = """
import soft_kernel, oplift, torch
from torch.testing import assert_close
oplift.load_specs("soft.yaml")
torch.manual_seed(0)
plain = lambda x, t: t * torch.nn.functional.softplus(x / t)
ours, true = (lambda x, t: f(x, t).pow(2).sum() for f in (torch.ops.fromnothing.soft, plain))
x, t = torch.randn(4, 3, dtype=torch.float64), torch.tensor(0.7, dtype=torch.float64)
assert_close(oplift.vmap(torch.ops.fromnothing.soft, in_dims=(0, None))(x, t), plain(x, t))
assert_close(oplift.grad(ours, (0, 1))(x, t), torch.func.grad(true, (0, 1))(x, t))
assert_close(oplift.jvp(ours, (x, t), (x, t)), torch.func.jvp(true, (x, t), (x, t)))
assert_close(oplift.hessian(ours)(x, t), torch.func.hessian(true)(x, t))
hessians = oplift.vmap(oplift.hessian(ours), in_dims=(0, None))(x, t)
assert_close(hessians, torch.stack([torch.func.hessian(true)(row, t) for row in x]))
print("all right")
"""


def test_from_nothing_to_a_checked_operator_in_ten_lines_of_yaml(tmp_path: Path) -> None:
    """`oplift new`, the formulas, `oplift check`, pytest, and every transform; the rules need no Python."""

    def run(*command: str) -> str:
        done = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    (tmp_path / "soft_kernel.py").write_text(LIBRARY)
    domain = "  test: {domain: {t: positive}}\n"
    run("-m", "oplift.cli", "new", "fromnothing::soft", "--import", "soft_kernel")
    spec = tmp_path / "soft.yaml"
    text = spec.read_text()
    for name, formula in FORMULAS.items():
        assert f"    {name}: not_implemented\n" in text
        text = text.replace(f"    {name}: not_implemented\n", f"    {name}: {formula}\n")
    spec.write_text(text + domain)
    assert (
        len([line for line in spec.read_text().splitlines() if line.strip() and not line.strip().startswith("#")]) <= 10
    )
    assert "1 operator right" in run("-m", "oplift.cli", "check", "soft.yaml", "--import", "soft_kernel")
    assert "passed" in run("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_soft.py")
    assert "all right" in run("-c", PROGRAM)


def test_typer_is_told_of_bad_parameters_only() -> None:
    """Its other exceptions are not caught by all its versions, and would be shown with a traceback."""
    sources = [path for folder in ("core", "codegen", "examples") for path in (ROOT / folder).rglob("*.py")]
    assert not [path for path in sources if "typer.TyperException" in path.read_text()]


def test_the_demo_says_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    result = oplift("demo")
    assert result.exit_code == 1 and "pip install 'oplift[demo]'" in result.output
