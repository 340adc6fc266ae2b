"""The recipe of each task: what it adds to the shared one, and its limits."""

from __future__ import annotations

from typing import Literal

from tinykd.recipe import AudioRecipe, BudgetSection, Positive, Recipe
from tinykd.recipe_anomaly import AnomalyRecipe


class KwsRecipe(AudioRecipe):
    """Keyword spotting: which of some words a clip is."""

    task: Literal["kws"] = "kws"


class WakewordBudget(BudgetSection):
    """Limits of a wake word."""

    model_bytes: Positive = 20_000
    arena_bytes: Positive = 24_000


class WakewordRecipe(AudioRecipe):
    """Wake word: whether one phrase was just said."""

    task: Literal["wakeword"] = "wakeword"
    budget: WakewordBudget = WakewordBudget()


class GestureBudget(BudgetSection):
    """Limits of a gesture model."""

    model_bytes: Positive = 30_000
    arena_bytes: Positive = 16_000


class GestureRecipe(Recipe):
    """Gestures and activities from an inertial sensor."""

    task: Literal["gesture"] = "gesture"
    budget: GestureBudget = GestureBudget()


DEFAULT_TASK = "kws"  # of a recipe that names none

TASK_RECIPES: dict[str, type[Recipe]] = {
    "kws": KwsRecipe,
    "wakeword": WakewordRecipe,
    "gesture": GestureRecipe,
    "anomaly": AnomalyRecipe,
}
