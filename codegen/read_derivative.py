"""The derivative form of an entry: partials, linear, multilinear, jvp and vjp, or derivative."""

from __future__ import annotations

import keyword
from collections.abc import Iterable
from dataclasses import dataclass, field

from .errors import Problems, listed, nearest
from .load import Listing, Mapping, Node, Scalar
from .model import Formula
from .schema import RESERVED, Signature

FORMS = ("partials", "linear", "multilinear", "jvp", "vjp", "derivative")


@dataclass
class DerivativeParts:
    """What the entry says about derivatives; see `Spec`."""

    form: str = ""
    formulas: dict[str, Formula | tuple[Formula, Formula]] = field(default_factory=dict)
    jvp: dict[str, Formula | dict[tuple[str, ...], Formula]] = field(default_factory=dict)
    vjp: dict[tuple[str, ...], Formula] = field(default_factory=dict)
    derivative: str = ""
    let: dict[str, Formula] = field(default_factory=dict)


class DerivativeReader:
    """Reads the derivative form of one entry, and reports what is wrong with it."""

    def __init__(
        self, problems: Problems, signature: Signature, nondiff: Iterable[str], nondiff_outputs: Iterable[str]
    ) -> None:
        self.problems, self.signature = problems, signature
        self.nondiff = tuple(nondiff)
        self.tensors = [a.name for a in signature.tensors]
        self.names = [a.name for a in signature.args]
        self.outputs = [o.name for o in signature.outputs if o.is_tensor and o.name not in nondiff_outputs]

    def read(self, node: Mapping, decomposes: bool) -> DerivativeParts:
        parts = DerivativeParts(let=self._let(node))
        given = [key for key in FORMS if key in node.items]
        forms = {"rules" if key in ("jvp", "vjp") else key for key in given}
        line = node.items["op"].line
        if len(forms) > 1:
            self.problems.add(line, "S040", "", f"has more than one derivative form: {listed(given)}; keep one")
            return parts
        if not forms:
            if not decomposes and "decompose" not in node.items:
                self.problems.add(line, "S040", "", f"has no derivative form; give one of {listed(FORMS)}")
            return parts
        parts.form = forms.pop()
        wrong = self._no_such_output(parts.form)
        if wrong:
            self.problems.add(line, "S048", given[0], wrong)
            return parts
        if parts.form == "rules":
            self._rules(node, parts)
        elif parts.form == "derivative":
            parts.derivative = self._derivative(node.items["derivative"])
        else:
            self._per_argument(node, parts)
        return parts

    def _no_such_output(self, form: str) -> str:
        """Why the outputs have no derivative of this form; empty where they may."""
        if form == "derivative":
            return ""
        if not self.outputs:
            return "the operator has no output that could have a derivative; say derivative: none"
        plain = [o for o in self.signature.outputs if not o.is_tensor]
        if plain and form in ("linear", "multilinear"):
            return f"output '{plain[0].name}' is {plain[0].type}, which is not linear in anything; say jvp and vjp"
        return ""

    def _let(self, node: Mapping) -> dict[str, Formula]:
        value = node.items.get("let")
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.problems.add(value.line, "S020", "let", "must be a mapping {name: expression}")
            return {}
        found = {}
        for name, item in value.items.items():
            line = value.lines[name]
            if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("__"):
                self.problems.add(line, "S051", "let", f"'{name}' is no name")
            elif name in RESERVED:
                self.problems.add(line, "S051", "let", f"'{name}' is a word of generated rules; choose another name")
            elif name in self.names or name in self.outputs:
                self.problems.add(
                    line, "S051", "let", f"'{name}' is an argument or output already; choose another name"
                )
            else:
                formula = self._formula(item, f"let.{name}")
                if formula is not None:
                    found[name] = formula
        return found

    def _derivative(self, value: Node) -> str:
        if isinstance(value, Scalar):
            return value.text
        self.problems.add(value.line, "S034", "derivative", "must be zero, none, or the text of an error")
        return "none"

    # ---- partials, linear, multilinear
    def _per_argument(self, node: Mapping, parts: DerivativeParts) -> None:
        form = parts.form
        value = node.items[form]
        if form == "partials":
            self._check_pointwise(node)
        if not isinstance(value, Mapping):
            self.problems.add(value.line, "S020", form, "must be a mapping {argument: formula}")
            return
        for name, item in value.items.items():
            if not self._known(name, self.tensors, value.lines[name], form):
                continue
            formula = (
                self._pair(item, f"{form}.{name}") if form == "partials" else self._formula(item, f"{form}.{name}")
            )
            if formula is not None:
                parts.formulas[name] = formula
        self._check_complete(value.items, value.line)

    def _check_pointwise(self, node: Mapping) -> None:
        batch = node.items.get("batch")
        kind = batch.items.get("kind") if isinstance(batch, Mapping) else batch
        if isinstance(kind, Scalar) and kind.text in ("dims", "shape", "leading", "fold", "factory"):
            text = f"partials are for pointwise operators, this one is batched by '{kind.text}': use linear, or jvp"
            self.problems.add(node.lines["partials"], "S043", "partials", text)
        if len(self.outputs) != 1:
            text = f"partials need exactly one differentiable output, not {self.outputs}; list the others in 'outputs'"
            self.problems.add(node.lines["partials"], "S043", "partials", text)

    def _pair(self, item: Node, place: str) -> Formula | tuple[Formula, Formula] | None:
        if not isinstance(item, Listing):
            return self._formula(item, place)
        found = [self._formula(part, place) for part in item.items]
        if len(found) == 2 and found[0] is not None and found[1] is not None:
            return found[0], found[1]
        self.problems.add(item.line, "S050", place, "a list here is the pair [dz, dzbar] of a non-holomorphic function")
        return None

    def _formula(self, item: Node, place: str) -> Formula | None:
        if isinstance(item, Scalar):
            return Formula(item.text.strip(), item.line, place)
        if isinstance(item, Mapping) and item.items and set(item.items) <= {"cpu", "cuda", "default"}:
            return self._by_device(item, place)
        self.problems.add(item.line, "S050", place, "must be a formula; quote one that holds a comma, colon or brace")
        return None

    def _by_device(self, item: Mapping, place: str) -> Formula:
        """A formula for each device as one conditional expression."""
        texts = {key: node.text for key, node in item.items.items() if isinstance(node, Scalar)}
        first = self.tensors[0]
        if len(texts) == 1:
            return Formula(next(iter(texts.values())), item.line, place)
        cuda = texts.get("cuda", texts.get("default", ""))
        other = texts.get("cpu", texts.get("default", ""))
        return Formula(f"({cuda}) if device({first}).type == 'cuda' else ({other})", item.line, place)

    def _known(self, name: str, known: list[str], line: int, place: str) -> bool:
        if name in known:
            if name not in self.nondiff:
                return True
            self.problems.add(line, "S042", place, f"argument '{name}' is listed in nondiff; remove one of the two")
            return False
        if name in self.names:
            self.problems.add(line, "S042", place, f"argument '{name}' is no tensor, so it has no derivative")
        else:
            text = (
                f"the operator has no argument '{name}'{nearest(name, known)}; it has {listed(known) or 'no tensors'}"
            )
            self.problems.add(line, "S041", place, text)
        return False

    def _check_complete(self, names: Iterable[str], line: int) -> None:
        for arg in self.signature.tensors:
            if arg.name not in names and arg.name not in self.nondiff:
                text = f"Tensor argument '{arg.name}' is not accounted for: give it a formula, list it in nondiff, or "
                self.problems.add(line, "S044", "", text + "set it to not_implemented")

    # ---- jvp and vjp
    def _rules(self, node: Mapping, parts: DerivativeParts) -> None:
        jvp, vjp = node.items.get("jvp"), node.items.get("vjp")
        if jvp is not None:
            self._jvp(jvp, parts)
        if vjp is not None:
            self._vjp(vjp, parts)
        via = node.items.get("via_vjp")
        if via is not None and jvp is not None:
            self.problems.add(node.lines["via_vjp"], "S040", "via_vjp", "there is a jvp already; remove one of the two")

    def _jvp(self, value: Node, parts: DerivativeParts) -> None:
        if isinstance(value, Scalar):
            parts.jvp = {"": Formula(value.text, value.line, "jvp")}
            if len(self.outputs) == 1 and not parts.jvp[""].is_function:  # type: ignore[union-attr]
                parts.jvp = {self.outputs[0]: Formula(value.text, value.line, "jvp")}
            return
        if not isinstance(value, Mapping):
            self.problems.add(value.line, "S020", "jvp", "must be a mapping {output: {argument: term}}")
            return
        for key, item in value.items.items():
            outputs = [name.strip() for name in key.split(",")]
            if not self._known_outputs(outputs, value.lines[key], f"jvp.{key}"):
                continue
            joint = ", ".join(outputs)
            if isinstance(item, Mapping) and not set(item.items) <= {"cpu", "cuda", "default"}:
                parts.jvp[joint] = self._terms(item, f"jvp.{key}")
                if len(outputs) > 1 and len(item.items) > 1:
                    text = "the tangents of several outputs are one formula; give it one key, 'self, other'"
                    self.problems.add(value.lines[key], "S047", f"jvp.{key}", text)
            else:
                formula = self._formula(item, f"jvp.{key}")
                if formula is not None:
                    parts.jvp[joint] = formula

    def _known_outputs(self, outputs: list[str], line: int, place: str) -> bool:
        unknown = [name for name in outputs if name not in self.outputs]
        for name in unknown:
            text = f"not a differentiable output (those are {self.outputs}){nearest(name, self.outputs)}"
            self.problems.add(line, "S047", place, text)
        return not unknown

    def _terms(self, value: Mapping, place: str) -> dict[tuple[str, ...], Formula]:
        found = {}
        for key, item in value.items.items():
            names = tuple(name.strip() for name in key.split(","))
            known = [self._known(name, self.tensors, value.lines[key], place) for name in names]
            formula = self._formula(item, f"{place}.{key}")
            if all(known) and formula is not None:
                found[names] = formula
        return found

    def _vjp(self, value: Node, parts: DerivativeParts) -> None:
        if isinstance(value, Scalar):
            differentiable = [n for n in self.tensors if n not in self.nondiff]
            formula = Formula(value.text, value.line, "vjp")
            parts.vjp = {(): formula} if formula.is_function else {tuple(differentiable): formula}
            return
        if not isinstance(value, Mapping):
            self.problems.add(value.line, "S020", "vjp", "must be a mapping {argument: formula}")
            return
        parts.vjp = self._terms(value, "vjp")
        self._check_complete([name for key in value.items for name in map(str.strip, key.split(","))], value.line)
