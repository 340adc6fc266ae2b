"""The programs that build and run C for a board: found, or an error that says how to get them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tinykd.errors import ToolError

COMPILER = "arm-none-eabi-gcc"
CPP_COMPILER = "arm-none-eabi-g++"
SYMBOLS = "arm-none-eabi-nm"
SECTIONS = "arm-none-eabi-size"
EMULATOR = "qemu-system-arm"

# Each program with the Debian and Ubuntu packages that bring it.
PACKAGES = {
    COMPILER: "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    CPP_COMPILER: "gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib",
    SYMBOLS: "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    SECTIONS: "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    EMULATOR: "qemu-system-arm",
}


def missing_tools() -> list[str]:
    """Return the programs of `PACKAGES` that this machine lacks."""
    return [name for name in PACKAGES if shutil.which(name) is None]


def how_to_get(name: str) -> str:
    """Return the command that installs the program `name`."""
    return f"apt-get install --no-install-recommends {PACKAGES[name]}"


def require_tools() -> None:
    """Raise ToolError where a program of `PACKAGES` is missing."""
    for name in missing_tools():
        raise ToolError(name, "is not installed", f"run: {how_to_get(name)}")


def run_tool(name: str, arguments: Sequence[str], *, folder: Path) -> str:
    """Run a program of `PACKAGES` in `folder`; return what it printed.

    Raises:
      ToolError: it is missing, or it fails (its first complaint in the message).
    """
    path = shutil.which(name)
    if path is None:
        raise ToolError(name, "is not installed", f"run: {how_to_get(name)}")
    done = subprocess.run([path, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = [line.strip() for line in done.stderr.splitlines() if "error" in line or "undefined" in line]
        what = (said or [f"ended with code {done.returncode}"])[0]
        raise ToolError(name, what, "see the compiler's documentation for this message")
    return done.stdout
