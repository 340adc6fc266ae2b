"""TensorFlow's magic wand recordings: wing, ring, slope and others, an accelerometer at 25 Hz, by person.

Files are <class>/output_<class>_<person>.txt; a line with `-,-,-` starts a
recording, the others are x,y,z in thousandths of gravity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tinykd import storage
from tinykd.datasets.cards import read_card
from tinykd.datasets.clips import Progress
from tinykd.datasets.download import download
from tinykd.datasets.imu import ACC, ImuDataset, Take
from tinykd.datasets.imu_windows import build_windows
from tinykd.datasets.recordings import unpacked
from tinykd.datasets.rigid_body import GRAVITY
from tinykd.errors import DataError
from tinykd.recipe_gesture import GestureRecipe

CLASSES = ("wing", "ring", "slope", "negative")
RATE_HZ = 25
ARCHIVE = "data.tar.gz"
# The people of the authors' own script; everybody else trains. Of the negative ones only numbers are known.
HELD_OUT = {
    "validation": ("lsj", "pengxl", "negative_2", "negative_7"),
    "test": ("liucx", "zhangxy", "negative_1", "negative_8"),
}

_NAME = re.compile(r"output_(?P<gesture>[a-z]+)_(?P<person>\w+)\.txt")
_LAYOUT = f"<class>/output_<class>_<person>.txt with the classes {', '.join(CLASSES)}, or {ARCHIVE}"


def load(
    recipe: GestureRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> ImuDataset:
    """Load the recordings; arguments and errors as `datasets.load_dataset`.

    `data_dir` is the unpacked tree or holds the archive. None: $TINYKD_DATA/magic_wand
    if it exists, else the archive is downloaded.
    """
    root = _find_tree(data_dir, cache_dir, progress)
    takes = [take for label, name in enumerate(CLASSES) for take in _takes_of(root / name, label, root)]
    return build_windows(
        takes,
        classes=CLASSES,
        channels=ACC,
        section=recipe.dataset,
        splits=splits,
        split_rule=read_card("magic_wand").split,
        where=str(data_dir or root),
    )


def split_of(person: str) -> str:
    """Return the split of a person, or of `negative_<n>`."""
    return next((split for split, people in HELD_OUT.items() if person in people), "train")


def _find_tree(data_dir: Path | None, cache_dir: Path, progress: Progress | None) -> Path:
    own = storage.data_root()
    folder = data_dir or (own / "magic_wand" if own and (own / "magic_wand").is_dir() else None)
    if folder is None:
        (archive,) = read_card("magic_wand").archives
        path = cache_dir / "downloads" / f"magic_wand-{archive.name}"
        return _tree_in(
            unpacked(
                [download(archive.url, path, sha1=archive.sha1, progress=progress)],
                "magic_wand",
                cache_dir=cache_dir,
                progress=progress,
            )
        )
    if (folder / ARCHIVE).is_file():
        root = unpacked([folder / ARCHIVE], "magic_wand", cache_dir=cache_dir, progress=progress)
        return _tree_in(root)
    return _tree_in(folder)


def _tree_in(folder: Path) -> Path:
    for place in (folder, folder / "data"):
        if all((place / name).is_dir() for name in CLASSES):
            return place
    raise DataError(str(folder), "no magic wand recordings there", _LAYOUT)


def _takes_of(folder: Path, label: int, root: Path) -> Iterator[Take]:
    for path in sorted(folder.glob("*.txt")):
        match = _NAME.fullmatch(path.name)
        if match is None:  # also the files that a Mac leaves in archives
            continue
        person = match["person"]
        person = f"negative_{person}" if match["gesture"] == "negative" else person
        for number, rows in enumerate(read_recordings(path)):
            yield Take(
                signals=(rows * (GRAVITY / 1000.0)).astype(np.float32),
                time_ms=np.arange(len(rows), dtype=np.float64) * (1000.0 / RATE_HZ),
                labels=label,
                source=f"{path.relative_to(root).as_posix()} recording {number + 1}",
                group=person,
                split=split_of(person),
            )


def read_recordings(path: Path) -> list[np.ndarray]:
    """Return the recordings of a file, each [rows, 3] float64 in thousandths of gravity.

    Raises:
      DataError: the file cannot be read, or has a line that is neither.
    """
    found: list[list[list[float]]] = []
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(str(path), f"cannot be read ({error})", "a text file of x,y,z lines") from error
    for number, line in enumerate(lines, start=1):
        fields = [field.strip() for field in line.split(",")]
        if fields == [""]:
            continue
        if fields == ["-", "-", "-"]:
            found.append([])
            continue
        try:
            values = [float(field) for field in fields]
        except ValueError:
            values = []
        if len(values) != 3 or not np.isfinite(values).all() or not found:
            raise DataError(f"{path}:{number}", f"'{line[:40]}'", "x,y,z in mg, or -,-,- before a recording")
        found[-1].append(values)
    return [np.array(rows) for rows in found if len(rows) > 1]
