"""From the tree of a YAML file to the model, with a message for everything in it that cannot be right.

Formulas are checked later, when they are compiled (expr.py); both stages collect messages and stop nowhere early.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from importlib.resources.abc import Traversable

import torch

from . import allowed, schema, torch_names
from .errors import Problems, listed, nearest
from .load import Listing, Mapping, Node, Scalar, parse, read_text
from .model import Formula, Spec, SpecFile
from .read_batch import BatchReader
from .read_derivative import DerivativeReader
from .read_test import TestReader
from .schema import Signature

KEYS = (
    "op", "schema", "batch", "partials", "linear", "multilinear", "jvp", "vjp", "via_vjp", "derivative", "let", "save",
    "outputs", "nondiff", "decompose", "inverse", "mutates", "functions", "random", "replace", "since", "test",
)  # fmt: skip
NAME = re.compile(r"[A-Za-z_]\w*::[A-Za-z_]\w*(\.[A-Za-z_]\w*)?")


def read_file(path: Traversable, problems: Problems, seen: dict[str, str] | None = None) -> SpecFile | None:
    """The model of a file; what is wrong with it goes to `problems`.

    Args:
        path: of the YAML file.
        problems: is added to.
        seen: operator -> ``FILE:LINE`` of the entries of other files; is added to.
    """
    text = read_text(path, problems)
    if text is None:
        return None
    root = parse(text, problems)
    if root is None:
        if not problems.found:
            problems.add(1, "S020", "", "the file holds no specs; write a list of entries, each with the key 'op'")
        return None
    if not isinstance(root, Listing):
        problems.add(root.line, "S020", "", "a file of specs is a YAML list; begin each entry with '- op:'")
        return None
    helpers: list[str] = []
    specs: list[Spec] = []
    seen = {} if seen is None else seen
    for node in root.items:
        if isinstance(node, Mapping) and "helpers" in node.items and "op" not in node.items:
            helpers += _helpers(node, problems)
            continue
        spec = EntryReader(problems, problems.path).read(node)
        if spec is not None and _is_new(spec, seen, problems) and _has_own_name(spec, specs, problems):
            specs.append(spec)
    return SpecFile(problems.path, tuple(helpers), tuple(specs), text)


def _helpers(node: Mapping, problems: Problems) -> list[str]:
    problems.op = ""
    for key in node.items:
        if key != "helpers":
            problems.add(node.lines[key], "S003", "", f"unknown key '{key}' beside 'helpers'")
    value = node.items["helpers"]
    if not isinstance(value, Listing) or not all(isinstance(i, Scalar) for i in value.items):
        problems.add(value.line, "S020", "helpers", "must be a list of modules, [oplift.rules.linalg]")
        return []
    return [item.text for item in value.items if _importable(item, problems)]


def _importable(item: Scalar, problems: Problems) -> bool:
    reason = allowed.reason_against_module(item.text)
    if reason is not None:
        problems.add(item.line, "S053", "helpers", reason)
        return False
    try:
        importlib.import_module(item.text)
    except ModuleNotFoundError as error:
        problems.add(item.line, "S053", "helpers", f"no module named '{error.name}'")
        return False
    except Exception as error:  # a module of the author's: whatever it raises is what they need to see
        problems.add(item.line, "S053", "helpers", f"importing {item.text} failed: {type(error).__name__}: {error}")
        return False
    return True


def _is_new(spec: Spec, seen: dict[str, str], problems: Problems) -> bool:
    if spec.op in seen:
        problems.op = spec.op
        problems.add(spec.line, "S004", "", f"is declared twice, first in {seen[spec.op]}; remove one of them")
        return False
    seen[spec.op] = f"{spec.path}:{spec.line}"
    return True


def _has_own_name(spec: Spec, others: Iterable[Spec], problems: Problems) -> bool:
    """Whether the functions of an entry have names that no other entry's have."""
    for other in others:
        if other.ident == spec.ident:
            problems.op = spec.op
            text = (
                f"its rules would be called as those of {other.op} on line {other.line}; put it into a file of its own"
            )
            problems.add(spec.line, "S004", "", text)
            return False
    return True


class EntryReader:
    """Reads one entry."""

    def __init__(self, problems: Problems, path: str) -> None:
        self.problems, self.path = problems, path

    def read(self, node: Node) -> Spec | None:
        problems = self.problems
        problems.op = ""
        if not isinstance(node, Mapping) or not isinstance(node.items.get("op"), Scalar):
            problems.add(node.line, "S001", "", "an entry is a mapping with the key 'op', such as 'op: aten::sin'")
            return None
        op = node.items["op"].text.removesuffix(".default")
        problems.op = op
        before = len(problems.found)
        self._check_keys(node)
        self._check_since(node)
        signature = self._signature(op, node)
        if signature is None:
            return None
        for name in sorted({a.name for a in signature.args} & schema.RESERVED):
            text = f"argument '{name}' is called by a word of generated rules; write its rules in Python (oplift_rules)"
            problems.add(node.items["op"].line, "S005", "", text)
        spec = self._entry(op, node, signature)
        return spec if len(problems.found) == before else None

    def _check_keys(self, node: Mapping) -> None:
        for key in node.items:
            if key not in KEYS:
                self.problems.add(node.lines[key], "S003", "", f"unknown key '{key}'{nearest(key, KEYS)}")

    def _check_since(self, node: Mapping) -> None:
        since = node.items.get("since")
        if since is not None and not re.fullmatch(r"\d+\.\d+", _text(since)):
            self.problems.add(since.line, "S006", "since", 'must be a version of torch in quotes, such as "2.12"')

    # ---- the operator
    def _signature(self, op: str, node: Mapping) -> Signature | None:
        line = node.items["op"].line
        if not NAME.fullmatch(op):
            self.problems.add(line, "S001", "", "an operator is written namespace::name or namespace::name.overload")
            return None
        known = schema.of_operator(op)
        pin = node.items.get("schema")
        if pin is not None:
            return self._pinned(op, pin, known)
        if known is None:
            if not too_new(_text(node.items.get("since"))):
                self.problems.add(line, "S002", "", self._unknown(op))
            return None
        if not op.startswith("aten::"):
            text = "an operator that is not PyTorch's needs a pin of its signature: 'schema: " + known.text + "'"
            self.problems.add(line, "S005", "", text)
        return known

    def _pinned(self, op: str, pin: Node, known: Signature | None) -> Signature | None:
        try:
            given = schema.of_text(op, _text(pin))
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[0]
            self.problems.add(pin.line, "S005", "schema", f"does not parse: {reason}")
            return None
        if known is not None and not given.agrees(known):
            self.problems.add(pin.line, "S005", "schema", f"the registered operator is {known.text}")
            return None
        return given

    def _unknown(self, op: str) -> str:
        namespace, _, rest = op.partition("::")
        base, _, overload = rest.partition(".")
        found = torch_names.overloads(f"{namespace}::{base}")
        if found:
            names = [s.name.partition(".")[2] or "default" for s in found]
            if overload:
                return (
                    f"operator '{base}' has no overload '{overload}'{nearest(overload, names)}; it has {listed(names)}"
                )
            return f"operator '{base}' has no default overload; name one of {listed(names)}"
        known = _names(namespace)
        if not known:
            return f"no operators in namespace '{namespace}'; is the library that defines it imported?"
        hint = nearest(base, known)
        return f"no such operator in namespace '{namespace}'{hint} (is the library that defines it imported?)"

    # ---- the rest
    def _entry(self, op: str, node: Mapping, signature: Signature) -> Spec | None:
        nondiff = self._names_of(node, "nondiff", [a.name for a in signature.tensors])
        outputs = self._nondiff_outputs(node, signature)
        batch = BatchReader(self.problems, signature).read(node.items.get("batch"), node)
        reader = DerivativeReader(self.problems, signature, nondiff, outputs)
        parts = reader.read(node, decomposes=batch is not None and batch.kind == "decompose")
        if parts.jvp and "" not in parts.jvp:  # an output without a tangent has no derivative
            given = {*outputs, *(name for key in parts.jvp for name in key.split(", "))}
            outputs += tuple(o.name for o in signature.outputs if o.name not in given)
        decompose = self._formula(node, "decompose")
        if decompose is None and batch is not None and batch.kind == "decompose":
            decompose = batch.function
        return Spec(
            op=op,
            path=self.path,
            line=node.items["op"].line,
            signature=signature,
            batch=batch,
            form=parts.form,
            formulas=parts.formulas,
            jvp=parts.jvp,
            vjp=parts.vjp,
            derivative=parts.derivative,
            let=parts.let,
            save=self._names_of(node, "save", list(parts.let)),
            nondiff=nondiff,
            nondiff_outputs=outputs,
            decompose=decompose,
            inverse=self._inverse(node, signature),
            mutates=self._names_of(node, "mutates", [a.name for a in signature.tensors]),
            functions=self._strings(node, "functions"),
            random=self._flag(node, "random"),
            replace=self._flag(node, "replace"),
            since=_text(node.items.get("since")),
            test=TestReader(self.problems, signature).read(node.items.get("test")),
        )

    def _nondiff_outputs(self, node: Mapping, signature: Signature) -> tuple[str, ...]:
        names = [o.name for o in signature.outputs]
        value = node.items.get("outputs")
        if value is None:
            return ()
        if not isinstance(value, Mapping):
            self.problems.add(value.line, "S048", "outputs", "must be a mapping {output: nondiff}")
            return ()
        for name, what in value.items.items():
            if name not in names:
                self.problems.add(
                    value.lines[name],
                    "S048",
                    "outputs",
                    f"no output '{name}'{nearest(name, names)}; it has {listed(names)}",
                )
            elif _text(what) != "nondiff":
                self.problems.add(what.line, "S048", f"outputs.{name}", "the only thing to say here is 'nondiff'")
        return tuple(name for name in value.items if name in names)

    def _names_of(self, node: Mapping, key: str, known: Iterable[str]) -> tuple[str, ...]:
        found = self._strings(node, key)
        known = list(known)
        for name in found:
            if name not in known:
                self.problems.add(
                    node.lines[key],
                    "S031",
                    key,
                    f"'{name}' is none of {listed(known) or 'nothing'}{nearest(name, known)}",
                )
        return found

    def _strings(self, node: Mapping, key: str) -> tuple[str, ...]:
        value = node.items.get(key)
        if value is None:
            return ()
        if not isinstance(value, Listing) or not all(isinstance(item, Scalar) for item in value.items):
            self.problems.add(value.line, "S020", key, "must be a list of names: [a, b]")
            return ()
        return tuple(item.text for item in value.items)

    def _flag(self, node: Mapping, key: str) -> bool:
        value = node.items.get(key)
        if value is not None and not (isinstance(value, Scalar) and isinstance(value.value, bool)):
            self.problems.add(value.line, "S020", key, "must be true or false")
            return False
        return value is not None and bool(value.value)

    def _formula(self, node: Mapping, key: str) -> Formula | None:
        value = node.items.get(key)
        if value is None:
            return None
        if not isinstance(value, Scalar):
            self.problems.add(value.line, "S050", key, "must be a formula or 'package.module:function'")
            return None
        return Formula(value.text, value.line, key)

    def _inverse(self, node: Mapping, signature: Signature) -> Formula | None:
        inverse = self._formula(node, "inverse")
        if inverse is not None and not signature.is_view:
            self.problems.add(inverse.line, "S034", "inverse", "the operator is no view, so nothing writes through it")
        return inverse


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""


def too_new(since: str) -> bool:
    """Whether the installed torch is older than what an entry asks for."""
    if not re.fullmatch(r"\d+\.\d+", since):
        return False
    here = torch.__version__.split(".")[:2]
    return tuple(map(int, here)) < tuple(map(int, since.split(".")))


def _names(namespace: str) -> list[str]:
    prefix = namespace + "::"
    found = {s.name for s in torch._C._jit_get_all_schemas() if s.name.startswith(prefix)}
    return sorted(name.removeprefix(prefix) for name in found)
