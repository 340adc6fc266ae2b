"""``tinykd compare``: distillation methods side by side over several seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinykd.commands.run_options import DataDir, DatasetName, Settings, Task


def compare(
    task: Task,
    methods: Annotated[
        str,
        typer.Option(help="Names from `tinykd list methods` with commas between, joined by +; or all."),
    ] = "",
    dataset: DatasetName = None,
    data_dir: DataDir = None,
    settings: Settings = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds a method gets.")] = 3,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Default runs/NAME-compare.")] = None,
) -> None:
    """Compare methods in one table with intervals.

    The student alone is always in it.
    """
    from tinykd.commands.recipe_choice import chosen_recipe

    recipe, name = chosen_recipe(task, dataset=dataset, settings=settings or ())

    from rich.console import Console

    from tinykd import compare as comparison

    comparison.run(
        recipe,
        methods=[one.strip() for one in methods.split(",") if one.strip()],
        seeds=seeds,
        data_dir=data_dir,
        out=out or Path("runs") / f"{name}-compare",
        console=Console(),
    )
