"""What torch calls its operators in Python: which names are methods, functions, or neither.

PyTorch ships the list that its own bindings are made from; where that file is missing, `hasattr` must do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch

from . import schema
from .schema import Signature

_MODULES = {"nn": "torch._C._nn", "linalg": "torch._C._linalg", "fft": "torch._C._fft", "special": "torch._C._special"}
_FUNC = re.compile(r"^- func: ([\w.]+)\(", re.M)
_VARIANTS = re.compile(r"^  variants: (.+)$", re.M)
_MODULE = re.compile(r"^  python_module: (\w+)$", re.M)
_BUILTINS = {"builtin_function_or_method", "method_descriptor", "wrapper_descriptor"}


@dataclass(frozen=True)
class Binding:
    """How one overload is reached from Python."""

    is_method: bool
    is_function: bool
    module: str


@cache
def bindings() -> dict[str, Binding]:
    """Overload name without namespace (``sum.dim_IntList``) -> how Python reaches it."""
    try:
        import torchgen
    except ImportError:
        return {}
    path = Path(torchgen.__file__).parent / "packaged/ATen/native/native_functions.yaml"
    if not path.exists():
        return {}
    text = path.read_text()
    starts = list(_FUNC.finditer(text))
    ends = [m.start() for m in starts[1:]] + [len(text)]
    return {m[1]: _binding(text[m.end() : end]) for m, end in zip(starts, ends, strict=True)}


def _binding(body: str) -> Binding:
    variants = _VARIANTS.search(body)
    names = variants[1].split("#")[0] if variants else "function"
    module = _MODULE.search(body)
    return Binding("method" in names, "function" in names, module[1] if module else "")


@cache
def overloads(base: str) -> tuple[Signature, ...]:
    """The functional overloads of ``aten::mul``, those that take dimension names left out."""
    return tuple(sig for sig in _all_overloads(base) if not sig.is_mutable)


def _all_overloads(base: str) -> list[Signature]:
    namespace, _, name = base.partition("::")
    packet = getattr(getattr(torch.ops, namespace, None), name, None)
    if not isinstance(packet, torch._ops.OpOverloadPacket):
        return []
    known = bindings()
    found = []
    for overload in packet.overloads():  # type: ignore[no-untyped-call]
        sig = schema.convert(getattr(packet, overload)._schema)
        listed = not known or namespace != "aten" or sig.name.removeprefix("aten::") in known
        if listed and not any("Dimname" in a.type or "Storage" in a.type for a in sig.args):
            found.append(sig)
    return found


@cache
def is_operator(base: str) -> bool:
    return bool(overloads(base))


def written_overloads(base: str, twins: Iterable[Signature]) -> list[str]:
    """The overloads of ``aten::mul_`` in the order of `twins`, those of ``aten::mul``, if each writes what one returns.

    Those that turn a tensor into a view of itself, and those that draw random numbers, are left to dispatch.
    """
    if type(getattr(torch.Tensor, f"{base.partition('::')[2]}_", None)).__name__ not in _BUILTINS:
        return []
    written = {_arguments(sig): sig.name for sig in _all_overloads(f"{base}_")}
    order = [_arguments(sig) for sig in twins if not (sig.is_view or is_random(sig.name))]
    return [written[a] for a in order if a in written] if written.keys() <= set(order) else []


def _arguments(sig: Signature) -> tuple[tuple[str, str], ...]:
    return tuple((a.name, a.type) for a in sig.args)


def is_method(name: str) -> bool:
    """Whether ``name(x, ...)`` may be written ``x.name(...)``: `self` must be the first argument of the operator."""
    kind = type(getattr(torch.Tensor, name, None)).__name__
    if kind not in _BUILTINS | {"function"}:
        return False
    sigs = [s for s in overloads(f"aten::{name}") if s.outputs]
    if any("?[]" in a.type for s in sigs for a in s.args if a.is_tensor):
        return False  # the method's parser takes no None inside of a list
    return all(s.args[0].name == "self" for s in sigs if s.arg("self") is not None)


@cache
def function_path(name: str) -> str | None:
    """``torch.sum``, ``torch._C._nn.gelu``: the builtin function of that name."""
    if type(getattr(torch, name, None)).__name__ in {"builtin_function_or_method", "function"}:
        return f"torch.{name}"
    for module in _MODULES.values():
        if hasattr(_resolve(module), name):
            return f"{module}.{name}"
    return None


def _resolve(path: str) -> Any:
    found: Any = torch
    for part in path.split(".")[1:]:
        found = getattr(found, part, None)
    return found


def own_method(sig: Signature) -> bool:
    """Whether ``self.name(...)`` reaches exactly this overload."""
    base = sig.name.partition("::")[2].partition(".")[0]
    known = bindings().get(sig.name.removeprefix("aten::"))
    if known is None or not known.is_method or type(getattr(torch.Tensor, base, None)).__name__ not in _BUILTINS:
        return False
    own = sig.args[0]
    return own.name == "self" and own.type == "Tensor" and _plain_arguments(sig)


def own_function(sig: Signature) -> str | None:
    """The path of the builtin function that reaches exactly this overload."""
    base = sig.name.partition("::")[2].partition(".")[0]
    known = bindings().get(sig.name.removeprefix("aten::"))
    if known is None or not known.is_function or not _plain_arguments(sig):
        return None
    owner = _MODULES.get(known.module, "torch")
    function = getattr(_resolve(owner), base, None)
    return f"{owner}.{base}" if type(function).__name__ == "builtin_function_or_method" else None


def _plain_arguments(sig: Signature) -> bool:
    """Whether the Python binding says what the operator does.

    The parsers refuse None inside of a list, and None for what has another default; and an integer among several
    outputs comes back as a tensor.
    """
    odd = any("?[]" in a.type or a.type in ("bool?", "Storage") for a in sig.args)
    return not odd and (len(sig.outputs) == 1 or all(o.is_tensor for o in sig.outputs))


def is_composite(name: str) -> bool:
    """Whether PyTorch decomposes the operator by itself; one that is not registered it does not."""
    registered = schema.of_operator(name) is not None
    return registered and bool(
        torch._C._dispatch_has_kernel_for_dispatch_key(name.removesuffix(".default"), "CompositeImplicitAutograd")
    )


def public_functions(name: str) -> list[str]:
    """The paths of the builtin functions and methods of ``aten::name``."""
    found = []
    for owner in ("torch", "torch.Tensor", *_MODULES.values()):
        value = getattr(_resolve(owner), name, None)
        if type(value).__name__ in _BUILTINS and (owner != "torch.Tensor" or is_method(name)):
            found.append(f"{owner}.{name}")
    return found


def is_random(name: str) -> bool:
    """Whether PyTorch says that the overload draws random numbers."""
    namespace, _, rest = name.partition("::")
    base, _, overload = rest.partition(".")
    packet = getattr(getattr(torch.ops, namespace, None), base, None)
    found = getattr(packet, overload or "default", None)
    return torch.Tag.nondeterministic_seeded in getattr(found, "tags", ())


@cache
def operator_names() -> tuple[str, ...]:
    """The names of all of PyTorch's operators, for suggestions."""
    return tuple({name.partition(".")[0] for name in bindings()})
