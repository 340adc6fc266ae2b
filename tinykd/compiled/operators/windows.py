"""Where a window of a convolution or a pool lies."""

from __future__ import annotations

from typing import NamedTuple

from tinykd.compiled.graph import Node

SAME, VALID = 0, 1  # the schema's Padding


class Axis(NamedTuple):
    """One axis of a sliding window; `pad` is what lies before the first input."""

    size: int
    out: int
    window: int
    stride: int
    dilation: int
    pad: int


def slide(node: Node, padding: int, size: int, window: int, stride: int, dilation: int = 1) -> Axis:
    """Return how a window slides along an axis of `size` inputs.

    Raises:
      ModelError: a number that is not above 0, an unknown padding, or a window that never fits.
    """
    if min(window, stride, dilation) < 1 or max(window, stride, dilation) > 1 << 16:
        what = f"has window {window}, stride {stride} and dilation {dilation}"
        raise node.error(what, "use numbers of 1..65536")
    reach = (window - 1) * dilation + 1
    if padding == SAME:
        out = -(-size // stride)
    elif padding == VALID:
        out = (size - reach) // stride + 1
    else:
        raise node.error(f"has padding number {padding}", "use SAME or VALID")
    if out < 1:
        raise node.error(f"has a window of {reach} on {size} inputs", "use a window that fits")
    return Axis(size, out, window, stride, dilation, max(0, (out - 1) * stride + reach - size) // 2)
