"""Runs against their limits: as a table, as JSON for scripts, as Markdown for CI."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tinykd.budget import check
from tinykd.errors import ModelError
from tinykd.recipe import Recipe, recipe_digest
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
      ModelError: a folder that is no run, no run at all, or figures that cannot be read.
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
    measured = _measured(run, recipe)
    over = check(recipe.budget, **measured)["over"] if measured else list(MEASURES)
    return [
        BudgetRow(
            run=str(run),
            what=what,
            measured=measured.get(what),
            limit=getattr(recipe.budget, what),
            fits=what not in over,
        )
        for what in MEASURES
    ]


def _measured(run: Path, recipe: Recipe) -> dict[str, int]:
    """Return what budget.json of a run says was measured; nothing where the run is not finished.

    A run is finished when its metrics.json, which is written last, is of its recipe.
    """
    metrics, budget = (_read(run / name) for name in ("metrics.json", "budget.json"))
    if metrics is not None and not isinstance(metrics.get("recipe_digest"), str):
        raise _damaged(run / "metrics.json")
    if metrics is None or budget is None or metrics["recipe_digest"] != recipe_digest(recipe):
        return {}
    found = budget.get("measured")
    if not isinstance(found, dict) or not all(type(found.get(what)) is int for what in MEASURES):
        raise _damaged(run / "budget.json")
    return {what: found[what] for what in MEASURES}


def _read(path: Path) -> dict[str, Any] | None:
    """Return the table in a JSON file; None if there is no file."""
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise _damaged(path) from None
    if not isinstance(found, dict):
        raise _damaged(path)
    return found


def _damaged(path: Path) -> ModelError:
    return ModelError(str(path), "is damaged", "delete it and run the run again")


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
