"""The sparsity plugin against Jacobians: what it leaves out is zero, and it leaves out nearly all that is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F

import oplift

Tensor = torch.Tensor
torch.manual_seed(0)
W, KERNEL, SQUARE, BIAS = torch.randn(4, 3), torch.randn(2, 1, 2), torch.randn(3, 3), torch.randn(3)


def in_place(x: Tensor) -> Tensor:
    y = torch.zeros(4)
    y[0] = x.sum()
    y[1:3] = x[:2] * 2
    view = y[:2]
    view *= 3
    return y


def rows(x: Tensor) -> Tensor:
    return x.reshape(2, -1)


def heads(x: Tensor) -> Tensor:
    return x.reshape(1, 3, -1)


#: Functions of six numbers whose pattern is the smallest there is.
EXACT: dict[str, Callable[[Tensor], Tensor]] = {
    "differences": lambda x: x[1:] - x[:-1],
    "in place": in_place,
    "mm": lambda x: W @ x[:3],
    "cumsum": lambda x: x.sin().cumsum(0),
    "outer": lambda x: x[:, None] * x[None, :2],
    "cat": lambda x: torch.cat([x[:1], x.flip(0).exp(), torch.ones(2)]),
    "constant": lambda x: torch.ones(2) * 3,
    "piecewise constant": lambda x: x.floor() + x.argmax(),
    "softmax": lambda x: rows(x).softmax(1),
    "conv": lambda x: F.conv1d(x.reshape(1, 1, -1), KERNEL),
    "linear": lambda x: F.linear(rows(x), SQUARE, BIAS),
    "bias": lambda x: F.linear(torch.ones(2, 3), SQUARE, x[:3]),
    "logsumexp": lambda x: rows(x).logsumexp(1),
    "prod": lambda x: rows(x).prod(1),
    "std": lambda x: rows(x).std(1),
    "norm": lambda x: rows(x).norm(dim=1),
    "split": lambda x: x.split(2)[1] * 2,
    "index": lambda x: x[torch.tensor([0, 0, 2])],
    "pad": lambda x: F.pad(x, (1, 2)),
    "attention": lambda x: F.scaled_dot_product_attention(heads(x), heads(x), heads(x)),
    "unfold": lambda x: x.unfold(0, 2, 1).sum(1),
    "pool": lambda x: F.avg_pool1d(x.reshape(1, 1, -1), 2),
    "addcmul": lambda x: torch.addcmul(x, x.roll(1), x),
    "gradient": oplift.grad(lambda x: (x[1:] * x[:-1]).sum()),
    "vmap": oplift.vmap(lambda x: x.sin()),
}
#: Functions for which it errs on the side of dependence.
LOOSE: dict[str, Callable[[Tensor], Tensor]] = {
    "where": lambda x: torch.where(x > 0, x, x.roll(1)),
    "max": lambda x: rows(x).max(1).values,
    "sort": lambda x: x.sort().values,
    "layer norm": lambda x: F.layer_norm(rows(x), (3,)),
    "batch norm": lambda x: F.batch_norm(rows(x), None, None, training=True),
    "solve": lambda x: torch.linalg.solve(torch.eye(2) + x[:4].reshape(2, 2), x[:2]),
    "fft": lambda x: torch.fft.rfft(x).abs(),
    "einsum": lambda x: torch.einsum("ij,kj->ik", rows(x), rows(x)),
}


def jacobian_pattern(f: Callable[[Tensor], Tensor]) -> Tensor:
    """Where the Jacobian differs from zero for any of several inputs."""
    found = [oplift.jacfwd(f)(torch.randn(6)).abs() > 1e-12 for _ in range(5)]
    return torch.stack(found).any(0)


@pytest.mark.parametrize("case", [*EXACT, *LOOSE])
def test_pattern(case: str) -> None:
    f = (EXACT | LOOSE)[case]
    pattern, jacobian = oplift.transforms.sparsity(f)(torch.randn(6)), jacobian_pattern(f)
    assert pattern.dtype is torch.bool
    assert not (jacobian & ~pattern).any()
    if case in EXACT:
        assert torch.equal(pattern, jacobian)


def test_several_inputs_and_outputs() -> None:
    f = lambda a, b, c: {"product": a * b[0], "other": c}
    found = oplift.transforms.sparsity(f, argnums=(0, 1))(torch.ones(2), torch.ones(3), torch.ones(1))
    assert torch.equal(found["product"][0], torch.eye(2).bool())
    assert torch.equal(found["product"][1], torch.tensor([[True, False, False]] * 2))
    assert [x.shape for x in found["other"]] == [(1, 2), (1, 3)]
    assert not any(x.any() for x in found["other"])


def test_inside_of_another_transform() -> None:
    found = oplift.vmap(oplift.transforms.sparsity(lambda x: x[1:] * x[:-1]))(torch.randn(4, 3))
    assert torch.equal(found, torch.tensor([[True, True, False], [False, True, True]]).expand(4, 2, 3))


@pytest.mark.parametrize(
    ("argnums", "says"),
    [
        (0, "sparsity: argument 0 must be a tensor of floating point numbers, got a tensor of dtype torch.int64"),
        (2, "sparsity: argument 2 must be a tensor of floating point numbers, got NoneType"),
    ],
)
def test_misused(argnums: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        oplift.transforms.sparsity(torch.add, argnums)(torch.arange(3), torch.ones(3))


def test_an_output_that_is_no_tensor() -> None:
    with pytest.raises(ValueError, match="sparsity: the function must return tensors, got int"):
        oplift.transforms.sparsity(lambda x: 3)(torch.ones(2))
