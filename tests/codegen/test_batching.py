"""Every batching kind with every option, against a loop over the examples."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch

import oplift
from oplift.codegen import generate_file, load_rules, read_specs
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


def z(*shape: int) -> torch.Tensor:
    return torch.complex(x(*shape), x(*shape))


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
    "aten::_prelu_kernel": lambda: [(x(2, 3) - 1, x(1, 3)), (x(2, 3) - 1, x(1, 1))],
    "aten::mse_loss": lambda: [(x(2, 3), x(3), r) for r in (0, 1, 2)] + [(x(), x(), r) for r in (0, 1, 2)],
    "aten::mse_loss_backward": lambda: [(x(), x(2, 3), x(2, 3), 1), (x(), x(3), x(3), 2), (x(3), x(3), x(3), 0)],
    "aten::cosine_similarity": lambda: [(x(2, 3), x(3), 1), (x(3), x(2, 3), -2), (x(2, 1), x(2, 3), 0)],
    "aten::_fft_c2c": lambda: [(z(2, 3), [1], 0, True), (z(3), [0], 0, True)],
    "aten::linalg_householder_product": lambda: [(x(4, 3), x(2)), (x(2, 4, 3), x(2, 3))],
    "aten::cholesky_solve": lambda: [(x(3, 2), x(3, 3)), (x(2, 3, 2), x(3, 3)), (x(3, 1), x(2, 3, 3))],
    "aten::linalg_lu_solve": lambda: [
        (x(3, 3) + torch.eye(3), torch.tensor([2, 2, 3], dtype=torch.int32), b, left, adjoint)
        for b, left in ((x(3, 2), True), (x(2, 3), False), (x(3, 3), False), (x(0, 3), False))
        for adjoint in (False, True)
    ],
    "aten::linalg_qr": lambda: [(x(4, 3), "reduced"), (x(2, 3, 4), "r")],
    "aten::upsample_nearest1d_backward": lambda: [(x(2, 3, 8), [8], [2, 3, 4])],
    "aten::native_group_norm": lambda: [(x(2, 4, 3), None, None, 2, 4, 3, 2, 1e-5)],
    "aten::grid_sampler_2d": lambda: [(x(2, 3, 4, 5), x(2, 3, 2, 2) - 1, 0, 0, False)],
    "aten::mm": lambda: [(x(2, 3), x(3, 4))],
    "aten::addr": lambda: [(x(2, 3), x(2), x(3)), (x(3), x(2), x(3)), (x(), x(2), x(3))],
    "aten::lerp.Tensor": lambda: [(x(2, 3), x(2, 3), x(2, 3))],
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
    return a if dim is None else a.select(dim, b).contiguous()  # as some kernels read memory as it lies


def compare(got: Any, wants: Sequence[Any]) -> None:
    if isinstance(got, (tuple, list)):
        for i, part in enumerate(got):
            compare(part, [want[i] for want in wants])
        return
    torch.testing.assert_close(got, torch.stack(list(wants)))


@pytest.mark.parametrize(
    "name", ["aten::roll", "aten::argmax", "aten::expand", "aten::repeat", "aten::zeros_like", "aten::_fft_c2c"]
)
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


def test_a_right_hand_side_folds_into_columns(rules: dict[str, Rules]) -> None:
    """What all examples share is solved with once: no operand has a batch of matrices."""
    rule, seen = rules["aten::cholesky_solve"].batch, list[Any]()
    assert rule is not None

    class Watch(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if "cholesky_solve" in str(func):
                seen.append(args[0].shape)
            return func(*args, **(kwargs or {}))

    with Watch():
        rule(5, (True, False), x(5, 3, 2), x(3, 3), False)
    assert seen == [(3, 10)]


def test_of_several_cases_the_shortest_tests_are_written() -> None:
    source = generate_file(KINDS)
    body = source[source.index("def lerp_Tensor_batch(") :].split("\n\n\n")[0]
    assert "if batched[1] and not batched[2]:\n        return self + (end - self) * weight\n    return " in body
