"""The options of a run, as the recipe they choose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tinykd.errors import RecipeError

if TYPE_CHECKING:
    from tinykd.recipe import Recipe


def chosen_recipe(task: str, *, dataset: str | None, settings: Sequence[str]) -> tuple[Recipe, str]:
    """Return the recipe that the options choose, and the name of its run folder.

    Raises:
      RecipeError: for an unknown recipe, key, value, data set, model or method.
    """
    from tinykd.datasets import DATASETS
    from tinykd.distill.methods import METHODS
    from tinykd.models import MODELS
    from tinykd.recipe_file import load_recipe

    own = load_recipe(task, settings)
    recipe = own
    if dataset is not None:
        recipe = load_recipe(task, [*settings, f'dataset.name="{dataset}"'])
    _known("--dataset" if dataset else f"{task} [dataset] name", recipe.dataset.name, DATASETS)
    _known(f"{task} [teacher] model", recipe.teacher.model, MODELS)
    _known(f"{task} [student] model", recipe.student.model, MODELS)
    for method in recipe.distill.methods:
        _known(f"{task} [distill] methods", method, METHODS)
    name = Path(task).stem
    return recipe, name if recipe.dataset.name == own.dataset.name else f"{name}-{recipe.dataset.name}"


def _known(where: str, name: str, table: Iterable[str]) -> None:
    if name not in (names := sorted(table)):
        raise RecipeError(where, f"unknown name '{name}'", f"known: {', '.join(names)}")
