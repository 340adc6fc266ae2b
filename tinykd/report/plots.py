"""Training curves and confusion matrices as PNG or SVG; equal data gives equal bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinykd import storage

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours that colour-blind readers tell apart: Okabe and Ito 2008, "Color Universal Design", without yellow.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "os^Dv<>"
PANELS = (("loss", "Loss", 1.0), ("accuracy", "Accuracy in %", 100.0))


def plot_history(
    rows: Sequence[Mapping[str, Any]], path: Path, *, panels: Sequence[tuple[str, str, float]] = PANELS
) -> None:
    """Draw loss and accuracy over the epochs of each stage.

    Args:
      rows: of history.csv: `stage`, `epoch` (from 0), and any of `loss`, `accuracy`
        (training), `val_loss`, `val_accuracy` (0..1); text or numbers;
        an empty or missing value is left out.
      path: where the picture goes; ``.png`` or ``.svg``.
      panels: (column, title, factor) of each.
    """
    from matplotlib.ticker import MaxNLocator

    stages = list(dict.fromkeys(str(row["stage"]) for row in rows))
    with drawing(path, width=1.0 + 5.0 * len(panels), height=4.2) as figure:
        for panel, (measure, title, factor) in enumerate(panels, start=1):
            axes = figure.add_subplot(1, len(panels), panel)
            for place, stage in enumerate(stages):
                own = [row for row in rows if str(row["stage"]) == stage]
                _curve(axes, own, measure, factor, place, label=None, dashed=True)
                _curve(
                    axes,
                    own,
                    f"val_{measure}",
                    factor,
                    place,
                    label=stage.replace("_", " "),
                    dashed=False,
                )
            axes.set_title(title, loc="left")
            axes.set_xlabel("epoch")
            axes.grid(color="#DDDDDD", linewidth=0.6)
            axes.spines[["top", "right"]].set_visible(False)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.plot([], [], color="#666666", linestyle="--", linewidth=1.0, label="on training clips")
        axes.plot([], [], color="#666666", linewidth=1.8, label="on validation clips")
        figure.legend(
            *axes.get_legend_handles_labels(),
            loc="outside lower center",
            ncols=3 * len(panels),
            frameon=False,
        )


def _curve(
    axes: Axes,
    rows: Sequence[Mapping[str, Any]],
    column: str,
    factor: float,
    place: int,
    *,
    label: str | None,
    dashed: bool,
) -> None:
    points = [
        (1 + int(float(row["epoch"])), factor * float(row[column]))
        for row in rows
        if row.get(column) not in (None, "")
    ]
    epochs, values = [x for x, _ in points], [y for _, y in points]
    style: dict[str, Any] = {"color": COLOURS[place % len(COLOURS)], "label": label}
    if dashed:
        axes.plot(epochs, values, linestyle="--", linewidth=1.0, alpha=0.8, **style)
    else:
        every = max(1, len(epochs) // 8)
        marker = MARKERS[place % len(MARKERS)]
        axes.plot(epochs, values, linewidth=1.8, marker=marker, markevery=every, markersize=4.5, **style)


def plot_confusion(counts: npt.NDArray[np.integer[Any]], classes: Sequence[str], path: Path) -> None:
    """Draw a confusion matrix twice: as counts, and as shares of each true class.

    Args:
      counts: [classes, classes], row the true class, column the predicted one.
      classes: their names.
      path: where the picture goes; ``.png`` or ``.svg``.
    """
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    long = max(map(len, classes)) > 3
    slanted: dict[str, Any] = {"rotation": 60, "ha": "right", "rotation_mode": "anchor"} if long else {}
    side = max(3.2, 0.46 * len(classes) + 1.2)
    with drawing(path, width=2 * side + 0.6, height=side + 0.4) as figure:
        for panel, (title, texts) in enumerate(
            [
                ("Clips", [[f"{count:d}" if count else "" for count in row] for row in counts]),
                (
                    "% of the true class",
                    [[f"{100 * share:.0f}" if share else "" for share in row] for row in shares],
                ),
            ],
            start=1,
        ):
            axes = figure.add_subplot(1, 2, panel)
            axes.imshow(
                np.sqrt(shares), cmap="Blues", vmin=0.0, vmax=1.0
            )  # a root, so that few errors show too
            for (row, column), share in np.ndenumerate(shares):
                colour = "white" if share > 0.4 else "#222222"
                axes.text(column, row, texts[row][column], ha="center", va="center", color=colour, fontsize=8)
            axes.set_title(title, loc="left")
            axes.set_xticks(range(len(classes)), classes, **slanted)
            axes.set_yticks(range(len(classes)), classes)
            axes.set_xlabel("predicted")
            axes.set_ylabel("true")
            axes.tick_params(length=0)


@contextmanager
def drawing(path: Path, *, width: float, height: float) -> Iterator[Figure]:
    """Yield a figure of `width` x `height` inches; write it when the block succeeds."""
    import matplotlib.style
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    # No state of the process, no settings of the user, no dates: the data alone decides the bytes.
    fixed = {"svg.hashsalt": "tinykd", "font.size": 10, "axes.titleweight": "bold", "savefig.dpi": 130}
    with matplotlib.style.context(["default", fixed]):
        layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)  # inches around each panel
        figure = Figure(figsize=(width, height), layout=layout)
        yield figure
        kind = path.suffix.removeprefix(".")
        metadata = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}[kind]
        with storage.atomic_path(path) as temporary:
            figure.savefig(temporary, format=kind, metadata=metadata)


def plot_study(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw error against student size, one panel for each share of the training data.

    Args:
      rows: of `study_report.summary`: fraction, size, params, method, interval.
      path: where the picture goes; ``.png`` or ``.svg``.
    """
    fractions = sorted({row["fraction"] for row in rows})
    methods = list(dict.fromkeys(row["method"] for row in rows if row["method"] != "teacher"))
    with drawing(path, width=3.8 * max(1, len(fractions)), height=4.0) as figure:
        axes = None
        for panel, fraction in enumerate(fractions, start=1):
            axes = figure.add_subplot(1, len(fractions), panel, sharey=axes)
            for place, method in enumerate(methods):
                chosen = [r for r in rows if (r["fraction"], r["method"]) == (fraction, method)]
                sizes = [row["params"] * 1.04 ** (place - 1.5) for row in chosen]  # side by side, not on top
                errors = [100 * (1 - row["interval"].estimate) for row in chosen]
                halves = [50 * (row["interval"].high - row["interval"].low) for row in chosen]
                axes.errorbar(
                    sizes,
                    errors,
                    halves,
                    marker="o",
                    markersize=4,
                    capsize=3,
                    color=COLOURS[place],
                    label=method,
                )
            for row in rows:
                if row["fraction"] == fraction and row["method"] == "teacher":
                    error = 100 * (1 - row["interval"].estimate)
                    axes.axhline(error, color="0.4", linestyle="--", linewidth=1, label="teacher")
            axes.set_xscale("log")
            axes.set_title(f"{100 * fraction:g} % of the training clips")
            axes.set_xlabel("student parameters")
            axes.grid(alpha=0.3)
            if panel == 1:
                axes.set_ylabel("test error, %")
                axes.set_ylim(bottom=0)
            if panel == len(fractions):
                axes.legend(fontsize=8)
