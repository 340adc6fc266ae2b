"""Anomaly student: temporal convolutions, the mean over time, and a small head that says one score.

The trunk is shared with `autoencoder`, so that a distilled student and one without
a teacher differ in what they are taught, not in what they see.
"""

from __future__ import annotations

from typing import Any

from tinykd._keras import keras

L = keras.layers


def trunk(inputs: Any, channels: tuple[int, ...], kernel: int) -> Any:
    """Apply a convolution along time for each of `channels`; every output is a tap."""
    x = inputs
    for index, count in enumerate(channels):
        x = L.Conv2D(
            count,
            (kernel if index else 1, 1),
            padding="same",
            activation="relu",
            kernel_initializer="he_normal",
            name=f"tap_{index}",
        )(x)
    return x


def build(
    *,
    frames: int,
    bins: int,
    classes: int,
    deploy: bool = False,
    channels: tuple[int, ...] = (24, 24),
    kernel: int = 3,
    hidden: tuple[int, ...] = (24,),
) -> Any:
    """Build the model; there is no batch normalisation, so both forms are one.

    Args:
      frames: time steps.
      bins: features of a frame.
      classes: 1, the score.
      deploy: makes no difference.
      channels: filters of each convolution; the first sees one frame, the others `kernel`.
      kernel: frames that a convolution sees.
      hidden: units of each dense layer before the score.

    Returns:
      keras.Model: [batch, frames, 1, bins] float32 -> [batch, 1] score, near 0 for normal.
    """
    inputs = L.Input((frames, 1, bins), name="features")
    x = L.GlobalAveragePooling2D(name="pool")(trunk(inputs, channels, kernel))
    for index, units in enumerate(hidden):
        x = L.Dense(units, activation="relu", kernel_initializer="he_normal", name=f"hidden_{index}")(x)
    return keras.Model(inputs, L.Dense(classes, name="score")(x), name="scorer")
