"""From runs of samples to windows of frames: what the model sees, and which samples it judges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.datasets.sensor import SensorDataset, SensorRun
from tinykd.errors import DataError
from tinykd.features.bands import Bands
from tinykd.features.levels import Levels
from tinykd.recipe_anomaly import SensorFeatureSection


@dataclass(frozen=True, kw_only=True)
class Windows:
    """Windows of one split.

    features: [n, frames, features] float32, not standardised.
    labels: [n] uint8, the label of each window's last sample, as a device would know it by then.
    run: [n] int32, an index into the split's runs.
    """

    features: npt.NDArray[np.float32]
    labels: npt.NDArray[np.uint8]
    run: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.labels)


class SensorFrontEnd:
    """Runs to windows, for any data set of sensors."""

    def __init__(
        self, section: SensorFeatureSection, *, sample_rate_hz: float, channels: Sequence[str]
    ) -> None:
        """Take the recipe's numbers and the data set's channels.

        Raises:
          RecipeError: numbers that do not go together.
        """
        self.section, self.channels = section, tuple(channels)
        self.kind: Bands | Levels
        if section.kind == "bands":
            self.kind = Bands(section, sample_rate_hz=sample_rate_hz)
        else:
            self.kind = Levels(section, channels=channels)

    @property
    def shape(self) -> tuple[int, int]:
        """Return (frames, features) of a window."""
        return self.section.frames, self.kind.features(len(self.channels))

    def windows(self, runs: Sequence[SensorRun], *, offsets: int = 1) -> Windows:
        """Return the windows of some runs, run after run.

        Args:
          runs: each as long as a window, or longer.
          offsets: how often a run is cut, each time later by a further part of the hop.

        Raises:
          DataError: a run is shorter than a window.
        """
        parts: list[Windows] = []
        for index, run in enumerate(runs):
            if len(run) < self.section.window_samples:
                least = f"{self.section.window_samples} or more, or a shorter window ([features])"
                raise DataError(run.source, f"{len(run)} samples are too few for a window", least)
            parts += [
                self._cut(run, index, offset * self.section.hop_samples // offsets)
                for offset in range(min(offsets, self.section.hop_samples))
            ]
        return Windows(
            features=np.concatenate([part.features for part in parts]),
            labels=np.concatenate([part.labels for part in parts]),
            run=np.concatenate([part.run for part in parts]),
        )

    def _cut(self, run: SensorRun, index: int, offset: int) -> Windows:
        section = self.section
        skipped = offset
        if isinstance(self.kind, Levels):
            skipped += section.settle_samples
        frames = np.lib.stride_tricks.sliding_window_view(run.values[skipped:], section.frame_samples, axis=0)
        cut = frames[:: section.hop_samples].transpose(0, 2, 1)
        if isinstance(self.kind, Levels):
            features = self.kind(cut, self.kind.reference(run.values))
        else:
            features = self.kind(cut)
        count = max(0, len(features) - section.frames + 1)
        starts = np.arange(0, count, section.stride_frames)
        windows = features[starts[:, None] + np.arange(section.frames)]
        last = skipped + (starts + section.frames - 1) * section.hop_samples
        return Windows(
            features=windows,
            labels=run.labels[last + section.frame_samples - 1],
            run=np.full(len(starts), index, np.int32),
        )

    def settings(self) -> dict[str, Any]:
        """Return the numbers a device needs."""
        section = self.section
        return {
            **self.kind.settings(),
            "channels": len(self.channels),
            "hop_samples": section.hop_samples,
            "frames": section.frames,
            "stride_frames": section.stride_frames,
            "clip": section.clip,
        }


def sensor_front_end(section: SensorFeatureSection, dataset: SensorDataset) -> SensorFrontEnd:
    """Return the front end of a recipe for a data set."""
    return SensorFrontEnd(section, sample_rate_hz=dataset.sample_rate_hz, channels=dataset.channels)
