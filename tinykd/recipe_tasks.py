"""The recipe of each task: what it adds to the shared one, and its limits."""

from __future__ import annotations

from typing import Literal

from tinykd.recipe import AudioRecipe, BudgetSection, Positive, Recipe
from tinykd.recipe_gesture import GestureRecipe


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


class AnomalyBudget(BudgetSection):
    """Limits of an anomaly model."""

    model_bytes: Positive = 10_000
    arena_bytes: Positive = 8_000


class AnomalyRecipe(Recipe):
    """Anomalies of a machine or a process, learnt from normal data alone."""

    task: Literal["anomaly"] = "anomaly"
    budget: AnomalyBudget = AnomalyBudget()


DEFAULT_TASK = "kws"  # of a recipe that names none

TASK_RECIPES: dict[str, type[Recipe]] = {
    "kws": KwsRecipe,
    "wakeword": WakewordRecipe,
    "gesture": GestureRecipe,
    "anomaly": AnomalyRecipe,
}
