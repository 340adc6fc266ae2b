"""``tinykd distill``: a student from a teacher's cache, on a machine that has no teacher."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinykd.commands.run_options import DataDir, DatasetName, Settings, Task


def distill(
    task: Task,
    from_cache: Annotated[
        Path,
        typer.Option(metavar="DIR", help="What tinykd cache-teacher wrote, of the same recipe and data."),
    ],
    dataset: DatasetName = None,
    data_dir: DataDir = None,
    settings: Settings = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The run folder; default runs/NAME.")
    ] = None,
) -> None:
    """Do what run does, with a teacher's cache in its place.

    No teacher is trained or read. A run that was stopped continues where it stopped.
    """
    from tinykd.commands.recipe_choice import chosen_recipe

    recipe, name = chosen_recipe(task, dataset=dataset, settings=settings or ())

    from rich.console import Console

    from tinykd import pipeline

    pipeline.run(
        recipe,
        data_dir=data_dir,
        out=out or Path("runs") / name,
        console=Console(),
        from_cache=from_cache,
    )
