"""Strategies for the modules that PyTorch and its users write: nearly all, except norms, which have a plugin of their own.

What is special about a module stands here; what `ModuleStrategy` does by itself, swapping registered parameters and buffers,
is enough for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import UninitializedTensorMixin
from torch.nn.utils import parametrize

from oplift.plugin import ModuleStrategy, Unserved, hookimpl


class Registered(ModuleStrategy):
    """Parameters and buffers, and what torch.nn.utils derives from them."""

    def put(self, module: nn.Module, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """As `ModuleStrategy.put`; nothing that was computed from other state outlives the swap."""
        derived = _derived(module, values) if module._forward_pre_hooks else {}
        before = super().put(module, values)
        if parametrize._cache:  # by `parametrize.cached()`: of the state that is swapped out
            parametrize._cache.clear()
        return {**before, **derived}


def _derived(module: nn.Module, values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain attributes that a hook sets anew before each call: `weight` of the first `weight_norm` and `spectral_norm`."""
    return {name: x for name, x in vars(module).items() if isinstance(x, torch.Tensor) and name not in values}


class Recurrent(Registered):
    """RNN, GRU and LSTM keep their weights in a list besides."""

    LISTS = ("_flat_weights", "_flat_weight_refs")

    def put(self, module: nn.Module, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """As `ModuleStrategy.put`, the lists included."""
        lists = {name: list(vars(module)[name]) for name in self.LISTS if name in vars(module)}
        before = super().put(module, {name: x for name, x in values.items() if name not in self.LISTS})
        vars(module).update({name: values[name] for name in self.LISTS if name in values})
        return {**before, **lists}


_REGISTERED, _RECURRENT = Registered(), Recurrent()


@hookimpl(trylast=True)
def oplift_functionalize_module(module: nn.Module) -> ModuleStrategy:
    """Serve every module whose Python code reads its state where it is registered."""
    reason = _reason_against(module)
    if reason is not None:
        raise Unserved(reason)
    return _RECURRENT if isinstance(module, nn.RNNBase) else _REGISTERED


def _reason_against(module: nn.Module) -> str | None:
    if isinstance(module, torch.jit.ScriptModule):
        how = "traced" if isinstance(module, torch.jit.TopLevelTracedModule) else "scripted"
        return f"it is {how} by torch.jit, so C++ reads its state; use the module that it was made from"
    if isinstance(module, nn.DataParallel):
        return "nn.DataParallel runs copies of the module that it holds; use that one, its attribute `module`"
    if type(module).__module__ == "torch.nn.cpp":
        return "it is written in C++, which reads the state there"
    lazy = [name for name, x in module._parameters.items() if isinstance(x, UninitializedTensorMixin)]
    if lazy:
        return f"its parameter '{lazy[0]}' is not initialized; call the module once on an example"
    return None
