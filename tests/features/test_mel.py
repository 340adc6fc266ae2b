import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinykd.errors import RecipeError
from tinykd.features.mel import filter_bank, hz_to_mel, mel_edges_hz, mel_to_hz

SCALES = st.sampled_from(["htk", "slaney"])


def test_htk_mels_are_those_worked_by_hand():
    # 2595 log10(2) = 781.1728, and 6300 Hz is a factor of ten: 2595.
    assert hz_to_mel([0.0, 700.0, 6300.0], scale="htk") == pytest.approx([0.0, 781.1728, 2595.0], abs=1e-4)


def test_slaney_mels_are_those_worked_by_hand():
    # 3 mels for 200 Hz up to 1000 Hz; 27 more for a factor of 6.4.
    hz = [0.0, 200.0, 1000.0, 6400.0]
    assert hz_to_mel(hz, scale="slaney") == pytest.approx([0.0, 3.0, 15.0, 42.0])
    assert mel_to_hz([0.0, 3.0, 15.0, 42.0], scale="slaney") == pytest.approx(hz)


@given(st.floats(0, 24000), SCALES)
def test_there_and_back_is_the_same_frequency(hz, scale):
    assert mel_to_hz(hz_to_mel(hz, scale=scale), scale=scale) == pytest.approx(hz, abs=1e-6)


@pytest.mark.parametrize(("norm", "peak"), [("none", 1.0), ("slaney", 2.0 / 400.0)])
def test_triangles_in_the_linear_range_are_those_worked_by_hand(norm, peak):
    # Slaney's scale is linear below 1000 Hz: edges 0, 200, 400, 600, 800 Hz, bins every 100 Hz.
    edges = mel_edges_hz(bins=3, low_hz=0.0, high_hz=800.0, scale="slaney")
    assert edges == pytest.approx([0.0, 200.0, 400.0, 600.0, 800.0])
    weights = filter_bank(edges, fft_size=16, sample_rate_hz=1600, norm=norm)
    expected = [
        [0, 0.5, 1, 0.5, 0, 0, 0, 0, 0],
        [0, 0, 0, 0.5, 1, 0.5, 0, 0, 0],
        [0, 0, 0, 0, 0, 0.5, 1, 0.5, 0],
    ]
    np.testing.assert_allclose(weights, peak * np.array(expected), atol=1e-12)


@pytest.mark.parametrize("scale", ["htk", "slaney"])
@pytest.mark.parametrize("norm", ["none", "slaney"])
@pytest.mark.parametrize(("rate", "fft_size", "bins"), [(16000, 1024, 40), (16000, 512, 32), (8000, 256, 20)])
def test_the_filters_are_librosas(scale, norm, rate, fft_size, bins):
    edges = mel_edges_hz(bins=bins, low_hz=60.0, high_hz=0.45 * rate, scale=scale)
    expected = librosa.filters.mel(
        sr=rate,
        n_fft=fft_size,
        n_mels=bins,
        fmin=60.0,
        fmax=0.45 * rate,
        htk=scale == "htk",
        norm=None if norm == "none" else norm,
        dtype=np.float64,
    )
    np.testing.assert_allclose(
        filter_bank(edges, fft_size=fft_size, sample_rate_hz=rate, norm=norm), expected, atol=1e-12
    )


@given(st.integers(1, 30), st.floats(0, 500), st.floats(1000, 8000), SCALES)
def test_every_bin_between_the_outer_peaks_is_counted_once(bins, low_hz, high_hz, scale):
    edges = mel_edges_hz(bins=bins, low_hz=low_hz, high_hz=high_hz, scale=scale)
    weights = filter_bank(edges, fft_size=4096, sample_rate_hz=16000, norm="none")
    hz = np.arange(2049) * 16000 / 4096
    inside = (hz >= edges[1]) & (hz <= edges[-2])
    np.testing.assert_allclose(weights.sum(axis=0)[inside], 1.0, atol=1e-9)
    assert not weights[:, (hz <= low_hz - 1e-6) | (hz >= high_hz + 1e-6)].any()


def test_a_band_without_a_fourier_bin_is_named():
    # 128 bands of 20 to 7600 Hz are 11 Hz wide at the bottom, the bins are 62.5 Hz apart.
    edges = mel_edges_hz(bins=128, low_hz=20.0, high_hz=7600.0, scale="htk")
    with pytest.raises(
        RecipeError, match=r"\[features\] mel_bins: mel band 0 \(20\.0 to .* holds no Fourier bin"
    ) as error:
        filter_bank(edges, fft_size=256, sample_rate_hz=16000, norm="none")
    assert "62.5 Hz apart" in str(error.value)
    assert "a larger fft_size" in error.value.allowed
