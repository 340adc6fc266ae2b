"""A comparison of methods as a table, plots, and the few sentences its numbers allow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from tinykd import storage
from tinykd.report.compare_plots import plot_differences, plot_learning, plot_reliability
from tinykd.report.compare_summary import ALONE, Cell, MethodRow, best_by_validation, outputs, summary
from tinykd.report.intervals import Interval


def write_report(comparison: dict[str, Any], out: Path) -> str:
    """Write compare.md, its plots and reports/METHOD-SEED.txt; return the text.

    Args:
      comparison: `figure`, what is compared, like "accuracy"; `example`, what one
        example is called, like "clip"; `judged`, what is tested, like "clip"; `seeds`;
        `labels_of`, as in the recipe's [distill], "student" where it is not said;
        `cells`, one a trained model: `method`, `seed`, `accuracy` (the figure, 0..1, int8 in TFLite
        Micro, test split), `n` tested, `model_bytes`, `params`, `seconds` of training, `history`
        (rows with `loss`, and `val_accuracy` for classes), and where they are known
        `int8_validation`, `classes` and `outputs`, an .npz in `out` with probabilities
        [n, classes] and labels [n].
      out: the comparison's folder.

    Raises:
      DataError: a file of outputs is missing or is none.
    """
    cells: list[Cell] = comparison["cells"]
    rows = summary(cells, out, figure=comparison["figure"])
    text = "\n".join(_lines(comparison, rows)) + "\n"
    storage.write_text(out / "compare.md", text)
    for cell in cells:
        write_classes(cell, out)
    if any(row.difference for row in rows):
        plot_differences(rows, out / "differences.png", figure=comparison["figure"])
    if any(cell.get("history") for cell in cells):
        methods, side = [row.method for row in rows], comparison.get("labels_of", "student")
        plot_learning(cells, methods, out / "learning.png", labels_of=side)
    if any(row.calibration for row in rows):
        plot_reliability(rows, out / "reliability.png")
    return text


def write_classes(cell: Cell, out: Path) -> None:
    """Write a run's precision, recall and F1 of every class; nothing for scores."""
    from sklearn.metrics import classification_report

    found = outputs(cell, out)
    if found is None:
        return
    probabilities, labels = found
    text = classification_report(
        labels,
        probabilities.argmax(axis=1),
        labels=np.arange(probabilities.shape[1]),
        target_names=cell["classes"],
        digits=3,
        zero_division=0,
    )
    name = re.sub(r"[^\w.+-]+", "_", cell["method"])
    storage.write_text(out / "reports" / f"{name}-{cell['seed']}.txt", text)


def _lines(comparison: dict[str, Any], rows: Sequence[MethodRow]) -> Iterator[str]:
    if not rows:
        yield "No finished model yet."
        return
    figure, judged = comparison["figure"], comparison["judged"]
    tested = " or ".join(f"{n:,}" for n in sorted({int(cell["n"]) for cell in comparison["cells"]}))
    yield f"{figure[:1].upper()}{figure[1:]} in percent on {tested} test {judged}s, int8 in TFLite Micro;"
    yield f"mean over up to {comparison['seeds']} seeds ± half of the 95 % Student t interval. The difference"
    yield f"is from the *{ALONE}* of the same seed, in points, with its 95 % interval over seeds (paired t)"
    yield f"and, of an accuracy, over test {judged}s (t over each one's mean of the seeds)."
    yield ""
    yield from _table(rows, figure, judged)
    yield ""
    yield from _teachers(comparison)
    yield from _sentences(rows, figure, judged)


def _table(rows: Sequence[MethodRow], figure: str, judged: str) -> Iterator[str]:
    classes = any(row.recall is not None for row in rows)
    clips = any(row.over_clips is not None for row in rows)
    judged_too = any(row.validation is not None for row in rows)
    head = ["method", "seeds", *(["validation"] if judged_too else []), figure]
    head += ["mean recall", "ECE"] if classes else []
    head += ["difference over seeds", *([f"over {judged}s"] if clips else [])]
    head += ["bytes", "parameters", "training", "of alone"]
    yield "| " + " | ".join(head) + " |"
    yield "|---" * len(head) + "|"
    for row in rows:
        line = [row.method, str(row.seeds)]
        if judged_too:
            line.append("" if row.validation is None else f"{100 * row.validation:.2f}")
        line.append(_percent(row.accuracy, row.seeds))
        if classes:
            line.append("" if row.recall is None else f"{100 * row.recall:.2f}")
            line.append("" if row.calibration is None else f"{100 * row.calibration.error:.1f}")
        line.append("" if row.difference is None else _points(row.difference))
        if clips:
            line.append("" if row.over_clips is None else _points(row.over_clips))
        line += [f"{row.model_bytes:,}", f"{row.params:,}", f"{row.seconds:,.0f} s"]
        line.append("" if row.cost is None else f"{row.cost:.2f} ×")
        yield "| " + " | ".join(line) + " |"


def _teachers(comparison: dict[str, Any]) -> Iterator[str]:
    """Say what the teacher can do, and a student's generations together."""
    said = [teacher["accuracy"] for teacher in comparison.get("teachers", [])]
    if said:
        teacher = comparison["teachers"][0]
        mean = f"{100 * fmean(said):.2f} % (mean of {len(said)})"
        yield f"- The teacher, {teacher['model']} of {teacher['params']:,} parameters, in float: {mean}."
    if heads := [teacher["phonemes"] for teacher in comparison.get("teachers", []) if "phonemes" in teacher]:
        yield _phonemes(heads)
    for method in dict.fromkeys(cell["method"] for cell in comparison["cells"]):
        born = [cell for cell in comparison["cells"] if cell["method"] == method and "ensemble_test" in cell]
        if born:
            mean = f"{100 * fmean(cell['ensemble_test'] for cell in born):.2f} % (mean of {len(born)})"
            yield f"- All generations of {method} together, in float: {mean}."


def _phonemes(heads: Sequence[dict[str, float]]) -> str:
    """Say what the teachers' phoneme heads can do, beside what one that never hears a phoneme would."""
    sounds, presence, none = (
        100 * fmean(head[key] for head in heads) for key in ("accuracy", "presence", "none")
    )
    return (
        f"- Its phoneme head is right about the sound of {sounds:.1f} % of {heads[0]['frames']:,} validation "
        f"frames, and about whether there is one in {presence:.1f} %; {none:.1f} % have none "
        f"(mean of {len(heads)})."
    )


def _sentences(rows: Sequence[MethodRow], figure: str, judged: str) -> Iterator[str]:
    compared = [row for row in rows if row.difference is not None]
    if not compared:
        yield f"No method has two seeds beside the *{ALONE}* yet: these numbers allow no comparison."
        return
    for verdict, words in (
        ("better", "Better than the student alone, the interval over seeds above zero"),
        ("worse", "Worse than the student alone, the interval over seeds below zero"),
    ):
        named = [_named(row, judged) for row in compared if row.verdict == verdict]
        yield f"- {words}: {'; '.join(named) if named else 'none'}."
    undecided = [row.method for row in compared if row.verdict == "open"]
    if undecided:
        yield f"- The interval holds zero, so these runs show no difference: {'; '.join(undecided)}."
    yield from _together(compared)
    yield from _chosen(rows, figure)
    yield f"- An interval over seeds speaks of other trainings, on the same test {judged}s."
    if any(row.over_clips is not None for row in rows):
        yield f"  The one over {judged}s speaks of other {judged}s by these trainings, each drawn alone."


def _named(row: MethodRow, judged: str) -> str:
    """Return a method with its difference, and a warning where the test split could be luck."""
    assert row.difference is not None
    clips = row.over_clips
    luck = clips is not None and clips.low <= 0 <= clips.high
    return f"{row.method} {_points(row.difference)}" + (f", though not over {judged}s" if luck else "")


def _together(compared: Sequence[MethodRow]) -> Iterator[str]:
    if len(compared) == 1:
        return
    held = [row.method for row in compared if row.holds]
    count = len(compared)
    yield f"- Of {count} comparisons at 95 % each, {0.05 * count:.2g} exclude zero by chance on average."
    yield f"  Taken together (Holm, 5 %) these hold: {'; '.join(held) if held else 'none'}."


def _chosen(rows: Sequence[MethodRow], figure: str) -> Iterator[str]:
    best = best_by_validation(rows)
    if best is None:
        return
    if best.difference is None:
        then = "no difference to report on the test split"
    else:
        then = f"on the test split, which did not choose it, {_points(best.difference)}"
    yield f"- Best int8 {figure} on the validation split: {best.method}; {then}."
    level = sorted((row for row in rows if row.level), key=lambda row: row.seconds)
    if len(level) > 1:
        names = "; ".join(f"{row.method} ({row.seconds:,.0f} s)" for row in level)
        yield f"  Within one standard error of it there, the quickest to train first: {names}."


def _percent(interval: Interval, seeds: int) -> str:
    half = f" ± {50 * (interval.high - interval.low):.2f}" if seeds > 1 else ""
    return f"{100 * interval.estimate:.2f}{half}"


def _points(interval: Interval) -> str:
    return f"{100 * interval.estimate:+z.2f} ({100 * interval.low:+z.2f} to {100 * interval.high:+z.2f})"
