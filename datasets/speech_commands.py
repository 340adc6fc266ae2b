"""Google Speech Commands, whole or in part, from archives, a folder, or the network.

Source: Warden 2018, "Speech Commands: A Dataset for Limited-Vocabulary Speech
Recognition", arXiv:1804.03209. The layout is <word>/<speaker>_nohash_<n>.wav with
validation_list.txt, testing_list.txt and _background_noise_/ beside the words.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tinykd import storage
from tinykd.datasets.archive import extract
from tinykd.datasets.cards import read_card
from tinykd.datasets.clips import BENCHMARK_WORDS, AudioDataset, Progress
from tinykd.datasets.corpus import build_dataset
from tinykd.datasets.download import download
from tinykd.datasets.recordings import Recording, entries, fingerprints, unpacked, wav_names
from tinykd.datasets.selection import checked_words
from tinykd.errors import DataError
from tinykd.recipe import AudioRecipe

OFFICIAL = "speech_commands_v0.02"
LISTS = {"validation": "validation_list.txt", "test": "testing_list.txt"}
ARCHIVES = (f"{OFFICIAL}.tar.gz", "sc_*.tar.xz")
MIN_CLIPS = 100  # of a word, to be a keyword without being asked for

_MARK = "_nohash_"
_HASH_SPAN = 1 << 27


def load(
    recipe: AudioRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> AudioDataset:
    """Load Speech Commands.

    Keywords are `dataset.words`; if that is empty, the ten of the benchmark when
    all are there, else every word with at least 100 clips, alphabetically.

    Args:
      recipe: its dataset section says what to take.
      data_dir: an unpacked tree, or a folder with archives (the official one, or
        any sc_*.tar.xz, unpacked side by side). None: $TINYKD_DATA/speech_commands_v0.02
        if it exists, else the official archive is downloaded.
      cache_dir: for downloads, unpacked archives and decoded clips.
      splits: which of train, validation and test.
      progress: told what is done, and how much of it.

    Returns:
      The data set.

    Raises:
      DataError: no such data, a word or class without clips, a bad recording.
      RecipeError: fractions that leave no room for keywords, a word twice.
    """
    root = find_tree(data_dir, cache_dir=cache_dir, progress=progress)
    where = str(data_dir or root)
    recordings = list_recordings(root, cache_dir=cache_dir, progress=progress)
    counts = Counter(one.word for one in recordings)
    words = checked_words(recipe.dataset.words or default_words(counts, where), present=counts, where=where)
    return build_dataset(
        recordings,
        words=words,
        section=recipe.dataset,
        where=where,
        cache_dir=cache_dir,
        splits=splits,
        progress=progress,
    )


def default_words(counts: Counter[str], where: str) -> tuple[str, ...]:
    """Return the keywords of a tree with `counts` clips of each word.

    Raises:
      DataError: neither the benchmark's words nor any word with enough clips.
    """
    if all(word in counts for word in BENCHMARK_WORDS):
        return BENCHMARK_WORDS
    if common := tuple(
        sorted(word for word, count in counts.items() if count >= MIN_CLIPS and word[0] != "_")
    ):
        return common
    raise DataError(
        where,
        f"no word has {MIN_CLIPS} clips, nor are the ten words of the benchmark all there",
        "name the words in dataset.words",
    )


def split_by_hash(file_name: str) -> str:
    """Return the split of a clip by the data set's own rule: 10 % validation, 10 % test, by speaker.

    The SHA-1 of the name up to "_nohash_", modulo 2**27, over 2**27 - 1, in per cent.

    Source: Warden 2018, arXiv:1804.03209, section 6.
    """
    speaker = file_name.split(_MARK)[0]
    place = int(hashlib.sha1(os.fsencode(speaker), usedforsecurity=False).hexdigest(), 16) % _HASH_SPAN
    percent = place * (100.0 / (_HASH_SPAN - 1))
    return "validation" if percent < 10.0 else "test" if percent < 20.0 else "train"


def find_tree(data_dir: Path | None, *, cache_dir: Path, progress: Progress | None = None) -> Path:
    """Return the folder that holds the words, unpacking or downloading it if need be.

    Raises:
      DataError: `data_dir` holds nothing of the kind, or the download fails.
    """
    if data_dir is None:
        return _own_tree(cache_dir, progress)
    if not data_dir.is_dir():
        what = "a file" if data_dir.exists() else "no such folder"
        raise DataError(str(data_dir), what, "the folder that holds " + _looked_for())
    if tree := _tree_in(data_dir):
        return tree
    for pattern in ARCHIVES:
        if archives := sorted(data_dir.glob(pattern)):
            folder = unpacked(archives, "speech_commands", cache_dir=cache_dir, progress=progress)
            if tree := _tree_in(folder):
                return tree
            names = ", ".join(archive.name for archive in archives)
            raise DataError(str(data_dir), f"no <word>/*.wav in {names}", _looked_for())
    raise DataError(str(data_dir), "no Speech Commands data in this folder", _looked_for())


def list_recordings(root: Path, *, cache_dir: Path, progress: Progress | None = None) -> list[Recording]:
    """List every .wav one folder below `root` with its split, speaker and fingerprint.

    Splits follow the two list files; if neither is there, `split_by_hash`.

    Raises:
      DataError: one list without the other, a file in both, or unreadable data.
    """
    listed = _read_lists(root)
    sources = [f"{folder.name}/{name}" for folder in _word_folders(root) for name in wav_names(folder)]
    prints = fingerprints(root, sources, cache_dir=cache_dir, progress=progress)
    recordings = []
    for source in sources:
        word, _, name = source.partition("/")
        recordings.append(
            Recording(
                source=source,
                path=root / source,
                word=word,
                split=split_by_hash(name) if listed is None else listed.get(source, "train"),
                speaker=name.split(_MARK)[0] if _MARK in name else "",
                fingerprint=prints[source],
            )
        )
    return recordings


def _own_tree(cache_dir: Path, progress: Progress | None) -> Path:
    """Return the official tree below the data root or the cache; download it if it is in neither."""
    data_root = storage.data_root()
    if data_root is not None and (data_root / OFFICIAL).exists():
        return find_tree(data_root / OFFICIAL, cache_dir=cache_dir, progress=progress)
    tree = cache_dir / "unpacked" / OFFICIAL
    if not tree.is_dir():
        official = read_card("speech_commands").archives[0]
        archive = cache_dir / "downloads" / official.name
        download(official.url, archive, sha256=official.sha256, progress=progress)
        extract([archive], tree, progress=progress)
        archive.unlink()
    return find_tree(tree, cache_dir=cache_dir, progress=progress)


def _tree_in(folder: Path) -> Path | None:
    for place in (folder, folder / OFFICIAL):
        if place.is_dir() and any(wav_names(word) for word in _word_folders(place)):
            return place
    return None


def _word_folders(root: Path) -> list[Path]:
    return [root / one.name for one in entries(root) if one.is_dir()]


def _read_lists(root: Path) -> dict[str, str] | None:
    """Return {source: split} of the list files; None if there are none."""
    there = {split: name for split, name in LISTS.items() if (root / name).exists()}
    if not there:
        return None
    listed: dict[str, str] = {}
    for split, name in LISTS.items():
        path = root / name
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            allowed = f"both of {', '.join(LISTS.values())} as text, or neither"
            raise DataError(
                str(path), "cannot be read" if path.exists() else "is missing", allowed
            ) from error
        for source in filter(None, (line.strip() for line in lines)):
            if listed.setdefault(source, split) != split:
                raise DataError(str(path), f"'{source}' is in the other list too", "every clip in one list")
    return listed


def _looked_for() -> str:
    return "folders <word>/*.wav, or the archive " + ", or archives ".join(ARCHIVES)
