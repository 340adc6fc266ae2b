"""The bent waveform, against the telephone's formula by hand, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from tinykd.errors import DataError, RecipeError
from tinykd.features import front_end
from tinykd.recipe import FeatureSection


def waveform(**keys):
    return front_end(FeatureSection(kind="waveform", **{"window_ms": 10, "hop_ms": 10, **keys}), 8000)


def test_known_samples_have_the_values_of_the_formula():
    sound = np.zeros((1, 165), np.int16)
    sound[0, :6] = [0, 128, -128, 384, 32767, -32768]
    features = waveform()(sound)
    assert (features.shape, features.dtype) == ((1, 2, 80), np.float32)  # the last five samples fill no frame
    by_hand = [0.0, 0.69314718, -0.69314718, 1.38629436, 5.54907608, -5.54907608]  # ln 1, 2, 4, 257
    np.testing.assert_allclose(features[0, 0, :6], by_hand, rtol=2e-5)
    # G.711's mu-law, sgn(x) ln(1 + mu |x|) / ln(1 + mu), with mu = 256 of full scale.
    x = np.array([0.3, -0.02])
    expected = np.sign(x) * np.log1p(256 * np.abs(x))
    sound[0, :2] = np.rint(x * 32768)
    np.testing.assert_allclose(waveform()(sound)[0, 0, :2], expected, atol=2e-3)  # samples are whole


@given(arrays(np.int16, (2, 170)))
def test_a_sample_keeps_its_sign_and_its_place_and_no_two_values_meet(sound):
    features = waveform()(sound)
    flat = features.reshape(2, -1)
    assert np.array_equal(np.sign(flat), np.sign(sound[:, :160]))
    back = np.sign(flat) * np.expm1(np.abs(flat).astype(np.float64)) * 128
    np.testing.assert_allclose(back, sound[:, :160], atol=0.05)  # float32 of ln 257


def test_what_a_waveform_cannot_have_is_refused():
    with pytest.raises(RecipeError, match=r"hop_ms: 20 ms, and frames .*; window_ms, 10"):
        waveform(hop_ms=20)
    with pytest.raises(RecipeError, match="normalise: 'clip' takes a mean off"):
        waveform(normalise="clip")
    with pytest.raises(DataError, match="a clip of 79 samples is shorter than a frame of 80"):
        waveform().shape(79)
