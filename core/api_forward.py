"""jvp, jacfwd, hessian and linearize: derivatives by forward mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from .api_basis import Basis, dense, starts, zeros
from .api_common import (
    Argnums,
    check_real,
    entry,
    given_arguments,
    lend,
    lower_aux,
    name_of,
    opaque,
    select,
    split_aux,
    tensor_outputs,
    transformed,
)
from .api_grad import Linear, Pull, jacrev, outputs_of, transpose
from .api_vmap import check_randomness
from .batching import BatchLevel
from .chunks import ChunkSize, check_chunk_size, in_chunks
from .forward import ForwardLevel
from .reverse import ReverseLevel
from .stack import Level
from .trees import Spec, align, describe, flatten, unflatten

__all__ = ["hessian", "jacfwd", "jvp", "linearize"]

Func = Callable[..., Any]
_JVP = "jvp(f, primals, tangents)"


# ---------------------------------------------------------------- jvp


@entry
def jvp(func: Func, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """Return the output of `func` at `primals`, and its derivative in the direction of `tangents`.

    Args:
        func: returns a pytree of tensors; with `has_aux`, a pair of it and a pytree of other tensors.
        primals: the tuple of the arguments of `func`, pytrees of floating-point or complex tensors.
        tangents: tensors of the same shapes, in the same structure.
        strict: whether an output that does not depend on the primals is an error; else its tangent is zero.
        has_aux: whether `func` returns `(output, aux)`.

    Returns:
        `(output, tangent of the output)`, with `has_aux` `(output, tangent, aux)`.

    Raises:
        RuntimeError: primals and tangents do not match, `func` returned something else than tensors, or `strict` and
            an output is independent of the primals.
        ValueError: a primal or a tangent is of integers.

    Example:
        >>> import torch, oplift
        >>> oplift.jvp(torch.sin, (torch.tensor(0.0),), (torch.tensor(2.0),))
        (tensor(0.), tensor(2.))
    """
    leaves, spec, directions = _match_tangents(primals, tangents)
    with ForwardLevel() as level:
        with Level.rules():
            pairs = zip(leaves, directions, strict=True)
            given = unflatten(spec, [level.lift(primal, tangent) for primal, tangent in pairs])
        output = func(*given)
        with Level.rules():
            outputs, out_spec, aux = _outputs(func, output, has_aux, lambda x: level.lower(x)[0])
            lowered = [level.lower(x) for x in outputs]
    results, found = [primal for primal, _ in lowered], [tangent for _, tangent in lowered]
    if strict and any([tangent is None for tangent in found]):
        raise RuntimeError(
            "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not "
            f"allowed with strict=True. Flattened outputs of {name_of(func)}: "
            f"{[index for index, tangent in enumerate(found) if tangent is None]}"
        )
    result = unflatten(out_spec, results), unflatten(out_spec, dense(found, results))
    return (*result, aux) if has_aux else result


def _outputs(
    func: Func, output: Any, has_aux: bool, lower: Callable[[Tensor], Tensor]
) -> tuple[list[Tensor], Spec, Any]:
    """Return the flat outputs, their spec, and aux one level down."""
    aux = None
    if has_aux:
        output, aux = split_aux(_JVP, output)
        aux = lower_aux(lower, aux)
    outputs, spec = flatten(output)
    tensor_outputs(_JVP, func, outputs)
    return outputs, spec, aux


def _match_tangents(primals: Any, tangents: Any) -> tuple[list[Tensor], Spec, list[Tensor]]:
    if not isinstance(primals, tuple):
        raise RuntimeError(
            f"{_JVP}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals). Got {type(primals)}"
        )
    leaves, spec = flatten(primals)
    directions = align(tangents, spec)
    if directions is None:
        raise RuntimeError(
            f"{_JVP}: Expected primals and tangents to have the same python structure. For example, if primals is a "
            f"tuple of 3 tensors, tangents also must be. Got primals with structure {describe(spec)} and tangents "
            f"with structure {describe(flatten(tangents)[1])}"
        )
    _check_tensors(leaves, "primals")
    _check_tensors(directions, "tangents")
    for index, (primal, tangent) in enumerate(zip(leaves, directions, strict=True)):
        if primal.shape != tangent.shape:
            raise RuntimeError(
                f"{_JVP}: Trying to set a forward gradient that has a different size than that of the original "
                f"Tensor, this is not supported. Flattened primal {index} is of size {list(primal.shape)} while the "
                f"given tangent is of size {list(tangent.shape)}."
            )
        if tangent.dtype.is_complex and not primal.dtype.is_complex:
            raise RuntimeError(
                f"{_JVP}: Flattened tangent {index} has dtype {tangent.dtype} and its primal {primal.dtype}: a real "
                "primal has real tangents"
            )
    return leaves, spec, directions


def _check_tensors(leaves: list[Any], what: str) -> None:
    if not leaves:
        raise RuntimeError(f"{_JVP}: Expected {what} to contain at least one Tensor.")
    for index, leaf in enumerate(leaves):
        if not isinstance(leaf, Tensor):
            raise RuntimeError(
                f"{_JVP}: Expected {what} to only contain Tensors, got {type(leaf)} at flattened position {index}"
            )
        if not (leaf.dtype.is_floating_point or leaf.dtype.is_complex):
            raise ValueError(
                f"{_JVP}: Expected {what.removesuffix('s')} to be floating point or complex, but got: {leaf.dtype} at "
                f"flattened position {index}"
            )


# ---------------------------------------------------------------- jacfwd and hessian


@opaque
def jacfwd(
    func: Func,
    argnums: Argnums | None = 0,
    has_aux: bool = False,
    *,
    randomness: str = "error",
    chunk_size: ChunkSize = None,
) -> Func:
    """Return a function that computes the Jacobian of `func` by forward mode: one jvp of all columns at once.

    Args:
        func: returns a pytree of real tensors; with `has_aux`, a pair of it and a pytree of other tensors.
        argnums: the positional argument to differentiate, a pytree of real tensors, or a tuple of several. Negative
            ones count from the end. None means all.
        has_aux: whether `func` returns `(output, aux)`.
        randomness: what random operators in `func` do, as for `vmap`.
        chunk_size: how many columns to compute at once; None for all. `func` runs once for each chunk. A budget of
            bytes or "auto", as for `vmap`.

    Returns:
        A function of the same arguments that returns, in the structure of the output, for each of its tensors the
        Jacobian in the structure of the argument, tensors of shape `(*output.shape, *input.shape)`; with `has_aux`,
        `(jacobian, aux)`.

    Raises:
        RuntimeError: an input or output is complex, or `argnums` or `randomness` is wrong.
        ValueError: an argument to differentiate is of integers, or `chunk_size` is neither positive nor a budget.

    Example:
        >>> import torch, oplift
        >>> oplift.jacfwd(lambda x: x**2)(torch.arange(3.0))  # [a] -> [a, a]
        tensor([[0., 0., 0.],
                [0., 2., 0.],
                [0., 0., 4.]])
    """
    check_randomness(randomness)
    check_chunk_size("jacfwd", chunk_size)

    def jacobian(*args: Any, **kwargs: Any) -> Any:
        check_real("jacfwd", flatten(args)[0], "inputs")
        positions = tuple(range(len(args))) if argnums is None else select("jacfwd", args, argnums)
        leaves, spec = flatten([args[i] for i in positions])
        _check_tensors(leaves, "primals")

        def run(first: int, stop: int) -> tuple[list[Any], Spec, Any]:
            with BatchLevel(stop - first, randomness) as batch, Level.rules(), Basis(leaves, first, stop) as blocks:
                outputs, out_spec, aux = _push(batch, func, args, positions, leaves, spec, has_aux, kwargs, blocks)
                return [_columns(batch, primal, tangent) for primal, tangent in outputs], out_spec, aux

        chunks = in_chunks(starts(leaves)[-1], chunk_size, leaves, run)
        _, out_spec, aux = chunks[-1]
        parts = zip(*[columns for columns, _, _ in chunks], strict=True)
        trees = [unflatten(spec, _blocks(list(pieces), leaves)) for pieces in parts]
        result = unflatten(out_spec, [tree[0] if isinstance(argnums, int) else tuple(tree) for tree in trees])
        return (result, aux) if has_aux else result

    return transformed(func, jacobian)


def _push(
    batch: BatchLevel,
    func: Func,
    args: tuple[Any, ...],
    positions: tuple[int, ...],
    leaves: list[Tensor],
    spec: Spec,
    has_aux: bool,
    kwargs: dict[str, Any],
    blocks: list[Tensor | None],
) -> tuple[list[tuple[Tensor, Tensor | None]], Spec, Any]:
    """Push the blocks of the basis forward; return primal and batched tangent of each output, their spec, and aux."""
    with ForwardLevel() as level:

        def primal_of(x: Any) -> Any:
            return level.lower(x)[0]

        with Level.rules():
            duals = [_dual(level, batch, leaf, block) for leaf, block in zip(leaves, blocks, strict=True)]
            given = given_arguments(level, primal_of, args, positions, unflatten(spec, duals))
            options = lend(level, primal_of, kwargs) if kwargs else kwargs
        output = func(*given, **options)
        with Level.rules():
            outputs, out_spec, aux = _outputs(func, output, has_aux, lambda x: _of_first(batch, primal_of(x)))
            check_real("jacfwd", outputs, "outputs")
            return [level.lower(x) for x in outputs], out_spec, aux


def _of_first(batch: BatchLevel, aux: Any) -> Tensor:
    """Return aux as one evaluation of the function computes it."""
    found: Tensor = aux.value[0] if getattr(aux, "level", None) is batch else aux
    return found


def _dual(level: ForwardLevel, batch: BatchLevel, leaf: Tensor, block: Tensor | None) -> Any:
    """Lift an input with its block of the basis; the zeros of an input without one are not batched."""
    return level.lift(leaf, zeros(leaf, leaf.shape) if block is None else batch.batched(block))


def _columns(batch: BatchLevel, primal: Tensor, tangent: Tensor | None) -> tuple[Tensor, Tensor | None, int]:
    """Return an output, its columns in a last dimension (None for zeros), and their number."""
    return primal, None if tangent is None else batch.lower(tangent, tangent.ndim), batch.size


def _blocks(pieces: list[tuple[Tensor, Tensor | None, int]], leaves: list[Tensor]) -> list[Tensor]:
    """Cut the columns of one output, which came in pieces, into its Jacobians with respect to `leaves`."""
    primal = pieces[0][0]
    if all([columns is None for _, columns, _ in pieces]):
        return [zeros(primal, (*primal.shape, *leaf.shape)) for leaf in leaves]
    found = [zeros(primal, (*primal.shape, size)) if columns is None else columns for _, columns, size in pieces]
    whole = found[0] if len(found) == 1 else torch.cat(found, -1)
    sizes = [leaf.numel() for leaf in leaves]
    parts: Sequence[Tensor] = [whole] if len(leaves) == 1 else whole.split(sizes, -1)
    shapes = [(*primal.shape, *leaf.shape) for leaf in leaves]
    return [part if part.shape == shape else part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


@opaque
def hessian(func: Func, argnums: Argnums = 0, *, chunk_size: ChunkSize = None) -> Func:
    """Return a function that computes the Hessian of `func`: `jacfwd(jacrev(func, argnums), argnums)`.

    Args:
        func: returns a pytree of real tensors.
        argnums: as for `jacrev`.
        chunk_size: as for `jacfwd`: how many columns to compute at once.

    Returns:
        A function of the same arguments that returns tensors of shape `(*output.shape, *input.shape, *input.shape)`.

    Raises:
        RuntimeError, ValueError: as `jacrev` and `jacfwd`.

    Example:
        >>> import torch, oplift
        >>> oplift.hessian(lambda x: (x**3).sum())(torch.arange(2.0))  # [a] -> [a, a]
        tensor([[0., 0.],
                [0., 6.]])
    """
    check_chunk_size("hessian", chunk_size)
    return jacfwd(jacrev(func, argnums), argnums, chunk_size=chunk_size)


# ---------------------------------------------------------------- linearize


@entry
def linearize(func: Func, *primals: Any) -> tuple[Any, Func]:
    """Return the output of `func` at `primals`, and the linear function that maps tangents as `jvp` there does.

    `func` runs once. Its pullback is linear in the cotangents, and the transpose of that is the linear function; it is
    worth its memory where many tangents follow one another. For tangents known at once, `vmap` of `jvp` is cheaper.

    Args:
        func: returns a pytree of floating-point or complex tensors.
        primals: the arguments of `func`, pytrees of floating-point or complex tensors.

    Returns:
        `(output, jvp_fn)`: `jvp_fn` takes tangents like `primals` and returns the tangent in the structure of the
        output. It may be called many times, and under vmap.

    Raises:
        RuntimeError, ValueError: as `vjp`; from `jvp_fn`, a RuntimeError for tangents that do not match the primals.

    Example:
        >>> import torch, oplift
        >>> output, jvp_fn = oplift.linearize(torch.sin, torch.zeros(2))
        >>> jvp_fn(torch.ones(2))
        tensor([1., 1.])
    """
    at, residuals = transpose(func, primals, False)
    push = _transposed(at)
    like = [(leaf.shape, leaf.device, leaf.dtype) for leaf in at.inputs]

    def jvp_fn(*tangents: Any) -> Any:
        directions = _match_primals(list(tangents), at.spec, like)
        residuals.check()
        return unflatten(at.out_spec, dense(push(directions), at.outputs))

    return outputs_of(at), entry(jvp_fn)


def _transposed(at: Linear) -> Pull:
    """Return the transpose of a pullback: it is linear, so its value at any cotangent has the same one."""
    with ReverseLevel() as level, Level.rules():
        probes = [level.taped(torch.zeros_like(output)) for output in at.outputs]
        cotangents = at.pull(list(probes))
        reached = [index for index, found in enumerate(cotangents) if found is not None]
        transpose = level.pullback([cotangents[index] for index in reached], probes)

    def push(tangents: Sequence[Tensor | None]) -> list[Tensor | None]:
        return transpose([tangents[index] for index in reached])

    return push


def _match_primals(tangents: Any, spec: Spec, like: list[tuple[Any, ...]]) -> list[Tensor | None]:
    """Return the flattened tangents after checking them against what is kept of the primals."""
    directions = align(tangents, spec)
    if directions is None:
        raise RuntimeError(
            f"jvp_fn: Expected the tangents {describe(flatten(tangents)[1])} to have the same argspec as the primals "
            f"{describe(spec)}"
        )
    for index, (tangent, wanted) in enumerate(zip(directions, like, strict=True)):
        if not isinstance(tangent, Tensor):
            raise RuntimeError(f"jvp_fn: Expected tangents to only contain Tensors, got {type(tangent)} at {index}")
        given = (tangent.shape, tangent.device, tangent.dtype)
        for what, one, other in zip(("shape", "device", "dtype"), given, wanted, strict=True):
            if one != other:
                raise RuntimeError(
                    f"jvp_fn: tangent:{index} with {what} {one} in flattened pytree doesn't match the {what} {other} "
                    "of the corresponding primal."
                )
    return directions
