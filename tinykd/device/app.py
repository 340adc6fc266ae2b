"""A run as a program for a board."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinykd import storage
from tinykd.boards.bench import port_sources
from tinykd.boards.build import PORT, build, footprint
from tinykd.boards.table import Board
from tinykd.compiled import compiler
from tinykd.device import firmware
from tinykd.device.apps import app_headers, app_of, net_name
from tinykd.device.engine import Tflm
from tinykd.errors import DataError, ToolError
from tinykd.inference import open_finished, write_c
from tinykd.tasks.finished import FinishedRun

_NOTHING = r"(?!)"


@dataclass(frozen=True)
class Image:
    """A linked program.

    flash_bytes: code, constants and initial values.
    ram_bytes: static data; the stack comes on top.
    """

    elf: Path
    board: Board
    flash_bytes: int
    ram_bytes: int


@dataclass(frozen=True)
class Sources:
    """The C of a program but for the port: its files, and the folders of their headers."""

    task: str
    files: list[Path]
    include: list[Path]


def write_app(run: Path, *, out: Path, compiled: bool = True) -> Sources:
    """Write a run's C and what its app is made of.

    Args:
      run: a finished run folder.
      out: a folder; files in it are replaced.
      compiled: whether the model becomes C itself; else it stays an array for TFLite Micro.

    Raises:
      DataError: the folder is not a finished run, or there is no app for its task.
      ModelError: the model has an operator that the compiler lacks.
    """
    task, finished = open_finished(run)
    app, recipe = app_of(run, finished), finished.recipe
    written = write_c(run, recipe=recipe, classes=finished.classes, settings=finished.settings, out=out / "c")
    if compiled:
        written = [path for path in written if not path.stem.endswith("_model")]
        written += compiler.write(compiled_model(run, finished), out / "net")
    for name, text in app_headers(run, task, finished, compiled=compiled).items():
        storage.write_text(out / name, text)
    return Sources(
        recipe.task,
        [*firmware.app(app.folder), *(path for path in written if path.suffix == ".c"), *firmware.library()],
        [path.absolute() for path in (out, out / "c", out / "net", *firmware.includes(), PORT)],
    )


def compiled_model(run: Path, finished: FinishedRun[Any]) -> compiler.Compiled:
    """Return a run's model as C.

    Raises:
      ModelError: it has an operator that the compiler lacks.
    """
    model = run / "model.tflite"
    name = net_name(finished.recipe.task)
    return compiler.compile_model(model.read_bytes(), name=name, where=str(model))


def build_app(
    run: Path, *, board: Board, out: Path, source: Path | None = None, engine: Tflm | None = None
) -> Image:
    """Write a run's C and build its app for a board.

    Args:
      run: a finished run folder.
      board: what to build for.
      out: a folder for the C and the program, `<task>.elf`; files in it are replaced.
      source: a C file that defines what `tinykd/source.h` says, like a microphone's driver; a recording
        of the host by default.
      engine: a TFLite Micro that runs the model; the compiled C by default.

    Raises:
      DataError: see `write_app`; or no such `source`.
      ModelError: see `write_app`.
      ToolError: the cross compiler is missing, or the program does not fit the board.
    """
    parts = write_app(run, out=out, compiled=engine is None)
    return link_app(parts, board=board, out=out, source=source, engine=engine)


def link_app(
    parts: Sources, *, board: Board, out: Path, source: Path | None = None, engine: Tflm | None = None
) -> Image:
    """Build an app that `write_app` wrote; arguments and errors as `build_app`."""
    if source is not None and not source.is_file():
        allowed = "a C file that defines tkd_source_start and tkd_source_read"
        raise DataError(str(source), "is no file", allowed)
    elf = out / f"{parts.task}.elf"
    emulated = {"TKD_TIMER": f"{board.qemu.timer_address:#x}u"} if board.qemu and board.qemu.timer else {}
    build(
        board,
        [*parts.files, source or firmware.recording_source(), *port_sources(board.qemu)],
        elf.absolute(),
        include=parts.include,
        defines=emulated,
        link=engine.link(board, parts.include, out.resolve()) if engine else (),
    )
    size = footprint(elf, constants=_NOTHING)
    for what, taken, there in (("flash", size.flash_bytes, board.flash), ("RAM", size.ram_bytes, board.ram)):
        if taken > there.length:
            raise ToolError(
                str(elf),
                f"takes {taken:,} bytes of {what}; {board.name} has {there.length:,}",
                "a smaller student, or a larger board",
            )
    return Image(elf, board, size.flash_bytes, size.ram_bytes)
