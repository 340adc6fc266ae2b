"""Uneven time stamps to an even rate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinykd.errors import DataError

Floats = npt.NDArray[np.float64]


def resample_even(
    signals: npt.NDArray[np.floating], time_ms: npt.NDArray[np.floating], *, rate_hz: int
) -> npt.NDArray[np.float32]:
    """Return the signals at an even rate, from the first time stamp on.

    Between two rows the signal is taken as a straight line; an output row is
    the mean of that line over its own 1 / rate_hz, so that nothing above half
    the rate is folded down when rows are dropped. A constant stays that
    constant, and so does the mean of the whole.

    Args:
      signals: [rows, channels], two rows or more.
      time_ms: [rows], not falling; the last above the first.
      rate_hz: of the result.

    Returns:
      [round down((last - first) * rate / 1000), channels] float32; at least one row.
    """
    time = (np.asarray(time_ms, np.float64) - float(time_ms[0])) / 1000.0
    values = np.asarray(signals, np.float64)
    steps = np.diff(time)[:, None]
    area = np.concatenate(
        [np.zeros((1, values.shape[1])), np.cumsum(steps * (values[1:] + values[:-1]) / 2.0, axis=0)]
    )
    rows = max(1, int(time[-1] * rate_hz + 1e-9))
    edges = np.minimum(np.arange(rows + 1) / rate_hz, time[-1])
    at_edges = _integral(edges, time, values, area)
    width = np.diff(edges)[:, None]
    return np.asarray(np.diff(at_edges, axis=0) / width, np.float32)


def _integral(edges: Floats, time: Floats, values: Floats, area: Floats) -> Floats:
    """Return the integral of the straight lines from the first time stamp to each edge: [edges, channels]."""
    place = np.clip(np.searchsorted(time, edges, side="right") - 1, 0, len(time) - 2)
    inside = (edges - time[place])[:, None]
    step = np.maximum(time[place + 1] - time[place], 1e-9)  # two rows of one time make a jump, not a slope
    slope = (values[place + 1] - values[place]) / step[:, None]
    found: Floats = area[place] + inside * (values[place] + slope * inside / 2.0)
    return found


def check_times(time_ms: npt.NDArray[np.floating], *, max_gap_ms: int, where: str) -> None:
    """Refuse time stamps that no resampling can mend.

    Raises:
      DataError: fewer than two rows, a time that falls, no time between first and last row,
        or a gap above `max_gap_ms`.
    """
    if len(time_ms) < 2:
        raise DataError(where, f"it has {len(time_ms)} rows", "two or more")
    steps = np.diff(np.asarray(time_ms, np.float64))
    row = int(np.argmin(steps))
    if steps[row] < 0 or time_ms[-1] <= time_ms[0]:
        what = (
            f"the time falls from row {row + 1} to {row + 2}" if steps[row] < 0 else "its time stands still"
        )
        raise DataError(where, what, "times in ms that rise from row to row")
    row = int(np.argmax(steps))
    if steps[row] > max_gap_ms:
        what = f"a gap of {steps[row]:g} ms after row {row + 1}"
        raise DataError(where, what, f"gaps up to dataset.max_gap_ms = {max_gap_ms}, or two recordings")
