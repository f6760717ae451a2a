"""Peak memory, counted operator by operator: exact, and the same on every machine."""

import math
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Peak(TorchDispatchMode):
    """The most bytes that results of ATen operators held at one time: each storage from its making to its end.

    What was there before counts nothing, nor do views of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.live = self.most = 0
        self.storages: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        for x in tree_leaves(args):
            if isinstance(x, Tensor):
                self._note(x.untyped_storage(), 0)
        out = func(*args, **(kwargs or {}))
        for x in tree_leaves(out):
            if isinstance(x, Tensor):
                self._note(x.untyped_storage(), x.untyped_storage().nbytes())
        self.most = max(self.most, self.live)
        return out

    def _note(self, storage: torch.UntypedStorage, size: int) -> None:
        key = storage._cdata
        if key not in self.storages:
            self.storages.add(key)
            self.live += size
            weakref.finalize(storage, self._forget, key, size)

    def _forget(self, key: int, size: int) -> None:
        self.storages.discard(key)
        self.live -= size


def peak(run: Callable[[], Any]) -> int:
    """The peak in bytes of what `run` makes."""
    with Peak() as mode:
        run()
    return mode.most


def exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """The power of the size that fits the values best."""
    x = torch.tensor([math.log(n) for n in sizes]).double()
    y = torch.tensor([math.log(n) for n in values]).double()
    x, y = x - x.mean(), y - y.mean()
    return float((x * y).sum() / (x * x).sum())
