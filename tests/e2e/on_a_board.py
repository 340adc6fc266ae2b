"""What `make run-qemu` does: a recording streamed into a run's program on an emulated board."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import tinykd

from tinykd.boards.tools import missing_tools

needs_tools = pytest.mark.skipif(
    bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor"
)


def heard(run: Path, recording: Path, *, out: Path, cache: Path) -> list[dict[str, Any]]:
    """Return what the board detects; fail where `tinykd listen` hears otherwise, or nothing is detected."""
    done = tinykd("emulate", run, recording, "--out", out, "--json", cache=cache)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["equal_to_python"] is True
    listened = tinykd("listen", run, recording, "--json", cache=cache)
    assert json.loads(listened.stdout) == found["detections"]
    assert found["detections"]
    assert 0 < found["flash_bytes"] < 100_000
    assert 0 < found["ram_bytes"] < 64_000
    return found["detections"]
