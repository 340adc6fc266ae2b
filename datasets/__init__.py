"""Data sets: one module each, listed in one table; those of one sensor leave in one form."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tinykd.errors import RecipeError

if TYPE_CHECKING:  # listing the data sets needs neither numpy nor the recipe's models
    from tinykd.datasets.clips import Progress
    from tinykd.datasets.splits import Dataset
    from tinykd.recipe import AudioRecipe, Recipe

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class DatasetEntry:
    """A row of `DATASETS`.

    description: one line for a list.
    module: has `load`; imported when the data set is asked for.
    card: for `cards.read_card`.
    sensor: what it is a recording of: `audio` (clips of words), `wake` (hours of sound), `imu`, `machine`.
    embedded: made on this machine, needs no data.
    phonemes: whether it knows what is said when, phoneme by phoneme.
    """

    description: str
    module: str
    card: str
    sensor: str = "audio"
    embedded: bool = False
    phonemes: bool = False


DATASETS: dict[str, DatasetEntry] = {
    "synthetic_speech": DatasetEntry(
        description="any words, spoken by espeak-ng on this machine; needs no data",
        module="tinykd.datasets.synthetic_speech",
        card="synthetic_speech",
        embedded=True,
        phonemes=True,
    ),
    "speech_commands": DatasetEntry(
        description="real voices: Google Speech Commands, downloaded or from --data-dir",
        module="tinykd.datasets.speech_commands",
        card="speech_commands",
    ),
    "fsdd": DatasetEntry(
        description="real voices: ten spoken digits at 8 kHz, from --data-dir",
        module="tinykd.datasets.fsdd",
        card="fsdd",
    ),
    "machine_vibration": DatasetEntry(
        description="simulated machines under an accelerometer, with four faults; needs no data",
        module="tinykd.datasets.machine_vibration",
        card="machine_vibration",
        sensor="machine",
        embedded=True,
    ),
    "fan_vibration": DatasetEntry(
        description="a real fan under a 3-axis accelerometer, from --data-dir",
        module="tinykd.datasets.fan_vibration",
        card="fan_vibration",
        sensor="machine",
    ),
    "skab": DatasetEntry(
        description="a real water-circulation test bed, eight process sensors, from --data-dir",
        module="tinykd.datasets.skab",
        card="skab",
        sensor="machine",
    ),
    "nab_temperature": DatasetEntry(
        description="a real machine's temperature over 79 days, from --data-dir",
        module="tinykd.datasets.nab_temperature",
        card="nab_temperature",
        sensor="machine",
    ),
    "machine_sound": DatasetEntry(
        description="real machine sounds in the folders of ToyADMOS and MIMII, from --data-dir",
        module="tinykd.datasets.machine_sound",
        card="machine_sound",
        sensor="machine",
    ),
    "sensor_csv": DatasetEntry(
        description="your own sensor recordings as CSV, from --data-dir",
        module="tinykd.datasets.sensor_csv",
        card="sensor_csv",
        sensor="machine",
    ),
    "synthetic_strokes": DatasetEntry(
        description="gestures of a simulated hand with a 6-axis sensor; needs no data",
        module="tinykd.datasets.synthetic_strokes",
        card="synthetic_strokes",
        sensor="imu",
        embedded=True,
    ),
    "imu_digits": DatasetEntry(
        description="real motion: digits drawn in the air with a phone, from --data-dir",
        module="tinykd.datasets.imu_digits",
        card="imu_digits",
        sensor="imu",
    ),
    "wrist_activity": DatasetEntry(
        description="real motion: five activities of 17 people with a watch, from --data-dir",
        module="tinykd.datasets.wrist_activity",
        card="wrist_activity",
        sensor="imu",
    ),
    "wand_strokes": DatasetEntry(
        description="real motion: digits drawn with a wand, as points, from --data-dir",
        module="tinykd.datasets.wand_strokes",
        card="wand_strokes",
        sensor="imu",
    ),
    "magic_wand": DatasetEntry(
        description="real motion: wing, ring, slope and others, 3 axes, downloaded or from --data-dir",
        module="tinykd.datasets.magic_wand",
        card="magic_wand",
        sensor="imu",
    ),
    "uci_har": DatasetEntry(
        description="real motion: six activities of 30 people with a phone, from --data-dir",
        module="tinykd.datasets.uci_har",
        card="uci_har",
        sensor="imu",
    ),
    "imu_folder": DatasetEntry(
        description="your own recordings: a folder of CSV files, from --data-dir",
        module="tinykd.datasets.imu_folder",
        card="imu_folder",
        sensor="imu",
    ),
    "synthetic_wake": DatasetEntry(
        description="a wake phrase and hours of other sounds, made on this machine; needs no data",
        module="tinykd.datasets.wake_word",
        card="synthetic_speech",
        sensor="wake",
        embedded=True,
    ),
    "wake_recordings": DatasetEntry(
        description="recordings of a wake phrase and of other words, from --data-dir: one folder a word",
        module="tinykd.datasets.wake_word",
        card="wake_recordings",
        sensor="wake",
    ),
}


def load_dataset(
    recipe: Recipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str] = SPLITS,
    progress: Progress | None = None,
) -> Dataset:
    """Load the data set that `recipe.dataset.name` names.

    Args:
      recipe: the whole recipe; a loader reads the sections it needs.
      data_dir: where the person says the data is; None for the data set's own place.
      cache_dir: for all that is made once.
      splits: which of train, validation and test.
      progress: told what is done, and how much of it.

    Returns:
      The data set with the wanted splits.

    Raises:
      RecipeError: there is no data set of that name.
      DataError: the data cannot be used.
    """
    entry = DATASETS.get(recipe.dataset.name)
    if entry is None:
        raise RecipeError(
            "dataset.name", f"no data set '{recipe.dataset.name}'", "one of " + ", ".join(DATASETS)
        )
    module = importlib.import_module(entry.module)
    loaded = module.load(recipe, data_dir=data_dir, cache_dir=cache_dir, splits=splits, progress=progress)
    made_up = getattr(recipe.dataset, "synthetic_clips", 0)
    if made_up and "train" in splits and recipe.dataset.name != "synthetic_speech":
        from tinykd.datasets.synthetic_addition import with_synthetic_clips

        loaded = with_synthetic_clips(
            loaded, cast("AudioRecipe", recipe), cache_dir=cache_dir, progress=progress
        )
    return cast("Dataset", loaded)
