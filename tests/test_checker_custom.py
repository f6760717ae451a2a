"""What the checker finds in a custom operator by samples that it makes up itself, from nothing but the schema."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from oplift.reverse import sum_to
from oplift.rule import Rules, operator, override
from oplift.testing import Report, Sample, check_op

LIBRARY = "drawnlib"


def _scaled(x: Tensor, a: float = 2.0, neg: bool = False, n: int = 1) -> Tensor:
    return (-a if neg else a) * x**2 * n


def _weighted(x: Tensor, w: Tensor | None = None) -> Tensor:
    return x * x if w is None else x * x * w


def _norm(x: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    return (x * x).sum(dim, keepdim)


def _loss(x: Tensor, reduction: str = "mean") -> Tensor:
    return (x * x).mean() if reduction == "mean" else (x * x).sum() if reduction == "sum" else x * x


def _taken(x: Tensor, index: Tensor) -> Tensor:
    return x[index]


OPERATORS: dict[str, tuple[str, Callable[..., Any]]] = {
    "cube": ("(Tensor x) -> Tensor", lambda x: x**3),
    "times": ("(Tensor x, Tensor y) -> Tensor", lambda x, y: x * y),
    "scaled": ("(Tensor x, float a=2., bool neg=False, int n=1) -> Tensor", _scaled),
    "weighted": ("(Tensor x, Tensor? w=None) -> Tensor", _weighted),
    "squares": ("(Tensor[] xs) -> Tensor", lambda xs: torch.cat([x.reshape(-1) ** 2 for x in xs])),
    "norm": ("(Tensor x, int dim, bool keepdim=False) -> Tensor", _norm),
    "loss": ("(Tensor x, str reduction='mean') -> Tensor", _loss),
    "taken": ("(Tensor x, Tensor index) -> Tensor", _taken),
}


@pytest.fixture(scope="module", autouse=True)
def operators() -> Iterator[None]:
    library = torch.library.Library(LIBRARY, "DEF")
    for name, (schema, function) in OPERATORS.items():
        library.define(name + schema)
        library.impl(name, function, "CompositeExplicitAutograd")
    yield
    library._destroy()


def _call(name: str) -> Callable[..., Any]:
    return operator(f"{LIBRARY}::{name}")


def _unary(name: str, partial: Callable[..., Tensor]) -> Rules:
    """Rules of an operator of one tensor with this partial, in both directions."""

    def vjp(needs: Any, x: Tensor, *rest: Any) -> Any:
        return _call(name)(x, *rest), lambda grad: (grad * partial(x, *rest).conj(),)

    def jvp(tangents: Any, x: Tensor, *rest: Any) -> Any:
        return _call(name)(x, *rest), tangents[0] * partial(x, *rest)

    return Rules(batch=lambda size, batched, *args: _call(name)(*args), jvp=jvp, vjp=vjp)


def _looped(name: str, vjp: Callable[..., Any]) -> Rules:
    return Rules(batch_loop=True, vjp=vjp)


def _scaled_partial(x: Tensor, a: float = 2.0, neg: bool = False, n: int = 1) -> Tensor:
    return 2 * (-a if neg else a) * x * n


def _scaled_batch(size: int, batched: Any, x: Tensor, a: float = 2.0, *rest: Any) -> Tensor:
    return _scaled(x, a)


def _weighted_vjp(factor: float) -> Callable[..., Any]:
    def vjp(needs: Any, x: Tensor, w: Tensor | None = None) -> Any:
        def pullback(grad: Tensor) -> Any:
            to_x = 2 * grad * x.conj() * (1 if w is None else w.conj())
            to_w = None if w is None else sum_to(factor * grad * (x * x).conj(), w.shape)
            return sum_to(to_x, x.shape), to_w

        return _call("weighted")(x, w), pullback

    return vjp


def _squares_vjp(factor: float) -> Callable[..., Any]:
    def vjp(needs: Any, xs: list[Tensor]) -> Any:
        def pullback(grad: Tensor) -> Any:
            pieces = grad.split([x.numel() for x in xs])
            factors = [factor if i == 2 else 1 for i in range(len(xs))]
            return ([f * 2 * g.reshape(x.shape) * x.conj() for f, g, x in zip(factors, pieces, xs, strict=True)],)

        return _call("squares")(xs), pullback

    return vjp


def _norm_vjp(right: bool) -> Callable[..., Any]:
    def vjp(needs: Any, x: Tensor, dim: int, keepdim: bool = False) -> Any:
        def pullback(grad: Tensor) -> Any:
            whole = grad if not x.dim() or (keepdim and right) else grad.unsqueeze(dim)
            return (sum_to(whole * 2 * x.conj(), x.shape),)

        return _call("norm")(x, dim, keepdim), pullback

    return vjp


def _loss_partial(right: bool) -> Callable[..., Any]:
    def vjp(needs: Any, x: Tensor, reduction: str = "mean") -> Any:
        count = max(x.numel(), 1) if reduction == "mean" or not right else 1
        return _call("loss")(x, reduction), lambda grad: (2 * grad * x.conj() / count,)

    return vjp


def _taken_vjp(accumulate: bool) -> Callable[..., Any]:
    def vjp(needs: Any, x: Tensor, index: Tensor) -> Any:
        def pullback(grad: Tensor) -> Any:
            return torch.zeros_like(x).index_put((index,), grad, accumulate=accumulate), None

        return _call("taken")(x, index), pullback

    return vjp


def _taken_batch(size: int, batched: Any, x: Tensor, index: Tensor) -> Any:
    rows = [_call("taken")(x[i] if batched[0] else x, index[0] if batched[1] else index) for i in range(max(size, 1))]
    return torch.stack(rows)[:size]


def _times(size: int, batched: Any, x: Tensor, y: Tensor) -> Any:
    return _call("times")(x.double() if batched[0] else x, y)


SCALED = _unary("scaled", _scaled_partial)
WRONG: dict[str, tuple[str, Rules]] = {
    "not finite at 0": ("cube", _unary("cube", lambda x: 3 * _call("cube")(x) / x)),
    "wrong far from 0": ("cube", _unary("cube", lambda x: torch.where(x.abs() > 20, 2 * x * x, 3 * x * x))),
    "a number at its default": ("scaled", _unary("scaled", lambda x, a=2.0, *rest: _scaled_partial(x, 2.0, *rest))),
    "a flag at its default": ("scaled", _unary("scaled", lambda x, a=2.0, neg=False, n=1: _scaled_partial(x, a, n=n))),
    "an integer at its default": ("scaled", _unary("scaled", lambda x, *rest: _scaled_partial(x, *rest[:2]))),
    "defaults in a batch": ("scaled", Rules(batch=_scaled_batch, jvp=SCALED.jvp, vjp=SCALED.vjp)),
    "an optional tensor": ("weighted", _looped("weighted", _weighted_vjp(2))),
    "the third of a list": ("squares", _looped("squares", _squares_vjp(2))),
    "keepdim": ("norm", _looped("norm", _norm_vjp(right=False))),
    "a word": ("loss", _looped("loss", _loss_partial(right=False))),
    "equal indices": ("taken", _looped("taken", _taken_vjp(accumulate=False))),
    "an index of each example": ("taken", Rules(batch=_taken_batch, vjp=_taken_vjp(accumulate=True))),
}
RIGHT: dict[str, Rules] = {
    "cube": _unary("cube", lambda x: 3 * x * x),
    "scaled": SCALED,
    "weighted": _looped("weighted", _weighted_vjp(1)),
    "squares": _looped("squares", _squares_vjp(1)),
    "norm": _looped("norm", _norm_vjp(right=True)),
    "loss": _looped("loss", _loss_partial(right=True)),
    "taken": _looped("taken", _taken_vjp(accumulate=True)),
}


def _report(name: str, rules: Rules) -> Report:
    with override(f"{LIBRARY}::{name}", rules):
        return check_op(f"{LIBRARY}::{name}", devices=["cpu"])


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_rule_is_found_at_what_is_seldom(what: str) -> None:
    report = _report(*WRONG[what])
    assert not report.ok, str(report)


@pytest.mark.parametrize("name", RIGHT)
def test_the_right_rule_passes(name: str) -> None:
    report = _report(name, RIGHT[name])
    assert report.ok, str(report)


def test_integers_beside_floating_point_numbers() -> None:
    """An operand is cast by the rule, which nothing but an operator that promotes tells."""
    report = _report("times", Rules(batch=_times, decompose=lambda x, y: x * y))
    assert any("f32" in row.sample or "i64" in row.sample for row in report.failures), str(report)
    assert any("i64" in row.sample for row in report.rows)


def test_additivity_is_not_asked_where_a_pullback_is_infinite():
    report = check_op("aten::sqrt", Sample((torch.tensor([0.0, 1.0, 4.0], dtype=torch.float64),)), devices=["cpu"])
    assert report.ok, str(report)
