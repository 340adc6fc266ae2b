"""One finished run that the tests of this folder share, and broken models."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_line import RUN, data_packs, tinykd


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A run through the command line, to its end."""

    folder: Path
    cache: Path
    done: subprocess.CompletedProcess[str]
    seconds: float


@pytest.fixture(scope="session")
def packs() -> Path:
    """The real data packs; may be missing on a person's machine, not in CI."""
    root = data_packs()
    if not (root / "kws_commands_12").is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"no data packs in {root}; set TINYKD_DATA")
        pytest.skip(f"no data packs in {root}; set TINYKD_DATA")
    return root


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Finished:
    """`tinykd run kws`, shrunk, never interrupted. Tests read it and leave it as it is."""
    root = tmp_path_factory.mktemp("finished")
    start = time.perf_counter()
    done = tinykd(*RUN, "--out", root / "run", cache=root / "cache")
    seconds = time.perf_counter() - start
    return Finished(folder=root / "run", cache=root / "cache", done=done, seconds=seconds)
