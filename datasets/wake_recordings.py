"""Recordings for a wake word: those of the phrase in one folder, all others are what it must not fire at.

A folder of one of four kinds: <phrase>/*.wav beside other folders, with the splits
in manifest.csv (columns path, split); the same without it, split by a hash of the
file's name (of the part before "_nohash_", where there is one: the speaker); Speech
Commands, whole or in part; the Free Spoken Digit Dataset. Or archives of these.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd.datasets import SPLITS, fsdd, speech_commands
from tinykd.datasets.clips import BENCHMARK_WORDS, UNKNOWN, Progress
from tinykd.datasets.recordings import Recording, unpacked
from tinykd.datasets.scenes import WAKE
from tinykd.datasets.selection import NOISE, unit_hash
from tinykd.datasets.silence import stretch
from tinykd.datasets.streams import RealSound
from tinykd.datasets.wav import read_clip
from tinykd.datasets.word_lists import SPEECH_COMMANDS_OTHERS
from tinykd.errors import DataError

MANIFEST = "manifest.csv"
ARCHIVES = "wake_word*.tar.gz"
LEAST = {"train": 20, "validation": 5, "test": 5}  # recordings of the phrase, below which nothing is learned
WORDS, ROOM = "recorded words", "recorded noise"

_ACTIVE_DB = 25.0  # frames this close to the loudest are the word
_FRAME_MS = 20


def folder_name(phrase: str) -> str:
    """Return the folder in which recordings of `phrase` lie: lower case, an underscore for a space."""
    return "_".join(phrase.lower().split())


def list_folder(folder: Path, *, cache_dir: Path, progress: Progress | None) -> list[Recording]:
    """List every recording of a folder (or its archives) with word and split.

    Raises:
      DataError: no recordings there, or a manifest that does not fit them.
    """
    if not folder.is_dir():
        what = "a file" if folder.exists() else "no such folder"
        raise DataError(str(folder), what, "a folder with <word>/*.wav, or one of the data packs")
    if any(folder.glob(fsdd.ARCHIVES)) or (folder / "recordings").is_dir():
        place = fsdd.find_folder(folder, cache_dir, progress)
        return fsdd.list_recordings(place, cache_dir, progress)
    if archives := sorted(folder.glob(ARCHIVES)):
        folder = unpacked(archives, "wake_word", cache_dir=cache_dir, progress=progress)
    root = speech_commands.find_tree(folder, cache_dir=cache_dir, progress=progress)
    recordings = speech_commands.list_recordings(root, cache_dir=cache_dir, progress=progress)
    manifest = root / MANIFEST
    if not manifest.is_file():
        return recordings
    splits = _read_manifest(manifest)
    if missing := [one.source for one in recordings if one.source not in splits]:
        raise DataError(str(manifest), f"'{missing[0]}' is not in it", "a row for every recording")
    return [replace(one, split=splits[one.source]) for one in recordings]


def _read_manifest(path: Path) -> dict[str, str]:
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines(), strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(
            str(path), f"cannot be read ({error})", "CSV with the columns path and split"
        ) from None
    found = {}
    for number, row in enumerate(rows, 2):
        source, split = row.get("path"), row.get("split")
        if not source or split is None:
            raise DataError(str(path), f"line {number} has no path or no split", "the columns path and split")
        if split not in SPLITS:
            raise DataError(
                str(path), f"line {number} has the split '{split}'", f"one of {', '.join(SPLITS)}"
            )
        found[source] = split
    return found


def of_phrase(
    recordings: Sequence[Recording], phrase: str, *, splits: Sequence[str], where: str
) -> list[Recording]:
    """Return the recordings of the phrase in any of `splits`.

    Raises:
      DataError: there are none, or too few in a split.
    """
    name = folder_name(phrase)
    found = [one for one in recordings if one.word == name and one.split in splits]
    if not found:
        there = ", ".join(sorted({one.word for one in recordings if not one.word.startswith("_")}))
        raise DataError(
            where, f"no folder '{name}' with recordings of the phrase", f"the folders are {there}"
        )
    counts = Counter(one.split for one in found)
    for split in splits:
        if counts[split] < (least := LEAST[split]):
            what = f"{counts[split]} recordings of '{phrase}' for {split}, of {len(found)} in all"
            allowed = f"{least} or more there; about {sum(LEAST.values()) * 2} in all with random splits"
            raise DataError(where, what, allowed)
    return found


def without_phrase(recordings: Sequence[Recording], phrase: str) -> list[Recording]:
    """Return the recordings that are known to be of something else.

    The benchmark's `_unknown_` clips are any other word of Speech Commands, and nobody
    says which: they are left out where the phrase is such a word itself.
    """
    any_of = phrase.lower() in (*SPEECH_COMMANDS_OTHERS, *BENCHMARK_WORDS)
    name = folder_name(phrase)
    return [one for one in recordings if one.word != name and not (any_of and one.word == UNKNOWN)]


def phrase_sounds(recordings: Sequence[Recording], *, rate_hz: int, longest_ms: int) -> list[RealSound]:
    """Decode recordings of the phrase, in the order of a hash, and find the word in each by its energy."""
    found = []
    for one in _ordered(recordings):
        audio = read_clip(one.path, sample_rate_hz=rate_hz)
        span = word_span(audio, rate_hz, longest_ms)
        found.append(RealSound(audio=audio, kind=WAKE, source=one.source, key=one.fingerprint, span=span))
    return found


def other_sounds(recordings: Sequence[Recording], *, split: str, rate_hz: int) -> list[RealSound]:
    """Decode recordings of anything else, in the order of a hash; of noise, the split's own stretch."""
    found = []
    for one in _ordered(recordings):
        audio = read_clip(one.path, sample_rate_hz=rate_hz)
        kind, key = WORDS, one.fingerprint
        if one.word == NOISE:
            first, end = stretch(len(audio), split)
            audio, kind, key = audio[first:end], ROOM, f"{one.fingerprint} {split}"
        elif one.word.startswith("_silence"):
            kind = ROOM
        if len(audio):
            span = (0, len(audio))
            found.append(RealSound(audio=audio, kind=kind, source=one.source, key=key, span=span))
    return found


def _ordered(recordings: Sequence[Recording]) -> list[Recording]:
    return sorted(recordings, key=lambda one: (unit_hash("order", one.source), one.source))


def word_span(audio: npt.NDArray[np.int16], rate_hz: int, longest_ms: int) -> tuple[int, int]:
    """Return (start, end) in samples of the word in a recording of little else.

    Within the loudest `longest_ms`, from the first to the last frame of 20 ms that is
    within 25 dB of the loudest one.

    Args:
      audio: [samples] int16.
      rate_hz: of the audio.
      longest_ms: no word is longer.
    """
    samples = min(len(audio), longest_ms * rate_hz // 1000)
    energy = np.concatenate(([0], np.cumsum(np.square(audio, dtype=np.int64))))
    first = int(np.argmax(energy[samples:] - energy[: len(energy) - samples]))
    frame = min(samples, _FRAME_MS * rate_hz // 1000)
    frames = samples // frame
    piece = audio[first : first + frames * frame].astype(np.float64).reshape(frames, frame)
    power = np.square(piece).mean(axis=1)
    active = np.flatnonzero(power >= power.max() * 10 ** (-_ACTIVE_DB / 10))
    return first + int(active[0]) * frame, first + int(active[-1] + 1) * frame
