"""Limits against measurements: does the model fit, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from tinykd.recipe_tasks import TASK_RECIPES


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
    task: Limits(**model().budget.model_dump()) for task, model in TASK_RECIPES.items()
}


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
