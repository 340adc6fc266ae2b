"""Keyword spotting: which of some words a clip is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tinykd.datasets.clips import AudioDataset
from tinykd.detection.windows import hop_frames, window_end_s
from tinykd.detection.words import detector_for, word_detections, word_scores
from tinykd.errors import RecipeError
from tinykd.feature_cache import standardised
from tinykd.features import front_end
from tinykd.recipe_tasks import KwsRecipe
from tinykd.tasks.audio import AudioClassifier
from tinykd.tasks.finished import FinishedRun, int8_outputs
from tinykd.tasks.task import Listener
from tinykd.tflm import TflmModel


class Kws(AudioClassifier[KwsRecipe], Listener[KwsRecipe]):
    """Words, and where wanted a class for silence and one for every other word."""

    def check(self, recipe: KwsRecipe) -> None:
        """Refuse what a classifier would, and hops of windows that are no hops of frames."""
        super().check(recipe)
        hop_frames(recipe.detection.hop_ms, recipe.features.hop_ms)
        section = recipe.dataset
        if section.words:  # else the data set chooses
            more = [name for name in ("silence", "unknown") if getattr(section, name)]
            _check_classes((*section.words, *more))

    def settled(self, recipe: KwsRecipe, dataset: AudioDataset) -> KwsRecipe:
        """Return the recipe with the words that the data set chose where the recipe left that open."""
        _check_classes(dataset.classes)
        words = tuple(name for name in dataset.classes if not name.startswith("_"))
        section = recipe.dataset.model_copy(update={"words": words})
        return recipe.model_copy(update={"dataset": section})

    def device_settings(self, run: Path, *, recipe: KwsRecipe, model: TflmModel) -> dict[str, Any]:
        """Return the numbers of the detection, and how many of the first classes are words."""
        detector = detector_for(recipe.detection, scale=model.output.scale)
        return {**detector.settings(), "words": len(recipe.dataset.words)}

    def timing(self, recipe: KwsRecipe) -> dict[str, int]:
        """Return how long a window is, and how many frames lie from one to the next."""
        return {
            "WINDOW_MS": recipe.dataset.clip_ms,
            "HOP_FRAMES": hop_frames(recipe.detection.hop_ms, recipe.features.hop_ms),
        }

    def listen(self, finished: FinishedRun[KwsRecipe], recording: Path) -> list[tuple[float, str]]:
        """Return when which word is detected in a recording, as a device would say it."""
        recipe, model = finished.recipe, finished.model
        section = recipe.dataset
        detector = detector_for(recipe.detection, scale=model.output.scale)
        front = front_end(recipe.features, section.sample_rate_hz).settings()
        frames, hop = self.input_shape(recipe)[0], front["hop_samples"]
        # A device answers with the last frame of a window, whose end may lie before the clip's.
        length = (frames - 1) * hop + front["window_samples"]
        step = hop * hop_frames(detector.hop_ms, recipe.features.hop_ms)
        windows = sliding_window_view(self.stream(finished, recording), length)[::step]
        outputs = int8_outputs(model, standardised(windows, recipe=recipe, settings=finished.settings))
        found = word_detections(word_scores(outputs, words=len(section.words)), detector)
        hops = np.array([at for at, _ in found], np.intp)
        seconds = window_end_s(hops, hop_ms=detector.hop_ms, clip_ms=section.clip_ms)
        return [
            (float(second), section.words[word]) for second, (_, word) in zip(seconds, found, strict=True)
        ]


def _check_classes(classes: tuple[str, ...]) -> None:
    """Refuse fewer than two classes before anything is read or made, and again when the data is known."""
    if len(classes) < 2:
        what = f"there is one class, {classes[0]!r}"
        raise RecipeError("recipe [dataset]", what, "two or more of words, silence and unknown")


TASK = Kws()
