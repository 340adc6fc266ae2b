"""C files into an ELF file for a board, and the bytes that it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinykd.boards.table import Board
from tinykd.boards.tools import COMPILER, SECTIONS, SYMBOLS, run_tool

PORT = Path(__file__).with_name("port")
LINKER_SCRIPT = PORT / "board.ld"
FLAGS = ("-std=c11", "-O2", "-mthumb", "-ffunction-sections", "-fdata-sections", "-g0")
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
LINK = ("-nostartfiles", "--specs=nano.specs", "--specs=nosys.specs", "-Wl,--gc-sections")
FLASH_SECTIONS = (".text", ".ARM.exidx", ".data")
RAM_SECTIONS = (".data", ".bss")


@dataclass(frozen=True)
class Footprint:
    """Bytes of a linked piece of C.

    flash_bytes: code and read-only data and initial values, without constant_bytes.
    constant_bytes: the symbols that hold the model's numbers.
    ram_bytes: static data.
    """

    flash_bytes: int
    constant_bytes: int
    ram_bytes: int


def build(
    board: Board,
    sources: Sequence[Path],
    elf: Path,
    *,
    include: Sequence[Path] = (),
    before: Sequence[Path] = (),
    defines: Mapping[str, str] | None = None,
    entry: str | None = None,
    link: Sequence[str] = (),
) -> Path:
    """Compile and link `sources` for `board`; what nothing calls is left out.

    Args:
      board: gives the core's flags and the memory map.
      sources: C files; their warnings are errors.
      elf: the file to write.
      include: folders of headers.
      before: headers that every source begins with.
      defines: macros and their values.
      entry: the function that the program starts at; the port's start-up by default.
      link: object files, libraries and words for the linker, after the sources.

    Returns:
      `elf`.

    Raises:
      ToolError: the compiler is missing, or refuses.
    """
    run_tool(
        COMPILER,
        [
            *(*board.flags, *FLAGS, *WARNINGS, *LINK),
            *(f"-I{folder.resolve()}" for folder in include),  # the compiler runs in the folder of `elf`
            *(word for header in before for word in ("-include", str(header.resolve()))),
            *(f"-D{name}={value}" for name, value in (defines or {}).items()),
            *(f"-Wl,--defsym={symbol}={value:#x}" for symbol, value in memory_symbols(board).items()),
            *((f"-Wl,--entry={entry}",) if entry else ()),
            *("-T", str(LINKER_SCRIPT)),
            *(str(source.resolve()) for source in sources),
            *link,
            *("-o", elf.name),
        ],
        folder=elf.parent,
    )
    return elf


def memory_symbols(board: Board) -> dict[str, int]:
    """Return the symbols that port/board.ld takes the memory map from."""
    return {
        "tkd_flash_origin": board.flash.origin,
        "tkd_flash_length": board.flash.length,
        "tkd_ram_origin": board.ram.origin,
        "tkd_ram_length": board.ram.length,
    }


def footprint(elf: Path, *, constants: str) -> Footprint:
    """Return the bytes of a file that `build` wrote.

    Args:
      elf: the file.
      constants: a regular expression; symbols whose whole name it matches are constants.
    """
    sections = _sections(elf)
    constant_bytes = sum(size for name, size in _symbols(elf) if re.fullmatch(constants, name))
    return Footprint(
        flash_bytes=sum(sections.get(name, 0) for name in FLASH_SECTIONS) - constant_bytes,
        constant_bytes=constant_bytes,
        ram_bytes=sum(sections.get(name, 0) for name in RAM_SECTIONS),
    )


def _sections(elf: Path) -> dict[str, int]:
    """Return each section's size in bytes."""
    rows = [line.split() for line in run_tool(SECTIONS, ["-A", elf.name], folder=elf.parent).splitlines()]
    return {row[0]: int(row[1]) for row in rows if len(row) == 3 and row[1].isdigit()}


def _symbols(elf: Path) -> list[tuple[str, int]]:
    """Return the name and size in bytes of each symbol that has one."""
    rows = [line.split() for line in run_tool(SYMBOLS, ["-S", elf.name], folder=elf.parent).splitlines()]
    return [(row[3], int(row[1], 16)) for row in rows if len(row) == 4]
