"""The hooks that a plugin may implement. The docstring of each is its contract."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

import pluggy
from torch import nn

if TYPE_CHECKING:
    from .rule_registry import RuleRegistry
    from .strategy import ModuleStrategy

__all__ = ["PROJECT", "hookimpl", "hookspec"]

PROJECT = "oplift"
#: Marks a function of a plugin as its implementation of the hook of that name.
hookimpl = pluggy.HookimplMarker(PROJECT)
#: Marks the hooks themselves.
hookspec = pluggy.HookspecMarker(PROJECT)


@hookspec
def oplift_op_specs() -> Iterable[str | os.PathLike[str] | Traversable]:
    """Name the files in which the plugin declares operators.

    Called once, when the plugin is registered. The operators must exist by then: import what defines them in the module of
    the plugin.

    Returns:
        Paths, or resources of a package (``importlib.resources.files(__package__) / "ops.yaml"``), each of

        - a YAML file of specs (docs/spec-language.md), which is validated and generated now, or
        - a Python module that ``oplift generate ops.yaml -o ops.py`` wrote ahead, which starts faster and needs no YAML.

        An operator that another plugin or oplift itself declares is refused, unless the entry says ``replace: true``.
    """
    raise NotImplementedError


@hookspec
def oplift_rules(registry: RuleRegistry) -> None:
    """Declare rules of operators in Python, for what YAML cannot say.

    Called once, when the plugin is registered. Nothing takes effect before the whole plugin is validated.

    Args:
        registry: whose decorators take the functions: ``@registry.batch("mylib::op")``, ``.jvp``, ``.vjp``,
            ``.decompose``, ``.inverse``; the contract of each function is that of the slot in `oplift.plugin.Rules`.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def oplift_functionalize_module(module: nn.Module) -> ModuleStrategy | None:
    """Say how a module becomes a function of its state.

    Asked for a module and for each of its submodules, when `functional_call`, `make_functional`,
    `make_functional_with_buffers`, `stack_module_state`, `combine_state_for_ensemble` or
    `replace_all_batch_norm_modules_` meets it first; the answer is kept for the life of the module, or until plugins come
    or go. The first answer wins: of the plugin registered last, after those that are marked ``tryfirst`` and before those
    marked ``trylast``, as oplift's own is.

    Args:
        module: the submodule in question. Answer for itself alone; its children are asked about separately.

    Returns:
        A strategy, or None to leave the module to others.

    Raises:
        oplift.plugin.Unserved: nobody can serve this module; the reason is put before the user with the submodule's name.
    """
    raise NotImplementedError


@hookspec
def oplift_transforms() -> Mapping[str, Callable[..., Any]]:
    """Bring transforms: interpreters written with `oplift.plugin.Level` and `oplift.plugin.Tracer`.

    Called once, when the plugin is registered.

    Returns:
        Name -> a function that takes the user's function first. It is then there as ``oplift.transforms.<name>``. A name
        that another plugin has taken is refused.
    """
    raise NotImplementedError


@hookspec
def oplift_compile_backends() -> Mapping[str, Callable[..., Any]]:
    """Bring backends of the compiler.

    Called once, when the plugin is registered; `oplift.plugin.compile_backends()` returns those of all plugins. A name
    that another plugin has taken is refused.

    Returns:
        Name -> ``(graph, example_inputs) -> callable``: from a `torch.fx.GraphModule` and the list of its inputs to a
        function of the same inputs and outputs, as torch.compile's backends are.
    """
    raise NotImplementedError
