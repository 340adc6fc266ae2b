"""The trade-off of a detector as a plot: false rejects over false accepts an hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tinykd.report.plots import COLOURS, drawing

LEAST_RATE = 0.05  # an hour; where rates of 0 are drawn, since the axis is logarithmic


def plot_det(
    curves: Mapping[str, Mapping[str, Sequence[float]]],
    path: Path,
    *,
    point: tuple[float, float],
    wanted: float,
) -> None:
    """Draw detection error trade-offs.

    Args:
      curves: by name, `accepts_per_hour` and `rejects` (0..1), a point a threshold.
      path: where the picture goes; ``.png`` or ``.svg``.
      point: (accepts an hour, rejects 0..1) of the threshold that was chosen on validation.
      wanted: rate of false accepts that it was chosen for.
    """
    with drawing(path, width=6.0, height=4.2) as figure:
        axes = figure.add_subplot(1, 1, 1)
        for place, (name, curve) in enumerate(curves.items()):
            rates = [max(rate, LEAST_RATE) for rate in curve["accepts_per_hour"]]
            percent = [100 * share for share in curve["rejects"]]
            axes.step(rates, percent, where="post", color=COLOURS[place], label=name)
        axes.plot(
            [max(point[0], LEAST_RATE)],
            [100 * point[1]],
            "o",
            color=COLOURS[0],
            label="threshold from validation",
            clip_on=False,
            zorder=3,
        )
        axes.axvline(wanted, color="0.5", linestyle="--", linewidth=1, label="wanted rate")
        axes.set_xscale("log")
        axes.set_xlim(left=LEAST_RATE)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(f"false accepts an hour ({LEAST_RATE:g}: none)")
        axes.set_ylabel("false rejects in %")
        axes.grid(color="#DDDDDD", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
