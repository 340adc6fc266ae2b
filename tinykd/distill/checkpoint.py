"""A training's whole state in one file, so that a killed training goes on as if it had not been."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinykd.storage import atomic_path


def save_checkpoint(path: Path, *, groups: dict[str, Sequence[Any]], meta: dict[str, Any]) -> None:
    """Write named groups of arrays and a JSON-like `meta`, whole or not at all."""
    arrays = {
        f"{name}/{index}": np.asarray(value)
        for name, values in groups.items()
        for index, value in enumerate(values)
    }
    arrays["meta"] = np.frombuffer(json.dumps(meta).encode(), np.uint8)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load_checkpoint(path: Path, *, digest: str) -> tuple[dict[str, list[Any]], dict[str, Any]] | None:
    """Return (groups, meta) of a checkpoint whose meta holds this `digest`, else None.

    A file of another digest belongs to another recipe; one that cannot be read
    was damaged from outside. Both mean: start again.
    """
    try:
        with np.load(path) as file:
            meta = json.loads(bytes(file["meta"]).decode())
            if meta.get("digest") != digest:
                return None
            groups: dict[str, list[Any]] = {}
            keys = [key for key in file.files if key != "meta"]
            for key in sorted(keys, key=lambda name: (name.split("/")[0], int(name.split("/")[1]))):
                groups.setdefault(key.split("/")[0], []).append(file[key])
            return groups, meta
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
