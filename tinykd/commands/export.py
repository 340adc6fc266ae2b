"""``tinykd export``: a finished run as C, once more or as a package for a board's usual tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, like runs/kws.")],
    form: Annotated[
        str,
        typer.Option("--format", help="tflm, c, arduino, platformio, esp-idf or zephyr."),
    ] = "tflm",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where it goes; default RUN/c, else RUN/FORMAT.")
    ] = None,
) -> None:
    """Write the C of a run.

    The model as an array for TFLite Micro, or a package: front end, model without an interpreter, decision.
    """
    if form == "tflm":
        from tinykd import inference

        written = inference.export(run, out=out or run / "c")
    else:
        from tinykd.device.package import write_package

        written = write_package(run, form=form, out=out or run / form)
    for path in written:
        typer.echo(str(path))
