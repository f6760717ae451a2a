"""Measure, record and guard what works of torch.nn's modules.

python -m tests.module_db show [NAME ...]   the outcome of each check, for the modules whose name is one of NAME
python -m tests.module_db write             record all outcomes, oplift's and torch.func's, in docs/modules.md

An outcome is "pass", "slow" (right, but it loops over the examples), "wrong", "error", or "n/a". The tests run a few
samples of each module again, and fail if what is recorded as "pass" does so no more.
"""

import argparse
import sys
from pathlib import Path

import torch

import oplift
from tests.module_db.checks import CHECKS, Outcome, cases, judge
from tests.module_db.samples import ENTRIES

PAGE = Path(__file__).parents[2] / "docs" / "modules.md"
PEERS = {"oplift": oplift, "torch.func": torch.func}
Outcomes = dict[str, Outcome]
HEAD = """# Modules of torch.nn

Every module that can be called, in training and in evaluation where they differ, as a function of its parameters, inputs
and buffers (`functional_call`), in float64. A check passes if each of its samples does, without a loop over the examples.

| check | what runs | what it is compared with |
|---|---|---|
| inputs | `vmap` over the inputs: those with a derivative, all of them, the first and the last dimension | the module, called for each example |
| params | `vmap` over stacked parameters and buffers, with one input and with an input for each | the same |
| grads | `vmap(grad)`: gradients of each example with respect to parameters and inputs | `torch.autograd.grad`, for each example |
| jvp | `jvp` with respect to parameters and inputs | the transpose of `torch.autograd.grad` |
| hvp | `jvp` of `grad`: a Hessian-vector product | `torch.autograd.grad` twice; where PyTorch has no second derivative, differences of the first |

A module that writes to its buffers (running statistics) has buffers of its own for each example, compared as well. What
draws random numbers runs under `randomness="same"` against a loop that draws the same ones; under "different", equal
examples must differ, and gradients must be those of the numbers that were drawn. "-": nothing to batch or to
differentiate. torch.func is asked the same; its column names what does not pass ("slow": right, but by a loop).

Not asked: containers that cannot be called, and nn.CrossMapLRN2d, whose backward in PyTorch is not the derivative of its
forward. nn.AdaptiveLogSoftmaxWithLoss gathers the examples of each cluster: it batches where the targets of all examples
lie in the same clusters, and is refused with an error that says so where they do not.

Written by `python -m tests.module_db write` with torch {version}, {samples} samples of each module and mode; never by hand.
A test fails when a check that passes here no longer does.
"""


def measure(peer: str, names: list[str], samples: int) -> dict[str, Outcomes]:
    """The outcome of every check of every module."""
    torch.set_num_threads(1)  # the tensors are tiny
    results = {}
    for name in names:
        found = cases(ENTRIES[name], samples)
        results[name] = {check: judge(PEERS[peer], found, check) for check in CHECKS}
        print(f"{peer}: {name}", file=sys.stderr, flush=True)
    return results


def count(results: dict[str, Outcomes]) -> str:
    """How many of the checks that mean something pass."""
    outcomes = [outcome for checks in results.values() for outcome, _ in checks.values() if outcome != "n/a"]
    return f"{outcomes.count('pass'):,} of {len(outcomes):,}"


def render(mine: dict[str, Outcomes], theirs: dict[str, Outcomes], samples: int) -> str:
    """The page: totals, a row for each module, and the reasons."""
    rows = [
        "| " + " | ".join([name, *(cell(checks[c][0]) for c in CHECKS), failing(theirs[name])]) + " |"
        for name, checks in mine.items()
    ]
    reasons = [
        f"- {name}, {check}: {reason}"
        for name, checks in mine.items()
        for check, (outcome, reason) in checks.items()
        if outcome not in ("pass", "n/a")
    ]
    return "\n".join([
        HEAD.format(version=torch.__version__.partition("+")[0], samples=samples),
        f"oplift passes {count(mine)} checks, torch.func {count(theirs)}.\n",
        f"| module | {' | '.join(CHECKS)} | torch.func |",
        "|---" * (len(CHECKS) + 2) + "|",
        *rows,
        "\n## What does not pass\n",
        *(reasons or ["Nothing."]),
        "",
    ])  # fmt: skip


def cell(outcome: str) -> str:
    return "-" if outcome == "n/a" else outcome


def failing(checks: Outcomes) -> str:
    """What a peer does not pass, by outcome."""
    by = {kind: [c for c, (outcome, _) in checks.items() if outcome == kind] for kind in ("slow", "error", "wrong")}
    return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in by.items() if names) or "pass"


def recorded(page: str) -> dict[str, dict[str, str]]:
    """The outcomes that a page says."""
    rows = [[c.strip() for c in line.strip("|\n").split("|")] for line in page.splitlines() if line.startswith("| nn.")]
    return {name: dict(zip(CHECKS, cells, strict=False)) for name, *cells in rows}


def lost(before: dict[str, dict[str, str]], now: dict[str, Outcomes]) -> list[str]:
    """What was recorded as passing, and fails."""
    return [
        f"{name} {check}: {outcome} {reason}"
        for name, checks in now.items()
        for check, (outcome, reason) in checks.items()
        if before[name][check] == "pass" and outcome not in ("pass", "n/a")
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["show", "write"])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--samples", type=int, default=12, help="of each module in each mode")
    given = parser.parse_args()
    names = [name for name in ENTRIES if not given.names or name.removeprefix("nn.") in given.names]
    mine, theirs = (measure(peer, names, given.samples) for peer in PEERS)
    page = render(mine, theirs, given.samples)
    if given.what == "write":
        PAGE.write_text(page)
    print(page[page.index("oplift passes") :])
    return 0


if __name__ == "__main__":
    sys.exit(main())
