"""Process-sensor front end: each channel's level and spread in a frame, against the run's own start.

Process values differ between installations and set points, so a run is compared
with itself: its first samples (the commissioning) give each channel's mean and
spread, and only what follows is judged. A device keeps those two numbers a channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.errors import RecipeError
from tinykd.recipe_anomaly import SensorFeatureSection

Floats = npt.NDArray[np.float64]

SMALLEST = 1e-6  # a reference below this is no divisor


class Levels:
    """Frames [n, samples, channels] to features [n, channels * 2].

    Values are taken relative to the reference's mean m: (x - m) / |m| where the
    channel is a ratio (currents, flows, vibration), else x - m. Features stand channel
    by channel: the frame's mean, then log10(its standard deviation + floor), less the
    same of the reference.
    """

    def __init__(self, section: SensorFeatureSection, *, channels: Sequence[str]) -> None:
        """Note which channels are ratios.

        Raises:
          RecipeError: a ratio channel that the data does not have.
        """
        self.size, self.floor, self.settle = section.frame_samples, section.floor, section.settle_samples
        unknown = [name for name in section.ratio_channels if name not in channels]
        if unknown:
            allowed = "one of " + ", ".join(channels)
            raise RecipeError("features.ratio_channels", f"no channel '{unknown[0]}'", allowed)
        if section.ratio_channels and not section.settle_samples:
            allowed = "settle_samples above 0"
            raise RecipeError("features.ratio_channels", "there is no reference to divide by", allowed)
        self.ratio = np.array([name in section.ratio_channels for name in channels])

    def features(self, channels: int) -> int:
        """Return how many features a frame has."""
        return channels * 2

    def reference(self, values: npt.NDArray[np.float32]) -> tuple[Floats, Floats, Floats]:
        """Return what a run's first samples say of each channel: mean, divisor, log spread.

        The log spread is of relative values. Without commissioning they are 0, 1 and 0.
        """
        start = values[: self.settle].astype(np.float64)
        if not self.settle:
            return np.zeros(values.shape[1]), np.ones(values.shape[1]), np.zeros(values.shape[1])
        mean = start.mean(axis=0)
        divisor = np.where(self.ratio, np.maximum(np.abs(mean), SMALLEST), 1.0)
        return mean, divisor, np.log10(start.std(axis=0) / divisor + self.floor)

    def __call__(
        self, frames: npt.NDArray[np.floating[Any]], reference: tuple[Floats, Floats, Floats]
    ) -> npt.NDArray[np.float32]:
        """Return [n, features] float32 of frames [n, samples, channels] of one run and its reference."""
        mean, divisor, spread = reference
        values = (frames.astype(np.float64) - mean) / divisor
        spreads = np.log10(values.std(axis=1) + self.floor) - spread
        return np.stack([values.mean(axis=1), spreads], axis=2).astype(np.float32).reshape(len(frames), -1)

    def settings(self) -> dict[str, Any]:
        """Return the numbers a device needs."""
        return {
            "kind": "levels",
            "frame_samples": self.size,
            "settle_samples": self.settle,
            "floor": self.floor,
            "ratio": [float(flag) for flag in self.ratio],
        }
