"""A stream through a model, window by window: int8 as on the device, or float while training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.detection.detector import SCORE_MAX, SCORE_MIN, Scores, hop_scores
from tinykd.detection.windows import window_batches
from tinykd.tflm import TflmModel

FLOAT_STEPS = 10.0  # steps of a float model's log odds: 0.1 a step, 25.5 at the ends

_BATCH = 8192

Floats = npt.NDArray[np.float32]
Predict = Callable[[npt.NDArray[Any]], Floats]


def int8_scores(model: TflmModel, frames: Floats, *, length: int, hop: int, wake: int = 0) -> Scores:
    """Return the scores of every window of a stream, by TFLite Micro.

    Args:
      model: one int8 output a class.
      frames: [frames, bins] float32, standardised as in training.
      length: frames a window.
      hop: frames from one window to the next.
      wake: the wake word's class.

    Returns:
      [windows] int16.
    """
    steps = model.quantise_input(frames)
    parts = [
        hop_scores(model.run(batch).reshape(len(batch), -1), wake=wake)  # type: ignore[arg-type]
        for batch in window_batches(steps, length=length, hop=hop, batch=_BATCH)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)


def float_scores(predict: Predict, frames: Floats, *, length: int, hop: int, wake: int = 0) -> Scores:
    """Return the scores of every window of a stream by a float model, in steps of 0.1 log odds.

    Args:
      predict: [n, frames, bins] float32 to logits [n, classes].
      frames: [frames, bins] float32, standardised as in training.
      length: frames a window.
      hop: frames from one window to the next.
      wake: the wake word's class.

    Returns:
      [windows] int16 in -255..255.
    """
    parts = []
    for batch in window_batches(frames, length=length, hop=hop, batch=_BATCH):
        logits = predict(batch)
        odds = logits[:, wake] - np.delete(logits, wake, axis=1).max(axis=1)
        parts.append(np.clip(np.rint(odds * FLOAT_STEPS), SCORE_MIN, SCORE_MAX).astype(np.int16))
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)
