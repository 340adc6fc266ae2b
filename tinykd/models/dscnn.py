"""DS-CNN: a first convolution, then depthwise separable blocks, as MLPerf Tiny runs it.

Source: Zhang et al. 2017, arXiv:1711.07128; Banbury et al. 2021, arXiv:2106.07597.
"""

from __future__ import annotations

from typing import Any

from tinykd._keras import keras
from tinykd.models import blocks


def build(
    *,
    frames: int,
    bins: int,
    classes: int,
    deploy: bool = False,
    channels: int = 64,
    depth: int = 4,
    first_kernel: tuple[int, ...] = (10, 4),
    first_strides: tuple[int, ...] = (2, 2),
) -> Any:
    """Build the model.

    Args:
      frames: time steps.
      bins: mel bins or coefficients.
      classes: logits.
      deploy: folded form.
      channels: channels of every layer.
      depth: separable blocks.
      first_kernel: (time, frequency) taps of the first convolution.
      first_strides: its (time, frequency) strides.

    Returns:
      keras.Model: [batch, frames, bins, 1] float32 -> [batch, classes] logits.
    """
    inputs = keras.layers.Input((frames, bins, 1), name="features")
    kernel = (first_kernel[0], first_kernel[1])
    x = blocks.conv(
        inputs, channels, kernel, name="stem", deploy=deploy, strides=(first_strides[0], first_strides[1])
    )
    taps = {max(0, depth // 2 - 1), depth - 1}
    tap = 0
    for block in range(depth):
        x = blocks.depthwise(x, [(3, 3)], name=f"block{block}_dw", deploy=deploy)
        tapped = block in taps
        x = blocks.conv(
            x,
            channels,
            (1, 1),
            name=f"block{block}_pw",
            deploy=deploy,
            activation_name=f"tap_{tap}" if tapped else None,
        )
        tap += tapped
    return keras.Model(inputs, blocks.head(x, classes), name="dscnn")
