"""The JSON schema of files of specs, made of the same tables that the validation reads.

It lets an editor complete keys, kinds and options, and refuse what no operator could mean. What depends on the operator
(its arguments, its outputs, the names in a formula) only `oplift check` can say.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from oplift.testing.domain import SHAPES

from .read_batch import DEVICES, EMPTY, KINDS, NONE, REASONS
from .read_derivative import FORMS
from .validate import KEYS, NAME

__all__ = ["PATH", "json_schema", "text"]

PATH = Path(__file__).with_name("oplift.schema.json")
_NAMES = {"type": "array", "items": {"type": "string"}}
_FLAG = {"type": "boolean"}
_FORMULAS = {"type": "object", "additionalProperties": {"type": ["string", "boolean", "number"]}}
_FORMULA_BY_DEVICE = ("cpu", "cuda", "default")

#: Option of a kind -> what it holds, and what it says.
_OPTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "broadcast": (_NAMES, "operands whose dimensions broadcast against each other"),
    "columns": (_FORMULAS, "{operand: formula}: where its batch is folded into columns"),
    "count": (_NAMES, "arguments that count examples: an int, or an int[] whose first number does"),
    "rank": ({"$ref": "#/definitions/words"}, "{operand: rank}: the dimensions of an example"),
    "reduction": ({"type": "string"}, "the argument that says how the loss is reduced"),
    "share": ({"type": "string"}, "the operand whose share of the whole each example's mean has"),
    "unbatched": (_FORMULAS, "{output: formula}: when it is the same for every example"),
    "when": ({"$ref": "#/definitions/words"}, "{'self, other?': formula}: for each set of batched operands"),
    "dims": (
        {"$ref": "#/definitions/dims"},
        "{argument: {of: operand}}: integer arguments that name dimensions of an operand",
    ),
    "sizes": ({"$ref": "#/definitions/sizes"}, "{argument: {of: operand}}: list arguments that hold sizes"),
    "expand": (_NAMES, "operands that are given the batch where they lack it and another has it"),
    "like": ({"type": "string"}, "the operand that the result is like"),
    "core": (
        {"$ref": "#/definitions/words"},
        "{operand: rank}: trailing dimensions that belong to the operation; a number, an expression, or `shared`",
    ),
    "via": (
        {"$ref": "#/definitions/formula"},
        "another operator that takes the batched operands as they are, or a formula of them",
    ),
    "at": (
        {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}, "minProperties": 1},
        "{operand: dimension}: its own batch dimension",
    ),
    "feature_rank": (
        {"anyOf": [{"$ref": "#/definitions/word"}, {"$ref": "#/definitions/words"}]},
        "an operand of this rank has no batch dimension of its own",
    ),
    "out": ({"$ref": "#/definitions/words"}, "{output: dimension}: its batch dimension, where it is another one"),
    "shared": (_NAMES, "operands that must not be batched"),
    "to": ({"$ref": "#/definitions/formula"}, "a formula in other operators, or package.module:function"),
    "size": ({"type": "string"}, "the argument that holds the sizes of what is made"),
    "rule": (
        {"type": "string", "pattern": r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"},
        "package.module:function, called (size, batched, *arguments)",
    ),
    "why": (
        {"anyOf": [{"enum": list(REASONS)}, {"type": "string", "minLength": 1}]},
        "why there can be no batching, for the user",
    ),
}
#: Options of every kind.
_COMMON: dict[str, tuple[dict[str, Any], str]] = {
    "otherwise": ({"$ref": "#/definitions/batch"}, "another kind, for operands that this one cannot handle"),
    "nonempty": (_FLAG, "that it cannot handle empty operands"),
}
#: Options without which a kind says nothing.
_REQUIRED = {"leading": ["core"], "cases": ["when"], "fold": ["at"], "python": ["rule"], "unsupported": ["why"]}
_ONE_OF = {"dims": ("dims", "sizes"), "shape": ("dims", "sizes")}

#: Key of an entry -> what it holds, and what it says.
_KEYS: dict[str, tuple[dict[str, Any], str]] = {
    "op": (
        {"type": "string", "pattern": f"^{NAME.pattern}$"},
        "namespace::name.overload; without overload the default one",
    ),
    "schema": ({"type": "string", "pattern": r"^\s*\(.*\)\s*->"}, "the signature, (Tensor x, float p) -> Tensor"),
    "batch": ({"$ref": "#/definitions/batch"}, "how it batches: a kind, or a mapping with kind and options"),
    "partials": (
        {"type": "object", "additionalProperties": {"$ref": "#/definitions/partial"}},
        "{argument: d result / d argument} of a pointwise operator; [dz, dzbar] where it is not holomorphic",
    ),
    "linear": (
        {"$ref": "#/definitions/formulas"},
        "{argument: transpose} of an operator that is jointly linear in these arguments",
    ),
    "multilinear": ({"$ref": "#/definitions/formulas"}, "{argument: transpose} of an operator that is linear in each"),
    "jvp": (
        {"$ref": "#/definitions/jvp"},
        "{output: {argument: term}}: the tangents, from <argument>_t; or a formula of all tangents",
    ),
    "vjp": (
        {"anyOf": [{"$ref": "#/definitions/formula"}, {"$ref": "#/definitions/formulas"}]},
        "{argument: formula}: the cotangents, from grad; a key 'a, b' for a formula that returns a tuple",
    ),
    "via_vjp": (_FLAG, "that the JVP is derived from the VJP is meant"),
    "derivative": (
        {"anyOf": [{"enum": ["zero", "none"]}, {"type": "string", "minLength": 1}]},
        "zero, none (outputs leave the graph), or the text of the error that a derivative gives",
    ),
    "let": ({"$ref": "#/definitions/let"}, "{name: formula}: terms that several formulas share"),
    "save": (_NAMES, "let terms that a pullback keeps, instead of computing them again"),
    "outputs": (
        {"type": "object", "additionalProperties": {"const": "nondiff"}},
        "{output: nondiff}: outputs without a derivative",
    ),
    "nondiff": (_NAMES, "tensor arguments without a derivative"),
    "decompose": ({"$ref": "#/definitions/formula"}, "the operator in other operators"),
    "inverse": ({"$ref": "#/definitions/formula"}, "of a view: the base after `new` was written to the view"),
    "mutates": (
        {"anyOf": [_NAMES, {"type": "object"}]},
        "operands that it changes although the schema does not say so",
    ),
    "functions": (_NAMES, "further Python functions that reach it, [torch.nn.functional.embedding]"),
    "random": (_FLAG, "that it draws random numbers"),
    "replace": (_FLAG, "that the entry takes the place of a shipped one"),
    "since": (
        {"anyOf": [{"type": "string", "pattern": r"^\d+\.\d+$"}, {"type": "number"}]},
        'the first torch version that has it, "2.12"',
    ),
    "test": ({"$ref": "#/definitions/test"}, "what the checker needs to know"),
}


def json_schema() -> dict[str, Any]:
    """The schema, of draft 7, which editors know best.

    Example:
        >>> from oplift.codegen.json_schema import json_schema
        >>> json_schema()["items"]["anyOf"][0]["$ref"]
        '#/definitions/entry'
    """
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "oplift specs",
        "description": "What operators are: how they batch, and their derivatives.",
        "type": "array",
        "items": {"anyOf": [{"$ref": "#/definitions/entry"}, {"$ref": "#/definitions/helpers"}]},
        "definitions": {**_entries(), **_values(), **_batch(), "test": _test()},
    }


def text() -> str:
    """The schema as the file that ships with oplift holds it."""
    return json.dumps(json_schema(), indent=2) + "\n"


def _described(table: dict[str, tuple[dict[str, Any], str]], keys: tuple[str, ...]) -> dict[str, Any]:
    """The properties of a mapping with these keys."""
    return {key: _with_text(*table.get(key, ({}, ""))) for key in keys}


def _with_text(schema: dict[str, Any], description: str) -> dict[str, Any]:
    # beside "$ref", draft 7 reads nothing
    return (
        {"allOf": [schema], "description": description} if "$ref" in schema else {**schema, "description": description}
    )


def _entries() -> dict[str, Any]:
    rules = ("jvp", "vjp")
    single = [form for form in FORMS if form not in rules]
    # at most one form, of which jvp and vjp are two halves
    exclusive = [
        {"not": {"required": [form, other]}} for i, form in enumerate(single) for other in (*single[i + 1 :], *rules)
    ]
    has_form = [{"required": [form]} for form in FORMS]
    composite = {"properties": {"batch": {"$ref": "#/definitions/decomposed"}}, "required": ["batch"]}
    entry = {
        "type": "object",
        "required": ["op"],
        "additionalProperties": False,
        "properties": _described(_KEYS, KEYS),
        "allOf": [
            *exclusive,
            {"not": {"required": ["jvp", "via_vjp"]}},
            {"anyOf": [{"required": ["batch"]}, {"required": ["decompose"]}]},
            {"anyOf": [*has_form, {"required": ["decompose"]}, composite]},
        ],
    }
    helpers = {
        "type": "object",
        "required": ["helpers"],
        "additionalProperties": False,
        "properties": {"helpers": {**_NAMES, "description": "modules whose functions the formulas may call"}},
    }
    return {"entry": entry, "helpers": helpers}


def _values() -> dict[str, Any]:
    formula = {"type": ["string", "number", "boolean"], "description": "a formula, or package.module:function"}
    by_device = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {device: {"$ref": "#/definitions/formula"} for device in _FORMULA_BY_DEVICE},
    }
    one = {"anyOf": [{"$ref": "#/definitions/formula"}, {"$ref": "#/definitions/by_device"}]}
    terms = {"type": "object", "additionalProperties": one}
    pair = {"type": "array", "items": one, "minItems": 2, "maxItems": 2}
    return {
        "formula": formula,
        "by_device": by_device,
        "formulas": terms,
        "partial": {"anyOf": [*one["anyOf"], pair]},
        "jvp": {
            "anyOf": [
                {"$ref": "#/definitions/formula"},
                {"type": "object", "additionalProperties": {"anyOf": [*one["anyOf"], terms]}},
            ]
        },
        "let": {**terms, "propertyNames": {"pattern": r"^(?!__)[^\W\d]\w*$"}},
        "word": {"type": ["string", "integer"]},
        "words": {"type": "object", "minProperties": 1, "additionalProperties": {"$ref": "#/definitions/word"}},
    }


def _batch() -> dict[str, Any]:
    needing = {*_REQUIRED, *_ONE_OF}
    alone = {"enum": [kind for kind in KINDS if kind not in needing]}
    devices = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {device: {"$ref": "#/definitions/batch"} for device in DEVICES},
    }
    decomposed = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "decompose"}}}
    return {
        "batch": {"anyOf": [alone, *(_kind(kind) for kind in KINDS), devices]},
        "decomposed": {"anyOf": [{"const": "decompose"}, decomposed]},
        "dims": _per_argument({"none": {"enum": list(NONE)}, "empty": {"enum": list(EMPTY)}, "permutation": _FLAG,
                               "extra": {"$ref": "#/definitions/word"}}),
        "sizes": _per_argument({"fill": {"$ref": "#/definitions/word"}, "pad": _FLAG}),
    }  # fmt: skip


def _kind(kind: str) -> dict[str, Any]:
    """A batching kind as a mapping."""
    options = {"kind": {"const": kind}, **_described(_COMMON, tuple(_COMMON)), **_described(_OPTIONS, KINDS[kind])}
    found: dict[str, Any] = {
        "type": "object",
        "required": ["kind", *_REQUIRED.get(kind, ())],
        "additionalProperties": False,
        "properties": options,
    }
    if kind in _ONE_OF:
        found["anyOf"] = [{"required": [option]} for option in _ONE_OF[kind]]
    return found


def _per_argument(options: dict[str, Any]) -> dict[str, Any]:
    """{argument: operand}, or {argument: {of: operand, ...}}."""
    mapping = {
        "type": "object",
        "required": ["of"],
        "additionalProperties": False,
        "properties": {"of": {"type": "string"}, **options},
    }
    return {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, mapping]}}


def _test() -> dict[str, Any]:
    interval = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "domain": {"type": "object", "additionalProperties": {"anyOf": [{"enum": list(SHAPES)}, interval]}},
            "dtypes": _NAMES,
            "samples": {**_NAMES, "description": "calls as text: 'randn(3, 2), 0.5, keepdim=True'"},
            "tolerance": {"type": "number", "exclusiveMinimum": 0},
            "skip": {**_NAMES, "description": "checks to leave out, by the start of their name"},
        },
    }
