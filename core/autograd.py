"""torch.autograd.grad called inside a transformed function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.utils._pytree import tree_map

from .functions import OVERRIDES
from .reverse import Taped
from .stack import KINDS
from .tracer import freeze


def _grad(args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """PyTorch's own engine on plain tensors with a graph; the cotangents may be tracers."""
    args, kwargs = tree_map(lambda x: freeze(x) if isinstance(x, torch.Tensor) else x, (tuple(args), kwargs))
    for what in (*args[:2], *(kwargs.get(k) for k in ("outputs", "inputs"))):
        for tensor in what if isinstance(what, (list, tuple)) else (what,):
            if type(tensor) in KINDS:
                _refuse(tensor)
    return torch.autograd.grad(*args, **kwargs)


def _refuse(tensor: Any) -> None:
    kind = (
        "differentiated by an outer transform" if type(tensor) is Taped else "batched or differentiated by a transform"
    )
    raise RuntimeError(
        f"torch.autograd.grad: an output or input of shape {tuple(tensor.shape)} is {kind} and has no graph of its own "
        "(it does not require grad for PyTorch's engine). Use oplift.grad or oplift.vjp inside transformed functions; only "
        "grad_outputs may be tensors of a transform"
    )


OVERRIDES[torch.autograd.grad] = _grad
