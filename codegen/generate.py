"""From files of specs to modules of rules."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources.abc import Traversable
from itertools import chain
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import jinja2
import torch

from oplift.registry import Entry as Declared
from oplift.registry import keep_sources
from oplift.rule import Rules

from . import torch_names
from .batching import BatchEmitter
from .derivatives import arguments_scope
from .emit import parameters
from .errors import Problems, SpecError, SpecWarning
from .expr import Compiler, Uses
from .helpers import Helper, collect
from .jvp import JvpEmitter
from .layout import wrapped
from .model import Batch, Spec, SpecFile
from .validate import read_file
from .vjp import VjpEmitter

_SUFFIXES = ("batch", "jvp", "vjp", "pullback", "decompose", "inverse")


@dataclass(frozen=True)
class Entry:
    """One operator in a generated module: its functions, and the fields of its `Rules`."""

    op: str
    line: int
    functions: list[str]
    fields: list[tuple[str, str]]


@cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    return jinja2.Environment(
        loader=loader,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )


def _render(template: str, /, **values: Any) -> str:
    return _templates().get_template(template).render(**values)


class SpecEmitter:
    """Emits the functions of one operator."""

    def __init__(self, spec: Spec, compiler: Compiler, helpers: Mapping[str, Helper]) -> None:
        self.spec, self.compiler, self.helpers = spec, compiler, helpers
        self.functions: list[str] = []
        self.fields: list[tuple[str, str]] = []

    def emit(self) -> Entry:
        spec = self.spec
        self.compiler.problems.op = spec.op
        self._batch()
        if spec.form in ("partials", "linear", "multilinear") or spec.jvp:
            context = JvpEmitter(spec, self.compiler, self.helpers).emit()
            self._add("jvp", _render("jvp.py.j2", **vars(context), op=spec.op), context.name)
        if spec.form in ("partials", "linear", "multilinear") or spec.vjp:
            pullback = VjpEmitter(spec, self.compiler, self.helpers).emit()
            self._add("vjp", _render("vjp.py.j2", **vars(pullback), op=spec.op), pullback.name)
        self._decompose()
        self._inverse()
        self._flags()
        return Entry(spec.op, spec.line, self.functions, self.fields)

    def _add(self, slot: str, source: str, name: str) -> None:
        self.functions.append(source)
        self.fields.append((slot, name))

    def _batch(self) -> None:
        scope = arguments_scope(self.spec, self.helpers)
        emitter = BatchEmitter(self.spec, self.compiler, scope)
        rule = emitter.rule()
        for name, text in emitter.decompositions:
            params = ", ".join(a.name for a in self.spec.signature.args)
            self.functions.append(_render("expression.py.j2", name=name, params=params, text=text))
        for context in emitter.contexts:
            self.functions.append(_render("batch.py.j2", **{**vars(context), **context.values}))
        if rule is not None:
            self.fields.append(("batch", rule))

    def _decompose(self) -> None:
        formula = self.spec.decompose
        if formula is None:
            return
        if formula.is_function:
            self.fields.append(("decompose", self.compiler.imported(formula)))
            return
        name = f"{self.spec.ident}_decompose"
        params = parameters(self.spec.signature.args)
        code = self.compiler.compile(formula, arguments_scope(self.spec, self.helpers))
        self._add("decompose", _render("expression.py.j2", name=name, params=params, text=code.text), name)

    def _inverse(self) -> None:
        formula = self.spec.inverse
        if formula is None:
            return
        if formula.is_function:
            self.fields.append(("inverse", self.compiler.imported(formula)))
            return
        name = f"{self.spec.ident}_inverse"
        rest = self.spec.signature.args[1:]
        scope = arguments_scope(self.spec, self.helpers)
        values = {a.name: a.kind for a in rest}
        several = any(o.is_list for o in self.spec.signature.outputs)
        scope = type(scope)({**values, "new": "tensors" if several else "tensor", "base": "tensor"}, scope.helpers,
                            namespace=scope.namespace)  # fmt: skip
        code = self.compiler.compile(formula, scope)
        params = parameters(self.spec.signature.args).partition(", ")[2]
        params = f"new, base, {params}".removesuffix(", ")
        self._add("inverse", _render("expression.py.j2", name=name, params=params, text=code.text), name)

    def _flags(self) -> None:
        spec, batch = self.spec, self.spec.batch
        assert batch is not None
        outputs = [o.name for o in spec.signature.outputs]
        found: list[tuple[str, Any]] = [
            ("derivative", spec.derivative or None),
            ("nondiff_outputs", tuple(outputs.index(n) for n in spec.nondiff_outputs) or None),
            ("pointwise", (batch.kind == "pointwise" and not batch.expand and len(outputs) == 1) or None),
            ("random", self._is_random(batch) or None),
            ("batch_unsupported", batch.why or None),
            ("batch_loop", batch.kind == "loop" or None),
            ("mutates", spec.mutates or None),
            ("kind", batch.kind),
            ("form", _form(spec)),
            ("origin", f"{spec.path}:{spec.line}"),
        ]
        self.fields += [(name, repr(value)) for name, value in found if value is not None]

    def _is_random(self, batch: Batch) -> bool:
        """Whether the operator itself draws; one that decomposes leaves that to its parts."""
        drawn = batch.kind != "decompose" and torch_names.is_random(self.spec.op)
        return self.spec.random or batch.kind == "random" or drawn


def _form(spec: Spec) -> str | None:
    """How the derivative is declared, where it is; see `Rules.form`."""
    if spec.form != "rules":
        return spec.form if spec.form in ("partials", "linear", "multilinear") else None
    terms = chain.from_iterable(term.values() if isinstance(term, dict) else [term] for term in spec.jvp.values())
    given = [formula for formula in (*terms, *spec.vjp.values()) if not formula.is_missing]
    return "python" if all(formula.is_function for formula in given) else "formulas"


def source_of(file: SpecFile, problems: Problems, header: str) -> str:
    """The module for a file; what is wrong with its formulas goes to `problems`."""
    reserved = frozenset(f"{spec.ident}_{suffix}" for spec in file.specs for suffix in _SUFFIXES)
    uses = Uses(reserved)
    compiler = Compiler(problems, uses)
    helpers = collect(file.helpers)
    entries = [SpecEmitter(spec, compiler, helpers).emit() for spec in file.specs]
    uses.helper("oplift.rule", "Rules")
    if uses.ops:
        uses.helper("oplift.rules.kinds", "Deferred")
    replaces = [spec.op for spec in file.specs if spec.replace]
    values = {"header": header, "path": file.path, "entries": entries, "uses": uses, "replaces": replaces}
    text = _render("module.py.j2", **values, imports=_imports(uses))
    return wrapped(text.rstrip("\n"))


def _imports(uses: Uses) -> list[tuple[str, list[str]]]:
    modules: dict[str, list[str]] = {}
    for name, module in sorted(uses.helpers.items()):
        modules.setdefault(module, []).append(name)
    return sorted(modules.items())


def header_of(path: str, text: str) -> str:
    """What says where a generated module comes from."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    version = ".".join(torch.__version__.split(".")[:2])
    command = "make gen" if path.startswith("rules/") else f"oplift generate {path}"
    return f"Rules from {path}; do not edit, run `{command}`.\n\nsource sha256: {digest}\ntorch: {version}"


def generate_file(path: str | os.PathLike[str], shown: str | None = None) -> str:
    """The source of the module of rules for a file of specs.

    Args:
        path: the YAML file.
        shown: how the file is called in the module and in messages; `path` by default.

    Raises:
        SpecError: the file is refused; the message names everything that is wrong.
    """
    source, _ = _compile(Path(path), shown or os.fspath(path))
    return source


def _compile(path: Path | Traversable, shown: str, seen: dict[str, str] | None = None) -> tuple[str, SpecFile]:
    problems = Problems(shown)
    if not shown.isprintable() or '"' in shown or ("\\" in shown and os.sep == "/"):
        problems.add(
            1, "S010", "", f"{shown!r}: a path with quotes or signs that do not print cannot be named in a module"
        )
        problems.stop_if_any()
    file = read_file(path, problems, seen)
    if file is None:
        raise SpecError(problems.found)
    file = SpecFile(shown, file.helpers, file.specs, file.text)
    source = source_of(file, problems, header_of(shown, file.text))
    problems.stop_if_any()
    try:
        compile(source, shown, "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error)
        problems.add(1, "S060", "", f"the rules that are generated from it are no Python: {reason}")
        problems.stop_if_any()
    return source, file


def compile_file(path: Path, shown: str, seen: dict[str, str] | None = None) -> tuple[str, SpecFile]:
    """As `generate_file`, with the model beside the source."""
    return _compile(path, shown, seen)


def read_specs(path: str | os.PathLike[str]) -> tuple[Spec, ...]:
    """The validated entries of a file of specs.

    Raises:
        SpecError: the file is refused.
    """
    _, file = _compile(Path(path), os.fspath(path))
    return file.specs


def warn_of_composites(file: SpecFile) -> None:
    """Say which operators of a third party PyTorch decomposes by itself, so that a call of them finds no rule."""
    for spec in file.specs:
        if not spec.op.startswith("aten::") and torch_names.is_composite(spec.op):
            text = (
                f"{file.path}:{spec.line} {spec.op}: is registered as CompositeImplicitAutograd, so PyTorch runs the "
                "operators that it is made of and these rules only where its overload is called; register it as "
                "CompositeExplicitAutograd, or for its devices"
            )
            warnings.warn(text, SpecWarning, stacklevel=3)


def load_entries(path: str | os.PathLike[str] | Traversable) -> dict[str, Declared]:
    """The rules that a file of specs declares, compiled in memory, with the place of each.

    Args:
        path: the YAML file, or a resource of a package.

    Returns:
        Operator name -> `oplift.registry.Entry`.

    Raises:
        SpecError: the file is refused.
    """
    file = Path(path) if isinstance(path, (str, os.PathLike)) else path
    source, model = _compile(file, str(file))
    warn_of_composites(model)
    name = f"<oplift rules of {file}>"
    module = ModuleType(name)
    vars(module)["__source__"] = source  # for keep_sources
    exec(_traceable(compile(source, name, "exec"), source), vars(module))
    return {
        spec.op: Declared(module.RULES[spec.op], f"{file}:{spec.line}", spec.replace)
        for spec in model.specs
        if spec.op in module.RULES
    }


def _traceable(code: CodeType, source: str) -> CodeType:
    """The code of a module in which each function's file is the entry that it comes from, so that tracebacks name it.

    They show the generated line, since linecache is told the source.
    """
    lines = source.splitlines(True)
    marks = {
        i: line[2:].rpartition(" ")[0] for i, line in enumerate(lines, 1) if line.startswith("# ") and "::" in line
    }

    def placed(function: Any) -> Any:
        if not isinstance(function, CodeType):
            return function
        above = [mark for i, mark in marks.items() if i < function.co_firstlineno]
        name = f"<oplift rules of {above[-1]}>" if above else function.co_filename
        inner = tuple(map(placed, function.co_consts))
        return function.replace(co_filename=name, co_consts=inner)

    return code.replace(co_consts=tuple(map(placed, code.co_consts)))


def load_rules(path: str | os.PathLike[str]) -> dict[str, Rules]:
    """The rules that a file of specs declares, compiled in memory.

    Args:
        path: the YAML file.

    Returns:
        Operator name -> `oplift.rule.Rules`.

    Raises:
        SpecError: the file is refused.

    Warns:
        SpecWarning: PyTorch decomposes an operator before its rules are asked.
    """
    entries = load_entries(path)
    keep_sources(entries)
    return {name: entry.rules for name, entry in entries.items()}
