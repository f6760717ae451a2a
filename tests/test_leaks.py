"""No tensor outlives the transform that made it, and a thousand calls hold the memory flat."""

import gc
import sys
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import oplift

x = torch.tensor([0.3, -0.8, 1.1])


def program(y: Tensor) -> Tensor:
    out = torch.zeros(3)
    out[1:] = y[:2].sin() * y[1:]
    return (torch.softmax(out, 0) @ y.outer(y)).tanh()


def layer(y: Tensor) -> Tensor:
    return torch.nn.functional.layer_norm(y, (3,)).exp().cumsum(0)


CALLS: dict[str, Callable[[Callable[[Tensor], Tensor]], Any]] = {
    "vmap": lambda f: oplift.vmap(f)(torch.stack([x, x])),
    "grad": lambda f: oplift.grad(lambda y: f(y).sum())(x),
    "jvp": lambda f: oplift.jvp(f, (x,), (x,)),
    "vjp": lambda f: oplift.vjp(f, x)[1](x),
    "jacrev": lambda f: oplift.jacrev(f)(x),
    "jacfwd": lambda f: oplift.jacfwd(f)(x),
    "hessian": lambda f: oplift.hessian(lambda y: f(y).sum())(x),
    "per_sample": lambda f: oplift.vmap(oplift.grad(lambda y: f(y).sum()))(torch.stack([x, x])),
    "nested_grad": lambda f: oplift.grad(lambda z: oplift.grad(lambda y: f(y).sum())(z).sum())(x),
}


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    gc.collect()
    yield
    gc.collect()


def tensors_alive() -> int:
    return sum(issubclass(type(thing), Tensor) for thing in gc.get_objects())


@pytest.mark.parametrize("function", [program, layer], ids=lambda f: f.__name__)
@pytest.mark.parametrize("call", CALLS)
def test_no_tensor_survives(call: str, function: Callable[[Tensor], Tensor]) -> None:
    CALLS[call](function)  # rules load, tables fill
    gc.collect()
    before = tensors_alive()
    result = CALLS[call](function)
    del result
    gc.collect()
    assert tensors_alive() == before


@pytest.mark.parametrize("call", CALLS)
def test_nothing_waits_for_the_garbage_collector(call: str) -> None:
    """Large values go when the transform returns: no tracer or tape is part of a reference cycle."""
    kept: list[weakref.ref[Tensor]] = []

    def noting(y: Tensor) -> Tensor:
        out = program(y)
        kept.extend((weakref.ref(y), weakref.ref(out)))
        return out

    CALLS[call](noting)
    kept.clear()
    gc.disable()
    try:
        CALLS[call](noting)
        alive = [reference() for reference in kept]
    finally:
        gc.enable()
    assert kept
    assert not [tensor for tensor in alive if tensor is not None]


def test_an_exception_keeps_nothing() -> None:
    kept: list[weakref.ref[Tensor]] = []

    def failing(y: Tensor) -> Tensor:
        kept.append(weakref.ref(y))
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        oplift.vmap(oplift.grad(failing))(torch.stack([x, x]))
    gc.collect()
    assert [reference() for reference in kept] == [None]


def test_the_tape_goes_with_the_pullback() -> None:
    kept: list[weakref.ref[Tensor]] = []

    def function(y: Tensor) -> Tensor:
        out = y.sin()
        kept.append(weakref.ref(out))
        return out * out

    _, pullback = oplift.vjp(function, x)
    pullback(x)
    del pullback
    gc.collect()
    assert kept[0]() is None


@pytest.mark.parametrize("call", ["vmap", "grad", "jvp", "hessian", "per_sample"])
def test_a_thousand_calls_hold_memory_flat(call: str) -> None:
    for _ in range(100):
        CALLS[call](program)
    gc.collect()
    before = _memory()
    for _ in range(1000):
        CALLS[call](program)
    gc.collect()
    objects, blocks, pages = (now - then for now, then in zip(_memory(), before, strict=True))
    assert objects < 100
    assert blocks < 1000, "less than one block of Python's memory for each call"
    assert pages < 4096, f"{pages} pages more after 1,000 calls"


def _memory() -> tuple[int, int, int]:
    """Objects that the garbage collector knows, blocks that Python allocated, pages of the process."""
    return len(gc.get_objects()), sys.getallocatedblocks(), _resident()


def _resident() -> int:
    """Pages of memory in use; 0 where the system does not say."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) if statm.exists() else 0
