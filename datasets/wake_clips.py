"""Training clips cut from streams: windows as a listening device hears them, at any moment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinykd.datasets.scenes import WAKE
from tinykd.datasets.streams import Stream


def wake_starts(
    stream: Stream, *, samples: int, placements: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return where windows start that hold a whole word each: [words * placements], word by word.

    The place within the window is uniform over all that hold the word; a word longer
    than the window is cut at both ends alike.
    """
    starts = []
    for sound in stream.sounds:
        if sound.kind != WAKE:
            continue
        low, high = sound.end - samples, sound.start
        if low >= high:
            low = high = (sound.start + sound.end - samples) // 2
        starts.append(rng.integers(low, high, size=placements, endpoint=True))
    found = np.concatenate(starts) if starts else np.zeros(0, np.int64)
    return _inside(found, stream, samples)


def beside_starts(stream: Stream, *, samples: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return where windows start that lie before or after a word, and hold at most a third of it."""
    starts = []
    for sound in stream.sounds:
        if sound.kind != WAKE:
            continue
        third = (sound.end - sound.start) // 3
        if rng.random() < 0.5:
            starts.append(sound.start - samples + int(rng.integers(-samples // 4, third + 1)))
        else:
            starts.append(sound.end - int(rng.integers(-samples // 4, third + 1)))
    return _inside(np.asarray(starts, np.int64), stream, samples)


def even_starts(
    stream: Stream, *, samples: int, every_ms: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return where windows start that cover a stream: one each `every_ms`, at a random moment within it."""
    step = every_ms * stream.rate_hz // 1000
    count = max(0, (len(stream.audio) - samples) // step)
    return np.arange(count, dtype=np.int64) * step + rng.integers(0, step, size=count)


def _inside(starts: npt.NDArray[np.int64], stream: Stream, samples: int) -> npt.NDArray[np.int64]:
    """Return `starts` moved to within the stream."""
    return np.clip(starts, 0, len(stream.audio) - samples)


def cut(audio: npt.NDArray[np.int16], starts: npt.NDArray[np.int64], samples: int) -> npt.NDArray[np.int16]:
    """Return windows of [audio samples] int16: [starts, samples] int16."""
    out = np.empty((len(starts), samples), np.int16)
    for row, start in enumerate(starts):
        out[row] = audio[start : start + samples]
    return out
