"""``tinykd slim``: take out of a .tflite file what no interpreter reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def slim(
    source: Annotated[Path, typer.Argument(metavar="IN.tflite", help="The model file to read.")],
    target: Annotated[Path, typer.Argument(metavar="OUT.tflite", help="The smaller file to write.")],
) -> None:
    """Make a .tflite file smaller, its outputs the same.

    Names, min/max, metadata and repeated vectors go; the outputs stay the same bit for bit.
    """
    from tinykd import storage
    from tinykd.commands.model_file import read_model_file
    from tinykd.compress.slim import slim as slim_model

    before = read_model_file(source)
    after = slim_model(before, where=str(source))
    storage.write_bytes(target, after)
    typer.echo(f"{source} {len(before):,} bytes -> {target} {len(after):,} bytes")
