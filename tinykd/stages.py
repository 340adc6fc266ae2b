"""Stages of a run: done once, remembered by digest, safe to kill at any moment."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from tinykd import storage

FOLDER = ".stages"  # inside the run folder: stamps, checkpoints, files only the next stage reads


class Stages:
    """The memory of one run folder."""

    def __init__(self, run: Path) -> None:
        """Open `run`, which need not exist yet."""
        self.run = run
        self.folder = run / FOLDER

    def once(self, name: str, digest: str, outputs: Sequence[Path], make: Callable[[], None]) -> bool:
        """Call `make` unless `outputs` are already there from the same `digest`.

        The stamp is written last and holds each output's sha256: a kill before it
        repeats the stage, and a file changed or deleted by hand is made again.

        Returns:
          Whether `make` was called.
        """
        stamp = self.folder / f"{name}.stamp.json"
        if self._stands(stamp, digest, outputs):
            return False
        stamp.unlink(missing_ok=True)
        make()
        found = {str(path.relative_to(self.run)): storage.sha256_of_file(path) for path in outputs}
        storage.write_json(stamp, {"digest": digest, "outputs": found})
        return True

    def _stands(self, stamp: Path, digest: str, outputs: Sequence[Path]) -> bool:
        try:
            said = json.loads(stamp.read_text(encoding="utf-8"))
            return bool(said["digest"] == digest) and said["outputs"] == {
                str(path.relative_to(self.run)): storage.sha256_of_file(path) for path in outputs
            }
        except (OSError, ValueError, KeyError, TypeError):
            return False
