"""Download one file over HTTP: continues where it stopped, and is checked before it appears."""

from __future__ import annotations

import hashlib
import http
import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tinykd import storage
from tinykd.datasets.clips import Progress
from tinykd.errors import DataError

_BLOCK = 1 << 18
_TIMEOUT_S = 30.0


def download(
    url: str, path: Path, *, sha256: str = "", sha1: str = "", progress: Progress | None = None
) -> Path:
    """Fetch `url` to `path` unless it is there already.

    Bytes gather in `path` + ".part". An interruption of any kind leaves that
    file, and the next call asks the server for the rest only (HTTP Range,
    RFC 9110 section 14); a server that sends the whole again is understood.

    Args:
      url: http or https.
      path: appears only when its checksum is right.
      sha256: 64 hex digits.
      sha1: 40 hex digits, for files whose makers publish nothing better.
      progress: told ("downloading NAME", bytes done, of all; 0 if nobody knows).

    Returns:
      `path`.

    Raises:
      DataError: no network, the server refuses or stops early (what came is
        kept), or the checksum differs (what came is removed).
      ToolError: nothing can be written there, or the disk is full.
    """
    kind, digest = ("sha256", sha256.lower()) if sha256 else ("sha1", sha1.lower())
    if path.exists():
        return _checked(path, path, url, kind, digest)
    with storage.refusal_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    have = part.stat().st_size if part.exists() else 0
    response = _ask(url, have, path.name)
    if response is None:  # the part is as long as the file, or longer
        return _checked(part, path, url, kind, digest)
    with response:
        start, total = _span(response, have)
        done = start
        with storage.refusal_named(path):
            opened = part.open("r+b" if start else "wb")
        with storage.full_disk_named(path), opened as file:  # closing it writes too
            file.seek(start)
            file.truncate()
            for block in _blocks(response, url, path.name):
                file.write(block)
                done += len(block)
                if progress is not None:
                    progress(f"downloading {path.name}", done, total)
    if done < total:
        raise DataError(
            url, f"the server stopped after {done} of {total} bytes", "run again to fetch the rest"
        )
    return _checked(part, path, url, kind, digest)


def _ask(url: str, have: int, name: str) -> http.client.HTTPResponse | None:
    """Open `url` from byte `have`; None if the server says that there is nothing after it."""
    if not url.startswith(("http://", "https://")):
        raise DataError(url, "not a web address", "a URL that starts with https:// or http://")
    headers = {"User-Agent": "tinykd", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=_TIMEOUT_S
        )
    except urllib.error.HTTPError as error:
        error.close()
        if have and error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return None
        raise _unreachable(url, f"{error.code} {error.reason}", name) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _unreachable(url, str(getattr(error, "reason", "") or error), name) from error
    return response


def _span(response: http.client.HTTPResponse, have: int) -> tuple[int, int]:
    """Return (first byte sent, bytes of the whole file or 0) of an answer.

    `Content-Range: bytes 5-9/10` gives (5, 10); an answer other than 206 is the
    whole file, so `Content-Length: 10` alone gives (0, 10).
    """
    length = response.headers.get("Content-Length") or ""
    if response.status != http.HTTPStatus.PARTIAL_CONTENT:
        return 0, int(length) if length.isdigit() else 0
    span = response.headers.get("Content-Range") or ""
    if not (match := re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", span.strip())) or int(match[1]) != have:
        raise DataError(response.url, f"the server sent the byte range '{span}'", f"a range from byte {have}")
    if match[2] != "*":
        return have, int(match[2])
    return have, have + int(length) if length.isdigit() else 0


def _blocks(response: http.client.HTTPResponse, url: str, name: str) -> Iterator[bytes]:
    try:
        while block := response.read(_BLOCK):
            yield block
    except http.client.IncompleteRead as error:
        yield error.partial
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(url, f"the connection broke: {error}", name) from error


def _checked(file: Path, path: Path, url: str, kind: str, digest: str) -> Path:
    with file.open("rb") as opened:
        got = hashlib.file_digest(opened, kind).hexdigest()
    if got != digest:
        file.unlink()
        raise DataError(
            str(path), f"{url} gave {kind} {got}", f"{kind} {digest}; the bad file is removed, run again"
        )
    with storage.refusal_named(path):
        file.replace(path)
    return path


def _unreachable(url: str, reason: str, name: str) -> DataError:
    return DataError(
        url,
        f"cannot be downloaded ({' '.join(reason.split())})",
        f"check the network, or pass --data-dir with a folder that holds {name} already",
    )
