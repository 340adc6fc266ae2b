"""Digits drawn in the air with a phone: 6 axes, one person, splits by the order of recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tinykd.datasets import wand_strokes
from tinykd.datasets.cards import read_card
from tinykd.datasets.clips import Progress
from tinykd.datasets.drawn_takes import drawn_takes
from tinykd.datasets.imu import SIX_AXES, ImuDataset, Take
from tinykd.datasets.imu_windows import build_windows
from tinykd.datasets.packs import check_offsets, find_pack, read_arrays
from tinykd.recipe_gesture import GestureRecipe

FILE = "imu_digits.npz"
CLASSES = tuple(str(digit) for digit in range(10))


def load(
    recipe: GestureRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> ImuDataset:
    """Load the takes, and draw more for training; arguments and errors as `datasets.load_dataset`."""
    path = find_pack(data_dir, folder="gesture", file=FILE)
    arrays = read_arrays(
        path,
        {
            "signals": ("f", 2),
            "time_ms": ("iu", 1),
            "offsets": ("iu", 1),
            "labels": ("iu", 1),
            "split": ("U", 1),
        },
    )
    offsets = arrays["offsets"]
    check_offsets(offsets, rows=len(arrays["signals"]), recordings=len(arrays["labels"]), path=path)
    takes = [
        Take(
            signals=arrays["signals"][offsets[place] : offsets[place + 1]],
            time_ms=arrays["time_ms"][offsets[place] : offsets[place + 1]].astype(np.float64),
            labels=int(label),
            source=f"{FILE} take {place}",
            group="",
            split=str(arrays["split"][place]),
        )
        for place, label in enumerate(arrays["labels"])
    ]
    if recipe.synthetic.drawn_takes and "train" in splits:
        strokes = find_pack(data_dir, folder="gesture", file=wand_strokes.FILE)
        takes += drawn_takes(
            wand_strokes.read_strokes(strokes, window_ms=recipe.dataset.window_ms),
            each=recipe.synthetic.drawn_takes,
            seed=recipe.synthetic.seed,
            window_ms=recipe.dataset.window_ms,
            progress=progress,
        )
    return build_windows(
        takes,
        classes=CLASSES,
        channels=SIX_AXES,
        section=recipe.dataset,
        splits=splits,
        split_rule=read_card("imu_digits").split,
        where=str(path),
    )
