"""``tinykd progressive``: ever smaller students, each taught by the one before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinykd.commands.run_options import DataDir, DatasetName, Settings, Task


def progressive(
    task: Task,
    dataset: DatasetName = None,
    data_dir: DataDir = None,
    settings: Settings = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds a stage gets.")] = 1,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Default runs/NAME-progressive.")] = None,
) -> None:
    """Distil step by step into smaller students.

    It stops at the first stage below the recipe's floor.
    """
    from tinykd.commands.recipe_choice import chosen_recipe

    recipe, name = chosen_recipe(task, dataset=dataset, settings=settings or ())

    from rich.console import Console

    from tinykd import progressive as stages

    stages.run(
        recipe,
        data_dir=data_dir,
        out=out or Path("runs") / f"{name}-progressive",
        seeds=seeds,
        console=Console(),
    )
