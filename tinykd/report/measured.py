"""What each method was worth where it was measured: the sums of comparisons that come with tinykd.

`measured.json` is written from finished comparisons by `python -m tinykd.commands.method_docs`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from tinykd import storage
from tinykd.distill.ways import WAYS

FILE = Path(__file__).with_name("measured.json")


@lru_cache(maxsize=1)
def comparisons() -> dict[str, dict[str, Any]]:
    """Return the sums of each comparison by its recipe's name; empty where none was made."""
    if not FILE.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def measured(name: str) -> Iterator[str]:
    """Yield what a method or a way was worth, one line a comparison and row.

    It is the rows that have it, alone or joined to others; of a way with a recipe of its own, those of
    that recipe's comparison, as it is or by short trainings.
    """
    own = WAYS[name].recipe if name in WAYS else ""
    for recipe, found in comparisons().items():
        its = bool(own) and recipe in (own, f"{own}-study")
        for row in found["rows"]:
            if row["difference"] and (its or name in row["method"].split("+")):
                estimate, low, high = (100 * value for value in row["difference"])
                yield (
                    f"{recipe}: {row['method']} {estimate:+z.2f} points of {found['figure']} against the "
                    f"student alone ({low:+z.2f} to {high:+z.2f}, {found['seeds']} seeds)"
                )


def remember(name: str, folder: Path) -> None:
    """Take the sums of a finished comparison into `measured.json`.

    Args:
      name: of its recipe.
      folder: of `tinykd compare`.
    """
    from tinykd.report.compare_summary import summary

    said = storage.read_json(folder / "compare.json")
    rows = [
        {
            "method": row.method,
            "figure": row.accuracy.estimate,
            "validation": row.validation,
            "difference": [row.difference.estimate, row.difference.low, row.difference.high]
            if row.difference
            else None,
            "model_bytes": row.model_bytes,
            "cost": row.cost,
        }
        for row in summary(said["cells"], folder, figure=said["figure"])
    ]
    sums = {"figure": said["figure"], "seeds": said["seeds"], "n": said["cells"][0]["n"], "rows": rows}
    storage.write_json(FILE, {**comparisons(), name: sums})
    comparisons.cache_clear()
