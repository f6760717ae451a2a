"""Modules as functions of their parameters and buffers."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .module_state import Member, buffers, carried_call, members, named, parameters, plain_call, put_in_place

__all__ = [
    "FunctionalModule",
    "FunctionalModuleWithBuffers",
    "combine_state_for_ensemble",
    "functional_call",
    "make_functional",
    "make_functional_with_buffers",
    "stack_module_state",
]


# ---------------------------------------------------------------- functional_call


def functional_call(
    module: nn.Module,
    parameter_and_buffer_dicts: dict[str, Tensor] | Sequence[dict[str, Tensor]],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
    carried: bool = False,
) -> Any:
    """Call `module` with the given tensors in place of its parameters and buffers, and leave it as it was.

    How each submodule's state is swapped is its strategy's to say (`oplift.plugin.ModuleStrategy`).

    Args:
        module: the module to call; not scripted or traced.
        parameter_and_buffer_dicts: tensors by the names of `named_parameters` and `named_buffers`, or several such
            dicts with distinct names. What has no entry keeps its value. Where the module replaces a buffer while it
            runs, a lone dict gets the new one.
        args: the arguments: a tuple, or one argument that is no tuple.
        kwargs: the keyword arguments.
        tie_weights: whether parameters that are one tensor in the module stay one; then a value for any of their
            names is a value for all.
        strict: whether names that are missing or unknown are an error.
        carried: whether the buffers that the module updates, such as running statistics, come back as results. Neither
            the module nor what was given is written to then. Under vmap each example has statistics of its own.

    Returns:
        What the module returns; with `carried`, a pair of it and all buffers after the call, by name.

    Raises:
        ValueError: a name is in two dicts, tied parameters were given different values, or the dicts are none.
        RuntimeError: `strict` and the names differ from the module's.
        oplift.plugin.Unserved: no plugin has a strategy for a submodule; the message names it and says why. A
            RuntimeError too.

    Example:
        >>> import torch, oplift
        >>> net = torch.nn.Linear(2, 1)
        >>> state = {"weight": torch.ones(1, 2), "bias": torch.zeros(1)}
        >>> oplift.functional_call(net, state, torch.tensor([3.0, 4.0]))
        tensor([7.])
        >>> norm = torch.nn.BatchNorm1d(1, momentum=1.0)
        >>> call = lambda x: oplift.functional_call(norm, {}, x, carried=True)[1]["running_mean"]
        >>> oplift.vmap(call)(torch.arange(6.0).reshape(2, 3, 1))  # two examples of three rows each
        tensor([[1.],
                [4.]])
    """
    state = _merged(parameter_and_buffer_dicts)
    if torch.compiler.is_dynamo_compiling() and not carried:  # it knows this function, and could not ask plugins
        return torch.func.functional_call(module, state, args, kwargs, tie_weights=tie_weights, strict=strict)
    given = () if args is None else args if isinstance(args, tuple) else (args,)
    call = carried_call if carried else plain_call
    return call("functional_call", module, state, given, kwargs or {}, tie_weights, strict)


def _merged(dicts: Any) -> dict[str, Tensor]:
    if isinstance(dicts, dict):
        return dicts
    if not isinstance(dicts, Sequence):
        raise ValueError(
            "functional_call: Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
            f"{type(dicts)}"
        )
    if not all(isinstance(d, dict) for d in dicts):
        raise ValueError(
            "functional_call: Expected all elements of parameter_and_buffer_dicts to be dictionaries, but got "
            f"{[type(d) for d in dicts]}"
        )
    merged = {name: value for d in dicts for name, value in d.items()}
    if len(merged) != sum(map(len, dicts)):
        names = [name for d in dicts for name in d]
        repeated = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(
            f"functional_call: {repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous. "
            "Give each name once"
        )
    return merged


# ---------------------------------------------------------------- ensembles


def stack_module_state(
    models: Sequence[nn.Module] | nn.ModuleList,
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Stack the parameters and the buffers of several modules, for vmap over the models.

    Args:
        models: modules of one class, all training or all not; at least one.

    Returns:
        `(params, buffers)`: by name, tensors of shape `(len(models), *shape)`. The parameters are new leaves of
        autograd, so an optimizer can take them.

    Raises:
        RuntimeError: no model, several classes or modes, or a parameter requires grad in some models only.
        oplift.plugin.Unserved: as `functional_call`.

    Example:
        >>> import torch, oplift
        >>> nets = [torch.nn.Linear(3, 2) for _ in range(5)]
        >>> params, buffers = oplift.stack_module_state(nets)
        >>> call = lambda p, b, x: oplift.functional_call(nets[0], (p, b), x)
        >>> oplift.vmap(call, in_dims=(0, 0, None))(params, buffers, torch.ones(4, 3)).shape
        torch.Size([5, 4, 2])
    """
    api = "stack_module_state"
    _check_alike(api, models)
    return _stacked([_firsts(api, m, parameters) for m in models]), _stacked([_firsts(api, m, buffers) for m in models])


def _firsts(api: str, model: nn.Module, kind: Member) -> dict[str, Tensor]:
    """The state of a model by name, a tied tensor under its first name alone."""
    found = members(api, model, kind)
    return {name: found[name] for name in named(found)}


def _check_alike(api: str, models: Sequence[nn.Module] | nn.ModuleList) -> None:
    if len(models) == 0:
        raise RuntimeError(f"{api}: Expected at least one model, got 0.")
    if len({model.training for model in models}) != 1:
        raise RuntimeError(
            f"{api}: Expected all models to have the same training/eval mode. Call train() or eval() on each."
        )
    kinds = {type(model).__name__: type(model) for model in models}
    if any(type(model) is not type(models[0]) for model in models):
        raise RuntimeError(f"{api}: Expected all models to be of the same class, got {sorted(kinds)}.")


def _stacked(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    return {name: _stack_leaf(name, [state[name] for state in states]) for name in states[0]}


def _stack_leaf(name: str, tensors: list[Tensor]) -> Tensor:
    flags = {tensor.requires_grad for tensor in tensors}
    if len(flags) != 1:
        raise RuntimeError(f"stack_module_state: Expected {name} from each model to have the same .requires_grad")
    stacked = torch.stack(tensors)
    return stacked.detach().requires_grad_() if True in flags else stacked


def combine_state_for_ensemble(
    models: Sequence[nn.Module],
) -> tuple[FunctionalModuleWithBuffers, tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Stack the state of several modules, and return one function for all of them.

    Args:
        models: modules of one class, all training or all not; at least one.

    Returns:
        `(func, params, buffers)` as of `make_functional_with_buffers`, with a leading dimension of size
        `len(models)` in each tensor. None of them requires grad.

    Raises:
        RuntimeError: no model, or several classes or modes.
        oplift.plugin.Unserved: as `functional_call`.

    Example:
        >>> import torch, oplift
        >>> nets = [torch.nn.Linear(3, 2) for _ in range(5)]
        >>> func, params, buffers = oplift.combine_state_for_ensemble(nets)
        >>> oplift.vmap(func, in_dims=(0, 0, None))(params, buffers, torch.ones(4, 3)).shape
        torch.Size([5, 4, 2])
    """
    _check_alike("combine_state_for_ensemble", models)
    functions, params, buffers = zip(*[make_functional_with_buffers(model) for model in models], strict=True)
    return functions[0], _stack_each(params), _stack_each(buffers)


def _stack_each(states: Iterable[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    return tuple([torch.stack(tensors).detach() for tensors in zip(*states, strict=True)])


# ---------------------------------------------------------------- make_functional


class FunctionalModule(nn.Module):
    """A module without state: a function of its parameters, and of what the module takes.

    Attributes:
        stateless_model: a copy of the module, with empty tensors on the meta device for parameters.
        param_names: the name of each parameter that the call takes, a tied one once.
        names_map: all names of each of them.
    """

    def __init__(self, model: nn.Module, param_names: tuple[str, ...], names_map: dict[str, list[str]]) -> None:
        super().__init__()
        self.stateless_model = model
        self.param_names = param_names
        self.names_map = names_map

    def forward(self, params: Iterable[Tensor], *args: Any, **kwargs: Any) -> Any:
        """Call the module with `params`."""
        return _call(self.stateless_model, self.names_map, params, args, kwargs)


class FunctionalModuleWithBuffers(nn.Module):
    """A module without state: a function of its parameters, its buffers, and of what the module takes.

    Attributes:
        stateless_model, param_names: as of `FunctionalModule`.
        buffer_names: the name of each buffer that the call takes.
        all_names_map: all names of each parameter and buffer.
        carried: whether updated buffers are results.
    """

    def __init__(
        self,
        model: nn.Module,
        param_names: tuple[str, ...],
        buffer_names: tuple[str, ...],
        names_map: dict[str, list[str]],
        carried: bool = False,
    ) -> None:
        super().__init__()
        self.stateless_model = model
        self.param_names = param_names
        self.buffer_names = buffer_names
        self.all_names_map = names_map
        self.carried = carried

    def forward(self, params: Iterable[Tensor], buffers: Iterable[Tensor], *args: Any, **kwargs: Any) -> Any:
        """Call the module with `params` and `buffers`; where they are carried, return its output and the new buffers."""
        found = _call(self.stateless_model, self.all_names_map, (*params, *buffers), args, kwargs, self.carried)
        return (found[0], tuple([found[1][name] for name in self.buffer_names])) if self.carried else found


def _call(
    model: nn.Module,
    names_map: Mapping[str, list[str]],
    values: Iterable[Tensor],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    carried: bool = False,
) -> Any:
    values = tuple(values)
    if len(values) != len(names_map):
        raise ValueError(
            f"{type(model).__name__} as a function takes {len(names_map)} parameters and buffers, got {len(values)}"
        )
    pairs = zip(names_map.values(), values, strict=True)
    state = {name: value for names, value in pairs for name in names}
    call = carried_call if carried else plain_call
    return call("make_functional", model, state, args, kwargs, False, False)


def make_functional(
    model: nn.Module, disable_autograd_tracking: bool = False
) -> tuple[FunctionalModule, tuple[Tensor, ...]]:
    """Split a module without buffers into a function and its parameters.

    Args:
        model: any module; it is copied, and stays as it is.
        disable_autograd_tracking: whether the parameters that are returned never require grad; otherwise they do where
            the module's do. Saves time and memory where only oplift differentiates.

    Returns:
        `(func, params)`: `func(params, *args, **kwargs)` is what `model(*args, **kwargs)` is.

    Raises:
        RuntimeError: the module has buffers.
        oplift.plugin.Unserved: as `functional_call`.

    Example:
        >>> import torch, oplift
        >>> func, params = oplift.make_functional(torch.nn.Linear(2, 1))
        >>> func([torch.ones(1, 2), torch.zeros(1)], torch.tensor([3.0, 4.0]))
        tensor([7.])
    """
    api = "make_functional"
    if members(api, model, buffers):
        raise RuntimeError(
            "make_functional(model): `model` has buffers. Please use make_functional_with_buffers(model) instead."
        )
    stateless = copy.deepcopy(model)
    params, names_map = _extract(api, stateless, parameters, nn.Parameter)
    func = FunctionalModule(stateless, tuple(names_map), names_map)
    return func, _tracked(params, disable_autograd_tracking)


def make_functional_with_buffers(
    model: nn.Module, disable_autograd_tracking: bool = False, *, carried: bool = False
) -> tuple[FunctionalModuleWithBuffers, tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Split a module into a function, its parameters and its buffers.

    Args:
        model, disable_autograd_tracking: as for `make_functional`.
        carried: whether `func` returns a pair of the output and the tuple of the buffers after the call, and writes to
            none of those it was given.

    Returns:
        `(func, params, buffers)`: `func(params, buffers, *args, **kwargs)` is what `model(*args, **kwargs)` is.

    Raises:
        oplift.plugin.Unserved: as `functional_call`.

    Example:
        >>> import torch, oplift
        >>> func, params, buffers = oplift.make_functional_with_buffers(torch.nn.BatchNorm1d(3))
        >>> func.param_names, func.buffer_names
        (('weight', 'bias'), ('running_mean', 'running_var', 'num_batches_tracked'))
    """
    api = "make_functional_with_buffers"
    members(api, model, parameters)  # a module that is refused is not copied, which some cannot be
    stateless = copy.deepcopy(model)
    params, param_names = _extract(api, stateless, parameters, nn.Parameter)
    others, buffer_names = _extract(api, stateless, buffers, lambda empty: empty)
    names_map = {**param_names, **buffer_names}
    func = FunctionalModuleWithBuffers(stateless, tuple(param_names), tuple(buffer_names), names_map, carried)
    return func, _tracked(params, disable_autograd_tracking), others


def _tracked(params: tuple[Tensor, ...], disable: bool) -> tuple[Tensor, ...]:
    return tuple([param.requires_grad_(False) if disable else param for param in params])


def _extract(
    api: str, model: nn.Module, kind: Member, make: Callable[[Tensor], Tensor]
) -> tuple[tuple[Tensor, ...], dict[str, list[str]]]:
    """Take state out of `model`; return it, and all names of each tensor by its first name.

    An empty tensor stays in the place of each, so that the module still knows its names.
    """
    found = members(api, model, kind)
    names = named(found)
    empty = {name: make(torch.empty_like(found[name], device="meta")) for name in names}
    put_in_place(api, model, {place: empty[name] for name, places in names.items() for place in places})
    return tuple([found[name] for name in names]), names
