"""Forward rules: the tangent of each output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from . import emit
from .derivatives import Let, RuleEmitter, factors_of, parts_of, product
from .expr import EMPTY, Code
from .model import Formula


@dataclass
class Term:
    """One addend of a tangent; `guard` is empty where the tangents that it reads are sure to be there.

    `added` is the sum of it and the terms before it, where that is one kernel.
    """

    guard: str
    text: str
    added: str = ""


@dataclass
class Tangent:
    """The tangent of one output, or of several.

    Attributes:
        name: of the variable; of several with commas, where one formula gives the tangents of several outputs.
        text: the whole tangent as one expression, where there is no other term.
        terms: addends, each skipped when its operand has no tangent.
        fill: (tangent, operand) pairs: tangents that a joint formula needs even if they are zero.
        guard: when all of those are zero.
    """

    name: str
    text: str = ""
    terms: list[Term] = field(default_factory=list)
    fill: list[tuple[str, str, str]] = field(default_factory=list)
    guard: str = ""


@dataclass
class JvpContext:
    name: str
    params: str
    unpack: list[str]
    refused: list[tuple[str, str]]
    targets: str
    call: str
    lets: list[Let]
    tangents: list[Tangent]
    results: str
    returns: str


class JvpEmitter(RuleEmitter):
    """Emits the jvp of one operator."""

    def emit(self) -> JvpContext:
        spec = self.spec
        grads = ["grad", "grads", *(f"grad_{o.name}" for o in self.signature.outputs)]
        self.tangent_names = {a.name: f"{a.name}_t" for a in self.tensors}
        kinds = {f"{a.name}_t": "tensors" if a.is_list else "tensor" for a in self.tensors}
        self.scope = self.compile_lets(self.scope.with_values(kinds), save=False, skip=grads)
        self.refused: list[tuple[str, str]] = []
        self.users: dict[str, list[str]] = {}
        self.used: set[str] = set()
        tangents = self._tangents()
        every = parts_of(t.guard for x in tangents for t in x.terms)
        return JvpContext(
            f"{spec.ident}_jvp",
            emit.parameters(self.signature.args),
            self._unpack(),
            self.refused,
            self.targets,
            self.call(),
            self.needed_lets(self.users, every),
            tangents,
            self.results,
            self._returns(tangents),
        )

    @property
    def single(self) -> bool:
        """Whether the only tensor argument must be the one with a tangent."""
        return len(self.tensors) == 1

    def _present(self, name: str) -> str:
        self.used.add(name)
        return "" if self.single else f"{self.tangent_names[name]} is not None"

    def _unpack(self) -> list[str]:
        """Names for the tangents that are read."""
        used = [a.name for a in self.tensors if a.name in self.used]
        if not used:
            return []
        if len(used) == len(self.tensors) > 1:
            return [f"{', '.join(self.tangent_names[n] for n in used)} = tangents"]
        return [f"{self.tangent_names[n]} = tangents[{self.place[n]}]" for n in used]

    def _tangents(self) -> list[Tangent]:
        if self.spec.form == "partials":
            return [self._sum(self.spec.outputs[0], self._partials())]
        if self.spec.form == "linear":
            return [self._linear()]
        if self.spec.form == "multilinear":
            return [self._multilinear()]
        whole = self.spec.jvp.get("")
        if isinstance(whole, Formula):
            return [Tangent("tangent", text=self._call_reference(whole))]
        return [self._output(name, what) for name, what in self.spec.jvp.items()]

    def _tangent_name(self, output: str) -> str:
        return "tangent" if not self.several else ", ".join(f"{name}_t" for name in output.split(", "))

    def _call_reference(self, formula: Formula) -> str:
        if not formula.is_function:
            code = self._compile(formula)
            self.used |= {n for n, t in self.tangent_names.items() if t in self.closure(code.reads)}
            return code.text
        return self.reference(formula, ["tangents", self.results])

    # ---- forms
    def _partials(self) -> list[Term]:
        found = []
        for name, formula in self.spec.formulas.items():
            if isinstance(formula, tuple):
                text, codes = self._pair(name, formula)
            elif self._refuse(name, formula):
                continue
            else:
                code = self.compiler.compile(formula, self.scope)
                text, codes = product(self.tangent_names[name], code), [code]
            guard = self._present(name)
            for code in codes:
                self._note(code, guard)
            found.append(Term(guard, text))
        return found

    def _pair(self, name: str, pair: tuple[Formula, Formula]) -> tuple[str, list[Code]]:
        dz, dzbar = (self.compiler.compile(part, self.scope) for part in pair)
        t = self.tangent_names[name]
        conjugate = f"{self.helper('adj')}({t})"
        return f"{product(t, dz)} + {product(conjugate, dzbar)}", [dz, dzbar]

    def _refuse(self, name: str, formula: Formula) -> bool:
        if not formula.is_missing:
            return False
        self.used.add(name)
        self.helper("not_implemented")
        self.refused.append((self._present(name) or "True", name))
        return True

    def _linear(self) -> Tangent:
        names = [n for n, f in self.spec.formulas.items() if isinstance(f, Formula) and not self._refuse(n, f)]
        if not names:
            return Tangent("tangent", text="None")
        values = {n: self.tangent_names[n] for n in names}
        tangent = Tangent("tangent", text=self.call(values))
        guards = [self._present(n) for n in names]
        if not self.single:
            tangent.guard = " and ".join(g.replace("is not None", "is None") for g in guards)
            tangent.fill = [self._fill(n) for n in names] if len(names) > 1 or self.argument(names[0]).is_list else []
        elif self.argument(names[0]).is_list:
            tangent.fill = [self._fill(names[0])]
        return tangent

    def _fill(self, name: str) -> tuple[str, str, str]:
        helper = "tangents_or_zeros" if self.argument(name).is_list else "tangent_or_zeros"
        return self.tangent_names[name], name, self.helper(helper)

    def _multilinear(self) -> Tangent:
        terms = []
        for name, formula in self.spec.formulas.items():
            if isinstance(formula, Formula) and not self._refuse(name, formula):
                terms.append(Term(self._present(name), self.call({name: self.tangent_names[name]})))
        return self._sum(self.spec.outputs[0] if self.spec.outputs else "result", terms)

    # ---- jvp
    def _output(self, output: str, what: Formula | Mapping[tuple[str, ...], Formula]) -> Tangent:
        if isinstance(what, Formula):
            return self._joint(output, what)
        terms = []
        for names, formula in what.items():
            if self._refuse(names[0], formula):
                continue
            if formula.is_function:
                guards = [self._present(n) for n in names]
                terms.append(Term(" or ".join(filter(None, guards)), self._call_reference(formula)))
                continue
            terms.append(self._term(names, formula))
        return self._sum(output, terms)

    def _term(self, names: tuple[str, ...], formula: Formula) -> Term:
        code = self._compile(formula)
        self._check_tangents(names, formula, code)
        guard = " or ".join(filter(None, (self._present(n) for n in names)))
        self._note(code, guard)
        return Term(guard, code.text)

    def _check_tangents(self, names: tuple[str, ...], formula: Formula, code: Code) -> None:
        if code is EMPTY:
            return
        read = {n for n, t in self.tangent_names.items() if t in self.closure(code.reads)}
        extra, place = sorted(read - set(names)), formula.place
        if extra:
            text = (
                f"the term of '{', '.join(names)}' reads '{extra[0]}_t', which may be absent; give it a key of its own"
            )
            self.compiler.problems.add(formula.line, "S046", place, text)
        if not read and formula.text not in ("0", "None"):
            text = f"a tangent is linear in the tangents: this term does not read '{names[0]}_t'"
            self.compiler.problems.add(formula.line, "S045", place, text)

    def _joint(self, output: str, formula: Formula) -> Tangent:
        name = self._tangent_name(output)
        if formula.is_function:
            return Tangent(name, text=self._call_reference(formula))
        code = self._compile(formula)
        read = [n for n, t in self.tangent_names.items() if t in self.closure(code.reads)]
        self._note(code, "")
        tangent = Tangent(name, text=code.text)
        guards = [self._present(n) for n in read]
        if not self.single and read:
            tangent.guard = " and ".join(g.replace("is not None", "is None") for g in guards)
            tangent.fill = [self._fill(n) for n in read] if len(read) > 1 else []
        return tangent

    def _sum(self, output: str, terms: list[Term]) -> Tangent:
        name = self._tangent_name(output)
        if len(terms) == 1 and not terms[0].guard:
            return Tangent(name, text=terms[0].text)
        for term in terms[1:]:
            term.added = self._added(name, term.text)
        return Tangent(name, terms=terms)

    def _added(self, total: str, term: str) -> str:
        """The sum of a tangent so far and a product; empty for another term."""
        factors = factors_of(term)
        return "" if factors is None else f"{self.helper('plus_product')}({total}, {', '.join(factors)})"

    def _compile(self, formula: Formula) -> Code:
        return self.compiler.compile(formula, self.scope)

    def _note(self, code: Code, guard: str) -> None:
        """Remember which `let` terms a formula reads, and when."""
        for name in self.closure(code.reads):
            users = self.users.setdefault(name, [])
            users += [part for part in guard.split(" or ") if part not in users]
            if name in self.tangent_names.values():
                self.used.add(name.removesuffix("_t"))

    def _returns(self, tangents: list[Tangent]) -> str:
        if not self.several:
            return f"{self.results}, {tangents[0].name}"
        if "" in self.spec.jvp:
            return f"{self.results}, tangent"
        known = {name for t in tangents for name in t.name.split(", ")}
        if self.spec.form in ("linear", "multilinear", "partials") and "tangent" in known:
            return f"{self.results}, tangent"
        names = [self._tangent_name(o.name) for o in self.signature.outputs]
        return f"{self.results}, ({', '.join(n if n in known else 'None' for n in names)})"
