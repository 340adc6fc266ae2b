"""Capacity analysis: where more parameters stop paying, and how far the teacher is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LEAST = 3  # sizes that make a curve


def knee(params: Sequence[int], figures: Sequence[float]) -> int | None:
    """Return the place of the knee of figures over the logarithm of parameters.

    It is the point farthest above the straight line from the smallest to the largest model;
    None where no point is above it, or there are fewer than three.

    Args:
      params: in rising order.
      figures: one each, higher is better.

    Source: Satopaa et al. 2011, Finding a "Kneedle" in a haystack, ICDCS workshops.
    """
    if len(params) < LEAST:
        return None
    wide = math.log(params[-1] / params[0])
    high = figures[-1] - figures[0]
    above = [
        value - figures[0] - high * math.log(size / params[0]) / wide
        for size, value in zip(params, figures, strict=True)
    ]
    best = max(range(len(above)), key=above.__getitem__)
    return best if above[best] > 1e-12 else None


def capacity_lines(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Iterator[str]:
    """Yield a Markdown table: for each share of the data and method its knee, and the gap to the teacher.

    Args:
      rows: of `study_report.summary`.
      names: the methods.
    """
    fractions = sorted({row["fraction"] for row in rows})
    found = []
    for fraction in fractions:
        here = [row for row in rows if row["fraction"] == fraction]
        teacher = next((row["interval"].estimate for row in here if row["method"] == "teacher"), None)
        for name in names:
            curve = sorted((row for row in here if row["method"] == name), key=lambda row: row["params"])
            if len(curve) < LEAST or teacher is None:
                continue
            figures = [row["interval"].estimate for row in curve]
            at = knee([row["params"] for row in curve], figures)
            gaps = [f"{100 * (teacher - figures[place]):+z.2f}" for place in (0, at or 0, -1)]
            shown = f"{curve[at]['size']} | {gaps[1]}" if at is not None else "none | "
            found.append(f"| {100 * fraction:g} % | {name} | {shown} | {gaps[0]} | {gaps[2]} |")
    if found:
        yield "Capacity: the knee is the size farthest above the straight line from the smallest student to"
        yield "the largest, over the logarithm of parameters; the gap is the teacher's figure less the"
        yield "student's, in points."
        yield ""
        yield "| training data | method | knee | gap there | gap of the smallest | gap of the largest |"
        yield "|---|---|---|---|---|---|"
        yield from found
