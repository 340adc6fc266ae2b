"""``tinykd firmware``: a run as a program for a board."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tinykd.device.engine import Tflm

Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, like runs/kws.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Default: RUN/firmware/BOARD.")]


TflmTree = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Run the model in this checkout of TFLite Micro.")
]
TflmLibrary = Annotated[
    Path | None, typer.Option(metavar="FILE.a", help="That checkout's library for the board's core.")
]


def engine_of(tree: Path | None, library: Path | None) -> Tflm | None:
    """Return the TFLite Micro that was given, None where the compiled C is wanted.

    Raises:
      DataError: one of the two without the other.
    """
    from tinykd.device.engine import Tflm
    from tinykd.errors import DataError

    if tree is None and library is None:
        return None
    if tree is None or library is None:
        missing = "--tflm" if tree is None else "--tflm-library"
        raise DataError(missing, "is missing", "give --tflm DIR and --tflm-library FILE.a together")
    return Tflm(tree, library)


def firmware(
    run: Run,
    board: Annotated[str, typer.Option(help="One of: tinykd list boards.")] = "mps2-an386",
    source: Annotated[
        Path | None, typer.Option(metavar="FILE.c", help="A driver for samples; see tinykd/source.h.")
    ] = None,
    flash: Annotated[bool, typer.Option("--flash", help="Load it onto the connected board.")] = False,
    tflm: TflmTree = None,
    tflm_library: TflmLibrary = None,
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
    image = build_app(
        run,
        board=found,
        out=out or run / "firmware" / board,
        source=source,
        engine=engine_of(tflm, tflm_library),
    )
    for what, taken, there in (
        ("flash", image.flash_bytes, found.flash.length),
        ("ram", image.ram_bytes, found.ram.length),
    ):
        typer.echo(f"{what}_bytes: {taken:,} of {there:,}")
    typer.echo(str(image.elf))
    if flash:
        load(image)
        typer.echo(f"loaded onto {board}")
