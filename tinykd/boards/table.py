"""The boards of ``boards.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tinykd.errors import ToolError

FILE = Path(__file__).with_name("boards.toml")


@dataclass(frozen=True)
class Memory:
    """A region of a board's address space, both in bytes."""

    origin: int
    length: int


@dataclass(frozen=True, kw_only=True)
class Emulation:
    """How QEMU stands in for a board.

    machine: QEMU's name of it.
    timer: names port/timer_<timer>.c; None where the emulation has none that can count.
    timer_address: of the timer's registers.
    timer_hz: its ticks a second of emulated time.
    """

    machine: str
    timer: str | None = None
    timer_address: int = 0
    timer_hz: int = 0


@dataclass(frozen=True, kw_only=True)
class Board:
    """One board.

    flags: the compiler's for its core.
    qemu: None where QEMU lacks it.
    pyocd: what pyOCD calls it; None where there is no such board to hold in one's hand.
    """

    name: str
    core: str
    flags: tuple[str, ...]
    flash: Memory
    ram: Memory
    qemu: Emulation | None = None
    pyocd: str | None = None

    @property
    def in_ram(self) -> bool:
        """Whether programs stand in the architecture's region of RAM, and a reset does not start them."""
        return 0x2000_0000 <= self.flash.origin < 0x4000_0000


@cache
def boards() -> dict[str, Board]:
    """Return every board by name."""
    rows: dict[str, dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: _board(name, row) for name, row in rows.items()}


def _board(name: str, row: dict[str, Any]) -> Board:
    qemu = row.pop("qemu", None)
    return Board(
        name=name,
        core=row.pop("core"),
        flags=tuple(row.pop("flags")),
        flash=Memory(**row.pop("flash")),
        ram=Memory(**row.pop("ram")),
        qemu=Emulation(**qemu) if qemu else None,
        **row,
    )


def board(name: str) -> Board:
    """Return the board called `name`.

    Raises:
      ToolError: there is none.
    """
    try:
        return boards()[name]
    except KeyError:
        raise ToolError(f"board {name!r}", "is not in the table", f"boards: {', '.join(boards())}") from None


def emulated_board(name: str) -> tuple[Board, Emulation]:
    """Return the board called `name` and how QEMU runs it.

    Raises:
      ToolError: there is no such board, or QEMU has no machine for it.
    """
    found = board(name)
    if found.qemu is None:
        runnable = ", ".join(other.name for other in boards().values() if other.qemu)
        raise ToolError(f"board {name!r}", "QEMU has no such machine", f"machines: {runnable}")
    return found, found.qemu


def counting_board(name: str) -> tuple[Board, Emulation]:
    """Return the board called `name` and how QEMU runs it, with a timer that counts instructions.

    Raises:
      ToolError: there is no such board, or QEMU has no machine or no such timer for it.
    """
    found, machine = emulated_board(name)
    if machine.timer is None:
        counting = ", ".join(other.name for other in boards().values() if other.qemu and other.qemu.timer)
        what = "QEMU's machine has no timer that counts instructions"
        raise ToolError(f"board {name!r}", what, f"machines: {counting}")
    return found, machine
