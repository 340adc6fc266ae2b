"""Higher and lower voices that speak no faster."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from tinykd.augment.waveform import Waves, read_at

_OVERLAP = 4  # frames over each sample
_FRAME_MS = 32


def change_pitch(waves: Waves, semitones: npt.NDArray[np.float64], *, sample_rate_hz: int) -> Waves:
    """Raise or lower each clip's pitch and formants; duration and timing stay.

    A phase vocoder makes the clip `factor` times as long, and reading it `factor` times
    as fast makes it as long as it was, with all frequencies times `factor`.

    Args:
      waves: [n, samples] float32.
      semitones: [n]; 12 doubles all frequencies.
      sample_rate_hz: sets the frame of the vocoder, 32 ms.

    Returns:
      [n, samples] float32.
    Source: Flanagan, Golden 1966, "Phase vocoder"; Laroche, Dolson 1999, "Improved phase vocoder time-scale
      modification of audio"; Puckette 1995, "Phase-locked vocoder", for keeping the bins of a peak together.
    """
    factors = 2.0 ** (np.asarray(semitones) / 12.0)
    stretched = _stretch(waves, factors, hop=max(1, _FRAME_MS * sample_rate_hz // 1000 // _OVERLAP))
    times = np.arange(waves.shape[1])[None, :] * factors[:, None]
    return read_at(stretched, times)


def _stretch(waves: Waves, factors: npt.NDArray[np.float64], *, hop: int) -> Waves:
    """Return [n, at least samples * max(factors)] with each clip `factor` times as long."""
    size = hop * _OVERLAP
    n, length = waves.shape
    window = (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(size) / size)).astype(np.float32)
    # A frame of silence before the clip: the middle of frame 2 is the clip's first sample, here and below.
    padded = np.pad(waves, ((0, 0), (size, 2 * size)))
    spectra = scipy.fft.rfft(sliding_window_view(padded, size, axis=1)[:, ::hop] * window)
    # How far a bin turns from its peak in one frame to itself in the next, as unit complex numbers.
    ways = _directions(spectra)
    turns = ways[:, 1:] * _directions(_with_neighbours(spectra[:, :-1])).conj()

    frames = int(np.ceil(length * float(factors.max(initial=1.0)) / hop)) + _OVERLAP
    at = np.clip((np.arange(frames) - 2)[None, :] / factors[:, None] + 2, 0.0, spectra.shape[1] - 1.001)
    first = at.astype(np.int64)
    part = (at - first).astype(np.float32)[:, :, None]
    rows = np.arange(n)[:, None]
    magnitudes = np.abs(spectra)
    loud = magnitudes[rows, first] * (1 - part) + magnitudes[rows, first + 1] * part
    made = np.empty(loud.shape, np.complex64)
    made[:, 0] = loud[:, 0] * ways[rows[:, 0], first[:, 0]]
    for frame in range(1, frames):
        peaks = _directions(_with_neighbours(made[:, frame - 1]))
        made[:, frame] = loud[:, frame] * peaks * turns[rows[:, 0], first[:, frame - 1]]

    pieces = (scipy.fft.irfft(made, size) * window).reshape(n, frames, _OVERLAP, hop)
    out = np.zeros((n, frames + _OVERLAP - 1, hop), np.float32)
    for k in range(_OVERLAP):
        out[:, k : k + frames] += pieces[:, :, k]
    # The squares of four overlapping Hann windows add up to 3/2 at every sample.
    return np.asarray(out.reshape(n, -1)[:, size:] / np.float32(1.5))


def _directions(values: npt.NDArray[np.complex64]) -> npt.NDArray[np.complex64]:
    """Return the values scaled to length 1; what is too small to have a direction becomes 1."""
    sizes = np.abs(values)
    return np.where(sizes > 1e-20, values / np.maximum(sizes, np.float32(1e-20)), np.complex64(1.0))


def _with_neighbours(spectra: npt.NDArray[np.complex64]) -> npt.NDArray[np.complex64]:
    """Return each bin less both neighbours: under one peak signs alternate, so all get the peak's phase."""
    sums = spectra.copy()
    sums[..., 1:] -= spectra[..., :-1]
    sums[..., :-1] -= spectra[..., 1:]
    return sums
