"""The windows of a stream: what a device hears there and then."""

from __future__ import annotations

import numpy as np
import pytest

from tinykd.detection.windows import hop_frames, stream_frames, window_batches, window_count, window_end_s
from tinykd.errors import DataError, RecipeError
from tinykd.features import front_end
from tinykd.recipe import FeatureSection


@pytest.fixture(scope="module")
def front():
    return front_end(FeatureSection(), 16000)


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(3).integers(-3000, 3000, int(16000 * seconds)).astype(np.int16)


def test_the_frames_of_a_stream_are_those_of_every_clip_in_it(front):
    audio = noise(45.3)  # over two of the pieces in which the stream is taken, and a rest
    frames = stream_frames(audio, front)
    for second in (0, 19, 20, 39.5, 44):
        start = int(second * 16000)
        clip = front(audio[None, start : start + 16000])[0]
        own = frames[start // 320 : start // 320 + len(clip)]
        np.testing.assert_allclose(own, clip, atol=1e-4)  # float32 sums in another order


def test_a_stream_that_is_one_window_has_one_frame(front):
    assert stream_frames(noise(0.03), front).shape == (1, 40)
    with pytest.raises(DataError):
        stream_frames(noise(0.02), front)


def test_a_front_end_that_wants_whole_clips_is_refused():
    front = front_end(FeatureSection(normalise="clip"), 16000)
    with pytest.raises(RecipeError, match=r"normalise.*'none'"):
        stream_frames(noise(1), front)


def test_windows_come_in_order_and_none_is_left_out():
    frames = np.arange(23 * 2).reshape(23, 2).astype(np.int8)
    found = np.concatenate(list(window_batches(frames, length=5, hop=3, batch=2)))
    assert len(found) == window_count(23, length=5, hop=3) == 7  # starts 0, 3 ... 18
    for index, window in enumerate(found):
        assert np.array_equal(window, frames[3 * index : 3 * index + 5])
    assert list(window_batches(frames[:4], length=5, hop=3, batch=2)) == []
    assert window_count(4, length=5, hop=3) == 0


def test_a_hop_is_whole_frames():
    assert hop_frames(100, 20) == 5
    with pytest.raises(RecipeError, match="multiple of 20"):
        hop_frames(110, 20)


def test_a_window_is_heard_when_it_ends():
    assert window_end_s(np.array([0, 10]), hop_ms=100, clip_ms=1200).tolist() == [1.2, 2.2]
