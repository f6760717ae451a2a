"""grad's and vjp's level: reverse mode.

Each recorded operator leaves a node with its pullback, a closure that holds just the values which the rule names. Nodes
point to the nodes of their operands and nothing points to them but the tracers of their results, so the memory of
dead branches goes as soon as they are dead; creation order is the order of the tape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import torch

from .fallback import decomposition
from .op import Op
from .refusals import misshapen, missing_derivative, refuse_nan
from .residuals import check_unchanged
from .stack import KINDS, STACK, Level, settled
from .tracer import Tracer, freeze, layout_of, wrap

_Tensor = torch.Tensor
_strided = torch.strided
_make = torch.Tensor._make_wrapper_subclass
_set_grad_enabled = torch._C._set_grad_enabled
_grad_enabled = torch.is_grad_enabled
_ONLY = (True,)


class Node:
    """A value on the tape: an input, the output of an operator, or the bundle of an operator's several outputs.

    Attributes:
        index: place on the tape.
        pullback: cotangent -> cotangents of the tensor arguments; None for an input.
        parents: nodes of the tensor arguments, aligned with them (None: inactive; a list for a list argument).
        slot: which output of a bundle this is; its only parent is the bundle.
        shape, dtype: of the value; a bundle's `shape` is the number of its outputs.
    """

    # No constructor: calling one takes as long as a kernel of a few elements, and there is one node for each operator.
    __slots__ = ("index", "pullback", "parents", "slot", "shape", "dtype")

    index: int
    pullback: Any
    parents: Any
    slot: int | None
    shape: Any
    dtype: Any


_index_of = attrgetter("index")


class Taped(Tracer):
    """A value and its `node` on the tape."""

    __slots__ = ()
    extra = "node"

    @property
    def requires_grad(self) -> bool:
        return True

    @requires_grad.setter
    def requires_grad(self, flag: bool) -> None:
        self.requires_grad_(flag)

    @property
    def is_leaf(self) -> bool:  # type: ignore[override]
        return self.node.pullback is None and self.node.slot is None


class ReverseLevel(Level):
    """A running vjp."""

    outlived = True
    #: Set by oplift.transpose: the vjp of an operator that declares a jvp only.
    transposed_jvp: Callable[[Op], Callable[..., Any]]
    #: Set by oplift.tensor_hooks: what the hooks of a node make of its cotangent.
    hooked: Callable[[Any, torch.Tensor], torch.Tensor]

    def __init__(self) -> None:
        self.length = 0
        #: Nodes whose tensors have hooks, and these.
        self.hooks: dict[Node, Any] = {}
        #: Plain tensors that were written in place: storage -> length of the tape at the last write.
        self.mutated: dict[int, int] = {}
        #: The caller's grad mode: what is below this level goes by it, whatever user code sets inside.
        self.outer_grad = torch.is_grad_enabled()

    def __enter__(self) -> ReverseLevel:
        _set_grad_enabled(True)  # before the function mode is on, which would see the call
        super().__enter__()
        return self

    def __exit__(self, *exc: Any) -> None:
        try:
            super().__exit__(*exc)
        finally:
            _set_grad_enabled(self.outer_grad)

    def node(self, pullback: Any, parents: Any, slot: int | None = None) -> Node:
        self.length += 1
        node = Node()
        node.index, node.pullback, node.parents, node.slot = self.length, pullback, parents, slot
        return node

    def taped(self, value: torch.Tensor, node: Node | None = None) -> Taped:
        """A tracer around `value`; without node it is an input."""
        tracer: Taped = wrap(Taped, self, value, value, value.shape, layout_of(value))
        tracer.node = node = node or self.node(None, ())
        node.shape, node.dtype = tracer.shape, tracer.dtype
        return tracer

    def lift(self, x: torch.Tensor) -> Taped:
        """The tracer of an input."""
        tracer = self.taped(freeze(x))
        self.remember(tracer, x, self.lower)
        return tracer

    def lower(self, out: Any) -> Any:
        """The value of an output, one level down."""
        out = settled(out)
        return out.value if self.owns(out) else freeze(out)

    def owns(self, x: Any) -> bool:
        return type(x) is Taped and x.level is self

    def process(self, op: Op, args: Sequence[Any]) -> Any:
        if not _grad_enabled():  # the user's no_grad, inside this level's function
            return op(*self.split(op, args)[0])
        vjp = op.vjp
        if vjp is None:
            if op.derivative is not None or op.jvp is None:
                return self._without_rule(op, args)
            vjp = self.transposed_jvp(op)
        if not self.outer_grad:
            vjp = _without_grad(vjp)
        parents: Sequence[Any]
        if op.unary:
            x = args[0]
            parents = (x.node,)
            out, pullback = vjp(_ONLY, x.value, *args[1:])
        elif op.binary:  # `split`, written out
            x, y = args[0], args[1]
            first, second = type(x) is Taped and x.level is self, type(y) is Taped and y.level is self
            parents = (x.node if first else None, y.node if second else None)
            out, pullback = vjp((first, second), x.value if first else x, y.value if second else y, *args[2:])
        else:
            values, parents = self.split(op, args)
            out, pullback = vjp(_needs(parents), *values)
        return self._record(op, out, pullback, parents)

    def split(self, op: Op, args: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        """Args one level down, and the nodes of the tensor arguments."""
        values: list[Any] = list(args)
        nodes: list[Any] = []
        for i in op.tensors:
            a = args[i]
            kind = type(a)
            if kind is Taped and a.level is self:
                values[i] = a.value
                nodes.append(a.node)
            elif kind is list or kind is tuple:
                values[i] = [x.value if self.owns(x) else x for x in a]
                ns = [x.node if self.owns(x) else None for x in a]
                nodes.append(ns if any(ns) else None)
            else:
                nodes.append(None)
        return values, nodes

    def _record(self, op: Op, out: Any, pullback: Any, parents: Sequence[Any]) -> Any:
        """The tracer of a result, and its node."""
        if not isinstance(out, _Tensor):
            return self._bundle(op, out, pullback, parents)
        dtype = out.dtype
        if not (dtype.is_floating_point or dtype.is_complex):
            return out
        self.length += 1
        shape, device = out.shape, out.device
        strides: Any = out.strides if type(out) in KINDS else None if out.is_contiguous() else out.stride()  # type: ignore[attr-defined]
        t: Any = _make(Taped, shape, strides, None, None, dtype, _strided, device)  # `taped`, written out
        t.value, t.level, t.shape, t.strides, t.dtype, t.device = out, self, shape, strides, dtype, device
        t.node = node = Node()
        node.index, node.pullback, node.parents, node.slot = self.length, pullback, parents, None
        node.shape, node.dtype = shape, dtype
        return t

    def _bundle(self, op: Op, outs: Any, pullback: Any, parents: Sequence[Any]) -> Any:
        """Tracers of several outputs, whose pullback takes the cotangents of all of them at once."""
        bundle = self.node(pullback, parents)
        bundle.shape = len(outs)

        def output(i: int, out: Any) -> Any:
            smooth = isinstance(out, torch.Tensor) and (out.dtype.is_floating_point or out.dtype.is_complex)
            if not smooth or i in op.nondiff_outputs:
                return out
            return self.taped(out, self.node(None, (bundle,), i))

        return type(outs)([output(i, out) for i, out in enumerate(outs)])

    def _without_rule(self, op: Op, args: Sequence[Any]) -> Any:
        if op.derivative in ("zero", "none"):
            return op(*self.split(op, args)[0])
        if op.derivative is not None:
            raise missing_derivative(op, "vjp", op.derivative)
        decompose = decomposition(op)
        if decompose is not None:
            return decompose(*args)
        if not any("Tensor" in str(r.type) for r in op.schema.returns):
            return op(*self.split(op, args)[0])
        raise missing_derivative(op, "vjp")

    def pullback(self, outs: Sequence[Any], inputs: Sequence[Any]) -> Callable[..., list[Any]]:
        """The function from cotangents of `outs` to cotangents of `inputs` (None: symbolic zero, both ways).

        Its `last` says that it will not be called again: then what each node keeps is released as soon as it was used.
        """
        out_nodes = [x.node if self.owns(x) else None for x in outs]
        in_nodes = [x.node if self.owns(x) else None for x in inputs]
        order = _reachable([n for n in out_nodes if n is not None])

        def pull(cotangents: Sequence[Any], last: bool = False) -> list[Any]:
            found: dict[Node, Any] = {}
            if self.mutated:
                check_unchanged(order, self.mutated)
            with Level.rules():
                for node, ct in zip(out_nodes, cotangents, strict=True):
                    if node is not None and ct is not None:
                        _accumulate(found, node, freeze(ct), set())
                wanted = {n for n in in_nodes if n is not None}
                _propagate(order, found, wanted, last, self.hooks)
            return [None if n is None else found.get(n) for n in in_nodes]

        return pull


def _without_grad(vjp: Callable[..., Any]) -> Callable[..., Any]:
    """A rule as the caller's no_grad wants it run."""

    def run(*args: Any) -> Any:
        with _grad(False):
            return vjp(*args)

    return run


def _needs(parents: Sequence[Any]) -> list[Any]:
    """Which tensor arguments are active; of a list argument: which elements."""
    return [tuple([x is not None for x in n]) if n.__class__ is list else n is not None for n in parents]


def note_mutation(tensor: torch.Tensor) -> None:
    """Tell the running tapes that user code is about to write to a plain tensor, whose old value they may hold."""
    storage = tensor.untyped_storage()._cdata
    for level in STACK.levels:
        if isinstance(level, ReverseLevel):
            level.mutated[storage] = level.length


def _reachable(roots: Sequence[Node]) -> list[Node]:
    """All nodes that the roots depend on, last made first."""
    seen, todo = set(roots), list(roots)
    while todo:
        for parent in todo.pop().parents:
            if parent.__class__ is Node:
                if parent not in seen:
                    seen.add(parent)
                    todo.append(parent)
            elif parent is not None:
                new = [p for p in parent if p is not None and p not in seen]
                seen.update(new)
                todo.extend(new)
    return sorted(seen, key=_index_of, reverse=True)


def _propagate(
    order: Sequence[Node], found: dict[Node, Any], wanted: set[Node], last: bool, hooks: dict[Node, Any]
) -> None:
    """Run the pullbacks of all nodes that a cotangent reaches."""
    sums: set[Node] = set()
    anomaly = torch.is_anomaly_enabled() and torch.is_anomaly_check_nan_enabled()
    for node in order:
        pullback = node.pullback
        if last:
            node.pullback = None
        ct = found.get(node) if node in wanted else found.pop(node, None)
        if ct is None:
            continue
        if hooks and node in hooks:
            ct = ReverseLevel.hooked(hooks[node], ct)
            if node in wanted:
                found[node] = ct
        if node.slot is not None:
            bundle = node.parents[0]
            found.setdefault(bundle, [None] * bundle.shape)[node.slot] = ct
        elif pullback is not None:
            grads = pullback(tuple(ct) if ct.__class__ is list else ct)
            if anomaly:
                refuse_nan(pullback, grads)
            del ct, pullback
            for parent, g in zip(node.parents, grads, strict=True):
                if parent is None or g is None:
                    continue
                if parent.__class__ is list:
                    for p, x in zip(parent, g, strict=True):
                        if p is not None and x is not None:
                            _accumulate(found, p, x, sums)
                elif parent not in found and g.shape == parent.shape and g.dtype is parent.dtype:  # the usual case
                    found[parent] = g
                else:
                    _accumulate(found, parent, g, sums)
            del grads, parent, g  # nothing is held while the next pullback runs


def _accumulate(found: dict[Node, Any], node: Node, ct: torch.Tensor, sums: set[Node]) -> None:
    """Add a cotangent to its primal's, projected onto the primal's shape and dtype.

    This is the one place that undoes broadcasting and casts (ChainRules' ProjectTo).

    Args:
        sums: nodes whose cotangent is a sum that was made here: nobody else holds it, so it can be added to in place.
    """
    if ct.shape != node.shape:
        ct = sum_to(ct, node.shape)
    if ct.dtype is not node.dtype:
        if ct.dtype.is_complex and not node.dtype.is_complex:
            ct = ct.real
        ct = ct.to(node.dtype)
    before = found.get(node)
    if before is None:
        found[node] = ct
    elif node in sums and type(before) is type(ct) is _Tensor and not (before.requires_grad or ct.requires_grad):
        before.add_(ct)
    else:
        found[node] = before + ct
        sums.add(node)


def sum_to(x: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    """Undo a broadcast: `x` summed over the dimensions in which `shape` is smaller; a smaller `x` is expanded."""
    extra = x.ndim - len(shape)
    if extra > 0:
        x = x.sum(list(range(extra)))
    dims = [i for i, n in enumerate(shape) if n == 1 and x.shape[i] != 1]
    if dims:
        x = x.sum(dims, True)
    if x.shape == shape:
        return x
    if any(m not in (1, n) for m, n in zip(reversed(x.shape), reversed(shape), strict=False)):
        raise misshapen(x.shape, shape)
    return x.expand(shape)


class _grad:
    """Grad mode for a block; cheaper than torch.set_grad_enabled."""

    __slots__ = ("mode", "before")

    def __init__(self, mode: bool) -> None:
        self.mode = mode

    def __enter__(self) -> None:
        self.before = torch.is_grad_enabled()
        _set_grad_enabled(self.mode)

    def __exit__(self, *exc: Any) -> None:
        _set_grad_enabled(self.before)
