"""Training windows hold the word, or do not, as their label says."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tinykd.datasets.scenes import WAKE, Sound
from tinykd.datasets.streams import Stream
from tinykd.datasets.wake_clips import beside_starts, cut, even_starts, wake_starts


def stream(*spans, samples=100_000):
    sounds = tuple(Sound(start=a, end=b, kind=WAKE, source="x") for a, b in spans)
    sounds += (Sound(start=0, end=samples, kind="noise", source="y"),)
    return Stream(audio=np.arange(samples).astype(np.int16), sounds=sounds, rate_hz=16000, digest="d")


@given(st.integers(20_000, 60_000), st.integers(10, 19_000), st.integers(0, 2**32))
def test_a_window_of_the_word_holds_all_of_it_where_it_can(start, length, seed):
    rng = np.random.default_rng(seed)
    starts = wake_starts(stream((start, start + length)), samples=16_000, placements=5, rng=rng)
    assert len(starts) == 5
    for at in starts:
        if length <= 16_000:
            assert at <= start
            assert start + length <= at + 16_000
        else:  # cut at both ends alike
            assert abs((at + 8_000) - (start + length / 2)) <= 1


@given(st.integers(20_000, 60_000), st.integers(300, 12_000), st.integers(0, 2**32))
def test_a_window_beside_the_word_holds_a_third_of_it_at_most(start, length, seed):
    found = beside_starts(stream((start, start + length)), samples=16_000, rng=np.random.default_rng(seed))
    held = min(found[0] + 16_000, start + length) - max(found[0], start)
    assert held <= length / 3 + 1


def test_windows_stay_in_the_stream():
    rng = np.random.default_rng(1)
    found = wake_starts(stream((50, 800), (99_500, 99_999)), samples=16_000, placements=9, rng=rng)
    assert found.min() >= 0
    assert found.max() <= 100_000 - 16_000


def test_even_windows_cover_the_stream():
    found = even_starts(stream(), samples=16_000, every_ms=500, rng=np.random.default_rng(1))
    assert np.array_equal(found // 8000, np.arange(10))  # (100,000 - 16,000) // 8,000 windows, one a step


def test_a_cut_is_the_audio_there():
    audio = np.arange(50, dtype=np.int16)
    assert cut(audio, np.array([3, 40]), 10).tolist() == [list(range(3, 13)), list(range(40, 50))]
