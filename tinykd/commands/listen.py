"""``tinykd listen``: when a run's words are heard in a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def listen(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, like runs/wakeword.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording: .wav, or .csv of a sensor.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print what a device would detect, and when."""
    from tinykd import inference

    found = inference.listen(run, file)
    if as_json:
        import json

        typer.echo(json.dumps([{"second": second, "word": word} for second, word in found], indent=2))
        return
    for second, word in found:
        typer.echo(f"{second:9.2f} s  {word}")
    if not found:
        typer.echo(f"nothing is detected in {file}")
