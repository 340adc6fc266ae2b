"""Where the C that is written by hand stands, in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

import tinykd

_PACKAGE = Path(tinykd.__file__).parent


def root() -> Path:
    """Return the folder `firmware`: beside the package in a checkout, inside it where it was installed."""
    inside = _PACKAGE / "firmware"
    return inside if inside.is_dir() else _PACKAGE.parent / "firmware"


def include() -> Path:
    """Return the folder of public headers."""
    return root() / "include"


def library() -> list[Path]:
    """Return the C files of every front end and detector; what an app does not call is left out of it."""
    return sorted([*root().glob("src/*.c"), *root().glob("src/*/*.c")])


def app(name: str) -> list[Path]:
    """Return the C files of an app."""
    return sorted((root() / "apps" / name).glob("*.c"))


def recording_source() -> Path:
    """Return the C file that reads samples from the host, by semihosting."""
    return root() / "ports" / "semihosting_source.c"
