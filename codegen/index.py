"""The index of the shipped rules: which module holds an operator, and which torch functions reach it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import torch

from . import torch_names
from .layout import wrapped
from .model import SpecFile
from .schema import Signature

#: Types in the order in which PyTorch's parsers try them where several overloads would fit.
_ORDER = {
    "Tensor": 0,
    "int": 1,
    "SymInt": 1,
    "bool": 1,
    "number": 2,
    "float": 2,
    "int[]": 3,
    "SymInt[]": 3,
    "Tensor[]": 4,
}


def index_source(files: Mapping[str, SpecFile], kept: Mapping[str, str] | None = None) -> str:
    """The source of rules/generated/index.py.

    Args:
        files: stem -> model of each file.
        kept: operator -> stem of files that are refused now, but whose module is there from before.
    """
    index = {**(kept or {}), **{spec.op: stem for stem, file in files.items() for spec in file.specs}}
    extra = {path: spec.op for file in files.values() for spec in file.specs for path in spec.functions}
    digest = hashlib.sha256("".join(files[stem].text for stem in sorted(files)).encode()).hexdigest()
    version = ".".join(torch.__version__.split(".")[:2])
    lines = [
        '"""Which module holds the rules of an operator; do not edit, run `make gen`.',
        "",
        f"source sha256: {digest}",
        f"torch: {version}",
        '"""',
        "",
        "INDEX = {",
        *(f'    "{op}": "{stem}",' for op, stem in sorted(index.items())),
        "}",
        "",
        "#: (torch function, operator, its overloads in the order in which their arguments are tried)",
        "FUNCTIONS = [",
        *(f'    ("{path}", "{base}", {_listed(names)}),' for path, base, names in functions(index, extra)),
        "]",
    ]
    return wrapped("\n".join(lines))


def _listed(names: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def functions(index: Iterable[str], extra: Mapping[str, str]) -> list[tuple[str, str, list[str]]]:
    """Every builtin function and method of torch whose overloads all have rules or decompose by themselves."""
    declared = set(index)
    found = []
    for base in sorted({op.partition(".")[0] for op in declared if op.startswith("aten::")}):
        overloads = in_order(torch_names.overloads(base))
        names = [sig.name for sig in overloads]
        if names and all(name in declared or torch_names.is_composite(name) for name in names):
            found += [(path, base, names) for path in torch_names.public_functions(base.partition("::")[2])]
            written = torch_names.written_overloads(base, overloads)
            if written:
                found.append((f"torch.Tensor.{base.partition('::')[2]}_", f"{base}_", written))
    for path, op in sorted(extra.items()):
        base = op.partition(".")[0]
        known = [sig.name for sig in in_order(torch_names.overloads(base))]
        found.append((path, base, [name for name in known if name in declared] or [op]))
    return found


def in_order(overloads: Iterable[Signature]) -> list[Signature]:
    """Overloads so that the first one that accepts the arguments is the one that PyTorch takes."""
    return sorted(overloads, key=lambda s: (_required(s), [_rank(a.type) for a in s.args], len(s.args), s.name))


def _required(sig: Signature) -> int:
    return sum(a.default is None and not a.kwarg_only for a in sig.args)


def _rank(kind: str) -> int:
    return _ORDER.get(kind.removesuffix("?"), 5)
