"""What the generated batching rules do at run time, one part for each kind.

Everywhere the batch is physical dimension 0 of a batched operand, and an unbatched operand has none. These functions
run for every operator of every vmap: the common case comes first and does the least.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cache, reduce
from typing import Any, NoReturn

import torch

from oplift.batching import BatchLevel
from oplift.errors import FallbackWarning, MissingRule
from oplift.fallback import stack_outputs
from oplift.rule import Op, Unbatched, operator
from oplift.rules.formulas import MEAN
from oplift.stack import Level

Tensor = torch.Tensor
_Tensor = torch.Tensor


class Deferred:
    """An operator that is looked up at its first call; the module's variable then holds the operator itself.

    Looking it up while modules of rules are still being imported would import them in a circle.

    Args:
        module: the globals of the module.
        variable: its name there.
        name: of the operator, ``"aten::gelu"``.
    """

    __slots__ = ("module", "variable", "name")

    def __init__(self, module: dict[str, Any], variable: str, name: str) -> None:
        self.module, self.variable, self.name = module, variable, name

    def __call__(self, *args: Any) -> Any:
        op = self.module[self.variable] = operator(self.name)
        return op(*args)


# ---------------------------------------------------------------- pointwise
def align2(batched: Sequence[bool], a: Any, b: Any) -> tuple[Any, Any]:
    """Two operands, at least one batched, so that they broadcast and promote as their examples do."""
    if batched[0]:
        if batched[1]:
            if a.ndim == b.ndim:
                return a, b
            if a.dtype is b.dtype or (a.ndim > 1 and b.ndim > 1):
                return (pad_rank(a, b.ndim - 1), b) if a.ndim < b.ndim else (a, pad_rank(b, a.ndim - 1))
        elif not isinstance(b, _Tensor):
            return a, b
        elif a.ndim > 1 or a.dtype is b.dtype:
            return (a, b) if b.ndim < a.ndim else (pad_rank(a, b.ndim), b)
    elif not isinstance(a, _Tensor):
        return a, b
    elif b.ndim > 1 or a.dtype is b.dtype:
        return (a, b) if a.ndim < b.ndim else (a, pad_rank(b, a.ndim))
    a, b = _align(batched, (a, b))
    return a, b


def align(batched: Sequence[bool], *operands: Any) -> Sequence[Any]:
    """Any number of operands, at least one batched, so that they broadcast and promote as their examples do.

    An operand may also be None or a number, which stays as it is.
    """
    least, rank, most = 1 << 30, -1, -1  # of the examples of batched operands, and of unbatched operands
    for flag, x in zip(batched, operands, strict=True):
        if flag:
            ndim = x.ndim - 1
            least, rank = ndim if ndim < least else least, ndim if ndim > rank else rank
        elif isinstance(x, _Tensor) and x.ndim > most:
            most = x.ndim
    if least == rank and (most < 0 or 0 < rank >= most):
        return operands
    if least == 0:
        return _align(batched, operands)
    rank = max(rank, most)
    return [pad_rank(x, rank) if flag else x for flag, x in zip(batched, operands, strict=True)]


def _align(batched: Sequence[bool], operands: Sequence[Any]) -> list[Any]:
    ranks = [x.ndim - flag if isinstance(x, _Tensor) else 0 for flag, x in zip(batched, operands, strict=True)]
    rank = max(ranks)
    if any(flag and r == 0 for flag, r in zip(batched, ranks, strict=True)):
        operands = _promoted(batched, operands, ranks)
    return [pad_rank(x, rank) if flag and r < rank else x for flag, x, r in zip(batched, operands, ranks, strict=True)]


def _promoted(batched: Sequence[bool], operands: Sequence[Any], ranks: Sequence[int]) -> list[Any]:
    """Operands of which those whose examples are 0-dimensional have the dtype that the examples promote to.

    A 0-dimensional tensor gives way to others in promotion; with the batch it has a dimension, and would not.
    """
    tensors = [(x.dtype, r) for x, r in zip(operands, ranks, strict=True) if isinstance(x, _Tensor)]
    dtype = _promotion(tuple(d for d, r in tensors if r), tuple(d for d, r in tensors if not r))
    return [
        x.to(dtype) if flag and r == 0 and x.dtype is not dtype and x.dtype is not torch.bool else x
        for flag, x, r in zip(batched, operands, ranks, strict=True)
    ]


@cache
def _promotion(strong: tuple[torch.dtype, ...], weak: tuple[torch.dtype, ...]) -> torch.dtype:
    """What tensors with dimensions (strong) and without (weak) promote to together."""
    if not strong:
        return reduce(torch.promote_types, weak)
    one = torch.empty(1, dtype=reduce(torch.promote_types, strong), device="cpu")
    return torch.result_type(one, torch.empty((), dtype=reduce(torch.promote_types, weak), device="cpu"))


def pad_rank(x: Tensor, rank: int) -> Tensor:
    """A batched operand with ones after its batch, so that an example has `rank` dimensions.

    ``[B, ...s] -> [B, 1..., ...s]``
    """
    missing = rank + 1 - x.ndim
    if missing <= 0:
        return x
    if missing == 1:
        return x.unsqueeze(1)
    return x.reshape(x.shape[:1] + (1,) * missing + x.shape[1:])


def expand_all(which: Sequence[int], *operands: Any) -> Sequence[Any]:
    """Operands of which those at the positions `which` have the shape that all of them broadcast to."""
    shape = operands[which[0]].shape
    if all(x.shape == shape for x in operands if isinstance(x, _Tensor)):
        return operands
    shape = _common_shape([x.shape for x in operands if isinstance(x, _Tensor)])
    return [x.expand(shape) if i in which else x for i, x in enumerate(operands)]


def _common_shape(shapes: Sequence[Sequence[int]]) -> list[int]:
    """What shapes broadcast to, as torch.broadcast_shapes in a tenth of its time; expanding to it finds a mismatch."""
    rank = max(map(len, shapes))
    found = [1] * rank
    for shape in shapes:
        for i, n in enumerate(shape, rank - len(shape)):
            if n != 1:
                found[i] = n
    return found


def spread(batch_size: int, flag: bool, x: Any) -> Any:
    """An operand with the batch, expanded if it has none; None stays None."""
    return x if flag or x is None else x.expand(batch_size, *x.shape)


def spread_all(batch_size: int, flags: Sequence[bool], xs: Sequence[Any]) -> list[Any]:
    """As `spread`, for a list; `flags` may also be False for all of it."""
    if not flags:
        return [spread(batch_size, False, x) for x in xs]
    return [spread(batch_size, flag, x) for flag, x in zip(flags, xs, strict=True)]


def any_of(flags: Sequence[bool] | bool) -> bool:
    """Whether any tensor of a list argument is batched."""
    return flags if isinstance(flags, bool) else any(flags)


def any_rank(memory_format: Any) -> Any:
    """A memory format that does not fix the rank: the batch adds a dimension."""
    if memory_format is torch.channels_last or memory_format is torch.channels_last_3d:
        return torch.contiguous_format
    return memory_format


def device_type(*operands: Any) -> str:
    """Where the first tensor lives, "cpu" or "cuda"."""
    for x in operands:
        if isinstance(x, _Tensor):
            return x.device.type
        if isinstance(x, (list, tuple)):
            return device_type(*x)
    return "cpu"


# ---------------------------------------------------------------- dims and shape
def shift_dim(dim: int, rank: int) -> int:
    """The physical dimension of logical dimension `dim` of `rank`, ``-rank <= dim < rank``."""
    if 0 <= dim < rank:
        return dim + 1
    if -rank <= dim < 0:
        return dim + rank + 1
    raise _out_of_range(dim, rank)


def shift_dims(dims: Any, rank: int, none: str = "error", empty: str = "none") -> list[int]:
    """As `shift_dim`, for a list or a single dimension; None or an empty list may stand for all of them."""
    if dims.__class__ is int:
        return [shift_dim(dims, rank)]
    if dims:
        return [d + 1 if 0 <= d < rank else shift_dim(d, rank) for d in dims]
    if (none if dims is None else empty) == "all":
        return list(range(1, rank + 1))
    if dims is None:
        raise TypeError("None is not a list of dimensions")
    return []


def _out_of_range(dim: int, rank: int) -> IndexError:
    low, high = -max(rank, 1), max(rank, 1) - 1
    return IndexError(f"Dimension out of range (expected to be in range of [{low}, {high}], but got {dim})")


def align_ranks(batched: Sequence[bool], *operands: Tensor) -> list[Any]:
    """Operands that broadcast although dimensions of them are named, and the rank of their examples, at least 1."""
    rank = max([1, *[x.ndim - flag for flag, x in zip(batched, operands, strict=True)]])
    return [*[pad_rank(x, rank) if flag else x for flag, x in zip(batched, operands, strict=True)], rank]


def squeeze_last(result: Any) -> Any:
    """Undo the dimension that a 0-dimensional operand was given, where the result still has it."""
    if isinstance(result, _Tensor):
        return result.squeeze(-1) if result.ndim > 1 else result
    if isinstance(result, (tuple, list)):
        return type(result)([squeeze_last(x) for x in result])
    return result


def unflatten_like(result: Any, shape: Sequence[int]) -> Any:
    """The result of an operator on the flattened examples of an operand of `shape`, in the operand's rank if it kept a
    dimension."""
    if not isinstance(result, _Tensor):
        return type(result)([unflatten_like(x, shape) for x in result])
    if result.ndim != 2:
        return result
    if result.shape[1] == 1:
        return result.reshape(result.shape[:1] + (1,) * (len(shape) - 1))
    return result.reshape(shape)


def prepend(batch_size: int, sizes: Sequence[int], operand: Tensor) -> list[int]:
    """Sizes with the batch before them; -1 is worked out where a batch of size 0 would leave it open."""
    if batch_size == 0 and -1 in sizes:
        known = 1
        for n in sizes:
            known *= n if n != -1 else 1
        rest = torch.Size(operand.shape[1:]).numel() // known if known else 0
        sizes = [rest if n == -1 else n for n in sizes]
    return [batch_size, *sizes]


# ---------------------------------------------------------------- leading
def low_rank(op: str, name: str, x: Tensor, rank: int) -> NoReturn:
    """Raise where the batch would be taken for a dimension of the operator's: each example has too few."""
    raise RuntimeError(
        f"vmap: {op}: argument '{name}' must have at least {rank} dimensions in each example, but it has {x.ndim - 1}: shape "
        f"{tuple(x.shape[1:])}. Give tensors with more dimensions, or map over fewer of them"
    )


def align_leading(batched: Sequence[bool], ranks: Sequence[int], *operands: Any) -> list[Any]:
    """Operands whose leading dimensions broadcast: ones after the batch, as far as the others have more of them."""
    leads = [
        x.ndim - flag - rank if isinstance(x, _Tensor) else 0
        for flag, rank, x in zip(batched, ranks, operands, strict=True)
    ]
    lead = max(leads)
    return [
        pad_rank(x, rank + lead) if flag and n < lead else x
        for flag, rank, n, x in zip(batched, ranks, leads, operands, strict=True)
    ]


def expand_leading(ranks: Sequence[int], *operands: Any) -> list[Any]:
    """Operands with the same leading dimensions, for kernels that do not broadcast them; None stays None."""
    pairs = [(x, x.ndim - rank) if isinstance(x, _Tensor) else (x, 0) for rank, x in zip(ranks, operands, strict=True)]
    lead = _common_shape([x.shape[:n] for x, n in pairs if x is not None])
    return [x if x is None else x.expand(*lead, *x.shape[n:]) for x, n in pairs]


def fold_columns(x: Tensor, left: bool = True) -> Tensor:
    """Batched right-hand sides as one: the batch becomes columns, rows where the matrix is on the right."""
    if left:
        x = x.movedim(0, -1)
        return x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1])
    x = x.movedim(0, -3)
    return x.reshape(*x.shape[:-3], x.shape[-3] * x.shape[-2], x.shape[-1])


def unfold_columns(x: Tensor, folded: Tensor, left: bool = True) -> Tensor:
    """The inverse of `fold_columns`, whose argument `folded` was."""
    size = folded.shape[0]
    if left:
        return x.reshape(*x.shape[:-1], folded.shape[-1], size).movedim(-1, 0)
    return x.reshape(*x.shape[:-2], size, folded.shape[-2], x.shape[-1]).movedim(-3, 0)


def mark_unbatched(outs: Any, flags: Sequence[bool]) -> Any:
    """Several outputs, those with a flag the same for all examples, with the names that torch gives them."""
    return type(outs)([Unbatched(x) if flag else x for x, flag in zip(outs, flags, strict=True)])


# ---------------------------------------------------------------- fold
def fold(batch_size: int, flag: bool, x: Any, at: int, feature_rank: int | None) -> tuple[Any, int | None]:
    """An operand with the batch merged into its own batch dimension `at`, and how many examples of its own it has.

    An operand of `feature_rank` has no batch dimension of its own: vmap's takes the place, and the count is None.
    """
    if x is None:
        return None, None
    x = spread(batch_size, flag, x)
    x = (x.movedim(0, at) if at else x).contiguous()  # some kernels read a repeated or permuted operand as if dense
    if x.ndim - 1 == feature_rank:
        return x, None
    return x.flatten(at, at + 1), x.shape[at + 1]


def count_all(batch_size: int, count: Any) -> Any:
    """An argument that counts examples, alone or as the first of several sizes, for those of the whole batch."""
    return batch_size * count if isinstance(count, int) else [batch_size * count[0], *count[1:]]


def unfold(result: Any, batch_size: int, count: int | None, at: int | Sequence[int]) -> Any:
    """The outputs of a folded call with the batch in front again."""
    if result is None:  # an output that was not asked for
        return None
    if not isinstance(result, _Tensor):
        places = [at] * len(result) if isinstance(at, int) else at
        return [unfold(x, batch_size, count, d) for x, d in zip(result, places, strict=True)]
    assert isinstance(at, int)
    if count is not None:
        result = result.reshape(*result.shape[:at], batch_size, count, *result.shape[at + 1 :])
    return result.movedim(at, 0) if at else result


# ---------------------------------------------------------------- loss
def each_reduced(losses: Tensor, reduction: int) -> Tensor:
    """The losses of each example, reduced: [B, ...] -> [B], or as they are without reduction."""
    if not reduction or losses.ndim == 1:
        return losses
    dims = list(range(1, losses.ndim))
    return losses.mean(dims) if reduction == MEAN else losses.sum(dims)


# ---------------------------------------------------------------- no examples
def one_example(flag: Any, x: Any) -> Any:
    """A batch of one example of zeros in the place of an operand without examples."""
    if isinstance(flag, (tuple, list)):
        return [one_example(f, v) for f, v in zip(flag, x, strict=True)]
    return x.new_zeros((1, *x.shape[1:])) if flag else x


def none_of(result: Any) -> Any:
    """A batch of no examples, from a batch of one."""
    if isinstance(result, _Tensor):
        return result[:0]
    return type(result)([none_of(x) for x in result]) if isinstance(result, (tuple, list)) else result


# ---------------------------------------------------------------- factory
def example(x: Tensor) -> Tensor:
    """Something like one example of a batched tensor, for what does not look at its contents."""
    return x.select(0, 0) if x.shape[0] else x.new_empty(x.shape[1:])


# ---------------------------------------------------------------- otherwise
def by_example(op: Op, batch_size: int, batched: Sequence[Any], args: Sequence[Any], warn: bool = True) -> Any:
    """An operator called once for each example."""
    if batch_size == 0:
        raise MissingRule(f"vmap: {op.name} runs once for each example here, and 0 examples tell no shape")
    if warn:
        text = f"There is a performance drop: {op.name} has no batching rule for these operands and runs once for each "
        warnings.warn(f"{text}of {batch_size} examples", FallbackWarning, stacklevel=3)
    return stack_outputs(op, [op(*_one(op, batched, args, b)) for b in range(batch_size)])


def _one(op: Op, batched: Sequence[Any], args: Sequence[Any], b: int) -> list[Any]:
    found = list(args)
    for i, flag in zip(op.tensors, batched, strict=True):
        if flag is True:
            found[i] = args[i].select(0, b)
        elif flag:
            found[i] = [x.select(0, b) if f else x for f, x in zip(flag, args[i], strict=True)]
    return found


def redispatch(
    op: Op, decompose: Callable[..., Any], batch_size: int, batched: Sequence[Any], args: Sequence[Any]
) -> Any:
    """A decomposition run on batched operands, by a vmap of its own."""
    with BatchLevel(batch_size) as level, Level.rules():
        out = decompose(*_lifted(level, op, batched, args))
        return _lowered(level, out)


def _lifted(level: BatchLevel, op: Op, batched: Sequence[Any], args: Sequence[Any]) -> list[Any]:
    found = list(args)
    for i, flag in zip(op.tensors, batched, strict=True):
        if flag is True:
            found[i] = level.batched(args[i])
        elif flag:
            found[i] = [level.batched(x) if f else x for f, x in zip(flag, args[i], strict=True)]
    return found


def _lowered(level: BatchLevel, out: Any) -> Any:
    if isinstance(out, (tuple, list)):
        return type(out)([_lowered(level, x) for x in out])
    return level.lower(out) if isinstance(out, _Tensor) else out


def unbatchable(name: str, why: str) -> MissingRule:
    """The error for operands with which an operator cannot be batched."""
    return MissingRule(f"vmap: {name} cannot be batched with these operands: {why}")
