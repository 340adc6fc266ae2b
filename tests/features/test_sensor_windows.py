import numpy as np
import pytest

from tinykd.datasets.sensor import SensorRun, whole_run
from tinykd.errors import DataError, RecipeError
from tinykd.features.sensor_windows import SensorFrontEnd
from tinykd.recipe_anomaly import SensorFeatureSection


def front(channels=("a",), **section):
    return SensorFrontEnd(SensorFeatureSection(**section), sample_rate_hz=1.0, channels=channels)


def run(values, labels=None):
    values = np.asarray(values, np.float32)
    values = values[:, None] if values.ndim == 1 else values
    labels = np.zeros(len(values), np.uint8) if labels is None else np.asarray(labels, np.uint8)
    return SensorRun(values=values, labels=labels, machine="m", condition="", source="r")


LEVELS = {"kind": "levels", "frame_samples": 4, "hop_samples": 2, "frames": 3}


def test_windows_are_frames_in_a_row_and_labelled_by_their_last_sample():
    ramp = np.arange(14)
    found = front(**LEVELS).windows([run(ramp, ramp >= 9)])
    # By hand: frames start at 0, 2, 4...; a window of three ends at sample 7, 9, 11, 13.
    np.testing.assert_allclose(
        found.features[:, :, 0], [[1.5, 3.5, 5.5], [3.5, 5.5, 7.5], [5.5, 7.5, 9.5], [7.5, 9.5, 11.5]]
    )
    assert found.labels.tolist() == [0, 1, 1, 1]
    np.testing.assert_allclose(found.features[:, :, 1], np.log10(np.arange(4).std() + 1e-5), atol=1e-5)


def test_no_window_reaches_into_another_run_and_offsets_cut_again():
    runs = [run(np.zeros(10)), run(np.ones(8))]
    found = front(**LEVELS).windows(runs, offsets=2)
    # By hand: 10 samples hold 2 windows, from sample 1 on 1; 8 samples hold 1, then none.
    assert found.run.tolist() == [0, 0, 0, 1]
    assert set(np.unique(found.features[found.run == 1, :, 0])) == {1.0}


def test_a_run_is_compared_with_its_own_start():
    values = np.concatenate([np.full(10, 4.0), np.full(8, 5.0)])
    section = {**LEVELS, "settle_samples": 10}
    plain = front(**section).windows([run(values)])
    ratio = front(**section, ratio_channels=("a",)).windows([run(values)])
    np.testing.assert_allclose(plain.features[0, :, 0], 1.0)
    np.testing.assert_allclose(ratio.features[0, :, 0], 0.25)
    np.testing.assert_allclose(plain.features[0, :, 1], 0.0, atol=1e-6)


def test_the_spread_is_relative_to_the_spread_at_the_start():
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(0, 1, 4000), rng.normal(0, 10, 4000)])
    section = {"kind": "levels", "frame_samples": 4000, "hop_samples": 1, "frames": 1, "settle_samples": 4000}
    found = front(**section).windows([run(values)])
    np.testing.assert_allclose(found.features[0, 0, 1], 1.0, atol=0.03)


def test_bands_of_a_window_are_those_of_its_frames():
    section = SensorFeatureSection(frame_samples=32, hop_samples=16, frames=2, bands=4)
    one = SensorFrontEnd(section, sample_rate_hz=50.0, channels=("x", "y"))
    values = np.random.default_rng(0).normal(size=(64, 2)).astype(np.float32)
    found = one.windows([whole_run(values, anomaly=True, machine="m", condition="", source="r")])
    assert found.features.shape == (2, 2, 10)
    np.testing.assert_array_equal(found.features[1, 0], one.kind(values[None, 16:48])[0])
    np.testing.assert_array_equal(found.features[0, 1], found.features[1, 0])
    assert found.labels.tolist() == [1, 1]


def test_a_run_that_is_too_short_and_channels_that_are_not_there_are_one_line():
    with pytest.raises(DataError, match="r: 7 samples are too few for a window; 8 or more"):
        front(**LEVELS).windows([run(np.zeros(7))])
    with pytest.raises(RecipeError, match=r"features\.ratio_channels: no channel 'b'; one of a"):
        front(**LEVELS, settle_samples=4, ratio_channels=("b",))
    with pytest.raises(RecipeError, match="no reference to divide by"):
        front(**LEVELS, ratio_channels=("a",))
