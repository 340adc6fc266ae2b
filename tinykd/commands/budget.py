"""``tinykd budget``: measured figures against their limits, for people and CI."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def budget(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN]...", help="Run folders; default: every folder in runs/."),
    ] = None,
    form: Annotated[str, typer.Option("--format", help="table, json or markdown.")] = "table",
) -> None:
    """Compare runs with their limits; exit 1 when one is over."""
    from tinykd.report.budget_table import FORMATS, budget_rows, fits

    if form not in FORMATS:
        from tinykd.errors import RecipeError

        raise RecipeError("--format", f"unknown form '{form}'", f"allowed: {', '.join(FORMATS)}")
    rows = budget_rows(runs or ())
    typer.echo(FORMATS[form](rows))
    if not all(fits(row) for row in rows):
        raise typer.Exit(1)
