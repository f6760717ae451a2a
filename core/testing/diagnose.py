"""Comparison of what a rule gave with the truth, and a guess at the mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from oplift.testing.numeric import Slope, Tolerance, difference, magnitude, wide


@dataclass(frozen=True)
class Finding:
    """How far apart got and want are; `message` is empty where they agree.

    `relative` is the largest difference as a part of 1 + the largest magnitude of the truth.
    """

    error: float | None = None
    tolerance: float | None = None
    message: str = ""
    hint: str = ""
    relative: float | None = None


def compare(got: Sequence[Tensor], want: Sequence[Tensor], allowed: Tolerance, batch: int | None = None) -> Finding:
    """Compare outputs: number, shapes, dtypes, values. `batch` is the batch size, for better hints."""
    if len(got) != len(want):
        return Finding(message=f"got {len(got)} outputs, want {len(want)}")
    worst = Finding(0.0, 0.0)
    for index, (g, w) in enumerate(zip(got, want, strict=True)):
        finding = _form(g, w, batch) or _values(g, w, allowed.of(w), batch)
        if finding.message:
            return _name_output(finding, index, got, want)
        worst = worse(worst, finding)
    return worst


def worse(one: Finding, other: Finding) -> Finding:
    """The one that is nearer to its tolerance, with the larger relative difference of the two."""
    worst = max(one, other, key=lambda f: (f.error or 0.0) / max(f.tolerance or 0.0, 1e-300))
    found = [f.relative for f in (one, other) if f.relative is not None]
    return replace(worst, relative=max(found, default=None))


def compare_slopes(got: Sequence[Tensor], truth: Sequence[Slope], allowed: Tolerance) -> Finding | None:
    """Compare tangents with finite differences where those can be trusted; None where they nowhere can."""
    worst: Finding | None = None
    for index, (g, slope) in enumerate(zip(got, truth, strict=True)):
        reliable = slope.reliable
        if not reliable.any():
            continue
        want = torch.where(reliable, slope.value, wide(g) if g.shape == slope.value.shape else slope.value)
        finding = _shapes(g, want, None) or _values(g, want, allowed.of(want) + slope.slack, None)
        if finding.message:
            return _name_output(finding, index, got, [s.value for s in truth])
        worst = finding if worst is None else worse(worst, finding)
    return worst


def _form(got: Tensor, want: Tensor, batch: int | None) -> Finding | None:
    finding = _shapes(got, want, batch)
    if finding is None and got.dtype != want.dtype:
        hint = "a Python number, or a batched 0-dim tensor, promoted?" if batch is not None else ""
        finding = Finding(message=f"dtype {got.dtype}, want {want.dtype}", hint=hint)
    if finding is None and got.device != want.device:
        finding = Finding(message=f"on {got.device}, want {want.device}")
    return finding


def _shapes(got: Tensor, want: Tensor, batch: int | None) -> Finding | None:
    if got.shape == want.shape:
        return None
    return Finding(message=f"shape {tuple(got.shape)}, want {tuple(want.shape)}", hint=_shape_hint(got, want, batch))


def _shape_hint(got: Tensor, want: Tensor, batch: int | None) -> str:
    have, need = tuple(got.shape), tuple(want.shape)
    if sorted(have) == sorted(need):
        return "dimensions permuted: the batch dim looks misplaced" if batch is not None else "transposed?"
    if batch is not None and have == need[1:]:
        return "the batch dim is missing"
    if sorted(d for d in have if d != 1) == sorted(d for d in need if d != 1):
        return "a dimension of size 1 was kept or dropped (squeeze without dim? keepdim?)"
    if len(have) == len(need):
        return "the rule works on another dim (argument `dim` not moved past the batch dim?)"
    return "the result has another rank"


def _values(got: Tensor, want: Tensor, allowed: Tensor, batch: int | None) -> Finding:
    if want.numel() == 0:
        return Finding(0.0, 0.0)
    gap = difference(got, want)
    over = gap - allowed
    at = int(over.reshape(-1).argmax())
    error, tolerance = float(gap.reshape(-1)[at]), float(allowed.reshape(-1)[at])
    if error <= tolerance:
        return Finding(error, tolerance, relative=float(gap.max()) / (1 + _largest(want)))
    have, need = _element(got, at), _element(want, at)
    where = tuple(int(i) for i in torch.unravel_index(torch.tensor(at), want.shape)) if want.dim() else ()
    message = f"got {have}, want {need}" + (f" at {where}" if where else "")
    return Finding(error, tolerance, message, guess(got, want, batch))


def _largest(tensor: Tensor) -> float:
    """The largest finite magnitude."""
    size = magnitude(tensor)
    return float(size[torch.isfinite(size)].max()) if bool(torch.isfinite(size).any()) else 0.0


def _element(tensor: Tensor, at: int) -> str:
    value = wide(tensor).reshape(-1)[at].item()
    return f"{value:.6g}"


def _name_output(finding: Finding, index: int, got: Sequence[Tensor], want: Sequence[Tensor]) -> Finding:
    if len(want) == 1:
        return finding
    hint = finding.hint
    for other, w in enumerate(want):
        if other != index and _near(got[index], w) and not _near(got[index], want[index]):
            hint = f"this looks like output {other}: outputs mixed up?"
    return Finding(finding.error, finding.tolerance, f"output {index}: {finding.message}", hint)


def guess(got: Tensor, want: Tensor, batch: int | None) -> str:
    """The mistake that would turn `want` into `got`, as a hint for the author; empty where none comes to mind."""
    g, w = wide(got), wide(want)
    if not bool(torch.isfinite(g).all()):
        return "nan or infinity where the truth is finite: guard the formula with where(...)?"
    if not bool(torch.isfinite(w).all()):
        return ""
    guesses = (_of_batch, _of_zero, _of_conjugate, _of_transpose, _of_factor)
    return next((hint for hint in (attempt(g, w, batch) for attempt in guesses) if hint), "")


def _near(got: Tensor, want: Tensor) -> bool:
    if got.shape != want.shape or not want.numel():
        return False
    g, w = wide(got), wide(want)
    scale = 1e-12 + float(torch.nan_to_num(w.abs()).max())
    return bool((difference(g, w) <= 1e-5 * scale).all())


def _of_batch(got: Tensor, want: Tensor, batch: int | None) -> str:
    if batch is None or batch < 2 or not got.dim() or got.shape[0] < 2:
        return ""
    if _near(got, got[:1].expand_as(got)):
        return "every example gets the same result: a batched result taken for unbatched, or the batch was reduced?"
    if _near(got.flip(0), want) or any(_near(got.roll(k, 0), want) for k in range(1, got.shape[0])):
        return "the right results in the wrong order of examples"
    return ""


def _of_zero(got: Tensor, want: Tensor, batch: int | None) -> str:
    if not bool((got == 0).all()):
        return ""
    return "all zero: a term is missing (a symbolic zero taken for the whole?), or the formula was cut (detach, .data)"


def _of_conjugate(got: Tensor, want: Tensor, batch: int | None) -> str:
    return "conjugate missing?" if got.is_complex() and _near(got.conj(), want) else ""


def _of_transpose(got: Tensor, want: Tensor, batch: int | None) -> str:
    if got.dim() >= 2 and got.shape[-1] == got.shape[-2] and _near(got.mT, want):
        return "transposed?"
    return ""


def _of_factor(got: Tensor, want: Tensor, batch: int | None) -> str:
    square = (want.abs() ** 2).sum()
    if not square > 0:
        return "the truth is zero here"
    factor = ((got * want.conj()).sum() / square).real.item()
    if not _near(got, factor * want):
        return _of_some(got, want)
    if abs(factor + 1) < 1e-3:
        return "the sign is wrong"
    if batch and abs(factor - batch) < 1e-3 * batch:
        return f"looks off by the factor {batch}, the batch size: summed over the batch?"
    return f"looks off by a constant factor {factor:.4g}"


def _of_some(got: Tensor, want: Tensor) -> str:
    wrong = difference(got, want) > 1e-5 * (1e-12 + want.abs().max())
    share = int(wrong.sum()), want.numel()
    return f"{share[0]} of {share[1]} elements differ" if share[0] < share[1] else ""
