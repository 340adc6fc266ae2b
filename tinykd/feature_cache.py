"""Features computed once: augmented views of the training clips, plain ones of the rest.

Training then only gathers rows from a memory map, so the front end and the
augmentation cost nothing per epoch, and teacher and student see the very same views. Clips
are augmented at the rate of the data set and then brought to the recipe's, so a teacher
with a wider band hears the very same sounds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.augment import augment_audio
from tinykd.augment.place import in_place, place_of
from tinykd.augment.room import room_bank
from tinykd.datasets.clips import AudioDataset, AudioSplit, Progress
from tinykd.datasets.wav import at_lower_rate
from tinykd.features import front_end
from tinykd.recipe import SoundRecipe

VERSION = 2  # raise it when the same recipe would give other features
_CLIPS_AT_ONCE = 2048
_STATISTICS_CLIPS = 4096


@dataclass(frozen=True, kw_only=True)
class CachedFeatures:
    """Standardised features: (log-mel - mean) / deviation, with two numbers for all bins.

    train: [views, n, frames, bins] float16 memory map; view 0 is not augmented.
    validation, test: [n, frames, bins] float32 memory maps.
    settings: the front end's numbers, with `mean` and `deviation`.
    """

    train: npt.NDArray[np.float16]
    validation: npt.NDArray[np.float32]
    test: npt.NDArray[np.float32]
    settings: dict[str, Any]
    digest: str


def cache_features(
    dataset: AudioDataset, *, recipe: SoundRecipe, cache_dir: Path, progress: Progress
) -> CachedFeatures:
    """Return the features of every split, computed now or mapped from the cache.

    Args:
      dataset: the clips, at the recipe's rate or a higher one.
      recipe: what is heard of them, and how they are augmented.
      cache_dir: holds `features/<digest>`.
      progress: told how many clips are done.
    """
    key = {
        "data": dataset.digest,
        "features": recipe.features.model_dump(mode="json"),
        "version": VERSION,
        "augment": recipe.augment.model_dump(mode="json"),
        "seed": recipe.seed,
    }
    if dataset.sample_rate_hz != recipe.dataset.sample_rate_hz:
        key["heard_hz"] = recipe.dataset.sample_rate_hz
    if (place := place_of(recipe)) != "recorded":
        key["place"] = place
    digest = storage.digest_of(key)
    return storage.cached_folder(
        cache_dir / "features" / digest,
        make=lambda folder: _make(folder, dataset, recipe=recipe, cache_dir=cache_dir, progress=progress),
        read=lambda folder: CachedFeatures(
            train=np.load(folder / "train.npy", mmap_mode="r"),
            validation=np.load(folder / "validation.npy", mmap_mode="r"),
            test=np.load(folder / "test.npy", mmap_mode="r"),
            settings=json.loads((folder / "settings.json").read_text(encoding="utf-8")),
            digest=digest,
        ),
    )


def standardised(
    audio: npt.NDArray[np.int16], *, recipe: SoundRecipe, settings: dict[str, Any]
) -> npt.NDArray[np.float32]:
    """Return what the model sees of plain clips at the recipe's rate: [n, frames, bins] float32."""
    features = front_end(recipe.features, recipe.dataset.sample_rate_hz)(audio)
    found: npt.NDArray[np.float32] = (features - np.float32(settings["mean"])) / np.float32(
        settings["deviation"]
    )
    return found


def _make(
    folder: Path, dataset: AudioDataset, *, recipe: SoundRecipe, cache_dir: Path, progress: Progress
) -> None:
    front = front_end(recipe.features, recipe.dataset.sample_rate_hz)
    train = dataset.splits["train"]
    sample = np.random.default_rng([recipe.seed, 0]).permutation(len(train))[:_STATISTICS_CLIPS]

    def plain(audio: npt.NDArray[np.int16], split: str) -> npt.NDArray[np.int16]:
        placed = in_place(np.asarray(audio), split, dataset=dataset, recipe=recipe, cache_dir=cache_dir)
        return _heard(placed, dataset, recipe)

    values = front(plain(train.audio[np.sort(sample)], "train"))
    settings = {**front.settings(), "mean": float(values.mean()), "deviation": float(values.std())}
    for name in ("validation", "test"):
        heard = plain(dataset.splits[name].audio, name)
        np.save(folder / f"{name}.npy", standardised(heard, recipe=recipe, settings=settings))
    _make_views(folder / "train.npy", train, dataset, recipe, settings, cache_dir, progress)
    storage.write_json(folder / "settings.json", settings)


def _make_views(
    path: Path,
    train: AudioSplit,
    dataset: AudioDataset,
    recipe: SoundRecipe,
    settings: dict[str, Any],
    cache_dir: Path,
    progress: Progress,
) -> None:
    section = recipe.augment
    rate_hz = recipe.dataset.sample_rate_hz
    frames = front_end(recipe.features, rate_hz).shape(
        train.audio.shape[1] * rate_hz // dataset.sample_rate_hz
    )
    views = storage.new_array(path, dtype=np.float16, shape=(section.views, len(train), *frames))
    rooms = None
    if section.room_chance > 0 and section.views > 1:
        rooms = room_bank(cache_dir, sample_rate_hz=dataset.sample_rate_hz)
    total, done = section.views * len(train), 0
    for view in range(section.views):
        for rows, rng in view_pieces(recipe, view, len(train)):
            audio = np.asarray(train.audio[rows])
            if view == 0:
                audio = in_place(
                    audio, "train", dataset=dataset, recipe=recipe, cache_dir=cache_dir, start=rows.start
                )
            else:
                audio = augment_audio(
                    audio,
                    section=section,
                    sample_rate_hz=dataset.sample_rate_hz,
                    noise=dataset.noise,
                    rooms=rooms,
                    rng=rng,
                )
            heard = _heard(audio, dataset, recipe)
            views[view, rows] = standardised(heard, recipe=recipe, settings=settings)
            done += len(audio)
            progress("augmented features", done, total)
    views.flush()


def view_pieces(recipe: SoundRecipe, view: int, clips: int) -> Iterator[tuple[slice, np.random.Generator]]:
    """Yield the rows of a view that are augmented at one time, with their random numbers."""
    for start in range(0, clips, _CLIPS_AT_ONCE):
        rows = slice(start, min(start + _CLIPS_AT_ONCE, clips))
        yield rows, np.random.default_rng([recipe.seed, view, start])


def _heard(audio: npt.NDArray[np.int16], dataset: AudioDataset, recipe: SoundRecipe) -> npt.NDArray[np.int16]:
    """Return clips of the data set at the recipe's rate."""
    from_hz, to_hz = dataset.sample_rate_hz, recipe.dataset.sample_rate_hz
    return audio if from_hz == to_hz else at_lower_rate(audio, from_hz=from_hz, to_hz=to_hz)
