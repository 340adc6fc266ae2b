"""What the teacher says of every training view, said once and kept on disk.

A folder holds logits.npy, tap_0.npy, tap_1.npy... and manifest.json. It is
keyed by the features and the teachers' weights, so it is never another
teacher's; a teacher is run in inference form and its weights do not change.

A tap is kept small, so that a tiny student's step is not spent on reading its
teacher: frequency is pooled, time averaged, each frame brought to unit length
and then to its main directions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd._keras import keras, tf
from tinykd.datasets.clips import Progress
from tinykd.distill.losses import resample_time
from tinykd.distill.training import as_input, tap_layers
from tinykd.recipe import DistillSection

VERSION = 2
_BATCH = 512
_BASIS_CLIPS = 1024  # whose frames the main directions are found on


@dataclass(frozen=True, kw_only=True)
class TeacherCache:
    """Memory maps of a teacher's words.

    logits: [views, n, classes] float32, averaged over the teachers.
    taps: each [views, n, time, channels] float16 of the first teacher: unit frames in their main
      directions, so their length, at most 1, is what the directions keep of them.
    """

    logits: npt.NDArray[np.float32]
    taps: tuple[npt.NDArray[np.float16], ...]

    @property
    def tap_shapes(self) -> list[tuple[int, int]]:
        """Return (time, channels) of each tap."""
        return [(int(tap.shape[2]), int(tap.shape[3])) for tap in self.taps]


def weights_digest(teachers: Sequence[Any]) -> str:
    """Return a digest of the teachers' weights, bit for bit."""
    digest = hashlib.sha256()
    for teacher in teachers:
        for weight in teacher.get_weights():
            digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()[:16]


def cache_teacher(
    teachers: Sequence[Any],
    features: npt.NDArray[np.float16],
    *,
    section: DistillSection,
    features_digest: str,
    cache_dir: Path,
    progress: Progress,
) -> TeacherCache:
    """Return the teachers' outputs on every view, computed now or mapped from the cache.

    Args:
      teachers: Keras models with the same classes; more than one is an ensemble.
      features: [views, n, frames, bins] float16.
      section: `tap_frames` and `tap_channels`, the most that is kept of a tap.
      features_digest: of `features`.
      cache_dir: holds `teachers/<digest>`.
      progress: told how many views of clips are done.
    """
    key = {
        "version": VERSION,
        "features": features_digest,
        "teachers": weights_digest(teachers),
        "tap_frames": section.tap_frames,
        "tap_channels": section.tap_channels,
    }

    def make(folder: Path) -> None:
        kept = _make(folder, teachers, features, section, progress)
        storage.write_json(folder / "manifest.json", {**key, "kept": kept})

    def read(folder: Path) -> TeacherCache:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        taps = range(len(manifest["kept"]))
        return TeacherCache(
            logits=np.load(folder / "logits.npy", mmap_mode="r"),
            taps=tuple(np.load(folder / f"tap_{tap}.npy", mmap_mode="r") for tap in taps),
        )

    return storage.cached_folder(cache_dir / "teachers" / storage.digest_of(key), make=make, read=read)


def main_directions(frames: npt.NDArray[Any], most: int) -> tuple[npt.NDArray[np.float64], float]:
    """Return the directions that keep most of the frames' squared length, and the share they keep.

    Not centred: it is the inner products of frames that are to survive.

    Args:
      frames: [n, channels].
      most: directions, at least 1; all channels where there are no more.

    Returns:
      ([channels, directions] float64 with orthonormal columns, share in 0..1).

    Source: Eckart and Young 1936, the best approximation of lower rank.
    """
    frames = np.asarray(frames, np.float64)
    channels = frames.shape[1]
    if channels <= most:
        return np.eye(channels), 1.0
    lengths, directions = np.linalg.eigh(frames.T @ frames)
    directions = directions[:, ::-1][:, :most]
    largest = np.abs(directions).argmax(axis=0)
    directions = directions * np.sign(directions[largest, np.arange(most)])  # either sign is an eigenvector
    return directions, float(lengths[::-1][:most].sum() / max(lengths.sum(), 1e-30))


def _make(
    folder: Path,
    teachers: Sequence[Any],
    features: npt.NDArray[np.float16],
    section: DistillSection,
    progress: Progress,
) -> list[float]:
    """Write the arrays; return the share of each tap that its main directions keep."""
    views, clips = features.shape[:2]
    first = teachers[0]
    units = [keras.layers.Lambda(_unit_frames(section))(layer.output) for layer in tap_layers(first)]
    tapped = keras.Model(first.inputs, [first.output, *units])
    run = tf.function(lambda x: tapped(x, training=False), reduce_retracing=True)
    others = [tf.function(lambda x, t=t: t(x, training=False), reduce_retracing=True) for t in teachers[1:]]

    def inputs(view: int, rows: slice) -> Any:
        return tf.constant(as_input(features[view, rows], first))

    sample = [
        run(inputs(0, slice(start, start + _BATCH)))[1:]
        for start in range(0, clips, _BATCH)[: _BASIS_CLIPS // _BATCH]
    ]
    found = [
        main_directions(
            np.concatenate([part[tap] for part in sample]).reshape(-1, unit.shape[-1]), section.tap_channels
        )
        for tap, unit in enumerate(units)
    ]

    def file(name: str, dtype: type, shape: tuple[int, ...]) -> Any:
        return storage.new_array(folder / name, dtype=dtype, shape=(views, clips, *shape))

    logits = file("logits.npy", np.float32, (int(first.output_shape[-1]),))
    taps = [
        file(f"tap_{tap}.npy", np.float16, (int(unit.shape[1]), basis.shape[1]))
        for tap, (unit, (basis, _)) in enumerate(zip(units, found, strict=True))
    ]
    for view in range(views):
        for start in range(0, clips, _BATCH):
            rows = slice(start, start + _BATCH)
            clip = inputs(view, rows)
            own, *values = run(clip)
            total = own.numpy()
            for other in others:
                total = total + other(clip).numpy()
            logits[view, rows] = total / len(teachers)
            for array, value, (basis, _) in zip(taps, values, found, strict=True):
                array[view, rows] = value.numpy() @ basis.astype(np.float32)
        progress("teacher's outputs", (view + 1) * clips, views * clips)
    return [share for _, share in found]


def _unit_frames(section: DistillSection) -> Any:
    """Return a function from a tap [batch, time, frequency, channels] to [batch, frames, channels]."""

    def reduce(tap: Any) -> Any:
        frames = tf.reduce_mean(tap, axis=2)
        frames = resample_time(frames, min(int(frames.shape[1]), section.tap_frames))
        return tf.math.l2_normalize(frames, axis=-1, epsilon=1e-8)

    return reduce
