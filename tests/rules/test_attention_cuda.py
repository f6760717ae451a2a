"""The rules of attention's CUDA kernels: everywhere with stand-ins for the kernels on CPU, and on a GPU with the kernels.

A stand-in computes what its kernel does, by the definition, and keeps the state of its dropout as the kernel does: a seed
that says which weights were dropped in a call of just these shapes.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.attention import SDPBackend, sdpa_kernel

import oplift
from oplift.rules import attention, rowwise
from tests import loops

Function = Callable[..., Any]
BATCH = 3


def weights(
    q: Tensor, k: Tensor, bias: Tensor | None, p: float, causal: bool | int, scale: float | None, seed: int
) -> tuple[Tensor, Tensor, Any]:
    """Scores, weights, and what dropout multiplies those by."""
    scores = q @ k.mT * (q.shape[-1] ** -0.5 if scale is None else scale)
    if causal is not False:  # True, or the diagonal
        scores = scores.masked_fill(
            ~torch.ones(scores.shape[-2:]).tril(0 if causal is True else causal).bool(), -torch.inf
        )
    scores = scores if bias is None else scores + bias
    blind = (scores == -torch.inf).all(-1, True)
    scores = scores.masked_fill(blind, 0)
    kept = torch.rand(scores.shape, generator=torch.Generator().manual_seed(seed)) > p if p else 1
    return scores, scores.softmax(-1).masked_fill(blind, 0), kept / (1 - p)


def definition(q: Tensor, k: Tensor, v: Tensor, *rest: Any) -> tuple[Tensor, Tensor]:
    """Attention and the log-sum-exp of its scores."""
    scores, w, kept = weights(q, k, *rest)
    return (w * kept) @ v, scores.logsumexp(-1)


def backward(
    grad: Tensor,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    bias: Tensor | None,
    p: float,
    causal: bool,
    scale: float | None,
    seed: int,
) -> tuple[Tensor, ...]:
    _, w, kept = weights(q, k, bias, p, causal, scale, seed)
    ds = grad @ v.mT * kept * w
    ds = ds - w * ds.sum(-1, True)
    factor = q.shape[-1] ** -0.5 if scale is None else scale
    of_bias = torch.empty(0) if bias is None else ds.sum_to_size(bias.shape)
    return ds @ k * factor, ds.mT @ q * factor, (w * kept).mT @ grad, of_bias


def drawn(p: float) -> Tensor:
    return torch.randint(1 << 30, ()) if p else torch.zeros((), dtype=torch.int64)


NONE = torch.zeros(())


def lower_right(q: Tensor, k: Tensor, causal: bool) -> bool | int:
    """What `is_causal` means to the flash kernel: the last query looks at all keys."""
    return k.shape[2] - q.shape[2] if causal else False


def flash(q: Tensor, k: Tensor, v: Tensor, p: float = 0.0, causal: bool = False, debug: bool = False, *, scale: Any = None) -> Any:  # fmt: skip
    seed = drawn(p)
    out, lse = definition(q, k, v, None, p, lower_right(q, k, causal), scale, int(seed))
    return out, lse, NONE, NONE, q.shape[2], k.shape[2], seed, NONE, NONE


def flash_backward(
    grad: Tensor, q: Tensor, k: Tensor, v: Tensor, out: Tensor, lse: Tensor, cum_q: Any, cum_k: Any, max_q: int,
    max_k: int, p: float, causal: bool, seed: Tensor, offset: Tensor, *, scale: float | None = None,
) -> Any:  # fmt: skip
    assert (max_q, max_k) == (q.shape[2], k.shape[2])
    return backward(grad, q, k, v, None, p, lower_right(q, k, causal), scale, int(seed))[:3]


def efficient(
    q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, compute_lse: bool, p: float = 0.0, causal: bool = False,
    *, scale: float | None = None,
) -> Any:  # fmt: skip
    seed = drawn(p)
    out, lse = definition(q, k, v, bias, p, causal, scale, int(seed))
    return out, lse if compute_lse else torch.empty(0), seed, NONE


def efficient_backward(
    grad: Tensor, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, out: Tensor, lse: Tensor, seed: Tensor,
    offset: Tensor, p: float, mask: list[bool], causal: bool = False, *, scale: float | None = None,
) -> Any:  # fmt: skip
    *found, of_bias = backward(grad, q, k, v, bias, p, causal, scale, int(seed))
    return *found, of_bias if mask[3] else None


def cudnn(
    q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, compute_lse: bool, p: float = 0.0, causal: bool = False,
    debug: bool = False, *, scale: float | None = None,
) -> Any:  # fmt: skip
    seed = drawn(p)
    out, lse = definition(q, k, v, bias, p, causal, scale, int(seed))
    lse = lse[..., None] if compute_lse else torch.empty(0)
    return out, lse, NONE, NONE, q.shape[2], k.shape[2], seed, NONE, NONE


def cudnn_backward(
    grad: Tensor, q: Tensor, k: Tensor, v: Tensor, out: Tensor, lse: Tensor, seed: Tensor, offset: Tensor,
    bias: Tensor | None, cum_q: Any, cum_k: Any, max_q: int, max_k: int, p: float, causal: bool, *,
    scale: float | None = None,
) -> Any:  # fmt: skip
    return backward(grad, q, k, v, bias, p, causal, scale, int(seed))[:3]


STAND_INS = {
    "flash": (flash, flash_backward),
    "efficient": (efficient, efficient_backward),
    "cudnn": (cudnn, cudnn_backward),
}


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rowwise, "FEWEST_ROWS", 2)
    monkeypatch.setattr(rowwise, "BLOCK_BYTES", {"cpu": 1, "cuda": 1})


@pytest.fixture
def stand_ins() -> Iterator[None]:
    """The CUDA kernels' operators with an implementation on CPU."""
    library = torch.library.Library("aten", "IMPL")
    try:
        for name, (forward, pullback) in STAND_INS.items():
            library.impl(f"_scaled_dot_product_{name}_attention", forward, "CPU")
            library.impl(f"_scaled_dot_product_{name}_attention_backward", pullback, "CPU")
        yield
    finally:
        library._destroy()


def call(kernel: str, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None = None, p: float = 0.0) -> Tensor:
    """A causal attention by one kernel."""
    op = getattr(torch.ops.aten, f"_scaled_dot_product_{kernel}_attention").default
    return op(q, k, v, p, True)[0] if kernel == "flash" else op(q, k, v, bias, True, p, True)[0]


def defined(kernel: str, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None = None) -> Tensor:
    return definition(q, k, v, bias, 0.0, lower_right(q, k, True) if kernel == "flash" else True, None, 0)[0]


Shapes = tuple[tuple[int, ...], ...]
FEWER_KEYS: Shapes = ((1, 2, 5, 3), (1, 2, 4, 3), (1, 2, 4, 3))
MORE_KEYS: Shapes = ((1, 2, 3, 3), (1, 2, 6, 3), (1, 2, 6, 3))
SHAPES = FEWER_KEYS
SIZES = [math.prod(shape) for shape in SHAPES]


def packed(function: Function, kernel: str, shapes: Shapes, bias: Tensor | None = None) -> Function:
    def of_vector(x: Tensor) -> Tensor:
        parts = zip(x.split([math.prod(shape) for shape in shapes]), shapes, strict=True)
        return function(kernel, *(part.reshape(shape) for part, shape in parts), bias)

    return of_vector


def loss(function: Function) -> Function:
    return lambda x: function(x).sin().square().sum()


def close(got: Tensor, want: Tensor, **tolerance: float) -> None:
    torch.testing.assert_close(got, want, **({"rtol": 1e-7, "atol": 1e-9} | tolerance))


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize("kernel", STAND_INS)
@pytest.mark.parametrize("shapes", [FEWER_KEYS, MORE_KEYS])
def test_derivatives_and_batches(kernel: str, shapes: Shapes) -> None:
    xs, ts = torch.randn(2, BATCH, sum(map(math.prod, shapes)), dtype=torch.float64)
    biases = [None] if kernel == "flash" else [None, torch.randn(1, 2, shapes[0][2], shapes[1][2]).double()]
    for bias in biases:
        f, g = packed(call, kernel, shapes, bias), packed(defined, kernel, shapes, bias)
        close(f(xs[0]), g(xs[0]))
        for transform in (
            lambda t, f: lambda x, v: t.jvp(f, (x,), (v,))[1],
            lambda t, f: lambda x, v: t.grad(loss(f))(x),
            lambda t, f: lambda x, v: t.jvp(t.grad(loss(f)), (x,), (v,))[1],
            lambda t, f: lambda x, v: t.grad(loss(t.grad(loss(f))))(x),
            lambda t, f: lambda x, v: t.grad(loss(lambda x: t.jvp(f, (x,), (x.cos(),))[1]))(x),
        ):
            got, want = transform(oplift, f), transform(loops, g)
            close(got(xs[0], ts[0]), want(xs[0], ts[0]))
            close(oplift.vmap(got)(xs, ts), loops.vmap(want)(xs, ts))
            close(oplift.vmap(got, (None, 0))(xs[0], ts), loops.vmap(want, (None, 0))(xs[0], ts))
        close(oplift.jacrev(f)(xs[0]), loops.jacrev(g)(xs[0]))


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize("kernel", ["efficient", "cudnn"])
def test_bias(kernel: str) -> None:
    """A bias has derivatives, and is batched by itself; so does an attention that kept no log-sum-exp."""
    q, k, v = (torch.randn(shape).double() for shape in SHAPES)
    biases, ts = torch.randn(2, BATCH, 1, 2, 5, 4).double()
    for transform in (
        lambda t, f: lambda x, v: t.jvp(f, (x,), (v,))[1],
        lambda t, f: lambda x, v: t.jvp(t.grad(loss(f)), (x,), (v,))[1],
    ):
        got = transform(oplift, lambda b: call(kernel, q, k, v, b))
        want = transform(loops, lambda b: defined(kernel, q, k, v, b))
        close(oplift.vmap(got)(biases, ts), loops.vmap(want)(biases, ts))
    op = getattr(torch.ops.aten, f"_scaled_dot_product_{kernel}_attention").default
    without = oplift.vmap(oplift.grad(lambda b: op(q, k, v, b, False)[0].sin().sum()))
    uncausal = loops.vmap(loops.grad(lambda b: definition(q, k, v, b, 0.0, False, None, 0)[0].sin().sum()))
    close(without(biases), uncausal(biases))


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize("batched_bias", [True, False])
def test_a_backward_that_gives_the_bias_its_cotangent(batched_bias: bool) -> None:
    """Called by itself: a bias that all examples share has a cotangent for each of them all the same."""
    q, k, v = (torch.randn(shape).double() for shape in SHAPES)
    bias = torch.randn(*[BATCH] * batched_bias, 1, 2, 5, 4).double()
    grads = torch.randn(BATCH, *SHAPES[0]).double()

    def run(grad: Tensor, bias: Tensor) -> tuple[Tensor, ...]:
        results = torch.ops.aten._scaled_dot_product_efficient_attention.default(q, k, v, bias, True)
        op = torch.ops.aten._scaled_dot_product_efficient_attention_backward.default
        return op(grad, q, k, v, bias, *results, 0.0, [True] * 4)

    got = oplift.vmap(run, (0, 0 if batched_bias else None))(grads, bias)
    for i, found in enumerate(zip(*got, strict=True)):
        want = backward(grads[i], q, k, v, bias[i] if batched_bias else bias, 0.0, False, None, 0)
        for x, y in zip(found, want, strict=True):
            close(x, y)


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize("kernel", STAND_INS)
def test_dropout(kernel: str) -> None:
    """The backward drops what the forward dropped, whichever of the two was batched; other derivatives are refused."""
    xs, x = torch.randn(BATCH, sum(SIZES)).double(), torch.randn(sum(SIZES)).double()

    def value(x: Tensor) -> Tensor:
        q, k, v = (part.reshape(shape) for part, shape in zip(x.split(SIZES), SHAPES, strict=True))
        return call(kernel, q, k, v, None, 0.5)

    def slopes(f: Function, x: Tensor, lead: int) -> Tensor:
        step, columns = 1e-6, []
        for unit in torch.eye(x.shape[-1], dtype=x.dtype):
            torch.manual_seed(0)
            above = f(x + step * unit)
            torch.manual_seed(0)
            columns.append((above - f(x - step * unit)) / (2 * step))
        return torch.stack(columns, -1).flatten(lead, -2)

    torch.manual_seed(0)
    close(oplift.jacrev(value)(x).flatten(0, -2), slopes(value, x, 0), rtol=1e-5, atol=1e-7)
    batched = oplift.vmap(value, randomness="different")
    torch.manual_seed(0)
    got = oplift.vmap(oplift.jacrev(value), randomness="different")(xs)
    close(got.flatten(1, -2), slopes(batched, xs, 1), rtol=1e-5, atol=1e-7)
    for f in (value, oplift.grad(loss(value))):
        with pytest.raises(RuntimeError, match="dropout of a fused attention kernel cannot be repeated"):
            oplift.jvp(f, (x,), (x,))


def test_the_flash_kernel_is_not_asked_for_a_causal_mask_that_it_has_not() -> None:
    """Where the lengths differ its `is_causal` is not that of scaled_dot_product_attention."""
    q, k = torch.zeros(1, 2, 4, 8, dtype=torch.float16), torch.zeros(1, 2, 6, 8, dtype=torch.float16)
    half, flash, efficient = torch.float16, attention._flash, attention._efficient
    assert attention._on_cuda(half, 8, None, True) is flash
    assert attention._on_cuda(half, 8, None, False) is efficient
    with FakeTensorMode(allow_non_fake_inputs=True):
        on_gpu = [torch.empty(x.shape, dtype=half, device="cuda") for x in (q, k)]
        assert attention._kernel(*on_gpu, on_gpu[1], None, True) is efficient
        assert attention._kernel(*on_gpu, on_gpu[1], None, False) is flash


#: Of results to second order, relative to the largest.
PRECISION = {torch.float16: 0.03, torch.bfloat16: 0.15, torch.float32: 1e-4}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("dtype", PRECISION)
@pytest.mark.parametrize("backend", [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH])
@pytest.mark.parametrize("queries", [70, 50])
def test_on_a_gpu(backend: SDPBackend, dtype: torch.dtype, queries: int) -> None:
    if backend is SDPBackend.FLASH_ATTENTION and dtype is torch.float32:
        pytest.skip("the flash kernel takes half precision only")
    x, t = torch.randn(2, 2, 2, 70, 16, device="cuda").to(dtype)

    def run(x: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(x[..., :queries, :], x, x, is_causal=True)

    for transform in (
        lambda s, x, t: s.vmap(run)(x),
        lambda s, x, t: s.jvp(run, (x,), (t,))[1],
        lambda s, x, t: s.grad(loss(run))(x),
        lambda s, x, t: s.vmap(s.grad(loss(run)))(x),
        lambda s, x, t: s.jvp(s.grad(loss(run)), (x,), (t,))[1],
        lambda s, x, t: s.grad(loss(s.grad(loss(run))))(x),
    ):
        with sdpa_kernel(backend):
            got = transform(oplift, x, t).double().cpu()
        with sdpa_kernel(SDPBackend.MATH):
            want = transform(loops, x.double().cpu(), t.double().cpu())
        assert (got - want).abs().max() < PRECISION[dtype] * want.abs().max()
