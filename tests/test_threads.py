"""Each thread has a stack of its own: transforms run in many threads at once, and in a thread started inside one."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor

import oplift
from oplift.stack import STACK

from .test_properties import nest, program

WORK = [
    (["vmap"], [("mul", 0, 1), ("sin", 0, 0)]),
    (["grad", "vmap"], [("softmax", 0, 1), ("matvec", 0, 0)]),
    (["jvp", "grad", "vmap"], [("einsum", 0, 1)]),
    (["jacrev", "jacfwd"], [("in_place", 0, 1), ("tanh", 0, 0)]),
    (["vmap_captures", "grad_captures"], [("where", 0, 1), ("cumsum", 0, 0)]),
]


def jobs() -> list[Callable[[], Tensor]]:
    x = torch.tensor([0.3, -0.8, 1.1], dtype=torch.float64)
    return [lambda names=names, steps=steps: nest(oplift, names, program(steps))(x) for names, steps in WORK]


def test_transforms_in_several_threads_at_once() -> None:
    want = [job() for job in jobs()]
    start = threading.Barrier(8)

    def worker(index: int) -> list[tuple[int, Tensor]]:
        start.wait(timeout=60)
        work = jobs()
        order = [(index + k) % len(work) for k in range(3 * len(work))]
        results = [(i, work[i]()) for i in order]
        assert not STACK.levels
        return results

    with ThreadPoolExecutor(8) as pool:
        for results in pool.map(worker, range(8)):
            for i, got in results:
                torch.testing.assert_close(got, want[i], rtol=1e-12, atol=1e-12)


def test_a_thread_started_inside_a_transform_starts_empty() -> None:
    seen: dict[str, object] = {}

    def other() -> None:
        seen["levels"] = list(STACK.levels)
        seen["modes"] = torch._C._len_torch_function_stack()
        seen["result"] = oplift.grad(lambda y: (y**2).sum())(torch.ones(2))

    def function(x: Tensor) -> Tensor:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        return x.sin()

    out = oplift.vmap(function)(torch.zeros(3))
    assert out.tolist() == [0, 0, 0]
    assert seen["levels"] == []
    assert seen["modes"] == 0
    torch.testing.assert_close(seen["result"], torch.full((2,), 2.0))


def test_plain_torch_in_another_thread_sees_no_transform() -> None:
    inside, done = threading.Event(), threading.Event()

    def function(x: Tensor) -> Tensor:
        inside.set()
        assert done.wait(timeout=60)
        return x + torch.ones(())

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(oplift.vmap(function), torch.zeros(3))
        assert inside.wait(timeout=60)
        plain = torch.zeros(2)
        plain[0] = 1
        assert type(plain) is Tensor
        assert torch.rand(4).shape == (4,)
        done.set()
        assert running.result(timeout=60).tolist() == [1, 1, 1]


def test_an_exception_in_one_thread_leaves_the_others_alone() -> None:
    def failing(x: Tensor) -> Tensor:
        raise ValueError("on purpose")

    def worker(index: int) -> float:
        if index % 2:
            with pytest.raises(ValueError, match="on purpose"):
                oplift.vmap(oplift.grad(failing))(torch.ones(3))
            return 0.0
        return float(oplift.grad(lambda x: x.sin().sum())(torch.zeros(3)).sum())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(worker, range(40))) == [0.0 if i % 2 else 3.0 for i in range(40)]
