"""Score histograms and ROC curves as PNG or SVG; equal data gives equal bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.report.anomaly_tables import MODELS
from tinykd.report.plots import COLOURS, drawing


def plot_scores(scores: npt.NDArray[Any], labels: npt.NDArray[Any], limit: float, path: Path) -> None:
    """Draw how the scores of normal and of anomalous examples lie, and the threshold.

    Args:
      scores: [n] int8 scores, or means of them.
      labels: [n] 0 normal, 1 anomalous.
      limit: the threshold, in the same units.
      path: where the picture goes; ``.png`` or ``.svg``.
    """
    bins = np.linspace(-128.5, 127.5, 65).tolist()
    with drawing(path, width=7.0, height=4.0) as figure:
        axes = figure.add_subplot(1, 1, 1)
        for label, name in enumerate(("normal", "anomalous")):
            own = scores[labels == label]
            if len(own):
                share = np.full(len(own), 100.0 / len(own))
                axes.hist(
                    own, bins, weights=share, color=COLOURS[label], alpha=0.6, label=f"{name} ({len(own):,})"
                )
        axes.axvline(limit + 0.5, color="#222222", linestyle="--", linewidth=1.2, label="threshold")
        axes.set_title("Scores on the test split", loc="left")
        axes.set_xlabel("score, int8")
        axes.set_ylabel("% of each kind")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)


def plot_roc(scores: Mapping[str, npt.NDArray[Any]], labels: npt.NDArray[Any], path: Path) -> None:
    """Draw the ROC curve of every detector.

    Args:
      scores: by a key of MODELS, [n] each.
      labels: [n] 0 normal, 1 anomalous.
      path: where the picture goes; ``.png`` or ``.svg``.
    """
    from sklearn.metrics import roc_curve

    with drawing(path, width=5.4, height=5.0) as figure:
        axes = figure.add_subplot(1, 1, 1)
        axes.plot([0, 1], [0, 1], color="#BBBBBB", linewidth=1.0)
        for place, (key, name) in enumerate(MODELS.items()):
            if key not in scores or len(np.unique(labels)) < 2:
                continue
            false, true, _ = roc_curve(labels, scores[key])
            width = 2.2 if key == "student_int8" else 1.2
            axes.plot(false, true, color=COLOURS[place % len(COLOURS)], linewidth=width, label=name)
        axes.set_xlabel("false alarms, share of normal")
        axes.set_ylabel("detected, share of anomalous")
        axes.set_title("ROC on the test split", loc="left")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(fontsize=8, frameon=False, loc="lower right")
