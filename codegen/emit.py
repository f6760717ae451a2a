"""Source text that several templates need: parameters, and the operator called on its own arguments."""

from __future__ import annotations

from collections.abc import Mapping

from . import torch_names
from .expr import Uses
from .model import Spec
from .schema import Argument

#: Operators that Python has a sign for: straight to the fast path of tensors and tracers, whichever side holds one.
_SIGNS = {
    "aten::mul.Tensor": "*", "aten::div.Tensor": "/", "aten::__and__.Tensor": "&", "aten::__or__.Tensor": "|",
    "aten::__xor__.Tensor": "^", "aten::bitwise_and.Tensor": "&", "aten::bitwise_or.Tensor": "|",
    "aten::bitwise_xor.Tensor": "^",
    "aten::lt.Tensor": "<", "aten::le.Tensor": "<=", "aten::gt.Tensor": ">", "aten::ge.Tensor": ">=",
    "aten::matmul": "@",
}  # fmt: skip
_SCALED_SIGNS = {"aten::add.Tensor": "+", "aten::sub.Tensor": "-", "aten::add.Scalar": "+", "aten::sub.Scalar": "-"}
#: Longer statements than this do not say a call twice, for the sake of their readers.
_SHORT = 104
#: A value one level down may be strided otherwise than what the user sees.
_STRIDELESS = {"aten::view": "reshape", "aten::_unsafe_view": "reshape"}


def parameters(args: tuple[Argument, ...]) -> str:
    """``self, dim, keepdim=False``: all arguments of the schema, positionally."""
    found, optional = [], False
    for arg in args:
        optional = optional or arg.default is not None
        found.append(f"{arg.name}={arg.default or 'None'}" if optional else arg.name)
    return ", ".join(found)


def names(args: tuple[Argument, ...]) -> str:
    return ", ".join(arg.name for arg in args)


def own_call(spec: Spec, uses: Uses, values: Mapping[str, str] | None = None) -> str:
    """The operator on its arguments, some of them replaced, in the fastest form that reaches the same overload."""
    args = {a.name: a.name for a in spec.signature.args} | dict(values or {})
    first, *rest = args.values()
    if spec.op in _SIGNS:
        return f"{first} {_SIGNS[spec.op]} {rest[0]}"
    if spec.op in _SCALED_SIGNS:
        method = f"{first}.{spec.ident.partition('_')[0]}({rest[0]}, alpha={rest[1]})"
        return f"{first} {_SCALED_SIGNS[spec.op]} {rest[0]} if {rest[1]} == 1 else {method}"
    if spec.op in _STRIDELESS:
        return f"{first}.{_STRIDELESS[spec.op]}({rest[0]})"
    if torch_names.own_method(spec.signature):
        others = {name: value for name, value in args.items() if name != "self"}
        return _unless_default(spec, f"{args['self']}.{_base(spec)}", others)
    path = torch_names.own_function(spec.signature)
    if path is not None:
        uses.torch = True
        return _unless_default(spec, path, args)
    return f"{uses.op(spec.op)}({', '.join(args.values())})"


def _unless_default(spec: Spec, function: str, args: Mapping[str, str]) -> str:
    """A call that passes its only keyword argument where that says something: to parse one costs PyTorch time."""
    call = f"{function}({_passed(spec, args)})"
    keywords = [a for a in spec.signature.args if a.kwarg_only]
    if len(keywords) != 1 or args.get(keywords[0].name) != keywords[0].name:
        return call
    name, default = keywords[0].name, keywords[0].default or ""
    if default != "None" and not default.startswith("'"):
        return call
    test = f"{name} is None" if default == "None" else f"{name} == {default}"
    plain = {key: value for key, value in args.items() if key != name}
    either = f"{function}({_passed(spec, plain)}) if {test} else {call}"
    return either if len(either) <= _SHORT else call


def _base(spec: Spec) -> str:
    return spec.op.partition("::")[2].partition(".")[0]


def _passed(spec: Spec, args: Mapping[str, str]) -> str:
    by_name = {a.name: a for a in spec.signature.args}
    return ", ".join(
        f"{by_name[name].schema_name}={value}" if by_name[name].kwarg_only else value for name, value in args.items()
    )
