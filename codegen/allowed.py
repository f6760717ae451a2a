"""What a formula may reach: values in its scope, operators, and facts about tensors; nothing of Python or of the machine.

A formula of a third party is data, although Python runs it. So attributes, functions and references are chosen from lists
of what does no harm; what is on no list is refused.
"""

from __future__ import annotations

import ast
import math
import re
import sys
from types import FunctionType
from typing import Any

import torch

from . import torch_names

#: What may be read of a value: a tensor, a dtype, a device, `torch.finfo(...)`, or an operator's named outputs.
FACTS = {
    "shape", "dtype", "ndim", "device", "layout", "real", "imag", "T", "H", "mT", "mH",
    "is_complex", "is_floating_point", "is_signed", "itemsize", "type", "index",
    "eps", "max", "min", "tiny", "smallest_normal", "resolution", "bits",
    "values", "indices",
}  # fmt: skip
#: Methods that are no operators, and change nothing.
_METHODS = {
    "size", "dim", "numel", "nelement", "stride", "storage_offset", "is_complex", "is_floating_point", "is_contiguous",
    "is_conj", "is_neg", "element_size", "to", "type_as", "expand_as", "view_as", "new_tensor", "index", "count",
    "bool", "byte", "char", "short", "int", "long", "half", "bfloat16", "float", "double", "cfloat", "cdouble",
}  # fmt: skip
#: Functions of torch that are no operators, and change nothing.
_FUNCTIONS = {
    "finfo", "iinfo", "device", "is_tensor", "is_complex", "is_floating_point", "broadcast_shapes", "broadcast_tensors",
    "result_type", "promote_types", "tensor", "as_tensor", "einsum", "stft", "istft", "norm", "meshgrid",
}  # fmt: skip
#: Operators without a result, which raise an error or do nothing.
_CHECKS = {"aten::_linalg_check_errors"}
_NAMESPACES = {"linalg", "fft", "special", "nn.functional"}
_CONSTANTS = (torch.dtype, torch.layout, torch.memory_format, float)
_REFERENCE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def is_fact(name: str) -> bool:
    """Whether ``x.name`` may be read."""
    return name in FACTS


def is_method(name: str) -> bool:
    """Whether ``x.name(...)`` may be called."""
    return name in _METHODS or (torch_names.is_method(name) and is_pure(f"aten::{name}"))


def is_pure(base: str) -> bool:
    """Whether an operator computes something from its arguments and from nothing else."""
    overloads = torch_names.overloads(base)
    return base in _CHECKS or (
        any(sig.outputs for sig in overloads) and not any(a.name == "filename" for s in overloads for a in s.args)
    )


def is_function(name: str) -> bool:
    """Whether ``torch.name(...)``, or ``name(...)`` for short, may be called."""
    return name in _FUNCTIONS or is_pure(f"aten::{name}")


def is_written_in_python(name: str) -> bool:
    """Whether torch's function or method of that name takes other arguments than the operator's schema has."""
    return name in _FUNCTIONS or any(type(getattr(at, name, None)) is FunctionType for at in (torch, torch.Tensor))


def is_dotted(root: str, parts: list[str], called: bool) -> bool:
    """Whether ``torch.linalg.norm(...)`` may be called, or ``torch.float32`` and ``math.pi`` be read."""
    if any(part.startswith("_") for part in parts):
        return False
    if root == "math":
        return len(parts) == 1 and hasattr(math, parts[0])
    *path, name = parts
    if not path:
        return is_function(name) if called else isinstance(getattr(torch, name, None), _CONSTANTS)
    return called and ".".join(path) in _NAMESPACES and _is_torch_function(path, name)


def _is_torch_function(path: list[str], name: str) -> bool:
    module: Any = torch
    for part in path:
        module = getattr(module, part)
    found = getattr(module, name, None)
    if type(found) is FunctionType:
        return found.__module__ == module.__name__
    return type(found).__name__ == "builtin_function_or_method"


def sample_scope(text: str) -> dict[str, Any]:
    """The functions and constants of torch that the text of a sample's call names.

    Raises:
        ValueError: it reaches for something else.
    """
    scope: dict[str, Any] = {}
    called = set()
    for node in ast.walk(ast.parse(f"sample({text})", mode="eval")):
        if isinstance(node, ast.Call):
            called.add(id(node.func))
        if isinstance(node, ast.Attribute) and not (is_method(node.attr) if id(node) in called else is_fact(node.attr)):
            raise ValueError(f"'{node.attr}' is not allowed in a sample")
        if isinstance(node, (ast.Lambda, ast.NamedExpr, ast.Await, ast.JoinedStr, ast.comprehension)):
            raise ValueError("only calls, operators and values are allowed in a sample")
        if isinstance(node, ast.Name) and node.id != "sample":
            found = getattr(torch, node.id, None)
            if not (is_function(node.id) if id(node) in called else isinstance(found, _CONSTANTS)):
                raise ValueError(f"'{node.id}' is no function of torch that makes or changes a tensor, and no constant")
            scope[node.id] = found
    return scope


def reason_against(reference: str) -> str | None:
    """Why ``package.module:function`` may not be named, before anything is imported; None where it may."""
    if not _REFERENCE.fullmatch(reference):
        return "is not of the form package.module:function"
    return reason_against_module(reference.partition(":")[0])


def reason_against_module(module: str) -> str | None:
    """Why a module may not be named, before it is imported; None where it may."""
    package = module.partition(".")[0]
    if not all(part.isidentifier() for part in module.split(".")):
        return f"'{module}' is no module's name"
    if package in sys.stdlib_module_names and package != "__main__":
        return f"'{package}' is Python's own; name a function of yours that calls what you need"
    if package in ("torch", "functorch"):
        return "torch's functions are called in formulas; name a function of yours that calls what you need"
    if package == "oplift" and not module.startswith("oplift.rules"):
        return "of oplift, only the helpers in oplift.rules may be named"
    return None


def reason_against_function(found: Any) -> str | None:
    """Why what a reference names may not be a rule; None where it may."""
    if isinstance(found, type) or not callable(found):
        return f"is {'a class' if isinstance(found, type) else type(found).__name__}, no function"
    if type(found).__name__ in ("builtin_function_or_method", "module"):
        return "is a builtin; name a function written in Python"
    return None
