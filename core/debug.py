"""A look inside tracers, for debuggers."""

from __future__ import annotations

import torch

from .stack import KINDS

__all__ = ["debug_unwrap"]


def debug_unwrap(tensor: torch.Tensor, *, recurse: bool = True) -> torch.Tensor:
    """Return what a tracer holds; for looking at it, since a transform knows nothing of the use of the result.

    Args:
        tensor: any tensor; a plain one is returned as it is.
        recurse: whether to go down to the plain tensor, or one level only.

    Returns:
        The value, with the batch of each vmap as a leading dimension.

    Example:
        >>> import torch, oplift
        >>> seen = []
        >>> out = oplift.vmap(lambda x: seen.append(oplift.func.debug_unwrap(x).shape) or x)(torch.ones(2, 3))
        >>> seen
        [torch.Size([2, 3])]
    """
    if type(tensor) not in KINDS:
        return tensor
    value: torch.Tensor = tensor.value  # type: ignore[attr-defined]
    return debug_unwrap(value) if recurse else value
