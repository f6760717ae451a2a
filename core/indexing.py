"""`x[index]` and `x[index] = value`.

An index of integers, slices, None and Ellipsis is one operator, `oplift::getitem`; tensors in it make an
`aten::index.Tensor` on top. The meaning is PyTorch's: integers act first, then the tensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from .alias import write
from .calls import call_op
from .functions import OVERRIDES, as_rule
from .op import Op, operator
from .reverse import note_mutation
from .stack import KINDS, STACK, bind
from .tracer import Tracer, freeze

_BASIC = (int, slice, type(None), type(Ellipsis))
_BASIC_TYPES = frozenset(_BASIC)


def _is_basic(entry: Any) -> bool:
    return isinstance(entry, _BASIC) and not isinstance(entry, bool)


def _as_tuple(index: Any) -> tuple[Any, ...]:
    if isinstance(index, tuple):
        return index
    if isinstance(index, list) and any(isinstance(i, (list, tuple, slice, torch.Tensor, type(None))) for i in index):
        return tuple(index)
    return (index,)


def _tensor(entry: Any, device: torch.device) -> torch.Tensor:
    """An entry that is no basic one, as the tensor that it stands for."""
    if isinstance(entry, torch.Tensor):
        return entry
    if isinstance(entry, (list, tuple)) and any(isinstance(e, torch.Tensor) for e in entry):
        return torch.stack([torch.as_tensor(e, device=device) for e in entry])
    found: torch.Tensor = torch.as_tensor(entry, device=device)
    return found.long() if found.numel() == 0 and found.dtype.is_floating_point else found


def _consumed(entry: Any) -> int:
    """How many dimensions of the operand an entry takes."""
    if entry is None:
        return 0
    masks = isinstance(entry, torch.Tensor) and entry.dtype in (torch.bool, torch.uint8)
    return entry.ndim if masks else 1


def _split(x: torch.Tensor, index: Any) -> tuple[tuple[Any, ...], list[Any]]:
    """`index` as a basic index and the tensors that act on its result (None: a dimension that is left alone)."""
    entries = [e if _is_basic(e) else _tensor(e, x.device) for e in _as_tuple(index)]
    if all(map(_is_basic, entries)):
        return tuple(entries), []
    at = next((i for i, e in enumerate(entries) if e is Ellipsis), len(entries))
    taken = sum(_consumed(e) for e in entries if e is not Ellipsis)
    entries[at : at + 1] = [slice(None)] * (x.ndim - taken)
    basic: list[Any] = []
    tensors: list[Any] = []
    for e in entries:
        if isinstance(e, torch.Tensor):
            flag = e.ndim == 0 and e.dtype is torch.bool  # x[True]: a new dimension, and a mask for it
            basic.extend([None] if flag else [slice(None)] * _consumed(e))
            tensors.append(e.clone().reshape(1) if flag else e)  # read now, as in PyTorch: e may be written to later
        else:
            basic.append(e)
            tensors.extend([] if isinstance(e, int) else [None])
    while tensors and tensors[-1] is None:
        tensors.pop()
    return tuple(basic), tensors


def _trivial(basic: Sequence[Any]) -> bool:
    return all(isinstance(e, slice) and e == slice(None) for e in basic)


def getitem(x: Any, index: Any) -> Any:
    """`x[index]`, by rules or for user code."""
    entries = index if type(index) is tuple else (index,)
    if _BASIC_TYPES.issuperset(map(type, entries)):  # most indices: one operator
        return Op.call_by_anyone(operator("oplift::getitem"), (x, entries))
    run = bind if not STACK.user else call_op
    with as_rule():
        return _getitem(x, index, run)


def _getitem(x: Any, index: Any, run: Any) -> Any:
    basic, tensors = _split(x, index)
    if tensors and _trivial(basic):
        return run(operator("aten::index.Tensor"), (x, tensors))
    x = run(operator("oplift::getitem"), (x, basic))
    return run(operator("aten::index.Tensor"), (x, tensors)) if tensors else x


def setitem(x: torch.Tensor, index: Any, value: Any) -> None:
    """`x[index] = value`: the box `x` is re-pointed."""
    with as_rule():
        basic, tensors = _split(x, index)
        if not isinstance(value, torch.Tensor):
            value = torch.as_tensor(value, dtype=x.dtype, device=x.device)
        if not tensors:
            write(x, bind(operator("oplift::setitem"), (freeze(x), basic, freeze(value))))
            return
        part = x if _trivial(basic) else call_op(operator("oplift::getitem"), (x, basic))
        value = freeze(value).to(x.dtype)
        write(part, bind(operator("aten::index_put"), (freeze(part), [freeze(t) for t in tensors], value)))


def _get(args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    x, index = args
    if type(x) in KINDS or any(type(i) in KINDS for i in _as_tuple(index)):
        return _getitem(x, index, call_op)
    return x[index]


def _set(args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    x, index, value = args
    if not any(type(a) in KINDS for a in (x, value, *_as_tuple(index))):
        note_mutation(x)
        x[index] = value
    else:
        setitem(x, index, value)


Tracer.__getitem__ = getitem  # type: ignore[method-assign]
Tracer.__setitem__ = setitem  # type: ignore[method-assign, assignment]
OVERRIDES[torch.Tensor.__getitem__] = _get
OVERRIDES[torch.Tensor.__setitem__] = _set
