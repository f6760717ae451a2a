"""`torch._foreach_mul(xs, ys)` and its like: an operator on each tensor of a list, one after another.

PyTorch's optimizers call them, and `torch.nn.utils.clip_grad_norm_`. Under a transform they are what they mean.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from .op import Op

PREFIX = "aten::_foreach_"


def _bound(number: Callable[..., Any], tensor: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, y: tensor(x, y) if isinstance(y, torch.Tensor) else number(x, y)


def _fused(function: Callable[..., Any], step: Callable[..., Any]) -> Callable[..., Any]:
    """addcmul and addcdiv, whose factor may be a tensor here."""
    return lambda x, a, b, value: (
        x + step(a, b) * value if isinstance(value, torch.Tensor) else function(x, a, b, value=value)
    )


#: The operator, where it goes by another name or takes its arguments otherwise than torch's function of the same name.
_EACH: dict[str, Callable[..., Any]] = {
    "addcdiv": _fused(torch.addcdiv, torch.div),
    "addcmul": _fused(torch.addcmul, torch.mul),
    "copy": lambda x, source, non_blocking: source.to(x.dtype).expand(x.shape).clone(),
    "max": lambda x: x.max(),
    "maximum": _bound(torch.clamp_min, torch.maximum),
    "minimum": _bound(torch.clamp_max, torch.minimum),
    "norm": lambda x, ord, dtype: torch.linalg.vector_norm(x, ord, dtype=dtype),
    "zero": torch.zeros_like,
}


def each(op: Op) -> Callable[..., list[Any]] | None:
    """A foreach operator in other operators, or None where it is not known."""
    name = op.name.removeprefix(PREFIX).partition(".")[0]
    function = _EACH.get(name) or getattr(torch, name, None)
    if function is None:
        return None
    keywords = {p.name for p in op.parameters if p.kwarg_only and name not in _EACH}
    # a tensor of numbers, one for each tensor of the list
    lists = [p.type.endswith("[]") or p.name == "scalars" for p in op.parameters]

    def run(*args: Any) -> list[Any]:
        args = (*args, *(p.default for p in op.parameters[len(args) :]))
        count = next(len(a) for a, several in zip(args, lists, strict=True) if several)
        rows = [[a[i] if several else a for a, several in zip(args, lists, strict=True)] for i in range(count)]
        return [_call(op, function, keywords, row) for row in rows]

    return run


def _call(op: Op, function: Callable[..., Any], keywords: set[str], row: list[Any]) -> Any:
    given = dict(zip((p.name for p in op.parameters), row, strict=True))
    return function(*(v for k, v in given.items() if k not in keywords), **{k: given[k] for k in keywords})
