"""``tinykd evaluate``: the int8 model of a run on real clips."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tinykd.commands.run_options import DataDir


def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, like runs/kws.")],
    dataset: Annotated[
        str | None, typer.Option(metavar="NAME", help="A data set instead of the one the run was trained on.")
    ] = None,
    data_dir: DataDir = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="dataset.b=c", help="Measure other data of the set; may repeat."),
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="train, validation or test; may repeat; default test."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure a run's int8 model on a data set."""
    from tinykd import inference

    found = inference.evaluate(
        run, data_dir=data_dir, splits=tuple(split or ("test",)), dataset=dataset, settings=settings or ()
    )
    if as_json:
        import json

        typer.echo(json.dumps(found, indent=2))
    else:
        for line in _lines(found):
            typer.echo(line)


def _lines(values: dict[str, Any], prefix: str = "") -> list[str]:
    lines = []
    for key, value in values.items():
        if isinstance(value, dict):
            lines += _lines(value, f"{prefix}{key}.")
        else:
            lines.append(
                f"{prefix}{key}: {value:.4f}" if isinstance(value, float) else f"{prefix}{key}: {value}"
            )
    return lines
