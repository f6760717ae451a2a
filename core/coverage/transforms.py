"""Transforms named as text, `vmap(grad, in_dims=(None, 0))`, and applied to a function and its inputs."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import signature
from typing import Any

import torch
from torch import Tensor

from oplift.api_forward import hessian, jacfwd, jvp
from oplift.api_grad import grad, grad_and_value, jacrev, vjp
from oplift.api_vmap import vmap
from oplift.trees import broadcast, flatten, unflatten

__all__ = ["Step", "apply", "parse"]

Func = Callable[..., Any]


@dataclass(frozen=True)
class Step:
    """One transform of a nest: its name, and its options as they were written."""

    name: str
    options: dict[str, Any]


def parse(text: str, function: str = "f") -> list[Step]:
    """The transforms of a nest, the outermost first.

    Args:
        text: ``"vmap(grad)"``, or with options, ``"vmap(grad(argnums=1), in_dims=(None, 0))"``.
        function: the name that may stand innermost, as in ``"vmap(grad(loss))"``; so may ``f``.

    Raises:
        ValueError: the text is no nest of known transforms; says what was probably meant.

    Example:
        >>> [step.name for step in parse("vmap(grad(f), in_dims=(None, 0))")]
        ['vmap', 'grad']
        >>> parse("")
        []
    """
    if not text.strip():
        return []
    try:
        node: ast.expr | None = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"--under {text!r} is no expression: {error.msg}; write it as vmap(grad)") from None
    steps: list[Step] = []
    while node is not None:
        node, step = _step(node, text, function)
        steps += [step] if step is not None else []
    return steps


def _step(node: ast.expr, text: str, function: str) -> tuple[ast.expr | None, Step | None]:
    """What stands inside of a node, and the transform that it is; None for the function itself."""
    if isinstance(node, ast.Name) and node.id in {function, "f"} - set(TRANSFORMS):
        return None, None
    called = node.func if isinstance(node, ast.Call) else node
    if not isinstance(called, ast.Name) or called.id not in TRANSFORMS:
        said = ast.unparse(called)
        close = difflib.get_close_matches(said, TRANSFORMS, n=1)
        meant = f"; did you mean '{close[0]}'?" if close else ""
        raise ValueError(f"--under {text!r}: '{said}' is no transform{meant} They are {', '.join(TRANSFORMS)}")
    if not isinstance(node, ast.Call):
        return None, Step(called.id, {})
    if len(node.args) > 1:
        raise ValueError(f"--under {text!r}: {called.id} takes one function; write its options as option=value")
    return (node.args[0] if node.args else None), Step(called.id, _options(node, called.id, text))


def _options(node: ast.Call, name: str, text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg not in OPTIONS[name]:
            known = f"; it has {', '.join(OPTIONS[name])}" if OPTIONS[name] else "; it has none"
            raise ValueError(f"--under {text!r}: {name} has no option '{keyword.arg}'{known}")
        try:
            found[keyword.arg] = ast.literal_eval(keyword.value)
        except ValueError:
            said = f"{keyword.arg}={ast.unparse(keyword.value)}"
            raise ValueError(f"--under {text!r}: {said} must be a plain value, such as 0 or (None, 0)") from None
    return found


# ---------------------------------------------------------------- the transforms


def apply(steps: Sequence[Step], function: Func, args: Sequence[Any], size: int = 2) -> tuple[Func, list[Any]]:
    """The transformed function, and what it is to be called with.

    Args:
        steps: the nest, the outermost first.
        function: the innermost function.
        args: its arguments, those of one example.
        size: how many examples the innermost vmap maps over; one more for each vmap around it. Every tensor gets the
            batch, but for those where `in_dims` says None.
    """
    given = list(args)
    for step in reversed(steps):
        if step.name == "vmap":
            dims = _in_dims(step, given)
            function = partial(_mapped, vmap(function, **{**step.options, "in_dims": dims}))
            given, size = _batched(given, dims, size), size + 1
        else:
            function = TRANSFORMS[step.name](function, **step.options)
    return function, given


def _mapped(function: Func, *args: Any) -> Any:
    return function(*args)


def _in_dims(step: Step, args: list[Any]) -> Any:
    """As they were given; else dimension 0 of every tensor."""
    if "in_dims" in step.options:
        return step.options["in_dims"]
    leaves, spec = flatten(tuple(args))
    return unflatten(spec, [0 if isinstance(leaf, Tensor) else None for leaf in leaves])


def _batched(args: list[Any], in_dims: Any, size: int) -> list[Any]:
    leaves, spec = flatten(tuple(args))
    dims = broadcast(in_dims, spec)
    if dims is None:
        raise ValueError(f"vmap: in_dims={in_dims} does not fit the {len(args)} arguments of the function")
    stacked = [
        torch.stack([leaf] * size, dim) if dim is not None and isinstance(leaf, Tensor) else leaf
        for leaf, dim in zip(leaves, dims, strict=True)
    ]
    return list(unflatten(spec, stacked))


def _is_smooth(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) and (leaf.is_floating_point() or leaf.is_complex())


def _of_smooth(function: Func, args: Sequence[Any]) -> tuple[Func, list[Tensor]]:
    """`function` from its differentiable leaves to those of its result, and these leaves."""
    leaves, spec = flatten(tuple(args))
    places = [i for i, leaf in enumerate(leaves) if _is_smooth(leaf)]

    def smooth(*moving: Tensor) -> tuple[Tensor, ...]:
        here = list(leaves)
        for i, value in zip(places, moving, strict=True):
            here[i] = value
        return tuple(leaf for leaf in flatten(function(*unflatten(spec, here)))[0] if _is_smooth(leaf))

    if not places:
        raise ValueError(
            "no argument is a tensor of a floating point or complex dtype, so nothing can be differentiated"
        )
    return smooth, [leaves[i] for i in places]


def _pulled(function: Func) -> Func:
    """The cotangents of all differentiable inputs, for ones."""

    def pulled(*args: Any) -> Any:
        smooth, leaves = _of_smooth(function, args)
        outputs, pullback = vjp(smooth, *leaves)
        return pullback(tuple(torch.ones_like(out) for out in outputs))

    return pulled


def _pushed(function: Func) -> Func:
    """The tangents of all differentiable outputs, for ones."""

    def pushed(*args: Any) -> Any:
        smooth, leaves = _of_smooth(function, args)
        return jvp(smooth, tuple(leaves), tuple(torch.ones_like(leaf) for leaf in leaves))[1]

    return pushed


#: Name -> what makes the transformed function; vmap is applied by `apply`, which gives the inputs their batch.
TRANSFORMS: dict[str, Func] = {
    "vmap": vmap,
    "grad": grad,
    "grad_and_value": grad_and_value,
    "vjp": _pulled,
    "jvp": _pushed,
    "jacrev": jacrev,
    "jacfwd": jacfwd,
    "hessian": hessian,
}
#: Name -> the options that may be written.
OPTIONS = {
    name: tuple(parameter for parameter in signature(make).parameters if parameter not in ("func", "function"))
    for name, make in TRANSFORMS.items()
}
