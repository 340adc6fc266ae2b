"""A model in C on an emulated board: instructions, stack, outputs, and the bytes it takes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd.boards import emulator
from tinykd.boards.build import PORT, Footprint, build, footprint
from tinykd.boards.table import Board, Emulation, counting_board
from tinykd.boards.tools import require_tools

Int8 = npt.NDArray[np.int8]


@dataclass(frozen=True, kw_only=True)
class Program:
    """A model in C.

    sources: C files.
    header: the file that declares `invoke`, found in the first source's folder.
    invoke: ``(const int8_t *in, int8_t *out)``.
    input_bytes, output_bytes: of one inference.
    constants: a regular expression that matches the whole names of the symbols that hold the model's numbers.
    steps: how many it has; it says ``TKD_STEP(step, name)`` before each, from 0 on, and after the last one.
    """

    sources: Sequence[Path]
    header: str
    invoke: str
    input_bytes: int
    output_bytes: int
    constants: str
    steps: int = 0


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a board did.

    core: the board's.
    outputs: [n, output_bytes] int8.
    instructions: [n] int64, one inference each, without the call itself.
    stack_bytes: the most that lay below the caller.
    footprint: bytes of flash, constants and RAM.
    """

    core: str
    outputs: Int8
    instructions: npt.NDArray[np.int64]
    stack_bytes: int
    footprint: Footprint


def run_on_board(program: Program, board_name: str, inputs: Int8) -> Run:
    """Build `program` for a board, run every input on it, and measure.

    Args:
      program: the model.
      board_name: one that QEMU has.
      inputs: [n, ...] int8, n at least 1, each of the program's input_bytes.

    Raises:
      ToolError: a tool is missing or refuses, or there is no such board.
    """
    board, machine = counting_board(board_name)
    require_tools()
    with tempfile.TemporaryDirectory(prefix="tinykd-") as name:
        folder = Path(name)
        alone = build(
            board,
            program.sources,
            folder / "alone.elf",
            include=[program.sources[0].parent],
            entry=program.invoke,
        )
        size = footprint(alone, constants=program.constants)
        outputs, figures = _benched(program, board, machine, inputs, folder, steps=0)
    empty, table = figures[0], figures[1:].reshape(len(inputs), 2)
    counts = [emulator.instructions(int(ticks) - int(empty), machine) for ticks in table[:, 0]]
    return Run(
        core=board.core,
        outputs=outputs,
        instructions=np.array(counts, np.int64),
        stack_bytes=int(table[:, 1].max()),
        footprint=size,
    )


def step_instructions(program: Program, board_name: str, one_input: Int8) -> list[int]:
    """Return how many instructions each of the program's steps takes, in their order.

    The build has a reading of the timer after each step, whose own instructions are taken off
    again; the compiler may order a step's instructions otherwise than without the readings.
    """
    board, machine = counting_board(board_name)
    require_tools()
    with tempfile.TemporaryDirectory(prefix="tinykd-") as name:
        _, figures = _benched(program, board, machine, one_input[None], Path(name), steps=program.steps)
    empty, between = int(figures[3]), figures[4:]
    return [emulator.instructions(int(ticks) - empty, machine) for ticks in between]


def _benched(
    program: Program, board: Board, machine: Emulation, inputs: Int8, folder: Path, *, steps: int
) -> tuple[Int8, npt.NDArray[np.uint32]]:
    """Run port/bench.c on `inputs`; return the outputs and its figures."""
    inputs = np.ascontiguousarray(inputs, np.int8)
    if inputs.size != len(inputs) * program.input_bytes:
        raise ValueError(f"inputs are {inputs.shape}, the program takes {program.input_bytes} bytes each")
    elf = build(
        board,
        [*program.sources, PORT / "bench.c", *port_sources(machine)],
        folder / "bench.elf",
        include=[program.sources[0].parent, PORT],
        before=[PORT / "mark.h"] if steps else [],
        defines={
            "TKD_TIMER": f"{machine.timer_address:#x}u",
            "TKD_HEADER": f'"{program.header}"',
            "TKD_INVOKE": program.invoke,
            "TKD_INPUT_BYTES": str(program.input_bytes),
            "TKD_OUTPUT_BYTES": str(program.output_bytes),
            "TKD_STEPS": str(steps),
        },
    )
    (folder / "inputs").write_bytes(inputs.tobytes())
    emulator.run(machine, elf, ["inputs", "outputs", "figures"], folder=folder)
    outputs = np.fromfile(folder / "outputs", np.int8).reshape(len(inputs), program.output_bytes)
    return outputs, np.fromfile(folder / "figures", "<u4")


def port_sources(machine: Emulation | None) -> list[Path]:
    """Return the C files of start-up, semihosting and, where the emulated board has one, its timer."""
    timer = [PORT / f"timer_{machine.timer}.c"] if machine and machine.timer else []
    return [PORT / "start.c", PORT / "semihosting.c", *timer]
