"""Which kernel headers a program needs, in one text, each after those it includes.

Every header keeps its guard, so that several compiled models may be included in one source file.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent / "kernels"
INCLUDE = re.compile(r'^#include "(\w+)\.h"\n', re.MULTILINE)
SYSTEM_INCLUDE = re.compile(r"^#include <stdint\.h>\n", re.MULTILINE)  # NAME.h has it
NAME = re.compile(r"\btkd_\w+")
DEFINITION = re.compile(r"^(?:TKD_[A-Z_]+ )*static (?:inline )?\w+ (tkd_\w+)\(|^} (tkd_\w+);", re.MULTILINE)


@functools.cache
def headers() -> dict[str, str]:
    """Return the text of every kernel header by its name without .h."""
    return {path.stem: path.read_text(encoding="ascii") for path in sorted(FOLDER.glob("*.h"))}


@functools.cache
def homes() -> dict[str, str]:
    """Return the header that defines each function and type of the kernels."""
    return {
        next(filter(None, found.groups())): header
        for header, text in headers().items()
        for found in DEFINITION.finditer(text)
    }


def sources(lines: Iterable[str]) -> str:
    """Return the headers whose functions and types stand in `lines`, and all they include, once each."""
    names = {name for line in lines for name in NAME.findall(line)}
    order: list[str] = []
    for header in sorted({"target", *(homes()[name] for name in names)}):
        _visit(header, order)
    return "\n".join(_text(header) for header in order)


def _visit(header: str, order: list[str]) -> None:
    for included in INCLUDE.findall(headers()[header]):
        _visit(included, order)
    if header not in order:
        order.append(header)


def _text(header: str) -> str:
    text = SYSTEM_INCLUDE.sub("", INCLUDE.sub("", headers()[header]))
    return re.sub(r"\n{3,}", "\n\n", text)
