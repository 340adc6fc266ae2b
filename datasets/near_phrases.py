"""What sounds nearly like a phrase, made from the phrase itself: the negatives that matter."""

from __future__ import annotations

import functools
import hashlib
import re

import numpy as np

from tinykd.datasets import espeak
from tinykd.datasets.clips import BENCHMARK_WORDS
from tinykd.datasets.sentences import WORDS
from tinykd.datasets.word_lists import COMMON_WORDS, SPEECH_COMMANDS_OTHERS, edit_distance, spoken_form

# English sounds as espeak-ng's en-us voice calls them; one may stand for another of its row.
_VOWELS = ("a", "E", "I", "0", "V", "U", "i:", "u:", "A:", "O:", "3:", "eI", "aI", "aU", "oU", "OI")
_STOPS = ("p", "b", "t", "d", "k", "g", "tS", "dZ")
_HISSES = ("f", "v", "s", "z", "S", "T", "h")
_HUMS = ("m", "n", "N", "l", "r", "w", "j")
_ROWS = (_VOWELS, _STOPS, _HISSES, _HUMS)
_STRESS = "',%="
# Pairs that accents and hasty speech exchange: a changed one would still be the phrase.
_ALIKE = frozenset(
    frozenset(pair.split())
    for pair in [
        "p b",
        "t d",
        "k g",
        "tS dZ",
        "f v",
        "s z",
        "S s",
        "T f",
        "T s",
        "T t",
        "m n",
        "n N",
        "I i:",
        "E I",
        "E a",
        "0 A:",
        "0 O:",
        "0 V",
        "a A:",
        "V A:",
        "U u:",
        "oU O:",
        "3: V",
        "E eI",
        "V a",
        "tS S",
        "aU A:",
        "j i:",
    ]
)

_NEAREST = 40  # words of the lists nearest to each word of the phrase
_CHANGED = 160  # made-up words with some of the phrase's sounds changed
_CHANGED_SHARE = 0.25  # of the sounds


def split_of(text: str) -> str:
    """Return the one split in which a made-up near phrase is said: 8 train, 1 validation, 1 test of 10."""
    tenth = hashlib.sha256(f"near/{text}".encode()).digest()[0] % 10
    return "train" if tenth < 8 else "validation" if tenth == 8 else "test"


@functools.cache
def near_phrases(phrase: str) -> tuple[str, ...]:
    """Return texts that sound nearly like `phrase`, and not like it.

    First its parts (words left out, its sounds cut at either end), then phrases with
    a word exchanged for one of the words that share most sounds with it, then the
    phrase with a quarter of its sounds changed at random. Texts in ``[[ ]]`` are
    espeak-ng's phoneme mnemonics.

    Args:
      phrase: one that `word_lists.check_keywords` takes.
    """
    target = spoken_form(phrase)
    found = dict.fromkeys([*_parts(phrase), *_exchanged(phrase), *_changed(phrase)])
    return tuple(text for text in found if text.startswith("[[") or spoken_form(text) != target)


@functools.cache
def near_phrases_of(phrase: str, split: str) -> tuple[str, ...]:
    """Return those of `near_phrases` that may be said in `split`: true words in all, made-up ones in one."""
    return tuple(
        text for text in near_phrases(phrase) if not text.startswith("[[") or split_of(text) == split
    )


def _parts(phrase: str) -> list[str]:
    """Return the phrase without some of its words, and without the sounds of one end."""
    words = phrase.split()
    whole = [
        " ".join(words[first:end])
        for first in range(len(words))
        for end in range(first + 1, len(words) + 1)
        if end - first < len(words)
    ]
    sounds = espeak.mnemonics(phrase)
    cuts = sorted({max(1, round(len(sounds) * share)) for share in (0.4, 0.5, 0.6)})
    ends = [part for cut in cuts for part in (sounds[:cut], sounds[len(sounds) - cut :])]
    return whole + [_say(part) for part in ends if 2 <= len(part) < len(sounds)]


def _exchanged(phrase: str) -> list[str]:
    """Return the phrase with one word exchanged for each of its nearest words."""
    words = phrase.lower().split()
    found = []
    for place, word in enumerate(words):
        for other in _nearest(word):
            found.append(" ".join([*words[:place], other, *words[place + 1 :]]))
    return found


@functools.cache
def _nearest(word: str) -> tuple[str, ...]:
    target = spoken_form(word)
    pool = dict.fromkeys(
        other
        for other in (*COMMON_WORDS, *SPEECH_COMMANDS_OTHERS, *BENCHMARK_WORDS, *WORDS)
        if re.fullmatch("[a-z]+", other) and len(other) > 1
    )
    far = [
        (edit_distance(sounds, target) / max(len(sounds), len(target)), other)
        for other in pool
        if (sounds := spoken_form(other)) != target
    ]
    return tuple(other for _, other in sorted(far)[:_NEAREST])


def _changed(phrase: str) -> list[str]:
    """Return the phrase with some sounds changed for others of their kind.

    Unstressed vowels stay: whatever stands there, the phrase is heard.
    """
    sounds = espeak.mnemonics(phrase)
    choices = {place: others for place, sound in enumerate(sounds) if (others := _others(sound))}
    if not choices:
        return []
    count = min(len(choices), max(1, round(_CHANGED_SHARE * len(sounds))))
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(phrase.encode()).digest()[:8], "big"))
    found = []
    for _ in range(_CHANGED):
        made = list(sounds)
        for place in rng.choice(list(choices), size=count, replace=False):
            stress = sounds[place][: len(sounds[place]) - len(sounds[place].lstrip(_STRESS))]
            made[place] = stress + choices[place][int(rng.integers(len(choices[place])))]
        found.append(_say(tuple(made)))
    return found


def _others(sound: str) -> tuple[str, ...]:
    """Return what may stand for a consonant or a stressed vowel; nothing for other sounds."""
    plain = _plain(sound)
    row = next((row for row in _ROWS if plain in row), ())
    if not row or (row is _VOWELS and not sound.startswith("'")):
        return ()
    return tuple(other for other in row if other != plain and frozenset((plain, other)) not in _ALIKE)


def _plain(sound: str) -> str:
    plain = sound.lstrip(_STRESS)
    return "t" if plain in ("t#", "t2") else plain


def _say(sounds: tuple[str, ...]) -> str:
    return f"[[{'|'.join(sounds)}]]"
