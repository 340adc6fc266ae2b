import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinykd.augment.noise import NoiseBank, active_power, mix_noise
from tinykd.errors import DataError


@given(st.floats(-10, 40), st.integers(0, 1000))
def test_the_ratio_after_mixing_is_the_one_asked_for(snr_db, seed):
    rng = np.random.default_rng(seed)
    clip = np.zeros((1, 16000), np.float32)
    clip[0, 4800:9600] = rng.normal(0, 2000, 4800)  # active: exactly 15 blocks of 20 ms
    noise = rng.normal(0, rng.uniform(1, 5000), (1, 16000)).astype(np.float32)
    added = mix_noise(clip, noise, np.array([snr_db]), sample_rate_hz=16000) - clip
    measured = 10 * np.log10(
        np.mean(clip[0, 4800:9600].astype(float) ** 2) / np.mean(added.astype(float) ** 2)
    )
    assert measured == pytest.approx(snr_db, abs=0.1)


def test_only_blocks_within_twenty_decibels_count():
    # Blocks of power 100, 4 and 0.5: the last is 23 dB below the first.
    wave = np.repeat([10.0, 2.0, np.sqrt(0.5), 0.0], 10).astype(np.float32)[None]
    assert active_power(wave, block=10) == pytest.approx([52.0])


def test_a_clip_shorter_than_a_block_is_one_block():
    assert active_power(np.full((1, 3), 2.0, np.float32), block=320) == pytest.approx([4.0])


def test_silence_stays_silent_and_silent_noise_changes_nothing():
    clips = np.stack([np.zeros(1000), np.ones(1000)]).astype(np.float32)
    noise = np.stack([np.ones(1000), np.zeros(1000)]).astype(np.float32)
    made = mix_noise(clips, noise, np.zeros(2), sample_rate_hz=16000)
    np.testing.assert_array_equal(made, clips)


def test_pieces_are_cut_from_one_recording_and_loop_when_it_ends():
    bank = NoiseBank(
        [np.array([1, 2, 3], np.int16), np.array([], np.int16), np.arange(10, 20, dtype=np.int16)], 5
    )
    starts = bank.draw(2000, np.random.default_rng(0))
    pieces = {tuple(piece) for piece in bank.cut(starts).astype(int).tolist()}
    short = {(1, 2, 3, 1, 2), (2, 3, 1, 2, 3), (3, 1, 2, 3, 1)}
    long = {tuple(10 + (first + k) % 10 for k in range(5)) for first in range(10)}
    assert pieces == short | long


def test_every_sample_is_equally_likely_to_be_the_first():
    bank = NoiseBank([np.zeros(100, np.int16), np.ones(300, np.int16)], 50)
    second = bank.cut(bank.draw(4000, np.random.default_rng(1)))[:, 0].mean()
    assert second == pytest.approx(0.75, abs=0.03)  # 4 standard deviations of 4000 draws


@pytest.mark.parametrize("recordings", [[], [np.zeros(0, np.int16)]])
def test_no_recordings_are_an_error_that_says_so(recordings):
    with pytest.raises(DataError, match=r"\[augment\] noise_chance: the data set has no noise recordings"):
        NoiseBank(recordings, 100)
