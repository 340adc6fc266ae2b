"""SKAB: a water-circulation test bed, eight process sensors at 1 Hz.

Whole files are the unit of splitting. Training is `anomaly-free/` alone. The
files of `valve1/` and of `other/` stand in the order of their numbers and go to
validation and test in turn, validation first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tinykd.datasets.clips import Progress
from tinykd.datasets.packs import find_pack
from tinykd.datasets.recordings import unpacked
from tinykd.datasets.sensor import SensorDataset, SensorRun, SensorSplit, runs_digest
from tinykd.datasets.sensor_table import read_table
from tinykd.errors import DataError
from tinykd.recipe_anomaly import AnomalyRecipe

FILE = "skab.tar.gz"
RATE_HZ = 1.0
CHANNELS = {
    "Accelerometer1RMS": "g",
    "Accelerometer2RMS": "g",
    "Current": "A",
    "Pressure": "bar",
    "Temperature": "degC",
    "Thermocouple": "degC",
    "Voltage": "V",
    "Volume Flow RateRMS": "l/min",
}
GROUPS = ("valve1", "other")


def load(
    recipe: AnomalyRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> SensorDataset:
    """Load the test bed.

    Training is cut into runs as long as the other files are (`dataset.run_samples`,
    each starting `dataset.run_hop_samples` after the last), because every run begins
    with a new commissioning (see `features.levels`).

    Raises:
      DataError: no such archive, or one that is not the pack.
    """
    archive = find_pack(data_dir, folder="anomaly", file=FILE)
    root = unpacked([archive], "skab", cache_dir=cache_dir, progress=progress) / "skab"
    whole = _run(root, Path("anomaly-free") / "anomaly-free.csv", labelled=False)
    length, hop = recipe.dataset.run_samples, recipe.dataset.run_hop_samples
    train = [
        SensorRun(
            values=whole.values[start : start + length],
            labels=whole.labels[start : start + length],
            machine=whole.machine,
            condition="",
            source=f"{whole.source} from second {start}",
        )
        for start in range(0, max(1, len(whole) - length + 1), hop)
    ]
    found = {"train": train, "validation": list[SensorRun](), "test": list[SensorRun]()}
    for group in GROUPS:
        for index, name in enumerate(_numbered(root / group)):
            split = "validation" if index % 2 == 0 else "test"
            found[split].append(_run(root, Path(group) / name, labelled=True))
    return SensorDataset(
        name="skab",
        channels=tuple(CHANNELS),
        units=tuple(CHANNELS.values()),
        sample_rate_hz=RATE_HZ,
        splits={split: SensorSplit(runs=tuple(found[split])) for split in splits},
        digest=runs_digest(run for runs in found.values() for run in runs),
    )


def _numbered(folder: Path) -> list[str]:
    """Return the names of the .csv files of a folder in the order of their numbers."""
    names = [path.name for path in folder.glob("*.csv") if path.stem.isdecimal()]
    if len(names) < 2:
        raise DataError(str(folder), f"{len(names)} numbered .csv files", "the whole pack, two or more files")
    return sorted(names, key=lambda name: int(name.removesuffix(".csv")))


def _run(root: Path, path: Path, *, labelled: bool) -> SensorRun:
    required = [*CHANNELS, "anomaly"] if labelled else list(CHANNELS)
    table = read_table(root / path, required=required, delimiter=";")
    labels = table.flags("anomaly") if labelled else np.zeros(len(table), np.uint8)
    return SensorRun(
        values=table.channels(tuple(CHANNELS)),
        labels=labels,
        machine=path.parent.name,
        condition="",
        source=path.as_posix(),
    )
