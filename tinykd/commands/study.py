"""``tinykd study``: distillation methods side by side over several seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinykd.commands.run_options import DataDir, DatasetName, Settings, Task


def study(
    task: Task,
    dataset: DatasetName = None,
    data_dir: DataDir = None,
    settings: Settings = None,
    seeds: Annotated[int, typer.Option(min=2, help="How many seeds a method gets.")] = 3,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Default runs/NAME-study.")] = None,
) -> None:
    """Cross methods, student sizes and shares of the data.

    The student is trained with no teacher and with each method.
    """
    from tinykd.commands.recipe_choice import chosen_recipe

    recipe, name = chosen_recipe(task, dataset=dataset, settings=settings or ())

    from rich.console import Console

    from tinykd import study as distillation_study

    distillation_study.run(
        recipe, data_dir=data_dir, out=out or Path("runs") / f"{name}-study", seeds=seeds, console=Console()
    )
