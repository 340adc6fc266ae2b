"""``tinykd emulate``: a recording streamed into a run's program on an emulated board."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinykd.commands.firmware import Out, Run, TflmLibrary, TflmTree, engine_of


def emulate(
    run: Run,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording: .wav, or .csv of a sensor.")],
    board: Annotated[str, typer.Option(help="A board that QEMU has: tinykd list boards.")] = "mps2-an386",
    tflm: TflmTree = None,
    tflm_library: TflmLibrary = None,
    out: Out = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Let a run's program hear a recording in QEMU.

    Prints what it detects and when, and what that takes; exit code 1 where Python hears otherwise.
    """
    from tinykd import inference
    from tinykd.device.emulation import hear
    from tinykd.errors import CheckFailed

    expected = inference.listen(run, file)
    heard = hear(
        run, file, board_name=board, out=out or run / "firmware" / board, engine=engine_of(tflm, tflm_library)
    )
    equal = heard.detections == expected
    if as_json:
        import json

        found = [{"second": second, "word": word} for second, word in heard.detections]
        figures = {
            "board": board,
            "detections": found,
            "equal_to_python": equal,
            "front_end_instructions": heard.front_end_instructions,
            "model_instructions": heard.model_instructions,
            "flash_bytes": heard.image.flash_bytes,
            "ram_bytes": heard.image.ram_bytes,
        }
        typer.echo(json.dumps(figures, indent=2))
    else:
        for second, word in heard.detections:
            typer.echo(f"{second:9.2f} s  {word}")
        if not heard.detections:
            typer.echo(f"nothing is detected in {file}")
        typer.echo(f"flash_bytes: {heard.image.flash_bytes:,}\nram_bytes: {heard.image.ram_bytes:,}")
        if heard.front_end_instructions is not None:
            typer.echo(f"instructions a hop's features: {heard.front_end_instructions:,}")
            typer.echo(f"instructions a decision (model and detection): {heard.model_instructions:,}")
        typer.echo("the same as in Python" if equal else "not the same as in Python")
    if not equal:
        raise CheckFailed(str(run), f"on {board} and in Python other words are heard", "the same words")
