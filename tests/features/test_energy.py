import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tinykd.features import energy
from tinykd.features.energy import BandEnergies
from tinykd.features.mel import filter_bank, mel_edges_hz
from tinykd.features.spectrum import Spectrum, periodic_hann

SPECTRUM = Spectrum(window_samples=640, hop_samples=320, fft_size=1024)


def filters(bands=40, norm="none"):
    edges = mel_edges_hz(bins=bands, low_hz=20.0, high_hz=7600.0, scale="htk")
    return filter_bank(edges, fft_size=1024, sample_rate_hz=16000, norm=norm)


def exact(audio, weights, floor):
    """By numpy in float64, a frame at a time."""
    window = periodic_hann(640) / 32768
    starts = range(0, audio.shape[1] - 639, 320)
    spectra = [[np.abs(np.fft.rfft(clip[s : s + 640] * window, 1024)) ** 2 for s in starts] for clip in audio]
    return np.maximum(np.array(spectra) @ weights.T, floor)


@settings(max_examples=30, deadline=None)
@example(seed=0, offset=0, tone_hz=7393.0, tone=7377.0, noise=30.0, norm="none")  # 1.1e-4
@given(
    seed=st.integers(0, 1000),
    offset=st.integers(-20000, 20000),
    tone_hz=st.floats(0, 8000),
    tone=st.floats(0, 12000),
    noise=st.sampled_from([0.0, 1.0, 30.0]),
    norm=st.sampled_from(["none", "slaney"]),
)
def test_a_loud_tone_or_offset_does_not_spoil_the_quiet_bands(seed, offset, tone_hz, tone, noise, norm):
    rng = np.random.default_rng(seed)
    time = np.arange(4000)
    wave = offset + tone * np.sin(2 * np.pi * tone_hz / 16000 * time) + noise * rng.standard_normal((3, 4000))
    audio = np.round(wave).astype(np.int16)
    weights = filters(norm=norm)
    made = BandEnergies(SPECTRUM, weights, 1e-10)(audio)
    # A pure tone's rounding errors fall into a pattern: 1.7e-4 was the worst of 1,600 random ones. The
    # promise of 1e-4 is one of speech, below.
    assert np.abs(np.log(made) - np.log(exact(audio, weights, 1e-10))).max() < 3e-4


def test_speech_needs_float64_in_few_frames_and_would_be_wrong_without(clips, monkeypatch):
    weights = filters()
    truth = np.log(exact(clips, weights, 1e-10))
    energies = BandEnergies(SPECTRUM, weights, 1e-10)
    assert np.abs(np.log(energies(clips)) - truth).max() < 9e-5
    monkeypatch.setattr(energy, "_LEAST_SHARE", 0.0)
    careless = BandEnergies(SPECTRUM, weights, 1e-10)
    assert np.abs(np.log(careless(clips)) - truth).max() > 1e-4


@pytest.mark.parametrize("bands", [1, 3, 4, 5, 40])
def test_every_band_is_weighted_whatever_their_number(bands, clips):
    weights = filters(bands)
    made = BandEnergies(SPECTRUM, weights, 1e-6)(clips[:2])
    np.testing.assert_allclose(made, exact(clips[:2], weights, 1e-6), rtol=9e-5)
