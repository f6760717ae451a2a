"""functionalize: the same function without in-place operators, and if wanted without views."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import cache
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from .api_common import lend, opaque, transformed
from .stack import KINDS, Level
from .tracer import Tracer, freeze
from .trees import map_leaves

__all__ = ["functionalize"]

Func = Callable[..., Any]


@opaque
def functionalize(func: Func, *, remove: str = "mutations") -> Func:
    """Return a function that computes what `func` does by operators that change nothing.

    Values inside of a transform are pure as it is, so in the function that is returned an in-place operator on an
    argument, or on a tensor made on the way, runs its functional form. What an argument should hold at the end is
    written to it once, when the function returns. Tensors that `func` captures are beyond its reach.

    Args:
        func: any function of tensors, made of transforms or not.
        remove: "mutations" keeps views as they are; "mutations_and_views" computes copies instead of views.

    Returns:
        A function of the same arguments and results.

    Raises:
        RuntimeError: `remove` is neither of the two words.

    Example:
        >>> import torch, oplift
        >>> from torch.fx.experimental.proxy_tensor import make_fx
        >>> def f(x):
        ...     y = x.clone()
        ...     y.add_(1)
        ...     return y
        >>> graph = make_fx(oplift.functionalize(f))(torch.zeros(2)).graph
        >>> [node.name for node in graph.nodes]
        ['x_1', 'clone', 'add', 'output']
    """
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(
            f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}. Valid options are:\n"
            "     remove='mutations': all inplace and out= operators will be removed from the program, and replaced "
            "with their out-of-place equivalents.\n"
            "     remove='mutations_and_views': In addition to the above, all aliasing operators {view} will be "
            "replaced with their non-aliasing counterparts, {view}_copy.\n"
        )

    def functional(*args: Any, **kwargs: Any) -> Any:
        with Level() as level:
            with Level.rules():
                given, options = lend(level, freeze, (args, kwargs))
            with _CopyViews() if remove == "mutations_and_views" else nullcontext():
                output = func(*given, **options)
            with Level.rules():
                return map_leaves(freeze, output)

    return transformed(func, functional)


class _CopyViews(TorchDispatchMode):
    """Runs `view_copy` for `view`, and so on."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if any(kind in KINDS for kind in types):
            with self:  # what the tracers hold comes here next
                return Tracer.__torch_dispatch__(func, types, args, kwargs)
        return _copying(func)(*args, **(kwargs or {}))


@cache
def _copying(overload: Any) -> Any:
    """Return the overload that copies what `overload` would only view, or `overload` if it is no view."""
    schema = overload._schema
    if schema.is_mutable or all(output.alias_info is None for output in schema.returns):
        return overload
    namespace, _, base = schema.name.partition("::")
    packet = getattr(getattr(torch.ops, namespace), f"{base}_copy", None)
    return getattr(packet, schema.overload_name or "default", overload)
