import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st

from tinykd.errors import DataError, RecipeError
from tinykd.features.spectrum import Spectrum, periodic_hann, spectrum, squared_parts
from tinykd.recipe import FeatureSection


def test_the_window_of_four_samples_is_the_one_worked_by_hand():
    # 0.5 - 0.5 cos(0, 90, 180, 270 degrees)
    assert periodic_hann(4) == pytest.approx([0.0, 0.5, 1.0, 0.5], abs=1e-15)


@given(st.integers(1, 2000))
def test_the_window_is_scipys_periodic_hann(length):
    expected = scipy.signal.get_window("hann", length, fftbins=True)
    if length == 1:  # scipy makes a lone sample 1; the formula gives 0
        expected = [0.0]
    np.testing.assert_allclose(periodic_hann(length), expected, atol=1e-15)


def test_frames_are_counted_without_padding():
    frames = Spectrum(window_samples=640, hop_samples=320, fft_size=1024)
    assert frames.frame_count(16000) == 49  # (16000 - 640) / 320 = 48, and the first
    assert frames.frame_count(16319) == 49
    assert frames.frame_count(640) == 1


def test_a_clip_shorter_than_the_window_is_an_error_that_says_so():
    with pytest.raises(
        DataError, match="clip of 639 samples is shorter than the window; at least 640 samples"
    ):
        Spectrum(window_samples=640, hop_samples=320, fft_size=1024).frame_count(639)


def test_a_full_scale_tone_has_the_power_worked_by_hand():
    # A cosine of amplitude 1/2 on bin 8 of 64: |X| = (1/2) * (1/2) * sum of the window, which is 32.
    tone = np.round(16384 * np.cos(2 * np.pi * 8 * np.arange(64) / 64)).astype(np.int16)
    made = Spectrum(window_samples=64, hop_samples=64, fft_size=64)
    parts = squared_parts(made.windowed(made.frames(tone[None]), np.float64))
    assert parts.shape == (1, 1, 66)
    power = parts[0, :, 0::2] + parts[0, :, 1::2]
    assert power[0, 8] == pytest.approx(64.0, rel=1e-3)  # int16 rounding of the tone
    assert power[0, [7, 9]] == pytest.approx([16.0, 16.0], rel=1e-3)  # Hann's neighbours: half the amplitude
    assert power[0, 20] < 1e-4


def test_milliseconds_are_rounded_down_to_samples():
    made = spectrum(FeatureSection(window_ms=25, hop_ms=10), 11025)
    assert (made.window_samples, made.hop_samples) == (275, 110)  # 275.6 and 110.25


def test_a_transform_shorter_than_the_window_is_refused():
    with pytest.raises(
        RecipeError, match=r"\[features\] fft_size: 512 is shorter than the window of 640 .*at least 640"
    ):
        spectrum(FeatureSection(window_ms=40, fft_size=512), 16000)


def test_a_window_below_one_sample_is_refused():
    with pytest.raises(
        RecipeError, match=r"\[features\] hop_ms: 1 ms is less than one sample at 400 Hz; at least 3"
    ):
        spectrum(FeatureSection(window_ms=100, hop_ms=1), 400)


def test_frames_start_every_hop_and_end_in_zeros():
    made = Spectrum(window_samples=4, hop_samples=3, fft_size=6)
    frames = made.frames(np.arange(11, dtype=np.int16)[None])
    np.testing.assert_array_equal(frames, [[[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]]])
    # the window 0, 1/2, 1, 1/2 and the scale 2**-15
    expected = np.array([0.0, 2.0, 5.0, 3.0, 0.0, 0.0]) / 32768
    np.testing.assert_allclose(made.windowed(frames, np.float64)[0, 1], expected, atol=1e-18)
