"""A mel filter bank as the device walks it: bin by bin, between the corners of the triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Segments:
    """The bins between neighbouring corners, and their weights.

    first: [bands + 2] bin indices; segment s has bins first[s] to first[s + 1] - 1.
    rise, step: [bands + 1] weight of a segment's first bin in band s, and how much each next bin adds.
      In band s - 1 a bin weighs one minus that.
    """

    first: npt.NDArray[np.int64]
    rise: Floats
    step: Floats


def segments(edges_hz: Floats, *, bin_hz: float) -> Segments:
    """Return the triangles between corners, each of height 1.

    Args:
      edges_hz: [bands + 2] from `tinykd.features.mel.mel_edges_hz`.
      bin_hz: from one bin of the transform to the next.
    """
    first = np.ceil(edges_hz / bin_hz).astype(np.int64)
    width, count = np.diff(edges_hz), np.diff(first)
    rise = np.maximum(first[:-1] * bin_hz - edges_hz[:-1], 0.0) / width
    return Segments(first, np.where(count > 0, rise, 0.0), np.where(count > 1, bin_hz / width, 0.0))
