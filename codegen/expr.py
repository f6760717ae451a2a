"""Formulas: from the text in a spec to Python source.

A formula is parsed with `ast`, its names are resolved against what is in scope, and each call becomes the fastest form
that means the same: a method, a torch function, or the operator itself.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from . import allowed, torch_names
from .calls import CallError, Calls
from .errors import Problems, nearest
from .helpers import Helper, public_names, resolve
from .model import Formula
from .regroup import regroup

#: Read-only facts about a tensor: saved instead of the tensor.
METADATA = {"shape": "ints", "dtype": "other", "ndim": "number", "device": "other"}
_CONSTANTS = {"inf": "math.inf", "nan": "math.nan", "pi": "math.pi"}
_ALLOWED = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Attribute, ast.Slice,
    ast.Subscript, ast.Name, ast.Constant, ast.Tuple, ast.List, ast.ListComp, ast.GeneratorExp, ast.comprehension,
    ast.keyword, ast.Starred, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context,
)  # fmt: skip
_TENSOR_ATTRIBUTES = {"real", "imag", "mT", "mH", "T", "H"}
_ELEMENT = {"tensors": "tensor", "ints": "number"}
_LONGEST = 5000


@dataclass
class Uses:
    """What the module of a generated file must import and define.

    Attributes:
        reserved: names of the functions that the module defines itself.
        helpers: imported function -> its module.
        modules: alias -> module, for functions whose names are taken.
        ops: variable -> the operator that it holds.
    """

    reserved: frozenset[str] = frozenset()
    helpers: dict[str, str] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    ops: dict[str, str] = field(default_factory=dict)
    math: bool = False
    torch: bool = False
    builtins: bool = False

    def helper(self, module: str, name: str, hidden: Iterable[str] = ()) -> str:
        """A function by its name, or through its module where something else has that name."""
        if name not in hidden and name not in self.reserved and self.helpers.setdefault(name, module) == module:
            return name
        alias = module.replace(".", "_")
        self.modules[alias] = module
        return f"{alias}.{name}"

    def op(self, name: str) -> str:
        """The module's variable that holds an operator."""
        variable = re.sub(r"\W+", "_", name.partition("::")[2]) + "_op"
        if self.ops.setdefault(variable, name) != name:  # an operator of this name in another namespace
            variable = re.sub(r"\W+", "_", name) + "_op"
            self.ops[variable] = name
        return variable


@dataclass(frozen=True)
class Scope:
    """The names of a formula.

    Attributes:
        values: name -> kind (tensor, tensor?, operand, tensors, number, ints, other).
        helpers: functions that may be called.
        locals: further names of the generated function, which hide globals.
        renamed: name -> the variable that holds it.
        fresh: names that exist only when a pullback runs: nothing that reads them can be saved before.
        namespace: of the operator; its own operators may be called as aten's may.
    """

    values: dict[str, str]
    helpers: dict[str, Helper]
    locals: frozenset[str] = frozenset()
    renamed: dict[str, str] = field(default_factory=dict)
    fresh: frozenset[str] = frozenset()
    namespace: str = "aten"

    @property
    def varying(self) -> frozenset[str]:
        """The names of tangents and cotangents."""
        tangents = {name for name in self.values if name.endswith("_t") and name[:-2] in self.values}
        return self.fresh | tangents

    def with_values(self, values: dict[str, str]) -> Scope:
        return Scope(
            {**self.values, **values}, self.helpers, self.locals | set(values), self.renamed, self.fresh, self.namespace
        )


@dataclass(frozen=True)
class Code:
    """A compiled formula.

    Attributes:
        text: Python source.
        kind: of its value.
        reads: names from the scope whose values it needs.
        saved: variable -> source of the metadata that it reads instead of a tensor.
    """

    text: str
    kind: str
    reads: frozenset[str]
    saved: dict[str, str]

    @property
    def node(self) -> ast.expr:
        return ast.parse(self.text, mode="eval").body

    @property
    def is_conditional(self) -> bool:
        return isinstance(self.node, ast.IfExp)


EMPTY = Code("None", "other", frozenset(), {})


class Compiler:
    """Compiles the formulas of one file."""

    def __init__(self, problems: Problems, uses: Uses) -> None:
        self.problems, self.uses = problems, uses

    def compile(self, formula: Formula, scope: Scope, save: bool = False) -> Code:
        """The source of a formula; with `save`, metadata goes to variables of their own."""
        if len(formula.text) > _LONGEST:
            text = f"formula has {len(formula.text)} characters, more than {_LONGEST}; write a helper function for it"
            self.problems.add(formula.line, "S050", formula.place, text)
            return EMPTY
        try:
            tree = regroup(ast.parse(formula.text, mode="eval").body, scope.values, scope.varying)
            return _Emitter(self, formula, scope, save).run(tree)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            column = getattr(error, "offset", None)
            where = f", column {column}" if column else ""
            deep = isinstance(error, (RecursionError, MemoryError))
            reason = "it is nested too deeply" if deep else getattr(error, "msg", str(error))
            self.problems.add(formula.line, "S050", formula.place + where, f"formula does not parse: {reason}")
            return EMPTY

    def imported(self, formula: Formula, hidden: Iterable[str] = ()) -> str:
        """The function that ``package.module:function`` names, as the generated module calls it."""
        module, _, name = formula.text.partition(":")
        try:
            found = resolve(formula.text)
        except ImportError as error:
            self.problems.add(formula.line, "S054", formula.place, f"'{formula.text}': {error}")
            return name
        except AttributeError:
            known = public_names(importlib.import_module(module))
            text = f"module '{module}' has no function '{name}'{nearest(name, known)}"
            self.problems.add(formula.line, "S054", formula.place, text)
            return name
        reason = allowed.reason_against_function(found)
        if reason is not None:
            self.problems.add(formula.line, "S054", formula.place, f"'{formula.text}' {reason}")
        return self.uses.helper(module, name, hidden)


class _Emitter(ast.NodeTransformer):
    """Rewrites the tree of one formula; `self.kind` holds the kind of the node visited last."""

    def __init__(self, compiler: Compiler, formula: Formula, scope: Scope, save: bool) -> None:
        self.compiler, self.formula, self.scope, self.save = compiler, formula, scope, save
        self.uses = compiler.uses
        self.kinds: dict[str, str] = {}  # of comprehension variables
        self.reads: set[str] = set()
        self.saved: dict[str, str] = {}
        self.calls = Calls(self)

    def run(self, body: ast.expr) -> Code:
        node, kind = self.emit(body)
        return Code(ast.unparse(ast.fix_missing_locations(node)), kind, frozenset(self.reads), self.saved)

    def emit(self, node: ast.expr) -> tuple[ast.expr, str]:
        """The rewritten node and the kind of its value."""
        self.kind = "other"
        result = self.visit(node)
        return result, self.kind

    def wrong(self, node: ast.AST, code: str, text: str) -> None:
        column = getattr(node, "col_offset", 0) + 1
        problems = self.compiler.problems
        problems.add(self.formula.line, code, f"{self.formula.place}, column {column}", text)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if not isinstance(node, _ALLOWED):
            self.wrong(node, "S052", f"{_plain_name(node)} is not allowed in a formula; write a helper function for it")
            return ast.Constant(None)
        return super().generic_visit(node)

    # ---- names
    def visit_Name(self, node: ast.Name) -> ast.expr:
        name = node.id
        if name in self.kinds:
            self.kind = self.kinds[name]
            return node
        if name in self.scope.values:
            self.kind = self.scope.values[name]
            self.reads.add(name)
            return ast.Name(self.scope.renamed.get(name, name))
        if name in _CONSTANTS:
            self.kind, self.uses.math = "number", True
            return _expression(_CONSTANTS[name])
        if name in ("torch", "math"):
            self.wrong(node, "S052", f"'{name}' is a module; name something in it, as in torch.float32 or math.pi")
            return ast.Constant(None)
        self._unknown(node)
        return node

    def _unknown(self, node: ast.Name) -> None:
        name = node.id
        if name in self.scope.helpers or torch_names.is_operator(f"aten::{name}"):
            self.wrong(node, "S051", f"'{name}' is a function; call it, as in {name}(self)")
            return
        known = [*self.scope.values, *self.kinds, *self.scope.helpers]
        text = f"name '{name}' is not an argument, output, let, helper or ATen op{nearest(name, known)}"
        self.wrong(node, "S051", text)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        self.kind = "number" if isinstance(node.value, (int, float, complex)) else "other"
        return node

    # ---- operators
    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, a = self.emit(node.left)
        right, b = self.emit(node.right)
        self.kind = _joined(a, b)
        return ast.BinOp(left, node.op, right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        operand, kind = self.emit(node.operand)
        self.kind = "number" if isinstance(node.op, ast.Not) else kind
        return ast.UnaryOp(node.op, operand)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        values = [self.emit(value) for value in node.values]
        kinds = {kind for _, kind in values}
        self.kind = kinds.pop() if len(kinds) == 1 else "other"
        return ast.BoolOp(node.op, [value for value, _ in values])

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        left, kind = self.emit(node.left)
        parts = [self.emit(part) for part in node.comparators]
        for _, other in parts:
            kind = _joined(kind, other)
        identity = any(isinstance(op, (ast.Is, ast.IsNot, ast.In, ast.NotIn)) for op in node.ops)
        self.kind = "number" if identity else kind
        return ast.Compare(left, node.ops, [part for part, _ in parts])

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        test, _ = self.emit(node.test)
        body, a = self.emit(node.body)
        other, b = self.emit(node.orelse)
        self.kind = a if a == b else "other"
        return ast.IfExp(test, body, other)

    # ---- parts
    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        value, kind = self.emit(node.value)
        index, _ = self.emit(node.slice)
        sliced = isinstance(node.slice, ast.Slice)
        self.kind = "tensor" if kind == "tensor" else kind if sliced else _ELEMENT.get(kind, "other")
        return ast.Subscript(value, index, ast.Load())

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self.attribute(node, called=False)

    def attribute(self, node: ast.Attribute, called: bool) -> ast.expr:
        """``x.shape``, or the function in ``x.sum()``; what formulas may not reach is refused."""
        root, parts = dotted(node)
        if root in ("torch", "math") and root not in {*self.kinds, *self.scope.values}:
            setattr(self.uses, root, True)
            reachable = allowed.is_dotted(root, parts, called)
        else:
            reachable = allowed.is_method(node.attr) if called else allowed.is_fact(node.attr)
        if not reachable:
            what = f"{root}.{'.'.join(parts)}" if root in ("torch", "math") else node.attr
            self.wrong(node, "S052", f"'{what}' is not allowed in a formula; write a helper function for it")
            return ast.Constant(None)
        if root in ("torch", "math") and root not in {*self.kinds, *self.scope.values}:
            self.kind = "other"
            return node
        if node.attr in METADATA and self._is_saved_tensor(node.value):
            return self._metadata(node.value, node.attr)
        value, kind = self.emit(node.value)
        self.kind = (
            "tensor" if kind == "tensor" and node.attr in _TENSOR_ATTRIBUTES else METADATA.get(node.attr, "other")
        )
        return ast.Attribute(value, node.attr, ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        try:
            return self.calls.emit(node)
        except CallError as error:
            self.wrong(node, error.code, str(error))
            self.kind = "other"
            return ast.Constant(None)

    # ---- metadata
    def _is_saved_tensor(self, node: ast.expr) -> bool:
        """Whether a node names a tensor whose metadata can be saved in its place."""
        return (
            isinstance(node, ast.Name)
            and node.id not in self.kinds
            and self.scope.values.get(node.id) in ("tensor", "tensor?", "operand")
            and node.id not in self.scope.fresh
        )

    def metadata_of(self, value: ast.expr, what: str) -> ast.expr:
        """``shape(x)``: a plain attribute where `x` is sure to be a tensor."""
        if self._is_saved_tensor(value):
            return self._metadata(value, what)
        node, kind = self.emit(value)
        self.kind = METADATA[what]
        if kind == "tensor":
            return ast.Attribute(node, what, ast.Load())
        return self.helper_call(what, [node])

    def _metadata(self, value: ast.expr, what: str) -> ast.expr:
        assert isinstance(value, ast.Name)
        name, sure = value.id, self.scope.values[value.id] == "tensor"
        variable = self.scope.renamed.get(name, name)
        self.kind = METADATA[what]
        if sure:
            source: ast.expr = ast.Attribute(ast.Name(variable), what, ast.Load())
        else:
            source = self.helper_call(what, [ast.Name(variable)])
        if not self.save:
            self.reads.add(name)
            return source
        return self.keep(f"{name}_{what}", source)

    def keep(self, variable: str, source: ast.expr) -> ast.expr:
        """A variable that is set before the pullback exists."""
        self.saved[variable] = ast.unparse(ast.fix_missing_locations(source))
        return ast.Name(variable)

    def helper_call(self, name: str, args: list[ast.expr]) -> ast.expr:
        return ast.Call(self.global_name(self.scope.helpers[name].module, name), args, [])

    def global_name(self, module: str, name: str) -> ast.expr:
        """A helper by its name, or through its module where a local variable hides that."""
        return _expression(self.uses.helper(module, name, self.hidden()))

    def hidden(self) -> set[str]:
        return {*self.scope.values, *self.scope.locals, *self.kinds}

    def builtin(self, name: str) -> ast.expr:
        if name not in self.hidden():
            return ast.Name(name)
        self.uses.builtins = True
        return ast.Attribute(ast.Name("builtins"), name, ast.Load())

    # ---- comprehensions
    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        return self._comprehension(node)

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> ast.expr:
        if self.save and isinstance(node, ast.ListComp) and self._reads_metadata_only(node):
            return self._kept_comprehension(node)
        outer = dict(self.kinds)
        generators = [self._generator(g) for g in node.generators]
        element, kind = self.emit(node.elt)
        self.kinds = outer
        self.kind = {"tensor": "tensors", "number": "ints"}.get(kind, "other")
        return type(node)(element, generators)

    def _generator(self, node: ast.comprehension) -> ast.comprehension:
        source, kind = self.emit(node.iter)
        if not all(isinstance(part, (ast.Name, ast.Tuple, ast.expr_context)) for part in ast.walk(node.target)):
            self.wrong(node.target, "S052", "a comprehension may bind names only")
        if node.is_async:
            self.wrong(node.target, "S052", "'async' is not allowed in a formula")
        for name in _names(node.target):
            self.kinds[name] = _ELEMENT.get(kind, "other") if isinstance(node.target, ast.Name) else "other"
        return ast.comprehension(node.target, source, [self.emit(test)[0] for test in node.ifs], 0)

    def _reads_metadata_only(self, node: ast.ListComp) -> bool:
        first = node.generators[0]
        if len(node.generators) != 1 or not isinstance(first.iter, ast.Name) or not isinstance(first.target, ast.Name):
            return False
        if self.scope.values.get(first.iter.id) != "tensors" or first.iter.id in self.scope.fresh:
            return False
        rest = [child for part in (node.elt, *first.ifs) for child in ast.walk(part)]
        allowed = {id(_metadata_operand(child)) for child in rest}
        names = [child for child in rest if isinstance(child, ast.Name)]
        return all(id(n) in allowed for n in names if n.id == first.target.id) and not any(
            self.scope.values.get(n.id, "") in ("tensor", "tensor?", "tensors", "operand") for n in names
        )

    def _kept_comprehension(self, node: ast.ListComp) -> ast.expr:
        before = set(self.reads)
        self.save = False
        source = self._comprehension(node)
        self.save = True
        self.reads = before
        kind, name = self.kind, node.generators[0].iter.id  # type: ignore[attr-defined]
        variable = f"{name}_saved" if f"{name}_saved" not in self.saved else f"{name}_saved{len(self.saved)}"
        kept = self.keep(variable, source)
        self.kind = kind
        return kept


def dotted(node: ast.expr) -> tuple[str, list[str]]:
    """``torch`` and ``["linalg", "norm"]`` of ``torch.linalg.norm``; no root where it is no name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return (node.id if isinstance(node, ast.Name) else ""), parts


def _metadata_operand(node: ast.AST) -> ast.AST | None:
    """The operand of ``shape(x)`` or ``x.shape``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in METADATA and node.args:
        return node.args[0]
    if isinstance(node, ast.Attribute) and node.attr in METADATA:
        return node.value
    return None


def _names(target: ast.expr) -> Iterable[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _joined(a: str, b: str) -> str:
    if "tensor" in (a, b):
        return "tensor"
    return a if a == b else "other"


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _plain_name(node: ast.AST) -> str:
    return {"Lambda": "a lambda", "NamedExpr": "an assignment", "JoinedStr": "an f-string"}.get(
        type(node).__name__, f"{type(node).__name__.lower()}"
    )
