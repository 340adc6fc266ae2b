"""``tinykd measure``: a .tflite file on an emulated microcontroller."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def measure(
    model: Annotated[Path, typer.Argument(metavar="MODEL.tflite", help="An int8 model file.")],
    machine: Annotated[str, typer.Option(help="A board that QEMU has: tinykd list boards.")] = "mps2-an386",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run a compiled model in QEMU: instructions, bytes, proof.

    The outputs must be those of TFLite Micro, bit for bit, else exit 1.
    """
    from tinykd import measure as measuring
    from tinykd.commands.model_file import read_model_file

    found = measuring.measure(read_model_file(model), machine=machine, where=str(model))
    if as_json:
        import json

        typer.echo(json.dumps(found, indent=2))
    else:
        _print(found)
    if not found["bit_exact"]:
        from tinykd.errors import CheckFailed

        raise CheckFailed(str(model), f"outputs on {machine} differ from TFLite Micro's", "the same bits")


def _print(found: dict[str, Any]) -> None:
    for key, value in found.items():
        if key != "steps":
            typer.echo(f"{key}: {value:,}" if type(value) is int else f"{key}: {value}")
    for step in found["steps"]:
        typer.echo(f"  {step['instructions']:>12,}  {step['share']:6.1%}  {step['name']}")
