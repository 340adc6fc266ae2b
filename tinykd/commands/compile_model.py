"""``tinykd compile``: a .tflite file as C without an interpreter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def compile_model(
    model: Annotated[Path, typer.Argument(metavar="MODEL.tflite", help="An int8 model file.")],
    out: Annotated[Path, typer.Option(help="Folder for NAME.c and NAME.h.", show_default=False)],
    name: Annotated[
        str, typer.Option(help="Prefix of files, functions and macros; default: the model file's name.")
    ] = "",
) -> None:
    """Turn a model into C that needs no interpreter.

    Nor does it need a heap or a library. The outputs are those of TFLite Micro, bit for bit.
    """
    from tinykd.commands.model_file import read_model_file
    from tinykd.compiled import compiler

    made = compiler.compile_model(read_model_file(model), name=name or model.stem, where=str(model))
    for path in compiler.write(made, out):
        typer.echo(path)
    typer.echo(
        f"arena_bytes: {made.arena_bytes:,} (activations between two operators: {made.bound_bytes:,})\n"
        f"state_bytes: {made.state_bytes:,}\nconst_bytes: {made.const_bytes:,}\n"
        f"operators: {len(made.operators)}"
    )
