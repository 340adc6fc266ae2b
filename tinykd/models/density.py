"""The teacher of anomaly scores: densities of whole windows and of single frames, as one Keras model.

It is fitted in closed form (`tinykd.anomaly.density`), not by gradients. Its output
says how far a window's energy lies above normal; its tap is, for each frame, the
distance from every component, which tells a student what each moment looked like.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd._keras import keras, tf
from tinykd.anomaly.density import Mixture, fit_mixture

L = keras.layers

SHARPNESS = 2.0  # of the power mean, in standardised log energies
SPREAD = 2.0  # normal scores lie within about half of this of 0; far ones grow by the logarithm
_FRAMES_AT_MOST = 20_000  # single frames that the mixture of moments is fitted on
_BATCH = 512


@keras.saving.register_keras_serializable(package="tinykd")
class Power(keras.layers.Layer):  # type: ignore[misc]
    """Mean over time as powers have it: log(mean(exp(s x))) / s of [batch, time, 1, features]."""

    def __init__(self, sharpness: float, **options: Any) -> None:
        """Take the sharpness s, above 0; towards 0 it is the plain mean."""
        super().__init__(**options)
        self.sharpness = sharpness

    def call(self, x: Any) -> Any:
        """Return the power mean, [batch, features]."""
        time = tf.cast(tf.shape(x)[1], x.dtype)
        total = tf.reduce_logsumexp(self.sharpness * x[:, :, 0], axis=1)
        return (total - tf.math.log(time)) / self.sharpness

    def get_config(self) -> dict[str, Any]:
        """Return what makes another of this layer."""
        return {**super().get_config(), "sharpness": self.sharpness}


@keras.saving.register_keras_serializable(package="tinykd")
class Distances(keras.layers.Layer):  # type: ignore[misc]
    """Energy of x [..., D] under each of K Gaussians: [..., K]."""

    def __init__(self, components: int, **options: Any) -> None:
        """Take K."""
        super().__init__(**options)
        self.components = components

    def build(self, shape: Any) -> None:
        """Make the weights of a `Mixture`, all zero until they are taken."""
        k, d = self.components, int(shape[-1])
        self.whitening = self.add_weight("whitening", (k, d, d), initializer="zeros", trainable=False)
        self.means = self.add_weight("means", (k, d), initializer="zeros", trainable=False)
        self.offsets = self.add_weight("offsets", (k,), initializer="zeros", trainable=False)

    def call(self, x: Any) -> Any:
        """Return the energies."""
        white = tf.einsum("...d,kde->...ke", x, self.whitening) - self.means
        return 0.5 * tf.reduce_sum(tf.square(white), axis=-1) + self.offsets

    def take(self, mixture: Mixture) -> None:
        """Set the weights to those of a fitted mixture."""
        self.set_weights([mixture.whitening, mixture.means, mixture.offsets])

    def get_config(self) -> dict[str, Any]:
        """Return what makes another of this layer."""
        return {**super().get_config(), "components": self.components}


@keras.saving.register_keras_serializable(package="tinykd")
class Energy(keras.layers.Layer):  # type: ignore[misc]
    """Energy of a mixture from those of its components: -log sum exp(-x), [..., K] to [..., 1]."""

    def call(self, x: Any) -> Any:
        """Return the mixture's energy."""
        return -tf.reduce_logsumexp(-x, axis=-1, keepdims=True)


@keras.saving.register_keras_serializable(package="tinykd")
class Nearest(keras.layers.Layer):  # type: ignore[misc]
    """The least of K values, [..., K] to [..., 1]."""

    def call(self, x: Any) -> Any:
        """Return the least."""
        return tf.reduce_min(x, axis=-1, keepdims=True)


@keras.saving.register_keras_serializable(package="tinykd")
class Calibrate(keras.layers.Layer):  # type: ignore[misc]
    """asinh((x - centre) / spread): near 0 for normal, growing by the logarithm far out."""

    def build(self, shape: Any) -> None:
        """Make the weights: centre 0 and spread 1 until they are taken."""
        self.centre = self.add_weight("centre", (), initializer="zeros", trainable=False)
        self.spread = self.add_weight("spread", (), initializer="ones", trainable=False)

    def call(self, x: Any) -> Any:
        """Return the calibrated values."""
        return tf.asinh((x - self.centre) / self.spread)

    def take(self, normal: npt.NDArray[np.float32]) -> None:
        """Set centre and spread to the median and the quantiles of what normal data give."""
        low, centre, high = np.quantile(normal, [0.16, 0.5, 0.84])
        self.set_weights([centre, max(SPREAD * (high - low) / 2, 1e-6)])


@keras.saving.register_keras_serializable(package="tinykd")
class Weighted(keras.layers.Layer):  # type: ignore[misc]
    """Weighted mean of several [..., 1]."""

    def __init__(self, shares: Sequence[float], **options: Any) -> None:
        """Take a weight of 0 or more for each input, one of them above 0."""
        super().__init__(**options)
        self.shares = [float(share) for share in shares]

    def call(self, x: Any) -> Any:
        """Return the mean."""
        parts = [share * value for share, value in zip(self.shares, x, strict=True)]
        return tf.add_n(parts) / sum(self.shares)

    def get_config(self) -> dict[str, Any]:
        """Return what makes another of this layer."""
        return {**super().get_config(), "shares": self.shares}


def build(
    *,
    frames: int,
    bins: int,
    classes: int,
    deploy: bool = False,
    components: int = 1,
    mean: float = 1.0,
    power: float = 1.0,
    moments: float = 1.0,
) -> Any:
    """Build the model with weights that say nothing yet; `fit` gives them.

    The score is the weighted mean of up to three calibrated energies; a weight of 0
    leaves one out.

    Args:
      frames: time steps.
      bins: features of a frame.
      classes: 1, the score.
      deploy: makes no difference.
      components: Gaussians of each mixture.
      mean: weight of the energy of the mean over time.
      power: weight of the energy of the power mean over time.
      moments: weight of the mean over time of the energies of single frames.

    Returns:
      keras.Model: [batch, frames, 1, bins] float32 -> [batch, 1] score; tap [batch, frames, 1, components].
    """
    inputs = L.Input((frames, 1, bins), name="features")
    distances = Distances(components, name="moments_distances")(inputs)
    tap = Calibrate(name="tap_0")(distances)
    nearest = L.GlobalAveragePooling2D(name="moments_mean")(Nearest(name="moments_nearest")(tap))
    shares, scores = [moments], [Calibrate(name="moments_score")(nearest)]
    if mean > 0:
        shares.append(mean)
        scores.append(_score(L.GlobalAveragePooling2D(name="mean")(inputs), components, "mean"))
    if power > 0:
        shares.append(power)
        scores.append(_score(Power(SHARPNESS, name="power")(inputs), components, "power"))
    score = Weighted(shares, name="score")(scores) if len(scores) > 1 else scores[0]
    return keras.Model(inputs, score, name="density")


def _score(summary: Any, components: int, name: str) -> Any:
    energy = Energy(name=f"{name}_energy")(Distances(components, name=f"{name}_distances")(summary))
    return Calibrate(name=f"{name}_score")(energy)


def fit(
    windows: npt.NDArray[np.float32],
    conditions: Sequence[str],
    *,
    components: int = 1,
    mean: float = 1.0,
    power: float = 1.0,
    moments: float = 1.0,
    seed: int,
    unseen: npt.NDArray[np.float32] | None = None,
) -> Any:
    """Return the model fitted to normal windows.

    Args:
      windows: [n, frames, bins] float32, standardised, normal.
      conditions: [n] the operating point of each.
      components: at least this many Gaussians a mixture; each operating point has one or more.
      mean: see `build`.
      power: see `build`.
      moments: see `build`.
      seed: of the groups within an operating point, and of the frames chosen.
      unseen: [n, frames, bins] normal windows that scores are calibrated on: a density fits
        its own windows too well, and later normal ones lie many of their spreads away. None for `windows`.
    """
    n, frames, bins = windows.shape
    chosen = np.random.default_rng([seed, 3]).permutation(n * frames)[:_FRAMES_AT_MOST]
    chosen.sort()
    rows = {"moments": windows.reshape(-1, bins)[chosen].astype(np.float64)}
    if mean > 0:
        rows["mean"] = windows.mean(axis=1, dtype=np.float64)
    if power > 0:
        rows["power"] = Power(SHARPNESS)(windows[:, :, None]).numpy().astype(np.float64)
    points = dict.fromkeys(rows, conditions) | {"moments": [conditions[at // frames] for at in chosen]}
    mixtures = {
        name: fit_mixture(x, points[name], components=components, seed=seed) for name, x in rows.items()
    }
    model = build(
        frames=frames,
        bins=bins,
        classes=1,
        components=len(mixtures["moments"].offsets),
        mean=mean,
        power=power,
        moments=moments,
    )
    for name, mixture in mixtures.items():
        model.get_layer(f"{name}_distances").take(mixture)
    normal = windows if unseen is None else unseen
    # Each calibration reads what the layer before it gives for normal windows, so the order matters.
    _calibrate(model, "tap_0", normal, lambda values: values.min(axis=-1))
    for name in mixtures:
        _calibrate(model, f"{name}_score", normal, lambda values: values)
    return model


def _calibrate(
    model: Any, name: str, windows: npt.NDArray[np.float32], read: Callable[[npt.NDArray[Any]], Any]
) -> None:
    layer = model.get_layer(name)
    probe = keras.Model(model.inputs, layer.input)
    parts = [
        probe(tf.constant(windows[start : start + _BATCH, :, None]), training=False).numpy()
        for start in range(0, len(windows), _BATCH)
    ]
    layer.take(read(np.concatenate(parts)))
