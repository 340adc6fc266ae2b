"""2-D residual network on the spectrogram: dense 3x3 convolutions, which CPUs train fast.

Source: Tang and Lin 2018, arXiv:1710.10361, with the strided stages of
He et al. 2016, arXiv:1512.03385.
"""

from __future__ import annotations

from typing import Any

from tinykd._keras import keras
from tinykd.models import blocks

L = keras.layers


def build(
    *,
    frames: int,
    bins: int,
    classes: int,
    deploy: bool = False,
    widths: tuple[int, ...] = (32, 64, 96),
    depth: int = 1,
) -> Any:
    """Build the model.

    Args:
      frames: time steps.
      bins: mel bins or coefficients.
      classes: logits.
      deploy: folded form.
      widths: channels of each stage; each stage after the first halves both axes.
      depth: residual blocks a stage.

    Returns:
      keras.Model: [batch, frames, bins, 1] float32 -> [batch, classes] logits.
    """
    inputs = L.Input((frames, bins, 1), name="features")
    x = blocks.conv(inputs, widths[0], (5, 5), name="stem", deploy=deploy, strides=(2, 2))
    for stage, width in enumerate(widths):
        for index in range(depth):
            name = f"stage{stage}_{index}"
            strides = (2, 2) if stage > 0 and index == 0 else (1, 1)
            y = blocks.conv(x, width, (3, 3), name=f"{name}_a", deploy=deploy, strides=strides)
            y = blocks.conv(y, width, (3, 3), name=f"{name}_b", deploy=deploy, relu=False)
            skip = x
            if strides != (1, 1) or x.shape[-1] != width:
                skip = blocks.conv(
                    x, width, (1, 1), name=f"{name}_skip", deploy=deploy, strides=strides, relu=False
                )
            last = index == depth - 1
            x = L.ReLU(name=f"tap_{stage}" if last else f"{name}_out")(L.Add(name=f"{name}_add")([skip, y]))
    return keras.Model(inputs, blocks.head(x, classes), name="resnet")
