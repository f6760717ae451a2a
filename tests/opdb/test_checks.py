"""The measure itself: it passes what is right, and finds what is wrong, slow or unsupported."""

import pytest
import torch

import oplift
from tests.opdb import checks
from tests.opdb.__main__ import lost
from tests.opdb.workers import judge

NEVER = float("inf")


def outcome(name: str, check: str) -> str:
    found = [case for case in checks.cases(checks.ENTRIES[name], 2) if checks.usable(case)]
    return judge(found, check, NEVER)[0]


@pytest.mark.parametrize("check", checks.CHECKS)
@pytest.mark.parametrize("name", ["sin", "mul", "matmul"])
def test_what_is_right_passes(name: str, check: str) -> None:
    assert outcome(name, check) == "pass"


@pytest.mark.parametrize("check", [check for check in checks.CHECKS if "jvp" not in check])
def test_a_wrong_vjp_is_found(monkeypatch: pytest.MonkeyPatch, check: str) -> None:
    def vjp(f, *xs):
        ys, pull = oplift.vjp(f, *xs)
        return ys, lambda us: [g * 1.001 for g in pull(us)]

    monkeypatch.setattr(checks.Oplift, "vjp", vjp)
    assert outcome("sin", check) == ("wrong" if "vjp" in check else "pass")


def test_a_loop_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def vmap(f, in_dims=0):
        dims = in_dims if isinstance(in_dims, tuple) else (in_dims,)
        return lambda *xs: (torch.stack([f(*row)[0] for row in zip(*map(torch.unbind, xs, dims), strict=True)]),)

    monkeypatch.setattr(checks.Oplift, "vmap", vmap)
    assert outcome("sin", "vmap") == "slow"


def test_what_has_no_derivative_is_not_asked_for_one() -> None:
    assert outcome("bitwise_and", "vmap") == "pass"
    assert outcome("bitwise_and", "vjp") == "n/a"


def test_the_ratchet_names_what_was_lost() -> None:
    before = {"sin": {"vmap": "pass", "jvp": "slow"}, "cos": {"vmap": "pass"}}
    now = {"sin": {"vmap": ("slow", "loops"), "jvp": ("pass", "")}, "cos": {"vmap": ("pass", "")}}
    assert lost(before, now) == ["sin vmap: pass, now slow: loops"]
