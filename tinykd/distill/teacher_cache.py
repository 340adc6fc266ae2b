"""What the teacher says of every training view, said once and kept on disk.

A folder holds logits.npy, tap_0.npy, tap_1.npy... and manifest.json. It is
keyed by the features and the teachers' weights, so it is never another
teacher's; a teacher is run in inference form and its weights do not change.
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
from tinykd.distill.training import as_input, tap_layers

VERSION = 1
_BATCH = 512


@dataclass(frozen=True, kw_only=True)
class TeacherCache:
    """Memory maps of a teacher's words.

    logits: [views, n, classes] float32, averaged over the teachers.
    taps: each [views, n, time, channels] float16 of the first teacher, frequency pooled.
    """

    logits: npt.NDArray[np.float32]
    taps: tuple[npt.NDArray[np.float16], ...]


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
    features_digest: str,
    cache_dir: Path,
    progress: Progress,
) -> TeacherCache:
    """Return the teachers' outputs on every view, computed now or mapped from the cache.

    Args:
      teachers: Keras models with the same classes; more than one is an ensemble.
      features: [views, n, frames, bins] float16.
      features_digest: of `features`.
      cache_dir: holds `teachers/<digest>`.
      progress: told how many views of clips are done.
    """
    key = {"version": VERSION, "features": features_digest, "teachers": weights_digest(teachers)}
    taps = len(tap_layers(teachers[0]))

    def make(folder: Path) -> None:
        _make(folder, teachers, features, progress)
        storage.write_json(folder / "manifest.json", {**key, "taps": taps})

    def read(folder: Path) -> TeacherCache:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return TeacherCache(
            logits=np.load(folder / "logits.npy", mmap_mode="r"),
            taps=tuple(np.load(folder / f"tap_{tap}.npy", mmap_mode="r") for tap in range(manifest["taps"])),
        )

    return storage.cached_folder(cache_dir / "teachers" / storage.digest_of(key), make=make, read=read)


def _make(
    folder: Path, teachers: Sequence[Any], features: npt.NDArray[np.float16], progress: Progress
) -> None:
    views, clips = features.shape[:2]
    first = teachers[0]
    layers = tap_layers(first)
    pooled = [keras.layers.Lambda(lambda x: tf.reduce_mean(x, axis=2))(layer.output) for layer in layers]
    tapped = keras.Model(first.inputs, [first.output, *pooled])
    run = tf.function(lambda x: tapped(x, training=False), reduce_retracing=True)
    others = [tf.function(lambda x, t=t: t(x, training=False), reduce_retracing=True) for t in teachers[1:]]

    def file(name: str, dtype: type, shape: tuple[int, ...]) -> Any:
        return storage.new_array(folder / name, dtype=dtype, shape=(views, clips, *shape))

    logits = file("logits.npy", np.float32, (int(first.output_shape[-1]),))
    taps = [
        file(f"tap_{i}.npy", np.float16, tuple(int(d) for d in value.shape[1:]))
        for i, value in enumerate(pooled)
    ]
    for view in range(views):
        for start in range(0, clips, _BATCH):
            rows = slice(start, start + _BATCH)
            inputs = tf.constant(as_input(features[view, rows], first))
            own, *values = run(inputs)
            total = own.numpy()
            for other in others:
                total = total + other(inputs).numpy()
            logits[view, rows] = total / len(teachers)
            for array, value in zip(taps, values, strict=True):
                array[view, rows] = value.numpy()
        progress("teacher's outputs", (view + 1) * clips, views * clips)
