"""The memory of attention grows with the sequence, not with its square: measured, and the measurement put to the test."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import oplift
from tests.memory import exponent, peak

Function = Callable[..., Tensor]
LENGTHS = (512, 1024, 2048, 4096)
WIDTH, EXAMPLES = 8, 2


def fused(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(q, k, v)


def causal(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def without_kernel(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """No kernel takes values of another width."""
    return F.scaled_dot_product_attention(q, k, v[..., :-1])


def definition(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.mT / WIDTH**0.5).softmax(-1) @ v


ALL = (0, 1, 2)


def grad(f: Function) -> Callable[..., tuple[Tensor, ...]]:
    return oplift.grad(lambda *operands: f(*operands).square().sum(), ALL)


def energy(f: Callable[..., tuple[Tensor, ...]]) -> Function:
    return lambda *operands: sum(x.square().sum() for x in f(*operands))


def autograd_of_jvp(f: Function, x: tuple[Tensor, ...], t: tuple[Tensor, ...]) -> Any:
    leaves = [operand.clone().requires_grad_() for operand in x]
    return torch.autograd.grad(oplift.jvp(f, tuple(leaves), t)[1].square().sum(), leaves)


def each(x: tuple[Tensor, ...]) -> list[Tensor]:
    return [operand.expand(EXAMPLES, *operand.shape).clone() for operand in x]


TRANSFORMS: dict[str, Callable[..., Any]] = {
    "jvp": lambda f, x, t: oplift.jvp(f, x, t),
    "grad": lambda f, x, t: grad(f)(*x),
    "vmap(grad)": lambda f, x, t: oplift.vmap(grad(f))(*each(x)),
    "vmap(jvp)": lambda f, x, t: oplift.vmap(lambda *t: oplift.jvp(f, x, t)[1])(*each(t)),
    "jvp(grad)": lambda f, x, t: oplift.jvp(grad(f), x, t),
    "grad(grad)": lambda f, x, t: oplift.grad(energy(grad(f)), ALL)(*x),
    "grad(jvp)": lambda f, x, t: oplift.grad(lambda *x: oplift.jvp(f, x, t)[1].square().sum(), ALL)(*x),
    "vmap(jvp(grad))": lambda f, x, t: oplift.vmap(lambda *t: oplift.jvp(grad(f), x, t)[1])(*each(t)),
    "autograd of jvp": autograd_of_jvp,
}


def peaks(f: Function, transform: str, lengths: tuple[int, ...]) -> list[int]:
    found = []
    for length in lengths:
        x, t = ([torch.randn(1, 1, length, WIDTH) for _ in ALL] for _ in range(2))
        found.append(peak(lambda x=tuple(x), t=tuple(t): TRANSFORMS[transform](f, x, t)))
    return found


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_memory_grows_with_the_length(transform: str) -> None:
    found = peaks(fused, transform, LENGTHS)
    assert exponent(LENGTHS, found) < 1.25, found
    one_matrix = 4 * LENGTHS[-1] ** 2
    assert found[-1] < one_matrix, found


@pytest.mark.parametrize("transform", ["jvp", "vmap(grad)", "grad(jvp)"])
@pytest.mark.parametrize("attention", [causal, without_kernel])
def test_so_it_does_for_other_attentions(attention: Function, transform: str) -> None:
    lengths = LENGTHS[:3]
    assert exponent(lengths, peaks(attention, transform, lengths)) < 1.25


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_the_measurement_sees_a_square(transform: str) -> None:
    lengths = (256, 512, 1024)
    assert 1.8 < exponent(lengths, peaks(definition, transform, lengths)) < 2.1
