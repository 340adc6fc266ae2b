"""What there is to say about one distillation method: from the tables, and from what was measured."""

from __future__ import annotations

from collections.abc import Iterator

from tinykd.distill.check import COMMON
from tinykd.distill.methods import METHODS, MethodRow
from tinykd.distill.ways import WAYS, WayRow, table
from tinykd.errors import RecipeError
from tinykd.recipe_text import toml_value
from tinykd.report.measured import measured

TAPS = {
    "logits": "the teachers' logits",
    "score": "the teacher's score",
    "maps": "pairs of taps from the last backwards, as maps over time and frequency",
    "frames": "pairs of taps from the last backwards, as frames along time",
    "flow": "each two neighbouring pairs of taps",
    "embeddings": "the last taps, pooled to one vector a clip",
    "exits": "the student's own taps; no teacher",
    "peers": "the logits of students trained beside it; no teacher",
}


def explanation(name: str) -> str:
    """Return the text of `tinykd explain`.

    Raises:
      RecipeError: an unknown method.
    """
    if name not in table():
        raise RecipeError("tinykd explain", f"unknown method '{name}'", f"allowed: {', '.join(table())}")
    rows = dict(_method(name, METHODS[name]) if name in METHODS else _way(name, WAYS[name]))
    rows["measured"] = "\n".join(measured(name)) or "not yet"
    width = max(map(len, rows)) + 2
    lines = [name]
    for key, text in rows.items():
        first, *rest = text.split("\n")
        lines += [f"  {key:<{width}}{first}", *(" " * (width + 2) + line for line in rest)]
    return "\n".join(lines)


def _method(name: str, row: MethodRow) -> Iterator[tuple[str, str]]:
    yield "what", row.description
    yield "formula", row.formula
    yield "source", row.source
    yield "taps", TAPS[row.term]
    yield "connector", row.connector
    yield "teaches", " and ".join(row.outputs)
    params = ", ".join(f"{key} = {toml_value(value)}" for key, value in {**row.defaults}.items())
    more = ", ".join(key for key in COMMON if key not in row.defaults)
    yield "recipe", f'distill.methods = ["{name}"]\n[distill.params.{name}] {params}\nalso: {more}'
    yield "try", f"tinykd compare RECIPE --methods {name}"


def _way(name: str, row: WayRow) -> Iterator[tuple[str, str]]:
    yield "what", row.description
    yield "formula", row.formula
    yield "source", row.source
    if row.settings is not None:
        yield "recipe", "\n".join(f"{key} = {toml_value(value)}" for key, value in row.settings.items())
        yield "try", f"tinykd compare RECIPE --methods {name}"
    elif row.recipe:
        yield "try", f"tinykd compare {row.recipe} --methods {'+'.join(row.methods) or 'alone'}"
    else:
        yield "try", row.command
