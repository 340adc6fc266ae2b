"""Anomaly student built from its teacher: each prototype is one of the teacher's Gaussians in int8.

A window's mean over time is projected on each prototype's whitened axes; each
projection z is limited to -6..6, squared as p (6 - p) with p = z / 2 + 3 in 0..6,
which int8 holds well, and summed to minus the energy. The nearest prototype
counts, and a few bent lines turn its energy into the score. A convolution along
time beside the mean is added by training. `adopt` sets all but that convolution in
closed form, so training starts from the teacher's own mixture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd._keras import keras
from tinykd.errors import RecipeError
from tinykd.models.scorer import trunk

L = keras.layers

MIXTURE = ("whitening", "means", "offsets", "centre", "spread")

LIMIT = 6.0  # p's upper end, of the quantiser-friendly activation min(max(x, 0), 6)
REACH = 5.0  # energies end at centre + REACH * spread of the teacher's calibration
TRUNK_SCALE = 0.2  # of the convolution's first weights
BENDS = (REACH, 2.75, 1.5, 0.75, 0.3, -0.4)  # energies at which the score's lines meet, in the same units


@keras.saving.register_keras_serializable(package="tinykd")
class Mirror(keras.layers.Layer):  # type: ignore[misc]
    """LIMIT - x."""

    def call(self, x: Any) -> Any:
        """Return the mirrored values."""
        return LIMIT - x


def build(
    *,
    frames: int,
    bins: int,
    classes: int,
    deploy: bool = False,
    prototypes: int = 16,
    axes: int = 12,
    channels: tuple[int, ...] = (8,),
    kernel: int = 3,
) -> Any:
    """Build the model; there is no batch normalisation, so both forms are one.

    Args:
      frames: time steps.
      bins: features of a frame.
      classes: 1, the score.
      deploy: makes no difference.
      prototypes: Gaussians; the teacher has at most as many.
      axes: projections of each, those of least spread; at most `bins`.
      channels: filters of each convolution along time beside the mean.
      kernel: frames that a convolution sees after the first, which sees one.

    Returns:
      keras.Model: [batch, frames, 1, bins] float32 -> [batch, 1] score, near 0 for normal.

    Raises:
      RecipeError: more axes than features.
    """
    if axes > bins:
        raise RecipeError("recipe [student] params", f"axes is {axes}", f"at most {bins}, a frame's features")
    inputs = L.Input((frames, 1, bins), name="features")
    moving = L.GlobalAveragePooling2D(name="moving")(trunk(inputs, channels, kernel))
    summary = L.Concatenate(name="summary")([L.GlobalAveragePooling2D(name="mean")(inputs), moving])
    place = L.ReLU(max_value=LIMIT, name="limited")(L.Dense(axes * prototypes, name="axes")(summary))
    near = L.Multiply(name="squares")([place, Mirror(name="mirror")(place)])
    near = L.Reshape((axes, 1, prototypes), name="by_prototype")(near)
    near = L.DepthwiseConv2D((axes, 1), activation="relu", name="nearness")(near)
    near = L.MaxPooling2D((prototypes, 1), name="nearest")(L.Reshape((prototypes, 1, 1), name="row")(near))
    bent = L.Dense(len(BENDS), activation="relu", name="bends")(L.Flatten(name="nearness_of_nearest")(near))
    return keras.Model(inputs, L.Dense(classes, name="score")(bent), name="prototypes")


def mixture_of(teacher: Any) -> dict[str, npt.NDArray[np.float32]]:
    """Return the mixture that a density (`models.density`) has for the mean over time, and its calibration.

    Raises:
      RecipeError: it has no such mixture.
    """
    known = {layer.name: layer for layer in teacher.layers}
    if "mean_distances" not in known:
        raise RecipeError("recipe [teacher] params", "mean is 0", "above 0, for a student of prototypes")
    weights = [*known["mean_distances"].get_weights(), *known["mean_score"].get_weights()]
    return {name: np.atleast_1d(value) for name, value in zip(MIXTURE, weights, strict=True)}


def adopt(model: Any, mixture: Mapping[str, npt.NDArray[np.float32]]) -> None:
    """Set the weights of `model` to a mixture, as `mixture_of` gives it.

    Raises:
      RecipeError: more Gaussians than prototypes.
    """
    where = "recipe [student] params"
    whitening, means, offsets = (mixture[name] for name in MIXTURE[:3])
    centre, spread = (np.float32(mixture[name].item()) for name in MIXTURE[3:])
    prototypes, axes = (model.get_layer("by_prototype").target_shape[place] for place in (2, 0))
    have = len(offsets)
    if have > prototypes:
        raise RecipeError(where, f"prototypes is {prototypes}", f"{have} or more, the teacher's Gaussians")
    which = np.arange(prototypes) % have  # spare prototypes repeat; training may part them
    # The least spread first: largest columns of the whitening.
    order = np.argsort(-np.linalg.norm(whitening, axis=1), axis=1)[:, :axes]
    kernel, bias = model.get_layer("axes").get_weights()
    kernel, bias = np.zeros_like(kernel), np.zeros_like(bias)
    for prototype, source in enumerate(which):
        for axis, column in enumerate(order[source]):
            unit = axis * prototypes + prototype
            kernel[: whitening.shape[1], unit] = whitening[source][:, column] / 2.0
            bias[unit] = LIMIT / 2.0 - means[source][column] / 2.0
    model.get_layer("axes").set_weights([kernel, bias])
    _quieten(model)
    # z^2 / 2 = 2 (p - 3)^2 = 18 - 2 p (6 - p); nearness = top - energy, 0 where the energy is above top.
    top = centre + REACH * spread
    share = 2.0 / spread
    weights = np.full((axes, 1, prototypes, 1), share)
    own = (top - offsets[which] - 2.0 * (LIMIT / 2.0) ** 2 * axes) / spread
    model.get_layer("nearness").set_weights([weights, own])
    # Score = asinh(e) with e = (energy - centre) / spread = REACH - nearness, by lines between the bends.
    ends = np.array([*BENDS, BENDS[-1] - 1.0])
    slopes = np.diff(np.arcsinh(ends)) / -np.diff(ends)
    turns = np.diff(slopes, prepend=0.0)
    model.get_layer("bends").set_weights([np.ones((1, len(BENDS))), ends[:-1] - REACH])
    model.get_layer("score").set_weights([turns[:, None], np.arcsinh(ends[:1])])


def _quieten(model: Any) -> None:
    """Scale the last convolution down: it shares an int8 range with the mean, and must not widen it."""
    taps = [layer for layer in model.layers if layer.name.startswith("tap_")]
    kernel, bias = taps[-1].get_weights()
    taps[-1].set_weights([TRUNK_SCALE * kernel, bias])
