"""Foreign accents: English sounds from the mouth of another language's voice.

The English pronunciation goes to the voice as phoneme input; a vowel that the
language lacks becomes its neighbour. A voice that loses a consonant on the way
does not say that word.
"""

from __future__ import annotations

import functools
import unicodedata

from tinykd.datasets import espeak
from tinykd.errors import DataError

FOREIGN_VOICES = (
    "de", "nl", "sv", "nb", "da", "fr-fr", "es", "it", "pt-br", "pl", "ru", "cs", "hi", "bn", "ta", "id",
    "tr", "vi", "cmn", "el", "fi", "hu", "ro", "af", "ga", "cy",
)  # fmt: skip

# English vowels, as espeak-ng's mnemonics, and what other languages may have in their place.
_NEIGHBOURS = {
    "V": ("a", "A"), "0": ("O", "o"), "O2": ("O", "o"), "oU": ("o",), "E": ("e",), "I": ("i",), "I2": ("i",),
    "aU": ("au",), "aI": ("ai",), "eI": ("ei", "e"), "OI": ("oi",), "3": ("@", "e"), "@": ("e",),
    "i:": ("i",), "u:": ("u",), "U": ("u",), "A:": ("a",), "O:": ("O", "o"),
    "3:": ("@", "e"), "a": ("a",), "aa": ("a",),
    "t2": ("t",), "t#": ("t",), "A@": ("ar",), "O@": ("or",), "i": ("i:",), "@L": ("el",),
}  # fmt: skip

_SAME_SOUND = {
    "ɹ": "r",
    "ɾ": "r",
    "ʁ": "r",
    "ɻ": "r",
    "ɽ": "r",
    "ɭ": "l",
    "ɫ": "l",
    "ɡ": "g",
    "ʈ": "t",
    "ɖ": "d",
}
_VOWELS = frozenset("aeiouyæɐɑɒɔəɘɚɛɜɝɞɤɨɪɯɵøœɶʉʊʌʏä")


def _consonants(sounds: str) -> str:
    """Return IPA with every run of vowels as one ``V`` and marks left out."""
    found = ""
    for symbol in unicodedata.normalize("NFD", sounds):
        if symbol in _VOWELS:
            found += "" if found.endswith("V") else "V"
        elif symbol.isalpha() and unicodedata.category(symbol) != "Lm":
            found += _SAME_SOUND.get(symbol, symbol)
    return found


def _spoken(phonemes: str, voice: str) -> str | None:
    try:
        said = espeak.synthesise(f"[[{phonemes}]]", voice=voice, phonemes=True)
    except DataError:
        return None
    return "".join(phoneme.symbol for phoneme in said.phonemes)


@functools.cache
def _mnemonic_in(mnemonic: str, voice: str) -> str | None:
    """Return what `voice` calls the English sound `mnemonic`, or None."""
    stress = mnemonic[: len(mnemonic) - len(mnemonic.lstrip("',%="))]
    plain = mnemonic[len(stress) :]
    for candidate in (plain, *_NEIGHBOURS.get(plain, ())):
        said = _spoken(f"{candidate}m", voice)  # what stands after an unknown sound is lost
        if said is not None and said.endswith("m") and len(said) > 1:
            return stress + candidate
    return None


@functools.cache
def foreign_form(text: str, voice: str) -> str | None:
    """Return phoneme input with which `voice` says the English `text`, or None where it cannot.

    It can when the consonants, and the vowels between them, come out as many and as
    they are in English.
    """
    parts = [_mnemonic_in(mnemonic, voice) for mnemonic in espeak.mnemonics(text)]
    if not parts or None in parts:
        return None
    phonemes = "".join(part for part in parts if part)
    said = _spoken(phonemes, voice)
    if said is None or _consonants(said) != _consonants(espeak.ipa(text)):
        return None
    return f"[[{phonemes}]]"
