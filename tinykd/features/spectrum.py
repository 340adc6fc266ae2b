"""From PCM to power spectra: framing, window, Fourier transform."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from tinykd.errors import DataError, RecipeError
from tinykd.recipe import FeatureSection

Floats = npt.NDArray[np.float64]

PCM_SCALE = 1.0 / 32768.0  # int16 to [-1, 1)


def periodic_hann(length: int) -> Floats:
    """Return the periodic Hann window: ``0.5 - 0.5 cos(2 pi n / length)`` for n in [0, length).

    Args:
      length: samples, at least 1.

    Returns:
      [length] float64; its maximum of 1 is at length / 2.
    Source: Harris 1978, "On the use of windows for harmonic analysis with the DFT", eq. 27 (DFT-even form).
    """
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)


@dataclass(frozen=True, kw_only=True)
class Spectrum:
    """Power spectra of overlapping frames, as a device that streams would compute them.

    Frame t covers samples [t * hop, t * hop + window): nothing is padded at the ends
    of a clip, and the last samples that do not fill a window are not looked at. A
    frame is scaled to [-1, 1), multiplied by the periodic Hann window, followed by
    zeros up to `fft_size`, and transformed; bin k stands for k * rate / fft_size Hz.
    """

    window_samples: int
    hop_samples: int
    fft_size: int

    @property
    def bins(self) -> int:
        """Number of bins from 0 Hz to half the sample rate, both included."""
        return self.fft_size // 2 + 1

    def frame_count(self, samples: int) -> int:
        """Return ``1 + (samples - window) // hop``.

        Raises:
          DataError: the clip is shorter than one window.
        """
        if samples < self.window_samples:
            raise DataError(
                "features",
                f"a clip of {samples} samples is shorter than the window",
                f"at least {self.window_samples} samples",
            )
        return 1 + (samples - self.window_samples) // self.hop_samples

    @cached_property
    def _scaled_window(self) -> Floats:
        return periodic_hann(self.window_samples) * PCM_SCALE

    def frames(self, audio: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
        """Return a view of the samples that each frame covers.

        Args:
          audio: [n, samples] int16.

        Returns:
          [n, frames, window] int16; not a copy.
        """
        self.frame_count(audio.shape[1])
        return sliding_window_view(audio, self.window_samples, axis=1)[:, :: self.hop_samples]

    def windowed(
        self, frames: npt.NDArray[Any], dtype: type[np.floating[Any]], *, into: npt.NDArray[Any] | None = None
    ) -> npt.NDArray[Any]:
        """Return scaled, windowed frames.

        Args:
          frames: [..., window] of any dtype, in steps of int16.
          dtype: float32 or float64, what to compute in.
          into: an earlier result of the same shape and dtype, to be written over; saves fetching
            fresh pages from the system, which takes longer than the arithmetic.

        Returns:
          [..., fft_size] of `dtype`; zero from the window's end on.
        """
        shape = (*frames.shape[:-1], self.fft_size)
        padded = np.zeros(shape, dtype) if into is None or into.shape != shape else into
        padded[..., : self.window_samples] = frames
        # A product of rows as long as a whole clip: with a row a frame NumPy takes twice as long.
        window = np.zeros((padded.shape[-2], self.fft_size), dtype)
        window[:, : self.window_samples] = self._scaled_window
        rows = padded.reshape(-1, window.size)
        np.multiply(rows, window.ravel(), out=rows)
        return padded


def squared_parts(padded: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Transform frames and square the real and imaginary parts.

    The power of bin k is the sum of values 2 k and 2 k + 1; whoever weights the bins
    next adds them in the same pass.

    Args:
      padded: [..., fft_size] float32 or float64, from `Spectrum.windowed`.

    Returns:
      [..., 2 * bins] of the same dtype.
    """
    parts = scipy.fft.rfft(padded).view(padded.dtype)
    np.square(parts, out=parts)
    return np.asarray(parts)


def spectrum(section: FeatureSection, sample_rate_hz: int) -> Spectrum:
    """Turn the recipe's milliseconds into whole samples, rounded down.

    Raises:
      RecipeError: a window or hop below one sample, or a transform shorter than the window.
    """
    window = section.window_ms * sample_rate_hz // 1000
    hop = section.hop_ms * sample_rate_hz // 1000
    for key, length in (("window_ms", window), ("hop_ms", hop)):
        if length < 1:
            raise RecipeError(
                f"[features] {key}",
                f"{getattr(section, key)} ms is less than one sample at {sample_rate_hz} Hz",
                f"at least {-(-1000 // sample_rate_hz)}",
            )
    if section.fft_size < window:
        raise RecipeError(
            "[features] fft_size",
            f"{section.fft_size} is shorter than the window of {window} samples "
            f"({section.window_ms} ms at {sample_rate_hz} Hz)",
            f"at least {window}",
        )
    return Spectrum(window_samples=window, hop_samples=hop, fft_size=section.fft_size)
