"""Work in parts that fit into memory: what `chunk_size` means for vmap and the Jacobian transforms."""

from __future__ import annotations

import os
import re
import weakref
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from .api_basis import bottom
from .stack import KINDS
from .trees import flatten

__all__ = ["ChunkSize", "check_chunk_size", "in_chunks"]

ChunkSize = int | str | None
T = TypeVar("T")

_UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4,
          "ki": 1024, "mi": 1024**2, "gi": 1024**3, "ti": 1024**4}  # fmt: skip
_BUDGET = re.compile(r"(\d+(?:\.\d+)?) ?([kmgt]i?)?b", re.IGNORECASE)


def check_chunk_size(api: str, chunk_size: Any) -> None:
    """Refuse what is no chunk size."""
    if chunk_size is None or chunk_size == "auto":
        return
    if isinstance(chunk_size, str):
        if _bytes(chunk_size) < 1:
            raise ValueError(
                f"{api}: chunk_size={chunk_size!r} is no number of bytes; write a budget as '512MB' or '2GiB', or 'auto'"
            )
    elif chunk_size <= 0:
        wanted = "chunk_size should be None or" if api == "vmap" else "`chunk_size` should be"  # torch.func's words
        raise ValueError(f"{api}: {wanted} greater than 0. (got {chunk_size})")


def _bytes(budget: str) -> int:
    """A budget in bytes; 0 where the text is none.

    >>> _bytes("512MB"), _bytes("1.5 KiB"), _bytes("7")
    (512000000, 1536, 0)
    """
    match = _BUDGET.fullmatch(budget.strip())
    return int(float(match[1]) * _UNITS[(match[2] or "").lower()]) if match else 0


def in_chunks(count: int, chunk_size: ChunkSize, like: Sequence[Any], run: Callable[[int, int], T]) -> list[T]:
    """Return what `run(first, stop)` returns for consecutive parts of ``range(count)``, at least one.

    With a budget the first part is one example long; what it took at its peak tells how long the others may be, and
    what each of these took corrects that.

    Args:
        like: objects among which there may be tensors: the first tells on which device "auto" asks for free memory.
    """
    if chunk_size is None or not count:
        return [run(0, count)]
    if not isinstance(chunk_size, str):
        return [run(first, min(first + chunk_size, count)) for first in range(0, count, chunk_size)]
    budget = _free(like) // 2 if chunk_size == "auto" else _bytes(chunk_size)
    results, first, size = [], 0, 1
    while first < count:
        stop = min(first + size, count)
        with _Peak() as peak:
            results.append(run(first, stop))
        size = max(1, budget * (stop - first) // max(peak.most, 1))
        first = stop
    return results


def _free(like: Sequence[Any]) -> int:
    """The bytes that are free where the tensors are; a gigabyte where nobody can tell."""
    device = next((bottom(x).device for x in like if isinstance(x, Tensor)), torch.device("cpu"))
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type == "cpu" and "SC_AVPHYS_PAGES" in getattr(os, "sysconf_names", ()):
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 1 << 30


class _Peak(TorchDispatchMode):
    """Counts the bytes of all results of operators, and the `most` that there were at one time."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.live = self.most = 0
        self.storages: set[int] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if not KINDS.isdisjoint(types):  # its rule runs operators on real tensors, which come here by themselves
            return NotImplemented
        for x in flatten(args)[0]:  # what was there before counts nothing, nor do its views
            if type(x) is Tensor and x.layout is torch.strided:
                self._note(x.untyped_storage(), 0)
        out = func(*args, **(kwargs or {}))
        for x in flatten(out)[0]:
            if type(x) is Tensor and x.layout is torch.strided:
                storage = x.untyped_storage()
                self._note(storage, storage.nbytes())
        return out

    def _note(self, storage: torch.UntypedStorage, size: int) -> None:
        key = storage._cdata
        if key not in self.storages:
            self.storages.add(key)
            self.live += size
            self.most = max(self.most, self.live)
            weakref.finalize(storage, self._forget, key, size)

    def _forget(self, key: int, size: int) -> None:
        self.storages.discard(key)
        self.live -= size
