"""Recipes as TOML text: what is written next to the results."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tinykd.recipe import Recipe

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_FREE = {"params", "alone_params", "sees", "sizes"}  # tables whose keys the recipe's author chooses


def dump_recipe(recipe: Recipe) -> str:
    """Return the whole recipe, defaults included, as TOML.

    Equal recipes give equal text, and `load_recipe` of it gives the recipe back.
    Sections and keys stand in the order of the models, free tables sorted.
    """
    return "\n".join(_table((), recipe.model_dump(exclude={"base"})))


def _table(path: tuple[str, ...], values: Mapping[str, Any]) -> Iterator[str]:
    if path:
        yield f"\n[{'.'.join(_key(part) for part in path)}]"
    for key, value in values.items():
        if not isinstance(value, Mapping):
            yield f"{_key(key)} = {toml_value(value)}"
    for key, value in values.items():
        if isinstance(value, Mapping):
            free = not _FREE.isdisjoint((*path, key))
            yield from _table((*path, key), dict(sorted(value.items())) if free else value)
    if not path:
        yield ""


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _string(key)


def toml_value(value: object) -> str:
    """Return one value as TOML text on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Mapping):
        return (
            "{" + ", ".join(f"{_key(key)} = {toml_value(item)}" for key, item in sorted(value.items())) + "}"
        )
    if isinstance(value, tuple | list):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    raise TypeError(f"a recipe cannot hold {value!r}")


def _string(text: str) -> str:
    # JSON's escapes are TOML's too, except that TOML also escapes the delete character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
