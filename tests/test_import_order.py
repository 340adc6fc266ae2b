"""A room imports only rooms before it, and TensorFlow comes in by one door."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# In order; rooms of one line stand beside each other and may import each other.
ROOMS = (
    ("errors.py",),
    ("storage.py", "machine.py"),
    (
        "recipe.py",
        "recipe_anomaly.py",
        "recipe_gesture.py",
        "recipe_tasks.py",
        "recipe_sees.py",
        "recipe_file.py",
        "recipe_errors.py",
        "recipe_text.py",
    ),
    ("datasets/",),
    ("augment/",),
    ("features/",),
    ("anomaly/",),
    ("_keras.py",),
    ("models/",),
    ("distill/",),
    ("flatbuffer.py",),
    ("compress/",),
    ("convert.py",),
    ("cost/",),
    ("tflm.py", "verify.py"),
    ("detection/",),
    ("budget.py",),
    ("export/",),
    ("compiled/",),
    ("boards/",),
    ("measure.py",),
    ("report/",),
    (
        "stages.py",
        "feature_cache.py",
        "phoneme_frames.py",
        "imu_cache.py",
        "stream_features.py",
        "sensor_features.py",
        "sensor_recording.py",
    ),
    ("lessons.py", "succession.py", "learning.py", "score_learning.py", "listening.py", "mining.py"),
    ("tasks/",),
    ("inference.py", "pipeline.py", "grid.py", "study.py", "compare.py", "progressive.py"),
    ("federated/",),
    ("device/",),
    ("capture/",),
    ("cli.py", "commands/", "doctor.py"),
)
ORDER = {room.removesuffix("/").removesuffix(".py"): place for place, row in enumerate(ROOMS) for room in row}
DOOR = "_keras"
BEHIND_THE_DOOR = ("tensorflow", "tf_keras", "keras")


def sources() -> Iterator[tuple[Path, str]]:
    """Every file of the package with the module name it is imported by."""
    for folder, package in ((ROOT / "tinykd", "tinykd"), (ROOT / "datasets", "tinykd.datasets")):
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            yield path, ".".join((package, *parts))


def imported(tree: ast.AST, module: str) -> Iterator[tuple[int, str]]:
    """Every module that a file imports anywhere in it, with the line.

    `from a import b` yields a.b, since b may be a module.
    """
    package = module.split(".")[:-1]  # of `a.b.c` and of `a.b.__init__` alike
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{stem}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("import_module", "__import__"):
                yield node.lineno, str(node.args[0].value)


def faults(text: str, module: str) -> list[str]:
    """What a file imports that it must not."""
    room = module.split(".")[1]
    found = []
    for line, name in imported(ast.parse(text), module):
        first, _, rest = name.partition(".")
        if first in BEHIND_THE_DOOR and room != DOOR:
            found.append(f"{module}:{line} imports {name}; only {DOOR}.py may")
        other = rest.split(".")[0]
        if first == "tinykd" and ORDER.get(other, 0) > ORDER.get(room, len(ROOMS)):
            found.append(f"{module}:{line} imports {other}, a later room")
        if first == "tinykd" and room == "__init__":
            found.append(f"{module}:{line} imports {name}; the package itself imports nothing")
    return found


def test_no_file_imports_a_later_room_or_tensorflow_past_the_door():
    found = [line for path, module in sources() for line in faults(path.read_text(encoding="utf-8"), module)]
    assert found == []


def test_every_file_belongs_to_a_room():
    rooms = {module.split(".")[1] for _, module in sources()} - {"__init__"}
    assert sorted(rooms - set(ORDER)) == []


def test_the_table_in_the_documentation_is_this_list():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \d+ \| ([^|]*) \|", text, re.MULTILINE)
    assert tuple(tuple(re.findall(r"`([a-z_/]+(?:\.py)?)`", row)) for row in rows) == ROOMS


@pytest.mark.parametrize(
    ("text", "module"),
    [
        ("import tinykd.convert", "tinykd.recipe"),
        ("from tinykd import convert", "tinykd.recipe"),
        ("from tinykd.convert import convert_int8", "tinykd.recipe"),
        ("def f():\n    from tinykd.report.tables import t", "tinykd.features.mel"),
        ("if TYPE_CHECKING:\n    from tinykd import pipeline", "tinykd.report.tables"),
        ("from ..pipeline import run", "tinykd.report.tables"),
        ("from .. import pipeline", "tinykd.report.tables"),
        ("from . import pipeline", "tinykd.budget"),
        ("from tinykd import cli", "tinykd.datasets.clips"),
        ("import tensorflow as tf", "tinykd.models.tenet"),
        ("def f():\n    from tensorflow.lite import Interpreter", "tinykd.verify"),
        ("import importlib\nimportlib.import_module('tf_keras')", "tinykd.verify"),
        ("from tinykd import errors", "tinykd.__init__"),
    ],
)
def test_the_walk_sees_an_import_in_any_form(text, module):
    assert len(faults(text, module)) == 1


@pytest.mark.parametrize(
    ("text", "module"),
    [
        ("from tinykd.errors import DataError\nfrom tinykd import storage, __version__", "tinykd.recipe"),
        ("from tinykd._keras import keras, tf", "tinykd.models.tenet"),
        ("import tensorflow as tf", "tinykd._keras"),
        ("from . import mel", "tinykd.features.__init__"),
        ("from tinykd import pipeline", "tinykd.study"),
        ("import tensorflow_model_optimization", "tinykd.compress.qat"),
    ],
)
def test_the_walk_lets_earlier_rooms_and_neighbours_in(text, module):
    assert faults(text, module) == []
