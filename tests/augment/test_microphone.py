import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st
from test_waveform import tone

from tinykd.augment.microphone import band_limits, colour, equaliser_curve, mu_law, response_hz, soft_clip

HZ = response_hz(16000, 16000)


def test_an_equaliser_goes_through_its_knots():
    # Three knots: 60 Hz, the geometric mean of 60 and 8000, and 8000 Hz.
    hz = np.array([60.0, np.sqrt(60.0 * 8000.0), 8000.0])
    made = equaliser_curve(np.array([[-6.0, 3.0, 20.0]]), hz)
    np.testing.assert_allclose(20 * np.log10(made), [[-6.0, 3.0, 20.0]], atol=1e-4)


@given(st.lists(st.floats(-12, 12), min_size=2, max_size=9))
def test_an_equaliser_never_leaves_the_range_of_its_knots(knots_db):
    made = 20 * np.log10(equaliser_curve(np.array([knots_db]), HZ))
    assert made.min() >= min(knots_db) - 1e-3
    assert made.max() <= max(knots_db) + 1e-3


def test_band_limits_are_butterworths():
    made = band_limits(np.array([300.0]), np.array([3000.0]), HZ)[0]
    high_pass = scipy.signal.freqs(*scipy.signal.butter(2, 300.0, "highpass", analog=True), HZ[1:])[1]
    low_pass = scipy.signal.freqs(*scipy.signal.butter(4, 3000.0, analog=True), HZ[1:])[1]
    np.testing.assert_allclose(made[1:], np.abs(high_pass * low_pass), atol=1e-5)
    assert made[0] < 1e-9


def test_no_limits_are_one_everywhere():
    np.testing.assert_array_equal(band_limits(np.zeros(2), np.full(2, np.inf), HZ), 1.0)


def test_colour_scales_a_tone_by_the_response_at_its_frequency():
    wave = 1000 * tone(1000.0)[None]
    responses = (1.0 + HZ / 1000.0).astype(np.float32)[None]
    np.testing.assert_allclose(colour(wave, responses), 2 * wave, atol=0.05)


@pytest.mark.parametrize("samples", [16000, 15999, 997])
def test_a_flat_response_gives_the_clip_back_at_its_length(samples):
    wave = np.random.default_rng(0).normal(0, 1000, (2, samples)).astype(np.float32)
    flat = np.ones((2, len(response_hz(samples, 16000))), np.float32)
    np.testing.assert_allclose(colour(wave, flat), wave, atol=0.01)


def test_soft_clipping_keeps_the_peak_and_lifts_the_rest_as_tanh_does():
    made = soft_clip(np.array([[0.0, 500.0, -1000.0]], np.float32), np.array([20.0]))
    np.testing.assert_allclose(made, [[0.0, 1000 * np.tanh(5.0) / np.tanh(10.0), -1000.0]], rtol=1e-5)
    np.testing.assert_array_equal(soft_clip(np.zeros((1, 5), np.float32), np.array([3.0])), 0.0)


def test_mu_law_values_are_those_worked_by_hand():
    # Code 1 is (256 ** (1 / 127) - 1) / 255 of full scale: 5.74 steps; what is below half a code is 0.
    made = mu_law(np.array([[0.0, 2.0, 5.0, -5.0, 32768.0, -40000.0]], np.float32))
    step = (256 ** (1 / 127) - 1) / 255 * 32768
    np.testing.assert_allclose(made, [[0.0, 0.0, step, -step, 32768.0, -32768.0]], rtol=1e-5)


@given(st.floats(-32768, 32767))
def test_mu_law_is_near_and_idempotent(value):
    made = mu_law(np.array([[value]], np.float32))
    # Codes are 4.5 % apart where the law is steep, 5.7 steps apart near zero.
    assert abs(made[0, 0] - value) <= max(0.0225 * abs(value), 0) + 3.0
    np.testing.assert_allclose(mu_law(made), made, rtol=1e-5, atol=1e-3)
