"""``tinykd list``: what there is to choose from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

Rows = list[tuple[str, str]]


def _tasks() -> Rows:
    from tinykd.tasks import TASKS

    return [(name, row.description) for name, row in TASKS.items()]


def _methods() -> Rows:
    from tinykd.distill.ways import table

    return list(table().items())


def _datasets() -> Rows:
    from tinykd.datasets import DATASETS

    return [(name, row.description) for name, row in DATASETS.items()]


def _models() -> Rows:
    from tinykd.models import MODELS

    return [(name, row.description) for name, row in MODELS.items()]


def _recipes() -> Rows:
    from tinykd.recipe_file import RECIPES, recipe_names

    rows = []
    for name in recipe_names():
        first = (RECIPES / f"{name}.toml").read_text(encoding="utf-8").split("\n", 1)[0]
        rows.append((name, first.removeprefix("#").strip() if first.startswith("#") else ""))
    return rows


def _boards() -> Rows:
    from tinykd.boards.table import boards

    return [(name, row.core + (", runs in QEMU" if row.qemu else "")) for name, row in boards().items()]


TABLES: dict[str, Callable[[], Rows]] = {
    "tasks": _tasks,
    "methods": _methods,
    "datasets": _datasets,
    "models": _models,
    "recipes": _recipes,
    "boards": _boards,
}


def list_tables(
    what: Annotated[
        str | None,
        typer.Argument(metavar="[WHAT]", help="tasks, methods, datasets, models, recipes or boards."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List tasks, methods, datasets, models, recipes and boards."""
    if what is not None and what not in TABLES:
        from tinykd.errors import RecipeError

        raise RecipeError("tinykd list", f"unknown list '{what}'", f"allowed: {', '.join(TABLES)}")
    found = {name: rows() for name, rows in TABLES.items() if what in (None, name)}
    if as_json:
        import json

        typer.echo(json.dumps({name: dict(rows) for name, rows in found.items()}, indent=2))
        return
    for number, (name, rows) in enumerate(found.items()):
        if what is None:
            typer.echo(("\n" if number else "") + name)
        width = max((len(row_name) for row_name, _ in rows), default=0)
        for row_name, description in rows:
            typer.echo(f"  {row_name:<{width}}  {description}".rstrip())
