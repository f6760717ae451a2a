"""What the public transforms share: names for messages, `argnums`, the checks of outputs, and torch.compile."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from types import CodeType
from typing import Any, TypeVar

import torch
from torch import Tensor

from . import trees
from .box import boxed
from .stack import KINDS, STACK, Level
from .tracer import copy_extra, wrap

__all__ = [
    "Argnums",
    "argument_name",
    "check_real",
    "entry",
    "fresh",
    "given_arguments",
    "lend",
    "lower_aux",
    "name_of",
    "opaque",
    "require_differentiable",
    "select",
    "split_aux",
    "tensor_outputs",
    "transformed",
]

Argnums = int | tuple[int, ...]
F = TypeVar("F", bound=Callable[..., Any])


# ---------------------------------------------------------------- names


def name_of(func: Callable[..., Any]) -> str:
    """Return the name by which a message calls the user's function.

    >>> name_of(functools.partial(max, 1))
    'functools.partial(max, ...)'
    """
    name = getattr(func, "__name__", None)
    if isinstance(name, str):
        return name
    if isinstance(func, functools.partial):
        return f"functools.partial({name_of(func.func)}, ...)"
    return type(func).__name__


def argument_name(func: Callable[..., Any], position: int) -> str:
    """Return "argument 'x'" for the parameter at `position` of `func`, or "argument 1" where it has no name."""
    try:
        names = list(inspect.signature(func).parameters.values())
    except (TypeError, ValueError):  # builtins of torch have no signature
        names = []
    positional = [p.name for p in names if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return f"argument {positional[position]!r}" if position < len(positional) else f"argument {position}"


# ---------------------------------------------------------------- wrappers


def transformed(func: Callable[..., Any], body: Callable[..., Any]) -> Callable[..., Any]:
    """Return what a transform of `func` returns: `body` as an entry, with the name of `func`.

    The `__dict__` of `func` is not copied: that of a module holds its parameters.
    """
    return _entry(body, func)


def entry(body: F) -> F:
    """Return `body` as a function that user code calls, of an outer transform maybe.

    Outside of the user's own function nothing is tracked, and no call passes through the function mode.
    """
    return _entry(body, body)  # type: ignore[return-value]


def _entry(body: Callable[..., Any], named: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        user = STACK.user
        with Level.rules():
            result = body(*args, **kwargs)
            return handed(result) if user else result

    return opaque(functools.update_wrapper(call, named, updated=()))


def opaque(function: F) -> F:
    """Make torch.compile run `function`, and whatever it calls, as it stands.

    Its tracer would look into the interpreter stack, and cannot follow it.
    """
    function._torchdynamo_disable = True  # type: ignore[attr-defined]
    _skip_code(function.__code__)
    return function


@functools.cache
def _skip_code(code: CodeType) -> None:
    """Tell the frame evaluator once for each code object, which costs nothing at a call.

    `torch.compiler.disable` says the same, and imports all of torch._dynamo for it.
    """
    evaluator = torch._C._dynamo.eval_frame
    skip = evaluator._FrameAction.SKIP
    evaluator.set_code_exec_strategy(code, evaluator._FrameExecStrategy(skip, skip))


# ---------------------------------------------------------------- argnums


def select(api: str, args: tuple[Any, ...], argnums: Argnums) -> tuple[int, ...]:
    """Return the positions that `argnums` names, each in `range(len(args))`."""
    if isinstance(argnums, int):
        return (_position(api, args, argnums),)
    if not isinstance(argnums, tuple):
        raise RuntimeError(f"{api}: argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    if not argnums:
        raise RuntimeError(f"{api}: argnums must be non-empty; name at least one argument to differentiate")
    positions = tuple([_position(api, args, argnum) for argnum in argnums])
    if len(set(positions)) != len(positions):
        raise RuntimeError(f"{api}: argnums elements must be unique, got {argnums}")
    return positions


def _position(api: str, args: tuple[Any, ...], argnum: int) -> int:
    if not isinstance(argnum, int):
        raise RuntimeError(f"{api}: argnum must be int, got: {type(argnum)}")
    if not -len(args) <= argnum < len(args):
        raise RuntimeError(
            f"{api}: Got argnum={argnum}, but only {len(args)} positional inputs; "
            "pass the argument by position, or name another"
        )
    return argnum % len(args)


# ---------------------------------------------------------------- values that come and go


Lower = Callable[[Any], Any]


def given_arguments(
    level: Level, lower: Lower, args: tuple[Any, ...], positions: tuple[int, ...], values: Sequence[Any]
) -> list[Any]:
    """Return `args` with `values` at `positions`, and the other ones lent."""
    given = [None if i in positions else lend(level, lower, arg) for i, arg in enumerate(args)]
    for position, value in zip(positions, values, strict=True):
        given[position] = value
    return given


def lend(level: Level, lower: Lower, tree: Any) -> Any:
    """Put the tensors of `tree` into boxes that can take values of `level`.

    What was written to them reaches the originals when the level is left.
    """
    leaves, spec = trees.flatten(tree)
    return trees.unflatten(spec, [_box(level, lower, x) if isinstance(x, Tensor) else x for x in leaves])


def _box(level: Level, lower: Lower, tensor: Any) -> Any:
    box = fresh(tensor)
    if box is not tensor:  # sparse tensors have no box
        level.remember(box, tensor, lower)
    return box


def fresh(tensor: Any) -> Any:
    """Return another tracer of the same value, so that writes to the one do not reach the other."""
    if type(tensor) not in KINDS:
        return boxed(tensor)
    copy = wrap(type(tensor), tensor.level, tensor.value, tensor, tensor.shape, tensor.strides)
    copy_extra(tensor, copy)
    return copy


def handed(result: Any) -> Any:
    """Return a result such that the function of an outer transform may write to it."""
    leaves, spec = trees.flatten(result)
    return trees.unflatten(spec, [fresh(x) if isinstance(x, Tensor) and not _is_own(x) else x for x in leaves])


def _is_own(tensor: Any) -> bool:
    """Whether nothing but the result itself refers to this tracer."""
    return type(tensor) in KINDS and tensor.frozen is not tensor


# ---------------------------------------------------------------- checks


def require_differentiable(api: str, leaves: Sequence[Any]) -> None:
    """Refuse an input that has no derivative: what is no tensor, and integers."""
    for index, leaf in enumerate(leaves):
        if not isinstance(leaf, Tensor):
            raise ValueError(
                f"{api}: Thing passed to transform API must be Tensor, got {type(leaf)} at flattened input {index} "
                "of those to differentiate; convert it with torch.tensor, or leave it out of them"
            )
        dtype = leaf.dtype
        if not (dtype.is_floating_point or dtype.is_complex):
            raise RuntimeError(
                f"{api}: only Tensors of floating point dtype can require gradients (complex ones too), but flattened "
                f"input {index} has dtype {dtype}; convert it, or leave it out of those to differentiate"
            )


def check_real(api: str, leaves: Sequence[Any], place: str) -> None:
    """Refuse complex tensors, for which a Jacobian has two conventions; `place` is "inputs" or "outputs"."""
    for index, leaf in enumerate(leaves):
        if isinstance(leaf, Tensor) and leaf.dtype.is_complex:
            raise RuntimeError(
                f"{api}: Expected all {place} to be real but received complex tensor at flattened input idx: {index} "
                f"(dtype {leaf.dtype}); pass torch.view_as_real of it and view_as_complex inside, or use vjp or jvp"
            )


def tensor_outputs(api: str, func: Callable[..., Any], leaves: Sequence[Any]) -> None:
    """Refuse an output that holds no tensor, or anything else."""
    if not leaves or (len(leaves) == 1 and leaves[0] is None):
        raise RuntimeError(
            f"{api}: Expected f to be a function that has non-empty output (got output = {list(leaves)}); "
            f"does {name_of(func)} return its result?"
        )
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(
                f"{api}: expected f(*primals) to return only tensors, got unsupported type {type(leaf)} from "
                f"{name_of(func)}; return other objects through has_aux=True"
            )


def split_aux(api: str, output: Any) -> tuple[Any, Any]:
    """Split what a function with `has_aux=True` returned."""
    if not (isinstance(output, tuple) and len(output) == 2):
        raise RuntimeError(
            f"{api}: output of function f should be a tuple: (output, aux) if has_aux is True, got {type(output)}"
        )
    return output


def lower_aux(lower: Lower, aux: Any) -> Any:
    """Bring the tensors of `aux` one level down."""
    leaves, spec = trees.flatten(aux)
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"has_aux: Expected tensors, got unsupported type {type(leaf)} in aux")
    return trees.unflatten(spec, [lower(leaf) for leaf in leaves])
