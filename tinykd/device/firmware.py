"""Where the C that is written by hand stands, in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

import tinykd

_PACKAGE = Path(tinykd.__file__).parent


def root() -> Path:
    """Return the folder `firmware`: beside the package in a checkout, inside it where it was installed."""
    inside = _PACKAGE / "firmware"
    return inside if inside.is_dir() else _PACKAGE.parent / "firmware"


def includes() -> list[Path]:
    """Return the folders of headers: the public ones, and those that apps share."""
    return [root() / "include", root() / "apps" / "shared"]


def library() -> list[Path]:
    """Return the C files of every front end and detector; what an app does not call is left out of it."""
    return sorted([*root().glob("src/*.c"), *root().glob("src/*/*.c")])


def app(name: str) -> list[Path]:
    """Return the C files of an app, with what apps share."""
    return [path for folder in (name, "shared") for path in sorted((root() / "apps" / folder).glob("*.c"))]


def tflm_engine() -> Path:
    """Return the C++ file that calls TFLite Micro."""
    return root() / "engines" / "tflm.cc"


def recording_source() -> Path:
    """Return the C file that reads samples from the host, by semihosting."""
    return root() / "ports" / "semihosting_source.c"


def stream(name: str) -> list[Path]:
    """Return the files of an app that are the same without a port: the stream and its decision."""
    shared = root() / "apps" / "shared"
    return [shared / "stream.c", shared / "decision.h", root() / "apps" / name / "decision.c"]


def tree() -> dict[str, Path]:
    """Return the library's files and headers by their path in a package's folder of sources."""
    headers = {f"tinykd/{path.name}": path for path in (root() / "include" / "tinykd").glob("*.h")}
    del headers["tinykd/source.h"]  # of apps alone
    sources = [path for path in (root() / "src").rglob("*") if path.is_file()]
    return headers | {path.relative_to(root() / "src").as_posix(): path for path in sources}


def licence() -> Path:
    """Return the text of the licence that the C is under."""
    return root() / "LICENSE"
