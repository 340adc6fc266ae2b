"""The front end for motion: averaged frames, gravity taken as up, and the stroke that turning draws.

All of a window's features come from that window alone: a device keeps the
averaged frames of one window in a ring ([frames, channels] floats) and nothing
else, and what it computes is what stands here, in this order:

1. Every `frame_samples` rows are averaged to one frame.
2. Up is the direction of the window's mean acceleration. Forward is the
   sensor's z axis without its upward part, right is up x forward.
3. Acceleration (without gravity's length) and turning rate are given along
   right, up and forward, divided by `acc_scale` and `gyro_scale`.
4. Turning about up and about right, without their means, is added up over the
   frames: the path that the sensor's forward axis draws, as a pen would. It is
   centred, and divided by its root mean square size plus `stroke_floor`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.datasets.imu import ACC, POINTS, SIX_AXES
from tinykd.errors import RecipeError
from tinykd.features.pictures import draw_strokes
from tinykd.recipe_gesture import ImuFeatures

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class ImuKind:
    """One choice of `features.kind`: what it gives, and from which channels.

    description: one line.
    bins: channels to features a frame; a picture's are its columns of pixels.
    device: the C computes it; else it is for teachers.
    """

    description: str
    bins: dict[tuple[str, ...], int]
    device: bool = True


KINDS: dict[str, ImuKind] = {
    "raw": ImuKind(
        description="the channels as they are, scaled",
        bins={SIX_AXES: 6, ACC: 3, POINTS: 2},
    ),
    "aligned": ImuKind(
        description="acceleration and turning along right, up and forward",
        bins={SIX_AXES: 6, ACC: 3},
    ),
    "stroke": ImuKind(
        description="the path that turning draws, of size 1, and its steps",
        bins={SIX_AXES: 4, POINTS: 4},
    ),
    "motion": ImuKind(
        description="aligned and stroke side by side",
        bins={SIX_AXES: 10},
    ),
    "picture": ImuKind(
        description="the stroke, or the path that turning draws, as a picture",
        bins={SIX_AXES: 0, POINTS: 0},
        device=False,
    ),
}
STEP_SCALE = 10.0  # a stroke of size 1 moves about a tenth of that a frame


class ImuFrontEnd:
    """Signals to features; see the module's text for what is computed."""

    def __init__(self, section: ImuFeatures, *, channels: tuple[str, ...], rate_hz: int) -> None:
        """Take the recipe's [features] and what the sensor gives.

        Raises:
          RecipeError: the kind needs other channels, or a frame is shorter than a row.
        """
        bins = KINDS[section.kind].bins
        if channels not in bins:
            fitting = ", ".join(kind for kind, row in KINDS.items() if channels in row.bins)
            what = f"kind '{section.kind}' cannot be made of {', '.join(channels)}"
            raise RecipeError("recipe [features]", what, f"allowed: {fitting}")
        self.frame_samples = round(section.frame_ms * rate_hz / 1000)
        if self.frame_samples < 1:
            what = f"frame_ms is {section.frame_ms}, shorter than a row at {rate_hz} Hz"
            raise RecipeError("recipe [features]", what, f"{-(-1000 // rate_hz)} or more")
        self.section, self.channels, self.rate_hz = section, channels, rate_hz
        self.bins = section.picture_pixels if section.kind == "picture" else bins[channels]

    def shape(self, samples: int) -> tuple[int, int]:
        """Return (frames, features) of a window; of a picture, (rows, columns).

        Raises:
          RecipeError: the window is shorter than two frames.
        """
        frames = samples // self.frame_samples
        if frames < 2:
            what = f"a window of {samples} rows has fewer than two frames of {self.frame_samples}"
            raise RecipeError("recipe [features]", what, "a longer dataset.window_ms or a shorter frame_ms")
        return (self.bins if self.section.kind == "picture" else frames), self.bins

    def settings(self) -> dict[str, Any]:
        """Return what a device needs to compute the same."""
        return {
            "kind": self.section.kind,
            "channels": " ".join(self.channels),
            "rate_hz": self.rate_hz,
            "frame_samples": self.frame_samples,
            "acc_scale": float(self.section.acc_scale),
            "gyro_scale": float(self.section.gyro_scale),
            "stroke_floor": float(self.section.stroke_floor),
            "step_scale": STEP_SCALE,
        }

    def __call__(self, signals: npt.NDArray[np.floating]) -> Floats:
        """Return [n, frames, features] float32 of signals [n, samples, channels].

        Rows after the last whole frame are not used.
        """
        frames = average_frames(np.asarray(signals, np.float32), self.frame_samples)
        kind = self.section.kind
        if self.channels == POINTS:
            return frames if kind == "raw" else self._drawn(frames)
        if kind == "raw":
            return self._scaled(frames)
        aligned = align(frames)
        if kind == "aligned":
            return self._scaled(aligned)
        drawn = self._drawn(turning_path(aligned, frame_seconds=self.frame_samples / self.rate_hz))
        return np.concatenate([self._scaled(aligned), drawn], axis=2) if kind == "motion" else drawn

    def _drawn(self, path: Floats) -> Floats:
        section = self.section
        if section.kind != "picture":
            return _stroke(path, section.stroke_floor)
        return draw_strokes(
            path,
            pixels=section.picture_pixels,
            pen_pixels=section.pen_pixels,
            smallest=section.stroke_floor,
        )

    def _scaled(self, frames: Floats) -> Floats:
        scale = np.full(frames.shape[2], self.section.gyro_scale, np.float32)
        scale[:3] = self.section.acc_scale
        found: Floats = frames / scale
        return found


def average_frames(signals: Floats, frame_samples: int) -> Floats:
    """Average every `frame_samples` rows of [n, samples, channels]: [n, frames, channels] float32."""
    n, samples, channels = signals.shape
    frames = samples // frame_samples
    found: Floats = (
        signals[:, : frames * frame_samples]
        .reshape(n, frames, frame_samples, channels)
        .mean(axis=2, dtype=np.float32)
    )
    return found


def align(frames: Floats) -> Floats:
    """Give acceleration and turning along right, up and forward, gravity's length taken off up.

    Args:
      frames: [n, frames, 3 or 6] float32, m/s^2 and rad/s.

    Returns:
      [n, frames, 3 or 6] float32. A sensor in free fall, or one whose z axis points
      straight up, has no forward: its x axis is taken instead of z.
    """
    mean = frames[:, :, :3].mean(axis=1, dtype=np.float32)
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    up = np.where(length > 1e-3, mean / np.maximum(length, 1e-3), np.array([0, 1, 0], np.float32))
    steep = np.abs(up[:, 2:3]) > 0.95
    axis = np.where(steep, np.array([1, 0, 0], np.float32), np.array([0, 0, 1], np.float32))
    forward = axis - up * np.sum(axis * up, axis=1, keepdims=True)
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    right = np.cross(up, forward)
    turn = np.stack([right, up, forward], axis=1).astype(np.float32)  # [n, 3, 3]
    parts = [
        np.einsum("nij,ntj->nti", turn, frames[:, :, start : start + 3])
        for start in range(0, frames.shape[2], 3)
    ]
    parts[0][:, :, 1] -= length
    return np.concatenate(parts, axis=2).astype(np.float32)


def turning_path(aligned: Floats, *, frame_seconds: float) -> Floats:
    """Add up turning about up (to the side) and about right (up and down).

    Args:
      aligned: [n, frames, 6] float32 of `align`.
      frame_seconds: how long a frame lasts.

    Returns:
      [n, frames, 2] float32 in radians.
    """
    rates = aligned[:, :, [4, 3]]
    rates = rates - rates.mean(axis=1, keepdims=True, dtype=np.float32)
    return np.cumsum(rates * np.float32(frame_seconds), axis=1, dtype=np.float32)


def _stroke(path: Floats, floor: float) -> Floats:
    """Return [n, frames, 4]: the path centred and of size 1, and its steps times `STEP_SCALE`."""
    centred = path - path.mean(axis=1, keepdims=True, dtype=np.float32)
    size = np.sqrt((centred**2).sum(axis=2).mean(axis=1, dtype=np.float32))[:, None, None]
    scaled = centred / (size + np.float32(floor))
    steps = np.diff(scaled, axis=1, prepend=scaled[:, :1]) * np.float32(STEP_SCALE)
    return np.concatenate([scaled, steps], axis=2).astype(np.float32)
