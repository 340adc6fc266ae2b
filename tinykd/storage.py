"""Where things are kept, and how they get there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import platformdirs

from tinykd.errors import ToolError


def cache_root() -> Path:
    """Return ``$TINYKD_CACHE``, else the user's cache folder for tinykd."""
    return Path(os.environ.get("TINYKD_CACHE") or platformdirs.user_cache_dir("tinykd"))


def data_root() -> Path | None:
    """Return ``$TINYKD_DATA`` if it is set, else None."""
    value = os.environ.get("TINYKD_DATA")
    return Path(value) if value else None


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_PLACE = (
    *(errno.EACCES, errno.EPERM, errno.EROFS),  # not allowed to
    *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST),  # a file stands where a folder should, or the reverse
    *(errno.ENAMETOOLONG, errno.ELOOP),
)


@contextlib.contextmanager
def full_disk_named(path: Path) -> Iterator[None]:
    """Raise ToolError with `path` when the block fills the disk; other errors stay what they are.

    For blocks that read as well as write: only a write can find the disk full.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise ToolError(str(path), "the disk is full", "free some space and run again") from error
        raise


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise ToolError with `path` when the block cannot write there, or fills the disk.

    For blocks that do nothing but write `path` or make its folders.
    """
    try:
        with full_disk_named(path):
            yield
    except OSError as error:
        if error.errno not in _NO_PLACE:
            raise
        reason = (error.strerror or str(error)).lower()
        allowed = "a place that can be written: --out for results, $TINYKD_CACHE for the cache"
        raise ToolError(str(path), f"cannot be written ({reason})", allowed) from error


def require_writable(folder: Path) -> None:
    """Make `folder`, and raise ToolError at once rather than after hours if nothing can be written there."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling of `path`; rename it onto `path` when the block succeeds.

    The rename is the only moment at which `path` changes, so a kill at any time
    leaves the old file, the new file, or no file.

    Raises:
      ToolError: nothing can be written there, or the disk is full.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        with full_disk_named(path):
            yield temporary
        with writing(path):
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling folder; put it in place of `path` when the block succeeds.

    Raises:
      ToolError: nothing can be written there, or the disk is full.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        with full_disk_named(path):
            yield temporary
        with writing(path):
            temporary.chmod(0o755)
            if path.exists():
                shutil.rmtree(path)
            temporary.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` as indented JSON with a final newline."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def digest_of(value: Any) -> str:
    """Return a 16-digit hex digest of a JSON-like value; equal values give equal digests."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sha256_of_file(path: Path) -> str:
    """Return the file's sha256 as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
