"""``tinykd record``: takes of one's own from a microphone or a serial sensor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RATE_HZ = 16_000


def record(
    task: Annotated[str, typer.Argument(metavar="TASK", help="kws, wakeword, gesture or anomaly.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the takes go.")],
    label: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="The word, the gesture, or normal | anomaly.")
    ] = None,
    template: Annotated[
        bool,
        typer.Option("--template", help="Only make the folders, and a README that says how to fill them."),
    ] = False,
    who: Annotated[str, typer.Option(metavar="NAME", help="The person, or the machine.")] = "take",
    count: Annotated[int, typer.Option(min=1, help="How many takes, one after the other.")] = 1,
    seconds: Annotated[
        float,
        typer.Option(min=0.0, help="Of a take; 0: a second for kws, 2 wakeword, 3 gesture, 60 anomaly."),
    ] = 0.0,
    pause: Annotated[float, typer.Option(min=0.0, help="Seconds before each take.")] = 1.0,
    device: Annotated[str, typer.Option(help="Microphone: a number or a part of its name.")] = "",
    port: Annotated[str, typer.Option(help="Serial sensor: /dev/ttyACM0, COM3...")] = "",
    baud: Annotated[int, typer.Option(min=1, help="Serial sensor: bits a second.")] = 115_200,
    columns: Annotated[
        str,
        typer.Option(metavar="A,B,C", help="Serial sensor: what a line's numbers are, like time_ms,x,y,z."),
    ] = "",
    rate_hz: Annotated[
        float, typer.Option(min=0.0, help="Serial sensor: lines a second, where they have no time.")
    ] = 0.0,
) -> None:
    """Record takes into a folder that training reads."""
    import time

    from tinykd.capture.layouts import LAYOUTS, folder_of, make_template, next_take
    from tinykd.capture.takes import channels_of, check_channels, write_rows, write_sound
    from tinykd.errors import DataError
    from tinykd.storage import require_writable

    if task not in LAYOUTS:
        raise DataError("tinykd record", f"unknown task '{task}'", "one of " + ", ".join(LAYOUTS))
    layout, names = LAYOUTS[task], label or []
    if template:
        for path in make_template(task, folder, names):
            typer.echo(str(path))
        return
    if len(names) != 1:
        what = f"{len(names)} labels for a recording"
        raise DataError("--label", what, "one, like --label " + layout.labels[0])
    folder_of(task, names[0])
    next_take(task, folder, names[0], who=who)
    wanted = tuple(name.strip() for name in columns.split(",")) if columns else layout.columns
    if layout.source == "serial":
        from tinykd.capture.serial_sensor import check_columns, record_rows

        if not columns and rate_hz > 0:
            wanted = tuple(channels_of(wanted))
        check_columns(wanted, rate_hz=rate_hz)
        check_channels(task, channels_of(wanted))
    require_writable(folder)
    length = seconds or layout.seconds
    for take in range(1, count + 1):
        path = next_take(task, folder, names[0], who=who)
        typer.echo(f"{names[0]}, take {take} of {count}: {length:g} s from {pause:g} s on")
        time.sleep(pause)
        if layout.source == "microphone":
            from tinykd.capture.microphone import record_sound

            write_sound(path, record_sound(seconds=length, rate_hz=RATE_HZ, device=device), rate_hz=RATE_HZ)
        else:
            times_s, values = record_rows(
                port=port, baud=baud, columns=wanted, seconds=length, rate_hz=rate_hz
            )
            write_rows(path, times_s, values, task=task, label=names[0], channels=channels_of(wanted))
        typer.echo(str(path))
