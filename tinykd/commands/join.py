"""``tinykd join``: one client of a federated run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinykd.commands.run_options import DataDir


def join(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="The server's recipe.lock.toml.")],
    server: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the server listens.")],
    client: Annotated[int, typer.Option(min=0, help="This client's number, from 0.")],
    data_dir: DataDir = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Default: the folder of the recipe.")
    ] = None,
) -> None:
    """Join a federated run as one of its clients."""
    from tinykd.commands.recipe_choice import chosen_recipe

    found, _ = chosen_recipe(str(recipe), dataset=None, settings=())

    from rich.console import Console

    from tinykd.federated import client as one

    one.run(
        found, data_dir=data_dir, out=out or recipe.parent, address=server, index=client, console=Console()
    )
