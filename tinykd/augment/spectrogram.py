"""SpecAugment: bars of a spectrogram that the model has to do without."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinykd.recipe import AugmentSection

Features = npt.NDArray[np.float32]


def mask_spectrograms(features: Features, *, section: AugmentSection, rng: np.random.Generator) -> Features:
    """Overwrite random runs of frames and of bins with the clip's mean.

    Each of `time_masks` is 0 to `time_mask_frames` wide, each of `mel_masks` 0 to
    `mel_mask_bins`; every width and every place is equally likely. There is no time warp.

    Args:
      features: [n, frames, bins] float32; stays as it is.
      section: the recipe's [augment].
      rng: draws the masks.

    Returns:
      [n, frames, bins] float32.
    Source: Park et al. 2019, "SpecAugment", arXiv:1904.08779, section 2.
    """
    n, frames, bins = features.shape
    times = _masks(n, frames, section.time_masks, section.time_mask_frames, rng)
    mels = _masks(n, bins, section.mel_masks, section.mel_mask_bins, rng)
    mean = features.mean(axis=(1, 2), keepdims=True)
    return np.where(times[:, :, None] | mels[:, None, :], mean, features)


def _masks(n: int, length: int, count: int, widest: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Return [n, length] that is True inside `count` random runs."""
    width = rng.integers(0, min(widest, length), (n, count), endpoint=True)
    start = rng.integers(0, length - width, endpoint=True)
    place = np.arange(length)
    inside = (place >= start[:, :, None]) & (place < (start + width)[:, :, None])
    return np.asarray(inside.any(axis=1))
