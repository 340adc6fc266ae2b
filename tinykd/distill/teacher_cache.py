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
from tinykd.datasets.clips import Progress
from tinykd.distill.tapped_teacher import BATCH, TappedTeacher
from tinykd.distill.taps import TapShape
from tinykd.distill.training import predictor
from tinykd.recipe import DistillSection

VERSION = 3


@dataclass(frozen=True, kw_only=True)
class TeacherCache:
    """Memory maps of a teacher's words.

    logits: [teachers, views, n, classes] float32.
    taps: each [views, n, time, bands, channels] float16 of the first teacher, in its main
      directions and divided by its root mean square.
    """

    logits: npt.NDArray[np.float32]
    taps: tuple[npt.NDArray[np.float16], ...]

    @property
    def tap_shapes(self) -> list[TapShape]:
        """Return (time, bands, channels) of each tap."""
        return [tap.shape[2:] for tap in self.taps]


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
      section: `tap_frames`, `tap_bands` and `tap_channels`, the most that is kept of a tap.
      features_digest: of `features`.
      cache_dir: holds `teachers/<digest>`.
      progress: told how many views of clips are done.
    """
    key = {
        "version": VERSION,
        "features": features_digest,
        "teachers": weights_digest(teachers),
        "tap_frames": section.tap_frames,
        "tap_bands": section.tap_bands,
        "tap_channels": section.tap_channels,
    }

    def make(folder: Path) -> None:
        taps = _make(folder, teachers, features, section, progress)
        storage.write_json(folder / "manifest.json", {**key, "taps": taps})

    def read(folder: Path) -> TeacherCache:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        taps = range(len(manifest["taps"]))
        return TeacherCache(
            logits=np.load(folder / "logits.npy", mmap_mode="r"),
            taps=tuple(np.load(folder / f"tap_{tap}.npy", mmap_mode="r") for tap in taps),
        )

    return storage.cached_folder(cache_dir / "teachers" / storage.digest_of(key), make=make, read=read)


def _make(
    folder: Path,
    teachers: Sequence[Any],
    features: npt.NDArray[np.float16],
    section: DistillSection,
    progress: Progress,
) -> list[dict[str, Any]]:
    """Write the arrays; return what was done to each tap."""
    views, clips = features.shape[:2]
    first, others = TappedTeacher(teachers[0], section), [predictor(teacher) for teacher in teachers[1:]]
    reductions = first.reductions(features[0], most=section.tap_channels)
    logits = storage.new_array(
        folder / "logits.npy", dtype=np.float32, shape=(len(teachers), views, clips, first.classes)
    )
    taps = [
        storage.new_array(
            folder / f"tap_{tap}.npy",
            dtype=np.float16,
            shape=(views, clips, *shape, reduction.directions.shape[1]),
        )
        for tap, (shape, reduction) in enumerate(zip(first.tap_shapes, reductions, strict=True))
    ]
    for view in range(views):
        for start in range(0, clips, BATCH):
            rows = slice(start, start + BATCH)
            own, values = first(features[view, rows])
            logits[0, view, rows] = own
            for member, other in enumerate(others, 1):
                logits[member, view, rows] = other(features[view, rows])
            for array, value, reduction in zip(taps, values, reductions, strict=True):
                array[view, rows] = reduction(value)
        progress("teacher's outputs", (view + 1) * clips, views * clips)
    return [
        {"name": name, "scale": reduction.scale, "kept": reduction.share}
        for name, reduction in zip(first.names, reductions, strict=True)
    ]
