"""torch.cond, while_loop, scan and their like inside of transforms, where PyTorch would compile the whole of them.

Functions of tracers run as they are: a predicate that is the same for all examples chooses in Python, and one that differs
from example to example by torch.where, after both branches, or every further step of a loop, were computed for all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch._higher_order_ops.utils as hops
from torch import Tensor
from torch._higher_order_ops.associative_scan import associative_scan_op
from torch._higher_order_ops.cond import cond_op
from torch._higher_order_ops.map import map_impl
from torch._higher_order_ops.scan import scan_op
from torch._higher_order_ops.while_loop import while_loop_op

from .api_basis import bottom
from .batching import Batched
from .custom_call import as_user
from .functions import OVERRIDES
from .stack import STACK
from .trees import describe, flatten, leaves_of, unflatten

Function = Callable[..., Any]


def _chosen(api: str, go: Any, first: Any, second: Any) -> Any:
    """The leaves of `first` where `go`, and of `second` elsewhere."""
    (ones, spec), (others, other_spec) = flatten(first), flatten(second)
    if spec != other_spec:
        raise RuntimeError(
            f"{api}: a predicate that differs from example to example chooses between {describe(spec)} and "
            f"{describe(other_spec)}: return the same structure from both functions"
        )
    return unflatten(spec, [torch.where(go, x, y) for x, y in zip(ones, others, strict=True)])


def _cond(pred: Any, true_fn: Function, false_fn: Function, operands: Sequence[Any] = ()) -> Any:
    with as_user():
        if type(pred) is not Batched:
            return true_fn(*operands) if pred else false_fn(*operands)
        return _chosen("torch.cond", pred.reshape(()), true_fn(*operands), false_fn(*operands))


def _while_loop(go_on: Function, body: Function, carried: Sequence[Any], additional: Sequence[Any] = ()) -> Any:
    carried = tuple(carried)
    with as_user():
        while True:
            go = go_on(*carried, *additional)
            if not (bottom(go).any() if type(go) is Batched else go):
                return carried
            after = tuple(body(*carried, *additional))
            carried = _chosen("while_loop", go.reshape(()), after, carried) if type(go) is Batched else after


def _stacked(trees: Sequence[Any]) -> Any:
    """Trees of the same structure as one, the leaves stacked along dimension 0."""
    leaves = [leaves_of(tree) for tree in trees]
    columns = [list(column) for column in zip(*leaves, strict=True)]
    joined = [torch.stack(column) if isinstance(column[0], Tensor) else column[0] for column in columns]
    return unflatten(flatten(trees[0])[1], joined)


def _scan(combine: Function, init: Sequence[Any], xs: Sequence[Any], additional_inputs: Sequence[Any] = ()) -> Any:
    carry, outs = init, []
    with as_user():
        for i in range(xs[0].shape[0]):
            carry, out = combine(*leaves_of(carry), *[x[i] for x in xs], *additional_inputs)
            outs.append(out)
        return carry, _stacked(outs)


def _associative_scan(combine: Function, xs: Sequence[Any], additional_inputs: Sequence[Any] = ()) -> Any:
    with as_user():
        found: list[Any] = [[x[0] for x in xs]]
        for i in range(1, xs[0].shape[0]):
            found.append(combine(*leaves_of(found[-1]), *[x[i] for x in xs], *additional_inputs))
        return [torch.stack(list(column)) for column in zip(*map(leaves_of, found), strict=True)]


def _map(function: Function, xs: Sequence[Any], args: Sequence[Any] = ()) -> Any:
    with as_user():
        return _stacked([function(*[x[i] for x in xs], *args) for i in range(xs[0].shape[0])])


def _called(run: Function) -> Callable[[Sequence[Any], dict[str, Any]], Any]:
    return lambda args, kwargs: run(*args, **kwargs)


def _install() -> None:
    """Let these operators reach us: PyTorch would hand what calls them to torch.compile, which knows no tracer."""
    compile_and_call: Function = hops._hop_compile_and_call

    def call(fn: Function, args: Sequence[Any], kwargs: dict[str, Any] | None = None) -> Any:
        return fn(*args, **(kwargs or {})) if STACK.levels else compile_and_call(fn, args, kwargs)

    hops._hop_compile_and_call = call
    for op, run in (
        (cond_op, _cond),
        (while_loop_op, _while_loop),
        (scan_op, _scan),
        (associative_scan_op, _associative_scan),
        (map_impl, _map),
    ):
        OVERRIDES[op] = _called(run)


if hasattr(hops, "_hop_compile_and_call"):  # torch 2.13; before it each of them called torch.compile by itself
    _install()
