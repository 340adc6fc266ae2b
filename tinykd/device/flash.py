"""A program onto a board, through its debug probe."""

from __future__ import annotations

import shutil
import subprocess

from tinykd.boards.table import Board, boards
from tinykd.device.app import Image
from tinykd.errors import ToolError

TOOL = "pyocd"


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
    command = [TOOL, "load", "--target", target, "--no-wait", str(image.elf)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        what = said[-1] if said else f"ended with code {done.returncode}"
        raise ToolError(TOOL, what, f"connect the board; for a new target: pyocd pack install {target}")
