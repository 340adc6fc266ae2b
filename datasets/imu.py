"""The form in which recordings of motion leave their loaders, and what a loader hands over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ACC = ("acc_x", "acc_y", "acc_z")  # m/s^2, gravity included: a sensor at rest shows +9.81 upwards
GYRO = ("gyro_x", "gyro_y", "gyro_z")  # rad/s, right-handed about the axes of the accelerometer
SIX_AXES = ACC + GYRO
POINTS = ("x", "y")  # strokes already projected to a plane, unit arbitrary, y upwards


@dataclass(frozen=True, kw_only=True)
class Take:
    """One recording, as it was made.

    signals: [rows, channels] float32.
    time_ms: [rows] float64, rising; steps may be uneven.
    labels: [rows] int32, one a row, or a single label of the whole.
    source: where it came from, as a person would name it.
    group: who moved; empty text where nobody is known.
    split: train, validation or test.
    """

    signals: npt.NDArray[np.float32]
    time_ms: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int32] | int
    source: str
    group: str
    split: str


@dataclass(frozen=True, kw_only=True)
class ImuSplit:
    """Windows of one split, all of one length and rate.

    signals: [n, samples, channels] float32.
    labels: [n] int32, an index into the data set's classes.
    sources: which recording each window came from.
    groups: who moved; empty text where nobody is known.
    """

    signals: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int32]
    sources: tuple[str, ...]
    groups: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, kw_only=True)
class ImuDataset:
    """A data set of motion: classes, the splits that were asked for, and how they were split.

    split_rule: in words, like "by person: no person is in two splits".
    """

    name: str
    classes: tuple[str, ...]
    channels: tuple[str, ...]
    rate_hz: int
    splits: dict[str, ImuSplit]
    digest: str
    split_rule: str
