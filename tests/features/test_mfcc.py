import json

import numpy as np
import pytest
import scipy.fft
from reference import librosa_mfcc

from tinykd.errors import RecipeError
from tinykd.features import front_end
from tinykd.features.mfcc import dct_matrix
from tinykd.recipe import FeatureSection


def test_the_dct_of_two_bins_is_the_one_worked_by_hand():
    half = np.sqrt(0.5)
    np.testing.assert_allclose(dct_matrix(2, 2), [[half, half], [half, -half]], atol=1e-15)


@pytest.mark.parametrize(("bins", "coefficients"), [(1, 1), (10, 10), (40, 10)])
def test_the_dct_is_scipys(bins, coefficients):
    expected = scipy.fft.dct(np.eye(bins), type=2, norm="ortho", axis=1)[:, :coefficients]
    np.testing.assert_allclose(dct_matrix(bins, coefficients), expected, atol=1e-14)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"coefficients": 40, "mel_scale": "slaney", "mel_norm": "slaney", "log_floor": 1e-10},
        {"window_ms": 30, "fft_size": 480, "mel_bins": 26, "coefficients": 13, "high_hz": 8000.0},
    ],
)
def test_real_clips_give_librosas_values(clips, changes):
    section = FeatureSection(kind="mfcc", **changes)
    made = front_end(section, 16000)(clips)
    expected = np.stack([librosa_mfcc(clip, section, 16000) for clip in clips])
    assert made.dtype == np.float32
    assert made.shape == expected.shape
    assert np.abs(made - expected).max() <= 1e-4  # the project's promise


def test_more_coefficients_than_bands_are_refused():
    with pytest.raises(RecipeError) as error:
        front_end(FeatureSection(kind="mfcc", mel_bins=20, coefficients=21), 16000)
    assert str(error.value) == "[features] coefficients: 21 coefficients of 20 mel bands; at most 20"


def test_settings_are_json_and_name_the_transform():
    settings = front_end(FeatureSection(kind="mfcc"), 16000).settings()
    assert json.loads(json.dumps(settings)) == settings
    assert (settings["kind"], settings["dct"], settings["coefficients"]) == ("mfcc", "ii_orthonormal", 10)
