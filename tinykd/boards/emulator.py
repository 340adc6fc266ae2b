"""A program for a board in QEMU, where every instruction takes the same emulated time.

Source: QEMU's documentation of -icount: with shift=N an instruction takes 2^N ns,
whatever the host does, so a timer's ticks count instructions.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tinykd.boards.table import Emulation
from tinykd.boards.tools import EMULATOR, how_to_get
from tinykd.errors import ToolError

# 128 ns an instruction: more than three ticks of each board's timer, so that a
# count is never off by a tick's rounding, and 2^32 ticks are a billion instructions.
SHIFT = 7
SECONDS = 300


def instructions(ticks: int, machine: Emulation) -> int:
    """Return how many instructions a difference of timer readings stands for."""
    nanoseconds = ticks * 1_000_000_000
    step = machine.timer_hz << SHIFT
    return (nanoseconds + step // 2) // step


def run(
    machine: Emulation, elf: Path, arguments: Sequence[str] = (), *, folder: Path, seconds: float = SECONDS
) -> str:
    """Run `elf` until it leaves; return what it printed.

    Args:
      machine: of the board that it was built for.
      elf: the program.
      arguments: words without spaces or commas; the program reads them by semihosting.
      folder: where the program's relative file names start.
      seconds: of the host's time; after them it is ended.

    Raises:
      ToolError: QEMU is missing, or the program fails or does not end.
    """
    words = ",".join(f"arg={word}" for word in (elf.name, *arguments))
    command = [
        *(EMULATOR, "-M", machine.machine, "-nographic", "-monitor", "none", "-serial", "none"),
        *("-icount", f"shift={SHIFT},align=off,sleep=off"),
        *("-semihosting-config", f"enable=on,target=native,{words}"),
        *("-kernel", str(elf)),
    ]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except FileNotFoundError:
        raise ToolError(EMULATOR, "is not installed", f"run: {how_to_get(EMULATOR)}") from None
    except subprocess.TimeoutExpired:
        what = f"{elf.name} does not end within {seconds:g} s"
        raise ToolError(f"QEMU {machine.machine}", what, "give a program that ends") from None
    if done.returncode != 0:
        said = " / ".join(line.strip() for line in done.stderr.splitlines() if line.strip())
        what = f"{elf.name} ended with code {done.returncode}: {said[-300:] or 'it said nothing'}"
        raise ToolError(f"QEMU {machine.machine}", what, "give a program that fits the board")
    return done.stderr
