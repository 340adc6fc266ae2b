"""Machine sounds in the folders of DCASE 2020 task 2: ToyADMOS and MIMII, ten seconds a file.

    MACHINE/train/normal_id_01_00000000.wav
    MACHINE/test/normal_id_01_00000000.wav, MACHINE/test/anomaly_id_01_00000000.wav

Every tenth training file (by its name's order, of each id) is validation; a file is a
run, and has one score, the mean over its windows, as in the benchmark. The machine's
id is the condition and the name that results are given for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tinykd import storage
from tinykd.datasets.clips import Progress
from tinykd.datasets.sensor import SensorDataset, SensorRun, SensorSplit, runs_digest, whole_run
from tinykd.datasets.wav import read_clip
from tinykd.errors import DataError
from tinykd.recipe_anomaly import AnomalyRecipe

RATE_HZ = 16000
VALIDATION_EVERY = 10

_NAME = re.compile(r"(?P<kind>normal|anomaly)_(?P<id>id_\d+)_\d+\.wav")
_LAYOUT = (
    "a machine's folder with train/ and test/ of normal_id_NN_*.wav and anomaly_id_NN_*.wav; "
    "fetch it with: curl -LO https://zenodo.org/record/3678171/files/dev_data_ToyCar.zip, then unzip"
)


def load(
    recipe: AnomalyRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> SensorDataset:
    """Load a machine's recordings; `dataset.machine` keeps one id, like id_01.

    Raises:
      DataError: no such folder, a file of another name, or no files of a split or id.
    """
    folder = _folder(data_dir)
    named = {split: _named(folder / split) for split in ("train", "test")}
    ids = sorted({name for _, name, _ in named["train"]})
    wanted = [recipe.dataset.machine] if recipe.dataset.machine else ids
    if not set(wanted) <= set(ids):
        raise DataError(str(folder), f"no training files of {wanted[0]}", "one of " + ", ".join(ids))
    chosen: dict[str, list[tuple[Path, str, bool]]] = {"train": [], "validation": [], "test": []}
    for name in wanted:
        own = [entry for entry in named["train"] if entry[1] == name]
        for index, entry in enumerate(own):
            chosen["validation" if index % VALIDATION_EVERY == 0 else "train"].append(entry)
        chosen["test"] += [entry for entry in named["test"] if entry[1] == name]
    found: dict[str, SensorSplit] = {}
    for split in splits:
        if not chosen[split]:
            raise DataError(str(folder), f"no {split} files of {', '.join(wanted)}", _LAYOUT)
        found[split] = SensorSplit(runs=tuple(_runs(chosen[split], folder, split, progress)))
    return SensorDataset(
        name="machine_sound",
        channels=("sound",),
        units=("full scale",),
        sample_rate_hz=float(RATE_HZ),
        splits=found,
        digest=runs_digest(run for split in found.values() for run in split.runs),
        whole_runs=True,
    )


def _folder(data_dir: Path | None) -> Path:
    if data_dir is None:
        root = storage.data_root()
        if root is None:
            raise DataError("machine_sound", "no folder given", f"pass --data-dir with {_LAYOUT}")
        data_dir = root / "machine_sound"
    for place in (data_dir, *sorted(data_dir.glob("*/"))):
        if (place / "train").is_dir() and (place / "test").is_dir():
            return place
    raise DataError(str(data_dir), "no machine sounds in this folder", _LAYOUT)


def _named(folder: Path) -> list[tuple[Path, str, bool]]:
    """Return (path, id, is an anomaly) of the recordings of a folder, by name."""
    found = []
    for path in sorted(folder.glob("*.wav")):
        match = _NAME.fullmatch(path.name)
        if match is None or (match["kind"] == "anomaly" and folder.name == "train"):
            raise DataError(str(path), "not named like a recording of this folder", _LAYOUT)
        found.append((path, match["id"], match["kind"] == "anomaly"))
    return found


def _runs(
    entries: Sequence[tuple[Path, str, bool]], folder: Path, split: str, progress: Progress | None
) -> list[SensorRun]:
    runs = []
    for done, (path, name, anomaly) in enumerate(entries):
        if progress is not None:
            progress(f"reading {split}", done, len(entries))
        sound = read_clip(path, sample_rate_hz=RATE_HZ).astype(np.float32) / np.float32(32768)
        runs.append(
            whole_run(
                sound[:, None],
                anomaly=anomaly,
                machine=f"{folder.name} {name}",
                condition=name,
                source=str(path.relative_to(folder)),
            )
        )
    return runs
