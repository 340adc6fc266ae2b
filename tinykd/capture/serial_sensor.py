"""Rows of numbers from a sensor at a serial port: a line a sample, numbers parted by commas."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.errors import DataError, ToolError

GET_PACKAGE = "pip install pyserial, or tinykd[record]"
TIMES = {"time_s": 1.0, "time_ms": 1e3, "time_us": 1e6}  # a column of time, and what a second is in it
SILENCE_S = 5.0  # a sensor that says nothing for so long says nothing
_LONGEST_LINE = 1024  # bytes


def check_columns(columns: Sequence[str], *, rate_hz: float) -> None:
    """Refuse columns that leave the time of a sample unknown, or that stand there twice.

    Raises:
      DataError: no column of time and no rate, both, or a name that is empty or twice there.
    """
    where = "--columns"
    times = [name for name in columns if name in TIMES]
    if len(set(columns)) != len(columns) or not all(columns):
        raise DataError(where, f"'{','.join(columns)}' has a name twice, or none", "each name once")
    if len(columns) <= len(times):
        raise DataError(where, "no channel", "the names of a line's numbers, like time_ms,x,y,z")
    if len(times) > 1 or bool(times) == (rate_hz > 0):
        what = f"{len(times)} columns of time" + (" and --rate-hz" if rate_hz > 0 else " and no --rate-hz")
        raise DataError(where, what, f"one of {', '.join(TIMES)}, or --rate-hz for lines without")


def record_rows(
    *, port: str, baud: int, columns: Sequence[str], seconds: float, rate_hz: float = 0.0
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return (times [rows] in seconds from 0, values [rows, channels]) of a sensor.

    Lines that are empty, begin with # or repeat the columns' names are passed over, and so is the
    first, which may be half a line.

    Args:
      port: like /dev/ttyACM0 or COM3.
      baud: bits a second.
      columns: the names of a line's numbers.
      seconds: how long, by the sensor's own time.
      rate_hz: lines a second, where no column is the time; else 0.

    Raises:
      ToolError: no package, no such port, or it is gone.
      DataError: what comes is not such lines, or nothing comes.
    """
    check_columns(columns, rate_hz=rate_hz)
    clock = next((at for at, name in enumerate(columns) if name in TIMES), None)
    rows: list[list[float]] = []
    times: list[float] = []
    for number, row in _rows(port, baud, columns):
        if clock is None:
            times.append(len(rows) / rate_hz)
        else:
            times.append(row.pop(clock) / TIMES[columns[clock]])
            if len(times) > 1 and times[-1] <= times[-2]:
                raise DataError(
                    f"{port}, line {number}", f"column '{columns[clock]}' does not grow", "rising time"
                )
        rows.append(row)
        if times[-1] - times[0] >= seconds:
            break
    stamps = np.array(times)
    return stamps - stamps[0], np.array(rows)


def _rows(port: str, baud: int, columns: Sequence[str]) -> Iterator[tuple[int, list[float]]]:
    """Yield the number of each line and its numbers, without end."""
    allowed = f"{len(columns)} numbers a line: {','.join(columns)} (--columns)"
    with _opened(port, baud) as line:
        number, heard = 0, time.monotonic()
        while True:
            try:
                data = line.read_until(b"\n", _LONGEST_LINE)
            except OSError as error:  # pyserial's own error is one
                raise ToolError(
                    port, f"it is gone ({' '.join(str(error).split())})", "a sensor that stays"
                ) from None
            if not data.endswith(b"\n"):
                if len(data) >= _LONGEST_LINE:
                    raise DataError(
                        port, f"no line ends within {_LONGEST_LINE} bytes", f"--baud, not {baud}; {allowed}"
                    )
                if time.monotonic() - heard > SILENCE_S:
                    raise DataError(
                        port, f"no line came in {SILENCE_S:g} s", f"a sensor that sends {allowed}"
                    )
                continue
            number, heard = number + 1, time.monotonic()
            text = data.decode("ascii", "replace").strip()
            fields = [field.strip() for field in text.split(",")]
            if number == 1 or not text or text.startswith("#") or fields == list(columns):
                continue
            yield number, _numbers(fields, columns, f"{port}, line {number}", text, allowed)


def _numbers(
    fields: Sequence[str], columns: Sequence[str], where: str, text: str, allowed: str
) -> list[float]:
    try:
        values = [float(field) for field in fields]
    except ValueError:
        values = []
    if len(values) != len(columns) or not all(map(math.isfinite, values)):
        shown = text[:40].encode("ascii", "backslashreplace").decode()
        raise DataError(where, f"it is '{shown}'", allowed)
    return values


def _opened(port: str, baud: int) -> Any:
    try:
        package = importlib.import_module("serial")
    except ModuleNotFoundError:
        raise ToolError("tinykd record", "the package pyserial is missing", GET_PACKAGE) from None
    there = "--port, one of: " + (", ".join(_ports()) or "none is there; plug the sensor in")
    if not port:
        raise DataError("--port", "no serial port named", there)
    try:
        return package.Serial(port, baud, timeout=0.5)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ToolError(port, f"cannot be opened ({reason})", there) from None


def _ports() -> list[str]:
    listing = importlib.import_module("serial.tools.list_ports")
    return sorted(one.device for one in listing.comports())
