"""Batch norm without running statistics, which a transform over examples or models has no use for."""

from __future__ import annotations

from contextlib import suppress

from torch import nn

from .strategy import Unserved, strategy_of

__all__ = ["replace_all_batch_norm_modules_"]


def replace_all_batch_norm_modules_(root: nn.Module) -> nn.Module:
    """Make every norm in `root` normalise by the statistics of its input alone, in training and in evaluation.

    Running statistics are one tensor for all examples, written in place: under vmap each example would write its own.
    They are dropped from every module below `root`, and from `root`, that keeps some: BatchNorm1d, 2d and 3d, the
    lazy ones, SyncBatchNorm, and InstanceNorm with `track_running_stats=True`; and norms for which a plugin has a strategy
    (`oplift.plugin.ModuleStrategy.forget_`). To keep the statistics, let them come back as results: `functional_call` with
    `carried=True`.

    Args:
        root: a module, changed in place.

    Returns:
        `root`.

    Example:
        >>> from torch import nn
        >>> import oplift
        >>> net = oplift.experimental.replace_all_batch_norm_modules_(nn.Sequential(nn.BatchNorm1d(3)))
        >>> net[0].running_mean is None, net[0].track_running_stats
        (True, False)
    """
    for module in root.modules():
        with suppress(Unserved):  # it keeps what it has, as all others do that are no norms
            strategy_of(module).forget_(module)
    return root
