"""The state of a module, through the strategies of its submodules: what it is, and how it is swapped for a call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from torch import Tensor, nn

from .strategy import ModuleStrategy, Unserved, strategy_of

__all__ = ["Member", "buffers", "carried_call", "members", "named", "parameters", "plain_call", "put_in_place"]

Member = Callable[[ModuleStrategy, nn.Module], Mapping[str, Tensor]]


def parameters(strategy: ModuleStrategy, module: nn.Module) -> Mapping[str, Tensor]:
    return strategy.parameters(module)


def buffers(strategy: ModuleStrategy, module: nn.Module) -> Mapping[str, Tensor]:
    return strategy.buffers(module)


# ---------------------------------------------------------------- what the state is


def submodules(module: nn.Module) -> dict[str, nn.Module]:
    """Prefix -> module: ``""`` for the module itself, ``"encoder.0."`` for one below; a shared one under each name."""
    found: dict[str, nn.Module] = {}
    _walk(module, "", found)
    return found


def _walk(module: nn.Module, prefix: str, found: dict[str, nn.Module]) -> None:
    found[prefix] = module
    for name, child in module._modules.items():
        if child is not None:
            _walk(child, f"{prefix}{name}.", found)


def served(api: str, module: nn.Module, path: str) -> ModuleStrategy:
    """The strategy of a submodule.

    Raises:
        Unserved: there is none; the message names the submodule and the reason.
    """
    try:
        return strategy_of(module)
    except Unserved as error:
        what = f"submodule '{path}'" if path else "the module"
        kind = type(module).__name__
        raise Unserved(f"{api}: {what} ({kind}) cannot become a function of its state: {error}") from None


def members(api: str, module: nn.Module, *kinds: Member) -> dict[str, Tensor]:
    """Name -> tensor, tied ones under each of their names, in the order of `named_parameters`.

    Raises:
        Unserved: a submodule has no strategy.
    """
    places = [(prefix, owner, served(api, owner, prefix[:-1])) for prefix, owner in submodules(module).items()]
    return {
        prefix + name: tensor
        for kind in kinds
        for prefix, owner, strategy in places
        for name, tensor in kind(strategy, owner).items()
    }


def named(tensors: Mapping[str, Tensor]) -> dict[str, list[str]]:
    """All names of each tensor, by its first name."""
    names: dict[int, list[str]] = {}
    for name, tensor in tensors.items():
        names.setdefault(id(tensor), []).append(name)
    return {places[0]: places for places in names.values()}


# ---------------------------------------------------------------- swapping it


class Part:
    """The part of a state that belongs to one submodule.

    Attributes:
        values: attribute -> new value.
        names: attribute -> its names in the state; several where the submodule is shared.
    """

    __slots__ = ("owner", "strategy", "values", "names", "before")

    def __init__(self, api: str, owner: nn.Module, path: str) -> None:
        self.owner, self.strategy = owner, served(api, owner, path)
        self.values: dict[str, Any] = {}
        self.names: dict[str, list[str]] = {}
        self.before: Mapping[str, Any] | None = None

    def put(self) -> None:
        self.before = self.strategy.put(self.owner, self.values)

    def put_back(self) -> Mapping[str, Any]:
        """What the attributes held at the end."""
        before, self.before = self.before, None
        return {} if before is None else self.strategy.put(self.owner, before)


class Swapped:
    """A context in which submodules hold other state; what they held before is put back, whatever happens.

    Args:
        api: for messages.
        module: the root.
        state: name -> tensor.

    Attributes:
        parts: of the state, one for each submodule that has some.
        after: name -> what each attribute held at the end, where the module replaced it.
    """

    __slots__ = ("after", "parts")

    def __init__(self, api: str, module: nn.Module, state: Mapping[str, Any]) -> None:
        self.after: dict[str, Any] = {}
        parts: dict[str, Part] = {}
        owners: dict[int, Part] = {}
        for name, value in state.items():
            path, _, attribute = name.rpartition(".")
            part = parts.get(path)
            if part is None:
                owner = _owner(api, module, path)
                part = parts[path] = owners.get(id(owner)) or owners.setdefault(id(owner), Part(api, owner, path))
            part.values[attribute] = value
            part.names.setdefault(attribute, []).append(name)
        self.parts = list(owners.values())

    def __enter__(self) -> Self:
        try:
            for part in self.parts:
                part.put()
        except BaseException:
            self._restore()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()

    def _restore(self) -> None:
        errors = []
        for part in self.parts:
            try:
                held = part.put_back()
            except Exception as error:  # the others are put back all the same
                errors.append(error)
                continue
            for attribute, value in part.values.items():
                if attribute in held and held[attribute] is not value:
                    self.after.update(dict.fromkeys(part.names[attribute], held[attribute]))
        if errors:
            raise errors[0]


def _owner(api: str, module: nn.Module, path: str) -> nn.Module:
    """The submodule at `path`, which may be an attribute that is not registered."""
    found: Any = module
    for part in path.split(".") if path else ():
        found = found._modules.get(part) or getattr(found, part, None)
        if not isinstance(found, nn.Module):
            raise AttributeError(f"{api}: {type(module).__name__} has no submodule '{path}'")
    return found  # type: ignore[no-any-return]


def put_in_place(api: str, module: nn.Module, state: Mapping[str, Any]) -> None:
    """Put tensors into a module for good."""
    for part in Swapped(api, module, state).parts:
        part.put()


def _tied(api: str, module: nn.Module, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`state` with a value for every name of a tensor that has one for any."""
    names: dict[int, list[str]] = {}
    kept = []  # what a strategy makes for the occasion must live as long as its id is compared
    for prefix, owner in submodules(module).items():
        try:
            strategy = strategy_of(owner)
        except Unserved:  # it is refused if it has to be, where its own state is asked for
            continue
        for table in (strategy.parameters(owner), strategy.buffers(owner)):
            kept.append(table)
            for name, tensor in table.items():
                names.setdefault(id(tensor), []).append(prefix + name)
    tied = dict(state)
    for places in names.values():
        if len(places) > 1:
            given = [state[name] for name in places if name in state]
            if any(value is not given[0] for value in given):
                raise ValueError(
                    f"{api} got multiple values for keys {sorted(places)}, which are tied. Consider using tie_weights=False"
                )
            tied.update(dict.fromkeys(places, given[0]) if given else {})
    return tied


def _check_names(module: nn.Module, state: Iterable[str], names: Iterable[str]) -> None:
    """Refuse a state that is not the whole of the module's."""
    unexpected, missing = sorted(set(state) - set(names)), sorted(set(names) - set(state))
    texts = [("Unexpected", unexpected), ("Missing", missing)]
    found = [f"{what} key(s): {', '.join(map(repr, keys))}." for what, keys in texts if keys]
    if found:
        kind = type(module).__name__
        raise RuntimeError(f"functional_call: Error(s) in reparametrizing for {kind}:\n\t" + "\n\t".join(found))


def plain_call(
    api: str, module: nn.Module, state: dict[str, Tensor], args: tuple[Any, ...], kwargs: Mapping[str, Any],
    tie_weights: bool, strict: bool,
) -> Any:  # fmt: skip
    """Call `module` with `state`; what it replaces while it runs is put into `state`."""
    whole = _tied(api, module, state) if tie_weights else state
    if strict:
        _check_names(module, whole, members(api, module, parameters, buffers))
    swap = Swapped(api, module, whole)
    try:
        with swap:
            return module(*args, **kwargs)
    finally:
        if swap.after:
            state.update({name: value for name, value in swap.after.items() if name in state})


def carried_call(
    api: str, module: nn.Module, state: Mapping[str, Tensor], args: tuple[Any, ...], kwargs: Mapping[str, Any],
    tie_weights: bool, strict: bool,
) -> tuple[Any, dict[str, Tensor]]:  # fmt: skip
    """Call `module` with `state`; returns its output, and what its buffers hold at the end."""
    whole = _tied(api, module, state) if tie_weights else dict(state)
    if strict:
        _check_names(module, whole, members(api, module, parameters, buffers))
    own = members(api, module, buffers)
    start = {name: whole.get(name, tensor) for name, tensor in own.items()}
    copies = {id(tensor): tensor.clone() for tensor in start.values()}  # which may be written to; tied ones stay one
    whole.update({name: copies[id(tensor)] for name, tensor in start.items()})
    with Swapped(api, module, whole) as swap, ExitStack() as stack:
        for part in swap.parts:
            stack.enter_context(part.strategy.carrying(part.owner))
        output = module(*args, **kwargs)
    return output, {name: swap.after.get(name, whole[name]) for name in named(own)}
