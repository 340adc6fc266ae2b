"""Densities of normal data: one Gaussian, or several, for each operating point.

The operating point (a speed, a load) is known while training and unknown on the
device: the density is the even mixture over all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SMALLEST_SPREAD = 1e-3  # of a feature; below it the data are constant


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """A mixture of K Gaussians over D dimensions, as a device or Keras computes it.

    The energy of x is -log sum_k exp(-(|x W_k - m_k|^2 / 2 + o_k)).

    whitening: W, [K, D, D] float64.
    means: m, [K, D] float64, whitened.
    offsets: o, [K] float64: half the log determinant and minus the log weight.
    """

    whitening: Floats
    means: Floats
    offsets: Floats

    def energy(self, x: Floats) -> Floats:
        """Return [n] minus the log density of x [n, D], without the constant D/2 log(2 pi)."""
        parts = np.stack(
            [
                0.5 * ((x @ w - m) ** 2).sum(axis=1) + o
                for w, m, o in zip(self.whitening, self.means, self.offsets, strict=True)
            ],
            axis=1,
        )
        least = parts.min(axis=1)
        energy: Floats = least - np.log(np.exp(least[:, None] - parts).sum(axis=1))
        return energy


def fit_mixture(x: Floats, conditions: Sequence[str], *, components: int, seed: int) -> Mixture:
    """Fit the Gaussians of every condition, with Ledoit and Wolf's shrinkage of each covariance.

    `components` above the number of conditions are shared out evenly: the windows
    of a condition are first split into groups by k-means.

    Args:
      x: [n, D] normal data.
      conditions: [n] the operating point of each row; all equal where nobody knows.
      components: at least; a condition has at least one.
      seed: of k-means.
    Source: Ledoit and Wolf 2004, doi 10.1016/S0047-259X(03)00096-4.
    """
    from sklearn.cluster import KMeans
    from sklearn.covariance import LedoitWolf

    scale = np.maximum(x.std(axis=0), SMALLEST_SPREAD)  # shrinkage goes towards equal variances
    names = np.asarray(conditions)
    known = sorted(set(conditions))
    whitening, means, offsets = [], [], []
    for name in known:
        rows = x[names == name] / scale
        groups = min(max(1, components // len(known)), len(np.unique(rows, axis=0)))
        member = KMeans(n_clusters=groups, n_init=4, random_state=seed).fit_predict(rows)
        for group in range(groups):
            own = rows[member == group]
            fitted = LedoitWolf().fit(own)
            values, vectors = np.linalg.eigh(fitted.covariance_)
            values = np.maximum(values, SMALLEST_SPREAD**2)
            whiten = vectors / np.sqrt(values)
            whitening.append(whiten / scale[:, None])
            means.append(fitted.location_ @ whiten)
            share = len(own) / len(rows) / len(known)
            offsets.append(0.5 * np.log(values).sum() + np.log(scale).sum() - np.log(share))
    return Mixture(whitening=np.stack(whitening), means=np.stack(means), offsets=np.array(offsets))
