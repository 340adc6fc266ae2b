import numpy as np
import pytest
import scipy.interpolate
from hypothesis import given
from hypothesis import strategies as st

from tinykd.augment.waveform import change_speed, gain, read_at, shift, to_int16


def tone(hz, samples=16000, rate=16000):
    return np.sin(2 * np.pi * hz / rate * np.arange(samples)).astype(np.float32)


def peak_hz(wave, rate=16000):
    """The strongest frequency, by a transform sixteen times as long as the clip."""
    level = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), 16 * len(wave)))
    return level.argmax() * rate / (16 * len(wave))


@given(st.lists(st.integers(-150, 150), min_size=1, max_size=5))
def test_a_shift_moves_an_impulse_by_exactly_so_many_samples(steps):
    waves = np.zeros((len(steps), 100), np.float32)
    waves[:, 50] = 7.0
    made = shift(waves, np.array(steps))
    for wave, step in zip(made, steps, strict=True):
        expected = [50 + step] if 0 <= 50 + step < 100 else []
        assert np.flatnonzero(wave).tolist() == expected


def test_a_shift_fills_with_zeros():
    made = shift(np.array([[1, 2, 3, 4]] * 3, np.float32), np.array([1, -2, 0]))
    np.testing.assert_array_equal(made, [[0, 1, 2, 3], [3, 4, 0, 0], [1, 2, 3, 4]])


def test_twenty_decibels_are_a_factor_of_ten():
    made = gain(np.ones((3, 2), np.float32), np.array([20.0, -20.0, 0.0]))
    np.testing.assert_allclose(made, [[10, 10], [0.1, 0.1], [1, 1]], rtol=1e-6)


@pytest.mark.parametrize("factor", [0.8, 0.9, 1.0, 1.1, 1.25])
def test_speed_multiplies_the_frequency_of_a_tone(factor):
    made = change_speed(tone(1000.0)[None], np.array([factor]))[0]
    assert peak_hz(made) == pytest.approx(1000.0 * factor, abs=0.5)


def test_a_speed_of_one_changes_nothing():
    wave = tone(440.0)[None]
    np.testing.assert_array_equal(change_speed(wave, np.ones(1)), wave)


def test_a_faster_clip_stays_in_the_middle_and_ends_in_zeros():
    made = change_speed(np.ones((1, 1001), np.float32), np.array([2.0]))[0]
    np.testing.assert_array_equal(made[251:750], 1.0)  # the middle half
    np.testing.assert_array_equal(made[:248], 0.0)
    np.testing.assert_array_equal(made[-248:], 0.0)


@given(st.integers(0, 10_000), st.integers(4, 30))
def test_reading_between_samples_is_scipys_cubic_with_the_same_slopes(seed, length):
    rng = np.random.default_rng(seed)
    wave = rng.standard_normal(length).astype(np.float32)
    around = np.pad(wave.astype(np.float64), 3)
    slopes = np.gradient(around)  # central differences
    spline = scipy.interpolate.CubicHermiteSpline(np.arange(-3, length + 3), around, slopes)
    times = rng.uniform(-1.0, length, 50)
    np.testing.assert_allclose(read_at(wave[None], times[None])[0], spline(times), atol=1e-5)


def test_reading_outside_a_clip_gives_silence():
    wave = np.ones((1, 10), np.float32)
    np.testing.assert_array_equal(read_at(wave, np.array([[-50.0, -1.0, 10.0, 1e9]])), 0.0)


def test_each_clip_is_read_at_its_own_times():
    waves = np.arange(20, dtype=np.float32).reshape(2, 10)
    made = read_at(waves, np.array([[2.0, 3.5], [4.0, 5.5]]))
    np.testing.assert_allclose(made, [[2.0, 3.5], [14.0, 15.5]])


def test_rounding_saturates():
    made = to_int16(np.array([[-4e4, -32768.4, -0.6, 0.4, 32767.4, 4e4]], np.float32))
    assert made.dtype == np.int16
    assert made.tolist() == [[-32768, -32768, -1, 0, 32767, 32767]]
