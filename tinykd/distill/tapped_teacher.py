"""A teacher that says its logits and its taps, the taps made small.

A tap is kept small, so that a tiny student's step is not spent on reading its
teacher: time and frequency are averaged, channels brought to their main
directions, and all divided by one number, so that half precision holds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd._keras import keras, tf
from tinykd.distill.losses import resample_time
from tinykd.distill.phoneme_head import PhonemeHead
from tinykd.distill.taps import tap_layers
from tinykd.distill.training import as_input
from tinykd.errors import ModelError, RecipeError
from tinykd.recipe import DistillSection

BATCH = 512
_SAMPLE_CLIPS = 1024  # whose taps the main directions are found on
_HALF = float(np.finfo(np.float16).max)

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Reduction:
    """What is kept of a tap's channels.

    directions: [channels, kept] float32 with orthonormal columns, the most telling first.
    scale: above 0, the root mean square of the tap; kept values are divided by it.
    share: 0..1, of the tap's squared length that the directions keep.
    """

    directions: Floats
    scale: float
    share: float

    def __call__(self, tap: Floats) -> npt.NDArray[np.float16]:
        """Return [..., kept] float16 of a tap [..., channels]."""
        kept = tap @ (self.directions / np.float32(self.scale))
        return np.clip(kept, -_HALF, _HALF).astype(np.float16)


class TappedTeacher:
    """A teacher in inference form; its weights do not change."""

    def __init__(self, model: Any, section: DistillSection, *, head: PhonemeHead | None = None) -> None:
        """Make the graph from features to logits and taps.

        Args:
          model: a Keras model with taps; its output is taken for logits.
          section: `tap_frames` and `tap_bands`, the most that is kept of a tap.
          head: of the last tap.
        """
        self.model = model
        layers = tap_layers(model)
        small = [keras.layers.Lambda(lambda x: _averaged(x, section))(layer.output) for layer in layers]
        outputs = [model.output, *small]
        self.said_frames = 0
        if head is not None:
            sure = head.presence(layers[-1].output)
            self.said_frames = min(int(sure.shape[1]), section.tap_frames)
            outputs.append(keras.layers.Lambda(lambda x: resample_time(x, self.said_frames))(sure[..., None]))
        tapped = keras.Model(model.inputs, outputs)
        self.classes = int(model.output_shape[-1])
        self.names = [layer.name for layer in layers]
        self.tap_shapes = [tuple(int(size) for size in tap.shape[1:3]) for tap in small]
        self._run = tf.function(lambda x: tapped(x, training=False), reduce_retracing=True)

    def __call__(self, features: npt.NDArray[Any]) -> tuple[Floats, list[Floats], Floats | None]:
        """Return what is said of features [n, frames, bins].

        Returns:
          (logits [n, classes], taps [n, time, bands, channels], how likely a phoneme is [n, said_frames],
          None without a head).
        """
        logits, *rest = (
            finite(one.numpy()) for one in self._run(tf.constant(as_input(features, self.model)))
        )
        sure = rest.pop()[..., 0] if self.said_frames else None
        return logits, rest, sure

    def reductions(self, clips: npt.NDArray[Any], *, most: int) -> list[Reduction]:
        """Return how each tap is reduced to at most `most` channels.

        Args:
          clips: [n, frames, bins]; some from all over them are looked at.
          most: of a tap's channels, at least 1.
        """
        chosen = np.unique(np.linspace(0, len(clips) - 1, _SAMPLE_CLIPS).astype(np.int64))
        parts = [self(clips[chosen[start : start + BATCH]])[1] for start in range(0, len(chosen), BATCH)]
        found = []
        for tap in zip(*parts, strict=True):
            values = np.concatenate([part.reshape(-1, part.shape[-1]) for part in tap])
            directions, share = main_directions(values, most)
            scale = float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
            found.append(Reduction(directions=directions.astype(np.float32), scale=scale or 1.0, share=share))
        return found


def finite(values: Floats) -> Floats:
    """Return what a teacher says, refused where it is no number.

    Raises:
      ModelError: it is infinite, or not a number.
    """
    if not np.isfinite(values).all():
        raise ModelError("the teacher", "it says values that are not finite", "a teacher whose training held")
    return values


def up_to_tap(model: Any, name: str) -> Any:
    """Return a model of nothing but what leads to a tap, with the same weights.

    Raises:
      RecipeError: the model has no such tap.
    """
    taps = {layer.name: layer for layer in tap_layers(model)}
    if name not in taps:
        what = f"up_to is {name!r}, and the teacher has no such tap"
        raise RecipeError("recipe [distill]", what, f"one of {', '.join(taps)}")
    return keras.Model(model.inputs, taps[name].output, name=f"{model.name}_{name}")


def main_directions(frames: npt.NDArray[Any], most: int) -> tuple[npt.NDArray[np.float64], float]:
    """Return the directions that keep most of the frames' squared length, and the share they keep.

    Not centred: it is the inner products of frames that are to survive.

    Args:
      frames: [n, channels].
      most: directions, at least 1; all channels where there are no more.

    Returns:
      ([channels, directions] float64 with orthonormal columns, share in 0..1).

    Source: Eckart and Young 1936, the best approximation of lower rank.
    """
    frames = np.asarray(frames, np.float64)
    channels = frames.shape[1]
    if channels <= most:
        return np.eye(channels), 1.0
    lengths, directions = np.linalg.eigh(frames.T @ frames)
    directions = directions[:, ::-1][:, :most]
    largest = np.abs(directions).argmax(axis=0)
    directions = directions * np.sign(directions[largest, np.arange(most)])  # either sign is an eigenvector
    return directions, float(lengths[::-1][:most].sum() / max(lengths.sum(), 1e-30))


def _averaged(tap: Any, section: DistillSection) -> Any:
    """Average a tap [batch, time, frequency, channels] to [batch, frames, bands, channels]."""
    time, frequency, channels = (int(size) for size in tap.shape[1:])
    frames, bands = min(time, section.tap_frames), min(frequency, section.tap_bands)
    rows = resample_time(tf.reshape(tap, (-1, frequency, channels)), bands)
    rows = resample_time(tf.reshape(rows, (-1, time, bands * channels)), frames)
    return tf.reshape(rows, (-1, frames, bands, channels))
