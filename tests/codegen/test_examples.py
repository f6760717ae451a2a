"""The specs of the language reference: what is generated from them equals PyTorch, called directly on plain tensors."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch

from oplift.codegen import generate_file, load_rules, read_specs
from oplift.rule import Rules, Unbatched, operator

EXAMPLES = Path(__file__).parent / "examples.yaml"
#: No kernel to compare with, or rules that are stubs here.
STUBS = (
    "index.Tensor",
    "index_put",
    "convolution",
    "native_layer_norm",
    "native_batch_norm",
    "embedding",
    "_linalg_eigh",
)


LIBRARY = torch.library.Library("mylib", "FRAGMENT")  # a third party's
LIBRARY.define("fused_gelu(Tensor x, Tensor bias) -> Tensor")
LIBRARY.impl("fused_gelu", lambda x, bias: torch.nn.functional.gelu(x + bias), "CompositeExplicitAutograd")


@pytest.fixture(scope="module")
def rules() -> dict[str, Rules]:
    return load_rules(EXAMPLES)


def x(*shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.rand(shape, dtype=dtype) + 0.5


def ints(high: int, *shape: int) -> torch.Tensor:
    return torch.randint(high, shape)


#: operator -> arguments of one example, made when the test runs
CASES: dict[str, Callable[[], list[Sequence[Any]]]] = {
    "aten::sin": lambda: [(x(3),), (x(),), (x(2, dtype=torch.complex128),)],
    "aten::abs": lambda: [(x(3) - 1,), (x(2, dtype=torch.complex128),)],
    "aten::mul.Tensor": lambda: [(x(3), x(2, 3)), (x(), x(3)), (x(2, dtype=torch.complex128), x(2)), (x(3), 2.0)],
    "aten::pow.Tensor_Tensor": lambda: [(x(3), x(3)), (x(2, 1), x(3))],
    "aten::where.self": lambda: [(x(3) > 1, x(3), x(2, 3)), (x(2, 3) > 1, x(3), x())],
    "aten::sum.dim_IntList": lambda: [
        (x(2, 3), [1], True),
        (x(2, 3), None),
        (x(2, 3), []),
        (x(), [0]),
        (x(), [-1], True),
    ],
    "aten::amax": lambda: [(x(2, 3), [1]), (x(2, 3), [-2], True), (x(),)],
    "aten::max.dim": lambda: [(x(2, 3), 1), (x(2, 3), -2, True), (x(), 0)],
    "aten::cumsum": lambda: [(x(2, 3), 1), (x(2, 3), -2), (x(), 0)],
    "aten::_softmax": lambda: [(x(2, 3), 1, False), (x(), 0, False)],
    "aten::transpose.int": lambda: [(x(2, 3), 0, -1), (x(), 0, -1)],
    "aten::unsqueeze": lambda: [(x(2, 3), 0), (x(2, 3), -1), (x(), 0)],
    "aten::view": lambda: [(x(2, 3), [3, 2]), (x(2, 3), [-1])],
    "aten::select.int": lambda: [(x(2, 3), 1, 2), (x(2, 3), -2, -1)],
    "aten::gather": lambda: [(x(2, 3), 1, ints(3, 2, 5)), (x(3), 0, ints(3)), (x(), 0, ints(1))],
    "aten::scatter_add": lambda: [(x(2, 3), 1, ints(3, 2, 3), x(2, 3))],
    "aten::cat": lambda: [([x(2, 3), x(1, 3)], 0), ([x(2, 3), x(2, 2)], -1)],
    "aten::mm": lambda: [(x(2, 3), x(3, 4)), (x(2, 3, dtype=torch.complex128), x(3, 4, dtype=torch.complex128))],
    "aten::bmm": lambda: [(x(5, 2, 3), x(5, 3, 4))],
    "aten::max_pool2d_with_indices": lambda: [(x(2, 1, 4, 4), [2, 2]), (x(1, 4, 4), [2, 2])],
    "aten::sort": lambda: [(x(2, 3), 0), (x(), 0)],
    "mylib::fused_gelu": lambda: [(x(3), x(2, 3))],
}


def test_every_example_is_tested() -> None:
    declared = {spec.op.partition("::")[2] for spec in read_specs(EXAMPLES)}
    tested = {name.partition("::")[2] for name in CASES}
    assert declared - tested == {*STUBS, "bernoulli", "nonzero"}


def test_functions_are_named_after_their_operator_and_say_where_they_come_from() -> None:
    source = generate_file(EXAMPLES, "rules/examples.yaml")
    for name in ("def sum_dim_IntList_batch(", "def sum_dim_IntList_jvp(", "    def sum_dim_IntList_pullback("):
        assert name in source
    assert "# rules/examples.yaml:8 aten::mul.Tensor\n" in source
    assert source.startswith('"""Rules from rules/examples.yaml; do not edit')
    assert max(map(len, source.splitlines())) <= 120


# ---------------------------------------------------------------- batching
@pytest.mark.parametrize("name", CASES)
def test_batching_equals_a_loop(name: str, rules: dict[str, Rules]) -> None:
    for args in CASES[name]():
        for batched in placements(name, args):
            if not any(flag is True or (flag and any(flag)) for flag in batched):
                continue
            compare_with_loop(name, rules[name], args, batched)


def placements(name: str, args: Sequence[Any]) -> Iterator[list[Any]]:
    """Every way in which the tensor arguments may be batched."""
    choices = []
    for i in operator(name).tensors:
        a = args[i]
        tensor = isinstance(a, torch.Tensor)
        choices.append(
            [False, True]
            if tensor
            else [False]
            if not isinstance(a, list)
            else list(product([False, True], repeat=len(a)))
        )
    return map(list, product(*choices))


def compare_with_loop(name: str, rule: Rules, args: Sequence[Any], batched: Sequence[Any], size: int = 3) -> None:
    op, physical = operator(name), list(args)
    for i, flag in zip(op.tensors, batched, strict=True):
        physical[i] = stacked(args[i], flag, size)
    assert rule.batch is not None
    got = rule.batch(size, batched, *physical)
    for b in range(size):
        example = list(physical)
        for i, flag in zip(op.tensors, batched, strict=True):
            example[i] = taken(physical[i], flag, b)
        want = op.fn(*example)
        torch.testing.assert_close(taken(got, True, b), tuple(want) if isinstance(want, tuple) else want)


def stacked(a: Any, flag: Any, size: int) -> Any:
    """An operand with other values for each example."""
    if isinstance(flag, tuple):
        return [stacked(v, f, size) for v, f in zip(a, flag, strict=True)]
    if not flag:
        return a
    return torch.stack([a if a.dtype in (torch.bool, torch.int64) else a * (1 + b) for b in range(size)])


def taken(a: Any, flag: Any, b: int) -> Any:
    if isinstance(flag, tuple):
        return [taken(v, f, b) for v, f in zip(a, flag, strict=True)]
    if isinstance(a, (tuple, list)) and flag:
        return (
            type(a)(taken(v, flag, b) for v in a) if type(a) in (tuple, list) else tuple(taken(v, flag, b) for v in a)
        )
    if isinstance(a, Unbatched):
        return a.value
    return a[b] if flag else a


# ---------------------------------------------------------------- derivatives
def smooth(a: Any) -> bool:
    return isinstance(a, torch.Tensor) and (a.is_floating_point() or a.is_complex())


def wiggle(a: Any) -> Any:
    """A random direction for an operand, or None."""
    if isinstance(a, list):
        return [wiggle(v) for v in a]
    return torch.randn_like(a) if smooth(a) else None


def first_smooth(outputs: Any) -> Any:
    return next(o for o in outputs if smooth(o)) if isinstance(outputs, (tuple, list)) else outputs


@pytest.mark.parametrize("name", CASES)
def test_jvp_equals_central_differences(name: str, rules: dict[str, Rules]) -> None:
    op = operator(name)
    for args in CASES[name]():
        directions = [wiggle(args[i]) for i in op.tensors]
        for chosen in product([False, True], repeat=len(directions)):
            tangents = [d if c else None for d, c in zip(directions, chosen, strict=True)]
            if all(t is None or (isinstance(t, list) and None in t) for t in tangents):
                continue
            compare_with_differences(op, rules[name], args, tangents)


def compare_with_differences(op: Any, rule: Rules, args: Sequence[Any], tangents: list[Any], h: float = 1e-6) -> None:
    def moved(step: float) -> list[Any]:
        found = list(args)
        for i, t in zip(op.tensors, tangents, strict=True):
            if isinstance(t, list):
                found[i] = [v + step * d for v, d in zip(args[i], t, strict=True)]
            elif t is not None:
                found[i] = args[i] + step * t
        return found

    want = (first_smooth(op.fn(*moved(h))) - first_smooth(op.fn(*moved(-h)))) / (2 * h)
    assert rule.jvp is not None
    outputs, tangent = rule.jvp(tangents, *args)
    torch.testing.assert_close(first_smooth(outputs), first_smooth(op.fn(*args)))
    got = first_smooth(tangent)
    got = got.real if got.is_complex() and not want.is_complex() else got  # the core's part
    torch.testing.assert_close(got.expand_as(want), want, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", CASES)
def test_vjp_is_the_transpose_of_jvp(name: str, rules: dict[str, Rules]) -> None:
    op, rule = operator(name), rules[name]
    assert rule.jvp is not None
    assert rule.vjp is not None
    for args in CASES[name]():
        tangents = [wiggle(args[i]) for i in op.tensors]
        outputs, tangent = rule.jvp(tangents, *args)
        out = first_smooth(outputs)
        grad = torch.randn_like(out)
        several = isinstance(outputs, (tuple, list))
        grads = tuple(grad if o is out else None for o in outputs) if several else grad
        needs = [tuple(t is not None for t in d) if isinstance(d, list) else d is not None for d in tangents]
        cotangents = rule.vjp(needs, *args)[1](grads)
        left = (first_smooth(tangent) * grad.conj()).sum().real
        right = sum((t * c.conj()).sum().real for t, c in pairs(tangents, cotangents))
        torch.testing.assert_close(left, torch.as_tensor(right), rtol=1e-9, atol=1e-9)


def pairs(tangents: Sequence[Any], cotangents: Sequence[Any]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    for t, c in zip(tangents, cotangents, strict=True):
        if isinstance(t, list):
            yield from pairs(t, c)
        elif t is not None:
            yield t, c


def test_an_operand_that_needs_nothing_gets_nothing(rules: dict[str, Rules]) -> None:
    vjp = rules["aten::mul.Tensor"].vjp
    assert vjp is not None
    a, b = x(3), x(3)
    cotangents = vjp([False, True], a, b)[1](torch.ones(3, dtype=torch.float64))
    assert cotangents[0] is None
    torch.testing.assert_close(cotangents[1], a)


def test_the_inverse_of_a_view(rules: dict[str, Rules]) -> None:
    inverse = rules["aten::transpose.int"].inverse
    assert inverse is not None
    assert inverse(x(3, 2), x(2, 3), 0, 1).shape == (2, 3)


def test_flags(rules: dict[str, Rules]) -> None:
    assert rules["aten::bernoulli"].random
    assert rules["aten::bernoulli"].derivative == "zero"
    assert "depends on the data" in str(rules["aten::nonzero"].batch_unsupported)
    assert rules["aten::max.dim"].nondiff_outputs == (1,)
    assert rules["aten::native_batch_norm"].mutates == ("running_mean", "running_var")
    assert rules["aten::mul.Tensor"].pointwise
    assert not rules["aten::cumsum"].pointwise
