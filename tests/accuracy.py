"""Measure how far every declared operator is from the truth, and write the record that `oplift coverage` shows.

python -m tests.accuracy [OPERATOR ...]   all operators, or those whose name matches (aten::fft_*)
    --missing                             only those that are not on record
    --device cuda                         there; what is on record of other devices is kept

The operators and their samples are those of tests/test_registry.py. Each starts from a seed of its own, so the record is
the same whatever else was asked.
"""

import argparse
import multiprocessing
import random
import sys
import zlib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import numpy
import torch

from oplift.coverage.record import Accuracy, measured, read_record, text_of
from oplift.rules.generated.index import INDEX
from oplift.rules.index import INDEX as BY_HAND
from oplift.testing import Sample, check_op
from tests.registry_exceptions import DEVIATIONS, NO_SAMPLE
from tests.test_registry import LIMIT, claims, exists

RECORD = Path(__file__).parent.parent / "rules" / "accuracy.json"
ABSENT = "the torch that made the record does not have it"
#: Operators that the checker cannot call by themselves -> why.
UNCALLED = {"oplift::rowwise": "takes a function of Python; the tests of attention check it through theirs"}
#: Everything that oplift ships rules of.
SHIPPED = {**INDEX, **BY_HAND}


def written(name: str) -> list[Sample]:
    """Samples of the operators that no spec declares, whose arguments cannot be written as the text of a call."""
    x = torch.randn(4, 3, dtype=torch.float64)
    row, block = (1,), (slice(1, 3), None, 0)
    samples = {
        "oplift::getitem": [(x, row), (x, block), (x, (Ellipsis, slice(None, None, 2)))],
        "oplift::getitem_backward": [(x[row], [4, 3], row), (x[block], [4, 3], block)],
        "oplift::setitem": [(x, row, x[2]), (x, block, 2 * x[block])],
    }
    return [Sample(args) for args in samples.get(name, [])]


def accuracy_of(name: str, device: str = "cpu") -> Accuracy:
    """What the checker finds of one operator."""
    if not exists(name):
        return Accuracy(unchecked=ABSENT)
    if name in UNCALLED:
        return Accuracy(unchecked=UNCALLED[name])
    seed = zlib.crc32(name.encode())
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    told = claims(INDEX[name]).get(name, {}) if name in INDEX else {}
    report = check_op(name, *written(name), **{**told, "limit": LIMIT, "devices": [device]})
    return measured(report, DEVIATIONS.get(name), NO_SAMPLE.get(name, "no sample was found"))


def _one(job: tuple[str, str]) -> tuple[str, Accuracy]:
    torch.set_num_threads(1)
    return job[0], accuracy_of(*job)


def measure(names: Iterable[str], device: str, jobs: int) -> dict[str, Accuracy]:
    """The findings of all `names`, from `jobs` processes."""
    found: dict[str, Accuracy] = {}
    todo = [(name, device) for name in names]
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        for name, accuracy in pool.imap_unordered(_one, todo, chunksize=8):
            found[name] = accuracy
            if len(found) % 50 == 0:
                print(f"{len(found)} of {len(todo)} operators", file=sys.stderr, flush=True)
    return found


def joined(old: Accuracy | None, new: Accuracy) -> Accuracy:
    """New findings on one device, with the old ones on others."""
    others = {device: found for device, found in old.errors.items() if device not in new.errors} if old else {}
    if old is None or not others:
        return new
    return Accuracy({**others, **new.errors}, {**old.deviates, **new.deviates})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    before = {name: found for name, found in read_record().items() if name in SHIPPED}
    names = [name for name in sorted(SHIPPED) if any(fnmatchcase(name, glob) for glob in given.names or ["*"])]
    names = [name for name in names if name not in before] if given.missing else names
    after = {name: joined(before.get(name), new) for name, new in measure(names, given.device, given.jobs).items()}
    facts = {"torch": torch.__version__.partition("+")[0], "samples": LIMIT}
    RECORD.write_text(text_of({**before, **after}, facts), encoding="utf-8")
    print(f"{len(after)} operators measured, {len({**before, **after})} on record in {RECORD.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
