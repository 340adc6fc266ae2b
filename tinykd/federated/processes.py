"""The clients of this machine: one process each, which end when the command ends, however that is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tinykd.machine import usable_cores

_ENTRY = (
    "import sys; from tinykd.machine import leave_with_parent; leave_with_parent(); "
    "from tinykd.cli import main; sys.exit(main())"
)
_PATIENCE_S = 10.0  # from a request to end to the end


class Processes:
    """Client processes; a context manager that leaves none behind."""

    def __init__(self, folder: Path) -> None:
        """Take the folder below which each client has its own, with its log.txt."""
        self.folder = folder
        self.running: dict[int, subprocess.Popen[bytes]] = {}

    def log(self, index: int) -> Path:
        """Return the file that client `index` writes to."""
        return self.folder / str(index) / "log.txt"

    def start(self, index: int, arguments: Sequence[str]) -> int:
        """Start `tinykd ARGUMENTS` as client `index`; return its process id."""
        self.log(index).parent.mkdir(parents=True, exist_ok=True)
        threads = str(max(1, usable_cores() // 4))
        own = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"), threads)
        with self.log(index).open("wb") as log:
            self.running[index] = subprocess.Popen(
                [sys.executable, "-c", _ENTRY, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **own, "TF_NUM_INTEROP_THREADS": "1", "FLWR_TELEMETRY_ENABLED": "0"},
                start_new_session=True,  # Ctrl-C is for the command, which then ends them
            )
        return self.running[index].pid

    def alive(self) -> int:
        """Return how many are still running."""
        return sum(process.poll() is None for process in self.running.values())

    def __enter__(self) -> Processes:
        """Nothing to do yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for those that were sent home; end the rest."""
        if kind is not None:
            self._signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                process.wait()

    def _signal(self, number: int) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(number)
