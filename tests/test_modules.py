"""Modules as functions, ensembles, norms without running statistics, and the names of oplift.func."""

from __future__ import annotations

import copy
import functools

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrize
from torch.testing import assert_close

import oplift
import oplift.experimental
import oplift.func


class Tied(nn.Module):
    """Two names for one parameter, one of them nested."""

    def __init__(self):
        super().__init__()
        self.foo = nn.Parameter(torch.randn(3))
        self.inner = nn.Module()
        self.inner.bar = self.foo
        self.other = nn.Parameter(torch.randn(3))
        self.register_buffer("buf", torch.randn(3))
        self.register_buffer("buf_tied", self.buf)

    def forward(self, x, *, scale=1.0):
        return (x * self.foo + self.inner.bar * self.other + self.buf - self.buf_tied * 2) * scale


class Counter(nn.Module):
    """A buffer that each call replaces."""

    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(()))
        self.weight = nn.Parameter(torch.ones(2))

    def forward(self, x):
        self.count = self.count + 1
        return x * self.weight * self.count


def net(norm=False):
    layers = [nn.Linear(3, 4), nn.BatchNorm1d(4) if norm else nn.Tanh(), nn.Linear(4, 2)]
    return nn.Sequential(*layers)


# ---------------------------------------------------------------- functional_call


def fresh(module):
    return {name: torch.randn_like(p) for name, p in module.named_parameters()}


def test_functional_call():
    model, x = net(), torch.randn(5, 3)
    state, before = fresh(model), copy.deepcopy(model.state_dict())
    expected = torch.func.functional_call(model, state, (x,))
    assert_close(oplift.functional_call(model, state, (x,)), expected)
    assert_close(oplift.functional_call(model, state, x), expected)
    assert_close(dict(model.state_dict()), dict(before))
    assert all(isinstance(p, nn.Parameter) for p in model.parameters())


def test_what_is_not_given_keeps_its_value():
    model, x = net(), torch.randn(5, 3)
    bias = {"0.bias": torch.zeros(4)}
    assert_close(oplift.functional_call(model, bias, x), torch.func.functional_call(model, bias, x))
    assert_close(oplift.functional_call(model, {}, x), model(x))


def test_several_dicts():
    model, x = net(norm=True).eval(), torch.randn(5, 3)
    params = fresh(model)
    buffers = {name: torch.rand_like(b.float()) + 1 for name, b in model.named_buffers()}
    expected = torch.func.functional_call(model, (params, buffers), x)
    assert_close(oplift.functional_call(model, (params, buffers), x), expected)
    assert_close(oplift.functional_call(model, [params, buffers], x), expected)


def test_keyword_arguments():
    model, x = Tied(), torch.randn(3)
    found = oplift.functional_call(model, {"other": x}, x, {"scale": 2.0})
    assert_close(found, torch.func.functional_call(model, {"other": x}, x, {"scale": 2.0}))
    assert_close(oplift.functional_call(model, {"other": x}, kwargs={"x": x}), found / 2)


@pytest.mark.parametrize("tie_weights", [True, False])
@pytest.mark.parametrize("names", [["foo"], ["inner.bar"], ["buf"], ["buf_tied", "foo"]])
def test_tied_weights(names, tie_weights):
    model, x = Tied(), torch.randn(3)
    state = {name: torch.randn(3) for name in names}
    found = oplift.functional_call(model, state, x, tie_weights=tie_weights)
    assert_close(found, torch.func.functional_call(model, state, x, tie_weights=tie_weights))


def test_tied_weights_with_two_values():
    model, x = Tied(), torch.randn(3)
    two = {"foo": torch.zeros(3), "inner.bar": torch.ones(3)}
    with pytest.raises(ValueError, match="got multiple values for keys .*'foo', 'inner.bar'.*tie_weights=False"):
        oplift.functional_call(model, two, x)
    one = torch.zeros(3)
    assert_close(
        oplift.functional_call(model, {"foo": one, "inner.bar": one}, x), oplift.functional_call(model, {"foo": one}, x)
    )


def test_strict():
    model, x = net(), torch.randn(5, 3)
    state = fresh(model)
    assert_close(oplift.functional_call(model, state, x, strict=True), torch.func.functional_call(model, state, x))
    with pytest.raises(RuntimeError, match="Missing key.*0.weight"):
        oplift.functional_call(model, {"0.bias": torch.zeros(4)}, x, strict=True)
    with pytest.raises(RuntimeError, match="Unexpected key.*nobody"):
        oplift.functional_call(model, {**state, "nobody": x}, x, strict=True)


def test_a_lone_dict_gets_the_new_buffers():
    model, state = Counter(), {"count": torch.tensor(5.0)}
    found = oplift.functional_call(model, state, torch.ones(2))
    assert_close(found, torch.full((2,), 6.0))
    assert_close(state["count"], torch.tensor(6.0))
    assert_close(model.count, torch.tensor(0.0))


def test_parametrizations():
    class Double(nn.Module):
        def forward(self, w):
            return w * 2

    model, x = nn.Linear(3, 2), torch.randn(3)
    parametrize.register_parametrization(model, "weight", Double())
    original = {"parametrizations.weight.original": torch.ones(2, 3)}
    assert_close(oplift.functional_call(model, original, x), x @ torch.full((3, 2), 2.0) + model.bias)


def test_the_module_is_restored_after_an_error():
    model = net()
    weight = model[0].weight
    with pytest.raises(RuntimeError):
        oplift.functional_call(model, fresh(model), torch.randn(5, 99))
    assert model[0].weight is weight


@pytest.mark.parametrize(
    ("dicts", "message"),
    [
        (({"0.bias": 1}, {"0.bias": 2}), r"\['0.bias'\] appeared in multiple dictionaries"),
        (({"0.bias": 1}, [2]), "all elements of parameter_and_buffer_dicts to be dictionaries"),
        (3, "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got <class 'int'>"),
    ],
)
def test_wrong_dicts(dicts, message):
    with pytest.raises(ValueError, match=message):
        oplift.functional_call(net(), dicts, torch.randn(3))


def test_under_transforms():
    model, x, y = net(), torch.randn(5, 3), torch.randn(5, 2)

    def loss(m, params, x, y):
        return (m.functional_call(model, params, (x,)) - y).square().mean()

    params = {name: p.detach() for name, p in model.named_parameters()}
    runs = []
    for m in (oplift.func, torch.func):
        f = functools.partial(loss, m)
        runs.append((m.grad(f)(params, x, y), m.vmap(m.grad(f), (None, 0, 0))(params, x, y), m.jacrev(f)(params, x, y)))
    assert_close(*runs)


# ---------------------------------------------------------------- ensembles


def test_stack_module_state():
    models, x = [net(norm=True).eval() for _ in range(4)], torch.randn(5, 3)
    params, buffers = oplift.stack_module_state(models)
    expected = torch.func.stack_module_state(models)
    assert_close((params, buffers), expected)
    assert all(p.is_leaf and p.requires_grad for p in params.values())
    call = lambda p, b, x: oplift.functional_call(models[0], (p, b), x)
    found = oplift.vmap(call, (0, 0, None))(params, buffers, x)
    assert_close(found, torch.stack([model(x) for model in models]))


def test_combine_state_for_ensemble():
    models, x = [net(norm=True).eval() for _ in range(4)], torch.randn(5, 3)
    func, params, buffers = oplift.combine_state_for_ensemble(models)
    assert not any(p.requires_grad for p in params)
    found = oplift.vmap(func, (0, 0, None))(params, buffers, x)
    assert_close(found, torch.stack([model(x) for model in models]).detach())


@pytest.mark.parametrize("api", ["stack_module_state", "combine_state_for_ensemble"])
def test_misused_ensembles(api):
    ensemble = getattr(oplift, api)
    with pytest.raises(RuntimeError, match=f"{api}: Expected at least one model, got 0"):
        ensemble([])
    with pytest.raises(RuntimeError, match="same training/eval mode"):
        ensemble([net(), net().eval()])
    with pytest.raises(RuntimeError, match="to be of the same class.*Linear.*Sequential"):
        ensemble([net(), nn.Linear(3, 2)])


def test_models_that_differ_in_requires_grad():
    frozen = net()
    frozen[0].bias.requires_grad_(False)
    with pytest.raises(RuntimeError, match="Expected 0.bias from each model to have the same .requires_grad"):
        oplift.stack_module_state([net(), frozen])
    params, _ = oplift.stack_module_state([frozen, copy.deepcopy(frozen)])
    assert params["0.weight"].requires_grad
    assert not params["0.bias"].requires_grad


# ---------------------------------------------------------------- make_functional


def test_make_functional():
    model, x = net(), torch.randn(5, 3)
    func, params = oplift.make_functional(model)
    assert func.param_names == ("0.weight", "0.bias", "2.weight", "2.bias")
    assert all(p.requires_grad for p in params)
    assert_close(func(params, x), model(x))
    assert_close(
        func([p * 2 for p in params], x),
        torch.func.functional_call(model, {n: p * 2 for n, p in model.named_parameters()}, x),
    )
    assert model[0].weight is not params[0]
    with pytest.raises(ValueError, match="takes 4 parameters and buffers, got 3"):
        func(params[:3], x)


def test_make_functional_with_buffers():
    model, x = net(norm=True), torch.randn(5, 3)
    func, params, buffers = oplift.make_functional_with_buffers(model)
    assert func.buffer_names == ("1.running_mean", "1.running_var", "1.num_batches_tracked")
    assert_close(func(params, buffers, x), model(x))
    assert_close(list(buffers), list(model.buffers()))  # the statistics were written to what was passed


def test_disable_autograd_tracking():
    for make in (oplift.make_functional, oplift.make_functional_with_buffers):
        params = make(net(), disable_autograd_tracking=True)[1]
        assert not any(p.requires_grad for p in params)
        model = net()
        model[0].bias.requires_grad_(False)
        assert [p.requires_grad for p in make(model)[1]] == [True, False, True, True]


def test_a_module_with_buffers_needs_the_other_function():
    with pytest.raises(RuntimeError, match="has buffers. Please use make_functional_with_buffers"):
        oplift.make_functional(net(norm=True))


def test_tied_weights_are_one_parameter():
    model, x = Tied(), torch.randn(3)
    func, params, buffers = oplift.make_functional_with_buffers(model)
    assert (func.param_names, func.buffer_names) == (("foo", "other"), ("buf",))
    assert_close(func(params, buffers, x, scale=2.0), model(x, scale=2.0))
    assert_close(
        func((params[0] * 2, params[1]), buffers, x), torch.func.functional_call(model, {"foo": params[0] * 2}, x)
    )


def test_the_state_does_not_stay_in_the_function():
    func, params = oplift.make_functional(net())
    func(params, torch.randn(5, 3))
    assert all(p.device.type == "meta" for p in func.stateless_model.parameters())


def test_gradients_of_functional_modules():
    model, x = net(), torch.randn(5, 3)
    func, params = oplift.make_functional(model, disable_autograd_tracking=True)
    found = oplift.grad(lambda p: func(p, x).square().sum())(params)
    model(x).square().sum().backward()
    assert_close(list(found), [p.grad for p in model.parameters()])


def test_running_statistics_are_written_under_grad():
    model, x = net(norm=True), torch.randn(5, 3)
    func, params, buffers = oplift.make_functional_with_buffers(model, disable_autograd_tracking=True)
    oplift.grad(lambda p, b: func(p, b, x).square().sum())(params, buffers)
    model(x)
    assert_close(list(buffers), list(model.buffers()))


# ---------------------------------------------------------------- norms

NORMS = [
    (lambda: nn.BatchNorm1d(3), (4, 3)),
    (lambda: nn.BatchNorm1d(3, affine=False), (4, 3, 5)),
    (lambda: nn.BatchNorm2d(3), (4, 3, 5, 5)),
    (lambda: nn.BatchNorm3d(3), (4, 3, 2, 2, 2)),
    (lambda: nn.LazyBatchNorm2d(), (4, 3, 5, 5)),
    (lambda: nn.SyncBatchNorm(3), None),
    (lambda: nn.InstanceNorm1d(3, track_running_stats=True), (4, 3, 5)),
    (lambda: nn.InstanceNorm2d(3, track_running_stats=True, affine=True), (4, 3, 5, 5)),
    (lambda: nn.InstanceNorm3d(3, track_running_stats=True), (4, 3, 2, 2, 2)),
]


@pytest.mark.parametrize("case", range(len(NORMS)))
def test_replace_all_batch_norm_modules(case):
    make, shape = NORMS[case]
    model = nn.Sequential(nn.Identity(), nn.Sequential(make(), nn.ReLU()))
    assert oplift.experimental.replace_all_batch_norm_modules_(model) is model
    assert not list(model.buffers())
    if shape is None:
        return
    x = torch.randn(2, *shape)
    for mode in (True, False):
        model.train(mode)
        assert_close(model(x[0]), nn.ReLU()(_reference(model[1][0], x[0])))
        found = oplift.vmap(model)(x)
        assert_close(found, torch.stack([model(row) for row in x]))


def _reference(norm, x):
    if isinstance(norm, nn.modules.instancenorm._InstanceNorm):
        return nn.functional.instance_norm(x, weight=norm.weight, bias=norm.bias)
    return nn.functional.batch_norm(x, None, None, norm.weight, norm.bias, training=True)


def test_an_ensemble_counts_its_batches_in_python():
    # momentum=None reads `float(num_batches_tracked)`, which stack_module_state has stacked
    nets = [nn.BatchNorm1d(3, momentum=None), nn.BatchNorm1d(3, momentum=None)]
    for model in nets:
        model(torch.randn(4, 3))
    params, buffers = oplift.stack_module_state(nets)
    x = torch.randn(2, 4, 3)

    def call(p, b, x):
        state = {**p, **b}
        return oplift.functional_call(nets[0], state, x), {name: state[name] for name in b}

    found, kept = oplift.vmap(call)(params, buffers, x)
    assert_close(found, torch.stack([model(row) for model, row in zip(nets, x, strict=True)]))
    assert_close(kept, {name: torch.stack([dict(m.named_buffers())[name] for m in nets]) for name in kept})
    again = oplift.vmap(oplift.vmap(call, in_dims=(None, None, 0)), in_dims=(0, 0, None))  # nested, and agreeing
    assert again(params, buffers, x)[0].shape == (2, 2, 4, 3)
    buffers["num_batches_tracked"] = torch.tensor([1, 2])
    with pytest.raises(RuntimeError, match=r"float\(\) of a tensor of shape \(\) that differs from example to example"):
        oplift.vmap(call)(params, buffers, x)


@pytest.mark.parametrize("read", [float, int, bool, lambda x: x.item()])
def test_numbers_that_agree_are_for_pytorch_alone(read):
    with pytest.raises(RuntimeError, match="batched tensor"):
        oplift.vmap(lambda x: x * read(x))(torch.ones(3))


def test_the_root_itself_and_norms_without_statistics():
    root = nn.BatchNorm1d(3)
    oplift.func.replace_all_batch_norm_modules_(root)
    assert root.running_mean is None
    other = nn.Sequential(nn.LayerNorm(3), nn.GroupNorm(1, 3), nn.BatchNorm1d(3, track_running_stats=False))
    before = copy.deepcopy(other.state_dict())
    oplift.func.replace_all_batch_norm_modules_(other)
    assert_close(dict(other.state_dict()), dict(before))


# ---------------------------------------------------------------- names


def test_func_has_the_names_of_torch_func():
    assert set(torch.func.__all__) <= set(oplift.func.__all__)
    for name in oplift.func.__all__:
        assert getattr(oplift.func, name).__doc__


def test_debug_unwrap():
    seen = []

    def f(x):
        seen.append((oplift.func.debug_unwrap(x), oplift.func.debug_unwrap(x, recurse=False)))
        return x.sum()

    x = torch.randn(2, 3)
    oplift.vmap(oplift.grad(f))(x)
    assert_close(seen[0][0], x)
    assert seen[0][1].shape == (3,)
    assert oplift.func.debug_unwrap(x) is x


PATTERNS = [
    ("b h w c -> (b h) w c", {}),
    ("b h w c -> h (b w) c", {}),
    ("b (h1 h) (w1 w) c -> (b h1 w1) h w c", {"h1": 2, "w1": 2}),
    ("b ... -> ... b", {}),
    ("b ... c -> (b ...) c", {}),
    ("b h w c -> b 1 (h w) c 1", {}),
    ("... -> (...)", {}),
]


@pytest.mark.parametrize(("pattern", "lengths"), PATTERNS)
def test_rearrange(pattern, lengths):
    x = torch.randn(2, 4, 6, 3)
    found = oplift.func.rearrange(x, pattern, **lengths)
    assert_close(found, torch.func.rearrange(x, pattern, **lengths))
    batch = torch.randn(5, 2, 4, 6, 3)
    mapped = oplift.vmap(lambda x: oplift.func.rearrange(x, pattern, **lengths))(batch)
    assert_close(mapped, torch.stack([oplift.func.rearrange(x, pattern, **lengths) for x in batch]))


def test_rearrange_stacks_a_list():
    xs = [torch.randn(2, 3) for _ in range(4)]
    assert_close(oplift.func.rearrange(xs, "n a b -> a (n b)"), torch.cat(xs, 1))


WRONG_PATTERNS = [
    ("a b", {}, "single '->' separator"),
    ("a b -> a", {}, "only on one side"),
    ("a a -> a", {}, "duplicate dimension"),
    ("a -> a", {}, r"must be equal to the number of dimensions in the tensor \(2\)"),
    ("a b c ... -> a b c ...", {}, "must be less than or equal"),
    ("(a b) c -> a b c", {}, "cannot be"),
    ("(a b) c -> a b c", {"a": 4}, "cannot be"),
    ("a b 2 -> a b", {}, "unnamed axes of size 1"),
    ("a (b -> a b", {}, "Imbalanced"),
    ("a ((b)) -> a b", {}, "not balanced, or nested"),
    ("a b. -> a b", {}, "Invalid axis identifier"),
    ("(...) -> ...", {}, "left side is not allowed"),
    ("a b -> a b", {"c": 1}, "not found"),
]


@pytest.mark.parametrize(("pattern", "lengths", "message"), WRONG_PATTERNS)
def test_wrong_patterns(pattern, lengths, message):
    with pytest.raises(ValueError, match=message):
        oplift.func.rearrange(torch.zeros(2, 3), pattern, **lengths)
    with pytest.raises(TypeError, match="must be integers"):
        oplift.func.rearrange(torch.zeros(2, 3), "a b -> a b", a=2.0)


def test_torch_compile_sees_through_functional_call():
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
    params, x = dict(net.named_parameters()), torch.randn(2, 3)
    compiled = torch.compile(lambda p, x: oplift.functional_call(net, p, (x,)), fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(params, x), net(x))
