"""Many small trainings side by side: one cell a model, written as soon as it is known.

A grid that was stopped goes on; a cell whose recipe did not change is not trained
again. Two workers of one thread each use two cores better than one of two threads.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from tinykd import storage
from tinykd.distill.check import asks_teacher, resolved
from tinykd.machine import leave_with_parent, usable_cores
from tinykd.recipe import FederatedSection, ProgressiveSection, Recipe, StudySection, section_digest
from tinykd.recipe_tasks import TASK_RECIPES
from tinykd.report.progress import Reporter
from tinykd.tasks import task_of
from tinykd.tasks.run import Run, open_run
from tinykd.tasks.teaching import files_of_teachers, teacher_files

Said = dict[str, Any]
_KEPT = ("epoch", "loss", "val_loss", "val_accuracy")  # of each epoch's row


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One student to train.

    name: of its file.
    tags: what tables know it by, beside its figures.
    """

    name: str
    recipe: Recipe
    tags: Said = field(default_factory=dict)


def train_grid(
    cells: Sequence[Cell], *, data_dir: Path | None, out: Path, reporter: Reporter, what: str
) -> tuple[list[Said], dict[str, Said]]:
    """Train every cell that is not there yet, its teachers first.

    Args:
      cells: the students.
      data_dir: where the data is; None for the data set's own place.
      out: gets cells/NAME.json, .tflite and .npz, teachers/KEY.json and work/.
      reporter: told how many models are there.
      what: they are, for the reporter.

    Returns:
      (what each cell's file says, in order; what each teacher's says, by `teacher_key`).
    """
    taught: dict[str, Recipe] = {teacher_key(cell.recipe): cell.recipe for cell in reversed(cells)}
    files = [out / "teachers" / f"{key}.json" for key in taught]
    files += [out / "cells" / f"{cell.name}.json" for cell in cells]
    jobs: list[list[tuple[Callable[..., None], tuple[Any, ...]]]] = [
        [
            (_teach, (recipe.model_dump(), data_dir, out))
            for key, recipe in taught.items()
            if not teacher_stands(out, key, recipe)
        ],
        [
            (_train, (cell.name, cell.recipe.model_dump(), cell.tags, data_dir, out))
            for cell in cells
            if not _stands(out / "cells" / f"{cell.name}.json", cell_digest(cell.recipe))
        ],
    ]

    def count() -> int:
        return sum(path.exists() for path in files)

    if any(jobs):
        workers = max(1, min(max(map(len, jobs)), usable_cores()))
        with ProcessPoolExecutor(workers, mp_context=_spawn(), initializer=_worker) as pool:
            for wave in jobs:
                waiting = {pool.submit(function, *given) for function, given in wave}
                _wait(pool, waiting, lambda: reporter.progress(what, count(), len(files)))
    said = [storage.read_json(out / "cells" / f"{cell.name}.json") for cell in cells]
    return said, {key: storage.read_json(out / "teachers" / f"{key}.json") for key in taught}


def cell_digest(recipe: Recipe) -> str:
    """Return the digest of what shapes a cell: all but the study's extent."""
    plain = recipe.model_copy(
        update={
            "study": StudySection(),
            "progressive": ProgressiveSection(),
            "federated": FederatedSection(),
            "base": "",
            "distill": resolved(recipe.distill),
        }
    )
    return section_digest(plain, *type(recipe).model_fields)


def teacher_key(recipe: Recipe) -> str:
    """Return the digest of what shapes a cell's teachers."""
    return section_digest(recipe, "task", "seed", "dataset", "synthetic", "features", "augment", "teacher")


def teacher_stands(out: Path, key: str, recipe: Recipe) -> bool:
    """Return whether the teachers of a key are there."""
    said = _stands(out / "teachers" / f"{key}.json", key)
    return said and all(path.exists() for path in files_of_teachers(recipe, out / "work" / key))


def _wait(pool: ProcessPoolExecutor, waiting: set[Future[None]], tell: Callable[[], None]) -> None:
    tell()
    while waiting:
        try:
            for future in as_completed(list(waiting), timeout=10):
                waiting.discard(future)
                future.result()
                tell()
        except TimeoutError:
            pass
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        tell()


def _spawn() -> Any:
    import multiprocessing

    return multiprocessing.get_context("spawn")


def _worker() -> None:
    leave_with_parent()
    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", OMP_NUM_THREADS="1")


_OPEN: dict[str, Run[Any, Any]] = {}  # one worker's run of the last key: data and features are opened once


def _opened(plain: Said, data_dir: Path | None, out: Path) -> Run[Any, Any]:
    """Return the run of a cell."""
    from rich.console import Console

    recipe = TASK_RECIPES[plain["task"]].model_validate(plain)
    key = teacher_key(recipe)
    if key not in _OPEN:
        _OPEN.clear()
        work, reporter = out / "work" / key, Reporter(Console(quiet=True))
        _OPEN[key] = open_run(task_of(recipe), recipe, data_dir=data_dir, out=work, reporter=reporter)
    run = _OPEN[key]
    return replace(run, recipe=recipe.model_copy(update={"dataset": run.recipe.dataset}))


def _teach(plain: Said, data_dir: Path | None, out: Path) -> None:
    """Train the teachers of one key."""
    run = _opened(plain, data_dir, out)
    key = teacher_key(TASK_RECIPES[plain["task"]].model_validate(plain))
    files = teacher_files(run.recipe, run.out)
    run.learner.teach(files, digest=key)
    run.learner.examples(run.recipe.distill, files)  # what they say is cached once, not by each worker
    said = storage.read_json(run.work / "teacher.json")
    figures = {name: said[f"{name}_accuracy"] for name in ("validation", "test")}
    storage.write_json(
        out / "teachers" / f"{key}.json",
        {
            "digest": key,
            "model": run.recipe.teacher.model,
            "params": said["params"],
            "validation_accuracy": figures["validation"],
            "accuracy": figures["test"],
            "seconds": sum(row["seconds"] for row in said["history"]),
            **{key: value for key, value in said.items() if key == "phonemes"},
        },
    )


def _train(name: str, plain: Said, tags: Said, data_dir: Path | None, out: Path) -> None:
    """Train one student, bring it to int8 and measure it in TFLite Micro."""
    from tinykd.compress.slim import slim
    from tinykd.cost.macs import count
    from tinykd.flatbuffer import read_model
    from tinykd.succession import generations_together, succession
    from tinykd.tflm import TflmModel

    run = _opened(plain, data_dir, out)
    digest = cell_digest(TASK_RECIPES[plain["task"]].model_validate(plain))
    learner, distill = run.learner, run.recipe.distill
    teachers = teacher_files(run.recipe, run.out) if asks_teacher(distill) else []
    line = succession(learner, distill, teachers)
    deployed, history = learner.float_student(name, distill, line[-1], digest=digest)
    validation, test = learner.accuracies(deployed)
    data, more, _ = learner.int8(f"{name} int8", deployed, distill, line[-1], digest=digest)
    model = TflmModel(slim(data), where=name)
    storage.write_bytes(out / "cells" / f"{name}.tflite", slim(data))
    found = {
        "digest": digest,
        **tags,
        "params": count(read_model(data)).params,
        "model_bytes": len(slim(data)),
        "validation_accuracy": validation,
        "float_accuracy": test,
        "int8_validation": run.task.measure(run, model, split="validation"),
        "accuracy": run.task.measure(run, model),
        "arena_bytes": model.arena().arena_bytes,
        "n": run.task.count(run, "test"),
        "train_clips": run.task.count(run, "train"),
        "classes": list(run.dataset.classes) if hasattr(run.dataset, "classes") else [],
        "seconds": sum(row["seconds"] for row in [*history, *more]),
        "history": [{key: row[key] for key in _KEPT} for row in history],
        **generations_together(learner, deployed, line),
    }
    if outputs := run.task.outputs(run, model):
        with storage.atomic_path(out / "cells" / f"{name}.npz") as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **outputs)
        found["outputs"] = f"cells/{name}.npz"
    storage.write_json(out / "cells" / f"{name}.json", found)


def _stands(path: Path, digest: str) -> bool:
    try:
        return bool(json.loads(path.read_text(encoding="utf-8"))["digest"] == digest)
    except (OSError, ValueError, KeyError):
        return False
