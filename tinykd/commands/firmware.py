"""``tinykd firmware``: a run as a program for a board."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, like runs/kws.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Default: RUN/firmware/BOARD.")]


def firmware(
    run: Run,
    board: Annotated[str, typer.Option(help="One of: tinykd list boards.")] = "mps2-an386",
    source: Annotated[
        Path | None, typer.Option(metavar="FILE.c", help="A driver for samples; see tinykd/source.h.")
    ] = None,
    flash: Annotated[bool, typer.Option("--flash", help="Load it onto the connected board.")] = False,
    out: Out = None,
) -> None:
    """Build a run's program for a board.

    Samples in, features, model, decision out; the C of its parts is written beside it.
    """
    from tinykd.boards.table import board as find
    from tinykd.device.app import build_app
    from tinykd.device.flash import flash as load
    from tinykd.device.flash import require_probe

    found = find(board)
    if flash:
        require_probe(found)
    image = build_app(run, board=found, out=out or run / "firmware" / board, source=source)
    for what, taken, there in (
        ("flash", image.flash_bytes, found.flash.length),
        ("ram", image.ram_bytes, found.ram.length),
    ):
        typer.echo(f"{what}_bytes: {taken:,} of {there:,}")
    typer.echo(str(image.elf))
    if flash:
        load(image)
        typer.echo(f"loaded onto {board}")
