"""vmap and chunk_vmap: map a function over a dimension of its inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .api_common import argument_name, name_of, opaque, transformed
from .batching import BatchLevel
from .chunks import ChunkSize, check_chunk_size, in_chunks
from .stack import KINDS, Level, settled
from .trees import Spec, broadcast, describe, flatten, paths, unflatten

__all__ = ["chunk_vmap", "vmap"]

Func = Callable[..., Any]


@opaque
def vmap(
    func: Func,
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: ChunkSize = None,
) -> Func:
    """Return a function that maps `func` over a dimension of its inputs.

    Args:
        func: takes one or more positional arguments, pytrees of tensors and other objects; returns a pytree of tensors.
        in_dims: the dimension of each input to map over: an int, None (the input is the same for every example), or a
            pytree of them that is a prefix of the arguments' tuple. Negative dimensions count from the end.
        out_dims: where the mapped dimension goes in the outputs: an int, or a pytree that is a prefix of the output.
            None returns an output that does not depend on the example as it is.
        randomness: what random operators in `func` do: "error" refuses them, "same" draws once for all examples,
            "different" draws anew for each.
        chunk_size: how many examples to work on at once; None for all. 1 is a loop over the examples. A text is a
            budget of bytes, "512MB" or "2GiB", for what operators make in between; "auto" is half of the memory that is
            free. Then the first example is run by itself, and what it took tells how many go together.

    Returns:
        A function of the same arguments, in which each mapped tensor has one dimension more. Keyword arguments are
        passed on as they are, not mapped.

    Raises:
        ValueError: `in_dims` or `out_dims` does not fit the inputs or outputs, or `chunk_size` is neither positive nor
            a budget.
        RuntimeError: `randomness` is none of the three words.

    Example:
        >>> import torch, oplift
        >>> dot = oplift.vmap(torch.dot)  # ([b, a], [b, a]) -> [b]
        >>> dot(torch.eye(3), torch.arange(9.0).reshape(3, 3))
        tensor([0., 4., 8.])
        >>> outer = oplift.vmap(oplift.vmap(torch.mul, in_dims=(None, 0)), in_dims=(0, None))
        >>> outer(torch.arange(3.0), torch.arange(2.0)).shape
        torch.Size([3, 2])
    """
    check_randomness(randomness)
    check_chunk_size("vmap", chunk_size)

    def mapped(*args: Any, **kwargs: Any) -> Any:
        check_out_dims(func, out_dims)
        leaves, spec, dims, size = mapped_leaves(func, in_dims, args)
        return _run_chunks(func, leaves, spec, dims, size, chunk_size, out_dims, randomness, kwargs)

    return transformed(func, mapped)


@opaque
def chunk_vmap(func: Func, in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", chunks: int = 2) -> Func:
    """Return what `vmap` does, computed in `chunks` parts, one after another, which takes less memory.

    `vmap(..., chunk_size=...)` is the same with the size of a part given.

    Args:
        func, in_dims, out_dims, randomness: as for `vmap`.
        chunks: number of parts, positive; the last one may be smaller, or missing.

    Raises:
        ValueError: `chunks` is not positive; else as `vmap`.

    Example:
        >>> import torch, oplift
        >>> oplift.experimental.chunk_vmap(torch.sum, chunks=2)(torch.ones(3, 4))
        tensor([4., 4., 4.])
    """
    check_randomness(randomness)
    if chunks <= 0:
        raise ValueError(f"chunk_vmap: chunks should be greater than 0. (got {chunks})")

    def mapped(*args: Any, **kwargs: Any) -> Any:
        check_out_dims(func, out_dims)
        leaves, spec, dims, size = mapped_leaves(func, in_dims, args)
        return _run_chunks(func, leaves, spec, dims, size, -(-size // chunks) or None, out_dims, randomness, kwargs)

    return transformed(func, mapped)


# ---------------------------------------------------------------- one vmap


def _run(
    func: Func,
    leaves: list[Any],
    spec: Spec,
    dims: list[int | None],
    size: int,
    out_dims: Any,
    randomness: str,
    kwargs: dict[str, Any],
) -> Any:
    with BatchLevel(size, randomness) as level:
        with Level.rules():
            lifted = [x if d is None else level.lift(x, d) for x, d in zip(leaves, dims, strict=True)]
            given = unflatten(spec, lifted)
        output = func(*given, **kwargs)
        with Level.rules():
            outputs, out_spec = flatten(output)
            flat_dims = _flat_out_dims(func, out_dims, output, out_spec)
            lowered = [_lower(level, func, x, d) for x, d in zip(outputs, flat_dims, strict=True)]
            if level.wrote():
                lowered = _given_back(lowered, outputs, flat_dims, lifted, leaves, dims)
            return unflatten(out_spec, lowered)


def _given_back(
    lowered: list[Any],
    outputs: list[Any],
    out_dims: list[int | None],
    lifted: list[Any],
    leaves: list[Any],
    dims: list[Any],
) -> list[Any]:
    """Return for an output that is an input which `func` wrote to the tensor that was given, not another of its values."""
    found = list(lowered)
    places = {id(x): i for i, x in enumerate(lifted) if dims[i] is not None}
    for position, (output, out_dim) in enumerate(zip(outputs, out_dims, strict=True)):
        i = places.get(id(output))
        if i is None or out_dim is None:
            continue
        out_dim %= leaves[i].ndim
        if out_dim == dims[i]:
            found[position] = leaves[i]
        elif type(leaves[i]) is Tensor:  # a view of memory that will hold the new value
            found[position] = leaves[i].movedim(dims[i], out_dim)
    return found


def _lower(level: BatchLevel, func: Func, output: Any, dim: int | None) -> Any:
    if dim is None:
        output = settled(output)
        if isinstance(output, Tensor) and getattr(output, "level", None) is level:
            name = name_of(func)
            raise ValueError(
                f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None: the output differs "
                "from example to example; give its out_dim as an int"
            )
        return output
    if not isinstance(output, Tensor):
        name = name_of(func)
        raise ValueError(
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(output)}. "
            "Did you mean to set out_dims= to None for output?"
        )
    rank = output.ndim + 1
    if not -rank <= dim < rank:
        raise IndexError(
            f"vmap({name_of(func)}, ...): out_dim: Dimension out of range (expected to be in range of "
            f"[{-rank}, {rank - 1}], but got {dim}) for an output of shape {tuple(output.shape)}"
        )
    return level.lower(output, dim % rank)


# ---------------------------------------------------------------- chunks


def _run_chunks(
    func: Func,
    leaves: list[Any],
    spec: Spec,
    dims: list[int | None],
    size: int,
    chunk_size: ChunkSize,
    out_dims: Any,
    randomness: str,
    kwargs: dict[str, Any],
) -> Any:
    whole = chunk_size is None or (not isinstance(chunk_size, str) and size <= chunk_size)
    repeat = _random_state(leaves) if randomness == "same" and not whole else None

    def run(first: int, stop: int) -> Any:
        if stop - first == size:
            return _run(func, leaves, spec, dims, size, out_dims, randomness, kwargs)
        if repeat is not None:
            repeat()
        pairs = zip(leaves, dims, strict=True)
        chunk = [x if d is None else x.narrow(d, first, stop - first) for x, d in pairs]
        return _run(func, chunk, spec, dims, stop - first, out_dims, randomness, kwargs)

    outputs = in_chunks(size, None if whole else chunk_size, leaves, run)
    if len(outputs) == 1:
        return outputs[0]
    flats, specs = zip(*[flatten(output) for output in outputs], strict=True)
    flat_dims = _flat_out_dims(func, out_dims, outputs[-1], specs[-1])
    return unflatten(
        specs[-1], [_join(pieces, d) for pieces, d in zip(zip(*flats, strict=True), flat_dims, strict=True)]
    )


def _join(pieces: tuple[Any, ...], dim: int | None) -> Any:
    return pieces[0] if dim is None else torch.cat(pieces, dim)


def _random_state(leaves: list[Any]) -> Callable[[], None]:
    """Return a function that puts the generators of the CPU and of the inputs' devices back to where they are now."""
    cpu = torch.get_rng_state()
    devices = {x.device for x in leaves if isinstance(x, Tensor) and x.device.type not in ("cpu", "meta")}
    modules = [(torch.get_device_module(device), device) for device in devices]
    states = [(module, device, module.get_rng_state(device)) for module, device in modules]

    def restore() -> None:
        torch.set_rng_state(cpu)
        for module, device, state in states:
            module.set_rng_state(state, device)

    return restore


# ---------------------------------------------------------------- checks


def check_randomness(randomness: str) -> None:
    """Refuse anything but the three words."""
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")


def check_out_dims(func: Func, out_dims: Any) -> None:
    """Refuse an `out_dims` with a leaf that is no dimension."""
    if isinstance(out_dims, int):
        return
    for dim in flatten(out_dims)[0]:
        if dim is not None and not isinstance(dim, int):
            raise ValueError(
                f"vmap({name_of(func)}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python "
                "collection of ints representing where in the outputs the vmapped dimension should appear."
            )


def _flat_out_dims(func: Func, out_dims: Any, output: Any, spec: Spec) -> list[int | None]:
    """Return the out_dim of each flattened output."""
    if isinstance(output, Tensor) and type(out_dims) is tuple and len(out_dims) == 1:
        return list(out_dims)  # torch.func takes (0,) for a lone tensor too
    dims = broadcast(out_dims, spec)
    if dims is None:
        raise ValueError(
            f"vmap({name_of(func)}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure "
            f"of `outputs`. out_dims has structure {describe(flatten(out_dims)[1])} but outputs has structure "
            f"{describe(spec)}."
        )
    return dims


def mapped_leaves(func: Func, in_dims: Any, args: tuple[Any, ...]) -> tuple[list[Any], Spec, list[int | None], int]:
    """Return the flattened arguments, their spec, a non-negative dim or None for each, and the batch size."""
    if type(in_dims) is not int and not isinstance(in_dims, int | tuple):
        raise ValueError(
            f"vmap({name_of(func)}, in_dims={in_dims}, ...)(<inputs>): expected `in_dims` to be int or a (potentially "
            f"nested) tuple matching the structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name_of(func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to "
            "vmap over a function with no inputs. The latter is unsupported."
        )
    leaves, spec = flatten(args)
    dims = broadcast(in_dims, spec)
    if dims is None:
        raise ValueError(
            f"vmap({name_of(func)}, in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the structure of "
            f"`inputs`. in_dims has structure {describe(flatten(in_dims)[1])} but inputs has structure "
            f"{describe(spec)}."
        )
    for index, dim in enumerate(dims):
        if dim is not None:
            dims[index] = _wrap(func, in_dims, leaves[index], dim, spec, index)
    return leaves, spec, dims, _batch_size(func, in_dims, leaves, dims, spec)


def _wrap(func: Func, in_dims: Any, leaf: Any, dim: int, spec: Spec, index: int) -> int:
    """Return `dim` counted from the front."""
    if isinstance(leaf, Tensor) and type(leaf) not in KINDS and leaf.is_nested:
        raise ValueError(
            f"vmap({name_of(func)}, in_dims={in_dims}, ...)(<inputs>): {_place(func, paths(spec)[index])} is a nested tensor, "
            "whose examples have different shapes; call the function for each of its unbind(), or pad it with "
            "to_padded_tensor() and give a mask"
        )
    if not isinstance(leaf, Tensor) or not isinstance(dim, int) or not -leaf.ndim <= dim < leaf.ndim:
        raise _misfit(func, in_dims, leaf, dim, _place(func, paths(spec)[index]))
    return dim % leaf.ndim


def _batch_size(func: Func, in_dims: Any, leaves: list[Any], dims: list[int | None], spec: Spec) -> int:
    sizes = [leaf.shape[dim] for leaf, dim in zip(leaves, dims, strict=True) if dim is not None]
    if not sizes:
        raise ValueError(
            f"vmap({name_of(func)}, in_dims={in_dims}, ...): Expected at least one Tensor to vmap over, but every "
            "in_dim is None"
        )
    size: int = sizes[0]
    if any([other != size for other in sizes]):
        places = [_place(func, path) for path, dim in zip(paths(spec), dims, strict=True) if dim is not None]
        raise ValueError(
            f"vmap({name_of(func)}): Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension: "
            + ", ".join(f"{place} has {found}" for place, found in zip(places, sizes, strict=True))
        )
    return size


def _misfit(func: Func, in_dims: Any, leaf: Any, dim: Any, where: str) -> ValueError:
    """Say what is wrong with the in_dim of one leaf."""
    start = f"vmap({name_of(func)}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={dim} for "
    if not isinstance(dim, int):
        return ValueError(
            f"{start}an input but in_dim must be either an integer dimension or None. The input is {where}."
        )
    if not isinstance(leaf, Tensor):
        return ValueError(
            f"{start}an input but the input is of type {type(leaf)}: {where}. We cannot vmap over non-Tensor "
            "arguments, please use None as the respective in_dim"
        )
    return ValueError(
        f"{start}some input, but that input is a Tensor of dimensionality {leaf.ndim} so expected in_dim to satisfy "
        f"-{leaf.ndim} <= in_dim < {leaf.ndim}. The input is {where}, of shape {tuple(leaf.shape)}."
    )


def _place(func: Func, path: str) -> str:
    """Turn the path of a leaf, "[1]['w']", into "argument 'x'['w']"."""
    position, _, rest = path.removeprefix("[").partition("]")
    return argument_name(func, int(position)) + rest
