"""Gestures and activities: which of some motions a window of an inertial sensor is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from tinykd.datasets import SPLITS, load_dataset
from tinykd.datasets.clips import Progress
from tinykd.datasets.imu import ImuDataset
from tinykd.datasets.imu_csv import read_take
from tinykd.datasets.imu_windows import busiest_window, window_samples
from tinykd.datasets.resample import resample_even
from tinykd.distill.examples import frame_activity
from tinykd.export.audio import FILES
from tinykd.export.imu import render
from tinykd.feature_cache import CachedFeatures
from tinykd.features.imu import ImuFrontEnd
from tinykd.imu_cache import cache_imu_features
from tinykd.recipe import recipe_digest
from tinykd.recipe_gesture import GestureRecipe
from tinykd.tasks.classifier import Classifier
from tinykd.tasks.run import Run
from tinykd.tflm import TflmModel


class Gesture(Classifier[GestureRecipe, ImuDataset]):
    """Windows of motion; the report names how they were split, by person or not."""

    folder_dataset = "imu_folder"
    settings = ("acc_scale", "gyro_scale", "stroke_floor")
    front_end_files = FILES
    example = "window"
    recording = "FILE.csv"

    def check(self, recipe: GestureRecipe) -> None:
        """Refuse models, methods, trainings and front ends that cannot be."""
        super().check(recipe)
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
        found = {"classes": dataset.classes, "channels": dataset.channels}
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
        section = recipe.dataset
        signals, time_ms = read_take(recording, channels=section.channels, max_gap_ms=section.max_gap_ms)
        even = resample_even(signals, time_ms, rate_hz=section.rate_hz)
        return _front_end(recipe)(busiest_window(even, window_samples(section))[None])

    def front_end_c(
        self, recipe: GestureRecipe, settings: dict[str, Any], model: TflmModel
    ) -> dict[str, str]:
        """Return the numbers of the front end in firmware/src/frontend."""
        return render(
            settings, name=recipe.task, quantisation=model.input, recipe_digest=recipe_digest(recipe)
        )

    def metrics(
        self,
        run: Run[GestureRecipe, ImuDataset],
        parts: dict[str, dict[str, Any]],
        predicted: npt.NDArray[np.integer[Any]],
    ) -> dict[str, Any]:
        """Return the contents of metrics.json; `split_rule` says how the windows were split."""
        return {**super().metrics(run, parts, predicted), "split_rule": run.dataset.split_rule}


def _front_end(recipe: GestureRecipe) -> ImuFrontEnd:
    return ImuFrontEnd(recipe.features, channels=recipe.dataset.channels, rate_hz=recipe.dataset.rate_hz)


TASK = Gesture()
