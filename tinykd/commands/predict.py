"""``tinykd predict``: what a run's model hears in a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def predict(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, like runs/kws.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording (.wav).")],
    top: Annotated[int, typer.Option(min=1, help="How many classes to print.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, all classes.")] = False,
) -> None:
    """Print the most likely classes of one recording, best first."""
    from tinykd import inference

    ranked = sorted(inference.predict(run, file), key=lambda pair: -pair[1])
    if as_json:
        import json

        typer.echo(
            json.dumps([{"class": label, "probability": chance} for label, chance in ranked], indent=2)
        )
        return
    for label, chance in ranked[:top]:
        typer.echo(f"{label:<16} {100 * chance:5.1f} %")
