"""A progressive distillation as a table, a plot and the reason it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tinykd import storage
from tinykd.report.intervals import mean_over_seeds
from tinykd.report.plots import COLOURS, drawing

NAMES = {"alone": "student alone", "direct": "taught directly", "progressive": "taught by the stage before"}


def write_report(sums: dict[str, Any], out: Path) -> str:
    """Write progressive.md and progressive.png beside progressive.json; return the text.

    Args:
      sums: the contents of progressive.json.
      out: its folder.
    """
    text = "\n".join(_lines(sums)) + "\n"
    storage.write_text(out / "progressive.md", text)
    plot(sums, out / "progressive.png")
    return text


def plot(sums: dict[str, Any], path: Path) -> None:
    """Draw the figure against the number of parameters, one line a kind of student."""
    with drawing(path, width=6.0, height=4.0) as figure:
        axes = figure.add_subplot(1, 1, 1)
        for place, (kind, label) in enumerate(NAMES.items()):
            sizes = [stage["params"] * 1.04 ** (place - 1) for stage in sums["stages"]]
            values = [[100 * value for value in stage["accuracy"][kind]] for stage in sums["stages"]]
            means = [sum(one) / len(one) for one in values]
            spread = [[m - min(v) for m, v in zip(means, values, strict=True)]]
            spread.append([max(v) - m for m, v in zip(means, values, strict=True)])
            axes.errorbar(sizes, means, spread, marker="o", capsize=3, color=COLOURS[place], label=label)
        teacher = 100 * sum(sums["teacher"]) / len(sums["teacher"])
        axes.axhline(teacher, color="0.4", linestyle="--", linewidth=1, label="teacher, float")
        axes.set_xscale("log")
        axes.set_xlabel("student parameters")
        axes.set_ylabel(f"{sums['figure']} on test, %; bars: least and most of the seeds")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)


def _figure(values: Sequence[float]) -> str:
    if len(values) == 1:
        return f"{100 * values[0]:.2f}"
    interval = mean_over_seeds(values)
    return f"{100 * interval.estimate:.2f} ± {50 * (interval.high - interval.low):.2f}"


def _lines(sums: dict[str, Any]) -> Iterator[str]:
    figure = sums["figure"][:1].upper() + sums["figure"][1:]
    seeds = (
        f"{sums['seeds']} seeds ± half of the 95 % Student t interval" if sums["seeds"] > 1 else "one seed"
    )
    yield f"{figure} in percent on {sums['n']:,} test {sums['judged']}s, int8 in TFLite Micro; {seeds}. The"
    yield f"teacher has {sums['teacher_params']:,} parameters and {_figure(sums['teacher'])} in float."
    yield ""
    head = "| stage | times smaller | bytes | arena | instructions | ms | µJ | validation, int8 | "
    yield head + " | ".join(NAMES.values()) + " | over its limit |"
    yield "|---|---|---|---|---|---|---|---|" + "---|" * (len(NAMES) + 1)
    yield from _rows(sums)
    yield ""
    chosen = f"The smallest stage above the floor and inside every limit: {sums['chosen']}."
    yield f"Stopped: {sums['stopped']}. {chosen if sums['chosen'] else 'No stage is inside every limit.'}"


def _rows(sums: dict[str, Any]) -> Iterator[str]:
    for stage in sums["stages"]:
        counted = "instructions" in stage
        cells = [
            stage["name"],
            f"{stage['ratio']:.1f}",
            f"{stage['model_bytes']:,}",
            f"{stage['arena_bytes']:,}",
            f"{stage['instructions']:,}" if counted else "",
            f"{stage['latency_ms']:.2f}" if counted else "",
            f"{stage['energy_uj']:.1f}" if counted else "",
            f"{100 * stage['int8_validation']:.2f}",
            *(_figure(stage["accuracy"][kind]) for kind in NAMES),
            "; ".join(stage["over"]),
        ]
        yield "| " + " | ".join(cells) + " |"
