"""Progress on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

_LINE_SECONDS = 15.0  # between two lines of one piece of work, where there is no terminal


class Reporter:
    """Shows what a run is doing; a context manager that owns the screen meanwhile."""

    def __init__(self, console: Console) -> None:
        """Take the console; nothing is shown before the first report."""
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self.console = console
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, Any] = {}
        self._told: dict[str, float] = {}

    def __enter__(self) -> Reporter:
        """Start drawing."""
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Leave the bars as they stand."""
        self._bars.stop()

    def progress(self, what: str, done: int, total: int, note: str = "") -> None:
        """Report that `done` of `total` of `what` are done."""
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total, note=note)
        self._bars.update(self._tasks[what], completed=done, total=total, note=note)
        now = time.monotonic()
        if not self.console.is_terminal and (
            done >= total or now - self._told.get(what, now - _LINE_SECONDS) >= _LINE_SECONDS
        ):
            self._told[what] = now
            self.console.print(f"{what}: {done} of {total}  {note}".rstrip(), highlight=False)

    @contextlib.contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Report work whose length is not known."""
        if not self.console.is_terminal:
            self.console.print(what, highlight=False)
            yield
            return
        task = self._bars.add_task(what, total=None, note="")
        try:
            yield
        finally:
            self._bars.update(task, total=1, completed=1)

    @contextlib.contextmanager
    def epochs(self, name: str, total: int) -> Iterator[Callable[[dict[str, float]], None]]:
        """Yield a function that reports each finished epoch's row."""
        self._tasks.pop(f"training {name}", None)

        def on_epoch(row: dict[str, float]) -> None:
            note = f"validation {100 * row['val_accuracy']:.1f} %"
            self.progress(f"training {name}", int(row["epoch"]) + 1, total, note)

        yield on_epoch
