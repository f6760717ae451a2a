"""`check_op`: put the declared rules of an operator against independent truth."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import torch

from oplift.rule import Rules, override
from oplift.testing.batching import batch_trials, random_trials
from oplift.testing.claims import claim_trials
from oplift.testing.derivatives import derivative_trials
from oplift.testing.derived import derived
from oplift.testing.domain import Domain, domain_of
from oplift.testing.known import KNOWN_DOMAINS
from oplift.testing.operators import Operator, declared, resolve
from oplift.testing.parts import DTYPES, PARTS, dtype_of, part_of
from oplift.testing.report import Report, Row
from oplift.testing.samples import draw
from oplift.testing.second import second_trials
from oplift.testing.subject import Sample, Subject
from oplift.testing.trial import Bench, Transforms, Trial, judge

Op = str | Callable[..., Any]


def check_op(
    op: Op,
    *samples: Sample,
    impl: Transforms | None = None,
    domain: Domain | Mapping[str, object] | None = None,
    linear: Sequence[str] = (),
    multilinear: Sequence[str] = (),
    written: Sequence[str] = (),
    tolerance: float = 1.0,
    limit: int = 8,
    devices: Sequence[str] | None = None,
    skip: Sequence[str] = (),
    parts: Sequence[str] | None = None,
    dtypes: Sequence[str] | None = None,
) -> Report:
    """Check every rule of an operator: batching, JVP, VJP, second order, and what its spec claims.

    The truth is never the rule itself: a Python loop for batching, central finite differences in double precision for
    the JVP, the transpose identity <u, Jv> = <J^T u, v> for the VJP, and the same again for second order.

    Args:
        op: an overload name ("aten::mul.Tensor", "mylib::fused_gelu"), a torch overload, or a Python function.
        samples: arguments to check it at; drawn from the spec, PyTorch's database and the schema when none are given.
        impl: a module with `vmap`, `vjp` and `jvp`; None: oplift.
        domain: where the operator may be evaluated: a Domain, or as in a spec, `{"self": [0.1, 2], "A": "hermitian"}`,
            which adds to what is known of it.
        linear: operands in which it is claimed to be jointly linear.
        multilinear: operands in each of which it is claimed to be linear.
        written: samples as text, `"randn(3, 2), 1"`, used when none are given.
        tolerance: multiplies the accepted differences.
        limit: the number of samples to draw.
        devices: where to check; None: the CPU, and CUDA where there is one.
        skip: checks to leave out, by the start of their name ("jvp of vjp").
        parts: what to check, of `oplift.testing.parts.PARTS`; None: everything.
        dtypes: in which dtypes, of `oplift.testing.parts.DTYPES`; None: in all that the operator takes.

    Returns:
        A report, true in `report.ok` when something was checked and nothing was wrong; printing it shows a table.

    Raises:
        ValueError: torch knows no such operator, or there is no such part or class of dtypes.

    Example:
        >>> import torch
        >>> from oplift.testing import Sample, check_op
        >>> report = check_op("aten::mul.Tensor", Sample((torch.randn(3), torch.randn(2, 3))))
        >>> report.ok
        True
    """
    operator = resolve(op)
    known = KNOWN_DOMAINS.get(operator.name, Domain())
    where = known.with_description(domain) if isinstance(domain, Mapping) else domain or known
    registered = impl is None and isinstance(op, str | torch._ops.OpOverload)
    bench = Bench(
        impl or importlib.import_module("oplift"),
        declared(operator.name) if registered else Rules(),
        where,
        tuple(linear),
        tuple(multilinear),
        tolerance,
    )
    report = Report(operator.name)
    with warnings.catch_warnings(), torch.random.fork_rng():
        warnings.simplefilter("ignore")
        chosen = list(samples) or draw(operator, where, limit, written)
        report.samples = len(chosen)
        scope = Scope(tuple(skip), parts, dtypes)
        for device in devices if devices is not None else _devices():
            report.rows += _check_on(device, operator, chosen, bench, scope)
    if (
        "vmap" in (parts or PARTS)
        and bench.rules.random
        and chosen
        and not any(row.check.startswith("random") for row in report.rows)
    ):
        said = "declared random, yet it draws no random number"
        report.rows.append(Row("random", "", str(chosen[0]), "fail", message=said))
    return report


@dataclass(frozen=True)
class Scope:
    """Which of the checks are wanted."""

    skip: tuple[str, ...]
    parts: Sequence[str] | None
    dtypes: Sequence[str] | None

    def __post_init__(self) -> None:
        for key, given, known in (("parts", self.parts, PARTS), ("dtypes", self.dtypes, DTYPES)):
            for name in given or ():
                if name not in known:
                    raise ValueError(f"{key}: '{name}' is none of {', '.join(known)}")

    def has(self, check: str) -> bool:
        return not check.startswith(self.skip or ("\0",)) and (self.parts is None or part_of(check) in self.parts)

    def takes(self, sample: Sample) -> bool:
        return self.dtypes is None or dtype_of(sample) in self.dtypes


def _devices() -> list[str]:
    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def _check_on(device: str, operator: Operator, samples: Sequence[Sample], bench: Bench, scope: Scope) -> Iterator[Row]:
    every = chain(((s, False) for s in samples), ((s, True) for s in derived(operator, samples, bench.domain)))
    for sample, brief in every:
        subject = _subject(operator, sample, bench, device) if scope.takes(sample) else None
        if subject is None:
            continue
        for trial in trials(subject, replace(bench, brief=brief)):
            if scope.has(trial.check):
                yield judge(trial, subject, device)


def _subject(operator: Operator, sample: Sample, bench: Bench, device: str) -> Subject | None:
    subject = Subject(operator, sample, bench.domain)
    if device == "cpu":
        return subject
    try:
        return subject.on(device)
    except (RuntimeError, NotImplementedError):
        return None  # the operator, or this dtype of it, has no kernel there


def trials(subject: Subject, bench: Bench) -> Iterator[Trial]:
    """Every question that is asked about an operator at a sample."""
    sources: list[Callable[[Subject, Bench], Iterator[Trial]]] = [batch_trials]
    accepted = subject.domain.accepts is None or subject.domain.accepts(subject.sample)
    if accepted and bench.rules.derivative in (None, "zero"):
        sources += [derivative_trials, second_trials]
    if not bench.brief:
        sources.append(claim_trials)
        sources.append(random_trials)
    return chain.from_iterable(source(subject, bench) for source in sources)


@dataclass(frozen=True)
class Settings:
    """The `test:` section of a spec.

    Keys: `domain` ({operand: [low, high] or a name}), `samples` (texts of calls), `tolerance` (a factor), `skip`
    (checks to leave out), `dtypes` (informative: what plain torch runs in complex or single precision is tried so).
    """

    domain: dict[str, Any] | None = None
    written: tuple[str, ...] = ()
    tolerance: float = 1.0
    skip: tuple[str, ...] = ()

    @staticmethod
    def read(section: dict[str, Any]) -> Settings:
        """The settings in a spec's `test:` section."""
        domain = section.get("domain")
        domain_of(domain or {})  # a mistake in it is found before anything runs
        written, skip = tuple(section.get("samples", ())), tuple(section.get("skip", ()))
        return Settings(domain, written, float(section.get("tolerance", 1.0)), skip)


def check_file(path: str | Path, **options: Any) -> list[Report]:
    """Check every operator that a spec file declares.

    Args:
        path: a YAML file of specs; its rules are in force for the while (`in_force`).
        options: as for `check_op`.

    Raises:
        FileNotFoundError, ValueError: the file cannot be read, or a spec in it is refused.
    """
    with in_force(path) as entries:
        return [check_op(entry.op, **{**claims_of(entry), **options}) for entry in entries]


def read_specs(path: str | Path) -> tuple[Any, ...]:
    """The validated entries of a spec file.

    Raises:
        ValueError: the file cannot be read, or a spec in it is refused.
    """
    return tuple(importlib.import_module("oplift.codegen").read_specs(path))


@contextmanager
def in_force(path: str | Path) -> Iterator[tuple[Any, ...]]:
    """Let the rules of a spec file, as it is now, be those of its operators while the context lasts.

    Whatever a plugin or an earlier version of the file has declared for them is put aside.

    Args:
        path: a YAML file of specs.

    Yields:
        The validated entries of the file.

    Raises:
        ValueError: the file cannot be read, or a spec in it is refused.
    """
    entries, rules = read_specs(path), importlib.import_module("oplift.codegen").load_rules(path)
    with ExitStack() as stack:
        for name, declared in rules.items():
            stack.enter_context(override(name, declared))
        yield entries


def claims_of(entry: Any) -> dict[str, Any]:
    """What an entry of a spec file says to the checker, as arguments of `check_op`."""
    settings = Settings.read(dict(entry.test))
    return {
        "domain": settings.domain,
        "written": settings.written,
        "tolerance": settings.tolerance,
        "skip": settings.skip,
        "linear": tuple(entry.linear),
        "multilinear": tuple(entry.multilinear),
    }
