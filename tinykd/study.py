"""What is distillation worth: methods x student sizes x shares of data x seeds, one command.

Every cell is the test accuracy of an int8 model in TFLite Micro, written to
its own file as soon as it is known, so a study that was stopped goes on. Two
jobs of one thread each use two cores better than one job of two threads.
"""

from __future__ import annotations

import json
import os
import re
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinykd import storage
from tinykd.errors import RecipeError
from tinykd.machine import leave_with_parent, usable_cores
from tinykd.recipe import Recipe, recipe_digest
from tinykd.recipe_tasks import TASK_RECIPES
from tinykd.report.progress import Reporter
from tinykd.report.study_report import write_report
from tinykd.tasks import task_of
from tinykd.tasks.run import Run, open_run

if TYPE_CHECKING:
    from rich.console import Console

ALONE = "student alone"


def method_name(methods: tuple[str, ...]) -> str:
    """Return what tables call a set of methods."""
    return " + ".join(methods) or ALONE


def run(recipe: Recipe, *, data_dir: Path | None, out: Path, seeds: int, console: Console) -> dict[str, Any]:
    """Train every cell that is not there yet, then write study.json, study.md and study.png.

    Args:
      recipe: its [study] says what is crossed; all else is as in a run.
      data_dir: where the data is; None for the data set's own place.
      out: the study's folder.
      seeds: 1, 2... up to this number.
      console: where progress and the table go.

    Returns:
      The contents of study.json: `cells`, one a trained model.
    """
    if not recipe.study.sizes:
        raise RecipeError(
            "recipe [study]", "it has no sizes", "allowed: sizes.NAME = { params of the student }"
        )
    for size in recipe.study.sizes:
        if not re.fullmatch(r"[\w.-]+", size):
            raise RecipeError(
                f"recipe [study.sizes] {size!r}",
                "it cannot name a file",
                "letters, digits, dots, dashes, underscores",
            )
        student = recipe.student.model_copy(update={"params": recipe.study.sizes[size]})
        task_of(recipe).check(recipe.model_copy(update={"student": student}))
    storage.require_writable(out)
    storage.require_writable(storage.cache_root())
    jobs = [
        (fraction, seed)
        for fraction in sorted(recipe.study.fractions)  # cheap ones first: the table fills early
        for seed in range(1, seeds + 1)
    ]
    folder = out / "cells"
    workers = max(1, min(len(jobs), usable_cores()))
    total = len(jobs) * (1 + len(recipe.study.sizes) * len(recipe.study.methods))

    def count() -> int:
        return len(list(folder.glob("*.json")))

    with (
        Reporter(console) as reporter,
        ProcessPoolExecutor(workers, mp_context=_spawn(), initializer=leave_with_parent) as pool,
    ):
        waiting = {
            pool.submit(_job, recipe.model_dump(), data_dir, out, fraction, seed) for fraction, seed in jobs
        }
        reporter.progress("models of the study", count(), total)
        while waiting:
            try:
                for future in as_completed(list(waiting), timeout=15):
                    waiting.discard(future)
                    future.result()
            except TimeoutError:
                pass
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            reporter.progress("models of the study", count(), total)
    cells = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    digest = _digest(recipe)
    cells = [cell for cell in cells if cell["digest"] == digest and cell["seed"] <= seeds]
    found = {"recipe": digest, "seeds": seeds, "cells": cells}
    task = task_of(recipe)
    found |= {"figure": task.figure, "example": task.example, "judged": task.judged or task.example}
    storage.write_json(out / "study.json", found)
    console.print(write_report(found, out, names=[method_name(m) for m in recipe.study.methods]))
    return found


def _digest(recipe: Recipe) -> str:
    """Return the digest of what shapes a cell: all but the study's own extent and the seed."""
    plain = recipe.model_dump()
    return recipe_digest(TASK_RECIPES[recipe.task].model_validate({**plain, "study": {}, "seed": 0}))


def _spawn() -> Any:
    import multiprocessing

    return multiprocessing.get_context("spawn")


def _job(plain: dict[str, Any], data_dir: Path | None, out: Path, fraction: float, seed: int) -> None:
    """Train the teacher of one share and seed, and every student it teaches."""
    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", OMP_NUM_THREADS="1")
    recipe = TASK_RECIPES[plain["task"]].model_validate(plain)
    digest = _digest(recipe)
    cells = {
        (size, methods): out / "cells" / f"{fraction:g}-{seed}-{size}-{'+'.join(methods) or 'alone'}.json"
        for size in recipe.study.sizes
        for methods in recipe.study.methods
    }
    teacher_cell = out / "cells" / f"{fraction:g}-{seed}-teacher.json"
    if all(_stands(path, digest) for path in [teacher_cell, *cells.values()]):
        return
    scaled = _scaled(recipe, fraction, seed)
    work = out / "work" / f"{fraction:g}-{seed}"
    run = open_run(task_of(recipe), scaled, data_dir=data_dir, out=work, reporter=_quiet_reporter())
    common = {"digest": digest, "fraction": fraction, "seed": seed, "n": run.task.count(run, "test")}
    common["train_clips"] = run.task.count(run, "train")
    teacher = work / "teacher.keras"
    if not _stands(teacher_cell, digest) or not teacher.exists():
        run.learner.teach([teacher], digest=digest)
        said = storage.read_json(run.work / "teacher.json")
        cell = {"size": "teacher", "method": "teacher", "params": said["params"], "model_bytes": None}
        storage.write_json(teacher_cell, {**common, **cell, "accuracy": said["test_accuracy"]})
    for (size, methods), path in cells.items():
        if not _stands(path, digest):
            found = _cell(run, size, methods, teacher, digest)
            storage.write_json(path, {**common, **found})


def _scaled(recipe: Recipe, fraction: float, seed: int) -> Recipe:
    """Return the recipe of one share: fewer clips are gone through more often, all take as many steps."""

    def stretched(section: Any) -> Any:
        train = section.train
        more = {"passes": round(train.passes / fraction), "patience": train.epochs}
        return section.model_copy(update={"train": train.model_copy(update=more)})

    return recipe.model_copy(
        update={
            "seed": seed,
            "dataset": recipe.dataset.model_copy(update={"train_fraction": fraction}),
            "teacher": stretched(recipe.teacher).model_copy(update={"members": 1}),
            "student": stretched(recipe.student),
        }
    )


def _cell(
    run: Run[Any, Any], size: str, methods: tuple[str, ...], teacher: Path, digest: str
) -> dict[str, Any]:
    from tinykd.compress.slim import slim
    from tinykd.cost.macs import count
    from tinykd.flatbuffer import read_model
    from tinykd.tflm import TflmModel

    recipe, learner = run.recipe, run.learner
    student = recipe.student.model_copy(update={"params": recipe.study.sizes[size]})
    learner.recipe = recipe.model_copy(update={"student": student})
    distill = recipe.distill.model_copy(update={"methods": methods})
    teachers = [teacher] if methods else []
    name = f"{size} {'+'.join(methods) or 'alone'}"
    deployed, _ = learner.float_student(name, distill, teachers, digest=digest)
    _, float_accuracy = learner.accuracies(deployed)
    data, _, _ = learner.int8(f"{name} int8", deployed, distill, teachers, digest=digest)
    return {
        "digest": digest,
        "size": size,
        "method": method_name(methods),
        "params": count(read_model(data)).params,
        "model_bytes": len(slim(data)),
        "float_accuracy": float_accuracy,
        "accuracy": run.task.measure(run, TflmModel(slim(data), where=name)),
    }


def _stands(path: Path, digest: str) -> bool:
    try:
        return bool(json.loads(path.read_text(encoding="utf-8"))["digest"] == digest)
    except (OSError, ValueError, KeyError):
        return False


def _quiet_reporter() -> Reporter:
    from rich.console import Console

    return Reporter(Console(quiet=True))
