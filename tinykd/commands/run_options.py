"""What several verbs ask a person for, in the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Task = Annotated[
    str, typer.Argument(metavar="TASK", help="A recipe's name (tinykd list recipes), or a .toml file.")
]
DatasetName = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="A data set (tinykd list datasets) instead of the recipe's."),
]
DataDir = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where the data is; else $TINYKD_DATA, else the cache.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="a.b=c", help="Change one value of the recipe; may repeat."),
]
