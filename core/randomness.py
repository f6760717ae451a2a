"""Random operators under vmap: what `randomness="error" | "different" | "same"` means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from .batching import Batched, BatchLevel
from .box import boxed
from .op import Op, operator_of
from .stack import STACK, Level
from .tracer import freeze


def _batch_levels() -> list[BatchLevel]:
    return [level for level in STACK.levels if isinstance(level, BatchLevel)]


def _allowed(level: BatchLevel, name: str) -> bool:
    """Whether each example draws its own numbers."""
    if level.randomness == "error":
        raise RuntimeError(
            f"vmap: called random operation while in randomness error mode: {name}. Say what is meant: pass "
            "randomness='different' for other numbers in each example or randomness='same' for the same ones in all"
        )
    return level.randomness == "different"


def spread(op: Op, args: Sequence[Any]) -> Sequence[Any]:
    """Args with the first tensor batched at every level that draws other numbers for each example."""
    first = next((i for i in op.tensors if isinstance(args[i], torch.Tensor)), None)
    if first is None:
        return args
    like = args[first]
    for level in _batch_levels():
        if _allowed(level, op.name):
            like = _batched_at(level, like)
    return [*args[:first], like, *args[first + 1 :]]


def _batched_at(level: BatchLevel, x: torch.Tensor) -> torch.Tensor:
    """`x`, with another level in the middle of those that it has: adding a batch of zeros does it."""
    if type(x) is Batched and x.level is level:
        return x
    zeros = level.batched(torch.zeros(level.size, dtype=x.dtype, device=x.device))
    return x | zeros if x.dtype is torch.bool else freeze(x) + zeros


class _Draw(TorchDispatchMode):
    """Gives the random factories of a call one more leading dimension for each size in `sizes`."""

    def __init__(self, sizes: list[int]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.sizes = sizes

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        op, kwargs = operator_of(func), kwargs or {}
        if not op.random:
            return func(*args, **kwargs)
        names = [p.name for p in op.parameters]
        if "size" in names:
            i = names.index("size")
            return func(*args[:i], [*self.sizes, *args[i]], *args[i + 1 :], **kwargs)
        total = torch.Size(self.sizes).numel()
        rows = [func(*args, **kwargs) for _ in range(total)]
        return torch.stack(rows).reshape(*self.sizes, *rows[0].shape)


#: Functions that draw random numbers even where no operand is a tracer.
RANDOM = frozenset({
    "rand", "randn", "randint", "randperm", "normal", "rand_like", "randn_like", "randint_like", "bernoulli",
    "multinomial", "poisson", "binomial", "dropout", "native_dropout", "alpha_dropout", "feature_dropout",
    "feature_alpha_dropout", "rrelu", "_standard_gamma", "_sample_dirichlet", "bernoulli_", "cauchy_",
    "exponential_", "geometric_", "log_normal_", "normal_", "random_", "uniform_", "dropout_", "alpha_dropout_",
    "rrelu_",
})  # fmt: skip


def draw_plain(func: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """A random function that user code called on plain tensors, or on none, as every running vmap wants it."""
    name = func.__name__
    tensors = any(isinstance(a, torch.Tensor) for a in (*args, *kwargs.values()))
    if tensors and not name.endswith("_"):
        return Level.user_in_cpp(func, [boxed(a) for a in args], {k: boxed(v) for k, v in kwargs.items()})
    levels = [level for level in _batch_levels() if _allowed(level, name)]
    if not tensors:
        return boxed(_draw(func, args, kwargs, levels))
    if levels:
        raise RuntimeError(
            f"vmap: {name} on a plain tensor that was made outside of the transformed function cannot hold other "
            "numbers for each example; use an out-of-place function, or make the tensor inside"
        )
    return func(*args, **kwargs)


def _draw(func: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], levels: Sequence[BatchLevel]) -> Any:
    if not levels:
        return func(*args, **kwargs)
    with _Draw([level.size for level in levels]):
        out = func(*args, **kwargs)
    for level in levels:
        out = level.batched(out)
    return out
