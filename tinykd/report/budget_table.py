"""Runs against their limits: as a table, as JSON for scripts, as Markdown for CI."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tinykd.errors import ModelError
from tinykd.recipe import recipe_digest
from tinykd.recipe_file import load_recipe

MEASURES = {"model_bytes": "model.tflite", "arena_bytes": "arena"}


@dataclass(frozen=True, kw_only=True)
class BudgetRow:
    """One figure of one run.

    run: the run folder.
    what: a key of `MEASURES`.
    measured: bytes; None where the run is not finished.
    limit: bytes; the figure must be below.
    fits: whether it is.
    """

    run: str
    what: str
    measured: int | None
    limit: int
    fits: bool


def budget_rows(runs: Sequence[Path], *, root: Path = Path("runs")) -> list[BudgetRow]:
    """Read what the runs measured and what their recipes allow.

    Args:
      runs: run folders; when there are none, every run in `root`.
      root: where runs are when none is named.
    Raises:
      ModelError: a folder that is no run, or no run at all.
    """
    found = list(runs) or sorted(path.parent for path in root.glob("*/recipe.lock.toml"))
    if not found:
        raise ModelError(str(root), "holds no run", "make one: tinykd run kws")
    return [row for run in found for row in _rows(run)]


def _rows(run: Path) -> list[BudgetRow]:
    lock = run / "recipe.lock.toml"
    if not lock.is_file():
        raise ModelError(
            str(run), "is not a run folder (it has no recipe.lock.toml)", "a folder that tinykd run made"
        )
    recipe = load_recipe(str(lock))
    limits = recipe.budget
    metrics = _metrics(run / "metrics.json", recipe_digest(recipe))
    rows = []
    for what in MEASURES:
        measured, limit = metrics.get(what), getattr(limits, what)
        fits = measured is not None and measured < limit
        rows.append(BudgetRow(run=str(run), what=what, measured=measured, limit=limit, fits=fits))
    return rows


def _metrics(path: Path, digest: str) -> Mapping[str, int]:
    """Return the figures of a run; none where it is not finished with the recipe of this `digest`."""
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found.get("recipe_digest", digest) != digest:
            return {}
        return {what: int(found[what]) for what in MEASURES}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ModelError(str(path), "is damaged", "delete it and run the run again") from None


def _cells(row: BudgetRow) -> tuple[str, ...]:
    measured = "-" if row.measured is None else f"{row.measured:,} B"
    verdict = "fits" if row.fits else "unfinished" if row.measured is None else "OVER"
    return row.run, MEASURES[row.what], measured, f"below {row.limit:,} B", verdict


HEAD = ("run", "figure", "measured", "limit", "")


def as_table(rows: Sequence[BudgetRow]) -> str:
    """Return aligned text."""
    lines = [HEAD, *map(_cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join("  ".join(_aligned(line, widths)).rstrip() for line in lines)


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        f"{cell:>{width}}" if column in (2, 3) else f"{cell:<{width}}"
        for column, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]


def as_json(rows: Sequence[BudgetRow]) -> str:
    """Return a JSON list, one object a row."""
    return json.dumps([asdict(row) for row in rows], indent=2)


def as_markdown(rows: Sequence[BudgetRow]) -> str:
    """Return a Markdown table, for the summary of a CI job."""
    head = ["| " + " | ".join(HEAD) + " |", "|---|---|--:|--:|---|"]
    return "\n".join(
        head + ["| " + " | ".join(cell.replace("|", "\\|") for cell in _cells(row)) + " |" for row in rows]
    )


FORMATS: dict[str, Callable[[Sequence[BudgetRow]], str]] = {
    "table": as_table,
    "json": as_json,
    "markdown": as_markdown,
}
