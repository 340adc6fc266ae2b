import numpy as np
import pytest

from tinykd.features import front_end
from tinykd.features.normalise import normalise_band, normalise_clip, normalise_none
from tinykd.recipe import FeatureSection

TWO_FRAMES = np.array([[[1.0, 2.0], [3.0, 6.0]]], np.float32)  # mean 3; bands' means 2 and 4


def test_none_changes_nothing():
    np.testing.assert_array_equal(normalise_none(TWO_FRAMES), TWO_FRAMES)


def test_clip_subtracts_one_number_a_clip():
    np.testing.assert_array_equal(normalise_clip(TWO_FRAMES), [[[-2.0, -1.0], [0.0, 3.0]]])


def test_band_subtracts_one_number_a_band():
    np.testing.assert_array_equal(normalise_band(TWO_FRAMES), [[[-1.0, -2.0], [1.0, 2.0]]])


@pytest.mark.parametrize("kind", ["log_mel", "mfcc"])
def test_the_front_ends_apply_what_the_recipe_says(clips, kind):
    plain = front_end(FeatureSection(kind=kind), 16000)(clips)
    for name, axis in (("clip", (1, 2)), ("band", 1)):
        made = front_end(FeatureSection(kind=kind, normalise=name), 16000)(clips)
        np.testing.assert_allclose(made, plain - plain.mean(axis=axis, keepdims=True), atol=1e-5)
