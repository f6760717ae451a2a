"""Time the ways to convolve each example with a weight of its own, and write the costs that rules/conv_table.py reads.

    python -m benchmarks.conv_table [--device cpu] [--rounds 4] [--fit-only]

The times go to benchmarks/conv_times.txt, where they take the place of the device's rows; the power laws that are
fitted to them to rules/conv_costs.py. `--fit-only` fits again without measuring.
"""

import argparse
import itertools
import math
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from oplift.rules.conv import FORWARD, WEIGHTS, Geometry
from oplift.rules.conv_table import place_of

TIMES = Path(__file__).parent / "conv_times.txt"
COSTS = Path(__file__).parent.parent / "rules" / "conv_costs.py"
METHODS = ("windows", "groups", "loop")
TIMES_HEAD = """\
# Milliseconds of each method, measured on one thread by `python -m benchmarks.conv_table`.
# what device examples images in out windows kernel: windows groups loop
"""
COSTS_HEAD = '''\
"""Written by `python -m benchmarks.conv_table` from benchmarks/conv_times.txt: do not edit.

(what, device) -> method -> base-2 logarithms of its cost: of the factor, then for each doubling of examples, images
of each, input channels, output channels, windows of an image, and elements of a kernel.

Time taken, over that of the best method of each shape (geometric mean over random shapes, each left out of the fit):

'''
Shape = tuple[int, int, int, int, int, int]
Table = dict[tuple[str, str], dict[Shape, list[float]]]


def shapes() -> Iterator[Shape]:
    """A grid of (examples, images of each, channels in and out, side of the image, side of the kernel); then random ones."""
    yield from itertools.product([8, 64], [1], [1, 4, 16, 64], [1, 4, 16, 64], [8, 28], [1, 3, 5])
    yield from itertools.product([8], [8], [4, 32], [4, 32], [8, 28], [3])
    draw = random.Random(0)
    for _ in range(100):
        size, n = 2 ** draw.uniform(2, 7), draw.choice([1, 1, 1, 4])
        channels = [round(2 ** draw.uniform(0, 7)) for _ in range(2)]
        yield (round(size), n, *channels, draw.randint(6, 32), draw.choice([1, 3, 3, 5, 7]))


def on_the_grid(shape: Shape) -> bool:
    """Whether a shape of the table is no random one: those have no such sizes of images."""
    return shape[4] in (8**2, 28**2) and shape[0] in (8, 64)


def calls(which: str, shape: Shape, device: str) -> dict[str, Callable[[], object]]:
    """The methods as functions without arguments, on images padded to keep their size."""
    size, n, channels, out, image, kernel = shape
    g = Geometry([1, 1], [kernel // 2] * 2, [1, 1], False, [0, 0], 1)
    x = torch.randn(size, n, channels, image, image, device=device)
    grad = torch.randn(size, n, out, image, image, device=device)
    weight = torch.randn(size, out, channels, kernel, kernel, device=device)
    if which == "forward":
        return {name: lambda f=f: f(size, x, weight, g) for name, f in FORWARD.items()}
    return {name: lambda f=f: f(size, grad, x, weight.shape[1:], g) for name, f in WEIGHTS.items()}


def times(which: str, shape: Shape, device: str, rounds: int) -> list[float]:
    """Milliseconds of each method: the least of several rounds, in which they take turns."""
    # of one thread: what else a busy machine does is not counted
    clock = time.thread_time if device == "cpu" else time.perf_counter
    found = dict.fromkeys(METHODS, math.inf)
    functions = calls(which, shape, device)
    for _ in range(rounds):
        for name, function in functions.items():
            start = clock()
            function()
            if device == "cuda":
                torch.cuda.synchronize()
            found[name] = min(found[name], (clock() - start) * 1e3)
    return [found[name] for name in METHODS]


def read() -> Table:
    """The times that were written, by what was computed, device, and shape."""
    found: Table = {}
    for line in TIMES.read_text().splitlines() if TIMES.is_file() else []:
        if not line.startswith("#"):
            which, device, *numbers = line.split()
            found.setdefault((which, device), {})[tuple(map(int, numbers[:6]))] = list(map(float, numbers[6:]))
    return found


def measure(device: str, rounds: int) -> Table:
    """The times of all shapes on one device."""
    found: Table = {}
    for which, shape in itertools.product(("weights", "forward"), shapes()):
        size, n, channels, out, image, kernel = shape
        key = (size, n, channels, out, image**2, kernel**2)
        found.setdefault((which, device), {})[key] = times(which, shape, device, rounds)
    return found


def fit(table: dict[Shape, list[float]]) -> torch.Tensor:
    """The power laws of the methods, ``[7, methods]``."""
    places = torch.tensor([place_of(shape) for shape in table], dtype=torch.float64)
    logs = torch.tensor(list(table.values()), dtype=torch.float64).log2()
    return torch.linalg.lstsq(places, logs).solution


def score(which: str, device: str, table: dict[Shape, list[float]]) -> str:
    """What the choice loses on random shapes, and what each method would lose if it were always taken."""
    lost = []
    drawn = [shape for shape in table if not on_the_grid(shape)]
    for shape in drawn:
        law = fit({other: found for other, found in table.items() if other != shape})
        costs = torch.tensor(place_of(shape), dtype=torch.float64) @ law
        lost.append([table[shape][i] / min(table[shape]) for i in (int(costs.argmin()), 0, 1, 2)])
    chosen, *always = [math.exp(sum(map(math.log, column)) / len(drawn)) for column in zip(*lost, strict=True)]
    others = ", ".join(f"{name} {value:.2f}" for name, value in zip(METHODS, always, strict=True))
    return f"    {which}, {device}, {len(drawn)} shapes: {chosen:.2f}; always the same method: {others}"


def write(table: Table) -> None:
    """The times and the laws fitted to them."""
    rows = [
        " ".join([*key, *map(str, shape), *[f"{t:.3g}" for t in found]])
        for key, part in table.items()
        for shape, found in part.items()
    ]
    TIMES.write_text(TIMES_HEAD + "\n".join(rows) + "\n")
    scores = "\n".join(score(*key, part) for key, part in table.items())
    laws = []
    for (which, device), part in table.items():
        found = zip(METHODS, fit(part).T.tolist(), strict=True)
        lines = [f'        "{name}": ({", ".join(f"{x:.2f}" for x in law)}),' for name, law in found]
        laws += [f'    ("{which}", "{device}"): {{', *lines, "    },"]
    annotation = "dict[tuple[str, str], dict[str, tuple[float, ...]]]"
    COSTS.write_text(f'{COSTS_HEAD}{scores}\n"""\n\nCOSTS: {annotation} = {{\n' + "\n".join(laws) + "\n}\n")


def main() -> None:
    """Measure, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--fit-only", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    write(read() if options.fit_only else read() | measure(options.device, options.rounds))


if __name__ == "__main__":
    main()
