"""A small convolutional network whose activation is the custom operator."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oplift.demo.operator import squareplus

Activation = Callable[[Tensor, Tensor], Tensor]


class Soft(nn.Module):
    """The activation, with a softness that is learned."""

    def __init__(self, activation: Activation) -> None:
        super().__init__()
        self.activation = activation
        self.log_b = nn.Parameter(torch.tensor(-2.0))

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(x, self.log_b.exp())


class CNN(nn.Module):
    """([n, 1, 8, 8]) -> [n, 10]: two convolutions, 64 features, and a head of two layers."""

    def __init__(self, activation: Activation = squareplus) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            Soft(activation),
            nn.Conv2d(16, 32, 3, padding=1),
            Soft(activation),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(512, 64),
            nn.LayerNorm(64),
            Soft(activation),
        )
        self.head = nn.Sequential(nn.Linear(64, 32), Soft(activation), nn.Linear(32, 10))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


def error(logits: Tensor, labels: Tensor, reduction: str = "mean") -> Tensor:
    """The cross-entropy, by default its mean."""
    return F.cross_entropy(logits, labels, reduction=reduction)


def accuracy(logits: Tensor, labels: Tensor) -> float:
    """The share of digits that are recognised, from 0 to 1."""
    return (logits.argmax(-1) == labels).float().mean().item()


def parameters(model: nn.Module) -> dict[str, Tensor]:
    """The parameters by name, cut from autograd: what a transformed function takes."""
    return {name: parameter.detach() for name, parameter in model.named_parameters()}
