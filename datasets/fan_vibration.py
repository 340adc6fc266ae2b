"""A cooling fan under a 3-axis accelerometer, with weights on its blades: three arrangements, 17 speeds.

The pack's own `split` column cuts each run by time; a split of a run is a run
here, so no window reaches over. One arrangement is healthy, the others are the
anomalies; the speed is the run's condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tinykd.datasets.clips import Progress
from tinykd.datasets.packs import find_pack
from tinykd.datasets.sensor import SensorDataset, SensorRun, SensorSplit, runs_digest, whole_run
from tinykd.datasets.sensor_table import Table, read_table
from tinykd.errors import DataError, RecipeError
from tinykd.recipe_anomaly import AnomalyRecipe

FILE = "fan_vibration.csv.gz"
RATE_HZ = 50.0
AXES = ("x", "y", "z")
# What may be healthy: the balanced arrangement, which vibrates least, or the one the source calls normal.
HEALTHY = {"calm": 3, "labelled": 1}

_SPLITS = ("train", "validation", "test")


def load(
    recipe: AnomalyRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> SensorDataset:
    """Load the fan; `dataset.healthy` says which arrangement is normal: calm or labelled.

    Raises:
      DataError: no such file, or one that is not the pack.
      RecipeError: another word for `dataset.healthy`.
    """
    if recipe.dataset.healthy not in HEALTHY:
        what = f"'{recipe.dataset.healthy}' is no arrangement of the fan"
        raise RecipeError("dataset.healthy", what, "one of " + ", ".join(HEALTHY))
    healthy = HEALTHY[recipe.dataset.healthy]
    path = find_pack(data_dir, folder="anomaly", file=FILE)
    if progress is not None:
        progress(f"reading {FILE}", 0, 1)
    table = read_table(path, required=("wconfid", "pctid", "sample", "split", *AXES))
    found = _runs(table, healthy, faulty=recipe.dataset.faulty_share > 0)
    return SensorDataset(
        name="fan_vibration",
        channels=AXES,
        units=("g",) * 3,
        sample_rate_hz=RATE_HZ,
        splits={split: SensorSplit(runs=tuple(found[split])) for split in splits},
        digest=runs_digest(run for split in _SPLITS for run in found[split]),
    )


def _runs(table: Table, healthy: int, *, faulty: bool) -> dict[str, list[SensorRun]]:
    """Return the runs of each split; anomalies are left out of training unless `faulty`."""
    values = table.channels(AXES)
    kind = table.numbers("wconfid").astype(int)
    speed = table.numbers("pctid").astype(int)
    sample = table.numbers("sample").astype(int)
    split = np.array(table.columns["split"])
    runs: dict[str, list[SensorRun]] = {name: [] for name in _SPLITS}
    unknown = sorted(set(split) - set(_SPLITS))
    if unknown:
        raise DataError(table.where, f"a split '{unknown[0]}'", "train, validation, test")
    for one, at, part in sorted(set(zip(kind.tolist(), speed.tolist(), split.tolist(), strict=True))):
        rows = np.flatnonzero((kind == one) & (speed == at) & (split == part))
        if (np.diff(sample[rows]) != 1).any():
            what = f"run {one}, {at} %: samples are missing or out of order"
            raise DataError(table.where, what, "each sample of a run once, in order")
        if part == "train" and one != healthy and not faulty:
            continue
        run = whole_run(
            values[rows],
            anomaly=one != healthy,
            machine="fan",
            condition=f"{at} %",
            source=f"configuration {one}, {at} %, {part}",
        )
        runs[part].append(run)
    if not runs["train"]:
        raise DataError(table.where, f"no training rows of configuration {healthy}", f"the whole {FILE}")
    return runs
