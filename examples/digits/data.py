"""The data: 1,797 handwritten digits of 8 x 8 pixels, which ship with scikit-learn."""

from typing import NamedTuple

import torch
from sklearn.datasets import load_digits
from torch import Tensor


class Digits(NamedTuple):
    """Images of shape (n, 1, 8, 8) with values from 0 to 1, and labels of shape (n,)."""

    images: Tensor
    labels: Tensor

    def pick(self, index: Tensor | slice) -> "Digits":
        """Return the digits at `index`."""
        return Digits(self.images[index], self.labels[index])


def load() -> Digits:
    """Return all digits, in the order of the data set."""
    raw = load_digits()
    images = torch.tensor(raw.images, dtype=torch.float32).unsqueeze(1) / 16
    return Digits(images, torch.tensor(raw.target, dtype=torch.int64))


def split(digits: Digits, share: float = 0.8) -> tuple[Digits, Digits]:
    """Shuffle, and return a training and a test set."""
    order = torch.randperm(len(digits.labels))
    cut = int(share * len(order))
    return digits.pick(order[:cut]), digits.pick(order[cut:])
