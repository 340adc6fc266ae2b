"""A run from recipe to proven C, stage by stage; each stage is skipped when its result stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinykd import storage
from tinykd.budget import explain
from tinykd.distill.container import TeacherCache
from tinykd.errors import CheckFailed
from tinykd.recipe import Recipe
from tinykd.recipe_text import dump_recipe
from tinykd.report.progress import Reporter
from tinykd.tasks import task_of
from tinykd.tasks.run import Run, open_run
from tinykd.tasks.teaching import check_container, check_data, data_key, recipe_key, teach

if TYPE_CHECKING:
    from rich.console import Console


def run(
    recipe: Recipe, *, data_dir: Path | None, out: Path, console: Console, from_cache: Path | None = None
) -> dict[str, Any]:
    """Do every stage of `recipe` that is not done yet, and print what came of it.

    Args:
      recipe: the whole run.
      data_dir: where the data is; None for the data set's own place.
      out: the run folder.
      console: where progress and the results table go.
      from_cache: the container of what a teacher said that is not here; None to train one.

    Returns:
      The contents of metrics.json.

    Raises:
      TinykdError: bad input, or (CheckFailed) a model over its budget or not bit-exact.
    """
    task = task_of(recipe)
    task.check(recipe)
    if from_cache is not None:
        check_container(from_cache, recipe)
    storage.require_writable(out)
    storage.require_writable(storage.cache_root())
    with Reporter(console) as reporter:
        current = open_run(task, recipe, data_dir=data_dir, out=out, reporter=reporter)
        if from_cache is not None:
            check_data(from_cache, current)
            current = replace(current, cached=from_cache)
        _write_if_new(out / "recipe.lock.toml", dump_recipe(current.recipe))
        task.learn(current)
        task.prove(current)
        _export(current)
        task.report(current)
    console.print(task.summary(current))
    verified = storage.read_json(out / "verify.json")
    if not verified["bit_exact"]:
        raise CheckFailed(str(out), "slimmed and unslimmed outputs differ", "they must be identical")
    if (chip := verified.get("on_chip")) and not chip["bit_exact"]:
        raise CheckFailed(
            str(out), f"outputs on {chip['machine']} differ from TFLite Micro's", "the same bits"
        )
    budget = storage.read_json(out / "budget.json")
    if not budget["ok"]:
        raise CheckFailed(str(out), explain(budget), "a smaller student, or a larger [budget]")
    return storage.read_json(out / "metrics.json")


def cache_teacher(
    recipe: Recipe, *, data_dir: Path | None, run: Path, out: Path, console: Console
) -> TeacherCache:
    """Train the teachers of `recipe` unless they stand, and write what they say into a container.

    Args:
      recipe: the whole run.
      data_dir: where the data is; None for the data set's own place.
      run: the run folder, which gets or has the teachers.
      out: the container; one that an earlier call left unfinished is gone on with.
      console: where progress goes.

    Raises:
      TinykdError: bad input, or something else where the container should be.
    """
    task = task_of(recipe)
    task.check(recipe)
    for folder in (run, out.parent, storage.cache_root()):
        storage.require_writable(folder)
    with Reporter(console) as reporter:
        current = open_run(task, recipe, data_dir=data_dir, out=run, reporter=reporter)
        teachers = teach(current, digest=task.teacher_digest(current))
        key = {**recipe_key(current.recipe), **data_key(current)}
        found: TeacherCache = current.learner.write_container(out, teachers, key=key)
    return found


def _export(run: Run[Any, Any]) -> None:
    """Write the C."""
    from tinykd.export.tflm import file_names
    from tinykd.inference import write_c

    key = storage.digest_of([run.digest, storage.sha256_of_file(run.out / "model.tflite")])
    settings, golden = run.work / "front_end.json", run.work / "golden.json"

    def make() -> None:
        storage.write_json(settings, run.features.settings)
        storage.write_json(golden, np.asarray(run.features.test[0]).tolist())
        write_c(
            run.out,
            recipe=run.recipe,
            classes=run.dataset.classes,
            settings=run.features.settings,
            out=run.out / "c",
        )

    names = file_names(run.recipe.task, beside=run.task.front_end_files)
    files = [run.out / "c" / name for name in names]
    run.stages.once("export", key, [settings, golden, *files], make)


def _write_if_new(path: Path, text: str) -> None:
    try:
        same = path.read_bytes() == text.encode("utf-8")
    except OSError:
        same = False
    if not same:
        storage.write_text(path, text)
