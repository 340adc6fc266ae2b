"""A teacher's phoneme head: which sound each frame of its last tap is of."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd._keras import keras, tf
from tinykd.datasets.sounds import CLASSES
from tinykd.distill.losses import resample_time
from tinykd.distill.step import Step
from tinykd.errors import ModelError

NONE = 0  # the place of no phoneme among the classes


class PhonemeHead:
    """One dense layer from the frames of a tap, frequency pooled, to the sounds.

    As a term of an objective it is trained with the model; it is kept in a file beside the model's.
    """

    def __init__(self, channels: int, *, weight: float, seed: int = 1) -> None:
        """Make the layer.

        Args:
          channels: of the tap.
          weight: of its loss.
          seed: of its initial weights.
        """
        initial = keras.initializers.GlorotUniform(seed=seed)
        self.layer = keras.layers.Dense(len(CLASSES), kernel_initializer=initial, name="phonemes")
        self.layer.build((None, None, channels))
        self.weight = weight
        self.variables = list(self.layer.trainable_variables)

    def logits(self, tap: Any) -> Any:
        """Return [batch, time, sounds] of a tap [batch, time, bands, channels]."""
        return self.layer(tf.reduce_mean(tap, axis=2))

    def presence(self, tap: Any) -> Any:
        """Return how likely a phoneme is at each frame of a tap: [batch, time], 0..1."""
        return 1.0 - tf.nn.softmax(self.logits(tap))[..., NONE]

    def __call__(self, step: Step) -> Any:
        """Return [batch] float32, weighed: the mean cross entropy of the last tap's frames.

        A frame of the tap is labelled with the shares of the sounds in its stretch of the input; one
        whose sound nobody knows costs nothing.
        """
        tap = step.taps[-1]
        sounds = resample_time(step.phonemes, int(tap.shape[1]))
        each = tf.reduce_sum(sounds * tf.nn.log_softmax(self.logits(tap)), axis=-1)
        return -self.weight * tf.reduce_mean(each, axis=1)

    @property
    def digest(self) -> str:
        """Return a digest of the weights, bit for bit."""
        return hashlib.sha256(_stacked(self).tobytes()).hexdigest()[:16]

    def save(self, path: Path) -> None:
        """Write the weights, [channels + 1, sounds] float32, the last row the bias."""
        with storage.atomic_path(path) as temporary, temporary.open("wb") as file:
            np.save(file, _stacked(self))


def read_head(path: Path) -> PhonemeHead:
    """Return a saved head.

    Raises:
      ModelError: the file is no such head.
    """
    try:
        stacked = np.load(path, allow_pickle=False)
    except storage.DAMAGED as error:
        raise _damaged(path, "it is no array") from error
    if stacked.dtype != np.float32 or stacked.ndim != 2 or stacked.shape[1] != len(CLASSES):
        raise _damaged(path, f"it holds {stacked.dtype} {list(stacked.shape)}")
    head = PhonemeHead(len(stacked) - 1, weight=0.0)
    head.layer.set_weights([stacked[:-1], stacked[-1]])
    return head


def _stacked(head: PhonemeHead) -> npt.NDArray[np.float32]:
    kernel, bias = head.layer.get_weights()
    return np.concatenate([kernel, bias[None]]).astype(np.float32)


def _damaged(path: Path, what: str) -> ModelError:
    return ModelError(str(path), f"the file is damaged: {what}", "delete it, and train the teacher again")
