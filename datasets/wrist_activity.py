"""Activities of 17 people from a smartwatch: 6 axes, a label a row, no person in two splits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tinykd.datasets.cards import read_card
from tinykd.datasets.clips import Progress
from tinykd.datasets.imu import SIX_AXES, ImuDataset, Take
from tinykd.datasets.imu_windows import build_windows
from tinykd.datasets.packs import check_offsets, find_pack, read_arrays
from tinykd.recipe_gesture import GestureRecipe

FILE = "wrist_activity.npz"


def load(
    recipe: GestureRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> ImuDataset:
    """Load the recordings; arguments and errors as `datasets.load_dataset`."""
    path = find_pack(data_dir, folder="gesture", file=FILE)
    arrays = read_arrays(
        path,
        {
            "signals": ("f", 2),
            "time_ms": ("iu", 1),
            "offsets": ("iu", 1),
            "labels": ("iu", 1),
            "subject": ("U", 1),
            "execution": ("U", 1),
            "split": ("U", 1),
            "classes": ("U", 1),
        },
    )
    offsets = arrays["offsets"]
    check_offsets(offsets, rows=len(arrays["signals"]), recordings=len(arrays["subject"]), path=path)
    takes = []
    for place, person in enumerate(arrays["subject"]):
        rows = slice(offsets[place], offsets[place + 1])
        takes.append(
            Take(
                signals=arrays["signals"][rows],
                time_ms=arrays["time_ms"][rows].astype(np.float64),
                labels=arrays["labels"][rows].astype(np.int32),
                source=f"{FILE} {person} execution {arrays['execution'][place]}",
                group=str(person),
                split=str(arrays["split"][place]),
            )
        )
    return build_windows(
        takes,
        classes=tuple(str(name).lower() for name in arrays["classes"]),
        channels=SIX_AXES,
        section=recipe.dataset,
        splits=splits,
        split_rule=read_card("wrist_activity").split,
        where=str(path),
    )
