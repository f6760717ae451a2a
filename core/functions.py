"""From torch functions to operators: the second door, and the methods of the first.

`torch.sum(x, 1)`, `x.sum(1)` and `x.sum(dim=1)` all name a function whose overloads are known. The table finds, for the
types of the arguments, the overload and how to arrange them, once; later calls with the same types go straight on.
A function without entry is run with the function protocol off, and reaches dispatch as ATen operators (door 3).
"""

from __future__ import annotations

import importlib
import numbers
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from types import CellType, FunctionType
from typing import Any

import torch
from torch._ops import OpOverload, OpOverloadPacket

from .calls import call_op, user_in_cpp
from .errors import MissingRule
from .inplace import mutate
from .op import Op, operator, operator_of
from .registry import RULE_PACKAGES
from .stack import FOREIGN, KINDS, STACK, Level, bind, start_user_code, stop_user_code
from .tracer import Tracer, in_cpp

#: Names that torch's Python functions accept besides those of the schema.
_ALIASES = {"input": "self", "axis": "dim", "keepdims": "keepdim", "x": "self", "x2": "other"}
#: Scalars become tensors for these; the others have an overload for numbers.
_SCALARS_AS_TENSORS = {"add", "sub", "subtract", "mul", "multiply", "div", "divide", "true_divide"}
_autocast = torch._C._is_any_autocast_enabled
_dispatch_modes = torch._C._len_torch_dispatch_stack
_SEQUENCES = (list, tuple, torch.Size)

Plan = tuple[Op, Callable[[Sequence[Any], dict[str, Any]], Sequence[Any]] | None]


class Function:
    """A torch function with a rule for each of its overloads.

    Attributes:
        plans: types of the arguments -> the overload and how to arrange them for it.
        direct: those plans in which the arguments are in order already: most of all calls.
    """

    __slots__ = ("func", "names", "plans", "direct", "base")

    def __init__(self, func: Callable[..., Any], base: str, names: Sequence[str]) -> None:
        self.func, self.base, self.names = func, base.partition("::")[2], names
        self.plans: dict[Any, Plan | None] = {}
        self.direct: dict[Any, Op] = {}

    def run(self, args: Sequence[Any], kwargs: dict[str, Any], through: Callable[[Op, Sequence[Any]], Any]) -> Any:
        """Call the overload that the arguments ask for, `through` bind or call_op."""
        plan = self.plan(args, kwargs)
        if plan is None:
            return (user_in_cpp if through is call_op else in_cpp)(self.func, args, kwargs)
        op, arrange = plan
        args = args if arrange is None else arrange(args, kwargs)
        if op.written:
            return mutate(op, args, through)
        out = through(op, args)
        return out if op.returns is None else op.returns(out)

    def plan(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Plan | None:
        """The overload that the arguments ask for, and how to arrange them; None where only C++ knows."""
        key = _kinds(args)
        if kwargs:
            key = key, tuple(kwargs), tuple(map(type, kwargs.values()))
        try:
            return self.plans[key]
        except KeyError:
            plan = self.plans[key] = self._plan(args, kwargs)
            return plan

    def _plan(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Plan | None:
        for name in self.names:
            try:
                op = operator(name)
            except MissingRule:  # the installed torch is older than the one that the rules were generated with
                continue
            arrange = self._arrangement(op, args, kwargs)
            if arrange is not False:
                if arrange is None and op.returns is None:
                    self.direct[_kinds(args)] = op
                return op, arrange
        return None

    def _arrangement(self, op: Op, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """How to arrange the arguments for `op`: None (as they are), a function, or False (they do not fit)."""
        renamed = {(k if any(p.name == k for p in op.parameters) else _ALIASES.get(k, k)): v for k, v in kwargs.items()}
        at = _packs(op, args)
        packed = args if at is None else (*args[:at], list(args[at:]))
        names = [p.name for p in op.parameters]
        room = sum(not p.kwarg_only for p in op.parameters)
        if len(packed) > room or any(k not in names[len(packed) :] for k in renamed):
            return False
        given = dict(zip(names, packed, strict=False)) | renamed
        for p in op.parameters:
            if p.name in given:
                if not self._accepts(p, given[p.name]):
                    return False
            elif p.required and not p.type.endswith("?"):
                return False
        lists = {i: p.size or 1 for i, p in enumerate(op.parameters) if _is_int_list(p) and _is_int(given.get(p.name))}
        if not kwargs and at is None and not lists:
            return None
        by_name = dict(zip(renamed, kwargs, strict=True))
        last = max([op.arity, *(i + 1 for i, name in enumerate(names) if name in by_name)])
        rest = [(by_name.get(p.name), p.default) for p in op.parameters[len(packed) : last]]
        return _arranger(at, rest, lists)

    def _accepts(self, p: Any, value: Any) -> bool:
        kind = p.type
        if kind.endswith("?") and value is None:
            return True
        kind = kind.removesuffix("?")
        if kind == "Tensor":
            as_tensor = p.name == "other" and self.base.removesuffix("_") in _SCALARS_AS_TENSORS
            return isinstance(value, torch.Tensor) or (as_tensor and isinstance(value, numbers.Number))
        check = _CHECKS.get(kind)
        if check is not None:
            return check(value)
        if kind.endswith("[]"):
            if kind == "Tensor[]":
                return isinstance(value, (list, tuple)) and all(isinstance(v, torch.Tensor) for v in value)
            item = _CHECKS.get(kind[:-2], _never)
            one = p.size is not None or _is_int_list(p)  # x.view(6), x.sum(1)
            return (isinstance(value, _SEQUENCES) and all(map(item, value))) or (one and item(value))
        return False


def _kinds(args: Sequence[Any]) -> Any:
    """The types of the arguments as a key; written out for one and two, where most calls are."""
    if len(args) == 1:
        return type(args[0])
    if len(args) == 2:
        return type(args[0]), type(args[1])
    return tuple(map(type, args))


def _packs(op: Op, args: Sequence[Any]) -> int | None:
    """Where trailing integers begin that stand for the last argument, an int[]: x.view(2, 3). None: nowhere."""
    at = sum(not p.kwarg_only for p in op.parameters) - 1
    if at not in (0, 1) or op.parameters[at].size or not _is_int_list(op.parameters[at]) or len(args) <= at + 1:
        return None
    return at if all(map(_is_int, args[at:])) else None


def _arranger(at: int | None, rest: Sequence[tuple[str | None, Any]], lists: dict[int, int]) -> Callable[..., Any]:
    """What brings the arguments of a call into the order of the schema.

    Args:
        at: where the integers begin that are one argument; None: none are.
        rest: keyword (None: not given) and default of each parameter behind the positional arguments.
        lists: positions at which one integer stands for a list, and its length.
    """

    def arrange(args: Sequence[Any], kwargs: dict[str, Any]) -> Sequence[Any]:
        if at is not None:
            args = (*args[:at], list(args[at:]))
        if rest:
            args = [*args, *[default if name is None else kwargs[name] for name, default in rest]]
        if lists:
            args = [[a] * lists[i] if i in lists else a for i, a in enumerate(args)]
        return args

    return arrange


def _never(value: Any) -> bool:
    return False


def _is(*types: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, types)


def _is_int_list(p: Any) -> bool:
    return p.type in ("int[]", "SymInt[]", "int[]?", "SymInt[]?")


def _is_int(value: Any) -> bool:
    return isinstance(value, (int, torch.SymInt)) and not isinstance(value, bool)


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "int": _is_int,
    "SymInt": _is_int,
    "float": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "number": _is(int, float, complex, bool),
    "Scalar": _is(int, float, complex, bool),
    "bool": _is(bool),
    "str": _is(str),
    "ScalarType": _is(torch.dtype),
    "MemoryFormat": _is(torch.memory_format),
    "Layout": _is(torch.layout),
    "Device": _is(torch.device, str),
}

#: torch function -> Function; filled by `install`.
TABLE: dict[Any, Function] = {}
#: torch function -> what to call instead, with (args, kwargs); filled by the modules that override one.
OVERRIDES: dict[Any, Callable[[Sequence[Any], dict[str, Any]], Any]] = {}


def call_function(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Run a torch function on tracers, for a rule or, with `STACK.user` off, for user code."""
    entry = TABLE.get(func)
    if entry is not None:
        return entry.run(args, kwargs, bind)
    override = OVERRIDES.get(func)
    if override is not None:
        return override(args, kwargs)
    if type(func) is FunctionType and checks(func):
        return unchecked(func)(*args, **kwargs)
    func = lone_overload(func)
    if type(func) is OpOverload:
        return call_overload(func, args, kwargs, bind)
    return in_cpp(func, args, kwargs)


def lone_overload(func: Any) -> Any:
    """The overload of `torch.ops.mylib.op` where there is just one: what its own autograd kernel would do to tracers
    need not be known."""
    if type(func) is OpOverloadPacket and not func._qualified_op_name.startswith("aten::"):
        names = func.overloads()
        return getattr(func, names[0]) if len(names) == 1 else func
    return func


def call_overload(func: OpOverload, args: Sequence[Any], kwargs: dict[str, Any], through: Callable[..., Any]) -> Any:
    """`torch.ops.aten.mul.Tensor(x, y)`: the operator itself, which C++ would decompose if it is composite."""
    op = operator_of(func)
    if op.written or type(args[0] if args else None) in (int, float, bool, complex):
        return (user_in_cpp if through is call_op else in_cpp)(func, args, kwargs)
    return through(op, op.positional(args, kwargs))


def call_user_function(func: Any, args: Sequence[Any], kwargs: dict[str, Any] | None) -> Any:
    """Run a torch function that user code called on tracers."""
    entry = TABLE.get(func)
    if entry is not None:
        op = None if kwargs else entry.direct.get(_kinds(args))
        if (op is None or op.casts) and _autocast():  # C++'s to do: the casts and the operators come back by dispatch
            return user_in_cpp(func, args, kwargs or {})
        if op is None:
            return entry.run(args, kwargs or {}, call_op)
        if op.quick and op.unary and type(args[0]) in KINDS:  # `call_op`, its first lines
            return args[0].level.process(op, args)
        return call_op(op, args)
    kwargs = kwargs or {}
    if type(func) is FunctionType and func not in OVERRIDES and checks(func):
        with user_code():
            return unchecked(func)(*args, **kwargs)
    override = OVERRIDES.get(func)
    if override is not None:
        return override(args, kwargs)
    func = lone_overload(func)
    if type(func) is OpOverload and not _autocast():
        return call_overload(func, args, kwargs, call_op)
    return user_in_cpp(func, args, kwargs)


class user_code:
    """Let a block run as user code, from inside of a function that the mode called."""

    def __enter__(self) -> None:
        start_user_code()

    def __exit__(self, *exc: Any) -> None:
        stop_user_code()


class as_rule:
    """Let a block run as a rule: the function mode off, nothing tracked. Does nothing where a rule runs already."""

    __slots__ = ("was_user",)

    def __enter__(self) -> None:
        self.was_user = STACK.user
        if self.was_user:
            stop_user_code()

    def __exit__(self, *exc: Any) -> None:
        if self.was_user:
            start_user_code()


_CHECK_NAMES = ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic")


@cache
def checks(func: FunctionType) -> bool:
    """Whether a function, or one that it closes over, asks for overrides by the names that `unchecked` can answer for."""
    inner = [cell.cell_contents for cell in func.__closure__ or ()]
    own = any(name in func.__globals__ for name in set(func.__code__.co_names).intersection(_CHECK_NAMES))
    return own or any(type(f) is FunctionType and f is not func and checks(f) for f in inner)


def unchecked(func: FunctionType) -> FunctionType:
    """One of torch's Python functions without its own check for overrides, so that its body runs on tracers.

    A decorated function checks in the function that its decorator closes over, so these are freed as well.
    """
    free = _UNCHECKED.get(func)
    if free is None:
        name = func.__globals__["__name__"]
        if name not in _GLOBALS:
            _GLOBALS[name] = {**func.__globals__, **dict.fromkeys(_CHECK_NAMES, lambda *args: False)}
            _GLOBALS[name].update({k: unchecked(v) for k, v in func.__globals__.items() if _checks_for_another(k, v)})
        cells = tuple(CellType() for _ in func.__closure__ or ())
        free = FunctionType(func.__code__, _GLOBALS[name], func.__name__, func.__defaults__, cells)
        free.__kwdefaults__ = func.__kwdefaults__
        _UNCHECKED[func] = free
        for cell, old in zip(cells, func.__closure__ or (), strict=True):  # last: a function may close over itself
            cell.cell_contents = _unchecked_if_torch(old.cell_contents)
    return free


def _checks_for_another(name: str, x: Any) -> bool:
    """Whether `x` is the body of a public function, and checks in its name: left as it is, it would call that again."""
    return name.startswith("_") and type(x) is FunctionType and "handle_torch_function" in x.__code__.co_names


def _unchecked_if_torch(x: Any) -> Any:
    return unchecked(x) if type(x) is FunctionType and str(x.__module__).startswith("torch.") else x


_UNCHECKED: dict[FunctionType, FunctionType] = {}
#: module name -> its globals, with checks that always say no.
_GLOBALS: dict[str, dict[str, Any]] = {}


def method(entry: Function) -> Callable[..., Any]:
    """A method of tracers that goes straight to `entry`."""
    run, direct, call_by_anyone = entry.run, entry.direct, Op.call_by_anyone

    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            op = None
        elif len(args) == 1:  # `_kinds`, written out
            op = direct.get(type(args[0]))
        else:
            op = direct.get(_kinds(args))
        if op is not None and not (op.casts and _autocast()):
            return call_by_anyone(op, args)
        if op is None and not _autocast():
            plan = entry.plan(args, kwargs)
            if plan is not None:
                op, arrange = plan
                out = call_by_anyone(op, args if arrange is None else arrange(args, kwargs))
                return out if op.returns is None else op.returns(out)
        if not STACK.user:
            return run(args, kwargs, bind)
        stop_user_code()
        try:
            return user_in_cpp(entry.func, args, kwargs)
        finally:
            start_user_code()

    call.__name__ = entry.base
    return call


_OPERATORS = {"__add__": "add", "__sub__": "sub", "__mul__": "mul", "__truediv__": "div", "__pow__": "pow",
              "__matmul__": "matmul", "__eq__": "eq", "__ne__": "ne", "__lt__": "lt", "__le__": "le", "__gt__": "gt",
              "__ge__": "ge", "__radd__": "add", "__rmul__": "mul", "__iadd__": "add_", "__isub__": "sub_",
              "__imul__": "mul_", "__itruediv__": "div_"}  # fmt: skip
_UNARY_OPERATORS = {"__neg__": "neg", "__abs__": "abs", "__invert__": "bitwise_not"}
_REFLECTED = {"__rpow__": "pow", "__rmatmul__": "matmul"}
_OPERANDS = (torch.Tensor, int, float, complex, bool)


def _binary(entry: Function) -> Callable[..., Any]:
    call, direct, as_tensors = method(entry), entry.direct, entry.base.removesuffix("_") in _SCALARS_AS_TENSORS
    call_by_anyone = Op.call_by_anyone

    def operator_method(self: Any, other: Any) -> Any:
        if as_tensors and type(other) in _REALS:
            other = constant(other, self)
        op = direct.get((type(self), type(other)))
        if op is None or (op.casts and _autocast()):
            return call(self, other) if isinstance(other, _OPERANDS) else _with_number(call, self, other)
        return call_by_anyone(op, (self, other))

    operator_method.__name__ = entry.base
    return operator_method


def _rtruediv(self: Any, other: Any) -> Any:
    if isinstance(other, torch.Tensor):  # Python asks the subclass on the right first; torch would divide
        return torch.div(other, self)
    if type(other) in _REALS and other == 1:
        return self.reciprocal()
    return self.reciprocal() * other if isinstance(other, _OPERANDS) else _with_number(_rtruediv, self, other)


def _reflected(entry: Function) -> Callable[..., Any]:
    call = method(entry)

    def operator_method(self: Any, other: Any) -> Any:
        if isinstance(other, _OPERANDS):
            return call(other, self)
        return _with_number(lambda x, number: call(number, x), self, other)

    operator_method.__name__ = entry.base
    return operator_method


def _rsub(self: Any, other: Any) -> Any:
    if type(other) in _REALS:
        other = constant(other, self)
        if type(other) not in _REALS:
            return torch.sub(other, self)
    return torch.rsub(self, other) if isinstance(other, _OPERANDS) else _with_number(_rsub, self, other)


def _with_number(call: Callable[..., Any], self: Any, other: Any) -> Any:
    """`call` where the other operand is a number of another library's, as NumPy's scalars are."""
    return call(self, other.item()) if isinstance(other, numbers.Number) and hasattr(other, "item") else NotImplemented


_REALS = (float, int)
_EXACT = (torch.float32, torch.float64)


def constant(number: float, like: Any) -> Any:
    """A number as the dimensionless tensor that torch would make of it for an operator with `like`, made once.

    The kernel for a tensor and a number takes three times as long as that for two tensors. Where it would compute
    otherwise (half precision, integers) the number stays, and so it does where tensor subclasses were given or a
    dispatch mode is on, which may refuse a plain tensor. A zero stays because of its sign, which the key would not tell.
    """
    dtype = like.dtype
    if not number or dtype not in _EXACT or _dispatch_modes() or (FOREIGN and _foreign()):
        return number
    return _constant(number, dtype)


def _foreign() -> bool:
    return not STACK.levels or STACK.levels[0].foreign


@lru_cache(1024)
def _constant(number: float, dtype: torch.dtype) -> torch.Tensor:
    with torch._C.DisableTorchFunction(), torch.inference_mode(False):
        return torch.tensor(number, dtype=dtype, device="cpu")


def _resolve(path: str) -> Any:
    module, _, name = path.partition(".")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def install(functions: Sequence[tuple[str, str, Sequence[str]]]) -> None:
    """Add functions to the table, and their methods to tracers.

    Args:
        functions: (path as `torch.Tensor.sum`, base operator `aten::sum`, its overloads in order of resolution).
    """
    for path, base, names in functions:
        func = _resolve(path)
        if func is None:
            continue
        TABLE[func] = entry = Function(func, base, names)
        owner, _, name = path.rpartition(".")
        if owner == "torch.Tensor" and name not in Tracer.__dict__:
            setattr(Tracer, name, method(entry))
    places: Any = (
        (torch.Tensor, _OPERATORS, _binary),
        (torch.Tensor, _UNARY_OPERATORS, method),
        (torch, _REFLECTED, _reflected),
    )
    for source, names_of, make in places:
        for name, target in names_of.items():
            found = TABLE.get(getattr(source, target))
            if found is not None:
                setattr(Tracer, name, make(found))
                if make is not _reflected:
                    TABLE[getattr(torch.Tensor, name)] = found
    Tracer.__rtruediv__ = _rtruediv
    Tracer.__rsub__ = _rsub  # type: ignore[method-assign]


Tracer.call_function = staticmethod(call_function)
Level.rules = as_rule


def install_declared() -> None:
    """Add the functions of the shipped rules to the table."""
    for package in RULE_PACKAGES:
        install(importlib.import_module(package + ".index").FUNCTIONS)
