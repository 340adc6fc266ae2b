"""Which sound a symbol is, and which sound a clip makes when."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinykd.datasets import espeak
from tinykd.datasets.clips import Phoneme
from tinykd.datasets.sounds import CLASSES, SOUNDS, UNKNOWN, sound_of, sounds_at


@pytest.mark.parametrize(
    ("symbol", "sound"),
    [
        *(("ˈɛ", "ɛ"), ("ˌoʊ", "oʊ"), ("ˈaɪə", "aɪ"), ("ˈɑːɹ", "ɑ"), ("t̪", "t"), ("tʃ", "tʃ"), ("t͡ʃ", "tʃ")),
        *(("əl", "l"), ("ə", "ʌ"), ("əʊ", "oʊ"), ("ʁ", "ɹ"), ("ǃ", "other"), ("_:", "none"), ("ˈ", "none")),
    ],
)
def test_a_symbol_is_the_sound_of_its_letters_whatever_its_marks(symbol, sound):
    assert CLASSES[sound_of(symbol)] == sound


def test_every_entry_is_of_one_class_and_every_class_its_own():
    entries = [entry for entries in SOUNDS.values() for entry in entries]
    assert len(set(entries)) == len(entries)
    assert [CLASSES[sound_of(name)] for name in CLASSES[1:-1]] == list(CLASSES[1:-1])
    assert CLASSES[0] == "none"
    assert len(CLASSES) < UNKNOWN


def test_what_the_english_voice_says_has_a_class():
    said = espeak.synthesise("three thrilling vision boys judge which young father's thing to usher home")
    sounds = [CLASSES[sound_of(one.symbol)] for one in said.phonemes]
    assert "other" not in sounds
    assert {"θ", "ɹ", "i", "ʒ", "ɔɪ", "dʒ", "tʃ", "j", "ð", "ŋ", "ʃ", "h", "oʊ"} <= set(sounds)


def test_a_clip_makes_the_sound_whose_stretch_holds_the_moment():
    stamps = (
        Phoneme(start_s=0.2, end_s=0.4, symbol="s"),
        Phoneme(start_s=0.4, end_s=0.5, symbol="ˈɛ"),
        Phoneme(start_s=0.7, end_s=0.8, symbol="n"),
    )
    times = np.array([[-0.1, 0.1999, 0.2, 0.39], [0.4, 0.6, 0.75, 0.8]])
    expected = [["none", "none", "s", "s"], ["ɛ", "none", "n", "none"]]
    assert [[CLASSES[one] for one in row] for row in sounds_at(stamps, times)] == expected
    assert sounds_at(stamps, times).dtype == np.uint8
    assert not sounds_at((), times).any()
    assert (sounds_at(None, times) == UNKNOWN).all()


@given(st.lists(st.floats(0.01, 0.3), min_size=1, max_size=12), st.floats(-0.5, 3.0))
def test_it_is_what_looking_through_all_stamps_finds(lengths, time):
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    stamps = tuple(
        Phoneme(start_s=edges[at], end_s=edges[at + 1], symbol=CLASSES[at + 1])
        for at in range(0, len(lengths), 2)  # every second stretch is a pause
    )
    expected = [CLASSES.index(one.symbol) for one in stamps if one.start_s <= time < one.end_s] or [0]
    assert sounds_at(stamps, np.array([time])).tolist() == expected
