"""Which kernel headers a program needs, in one text, each after those it includes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent / "kernels"
INCLUDE = re.compile(r'^#include "(\w+)\.h"$', re.MULTILINE)
SYSTEM_INCLUDE = re.compile(r"^#include <\w+\.h>\n", re.MULTILINE)
GUARD = re.compile(r"^#ifndef TKD_\w+_H\n#define TKD_\w+_H\n\n|\n#endif\n\Z", re.MULTILINE)


def sources(names: Iterable[str]) -> str:
    """Return the text of the headers `names` and of all they include, once each, without guards."""
    order: list[str] = []
    for name in sorted(set(names)):
        _visit(name, order)
    return "\n".join(_text(name) for name in order)


def _visit(name: str, order: list[str]) -> None:
    text = (FOLDER / f"{name}.h").read_text(encoding="ascii")
    for included in INCLUDE.findall(text):
        _visit(included, order)
    if name not in order:
        order.append(name)


def _text(name: str) -> str:
    text = (FOLDER / f"{name}.h").read_text(encoding="ascii")
    for pattern in (GUARD, INCLUDE, SYSTEM_INCLUDE):
        text = pattern.sub("", text)
    return re.sub(r"\n{3,}", "\n\n", text)
