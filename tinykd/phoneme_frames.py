"""Which phoneme each frame of the cached features is of: the clips' times, moved as their views were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.augment.chain import time_changes
from tinykd.datasets.clips import AudioDataset, AudioSplit, Phoneme
from tinykd.datasets.sounds import SOUNDS, sounds_at
from tinykd.errors import DataError
from tinykd.feature_cache import CachedFeatures, view_pieces
from tinykd.features import front_end
from tinykd.recipe import SoundRecipe

_VERSION = 1  # raise it when the same recipe would give other labels


@dataclass(frozen=True, kw_only=True)
class PhonemeFrames:
    """Places in `sounds.CLASSES`, `sounds.UNKNOWN` in clips that nobody stamped.

    train: [views, n, frames] uint8 memory map, of `CachedFeatures.train`.
    validation: [n, frames] uint8 memory map.
    """

    train: npt.NDArray[np.uint8]
    validation: npt.NDArray[np.uint8]


def cache_phonemes(
    dataset: AudioDataset, *, recipe: SoundRecipe, features: CachedFeatures, cache_dir: Path
) -> PhonemeFrames:
    """Return the sound at the middle of every frame, computed now or mapped from the cache.

    Speed and shift move a sound in time; pitch, rooms, noise and microphones do not.

    Args:
      dataset: as `cache_features` had it.
      recipe: likewise.
      features: what it made of them.
      cache_dir: holds `phonemes/<digest>`.

    Raises:
      DataError: nobody knows the phonemes of any training clip.
    """
    if not any(stamps is not None for stamps in dataset.splits["train"].phonemes or ()):
        what = "nobody knows the phonemes of its training clips, and [teacher] phonemes is above 0"
        raise DataError(dataset.name, what, "synthetic speech, alone or beside recordings, or phonemes = 0")
    digest = storage.digest_of([_VERSION, SOUNDS, features.digest])
    return storage.cached_folder(
        cache_dir / "phonemes" / digest,
        make=lambda folder: _make(folder, dataset, recipe, features),
        read=lambda folder: PhonemeFrames(
            train=np.load(folder / "train.npy", mmap_mode="r"),
            validation=np.load(folder / "validation.npy", mmap_mode="r"),
        ),
    )


def frame_middles_s(recipe: SoundRecipe, *, frames: int) -> npt.NDArray[np.float64]:
    """Return the middle of each frame's window, [frames] seconds from the clip's first sample."""
    rate_hz = recipe.dataset.sample_rate_hz
    settings = front_end(recipe.features, rate_hz).settings()
    middles = np.arange(frames) * settings["hop_samples"] + (settings["window_samples"] - 1) / 2
    return np.asarray(middles / rate_hz)


def _make(folder: Path, dataset: AudioDataset, recipe: SoundRecipe, features: CachedFeatures) -> None:
    train, validation = dataset.splits["train"], dataset.splits["validation"]
    views, clips, frames = features.train.shape[:3]
    middles_s = frame_middles_s(recipe, frames=frames)
    labels = storage.new_array(folder / "train.npy", dtype=np.uint8, shape=(views, clips, frames))
    times_s = np.stack([_heard_s(view, dataset, recipe, middles_s) for view in range(views)])
    for clip, phonemes in enumerate(_stamps(train)):
        labels[:, clip] = sounds_at(phonemes, times_s[:, clip])
    labels.flush()
    plain = [sounds_at(phonemes, middles_s) for phonemes in _stamps(validation)]
    np.save(folder / "validation.npy", np.stack(plain) if plain else np.empty((0, frames), np.uint8))


def _stamps(split: AudioSplit) -> Sequence[tuple[Phoneme, ...] | None]:
    return (None,) * len(split) if split.phonemes is None else split.phonemes


def _heard_s(
    view: int, dataset: AudioDataset, recipe: SoundRecipe, middles_s: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return which second of its clip each frame of a view is of: [n, frames]."""
    clips, samples = dataset.splits["train"].audio.shape
    rate_hz = dataset.sample_rate_hz
    speed, shift = np.ones(clips), np.zeros(clips)
    if view > 0:
        for rows, rng in view_pieces(recipe, view, clips):
            speed[rows], shift[rows] = time_changes(
                recipe.augment, rows.stop - rows.start, sample_rate_hz=rate_hz, rng=rng
            )
    middle_s = (samples - 1) / 2 / rate_hz
    since_middle_s = middles_s - middle_s - shift[:, None] / rate_hz
    return np.asarray(middle_s + since_middle_s * speed[:, None])
