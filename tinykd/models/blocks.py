"""Convolution blocks with two forms, and the fold from one to the other.

In training form a block is one or more parallel convolutions, each with its own
batch normalisation, summed. In deploy form it is one convolution with a bias:
what batch normalisation and the branches compute at inference is linear, so it
folds into that convolution exactly (Ding et al. 2021, arXiv:2101.03697).
Quantisation-aware training and export see only the deploy form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinykd._keras import keras

L = keras.layers
MOMENTUM = 0.95  # trainings here are short; Keras' own 0.99 lags behind them
EPSILON = 1e-3


def conv(
    x: Any,
    filters: int,
    kernel: tuple[int, int],
    *,
    name: str,
    deploy: bool,
    strides: tuple[int, int] = (1, 1),
    padding: str = "same",
    relu: bool = True,
    activation_name: str | None = None,
) -> Any:
    """Apply Conv2D with batch normalisation (training) or bias (deploy), then ReLU."""
    if deploy:
        return L.Conv2D(
            filters,
            kernel,
            strides=strides,
            padding=padding,
            activation="relu" if relu else None,
            name=(activation_name or name) if relu else name,
        )(x)
    x = L.Conv2D(
        filters,
        kernel,
        strides=strides,
        padding=padding,
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}__conv0",
    )(x)
    x = _normalise(x, name=f"{name}__bn0")
    return L.ReLU(name=activation_name or f"{name}__relu")(x) if relu else x


def depthwise(
    x: Any,
    kernels: Sequence[tuple[int, int]],
    *,
    name: str,
    deploy: bool,
    strides: tuple[int, int] = (1, 1),
    dilation: tuple[int, int] = (1, 1),
    padding: str = "same",
    relu: bool = True,
) -> Any:
    """Apply a depthwise convolution; several `kernels` are parallel branches in training form.

    The first kernel is the largest and is the deployed one; the others have odd
    sizes not above it, so each folds into its middle. Branches need stride 1 or
    an odd stride phase, which "same" padding gives only at stride 1.
    """
    if len(kernels) > 1 and (tuple(strides) != (1, 1) or tuple(dilation) != (1, 1)):
        raise ValueError("parallel branches need stride and dilation 1")
    if deploy:
        return L.DepthwiseConv2D(
            kernels[0],
            strides=strides,
            dilation_rate=dilation,
            padding=padding,
            activation="relu" if relu else None,
            name=name,
        )(x)
    branches = []
    for index, kernel in enumerate(kernels):
        branch = L.DepthwiseConv2D(
            kernel,
            strides=strides,
            dilation_rate=dilation,
            padding=padding,
            use_bias=False,
            depthwise_initializer="he_normal",
            name=f"{name}__conv{index}",
        )(x)
        branches.append(_normalise(branch, name=f"{name}__bn{index}"))
    x = L.Add(name=f"{name}__sum")(branches) if len(branches) > 1 else branches[0]
    return L.ReLU(name=f"{name}__relu")(x) if relu else x


def head(x: Any, classes: int) -> Any:
    """Average over time and frequency, then one dense layer to the logits."""
    x = L.GlobalAveragePooling2D(name="pool")(x)
    return L.Dense(classes, name="logits")(x)


def timed_head(x: Any, classes: int) -> Any:
    """Weigh the frames of each channel by learned weights, then one dense layer to the logits.

    For inputs where it matters when something happens; a mean forgets it. Starts as the mean.
    """
    frames = int(x.shape[1])
    x = L.DepthwiseConv2D(
        (frames, int(x.shape[2])),
        depthwise_initializer=keras.initializers.Constant(1.0 / (frames * int(x.shape[2]))),
        name="pool",
    )(x)
    x = L.Flatten(name="flat")(x)
    return L.Dense(classes, name="logits")(x)


def _normalise(x: Any, *, name: str) -> Any:
    return L.BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON, name=name)(x)


def fold(trained: Any, deployed: Any) -> None:
    """Set the weights of a deploy-form model from its training-form twin.

    Args:
      trained: the model built with deploy=False.
      deployed: the same architecture built with deploy=True; changed in place.
    """
    by_name = {layer.name: layer for layer in trained.layers}
    for layer in deployed.layers:
        if not layer.weights:
            continue
        name = _training_name(layer.name, by_name)
        if name is None:
            layer.set_weights(by_name[layer.name].get_weights())
            continue
        is_depthwise = isinstance(layer, L.DepthwiseConv2D)
        shape = layer.weights[0].shape
        kernel = np.zeros(shape, np.float64)
        bias = np.zeros(layer.weights[1].shape, np.float64)
        index = 0
        while f"{name}__conv{index}" in by_name:
            weights = by_name[f"{name}__conv{index}"].get_weights()[0].astype(np.float64)
            gamma, beta, mean, variance = (
                value.astype(np.float64) for value in by_name[f"{name}__bn{index}"].get_weights()
            )
            scale = gamma / np.sqrt(variance + EPSILON)
            folded = weights * (scale[:, None] if is_depthwise else scale)
            top, left = ((shape[axis] - folded.shape[axis]) // 2 for axis in (0, 1))
            kernel[top : top + folded.shape[0], left : left + folded.shape[1]] += folded
            bias += beta - mean * scale
            index += 1
        layer.set_weights([kernel.astype(np.float32), bias.astype(np.float32)])


def _training_name(name: str, by_name: dict[str, Any]) -> str | None:
    """Return the block that `name` deploys; None for a layer both forms share."""
    if f"{name}__conv0" in by_name:
        return name
    if name in by_name and not by_name[name].weights:  # a tap: the ReLU of a fused block
        source = by_name[name].inbound_nodes[0].inbound_layers.name
        return str(source).split("__")[0]
    return None
