"""`torch.tensor([x, 2 * x])` and its like: a tensor of the numbers that tracers stand for.

C++ would ask each for one number; inside of a transform there may be one for each example.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import torch
from torch import Tensor

from .box import boxed
from .calls import user_in_cpp
from .functions import OVERRIDES
from .stack import KINDS
from .trees import leaves_of


def _joined(data: Any, dtype: torch.dtype, device: Any) -> Tensor:
    """Nested sequences of tensors and numbers as one tensor, without the history of any of them, as in PyTorch."""
    if isinstance(data, Tensor):
        return data.detach().to(dtype=dtype, device=device)
    if isinstance(data, (list, tuple)) and data:
        return torch.stack([_joined(x, dtype, device) for x in data])
    return torch.tensor(data, dtype=dtype, device=device)


def _made(func: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], at: int) -> Any:
    """What `func` makes of the data at position `at` of its arguments."""
    data = args[at] if len(args) > at else kwargs.get("data")
    leaves = leaves_of(data) if isinstance(data, (list, tuple)) else []
    if not any([type(x) in KINDS for x in leaves]):
        return boxed(user_in_cpp(func, args, kwargs))
    dtype, device = kwargs.get("dtype"), kwargs.get("device")
    like = args[0] if at else next(x for x in leaves if isinstance(x, Tensor))
    if dtype is None:
        dtypes = [x.dtype if isinstance(x, Tensor) else torch.tensor(x).dtype for x in leaves]
        dtype = like.dtype if at else reduce(torch.promote_types, dtypes)
    return boxed(_joined(data, dtype, like.device if device is None else device))


OVERRIDES[torch.tensor] = lambda args, kwargs: _made(torch.tensor, args, kwargs, 0)
OVERRIDES[torch.as_tensor] = lambda args, kwargs: _made(torch.as_tensor, args, kwargs, 0)
OVERRIDES[torch.Tensor.new_tensor] = lambda args, kwargs: _made(torch.Tensor.new_tensor, args, kwargs, 1)
