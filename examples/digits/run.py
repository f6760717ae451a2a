"""The order of the steps, and the bars that show how far they are."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from torch import Tensor

import oplift
from oplift.demo import data, steps
from oplift.demo.steps import Size, Study

QUICK = Size(epochs=3, members=3, ensemble_epochs=2, looped=16, curved=4)


def study(*, seed: int = 0, quick: bool = False) -> Study:
    """Do all of it, and return what was found."""
    torch.manual_seed(seed)
    digits = data.load()
    work = Study(QUICK if quick else Size(), digits, *data.split(digits))
    per_epoch = len(work.train.labels) // 64
    plan = [
        ("training with grad", steps.train, work.size.epochs * per_epoch),
        ("a loop over digits, to compare", steps.per_sample, work.size.looped),
        ("an ensemble, all members at once", steps.ensemble, work.size.ensemble_epochs * per_epoch),
        ("Jacobians and Hessians of the head", steps.curvature, 5),
        ("gradient norms of every digit", steps.outliers, -(-len(digits.labels) // 128)),
    ]
    columns = TextColumn("{task.description:36}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with one_thread(), Progress(*columns) as progress:
        tasks = [progress.add_task(name, total=total, start=False) for name, _, total in plan]
        for task, (_, step, _) in zip(tasks, plan, strict=True):
            progress.start_task(task)
            step(work, lambda task=task: progress.advance(task))
    return work


@contextmanager
def one_thread() -> Iterator[None]:
    """On tensors this small a second thread gains little, and on a busy machine waiting for it costs a lot."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def predictions(study: Study) -> Tensor:
    """The digit that the trained network takes each image for."""
    return oplift.functional_call(study.model, study.params, (study.digits.images,)).argmax(-1)
