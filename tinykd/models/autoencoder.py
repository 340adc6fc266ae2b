"""Anomaly student without a teacher: an autoencoder whose output is its own mean reconstruction error.

The error is computed inside the graph, |x - y| as relu(x - y) + relu(y - x), so the
device reads one score and threshold, as from every other student.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinykd._keras import keras
from tinykd.models.scorer import trunk

L = keras.layers


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
    """Build the model.

    Args:
      frames: time steps.
      bins: features of a frame.
      classes: 1, the score.
      deploy: makes no difference.
      channels: filters of the encoder's convolutions.
      kernel: frames that a convolution sees.
      hidden: the narrowest of these is the width of the code, a frame.

    Returns:
      keras.Model: [batch, frames, 1, bins] float32 -> [batch, 1] mean absolute error, 0 or more.
    """
    inputs = L.Input((frames, 1, bins), name="features")
    x = trunk(inputs, channels, kernel)
    code = max(1, min(min(hidden), bins // 3))  # narrower than a frame, or there is nothing to learn
    x = L.Conv2D(code, (1, 1), name="code")(x)
    x = L.Conv2D(channels[-1], (kernel, 1), padding="same", activation="relu", name="decode")(x)
    y = L.Conv2D(bins, (1, 1), name="rebuilt")(x)
    above = L.ReLU(name="above")(L.Subtract(name="over")([inputs, y]))
    below = L.ReLU(name="below")(L.Subtract(name="under")([y, inputs]))
    error = L.Add(name="error")([above, below])
    each = L.GlobalAveragePooling2D(name="mean_error")(error)
    mean = L.Dense(classes, use_bias=False, trainable=False, name="score")
    score = mean(each)
    mean.set_weights([np.full((bins, classes), 1.0 / bins, np.float32)])
    return keras.Model(inputs, score, name="autoencoder")
