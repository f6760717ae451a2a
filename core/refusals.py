"""What user code cannot do with a tracer, and what it is told to do instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import torch

from .errors import EscapedTracer, MissingRule, OpliftError


def called(tensor: torch.Tensor) -> str:
    """How a message calls a tensor: "a batched tensor of shape (3,)"."""
    kind = type(tensor).__name__.lower()
    return f"a {kind} tensor of shape {tuple(tensor.shape)}".replace("tensor tensor", "tensor")


# ---------------------------------------------------------------- memory and PyTorch's own autograd


def no_memory(tracer: torch.Tensor, name: str) -> RuntimeError:
    return RuntimeError(
        f"{name}(): Cannot access data pointer of Tensor that doesn't have storage: {called(tracer)} has no memory of its own "
        "inside a transformed function. Return it and use its memory outside, or wrap what needs memory in a "
        "torch.autograd.Function"
    )


def _refusing(name: str) -> Callable[..., NoReturn]:
    def refuse(self: torch.Tensor, *args: Any, **kwargs: Any) -> NoReturn:
        raise no_memory(self, name)

    refuse.__name__ = name
    return refuse


#: Methods that read or write memory in C++ without asking anybody.
READS_MEMORY = {
    name: _refusing(name) for name in ("apply_", "data_ptr", "map2_", "map_", "share_memory_", "__dlpack__")
}


def other_data(tracer: torch.Tensor) -> RuntimeError:
    return RuntimeError(
        "x.data = ...: mutating directly with `.data` under vmap transform is not allowed, nor under any other: "
        f"{called(tracer)} cannot be given other memory; use x.copy_()"
    )


def refuse_requires_grad(x: torch.Tensor) -> NoReturn:
    """Raise where user code, or torch.autograd.functional for it, asks PyTorch's engine to differentiate."""
    raise RuntimeError(
        "You are attempting to call Tensor.requires_grad_() (or perhaps torch.autograd.functional.jacobian and its like, which "
        f"do) on {called(x)} inside of a transformed function, where it has no meaning; differentiate with oplift.grad, vjp, "
        "jacrev, jacfwd or hessian instead, or call it outside of the transform"
    )


def refuse_backward(*args: Any, **kwargs: Any) -> NoReturn:
    """Raise where user code calls backward() on any tensor."""
    raise RuntimeError(
        "backward() called inside a functorch transform (vmap, grad, jvp, ...): it would write to the .grad of tensors, once "
        "for all examples. Use oplift.grad or oplift.vjp instead, or call backward() outside of the transformed function"
    )


def module_hooks() -> OpliftError:
    return OpliftError(
        "register_full_backward_hook: a module with such a hook was called inside of a transformed function, where there is no "
        "backward that would run it. Remove the hook (its handle has remove()), or hook tensors: "
        "module.register_forward_hook(lambda module, args, out: out.register_hook(hook) and None)"
    )


def misfit(who: str, outs: Any, dims: Sequence[Any]) -> RuntimeError:
    """For a vmap staticmethod whose out_dims do not belong to its outputs."""
    given = f"{len(outs)} outputs" if isinstance(outs, (tuple, list)) else f"a {type(outs).__name__}"
    return RuntimeError(
        f"{who}: returned an incompatible (outputs, out_dims) tuple: {given}, and {len(dims)} out_dims. Return one out_dim for "
        "each output, or a lone int or None for all"
    )


# ---------------------------------------------------------------- what differs from example to example


def concrete(what: str, tracer: Any) -> RuntimeError:
    return RuntimeError(
        f"vmap: {what} of a tensor of shape {tuple(tracer.shape)} that differs from example to example: It looks like "
        "you're calling .item() on a Tensor, or attempting to use a Tensor in some data-dependent control flow. It is a "
        f"batched tensor of {tracer.level.size} examples, and Python sees one value for all of them: use torch.where, "
        "torch.gather, masking or torch.cond, or compute the value outside of vmap"
    )


def other_values(name: str) -> RuntimeError:
    return RuntimeError(
        f"vmap: {name} gives another Python value for each example. It looks like you're calling .item() on a Tensor, or a "
        "torch function that does, as torch.full or torch.arange for a number: Python sees one value for all examples. Use an "
        "operator whose result is a tensor (expand, fill_, torch.where), or compute the value outside of vmap"
    )


def other_shapes(name: str, first: torch.Tensor, out: torch.Tensor, example: int) -> RuntimeError:
    return RuntimeError(
        f"vmap: {name} gives shape {tuple(first.shape)} for example 0 and {tuple(out.shape)} for example {example}: We do not "
        "support batching operators that can output dynamic shape, unless it is the same for all examples. Use a fixed-size "
        "form, such as torch.where or a mask, or call the operator outside of vmap"
    )


def no_examples(name: str) -> MissingRule:
    return MissingRule(
        f"vmap: {name} has no batching rule: The fallback path does not support vmap over dims of size 0, as a loop over 0 "
        "examples tells no shape; declare a rule in a YAML spec (docs/spec-language.md)"
    )


def slow(name: str, size: int) -> str:
    """The text of a FallbackWarning."""
    return (
        f"There is a performance drop: {name} has no batching rule and runs once for each of {size} examples; declare one in "
        "a YAML spec (docs/spec-language.md)"
    )


def captured(target: torch.Tensor, new: torch.Tensor, batched: bool) -> OpliftError:
    """For a tracer that is written to a plain tensor."""
    if batched:
        what = (
            "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor in extra_args that "
            "has more elements than self: self is"
        )
    else:
        what = "grad, vjp or jvp: an in-place operator would mutate a captured Tensor, which cannot carry derivatives:"
    return OpliftError(
        f"{what} a plain tensor of shape {tuple(target.shape)} that was made outside of the transformed function, or of such "
        f"tensors alone, and what is written to it is {type(new).__name__.lower()}. Use the out-of-place operator, pass the "
        "tensor to the function as an argument, or make it inside"
    )


def escaped(what: str, level: Any) -> EscapedTracer:
    return EscapedTracer(
        f"{what} belongs to a {type(level).__name__.removesuffix('Level').lower()} transform that has returned: your tensor "
        "may have escaped from inside a function being vmapped. It was made inside a transformed function and kept (in a "
        "global, a closure or a module), or written into a tensor of the outer function, for which vmap: inplace "
        "arithmetic(self, *extra_args) is not possible; return it from the function instead."
    )


# ---------------------------------------------------------------- derivatives


def missing_derivative(op: Any, transform: str, why: str = "") -> MissingRule:
    """The error for an operator that a derivative is asked of and that has none."""
    reason = why or (
        "no rule is declared, it has no decomposition, and no derived form exists. Declare `partials`, `linear` or "
        f"`{transform}` for it in a YAML spec (docs/spec-language.md; aten operators: rules/*.yaml)"
    )
    return MissingRule(f"{transform}: {op.name} cannot be differentiated: {reason}")


def misshapen(given: Sequence[int], wanted: Sequence[int]) -> RuntimeError:
    return RuntimeError(
        f"vjp: a backward returned an invalid gradient - got {list(given)} but expected shape compatible with {list(wanted)}: "
        "the cotangent of an argument has the shape of that argument. Look at the backward of the autograd.Function, or at "
        "the rule, that was reached last"
    )


def overwritten(pullback: str) -> RuntimeError:
    return RuntimeError(
        f"vjp: one of the variables needed for gradient computation ({pullback}) has been modified by an inplace operation: it "
        "is a plain tensor, which no transform watches (it was made outside of the transformed function, or from such "
        "tensors alone, or by detach() or a comparison). Use an out-of-place operator, or write to a clone()"
    )


def refuse_nan(pullback: Any, cotangents: Sequence[Any]) -> None:
    """Raise, in anomaly mode, where a pullback gave a nan."""
    for i, given in enumerate(cotangents):
        for ct in given if isinstance(given, (list, tuple)) else (given,):
            while hasattr(ct, "value"):
                ct = ct.value
            if ct is not None and bool(ct.isnan().any()):
                base = pullback.__name__.removesuffix("_pullback")
                name = "".join([part.capitalize() for part in base.split("_")]) + "Backward0"
                raise RuntimeError(
                    f"vjp: Function '{name}' returned nan values in its {i}th output: the pullback of {base} gave a nan for "
                    f"its tensor argument {i}. Look at what the operator was given, or mask the bad elements before it"
                )
