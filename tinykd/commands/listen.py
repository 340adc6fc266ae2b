"""``tinykd listen``: when a run's wake word is heard in a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def listen(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A wake-word run folder, like runs/wakeword.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording (.wav) of any length.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the moments at which a device would wake, in seconds."""
    from tinykd import inference

    phrase, seconds = inference.listen(run, file)
    if as_json:
        import json

        typer.echo(json.dumps({"phrase": phrase, "seconds": seconds}, indent=2))
        return
    for second in seconds:
        typer.echo(f"{second:9.2f} s  {phrase}")
    if not seconds:
        typer.echo(f"'{phrase}' is not heard in {file}")
