"""Other words: never a keyword, never one that sounds like it."""

from __future__ import annotations

import pytest

from tinykd.datasets.accents import foreign_form
from tinykd.datasets.clips import BENCHMARK_WORDS
from tinykd.datasets.word_lists import SPEECH_COMMANDS_OTHERS, near_words, other_words


def test_there_are_the_twenty_five_others_of_speech_commands_and_many_more() -> None:
    # Warden 2018: 35 words, ten of them in the benchmark.
    assert len(SPEECH_COMMANDS_OTHERS) == len(set(SPEECH_COMMANDS_OTHERS)) == 25
    assert set(SPEECH_COMMANDS_OTHERS) <= set(other_words(BENCHMARK_WORDS))
    assert len(other_words(BENCHMARK_WORDS)) >= 120


def test_keywords_are_no_other_words_and_neither_are_their_homophones() -> None:
    assert not set(BENCHMARK_WORDS) & set(other_words(BENCHMARK_WORDS))
    assert "two" not in other_words(("too",))
    assert "see" not in other_words(("sea",))
    assert "our" not in other_words(("hour",))


def test_words_of_a_key_phrase_are_left_out() -> None:
    assert "house" not in other_words(("hey house",))


def test_benchmark_words_that_are_not_asked_for_are_other_words() -> None:
    assert {"left", "go"} <= set(other_words(("yes",)))


@pytest.mark.parametrize(
    ("keyword", "near"), [("up", "cup"), ("on", "gone"), ("off", "cough"), ("no", "nope"), ("go", "goat")]
)
def test_near_words_differ_by_one_sound(keyword: str, near: str) -> None:
    assert near in near_words((keyword,))


def test_a_foreign_voice_says_english_sounds_or_nothing() -> None:
    assert foreign_form("yes", "de") == "[[j'Es]]"
    assert foreign_form("stop", "ga") is None  # it loses a consonant on the way
