"""PyTorch's own lists of custom operators and autograd Functions, under vmap, vjp, jvp and their nestings.

docs/custom-operators.md has the outcomes in a table, and why some are no.
"""

import warnings
from pathlib import Path

import pytest
import torch
from torch.autograd import forward_ad
from torch.testing._internal.autograd_function_db import autograd_function_db
from torch.testing._internal.custom_op_db import custom_op_db
from torch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten

import oplift
from oplift import grad, hessian, jvp, vjp, vmap

PAGE = Path(__file__).parent.parent / "docs" / "custom-operators.md"
COLUMNS = ["vmap", "vmap(vmap)", "vjp", "vmap(vjp)", "vjp(vmap)", "jvp", "vmap(jvp)", "jvp(vmap)", "grad(grad)",
           "vmap(hessian)"]  # fmt: skip
SIZE = 3
# its backward gives constants, so plain autograd has no second derivative; ours is zero
NO_TRUTH = {("ZeroGradientsGenVmapAutogradFunction", "grad(grad)")}

pytestmark = pytest.mark.filterwarnings(
    "ignore:.torch.jit.script. is:DeprecationWarning",
    "ignore:.torch.jit.script_method. is:DeprecationWarning",
    "ignore:__array__ implementation:DeprecationWarning",
)


def table() -> dict[str, dict[str, str]]:
    """The outcomes that the page claims: entry -> column -> "yes", "loop" or "no"."""
    lines = [line for line in PAGE.read_text().splitlines() if "CustomOp |" in line or "AutogradFunction |" in line]
    rows = [line.strip("| ").split("|") for line in lines]
    return {row[0].strip(): dict(zip(COLUMNS, [cell.split()[0] for cell in row[1:]], strict=True)) for row in rows}


CLAIMS = table()


class Entry:
    """An operator of a database as a function `f` of its floating-point tensors, that returns a tuple of tensors."""

    def __init__(self, info):
        self.info = info
        (sample,) = info.sample_inputs("cpu", torch.float64, requires_grad=False)
        self.leaves, self.spec = tree_flatten((sample.input, *sample.args))
        self.kwargs = sample.kwargs
        leaves = enumerate(self.leaves)
        self.places = [i for i, a in leaves if isinstance(a, torch.Tensor) and a.is_floating_point()]
        self.xs = [self.leaves[i] for i in self.places]
        self.batch = [torch.stack([x + 0.01 * k for k in range(SIZE)]) for x in self.xs]
        self.rows = [[b[k] for b in self.batch] for k in range(SIZE)]
        outs = self.f(*self.xs)
        self.smooth = [i for i, o in enumerate(outs) if o.is_floating_point()]
        self.cts = [torch.randn(SIZE, *outs[i].shape, dtype=torch.float64) for i in self.smooth]
        self.ts = [torch.randn_like(b) for b in self.batch]

    def f(self, *xs):
        leaves = list(self.leaves)
        for i, x in zip(self.places, xs, strict=True):
            leaves[i] = x
        outs = self.info.op(*tree_unflatten(leaves, self.spec), **self.kwargs)
        return tuple(o for o in tree_leaves(outs) if isinstance(o, torch.Tensor))

    def h(self, *xs):
        outs = self.f(*xs)
        return tuple(outs[i] for i in self.smooth)

    def loss(self, *xs):
        return sum(o.sin().sum() for o in self.h(*xs))

    # ------------------------------------------------------------ truths: loops, and plain autograd

    def looped(self, function, *columns):
        rows = [function(*[c[k] for c in columns]) for k in range(SIZE)]
        return tuple(torch.stack(column) for column in zip(*rows, strict=True))

    def true_vjp(self, *given):
        xs = [x.detach().clone().requires_grad_() for x in given[: len(self.xs)]]
        pairs = [(o, ct) for o, ct in zip(self.h(*xs), given[len(self.xs) :], strict=True) if o.requires_grad]
        return torch.autograd.grad([o for o, _ in pairs], xs, [ct for _, ct in pairs])

    def true_jvp(self, *given):
        xs, ts = given[: len(self.xs)], given[len(self.xs) :]
        try:
            with forward_ad.dual_level():
                outs = self.h(*[forward_ad.make_dual(x, t) for x, t in zip(xs, ts, strict=True)])
                found = [forward_ad.unpack_dual(o).tangent for o in outs]
                if any(t is not None for t in found):
                    pairs = zip(found, outs, strict=True)
                    return tuple(torch.zeros_like(o) if t is None else t.clone() for t, o in pairs)
        except (NotImplementedError, RuntimeError):
            pass  # it has no forward mode
        return torch.autograd.functional.jvp(self.h, tuple(xs), tuple(ts))[1]

    def true_grad_of_grad(self):
        xs = [x.detach().clone().requires_grad_() for x in self.xs]
        first = torch.autograd.grad(self.loss(*xs), xs, create_graph=True)
        return torch.autograd.grad(sum(g.cos().sum() for g in first), xs)

    # ------------------------------------------------------------ ours

    def our_vjp(self, xs, cts):
        return vjp(self.h, *xs)[1](tuple(cts))

    def our_jvp(self, xs, ts):
        return jvp(self.h, tuple(xs), tuple(ts))[1]

    def check(self, column):
        """Compute one column of the table, and compare it with the truth."""
        every = tuple(range(len(self.xs)))
        one = lambda columns: [c[0] for c in columns]
        slope = lambda *xs: sum(g.cos().sum() for g in grad(self.loss, every)(*xs))
        found, expected = {
            "vmap": lambda: (vmap(self.f)(*self.batch), self.looped(self.f, *self.batch)),
            "vmap(vmap)": lambda: (
                vmap(vmap(self.f))(*[torch.stack([b, b + 1]) for b in self.batch]),
                tuple(
                    torch.stack(pair)
                    for pair in zip(
                        self.looped(self.f, *self.batch), self.looped(self.f, *[b + 1 for b in self.batch]), strict=True
                    )
                ),
            ),
            "vjp": lambda: (self.our_vjp(self.xs, one(self.cts)), self.true_vjp(*self.xs, *one(self.cts))),
            "vmap(vjp)": lambda: (
                vmap(self.our_vjp)(self.batch, self.cts),
                self.looped(self.true_vjp, *self.batch, *self.cts),
            ),
            "vjp(vmap)": lambda: (
                vjp(vmap(self.h), *self.batch)[1](tuple(self.cts)),
                self.looped(self.true_vjp, *self.batch, *self.cts),
            ),
            "jvp": lambda: (self.our_jvp(self.xs, one(self.ts)), self.true_jvp(*self.xs, *one(self.ts))),
            "vmap(jvp)": lambda: (
                vmap(self.our_jvp)(self.batch, self.ts),
                self.looped(self.true_jvp, *self.batch, *self.ts),
            ),
            "jvp(vmap)": lambda: (
                jvp(vmap(self.h), tuple(self.batch), tuple(self.ts))[1],
                self.looped(self.true_jvp, *self.batch, *self.ts),
            ),
            "grad(grad)": lambda: (grad(slope, every)(*self.xs), self.true_grad_of_grad()),
            "vmap(hessian)": lambda: (
                vmap(hessian(self.loss))(*self.batch),
                torch.stack([hessian(self.loss)(*row) for row in self.rows]),
            ),
        }[column]()
        torch.testing.assert_close(found, expected)

    def outcome(self, column):
        if column != "vmap" and column != "vmap(vmap)" and not self.smooth:
            return "-"
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always", oplift.FallbackWarning)
            try:
                self.check(column)
            except (RuntimeError, NotImplementedError, ValueError):
                return "no"
        return "loop" if any(w.category is oplift.FallbackWarning for w in seen) else "yes"


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("info", [*custom_op_db, *autograd_function_db], ids=lambda info: info.name)
def test_entry(info, column):
    if (info.name, column) in NO_TRUTH:
        pytest.skip("plain autograd has no second derivative to compare with")
    assert Entry(info).outcome(column) == CLAIMS[info.name][column]


def test_the_table_has_a_row_for_every_entry():
    assert set(CLAIMS) == {info.name for info in [*custom_op_db, *autograd_function_db]}
