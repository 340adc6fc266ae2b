"""What is subtracted from a clip's features before a model sees them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Features = npt.NDArray[np.float32]


def normalise_none(features: Features) -> Features:
    """Return the features as they are: a device can stream them frame by frame."""
    return features


def normalise_clip(features: Features) -> Features:
    """Subtract each clip's mean over all frames and bins, which undoes its gain.

    Args:
      features: [n, frames, bins] float32.

    Returns:
      [n, frames, bins] float32.
    """
    mean: Features = features.mean(axis=(1, 2), keepdims=True)
    return features - mean


def normalise_band(features: Features) -> Features:
    """Subtract each bin's mean over the clip's frames, which undoes the microphone's colour.

    Args:
      features: [n, frames, bins] float32.

    Returns:
      [n, frames, bins] float32.
    Source: Atal 1974, "Effectiveness of linear prediction characteristics of the speech wave for
      automatic speaker identification and verification" (cepstral mean subtraction; here of any feature).
    """
    mean: Features = features.mean(axis=1, keepdims=True)
    return features - mean


NORMALISERS: dict[str, Callable[[Features], Features]] = {
    "none": normalise_none,
    "clip": normalise_clip,
    "band": normalise_band,
}
