"""Samples for a check that was given none: from the spec, from PyTorch's database, and made up from the schema."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from oplift.testing.domain import Domain, Projection, interval
from oplift.testing.operators import Operator
from oplift.testing.subject import Sample, Subject
from oplift.testing.trees import is_differentiable, leaves, map_tensors

#: Shapes for the tensor arguments, in order; a longer signature repeats the last one.
SHAPES: tuple[tuple[tuple[int, ...], ...], ...] = (
    ((3, 4), (3, 4)),
    ((2, 3), (3,)),
    ((3,), (2, 3)),
    ((3, 3), (3, 3)),
    ((), ()),
    ((3,), ()),
    ((), (3,)),
    ((2, 1), (1, 3)),
    ((0, 3), (3,)),
    ((3, 4), (4, 2)),
    ((2, 3, 4), (2, 4, 2)),
    ((3, 4), (3,)),
    ((2, 3, 5), (2, 3, 5)),
    ((2, 3, 5, 5), (3,)),
)
_TRIES: tuple[Projection, ...] = (
    lambda x: x,
    interval(0.1, 0.9),
    lambda x: 1.1 + x.abs(),
    lambda x: (x > 0).long(),
    lambda x: (3 * x).abs().long(),
)
_STATIC: Mapping[str, tuple[Any, ...]] = {
    "int": (0, -1, 1),
    "SymInt": (0, -1, 1),
    "float": (0.7,),
    "number": (0.7, 2),
    "Scalar": (0.7, 2),
    "ScalarType": (torch.float64,),
    "List[int]": ([0], [-1], [0, 1], [1]),
    "bool": (False, True),
    "int[]": ([0], [-1], [0, 1], [1]),
    "SymInt[]": ([0], [-1], [0, 1], [1]),
    "str": ("mean", "sum", "none"),
}


def draw(operator: Operator, domain: Domain, limit: int, written: Sequence[str] = ()) -> list[Sample]:
    """Up to `limit` samples on which the plain operator runs, as different from each other as there are.

    Args:
        written: samples of the spec's `test:` section, as the text of a call: "randn(3, 2), 1, keepdim=True".
    """
    if written:
        return [_accepted(operator, domain, text) for text in written]
    found = list(_valid(operator, domain, _from_database(operator)))
    room = limit if not found else max(2, limit // 4)
    invented = _from_schema(operator, domain) if _checks_its_arguments(operator, bool(found)) else ()
    made = varied(list(_valid(operator, domain, invented)), room, pairs=not operator.name.startswith("aten::"))
    return varied(found, limit - len(made) if found else 0) + made


def _accepted(operator: Operator, domain: Domain, text: str) -> Sample:
    """A written sample.

    Raises:
        ValueError: it is none, or the operator refuses it.
    """
    sample = parse(text)
    try:
        Subject(operator, sample, domain)
    except Exception as problem:  # a kernel of anybody's may refuse arguments in any way
        first = next(iter(str(problem).splitlines()), "")
        raise ValueError(f"test.samples: {text!r}: {operator.name} refuses it: {first}") from problem
    return sample


def draw_one(operator: Operator, domain: Domain) -> Sample | None:
    """One small sample on which the plain operator runs, soon; None where there is none."""
    return next(_valid(operator, domain, _near_at_hand(operator, domain)), None)


def _near_at_hand(operator: Operator, domain: Domain) -> Iterator[Sample]:
    """Samples that are found without running PyTorch's whole database, the quickest first."""
    if _checks_its_arguments(operator, has_samples=True):
        yield from _from_schema(operator, domain)
    if operator.name.startswith("aten::"):
        from oplift.testing.database import nearest_samples

        yield from nearest_samples(operator.name)


def parse(text: str) -> Sample:
    """A sample written as the text of a call's arguments; torch's functions are the names in scope.

    Raises:
        ValueError: the text is no such thing.
    """
    try:
        scope = importlib.import_module("oplift.codegen.allowed").sample_scope(text)
        scope["sample"] = lambda *args, **kwargs: Sample(args, kwargs, text)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            # torch imports by the builtins of whoever calls it; the text itself can name nothing but what is in scope
            made = eval(f"sample({text})", {"__builtins__": {"__import__": __import__}}, scope)
    except Exception as problem:
        raise ValueError(f"test.samples: {text!r}: {problem}") from problem
    return Sample(map_tensors(_to_double, made.args), map_tensors(_to_double, made.kwargs))


def _to_double(tensor: Tensor) -> Tensor:
    wider = {torch.float32: torch.float64, torch.complex64: torch.complex128}
    return tensor.to(wider.get(tensor.dtype, tensor.dtype))


def varied(samples: Sequence[Sample], limit: int, pairs: bool = False) -> list[Sample]:
    """The samples that show the most features not yet shown, taken one after the other; with `pairs`, two values of
    arguments that are no tensors are a feature as well, for a rule may read one only if the other is so."""
    left, chosen, shown = [(sample, _features(sample, pairs)) for sample in samples], list[Sample](), set[str]()
    while left and len(chosen) < limit:
        place = max(range(len(left)), key=lambda i: len(left[i][1] - shown))
        sample, features = left.pop(place)
        chosen.append(sample)
        shown |= features
    return chosen


def _features(sample: Sample, pairs: bool) -> set[str]:
    marks: set[str] = set()
    items = [*enumerate(sample.args), *sample.kwargs.items()]
    for key, item in items:
        if isinstance(item, Tensor):
            marks |= {f"{key} rank {item.dim()}", f"{key} {item.dtype}", f"{key} empty {item.numel() == 0}"}
            marks |= {f"{key} dense {item.is_contiguous()}", f"{key} ones {1 in item.shape}"}
        else:
            marks.add(f"{key} {type(item).__name__} {item if not leaves(item) else len(leaves(item))}")
    if pairs:
        static = [f"{key} {item}" for key, item in items if not leaves(item)]
        marks |= {f"{one} and {other}" for one, other in itertools.combinations(static, 2)}
    shapes = [tuple(t.shape) for t in leaves((sample.args, sample.kwargs))]
    return marks | {f"broadcasts {len(set(shapes)) > 1}"}


def _valid(operator: Operator, domain: Domain, samples: Iterable[Sample]) -> Iterator[Sample]:
    """The samples that plain torch accepts, and to which it gives tensors."""
    seen: set[str] = set()
    for sample in samples:
        tensors = leaves((sample.args, sample.kwargs))
        if not tensors or any(t.layout != torch.strided for t in tensors) or str(sample) in seen:
            continue
        seen.add(str(sample))
        if runs(operator, domain, sample):
            yield sample


def runs(operator: Operator, domain: Domain, sample: Sample) -> bool:
    """Whether plain torch accepts the sample."""
    if _drops_the_imaginary_part(sample) or not _fits(operator, sample):
        return False
    try:
        outputs = Subject(operator, sample, domain).outputs
        return bool(outputs) and all(out.device.type == "cpu" for out in outputs)
    except Exception:  # a kernel of anybody's may refuse arguments in any way
        return False


def _fits(operator: Operator, sample: Sample) -> bool:
    """Whether tensors stand only where the schema has tensors; torch takes a 0-dim one for a number."""
    if operator.schema is None:
        return True
    kinds = {argument.name: str(argument.type) for argument in operator.schema.arguments}
    named = [*zip(kinds, sample.args, strict=False), *sample.kwargs.items()]
    return all(_suits(kinds.get(name, "Tensor"), value) for name, value in named)


def _suits(kind: str, value: Any) -> bool:
    if leaves(value):
        return "Tensor" in kind
    return not (isinstance(value, bool) and "int" in kind.lower())


def _drops_the_imaginary_part(sample: Sample) -> bool:
    """A complex tensor with a real `dtype=`: PyTorch's own derivatives disagree about those."""
    asked = sample.kwargs.get("dtype")
    tensors = leaves((sample.args, sample.kwargs))
    return asked is not None and not asked.is_complex and any(t.is_complex() for t in tensors)


def _from_database(operator: Operator) -> Iterator[Sample]:
    namespace, _, rest = operator.name.partition("::")
    if namespace != "aten":
        return
    from oplift.testing.database import samples_by_overload, samples_of_entry

    found = False
    for dtype in (torch.float64, torch.complex128):
        for sample in samples_by_overload(dtype).get(operator.name, ()):
            found = True
            yield sample
    if not found:
        yield from samples_of_entry(rest.partition(".")[0])


def _checks_its_arguments(operator: Operator, has_samples: bool) -> bool:
    """Whether invented arguments are safe: an inner operator of ATen trusts its caller, and crashes on nonsense."""
    namespace, _, name = operator.name.partition("::")
    if namespace != "aten":
        return True
    if torch.Tag.pointwise in getattr(operator.call, "tags", ()):
        return "backward" not in name
    return not has_samples and not name.startswith("_")


def _from_schema(operator: Operator, domain: Domain) -> Iterator[Sample]:
    """Every combination of shapes and plain values, made valid by the first try that gives finite results."""
    if operator.schema is None:
        return
    found = _filled(operator, domain, torch.float64)
    first = next(found, None)
    if first is None:  # a custom kernel may know single precision alone
        yield from _filled(operator, domain, torch.float32)
        return
    yield first
    yield from found


def _filled(operator: Operator, domain: Domain, dtype: torch.dtype) -> Iterator[Sample]:
    for shapes in SHAPES:
        for static in _static_arguments(operator):
            make = partial(_fill, operator.schema, shapes, static, dtype=dtype)
            sample = _first_finite(operator, domain, make)
            if sample is not None:
                yield sample


def _first_finite(
    operator: Operator, domain: Domain, make_sample: Callable[[Projection, Domain], Sample]
) -> Sample | None:
    for make, where in _tries(operator, domain):
        sample = make_sample(make, where)
        try:
            outputs = Subject(operator, sample, domain).outputs
        except Exception:  # a kernel of anybody's may refuse arguments in any way
            continue
        if all(bool(torch.isfinite(out).all()) for out in outputs if is_differentiable(out)):
            return sample
    return None


def _tries(operator: Operator, domain: Domain) -> Iterator[tuple[Projection, Domain]]:
    """How values are made for all tensors, and for single ones: an index among them is of integers alone."""
    real, integral = _TRIES[:-2], _TRIES[-2:]
    yield from ((make, domain) for make in real)
    names = [a.name for a in operator.schema.arguments if "Tensor" in str(a.type)]
    if len(names) > 1 and not operator.name.startswith("aten::"):
        for name, integers in itertools.product(names, integral):
            yield real[0], replace(domain, values={name: integers, **domain.values})
    yield from ((integers, domain) for integers in integral)


def _static_arguments(operator: Operator) -> Iterator[dict[str, Any]]:
    """Values for the arguments that are no tensors, and for a list of tensors how many: every combination of those
    without a default, the others at it; then the others at other values too, one at a time and all at once."""
    arguments = operator.schema.arguments
    needed = [a for a in arguments if "Tensor" not in str(a.type) and not a.has_default_value()]
    choices = [_STATIC.get(str(a.real_type), (None,)) for a in needed]
    combined = [
        {a.name: value for a, value in zip(needed, values, strict=True)}
        for values in itertools.islice(itertools.product(*choices), 12)
    ]
    yield from combined
    if operator.name.startswith("aten::"):
        return  # PyTorch's database has its own
    others = {a.name: found for a in arguments if (found := _other_values(a))}
    singly = [{name: value} for name, values in others.items() for value in values]
    at_once = [{name: values[0] for name, values in others.items()}] if len(others) > 1 else []
    for first in combined[:3]:
        yield from ({**first, **other} for other in [*at_once, *singly])


def _other_values(argument: Any) -> Sequence[Any]:
    """Values for an argument that are not its default; True for an optional tensor, a number for a list of tensors."""
    kind = str(argument.real_type)
    if kind.startswith("Optional["):
        kind = kind.removeprefix("Optional[").removesuffix("]")
    if "Tensor" in kind:
        return (True,) if kind == "Tensor" and _is_optional(argument) else (3, 1) if kind == "List[Tensor]" else ()
    if not argument.has_default_value():
        return ()
    default = argument.default_value
    if kind == "ScalarType":
        return ()  # another precision has its own samples
    if default is None or isinstance(default, str):
        return [value for value in _STATIC.get(kind, ()) if value != default]
    if isinstance(default, bool):
        return (not default,)
    if isinstance(default, int):
        return (default + 1, default - 1)
    if isinstance(default, float):
        return (0.6 * default or 0.6, default + 0.6)
    if isinstance(default, list) and default and all(type(n) is int for n in default):
        return ([n + 1 for n in default],)
    return ()


def _is_optional(argument: Any) -> bool:
    return argument.has_default_value() or "Optional" in str(argument.type)


def _fill(
    schema: Any,
    shapes: tuple[tuple[int, ...], ...],
    static: Mapping[str, Any],
    make: Projection,
    domain: Domain,
    *,
    dtype: torch.dtype,
) -> Sample:
    generator = torch.Generator().manual_seed(len(schema.arguments))
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    used = 0

    def tensor(name: str) -> Tensor:
        nonlocal used
        drawn = torch.randn(shapes[min(used, len(shapes) - 1)], generator=generator, dtype=torch.float64).to(dtype)
        used += 1
        return domain.values.get(name, make)(drawn)

    for argument in schema.arguments:
        kind = str(argument.type)
        if "Tensor" in kind and (argument.name in static or not _is_optional(argument)):
            count = static.get(argument.name, 2)
            value: Any = [tensor(argument.name) for _ in range(count)] if "List" in kind else tensor(argument.name)
        elif argument.has_default_value():
            value = static.get(argument.name, argument.default_value)
        else:
            value = static.get(argument.name)
        if argument.kwarg_only:
            kwargs[argument.name] = value
        else:
            args.append(value)
    return Sample(tuple(args), kwargs)
