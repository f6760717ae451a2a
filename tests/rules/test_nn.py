"""Neural networks under the transforms and their nestings, against loops and PyTorch's own autograd.

The second half holds the operators with fused kernels against their definitions, to the third derivative.
"""

import itertools
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

import oplift
from tests import loops

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")  # PyTorch's, of the plain operator

BATCH = 3
Function = Callable[..., Tensor]


def close(got: Tensor, want: Tensor) -> None:
    torch.testing.assert_close(got, want, rtol=1e-6, atol=1e-7)


# ---------------------------------------------------------------- whole networks


class Sequence(nn.Module):
    """A recurrent network over [time, N, features], and the mean of what it gives."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)[0]


def mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))


def cnn(norm: nn.Module, pool: nn.Module) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1),
        norm,
        nn.GELU(),
        pool,
        nn.Conv2d(4, 3, 2, groups=1),
        nn.Flatten(),
        nn.Linear(3, 2),
    )


def frozen_batch_norm() -> nn.Module:
    norm = nn.BatchNorm2d(4)
    norm.running_mean.uniform_(-1, 1)
    norm.running_var.uniform_(0.5, 1.5)
    return norm.eval()


def encoder(**options: Any) -> nn.Module:
    return nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True, **options)


NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "mlp": (mlp, (2, 4)),
    "cnn, batch norm": (lambda: cnn(nn.BatchNorm2d(4, track_running_stats=False), nn.MaxPool2d(2)), (3, 2, 4, 4)),
    "cnn, frozen batch norm": (lambda: cnn(frozen_batch_norm(), nn.AvgPool2d(2)), (2, 2, 4, 4)),
    "cnn, group norm": (lambda: cnn(nn.GroupNorm(2, 4), nn.AdaptiveAvgPool2d(2)), (2, 2, 4, 4)),
    "cnn, instance norm": (lambda: cnn(nn.InstanceNorm2d(4, affine=True), nn.AdaptiveMaxPool2d(2)), (2, 2, 4, 4)),
    "cnn, layer norm": (lambda: cnn(nn.LayerNorm((4, 4, 4)), nn.MaxPool2d(2)), (2, 2, 4, 4)),
    "cnn, one image": (lambda: nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.MaxPool2d(2)), (2, 4, 4)),
    "transposed": (lambda: nn.Sequential(nn.ConvTranspose2d(2, 3, 3, stride=2), nn.PReLU(3)), (2, 2, 3, 3)),
    "transformer encoder": (lambda: encoder(activation=F.gelu), (2, 3, 4)),
    "transformer encoder, norm first": (lambda: encoder(norm_first=True), (2, 3, 4)),
    "lstm": (lambda: Sequence(nn.LSTM(3, 2, num_layers=2)), (4, 2, 3)),
    "lstm, projected, bidirectional": (lambda: Sequence(nn.LSTM(3, 3, proj_size=2, bidirectional=True)), (3, 2, 3)),
    "gru": (lambda: Sequence(nn.GRU(3, 2, bidirectional=True, batch_first=True)), (2, 4, 3)),
    "rnn": (lambda: Sequence(nn.RNN(3, 2, nonlinearity="tanh")), (3, 2, 3)),
    "lstm cell": (lambda: nn.LSTMCell(3, 2), (2, 3)),
    "gru cell": (lambda: nn.GRUCell(3, 2), (2, 3)),
}


class Network:
    """A network as a function of one vector of parameters and one input, with a scalar loss."""

    def __init__(self, name: str) -> None:
        make, self.shape = NETWORKS[name]
        self.module = make().double()
        self.parameters = dict(self.module.named_parameters())
        self.start = torch.cat([p.detach().flatten() for p in self.parameters.values()])

    def inputs(self, n: int = BATCH) -> Tensor:
        return torch.randn(n, *self.shape, dtype=torch.float64)

    def call(self, vector: Tensor, x: Tensor) -> Tensor:
        pieces = vector.split([p.numel() for p in self.parameters.values()])
        named = {k: v.reshape(p.shape) for (k, p), v in zip(self.parameters.items(), pieces, strict=True)}
        out = torch.func.functional_call(self.module, named, (x,))
        return out[0] if isinstance(out, tuple) else out

    def loss(self, vector: Tensor, x: Tensor) -> Tensor:
        return self.call(vector, x).sin().square().mean()


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> Network:
    return Network(request.param)


def test_examples(network: Network) -> None:
    xs = network.inputs()
    close(
        oplift.vmap(network.call, (None, 0))(network.start, xs),
        torch.stack([network.call(network.start, x) for x in xs]),
    )


@pytest.mark.parametrize("data", [None, 0], ids=["shared data", "own data"])
def test_ensemble(network: Network, data: int | None) -> None:
    vectors = network.start + 0.1 * torch.randn(BATCH, *network.start.shape, dtype=torch.float64)
    xs = network.inputs() if data == 0 else network.inputs(1)[0]
    want = [network.call(v, xs[i] if data == 0 else xs) for i, v in enumerate(vectors)]
    close(oplift.vmap(network.call, (0, data))(vectors, xs), torch.stack(want))


def test_gradients(network: Network) -> None:
    x = network.inputs(1)[0]
    close(oplift.grad(network.loss)(network.start, x), loops.grad(lambda v: network.loss(v, x))(network.start))
    close(oplift.grad(network.loss, 1)(network.start, x), loops.grad(lambda x: network.loss(network.start, x))(x))


def test_gradients_of_examples(network: Network) -> None:
    xs = network.inputs()
    want = [loops.grad(lambda v, x=x: network.loss(v, x))(network.start) for x in xs]
    close(oplift.vmap(oplift.grad(network.loss), (None, 0))(network.start, xs), torch.stack(want))


def test_gradients_of_an_ensemble(network: Network) -> None:
    vectors = network.start + 0.1 * torch.randn(BATCH, *network.start.shape, dtype=torch.float64)
    xs = network.inputs()
    want = [loops.grad(lambda v, x=x: network.loss(v, x))(v) for v, x in zip(vectors, xs, strict=True)]
    close(oplift.vmap(oplift.grad(network.loss))(vectors, xs), torch.stack(want))


def test_tangents(network: Network) -> None:
    x = network.inputs(1)[0]
    v, t = torch.randn_like(network.start), torch.randn_like(x)
    got = oplift.jvp(network.call, (network.start, x), (v, t))[1]
    with sdpa_kernel(SDPBackend.MATH):  # the others have no second derivative in PyTorch, which the oracle takes
        along = loops.jvp(lambda p: network.call(p, x), (network.start,), (v,))[1]
        along = along + loops.jvp(lambda x: network.call(network.start, x), (x,), (t,))[1]
    close(got, along)


def hessian_vector(network: Network, vector: Tensor, x: Tensor, v: Tensor) -> Tensor:
    return oplift.jvp(lambda p: oplift.grad(network.loss)(p, x), (vector,), (v,))[1]


def test_tangents_of_gradients(network: Network) -> None:
    xs, v = network.inputs(), torch.randn_like(network.start)
    with sdpa_kernel(SDPBackend.MATH):
        want = [loops.jvp(loops.grad(lambda p, x=x: network.loss(p, x)), (network.start,), (v,))[1] for x in xs]
    close(hessian_vector(network, network.start, xs[0], v), want[0])
    many = oplift.vmap(lambda x: hessian_vector(network, network.start, x, v))(xs)
    close(many, torch.stack(want))


# ---------------------------------------------------------------- operators against their definitions


@dataclass
class Row:
    """An operator: how torch calls it, what it means, and the shapes of the operands."""

    call: Function
    definition: Function | None
    shapes: tuple[tuple[int, ...], ...]
    order: int = 3


def affine(x: Tensor, weight: Tensor, bias: Tensor, shape: tuple[int, ...]) -> Tensor:
    return x * weight.reshape(shape) + bias.reshape(shape)


def layer_norm(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    var, mean = torch.var_mean(x, -1, keepdim=True, correction=0)
    return (x - mean) / (var + 1e-3).sqrt() * w + b


def group_norm(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    grouped = x.reshape(x.shape[0], 2, -1)
    var, mean = torch.var_mean(grouped, -1, keepdim=True, correction=0)
    return affine(((grouped - mean) / (var + 1e-3).sqrt()).reshape(x.shape), w, b, (1, -1, 1))


def batch_norm(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    var, mean = torch.var_mean(x, (0, 2), keepdim=True, correction=0)
    return affine((x - mean) / (var + 1e-3).sqrt(), w, b, (1, -1, 1))


def frozen_norm(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    mean, var = torch.tensor([0.5, -0.5]).double(), torch.tensor([2.0, 0.7]).double()
    return affine((x - mean.reshape(1, 2, 1)) / (var + 1e-3).sqrt().reshape(1, 2, 1), w, b, (1, -1, 1))


def attention(q: Tensor, k: Tensor, v: Tensor, causal: bool = False) -> Tensor:
    scores = q @ k.mT / q.shape[-1] ** 0.5
    if causal:
        scores = scores.masked_fill(~torch.ones(scores.shape[-2:]).tril().bool(), -torch.inf)
    return scores.softmax(-1) @ v


def masked_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    return (q @ k.mT / q.shape[-1] ** 0.5 + mask).softmax(-1) @ v


def sampled(image: Tensor, grid: Tensor, mode: str = "bilinear") -> Tensor:
    return F.grid_sample(image, grid.tanh() * 1.3, mode=mode, align_corners=False)


def bilinear(image: Tensor, grid: Tensor) -> Tensor:
    """grid_sample with zeros outside, one point and one corner at a time."""
    n, _, h, w = image.shape
    points = ((grid.tanh() * 1.3 + 1) * torch.tensor([w, h]) - 1) / 2
    padded = F.pad(image, (2, 2, 2, 2))
    rows = []
    for i, (y, x) in itertools.product(range(n), itertools.product(range(grid.shape[1]), range(grid.shape[2]))):
        px, py = points[i, y, x]
        fx, fy = px.detach().floor(), py.detach().floor()
        corners = [
            padded[i, :, int(fy) + b + 2, int(fx) + a + 2] * (1 - (px - fx - a).abs()) * (1 - (py - fy - b).abs())
            for a, b in itertools.product((0, 1), repeat=2)
        ]
        rows.append(torch.stack(corners).sum(0))
    return torch.stack(rows).reshape(n, *grid.shape[1:3], image.shape[1]).permute(0, 3, 1, 2)


def statistics(running: tuple[float, ...]) -> Tensor:
    return torch.tensor(running, dtype=torch.float64)


CLASSES = torch.tensor([1, 0, 2, 1])

ROWS = {
    "conv1d": Row(lambda x, w, b: F.conv1d(x, w, b, 2, 1), None, ((2, 2, 5), (3, 2, 3), (3,))),
    "conv2d, groups": Row(lambda x, w, b: F.conv2d(x, w, b, 1, 1, 2, 2), None, ((1, 4, 4, 4), (2, 2, 3, 3), (2,))),
    "conv2d, same": Row(lambda x, w: F.conv2d(x, w, padding="same"), None, ((1, 2, 4, 3), (2, 2, 2, 3))),
    "conv3d": Row(lambda x, w: F.conv3d(x, w), None, ((1, 1, 3, 3, 3), (2, 1, 2, 2, 2))),
    "transposed": Row(
        lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1, 1, 2), None, ((1, 4, 3, 3), (4, 1, 3, 3), (2,)), order=2
    ),
    "layer norm": Row(lambda x, w, b: F.layer_norm(x, (4,), w, b, 1e-3), layer_norm, ((3, 4), (4,), (4,))),
    "group norm": Row(lambda x, w, b: F.group_norm(x, 2, w, b, 1e-3), group_norm, ((2, 4, 3), (4,), (4,))),
    "batch norm": Row(
        lambda x, w, b: F.batch_norm(x, None, None, w, b, True, 0.1, 1e-3), batch_norm, ((3, 2, 2), (2,), (2,))
    ),
    "frozen batch norm": Row(
        lambda x, w, b: F.batch_norm(x, statistics((0.5, -0.5)), statistics((2.0, 0.7)), w, b, False, 0.1, 1e-3),
        frozen_norm,
        ((2, 2, 2), (2,), (2,)),
    ),
    "attention": Row(F.scaled_dot_product_attention, attention, ((1, 2, 3, 2), (1, 2, 4, 2), (1, 2, 4, 2))),
    "causal attention": Row(
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
        lambda q, k, v: attention(q, k, v, True),
        ((2, 3, 2), (2, 3, 2), (2, 3, 2)),
    ),
    "masked attention": Row(
        lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, attn_mask=m),
        masked_attention,
        ((1, 2, 3, 2), (1, 2, 3, 2), (1, 2, 3, 2), (3, 3)),
        order=2,
    ),
    "grid sample": Row(sampled, bilinear, ((1, 2, 4, 3), (1, 2, 2, 2))),
    "grid sample, bicubic": Row(lambda x, g: sampled(x, g, "bicubic"), None, ((1, 1, 4, 4), (1, 1, 2, 2)), order=2),
    "max pool": Row(lambda x: F.max_pool2d(x, 2, 1), None, ((1, 2, 3, 3),)),
    "average pool": Row(lambda x: F.avg_pool3d(x, 2, 1, 1), None, ((1, 2, 2, 2, 2),)),
    "resize": Row(lambda x: F.interpolate(x, (3, 4), mode="bicubic"), None, ((1, 2, 2, 3),)),
    "resize, antialiased": Row(
        lambda x: F.interpolate(x, (2, 2), mode="bilinear", antialias=True), None, ((1, 1, 4, 3),)
    ),
    "mse": Row(F.mse_loss, lambda x, y: (x - y).square().mean(), ((2, 3), (2, 3))),
    "huber": Row(lambda x, y: F.huber_loss(x, y, delta=0.7), None, ((2, 3), (2, 3)), order=2),
    "smooth l1": Row(lambda x, y: F.smooth_l1_loss(x, y, reduction="sum", beta=0.7), None, ((4,), (4,)), order=2),
    "soft margin": Row(lambda x, y: F.soft_margin_loss(x, y), lambda x, y: F.softplus(-x * y).mean(), ((2, 3), (2, 3))),
    "bce": Row(
        lambda x, y, w: F.binary_cross_entropy(x.sigmoid(), y.sigmoid(), w),
        lambda x, y, w: -(w * (y.sigmoid() * F.logsigmoid(x) + (1 - y.sigmoid()) * F.logsigmoid(-x))).mean(),
        ((2, 3), (2, 3), (3,)),
    ),
    "bce with logits": Row(
        lambda x, y, w, p: F.binary_cross_entropy_with_logits(x, y, w, pos_weight=p),
        lambda x, y, w, p: -(w * (p * y * F.logsigmoid(x) + (1 - y) * F.logsigmoid(-x))).mean(),
        ((2, 3), (2, 3), (3,), (3,)),
    ),
    "cross entropy": Row(
        lambda x: F.cross_entropy(x, CLASSES, ignore_index=2),
        lambda x: (x.logsumexp(1) - x.gather(1, CLASSES[:, None])[:, 0])[CLASSES != 2].mean(),
        ((4, 3),),
    ),
    "cross entropy, smoothed": Row(
        lambda x: F.cross_entropy(x, CLASSES, statistics((1.0, 2.0, 0.5)), label_smoothing=0.2), None, ((4, 3),)
    ),
    "multi margin": Row(
        lambda x: F.multi_margin_loss(x, CLASSES, p=2, reduction="sum"),
        lambda x: (
            (1 - x.gather(1, CLASSES[:, None]) + x).clamp(min=0).square().scatter(1, CLASSES[:, None], 0).sum() / 3
        ),
        ((4, 3),),
    ),
    "prelu": Row(F.prelu, lambda x, w: torch.where(x > 0, x, w[:, None] * x), ((2, 3, 2), (3,))),
}


@pytest.fixture(params=ROWS)
def row(request: pytest.FixtureRequest) -> Row:
    return ROWS[request.param]


def draw(shapes: tuple[tuple[int, ...], ...]) -> list[Tensor]:
    return [torch.randn(s, dtype=torch.float64) for s in shapes]


def test_every_batching(row: Row) -> None:
    """Every choice of operands that are batched, along the first or the last dimension."""
    for flags in itertools.product((False, True), repeat=len(row.shapes)):
        if not any(flags):
            continue
        operands = draw(tuple((BATCH, *s) if f else s for s, f in zip(row.shapes, flags, strict=True)))
        want = [row.call(*(x[i] if f else x for x, f in zip(operands, flags, strict=True))) for i in range(BATCH)]
        dims = tuple(0 if f else None for f in flags)
        close(oplift.vmap(row.call, dims)(*operands), torch.stack(want))
        last = [x.movedim(0, -1).contiguous() if f else x for x, f in zip(operands, flags, strict=True)]
        close(oplift.vmap(row.call, tuple(-1 if f else None for f in flags))(*last), torch.stack(want))


def derivative(
    grad: Callable[[Function], Function], function: Function, order: int, directions: list[Tensor]
) -> Function:
    """The gradient of the last directional derivative, `order` gradients in all."""
    for direction in directions[: order - 1]:
        function = directional(grad(function), direction)
    return grad(function)


def directional(gradient: Function, direction: Tensor) -> Function:
    return lambda x: (gradient(x) * direction).sum()


def test_batched_cotangents(row: Row) -> None:
    """The rows of a Jacobian: of all that a backward is given, the cotangent alone has a batch."""
    operands = draw(row.shapes)
    out, pullback = oplift.vjp(row.call, *operands)
    cotangents = torch.randn(BATCH, *out.shape, dtype=torch.float64)
    each = [pullback(c) for c in cotangents]
    for got, *want in zip(oplift.vmap(pullback)(cotangents), *each, strict=True):
        close(got, torch.stack(want))


@pytest.mark.parametrize("order", [1, 2, 3])
def test_derivatives(row: Row, order: int) -> None:
    """Gradients of all operands at once, of directional derivatives of gradients; the same by oplift and autograd."""
    if order > row.order:
        pytest.skip("the definition that PyTorch has goes no further")
    operands = draw(row.shapes)
    sizes = [x.numel() for x in operands]
    point = torch.cat([x.flatten() for x in operands])

    def scalar(function: Function) -> Function:
        def of_vector(vector: Tensor) -> Tensor:
            pieces = [p.reshape(x.shape) for p, x in zip(vector.split(sizes), operands, strict=True)]
            return function(*pieces).sin().sum()

        return of_vector

    directions = draw((tuple(point.shape),) * order)
    got = derivative(oplift.grad, scalar(row.call), order, directions)
    close(got(point), derivative(loops.grad, scalar(row.definition or row.call), order, directions)(point))
    moved = oplift.jvp(got, (point,), (directions[-1],))[1]
    again = oplift.vmap(lambda d: oplift.jvp(got, (point,), (d,))[1])(directions[-1][None])[0]
    close(moved, again)


# ---------------------------------------------------------------- what no table shows


def test_running_statistics_of_each_example() -> None:
    norm = nn.BatchNorm1d(2).double()
    xs = torch.randn(BATCH, 4, 2, dtype=torch.float64)
    means, variances = torch.zeros(BATCH, 2).double(), torch.ones(BATCH, 2).double()

    def step(x: Tensor, mean: Tensor, var: Tensor) -> Tensor:
        return F.batch_norm(x, mean, var, norm.weight.detach(), None, True, 0.3)

    want_means, want_variances = means.clone(), variances.clone()
    want = torch.stack([step(x, want_means[i], want_variances[i]) for i, x in enumerate(xs)])
    close(oplift.vmap(step)(xs, means, variances), want)
    close(means, want_means)
    close(variances, want_variances)


def test_shared_running_statistics_end_as_after_a_loop() -> None:
    xs = torch.randn(BATCH, 4, 2, dtype=torch.float64)
    mean, var = torch.zeros(2).double(), torch.ones(2).double()
    want_mean, want_var = mean.clone(), var.clone()
    want = torch.stack([F.batch_norm(x, want_mean, want_var, training=True, momentum=0.3) for x in xs])

    def norm(x: Tensor) -> Tensor:
        return F.batch_norm(x, mean, var, training=True, momentum=0.3)

    close(oplift.vmap(norm)(xs), want)
    close(mean, want_mean)
    close(var, want_var)
    oplift.vmap(oplift.vmap(oplift.grad(lambda x: norm(x).sum())))(xs[None])
    for x in xs:
        F.batch_norm(x, want_mean, want_var, training=True, momentum=0.3)
    close(mean, want_mean)
    close(var, want_var)


def test_packed_sequences() -> None:
    net = nn.LSTM(3, 2, bidirectional=True).double()
    lengths = torch.tensor([4, 2, 1])

    def run(x: Tensor) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths)
        out, (hidden, _) = net(packed)
        return torch.cat([out.data.flatten(), hidden.flatten()])

    xs = torch.randn(BATCH, 4, 3, 3, dtype=torch.float64)
    weights = torch.randn_like(run(xs[0]))
    close(oplift.vmap(run)(xs), torch.stack([run(x) for x in xs]).detach())
    got = oplift.vmap(oplift.grad(lambda x: (run(x) * weights).sum()))(xs)
    close(got.detach(), torch.stack([loops.grad(lambda x: (run(x) * weights).sum())(x) for x in xs]).detach())


def test_ctc_has_second_derivatives() -> None:
    """Against the definition: the sum over all paths that collapse to the labels."""
    labels, time, classes = (1, 2), 4, 3
    paths = [
        p
        for p in itertools.product(range(classes), repeat=time)
        if tuple(k for k, _ in itertools.groupby(p) if k) == labels
    ]

    def definition(logits: Tensor) -> Tensor:
        scores = logits.log_softmax(-1)[:, 0]
        return -torch.stack([sum(scores[t, k] for t, k in enumerate(p)) for p in paths]).logsumexp(0)  # type: ignore[misc]

    def loss(logits: Tensor) -> Tensor:
        targets = torch.tensor([labels])
        return F.ctc_loss(logits.log_softmax(-1), targets, (time,), (len(labels),), reduction="sum")

    logits, v = torch.randn(time, 1, classes).double(), torch.randn(time, 1, classes).double()
    close(oplift.grad(loss)(logits), loops.grad(definition)(logits))
    want = loops.jvp(loops.grad(definition), (logits,), (v,))[1]
    close(oplift.jvp(oplift.grad(loss), (logits,), (v,))[1], want)
    close(oplift.vmap(lambda v: oplift.jvp(oplift.grad(loss), (logits,), (v,))[1])(v[None])[0], want)


def test_no_examples() -> None:
    """A batch of size zero gives shapes, and no kernel is asked to divide by its number of groups."""
    x, w = torch.randn(0, 2, 4, 6, 6), torch.randn(0, 3, 4, 3, 3)
    assert oplift.vmap(F.conv2d)(x, w).shape == (0, 2, 3, 4, 4)
    assert oplift.vmap(oplift.grad(lambda w, x: F.conv2d(x, w).sum()))(w, x).shape == w.shape
    for function in (
        lambda x: F.batch_norm(x, None, None, training=True),
        lambda x: F.layer_norm(x, (6,)),
        lambda x: F.group_norm(x, 2),
        lambda x: F.max_pool2d(x, 2),
        lambda x: F.scaled_dot_product_attention(x, x, x),
    ):
        assert oplift.vmap(oplift.grad(lambda x, f=function: f(x).sum()))(x).shape == x.shape


def test_nothing_loops() -> None:
    """Per-example gradients of convolutions and attentions run no operator per example."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", oplift.FallbackWarning)
        for name in ("cnn, batch norm", "transformer encoder", "lstm"):
            network = Network(name)
            oplift.vmap(oplift.grad(network.loss), (None, 0))(network.start, network.inputs())
