"""The workloads: functions from a library of transforms to a call, and the arguments of that call.

Each is written once, for any module that has the names of torch.func.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Call = tuple[Callable[..., Any], tuple[Any, ...]]
WORKLOADS: dict[str, Callable[[Any], Call]] = {}


def workload(function: Callable[[Any], Call]) -> Callable[[Any], Call]:
    """Add a workload; its name begins with its kind, `overhead_` or `real_`."""
    WORKLOADS[function.__name__] = function
    return function


# ---------------------------------------------------------------- overhead: many operators on tiny tensors


def chain(x: Tensor) -> Tensor:
    """Thirty operators."""
    for _ in range(10):
        x = torch.sin(x) * 1.1 + 0.1
    return x


def chain_sum(x: Tensor) -> Tensor:
    return chain(x).sum()


def two_layers(w: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda x: torch.tanh(w @ torch.tanh(w @ x))


@workload
def overhead_vmap(t: Any) -> Call:
    return t.vmap(chain), (torch.randn(4, 3),)


@workload
def overhead_vmap_vmap(t: Any) -> Call:
    return t.vmap(t.vmap(chain)), (torch.randn(4, 5, 3),)


@workload
def overhead_grad(t: Any) -> Call:
    return t.grad(chain_sum), (torch.randn(3),)


@workload
def overhead_vmap_grad(t: Any) -> Call:
    return t.vmap(t.grad(chain_sum)), (torch.randn(4, 3),)


@workload
def overhead_grad_grad(t: Any) -> Call:
    first = t.grad(chain_sum)
    return t.grad(lambda x: first(x).sum()), (torch.randn(3),)


@workload
def overhead_jvp(t: Any) -> Call:
    return lambda x, v: t.jvp(chain, (x,), (v,)), (torch.randn(3), torch.randn(3))


@workload
def overhead_jvp_grad(t: Any) -> Call:
    return lambda x, v: t.jvp(t.grad(chain_sum), (x,), (v,)), (torch.randn(3), torch.randn(3))


@workload
def overhead_jacrev(t: Any) -> Call:
    return t.jacrev(two_layers(torch.randn(8, 8))), (torch.randn(8),)


@workload
def overhead_jacfwd(t: Any) -> Call:
    return t.jacfwd(two_layers(torch.randn(8, 8))), (torch.randn(8),)


@workload
def overhead_hessian(t: Any) -> Call:
    f = two_layers(torch.randn(8, 8))
    return t.hessian(lambda x: f(x).sum()), (torch.randn(8),)


# ---------------------------------------------------------------- real: what people use function transforms for


def layers(*sizes: int) -> list[Tensor]:
    """Weights and biases, alternating."""
    pairs = itertools.pairwise(sizes)
    return [p for i, o in pairs for p in (torch.randn(i, o) / math.sqrt(i), torch.zeros(o))]


def mlp(p: list[Tensor], x: Tensor) -> Tensor:
    for w, b in zip(p[:-2:2], p[1:-2:2], strict=True):
        x = torch.tanh(x @ w + b)
    return x @ p[-2] + p[-1]


def per_sample(t: Any, model: nn.Module, xs: Tensor, ys: Tensor) -> Call:
    params = {name: p.detach() for name, p in model.named_parameters()}

    def loss(params: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(t.functional_call(model, params, (x.unsqueeze(0),)), y.unsqueeze(0))

    return t.vmap(t.grad(loss), in_dims=(None, 0, 0)), (params, xs, ys)


def labels(n: int) -> Tensor:
    return torch.randint(10, (n,))


@workload
def real_per_sample_mlp(t: Any) -> Call:
    model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))
    return per_sample(t, model, torch.randn(64, 64), labels(64))


@workload
def real_per_sample_cnn(t: Any) -> Call:
    body = nn.Conv2d(1, 16, 3), nn.ReLU(), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2)
    return per_sample(t, nn.Sequential(*body, nn.Flatten(), nn.Linear(512, 10)), torch.randn(32, 1, 12, 12), labels(32))


class Transformer(nn.Module):
    """One encoder layer over embedded tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(500, 32)
        self.encoder = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, activation="gelu", batch_first=True)
        self.head = nn.Linear(32, 10)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.encoder(self.embedding(tokens)).mean(1))


@workload
def real_per_sample_transformer(t: Any) -> Call:
    return per_sample(t, Transformer(), torch.randint(500, (16, 24)), labels(16))


@workload
def real_ensemble(t: Any) -> Call:
    models = [nn.Sequential(nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)) for _ in range(10)]
    params, buffers = t.stack_module_state(models)
    predict = t.vmap(lambda p, x: t.functional_call(models[0], (p, buffers), (x,)), in_dims=(0, None))
    return predict, ({name: p.detach() for name, p in params.items()}, torch.randn(64, 256))


@workload
def real_jacobians(t: Any) -> Call:
    p = layers(64, 128, 64)
    return t.vmap(t.jacrev(lambda x: mlp(p, x))), (torch.randn(32, 64),)


@workload
def real_hessians(t: Any) -> Call:
    p = layers(32, 128, 1)
    return t.vmap(t.hessian(lambda x: mlp(p, x)[0])), (torch.randn(32, 32),)


@workload
def real_laplacian(t: Any) -> Call:
    p = layers(3, 64, 64, 64, 1)
    hessian = t.hessian(lambda x: mlp(p, x)[0])
    return t.vmap(lambda x: torch.trace(hessian(x))), (torch.randn(256, 3),)


@workload
def real_tangent_kernel(t: Any) -> Call:
    p = layers(16, 64, 8)

    def kernel(a: Tensor, b: Tensor) -> Tensor:
        ja, jb = (t.vmap(t.jacrev(mlp), (None, 0))(p, x) for x in (a, b))
        return sum(torch.einsum("naf,mbf->nmab", i.flatten(2), j.flatten(2)) for i, j in zip(ja, jb, strict=True))

    return kernel, (torch.randn(24, 16), torch.randn(24, 16))


@workload
def real_meta_learning(t: Any) -> Call:
    p = layers(1, 40, 40, 1)

    def loss(p: list[Tensor], x: Tensor, y: Tensor) -> Tensor:
        return ((mlp(p, x) - y) ** 2).mean()

    def task(p: list[Tensor], x: Tensor, y: Tensor, new_x: Tensor, new_y: Tensor) -> Tensor:
        for _ in range(3):
            p = [w - 0.1 * g for w, g in zip(p, t.grad(loss)(p, x, y), strict=True)]
        return loss(p, new_x, new_y)

    tasks = t.vmap(task, in_dims=(None, 0, 0, 0, 0))
    return t.grad(lambda p, *data: tasks(p, *data).mean()), (p, *(torch.randn(25, 10, 1) for _ in range(4)))


@workload
def real_forces(t: Any) -> Call:
    eye = torch.eye(13)

    def energy(r: Tensor) -> Tensor:
        d = r[:, None] - r[None]
        s = 1 / ((d * d).sum(-1) + eye) ** 3
        return ((s * s - s) * (1 - eye)).sum() / 2

    return t.vmap(t.grad(energy)), (torch.randn(64, 13, 3) * 3,)
