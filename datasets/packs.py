"""Where a pack of recordings lies: below --data-dir, or in its folder of $TINYKD_DATA."""

from __future__ import annotations

from pathlib import Path

from tinykd import storage
from tinykd.errors import DataError


def find_pack(name: str, *, data_dir: Path | None, folder: str, file: str) -> Path:
    """Return the path of a pack's file.

    Args:
      name: of the data set, for errors.
      data_dir: where the person says it is: the folder that holds the file, or the file itself.
      folder: of $TINYKD_DATA, where nobody says.
      file: the file's name.

    Raises:
      DataError: it is not there.
    """
    if data_dir is None:
        root = storage.data_root()
        if root is None:
            what = f"no folder given, and no $TINYKD_DATA/{folder}"
            raise DataError(name, what, f"pass --data-dir with a folder that holds {file}")
        data_dir = root / folder
    for place in (data_dir, data_dir / file, data_dir / folder / file):
        if place.is_file() and place.name == file:
            return place
    raise DataError(str(data_dir), f"no {file} here", f"a folder that holds {file}")
