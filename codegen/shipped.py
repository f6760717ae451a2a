"""oplift's own rules: rules/*.yaml and what is generated from them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

from . import json_schema
from .errors import SpecError
from .generate import compile_file, header_of
from .index import index_source
from .model import SpecFile

_INDEX = "index.py"
_TORCH = re.compile(r"^torch: .*$", re.M)


def rules_folder() -> Path:
    """The folder of the package oplift.rules."""
    spec = find_spec("oplift.rules")
    assert spec is not None and spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations))).resolve()


def generate(files: Sequence[str] = (), folder: Path | None = None) -> list[str]:
    """Write rules/generated/, with `files` only the modules of those, and the JSON schema.

    Returns the messages of what is refused.

    What is refused keeps the module that it has.
    """
    folder = folder or rules_folder()
    chosen = {Path(file).stem for file in files}
    compiled, messages = _compile_all(folder, chosen)
    for stem, (source, _) in compiled.items():
        if not chosen or stem in chosen:
            _write(folder / "generated" / f"{stem}.py", source)
    if not messages and not chosen:
        _remove_orphans(folder, set(compiled))
    _write(json_schema.PATH, json_schema.text())
    models = {stem: file for stem, (_, file) in compiled.items()}
    _write(folder / "generated" / _INDEX, index_source(models, _kept(folder, set(compiled))))
    return messages


def check(files: Sequence[str] = (), folder: Path | None = None) -> list[str]:
    """What is refused, and which modules are stale."""
    folder = folder or rules_folder()
    chosen = {Path(file).stem for file in files}
    compiled, messages = _compile_all(folder, set())
    if chosen:
        messages = [m for m in messages if Path(m.split(":")[0]).stem in chosen]
    for stem, (source, _) in compiled.items():
        if not chosen or stem in chosen:
            messages += _staleness(folder / "generated" / f"{stem}.py", source)
    messages += _schema_staleness(json_schema.PATH)
    if not chosen and len(compiled) == len(list(folder.glob("*.yaml"))):
        index = index_source({stem: file for stem, (_, file) in compiled.items()})
        messages += _staleness(folder / "generated" / _INDEX, index)
    return messages


def _compile_all(folder: Path, chosen: set[str]) -> tuple[dict[str, tuple[str, SpecFile]], list[str]]:
    """Stem -> source and model of the files that are accepted, and the messages about the others.

    All files are read, so that an operator that two of them declare is found; messages are of the `chosen` ones.
    """
    compiled: dict[str, tuple[str, SpecFile]] = {}
    messages: list[str] = []
    seen: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            compiled[path.stem] = compile_file(path, f"rules/{path.name}", seen)
        except SpecError as error:
            messages += [str(p) for p in error.problems if not chosen or path.stem in chosen]
    return compiled, messages


def _kept(folder: Path, accepted: set[str]) -> dict[str, str]:
    """The entries of the present index that belong to files which are there, but refused."""
    path = folder / "generated" / _INDEX
    refused = {p.stem for p in folder.glob("*.yaml")} - accepted
    if not refused or not path.exists():
        return {}
    pairs = re.findall(r'^    "([\w:.]+)": "(\w+)",$', path.read_text(encoding="utf-8"), re.M)
    return {op: stem for op, stem in pairs if stem in refused}


def _write(path: Path, source: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != source:
        path.parent.mkdir(exist_ok=True)
        whole = path.with_suffix(f".{os.getpid()}")  # another process never sees half of a module
        whole.write_text(source, encoding="utf-8")
        whole.replace(path)


def _remove_orphans(folder: Path, stems: Iterable[str]) -> None:
    keep = {"__init__", "index", *stems}
    for path in (folder / "generated").glob("*.py"):
        if path.stem not in keep:
            path.unlink()


def _staleness(path: Path, source: str) -> list[str]:
    """Whether a module differs from what its file generates.

    Under another torch than the one that it was made with, schemas may differ: then only its sources are compared.
    """
    if not path.exists():
        return [f"{path.name} is missing; run `make gen`"]
    here = path.read_text(encoding="utf-8")
    if _TORCH.findall(here) != _TORCH.findall(source):
        here, source = _digest(here), _digest(source)
    return [] if here == source else [f"rules/generated/{path.name} is stale; run `make gen`"]


def _schema_staleness(path: Path) -> list[str]:
    fresh = path.exists() and path.read_text(encoding="utf-8") == json_schema.text()
    return [] if fresh else [f"codegen/{path.name} is missing or stale; run `make gen`"]


def _digest(source: str) -> str:
    found = re.search(r"^source sha256: (\w+)$", source, re.M)
    return found[1] if found else ""


__all__ = ["check", "generate", "header_of", "rules_folder"]
