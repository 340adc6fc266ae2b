"""The Free Spoken Digit Dataset: ten digits at 8 kHz, split by speaker.

Files are recordings/<digit>_<speaker>_<index>.wav. Clips shorter than the recipe's
length get zeros at the end, of longer ones the loudest window is taken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tinykd import storage
from tinykd.datasets.clips import AudioDataset, Progress
from tinykd.datasets.corpus import build_dataset
from tinykd.datasets.recordings import Recording, fingerprints, unpacked, wav_names
from tinykd.datasets.selection import checked_words
from tinykd.errors import DataError
from tinykd.recipe import AudioRecipe

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
HELD_OUT = "theo"  # the speaker of validation and test
ARCHIVES = "fsdd_*.tar.gz"

_LAYOUT = f"recordings/<digit>_<speaker>_<index>.wav, or an archive {ARCHIVES}"
_NAME = re.compile(r"(?P<digit>[0-9])_(?P<speaker>[a-z]+)_(?P<index>[0-9]+)\.wav")


def load(
    recipe: AudioRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> AudioDataset:
    """Load spoken digits; `dataset.words` are digit names, all ten if empty.

    The set has no noise: `dataset.silence` must be false; with all ten digits as
    keywords, `dataset.unknown` too.

    Args:
      recipe: its dataset section says what to take.
      data_dir: holds recordings/ or an archive of it. None: $TINYKD_DATA/fsdd.
      cache_dir: for the unpacked archive and decoded clips.
      splits: which of train, validation and test.
      progress: told what is done, and how much of it.

    Returns:
      The data set.

    Raises:
      DataError: no such data, a word or class without clips, a bad recording.
      RecipeError: fractions that leave no room for keywords, a word twice.
    """
    folder = find_folder(data_dir, cache_dir, progress)
    where = str(data_dir or folder)
    recordings = list_recordings(folder, cache_dir, progress)
    counts = Counter(one.word for one in recordings)
    words = checked_words(recipe.dataset.words or DIGITS, present=counts, where=where)
    return build_dataset(
        recordings,
        words=words,
        section=recipe.dataset,
        where=where,
        cache_dir=cache_dir,
        splits=splits,
        progress=progress,
    )


def split_of(speaker: str, index: int) -> str:
    """Return the split of a recording: theo's first 25 are validation, his others test, the rest train."""
    if speaker != HELD_OUT:
        return "train"
    return "validation" if index < 25 else "test"


def find_folder(data_dir: Path | None, cache_dir: Path, progress: Progress | None) -> Path:
    """Return the folder that holds the recordings, unpacking it if need be.

    Raises:
      DataError: no such data.
    """
    if data_dir is None:
        data_root = storage.data_root()
        if data_root is None or not (data_root / "fsdd").is_dir():
            raise DataError(
                "fsdd", "no folder given, and no $TINYKD_DATA/fsdd", f"pass --data-dir with {_LAYOUT}"
            )
        data_dir = data_root / "fsdd"
    if not data_dir.is_dir():
        raise DataError(
            str(data_dir), "a file" if data_dir.exists() else "no such folder", f"a folder with {_LAYOUT}"
        )
    if folder := _folder_in(data_dir):
        return folder
    if archives := sorted(data_dir.glob(ARCHIVES)):
        root = unpacked(archives, "fsdd", cache_dir=cache_dir, progress=progress)
        if folder := _folder_in(root):
            return folder
    raise DataError(str(data_dir), "no spoken digits in this folder", _LAYOUT)


def _folder_in(root: Path) -> Path | None:
    for place in (root / "recordings", root):
        if place.is_dir() and any(_NAME.fullmatch(name) for name in wav_names(place)):
            return place
    return None


def list_recordings(folder: Path, cache_dir: Path, progress: Progress | None) -> list[Recording]:
    """List the recordings of a folder with their splits and fingerprints.

    Raises:
      DataError: a file that is not named like a digit's recording, or cannot be read.
    """
    names = wav_names(folder)
    prints = fingerprints(folder, names, cache_dir=cache_dir, progress=progress)
    recordings = []
    for name in names:
        if not (match := _NAME.fullmatch(name)):
            raise DataError(
                str(folder / name), "not named like a digit's recording", "<digit>_<speaker>_<index>.wav"
            )
        recordings.append(
            Recording(
                source=name,
                path=folder / name,
                word=DIGITS[int(match["digit"])],
                split=split_of(match["speaker"], int(match["index"])),
                speaker=match["speaker"],
                fingerprint=prints[name],
            )
        )
    return recordings
