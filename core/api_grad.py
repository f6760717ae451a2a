"""grad, grad_and_value, vjp and jacrev: derivatives by reverse mode."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor

from .api_basis import Basis, basis, bottom, dense, starts, zeros
from .api_common import (
    Argnums,
    check_real,
    entry,
    fresh,
    given_arguments,
    lend,
    lower_aux,
    name_of,
    opaque,
    require_differentiable,
    select,
    split_aux,
    tensor_outputs,
    transformed,
)
from .batching import BatchLevel
from .chunks import ChunkSize, check_chunk_size, in_chunks
from .residuals import Residuals
from .reverse import ReverseLevel
from .stack import KINDS, Level, settled
from .trees import Spec, align, describe, flatten, unflatten

__all__ = ["grad", "grad_and_value", "jacrev", "vjp"]

Func = Callable[..., Any]
T = TypeVar("T")
_GRAD = "grad_and_value(f)(*args)"
_VJP = "vjp(f, *primals)"
Pull = Callable[..., list[Tensor | None]]


class Linear(NamedTuple):
    """A function at one point: its flat inputs and outputs there, and its pullback.

    `spec` is that of the list of the arguments that are differentiated.
    """

    inputs: list[Tensor]
    spec: Spec
    outputs: list[Tensor]
    out_spec: Spec
    pull: Pull
    aux: Any


def run_taped(
    api: str,
    func: Func,
    args: tuple[Any, ...],
    positions: tuple[int, ...],
    kwargs: dict[str, Any],
    has_aux: bool,
    check: Callable[[Func, Any, list[Any]], None],
    use: Callable[[Linear], T],
) -> tuple[Linear, T]:
    """Run `func` with the arguments at `positions` on a tape.

    Args:
        check: called with `func`, its output and the flattened output.
        use: what to do with the pullback before the level is left: when inputs that `func` wrote to get their new
            values, the pullback may hold the old ones no more.

    Returns:
        What is known of the function, and what `use` returned.
    """
    leaves, spec = flatten([args[i] for i in positions])
    require_differentiable(api, leaves)
    with ReverseLevel() as level:
        with Level.rules():
            inputs: list[Any] = [level.lift(leaf) for leaf in leaves]
            nodes = [x.node for x in inputs]
            given = given_arguments(level, level.lower, args, positions, unflatten(spec, inputs))
            options = lend(level, level.lower, kwargs) if kwargs else kwargs
        output = func(*given, **options)
        with Level.rules():
            aux = None
            if has_aux:
                output, aux = split_aux(api, output)
                aux = lower_aux(level.lower, aux)
            outputs, out_spec = flatten(output)
            outputs = [settled(x) for x in outputs]
            check(func, output, outputs)
            pull = level.pullback(outputs, _as_given(level, inputs, nodes, leaves))
            at = Linear(leaves, spec, [level.lower(x) for x in outputs], out_spec, pull, aux)
            if torch.is_grad_enabled() is not level.outer_grad:
                torch._C._set_grad_enabled(level.outer_grad)  # the level puts it back as well
            return at, use(at)


def _as_given(level: ReverseLevel, inputs: list[Any], nodes: list[Any], leaves: list[Tensor]) -> list[Any]:
    """Return the inputs as they were before `func` wrote to some of them."""
    triples = zip(inputs, nodes, leaves, strict=True)
    return [x if getattr(x, "node", None) is node else level.taped(leaf, node) for x, node, leaf in triples]


# ---------------------------------------------------------------- grad


@opaque
def grad(func: Func, argnums: Argnums = 0, has_aux: bool = False) -> Func:
    """Return a function that computes the gradient of `func`.

    Args:
        func: returns a tensor without dimensions; with `has_aux`, a pair of it and a pytree of other tensors.
        argnums: the positional argument to differentiate, a pytree of tensors, or a tuple of several. Negative ones
            count from the end.
        has_aux: whether `func` returns `(output, aux)`.

    Returns:
        A function of the same arguments that returns the gradient in the structure of the argument (for a tuple
        `argnums`, a tuple of them); with `has_aux`, `(gradient, aux)`.

    Raises:
        RuntimeError: the output is no real scalar, an argument to differentiate is of integers, or `argnums` is wrong.
        ValueError: an argument to differentiate holds something else than tensors.

    Example:
        >>> import torch, oplift
        >>> oplift.grad(lambda x: (x**2).sum())(torch.arange(3.0))
        tensor([0., 2., 4.])
        >>> oplift.grad(oplift.grad(torch.sin))(torch.tensor(0.0))
        tensor(-0.)
    """

    def gradient(*args: Any, **kwargs: Any) -> Any:
        found, value = _grad_and_value(func, argnums, has_aux, args, kwargs)
        return (found, value[1]) if has_aux else found

    return transformed(func, gradient)


@opaque
def grad_and_value(func: Func, argnums: Argnums = 0, has_aux: bool = False) -> Func:
    """Return a function that computes the gradient of `func` and its value.

    Args:
        func, argnums, has_aux: as for `grad`.

    Returns:
        A function of the same arguments that returns `(gradient, value)`; with `has_aux`,
        `(gradient, (value, aux))`.

    Raises:
        RuntimeError, ValueError: as `grad`.

    Example:
        >>> import torch, oplift
        >>> oplift.grad_and_value(torch.exp)(torch.tensor(0.0))
        (tensor(1.), tensor(1.))
    """

    def gradient_and_value(*args: Any, **kwargs: Any) -> Any:
        return _grad_and_value(func, argnums, has_aux, args, kwargs)

    return transformed(func, gradient_and_value)


def _grad_and_value(
    func: Func, argnums: Argnums, has_aux: bool, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, Any]:
    positions = select(_GRAD, args, argnums)
    at, cotangents = run_taped(_GRAD, func, args, positions, kwargs, has_aux, _check_scalar, _gradients)
    gradients = unflatten(at.spec, cotangents)
    found = gradients[0] if isinstance(argnums, int) else tuple(gradients)
    value = at.outputs[0]
    return (found, (value, at.aux)) if has_aux else (found, value)


def _gradients(at: Linear) -> list[Tensor]:
    value = at.outputs[0]
    one = bottom(value).new_ones(()) if value.dtype.is_floating_point else None
    return dense(at.pull([one], True), at.inputs)


def _check_scalar(func: Func, output: Any, outputs: list[Any]) -> None:
    if not isinstance(output, Tensor):
        raise RuntimeError(
            f"{_GRAD}: Expected f(*args) to return a Tensor, got {type(output)} from {name_of(func)}; "
            "return other objects through has_aux=True"
        )
    if output.ndim != 0:
        raise RuntimeError(
            f"{_GRAD}: Expected f(*args) to return a scalar Tensor, got tensor with {output.ndim} dims: "
            f"{name_of(func)} returned shape {tuple(output.shape)}, and what grad differentiates must be "
            "a scalar. Maybe you wanted to use the vjp or jacrev APIs instead?"
        )
    if output.dtype.is_complex:
        raise RuntimeError(
            f"{_GRAD}: grad can be implicitly created only for real scalar outputs but got {output.dtype} from "
            f"{name_of(func)}; return a real function of it such as .abs() or .real, or use vjp"
        )


# ---------------------------------------------------------------- vjp


@entry
def vjp(func: Func, *primals: Any, has_aux: bool = False) -> Any:
    """Return the output of `func` at `primals`, and its pullback.

    Args:
        func: returns a pytree of tensors; with `has_aux`, a pair of it and a pytree of other tensors.
        primals: the arguments of `func`, pytrees of floating-point or complex tensors.
        has_aux: whether `func` returns `(output, aux)`.

    Returns:
        `(output, pullback)`, with `has_aux` `(output, pullback, aux)`. The pullback takes cotangents in the structure
        of the output and returns a tuple of cotangents, one for each primal. It may be called many times, and under
        vmap. For complex tensors cotangents follow PyTorch's convention: they are conjugate gradients.

    Raises:
        RuntimeError: `func` returned something else than floating-point or complex tensors, a primal is of integers,
            or the cotangents do not match the output.
        ValueError: a primal holds something else than tensors.

    Example:
        >>> import torch, oplift
        >>> output, pullback = oplift.vjp(torch.mul, torch.tensor(2.0), torch.tensor(3.0))
        >>> output, pullback(torch.tensor(1.0))
        (tensor(6.), (tensor(3.), tensor(2.)))
    """
    at, residuals = transpose(func, primals, has_aux)
    spent: list[bool] = []

    def pullback(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        # The two flags are torch.func's. What the pullback keeps goes with it, or as soon as it was used where it is not to
        # be retained; the result is always differentiable.
        flat = _match_cotangents(cotangents, at.outputs, at.out_spec)
        residuals.check()
        if spent:
            raise RuntimeError(
                "vjp: Trying to backward through the graph a second time: this pullback was called with retain_graph=False, "
                "so what it kept is released. Leave that flag out of all calls but the last"
            )
        if not retain_graph:
            spent.append(True)
        return tuple(unflatten(at.spec, dense(at.pull(flat, not retain_graph), at.inputs)))

    result = outputs_of(at), entry(pullback)
    return (*result, at.aux) if has_aux else result


def outputs_of(at: Linear) -> Any:
    """Return the output; as fresh tracers, since the pullback may hold the ones that are there."""
    return unflatten(at.out_spec, [fresh(x) if type(x) in KINDS else x for x in at.outputs])


def transpose(func: Func, primals: tuple[Any, ...], has_aux: bool) -> tuple[Linear, Residuals]:
    """Run `func` at `primals`; return what vjp knows there, and what its pullback keeps."""
    every = tuple(range(len(primals)))
    return run_taped(_VJP, func, primals, every, {}, has_aux, check_outputs, lambda at: Residuals(at.pull))


def check_outputs(func: Func, output: Any, outputs: list[Any]) -> None:
    """Refuse what has no cotangent."""
    tensor_outputs(_VJP, func, outputs)
    for index, leaf in enumerate(outputs):
        if not (leaf.dtype.is_floating_point or leaf.dtype.is_complex):
            raise RuntimeError(
                "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype "
                f"{leaf.dtype} as flattened output {index} of {name_of(func)}; return it through has_aux=True"
            )


def _match_cotangents(cotangents: Any, outputs: list[Tensor], spec: Spec) -> list[Tensor | None]:
    """Return the flattened cotangents after checking them against the outputs."""
    flat = align(cotangents, spec)
    if flat is None:
        raise RuntimeError(
            "vjp: Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
            f"function. cotangents: {describe(flatten(cotangents)[1])}, primal output: {describe(spec)}"
        )
    for index, (cotangent, output) in enumerate(zip(flat, outputs, strict=True)):
        if not isinstance(cotangent, Tensor):
            raise RuntimeError(f"vjp: cotangent {index} must be a Tensor, got {type(cotangent)}")
        if cotangent.shape != output.shape:
            raise RuntimeError(
                f"vjp: Mismatch in shape: grad_output[{index}] has a shape of {cotangent.shape} and output[{index}] "
                f"has a shape of {output.shape}. A cotangent has the shape of the output that it belongs to."
            )
        if cotangent.dtype.is_complex != output.dtype.is_complex:
            raise RuntimeError(
                "vjp: For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch "
                f"in dtype: grad_output[{index}] has a dtype of {cotangent.dtype} and output[{index}] has a dtype of "
                f"{output.dtype}."
            )
    return flat


# ---------------------------------------------------------------- jacrev


@opaque
def jacrev(func: Func, argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: ChunkSize = None) -> Func:
    """Return a function that computes the Jacobian of `func` by reverse mode: one pullback of all rows at once.

    Args:
        func: returns a pytree of real tensors; with `has_aux`, a pair of it and a pytree of other tensors.
        argnums: the positional argument to differentiate, a pytree of real tensors, or a tuple of several. Negative
            ones count from the end.
        has_aux: whether `func` returns `(output, aux)`.
        chunk_size: how many rows to compute at once; None for all. 1 is a loop over the rows, without vmap. A budget
            of bytes or "auto", as for `vmap`.

    Returns:
        A function of the same arguments that returns, in the structure of the output, for each of its tensors the
        Jacobian in the structure of the argument, tensors of shape `(*output.shape, *input.shape)`; with `has_aux`,
        `(jacobian, aux)`.

    Raises:
        ValueError: `chunk_size` is neither positive nor a budget, or an argument to differentiate holds something else
            than tensors.
        RuntimeError: an input or output is complex or of integers, or `argnums` is wrong.

    Example:
        >>> import torch, oplift
        >>> oplift.jacrev(lambda x: x**2)(torch.arange(3.0))  # [a] -> [a, a]
        tensor([[0., 0., 0.],
                [0., 2., 0.],
                [0., 0., 4.]])
    """
    check_chunk_size("jacrev", chunk_size)

    def jacobian(*args: Any, **kwargs: Any) -> Any:
        check_real("jacrev", flatten(args)[0], "inputs")
        positions = select("jacrev", args, argnums)
        use = partial(_jacobian, chunk_size=chunk_size)
        at, blocks = run_taped(_VJP, func, args, positions, kwargs, has_aux, _check_real_outputs, use)
        trees = [unflatten(at.spec, row) for row in blocks]
        result = unflatten(at.out_spec, [tree[0] if isinstance(argnums, int) else tuple(tree) for tree in trees])
        return (result, at.aux) if has_aux else result

    return transformed(func, jacobian)


def _check_real_outputs(func: Func, output: Any, outputs: list[Any]) -> None:
    check_outputs(func, output, outputs)
    check_real("jacrev", outputs, "outputs")


def _jacobian(at: Linear, chunk_size: ChunkSize) -> list[list[Tensor]]:
    """Return for each output the Jacobians with respect to all inputs."""
    offsets = starts(at.outputs)
    rows = _rows(at, offsets[-1], chunk_size)
    return [
        [_cut(found, start, output, leaf) for found, leaf in zip(rows, at.inputs, strict=True)]
        for output, start in zip(at.outputs, offsets, strict=False)
    ]


def _cut(rows: Tensor | None, start: int, output: Tensor, leaf: Tensor) -> Tensor:
    """Return the rows of one output, in the shape of its Jacobian."""
    shape = (*output.shape, *leaf.shape)
    if rows is None or output.numel() == 0:
        return zeros(leaf, shape)
    if rows.ndim > leaf.ndim and rows.shape[0] != output.numel():  # a lone row has no dimension of rows
        rows = rows.narrow(0, start, output.numel())
    return rows if rows.shape == shape else rows.reshape(shape)


def _rows(at: Linear, count: int, chunk_size: ChunkSize) -> list[Tensor | None]:
    """Return for each input the `count` rows of the Jacobian, None for zeros."""
    if not count:
        return [None] * len(at.inputs)

    def run(first: int, stop: int) -> tuple[list[Tensor | None], int]:
        one = stop - first == 1
        rows = (_one_row if one else _some_rows)(at, first, stop, stop == count)
        if one and count > 1:
            rows = [None if row is None else row.unsqueeze(0) for row in rows]
        return rows, stop - first

    chunks = in_chunks(count, chunk_size, at.inputs, run)
    if len(chunks) == 1:
        return chunks[0][0]
    sizes = [size for _, size in chunks]
    columns = zip(*[rows for rows, _ in chunks], strict=True)
    return [_join(parts, leaf, sizes) for parts, leaf in zip(columns, at.inputs, strict=True)]


def _join(parts: tuple[Tensor | None, ...], leaf: Tensor, sizes: list[int]) -> Tensor | None:
    """Concatenate the rows of all chunks."""
    if all([part is None for part in parts]):
        return None
    pairs = zip(parts, sizes, strict=True)
    return torch.cat([zeros(leaf, (size, *leaf.shape)) if part is None else part for part, size in pairs])


def _one_row(at: Linear, first: int, stop: int, last: bool) -> list[Tensor | None]:
    """Pull one row back, without vmap and its limits; the result has no dimension of rows."""
    if len(at.outputs) == 1 and at.outputs[0].numel() == 1:
        return at.pull([bottom(at.outputs[0]).new_ones(at.outputs[0].shape)], last)
    return at.pull([None if block is None else block.squeeze(0) for block in basis(at.outputs, first, stop)], last)


def _some_rows(at: Linear, first: int, stop: int, last: bool) -> list[Tensor | None]:
    """Pull rows `first` to `stop` back at once; `last` as of the pullback."""
    with BatchLevel(stop - first) as level, Level.rules(), Basis(at.outputs, first, stop) as rows:
        blocks = [None if row is None else level.batched(row) for row in rows]
        return [None if found is None else level.lower(found) for found in at.pull(blocks, last)]
