"""Fourier transforms: the adjoints of the real ones."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from oplift.rule import operator


def _scale_mirrored(x: Tensor, dim: int, size: int, factor: float) -> Tensor:
    """Scale the frequencies that stand for two: all but the first, and the last one of an even `size`."""
    mirrored = (size - 1) // 2
    weights = torch.full((mirrored,), factor, dtype=x.dtype.to_real(), device=x.device)
    weights = torch.nn.functional.pad(weights, (1, x.shape[dim] - 1 - mirrored), value=1.0)
    after = x.ndim - 1 - dim % x.ndim
    return x * weights.reshape(-1, *(1,) * after)


def r2c_vjp(grad: Tensor, dim: Sequence[int], normalization: int, onesided: bool, size: int) -> Tensor:
    """The adjoint of a transform of real numbers, as a transform to real numbers: half of the work of a complex one.

    Args:
        size: of the last transformed dimension of the input.
    """
    if not onesided:
        return operator("aten::_fft_c2c")(grad, dim, normalization, False)  # type: ignore[no-any-return]
    halved = _scale_mirrored(grad, dim[-1], size, 0.5)
    return operator("aten::_fft_c2r")(halved, dim, normalization, size)  # type: ignore[no-any-return]


def c2r_vjp(grad: Tensor, dim: Sequence[int], normalization: int, size: int) -> Tensor:
    """The adjoint of a transform to real numbers: a mirrored frequency was counted twice."""
    out = operator("aten::_fft_r2c")(grad, dim, normalization, True)
    return _scale_mirrored(out, dim[-1], size, 2.0)


def stft(
    self: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Tensor:
    """The transforms of overlapping frames; PyTorch cuts these out by strides, which no tracer has to give."""
    is_complex = self.dtype.is_complex or (window is not None and window.dtype.is_complex)
    if return_complex is None and not is_complex:
        raise RuntimeError("stft: return_complex must be given for real inputs")
    win_length = n_fft if win_length is None else win_length
    margin = n_fft - win_length
    if align_to_window:
        self = torch.nn.functional.pad(self, (margin // 2, margin // 2))
    frames = self.unfold(-1, n_fft, n_fft // 4 if hop_length is None else hop_length)
    if window is not None or margin:
        window = torch.ones(win_length, dtype=self.dtype, device=self.device) if window is None else window
        frames = frames * torch.nn.functional.pad(window, (margin // 2, margin - margin // 2))
    onesided = not is_complex if onesided is None else onesided
    out = _transform(frames, int(normalized), onesided).transpose(-2, -1)
    return torch.view_as_real(out) if return_complex is False else out


def stft_center(
    self: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Tensor:
    """stft with half a frame more on both sides."""
    if center:
        if align_to_window:
            raise RuntimeError("stft: align_to_window only makes sense with center=False")
        signal = self.reshape((1,) * (3 - self.ndim) + self.shape)  # what padding by reflection takes
        padded = torch.nn.functional.pad(signal, (n_fft // 2, n_fft // 2), pad_mode)
        self = padded.reshape(*self.shape[:-1], padded.shape[-1])
    return stft(self, n_fft, hop_length, win_length, window, normalized, onesided, return_complex, align_to_window)


def _transform(frames: Tensor, normalization: int, onesided: bool) -> Tensor:
    """The transform of the last dimension."""
    last = [frames.ndim - 1]
    if frames.dtype.is_complex:
        return operator("aten::_fft_c2c")(frames, last, normalization, True)  # type: ignore[no-any-return]
    return operator("aten::_fft_r2c")(frames, last, normalization, onesided)  # type: ignore[no-any-return]
