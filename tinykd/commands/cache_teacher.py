"""``tinykd cache-teacher``: what a teacher says, as a folder that students elsewhere learn from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinykd.commands.run_options import DataDir, DatasetName, Settings


def cache_teacher(
    run_or_recipe: Annotated[
        str, typer.Argument(metavar="RUN", help="A run folder, a recipe's name, or a .toml file.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The cache, a new folder.")],
    dataset: DatasetName = None,
    data_dir: DataDir = None,
    settings: Settings = None,
    up_to: Annotated[
        str, typer.Option(metavar="TAP", help="Run the teacher up to this tap alone, like tap_1; no logits.")
    ] = "",
) -> None:
    """Write what a run's teacher says of every training example.

    The teacher is trained unless the run has one. A caching that was stopped
    continues where it stopped.
    """
    from tinykd.commands.recipe_choice import run_or_recipe as chosen

    changes = [*(settings or ()), *([f'distill.up_to="{up_to}"'] if up_to else [])]
    recipe, run = chosen(run_or_recipe, dataset=dataset, settings=changes)

    from rich.console import Console

    from tinykd import pipeline
    from tinykd.report.cache_table import cache_table

    console = Console()
    console.print(
        cache_table(pipeline.cache_teacher(recipe, data_dir=data_dir, run=run, out=out, console=console))
    )
