"""What a small network has to beat: a Gaussian and an isolation forest on the same features.

Both are scikit-learn's, in float on this machine, without a size limit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]
Scorer = Callable[[npt.NDArray[Any]], Scores]

TREES = 200


def gaussian(train: npt.NDArray[Any]) -> Scorer:
    """Return the squared Mahalanobis distance to one Gaussian with Ledoit and Wolf's covariance.

    Args:
      train: [n, D] normal data.
    """
    from sklearn.covariance import LedoitWolf

    fitted = LedoitWolf().fit(train)
    return lambda x: np.asarray(fitted.mahalanobis(x), np.float64)


def isolation_forest(train: npt.NDArray[Any], *, seed: int) -> Scorer:
    """Return the isolation forest's score, high where few cuts isolate a point.

    Source: Liu, Ting and Zhou 2008, doi 10.1109/ICDM.2008.17.
    """
    from sklearn.ensemble import IsolationForest

    fitted = IsolationForest(n_estimators=TREES, random_state=seed).fit(train)
    return lambda x: -np.asarray(fitted.score_samples(x), np.float64)


def summaries(windows: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return what the baselines see of windows [n, frames, features]: each feature's mean over time.

    One Gaussian over all frames has too many dimensions to be estimated well; with
    the mean over time the baselines are at their best.
    """
    means: npt.NDArray[np.float64] = windows.mean(axis=1, dtype=np.float64)
    return means
