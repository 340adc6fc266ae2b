"""Mel-frequency cepstral coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.errors import RecipeError
from tinykd.features.log_mel import Audio, Features, LogMel, in_chunks
from tinykd.features.normalise import NORMALISERS
from tinykd.recipe import FeatureSection


def dct_matrix(bins: int, coefficients: int) -> npt.NDArray[np.float64]:
    """Return the first columns of the orthonormal DCT-II.

    Entry [n, k] is ``c cos(pi k (2 n + 1) / (2 bins))`` with c = sqrt(1 / bins) for
    k = 0 and sqrt(2 / bins) for the others.

    Args:
      bins: length of the transform.
      coefficients: how many columns, at most `bins`.

    Returns:
      [bins, coefficients] float64 with orthonormal columns.
    Source: Ahmed, Natarajan, Rao 1974, "Discrete cosine transform", eq. 1.
    """
    n = np.arange(bins)[:, None]
    k = np.arange(coefficients)[None, :]
    matrix: npt.NDArray[np.float64] = np.sqrt(2.0 / bins) * np.cos(np.pi * k * (2 * n + 1) / (2 * bins))
    matrix[:, 0] = np.sqrt(1.0 / bins)
    return matrix


class Mfcc:
    """The first `coefficients` of the orthonormal DCT-II of the log-mel energies.

    Coefficient 0, the loudness, is kept; there is no liftering and no delta. Last
    comes the recipe's `normalise`, on the coefficients.
    Source: Davis, Mermelstein 1980, "Comparison of parametric representations for monosyllabic word
      recognition in continuously spoken sentences"; here with natural logarithms and an orthonormal DCT.
    """

    def __init__(self, section: FeatureSection, sample_rate_hz: int) -> None:
        """Work out window, transform, filters and cosines.

        Raises:
          RecipeError: settings that contradict each other or the sample rate.
        """
        if section.coefficients > section.mel_bins:
            raise RecipeError(
                "[features] coefficients",
                f"{section.coefficients} coefficients of {section.mel_bins} mel bands",
                f"at most {section.mel_bins}",
            )
        self.log_mel = LogMel(section, sample_rate_hz)
        self.dct = dct_matrix(section.mel_bins, section.coefficients).astype(np.float32)
        self._normalise = NORMALISERS[section.normalise]

    def shape(self, samples: int) -> tuple[int, int]:
        """Return (frames, coefficients) of a clip; DataError when it is shorter than a window."""
        return self.log_mel.spectrum.frame_count(samples), self.dct.shape[1]

    def __call__(self, audio: Audio) -> Features:
        """Return [n, frames, coefficients] float32 for [n, samples] int16."""
        return in_chunks(self._features, audio, self.shape(audio.shape[1]))

    def _features(self, audio: Audio) -> Features:
        return self._normalise(self.log_mel.log_energies(audio) @ self.dct)

    def settings(self) -> dict[str, Any]:
        """Return every number that a device needs to compute the same features."""
        return {
            **self.log_mel.settings(),
            "dct": "ii_orthonormal",
            "coefficients": self.dct.shape[1],
        }
