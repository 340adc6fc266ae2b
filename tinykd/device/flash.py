"""A program onto a board, through its debug probe."""

from __future__ import annotations

import shutil
import struct
import subprocess

from tinykd.boards.table import Board, boards
from tinykd.device.app import Image
from tinykd.errors import ToolError

TOOL = "pyocd"
ELF_ENTRY = 24  # byte of the header of a 32-bit file
VTOR = 0xE000ED08


def require_probe(board: Board) -> str:
    """Return the pyOCD target of a board.

    Raises:
      ToolError: the board exists only in QEMU, or pyOCD is not installed.
    """
    if board.pyocd is None:
        real = ", ".join(other.name for other in boards().values() if other.pyocd)
        raise ToolError(f"board {board.name!r}", "has no probe", f"boards with one: {real}")
    if shutil.which(TOOL) is None:
        raise ToolError(TOOL, "is not installed", "run: pip install pyocd")
    return board.pyocd


def flash(image: Image) -> None:
    """Load a program onto the connected board and start it.

    Raises:
      ToolError: see `require_probe`; or pyOCD refuses, like where no board is connected.
    """
    target = require_probe(image.board)
    done = subprocess.run(
        [TOOL, *words(image, target)], cwd=image.elf.parent, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        what = said[-1] if said else f"ended with code {done.returncode}"
        raise ToolError(TOOL, what, f"connect the board; for a new target: pyocd pack install {target}")


def words(image: Image, target: str) -> list[str]:
    """Return what pyOCD is told, in the program's folder.

    A program in flash starts with the reset after loading; one in RAM by its stack, vectors and entry.
    Source: Armv6-M Architecture Reference Manual, B3.2.5 (VTOR); pyOCD's documentation of commander.
    """
    chosen = ["--target", target, "--no-wait"]
    if not image.board.in_ram:
        return ["load", *chosen, image.elf.name]
    board = image.board
    (entry,) = struct.unpack_from("<I", image.elf.read_bytes(), ELF_ENTRY)
    steps = [
        "reset halt",
        f"load {image.elf.name}",
        f"write32 {VTOR:#x} {board.flash.origin:#x}",
        f"wreg sp {board.ram.origin + board.ram.length:#x}",
        f"wreg pc {entry & ~1:#x}",
        "go",
    ]
    return ["commander", *chosen, *(word for step in steps for word in ("--command", step))]
