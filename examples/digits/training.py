"""Training by pure functions: parameters in, parameters out."""

from collections.abc import Iterator

import torch
from torch import Tensor

Tree = dict[str, Tensor]


class Adam:
    """Adam over named tensors; a leading ensemble dimension changes nothing."""

    def __init__(self, params: Tree, rate: float) -> None:
        self.rate, self.steps = rate, 0
        self.mean = {name: torch.zeros_like(p) for name, p in params.items()}
        self.square = {name: torch.zeros_like(p) for name, p in params.items()}

    def step(self, params: Tree, grads: Tree) -> Tree:
        """Return the parameters after one step."""
        self.steps += 1
        return {name: p - self._update(name, grads[name]) for name, p in params.items()}

    def _update(self, name: str, grad: Tensor) -> Tensor:
        self.mean[name] = 0.9 * self.mean[name] + 0.1 * grad
        self.square[name] = 0.999 * self.square[name] + 0.001 * grad * grad
        mean = self.mean[name] / (1 - 0.9**self.steps)
        square = self.square[name] / (1 - 0.999**self.steps)
        return self.rate * mean / (square.sqrt() + 1e-8)


def batches(count: int, size: int, epochs: int) -> Iterator[Tensor]:
    """Indices of mini-batches, in a new order each epoch; what does not fill a batch waits for the next epoch."""
    for _ in range(epochs):
        yield from torch.randperm(count).split(size)[: count // size]
