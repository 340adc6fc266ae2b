"""From recordings of any length to windows of one length, with one label each."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.datasets.imu import ImuDataset, ImuSplit, Take
from tinykd.datasets.resample import check_times, resample_even
from tinykd.datasets.selection import checked_words, unit_hash
from tinykd.errors import DataError
from tinykd.recipe_gesture import GestureDataset

Floats = npt.NDArray[np.float32]
Window = tuple[Floats, int, Take]


def build_windows(
    takes: Sequence[Take],
    *,
    classes: tuple[str, ...],
    channels: tuple[str, ...],
    section: GestureDataset,
    splits: Sequence[str],
    split_rule: str,
    where: str,
) -> ImuDataset:
    """Resample the takes, cut windows, and keep the classes that the recipe wants.

    A window of a take with a label a row has the label of most of its rows, or of its
    middle one; where that is a class the recipe leaves out, so is the window.

    Args:
      takes: all recordings of the data set.
      classes: what the takes' labels index.
      channels: names of the signals' columns.
      section: the recipe's.
      splits: which of train, validation and test.
      split_rule: how the takes were split, in words.
      where: named in errors.

    Raises:
      DataError: a take that cannot be resampled, fewer than two classes, or a
        class without a recording in a wanted split.
      RecipeError: a class is asked for twice.
    """
    wanted = checked_words(section.classes or classes, present=classes, where=where)
    columns = _columns(section.channels or channels, channels, where)
    seen = [channels[column] for column in columns]
    moving = _columns(section.moves_in or seen, seen, f"{where} moves_in")
    if len(wanted) < 2:
        raise DataError(where, f"there is one class, '{wanted[0]}'", "two classes or more")
    index = {classes.index(name): place for place, name in enumerate(wanted)}
    made = {}
    for split in splits:
        windows = [
            (signals, index[label], take)
            for take in takes
            if take.split == split and _kept(take, section, split)
            for signals, label, take in _cut(take, section, columns, moving)
            if label in index
        ]
        found = Counter(label for _, label, _ in windows)
        for place, name in enumerate(wanted):
            if not found[place]:
                what = f"class '{name}' has no window in the {split} split"
                raise DataError(where, what, "recordings of every class in every split; more recordings")
        made[split] = _split(windows)
    return ImuDataset(
        name=section.name,
        classes=wanted,
        channels=tuple(seen),
        rate_hz=section.rate_hz,
        splits=made,
        digest=_digest(made, wanted, seen, section.rate_hz),
        split_rule=split_rule,
    )


def window_samples(section: GestureDataset) -> int:
    """Return how many rows a window has."""
    return max(1, section.rate_hz * section.window_ms // 1000)


def busiest_window(signals: Floats, samples: int, *, moving: Sequence[int] | None = None) -> Floats:
    """Return the `samples` rows that move most: the largest variance, summed over channels of unit variance.

    A shorter recording keeps its last row to the end of the window.

    Args:
      signals: [rows, channels].
      samples: rows of the window.
      moving: the channels that are summed over; None for all.
    """
    rows = len(signals)
    if rows <= samples:
        return np.concatenate([signals, np.repeat(signals[-1:], samples - rows, axis=0)])
    motion = signals if moving is None else signals[:, list(moving)]
    scaled = (motion - motion.mean(axis=0)) / (motion.std(axis=0) + 1e-6)
    sums = np.concatenate([np.zeros((1, scaled.shape[1])), np.cumsum(scaled.astype(np.float64), axis=0)])
    squares = np.concatenate([[0.0], np.cumsum((scaled.astype(np.float64) ** 2).sum(axis=1))])
    mean = (sums[samples:] - sums[:-samples]) / samples
    spread = (squares[samples:] - squares[:-samples]) / samples - (mean**2).sum(axis=1)
    start = int(np.argmax(np.round(spread, 9)))
    return signals[start : start + samples]


def _columns(wanted: Sequence[str], there: Sequence[str], where: str) -> list[int]:
    for name in wanted:
        if name not in there:
            raise DataError(
                where, f"it has no channel '{name}'", f"dataset.channels out of {', '.join(there)}"
            )
    return [there.index(name) for name in wanted]


def _cut(take: Take, section: GestureDataset, columns: list[int], moving: list[int]) -> Iterator[Window]:
    check_times(take.time_ms, max_gap_ms=section.max_gap_ms, where=take.source)
    signals = resample_even(take.signals[:, columns], take.time_ms, rate_hz=section.rate_hz)
    samples = window_samples(section)
    if section.windows == "one":
        if not isinstance(take.labels, int):
            allowed = 'dataset.windows = "sliding" for recordings with a label a row'
            raise DataError(take.source, "its label changes inside the recording", allowed)
        yield busiest_window(signals, samples, moving=moving), take.labels, take
        return
    labels = _labels_at_rate(take, len(signals), section.rate_hz)
    hop = max(1, section.rate_hz * section.hop_ms // 1000)
    for start in range(0, len(signals) - samples + 1, hop):
        inside = labels[start : start + samples]
        label = inside[samples // 2] if section.label == "middle" else np.bincount(inside).argmax()
        yield signals[start : start + samples], int(label), take


def _labels_at_rate(take: Take, rows: int, rate_hz: int) -> npt.NDArray[np.int32]:
    """Return the label of the original row nearest before the middle of each new one."""
    if isinstance(take.labels, int):
        return np.full(rows, take.labels, np.int32)
    middles = take.time_ms[0] + (np.arange(rows) + 0.5) * 1000.0 / rate_hz
    place = np.clip(np.searchsorted(take.time_ms, middles, side="right") - 1, 0, len(take.labels) - 1)
    return np.asarray(take.labels[place], np.int32)


def _kept(take: Take, section: GestureDataset, split: str) -> bool:
    """Keep train_fraction of the training recordings by hash; a smaller share lies inside a larger one."""
    return split != "train" or unit_hash("take", take.source) < section.train_fraction


def _split(windows: Sequence[Window]) -> ImuSplit:
    return ImuSplit(
        signals=np.stack([signals for signals, _, _ in windows]).astype(np.float32),
        labels=np.array([label for _, label, _ in windows], np.int32),
        sources=tuple(take.source for _, _, take in windows),
        groups=tuple(take.group for _, _, take in windows),
    )


def _digest(
    splits: dict[str, ImuSplit], classes: tuple[str, ...], channels: Sequence[str], rate_hz: int
) -> str:
    parts = [
        [name, hashlib.sha256(split.signals.tobytes() + split.labels.tobytes()).hexdigest()]
        for name, split in splits.items()
    ]
    return storage.digest_of([parts, classes, channels, rate_hz])
