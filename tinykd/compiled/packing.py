"""How kernels want their weights and how much scratch they use: one function a kernel, for every target."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Int8 = npt.NDArray[np.int8]


def pack_conv(weights: Int8) -> dict[str, Int8]:
    """Weights [out, height, width, in] or [out, in], as `tkd_dot_s8` reads them, by target."""
    return {"portable": weights}


def pack_depthwise(weights: Int8) -> dict[str, Int8]:
    """Weights [height, width, channels] for `tkd_depthwise_s8`, by target."""
    return {"portable": weights}


def pack_fully_connected(weights: Int8) -> dict[str, Int8]:
    """Weights [out, in] for `tkd_fully_connected_s8`, by target."""
    return {"portable": weights}


def pack_channels(bias: Sequence[int], multipliers: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Return the rows of a table of `tkd_channel`: bias, multiplier, shift."""
    return [(value, factor, shift) for value, (factor, shift) in zip(bias, multipliers, strict=True)]


def conv_scratch(depth: int) -> int:
    """Bytes that `tkd_conv_1x1_s8` or `tkd_conv_s8` need; depth: products an output."""
    return depth


def depthwise_scratch(
    *, kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int], out_width: int
) -> int:
    """Bytes that `tkd_depthwise_s8` needs; pairs are (vertical, horizontal)."""
    rows = (kernel[0] - 1) * dilation[0] + 1
    return rows * ((out_width - 1) * stride[1] + (kernel[1] - 1) * dilation[1] + 1)
