"""``tinykd verify``: a .tflite file in TFLite Micro."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

INPUTS = 32  # random inputs on which two models are compared


def verify(
    model: Annotated[Path, typer.Argument(metavar="MODEL.tflite", help="An int8 model file.")],
    reference: Annotated[
        Path | None,
        typer.Option(metavar="OTHER.tflite", help="Must give the same outputs bit for bit, else exit 1."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run a model in TFLite Micro: operators, arena, outputs."""
    from tinykd.commands.model_file import read_model_file

    other = read_model_file(reference) if reference else None
    found = _verified(read_model_file(model), other, str(model))
    if as_json:
        import json

        typer.echo(json.dumps(found, indent=2))
    else:
        for key, value in found.items():
            if key == "ops":
                value = ", ".join(f"{op['name']} x{op['count']}" for op in value)
            typer.echo(f"{key}: {f'{value:,}' if isinstance(value, int) else value}")
    if found["bit_exact"] is False:
        from tinykd.errors import CheckFailed

        raise CheckFailed(str(model), f"outputs differ from those of {reference}", "the same bits")


def _verified(model_bytes: bytes, reference_bytes: bytes | None, where: str) -> dict[str, Any]:
    import numpy as np

    from tinykd import verify as proof

    shape = proof.TflmModel(model_bytes, where=where).input.shape[1:]
    inputs = np.random.default_rng(1).integers(-128, 128, (INPUTS, *shape), np.int8)
    labels = np.zeros(INPUTS, np.int64)
    found: dict[str, Any] = proof.verify(
        model_bytes, inputs=inputs, labels=labels, reference_bytes=reference_bytes, where=where
    )
    for key in ("accuracy", "macro_recall"):  # random inputs have no labels
        found.pop(key)
    return found
