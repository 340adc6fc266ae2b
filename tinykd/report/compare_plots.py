"""A comparison of methods as pictures: differences, learning curves, reliability."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinykd.report.compare_summary import ALONE, Cell, MethodRow, by_seed
from tinykd.report.plots import COLOURS, drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BETTER, WORSE, OPEN = COLOURS[2], COLOURS[1], "#666666"
GREY = "#999999"
COLUMNS = 4


def plot_differences(rows: Sequence[MethodRow], path: Path, *, figure: str) -> None:
    """Draw each method's difference from the student alone with its 95 % interval, the best above.

    Args:
      rows: of `compare_summary.summary`; those without a difference are left out.
      path: where the picture goes; ``.png`` or ``.svg``.
      figure: what is compared, like "accuracy".
    """
    shown = [(row, row.difference) for row in rows if row.difference is not None]
    shown.sort(key=lambda pair: pair[1].estimate)
    with drawing(path, width=8.0, height=1.3 + 0.34 * max(1, len(shown))) as sheet:
        axes = sheet.add_subplot()
        axes.axvline(0, color="#222222", linewidth=1)
        for place, (row, difference) in enumerate(shown):
            low, middle, high = (100 * v for v in (difference.low, difference.estimate, difference.high))
            colour = {"better": BETTER, "worse": WORSE}.get(row.verdict, OPEN)
            axes.plot([low, high], [place, place], color=colour, linewidth=2.2, solid_capstyle="butt")
            axes.plot(middle, place, "s", color=colour, markersize=6)
            if row.over_clips is not None:
                ends = [100 * row.over_clips.low, 100 * row.over_clips.high]
                axes.plot(ends, [place - 0.22] * 2, color=GREY, linewidth=1.2)
        axes.set_yticks(range(len(shown)), [row.method for row, _ in shown])
        axes.set_ylim(-0.7, len(shown) - 0.3)
        axes.set_title(f"{figure[:1].upper()}{figure[1:]} minus that of the student alone", loc="left")
        axes.set_xlabel("points; bold: 95 % interval over seeds, thin: over test examples")
        axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)


def plot_learning(
    cells: Sequence[Cell], methods: Sequence[str], path: Path, *, labels_of: str = "student"
) -> None:
    """Draw each method's training by epoch, a line a seed, over the student alone's.

    It is the accuracy on the validation split where there are classes, and the loss
    on the training split where there are none: a score's fit to different targets
    cannot be laid side by side.

    Args:
      cells: of the comparison; `history` rows in order of epochs with `val_accuracy` (0..1) if
        the cells have `classes`, with `loss` if not.
      methods: a panel each, the student alone excepted.
      path: where the picture goes; ``.png`` or ``.svg``.
      labels_of: as in the recipe's [distill]; "teacher": only what the teacher sees has labels, so a
        method's curve is its agreement with the teacher, and the student alone's its accuracy there.
    """
    from matplotlib.ticker import MaxNLocator

    others = [name for name in methods if name != ALONE] or [ALONE]
    base = list(by_seed(cells, ALONE).values())
    classes = all(cell.get("classes") for cell in cells)
    column, factor = ("val_accuracy", 100) if classes else ("loss", 1)
    late: list[float] = []
    with drawing(path, **_size(len(others), height=2.3)) as sheet:
        for name, axes in zip(others, _panels(sheet, len(others)), strict=True):
            own = [] if name == ALONE else list(by_seed(cells, name).values())
            for group, colour in ((base, GREY), (own, COLOURS[0])):
                for cell in group:
                    values = [factor * float(row[column]) for row in cell.get("history", ())]
                    late += values[len(values) // 4 :]  # the first epochs would flatten all that follows
                    axes.plot(range(1, len(values) + 1), values, linewidth=1.2, color=colour)
            _titled(axes, name)
            axes.set_xlabel("epoch")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        room = 0.05 * (max(late) - min(late)) + 1e-3
        axes.set_ylim(min(late) - room, max(late) + room)
        for name, colour in ((ALONE, GREY), ("the method", COLOURS[0])):
            axes.plot([], [], color=colour, label=name)
        sheet.suptitle(_curves(classes, labels_of), fontsize=11)
        sheet.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)


def plot_reliability(rows: Sequence[MethodRow], path: Path) -> None:
    """Draw how often predictions of each confidence were right, a panel a method, all seeds together.

    Args:
      rows: of `compare_summary.summary`; those without outputs are left out.
      path: where the picture goes; ``.png`` or ``.svg``.
    """
    shown = [(row.method, row.calibration) for row in rows if row.calibration is not None]
    with drawing(path, **_size(len(shown), height=2.7)) as sheet:
        for (name, found), axes in zip(shown, _panels(sheet, len(shown)), strict=True):
            width = 1 / len(found.counts)
            middles = [(place + 0.5) * width for place in range(len(found.counts))]
            axes.bar(middles, found.counts / found.counts.max(), width, color="#DDDDDD")
            axes.plot([0, 1], [0, 1], color="#222222", linewidth=0.8)
            filled = found.counts > 0
            axes.plot(
                found.confidence[filled], found.accuracy[filled], "o-", color=COLOURS[0], markersize=3.5
            )
            axes.set(xlim=(0, 1), ylim=(0, 1))
            _titled(axes, name)
            axes.text(0.04, 0.9, f"ECE {100 * found.error:.1f} %", fontsize=9)
            axes.set_xlabel("confidence")
        sheet.suptitle("Share that was right, by confidence; bars: where predictions lie", fontsize=11)


def _curves(classes: bool, labels_of: str) -> str:
    """Return what the learning curves show."""
    if not classes:
        return "Training loss, each method's own, a line a seed"
    if labels_of == "teacher":
        return (
            "Validation in %, a line a seed: alone, accuracy on what the\n"
            "teacher sees; the method, agreement with the teacher"
        )
    return "Accuracy on the validation split in %, a line a seed"


def _size(panels: int, *, height: float) -> dict[str, float]:
    rows = math.ceil(panels / COLUMNS)
    return {"width": max(6.0, 2.9 * min(panels, COLUMNS) + 0.6), "height": height * rows + 1.0}


def _panels(sheet: Figure, count: int) -> Iterator[Axes]:
    """Yield `count` axes in rows of COLUMNS, sharing theirs."""
    first: Any = None
    columns = min(count, COLUMNS)
    for place in range(count):
        axes = sheet.add_subplot(math.ceil(count / columns), columns, place + 1, sharex=first, sharey=first)
        first = first or axes
        axes.grid(color="#DDDDDD", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        yield axes


def _titled(axes: Axes, name: str) -> None:
    axes.set_title(name, loc="left", fontsize=8)
