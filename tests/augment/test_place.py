"""Clips where a device hears them: each split by its own noise and rooms, always the same."""

from __future__ import annotations

import numpy as np
import pytest

from tinykd.augment.place import in_place
from tinykd.datasets.clips import AudioDataset
from tinykd.errors import DataError
from tinykd.recipe_file import load_recipe

NOISY = (
    "dataset.place=rooms",
    "augment.noise_chance=1.0",
    "augment.noise_snr_db=[0.0, 0.0]",
    "augment.speed=[0.5, 2.0]",
    "augment.room_chance=0.0",
    "augment.gain_db=[0.0, 0.0]",
    "augment.equaliser_db=0.0",
    "augment.band_limit_chance=0.0",
)


def tone(hz, samples=16_000):
    return np.rint(3000 * np.sin(2 * np.pi * hz * np.arange(samples) / 16_000)).astype(np.int16)


@pytest.fixture
def dataset():
    other = {"validation": [tone(2000)], "test": [tone(3000)]}
    return AudioDataset(
        name="tones",
        classes=("a", "b"),
        sample_rate_hz=16_000,
        splits={},
        digest="",
        noise=[tone(1000)],
        other_noise=other,
    )


def loudest_hz(clips):
    spectra = np.abs(np.fft.rfft(clips, axis=1))
    return np.argsort(spectra, axis=1)[:, -2:]  # a second long: a bin is 1 Hz


def test_each_split_is_heard_under_the_noise_of_its_own_and_at_its_own_pace(dataset, tmp_path):
    clips = np.stack([tone(440)] * 3)
    for split, hz in (("train", 1000), ("validation", 2000), ("test", 3000)):
        placed = in_place(clips, split, dataset=dataset, recipe=load_recipe("kws", NOISY), cache_dir=tmp_path)
        # At 0 dB both are equally loud; a change of speed would have moved the 440.
        assert {frozenset(row) for row in loudest_hz(placed).tolist()} == {frozenset((440, hz))}


def test_the_same_clips_are_heard_alike_for_every_seed_of_a_training(dataset, tmp_path):
    clips = np.stack([tone(440), tone(550)])
    one, two = (
        in_place(
            clips,
            "test",
            dataset=dataset,
            recipe=load_recipe("kws", [*NOISY, f"seed={seed}"]),
            cache_dir=tmp_path,
        )
        for seed in (1, 2)
    )
    assert np.array_equal(one, two)


def test_as_recorded_they_stay_as_they_are_and_no_noise_is_no_excuse(dataset, tmp_path):
    clips = np.stack([tone(440)])
    recipe = load_recipe("kws", [*NOISY, "dataset.place=recorded"])
    assert in_place(clips, "test", dataset=dataset, recipe=recipe, cache_dir=tmp_path) is clips
    dataset.other_noise.clear()
    with pytest.raises(DataError, match="the data set has no noise recordings to mix in"):
        in_place(clips, "test", dataset=dataset, recipe=load_recipe("kws", NOISY), cache_dir=tmp_path)
