"""One operator at one sample, as a function of its tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from oplift.testing.domain import Domain
from oplift.testing.operators import Operator, declared
from oplift.testing.trees import is_differentiable, leaves, map_tensors, replace, short, walk

Outputs = tuple[Tensor, ...]


@dataclass(frozen=True, eq=False)  # tensors do not compare to one truth value
class Sample:
    """Arguments of the operator: `Sample((torch.randn(3), 1), {"keepdim": True})`; `note` is shown in reports."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    def map(self, function: Callable[[Tensor], Tensor], note: str = "") -> Sample:
        """The sample with `function` applied to each tensor."""
        args, kwargs = map_tensors(function, self.args), map_tensors(function, self.kwargs)
        return Sample(args, kwargs, note or self.note)

    def __str__(self) -> str:
        parts = [short(item) for item in self.args] + [f"{key}={short(v)}" for key, v in self.kwargs.items()]
        return f"({', '.join(parts)})" + (f" {self.note}" if self.note else "")


class Subject:
    """An operator at a sample: call it with values for its tensors, get its tensor outputs as a tuple.

    Operands that the operator writes to are copied first, and returned as further outputs.

    Attributes:
        names: the operands, the tensors of a list as `tensors[0]`.
        values: their values in the sample.
        outputs: what plain torch gives for them.
    """

    def __init__(self, operator: Operator, sample: Sample, domain: Domain) -> None:
        self.operator, self.sample, self.domain = operator, sample, domain.at(sample)
        self._template = (sample.args, sample.kwargs)
        self.values = leaves(self._template)
        self.names = operand_names(operator, sample)
        self.outputs = self(*self.values)
        self._examples: dict[int, list[Tensor]] = {}
        self._origin: Subject | None = None

    def on(self, device: str) -> Subject:
        """The same on another device, with the same examples."""
        moved = Subject(self.operator, self.sample.map(lambda t: t.to(device)), self.domain)
        moved._origin = self
        return moved

    def __call__(self, *tensors: Tensor) -> Outputs:
        written = [i for i, name in enumerate(self.names) if name in self.operator.written]
        copies = {i: tensors[i].clone() for i in written}
        args, kwargs = replace(self._template, (copies.get(i, t) for i, t in enumerate(tensors)))
        return (*leaves(self.operator.call(*args, **kwargs)), *copies.values())

    @cached_property
    def dtype(self) -> str:
        """The name of the least precise floating dtype of the operands; without one, of the first operand's."""
        smooth = {t.dtype for t in self.values if is_differentiable(t)}
        known = max(smooth, key=lambda d: (torch.finfo(d).eps, d.is_complex)) if smooth else None
        found = known or next((t.dtype for t in (*self.values, *self.outputs)), None)
        return str(found).removeprefix("torch.") if found is not None else ""

    @cached_property
    def active(self) -> list[int]:
        """Positions of the operands that may have a tangent."""
        return [i for i, value in enumerate(self.values) if is_differentiable(value) and self._moves(i)]

    def _moves(self, operand: int) -> bool:
        if self.names[operand] in self.domain.fixed | self.domain.coupled_names:
            return False
        if not self.operator.name.startswith("aten::"):
            return True
        tensors = [t.detach() for t in self.values]
        tensors[operand] = tensors[operand].clone().requires_grad_()
        # an operand that PyTorch's autograd does not see (a running mean, a class weight) has no tangent here either
        try:
            outs = [out for out in self(*tensors) if out.requires_grad]
            if not outs and declared(self.operator.name).form == "partials":
                return True  # PyTorch differentiates it by nothing, so what was declared is checked
            ones = [torch.ones_like(out) for out in outs]
            return bool(outs) and torch.autograd.grad(outs, tensors[operand], ones, allow_unused=True)[0] is not None
        except (RuntimeError, NotImplementedError):
            return True

    @property
    def differentiable_outputs(self) -> list[int]:
        """Positions of the outputs that may have a cotangent."""
        left_out = self.domain.undetermined
        results = len(self.outputs) - sum(name in self.operator.written for name in self.names)
        return [i for i, out in enumerate(self.outputs[:results]) if is_differentiable(out) and i not in left_out]

    def function(self, operands: Sequence[int], outputs: Sequence[int]) -> Callable[..., Outputs]:
        """The operator as a function of some operands; the others keep the sample's values."""

        def partial(*moving: Tensor) -> Outputs:
            tensors = list(self.values)
            for position, value in zip(operands, moving, strict=True):
                tensors[position] = value
            results = self(*self._couple(tensors))
            if self.domain.outputs is not None:
                results = tuple(self.domain.outputs(results))
            return tuple(results[i] for i in outputs)

        return partial

    def results(self, outputs: Sequence[int]) -> Outputs:
        """What of those outputs is determined, at the sample."""
        return self.function((), outputs)()

    @cached_property
    def pytorch_orders(self) -> int:
        """How often PyTorch's own autograd differentiates the operator here: 0, 1 or 2 times."""
        moving = [self.values[i].detach().clone().requires_grad_() for i in self.active]
        try:
            outs = [
                out for out in self.function(self.active, self.differentiable_outputs)(*moving) if out.requires_grad
            ]
            if not outs and self.operator.name.startswith("aten::"):
                return 1  # PyTorch has no derivative; ours is asked for, those of what it is made of are not
            ones = [torch.ones_like(out, requires_grad=True) for out in outs]
            gradients = torch.autograd.grad(outs, moving, ones, create_graph=True, allow_unused=True)
        except (RuntimeError, NotImplementedError):
            return 0
        try:
            again = [g for g in gradients if g is not None and g.requires_grad]
            if again:
                torch.autograd.grad(again, [*moving, *ones], [torch.ones_like(g) for g in again], allow_unused=True)
        except (RuntimeError, NotImplementedError):
            return 1
        return 2

    @cached_property
    def is_constant_for_pytorch(self) -> bool:
        """Whether PyTorch's own autograd gives zero everywhere."""
        moving = [self.values[i].detach().clone().requires_grad_() for i in self.active]
        outs = [out for out in self.function(self.active, self.differentiable_outputs)(*moving) if out.requires_grad]
        if not outs or not self.operator.name.startswith("aten::"):
            return False
        ones = [torch.ones_like(out) for out in outs]
        gradients = torch.autograd.grad(outs, moving, ones, allow_unused=True)
        return all(g is None or not bool(g.any()) for g in gradients)

    def _couple(self, tensors: list[Tensor]) -> list[Tensor]:
        if self.domain.coupled is None:
            return tensors
        given = dict(zip(self.names, tensors, strict=True))
        computed = self.domain.coupled(given, self.sample)
        return [computed.get(name, tensor) for name, tensor in given.items()]

    def example(self, operand: int, index: int) -> Tensor:
        """Another valid value of the operand; index 0 is the sample's own."""
        if self._origin is not None:
            # made on the CPU, where a bad index is an error and not the end of the process
            return self._origin.example(operand, index).to(self.values[operand].device)
        made = self._examples.setdefault(operand, [self.values[operand]])
        while len(made) <= index:
            made.append(self._vary(operand, len(made)))
        return made[index]

    def _vary(self, operand: int, index: int) -> Tensor:
        value = self.values[operand]
        if self.names[operand] in self.domain.constant:
            return value
        structured = self.names[operand] in self.domain.directions
        candidates = _candidates(value, index)[2 if structured else 0 :]
        if not self.operator.name.startswith("aten::") and not value.is_floating_point() and not value.is_complex():
            # equal integers stay as they are however they are permuted, and then tell nothing
            candidates = [c for c in [*candidates, _lower(value, index)] if not torch.equal(c, value)]
        for candidate in candidates:
            if self._accepts(operand, candidate):
                return candidate
        return value

    def _accepts(self, operand: int, candidate: Tensor) -> bool:
        """Whether the operator runs on it, and gives the same kind of result."""
        tensors = list(self.values)
        tensors[operand] = candidate
        try:
            results = self(*tensors)
        except Exception:  # a kernel of anybody's may refuse arguments in any way
            return False
        return len(results) == len(self.outputs) and all(map(_same_kind, results, self.outputs))


def _same_kind(new: Tensor, old: Tensor) -> bool:
    if new.shape != old.shape or new.dtype != old.dtype:
        return False
    return bool(torch.isfinite(new).all()) or not bool(torch.isfinite(old).all())


def _candidates(value: Tensor, index: int) -> list[Tensor]:
    """Other values, the likeliest to show a mistake first: permuted ones keep the range, scaled ones the structure."""
    with torch.no_grad():
        if value.numel() == 0:
            return []
        permuted = _permuted(value, index)
        if value.dtype == torch.bool:
            return [permuted if value.numel() > 1 else ~value, value]
        if not is_differentiable(value):
            return [permuted] if value.numel() != 1 else [(value - index).clamp(min=0), value]
        scale = 1 - 0.11 * index
        return [permuted * scale, permuted, _reversed(value) * scale, value * scale]


def _lower(value: Tensor, index: int) -> Tensor:
    """Smaller integers, which are still an index where the value is one."""
    return ~value if value.dtype == torch.bool else (value - index).clamp(min=0)


def _permuted(value: Tensor, index: int) -> Tensor:
    order = torch.randperm(value.numel(), generator=torch.Generator().manual_seed(index)).to(value.device)
    return value.reshape(-1)[order].reshape(value.shape)


def _reversed(value: Tensor) -> Tensor:
    """Reversed in every dimension, which keeps a matrix Hermitian and definite."""
    return value.flip(list(range(value.dim())))


def operand_names(operator: Operator, sample: Sample) -> list[str]:
    """The name of each tensor of the sample."""
    return [_operand_name(operator, path) for path, _ in walk((sample.args, sample.kwargs))]


def _operand_name(operator: Operator, path: tuple[int | str, ...]) -> str:
    where, first, *rest = path
    known = operator.argument_names
    if where == 1:
        name = str(first)
    else:
        name = known[int(first)] if int(first) < len(known) else f"args[{first}]"
    return name + "".join(f"[{key}]" for key in rest)
