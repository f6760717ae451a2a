"""Teaching PyTorch: the declared rules of an operator, registered with torch.library and torch.func."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import _C
from torch._library.custom_ops import OPDEFS
from torch._library.simple_registry import singleton
from torch.utils._pytree import tree_flatten, tree_unflatten

from .errors import MissingRule, OpliftError
from .export_autograd import decomposed, exported_kernel, rules_of
from .op import Op, operator
from .registered import autograd_functions, autograd_kernel, vmap_function
from .rule import Unbatched

__all__ = ["export_to_torch"]

_has_kernel = _C._dispatch_has_kernel_for_dispatch_key
#: Operator -> what was registered for it.
_EXPORTED: dict[str, list[str]] = {}
#: Registrations last as long as their library.
_LIBRARIES: dict[str, torch.library.Library] = {}


def export_to_torch(name: str) -> list[str]:
    """Register the declared rules of an operator with PyTorch, so that it works where oplift is not in the loop.

    After it the operator works under plain autograd (backward and forward mode, any order), torch.func (vmap, grad,
    jvp, hessian and their nestings) and torch.compile. What the operator has registered itself stays as it is. A second
    call does nothing; rules that are declared anew are taken up without one.

    Args:
        name: the overload, ``"mylib::op"``, an operator of torch.library (custom_op, define and impl, triton_op, C++)
            with declared rules.

    Returns:
        What was registered, of "fake" (shapes for torch.compile), "vmap" and "autograd".

    Raises:
        MissingRule: there is no such operator, or nothing is declared for it.
        OpliftError: it is one of PyTorch's own, decomposes by itself, or writes to its arguments; or its output's shape
            is not known: it has registered no fake, no decomposition is declared, and it is not pointwise.

    Example:
        >>> import torch, oplift
        >>> from oplift.rule import Rules, operator
        >>> @torch.library.custom_op("oplift_doc::cube", mutates_args=())
        ... def cube(x: torch.Tensor) -> torch.Tensor:
        ...     return x**3
        >>> operator("oplift_doc::cube").adopt(Rules(  # a YAML spec and oplift.load_specs do the same
        ...     batch=lambda size, batched, x: cube(x),
        ...     jvp=lambda tangents, x: (cube(x), 3 * x**2 * tangents[0]),
        ...     vjp=lambda needs, x: (cube(x), lambda g: (3 * x**2 * g,)),
        ...     pointwise=True,
        ... ))
        >>> oplift.export_to_torch("oplift_doc::cube")
        ['fake', 'vmap', 'autograd']
        >>> torch.func.vmap(torch.func.grad(cube))(torch.arange(3.0))
        tensor([ 0.,  3., 12.])
    """
    op = operator(name)
    if op.name not in _EXPORTED:
        _refuse(op)
        fake = _fake(op)
        _EXPORTED[op.name] = done = []
        library = _library(op)
        if fake is not None:
            _silently(torch.library.register_fake, op.name, fake, lib=library)
            done.append("fake")
        if vmap_function(op) is None and _export_vmap(op, library):
            done.append("vmap")
        if autograd_functions(op) is None and not autograd_kernel(op):
            _silently(library.impl, _local(op), exported_kernel(op), "Autograd", with_keyset=True)
            done.append("autograd")
    return list(_EXPORTED[op.name])


def _refuse(op: Op) -> None:
    """Raise for what cannot be exported, before anything is registered."""
    if op.rules is None:
        raise MissingRule(
            f"export_to_torch: no rules are declared for {op.name}; load its YAML spec first (oplift.load_specs)"
        )
    if op.overload is None:
        raise OpliftError(f"export_to_torch: {op.name} is no operator of torch.library")
    if op.name.startswith(("aten::", "prims::", "prim::")):
        raise OpliftError(f"export_to_torch: {op.name} is PyTorch's own, and has its registrations")
    if _has_kernel(op.overload.name(), "CompositeImplicitAutograd"):
        raise OpliftError(
            f"export_to_torch: {op.name} decomposes into other operators by itself, under every transform"
        )
    if op.written:
        names = ", ".join(op.parameters[i].name for i in op.written)
        raise OpliftError(
            f"export_to_torch: {op.name} writes to its arguments ({names}), for which PyTorch takes no derivative; declare "
            "and export a functional operator"
        )


def _library(op: Op) -> torch.library.Library:
    namespace = op.name.partition("::")[0]
    if namespace not in _LIBRARIES:
        _LIBRARIES[namespace] = torch.library.Library(namespace, "FRAGMENT")
    return _LIBRARIES[namespace]


def _local(op: Op) -> str:
    return op.name.partition("::")[2]


def _silently(register: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """A custom_op has an autograd kernel from the start, that only raises: PyTorch warns when it is replaced."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Warning only once for all operators")
        register(*args, **kwargs)


# ---------------------------------------------------------------- shapes


def _fake(op: Op) -> Callable[..., Any] | None:
    """What tells the shapes of the outputs, or None where the operator does that itself."""
    name, rules = op.overload.name(), rules_of(op)
    definition = OPDEFS.get(op.name)
    if definition is not None:
        known = definition._abstract_fn is not None
    else:
        known = singleton.find(name).fake_impl.kernel is not None or _has_kernel(name, "Meta")
    if known:
        return None
    if rules.decompose is not None:
        return lambda *args, **kwargs: decomposed(op, *args, **kwargs)
    if rules.pointwise and len(op.schema.returns) == 1 and (rules.jvp is not None or rules.vjp is not None):
        return lambda *args, **kwargs: _broadcast(op, op.positional(args, kwargs))
    if definition is None and _has_kernel(name, "CompositeExplicitAutograd"):
        return None  # its kernel serves tensors without data too
    raise OpliftError(
        f"export_to_torch: nothing tells the shape of the output of {op.name}, which torch.compile needs; register one "
        f"first: torch.library.register_fake({op.name!r}, function)"
    )


def _broadcast(op: Op, args: Sequence[Any]) -> torch.Tensor:
    """The output of a pointwise operator without its values."""
    tensors = [args[i] for i in op.tensors if isinstance(args[i], torch.Tensor)]
    dtype = tensors[0].dtype
    for x in tensors[1:]:
        dtype = torch.promote_types(dtype, x.dtype)
    return torch.empty(torch.broadcast_shapes(*(x.shape for x in tensors)), dtype=dtype, device=tensors[0].device)


# ---------------------------------------------------------------- vmap


def _export_vmap(op: Op, library: torch.library.Library) -> bool:
    rules = rules_of(op)
    if rules.batch is not None or rules.batch_unsupported:
        torch.library.register_vmap(op.name, lambda *given, **kwargs: _batch(op, *given, **kwargs), lib=library)
    elif rules.decompose is not None:
        library.impl(_local(op), lambda *args, **kwargs: decomposed(op, *args, **kwargs), "FuncTorchBatched")
    elif any(p.is_tensor and "[]" in p.type for p in op.parameters):  # torch.func's own loop takes no lists
        torch.library.register_vmap(op.name, lambda *given, **kwargs: _loop(op, *given, **kwargs), lib=library)
    else:
        return False  # torch.func loops over the examples, with a warning, as oplift does
    return True


def _loop(op: Op, info: Any, in_dims: Sequence[Any], *given: Any, **kwargs: Any) -> tuple[Any, Any]:
    """One example after the other, in the form of `torch.library.register_vmap`."""
    args, dims = list(op.positional(given, kwargs)), [*in_dims, *[None] * len(op.parameters)]
    places = [dims[i] if i in op.tensors else None for i in range(len(args))]
    rows = [[_example(a, d, k) for a, d in zip(args, places, strict=True)] for k in range(max(info.batch_size, 1))]
    outs = [tree_flatten(op.fn(*row)) for row in rows]
    stacked = [torch.stack(each)[: info.batch_size] for each in zip(*(leaves for leaves, _ in outs), strict=True)]
    return tree_unflatten(stacked, outs[0][1]), tree_unflatten([0] * len(stacked), outs[0][1])


def _example(x: Any, dim: Any, index: int) -> Any:
    """An operand of one example; without any, zeros."""
    if isinstance(x, (list, tuple)):
        return [_example(y, d, index) for y, d in zip(x, dim or [None] * len(x), strict=True)]
    if dim is None:
        return x
    front = x.movedim(dim, 0)
    return front[index] if len(front) else front.new_zeros(front.shape[1:])


def _batch(op: Op, info: Any, in_dims: Sequence[Any], *given: Any, **kwargs: Any) -> tuple[Any, Any]:
    """The batching rule in the form of `torch.library.register_vmap`."""
    rules = rules_of(op)
    if rules.batch is None:
        raise MissingRule(f"vmap: {op.name} cannot be batched: {rules.batch_unsupported}")
    if op.draws(op.positional(given, kwargs)) and info.randomness != "different":
        raise RuntimeError(
            f"vmap: called random operation {op.name} with randomness={info.randomness!r}; pass randomness='different', or "
            "use oplift.vmap"
        )
    args, dims = list(op.positional(given, kwargs)), [*in_dims, *[None] * len(op.parameters)]
    batched: list[Any] = []
    for i in op.tensors:
        args[i], flag = _to_front(args[i], dims[i])
        batched.append(flag)
    outs = rules.batch(info.batch_size, batched, *args)
    return _without_marks(outs)


def _to_front(x: Any, dim: Any) -> tuple[Any, Any]:
    if isinstance(x, (list, tuple)):
        pairs = [_to_front(y, d) for y, d in zip(x, dim or [None] * len(x), strict=True)]
        return [y for y, _ in pairs], tuple(flag for _, flag in pairs)
    return (x, False) if dim is None else (x.movedim(dim, 0), True)


def _without_marks(outs: Any) -> tuple[Any, Any]:
    """Outputs, and where their batch is."""
    if isinstance(outs, (tuple, list)):
        pairs = [_without_marks(o) for o in outs]
        return type(outs)([o for o, _ in pairs]), type(outs)([d for _, d in pairs])
    if isinstance(outs, Unbatched):
        return outs.value, None
    return outs, 0 if isinstance(outs, torch.Tensor) else None
