"""The JSON schema accepts what the generator accepts, and refuses what no operator could mean."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from oplift.codegen import json_schema as schema
from oplift.codegen.read_batch import KINDS
from oplift.codegen.validate import KEYS

from .test_messages import CASES
from .writing import messages

jsonschema = pytest.importorskip("jsonschema")
ROOT = Path(__file__).parent.parent.parent
FILES = sorted(path for folder in ("rules", "examples", "tests", "plugins") for path in (ROOT / folder).rglob("*.yaml"))
#: Cases of test_messages.py that a schema can know of: they need nothing of the operator, nor of what a formula says.
STRUCTURAL = {
    "not a name", "no op", "unknown key", "two forms", "no form", "no batch", "unknown kind", "unknown option", "bad none",
    "of missing", "unbatchable without reason", "python without rule", "schema does not parse", "since",
}  # fmt: skip


@pytest.fixture(scope="module")
def validator() -> Any:
    made = schema.json_schema()
    jsonschema.Draft7Validator.check_schema(made)
    return jsonschema.Draft7Validator(made)


def specs(path: Path) -> Any:
    """A file as an editor reads it, which knows nothing of our own loader."""
    return yaml.safe_load(path.read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_of_specs_validates(validator: Any, path: Path) -> None:
    errors = [f"{list(error.absolute_path)[:2]}: {error.message[:200]}" for error in validator.iter_errors(specs(path))]
    assert not errors


def test_the_shipped_file_is_fresh() -> None:
    assert json.loads(schema.PATH.read_text()) == schema.json_schema(), "run `make gen`"


@pytest.mark.parametrize("name", sorted(STRUCTURAL))
def test_malformed_entries_are_refused_by_the_schema_and_by_the_generator(
    validator: Any, tmp_path: Path, name: str
) -> None:
    text, _ = CASES[name]
    assert messages(tmp_path, text)
    assert not validator.is_valid(yaml.safe_load(text))


BATCH = "- {op: aten::sin, derivative: zero, batch: "
MALFORMED = {
    "a mapping": "op: aten::sin",
    "an entry that is a word": "- aten::sin",
    "helpers beside an operator's keys": "- {helpers: [math], batch: loop}",
    "helpers that are no list": "- {helpers: math}",
    "a key twice removed": "- {op: aten::sin, batch: pointwise, derivatives: zero}",
    "a batch that is a list": f"{BATCH}[pointwise]}}",
    "a batch without kind": f"{BATCH}{{at: {{self: 0}}}}}}",
    "an unknown device": f"{BATCH}{{cpu: loop, gpu: loop}}}}",
    "otherwise an unknown kind": f"{BATCH}{{kind: pointwise, otherwise: lop}}}}",
    "dims without dims": f"{BATCH}{{kind: dims, like: self}}}}",
    "dims without an operand": f"{BATCH}{{kind: dims, dims: {{dim: {{none: all}}}}}}}}",
    "dims with an unknown option": f"{BATCH}{{kind: dims, dims: {{dim: {{of: self, nun: all}}}}}}}}",
    "leading without core": f"{BATCH}{{kind: leading}}}}",
    "leading as a word": f"{BATCH}leading}}",
    "fold at a negative dimension": f"{BATCH}{{kind: fold, at: {{self: -1}}}}}}",
    "fold at a word": f"{BATCH}{{kind: fold, at: {{self: first}}}}}}",
    "expand that is a word": f"{BATCH}{{kind: dims, dims: {{dim: self}}, expand: self}}}}",
    "a python rule without module": f"{BATCH}{{kind: python, rule: function}}}}",
    "a list of formulas": "- {op: aten::sin, batch: pointwise, partials: {self: [a, b, c]}}",
    "a formula that is a mapping": "- {op: aten::sin, batch: pointwise, linear: {self: {grad: 1}}}",
    "partials that are a list": "- {op: aten::sin, batch: pointwise, partials: [self]}",
    "an output that is something else": "- {op: aten::sin, batch: pointwise, derivative: zero, outputs: {result: diff}}",
    "a flag that is a word": "- {op: aten::sin, batch: pointwise, derivative: zero, random: perhaps}",
    "names that are no list": "- {op: aten::sin, batch: pointwise, derivative: zero, nondiff: self}",
    "a dunder in let": "- {op: aten::sin, batch: pointwise, let: {__x: 1}, partials: {self: __x}}",
    "jvp beside via_vjp": "- {op: aten::sin, batch: pointwise, jvp: {result: {self: self_t}}, via_vjp: true}",
    "an unknown domain": "- {op: aten::sin, batch: pointwise, derivative: zero, test: {domain: {self: posative}}}",
    "an interval of three": "- {op: aten::sin, batch: pointwise, derivative: zero, test: {domain: {self: [0, 1, 2]}}}",
    "an unknown key for the checker": "- {op: aten::sin, batch: pointwise, derivative: zero, test: {dtype: [float32]}}",
    "a tolerance of zero": "- {op: aten::sin, batch: pointwise, derivative: zero, test: {tolerance: 0}}",
    "a version with three numbers": "- {op: aten::sin, batch: pointwise, derivative: zero, since: 2.12.1}",
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_files_are_refused(validator: Any, name: str) -> None:
    assert not validator.is_valid(yaml.safe_load(MALFORMED[name]))


def tables() -> Iterator[tuple[str, str]]:
    yield from (("key", key) for key in KEYS)
    yield from (("option", option) for options in KINDS.values() for option in options)


@pytest.mark.parametrize(("what", "name"), sorted(set(tables())))
def test_every_key_and_option_says_what_it_means_in_an_editor(what: str, name: str) -> None:
    definitions = schema.json_schema()["definitions"]
    kinds = [kind["properties"] for kind in definitions["batch"]["anyOf"] if "kind" in kind.get("properties", {})]
    found = [definitions["entry"]["properties"]] if what == "key" else [kind for kind in kinds if name in kind]
    assert found and all(properties[name].get("description") for properties in found)


def test_every_kind_is_in_it() -> None:
    found = [
        kind["properties"] for kind in schema.json_schema()["definitions"]["batch"]["anyOf"] if "properties" in kind
    ]
    assert {kind["kind"]["const"] for kind in found if "kind" in kind} == set(KINDS)
