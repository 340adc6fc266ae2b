"""A recording streamed into an emulated board, hop by hop: what its program detects, and what that takes."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy.typing as npt

from tinykd.boards import emulator
from tinykd.boards.table import emulated_board
from tinykd.device.app import Image, build_app
from tinykd.device.engine import Tflm
from tinykd.errors import CheckFailed
from tinykd.inference import open_finished
from tinykd.tasks.task import Listener

_DETECTED = re.compile(r"^(\d+) (ms|rows)  (.*)$", re.MULTILINE)
_TICKS = re.compile(r"^ticks (\d+) features, (\d+) model$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a board said.

    detections: (seconds, word), in order.
    front_end_instructions: the most that a hop's features took; None on a board whose emulation has no timer.
    model_instructions: the most that a call of the model took; likewise.
    """

    image: Image
    detections: list[tuple[float, str]]
    front_end_instructions: int | None
    model_instructions: int | None


def hear(run: Path, recording: Path, *, board_name: str, out: Path, engine: Tflm | None = None) -> Heard:
    """Build a run's app, and let it hear a recording in QEMU.

    Args:
      run: a finished run folder.
      recording: a .wav file of any length; other sample rates are converted.
      board_name: a board that QEMU has.
      out: a folder for the C, the program and the samples.
      engine: as in `build_app`.

    Raises:
      CheckFailed: the program's self-test fails: the board's outputs are not TFLite Micro's.
      TinykdError: see `build_app`; QEMU is missing, or the recording cannot be read.
    """
    board, _ = emulated_board(board_name)
    task, finished = open_finished(run)
    image = build_app(run, board=board, out=out, engine=engine)
    samples = cast(Listener[Any], task).stream(finished, recording)
    return play(image, samples, rows_per_second=finished.settings.get("sample_rate_hz", 0.0), folder=out)


def play(image: Image, samples: npt.NDArray[Any], *, rows_per_second: float, folder: Path) -> Heard:
    """Let a program hear samples in QEMU.

    Args:
      image: built for a board that QEMU has.
      samples: as a sensor gives them (`Listener.stream`).
      rows_per_second: turns rows into seconds, where the program counts rows.
      folder: where the program finds its samples.

    Raises:
      CheckFailed: see `hear`.
      ToolError: QEMU is missing, or the program fails.
    """
    _, machine = emulated_board(image.board.name)
    data = samples.astype(samples.dtype.newbyteorder("<")).tobytes()
    (folder / "samples").write_bytes(struct.pack("<I", len(data)) + data)
    said = emulator.run(machine, image.elf.absolute(), folder=folder)
    if "self-test passed" not in said:
        what = f"the self-test failed on {image.board.name}"
        raise CheckFailed(str(image.elf), what, "TFLite Micro's outputs")
    ticks = _TICKS.search(said)
    front_end, model = (
        emulator.instructions(int(ticks[group]), machine) if ticks else None for group in (1, 2)
    )
    return Heard(
        image=image,
        detections=[
            (int(number) / (1000.0 if unit == "ms" else rows_per_second), word)
            for number, unit, word in _DETECTED.findall(said)
        ],
        front_end_instructions=front_end,
        model_instructions=model,
    )
