"""Which recordings of a split stand for which class: by hash, never by chance."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Sequence

from tinykd.datasets.clips import SILENCE, UNKNOWN
from tinykd.datasets.recordings import Recording
from tinykd.errors import DataError, RecipeError
from tinykd.recipe import DatasetSection

NOISE = "_background_noise_"


def unit_hash(purpose: str, text: str) -> float:
    """Return a number in [0, 1) that depends on nothing but the two texts."""
    digest = hashlib.blake2b(os.fsencode(f"{purpose}:{text}"), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / (1 << 53)


def checked_words(words: Sequence[str], *, present: Iterable[str], where: str) -> tuple[str, ...]:
    """Return `words` if each is there, once.

    Raises:
      RecipeError: a word is asked for twice.
      DataError: a word is not among those present.
    """
    for word, times in Counter(words).items():
        if times > 1:
            raise RecipeError("dataset.words", f"'{word}' stands there {times} times", "every word once")
    there = sorted(word for word in present if not word.startswith("_"))
    if missing := [word for word in words if word not in there]:
        raise DataError(
            where, "no recordings of " + _quoted(missing), "the words there are " + _quoted(there)
        )
    return tuple(words)


def select(
    recordings: Sequence[Recording], *, words: tuple[str, ...], section: DatasetSection, split: str
) -> list[Recording]:
    """Choose the recordings of one split: keywords, `_unknown_` and `_silence_` ones.

    For training, `train_fraction` keeps the speakers with the smallest hashes,
    and at least one clip a class; a smaller fraction is inside a larger one.
    Unknown are all clips of an `_unknown_` folder and, by the smallest hash, clips
    of other words until unknown_fraction of the split's total is reached; that
    choice is made before `train_fraction`, which leaves its share of it.

    Args:
      recordings: of all words and splits.
      words: the keywords.
      section: the recipe's.
      split: whose clips are wanted.

    Returns:
      Recordings, in the order given; those that are not keywords or `_silence_`
      are unknown.

    Raises:
      RecipeError: the fractions leave no room for keywords.
    """
    fraction = section.train_fraction if split == "train" else 1.0
    unknown_share, silence_share = shares(section)
    here = [one for one in recordings if one.split == split]
    groups: list[list[Recording]] = [[one for one in here if one.word == word] for word in words]
    if section.unknown:
        keywords = sum(len(group) for group in groups)
        given = [one for one in here if one.word == UNKNOWN]
        others = [one for one in here if one.word not in words and not one.word.startswith("_")]
        others.sort(key=lambda one: (unit_hash("unknown", one.source), one.source))
        room = round(keywords * unknown_share / (1.0 - unknown_share - silence_share))
        groups.append(given + others[: max(0, room - len(given))])
    if section.silence:
        groups.append([one for one in here if one.word == SILENCE])
    chosen = {one.source for group in groups for one in _kept(group, fraction)}
    return [one for one in here if one.source in chosen]


def shares(section: DatasetSection) -> tuple[float, float]:
    """Return the (unknown, silence) fractions of a split, 0 for a class that is switched off.

    Raises:
      RecipeError: together they leave nothing for the keywords.
    """
    unknown = section.unknown_fraction if section.unknown else 0.0
    silence = section.silence_fraction if section.silence else 0.0
    if unknown + silence >= 1.0:
        raise RecipeError(
            "dataset.unknown_fraction, dataset.silence_fraction",
            f"{unknown:g} and {silence:g} leave nothing for the keywords",
            "a sum below 1",
        )
    return unknown, silence


def silence_count(clips: int, section: DatasetSection) -> int:
    """Return how many clips of silence beside `clips` others make silence_fraction of the total."""
    silence = shares(section)[1]
    return round(clips * silence / (1.0 - silence))


def _kept(group: list[Recording], fraction: float) -> list[Recording]:
    """Keep the clips of the speakers whose hash is below `fraction`; of no speaker, the first clip."""
    if fraction >= 1.0 or not group:
        return group

    def place(one: Recording) -> tuple[float, str]:
        return unit_hash("speaker", one.speaker or one.source), one.source

    return [one for one in group if place(one)[0] < fraction] or [min(group, key=place)]


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words) or "none"
