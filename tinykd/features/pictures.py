"""Strokes drawn as pictures: for a teacher that looks at the whole of a stroke, not along it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_SMALLEST = np.float32(1e-12)  # squared length of a step; below it the pen stands still


def draw_strokes(paths: Floats, *, pixels: int, pen_pixels: float, smallest: float) -> Floats:
    """Draw each path with a round pen, as large as it fits, in the middle of a square picture.

    A pixel is 1 where its centre is at least half a pixel inside the line, 0 where it
    is half a pixel outside, and in between it is how far inside it is.

    Args:
      paths: [n, points, 2] float32, x to the right, y upwards, two points or more.
      pixels: of a side of the picture.
      pen_pixels: width of the line.
      smallest: a path whose larger side is below this (in its own unit) is not blown up further.

    Returns:
      [n, pixels, pixels] float32 in 0..1; row 0 is the top.
    """
    low, high = paths.min(axis=1), paths.max(axis=1)
    extent = np.maximum((high - low).max(axis=1), np.float32(smallest))
    room = np.float32(max(1.0, pixels - pen_pixels - 1.0))  # the pen's edge stays inside
    centred = (paths - ((low + high) / 2)[:, None]) * (room / extent)[:, None, None]
    middle = np.float32((pixels - 1) / 2)
    across, down = centred[..., 0] + middle, middle - centred[..., 1]
    column = np.arange(pixels, dtype=np.float32)[None, None, :]
    row = np.arange(pixels, dtype=np.float32)[None, :, None]
    nearest = np.full((len(paths), pixels, pixels), np.inf, np.float32)  # squared distance from the line
    for step in range(paths.shape[1] - 1):
        x, y = (side[:, step, None, None] for side in (across, down))
        dx, dy = (side[:, step + 1, None, None] - side[:, step, None, None] for side in (across, down))
        length = np.maximum(dx * dx + dy * dy, _SMALLEST)
        share = np.clip(((column - x) * dx + (row - y) * dy) / length, 0.0, 1.0)
        distance = np.square(column - x - share * dx) + np.square(row - y - share * dy)
        np.minimum(nearest, distance, out=nearest)
    inside = np.float32(pen_pixels / 2 + 0.5) - np.sqrt(nearest)
    return np.clip(inside, np.float32(0.0), np.float32(1.0))
