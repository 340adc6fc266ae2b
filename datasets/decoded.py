"""Clips decoded once, kept as one array a split, memory-mapped ever after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.datasets.clips import Progress

_CHUNK = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A row of a split to be.

    source, speaker, label: as in `AudioSplit`.
    key: changes whenever the samples would.
    read: returns [samples] int16; called from several threads.
    """

    source: str
    speaker: str
    label: int
    key: str
    read: Callable[[], npt.NDArray[np.int16]]


def decode_clips(
    clips: Sequence[Clip], *, samples: int, cache_dir: Path, what: str, progress: Progress | None = None
) -> npt.NDArray[np.int16]:
    """Return the samples of all clips, from the cache if they were decoded before.

    Args:
      clips: in the order of the rows.
      samples: of each clip.
      cache_dir: the array is kept there, named by a digest of the clips' keys.
      what: told to `progress`, with clips done and of all.
      progress: called while clips are decoded, not when the cache has them.

    Returns:
      [clips, samples] int16, a read-only memory map.

    Raises:
      DataError: from a clip's `read`.
      ToolError: the disk is full.
    """
    shape = (len(clips), samples)
    path = cache_dir / "decoded" / f"{storage.digest_of([samples, [clip.key for clip in clips]])}.npy"
    cached = _mapped(path, shape)
    if cached is None:
        _write(path, clips, shape, what, progress)
        cached = _mapped(path, shape)
    assert cached is not None, path
    return cached


def _mapped(path: Path, shape: tuple[int, int]) -> npt.NDArray[np.int16] | None:
    """Map the array at `path`; None if it is absent or not what was written there."""
    try:
        array: npt.NDArray[np.int16] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return array if array.shape == shape and array.dtype == np.int16 else None


def _write(
    path: Path, clips: Sequence[Clip], shape: tuple[int, int], what: str, progress: Progress | None
) -> None:
    # Written block by block, not through a writable map: a full disk is then an error, not a signal.
    with storage.atomic_path(path) as temporary, temporary.open("wb") as file, ThreadPoolExecutor() as pool:
        header = {"descr": "<i2", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(clips), _CHUNK):
            chunk = clips[start : start + _CHUNK]
            block = np.stack(list(pool.map(lambda clip: clip.read(), chunk)))
            assert block.shape == (len(chunk), shape[1]), block.shape
            file.write(block.astype("<i2", copy=False).tobytes())
            if progress is not None:
                progress(what, start + len(chunk), len(clips))
