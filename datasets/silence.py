"""Windows of background noise: clips for the class `_silence_`, and noise for augmentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinykd.datasets import SPLITS
from tinykd.datasets.selection import unit_hash

_ENDS = (0.0, 0.8, 0.9, 1.0)  # of a recording: train, validation, test


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A piece of a noise recording.

    source: the recording, as in its `Recording`.
    start: first sample.
    volume: 0 to 1, multiplied onto the samples.
    """

    source: str
    start: int
    volume: float


def stretch(samples: int, split: str) -> tuple[int, int]:
    """Return (first, end) of the part of a recording that belongs to a split.

    The first 80 % is for training, the next 10 % for validation, the last 10 %
    for test: no sample is in two of them.
    """
    place = SPLITS.index(split)
    return round(samples * _ENDS[place]), round(samples * _ENDS[place + 1])


def plan_windows(lengths: dict[str, int], *, count: int, samples: int, split: str) -> list[Window]:
    """Place `count` windows of `samples` samples, the recordings taken in turn.

    Start and volume, uniform from 0 to 1, follow from the split and the window's
    number alone, so fewer windows are the first of more.

    Args:
      lengths: samples of each noise recording, by source.
      count: windows wanted.
      samples: of one window.
      split: whose stretch of the recordings is used; recordings whose stretch is
        shorter than a window are passed over.

    Returns:
      The windows; none if no recording is long enough.
    Source: Warden 2018, arXiv:1804.03209, and its training script: silence is
      background noise at a random volume.
    """
    spans = {source: stretch(length, split) for source, length in sorted(lengths.items())}
    usable = [(source, first, end) for source, (first, end) in spans.items() if end - first >= samples]
    windows = []
    for number in range(count if usable else 0):
        source, first, end = usable[number % len(usable)]
        start = first + int(unit_hash("start", f"{split} {number}") * (end - first - samples + 1))
        windows.append(Window(source=source, start=start, volume=unit_hash("volume", f"{split} {number}")))
    return windows


def cut(audio: npt.NDArray[np.int16], window: Window, samples: int) -> npt.NDArray[np.int16]:
    """Return the window's samples: [samples] int16, rounded after the volume."""
    piece = audio[window.start : window.start + samples]
    scaled: npt.NDArray[np.int16] = np.rint(piece * window.volume).astype(np.int16)
    return scaled


def noise_of(split: str, audios: Sequence[npt.NDArray[np.int16]]) -> list[npt.NDArray[np.int16]]:
    """Return the stretch of each recording that belongs to a split, to be mixed under its clips."""
    return [audio[slice(*stretch(len(audio), split))] for audio in audios]
