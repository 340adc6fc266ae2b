"""A model put to the streams of a data set: its scores, its detector, and how often that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.datasets.scenes import WAKE
from tinykd.datasets.streams import Stream
from tinykd.datasets.wake_word import WakeDataset
from tinykd.detection.choice import Heard, choose, rank
from tinykd.detection.detector import Detector, Scores
from tinykd.detection.rates import heard, spans_in_hops
from tinykd.detection.scoring import Predict, float_scores, int8_scores
from tinykd.detection.windows import hop_frames, window_end_s
from tinykd.recipe_tasks import WakewordRecipe
from tinykd.stream_features import stream_features
from tinykd.tflm import TflmModel

JUDGE_EVERY = 2  # hops from one judged window to the next, while a model trains
_JUDGE_SMOOTH = 2  # of those hops

Score = Callable[[npt.NDArray[np.float32], int, int], Scores]  # frames, window, hop to scores


@dataclass(frozen=True, kw_only=True)
class Listening:
    """What it takes to let a model of one recipe listen.

    settings: the front end's numbers, with `mean` and `deviation`.
    """

    recipe: WakewordRecipe
    dataset: WakeDataset
    settings: dict[str, Any]
    window_frames: int
    cache_dir: Path

    @property
    def refractory_hops(self) -> int:
        """Return the hops after a detection in which there is no other."""
        return self.recipe.detection.refractory_ms // self.recipe.detection.hop_ms

    def by_int8(self, model: TflmModel, split: str) -> Heard:
        """Return what an int8 model hears in a split's streams, by TFLite Micro."""
        return self._heard(
            lambda frames, length, hop: int8_scores(model, frames, length=length, hop=hop), split, near=True
        )

    def by_float(self, predict: Predict, split: str, *, every: int = 1) -> Heard:
        """Return what a float model hears in a split's streams, at each `every`-th hop."""
        return self._heard(
            lambda frames, length, hop: float_scores(predict, frames, length=length, hop=hop),
            split,
            every=every,
        )

    def _heard(self, score: Score, split: str, *, every: int = 1, near: bool = False) -> Heard:
        hop = every * hop_frames(self.recipe.detection.hop_ms, self.recipe.features.hop_ms)
        positives, negatives = self.dataset.positives[split], self.dataset.negatives[split]
        apart = self.dataset.near.get(split) if near else None
        return Heard(
            negatives=score(self._frames(negatives), self.window_frames, hop),
            hours=negatives.hours,
            positives=score(self._frames(positives), self.window_frames, hop),
            spans_s=spans_s(positives),
            near=None if apart is None else score(self._frames(apart), self.window_frames, hop),
        )

    def _frames(self, stream: Stream) -> npt.NDArray[np.float32]:
        return stream_features(stream, recipe=self.recipe, settings=self.settings, cache_dir=self.cache_dir)

    def judge(self, predict: Predict, split: str = "validation") -> tuple[float, ...]:
        """Return how good a float model is on a split's streams: see `detection.choice.rank`.

        It listens at every second hop and sums two scores.
        """
        section = self.recipe.detection
        return rank(
            self.by_float(predict, split, every=JUDGE_EVERY),
            accepts_per_hour=section.accepts_per_hour,
            smooth_hops=_JUDGE_SMOOTH,
            hop_ms=section.hop_ms * JUDGE_EVERY,
            clip_ms=self.recipe.dataset.clip_ms,
            refractory_hops=self.refractory_hops // JUDGE_EVERY,
        )

    def detector(self, validation: Heard) -> Detector:
        """Return the detector for the wanted rate of false accepts, chosen on validation."""
        section = self.recipe.detection
        return choose(
            validation,
            accepts_per_hour=section.accepts_per_hour,
            smooth_hops=section.smooth_hops,
            hop_ms=section.hop_ms,
            clip_ms=self.recipe.dataset.clip_ms,
            refractory_hops=self.refractory_hops,
        )

    def result(self, split: str, found: Heard, detector: Detector) -> dict[str, Any]:
        """Return how a detector does on a split.

        Returns:
          phrases, rejects (share of phrases not detected), hours, accepts (false ones),
          accepts_per_hour, accepts_by_kind and hours_by_kind of sound; near (phrases, accepts) where
          near phrases were listened to; and of the curve
          under the same smoothing: rejects_at_wanted, and thresholds, accepts_per_hour, rejects.
        """
        clip_ms, wanted = self.recipe.dataset.clip_ms, self.recipe.detection.accepts_per_hour
        spans = spans_in_hops(
            found.spans_s,
            hop_ms=detector.hop_ms,
            clip_ms=clip_ms,
            hops=len(found.positives),
            smooth_hops=detector.smooth_hops,
        )
        right = heard(detector.detections(found.positives), spans)
        false = detector.detections(found.negatives)
        stream = self.dataset.negatives[split]
        causes = [
            stream.sound_before(second)
            for second in window_end_s(false, hop_ms=detector.hop_ms, clip_ms=clip_ms)
        ]
        kinds = dict.fromkeys(stream.hours_by_kind(), 0)
        for cause in causes:
            if cause is not None:
                kinds[cause.kind] += 1
        curve, _ = found.trade_off(
            hop_ms=detector.hop_ms,
            clip_ms=clip_ms,
            smooth_hops=detector.smooth_hops,
            refractory_hops=detector.refractory_hops,
            most_per_hour=_CURVE_TO * wanted,
        )
        apart = {}
        if found.near is not None:
            said, taken = len(self.dataset.near[split].sounds), detector.detections(found.near)
            apart = {"near": {"phrases": said, "accepts": len(taken)}}
        return {
            **apart,
            "phrases": len(right),
            "rejects": float((~right).mean()),
            "hours": round(found.hours, 4),
            "accepts": len(false),
            "accepts_per_hour": len(false) / found.hours,
            "hours_by_kind": {kind: round(hours, 4) for kind, hours in stream.hours_by_kind().items()},
            "accepts_by_kind": kinds,
            "accepted": [cause.source for cause in causes if cause is not None][:_NAMED],
            "rejects_at_wanted": curve.rejects_at(wanted),
            "curve": {
                "thresholds": curve.thresholds.tolist(),
                "accepts_per_hour": curve.accepts_per_hour.tolist(),
                "rejects": curve.rejects.tolist(),
            },
        }


_CURVE_TO = 64.0  # times the wanted rate, for a plot
_NAMED = 20  # false accepts whose source is kept


def spans_s(stream: Stream) -> list[tuple[float, float]]:
    """Return start and end of each saying of the phrase, in seconds."""
    return [
        (sound.start / stream.rate_hz, sound.end / stream.rate_hz)
        for sound in stream.sounds
        if sound.kind == WAKE
    ]
