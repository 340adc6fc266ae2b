"""SparkNet-class student: 1-D separable convolutions along time, mel bins as channels.

The whole spectrum enters the first convolution as channels, so every later
convolution works on [frames, 1, channels] and costs next to nothing.
Source: Svirsky et al. 2024, arXiv:2406.06634 (without its input-dependent
gates, which int8 kernels cannot run); MatchboxNet, arXiv:2004.08531.
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
    channels: int = 32,
    stem: int = 24,
    depth: int = 6,
    kernel: int = 9,
    stem_stride: int = 1,
    branches: int = 2,
) -> Any:
    """Build the model.

    Args:
      frames: time steps.
      bins: mel bins, the input channels.
      classes: logits.
      deploy: folded form.
      channels: channels of every separable block.
      stem: channels after the first 1x1 convolution.
      depth: separable blocks.
      kernel: taps of each depthwise convolution.
      stem_stride: stride of the first depthwise convolution.
      branches: parallel depthwise branches in training, folded at export.

    Returns:
      keras.Model: [batch, frames, 1, bins] float32 -> [batch, classes] logits.
    """
    inputs = keras.layers.Input((frames, 1, bins), name="features")
    x = blocks.conv(inputs, stem, (1, 1), name="stem", deploy=deploy)
    taps = {depth // 3 - 1, 2 * depth // 3 - 1, depth - 1}
    sizes = [(size, 1) for size in (kernel, 3, 1)[:branches]]
    tap = 0
    for block in range(depth):
        first = block == 0
        strides = (stem_stride, 1) if first else (1, 1)
        x = blocks.depthwise(
            x,
            sizes if strides == (1, 1) else sizes[:1],
            name=f"block{block}_dw",
            deploy=deploy,
            strides=strides,
            relu=False,
        )
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
    return keras.Model(inputs, blocks.head(x, classes), name="sparknet")
