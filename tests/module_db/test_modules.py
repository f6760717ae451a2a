"""What docs/modules.md says of a module holds; and the measure finds what is wrong, slow or unsupported."""

import types

import pytest
import torch

import oplift
from tests.module_db import __main__ as command
from tests.module_db import checks
from tests.module_db.samples import ENTRIES

RECORDED = command.recorded(command.PAGE.read_text())
SAMPLES = 3


@pytest.mark.parametrize("name", [name for name in RECORDED if name in ENTRIES])
def test_what_passed_passes(name: str) -> None:
    found = checks.cases(ENTRIES[name], SAMPLES)
    now = {check: checks.judge(oplift, found, check) for check, was in RECORDED[name].items() if was == "pass"}
    assert not command.lost(RECORDED, {name: now})


def test_every_module_has_a_row() -> None:
    """A newer PyTorch may have more; the page says with which it was written."""
    written = command.HEAD.format(version=torch.__version__.partition("+")[0], samples="")[:-1]
    if written.partition("with torch ")[2].partition(",")[0] in command.PAGE.read_text():
        assert list(RECORDED) == list(ENTRIES)


# ---------------------------------------------------------------- the measure itself


def peer(**changed: object) -> types.SimpleNamespace:
    """oplift with some of it replaced."""
    names = ("vmap", "grad", "jvp", "functional_call")
    return types.SimpleNamespace(**{name: getattr(oplift, name) for name in names} | changed)


def outcomes(t: object, name: str) -> dict[str, str]:
    found = checks.cases(ENTRIES[name], 1)
    return {check: checks.judge(t, found, check)[0] for check in checks.CHECKS}


def bent(function):
    """A transform whose results are a little off."""
    return lambda *args, **kwargs: (
        lambda *xs: torch.utils._pytree.tree_map(
            lambda x: x * 1.001 if x.is_floating_point() else x, function(*args, **kwargs)(*xs)
        )
    )


def bent_jvp(function, primals, tangents):
    value, tangent = oplift.jvp(function, primals, tangents)
    return value, torch.utils._pytree.tree_map(lambda t: t * 1.001, tangent)


WRONG = {
    "vmap": (peer(vmap=bent(oplift.vmap)), {"inputs", "params", "grads"}),
    "grad": (peer(grad=bent(oplift.grad)), {"grads", "hvp"}),
    "jvp": (peer(jvp=bent_jvp), {"jvp", "hvp"}),
}


@pytest.mark.parametrize("name", ["nn.Bilinear", "nn.BatchNorm1d", "nn.TransformerDecoder"])
@pytest.mark.parametrize("transform", WRONG)
def test_what_is_wrong_is_found(transform: str, name: str) -> None:
    t, affected = WRONG[transform]
    assert outcomes(t, name) == {c: "wrong" if c in affected else "pass" for c in checks.CHECKS}


def looping(function, in_dims, randomness):
    """vmap as a loop."""

    def mapped(*parts):
        rows = []
        for i in range(len(parts[in_dims.index(next(d for d in in_dims if d is not None))][0])):
            picked = [p if d is None else tuple(x.select(d, i) for x in p) for p, d in zip(parts, in_dims, strict=True)]
            rows.append(function(*picked))
        return torch.utils._pytree.tree_map(lambda *xs: torch.stack(xs), *rows)

    return mapped


def test_a_loop_is_found() -> None:
    found = outcomes(peer(vmap=looping), "nn.Linear")
    assert found == {c: "slow" if c in ("params", "grads") else found[c] for c in checks.CHECKS}


def test_random_numbers_that_do_not_differ_are_found() -> None:
    t = peer(vmap=lambda f, in_dims, randomness: oplift.vmap(f, in_dims=in_dims, randomness="same"))
    assert outcomes(t, "nn.Dropout")["inputs"] == "wrong"


def test_running_statistics_that_stay_are_found() -> None:
    def frozen(module, state, args, kwargs):
        return oplift.functional_call(module, dict(state), args, kwargs)

    def stale(function, in_dims, randomness):
        return oplift.vmap(lambda *parts: function(*parts), in_dims=in_dims, randomness=randomness)

    t = peer(functional_call=lambda m, s, *rest: frozen(m, {n: x.clone() for n, x in s.items()}, *rest), vmap=stale)
    assert outcomes(t, "nn.BatchNorm1d")["inputs"] == "wrong"


def test_the_page_says_what_was_measured() -> None:
    good, bad = dict.fromkeys(checks.CHECKS, ("pass", "")), dict.fromkeys(checks.CHECKS, ("pass", ""))
    bad["jvp"], bad["params"] = ("error", "MissingRule: no"), ("n/a", "")
    page = command.render({"nn.A": good, "nn.B": bad}, {"nn.A": bad, "nn.B": good}, 3)
    assert "oplift passes 8 of 9 checks, torch.func 8 of 9." in page
    assert "| nn.B | pass | - | pass | error | pass | pass |" in page
    assert "| nn.A | pass | pass | pass | pass | pass | error: jvp |" in page
    assert "- nn.B, jvp: MissingRule: no" in page
    assert command.recorded(page)["nn.B"]["params"] == "-"
    now = {"nn.A": dict(bad), "nn.B": dict(bad)}
    assert command.lost(command.recorded(page), now) == ["nn.A jvp: error MissingRule: no"]
