"""Moving, scaling and speeding up whole batches of clips."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Waves = npt.NDArray[np.float32]  # [n, samples], in steps of int16 unless said otherwise


def shift(waves: Waves, samples: npt.NDArray[np.int64]) -> Waves:
    """Move each clip in time and fill what becomes free with zeros.

    Args:
      waves: [n, samples] float32.
      samples: [n] how far; above 0 is later.

    Returns:
      [n, samples] float32.
    """
    length = waves.shape[1]
    reach = min(length, int(np.abs(samples).max(initial=0)))
    padded = np.pad(waves, ((0, 0), (reach, reach)))
    starts = reach - np.clip(samples, -reach, reach)
    moved: Waves = sliding_window_view(padded, length, axis=1)[np.arange(len(waves)), starts]
    return moved


def gain(waves: Waves, gain_db: npt.NDArray[np.float64]) -> Waves:
    """Multiply each clip by ``10 ** (gain_db / 20)``.

    Args:
      waves: [n, samples] float32.
      gain_db: [n] decibels of amplitude.

    Returns:
      [n, samples] float32.
    """
    factors: Waves = (10.0 ** (gain_db / 20.0)).astype(np.float32)
    return waves * factors[:, None]


def change_speed(waves: Waves, factors: npt.NDArray[np.float64]) -> Waves:
    """Play each clip faster or slower about its middle; pitch and duration change together.

    A factor above 1 is faster and higher; the ends become zeros. Below 1 the ends of
    the clip are lost. Values between samples come from the cubic through the four
    neighbours with Catmull and Rom's slopes; nothing is filtered, so factors far above
    1 fold the highest frequencies down.

    Args:
      waves: [n, samples] float32.
      factors: [n] above 0.

    Returns:
      [n, samples] float32.
    Source: Ko et al. 2015, "Audio augmentation for speech recognition" (speed perturbation);
      Keys 1981, "Cubic convolution interpolation", a = -1/2.
    """
    length = waves.shape[1]
    middle = (length - 1) / 2.0
    times = np.arange(length) - middle
    return read_at(waves, middle + times[None, :] * factors[:, None])


def read_at(waves: Waves, times: npt.NDArray[np.float64]) -> Waves:
    """Read clips at fractional times by cubic convolution; zero outside of them.

    Args:
      waves: [n, samples] float32.
      times: [n, m] in samples.

    Returns:
      [n, m] float32.
    """
    length = waves.shape[1]
    # Two zeros before and three after a clip stand for all of the silence around it.
    padded = np.pad(waves, ((0, 0), (2, 3)))
    times = np.clip(times, -1.0, length)
    floor = np.floor(times)
    t = (times - floor).astype(np.float32)
    first = floor.astype(np.int64) + 1 + np.arange(len(waves))[:, None] * padded.shape[1]
    flat = padded.ravel()
    p0, p1, p2, p3 = (flat.take(first + k) for k in range(4))
    # Horner's form of the cubic with value p1 and slope (p2 - p0) / 2 at t = 0, p2 and (p3 - p1) / 2 at 1.
    half = np.float32(0.5)
    cubic = half * (p3 - p0) + np.float32(1.5) * (p1 - p2)
    square = p0 - half * p3 - np.float32(2.5) * p1 + np.float32(2.0) * p2
    made: Waves = ((cubic * t + square) * t + half * (p2 - p0)) * t + p1
    return made


def to_int16(waves: Waves) -> npt.NDArray[np.int16]:
    """Round to the nearest step and hold what is too loud at the ends of the range."""
    return np.clip(np.rint(waves), -32768.0, 32767.0).astype(np.int16)
