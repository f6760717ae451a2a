"""A first spec for an operator that has none: what its schema says, and what a few samples show."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from oplift.rule import Rules, override
from oplift.testing import Sample, check_op
from oplift.testing.claims import check_linear
from oplift.testing.domain import Domain
from oplift.testing.operators import Operator, resolve
from oplift.testing.samples import draw
from oplift.testing.subject import Subject
from oplift.testing.trees import is_differentiable, leaves

from .errors import SpecError
from .generate import load_rules
from .schema import Signature, convert

_SAMPLES = 6
_DIMENSION = re.compile(r"(dim|axis)(s|ension|ensions)?\d*")
_EQUAL = {"rtol": 1e-6, "atol": 1e-9}


@dataclass(frozen=True)
class Guess:
    """What a new spec says, to be looked at by its author.

    Attributes:
        signature: of the operator.
        batch: the `batch:` of the entry, as YAML.
        checks: how many comparisons of vmap with a loop the kind has passed; 0: it was not tried.
        form: the key of the derivative.
        active: tensor arguments that need a formula.
        nondiff: tensor arguments that hold no numbers to differentiate by.
        outputs: outputs that hold none.
    """

    signature: Signature
    batch: str
    checks: int
    form: str
    active: tuple[str, ...]
    nondiff: tuple[str, ...]
    outputs: tuple[str, ...]


def guess(op: str) -> Guess:
    """Guess how an operator batches and which derivative it has.

    Args:
        op: the overload, ``"mylib::fused_gelu"``; what defines it must have been imported.

    Raises:
        ValueError: torch knows no such operator.
    """
    operator = resolve(op)
    signature = convert(operator.schema)
    with warnings.catch_warnings(), torch.random.fork_rng():
        warnings.simplefilter("ignore")
        samples = draw(operator, Domain(), _SAMPLES)
    nondiff = _nondiff(signature, samples)
    active = tuple(a.name for a in signature.tensors if a.name not in nondiff)
    batch, checks = _batch(operator, signature, samples)
    outputs = _nondiff_outputs(signature, operator, samples)
    form = _form(operator, signature, batch, samples, active, outputs)
    return Guess(signature, batch, checks, form, active, nondiff, outputs)


# ---------------------------------------------------------------- batching
def _batch(operator: Operator, signature: Signature, samples: Sequence[Sample]) -> tuple[str, int]:
    """The first kind with which vmap agrees with a loop, and in how many checks it does."""
    for kind in (*_kinds(operator, signature, samples), "loop"):
        rules = _rules(signature, kind)
        checks = _passed(signature, rules, samples) if rules and samples else 0
        if checks or (rules and not samples):
            return kind, checks
    return "loop", 0


def _kinds(operator: Operator, signature: Signature, samples: Sequence[Sample]) -> Iterator[str]:
    """Kinds that may fit, the most telling first."""
    tensors = [a.name for a in signature.tensors]
    if torch.Tag.nondeterministic_seeded in getattr(operator.call, "tags", ()):
        yield "random"
    if not samples or _is_pointwise(operator, samples):
        yield "pointwise"
    if not samples:
        return
    dims = [a for a in signature.args if _DIMENSION.fullmatch(a.name) and a.type.rstrip("?").endswith(("int", "int[]"))]
    if dims:
        yield from _dims(tensors, [(a.name, a.optional) for a in dims])
    core = ", ".join(f"{name}: {rank}" for name, rank in _least_ranks(signature, samples).items())
    for expand in ("", f", expand: [{', '.join(tensors)}]") if len(tensors) > 1 else ("",):
        yield f"{{kind: leading, core: {{{core}}}{expand}}}"
    yield f"{{kind: fold, at: {{{', '.join(f'{t}: 0' for t in tensors)}}}}}"


def _dims(tensors: Sequence[str], dims: Sequence[tuple[str, bool]]) -> Iterator[str]:
    for none in ("all", "flatten", "error") if any(optional for _, optional in dims) else ("",):
        said = [f"{name}: {{of: {tensors[0]}{f', none: {none}' if optional else ''}}}" for name, optional in dims]
        expand = f", expand: [{', '.join(tensors)}]" if len(tensors) > 1 else ""
        yield f"{{kind: dims, dims: {{{', '.join(said)}}}{expand}}}"


def _least_ranks(signature: Signature, samples: Sequence[Sample]) -> dict[str, int]:
    """The fewest dimensions that each tensor had in a sample on which the operator runs: those it needs."""
    found = _values(signature, samples)
    return {name: max(1, min((t.dim() for t in tensors), default=1)) for name, tensors in found.items()}


def _values(signature: Signature, samples: Iterable[Sample]) -> dict[str, list[Tensor]]:
    """What each tensor argument holds in the samples."""
    values: dict[str, list[Tensor]] = {a.name: [] for a in signature.tensors}
    for sample in samples:
        for name, value in [*zip((a.name for a in signature.args), sample.args, strict=False), *sample.kwargs.items()]:
            if name in values:
                values[name].extend(leaves(value))
    return values


def _is_pointwise(operator: Operator, samples: Iterable[Sample]) -> bool:
    """Whether each element of the result is made of the elements at its place, in every sample."""
    subjects = [Subject(operator, sample, Domain()) for sample in samples]
    return all(map(_is_pointwise_at, subjects)) and any(subject.outputs[0].numel() > 1 for subject in subjects)


def _is_pointwise_at(subject: Subject) -> bool:
    try:
        operands = [t.reshape(-1) for t in torch.broadcast_tensors(*subject.values)]
        if any(out.shape != torch.broadcast_shapes(*(t.shape for t in subject.values)) for out in subject.outputs):
            return False
        alone = [subject(*(t[i : i + 1] for t in operands)) for i in range(operands[0].numel())]
    except (RuntimeError, IndexError, ValueError):
        return False
    return all(_agree(out.reshape(-1), [parts[k] for parts in alone]) for k, out in enumerate(subject.outputs))


def _agree(whole: Tensor, parts: Sequence[Tensor]) -> bool:
    if not parts:
        return True
    if any(part.shape != (1,) for part in parts):
        return False
    return torch.allclose(whole, torch.cat(list(parts)), equal_nan=True, **_EQUAL)


def _rules(signature: Signature, kind: str) -> dict[str, Rules]:
    """The rules of an entry with this kind; none where the kind asks for what this signature does not have."""
    text = f"- op: {signature.name}\n  schema: '{signature.text}'\n  batch: {kind}\n  derivative: none\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "guess.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            return load_rules(path)
        except SpecError:
            return {}


def _passed(signature: Signature, rules: dict[str, Rules], samples: Sequence[Sample]) -> int:
    """How many checks of batching the rules pass; 0 where one fails."""
    with ExitStack() as stack:
        for name, rule in rules.items():
            stack.enter_context(override(name, rule))
        report = check_op(signature.name, *samples, devices=["cpu"], parts=["vmap"])
    return report.count("pass") if report.ok else 0


# ---------------------------------------------------------------- derivatives
def _nondiff(signature: Signature, samples: Sequence[Sample]) -> tuple[str, ...]:
    """Tensor arguments that hold integers or booleans in every sample."""
    values = _values(signature, samples)
    return tuple(name for name, found in values.items() if found and not any(map(is_differentiable, found)))


def _nondiff_outputs(signature: Signature, operator: Operator, samples: Sequence[Sample]) -> tuple[str, ...]:
    """Outputs that hold integers or booleans in every sample; none where an output is a list, which shifts the others."""
    if not samples or any(output.is_list for output in signature.outputs):
        return ()
    found = zip(*(Subject(operator, sample, Domain()).outputs for sample in samples), strict=True)
    kinds = {
        output.name: any(map(is_differentiable, made)) for output, made in zip(signature.outputs, found, strict=False)
    }
    return tuple(name for name, differentiable in kinds.items() if not differentiable)


def _form(
    operator: Operator,
    signature: Signature,
    batch: str,
    samples: Sequence[Sample],
    active: tuple[str, ...],
    nondiff_outputs: tuple[str, ...],
) -> str:
    if not active or len(nondiff_outputs) == len(signature.outputs):
        return "derivative"
    if len(signature.outputs) > 1:
        return "vjp"
    if batch == "pointwise":
        return "partials"
    for form, groups in (("linear", [active]), ("multilinear", [(name,) for name in active])):
        if samples and all(_is_linear(operator, sample, group) for sample in samples for group in groups):
            return form
    return "vjp"


def _is_linear(operator: Operator, sample: Sample, names: Sequence[str]) -> bool:
    subject = Subject(operator, sample, Domain())
    operands = [i for i in subject.active if subject.names[i].partition("[")[0] in names]
    return bool(operands) and not check_linear(subject, operands).message
