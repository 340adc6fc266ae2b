"""Which windows are mined."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tinykd.datasets.streams import Stream
from tinykd.mining import highest, samples_of


@given(
    arrays(np.int16, st.integers(0, 80), elements=st.integers(-255, 255)),
    st.integers(1, 20),
    st.integers(1, 6),
    st.integers(-200, 200),
)
def test_the_highest_are_taken_first_and_apart(scores, most, apart, least):
    # A plain loop over the same rule.
    expected = []
    for hop in sorted(range(len(scores)), key=lambda at: (-int(scores[at]), at)):
        if len(expected) < most and scores[hop] >= least and all(abs(hop - o) >= apart for o in expected):
            expected.append(hop)
    assert highest(scores, most=most, apart=apart, least=least).tolist() == expected


def test_a_hop_is_where_its_window_starts():
    stream = Stream(audio=np.zeros(40_000, np.int16), sounds=(), rate_hz=16000, digest="")
    found = samples_of(np.array([0, 3, 900]), stream, hop_ms=100, clip_ms=1000)
    assert found.tolist() == [0, 4800, 24_000]  # the last one moved to where it still fits
