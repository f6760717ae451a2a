"""What the user's function runs on: tensors without values, or copies; nothing of the user's is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode, UnsupportedOperatorException
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

from oplift.stack import KINDS
from oplift.trees import map_leaves

from .target import Described

__all__ = ["real_values", "shapes_only"]

Converter = Callable[[Any], Any]
_PLAIN = (Tensor, torch.nn.Parameter)


class _Shapes(TorchDispatchMode):
    """Beside the mode of fake tensors: an operator without a fake implementation runs once on real zeros.

    Attributes:
        without: names of these operators.
    """

    def __init__(self, fake: FakeTensorMode) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.fake, self.without = fake, set[str]()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if any(type(t) in KINDS for t in _tensors((args, kwargs))):
            return NotImplemented  # a tracer's to handle; what it comes to then meets this mode again
        if func._schema.is_mutable:  # plain tensors that nothing fake meets would be written to
            args, kwargs = map_leaves(self._without_values, tuple(args)), map_leaves(self._without_values, kwargs)
        try:
            return func(*args, **kwargs)
        except RuntimeError as error:
            if not _has_no_fake(error) or not all(type(t) is FakeTensor for t in _tensors((args, kwargs))):
                raise
        self.without.add(func.name())
        with _disable_current_modes():
            out = func(*map_leaves(_zeros, tuple(args)), **map_leaves(_zeros, kwargs))
        return map_leaves(self._without_values, out)

    def _without_values(self, x: Any) -> Any:
        return self.fake.from_tensor(x) if type(x) in _PLAIN else x


def _has_no_fake(error: RuntimeError) -> bool:
    return isinstance(error, UnsupportedOperatorException) or "There was no fake impl registered" in str(error)


def _tensors(tree: Any) -> list[Tensor]:
    found: list[Tensor] = []
    map_leaves(lambda x: found.append(x) if isinstance(x, Tensor) else None, tree)
    return found


def _zeros(x: Any) -> Any:
    return torch.zeros(x.shape, dtype=x.dtype) if isinstance(x, Tensor) else x


@contextmanager
def shapes_only() -> Iterator[tuple[Converter, set[str]]]:
    """While it lasts torch computes shapes, and no values.

    Returns:
        What turns an argument into a tensor without values, and the names of the operators whose kernel ran nevertheless, on
        zeros, since nothing else tells the shape of its result.
    """
    # what the function captures (parameters, constants) is turned when it is met, and so cannot be written to
    fake = FakeTensorMode(allow_non_fake_inputs=True)
    shapes = _Shapes(fake)

    def convert(x: Any) -> Any:
        if isinstance(x, Described):
            return torch.empty(x.shape, dtype=x.dtype)
        return fake.from_tensor(x.detach()) if isinstance(x, Tensor) else x

    with fake, shapes:
        yield convert, shapes.without


class _Restoring(TorchDispatchMode):
    """Puts back what in-place operators write to: the tensors that the function captures."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.before: dict[int, tuple[Tensor, Tensor]] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if any(type(t) in KINDS for t in _tensors((args, kwargs))):
            return NotImplemented
        for i, argument in enumerate(func._schema.arguments):
            if argument.alias_info is not None and argument.alias_info.is_write:
                for x in _tensors(args[i] if i < len(args) else kwargs.get(argument.name)):
                    if type(x) in _PLAIN:
                        self.before.setdefault(id(x), (x, x.detach().clone()))
        return func(*args, **kwargs)

    def restore(self) -> None:
        with torch.no_grad():
            for x, value in reversed(self.before.values()):  # what was a view of another then is one now
                if x.shape == value.shape:
                    x.copy_(value)


@contextmanager
def real_values() -> Iterator[tuple[Converter, set[str]]]:
    """While it lasts torch computes as ever; then the tensors that were written to get their values back.

    Returns:
        What copies an argument, or makes one of a given shape; and an empty set.
    """
    restoring = _Restoring()

    def convert(x: Any) -> Any:
        if isinstance(x, Described):
            return x.made()
        return x.detach().clone() if isinstance(x, Tensor) else x

    with torch.random.fork_rng():
        try:
            with restoring:
                yield convert, set()
        finally:
            restoring.restore()
