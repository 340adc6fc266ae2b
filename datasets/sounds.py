"""Which sound a phoneme is: the classes that a frame can be labelled with, and the IPA symbols of each.

English told apart, everything else put with the nearest: the voices speak with many accents, and their
symbols for one sound differ. Stress, length and place marks say nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from tinykd.datasets.clips import Phoneme

NONE, OTHER = "none", "other"
UNKNOWN = 255  # of a frame whose clip nobody has stamped; `NONE` is known to be no phoneme

# The order is that of the labels. A symbol belongs to the longest entry that it begins with.
# Source: the TIMIT classes as folded by Lee and Hon 1989, doi 10.1109/29.46546, by IPA letters, and what
# espeak-ng's other languages add.
SOUNDS: dict[str, tuple[str, ...]] = {
    NONE: ("_",),
    "i": ("i", "y"),
    "ɪ": ("ɪ", "ᵻ", "ɨ"),
    "ɛ": ("ɛ", "e", "ø", "œ"),
    "æ": ("æ", "a"),
    "ɑ": ("ɑ", "ɒ", "ɔ"),
    "ʌ": ("ʌ", "ə", "ɐ", "ɤ"),
    "ɜ": ("ɜ", "ɚ", "ɝ"),
    "ʊ": ("ʊ",),
    "u": ("u", "ʉ", "ɯ"),
    "aɪ": ("aɪ", "ai", "ɑɪ"),
    "aʊ": ("aʊ", "æʊ", "au"),
    "eɪ": ("eɪ", "ei", "əɪ", "ɛɪ"),
    "oʊ": ("oʊ", "o", "əʊ", "əu", "ʌʊ", "ʌʉ"),
    "ɔɪ": ("ɔɪ", "ɔi", "oɪ"),
    "p": ("p",),
    "b": ("b",),
    "t": ("t", "ʈ"),
    "d": ("d", "ɖ"),
    "k": ("k", "q", "c"),
    "ɡ": ("ɡ", "g", "ɟ"),
    "tʃ": ("tʃ", "ts", "tɕ"),
    "dʒ": ("dʒ", "dz", "dʑ"),
    "f": ("f", "ɸ"),
    "v": ("v", "β", "ʋ"),
    "θ": ("θ",),
    "ð": ("ð",),
    "s": ("s",),
    "z": ("z",),
    "ʃ": ("ʃ", "ʂ", "ɕ", "ç"),
    "ʒ": ("ʒ", "ʐ", "ʑ"),
    "h": ("h", "x", "χ", "ɦ", "ɣ"),
    "m": ("m", "ɱ"),
    "n": ("n", "ɲ", "ɳ"),
    "ŋ": ("ŋ",),
    "l": ("l", "ɫ", "ɭ", "ʎ", "əl"),
    "ɹ": ("ɹ", "r", "ʁ", "ʀ", "ɻ", "ɽ"),
    "ɾ": ("ɾ",),
    "j": ("j",),
    "w": ("w", "ʍ", "ɥ"),
    OTHER: (),
}
CLASSES = tuple(SOUNDS)
_MARKS = str.maketrans("", "", "ˈˌːˑ:ʲʰʷˠ\u0303\u0325\u0329\u032a\u032f\u0361")
_ENTRIES = {entry: place for place, entries in enumerate(SOUNDS.values()) for entry in entries}
_LONGEST = max(map(len, _ENTRIES))


@cache
def sound_of(symbol: str) -> int:
    """Return the place in `CLASSES` of an IPA symbol, its marks aside; `OTHER` of one that is not listed."""
    plain = symbol.translate(_MARKS)
    if not plain:
        return CLASSES.index(NONE)
    known = (_ENTRIES[plain[:size]] for size in range(_LONGEST, 0, -1) if plain[:size] in _ENTRIES)
    return next(known, CLASSES.index(OTHER))


def sounds_at(phonemes: Sequence[Phoneme] | None, times_s: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Return which sound a clip makes at each time.

    Args:
      phonemes: of the clip, in order, none beginning before the one before it ends; None where nobody
        knows them.
      times_s: [...] seconds from the clip's first sample; may lie outside of it.

    Returns:
      [...] places in `CLASSES`: `NONE` between phonemes; `UNKNOWN` everywhere without `phonemes`.
    """
    if phonemes is None:
        return np.full(times_s.shape, UNKNOWN, np.uint8)
    starts = np.array([-np.inf, *(one.start_s for one in phonemes)])
    ends = np.array([-np.inf, *(one.end_s for one in phonemes)])
    sounds = np.array([0, *(sound_of(one.symbol) for one in phonemes)], np.uint8)
    place = np.searchsorted(starts, times_s, side="right") - 1
    return np.where(times_s < ends[place], sounds[place], np.uint8(0))
