"""Every batching kind with every option, against a loop over the examples."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch

import oplift
from oplift.codegen import load_rules, read_specs
from oplift.rule import Rules, Unbatched, operator, override

KINDS = Path(__file__).parent / "kinds.yaml"


def affine(outputs: Sequence[Any], weight: Any, bias: Any) -> tuple[Any, ...]:
    """What a normalisation does last; a helper of kinds.yaml."""
    return outputs[0] * weight + bias, outputs[1], outputs[2]


@pytest.fixture(scope="module")
def rules() -> dict[str, Rules]:
    return load_rules(KINDS)


def x(*shape: int) -> torch.Tensor:
    return torch.rand(shape, dtype=torch.float64) + 0.5


CASES: dict[str, Callable[[], list[Sequence[Any]]]] = {
    "aten::clamp.Tensor": lambda: [(x(2, 3), x(3), None), (x(), None, x(2)), (x(3), x(), x(2, 3))],
    "aten::clone": lambda: [(x(2, 3, 4, 5), torch.channels_last), (x(),)],
    "aten::argmax": lambda: [(x(2, 3),), (x(2, 3), None, True), (x(2, 3), -1), (x(), None), (x(), 0, True)],
    "aten::aminmax": lambda: [(x(2, 3),), (x(2, 3), 0, True), (x(2, 3), None, True), (x(),)],
    "aten::roll": lambda: [(x(2, 3), [1]), (x(2, 3), [1, 2], [0, -1]), (x(), [1])],
    "aten::permute": lambda: [(x(2, 3, 4), [1, -1, 0]), (x(), [])],
    "aten::stack": lambda: [([x(2), x(2)], -1), ([x(), x()], 0)],
    "aten::diag_embed": lambda: [(x(2, 3),), (x(3), 1, 0, -1)],
    "aten::select_backward": lambda: [(x(3), [2, 3], 0, 1), (x(2), [2, 3], -1, 1)],
    "aten::index_select": lambda: [(x(2, 3), 1, torch.tensor([2, 0])), (x(), 0, torch.tensor([0]))],
    "aten::expand": lambda: [(x(3), [2, 3]), (x(1, 3), [2, -1]), (x(), [2]), (x(), [])],
    "aten::repeat": lambda: [(x(3), [2, 2]), (x(), [3])],
    "aten::tril": lambda: [(x(3, 3), -1), (x(2, 3, 4),)],
    "aten::linalg_solve_triangular": lambda: [
        (x(3, 3).triu(), x(3, 2), True),
        (x(2, 3, 3).triu(), x(3, 2), True),
    ],
    "aten::mv": lambda: [(x(2, 3), x(3))],
    "aten::native_layer_norm": lambda: [(x(4, 3), [3], x(3), x(3), 1e-5)],
    "aten::channel_shuffle": lambda: [(x(2, 4, 3, 3), 2)],
    "aten::max_unpool2d": lambda: [(x(1, 2, 2), torch.tensor([[[0, 3], [9, 15]]]), [4, 4])],
    "aten::upsample_nearest1d": lambda: [(x(2, 3, 4), [8])],
    "aten::zeros_like": lambda: [(x(2, 3),)],
    "aten::new_ones": lambda: [(x(2, 3), [4])],
    "aten::dot": lambda: [(x(3), x(3))],
}


def test_every_entry_is_tested() -> None:
    assert {spec.op for spec in read_specs(KINDS)} == set(CASES)


@pytest.mark.filterwarnings("ignore::oplift.FallbackWarning")
@pytest.mark.parametrize("name", CASES)
def test_against_a_loop(name: str, rules: dict[str, Rules]) -> None:
    op = operator(name)
    for args in CASES[name]():
        for dims in in_dims(op, args):
            given = [spread(a, d) for a, d in zip(args, dims, strict=True)]
            with override(name, rules[name]):
                got = oplift.vmap(op, in_dims=dims)(*given)
            wants = [op.fn(*[example(a, d, b) for a, d in zip(given, dims, strict=True)]) for b in range(3)]
            compare(got, wants)


def in_dims(op: Any, args: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Every way to batch some of the tensors."""
    choices: list[Any] = [(None,) for _ in args]
    for i in op.tensors:
        if i < len(args) and isinstance(args[i], torch.Tensor):
            choices[i] = (None, 0, -1)
        elif i < len(args) and isinstance(args[i], list):
            choices[i] = [list(c) for c in product((None, 0), repeat=len(args[i]))]
    for dims in product(*choices):
        if any(d is not None and d != [None] * len(d if isinstance(d, list) else []) for d in dims):
            yield dims


def spread(a: Any, dim: Any) -> Any:
    """Three examples of an operand along `dim`."""
    if isinstance(dim, list):
        return [spread(v, d) for v, d in zip(a, dim, strict=True)]
    if dim is None:
        return a
    return torch.stack([a * (b + 1) if a.is_floating_point() else a for b in range(3)], dim)


def example(a: Any, dim: Any, b: int) -> Any:
    if isinstance(dim, list):
        return [example(v, d, b) for v, d in zip(a, dim, strict=True)]
    return a if dim is None else a.select(dim, b)


def compare(got: Any, wants: Sequence[Any]) -> None:
    if isinstance(got, (tuple, list)):
        for i, part in enumerate(got):
            compare(part, [want[i] for want in wants])
        return
    torch.testing.assert_close(got, torch.stack(list(wants)))


@pytest.mark.parametrize("name", ["aten::roll", "aten::argmax", "aten::expand", "aten::repeat", "aten::zeros_like"])
def test_no_examples_at_all(name: str, rules: dict[str, Rules]) -> None:
    for args in CASES[name]():
        rule = rules[name].batch
        assert rule is not None
        got = rule(0, (True,), args[0][None].expand(0, *args[0].shape), *args[1:])
        want = operator(name).fn(*args)
        assert (got.value.shape if isinstance(got, Unbatched) else got.shape[1:]) == want.shape


def test_a_declared_loop_does_not_warn(rules: dict[str, Rules]) -> None:
    with override("aten::dot", rules["aten::dot"]):
        assert oplift.vmap(operator("aten::dot"))(x(2, 3), x(2, 3)).shape == (2,)
