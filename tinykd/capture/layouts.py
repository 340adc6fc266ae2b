"""The folder of a person's own recordings, by task: where a take goes, and what a template has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tinykd import storage
from tinykd.datasets.imu import ACC, GYRO
from tinykd.datasets.wake_recordings import folder_name
from tinykd.errors import DataError

README = "README.txt"
NORMAL, ANOMALY = "normal", "anomaly"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What recordings of one task are and where they lie.

    source: what a recording comes from.
    labels: folders of a template, where nobody names others.
    fixed: no other labels are known.
    seconds: of a take, unless a person says otherwise.
    columns: of a sensor's line, in the order in which they come; empty: a person has to say.
    time: name of the time column in the file, and what a second is in it; empty for sound.
    readme: how to fill the folder.
    """

    source: Literal["microphone", "serial"]
    labels: tuple[str, ...]
    fixed: bool = False
    seconds: float
    columns: tuple[str, ...] = ()
    time: tuple[str, float] = ("", 1.0)
    readme: str

    @property
    def suffix(self) -> str:
        """Return the ending of a take's file."""
        return ".wav" if self.source == "microphone" else ".csv"


LAYOUTS: dict[str, Layout] = {
    "kws": Layout(
        source="microphone",
        labels=("yes", "no", "_background_noise_"),
        seconds=1.0,
        readme="""One folder a word, one second a recording (.wav), 30 or more of each word by several people.
_background_noise_ holds a minute or more of the rooms it will work in. Rename the word folders to your words.

    tinykd record kws FOLDER --label yes --who ann --count 30
    tinykd record kws FOLDER --label _background_noise_ --seconds 60
    tinykd run kws --dataset speech_commands --data-dir FOLDER --set 'dataset.words=["yes", "no"]'
""",
    ),
    "wakeword": Layout(
        source="microphone",
        labels=("hey_computer", "other_words", "_background_noise_"),
        seconds=2.0,
        readme="""The phrase in a folder of its name, an underscore for a space: 60 recordings or more by
several people. other_words holds whatever it must not wake at, _background_noise_ the rooms it will work in.

    tinykd record wakeword FOLDER --label hey_computer --who ann --count 20
    tinykd run wakeword --dataset wake_recordings --data-dir FOLDER --set dataset.phrase="hey computer"
""",
    ),
    "gesture": Layout(
        source="serial",
        labels=("wave", "none"),
        seconds=3.0,
        columns=("time_ms", *ACC, *GYRO),
        time=("time_ms", 1000.0),
        readme="""One folder a gesture, one recording (.csv) a take, named <person>-<take>; five or more
of each, better 30 by three people. none holds whatever is no gesture. Columns: time_ms, acc_x, acc_y,
acc_z in m/s^2 with gravity, gyro_x, gyro_y, gyro_z in rad/s.

    tinykd record gesture FOLDER --label wave --who ann --port /dev/ttyACM0 --count 10
    tinykd run gesture --dataset imu_folder --data-dir FOLDER
""",
    ),
    "anomaly": Layout(
        source="serial",
        labels=(NORMAL, ANOMALY),
        fixed=True,
        seconds=60.0,
        time=("time_s", 1.0),
        readme="""normal holds recordings (.csv) of the healthy machine at every normal speed and load;
labelled holds recordings for the test only, with a column label: 1 where the machine was at fault, else 0.
Columns: time_s in seconds, evenly spaced, and one a channel, in units of your own.

    tinykd record anomaly FOLDER --label normal --port /dev/ttyACM0 --columns time_ms,x,y,z --seconds 120
    tinykd record anomaly FOLDER --label anomaly --port /dev/ttyACM0 --columns time_ms,x,y,z
    tinykd run anomaly --dataset sensor_csv --data-dir FOLDER
""",
    ),
}


def folder_of(task: str, label: str) -> str:
    """Return the folder in which takes of a label lie.

    Raises:
      DataError: a label that the task does not know, or that cannot name a folder.
    """
    layout = LAYOUTS[task]
    if layout.fixed and label not in layout.labels:
        raise DataError("--label", f"'{label}' is no label of {task}", "one of " + ", ".join(layout.labels))
    name = folder_name(label) if layout.source == "microphone" else label
    if not re.fullmatch(r"\w[\w ,'-]*", name):
        raise DataError("--label", f"'{label}' cannot name a folder", "letters, digits, dashes, underscores")
    return "labelled" if task == "anomaly" and label == ANOMALY else name


def next_take(task: str, root: Path, label: str, *, who: str) -> Path:
    """Return the path of the next take: <folder>/<who>-<number>, the first number that is free.

    Raises:
      DataError: as `folder_of`, or a name that cannot name a file.
    """
    if not re.fullmatch(r"\w+", who):
        raise DataError("--who", f"'{who}' cannot name a file", "letters, digits, underscores")
    folder = root / folder_of(task, label)
    number = 1
    while (path := folder / f"{who}-{number}{LAYOUTS[task].suffix}").exists():
        number += 1
    return path


def make_template(task: str, root: Path, labels: Sequence[str]) -> list[Path]:
    """Make the folders for takes of some labels (the layout's own if there are none), and a README.

    What is there stays as it is.

    Raises:
      DataError: as `folder_of`.
      ToolError: the folder cannot be written.
    """
    folders = [root / folder_of(task, label) for label in labels or LAYOUTS[task].labels]
    storage.require_writable(root)
    with storage.refusal_named(root):
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
    readme = root / README
    if not readme.exists():
        storage.write_text(readme, LAYOUTS[task].readme.replace("FOLDER", str(root)))
    return [*folders, readme]
