"""A comparison of methods as numbers: one row a method, over its seeds, against the student alone."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.errors import DataError
from tinykd.report.calibration import Reliability, reliability
from tinykd.report.intervals import (
    Interval,
    chance_over_seeds,
    difference_over_seeds,
    holm,
    mean_difference_over_clips,
    mean_over_seeds,
    within_one_standard_error,
)

ALONE = "student alone"
Cell = dict[str, Any]
Outputs = tuple[npt.NDArray[np.float32], npt.NDArray[np.integer[Any]]]


@dataclass(frozen=True, kw_only=True)
class MethodRow:
    """One method over its seeds.

    seeds: how many were run.
    accuracy: mean of the figure, 0..1, with its 95 % interval over seeds (a point for one seed).
    validation: mean figure of the int8 models on the validation split; None where the cells have none.
    level: whether that is the best of all methods, or within one standard error of it over the same seeds.
    recall: mean over seeds of the mean recall of the classes; None for scores.
    calibration: of all seeds' outputs together; None for scores.
    difference: from the student alone, over pairs of the same seed; None for itself and without two pairs.
    over_clips: the same difference with its interval over test examples; None for itself, for scores,
      and where the figure is no accuracy.
    chance: p value of that difference; None where there is no difference.
    holds: whether it still excludes 0 at 5 % when all methods are looked at together.
    model_bytes, params: the largest of the seeds.
    seconds: mean training time.
    cost: seconds as a multiple of the student alone's; None without one.
    """

    method: str
    seeds: int
    accuracy: Interval
    validation: float | None
    level: bool
    recall: float | None
    calibration: Reliability | None
    difference: Interval | None
    over_clips: Interval | None
    chance: float | None
    holds: bool
    model_bytes: int
    params: int
    seconds: float
    cost: float | None

    @property
    def verdict(self) -> str:
        """Return what the difference's interval shows: better, worse, open, or nothing ("")."""
        if self.difference is None:
            return ""
        return "better" if self.difference.low > 0 else "worse" if self.difference.high < 0 else "open"


def summary(cells: Sequence[Cell], out: Path, *, figure: str) -> list[MethodRow]:
    """Return one row a method, in the order in which the cells first name them, the student alone first.

    Args:
      cells: of the comparison: method, seed, accuracy, model_bytes, params, seconds, and where
        they are known int8_validation and outputs, a file in `out` (see `outputs`).
      out: the comparison's folder.
      figure: what `accuracy` is; only "accuracy" itself has an interval over test examples.

    Raises:
      DataError: a file of outputs is missing or is none.
    """
    names = dict.fromkeys(cell["method"] for cell in cells)
    base = by_seed(cells, ALONE)
    rows = []
    for name in {ALONE: None} | names:
        own = by_seed(cells, name)
        if own:
            clips = _over_clips(own, base, out) if name != ALONE and figure == "accuracy" else None
            rows.append(replace(_row(name, own, base, out), over_clips=clips))
    held = iter(holm([row.chance for row in rows if row.chance is not None]))
    level = _level_with_best(rows, cells)
    return [
        replace(row, level=row.method in level, holds=row.chance is not None and next(held)) for row in rows
    ]


def best_by_validation(rows: Sequence[MethodRow]) -> MethodRow | None:
    """Return the row with the best validation figure, of equals the first; None where a row has none."""
    if not rows or any(row.validation is None for row in rows):
        return None
    return max(rows, key=lambda row: row.validation or 0.0)


def by_seed(cells: Sequence[Cell], method: str) -> dict[int, Cell]:
    """Return the cells of a method, by seed in order."""
    own = [cell for cell in cells if cell["method"] == method]
    return {int(cell["seed"]): cell for cell in sorted(own, key=lambda cell: int(cell["seed"]))}


def outputs(cell: Cell, out: Path) -> Outputs | None:
    """Return a cell's (probabilities [n, classes], labels [n]) on the test split; None for scores.

    Raises:
      DataError: the file is missing or holds something else.
    """
    if not cell.get("outputs"):
        return None
    path = out / cell["outputs"]
    try:
        with np.load(path, allow_pickle=False) as file:
            probabilities, labels = file["probabilities"], file["labels"]
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        allowed = "the arrays probabilities and labels; delete its cell to have it made again"
        raise DataError(str(path), f"cannot be read as outputs ({error})", allowed) from error
    return probabilities, labels


def _level_with_best(rows: Sequence[MethodRow], cells: Sequence[Cell]) -> set[str]:
    """Return the methods that validation cannot tell from the best."""
    best = best_by_validation(rows)
    if best is None:
        return set()
    found = {best.method}
    for row in rows:
        first, other = by_seed(cells, best.method), by_seed(cells, row.method)
        pairs = [seed for seed in first if seed in other]
        figures = [[float(side[seed]["int8_validation"]) for seed in pairs] for side in (first, other)]
        if len(pairs) > 1 and within_one_standard_error(*figures):
            found.add(row.method)
    return found


def _row(method: str, own: dict[int, Cell], base: dict[int, Cell], out: Path) -> MethodRow:
    known = [found for cell in own.values() if (found := outputs(cell, out)) is not None]
    values = [float(cell["accuracy"]) for cell in own.values()]
    judged = [float(c["int8_validation"]) for c in own.values() if c.get("int8_validation") is not None]
    seconds = fmean(float(cell["seconds"]) for cell in own.values())
    alone = fmean(float(cell["seconds"]) for cell in base.values()) if base else 0.0
    pairs = [seed for seed in own if seed in base]
    both = [[float(side[seed]["accuracy"]) for seed in pairs] for side in (base, own)]
    compared = method != ALONE and len(pairs) > 1
    return MethodRow(
        method=method,
        seeds=len(own),
        accuracy=_mean(values),
        validation=fmean(judged) if len(judged) == len(own) else None,
        level=False,
        recall=fmean(_recall(*each) for each in known) if known else None,
        calibration=(
            reliability(*(np.concatenate(parts) for parts in zip(*known, strict=True))) if known else None
        ),
        difference=difference_over_seeds(*both) if compared else None,
        over_clips=None,
        chance=chance_over_seeds(*both) if compared else None,
        holds=False,
        model_bytes=max(int(cell["model_bytes"]) for cell in own.values()),
        params=max(int(cell["params"]) for cell in own.values()),
        seconds=seconds,
        cost=seconds / alone if alone > 0 else None,
    )


def _mean(values: list[float]) -> Interval:
    return mean_over_seeds(values) if len(values) > 1 else Interval(values[0], values[0], values[0])


def _recall(probabilities: npt.NDArray[Any], labels: npt.NDArray[Any]) -> float:
    """Return the mean recall of the classes that the labels hold."""
    right = probabilities.argmax(axis=1) == labels
    return fmean(float(right[labels == label].mean()) for label in np.unique(labels))


def _over_clips(own: dict[int, Cell], base: dict[int, Cell], out: Path) -> Interval | None:
    """Return the difference over the test examples that both saw, None if they saw others."""
    pairs = [seed for seed in own if seed in base]
    sides = [
        [found for seed in pairs if (found := outputs(side[seed], out)) is not None] for side in (base, own)
    ]
    tested = [labels for side in sides for _, labels in side]
    if not pairs or len(tested) < 2 * len(pairs):
        return None
    if any(not np.array_equal(labels, tested[0]) for labels in tested):
        return None
    right = [np.array([p.argmax(axis=1) == labels for p, labels in side]) for side in sides]
    return mean_difference_over_clips(*right)
