"""Module strategies: who answers for which submodule, what is restored, what is refused, and carried statistics."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize
from torch.testing import assert_close

import oplift
from oplift import plugin
from oplift.plugin import MISSING, ModuleStrategy, Unserved
from oplift.tracer import Tracer

from .plugin_cases import made

Tensor = torch.Tensor


@pytest.fixture(autouse=True)
def taken_out() -> Iterator[None]:
    """What a test registers is gone after it."""
    before = {info.name for info in plugin.plugins()}
    yield
    for info in plugin.plugins():
        if info.name not in before:
            plugin.unregister(info.name)


def params_of(net: nn.Module) -> dict[str, Tensor]:
    return {name: p.detach() for name, p in net.named_parameters()}


# ---------------------------------------------------------------- a strategy of a third party's


class Table(nn.Module):
    """State that is no parameter and no buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.table = torch.zeros(2)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.table


class TableStrategy(ModuleStrategy):
    def buffers(self, module: nn.Module) -> Mapping[str, Tensor]:
        return {"table": module.table}

    def forget_(self, module: nn.Module) -> None:
        module.table = torch.full((2,), -1.0)


def tables(module: nn.Module) -> ModuleStrategy | None:
    return TableStrategy() if isinstance(module, Table) else None


def test_a_strategy_for_a_submodule() -> None:
    net = nn.Sequential(nn.Linear(3, 2), Table())
    _, _, buffers = oplift.make_functional_with_buffers(net)
    assert buffers == ()
    plugin.register(made(oplift_functionalize_module=lambda module: tables(module)), "tables")
    func, params, buffers = oplift.make_functional_with_buffers(net)
    assert func.buffer_names == ("1.table",)
    x, new = torch.randn(4, 3), torch.ones(2)
    assert_close(func(params, [new], x), net[0](x) + 1)
    assert_close(oplift.functional_call(net, {"1.table": new}, x), net[0](x) + 1)
    assert_close(net[1].table, torch.zeros(2))
    _, stacked = oplift.stack_module_state([net, copy.deepcopy(net)])
    assert stacked["1.table"].shape == (2, 2)
    func, params, buffers = oplift.combine_state_for_ensemble([net, copy.deepcopy(net)])
    assert oplift.vmap(func, (0, 0, None))(params, buffers, x).shape == (2, 4, 2)
    oplift.experimental.replace_all_batch_norm_modules_(net)
    assert_close(net[1].table, torch.full((2,), -1.0))
    plugin.unregister("tables")
    assert oplift.make_functional_with_buffers(net)[2] == ()


def test_a_strategy_that_fails_leaves_nothing_half_done() -> None:
    class Failing(ModuleStrategy):
        def put(self, module: nn.Module, values: Mapping[str, Any]) -> Mapping[str, Any]:
            raise ValueError("cannot be put")

    failing = made(oplift_functionalize_module=lambda module: Failing() if isinstance(module, nn.Tanh) else None)
    plugin.register(failing, "failing")
    net = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    before = dict(net.named_parameters())
    with pytest.raises(ValueError, match="cannot be put"):
        oplift.functional_call(net, {"0.weight": torch.zeros(2, 2), "1.scale": torch.ones(2)}, torch.ones(2))
    assert all(p is before[name] for name, p in net.named_parameters())


def test_a_strategy_that_cannot_put_back_is_an_error_and_the_rest_is_put_back() -> None:
    class Once(ModuleStrategy):
        def put(self, module: nn.Module, values: Mapping[str, Any]) -> Mapping[str, Any]:
            if values.get("scale") is MISSING:
                raise ValueError("cannot be put back")
            return super().put(module, values)

    once = Once()
    plugin.register(
        made(oplift_functionalize_module=lambda module: once if isinstance(module, nn.Tanh) else None), "once"
    )
    net = nn.Sequential(nn.Tanh(), nn.Linear(2, 2))
    before = dict(net.named_parameters())
    with pytest.raises(ValueError, match="cannot be put back"):
        oplift.functional_call(net, {"0.scale": torch.ones(2), "1.weight": torch.zeros(2, 2)}, torch.ones(2))
    assert all(p is before[name] for name, p in net.named_parameters())


def test_plain_attributes_are_given_and_put_back() -> None:
    net = Table()
    assert_close(oplift.functional_call(net, {"table": torch.ones(2)}, torch.ones(2)), torch.full((2,), 2.0))
    assert_close(oplift.functional_call(net, {"new": torch.ones(2)}, torch.ones(2)), torch.ones(2))
    assert not hasattr(net, "new")
    with pytest.raises(TypeError, match="attribute 'forward' of Table is method, not a tensor"):
        oplift.functional_call(net, {"forward": torch.ones(2)}, torch.ones(2))
    with pytest.raises(AttributeError, match="functional_call: Table has no submodule 'a.b'"):
        oplift.functional_call(net, {"a.b.weight": torch.ones(2)}, torch.ones(2))


# ---------------------------------------------------------------- the strategies that ship


def scripted() -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.script(nn.Linear(2, 2))  # type: ignore[no-any-return]


def traced() -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.trace(nn.Linear(2, 2), torch.ones(2))  # type: ignore[no-any-return]


REFUSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "scripted": (scripted, r"\(RecursiveScriptModule\) cannot become a function of its state: it is scripted by torch\.jit"),
    "traced": (traced, r"\(TopLevelTracedModule\) cannot become a function of its state: it is traced by torch\.jit"),
    "data parallel": (lambda: nn.DataParallel(nn.Linear(2, 2)), r"\(DataParallel\) cannot .* use that one, its attribute `module`"),
    "lazy": (lambda: nn.LazyLinear(2), r"\(LazyLinear\) cannot .* its parameter 'weight' is not initialized; call the module once"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("api", ["make_functional", "make_functional_with_buffers", "stack_module_state", "combine"])
def test_what_nobody_serves_is_refused_by_name(case: str, api: str) -> None:
    make, says = REFUSED[case]
    net = nn.Sequential(nn.Tanh(), nn.ModuleDict({"inner": make()}))
    call = oplift.combine_state_for_ensemble if api == "combine" else getattr(oplift, api)
    with pytest.raises(Unserved, match="submodule '1.inner' " + says):
        call([net] if api in ("stack_module_state", "combine") else net)


@pytest.mark.parametrize("case", ["scripted", "traced"])
def test_the_root_is_refused_by_name_too(case: str) -> None:
    net = REFUSED[case][0]()
    with pytest.raises(Unserved, match="functional_call: the module " + REFUSED[case][1]):
        oplift.functional_call(net, {"weight": torch.zeros(2, 2)}, torch.ones(2))
    holder = nn.Sequential(nn.Linear(2, 2), net)  # its own state is not asked for
    found = oplift.functional_call(holder, {"0.weight": torch.zeros(2, 2)}, torch.ones(2))
    assert_close(found, net(holder[0].bias))


def test_a_lazy_module_is_served_once_it_knows_its_shapes() -> None:
    net = nn.Sequential(nn.LazyLinear(2))
    with pytest.raises(Unserved):
        oplift.make_functional(net)
    net(torch.ones(3))
    assert oplift.make_functional(net)[1][0].shape == (2, 3)


def spectral() -> nn.Module:
    return parametrizations.spectral_norm(nn.Linear(3, 3)).eval()


DERIVED: dict[str, Callable[[], nn.Module]] = {
    "weight_norm": lambda: parametrizations.weight_norm(nn.Linear(3, 3)),
    "spectral_norm": spectral,
    "orthogonal": lambda: parametrizations.orthogonal(nn.Linear(3, 3)),
    "lstm": lambda: nn.LSTM(3, 3),
    "gru": lambda: nn.GRU(3, 3, num_layers=2, bidirectional=True),
}


def first(out: Any) -> Tensor:
    return out[0] if isinstance(out, tuple) else out


def old_weight_norm() -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return torch.nn.utils.weight_norm(nn.Linear(3, 3))  # type: ignore[no-any-return]


@pytest.mark.parametrize("case", [*DERIVED, "old weight_norm"])
def test_what_is_derived_from_the_state_is_served_and_nothing_of_a_transform_stays(case: str) -> None:
    net = old_weight_norm() if case == "old weight_norm" else DERIVED[case]()
    x = torch.randn(4, 2, 3)
    params = params_of(net)
    loss = lambda p, x: first(oplift.functional_call(net, p, x)).square().sum()
    found = oplift.vmap(oplift.grad(loss), (None, 0))(params, x)
    for i in range(4):
        net.zero_grad()
        first(net(x[i])).square().sum().backward()
        for name, p in net.named_parameters():
            assert_close(found[name][i], p.grad, msg=name)
    values = [v for m in net.modules() for v in vars(m).values()]
    held = [x for v in values for x in (v if isinstance(v, list) else [v])]
    assert not any(isinstance(x, Tracer) for x in held)
    stacked = oplift.stack_module_state([net, copy.deepcopy(net)])[0] if case in DERIVED else {}
    assert all(p.shape[0] == 2 for p in stacked.values())


def test_a_cache_of_parametrizations_does_not_outlive_the_state_it_is_of() -> None:
    net = DERIVED["weight_norm"]()
    x = torch.randn(4, 3)
    params = params_of(net)
    call = lambda p, x: oplift.functional_call(net, p, x)
    double = {name: 2 * p for name, p in params.items()}
    expected = torch.func.functional_call(net, double, x)
    with parametrize.cached():
        plain = net(x)
        assert_close(call(double, x), expected)
        assert_close(oplift.vmap(call, (None, 0))(double, x), expected)
        assert_close(net(x), plain)


def test_shared_submodules_and_replaced_buffers() -> None:
    class Counter(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("count", torch.zeros(()))

        def forward(self, x: Tensor) -> Tensor:
            self.count = self.count + 1
            return x * self.count

    one = Counter()
    net = nn.Sequential(one, one)
    state = {"0.count": torch.zeros(())}
    assert_close(oplift.functional_call(net, state, torch.ones(2)), torch.full((2,), 2.0))
    assert_close(state["0.count"], torch.tensor(2.0))
    assert_close(one.count, torch.tensor(0.0))
    out, buffers = oplift.functional_call(net, {}, torch.ones(2), carried=True)
    assert_close((out, buffers), (torch.full((2,), 2.0), {"0.count": torch.tensor(2.0)}))
    assert_close(one.count, torch.tensor(0.0))


def test_an_exception_in_the_module_restores_all() -> None:
    class Raising(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise KeyError("in the module")

    net = nn.Sequential(nn.BatchNorm1d(3), Raising())
    before = dict(net.named_parameters()) | dict(net.named_buffers())
    for carried in (False, True):
        with pytest.raises(KeyError):
            oplift.functional_call(net, {name: torch.ones(3) for name in before}, torch.ones(2, 3), carried=carried)
        assert all(before[name] is x for name, x in [*net.named_parameters(), *net.named_buffers()])
        assert not net[0]._forward_pre_hooks


def test_functional_modules_can_be_copied_and_pickled() -> None:
    func, params = oplift.make_functional(nn.Sequential(nn.Linear(3, 2), nn.Tanh()))
    x = torch.randn(3)
    assert_close(copy.deepcopy(func)(params, x), func(params, x))
    assert_close(pickle.loads(pickle.dumps(func))(params, x), func(params, x))


def test_under_torch_compile() -> None:
    net, x = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3)).eval(), torch.randn(2, 3)
    state = {name: 2 * p for name, p in params_of(net).items()}
    call = lambda p, x: oplift.functional_call(net, p, x)
    assert_close(torch.compile(call, backend="eager")(state, x), call(state, x))


# ---------------------------------------------------------------- carried statistics


NORMS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "BatchNorm1d": (lambda: nn.BatchNorm1d(3), (4, 5, 3)),
    "BatchNorm1d, cumulative": (lambda: nn.BatchNorm1d(3, momentum=None), (4, 5, 3)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(3), (4, 2, 3, 4, 4)),
    "BatchNorm3d, not affine": (lambda: nn.BatchNorm3d(3, affine=False), (4, 2, 3, 2, 2, 2)),
    "InstanceNorm2d": (lambda: nn.InstanceNorm2d(3, affine=True, track_running_stats=True), (4, 2, 3, 4, 4)),
}


def by_loop(net: nn.Module, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Output and buffers of the module itself for each example, stacked."""
    copies = [copy.deepcopy(net) for _ in x]
    out = torch.stack([m(example) for m, example in zip(copies, x, strict=True)])
    return out.detach(), {name: torch.stack([m.get_buffer(name) for m in copies]) for name, _ in net.named_buffers()}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("case", NORMS)
def test_carried(case: str, training: bool) -> None:
    make, shape = NORMS[case]
    net = nn.Sequential(make(), nn.Tanh(), make()).train(training)
    x, params = torch.randn(shape), params_of(net)
    before = copy.deepcopy(net.state_dict())
    call = lambda p, x: oplift.functional_call(net, p, x, carried=True)
    expected = by_loop(net, x)
    assert_close(oplift.vmap(call, (None, 0))(params, x), expected)
    assert_close(
        oplift.vmap(oplift.vmap(call, (None, 0)), (None, 0))(params, x[None])[1],
        {k: b[None] for k, b in expected[1].items()},
    )
    out, buffers = call(params, x[0])
    assert_close((out, buffers), (expected[0][0], {k: b[0] for k, b in expected[1].items()}))
    assert_close(dict(net.state_dict()), dict(before))

    def loss(p: dict[str, Tensor], x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        out, buffers = call(p, x)
        return out.square().sum(), buffers

    if params:
        _, buffers = oplift.vmap(oplift.grad(loss, has_aux=True), (None, 0))(params, x)
        assert_close(buffers, expected[1])


def test_carried_is_batched_only_if_need_be() -> None:
    net = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 3), nn.BatchNorm1d(3))
    x, weights = torch.randn(5, 3), torch.randn(4, 3, 3)
    call = lambda w: oplift.functional_call(net, {"1.weight": w}, x, carried=True)[1]
    dims = {name: (0 if name.startswith("2.running") else None) for name, _ in net.named_buffers()}
    found = oplift.vmap(call, out_dims=dims)(weights)  # an out_dim of None is refused for what is batched
    assert found["0.running_mean"].shape == (3,)
    assert found["2.running_mean"].shape == (4, 3)


def test_carried_for_an_ensemble() -> None:
    nets = [nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3)) for _ in range(4)]
    x = torch.randn(5, 3)
    params, buffers = oplift.stack_module_state(nets)
    call = lambda p, b, x: oplift.functional_call(nets[0], (p, b), x, carried=True)
    before = {name: b.clone() for name, b in buffers.items()}
    found = oplift.vmap(call, (0, 0, None))(params, buffers, x)
    expected = [by_loop(net, x[None]) for net in nets]
    assert_close(found[0].detach(), torch.cat([out for out, _ in expected]))
    assert_close(found[1], {name: torch.cat([b[name] for _, b in expected]) for name in buffers})
    assert_close(buffers, before)

    func, _, given = oplift.make_functional_with_buffers(nets[0], carried=True)
    out, new = func([p[0] for p in params.values()], given, x)
    assert_close((out, list(new)), (found[0][0], [b[0] for b in found[1].values()]))
    assert_close(list(given), list(nets[0].buffers()))


@pytest.mark.parametrize("momentum", [0.1, None])
def test_carried_through_several_steps(momentum: float | None) -> None:
    norm = nn.BatchNorm1d(3, momentum=momentum)
    steps = torch.randn(4, 6, 5, 3)  # examples, steps, rows, channels

    def train(steps: Tensor) -> dict[str, Tensor]:
        buffers: dict[str, Tensor] = {}
        for x in steps:
            buffers = oplift.functional_call(norm, buffers, x, carried=True)[1]
        return buffers

    found = oplift.vmap(train)(steps)
    for i in range(4):
        module = copy.deepcopy(norm)
        for x in steps[i]:
            module(x)
        assert_close({k: b[i] for k, b in found.items()}, dict(module.named_buffers()))
    assert norm.momentum == momentum


def test_models_that_have_seen_more_or_less() -> None:
    nets = [nn.BatchNorm1d(3, momentum=None) for _ in range(4)]
    for i, net in enumerate(nets):
        for _ in range(i):
            net(torch.randn(5, 3))
    params, buffers = oplift.stack_module_state(nets)
    x = torch.randn(5, 3)
    call = lambda p, b: oplift.functional_call(nets[0], (p, b), x, carried=True)[1]
    found = oplift.vmap(call)(params, buffers)
    expected = [by_loop(net, x[None])[1] for net in nets]
    assert_close(found, {name: torch.cat([b[name] for b in expected]) for name in buffers})
