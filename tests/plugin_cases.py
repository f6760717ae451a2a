"""Specs and plugins that are refused: each with the line and the text of the one message that it gets."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from oplift.plugin import hookimpl

_LIBRARY = torch.library.Library("badplugins", "FRAGMENT")
for _name in ("f", "twice", "two.names", "two_names", "taken"):
    _LIBRARY.define(f"{_name}(Tensor x, float p=1.0) -> Tensor")
_LIBRARY.define("many(Tensor[] xs, int[] dim) -> (Tensor, Tensor)")
_LIBRARY.define("named(Tensor needs) -> Tensor")
_LIBRARY.define("load(Tensor x) -> Tensor")

F = "- op: badplugins::f\n  schema: (Tensor x, float p=1.0) -> Tensor\n"
POINTWISE = F + "  batch: pointwise\n"
NONE = POINTWISE + "  derivative: none\n"
FORMULA = POINTWISE + "  partials: {x: %s}\n"
DECOMPOSE = F + "  decompose: %s\n"
SUM = "- op: aten::sum.dim_IntList\n  derivative: none\n  batch: {kind: dims, dims: {dim: {of: %s, none: all, empty: all}}}\n"
NOT_ALLOWED = "is not allowed in a formula"


def formula(text: str, says: str = NOT_ALLOWED) -> tuple[str, int, str]:
    """A formula in a case of its own, quoted."""
    return FORMULA % ("'" + text.replace("'", "''") + "'"), 4, says


BOMB = "\n".join(["- &a0 [x, x]", *(f"- &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40))])

#: Name -> (text, line, what the message says).
SPECS: dict[str, tuple[str, int, str]] = {
    # ---- the file
    "tag that runs code": ("- !!python/object/apply:os.system ['true']", 1, "tag '.*' is not allowed"),
    "tag": ("- op: !!str aten::sin", 1, "tag .* is not allowed; specs are plain YAML"),
    "many aliases": ("- &a x\n- [" + "*a, " * 1001 + "]", 2, "more than 1000 aliases"),
    "deep": ("- " + "[" * 200 + "]" * 200, 1, "nested more than 30 levels deep"),
    "huge": ("- op: aten::sin\n" + "# x" * 400_000, 1, "larger than 1 MiB"),
    "control character": ("- op: aten::sin\n  batch: \x07\n", 2, "not YAML"),
    "not YAML": ("- op: [", 2, "not YAML"),
    "two documents": ("- op: aten::sin\n---\n- op: aten::cos", 2, "not YAML"),
    "empty": ("# nothing\n", 1, "the file holds no specs"),
    "a mapping": ("op: aten::sin", 1, "a file of specs is a YAML list"),
    "repeated key": (NONE + "  derivative: zero\n", 5, "key 'derivative' is given twice, first on line 4"),
    "merge key": (NONE + "  <<: x\n", 5, "unknown key '<<'"),
    "key that is a list": (NONE + "  ? [a]\n  : b\n", 5, "a key must be a single word"),
    "version of the language": ("- version: 9\n" + NONE, 1, "an entry is a mapping with the key 'op'"),
    # ---- the operator
    "unknown namespace": ("- op: badplugin::f\n", 1, "no operators in namespace 'badplugin'"),
    "unknown operator": (POINTWISE.replace("::f", "::g").replace("  schema: (Tensor x, float p=1.0) -> Tensor\n", ""), 1, "no such operator"),
    "unknown overload": ("- op: aten::mul.Tensr\n", 1, "has no overload 'Tensr'; did you mean 'Tensor'"),
    "not a name": ("- op: f; import os\n", 1, "an operator is written namespace::name"),
    "no schema": ("- op: badplugins::f\n  batch: pointwise\n  derivative: none", 1, "needs a pin of its signature"),
    "another schema": (NONE.replace("Tensor x", "Tensor y"), 2, "the registered operator is"),
    "schema that does not parse": (NONE.replace("(Tensor x,", "(Tenser x,"), 2, "does not parse"),
    "version of torch": (NONE + "  since: 2\n", 5, "must be a version of torch in quotes"),
    "declared twice": (NONE + NONE, 5, "is declared twice, first in"),
    "names that clash": (
        NONE.replace("::f", "::two.names") + NONE.replace("::f", "::two_names"), 5, "would be called as those of badplugins::two.names"
    ),
    "argument named as a word of rules": (
        "- op: badplugins::named\n  schema: (Tensor needs) -> Tensor\n  batch: pointwise\n  derivative: none", 1, "a word of generated rules"
    ),
    "shipped operator": ("- op: aten::sin\n  batch: pointwise\n  partials: {self: cos(self)}", 1, "say `replace: true`"),
    # ---- keys, kinds and options
    "unknown key": (NONE + "  bach: loop\n", 5, "unknown key 'bach'; did you mean 'batch'"),
    "unknown kind": (F + "  batch: pointwize\n  derivative: none", 3, "unknown kind 'pointwize'; did you mean 'pointwise'"),
    "unknown option": (F + "  batch: {kind: pointwise, dim: 1}\n  derivative: none", 3, "kind 'pointwise' has no option 'dim'"),
    "unknown argument": (POINTWISE + "  partials: {y: x}\n  nondiff: [x]", 4, "the operator has no argument 'y'"),
    "missing partial": (POINTWISE + "  partials: {}\n", 4, "Tensor argument 'x' is not accounted for"),
    "two forms": (NONE + "  partials: {x: x}\n", 1, "more than one derivative form"),
    "no form": (POINTWISE, 1, "has no derivative form"),
    "no batch": (F + "  derivative: none\n", 1, "batch: missing"),
    "replace that is no flag": (NONE + "  replace: maybe\n", 5, "must be true or false"),
    "code in of": (SUM % "'self[__import__(\"os\")]'", 3, "is no argument, nor an element such as"),
    "code in fill": (
        "- op: aten::repeat\n  derivative: none\n  batch: {kind: shape, sizes: {repeats: {of: self, fill: 'print(1)'}}}", 3, "must be a number, 0 or more"
    ),
    "code in out": (
        "- op: aten::max_pool1d\n  derivative: none\n  batch: {kind: fold, at: {self: 0}, out: {result: 'print(1)'}}", 3, "must be the number of a dimension"
    ),
    "code in core": ("- op: aten::mm\n  derivative: none\n  batch: {kind: leading, core: {self: 'open(1)', mat2: 2}}", 3, "name 'open' is not"),
    "let that is a keyword": (NONE + "  let: {class: x}\n", 5, "'class' is no name"),
    "let that is code": (NONE + "  let: {'a = 1; b': x}\n", 5, "'a = 1; b' is no name"),
    "let that hides torch": (NONE + "  let: {torch: x}\n", 5, "'torch' is a word of generated rules"),
    # ---- modules and functions
    "helpers of Python's own": ("- helpers: [os]\n" + NONE, 1, "'os' is Python's own"),
    "helpers of torch": ("- helpers: [torch.hub]\n" + NONE, 1, "torch's functions are called in formulas"),
    "helpers that are no module": ("- helpers: ['os; x']\n" + NONE, 1, "is no module's name"),
    "helpers that are missing": ("- helpers: [oplift.rules.nowhere]\n" + NONE, 1, "no module named 'oplift.rules.nowhere'"),
    "rule of Python's own": (F + "  batch: {kind: python, rule: 'os:system'}\n  derivative: none", 3, "'os' is Python's own"),
    "rule that is a builtin": (POINTWISE + "  vjp: 'builtins:eval'\n", 4, "'builtins' is Python's own"),
    "rule of torch": (POINTWISE + "  vjp: 'torch.serialization:load'\n", 4, "torch's functions are called in formulas"),
    "rule of oplift's machinery": (POINTWISE + "  vjp: 'oplift.codegen.shipped:generate'\n", 4, "only the helpers in oplift.rules"),
    "rule that is a class": (POINTWISE + "  vjp: 'oplift.rules.kinds:Deferred'\n", 4, "is a class, no function"),
    "rule that is no function": (POINTWISE + "  vjp: 'oplift.rules.index:INDEX'\n", 4, "is dict, no function"),
    "rule that is missing": (POINTWISE + "  vjp: 'oplift.rules.formulas:adjj'\n", 4, "has no function 'adjj'; did you mean 'adj'"),
    # ---- formulas that are wrong
    "does not parse": formula("cos(x", "formula does not parse"),
    "out of scope": formula("y * 2", "name 'y' is not an argument"),
    "arity of a helper": formula("sum_to(x)", "missing a required argument: 'shape'"),
    "arity of an operator": (DECOMPOSE % "'select_backward(x, [1], 0, 0, 5)'", 3, "takes 4 arguments, not 5"),
    "keyword of an operator": (DECOMPOSE % "'select_backward(x, [1], 0, idx=0)'", 3, "no such argument 'idx'"),
    "very long": formula("x + " * 2000 + "x", "more than 5000; write a helper"),
    "very deep": formula("-" * 4000 + "x", "nested too deeply"),
    "large number": formula("x + 0x" + "f" * 4500, "formula does not parse"),
    # ---- formulas that reach for what is not theirs
    "import": formula("__import__('os')", "name '__import__' is not"),
    "builtins": formula("__builtins__", "name '__builtins__' is not"),
    "eval": formula("eval('1')", "name 'eval' is not"),
    "open": formula("open('canary', 'w')", "name 'open' is not"),
    "getattr": formula("getattr(x, 'grad')", "name 'getattr' is not"),
    "globals": formula("globals()", "name 'globals' is not"),
    "class": formula("x.__class__"),
    "subclasses": formula("().__class__.__base__.__subclasses__()"),
    "os by way of torch": formula("torch.os.system('touch canary')"),
    "module": formula("cos(torch)", "'torch' is a module"),
    "library": formula("torch.ops.load_library('canary')"),
    "pickle": formula("torch.load('canary')"),
    "pickle for short": formula("save(x, 'canary')"),
    "own operator of a function's name": (
        "- op: badplugins::load\n  schema: (Tensor x) -> Tensor\n  batch: pointwise\n  partials: {x: 'save(x, \"canary\")'}\n", 4, NOT_ALLOWED
    ),
    "file": formula("from_file('canary', True, 10)"),
    "file by its overload": formula("aten.from_file('canary', True, 10)"),
    "file by way of a tensor": formula("x.untyped_storage().from_file('canary', True, 10)"),
    "pointer": formula("x.data_ptr()"),
    "numpy": formula("x.numpy()"),
    "write": formula("x.add_(1)"),
    "global setting": formula("set_default_dtype(dtype(x))"),
    "frame of a generator": formula("(a for a in [x]).gi_frame"),
    "format": formula("'{0.__class__}'.format(x)"),
    "math's own": formula("math.__loader__"),
    "private": formula("torch._C._log_api_usage_once('x')"),
    "assignment by a comprehension": formula("[x for x.data in [x]]", "a comprehension may bind names only"),
    "lambda": formula("(lambda: x)()", "only a named function or a method can be called"),
    "assignment": formula("(y := x)"),
    "f-string": formula("f'{x}'"),
    "await": formula("[a async for a in x]"),
}  # fmt: skip


# ---------------------------------------------------------------- plugins in Python


def made(**hooks: Callable[..., Any]) -> ModuleType:
    """A plugin with these hooks."""
    module = ModuleType("bad_plugin")
    for name, hook in hooks.items():
        setattr(module, name, hookimpl(hook))
    return module


def raising(*args: Any) -> Any:
    raise ValueError("of the author's")


def yielding() -> Any:
    yield from raising()


def leaving() -> Any:
    sys.exit("the plugin leaves")


def rules(declare: Callable[[Any], Any]) -> ModuleType:
    def oplift_rules(registry: Any) -> None:
        declare(registry)

    return made(oplift_rules=oplift_rules)


def batch(size: int, batched: Any, x: Any) -> Any:
    return x


def files(*names: Any) -> Callable[[Path], ModuleType]:
    """A plugin that names files of the test's folder."""
    return lambda folder: made(oplift_op_specs=lambda: [folder / n if isinstance(n, str) else n for n in names])


class Instance:
    """Registered as a class, although its hooks are methods."""

    @hookimpl
    def oplift_transforms(self) -> dict[str, Any]:
        return {}


def unmarked() -> ModuleType:
    module = made(oplift_transforms=lambda: {"good": raising})
    module.oplift_rules = lambda registry: None  # type: ignore[attr-defined]
    return module


#: Files that plugins of the table name.
FILES = {
    "good.yaml": NONE,
    "raises.py": "import oplift\n\nraise ValueError('in the module')\n",
    "syntax.py": "import oplift\nRULES = {\n",
    "norules.py": "x = 1\n",
    "wrong.py": "RULES = {'badplugins::f': 1}\n",
    "ahead.py": "from oplift.rule import Rules\nRULES = {'badplugins::f': Rules(derivative='none')}\n",
    "newer.py": "from oplift.rule import Rules\nRULES = {'badplugins::f': Rules(of_tomorrow=None)}\n",
    "text.txt": "",
}
HERE = r"plugin_cases\.py:\d+: "
#: Name -> (plugin, or a function of the folder with FILES; what the message says).
PLUGINS: dict[str, tuple[Any, str]] = {
    "a class": (Instance, r"^plugin 'bad' is a class; register an object of it, Instance\(\)"),
    "no hooks": (ModuleType("empty"), "^empty:1: no function is marked"),
    "unmarked hook": (unmarked(), HERE + "oplift_rules is not marked"),
    "unknown hook": (made(oplift_rule=lambda registry: None), "^bad_plugin:1: there is no hook 'oplift_rule'; did you mean 'oplift_rules'"),
    "unknown argument of a hook": (made(oplift_rules=lambda registri: None), "^bad_plugin:1: .*registri"),
    "hook that raises": (made(oplift_op_specs=raising), HERE + "oplift_op_specs raised ValueError: of the author's"),
    "hook that exits": (made(oplift_transforms=leaving), HERE + "oplift_transforms raised SystemExit: the plugin leaves"),
    "specs: None": (made(oplift_op_specs=lambda: None), HERE + "oplift_op_specs must return a list of paths, not NoneType"),
    "specs: a word": (made(oplift_op_specs=lambda: "ops.yaml"), HERE + "oplift_op_specs must return a list of paths, not str"),
    "specs: numbers": (made(oplift_op_specs=lambda: [1]), HERE + "oplift_op_specs: 1 is no path"),
    "specs: relative": (made(oplift_op_specs=lambda: ["ops.yaml"]), HERE + ".* depends on the working directory"),
    "specs: another file": (files("text.txt"), HERE + ".* must be a .yaml file"),
    "specs: missing": (files("nowhere.yaml"), r"nowhere\.yaml:1 S010 cannot be read: No such file"),
    "specs: missing module": (files("nowhere.py"), r"nowhere\.py:1: the module of rules raised FileNotFoundError"),
    "specs: a module that raises": (files("raises.py"), r"raises\.py:3: the module of rules raised ValueError: in the module"),
    "specs: a module that is no Python": (files("syntax.py"), r"syntax\.py:2: the module of rules raised SyntaxError"),
    "specs: a module without rules": (files("norules.py"), r"norules\.py:1: has no dict RULES"),
    "specs: a module of something else": (files("wrong.py"), r"wrong\.py:1: badplugins::f: must be oplift.plugin.Rules, is int"),
    "specs: a module of another version": (files("newer.py"), r"newer\.py:2: the module of rules raised TypeError: .*of_tomorrow"),
    "specs: a generator that raises": (made(oplift_op_specs=yielding), HERE + "oplift_op_specs raised ValueError: of the author's"),
    "specs: one operator in two files": (files("good.yaml", "ahead.py"), r": badplugins::f is declared twice, first in .*good\.yaml:1"),
    "rules: no name": (rules(lambda r: r.batch("sin")(batch)), HERE + "'sin' is no operator"),
    "rules: unknown operator": (rules(lambda r: r.batch("badplugins::g")(batch)), HERE + "badplugins::g: torch.ops has no such operator"),
    "rules: unknown slot": (rules(lambda r: r.batch("badplugins::f", pointwize=True)(batch)), HERE + ".* has no slot 'pointwize'"),
    "rules: no function": (rules(lambda r: r.declare("badplugins::f", vjp=3)), HERE + "badplugins::f: 'vjp' must be a function, is int"),
    "rules: wrong type": (rules(lambda r: r.declare("badplugins::f", derivative=0)), HERE + ".*'derivative' must be str, is int"),
    "rules: wrong arity": (rules(lambda r: r.batch("badplugins::f")(batch)), HERE + ".*'batch' is called with 4 positional arguments for"),
    "rules: output": (rules(lambda r: r.declare("badplugins::f", nondiff_outputs=(1,))), HERE + ".* names output 1; it has 1"),
    "rules: argument": (rules(lambda r: r.declare("badplugins::f", mutates=("y",))), HERE + ".* names 'y'; the arguments are"),
    "rules: schema": (
        rules(lambda r: r.declare("badplugins::new", schema="(Tenser x) -> Tensor", fn=batch)), HERE + "badplugins::new: "
    ),
    "rules: a slot twice": (
        rules(lambda r: (r.declare("badplugins::f", derivative="none"), r.declare("badplugins::f", derivative="zero"))), "is declared twice, first in"
    ),
    "rules: shipped operator": (rules(lambda r: r.batch("aten::sin")(batch)), HERE + "aten::sin is declared in .* already; say `replace: true`"),
    "rules: a generator": (made(oplift_rules=lambda registry: iter(())), HERE + "oplift_rules declares by its argument and must return nothing"),
    "rules: raises": (made(oplift_rules=lambda registry: raising()), HERE + "oplift_rules raised ValueError: of the author's"),
    "transforms: a list": (made(oplift_transforms=lambda: ["f"]), HERE + "oplift_transforms must return a dict of functions, not list"),
    "transforms: no function": (made(oplift_transforms=lambda: {"f": 1}), HERE + "oplift_transforms: 'f' must be a function, is int"),
    "transforms: private": (made(oplift_transforms=lambda: {"_f": raising}), HERE + "oplift_transforms: '_f' is no public Python name"),
    "transforms: taken": (made(oplift_transforms=lambda: {"sparsity": raising}), HERE + "the transform 'sparsity' is brought by plugin 'oplift-sparsity'"),
    "backends: None": (made(oplift_compile_backends=lambda: None), HERE + "oplift_compile_backends must return a dict"),
    "backends: no function": (made(oplift_compile_backends=lambda: {"b": None}), HERE + "oplift_compile_backends: 'b' must be a function"),
}  # fmt: skip
