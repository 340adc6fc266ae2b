"""Reading recipes: a TOML file, the recipes it is based on, and ``--set`` on top."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tinykd.errors import RecipeError
from tinykd.recipe import Recipe
from tinykd.recipe_errors import KeyPath, fault, kind_of, recipe_error
from tinykd.recipe_sees import check_sees
from tinykd.recipe_tasks import DEFAULT_TASK, TASK_RECIPES

# Values, and which file or option each key (or everything below it) comes from.
Layer = tuple[dict[str, Any], dict[KeyPath, str]]

RECIPES = Path(__file__).parent / "recipes"


def recipe_names() -> tuple[str, ...]:
    """Return the names of the recipes that come with tinykd, sorted."""
    return tuple(sorted(path.stem for path in RECIPES.glob("*.toml")))


def load_recipe(name_or_path: str, overrides: Sequence[str] = ()) -> Recipe:
    """Return the recipe with every default filled in and `base` resolved.

    A value stands in the last place that sets it: defaults, then the `base`
    chain, then the file, then the overrides in order. Tables merge key by key;
    a `params` table starts empty where a layer names another `model`, because
    parameters belong to their model.

    Args:
      name_or_path: a name out of `recipe_names()`, or a path that ends in ``.toml``.
      overrides: ``section.key=value``; the value is TOML, or else a plain string.
    Raises:
      RecipeError: naming file, section, key and choices of the first fault.
    """
    origins: dict[KeyPath, str] = {}
    merged: dict[str, Any] = {}
    files = _chain(name_or_path)
    layers: list[Layer] = [(data, {(): path.name}) for path, data in files]
    layers.append(_override_layer(overrides))
    model = _model(layers)
    for data, sources in layers:
        _drop_params_of_other_models(merged, data, model)
        _merge(merged, data, sources, origins)
    merged.pop("base", None)
    fallback = files[-1][0].name

    def origin(path: KeyPath) -> str:
        return _origin(origins, path, fallback)

    try:
        recipe = model.model_validate(merged)
    except ValidationError as error:
        raise recipe_error(error, model, merged, origin) from None
    check_sees(recipe, origin)
    return recipe


def _model(layers: Sequence[Layer]) -> type[Recipe]:
    """Return the recipe class of the task that the last layer to name one names."""
    for data, sources in reversed(layers):
        if "task" in data:
            task, where = data["task"], _origin(sources, ("task",), "")
            allowed = ", ".join(TASK_RECIPES)
            if not isinstance(task, str):
                raise fault(where, ("task",), f"is {kind_of(task)}", allowed)
            if task not in TASK_RECIPES:
                raise fault(where, ("task",), f"is '{task}'", allowed)
            return TASK_RECIPES[task]
    return TASK_RECIPES[DEFAULT_TASK]


def _chain(name_or_path: str) -> list[tuple[Path, dict[str, Any]]]:
    """Return the files that make a recipe, the deepest base first."""
    files: list[tuple[Path, dict[str, Any]]] = []
    seen: list[Path] = []
    wanted, path = name_or_path, _find(name_or_path, asker="recipe", folder=Path())
    while True:
        if path.resolve() in seen:
            raise RecipeError(
                files[0][0].name, f"base '{wanted}' leads back to itself", "a chain of bases that ends"
            )
        seen.append(path.resolve())
        data = _read(path)
        files.insert(0, (path, data))
        wanted = data.get("base", "")
        if not isinstance(wanted, str):
            raise fault(path.name, ("base",), f"is {kind_of(wanted)}", "a recipe's name or file")
        if not wanted:
            return files
        path = _find(wanted, asker=f"{path.name} base", folder=path.parent)


def _find(name_or_path: str, *, asker: str, folder: Path) -> Path:
    names = recipe_names()
    allowed = f"recipes: {', '.join(names)}, or a path to a .toml file"
    if name_or_path.endswith(".toml"):
        path = folder / Path(name_or_path).expanduser()
        if not path.is_file():
            raise RecipeError(name_or_path, "no such recipe file", allowed)
        return path
    if name_or_path not in names:
        raise RecipeError(asker, f"unknown recipe '{name_or_path}'", allowed)
    return RECIPES / f"{name_or_path}.toml"


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise RecipeError(path.name, "is not UTF-8 text", "a TOML file in UTF-8") from None
    except OSError as error:
        raise RecipeError(
            str(path), error.strerror or "cannot be read", "a TOML file that can be read"
        ) from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, what = _toml_fault(str(error), text)
        raise RecipeError(f"{path.name}:{line}", what, 'valid TOML, like key = 1 or key = "text"') from None
    return {key: _plain(value, path.name, (key,)) for key, value in data.items()}


def _toml_fault(message: str, text: str) -> tuple[int, str]:
    """Split tomllib's message into the line number and what is wrong there."""
    what, _, place = message.rpartition(" (at ")
    if place.startswith("line "):
        return int(place.removeprefix("line ").split(",")[0]), what[0].lower() + what[1:]
    return text.count("\n") + 1, (what or message)[0].lower() + (what or message)[1:]


def _override_layer(overrides: Sequence[str]) -> Layer:
    layer: dict[str, Any] = {}
    sources: dict[KeyPath, str] = {}
    for text in overrides:
        dotted, equals, raw = text.partition("=")
        path = tuple(part.strip() for part in dotted.split("."))
        if not equals or not all(path):
            raise RecipeError(f"--set {text}", "not a setting", "allowed: section.key=value")
        where = f"--set {'.'.join(path)}"
        if path[0] == "base":
            raise RecipeError(
                where, "base only works inside a recipe file", "name that recipe instead of this one"
            )
        table = layer
        for depth, part in enumerate(path[:-1], start=1):
            sources.setdefault(path[:depth], where)
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                raise RecipeError(
                    where, f"'{part}' was set to a value before", "set either the table or its keys"
                )
        table[path[-1]] = _plain(_toml_value(raw), where, path)
        sources[path] = where
    return layer, sources


def _toml_value(raw: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {raw}")
    except tomllib.TOMLDecodeError:
        return raw
    return parsed["value"] if set(parsed) == {"value"} else raw


def _plain(value: Any, where: str, path: KeyPath) -> Any:
    """Return `value` with tuples for lists; refuse what a recipe has no use for."""
    if isinstance(value, dict):
        return {key: _plain(item, where, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_plain(item, where, path) for item in value)
    if isinstance(value, date | time):  # a datetime is a date
        allowed = "a string, a number, true or false, a list, a table"
        raise fault(where, path, f"is {kind_of(value)}", allowed)
    if isinstance(value, float) and not math.isfinite(value):
        raise fault(where, path, f"is {value}", "a finite number")
    if isinstance(value, str) and any(0xD800 <= ord(letter) <= 0xDFFF for letter in value):
        raise fault(where, path, "is not UTF-8 text", "text in UTF-8")
    return value


def _drop_params_of_other_models(
    merged: dict[str, Any], layer: Mapping[str, Any], model: type[Recipe]
) -> None:
    for name, default in model():
        section, change = merged.get(name), layer.get(name)
        if not (isinstance(section, dict) and isinstance(change, Mapping) and "model" in change):
            continue
        if change["model"] != section.get("model", default.model):
            section.pop("params", None)


def _merge(
    target: dict[str, Any],
    layer: Mapping[str, Any],
    sources: Mapping[KeyPath, str],
    origins: dict[KeyPath, str],
    path: KeyPath = (),
) -> None:
    for key, value in layer.items():
        here = (*path, key)
        if isinstance(value, Mapping) and isinstance(target.get(key), dict):
            _merge(target[key], value, sources, origins, here)
            continue
        origins[here] = _origin(sources, here, "")
        target[key] = value
        if isinstance(value, Mapping):
            target[key] = {}
            _merge(target[key], value, sources, origins, here)


def _origin(origins: Mapping[KeyPath, str], path: KeyPath, fallback: str) -> str:
    """Return the origin of the longest known beginning of `path`."""
    for length in range(len(path), -1, -1):
        if path[:length] in origins:
            return origins[path[:length]]
    return fallback
