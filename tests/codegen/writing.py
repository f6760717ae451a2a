"""Specs written by a test."""

from pathlib import Path
from typing import Any

import torch

from oplift.codegen import SpecError, load_rules, read_specs
from oplift.rule import Rules


def write(folder: Path, text: str, name: str = "specs.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def rules_of(folder: Path, text: str) -> dict[str, Rules]:
    return load_rules(write(folder, text))


def messages(folder: Path, text: str) -> list[str]:
    """What is wrong with a file, without its path."""
    path = write(folder, text)
    try:
        read_specs(path)
    except SpecError as error:
        return [str(problem).removeprefix(f"{path}:") for problem in error.problems]
    return []


def captured(function: Any) -> dict[str, Any]:
    """What a pullback keeps alive: variable -> value."""
    cells = function.__closure__ or ()
    return {name: cell.cell_contents for name, cell in zip(function.__code__.co_freevars, cells, strict=True)}


def captured_tensors(function: Any) -> set[str]:
    return {name for name, value in captured(function).items() if isinstance(value, torch.Tensor)}
