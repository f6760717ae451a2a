"""The strategy for norms with running statistics: forgotten, or carried along as results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.utils.hooks import RemovableHandle

from oplift.plugin import ModuleStrategy, hookimpl

STATISTICS = ("running_mean", "running_var")


class Norm(ModuleStrategy):
    """A norm that writes its running statistics in place while it trains."""

    @contextmanager
    def carrying(self, module: nn.Module) -> Iterator[None]:
        """Let each example have statistics of its own, where the norm sees examples one by one.

        Shared statistics would see all examples of a vmap, one after the other.
        """
        momentum = module.momentum
        handles = [module.register_forward_pre_hook(_part, with_kwargs=True)]
        if momentum is None:
            handles += _cumulative(module)
        try:
            yield
        finally:
            module.momentum = momentum
            for handle in handles:
                handle.remove()

    def forget_(self, module: nn.Module) -> None:
        """Normalize by the statistics of the input alone, in training and in evaluation."""
        for name in (*STATISTICS, "num_batches_tracked"):
            setattr(module, name, None)
        module.track_running_stats = False


def _part(module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Make the statistics as batched as the input is, their values as they are."""
    if not module.training:
        return
    x = args[0] if args else kwargs["input"]
    corner = x.detach()[(slice(0, 1),) * x.ndim].sum()  # depends on the example as x does
    never = torch.zeros((), dtype=torch.bool, device=x.device)
    for name in STATISTICS:
        statistic = module._buffers.get(name)
        if isinstance(statistic, Tensor):
            module._buffers[name] = torch.where(never, corner.to(statistic.dtype), statistic)


def _cumulative(module: nn.Module) -> list[RemovableHandle]:
    """Average over all calls, as momentum None means, although the number of calls may differ from example to example.

    The norm would make a Python number of it. So it is asked for the statistics of the call alone, by a momentum of one.
    """
    before: dict[str, Tensor] = {}

    def ask(module: nn.Module, args: Any) -> None:
        if module.training:
            before.update({name: module._buffers[name] for name in STATISTICS})  # type: ignore[misc]
            module._buffers.update({name: x.clone() for name, x in before.items()})
            module.momentum = 1.0

    def average(module: nn.Module, args: Any, output: Any) -> None:
        if module.training:
            calls = module._buffers["num_batches_tracked"]
            for name, old in before.items():
                module._buffers[name] = old + (module._buffers[name] - old) / calls  # type: ignore[operator]

    return [module.register_forward_pre_hook(ask), module.register_forward_hook(average)]


_NORM = Norm()


@hookimpl
def oplift_functionalize_module(module: nn.Module) -> ModuleStrategy | None:
    """Serve BatchNorm, SyncBatchNorm and InstanceNorm, where they keep running statistics."""
    return _NORM if isinstance(module, _NormBase) and module.track_running_stats else None
