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
from tinykd.recipe_gesture import GestureRecipe

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
    return build_windows(
        read_strokes(path, window_ms=recipe.dataset.window_ms),
        classes=CLASSES,
        channels=POINTS,
        section=recipe.dataset,
        splits=splits,
        split_rule=read_card("wand_strokes").split,
        where=str(path),
    )


def read_strokes(path: Path, *, window_ms: int) -> list[Take]:
    """Return every stroke of the file, spread over `window_ms`.

    Raises:
      DataError: the file cannot be read, or is none of strokes.
    """
    try:
        table = json.loads(gzip.decompress(path.read_bytes()))
        return [_take(place, one, window_ms) for place, one in enumerate(table["strokes"])]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, IndexError) as error:
        what = f"not the wand's strokes ({error})"
        raise DataError(
            str(path), what, 'JSON: {"strokes": [{"label", "index", "points", "split"}]}'
        ) from error


def _take(place: int, stroke: dict[str, Any], window_ms: int) -> Take:
    points = np.asarray(stroke["points"], np.float32)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2 or not np.isfinite(points).all():
        raise ValueError(f"stroke {place} has no points")
    label = int(stroke["label"])
    if not 0 <= label < len(CLASSES):
        raise ValueError(f"stroke {place} has label {label}")
    return Take(
        signals=points,
        # The source has no times: whatever the pace, a stroke fills the window.
        time_ms=np.linspace(0.0, window_ms, len(points)),
        labels=label,
        source=f"{FILE} digit {label} number {stroke['index']}",
        group="",
        split=str(stroke["split"]),
    )
