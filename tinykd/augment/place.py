"""Where a device hears: clips on their way to the microphone, validation and test clips as well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.augment.chain import augment_audio
from tinykd.augment.room import room_bank
from tinykd.datasets.clips import AudioDataset
from tinykd.recipe import AugmentSection, SoundRecipe

# Rooms are drawn apart for each split, like voices and noise; training's are those of its views.
_ROOM_SEEDS = {"train": 11, "validation": 12, "test": 13}
_SEED = 5  # the clips are the same for every seed of a training
# The speaker and the moment stay: they are the recording's own.
_STAY: dict[str, Any] = {"speed": (1.0, 1.0), "pitch_semitones": (0.0, 0.0), "shift_ms": 0}


def place_of(recipe: SoundRecipe) -> str:
    """Return where a recipe's device hears: recorded (as the clips are), or rooms."""
    return str(getattr(recipe.dataset, "place", "recorded"))


def in_place(
    audio: npt.NDArray[np.int16],
    split: str,
    *,
    dataset: AudioDataset,
    recipe: SoundRecipe,
    cache_dir: Path,
    start: int = 0,
) -> npt.NDArray[np.int16]:
    """Return clips of a split where the recipe's device hears them: [n, samples] int16.

    Args:
      audio: [n, samples] int16, as they were recorded.
      split: train, validation or test; each has rooms and noise of its own.
      dataset: has the noise.
      recipe: its `dataset.place`, and its [augment] for how loud room, noise and microphone are.
      cache_dir: holds the rooms.
      start: of the clips' place in the split, where it comes in pieces.

    Raises:
      DataError: noise is asked for, and the data set has none for this split.
    """
    if place_of(recipe) == "recorded":
        return audio
    section: AugmentSection = recipe.augment.model_copy(update=_STAY)
    rooms, seed = None, _ROOM_SEEDS[split]
    if section.room_chance > 0:
        rooms = room_bank(cache_dir, sample_rate_hz=dataset.sample_rate_hz, seed=seed)
    return augment_audio(
        audio,
        section=section,
        sample_rate_hz=dataset.sample_rate_hz,
        noise=dataset.noise if split == "train" else dataset.other_noise.get(split, []),
        rooms=rooms,
        rng=np.random.default_rng([_SEED, seed, start]),
    )
