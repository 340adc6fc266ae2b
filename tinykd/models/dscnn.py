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
    stem: int = 64,
    first_kernel: tuple[int, ...] = (10, 4),
    first_strides: tuple[int, ...] = (2, 2),
    widths: tuple[int, ...] = (64, 64, 64, 64),
    strides: tuple[int, ...] = (1,),
) -> Any:
    """Build the model; the defaults are the MLPerf Tiny shape.

    Args:
      frames: time steps.
      bins: mel bins or coefficients.
      classes: logits.
      deploy: folded form.
      stem: channels of the first convolution.
      first_kernel: (time, frequency) taps of the first convolution.
      first_strides: its (time, frequency) strides.
      widths: channels of each separable block.
      strides: of each block's depthwise convolution, on both axes; blocks beyond
        the list have the last one's.

    Returns:
      keras.Model: [batch, frames, bins, 1] float32 -> [batch, classes] logits.
    """
    inputs = keras.layers.Input((frames, bins, 1), name="features")
    kernel, first = (first_kernel[0], first_kernel[1]), (first_strides[0], first_strides[1])
    x = blocks.conv(inputs, stem, kernel, name="stem", deploy=deploy, strides=first)
    depth = len(widths)
    taps = {max(0, depth // 2 - 1), depth - 1}
    tap = 0
    for block, width in enumerate(widths):
        stride = strides[min(block, len(strides) - 1)]
        x = blocks.depthwise(x, [(3, 3)], name=f"block{block}_dw", deploy=deploy, strides=(stride, stride))
        tapped = block in taps
        x = blocks.conv(
            x,
            width,
            (1, 1),
            name=f"block{block}_pw",
            deploy=deploy,
            activation_name=f"tap_{tap}" if tapped else None,
        )
        tap += tapped
    return keras.Model(inputs, blocks.head(x, classes), name="dscnn")
