"""What users of functorch write: in-place operators on views, indices of every sort, and small algorithms."""

import functools
import itertools
import operator
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from oplift import jacfwd, jacrev

from .truth import Row, compare, complexes, fixed, integers, masks, positive, real, row


def with_statements(text: str) -> Callable[..., Tensor]:
    """The function that runs these statements on a copy y of its first argument, which is the result."""
    code = compile(text, f"<{text}>", "exec")

    def f(x: Tensor, *rest: Tensor) -> Tensor:
        names = {"torch": torch, "F": F, "y": x.clone(), **dict(zip("ab", rest, strict=False))}
        exec(code, names)
        return names["y"] * 1

    return f


#: Statements that write to y; a and b are the other arguments.
WRITES = [
    ("y[1:].mul_(2); y[0] = y[-1]", real(4)),
    ("z = y.view(2, 2).t(); z[0].mul_(3.); z.diagonal().fill_(7)", real(4)),
    ("y.unfold(0, 2, 2).mul_(torch.tensor([2., 3.]))", real(5)),
    ("z = y.unsqueeze(0); z += 1; z.squeeze_(0)", real(4)),
    ("y.flatten()[0] = 3.; y.reshape(-1)[1] = 4.", real(2, 2)),
    ("y.movedim(0, 1)[0] = 2.; y.T[0] += 1; y.narrow(0, 0, 1).neg_()", real(2, 2)),
    ("y.unflatten(0, (2, 2))[1, 1] = 9", real(4)),
    ("y.diagonal(1).copy_(a)", real(3, 3), real(2)),
    ("y[:2, :2].copy_(a); y[2:, 2:] = b", real(4, 4), real(2, 2), real(2, 2)),
    ("y[a] = 0; y[a] += b", real(5), fixed([[0, 1], [3, 2], [4, 1]]), real(2)),
    ("y[:, a] = y[:, a] * 2; y[0, a] = 3", real(3, 5), fixed([[0, 1], [3, 2], [4, 1]])),
    ("y[a, :, b] = 1; y[a][0] = 5.", real(3, 4, 5), integers(3, 2), integers(5, 2)),
    ("y.index_add_(0, a, y[:2].clone()); y.index_fill_(1, torch.tensor([1]), 2.)", real(4, 3), integers(4, 2)),
    ("y.scatter_add_(0, a, b); y.masked_fill_(y > 1, 0.25)", real(4, 3), integers(4, 2, 3), real(2, 3)),
    ("y.put_(torch.tensor([1, 3]), a); y.fill_diagonal_(4.); y.tril_()", real(3, 3), real(2)),
    ("torch.sin_(y); y.clamp_(min=0); y.add_(1, alpha=2); y.pow_(2); y /= 3", real(4)),
    ("F.relu(y, inplace=True); F.dropout(y, 0., True, inplace=True)", real(3)),
    ("y[..., 0] += y[..., 1]; y[None, :, -1].zero_()", real(2, 3)),
    # by masks that select other numbers of elements in each example
    ("y[a] = 0", real(4, 3), masks(4)),
    ("y[a] = b", real(4, 3), masks(4), real()),
    ("y[a] = b", real(4, 3), masks(4), real(3)),
    ("y[a] = b", real(4, 3), masks(4), real(1, 3)),
    ("y[:, a] = b", real(4, 3), masks(3), real(4, 1)),
    ("y[a, 1] = b; y[..., 0][a] = 3.", real(4, 3), masks(4), real()),
    ("y[a] = b", real(2, 3), masks(2, 3), real(1)),
    ("y.index_put_((a,), b, accumulate=True)", real(4, 3), masks(4), real()),
    ("y[y < 0] = 0; y[torch.isnan(y)] = 1; y[y > 1] = a", real(6), real()),
    ("y[a] = b", real(3), fixed([True, False, True]), real()),
    ("y[True] = a; y[False] = 7.", real(3), real()),
    ("y.real.mul_(3); y.imag.add_(1); y.conj().imag.mul_(2)", complexes(3)),
    ("torch.view_as_real(y)[..., 0] *= 3", complexes(3)),
]


@pytest.mark.parametrize("at", range(len(WRITES)), ids=[text for text, *_ in WRITES])
def test_writes(at: int) -> None:
    text, *inputs = WRITES[at]
    compare(row(with_statements(text), *inputs))


_PAIR = (integers(4, 2), integers(5, 2))
#: Expressions of x, and i, j.
READS = [
    ("x[i]", real(4, 5, 3), integers(4, 2)),
    ("x[i, j]", real(4, 5, 3), *_PAIR),
    ("x[i, :, j % 3]", real(4, 5, 3), *_PAIR),
    ("x[..., i % 3]", real(4, 5, 3), integers(4, 2)),
    ("x[None, i, ..., None, 0]", real(4, 5, 3), integers(4, 2)),
    ("x[i[:, None], j[None]]", real(4, 5, 3), *_PAIR),
    ("x[i, [0, 1]]", real(4, 5, 3), integers(4, 2)),
    ("x[i, :, i % 3]", real(4, 5, 3), integers(4)),
    ("x[-i - 1, 1:3, torch.tensor([0, 2])]", real(4, 5, 3), integers(4, 2)),
    ("x[i.int(), 0]", real(4, 5, 3), integers(4, 2)),
    ("x[True]", real(4, 5)),
    ("x[i]", real(4, 5), fixed([True, True, True])),
    ("x[[True, False, True, False]]", real(4, 5)),
    ("x[[]]", real(4, 5)),
    ("x[::2, 1:-1:2, -1]", real(4, 5, 3)),
    ("x[([0, 1], [1, 2])]", real(4, 5, 3)),
    ("x[torch.tril_indices(3, 3).unbind()]", real(3, 3)),
    ("torch.take_along_dim(x, i[:, None], 0)", real(4, 5), integers(4, 2)),
    ("x.gather(0, (torch.arange(5) - i) % 5)", real(5), integers(5)),
    ("x.index_select(0, i + torch.arange(2))", real(5), integers(3)),
    ("x[i.nonzero(as_tuple=True)]", real(4), fixed([[1, 0, 1, 0], [0, 1, 1, 0], [1, 1, 0, 0]])),
    ("x.masked_select(i > 0)", real(4), fixed([[1, 0, 1, 0], [0, 1, 1, 0], [1, 1, 0, 0]])),
    ("torch.unique(i, return_inverse=True, return_counts=True)", real(4), fixed([[1, 2, 2], [3, 4, 3], [5, 5, 1]])),
    ("x.repeat_interleave(i, output_size=6)", real(4), fixed([[1, 2, 0, 3], [2, 2, 2, 0], [0, 0, 0, 6]])),
    ("x.repeat_interleave(i)", real(4), fixed([[1, 2, 0, 3], [2, 2, 2, 0], [0, 0, 0, 6]])),
    ("x[x[:, 0].argsort(stable=True)]", real(5, 2)),
]


@pytest.mark.parametrize("at", range(len(READS)), ids=[text for text, *_ in READS])
def test_reads(at: int) -> None:
    text, *inputs = READS[at]
    compare(row(eval(f"lambda x, i=None, j=None: {text}", {"torch": torch}), *inputs))


def recurrence(x: Tensor) -> Tensor:
    steps = []
    for i in range(x.shape[0]):
        steps.append(x[i] if not steps else steps[-1] * x[i].sin())
    return torch.stack(steps)


def graph_layer(x: Tensor, w: Tensor) -> Tensor:
    edges = torch.tensor([[0, 1, 2, 2], [1, 2, 0, 1]])
    messages = (x @ w)[edges[0]]
    total = x.new_zeros(3, 2).index_add_(0, edges[1], messages)
    return total + x.new_zeros(3, 2).scatter_reduce_(0, edges[1][:, None].expand(4, 2), messages, "amax")


def rotary(x: Tensor) -> Tensor:
    angles = torch.arange(6.0, dtype=torch.float64).reshape(3, 2)
    turned = torch.view_as_complex(x.reshape(3, 2, 2)) * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(turned).flatten(1)


def triangle(x: Tensor) -> Tensor:
    lower = x.new_zeros(3, 3)
    lower[tuple(torch.tril_indices(3, 3))] = x
    return lower @ lower.mT


def sinkhorn(x: Tensor) -> Tensor:
    for _ in range(2):
        x = x.log_softmax(0).log_softmax(1)
    return x


def attention(q: Tensor, k: Tensor) -> Tensor:
    hidden = torch.triu(torch.ones(3, 3), 1).bool()
    return (q @ k.mT / 2).masked_fill(hidden, float("-inf")).softmax(-1) @ k


def runge_kutta(x: Tensor) -> Tensor:
    def slope(z: Tensor) -> Tensor:
        return torch.stack([z[1], -z[0].sin()])

    return x + 0.1 * (slope(x) + 2 * slope(x + 0.05 * slope(x)))


ALGORITHMS: dict[str, Row] = {
    "recurrence": row(recurrence, real(4)),
    "graph layer": row(graph_layer, real(3, 4), real(4, 2)),
    "rotary embedding": row(rotary, real(3, 4)),
    "triangle": row(triangle, real(6)),
    "sinkhorn": row(sinkhorn, real(3, 3)),
    "causal attention": row(attention, real(3, 4), real(3, 4)),
    "runge-kutta": row(runge_kutta, real(2)),
    "log-sum-exp scan": row(lambda x: torch.stack(list(itertools.accumulate(x.unbind(0), torch.logaddexp))), real(5)),
    "top-k mask": row(lambda x: torch.zeros_like(x).scatter_(-1, x.topk(2)[1], 1.0) * x, real(5)),
    "beam": row(lambda x: [(v, i // 5, i % 5) for v, i in [x.view(-1).topk(3)]], real(2, 5)),
    "gaussian posterior": row(
        lambda a, x: torch.linalg.solve(a @ a.mT + torch.eye(3, dtype=a.dtype), a @ x), real(3, 3), real(3)
    ),
    "reduce of maxima": row(lambda x: functools.reduce(torch.maximum, list(x)), real(4)),
    "python's sum": row(lambda x: sum(x) + sum(x[i] * i for i in range(3)), real(4)),
    "unpacking": row(lambda x: [a * b + c for a, b, c in [x]], real(3)),
    "in-place operators": row(lambda x: operator.itruediv(operator.iadd(x * 1, 2), x), positive(3)),
    "python's operators": row(lambda x: 1 / x + 2**x + x % 2 + (-x) ** 2 + abs(x) + 3 - x, positive(3)),
    "vandermonde": row(lambda x: (x.sum(), torch.vander(x, 3).detach(), torch.vander(x, 0)), real(4)),
    "standardised image": row(
        lambda x: (x - x.mean((1, 2), True)) / x.std((1, 2), keepdim=True), real(2, 3, 3)
    ),
    "memory formats": row(
        lambda x: x.to(memory_format=torch.channels_last) * x.contiguous(memory_format=torch.channels_last),
        real(2, 3, 2, 2),
    ),
    "short-time fourier": row(
        lambda x: torch.view_as_real(
            torch.stft(x.mT, 8, window=torch.hann_window(8, dtype=x.dtype), return_complex=True)
        ),
        real(24, 2),
    ),
    "guards of pytorch": row(lambda x, t, v: F.gaussian_nll_loss(x, t, v), real(4), real(4), positive(4)),
    "weighted covariance": row(lambda x, w: torch.cov(x, aweights=w), real(2, 5), positive(5)),
}  # fmt: skip


@pytest.mark.parametrize("name", ALGORITHMS)
def test_algorithms(name: str) -> None:
    compare(ALGORITHMS[name])


def test_vander_has_the_derivatives_of_powers() -> None:
    """PyTorch's own backward of vander raises: its body writes over what it saved."""
    x = torch.tensor([0.5, -2.0, 0.0], dtype=torch.float64)
    powers = torch.func.jacrev(lambda x: torch.stack([x**3, x**2, x, x**0], 1))(x)
    assert torch.allclose(jacrev(lambda x: torch.vander(x, 4))(x), powers)
    assert torch.allclose(jacfwd(lambda x: torch.vander(x, 4))(x), powers)
