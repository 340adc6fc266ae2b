"""Quantisation-aware training: tfmot's 8-bit scheme on a deploy-form student.

Only deploy-form models come here: batch normalisation is already folded, and
each ReLU sits inside its convolution, so fake quantisation stands exactly where
the int8 kernels round. (tfmot leaves the weights of a convolution that is
followed by a separate ReLU layer unquantised, which this form rules out.)
Source: Jacob et al. 2018, arXiv:1712.05877.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd._keras import keras, tf


def equalise_depthwise(model: Any) -> None:
    """Give every channel of a linear depthwise convolution the same weight range, in place.

    tfmot quantises a depthwise kernel with one scale for all channels. Where a
    depthwise convolution without activation feeds one 1x1 convolution, channel c
    may be multiplied by any s_c if the next kernel is divided by it: the function
    stays, the ranges become equal. Source: Nagel et al. 2019, arXiv:1906.04721, section 4.1.
    """
    for layer in model.layers:
        if (
            not isinstance(layer, keras.layers.DepthwiseConv2D)
            or layer.activation is not keras.activations.linear
        ):
            continue
        consumers = [node.outbound_layer for node in layer.outbound_nodes]
        if len(consumers) != 1 or type(consumers[0]) is not keras.layers.Conv2D:
            continue
        kernel, bias = layer.get_weights()
        largest = np.abs(kernel).max(axis=(0, 1, 3))
        scale = np.where(largest > 1e-8, largest.mean() / np.maximum(largest, 1e-8), 1.0)
        scale = np.clip(scale, 0.25, 4.0)  # a channel blown up further would widen the activations' range
        layer.set_weights([kernel * scale[None, None, :, None], bias * scale])
        weights, *rest = consumers[0].get_weights()
        consumers[0].set_weights([weights / scale[None, None, :, None], *rest])


def quantise_aware(deployed: Any, features: npt.NDArray[Any]) -> Any:
    """Return a trainable copy of `deployed` with fake quantisation, ranges warmed on real features.

    Args:
      deployed: keras.Model in deploy form.
      features: [n, ...] in the model's input shape, real training features; a
        range that has seen no data would start at tfmot's -6..6.

    Returns:
      keras.Model with the same input and output; its layers' names gain `quant_`.
    """
    import tensorflow_model_optimization as tfmot

    model = tfmot.quantization.keras.quantize_model(deployed)
    ranges = [w for w in model.weights if w.name.split("/")[-1].split(":")[0].endswith(("_min", "_max"))]
    inputs = np.asarray(features, np.float32).reshape(-1, *deployed.input_shape[1:])
    _set_ranges(deployed, model, ranges, inputs)
    return model


def _set_ranges(deployed: Any, model: Any, ranges: list[Any], inputs: npt.NDArray[np.float32]) -> None:
    """Start every activation range at what the float model shows on `inputs`."""
    names = [layer.name for layer in deployed.layers]
    probe = keras.Model(deployed.inputs, [layer.output for layer in deployed.layers])
    lows = dict.fromkeys(names, 0.0)
    highs = dict.fromkeys(names, 0.0)
    for start in range(0, len(inputs), 256):
        outputs = probe(tf.constant(inputs[start : start + 256]), training=False)
        for name, value in zip(names, outputs if isinstance(outputs, list) else [outputs], strict=True):
            lows[name] = min(lows[name], float(tf.reduce_min(value)))
            highs[name] = max(highs[name], float(tf.reduce_max(value)))
    first = deployed.layers[0].name
    for variable in ranges:
        owner, leaf = variable.name.split("/")[0], variable.name.split("/")[-1]
        if "kernel" in leaf:
            continue  # weight ranges follow the weights themselves
        name = first if owner.startswith("quantize_layer") else owner.removeprefix("quant_")
        variable.assign(lows[name] if "_min" in leaf else highs[name])
