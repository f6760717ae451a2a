"""How much of oplift is declared: rules written by hand are the exception."""

from collections.abc import Iterator

from oplift.codegen import read_specs
from oplift.codegen.model import Batch, Formula, Spec
from oplift.codegen.shipped import rules_folder


def by_hand(spec: Spec) -> list[str]:
    """The functions that are an operator's rules, ``package.module:function``; a decomposition is no rule."""
    return [formula.text for formula in _rules(spec) if formula.is_function]


def _rules(spec: Spec) -> Iterator[Formula]:
    for batch in _kinds(spec.batch):
        if batch.kind == "python" and batch.function is not None:
            yield batch.function
    for formula in spec.jvp.values():
        yield from formula.values() if isinstance(formula, dict) else [formula]
    yield from spec.vjp.values()


def _kinds(batch: Batch | None) -> Iterator[Batch]:
    """A kind, and those that it hands over to."""
    if batch is not None:
        yield batch
        for other in (batch.otherwise, *batch.devices.values()):
            yield from _kinds(other)


def test_at_most_a_tenth_of_the_operators_has_a_rule_by_hand() -> None:
    specs = [spec for path in sorted(rules_folder().glob("*.yaml")) for spec in read_specs(path)]
    found = {spec.op: by_hand(spec) for spec in specs if by_hand(spec)}
    listed = "\n".join(f"{op}: {', '.join(functions)}" for op, functions in sorted(found.items()))
    print(f"{len(found)} of {len(specs)} operators have rules by hand:\n{listed}")  # pytest -s shows them
    assert len(found) * 10 <= len(specs), f"{len(found)} of {len(specs)}; find the kind that is missing:\n{listed}"
