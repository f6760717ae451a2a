"""Functions with derivatives or batching rules of their own: custom_vjp, custom_jvp, custom_batch."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch

from .api_common import name_of, opaque
from .context import Likeness
from .custom_call import Call, Custom, as_user, batch_first, frozen, recorded, tracked
from .errors import OpliftError
from .functions import as_rule
from .stack import KINDS
from .tracer import freeze
from .trees import Spec, align, broadcast, describe, flatten, unflatten

__all__ = ["CustomFunction", "custom_batch", "custom_jvp", "custom_vjp"]

Func = Callable[..., Any]


class CustomFunction:
    """A function of pytrees of tensors with rules of its own, made by `custom_vjp`, `custom_jvp` or `custom_batch`.

    Any of the three kinds of rules may be given to it, whichever decorator made it: with both a vjp and a jvp each
    direction uses its own, and what is not given is derived.
    """

    def __init__(self, fun: Func, nondiff_argnums: Sequence[int] = (), wants: str = "defvjp(fwd, bwd)") -> None:
        functools.update_wrapper(self, fun, updated=())
        self.fun, self.wants = fun, wants
        self.name = name_of(fun)
        self.nondiff = _checked_argnums(self.name, nondiff_argnums)
        self.count: int | None = None
        self.fwd: Func | None = None
        self.bwd: Func | None = None
        self.jvp_rule: Func | None = None
        self.batch_rule: Func | None = None

    def defvjp(self, fwd: Func, bwd: Func) -> Func:
        """Give the reverse-mode rule.

        Args:
            fwd: takes the arguments of the function; returns `(output, residuals)`, the residuals any pytree.
            bwd: `(*nondiff, residuals, cotangents) -> cotangents of the arguments`, a tuple with one entry for each
                differentiable argument, in its structure; None in the place of zeros. The cotangents come in the
                structure of the output; those that are not known to be anything else are zeros.

        Returns:
            `bwd`.

        Example:
            >>> import torch, oplift
            >>> @oplift.custom_vjp
            ... def clipped(x):
            ...     return x
            >>> _ = clipped.defvjp(lambda x: (x, None), lambda _, g: (g.clamp(-1, 1),))
            >>> oplift.grad(lambda x: (5 * clipped(x)).sum())(torch.zeros(2))
            tensor([1., 1.])
        """
        self.fwd, self.bwd = fwd, bwd
        return bwd

    def defjvp(self, jvp: Func) -> Func:
        """Give the forward-mode rule; usable as a decorator.

        Args:
            jvp: `(*nondiff, primals, tangents) -> (output, output tangents)`; both tuples have an entry for each
                differentiable argument, absent tangents are zeros (None for tensors of integers).

        Returns:
            `jvp`.

        Example:
            >>> import torch, oplift
            >>> @oplift.custom_jvp
            ... def log1pexp(x):
            ...     return torch.log1p(torch.exp(x))
            >>> @log1pexp.defjvp
            ... def log1pexp_jvp(primals, tangents):
            ...     (x,), (t,) = primals, tangents
            ...     return log1pexp(x), torch.sigmoid(x) * t
            >>> oplift.grad(log1pexp)(torch.tensor(100.0))
            tensor(1.)
        """
        self.jvp_rule = jvp
        return jvp

    def defbatch(self, rule: Func) -> Func:
        """Give the batching rule; usable as a decorator.

        Args:
            rule: `(size, in_dims, *args) -> (output, out_dims)`. `in_dims` has the structure of the tuple of arguments,
                0 for tensors that carry the batch at dimension 0, None for the others; `out_dims` is a prefix of the
                output's structure: where the batch is, None for what is the same for every example.

        Returns:
            `rule`.

        Example:
            >>> import torch, oplift
            >>> @oplift.custom_batch
            ... def total(x):
            ...     return x.sum()
            >>> @total.defbatch
            ... def total_batch(size, in_dims, x):
            ...     return x.flatten(1).sum(1), 0
            >>> oplift.vmap(total)(torch.ones(2, 3))
            tensor([3., 3.])
        """
        self.batch_rule = rule
        return rule

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function's value, with its rules under transforms and under PyTorch's own autograd."""
        if self.fwd is None and self.jvp_rule is None and self.batch_rule is None:
            raise OpliftError(f"{self.name}: no rule is given yet; call {self.name}.{self.wants}")
        args = self._positional(args, kwargs)
        leaves, spec = flatten(args)
        if not any(type(x) in KINDS for x in leaves) and not tracked(leaves):
            return self.fun(*args)
        with as_rule():
            custom = FunctionRules(self, spec, args)
            values = [freeze(x) for x in leaves]
            outs = Call(custom, values)(*values)
            return unflatten(custom.out_spec, outs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A method, where the function stands in a class."""
        return self if instance is None else functools.partial(self, instance)

    def _positional(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        if self.count is None:
            self.count = _positional_count(self.fun)
        if not kwargs and len(args) >= self.count:
            return args
        bound = inspect.signature(self.fun).bind(*args, **kwargs)
        bound.apply_defaults()
        if bound.kwargs:
            names = ", ".join(bound.kwargs)
            raise TypeError(
                f"{self.name}: keyword-only arguments ({names}) have no place in a rule; make them positional"
            )
        return bound.args


def _checked_argnums(name: str, argnums: Sequence[int]) -> tuple[int, ...]:
    if not isinstance(argnums, (tuple, list)) or any(not isinstance(n, int) or n < 0 for n in argnums):
        raise ValueError(f"{name}: nondiff_argnums must be a tuple of non-negative positions, got {argnums!r}")
    return tuple(argnums)


def _positional_count(fun: Func) -> int:
    """How many arguments a function takes by position; 0 for one without a signature."""
    try:
        parameters = inspect.signature(fun).parameters.values()
    except (TypeError, ValueError):
        return 0
    return sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


class FunctionRules(Custom):
    """The rules of a `CustomFunction` for one call."""

    def __init__(self, function: CustomFunction, spec: Spec, args: tuple[Any, ...]) -> None:
        self.function, self.name, self.spec = function, function.name, spec
        self.reverse, self.forwards = function.fwd is not None, function.jvp_rule is not None
        self.batching = "trace" if function.batch_rule is None else "own"
        self.body = None if self.reverse or self.forwards else self._body
        self.out_spec: Spec = None
        parts = [flatten(a) for a in args]
        self.specs = [part for _, part in parts]
        #: For each flat argument the argument that it belongs to, and its value if that is no tensor.
        self.owner = [n for n, (leaves, _) in enumerate(parts) for _ in leaves]
        self.static = [None if isinstance(x, torch.Tensor) else x for leaves, _ in parts for x in leaves]
        bad = [n for n in function.nondiff if n >= len(args)]
        if bad:
            raise ValueError(f"{self.name}: nondiff_argnums names argument {bad[0]}, but it was given {len(args)}")

    def _flat(self, outs: Any) -> tuple[Any, ...]:
        leaves, self.out_spec = flatten(outs)
        return tuple(leaves)

    def run(self, args: Sequence[Any]) -> Any:
        with as_user():
            return self._flat(self.function.fun(*unflatten(self.spec, args)))

    def plain(self, call: Call, args: Sequence[Any]) -> Any:
        return recorded(call, args) if tracked(args) and self.body is None else self.run(args)

    def _body(self, *args: Any) -> Any:
        return frozen(self.run(args))

    def _split(self, args: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The arguments without a derivative, and the others."""
        given = unflatten(self.spec, args)
        nondiff = self.function.nondiff
        return [given[n] for n in nondiff], [a for n, a in enumerate(given) if n not in nondiff]

    def _refuse_nondiff(self, call: Call, needs: Sequence[bool]) -> None:
        for i, need in zip(call.tensors, needs, strict=True):
            if need and self.owner[i] in self.function.nondiff:
                raise OpliftError(
                    f"{self.name}: argument {self.owner[i]} is among nondiff_argnums, but it depends on what is "
                    "differentiated; take it out of nondiff_argnums and return its derivative, or detach it"
                )

    def forward(self, call: Call, needs: Sequence[bool], args: Sequence[Any]) -> tuple[Any, Any]:
        self._refuse_nondiff(call, needs)
        fwd: Any = self.function.fwd
        with as_user():
            result = fwd(*unflatten(self.spec, args))
        if not isinstance(result, tuple) or len(result) != 2:
            raise OpliftError(f"{self.name}: fwd must return a pair (output, residuals), got {type(result).__name__}")
        outs = self._flat(frozen(result[0]))
        held = [args[i] for i in call.tensors if self.owner[i] in self.function.nondiff]
        return outs, (frozen(result[1]), _Facts(self.out_spec, Likeness(outs)), held)

    def backward(self, call: Call, residuals: Any, needs: Sequence[bool], cotangents: Sequence[Any]) -> list[Any]:
        kept, facts, held = residuals
        cts = unflatten(facts.out_spec, facts.like.materialized(cotangents))
        bwd: Any = self.function.bwd
        nondiff = self._nondiff(call, held)
        with as_user():
            grads = bwd(*nondiff, kept, cts)
        return self._aligned(call, grads, "bwd")

    def _nondiff(self, call: Call, held: Sequence[Any]) -> list[Any]:
        """The arguments without a derivative, with their tensors of this level."""
        leaves, tensors = list(self.static), iter(held)
        for i in call.tensors:
            if self.owner[i] in self.function.nondiff:
                leaves[i] = next(tensors)
        return self._split(leaves)[0]

    def _aligned(self, call: Call, grads: Any, who: str) -> list[Any]:
        """A cotangent for each flat tensor, from those of the arguments."""
        wanted = [n for n in range(len(self.specs)) if n not in self.function.nondiff]
        if not isinstance(grads, (tuple, list)) or len(grads) != len(wanted):
            what = f"{len(grads)} values" if isinstance(grads, (tuple, list)) else f"a {type(grads).__name__}"
            raise OpliftError(
                f"{self.name}: {who} must return a tuple of {len(wanted)} cotangents, one for each differentiable "
                f"argument (None where it is zero), got {what}"
            )
        found: dict[int, list[Any]] = {}
        for n, grad in zip(wanted, grads, strict=True):
            spec = self.specs[n]
            flat = [None] * self.owner.count(n) if grad is None else align(grad, spec)
            if flat is None:
                raise OpliftError(
                    f"{self.name}: {who} returned {describe(flatten(grad)[1])} for argument {n}, whose structure is "
                    f"{describe(spec)}"
                )
            found[n] = flat
        first = {n: self.owner.index(n) for n in found if n in self.owner}
        return [
            freeze(found[self.owner[i]][i - first[self.owner[i]]]) if self.owner[i] in found else None
            for i in call.tensors
        ]

    def tangent(self, call: Call, tangents: Sequence[Any], args: Sequence[Any]) -> tuple[Any, Any]:
        self._refuse_nondiff(call, [t is not None for t in tangents])
        rule: Any = self.function.jvp_rule
        spread: list[Any] = [None] * len(args)
        for i, t in zip(call.tensors, tangents, strict=True):
            x = args[i]
            smooth = x.is_floating_point() or x.is_complex()
            spread[i] = t if t is not None else torch.zeros_like(x) if smooth else None
        nondiff, primals = self._split(args)
        _, ts = self._split(spread)
        with as_user():
            result = rule(*nondiff, tuple(primals), tuple(ts))
        if not isinstance(result, tuple) or len(result) != 2:
            raise OpliftError(
                f"{self.name}: the jvp rule must return a pair (output, tangents), got {type(result).__name__}"
            )
        outs = self._flat(frozen(result[0]))
        found = align(result[1], self.out_spec)
        if found is None:
            raise OpliftError(
                f"{self.name}: the jvp rule returned tangents of structure {describe(flatten(result[1])[1])} for an output "
                f"of structure {describe(self.out_spec)}"
            )
        return outs, tuple(freeze(t) for t in found)

    def batch(self, call: Call, size: int, batched: Sequence[bool], args: Sequence[Any], randomness: str) -> Any:
        rule: Any = self.function.batch_rule
        dims: list[Any] = [None] * len(args)
        for i, flag in zip(call.tensors, batched, strict=True):
            dims[i] = 0 if flag else None
        with as_user():
            result = rule(size, unflatten(self.spec, dims), *unflatten(self.spec, args))
        if not isinstance(result, tuple) or len(result) != 2:
            raise OpliftError(f"{self.name}: the batching rule must return a pair (output, out_dims)")
        outs = self._flat(frozen(result[0]))
        places = broadcast(result[1], self.out_spec)
        if places is None:
            raise OpliftError(
                f"{self.name}: the batching rule returned out_dims {result[1]!r} for an output of structure "
                f"{describe(self.out_spec)}"
            )
        return tuple(
            batch_first(f"{self.name}: the batching rule", o, d, size) if isinstance(o, torch.Tensor) else o
            for o, d in zip(outs, places, strict=True)
        )


class _Facts:
    """What a backward knows beside its residuals: no pytree, so that it is one leaf."""

    __slots__ = ("out_spec", "like")

    def __init__(self, out_spec: Spec, like: Likeness) -> None:
        self.out_spec, self.like = out_spec, like


def _decorator(fun: Func | None, nondiff_argnums: Sequence[int], wants: str) -> Any:
    if fun is None:
        return lambda f: CustomFunction(f, nondiff_argnums, wants)
    return CustomFunction(fun, nondiff_argnums, wants)


def custom_vjp(fun: Func | None = None, *, nondiff_argnums: Sequence[int] = ()) -> Any:
    """Make a function whose reverse-mode derivative is given by hand, with `f.defvjp(fwd, bwd)`.

    Its forward mode is the transpose of `bwd`, which must then be written in torch operators and be linear in its
    cotangent, as a pullback is; under vmap `fun`, `fwd` and `bwd` run on batches. Second derivatives differentiate
    `fwd` and `bwd`. PyTorch's own autograd uses the rule as well.

    Args:
        fun: takes pytrees of tensors and other objects, returns a pytree of tensors. Every tensor that it depends on
            and that is differentiated or batched must be an argument, not captured.
        nondiff_argnums: positions of arguments without a derivative; they come first in `bwd`.

    Returns:
        A `CustomFunction`.

    Raises:
        ValueError: `nondiff_argnums` is no tuple of positions.

    Example:
        >>> import torch, oplift
        >>> @oplift.custom_vjp
        ... def norm(x):  # [a] -> []
        ...     return x.norm()
        >>> def fwd(x):
        ...     n = x.norm()
        ...     return n, (x, n)
        >>> def bwd(residuals, g):
        ...     x, n = residuals
        ...     return (g * torch.where(n > 0, x / n, torch.zeros_like(x)),)  # 0 where the norm has no derivative
        >>> _ = norm.defvjp(fwd, bwd)
        >>> oplift.vmap(oplift.grad(norm))(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
        tensor([[0.6000, 0.8000],
                [0.0000, 0.0000]])
    """
    return _decorator(fun, nondiff_argnums, "defvjp(fwd, bwd)")


def custom_jvp(fun: Func | None = None, *, nondiff_argnums: Sequence[int] = ()) -> Any:
    """Make a function whose forward-mode derivative is given by hand, with `f.defjvp(rule)`.

    Its reverse mode is the transpose of the rule, which must then be written in torch operators and be linear in the
    tangents, as a derivative is. Second derivatives differentiate the rule: call the function itself in it, not its
    body, where those shall use the rule again.

    Args:
        fun, nondiff_argnums: as for `custom_vjp`.

    Returns:
        A `CustomFunction`.

    Raises:
        ValueError: `nondiff_argnums` is no tuple of positions.

    Example:
        >>> import torch, oplift
        >>> @oplift.custom_jvp
        ... def safe_sqrt(x):
        ...     return torch.sqrt(x)
        >>> @safe_sqrt.defjvp
        ... def safe_sqrt_jvp(primals, tangents):
        ...     (x,), (t,) = primals, tangents
        ...     y = safe_sqrt(x)
        ...     return y, t * torch.where(y > 0, 0.5 / y, 0.0)
        >>> oplift.vmap(oplift.grad(safe_sqrt))(torch.tensor([0.0, 4.0]))
        tensor([0.0000, 0.2500])
    """
    return _decorator(fun, nondiff_argnums, "defjvp(rule)")


def custom_batch(fun: Func) -> CustomFunction:
    """Make a function whose batching is given by hand, with `f.defbatch(rule)`.

    Without a vjp or jvp of its own its derivatives are those of `fun`'s body, and the batch of a derivative is that of
    the body's operators. Give it `defvjp` or `defjvp` too where the body cannot be differentiated.

    Args:
        fun: as for `custom_vjp`.

    Returns:
        A `CustomFunction`.

    Example:
        >>> import torch, oplift
        >>> @oplift.custom_batch
        ... def solve(a, b):  # ([n, n], [n]) -> [n]
        ...     return torch.linalg.solve(a, b)
        >>> @solve.defbatch
        ... def solve_batch(size, in_dims, a, b):
        ...     if in_dims == (None, 0):  # one factorization for all
        ...         return torch.linalg.solve(a, b.mT).mT, 0
        ...     return oplift.vmap(torch.linalg.solve, in_dims)(a, b), 0
        >>> oplift.vmap(solve, (None, 0))(2 * torch.eye(2), torch.ones(3, 2)).shape
        torch.Size([3, 2])
    """
    return CustomFunction(fun, wants="defbatch(rule)")


opaque(CustomFunction.__call__)
