"""What the teachers say of every training view, said once and kept in a container.

Teachers are run in inference form and their weights do not change. With
[distill] `up_to` the first one is run as far as that tap alone, and there are no logits.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.datasets.clips import Progress
from tinykd.distill import container
from tinykd.distill.container import BESIDE, FRAMES, LOGITS, Arrays, Entry, Key, Manifest, Tap, TeacherCache
from tinykd.distill.phoneme_head import PhonemeHead
from tinykd.distill.tapped_teacher import BATCH, Reduction, TappedTeacher, finite, up_to_tap
from tinykd.distill.training import predictor
from tinykd.errors import DataError
from tinykd.recipe import DistillSection

_ROWS_A_MARK = 8 * BATCH  # what a kill costs at most


def weights_digest(teachers: Sequence[Any]) -> str:
    """Return a digest of the teachers' weights, bit for bit."""
    digest = hashlib.sha256()
    for teacher in teachers:
        for weight in teacher.get_weights():
            digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()[:16]


def asked(teachers: Sequence[Any], section: DistillSection) -> list[Any]:
    """Return the teachers as far as they are asked: whole, or the first one up to a tap."""
    return [up_to_tap(teachers[0], section.up_to)] if section.up_to else list(teachers)


def cache_teacher(
    teachers: Sequence[Any],
    features: npt.NDArray[np.float16],
    *,
    section: DistillSection,
    features_digest: str,
    cache_dir: Path,
    progress: Progress,
    head: PhonemeHead | None = None,
) -> TeacherCache:
    """Return the teachers' outputs on every view, computed now or mapped from the cache.

    Args:
      teachers: Keras models with the same classes; taps are of the first.
      features: [views, n, frames, bins] float16.
      section: `tap_frames`, `tap_bands` and `tap_channels`, the most that is kept of a tap, and `up_to`.
      features_digest: of `features`.
      cache_dir: holds `teachers/<digest>`.
      progress: told how many views of clips are done.
      head: of the first teacher, whose last tap must be asked for.
    """
    teachers = asked(teachers, section)
    key = {"features": features_digest, **_said_key(teachers, section, head)}
    folder = cache_dir / "teachers" / storage.digest_of([container.VERSION, key])
    with contextlib.suppress(DataError):
        return container.open_whole(folder)
    with storage.one_at_a_time(folder):
        try:
            manifest = container.read_manifest(folder)
            container.open_arrays(folder, manifest)
        except DataError:  # none yet, or damaged: the cache is ours to make again
            manifest = _begin(folder, teachers, features, section, key, {}, {}, head)
        _fill(folder, manifest, teachers, features, section, progress, head)
    return container.open_whole(folder)


def write_container(
    folder: Path,
    teachers: Sequence[Any],
    features: npt.NDArray[np.float16],
    *,
    section: DistillSection,
    key: Key,
    figures: dict[str, Any],
    beside: Arrays,
    progress: Progress,
    head: PhonemeHead | None = None,
) -> TeacherCache:
    """Fill the container of that name, or go on filling it; nothing that lies there is ever lost.

    Args:
      folder: new, or what an earlier call with the same key left.
      teachers: as in `cache_teacher`.
      features: as in `cache_teacher`.
      section: as in `cache_teacher`.
      key: what the teachers are and were shown; their weights and the settings are added.
      figures: of the teachers, for reports.
      beside: float32 arrays that a task wants of the teachers besides, by name.
      progress: told how many views of clips are done.
      head: as in `cache_teacher`.

    Raises:
      DataError: something else lies there, or a damaged container.
    """
    teachers = asked(teachers, section)
    key = {**key, **_said_key(teachers, section, head)}
    with storage.one_at_a_time(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            manifest = container.read_manifest(folder)
            container.check_key(folder, manifest, key)
            if manifest.whole:
                cache = container.open_whole(folder)
                container.check_sums(cache)
                return cache
            container.open_arrays(folder, manifest)
        else:
            manifest = _begin(folder, teachers, features, section, key, figures, beside, head)
        _fill(folder, manifest, teachers, features, section, progress, head)
    return container.open_whole(folder)


def _said_key(
    teachers: Sequence[Any], section: DistillSection, head: PhonemeHead | None
) -> dict[str, str | int]:
    """Return what a container's key says of the teachers themselves."""
    said = {"weights": weights_digest(teachers), **container.settings_key(section)}
    return said if head is None else {**said, "phoneme_head": head.digest}


def _begin(
    folder: Path,
    teachers: Sequence[Any],
    features: npt.NDArray[np.float16],
    section: DistillSection,
    key: Key,
    figures: dict[str, Any],
    beside: Arrays,
    head: PhonemeHead | None,
) -> Manifest:
    views, clips = features.shape[:2]
    first = TappedTeacher(teachers[0], section, head=head)
    reductions = first.reductions(features[0], most=section.tap_channels)
    entries, filled = {}, {}
    if not section.up_to:
        entries[LOGITS] = Entry(dtype="<f4", shape=(len(teachers), views, clips, first.classes))
    if head is not None:
        entries[FRAMES] = Entry(dtype="<f2", shape=(views, clips, first.said_frames))
    for place, (shape, reduction) in enumerate(zip(first.tap_shapes, reductions, strict=True)):
        channels = reduction.directions.shape[1]
        entries[container.tap_file(place)] = Entry(dtype="<f2", shape=(views, clips, *shape, channels))
        filled[container.directions_file(place)] = reduction.directions
    filled |= {f"{BESIDE}{name}.npy": np.asarray(array, np.float32) for name, array in beside.items()}
    entries |= {name: Entry(dtype="<f4", shape=array.shape) for name, array in filled.items()}
    manifest = Manifest(
        key=dict(key),
        figures=figures,
        taps=tuple(
            Tap(layer=name, scale=reduction.scale, share=reduction.share)
            for name, reduction in zip(first.names, reductions, strict=True)
        ),
        rows=views * clips,
        arrays=entries,
    )
    container.begin(folder, manifest, filled)
    return manifest


def _fill(
    folder: Path,
    manifest: Manifest,
    teachers: Sequence[Any],
    features: npt.NDArray[np.float16],
    section: DistillSection,
    progress: Progress,
    head: PhonemeHead | None,
) -> None:
    """Fill the rows that are not there yet, in order, and mark from time to time how many are."""
    clips = features.shape[1]
    first = TappedTeacher(teachers[0], section, head=head)
    others = [] if section.up_to else [predictor(teacher) for teacher in teachers[1:]]
    arrays = container.open_arrays(folder, manifest, mode="r+")
    reductions = [
        Reduction(
            directions=np.array(arrays[container.directions_file(place)]), scale=tap.scale, share=tap.share
        )
        for place, tap in enumerate(manifest.taps)
    ]
    done = manifest.rows_done
    while not manifest.whole:
        mark = min(done // clips * clips + clips, done + _ROWS_A_MARK, manifest.rows)
        while done < mark:
            view, start = divmod(done, clips)
            rows = slice(start, min(start + BATCH, clips))
            said, values, sure = first(features[view, rows])
            if not section.up_to:
                for member, logits in enumerate([said, *(other(features[view, rows]) for other in others)]):
                    arrays[LOGITS][member, view, rows] = finite(logits)
            for place, (value, reduction) in enumerate(zip(values, reductions, strict=True)):
                arrays[container.tap_file(place)][view, rows] = reduction(value)
            if sure is not None:
                arrays[FRAMES][view, rows] = sure
            done += rows.stop - rows.start
        for array in arrays.values():  # what is marked as done must have reached the disk
            array.flush()
        manifest = container.advance(folder, manifest, done)
        progress("teacher's outputs", done, manifest.rows)
