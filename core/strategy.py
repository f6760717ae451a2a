"""How a module becomes a function of its state: what a plugin says of a module, and who answers for which."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from weakref import WeakKeyDictionary

from torch import Tensor, nn

from .errors import OpliftError

__all__ = ["MISSING", "ModuleStrategy", "Unserved", "forget_answers", "strategy_of"]


#: Stands for an attribute that a module does not have.
MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()


class Unserved(OpliftError):
    """A module that cannot become a function of its state; the message says why, in words that follow its name."""


class ModuleStrategy:
    """How one kind of module becomes a function of its state.

    One object may serve many modules. Every method gets the module, and speaks of it alone, not of its children: names are
    those of its own attributes, without a dot. The methods here serve a module whose state is its registered parameters and
    buffers, and other attributes that are tensors; override what is different.

    Example:
        >>> import torch, oplift
        >>> from oplift.plugin import ModuleStrategy, hookimpl, register, unregister
        >>> class Table(torch.nn.Module):
        ...     table = torch.zeros(2)  # state that is no parameter and no buffer
        ...     def forward(self, x):
        ...         return x + self.table
        >>> class TableStrategy(ModuleStrategy):
        ...     def buffers(self, module):
        ...         return {"table": module.table}
        >>> class Plugin:
        ...     @hookimpl
        ...     def oplift_functionalize_module(self, module):
        ...         return TableStrategy() if isinstance(module, Table) else None
        >>> info = register(Plugin(), "tables")
        >>> func, params, buffers = oplift.make_functional_with_buffers(Table())
        >>> func(params, [torch.ones(2)], torch.ones(2))
        tensor([2., 2.])
        >>> unregister("tables")
    """

    def parameters(self, module: nn.Module) -> Mapping[str, Tensor]:
        """The state that is trained: attribute name -> tensor."""
        return {name: value for name, value in module._parameters.items() if value is not None}

    def buffers(self, module: nn.Module) -> Mapping[str, Tensor]:
        """The rest of the state: attribute name -> tensor."""
        return {name: value for name, value in module._buffers.items() if value is not None}

    def put(self, module: nn.Module, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put `values` in the place of the attributes of these names, and return what was there.

        Called with the new state before the module runs, and with what it returned afterwards, whatever happened in
        between. It must not fail half way: where it raises, nothing has changed.

        Args:
            module: the module.
            values: tensors, of a running transform maybe; also under names that `parameters` and `buffers` do not list,
                where the user gave them. `MISSING` for an attribute that was not there, and shall not be again.

        Raises:
            TypeError: the attribute is there, and no tensor.
        """
        parameters, buffers = module._parameters, module._buffers
        others = [name for name in values if name not in parameters and name not in buffers]
        before = {name: _attribute(module, name) for name in others}  # the only thing here that can fail
        for name, value in values.items():
            table: dict[str, Any] = parameters if name in parameters else buffers
            if name in table:
                before[name] = table[name]
                table[name] = value
        for name in others:
            _set_attribute(module, name, values[name])
        return before

    def carrying(self, module: nn.Module) -> AbstractContextManager[Any]:
        """A context in which `module` runs when updated buffers shall come back as results (`carried=True`).

        Its buffers hold copies then, which may be written to; what they hold at the end is the result.
        """
        return nullcontext()

    def forget_(self, module: nn.Module) -> None:
        """Make the module keep no statistics of what it sees, where it does (`replace_all_batch_norm_modules_`)."""


def _attribute(module: nn.Module, name: str) -> Any:
    value = getattr(module, name, MISSING)
    if value is MISSING or value is None or isinstance(value, Tensor):
        return value
    raise TypeError(f"attribute '{name}' of {type(module).__name__} is {type(value).__name__}, not a tensor")


def _set_attribute(module: nn.Module, name: str, value: Any) -> None:
    if value is not MISSING:
        setattr(module, name, value)
    elif hasattr(module, name):
        delattr(module, name)


_ANSWERS: WeakKeyDictionary[nn.Module, ModuleStrategy] = WeakKeyDictionary()


def strategy_of(module: nn.Module) -> ModuleStrategy:
    """The strategy that serves `module` itself.

    Raises:
        Unserved: there is none.
    """
    found = _ANSWERS.get(module)
    if found is None:
        found = importlib.import_module("oplift.plugin").ask(module)  # by name: pluggy is imported when it is needed
        if not isinstance(found, ModuleStrategy):
            raise Unserved(_nobody(module, found))
        _ANSWERS[module] = found
    return found


def _nobody(module: nn.Module, answer: Any) -> str:
    if answer is None:
        return "no plugin serves it; is 'oplift-modules', which serves most, blocked, or oplift not installed afresh?"
    return f"a plugin answered with {type(answer).__name__}, which is no oplift.plugin.ModuleStrategy"


def forget_answers() -> None:
    """Ask again, since plugins came or went."""
    _ANSWERS.clear()
