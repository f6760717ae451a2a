"""The study itself: five steps, each a function of what the earlier ones found."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

import oplift
from oplift.demo.data import Digits
from oplift.demo.model import CNN, accuracy, error, parameters
from oplift.demo.operator import plain_squareplus
from oplift.demo.training import Adam, batches

Tree = dict[str, Tensor]
Advance = Callable[[], None]


@dataclass(frozen=True)
class Size:
    """How much work the study does."""

    epochs: int = 12
    members: int = 8
    ensemble_epochs: int = 6
    looped: int = 256
    curved: int = 64


@dataclass(frozen=True)
class Finding:
    """One row of the report; `error` must not be above `limit`."""

    what: str
    result: str
    error: float | None = None
    limit: float | None = None

    @property
    def failed(self) -> bool:
        return self.error is not None and self.limit is not None and not self.error <= self.limit


@dataclass
class Study:
    """What is known so far."""

    size: Size
    digits: Digits
    train: Digits
    test: Digits
    model: CNN = field(default_factory=CNN)
    params: Tree = field(default_factory=dict)
    norms: Tensor = field(default_factory=lambda: torch.empty(0))
    findings: list[Finding] = field(default_factory=list)

    def found(self, *finding: object) -> None:
        """Add a row to the report."""
        self.findings.append(Finding(*finding))  # type: ignore[arg-type]

    def loss(self, params: Tree, images: Tensor, labels: Tensor) -> Tensor:
        """The mean loss of a batch, a pure function of the parameters."""
        return error(oplift.functional_call(self.model, params, (images,)), labels)

    def loss_of_one(self, params: Tree, image: Tensor, label: Tensor) -> Tensor:
        """The loss of one digit."""
        return self.loss(params, image.unsqueeze(0), label.unsqueeze(0))


class Clock:
    """Seconds spent inside a `with` block."""

    seconds = 0.0


@contextmanager
def clock() -> Iterator[Clock]:
    """Time a block."""
    spent, start = Clock(), time.perf_counter()
    yield spent
    spent.seconds = time.perf_counter() - start


def furthest(got: Tree, want: Tree) -> float:
    """The largest absolute difference between two trees of tensors."""
    return max((got[name] - want[name]).abs().max().item() for name in want)


# ---------------------------------------------------------------- 1. training


def train(study: Study, advance: Advance) -> None:
    """Train the network with oplift's gradients."""
    step = oplift.grad_and_value(study.loss)
    study.params = parameters(study.model)
    adam = Adam(study.params, rate=3e-3)
    with clock() as spent:
        for index in batches(len(study.train.labels), 64, study.size.epochs):
            grads, _ = step(study.params, *study.train.pick(index))
            study.params = adam.step(study.params, grads)
            advance()
    logits = oplift.functional_call(study.model, study.params, (study.test.images,))
    right = accuracy(logits, study.test.labels)
    text = f"{right:.1%} of unseen digits right, in {spent.seconds:.1f} s"
    study.found("training with grad", text, 1 - right, 0.1)


# ---------------------------------------------------------------- 2. per-sample gradients


def per_sample(study: Study, advance: Advance) -> None:
    """The gradient of each digit's own loss, against a loop of PyTorch's autograd over the digits."""
    some = study.train.pick(slice(study.size.looped))
    gradients = oplift.vmap(oplift.grad(study.loss_of_one), in_dims=(None, 0, 0))
    gradients(study.params, *some)  # the first call loads the rules
    with clock() as fast:
        got = gradients(study.params, *some)
    with clock() as slow:
        want = loop_of_autograd(study.params, some, advance)
    text = f"{len(some.labels)} in {1e3 * fast.seconds:.0f} ms, {slow.seconds / fast.seconds:.1f}x as fast as a loop"
    study.found("per-sample gradients, vmap(grad)", text, furthest(got, want), 1e-5)


def loop_of_autograd(params: Tree, digits: Digits, advance: Advance) -> Tree:
    """The same by torch.autograd, one digit after the other, with the operator in PyTorch's own terms."""
    model = CNN(plain_squareplus)
    model.load_state_dict(params)
    leaves = list(model.parameters())
    rows = []
    for image, label in zip(digits.images.split(1), digits.labels.split(1), strict=True):
        rows.append(torch.autograd.grad(error(model(image), label), leaves))
        advance()
    return {name: torch.stack(grads) for name, grads in zip(params, zip(*rows, strict=True), strict=True)}


# ---------------------------------------------------------------- 3. an ensemble


def ensemble(study: Study, advance: Advance) -> None:
    """Several networks trained at once, each on digits drawn for it."""
    models = [CNN() for _ in range(study.size.members)]
    call, stacked, buffers = oplift.combine_state_for_ensemble(models)
    params = {name: p.detach() for (name, _), p in zip(models[0].named_parameters(), stacked, strict=True)}

    def predict(params: Tree, images: Tensor) -> Tensor:
        return call(tuple(params.values()), buffers, images)

    def loss(params: Tree, images: Tensor, labels: Tensor) -> Tensor:
        return error(predict(params, images), labels)

    step, adam = oplift.vmap(oplift.grad(loss)), Adam(params, rate=3e-3)
    with clock() as spent:
        for index in batches(len(study.train.labels), 64, study.size.ensemble_epochs):
            drawn = torch.randint(len(study.train.labels), (len(models), len(index)))
            params = adam.step(params, step(params, *study.train.pick(drawn)))
            advance()
    logits = oplift.vmap(predict, in_dims=(0, None))(params, study.test.images)
    vote(study, logits, off_from_each(params, study.test.images, logits), spent)


def off_from_each(params: Tree, images: Tensor, logits: Tensor) -> float:
    """How far the ensemble's logits are from those of each member run by itself, in PyTorch alone."""
    model = CNN(plain_squareplus).requires_grad_(False)
    off = 0.0
    for i, got in enumerate(logits):
        model.load_state_dict({name: p[i] for name, p in params.items()})
        off = max(off, (model(images) - got).abs().max().item())
    return off


def vote(study: Study, logits: Tensor, off: float, spent: Clock) -> None:
    """How well the members do alone, and together."""
    chances = logits.softmax(-1)
    alone = [accuracy(member, study.test.labels) for member in chances]
    together = accuracy(chances.mean(0), study.test.labels)
    text = f"{together:.1%} together, {sum(alone) / len(alone):.1%} alone, in {spent.seconds:.1f} s"
    study.found(f"ensemble of {len(alone)}, vmap over networks", text, off, 1e-4)


# ---------------------------------------------------------------- 4. Jacobian and Hessian of the head


def curvature(study: Study, advance: Advance) -> None:
    """The head's Jacobian and Hessian in its 64 features, against finite differences in float64."""
    model = CNN()
    model.load_state_dict(study.params)
    model.double().requires_grad_(False)
    some = study.test.pick(slice(study.size.curved))
    points = model.features(some.images.double())
    jacobians(study, model.head, points)
    advance()
    hessians(study, model.head, points, some.labels, advance)


def jacobians(study: Study, head: nn.Module, points: Tensor) -> None:
    """Both modes of the Jacobian for every digit; one of them against central differences."""
    with clock() as spent:
        reverse = oplift.vmap(oplift.jacrev(head))(points)
    forward = oplift.vmap(oplift.jacfwd(head))(points)
    off = max((reverse - forward).abs().max().item(), (reverse[0] - slopes(head, points[0])).abs().max().item())
    text = f"{len(points)} of {reverse.shape[1]} x {reverse.shape[2]} in {1e3 * spent.seconds:.0f} ms"
    study.found("Jacobians of the head, vmap(jacrev)", text, off, 1e-6)


def hessians(study: Study, head: nn.Module, points: Tensor, labels: Tensor, advance: Advance) -> None:
    """The curvature of each digit's loss, through the custom operator."""

    def loss(point: Tensor, label: Tensor) -> Tensor:
        return error(head(point), label)

    with clock() as spent:
        curved = oplift.vmap(oplift.hessian(loss))(points, labels)
    off = 0.0
    for point, label, got in zip(points[:4], labels[:4], curved[:4], strict=True):
        want = bends(lambda rows, y=label: error(head(rows), y.expand(len(rows)), "none"), point)  # type: ignore[misc]
        off = max(off, (got - want).abs().max().item())
        advance()
    text = f"{len(points)} of {curved.shape[1]} x {curved.shape[2]} in {1e3 * spent.seconds:.0f} ms"
    study.found("Hessians through demo::squareplus", text, off, 1e-5)


def slopes(function: Callable[[Tensor], Tensor], point: Tensor, h: float = 1e-5) -> Tensor:
    """The Jacobian at `point` by central differences: ([n]) -> [m, n]."""
    steps = h * torch.eye(len(point), dtype=point.dtype)
    return ((function(point + steps) - function(point - steps)) / (2 * h)).T


def bends(function: Callable[[Tensor], Tensor], point: Tensor, h: float = 1e-4) -> Tensor:
    """The Hessian of a function of rows by second differences of its values alone: ([n]) -> [n, n]."""
    n, steps = len(point), h * torch.eye(len(point), dtype=point.dtype)
    corners = [
        sign_a * sign_b * function((point + sign_a * steps[:, None] + sign_b * steps).reshape(n * n, n))
        for sign_a in (1, -1)
        for sign_b in (1, -1)
    ]
    return sum(corners, torch.zeros(())).reshape(n, n) / (4 * h * h)


# ---------------------------------------------------------------- 5. outliers


def outliers(study: Study, advance: Advance) -> None:
    """The digits that pull hardest at the network, by the norm of their own gradient."""
    gradients = oplift.vmap(oplift.grad(study.loss_of_one), in_dims=(None, 0, 0))
    norms = []
    with clock() as spent:
        for part in zip(*(x.split(128) for x in study.digits), strict=True):
            squares = [g.reshape(len(g), -1).square().sum(1) for g in gradients(study.params, *part).values()]
            norms.append(torch.stack(squares).sum(0).sqrt())
            advance()
    study.norms = torch.cat(norms)
    ratio = (study.norms.max() / study.norms.median()).item()
    text = f"{len(study.norms)} norms in {spent.seconds:.1f} s, the largest {ratio:,.0f}x the median"
    study.found("gradient-norm outliers", text)
