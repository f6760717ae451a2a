"""Peak memory: grad's is at most that of torch.autograd, and chunks keep to their budget with the same results."""

from typing import Any

import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

import oplift
from tests.memory import exponent, peak


def mlp(params: list[Tensor], x: Tensor) -> Tensor:
    for weight, bias in zip(params[::2], params[1::2], strict=True):
        x = torch.tanh(x @ weight + bias)
    return (x**2).sum()


def wave(x: Tensor) -> Tensor:
    for _ in range(12):
        x = torch.sin(x) * x + torch.exp(-x)
    return x.sum()


NET = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(1152, 5))


def convolutions(params: dict[str, Tensor], x: Tensor) -> Tensor:
    return F.cross_entropy(oplift.functional_call(NET, params, (x,)), torch.arange(4))


def cases() -> dict[str, tuple[Any, tuple[Any, ...]]]:
    params = [t for _ in range(6) for t in (torch.randn(64, 64) / 8, torch.zeros(64))]
    state = {name: p.detach() for name, p in NET.named_parameters()}
    return {
        "mlp": (mlp, (params, torch.randn(256, 64))),
        "wave": (wave, (torch.randn(10_000),)),
        "convolutions": (convolutions, (state, torch.randn(4, 1, 16, 16))),
    }


@pytest.mark.parametrize("name", cases())
def test_the_peak_of_grad_is_at_most_that_of_autograd(name: str) -> None:
    func, (first, *rest) = cases()[name]

    def by_autograd() -> Any:
        leaves = tree_map(lambda t: t.detach().requires_grad_(), first)
        return torch.autograd.grad(func(leaves, *rest), tree_leaves(leaves))

    assert peak(lambda: oplift.grad(func)(first, *rest)) <= peak(by_autograd)


def test_a_pullback_that_is_kept_can_be_called_again() -> None:
    x = torch.randn(5)
    _, pullback = oplift.vjp(wave, x)
    torch.testing.assert_close(pullback(torch.tensor(1.0)), pullback(torch.tensor(1.0)))


def test_cotangents_are_not_summed_into_a_tensor_that_somebody_holds() -> None:
    x, w = torch.randn(3), torch.randn(3)

    def f(x: Tensor) -> Tensor:
        return (x + x + x + x * w).sum()

    _, pullback = oplift.vjp(f, x)
    once = pullback(torch.tensor(1.0))[0].clone()
    torch.testing.assert_close(pullback(torch.tensor(1.0))[0], once)
    torch.testing.assert_close(once, 3 + w)


# ---------------------------------------------------------------- chunks
SIZES = [1, 2, 3, 7, 100, "auto", "1kB", "20 KiB", "1GiB"]


def score(x: Tensor, w: Tensor) -> Tensor:
    return torch.tanh(x @ w).sum(-1) * x.mean()


@pytest.mark.parametrize("chunk_size", SIZES)
def test_results_do_not_depend_on_the_chunks(chunk_size: Any) -> None:
    x, w = torch.randn(7, 4, 5), torch.randn(5, 3)
    per_example = oplift.vmap(score, (0, None), out_dims=1)(x, w)
    torch.testing.assert_close(oplift.vmap(score, (0, None), out_dims=1, chunk_size=chunk_size)(x, w), per_example)

    def two(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return score(x, w), y.sin() * x.sum(), w.sum() * 2

    for transform in (oplift.jacrev, oplift.jacfwd):
        whole = transform(two, (0, 1))(x[0], torch.ones(2))
        torch.testing.assert_close(transform(two, (0, 1), chunk_size=chunk_size)(x[0], torch.ones(2)), whole)
    second = oplift.hessian(lambda x: score(x, w).sum())
    in_parts = oplift.hessian(lambda x: score(x, w).sum(), chunk_size=chunk_size)
    torch.testing.assert_close(in_parts(x[0]), second(x[0]))
    torch.testing.assert_close(oplift.vmap(in_parts)(x), oplift.vmap(second)(x))


@pytest.mark.parametrize("chunk_size", [3, "2kB"])
def test_chunks_draw_the_same_for_every_example_under_same(chunk_size: Any) -> None:
    out = oplift.vmap(lambda x: x + torch.randn(3), randomness="same", chunk_size=chunk_size)(torch.zeros(8, 3))
    torch.testing.assert_close(out, out[:1].expand(8, 3))


def test_an_empty_batch_has_chunks_of_any_size() -> None:
    for chunk_size in (None, 2, "auto"):
        assert oplift.vmap(torch.sin, chunk_size=chunk_size)(torch.zeros(0, 3)).shape == (0, 3)
        assert oplift.jacrev(torch.sin, chunk_size=chunk_size)(torch.zeros(0)).shape == (0, 0)
        assert oplift.jacfwd(torch.sin, chunk_size=chunk_size)(torch.zeros(0)).shape == (0, 0)


def squares(x: Tensor) -> Tensor:
    return torch.outer(x, x).sin().sum(0)


def test_chunks_keep_to_their_budget() -> None:
    x = torch.randn(512, 64)
    whole, outputs = peak(lambda: oplift.vmap(squares)(x)), 2 * x.nbytes  # of the parts, and of all
    assert whole > 16_000_000
    for budget in (100_000, 1_000_000, 4_000_000):
        used = peak(lambda budget=budget: oplift.vmap(squares, chunk_size=f"{budget}B")(x))
        assert budget / 4 < used < budget + outputs


def test_memory_of_chunks_does_not_grow_with_the_jacobian() -> None:
    sizes = (64, 128, 256)

    def used(n: int, chunk_size: Any) -> int:
        w = torch.randn(n, n)
        func = lambda x: torch.tanh(torch.outer(x, x) * w).sum(0)
        return peak(lambda: oplift.jacrev(func, chunk_size=chunk_size)(torch.randn(n)))

    assert exponent(sizes, [used(n, None) for n in sizes]) > 2.7
    assert exponent(sizes, [used(n, "200kB") for n in sizes]) < 2.3


@pytest.mark.parametrize("transform", [oplift.vmap, oplift.jacrev, oplift.jacfwd, oplift.hessian])
@pytest.mark.parametrize("chunk_size", [0, -1, "0B", "twelve", "12", ""])
def test_what_is_no_chunk_size_is_refused(transform: Any, chunk_size: Any) -> None:
    with pytest.raises(ValueError, match=f"^{transform.__name__}: .*chunk_size"):
        transform(squares, chunk_size=chunk_size)
