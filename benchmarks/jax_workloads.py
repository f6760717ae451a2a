"""The workloads once more, for JAX: the same functions of the same numbers, compiled by jax.jit.

Those that are about an nn.Module have no counterpart here but the multilayer perceptron.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from benchmarks import workloads

Call = tuple[Callable[..., Any], tuple[Any, ...]]
WORKLOADS: dict[str, Callable[[], Call]] = {}


def workload(function: Callable[[], Call]) -> Callable[[], Call]:
    """Add a workload under the name that it has in `workloads`."""
    WORKLOADS[function.__name__] = function
    return function


def arrays(tree: Any) -> Any:
    """Tensors as arrays of JAX."""
    return tree_map(lambda t: jnp.asarray(t.detach().cpu().numpy()) if isinstance(t, Tensor) else t, tree)


def build(name: str, device: str) -> Callable[[], Any]:
    """The call of a workload, compiled; it returns when the result is there."""
    if name not in WORKLOADS:
        pytest.skip("there is no such module in JAX itself")
    if device != "cpu" and jax.default_backend() == "cpu":
        pytest.skip("this JAX has no GPU")
    torch.manual_seed(0)
    function, args = WORKLOADS[name]()
    run = jax.jit(function)
    return lambda: jax.block_until_ready(run(*args))


def chain(x: Any) -> Any:
    for _ in range(10):
        x = jnp.sin(x) * 1.1 + 0.1
    return x


def chain_sum(x: Any) -> Any:
    return chain(x).sum()


def two_layers(w: Any) -> Callable[[Any], Any]:
    return lambda x: jnp.tanh(w @ jnp.tanh(w @ x))


def mlp(p: list[Any], x: Any) -> Any:
    for w, b in zip(p[:-2:2], p[1:-2:2], strict=True):
        x = jnp.tanh(x @ w + b)
    return x @ p[-2] + p[-1]


@workload
def overhead_vmap() -> Call:
    return jax.vmap(chain), arrays((torch.randn(4, 3),))


@workload
def overhead_vmap_vmap() -> Call:
    return jax.vmap(jax.vmap(chain)), arrays((torch.randn(4, 5, 3),))


@workload
def overhead_grad() -> Call:
    return jax.grad(chain_sum), arrays((torch.randn(3),))


@workload
def overhead_vmap_grad() -> Call:
    return jax.vmap(jax.grad(chain_sum)), arrays((torch.randn(4, 3),))


@workload
def overhead_grad_grad() -> Call:
    return jax.grad(lambda x: jax.grad(chain_sum)(x).sum()), arrays((torch.randn(3),))


@workload
def overhead_jvp() -> Call:
    return lambda x, v: jax.jvp(chain, (x,), (v,)), arrays((torch.randn(3), torch.randn(3)))


@workload
def overhead_jvp_grad() -> Call:
    return lambda x, v: jax.jvp(jax.grad(chain_sum), (x,), (v,)), arrays((torch.randn(3), torch.randn(3)))


@workload
def overhead_jacrev() -> Call:
    w, x = arrays((torch.randn(8, 8), torch.randn(8)))
    return jax.jacrev(two_layers(w)), (x,)


@workload
def overhead_jacfwd() -> Call:
    w, x = arrays((torch.randn(8, 8), torch.randn(8)))
    return jax.jacfwd(two_layers(w)), (x,)


@workload
def overhead_hessian() -> Call:
    w, x = arrays((torch.randn(8, 8), torch.randn(8)))
    return jax.hessian(lambda x: two_layers(w)(x).sum()), (x,)


@workload
def real_jacobians() -> Call:
    p = arrays(workloads.layers(64, 128, 64))
    return jax.vmap(jax.jacrev(lambda x: mlp(p, x))), arrays((torch.randn(32, 64),))


@workload
def real_hessians() -> Call:
    p = arrays(workloads.layers(32, 128, 1))
    return jax.vmap(jax.hessian(lambda x: mlp(p, x)[0])), arrays((torch.randn(32, 32),))


@workload
def real_laplacian() -> Call:
    p = arrays(workloads.layers(3, 64, 64, 64, 1))
    hessian = jax.hessian(lambda x: mlp(p, x)[0])
    return jax.vmap(lambda x: jnp.trace(hessian(x))), arrays((torch.randn(256, 3),))


@workload
def real_tangent_kernel() -> Call:
    p = arrays(workloads.layers(16, 64, 8))

    def flat(x: Any) -> Any:
        return x.reshape(*x.shape[:2], -1)

    def kernel(a: Any, b: Any) -> Any:
        ja, jb = (jax.vmap(jax.jacrev(mlp), (None, 0))(p, x) for x in (a, b))
        return sum(jnp.einsum("naf,mbf->nmab", flat(i), flat(j)) for i, j in zip(ja, jb, strict=True))

    return kernel, arrays((torch.randn(24, 16), torch.randn(24, 16)))


@workload
def real_meta_learning() -> Call:
    p = arrays(workloads.layers(1, 40, 40, 1))

    def loss(p: list[Any], x: Any, y: Any) -> Any:
        return ((mlp(p, x) - y) ** 2).mean()

    def task(p: list[Any], x: Any, y: Any, new_x: Any, new_y: Any) -> Any:
        for _ in range(3):
            p = [w - 0.1 * g for w, g in zip(p, jax.grad(loss)(p, x, y), strict=True)]
        return loss(p, new_x, new_y)

    tasks = jax.vmap(task, in_axes=(None, 0, 0, 0, 0))
    return jax.grad(lambda p, *data: tasks(p, *data).mean()), (p, *arrays([torch.randn(25, 10, 1) for _ in range(4)]))


@workload
def real_forces() -> Call:
    eye = jnp.eye(13)

    def energy(r: Any) -> Any:
        d = r[:, None] - r[None]
        s = 1 / ((d * d).sum(-1) + eye) ** 3
        return ((s * s - s) * (1 - eye)).sum() / 2

    return jax.vmap(jax.grad(energy)), arrays((torch.randn(64, 13, 3) * 3,))
