"""The helpers of formulas: transposes of each other, and zeros where nothing is."""

import pytest
import torch

from oplift.rules import formulas as f


@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dim", [None, [], 0, -1, [0, 2], [-1, 0], [0, 1, 2]])
def test_unreduce_is_the_transpose_of_a_sum(dim: int | list[int] | None, keepdim: bool) -> None:
    x = torch.rand(2, 3, 4, dtype=torch.float64)
    y = x.sum(dim, keepdim)
    g = torch.rand_like(y)
    torch.testing.assert_close((f.unreduce(g, x.shape, dim, keepdim) * x).sum(), (g * y).sum())


@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("shape", [(2, 3), (3,), ()])
def test_put_dim_is_the_transpose_of_take_dim(shape: tuple[int, ...], keepdim: bool) -> None:
    x = torch.rand(shape, dtype=torch.float64)
    index = x.argmax(-1, keepdim)
    y = f.take_dim(x, -1, index, keepdim)
    torch.testing.assert_close(y, x.amax(-1, keepdim))
    g = torch.rand_like(y)
    torch.testing.assert_close((f.put_dim(g, x.shape, -1, index, keepdim) * x).sum(), (g * y).sum())


def test_put_flat_is_the_transpose_of_take_flat() -> None:
    x = torch.rand(2, 3, 4, dtype=torch.float64)
    index = torch.randint(12, (2, 2, 3))
    y = f.take_flat(x, index, 2)
    assert y.shape == index.shape
    g = torch.rand_like(y)
    torch.testing.assert_close((f.put_flat(g, x.shape, index, 2) * x).sum(), (g * y).sum())


def test_adjoints_of_numbers_and_tensors() -> None:
    z = torch.rand(2, 3, dtype=torch.complex64)
    assert f.adj(2.0) == 2.0
    assert f.adj(1 + 2j) == 1 - 2j
    torch.testing.assert_close(f.adj(z), z.conj())
    torch.testing.assert_close(f.mH(z), z.mH)
    x = torch.rand(2)
    assert f.adj(x) is x


def test_facts_of_what_is_no_tensor() -> None:
    assert f.shape(3) == ()
    assert f.shape(None) is None
    assert f.ndim(3) == 0
    assert f.dtype(None) is None
    assert f.device(3) is None
    assert f.sizes_or_none(None) is None
    assert f.sizes_or_none(torch.ones(2, 3)) == [2, 3]


def test_zeros_for_what_is_absent() -> None:
    x = torch.ones(2)
    assert f.tangent_or_zeros(None, x).tolist() == [0, 0]
    assert f.tangent_or_zeros(None, 3) == 0
    assert f.tangent_or_zeros(None, None) is None
    assert [t.tolist() for t in f.tangents_or_zeros([None, x], [x, x])] == [[0, 0], [1, 1]]
    assert [t.tolist() for t in f.tangents_or_zeros(None, [x])] == [[0, 0]]
    assert f.cotangent_or_zeros(None, f.likeness(x)).tolist() == [0, 0]
    assert f.total(None, x, None, x).tolist() == [2, 2]  # type: ignore[union-attr]
    assert f.total(None) is None


def test_channels_and_pieces() -> None:
    assert f.channels(torch.ones(3), 4).shape == (3, 1, 1)
    assert [p.shape for p in f.split_sizes(torch.ones(5, 2), [2, 3])] == [(2, 2), (3, 2)]
