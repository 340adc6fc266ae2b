"""``tinykd run``: from recipe to checked model and C."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinykd.commands.run_options import DataDir, DatasetName, Settings, Task


def run(
    task: Task,
    dataset: DatasetName = None,
    data_dir: DataDir = None,
    settings: Settings = None,
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
