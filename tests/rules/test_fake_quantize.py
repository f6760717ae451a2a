"""Fake quantisation: rounded to a grid, with a gradient that passes straight through inside the range."""

import pytest
import torch
from torch import Tensor

import oplift

SCALES, ZEROS = torch.tensor([0.1, 0.2, 0.3]), torch.tensor([3, 0, 1], dtype=torch.int32)
FORMS = {
    "numbers": lambda x: torch.fake_quantize_per_tensor_affine(x, 0.1, 3, 0, 20),
    "tensors": lambda x: torch.fake_quantize_per_tensor_affine(x, SCALES[0], ZEROS[0], 0, 20),
    "channels": lambda x: torch.fake_quantize_per_channel_affine(x, SCALES, ZEROS, 1, 0, 20),
}


@pytest.mark.parametrize("name", FORMS)
def test_as_pytorch_has_it(name: str) -> None:
    f, xs, ct = FORMS[name], torch.randn(5, 4, 3), torch.randn(4, 3)
    torch.testing.assert_close(oplift.vmap(f)(xs), torch.stack([f(x) for x in xs]))
    torch.testing.assert_close(oplift.vmap(f, in_dims=-1)(xs.movedim(0, -1)), torch.stack([f(x) for x in xs]))

    def gradient(x: Tensor) -> Tensor:
        leaf = x.clone().requires_grad_()
        return torch.autograd.grad(f(leaf), leaf, ct)[0]

    want = torch.stack([gradient(x) for x in xs])
    torch.testing.assert_close(oplift.vmap(lambda x: oplift.vjp(f, x)[1](ct)[0])(xs), want)
    tangent = oplift.jvp(f, (xs[0],), (xs[1],))[1]
    torch.testing.assert_close((tangent * ct).sum(), (want[0] * xs[1]).sum())
    assert not oplift.jvp(lambda x: oplift.vjp(f, x)[1](ct)[0], (xs[0],), (xs[1],))[1].any()
