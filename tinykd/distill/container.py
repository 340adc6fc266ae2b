"""The container of what a teacher said: a folder of NumPy arrays with a manifest; needs no TensorFlow.

docs/teacher-cache.md describes it. It is filled row by row, so a killed
filling goes on where it stopped; it is read whole or refused.
"""

from __future__ import annotations

import ast
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationError

import tinykd
from tinykd import storage
from tinykd.errors import DataError
from tinykd.recipe import Count, DistillSection, Fraction, Positive, Section

FORMAT: Final = "tinykd-teacher-cache"
VERSION: Final = 3
MANIFEST = "manifest.json"
LOGITS = "logits.npy"
FRAMES = "frames.npy"
BESIDE = "beside_"  # how the files of arrays that are not of the training rows begin

_ALLOWED = "allowed: a folder that tinykd cache-teacher made"
_AGAIN = "delete it and run tinykd cache-teacher again"
Arrays = Mapping[str, npt.NDArray[Any]]
Map = np.memmap[Any, Any]
Key = Mapping[str, str | int]


class Entry(Section):
    """One array; `sha256` is of its file, and empty until the container is whole."""

    dtype: Literal["<f2", "<f4"]
    shape: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=8)]
    sha256: str = ""


class Tap(Section):
    """What was done to a tap: the layer, what its values were divided by, the share that was kept."""

    layer: str
    scale: Annotated[float, Field(gt=0.0)]
    share: Fraction


class Manifest(Section):
    """What a container holds, what it is of, and how far it is.

    key: digests and settings that name the teacher and what it was shown.
    figures: of the teacher itself: parameters, accuracies, history.
    rows: views times clips; `rows_done` of them are filled.
    """

    format: Literal["tinykd-teacher-cache"] = FORMAT
    version: Literal[3] = VERSION
    made_by: str = f"tinykd {tinykd.__version__}"
    key: dict[str, str | int]
    figures: dict[str, Any]
    taps: tuple[Tap, ...]
    rows: Positive
    rows_done: Count = 0
    arrays: dict[Annotated[str, Field(pattern=r"^[a-z_0-9]{1,60}\.npy$")], Entry]

    @property
    def whole(self) -> bool:
        """Return whether every row is there and every file has its checksum."""
        return self.rows_done == self.rows and all(entry.sha256 for entry in self.arrays.values())


@dataclass(frozen=True, kw_only=True)
class TeacherCache:
    """Memory maps of a teacher's words.

    logits: [teachers, views, n, classes] float32; None of a partial teacher.
    taps: each [views, n, time, bands, channels] float16 of the first teacher, in its main
      directions and divided by its root mean square.
    frames: [views, n, time] float16, how likely a phoneme is there, 0..1; None without a phoneme head.
    beside: what a task wants of the teacher besides, by name.
    """

    folder: Path
    manifest: Manifest
    logits: npt.NDArray[np.float32] | None
    taps: tuple[npt.NDArray[np.float16], ...]
    frames: npt.NDArray[np.float16] | None
    beside: Arrays

    @property
    def tap_shapes(self) -> list[tuple[int, int, int]]:
        """Return (time, bands, channels) of each tap."""
        return [tap.shape[2:] for tap in self.taps]


def begin(folder: Path, manifest: Manifest, filled: Arrays) -> None:
    """Make a container of no rows yet in place of what `folder` was.

    Args:
      folder: appears with all its arrays, or not at all.
      manifest: names every array.
      filled: the arrays that are known already; the others are zero until their rows are filled.
    """
    with storage.atomic_folder(folder) as temporary:
        for name, entry in manifest.arrays.items():
            array = storage.new_array(temporary / name, dtype=entry.dtype, shape=entry.shape)
            if name in filled:
                array[...] = filled[name]
            array.flush()
        _write(temporary, manifest)


def advance(folder: Path, manifest: Manifest, rows_done: int) -> Manifest:
    """Write down how many rows are filled, and the checksums once all are; returns the new manifest."""
    arrays = manifest.arrays
    if rows_done == manifest.rows:
        arrays = {
            name: entry.model_copy(update={"sha256": storage.sha256_of_file(folder / name)})
            for name, entry in arrays.items()
        }
    manifest = manifest.model_copy(update={"rows_done": rows_done, "arrays": arrays})
    _write(folder, manifest)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Return a container's manifest.

    Raises:
      DataError: there is none, or it is damaged, foreign or of another version.
    """
    path = folder / MANIFEST
    try:
        text = path.read_bytes()
    except OSError:
        raise DataError(str(folder), f"it has no {MANIFEST}", _ALLOWED) from None
    try:
        said = json.loads(text)
        said = said if isinstance(said, dict) else {}
    except (ValueError, RecursionError):
        raise _damaged(path, "it is no JSON") from None
    if said.get("format") != FORMAT:
        raise DataError(str(path), "it is no teacher cache", _ALLOWED)
    if said.get("version") != VERSION:
        what = f"it is of version {str(said.get('version'))[:20]}"
        raise DataError(str(path), what, f"version {VERSION}: run tinykd cache-teacher again")
    if said.pop("sha256", None) != _checksum(said):
        raise _damaged(path, "its own checksum does not hold")
    try:
        manifest = Manifest.model_validate_json(json.dumps(said))
    except ValidationError as error:
        fault = error.errors()[0]
        raise _damaged(path, f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].lower()}") from None
    _require_rows(path, manifest)
    return manifest


def open_whole(folder: Path) -> TeacherCache:
    """Return a finished container as memory maps; headers and sizes are checked, checksums are not.

    Raises:
      DataError: it is unfinished, damaged or foreign.
    """
    manifest = read_manifest(folder)
    if not manifest.whole:
        what = f"only {manifest.rows_done} of {manifest.rows} rows are there"
        raise DataError(str(folder), what, "the same tinykd cache-teacher again, which goes on there")
    found = open_arrays(folder, manifest)
    return TeacherCache(
        folder=folder,
        manifest=manifest,
        logits=found.get(LOGITS),
        taps=tuple(found[tap_file(place)] for place in range(len(manifest.taps))),
        frames=found.get(FRAMES),
        beside={
            name.removeprefix(BESIDE).removesuffix(".npy"): array
            for name, array in found.items()
            if name.startswith(BESIDE)
        },
    )


def open_arrays(folder: Path, manifest: Manifest, *, mode: Literal["r", "r+"] = "r") -> dict[str, Map]:
    """Return every array as a memory map, by file name.

    Raises:
      DataError: a file is missing, or its header or size is not the manifest's.
    """
    return {name: _map(folder / name, entry, mode) for name, entry in manifest.arrays.items()}


def check_sums(cache: TeacherCache) -> None:
    """Raise DataError where a file is not, byte for byte, the one that was written."""
    for name, entry in cache.manifest.arrays.items():
        if storage.sha256_of_file(cache.folder / name) != entry.sha256:
            raise _damaged(cache.folder / name, "its checksum is not the manifest's")


def check_key(folder: Path, manifest: Manifest, wanted: Key) -> None:
    """Raise DataError that names the first entry of `wanted` that the container is not of."""
    for name, value in wanted.items():
        found = manifest.key.get(name)
        if found != value:
            what = f"it was made for another {name.replace('_', ' ')} ({name} {found!r}, here {value!r})"
            raise DataError(
                str(folder), what, "the recipe and the data that it was made with, or another cache"
            )


def stand_in(teacher: Path) -> Path:
    """Return the file whose checksum stands for a teacher: its own, or the manifest of a container."""
    return teacher / MANIFEST if teacher.is_dir() else teacher


def head_file(teacher: Path) -> Path:
    """Return the file of a teacher's phoneme head."""
    return teacher.with_name(f"{teacher.stem}_phonemes.npy")


def settings_key(section: DistillSection) -> dict[str, str | int]:
    """Return the keys of [distill] that shape what is kept of a teacher."""
    return {name: getattr(section, name) for name in ("tap_frames", "tap_bands", "tap_channels", "up_to")}


def tap_file(place: int) -> str:
    """Return the file name of the tap at `place`, 0 for the first."""
    return f"tap_{place}.npy"


def directions_file(place: int) -> str:
    """Return the file name of that tap's main directions, [channels, kept]."""
    return f"tap_{place}_directions.npy"


def _write(folder: Path, manifest: Manifest) -> None:
    said = json.loads(manifest.model_dump_json())
    storage.write_json(folder / MANIFEST, {**said, "sha256": _checksum(said)})


def _checksum(said: dict[str, Any]) -> str:
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _require_rows(path: Path, manifest: Manifest) -> None:
    """Raise DataError unless every tap has its arrays, and all that is of rows the same views and clips."""
    arrays = manifest.arrays
    taps = [arrays.get(tap_file(place)) for place in range(len(manifest.taps))]
    found = [(tap.shape[:2], len(tap.shape) == 5, tap.dtype == "<f2") for tap in taps if tap is not None]
    if logits := arrays.get(LOGITS):
        found.append((logits.shape[1:3], len(logits.shape) == 4, logits.dtype == "<f4"))
    if frames := arrays.get(FRAMES):
        found.append((frames.shape[:2], len(frames.shape) == 3, frames.dtype == "<f2"))
    rows = {math.prod(shape) if right_axes and right_type else 0 for shape, right_axes, right_type in found}
    if (
        None in taps
        or manifest.rows_done > manifest.rows
        or rows != {manifest.rows}
        or len({shape for shape, *_ in found}) > 1
    ):
        raise _damaged(path, "its arrays are not of its rows")


def _map(path: Path, entry: Entry, mode: Literal["r", "r+"]) -> Map:
    """Map an .npy file whose header must say what the manifest says."""
    try:
        with path.open("rb") as file:
            start = file.read(10)
            length = int.from_bytes(start[8:10], "little")
            header = file.read(length)
        size = path.stat().st_size
    except OSError as error:
        raise _damaged(path, (error.strerror or "it cannot be read").lower()) from None
    if start[:8] != b"\x93NUMPY\x01\x00":
        raise _damaged(path, "it is no .npy file of format 1.0")
    expected = {"descr": entry.dtype, "fortran_order": False, "shape": entry.shape}
    try:
        same = ast.literal_eval(header.decode("latin-1")) == expected
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        same = False
    if not same:
        raise _damaged(path, f"its header does not say {entry.dtype} {list(entry.shape)}")
    wanted = 10 + length + math.prod(entry.shape) * np.dtype(entry.dtype).itemsize
    if size != wanted:
        raise _damaged(path, f"it has {size:,} bytes of {wanted:,}")
    return np.memmap(path, dtype=entry.dtype, mode=mode, offset=10 + length, shape=entry.shape)


def _damaged(path: Path, what: str) -> DataError:
    return DataError(str(path), f"the file is damaged: {what}", _AGAIN)
