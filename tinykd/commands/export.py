"""``tinykd export``: the C of a finished run, once more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, like runs/kws.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the C goes; default RUN/c.")] = None,
) -> None:
    """Write the C files of a run's model for TFLite Micro."""
    from tinykd import inference

    for path in inference.export(run, out=out or run / "c"):
        typer.echo(str(path))
