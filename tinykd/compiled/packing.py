"""How kernels want their weights and how much scratch they use: one function a kernel, for every target."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tinykd.compiled import kernels

Int8 = npt.NDArray[np.int8]


def _limit(header: str, name: str) -> int:
    """Return the number that a kernel header defines as `name`."""
    return int(re.findall(rf"^#define {name} (\d+)$", kernels.headers()[header], re.MULTILINE)[0])


BLOCK_LIMIT = _limit("dot", "TKD_BLOCK_LIMIT")
PLANE_LIMIT = _limit("depthwise", "TKD_PLANE_LIMIT")


def pack_conv(weights: Int8, groups: int = 1) -> dict[str, Int8]:
    """Weights [out, height, width, in] or [out, in], as `tkd_dot_s8` reads them, by target."""
    rows = weights.reshape(groups, len(weights) // groups, -1)
    return {
        "portable": weights,
        "dsp": np.concatenate([in_pairs(group) for group in rows]),
        "mve": np.concatenate([in_fours(group) for group in rows]),
    }


def in_pairs(rows: Int8) -> Int8:
    """Return weights [out, depth] in the order of dot_dsp.h: pairs of rows, values 0 and 2, then 1 and 3.

    Both axes are filled with zeros, the depth to a multiple of 4 and the rows to an even number.
    """
    filled = np.pad(rows, ((0, len(rows) % 2), (0, -rows.shape[1] % 4)))
    fours = filled.reshape(
        -1, 2, filled.shape[1] // 4, 2, 2
    )  # pair, row, four, (0 1) or (2 3), which of them
    return np.ascontiguousarray(fours.transpose(0, 2, 4, 3, 1)).reshape(-1)


def in_fours(rows: Int8) -> Int8:
    """Return weights [out, depth] in the order of mve.h, [out / 4, depth / 16, 4, 16], filled with zeros."""
    filled = np.pad(rows, ((0, -len(rows) % 4), (0, -rows.shape[1] % 16)))
    sixteens = filled.reshape(len(filled) // 4, 4, -1, 16)
    return np.ascontiguousarray(sixteens.transpose(0, 2, 1, 3)).reshape(-1)


def pack_depthwise(weights: Int8) -> dict[str, Int8]:
    """Weights [height, width, channels] for `tkd_depthwise_s8`, by target."""
    return {"portable": weights}


def pack_fully_connected(weights: Int8) -> dict[str, Int8]:
    """Weights [out, in] for `tkd_fully_connected_s8`, by target."""
    return {"portable": weights, "dsp": in_pairs(weights), "mve": in_fours(weights)}


def pack_channels(bias: Sequence[int], multipliers: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Return the rows of a table of `tkd_channel`: bias, multiplier, shift."""
    return [(value, factor, shift) for value, (factor, shift) in zip(bias, multipliers, strict=True)]


def conv_1x1_scratch(depth: int) -> int:
    """Bytes that `tkd_conv_1x1_s8` needs; depth: input channels."""
    block = _block_bytes(depth)
    return block if block <= BLOCK_LIMIT else depth


def conv_scratch(depth: int) -> int:
    """Bytes that `tkd_conv_s8` needs; depth: products an output."""
    block = _block_bytes(depth)
    return depth + (block if block <= BLOCK_LIMIT else 0)


def _block_bytes(depth: int) -> int:
    return 8 * (depth + 3 & ~3)


def depthwise_scratch(
    *, kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int], out: tuple[int, int]
) -> int:
    """Bytes that `tkd_depthwise_s8` needs; pairs are (vertical, horizontal).

    A ring of the rows of one channel, or its plane, as int16 (DSP) or as int8 with rows to spare (MVE).
    """
    reach = [(kernel[axis] - 1) * dilation[axis] for axis in (0, 1)]
    height, width = ((out[axis] - 1) * stride[axis] + reach[axis] + 1 for axis in (0, 1))
    whole = (-(-out[0] // 16) * 16 - 1) * stride[0] + reach[0] + 1
    planes = [2 * (height + 2 & ~1) * width, whole * width]
    return max([(reach[0] + 1) * width, *(plane for plane in planes if plane <= PLANE_LIMIT)])
