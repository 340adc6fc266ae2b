"""What a finished run can do: be measured on other data, hear a recording, write its C."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.datasets import load_dataset
from tinykd.datasets.wav import fit_length, read_clip
from tinykd.errors import DataError
from tinykd.feature_cache import standardised
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
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    settings = json.loads((run / FOLDER / "front_end.json").read_text(encoding="utf-8"))
    return recipe, tuple(metrics["classes"]), settings


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
      dataset, classes, and for each split n, accuracy, macro_recall and recall by class.
    """
    recipe, classes, settings = open_run(run)
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
    model = TflmModel((run / "model.tflite").read_bytes(), where=str(run / "model.tflite"))
    index = np.array([classes.index(label) for label in found.classes], np.int32)
    result: dict[str, Any] = {"run": str(run), "dataset": name, "runtime": "tflite-micro", "classes": classes}
    for split in splits:
        clips = found.splits[split]
        labels = index[clips.labels]
        predicted = _outputs(model, np.asarray(clips.audio), recipe, settings).argmax(axis=1)
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
    return result


def predict(run: Path, recording: Path) -> list[tuple[str, float]]:
    """Return (class, probability) of what the int8 model hears in a recording, in class order.

    A recording longer than the model's window is heard at its loudest window.
    """
    recipe, classes, settings = open_run(run)
    section = recipe.dataset
    audio = read_clip(recording, sample_rate_hz=section.sample_rate_hz)
    clip = fit_length(audio, section.sample_rate_hz * section.clip_ms // 1000)
    model = TflmModel((run / "model.tflite").read_bytes(), where=str(run / "model.tflite"))
    logits = model.dequantise_output(_outputs(model, clip[None], recipe, settings))[0]
    chances = np.exp(logits - logits.max())
    chances /= chances.sum()
    return [(name, float(chance)) for name, chance in zip(classes, chances, strict=True)]


def export(run: Path, *, out: Path) -> list[Path]:
    """Write the C of a finished run; returns the files."""
    recipe, classes, settings = open_run(run)
    return write_c(run, recipe=recipe, classes=classes, settings=settings, out=out)


def write_c(
    run: Path, *, recipe: Recipe, classes: tuple[str, ...], settings: dict[str, Any], out: Path
) -> list[Path]:
    """Write the C of `run`/model.tflite, with a test clip's features as the self-test's input."""
    from tinykd.export.tflm import export as write

    data = (run / "model.tflite").read_bytes()
    golden = np.asarray(json.loads((run / FOLDER / "golden.json").read_text(encoding="utf-8")), np.float32)
    return write(
        data,
        name=recipe.task,
        labels=classes,
        front_end={key: value for key, value in settings.items() if not isinstance(value, list)},
        recipe_digest=recipe_digest(recipe),
        golden_input=TflmModel(data, where=str(run / "model.tflite")).quantise_input(golden),
        out_dir=out,
    )


def _outputs(
    model: TflmModel, audio: npt.NDArray[np.int16], recipe: Recipe, settings: dict[str, Any]
) -> npt.NDArray[np.int8]:
    features = standardised(audio, recipe=recipe, settings=settings)
    return model.run(model.quantise_input(features)).reshape(len(audio), -1)
