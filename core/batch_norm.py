"""Batch norm without running statistics, which a transform over examples or models has no use for."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

__all__ = ["replace_all_batch_norm_modules_"]


def replace_all_batch_norm_modules_(root: nn.Module) -> nn.Module:
    """Make every norm in `root` normalise by the statistics of its input alone, in training and in evaluation.

    Running statistics are one tensor for all examples, written in place: under vmap each example would write its own.
    They are dropped from every module below `root`, and from `root`, that keeps some: BatchNorm1d, 2d and 3d, the
    lazy ones, SyncBatchNorm, and InstanceNorm with `track_running_stats=True`.

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
        if isinstance(module, _NormBase) and module.track_running_stats:
            module.running_mean = None
            module.running_var = None
            module.num_batches_tracked = None
            module.track_running_stats = False
    return root
