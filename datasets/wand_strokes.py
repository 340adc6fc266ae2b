"""Digits drawn with a wand, already projected to a plane: points without times, one person."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinykd.datasets.cards import read_card
from tinykd.datasets.clips import Progress
from tinykd.datasets.imu import POINTS, ImuDataset, Take
from tinykd.datasets.imu_windows import build_windows
from tinykd.datasets.packs import find_pack
from tinykd.errors import DataError
from tinykd.recipe_gesture import GestureDataset, GestureRecipe

FILE = "wand_digit_strokes.json.gz"
CLASSES = tuple(str(digit) for digit in range(10))


def load(
    recipe: GestureRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> ImuDataset:
    """Load the strokes, each spread over one window; arguments and errors as `datasets.load_dataset`."""
    path = find_pack(data_dir, folder="gesture", file=FILE)
    try:
        table = json.loads(gzip.decompress(path.read_bytes()))
        strokes = [_take(place, one, recipe.dataset) for place, one in enumerate(table["strokes"])]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, IndexError) as error:
        what = f"not the wand's strokes ({error})"
        raise DataError(
            str(path), what, 'JSON: {"strokes": [{"label", "index", "points", "split"}]}'
        ) from error
    return build_windows(
        strokes,
        classes=CLASSES,
        channels=POINTS,
        section=recipe.dataset,
        splits=splits,
        split_rule=read_card("wand_strokes").split,
        where=str(path),
    )


def _take(place: int, stroke: dict[str, Any], section: GestureDataset) -> Take:
    points = np.asarray(stroke["points"], np.float32)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2 or not np.isfinite(points).all():
        raise ValueError(f"stroke {place} has no points")
    label = int(stroke["label"])
    if not 0 <= label < len(CLASSES):
        raise ValueError(f"stroke {place} has label {label}")
    return Take(
        signals=points,
        # The source has no times: whatever the pace, a stroke fills the window.
        time_ms=np.linspace(0.0, section.window_ms, len(points)),
        labels=label,
        source=f"{FILE} digit {label} number {stroke['index']}",
        group="",
        split=str(stroke["split"]),
    )
