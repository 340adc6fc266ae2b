"""What a finished run can do: be measured on other data, hear a recording, write its C."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinykd import storage
from tinykd.datasets import DATASETS, SPLITS
from tinykd.errors import DataError, ModelError, RecipeError
from tinykd.recipe import BaseDataset, Recipe, recipe_digest
from tinykd.recipe_file import load_recipe
from tinykd.stages import FOLDER
from tinykd.tasks import datasets_of, task_of
from tinykd.tasks.finished import FinishedRun
from tinykd.tasks.task import Listener, Task
from tinykd.tflm import TflmModel


def open_finished(run: Path) -> tuple[Task[Any, Any], FinishedRun[Any]]:
    """Return a finished run folder as something to use, and its task.

    Raises:
      DataError: the folder is not a run, or the run has not come to its int8 model.
      ModelError: the model is not the run's own.
    """
    needed = ("recipe.lock.toml", "model.tflite", "metrics.json", f"{FOLDER}/front_end.json")
    for name in needed:
        if not (run / name).is_file():
            raise DataError(
                str(run), f"it has no {name}", "allowed: the folder of a finished run (tinykd run TASK)"
            )
    recipe = load_recipe(str(run / "recipe.lock.toml"))
    task = task_of(recipe)
    metrics, settings = _json(run / "metrics.json"), _json(run / FOLDER / "front_end.json")
    classes = metrics.get("classes")
    if not (isinstance(classes, list) and classes and all(isinstance(name, str) for name in classes)):
        raise _damaged(run / "metrics.json", "it has no classes")
    for name in task.settings:
        if not isinstance(settings.get(name), float):
            raise _damaged(run / FOLDER / "front_end.json", f"it has no {name}")
    if metrics.get("recipe_digest") != recipe_digest(recipe):
        raise DataError(
            str(run), "its recipe is not the one its model was made with", "finish the run first (tinykd run)"
        )
    lone = run / FOLDER / "no_kd.tflite"
    return task, FinishedRun(
        folder=run,
        recipe=recipe,
        classes=tuple(classes),
        settings=settings,
        model=_model(run, task, recipe, tuple(classes)),
        alone=TflmModel(lone.read_bytes(), where=str(lone)) if lone.is_file() else None,
    )


def _dataset(run: Path, settings: Sequence[str]) -> BaseDataset:
    """Return the [dataset] of a run's recipe with other values in it."""
    for pair in settings:
        if not pair.startswith("dataset."):
            raise RecipeError(f"--set {pair}", "a finished model stays as it is", "keys of [dataset]")
    return load_recipe(str(run / "recipe.lock.toml"), settings).dataset


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise _damaged(path, "it cannot be read") from None
    if not isinstance(found, dict):
        raise _damaged(path, "it holds no table")
    return found


def _damaged(path: Path, what: str) -> DataError:
    return DataError(str(path), f"the file is damaged: {what}", "delete it and run the run again")


def _model(run: Path, task: Task[Any, Any], recipe: Recipe, classes: tuple[str, ...]) -> TflmModel:
    """Return the run's int8 model, which must take its features and know its classes."""
    path = run / "model.tflite"
    model = TflmModel(path.read_bytes(), where=str(path))
    sizes = (math.prod(model.input.shape), math.prod(model.output.shape))
    expected = (math.prod(task.input_shape(recipe)), len(task.output_names(classes)))
    if sizes != expected:
        what = f"it has {sizes[0]} inputs and {sizes[1]} outputs"
        raise ModelError(str(path), what, f"the run's own model, of {expected[0]} and {expected[1]}")
    return model


def evaluate(
    run: Path,
    *,
    data_dir: Path | None,
    splits: tuple[str, ...],
    dataset: str | None,
    settings: Sequence[str] = (),
) -> dict[str, Any]:
    """Measure a run's int8 model in TFLite Micro on any data set that has its classes.

    Args:
      run: a finished run folder.
      data_dir: where the data is. With a folder and no `dataset`, a run trained on
        embedded data is measured on the folder as the task's own layout (`Task.folder_dataset`).
      splits: train, validation, test.
      dataset: a name of DATASETS, or None.
      settings: ``dataset.key=value``, what of the data is measured otherwise than the run's recipe says.

    Returns:
      dataset, classes, and for each split what `Task.evaluate` gives.
    """
    task, finished = open_finished(run)
    for split in splits:
        if split not in SPLITS:
            raise DataError("--split", f"unknown split '{split}'", f"one of {', '.join(SPLITS)}")
    section = _dataset(run, settings)
    name = dataset or section.name
    if dataset is None and data_dir is not None and DATASETS[name].embedded:
        name = task.folder_dataset
    known = datasets_of(finished.recipe.task)
    if name not in known:
        raise RecipeError("--dataset", f"unknown data set '{name}'", f"allowed: {', '.join(sorted(known))}")
    section = section.model_copy(update={"name": name, "train_fraction": 1.0})
    found = task.load(
        finished.recipe.model_copy(update={"dataset": section}),
        data_dir=data_dir,
        cache_dir=storage.cache_root(),
        splits=splits,
    )
    result = {"run": str(run), "dataset": name, "runtime": "tflite-micro", "classes": finished.classes}
    return result | {split: task.evaluate(finished, found, split) for split in splits}


def predict(run: Path, recording: Path) -> list[tuple[str, float]]:
    """Return (class, probability) of what the int8 model finds in a recording, in class order."""
    task, finished = open_finished(run)
    return task.predict(finished, recording)


def listen(run: Path, recording: Path) -> list[tuple[float, str]]:
    """Return (seconds, word) of what a device would detect in a recording.

    Raises:
      DataError: a run of another task, or a recording that cannot be read.
    """
    task, finished = open_finished(run)
    if not isinstance(task, Listener):
        what = f"a {finished.recipe.task} run does not listen"
        raise DataError(str(run), what, "the folder of a run on words, or tinykd predict")
    return task.listen(finished, recording)


def export(run: Path, *, out: Path) -> list[Path]:
    """Write the C of a finished run; returns the files.

    Raises:
      DataError: the folder is not a finished run, or `out` holds anything but an earlier export.
    """
    from tinykd.export.tflm import file_names

    task, found = open_finished(run)
    require_replaceable(out, file_names(found.recipe.task, beside=task.front_end_files))
    return write_c(run, recipe=found.recipe, classes=found.classes, settings=found.settings, out=out)


def require_replaceable(folder: Path, names: list[str]) -> None:
    """Refuse a folder whose other files would go with it when it is replaced.

    Args:
      folder: there or not.
      names: paths in it of the files that may go.

    Raises:
      DataError: it holds a file that is not in `names`.
    """
    files = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    held = {path.relative_to(folder).as_posix() for path in files}
    if others := sorted(held - set(names)):
        what = f"it holds '{others[0]}', which would be lost"
        raise DataError(str(folder), what, "a new or empty folder, or an earlier export")


def write_c(
    run: Path, *, recipe: Recipe, classes: tuple[str, ...], settings: dict[str, Any], out: Path
) -> list[Path]:
    """Write the C of `run`/model.tflite, with a test clip's features as the self-test's input."""
    from tinykd.export.tflm import export as write

    data = (run / "model.tflite").read_bytes()
    task, model = task_of(recipe), TflmModel(data, where=str(run / "model.tflite"))
    try:
        golden = np.asarray(
            json.loads((run / FOLDER / "golden.json").read_text(encoding="utf-8")), np.float32
        )
    except (OSError, ValueError, TypeError):
        raise _damaged(run / FOLDER / "golden.json", "it holds no features") from None
    return write(
        data,
        name=recipe.task,
        labels=task.output_names(classes),
        front_end={key: value for key, value in settings.items() if not isinstance(value, list)},
        decision=task.device_settings(run, recipe=recipe, model=model),
        beside=task.front_end_c(recipe, settings, model),
        recipe_digest=recipe_digest(recipe),
        golden_input=model.quantise_input(golden),
        out_dir=out,
    )
