"""The operator rbfkit::gaussian, for Python."""

from pathlib import Path

import torch
from torch import Tensor

torch.ops.load_library(next(Path(__file__).parent.glob("_kernel.*")))


@torch.library.register_fake("rbfkit::gaussian")
def _shape(x: Tensor, y: Tensor, gamma: float) -> Tensor:
    """What torch.compile must know: the shape of the result."""
    return x.new_empty(*x.shape[:-1], y.shape[-2])


def gaussian(x: Tensor, y: Tensor, gamma: float = 1.0) -> Tensor:
    """How near each row of `x` is to each row of `y`: exp(-gamma |x_i - y_j|^2), ``([n, d], [m, d]) -> [n, m]``."""
    return torch.ops.rbfkit.gaussian(x, y, gamma)
