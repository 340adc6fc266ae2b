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

FILE = Path(__file__).with_name("measured.json")


@lru_cache(maxsize=1)
def comparisons() -> dict[str, dict[str, Any]]:
    """Return the sums of each comparison by its recipe's name; empty where none was made."""
    if not FILE.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def measured(method: str) -> Iterator[str]:
    """Yield one line a comparison and row that has the method, alone or joined to others."""
    for recipe, found in comparisons().items():
        for row in found["rows"]:
            if method in row["method"].split("+") and row["difference"]:
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
