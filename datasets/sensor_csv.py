"""A user's own recordings: one CSV file a recording, in two folders.

    normal/*.csv     the healthy machine: time_s, then a column a channel
    labelled/*.csv   for the test: the same columns and `label`, 0 normal or 1 anomaly a row
    unlabelled/*.csv where there are any: the columns of normal/ and `condition`, a state that normal/ has not

Each healthy recording is cut by time: the first 70 % train, the next 15 % are
validation, the rest is test. Files of `labelled/` are all test, of `unlabelled/` none:
they are read where `dataset.states` names states. A column `condition` (a speed, a
load) helps training where it is there; a recording has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd.datasets.clips import Progress
from tinykd.datasets.sensor import SensorDataset, SensorRun, SensorSplit, runs_digest
from tinykd.datasets.sensor_table import Table, even_rate_hz, read_table
from tinykd.errors import DataError
from tinykd.recipe_anomaly import AnomalyRecipe

TIME, LABEL, CONDITION = "time_s", "label", "condition"
HEALTHY_SHARES = {"train": 0.70, "validation": 0.15, "test": 0.15}
UNLABELLED_SHARES = {"train": 0.85, "validation": 0.15}
RATE_TOLERANCE = 0.02  # between recordings
UNIT_RATIO = 300.0  # of all channels at once: no fault does that, thousandths of a unit do

_LAYOUT = "a folder with normal/*.csv and labelled/*.csv"


def load(
    recipe: AnomalyRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> SensorDataset:
    """Load the recordings of `data_dir`.

    The channels are `dataset.channels`, or every column of the first healthy
    recording but time_s, label and condition.

    Raises:
      DataError: no folder; no recordings; a column missing; a value that is no
        number; a gap; another sample rate; other units; a channel that never changes;
        too few rows; no label in labelled/, or one label only.
    """
    if data_dir is None:
        raise DataError("sensor_csv", "no folder given", f"pass --data-dir with {_LAYOUT}")
    normal = _tables(data_dir / "normal", recipe.dataset.channels, extra=())
    labelled = _tables(data_dir / "labelled", recipe.dataset.channels, extra=(LABEL,))
    channels = recipe.dataset.channels or _channels(normal[0])
    rate_hz = even_rate_hz(normal[0].numbers(TIME), normal[0], name=TIME)
    found: dict[str, list[SensorRun]] = {"train": [], "validation": [], "test": []}
    runs: list[SensorRun] = []
    unlabelled = _unlabelled(data_dir / "unlabelled", recipe)
    for table in (*normal, *unlabelled, *labelled):
        if progress is not None:
            progress("reading recordings", len(runs), len(normal) + len(unlabelled) + len(labelled))
        judged = len(runs) >= len(normal) + len(unlabelled)
        labels = table.flags(LABEL) if judged else np.zeros(len(table), np.uint8)
        runs.append(_run(table, channels, rate_hz, labels=labels, folder=data_dir))
    healthy, others = runs[: len(normal)], runs[len(normal) :]
    _check_units(healthy, others, channels, folder=data_dir)
    for run in healthy:
        _share_out(run, found, HEALTHY_SHARES, window=recipe.features.window_samples)
    known = {run.condition for run in healthy}
    for run in others[: len(unlabelled)]:
        if run.condition in known:
            what = f"condition '{run.condition}', as in normal/"
            raise DataError(str(data_dir / run.source), what, "a state that nobody labelled")
        _share_out(run, found, UNLABELLED_SHARES, window=recipe.features.window_samples)
    found["test"] += others[len(unlabelled) :]
    if not any(run.labels.any() for run in found["test"]):
        raise DataError(
            str(data_dir / "labelled"), "no row is labelled 1", "at least one anomaly to test with"
        )
    return SensorDataset(
        name="sensor_csv",
        channels=tuple(channels),
        units=("",) * len(channels),
        sample_rate_hz=rate_hz,
        splits={split: SensorSplit(runs=tuple(found[split])) for split in splits},
        digest=runs_digest(run for runs in found.values() for run in runs),
    )


def _unlabelled(folder: Path, recipe: AnomalyRecipe) -> list[Table]:
    """Return the recordings that nobody labelled, where there are any and states are named."""
    if not (folder.is_dir() and recipe.dataset.states):
        return []
    return _tables(folder, recipe.dataset.channels, extra=(CONDITION,))


def _tables(folder: Path, channels: Sequence[str], *, extra: Sequence[str]) -> list[Table]:
    paths = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    if not paths:
        raise DataError(str(folder), "no .csv files here", _LAYOUT)
    tables = [read_table(path, required=(TIME, *channels, *extra)) for path in paths]
    names = list(channels or _channels(tables[0]))
    for table in tables:
        if len(table) < 2:
            raise DataError(table.where, "one row", "two or more samples a recording")
        missing = next((name for name in names if name not in table.columns), None)
        if missing is not None:
            allowed = f"the columns of {Path(tables[0].where).name}: {', '.join(names)}"
            raise DataError(f"{table.where}:1", f"no column '{missing}'", allowed)
    return tables


def _channels(table: Table) -> tuple[str, ...]:
    names = tuple(name for name in table.columns if name not in (TIME, LABEL, CONDITION))
    if not names:
        raise DataError(f"{table.where}:1", "no channel beside time_s", "a column a channel")
    return names


def _run(
    table: Table, channels: Sequence[str], rate_hz: float, *, labels: npt.NDArray[np.uint8], folder: Path
) -> SensorRun:
    missing = next((name for name in channels if name not in table.columns), None)
    if missing is not None:
        raise DataError(f"{table.where}:1", f"no column '{missing}'", "columns " + ", ".join(channels))
    own_hz = even_rate_hz(table.numbers(TIME), table, name=TIME)
    if abs(own_hz / rate_hz - 1) > RATE_TOLERANCE:
        what = f"{own_hz:.6g} samples a second"
        allowed = f"{rate_hz:.6g}, as in the first recording of normal/; is {TIME} in seconds?"
        raise DataError(table.where, what, allowed)
    conditions = sorted(set(table.columns.get(CONDITION, [""])))
    if len(conditions) > 1:
        what = f"conditions '{conditions[0]}' and '{conditions[1]}'"
        raise DataError(table.where, what, "one condition a recording; cut the file")
    return SensorRun(
        values=table.channels(channels),
        labels=labels,
        machine="machine",
        condition=conditions[0],
        source=str(Path(table.where).relative_to(folder)),
    )


def _check_units(
    healthy: Sequence[SensorRun], judged: Sequence[SensorRun], channels: Sequence[str], *, folder: Path
) -> None:
    """Refuse a channel that never changes, and a recording whose channels are all of another size.

    Raises:
      DataError: by name.
    """
    still = np.all([np.ptp(run.values, axis=0) == 0 for run in healthy], axis=0)
    if still.any():
        what = f"column '{channels[int(np.argmax(still))]}' never changes in any recording"
        raise DataError(str(folder / "normal"), what, "a sensor that works, or dataset.channels without it")
    runs = (*healthy, *judged)
    sizes = [np.sqrt(np.mean(np.square(run.values, dtype=np.float64), axis=0)) for run in runs]
    usual = np.maximum(np.median(sizes[: len(healthy)], axis=0), 1e-12)
    for run, size in zip(runs, sizes, strict=True):
        ratio = size / usual
        if (ratio > UNIT_RATIO).all() or (ratio < 1 / UNIT_RATIO).all():
            what = f"its channels are {np.median(ratio):.3g} times as large as in other healthy recordings"
            allowed = "the same units in every recording (g, not mg here and g there)"
            raise DataError(str(folder / run.source), what, allowed)


def _share_out(
    run: SensorRun, found: dict[str, list[SensorRun]], shares: dict[str, float], *, window: int
) -> None:
    """Cut a recording by time, and put a stretch into each split that has a share of it."""
    ends = np.round(np.cumsum(list(shares.values())) * len(run)).astype(int).tolist()
    spans = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
    if min(span.stop - span.start for span in spans) < window:
        least = -(-window * 100 // 15) + 7
        raise DataError(
            run.source, f"{len(run)} rows are too few", f"{least} or more for windows of {window}"
        )
    for split, span in zip(shares, spans, strict=True):
        part = replace(
            run,
            values=run.values[span],
            labels=run.labels[span],
            source=f"{run.source} from row {span.start}",
        )
        found[split].append(part)
