"""The custom operator: its kernel here, its rule in squareplus.yaml, and nothing else."""

from pathlib import Path

import torch
from torch import Tensor

import oplift

SPEC = Path(__file__).with_name("squareplus.yaml")


@torch.library.custom_op("demo::squareplus", mutates_args=())
def kernel(x: Tensor, b: Tensor) -> Tensor:
    """To PyTorch a black box, as one in C++ or Triton would be: it can neither batch nor differentiate it."""
    return plain_squareplus(x, b)


def squareplus(x: Tensor, b: Tensor) -> Tensor:
    """A ReLU with a corner of softness `b`: (x + sqrt(x^2 + b)) / 2 (Barron, 2021)."""
    return kernel(x, b)


def plain_squareplus(x: Tensor, b: Tensor) -> Tensor:
    """The same in PyTorch's own operators, which PyTorch's autograd can differentiate: the truth to compare with."""
    return (x + torch.sqrt(x * x + b)) / 2


oplift.load_specs(SPEC)
