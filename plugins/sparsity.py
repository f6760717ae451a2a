"""Which outputs of a function can depend on which inputs: the pattern of its Jacobian, without computing one.

A transform as a third party would write it: a level, a tracer, and a function. What an operator does to a pattern is read
off the rules that it has anyway: the pattern of a pointwise operator is that of its operands together, and operators that
move or add up elements are run on the patterns themselves, by their batching rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

import oplift
from oplift.plugin import (
    Level,
    Op,
    Tracer,
    decomposition,
    flatten,
    freeze,
    hookimpl,
    strides_of,
    transformed,
    unflatten,
    wrap,
)  # fmt: skip

#: Besides all views: linear in all operands jointly, with weights that are not negative. Run on patterns they give one.
MOVES = {
    "aten::cat", "aten::stack", "aten::clone", "aten::_to_copy", "aten::flip", "aten::roll", "aten::rot90", "aten::repeat",
    "aten::gather", "aten::index.Tensor", "aten::index_select", "aten::take", "aten::index_put", "aten::index_add",
    "aten::scatter_add", "aten::constant_pad_nd", "aten::tril", "aten::triu", "aten::diag_embed", "aten::trace",
    "aten::cumsum", "aten::avg_pool2d", "aten::slice_backward", "aten::select_backward", "aten::diagonal_backward",
    "oplift::setitem", "oplift::getitem_backward",
}  # fmt: skip
#: Linear in each of the operands at these positions; the others are added.
PRODUCTS = {
    "aten::mm": (0, 1), "aten::bmm": (0, 1), "aten::mv": (0, 1), "aten::dot": (0, 1), "aten::matmul": (0, 1),
    "aten::linear": (0, 1), "aten::addmm": (1, 2), "aten::addmv": (1, 2), "aten::baddbmm": (1, 2),
    "aten::convolution": (0, 1),
}  # fmt: skip
#: Each element depends on those along the argument `dim` alone.
ALONG = {
    "aten::_softmax", "aten::_log_softmax", "aten::sort", "aten::sort.stable", "aten::cumprod", "aten::logcumsumexp",
    "aten::cummax", "aten::cummin",
}  # fmt: skip


class Marked(Tracer):
    """A value whose elements are marked with the inputs that they depend on.

    Its slot `tangent` holds the marks: ``[n, *shape]``, one where an element depends on input 0, 1, ..., n - 1, else zero.
    """

    __slots__ = ()
    extra = "tangent"


class SparsityLevel(Level):
    """A running `sparsity`.

    Args:
        size: number of inputs, elements of tensors that is.
    """

    def __init__(self, size: int) -> None:
        self.size = size

    def marked(self, value: Tensor, marks: Tensor) -> Marked:
        """A tracer around a value of the level below."""
        tracer: Marked = wrap(Marked, self, value, value, value.shape, strides_of(value))
        tracer.tangent = marks
        return tracer

    def lift(self, tensor: Tensor, marks: Tensor) -> Marked:
        """The tracer of an input."""
        tracer = self.marked(freeze(tensor), marks)
        self.remember(tracer, tensor, lambda t: self.lower(t)[0])
        return tracer

    def lower(self, x: Any) -> tuple[Any, Tensor | None]:
        """Value and marks, one level down; no marks where it depends on nothing."""
        return (x.value, x.tangent) if type(x) is Marked and x.level is self else (freeze(x), None)

    def process(self, op: Op, args: Sequence[Any]) -> Any:
        """Interpret an operator, of whose operands some are marked."""
        values, marks = self._split(op, args)
        if op.derivative in ("zero", "none"):
            return op(*values)
        if op.pointwise:
            return self._join(op(*values), lambda out: self._together(marks, out))
        if (op.view or op.name in MOVES) and not _any_complex(values):
            return self._join_each(op(*values), self._run(op, values, marks))
        if op.name in PRODUCTS:
            return self._join_each(op(*values), self._product(op, values, marks))
        if op.name in ALONG or (op.unary and {"dim", "keepdim"} <= {p.name for p in op.parameters}):
            return self._join(op(*values), lambda out: self._reduced(op, args, marks[0], out))
        if op.decompose is not None or op.batch is op.vjp is None:
            decompose = decomposition(op)
            if decompose is not None:
                return decompose(*args)
        return self._join(op(*values), lambda out: self._everything(marks, out))

    def _split(self, op: Op, args: Sequence[Any]) -> tuple[list[Any], dict[int, Any]]:
        """Args one level down, and the marks of each tensor argument by its position."""
        values, marks = list(args), dict[int, Any]()
        for i in op.tensors:
            if isinstance(args[i], (list, tuple)):
                pairs = [self.lower(x) for x in args[i]]
                values[i], marks[i] = [value for value, _ in pairs], [mark for _, mark in pairs]
            else:
                values[i], marks[i] = self.lower(args[i])
        return values, marks

    # ---- marks of a result
    def _together(self, marks: dict[int, Any], out: Tensor) -> Tensor:
        """Of elements that depend on the elements at the same place, operands broadcast."""
        shape = (self.size, *out.shape)
        found = [m.reshape(self.size, *[1] * (out.ndim + 1 - m.ndim), *m.shape[1:]) for m in _present(marks)]
        return torch.stack([m.expand(shape) for m in found]).amax(0)

    def _everything(self, marks: dict[int, Any], out: Tensor) -> Tensor:
        """Of elements that may depend on whatever any operand depends on: all that is known of an operator in general."""
        found = torch.stack([m.reshape(self.size, -1).sum(1) for m in _present(marks)]).sum(0)
        return _pattern(found).reshape(self.size, *[1] * out.ndim).expand(self.size, *out.shape)

    def _reduced(self, op: Op, args: Sequence[Any], marks: Tensor, out: Tensor) -> Tensor:
        """Of elements that depend on those along some dimensions."""
        given = {p.name: args[i] if i < len(args) else p.default for i, p in enumerate(op.parameters)}
        rank, dim = marks.ndim - 1, given["dim"]
        dims = [dim] if isinstance(dim, int) else list(dim or range(rank))
        found = marks.amax([1 + d % rank for d in dims], True) if rank else marks
        return found.reshape(self.size, *out.shape) if op.name not in ALONG else found.expand(self.size, *out.shape)

    def _run(self, op: Op, values: list[Any], marks: dict[int, Any]) -> Any:
        """The operator on the marks of its operands, on zeros where there are none."""
        places = [i for i, m in marks.items() if _present({i: m})]
        filled = {i: self._filled(values[i], marks[i]) for i in places}
        others = [_zeros(x) if i in marks and i not in filled else x for i, x in enumerate(values)]

        def on_one(*given: Any) -> Any:
            args = list(others)
            for i, x in zip(filled, given, strict=True):
                args[i] = x
            return op(*args)

        found, spec = flatten(oplift.vmap(on_one)(*filled.values()))
        return unflatten(spec, [_pattern(m) for m in found])

    def _filled(self, value: Any, mark: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [self._filled(v, m) for v, m in zip(value, mark, strict=True)]
        return torch.zeros((self.size, *value.shape), device=value.device) if mark is None else mark

    def _product(self, op: Op, values: list[Any], marks: dict[int, Any]) -> Tensor:
        """One factor after the other, the other factors being ones; what is no factor is added."""
        factors, found = PRODUCTS[op.name], []
        for i in (i for i, m in marks.items() if m is not None):
            blank = torch.ones_like if i in factors else torch.zeros_like
            others = [blank(x, dtype=torch.float32) if j in factors else x for j, x in enumerate(values)]
            found.append(self._run(op, others, {**dict.fromkeys(set(marks) - set(factors)), i: marks[i]}))
        return torch.stack(found).amax(0)

    # ---- results
    def _join(self, out: Any, marks_of: Callable[[Tensor], Tensor]) -> Any:
        if isinstance(out, (list, tuple)):
            return type(out)([self._join(o, marks_of) for o in out])
        return self.marked(out, marks_of(out)) if _is_smooth(out) else out

    def _join_each(self, out: Any, marks: Any) -> Any:
        if isinstance(out, (list, tuple)):
            return type(out)([self._join_each(o, m) for o, m in zip(out, marks, strict=True)])
        return self.marked(out, marks) if _is_smooth(out) else out


def _present(marks: dict[int, Any]) -> list[Tensor]:
    flat = [m for mark in marks.values() for m in (mark if isinstance(mark, list) else [mark])]
    return [m for m in flat if m is not None]


def _pattern(found: Tensor) -> Tensor:
    return (found != 0).to(torch.float32)


def _zeros(x: Any) -> Any:
    """Zeros in the place of what is not marked; indices and masks stay."""
    return torch.zeros_like(x, dtype=torch.float32) if _is_smooth(x) else x


def _is_smooth(x: Any) -> bool:
    return isinstance(x, Tensor) and (x.dtype.is_floating_point or x.dtype.is_complex)


def _any_complex(values: list[Any]) -> bool:
    flat = [x for value in values for x in (value if isinstance(value, (list, tuple)) else [value])]
    return any(isinstance(x, Tensor) and x.dtype.is_complex for x in flat)


def sparsity(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """Return a function that says which outputs of `func` can depend on which inputs.

    It says so for the values it is called with: what they decide, the course of Python and the elements that an index
    picks, is taken as it is. Beyond that it errs on the side of dependence: an element that is not in the pattern has
    derivative zero for certain.

    Args:
        func: takes real tensors, and returns a pytree of tensors.
        argnums: the positional argument in question, a tensor of floating point numbers, or a tuple of several.

    Returns:
        A function of the same arguments that returns, in the structure of the output, for each of its tensors a bool
        tensor of shape ``(*output.shape, *input.shape)``, or a tuple of them where `argnums` is one: True where the
        element of the output can depend on the element of the input.

    Raises:
        ValueError: an argument in question is no tensor of floating point numbers.

    Example:
        >>> import torch, oplift
        >>> differences = lambda x: x[1:] - x[:-1]
        >>> oplift.transforms.sparsity(differences)(torch.zeros(4)).int()
        tensor([[1, 1, 0, 0],
                [0, 1, 1, 0],
                [0, 0, 1, 1]], dtype=torch.int32)
        >>> energy = lambda x: (x[1:] * x[:-1]).sum()
        >>> oplift.transforms.sparsity(oplift.grad(energy))(torch.zeros(4)).int()  # the pattern of a Hessian
        tensor([[0, 1, 0, 0],
                [1, 0, 1, 0],
                [0, 1, 0, 1],
                [0, 0, 1, 0]], dtype=torch.int32)
    """
    places = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def pattern(*args: Any, **kwargs: Any) -> Any:
        inputs = [_checked(args, place) for place in places]
        sizes = [x.numel() for x in inputs]
        with SparsityLevel(sum(sizes)) as level:
            with Level.rules():
                given = list(args)
                for place, x, marks in zip(places, inputs, torch.eye(level.size).split(sizes, 1), strict=True):
                    given[place] = level.lift(x, marks.to(x.device).reshape(level.size, *x.shape))
            output = func(*given, **kwargs)
            with Level.rules():
                outputs, spec = flatten(output)
                found = [_blocks(level, x, inputs, sizes) for x in outputs]
        return unflatten(spec, [blocks[0] if isinstance(argnums, int) else tuple(blocks) for blocks in found])

    return transformed(func, pattern)


def _checked(args: tuple[Any, ...], place: int) -> Tensor:
    x = args[place] if -len(args) <= place < len(args) else None
    if not isinstance(x, Tensor) or not x.dtype.is_floating_point:
        got = f"a tensor of dtype {x.dtype}" if isinstance(x, Tensor) else type(x).__name__
        raise ValueError(f"sparsity: argument {place} must be a tensor of floating point numbers, got {got}")
    return x


def _blocks(level: SparsityLevel, output: Any, inputs: list[Tensor], sizes: list[int]) -> list[Tensor]:
    """The pattern of one output, for each input."""
    if not isinstance(output, Tensor):
        raise ValueError(f"sparsity: the function must return tensors, got {type(output).__name__}")
    value, marks = level.lower(output)
    if marks is None:
        return [torch.zeros((*value.shape, *x.shape), dtype=torch.bool, device=value.device) for x in inputs]
    parts = marks.split(sizes, 0)
    return [m.movedim(0, -1).reshape(*value.shape, *x.shape) != 0 for m, x in zip(parts, inputs, strict=True)]


@hookimpl
def oplift_transforms() -> dict[str, Callable[..., Any]]:
    """Bring ``oplift.transforms.sparsity``."""
    return {"sparsity": sparsity}
