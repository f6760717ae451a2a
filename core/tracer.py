"""Tracers: what user code holds inside a transform.

A tracer is a tensor of one level around a value of a lower level. It is a wrapper subclass of torch.Tensor with the
true logical metadata and no storage, so that C++ accepts it wherever a tensor may stand, and reads no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import torch

from .op import operator_of
from .refusals import READS_MEMORY, no_memory, other_data, refuse_backward, refuse_requires_grad
from .stack import KINDS, Level

_make = torch.Tensor._make_wrapper_subclass
_is_included = torch._C._dispatch_tls_is_dispatch_key_included
_set_included = torch._C._dispatch_tls_set_dispatch_key_included
_dispatch_modes = torch._C._len_torch_dispatch_stack
_PYTHON, _SNAPSHOT = torch._C.DispatchKey.Python, torch._C.DispatchKey.PythonTLSSnapshot
_NUMBERS = frozenset({int, float, bool, complex})
_strided = torch.strided
_NoTorchFunction = torch._C.DisableTorchFunction
_TorchFunction = torch._C._EnableTorchFunction
_NoAutocast = torch._C._DisableAutocast
_Undo = torch._C._RestorePythonTLSSnapshot  # type: ignore[attr-defined]


class Tracer(torch.Tensor):
    """A tensor of one level around a value of a lower level; also a mutable box, see oplift.alias.

    All kinds of tracers have the same slots, so that an in-place operator can turn one kind into another by
    re-pointing it. `shape`, `dtype` and `device` are slots because Python reads them all the time; the getters that
    they hide would go through the function protocol.

    Attributes:
        value: one level down.
        level: the level that interprets operators on this tracer.
        tangent: of a dual: Tensor, or None for a symbolic zero.
        node: of a taped tracer: its place on the tape.
        alias: what it is a view of and which views look at it, or None.
        strides: None where they are those of a contiguous tensor.
        frozen: another tracer of the same value, out of user code's reach (see `freeze`), or None.
    """

    __slots__ = ("value", "level", "tangent", "node", "flat", "levels", "shape", "strides", "dtype", "device")

    value: Any
    level: Any
    tangent: Any
    node: Any
    flat: Any
    levels: Any
    strides: tuple[int, ...] | None
    shape: torch.Size
    dtype: torch.dtype
    device: torch.device

    # Few tracers have these, so they live in the instance's dict: nothing is spent on the others.
    alias: Any = None
    frozen: Any = None
    #: The slot beside `value` that tracers of this kind fill.
    extra: str | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        KINDS.add(cls)

    @classmethod
    def __torch_function__(
        cls, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return Tracer.call_function(func, args, kwargs or {})

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        # C++ arrives here with autograd and the function protocol switched off for this thread; what a rule runs on plain
        # tensors must be recorded by autograd as if the user had called it. Autocast has cast already.
        with _Undo(), _TorchFunction(), _NoAutocast():
            if _is_included(_PYTHON) and not _dispatch_modes():
                _set_included(_PYTHON, False)  # a mode that called us is off while we run: nothing would answer
                _set_included(_SNAPSHOT, False)
            op = operator_of(func)
            if type(args[0]) in _NUMBERS and op.tensors[:1] == (0,):
                args = (_as_tensor(args), *args[1:])
            return Tracer.call_dispatched(op, op.positional(args, kwargs) if kwargs else args)

    #: The doors, set by oplift.functions (a torch function) and oplift.calls (an operator that C++ dispatched).
    call_function: Callable[..., Any]
    call_dispatched: Callable[..., Any]

    @property
    def ndim(self) -> int:  # type: ignore[override]
        return len(self.shape)

    def dim(self) -> int:
        return len(self.shape)

    def size(self, dim: int | None = None) -> Any:
        return self.shape if dim is None else self.shape[dim]

    def stride(self, dim: int | None = None) -> Any:
        strides = strides_of(self)
        return strides if dim is None else strides[dim]

    def numel(self) -> int:
        return self.shape.numel()

    nelement = numel

    def is_complex(self) -> bool:
        return self.dtype.is_complex

    def is_floating_point(self) -> bool:
        return self.dtype.is_floating_point

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    @property
    def T(self) -> torch.Tensor:  # type: ignore[override]
        matrix = len(self.shape) == 2
        return self.transpose(0, 1) if matrix else torch._C.TensorBase.T.__get__(self)  # type: ignore[attr-defined]

    @property
    def mT(self) -> torch.Tensor:  # type: ignore[override]
        return self.transpose(-2, -1)

    @property
    def mH(self) -> torch.Tensor:  # type: ignore[override]
        return self.transpose(-2, -1).conj()

    @property
    def requires_grad(self) -> bool:
        return self.value.requires_grad  # type: ignore[no-any-return]

    @requires_grad.setter
    def requires_grad(self, flag: bool) -> None:
        self.requires_grad_(flag)

    def requires_grad_(self, requires_grad: bool = True) -> Tracer:
        refuse_requires_grad(self)

    @property
    def is_leaf(self) -> bool:  # type: ignore[override]
        return not self.requires_grad

    @property
    def data(self) -> torch.Tensor:
        return self.detach()

    @data.setter
    def data(self, new: torch.Tensor) -> None:
        raise other_data(self)

    @property
    def grad(self) -> None:  # type: ignore[override]
        return None

    def is_conj(self) -> bool:
        return self.value.is_conj()  # type: ignore[no-any-return]

    def is_neg(self) -> bool:
        return self.value.is_neg()  # type: ignore[no-any-return]

    def item(self) -> Any:
        return self.value.item()

    def tolist(self) -> Any:
        return self.value.tolist()

    def __bool__(self) -> bool:
        return bool(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __complex__(self) -> complex:
        return complex(self.value)

    def __index__(self) -> int:
        return self.value.__index__()  # type: ignore[no-any-return]

    def numpy(self, *, force: bool = False) -> Any:
        raise no_memory(self, "numpy")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        return self.numpy()

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise RuntimeError("a tensor inside a transformed function cannot be pickled or deep-copied; use clone()")

    def __deepcopy__(self, memo: Any) -> Tracer:
        return self.clone()  # type: ignore[return-value]

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        inner = repr(self.value).replace("\n", "\n    ")
        return f"{type(self).__name__}(level={self.level.depth}, shape={tuple(self.shape)},\n    {inner})"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self) if not spec else format(self.item(), spec)

    def __hash__(self) -> int:
        return id(self)


for _name, _refuse in {**READS_MEMORY, "backward": refuse_backward}.items():
    setattr(Tracer, _name, _refuse)


def _as_tensor(args: Sequence[Any]) -> torch.Tensor:
    """The number that stands first among the operands, where the schema says Tensor: rules rely on a tensor there."""
    other = next(a for a in args if isinstance(a, torch.Tensor))
    like = torch.empty((1,) * (other.ndim > 0), dtype=other.dtype, device="cpu")
    return torch.tensor(args[0], dtype=torch.result_type(args[0], like), device=other.device)


def strides_of(value: torch.Tensor) -> tuple[int, ...]:
    """The strides of a plain tensor or a tracer."""
    if type(value) not in KINDS:
        return value.stride()
    strides: tuple[int, ...] | None = value.strides  # type: ignore[attr-defined]
    return contiguous_strides(value.shape) if strides is None else strides


def layout_of(value: Any) -> tuple[int, ...] | None:
    """The strides of a plain tensor or a tracer, None where they are those of a contiguous tensor."""
    strides: tuple[int, ...] | None
    strides = value.strides if type(value) in KINDS else None if value.is_contiguous() else value.stride()
    return strides


def contiguous_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of a contiguous tensor of that shape."""
    strides, step = [1] * len(shape), 1
    for i in reversed(range(len(shape))):
        strides[i], step = step, step * max(shape[i], 1)
    return tuple(strides)


def wrap(
    kind: type[Tracer], level: Level, value: Any, like: torch.Tensor, shape: torch.Size, strides: tuple[int, ...] | None
) -> Any:
    """A tracer of `level` around `value` (None: to be made later), with this logical shape and the dtype of `like`."""
    dtype, device = like.dtype, like.device
    t = _make(kind, shape, strides, None, None, dtype, _strided, device)
    if value is not None:
        t.value = value
    t.level, t.shape, t.strides, t.dtype, t.device = level, shape, strides, dtype, device
    return t


def freeze(x: Any) -> Any:
    """What `x` is now, safe from later writes to it: user code holds boxes, and rules may keep values."""
    if type(x) not in KINDS:
        return x
    if x.frozen is None:
        x.frozen = x.value if x.level.depth == 0 else _handle(x)
    return x.frozen


def _handle(x: Any) -> Any:
    """Another tracer around the same value."""
    t = wrap(type(x), x.level, x.value, x, x.shape, x.strides)
    copy_extra(x, t)
    t.frozen = t
    return t


def copy_extra(source: Tracer, target: Any) -> None:
    """Give `target`, of the same kind, the tangent or node of `source`."""
    if source.extra is not None:
        setattr(target, source.extra, getattr(source, source.extra))


def forget_flat(t: Tracer) -> None:
    """Drop what a batched tracer derived from the value that it had."""
    for name in ("flat", "levels"):
        with suppress(AttributeError):
            delattr(t, name)


def in_cpp(func: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Run a torch function with the function protocol off: C++ decomposes it, each operator arrives at dispatch."""
    with _NoTorchFunction():
        return func(*args, **kwargs)
