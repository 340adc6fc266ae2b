"""A folder of a person's own recordings: <class>/<person>-<take>.csv, or <class>/<take>.csv."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tinykd.datasets.clips import Progress
from tinykd.datasets.imu import ACC, SIX_AXES, ImuDataset, Take
from tinykd.datasets.imu_csv import read_take
from tinykd.datasets.imu_windows import build_windows
from tinykd.datasets.recordings import entries
from tinykd.errors import DataError
from tinykd.recipe_gesture import GestureRecipe

LAYOUT = "<class>/<person>-<take>.csv or <class>/<take>.csv, as docs/your-data.md says"
MIN_TAKES = 5  # of a class; fewer leave nothing to judge on
MIN_PEOPLE = 3  # one a split at least, else the order of the files decides


def load(
    recipe: GestureRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> ImuDataset:
    """Load the recordings; arguments and errors as `datasets.load_dataset`.

    Raises:
      DataError: also for one class alone, and for a class with fewer than five recordings.
    """
    if data_dir is None:
        raise DataError("imu_folder", "no folder given", f"pass --data-dir with {LAYOUT}")
    if not data_dir.is_dir():
        raise DataError(
            str(data_dir), "a file" if data_dir.exists() else "no such folder", f"a folder of {LAYOUT}"
        )
    files = {one.name: _csv_files(Path(one.path)) for one in entries(data_dir) if one.is_dir()}
    files = {name: paths for name, paths in files.items() if paths}
    classes = tuple(files)
    if len(classes) < 2:
        what = f"it has recordings of {len(classes)} class{'' if len(classes) == 1 else 'es'}"
        raise DataError(str(data_dir), what, f"two classes or more: {LAYOUT}")
    for name, paths in files.items():
        if len(paths) < MIN_TAKES:
            what = f"it has {len(paths)} recording{'' if len(paths) == 1 else 's'}"
            raise DataError(str(data_dir / name), what, f"{MIN_TAKES} or more of each class")
    takes, columns = _read(files, data_dir, recipe, progress)
    takes, rule = split_takes(takes)
    return build_windows(
        takes,
        classes=classes,
        channels=columns,
        section=recipe.dataset,
        splits=splits,
        split_rule=rule,
        where=str(data_dir),
    )


def split_takes(takes: Sequence[Take]) -> tuple[list[Take], str]:
    """Return the takes with their splits, and the rule in words.

    With three people or more: about 60 % of the people train, 20 % are validation
    and 20 % test, at least one each; the last by name are test. Else the last fifth of each
    class's recordings, by name, is test and the fifth before it validation.
    """
    people = sorted({take.group for take in takes})
    if "" not in people and len(people) >= MIN_PEOPLE:
        held = max(1, round(len(people) / 5))
        of = dict.fromkeys(people, "train")
        of |= dict.fromkeys(people[-2 * held : -held], "validation") | dict.fromkeys(people[-held:], "test")
        return [
            replace(take, split=of[take.group]) for take in takes
        ], "by person: no person is in two splits"
    totals, seen = Counter(take.labels for take in takes), Counter[object]()
    found = []
    for take in takes:
        total, place = totals[take.labels], seen[take.labels]
        held = max(1, total // 5)
        split = "train" if place < total - 2 * held else "validation" if place < total - held else "test"
        seen[take.labels] += 1
        found.append(replace(take, split=split))
    return found, "by the order of the files' names: no figure says how another person fares"


def _csv_files(folder: Path) -> list[Path]:
    return [Path(one.path) for one in entries(folder) if one.name.lower().endswith(".csv")]


def _read(
    files: dict[str, list[Path]], root: Path, recipe: GestureRecipe, progress: Progress | None
) -> tuple[list[Take], tuple[str, ...]]:
    """Return the takes, and the channels that all of them have."""
    total, takes, channels = sum(map(len, files.values())), [], recipe.dataset.channels
    for label, paths in enumerate(files.values()):
        for path in paths:
            signals, time_ms = read_take(path, channels=channels, max_gap_ms=recipe.dataset.max_gap_ms)
            channels = channels or (SIX_AXES if signals.shape[1] == 6 else ACC)  # as in the first file
            person, dash, _ = path.stem.partition("-")
            takes.append(
                Take(
                    signals=signals,
                    time_ms=time_ms,
                    labels=label,
                    source=path.relative_to(root).as_posix(),
                    group=person if dash else "",
                    split="",
                )
            )
            if progress is not None:
                progress("reading recordings", len(takes), total)
    return takes, channels
