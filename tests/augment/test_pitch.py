import numpy as np
import pytest
from test_waveform import peak_hz, tone

from tinykd.augment.pitch import change_pitch


@pytest.mark.parametrize("semitones", [-4.0, -1.0, 0.0, 2.0, 12.0])
def test_a_tone_moves_by_so_many_semitones_and_stays_as_long_and_loud(semitones):
    wave = 1000 * tone(500.0)
    made = change_pitch(wave[None], np.array([semitones]), sample_rate_hz=16000)
    assert made.shape == (1, 16000)
    assert made.dtype == np.float32
    assert peak_hz(made[0]) == pytest.approx(500.0 * 2 ** (semitones / 12), abs=2.0)
    for part in (slice(1000, 4000), slice(7000, 9000), slice(12000, 15000)):
        # A sine's root mean square is 707; the vocoder's frames do not beat by more than a tenth.
        assert np.sqrt(np.mean(made[0, part] ** 2)) == pytest.approx(707, rel=0.1)


def test_no_semitones_give_the_clip_back():
    wave = np.random.default_rng(0).normal(0, 1000, (2, 8000)).astype(np.float32)
    made = change_pitch(wave, np.zeros(2), sample_rate_hz=16000)
    # Phases multiplied up over sixty frames of float32.
    np.testing.assert_allclose(made, wave, atol=2.0)


@pytest.mark.parametrize("semitones", [-3.0, 3.0])
def test_a_burst_stays_where_it_was(semitones):
    wave = np.zeros((1, 16000), np.float32)
    wave[0, 6000:8000] = 1000 * tone(800.0, 2000)
    made = change_pitch(wave, np.array([semitones]), sample_rate_hz=16000)[0]
    energy = np.cumsum(made**2) / np.sum(made**2)
    assert np.searchsorted(energy, 0.5) == pytest.approx(7000, abs=200)
    assert np.abs(made[:5200]).max() < 50
    assert np.abs(made[8800:]).max() < 50


def test_each_clip_has_its_own_pitch_whoever_else_is_in_the_batch():
    wave = np.stack([tone(500.0, 4000), tone(300.0, 4000)])
    together = change_pitch(wave, np.array([-2.0, 5.0]), sample_rate_hz=16000)
    alone = change_pitch(wave[:1], np.array([-2.0]), sample_rate_hz=16000)
    np.testing.assert_allclose(together[0], alone[0], atol=1e-5)
