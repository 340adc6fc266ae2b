"""What all C templates share: the jinja2 environment, and rows of a table."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> jinja2.Environment:
    """Return the environment of the templates; an undefined name in one is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def rows(items: list[str], width: int) -> list[str]:
    """Return `items` as lines of `width` initialisers, each line ending in a comma."""
    return [", ".join(items[start : start + width]) + "," for start in range(0, len(items), width)]


def c_table(kind: str, name: str, items: list[str]) -> dict[str, Any]:
    """Return what a template needs for a constant array of C type `kind`."""
    return {"type": kind, "name": name, "length": len(items), "rows": rows(items, 8)}
