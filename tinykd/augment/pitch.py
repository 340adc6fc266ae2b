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
      modification of audio", section II (no phase locking here).
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
    # Half a frame of silence before the clip puts frame i's middle on sample i * hop.
    padded = np.pad(waves, ((0, 0), (size // 2, size + size // 2)))
    spectra = scipy.fft.rfft(sliding_window_view(padded, size, axis=1)[:, ::hop] * window)
    magnitudes = np.abs(spectra)
    # How far each bin's phase turns from one frame to the next, as unit complex numbers.
    turns = spectra[:, 1:] * spectra[:, :-1].conj()
    turns /= np.maximum(magnitudes[:, 1:] * magnitudes[:, :-1], np.float32(1e-20))

    frames = int(np.ceil((length * float(factors.max(initial=1.0)) + size) / hop)) + 1
    at = np.minimum(np.arange(frames)[None, :] / factors[:, None], spectra.shape[1] - 1.001)
    first = at.astype(np.int64)
    part = (at - first).astype(np.float32)[:, :, None]
    rows = np.arange(n)[:, None]
    loud = magnitudes[rows, first] * (1 - part) + magnitudes[rows, first + 1] * part
    start = spectra[:, :1] / np.maximum(magnitudes[:, :1], np.float32(1e-20))
    phases = np.cumprod(np.concatenate([start, turns[rows, first[:, :-1]]], axis=1), axis=1)
    phases /= np.maximum(np.abs(phases), np.float32(1e-20))

    pieces = scipy.fft.irfft(loud * phases, size) * window
    pieces = pieces.reshape(n, frames, _OVERLAP, hop)
    out = np.zeros((n, frames + _OVERLAP - 1, hop), np.float32)
    for k in range(_OVERLAP):
        out[:, k : k + frames] += pieces[:, :, k]
    # The squares of four overlapping Hann windows add up to 3/2 at every sample.
    return np.asarray(out.reshape(n, -1)[:, size // 2 :] / np.float32(1.5))
