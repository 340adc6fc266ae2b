"""Log-mel energies: how loud each band of each frame is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from tinykd.errors import RecipeError
from tinykd.features.energy import BandEnergies
from tinykd.features.mel import filter_bank, mel_edges_hz
from tinykd.features.normalise import NORMALISERS
from tinykd.features.spectrum import PCM_SCALE, spectrum
from tinykd.machine import usable_cores
from tinykd.recipe import FeatureSection

Audio = npt.NDArray[np.int16]
Features = npt.NDArray[np.float32]

# Audio that a thread works on at a time, 32 clips of 1 s: with less, threads wait for one another in Python.
_CHUNK_SAMPLES = 1 << 19


class LogMel:
    """``ln(max(energy, log_floor))`` of each mel band of each frame.

    `energy` is the power spectrum (see `Spectrum`) weighted by the band's triangle
    (see `filter_bank`); the logarithm is the natural one. The floor is in units of
    energy and is the same for every clip. Last comes the recipe's `normalise`.
    """

    def __init__(self, section: FeatureSection, sample_rate_hz: int) -> None:
        """Work out window, transform and filters.

        Raises:
          RecipeError: settings that contradict each other or the sample rate.
        """
        self.section = section
        self.sample_rate_hz = sample_rate_hz
        self.spectrum = spectrum(section, sample_rate_hz)
        _check_band_range(section, sample_rate_hz)
        self.edges_hz = mel_edges_hz(
            bins=section.mel_bins, low_hz=section.low_hz, high_hz=section.high_hz, scale=section.mel_scale
        )
        self.filters = filter_bank(
            self.edges_hz, fft_size=section.fft_size, sample_rate_hz=sample_rate_hz, norm=section.mel_norm
        )
        self._energies = BandEnergies(self.spectrum, self.filters, section.log_floor)
        self._normalise = NORMALISERS[section.normalise]

    def shape(self, samples: int) -> tuple[int, int]:
        """Return (frames, bins) of a clip of `samples`; DataError when it is shorter than a window."""
        return self.spectrum.frame_count(samples), self.section.mel_bins

    def __call__(self, audio: Audio) -> Features:
        """Return [n, frames, mel_bins] float32 for [n, samples] int16."""
        return in_chunks(self._features, audio, self.shape(audio.shape[1]))

    def _features(self, audio: Audio) -> Features:
        return self._normalise(self.log_energies(audio))

    def log_energies(self, audio: Audio) -> Features:
        """Return [n, frames, mel_bins] float32 before normalisation, in one piece and one thread."""
        energies = self._energies(audio)
        return np.log(energies, out=energies)

    def settings(self) -> dict[str, Any]:
        """Return every number that a device needs to compute the same features."""
        section = self.section
        return {
            "kind": section.kind,
            "sample_rate_hz": self.sample_rate_hz,
            "pcm_scale": PCM_SCALE,
            "window": "periodic_hann",
            "window_samples": self.spectrum.window_samples,
            "hop_samples": self.spectrum.hop_samples,
            "fft_size": section.fft_size,
            "spectrum": "power",
            "mel_bins": section.mel_bins,
            "low_hz": section.low_hz,
            "high_hz": section.high_hz,
            "mel_scale": section.mel_scale,
            "mel_norm": section.mel_norm,
            "mel_edges_hz": [float(edge) for edge in self.edges_hz],
            "log": "natural",
            "log_floor": section.log_floor,
            "normalise": section.normalise,
        }


def in_chunks(compute: Callable[[Audio], Features], audio: Audio, shape: tuple[int, int]) -> Features:
    """Run `compute` over runs of clips on all cores, so that memory stays bounded.

    Args:
      compute: [m, samples] int16 to [m, frames, bins] float32.
      audio: [n, samples] int16, may be a memory map; n may be 0.
      shape: (frames, bins) of a clip.

    Returns:
      [n, frames, bins] float32; a clip's features do not depend on its neighbours.
    """
    out = np.empty((len(audio), *shape), np.float32)
    step = max(1, _CHUNK_SAMPLES // max(1, audio.shape[1]))

    def fill(start: int) -> None:
        out[start : start + step] = compute(audio[start : start + step])

    # Each thread's products stay its own; BLAS's threads on top would only take turns with these.
    with _blas().limit(limits=1, user_api="blas"), ThreadPoolExecutor(usable_cores()) as threads:
        list(threads.map(fill, range(0, len(audio), step)))
    return out


@cache
def _blas() -> ThreadpoolController:
    """Return the control of the process's BLAS libraries; looking for them takes milliseconds."""
    return ThreadpoolController()


def _check_band_range(section: FeatureSection, sample_rate_hz: int) -> None:
    nyquist = sample_rate_hz / 2
    if section.high_hz > nyquist:
        raise RecipeError(
            "[features] high_hz",
            f"{section.high_hz:g} Hz is above half the sample rate of {sample_rate_hz} Hz",
            f"at most {nyquist:g}",
        )
    if section.low_hz >= section.high_hz:
        raise RecipeError(
            "[features] low_hz",
            f"{section.low_hz:g} Hz is not below high_hz, {section.high_hz:g} Hz",
            f"at least 0 and below {section.high_hz:g}",
        )
