"""Model files named on the command line."""

from __future__ import annotations

from pathlib import Path

from tinykd.errors import ModelError


def read_model_file(path: Path) -> bytes:
    """Return the file's bytes.

    Raises:
      ModelError: when there is no such file, or it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            str(path), (error.strerror or "cannot be read").lower(), "give a .tflite file"
        ) from None
