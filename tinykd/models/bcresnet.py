"""BC-ResNet: 2-D features with a 1-D temporal branch broadcast over frequency.

Source: Kim et al. 2021, arXiv:2106.04140. Two departures, both for int8: ReLU
in place of Swish, and plain batch normalisation in place of sub-spectral
normalisation, which would not fold into a convolution.
"""

from __future__ import annotations

from typing import Any

from tinykd._keras import keras
from tinykd.models import blocks

L = keras.layers

# (channels at scale 1, blocks, frequency stride, temporal dilation), table 1 of the paper.
STAGES = ((8, 2, 1, 1), (12, 2, 2, 2), (16, 4, 2, 4), (20, 4, 1, 8))


def build(*, frames: int, bins: int, classes: int, deploy: bool = False, scale: float = 1.0) -> Any:
    """Build the model.

    Args:
      frames: time steps.
      bins: mel bins.
      classes: logits.
      deploy: folded form.
      scale: channel multiplier; 1 is BC-ResNet-1, 8 is BC-ResNet-8.

    Returns:
      keras.Model: [batch, frames, bins, 1] float32 -> [batch, classes] logits.
    """

    def width(channels: int) -> int:
        return max(1, round(channels * scale))

    inputs = L.Input((frames, bins, 1), name="features")
    x = blocks.conv(inputs, width(16), (5, 5), name="stem", deploy=deploy, strides=(1, 2))
    for stage, (channels, count, stride, dilation) in enumerate(STAGES):
        for index in range(count):
            name = f"stage{stage}_{index}"
            transition = index == 0
            y = x
            if transition:
                y = blocks.conv(y, width(channels), (1, 1), name=f"{name}_in", deploy=deploy)
                if stride == 2:
                    y = L.AveragePooling2D((1, 2), name=f"{name}_halve")(y)
            y = blocks.depthwise(y, [(1, 3)], name=f"{name}_frequency", deploy=deploy, relu=False)
            z = L.AveragePooling2D((1, int(y.shape[2])), name=f"{name}_collapse")(y)
            z = blocks.depthwise(z, [(3, 1)], name=f"{name}_time", deploy=deploy, dilation=(dilation, 1))
            z = blocks.conv(z, width(channels), (1, 1), name=f"{name}_mix", deploy=deploy)
            y = L.Add(name=f"{name}_broadcast")([y, z])
            if not transition:
                y = L.Add(name=f"{name}_residual")([y, x])
            last = index == count - 1
            x = L.ReLU(name=f"tap_{stage}" if last else f"{name}_out")(y)
    x = blocks.depthwise(
        x, [(5, int(x.shape[2]))], name="head_dw", deploy=deploy, padding="valid", relu=False
    )
    x = blocks.conv(x, width(32), (1, 1), name="head_pw", deploy=deploy)
    return keras.Model(inputs, blocks.head(x, classes), name="bcresnet")
