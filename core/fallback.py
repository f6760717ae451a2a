"""What runs an operator that has no rule for a transform: its decomposition, or a loop over the examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch._decomp

from .foreach import PREFIX, each
from .op import Op, positional
from .refusals import no_examples, other_shapes, other_values
from .tracer import in_cpp


def one_by_one(op: Any, size: int, values: Sequence[Any], batched: Sequence[Any]) -> Any:
    """The outputs for all examples, from a loop over them."""
    if size == 0:
        raise no_examples(op.name)
    return stack_outputs(op, [op(*_example(op, values, batched, b)) for b in range(size)])


def same_draw(op: Op, size: int, values: Sequence[Any], batched: Sequence[Any]) -> Any:
    """The outputs for all examples, each drawn from the same state of the generator."""
    device = next(values[i].device for i in op.tensors if isinstance(values[i], torch.Tensor))
    state, outs = _generator_state(device), []
    for b in range(size):
        _set_generator_state(device, state)
        outs.append(op(*_example(op, values, batched, b)))
    return stack_outputs(op, outs)


def _example(op: Any, values: Sequence[Any], batched: Sequence[Any], b: int) -> list[Any]:
    """The arguments of one example."""
    args = list(values)
    for i, flag in zip(op.tensors, batched, strict=True):
        if flag is True:
            args[i] = values[i].select(0, b)
        elif isinstance(flag, tuple):
            args[i] = [x.select(0, b) if f else x for x, f in zip(values[i], flag, strict=True)]
    return args


def _generator_state(device: torch.device) -> torch.Tensor:
    return torch.cuda.get_rng_state(device) if device.type == "cuda" else torch.get_rng_state()


def _set_generator_state(device: torch.device, state: torch.Tensor) -> None:
    if device.type == "cuda":
        torch.cuda.set_rng_state(state, device)
    else:
        torch.set_rng_state(state)


def stack_outputs(op: Any, outs: Sequence[Any]) -> Any:
    """The outputs of all examples, stacked along dimension 0."""
    first = outs[0]
    if isinstance(first, torch.Tensor):
        for b, out in enumerate(outs):
            if out.shape != first.shape:
                raise other_shapes(op.name, first, out, b)
        return torch.stack(list(outs))
    if isinstance(first, (tuple, list)):
        return type(first)([stack_outputs(op, list(column)) for column in zip(*outs, strict=True)])
    if any(out != first for out in outs):
        raise other_values(op.name)
    return first


def decomposition(op: Op) -> Callable[..., Any] | None:
    """A function of the same meaning in other operators: the declared one, else PyTorch's own."""
    if op.decompose is not None:
        return op.decompose  # type: ignore[no-any-return]
    if op.overload is None:
        return None
    if torch._C._dispatch_has_kernel_for_dispatch_key(op.overload.name(), "CompositeImplicitAutograd"):
        # with the function protocol off: on, the call would come back as the operator that it decomposes
        return positional(lambda *args, **kwargs: in_cpp(op.overload.decompose, args, kwargs), op.parameters)
    known = torch._decomp.decomposition_table.get(op.overload)
    return positional(known, op.parameters) if known is not None else by_registration(op)


def by_registration(op: Op) -> Callable[..., Any] | None:
    """The operator by what it registered with torch.library, or by what it does to each tensor of a list."""
    if op.name.startswith(PREFIX):
        return each(op)
    return REGISTERED[0](op) if REGISTERED and not op.name.startswith("aten::") else None


#: Filled by oplift.registered.
REGISTERED: list[Callable[[Op], Callable[..., Any] | None]] = []
