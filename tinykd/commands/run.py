"""``tinykd run``: from recipe to checked model and C."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    task: Annotated[
        str, typer.Argument(metavar="TASK", help="A recipe's name (tinykd list recipes), or a .toml file.")
    ],
    dataset: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A data set (tinykd list datasets) instead of the recipe's."),
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the data is; else $TINYKD_DATA, else the cache.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="a.b=c", help="Change one value of the recipe; may repeat."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The run folder; default runs/NAME.")
    ] = None,
) -> None:
    """Train, distil, quantise, check and export a model.

    A run that was stopped continues where it stopped.
    """
    from tinykd.commands.recipe_choice import chosen_recipe

    recipe, name = chosen_recipe(task, dataset=dataset, settings=settings or ())

    from rich.console import Console

    from tinykd import pipeline

    pipeline.run(recipe, data_dir=data_dir, out=out or Path("runs") / name, console=Console())
