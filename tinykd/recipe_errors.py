"""One line for what is wrong with a recipe: where, what, and what would be allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from tinykd.errors import RecipeError

KeyPath = tuple[str, ...]

_KINDS: dict[type, str] = {
    bool: "true/false",
    int: "a whole number",
    float: "a number",
    str: "a string",
    tuple: "a list",
    list: "a list",
    dict: "a table",
}
_WANTED: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: 'a string, like "name"',
    dict: "a table of keys and values",
    tuple[str, ...]: 'a list of strings, like ["a", "b"]',
    tuple[float, float]: "a list of two numbers, low first, like [0.5, 1.5]",
}
_LIMITS = {"gt": "above", "ge": "from", "lt": "to below", "le": "to"}


def kind_of(value: object) -> str:
    """Name the TOML type of `value` as a person would."""
    return _KINDS.get(type(value), "a date or time")


def wanted(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """Say in words which values a field accepts.

    Args:
      annotation: the field's type, possibly `Annotated`.
      metadata: what pydantic took off the annotation (limits).
    """
    if get_origin(annotation) is Annotated:
        annotation, *inner = get_args(annotation)
        metadata = [*metadata, *inner]
    if get_origin(annotation) is Literal:
        return ", ".join(str(choice) for choice in get_args(annotation))
    if section := section_type(annotation):
        return "a table with the keys " + ", ".join(sorted(section.model_fields))
    if get_origin(annotation) is dict:
        annotation = dict
    if get_origin(annotation) is tuple and annotation not in _WANTED:
        return "a list, each of it " + wanted(get_args(annotation)[0])
    limits = [
        f"{word} {bound:g}"
        for limit in _flatten(metadata)
        for name, word in _LIMITS.items()
        if (bound := getattr(limit, name, None)) is not None
    ]
    text = " ".join([_WANTED[annotation], *limits])
    return text + " up" if limits and limits[-1].startswith("from") else text


def _flatten(metadata: Sequence[Any]) -> list[Any]:
    flat: list[Any] = []
    for item in metadata:
        flat += _flatten(item.metadata) if isinstance(item, FieldInfo) else [item]
    return flat


def section_type(annotation: Any) -> type[BaseModel] | None:
    """Return the section that a field holds, None for a plain value."""
    is_section = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_section else None


def field_at(model: type[BaseModel], path: Sequence[str | int]) -> tuple[FieldInfo | None, type[BaseModel]]:
    """Return the field that `path` leads to, and the section it stands in.

    The field is None where the section has no such key; a path into a list or a
    free table ends at that list or table.
    """
    field: FieldInfo | None = None
    section: type[BaseModel] | None = model
    for part in path:
        if section is None:
            break
        model = section
        field = model.model_fields.get(str(part))
        section = section_type(field.annotation) if field else None
    return field, model


def place(where: str, section: Sequence[str]) -> str:
    """Return `where` with the section's name, unless it is a ``--set``, which has the key in it."""
    return where if where.startswith("--set") or not section else f"{where} [{'.'.join(section)}]"


def fault(where: str, path: Sequence[str], what: str, allowed: str) -> RecipeError:
    """Return the complaint that the key at `path` `what`."""
    subject = "" if where.startswith("--set") else f"{path[-1]} "
    return RecipeError(place(where, path[:-1]), subject + what, f"allowed: {allowed}")


def recipe_error(
    error: ValidationError,
    model: type[BaseModel],
    data: Mapping[str, Any],
    origin: Callable[[KeyPath], str],
    *,
    within: KeyPath = (),
) -> RecipeError:
    """Turn pydantic's first complaint into ``where: what; allowed``.

    Args:
      error: what validation raised.
      model: the model that was validated.
      data: what was validated.
      origin: names the file or option that a key came from; it starts with
        ``--set`` where the option already names the key.
      within: the table of the recipe that `model` was validated in.
    """
    first = error.errors(include_url=False)[0]
    path = tuple(str(part) for part in first["loc"])
    where = origin((*within, *path))
    field, section = field_at(model, first["loc"])
    depth = _depth(data, path)
    if first["type"] == "extra_forbidden":
        known = ", ".join(sorted(section.model_fields))
        return RecipeError(
            place(where, (*within, *path[:-1])), f"unknown key '{path[-1]}'", f"known keys: {known}"
        )
    if field is None or (first["type"] == "value_error" and section_type(field.annotation)):
        cause = str(first.get("ctx", {}).get("error", first["msg"]))  # a check over several keys
        return RecipeError(place(where, (*within, *path)), cause, "see docs/recipes.md")
    key, value = path[:depth], _value(data, path[:depth])
    allowed = wanted(field.annotation, field.metadata)
    return fault(
        where, (*within, *key), _what(first["type"], first["input"], value, inside=depth < len(path)), allowed
    )


def _what(kind: str, culprit: object, value: object, *, inside: bool) -> str:
    if kind.endswith("_type"):
        return f"holds {kind_of(culprit)}" if inside else f"is {kind_of(value)}"
    return f"is {_shown(value)}"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return f"'{value}'" if isinstance(value, str) else str(value)


def _depth(data: Mapping[str, Any], path: KeyPath) -> int:
    """Return how many parts of `path` are keys of tables; the rest are list positions."""
    value: Any = data
    for depth, part in enumerate(path):
        if not isinstance(value, Mapping):
            return depth
        value = value.get(part)
    return len(path)


def _value(data: Mapping[str, Any], path: KeyPath) -> Any:
    value: Any = data
    for part in path:
        value = value[part]
    return value
