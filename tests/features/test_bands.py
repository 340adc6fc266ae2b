import numpy as np
import pytest
from scipy.signal import get_window, periodogram

from tinykd.errors import RecipeError
from tinykd.features.bands import Bands
from tinykd.recipe_anomaly import SensorFeatureSection

RATE = 50.0


def bands(rate=RATE, **section):
    return Bands(SensorFeatureSection(**{"frame_samples": 32, "bands": 4, **section}), sample_rate_hz=rate)


def test_linear_bands_are_means_of_scipys_periodogram():
    frames = np.random.default_rng(0).normal(0.3, 1.0, (5, 32, 3))
    found = bands()(frames).reshape(5, 3, 5)
    window = get_window("hann", 32)
    # scipy's density is one-sided: |X|^2 / (rate * sum(w^2)), doubled but at the last bin.
    _, density = periodogram(
        frames, RATE, window=window, detrend="constant", scaling="density", axis=1, return_onesided=True
    )
    power = density[:, 1:] * RATE * (window**2).sum() / 32
    power[:, :-1] /= 2
    expected = np.log10(power.reshape(5, 4, 4, 3).mean(axis=2) + 1e-5)
    np.testing.assert_allclose(found[:, :, :4].transpose(0, 2, 1), expected, atol=1e-4)
    np.testing.assert_allclose(found[:, :, 4], np.log10(frames.var(axis=1) + 1e-5), atol=1e-5)


def test_a_tone_is_in_its_band_and_gravity_nowhere():
    time = np.arange(32) / RATE
    found = bands()(9.81 + 0.2 * np.sin(2 * np.pi * 15.0 * time)[None, :, None])[0]
    # Bands of 25 / 4 Hz: 15 Hz is in the third. Variance of a sine: 0.02.
    assert found[:4].argmax() == 2
    assert found[4] == pytest.approx(np.log10(0.02), abs=0.02)
    silent = bands()(np.full((1, 32, 1), 9.81))
    np.testing.assert_allclose(silent, np.log10(1e-5), atol=1e-3)


def test_mel_bands_are_filters_of_librosa():
    import librosa

    frames = np.random.default_rng(1).normal(size=(2, 256, 1))
    found = bands(16000.0, frame_samples=256, bands=10, band_scale="mel")(frames)[:, :10]
    filters = librosa.filters.mel(sr=16000, n_fft=256, n_mels=10, htk=True, norm=None, fmin=0, fmax=8000)
    centred = frames - frames.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(centred[:, :, 0] * get_window("hann", 256), axis=1)) ** 2 / 256
    np.testing.assert_allclose(found, np.log10(power @ filters.T + 1e-5), atol=1e-4)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"frame_samples": 48}, "power of two"),
        ({"bands": 5}, "divides 16"),
        ({"frame_samples": 4}, "8 or more"),
    ],
)
def test_frames_and_bands_that_do_not_go_together_are_named(section, said):
    with pytest.raises(RecipeError, match=said):
        bands(**section)
