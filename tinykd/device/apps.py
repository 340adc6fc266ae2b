"""What each task's program is made of, and the headers that say so."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tinykd.errors import DataError
from tinykd.export.identifiers import c_identifier
from tinykd.export.rendering import environment
from tinykd.recipe import recipe_digest
from tinykd.tasks.finished import FinishedRun
from tinykd.tasks.task import Listener, Task


@dataclass(frozen=True, kw_only=True)
class App:
    """What a task's program is made of; KEY stands for the settings' prefix.

    folder: of firmware/apps: detect for classes, watch for an alarm.
    title: what it is, for people.
    sensor: names the front end, tinykd/<sensor>.h.
    sample: C type of a number that a source gives.
    unit: what these numbers make up, in the plural.
    meaning: of a unit, and in what.
    width: numbers in a unit.
    most: units that complete at most one frame.
    feed: the front end's call with `state`, `samples` and `count`.
    found: what comes out, in the plural.
    answer: what the program's `push` returns where there is one.
    """

    folder: str
    title: str
    sensor: str
    sample: str
    unit: str
    meaning: str
    width: str
    most: str
    feed: str
    found: str
    answer: str


_WORDS = App(
    folder="detect",
    title="Keyword spotting",
    sensor="audio",
    sample="int16_t",
    unit="samples",
    meaning="mono, KEY_FRONT_END_SAMPLE_RATE_HZ",
    width="1",
    most="KEY_FRONT_END_HOP_SAMPLES",
    feed="tkd_audio_push(state, samples, count)",
    found="words",
    answer="the KEY_LABEL_ of a word that is now detected",
)
_GESTURES = App(
    folder="detect",
    title="Gesture recognition",
    sensor="imu",
    sample="float",
    unit="rows",
    meaning="m/s^2 and rad/s, KEY_FRONT_END_RATE_HZ",
    width="KEY_FRONT_END_CHANNEL_COUNT",
    most="1",
    feed="((count) == 0 ? 0 : tkd_imu_push(state, samples))",
    found="gestures",
    answer="the KEY_LABEL_ of a gesture that is now detected",
)
_ALARM = App(
    folder="watch",
    title="Anomaly detection",
    sensor="sensor",
    sample="float",
    unit="rows",
    meaning="in the units of training, KEY_FRONT_END_SAMPLE_RATE_HZ",
    width="KEY_FRONT_END_CHANNELS",
    most="1",
    feed="((count) == 0 ? 0 : tkd_sensor_push(state, samples))",
    found="alarms",
    answer="0 where an alarm begins: the score rises above KEY_DECISION_THRESHOLD_INT8",
)

APPS = {  # of each task that has one
    "kws": _WORDS,
    "wakeword": replace(_WORDS, title="Wake word"),
    "gesture": _GESTURES,
    "anomaly": _ALARM,
}


def app_of(run: Path, finished: FinishedRun[Any]) -> App:
    """Return what the program of a run's task is made of.

    Raises:
      DataError: there is no app for its task.
    """
    name = finished.recipe.task
    if name not in APPS:
        raise DataError(str(run), f"there is no app for the task {name}", f"a run of {', '.join(APPS)}")
    return APPS[name]


def net_name(task: str) -> str:
    """Return what the compiled model of a task is called."""
    return f"{c_identifier(task)}_net"


def app_headers(
    run: Path, task: Task[Any, Any], finished: FinishedRun[Any], *, compiled: bool
) -> dict[str, str]:
    """Return app.h, for the C of firmware/apps, and the stream's header, for everyone, by file name."""
    words = app_words(run, task, finished, compiled=compiled)
    files = {"app.h": "app.h.jinja", f"tinykd_{words['file']}.h": "stream.h.jinja"}
    return {name: environment().get_template(template).render(words) for name, template in files.items()}


def app_words(
    run: Path, task: Task[Any, Any], finished: FinishedRun[Any], *, compiled: bool
) -> dict[str, Any]:
    """Return what the templates of an app say of a run."""
    assert isinstance(task, Listener), "every task that has an app listens"
    recipe, app = finished.recipe, app_of(run, finished)
    prefix = c_identifier(recipe.task)
    key = f"TKD_{prefix.upper()}"
    return {
        "file": prefix,
        "prefix": f"tkd_{prefix}",
        "PREFIX": key,
        "net": net_name(recipe.task) if compiled else "",
        "digest": recipe_digest(recipe),
        "timing": task.timing(recipe),
        "decision": task.device_settings(run, recipe=recipe, model=finished.model),
        **{name: text.replace("KEY", key) for name, text in asdict(app).items()},
    }
