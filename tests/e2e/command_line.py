"""The command ``tinykd`` as a person runs it: its own process, cache and folders; small real input."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

TINYKD = Path(sys.executable).with_name("tinykd")

# A run with every stage of a real one, in seconds: 216 training clips (enough for the pool of
# processes that makes them), two views, small models, few epochs.
SHRUNK = (
    "synthetic.unknown_factor=1.0",
    "synthetic.train_clips_per_word=18",
    "synthetic.validation_clips_per_word=3",
    "synthetic.test_clips_per_word=3",
    "augment.views=2",
    "teacher.model=resnet",
    "teacher.params={widths=[6, 8, 10], depth=1}",
    "teacher.train.epochs=3",
    "teacher.train.batch=64",
    "student.model=dscnn",
    "student.params={stem=8, first_kernel=[5, 5], widths=[8, 12, 12], strides=[2, 1, 2]}",
    "student.train.epochs=3",
    "student.train.batch=64",
    "quantise.epochs=2",
    "quantise.calibration_clips=60",
    "detection.probability=0.5",
    "detection.smooth_hops=1",
)
RUN = ("run", "kws", *(word for pair in SHRUNK for word in ("--set", pair)))


def data_packs() -> Path:
    """Return the folder of the real data packs."""
    return Path(os.environ.get("TINYKD_DATA") or Path(__file__).parents[2] / "../shared/data").resolve()


def environment(cache: Path, **more: str) -> dict[str, str]:
    """Return an environment with a cache of its own, wide lines, and the data packs."""
    own = {"TINYKD_CACHE": str(cache), "TINYKD_DATA": str(data_packs()), "COLUMNS": "200", "NO_COLOR": "1"}
    return {**os.environ, **own, **more}


def tinykd(
    *arguments: str | Path, cache: Path, env: dict[str, str] | None = None, **rest: Any
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [TINYKD, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=550,
        check=False,
        env=environment(cache, **(env or {})),
        **rest,
    )


def killed_at(
    moment: Callable[[str], bool], *arguments: str | Path, cache: Path, delay_s: float = 0.0
) -> list[str]:
    """Run the command, kill it with SIGKILL `delay_s` after a line of its output is `moment`'s.

    Returns:
      The lines until then; the process did not end by itself.
    """
    lines: list[str] = []
    with subprocess.Popen(
        [TINYKD, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(cache),
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            if moment(line):
                try:
                    process.wait(delay_s)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL, (process.returncode, lines)
    return lines


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line of a refusal: exit code 2, ``where: what; allowed``, nothing else."""
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (2, 1), (done.returncode, done.stdout, done.stderr)
    assert re.fullmatch(r"\S.*: \S.*; \S.*", lines[0]), lines[0]
    assert "Traceback" not in done.stdout
    return lines[0]


def tree_of(*folders: Path) -> set[str]:
    """Return every path below the folders, hidden ones included."""
    return {str(path) for folder in folders for path in folder.rglob("*")}


def temporaries(*folders: Path) -> list[str]:
    """Return what half-written files and folders lie below the folders."""
    return sorted(path for path in tree_of(*folders) if ".tinykd-" in path or path.endswith(".part"))


def wav_bytes(samples: Any, *, rate_hz: int = 16000) -> bytes:
    """16-bit mono PCM WAV by the standard library."""
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(rate_hz)
        wav.writeframes(np.asarray(samples, dtype="<i2").tobytes())
    return file.getvalue()
