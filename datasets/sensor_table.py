"""Tables of numbers from CSV files that other people wrote, read with care.

A fault is named by file and line, as an editor counts them.
"""

from __future__ import annotations

import csv
import gzip
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from tinykd.errors import DataError

_DAMAGE = (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Columns of text, all of one length, and the file's line of each row."""

    where: str
    columns: dict[str, list[str]]
    lines: list[int]

    def __len__(self) -> int:
        return len(self.lines)

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """Return a column as finite numbers.

        Raises:
          DataError: the line of the first value that is no number, NaN or infinite.
        """
        values = np.empty(len(self), np.float64)
        for row, text in enumerate(self.columns[name]):
            try:
                value = float(text)
            except ValueError:
                value = math.nan
            if not math.isfinite(value):
                what = f"column '{name}' holds {text.strip()!r}"
                raise DataError(f"{self.where}:{self.lines[row]}", what, "a finite number in every row")
            values[row] = value
        return values

    def channels(self, names: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return [rows, len(names)] float32; errors as in `numbers`."""
        return np.stack([self.numbers(name) for name in names], axis=1).astype(np.float32)

    def flags(self, name: str) -> npt.NDArray[np.uint8]:
        """Return a column of 0 and 1.

        Raises:
          DataError: the line of the first other value.
        """
        values = self.numbers(name)
        bad = np.flatnonzero((values != 0) & (values != 1))
        if bad.size:
            what = f"column '{name}' holds {self.columns[name][bad[0]]!r}"
            raise DataError(f"{self.where}:{self.lines[bad[0]]}", what, "0 for normal, 1 for an anomaly")
        return values.astype(np.uint8)


def read_table(path: Path, *, required: Sequence[str], delimiter: str = ",") -> Table:
    """Read a CSV file, gzipped where its name ends in .gz, with a header row.

    Args:
      path: UTF-8 text.
      required: columns that must be there.
      delimiter: between the fields.

    Raises:
      DataError: unreadable, no header, a column missing or twice, a row of another length, no rows.
    """
    where = str(path)
    try:
        with _opened(path) as file:
            rows = csv.reader(file, delimiter=delimiter, strict=True)
            header = [name.strip() for name in next(rows, [])]
            _check_header(where, header, required)
            columns: list[list[str]] = [[] for _ in header]
            lines: list[int] = []
            for row in rows:
                if not row:
                    continue
                if len(row) != len(header):
                    what = f"{len(row)} fields where the header has {len(header)}"
                    raise DataError(f"{where}:{rows.line_num}", what, "one field a column in every row")
                for column, text in zip(columns, row, strict=True):
                    column.append(text)
                lines.append(rows.line_num)
    except _DAMAGE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(
            where, f"cannot be read ({reason})", "a CSV file in UTF-8 with a header row"
        ) from error
    if not lines:
        raise DataError(where, "no rows under the header", "one row a sample")
    return Table(where=where, columns=dict(zip(header, columns, strict=True)), lines=lines)


def even_rate_hz(times_s: npt.NDArray[np.float64], table: Table, *, name: str) -> float:
    """Return the sample rate of evenly spaced time stamps.

    Args:
      times_s: [n] seconds, n at least 2.
      table: where they came from.
      name: their column.

    Raises:
      DataError: time runs backwards, or a step is more than half a sample off (a gap).
    """
    steps = np.diff(times_s)
    step = float(np.median(steps))
    if step <= 0 or (steps <= 0).any():
        row = int(np.argmax(steps <= 0)) + 1
        what = f"column '{name}' does not grow"
        raise DataError(f"{table.where}:{table.lines[row]}", what, "time stamps in seconds, in order")
    bad = np.flatnonzero(np.abs(steps - step) > 0.5 * step)
    if bad.size:
        row = int(bad[0]) + 1
        what = f"a gap of {steps[bad[0]]:.6g} s where samples come every {step:.6g} s"
        raise DataError(f"{table.where}:{table.lines[row]}", what, "even sampling; cut the file at the gap")
    return 1.0 / step


def _opened(path: Path) -> TextIO:
    if path.name.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open("r", encoding="utf-8-sig", newline="")


def _check_header(where: str, header: Sequence[str], required: Sequence[str]) -> None:
    if not any(header):
        raise DataError(where, "no header row", "columns " + ", ".join(required))
    twice = next((name for index, name in enumerate(header) if name in header[:index]), None)
    if twice is not None:
        raise DataError(f"{where}:1", f"column '{twice}' is there twice", "each column once")
    missing = next(_missing(header, required), None)
    if missing is not None:
        what = f"no column '{missing}'; it has {', '.join(header)}"
        raise DataError(f"{where}:1", what, "columns " + ", ".join(required))


def _missing(header: Sequence[str], required: Sequence[str]) -> Iterator[str]:
    return (name for name in required if name not in header)
