"""Recordings of motion as CSV: one row a sample, columns and units as `docs/your-data.md` has them."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd.datasets.imu import ACC, SIX_AXES
from tinykd.datasets.resample import check_times
from tinykd.errors import DataError

TIME = "time_ms"
COLUMNS = f"{TIME}, {', '.join(ACC)} in m/s^2, and gyro_x, gyro_y, gyro_z in rad/s where there is a gyroscope"
_MAX_BYTES = 200_000_000
# Bounds that recordings in other units cross: no hand-held sensor stays between, in median, or beyond.
_REST_LOW, _REST_HIGH = 4.0, 25.0  # m/s^2, median length of the acceleration; 1 in g, 1000 in mg
_STEP_LOW = 0.2  # ms, median; no motion sensor of a board is faster than 5 kHz, and seconds are 0.001 to 0.1
_TURN_HIGH = 35.0  # rad/s; 2000 deg/s, the widest range of common sensors, is 34.9


def read_take(
    path: Path, *, channels: tuple[str, ...] = (), max_gap_ms: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """Return (signals [rows, channels], times [rows] in ms) of a CSV file with a header.

    Args:
      path: comma-separated, UTF-8; other columns are passed over.
      channels: the wanted columns, `ACC` or `SIX_AXES`; empty: all six if they are there, else three.
      max_gap_ms: a longer pause between rows is a fault.

    Raises:
      DataError: one line that names the file, and the row or column where there is one: a
        missing column, what is no number, times that do not rise, a gap, or other units.
    """
    rows = _rows(path)
    header = [name.strip() for name in rows[0]]
    if not channels:
        channels = SIX_AXES if any(name.startswith("gyro") for name in header) else ACC
    for name in (TIME, *channels):
        if header.count(name) != 1:
            what = f"column '{name}' is {'missing' if name not in header else 'there twice'}"
            raise DataError(str(path), what, f"columns: {COLUMNS}")
    places = [header.index(name) for name in (TIME, *channels)]
    values = np.empty((len(rows) - 1, len(places)), np.float64)
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise DataError(f"{path}:{number}", f"it has {len(row)} fields", f"{len(header)} as the header")
        for column, place in enumerate(places):
            values[number - 2, column] = _number(row[place], path, number, header[place])
    check_times(values[:, 0], max_gap_ms=max_gap_ms, where=str(path))
    if (step := float(np.median(np.diff(values[:, 0])))) < _STEP_LOW:
        what = f"its rows are {step:.3g} apart in median"
        raise DataError(str(path), what, f"{TIME} in milliseconds (seconds times 1000)")
    signals = values[:, 1:]
    check_units(signals, channels, where=str(path))
    return signals.astype(np.float32), values[:, 0]


def check_units(signals: npt.NDArray[np.floating], channels: tuple[str, ...], *, where: str) -> None:
    """Refuse accelerations that are not in m/s^2 with gravity, and turning that is not in rad/s.

    Raises:
      DataError: the median length of the acceleration is not near 9.81, or turning beyond any sensor.
    """
    rest = float(np.median(np.linalg.norm(signals[:, :3], axis=1)))
    if not _REST_LOW < rest < _REST_HIGH:
        what = f"its acceleration is {rest:.3g} in median"
        raise DataError(where, what, "m/s^2 with gravity, 9.81 at rest (g times 9.81)")
    if len(channels) == 6 and (fastest := float(np.abs(signals[:, 3:]).max())) > _TURN_HIGH:
        what = f"it turns at up to {fastest:.4g}"
        raise DataError(where, what, f"rad/s, at most {_TURN_HIGH:g} (degrees a second times 0.01745)")


def _rows(path: Path) -> list[list[str]]:
    allowed = f"a CSV file with a header; columns: {COLUMNS}"
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DataError(str(path), f"it has more than {_MAX_BYTES:,} bytes", "shorter recordings")
        text = path.read_bytes().decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    except OSError as error:
        raise DataError(str(path), f"cannot be read ({error.strerror})", allowed) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(str(path), "it is no CSV text", allowed) from error
    if len(rows) < 3:
        raise DataError(str(path), f"it has {max(0, len(rows) - 1)} rows of numbers", allowed)
    return rows


def _number(text: str, path: Path, row: int, column: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e15:
        raise DataError(
            f"{path}:{row}", f"{column} is '{text.strip()[:40]}'", "a finite number in every field"
        )
    return value
