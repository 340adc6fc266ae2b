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
from tinykd.detection.windows import hop_frames
from tinykd.device import firmware
from tinykd.errors import DataError, ToolError
from tinykd.export.identifiers import c_identifier
from tinykd.export.rendering import environment
from tinykd.inference import open_finished, write_c
from tinykd.recipe import recipe_digest
from tinykd.tasks.finished import FinishedRun
from tinykd.tasks.task import Listener

_NOTHING = r"(?!)"


@dataclass(frozen=True)
class App:
    """What a task's program is made of.

    folder: of firmware/apps.
    sensor: names the front end, tinykd/<sensor>.h.
    sample: C type of what a source gives.
    block: how many samples a source gives at a time; KEY stands for the settings' prefix.
    push: the front end's call with `state`, `samples` and `count`.
    """

    folder: str
    sensor: str
    sample: str
    block: str
    push: str


_AUDIO = App("detect", "audio", "int16_t", "KEY_HOP_SAMPLES", "tkd_audio_push(state, samples, count)")
_IMU = App("detect", "imu", "float", "KEY_CHANNEL_COUNT", "tkd_imu_push(state, samples)")

APPS = {"kws": _AUDIO, "wakeword": _AUDIO, "gesture": _IMU}  # of each task that has one


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


def build_app(run: Path, *, board: Board, out: Path, source: Path | None = None) -> Image:
    """Write a run's C and build its app for a board.

    Args:
      run: a finished run folder.
      board: what to build for.
      out: a folder for the C and the program, `<task>.elf`; files in it are replaced.
      source: a C file that defines what `tinykd/source.h` says, like a microphone's driver; a recording
        of the host by default.

    Raises:
      DataError: the folder is not a finished run, or there is no app for its task, or no such `source`.
      ModelError: the model has an operator that the compiler lacks.
      ToolError: the cross compiler is missing, or the program does not fit the board.
    """
    task, finished = open_finished(run)
    recipe = finished.recipe
    if recipe.task not in APPS or not isinstance(task, Listener):
        what = f"there is no app for the task {recipe.task}"
        raise DataError(str(run), what, f"a run of {', '.join(APPS)}")
    app = APPS[recipe.task]
    if source is not None and not source.is_file():
        raise DataError(
            str(source), "is no file", "a C file that defines tkd_source_start and tkd_source_read"
        )
    written = write_c(run, recipe=recipe, classes=finished.classes, settings=finished.settings, out=out / "c")
    net = f"{c_identifier(recipe.task)}_net"
    model = run / "model.tflite"
    compiled = compiler.compile_model(model.read_bytes(), name=net, where=str(model))
    written += compiler.write(compiled, out / "net")
    decision = task.device_settings(run, recipe=recipe, model=finished.model)
    storage.write_text(out / "app.h", _app_header(finished, task, app, decision, net=net))
    elf = out / f"{recipe.task}.elf"
    emulated = {"TKD_TIMER": f"{board.qemu.timer_address:#x}u"} if board.qemu and board.qemu.timer else {}
    build(
        board,
        [
            *firmware.app(app.folder),
            *(path for path in written if path.suffix == ".c" and not path.stem.endswith("_model")),
            *firmware.library(),
            source or firmware.recording_source(),
            *port_sources(board.qemu),
        ],
        elf.absolute(),
        include=[path.absolute() for path in (out, out / "c", out / "net", *firmware.includes(), PORT)],
        defines=emulated,
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


def _app_header(
    finished: FinishedRun[Any], task: Listener[Any], app: App, decision: dict[str, Any], *, net: str
) -> str:
    recipe = finished.recipe
    prefix = c_identifier(recipe.task)
    window_ms, frame_ms = task.device_timing(recipe)
    return (
        environment()
        .get_template("app.h.jinja")
        .render(
            file=prefix,
            prefix=f"tkd_{prefix}",
            PREFIX=f"TKD_{prefix.upper()}",
            net=net,
            digest=recipe_digest(recipe),
            sensor=app.sensor,
            sample=app.sample,
            block=app.block.replace("KEY", f"TKD_{prefix.upper()}_FRONT_END"),
            push=app.push,
            window_ms=window_ms,
            hop_frames=hop_frames(int(decision["hop_ms"]), frame_ms),
            words=decision.get("words", 1),  # a wake word is the first class
        )
    )
