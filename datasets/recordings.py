"""Recordings on disk: what a loader lists before anything is decoded."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tinykd import storage
from tinykd.datasets.archive import extract
from tinykd.datasets.clips import Progress
from tinykd.errors import DataError

_CHUNK = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One audio file and what its place in the data set says about it.

    source: path below the data set's folder, with "/".
    word: the word said, or `_unknown_`, `_silence_`, `_background_noise_`.
    split: train, validation or test.
    speaker: empty if nobody knows.
    fingerprint: 16 hex digits of the file's content.
    """

    source: str
    path: Path
    word: str
    split: str
    speaker: str
    fingerprint: str


def entries(folder: Path) -> list[os.DirEntry[str]]:
    """Return what is in `folder` by name; hidden files are passed over.

    Raises:
      DataError: the folder cannot be read.
    """
    try:
        with os.scandir(folder) as found:
            return sorted((one for one in found if not one.name.startswith(".")), key=lambda one: one.name)
    except OSError as error:
        raise DataError(str(folder), f"cannot be read ({error.strerror})", "a readable folder") from error


def wav_names(folder: Path) -> list[str]:
    """Return the names of the .wav files in `folder`, sorted."""
    return [one.name for one in entries(folder) if one.name.lower().endswith(".wav")]


def unpacked(
    archives: Sequence[Path], name: str, *, cache_dir: Path, progress: Progress | None = None
) -> Path:
    """Return a folder of `cache_dir` with `archives` unpacked side by side, made on the first call.

    The folder belongs to the archives' names, sizes and times of change.

    Raises:
      DataError: see `archive.extract`.
    """
    stats = [(archive.name, archive.stat()) for archive in archives]
    key = storage.digest_of([[stem, stat.st_size, stat.st_mtime_ns] for stem, stat in stats])
    folder = cache_dir / "unpacked" / f"{name}-{key}"
    if not folder.is_dir():
        with storage.one_at_a_time(folder):  # two processes would pull the files from under each other
            if not folder.is_dir():
                extract(archives, folder, progress=progress)
    return folder


def fingerprints(
    root: Path, sources: Sequence[str], *, cache_dir: Path, progress: Progress | None = None
) -> dict[str, str]:
    """Return 16 hex digits of content for each of the files `sources` below `root`.

    A file is read again only when its size or time of change is another than at
    the last call; what was seen is kept in `cache_dir`.

    Raises:
      DataError: a file cannot be read.
    """
    index = cache_dir / "fingerprints" / f"{storage.digest_of(str(root.resolve()))}.json"
    known = _read_index(index)
    stamps = {source: _stamp(root / source) for source in sources}
    stale = [source for source in sources if known.get(source, ["", ""])[0] != stamps[source]]
    if stale:
        with ThreadPoolExecutor() as pool:
            for start in range(0, len(stale), _CHUNK):
                chunk = stale[start : start + _CHUNK]
                for source, content in zip(
                    chunk, pool.map(lambda name: _content(root / name), chunk), strict=True
                ):
                    known[source] = [stamps[source], content]
                if progress is not None:
                    progress("checking recordings", start + len(chunk), len(stale))
    if stale or len(known) > len(stamps):
        known = {source: known[source] for source in sources}
        storage.write_bytes(index, json.dumps(known, separators=(",", ":")).encode())
    return {source: known[source][1] for source in sources}


def _read_index(path: Path) -> dict[str, list[str]]:
    """Read an index of {source: [stamp, content]}; one that is absent or broken is empty."""
    try:
        index = json.loads(path.read_bytes())
        return {str(source): [str(stamp), str(content)] for source, (stamp, content) in index.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _stamp(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError as error:
        raise DataError(str(path), f"cannot be read ({error.strerror})", "a readable recording") from error
    return f"{stat.st_size}:{stat.st_mtime_ns}"


def _content(path: Path) -> str:
    try:
        return hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()
    except OSError as error:
        raise DataError(str(path), f"cannot be read ({error.strerror})", "a readable recording") from error
