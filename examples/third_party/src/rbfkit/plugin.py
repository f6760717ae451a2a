"""What rbfkit tells oplift; found by the entry point in pyproject.toml."""

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from torch import Tensor, nn

from oplift.plugin import ModuleStrategy, hookimpl
from rbfkit import Smoother  # which defines the operator, too


class SmootherStrategy(ModuleStrategy):
    """The centres are a part of the state, as buffers are."""

    def buffers(self, module: nn.Module) -> Mapping[str, Tensor]:
        return {**super().buffers(module), "centres": module.centres}


@hookimpl
def oplift_op_specs() -> list[Traversable]:
    return [files("rbfkit") / "gaussian.yaml"]


@hookimpl
def oplift_functionalize_module(module: nn.Module) -> ModuleStrategy | None:
    return SmootherStrategy() if isinstance(module, Smoother) else None
