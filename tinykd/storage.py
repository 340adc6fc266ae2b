"""Where things are kept, and how they get there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import platformdirs

from tinykd.errors import ToolError

T = TypeVar("T")

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST),
    *(errno.ENAMETOOLONG, errno.ELOOP, errno.ENOENT, errno.EINVAL),
)
_MARK = ".tinykd-"  # in the names of temporary files and folders
# What readers raise for a file that was cut short or changed from outside.
DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)


def cache_root() -> Path:
    """Return ``$TINYKD_CACHE``, else the user's cache folder for tinykd."""
    return Path(os.environ.get("TINYKD_CACHE") or platformdirs.user_cache_dir("tinykd"))


def data_root() -> Path | None:
    """Return ``$TINYKD_DATA`` if it is set, else None."""
    value = os.environ.get("TINYKD_DATA")
    return Path(value) if value else None


@contextlib.contextmanager
def full_disk_named(path: Path) -> Iterator[None]:
    """Raise ToolError with `path` when the block fills the disk; other errors stay what they are.

    For blocks that read as well as write: only a write can find the disk full.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise ToolError(str(path), "the disk is full", "free some space and run again") from error
        raise


@contextlib.contextmanager
def refusal_named(path: Path) -> Iterator[None]:
    """Raise ToolError with `path` when the block may not write there, or fills the disk.

    For blocks that do nothing but write `path` or make its folders.
    """
    try:
        with full_disk_named(path):
            yield
    except OSError as error:
        if error.errno in _REFUSED:
            what = f"cannot be written ({(error.strerror or 'refused').lower()})"
            allowed = "a place where you may make files: --out for results, $TINYKD_CACHE for the cache"
            raise ToolError(str(path), what, allowed) from error
        raise


def require_writable(folder: Path) -> None:
    """Raise ToolError at once rather than after hours if `folder` cannot be written; leave no trace."""
    with refusal_named(folder):
        missing = [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        try:
            tempfile.TemporaryFile(dir=folder).close()
        finally:
            with contextlib.suppress(OSError):  # another process may have put something there
                for place in missing:
                    place.rmdir()


@contextlib.contextmanager
def _temporary_beside(path: Path, make: Callable[[], Path]) -> Iterator[Path]:
    """Yield what `make` makes beside `path`, locked until the block ends, then removed if still there.

    The lock ends with the process, however it ends: what lies there unlocked was
    left by one that was killed, and goes first.
    """
    with refusal_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f".{glob.escape(path.name)}{_MARK}????????*"):
            _remove_if_unlocked(left)
        handle = None
        while handle is None:  # another process may clean up between making and locking
            temporary = make()
            handle = _locked(temporary)
    try:
        yield temporary
    finally:
        _remove(temporary)
        os.close(handle)


def _locked(path: Path) -> int | None:
    """Return a descriptor that holds the lock of `path`, None if `path` is gone.

    Where the file system has no locks, nothing can be told to be left over, and nothing is removed.
    """
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with contextlib.suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_EX)
    if path.exists():
        return handle
    os.close(handle)
    return None


def _remove_if_unlocked(path: Path) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(path)
        finally:
            os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling of `path`; rename it onto `path` when the block succeeds.

    The rename is the only moment at which `path` changes, so a kill at any time
    leaves the old file, the new file, or no file.

    Raises:
      ToolError: nothing can be written there, or the disk is full.
    """

    def make() -> Path:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}{_MARK}", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        return Path(name)

    with _temporary_beside(path, make) as temporary:
        with full_disk_named(path):
            yield temporary
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
        with refusal_named(path):
            temporary.chmod(0o644)
            temporary.replace(path)


@contextlib.contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling folder; put it in place of `path` when the block succeeds.

    Raises:
      ToolError: nothing can be written there, or the disk is full.
    """

    def make() -> Path:
        return Path(tempfile.mkdtemp(prefix=f".{path.name}{_MARK}", dir=path.parent))

    with _temporary_beside(path, make) as temporary:
        with full_disk_named(path):
            yield temporary
        with refusal_named(path):
            temporary.chmod(0o755)
            if path.exists():
                shutil.rmtree(path)
            temporary.replace(path)


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Let one process after the other into the block that changes `path`.

    The lock is of a hidden file beside `path`, which is gone when the block ends. It ends with
    the process, however that ends. Where the file system has no locks, nobody waits.
    """
    lock = path.with_name(f".{path.name}.lock")
    with refusal_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = None
        while handle is None:  # whoever was waited for has removed the file that was locked
            opened = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
            with contextlib.suppress(OSError):
                fcntl.flock(opened, fcntl.LOCK_EX)
            if _is_open_as(lock, opened):
                handle = opened
            else:
                os.close(opened)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(handle)


def _is_open_as(path: Path, handle: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(handle))
    return False


def cached_folder(folder: Path, *, make: Callable[[Path], None], read: Callable[[Path], T]) -> T:
    """Return what `read` finds in `folder`; where it is absent or damaged, it is made first.

    Of processes that want the same folder at once, one makes it and the others wait.

    Args:
      folder: appears whole or not at all.
      make: fills a new folder.
      read: raises OSError, ValueError, KeyError, TypeError, EOFError or BadZipFile
        for a folder whose files were cut short or changed from outside.
    """
    with contextlib.suppress(*DAMAGED):
        return read(folder)
    with one_at_a_time(folder):
        with contextlib.suppress(*DAMAGED):  # another process may have made it in the meantime
            return read(folder)
        with atomic_folder(folder) as temporary:
            make(temporary)
        return read(folder)


def new_array(path: Path, *, dtype: Any, shape: tuple[int, ...]) -> Any:
    """Return a writable memory map of a new .npy file that has its room on the disk already.

    Without that, a disk that is full ends the process with a signal, not an error.
    """
    import numpy as np

    array = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)
    return array


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


def read_json(path: Path) -> dict[str, Any]:
    """Return the table in a JSON file of ours."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def digest_of(value: Any) -> str:
    """Return a 16-digit hex digest of a JSON-like value; equal values give equal digests."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sha256_of_file(path: Path) -> str:
    """Return the file's sha256 as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
