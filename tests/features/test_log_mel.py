import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import librosa_log_mel

from tinykd.errors import DataError, RecipeError
from tinykd.features import front_end
from tinykd.features.log_mel import LogMel
from tinykd.recipe import FeatureSection

# The project promises librosa's values to this many nats.
TOLERANCE = 1e-4


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"mel_scale": "slaney", "mel_norm": "slaney", "log_floor": 1e-10},
        {"window_ms": 30, "hop_ms": 20, "fft_size": 512, "mel_bins": 32, "low_hz": 125.0, "high_hz": 7500.0},
        {
            "window_ms": 25,
            "hop_ms": 10,
            "fft_size": 401,
            "mel_bins": 20,
            "high_hz": 8000.0,
            "mel_norm": "slaney",
        },
        {
            "window_ms": 64,
            "hop_ms": 32,
            "mel_bins": 80,
            "low_hz": 0.0,
            "mel_scale": "slaney",
            "fft_size": 2048,
        },
    ],
)
def test_real_clips_give_librosas_values(clips, changes):
    section = FeatureSection(**changes)
    expected = np.stack([librosa_log_mel(clip, section, 16000) for clip in clips])
    made = front_end(section, 16000)(clips)
    assert made.dtype == np.float32
    assert made.shape == expected.shape
    assert np.abs(made - expected).max() <= TOLERANCE


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_valid_settings_give_librosas_values(clips, data):
    rate = data.draw(st.sampled_from([8000, 16000, 22050]))
    window_ms = data.draw(st.integers(10, 64))
    fft_size = data.draw(st.sampled_from([1500, 2048, 2049]))
    section = FeatureSection(
        window_ms=window_ms,
        hop_ms=data.draw(st.integers(5, 80)),
        fft_size=fft_size,
        mel_bins=data.draw(st.integers(1, 24)),
        low_hz=data.draw(st.floats(0, 200)),
        high_hz=data.draw(st.floats(2000, rate / 2)),
        mel_scale=data.draw(st.sampled_from(["htk", "slaney"])),
        mel_norm=data.draw(st.sampled_from(["none", "slaney"])),
        log_floor=data.draw(st.sampled_from([1e-10, 1e-6, 1e-3])),
    )
    clip = clips[data.draw(st.integers(0, len(clips) - 1))][: data.draw(st.integers(1500, 16000))]
    made = front_end(section, rate)(clip[None])[0]
    expected = librosa_log_mel(clip, section, rate)
    assert made.shape == expected.shape
    assert np.abs(made - expected).max() <= TOLERANCE


def test_digital_silence_is_the_logarithm_of_the_floor():
    made = front_end(FeatureSection(log_floor=1e-6), 16000)(np.zeros((1, 16000), np.int16))
    np.testing.assert_allclose(made, np.log(1e-6), rtol=1e-6)


def test_the_least_floor_gives_finite_values():
    made = front_end(FeatureSection(log_floor=1e-30), 16000)(np.zeros((1, 16000), np.int16))
    np.testing.assert_allclose(made, np.log(1e-30), rtol=1e-6)


def test_ten_times_the_amplitude_is_log_of_a_hundred_more(clips):
    quiet = (clips[:4] // 16).astype(np.int16)
    end = front_end(FeatureSection(log_floor=1e-30, low_hz=100.0), 16000)
    rise = end((quiet * 10).astype(np.int16)) - end(quiet)
    assert np.median(rise) == pytest.approx(np.log(100.0), abs=1e-5)


def test_a_clip_is_the_same_alone_and_in_any_batch(clips):
    end = front_end(FeatureSection(), 16000)
    many = np.concatenate([clips, clips[::-1], clips[:5]])
    together = end(many)
    for position in (0, 7, 16, 36):
        np.testing.assert_array_equal(end(many[position : position + 1])[0], together[position])


def test_no_clips_give_no_features():
    assert front_end(FeatureSection(), 16000)(np.zeros((0, 16000), np.int16)).shape == (0, 49, 40)


def test_a_clip_shorter_than_a_window_is_refused():
    with pytest.raises(DataError, match="at least 640 samples"):
        front_end(FeatureSection(window_ms=40, fft_size=1024), 16000)(np.zeros((2, 600), np.int16))


def test_shape_is_what_a_call_gives(clips):
    end = front_end(FeatureSection(window_ms=30, hop_ms=10, mel_bins=32), 16000)
    assert (len(clips), *end.shape(16000)) == end(clips).shape == (16, 98, 32)


def test_a_band_above_half_the_sample_rate_is_refused():
    with pytest.raises(RecipeError) as error:
        front_end(FeatureSection(high_hz=7600.0), 8000)
    assert (
        str(error.value)
        == "[features] high_hz: 7600 Hz is above half the sample rate of 8000 Hz; at most 4000"
    )


def test_an_empty_range_is_refused():
    with pytest.raises(RecipeError, match=r"\[features\] low_hz: 7600 Hz is not below high_hz, 7600 Hz"):
        front_end(FeatureSection(low_hz=7600.0), 16000)


def test_settings_hold_every_number_and_rebuild_the_filters():
    end = LogMel(FeatureSection(window_ms=40, fft_size=1024), 16000)
    settings = end.settings()
    assert (settings["window_samples"], settings["hop_samples"], settings["fft_size"]) == (640, 320, 1024)
    assert settings["pcm_scale"] == 2.0**-15
    assert settings["log_floor"] == 1e-6
    assert (settings["low_hz"], settings["high_hz"]) == (20.0, 7600.0)
    edges = settings["mel_edges_hz"]
    assert len(edges) == 42
    assert edges[0] == pytest.approx(20.0)
    assert edges[-1] == pytest.approx(7600.0)
    hz = np.arange(513) * 16000 / 1024
    for band in (0, 20, 39):
        triangle = np.interp(hz, edges[band : band + 3], [0.0, 1.0, 0.0], left=0.0, right=0.0)
        np.testing.assert_allclose(end.filters[band], triangle, atol=1e-12)
