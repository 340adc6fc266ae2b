"""``tinykd federated``: clients that keep their recordings teach one student."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinykd.commands.run_options import DataDir, DatasetName, Settings, Task


def federated(
    task: Task,
    dataset: DatasetName = None,
    data_dir: DataDir = None,
    settings: Settings = None,
    clients: Annotated[
        int | None, typer.Option(min=1, max=64, help="Default: the recipe's federated.clients.")
    ] = None,
    rounds: Annotated[int | None, typer.Option(min=1, help="Default: the recipe's federated.rounds.")] = None,
    here: Annotated[
        int | None, typer.Option(min=0, help="Clients to start on this machine; default all.")
    ] = None,
    wait: Annotated[
        int | None, typer.Option(min=1, help="Clients to begin with; default all that start here.")
    ] = None,
    address: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where the server listens; port 0: any free one.")
    ] = "127.0.0.1:0",
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Default runs/NAME-federated.")] = None,
) -> None:
    """Distil a student from clients that share only logits."""
    from tinykd.commands.recipe_choice import chosen_recipe

    more = [f"federated.clients={clients}"] if clients is not None else []
    more += [f"federated.rounds={rounds}"] if rounds is not None else []
    recipe, name = chosen_recipe(task, dataset=dataset, settings=[*(settings or ()), *more])

    from rich.console import Console

    from tinykd.federated import run

    run.run(
        recipe,
        data_dir=data_dir,
        out=out or Path("runs") / f"{name}-federated",
        here=here,
        wait_for=wait,
        address=address,
        console=Console(),
    )
