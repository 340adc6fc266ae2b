import numpy as np
import pytest
import scipy.signal

from tinykd.augment.room import Rooms, _from_direct_path, room_bank


def test_a_bank_is_made_once_and_the_same_again(tmp_path):
    first = room_bank(tmp_path / "a", sample_rate_hz=8000, rooms=3)
    assert first.shape == (3, 2400)
    assert first.dtype == np.float32
    (path,) = (path for path in (tmp_path / "a").rglob("*") if path.is_file())
    before = path.stat().st_mtime_ns
    np.testing.assert_array_equal(room_bank(tmp_path / "a", sample_rate_hz=8000, rooms=3), first)
    assert path.stat().st_mtime_ns == before
    np.testing.assert_array_equal(room_bank(tmp_path / "b", sample_rate_hz=8000, rooms=3), first)
    assert not np.array_equal(room_bank(tmp_path / "a", sample_rate_hz=8000, rooms=3, seed=12), first)


def test_responses_begin_with_the_direct_path_and_have_unit_energy(tmp_path):
    bank = room_bank(tmp_path, sample_rate_hz=16000, rooms=8)
    np.testing.assert_allclose((bank**2).sum(axis=1), 1.0, rtol=1e-5)
    # Nothing that travels further than the direct path is both earlier and as loud.
    assert (np.abs(bank[:, 0]) >= 0.15).all()
    assert (np.abs(bank[:, :80]).max(axis=1) > np.abs(bank[:, 2400:]).max(axis=1)).all()  # 5 ms, after 150 ms


def test_a_response_is_cut_at_its_first_loud_tap():
    response = np.array([0.0, 0.1, -0.1, 3.0, 4.0, 0.0, 0.0])
    np.testing.assert_allclose(_from_direct_path(response, taps=4), [1.0, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(_from_direct_path(response[:4], taps=2), [1.0, 0.0])


def test_playing_is_scipys_convolution_cut_to_the_clip():
    rng = np.random.default_rng(0)
    waves = rng.normal(0, 1000, (4, 777)).astype(np.float32)
    responses = rng.normal(0, 1, (3, 100)).astype(np.float32)
    chosen = np.array([2, 0, 0, 1])
    made = Rooms(responses, 777).play(waves, chosen)
    expected = [
        scipy.signal.convolve(wave, responses[room])[:777] for wave, room in zip(waves, chosen, strict=True)
    ]
    assert made.dtype == np.float32
    # float32 transforms of values near 1e4
    np.testing.assert_allclose(made, expected, atol=0.05)


def test_a_room_with_only_a_direct_path_changes_nothing():
    waves = np.random.default_rng(1).normal(0, 1000, (2, 500)).astype(np.float32)
    made = Rooms(np.eye(1, 50, dtype=np.float32), 500).play(waves, np.zeros(2, np.int64))
    assert made == pytest.approx(waves, abs=0.01)
