"""What this machine offers to a computation."""

from __future__ import annotations

import os
import threading
import time


def usable_cores() -> int:
    """Return how many cores this process may use: a container's share, not the whole machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def leave_with_parent() -> None:
    """End this worker when the process that started it is gone."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
