"""One recording from a user's file, as a run: CSV with a column a channel, or a WAV file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tinykd.datasets.sensor import SensorRun, whole_run
from tinykd.datasets.sensor_csv import RATE_TOLERANCE, TIME
from tinykd.datasets.sensor_table import even_rate_hz, read_table
from tinykd.datasets.wav import read_clip
from tinykd.errors import DataError


def read_recording(path: Path, *, channels: Sequence[str], sample_rate_hz: float) -> SensorRun:
    """Return a recording of the channels that a run was trained on.

    Args:
      path: a .wav file where there is one channel; else CSV. A column time_s, where
        there is one, is checked against the sample rate.
      channels: the columns.
      sample_rate_hz: of the training data.

    Raises:
      DataError: the file does not have these channels at this rate.
    """
    if path.suffix.lower() == ".wav":
        if len(channels) != 1:
            raise DataError(str(path), "a sound has one channel", "a CSV file with " + ", ".join(channels))
        sound = read_clip(path, sample_rate_hz=round(sample_rate_hz)).astype(np.float32) / np.float32(32768)
        values = sound[:, None]
    else:
        table = read_table(path, required=tuple(channels))
        if TIME in table.columns and len(table) > 1:
            own_hz = even_rate_hz(table.numbers(TIME), table, name=TIME)
            if abs(own_hz / sample_rate_hz - 1) > RATE_TOLERANCE:
                raise DataError(
                    str(path), f"{own_hz:.6g} samples a second", f"{sample_rate_hz:.6g}, as in training"
                )
        values = table.channels(channels)
    return whole_run(values, anomaly=False, machine="", condition="", source=str(path))
