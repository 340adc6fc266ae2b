"""Writes docs/recipes.md from the recipe models: ``python -m tinykd.commands.recipe_docs``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from tinykd import storage
from tinykd.recipe import AudioRecipe, Recipe, Section
from tinykd.recipe_errors import section_type, wanted
from tinykd.recipe_sees import SEES
from tinykd.recipe_tasks import TASK_RECIPES
from tinykd.recipe_text import toml_value

PAGE = Path(__file__).parents[2] / "docs" / "recipes.md"
HEAD = """# Recipes

A recipe is one TOML file that says everything about a run. Only what differs from the defaults below needs to
stand in it. `tinykd list recipes` names the ones that come with tinykd; a path to a file of your own works
wherever a name does: `tinykd run mine.toml`.

```toml
base = "kws"              # start from another recipe, by name or by path

[dataset]
words = ["start", "stop"]

[student]
model = "dscnn"
```

- The last place that sets a value wins: defaults, then `base`, then the file, then `--set section.key=value`.
- Tables merge key by key. Where a file or `--set` names another `model`, its `params` start empty.
- `--set` takes TOML values, and a plain word where TOML reads none: `--set student.model=dscnn`,
  `--set 'dataset.words=["on", "off"]'`.
- Unknown keys, wrong types and values outside their limits stop the run with one line that names file,
  section, key and what is allowed.
- The resolved recipe stands in each run folder as `recipe.lock.toml`; it is itself a recipe.

This page is generated from `tinykd/recipe.py` by `python -m tinykd.commands.recipe_docs`.
"""

SEES_HEAD = """# What a teacher sees

A recipe says what the device, and so the student, is given. `[teacher.sees]` names what the teacher is given
of the very same events instead: a wider recording, another front end, a cleaner way to the microphone. The
student's keys stay the device's: nothing after training knows of the teacher's.

```toml
[dataset]
channels = ["acc_x", "acc_y", "acc_z"]

[teacher.sees]
dataset = { channels = ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"] }
```

A recording can only be wider: the student's channels and others, its rate or a higher one (of motion, a
whole multiple of it). With `labels_of = "teacher"` the teacher is made on what it sees and asked about
what its student sees, so both need not be the same events: a machine's `states` in an anomaly recipe are not.
"""


def page() -> str:
    """Return the text of docs/recipes.md."""
    own = ("dataset", "synthetic", "features", "augment")  # what a task's recipe gives its own keys
    lines = [HEAD, *_section(Recipe, (), leave_out=own)]
    lines += _own_sections(AudioRecipe, above=Recipe)
    for model in TASK_RECIPES.values():
        lines += _own_sections(model, above=AudioRecipe if issubclass(model, AudioRecipe) else Recipe)
    lines += _sees()
    return "\n".join(lines)


def _sees() -> Iterator[str]:
    """Say which keys a teacher may have otherwise, task by task."""
    yield SEES_HEAD
    yield "| task | keys of `[teacher.sees]` |\n|---|---|"
    for task, sections in SEES.items():
        keys = [f"`{name}`: {', '.join(f'`{key}`' for key in known)}" for name, known in sections.items()]
        yield f"| {task} | {'; '.join(keys)} |"
    yield ""


def _own_sections(model: type[Recipe], *, above: type[Recipe]) -> Iterator[str]:
    """Describe the sections of `model` that are not those of `above`, the recipe it builds on."""
    yield f"# {inspect.getdoc(model)}\n"
    for name, field in model.model_fields.items():
        section = section_type(field.annotation)
        if section and (name not in above.model_fields or section is not above.model_fields[name].annotation):
            yield from _section(section, (name,))


def _section(
    model: type[BaseModel], path: tuple[str, ...], *, leave_out: tuple[str, ...] = ()
) -> Iterator[str]:
    title = f"[{'.'.join(path)}]" if path else "Top level"
    yield f"## {title}\n\n{inspect.getdoc(model)}\n"
    yield "| key | default | allowed | |\n|---|---|---|---|"
    notes = _notes(model)
    inner = {}
    for name, field in model.model_fields.items():
        if section := section_type(field.annotation):
            if name not in leave_out:
                inner[name] = section
            continue
        default = toml_value(field.get_default(call_default_factory=True))
        allowed = wanted(field.annotation, field.metadata)
        yield f"| `{name}` | `{default}` | {allowed} | {notes.get(name, '')} |"
    yield ""
    for name, section in inner.items():
        yield from _section(section, (*path, name))


def _notes(model: type[BaseModel]) -> dict[str, str]:
    """Return the comments that stand behind the fields of a model."""
    sources = [inspect.getsource(one) for one in reversed(model.__mro__) if issubclass(one, Section)]
    return dict(re.findall(r"^    (\w+):.*  # (.*)$", "\n".join(sources), re.MULTILINE))


if __name__ == "__main__":
    storage.write_text(PAGE, page())
