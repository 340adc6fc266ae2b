"""Shapes that a hand draws in the air, as smooth paths through a few points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

Doubles = npt.NDArray[np.float64]

REST = "none"  # no gesture: the sensor is held, swayed, picked up, or drawn about at random

# Points to pass, x to the right and y upwards, in the order of drawing; -1 to 1.
SHAPES: dict[str, tuple[tuple[float, float], ...]] = {
    "circle": ((0, 1), (0.7, 0.7), (1, 0), (0.7, -0.7), (0, -1), (-0.7, -0.7), (-1, 0), (-0.7, 0.7), (0, 1)),
    "check": ((-0.9, 0.1), (-0.6, -0.4), (-0.3, -0.9), (0.3, 0.1), (0.9, 1.0)),
    "zigzag": ((-0.9, 0.9), (0, 0.95), (0.9, 0.9), (0, 0), (-0.9, -0.9), (0, -0.95), (0.9, -0.9)),
    "eight": (
        *((0, 0), (0.6, 0.4), (0.5, 0.9), (0, 1), (-0.5, 0.9), (-0.6, 0.4)),
        *((0, 0), (0.6, -0.4), (0.5, -0.9), (0, -1), (-0.5, -0.9), (-0.6, -0.4), (0, 0)),
    ),
    "swipe_left": ((0.9, 0), (0.3, 0.05), (-0.3, 0.05), (-0.9, 0)),
    "swipe_right": ((-0.9, 0), (-0.3, 0.05), (0.3, 0.05), (0.9, 0)),
    "swipe_up": ((0, -0.9), (0.05, -0.3), (0.05, 0.3), (0, 0.9)),
    "shake": ((0, 0), (0.6, 0), (-0.6, 0), (0.6, 0), (-0.6, 0), (0.6, 0), (0, 0)),
}
GESTURES = (*SHAPES, REST)


def path_through(points: npt.ArrayLike, share: Doubles) -> Doubles:
    """Return where a smooth path through `points` is after each share of its length.

    The path is a cubic spline over the summed distances of its points (chord
    length), at rest at neither end; `share` runs over that parameter.

    Args:
      points: [k, 2], k at least 2, no two neighbours equal.
      share: [n] from 0 to 1.

    Returns:
      [n, 2].
    """
    corners = np.asarray(points, np.float64)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    found: Doubles = CubicSpline(along, corners, axis=0)(share * along[-1])
    return found


def hand_pace(moment: Doubles, *, evenness: float) -> Doubles:
    """Return the share of a path that a hand has drawn at each share of the time.

    A mix of an even pace and the minimum-jerk profile 10 s^3 - 15 s^4 + 6 s^5.

    Args:
      moment: [n] from 0 to 1.
      evenness: 0 for minimum jerk alone to 1 for an even pace.

    Returns:
      [n] rising from 0 to 1.
    Source: Flash and Hogan 1985, J. Neuroscience 5(7), 1688-1703 (the profile).
    """
    smooth = moment**3 * (10.0 - 15.0 * moment + 6.0 * moment**2)
    return evenness * moment + (1.0 - evenness) * smooth
