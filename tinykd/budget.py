"""Limits against measurements: does the model fit, and by how much."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Limits:
    """The most a task's model may take, in bytes; measured must be below."""

    model_bytes: int
    arena_bytes: int


class HasLimits(Protocol):
    """What `check` reads of a recipe's budget section (or of `Limits`)."""

    @property
    def model_bytes(self) -> int:
        """The .tflite file's limit."""

    @property
    def arena_bytes(self) -> int:
        """The interpreter memory's limit."""


# 1 KB = 1000 bytes. The file limits are the product's promise; the memory limits are defaults.
BUDGETS: dict[str, Limits] = {
    "kws": Limits(model_bytes=50_000, arena_bytes=32_000),
    "wakeword": Limits(model_bytes=20_000, arena_bytes=24_000),
    "gesture": Limits(model_bytes=30_000, arena_bytes=16_000),
    "anomaly": Limits(model_bytes=10_000, arena_bytes=8_000),
}

COLUMNS = ("run", "model bytes", "limit", "arena bytes", "limit", "verdict")
Format = Literal["table", "json", "markdown"]


def check(limits: HasLimits, *, model_bytes: int, arena_bytes: int) -> dict[str, Any]:
    """Compare measured bytes with limits; equal is already over.

    Args:
      limits: the recipe's budget section, or a row of `BUDGETS`.
      model_bytes: the .tflite file's size.
      arena_bytes: TFLite Micro's memory; this 64-bit host's figure is above a device's.

    Returns:
      The contents of budget.json: `limits`, `measured`, `over` (the names of what is
      not below its limit) and `ok`.
    """
    allowed = {"model_bytes": limits.model_bytes, "arena_bytes": limits.arena_bytes}
    measured = {"model_bytes": model_bytes, "arena_bytes": arena_bytes}
    over = [name for name, limit in allowed.items() if measured[name] >= limit]
    return {"limits": allowed, "measured": measured, "over": over, "ok": not over}


def explain(result: dict[str, Any]) -> str:
    """Return what is over in a result of `check`, on one line; empty when nothing is."""
    return ", ".join(
        f"{name} {result['measured'][name]} is not below {result['limits'][name]}" for name in result["over"]
    )


def render(results: Iterable[tuple[str, dict[str, Any]]], *, format: Format) -> str:
    """Return results of `check` as text that ends in a newline.

    Args:
      results: (run name, result) pairs.
      format: `table` for a terminal, `json` for a script, `markdown` for a CI comment.
    """
    return FORMATS[format](list(results))


def _cells(name: str, result: dict[str, Any]) -> list[str]:
    measured, limits = result["measured"], result["limits"]
    figures = [f"{part[key]:,}" for key in ("model_bytes", "arena_bytes") for part in (measured, limits)]
    return [name, *figures, "ok" if result["ok"] else "OVER"]


def _table(results: list[tuple[str, dict[str, Any]]]) -> str:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE)
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in ("run", "verdict") else "right", no_wrap=True)
    for name, result in results:
        table.add_row(*(Text(cell) for cell in _cells(name, result)))
    stream = io.StringIO()
    Console(file=stream, width=1000).print(table)
    lines = [line.rstrip() for line in stream.getvalue().splitlines()]
    return "\n".join(line for line in lines if line) + "\n"


def _json(results: list[tuple[str, dict[str, Any]]]) -> str:
    runs = [{"run": name, **result} for name, result in results]
    whole = {"ok": all(result["ok"] for _, result in results), "runs": runs}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _markdown(results: list[tuple[str, dict[str, Any]]]) -> str:
    rows = [list(COLUMNS), [":--", "--:", "--:", "--:", "--:", ":--"]]
    rows += [_cells(name.replace("\\", "\\\\").replace("|", "\\|"), result) for name, result in results]
    return "".join(f"| {' | '.join(' '.join(cell.split()) for cell in row)} |\n" for row in rows)


FORMATS = {"table": _table, "json": _json, "markdown": _markdown}
