"""UCI HAR: six activities of 30 people with a phone at the waist, 50 Hz, already cut to windows of 2.56 s.

Read straight from the archive: `<split>/Inertial Signals/total_acc_x_<split>.txt` (in g) and so
on have one window of 128 samples a line, `y_<split>.txt` its activity 1 to 6 and
`subject_<split>.txt` its person.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.datasets.cards import read_card
from tinykd.datasets.clips import Progress
from tinykd.datasets.imu import SIX_AXES, ImuDataset, Take
from tinykd.datasets.imu_windows import build_windows
from tinykd.datasets.rigid_body import GRAVITY
from tinykd.errors import DataError
from tinykd.recipe_gesture import GestureRecipe

ARCHIVE = "UCI HAR Dataset.zip"
CLASSES = ("walking", "walking_upstairs", "walking_downstairs", "sitting", "standing", "laying")
RATE_HZ = 50
SAMPLES = 128
VALIDATION_PEOPLE = 5  # the last of the training people, by number

_FILES = ("total_acc_x", "total_acc_y", "total_acc_z", "body_gyro_x", "body_gyro_y", "body_gyro_z")
_DAMAGE = (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
_MAX_BYTES = 200_000_000  # of one unpacked file; the largest real one has 15 MB


def load(
    recipe: GestureRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> ImuDataset:
    """Load the windows; arguments and errors as `datasets.load_dataset`.

    `data_dir` holds the archive, or is it; None: $TINYKD_DATA/uci_har.
    """
    path = _find(data_dir)
    takes: list[Take] = []
    try:
        with zipfile.ZipFile(path) as archive:
            for part in ("train", "test"):
                takes += _takes_of(archive, part)
                if progress is not None:
                    progress("reading UCI HAR", 1 if part == "train" else 2, 2)
    except _DAMAGE as error:
        raise DataError(str(path), f"not the UCI HAR archive ({error})", f"the whole {ARCHIVE}") from error
    return build_windows(
        takes,
        classes=CLASSES,
        channels=SIX_AXES,
        section=recipe.dataset,
        splits=splits,
        split_rule=read_card("uci_har").split,
        where=str(path),
    )


def _find(data_dir: Path | None) -> Path:
    root = storage.data_root()
    folder = data_dir or (root / "uci_har" if root else None)
    for place in (folder, folder / ARCHIVE) if folder else ():
        if place.is_file():
            return place
    allowed = f"pass --data-dir with the folder of '{ARCHIVE}', fetched from {read_card('uci_har').source}"
    raise DataError(str(folder or "uci_har"), f"no '{ARCHIVE}' there", allowed)


def _takes_of(archive: zipfile.ZipFile, part: str) -> list[Take]:
    signals = np.stack(
        [_table(archive, f"{part}/Inertial Signals/{name}_{part}.txt", SAMPLES) for name in _FILES], axis=2
    )
    signals[:, :, :3] *= GRAVITY
    labels = _table(archive, f"{part}/y_{part}.txt", 1)[:, 0].astype(int) - 1
    people = _table(archive, f"{part}/subject_{part}.txt", 1)[:, 0].astype(int)
    if not len(signals) == len(labels) == len(people):
        raise ValueError(f"{part} has {len(signals)} windows, {len(labels)} labels, {len(people)} people")
    if not ((labels >= 0) & (labels < len(CLASSES))).all():
        raise ValueError(f"{part} has a label that is not 1 to {len(CLASSES)}")
    held_out = sorted(set(people.tolist()))[-VALIDATION_PEOPLE:] if part == "train" else []
    times = np.arange(SAMPLES + 1, dtype=np.float64) * (1000.0 / RATE_HZ)
    return [
        Take(
            signals=np.concatenate([window, window[-1:]]).astype(np.float32),
            time_ms=times,
            labels=int(label),
            source=f"{part} window {number + 1}, person {person}",
            group=f"person {person}",
            split="validation" if person in held_out else part,
        )
        for number, (window, label, person) in enumerate(zip(signals, labels, people, strict=True))
    ]


def _table(archive: zipfile.ZipFile, ending: str, columns: int) -> npt.NDArray[np.float64]:
    """Return the numbers of the one member whose name ends so: [rows, columns], all finite."""
    names = [name for name in archive.namelist() if name.endswith(f"/{ending}") and "__MACOSX" not in name]
    if len(names) != 1:
        raise ValueError(f"{len(names)} files '{ending}'")
    if archive.getinfo(names[0]).file_size > _MAX_BYTES:
        raise ValueError(f"'{ending}' is too large")
    table = np.loadtxt(io.BytesIO(archive.read(names[0])), dtype=np.float64, ndmin=2)
    if table.shape[1] != columns or not np.isfinite(table).all():
        raise ValueError(f"'{ending}' has not {columns} finite numbers a line")
    return table
