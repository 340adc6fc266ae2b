"""What a finished run can do: be measured on other data, hear a recording, write its C."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.datasets import SPLITS, load_dataset
from tinykd.datasets.wav import fit_length, read_clip
from tinykd.errors import DataError, ModelError
from tinykd.feature_cache import standardised
from tinykd.features import front_end
from tinykd.recipe import Recipe, recipe_digest
from tinykd.recipe_file import load_recipe
from tinykd.stages import FOLDER
from tinykd.tflm import TflmModel
from tinykd.verify import scores


def open_run(run: Path) -> tuple[Recipe, tuple[str, ...], dict[str, Any]]:
    """Return (recipe, classes, front-end settings) of a finished run folder.

    Raises:
      DataError: the folder is not a run, or the run has not come to its int8 model.
    """
    needed = ("recipe.lock.toml", "model.tflite", "metrics.json", f"{FOLDER}/front_end.json")
    for name in needed:
        if not (run / name).is_file():
            raise DataError(
                str(run), f"it has no {name}", "allowed: the folder of a finished run (tinykd run TASK)"
            )
    recipe = load_recipe(str(run / "recipe.lock.toml"))
    metrics, settings = _json(run / "metrics.json"), _json(run / FOLDER / "front_end.json")
    classes = metrics.get("classes")
    if not (isinstance(classes, list) and classes and all(isinstance(name, str) for name in classes)):
        raise _damaged(run / "metrics.json", "it has no classes")
    for name in ("mean", "deviation"):
        if not isinstance(settings.get(name), float):
            raise _damaged(run / FOLDER / "front_end.json", f"it has no {name}")
    if metrics.get("recipe_digest") != recipe_digest(recipe):
        raise DataError(
            str(run), "its recipe is not the one its model was made with", "finish the run first (tinykd run)"
        )
    return recipe, tuple(classes), settings


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


def _model(run: Path, recipe: Recipe, classes: tuple[str, ...]) -> TflmModel:
    """Return the run's int8 model, which must take its features and know its classes."""
    path = run / "model.tflite"
    model = TflmModel(path.read_bytes(), where=str(path))
    section = recipe.dataset
    shape = front_end(recipe.features, section.sample_rate_hz).shape(
        section.sample_rate_hz * section.clip_ms // 1000
    )
    sizes = (math.prod(model.input.shape), math.prod(model.output.shape))
    if sizes != (math.prod(shape), len(classes)):
        what = f"it has {sizes[0]} inputs and {sizes[1]} outputs"
        allowed = f"the run's own model, of {math.prod(shape)} and {len(classes)}"
        raise ModelError(str(path), what, allowed)
    return model


def evaluate(
    run: Path, *, data_dir: Path | None, splits: tuple[str, ...], dataset: str | None
) -> dict[str, Any]:
    """Measure a run's int8 model in TFLite Micro on any data set that has its classes.

    Args:
      run: a finished run folder.
      data_dir: where the data is. With a folder and no `dataset`, a run trained on
        synthetic speech is measured as Speech Commands, whose layout the folder has.
      splits: train, validation, test.
      dataset: a name of DATASETS, or None.

    Returns:
      dataset, classes, and for each split n, accuracy, macro_recall and recall by class;
      `no_kd` has the accuracy of the student that had no teacher, also int8.
    """
    recipe, classes, settings = open_run(run)
    for split in splits:
        if split not in SPLITS:
            raise DataError("--split", f"unknown split '{split}'", f"one of {', '.join(SPLITS)}")
    name = dataset or recipe.dataset.name
    if dataset is None and data_dir is not None and name == "synthetic_speech":
        name = "speech_commands"
    section = recipe.dataset.model_copy(update={"name": name, "train_fraction": 1.0})
    found = load_dataset(
        recipe.model_copy(update={"dataset": section}),
        data_dir=data_dir,
        cache_dir=storage.cache_root(),
        splits=splits,
    )
    model = _model(run, recipe, classes)
    lone = run / FOLDER / "no_kd.tflite"
    alone = TflmModel(lone.read_bytes(), where=str(lone)) if lone.is_file() else None
    index = np.array([classes.index(label) for label in found.classes], np.int32)
    result: dict[str, Any] = {"run": str(run), "dataset": name, "runtime": "tflite-micro", "classes": classes}
    for split in splits:
        clips = found.splits[split]
        labels = index[clips.labels]
        features = standardised(np.asarray(clips.audio), recipe=recipe, settings=settings)
        predicted = _outputs(model, features).argmax(axis=1)
        accuracy, macro_recall = scores(predicted, labels)
        result[split] = {
            "n": len(labels),
            "accuracy": accuracy,
            "macro_recall": macro_recall,
            "recall": {
                classes[label]: float((predicted[labels == label] == label).mean())
                for label in np.unique(labels)
            },
        }
        if alone is not None:
            guessed = _outputs(alone, features).argmax(axis=1)
            result[split]["no_kd"] = {"accuracy": scores(guessed, labels)[0]}
    return result


def predict(run: Path, recording: Path) -> list[tuple[str, float]]:
    """Return (class, probability) of what the int8 model hears in a recording, in class order.

    A recording longer than the model's window is heard at its loudest window.
    """
    recipe, classes, settings = open_run(run)
    section = recipe.dataset
    audio = read_clip(recording, sample_rate_hz=section.sample_rate_hz)
    clip = fit_length(audio, section.sample_rate_hz * section.clip_ms // 1000)
    model = _model(run, recipe, classes)
    features = standardised(clip[None], recipe=recipe, settings=settings)
    logits = model.dequantise_output(_outputs(model, features))[0]
    chances = np.exp(logits - logits.max())
    chances /= chances.sum()
    return [(name, float(chance)) for name, chance in zip(classes, chances, strict=True)]


def export(run: Path, *, out: Path) -> list[Path]:
    """Write the C of a finished run; returns the files.

    Raises:
      DataError: the folder is not a finished run, or `out` holds anything but an earlier export.
    """
    from tinykd.export.tflm import file_names

    recipe, classes, settings = open_run(run)
    _model(run, recipe, classes)
    _require_replaceable(out, file_names(recipe.task))
    return write_c(run, recipe=recipe, classes=classes, settings=settings, out=out)


def _require_replaceable(folder: Path, names: list[str]) -> None:
    """Refuse a folder whose other files would go with it when it is replaced."""
    if folder.is_dir() and (
        others := sorted(path.name for path in folder.iterdir() if path.name not in names)
    ):
        what = f"it holds '{others[0]}', which would be lost"
        raise DataError(str(folder), what, "a new or empty folder, or an earlier export")


def write_c(
    run: Path, *, recipe: Recipe, classes: tuple[str, ...], settings: dict[str, Any], out: Path
) -> list[Path]:
    """Write the C of `run`/model.tflite, with a test clip's features as the self-test's input."""
    from tinykd.export.tflm import export as write

    data = (run / "model.tflite").read_bytes()
    try:
        golden = np.asarray(
            json.loads((run / FOLDER / "golden.json").read_text(encoding="utf-8")), np.float32
        )
    except (OSError, ValueError, TypeError):
        raise _damaged(run / FOLDER / "golden.json", "it holds no features") from None
    return write(
        data,
        name=recipe.task,
        labels=classes,
        front_end={key: value for key, value in settings.items() if not isinstance(value, list)},
        recipe_digest=recipe_digest(recipe),
        golden_input=TflmModel(data, where=str(run / "model.tflite")).quantise_input(golden),
        out_dir=out,
    )


def _outputs(model: TflmModel, features: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
    """Return int8 logits [n, classes] for standardised features [n, frames, bins]."""
    return model.run(model.quantise_input(features)).reshape(len(features), -1)
