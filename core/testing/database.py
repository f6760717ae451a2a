"""Samples of ATen operators, caught while PyTorch's own operator database runs."""

from __future__ import annotations

import functools
import itertools
import random
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from oplift.testing.subject import Sample
from oplift.testing.trees import is_differentiable, leaves, map_tensors, walk

_PER_ENTRY = 12
_TWICE_PER_ENTRY = 3
_PER_OVERLOAD = 40
_LARGEST = 3000
_NEAR = 12
#: Entries that take seconds, read freed memory or start processes, and reach no operator of their own.
_LEFT_OUT = ("bmm.triton", "to_sparse", "sparse.", "empty", "resize", "as_strided.partial_views")


@functools.cache
def samples_by_overload(double: torch.dtype = torch.float64) -> dict[str, list[Sample]]:
    """Overload name -> different samples, from the forward and backward of each entry; takes a few seconds once."""
    from torch.testing._internal.common_methods_invocations import op_db

    catch = _Catch()
    with warnings.catch_warnings(), _random_modules_restored(), torch.random.fork_rng():
        warnings.simplefilter("ignore")
        for entry in op_db:
            if not any(part in _name(entry) for part in _LEFT_OUT):
                _run_entry(entry, double, catch)
    return dict(catch.found)


@contextmanager
def _random_modules_restored() -> Iterator[None]:
    """The generators of Python and NumPy, which samples are drawn with too, at a fixed state for the while."""
    import numpy

    python, arrays = random.getstate(), numpy.random.get_state()
    random.seed(0)
    numpy.random.seed(0)
    try:
        yield
    finally:
        random.setstate(python)
        numpy.random.set_state(arrays)


def samples_of_entry(base: str, double: torch.dtype = torch.float64) -> Iterator[Sample]:
    """Samples of the database's entry of that name, for operators that decompose before they can be caught."""
    from torch.testing._internal.common_methods_invocations import op_db

    for entry in op_db:
        if base in (entry.name.replace(".", "_"), entry.aten_name, entry.name.rpartition(".")[2]):
            for drawn in _drawn(entry, double):
                yield _plain(Sample((drawn.input, *drawn.args), dict(drawn.kwargs)))


def nearest_samples(name: str, double: torch.dtype = torch.float64) -> list[Sample]:
    """Samples of one overload, from the entries that are called as it is; runs a few entries, not all as above."""
    from torch.testing._internal.common_methods_invocations import op_db

    base = name.partition("::")[2].partition(".")[0].strip("_")
    alike = [entry for entry in op_db if entry.aten_name and str(entry.aten_name).strip("_") in base]
    catch = _Catch()
    with warnings.catch_warnings(), _random_modules_restored(), torch.random.fork_rng():
        warnings.simplefilter("ignore")
        for entry in sorted(alike, key=lambda entry: -len(str(entry.aten_name)))[:_NEAR]:
            if not catch.found[name] and not any(part in _name(entry) for part in _LEFT_OUT):
                _run_entry(entry, double, catch)
    return catch.found[name]


def _name(entry: Any) -> str:
    return f"{entry.name}.{entry.variant_test_name}" if entry.variant_test_name else str(entry.name)


def _drawn(entry: Any, double: torch.dtype) -> list[Any]:
    dtypes = sorted(entry.dtypes, key=str)
    if double not in dtypes and (double.is_complex or not dtypes):
        return []
    dtype = double if double in dtypes else dtypes[0]
    torch.default_generator.manual_seed(0)
    # not entry.sample_inputs, which seeds every kind of device before each sample, with a traceback for each
    return list(itertools.islice(entry.sample_inputs_func(entry, "cpu", dtype, False), _PER_ENTRY))


def _run_entry(entry: Any, double: torch.dtype, catch: _Catch) -> None:
    """Run the entry's samples and their gradients under `catch`; what an entry refuses is no sample."""
    try:
        drawn = _drawn(entry, double)
    except Exception:
        return
    for index, sample in enumerate(drawn):
        try:
            with catch:
                _forward_and_backward(entry, sample, twice=index < _TWICE_PER_ENTRY)
        except Exception:  # an entry may refuse this build, device or sample in any way
            continue


def _forward_and_backward(entry: Any, sample: Any, twice: bool) -> None:
    leaf = functools.partial(_leaf, wanted=entry.supports_autograd)
    first, args, kwargs = (map_tensors(leaf, part) for part in (sample.input, sample.args, sample.kwargs))
    outputs = [out for out in leaves(entry.gradcheck_wrapper(entry.op, first, *args, **kwargs)) if out.requires_grad]
    inputs = [t for t in leaves((first, args, kwargs)) if t.requires_grad]
    if not outputs or not inputs:
        return
    ones = [torch.ones_like(out, requires_grad=twice) for out in outputs]
    gradients = torch.autograd.grad(outputs, inputs, ones, allow_unused=True, create_graph=twice)
    again = [g for g in gradients if g is not None and g.requires_grad]
    if again:
        torch.autograd.grad(again, [*inputs, *ones], [torch.ones_like(g) for g in again], allow_unused=True)


def _leaf(tensor: Tensor, wanted: bool) -> Tensor:
    copy = tensor.detach().clone()
    return copy.requires_grad_() if wanted and is_differentiable(copy) else copy


def _plain(sample: Sample) -> Sample:
    return sample.map(lambda t: t.detach())


class _Catch(TorchDispatchMode):
    """Writes down the arguments of each functional overload that runs."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.found: dict[str, list[Sample]] = defaultdict(list)
        self._seen: set[tuple[str, str]] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if not func._schema.is_mutable:
            self._keep(func.name(), Sample(tuple(args), dict(kwargs or {})))
        return func(*args, **(kwargs or {}))

    def _keep(self, name: str, sample: Sample) -> None:
        if len(self.found[name]) >= _PER_OVERLOAD:
            return
        key = (name, str(sample))
        if key in self._seen:
            return
        self._seen.add(key)
        if sum(t.numel() for t in leaves((sample.args, sample.kwargs))) <= _LARGEST and _usable(sample):
            self.found[name].append(sample.map(_copy))


def _usable(sample: Sample) -> bool:
    ordinary: Callable[[Tensor], bool] = lambda t: t.layout == torch.strided and t.device.type == "cpu"
    return all(ordinary(tensor) and not tensor.is_quantized for _, tensor in walk((sample.args, sample.kwargs)))


def _copy(tensor: Tensor) -> Tensor:
    """The values in memory of their own, with the strides that the operator saw."""
    return tensor.detach().clone(memory_format=torch.preserve_format)
