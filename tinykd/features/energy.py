"""Energies of mel bands, in float32 where that is exact enough and float64 where not."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.features.spectrum import Floats, Spectrum, squared_parts

# A float32 transform leaves each bin off by about 1e-7 of the frame's root mean square
# bin. In a band whose power per bin is r times the frame's mean, that is 1.4e-7 / sqrt(r)
# of the energy: 2e-5 (7e-5 at worst, on 20,000 frames of speech) for r of 5e-5. Frames
# with a quieter band, a tenth of speech, are computed again in float64.
_LEAST_SHARE = 5e-5
_BANDS_TOGETHER = 4  # neighbours that share one matrix product; most of a filter bank is zeros


@dataclass(frozen=True)
class _Block:
    """Neighbouring bands, and the weights of the squared parts under them."""

    bands: slice
    parts: slice
    weights: dict[type[np.floating[Any]], npt.NDArray[Any]]


class BandEnergies:
    """``max(filters @ power spectrum, floor)`` of each frame."""

    def __init__(self, spectrum: Spectrum, filters: Floats, floor: float) -> None:
        """Cut the filter bank into blocks without its zeros.

        Args:
          spectrum: the framing.
          filters: [bands, bins] float64, at least 0, no row all zero.
          floor: the least energy given back, above 0.
        """
        self._spectrum = spectrum
        self._floor = floor
        self._bands = len(filters)
        self._least_shares = (_LEAST_SHARE * filters.max(axis=1)).astype(np.float32)
        self._scratch = threading.local()
        self._blocks = [_block(filters, first) for first in range(0, self._bands, _BANDS_TOGETHER)]

    def __call__(self, audio: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
        """Return [n, frames, bands] float32 energies: of speech each within 9e-5 of its exact value.

        Beside a loud pure tone, whose rounding errors fall into a pattern, within 3e-4.

        Args:
          audio: [n, samples] int16.
        """
        frames = self._spectrum.frames(audio)
        padded = self._spectrum.windowed(frames, np.float32, into=getattr(self._scratch, "padded", None))
        self._scratch.padded = padded
        energies = self._weigh(squared_parts(padded), np.float32)
        floor = np.float32(self._floor)
        np.maximum(energies, floor, out=energies)
        # By Parseval's theorem the sum of squares in time is the mean power of the fft_size bins.
        mean_power = np.vecdot(padded, padded)
        inexact = (energies < mean_power[:, :, None] * self._least_shares).any(axis=2)
        if inexact.any():
            padded = self._spectrum.windowed(frames[inexact], np.float64)
            energies[inexact] = np.maximum(self._weigh(squared_parts(padded), np.float64), floor)
        return energies

    def _weigh(self, parts: npt.NDArray[Any], dtype: type[np.floating[Any]]) -> npt.NDArray[Any]:
        energies = np.empty((*parts.shape[:-1], self._bands), dtype)
        rows, out = parts.reshape(-1, parts.shape[-1]), energies.reshape(-1, self._bands)
        for block in self._blocks:
            np.matmul(rows[:, block.parts], block.weights[dtype], out=out[:, block.bands])
        return energies


def _block(filters: Floats, first: int) -> _Block:
    bands = slice(first, min(first + _BANDS_TOGETHER, len(filters)))
    bins = np.flatnonzero(filters[bands].any(axis=0))
    start, stop = int(bins[0]), int(bins[-1]) + 1
    weights = np.repeat(
        filters[bands, start:stop].T, 2, axis=0
    )  # once for the real, once for the imaginary part
    return _Block(
        bands,
        slice(2 * start, 2 * stop),
        {np.float32: weights.astype(np.float32), np.float64: weights},
    )
