"""TENet-class model: inverted bottlenecks along time, mel bins as channels.

Each depthwise convolution has parallel branches of several lengths in training,
folded into one at export. Source: Li et al. 2020, arXiv:2010.09960.
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
    channels: int = 32,
    expansion: int = 3,
    stages: tuple[int, ...] = (2, 2, 2),
    kernel: int = 9,
    branches: int = 2,
    timed: bool = False,
) -> Any:
    """Build the model.

    Args:
      frames: time steps.
      bins: mel bins, the input channels.
      classes: logits.
      deploy: folded form.
      channels: channels between the bottlenecks.
      expansion: how many times wider each bottleneck is inside.
      stages: bottlenecks a stage; each stage after the first halves time.
      kernel: taps of each depthwise convolution.
      branches: parallel depthwise branches in training, folded at export.
      timed: learned weights of frames before the logits, in place of their mean.

    Returns:
      keras.Model: [batch, frames, 1, bins] float32 -> [batch, classes] logits.
    """
    inputs = L.Input((frames, 1, bins), name="features")
    x = blocks.conv(inputs, channels, (3, 1), name="stem", deploy=deploy)
    sizes = [(size, 1) for size in (kernel, 5, 3, 1)[:branches]]
    for stage, count in enumerate(stages):
        for index in range(count):
            name = f"stage{stage}_{index}"
            strides = (2, 1) if stage > 0 and index == 0 else (1, 1)
            y = blocks.conv(x, channels * expansion, (1, 1), name=f"{name}_expand", deploy=deploy)
            y = blocks.depthwise(
                y,
                sizes if strides == (1, 1) else sizes[:1],
                name=f"{name}_dw",
                deploy=deploy,
                strides=strides,
            )
            last = index == count - 1
            tap = f"tap_{stage}" if last else f"{name}_out"
            if strides == (1, 1):
                y = blocks.conv(y, channels, (1, 1), name=f"{name}_project", deploy=deploy, relu=False)
                x = L.ReLU(name=tap)(L.Add(name=f"{name}_add")([x, y]))
            else:
                x = blocks.conv(
                    y, channels, (1, 1), name=f"{name}_project", deploy=deploy, activation_name=tap
                )
    head = blocks.timed_head if timed else blocks.head
    return keras.Model(inputs, head(x, classes), name="tenet")
