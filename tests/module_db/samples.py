"""The modules that are asked about, each with constructor arguments and forward inputs.

Most come from PyTorch's own module database. It leaves out what is random, lazy or merely composed; `EXTRA` has those.
Left out here: containers that cannot be called, and CrossMapLRN2d, whose backward in PyTorch is not the derivative of its
forward (gradcheck says so), so that there is no truth.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.testing._internal.common_modules import FunctionInput, ModuleInfo, module_db


@dataclass
class Sample:
    """What a module is made with, and what it is called with."""

    make: FunctionInput
    call: FunctionInput
    desc: str = ""

    def build(self, cls: type[nn.Module]) -> nn.Module:
        return cls(*self.make.args, **self.make.kwargs)


Maker = Callable[[bool], list[Sample]]


def given(*args: Any, **kwargs: Any) -> FunctionInput:
    return FunctionInput(*args, **kwargs)


def rand(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float64)


def ints(high: int, *shape: int) -> Tensor:
    return torch.randint(high, shape)


# ---------------------------------------------------------------- modules that the database lacks


def rows(*pairs: tuple[FunctionInput, FunctionInput]) -> list[Sample]:
    return [Sample(make, call) for make, call in pairs]


def at(make: FunctionInput, *shapes: tuple[int, ...]) -> list[Sample]:
    """One module, called with an input of each of the shapes."""
    return [Sample(make, given(rand(*shape))) for shape in shapes]


def norm(shape: tuple[int, ...], **kwargs: Any) -> list[Sample]:
    return at(given(**kwargs), shape) + at(given(momentum=None, **kwargs), shape)


def bags() -> list[Sample]:
    """Bags as rows of a matrix, and as a list with offsets, in each mode."""
    one = [
        Sample(given(7, 3, mode=mode, padding_idx=pad), given(ints(7, 4, 5)), f"{mode}, rows")
        for mode, pad in [("sum", None), ("mean", None), ("max", None), ("sum", 2)]
    ]
    offsets = torch.tensor([0, 2, 2, 5])
    two = [Sample(given(7, 3, mode=mode), given(ints(7, 9), offsets), f"{mode}, offsets") for mode in ("mean", "max")]
    weighed = Sample(given(7, 3, mode="sum"), given(ints(7, 9), offsets, rand(9)), "per-sample weights")
    last = Sample(given(7, 3, mode="sum", include_last_offset=True), given(ints(7, 9), offsets), "last offset")
    return [*one, *two, weighed, last]


def unpool(dims: int) -> list[Sample]:
    """Values with indices that max pooling gives."""
    pool = getattr(nn.functional, f"max_pool{dims}d")
    x, indices = pool(rand(2, 3, *(4,) * dims), 2, return_indices=True)
    return rows((given(2), given(x, indices)), (given(2), given(x[0], indices[0])))


def distance(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).abs().sum(-1)


class CTCOfLogits(nn.CTCLoss):
    """Keeps its input normalised wherever a tangent moves it: PyTorch's gradient is that of normalised inputs."""

    def forward(self, log_probs: Tensor, *others: Any) -> Tensor:
        return super().forward(log_probs.log_softmax(-1), *others)


EXTRA: dict[str, Callable[[], list[Sample]]] = {
    "AdaptiveLogSoftmaxWithLoss": lambda: rows(
        (given(8, 10, [3, 6], div_value=2), given(rand(5, 8), torch.tensor([0, 4, 9, 2, 7]))),
        (given(8, 10, [4], head_bias=True), given(rand(8), torch.tensor(5))),
    ),
    "AlphaDropout": lambda: at(given(0.3), (4, 5), (5,)),
    "ChannelShuffle": lambda: at(given(2), (2, 4, 3, 3)),
    "CosineSimilarity": lambda: rows((given(), given(rand(4, 3), rand(4, 3))), (given(0), given(rand(3), rand(3)))),
    "Dropout": lambda: at(given(0.3), (4, 5), ()),
    "Dropout1d": lambda: at(given(0.3), (4, 6, 3), (6, 3)),
    "Dropout2d": lambda: at(given(0.3), (4, 6, 3, 2), (6, 3, 2)),
    "Dropout3d": lambda: at(given(0.3), (4, 6, 3, 2, 2), (6, 3, 2, 2)),
    "EmbeddingBag": bags,
    "FeatureAlphaDropout": lambda: at(given(0.3), (4, 6, 3), (6, 3)),
    "Flatten": lambda: at(given(), (2, 3, 4), (2, 3)) + at(given(0, 1), (2, 3, 4)),
    "Fold": lambda: at(given((4, 5), (2, 2)), (2, 8, 12), (8, 12)) + at(given((4, 4), 2, stride=2), (1, 4, 4)),
    "Hardsigmoid": lambda: at(given(), (4, 3), ()),
    "Identity": lambda: at(given(), (4, 3), ()),
    "LazyBatchNorm1d": lambda: norm((4, 3)),
    "LazyBatchNorm2d": lambda: norm((4, 3, 2, 2)),
    "LazyBatchNorm3d": lambda: norm((4, 3, 2, 2, 2)),
    "LazyInstanceNorm1d": lambda: norm((4, 3, 5), affine=True, track_running_stats=True),
    "LazyInstanceNorm2d": lambda: norm((4, 3, 2, 2), affine=True),
    "LazyInstanceNorm3d": lambda: norm((4, 3, 2, 2, 2), track_running_stats=True),
    "LazyLinear": lambda: at(given(2), (4, 3), (3,)),
    "MaxUnpool1d": lambda: unpool(1),
    "MaxUnpool2d": lambda: unpool(2),
    "MaxUnpool3d": lambda: unpool(3),
    "PairwiseDistance": lambda: rows(
        (given(), given(rand(4, 3), rand(4, 3))), (given(1, keepdim=True), given(rand(3), rand(3)))
    ),
    "PixelShuffle": lambda: at(given(2), (2, 8, 3, 2), (4, 3, 2)),
    "PixelUnshuffle": lambda: at(given(2), (2, 2, 4, 6), (2, 4, 6)),
    "RReLU": lambda: at(given(), (4, 3), ()),
    "Sequential": lambda: [
        *at(given(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 2)), (5, 3)),
        *at(given(nn.Linear(3, 4), nn.Dropout(0.3, inplace=True), nn.Linear(4, 2), nn.ELU(inplace=True)), (5, 3)),
        *at(given(parametrizations.orthogonal(nn.Linear(3, 3)), nn.ReLU(inplace=True)), (5, 3)),
    ],
    "SyncBatchNorm": lambda: norm((4, 3, 2), num_features=3),
    "TransformerDecoder": lambda: rows(
        (given(nn.TransformerDecoderLayer(4, 2, 6), 2), given(rand(3, 2, 4), rand(5, 2, 4)))
    ),
    "TripletMarginLoss": lambda: rows(
        (given(), given(rand(4, 3), rand(4, 3), rand(4, 3))),
        (given(swap=True, reduction="none"), given(rand(3), rand(3), rand(3))),
    ),
    "TripletMarginWithDistanceLoss": lambda: rows(
        (given(), given(rand(4, 3), rand(4, 3), rand(4, 3))),
        (given(distance_function=distance, swap=True), given(rand(4, 3), rand(4, 3), rand(4, 3))),
    ),
    "Unflatten": lambda: at(given(1, (2, 3)), (4, 6)) + at(given(-1, (3, -1)), (6,)),
    "Unfold": lambda: at(given((2, 3)), (2, 3, 4, 5), (3, 4, 5)) + at(given(2, 1, 1, 2), (1, 2, 4, 4)),
    "Upsample": lambda: [
        sample
        for mode, rank in [
            ("nearest", 1),
            ("nearest-exact", 2),
            ("linear", 1),
            ("bilinear", 2),
            ("bicubic", 2),
            ("trilinear", 3),
            ("area", 2),
        ]
        for sample in at(given(scale_factor=1.5, mode=mode), (1, 2, *(4, 3, 4)[:rank]))
    ],
    "UpsamplingBilinear2d": lambda: at(given(scale_factor=2), (2, 2, 3, 3)),
    "UpsamplingNearest2d": lambda: at(given(size=5), (2, 2, 3, 3)),
}
#: Variants that the database lacks: what drops between the layers of a recurrent network, projections, distributions.
MORE: dict[str, Callable[[], list[Sample]]] = {
    "Conv2d": lambda: [
        sample
        for mode in ("circular", "reflect", "replicate")
        for sample in at(given(4, 2, 3, padding="same", dilation=2, groups=2, padding_mode=mode), (2, 4, 6, 5))
    ],
    "ConvTranspose2d": lambda: at(given(4, 2, 3, stride=2, output_padding=1, groups=2), (2, 4, 3, 3)),
    "TransformerEncoder": lambda: at(given(nn.TransformerEncoderLayer(4, 2, 6, batch_first=True), 2), (2, 3, 4)),
    "KLDivLoss": lambda: rows(
        *[
            (given(reduction=kind), given(rand(4, 3).log_softmax(1), rand(4, 3).softmax(1)))
            for kind in ("none", "sum", "batchmean")
        ]
    ),
    "LSTM": lambda: at(given(2, 3, 2, dropout=0.3), (4, 2, 2)) + at(given(2, 3, proj_size=2), (4, 2, 2)),
    "GRU": lambda: at(given(2, 3, 2, dropout=0.3), (4, 2, 2)),
    "RNN": lambda: at(given(2, 3, 2, dropout=0.3), (4, 2, 2)),
    "Embedding": lambda: rows(
        (given(4, 3, padding_idx=1), given(ints(4, 2, 3))), (given(4, 3, scale_grad_by_freq=True), given(ints(4, 5)))
    ),
}
INSTEAD: dict[type[nn.Module], type[nn.Module]] = {nn.CTCLoss: CTCOfLogits}
#: How many of its floating inputs PyTorch differentiates, where that is not all.
DIFFERENTIABLE: dict[type[nn.Module], int] = {nn.SoftMarginLoss: 1}


# ---------------------------------------------------------------- all of them by name


@dataclass
class Entry:
    """A module class with its samples."""

    cls: type[nn.Module]
    samples: Maker
    modes: tuple[bool, ...]


def from_database(info: ModuleInfo) -> Entry:
    def samples(training: bool) -> list[Sample]:
        drawn = info.module_inputs_func(info, device="cpu", dtype=torch.float64, requires_grad=False, training=training)
        more = MORE.get(info.module_cls.__name__, list)()
        return [*(Sample(s.constructor_input, s.forward_input, s.desc) for s in drawn if s.forward_input), *more]

    return Entry(
        INSTEAD.get(info.module_cls, info.module_cls), samples, (True, False) if info.train_and_eval_differ else (True,)
    )


def entries() -> Iterator[tuple[str, Entry]]:
    for info in module_db:
        if torch.float64 in info.dtypes and info.name.startswith("nn."):
            yield info.name, from_database(info)
    for name, make in EXTRA.items():
        yield f"nn.{name}", Entry(getattr(nn, name), lambda training, make=make: make(), (True, False))


ENTRIES = dict(sorted(entries()))
