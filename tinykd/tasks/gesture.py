"""Gestures and activities: which of some motions a window of an inertial sensor is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from tinykd.datasets import SPLITS, load_dataset
from tinykd.datasets.clips import Progress
from tinykd.datasets.imu import ImuDataset
from tinykd.datasets.imu_csv import read_take
from tinykd.datasets.imu_windows import busiest_window, window_samples
from tinykd.datasets.resample import resample_even
from tinykd.datasets.stroke_shapes import REST
from tinykd.detection.windows import hop_frames, window_end_s
from tinykd.detection.words import detector_for, word_detections, word_scores
from tinykd.distill.examples import frame_activity
from tinykd.errors import RecipeError
from tinykd.export.imu import FILES, render
from tinykd.feature_cache import CachedFeatures
from tinykd.features.imu import KINDS, ImuFrontEnd
from tinykd.imu_cache import cache_imu_features
from tinykd.recipe import recipe_digest
from tinykd.recipe_gesture import GestureRecipe
from tinykd.tasks.classifier import Classifier
from tinykd.tasks.finished import FinishedRun, int8_outputs
from tinykd.tasks.run import Run
from tinykd.tasks.task import Listener
from tinykd.tflm import TflmModel


class Gesture(Classifier[GestureRecipe, ImuDataset], Listener[GestureRecipe]):
    """Windows of motion; the report names how they were split, by person or not."""

    folder_dataset = "imu_folder"
    settings = ("acc_scale", "gyro_scale", "stroke_floor")
    example = "window"
    recording = "FILE.csv"
    front_end_files = FILES

    def check(self, recipe: GestureRecipe) -> None:
        """Refuse models, methods, trainings and front ends that cannot be."""
        super().check(recipe)
        if not KINDS[recipe.features.kind].device:
            allowed = ", ".join(kind for kind, row in KINDS.items() if row.device)
            what = f"no device makes kind '{recipe.features.kind}', which is for [teacher.sees.features]"
            raise RecipeError("recipe [features]", what, f"allowed: {allowed}")
        hop_frames(recipe.detection.hop_ms, recipe.features.frame_ms)
        if recipe.synthetic.drawn_takes and recipe.dataset.name != "imu_digits":
            what = f"drawn_takes are digits, and the data set is '{recipe.dataset.name}'"
            raise RecipeError("[synthetic]", what, "0, or dataset.name = 'imu_digits'")
        self.check_view(recipe)

    def check_view(self, recipe: GestureRecipe) -> None:
        """Refuse front ends that cannot be; without named channels the data says so later."""
        if recipe.dataset.channels:
            self.input_shape(recipe)

    def input_shape(self, recipe: GestureRecipe) -> tuple[int, ...]:
        """Return (frames, features) of one window; the recipe must have its channels."""
        return _front_end(recipe).shape(window_samples(recipe.dataset))

    def activity(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return how far each frame is from the window's mean, between its stillest and its busiest frame."""
        return frame_activity(np.abs(features - features.mean(axis=1, keepdims=True)))

    def load(
        self,
        recipe: GestureRecipe,
        *,
        data_dir: Path | None,
        cache_dir: Path,
        splits: Sequence[str] = SPLITS,
        progress: Progress | None = None,
    ) -> ImuDataset:
        """Return the windows of the recipe's data set."""
        dataset = load_dataset(
            recipe, data_dir=data_dir, cache_dir=cache_dir, splits=splits, progress=progress
        )
        return cast(ImuDataset, dataset)

    def settled(self, recipe: GestureRecipe, dataset: ImuDataset) -> GestureRecipe:
        """Return the recipe with the classes and channels of the data where it left them open."""
        found = {"classes": dataset.classes, "channels": recipe.dataset.channels or dataset.channels}
        return recipe.model_copy(update={"dataset": recipe.dataset.model_copy(update=found)})

    def features(
        self, dataset: ImuDataset, recipe: GestureRecipe, *, cache_dir: Path, progress: Progress
    ) -> CachedFeatures:
        """Return augmented views of the training windows, plain features of the rest."""
        return cache_imu_features(dataset, recipe=recipe, cache_dir=cache_dir, progress=progress)

    def plain_features(
        self, split: Any, recipe: GestureRecipe, settings: dict[str, Any]
    ) -> npt.NDArray[np.float32]:
        """Return what the model sees of windows: [n, frames, features] float32."""
        return _front_end(recipe)(split.signals)

    def read(
        self, recording: Path, recipe: GestureRecipe, settings: dict[str, Any]
    ) -> npt.NDArray[np.float32]:
        """Return what the model sees of a CSV recording; a long one is seen where it moves most."""
        rows = _rows(recording, recipe)
        return _front_end(recipe)(busiest_window(rows, window_samples(recipe.dataset))[None])

    def stream(self, finished: FinishedRun[GestureRecipe], recording: Path) -> npt.NDArray[np.float32]:
        """Return a CSV recording at the recipe's rate: [rows, channels], at least a window's rows."""
        return _rows(recording, finished.recipe)

    def timing(self, recipe: GestureRecipe) -> dict[str, int]:
        """Return how long a window is, and how many frames lie from one to the next."""
        return {
            "WINDOW_MS": recipe.dataset.window_ms,
            "HOP_FRAMES": hop_frames(recipe.detection.hop_ms, recipe.features.frame_ms),
        }

    def device_settings(self, run: Path, *, recipe: GestureRecipe, model: TflmModel) -> dict[str, Any]:
        """Return the numbers of the detection, and how many of the first classes are gestures."""
        detector = detector_for(recipe.detection, scale=model.output.scale)
        return {**detector.settings(), "words": _gestures(recipe.dataset.classes)}

    def front_end_c(
        self, recipe: GestureRecipe, settings: dict[str, Any], model: TflmModel
    ) -> dict[str, str]:
        """Return the numbers of the front end in firmware/src/frontend."""
        return render(
            settings, name=recipe.task, quantisation=model.input, recipe_digest=recipe_digest(recipe)
        )

    def listen(self, finished: FinishedRun[GestureRecipe], recording: Path) -> list[tuple[float, str]]:
        """Return when which gesture is detected in a recording, as a device would say it."""
        recipe, model = finished.recipe, finished.model
        detector = detector_for(recipe.detection, scale=model.output.scale)
        front = _front_end(recipe)
        rows = self.stream(finished, recording)
        step = front.frame_samples * hop_frames(detector.hop_ms, recipe.features.frame_ms)
        length = front.frame_samples * self.input_shape(recipe)[0]
        windows = sliding_window_view(rows, length, axis=0)[::step].transpose(0, 2, 1)
        outputs = int8_outputs(model, front(windows))
        found = word_detections(word_scores(outputs, words=_gestures(finished.classes)), detector)
        hops = np.array([at for at, _ in found], np.intp)
        seconds = window_end_s(hops, hop_ms=detector.hop_ms, clip_ms=recipe.dataset.window_ms)
        return [
            (float(second), finished.classes[label])
            for second, (_, label) in zip(seconds, found, strict=True)
        ]

    def metrics(
        self,
        run: Run[GestureRecipe, ImuDataset],
        parts: dict[str, dict[str, Any]],
        predicted: npt.NDArray[np.integer[Any]],
    ) -> dict[str, Any]:
        """Return the contents of metrics.json; `split_rule` says how the windows were split."""
        return {**super().metrics(run, parts, predicted), "split_rule": run.dataset.split_rule}


def _gestures(classes: tuple[str, ...]) -> int:
    """Return how many classes are to be detected: all but the one at rest, which data sets put last."""
    return len(classes) - (classes[-1] == REST)


def _rows(recording: Path, recipe: GestureRecipe) -> npt.NDArray[np.float32]:
    section = recipe.dataset
    signals, time_ms = read_take(recording, channels=section.channels, max_gap_ms=section.max_gap_ms)
    rows = resample_even(signals, time_ms, rate_hz=section.rate_hz)
    short = window_samples(section) - len(rows)
    return np.concatenate([rows, np.repeat(rows[-1:], short, axis=0)]) if short > 0 else rows


def _front_end(recipe: GestureRecipe) -> ImuFrontEnd:
    return ImuFrontEnd(recipe.features, channels=recipe.dataset.channels, rate_hz=recipe.dataset.rate_hz)


TASK = Gesture()
