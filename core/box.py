"""Boxes: plain tensors that were made inside a transformed function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from .op import Op
from .stack import KINDS, STACK, Level
from .tracer import Tracer, freeze, layout_of, wrap


class Box(Tracer):
    """A plain tensor made inside a transformed function: no transform acts on it yet, but one may be written into it.

    Attributes:
        born: how many transforms ran when it was made.
    """

    __slots__ = ()

    born: int

    @property
    def requires_grad(self) -> bool:
        return self.value.requires_grad  # type: ignore[no-any-return]

    @requires_grad.setter
    def requires_grad(self, flag: bool) -> None:
        self.value.requires_grad_(flag)

    def requires_grad_(self, requires_grad: bool = True) -> Tracer:
        self.value.requires_grad_(requires_grad)
        return self

    def numpy(self, *, force: bool = False) -> Any:
        return self.value.numpy(force=force)

    def data_ptr(self) -> int:
        return self.value.data_ptr()  # type: ignore[no-any-return]

    def share_memory_(self) -> Tracer:
        self.value.share_memory_()
        return self

    def apply_(self, function: Any) -> Tracer:
        with torch._C.DisableTorchFunction():
            new = self.value.clone().apply_(function)
        return self.copy_(new)  # type: ignore[return-value]

    def map_(self, other: torch.Tensor, function: Any) -> Tracer:
        with torch._C.DisableTorchFunction():
            new = self.value.clone().map_(freeze(other), function)
        return self.copy_(new)  # type: ignore[return-value]

    def __dlpack__(self, *args: Any, **kwargs: Any) -> Any:
        return self.value.__dlpack__(*args, **kwargs)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.value.__reduce_ex__(protocol)

    def __deepcopy__(self, memo: Any) -> Any:
        return self.value.clone()

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        return repr(self.value)

    __str__ = __repr__  # type: ignore[assignment]


class BaseLevel(Level):
    """Below all transforms: torch itself, with boxes in and boxes out."""

    def process(self, op: Op, args: Sequence[Any]) -> Any:
        values = list(args)
        for i in op.tensors:
            a = values[i]
            values[i] = [freeze(x) for x in a] if isinstance(a, (list, tuple)) else freeze(a)
        return boxed(op.fn(*values))


BASE = BaseLevel()


def boxed(out: Any) -> Any:
    """Plain tensors in `out` put into boxes."""
    if isinstance(out, torch.Tensor):
        if type(out) in KINDS or out.layout is not torch.strided:
            return out
        box = wrap(Box, BASE, out, out, out.shape, layout_of(out))
        box.born = len(STACK.levels)
        return box
    if type(out) in (tuple, list):
        return type(out)([boxed(x) for x in out])
    return out
