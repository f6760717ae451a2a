"""A module that keeps a part of its state where PyTorch does not look for it."""

import torch
from torch import Tensor, nn

from rbfkit.gaussian import gaussian


class Smoother(nn.Module):
    """A weighted sum of Gaussian bumps around `centres`, ``[n, d] -> [n]``.

    The centres are data: neither a parameter, since nobody trains them, nor a registered buffer, since checkpoints should not
    hold them. So PyTorch's own tools do not see them.

    Args:
        centres: where the bumps are, ``[m, d]``.
        gamma: how narrow they are.
    """

    def __init__(self, centres: Tensor, gamma: float = 1.0) -> None:
        super().__init__()
        self.centres, self.gamma = centres, gamma
        self.weights = nn.Parameter(torch.ones(len(centres), dtype=centres.dtype))

    def forward(self, x: Tensor) -> Tensor:
        return gaussian(x, self.centres, self.gamma) @ self.weights
