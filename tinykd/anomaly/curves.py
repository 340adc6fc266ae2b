"""How well scores tell anomalies from normal windows: ROC AUC, partial AUC, and the threshold.

Higher scores are more anomalous. Source of the partial AUC's scale: McClish 1989,
doi 10.1177/0272989X8900900307, as in scikit-learn: 0.5 is chance, 1 is perfect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

MAX_FALSE_POSITIVES = 0.1


def auc(scores: npt.NDArray[Any], labels: npt.NDArray[Any]) -> float:
    """Return the area under the ROC curve, ties counted half; NaN where there is one label only."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels, scores)) if _both(labels) else float("nan")


def partial_auc(scores: npt.NDArray[Any], labels: npt.NDArray[Any]) -> float:
    """Return the standardised area at false-positive rates up to 0.1; NaN where there is one label only."""
    from sklearn.metrics import roc_auc_score

    if not _both(labels):
        return float("nan")
    return float(roc_auc_score(labels, scores, max_fpr=MAX_FALSE_POSITIVES))


def judged(
    scores: npt.NDArray[Any], labels: npt.NDArray[Any], machines: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Return n, anomalies, auc and partial_auc of everything ("all") and of each machine with both labels."""
    names = np.asarray(machines)
    groups = {"all": np.ones(len(labels), bool)}
    groups |= {name: names == name for name in sorted(set(machines)) if _both(labels[names == name])}
    return {
        name: {
            "n": int(chosen.sum()),
            "anomalies": int(labels[chosen].sum()),
            "auc": auc(scores[chosen], labels[chosen]),
            "partial_auc": partial_auc(scores[chosen], labels[chosen]),
        }
        for name, chosen in groups.items()
    }


def threshold(normal_scores: npt.NDArray[np.integer[Any]], *, false_alarms: float) -> int:
    """Return the smallest integer that at most this share of normal scores lies above.

    Args:
      normal_scores: [n] int8 scores of normal validation windows.
      false_alarms: 0..1.
    """
    ordered = np.sort(normal_scores.astype(np.int64))
    allowed = int(np.floor(false_alarms * len(ordered)))
    return int(ordered[len(ordered) - 1 - allowed]) if allowed < len(ordered) else int(ordered[0]) - 1


def lowest(scores: npt.NDArray[Any], share: float) -> npt.NDArray[np.intp]:
    """Return the places of this share of the scores, those that are lowest, in order; at least one.

    Args:
      scores: [n], without NaN; of equal ones the first count.
      share: above 0, to 1.
    """
    count = max(1, round(share * len(scores)))
    return np.sort(np.argsort(scores, kind="stable")[:count])


def run_means(
    scores: npt.NDArray[Any], run: npt.NDArray[np.integer[Any]], count: int
) -> npt.NDArray[np.float64]:
    """Return the mean score of each of `count` runs; every run has a window."""
    return np.bincount(run, weights=scores.astype(np.float64), minlength=count) / np.bincount(
        run, minlength=count
    )


def _both(labels: npt.NDArray[Any]) -> bool:
    return bool(labels.any()) and not bool(labels.all())
