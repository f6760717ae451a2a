"""Calls in formulas: which function a name means, and the fastest way to reach it."""

from __future__ import annotations

import ast
from typing import Any

from . import allowed, torch_names
from .errors import listed, nearest
from .helpers import Helper
from .schema import Signature

METADATA = ("shape", "dtype", "ndim", "device")
_BUILTINS = {"len", "range", "list", "tuple", "zip", "enumerate", "int", "float", "bool", "complex", "isinstance",
             "reversed", "sorted"}  # fmt: skip
_NUMBER_BUILTINS = {"min", "max", "sum", "abs", "round", "pow", "any", "all", "divmod"}
_NO_TENSOR = ("number", "ints")
#: Keywords of torch's Python functions that no schema has.
_OF_PYTHON = {"input", "axis", "keepdims", "dtype", "layout", "device", "pin_memory", "memory_format", "x", "x1", "x2",
              "copy", "non_blocking"}  # fmt: skip


class CallError(Exception):
    """A call that cannot be right; `code` is that of the message."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Calls:
    """Emits the calls of one formula."""

    def __init__(self, emitter: Any) -> None:
        self.emitter = emitter
        self.scope, self.uses = emitter.scope, emitter.uses

    def emit(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Attribute):
            return self._attribute_call(node, node.func)
        if not isinstance(node.func, ast.Name):
            raise CallError("S052", "only a named function or a method can be called")
        name = node.func.id
        if name in METADATA and len(node.args) == 1 and not node.keywords:
            return self.emitter.metadata_of(node.args[0], name)  # type: ignore[no-any-return]
        helper = self.scope.helpers.get(name)
        if helper is not None:
            return self._helper_call(node, helper)
        args, kinds = self._args(node)
        keywords = self._keywords(node)
        if name in _BUILTINS or (name in _NUMBER_BUILTINS and kinds and _is_plain(kinds[0], args[0])):
            self.emitter.kind = {"list": kinds[0] if kinds else "other", "len": "number", "int": "number"}.get(
                name, "other"
            )
            if name in _NUMBER_BUILTINS:
                self.emitter.kind = "number"
            return ast.Call(self.emitter.builtin(name), args, keywords)
        return self._torch_call(name, args, kinds, keywords)

    def _args(self, node: ast.Call) -> tuple[list[ast.expr], list[str]]:
        found = [self.emitter.emit(arg) for arg in node.args]
        return [arg for arg, _ in found], [kind for _, kind in found]

    def _keywords(self, node: ast.Call) -> list[ast.keyword]:
        if any(k.arg == "out" for k in node.keywords):
            raise CallError("S052", "'out=' is not allowed in a formula, which writes to nothing")
        return [ast.keyword(k.arg, self.emitter.emit(k.value)[0]) for k in node.keywords]

    # ---- methods and dotted names
    def _attribute_call(self, node: ast.Call, func: ast.Attribute) -> ast.expr:
        op = self._dotted_op(func)
        if op is not None:
            args, _ = self._args(node)
            return self._op_call(self._overload(op, len(args)), args, self._keywords(node))
        target = self.emitter.attribute(func, called=True)
        args, _ = self._args(node)
        keywords = self._keywords(node)
        if not isinstance(func.value, ast.Name) or func.value.id not in ("torch", "math"):
            check_arguments(func.attr, [ast.Name("self"), *args], keywords)
        elif func.value.id == "torch":
            check_arguments(func.attr, args, keywords)
        call = ast.Call(target, args, keywords)
        self.emitter.kind = _result_kind(func.attr)
        return call

    def _dotted_op(self, func: ast.Attribute) -> str | None:
        """``aten.add.Tensor(...)`` names an overload."""
        parts: list[str] = []
        node: ast.expr = func
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self.scope.values or node.id in ("torch", "math"):
            return None
        if node.id not in ("aten", self.scope.namespace, "prims") or len(parts) > 2:
            return None
        return f"{node.id}::{'.'.join(parts)}"

    # ---- helpers
    def _helper_call(self, node: ast.Call, helper: Helper) -> ast.expr:
        self._check_helper(node, helper)
        if helper.metadata and self.emitter.save and (kept := self._kept_helper(node, helper)) is not None:
            return kept
        args, _ = self._args(node)
        keywords = self._keywords(node)
        self.emitter.kind = helper.gives
        return ast.Call(self.emitter.global_name(helper.module, helper.name), args, keywords)

    def _check_helper(self, node: ast.Call, helper: Helper) -> None:
        if helper.signature is None or any(isinstance(arg, ast.Starred) for arg in node.args):
            return
        try:
            helper.signature.bind(*node.args, **{k.arg: k.value for k in node.keywords if k.arg})
        except TypeError as error:
            raise CallError("S055", f"{helper.name}{helper.signature}: {error}") from None

    def _kept_helper(self, node: ast.Call, helper: Helper) -> ast.expr | None:
        """The call moved before the pullback, where it reads nothing that only the pullback has."""
        names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
        if any(n in self.scope.fresh or n in self.emitter.kinds for n in names):
            return None
        emitter = self.emitter
        before, emitter.save = set(emitter.reads), False
        args, _ = self._args(node)
        source = ast.Call(emitter.global_name(helper.module, helper.name), args, self._keywords(node))
        emitter.reads, emitter.save = before, True
        first = next((n for n in names if n in self.scope.values), helper.name)
        emitter.kind = helper.gives
        return emitter.keep(f"{first}_{helper.name}", source)  # type: ignore[no-any-return]

    # ---- torch
    def _torch_call(self, name: str, args: list[ast.expr], kinds: list[str], keywords: list[ast.keyword]) -> ast.expr:
        if name == "where" and len(args) == 3 and kinds[0] == "number":
            self.emitter.kind = kinds[1] if kinds[1] == kinds[2] else "other"
            return ast.IfExp(args[0], args[1], args[2])
        if not allowed.is_function(name):
            return self._own_call(name, args, keywords)
        check_arguments(name, args, keywords)
        is_method = torch_names.is_method(name) and bool(args)
        if is_method and kinds[0] == "tensor":
            return self._method(name, args, keywords)
        path = torch_names.function_path(name)
        if path is not None and not _lists_with_none(name):
            self.uses.torch = True
            self.emitter.kind = _result_kind(name)
            return ast.Call(ast.parse(path, mode="eval").body, args, keywords)
        if is_method and (not torch_names.is_operator(f"aten::{name}") or name in _METHODS_ONLY):
            return self._method(name, args, keywords)
        return self._op_call(self._overload(self._operator(name), len(args)), args, keywords)

    def _method(self, name: str, args: list[ast.expr], keywords: list[ast.keyword]) -> ast.expr:
        self.emitter.kind = _result_kind(name)
        return ast.Call(ast.Attribute(args[0], name, ast.Load()), args[1:], keywords)

    def _own_call(self, name: str, args: list[ast.expr], keywords: list[ast.keyword]) -> ast.expr:
        """An operator of the entry's own namespace, whose name may be that of a function which formulas may not call."""
        own = f"{self.scope.namespace}::{name}"
        if self.scope.namespace != "aten" and torch_names.is_operator(own):
            return self._op_call(self._overload(own, len(args)), args, keywords)
        if torch_names.function_path(name) is not None:
            raise CallError("S052", f"'{name}' is not allowed in a formula; write a helper function for it")
        raise self._unknown(name)

    def _unknown(self, name: str) -> CallError:
        known = [*self.scope.values, *self.scope.helpers]
        hint = nearest(name, known) or nearest(name, torch_names.operator_names())
        return CallError("S051", f"name '{name}' is not an argument, output, let, helper or ATen op{hint}")

    def _operator(self, name: str) -> str:
        for namespace in dict.fromkeys((self.scope.namespace, "aten")):
            if torch_names.is_operator(f"{namespace}::{name}"):
                return f"{namespace}::{name}"
        raise self._unknown(name)

    def _overload(self, name: str, count: int) -> Signature:
        base, _, overload = name.partition(".")
        found = torch_names.overloads(base)
        chosen = [s for s in found if s.name == name]
        if not chosen and not overload:
            chosen = [s for s in found if len(found) == 1 or _fits(s, count)]
        if base.startswith("aten::") and found and not allowed.is_pure(base):
            raise CallError("S052", f"'{base}' is not allowed in a formula; write a helper function for it")
        if len(chosen) == 1:
            return chosen[0]
        dotted = base.replace("::", ".")
        names = [s.name.partition(".")[2] for s in found]
        if not found or overload:
            raise CallError("S051", f"no operator '{name}'{nearest(overload, names)}")
        raise CallError("S055", f"'{base}' has several overloads; write {dotted}.<overload>(...) with {listed(names)}")

    def _op_call(self, sig: Signature, args: list[ast.expr], keywords: list[ast.keyword]) -> ast.expr:
        self.emitter.kind = _kind_of_outputs(sig)
        return ast.Call(ast.Name(self.uses.op(sig.name)), positional(sig, args, keywords), [])


def check_arguments(name: str, args: list[ast.expr], keywords: list[ast.keyword]) -> None:
    """Refuse a call that no overload of an ATen operator can take, whichever way torch reads its arguments."""
    found = torch_names.overloads(f"aten::{name}")
    spread = any(isinstance(a, ast.Starred) for a in args) or any(k.arg is None for k in keywords)
    if not found or spread or allowed.is_written_in_python(name):
        return
    texts = "; ".join(sig.text for sig in found[:3])
    least = min(([a.name for a in sig.args if a.default is None] for sig in found), key=len)
    most = max(len(sig.args) for sig in found)
    if len(args) + len(keywords) < len(least):
        missing = next(n for n in least[len(args) :] if n not in [k.arg for k in keywords])
        raise CallError("S055", f"{name} needs argument '{missing}': {texts}")
    # sizes and dimensions may be given one by one
    if len(args) > most and not any(a.type.endswith("]") for sig in found for a in sig.args):
        raise CallError("S055", f"{name} takes {most} arguments, not {len(args)}: {texts}")
    known = sorted({a.name for sig in found for a in sig.args})
    for keyword in keywords:
        if keyword.arg not in known and keyword.arg not in _OF_PYTHON:
            near = nearest(str(keyword.arg), known)
            raise CallError("S055", f"{name} has no such argument '{keyword.arg}'{near}: {texts}")


def positional(sig: Signature, args: list[ast.expr], keywords: list[ast.keyword]) -> list[ast.expr]:
    """All arguments in the order of the schema, as far as the last one given."""
    names = [a.name for a in sig.args]
    given = {k.arg: k.value for k in keywords}
    if len(args) > len(names):
        raise CallError("S055", f"{sig.name} takes {len(names)} arguments, not {len(args)}: {sig.text}")
    for name in given:
        if name not in names[len(args) :]:
            raise CallError("S055", f"{sig.name} has no such argument '{name}'{nearest(str(name), names)}: {sig.text}")
    last = max([len(args), *(names.index(str(name)) + 1 for name in given)])
    result = list(args)
    for arg in sig.args[len(args) : last]:
        result.append(given[arg.name] if arg.name in given else ast.Name(_default(sig, arg)))
    missing = [a.name for a in sig.args[last:] if a.default is None]
    if missing:
        raise CallError("S055", f"{sig.name} needs argument '{missing[0]}': {sig.text}")
    return result


def _default(sig: Signature, arg: Any) -> str:
    if arg.default is None:
        raise CallError("S055", f"{sig.name} needs argument '{arg.name}': {sig.text}")
    return str(arg.default)


def _fits(sig: Signature, count: int) -> bool:
    return sum(a.default is None for a in sig.args) <= count <= len(sig.args)


def _is_plain(kind: str, node: ast.expr) -> bool:
    return kind in _NO_TENSOR or isinstance(node, (ast.ListComp, ast.GeneratorExp))


def _lists_with_none(name: str) -> bool:
    return any("?[]" in a.type for s in torch_names.overloads(f"aten::{name}") for a in s.args)


def _result_kind(name: str) -> str:
    kinds = {_kind_of_outputs(sig) for sig in torch_names.overloads(f"aten::{name}")}
    return kinds.pop() if len(kinds) == 1 else "tensor" if name in _TENSOR_METHODS else "other"


def _kind_of_outputs(sig: Signature) -> str:
    if len(sig.outputs) != 1:
        return "other"
    out = sig.outputs[0]
    return "tensors" if out.is_list else "tensor" if out.is_tensor else "number"


#: Methods without a function of the name, faster than the operator on whatever they are called.
_METHODS_ONLY = {"expand", "new_zeros", "new_ones", "new_full", "new_empty", "repeat", "view", "unfold", "to"}
#: Python methods of tensors that are no operators, or whose overloads differ in what they return.
_TENSOR_METHODS = {"to", "where", "norm", "type", "reshape_as"}
