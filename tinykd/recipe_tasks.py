"""The recipe of each task: what it adds to the shared one, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from tinykd.recipe import (
    AudioRecipe,
    BudgetSection,
    Count,
    Fraction,
    Positive,
    Recipe,
    Section,
    SoundRecipe,
    SoundSection,
    StreamDetection,
)
from tinykd.recipe_anomaly import AnomalyRecipe
from tinykd.recipe_gesture import GestureRecipe

Hours = Annotated[float, Field(ge=0.0)]


class KwsRecipe(AudioRecipe):
    """Keyword spotting: which of some words a clip is."""

    task: Literal["kws"] = "kws"
    detection: StreamDetection = StreamDetection()


class WakewordBudget(BudgetSection):
    """Limits of a wake word."""

    model_bytes: Positive = 20_000
    arena_bytes: Positive = 24_000


class WakewordDataset(SoundSection):
    """Which phrase, and where recordings of it and of other things are."""

    name: str = "synthetic_wake"
    clip_ms: Positive = 1200  # a window, longer than the phrase
    phrase: str = "hey computer"
    negatives: tuple[
        str, ...
    ] = ()  # more folders of recordings without the phrase, seen from the data folder
    placements: Positive = 3  # training windows cut around each saying of the phrase
    every_ms: Positive = 1000  # one training window each so often from the sounds without it


class WakewordSynthetic(Section):
    """How much is made: sayings of the phrase, and hours without it, split by split."""

    train_phrases: Count = 1500
    validation_phrases: Count = 300  # only where there are no recordings of the phrase
    test_phrases: Count = 300  # likewise
    train_hours: Hours = 2.0
    validation_hours: Hours = 2.0
    test_hours: Hours = 2.0
    speech_share: Fraction = 0.70  # of the hours
    near_share: Fraction = 0.15  # of the training hours only
    noise_share: Fraction = 0.15
    near_hours: Hours = 0.2  # of near phrases alone, in validation and in test; counted apart from the rate
    seed: Count = 7


class MiningSection(Section):
    """Hard negatives: a small student trained for a few epochs says what it would fire at."""

    rounds: Count = 1
    clips: Positive = 2000  # at most, a round
    epochs: Positive = 4


class DetectionSection(Section):
    """From windows to detections; smoothing and threshold are chosen on validation."""

    accepts_per_hour: Annotated[float, Field(gt=0.0)] = 0.5  # wanted rate of false accepts
    hop_ms: Positive = 100
    smooth_hops: Annotated[tuple[Positive, ...], Field(min_length=1)] = (1, 2, 3, 4, 6)
    refractory_ms: Count = 1000


class WakewordRecipe(SoundRecipe):
    """Wake word: whether one phrase was just said."""

    task: Literal["wakeword"] = "wakeword"
    dataset: WakewordDataset = WakewordDataset()
    synthetic: WakewordSynthetic = WakewordSynthetic()
    mining: MiningSection = MiningSection()
    detection: DetectionSection = DetectionSection()
    budget: WakewordBudget = WakewordBudget()


DEFAULT_TASK = "kws"  # of a recipe that names none

TASK_RECIPES: dict[str, type[Recipe]] = {
    "kws": KwsRecipe,
    "wakeword": WakewordRecipe,
    "gesture": GestureRecipe,
    "anomaly": AnomalyRecipe,
}


def with_settings(recipe: Recipe, settings: Mapping[str, Any]) -> Recipe:
    """Return the recipe with other values at dotted keys."""
    plain = recipe.model_dump()
    for dotted, value in settings.items():
        *path, last = dotted.split(".")
        table = plain
        for key in path:
            table[key] = dict(table.get(key, {}))
            table = table[key]
        table[last] = value
    return TASK_RECIPES[recipe.task].model_validate(plain)
