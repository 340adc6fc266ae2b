"""A long recording as the windows a device hears: the front end runs once, windows overlap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from tinykd.errors import RecipeError
from tinykd.features import FrontEnd

_FRAMES_AT_ONCE = 1000

Features = npt.NDArray[np.float32]


def stream_frames(audio: npt.NDArray[np.int16], front: FrontEnd) -> Features:
    """Return the frames of a whole stream: those of any window in it are a run of these.

    Args:
      audio: [samples] int16, at least one front-end window long; may be a memory map.
      front: a front end that treats each frame by itself (`normalise` is "none").

    Returns:
      [frames, bins] float32.

    Raises:
      RecipeError: the front end normalises over a clip, which a stream has not.
      DataError: the stream is shorter than a front-end window.
    """
    settings = front.settings()
    if settings["normalise"] != "none":
        what = f"'{settings['normalise']}' wants a whole clip, and a stream has no end"
        raise RecipeError("[features] normalise", what, "'none' for a task on streams")
    hop, window = int(settings["hop_samples"]), int(settings["window_samples"])
    frames, bins = front.shape(len(audio))
    out = np.empty((frames, bins), np.float32)
    step = _FRAMES_AT_ONCE
    size = (step - 1) * hop + window
    whole = frames // step
    if whole:
        pieces = sliding_window_view(audio, size)[:: step * hop][:whole]
        for start in range(0, whole, 64):
            part = front(np.ascontiguousarray(pieces[start : start + 64]))
            out[start * step : start * step + part.shape[0] * step] = part.reshape(-1, bins)
    if rest := frames - whole * step:
        first = whole * step * hop
        out[whole * step :] = front(np.asarray(audio[None, first : first + (rest - 1) * hop + window]))[0]
    return out


def hop_frames(hop_ms: int, frame_hop_ms: int) -> int:
    """Return how many frames the window moves on a hop.

    Raises:
      RecipeError: a hop that is not a whole number of frames.
    """
    if hop_ms % frame_hop_ms:
        what = f"{hop_ms} ms is no multiple of the front end's hop of {frame_hop_ms} ms"
        raise RecipeError("[detection] hop_ms", what, f"a multiple of {frame_hop_ms}")
    return hop_ms // frame_hop_ms


def window_count(frames: int, *, length: int, hop: int) -> int:
    """Return how many windows of `length` frames, `hop` frames apart, lie whole in `frames`."""
    return 0 if frames < length else (frames - length) // hop + 1


def window_batches(
    frames: npt.NDArray[np.generic], *, length: int, hop: int, batch: int
) -> Iterator[npt.NDArray[np.generic]]:
    """Yield the stream's windows in order, `batch` at a time.

    Args:
      frames: [frames, bins], of any type.
      length: frames a window.
      hop: frames from one window to the next.
      batch: windows at a time.

    Yields:
      [up to batch, length, bins] contiguous arrays of the same type.
    """
    if len(frames) < length:
        return
    views = sliding_window_view(frames, length, axis=0)[::hop]  # [windows, bins, length]
    for start in range(0, len(views), batch):
        yield np.ascontiguousarray(views[start : start + batch].transpose(0, 2, 1))


def window_end_s(index: npt.NDArray[np.intp], *, hop_ms: int, clip_ms: int) -> npt.NDArray[np.float64]:
    """Return when the windows of `index` end, in seconds from the stream's start: when they can be heard."""
    seconds: npt.NDArray[np.float64] = (index * hop_ms + clip_ms) / 1000.0
    return seconds
