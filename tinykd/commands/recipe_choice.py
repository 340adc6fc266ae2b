"""The options of a run, as the recipe they choose."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tinykd.errors import RecipeError

if TYPE_CHECKING:
    from tinykd.recipe import Recipe


def chosen_recipe(task: str, *, dataset: str | None, settings: Sequence[str]) -> tuple[Recipe, str]:
    """Return the recipe that the options choose, and the name of its run folder.

    Where tinykd has a recipe TASK-DATASET, that one is made for the data set and is used.

    Raises:
      RecipeError: for an unknown recipe, key, value, data set, model or method.
    """
    from tinykd.distill.methods import METHODS
    from tinykd.models import MODELS
    from tinykd.recipe_file import load_recipe, recipe_names
    from tinykd.tasks import TASKS, datasets_of

    if dataset is not None and f"{task}-{dataset}" in recipe_names():
        task = f"{task}-{dataset}"
    recipe = load_recipe(task, settings)
    name = Path(task).stem
    file = f"{name}.toml"
    _known(file, ("task",), recipe.task, TASKS)
    datasets = datasets_of(recipe.task)
    _known(file, ("dataset", "name"), recipe.dataset.name, datasets)
    _known(file, ("teacher", "model"), recipe.teacher.model, MODELS)
    _known(file, ("student", "model"), recipe.student.model, MODELS)
    for method in recipe.distill.methods:
        _known(file, ("distill", "methods"), method, METHODS)
    if dataset is None or dataset == recipe.dataset.name:
        return recipe, name
    if dataset not in datasets:
        raise RecipeError(
            "--dataset", f"unknown data set '{dataset}'", f"allowed: {', '.join(sorted(datasets))}"
        )
    section = recipe.dataset.model_copy(update={"name": dataset})
    return recipe.model_copy(update={"dataset": section}), f"{name}-{dataset}"


def run_or_recipe(place: str, *, dataset: str | None, settings: Sequence[str]) -> tuple[Recipe, Path]:
    """Return the recipe that a run folder or the options choose, and the run folder.

    Raises:
      RecipeError: as `chosen_recipe`, or for a folder that is no run.
    """
    folder, lock = Path(place), Path(place) / "recipe.lock.toml"
    if not folder.is_dir():
        recipe, name = chosen_recipe(place, dataset=dataset, settings=settings)
        return recipe, Path("runs") / name
    if not lock.is_file():
        raise RecipeError(place, f"it has no {lock.name}", "a run folder, a recipe's name, or a .toml file")
    return chosen_recipe(str(lock), dataset=dataset, settings=settings)[0], folder


def _known(file: str, key: tuple[str, ...], name: str, table: Collection[str]) -> None:
    from tinykd.recipe_errors import fault

    if name not in table:
        raise fault(file, key, f"names '{name}', which is unknown", ", ".join(sorted(table)))
