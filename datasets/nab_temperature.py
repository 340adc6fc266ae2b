"""NAB's machine temperature: one industrial sensor, a value every five minutes, four anomaly windows.

Split by time, without an anomaly in training: the rows up to the end of the
second anomaly window are validation, those from there to 2014-01-14 are training,
the rest (third and fourth window) is test.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd.datasets.clips import Progress
from tinykd.datasets.packs import find_pack
from tinykd.datasets.recordings import unpacked
from tinykd.datasets.sensor import SensorDataset, SensorRun, SensorSplit, runs_digest
from tinykd.datasets.sensor_table import Table, read_table
from tinykd.errors import DataError
from tinykd.recipe_anomaly import AnomalyRecipe

FILE = "nab_machine_temperature.tar.gz"
RATE_HZ = 1 / 300
TRAIN_ENDS = datetime(2014, 1, 14)

_STAMP = "%Y-%m-%d %H:%M:%S"


def load(
    recipe: AnomalyRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> SensorDataset:
    """Load the series as one run a split.

    Raises:
      DataError: no such archive, or one that is not the pack.
    """
    archive = find_pack(data_dir, folder="anomaly", file=FILE)
    root = unpacked([archive], "nab", cache_dir=cache_dir, progress=progress) / "nab"
    table = read_table(root / "machine_temperature_system_failure.csv", required=("timestamp", "value"))
    times = _times(table)
    windows = _windows(root / "labels.json")
    labels = np.zeros(len(table), np.uint8)
    for first, last in windows:
        labels[(times >= first.timestamp()) & (times <= last.timestamp())] = 1
    values = table.channels(["value"])
    cuts = np.searchsorted(times, [windows[1][1].timestamp() + 1, TRAIN_ENDS.timestamp()])
    rows = {
        "train": slice(cuts[0], cuts[1]),
        "validation": slice(0, cuts[0]),
        "test": slice(cuts[1], len(table)),
    }
    found = {
        split: SensorRun(
            values=values[part],
            labels=labels[part],
            machine="machine",
            condition="",
            source=f"from {table.columns['timestamp'][part.start]}",
        )
        for split, part in rows.items()
    }
    return SensorDataset(
        name="nab_temperature",
        channels=("temperature",),
        units=("degF",),
        sample_rate_hz=RATE_HZ,
        splits={split: SensorSplit(runs=(found[split],)) for split in splits},
        digest=runs_digest(found.values()),
    )


def _times(table: Table) -> npt.NDArray[np.float64]:
    """Return seconds; only differences mean anything."""
    times = np.empty(len(table), np.float64)
    for row, text in enumerate(table.columns["timestamp"]):
        try:
            times[row] = datetime.strptime(text, _STAMP).timestamp()
        except ValueError:
            where = f"{table.where}:{table.lines[row]}"
            raise DataError(where, f"time stamp {text!r}", "YYYY-MM-DD HH:MM:SS") from None
    return times


def _windows(path: Path) -> list[tuple[datetime, datetime]]:
    try:
        pairs = json.loads(path.read_text(encoding="utf-8"))["windows"]
        windows = [(datetime.fromisoformat(first), datetime.fromisoformat(last)) for first, last in pairs]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(str(path), f"cannot be read ({error})", "the pack's own labels.json") from error
    if len(windows) != 4:
        raise DataError(str(path), f"{len(windows)} anomaly windows", "the four of the pack")
    return windows
