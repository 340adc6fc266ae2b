"""How far a phoneme head can be trusted."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd._keras import keras, tf
from tinykd.datasets.sounds import CLASSES, UNKNOWN
from tinykd.distill.losses import resample_time
from tinykd.distill.phoneme_head import NONE, PhonemeHead
from tinykd.distill.taps import tap_layers
from tinykd.distill.training import predictor


def frame_figures(
    model: Any, head: PhonemeHead, features: npt.NDArray[Any], phonemes: npt.NDArray[np.uint8]
) -> dict[str, float]:
    """Return how often the head is right, over frames of the model's last tap whose sounds are known.

    Args:
      model: the head's.
      head: of its last tap.
      features: [n, frames, bins].
      phonemes: [n, frames] places in `sounds.CLASSES`, or `UNKNOWN`.

    Returns:
      `frames` that were judged; `accuracy`, the share whose sound is the likeliest; `presence`, the share
      where whether there is a phoneme is as the head thinks likelier; `none`, the share without a phoneme.
      Empty where nothing is known.
    """
    known = (phonemes != UNKNOWN).all(axis=1)
    if not known.any():
        return {}
    tap = tap_layers(model)[-1].output
    said = predictor(keras.Model(model.inputs, head.logits(tap)))(features[known])
    truth = _majority(phonemes[known], said.shape[1])
    odds = np.exp(said - said.max(axis=-1, keepdims=True))
    likely = 2.0 * odds[..., NONE] < odds.sum(axis=-1)
    return {
        "frames": truth.size,
        "accuracy": float((said.argmax(axis=-1) == truth).mean()),
        "presence": float((likely == (truth != NONE)).mean()),
        "none": float((truth == NONE).mean()),
    }


def _majority(phonemes: npt.NDArray[np.uint8], times: int) -> npt.NDArray[np.intp]:
    """Return the sound with most of each of `times` equal stretches of [n, frames]; the first of equals."""
    shares = (phonemes[..., None] == np.arange(len(CLASSES))).astype(np.float32)
    found: npt.NDArray[np.intp] = resample_time(tf.constant(shares), times).numpy().argmax(axis=-1)
    return found
