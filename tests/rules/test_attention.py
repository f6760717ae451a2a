"""Attention by fused kernels and by blocks of rows, against its definition under PyTorch's own autograd."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.attention.bias import causal_lower_right, causal_upper_left
from torch.utils._python_dispatch import TorchDispatchMode

import oplift
from oplift.rules import attention, rowwise
from tests import loops

Function = Callable[..., Any]
BATCH = 3


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of two rows, so that small operands have several, the last of another size; also where no kernel serves."""
    monkeypatch.setattr(attention, "_FEW_SCORES", 0)
    monkeypatch.setattr(rowwise, "FEWEST_ROWS", 2)
    monkeypatch.setattr(rowwise, "BLOCK_BYTES", {"cpu": 1})


def close(got: Any, want: Any, **tolerance: float) -> None:
    torch.testing.assert_close(got, want, **({"rtol": 1e-7, "atol": 1e-9} | tolerance))


def definition(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None, causal: bool = False, scale: float | None = None
) -> Tensor:
    """Attention as a textbook has it; heads of keys are repeated for those of the queries."""
    if q.ndim > 2 and 1 < k.shape[-3] < q.shape[-3]:
        k, v = (x.repeat_interleave(q.shape[-3] // x.shape[-3], -3) for x in (k, v))
    scores = q @ k.mT * (q.shape[-1] ** -0.5 if scale is None else scale)
    if causal:
        scores = scores.masked_fill(~torch.ones(scores.shape[-2:]).tril().bool(), -torch.inf)
    if mask is not None and mask.dtype is torch.bool:
        scores = scores.masked_fill(~mask, -torch.inf)
    elif mask is not None:
        scores = scores + mask
    blind = (scores == -torch.inf).all(-1, True)
    return scores.masked_fill(blind, 0).softmax(-1).masked_fill(blind, 0) @ v


@dataclass
class Case:
    """One sort of attention.

    Args:
        shapes: of query, key, value and, where it has a derivative, the mask.
        options: keyword arguments of scaled_dot_product_attention.
    """

    shapes: tuple[tuple[int, ...], ...]
    options: dict[str, Any]

    def fused(self, *operands: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(*operands, **self.options)

    def defined(self, *operands: Tensor) -> Tensor:
        names = {"is_causal": "causal", "attn_mask": "mask"}
        options = {names.get(k, k): v for k, v in self.options.items() if k != "enable_gqa"}
        return definition(*operands, **options)

    def packed(self, function: Function) -> Function:
        """A function of all operands in one vector, so that each derivative is of everything by everything."""
        sizes = [math.prod(shape) for shape in self.shapes]

        def of_vector(x: Tensor) -> Tensor:
            parts = zip(x.split(sizes), self.shapes, strict=True)
            return function(*(part.reshape(shape) for part, shape in parts))

        return of_vector

    def vectors(self, *lead: int) -> Tensor:
        return torch.randn(*lead, sum(map(math.prod, self.shapes)), dtype=torch.float64)


def qkv(queries: int, keys: int, heads: tuple[int, int] = (2, 2), width: int = 3) -> tuple[tuple[int, ...], ...]:
    kv = (2, heads[1], keys, width)
    return (2, heads[0], queries, width), kv, kv


HOLES = torch.tensor([[1, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 1, 1], [0, 1, 0, 1]]).bool()
CASES = {
    "square": Case(qkv(5, 5), {}),
    "more keys": Case(qkv(3, 6), {"scale": 0.3}),
    "causal": Case(qkv(5, 5), {"is_causal": True}),
    "causal, more keys": Case(qkv(3, 6), {"is_causal": True}),
    "causal, fewer keys": Case(qkv(7, 3), {"is_causal": True}),
    "boolean mask, blind rows": Case(qkv(5, 4), {"attn_mask": HOLES}),
    "mask": Case((*qkv(5, 4), (5, 4)), {}),
    "mask of each head": Case((*qkv(5, 4), (2, 2, 5, 4)), {}),
    "mask of each key": Case((*qkv(5, 4), (1, 1, 1, 4)), {}),
    "mask of each query": Case((*qkv(5, 4), (2, 1, 5, 1)), {}),
    "grouped queries": Case(qkv(4, 5, heads=(4, 2)), {"enable_gqa": True}),
    "one query": Case(qkv(1, 5), {}),
    "one key": Case(qkv(5, 1), {"is_causal": True}),
    "two dimensions": Case(((4, 3), (5, 3), (5, 3)), {}),
    "three dimensions": Case(((2, 4, 3), (2, 5, 3), (2, 5, 3), (2, 4, 5)), {}),
    "five dimensions": Case(((2, 1, 2, 4, 3),) * 3, {}),
    "other widths": Case(((2, 4, 3), (2, 5, 3), (2, 5, 2)), {}),
    "shared keys": Case(((2, 2, 4, 3), (1, 2, 5, 3), (1, 2, 5, 3)), {}),
}


def loss(function: Function) -> Function:
    return lambda x: function(x).sin().square().sum()


DERIVATIVES: dict[str, Callable[[Any, Function], Function]] = {
    "value": lambda t, f: f,
    "grad": lambda t, f: t.grad(loss(f)),
    "jvp": lambda t, f: lambda x: t.jvp(f, (x,), (x.cos(),))[1],
    "jvp of grad": lambda t, f: lambda x: t.jvp(t.grad(loss(f)), (x,), (x.cos(),))[1],
    "grad of grad": lambda t, f: t.grad(loss(t.grad(loss(f)))),
    "grad of jvp": lambda t, f: t.grad(loss(lambda x: t.jvp(f, (x,), (x.cos(),))[1])),
    "jvp of jvp": lambda t, f: lambda x: t.jvp(lambda y: t.jvp(f, (y,), (y.cos(),))[1], (x,), (x.cos(),))[1],
}


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("name", CASES)
def test_derivatives(name: str, derivative: str) -> None:
    case, build = CASES[name], DERIVATIVES[derivative]
    x = case.vectors()
    close(build(oplift, case.packed(case.fused))(x), build(loops, case.packed(case.defined))(x))


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("name", ["causal", "mask"])
def test_third_order(name: str) -> None:
    case = CASES[name]

    def curvature(t: Any, function: Function) -> Function:
        gradient = t.grad(loss(case.packed(function)))
        return lambda x: t.jvp(lambda y: t.jvp(gradient, (y,), (y.cos(),))[1], (x,), (x.cos(),))[1]

    x = case.vectors()
    close(curvature(oplift, case.fused)(x), curvature(loops, case.defined)(x))


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("derivative", ["value", "grad", "jvp", "jvp of grad", "grad of jvp"])
@pytest.mark.parametrize("name", ["square", "causal, more keys", "boolean mask, blind rows", "mask of each head"])
def test_every_placement_of_the_batch(name: str, derivative: str) -> None:
    """Some operands batched, all of them active; the others are the same for all examples."""
    case = CASES[name]
    sizes = [math.prod(shape) for shape in case.shapes]
    shared, batches = case.vectors().split(sizes), case.vectors(BATCH).split(sizes, -1)
    placements = [p for p in itertools.product((0, None), repeat=len(sizes)) if any(d == 0 for d in p)]
    for in_dims in placements:
        operands = [b if d == 0 else s for b, s, d in zip(batches, shared, in_dims, strict=True)]

        def run(t: Any, function: Function) -> Function:
            return lambda *parts: DERIVATIVES[derivative](t, case.packed(function))(torch.cat(parts))

        got = oplift.vmap(run(oplift, case.fused), in_dims)(*operands)
        close(got, loops.vmap(run(loops, case.defined), in_dims)(*operands))


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("derivative", DERIVATIVES)
def test_a_kernel_that_shares_keys_among_heads(derivative: str) -> None:
    """Called by itself the CPU kernel takes fewer heads of keys than of queries."""
    case, build = CASES["grouped queries"], DERIVATIVES[derivative]
    kernel = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu.default
    x = case.vectors()
    got = build(oplift, case.packed(lambda q, k, v: kernel(q, k, v)[0]))
    close(got(x), build(loops, case.packed(case.defined))(x))
    close(oplift.vmap(got)(x[None]), got(x)[None])


@pytest.mark.usefixtures("small_blocks")
def test_few_active_operands() -> None:
    """What has no tangent and needs no cotangent is not asked for one."""
    case = CASES["mask"]
    operands = [torch.randn(shape).double() for shape in case.shapes]
    for at, x in enumerate(operands):

        def of_one(function: Function, at: int = at) -> Function:
            return lambda y: function(*operands[:at], y, *operands[at + 1 :])

        for build in DERIVATIVES.values():
            close(build(oplift, of_one(case.fused))(x), build(loops, of_one(case.defined))(x))


@pytest.mark.usefixtures("small_blocks")
def test_jacobians() -> None:
    case = CASES["causal"]
    fused, defined, x = case.packed(case.fused), case.packed(case.defined), case.vectors()
    want = loops.jacrev(defined)(x)
    close(oplift.jacfwd(fused)(x), want)
    close(oplift.jacrev(fused)(x), want)
    columns = range(0, x.numel(), 17)
    hessian = oplift.hessian(loss(fused))(x)
    for i in columns:
        unit = torch.zeros_like(x).index_fill(0, torch.tensor(i), 1)
        close(hessian[i], loops.jvp(loops.grad(loss(defined)), (x,), (unit,))[1])


@pytest.mark.usefixtures("small_blocks")
def test_a_tangent_is_the_slope() -> None:
    case = CASES["more keys"]
    f, x, t = case.packed(case.fused), case.vectors(), case.vectors()
    step = 1e-6
    close(oplift.jvp(f, (x,), (t,))[1], (f(x + step * t) - f(x - step * t)) / (2 * step), rtol=1e-5, atol=1e-7)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("derivative", ["value", "grad", "jvp", "jvp of grad", "grad of jvp"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_low_precision(dtype: torch.dtype, derivative: str) -> None:
    """Results have the operands' dtype, and are right to about its precision: blocks are computed with in single."""
    case, build, eps = CASES["causal"], DERIVATIVES[derivative], torch.finfo(dtype).eps
    x = case.vectors().to(dtype)
    got, want = build(oplift, case.packed(case.fused))(x), build(loops, case.packed(case.defined))(x.double())
    assert got.dtype is dtype
    assert (got - want).abs().max() < 16 * eps * want.abs().max()


def test_no_rows_keys_or_examples() -> None:
    for queries, keys in ((0, 4), (4, 0)):
        q, k = torch.randn(2, 2, queries, 3), torch.randn(2, 2, keys, 3)
        want = torch.zeros_like(q)
        f = F.scaled_dot_product_attention
        close(f(q, k, k), want)
        close(oplift.jvp(f, (q, k, k), (q, k, k))[1], want)
        close(oplift.vmap(f)(q, k, k), want)
        gradients = oplift.grad(lambda *a: F.scaled_dot_product_attention(*a).sum(), (0, 1, 2))(q, k, k)
        close(gradients, tuple(torch.zeros_like(x) for x in (q, k, k)))
    none, k = torch.randn(0, 2, 2, 5, 3), torch.randn(2, 2, 5, 3)
    gradient = oplift.vmap(oplift.grad(lambda q: F.scaled_dot_product_attention(q, k, k).sum()))
    assert gradient(none).shape == none.shape
    tangent = oplift.vmap(lambda q: oplift.jvp(lambda q: F.scaled_dot_product_attention(q, k, k), (q,), (q,))[1])
    assert tangent(none).shape == none.shape


def test_dropout_is_right_under_every_transform() -> None:
    """Its numbers are drawn once, by the definition: the same for value and tangent."""
    q, t = torch.randn(2, 1, 2, 5, 3, dtype=torch.float64)

    def dropped(q: Tensor) -> Tensor:
        torch.manual_seed(0)
        return F.scaled_dot_product_attention(q, q, q, dropout_p=0.5)

    value, tangent = oplift.jvp(dropped, (q,), (t,))
    with sdpa_kernel(SDPBackend.MATH):
        close(value, dropped(q))
        close(tangent, (dropped(q + 1e-6 * t) - dropped(q - 1e-6 * t)) / 2e-6, rtol=1e-5, atol=1e-7)
        close(oplift.grad(loss(dropped))(q), loops.grad(loss(dropped))(q))
    with pytest.raises(RuntimeError, match="randomness error mode"):
        oplift.vmap(dropped)(q)


@pytest.mark.usefixtures("small_blocks")
def test_ordinary_autograd_goes_on() -> None:
    """Results are differentiable by PyTorch's autograd where the operands are, also what a kernel's backward gave."""
    case = CASES["mask"]
    x = case.vectors().requires_grad_()
    for name in ("value", "grad", "jvp"):
        build = DERIVATIVES[name]
        (got,) = torch.autograd.grad(loss(build(oplift, case.packed(case.fused)))(x), x)
        (want,) = torch.autograd.grad(loss(build(loops, case.packed(case.defined)))(x), x)
        close(got, want)


def test_errors_say_what_to_do() -> None:
    q, k = torch.randn(2, 3, 4, 2), torch.randn(2, 2, 4, 2)
    with pytest.raises(RuntimeError, match=r"heads of the query .* \(2, 3, 4, 2\), \(2, 2, 4, 2\)"):
        oplift.vmap(lambda q: F.scaled_dot_product_attention(q, k, k, enable_gqa=True))(q[None])
    mask = torch.zeros(4, 4)
    with pytest.raises(RuntimeError, match="attn_mask should not be set when is_causal"):
        oplift.vmap(lambda q: F.scaled_dot_product_attention(q, q, q, mask, is_causal=True))(q)


@pytest.mark.parametrize(("make", "diagonal"), [(causal_upper_left, 0), (causal_lower_right, 2)])
def test_descriptions_of_triangular_masks(make: Function, diagonal: int) -> None:
    """PyTorch's CausalBias is a tensor without contents; what it stands for is used."""
    x, k = torch.randn(BATCH, 2, 4, 3).double(), torch.randn(2, 6, 3).double()
    described, mask = make(4, 6), torch.ones(4, 6).tril(diagonal).bool()

    def fused(q: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(q, k, k, described)

    def defined(q: Tensor) -> Tensor:
        return definition(q, k, k, mask)

    close(oplift.vmap(fused)(x), loops.vmap(defined)(x))
    close(oplift.vmap(oplift.grad(loss(fused)))(x), loops.vmap(loops.grad(loss(defined)))(x))


# ---------------------------------------------------------------- which kernels run


class Ran(TorchDispatchMode):
    """The names of the ATen operators that run."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.append(func._schema.name.partition("::")[2])
        return func(*args, **(kwargs or {}))


FORWARD = "_scaled_dot_product_flash_attention_for_cpu"


def ran(function: Function, *args: Any) -> tuple[Any, list[str]]:
    with Ran() as mode:
        out = function(*args)
    return out, mode.names


def encoder(dropout: float = 0.0) -> nn.TransformerEncoderLayer:
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout, batch_first=True).double()
    return layer.requires_grad_(False)


@pytest.mark.parametrize("training", [True, False])
def test_transformer_layers_take_the_kernel(training: bool) -> None:
    """Under a transform the layer's own fast path, which has no derivative, is left for the kernel of attention."""
    layer = encoder().train(training)
    slow = encoder().train(True)
    slow.load_state_dict(layer.state_dict())
    x = torch.randn(BATCH, 2, 5, 8).double()
    out, names = ran(oplift.vmap(layer), x)
    assert names.count(FORWARD) == 1
    close(out, loops.vmap(slow)(x))
    got, names = ran(oplift.vmap(oplift.grad(loss(layer))), x)
    assert names.count(FORWARD) == names.count(FORWARD + "_backward") == 1
    with sdpa_kernel(SDPBackend.MATH):
        close(got, loops.vmap(loops.grad(loss(slow)))(x))
        want = loops.jvp(loops.grad(loss(slow)), (x[0],), (x[1],))[1]
    close(oplift.jvp(oplift.grad(loss(layer)), (x[0],), (x[1],))[1], want)


def test_a_layer_of_plain_tensors_inside_a_transform() -> None:
    layer, x = encoder().eval(), torch.randn(2, 5, 8).double()
    close(oplift.vmap(lambda s: layer(x) * s)(torch.ones(3).double())[2], layer(x))


@pytest.mark.parametrize("need_weights", [True, False])
def test_multihead_attention(need_weights: bool) -> None:
    layer = nn.MultiheadAttention(8, 2, batch_first=True).double().requires_grad_(False)
    padding = torch.tensor([[False] * 5, [False, False, True, True, True]])

    def run(x: Tensor) -> Tensor:
        out, weights = layer(x, x, x, key_padding_mask=padding, need_weights=need_weights)
        return out if weights is None else out + weights.sum()

    x, t = torch.randn(2, BATCH, 2, 5, 8).double()
    with sdpa_kernel(SDPBackend.MATH):
        want = loops.vmap(lambda x, t: loops.jvp(loops.grad(loss(run)), (x,), (t,))[1])(x, t)
    close(oplift.vmap(lambda x, t: oplift.jvp(oplift.grad(loss(run)), (x,), (t,))[1])(x, t), want)


def test_the_users_choice_of_a_backend_holds() -> None:
    x = torch.randn(BATCH, 2, 4, 3)
    with sdpa_kernel(SDPBackend.MATH):
        assert not any(
            "flash" in name for name in ran(oplift.vmap(lambda x: F.scaled_dot_product_attention(x, x, x)), x)[1]
        )


def test_queries_that_share_keys_are_rows_of_one_call() -> None:
    q, k = torch.randn(BATCH, 2, 2, 4, 3), torch.randn(2, 2, 5, 3)
    with Ran() as mode:
        oplift.vmap(lambda q: F.scaled_dot_product_attention(q, k, k))(q)
    assert mode.names.count(FORWARD) == 1
    assert "expand" not in mode.names


class Sizes(TorchDispatchMode):
    """How many numbers the results of one ATen operator have."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.found = name, []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if func._schema.name == self.name:
            self.found.append(out.numel())
        return out


def test_weights_that_the_examples_share_are_computed_once() -> None:
    """Columns of a Jacobian: the tangents are batched, the operands are not."""
    x, ts = torch.randn(2, 2, 6, 3), torch.randn(BATCH, 2, 2, 6, 3)
    f = lambda x: F.scaled_dot_product_attention(x, x, x)
    with Sizes("aten::_softmax") as mode:
        oplift.vmap(lambda t: oplift.jvp(f, (x,), (t,))[1])(ts)
        oplift.vmap(lambda t: oplift.jvp(oplift.grad(lambda x: f(x).sum()), (x,), (t,))[1])(ts)
    assert set(mode.found) == {2 * 2 * 6 * 6}
