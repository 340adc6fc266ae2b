"""Tasks: what differs between keyword spotting, wake words, gestures and anomalies, one file each.

Importing this package imports no task: a row names its module, and `task_of` loads it.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from tinykd.recipe import Recipe
    from tinykd.tasks.task import Task


@dataclass(frozen=True, kw_only=True)
class TaskEntry:
    """A row of `TASKS`.

    description: one line for a list.
    module: has `TASK`, a `Task`; imported when the task is asked for.
    sensor: which data sets it can use, by `DatasetEntry.sensor`.
    """

    description: str
    module: str
    sensor: str


# The names are those of `recipe_tasks.TASK_RECIPES`.
TASKS: dict[str, TaskEntry] = {
    "kws": TaskEntry(
        description="keyword spotting: which of some words was said",
        module="tinykd.tasks.kws",
        sensor="audio",
    ),
    "gesture": TaskEntry(
        description="gestures and activities from a 6-axis sensor",
        module="tinykd.tasks.gesture",
        sensor="imu",
    ),
    "wakeword": TaskEntry(
        description="wake word: whether a phrase was just said, in a stream of anything",
        module="tinykd.tasks.wakeword",
        sensor="wake",
    ),
    "anomaly": TaskEntry(
        description="anomalies: how far a machine is from normal, learnt from normal data alone",
        module="tinykd.tasks.anomaly",
        sensor="machine",
    ),
}


def task_of(recipe: Recipe) -> Task[Any, Any]:
    """Return the task that a recipe is for."""
    return cast("Task[Any, Any]", importlib.import_module(TASKS[recipe.task].module).TASK)


def datasets_of(task: str) -> list[str]:
    """Return the names of the data sets that a task can use."""
    from tinykd.datasets import DATASETS

    sensor = TASKS[task].sensor
    return [name for name, entry in DATASETS.items() if entry.sensor == sensor]
