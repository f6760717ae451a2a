"""Which way to convolve each example with a weight of its own is fastest.

There are three ways: a product with copied windows of the input, a grouped convolution, and a loop. By how much they
differ (up to twenty times) and which one is best depends on all sizes at once, so they were timed on several hundred
shapes (`python -m benchmarks.conv_table`), and a power law was fitted to each. What going by it costs against the best
of the three, on shapes that the fit did not see, stands in conv_costs.py.
"""

from __future__ import annotations

import functools
import math

from .conv_costs import COSTS

#: For devices of which no time was measured. The products of all examples with their windows are one kernel that every
#: library has tuned, where grouped convolutions with many groups often fall back to slow code.
NOT_MEASURED = "windows"


@functools.lru_cache(maxsize=4096)
def fastest(which: str, device: str, shape: tuple[int, ...]) -> str:
    """The method that should be fastest: "windows", "groups" or "loop".

    Args:
        which: "weights" for per-example gradients of weights, "forward" for convolutions with a weight for each example.
        device: "cpu", "cuda", ...
        shape: (examples, images of each, input channels, output channels, windows of an image, elements of a kernel).

    >>> fastest("weights", "cpu", (32, 1, 1, 32, 676, 9)), fastest("weights", "cpu", (8, 1, 256, 256, 64, 9))
    ('windows', 'loop')
    """
    laws = COSTS.get((which, device))
    if laws is None:
        return NOT_MEASURED
    place = place_of(shape)
    return min(laws, key=lambda method: sum([a * b for a, b in zip(laws[method], place, strict=True)]))


def place_of(shape: tuple[int, ...]) -> tuple[float, ...]:
    """What a power law multiplies its exponents by: 1 for its factor, and the logarithms of the sizes."""
    return (1.0, *[math.log2(max(n, 1)) for n in shape])
