"""Rules that are wrong on purpose, each made from the shipped rule of an operator; the checker must find every one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from oplift.rule import Rules, Unbatched, operator
from oplift.testing import Sample


@dataclass(frozen=True)
class Fault:
    """A wrong rule: of which operator, made how, found by which check (start of its name), with which words."""

    name: str
    op: str
    make: Callable[[Rules], Rules]
    check: str
    says: str = ""
    samples: tuple[Sample, ...] = ()
    claims: tuple[tuple[str, Any], ...] = ()

    @property
    def rules(self) -> Rules:
        """The wrong rules, to be registered instead of the right ones."""
        return self.make(operator(self.op).rules)


FAULTS: list[Fault] = []


def fault(op: str, check: str, says: str = "", *samples: Sample, **claims: Any) -> Callable[[Any], Any]:
    """Register the decorated function, `rules -> wrong rules`, as a fault."""

    def register(make: Callable[[Rules], Rules]) -> Callable[[Rules], Rules]:
        FAULTS.append(Fault(make.__name__, op, make, check, says, samples, tuple(claims.items())))
        return make

    return register


def randn(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=dtype)


C = torch.complex128
VECTOR = Sample((randn(5),))
MATRIX = Sample((randn(3, 4),))
PAIR = Sample((randn(3, 4), randn(3, 4) + 2))
RANKS = Sample((randn(4), randn(3, 4)))
COMPLEX_PAIR = Sample((randn(3, dtype=C), randn(3, dtype=C)))
SQUARES = Sample((randn(3, 3), randn(3, 3) + 1))


def batched_result(change: Callable[[Tensor], Any]) -> Callable[[Rules], Rules]:
    """The right batching rule, its result changed."""

    def make(right: Rules) -> Rules:
        return replace(right, batch=lambda size, batched, *args: change(right.batch(size, batched, *args)))

    return make


def tangent(change: Callable[[Any], Any]) -> Callable[[Rules], Rules]:
    """The right JVP, its output tangent changed."""

    def make(right: Rules) -> Rules:
        def jvp(tangents: Any, *args: Any) -> Any:
            out, moved = right.jvp(tangents, *args)
            return out, change(moved)

        return replace(right, jvp=jvp)

    return make


def cotangents(change: Callable[[Any], Any]) -> Callable[[Rules], Rules]:
    """The right VJP, what the pullback returns changed."""

    def make(right: Rules) -> Rules:
        def vjp(needs: Any, *args: Any) -> Any:
            out, pullback = right.vjp(needs, *args)
            return out, lambda grad: change(pullback(grad))

        return replace(right, vjp=vjp)

    return make


def each(change: Callable[[Tensor], Any]) -> Callable[[Any], Any]:
    """Apply a change to the cotangents that are there."""
    return lambda grads: tuple(None if g is None else change(g) for g in grads)


def both_formulas(jvp: Callable[..., Any], vjp: Callable[..., Any]) -> Callable[[Rules], Rules]:
    """Forward and reverse replaced together, as a wrong partial replaces them."""
    return lambda right: replace(right, jvp=jvp, vjp=vjp)


def unary(partial: Callable[[Tensor], Tensor], function: Callable[[Tensor], Tensor]) -> Callable[[Rules], Rules]:
    """A pointwise operator with this partial, in both directions."""

    def jvp(tangents: Any, x: Tensor) -> Any:
        return function(x), tangents[0] * partial(x)

    def vjp(needs: Any, x: Tensor) -> Any:
        return function(x), lambda grad: (grad * partial(x).conj(),)

    return both_formulas(jvp, vjp)


def register(name: str, op: str, check: str, make: Callable[[Rules], Rules], says: str = "", *samples: Sample) -> None:
    """Register a fault that needs no function of its own."""
    FAULTS.append(Fault(name, op, make, check, says, samples))


# Batching: the result is scaled, cast, moved, reordered, shared.
register("scaled_by_the_batch_size", "aten::sin", "batch", lambda r: _times_size(r), "the batch size", VECTOR)
register("batch_off_by_a_thousandth", "aten::sin", "batch", batched_result(lambda y: y * 1.001), "1.001", VECTOR)
register("batch_result_in_another_dtype", "aten::sin", "batch", batched_result(lambda y: y.float()), "dtype", VECTOR)
register("batch_dim_at_the_end", "aten::sin", "batch", batched_result(lambda y: y.movedim(0, -1)), "misplaced", MATRIX)
register(
    "examples_reversed",
    "aten::cumsum",
    "batch",
    batched_result(lambda y: y.flip(0)),
    "wrong order",
    Sample((randn(4), 0)),
)
register(
    "first_example_for_all", "aten::sin", "batch", batched_result(lambda y: Unbatched(y[0])), "every example", VECTOR
)
register("size_one_squeezed", "aten::sin", "batch: size 1", batched_result(lambda y: y.squeeze()), "", VECTOR)
register(
    "outputs_swapped", "aten::aminmax", "batch", batched_result(lambda y: (y[1], y[0])), "outputs mixed up", VECTOR
)
register("batch_lost", "aten::exp", "batch", batched_result(lambda y: Unbatched(y.mean(0))), "every example", VECTOR)


def _times_size(right: Rules) -> Rules:
    return replace(right, batch=lambda size, batched, x: right.batch(size, batched, x) * size)


@fault("aten::sum.dim_IntList", "batch", "", Sample((randn(3, 4), [0])))
def dim_not_moved_past_the_batch(right: Rules) -> Rules:
    return replace(right, batch=lambda size, batched, x, dim, *rest: torch.sum(x, dim, *rest))


@fault("aten::sum.dim_IntList", "batch", "", Sample((randn(3, 4), [-1])))
def negative_dim_shifted_too(right: Rules) -> Rules:
    return replace(right, batch=lambda size, batched, x, dim, *rest: torch.sum(x, [d + 1 for d in dim], *rest))


@fault("aten::sum.dim_IntList", "batch", "", Sample((randn(3, 4), [0], True)))
def keepdim_forgotten(right: Rules) -> Rules:
    return replace(right, batch=lambda size, batched, x, dim, *rest: right.batch(size, batched, x, dim, False))


@fault("aten::_softmax", "batch", "", Sample((randn(3, 4), 1, False)))
def softmax_over_the_neighbouring_dim(right: Rules) -> Rules:
    return replace(right, batch=lambda size, batched, x, dim, half: torch.softmax(x, dim))


@fault("aten::mul.Tensor", "batch", "", RANKS)
def ranks_not_aligned(right: Rules) -> Rules:
    return replace(right, batch=lambda size, batched, x, y: x * y)


@fault("aten::mul.Tensor", "batch", "", PAIR)
def second_operand_alone_not_handled(right: Rules) -> Rules:
    def batch(size: int, batched: Any, x: Any, y: Any) -> Any:
        return right.batch(size, batched, x, y if batched[0] else y[:1].expand_as(y))

    return replace(right, batch=batch)


@fault("aten::mul.Tensor", "batch", "", Sample((randn(3, dtype=torch.float32), randn())))
def zero_dim_operand_promotes(right: Rules) -> Rules:
    def batch(size: int, batched: Any, x: Tensor, y: Tensor) -> Tensor:
        shape = (size, 1) if y.dim() == 1 else y.shape
        return x * y.reshape(shape)

    return replace(right, batch=batch)


@fault("aten::sin", "batch: size 0", "", VECTOR)
def no_examples_not_expected(right: Rules) -> Rules:
    return replace(right, batch=lambda size, batched, x: torch.stack([x[i].sin() for i in range(size)]))


@fault("aten::cumsum", "batch: nested", "", Sample((randn(4), 0)))
def values_read_by_python(right: Rules) -> Rules:
    def batch(size: int, batched: Any, x: Tensor, dim: int, *rest: Any) -> Tensor:
        return torch.tensor(x.tolist(), dtype=x.dtype).reshape(x.shape).cumsum(1)

    return replace(right, batch=batch)


@fault("aten::sin", "batch: strided", "", MATRIX)
def memory_taken_for_dense(right: Rules) -> Rules:
    def batch(size: int, batched: Any, x: Tensor) -> Tensor:
        dense = torch.empty(x.shape).stride()
        return torch.as_strided(x, x.shape, dense).sin() if type(x) is Tensor else right.batch(size, batched, x)

    return replace(right, batch=batch)


@fault("aten::sin", "batch", "changed the values", VECTOR)
def operand_changed_in_place(right: Rules) -> Rules:
    return replace(right, batch=lambda size, batched, x: x.sin_())


@fault("aten::mm", "batch", "", SQUARES)
def product_transposed(right: Rules) -> Rules:
    def batch(size: int, batched: Any, x: Tensor, y: Tensor) -> Tensor:
        return torch.matmul(x, y if batched[1] or not batched[0] else y.mT)

    return replace(right, batch=batch)


@fault("aten::max.dim", "batch", "output 1", Sample((randn(3, 4), 0)))
def indices_of_the_flat_batch(right: Rules) -> Rules:
    def batch(size: int, batched: Any, x: Tensor, *rest: Any) -> Any:
        values, indices = right.batch(size, batched, x, *rest)
        return values, indices + torch.arange(size).reshape(-1, *[1] * (indices.dim() - 1))

    return replace(right, batch=batch)


@fault(
    "aten::bernoulli.p", "random: different", "the same numbers", Sample((torch.zeros(50, dtype=torch.float64), 0.5))
)
def one_draw_for_all_examples(right: Rules) -> Rules:
    return replace(right, batch=lambda size, batched, x, p, *rest: Unbatched(torch.bernoulli(x[0], p)))


@fault("aten::sin", "random", "declared random", VECTOR)
def claims_to_be_random(right: Rules) -> Rules:
    return replace(right, random=True)


# Derivatives: factors, signs, missing terms.
register(
    "partial_off_by_a_thousandth", "aten::sin", "jvp", unary(lambda x: 1.001 * x.cos(), torch.sin), "1.001", VECTOR
)
register("partial_with_the_wrong_sign", "aten::cos", "jvp", unary(lambda x: x.sin(), torch.cos), "sign", VECTOR)
register("partial_of_another_function", "aten::tanh", "jvp", unary(lambda x: 1 - x.tanh(), torch.tanh), "", VECTOR)
register("tangent_off_by_a_thousandth", "aten::exp", "jvp", tangent(lambda t: t * 1.001), "1.001", VECTOR)
register("tangent_in_another_dtype", "aten::exp", "jvp", tangent(lambda t: t.float()), "", VECTOR)
register("tangent_missing", "aten::exp", "jvp", tangent(lambda t: None), "all zero", VECTOR)
register("tangent_outputs_swapped", "aten::aminmax", "jvp", tangent(lambda t: (t[1], t[0])), "outputs mixed up", VECTOR)
register("cotangent_off_by_a_thousandth", "aten::sin", "vjp", cotangents(each(lambda g: g * 1.001)), "1.001", VECTOR)
register("cotangents_swapped", "aten::mul.Tensor", "vjp", cotangents(lambda g: (g[1], g[0])), "", PAIR)
register("cotangent_missing", "aten::mul.Tensor", "vjp", cotangents(lambda g: (g[0], None)), "cotangent of other", PAIR)
register("conjugate_missing", "aten::mul.Tensor", "vjp", cotangents(each(lambda g: g.conj())), "", COMPLEX_PAIR)
register(
    "minus_missing",
    "aten::sub.Tensor",
    "vjp",
    cotangents(lambda g: (g[0], g[1] if g[1] is None else -g[1])),
    "sign",
    PAIR,
)
register(
    "mean_instead_of_sum",
    "aten::sum.dim_IntList",
    "vjp",
    cotangents(each(lambda g: g / 3)),
    "0.3333",
    Sample((randn(3, 4), [0])),
)
register(
    "transpose_missing",
    "aten::mm",
    "vjp",
    cotangents(lambda g: (None if g[0] is None else g[0].mT, g[1])),
    "transposed",
    SQUARES,
)


@fault("aten::mul.Tensor", "vjp", "0.3333", Sample((randn(3), randn(3, 3))))
def broadcast_undone_by_a_mean(right: Rules) -> Rules:
    def vjp(needs: Any, x: Tensor, y: Tensor) -> Any:
        small, whole = lambda grad: (grad * y).mean(0), lambda grad: grad * x
        return x * y, lambda grad: (small(grad) if needs[0] else None, whole(grad) if needs[1] else None)

    return replace(right, vjp=vjp)


@fault("aten::mul.Tensor", "jvp", "all zero", PAIR)
def symbolic_zero_taken_for_the_whole(right: Rules) -> Rules:
    def jvp(tangents: Any, x: Tensor, y: Tensor) -> Any:
        if tangents[0] is None or tangents[1] is None:
            return x * y, None
        return right.jvp(tangents, x, y)

    return replace(right, jvp=jvp)


@fault("aten::mul.Tensor", "jvp", "", PAIR)
def tangent_with_the_wrong_partner(right: Rules) -> Rules:
    def jvp(tangents: Any, x: Tensor, y: Tensor) -> Any:
        terms = [t * p for t, p in zip(tangents, (x, y), strict=True) if t is not None]
        return x * y, sum(terms[1:], terms[0])

    return replace(right, jvp=jvp)


@fault("aten::mul.Tensor", "vjp", "", PAIR)
def cotangents_not_aligned_with_needs(right: Rules) -> Rules:
    def vjp(needs: Any, x: Tensor, y: Tensor) -> Any:
        out, pullback = right.vjp((True, True), x, y)
        return out, lambda grad: pullback(grad) if all(needs) else (pullback(grad)[0],) * 2

    return replace(right, vjp=vjp)


@fault("aten::mul.Tensor", "vjp", "", COMPLEX_PAIR)
def partial_not_conjugated(right: Rules) -> Rules:
    def vjp(needs: Any, x: Tensor, y: Tensor) -> Any:
        return x * y, lambda grad: (grad * y if needs[0] else None, grad * x if needs[1] else None)

    return replace(right, vjp=vjp)


@fault("aten::atan2", "jvp", "", PAIR)
def partials_swapped(right: Rules) -> Rules:
    return replace(right, jvp=lambda tangents, y, x: right.jvp((tangents[1], tangents[0]), y, x))


@fault("aten::cumsum", "vjp", "", Sample((randn(4), 0)))
def scan_not_reversed(right: Rules) -> Rules:
    return replace(right, vjp=lambda needs, x, dim, *rest: (x.cumsum(dim), lambda grad: (grad.cumsum(dim),)))


@fault("aten::where.self", "vjp", "", Sample((randn(5) > 0, randn(5), randn(5))))
def condition_inverted(right: Rules) -> Rules:
    return cotangents(lambda g: (g[0], g[2], g[1]))(right)


@fault("aten::gather", "vjp", "", Sample((randn(4), 0, torch.tensor([1, 1, 2]))))
def equal_indices_overwrite(right: Rules) -> Rules:
    def vjp(needs: Any, x: Tensor, dim: int, index: Tensor, *rest: Any) -> Any:
        zeros = torch.zeros_like(x)
        return x.gather(dim, index), lambda grad: (zeros.scatter(dim, index, grad), None)

    return replace(right, vjp=vjp)


@fault("aten::_softmax", "vjp", "", Sample((randn(5), 0, False)))
def normalisation_not_differentiated(right: Rules) -> Rules:
    def vjp(needs: Any, x: Tensor, dim: int, half: bool) -> Any:
        out = torch.softmax(x, dim)
        return out, lambda grad: (grad * out,)

    return replace(right, vjp=vjp)


@fault("aten::cat", "vjp", "", Sample(([randn(3), randn(3) + 1], 0)))
def pieces_given_to_the_wrong_tensors(right: Rules) -> Rules:
    return cotangents(lambda g: ([g[0][1], g[0][0]],))(right)


@fault("aten::sin", "vjp: additive", "not linear", VECTOR)
def pullback_remembers_its_calls(right: Rules) -> Rules:
    def vjp(needs: Any, x: Tensor) -> Any:
        calls: list[int] = []

        def pullback(grad: Tensor) -> Any:
            calls.append(1)
            return (grad * x.cos() * len(calls),)

        return x.sin(), pullback

    return replace(right, vjp=vjp)


@fault("aten::prod", "vjp", "not finite", Sample((torch.tensor([0.0, 2.0, 3.0], dtype=torch.float64),)))
def product_divided_by_zero(right: Rules) -> Rules:
    def vjp(needs: Any, x: Tensor, *rest: Any) -> Any:
        out = torch.prod(x)
        return out, lambda grad: (grad * out / x,)

    return replace(right, vjp=vjp)


# Second order: the formula is right where it is evaluated, but hides its operand from the transforms.
register(
    "second_order_cut_in_the_tangent", "aten::exp", "jvp of vjp", lambda r: _cut(r, torch.exp, torch.exp), "", VECTOR
)
register(
    "second_order_cut_in_sin", "aten::sin", "jvp of vjp", lambda r: _cut(r, torch.cos, torch.sin), "detach", VECTOR
)


def _cut(right: Rules, slope: Callable[[Tensor], Tensor], function: Callable[[Tensor], Tensor]) -> Rules:
    def vjp(needs: Any, x: Tensor) -> Any:
        return function(x), lambda grad: (grad * slope(x.detach()),)

    return replace(right, vjp=vjp)


@fault("aten::sin", "jvp of vjp", "", VECTOR)
def second_order_has_an_extra_term(right: Rules) -> Rules:
    """What is added to the cotangent is zero, but its derivative is not."""

    def vjp(needs: Any, x: Tensor) -> Any:
        return x.sin(), lambda grad: (grad * (x.cos() + (x - x.detach()) / 2),)

    return replace(right, vjp=vjp)


# Claims.
@fault("aten::sin", "jvp", "all zero", VECTOR)
def derivative_claimed_zero(right: Rules) -> Rules:
    return Rules(batch=right.batch, derivative="zero")


@fault("aten::max.dim", "nondiff", "PyTorch differentiates it", Sample((randn(3, 4), 0)))
def values_claimed_without_derivative(right: Rules) -> Rules:
    return replace(right, nondiff_outputs=(0, 1))


@fault("aten::add.Scalar", "linear", "not linear", Sample((randn(3), 2)), linear=("self",))
def affine_claimed_linear(right: Rules) -> Rules:
    return right


@fault("aten::mul.Tensor", "linear", "not linear", PAIR, linear=("self", "other"))
def product_claimed_jointly_linear(right: Rules) -> Rules:
    return right


@fault("aten::select.int", "write to the view", "", Sample((randn(3, 4), 0, 1)))
def view_written_elsewhere(right: Rules) -> Rules:
    def inverse(new: Tensor, base: Tensor, dim: int, index: int) -> Tensor:
        return torch.select_scatter(base, new, dim, index - 1)

    return replace(right, inverse=inverse)


@fault("aten::sin", "batch", "1.001", VECTOR)
def decomposition_off_by_a_thousandth(right: Rules) -> Rules:
    return Rules(decompose=lambda x: 1.001 * torch.cos(x - torch.pi / 2))
