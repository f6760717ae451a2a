"""From nothing to a package: an operator of your own that works under every transform.

This page is a program; run it with ``python docs/tutorial.py``. The tests run it too, so what it says is true. It begins with
an operator that PyTorch cannot look into, says in nine lines of YAML what it is, puts that to the test, uses it under nested
transforms, and ends with the package in examples/third_party, in which the same operator is C++.
"""

import shlex
import shutil
import tempfile
import tomllib
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.testing import assert_close
from typer.testing import CliRunner

import oplift
from oplift import plugin
from oplift.cli import app

PACKAGE = Path(__file__).parents[1] / "examples" / "third_party"
folder = Path(tempfile.mkdtemp())


def shell(line: str, *, status: int = 0) -> str:
    """What a command of oplift prints in a shell, where `folder` is the current one."""
    words = [str(folder / word) if word.endswith((".yaml", ".py", ".json")) else word for word in shlex.split(line)]
    result = CliRunner().invoke(app, words[1:], env={"COLUMNS": "150"}, catch_exceptions=False)
    assert result.exit_code == status, result.output
    return result.output


# ---------------------------------------------------------------------------------------------------------------------
# 1. An operator. How near is each row of x to each row of y? The kernel is NumPy, to PyTorch a black box: it can neither
#    batch nor differentiate it. Yours may be C++ or Triton; all that oplift wants is that torch.ops has it.


@torch.library.custom_op("tutorial::gaussian", mutates_args=())
def gaussian(x: Tensor, y: Tensor, gamma: float = 1.0) -> Tensor:
    if x.dim() < 2 or (x.dtype, *x.shape[:-2], x.shape[-1]) != (y.dtype, *y.shape[:-2], y.shape[-1]):
        raise ValueError("want x [..., n, d] and y [..., m, d] of one dtype")
    gaps = x.numpy()[..., :, None, :] - y.numpy()[..., None, :, :]
    return torch.from_numpy(-gamma * (gaps**2).sum(-1)).exp()


def plain(x: Tensor, y: Tensor, gamma: float = 1.0) -> Tensor:
    """The same in PyTorch's own operators: the truth for this page."""
    return torch.exp(-gamma * ((x[..., :, None, :] - y[..., None, :, :]) ** 2).sum(-1))


# ---------------------------------------------------------------------------------------------------------------------
# 2. A first spec. `oplift new` asks PyTorch for the signature, and runs the operator on a few samples to find out how it
#    batches: with this kind, it says, vmap agreed with a loop. A guess, for you to confirm: each example is a pair of
#    matrices (core: 2 and 2), further dimensions may lead, and both operands must have them (expand). The derivative is
#    yours. (In your own project, name what defines the operator: `--import mylib`, or `--import build/ops.so`.)

shell("oplift new tutorial::gaussian -o gaussian.yaml")
spec, test = folder / "gaussian.yaml", folder / "test_gaussian.py"
draft = spec.read_text()
assert "  schema: (Tensor x, Tensor y, float gamma=1.) -> Tensor\n" in draft.replace("1.0)", "1.)")
assert "  batch: {kind: leading, core: {x: 2, y: 2}, expand: [x, y]}\n" in draft
assert "    x: not_implemented\n" in draft

# ---------------------------------------------------------------------------------------------------------------------
# 3. The derivative. With r = exp(-gamma |x_i - y_j|^2) the tangent is r * -2 gamma (x_i - y_j) . (x_i' - y_j'), a term for
#    each operand. `result` is the value of the operator, `x_t` the tangent of x; `let` names what terms share. Nothing more is
#    needed: the VJP is the transpose of this, and the rules of all nestings follow.

SPEC = """\
- op: tutorial::gaussian
  schema: (Tensor x, Tensor y, float gamma=1.0) -> Tensor
  batch: {kind: leading, core: {x: 2, y: 2}, expand: [x, y]}
  let:
    slope: -2 * gamma * result
  jvp:
    result:
      x: slope * (sum(x * x_t, -1, True) - x_t @ y.mT)
      y: slope * (sum(y * y_t, -1, True).mT - x @ y_t.mT)
"""

# ---------------------------------------------------------------------------------------------------------------------
# 4. The test. First with a mistake, a factor that was forgotten. `oplift check`
#    compares batching with a loop, the JVP with finite differences, the VJP with the JVP, and second derivatives likewise,
#    in several dtypes, shapes and memory layouts. Its exit status is 1, and it says which operand is wrong, and how.

spec.write_text(SPEC.replace("-2 * gamma", "-gamma"))
said = shell("oplift check gaussian.yaml", status=1)
assert "jvp" in said and "looks off by a constant factor 0.5" in said

spec.write_text(SPEC)
assert "1 operator right" in shell("oplift check gaussian.yaml")

# A formula that cannot be right is refused before anything runs, with file, line, and the nearest right thing.

spec.write_text(SPEC.replace("x_t @ y.mT", "x_tt @ y.mT"))
assert "gaussian.yaml:8 S051" in shell("oplift check gaussian.yaml", status=1)
spec.write_text(SPEC)

# ---------------------------------------------------------------------------------------------------------------------
# 5. Use. A program loads the spec, and the operator is as much at home in the transforms as torch.sin.

oplift.load_specs(spec)


def energy(kernel):
    return lambda x, y: kernel(x, y, 0.7).square().sum()


torch.manual_seed(0)
xs, y = torch.randn(6, 4, 3, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)
ours, true = energy(gaussian), energy(plain)

assert_close(oplift.vmap(gaussian, in_dims=(0, None))(xs, y), plain(xs, y.expand(6, 5, 3)))
assert_close(oplift.grad(ours)(xs[0], y), oplift.grad(true)(xs[0], y))
assert_close(oplift.jvp(ours, (xs[0], y), (xs[1], y)), oplift.jvp(true, (xs[0], y), (xs[1], y)))
assert_close(oplift.hessian(ours)(xs[0], y), oplift.hessian(true)(xs[0], y))
hessians = oplift.vmap(oplift.hessian(ours), in_dims=(0, None))(xs, y)
assert_close(hessians, torch.stack([oplift.hessian(true)(x, y) for x in xs]))

# `oplift show tutorial::gaussian` prints the rules that run, where each comes from, and what it costs.

assert "def gaussian_jvp(tangents, x, y, gamma" in shell("oplift show tutorial::gaussian --no-cost")

# ---------------------------------------------------------------------------------------------------------------------
# 6. In your own test suite. `oplift new` wrote a test as well. The marker makes one of it for each transform and dtype, and
#    the fixture does the checks, so that a failure reads `test_gaussian[tutorial::gaussian-vjp-float32]`.

assert '@pytest.mark.oplift_op("tutorial::gaussian", spec="gaussian.yaml")\n' in test.read_text()
assert "def test_gaussian(oplift_check):\n    oplift_check()\n" in test.read_text()

# ---------------------------------------------------------------------------------------------------------------------
# 7. C++. In examples/third_party the operator is src/rbfkit/kernel.cpp. It registers a name, a signature and a kernel, and
#    knows nothing of transforms; setup.py compiles it with torch.utils.cpp_extension. The spec is the one above.

kernel = (PACKAGE / "src/rbfkit/kernel.cpp").read_text()
assert (
    'TORCH_LIBRARY(rbfkit, library) { library.def("gaussian(Tensor x, Tensor y, float gamma=1.0) -> Tensor"); }'
    in kernel
)
assert 'CppExtension("rbfkit._kernel"' in (PACKAGE / "setup.py").read_text()
assert (PACKAGE / "src/rbfkit/gaussian.yaml").read_text() == SPEC.replace("tutorial::", "rbfkit::")

# ---------------------------------------------------------------------------------------------------------------------
# 8. A plugin. The users of a package should not have to load its specs. An entry point of the group `oplift` names a module,
#    and hooks in it say what the package brings; oplift finds it when it is first needed.

project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
assert project["entry-points"]["oplift"] == {"rbfkit": "rbfkit.plugin"}
told = (PACKAGE / "src/rbfkit/plugin.py").read_text()
assert 'def oplift_op_specs() -> list[Traversable]:\n    return [files("rbfkit") / "gaussian.yaml"]\n' in told

# ---------------------------------------------------------------------------------------------------------------------
# 9. A module with state of its own kind. Its centres are a plain attribute, so `functional_call` does not see them, and
#    nothing can be batched or differentiated over them. A strategy says that they are state. Here the plugin is an object that
#    is registered by hand; in the package it is the module that the entry point names.


class Smoother(nn.Module):
    def __init__(self, centres: Tensor) -> None:
        super().__init__()
        self.centres, self.weights = centres, nn.Parameter(torch.ones(len(centres), dtype=centres.dtype))

    def forward(self, x: Tensor) -> Tensor:
        return gaussian(x, self.centres, 1.0) @ self.weights


class SmootherStrategy(plugin.ModuleStrategy):
    def buffers(self, module):
        return {**super().buffers(module), "centres": module.centres}


class Plugin:
    @plugin.hookimpl
    def oplift_functionalize_module(self, module):
        return SmootherStrategy() if isinstance(module, Smoother) else None


plugin.register(Plugin(), "tutorial")
models = [Smoother(torch.randn(5, 3, dtype=torch.float64)) for _ in range(3)]
params, buffers = oplift.stack_module_state(models)
assert buffers["centres"].shape == (3, 5, 3)
together = oplift.vmap(lambda p, b: oplift.functional_call(models[0], (p, b), (xs[0],)))(params, buffers)
assert_close(together, torch.stack([model(xs[0]) for model in models]))
assert "tutorial" in shell("oplift plugins")
plugin.unregister("tutorial")

# ---------------------------------------------------------------------------------------------------------------------
# 10. Publish it. `pip install .` compiles the kernel, and whoever has the package has the operator under every transform:
#
#         $ pip install --no-build-isolation examples/third_party
#         $ oplift plugins                  # rbfkit 1.0, loaded: rbfkit::gaussian; module strategies
#         $ oplift show rbfkit::gaussian
#         $ pytest examples/third_party     # its own tests, with the marker of section 6
#
#     If a program's start should read no YAML, write the rules ahead: the module is what oplift makes of the spec at load.

shell("oplift generate gaussian.yaml -o gaussian_rules.py")
assert "RULES = {" in (folder / "gaussian_rules.py").read_text()
shutil.rmtree(folder)

if __name__ == "__main__":
    print("every statement of this page holds")
