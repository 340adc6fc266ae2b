"""The mel scale and its triangular filters."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from tinykd.errors import RecipeError

Floats = npt.NDArray[np.float64]
Scale = Literal["slaney", "htk"]

# Slaney's scale: 200/3 Hz a mel up to 1000 Hz (mel 15), above it 27 mels for each factor of 6.4.
_LINEAR_HZ = 200.0 / 3.0
_KNEE_HZ = 1000.0
_KNEE_MEL = _KNEE_HZ / _LINEAR_HZ
_LOG_STEP = np.log(6.4) / 27.0


def hz_to_mel(hz: npt.ArrayLike, *, scale: Scale) -> Floats:
    """Return mels for frequencies in Hz.

    Args:
      hz: any shape, at least 0.
      scale: `htk` is ``2595 log10(1 + f / 700)``; `slaney` is linear below 1000 Hz and logarithmic above.

    Returns:
      float64 of the same shape.
    Source: The HTK Book 3.4, section 5.4; Slaney 1998, Auditory Toolbox, TR 1998-010.
    """
    hz = np.asarray(hz, np.float64)
    if scale == "htk":
        return np.asarray(2595.0 * np.log10(1.0 + hz / 700.0))
    above = _KNEE_MEL + np.log(np.maximum(hz, _KNEE_HZ) / _KNEE_HZ) / _LOG_STEP
    return np.where(hz < _KNEE_HZ, hz / _LINEAR_HZ, above)


def mel_to_hz(mel: npt.ArrayLike, *, scale: Scale) -> Floats:
    """Return frequencies in Hz for mels: the inverse of `hz_to_mel`."""
    mel = np.asarray(mel, np.float64)
    if scale == "htk":
        return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))
    above = _KNEE_HZ * np.exp((np.maximum(mel, _KNEE_MEL) - _KNEE_MEL) * _LOG_STEP)
    return np.where(mel < _KNEE_MEL, mel * _LINEAR_HZ, above)


def mel_edges_hz(*, bins: int, low_hz: float, high_hz: float, scale: Scale) -> Floats:
    """Return the ``bins + 2`` corner frequencies in Hz, equally spaced in mels.

    Filter m rises from edge m to its peak at edge m + 1 and falls to edge m + 2.
    """
    low, high = hz_to_mel([low_hz, high_hz], scale=scale)
    return mel_to_hz(np.linspace(low, high, bins + 2), scale=scale)


def filter_bank(
    edges_hz: Floats, *, fft_size: int, sample_rate_hz: int, norm: Literal["none", "slaney"]
) -> Floats:
    """Return the weight of each Fourier bin in each mel band.

    Triangles are straight in Hz. With norm `none` every peak is 1; with `slaney`
    every triangle has area 1 (in Hz), so its peak is ``2 / (right - left)``.

    Args:
      edges_hz: [bins + 2] from `mel_edges_hz`.
      fft_size: samples of the transform.
      sample_rate_hz: rate of the audio.
      norm: how tall the triangles are.

    Returns:
      [bins, fft_size // 2 + 1] float64.

    Raises:
      RecipeError: a band so narrow that no Fourier bin lies inside it.
    """
    bin_hz = np.arange(fft_size // 2 + 1) * (sample_rate_hz / fft_size)
    left, peak, right = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    rising = (bin_hz - left) / (peak - left)
    falling = (right - bin_hz) / (right - peak)
    weights: Floats = np.maximum(0.0, np.minimum(rising, falling))
    empty = np.flatnonzero(~weights.any(axis=1))
    if len(empty):
        band = int(empty[0])
        raise RecipeError(
            "[features] mel_bins",
            f"mel band {band} ({edges_hz[band]:.1f} to {edges_hz[band + 2]:.1f} Hz) holds no Fourier bin, "
            f"as {len(empty)} of {len(weights)} do: the bins are {sample_rate_hz / fft_size:.1f} Hz apart",
            "fewer mel_bins, a larger fft_size, or a wider range from low_hz to high_hz",
        )
    if norm == "slaney":
        weights *= 2.0 / (right - left)
    return weights
