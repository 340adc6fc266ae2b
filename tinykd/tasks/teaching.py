"""A run's teachers: trained here, or elsewhere with what they said in a container."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinykd import storage
from tinykd.distill import container
from tinykd.distill.methods import METHODS
from tinykd.errors import DataError, RecipeError
from tinykd.recipe import Recipe
from tinykd.recipe_sees import teacher_recipe

if TYPE_CHECKING:
    from tinykd.tasks.run import Run


def teacher_files(recipe: Recipe, folder: Path) -> list[Path]:
    """Return where a run's teachers are kept, the first one first."""
    count = recipe.teacher.members + len(recipe.teacher.others)
    return [folder / (f"teacher_{member}.keras" if member else "teacher.keras") for member in range(count)]


def files_of_teachers(recipe: Recipe, folder: Path) -> list[Path]:
    """Return all that training them leaves: the teachers, and the first one's phoneme head if it has one."""
    teachers = teacher_files(recipe, folder)
    return [*teachers, *([container.head_file(teachers[0])] if recipe.teacher.phonemes else [])]


def teach(run: Run[Any, Any], *, digest: str) -> list[Path]:
    """Train the run's teachers unless they stand; returns their files, or the container of what they said.

    Leaves teacher.json in the folder of stages, whose figures are the container's where there is one.
    """
    said = run.work / "teacher.json"
    if run.cached is not None:
        key = storage.digest_of([digest, storage.sha256_of_file(container.stand_in(run.cached))])
        figures = container.read_manifest(run.cached).figures
        run.stages.once("cached teacher", key, [said], lambda: storage.write_json(said, figures))
        return [run.cached]
    members, files = teacher_files(run.recipe, run.out), files_of_teachers(run.recipe, run.out)
    run.stages.once("teacher", digest, [*files, said], lambda: run.learner.teach(members, digest=digest))
    return members


def recipe_key(recipe: Recipe) -> dict[str, str | int]:
    """Return what a container must be of, as far as the recipe alone says it."""
    asked = recipe if recipe.distill.labels_of == "teacher" else teacher_recipe(recipe)
    return {
        "front_end": storage.digest_of(asked.features.model_dump(mode="json")),
        "augmentation": storage.digest_of(asked.augment.model_dump(mode="json")),
        "labels_of": recipe.distill.labels_of,
        "seed": recipe.seed,
        "teacher": storage.digest_of(recipe.teacher.model_dump(mode="json")),
        **container.settings_key(recipe.distill),
    }


def data_key(run: Run[Any, Any]) -> dict[str, str | int]:
    """Return what a container must be of besides: the data, and the features made of it."""
    asked = run if run.recipe.distill.labels_of == "teacher" else run.as_teacher
    return {"data": run.dataset.digest, "features": asked.features.digest}


def check_container(folder: Path, recipe: Recipe) -> None:
    """Refuse a container that is damaged, or that cannot teach this recipe's student.

    Raises:
      DataError: a damaged file, or a container of another teacher or front end.
      RecipeError: the recipe asks for what only the teacher itself can give.
    """
    cache = container.open_whole(folder)
    container.check_key(folder, cache.manifest, recipe_key(recipe))
    if not any(METHODS[name].asks_teacher for name in recipe.distill.methods):
        raise RecipeError("recipe [distill]", "no method asks a teacher", "a method that does, or tinykd run")
    if recipe.distill.start == "teacher":
        what = "start is 'teacher', and a cache has no weights"
        raise RecipeError("recipe [distill]", what, "start = 'fresh', or tinykd run where the teacher is")
    container.check_sums(cache)


def check_data(folder: Path, run: Run[Any, Any]) -> None:
    """Raise DataError unless the container was made of the run's data."""
    manifest = container.read_manifest(folder)
    container.check_key(folder, manifest, data_key(run))
    views, clips = run.features.train.shape[:2]
    if manifest.rows != views * clips:
        raise DataError(str(folder), f"it has {manifest.rows} rows", f"{views} views of {clips} examples")


def origin(run: Run[Any, Any]) -> dict[str, Any]:
    """Return `teacher_cache`, for metrics.json, of a run whose teacher is elsewhere."""
    if run.cached is None:
        return {}
    manifest = container.read_manifest(run.cached)
    return {"teacher_cache": {"weights": manifest.key["weights"], "made_by": manifest.made_by}}
