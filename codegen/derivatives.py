"""What jvp and vjp rules have in common: the scope of formulas, and the order of `let` terms."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeGuard

from . import emit
from .expr import Code, Compiler, Scope
from .helpers import Helper, resolve
from .model import Formula, Spec
from .schema import Argument, Output


@dataclass(frozen=True)
class Let:
    """A term that several formulas share, with what decides whether it is needed; no guard: always."""

    name: str
    text: str
    guard: str


def arguments_scope(spec: Spec, helpers: Mapping[str, Helper]) -> Scope:
    """The scope of a formula that sees only the operator's arguments."""
    values = {a.name: a.kind for a in spec.signature.args}
    return Scope(values, dict(helpers), namespace=spec.op.partition("::")[0])


def output_kind(output: Output) -> str:
    return "tensors" if output.is_list else "tensor" if output.is_tensor else "other"


class RuleEmitter:
    """Emits one rule of one operator; jvp.py and vjp.py derive from it."""

    def __init__(self, spec: Spec, compiler: Compiler, helpers: Mapping[str, Helper]) -> None:
        self.spec, self.compiler, self.uses = spec, compiler, compiler.uses
        self.signature = spec.signature
        self.tensors = spec.signature.tensors
        self.place = {a.name: i for i, a in enumerate(self.tensors)}
        outputs = {o.name: output_kind(o) for o in self.signature.outputs}
        self.scope = arguments_scope(spec, helpers).with_values(outputs)
        self.lets: dict[str, Code] = {}

    def helper(self, name: str) -> str:
        hidden = {*self.scope.values, *self.scope.locals, *self.spec.let}
        return self.uses.helper("oplift.rules.formulas", name, hidden)

    @property
    def several(self) -> bool:
        """Whether the operator returns more than one thing."""
        return len(self.signature.outputs) != 1

    @property
    def results(self) -> str:
        """The outputs as the rule returns them: several as what the call gave, which may be a named tuple."""
        return "outputs" if self.several else self.signature.outputs[0].name

    @property
    def targets(self) -> str:
        return ", ".join(o.name for o in self.signature.outputs)

    def argument(self, name: str) -> Argument:
        found = self.signature.arg(name)
        assert found is not None
        return found

    def call(self, values: Mapping[str, str] | None = None) -> str:
        return emit.own_call(self.spec, self.uses, values)

    # ---- let
    def compile_lets(self, scope: Scope, save: bool, skip: Iterable[str] = ()) -> Scope:
        """Compile the `let` terms that this rule can see, and the scope in which they are names."""
        for name, formula in self.spec.let.items():
            if not _mentions(formula, skip):
                code = self.compiler.compile(formula, scope, save and name not in self.spec.save)
                self.lets[name] = code
                scope = scope.with_values({name: code.kind})
        return scope

    def closure(self, reads: Iterable[str]) -> frozenset[str]:
        """Everything that is read, by way of `let` terms too."""
        found, todo = set(reads), list(reads)
        while todo:
            code = self.lets.get(todo.pop())
            new = set(code.reads) - found if code is not None else set()
            found |= new
            todo += new
        return frozenset(found)

    def needed_lets(self, users: Mapping[str, list[str]], every: Iterable[str]) -> list[Let]:
        """The terms that any formula reads, each with the conditions of those formulas.

        Args:
            users: name -> the conditions of the formulas that read it.
            every: all conditions, one of which is sure to hold.
        """
        return [
            Let(name, code.text, " or ".join(guard_of(users[name], every)))
            for name, code in self.lets.items()
            if users.get(name)
        ]

    # ---- functions by reference
    def reference(self, formula: Formula, first: list[str]) -> str:
        """A call of ``package.module:function``; arguments that it names with a leading underscore are not passed."""
        name = self.compiler.imported(formula, {*self.scope.values, *self.scope.locals})
        args = first + [a.name for a in self.signature.args]
        return f"{name}({', '.join(self._used(formula, args))})"

    def _used(self, formula: Formula, args: list[str]) -> list[str]:
        try:
            parameters = list(inspect.signature(resolve(formula.text)).parameters.values())
        except (ImportError, AttributeError, TypeError, ValueError):
            return args
        fixed = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        return [
            "None" if i < len(fixed) and fixed[i].name.startswith("_") and i > 0 else arg for i, arg in enumerate(args)
        ]


def guard_of(conditions: list[str], every: Iterable[str]) -> list[str]:
    """The conditions, or none where one of them is sure to hold."""
    every = set(every)
    return [] if "" in conditions or (every and set(conditions) >= every) else conditions


def parts_of(guards: Iterable[str]) -> set[str]:
    """The single conditions in ``a or b``."""
    return {part for guard in guards for part in guard.split(" or ")} - {""}


def _mentions(formula: Formula, names: Iterable[str]) -> bool:
    try:
        tree = ast.parse(formula.text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    names = set(names)
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(tree))


def product(left: str, factor: Code) -> str:
    """``left * factor``, without needless ones."""
    if factor.text == "1":
        return left
    if factor.text == "-1":
        return f"-{left}"
    return ast.unparse(ast.BinOp(ast.parse(left, mode="eval").body, ast.Mult(), factor.node))


def factors_of(text: str) -> list[str] | None:
    """The two factors of a product, and the number that it is multiplied by if there is one; None of anything else."""
    node = ast.parse(text, mode="eval").body
    if not _is_product(node):
        return None
    parts = [node.left, node.right]
    if _is_product(node.right) and _is_number(node.right.right):
        parts[1:] = [node.right.left, node.right.right]
    return [ast.unparse(part) for part in parts]


def _is_product(node: ast.expr) -> TypeGuard[ast.BinOp]:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)


def _is_number(node: ast.expr) -> bool:
    try:
        return isinstance(ast.literal_eval(node), (int, float))
    except ValueError:
        return False


def renamed(text: str, old: str, new: str) -> str:
    """Source with a variable renamed."""
    tree = ast.parse(text, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == old:
            node.id = new
    return ast.unparse(tree)


def when(text: str, condition: str, conditional: bool) -> str:
    """``text if condition else None``."""
    if not condition:
        return text
    return f"({text}) if {condition} else None" if conditional else f"{text} if {condition} else None"
