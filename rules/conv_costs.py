"""Written by `python -m benchmarks.conv_table` from benchmarks/conv_times.txt: do not edit.

(what, device) -> method -> base-2 logarithms of its cost: of the factor, then for each doubling of examples, images
of each, input channels, output channels, windows of an image, and elements of a kernel.

Time taken, over that of the best method of each shape (geometric mean over random shapes, each left out of the fit):

    weights, cpu, 99 shapes: 1.05; always the same method: windows 1.51, groups 1.65, loop 1.50
    forward, cpu, 99 shapes: 1.07; always the same method: windows 1.43, groups 1.76, loop 1.38
"""

COSTS: dict[tuple[str, str], dict[str, tuple[float, ...]]] = {
    ("weights", "cpu"): {
        "windows": (-16.86, 0.99, 1.16, 0.80, 0.18, 0.77, 1.01),
        "groups": (-13.56, 0.89, 1.09, 0.59, 0.19, 0.62, 0.73),
        "loop": (-10.30, 1.02, 0.73, 0.37, 0.20, 0.34, 0.62),
    },
    ("forward", "cpu"): {
        "windows": (-16.89, 1.00, 1.15, 0.75, 0.23, 0.75, 0.99),
        "groups": (-13.58, 0.89, 0.99, 0.53, 0.25, 0.62, 0.65),
        "loop": (-11.80, 1.02, 0.79, 0.39, 0.23, 0.41, 0.69),
    },
}
