"""Whatever is raised, wherever: the stack is empty, the modes and the grad mode are as before, and work goes on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

import oplift
from oplift.rule import Rules, operator, override
from oplift.stack import STACK


class Stop(BaseException):
    """Like KeyboardInterrupt, nothing that `except Exception` catches."""


ERRORS = [ValueError, RuntimeError, KeyboardInterrupt, Stop, StopIteration]
x = torch.tensor([0.3, -0.8, 1.1])

#: Each applies a transform to a function Tensor -> Tensor.
TRANSFORMS: dict[str, Callable[[Callable[[Tensor], Tensor]], Any]] = {
    "vmap": lambda f: oplift.vmap(f)(torch.stack([x, x])),
    "vmap_chunked": lambda f: oplift.vmap(f, chunk_size=1)(torch.stack([x, x])),
    "grad": lambda f: oplift.grad(lambda y: f(y).sum())(x),
    "vjp": lambda f: oplift.vjp(f, x)[1](x),
    "jvp": lambda f: oplift.jvp(f, (x,), (x,)),
    "jacrev": lambda f: oplift.jacrev(f)(x),
    "jacfwd": lambda f: oplift.jacfwd(f)(x),
    "hessian": lambda f: oplift.hessian(lambda y: f(y).sum())(x),
    "linearize": lambda f: oplift.linearize(f, x)[1](x),
    "functionalize": lambda f: oplift.func.functionalize(f)(x),
    "vmap_of_grad": lambda f: oplift.vmap(oplift.grad(lambda y: f(y).sum()))(torch.stack([x, x])),
    "grad_of_vmap": lambda f: oplift.grad(lambda y: oplift.vmap(f)(torch.stack([y, y])).sum())(x),
    "jvp_of_grad_of_vmap": lambda f: oplift.jvp(
        oplift.grad(lambda y: oplift.vmap(f)(torch.stack([y, y])).sum()), (x,), (x,)
    ),
}


@contextmanager
def nothing_changes(error: type[BaseException]) -> Iterator[None]:
    before = _state()
    with pytest.raises(error):
        yield
    assert _state() == before
    torch.testing.assert_close(oplift.grad(lambda y: (y * y).sum())(x), 2 * x)
    torch.testing.assert_close(oplift.vmap(torch.sin)(x), x.sin())


def _state() -> tuple[Any, ...]:
    return (
        tuple(STACK.levels),
        STACK.user,
        torch._C._len_torch_function_stack(),
        torch._C._len_torch_dispatch_stack(),
        torch._C._is_torch_function_enabled(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.get_default_device(),
        torch.is_autocast_enabled("cpu"),
    )


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_raised_by_the_function(transform: str, error: type[BaseException]) -> None:
    def failing(y: Tensor) -> Tensor:
        out = torch.zeros(3)
        out[0] = y.sin().sum()
        raise error("on purpose")

    wanted = RuntimeError if error is StopIteration else error
    with nothing_changes((wanted, StopIteration)):  # type: ignore[arg-type]
        TRANSFORMS[transform](failing)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_raised_by_torch_for_a_users_mistake(transform: str) -> None:
    with nothing_changes(RuntimeError):
        TRANSFORMS[transform](lambda y: y.sin() @ torch.ones(7, 7))


def failing_rules(slot: str, error: type[BaseException]) -> Rules:
    """sin's rules, of which one raises."""

    def broken(*args: Any) -> Any:
        raise error("in a rule")

    right = operator("aten::sin").rules
    if slot != "pullback":
        return replace(right, **{slot: broken})
    return replace(right, vjp=lambda needs, y: (y.sin(), broken))


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize(
    ("slot", "transform"),
    [
        ("batch", "vmap"),
        ("batch", "grad_of_vmap"),
        ("batch", "jvp_of_grad_of_vmap"),
        ("jvp", "jvp"),
        ("jvp", "jacfwd"),
        ("vjp", "grad"),
        ("vjp", "jacrev"),
        ("vjp", "vmap_of_grad"),
        ("pullback", "vjp"),
        ("pullback", "grad"),
        ("pullback", "jacrev"),
        ("pullback", "vmap_of_grad"),
        ("pullback", "hessian"),
    ],
)
def test_raised_in_a_rule(slot: str, transform: str, error: type[BaseException]) -> None:
    with nothing_changes(error), override("aten::sin", failing_rules(slot, error)):
        TRANSFORMS[transform](torch.sin)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_raised_inside_grad_modes(transform: str) -> None:
    def failing(y: Tensor) -> Tensor:
        with torch.no_grad(), torch.autocast("cpu"):
            y.sin()
            raise ValueError("on purpose")

    with nothing_changes(ValueError):
        TRANSFORMS[transform](failing)
    with torch.no_grad(), nothing_changes(ValueError):
        TRANSFORMS[transform](failing)


def test_misuse_is_refused_before_anything_is_pushed() -> None:
    with nothing_changes(ValueError):
        oplift.vmap(torch.sin, in_dims=5)(x)
    with nothing_changes(ValueError):
        oplift.vmap(torch.add)(torch.ones(2), torch.ones(3))
    with nothing_changes(RuntimeError):
        oplift.grad(torch.sin)(x)
    with nothing_changes(RuntimeError):
        oplift.jvp(torch.sin, (x,), (torch.ones(7),))
    with nothing_changes(RuntimeError):
        oplift.vjp(torch.sin, x)[1](torch.ones(7))


def test_the_pullback_can_be_called_again_after_it_failed() -> None:
    _, pullback = oplift.vjp(torch.sin, x)
    with nothing_changes(RuntimeError):
        pullback(torch.ones(2, 2))
    torch.testing.assert_close(pullback(torch.ones(3))[0], x.cos())


def test_a_caught_exception_inside_leaves_the_outer_transform_running() -> None:
    def inner(y: Tensor) -> Tensor:
        raise ValueError("caught by the outer function")

    def outer(y: Tensor) -> Tensor:
        with pytest.raises(ValueError, match="outer function"):
            oplift.vmap(oplift.grad(inner))(torch.stack([y, y]))
        assert len(STACK.levels) == 1
        return (y**3).sum()

    torch.testing.assert_close(oplift.grad(outer)(x), 3 * x**2)


def test_a_generator_that_is_dropped_leaves_nothing() -> None:
    def steps(y: Tensor) -> Iterator[Tensor]:
        yield y.sin()
        yield y.cos()

    def first_only(y: Tensor) -> Tensor:
        return next(steps(y))

    torch.testing.assert_close(oplift.vmap(first_only)(x), x.sin())
    assert not STACK.levels


def test_a_tracer_that_escaped_says_so() -> None:
    kept: list[Tensor] = []

    def leaky(y: Tensor) -> Tensor:
        kept.append(y.sin())
        return kept[0].sum()

    oplift.vmap(leaky)(x)
    with nothing_changes(oplift.EscapedTracer):
        kept[0] + 1
