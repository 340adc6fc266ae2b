"""The taps of a model: which layers they are, their shapes, and what the model costs up to each."""

from __future__ import annotations

import math
from typing import Any

from tinykd._keras import keras

L = keras.layers
TapShape = tuple[int, int, int]  # time, frequency bands, channels


def tap_layers(model: Any) -> list[Any]:
    """Return the model's tap layers in order; QAT wraps them under a `quant_` name."""
    taps = [layer for layer in model.layers if layer.name.removeprefix("quant_").startswith("tap_")]
    return sorted(taps, key=lambda layer: int(layer.name.rsplit("_", 1)[1]))


def tap_shapes(model: Any) -> list[TapShape]:
    """Return (time, frequency bands, channels) of each tap."""
    shapes = [layer.output.shape for layer in tap_layers(model)]
    return [(int(time), int(bands), int(channels)) for _, time, bands, channels in shapes]


def tap_costs(model: Any) -> list[float]:
    """Return the multiply-accumulates of an example up to each tap, the tap's layer included.

    Args:
      model: Keras model, in training or deploy form; layers wrapped by QAT count as what they wrap.
    """
    return [float(sum(_macs(layer) for layer in _before(tap))) for tap in tap_layers(model)]


def _before(layer: Any) -> list[Any]:
    """Return the layer and all that it depends on, each once."""
    found: dict[str, Any] = {}
    waiting = [layer]
    while waiting:
        one = waiting.pop()
        if one.name in found:
            continue
        found[one.name] = one
        for node in one.inbound_nodes:
            before = node.inbound_layers
            waiting += before if isinstance(before, list) else [before]
    return list(found.values())


def _macs(layer: Any) -> int:
    inner = getattr(layer, "layer", layer)
    if not isinstance(inner, L.Conv2D | L.DepthwiseConv2D | L.Dense):
        return 0
    if isinstance(inner, L.Dense):
        return int(math.prod(inner.kernel.shape))
    positions = int(math.prod(layer.output.shape[1:3]))
    kernel = inner.depthwise_kernel if isinstance(inner, L.DepthwiseConv2D) else inner.kernel
    return positions * int(math.prod(kernel.shape))
