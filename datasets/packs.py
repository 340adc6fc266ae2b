"""Files of the real packs: found by name under --data-dir or $TINYKD_DATA, read without trust."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.errors import DataError


def find_pack(data_dir: Path | None, *, folder: str, file: str) -> Path:
    """Return the path of `file`, in `data_dir` or else in $TINYKD_DATA/`folder`.

    `data_dir` may be the folder that holds the file, the root above `folder`, or the file itself.

    Raises:
      DataError: it is in none of them.
    """
    root = storage.data_root()
    places = [data_dir, data_dir / file, data_dir / folder / file] if data_dir is not None else []
    if data_dir is None and root is not None:
        places = [root / folder / file]
    for place in places:
        if place.is_file() and place.name == file:
            return place
    where = str(data_dir) if data_dir is not None else file
    what = (
        f"no {file} there"
        if data_dir is not None
        else f"no folder given, and no $TINYKD_DATA/{folder}/{file}"
    )
    raise DataError(where, what, f"pass --data-dir with the folder that holds {file}")


def read_arrays(path: Path, wanted: Mapping[str, tuple[str, int]]) -> dict[str, npt.NDArray[Any]]:
    """Return the named arrays of a .npz file.

    Args:
      path: the file.
      wanted: name to (kinds of dtype as numpy letters, dimensions).

    Raises:
      DataError: the file is damaged, or an array is missing or of another kind.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in wanted if name in file.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zipfile.LargeZipFile) as error:
        raise DataError(
            str(path), f"cannot be read ({error})", "a whole .npz file; fetch it again"
        ) from error
    for name, (kinds, dimensions) in wanted.items():
        if name not in found:
            raise DataError(str(path), f"it has no array '{name}'", f"arrays: {', '.join(wanted)}")
        array = found[name]
        if array.dtype.kind not in kinds or array.ndim != dimensions:
            what = f"array '{name}' is {array.ndim}-dimensional {array.dtype}"
            raise DataError(str(path), what, f"{dimensions} dimensions of kind {kinds}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise DataError(str(path), f"array '{name}' holds what is no number", "finite numbers")
    return found


def check_offsets(offsets: npt.NDArray[Any], *, rows: int, recordings: int, path: Path) -> None:
    """Refuse offsets that do not cut `rows` rows into `recordings` recordings of two rows or more.

    Raises:
      DataError: in that case.
    """
    fits = len(offsets) == recordings + 1 and offsets[0] == 0 and offsets[-1] == rows
    if not fits or (np.diff(offsets) < 2).any():
        what = f"its offsets do not cut {rows} rows into {recordings} recordings"
        raise DataError(str(path), what, "a whole file; fetch it again")
