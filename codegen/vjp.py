"""Reverse rules: the outputs, and a pullback that captures no more than it reads."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from . import emit
from .derivatives import Let, RuleEmitter, guard_of, parts_of, product, renamed, when
from .expr import EMPTY, Code, Scope
from .model import Formula
from .schema import Output


@dataclass
class Cotangent:
    """One result of the pullback, or several at once."""

    names: list[str]
    text: str
    guard: str
    statement: bool


@dataclass
class VjpContext:
    name: str
    params: str
    unpack: list[str]
    refused: list[tuple[str, str]]
    targets: str
    call: str
    saved: list[tuple[str, str]]
    kept: list[Let]
    released: list[tuple[str, str]]
    outputs_kept: list[tuple[str, str, str]]
    results: str
    pullback: str
    grad: str
    grads: list[tuple[str, str]]
    lets: list[Let]
    cotangents: list[Cotangent] = field(default_factory=list)
    returns: str = ""


class VjpEmitter(RuleEmitter):
    """Emits the vjp of one operator."""

    def emit(self) -> VjpContext:
        self.refused: list[tuple[str, str]] = []
        self.saved: dict[str, str] = {}
        self.users: dict[str, list[str]] = {}
        self.uses_needs: set[str] = set()
        self.filled: set[str] = set()
        self.uses_grads = False
        self.grads = self._grad_names()
        self.differentiable = [n for n in self.place if n in self._keys()]
        tangents = [f"{a.name}_t" for a in self.tensors]
        fresh = frozenset({"grad", "grads", "needs", *self.grads})
        kinds = {n: "tensors" if o.is_list else "tensor" for n, o in self.grads.items()}
        values = {**kinds, "grads": "tensors", "needs": "other"}
        scope = self.scope.with_values(values)
        scope = Scope(scope.values, scope.helpers, scope.locals, self._renamed(), fresh, scope.namespace)
        self.scope = self.compile_lets(scope, save=True, skip=tangents)
        cotangents = self._cotangents()
        return self._context(cotangents)

    def _grad_names(self) -> dict[str, Output]:
        """The names of the cotangents: `grad` if there is just one output with a derivative."""
        outputs = [o for o in self.signature.outputs if o.name in self.spec.outputs]
        names = {f"grad_{o.name}": o for o in outputs}
        if len(outputs) == 1 and self.signature.arg("grad") is None:
            names["grad"] = outputs[0]
        return names

    def _renamed(self) -> dict[str, str]:
        """`grad_result` is `grad` where there is just one; and an argument called `grad` keeps its name."""
        if len(self.spec.outputs) == 1 and "grad" in self.grads:
            return {f"grad_{self.spec.outputs[0]}": "grad"}
        return {}

    def _keys(self) -> set[str]:
        if self.spec.form == "rules":
            whole = () in self.spec.vjp
            nondiff = self.spec.nondiff
            return {n for key in self.spec.vjp for n in key} | {n for n in self.place if whole and n not in nondiff}
        return set(self.spec.formulas)

    def closure(self, reads: Iterable[str]) -> frozenset[str]:
        """Everything that the pullback reads; a `let` term that is saved stands for what it reads."""
        found, todo = set(reads), list(reads)
        while todo:
            name = todo.pop()
            code = self.lets.get(name) if name not in self.spec.save else None
            new = set(code.reads) - found if code is not None else set()
            found |= new
            todo += new
        return frozenset(found)

    # ---- conditions
    def _need(self, names: tuple[str, ...]) -> str:
        """When one of these cotangents is wanted; empty where one always is."""
        if len(self.tensors) == 1 or set(names) >= set(self.place):
            return ""
        self.uses_needs |= set(names)
        return " or ".join(f"needs_{n}" for n in names)

    def _note(self, code: Code, condition: str) -> None:
        for name in sorted(self.closure(code.reads)):
            users = self.users.setdefault(name, [])
            users += [part for part in condition.split(" or ") if part not in users]
        for name in sorted(self.closure(code.reads)):
            if name in self.lets:
                self.saved.update(self.lets[name].saved)
        self.saved.update(code.saved)

    # ---- cotangents
    def _cotangents(self) -> list[Cotangent]:
        if () in self.spec.vjp:
            return [self._whole(self.spec.vjp[()])]
        found = []
        for names, formula in self._formulas().items():
            cotangent = self._cotangent(names, formula)
            if cotangent is not None:
                found.append(cotangent)
        return found

    def _formulas(self) -> dict[tuple[str, ...], Formula | tuple[Formula, Formula]]:
        if self.spec.form == "rules":
            return dict(self.spec.vjp)
        return {(name,): formula for name, formula in self.spec.formulas.items()}

    def _whole(self, formula: Formula) -> Cotangent:
        text = self.reference(formula, ["needs", self._raw_grads(), self.results])
        self._note_reference(text, "")
        return Cotangent([], text, "", False)

    def _raw_grads(self) -> str:
        if self.several:
            self.uses_grads = True
            return "grads"
        return "grad" if "grad" in self.grads else f"grad_{self.spec.outputs[0]}"

    def _note_reference(self, text: str, condition: str) -> None:
        reads = {n.id for n in ast.walk(ast.parse(text, mode="eval")) if isinstance(n, ast.Name)}
        self._note(Code(text, "other", frozenset(reads & set(self.scope.values)), {}), condition)

    def _cotangent(self, names: tuple[str, ...], formula: Formula | tuple[Formula, Formula]) -> Cotangent | None:
        if isinstance(formula, tuple):
            return self._single(names, self._pair(formula))
        if formula.is_missing:
            self.helper("not_implemented")
            condition = self._need((names[0],))
            self.refused.append((condition or "True", names[0]))
            return None
        if formula.is_function:
            text = self.reference(formula, ["needs", self._raw_grads(), self.results])
            condition = self._need(names)
            self._note_reference(text, condition)
            return Cotangent([f"{n}_ct" for n in names], text, condition, len(names) > 1)
        if len(names) > 1:
            return self._joint(names, formula)
        if self.spec.form == "partials":
            return self._single(names, self._unless_same(names[0], self._times_partial(formula)))
        code = self._summed(formula)
        self._check_cotangent(formula, code)
        return self._single(names, code)

    def _single(self, names: tuple[str, ...], code: Code) -> Cotangent:
        condition = self._need(names)
        self._note(code, condition)
        return Cotangent([f"{names[0]}_ct"], when(code.text, condition, code.is_conditional), condition, False)

    def _times_partial(self, formula: Formula) -> Code:
        code = self._compile(formula)
        grad = self._only_grad()
        number = code.kind == "number" and code.text.lstrip("-").replace(".", "").isdigit()
        factor = code if number else Code(f"{self.helper('adj')}({code.text})", code.kind, code.reads, code.saved)
        return Code(product(grad, factor), "tensor", code.reads, code.saved)

    def _unless_same(self, name: str, code: Code) -> Code:
        """The cotangent of a second operand: that of the first one, where they are one tensor as in ``x * x``."""
        first, *others = self.spec.formulas
        formula = self.spec.formulas[first]
        if others != [name] or not isinstance(formula, Formula) or formula.is_missing:
            return code
        one = self._times_partial(formula).text
        if one == code.text or renamed(one, name, first) != renamed(code.text, name, first):
            return code
        self.uses_needs |= {first, name}
        same = {f"{name}_is_{first}": f"needs_{first} and {name} is {first}"}
        return Code(f"{first}_ct if {name}_is_{first} else {code.text}", code.kind, code.reads, {**code.saved, **same})

    def _only_grad(self) -> str:
        return "grad" if "grad" in self.grads else next(iter(self.grads))

    def _pair(self, pair: tuple[Formula, Formula]) -> Code:
        dz, dzbar = (self._compile(part) for part in pair)
        grad, adj = self._only_grad(), self.helper("adj")
        text = f"{grad} * {adj}({dz.text}) + {product(f'{adj}({grad})', dzbar)}"
        return Code(text, "tensor", dz.reads | dzbar.reads, {**dz.saved, **dzbar.saved})

    def _joint(self, names: tuple[str, ...], formula: Formula) -> Cotangent:
        condition = self._need(names)
        self.uses_needs |= set(names) if self._mentions_needs(formula) else set()
        needs = ", ".join(f"needs_{n}" for n in names)
        scope = self.scope
        local = Scope(
            scope.values,
            scope.helpers,
            scope.locals,
            {**scope.renamed, "needs": f"[{needs}]"},
            scope.fresh,
            scope.namespace,
        )
        code = self.compiler.compile(formula, local, save=True)
        self._fill_grads(code)
        self._check_cotangent(formula, code)
        text, only = _needed_parts(code.text, names)
        for name, part in only.items():  # what just some of the cotangents read is kept for those
            self._note(Code("", "other", frozenset({name}), {}), f"needs_{part}")
        self._note(Code(text, code.kind, code.reads - set(only), code.saved), condition)
        return Cotangent([f"{n}_ct" for n in names], text, condition, True)

    def _mentions_needs(self, formula: Formula) -> bool:
        return "needs" in formula.text

    def _compile(self, formula: Formula) -> Code:
        return self.compiler.compile(formula, self.scope, save=True)

    # ---- several outputs
    def _summed(self, formula: Formula) -> Code:
        """A formula whose terms are skipped for cotangents that are symbolic zeros."""
        code = self._compile(formula)
        if len(self.spec.outputs) < 2 or code is EMPTY:
            return code
        terms = _addends(code.node)
        reads = [self._grads_in(term) for term in terms]
        if any(len(names) != 1 for names in reads):
            self._fill_grads(code)
            return code
        if len(terms) == 1:
            (grad,) = reads[0]
            return Code(when(code.text, f"{grad} is not None", code.is_conditional), code.kind, code.reads, code.saved)
        texts = [
            when(ast.unparse(term), f"{next(iter(names))} is not None", isinstance(term, ast.IfExp))
            for term, names in zip(terms, reads, strict=True)
        ]
        return Code(f"{self.helper('total')}({', '.join(texts)})", code.kind, code.reads, code.saved)

    def _grads_in(self, node: ast.expr) -> set[str]:
        return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in self.grads}

    def _fill_grads(self, code: Code) -> None:
        if len(self.spec.outputs) > 1:
            self.filled |= {n for n in self.closure(code.reads) if n in self.grads}

    def _check_cotangent(self, formula: Formula, code: Code) -> None:
        if code is EMPTY or formula.text in ("0", "None"):
            return
        if not self.closure(code.reads) & {"grad", "grads", *self.grads}:
            names = sorted(self.grads, key=len)[0] if self.grads else "grad"
            text = f"a cotangent is linear in the output's cotangent: the formula does not read '{names}'"
            self.compiler.problems.add(formula.line, "S045", formula.place, text)

    # ---- layout
    def _context(self, cotangents: list[Cotangent]) -> VjpContext:
        every = parts_of(c.guard for c in cotangents)
        lets = self.needed_lets(self.users, every)
        kept = [let for let in lets if let.name in self.spec.save]
        inner = [let for let in lets if let.name not in self.spec.save]
        released, outputs_kept = self._residuals(every)
        context = VjpContext(
            f"{self.spec.ident}_vjp", emit.parameters(self.signature.args), self._unpack(), self.refused, self.targets,
            self.call(), self._metadata(), kept, released, outputs_kept, self.results, f"{self.spec.ident}_pullback",
            "grads" if self.several else self._raw_grads(), self._unpacked_grads(), inner, cotangents,
            self._returns(cotangents),
        )  # fmt: skip
        for _, output, variable in outputs_kept:
            _rename_in(context, output, variable)
        return context

    def _unpack(self) -> list[str]:
        used = [n for n in self.place if n in self.uses_needs]
        if len(used) == len(self.tensors) > 1:
            return [f"{', '.join('needs_' + n for n in used)} = needs"]
        return [f"needs_{n} = needs[{self.place[n]}]" for n in used]

    def _metadata(self) -> list[tuple[str, str]]:
        found = list(self.saved.items())
        for name in sorted(self.filled):
            output = self.grads[name].name
            found.append((f"{output}_like", f"{self.helper('likeness')}({output})"))
        return found

    def _unpacked_grads(self) -> list[tuple[str, str]]:
        if not self.several:
            return []
        found = []
        for i, output in enumerate(self.signature.outputs):
            name = f"grad_{output.name}"
            variable = self._renamed().get(name, name)
            if not {name, variable} & set(self.users) and variable != "grad":
                continue
            if name in self.filled:
                found.append((variable, f"{self.helper('cotangent_or_zeros')}(grads[{i}], {output.name}_like)"))
            else:
                found.append((variable, f"grads[{i}]"))
        return found

    def _residuals(self, every: set[str]) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
        """Captured tensors that only some of the cotangents read."""
        released, outputs = [], []
        names = {o.name for o in self.signature.outputs}
        for name, conditions in self.users.items():
            if not guard_of(conditions, every):
                continue
            if name in names and self.scope.values[name] in ("tensor", "tensors"):
                outputs.append((" or ".join(conditions), name, f"kept_{name}"))
            elif name in self.place:
                released.append((" or ".join(conditions), name))
        order = list(self.place)
        return sorted(released, key=lambda pair: order.index(pair[1])), outputs

    def _returns(self, cotangents: list[Cotangent]) -> str:
        if len(cotangents) == 1 and not cotangents[0].names:
            return cotangents[0].text
        if len(self.place) == 1 and len(cotangents) == 1:
            cotangents[0].names = []
            return f"({cotangents[0].text},)"
        given = {name for c in cotangents for name in c.names}
        parts = [f"{n}_ct" if f"{n}_ct" in given else "None" for n in self.place]
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def _addends(node: ast.expr) -> list[ast.expr]:
    """The terms of a sum."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_addends(node.left), *_addends(node.right)]
    return [node]


def _needed_parts(text: str, names: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """A joint formula with plain conditions, and what it reads only in ``x if needs[i] else y``: name -> cotangent."""
    tree = _Needs(names).visit(ast.parse(text, mode="eval"))
    only: dict[str, set[str]] = {}
    _readers(tree, "", {f"needs_{n}": n for n in names}, only)
    found = {name: readers.pop() for name, readers in only.items() if len(readers) == 1}
    return ast.unparse(tree), {name: reader for name, reader in found.items() if reader}


class _Needs(ast.NodeTransformer):
    """``[needs_a, needs_b][0]`` as ``needs_a``."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        listed = isinstance(node.value, ast.List) and ast.unparse(node.value).startswith("[needs_")
        if listed and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
            return ast.Name(f"needs_{self.names[node.slice.value]}")
        return node


def _readers(node: ast.AST, reader: str, needs: dict[str, str], found: dict[str, set[str]]) -> None:
    """Who reads each name: one cotangent, or "" for all of them."""
    if isinstance(node, ast.Name):
        found.setdefault(node.id, set()).add(reader)
    elif isinstance(node, ast.IfExp) and isinstance(node.test, ast.Name) and node.test.id in needs:
        _readers(node.body, needs[node.test.id], needs, found)
        _readers(node.orelse, reader, needs, found)
    else:
        for child in ast.iter_child_nodes(node):
            _readers(child, reader, needs, found)


def _rename_in(context: VjpContext, old: str, new: str) -> None:
    """Let the pullback read a variable of another name."""
    for cotangent in context.cotangents:
        cotangent.text = renamed(cotangent.text, old, new)
    context.lets = [Let(let.name, renamed(let.text, old, new), let.guard) for let in context.lets]
    if not any(c.names for c in context.cotangents):
        context.returns = renamed(context.returns, old, new)
