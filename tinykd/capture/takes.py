"""Takes written as the loaders read them: WAV for sound, CSV for sensors."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.capture.layouts import ANOMALY, LAYOUTS
from tinykd.capture.serial_sensor import TIMES
from tinykd.datasets.imu import ACC, SIX_AXES
from tinykd.datasets.imu_csv import check_units
from tinykd.errors import DataError


def write_sound(path: Path, audio: npt.NDArray[np.int16], *, rate_hz: int) -> None:
    """Write [samples] int16 as 16-bit mono WAV."""
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(rate_hz)
        wav.writeframes(audio.astype("<i2").tobytes())
    _write(path, file.getvalue())


def check_channels(task: str, channels: Sequence[str]) -> None:
    """Refuse channels that a gesture's recording cannot have.

    Raises:
      DataError: not three or six axes by their names.
    """
    if task == "gesture" and set(channels) not in (set(ACC), set(SIX_AXES)):
        allowed = f"{','.join(ACC)}, and gyro_x,gyro_y,gyro_z where there is a gyroscope"
        raise DataError("--columns", f"the channels {','.join(channels)}", allowed)


def channels_of(columns: Sequence[str]) -> list[str]:
    """Return the columns that are no time."""
    return [name for name in columns if name not in TIMES]


def write_rows(
    path: Path,
    times_s: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
    *,
    task: str,
    label: str,
    channels: Sequence[str],
) -> None:
    """Write a sensor's rows with the task's column of time, and `label` for the test of anomalies.

    Raises:
      DataError: a gesture in other units than the loader takes.
    """
    if task == "gesture":
        axes = SIX_AXES if len(channels) == len(SIX_AXES) else ACC
        check_units(values[:, [list(channels).index(axis) for axis in axes]], axes, where=path.name)
    name, scale = LAYOUTS[task].time
    flagged = task == "anomaly" and label == ANOMALY
    lines = [",".join([name, *channels, *(["label"] if flagged else [])])]
    for moment, row in zip(times_s * scale, values, strict=True):
        lines.append(
            ",".join([f"{moment:.9g}", *(f"{value:.9g}" for value in row), *(["1"] if flagged else [])])
        )
    _write(path, ("\n".join(lines) + "\n").encode())


def _write(path: Path, data: bytes) -> None:
    with storage.refusal_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    storage.write_bytes(path, data)
