"""The user's function: where it is, and what it is called with."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

__all__ = ["EXAMPLES", "Described", "Target", "arguments", "load_target"]

#: What a module may define: a function without arguments that returns those of the function in question.
EXAMPLES = "example_inputs"
DTYPES = {
    "f16": torch.float16,
    "bf16": torch.bfloat16,
    "f32": torch.float32,
    "f64": torch.float64,
    "c64": torch.complex64,
    "c128": torch.complex128,
    "i8": torch.int8,
    "i16": torch.int16,
    "i32": torch.int32,
    "i64": torch.int64,
    "u8": torch.uint8,
    "bool": torch.bool,
}
_SCALAR = re.compile(rf"\b({'|'.join(DTYPES)})\[\s*\]")


@dataclass(frozen=True)
class Described:
    """A tensor of which only the shape and the dtype were given."""

    shape: tuple[int, ...]
    dtype: torch.dtype

    def made(self) -> torch.Tensor:
        """A tensor like it: numbers between 0 and 1; zeros where they may be indices."""
        if self.dtype.is_floating_point or self.dtype.is_complex:
            return torch.rand(self.shape, dtype=self.dtype)
        return torch.zeros(self.shape, dtype=self.dtype)


class _Dtype:
    """What `f32` is in `f32[3, 4]`."""

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype

    def __getitem__(self, sizes: Any) -> Described:
        shape = sizes if isinstance(sizes, tuple) else (sizes,)
        if not all(isinstance(size, int) and size >= 0 for size in shape):
            raise ValueError(f"{list(shape)} is no shape: its sizes must be integers, 0 or more")
        return Described(shape, self.dtype)


@dataclass(frozen=True)
class Target:
    """A function of the user's: `name` as it was given, the module that holds it, and the function."""

    name: str
    module: ModuleType
    function: Callable[..., Any]


def load_target(text: str) -> Target:
    """The function that `FILE.py:function` or `package.module:function` names; its module is imported.

    Raises:
        ValueError: there is no such file, module or function, or it cannot be called; says what there is.

    Example:
        >>> load_target("math:hypot").function(3, 4)
        5.0
    """
    where, _, path = text.rpartition(":")
    module = _file(Path(where)) if where.endswith(".py") else _module(where)
    found: Any = module
    for part in path.split("."):
        if not hasattr(found, part):
            have = [name for name, value in vars(module).items() if _is_own(value, module)]
            raise ValueError(f"{where} has no '{path}'; it has {', '.join(have) or 'nothing that can be called'}")
        found = getattr(found, part)
    if not callable(found):
        raise ValueError(f"{text}: is a {type(found).__name__}, which cannot be called")
    return Target(text, module, found)


def _is_own(value: Any, module: ModuleType) -> bool:
    return callable(value) and getattr(value, "__module__", module.__name__) == module.__name__


def _file(path: Path) -> ModuleType:
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)  # as when Python runs the file
    before = sys.modules.get(spec.name)
    sys.modules[spec.name] = module  # dataclasses and pickle look a class's module up
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever the user's file raises is what they need to see
        raise ValueError(f"{path} cannot be run: {_described(error)}") from error
    finally:
        sys.path.remove(folder)
        if before is not None:
            sys.modules[spec.name] = before
    return module


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ValueError(f"there is no module '{name}' ({error}); a file is named with its ending: {name}.py") from None
    except Exception as error:  # whatever the user's module raises is what they need to see
        raise ValueError(f"{name} cannot be imported: {_described(error)}") from error


def _described(error: Exception) -> str:
    """What was raised, and where."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__}: {error} ({frames[-1].filename}:{frames[-1].lineno})"


def arguments(target: Target, text: str | None) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What the function is to be called with: of one example.

    Args:
        target: the function.
        text: the arguments of a call, ``"f32[3,4], i64[], 0.5, flag=True"``, where dtype and sizes stand for a tensor;
            the names of the function's module are in scope. None: what the module's `example_inputs()` returns.

    Raises:
        ValueError: the text is no such thing, or nothing says what the arguments are.

    Example:
        >>> arguments(load_target("math:hypot"), "f32[3, 4], 2, flag=f64[]")[0]
        (Described(shape=(3, 4), dtype=torch.float32), 2)
    """
    if text is not None:
        scope = {**vars(target.module), "torch": torch, **{name: _Dtype(dtype) for name, dtype in DTYPES.items()}}
        scope["bool"] = _Bool(torch.bool)
        scope["_call"] = lambda *args, **kwargs: (args, kwargs)
        try:
            call = _SCALAR.sub(r"\1[()]", f"_call({text})")
            return eval(call, scope)  # type: ignore[no-any-return]
        except Exception as error:  # whatever the user's expression raises
            raise ValueError(f"--args {text!r}: {type(error).__name__}: {error}") from None
    examples = getattr(target.module, EXAMPLES, None)
    if examples is None:
        raise ValueError(
            f"nothing says what {target.name} is called with: pass --args 'f32[3,4], i64[3], 0.5', or define "
            f"{EXAMPLES}() beside it, which returns its arguments as a tuple"
        )
    try:
        given = examples()
    except Exception as error:  # as above
        raise ValueError(f"{EXAMPLES}() of {target.name}: {_described(error)}") from error
    return (given if isinstance(given, tuple) else (given,)), {}


class _Bool(_Dtype):
    """`bool` is a dtype in `bool[3]` and Python's own in a call."""

    def __call__(self, *args: Any) -> bool:
        return bool(*args)
