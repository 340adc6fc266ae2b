"""A study as a table, a plot, and the few sentences its numbers allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinykd import storage
from tinykd.report.capacity import capacity_lines
from tinykd.report.intervals import Interval, difference_over_seeds, mean_over_seeds
from tinykd.report.plots import plot_study

if TYPE_CHECKING:
    from rich.console import RenderableType

TEACHER = "teacher"
Cells = list[dict[str, Any]]


def write_report(study: dict[str, Any], out: Path, *, names: Sequence[str]) -> RenderableType:
    """Write study.md and study.png beside study.json; return what to print.

    Args:
      study: the contents of study.json.
      out: the study's folder.
      names: the methods, the one to compare with first.
    """
    from rich.markdown import Markdown

    text = "\n".join(_lines(study, names)) + "\n"
    storage.write_text(out / "study.md", text)
    plot_study(summary(study["cells"], names), out / "study.png")
    return Markdown(text)


def accuracies(cells: Cells, *, fraction: float, size: str, method: str) -> list[float]:
    """Return the accuracies of one row of the study, by seed."""
    chosen = [c for c in cells if (c["fraction"], c["size"], c["method"]) == (fraction, size, method)]
    return [cell["accuracy"] for cell in sorted(chosen, key=lambda cell: cell["seed"])]


def summary(cells: Cells, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return one row a (fraction, size, method): params and the mean accuracy with its interval."""
    rows = []
    for fraction, size, params in _extent(cells):
        for method in [TEACHER] if size == TEACHER else names:
            values = accuracies(cells, fraction=fraction, size=size, method=method)
            if len(values) > 1:
                rows.append(
                    {
                        "fraction": fraction,
                        "size": size,
                        "params": params,
                        "method": method,
                        "interval": mean_over_seeds(values),
                    }
                )
    return rows


def _extent(cells: Cells) -> list[tuple[float, str, int]]:
    most: dict[tuple[float, str], int] = {}  # a student that has no teacher may be another, smaller model
    for cell in cells:
        place = cell["fraction"], cell["size"]
        most[place] = max(most.get(place, 0), cell["params"])
    found = [(fraction, params, size) for (fraction, size), params in most.items()]
    return [(fraction, size, params) for fraction, params, size in sorted(found)]


def pooled_difference(cells: Cells, *, fraction: float, base: str, method: str) -> Interval | None:
    """Return `method` minus `base`, each student paired with its twin of the same size and seed."""
    sizes = sorted({c["size"] for c in cells if c["size"] != TEACHER})
    pairs: list[tuple[float, float]] = []
    for size in sizes:
        first = accuracies(cells, fraction=fraction, size=size, method=base)
        second = accuracies(cells, fraction=fraction, size=size, method=method)
        pairs += zip(first, second, strict=True)
    if len(pairs) < 2:
        return None
    return difference_over_seeds([a for a, _ in pairs], [b for _, b in pairs])


def _percent(interval: Interval) -> str:
    return f"{100 * interval.estimate:.2f} ± {50 * (interval.high - interval.low):.2f}"


def _points(interval: Interval) -> str:
    return f"{100 * interval.estimate:+z.2f} ({100 * interval.low:+z.2f} to {100 * interval.high:+z.2f})"


def _lines(study: dict[str, Any], names: Sequence[str]) -> Iterator[str]:
    cells: Cells = study["cells"]
    if not cells:
        yield "No finished model yet."
        return
    figure = study["figure"][:1].upper() + study["figure"][1:]
    tested = f"{cells[0]['n']:,} test {study['judged']}s"
    yield f"{figure} in percent on {tested}, int8 in TFLite Micro (the teacher: float in "
    yield f"Keras); mean over {study['seeds']} seeds ± half of the 95 % Student t interval."
    yield ""
    yield "| training data | student | parameters | bytes | " + " | ".join(names) + " | teacher |"
    yield "|---|---|---|---|" + "---|" * (len(names) + 1)
    for fraction, size, params in _extent(cells):
        if size == TEACHER:
            continue
        row = [accuracies(cells, fraction=fraction, size=size, method=name) for name in names]
        row.append(accuracies(cells, fraction=fraction, size=TEACHER, method=TEACHER))
        shown = [_percent(mean_over_seeds(values)) if len(values) > 1 else "" for values in row]
        bytes_ = max(c["model_bytes"] for c in cells if c["size"] == size)
        clips = next(c["train_clips"] for c in cells if c["fraction"] == fraction)
        yield (
            f"| {100 * fraction:g} % ({clips:,} {study['example']}s) | {size} | {params:,} | {bytes_:,} | "
            + " | ".join(shown)
            + " |"
        )
    yield ""
    base = names[0]
    yield f"Difference from *{base}* in points, all sizes together, pairs of the same size and seed, with"
    yield "95 % interval; where it holds zero, these runs do not show a difference."
    yield ""
    yield "| training data | " + " | ".join(names[1:]) + " |"
    yield "|---|" + "---|" * (len(names) - 1)
    for fraction in sorted({cell["fraction"] for cell in cells}):
        found = [pooled_difference(cells, fraction=fraction, base=base, method=name) for name in names[1:]]
        yield f"| {100 * fraction:g} % | " + " | ".join(_points(f) if f else "" for f in found) + " |"
    if lines := list(capacity_lines(summary(cells, names), names)):
        yield ""
        yield from lines
