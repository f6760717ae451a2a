"""Measure, record and guard how much of PyTorch's operator database works.

python -m tests.opdb show [NAME ...]   the outcome of each check, for the entries whose name holds one of NAME
python -m tests.opdb write             record all outcomes in baseline.json
python -m tests.opdb ratchet           fail if anything that is recorded as passing does so no more

An outcome is "pass", "slow" (right, but it loops over the examples), "wrong", "error", "timeout", or "n/a". Each entry
runs in a process that may crash or hang without harm to the others.
"""

import argparse
import collections
import json
import os
import sys
from pathlib import Path

from tests.opdb.checks import CHECKS, ENTRIES
from tests.opdb.workers import Results, measure

BASELINE = Path(__file__).with_name("baseline.json")
RANK = {"pass": 2, "slow": 1}


def summary(results: Results) -> str:
    """A line for each check: how many were asked, and how they ended."""
    kinds = ["pass", "slow", "wrong", "error", "timeout"]
    lines = [f"{'check':14}{'asked':>7}" + "".join(f"{k:>9}" for k in kinds)]
    for check in [*CHECKS, "all"]:
        chosen = CHECKS if check == "all" else [check]
        n = collections.Counter(outcome[c][0] for outcome in results.values() for c in chosen)
        lines.append(f"{check:14}{sum(n[k] for k in kinds):7}" + "".join(f"{n[k]:9}" for k in kinds))
    return "\n".join(lines)


def failures(results: Results) -> str:
    rows = [(name, check, *outcome) for name in sorted(results) for check, outcome in results[name].items()]
    return "\n".join(f"{o:8}{name:48} {check:13}{note}" for name, check, o, note in rows if o not in ("pass", "n/a"))


def lost(before: dict[str, dict[str, str]], now: Results) -> list[str]:
    """What was recorded as better than it is now."""
    return [
        f"{name} {check}: {was}, now {now[name][check][0]}: {now[name][check][1]}"
        for name, checks in before.items()
        for check, was in checks.items()
        if name in now and RANK[was] > RANK.get(now[name][check][0], 0)
    ]


def ratchet(names: list[str], samples: int, jobs: int) -> int:
    """Compare with the baseline; what seems lost gets a second run alone, since a busy machine can cause a timeout."""
    if not BASELINE.exists():
        print(f"{BASELINE.name} is missing: record one with `make ratchet-write`", file=sys.stderr)
        return 1
    before = json.loads(BASELINE.read_text())
    results = measure(names, samples, jobs)
    print(summary(results))
    suspects = sorted({line.partition(" ")[0] for line in lost(before, results)})
    results |= measure(suspects, samples, 1)
    worse = lost(before, results)
    gone = sorted(set(before) - set(results))
    print("\n".join(["", *worse, *[f"{name}: no longer in the database" for name in gone]]))
    print(f"{len(results) - len(suspects)} entries hold, {len(worse)} checks lost")
    return 1 if worse else 0


def write(results: Results) -> None:
    """Record what passes or is slow; the rest has nothing to lose."""
    kept = {n: {c: o for c, (o, _) in results[n].items() if o in RANK} for n in sorted(results)}
    BASELINE.write_text("{\n" + ",\n".join(f"{json.dumps(n)}: {json.dumps(c)}" for n, c in kept.items() if c) + "\n}\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["show", "write", "ratchet"])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--samples", type=int, default=3, help="of each entry, spread over its list")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    names = [n for n in ENTRIES if not given.names or any(part in n for part in given.names)]
    if given.what == "ratchet":
        return ratchet(names, given.samples, given.jobs)
    results = measure(names, given.samples, given.jobs)
    print(failures(results), summary(results), sep="\n")
    if given.what == "write":
        write(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
