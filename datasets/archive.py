"""Unpack a .tar.gz or .tar.xz that somebody else made, without trusting it."""

from __future__ import annotations

import contextlib
import errno
import gzip
import lzma
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from tinykd import storage
from tinykd.datasets.clips import Progress
from tinykd.errors import DataError

SUFFIXES = (".tar.gz", ".tgz", ".tar.xz")

_BLOCK = 1 << 20
# What gzip, lzma and tarfile raise for bytes that are not what they claim to be; the last three
# come from absurd numbers in tar and PAX headers.
_DAMAGE = (
    tarfile.TarError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    gzip.BadGzipFile,
    ValueError,
    OverflowError,
    MemoryError,
)
_NAME_CLASH = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)


def extract(archives: Sequence[Path], folder: Path, *, progress: Progress | None = None) -> Path:
    """Unpack `archives` side by side into `folder`, all of them or nothing.

    Only plain files and folders are taken. Permissions, owners and times of the
    archive are left behind.

    Args:
      archives: .tar.gz or .tar.xz files; no file may be in two of them.
      folder: replaced when everything is unpacked; untouched on any error.
      progress: told ("unpacking NAME", compressed bytes done, of all), per archive.

    Returns:
      `folder`.

    Raises:
      DataError: an archive is missing, damaged or cut short, or a member is a
        link, a device, sparse, twice there, or would land outside `folder`.
      ToolError: the disk is full.
    """
    with storage.atomic_folder(folder) as temporary:
        for archive in archives:
            _unpack(archive, temporary, progress)
    return folder


def _unpack(archive: Path, folder: Path, progress: Progress | None) -> None:
    where, allowed = str(archive), "a whole .tar.gz or .tar.xz; fetch it again"
    with _opened(archive) as (raw, stream):
        total = archive.stat().st_size

        def tell() -> None:
            if progress is not None:
                progress(f"unpacking {archive.name}", min(raw.tell(), total), total)

        try:
            with tarfile.open(fileobj=stream, mode="r:") as tar:
                for member in _members(tar):
                    _write_member(where, tar, member, folder, tell)
            _check_rest(where, stream)
        except _DAMAGE as error:
            raise DataError(
                where, f"the archive is damaged or cut short ({_reason(error)})", allowed
            ) from error
        tell()


@contextlib.contextmanager
def _opened(archive: Path) -> Iterator[tuple[IO[bytes], lzma.LZMAFile | gzip.GzipFile]]:
    """Yield (compressed file, decompressed stream) of an archive."""
    name = archive.name.lower()
    if not name.endswith(SUFFIXES):
        raise DataError(str(archive), "not an archive by its name", "a name ending in " + ", ".join(SUFFIXES))
    try:
        raw = archive.open("rb")
    except OSError as error:
        allowed = "a readable .tar.gz or .tar.xz"
        raise DataError(str(archive), f"cannot be read ({error.strerror})", allowed) from error
    with raw, lzma.open(raw) if name.endswith(".xz") else gzip.open(raw) as stream:
        yield raw, stream


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (member := tar.next()) is not None:
        yield member
        tar.members.clear()  # type: ignore[attr-defined]  # else 100,000 of them pile up


def _write_member(
    where: str, tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, tell: Callable[[], None]
) -> None:
    target = folder.joinpath(*_safe_parts(where, member))
    try:
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        content = tar.extractfile(member)
        assert content is not None, member.name
        with target.open("xb") as file:
            shutil.copyfileobj(content, file, _BLOCK)
            written = file.tell()
    except OSError as error:
        if error.errno not in _NAME_CLASH:
            raise
        raise DataError(
            where,
            f"member '{member.name}' cannot be written ({error.strerror})",
            "one plain file for each name",
        ) from error
    if written != member.size:
        raise EOFError(f"member '{member.name}' ends early")
    tell()


def _safe_parts(where: str, member: tarfile.TarInfo) -> tuple[str, ...]:
    """Return the member's path below the target folder, or refuse it by name."""
    name, problem = member.name, ""
    path = PurePosixPath(name)
    if path.is_absolute() or "\\" in name or ":" in (path.parts or ("",))[0]:
        problem = "has an absolute or foreign path"
    elif ".." in path.parts:
        problem = "climbs out of its folder with '..'"
    elif "\0" in name:
        problem = "has a zero byte in its name"
    elif member.issym() or member.islnk():
        problem = "is a link"
    elif member.issparse() or not (member.isreg() or member.isdir()):
        problem = "is neither a plain file nor a folder"
    elif not path.parts and not member.isdir():
        problem = "has no name"
    if problem:
        raise DataError(where, f"member {name!r} {problem}", "plain files and folders inside the archive")
    return path.parts


def _check_rest(where: str, stream: lzma.LZMAFile | gzip.GzipFile) -> None:
    """Read to the very end, which makes gzip and xz check their sums; only padding may be left."""
    while block := stream.read(_BLOCK):
        if block.strip(b"\0"):
            raise DataError(
                where, "the archive is damaged (data after its end)", "a whole archive; fetch it again"
            )


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
