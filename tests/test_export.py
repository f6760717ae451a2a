"""export_to_torch: declared rules under PyTorch's own autograd, torch.func and torch.compile."""

from functools import partial
from pathlib import Path

import pytest
import torch

import oplift
from oplift.rule import Rules, operator, override

LIBRARY = torch.library.Library("oplift_test_export", "DEF")
pytestmark = pytest.mark.filterwarnings(
    "ignore:.torch.jit.script. is:DeprecationWarning",  # torch's forward mode uses it
    "ignore:.torch.jit.script_method. is:DeprecationWarning",
)


def define(schema, kernel, rules, fake=None):
    """An operator whose kernel wants plain tensors with memory."""
    name = schema.partition("(")[0]
    LIBRARY.define(schema)

    def checked(*args, **kwargs):
        for x in torch.utils._pytree.tree_leaves((args, kwargs)):
            assert not isinstance(x, torch.Tensor) or (type(x) is torch.Tensor and (x.numel() == 0 or x.data_ptr()))
        return kernel(*args, **kwargs)

    LIBRARY.impl(name, checked, "CPU")
    if fake is not None:
        torch.library.register_fake(f"oplift_test_export::{name}", fake, lib=LIBRARY)
    operator(f"oplift_test_export::{name}").adopt(rules)
    return getattr(torch.ops.oplift_test_export, name).default


def front(x, b):
    return x if b else x[None]


def times(x, y, scale=2.0):
    return torch.ops.oplift_test_export.times(x, y, scale=scale)


def times_vjp(needs, x, y, scale=2.0):
    def pull(g):
        return (times(g, y, scale) if needs[0] else None, times(g, x, scale) if needs[1] else None)

    return times(x, y, scale), pull


def times_jvp(tangents, x, y, scale=2.0):
    x_t, y_t = tangents
    terms = ([] if x_t is None else [times(x_t, y, scale)]) + ([] if y_t is None else [times(x, y_t, scale)])
    return times(x, y, scale), sum(terms)


def times_batch(size, batched, x, y, scale=2.0):
    rank = max(a.ndim - b for a, b in zip((x, y), batched, strict=True))
    x, y = (a.reshape(a.shape[0], *[1] * (rank + 1 - a.ndim), *a.shape[1:]) if b else a for a, b in
            zip((x, y), batched, strict=True))  # fmt: skip
    return times(x, y, scale)


def kernel(x, y, *, scale=2.0):
    return torch.from_numpy(x.detach().numpy() * y.detach().numpy() * scale)


TIMES = define(
    "times(Tensor x, Tensor y, *, float scale=2.0) -> Tensor",
    kernel,
    Rules(batch=times_batch, jvp=times_jvp, vjp=times_vjp, pointwise=True),
)
# the same operator three times more, with one rule each
VJP_ONLY = define(
    "vjp_only(Tensor x, Tensor y) -> Tensor", kernel, Rules(batch=times_batch, vjp=times_vjp), lambda x, y: x * y
)
JVP_ONLY = define(
    "jvp_only(Tensor x, Tensor y) -> Tensor", kernel, Rules(batch=times_batch, jvp=times_jvp), lambda x, y: x * y
)
DECOMPOSED = define("decomposed(Tensor x, Tensor y) -> Tensor", kernel, Rules(decompose=lambda x, y: x * y * 2))


def stacked(xs, dim=0):
    return torch.ops.oplift_test_export.stacked(xs, dim)


def stacked_batch(size, batched, xs, dim=0):
    xs = [x if b else x.expand(size, *x.shape) for x, b in zip(xs, batched[0], strict=True)]
    total, largest = stacked(xs, dim + 1)
    return total, largest


def stacked_vjp(needs, xs, dim=0):
    outs = stacked(xs, dim)

    def pull(grads):
        if grads[0] is None:
            return ([None] * len(xs),)
        return ([g if n else None for g, n in zip(grads[0].unbind(dim), needs[0], strict=True)],)

    return outs, pull


STACKED = define(
    "stacked(Tensor[] xs, int dim=0) -> (Tensor total, Tensor largest)",
    lambda xs, dim=0: (torch.stack(xs, dim) + 0, torch.stack(xs, dim).argmax(dim)),
    Rules(batch=stacked_batch, vjp=stacked_vjp, nondiff_outputs=(1,)),
    lambda xs, dim=0: (torch.stack(xs, dim), torch.stack(xs, dim).argmax(dim)),
)
OPS = {"times": TIMES, "vjp_only": VJP_ONLY, "jvp_only": JVP_ONLY, "decomposed": DECOMPOSED}
TRUTH = lambda x, y: x * y * 2


@pytest.fixture(scope="module", autouse=True)
def exported():
    for op in [*OPS.values(), STACKED]:
        oplift.export_to_torch(op.name())


@pytest.fixture(params=list(OPS))
def op(request):
    return OPS[request.param]


def data(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def nestings(f):
    """Every transform of torch.func, of a function of two arguments."""
    x, y, many = data(3), data(3), data(4, 3)
    torch.manual_seed(0)
    func, total = torch.func, lambda *args: f(*args).sin().sum()
    both = {"in_dims": (0, None)}
    return {
        "grad": func.grad(total, (0, 1))(x, y),
        "jvp": func.jvp(f, (x, y), (y, x)),
        "jvp of one": func.jvp(lambda x: f(x, y), (x,), (y,)),
        "vmap": func.vmap(f, **both)(many, y),
        "vmap, other dim": func.vmap(f, in_dims=(1, None), out_dims=1)(many.mT, y),
        "vmap of vmap": func.vmap(func.vmap(f, in_dims=(None, 0)), **both)(many, many),
        "vmap of grad": func.vmap(func.grad(total, (0, 1)), **both)(many, y),
        "grad of vmap": func.grad(lambda x: func.vmap(f, **both)(x, y).cos().sum())(many),
        "hessian": func.hessian(total, (0, 1))(x, y),
        "vmap of hessian": func.vmap(func.hessian(total), **both)(many, y),
        "grad of grad": func.grad(lambda x: func.grad(total)(x, y).cos().sum())(x),
        "jvp of jvp": func.jvp(lambda x: func.jvp(f, (x, y), (x, x))[1], (x,), (y,)),
        "jacfwd of jacfwd": func.jacfwd(func.jacfwd(total))(x, y),
        "grad of jvp": func.grad(lambda x: func.jvp(f, (x, y), (x, x))[1].sin().sum())(x),
        "vmap of jvp": func.vmap(lambda x: func.jvp(f, (x, y), (y, x)))(many),
        "third order": func.jacfwd(func.hessian(total))(x, y),
        "jacfwd": func.jacfwd(f, (0, 1))(x, y),
        "jacrev": func.jacrev(f, (0, 1))(x, y),
        "jacrev of jacrev": func.jacrev(func.jacrev(total))(x, y),
        "vmap of jacrev": func.vmap(func.jacrev(f), **both)(many, y),
        "vmap of jacrev of jacrev": func.vmap(func.jacrev(func.jacrev(total)), **both)(many, y),
        "vmap of jacrev of jacfwd": func.vmap(func.jacrev(func.jacfwd(total)), **both)(many, y),
        "jacrev of vmap": func.jacrev(lambda x: func.vmap(f, **both)(x, y))(many),
        "broadcast": func.vjp(f, many, y)[1](many),
    }


def test_torch_func(op):
    state = torch.get_rng_state()
    found = nestings(op)
    torch.set_rng_state(state)
    for name, expected in nestings(TRUTH).items():
        torch.testing.assert_close(found[name], expected, msg=lambda m, name=name: f"{name}: {m}")


def test_plain_autograd_in_both_modes(op):
    x, y = data(4, 3).requires_grad_(), data(3).requires_grad_()
    assert torch.autograd.gradcheck(op, (x, y), check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(op, (x, y), check_fwd_over_rev=op is TIMES)
    constant = op(x.detach(), y.detach())
    assert not constant.requires_grad


def test_opcheck(op):
    torch.library.opcheck(op, (data(4, 3).requires_grad_(), data(3).requires_grad_()))
    torch.library.opcheck(STACKED, ([data(3).requires_grad_(), data(3)], 0))


def test_torch_compile(op):
    compiled = lambda f: torch.compile(f, backend="aot_eager", fullgraph=True)
    x, y = data(4, 3), data(4, 3)
    f = lambda x, y: op(x, y).sin() * 2
    torch.testing.assert_close(compiled(f)(x, y), (x * y * 2).sin() * 2)
    leaf = x.clone().requires_grad_()
    found = torch.autograd.grad(compiled(f)(leaf, y).sum(), leaf)
    torch.testing.assert_close(found, torch.autograd.grad(((leaf * y * 2).sin() * 2).sum(), leaf))
    if op is TIMES:
        per_example = lambda f: torch.func.vmap(torch.func.grad(lambda x, y: f(x, y).sin().sum()))
        torch.testing.assert_close(compiled(per_example(op))(x, y), per_example(TRUTH)(x, y))


def test_a_loop_over_lists():
    """torch.func's own loop takes none."""

    def vjp(needs, xs, y):
        return LISTED(xs, y), lambda grad: ([grad * y for _ in xs], sum(grad * x for x in xs))

    rules = Rules(batch_loop=True, vjp=vjp)
    LISTED = define(
        "listed(Tensor[] xs, Tensor y) -> Tensor", lambda xs, y: sum(xs) * y, rules, lambda xs, y: y.clone()
    )
    assert oplift.export_to_torch("oplift_test_export::listed") == ["vmap", "autograd"]
    many, y = data(4, 3), data(3)
    loss = lambda f: lambda x, y: f([x, x.sin()], y).sin().sum()
    truth = lambda xs, y: sum(xs) * y
    for transform in (torch.func.grad, torch.func.hessian):
        for dims in ((0, None), (0, 0), (None, 0)):
            found, expected = (
                torch.func.vmap(transform(loss(f)), dims)(*(y if d is None else many for d in dims))
                for f in (LISTED, truth)
            )
            torch.testing.assert_close(found, expected)
    empty = torch.func.vmap(lambda x: LISTED([x, x], y))(many[:0])
    assert empty.shape == (0, 3)


def test_lists_keywords_and_outputs_without_derivative():
    xs = [data(3).requires_grad_(), data(3), data(3).requires_grad_()]
    total, largest = STACKED(xs, 1)
    assert not largest.requires_grad
    found = torch.autograd.grad(total.sin().sum(), [xs[0], xs[2]])
    torch.testing.assert_close(found, (xs[0].cos().detach(), xs[2].cos().detach()))
    plain = [x.detach() for x in xs]
    _, tangent = torch.func.jvp(lambda x: STACKED([x, plain[1]])[0], (plain[0],), (plain[2],))
    torch.testing.assert_close(tangent, torch.stack([plain[2], torch.zeros(3).double()]))
    many = torch.func.vmap(lambda x: STACKED([x, plain[1]]))(data(4, 3))
    assert [m.shape for m in many] == [(4, 2, 3), (4, 3)]
    torch.testing.assert_close(torch.func.grad(lambda x: TIMES(x, x, scale=5.0).sum())(plain[0]), 10 * plain[0])
    torch.testing.assert_close(torch.func.vmap(lambda x: TIMES(x, x, scale=5.0))(plain[0]), 5 * plain[0] ** 2)


def test_optional_operands_and_complex_numbers():
    def affine(x, w, b=None):
        return torch.ops.oplift_test_export.affine(x, w, b)

    def affine_vjp(needs, x, w, b=None):
        def pull(g):
            return (g @ w.mH if needs[0] else None, x.mH @ g if needs[1] else None, g if needs[2] else None)

        return affine(x, w, b), pull

    op = define(
        "affine(Tensor x, Tensor w, Tensor? b=None) -> Tensor",
        lambda x, w, b=None: (
            torch.from_numpy(x.resolve_conj().numpy() @ w.resolve_conj().numpy()) + (0 if b is None else b)
        ),
        Rules(vjp=affine_vjp, decompose=lambda x, w, b=None: x @ w if b is None else x @ w + b),
    )
    assert oplift.export_to_torch(op.name()) == ["fake", "vmap", "autograd"]
    for dtype in (torch.float64, torch.complex128):
        x, w, b = (torch.randn(*s, dtype=dtype, requires_grad=True) for s in ((2, 3), (3, 2), (2,)))
        for args in ((x, w), (x, w, b)):
            assert torch.autograd.gradcheck(op, args, check_forward_ad=True)
            assert torch.autograd.gradgradcheck(op, args)
            torch.library.opcheck(op, args)
        many = torch.randn(4, 2, 3, dtype=dtype)
        torch.testing.assert_close(torch.func.vmap(op, (0, None, None))(many, w, b), many @ w + b)
        out, tangent = torch.func.jvp(partial(op, x.detach()), (w.detach(),), (w.detach(),))
        torch.testing.assert_close(out, tangent)


def test_a_rule_that_reads_the_result_does_not_run_the_kernel_again():
    runs = []

    def counted(x, n):
        runs.append(n)
        return torch.from_numpy(x.detach().numpy() ** n)

    def power(x, n):
        return torch.ops.oplift_test_export.power(x, n)

    def power_vjp(needs, x, n):
        result = power(x, n)
        return result, lambda g: (g * n * result / x,)

    def power_jvp(tangents, x, n):
        result = power(x, n)
        return result, n * result / x * tangents[0]

    op = define("power(Tensor x, int n) -> Tensor", counted, Rules(vjp=power_vjp, jvp=power_jvp, pointwise=True))
    oplift.export_to_torch(op.name())
    x = (data(3).abs() + 1).requires_grad_()
    torch.testing.assert_close(torch.autograd.grad(op(x, 3).sum(), x)[0], 3 * x.detach() ** 2)
    assert runs == [3]
    x = x.detach()
    torch.testing.assert_close(torch.func.jvp(lambda x: op(x, 3), (x,), (x,))[1], 3 * x**3)
    assert runs == [3, 3]
    torch.testing.assert_close(torch.func.hessian(lambda x: op(x, 3).sum())(x), torch.diag(6 * x))
    f = lambda x: op(x, 3) * op(x, 2)
    torch.testing.assert_close(torch.func.grad(lambda x: f(x).sum())(x), 5 * x**4)
    torch.testing.assert_close(torch.func.jvp(lambda x: torch.func.jvp(f, (x,), (x,))[1], (x,), (x,))[1], 25 * x**5)


def test_dtypes():
    x = torch.randn(3, requires_grad=True)
    out = VJP_ONLY(x, data(3))
    assert out.dtype is torch.float64
    assert torch.autograd.grad(out.sum(), x)[0].dtype is torch.float32


def test_a_spec_for_a_custom_op(tmp_path: Path):
    @torch.library.custom_op("oplift_test_export::softsign2", mutates_args=())
    def softsign2(x: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy((x.numpy() ** 2 + b.numpy()) ** 0.5)

    spec = tmp_path / "softsign2.yaml"
    spec.write_text(
        "- op: oplift_test_export::softsign2\n"
        "  schema: (Tensor x, Tensor b) -> Tensor\n"
        "  batch: pointwise\n"
        "  partials: {x: x / result, b: 0.5 / result}\n"
    )
    with pytest.raises(oplift.MissingRule, match="no rules are declared for oplift_test_export::softsign2"):
        oplift.export_to_torch("oplift_test_export::softsign2")
    oplift.load_specs(spec)
    assert oplift.export_to_torch("oplift_test_export::softsign2") == ["fake", "vmap", "autograd"]
    assert oplift.export_to_torch("oplift_test_export::softsign2") == ["fake", "vmap", "autograd"]
    x, b = data(3).requires_grad_(), (data(3) ** 2 + 1).requires_grad_()
    assert torch.autograd.gradcheck(softsign2, (x, b), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(softsign2, (x, b))
    torch.library.opcheck(softsign2, (x, b))
    truth = lambda x, b: torch.sqrt(x * x + b)
    x, b = x.detach(), b.detach()
    for transform in (torch.func.hessian, lambda f: torch.func.vmap(torch.func.grad(f))):
        f, t = (transform(lambda x, b, g=g: g(x, b).sum()) for g in (softsign2, truth))
        torch.testing.assert_close(f(x, b), t(x, b))
    # and oplift is none the worse for it
    torch.testing.assert_close(oplift.vmap(oplift.grad(softsign2))(x, b), torch.func.vmap(torch.func.grad(truth))(x, b))


def test_what_the_operator_registered_stays():
    @torch.library.custom_op("oplift_test_export::own", mutates_args=())
    def own(x: torch.Tensor) -> torch.Tensor:
        return x * 2

    own.register_fake(torch.empty_like)
    own.register_vmap(lambda info, in_dims, x: (own(x), in_dims[0]))
    own.register_autograd(lambda ctx, g: g * 7)
    rules = Rules(vjp=lambda needs, x: (own(x), lambda g: (g * 2,)), batch=lambda size, batched, x: own(x))
    with override("oplift_test_export::own", rules):
        assert oplift.export_to_torch("oplift_test_export::own") == []
        x = torch.ones(2, requires_grad=True)
        assert torch.autograd.grad(own(x).sum(), x)[0].tolist() == [7, 7]


def test_what_cannot_be_exported():
    with pytest.raises(oplift.OpliftError, match="aten::sin is PyTorch's own"):
        oplift.export_to_torch("aten::sin")
    with pytest.raises(oplift.MissingRule, match="no such operator"):
        oplift.export_to_torch("oplift_test_export::nothing")
    LIBRARY.define("write(Tensor(a!) x, Tensor y) -> ()")
    with (
        override("oplift_test_export::write", Rules(batch_loop=True)),
        pytest.raises(oplift.OpliftError, match=r"writes to its arguments \(x\)"),
    ):
        oplift.export_to_torch("oplift_test_export::write")
    LIBRARY.define("shapeless(Tensor x) -> Tensor")
    with (
        override("oplift_test_export::shapeless", Rules(vjp=lambda needs, x: None)),
        pytest.raises(oplift.OpliftError, match=r"torch.library.register_fake\('oplift_test_export::shapeless'"),
    ):
        oplift.export_to_torch("oplift_test_export::shapeless")


def test_operators_without_derivative():
    sign = define(
        "sign(Tensor x) -> Tensor",
        lambda x: torch.from_numpy(x.numpy() / abs(x.numpy())),
        Rules(batch=lambda size, batched, x: sign(x), derivative="zero", pointwise=True),
        torch.empty_like,
    )
    refused = define(
        "refused(Tensor x) -> Tensor",
        lambda x: x * 2,
        Rules(batch=lambda size, batched, x: refused(x), derivative="of no use"),
        torch.empty_like,
    )
    oplift.export_to_torch(sign.name())
    oplift.export_to_torch(refused.name())
    x = data(3)
    torch.testing.assert_close(torch.func.grad(lambda x: (sign(x) * x).sum())(x), x.sign())
    torch.testing.assert_close(torch.func.jvp(lambda x: sign(x) * x, (x,), (x,))[1], x.sign() * x)
    with pytest.raises(oplift.MissingRule, match="cannot be differentiated: of no use"):
        torch.func.grad(lambda x: refused(x).sum())(x)
