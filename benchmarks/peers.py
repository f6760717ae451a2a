"""The libraries that are timed: oplift, and those that it is compared with.

Each builds a workload into a call without arguments that returns when the work is done.
"""

import importlib.util
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import oplift
from benchmarks.workloads import WORKLOADS

Run = Callable[[], Any]
NAMES = ["vmap", "grad", "vjp", "jvp", "jacrev", "jacfwd", "hessian", "functional_call", "stack_module_state"]
#: What a library of transforms has, for workloads that take one.
TRANSFORMS = {
    "oplift": SimpleNamespace(**{name: getattr(oplift, name) for name in NAMES}),
    "torch.func": SimpleNamespace(**{name: getattr(torch.func, name) for name in NAMES}),
}


def finished(function: Callable[..., Any], args: tuple[Any, ...], device: str) -> Run:
    """The call, which on a GPU waits for the kernels."""
    if device == "cpu":
        return lambda: function(*args)

    def run() -> Any:
        result = function(*args)
        torch.cuda.synchronize()
        return result

    return run


def eager(library: str) -> Callable[[str, str], Run]:
    """Builds workloads for a library as it is."""

    def build(name: str, device: str) -> Run:
        torch.manual_seed(0)
        with torch.device(device):
            function, args = WORKLOADS[name](TRANSFORMS[library])
        return finished(function, args, device)

    return build


def compiled(name: str, device: str) -> Run:
    """torch.compile of the workload under torch.func."""
    torch._dynamo.reset()
    torch.manual_seed(0)
    with torch.device(device):
        function, args = WORKLOADS[name](TRANSFORMS["torch.func"])
    return finished(torch.compile(function), args, device)


def jitted(name: str, device: str) -> Run:
    """jax.jit of the same workload, written for JAX."""
    if importlib.util.find_spec("jax") is None:
        pytest.skip("JAX is not installed: pip install 'oplift[bench]'")
    from benchmarks.jax_workloads import build

    return build(name, device)


#: name -> what builds a workload for it. The first is ours, the second the one that ratios are taken against.
PEERS: dict[str, Callable[[str, str], Run]] = {
    "oplift": eager("oplift"),
    "torch.func": eager("torch.func"),
    "torch.compile": compiled,
    "jax.jit": jitted,
}
EAGER = list(TRANSFORMS)
