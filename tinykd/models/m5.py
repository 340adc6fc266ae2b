"""Raw-waveform student: strided convolutions along the samples, each shorter and wider than the one before.

The first convolution is the filter bank, learnt. After Dai et al.'s M5, made tiny: strides
take the place of pooling, and all but the first convolution are separable.
Source: Dai et al. 2016, "Very deep convolutional neural networks for raw waveforms", arXiv:1610.00087.
"""

from __future__ import annotations

from typing import Any

from tinykd._keras import keras
from tinykd.errors import RecipeError
from tinykd.models import blocks


def build(
    *,
    frames: int,
    bins: int,
    classes: int,
    deploy: bool = False,
    filters: int = 16,
    taps: int = 32,
    stride: int = 8,
    widths: tuple[int, ...] = (32, 48, 64),
    strides: tuple[int, ...] = (4, 2, 2),
    kernel: int = 9,
    depth: int = 1,
) -> Any:
    """Build the model.

    Args:
      frames: frames of samples.
      bins: samples of a frame; frames follow each other.
      classes: logits.
      deploy: folded form.
      filters: of the first convolution.
      taps: samples that one of them sees.
      stride: samples from one of its places to the next.
      widths: channels of each stage after it.
      strides: of each stage, as many.
      kernel: places that a stage's depthwise convolution sees.
      depth: separable blocks a stage; the first has the stride.

    Returns:
      keras.Model: [batch, frames, 1, bins] float32 -> [batch, classes] logits.

    Raises:
      RecipeError: not one stride for each stage.
    """
    if len(widths) != len(strides):
        what = f"{len(strides)} strides for {len(widths)} widths"
        raise RecipeError("recipe params", what, "one stride for each stage")
    inputs = keras.layers.Input((frames, 1, bins), name="features")
    x = keras.layers.Reshape((frames * bins, 1, 1), name="samples")(inputs)
    x = blocks.conv(x, filters, (taps, 1), name="filters", deploy=deploy, strides=(stride, 1))
    for stage, (width, step) in enumerate(zip(widths, strides, strict=True)):
        for index in range(depth):
            name, last = f"stage{stage}_{index}", index == depth - 1
            by = (step if index == 0 else 1, 1)
            x = blocks.depthwise(x, [(kernel, 1)], name=f"{name}_dw", deploy=deploy, strides=by, relu=False)
            tap = f"tap_{stage}" if last else None
            x = blocks.conv(x, width, (1, 1), name=f"{name}_pw", deploy=deploy, activation_name=tap)
    return keras.Model(inputs, blocks.head(x, classes), name="m5")
