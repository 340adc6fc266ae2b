import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tinykd.datasets import SPLITS
from tinykd.datasets.silence import cut, noise_of, plan_windows, stretch


@given(st.integers(0, 10**7))
def test_the_stretches_of_a_recording_follow_each_other_and_fill_it(samples):
    ends = [stretch(samples, split) for split in SPLITS]
    assert ends[0][0] == 0
    assert ends[-1][1] == samples
    assert ends[0][1] == ends[1][0] == round(0.8 * samples)
    assert ends[1][1] == ends[2][0] == round(0.9 * samples)


@given(st.sampled_from(SPLITS), st.integers(1, 60))
def test_windows_stay_in_the_stretch_of_their_split(split, count):
    lengths = {"a": 960_000, "b": 980_062, "short": 20_000}
    windows = plan_windows(lengths, count=count, samples=16000, split=split)
    assert len(windows) == count
    for window in windows:
        first, end = stretch(lengths[window.source], split)
        assert first <= window.start
        assert window.start + 16000 <= end
        assert 0 <= window.volume < 1
    assert plan_windows(lengths, count=count + 5, samples=16000, split=split)[:count] == windows


def test_a_window_that_just_fits_is_taken_and_a_longer_one_is_not():
    assert plan_windows({"a": 100}, count=1, samples=10, split="test")[0].start == 90
    assert plan_windows({"a": 100}, count=1, samples=11, split="test") == []
    assert plan_windows({}, count=3, samples=1, split="train") == []


def test_a_cut_is_the_samples_times_the_volume():
    audio = np.arange(-1000, 1000, dtype=np.int16)
    window = plan_windows({"a": 2000}, count=1, samples=50, split="train")[0]
    expected = [round(v * window.volume) for v in range(window.start - 1000, window.start - 950)]
    np.testing.assert_array_equal(cut(audio, window, 50), expected)


def test_noise_for_training_is_the_first_four_fifths_and_each_other_split_has_a_tenth():
    parts = {split: noise_of(split, [np.arange(100, dtype=np.int16)])[0] for split in SPLITS}
    np.testing.assert_array_equal(parts["train"], np.arange(80))
    np.testing.assert_array_equal(parts["validation"], np.arange(80, 90))
    np.testing.assert_array_equal(parts["test"], np.arange(90, 100))
