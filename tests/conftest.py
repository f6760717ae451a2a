"""What every test gets: seeds of its own, one thread, and proof that it left nothing behind."""

import random
import zlib
from collections.abc import Iterator

import numpy
import pytest
import torch

from oplift.stack import STACK


@pytest.fixture(autouse=True)
def seeded(request: pytest.FixtureRequest) -> None:
    """Seed every generator from the test's name: a test draws the same numbers alone and in any order."""
    seed = zlib.crc32(request.node.nodeid.encode())
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test after which a transform still runs, or a global setting of torch differs."""
    before = _global_state()
    yield
    levels = list(STACK.levels)
    STACK.levels.clear()  # one leak fails one test, not all that follow
    assert not levels, f"the interpreter stack still holds {levels}"
    assert _global_state() == before, "the test changed a global setting of torch"


def _global_state() -> tuple[object, ...]:
    return (
        STACK.user,
        torch._C._len_torch_function_stack(),
        torch._C._len_torch_dispatch_stack(),
        torch._C._functorch.maybe_current_level(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.are_deterministic_algorithms_enabled(),
    )


def pytest_configure() -> None:
    # The tests' tensors are tiny, and several processes share the cores.
    torch.set_num_threads(1)
