"""Keyword spotting: which of some words a clip is."""

from __future__ import annotations

from tinykd.recipe_tasks import KwsRecipe
from tinykd.tasks.audio import AudioClassifier


class Kws(AudioClassifier[KwsRecipe]):
    """Words, and where wanted a class for silence and one for every other word."""


TASK = Kws()
