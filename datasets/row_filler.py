"""Rows of a large array, each made from its own task, by as many processes as there are cores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from tinykd.datasets.clips import Progress
from tinykd.machine import leave_with_parent, usable_cores

Task = TypeVar("Task")
Said = TypeVar("Said")

_TASKS_AT_ONCE = 40  # clips of a second
_POOL_FROM = 200  # clips; fewer are made in this process


def fill_rows(
    path: Path,
    tasks: Sequence[Task],
    make: Callable[[Task], tuple[npt.NDArray[np.int16], Said]],
    *,
    what: str,
    progress: Progress,
    weight: float = 1.0,
) -> list[Said]:
    """Write what `make` makes of each task into the rows of a .npy file.

    Args:
      path: of an [n, samples] int16 array, n at least the number of tasks; row i is task i's.
      tasks: the work.
      make: task to ([samples] int16, anything small); a module's function, or a partial of one.
      what: told to `progress`, with tasks done and of all.
      progress: called from this process.
      weight: how many one-second clips a task costs.

    Returns:
      What `make` returned beside the audio, a task at a time.
    """
    at_once = max(1, int(_TASKS_AT_ONCE / weight))
    starts = range(0, len(tasks), at_once)
    found: dict[int, list[Said]] = {}
    progress(what, 0, len(tasks))
    processes = usable_cores()
    if len(tasks) * weight < _POOL_FROM or processes == 1:
        for start in starts:
            found[start] = _fill(str(path), start, tasks[start : start + at_once], make)
            progress(what, min(start + at_once, len(tasks)), len(tasks))
        return [one for start in starts for one in found[start]]
    import multiprocessing

    pool = ProcessPoolExecutor(
        processes, mp_context=multiprocessing.get_context("spawn"), initializer=leave_with_parent
    )
    try:
        waiting: dict[Future[list[Said]], int] = {
            pool.submit(_fill, str(path), start, tasks[start : start + at_once], make): start
            for start in starts
        }
        done = 0
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                start = waiting.pop(future)
                found[start] = future.result()
                done += len(found[start])
                progress(what, done, len(tasks))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return [one for start in starts for one in found[start]]


def _fill(
    path: str,
    first: int,
    tasks: Sequence[Task],
    make: Callable[[Task], tuple[npt.NDArray[np.int16], Said]],
) -> list[Said]:
    audio = np.load(path, mmap_mode="r+")
    said = []
    for offset, task in enumerate(tasks):
        audio[first + offset], one = make(task)
        said.append(one)
    audio.flush()
    return said
