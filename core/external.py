"""Functions that torch cannot look into: NumPy, SciPy, C code."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import torch

from .api_common import name_of
from .api_common import opaque as unseen_by_compile
from .custom_call import Call, Custom, OverBatch, as_user, frozen, recorded, tracked
from .errors import OpliftError
from .fallback import one_by_one
from .functions import as_rule
from .stack import KINDS
from .tracer import freeze
from .trees import Spec, align, describe, flatten, unflatten

__all__ = ["opaque"]

_METHODS = ("loop", "expand", "fold")


@unseen_by_compile
def opaque(
    fn: Callable[..., Any],
    *,
    out: Any,
    vmap: str = "loop",
    vjp: Callable[..., Any] | None = None,
) -> Callable[..., Any]:
    """Make a function that torch cannot look into work under every transform.

    `fn` always gets plain tensors: contiguous, without history, on the device where they are; never the tensors of a
    running transform. It must be pure: the same result for the same arguments, none of which it writes to.

    Args:
        fn: takes tensors, pytrees of them and other objects, returns a pytree of tensors, NumPy arrays or numbers.
            `x.numpy()` is its argument as an array.
        out: what it returns for one example: a pytree of tensors whose shapes and dtypes count, or a function of the
            same arguments that returns one, ``lambda x: x`` for the likeness of x. That function gets tensors without
            data, of device "meta". Results are cast to the dtype, and must have the shape.
        vmap: what to do with a batch: "loop" calls `fn` for each example. "expand" calls it once with the batch as a
            leading dimension of every tensor (one for each vmap; tensors that are the same for every example are
            expanded), and `fn` returns it so. "fold" calls it once with the batch merged into the first dimension of
            every tensor, for functions that treat the rows of their arguments alike.
        vjp: ``(cotangents, output, *args) -> cotangents of the arguments``, a tuple with None for zeros, in torch
            operators and other opaque functions; linear in the cotangents, which have the structure of the output.
            The jvp is its transpose, and higher derivatives are its own. None: there is no derivative.

    Returns:
        The function, of the same arguments. PyTorch's own autograd uses the `vjp` too.

    Raises:
        ValueError: `vmap` is none of the three words.
        OpliftError: (when called) the result has another structure or shape than `out` says; a derivative is asked
            for and there is no `vjp`.

    Example:
        >>> import numpy, torch, oplift
        >>> sinc = oplift.opaque(
        ...     lambda x: numpy.sinc(x.numpy()),
        ...     out=lambda x: x,
        ...     vmap="expand",
        ...     vjp=lambda g, y, x: (g * (torch.cos(torch.pi * x) - y) / x,),
        ... )
        >>> oplift.vmap(oplift.grad(sinc))(torch.tensor([0.5, 1.0]))
        tensor([-1.2732, -1.0000])
    """
    if vmap not in _METHODS:
        raise ValueError(f"opaque({name_of(fn)}): vmap must be 'loop', 'expand' or 'fold', got {vmap!r}")
    if not callable(out) and not all(isinstance(x, torch.Tensor) for x in flatten(out)[0]):
        raise ValueError(f"opaque({name_of(fn)}): out must be a function, or a pytree of tensors")

    def call(*args: Any) -> Any:
        leaves, spec = flatten(args)
        custom = External(fn, out, vmap, vjp, spec)
        if not any(type(x) in KINDS for x in leaves) and not tracked(leaves):
            outs = custom.run(leaves)
            return unflatten(custom.out_spec, outs)
        with as_rule():
            values = [freeze(x) for x in leaves]
            outs = Call(custom, values)(*values)
            return unflatten(custom.out_spec, outs)

    return unseen_by_compile(functools.update_wrapper(call, fn, updated=()))


class External(Custom):
    """One call of an opaque function."""

    advice = "pass vmap='expand' or 'fold' to oplift.opaque where the function can work on a batch"
    batching = "own"

    def __init__(self, fn: Callable[..., Any], out: Any, vmap: str, vjp: Any, spec: Spec) -> None:
        self.fn, self.out, self.vmap, self.vjp, self.spec = fn, out, vmap, vjp, spec
        self.name, self.reverse = name_of(fn), vjp is not None
        self.missing = "oplift.opaque was given no vjp for it; pass vjp=(cotangents, output, *args) -> cotangents"
        self.out_spec: Spec = None

    def told(self, shapes: Sequence[Any], args: Sequence[Any]) -> list[tuple[torch.Size, torch.dtype]]:
        """Shapes and dtypes of the outputs of one example whose tensors have these shapes."""
        metas = [
            torch.empty(shape, dtype=x.dtype, device="meta") if isinstance(x, torch.Tensor) else x
            for x, shape in zip(args, shapes, strict=True)
        ]
        likeness = self.out(*unflatten(self.spec, metas)) if callable(self.out) else self.out
        leaves, self.out_spec = flatten(likeness)
        if not all(isinstance(x, torch.Tensor) for x in leaves):
            raise OpliftError(f"{self.name}: `out` must tell of tensors, got {likeness!r}")
        return [(x.shape, x.dtype) for x in leaves]

    def run(self, args: Sequence[Any]) -> Any:
        return self.execute(args, ())

    def execute(self, args: Sequence[Any], sizes: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
        """Call the function on plain tensors, all of which have these leading dimensions."""
        expected = self.told([x.shape[len(sizes) :] if isinstance(x, torch.Tensor) else None for x in args], args)
        device = next((x.device for x in args if isinstance(x, torch.Tensor)), torch.device("cpu"))
        if 0 in sizes:
            return tuple(torch.empty((*sizes, *shape), dtype=dtype, device=device) for shape, dtype in expected)
        plain = [self._given(x, len(sizes)) if isinstance(x, torch.Tensor) else x for x in args]
        found = align(self.fn(*unflatten(self.spec, plain)), self.out_spec)
        if found is None:
            raise OpliftError(
                f"{self.name}: its result has another structure than `out` says, {describe(self.out_spec)}"
            )
        pairs = zip(found, expected, strict=True)
        return tuple(self._converted(x, *e, sizes, device, i) for i, (x, e) in enumerate(pairs))

    def _given(self, x: torch.Tensor, leading: int) -> torch.Tensor:
        x = x.detach()
        if self.vmap == "fold" and leading:
            if x.ndim == leading:
                raise OpliftError(
                    f"{self.name}: vmap='fold' merges the batch into the first dimension of every tensor, and one has no "
                    "dimension; use 'expand' or 'loop'"
                )
            x = x.flatten(0, leading)
        return x.contiguous()

    def _converted(
        self, x: Any, shape: torch.Size, dtype: torch.dtype, sizes: tuple[int, ...], device: Any, index: int
    ) -> torch.Tensor:
        result = torch.as_tensor(x)
        whole = (*sizes, *shape)
        fold = self.vmap == "fold" and bool(sizes)
        if fold and not shape:
            raise OpliftError(
                f"{self.name}: vmap='fold' splits the first dimension of every output, and output {index} has none"
            )
        wanted = (prod(whole[: len(sizes) + 1]), *shape[1:]) if fold else whole
        if tuple(result.shape) != wanted:
            raise OpliftError(
                f"{self.name}: output {index} has shape {tuple(result.shape)}, but `out` says {wanted}"
                + (f" (a batch of {sizes} by vmap={self.vmap!r})" if sizes else "")
            )
        if result.is_complex() and not dtype.is_complex:
            raise OpliftError(f"{self.name}: output {index} is complex, but `out` says {dtype}")
        return result.to(device=device, dtype=dtype).reshape(whole)

    def plain(self, call: Call, args: Sequence[Any]) -> Any:
        return recorded(call, args) if tracked(args) else self.run(args)

    def forward(self, call: Call, needs: Sequence[bool], args: Sequence[Any]) -> tuple[Any, Any]:
        outs = call(*args)
        return outs, (list(args), list(outs))

    def backward(self, call: Call, residuals: Any, needs: Sequence[bool], cotangents: Sequence[Any]) -> list[Any]:
        args, outs = residuals
        cts = [torch.zeros_like(o) if g is None else g for g, o in zip(cotangents, outs, strict=True)]
        given = unflatten(self.spec, args)
        with as_user():
            grads = self.vjp(unflatten(self.out_spec, cts), unflatten(self.out_spec, outs), *given)
        grads = grads if isinstance(grads, (tuple, list)) else (grads,)
        if len(grads) != len(given):
            raise OpliftError(
                f"{self.name}: vjp must return a tuple of {len(given)} cotangents, one for each argument (None where it is "
                f"zero), got {len(grads)}"
            )
        flat: list[Any] = []
        for n, (grad, value) in enumerate(zip(grads, given, strict=True)):
            leaves, spec = flatten(value)
            found = [None] * len(leaves) if grad is None else align(grad, spec)
            if found is None:
                raise OpliftError(f"{self.name}: vjp returned a cotangent for argument {n} of another structure")
            flat += found
        return [frozen(flat[i]) for i in call.tensors]

    def batch(self, call: Call, size: int, batched: Sequence[bool], args: Sequence[Any], randomness: str) -> Any:
        if self.vmap != "loop":
            return Call(OverExternal(call, size, batched, args, randomness), args)(*args)
        if size > 0:
            return one_by_one(call, call.level.size, args, batched)
        flags = dict(zip(call.tensors, batched, strict=True))
        shapes = [x.shape[1:] if flags.get(i) else getattr(x, "shape", None) for i, x in enumerate(args)]
        device = args[call.tensors[0]].device
        return tuple(torch.empty((0, *s), dtype=d, device=device) for s, d in self.told(shapes, args))


class OverExternal(OverBatch):
    """A batch of an opaque function, which is called once for all examples; its vjp runs under a vmap."""

    inner: External | OverExternal
    batching = "own"

    def run(self, args: Sequence[Any]) -> Any:
        return self.execute(args, ())

    def execute(self, args: Sequence[Any], sizes: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
        """As that of `External`; beside `sizes` some tensors have this batch."""
        given = list(args)
        for i, flag in zip(self.tensors, self.batched, strict=True):
            if not flag:
                shape = (*sizes, self.size, *args[i].shape[len(sizes) :])
                given[i] = args[i].unsqueeze(len(sizes)).expand(shape)
        return self.inner.execute(given, (*sizes, self.size))

    def batch(self, call: Call, size: int, batched: Sequence[bool], args: Sequence[Any], randomness: str) -> Any:
        return Call(OverExternal(call, size, batched, args, randomness), args)(*args)
