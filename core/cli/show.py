"""`oplift show`: one operator, from its spec to the rules that run and what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Annotated, Any

import typer
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from oplift.cli.options import Imports, bring_in, stdout
from oplift.errors import MissingRule, OpliftError
from oplift.fallback import decomposition
from oplift.inplace import functional_twin
from oplift.op import Op, operator
from oplift.origin import SLOTS, entry_of, place_of, text_of
from oplift.registered import autograd_functions, autograd_kernel, vmap_function

_SERVES = {
    "batch": "vmap",
    "jvp": "jvp, jacfwd, hessian",
    "vjp": "grad, vjp, jacrev, hessian",
    "inverse": "writes to the view",
    "decompose": "every transform that has no rule",
}


def show(
    op: Annotated[str, typer.Argument(metavar="OPERATOR", help="An overload, such as aten::sin or aten::mul.Tensor.")],
    imports: Imports,
    specs: Annotated[
        list[str],
        typer.Option(
            "--spec", metavar="FILE", default_factory=list, show_default=False, help="A file of specs to load first."
        ),
    ],
    cost: Annotated[
        bool, typer.Option(help="Measure calls under the transforms, beside plain torch and torch.func.")
    ] = True,
) -> None:
    """Show an operator: schema, spec, the rules as they run, where each comes from, and what it costs."""
    bring_in(imports)
    console = stdout()
    found = _operator(op, specs)
    console.print(Text(str(found.schema), style="bold"))
    entry = entry_of(found)
    console.print(entry if entry is not None else Text("no file of specs declares it"))
    console.print(_rules(found))
    for line in _remarks(found):
        console.print(line, markup=False)
    for slot in SLOTS:
        rule = getattr(found, slot)
        if rule is not None:
            console.rule(f"{slot}: {place_of(rule)}", align="left")
            console.print(Syntax(text_of(rule), "python", background_color="default"))
    if cost:
        console.rule("cost", align="left")
        with console.status("measuring"):
            table = import_module("oplift.cli.cost").cost_table(found.name)
        console.print(table)


def _operator(name: str, specs: list[str]) -> Op:
    load_specs = import_module("oplift.specs").load_specs
    try:
        for spec in specs:
            load_specs(spec)
        return operator(name)
    except MissingRule as error:
        raise typer.BadParameter(_meant(name) or str(error), param_hint="OPERATOR") from None
    except ValueError as error:  # a refused spec; its message says file, line and what is wrong
        raise typer.BadParameter(str(error), param_hint="--spec") from None


def _meant(name: str) -> str:
    """What is wrong with the name of an operator, and the nearest right one."""
    if "::" not in name:
        return f"'{name}' has no namespace; PyTorch's own operators are written aten::{name}"
    try:
        import_module("oplift.testing.operators").resolve(name)
    except ValueError as error:
        return f"{error}; name it by --import"
    return ""


def _rules(op: Op) -> Table:
    """Which slot is filled, by what, and which transforms it serves."""
    table = Table(box=None, pad_edge=False)
    for title in ("rule", "serves", "comes from"):
        table.add_column(title)
    for slot in SLOTS:
        rule = getattr(op, slot)
        if rule is not None:
            table.add_row(slot, _SERVES[slot], f"{_maker(rule)}: {place_of(rule)}")
    return table


def _maker(rule: Any) -> str:
    doc = getattr(rule, "__globals__", {}).get("__doc__") or ""
    return "generated" if doc.startswith("Rules from ") else "by hand"


def _remarks(op: Op) -> Iterator[str]:
    """What is known of an operator beside its functions."""
    remarks = {
        f"derivative: {op.derivative}": op.derivative is not None,
        f"batching is refused: {op.batch_unsupported}": op.batch_unsupported is not None,
        "batching is a loop over the examples": op.batch_loop,
        "the JVP is derived from the VJP, by transposing": op.jvp is None and op.vjp is not None,
        "the VJP is derived from the JVP, by transposing": op.vjp is None and op.jvp is not None,
        "draws random numbers": op.random,
        "an alias of its first argument": op.view,
    }
    yield from (remark for remark, holds in remarks.items() if holds)
    if op.rules is None:
        yield f"no rules are declared; {_served(op)}"


def _served(op: Op) -> str:
    """What serves an operator without declared rules."""
    if op.written:
        try:
            twin = functional_twin(op)
        except OpliftError as error:
            return str(error)
        if twin.name != op.name:
            return f"it writes to its arguments, which those of {twin.name} serve"
        return "it writes to its arguments: vmap runs it once for each example, on copies, and it has no derivative"
    if decomposition(op) is not None:
        return "PyTorch's decomposition serves"
    batching = "register_vmap" if vmap_function(op) else "a loop over the examples"
    known = autograd_functions(op) is not None or autograd_kernel(op)
    return f"what it registered with PyTorch serves: {batching}; {'its' if known else 'no'} derivative"
