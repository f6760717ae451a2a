"""Operators: one `Op` for each overload, with its schema and the slots that hold its rules."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch._C import _len_torch_function_stack as _depth

from . import registry
from .errors import MissingRule
from .stack import bind

if TYPE_CHECKING:
    from .rule import Rules

_OPS: dict[str, Op] = {}
_BY_OVERLOAD: dict[Any, Op] = {}
_SLOTS: dict[str, Any] = dict.fromkeys(
    ["batch", "jvp", "vjp", "decompose", "inverse", "derivative", "batch_unsupported"]
)
_SLOTS |= {"nondiff_outputs": (), "pointwise": False, "batch_loop": False}


#: Functions that return a view where there is one, and a copy elsewhere.
_MAY_COPY = {"reshape", "reshape_as", "flatten", "unflatten", "ravel", "contiguous", "to", "type_as"}


class Parameter:
    """One argument of an operator."""

    __slots__ = ("name", "type", "default", "required", "kwarg_only", "size", "written")

    def __init__(self, argument: Any) -> None:
        self.name = argument.name
        self.type = _schema_type(str(argument.real_type))
        self.required = not argument.has_default_value()
        self.default = None if self.required else argument.default_value
        self.kwarg_only = argument.kwarg_only
        self.size = argument.N
        self.written = argument.alias_info is not None and argument.alias_info.is_write

    @property
    def is_tensor(self) -> bool:
        return "Tensor" in self.type


def _return_type(base: str) -> Any:
    """The class of torch.return_types for a function with named outputs."""
    return getattr(torch.return_types, base, None)


def _schema_type(name: str) -> str:
    """TorchScript's `Optional[List[int]]` as a schema writes it: `int[]?`."""
    for prefix, suffix in (("Optional[", "?"), ("List[", "[]")):
        if name.startswith(prefix):
            return _schema_type(name[len(prefix) : -1]) + suffix
    return name


class Op:
    """One operator overload. Calling it binds it: the highest level among its operands interprets it.

    Attributes:
        name: ``"aten::mul.Tensor"``.
        parameters: the arguments in the order of the schema, keyword-only ones included.
        tensors: positions of the tensor arguments (Tensor, Tensor?, Tensor[], Tensor?[]).
        alike: whether the result of one tensor is of its shape, or of several that of the broadcast.
        unary: whether the only tensor argument is the first, and no list.
        binary: whether the tensor arguments are the first two, and no lists.
        arity: number of leading arguments that are always present when a rule is called.
        fn: the operator on plain tensors; takes all arguments positionally.
        view: whether the output aliases the first argument.
        may_copy: whether that depends on the strides.
        seeded: whether torch says that it draws random numbers, itself or by what it is made of.
        random: whether it draws random numbers.
        composite: whether all that is declared is a decomposition.
        special: whether it needs more than a rule: it is random, composite, or mutates.
        quick: whether it is none of that and no view, and has one or two tensor arguments: most of all calls.
        casts: whether autocast may have a say in it.
        written: positions of the arguments that it mutates.
        outputs, fresh: how many it returns, and how many of these are no arguments and no views.
        returns: the named tuple that torch's functions return the outputs in, or None.
        makes: whether the result is a fresh tensor, which user code may go on to write into.
        out_form: whether these are not read, as in the out= variants.
    """

    batch: Any
    jvp: Any
    vjp: Any
    decompose: Any
    inverse: Any
    derivative: str | None
    batch_unsupported: str | None
    nondiff_outputs: tuple[int, ...]
    pointwise: bool
    batch_loop: bool

    def __init__(self, name: str, schema: Any, fn: Callable[..., Any], overload: Any = None) -> None:
        self.name, self.schema, self.overload = name, schema, overload
        self.parameters = [Parameter(a) for a in schema.arguments]
        self.tensors = tuple(i for i, p in enumerate(self.parameters) if p.is_tensor)
        lists = any(self.parameters[i].type.endswith("[]") for i in self.tensors[:2])
        self.unary = self.tensors == (0,) and not lists
        self.binary = self.tensors == (0, 1) and not lists
        self.arity = self.tensors[-1] + 1 if self.tensors else 0
        self.written = tuple(i for i, p in enumerate(self.parameters) if p.written)
        self.may_copy = name.partition("::")[2].partition(".")[0] in _MAY_COPY
        self.view = not self.written and any(r.alias_info is not None for r in schema.returns)
        self.fn = fn
        base = name.partition("::")[2].partition(".")[0]
        self.outputs = len(schema.returns)
        self.fresh = sum(r.alias_info is None for r in schema.returns)
        self.returns = _return_type(base) if self.outputs > 1 else None
        self.makes = base.startswith("new_") or base.endswith("_like")
        self.out_form = bool(self.written) and self.parameters[self.written[0]].kwarg_only
        self.seeded = overload is not None and torch.Tag.nondeterministic_seeded in overload.tags
        self.adopt(None)

    def adopt(self, rules: Rules | None) -> None:
        """Fill the slots from `rules`; None: nothing is declared."""
        self.rules = rules
        for slot, default in _SLOTS.items():
            setattr(self, slot, getattr(rules, slot, default))
        self.random = self.seeded if rules is None else rules.random
        self.composite = self.decompose is not None and self.batch is self.jvp is self.vjp is None
        self.alike = self.pointwise and not self.view
        self.special = self.random or bool(self.written) or self.composite
        plain = not (self.special or self.view or self.makes)
        self.quick = plain and (self.unary or (self.binary and self.parameters[1].required))
        self.casts = not (self.quick and self.pointwise) or _has_autocast_kernel(self)

    def __call__(self, *args: Any) -> Any:
        # a decomposition runs as user code does, and may name operators
        return Op.call_by_anyone(self, args) if _depth() else bind(self, args)

    #: Set by oplift.calls: `call_op` where user code runs, and `bind` where a rule does.
    call_by_anyone: Callable[[Op, Sequence[Any]], Any]

    def __repr__(self) -> str:
        return f"Op({self.name})"

    def pad(self, args: Sequence[Any]) -> tuple[Any, ...]:
        """Args with defaults appended until every tensor argument is there."""
        return (*args, *(p.default for p in self.parameters[len(args) : self.arity]))

    def positional(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        """All arguments in the order of the schema, as far as the last one given or the last tensor."""
        values = list(args)
        last = max([self.arity, *(i + 1 for i, p in enumerate(self.parameters) if p.name in kwargs)])
        values.extend(kwargs.get(p.name, p.default) for p in self.parameters[len(values) : last])
        return tuple(values)

    def draws(self, args: Sequence[Any]) -> bool:
        """Whether it draws random numbers for these arguments; a fused dropout of probability 0 does not."""
        if not self.random:
            return False
        drop = next((i for i, p in enumerate(self.parameters) if p.name == "dropout_p"), None)
        return drop is None or (args[drop] if drop < len(args) else self.parameters[drop].default) != 0


_AUTOCAST = ["CPU", "CUDA", "MPS", "XPU", "IPU", "HPU", "XLA", "MTIA", "PrivateUse1"]


def _has_autocast_kernel(op: Op) -> bool:
    """Whether autocast treats the operator on some device."""
    if op.overload is None:
        return False
    name, known = op.overload.name(), torch._C.DispatchKey.__members__
    keys = [f"Autocast{device}" for device in _AUTOCAST if f"Autocast{device}" in known]
    return any(torch._C._dispatch_has_kernel_for_dispatch_key(name, key) for key in keys)


def _caller(overload: Any) -> Callable[..., Any]:
    """The overload as a function of positional arguments alone."""
    if any(a.kwarg_only for a in overload._schema.arguments):
        return positional(overload._op, overload._schema.arguments)
    return overload._op  # type: ignore[no-any-return]


def positional(func: Callable[..., Any], parameters: Sequence[Any]) -> Callable[..., Any]:
    """`func`, which takes keyword-only arguments by keyword, as a function of positional arguments alone."""
    split = next((i for i, p in enumerate(parameters) if p.kwarg_only), len(parameters))
    names = [p.name for p in parameters[split:]]

    def call(*args: Any) -> Any:
        return func(*args[:split], **dict(zip(names, args[split:], strict=False)))

    return call


def find_overload(name: str) -> Any:
    """torch's OpOverload of that name, or None."""
    namespace, _, rest = name.partition("::")
    base, _, variant = rest.partition(".")
    try:
        packet = getattr(getattr(torch.ops, namespace), base)
        return getattr(packet, variant or "default")
    except (AttributeError, RuntimeError):
        return None


def declared() -> list[str]:
    """The names of all operators with declared rules, sorted."""
    discover()
    return sorted(registry.declared())


def register(rules: Mapping[str, Rules]) -> None:
    """Add rules of pseudo-operators, which oplift's own rules are written with."""
    entries = {name: registry.Entry(given, registry.origin_of(given)) for name, given in rules.items()}
    registry.extend("oplift", entries)
    _adopt(entries)


def install(source: str, entries: Mapping[str, registry.Entry]) -> None:
    """Take in the rules of a source, in place of what it brought before. All or nothing.

    Raises:
        PluginError: another source declares one of the operators, and neither or both say `replace`.
    """
    registry.check(source, entries)
    registry.keep_sources(entries)
    _adopt(registry.add(source, entries))


def uninstall(source: str) -> None:
    """Take the rules of a source out; what was in force before is again."""
    _adopt(registry.remove(source))


def _adopt(names: Iterable[str]) -> None:
    for op in [_OPS[name] for name in names if name in _OPS]:
        rules = registry.rules_of(op.name)
        if rules is None and op.overload is None:
            del _OPS[op.name]  # a pseudo-operator, which is nothing without them
        op.adopt(rules)


class _Discovery:
    """The search for installed plugins, which runs once.

    Attributes:
        done: whether it is over; `started` whether it runs, and may look operators up itself.
    """

    done = started = False
    lock = threading.RLock()


def discover() -> None:
    """Find the plugins that are installed, once: when the first operator is looked up, or something else asks."""
    if _Discovery.done:
        return
    # Another thread may be importing a module that the search needs, and wait here: to wait for ever would be a deadlock.
    held = _Discovery.lock.acquire(timeout=10)
    try:
        if not _Discovery.started:
            _Discovery.started = True
            try:
                importlib.import_module("oplift.plugin").discover_installed()
            finally:
                _Discovery.done = True
    finally:
        if held:
            _Discovery.lock.release()


def operator(name: str) -> Op:
    """The Op of an overload.

    Args:
        name: ``"aten::mul.Tensor"``; without overload (``"aten::sin"``) the default one.

    Raises:
        MissingRule: torch has no such operator, nor has any rule declared it.

    Example:
        >>> import torch
        >>> from oplift.rule import operator
        >>> operator("aten::mul.Tensor")(torch.ones(2), 3)
        tensor([3., 3.])
    """
    name = name.removesuffix(".default")
    op = _OPS.get(name)
    return op if op is not None else _OPS.setdefault(name, _make(name))


def _make(name: str) -> Op:
    discover()
    rules = registry.rules_of(name)
    overload = find_overload(name)
    if overload is not None:
        op = Op(name, overload._schema, _caller(overload), overload)
    elif rules is not None and rules.fn is not None:
        op = Op(name, torch._C.parse_schema(name + str(rules.schema)), rules.fn)
    else:
        raise MissingRule(f"{name}: torch.ops has no such operator; is the library that defines it imported?")
    if rules is not None:
        op.adopt(rules)
    return op


def operator_of(overload: Any) -> Op:
    """The Op of a torch OpOverload."""
    op = _BY_OVERLOAD.get(overload)
    if op is None:
        op = _BY_OVERLOAD[overload] = operator(str(overload.name()))
    return op
