"""Keyword spotting: which of some words a clip is."""

from __future__ import annotations

from tinykd.datasets.clips import AudioDataset
from tinykd.errors import RecipeError
from tinykd.recipe_tasks import KwsRecipe
from tinykd.tasks.audio import AudioClassifier


class Kws(AudioClassifier[KwsRecipe]):
    """Words, and where wanted a class for silence and one for every other word."""

    def settled(self, recipe: KwsRecipe, dataset: AudioDataset) -> KwsRecipe:
        """Return the recipe with the words that the data set chose where the recipe left that open."""
        if len(dataset.classes) < 2:
            what = f"there is one class, {dataset.classes[0]!r}"
            raise RecipeError("recipe [dataset]", what, "two or more of words, silence and unknown")
        words = tuple(name for name in dataset.classes if not name.startswith("_"))
        section = recipe.dataset.model_copy(update={"words": words})
        return recipe.model_copy(update={"dataset": section})


TASK = Kws()
