"""Functions as a user might have them, for tests/test_coverage.py."""

import torch
import torch.nn.functional as F

LIBRARY = torch.library.Library("coverage_examples", "DEF")
LIBRARY.define("bare(Tensor x) -> Tensor")
LIBRARY.impl("bare", lambda x: x + 1, "CPU")


@torch.library.custom_op("coverage_examples::declared", mutates_args=())
def declared(x: torch.Tensor) -> torch.Tensor:
    return x**3


@declared.register_fake
def _(x):
    return torch.empty_like(x)


class Cube(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return x**3

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 3 * x * x * grad


class Unmapped(Cube):
    generate_vmap_rule = False


written = torch.zeros(3)
norm = torch.nn.BatchNorm1d(3)


def loss(w, x):
    h = torch.tanh(x @ w)
    return (h * h).sum()


def with_bare(x):
    y = torch.ops.coverage_examples.bare(x)
    return (y * y).sum()


def with_declared(x):
    return declared(x).sum()


def refused(x):
    h = x.sin()
    factors = torch.linalg.ldl_factor(h.outer(h))[0]
    return factors.sum() + h.cos().sum()


def functions(x):
    return Cube.apply(x).sum()


def unmapped(x):
    return Unmapped.apply(x).sum()


def branching(x):
    if x.sum() > 0:
        return x.sin().sum()
    return x.cos().sum()


def masked(x):
    return x[x > 0].sum()


def guarded(x):
    return F.gaussian_nll_loss(x, x, x.exp())


def writing(x):
    written.add_(1)
    written[0] = 5
    return norm(x).sum()


def noisy(x):
    return F.dropout(x).sum()


def twice(xs, scale=1.0, *, flag=False):
    total = 0
    for x in xs:
        total = total + scale * x.exp().sum()
    return -total if flag else total


def example_inputs():
    return torch.ones(5, 3), torch.ones(5)
