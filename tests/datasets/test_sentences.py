"""Sentences: many, different, and without the phrase."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tinykd.datasets.sentences import WORDS, sentence, sentence_without


def test_ten_thousand_sentences_are_nearly_all_different():
    rng = np.random.default_rng(1)
    assert len({sentence(rng) for _ in range(10_000)}) > 9_000


def test_the_same_numbers_give_the_same_sentence():
    assert sentence(np.random.default_rng(5)) == sentence(np.random.default_rng(5))


@given(st.integers(0, 2**32), st.sampled_from(["computer game", "the", "Garden", "it", "where did"]))
def test_a_phrase_is_never_said_but_its_letters_may_be_part_of_a_word(seed, phrase):
    text = sentence_without(np.random.default_rng(seed), phrase, spice=(f"{phrase} twice", "lamp"))
    words = "".join(c if c.isalnum() or c == "'" else " " for c in text.lower()).split()
    wanted = phrase.lower().split()
    assert all(words[at : at + len(wanted)] != wanted for at in range(len(words)))


def test_the_word_list_is_large_enough_to_be_speech():
    assert len(WORDS) > 400
    assert all(word == word.lower() for word in WORDS)


def test_spice_is_woven_in():
    assert "zanzibar" in sentence(np.random.default_rng(2), spice=("zanzibar",)).split()
