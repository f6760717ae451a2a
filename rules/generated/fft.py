"""Rules from rules/fft.yaml; do not edit, run `make gen`.

source sha256: a2c133313376fcdaa20bc84621435f7f352b8ea8c7a2af215a768c88d554cedf
torch: 2.13
"""

from __future__ import annotations

import torch

from oplift.rule import Rules
from oplift.rules.fft import c2r_vjp, r2c_vjp, stft, stft_center
from oplift.rules.kinds import none_of, one_example, shift_dims, squeeze_last


# rules/fft.yaml:4 aten::_fft_c2c
def _fft_c2c_batch(batch_size, batched, self, dim, normalization, forward):
    if not batch_size:
        return none_of(_fft_c2c_batch(1, batched, one_example(batched[0], self), dim, normalization, forward))
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1)
    result = torch._fft_c2c(self, dim, normalization, forward)
    return squeeze_last(result) if scalar else result


def _fft_c2c_jvp(tangents, self, dim, normalization, forward):
    self_t = tangents[0]
    result = torch._fft_c2c(self, dim, normalization, forward)
    tangent = torch._fft_c2c(self_t, dim, normalization, forward)
    return result, tangent


def _fft_c2c_vjp(needs, self, dim, normalization, forward):
    result = torch._fft_c2c(self, dim, normalization, forward)

    def _fft_c2c_pullback(grad):
        return (torch._fft_c2c(grad, dim, normalization, not forward),)

    return result, _fft_c2c_pullback


# rules/fft.yaml:7 aten::_fft_r2c
def _fft_r2c_batch(batch_size, batched, self, dim, normalization, onesided):
    if not batch_size:
        return none_of(
            _fft_r2c_batch(1, batched, one_example(batched[0], self), dim, normalization, onesided)
        )
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1)
    result = torch._fft_r2c(self, dim, normalization, onesided)
    return squeeze_last(result) if scalar else result


def _fft_r2c_jvp(tangents, self, dim, normalization, onesided):
    self_t = tangents[0]
    result = torch._fft_r2c(self, dim, normalization, onesided)
    tangent = torch._fft_r2c(self_t, dim, normalization, onesided)
    return result, tangent


def _fft_r2c_vjp(needs, self, dim, normalization, onesided):
    result = torch._fft_r2c(self, dim, normalization, onesided)
    self_shape = self.shape

    def _fft_r2c_pullback(grad):
        return (r2c_vjp(grad, dim, normalization, onesided, self_shape[dim[-1]]),)

    return result, _fft_r2c_pullback


# rules/fft.yaml:10 aten::_fft_c2r
def _fft_c2r_batch(batch_size, batched, self, dim, normalization, last_dim_size):
    if not batch_size:
        return none_of(
            _fft_c2r_batch(1, batched, one_example(batched[0], self), dim, normalization, last_dim_size)
        )
    scalar = self.ndim == 1
    if scalar:
        self = self.unsqueeze(-1)
    dim = shift_dims(dim, self.ndim - 1)
    result = torch._fft_c2r(self, dim, normalization, last_dim_size)
    return squeeze_last(result) if scalar else result


def _fft_c2r_jvp(tangents, self, dim, normalization, last_dim_size):
    self_t = tangents[0]
    result = torch._fft_c2r(self, dim, normalization, last_dim_size)
    tangent = torch._fft_c2r(self_t, dim, normalization, last_dim_size)
    return result, tangent


def _fft_c2r_vjp(needs, self, dim, normalization, last_dim_size):
    result = torch._fft_c2r(self, dim, normalization, last_dim_size)

    def _fft_c2r_pullback(grad):
        return (c2r_vjp(grad, dim, normalization, last_dim_size),)

    return result, _fft_c2r_pullback


RULES = {
    "aten::_fft_c2c": Rules(
        batch=_fft_c2c_batch,
        jvp=_fft_c2c_jvp,
        vjp=_fft_c2c_vjp,
        kind='dims',
        form='linear',
        origin='rules/fft.yaml:4',
    ),
    "aten::_fft_r2c": Rules(
        batch=_fft_r2c_batch,
        jvp=_fft_r2c_jvp,
        vjp=_fft_r2c_vjp,
        kind='dims',
        form='linear',
        origin='rules/fft.yaml:7',
    ),
    "aten::_fft_c2r": Rules(
        batch=_fft_c2r_batch,
        jvp=_fft_c2r_jvp,
        vjp=_fft_c2r_vjp,
        kind='dims',
        form='linear',
        origin='rules/fft.yaml:10',
    ),
    "aten::stft": Rules(decompose=stft, kind='decompose', origin='rules/fft.yaml:14'),
    "aten::stft.center": Rules(decompose=stft_center, kind='decompose', origin='rules/fft.yaml:19'),
}
