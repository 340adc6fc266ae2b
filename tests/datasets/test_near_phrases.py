"""Near phrases are near, are not the phrase, and stay in their split."""

from __future__ import annotations

import pytest

from tinykd.datasets import espeak
from tinykd.datasets.near_phrases import near_phrases, near_phrases_of, split_of
from tinykd.datasets.word_lists import edit_distance, spoken_form

PHRASES = ("hey computer", "alexa", "bed")


@pytest.mark.parametrize("phrase", PHRASES)
def test_none_of_them_sounds_like_the_phrase(phrase):
    target = spoken_form(phrase)
    for text in near_phrases(phrase):
        if text.startswith("[["):
            said = espeak.synthesise(text, phonemes=True)
            sounds = "".join(p.symbol for p in said.phonemes).translate(str.maketrans("", "", "ˈˌː_ "))
        else:
            sounds = spoken_form(text)
        assert sounds != target, text


def test_a_phrase_of_two_words_gives_its_parts_and_exchanges_one():
    found = near_phrases("hey computer")
    assert {"hey", "computer", "say computer"} <= set(found)
    assert "hey computer" not in found


def test_words_of_the_lists_that_share_sounds_come_first():
    # "read" and "bed" differ by one sound of three; "orchestra" shares none.
    found = near_phrases("bed")
    assert "red" in found
    assert "orchestra" not in found
    first = next(text for text in found if not text.startswith("[["))
    assert edit_distance(spoken_form(first), spoken_form("bed")) == 1


def test_made_up_ones_are_said_in_one_split_only():
    parts = [set(near_phrases_of("hey computer", split)) for split in ("train", "validation", "test")]
    made = [{text for text in part if text.startswith("[[")} for part in parts]
    assert all(made)
    assert not (made[0] & made[1])
    assert not (made[0] & made[2])
    assert not (made[1] & made[2])
    assert set.union(*parts) == set(near_phrases("hey computer"))
    assert all(split_of(text) == "test" for text in made[2])


def test_a_changed_sound_is_not_one_that_accents_exchange():
    # "bat" for "bed" would need a and t: t for d is left out, so no [[b|'E|t]].
    assert "[[b|'E|t]]" not in near_phrases("bed")
    assert any(text.startswith("[[b|'E|") and text != "[[b|'E]]" for text in near_phrases("bed"))
